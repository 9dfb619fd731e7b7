// The true clock under the score, and the threads by which each write hangs down to its moment.
//
// The clock is linear and shows the whole view; a frame on it shows what the score shows. Threads never cross, for octets
// and time have the same order.

/** The height of a write in the strip, at scale 1: at least this, and so much more for each doubling of its octets. */
const WRITE_HEIGHT = 6;
const HEIGHT_STEP = 3.2;

export function timeScale(scene) {
  const { view, g } = scene;
  const from = view.firstAt ?? 0;
  // When all has ended the clock stands still, and shows what was at its full width.
  const until = Math.max(view.lastAt ?? 0, scene.running ? Math.min(scene.now, (view.lastAt ?? 0) + 3) : 0);
  const span = Math.max(0.001, (until - from) * 1.06);
  const left = g.label + 12 * scene.s;
  const width = g.width - left - 12 * scene.s;
  return { from, span, left, width, x: (at) => left + ((at - from) / span) * width, at: (x) => from + ((x - left) / width) * span };
}

export function clockStrip(sheet, scene, words) {
  if (scene.view.items.length === 0) return;
  const time = timeScale(scene);
  threads(sheet, scene, time);
  ticks(sheet, scene, words, time);
  columns(sheet, scene, time);
  frame(sheet, scene, time);
  if (scene.live && scene.running) {
    const x = Math.min(time.x(scene.now), scene.g.width - 4);
    sheet.rect({ x, y: scene.g.strip.y, w: 2 * scene.s, h: scene.g.strip.h, fill: "bad", lane: "clock" });
  }
}

function threads(sheet, scene, time) {
  const { y, h } = scene.g.threads;
  const quad = (x0, x1, at, fill) => {
    const x = time.x(at);
    sheet.path({ points: [[x0, y], [x1, y], [x + 1, y + h], [x, y + h]], fill, closed: true, clip: true, lane: "threads" });
  };
  let open = null;
  const close = () => {
    if (open) quad(open.x0, open.x1, open.entry.at, open.entry.flow === 1 ? "thread" : "thread-read");
    open = null;
  };
  for (let i = scene.first; i <= scene.last; i += 1) {
    const it = scene.view.items[i];
    if (it.start !== undefined) {
      if (open?.entry !== it.entry) {
        close();
        open = { entry: it.entry, x0: scene.left(it) };
      }
      open.x1 = scene.right(it) - 2;
    } else if (it.kind === "fin" || it.kind === "rst" || it.kind === "error" || it.kind === "fail") {
      close();
      const x = (scene.left(it) + scene.right(it)) / 2;
      sheet.path({ points: [[x, y], [time.x(it.at), y + h]], stroke: "ink", line: 1.2 * scene.s, clip: true, lane: "threads" });
    } else close();
  }
  close();
}

function ticks(sheet, scene, words, time) {
  const { strip, ticks: below } = scene.g;
  const { s } = scene;
  const step = niceStep((time.span * 130 * s) / time.width);
  const axis = strip.y + strip.h * 0.75;
  sheet.path({ points: [[scene.g.label, axis], [scene.g.width, axis]], stroke: "soft", line: 1 * s, lane: "clock" });
  for (let t = 0; t <= time.span; t += step) {
    const x = time.x(time.from + t);
    if (x > scene.g.width) break;
    sheet.path({ points: [[x, strip.y], [x, strip.y + strip.h]], stroke: "soft", line: 1 * s, lane: "clock" });
    sheet.text({
      x: x + 3 * s, y: below.y + 9 * s, room: Math.min(110 * s, scene.g.width - x - 5 * s), variants: [tick(t, step)], font: scene.font(14), color: "soft", lane: "clock",
    });
  }
}

function tick(t, step) {
  if (step >= 1) return `${Math.round(t)} s`;
  return `${Number((t * 1000).toPrecision(12))} ms`;
}

export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}

// One column for each pixel: the highest write and read that fall into it, and what else is there.
function columns(sheet, scene, time) {
  const { strip } = scene.g;
  const { s } = scene;
  const axis = strip.y + strip.h * 0.75;
  const writes = new Map();
  const reads = new Map();
  const note = (map, x, octets) => octets > 0 && map.set(x, Math.max(map.get(x) ?? 0, height(octets)));
  for (const { at, write, read } of scene.view.timeline.moments) {
    const x = Math.round(time.x(at));
    if (x < scene.g.label) continue;
    note(writes, x, write);
    note(reads, x, read);
  }
  for (const it of scene.view.markItems.values()) mark(sheet, scene, time, it);
  for (const [x, value] of writes) {
    const h = Math.min(strip.h * 0.72, value * s);
    sheet.rect({ x, y: axis - h, w: 3 * s, h, fill: "write", lane: "clock" });
  }
  for (const [x, value] of reads) sheet.rect({ x, y: axis, w: 3 * s, h: Math.min(strip.h * 0.25, value * 0.6 * s), fill: "head-line", lane: "clock" });
}

const height = (octets) => WRITE_HEIGHT + HEIGHT_STEP * Math.log2(1 + octets);

function mark(sheet, scene, time, it) {
  const { strip } = scene.g;
  const { s } = scene;
  const x = Math.round(time.x(it.at));
  if (it.kind === "fin" || it.kind === "rst") flag(sheet, strip, s, x, it.kind === "rst" ? "bad" : "ink");
  else if (it.kind === "error" || it.kind === "fail") dot(sheet, strip, s, x);
  else if (it.kind === "lost") {
    const previous = scene.view.items[it.index - 1];
    const from = time.x(previous?.kind === "silence" ? previous.from : it.at);
    sheet.rect({ x: from, y: strip.y, w: Math.max(4 * s, x - from), h: strip.h * 0.75, hatch: "bad", lane: "clock" });
  }
}

function flag(sheet, strip, s, x, color) {
  sheet.rect({ x, y: strip.y + 3 * s, w: 2 * s, h: strip.h - 5 * s, fill: color, lane: "clock" });
  sheet.path({
    points: [[x + 2 * s, strip.y + 3 * s], [x + 12 * s, strip.y + 9 * s], [x + 2 * s, strip.y + 15 * s]], fill: color, closed: true,
    lane: "clock",
  });
}

function dot(sheet, strip, s, x) {
  sheet.rect({ x: x - 4 * s, y: strip.y, w: 8 * s, h: 8 * s, radius: 4 * s, fill: "bad", lane: "clock" });
}

// The part of the clock that the score shows, if it does not show all; and the playhead.
function frame(sheet, scene, time) {
  const { strip } = scene.g;
  const { s } = scene;
  const { items } = scene.view;
  if (scene.first > 0 || scene.last < items.length - 1) {
    const x0 = time.x(items[scene.first].at);
    const x1 = time.x(items[scene.last].at);
    sheet.rect({ x: x0 - 3 * s, y: strip.y, w: Math.max(6 * s, x1 - x0 + 6 * s), h: strip.h, stroke: "sel", line: 2 * s, lane: "clock" });
  }
  if (scene.playhead !== null) {
    sheet.rect({ x: time.x(items[scene.playhead].at) - 1, y: strip.y, w: 3 * s, h: strip.h, fill: "sel", lane: "clock" });
  }
}
