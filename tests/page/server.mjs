// A wirestep for a test: on a free port, with its trace as lines of JSON where that is wanted.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { connect } from "node:net";

const running = new Set();

export class Server {
  static async start(...options) {
    const server = new Server();
    const program = process.env.WIRESTEP ?? new URL("../../target/debug/wirestep", import.meta.url).pathname;
    server.records = [];
    running.add(server);
    const listen = options.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
    server.process = spawn(program, [...listen, ...options], { stdio: ["ignore", "pipe", "pipe"] });
    createInterface({ input: server.process.stdout }).on("line", (line) => server.take(line));
    const lines = createInterface({ input: server.process.stderr });
    server.url = await new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        const url = /listening on (http:\/\/[^/]+)/.exec(line)?.[1];
        if (url) resolve(url);
      });
      server.process.on("error", reject);
      server.process.on("exit", (code) => reject(new Error(`wirestep ended with ${code}`)));
    });
    server.port = Number(new URL(server.url).port);
    return server;
  }

  take(line) {
    this.records.push(JSON.parse(line));
    this.heard?.();
  }

  /** Waits until the records satisfy a condition. */
  until(condition) {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition(this.records)) return;
        this.heard = null;
        resolve();
      };
      this.heard = look;
      look();
    });
  }

  /** Sends these octets and gives what comes until the server closes, or until `enough` says so. */
  raw(octets, enough = () => false) {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, "127.0.0.1", () => socket.write(octets));
      const pieces = [];
      const finish = () => {
        socket.destroy();
        resolve(Buffer.concat(pieces));
      };
      socket.on("data", (piece) => {
        pieces.push(piece);
        if (enough(Buffer.concat(pieces))) finish();
      });
      socket.on("close", finish);
      socket.on("error", (error) => (error.code === "ECONNRESET" ? finish() : reject(error)));
    });
  }

  /** Stops what a failed test has left running, or the run would not end. */
  static async stopAll() {
    for (const server of [...running]) await server.stop();
  }

  async stop() {
    running.delete(this);
    this.process.removeAllListeners("exit");
    const ended = new Promise((resolve) => this.process.on("exit", resolve));
    this.process.kill("SIGINT");
    await ended;
  }
}

/** Every lesson with every value of its words, as targets; times are made short. */
export function casesOf(lessons, pause = "20ms") {
  return lessons.flatMap((lesson) => {
    const words = lesson.parameters.find(({ kind }) => kind === "word");
    const rest = lesson.parameters.filter(({ kind }) => kind === "time").map(({ name, least }) => `${name}=${least > 20 ? `${least}ms` : pause}`);
    const cases = words ? words.words.map((word) => [`${words.name}=${word}`, ...rest]) : [rest];
    return cases.map((query) => ({ lesson, target: `/lessons/${lesson.name}${query.length > 0 ? `?${query.join("&")}` : ""}` }));
  });
}
