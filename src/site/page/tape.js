// A tape: the octets of one direction of one connection, with a label and an owner for each.
//
// Positions count from the first octet of the direction. At most MOST octets are kept; older ones go, and octets that were
// never seen (records lost) are a gap whose owner is "unknown".

import { OWNER } from "./labels.js";

const MOST = 256 * 1024;
const FIRST_SIZE = 1024;

export class Tape {
  constructor() {
    this.base = 0;
    this.end = 0;
    this.octets = new Uint8Array(FIRST_SIZE);
    this.labels = new Uint8Array(FIRST_SIZE);
    this.owners = new Uint8Array(FIRST_SIZE);
  }

  /** Appends octets that belong at `position`; what lies between the end and there was not seen. */
  append(bytes, position = this.end, from = 0, to = bytes.length) {
    if (position > this.end) this.skip(position - this.end);
    const kept = Math.max(from, to - MOST);
    const start = this.end;
    this.end += to - from;
    this.room(this.end - (to - kept));
    const { octets, labels, owners } = this;
    let at = this.end - (to - kept) - this.base;
    // Most writes are short: a loop costs less than a view of the array.
    for (let i = kept; i < to; i += 1, at += 1) {
      octets[at] = bytes[i];
      labels[at] = 0;
      owners[at] = OWNER.unknown;
    }
    return start;
  }

  skip(count) {
    const from = this.end;
    this.end += count;
    if (count >= MOST) {
      this.base = this.end;
      return;
    }
    this.room(from);
    const at = from - this.base;
    this.octets.fill(0, at, at + count);
    this.labels.fill(0, at, at + count);
    this.owners.fill(OWNER.unknown, at, at + count);
  }

  // Makes room for [from, end); older octets go, half of them at once.
  room(from) {
    let keep = Math.min(from, Math.max(this.base, from - MOST / 2));
    if (this.end - this.base <= MOST) keep = this.base;
    const size = this.end - keep;
    if (keep === this.base && size <= this.octets.length) return;
    let length = FIRST_SIZE;
    while (length < size) length *= 2;
    for (const name of ["octets", "labels", "owners"]) {
      const old = this[name];
      const next = length > old.length ? new Uint8Array(length) : old;
      const had = old.subarray(keep - this.base, Math.min(old.length, from - this.base));
      if (next === old) next.copyWithin(0, keep - this.base, keep - this.base + had.length);
      else next.set(had);
      this[name] = next;
    }
    this.base = keep;
  }

  mark(start, end, label, owner) {
    const { labels, owners } = this;
    for (let i = Math.max(0, start - this.base); i < end - this.base; i += 1) {
      labels[i] = label;
      owners[i] = owner;
    }
  }

  has(position) {
    return position >= this.base && position < this.end;
  }

  octet(position) {
    return this.octets[position - this.base];
  }

  label(position) {
    return this.has(position) ? this.labels[position - this.base] : 0;
  }

  owner(position) {
    return this.has(position) ? this.owners[position - this.base] : OWNER.unknown;
  }

  slice(start, end) {
    return this.octets.subarray(Math.max(0, start - this.base), Math.max(0, end - this.base));
  }

  text(start, end) {
    return shortAscii(this.octets, Math.max(0, start - this.base), Math.max(0, end - this.base)) ?? decoder.decode(this.slice(start, end));
  }
}

/** Most texts are names and small numbers, for which a decoder costs more than it does. */
const SHORT = 24;

function shortAscii(octets, from, to) {
  if (to - from > SHORT) return null;
  let text = "";
  for (let i = from; i < to; i += 1) {
    if (octets[i] >= 0x80) return null;
    text += String.fromCharCode(octets[i]);
  }
  return text;
}

const decoder = new TextDecoder();
