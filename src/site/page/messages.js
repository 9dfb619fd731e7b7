// Messages, chunks and events: what the spans of one direction are gathered into.
//
// The server has labelled every octet; nothing is parsed here again. A message begins at its start-line and ends where its
// framing says; a chunk begins at its chunk-size; an event begins at its first line and ends at the blank line that
// dispatches it. Each is { start, end, state, born, ended }: positions on the tape (end is null while it is open), and the
// numbers of the records in which it began and ended, so that the picture can be shown as of any record.
//
// States of a message:  open, complete, incomplete, unknown (its end was not seen)
// States of a chunk:    open, complete, cut
// States of an event:   open, dispatched, empty (a blank line without data), cut (never dispatched)
//
// After lost records nothing that was open is ever called complete: it becomes unknown.

import { LABEL, OWNER, SPAN, isEvent, isFraming, isHead, isTrailer } from "./labels.js";
import { SPAN_WIDTH } from "./batch.js";

const REQUESTS = 0;
/** Entities of one kind that one direction keeps; then the older half goes. */
const MOST_ENTITIES = 12_000;
/** Octets of the data of an event that are kept as text. */
const MOST_DATA = 4_096;
const LF = 0x0a;

export class Messages {
  constructor(flow, tape, connection) {
    this.flow = flow;
    this.tape = tape;
    this.connection = connection;
    this.messages = [];
    this.chunks = [];
    this.events = [];
    this.message = null;
    this.chunk = null;
    this.event = null;
    this.comment = false;
    this.suspended = null;
    this.begun = 0;
    /** The server's numbers on the span that is being read; 0 where it has none. */
    this.number = { message: 0, chunk: 0, event: 0 };
  }

  /** Reads the spans of a record whose octets were appended at `start`; `record` is its number. */
  read({ batch: { spans }, spansFrom, spansTo, at }, start, count, record) {
    this.record = record;
    this.at = at;
    if (spansFrom === spansTo) {
      if (count > 0) this.unlabelled(start, count);
      return;
    }
    for (let i = spansFrom; i < spansTo; i += SPAN_WIDTH) {
      this.span(spans, i, start + spans[i], start + spans[i] + spans[i + 1]);
    }
  }

  /** Octets after the most tokens of a record: they were read, and have no spans. What was open may have ended in them. */
  rest(start, count) {
    if (this.message === null) return;
    this.message.lossy = true;
    this.message.reached = start + count;
    if (this.chunk) this.endChunk(start + count, "unknown");
    if (this.event) this.cutEvent(start + count, "unknown", null);
  }

  unlabelled(start, count) {
    const message = this.message ?? this.begin(start, null);
    message.unseen = true;
    message.reached = start + count;
  }

  span(spans, i, from, to) {
    const label = spans[i + 2];
    const flags = spans[i + 3];
    const goesOn = (flags & SPAN.continues) !== 0;
    this.number.message = spans[i + 6];
    this.number.chunk = spans[i + 7];
    this.number.event = spans[i + 8];
    if (label === LABEL.NotLabelled || label === LABEL.Unlabelled) this.unlabelled(from, to - from);
    else if (isHead(label)) this.head(label, goesOn, from, to);
    else if (label === LABEL.Unexpected) this.unexpected(from, to);
    else this.body(label, goesOn, from, to, spans[i + 4], spans[i + 5]);
    if (this.message) this.message.reached = to;
  }

  // ---- the head ------------------------------------------------------------------------------------------------

  head(label, goesOn, from, to) {
    const begins = this.flow === REQUESTS ? label === LABEL.Method : label === LABEL.HttpVersion;
    if (begins && !goesOn && (this.message === null || this.message.headEnd !== null || this.message.unseen)) {
      this.begin(from, this.number.message || null);
    }
    const message = this.message ?? this.begin(from, this.number.message || null);
    this.tape.mark(from, to, label, OWNER.head);
    if (label === LABEL.EndOfHead && this.tape.octet(to - 1) === LF) this.endOfHead(message, to);
  }

  begin(from, number) {
    if (this.message) this.endMessage(this.message.reached, "unknown");
    if (number !== null && this.suspended?.number === number) {
      this.message = this.suspended;
      this.message.state = "open";
      this.message.lossy = true;
      this.suspended = null;
      return this.message;
    }
    this.suspended = null;
    const message = {
      kind: "message", flow: this.flow, connection: this.connection, number: number ?? this.begun + 1, start: from, end: null,
      reached: from, headEnd: null, state: "open", born: this.record, ended: null, at: this.at, endedAt: null,
      method: "", target: "", version: "", status: 0, reason: "", fields: [], framing: null, length: null, body: 0,
      stream: false, interim: false, request: null, response: null, chunks: 0, dispatched: 0, begun: 0, missing: 0,
      mark: null, lossy: false, unseen: false, tag: null, order: null,
    };
    this.begun = message.number;
    this.message = message;
    keep(this.messages, message);
    this.connection.began(message);
    return message;
  }

  endOfHead(message, to) {
    message.headEnd = to;
    const [startLine, ...lines] = this.tape.text(message.start, to).split("\r\n");
    message.fields = lines.filter((line) => line !== "").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const words = startLine.split(" ");
    if (this.flow === REQUESTS) [message.method, message.target, message.version] = words;
    else {
      message.version = words[0];
      message.status = Number(words[1]);
      message.reason = words.slice(2).join(" ");
      message.interim = message.status >= 100 && message.status < 200 && message.status !== 101;
    }
    this.connection.headOf(message);
    frame(message);
    if (message.framing === "none" || (message.framing === "length" && message.length === 0)) {
      this.endMessage(to, "complete");
    }
  }

  // ---- the body ------------------------------------------------------------------------------------------------

  body(label, goesOn, from, to, before, announced) {
    const message = this.message ?? this.begin(from, this.number.message || null);
    if (isFraming(label)) this.framing(message, label, goesOn, from, to);
    else {
      if (!isEvent(label)) this.tape.mark(from, to, label, OWNER.data);
      message.body += to - from;
    }
    if (isEvent(label)) this.content(message, label, goesOn, from, to);
    this.counted(message, label, to, before < 0 ? -1 : before + to - from, announced);
  }

  counted(message, label, to, count, announced) {
    if (label === LABEL.CloseDelimitedData) message.framing = "close";
    if (this.chunk !== null && this.chunk.dataStart !== null) {
      if (count >= 0) this.chunk.got = count;
      return;
    }
    if (announced >= 0 && message.framing !== "chunked") {
      message.framing = "length";
      message.length = announced;
      message.got = count;
      if (count === announced) this.endMessage(to, "complete");
    }
  }

  framing(message, label, goesOn, from, to) {
    message.framing = "chunked";
    this.tape.mark(from, to, label, OWNER.framing);
    const ends = this.tape.octet(to - 1) === LF;
    if (label === LABEL.ChunkSize) {
      if (!goesOn || this.chunk === null) this.beginChunk(message, from);
      this.chunk.digits += this.tape.text(from, to);
      this.chunk.size = Number.parseInt(this.chunk.digits, 16);
    }
    const chunk = this.chunk;
    if (chunk === null) {
      if (label === LABEL.EndOfBody && ends) this.endMessage(to, "complete");
      return;
    }
    chunk.reached = to;
    if (label === LABEL.ChunkSizeCrlf && ends) chunk.dataStart = to;
    if (label === LABEL.LastChunkCrlf && !chunk.last) {
      chunk.last = true;
      message.chunks -= 1;
    }
    if (isTrailer(label)) chunk.trailers = true;
    if (label === LABEL.ChunkDataCrlf && ends) this.endChunk(to, "complete");
    if (label === LABEL.EndOfBody && ends) {
      this.endChunk(to, "complete");
      this.endMessage(to, "complete");
    }
  }

  beginChunk(message, from) {
    if (this.chunk) this.endChunk(from, "cut");
    const number = this.number.chunk || message.chunks + 1;
    message.chunks = number;
    this.chunk = {
      kind: "chunk", flow: this.flow, connection: this.connection, message, number, start: from, end: null, reached: from,
      digits: "", size: NaN, dataStart: null, got: 0, last: false, trailers: false, state: "open", born: this.record,
      ended: null, mark: null, at: this.at,
    };
    keep(this.chunks, this.chunk);
  }

  endChunk(to, state) {
    const chunk = this.chunk;
    if (chunk === null) return;
    chunk.end = to;
    chunk.state = state;
    chunk.ended = this.record;
    this.chunk = null;
  }

  unexpected(from, to) {
    this.tape.mark(from, to, LABEL.Unexpected, OWNER.fault);
    if (this.message && this.message.headEnd !== null) {
      this.message.faults = true;
      if (this.chunk) this.endChunk(from, "cut");
    }
  }

  // ---- the event stream ----------------------------------------------------------------------------------------

  content(message, label, goesOn, from, to) {
    message.stream = true;
    if (label === LABEL.EventComment || label === LABEL.EventBom) {
      this.comment = label === LABEL.EventComment;
      this.tape.mark(from, to, label, OWNER.quiet);
      return;
    }
    if (this.comment && label === LABEL.EventLineEnd) {
      this.comment = false;
      this.tape.mark(from, to, label, OWNER.quiet);
      return;
    }
    this.comment = false;
    const blank = label === LABEL.EventDispatch || label === LABEL.EventBlank;
    if (blank && goesOn && this.event === null) return this.restOfBlank(message, label, from, to);
    if (blank && this.event === null) {
      this.tape.mark(from, to, label, OWNER.quiet);
      return;
    }
    const event = this.event ?? this.beginEvent(message, from);
    this.tape.mark(from, to, label, event.number % 2 === 1 ? OWNER.odd : OWNER.even);
    event.reached = to;
    this.field(event, label, goesOn, from, to);
    if (blank) this.endEvent(message, event, label, to);
  }

  // The LF of a blank line whose CR came in an earlier record.
  restOfBlank(message, label, from, to) {
    const last = this.events.at(-1);
    const owner = !last ? OWNER.quiet : last.number % 2 === 1 ? OWNER.odd : OWNER.even;
    this.tape.mark(from, to, label, owner);
    if (last && last.message === message && last.end === from) last.end = to;
  }

  beginEvent(message, from) {
    const number = this.number.event || message.begun + 1;
    message.begun = number;
    this.event = {
      kind: "event", flow: this.flow, connection: this.connection, message, number, start: from, end: null, reached: from,
      state: "open", born: this.record, ended: null, mark: null, at: this.at, endedAt: null, fired: null, type: "message",
      data: null, id: null, line: { name: "", parts: null },
    };
    keep(this.events, this.event);
    return this.event;
  }

  field(event, label, goesOn, from, to) {
    const { line } = event;
    if (label === LABEL.EventFieldName) line.name += this.tape.text(from, to);
    else if (label === LABEL.EventData || label === LABEL.EventType || label === LABEL.EventId) {
      line.parts ??= [];
      line.parts.push([from, to]);
    } else if (label === LABEL.EventLineEnd && !(goesOn && line.name === "")) this.endOfLine(event);
  }

  endOfLine(event) {
    const { name, parts } = event.line;
    const value = parts === null ? "" : joined(this.tape, parts);
    if (name === "data") {
      const data = event.data === null ? value : `${event.data}\n${value}`;
      event.data = data.slice(0, MOST_DATA);
    } else if (name === "event") event.type = value;
    else if (name === "id") event.id = value;
    event.line = { name: "", parts: null };
  }

  endEvent(message, event, label, to) {
    event.end = to;
    event.ended = this.record;
    event.endedAt = this.at;
    event.state = label === LABEL.EventDispatch ? "dispatched" : "empty";
    if (event.state === "dispatched") message.dispatched += 1;
    event.line = null;
    this.event = null;
  }

  // ---- ends ----------------------------------------------------------------------------------------------------

  endMessage(to, state, mark = null) {
    const message = this.message;
    if (message === null) return;
    message.end = to;
    message.reached = Math.max(message.reached, to);
    message.state = state;
    message.ended = this.record;
    message.endedAt = this.at;
    message.mark = mark;
    if (this.chunk) {
      this.chunk.mark = mark;
      this.endChunk(to, state === "unknown" ? "unknown" : "cut");
    }
    if (this.event) this.cutEvent(to, state, mark);
    this.message = null;
    this.comment = false;
    this.connection.endOf(message);
  }

  cutEvent(to, state, mark) {
    this.event.end = to;
    this.event.ended = this.record;
    this.event.endedAt = this.at;
    this.event.state = state === "unknown" ? "unknown" : "cut";
    this.event.mark = mark;
    this.event.line = null;
    this.event = null;
  }

  /** FIN or RST ends what is open; `mark` is its entry of the log, `complete` what the server says. */
  cut(mark, complete, record, at) {
    this.record = record;
    this.at = at;
    const message = this.message;
    if (message === null) return null;
    if (message.unseen) this.endMessage(message.reached, "unknown", mark);
    else {
      message.missing = missingOf(message, this.chunk);
      this.endMessage(message.reached, complete && message.framing === "close" ? "complete" : "incomplete", mark);
    }
    return message;
  }

  /** Records are missing: what is open may have ended, and what comes next need not be its sequel. */
  lost(record, at) {
    this.record = record;
    this.at = at;
    if (this.message === null) return;
    const message = this.message;
    message.lossy = true;
    this.endMessage(message.reached, "unknown");
    this.suspended = message;
  }
}

// Where the body ends (RFC 9112 section 6.3), as the fields say it; the labels of the body have the last word.
function frame(message) {
  const coding = message.fields.filter(([name]) => same(name, "transfer-encoding")).map(([, value]) => value).join(",");
  const length = message.fields.find(([name]) => same(name, "content-length"))?.[1];
  message.stream ||= message.fields.some(
    ([name, value]) => same(name, "content-type") && /^text\/event-stream\b/i.test(value),
  );
  const bodiless = message.flow !== REQUESTS
    && (message.request?.method === "HEAD" || message.status < 200 || message.status === 204 || message.status === 304);
  if (bodiless) message.framing = "none";
  else if (/(^|[\s,])chunked\s*$/i.test(coding)) message.framing = "chunked";
  else if (length !== undefined && coding === "") {
    message.framing = "length";
    message.length = Number(length);
  } else message.framing = message.flow === REQUESTS ? "none" : "close";
}

function missingOf(message, chunk) {
  if (message.framing === "length" && message.length !== null) return Math.max(0, message.length - (message.got ?? 0));
  if (chunk === null || chunk.last || !(chunk.size >= 0) || chunk.dataStart === null) return 0;
  // The CRLF after the data is promised as well.
  return Math.max(0, chunk.dataStart + chunk.size + 2 - message.reached);
}

const same = (name, lower) => name.toLowerCase() === lower;

function joined(tape, parts) {
  if (parts.length === 1) return tape.text(parts[0][0], parts[0][1]);
  const bytes = parts.map(([from, to]) => [...tape.slice(from, to)]).flat();
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** Adds to a list that keeps the newest half when it is full. */
export function keep(list, entity, most = MOST_ENTITIES) {
  list.push(entity);
  if (list.length > most) list.splice(0, list.length - most / 2);
}
