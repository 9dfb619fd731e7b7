// Counts of what is looked at, and the headline: one sentence made of them.


/** What the view shows as of the scene: how many of each, and which response is the last. */
export function countsOf(scene) {
  const { view } = scene;
  const counts = {
    events: 0, chunks: 0, writes: 0, responses: 0, connections: view.connections.size, lost: view.lost, last: null, framing: null, stream: false,
    asOf: scene.playhead === null ? null : (connection) => scene.limit(connection, 1),
  };
  for (const connection of view.connections) {
    for (const message of connection.flows[1].messages) {
      if (!view.filter.message(message) || !scene.hasBegun(message)) continue;
      if (!message.interim) {
        counts.responses += 1;
        if (counts.last === null || message.at >= counts.last.at) counts.last = message;
        if (message.framing !== null && message.framing !== "none") counts.framing = message.framing;
      }
      counts.stream ||= message.stream;
      if (scene.playhead === null) {
        counts.events += message.dispatched;
        counts.chunks += message.chunks;
      }
    }
    if (scene.playhead !== null) countAsOf(scene, connection, counts);
  }
  counts.writes = scene.playhead === null && !scene.name ? view.writes : writesAsOf(scene);
  counts.lastState = counts.last === null ? null : scene.stateOf(counts.last);
  return counts;
}

function countAsOf(scene, connection, counts) {
  const { events, chunks } = connection.flows[1];
  const seen = (entity) => scene.view.filter.message(entity.message);
  for (const event of events) if (event.state === "dispatched" && seen(event) && scene.isOver(event)) counts.events += 1;
  for (const chunk of chunks) if (!chunk.last && seen(chunk) && scene.hasBegun(chunk)) counts.chunks += 1;
}

function writesAsOf(scene) {
  const entries = new Set();
  for (let i = 0; i <= (scene.playhead ?? scene.view.items.length - 1); i += 1) {
    const { entry, start } = scene.view.items[i];
    if (start !== undefined && entry.flow === 1) entries.add(entry);
  }
  return entries.size;
}

/** What stands beside the names of the lanes. */
export function laneCounts(counts, words, client) {
  if (counts.responses === 0 && counts.writes === 0) return {};
  const about = counts.lost > 0 ? "≥" : "";
  const show = (count) => `${about}${words.number(count)}`;
  const { framing } = counts;
  return {
    client: client === null ? "" : show(told(client, counts)),
    events: counts.stream || counts.events > 0 ? show(counts.events) : "–",
    framing: framing === "chunked" || counts.chunks > 0 ? show(counts.chunks) : "",
    write: show(counts.writes),
  };
}

// What this page's client has been told, as of the playhead.
function told(client, { events, asOf }) {
  if (client.how !== "fetch") return asOf === null ? client.fired : Math.min(client.fired, events);
  return asOf === null ? client.reads.length : client.reads.filter((read) => read.message && read.end <= asOf(read.message.connection)).length;
}

/** The headline as parts: { text, tone }, where the tone is "", "ok", "bad" or "small". */
export function headline(counts, words) {
  const say = words.headline;
  if (counts.writes === 0 && counts.responses === 0) return [{ text: say.nothing, tone: "quiet" }];
  const parts = [];
  const add = (text, tone = "") => parts.push({ text, tone });
  if (counts.lost > 0) add(say.atLeast);
  if (counts.responses > 1) several(counts, say, add);
  else one(counts, say, add);
  if (counts.lost > 0) {
    add(say.join);
    add(say.lost(counts.lost), "bad");
  }
  return parts;
}

/** Two hops side by side: what passed the one, and what the other. `hops` is a list of [name, counts]. */
export function hopsHeadline(hops, words) {
  const say = words.headline;
  return hops.flatMap(([name, counts], i) => {
    const list = [];
    if (counts.stream) list.push(say.events(counts.events));
    if (counts.last?.framing === "chunked") list.push(say.chunks(counts.chunks));
    list.push(say.reads(counts.writes));
    return [{ text: i > 0 ? "   " : "", tone: "" }, { text: `${name}: `, tone: "hop" }, { text: say.list(list), tone: TONES[counts.lastState] ?? "" }];
  });
}

const TONES = { complete: "ok", incomplete: "bad", unknown: "warn", open: "" };

function several(counts, say, add) {
  add(say.responses(counts.responses, counts.connections) + (counts.events > 0 ? say.alsoEvents(counts.events) : ""));
  add(say.last(counts.last.status || "…"));
  add(say.lastEnd[counts.lastState], TONES[counts.lastState]);
}

function one(counts, say, add) {
  const { last, events, chunks, writes } = counts;
  const list = [];
  if (counts.stream) list.push(say.events(events));
  if (last?.framing === "chunked") list.push(say.chunks(chunks));
  list.push(say.writes(writes));
  add(say.list(list));
  if (say.end[counts.lastState]) {
    add(say.join);
    add(say.end[counts.lastState], TONES[counts.lastState]);
  }
  // The same number everywhere is a habit of this server and no rule.
  const alike = counts.stream && events > 1 && events === chunks && writes <= events + 2 && counts.lost === 0;
  if (alike) add(say.alike, "small");
}

