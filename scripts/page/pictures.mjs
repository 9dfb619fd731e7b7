// Takes the pictures of docs/page.md: pictures.mjs FOLDER [NAME...]

import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { Browser, KEY } from "../../tests/page/browser.mjs";
import { Server } from "../../tests/page/server.mjs";

const [folder, ...wanted] = process.argv.slice(2);

// Conditions that a picture waits for, evaluated in the page.
const errorSeen = () => window.wirestep.player.marks.length > 0;
const closed = () => [...window.wirestep.view.connections].some((connection) => connection.closed !== null);
const held = (text) => window.wirestep.held && new TextDecoder().decode(window.wirestep.held.bytes).includes(text);

/** Each picture: language, theme, the address, and what is done there. */
const PICTURES = {
  score: { path: "/lessons/boundaries", act: playTo(errorSeen) },
  "score-ko": { lang: "ko", path: "/lessons/boundaries?case=character", act: playTo(errorSeen) },
  owners: { path: "/lessons/boundaries", act: async (browser) => {
    await playTo(errorSeen)(browser);
    await browser.run(async () => {
      const { wirestep } = window;
      const { octetThing } = await import("/page/selection.js");
      const [connection] = wirestep.view.connections;
      const second = connection.flows[1].events.findLast(({ state }) => state === "dispatched");
      wirestep.select(octetThing(wirestep.scene(), wirestep.view.itemAt(connection, 1, second.start), second.start));
    });
  } },
  held: { theme: "dark", path: "/lessons/boundaries?case=many&step", act: holdAt("3\r\n", "2") },
  "held-ko": { lang: "ko", theme: "dark", path: "/lessons/boundaries?case=many&step", act: holdAt("3\r\n", "2") },
  missing: { path: "/lessons/endings?end=midchunk", act: playTo(closed) },
  "three-ends": { path: "/lessons/three-ends?end=apart", act: playTo(closed) },
  connections: { path: "/", size: [1280, 470], act: forty },
};

function playTo(condition) {
  return async (browser) => {
    await browser.until(() => window.wirestep.what === "stage");
    await browser.keys(KEY.enter);
    await browser.until(condition);
  };
}

// Plays step by step until octets with this text are held, and makes a prediction.
function holdAt(text, prediction) {
  return async (browser) => {
    await browser.until(() => window.wirestep.what === "stage");
    await browser.keys(KEY.enter);
    await browser.until(() => window.wirestep.held !== null);
    await browser.keys(KEY.space);
    await browser.until(held, text);
    await browser.keys(prediction);
  };
}

async function forty(browser, server) {
  const sockets = Array.from({ length: 12 }, (_, i) => {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(`GET /api/sse/events?count=${10 + i}&interval=${40 + 9 * i}ms HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.on("error", () => {});
    socket.resume();
    return socket;
  });
  await browser.until(() => [...window.wirestep.store.connections.values()].filter(({ moments }) => moments.length > 9).length >= 12);
  sockets[3].resetAndDestroy();
  await browser.until(() => [...window.wirestep.store.connections.values()].some(({ rst }) => rst !== null));
  await browser.keys("c");
}

const server = await Server.start("--trace", "off");
const browser = await Browser.start();
for (const [name, { lang = "en", theme = "light", size = [1280, 720], path, act }] of Object.entries(PICTURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await browser.command("POST", `${browser.session}/url`, { url: `${server.url}/page/icon.svg` });
  await browser.run((...chosen) => {
    localStorage.setItem("wirestep.lang", chosen[0]);
    localStorage.setItem("wirestep.theme", chosen[1]);
  }, lang, theme);
  await browser.size(...size);
  await browser.open(server.url + path);
  await act(browser, server);
  await browser.run(() => document.activeElement.blur?.());
  await browser.run(() => new Promise((resolve) => {
    const { stats } = window.wirestep;
    const enough = stats.drawn + 2;
    const look = () => {
      window.wirestep.dirty = true;
      return stats.drawn >= enough ? resolve() : requestAnimationFrame(look);
    };
    look();
  }));
  const picture = await browser.screenshot();
  await writeFile(`${folder}/${name}.png`, picture);
  console.log(`${name}.png: ${Math.round(picture.length / 1024)} KiB`);
  await browser.run(() => window.wirestep.player.stop());
}
await browser.close();
await server.stop();
