// The runs of scripts/bench/page, and their table.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Browser } from "../../tests/page/browser.mjs";
import { Server } from "../../tests/page/server.mjs";

const run = promisify(execFile);
const server = await Server.start("--trace", "off");
const browser = await Browser.start();

const curl = (query) => run("curl", ["-sN", "-o", "/dev/null", `${server.url}/api/sse/events?${query}`]);

const RUNS = [
  ["10 events, 300 ms apart, to curl", () => curl("count=10&interval=300ms")],
  ["1,000 events without a pause", () => curl("count=1000&interval=0s")],
  ["2,000 events, 1 ms apart", () => curl("count=2000&interval=1ms")],
  ...[1, 2, 3].map((turn) => [`100,000 events without a pause, time ${turn}`, () => curl("count=100000&interval=0s")]),
  ["40 connections at once, 28 events each", () => Promise.all(Array.from({ length: 40 }, (_, i) => curl(`count=28&interval=${20 + i}ms`)))],
];

console.log("| run | records | lost | store, µs a record | picture, ms | frames late | tasks > 50 ms (worst) | heap, MiB |");
console.log("|---|---|---|---|---|---|---|---|");
for (const [name, act] of RUNS) {
  await browser.open(`${server.url}/`);
  await browser.run(() => {
    const seen = { frames: 0, late: 0, tasks: [], last: performance.now() };
    window.seen = seen;
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    const frame = (now) => {
      seen.frames += 1;
      if (now - seen.last > 25) seen.late += 1;
      seen.last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await act();
  // All is there when the view has taken in the whole log and what was looked at has been closed.
  await browser.until(() => {
    const { store, view, looking } = window.wirestep;
    return looking?.connection && looking.connection.closed !== null && view.nextEntry - store.gone >= store.log.length;
  });
  await browser.cdp("HeapProfiler.collectGarbage");
  const { usedSize } = await browser.cdp("Runtime.getHeapUsage");
  const { stats, lost, seen } = await browser.run(() => ({ stats: window.wirestep.stats, lost: window.wirestep.store.lost, seen: window.seen }));
  const worst = seen.tasks.length > 0 ? ` (${Math.round(Math.max(...seen.tasks))})` : "";
  console.log(`| ${[
    name, stats.records, lost, ((stats.applyTime * 1000) / Math.max(1, stats.records)).toFixed(1), (stats.drawTime / Math.max(1, stats.drawn)).toFixed(1),
    `${seen.late} of ${seen.frames}`, `${seen.tasks.length}${worst}`, (usedSize / 1024 / 1024).toFixed(1),
  ].join(" | ")} |`);
}
await browser.close();
await server.stop();
