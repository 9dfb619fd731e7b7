// TCP: a rail for each direction, from accept to the FIN of that side, or to the RST that ends both.

export function tcpLane(sheet, scene, words) {
  const row = scene.g.lanes.tcp;
  const lives = livesOf(scene);
  sheet.with({ lane: "tcp", clip: true }, () => {
    lives.forEach((life, i) => rails(sheet, scene, words, row, life, lives[i + 1]));
    for (let i = scene.first; i <= scene.last; i += 1) mark(sheet, scene, words, row, scene.view.items[i]);
  });
}

// Each connection of the view, in the order of its first item.
const livesOf = (scene) => [...scene.view.lives.values()].sort((a, b) => a.first.index - b.first.index);

function rails(sheet, scene, words, row, life, next) {
  const { s } = scene;
  const half = row.h / 2 - 2 * s;
  const start = life.opened ? scene.left(life.opened) + 9 * s : scene.left(life.first);
  // Two connections of one view: the rail of the older makes room for the younger.
  const wall = next ? scene.left(next.opened ?? next.first) - 4 * s : Infinity;
  [1, 0].forEach((flow, i) => {
    const end = life.ends[flow] ?? life.closed;
    const passed = end !== null && (scene.playhead === null || end.index <= scene.playhead);
    const now = Math.min(scene.nowX, scene.screen(scene.axis.width(scene.view.totals)) + scene.tail.silence);
    const x1 = Math.min(wall, passed ? scene.left(end) : now);
    const x0 = Math.max(start, scene.g.label);
    if (x1 <= x0) return;
    const y = row.y + i * (half + 2 * s);
    const color = flow === 1 ? "rail1" : "rail2";
    const of = { connection: life.connection };
    sheet.rect({ x: x0, y, w: x1 - x0, h: half, fill: color, of, thing: { connection: life.connection } });
    sheet.text({
      x: x0 + 6 * s, y: y + half / 2, room: Math.min(x1, scene.g.width) - x0 - 10 * s, variants: words.tcp.rail(life.connection, flow),
      font: scene.font(letters(scene, row)), color: flow === 1 ? "rail1-text" : "rail2-text", of,
    });
  });
}

function mark(sheet, scene, words, row, it) {
  const { s } = scene;
  const x = scene.left(it);
  const of = { mark: it };
  if (it.kind === "opened" || it.kind === "closed") {
    sheet.rect({ x: x + (it.kind === "opened" ? 4 : 6) * s, y: row.y, w: 5 * s, h: row.h, fill: "ink", of, thing: { mark: it } });
  } else if (it.kind === "fin") fin(sheet, scene, words, row, it, x, of);
  else if (it.kind === "rst") rst(sheet, scene, words, row, it, x, of);
}

function fin(sheet, scene, words, row, it, x, of) {
  const { s } = scene;
  const ours = it.entry.flow === 1;
  const h = row.h / 2 - 2 * s;
  const y = ours ? row.y : row.y + h + 2 * s;
  const w = scene.right(it) - x - 3 * s;
  sheet.path({ points: [[x, scene.g.lanes.octets.y], [x, y]], stroke: ours ? "ink" : "soft", line: 2.5 * s, dash: [5, 4], of, behind: true });
  sheet.rect({ x, y, w, h, radius: 3 * s, fill: ours ? "ink" : "soft", of, thing: { mark: it } });
  sheet.text({
    x: x + w / 2, y: y + h / 2, room: w - 4 * s, variants: [ours ? "FIN →" : "← FIN", "FIN"], font: scene.font(letters(scene, row) + 1), color: "paper",
    align: "center", of,
  });
}

function rst(sheet, scene, words, row, it, x, of) {
  const { s } = scene;
  const w = scene.right(it) - x - 3 * s;
  sheet.path({ points: [[x, scene.g.lanes.octets.y], [x, row.y]], stroke: "bad", line: 2.5 * s, dash: [5, 4], of, behind: true });
  sheet.rect({ x, y: row.y, w, h: row.h - 2 * s, radius: 3 * s, fill: "bad", of, thing: { mark: it } });
  sheet.text({
    x: x + w / 2, y: row.middle - 1 * s, room: w - 4 * s, variants: [it.entry.flow === 1 ? "RST →" : "← RST", "RST"],
    font: scene.font(letters(scene, row) + 1), color: "paper", align: "center", of,
  });
}

// The rails of two hops are lower.
const letters = (scene, row) => (row.h < 50 * scene.s ? 12 : 16);
