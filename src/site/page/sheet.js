// A sheet: the picture as a list of shapes, before anything is painted.
//
// The layout of the lanes only adds shapes to a sheet, and `paint.js` only paints them. So a test can ask a picture without
// a single pixel: which words stand where, whether two of them overlap, whether one is wider than its room.
//
// A word is never cut: `text` takes the longest of its variants that fits, or none.
//
//     sheet.text({ x: 10, y: 20, room: 60, variants: ["chunk 2 · 0x11 = 17", "chunk 2", "2"], font });

export class Sheet {
  /**
   * `measure(text, font)` gives the width of a text in CSS pixels. `edges` are those of what can be seen of the lanes: a word
   * that crosses one is left out.
   */
  constructor(measure, edges = [-Infinity, Infinity]) {
    this.measure = measure;
    this.edges = edges;
    this.shapes = [];
    this.meta = {};
  }

  /** Shapes that are added in `add` belong to what is described by `meta` (lane, clip). */
  with(meta, add) {
    const before = this.meta;
    this.meta = { ...before, ...meta };
    add();
    this.meta = before;
  }

  // A picture has a thousand shapes: each is the object that was made for it, and not a copy.
  push(shape) {
    const { lane, clip } = this.meta;
    shape.lane ??= lane;
    shape.clip ??= clip;
    this.shapes.push(shape);
  }

  /** { x, y, w, h, fill, stroke, line, dash, radius, hatch, open, jag } */
  rect(shape) {
    if (!(shape.w > 0)) return;
    shape.type = "rect";
    this.push(shape);
  }

  /** { points: [[x, y], …], fill, stroke, line, dash, closed } */
  path(shape) {
    shape.type = "path";
    this.push(shape);
  }

  /** { x, y, room, variants, font, color, align }; gives the text that fitted and its width, or null. */
  text({ x, y, room, variants, font, color, align = "left", ...rest }) {
    for (const text of variants) {
      if (text === "" || text === null || text === undefined) continue;
      const width = this.measure(text, font);
      if (width > room) continue;
      const left = align === "left" ? x : align === "center" ? x - width / 2 : x - width;
      if (this.meta.clip && (left < this.edges[0] || left + width > this.edges[1])) return null;
      this.push(Object.assign(rest, { type: "text", text, x: left, y, w: width, font, color }));
      return { text, width, left };
    }
    return null;
  }

  /** Cells: one letter each, of the same font: [[x, y, text], …]. */
  letters(shape) {
    if (shape.list.length === 0) return;
    shape.type = "letters";
    this.push(shape);
  }
}

/** A font of the sheet: the size in CSS pixels, the weight, and whether it is monospaced. */
export const font = (size, weight = 700, mono = false) => ({ size, weight, mono });

/** The longest beginning of `text` with "…" that fits; for texts of peers, which have no shorter variant. */
export function shortened(measure, text, room, textFont) {
  if (measure(text, textFont) <= room) return text;
  const letters = [...text];
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${letters.slice(0, middle).join("")}…`, textFont) <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${letters.slice(0, low).join("")}…`;
}

/** Text of a peer on one line: what a screen would obey or hide is shown as an escape. */
export function visible(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    return `\\u{${character.codePointAt(0).toString(16)}}`;
  });
}
