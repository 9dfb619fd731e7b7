// Whose request is it? The page's own files and questions, a play of this page, or a program's.
//
// A browser says what a request is for (Sec-Fetch-Dest, Sec-Fetch-Site), but only to trustworthy addresses such as
// 127.0.0.1; to http://192.168.0.2 it sends neither, and Referer has to do.
//
//     GET /trace                                    the page's own
//     GET /lessons  Sec-Fetch-Dest: empty           the page's own
//     GET /lessons/chunk  Sec-Fetch-Dest: document  the page's own: a navigation
//     GET /lessons/chunk  Sec-Fetch-Site: same-origin, target of the play    a play
//     GET /lessons/chunk                            curl

export const fieldOf = (message, lower) => message.fields.find(([name]) => name.toLowerCase() === lower)?.[1] ?? null;

const OWN_FILES = /^\/(page\/|trace(\/|$)|step$|labels$|favicon\.ico$)/;
const OWN_LISTS = new Set(["/", "/lessons"]);

/** Files of the page, the trace, steps, and lists that a page asks for: they are noise, even on a shared connection. */
export function isPageRequest(message) {
  const path = message.target.split("?")[0];
  if (OWN_FILES.test(path)) return true;
  const destination = fieldOf(message, "sec-fetch-dest");
  if (destination !== null) return destination === "document" || (OWN_LISTS.has(path) && destination === "empty");
  if (fieldOf(message, "referer") !== null && OWN_LISTS.has(path)) return true;
  return OWN_LISTS.has(path) && (fieldOf(message, "accept") ?? "").includes("text/html");
}

/** Whether a page of this origin has asked. */
export function isSameOrigin(message, origin) {
  const site = fieldOf(message, "sec-fetch-site");
  if (site !== null) return site === "same-origin";
  return (fieldOf(message, "referer") ?? "").startsWith(`${origin}/`);
}
