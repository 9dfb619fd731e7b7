// The page in Chromium, against the real server.
//
// One browser and one server for the whole file: tests follow each other, and each opens the page anew. Nothing here waits
// for a time: each test waits for what the page or the server says.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { Browser, KEY } from "./browser.mjs";
import { Server, casesOf } from "./server.mjs";

let server;
let browser;
let lessons;

before(async () => {
  server = await Server.start("--trace", "json");
  browser = await Browser.start();
  lessons = await (await fetch(`${server.url}/lessons`, { headers: { Accept: "application/json" } })).json();
});

after(async () => {
  await browser?.close();
  await Server.stopAll();
});

const open = (path = "/") => browser.open(server.url + path);
/** Waits until what is known now has been drawn: two more frames, for the first may have begun before. */
const settled = () => browser.run(() => new Promise((resolve) => {
  const { stats } = window.wirestep;
  const enough = stats.drawn + 2;
  const look = () => {
    if (stats.drawn >= enough) return resolve();
    window.wirestep.dirty = true;
    return requestAnimationFrame(look);
  };
  look();
}));

/** Plays what the stage shows, and waits until its response has ended and the picture shows that. */
async function playToTheEnd() {
  await browser.until(() => {
    const { player, view } = window.wirestep;
    const last = player.requests.at(-1);
    if (!last) return false;
    const { connection } = last;
    const over = last.response ? last.response.end !== null : connection.closed !== null || connection.fin[1] !== null;
    return over && view.items.length > 0 && view.nextEntry - view.store.gone >= view.store.log.length - 2;
  });
  await settled();
}

test("the page needs nothing from elsewhere, and its policy forbids everything inline", async () => {
  const response = await fetch(`${server.url}/`, { headers: { "Sec-Fetch-Dest": "document", Accept: "text/html" } });
  assert.equal(response.headers.get("content-security-policy"), "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(response.headers.get("cache-control"), "no-cache");
  const html = await response.text();
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(address, /^\/page\//);
  assert.doesNotMatch(html, /<style|<script>|style=|\son[a-z]+=/);
  const tag = response.headers.get("etag");
  const again = await fetch(`${server.url}/`, { headers: { "Sec-Fetch-Dest": "document", "If-None-Match": tag } });
  assert.equal(again.status, 304);
});

test("the browser complains of nothing, and asks no other origin", async () => {
  await browser.complaints();
  await open();
  await browser.keys("d");
  await browser.until(() => window.wirestep.player.fired > 1);
  const elsewhere = await browser.run(() => performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => new URL(name).origin !== location.origin));
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(await browser.complaints(), []);
  const inline = await browser.run(() => {
    window.ran = false;
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.head.append(script);
    return window.ran;
  });
  assert.equal(inline, false);
  await browser.complaints();
});

test("an address is the page for a navigation, and the stream for fetch and curl", async () => {
  const dest = async (path, headers) => (await fetch(server.url + path, { headers })).headers.get("content-type");
  const html = "text/html; charset=utf-8";
  assert.equal(await dest("/lessons/boundaries", { "Sec-Fetch-Dest": "document" }), html);
  assert.equal(await dest("/lessons/boundaries", { Accept: "text/html,*/*;q=0.8" }), html);
  assert.equal(await dest("/lessons", { "Sec-Fetch-Dest": "document" }), html);
  assert.equal(await dest("/lessons/boundaries", { "Sec-Fetch-Dest": "empty", Accept: "text/html" }), "text/event-stream");
  assert.equal(await dest("/lessons/boundaries", { Accept: "*/*" }), "text/event-stream");
  assert.equal(await dest("/", { "Sec-Fetch-Dest": "empty" }), "text/plain; charset=utf-8");
  // The page of lesson 22 is one to be opened.
  assert.match(await server.raw("GET /lessons/slow-reader?case=page HTTP/1.1\r\nHost: x\r\nSec-Fetch-Dest: document\r\nConnection: close\r\n\r\n").then(String), /for \(let i = 1/);
});

test("lesson 15 is played with keys alone, and its counts are those of the wire", async () => {
  await open();
  await browser.keys("l");
  await browser.until(() => document.querySelector("dialog#lessons[open]"));
  await browser.keys(`15${KEY.enter}`);
  await browser.until(() => window.wirestep.what === "stage" && window.wirestep.lesson.name === "boundaries");
  assert.equal(await browser.run(() => location.pathname), "/lessons/boundaries");
  await browser.keys(KEY.enter);
  await playToTheEnd();
  await browser.until(() => window.wirestep.player.marks.length > 0);
  await settled();
  assert.match(await browser.run(() => document.getElementById("headline").textContent), /^2 events in 3 chunks in 5 writes\. response complete/);
  const words = await browser.run(() => window.wirestep.sheet.shapes.filter(({ type }) => type === "text").map(({ lane, text }) => `${lane} ${text}`));
  for (const word of ["client one", "client two", "events event 1 · one", "events event 2 · two", "framing chunk 2 · 0x11 = 17", "http response 1 · complete ✓", "write write 3 · 23"]) {
    assert.ok(words.includes(word), `${word}: ${words.join(", ")}`);
  }
});

test("arrow keys speak: each thing has a sentence, and the focus is never lost", async () => {
  const said = [];
  for (const key of [KEY.right, ...Array(8).fill(KEY.right), KEY.down, KEY.right, KEY.down, KEY.down, KEY.down, KEY.left, KEY.up, KEY.up, KEY.up, KEY.up, KEY.up, KEY.home, KEY.end]) {
    await browser.keys(key);
    await settled();
    said.push(await browser.run(() => document.getElementById("say").textContent));
    assert.equal(await browser.run(() => document.activeElement.id), "score");
  }
  for (const sentence of said) assert.ok(sentence.length > 5, JSON.stringify(said));
  assert.ok(new Set(said).size > 12, JSON.stringify(said));
  assert.ok(said.some((sentence) => /event 1.*chunk 2.*response 1.*write/.test(sentence)), JSON.stringify(said));
});

test("an octet has four owners, which stay lit as a whole", async () => {
  await browser.run(async () => {
    const { wirestep } = window;
    const { octetThing } = await import("/page/selection.js");
    const [connection] = wirestep.view.connections;
    const second = connection.flows[1].events.filter(({ message }) => wirestep.view.filter.message(message))[1];
    wirestep.select(octetThing(wirestep.scene(), wirestep.view.itemAt(connection, 1, second.start), second.start));
  });
  await settled();
  const lit = await browser.run(async () => {
    const { wirestep } = window;
    const { lightOf, placed } = await import("/page/selection.js");
    const light = lightOf(wirestep.drawnScene, placed(wirestep.drawnScene, wirestep.selection));
    const name = ({ event, chunk, message, entry }) => (event ? `event ${event.number}` : chunk ? `chunk ${chunk.number}` : message ? `message ${message.order}` : `write ${entry.order}`);
    const shapes = wirestep.sheet.shapes.filter((shape) => shape.type === "rect" && shape.thing && shape.of && light.lit(shape));
    return shapes.filter(({ lane }) => lane !== "octets").map(({ lane, thing: of }) => `${lane}: ${name(of)}`);
  });
  assert.deepEqual(lit.sort(), ["client: event 2", "events: event 2", "framing: chunk 2", "http: message 1", "write: write 3"]);
});

test("the playhead shows everything as it was then", async () => {
  await browser.keys(KEY.escape + KEY.escape);
  await browser.run(() => {
    const { wirestep } = window;
    const [connection] = wirestep.view.connections;
    const item = wirestep.view.itemAt(connection, 1, connection.flows[1].chunks[1].start);
    wirestep.setPlayhead(item.index);
  });
  await settled();
  assert.equal(await browser.run(() => document.getElementById("headline").textContent), "1 event in 2 chunks in 3 writes");
  assert.equal(await browser.run(() => document.getElementById("state").textContent), "paused");
  await browser.keys(",");
  await settled();
  assert.equal(await browser.run(() => document.getElementById("headline").textContent), "0 events in 1 chunk in 2 writes");
  await browser.keys(KEY.escape);
  await settled();
  assert.match(await browser.run(() => document.getElementById("headline").textContent), /^2 events in 3 chunks/);
});

test("an address leads to a picture as it was at a moment", async () => {
  await browser.run(() => window.wirestep.player.stop());
  await open("/#15?pause=300ms&at=0.45");
  await browser.until(() => window.wirestep.playhead !== null);
  await settled();
  assert.equal(await browser.run(() => document.getElementById("headline").textContent), "1 event in 2 chunks in 3 writes");
  const address = await browser.run(() => location.pathname + location.hash);
  assert.match(address, /^\/#15\?.*at=0\.[45]/);
  await browser.run(() => window.wirestep.player.stop());
});

test("every message that the browser dispatched is a full pill on its own blank line, and reads add up to the body", async () => {
  for (const [target, how] of [["/lessons/grammar?pause=20ms", "EventSource"], ["/lessons/first-events?pause=20ms", "EventSource"], ["/lessons/chunk?pause=20ms", "fetch"], ["/lessons/length", "fetch"]]) {
    await open();
    await browser.run((to, client) => window.wirestep.play(to, client, []), target, how);
    await browser.until((client) => {
      const { player } = window.wirestep;
      return client === "fetch" ? player.done?.shown : player.marks.length > 0;
    }, how);
    await settled();
    const seen = await browser.run(() => {
      const { player, view } = window.wirestep;
      const [response] = player.responses;
      const events = response.connection.flows[1].events.filter((event) => event.message === response);
      return {
        fired: events.map((event) => [event.state, event.fired !== null]), told: player.opens[0]?.messages.length ?? 0,
        reads: player.reads.map((read) => [read.count, read.end !== null]), body: response.body, states: player.states.map(({ name }) => name),
        items: view.items.length,
      };
    });
    if (how === "EventSource") {
      assert.equal(seen.fired.filter(([, fired]) => fired).length, seen.told, target);
      for (const [state, fired] of seen.fired) assert.equal(fired, state === "dispatched", `${target}: ${JSON.stringify(seen.fired)}`);
      assert.deepEqual(seen.states.slice(0, 3), ["connecting", "open", "connecting"], target);
    } else {
      assert.equal(seen.reads.reduce((sum, [count]) => sum + count, 0), target.includes("chunk") ? 13 : 5, target);
      assert.ok(seen.reads.every(([, placed]) => placed), target);
      assert.deepEqual(seen.states, ["fetching", "reading", "done"], target);
    }
    await browser.run(() => window.wirestep.player.stop());
  }
});

test("held octets are the octets that follow, have no colour of an event, and a prediction is graded", async () => {
  await open("/lessons/boundaries?case=many&step");
  await browser.until(() => window.wirestep.what === "stage");
  await browser.keys(KEY.enter);
  const held = () => browser.until(() => window.wirestep.held !== null);
  const heldText = () => browser.run(() => new TextDecoder().decode(window.wirestep.held.bytes));
  await held();
  assert.match(await heldText(), /^HTTP\/1\.1 200 OK\r\n/);
  await browser.keys(KEY.space);
  await browser.until(() => window.wirestep.held?.bytes[0] === 0x32);
  await settled();
  const text = await heldText();
  const fills = await browser.run(() => window.wirestep.sheet.shapes.filter((shape) => shape.held).map(({ fill }) => fill ?? null));
  assert.ok(fills.length > 20);
  assert.deepEqual([...new Set(fills)], [null]);
  assert.match(await browser.run(() => document.getElementById("panel").textContent), /How many messages/);
  // The note of the script gives the answer away, so it is not there before the prediction.
  assert.doesNotMatch(await browser.run(() => document.getElementById("panel").textContent), /three messages/);
  await browser.keys(`2${KEY.space}`);
  await browser.until(() => document.querySelector("#panel .graded"));
  assert.match(await browser.run(() => document.querySelector("#panel .graded").textContent), /You said 2; it was 3.*0 of 1 right/);
  const passed = await browser.run(() => {
    const [connection] = window.wirestep.view.connections;
    const [response] = connection.responses;
    return connection.tapes[1].text(response.headEnd, response.reached);
  });
  assert.equal(passed, text);
  await browser.keys("r");
  await browser.until(() => window.wirestep.view.connections.values().next().value.responses[0].state === "complete");
  await browser.run(() => window.wirestep.player.stop());
});

test("what a peer has sent is text and never markup", async () => {
  await open();
  const evil = "<img src=x onerror=\"window.injected=1\">";
  const body = `data: ${evil}\n\n`;
  await server.raw(`POST /echo?${encodeURI("<b>")} HTTP/1.1\r\nHost: x\r\nX-Evil: ${evil}\r\nContent-Type: text/event-stream\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await browser.until(() => [...window.wirestep.view.connections].some((connection) => connection.closed !== null));
  await settled();
  await browser.keys("y");
  await settled();
  assert.match(await browser.run(() => document.getElementById("table").textContent), /<img src=x onerror="window\.injected=1">/);
  await browser.keys("y");
  await browser.keys("c");
  await settled();
  assert.equal(await browser.run(() => document.querySelectorAll("img, b:empty").length - document.querySelectorAll("#open-count:empty").length), 0);
  assert.equal(await browser.run(() => window.injected ?? null), null);
  assert.deepEqual(await browser.complaints(), []);
});

// ---- legibility --------------------------------------------------------------------------------------------------

/** Words that overlap, that leave the picture, or that are wider than their room. */
const illegible = () => browser.run(() => {
  const { sheet, drawnScene: scene } = window.wirestep;
  const problems = [];
  const texts = sheet.shapes.filter(({ type }) => type === "text").map((it) => ({ ...it, h: it.font.size }));
  const seen = texts.filter((it) => it.x + it.w > scene.g.label && it.x < scene.g.width);
  for (const it of texts) {
    if (it.label && it.x + it.w > scene.g.label) problems.push(`${it.text} does not fit its label`);
    if (!it.label && it.x + it.w > scene.g.width + 1 && it.x < scene.g.width) problems.push(`${it.lane}: ${it.text} is cut on the right`);
    if (!it.label && it.clip && it.x < scene.g.label - 5 && it.x + it.w > scene.g.label) problems.push(`${it.lane}: ${it.text} is cut on the left`);
  }
  for (let i = 0; i < seen.length; i += 1) {
    for (let k = i + 1; k < seen.length; k += 1) {
      const [a, b] = [seen[i], seen[k]];
      const x = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
      const y = Math.min(a.y + a.h / 2, b.y + b.h / 2) - Math.max(a.y - a.h / 2, b.y - b.h / 2);
      if (x > 1.5 && y > 2) problems.push(`${a.lane} "${a.text}" and ${b.lane} "${b.text}" overlap by ${Math.round(x)} x ${Math.round(y)}`);
    }
  }
  for (const id of ["headline", "what", "panel", "hints"]) {
    const element = document.getElementById(id);
    if (id !== "panel" && id !== "what" && element.scrollWidth > element.clientWidth + 1) problems.push(`${id} is wider than the window`);
  }
  const score = document.getElementById("score").getBoundingClientRect();
  const hints = document.getElementById("hints").getBoundingClientRect();
  if (score.bottom > hints.top) problems.push("the score reaches below the window");
  return problems;
});

test("24 lessons, each case, are legible at 1280 x 720 in both languages", async () => {
  const problems = [];
  await open();
  for (const { lesson, target } of casesOf(lessons, "60ms")) {
    if (/end=stall|case=quiet|case=ghost|missing=everything|case=page/.test(target)) continue;
    await browser.run((to, how, types) => {
      const { wirestep } = window;
      wirestep.player.stop();
      wirestep.lesson = wirestep.lessons.find(({ name }) => to.startsWith(`/lessons/${name}`) && (to.length === name.length + 9 || to[name.length + 9] === "?"));
      wirestep.play(to, how, types);
    }, target, lesson.client === "EventSource" ? "EventSource" : "fetch", lesson.types ?? []);
    await playToTheEnd();
    for (const lang of ["en", "ko"]) {
      await browser.run((to) => window.wirestep.setLanguage(to), lang);
      await settled();
      for (const problem of await illegible()) problems.push(`${target} ${lang}: ${problem}`);
    }
  }
  await browser.run(() => {
    window.wirestep.player.stop();
    window.wirestep.setLanguage("en");
  });
  assert.deepEqual(problems, []);
});

// ---- accessibility -----------------------------------------------------------------------------------------------

test("axe finds nothing on any view, light and dark, in both languages", async () => {
  const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  const views = {
    empty: "", score: "d", stage: `l15${KEY.enter}`, lessons: "l", help: "?", connections: "c", table: "y",
  };
  for (const [name, keys] of Object.entries(views)) {
    await open();
    if (name === "score" || name === "table" || name === "connections") {
      await browser.run(() => window.wirestep.demo());
      await browser.until(() => window.wirestep.player.fired > 0);
      if (name !== "score") await browser.keys(keys);
    } else if (keys !== "") await browser.keys(keys);
    await settled();
    await browser.command("POST", `${browser.session}/execute/sync`, { script: axe, args: [] });
    for (const lang of ["en", "ko"]) {
      for (const theme of ["light", "dark"]) {
        const violations = await browser.run(async (to, how) => {
          window.wirestep.setLanguage(to);
          window.wirestep.setTheme(how);
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          const { violations: found } = await window.axe.run(document, { resultTypes: ["violations"] });
          return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
        }, lang, theme);
        assert.deepEqual(violations, [], `${name} ${lang} ${theme}`);
      }
    }
    await browser.run(() => {
      window.wirestep.player.stop();
      window.wirestep.setLanguage("en");
      localStorage.clear();
    });
  }
});

// ---- many, and odd -----------------------------------------------------------------------------------------------

test("forty connections are forty rows, and one of them is picked with keys", async () => {
  await open();
  const sockets = await Promise.all(Array.from({ length: 40 }, (_, i) => new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(`GET /api/sse/events?count=1000&interval=1h&retry=${i + 1}ms HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.once("data", () => resolve(socket));
    socket.on("error", reject);
  })));
  const rows = () => browser.run(() => [...document.querySelectorAll("#connections tbody tr")].map((row) => row.textContent));
  await browser.until(() => [...window.wirestep.store.connections.values()].filter(({ requests, closed }) => closed === null && requests.some(({ target }) => target.includes("retry="))).length === 40);
  await browser.keys("c");
  await settled();
  assert.equal((await rows()).filter((row) => row.includes("retry=")).length, 40);
  for (const socket of sockets.slice(0, 3)) socket.resetAndDestroy();
  await browser.until(() => /Connections: 37 open/.test(document.querySelector("#connections h1").textContent));
  await browser.keys(KEY.down + KEY.down);
  const chosen = await browser.run(() => document.activeElement.dataset.id);
  await browser.keys(KEY.enter);
  await browser.until((id) => window.wirestep.looking.connection?.id === Number(id) && window.wirestep.what === "score", chosen);
  for (const socket of sockets) socket.destroy();
});

test("a recording that is saved can be opened, and says the same", async () => {
  const lines = server.records.filter(({ what }) => what !== "begin").slice(0, 400).map((record) => JSON.stringify(record));
  await open();
  // The last line is cut, as when a disk is full.
  await browser.run((text) => window.wirestep.load(text), `${lines.join("\n")}\n{"v":1,"what":"oct`);
  await browser.until(() => window.wirestep.recorded && window.wirestep.view.items.length > 0);
  await settled();
  assert.equal(await browser.run(() => document.getElementById("state").textContent), "recorded");
});

test("two hops are two scores on one clock, and each has its own counts", async () => {
  const records = server.records.filter(({ what }) => what === "octets" || what === "opened" || what === "fin" || what === "closed");
  const asked = records.find(({ what, text }) => what === "octets" && text?.startsWith("GET /lessons/boundaries?case=many&pause=60ms"));
  const app = records.filter(({ connection }) => connection === asked.connection).map((record) => ({ ...record, hop: "app", connection: 2 }));
  const edge = app.map((record) => ({ ...record, hop: "edge", connection: 1, at: record.at + (record.flow === "responses" ? 0.5 : -0.001) }));
  const lines = [...app, ...edge].sort((a, b) => a.at - b.at).map((record) => JSON.stringify(record));
  await open();
  await browser.run((text) => window.wirestep.load(text), lines.join("\n"));
  await browser.until(() => window.wirestep.recorded && window.wirestep.looking?.exchange?.length === 2);
  await settled();
  assert.match(await browser.run(() => document.getElementById("headline").textContent), /^edge: 3 events in 1 chunk in 3 reads {3}app: 3 events in 1 chunk in 3 reads$/);
  assert.deepEqual(await illegible(), []);
  const rows = await browser.run(() => window.wirestep.sheet.shapes.filter(({ type, lane, thing }) => type === "rect" && lane === "events" && thing).map(({ y, thing }) => [y, thing.event.connection.hop]));
  assert.equal(rows.length, 6);
  assert.equal(new Set(rows.map(String)).size, 2, "each hop has a row of its own");
});

test("the page outlives its server, and begins anew with the next one at its address", async () => {
  const first = await Server.start("--trace", "off");
  await browser.open(`${first.url}/`);
  await first.raw("GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await browser.until(() => window.wirestep.looking?.connection?.closed !== null && window.wirestep.view.items.length > 3);
  await first.stop();
  await browser.until(() => document.getElementById("state").textContent === "no trace");
  const second = await Server.start("--trace", "off", "--listen", `127.0.0.1:${first.port}`);
  await browser.until(() => document.getElementById("state").textContent === "live");
  // Numbers of connections begin at 1 again; what passed at the first server is not mixed with that.
  await second.raw("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await browser.until(() => document.getElementById("what").textContent.endsWith("GET /echo"));
  const targets = await browser.run(() => [...window.wirestep.store.connections.values()].flatMap(({ requests }) => requests.map(({ target }) => target)));
  assert.ok(!targets.includes("/plain"), targets.join(" "));
  await second.stop();
  await browser.complaints();
});
