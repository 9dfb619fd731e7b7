// A view: the part of the log that is looked at, as items on the elastic axis.
//
// Kinds of items: cells (octets of a body), head (octets of a head, folded), silence, missing (octets that were announced
// and did not come, just before the FIN or RST), and marks: opened, closed, fin, rst, blocked, omitted, lost, and those of
// this page's own client: error, end, fail.
//
//     const view = new View(store);
//     view.show({ entry: (entry) => entry.connection?.id === 3, message: () => true });
//     view.update();

import { LEAST_SILENCE, HEAD_WIDTH, UNIT, silenceWidth } from "./axis.js";
import { OWNER } from "./labels.js";

const MOST_ITEMS = 40_000;
/** Cells of a hole at most; its number says the rest. */
const WIDEST_HOLE = 24;
/** Widths of marks at scale 1. */
const MARKS = {
  fin: 76, rst: 76, opened: 14, closed: 14, error: 64, end: 150, fail: 104, lost: 100, omitted: 150, blocked: 22,
};

/** Moments of the clock strip that are kept; then each two neighbours become one. */
const MOST_MOMENTS = 3_000;

// Writes and reads over time, as coarse as the strip can show: { at, write, read } with the octets of the largest call.
class Timeline {
  constructor() {
    this.moments = [];
    this.step = 0;
    this.entry = null;
  }

  add(at, entry) {
    if (entry === this.entry) return;
    this.entry = entry;
    const last = this.moments.at(-1);
    const moment = last !== undefined && at - last.at <= this.step ? last : { at, write: 0, read: 0 };
    if (moment !== last) this.moments.push(moment);
    const kind = entry.flow === 1 ? "write" : "read";
    moment[kind] = Math.max(moment[kind], entry.end - entry.start);
    if (this.moments.length > MOST_MOMENTS) this.merge();
  }

  merge() {
    const span = at(this.moments, -1) - at(this.moments, 0);
    this.step = Math.max(this.step * 2, (span * 2) / MOST_MOMENTS);
    const all = this.moments;
    this.moments = [];
    for (const moment of all) {
      const last = this.moments.at(-1);
      if (last === undefined || moment.at - last.at > this.step) this.moments.push(moment);
      else {
        last.write = Math.max(last.write, moment.write);
        last.read = Math.max(last.read, moment.read);
      }
    }
  }
}

const at = (moments, index) => moments.at(index).at;

export class View {
  constructor(store) {
    this.store = store;
    this.peeled = false;
    this.show({ entry: () => false, message: () => false });
  }

  /** Shows another part of the log. `marks` is a list of marks of this page's client, in order of time. */
  show(filter, marks = []) {
    this.filter = filter;
    this.marks = marks;
    this.rebuild();
  }

  rebuild() {
    this.items = [];
    this.clearIndexes();
    this.totals = [0, 0, 0, 0];
    this.timeline = new Timeline();
    this.nextEntry = 0;
    this.nextMark = 0;
    this.lastAt = null;
    this.firstAt = null;
    this.connections = new Set();
    this.ordered = new WeakSet();
    this.counted = 0;
    this.writes = 0;
    this.reads = 0;
    this.lost = 0;
    this.octets = 0;
  }

  /** Takes in what has come until this moment (seconds of the server's clock); says whether there was anything. */
  update(until = Infinity) {
    const { store } = this;
    let moved = false;
    this.nextEntry = Math.max(this.nextEntry, store.gone);
    for (;;) {
      const entry = store.log[this.nextEntry - store.gone];
      const mark = this.marks[this.nextMark];
      if (entry !== undefined && entry.at <= until && !(mark && mark.at < entry.at)) {
        this.nextEntry += 1;
        moved = this.take(entry) || moved;
      } else if (mark !== undefined && mark.at <= until) {
        this.nextMark += 1;
        if (MARKS[mark.what]) this.mark(mark.what, mark.at, mark);
        moved = true;
      } else break;
    }
    if (this.items.length > MOST_ITEMS) this.shed();
    return moved;
  }

  take(entry) {
    if (entry.kind === "lost") {
      if (this.items.length === 0) return false;
      this.lost += entry.records;
      this.mark("lost", entry.at, entry);
      return true;
    }
    if (!this.filter.entry(entry)) return false;
    if (entry.kind === "octets") return this.takeOctets(entry);
    if (entry.connection) this.connections.add(entry.connection);
    if (MARKS[entry.kind] === undefined) return true;
    for (const message of entry.cut ?? []) if (message.missing > 0 && !this.peeled) this.hole(message, entry);
    this.mark(entry.kind, entry.at, entry);
    return true;
  }

  takeOctets(entry) {
    const runs = entry.runs.filter((run) => run.message === null || this.filter.message(run.message));
    if (runs.length === 0) return false;
    this.connections.add(entry.connection);
    for (const { message } of runs) if (message !== null) this.order(message);
    if (entry.flow === 1) this.writes += 1;
    else this.reads += 1;
    // Each of two hops counts its own.
    entry.order = entry.connection.hop !== null ? entry.write : entry.flow === 1 ? this.writes : this.reads;
    if (entry.gap > 0) this.mark("omitted", entry.at, { ...entry, kind: "omitted", count: entry.gap });
    for (const run of runs) {
      if (run.part === "head") this.head(entry, run);
      else if (this.peeled) this.peeledRun(entry, run);
      else this.cells(entry, run.start, run.end, run.message);
      this.octets += run.end - run.start;
    }
    return true;
  }

  // Requests and responses are counted among those that are shown: a connection may also carry the page's own. A response
  // has the number of its request.
  order(message) {
    if (this.ordered.has(message)) return;
    this.ordered.add(message);
    if (message.connection.hop !== null) message.order = message.number;
    else if (message.request && this.ordered.has(message.request)) message.order = message.request.order;
    else {
      this.counted += 1;
      message.order = this.counted;
    }
  }

  // The body as its reader sees it: framing has no width.
  peeledRun(entry, run) {
    const tape = entry.connection.tapes[entry.flow];
    let from = run.start;
    while (from < run.end) {
      let to = from;
      const framing = tape.owner(from) === OWNER.framing;
      while (to < run.end && (tape.owner(to) === OWNER.framing) === framing) to += 1;
      this.cells(entry, from, to, run.message, framing);
      from = to;
    }
  }

  cells(entry, start, end, message, hidden = false) {
    this.add({ kind: "cells", unit: UNIT.cell, size: hidden ? 0 : end - start, hidden, entry, start, end, message }, entry.at);
  }

  head(entry, run) {
    const before = this.track(entry.connection, entry.flow).at(-1);
    const last = before === undefined ? null : this.items[before];
    // A head in several pieces: the first is a card, the rest are slivers of it.
    const goesOn = last?.kind === "head" && last.message === run.message;
    const size = goesOn ? 8 : HEAD_WIDTH;
    this.add({ kind: "head", unit: UNIT.head, size, entry, ...run, goesOn }, entry.at);
  }

  hole(message, entry) {
    const size = Math.min(WIDEST_HOLE, message.missing);
    this.add({ kind: "missing", unit: UNIT.cell, size, entry, message, count: message.missing }, entry.at);
  }

  mark(kind, at, entry) {
    this.add({ kind, unit: UNIT.mark, size: MARKS[kind], entry }, at);
  }

  add(item, at) {
    if (this.lastAt === null) this.firstAt = at;
    else if (at - this.lastAt >= LEAST_SILENCE) {
      const size = silenceWidth(at - this.lastAt);
      this.push({ kind: "silence", unit: UNIT.gap, size, from: this.lastAt, seconds: at - this.lastAt }, at);
    }
    this.lastAt = this.lastAt === null ? at : Math.max(this.lastAt, at);
    this.push(item, at);
  }

  push(item, at) {
    item.before = [...this.totals];
    item.at = at;
    item.index = this.items.length;
    item.record = item.entry?.number ?? this.items.at(-1)?.record ?? 0;
    this.totals[item.unit] += item.size;
    this.items.push(item);
    this.index(item);
    if (item.start !== undefined) this.timeline.add(at, item.entry);
  }

  // What a picture looks up again and again is kept while items come.
  clearIndexes() {
    this.tracks = new Map();
    this.markItems = new Map();
    this.lives = new Map();
  }

  index(item) {
    if (item.start !== undefined) this.track(item.entry.connection, item.entry.flow).push(item.index);
    if (item.unit === UNIT.mark) this.markItems.set(item.entry, item);
    const connection = item.entry?.connection;
    if (connection) this.live(connection, item);
  }

  // The life of a connection in this view: its first item, and the marks of its ends.
  live(connection, item) {
    let life = this.lives.get(connection);
    if (life === undefined) this.lives.set(connection, (life = { connection, first: item, opened: null, ends: [null, null], closed: null }));
    if (item.kind === "opened") life.opened = item;
    else if (item.kind === "closed") life.closed = item;
    else if (item.kind === "fin") life.ends[item.entry.flow] ??= item;
    else if (item.kind === "rst") life.ends = life.ends.map((end) => end ?? item);
  }

  /** The indices of the items with octets of one direction, in order. */
  track(connection, flow) {
    const key = connection.id * 2 + flow;
    let track = this.tracks.get(key);
    if (track === undefined) this.tracks.set(key, (track = []));
    return track;
  }

  shed() {
    const items = this.items.slice(-MOST_ITEMS / 2);
    const sums = [...items[0].before];
    this.items = items;
    this.clearIndexes();
    this.totals = this.totals.map((total, unit) => total - sums[unit]);
    items.forEach((item, index) => {
      item.index = index;
      for (let unit = 3; unit >= 0; unit -= 1) item.before[unit] -= sums[unit];
      this.index(item);
    });
    this.firstAt = items[0].at;
  }

  /** The item in which the octet at `position` is, or the last before it; null if there is none. */
  itemAt(connection, flow, position) {
    const track = this.tracks.get(connection.id * 2 + flow);
    if (track === undefined) return null;
    let low = 0;
    let high = track.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[track[middle]].start <= position) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : this.items[track[low - 1]];
  }

  /** Where the octet at `position` begins. */
  leftOf(axis, connection, flow, position) {
    const item = this.itemAt(connection, flow, position);
    if (item === null) return 0;
    return inside(axis, item, position);
  }

  /** Where the octet before `position` ends. */
  rightOf(axis, connection, flow, position) {
    const item = this.itemAt(connection, flow, position - 1);
    if (item === null) return 0;
    return inside(axis, item, position);
  }
}

function inside(axis, item, position) {
  const left = axis.left(item);
  const count = item.end - item.start;
  const offset = Math.min(count, Math.max(0, position - item.start));
  return count === 0 ? left : left + (axis.size(item) * offset) / count;
}
