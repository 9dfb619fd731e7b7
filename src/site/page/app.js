// The app: what is looked at, and the frame that draws it.
//
//     worker (GET /trace) ── batches ──> store ──> view ──> scene ──> sheet ──> canvas
//     player (EventSource, fetch) ── marks ─────────^

import { Strings, readBatch } from "./batch.js";
import { Store } from "./store.js";
import { View } from "./view.js";
import { Axis } from "./axis.js";
import { Scene, geometry, tailOf } from "./scene.js";
import { layout } from "./score.js";
import { css, paint } from "./paint.js";
import { readPalette } from "./palette.js";
import { countsOf, laneCounts } from "./counts.js";
import { across, firstThing, lightOf, neighbour, placed } from "./selection.js";
import { aboutThing } from "./panel.js";
import { Player } from "./player.js";
import { isPageRequest } from "./requests.js";
import { Bets } from "./bets.js";
import { LessonList, Stage } from "./lessons.js";
import { ConnectionList } from "./connections.js";
import { Table } from "./table.js";
import { exchangeOf, scoreOf } from "./hops.js";
import { Wording } from "./wording.js";
import { remember, initialLanguage, initialTheme } from "./preferences.js";
import { momentOf, playheadOf, stateAddress } from "./state.js";
import { $, h } from "./dom.js";
import { en } from "./en.js";
import { ko } from "./ko.js";

/** Marks are made here and records come through the trace: what sorts them waits for both, in seconds. */
const PLAYOUT = 0.05;
/** A play keeps the picture for this long after it has ended, in milliseconds; then a foreign connection may take it. */
const PLAY_KEEPS = 8_000;
/** A fast stream is drawn 30 times a second. */
const FAST_RATE = 1_000;
const FAST_FRAME = 33;
/** Widths of texts that are remembered for each font. */
const MOST_WIDTHS = 4_000;
/** A cell in which a letter is read from the last row. */
const READING_CELL = 22;
/** Cells narrower than this are no picture: then the newest part is shown. */
const LEAST_WHOLE = 2.5;
const DEMO = "/api/sse/events?count=10&interval=300ms";
const LANGUAGES = { en, ko };

export class App {
  constructor() {
    this.store = new Store({
      request: (message) => this.request(message), response: (message) => this.response(message), restarted: () => this.restarted(),
    });
    this.view = new View(this.store);
    this.axis = new Axis();
    this.strings = new Strings();
    this.tag = Math.random().toString(36).slice(2, 8);
    this.player = new Player(() => this.now(), this.tag, location.origin);
    this.bets = new Bets();
    this.wording = new Wording(this);
    this.names = new Map();
    this.widths = new Map();
    this.lessons = [];
    this.lesson = null;
    this.skew = Infinity;
    this.status = "connecting";
    this.recorded = false;
    this.looking = null;
    this.waiting = null;
    this.planned = null;
    this.stats = { records: 0, frames: 0, drawn: 0, drawTime: 0, applyTime: 0 };
    this.rest();
    this.setLanguage(initialLanguage());
    this.setTheme(initialTheme());
  }

  /** Back to the newest, with automatic zoom and nothing selected. */
  rest() {
    this.selection = null;
    this.hover = null;
    this.playhead = null;
    this.frozen = false;
    this.userCell = 0;
    this.fitAll = false;
    this.scroll = null;
    this.wantedAt = null;
    this.why = false;
    this.result = null;
    this.note = null;
    this.dirty = true;
  }

  start() {
    this.canvas = $("score-canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.list = new LessonList(this);
    this.stage = new Stage(this);
    this.connections = new ConnectionList(this);
    this.table = new Table(this);
    this.worker = new Worker("/page/feed.worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => this.told(data);
    addEventListener("resize", () => this.resize());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.setTheme(initialTheme()));
    this.resize();
    requestAnimationFrame((time) => this.frame(time));
  }

  /** The server's time, in seconds since its start. */
  now() {
    const here = (performance.timeOrigin + performance.now()) / 1000;
    return Number.isFinite(this.skew) ? here - this.skew : this.store.at;
  }

  // ---- what comes ------------------------------------------------------------------------------------------------

  follow() {
    this.worker.postMessage({ follow: new URL("/trace", location.href).href, language: this.words.lang });
  }

  told(data) {
    if (data.saved) return download(data.saved);
    if (data.status) return this.statusIs(data.status);
    const began = performance.now();
    if (!this.recorded) this.skew = data.skew;
    for (const [label, name] of data.batch.names) this.names.set(label, name);
    readBatch(data.batch, this.strings, (record) => this.store.apply(record));
    this.player.match();
    if (this.planned && Number.isFinite(this.skew)) {
      const { planned } = this;
      this.planned = null;
      planned();
    }
    this.stats.records += data.records;
    this.stats.applyTime += performance.now() - began;
    this.dirty = true;
    return undefined;
  }

  statusIs(status) {
    if (status === "loaded") this.lookAtNewest();
    else this.status = status === "open" ? "live" : status;
    this.dirty = true;
  }

  request(message) {
    if (isPageRequest(message)) return;
    if (this.player.owns(message)) {
      this.player.request(message);
      return;
    }
    this.foreign(message);
  }

  // Another server answers at this address: its clock and its connections begin anew.
  restarted() {
    this.player.stop();
    this.player.clear();
    this.looking = null;
    this.waiting = null;
    this.rest();
    this.view.show({ entry: () => false, message: () => false });
  }

  // A foreign connection never takes the picture from a play that runs or has just ended, nor from what was chosen.
  foreign(message) {
    const { connection } = message;
    // The other hop of what is looked at joins it.
    const { looking } = this;
    if (looking?.connection?.hop && !looking.exchange.includes(connection) && exchangeOf(this.store, looking.connection).includes(connection)) {
      this.look(looking.connection, looking.pinned);
      return;
    }
    const keeps = this.looking?.play && (this.player.busy || performance.now() - this.playEnded < PLAY_KEEPS);
    const streams = this.looking?.connection && this.looking.connection.closed === null && this.looking.connection.flows[1].message !== null;
    if (keeps || streams || this.looking?.pinned || this.recorded || (this.stage?.isOpen ?? false)) {
      this.waiting = connection;
      this.dirty = true;
      return;
    }
    if (!this.looking?.exchange?.includes(connection)) this.look(connection);
  }

  response(message) {
    if (message.request && this.player.requests.includes(message.request)) this.player.response(message);
    this.player.match();
  }

  // ---- what is looked at -----------------------------------------------------------------------------------------

  look(connection, pinned = false) {
    const exchange = exchangeOf(this.store, connection);
    this.looking = { connection, pinned, exchange };
    if (exchange.includes(this.waiting)) this.waiting = null;
    this.lesson = null;
    this.rest();
    this.view.show({
      entry: (entry) => exchange.includes(entry.connection),
      message: (message) => !isPageRequest(requestOf(message)),
    });
    this.view.update(this.until());
    this.showing("score");
  }

  lookAtPlay() {
    this.looking = { play: true };
    this.rest();
    const { player } = this;
    const began = player.began;
    const mine = (message) => player.requests.includes(requestOf(message));
    this.view.show({
      entry: (entry) => entry.at >= began - 0.5 && (entry.kind === "octets" || belongs(entry, mine)),
      message: mine,
    }, player.marks);
    this.showing("score");
  }

  lookAtNewest() {
    const list = [...this.store.connections.values()].filter((connection) => connection.requests.some((m) => !isPageRequest(m)));
    if (list.length > 0) this.look(list.at(-1), true);
  }

  play(target, how, types) {
    this.playing = { target, how, types };
    this.player.play(target, how, types);
    this.playEnded = performance.now();
    this.bets.right = 0;
    this.bets.all = 0;
    this.lookAtPlay();
    $("score").focus({ preventScroll: true });
  }

  demo() {
    this.lesson = null;
    this.play(DEMO, "EventSource", []);
  }

  again() {
    if (this.playing) this.play(this.playing.target, this.playing.how, this.playing.types);
  }

  /** One of "score", "stage", "connections", "table". */
  showing(what) {
    $("stage").hidden = what !== "stage";
    $("connections").hidden = what !== "connections";
    $("table").hidden = what !== "table";
    $("picture").hidden = what === "table" || what === "connections" || what === "stage";
    document.body.dataset.showing = what;
    this.what = what;
    if (what === "score") $("score").focus({ preventScroll: true });
    this.resize();
    this.dirty = true;
  }

  // ---- acts ------------------------------------------------------------------------------------------------------

  get held() {
    for (const connection of this.view.connections) if (connection.held) return connection.held;
    return null;
  }

  async release(all = false) {
    const { held } = this;
    if (held === null) return;
    const connection = this.store.connection(held.connection);
    this.grading = { held, message: connection.newest(1) };
    this.busy = true;
    const query = `connection=${held.connection}${all ? "&run" : ""}`;
    await fetch(`/step?${query}`, { method: "POST" }).catch(() => {});
    this.busy = false;
  }

  /** Plays, and shows the picture as it was `at` seconds after the beginning, as soon as it has passed. */
  playUntil(target, how, types, at) {
    // The server's clock is known with the first record.
    if (!Number.isFinite(this.skew)) {
      this.planned = () => this.playUntil(target, how, types, at);
      return;
    }
    this.play(target, how, types);
    this.wantedAt = at;
  }

  seekWanted() {
    const { view } = this;
    if (this.wantedAt === null || view.items.length === 0) return;
    if (this.running && this.now() - view.firstAt < this.wantedAt + PLAY_KEEPS / 1000) return;
    const at = this.wantedAt;
    this.wantedAt = null;
    this.setPlayhead(playheadOf(view, at));
  }

  space() {
    if (this.held) this.release();
    else {
      this.frozen = !this.frozen;
      if (!this.frozen) this.playhead = null;
      this.dirty = true;
    }
  }

  select(thing) {
    this.selection = thing;
    this.dirty = true;
    if (thing === null) return;
    this.intoView(thing);
    const scene = this.scene();
    this.say(aboutThing(scene, placed(scene, thing) ?? thing, this.words).map((element) => element.textContent).join(". "));
  }

  move(step, vertical = false) {
    const scene = this.scene();
    const from = this.selection && placed(scene, this.selection);
    if (!from) this.select(firstThing(scene));
    else this.select(vertical ? across(scene, from, step) : neighbour(scene, from, step));
  }

  // Scrolls so that a thing can be seen.
  intoView(thing) {
    const scene = this.scene();
    const at = placed(scene, thing) ?? thing;
    const { g } = scene;
    if (at.left >= g.label && at.left <= g.right - 30) return;
    this.scroll = Math.max(0, scene.scroll + at.left - (g.label + g.right) / 2);
  }

  step(by) {
    const { items } = this.view;
    if (items.length === 0) return;
    let at = this.playhead ?? items.length - 1;
    do at += by;
    while (at > 0 && at < items.length - 1 && items[at].kind === "silence");
    this.setPlayhead(Math.max(0, Math.min(items.length - 1, at)));
  }

  setPlayhead(at) {
    this.playhead = at;
    this.frozen = true;
    this.result = null;
    this.note = null;
    this.dirty = true;
    const scene = this.scene();
    if (this.lesson && this.looking?.play && this.playing) {
      const client = this.playing.how === (this.lesson.client === "EventSource" ? "EventSource" : "fetch") ? null : this.playing.how;
      history.replaceState(null, "", stateAddress(this.lesson, this.playing.target, momentOf(this.view, at), client));
    }
    if (scene.playheadX < scene.g.label || scene.playheadX > scene.g.right) this.scroll = Math.max(0, scene.scroll + scene.playheadX - scene.g.width * 0.6);
  }

  /** Back by one: selection, playhead, then live; from a stage to the score. */
  back() {
    if (this.what !== "score") this.showing("score");
    else if (this.selection) this.selection = null;
    else if (this.why) this.why = false;
    else if (this.playhead !== null || this.frozen || this.scroll !== null) this.rest();
    else if (this.looking?.play) this.player.stop();
    this.dirty = true;
  }

  zoom(factor) {
    const now = this.axis.scale.cell / this.s;
    this.userCell = Math.min(40, Math.max(0.5, now * factor));
    this.fitAll = false;
    this.dirty = true;
  }

  autoZoom(fitAll) {
    this.userCell = 0;
    this.fitAll = fitAll;
    this.scroll = null;
    this.dirty = true;
  }

  /** Everything, or the newest part in letters that can be read. */
  wholeOrReading() {
    const isWhole = this.userCell === 0 && this.scroll === null && this.axis.width(this.view.totals) <= this.geometry.right - this.geometry.left;
    if (isWhole && this.axis.scale.cell < READING_CELL * this.s) {
      this.userCell = READING_CELL;
      this.fitAll = false;
      this.dirty = true;
    } else this.autoZoom(true);
  }

  peel() {
    this.view.peeled = !this.view.peeled;
    this.view.rebuild();
    this.view.update(this.until());
    this.selection = null;
    this.dirty = true;
  }

  setLanguage(lang) {
    this.words = LANGUAGES[lang] ?? en;
    remember("lang", this.words.lang);
    document.documentElement.lang = this.words.lang;
    document.title = this.words.ui.title;
    this.wording.panelKey = null;
    this.dirty = true;
    this.worker?.postMessage({ language: this.words.lang });
    this.onLanguage?.();
  }

  setTheme(theme) {
    this.theme = theme;
    document.documentElement.dataset.theme = theme;
    this.palette = readPalette();
    this.dirty = true;
  }

  say(text) {
    $("say").textContent = text;
  }

  save() {
    this.worker.postMessage({ save: true });
  }

  load(text) {
    this.recorded = true;
    this.worker.postMessage({ load: text });
  }

  pan(by) {
    const most = Math.max(0, this.axis.width(this.view.totals) - (this.geometry.right - this.geometry.left) / 2);
    this.scroll = Math.min(most, Math.max(0, (this.scrollNow ?? 0) + by));
    this.dirty = true;
  }

  // ---- the frame -------------------------------------------------------------------------------------------------

  resize() {
    this.s = Math.min(2.2, Math.max(1, Math.min(innerWidth / 1280, innerHeight / 720)));
    document.documentElement.style.setProperty("--s", this.s);
    const width = $("score").clientWidth || innerWidth;
    this.geometry = geometry(width, this.s, this.looking?.exchange?.length ?? 1);
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(this.geometry.height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.geometry.height}px`;
    this.ratio = ratio;
    this.dirty = true;
  }

  until() {
    return this.recorded ? Infinity : this.now() - PLAYOUT;
  }

  frame(time) {
    requestAnimationFrame((next) => this.frame(next));
    this.stats.frames += 1;
    if (!this.frozen) this.advance(time);
    const fast = this.rate > FAST_RATE;
    if (!this.dirty || (fast && time - (this.drawnAt ?? 0) < FAST_FRAME)) return;
    this.dirty = false;
    this.drawnAt = time;
    const began = performance.now();
    this.draw();
    this.stats.drawn += 1;
    this.stats.drawTime += performance.now() - began;
  }

  advance(time) {
    const before = this.view.octets;
    if (this.view.update(this.until())) {
      this.dirty = true;
      this.player.match();
    }
    if (this.player.busy) this.playEnded = performance.now();
    this.seekWanted();
    if (time - (this.ratedAt ?? 0) > 200) {
      const rate = ((this.view.octets - (this.octetsBefore ?? before)) * 1000) / Math.max(1, time - (this.ratedAt ?? time - 200));
      this.rate = (this.rate ?? 0) * 0.6 + Math.max(0, rate) * 0.4;
      this.octetsBefore = this.view.octets;
      this.ratedAt = time;
      // The words of a stream that has become slow are the newest.
      if (this.wording.paintedAt !== this.drawnAt) this.dirty = true;
    }
    // While something is open silence grows; with reduced motion once a second.
    const pause = reducedMotion.matches ? 1_000 : 90;
    if (this.growing && time - (this.grownAt ?? 0) > pause) {
      this.grownAt = time;
      this.dirty = true;
    }
  }

  scene() {
    const scene = new Scene({
      names: this.names, view: this.view, axis: this.axis, geometry: this.geometry, scroll: this.scrollNow ?? 0, playhead: this.playhead, hex: this.hex,
      live: !this.recorded && !this.frozen, running: this.running, now: this.now(), held: this.held,
    });
    const exchange = this.looking?.exchange ?? [];
    if (exchange.length > 1) {
      scene.hops = exchange.map((connection, i) => scene.ofHop(scoreOf(this.view, connection), this.geometry.scores[i], connection.hop));
    }
    return scene;
  }

  /** Whether what is looked at goes on: a message is open, a step is held, or this page's own client waits. */
  get running() {
    if (this.recorded || this.frozen) return false;
    if (this.looking?.play && this.player.busy) return true;
    return [...this.view.connections].some((connection) => connection.held || (connection.closed === null && connection.flows.some((flow) => flow.message)));
  }

  draw() {
    if (this.what === "connections") this.connections.paint();
    if (this.what === "table" && this.table.count !== this.view.items.length) this.table.paint();
    this.settle();
    const scene = this.scene();
    this.growing = !this.frozen && this.playhead === null && [...this.view.connections].some((c) => c.closed === null && c.flows.some((flow) => flow.message));
    const client = this.looking?.play ? this.player : null;
    const counts = countsOf(scene);
    const hops = scene.hops.map((hop) => [hop.name, countsOf(hop)]);
    const names = { ...this.words.lanes, framing: this.words.framingLane[counts.framing] ?? this.words.framingLane.chunked };
    this.sheet = layout(scene, {
      words: this.words, counts: laneCounts(counts, this.words, client), names, client, measure: (text, font) => this.measure(text, font),
    });
    const thing = this.hover ?? this.selection;
    const at = (thing && placed(scene, thing)) ?? null;
    if (this.what === "score") {
      this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      paint(this.context, this.sheet, this.palette, scene, at && lightOf(scene.sceneOf(at.connection), at));
    }
    this.wording.paint(scene, counts, hops, at);
    this.drawnScene = scene;
  }

  // The same words are measured in every picture.
  measure(text, font) {
    const wanted = css(font);
    let known = this.widths.get(wanted);
    if (known === undefined) this.widths.set(wanted, (known = new Map()));
    let width = known.get(text);
    if (width === undefined) {
      if (known.size > MOST_WIDTHS) known.clear();
      this.context.font = wanted;
      width = this.context.measureText(text).width;
      known.set(text, width);
    }
    return width;
  }

  // Chooses the scales, and how far is scrolled.
  settle() {
    const { axis, view, geometry: g, s } = this;
    const room = g.right - g.left;
    const { playhead, held } = this;
    const live = !this.recorded && !this.frozen;
    const now = this.now();
    const tail = () => {
      const after = tailOf({ view, axis, live, now, held, playhead, s });
      return after.silence + after.promised + after.held;
    };
    if (this.userCell > 0) axis.zoom(this.userCell, s);
    else if (this.fitAll) axis.fitAll(view.totals, room - tail(), s);
    else if (!axis.fit(view.totals, room, s, tail)) {
      if (this.rate > FAST_RATE) axis.zoom(this.fastCell(room), s);
      else if (!this.frozen && !this.running && this.scroll === null) this.whole(room, tail);
    }
    const over = axis.width(view.totals) + tail() - room;
    this.scrollNow = this.scroll ?? Math.max(0, over);
  }

  // What has ended is shown whole, while its cells can still be counted: what scrolls is not seen.
  whole(room, tail) {
    const { axis, view, s } = this;
    axis.fitAll(view.totals, room - tail(), s);
    if (axis.scale.cell < (LEAST_WHOLE * s) / (this.looking?.exchange?.length ?? 1)) axis.fit(view.totals, room, s, tail);
  }

  // Steps, with hysteresis: a zoom that breathes with the stream cannot be read.
  fastCell(room) {
    const wanted = room / (this.rate * 0.35) / this.s;
    const steps = [22, 16, 8, 4, 2, 1];
    const now = this.fastStep ?? 22;
    if (wanted < now * 0.7 || wanted > now * 2.5) this.fastStep = steps.find((step) => step <= wanted) ?? 1;
    return this.fastStep ?? 22;
  }
}

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const requestOf = (message) => (message.flow === 0 ? message : message.request ?? message);

// Marks of a connection belong to a play while its newest message is one of the play's.
function belongs(entry, mine) {
  const { connection } = entry;
  if (!connection) return false;
  if (entry.cut?.some(mine)) return true;
  if (entry.kind === "opened") return connection.requests.length > 0 ? mine(connection.requests[0]) : false;
  const newest = connection.requests.findLast((message) => message.born <= entry.number);
  return newest !== undefined && mine(newest);
}

function download(blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: "trace.jsonl" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
