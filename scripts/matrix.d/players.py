"""The clients, as things that can be played to: each makes one cell of one target of one server."""

import dataclasses
import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from server import PLAIN, ROOT

HERE = ROOT / "scripts/matrix.d/clients"
# Where scripts/test puts the clients of PyPI and npm.
INSTALLED = ROOT / "tests/clients"

# A client that still waits when nothing has happened for so long is said to wait.
PATIENCE = 3.0
# An EventSource comes back after 3 s if nobody has told it another time.
RECONNECTION = 5.0
# One that has given up must stay away for so long.
STAYS_AWAY = 1.5
# For a client to start, on a machine that does other things.
START = 60.0


def known_clients():
    """All of them, whether they are here or not, in the order of the columns."""
    python = INSTALLED / ".venv/bin/python"
    python = str(python) if python.exists() else "python3"
    node = ["node", "--no-warnings"]
    newer = newer_node()
    newer_node_runs = [newer, "--no-warnings"]
    flag = "--experimental-eventsource"
    return [
        Program("curl", "`curl -N`", ["curl", "--version"], ["curl", "-q", "-sSN"], r"curl (\S+)", has_codes=True),
        Program("wget", "`wget --tries=1 -O -`; without `--tries` it asks again after a cut", ["wget", "--version"],
                ["wget", "--no-config", "--no-verbose", "--tries=1", "-O", "-"], r"GNU Wget (\S+)", has_codes=True),
        Program("http.client", "of Python's library; the body by `read()`", ["python3", "--version"],
                ["python3", HERE / "http_client.py", "whole"], r"Python (\S+)"),
        Program("http.client-lines", "the same; the body line by line", ["python3", "--version"],
                ["python3", HERE / "http_client.py", "lines"], r"Python (\S+)"),
        Program("requests", "`requests.get(url, stream=True)`, `iter_content(None)`",
                package_versions(python, "requests", "urllib3"), [python, HERE / "requests_client.py"]),
        # Its own patience is 5 s.
        Program("httpx", "`httpx.stream`, `iter_bytes`", package_versions(python, "httpx", "httpcore", "h11"),
                [python, HERE / "httpx_client.py"], patience=8.0),
        Program("aiohttp", "`session.get`, `content.iter_any`", package_versions(python, "aiohttp"),
                [python, HERE / "aiohttp_client.py"]),
        Program("node-http", "`http.get`", node_versions("node", "node", "llhttp"), [*node, HERE / "node_http.mjs"]),
        Program("node-fetch", "`fetch`", node_versions("node", "node", "undici"), [*node, HERE / "node_fetch.mjs"]),
        Program("newer-node-http", "`http.get`", node_versions(newer, "node", "llhttp"),
                [*newer_node_runs, HERE / "node_http.mjs"]),
        Program("newer-node-fetch", "`fetch`", node_versions(newer, "node", "undici"),
                [*newer_node_runs, HERE / "node_fetch.mjs"]),
        ChromiumFetch("chromium-fetch", "`fetch` in a page of the same origin, which has a connection that was used"),
        # The compiler must be there: the client is source.
        Program("java", "`java.net.http.HttpClient`, `BodyHandlers.ofInputStream()`", ["java", "--list-modules"],
                ["java", "-XX:TieredStopAtLevel=1", HERE / "Client.java"], r"jdk\.compiler@(\S+)"),
        ChromiumEvents("chromium-eventsource", "`EventSource` in such a page"),
        EventProgram("node-eventsource", f"that of Node itself, behind `{flag}`",
                     [*node_versions("node", "node", "undici"), flag], [*node, flag, HERE / "eventsource.mjs", "own"]),
        EventProgram("newer-node-eventsource", f"that of Node itself, behind `{flag}`",
                     [*node_versions(newer, "node", "undici"), flag],
                     [*newer_node_runs, flag, HERE / "eventsource.mjs", "own"]),
        EventProgram("npm-eventsource", "the package `eventsource`, on Node's `fetch`",
                     ["node", "-p", f"require('{INSTALLED}/node_modules/eventsource/package.json').version"],
                     [*node, HERE / "eventsource.mjs", INSTALLED]),
    ]


def package_versions(python, *names):
    print_them = "import sys, importlib.metadata as found; print(*(f'{name} {found.version(name)}' for name in sys.argv[1:]))"
    return [python, "-c", print_them, *names]


def newer_node():
    """Beside the Node of the machine a newer one, which scripts/test installs from npm."""
    found = [*INSTALLED.glob("node_modules/node-linux-*/bin/node")]
    return str(found[0]) if found else "no-newer-node"


def node_versions(program, *names):
    return [program, "-p", " + ' ' + ".join(f"'{name} ' + process.versions.{name}" for name in names)]


@dataclasses.dataclass
class Cell:
    """What a client made of one target."""
    text: str
    # What it said in full, unless all was well.
    words: str = ""
    # It told its user that all was well.
    is_well: bool = False
    # Its user got so much of the body.
    octets: int = 0
    waits: bool = False
    asks_again: bool = False


class Client:
    """Something that may be on this machine: the probe prints its version, and what it is made of."""

    # One process for all targets, which is slow to start.
    is_one_for_all = False

    def __init__(self, name, how, probe, pattern=r"(?:\w+ )?(\S+)(.*)"):
        self.name, self.how, self.probe, self.pattern = name, how, probe, pattern
        self.version = self.made_of = None

    def find(self):
        try:
            done = subprocess.run(self.probe, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START,
                                  env=PLAIN)
        except OSError:
            return
        found = re.search(self.pattern, done.stdout)
        if done.returncode == 0 and found:
            self.version, self.made_of = found[1], found[2].strip() if found.re.groups > 1 else ""

    def close(self):
        pass


class Program(Client):
    """A process for each target. Standard output is the body as it comes; a complaint is the last line on standard error, and
    begins with the name of the error."""

    is_for_streams = False

    def __init__(self, name, how, probe, command, *pattern, has_codes=False, patience=PATIENCE):
        super().__init__(name, how, probe, *pattern)
        self.command, self.has_codes, self.patience = command, has_codes, patience

    def play(self, server, target):
        with tempfile.TemporaryFile() as body, tempfile.TemporaryFile("w+") as complaint:
            process = subprocess.Popen([*self.command, server.origin + target], stdin=subprocess.DEVNULL, stdout=body,
                                       stderr=complaint, env=PLAIN)
            try:
                has_ended = wait(server, lambda: process.poll() is not None, self.patience)
            finally:
                process.kill()
                process.wait()
            octets = body.seek(0, 2)
            complaint.seek(0)
            words = (complaint.read().strip().splitlines() or [""])[-1]
        return cell(self.outcome(process.returncode, words) if has_ended else None, octets, server.requests(target), words,
                    is_well=process.returncode == 0)

    def outcome(self, code, words):
        if self.has_codes:
            return str(code)
        return "ok" if code == 0 else words.split(": ")[0]


class EventProgram(Client):
    """A process that notes what an EventSource tells its user, a line of JSON for each callback."""

    is_for_streams = True

    def __init__(self, name, how, probe, command):
        super().__init__(name, how, probe)
        self.command = command

    def play(self, server, target):
        with tempfile.NamedTemporaryFile() as noted:
            process = subprocess.Popen([*self.command, server.origin + target], stdin=subprocess.DEVNULL, stdout=noted,
                                       stderr=subprocess.DEVNULL, env=PLAIN)
            notes = lambda: [json.loads(line) for line in pathlib.Path(noted.name).read_text().split("\n")[:-1]]
            try:
                watch(server, target, notes)
                process.terminate()
                process.wait(START)
            finally:
                process.kill()
                process.wait()
            return story(server.requests(target), notes())


class Chromium(Client):
    """One browser for all targets. Each server is an origin of its own, so nothing is left over from the one before."""

    is_one_for_all = True
    PAGE = "/plain"

    def __init__(self, name, how):
        super().__init__(name, how, ["chromium", "--version"], r"Chromium (\S+)")
        self.driver = None

    def find(self):
        if shutil.which("chromedriver"):
            super().find()

    def begin(self, server, script, target):
        if not self.driver:
            self.profile = tempfile.TemporaryDirectory(prefix="wirestep-matrix-", ignore_cleanup_errors=True)
            self.driver = driver_of_tests()(self.profile.name).__enter__()
        self.driver.open(server.origin + self.PAGE)
        # It asks for an icon by itself, which must not come between.
        wait(server, lambda: server.requests("/favicon.ico"), PATIENCE)
        self.driver.run((HERE / "chromium.js").read_text())
        self.driver.run(script, target)

    def notes(self):
        return self.driver.run("return window.notes")

    def close(self):
        if self.driver:
            self.driver.__exit__()
            self.profile.cleanup()


class ChromiumFetch(Chromium):
    is_for_streams = False

    def play(self, server, target):
        self.begin(server, "window.playFetch(arguments[0])", target)
        wait(server, lambda: self.outcome(self.notes()), PATIENCE)
        notes = self.notes()
        octets = sum(note["value"] for note in notes if note["what"] == "octets")
        outcome = self.outcome(notes)
        return cell(outcome, octets, server.requests(target), outcome or "", is_well=outcome == "ok")

    @staticmethod
    def outcome(notes):
        return next((note["value"] for note in notes if note["what"] == "end"), None)


class ChromiumEvents(Chromium):
    is_for_streams = True

    def play(self, server, target):
        self.begin(server, "window.playEvents(arguments[0])", target)
        watch(server, target, self.notes)
        self.driver.run("window.lookAtEvents()")
        return story(server.requests(target), self.notes())


def driver_of_tests():
    """tests/clients/browser.py knows how to drive a browser."""
    spec = importlib.util.spec_from_file_location("browser", INSTALLED / "browser.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Driver


# ---- one response --------------------------------------------------------------------------------------------------


def wait(server, is_over, patience):
    """Returns whether it was over before nothing had happened on the wire for so long."""
    while not is_over():
        has_begun = any(record["what"] == "octets" for record in server.records[:])
        if time.time() - server.heard > (patience if has_begun else START):
            return False
        time.sleep(0.01)
    return True


def cell(outcome, octets, requests, words, is_well):
    """Without an outcome the client waits."""
    asks_again = len(requests) > 1
    parts = [outcome or "waits", str(octets), *(["again"] if asks_again else [])]
    is_well = is_well and outcome is not None
    return Cell(" · ".join(parts), "" if is_well else words, is_well, octets, outcome is None, asks_again)


# ---- an event stream -----------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Round:
    """What a request of an EventSource has led to. It may ask again before it tells its user anything."""
    requests: list
    has_opened: bool = False
    events: int = 0
    state: int | None = None

    def looks_as(self, other):
        return (self.events, self.state) == (other.events, other.state)

    def id(self):
        return self.requests[0].last_event_id


def rounds(requests, notes):
    """The requests that the server has seen, and the notes of the client, in the order of the clock."""
    moments = [(request.at, "asked", request) for request in requests]
    # Notes have whole milliseconds only, rounded down. What they are about is on the server's clock already.
    moments += [((note["at"] + 1) / 1000, note["what"], note.get("value")) for note in notes]
    found = []
    for _, what, value in sorted(moments, key=lambda moment: moment[0]):
        if what == "asked" and found and not found[-1].has_opened and found[-1].state is None:
            found[-1].requests.append(value)
        elif what == "asked":
            found.append(Round([value]))
        elif found:
            found[-1].has_opened |= what == "open"
            found[-1].events += what == "message"
            found[-1].state = value if what == "error" else found[-1].state
    return found


def watch(server, target, notes):
    """Returns when it is clear how it goes on."""
    while True:
        noted, requests = notes(), server.requests(target)
        so_far = rounds(requests, noted)
        if goes_on(so_far):
            return
        has_given_up = so_far and so_far[-1].state == 2
        patience = STAYS_AWAY if has_given_up else RECONNECTION if requests else START
        heard = max([server.heard, *(note["at"] / 1000 for note in noted)])
        if time.time() - heard > patience:
            return
        time.sleep(0.02)


def goes_on(so_far):
    """The last round was as the one before, and is over: so it will go on."""
    return len(so_far) > 1 and so_far[-1].state == 0 and so_far[-1].looks_as(so_far[-2]) and so_far[-1].id() == so_far[-2].id()


def story(requests, notes):
    """Events, readyState at the error, how it came back; events, readyState at the error, and so on."""
    so_far = rounds(requests, notes)
    last = len(so_far) - 1
    if goes_on(so_far):
        # From here on nothing is new to its user.
        while last > 1 and so_far[last - 1].looks_as(so_far[last - 2]):
            last -= 1
    parts = []
    for number, each in enumerate(so_far[:last + 1]):
        parts += [came_back(so_far[number - 1], each)] if number else []
        if goes_on(so_far) and number == last:
            return Cell(" · ".join([*parts, "…"]))
        parts += ["again"] if len(each.requests) > 1 else []
        parts += [f"{each.events} event{'s' * (each.events > 1)}"] if each.events else ["open"] if each.has_opened else []
        parts.append(f"stays rs{last_state(notes)}" if each.state is None else f"rs{each.state}")
    parts += ["silence"] if so_far and so_far[-1].state == 0 else []
    return Cell(" · ".join(parts) or "asks for nothing")


def last_state(notes):
    return next((note["value"] for note in notes if note["what"] == "state"), "?")


def came_back(before, now):
    same = now.requests[0].connection == before.requests[-1].connection
    return ("same" if same else "new") + (f" id={now.id()}" if now.id() else "")
