// Lessons: the list (a dialog), and the stage: one lesson before it is played.

import { $, h, replace } from "./dom.js";

/** The address that plays a lesson with these values; only what differs from the default stands in it. */
export function addressOf(lesson, values, hold) {
  const parts = lesson.parameters.filter(({ name, default: usual }) => (values[name] ?? usual) !== usual)
    .map(({ name }) => `${encodeURIComponent(name)}=${encodeURIComponent(values[name])}`);
  if (hold) parts.push("step");
  return `/lessons/${lesson.name}${parts.length > 0 ? `?${parts.join("&")}` : ""}`;
}

/** Lessons are shown in their parts. */
export function partsOf(lessons) {
  const parts = new Map();
  for (const lesson of lessons) {
    const key = lesson.part?.number ?? 0;
    if (!parts.has(key)) parts.set(key, { part: lesson.part, lessons: [] });
    parts.get(key).lessons.push(lesson);
  }
  return [...parts.values()];
}

export class LessonList {
  constructor(app) {
    this.app = app;
    this.typed = "";
    this.dialog = $("lessons");
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  open() {
    this.paint();
    this.typed = "";
    this.dialog.showModal();
    const current = this.app.lesson ?? this.app.lessons[0];
    this.dialog.querySelector(`[data-name="${CSS.escape(current?.name ?? "")}"]`)?.focus();
  }

  paint() {
    const { words, lessons } = this.app;
    const { lang } = words;
    const parts = partsOf(lessons).map(({ part, lessons: list }) => h("section", {},
      h("h3", {}, part?.[lang] ?? ""),
      list.map((lesson) => h("button", {
        class: "lesson", "data-name": lesson.name, type: "button", onclick: () => this.choose(lesson),
      }, h("b", {}, lesson.number === undefined ? "" : String(lesson.number)), " ", lesson.title[lang] ?? lesson.name))));
    // Parts 1 and 3 stand on the left, 2 and 4 on the right.
    replace(this.dialog, h("h2", { id: "lessons-title" }, words.ui.lessons), h("div", { class: "parts" }, parts));
  }

  choose(lesson) {
    this.dialog.close();
    this.app.stage.open(lesson);
  }

  key(event) {
    const buttons = [...this.dialog.querySelectorAll("button.lesson")];
    const at = buttons.indexOf(document.activeElement);
    if (/^[0-9]$/.test(event.key)) this.type(event.key, buttons);
    else if (event.key === "ArrowDown") buttons[Math.min(buttons.length - 1, at + 1)]?.focus();
    else if (event.key === "ArrowUp") buttons[Math.max(0, at - 1)]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Typing 1, 5 goes to lesson 15; digits that lead nowhere begin anew.
  type(digit, buttons) {
    const numbers = this.app.lessons.map(({ number }) => String(number));
    this.typed = numbers.includes(this.typed + digit) ? this.typed + digit : digit;
    const lesson = this.app.lessons.find(({ number }) => String(number) === this.typed);
    if (lesson) buttons.find((button) => button.dataset.name === lesson.name)?.focus();
  }
}

export class Stage {
  constructor(app) {
    this.app = app;
    this.element = $("stage");
    this.values = {};
    this.hold = false;
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.play();
    });
    // Enter plays from every field; a list of choices would open instead.
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.matches("button")) return;
      event.preventDefault();
      this.play();
    });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  open(lesson, values = {}, hold = false) {
    this.app.lesson = lesson;
    this.values = { ...values };
    this.hold = hold;
    this.how = lesson.client === "EventSource" ? "EventSource" : "fetch";
    this.paint();
    this.app.showing("stage");
    this.element.querySelector("select, input, button")?.focus();
    this.remember();
  }

  paint() {
    const { words, lesson } = this.app;
    const { lang, ui } = words;
    const prediction = lesson.predict?.[lang];
    replace(this.element,
      h("p", { class: "which" }, lesson.number === undefined ? "" : `${lesson.number}. `, lesson.title[lang] ?? lesson.name),
      h("h1", {}, lesson.question[lang] ?? ""),
      prediction && h("blockquote", {}, h("b", {}, ui.predict), " ", prediction),
      h("form", {},
        lesson.parameters.map((parameter) => this.field(parameter)),
        this.clientField(),
        h("label", { class: "check" },
          h("input", { type: "checkbox", name: "hold", ".checked": this.hold, onchange: (event) => this.setHold(event.target.checked) }), " ", ui.hold),
        h("button", { class: "play", type: "submit" }, ui.play, " ⏎")),
      lesson.client === "raw" && h("p", {}, ui.raw),
      h("p", { class: "curl" }, h("code", { id: "curl" }, this.curl()), " ",
        h("button", { type: "button", onclick: (event) => this.copy(event.target) }, ui.copy)));
  }

  field(parameter) {
    const { name, words: choices, is, default: usual } = parameter;
    const list = choices ?? (/^one of /.test(is ?? "") ? is.replace(/^one of /, "").split(", ") : null);
    const value = this.values[name] ?? usual;
    const onchange = (event) => this.set(name, event.target.value);
    const control = list
      ? h("select", { name, onchange }, list.map((choice) => h("option", { value: choice, ".selected": choice === value }, choice)))
      : h("input", { name, value, size: 8, autocomplete: "off", spellcheck: "false", onchange, title: is });
    return h("label", {}, h("span", {}, name), control);
  }

  clientField() {
    const onchange = (event) => {
      this.how = event.target.value;
    };
    return h("label", {}, h("span", {}, this.app.words.ui.withClient),
      h("select", { name: "client", onchange },
        ["EventSource", "fetch"].map((how) => h("option", { value: how, ".selected": how === this.how }, how))));
  }

  set(name, value) {
    this.values[name] = value;
    this.changed();
  }

  setHold(hold) {
    this.hold = hold;
    this.changed();
  }

  toggleHold() {
    const box = this.element.querySelector("input[name=hold]");
    box.checked = !box.checked;
    this.setHold(box.checked);
  }

  changed() {
    $("curl").textContent = this.curl();
    this.remember();
  }

  // The address bar has the address of the lesson: a browser gets this page there, curl gets the stream.
  remember() {
    history.replaceState(null, "", addressOf(this.app.lesson, this.values, this.hold));
  }

  curl() {
    const { lesson } = this.app;
    if (lesson.client === "raw" && !this.hold) return (lesson.try?.[0] ?? "").replaceAll("HOST", location.host);
    return `curl -N --raw '${location.origin}${addressOf(lesson, this.values, this.hold)}'`;
  }

  async copy(button) {
    await navigator.clipboard?.writeText(this.curl()).catch(() => {});
    button.textContent = this.app.words.ui.copied;
  }

  play() {
    for (const control of this.element.querySelectorAll("select, input")) {
      if (control.name && control.name !== "client" && control.type !== "checkbox") this.values[control.name] = control.value;
    }
    const { lesson } = this.app;
    this.changed();
    this.app.play(addressOf(lesson, this.values, this.hold), this.how, lesson.types ?? []);
  }
}
