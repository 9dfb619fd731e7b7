// The pointer: a thing that is pointed at is lit, a click selects it; a click on the clock moves the playhead.

import { thingAt } from "./selection.js";
import { timeScale } from "./clock.js";
import { $ } from "./dom.js";

export function bindPointer(app) {
  const score = $("score");
  score.addEventListener("pointermove", (event) => point(app, event, event.buttons === 1));
  score.addEventListener("pointerdown", (event) => point(app, event, true));
  score.addEventListener("pointerleave", () => {
    app.hover = null;
    app.dirty = true;
  });
  score.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey) app.zoom(event.deltaY < 0 ? 1.1 : 0.9);
    else app.pan(event.deltaX || event.deltaY);
  }, { passive: false });
}

function point(app, event, chosen) {
  if (!app.drawnScene || app.what !== "score") return;
  const { left, top } = app.canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - left, event.clientY - top];
  const { strip, ticks } = app.geometry;
  if (y >= strip.y && y <= ticks.y + ticks.h) {
    if (chosen) seek(app, x);
    return;
  }
  const thing = thingAt(app.drawnScene, x, y);
  if (chosen) app.select(thing);
  else if (thing?.left !== app.hover?.left || thing?.lane !== app.hover?.lane) {
    app.hover = thing;
    app.dirty = true;
  }
}

function seek(app, x) {
  const { items } = app.view;
  if (items.length === 0) return;
  const at = timeScale(app.drawnScene).at(x);
  const index = items.findLastIndex((item) => item.at <= at);
  app.setPlayhead(Math.max(0, index));
}
