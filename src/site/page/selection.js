// Selection: one thing of one lane, its neighbours, its owners, and what is lit.
//
// Point at an octet, and in every lane the whole of what it belongs to stays lit: its event, its chunk, its response, its
// write. They begin and end at four different places.
//
// A thing: { lane, kind, left, right, connection, flow, a, b, … } where [a, b) are positions of the tape; a mark (FIN, an
// error of the client) has an item instead of positions.

import { messageOf } from "./scene.js";

export const LANE_ORDER = ["client", "events", "octets", "framing", "http", "write", "tcp"];
const MARK_LANES = { error: "client", end: "client", fail: "client", fin: "tcp", rst: "tcp", opened: "tcp", closed: "tcp", blocked: "write" };
/** Items around the selected octet of which each octet is a thing of its own. */
const AROUND = 60;

/** All things of a lane, from left to right. For octets those near `near` (an item's index). */
export function thingsOf(scene, lane, near = 0) {
  const things = lane === "octets" ? octetThings(scene, near) : entityThings(scene, lane);
  for (const item of scene.view.items) {
    if (MARK_LANES[item.kind] === lane) things.push(markThing(scene, lane, item));
  }
  return things.sort((x, y) => x.left - y.left || x.right - y.right);
}

function markThing(scene, lane, item) {
  return { lane, kind: "mark", item, left: scene.left(item), right: scene.right(item), connection: item.entry.connection ?? null, flow: item.entry.flow };
}

function entityThings(scene, lane) {
  const things = [];
  for (const connection of scene.view.connections) {
    for (const flow of [0, 1]) {
      for (const [kind, entity, a, b] of entities(connection, flow, lane)) {
        if (!scene.view.filter.message(messageOf(entity)) || scene.view.itemAt(connection, flow, a) === null) continue;
        const shown = { ...entity, start: a };
        const left = kind === "message" ? scene.octetRight(entity, b) - scene.axis.scale.cell : scene.octetLeft(shown, a);
        things.push({ lane, kind, entity, connection, flow, a, b, left, right: kind === "message" ? left + scene.axis.scale.cell : scene.edge(shown) });
      }
    }
  }
  if (lane === "write") for (const entry of writesOf(scene)) things.push(entry);
  return things;
}

function entities(connection, flow, lane) {
  const { events, chunks, messages } = connection.flows[flow];
  const end = (entity) => entity.end ?? entity.reached;
  if (lane === "events") return events.map((event) => ["event", event, event.start, end(event)]);
  if (lane === "client") return events.filter((event) => event.state === "dispatched").map((event) => ["message", event, event.start, event.end]);
  if (lane === "http") return messages.map((message) => [flow === 0 ? "request" : "response", message, message.start, end(message)]);
  if (lane === "framing") {
    const bodies = messages.filter((m) => (m.framing === "length" || m.framing === "close") && m.headEnd !== null && end(m) > m.headEnd);
    return [...chunks.map((chunk) => ["chunk", chunk, chunk.start, end(chunk)]), ...bodies.map((m) => ["body", m, m.headEnd, end(m)])];
  }
  return [];
}

function writesOf(scene) {
  const writes = new Map();
  for (const item of scene.view.items) {
    if (item.start === undefined) continue;
    const { entry } = item;
    const known = writes.get(entry);
    if (known) {
      known.right = scene.right(item);
      known.b = item.end;
    } else {
      writes.set(entry, {
        lane: "write", kind: "write", entry, connection: entry.connection, flow: entry.flow, a: item.start, b: item.end,
        left: scene.left(item), right: scene.right(item),
      });
    }
  }
  return writes.values();
}

function octetThings(scene, near) {
  const things = [];
  const { items } = scene.view;
  for (let i = Math.max(0, near - AROUND); i <= Math.min(items.length - 1, near + AROUND); i += 1) {
    const item = items[i];
    if (item.kind === "head") things.push(headThing(scene, item));
    else if (item.kind === "cells" && !item.hidden) {
      for (let p = item.start; p < item.end; p += 1) things.push(octetThing(scene, item, p));
    } else if (item.kind === "missing") things.push({ ...markThing(scene, "octets", item), kind: "missing" });
  }
  return things;
}

export function octetThing(scene, item, position) {
  const left = scene.left(item) + (position - item.start) * scene.axis.scale.cell;
  return {
    lane: "octets", kind: "octet", entry: item.entry, item, connection: item.entry.connection, flow: item.entry.flow, a: position, b: position + 1,
    left, right: left + scene.axis.scale.cell,
  };
}

function headThing(scene, item) {
  return {
    lane: "octets", kind: "head", entry: item.entry, entity: item.message, item, connection: item.entry.connection, flow: item.entry.flow,
    a: item.start, b: item.end, left: scene.left(item), right: scene.right(item),
  };
}

/** The first octet of a body: where arrow keys begin. */
export function firstThing(scene) {
  const { items } = scene.view;
  const item = items.find((it) => it.kind === "cells") ?? items.find((it) => it.kind === "head");
  if (item === undefined) return null;
  return item.kind === "head" ? headThing(scene, item) : octetThing(scene, item, item.start);
}

const nearOf = (scene, thing) => thing.item?.index ?? scene.view.itemAt(thing.connection, thing.flow, thing.a)?.index ?? 0;

const isSame = (x, y) => x.kind === y.kind && x.a === y.a && x.b === y.b && x.item === y.item && x.connection === y.connection && x.flow === y.flow;

/** The neighbour in the lane: -1 left, 1 right; -Infinity the first, Infinity the last. */
export function neighbour(scene, thing, step) {
  const near = step === -Infinity ? 0 : step === Infinity ? scene.view.items.length - 1 : nearOf(scene, thing);
  const things = thingsOf(scene, thing.lane, near);
  if (things.length === 0) return thing;
  if (step === -Infinity) return things[0];
  if (step === Infinity) return things.at(-1);
  const at = things.findIndex((other) => isSame(other, thing));
  const from = at >= 0 ? at : things.findIndex((other) => other.left >= thing.left);
  return things[Math.min(things.length - 1, Math.max(0, from + step))] ?? thing;
}

/** The thing at the same place in the next lane that has one: -1 up, 1 down. */
export function across(scene, thing, step) {
  const x = Math.min((thing.left + thing.right) / 2, thing.left + 40);
  for (let i = LANE_ORDER.indexOf(thing.lane) + step; i >= 0 && i < LANE_ORDER.length; i += step) {
    if (!scene.g.lanes[LANE_ORDER[i]]) continue;
    const near = scene.axis.find(scene.view.items, x - scene.g.left + scene.scroll);
    const things = thingsOf(scene, LANE_ORDER[i], Math.max(0, near));
    if (things.length > 0) return nearest(things, x);
  }
  return thing;
}

function nearest(things, x) {
  const distance = ({ left, right }) => (x < left ? left - x : x > right ? x - right : 0);
  return things.reduce((best, thing) => (distance(thing) < distance(best) ? thing : best));
}

/** The thing under a point of the canvas, or null. */
export function thingAt(scene, x, y) {
  const rowAt = ({ g }) => Object.values(g.lanes).find((row) => y >= row.y && y <= row.y + row.h);
  const hop = scene.hops.find(rowAt);
  if (hop) return thingAt(hop, x, y);
  const lane = rowAt(scene);
  if (lane === undefined || x < scene.g.label) return null;
  const near = Math.max(0, scene.axis.find(scene.view.items, x - scene.g.left + scene.scroll));
  const things = thingsOf(scene, lane.name, near).filter((thing) => x >= thing.left && x < Math.max(thing.right, thing.left + 4));
  return things.at(-1) ?? null;
}

/** What a stretch of octets belongs to: { event, chunk, message, write }. */
export function ownersOf(scene, thing) {
  if (thing.a === undefined) return {};
  const { connection, flow, a, b } = thing;
  const messages = connection.flows[flow];
  const overlaps = (entity) => entity.start < b && (entity.end === null || entity.end > a);
  const item = scene.view.itemAt(connection, flow, a);
  return {
    event: thing.kind === "event" || thing.kind === "message" ? thing.entity : messages.events.findLast(overlaps) ?? null,
    chunk: messages.chunks.findLast(overlaps) ?? null,
    message: messages.messages.findLast(overlaps) ?? null,
    write: item?.entry ?? null,
  };
}

/** Where a thing is now: the view may have moved under it. */
export function placed(scene, thing) {
  if (thing.kind === "mark" || thing.kind === "missing") {
    return thing.item && { ...thing, left: scene.left(thing.item), right: scene.right(thing.item) };
  }
  if (thing.kind === "octet") {
    const item = scene.view.itemAt(thing.connection, thing.flow, thing.a);
    return item && octetThing(scene, item, thing.a);
  }
  return thingsOf(scene, thing.lane, nearOf(scene, thing)).find((other) => isSame(other, thing) || (other.entity && other.entity === thing.entity)) ?? null;
}

/** The spotlight for `paint`. */
export function lightOf(scene, thing) {
  const row = thing.lane === "octets" ? scene.cells : scene.g.lanes[thing.lane];
  const frame = { x: thing.left, y: row.y, w: thing.right - thing.left, h: row.h };
  if (thing.kind === "mark" || thing.kind === "missing") return { frame, lit: (shape) => litByMark(thing.item, shape) };
  const token = thing.kind === "octet" ? tokenOf(thing) : [thing.a, thing.b];
  const sameTrack = ({ track }) => track && (track.connection === thing.connection) && track.flow === thing.flow;
  const inToken = (p) => p >= token[0] && p < token[1];
  return {
    frame,
    lit: ({ of, lane, type }) => {
      if (!sameTrack(of)) return false;
      if (lane === "octets" && type !== "letters" && of.b - of.a === 1) return inToken(of.a);
      return of.a < thing.b && of.b > thing.a;
    },
    letters: ({ type, list }) => (type === "letters" ? list.filter(([, , , , p]) => inToken(p)) : undefined),
  };
}

// A mark lights all that was before it on its connection.
function litByMark(item, { of }) {
  if (of.mark) return of.mark === item;
  if (of.connection) return of.connection === item.entry.connection;
  return of.track.connection === item.entry.connection && (of.track.number === undefined || (of.track.born ?? of.track.number) <= (item.entry.number ?? Infinity));
}

// The octets around one that have the same label.
function tokenOf({ connection, flow, a, item }) {
  const tape = connection.tapes[flow];
  const label = tape.label(a);
  let [from, to] = [a, a + 1];
  while (from > item.start && tape.label(from - 1) === label) from -= 1;
  while (to < item.end && tape.label(to) === label) to += 1;
  return [from, to];
}
