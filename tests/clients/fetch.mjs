// Node's fetch (undici and its pool): a stream to its end, and a second request.
//
// usage: fetch.mjs ORIGIN STREAM-PATH [NEXT-PATH]
//
// The body is shown as it comes; remarks are comments of the event stream.

import { writeSync } from "node:fs";

const show = (text) => writeSync(1, text);

const [origin, stream, next] = process.argv.slice(2);
const response = await fetch(origin + stream);
show(`: ${response.status} ${response.headers.get("content-type")}\n`);
const decoder = new TextDecoder();
for await (const piece of response.body) {
  show(decoder.decode(piece, { stream: true }));
}
show(": end\n");
if (next) {
  // The body has ended in the middle of the read that brought its end; the pool has the connection back after it.
  await new Promise(setImmediate);
  const response = await fetch(origin + next);
  show(`: ${response.status} ${JSON.stringify(await response.text())}\n`);
}
// The pool would keep the connection, and with it the process, for as long as the server does.
process.exit(0);
