// Predictions: every held step is a question that grades itself.
//
// Nobody writes the answer: for octets of an event stream it is the number of blank lines that dispatch; for what may end a
// message it is whether the message is complete afterwards.

import { LABEL, SPAN } from "./labels.js";
import { SPAN_WIDTH } from "./batch.js";

/** The kind of question for a held step: "messages", "complete" or "ending". */
export function questionOf(held) {
  if (held.bytes.length === 0) return "ending";
  return isStream(held) ? "messages" : "complete";
}

function isStream(held) {
  for (let i = 0; i < held.spans.length; i += SPAN_WIDTH) if (held.spans[i + 2] >= LABEL.EventBom) return true;
  return false;
}

/** How many events the held octets dispatch. */
export function dispatches(held) {
  let count = 0;
  for (let i = 0; i < held.spans.length; i += SPAN_WIDTH) {
    if (held.spans[i + 2] === LABEL.EventDispatch && !(held.spans[i + 3] & SPAN.continues)) count += 1;
  }
  return count;
}

export class Bets {
  constructor() {
    this.right = 0;
    this.all = 0;
    this.begin(null);
  }

  begin(held) {
    this.held = held;
    this.question = held === null ? null : questionOf(held);
    this.answer = null;
  }

  /** Takes a key as an answer; false if it is none to this question. */
  take(key) {
    if (this.question === "messages" && /^[0-9]$/.test(key)) this.answer = Number(key);
    else if (this.question !== "messages" && this.question !== null && /^[yn]$/i.test(key)) this.answer = key.toLowerCase() === "y";
    else return false;
    return true;
  }

  /** Grades the answer; `complete` is whether the response is complete now. Null if nothing was predicted. */
  grade(complete) {
    if (this.answer === null) return null;
    const truth = this.question === "messages" ? dispatches(this.held) : complete;
    const right = truth === this.answer;
    this.all += 1;
    if (right) this.right += 1;
    return { right, answer: this.answer, truth };
  }
}
