// The words of the page in English. `ko.js` has the same members; tests/page compares them.
//
// Where a list is given, the first that fits is shown: longest first.

const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
const digits = new Intl.NumberFormat("en-US");
const number = (count) => (count < 1_000 ? String(count) : digits.format(count));

export const en = {
  lang: "en",
  number,
  lanes: { client: "client", events: "events", octets: "octets", http: "HTTP", write: "write()", read: "read()", tcp: "TCP", clock: "clock" },
  framingLane: { chunked: "chunks", length: "length", close: "until FIN", none: "framing" },
  head: {
    partial: "partial", fields: (count) => plural(count, "field"), fieldsShort: "fields", chunked: "chunked", chunkedShort: "chunks",
    length: (count) => `length ${count}`, noBody: "no body", untilFin: "no length: until FIN", untilFinShort: "until FIN",
  },
  octets: {
    missing: (count) => [`${number(count)} missing`, number(count)],
    promised: (count) => [`${number(count)} announced`, number(count)],
    lost: (count) => [`${number(count)} lost`, number(count)],
    omitted: (count) => [`${number(count)} not shown`, number(count)],
  },
  client: {
    read: (count) => `read() ${count}`,
    state: ({ name, id }) => ({
      connecting: id ? [`0 CONNECTING · Last-Event-ID ${id}`, `0 CONNECTING · id ${id}`, "0 CONNECTING", "0"] : ["0 CONNECTING", "0"],
      open: ["1 OPEN", "1"], closed: ["2 CLOSED", "2"], fetching: ["fetch()"], reading: ["read()"], done: ["done"],
    })[name],
    pin: ({ what }) => ({ error: ["error", "!"], end: ["end of stream ■", "■"], fail: ["TypeError", "!"] })[what],
  },
  events: {
    dispatched: (count, data) => (data === "" ? [`event ${count}`, String(count)] : [`event ${count} · ${data}`, `event ${count}`, String(count)]),
    open: ["event …", "…"],
    empty: ["no data: nothing is dispatched", "no data", "∅"],
    never: ["never dispatched", "never", "✗"],
  },
  framing: {
    chunk: ({ number: count, digits, size, last }) => (last ? ["0 · last chunk", "0 · last", "0"]
      : [`chunk ${count} · 0x${digits} = ${size}`, `chunk ${count}`, String(count)]),
    body: ({ framing, length }) => (framing === "length" ? [`Content-Length ${number(length)}`, `length ${number(length)}`, number(length)]
      : ["no length: until FIN", "until FIN", "FIN"]),
  },
  http: {
    request: ({ order: count }, state) => (state === "incomplete" ? [`request ${count} · INCOMPLETE ✗`, `request ${count} ✗`, "→ ✗", "✗"]
      : [`request ${count}`, "→"]),
    response: ({ order: count, interim, status, unseen }, state) => {
      const name = interim ? `interim response ${status}` : unseen ? "response, began before the trace" : `response ${count}`;
      const rest = {
        complete: ["complete ✓", "✓"], incomplete: ["INCOMPLETE ✗", "✗"], unknown: ["its end was not seen", "?"], open: ["no end yet", "…"],
      }[state];
      if (interim) return [`${name} · ${rest[0]}`, name, `1xx ${rest[1]}`, "1xx"];
      return [`${name} · ${rest[0]}`, rest[0], rest[1]];
    },
    end: (cut) => (cut ? ["◂ cut: no end", "◂ cut"] : ["◂ end of response"]),
  },
  // A relay reads both directions.
  write: ({ flow, order, start, end, connection }) => {
    const name = flow === 1 && connection.hop === null ? "write" : "read";
    return [`${name} ${order} · ${number(end - start)}`, `${name} ${order}`, String(order)];
  },
  held: {
    bar: ({ bytes, step }) => (bytes.length > 0 ? [`held · ${number(bytes.length)}`, "held"] : [`held · ${step}`, step, "held"]),
    title: (step) => `Held: ${step}`,
    octets: (count) => plural(count, "octet"),
    bet: {
      messages: "How many messages do these octets fire? Press 0–9, then space.",
      complete: "Is the response complete after them? Press Y or N, then space.",
      ending: "Complete or cut? Press Y for complete, N for cut, then space.",
      reconnects: "Does the EventSource reconnect after this? Press Y or N, then space.",
    },
    chosen: (answer) => `Your prediction: ${answer}.`,
    yes: "yes",
    no: "no",
    right: (answer) => `✓ Right: ${answer}.`,
    wrong: (answer, truth) => `✗ You said ${answer}; it was ${truth}.`,
    tally: (right, all) => `${right} of ${all} right`,
    space: "Space sends it.",
  },
  tcp: { rail: (connection, flow) => {
    const way = flow === 1 ? "server → client" : "client → server";
    const hop = connection.hop ? ` ${connection.hop}` : "";
    return [`#${connection.id}${hop}  ${way}`, `#${connection.id}  ${flow === 1 ? "→" : "←"}`, `#${connection.id}`];
  } },
  headline: {
    nothing: "Nothing has passed yet",
    atLeast: "At least ",
    list: (parts) => parts.join(" in "),
    events: (count) => plural(count, "event"),
    chunks: (count) => plural(count, "chunk"),
    reads: (count) => plural(count, "read"),
    writes: (count) => plural(count, "write"),
    responses: (count, connections) => `${plural(count, "response")} on ${plural(connections, "connection")}`,
    alsoEvents: (count) => `, ${plural(count, "event")}`,
    last: (status) => `. The last: ${status}, `,
    end: { complete: "response complete", incomplete: "response incomplete", unknown: "its end was not seen" },
    lastEnd: { complete: "complete", incomplete: "incomplete", unknown: "end not seen", open: "not yet complete" },
    alike: "one each here, but no rule says so",
    lost: (count) => `${plural(count, "record")} lost`,
    join: ". ",
  },
  panel: {
    write: (order) => `write ${order}`,
    read: (order) => `read ${order}`,
    chip: { event: (count) => `event ${count}`, chunk: (count) => `chunk ${count}`, request: (count) => `request ${count}`,
      response: (count) => `response ${count}`, write: (count) => `write ${count}`, read: (count) => `read ${count}` },
    lastChunk: "last chunk",
    fin: ["FIN from the client", "FIN from the server"],
    rst: ["RST from the client", "RST from the server"],
    opened: "accepted",
    openedText: (connection) => `Connection #${connection.id} from ${connection.peer || "a client"} to ${connection.local || "this server"}.`,
    closed: "closed",
    blocked: "write() would block",
    blockedText: (count) => `The client does not read: ${plural(count, "octet")} wait.`,
    lost: "records lost",
    lostText: (count) => `This page was too slow for ${plural(count, "record")}. What was open then is called neither complete nor incomplete.`,
    omitted: "octets not shown",
    omittedText: (count) => `${plural(count, "octet")}: the record was too long for the live trace.`,
    missing: (count) => `${plural(count, "octet")} missing`,
    missingText: "A chunk-size or Content-Length announced them, and the connection ended first.",
    silence: (time) => `nothing for ${time}`,
    state: { 0: "error → readyState 0", 2: "error → readyState 2" },
    errorText: "The response has ended, complete or not. EventSource does not ask how: after its reconnection time it connects again. (This page closes it first, if that takes seconds.)",
    endText: "Closed for good: EventSource does not reconnect. This is the end of the stream.",
    failText: "The body broke off before its end: fetch reports a network error.",
    message: (count) => `message ${count}`,
    messageText: (event, full) => (full ? "This page's EventSource has dispatched it." : "Derived from the blank line: what a client shows is not known here.")
      + (event.id !== null ? ` Last event ID: ${event.id}` : ""),
    event: (count, state) => `event ${count}: ${{ open: "no blank line yet", dispatched: "dispatched", empty: "nothing is dispatched", cut: "never dispatched", unknown: "its end was not seen" }[state]}`,
    eventText: { open: "It is dispatched by the blank line after it.", dispatched: "A blank line has dispatched it.",
      empty: "A blank line came, but no data before it.", cut: "The stream ended before its blank line: the client throws it away.",
      unknown: "Records are missing." },
    chunk: ({ number: count, last, digits }) => (last ? "last chunk" : `chunk ${count}: 0x${digits}`),
    chunkText: ({ size, last }) => (last ? "Size 0: no data follows. The response ends with the blank line after the trailer section."
      : `${plural(size, "octet")} of data, between a size line and a CRLF.`),
    request: (message) => `request ${message.order}: ${message.method} ${message.target}`,
    response: (message) => `response ${message.order}: ${message.status || ""} ${message.reason}`,
    messageState: { open: "It has no end yet.", complete: "It is complete.", incomplete: "It is incomplete.", unknown: "Its end was not seen." },
    framedBy: { chunked: "Chunks say where the body ends.", length: "Content-Length says where the body ends.", close: "FIN says where the body ends.", none: "It has no body." },
    rail: (connection) => `connection #${connection.id}`,
    octet: (hex, decimal) => `0x${hex} = ${decimal}`,
    held: "held",
    severity: { broken: "✗ broken", warning: "⚠ warning", note: "note", ok: "✓" },
    why: "Why",
    since: (time) => `+${time}`,
  },
  ui: {
    title: "wirestep: an HTTP connection, live",
    lessons: "Lessons", demo: "Demo stream", connections: "Connections", language: "한/EN", help: "Keys", theme: "light/dark",
    live: "live", paused: "paused", recorded: "recorded", offline: "no trace", connecting: "connecting",
    score: "score of the connection", table: "Table", why: "Why", again: "Play again",
    play: "Play", hold: "Hold each step", withClient: "with", copy: "Copy as curl", copied: "Copied", predict: "Predict.", close: "Close",
    raw: "This lesson is about what a client sends. Run the line below in a terminal, and watch here.",
    empty: "Open a lesson (L), play the demo stream (D), or run curl in a terminal: it appears here by itself.",
    refused: "The trace is only shown under an address or a name of this machine.",
    openConnections: (count) => `Connections: ${count} open`,
    connectionColumns: ["connection", "target", "receiving", "sending", "life"],
    tableColumns: ["time", "connection", "direction", "name", "octets", "what it does", "section"],
    toClient: "→ client", toServer: "← client",
    recordedFile: "Open a recording",
    save: "Save", open: "Open",
    singleKeys: "Single keys act at once",
    announce: "Tell what happens every 5 seconds",
    foreign: (connection, target) => `N: #${connection} ${target}`,
  },
  hint: {
    live: [["←→↑↓", "look around"], ["space", "pause"], ["L", "lessons"], ["C", "connections"], ["+ −", "zoom"], ["?", "keys"]],
    held: [["space", "send the held step"], ["0–9", "predict first"], ["R", "run on"]],
    scrub: [[", .", "step back and forth"], ["esc", "live"]],
    stage: [["enter", "play"], ["tab", "parameters"], ["H", "hold"], ["esc", "back"]],
    selected: [["← →", "next thing"], ["↑ ↓", "next lane"], ["home end", "first, last"], ["esc", "let go"]],
  },
  keys: [
    ["L", "lessons; type 15 to go to lesson 15"], ["D", "demo stream"], ["C", "connections"], ["space", "send the held step, or pause"],
    ["0–9, Y, N", "your prediction, while a step is held"], ["R", "run on: send all held steps"], ["A", "play again"],
    ["← →", "next thing in the lane"], ["↑ ↓", "same place in the next lane"], ["home, end", "first, last in the lane"],
    [", .", "move the playhead: everything is shown as it was then"], ["esc", "back: dialog, selection, playhead, live"],
    ["+ − 0", "zoom, automatic zoom"], ["F", "fit everything"], ["B", "hide the framing: the body as its reader sees it"],
    ["W", "why: the lesson's explanation"], ["Y", "the same as a table"], ["X", "octets in hexadecimal"], ["N", "the connection that has just come"],
    ["G", "한국어/English"], ["T", "light or dark"], ["S, O", "save the recording, open one"], ["?", "this list"],
  ],
};
