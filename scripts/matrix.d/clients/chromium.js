// In a page of Chromium: a fetch, or an EventSource, that writes down what it sees for whoever asks.

window.notes = [];
const note = (what, value) => notes.push({ at: Date.now(), what, value });

// As in any page that has been open for a while: there is a connection that has been used, and is idle.
const settle = async () => (await fetch("/plain", { cache: "no-store" })).text();

window.playFetch = async (url) => {
  await settle();
  try {
    const response = await fetch(url, { cache: "no-store" });
    const reader = response.body?.getReader();
    for (let part; reader && !(part = await reader.read()).done; ) note("octets", part.value.length);
    note("end", "ok");
  } catch (error) {
    note("end", error.message);
  }
};

window.playEvents = async (url) => {
  await settle();
  const source = (window.source = new EventSource(url));
  source.onopen = () => note("open");
  source.onmessage = ({ data }) => note("message", data);
  source.onerror = () => note("error", source.readyState);
};

window.lookAtEvents = () => note("state", window.source.readyState);
