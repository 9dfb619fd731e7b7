// Glyphs: letters of cells, drawn once and copied from then on.
//
// To set a font and to shape a letter costs more than all else in a picture. So each letter is drawn once for its size and
// colour, on a canvas that is not shown, and each cell copies it from there. When the canvas is full it begins anew.
//
//     const glyphs = new Glyphs((size) => `700 ${size}px monospace`);
//     glyphs.draw(context, [[100, 40, "a", 18]], "#000", 1);    // its middle at 100, 40

const WIDTH = 1024;
const HEIGHT = 512;
/** Room around a letter, for strokes that leave its box. */
const PAD = 2;

export class Glyphs {
  /** `font` gives the CSS font for a size; `make` gives a canvas of a size (for tests). */
  constructor(font, make = (width, height) => new OffscreenCanvas(width, height)) {
    this.font = font;
    this.canvas = make(WIDTH, HEIGHT);
    this.context = this.canvas.getContext("2d");
    this.begin();
  }

  begin() {
    this.known = new Map();
    this.x = 0;
    this.y = 0;
    this.row = 0;
    this.context.clearRect(0, 0, WIDTH, HEIGHT);
  }

  /** Draws letters [x, y, text, size], each with its middle at x and just below y; `ratio` is the number of device pixels of a CSS pixel. */
  draw(context, list, color, ratio) {
    // A canvas that was copied from is itself copied when it changes: so all new letters come first.
    const places = list.map(([, , text, size]) => this.place(text, size, color, ratio));
    list.forEach(([x, y], i) => this.copy(context, places[i], x, y, ratio));
  }

  place(text, size, color, ratio) {
    const key = `${text} ${size} ${color} ${ratio}`;
    return this.known.get(key) ?? this.add(key, text, size, color, ratio);
  }

  copy(context, place, x, y, ratio) {
    // On whole device pixels, or a copied letter would be blurred.
    const left = Math.round(x * ratio - place.w / 2) / ratio;
    const top = Math.round((y + 1) * ratio - place.h / 2) / ratio;
    context.drawImage(this.canvas, place.x, place.y, place.w, place.h, left, top, place.w / ratio, place.h / ratio);
  }

  add(key, text, size, color, ratio) {
    const { context } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = this.font(size);
    context.textAlign = "center";
    context.textBaseline = "middle";
    const w = Math.ceil((context.measureText(text).width + 2 * PAD) * ratio);
    const h = Math.ceil((size * 1.5 + 2 * PAD) * ratio);
    this.makeRoom(w, h);
    context.fillStyle = color;
    context.fillText(text, (this.x + w / 2) / ratio, (this.y + h / 2) / ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    const place = { x: this.x, y: this.y, w, h };
    this.known.set(key, place);
    this.x += w;
    this.row = Math.max(this.row, h);
    return place;
  }

  makeRoom(w, h) {
    if (this.x + w > WIDTH) {
      this.x = 0;
      this.y += this.row;
      this.row = 0;
    }
    if (this.y + h <= HEIGHT) return;
    this.context.save();
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.begin();
    this.context.restore();
  }
}
