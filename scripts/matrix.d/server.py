"""A wirestep for one cell of the matrix, and what its trace says.

The trace is the witness: which requests came, on which connection, and what was sent. Its times are those of the clock on
the wall, so that they can be put between what a client has noted.
"""

import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]

# No proxy of the surroundings, no settings of the user.
SURROUNDINGS = re.compile(r"(?i)\w+_proxy|RUST_LOG|NODE_\w+|PYTHON\w+|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|WGETRC")
PLAIN = {name: value for name, value in os.environ.items() if not SURROUNDINGS.fullmatch(name)}

# A server that has sent nothing for so long has no more to send: no lesson waits longer between two steps, unless for ever.
SILENCE = 2.0


def built():
    """The program to play with: release if there is one."""
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    programs = [target / kind / "wirestep" for kind in ("release", "debug")]
    return next((str(program) for program in programs if program.exists()), None)


@dataclasses.dataclass
class Request:
    at: float
    connection: int
    last_event_id: str | None


class Server:
    """Listens on a free port as long as the block lasts."""

    def __init__(self, program):
        self.records, self.began, self.heard = [], 0.0, time.time()
        command = [program, "--listen", "127.0.0.1:0", "--trace", "json"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        encoding="utf-8", env=PLAIN)

    def __enter__(self):
        listening = (re.search(r"listening on (http://[^/\s]+)", line) for line in self.process.stderr)
        found = next(filter(None, listening), None)
        if not found:
            raise SystemExit(f"scripts/matrix: {self.process.args[0]} does not listen")
        self.origin = found[1]
        self.threads = [threading.Thread(target=self.listen), threading.Thread(target=self.process.stderr.read)]
        for thread in self.threads:
            thread.start()
        return self

    def listen(self):
        for line in self.process.stdout:
            if not line.endswith("\n"):
                # It was killed in the middle of it.
                return
            record = json.loads(line)
            if record["what"] == "begin":
                self.began = datetime.datetime.fromisoformat(record["started"].replace("Z", "+00:00")).timestamp()
            self.records.append(record)
            self.heard = time.time()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def requests(self, target):
        """Those for this target, in order. A request for a lesson is small: it comes in one read."""
        found = []
        for record in self.records[:]:
            text = record.get("text", "") if record["what"] == "octets" and record["flow"] == "requests" else ""
            if text.startswith(f"GET {target} HTTP/1."):
                field = re.search(r"(?mi)^last-event-id: *(.*?)\r$", text)
                found.append(Request(self.began + record["at"], record["connection"], field and field[1]))
        return found

    def sent(self):
        """The octets of all responses, escaped as a terminal would show them."""
        texts = [record.get("text", "") for record in self.records if self.is_ours(record, "octets")]
        return "".join(texts).replace("\r", "␍").replace("\n", "␊")

    def ended(self):
        """How the server ended the connection: FIN, RST, not at all; None as long as the lesson is not over."""
        for record in self.records[:]:
            if self.is_ours(record, "fin") or self.is_ours(record, "rst"):
                return record["what"].upper()
            if record["what"] == "state" and record["state"] == "persistent":
                return "stays"
        return None

    def fault(self):
        """What the trace has against the response; None if it is complete, and nothing comes behind it."""
        for record in self.records:
            if self.is_ours(record, "octets"):
                faults = [span["fault"] for span in record["spans"] if "fault" in span]
                if faults:
                    return faults[0]
            if self.is_ours(record, "fin") or self.is_ours(record, "rst"):
                if not record["ending"]["complete"]:
                    return record["ending"]["explanation"]
        return None if self.ended() else "no end has come yet"

    def body(self):
        """How many octets of data the responses had."""
        spans = [span for record in self.records if self.is_ours(record, "octets") for span in record["spans"]]
        return sum(span["length"] for span in spans if span["label"] in ("body", "chunk-data"))

    @staticmethod
    def is_ours(record, what):
        return record["what"] == what and record["flow"] == "responses"


@dataclasses.dataclass
class Wire:
    """What is sent for a target, whoever asks."""
    octets: str
    # FIN, RST, stays, or silence.
    end: str
    # What the trace has against it.
    fault: str | None
    # Octets of its body.
    body: int


def look(program, target):
    """Asks as a reader that reads on as long as there is something, and is no client."""
    with Server(program) as server:
        host, port = server.origin.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=0.05) as stream:
            stream.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            while not server.ended() and time.time() - server.heard < SILENCE:
                with contextlib.suppress(OSError):
                    stream.recv(65536)
        return Wire(server.sent(), server.ended() or "silence", server.fault(), server.body())


def lessons_of_scripts():
    """The same, from the scripts themselves: what may be asked without a program."""
    listed = {}
    for path in sorted((ROOT / "docs/lessons").glob("*.lesson")):
        lines = re.findall(r"^param (\S+) = \S+ \((.*)\)", path.read_text(encoding="utf-8"), re.MULTILINE)
        parameters = {name: "one of " + what.replace(" | ", ", ") if " | " in what else what for name, what in lines}
        listed[path.stem.split("-", 1)[1]] = parameters
    return listed


def lessons(program):
    """All lessons by name, as the server lists them: their parameters, and what each of them may be."""
    with Server(program) as server:
        request = urllib.request.Request(server.origin + "/lessons", headers={"Accept": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        listed = json.load(opener.open(request, timeout=10))
    return {lesson["name"]: {each["name"]: each["is"] for each in lesson["parameters"]} for lesson in listed}
