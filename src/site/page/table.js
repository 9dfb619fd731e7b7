// The same as a table: rows of the trace as text, for screen readers, for printing, and for copying.

import { $, h, replace } from "./dom.js";
import { rowsOf, textOf } from "./panel.js";

/** Rows that are shown: the newest. */
const MOST_ROWS = 200;

export class Table {
  constructor(app) {
    this.app = app;
    this.element = $("table");
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle() {
    this.app.showing(this.isOpen ? "score" : "table");
    if (!this.isOpen) return;
    this.paint();
    this.element.querySelector(".table-scroll").focus();
  }

  paint() {
    const { words } = this.app;
    const rows = this.rows();
    this.count = this.app.view.items.length;
    replace(this.element,
      h("h1", {}, words.ui.table),
      h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": words.ui.table },
        h("table", {}, h("thead", {}, h("tr", {}, words.ui.tableColumns.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows))));
    const scroll = this.element.querySelector(".table-scroll");
    scroll.scrollTop = scroll.scrollHeight;
  }

  rows() {
    const { view, words } = this.app;
    const seen = new Set();
    const rows = [];
    for (let i = view.items.length - 1; i >= 0 && rows.length < MOST_ROWS; i -= 1) {
      const { entry, kind } = view.items[i];
      if (!entry || seen.has(entry)) continue;
      seen.add(entry);
      const at = `${(entry.at - (view.firstAt ?? 0)).toFixed(4)} s`;
      const connection = entry.connection ? `#${entry.connection.id}` : "";
      const way = entry.flow === 1 ? words.ui.toClient : words.ui.toServer;
      if (kind === "cells" || kind === "head") rows.push(...this.octetRows(entry, at, connection, way));
      else rows.push(this.row([at, connection, entry.flow === undefined ? "" : way, kind.toUpperCase(), "", entry.note ?? entry.ending?.explanation ?? "", entry.ending?.section ?? ""]));
    }
    return rows.slice(0, MOST_ROWS).reverse();
  }

  octetRows(entry, at, connection, way) {
    return rowsOf(entry).reverse().map((row) => this.row([
      at, connection, way, row.name, h("code", {}, textOf(entry, row)), row.explanation, row.section,
    ]));
  }

  row(cells) {
    return h("tr", {}, cells.map((cell) => h("td", {}, cell)));
  }
}
