// The client: what the program at the other end has got, and in which state it is.
//
// Full pills are messages that this page itself was given. Hollow, dashed pills are derived from the blank line that
// dispatches: of curl and other programs nothing is known here. A band is shown for this page's own client only:
// readyState of an EventSource, or fetch() and read().

import { shortened, visible } from "./sheet.js";
import { OWNER } from "./labels.js";
import { STRONG } from "./lane-octets.js";

const BANDS = { connecting: "warn", open: "ok", closed: "soft", fetching: "warn", reading: "ok", done: "soft" };
/** Pills closer than this would be specks. */
const LEAST_PILL = 10;
const WIDEST_PILL = 230;

export function clientLane(sheet, scene, words, client) {
  const lane = scene.g.lanes.client;
  sheet.with({ lane: "client", clip: true }, () => {
    const taken = pins(sheet, scene, words, lane);
    const pills = client?.how === "fetch" ? reads(sheet, scene, words, lane, client)
      : pillsOf(sheet, scene, lane, client, taken);
    if (client) bands(sheet, scene, words, lane, client, [...taken, ...pills]);
  });
}

// ---- messages ----------------------------------------------------------------------------------------------------

function pillsOf(sheet, scene, lane, client, taken) {
  const events = [];
  for (const track of scene.visibleTracks()) {
    if (track.flow !== 1) continue;
    for (const event of scene.visible(track.connection.flows[1].events, track)) {
      if (event.state === "dispatched" && scene.isOver(event)) events.push([event, scene.octetRight(event, event.end)]);
    }
  }
  events.sort((a, b) => a[1] - b[1]);
  const drawn = [];
  events.forEach(([event, right], i) => {
    const stem = right - scene.axis.scale.cell / 2 - 0.75 * scene.s;
    const left = i > 0 ? (events[i - 1][1] + right) / 2 - scene.axis.scale.cell / 2 + 2 : -Infinity;
    const next = i + 1 < events.length ? (events[i + 1][1] + right) / 2 - scene.axis.scale.cell / 2 - 2 : Infinity;
    const wall = Math.min(next, ...taken.map(([x]) => x - 3).filter((x) => x > stem));
    const box = pill(sheet, scene, lane, event, stem, left, wall, event.fired !== null || client?.how === null);
    if (box) drawn.push(box);
  });
  return drawn;
}

function pill(sheet, scene, lane, event, stem, least, most, full) {
  const { s } = scene;
  if (stem < scene.g.label) return null;
  const strong = STRONG[event.number % 2 === 1 ? OWNER.odd : OWNER.even];
  const of = { track: event, a: event.start, b: event.end };
  const room = Math.min(WIDEST_PILL * s, most - least);
  if (room < LEAST_PILL * s) {
    sheet.rect({ x: stem - 1, y: lane.middle - 8 * s, w: 2, h: 16 * s, fill: strong, of });
    return null;
  }
  const textFont = scene.font(17);
  const wanted = visible(event.data ?? "") || (event.data === "" ? "\"\"" : "");
  const text = shortened(sheet.measure, wanted, room - 20 * s, textFont);
  const width = Math.max(Math.min(26 * s, room), sheet.measure(text, textFont) + 20 * s);
  // The pill stands over its stem; where there is no room on one side it moves, but keeps the stem under it.
  let x = stem - width / 2;
  x = Math.max(x, Math.max(least, scene.g.label + 2));
  x = Math.min(x, most - width);
  x = Math.min(Math.max(x, stem - width + 6 * s), stem - 6 * s);
  const y = lane.y + 4 * s;
  const h = lane.h - 9 * s;
  const bottom = scene.cells.y + 4 * s;
  sheet.path({ points: [[stem, y + h + 6 * s], [stem, bottom]], stroke: strong, line: 3 * s, of });
  sheet.path({ points: [[stem - 7 * s, y + h + 9 * s], [stem, y + h], [stem + 7 * s, y + h + 9 * s]], fill: strong, closed: true, of });
  sheet.rect({
    x, y, w: width, h, radius: h / 2, fill: full ? strong : "paper", stroke: strong, line: 2.5 * s, dash: full ? null : [3.5, 3],
    of, thing: { event },
  });
  sheet.text({
    x: x + width / 2, y: y + h / 2, room: width - 8 * s, variants: [text], font: textFont, color: full ? "paper" : strong,
    align: "center", of,
  });
  return [x, x + width];
}

// ---- fetch -------------------------------------------------------------------------------------------------------

function reads(sheet, scene, words, lane, client) {
  const drawn = [];
  const { s } = scene;
  for (const read of client.reads) {
    if (!read.message || read.end > scene.limit(read.message.connection, 1)) continue;
    const x = scene.octetLeft(read.message, read.start) + 1;
    const right = scene.octetRight(read.message, read.end) - 1;
    if (right < scene.g.label || x > scene.g.width) continue;
    const of = { track: read.message, a: read.start, b: read.end };
    sheet.rect({ x, y: lane.y + 7 * s, w: Math.max(2, right - x), h: lane.h - 14 * s, radius: 8 * s, fill: "data-strong", of, thing: { read } });
    const from = Math.max(x, scene.g.label);
    sheet.text({
      x: (from + right) / 2, y: lane.middle, room: right - from - 8 * s, variants: [words.client.read(read.count), String(read.count)],
      font: scene.font(16), color: "paper", align: "center", of,
    });
    drawn.push([x, right]);
  }
  return drawn;
}

// ---- states ------------------------------------------------------------------------------------------------------

function bands(sheet, scene, words, lane, client, taken) {
  const { s } = scene;
  const end = Math.min(scene.nowX, scene.screen(scene.axis.width(scene.view.totals)) + scene.tail.silence + scene.tail.promised);
  client.states.forEach((state, i) => {
    const from = stateX(scene, state);
    if (from === null) return;
    const following = client.states.slice(i + 1).map((next) => stateX(scene, next)).find((x) => x !== null);
    const x0 = Math.max(from, scene.g.label);
    const x1 = Math.min(following ?? end, end, scene.g.width);
    if (x1 <= x0) return;
    const color = BANDS[state.name];
    sheet.rect({ x: x0, y: lane.y + 3 * s, w: x1 - x0, h: lane.h - 6 * s, fill: color, alpha: 0.2, under: true });
    sheet.rect({ x: x0, y: lane.y + 3 * s, w: x1 - x0, h: 4 * s, fill: color, under: true });
    const stop = Math.min(x1, ...taken.map(([left]) => left).filter((left) => left >= x0));
    // A word does not begin under a pill or a pin.
    const start = Math.max(x0, ...taken.filter(([left, right]) => left <= x0 + 2 && right > x0).map(([, right]) => right));
    sheet.text({
      x: start + 10 * s, y: lane.middle + 1, room: stop - start - 14 * s, variants: words.client.state(state), font: scene.font(16),
      color,
    });
  });
}

function stateX(scene, state) {
  if (state.mark) {
    const item = scene.markItem(state.mark);
    if (item === null || (scene.playhead !== null && item.index > scene.playhead)) return null;
    return scene.left(item);
  }
  const { entity, position } = state;
  if (!entity || !scene.view.connections.has(entity.connection)) return null;
  if (position > scene.limit(entity.connection, entity.flow)) return null;
  return position === entity.start ? scene.octetLeft(entity, position) : scene.octetRight(entity, position);
}

// The marks of this page's client that have a width of their own.
function pins(sheet, scene, words, lane) {
  const taken = [];
  const { s } = scene;
  for (let i = scene.first; i <= scene.last; i += 1) {
    const it = scene.view.items[i];
    const color = { error: "warn", end: "ink", fail: "bad" }[it.kind];
    if (color === undefined) continue;
    const x = scene.left(it) + 2;
    const w = scene.right(it) - x - 3;
    const of = { mark: it };
    sheet.rect({ x, y: lane.y + 8 * s, w, h: lane.h - 14 * s, radius: 4 * s, fill: color, of, thing: { mark: it } });
    sheet.text({
      x: x + w / 2, y: lane.middle + 1 * s, room: w - 6 * s, variants: words.client.pin(it.entry), font: scene.font(16), color: "paper",
      align: "center", of,
    });
    taken.push([x, x + w]);
  }
  return taken;
}
