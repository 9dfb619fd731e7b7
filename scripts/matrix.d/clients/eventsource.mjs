// An EventSource in Node: one line of JSON for each callback, and its last readyState when it gets SIGTERM.
//
// usage: node --experimental-eventsource eventsource.mjs own URL    that of Node
//        node eventsource.mjs FOLDER URL                            that of the package eventsource below FOLDER

import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [which, url] = process.argv.slice(2);
const { EventSource } =
  which === "own" ? globalThis : await import(pathToFileURL(createRequire(`${which}/`).resolve("eventsource")));

const note = (what, value) => writeSync(1, `${JSON.stringify({ at: Date.now(), what, value })}\n`);
const source = new EventSource(url);
source.onopen = () => note("open");
source.onmessage = ({ data }) => note("message", data);
source.onerror = () => note("error", source.readyState);
process.on("SIGTERM", () => {
  note("state", source.readyState);
  process.exit(0);
});
// Between two connections nothing else keeps Node awake.
setInterval(() => {}, 1000);
