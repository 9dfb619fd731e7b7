// The model of the page, without a browser: what the records of real lessons become.

import { before, test } from "node:test";
import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import { Server, casesOf } from "./server.mjs";
import { BatchWriter, Strings, readBatch } from "../../src/site/page/batch.js";
import { EventStreamReader } from "../../src/site/page/sse.js";
import { Store } from "../../src/site/page/store.js";
import { Tape } from "../../src/site/page/tape.js";
import { View } from "../../src/site/page/view.js";
import { Axis, silenceWidth } from "../../src/site/page/axis.js";
import { Bets, dispatches, questionOf } from "../../src/site/page/bets.js";
import { exchangeOf, scoreOf } from "../../src/site/page/hops.js";
import { Glyphs } from "../../src/site/page/glyphs.js";
import { isPageRequest, isSameOrigin } from "../../src/site/page/requests.js";
import { momentOf, parseState, playheadOf, stateAddress } from "../../src/site/page/state.js";
import { headlineVerdict, verdictsOf } from "../../src/site/page/verdict.js";
import { en } from "../../src/site/page/en.js";
import { ko } from "../../src/site/page/ko.js";

// The cases of lessons that end by the patience of the client alone.
const ENDLESS = ["end=stall", "case=quiet", "case=ghost", "missing=everything"];

let cases;

before(async () => {
  const server = await Server.start("--trace", "json");
  const lessons = await (await fetch(`${server.url}/lessons`, { headers: { Accept: "application/json" } })).json();
  cases = [];
  for (const { lesson, target } of casesOf(lessons)) {
    if (ENDLESS.some((word) => target.includes(word))) continue;
    const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    await server.raw(request);
    const asked = ({ what, text }) => what === "octets" && text?.startsWith(`GET ${target} `);
    await server.until((records) => {
      const connection = records.find(asked)?.connection;
      return records.some((record) => record.what === "closed" && record.connection === connection);
    });
    const { connection } = server.records.find(asked);
    cases.push({ lesson, target, records: server.records.filter((record) => record.connection === connection) });
  }
  await server.stop();
});

function storeOf(records, batchSize = Infinity) {
  const store = new Store();
  const strings = new Strings();
  const writer = new BatchWriter();
  records.forEach((record, i) => {
    writer.add(record);
    if ((i + 1) % batchSize === 0) readBatch(writer.take(), strings, (it) => store.apply(it));
  });
  readBatch(writer.take(), strings, (it) => store.apply(it));
  return store;
}

const plain = ({ kind, flow, number, start, end, state, born, ended }) => ({ kind, flow, number, start, end, state, born, ended });

function entities(store) {
  return [...store.connections.values()].flatMap((connection) => connection.flows.flatMap((flow) => [
    ...flow.messages.map((it) => ({ ...plain(it), framing: it.framing, missing: it.missing, dispatched: it.dispatched, chunks: it.chunks })),
    ...flow.chunks.map((it) => ({ ...plain(it), size: it.size, last: it.last })),
    ...flow.events.map((it) => ({ ...plain(it), data: it.data, type: it.type, id: it.id })),
  ]));
}

test("all lessons have been played", () => {
  assert.equal(new Set(cases.map(({ lesson }) => lesson.name)).size, 24);
  assert.ok(cases.length > 60, `${cases.length} cases`);
});

test("batches may end after any record", () => {
  for (const { target, records } of cases) assert.deepEqual(entities(storeOf(records, 1)), entities(storeOf(records)), target);
});

test("a record may be cut anywhere: labels and bounds are the same", () => {
  for (const { target, records } of cases.filter(({ lesson }) => [6, 15, 16].includes(lesson.number))) {
    const cut = records.flatMap(splitRecord);
    const strip = (list) => list.map(({ born, ended, ...rest }) => rest);
    assert.deepEqual(strip(entities(storeOf(cut))), strip(entities(storeOf(records))), target);
  }
});

// One record of octets as one record for each octet, with the spans that lie in it.
function splitRecord(record) {
  if (record.what !== "octets") return [record];
  const octets = record.base64 === undefined ? Buffer.from(record.text) : Buffer.from(record.base64, "base64");
  return [...octets].map((octet, at) => {
    const span = record.spans.find(({ offset, length }) => at >= offset && at < offset + length);
    const begins = span && span.offset === at;
    const counted = span?.counted && { ...span.counted, before: span.counted.before + at - span.offset };
    const piece = span && { ...span, offset: 0, length: 1, continues: begins ? span.continues : true, ...(counted && { counted }) };
    const { text, base64, ...rest } = record;
    const cut = { ...rest, count: 1, base64: Buffer.from([octet]).toString("base64"), spans: piece ? [piece] : [], rows: [] };
    if (record.offset !== undefined) cut.offset = record.offset + at;
    return cut;
  });
}

test("the tapes have the octets of the wire", () => {
  for (const { target, records } of cases) {
    const store = storeOf(records);
    for (const [flow, name] of ["requests", "responses"].entries()) {
      const wire = Buffer.concat(records.filter((it) => it.what === "octets" && it.flow === name)
        .map((it) => (it.base64 === undefined ? Buffer.from(it.text) : Buffer.from(it.base64, "base64"))));
      const [connection] = store.connections.values();
      const tape = connection.tapes[flow];
      assert.equal(tape.end, wire.length, target);
      assert.ok(Buffer.from(tape.slice(tape.base, tape.end)).equals(wire.subarray(tape.base)), target);
    }
  }
});

test("events are those that eventsource-parser finds in the same body", () => {
  let compared = 0;
  for (const { target, records } of cases) {
    const [connection] = storeOf(records).connections.values();
    for (const message of connection.responses.filter(({ stream, state }) => stream && state !== "unknown")) {
      const tape = connection.tapes[1];
      const events = connection.flows[1].events.filter((event) => event.message === message);
      if (events.length === 0 || message.headEnd < tape.base) continue;
      const body = [];
      for (let p = message.headEnd; p < message.reached; p += 1) if (tape.owner(p) >= 3 && tape.owner(p) <= 6) body.push(tape.octet(p));
      const found = [];
      const parser = createParser({ onEvent: ({ data, event }) => found.push([event ?? "message", data]) });
      // After a CR the parser waits for an LF that may belong to it: a comment ends the waiting.
      parser.feed(`${new TextDecoder().decode(new Uint8Array(body))}:\n`);
      const ours = events.filter(({ state }) => state === "dispatched").map(({ type, data }) => [type, data]);
      // eventsource-parser leaves out events whose data is the empty string; the standard dispatches them.
      assert.deepEqual(ours.filter(([, data]) => data !== ""), found.filter(([, data]) => data !== ""), target);
      compared += ours.length;
    }
  }
  assert.ok(compared > 50, `${compared} events`);
});

test("what is missing is what the length or the chunk-size had announced", () => {
  const missing = (word) => {
    const { records } = cases.find(({ target }) => target.includes(word));
    const [connection] = storeOf(records).connections.values();
    return connection.responses.map(({ state, missing: count }) => [state, count]);
  };
  assert.deepEqual(missing("end=midchunk"), [["incomplete", 7]]);
  assert.deepEqual(missing("end=cl-short"), [["incomplete", 15]]);
  assert.deepEqual(missing("end=nolast"), [["incomplete", 0]]);
  assert.deepEqual(missing("endings?end=last"), [["complete", 0]]);
  assert.deepEqual(missing("endings?end=close&"), [["complete", 0]]);
  assert.deepEqual(missing("endings?end=close-rst"), [["incomplete", 0]]);
});

test("with lost records nothing is complete of which the end was not seen", () => {
  // A small generator with a fixed seed: the same losses in every run.
  let seed = 7;
  const random = (most) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % most;
  };
  for (const { target, records } of cases) {
    for (let round = 0; round < 8; round += 1) {
      const from = 1 + random(records.length - 1);
      const count = 1 + random(4);
      const kept = [...records.slice(0, from), { what: "lost", at: records[from - 1].at, records: count }, ...records.slice(from + count)];
      const store = storeOf(kept);
      const lost = from + 1;
      for (const connection of store.connections.values()) {
        for (const { messages, events } of connection.flows) {
          for (const it of messages) {
            const spans = it.born < lost && it.ended > lost;
            assert.ok(!spans || it.state !== "complete" || it.lossy, `${target}: ${JSON.stringify(plain(it))} over a loss at ${lost}`);
          }
          for (const it of events) assert.ok(!(it.born < lost && it.ended > lost && it.state === "dispatched"), target);
        }
      }
      assert.equal(store.lost, count);
    }
  }
});

test("numbers of the server let a message go on after a loss", () => {
  const { records } = cases.find(({ target }) => target.startsWith("/lessons/boundaries?case=events"));
  const numbered = records.map((record) => (record.what === "octets" && record.flow === "responses"
    ? { ...record, spans: record.spans.map((span) => ({ ...span, message: 1 })) } : record));
  const at = numbered.findIndex(({ what, flow }) => what === "octets" && flow === "responses") + 1;
  const store = storeOf([...numbered.slice(0, at), { what: "lost", at: 0, records: 1 }, ...numbered.slice(at + 1)]);
  const [connection] = store.connections.values();
  assert.deepEqual(connection.responses.map(({ number, state, lossy }) => [number, state, lossy]), [[1, "complete", true]]);
});

test("a line of the trace may be cut anywhere", () => {
  const events = [];
  const comments = [];
  const text = ": lost 3 events: why\n\nid:a-1\ndata:{\"a\":1}\n\nevent: snapshot\r\ndata: x\r\ndata:y\r\n\r\n";
  for (let cut = 0; cut <= text.length; cut += 1) {
    events.length = 0;
    comments.length = 0;
    const reader = new EventStreamReader({ event: (event) => events.push(event), comment: (comment) => comments.push(comment) });
    reader.push(text.slice(0, cut));
    reader.push(text.slice(cut));
    assert.deepEqual(events, [{ type: "message", data: "{\"a\":1}", id: "a-1" }, { type: "snapshot", data: "x\ny", id: "a-1" }], `cut at ${cut}`);
    assert.deepEqual(comments, ["lost 3 events: why"]);
  }
});

test("a tape keeps the newest octets, and gaps are unknown", () => {
  const tape = new Tape();
  const octets = new Uint8Array(1_000).map((_, i) => i % 251);
  for (let i = 0; i < 1_000; i += 1) tape.append(octets);
  assert.equal(tape.end, 1_000_000);
  assert.ok(tape.end - tape.base <= 256 * 1024 && tape.end - tape.base >= 128 * 1024, `${tape.end - tape.base} are kept`);
  for (const p of [tape.base, tape.end - 1, 900_123]) assert.equal(tape.octet(p), (p % 1_000) % 251);
  tape.append(octets, tape.end + 10);
  assert.equal(tape.end, 1_001_010);
  assert.equal(tape.owner(1_000_005), 0);
  assert.equal(tape.octet(1_000_011), 1);
});

function viewOf(records) {
  const view = new View(storeOf(records));
  view.show({ entry: () => true, message: () => true });
  view.update();
  return view;
}

test("the axis is monotone, and finds every item where it is", () => {
  for (const { target, records } of cases) {
    const view = viewOf(records);
    const axis = new Axis();
    for (const act of [() => axis.fit(view.totals, 1_100, 1), () => axis.fitAll(view.totals, 1_100, 1), () => axis.zoom(9, 1)]) {
      act();
      let right = 0;
      for (const item of view.items) {
        assert.ok(Math.abs(axis.left(item) - right) < 1e-6, `${target}: item ${item.index} begins at ${axis.left(item)}, not ${right}`);
        right = axis.right(item);
        if (axis.size(item) > 0.01) assert.equal(axis.find(view.items, (axis.left(item) + right) / 2), item.index, target);
      }
      assert.ok(Math.abs(right - axis.width(view.totals)) < 1e-6);
    }
  }
});

test("what fits is shown whole, and F makes everything fit", () => {
  for (const { target, records } of cases) {
    const view = viewOf(records);
    const axis = new Axis();
    if (axis.fit(view.totals, 1_100, 1)) assert.ok(axis.width(view.totals) <= 1_100, target);
    for (const width of [400, 1_100, 1_800]) {
      axis.fitAll(view.totals, width, 1);
      assert.ok(axis.width(view.totals) <= width + 1e-6, `${target}: ${axis.width(view.totals)} in ${width}`);
    }
  }
});

test("the widths of silences are those of the design", () => {
  assert.deepEqual([0.0005, 0.05, 0.3, 3, 1e6].map((seconds) => Math.round(silenceWidth(seconds))), [0, 46, 86, 142, 150]);
});

test("a hundred thousand items are bounded, and stay in order", () => {
  const records = [{ v: 1, what: "opened", at: 0, connection: 1, local: "a", peer: "b" }];
  const span = (key, offset, length) => ({ key, label: key, offset, length });
  const head = "HTTP/1.1 200 OK\r\n\r\n";
  records.push({
    what: "octets", at: 0, connection: 1, flow: "responses", text: head, rows: [],
    spans: [span("HttpVersion", 0, 8), span("ReasonPhrase", 8, 7), span("StartLineCrlf", 15, 2), span("EndOfHead", 17, 2)],
  });
  for (let i = 0; i < 100_000; i += 1) {
    records.push({ what: "octets", at: i / 1_000, connection: 1, flow: "responses", text: "hello", spans: [span("CloseDelimitedData", 0, 5)], rows: [] });
  }
  const store = storeOf(records, 1_000);
  const view = new View(store);
  view.show({ entry: () => true, message: () => true });
  view.update();
  assert.ok(store.log.length <= 34_000, `${store.log.length} entries`);
  assert.ok(view.items.length <= 40_000, `${view.items.length} items`);
  const [connection] = store.connections.values();
  const last = view.itemAt(connection, 1, connection.tapes[1].end - 1);
  assert.equal(last.end, connection.tapes[1].end);
});

test("a prediction is graded by the blank lines that dispatch", () => {
  const record = {
    what: "held", at: 0, connection: 1, step: "chunk", note: "", flow: "responses", text: "5\r\na\n\nb\n\n\r\n", rows: [],
    spans: [["ChunkSize", 0, 1], ["ChunkSizeCrlf", 1, 2], ["EventFieldName", 3, 1], ["EventLineEnd", 4, 1], ["EventDispatch", 5, 1],
      ["EventFieldName", 6, 1], ["EventLineEnd", 7, 1], ["EventDispatch", 8, 1], ["ChunkDataCrlf", 9, 2]].map(([key, offset, length]) => ({ key, label: key, offset, length })),
  };
  const store = storeOf([record]);
  const { held } = store.connection(1);
  const bets = new Bets();
  bets.begin(held);
  assert.equal(dispatches(held), 2);
  assert.equal(bets.take("y"), false);
  assert.equal(bets.take("1"), true);
  assert.deepEqual(bets.grade({ complete: false }), { right: false, answer: 1, truth: 2 });
  bets.begin(held);
  bets.take("2");
  assert.deepEqual(bets.grade({ complete: false }), { right: true, answer: 2, truth: 2 });
  assert.deepEqual([bets.right, bets.all], [1, 2]);
});

test("a request is the page's own, a play's, or a program's, also where a browser names no purpose", () => {
  const request = (target, fields) => ({ target, fields: Object.entries(fields) });
  const browser = (target, destination) => request(target, { "Sec-Fetch-Dest": destination, "Sec-Fetch-Site": "same-origin" });
  const lan = (target) => request(target, { Accept: "*/*", Referer: "http://192.168.0.2:8080/lessons/chunk" });
  const own = [
    browser("/page/main.js", "script"), browser("/trace", "empty"), browser("/lessons", "empty"), browser("/lessons/chunk", "document"),
    browser("/step?connection=2", "empty"), lan("/lessons"), lan("/trace?last_event_id=1"), request("/", { Accept: "text/html,*/*" }),
  ];
  for (const it of own) assert.equal(isPageRequest(it), true, it.target);
  const others = [browser("/lessons/chunk", "empty"), request("/", { Accept: "*/*" }), request("/lessons", {}), request("/lessons/chunk", {}), lan("/lessons/chunk")];
  for (const it of others) assert.equal(isPageRequest(it), false, it.target);
  assert.equal(isSameOrigin(lan("/lessons/chunk"), "http://192.168.0.2:8080"), true);
  assert.equal(isSameOrigin(lan("/lessons/chunk"), "http://192.168.0.2:80"), false);
  assert.equal(isSameOrigin(browser("/lessons/chunk", "empty"), "http://x"), true);
  assert.equal(isSameOrigin(request("/lessons/chunk", {}), "http://x"), false);
});

test("both languages say the same things", () => {
  const shape = (value, path = "") => {
    if (Array.isArray(value)) return [`${path}[${path.startsWith(".hint") || path.startsWith(".keys") || path.endsWith("Columns") ? value.length : ""}]`];
    if (typeof value === "object") return Object.entries(value).flatMap(([name, it]) => shape(it, `${path}.${name}`));
    return [`${path}: ${typeof value}`];
  };
  assert.deepEqual(shape(ko), shape(en));
});

test("findings are those of the messages shown, the worst first, and that all is well is not said twice", () => {
  const base = cases.find(({ target }) => target.includes("end=midchunk")).records.filter(({ what }) => what !== "verdict");
  const finding = (severity, code, message = 1) => ({
    v: 1, what: "verdict", at: base.at(-1).at, connection: base[0].connection, message, severity, code, explanation: code, section: "", values: null, evidence: [],
  });
  const sceneOf = (records) => {
    const view = viewOf(records);
    return { view, asOfRecord: Infinity };
  };
  const codes = (records) => verdictsOf(sceneOf(records)).map(({ code }) => code);
  assert.deepEqual(codes([...base, finding("ok", "complete"), finding("note", "no-ids"), finding("broken", "incomplete")]), ["incomplete", "no-ids", "complete"]);
  assert.deepEqual(codes([...base, finding("broken", "of-no-message", 9)]), []);
  assert.equal(headlineVerdict([finding("ok", "complete")]), null);
  assert.equal(headlineVerdict(verdictsOf(sceneOf([...base, finding("ok", "complete"), finding("broken", "incomplete")]))).code, "incomplete");
  // With a playhead before the end nothing has been found yet.
  assert.deepEqual(verdictsOf({ ...sceneOf([...base, finding("broken", "incomplete")]), asOfRecord: 2 }), []);
});

test("whether an EventSource reconnects is graded when the browser has told it", () => {
  const held = { bytes: new Uint8Array(0), spans: [], step: "FIN" };
  const play = { how: "EventSource", opens: [{}], responses: [{ end: null }], marks: [] };
  assert.equal(questionOf(held, play), "reconnects");
  assert.equal(questionOf(held, { ...play, responses: [{ end: 70 }] }), "ending");
  assert.equal(questionOf(held, { ...play, how: "fetch" }), "ending");
  assert.equal(questionOf(held), "ending");
  const bets = new Bets();
  bets.begin(held, play);
  assert.equal(bets.take("y"), true);
  assert.equal(bets.grade({ complete: false, play }), null);
  bets.begin(null);
  assert.equal(bets.gradeLater(play), null);
  play.marks.push({ what: "error" });
  assert.deepEqual(bets.gradeLater(play), { right: true, answer: true, truth: true });
  assert.equal(bets.gradeLater(play), null);
  bets.begin(held, play);
  bets.take("y");
  play.marks.push({ what: "end" });
  assert.deepEqual(bets.grade({ complete: false, play }), { right: false, answer: true, truth: false });
  assert.deepEqual([bets.right, bets.all], [1, 2]);
});

test("an address names a lesson, its parameters and a moment, and nothing else", () => {
  const lessons = [{ name: "boundaries", number: 15, parameters: [{ name: "case" }, { name: "pause" }] }];
  const parsed = (hash) => {
    const state = parseState(hash, lessons);
    return state && [state.lesson.number, state.values, state.at, state.hold, state.client];
  };
  assert.deepEqual(parsed("#15?case=character&at=0.62"), [15, { case: "character" }, 0.62, false, null]);
  assert.deepEqual(parsed("#boundaries"), [15, {}, null, false, null]);
  assert.deepEqual(parsed("#15?step&client=fetch&other=1&at=x"), [15, {}, null, true, "fetch"]);
  for (const hash of ["", "#", "#99", "#../x", "#15/x"]) assert.equal(parsed(hash), null, hash);
  const address = stateAddress(lessons[0], "/lessons/boundaries?case=many&step", 0.62);
  assert.equal(address, "/#15?case=many&at=0.62");
  assert.deepEqual(parsed(address.slice(1)), [15, { case: "many" }, 0.62, false, null]);
});

test("the moment of a playhead leads back to it, also when all else is some milliseconds later", () => {
  for (const { target, records } of cases.filter(({ lesson }) => lesson.number === 15)) {
    const view = viewOf(records);
    view.items.forEach((item, index) => {
      const later = view.items[index + 1];
      // Of items at the same moment it is the last.
      if (item.kind === "silence" || (later && later.at - item.at < 0.004 && later.kind !== "silence")) return;
      const moment = momentOf(view, index);
      assert.equal(playheadOf(view, moment), index, `${target} ${index}`);
      const late = { ...view, firstAt: view.firstAt, items: view.items.map((it, i) => ({ ...it, at: it.at + (i === 0 ? 0 : 0.003) })) };
      if (!later || later.at - item.at > 0.01) assert.equal(playheadOf(late, moment), index, `${target} ${index} late`);
    });
  }
});

test("letters are drawn once for each size and colour, and copied from then on", () => {
  const log = [];
  const fake = (name) => ({ clearRect() {}, setTransform() {}, save() {}, restore() {}, measureText: () => ({ width: 10 }), fillText: (text) => log.push(`${name} ${text}`), drawImage: () => log.push(`${name} copy`) });
  const glyphs = new Glyphs((size) => `${size}px mono`, () => ({ getContext: () => fake("atlas") }));
  glyphs.draw(fake("screen"), [[5, 5, "a", 18], [15, 5, "b", 18], [25, 5, "a", 18]], "red", 1);
  glyphs.draw(fake("screen"), [[5, 5, "a", 18]], "blue", 1);
  assert.deepEqual(log, ["atlas a", "atlas b", "screen copy", "screen copy", "screen copy", "atlas a", "screen copy"]);
});

// A relay before a proxy and one after it: the proxy holds the events of the application, and passes both on in one piece.
function twoHops() {
  const { records } = cases.find(({ target }) => target.startsWith("/lessons/boundaries?case=many"));
  const hop = (name, connection, later) => records.map((record) => ({ ...record, connection, hop: name, at: later(record) }));
  const start = records[0].at;
  const octets = (record) => record.what === "octets" && record.flow === "responses";
  const app = hop("app", 2, ({ at }) => at + 0.001);
  const edge = hop("edge", 1, (record) => (octets(record) || record.at > start + 0.03 ? record.at + 0.5 : record.at));
  const other = records.map((record) => ({ ...record, connection: 3, hop: "app", at: record.at + 90 }));
  return [...app, ...edge, ...other].sort((a, b) => a.at - b.at);
}

test("the same request at two hops is one exchange, in the order in which it passed", () => {
  const store = storeOf(twoHops());
  const ids = (id) => exchangeOf(store, store.connections.get(id)).map((connection) => [connection.id, connection.hop]);
  assert.deepEqual(ids(1), [[1, "edge"], [2, "app"]]);
  assert.deepEqual(ids(2), [[1, "edge"], [2, "app"]]);
  // 90 s later the same was asked again, and by no edge.
  assert.deepEqual(ids(3), [[3, "app"]]);
  const [plain] = storeOf(cases[0].records).connections.values();
  assert.deepEqual(exchangeOf(storeOf(cases[0].records), plain), [plain]);
});

test("each of two scores has its own octets, at their places on one axis", () => {
  const store = storeOf(twoHops());
  const exchange = exchangeOf(store, store.connections.get(1));
  const view = new View(store);
  view.show({ entry: (entry) => exchange.includes(entry.connection), message: () => true });
  view.update();
  const axis = new Axis();
  axis.fitAll(view.totals, 1_100, 1);
  const firstEvent = exchange.map((connection) => view.leftOf(axis, connection, 1, connection.flows[1].events[0].start));
  assert.ok(firstEvent[0] > firstEvent[1], `the edge has event 1 at ${firstEvent[0]}, the application at ${firstEvent[1]}`);
  const drawn = exchange.map((connection) => scoreOf(view, connection).items.filter(({ start }) => start !== undefined));
  for (const [i, items] of drawn.entries()) assert.deepEqual([...new Set(items.map(({ entry }) => entry.connection))], [exchange[i]]);
  assert.equal(drawn[0].length + drawn[1].length, view.items.filter(({ start }) => start !== undefined).length);
  for (const connection of exchange) scoreOf(view, connection).items.forEach((item, i) => assert.equal(axis.left(item), axis.left(view.items[i])));
});
