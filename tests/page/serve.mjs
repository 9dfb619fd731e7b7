// Serves the files of the page from the source, and everything else from a wirestep that runs: serve.mjs PORT UPSTREAM
//
// For work on the page without a build: a changed file is there with the next reload.

import { createServer, request } from "node:http";
import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";

const [port, upstream] = process.argv.slice(2).map(Number);
const folder = join(import.meta.dirname, "../../src/site/page");
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

const server = createServer(async (asked, answer) => {
  const path = asked.url.split("?")[0];
  const navigation = asked.headers["sec-fetch-dest"] === "document";
  const file = path.startsWith("/page/") ? basename(path) : navigation ? "index.html" : null;
  if (file === null) return relay(asked, answer);
  try {
    const octets = await readFile(join(folder, file));
    answer.writeHead(200, { "Content-Type": TYPES[extname(file)], "Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'self'" });
    return answer.end(octets);
  } catch {
    answer.writeHead(404);
    return answer.end();
  }
});

function relay(asked, answer) {
  const { method, url, headers } = asked;
  const sent = request({ host: "127.0.0.1", port: upstream, method, path: url, headers }, (got) => {
    answer.writeHead(got.statusCode, got.rawHeaders);
    answer.flushHeaders();
    got.pipe(answer);
    got.on("error", () => answer.destroy());
    got.on("aborted", () => answer.destroy());
  });
  sent.on("error", () => answer.destroy());
  answer.on("close", () => sent.destroy());
  asked.pipe(sent);
}

server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
