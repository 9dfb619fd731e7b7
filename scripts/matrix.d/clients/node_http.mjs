// Node's http: the body by "data". The first "error" counts, whether the request says it or the response.
//
// usage: node_http.mjs URL

import { writeSync } from "node:fs";
import http from "node:http";

const finish = (error) => {
  if (error) writeSync(2, `${error.code ?? error.name}: ${error.message}\n`);
  process.exit(error ? 1 : 0);
};

const request = http.get(process.argv[2], (response) => {
  response.on("data", (piece) => writeSync(1, piece));
  response.on("error", finish);
  // An error in the octets behind the response is told before this.
  response.on("end", () => finish());
});
request.on("error", finish);
