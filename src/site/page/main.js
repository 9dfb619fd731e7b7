// The page: everything is put together here.

import { App } from "./app.js";
import { bindKeys, switchTheme } from "./keys.js";
import { bindPointer } from "./pointer.js";
import { parseState } from "./state.js";
import { addressOf } from "./lessons.js";
import { $, h, replace } from "./dom.js";

/** The headline is announced at most this often, in milliseconds, if that is asked for. */
const ANNOUNCE_EVERY = 5_000;

const app = new App();
app.start();
app.onLanguage = () => words(app);
words(app);
bindKeys(app);
bindPointer(app);
bindButtons(app);
announce(app);
await loadLessons(app);
app.follow();
// For tests and for those who are curious: wirestep.store in the console.
window.wirestep = app;

async function loadLessons(to) {
  try {
    const response = await fetch("/lessons", { headers: { Accept: "application/json" } });
    const list = await response.json();
    // A lesson that cannot be played has problems and no title.
    to.lessons = list.filter(({ title, question }) => title && question);
  } catch {
    to.lessons = [];
  }
  const named = /^\/lessons\/([^/]+)$/.exec(location.pathname)?.[1];
  const lesson = to.lessons.find(({ name }) => name === named);
  to.showing("score");
  if (location.pathname === "/lessons") to.list.open();
  addEventListener("hashchange", () => showState(to));
  if (showState(to) || !lesson) return;
  const query = new URLSearchParams(location.search);
  const values = Object.fromEntries(lesson.parameters.filter(({ name }) => query.has(name)).map(({ name }) => [name, query.get(name)]));
  to.stage.open(lesson, values, query.has("step"));
}

// A picture that an address names; false if it names none.
function showState(to) {
  const state = parseState(location.hash, to.lessons);
  if (state === null) return false;
  const { lesson, values, hold, client, at } = state;
  to.stage.open(lesson, values, hold);
  if (client === "EventSource" || client === "fetch") to.stage.how = client;
  if (at !== null) to.playUntil(addressOf(lesson, values, hold), to.stage.how, lesson.types ?? [], at);
  return true;
}

function words(to) {
  const { ui, keys } = to.words;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = ui[element.dataset.word];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", ui[element.dataset.label]);
  replace($("key-list"), keys.flatMap(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)]));
  if (to.stage?.isOpen) to.stage.paint();
  if (to.table?.isOpen) to.table.paint();
}

function bindButtons(to) {
  const on = (id, act) => $(id).addEventListener("click", act);
  on("lessons-button", () => to.list.open());
  on("demo-button", () => to.demo());
  on("connections-button", () => to.connections.toggle());
  on("table-button", () => to.table.toggle());
  on("language-button", () => to.setLanguage(to.words.lang === "en" ? "ko" : "en"));
  on("theme-button", () => switchTheme(to));
  on("help-button", () => $("help").showModal());
  on("save-button", () => to.save());
  on("open-button", () => $("file").click());
  on("help-close", () => $("help").close());
  $("file").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (file) to.load(await file.text());
    target.value = "";
  });
}

function announce(to) {
  let said = "";
  setInterval(() => {
    const text = $("headline").textContent;
    if (!$("announce").checked || text === said) return;
    said = text;
    to.say(text);
  }, ANNOUNCE_EVERY);
}
