// Hops: the same exchange before and after a proxy, as two scores above each other on one clock.
//
// Records of `wirestep tap` name the hop that a connection passes. A proxy has a connection of its own to the next hop; which
// one belongs to which is told by the requests: the same method and target, asked at the next hop while the first waits.
//
//     edge  #1  GET /events        0.50 s ─────────────────── 4.0 s
//     app   #2  GET /events          0.51 s ──────────────── 3.9 s        exchangeOf(store, #1) = [#1, #2]
//
// All items are on one axis. Each score shows those of its hop, so an event that the proxy passes on later stands further to
// the right in the score above.

/** Scores above each other, at most. */
export const MOST_SCORES = 2;
/** Times of two hops come from one clock, but from two calls: in seconds. */
const SLACK = 0.005;

/** The connections of the exchange that `connection` belongs to: one of each hop, in the order in which the request passed. */
export function exchangeOf(store, connection) {
  if (connection.hop === null) return [connection];
  const found = new Map([[connection.hop, connection]]);
  for (const other of store.connections.values()) {
    if (other.hop === null || other.hop === connection.hop) continue;
    const gap = nearest(connection, other);
    const known = found.get(other.hop);
    if (gap !== Infinity && (known === undefined || gap < nearest(connection, known))) found.set(other.hop, other);
  }
  return [...found.values()].sort((a, b) => a.requests[0].at - b.requests[0].at).slice(0, MOST_SCORES);
}

// How far apart in time the same request is on two connections: Infinity if there is none.
function nearest(one, other) {
  let least = Infinity;
  for (const a of one.requests) {
    for (const b of other.requests) if (isSame(a, b)) least = Math.min(least, Math.abs(a.at - b.at));
  }
  return least;
}

// The later of two requests was made while the earlier one waited for the rest of its response.
function isSame(a, b) {
  if (a.method !== b.method || a.target !== b.target) return false;
  const [first, second] = a.at <= b.at ? [a, b] : [b, a];
  return second.at <= (first.response?.endedAt ?? Infinity) + SLACK;
}

/** What one score shows of a view: the items of the others keep their room on the axis, and are not drawn. */
export function scoreOf(view, connection) {
  const items = view.items.map((item) => (isOf(item, connection) ? item : { ...item, kind: "elsewhere", start: undefined, of: item }));
  const life = view.lives.get(connection);
  return Object.assign(Object.create(view), {
    items, connections: new Set([connection]), lives: new Map(life === undefined ? [] : [[connection, life]]),
  });
}

const isOf = ({ kind, entry }, connection) => kind === "silence" || kind === "lost" || entry?.connection === connection;
