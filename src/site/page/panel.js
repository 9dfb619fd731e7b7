// The panel: what is pointed at, in words; else the held step and its question; else why; else what has just happened.

import { h, withCode } from "./dom.js";
import { ownersOf } from "./selection.js";
import { glyph } from "./lane-octets.js";
import { OWNER } from "./labels.js";
import { NO_REMARK, ROW_WIDTH } from "./batch.js";
import { visible } from "./sheet.js";
import { TONES } from "./verdict.js";

/** Findings that are shown at once. */
const MOST_FINDINGS = 4;
/** Rows of one write that are shown. */
const MOST_ROWS = 12;
/** Characters of a row's own text. */
const MOST_TEXT = 48;

export function aboutThing(scene, thing, words) {
  const say = words.panel;
  const since = sinceOf(scene, thing.entry?.at ?? thing.item?.at ?? thing.entity?.at, words);
  switch (thing.kind) {
    case "octet": return octet(scene, thing, words, since);
    case "head": return write(thing.entry, words, since, rowsOf(thing.entry));
    case "write": return write(thing.entry, words, since, rowsOf(thing.entry));
    case "mark": return mark(thing.item, words, since);
    case "missing": return titled(say.missing(thing.item.count), since, say.missingText);
    case "message": return titled(say.message(thing.entity.number), since, say.messageText(thing.entity, thing.entity.fired !== null), visible(thing.entity.data ?? ""));
    case "event": {
      const state = scene.stateOf(thing.entity);
      return titled(say.event(thing.entity.number, state), since, say.eventText[state], visible(thing.entity.data ?? ""), chips(scene, thing, words));
    }
    case "chunk": return titled(say.chunk(thing.entity), since, say.chunkText(thing.entity), "", chips(scene, thing, words));
    case "body": return titled(words.framing.body(thing.entity)[0], since, say.framedBy[thing.entity.framing]);
    case "request": case "response": return message(scene, thing, words, since);
    default: return [];
  }
}

function sinceOf(scene, at, words) {
  if (at === undefined || scene.view.firstAt === null) return "";
  const seconds = Math.max(0, at - scene.view.firstAt);
  return words.panel.since(seconds < 10 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`);
}

function titled(title, since, sentence, quote = "", rest = [], section = "") {
  return [
    h("h2", {}, title, " ", rest, since && h("small", {}, since)),
    h("p", {}, sentence, section && " ", section && h("small", {}, section)),
    quote && h("p", { class: "quote" }, h("code", {}, quote)),
  ].filter(Boolean);
}

function chips(scene, thing, words) {
  const { event, chunk, message: owner, write: entry } = ownersOf(scene, thing);
  const { chip } = words.panel;
  const made = [];
  const add = (text, kind) => made.push(h("span", { class: `chip ${kind}` }, text), " ");
  if (event && thing.kind !== "event") add(chip.event(event.number), event.number % 2 === 1 ? "odd" : "even");
  if (chunk && thing.kind !== "chunk") add(chunk.last ? words.panel.lastChunk : chip.chunk(chunk.number), "frame");
  if (owner) add(owner.flow === 1 ? chip.response(owner.order) : chip.request(owner.order), "head");
  if (entry) add(entry.flow === 1 ? chip.write(entry.order) : chip.read(entry.order), entry.flow === 1 ? "write" : "read");
  return made;
}

// ---- octets and writes -------------------------------------------------------------------------------------------

function octet(scene, thing, words, since) {
  const tape = thing.connection.tapes[thing.flow];
  const value = tape.octet(thing.a);
  const row = rowsOf(thing.entry).find(({ start, end }) => thing.a >= start && thing.a < end);
  const owner = Object.keys(OWNER).find((name) => OWNER[name] === tape.owner(thing.a));
  const label = scene.names.get(tape.label(thing.a)) ?? row?.name ?? "";
  return [
    h("div", { class: `sample ${owner}` }, h("b", {}, glyph(value)[0]), h("span", {}, value.toString(16).padStart(2, "0"))),
    h("div", {},
      h("h2", {}, label, " ", chips(scene, thing, words), since && h("small", {}, since)),
      row && h("p", {}, row.explanation, " ", h("small", {}, row.section)),
      row?.remark && h("p", { class: "remark" }, "⚠ ", row.remark),
      row && h("p", { class: "quote" }, h("code", {}, textOf(thing, row)))),
  ];
}

export function rowsOf(entry) {
  const rows = [];
  const { rows: packed, rowsFrom = 0, rowsTo = 0, strings } = entry;
  for (let i = rowsFrom; i < rowsTo; i += ROW_WIDTH) {
    rows.push({
      entry, start: entry.start + packed[i], end: entry.start + packed[i] + packed[i + 1], name: strings[packed[i + 2]],
      explanation: strings[packed[i + 3]], section: strings[packed[i + 4]], continues: packed[i + 5] === 1,
      remark: packed[i + 6] === NO_REMARK ? null : strings[packed[i + 6]],
    });
  }
  return rows;
}

export function textOf({ connection, flow }, { start, end }) {
  const text = visible(connection.tapes[flow].text(start, Math.min(end, start + 4 * MOST_TEXT)));
  const letters = [...text];
  return letters.length > MOST_TEXT ? `${letters.slice(0, MOST_TEXT).join("")}…` : text;
}

function write(entry, words, since, rows) {
  const title = entry.flow === 1 ? words.panel.write(entry.order) : words.panel.read(entry.order);
  const shown = rows.slice(0, MOST_ROWS);
  const list = shown.map((row) => h("li", {}, h("code", {}, textOf(entry, row)), " ", row.explanation, " ", h("small", {}, short(row.section)),
    row.remark && h("em", {}, " ⚠ ", row.remark)));
  if (rows.length > MOST_ROWS) list.push(h("li", {}, `… +${rows.length - MOST_ROWS}`));
  return [h("h2", {}, title, " ", since && h("small", {}, since)), h("ul", { class: "rows" }, list)];
}

const short = (section) => section.replace(/^RFC /, "").replace(/^WHATWG.*/, "WHATWG");

function message(scene, thing, words, since) {
  const say = words.panel;
  const { entity } = thing;
  const title = thing.kind === "request" ? say.request(entity) : say.response(entity);
  const framing = say.framedBy[entity.framing] ?? "";
  const fields = entity.fields.map(([name, value]) => h("li", {}, h("code", {}, visible(`${name}: ${value}`))));
  return [
    h("h2", {}, visible(title), " ", since && h("small", {}, since)),
    h("p", {}, `${say.messageState[scene.stateOf(entity)]} ${framing}`),
    h("ul", { class: "rows" }, fields.slice(0, MOST_ROWS)),
  ];
}

// ---- marks -------------------------------------------------------------------------------------------------------

function mark(item, words, since) {
  const say = words.panel;
  const { kind, entry } = item;
  const sentence = [entry.note, entry.ending?.explanation].filter(Boolean).join(". ");
  const section = entry.ending?.section ?? "";
  switch (kind) {
    case "fin": return titled(say.fin[entry.flow], since, sentence, "", [], section);
    case "rst": return titled(say.rst[entry.flow], since, sentence, "", [], section);
    case "opened": return titled(say.opened, since, say.openedText(entry.connection));
    case "closed": return titled(say.closed, since, entry.note ?? "");
    case "blocked": return titled(say.blocked, since, say.blockedText(entry.pending));
    case "lost": return titled(say.lost, since, say.lostText(entry.records));
    case "omitted": return titled(say.omitted, since, say.omittedText(entry.count));
    case "error": return titled(say.state[0], since, say.errorText);
    case "end": return titled(say.state[2], since, say.endText);
    case "fail": return titled("TypeError", since, say.failText);
    default: return [];
  }
}

/** What has just happened: the last item that has something to say, as of the playhead. */
export function lately(scene, words) {
  const { items } = scene.view;
  for (let i = scene.playhead ?? items.length - 1; i >= 0; i -= 1) {
    const item = items[i];
    const since = sinceOf(scene, item.at, words);
    if (item.start !== undefined) return write(item.entry, words, since, rowsOf(item.entry));
    if (item.kind === "silence" || item.kind === "closed" || item.kind === "missing") continue;
    return mark(item, words, since);
  }
  return [];
}

// ---- held steps --------------------------------------------------------------------------------------------------

export function aboutHeld(held, bets, words) {
  const say = words.held;
  const answer = bets.answer === null ? null : bets.answer === true ? say.yes : bets.answer === false ? say.no : String(bets.answer);
  return [
    h("div", { class: "sample waiting", "aria-hidden": "true" }, h("b", {}, "‖"), h("span", {}, String(held.bytes.length))),
    h("div", {},
      h("h2", {}, say.title(held.step), " ", held.bytes.length > 0 && h("small", {}, say.octets(held.bytes.length))),
      // The script's own note may give the answer away: it is shown after the step.
      h("p", {}, say.bet[bets.question]),
      answer !== null && h("p", { class: "chosen" }, say.chosen(answer), " ", say.space)),
  ];
}

/** The findings about what is shown, with what to change. */
export function findings(verdicts, words) {
  const shown = verdicts.filter(({ severity }) => severity !== "ok").slice(0, MOST_FINDINGS);
  if (shown.length === 0) return [];
  return [h("ul", { class: "findings" }, shown.map(({ severity, explanation, remedy, section }) => h("li", {},
    h("b", { class: TONES[severity] }, words.panel.severity[severity] ?? severity), " ", visible(explanation), remedy && `. ${visible(remedy)}`,
    section && h("small", {}, " ", short(section)))))];
}

/** What the script says of the step that has just been sent. */
export const noteOf = (note) => h("p", { class: "note" }, note);

export function graded(result, bets, words) {
  const say = words.held;
  const name = (answer) => (answer === true ? say.yes : answer === false ? say.no : String(answer));
  const text = result.right ? say.right(name(result.truth)) : say.wrong(name(result.answer), name(result.truth));
  return h("p", { class: result.right ? "graded ok" : "graded bad" }, text, " ", h("small", {}, say.tally(bets.right, bets.all)));
}

export function aboutWhy(lesson, words) {
  return [
    h("h2", {}, words.panel.why, " ", h("small", {}, lesson.reads ?? "")),
    h("p", {}, withCode(lesson.why?.[words.lang] ?? lesson.question[words.lang])),
  ];
}

