// The score: the whole picture, laid out as a sheet of shapes.
//
//     const sheet = layout(scene, { words, counts, names, client, selection, measure });
//     paint(context, sheet, palette, scene);

import { Sheet } from "./sheet.js";
import { clientLane } from "./lane-client.js";
import { octetsLane } from "./lane-octets.js";
import { eventsLane, framingLane, httpLane, writeLane } from "./lane-bars.js";
import { tcpLane } from "./lane-tcp.js";
import { clockStrip } from "./clock.js";

/** Four digits and more stand under the name of their lane. */
const LONG_COUNT = 4;

export function layout(scene, { words, counts, names, client, measure }) {
  const sheet = new Sheet(measure, [scene.g.label - 4 * scene.s, scene.g.width]);
  clockGround(sheet, scene);
  if (scene.hops.length > 0) {
    for (const hop of scene.hops) {
      grounds(sheet, hop, { ...names, octets: hop.name, write: words.lanes.read }, {});
      lanes(sheet, hop, words, null);
    }
  } else {
    grounds(sheet, scene, names, counts);
    lanes(sheet, scene, words, client);
  }
  clockStrip(sheet, scene, words);
  clockLabel(sheet, scene, words);
  return sheet;
}

function lanes(sheet, scene, words, client) {
  // The octets come first: they say where the brackets of characters leave room for stems.
  octetsLane(sheet, scene, words);
  eventsLane(sheet, scene, words);
  framingLane(sheet, scene, words);
  tcpLane(sheet, scene, words);
  httpLane(sheet, scene, words);
  writeLane(sheet, scene, words);
  if (scene.g.lanes.client) clientLane(sheet, scene, words, client);
}

function grounds(sheet, scene, names, counts) {
  const { g, s } = scene;
  for (const lane of Object.values(g.lanes)) {
    const { name } = lane;
    // The octets have no ground: only cells and silence are to be seen there.
    if (name !== "octets") sheet.rect({ x: g.label - 4 * s, y: lane.y, w: g.width - g.label + 4 * s, h: lane.h, fill: "lane", under: true });
    laneLabel(sheet, scene, lane, names[name], counts[name] ?? "");
  }
}

function clockGround(sheet, { g, s }) {
  sheet.rect({ x: g.label - 4 * s, y: g.strip.y, w: g.width - g.label + 4 * s, h: g.strip.h, fill: "lane", under: true, lane: "clock" });
}

function laneLabel(sheet, scene, lane, name, count) {
  const { g, s } = scene;
  const shown = String(count);
  const long = shown.length >= LONG_COUNT;
  const room = g.label - 14 * s;
  const place = (text, x, y, size, color, align, weight) => sheet.text({
    x, y, room, variants: [text], font: scene.font(size, weight), color, align, lane: lane.name, label: true,
  });
  if (long) {
    place(name, 10 * s, lane.middle - 9 * s, 14, "soft", "left", 600);
    place(shown, 10 * s, lane.middle + 9 * s, 18, "ink", "left", 700);
    return;
  }
  const countFont = scene.font(25);
  const countWidth = shown === "" ? 0 : sheet.measure(shown, countFont);
  if (shown !== "") place(shown, g.label - 13 * s, lane.middle, 25, "ink", "right", 700);
  const nameRoom = g.label - 13 * s - countWidth - 15 * s;
  for (const size of [17, 16, 15, 14, 13, 11]) {
    const textFont = scene.font(size, 600);
    if (sheet.measure(name, textFont) > nameRoom && size > 11) continue;
    sheet.text({ x: 10 * s, y: lane.middle, room: g.label, variants: [name], font: textFont, color: "soft", lane: lane.name, label: true });
    break;
  }
}

function clockLabel(sheet, scene, words) {
  const { strip } = scene.g;
  sheet.text({
    x: 10 * scene.s, y: strip.y + strip.h * 0.6, room: scene.g.label, variants: [words.lanes.clock], font: scene.font(15, 600), color: "soft",
    lane: "clock", label: true,
  });
}
