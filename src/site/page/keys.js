// Keys. Each also has a button or a place to point at; single keys can be switched off (WCAG 2.1.4).

import { $ } from "./dom.js";
import { remember } from "./preferences.js";

export function bindKeys(app) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (typing && event.key !== "Escape") return;
    if (act(app, event)) event.preventDefault();
  });
}

function act(app, event) {
  const { key } = event;
  if (key === "Escape") return done(app.back());
  const onButton = event.target.matches("button, a, input[type=checkbox], tr");
  if (onButton && (key === " " || key === "Enter")) return false;
  if (!$("single-keys").checked) return false;
  if (app.held && app.playhead === null && app.bets.take(key)) {
    app.dirty = true;
    return true;
  }
  if (app.what === "score" && moves(app, key)) return true;
  const letter = LETTERS[key.toLowerCase()];
  if (letter === undefined) return false;
  return letter(app) !== false;
}

const done = () => true;

function moves(app, key) {
  switch (key) {
    case " ": return done(app.space());
    case "ArrowRight": return done(app.move(1));
    case "ArrowLeft": return done(app.move(-1));
    case "ArrowUp": return done(app.move(-1, true));
    case "ArrowDown": return done(app.move(1, true));
    case "Home": return done(app.selection && app.move(-Infinity));
    case "End": return done(app.selection && app.move(Infinity));
    case ",": return done(app.step(-1));
    case ".": return done(app.step(1));
    case "+": case "=": return done(app.zoom(1.25));
    case "-": return done(app.zoom(0.8));
    case "0": return done(app.autoZoom(false));
    default: return false;
  }
}

const LETTERS = {
  l: (app) => app.list.open(),
  d: (app) => app.demo(),
  c: (app) => app.connections.toggle(),
  r: (app) => app.release(true),
  a: (app) => app.again(),
  f: (app) => app.wholeOrReading(),
  b: (app) => app.peel(),
  w: (app) => toggle(app, "why"),
  y: (app) => app.table.toggle(),
  x: (app) => toggle(app, "hex"),
  n: (app) => (app.waiting ? app.look(app.waiting, true) : false),
  g: (app) => app.setLanguage(app.words.lang === "en" ? "ko" : "en"),
  t: (app) => switchTheme(app),
  s: (app) => app.save(),
  o: () => $("file").click(),
  h: (app) => (app.what === "stage" ? app.stage.toggleHold() : false),
  "?": () => $("help").showModal(),
};

function toggle(app, name) {
  app[name] = !app[name];
  app.dirty = true;
}

export function switchTheme(app) {
  const theme = app.theme === "dark" ? "light" : "dark";
  remember("theme", theme);
  app.setTheme(theme);
}
