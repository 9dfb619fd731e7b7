// All connections, one row each: their two halves, and their lives on one linear clock.

import { $, h, replace } from "./dom.js";
import { isPageRequest } from "./requests.js";
import { visible } from "./sheet.js";

/** Columns of a life that is drawn. */
const LIFE_WIDTH = 560;
const LIFE_HEIGHT = 22;
const MOST_ROWS = 200;

const MOMENT = { read: ["head-line", 0.5, 0.5], write: ["write", 0.1, 0.6], fin: ["ink", 0, 1], rst: ["bad", 0, 1], closed: ["ink", 0.2, 0.6], opened: ["ink", 0.2, 0.6] };

export class ConnectionList {
  constructor(app) {
    this.app = app;
    this.element = $("connections");
    this.at = 0;
    this.chosen = null;
    this.rows = [];
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle() {
    this.app.showing(this.isOpen ? "score" : "connections");
    if (!this.isOpen) return;
    this.paint();
    this.focusRow(0);
  }

  /** Newest first; connections with nothing but this page's own requests are left out. */
  list() {
    const { store } = this.app;
    return [...store.connections.values()].filter((connection) => connection.requests.some((request) => !isPageRequest(request)))
      .reverse().slice(0, MOST_ROWS);
  }

  paint() {
    const { words, store } = this.app;
    const list = this.list();
    const open = list.filter((connection) => connection.closed === null).length;
    const first = Math.min(...list.map((connection) => connection.moments[0]?.at ?? Infinity));
    const last = Math.max(store.at, first + 0.001);
    const [id, target, receiving, sending, life] = words.ui.connectionColumns;
    const focused = this.rows.indexOf(document.activeElement);
    const body = list.map((connection) => this.row(connection, first, last));
    this.rows = body;
    replace(this.element,
      h("h1", {}, words.ui.openConnections(open)),
      h("div", { class: "table-scroll" },
        h("table", {}, h("thead", {}, h("tr", {}, [id, target, receiving, sending, life].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, body))));
    this.drawLives(list, first, last);
    if (focused >= 0) this.focusRow(Math.min(this.at, body.length - 1));
  }

  row(connection) {
    const request = connection.requests.findLast((message) => !isPageRequest(message));
    const own = request && this.app.player.requests.includes(request);
    return h("tr", { tabindex: "-1", onclick: () => this.look(connection), "data-id": String(connection.id) },
      h("th", { scope: "row" }, `#${connection.id}`, own ? " ◉" : ""),
      h("td", {}, h("code", {}, visible(request?.target ?? ""))),
      h("td", { class: connection.receiving === "Held" ? "ok" : "" }, connection.receiving),
      h("td", { class: connection.sending === "Responding" ? "blue" : "" }, connection.sending),
      h("td", { class: "life" }, h("canvas", { "aria-hidden": "true", width: String(LIFE_WIDTH), height: String(LIFE_HEIGHT) })));
  }

  drawLives(list, first, last) {
    const { palette } = this.app;
    const x = (at) => ((at - first) / (last - first)) * (LIFE_WIDTH - 8) + 2;
    list.forEach((connection, i) => {
      const context = this.rows[i].querySelector("canvas").getContext("2d");
      const begun = x(connection.moments[0]?.at ?? last);
      const ended = x(connection.closed ?? last);
      context.fillStyle = palette.soft;
      context.globalAlpha = 0.4;
      context.fillRect(begun, LIFE_HEIGHT / 2 - 1, ended - begun, 3);
      context.globalAlpha = 1;
      for (const { at, what } of connection.moments) {
        const [color, top, height] = MOMENT[what];
        context.fillStyle = palette[color];
        context.fillRect(x(at), top * LIFE_HEIGHT, 2, height * LIFE_HEIGHT);
      }
    });
  }

  focusRow(at) {
    this.at = Math.max(0, Math.min(this.rows.length - 1, at));
    this.rows.forEach((row, i) => {
      row.tabIndex = i === this.at ? 0 : -1;
    });
    this.rows[this.at]?.focus();
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (steps[event.key] !== undefined) this.focusRow(this.at + steps[event.key]);
    else if (event.key === "Enter") this.look(this.list()[this.at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  look(connection) {
    if (connection) this.app.look(connection, true);
  }
}
