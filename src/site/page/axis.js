// The elastic axis: as wide as the octets where octets pass, a breath where nothing passes.
//
// Every item of a view has a size in one of four units, and each unit has a scale of its own: cells (octets), gaps
// (silence), heads, marks. So a head can shrink before letters do, and a FIN never shrinks:
//
//     x = cells · scale.cell + gaps · scale.gap + heads · scale.head + marks · scale.mark
//
// `before` of an item holds the sums of all items before it, so both directions are a binary search.

export const UNIT = Object.freeze({ cell: 0, gap: 1, head: 2, mark: 3 });

/** Width of a folded head at scale 1. */
export const HEAD_WIDTH = 150;
/** Silence shorter than this is none, in seconds. */
export const LEAST_SILENCE = 0.0007;
const WIDEST_SILENCE = 150;

/** The width of a silence, at scale 1: 50 ms are 45, 300 ms are 86, 3 s are 142. */
export function silenceWidth(seconds) {
  if (seconds < LEAST_SILENCE) return 0;
  return Math.min(WIDEST_SILENCE, 6 + 17 * Math.log2(1 + (seconds * 1000) / 12));
}

/** What is tried in turn, until all of a view fits: the width of a cell, the scale of gaps, the width of a head. */
const LADDER = [
  [30, 1, 150], [26, 1, 150], [23, 1, 150], [21, 0.9, 120], [20, 0.8, 78], [19, 0.7, 74], [18, 0.6, 70], [17, 0.5, 66],
  [16, 0.42, 62], [14, 0.4, 58], [12.5, 0.36, 54],
];
/** What is used when nothing fits: the newest part is shown, large enough to be read. */
const READING = [22, 0.8, 78];

export class Axis {
  constructor() {
    this.scale = { cell: 22, gap: 1, head: 1, mark: 1 };
  }

  set(cell, gap, headWidth, s) {
    this.scale = { cell: cell * s, gap: gap * s, head: (headWidth / HEAD_WIDTH) * s, mark: s };
  }

  /** Width of sums { cell, gap, head, mark }. */
  width(sums) {
    const { cell, gap, head, mark } = this.scale;
    return sums[0] * cell + sums[1] * gap + sums[2] * head + sums[3] * mark;
  }

  left(item) {
    return this.width(item.before);
  }

  size(item) {
    const { cell, gap, head, mark } = this.scale;
    return item.size * [cell, gap, head, mark][item.unit];
  }

  right(item) {
    return this.left(item) + this.size(item);
  }

  /** The index of the item at x, of items in order; -1 before the first. */
  find(items, x) {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.left(items[middle]) <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /**
   * Takes the first step of the ladder with which everything fits; false if nothing does. `tail` gives the width of what
   * follows the last item, which depends on the scale.
   */
  fit(totals, width, s, tail = () => 0) {
    for (const [cell, gap, head] of LADDER) {
      this.set(cell, gap, head, s);
      if (this.width(totals) + tail() <= width) return true;
    }
    this.set(...READING, s);
    return false;
  }

  /** Makes everything fit, whatever becomes of the letters. */
  fitAll(totals, width, s) {
    if (this.fit(totals, width, s)) return;
    for (const [gap, head] of [[0.36, 46], [0.2, 30], [0.1, 16], [0.03, 6]]) {
      this.set(0, gap, head, s);
      const rest = width - this.width(totals);
      if (rest <= 0 && gap > 0.03) continue;
      const cell = totals[0] > 0 ? Math.max(0, rest) / totals[0] / s : 12.5;
      this.set(Math.min(12.5, cell), gap, head, s);
      if (cell > 1 || gap === 0.03) break;
    }
    const over = this.width(totals) / width;
    if (over > 1) for (const unit of Object.keys(this.scale)) this.scale[unit] /= over;
  }

  /** Cells of this width, all else as in the step of the ladder that is nearest. */
  zoom(cell, s) {
    const step = LADDER.find(([width]) => width <= cell) ?? LADDER.at(-1);
    this.set(cell, Math.max(step[1], 0.36), Math.max(step[2], 54), s);
  }
}
