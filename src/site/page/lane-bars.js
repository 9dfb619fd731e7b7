// Lanes of bars: events, framing, HTTP, write().
//
// A bar ends where the fact ends, and not where the octets end: a response without length ends at FIN, an event that was
// cut reaches to the cut. What is open has no right edge.

import { shortened, visible } from "./sheet.js";

export function eventsLane(sheet, scene, words) {
  lane(sheet, scene, "events", (track, flow) => {
    for (const event of scene.visible(flow.events, track)) {
      const state = scene.stateOf(event);
      const turn = event.number % 2 === 1 ? "ev1" : "ev2";
      const cut = state === "cut" || state === "unknown";
      const style = state === "empty" ? { fill: "quiet", stroke: "soft", color: "quiet-text" }
        : cut ? { fill: "paper", hatch: `${turn}-strong`, stroke: `${turn}-strong`, color: "bad", jag: true, plaque: true }
          : { fill: turn, stroke: `${turn}-strong`, color: `${turn}-text`, open: state === "open" };
      const variants = state === "dispatched" ? dispatched(sheet, scene, words, event)
        : state === "open" ? words.events.open : state === "empty" ? words.events.empty : words.events.never;
      bar(sheet, scene, scene.g.lanes.events, event, style, variants, { event });
    }
  }, 1);
}

// The data is of any length: it is shortened to the room of the bar.
function dispatched(sheet, scene, words, event) {
  const left = Math.max(scene.octetLeft(event, event.start), scene.g.label);
  const right = Math.min(scene.edge(event), scene.g.width);
  const textFont = scene.font(17);
  const room = right - left - 18 * scene.s - sheet.measure(words.events.dispatched(event.number, " ")[0], textFont);
  const data = shortened(sheet.measure, visible(event.data ?? ""), room, textFont);
  return words.events.dispatched(event.number, data);
}

export function framingLane(sheet, scene, words) {
  lane(sheet, scene, "framing", (track, flow) => {
    for (const chunk of scene.visible(flow.chunks, track)) {
      const state = scene.stateOf(chunk);
      const cut = state === "cut";
      const style = { fill: "frame", stroke: cut ? "bad" : "box", color: "frame-text", jag: cut, open: state === "open" };
      bar(sheet, scene, scene.g.lanes.framing, chunk, style, words.framing.chunk(chunk), { chunk });
    }
    for (const message of scene.visible(flow.messages, track)) bodyBar(sheet, scene, words, message);
  });
}

function bodyBar(sheet, scene, words, message) {
  const { framing } = message;
  if (message.headEnd === null || message.unseen || (framing !== "length" && framing !== "close")) return;
  if (framing === "length" && !(message.length > 0)) return;
  const body = { ...message, start: message.headEnd };
  if (!scene.hasBegun(body) && (scene.playhead !== null || scene.isOver(message))) return;
  const state = scene.stateOf(message);
  const cut = state === "incomplete";
  const style = {
    fill: framing === "length" ? "frame" : null, stroke: cut ? "bad" : "box", color: framing === "length" ? "frame-text" : "ink", jag: cut,
    open: state === "open", dash: framing === "close" ? [7, 5] : null,
  };
  bar(sheet, scene, scene.g.lanes.framing, body, style, words.framing.body(message), { message });
}

export function httpLane(sheet, scene, words) {
  const bars = [];
  lane(sheet, scene, "http", (track, flow) => {
    for (const message of scene.visible(flow.messages, track)) bars.push(httpBar(sheet, scene, words, message));
  });
  endWords(sheet, scene, words, bars.filter(Boolean));
}

function httpBar(sheet, scene, words, message) {
  const state = scene.stateOf(message);
  const style = state === "complete" ? { fill: "paper", stroke: "ok", color: "ok" }
    : state === "incomplete" ? { fill: "fault", stroke: "bad", color: "bad", jag: true }
      : state === "unknown" ? { fill: "quiet", stroke: "soft", color: "quiet-text", jag: true }
        : { fill: "head", stroke: "head-line", color: "head-text", open: true };
  const variants = message.flow === 0 ? words.http.request(message, state) : words.http.response(message, state);
  const drawn = bar(sheet, scene, scene.g.lanes.http, message, style, variants, { message });
  return drawn && { ...drawn, message, state };
}

// After a response, in words: what its end is. The next bar and the pins of the lane below leave the room.
function endWords(sheet, scene, words, bars) {
  const { s } = scene;
  const row = scene.g.lanes.http;
  for (const { right, message, state } of bars) {
    if (message.flow === 0 || message.interim || (state !== "complete" && state !== "incomplete")) continue;
    const next = Math.min(scene.g.right, ...bars.map((other) => other.left).filter((left) => left >= right - 2));
    sheet.with({ lane: "http", clip: true }, () => {
      const cut = state === "incomplete";
      const room = next - right - 14 * s;
      const textFont = scene.font(17);
      const text = words.http.end(cut).find((variant) => sheet.measure(variant, textFont) <= room);
      if (text === undefined || right < scene.g.label) return;
      // The dashed line of a FIN may cross here: the word has a ground of its own.
      sheet.rect({ x: right + 6 * s, y: row.y + 5 * s, w: sheet.measure(text, textFont) + 4 * s, h: row.h - 10 * s, fill: "lane", late: true });
      sheet.text({
        x: right + 8 * s, y: row.middle, room, variants: [text], font: textFont, color: cut ? "bad" : "ok", late: true,
        of: { track: message, a: message.start, b: message.end },
      });
    });
  }
}

export function writeLane(sheet, scene, words) {
  const row = scene.g.lanes.write;
  const { s } = scene;
  sheet.with({ lane: "write", clip: true }, () => {
    for (const [entry, left, right] of writesSeen(scene)) {
      const write = entry.flow === 1;
      const of = { track: entry, a: entry.start, b: entry.end };
      sheet.rect({
        x: left, y: row.y, w: Math.max(1, right - left - 2), h: row.h, radius: 3 * s, fill: write ? "write" : "read",
        stroke: write ? null : "head-line", line: 1.5 * s, of, thing: { entry },
      });
      label(sheet, scene, row, left, right - 2, words.write(entry), write ? "write-text" : "read-text", of);
    }
    for (let i = scene.first; i <= scene.last; i += 1) {
      const it = scene.view.items[i];
      if (it.kind === "blocked") blocked(sheet, scene, row, it);
    }
    held(sheet, scene, words, row);
  });
}

// One bar for each write, though its octets may be several items (head and body, two responses).
function writesSeen(scene) {
  const seen = new Map();
  for (let i = scene.first; i <= scene.last; i += 1) {
    const it = scene.view.items[i];
    if (it.start === undefined) continue;
    const known = seen.get(it.entry);
    if (known) known[2] = scene.right(it);
    else seen.set(it.entry, [it.entry, scene.left(it), scene.right(it)]);
  }
  return seen.values();
}

function blocked(sheet, scene, row, it) {
  const { s } = scene;
  const middle = (scene.left(it) + scene.right(it)) / 2;
  for (const dx of [-5, 2]) {
    sheet.rect({ x: middle + dx * s, y: row.y + 4 * s, w: 4 * s, h: row.h - 8 * s, fill: "bad", thing: { mark: it }, of: { mark: it } });
  }
}

function held(sheet, scene, words, row) {
  if (!scene.held || scene.playhead !== null) return;
  const { s } = scene;
  const x = scene.screen(scene.axis.width(scene.view.totals)) + scene.tail.silence;
  const w = Math.max(60 * s, scene.tail.held);
  sheet.rect({ x, y: row.y + 1, w, h: row.h - 2, radius: 3 * s, stroke: "warn", line: 2.5 * s, dash: [5, 4], held: true });
  label(sheet, scene, row, x, x + w, words.held.bar(scene.held), "warn", null);
}

// ---- bars --------------------------------------------------------------------------------------------------------

function lane(sheet, scene, name, each, only = null) {
  sheet.with({ lane: name, clip: true }, () => {
    for (const track of scene.visibleTracks()) {
      if (only === null || track.flow === only) each(track, track.connection.flows[track.flow]);
    }
  });
}

function bar(sheet, scene, row, entity, style, variants, thing) {
  const { s } = scene;
  const { color, plaque, ...look } = style;
  const left = scene.octetLeft(entity, entity.start);
  const right = scene.edge(entity);
  if (right < scene.g.label - 4 || left > scene.g.width || right - left < 0.5) return null;
  const of = { track: entity, a: entity.start, b: entity.end ?? Math.max(entity.reached, entity.start + 1) };
  const [x, w] = [left + 1, Math.max(1, right - left - 2)];
  const small = w < 5 * s;
  sheet.rect({
    x, y: row.y, w, h: row.h, radius: small ? 0 : 5 * s, line: small ? 0.5 : 2.5 * s, ...look, of, thing,
  });
  if (plaque) ground(sheet, scene, row, left, right, variants);
  label(sheet, scene, row, left, right, variants, color, of);
  return { left, right };
}

function label(sheet, scene, row, left, right, variants, color, of) {
  const { s } = scene;
  const x = Math.max(left + 9 * s, scene.g.label + 8 * s);
  const room = Math.min(right, scene.g.width) - x - 5 * s;
  const textFont = scene.font(17);
  const wide = variants.filter((variant) => typeof variant === "string");
  if (sheet.text({ x, y: row.middle, room, variants: wide, font: textFont, color, of })) return;
  const last = wide.at(-1);
  const middle = (Math.max(left, scene.g.label) + Math.min(right, scene.g.width)) / 2;
  const all = Math.min(right, scene.g.width) - Math.max(left, scene.g.label) - 5 * s;
  sheet.text({ x: middle, y: row.middle, room: all, variants: [last], font: textFont, color, align: "center", of })
    ?? sheet.text({ x: middle, y: row.middle, room: all, variants: [last], font: scene.font(13), color, align: "center", of });
}

function ground(sheet, scene, row, left, right, variants) {
  const { s } = scene;
  const x = Math.max(left + 9 * s, scene.g.label + 8 * s);
  const room = Math.min(right, scene.g.width) - x - 5 * s;
  const text = variants.find((variant) => sheet.measure(variant, scene.font(17)) <= room);
  if (text) sheet.rect({ x: x - 4 * s, y: row.y + 7 * s, w: sheet.measure(text, scene.font(17)) + 8 * s, h: row.h - 14 * s, fill: "paper", radius: 3 * s });
}

