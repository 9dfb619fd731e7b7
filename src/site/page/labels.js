// Labels: what an octet is, as a small number.
//
// The server labels every octet (docs/labels.md). The page keeps one number for each: its index in KEYS. A key that is not
// in the list, of a newer server, becomes 0, and its octets are drawn as body data.

export const KEYS = [
  "Unlabelled",
  "EmptyLine", "Method", "StartLineSpace", "RequestTarget", "HttpVersion", "StatusCode", "ReasonPhrase", "StartLineCrlf",
  "FieldName", "FieldColon", "FieldValue", "FieldCrlf", "EndOfHead",
  "BodyData", "CloseDelimitedData",
  "ChunkSize", "ChunkExt", "ChunkSizeCrlf", "ChunkData", "ChunkDataCrlf", "LastChunkCrlf",
  "TrailerName", "TrailerColon", "TrailerValue", "TrailerCrlf", "EndOfBody",
  "Tunnel", "Unexpected", "NotLabelled",
  "EventBom", "EventComment", "EventFieldName", "EventColon", "EventType", "EventData", "EventId", "EventRetry",
  "EventUnknown", "EventLineEnd", "EventIgnored", "EventDispatch", "EventBlank",
];

/** The number of each key: `LABEL.ChunkSize`. */
export const LABEL = Object.freeze(Object.fromEntries(KEYS.map((key, number) => [key, number])));

export const labelOf = (key) => LABEL[key] ?? LABEL.Unlabelled;

/** Owner classes: who an octet belongs to, which decides how its cell is drawn. */
export const OWNER = Object.freeze({
  unknown: 0, head: 1, framing: 2, data: 3, odd: 4, even: 5, quiet: 6, fault: 7,
});

/** Flags of a span. */
export const SPAN = Object.freeze({ continues: 1, resumes: 2, counted: 4, fault: 8 });

export const isHead = (label) => label >= LABEL.EmptyLine && label <= LABEL.EndOfHead;
export const isEvent = (label) => label >= LABEL.EventBom && label <= LABEL.EventBlank;
export const isTrailer = (label) => label >= LABEL.TrailerName && label <= LABEL.TrailerCrlf;

const FRAMING = new Set([
  LABEL.ChunkSize, LABEL.ChunkExt, LABEL.ChunkSizeCrlf, LABEL.ChunkDataCrlf, LABEL.LastChunkCrlf, LABEL.TrailerName,
  LABEL.TrailerColon, LABEL.TrailerValue, LABEL.TrailerCrlf, LABEL.EndOfBody,
]);
export const isFraming = (label) => FRAMING.has(label);
