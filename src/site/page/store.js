// The store: a fold over the records of the trace (docs/trace.md).
//
// It keeps connections with what passed on them, and one log of entries in order of time, from which a view is made. It
// knows nothing of pictures. Every list is bounded; what goes first is what is oldest.
//
//     const store = new Store();
//     readBatch(batch, strings, (record) => store.apply(record));
//     store.connections.get(3).responses.at(-1).state     // "complete"

import { Connection, REQUESTS, RESPONSES } from "./connection.js";
import { keepVerdict } from "./verdict.js";

/** Entries of the log that are kept. */
const MOST_ENTRIES = 34_000;
const MOST_CONNECTIONS = 400;
/** Moments of one connection for the list of connections. */
const MOST_MOMENTS = 2_000;

export class Store {
  constructor(listener = {}) {
    this.listener = { request() {}, response() {}, restarted() {}, ...listener };
    this.connections = new Map();
    this.log = [];
    /** How many entries have gone from the beginning of the log. */
    this.gone = 0;
    this.record = 0;
    this.at = 0;
    this.lost = 0;
    this.open = 0;
  }

  restart() {
    this.connections = new Map();
    this.gone += this.log.length;
    this.log = [];
    this.at = 0;
    this.listener.restarted();
  }

  apply(record) {
    this.record += 1;
    if (Number.isFinite(record.at)) this.at = Math.max(this.at, record.at);
    switch (record.what) {
      case "octets": return this.octets(record);
      case "held": return this.held(record);
      case "opened": return this.opened(record);
      case "fin": return this.ending(record);
      case "rst": return this.ending(record);
      case "closed": return this.closed(record);
      case "blocked": return this.entry("blocked", record, { pending: record.pending });
      case "state": return this.entry("state", record, { state: record.state, note: record.note });
      case "halves": return this.halves(record);
      case "verdict": return this.verdict(record);
      case "omitted": return this.omitted(record);
      case "missing": return this.omitted({ ...record, what: "omitted" });
      case "lost": return this.recordsLost(record);
      case "snapshot": return this.snapshot(record);
      case "restarted": return this.restart();
      default: return undefined;
    }
  }

  connection(id) {
    let connection = this.connections.get(id);
    if (connection === undefined) {
      connection = new Connection(id, this.listener);
      this.connections.set(id, connection);
      if (this.connections.size > MOST_CONNECTIONS) this.shedConnections();
    }
    return connection;
  }

  // The oldest that are closed go first; if all are open, the oldest.
  shedConnections() {
    const all = [...this.connections.values()];
    const first = all.filter((connection) => connection.closed).concat(all);
    for (const connection of first.slice(0, MOST_CONNECTIONS / 4)) this.connections.delete(connection.id);
  }

  entry(kind, record, rest = {}) {
    const connection = record.connection ? this.connection(record.connection) : null;
    const flow = record.flow === "requests" || record.flow === REQUESTS ? REQUESTS : RESPONSES;
    return this.push({ kind, number: this.record, at: record.at ?? this.at, connection, flow, ...rest });
  }

  push(entry) {
    this.log.push(entry);
    if (this.log.length > MOST_ENTRIES) {
      const going = this.log.length - MOST_ENTRIES / 2;
      this.log = this.log.slice(going);
      this.gone += going;
    }
    return entry;
  }

  moment(connection, at, what) {
    connection.moments.push({ at, what });
    if (connection.moments.length > MOST_MOMENTS) connection.moments.splice(0, MOST_MOMENTS / 2);
  }

  octets(record) {
    const connection = this.connection(record.connection);
    const { flow, batch, bytesFrom, bytesTo } = record;
    const count = bytesTo - bytesFrom;
    if (record.hop) connection.hop = record.hop;
    if (flow === RESPONSES) connection.held = null;
    const tape = connection.tapes[flow];
    const start = tape.append(batch.bytes, record.offset >= 0 ? record.offset : tape.end, bytesFrom, bytesTo);
    const from = tape.end - count;
    connection.tagging = record.tag;
    connection.flows[flow].read(record, from, count, this.record);
    if (record.rest) connection.flows[flow].rest(tape.end - record.rest.octets, record.rest.octets);
    connection.writes[flow] += 1;
    this.guess(connection, flow);
    this.push({
      kind: "octets", number: this.record, at: record.at, connection, flow, start: from, end: tape.end, gap: from - start,
      write: connection.writes[flow], order: 0, rows: batch.rows, rowsFrom: record.rowsFrom, rowsTo: record.rowsTo, strings: record.strings,
      runs: runsOf(connection.flows[flow], from, tape.end), tag: record.tag,
    });
    this.moment(connection, record.at, flow === REQUESTS ? "read" : "write");
  }

  // Without `halves` of the server, the states of the two directions are told from what has passed.
  guess(connection, flow) {
    if (connection.told) return;
    const open = connection.flows[flow].message !== null;
    if (flow === REQUESTS) connection.receiving = open ? "Head" : "Held";
    else {
      connection.sending = open ? "Responding" : "Idle";
      if (!open) connection.receiving = "Head";
    }
  }

  held(record) {
    const connection = this.connection(record.connection);
    connection.held = { ...record, number: this.record, owner: connection };
    this.entry("held", record, { held: connection.held });
  }

  opened(record) {
    const connection = this.connection(record.connection);
    connection.local = record.local;
    connection.peer = record.peer;
    connection.hop = record.hop ?? null;
    connection.opened = record.at;
    connection.receiving = "Head";
    connection.sending = "Idle";
    this.open += 1;
    this.entry("opened", record);
    this.moment(connection, record.at, "opened");
  }

  ending(record) {
    const connection = this.connection(record.connection);
    const entry = this.entry(record.what, record, { note: record.note, ending: record.ending ?? null });
    entry.cut = [];
    // What waits to be sent when RST comes is never sent; a FIN of the client leaves it waiting.
    if (record.what === "rst") {
      connection.rst = entry;
      connection.held = null;
    } else {
      connection.fin[entry.flow] = entry;
      if (entry.flow === RESPONSES) connection.held = null;
    }
    const flows = record.what === "rst" ? [REQUESTS, RESPONSES] : [entry.flow];
    for (const flow of flows) {
      const complete = record.ending?.complete ?? false;
      const message = connection.flows[flow].cut(entry, complete, this.record, record.at);
      if (message) entry.cut.push(message);
    }
    this.moment(connection, record.at, record.what);
  }

  closed(record) {
    const connection = this.connection(record.connection);
    connection.closed = record.at;
    connection.receiving = "";
    connection.sending = "Over";
    connection.held = null;
    this.open = Math.max(0, this.open - 1);
    const entry = this.entry("closed", record, { note: record.note });
    for (const flow of connection.flows) flow.cut(entry, false, this.record, record.at);
    this.moment(connection, record.at, "closed");
  }

  halves(record) {
    const connection = this.connection(record.connection);
    connection.told = true;
    connection.receiving = record.receiving;
    connection.sending = record.sending;
    this.entry("halves", record, { receiving: record.receiving, sending: record.sending });
  }

  verdict(record) {
    keepVerdict(this.connection(record.connection), record, this.record);
    this.entry("verdict", record);
  }

  omitted(record) {
    const entry = this.entry("omitted", record, { count: record.count });
    const { connection } = entry;
    // Without its direction nothing can be said about either.
    const flows = record.flow === undefined ? [REQUESTS, RESPONSES] : [entry.flow];
    for (const flow of flows) connection.flows[flow].lost(this.record, entry.at);
    if (record.flow !== undefined) {
      const tape = connection.tapes[entry.flow];
      tape.skip(Math.max(0, (record.offset ?? tape.end) + record.count - tape.end));
    }
  }

  recordsLost(record) {
    this.lost += record.records ?? 1;
    const last = this.log.at(-1);
    if (last?.kind === "lost") last.records += record.records ?? 1;
    else this.entry("lost", { ...record, connection: 0 }, { records: record.records ?? 1 });
    for (const connection of this.connections.values()) {
      for (const flow of connection.flows) flow.lost(this.record, this.at);
      connection.pending = [];
    }
  }

  // A snapshot tells which connections are open now; records after it may be older than it.
  snapshot(record) {
    this.open = record.open;
    for (const told of record.connections ?? []) {
      const connection = this.connection(told.connection);
      connection.local ||= told.local;
      connection.peer ||= told.peer;
      connection.receiving = told.receiving;
      connection.sending = told.sending;
      if (told.hop) connection.hop = told.hop;
    }
  }
}

// Which parts of octets are head, which body, and of which message: octets of one write may belong to several.
function runsOf(flow, start, end) {
  const runs = [];
  const list = flow.messages;
  let first = list.length;
  while (first > 0 && (list[first - 1].end === null || list[first - 1].end > start)) first -= 1;
  let at = start;
  for (let i = first; i < list.length && at < end; i += 1) {
    const message = list[i];
    if (message.start > at) {
      runs.push({ start: at, end: Math.min(end, message.start), message: list[i - 1] ?? null, part: "outside" });
      at = message.start;
    }
    const headEnd = message.unseen ? at : message.headEnd ?? message.end ?? end;
    const head = Math.min(end, headEnd);
    if (head > at && message.start < head) {
      runs.push({ start: at, end: head, message, part: "head" });
      at = head;
    }
    const body = Math.min(end, message.end ?? end);
    if (body > at) {
      runs.push({ start: at, end: body, message, part: "body" });
      at = body;
    }
  }
  if (at < end) runs.push({ start: at, end, message: list.at(-1) ?? null, part: "outside" });
  return runs;
}
