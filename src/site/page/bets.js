// Predictions: every held step is a question that grades itself.
//
// No author writes the answer: for octets of an event stream it is the number of blank lines that dispatch; for what may end a
// message it is whether the message is complete afterwards.

import { LABEL, SPAN } from "./labels.js";
import { SPAN_WIDTH } from "./batch.js";

/**
 * The kind of question for a held step: "messages", "complete", "ending", or "reconnects" where an EventSource of this page
 * (`play`) will learn from FIN or RST that its response has ended.
 */
export function questionOf(held, play = null) {
  if (held.bytes.length === 0) return play?.how === "EventSource" && play.opens.length > 0 && !isOver(play) ? "reconnects" : "ending";
  return isStream(held) ? "messages" : "complete";
}

const isOver = (play) => {
  const last = play.responses.at(-1);
  return last !== undefined && last.end !== null;
};

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
    /** A prediction about what the browser does after an end, which is not known yet. */
    this.deferred = null;
    this.begin(null);
  }

  begin(held, play = null) {
    this.held = held;
    this.question = held === null ? null : questionOf(held, play);
    this.answer = null;
    this.endings = play?.marks.length ?? 0;
  }

  /** Takes a key as an answer; false if it is none to this question. */
  take(key) {
    if (this.question === "messages" && /^[0-9]$/.test(key)) this.answer = Number(key);
    else if (this.question !== "messages" && this.question !== null && /^[yn]$/i.test(key)) this.answer = key.toLowerCase() === "y";
    else return false;
    return true;
  }

  /** Grades the answer; `complete` is whether the response is complete now. Null if nothing was predicted, or not yet known. */
  grade({ complete, play = null }) {
    if (this.answer === null) return null;
    if (this.question === "reconnects") {
      this.deferred = { answer: this.answer, endings: this.endings };
      return this.gradeLater(play);
    }
    return this.graded(this.answer, this.question === "messages" ? dispatches(this.held) : complete);
  }

  /** Grades what was deferred, once the browser has told: an `error` with readyState 0 means that it reconnects. */
  gradeLater(play) {
    const told = this.deferred && play.marks[this.deferred.endings];
    if (!told) return null;
    const { answer } = this.deferred;
    this.deferred = null;
    return this.graded(answer, told.what === "error");
  }

  graded(answer, truth) {
    const right = truth === answer;
    this.all += 1;
    if (right) this.right += 1;
    return { right, answer, truth };
  }
}
