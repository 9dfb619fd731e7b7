// The address of a picture: a lesson, its parameters, and the moment of the playhead.
//
//     /#15?case=character&at=0.62     lesson 15 is played, and then shown as it was 0.62 s after its beginning
//     /#15?case=character             its stage
//
// Each play has other times to some milliseconds. So the moment of an address lies in the middle of a silence, where such a
// difference changes nothing.

/** Members of an address that are no parameters of the lesson. */
const OWN = new Set(["at", "lang", "step", "client"]);

/** What an address names: { lesson, values, at, hold, client }; null if it names no lesson. `at` is null or in seconds. */
export function parseState(hash, lessons) {
  const [, name, query = ""] = /^#([\w-]+)(?:\?(.*))?$/.exec(hash) ?? [];
  const lesson = lessons.find((it) => it.name === name || String(it.number) === name);
  if (lesson === undefined) return null;
  const asked = new URLSearchParams(query);
  const known = lesson.parameters.filter((parameter) => !OWN.has(parameter.name) && asked.has(parameter.name));
  const at = asked.has("at") && asked.get("at") !== "" ? Number(asked.get("at")) : NaN;
  return {
    lesson, values: Object.fromEntries(known.map((parameter) => [parameter.name, asked.get(parameter.name)])),
    at: Number.isFinite(at) && at >= 0 ? at : null, hold: asked.has("step"), client: asked.get("client"),
  };
}

/** The address of a moment of a lesson that was played from `target` (`/lessons/NAME?…`). */
export function stateAddress(lesson, target, at, client = null) {
  const query = new URLSearchParams(target.split("?")[1] ?? "");
  query.delete("step");
  if (client !== null) query.set("client", client);
  query.set("at", String(at));
  return `/#${lesson.number ?? lesson.name}?${query}`;
}

/** The moment of a playhead in seconds since the first item: between its item and the next that comes later. */
export function momentOf({ items, firstAt }, playhead) {
  const { at } = items[playhead];
  const next = items.slice(playhead + 1).find((item) => item.kind !== "silence" && item.at > at);
  const moment = next === undefined ? at + 0.05 : (at + next.at) / 2;
  return Number((moment - firstAt).toFixed(4));
}

/** The playhead of a moment: the last item that has passed by then. */
export function playheadOf({ items, firstAt }, at) {
  let index = items.findLastIndex((item) => item.at - firstAt <= at);
  while (index > 0 && items[index].kind === "silence") index -= 1;
  return Math.max(0, index);
}
