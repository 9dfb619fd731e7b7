// A scene: what all lanes of one picture share.
//
// Geometry (one layout, scaled by `s`), the place of an octet on the screen, what can be seen, and "as of": with a playhead
// everything is shown as it was when the item at the playhead had passed.

import { font } from "./sheet.js";
import { HEAD_WIDTH } from "./axis.js";
import { SPAN_WIDTH } from "./batch.js";
import { isHead } from "./labels.js";

/** Lanes from the application down to TCP, with their heights at scale 1. */
export const LANES = [
  ["client", 46], ["events", 40], ["octets", 72], ["framing", 38], ["http", 34], ["write", 36], ["tcp", 54],
];
const LANE_GAP = 7;
const THREADS = 30;
const STRIP = 40;
const TICKS = 20;
/** Room between the labels and the first item, and after the last. */
const PAD = 8;

/** Lanes of one hop of two: what this page's own client saw has no place there. */
const HOP_LANES = [["events", 28], ["octets", 46], ["framing", 25], ["http", 24], ["write", 24], ["tcp", 36]];
const HOP_LANE_GAP = 4;
const HOP_GAP = 8;

/** The measures of a picture; with two hops `lanes` are those of the first, and `hops` has both. */
export function geometry(width, s, hops = 1) {
  const rows = hops > 1 ? HOP_LANES : LANES;
  const gap = hops > 1 ? HOP_LANE_GAP : LANE_GAP;
  let y = 3 * s;
  const scores = [];
  for (let hop = 0; hop < hops; hop += 1) {
    const lanes = {};
    for (const [name, height] of rows) {
      lanes[name] = { name, y, h: height * s, middle: y + (height * s) / 2 };
      y += (height + gap) * s;
    }
    scores.push(lanes);
    if (hop + 1 < hops) y += HOP_GAP * s;
  }
  const [lanes] = scores;
  const threads = { y: y - 1 * s, h: THREADS * s };
  const strip = { y: threads.y + threads.h, h: STRIP * s };
  const label = (width < 900 ? 96 : 128) * s;
  return {
    width, s, label, left: label + PAD * s, right: width - PAD * s, lanes, scores, bottom: y - gap * s, threads, strip,
    ticks: { y: strip.y + strip.h, h: TICKS * s }, height: strip.y + strip.h + TICKS * s,
  };
}

export class Scene {
  constructor({ view, axis, geometry: measures, scroll, playhead = null, live = false, running = live, now = 0, held = null, hex = false, names = new Map() }) {
    Object.assign(this, { view, axis, scroll, playhead, live, running, now, held, hex, names });
    this.g = measures;
    this.s = measures.s;
    this.asOfRecord = playhead === null ? Infinity : view.items[playhead]?.record ?? Infinity;
    this.tail = tailOf(this);
    const { items } = view;
    const from = axis.find(items, scroll);
    this.first = Math.max(0, from);
    this.last = Math.min(items.length - 1, axis.find(items, scroll + measures.width - measures.left));
    this.limits = new Map();
    /** The scenes of the hops, if there are two of them. */
    this.hops = [];
  }

  /** The same picture for one hop: its lanes, its view. */
  ofHop(view, lanes, name) {
    const has = (connection) => view.connections.has(connection);
    const held = this.held && has(this.held.owner) ? this.held : null;
    const promises = this.tail.promise && has(this.tail.promise.message.connection);
    return Object.assign(Object.create(this), {
      view, name, held, g: { ...this.g, lanes }, limits: new Map(), tracksSeen: null, hops: [],
      tail: { ...this.tail, promised: promises ? this.tail.promised : 0, held: held ? this.tail.held : 0 },
    });
  }

  /** The scene in which the things of a connection are. */
  sceneOf(connection) {
    return this.hops.find((hop) => hop.view.connections.has(connection)) ?? this;
  }

  font(size, weight, mono) {
    return font(size * this.s, weight, mono);
  }

  /** From the axis to the screen. */
  screen(x) {
    return this.g.left + x - this.scroll;
  }

  left(item) {
    return this.screen(this.axis.left(item));
  }

  right(item) {
    return this.screen(this.axis.right(item));
  }

  octetLeft(entity, position) {
    return this.screen(this.view.leftOf(this.axis, entity.connection, entity.flow, position));
  }

  octetRight(entity, position) {
    return this.screen(this.view.rightOf(this.axis, entity.connection, entity.flow, position));
  }

  /** Where the recording is now: everything that is open reaches to here. */
  get nowX() {
    return this.playhead === null ? this.screen(this.axis.width(this.view.totals)) + this.tail.silence + this.tail.promised
      : this.playheadX;
  }

  get playheadX() {
    return this.playhead === null ? null : this.right(this.view.items[this.playhead]);
  }

  /** The last position of a direction that had passed as of the playhead. */
  limit(connection, flow) {
    if (this.playhead === null) return Infinity;
    const key = connection.id * 2 + flow;
    let limit = this.limits.get(key);
    if (limit === undefined) {
      limit = -1;
      const track = this.view.tracks.get(key) ?? [];
      for (let low = 0, high = track.length; low < high;) {
        const middle = (low + high) >> 1;
        if (track[middle] <= this.playhead) {
          limit = this.view.items[track[middle]].end;
          low = middle + 1;
        } else high = middle;
      }
      this.limits.set(key, limit);
    }
    return limit;
  }

  hasBegun(entity) {
    return entity.start < this.limit(entity.connection, entity.flow);
  }

  isOver(entity) {
    if (entity.end === null) return false;
    if (entity.mark !== null && entity.mark.number > this.asOfRecord) return false;
    return entity.end <= this.limit(entity.connection, entity.flow);
  }

  stateOf(entity) {
    return this.isOver(entity) ? entity.state : "open";
  }

  /** The right edge of an entity: its last octet, or the FIN or RST that cut it, or now. */
  edge(entity) {
    if (!this.isOver(entity)) return this.hasBegun(entity) ? this.nowX : this.screen(this.axis.width(this.view.totals));
    const mark = entity.mark && this.markItem(entity.mark);
    return mark ? this.left(mark) : this.octetRight(entity, entity.end);
  }

  markItem(entry) {
    return this.view.markItems.get(entry) ?? null;
  }

  /** The directions that are in this view: [connection, flow, from, to], with the positions that can be seen. */
  visibleTracks() {
    if (this.tracksSeen) return this.tracksSeen;
    this.tracksSeen = [];
    for (const connection of this.view.connections) {
      for (const flow of [0, 1]) {
        const track = this.view.tracks.get(connection.id * 2 + flow);
        if (track === undefined || track.length === 0) continue;
        const first = this.view.items[track[Math.max(0, after(track, this.first) - 1)]];
        const last = this.view.items[track[Math.max(0, after(track, this.last) - 1)]];
        this.tracksSeen.push({ connection, flow, from: first.start, to: last.end });
      }
    }
    return this.tracksSeen;
  }

  /** Entities of a sorted list that touch what can be seen of a track. */
  visible(list, { from, to }) {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].start <= from) low = middle + 1;
      else high = middle;
    }
    const seen = [];
    for (let i = Math.max(0, low - 1); i < list.length && list[i].start < to; i += 1) {
      if (this.view.filter.message(messageOf(list[i]))) seen.push(list[i]);
    }
    return seen;
  }
}

export const messageOf = (entity) => (entity.kind === "message" ? entity : entity.message);

// How many of the indices in order are at most `index`.
function after(track, index) {
  let low = 0;
  let high = track.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (track[middle] <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Dotted cells of what was announced and has not come: at most this many; the number says the rest. */
const MOST_PROMISED = 32;

/** What stands after the last item while something is open: growing silence, then held or announced octets. */
export function tailOf({ view, axis, live, now, held, playhead, s }) {
  const tail = { silence: 0, seconds: 0, promised: 0, promise: null, held: 0 };
  if (playhead !== null || view.items.length === 0 || view.lastAt === null) return tail;
  const open = openMessage(view);
  const over = [...view.connections].every((connection) => connection.closed !== null);
  if ((live && !over) || held) {
    tail.seconds = Math.max(0, now - view.lastAt);
    const growing = 6 + 17 * Math.log2(1 + (tail.seconds * 1000) / 12);
    tail.silence = Math.min(open || held ? 150 : 36, growing) * axis.scale.gap;
    if (tail.seconds < 0.03) tail.silence = 0;
  }
  if (held) {
    tail.heldHead = isAllHead(held);
    tail.held = held.bytes.length === 0 ? 76 * s : tail.heldHead ? HEAD_WIDTH * axis.scale.head : Math.min(64, held.bytes.length) * axis.scale.cell;
    return tail;
  }
  tail.promise = open && promiseOf(open);
  if (tail.promise && !view.peeled) tail.promised = Math.min(MOST_PROMISED, tail.promise.count) * axis.scale.cell;
  return tail;
}

function isAllHead({ spans }) {
  for (let i = 2; i < spans.length; i += SPAN_WIDTH) if (!isHead(spans[i])) return false;
  return spans.length > 0;
}

function openMessage(view) {
  for (const connection of view.connections) {
    for (const flow of [1, 0]) {
      const message = connection.flows[flow].message;
      if (message && view.filter.message(message)) return message;
    }
  }
  return null;
}

// Octets that a chunk-size or a Content-Length has announced, and that have not come.
function promiseOf(message) {
  const chunk = message.connection.flows[message.flow].chunk;
  if (message.framing === "length" && message.length !== null && message.headEnd !== null) {
    return { message, count: Math.max(0, message.length - (message.got ?? 0)) };
  }
  if (chunk === null || chunk.dataStart === null || chunk.last || !(chunk.size >= 0)) return null;
  const count = chunk.dataStart + chunk.size + 2 - message.reached;
  return count > 0 ? { message, chunk, count } : null;
}
