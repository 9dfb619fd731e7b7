// The player: this page's own client. It asks by EventSource or fetch, and notes what the browser tells it.
//
// What the browser tells has no octets: an `open` event stands for the blank line of a head, a `message` for the blank line
// of an event, a `read()` for some octets of a body. `match` finds them in the trace: the k-th message after `open` is the
// k-th event that this response dispatched.

import { OWNER } from "./labels.js";
import { fieldOf, isSameOrigin } from "./requests.js";

const MOST_MESSAGES = 12_000;
const MOST_RECONNECTIONS = 3;
/** The default reconnection time of Chromium is 3 s, that of Firefox 5 s; in milliseconds. */
const RECONNECTS_WITHIN = 2_500;
/** An end that the browser has told waits this long for its end in the trace, in milliseconds. */
const ENDING_WAITS = 400;

export class Player {
  /** `clock` gives the server's time; `tag` marks this page's requests where the server knows tags. */
  constructor(clock, tag, origin) {
    this.clock = clock;
    this.origin = origin;
    this.tag = tag;
    this.source = null;
    this.abort = null;
    this.serial = 0;
    this.clear();
  }

  clear() {
    this.target = null;
    this.how = null;
    this.marks = [];
    this.states = [];
    this.reads = [];
    this.fired = 0;
    this.opens = [];
    this.requests = [];
    this.responses = [];
    this.finished = null;
    this.done = null;
    this.endings = [];
  }

  get busy() {
    return this.target !== null && this.finished === null;
  }

  /** Asks for `target` with "EventSource" or "fetch"; `types` are the types of events that are listened to. */
  play(target, how, types = ["message"]) {
    this.stop();
    this.clear();
    this.serial += 1;
    this.target = target;
    this.how = how;
    this.began = this.clock();
    if (how === "fetch") this.fetch(target, this.serial);
    else this.listen(target, types);
  }

  stop() {
    clearTimeout(this.patience);
    this.source?.close();
    this.source = null;
    this.abort?.abort();
    this.abort = null;
    if (this.target !== null && this.finished === null) this.finished = this.clock();
  }

  listen(target, types) {
    const source = new EventSource(target);
    this.source = source;
    source.onopen = () => this.opens.push({ at: this.clock(), messages: [], response: null });
    for (const type of new Set(["message", ...types])) source.addEventListener(type, (event) => this.message(event));
    source.onerror = (event) => {
      // An event of the stream whose type is "error" has data.
      if (event instanceof MessageEvent) return;
      const closed = source.readyState === EventSource.CLOSED;
      this.ended(closed ? "end" : "error", closed ? "closed" : "connecting");
      if (closed) this.finished = this.clock();
      else this.reconnects();
    };
  }

  // A browser reconnects for ever. The picture of a lesson is to stay: a reconnection that comes soon belongs to it (the
  // stream has set `retry`), one that comes after the default of some seconds does not, nor does the fourth.
  reconnects() {
    clearTimeout(this.patience);
    if (this.opens.length > MOST_RECONNECTIONS) this.stop();
    else this.patience = setTimeout(() => this.stop(), RECONNECTS_WITHIN);
  }

  // The clock of this page is early by the latency of the trace. So what ends a response waits until the trace has that end
  // too, and never stands before it.
  ended(what, name) {
    this.endings.push({ what, name, at: this.clock(), since: performance.now(), request: this.requests.at(-1) ?? null });
    setTimeout(() => this.match(), ENDING_WAITS + 1);
  }

  placeEndings() {
    while (this.endings.length > 0) {
      const [{ what, name, at, since, request }] = this.endings;
      const asked = request ?? this.requests.at(-1);
      const fin = asked?.connection.fin[1] ?? asked?.connection.rst;
      const over = asked?.response?.endedAt ?? (asked && fin && fin.at >= asked.at ? fin.at : null);
      if (over === null && performance.now() - since < ENDING_WAITS) return;
      this.endings.shift();
      this.marks.push({ what, at: Math.max(at, over ?? 0, this.marks.at(-1)?.at ?? 0) });
      this.states.push({ name, mark: this.marks.at(-1) });
    }
  }

  message(event) {
    this.fired += 1;
    const open = this.opens.at(-1);
    if (open && open.messages.length < MOST_MESSAGES) open.messages.push({ at: this.clock(), data: event.data, type: event.type });
  }

  async fetch(target, serial) {
    this.abort = new AbortController();
    try {
      const response = await fetch(target, { signal: this.abort.signal, cache: "no-store" });
      if (serial !== this.serial) return;
      this.opens.push({ at: this.clock(), messages: [], response: null, coded: response.headers.has("content-encoding") });
      const reader = response.body?.getReader();
      while (reader) {
        const { value, done } = await reader.read();
        if (serial !== this.serial) return;
        if (done) break;
        this.reads.push({ count: value.length, at: this.clock(), message: null, start: null, end: null });
      }
      this.done = { at: this.clock() };
    } catch (error) {
      if (serial !== this.serial || error.name === "AbortError") return;
      this.ended("fail", "done");
    }
    this.finished = this.clock();
  }

  // ---- which of the messages of the trace are its own ------------------------------------------------------------

  /** Whether a request of the trace is one of this play. */
  owns(request) {
    if (this.target === null || request.at < this.began - 0.5) return false;
    if (request.tag !== null) return request.tag === this.tag;
    return request.target === this.target && isSameOrigin(request, this.origin);
  }

  request(request) {
    clearTimeout(this.patience);
    const id = fieldOf(request, "last-event-id");
    this.requests.push(request);
    this.states.push({ name: this.how === "fetch" ? "fetching" : "connecting", entity: request, position: request.start, id });
  }

  response(response) {
    this.responses.push(response);
  }

  /** Finds in the trace what the browser has told; called when either has something new. */
  match() {
    this.placeEndings();
    const opened = this.responses.filter((response) => this.how === "fetch" || (response.status === 200 && response.stream));
    this.opens.forEach((open, i) => {
      if (open.response === null && opened[i]) {
        open.response = opened[i];
        this.insertState({ name: this.how === "fetch" ? "reading" : "open", entity: opened[i], position: opened[i].headEnd });
      }
      if (open.response) this.matchMessages(open);
    });
    if (this.how === "fetch" && this.opens[0]?.response) this.matchReads(this.opens[0]);
  }

  // States stand in the order of the wire; what the browser told may come before or after the trace of it.
  insertState(state) {
    const after = this.states.findLastIndex((other) => other.entity && other.entity.at <= state.entity.at);
    this.states.splice(after + 1, 0, state);
  }

  matchMessages(open) {
    if (open.messages.length === 0 || this.how === "fetch") return;
    const { connection } = open.response;
    const events = connection.flows[1].events;
    open.next ??= 0;
    for (let i = events.findIndex((event) => event.message === open.response && event.fired === null); i >= 0 && i < events.length; i += 1) {
      const event = events[i];
      if (event.message !== open.response || event.state !== "dispatched") continue;
      const told = open.messages[open.next];
      if (told === undefined) return;
      if (event.fired !== null || told.type !== event.type) continue;
      event.fired = told.at;
      open.next += 1;
    }
  }

  matchReads({ response, coded }) {
    const tape = response.connection.tapes[1];
    if (!coded) {
      for (const read of this.reads) {
        if (read.end !== null) continue;
        const last = this.reads[this.reads.indexOf(read) - 1];
        const place = placeOf(tape, response, last?.end ?? response.headEnd, read.count);
        if (place === null) break;
        Object.assign(read, place, { message: response });
      }
    }
    if (this.done && response.end !== null && !this.done.shown) {
      this.done.shown = true;
      this.states.push({ name: "done", entity: response, position: response.end });
    }
  }
}

// The next `count` octets of the body from `from`: framing between them is passed over.
function placeOf(tape, response, from, count) {
  const stop = response.end ?? response.reached;
  let p = from;
  while (p < stop && tape.owner(p) === OWNER.framing) p += 1;
  const start = p;
  for (let left = count; left > 0; p += 1) {
    if (p >= stop) return null;
    if (tape.owner(p) !== OWNER.framing) left -= 1;
  }
  return { start, end: p };
}
