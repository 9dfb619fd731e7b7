// Node's http as people write it: a set of responses, and a write to each.
'use strict';
const http = require('node:http');

const subscribers = new Set();
let count = 0;

const server = http.createServer((request, response) => {
  switch (request.url) {
    case '/events':
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
      response.flushHeaders();
      subscribers.add(response);
      response.on('close', () => subscribers.delete(response));
      break;
    case '/publish': {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        count += 1;
        const event = `id: 19a3f00d-${count}\ndata: ${Buffer.concat(parts)}\n\n`;
        for (const subscriber of subscribers) subscriber.write(event);
        response.writeHead(202, { 'Content-Length': 0 });
        response.end();
      });
      break;
    }
    case '/plain':
      response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 13 });
      response.end('Hello, wire!\n');
      break;
    default:
      response.writeHead(404, { 'Content-Length': 0 });
      response.end();
  }
});
server.keepAliveTimeout = 600_000;
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
