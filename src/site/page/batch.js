// Batches: records of the trace on their way from the worker to the page.
//
// A record as an object with its spans and rows costs the page's thread more than to draw it. So the worker packs records
// into arrays of numbers, which are handed over without a copy, and strings are sent once.
//
//     const writer = new BatchWriter();
//     writer.add(JSON.parse(line));
//     readBatch(writer.take(), strings, (record) => store.apply(record));
//
// `readBatch` gives back: `held` with `bytes`, `spans` (SPAN_WIDTH numbers each) and `rows` (ROW_WIDTH numbers each); octets
// with places in the arrays of their batch (`batch`, `bytesFrom` to `bytesTo`, and so for spans and rows), for a view of an
// array costs as much as the rest of a record; all other records as they were.

import { SPAN, labelOf } from "./labels.js";

/** offset, length, label, flags, before, announced, message, chunk, event */
export const SPAN_WIDTH = 9;
/** offset, length, name, explanation, section, continues, remark; name, explanation, section and remark are numbers of strings, and a remark may be NO_REMARK */
export const ROW_WIDTH = 7;
const HEAD_WIDTH = 11;
/** More strings than this, and the numbering begins anew: a batch says so, and old rows keep the old list. */
const MOST_STRINGS = 20_000;
const MOST_NUMBER = 0x7fffffff;
export const NO_REMARK = -1;

const utf8 = new TextEncoder();

export class BatchWriter {
  constructor() {
    this.strings = new Map();
    this.names = new Set();
    this.generation = 0;
    this.clear();
  }

  clear() {
    this.heads = [];
    this.spans = [];
    this.rows = [];
    this.pieces = [];
    this.size = 0;
    this.others = [];
    this.fresh = [];
    this.freshNames = [];
  }

  get empty() {
    return this.heads.length === 0;
  }

  /** The number of records that wait to be taken. */
  get count() {
    return this.heads.length / HEAD_WIDTH;
  }

  add(record) {
    const { what } = record;
    if (what !== "octets" && what !== "held") {
      this.others.push(record);
      this.head(0, record, 0, 0, 0);
      return;
    }
    const bytes = octetsOf(record);
    const spansFrom = this.spans.length;
    const rowsFrom = this.rows.length;
    for (const span of record.spans ?? []) this.addSpan(span);
    for (const row of record.rows ?? []) this.addRow(row);
    const { text, base64, spans, rows, ...rest } = record;
    // Only what is rare travels as an object.
    const plain = what === "octets" && record.tag === undefined && record.hop === undefined && record.rest === undefined;
    this.others.push(plain ? null : rest);
    this.head(what === "octets" ? 1 : 2, record, bytes.length, spansFrom, rowsFrom);
    this.pieces.push(bytes);
    this.size += bytes.length;
  }

  head(kind, record, count, spansFrom, rowsFrom) {
    this.heads.push(
      kind, record.connection ?? 0, record.at ?? 0, record.flow === "requests" ? 0 : 1, count, record.offset ?? -1,
      this.size, spansFrom, (this.spans.length - spansFrom) / SPAN_WIDTH, rowsFrom, (this.rows.length - rowsFrom) / ROW_WIDTH,
    );
  }

  addSpan(span) {
    const flags = (span.continues ? SPAN.continues : 0) | (span.resumes ? SPAN.resumes : 0)
      | (span.counted ? SPAN.counted : 0) | (span.fault ? SPAN.fault : 0);
    const label = labelOf(span.key);
    if (!this.names.has(label)) {
      this.names.add(label);
      this.freshNames.push([label, span.content ?? span.label]);
    }
    this.spans.push(
      span.offset, span.length, label, flags, cap(span.counted?.before), cap(span.counted?.announced),
      span.message ?? 0, span.chunk ?? 0, span.event ?? 0,
    );
  }

  addRow(row) {
    this.rows.push(
      row.offset, row.length, this.intern(row.name), this.intern(row.explanation), this.intern(row.section),
      row.continues ? 1 : 0, row.remarks?.length > 0 ? this.intern(remarksOf(row)) : NO_REMARK,
    );
  }

  intern(string) {
    let number = this.strings.get(string);
    if (number === undefined) {
      number = this.strings.size;
      this.strings.set(string, number);
      this.fresh.push(string);
    }
    return number;
  }

  /** All that has been added, and the buffers to hand over. */
  take() {
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    const batch = {
      heads: new Float64Array(this.heads), spans: new Int32Array(this.spans), rows: new Int32Array(this.rows), bytes,
      others: this.others, fresh: this.fresh, names: this.freshNames, generation: this.generation,
    };
    this.clear();
    if (this.strings.size > MOST_STRINGS) {
      this.strings = new Map();
      this.generation += 1;
    }
    return batch;
  }
}

export const buffersOf = (batch) => [batch.heads.buffer, batch.spans.buffer, batch.rows.buffer, batch.bytes.buffer];

/** The strings of the batches that have been read; a new generation begins a new list. */
export class Strings {
  constructor() {
    this.generation = 0;
    this.list = [];
  }

  take(batch) {
    if (batch.generation !== this.generation) {
      this.generation = batch.generation;
      this.list = [];
    }
    for (const string of batch.fresh) this.list.push(string);
    return this.list;
  }
}

export function readBatch(batch, strings, take) {
  const list = strings.take(batch);
  const { heads, others } = batch;
  for (let h = 0, n = 0; h < heads.length; h += HEAD_WIDTH, n += 1) {
    if (heads[h] === 0) {
      take(others[n]);
      continue;
    }
    take(heads[h] === 1 ? octetsAt(batch, h, others[n], list) : heldAt(batch, h, others[n], list));
  }
}

function octetsAt(batch, h, rest, strings) {
  const { heads } = batch;
  return {
    what: "octets", connection: heads[h + 1], at: heads[h + 2], flow: heads[h + 3], offset: heads[h + 5], batch, strings,
    bytesFrom: heads[h + 6], bytesTo: heads[h + 6] + heads[h + 4],
    spansFrom: heads[h + 7], spansTo: heads[h + 7] + heads[h + 8] * SPAN_WIDTH,
    rowsFrom: heads[h + 9], rowsTo: heads[h + 9] + heads[h + 10] * ROW_WIDTH,
    tag: rest?.tag ?? null, hop: rest?.hop ?? null, rest: rest?.rest ?? null,
  };
}

function heldAt(batch, h, rest, strings) {
  const it = octetsAt(batch, h, null, strings);
  return {
    ...rest, what: "held", connection: it.connection, at: it.at, flow: it.flow, offset: it.offset, strings,
    bytes: batch.bytes.subarray(it.bytesFrom, it.bytesTo), spans: batch.spans.subarray(it.spansFrom, it.spansTo),
    rows: batch.rows.subarray(it.rowsFrom, it.rowsTo),
  };
}

const remarksOf = ({ remarks }) => remarks.map(({ explanation, section }) => `${explanation}${section ? ` (${section})` : ""}`).join("; ");

const cap = (number) => (number === undefined ? -1 : Math.min(number, MOST_NUMBER));

function octetsOf(record) {
  if (record.base64 === undefined) return utf8.encode(record.text ?? "");
  const latin1 = atob(record.base64);
  const bytes = new Uint8Array(latin1.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = latin1.charCodeAt(i);
  return bytes;
}
