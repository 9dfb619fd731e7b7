// The octets: a cell for each, a card for a head, and what stands between and around them.
//
// Colour says which event (similarity), a box says which chunk or length (enclosure), a gap says which write (proximity).
// Octets of the framing are less tall: they stand between the data and are no part of it.

import { LABEL, OWNER } from "./labels.js";
import { visible } from "./sheet.js";

/** Cells narrower than this have no letters, and these no borders. */
const LETTERS_FROM = 12;
const BORDERS_FROM = 6;
/** The widest a glyph is drawn, at scale 1. */
const LARGEST_LETTER = 28;

export const FILLS = {
  [OWNER.unknown]: ["quiet", "quiet-text"], [OWNER.head]: ["head", "head-text"], [OWNER.framing]: ["frame", "frame-text"],
  [OWNER.data]: ["data", "data-text"], [OWNER.odd]: ["ev1", "ev1-text"], [OWNER.even]: ["ev2", "ev2-text"],
  [OWNER.quiet]: ["quiet", "quiet-text"], [OWNER.fault]: ["fault", "fault-text"],
};
export const STRONG = { [OWNER.odd]: "ev1-strong", [OWNER.even]: "ev2-strong", [OWNER.data]: "data-strong" };

export function octetsLane(sheet, scene, words) {
  const lane = { ...scene.g.lanes.octets };
  scene.characters = charactersOf(scene);
  // Brackets above the cells take their room from the cells.
  if (scene.characters.length > 0) {
    lane.y += 21 * scene.s;
    lane.h -= 21 * scene.s;
    lane.middle = lane.y + lane.h / 2;
  }
  scene.cells = lane;
  sheet.with({ lane: "octets", clip: true }, () => {
    for (let i = scene.first; i <= scene.last; i += 1) item(sheet, scene, lane, words, scene.view.items[i]);
    for (const track of scene.visibleTracks()) boxes(sheet, scene, lane, words, track);
    for (const character of scene.characters) bracket(sheet, scene, lane, character);
    tail(sheet, scene, lane, words);
  });
}

function item(sheet, scene, lane, words, it) {
  if (it.kind === "cells") cells(sheet, scene, lane, it);
  else if (it.kind === "head") head(sheet, scene, lane, words, it);
  else if (it.kind === "silence") silence(sheet, scene, lane, words, scene.left(it), scene.right(it), it.seconds);
  else if (it.kind === "missing") missing(sheet, scene, lane, words, it);
  else if (it.kind === "lost" || it.kind === "omitted") lost(sheet, scene, lane, words, it);
}

// ---- cells -------------------------------------------------------------------------------------------------------

function cells(sheet, scene, lane, it) {
  if (it.hidden) return;
  const { cell } = scene.axis.scale;
  const tape = it.entry.connection.tapes[it.entry.flow];
  const left = scene.left(it);
  const from = it.start + Math.max(0, Math.floor((scene.g.label - left) / cell) - 1);
  const to = Math.min(it.end, it.start + Math.ceil((scene.g.width - left) / cell) + 1);
  const gap = cell >= BORDERS_FROM ? 1.5 * scene.s : 0;
  const letters = new Map();
  for (let p = from; p < to;) {
    const owner = tape.owner(p);
    const fires = tape.label(p) === LABEL.EventDispatch;
    let end = p + 1;
    if (cell < BORDERS_FROM) while (end < to && tape.owner(end) === owner && !isFire(tape, end) && !fires) end += 1;
    const x = left + (p - it.start) * cell;
    const inset = (owner === OWNER.framing ? 10 : 4) * scene.s;
    const [fill, ink] = FILLS[owner];
    const strong = fires && STRONG[owner];
    sheet.rect({
      x, y: lane.y + inset, w: Math.max(0.5, (end - p) * cell - gap), h: lane.h - 2 * inset, fill: strong || fill,
      edge: it.entry.flow === 0, thing: { entry: it.entry, a: p, b: end },
      hatch: owner === OWNER.unknown ? "soft" : null, of: { track: it.entry, a: p, b: end },
    });
    if (cell / scene.s >= LETTERS_FROM && tape.has(p)) letter(letters, scene, lane, tape, p, x, cell, gap, strong ? "paper" : ink);
    p = end;
  }
  for (const [color, list] of letters) sheet.letters({ list, color, of: { track: it.entry, a: from, b: to } });
}

const isFire = (tape, position) => tape.label(position) === LABEL.EventDispatch;

function letter(letters, scene, lane, tape, p, x, cell, gap, color) {
  const [text, factor, faint] = glyph(tape.octet(p), scene.hex);
  const size = Math.min(LARGEST_LETTER * scene.s, cell * factor);
  const key = faint ? "soft" : color;
  if (!letters.has(key)) letters.set(key, []);
  letters.get(key).push([x + (cell - gap) / 2, lane.middle, text, size, p]);
}

/** What stands in a cell, its size relative to the cell's width, and whether it is faint. */
export function glyph(octet, hex = false) {
  if (hex || octet >= 0x80) return [octet.toString(16).toUpperCase().padStart(2, "0"), 0.7, false];
  if (octet === 0x0a) return ["\\n", 0.68, false];
  if (octet === 0x0d) return ["\\r", 0.68, false];
  if (octet === 0x09) return ["\\t", 0.68, false];
  if (octet === 0x20) return ["␣", 0.9, true];
  if (octet < 0x20 || octet === 0x7f) return [octet.toString(16).toUpperCase().padStart(2, "0"), 0.7, false];
  return [String.fromCharCode(octet), 1.12, false];
}

// ---- heads -------------------------------------------------------------------------------------------------------

function head(sheet, scene, lane, words, it) {
  if (it.goesOn && scene.left(it) > scene.g.label && previousHead(scene, it)) return;
  let last = it;
  for (let k = it.index + 1; k < scene.view.items.length; k += 1) {
    const after = scene.view.items[k];
    if (after.kind === "head" && after.message === it.message) last = after;
    else if (after.kind !== "silence") break;
  }
  const { message } = it;
  const x = scene.left(it) + 1;
  const w = scene.right(last) - scene.left(it) - 3;
  const [y, h] = [lane.y + 4 * scene.s, lane.h - 8 * scene.s];
  const tip = Math.min(9 * scene.s, w / 4);
  const request = it.entry.flow === 0;
  const points = request
    ? [[x, y + h / 2], [x + tip, y], [x + w, y], [x + w, y + h], [x + tip, y + h]]
    : [[x, y], [x + w - tip, y], [x + w, y + h / 2], [x + w - tip, y + h], [x, y + h]];
  const of = { track: it.entry, a: message.start, b: message.headEnd ?? message.reached };
  const dash = message.headEnd === null ? [4, 3] : null;
  sheet.path({ points, fill: "head", stroke: "head-line", line: 1.5 * scene.s, dash, closed: true, of, thing: { entry: it.entry, a: of.a, b: of.b } });
  const inner = { x: x + (request ? tip + 3 * scene.s : 6 * scene.s), room: w - tip - 8 * scene.s };
  if (inner.x < scene.g.label) {
    inner.room -= scene.g.label + 4 - inner.x;
    inner.x = scene.g.label + 4;
  }
  const lines = request ? requestLines(words, message) : responseLines(words, message);
  const place = (variants, dy, size, weight, mono) => sheet.text({
    ...inner, y: y + h / 2 + dy * scene.s, variants, font: scene.font(size, weight, mono), color: "head-text", of,
  });
  const dy = (0.21 * h) / scene.s;
  // A target in smaller letters is better than a method alone.
  place(lines[0].slice(0, -1), -dy, 17, 700, true) ?? place(lines[0].slice(0, -1), -dy, 14, 700, true)
    ?? place(lines[0].slice(-1), -dy, 17, 700, true) ?? place(lines[0].slice(-1), -dy, 12, 700, true);
  // A word is better than a number in larger letters.
  const words2 = lines[1].slice(0, -1);
  place(words2, dy, 16, 700, false) ?? place(words2, dy, 13, 700, false) ?? place(words2, dy, 11, 700, false) ?? place(lines[1].slice(-1), dy, 13, 700, false);
}

function previousHead(scene, it) {
  for (let k = it.index - 1; k >= scene.first; k -= 1) {
    const before = scene.view.items[k];
    if (before.kind === "head") return before.message === it.message;
    if (before.kind !== "silence") return false;
  }
  return false;
}

function requestLines(words, message) {
  if (message.headEnd === null) return [["…"], [words.head.partial, "…"]];
  const target = visible(message.target);
  const path = target.split("?")[0];
  const name = path.slice(path.lastIndexOf("/") + 1);
  const id = message.fields.find(([field]) => field.toLowerCase() === "last-event-id")?.[1];
  const first = [`${message.method} ${target}`, `${message.method} …/${name}`, message.method];
  const second = id === undefined ? [words.head.fields(message.fields.length), words.head.fieldsShort, String(message.fields.length)]
    : [`Last-Event-ID: ${visible(id)}`, `id ${visible(id)}`];
  return [first, second];
}

function responseLines(words, message) {
  if (message.headEnd === null) return [["…"], [words.head.partial, "…"]];
  const status = String(message.status);
  const first = [`${status} ${visible(message.reason)}`, status];
  const { framing } = message;
  const second = framing === "chunked" ? [words.head.chunked, words.head.chunkedShort, "…"]
    : framing === "length" ? [`Content-Length ${message.length}`, words.head.length(message.length), String(message.length)]
      : framing === "none" ? [words.head.noBody, "∅"] : [words.head.untilFin, words.head.untilFinShort, "FIN"];
  return [first, second];
}

// ---- between the cells -------------------------------------------------------------------------------------------

export function duration(seconds) {
  if (seconds < 0.001) return [`${Math.round(seconds * 1e6)}`, "µs"];
  if (seconds < 0.01) return [(seconds * 1000).toFixed(1), "ms"];
  if (seconds < 1) return [`${Math.round(seconds * 1000)}`, "ms"];
  if (seconds < 100) return [seconds.toFixed(1), "s"];
  return [`${Math.round(seconds)}`, "s"];
}

function silence(sheet, scene, lane, words, left, right, seconds) {
  // Of what is scrolled out on the left only the rest counts.
  const seen = Math.max(left, scene.g.label);
  const width = right - seen;
  const middle = (seen + right) / 2;
  const [number, unit] = duration(seconds);
  const of = null;
  const room = width - 8 * scene.s;
  const fits = sheet.text({
    x: middle, y: lane.middle, room, variants: [`${number} ${unit}`], font: scene.font(17), color: "soft", align: "center", of,
  });
  let half = fits ? fits.width / 2 + 4 * scene.s : 0;
  if (!fits) {
    const small = sheet.text({
      x: middle, y: lane.middle - 7 * scene.s, room: width - 4 * scene.s, variants: [number], font: scene.font(15), color: "soft",
      align: "center", of,
    });
    if (small) {
      sheet.text({ x: middle, y: lane.middle + 9 * scene.s, room: width, variants: [unit], font: scene.font(12), color: "soft", align: "center", of });
      half = small.width / 2 + 3 * scene.s;
    }
  }
  const dots = (from, to) => {
    if (to - from > 5 * scene.s) sheet.path({ points: [[from, lane.middle], [to, lane.middle]], stroke: "soft", line: 1.5 * scene.s, dash: [1.5, 4] });
  };
  if (half === 0) dots(seen + 2, right - 2);
  else {
    dots(seen + 3, middle - half);
    dots(middle + half, right - 3);
  }
}

function missing(sheet, scene, lane, words, it) {
  const x = scene.left(it) + 1;
  const w = scene.right(it) - scene.left(it) - 3;
  const inset = 8 * scene.s;
  sheet.rect({ x, y: lane.y + inset, w, h: lane.h - 2 * inset, hatch: "bad", stroke: "bad", line: 2 * scene.s, dash: [4, 3] });
  plaque(sheet, scene, x + w / 2, lane.middle, w - 8 * scene.s, words.octets.missing(it.count), "bad");
}

// A word on its own ground, so that hatching under it does not hurt.
function plaque(sheet, scene, x, y, room, variants, color) {
  const textFont = scene.font(17);
  const text = variants.find((variant) => sheet.measure(variant, textFont) <= room);
  if (text === undefined) return;
  const width = sheet.measure(text, textFont) + 8 * scene.s;
  sheet.rect({ x: x - width / 2, y: y - 12 * scene.s, w: width, h: 24 * scene.s, fill: "paper", radius: 4 * scene.s });
  sheet.text({ x, y, room, variants: [text], font: textFont, color, align: "center" });
}

function lost(sheet, scene, lane, words, it) {
  const [x, w] = [scene.left(it) + 2, scene.right(it) - scene.left(it) - 4];
  const all = it.kind === "lost";
  const top = all ? Object.values(scene.g.lanes)[0].y : lane.y;
  const bottom = all ? scene.g.bottom : lane.y + lane.h;
  sheet.rect({ x, y: top, w, h: bottom - top, hatch: "bad" });
  const count = all ? it.entry.records : it.entry.count;
  plaque(sheet, scene, x + w / 2, lane.middle, w - 8 * scene.s, all ? words.octets.lost(count) : words.octets.omitted(count), "bad");
}

// ---- around the cells --------------------------------------------------------------------------------------------

function boxes(sheet, scene, lane, words, track) {
  const flow = track.connection.flows[track.flow];
  for (const chunk of scene.visible(flow.chunks, track)) box(sheet, scene, lane, chunk, chunk.start, false);
  for (const message of scene.visible(flow.messages, track)) {
    const framed = message.framing === "length" || message.framing === "close";
    if (!framed || message.headEnd === null || message.unseen) continue;
    if (message.framing === "length" && message.length === 0) continue;
    if (!scene.hasBegun({ ...message, start: message.headEnd }) && scene.playhead !== null) continue;
    box(sheet, scene, lane, message, message.headEnd, message.framing === "close");
  }
}

function box(sheet, scene, lane, entity, start, dashed) {
  const state = scene.stateOf(entity);
  const x = scene.octetLeft(entity, start);
  const to = boxEnd(scene, entity);
  if (to - x < 3) return;
  const cut = state === "cut" || state === "incomplete";
  sheet.rect({
    x: x - 1, y: lane.y + 1, w: to - x + 1, h: lane.h - 2, stroke: cut ? "bad" : "box", line: 3 * scene.s, radius: 4 * scene.s,
    dash: dashed ? [7, 5] : null, open: state === "open", jag: cut, of: { track: entity, a: start, b: entity.end ?? entity.reached },
    behind: true,
  });
}

// A body that lasts until FIN ends at FIN; one of known length ends with its last octet, whatever follows it.
function boxEnd(scene, entity) {
  if (entity.kind === "chunk" && scene.isOver(entity) && entity.mark === null) return scene.octetRight(entity, entity.end);
  return scene.edge(entity);
}

function charactersOf(scene) {
  if (scene.axis.scale.cell / scene.s < LETTERS_FROM || scene.hex) return [];
  const found = [];
  for (const { connection, flow, from, to } of scene.visibleTracks()) {
    const tape = connection.tapes[flow];
    const end = Math.min(to, from + 4_000);
    for (let p = Math.max(from, tape.base); p < end; p += 1) {
      const octet = tape.octet(p);
      if (octet >= 0xc2 && octet <= 0xf4 && isBody(tape.owner(p))) found.push(characterAt(tape, connection, flow, p));
    }
  }
  return found;
}

const isBody = (owner) => owner !== OWNER.framing && owner !== OWNER.head && owner !== OWNER.unknown;

// A character of several octets, with framing between them perhaps (RFC 3629).
function characterAt(tape, connection, flow, start) {
  const lead = tape.octet(start);
  const needed = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  const octets = [lead];
  let p = start + 1;
  while (octets.length <= needed && p < tape.end) {
    if (isBody(tape.owner(p))) {
      if ((tape.octet(p) & 0xc0) !== 0x80) break;
      octets.push(tape.octet(p));
    }
    p += 1;
  }
  const whole = octets.length === needed + 1;
  const text = whole ? new TextDecoder().decode(new Uint8Array(octets)) : "?";
  return { connection, flow, start, end: whole ? p : Math.min(p, tape.end), text, whole };
}

function bracket(sheet, scene, lane, character) {
  const passed = scene.limit(character.connection, character.flow);
  if (character.start >= passed) return;
  const whole = character.whole && character.end <= passed;
  const x0 = scene.octetLeft(character, character.start) + 1;
  const x1 = whole ? scene.octetRight(character, character.end) - 2 : x0 + scene.axis.scale.cell - 3;
  const y = lane.y - 11 * scene.s;
  const shown = visible(whole ? character.text : "?");
  const textFont = scene.font(19, 700);
  const half = sheet.measure(shown, textFont) / 2 + 2 * scene.s;
  const middle = (x0 + x1) / 2;
  sheet.text({ x: middle, y, room: 60 * scene.s, variants: [shown], font: textFont, color: "ink", align: "center" });
  const arm = (from, to) => sheet.path({ points: [[from, lane.y - 2], [from, y], [to, y]], stroke: "ink", line: 2 * scene.s });
  if (middle - half > x0) arm(x0, middle - half);
  if (whole && middle + half < x1) arm(x1, middle + half);
}

// ---- after the last item -----------------------------------------------------------------------------------------

function tail(sheet, scene, lane, words) {
  const { tail: after, held } = scene;
  let x = scene.screen(scene.axis.width(scene.view.totals));
  if (after.silence > 0) silence(sheet, scene, lane, words, x, x + after.silence, after.seconds);
  x += after.silence;
  if (held) heldCells(sheet, scene, lane, words, x, held);
  else if (after.promised > 0) promised(sheet, scene, lane, words, x, after.promise.count);
}

// Held octets have no colour of an event: colours would give the answer away.
function heldCells(sheet, scene, lane, words, x, held) {
  if (scene.tail.heldHead) return heldHead(sheet, scene, lane, x, held);
  const { cell } = scene.axis.scale;
  const count = Math.min(64, held.bytes.length);
  const inset = 6 * scene.s;
  const list = [];
  for (let i = 0; i < count; i += 1) {
    const left = x + i * cell;
    sheet.rect({ x: left, y: lane.y + inset, w: cell - 2, h: lane.h - 2 * inset, stroke: "soft", line: 1.2 * scene.s, dash: [3, 3], held: true });
    const [text, factor] = glyph(held.bytes[i], scene.hex);
    if (cell / scene.s >= LETTERS_FROM) list.push([left + cell / 2 - 1, lane.middle, text, Math.min(LARGEST_LETTER * scene.s, cell * factor), -1]);
  }
  sheet.letters({ list, color: "quiet-text" });
}

function heldHead(sheet, scene, lane, x, held) {
  const { s } = scene;
  const w = scene.tail.held;
  const [y, h] = [lane.y + 4 * s, lane.h - 8 * s];
  const tip = Math.min(9 * s, w / 4);
  const points = [[x, y], [x + w - tip, y], [x + w, y + h / 2], [x + w - tip, y + h], [x, y + h]];
  sheet.path({ points, stroke: "soft", line: 1.5 * s, dash: [4, 3], closed: true, held: true });
  const [line] = new TextDecoder().decode(held.bytes).split("\r\n");
  const words = line.split(" ");
  sheet.text({
    x: x + 6 * s, y: lane.middle, room: w - tip - 8 * s, variants: [words.slice(1).join(" "), words[1] ?? ""], font: scene.font(17, 700, true),
    color: "quiet-text",
  });
}

function promised(sheet, scene, lane, words, x, count) {
  const { cell } = scene.axis.scale;
  const shown = Math.min(32, count);
  for (let i = 0; i < shown; i += 1) {
    const inset = (i >= shown - 2 && scene.tail.promise.chunk ? 14 : 6) * scene.s;
    sheet.rect({ x: x + i * cell, y: lane.y + inset, w: cell - 2, h: lane.h - 2 * inset, stroke: "soft", line: 1.2 * scene.s, dash: [1.5, 3] });
  }
  plaque(sheet, scene, x + (shown * cell) / 2, lane.middle, shown * cell - 4, words.octets.promised(count), "soft");
}

