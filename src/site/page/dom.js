// Elements without markup: what peers have sent becomes text and never HTML.

/** An element: tag, attributes (or properties that begin with a dot), children (elements and texts). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith(".")) element[name.slice(1)] = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...shown(children));
  return element;
}

export const $ = (id) => document.getElementById(id);

/** Text in which `code` stands between backticks. */
export function withCode(text) {
  return text.split("`").map((part, i) => (i % 2 === 1 ? h("code", {}, part) : part));
}

export function replace(element, ...children) {
  element.replaceChildren(...shown(children));
}

// What a condition has left out is no child.
const shown = (children) => children.flat().filter((child) => child !== null && child !== undefined && child !== "" && child !== false);
