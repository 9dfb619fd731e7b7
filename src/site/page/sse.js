// A reader of event streams (WHATWG HTML, "Interpreting an event stream") for the trace itself.
//
// EventSource is not used, for comments must be seen: ": lost 120 events" says how many records are missing.
//
//     const reader = new EventStreamReader({ event({ type, data, id }) {}, comment(text) {} });
//     reader.push("data: on");
//     reader.push("e\n\n");             // event({ type: "message", data: "one", id: "" })

export class EventStreamReader {
  constructor(listener) {
    this.listener = listener;
    this.rest = "";
    this.id = "";
    this.clear();
  }

  clear() {
    this.type = "";
    this.data = null;
  }

  push(text) {
    this.rest += text;
    let from = 0;
    let end = this.rest.indexOf("\n", from);
    while (end >= 0) {
      const before = end > from && this.rest[end - 1] === "\r" ? end - 1 : end;
      this.line(this.rest.slice(from, before));
      from = end + 1;
      end = this.rest.indexOf("\n", from);
    }
    this.rest = this.rest.slice(from);
  }

  line(line) {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return this.listener.comment(line.slice(1).trimStart());
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "data") this.data = this.data === null ? value : `${this.data}\n${value}`;
    else if (name === "event") this.type = value;
    else if (name === "id") this.id = value;
  }

  dispatch() {
    if (this.data !== null) this.listener.event({ type: this.type || "message", data: this.data, id: this.id });
    this.clear();
  }
}
