// In a page of Chromium: a fetch, or an EventSource, that writes down what it sees for whoever asks.

window.notes = [];
const note = (what, value) => notes.push({ at: Date.now(), what, value });

window.playFetch = async (url) => {
  try {
    const response = await fetch(url, { cache: "no-store" });
    const reader = response.body?.getReader();
    for (let part; reader && !(part = await reader.read()).done; ) note("octets", part.value.length);
    note("end", "ok");
  } catch (error) {
    note("end", error.message);
  }
};

window.playEvents = (url) => {
  const source = (window.source = new EventSource(url));
  source.onopen = () => note("open");
  source.onmessage = ({ data }) => note("message", data);
  source.onerror = () => note("error", source.readyState);
};

window.lookAtEvents = () => note("state", window.source.readyState);
