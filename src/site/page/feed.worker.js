// The worker: it follows GET /trace, reads lines of JSON and hands batches to the page.
//
// Messages to it:    { follow: URL, language } | { language } | { load: text } | { save: true }
// Messages from it:  { batch, skew, records } | { status: "open" | "broken" | "refused" | "loaded" } | { saved: Blob }

import { BatchWriter, buffersOf } from "./batch.js";
import { EventStreamReader } from "./sse.js";

/** Lines that are kept for saving: octets at most. */
const MOST_KEPT = 24 * 1024 * 1024;
/** A batch leaves after this long, in milliseconds, or with this many records. */
const BATCH_TIME = 30;
const BATCH_RECORDS = 2_000;
/** The pause before the trace is asked for again, in milliseconds, and what it grows to. */
const FIRST_PAUSE = 500;
const LAST_PAUSE = 5_000;

const writer = new BatchWriter();
let timer = 0;
// This clock minus the server's clock, in seconds. The fastest record is the best guess: none comes before it was made.
let skew = Infinity;
let lastAt = 0;
// The language of the sentences, and whether the server has them in any but English.
let language = "en";
let speaks = true;
let asking = null;

class Kept {
  constructor() {
    this.lines = [];
    this.size = 0;
    this.first = 0;
  }

  push(line) {
    this.lines.push(line);
    this.size += line.length;
    while (this.size > MOST_KEPT) {
      this.size -= this.lines[this.first].length;
      this.lines[this.first] = "";
      this.first += 1;
    }
    if (this.first > 10_000) {
      this.lines = this.lines.slice(this.first);
      this.first = 0;
    }
  }

  blob() {
    const lines = this.lines.slice(this.first).map((line) => `${line}\n`);
    return new Blob(lines, { type: "application/jsonl" });
  }
}

const kept = new Kept();

function take(line, now) {
  let record;
  try {
    record = JSON.parse(line);
  } catch {
    return;
  }
  if (typeof record !== "object" || record === null) return;
  kept.push(line);
  if (now !== null && Number.isFinite(record.at)) skew = Math.min(skew, now - record.at);
  lastAt = record.at ?? lastAt;
  add(record);
}

function add(record) {
  writer.add(record);
  if (writer.count >= BATCH_RECORDS) send();
  else timer ||= setTimeout(send, BATCH_TIME);
}

function send() {
  clearTimeout(timer);
  timer = 0;
  if (writer.empty) return;
  const records = writer.count;
  const batch = writer.take();
  postMessage({ batch, skew, records }, buffersOf(batch));
}

async function follow(url) {
  let pause = FIRST_PAUSE;
  let lastId = "";
  const reader = () => new EventStreamReader({
    event: ({ data, id }) => {
      if (id !== "") {
        if (lastId !== "" && lifeOf(id) !== lifeOf(lastId)) anew();
        lastId = id;
      }
      pause = FIRST_PAUSE;
      take(data, performance.timeOrigin / 1000 + performance.now() / 1000);
    },
    comment: (text) => {
      const lost = /^lost (\d+)/.exec(text);
      if (lost) add({ what: "lost", at: lastAt, records: Number(lost[1]) });
      else if (text.startsWith("lost")) add({ what: "lost", at: lastAt, records: null });
    },
  });
  for (;;) {
    const status = await once(url, lastId, reader());
    if (status !== "again") postMessage({ status });
    if (status === "refused") return;
    if (status === "again") continue;
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(LAST_PAUSE, pause * 2);
  }
}

// An id is `LIFE-NUMBER`: another life is another server, or the same one that has forgotten what it had kept.
const lifeOf = (id) => id.slice(0, id.lastIndexOf("-"));

function anew() {
  skew = Infinity;
  add({ what: "restarted" });
}

async function once(url, lastId, events) {
  try {
    const address = new URL(url);
    if (lastId) address.searchParams.set("last_event_id", lastId);
    if (language !== "en" && speaks) address.searchParams.set("lang", language);
    asking = new AbortController();
    const response = await fetch(address, { headers: { Accept: "text/event-stream" }, signal: asking.signal });
    if (response.status === 400 && address.searchParams.has("lang")) {
      speaks = false;
      return once(url, lastId, events);
    }
    if (!response.ok) return response.status === 403 ? "refused" : "broken";
    postMessage({ status: "open" });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return "broken";
      events.push(value);
    }
  } catch (error) {
    return error.name === "AbortError" ? "again" : "broken";
  }
}

// Sentences come in the new language from the next record on.
function speak(wanted) {
  if (wanted === language) return;
  language = wanted;
  if (speaks) asking?.abort();
}

onmessage = ({ data }) => {
  if (data.language) speak(data.language);
  if (data.follow) follow(data.follow);
  if (data.load !== undefined) {
    for (const line of data.load.split("\n")) if (line.trim() !== "") take(line, null);
    send();
    postMessage({ status: "loaded" });
  }
  if (data.save) postMessage({ saved: kept.blob() });
};
