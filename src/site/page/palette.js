// Colours of the theme, by name: the custom properties of style.css, read once for each theme.

const NAMES = [
  "paper", "ink", "soft", "lane", "ev1", "ev1-text", "ev1-strong", "ev2", "ev2-text", "ev2-strong", "frame", "frame-text", "box",
  "data", "data-text", "data-strong", "quiet", "quiet-text", "head", "head-text", "head-line", "write", "write-text", "read", "read-text",
  "ok", "bad", "warn", "fault", "fault-text", "sel", "rail1", "rail1-text", "rail2", "rail2-text", "thread", "thread-read",
];

export function readPalette() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
