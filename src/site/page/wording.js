// The words around the score: headline, verdict, title, state, panel, and the keys that matter now.
//
// Each is an element of its own, and is changed only when what it says has changed: a layout costs more than a picture.

import { headline, hopsHeadline } from "./counts.js";
import { TONES, headlineVerdict, verdictsOf } from "./verdict.js";
import { aboutHeld, aboutThing, aboutWhy, findings, graded, lately, noteOf } from "./panel.js";
import { isPageRequest } from "./requests.js";
import { visible } from "./sheet.js";
import { $, h, replace } from "./dom.js";

/** Of a stream with more octets a second the words change at most this often, in milliseconds: no reader can follow more. */
const FAST_RATE = 20_000;
const FAST_WORDS = 250;

export class Wording {
  constructor(app) {
    this.app = app;
    this.shown = {};
    this.panelKey = null;
    this.verdicts = [];
    this.paintedAt = 0;
  }

  get words() {
    return this.app.words;
  }

  /** `at` is the thing that is pointed at or selected, in its place; null if there is none. */
  paint(scene, counts, hops, at) {
    const { app } = this;
    if (app.rate > FAST_RATE && at === null && app.held === null && app.drawnAt - this.paintedAt < FAST_WORDS) return;
    this.paintedAt = app.drawnAt;
    this.paintTop(scene, hops.length > 0 ? hopsHeadline(hops, this.words) : headline(counts, this.words));
    this.paintHints();
    this.paintPanel(scene, at);
  }

  paintTop(scene, parts) {
    const { words } = this;
    const empty = this.app.view.items.length === 0;
    this.once("headline", empty ? [{ text: this.app.status === "refused" ? words.ui.refused : words.ui.empty, tone: "quiet" }] : parts,
      (shown) => replace($("headline"), shown.map(({ text, tone }) => h("span", { class: tone }, text))));
    const verdicts = verdictsOf(scene);
    this.verdicts = verdicts;
    const worst = empty ? null : headlineVerdict(verdicts);
    this.once("verdict", worst && [worst.severity, worst.explanation], () => {
      $("verdict").className = worst ? TONES[worst.severity] : "";
      $("verdict").textContent = worst ? visible(worst.explanation) : "";
    });
    this.once("what", this.title(), (title) => replace($("what"), title));
    const state = this.app.recorded ? "recorded" : this.app.frozen || this.app.playhead !== null ? "paused" : this.app.status === "live" ? "live"
      : this.app.status === "connecting" ? "connecting" : "offline";
    this.once("state", [state, words.lang], () => {
      $("state").className = state;
      $("state").textContent = words.ui[state];
    });
    const open = [...this.app.store.connections.values()].filter((c) => c.closed === null && c.requests.some((m) => !isPageRequest(m))).length;
    this.once("open", open, (count) => replace($("open-count"), count > 0 ? String(count) : ""));
  }

  title() {
    if (this.app.lesson && (this.app.looking?.play || this.app.what === "stage")) {
      return `${this.app.lesson.number ?? ""} ${this.app.lesson.title[this.words.lang] ?? this.app.lesson.name}`;
    }
    const request = [...this.app.view.connections].flatMap((connection) => connection.requests).findLast((message) => this.app.view.filter.message(message));
    if (!request) return "";
    return this.app.looking?.play ? `${request.method} ${request.target}` : `#${request.connection.id} ${request.method} ${request.target}`;
  }

  paintHints() {
    const { words } = this;
    const kind = this.app.what === "stage" ? "stage" : this.app.held && this.app.playhead === null ? "held" : this.app.playhead !== null ? "scrub" : this.app.selection ? "selected" : "live";
    const target = this.app.waiting?.requests.at(-1)?.target;
    const foreign = this.app.waiting && target ? words.ui.foreign(this.app.waiting.id, target) : "";
    this.once("hints", [kind, foreign, words.lang], () => replace($("hints"),
      foreign && h("span", { class: "foreign" }, foreign),
      words.hint[kind].map(([key, text]) => h("span", {}, h("kbd", {}, key), " ", text))));
  }

  // The panel is rebuilt only when what it shows has changed.
  paintPanel(scene, at) {
    const { held } = this.app;
    this.gradeLater();
    if (held !== this.app.bets.held) this.heldChanged(held);
    const { items } = this.app.view;
    const last = items.at(this.app.playhead ?? -1)?.index;
    const key = JSON.stringify([
      this.words.lang, at && [at.kind, at.lane, at.a, at.b, at.item?.index, at.connection?.id, at.flow, at.entity?.state], held?.number,
      this.app.bets.answer, this.app.why, this.app.result, this.app.note, at || held || this.app.why ? null : [last, this.verdicts.length],
    ]);
    if (key === this.panelKey) return;
    this.panelKey = key;
    const shown = at ? aboutThing(scene, at, this.words)
      : held && this.app.playhead === null ? aboutHeld(held, this.app.bets, this.words)
        : this.app.why && this.app.lesson ? aboutWhy(this.app.lesson, this.words) : [...lately(scene, this.words), ...findings(this.verdicts, this.words)];
    const element = $("panel");
    element.className = at ? "about" : held && this.app.playhead === null ? "waiting" : "";
    replace(element, this.app.result && !at ? graded(this.app.result, this.app.bets, this.words) : null, this.app.note && !at ? noteOf(this.app.note) : null, shown);
    if (held && !at && this.saidHeld !== held.number) {
      this.saidHeld = held.number;
      this.app.say(element.textContent);
    }
  }

  heldChanged(held) {
    const { bets } = this.app;
    if (bets.held) this.grade(this.app.store.connection(bets.held.connection));
    if (held) bets.begin(held, this.app.looking?.play ? this.app.player : null);
  }

  // Calls `change` when a value differs from the last one of this name.
  once(name, value, change) {
    const key = JSON.stringify(value);
    if (this.shown[name] === key) return;
    this.shown[name] = key;
    change(value);
  }

  // The prediction is graded when the held octets have passed.
  grade(connection) {
    const { app } = this;
    const message = connection.newest(1);
    app.result = app.bets.grade({ complete: message?.state === "complete", play: app.player });
    app.note = app.bets.held.note || null;
    if (app.result) app.say(graded(app.result, app.bets, this.words).textContent);
    app.bets.begin(null);
    this.panelKey = null;
  }

  // What the browser does after an end is known a moment later.
  gradeLater() {
    const { app } = this;
    const result = app.bets.gradeLater(app.player);
    if (result === null) return;
    app.result = result;
    app.say(graded(result, app.bets, this.words).textContent);
    this.panelKey = null;
  }
}
