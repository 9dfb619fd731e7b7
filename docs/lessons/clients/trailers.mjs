// A client that shows the trailer section: trailers.mjs URL
import http from "node:http";

http.get(process.argv[2], (response) => {
  let body = "";
  response.on("data", (piece) => (body += piece));
  response.on("end", () => {
    console.log("body    ", JSON.stringify(body));
    console.log("trailers", JSON.stringify(response.trailers));
  });
});
