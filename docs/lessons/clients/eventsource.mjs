// Node's EventSource, and what it tells its user: eventsource.mjs URL CONNECTIONS
//
// One line for each callback, with readyState and, for a message, its data and last event ID. Ends when the stream has
// been opened CONNECTIONS times and ended as often, or when the EventSource gives up.
// Node has an EventSource from 20.18 on, and keeps it behind a flag, so this starts itself again with that.
import { spawnSync } from "node:child_process";

const [url, connections] = process.argv.slice(2);
if (!globalThis.EventSource) {
  const flags = ["--experimental-eventsource", "--no-warnings"];
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 18) || process.execArgv.includes(flags[0])) {
    console.error(`eventsource.mjs needs the EventSource of Node 20.18 or newer; this is ${process.version}`);
    process.exit(1);
  }
  process.exit(spawnSync(process.execPath, [...flags, ...process.argv.slice(1)], { stdio: "inherit" }).status ?? 1);
}
// Between two connections nothing else keeps Node awake.
setInterval(() => {}, 1000);
const source = new EventSource(url);
let ended = 0;
source.onopen = () => console.log(`open     readyState ${source.readyState}`);
source.onmessage = ({ data, lastEventId }) =>
  console.log(`message  ${JSON.stringify(data)}  lastEventId ${JSON.stringify(lastEventId)}`);
source.onerror = () => {
  ended += 1;
  console.log(`error    readyState ${source.readyState}`);
  if (ended >= Number(connections) || source.readyState === EventSource.CLOSED) {
    source.close();
    process.exit(0);
  }
};
