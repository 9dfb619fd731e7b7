// Node's fetch (undici): the body as it comes.
//
// usage: node_fetch.mjs URL

import { writeSync } from "node:fs";

try {
  const response = await fetch(process.argv[2]);
  for await (const piece of response.body ?? []) writeSync(1, piece);
} catch (error) {
  const { code, message } = error.cause ?? {};
  writeSync(2, `${error.message}: ${[code, message].filter(Boolean).join(" ")}\n`);
  process.exit(1);
}
// The pool would keep the connection, and with it the process.
process.exit(0);
