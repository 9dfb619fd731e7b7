// Verdicts: what the server finds of a response, at its end (docs/trace.md, "verdict").
//
// The headline says in counts what was seen; the worst finding stands after it, and all of them stand in the panel with
// what to change. A finding that all is well is not said twice: "response complete" says it.
//
//     verdictsOf(scene)   [{ severity: "broken", code: "incomplete", explanation, section, remedy, … }]   worst first

/** From the worst to the best. */
const SEVERITIES = ["broken", "warning", "note", "ok"];
export const TONES = { broken: "bad", warning: "warn", note: "small", ok: "ok" };
/** Findings that one connection keeps; then the oldest go. */
const MOST = 200;

export function keepVerdict(connection, record, number) {
  connection.verdicts.push({ ...record, number });
  if (connection.verdicts.length > MOST) connection.verdicts.shift();
}

/** The findings about what is shown, as of the playhead, worst first. */
export function verdictsOf(scene) {
  const found = [];
  for (const connection of scene.view.connections) {
    for (const verdict of connection.verdicts) {
      if (verdict.number <= scene.asOfRecord && isShown(scene, connection, verdict)) found.push(verdict);
    }
  }
  return found.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.number - b.number);
}

// A response that never began has no message here: its request is asked.
function isShown(scene, connection, { message: number }) {
  const response = connection.responses.find((message) => message.number === number);
  const shown = response ?? connection.requests.find((message) => message.number === number);
  return shown !== undefined && scene.view.filter.message(shown);
}

/** The finding for the headline: the worst that says more than the counts do. */
export function headlineVerdict(verdicts) {
  const [worst] = verdicts;
  return worst === undefined || worst.severity === "ok" ? null : worst;
}
