// Painting a sheet on a canvas.
//
// Shapes know names of colours only; the palette gives the colours of the theme, which are custom properties of the style
// sheet. Passes: what lies under all, the rest, then what must lie above (`late`); with a selection a veil comes over all,
// and what belongs to the selection is painted once more (the spotlight).

import { Glyphs } from "./glyphs.js";

/** How much of the paper lies over what is not lit, and over what is after the playhead. */
const VEIL = 0.7;
const FUTURE = 0.86;

export function paint(context, sheet, palette, scene, light) {
  fill(context, palette.paper, 0, 0, scene.g.width, scene.g.height);
  const passes = passesOf(sheet.shapes);
  for (const shapes of passes) paintAll(context, shapes, palette, scene);
  if (scene.playhead !== null) {
    const x = Math.max(scene.g.label - 4, scene.playheadX);
    veil(context, palette, x, 0, scene.g.width - x, scene.g.bottom + 4, FUTURE);
    fill(context, palette.sel, x - 1, 0, 3 * scene.s, scene.g.threads.y + 4);
  }
  if (light) spotlight(context, passes, palette, scene, light);
}

function spotlight(context, passes, palette, scene, light) {
  veil(context, palette, scene.g.label - 4 * scene.s, 0, scene.g.width, scene.g.bottom + 3, VEIL);
  for (const shapes of passes) {
    const lit = shapes.filter((shape) => shape.of && light.lit(shape));
    paintAll(context, lit.map((shape) => ({ ...shape, list: light.letters?.(shape) ?? shape.list })), palette, scene);
  }
  if (light.frame) {
    context.strokeStyle = palette.sel;
    context.lineWidth = 4 * scene.s;
    context.setLineDash([]);
    const { x, y, w, h } = light.frame;
    context.strokeRect(x + 1, y + 1, Math.max(4, w - 2), h - 2);
  }
}

function passesOf(shapes) {
  const [under, rest, behind, late] = [[], [], [], []];
  for (const shape of shapes) (shape.under ? under : shape.behind ? behind : shape.late ? late : rest).push(shape);
  return [under, rest, behind, late];
}

// Shapes of the lanes are clipped at the labels; the clip is set once for all that follow each other.
function paintAll(context, shapes, palette, scene) {
  let clipped = false;
  for (const shape of shapes) {
    const clips = shape.clip === true;
    if (clips && !clipped) {
      context.save();
      context.beginPath();
      context.rect(scene.g.label - 4 * scene.s, 0, scene.g.width, scene.g.height);
      context.clip();
    } else if (!clips && clipped) context.restore();
    clipped = clips;
    paintShape(context, shape, palette, scene);
  }
  if (clipped) context.restore();
}

function veil(context, palette, x, y, w, h, alpha) {
  context.globalAlpha = alpha;
  fill(context, palette.paper, x, y, w, h);
  context.globalAlpha = 1;
}

function fill(context, color, x, y, w, h) {
  context.fillStyle = color;
  context.fillRect(x, y, w, h);
}

function paintShape(context, shape, palette, scene) {
  switch (shape.type) {
    case "rect": return rect(context, shape, palette, scene.s);
    case "path": return path(context, shape, palette);
    case "text": return text(context, shape, palette);
    default: return letters(context, shape, palette);
  }
}

function rect(context, shape, palette, s) {
  const { x, y, w, h } = shape;
  context.globalAlpha = shape.alpha ?? 1;
  if (shape.fill) {
    context.fillStyle = palette[shape.fill];
    // Most shapes are plain cells.
    if (shape.radius === undefined) context.fillRect(x, y, w, h);
    else {
      outline(context, shape);
      context.fill();
    }
  }
  if (shape.hatch) {
    outline(context, shape);
    context.fillStyle = hatch(context, palette[shape.hatch], palette.paper, s);
    context.fill();
  }
  context.globalAlpha = 1;
  if (shape.stroke && shape.line > 0) {
    context.strokeStyle = palette[shape.stroke];
    context.lineWidth = shape.line;
    context.setLineDash(shape.dash ?? []);
    outline(context, shape, true);
    context.stroke();
  }
  if (shape.edge) fill(context, palette["head-line"], x, y, w, 3 * s);
  if (shape.jag && shape.stroke) jag(context, x + w, y, h, palette.bad, s);
}

// The outline of a rectangle; an open one has no right edge.
function outline(context, { x, y, w, h, radius = 0, open = false }, stroke = false) {
  context.beginPath();
  const r = Math.max(0, Math.min(radius, w / 2, h / 2));
  if (open && stroke) {
    context.moveTo(x + w, y);
    context.lineTo(x + r, y);
    context.arcTo(x, y, x, y + r, r);
    context.lineTo(x, y + h - r);
    context.arcTo(x, y + h, x + r, y + h, r);
    context.lineTo(x + w, y + h);
    return;
  }
  context.roundRect(x, y, w, h, open ? [r, 0, 0, r] : r);
}

// A jagged right edge: cut, and not ended.
function jag(context, x, y, h, color, s) {
  context.setLineDash([]);
  context.strokeStyle = color;
  context.lineWidth = 2.5 * s;
  context.beginPath();
  const teeth = Math.max(3, Math.round(h / (9 * s)));
  for (let i = 0; i <= teeth; i += 1) context.lineTo(x + (i % 2 === 0 ? -3 : 4) * s, y + (h * i) / teeth);
  context.stroke();
}

const hatches = new Map();

function hatch(context, color, paper, s) {
  const key = `${color} ${paper} ${s}`;
  if (!hatches.has(key)) {
    const size = Math.round(10 * s);
    const tile = new OffscreenCanvas(size, size);
    const on = tile.getContext("2d");
    on.strokeStyle = color;
    on.globalAlpha = 0.45;
    on.lineWidth = 3 * s;
    on.beginPath();
    for (const d of [-size, 0, size]) {
      on.moveTo(d - 2, size + 2);
      on.lineTo(d + size + 2, -2);
    }
    on.stroke();
    hatches.set(key, context.createPattern(tile, "repeat"));
  }
  return hatches.get(key);
}

function path(context, shape, palette) {
  context.beginPath();
  shape.points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  if (shape.closed) context.closePath();
  if (shape.fill) {
    context.fillStyle = palette[shape.fill];
    context.fill();
  }
  if (shape.stroke) {
    context.strokeStyle = palette[shape.stroke];
    context.lineWidth = shape.line;
    context.setLineDash(shape.dash ?? []);
    context.stroke();
  }
}

function text(context, shape, palette) {
  context.font = css(shape.font);
  context.fillStyle = palette[shape.color];
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(shape.text, shape.x, shape.y + shape.font.size * 0.04);
}

function letters(context, shape, palette) {
  glyphs ??= new Glyphs((size) => css({ size, weight: 700, mono: true }));
  const ratio = context.getTransform().a;
  const color = palette[shape.color];
  glyphs.draw(context, shape.list, color, ratio);
}

let glyphs = null;

const SANS = "system-ui, \"DejaVu Sans\", \"Noto Sans KR\", NanumGothic, \"Apple SD Gothic Neo\", \"Malgun Gothic\", sans-serif";
const MONO = "ui-monospace, \"DejaVu Sans Mono\", Menlo, Consolas, NanumGothicCoding, monospace";

export const css = ({ size, weight, mono }) => `${weight} ${size}px ${mono ? MONO : SANS}`;
