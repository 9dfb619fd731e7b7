"""Chromium's EventSource, driven by chromedriver: shows what it dispatches until it gives up.

usage: browser.py PAGE-URL STREAM-PATH

The page is one of the server's, so that the stream is of the same origin. Standard library only: WebDriver is HTTP with JSON
(W3C WebDriver, "Endpoints"). What the page notes is fetched by "Execute Async Script", which answers when there is
something; nobody looks again and again.
"""

import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LISTEN = """
window.notes = [];
const note = (text) => { notes.push(text); if (window.wake) window.wake(); };
const source = window.source = new EventSource(arguments[0]);
source.onopen = () => note(": open\\n");
source.onmessage = (event) => note(`id:${event.lastEventId}\\nevent:${event.type}\\ndata:${event.data}\\n\\n`);
source.onerror = () => note(source.readyState === EventSource.CLOSED ? ": closed\\n" : ": connecting\\n");
"""

NEXT_NOTES = """
const done = arguments[0];
const give = () => { window.wake = null; done(notes.splice(0).join("")); };
if (notes.length) give(); else window.wake = give;
"""


class Driver:
    """One chromedriver with one session; both end with the block, however that ends."""

    def __init__(self, profile):
        self.profile = profile
        self.session = None
        command = ["chromedriver", "--port=0", "--log-level=SEVERE"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self):
        started = (re.search(r"started successfully on port (\d+)", line) for line in self.process.stdout)
        port = int(next(filter(None, started)).group(1))
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        options = {"binary": shutil.which("chromium"), "args": [*ARGUMENTS, f"--user-data-dir={self.profile}"]}
        wanted = {"goog:chromeOptions": options, "timeouts": {"script": 60_000}}
        answer = self.command("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{answer['sessionId']}"

    def command(self, method, path, body=None):
        octets = None if body is None else json.dumps(body)
        self.connection.request(method, path, octets, {"Content-Type": "application/json"})
        answer = json.load(self.connection.getresponse())["value"]
        if isinstance(answer, dict) and "error" in answer:
            sys.exit(f"chromedriver: {answer['error']}: {answer['message']}")
        return answer

    def open(self, url):
        self.command("POST", f"{self.session}/url", {"url": url})

    def run(self, script, *arguments, kind="sync"):
        return self.command("POST", f"{self.session}/execute/{kind}", {"script": script, "args": arguments})

    def __exit__(self, *_):
        try:
            if self.session:
                self.command("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait()


def main(page, stream):
    with tempfile.TemporaryDirectory(prefix="wirestep-chromium-", ignore_cleanup_errors=True) as profile:
        with Driver(profile) as driver:
            driver.open(page)
            driver.run(LISTEN, stream)
            notes = ""
            while not notes.endswith(": closed\n"):
                notes = driver.run(NEXT_NOTES, kind="async")
                print(notes, end="", flush=True)


# scripts/matrix uses the driver alone.
if __name__ == "__main__":
    main(*sys.argv[1:])
