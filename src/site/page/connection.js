// A connection: two directions, what they carry, and which response belongs to which request.
//
// Requests and responses are paired by order (RFC 9112 section 9.3.2). Interim responses (1xx) belong to the request that
// is still waiting.

import { Messages } from "./messages.js";
import { Tape } from "./tape.js";

export const REQUESTS = 0;
export const RESPONSES = 1;

export class Connection {
  constructor(id, listener) {
    this.id = id;
    this.listener = listener;
    this.local = "";
    this.peer = "";
    this.hop = null;
    this.opened = null;
    this.closed = null;
    this.receiving = "";
    this.sending = "";
    this.held = null;
    this.tapes = [new Tape(), new Tape()];
    this.flows = [REQUESTS, RESPONSES].map((flow) => new Messages(flow, this.tapes[flow], this));
    this.writes = [0, 0];
    this.pending = [];
    this.moments = [];
    this.fin = [null, null];
    this.rst = null;
    this.verdicts = [];
    /** The tag of the record that is being read: whose request it is. */
    this.tagging = null;
  }

  get requests() {
    return this.flows[REQUESTS].messages;
  }

  get responses() {
    return this.flows[RESPONSES].messages;
  }

  /** Called by Messages when a message begins, when its head is complete, and when it ends. */
  began(message) {
    message.tag = this.tagging;
    if (message.flow === REQUESTS) {
      if (this.pending.length < 1_000) this.pending.push(message);
      return;
    }
    message.request = this.pending[0] ?? null;
  }

  headOf(message) {
    if (message.flow === REQUESTS) this.listener.request(message);
    else if (!message.interim) {
      this.pending.shift();
      if (message.request) message.request.response = message;
      this.listener.response(message);
    }
  }

  endOf(message) {
    this.listener.ended?.(message);
  }

  /** What one response could mean next: the newest message of the direction. */
  newest(flow) {
    return this.flows[flow].messages.at(-1) ?? null;
  }
}
