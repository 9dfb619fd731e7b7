// What the user has chosen, as far as the browser may keep it: language and theme.

export function remember(name, value) {
  try {
    localStorage.setItem(`wirestep.${name}`, value);
  } catch {
    // A browser may forbid storage; then the choice lasts as long as the page.
  }
}

export function stored(name) {
  try {
    return localStorage.getItem(`wirestep.${name}`);
  } catch {
    return null;
  }
}

/** `?lang=ko` in the address, also after the `#`; else what was chosen; else the language of the browser. */
export function initialLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") ?? new URLSearchParams(location.hash.split("?")[1] ?? "").get("lang");
  return asked ?? stored("lang") ?? (navigator.language.startsWith("ko") ? "ko" : "en");
}

export function initialTheme() {
  return stored("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}
