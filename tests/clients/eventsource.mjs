// npm eventsource: shows what it dispatches until it gives up, which is when the server answers 204.
//
// usage: eventsource.mjs URL

import { writeSync } from "node:fs";
import { EventSource } from "eventsource";

const show = (text) => writeSync(1, text);

const source = new EventSource(process.argv[2]);
source.onopen = () => show(": open\n");
source.onmessage = (event) => show(`id:${event.lastEventId}\nevent:${event.type}\ndata:${event.data}\n\n`);
source.onerror = () => {
  if (source.readyState === EventSource.CLOSED) {
    show(": closed\n");
    process.exit(0);
  }
  show(": connecting\n");
};
