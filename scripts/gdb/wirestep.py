"""wirestep in gdb: breakpoints by steps of the protocol, and connections in the words of docs/states.md.

    rust-gdb -x scripts/gdb/wirestep.py target/debug/wirestep
    (gdb) break-tour
    (gdb) run

docs/debugger.md is a whole session; `help user-defined` lists the commands. Needs gdb with Python (Debian's has it) and
the debug build: the release build has functions and lines, but no variables. Plain gdb is enough; the values of wirestep
(octets, states, times) are shown as text in it as well, and in programs that speak to gdb over MI (VS Code).

For the next editor: PLACES says where one can stop, what is said there, and which command stops there. A place must be a
function that is neither generic nor a closure nor of a trait. tests/debugger.rs stops at every one of them.
"""

import pathlib
import re
import sys

import gdb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from values import (  # noqa: E402: it lies beside this file, wherever gdb was started
    count, first_field, first_pointer, frames, is_enum, items, map_items, octets_of, put_printer_first, ring_items,
    seconds, short_type, slab_item, slab_items, target, variant, visible)

ROOT = pathlib.Path(__file__).resolve().parents[2]


# ---- what a turn of the loop knows ----------------------------------------------------------------------------------


def nearest(kind):
    """The nearest `self` or `peer`, from the selected frame outwards, that is a `kind`; None if there is none."""
    for frame in frames():
        for name in ("self", "peer"):
            try:
                found = target(frame.read_var(name))
            except (ValueError, gdb.error):
                continue
            if short_type(found) == kind:
                return found
    return None


def peers(server):
    """The keys and the peers."""
    return slab_items(server["peers"]["peers"])


def peer_here():
    """The peer that is served in the selected frame or an outer one; None if there is none."""
    frame = gdb.selected_frame()
    if function_of(frame) == FORGET:
        key = int(frame.read_var("key"))
        return next((peer for found, peer in peers(nearest("Server")) if found == key), None)
    return nearest("Peer")


def number_of(peer):
    """The number of a peer's connection, which is a type of its own."""
    return int(peer["id"]["__0"])


def whose(peer):
    return f"#{number_of(peer)} " if peer is not None else ""


def function_of(frame):
    function = frame.function()
    return function.name if function is not None else None


# ---- what is said at a stop -----------------------------------------------------------------------------------------

def say_accepted(frame):
    return f"#{int(target(frame.read_var('self'))['accepted']) + 1} is accepted"


def say_received(frame):
    octets = octets_of(frame.read_var("octets"))
    return f"<- {count(len(octets), 'octet')}: {visible(octets)}"


def say_head_in(frame):
    octets = octets_of(frame.read_var("head"))
    request_line = octets.partition(b"\n")[0] + b"\n"
    return f"a request head is complete: {count(len(octets), 'octet')}, {visible(request_line)}"


def say_request(frame):
    request = target(frame.read_var("request"))
    return f"request {int(request['number'])} of the connection goes to the site: what is the answer?"


def say_step(frame):
    return "begins " + step_words(frame.read_var("step"))


def say_head_out(frame):
    return "encodes " + head_words(target(frame.read_var("self")))


def say_event(frame):
    return f"encodes an event: data {visible(octets_of(target(frame.read_var('self'))['data']))}"


def say_chunk(frame):
    return "encodes " + chunk_words(frame.read_var("data"))


def say_last_chunk(_frame):
    return "encodes " + STEPS["LastChunk"](None)


def say_sent(frame):
    octets = octets_of(frame.read_var("octets"))
    return f"-> write of {count(len(octets), 'octet')}: {visible(octets)}"


def say_response_end(frame):
    connection = target(frame.read_var("self"))
    if connection["fin_sent"]:
        return "the server's FIN is out, and no step is left"
    rest, _ = buffered(connection["outgoing"], "sent")
    wait = f"; {count(len(rest), 'octet')} of it wait to be written" if rest else ""
    if variant(connection["receiving"])[0] == "Body":
        return f"100 Continue is complete{wait}; the body may come"
    if wait:
        return f"the response has no more steps{wait}"
    return "the response is complete; that alone closes nothing"


def always(sentence):
    return lambda _frame: sentence


def say_closed(frame):
    kind, holds = variant(frame.read_var("gone"))
    end = {"Closed": "closed", "Reset": "reset"}[kind]
    return f"the socket is going to be {end}: {variant_path(first_field(holds))}"


def variant_path(value):
    """The names of an enum's variant, and of the enums in it: Ends(Idle)."""
    name, holds = variant(value)
    inner = [holds[field] for field in holds.type.fields()] if holds is not None else []
    names = [variant_path(value) for value in inner if is_variants(value)]
    return f"{name}({', '.join(names)})" if names else name


def is_variants(value):
    kind = value.type.strip_typedefs()
    return kind.code == gdb.TYPE_CODE_ENUM or kind.code == gdb.TYPE_CODE_STRUCT and is_enum(value)


def head_words(head):
    kind, holds = variant(head["framing"])
    return f"a head: {int(head['status'])}, {FRAMINGS[kind](holds)}"


def chunk_octets(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n" if data else b""


def chunk_words(data):
    octets = octets_of(data)
    return f"a chunk: 0x{len(octets):x} = {count(len(octets), 'octet')} of data, {visible(chunk_octets(octets))}"


def data_words(data):
    octets = octets_of(data)
    return f"data: {count(len(octets), 'octet')}, {visible(octets)}"


FRAMINGS = {
    "None": lambda _: "without a body",
    "ContentLength": lambda holds: f"and a body of {count(int(first_field(holds)), 'octet')}",
    "Chunked": lambda _: "and a body in chunks",
    "CloseDelimited": lambda _: "and a body that FIN ends",
}

STEPS = {
    "Head": head_words,
    "RawHead": lambda octets: "a head of a lesson: " + visible(octets_of(octets).partition(b"\n")[0] + b"\n"),
    "Chunk": chunk_words,
    "LastChunk": lambda _: "the last chunk: " + visible(b"0\r\n\r\n"),
    "Data": data_words,
    "Deliver": lambda batch: frames_words(batch),
    "Wait": lambda duration: f"a pause of {seconds(duration):g} s",
    "Hold": lambda _: "a hold: nothing until it is released",
    "SendBuffer": lambda octets: f"a send buffer of {count(int(octets), 'octet')}",
    "Fin": lambda _: "FIN: the server is going to send nothing more",
    "Rst": lambda _: "RST: the connection is going to be torn down",
}


def frames_words(batch):
    first, after = int(batch["from"]), int(batch["upto"])
    return f"a delivery: {count(after - first, 'frame')} of its topic, from number {first} on"


def step_words(step):
    name, holds = variant(step)
    return STEPS[name](first_field(holds) if holds is not None and holds.type.fields() else None)


FORGET = "wirestep::net::peers::Peers::remove"

# In the order of a request: the function, which commands stop there, and what is said.
PLACES = {
    "wirestep::net::peers::Peers::add": ("tour", say_accepted),
    "wirestep::exchange::connection::Connection::receive": ("tour reads", say_received),
    "wirestep::wire::request::RequestHead::read": ("tour head", say_head_in),
    "wirestep::site::respond": ("tour", say_request),
    "wirestep::exchange::connection::Connection::begin_step": ("tour steps", say_step),
    "wirestep::wire::response::ResponseHead::encode": ("head", say_head_out),
    "wirestep::wire::sse::Event::encode": ("events", say_event),
    "wirestep::wire::chunked::encode_chunk": ("chunk", say_chunk),
    "wirestep::wire::chunked::encode_last_chunk": ("chunk", say_last_chunk),
    "wirestep::net::socket::send": ("tour writes", say_sent),
    "wirestep::exchange::connection::Connection::end_response": ("tour", say_response_end),
    "wirestep::exchange::connection::Connection::receive_fin": (
        "tour reads fin", always("<- FIN: read() = 0, the client sends nothing more")),
    "wirestep::net::socket::send_fin": ("tour fin", always("-> FIN: shutdown(SHUT_WR), the server sends nothing more")),
    "wirestep::exchange::connection::Sending::lingering": (
        "tour fin", always("lingers: reads on and drops what comes, until the client's FIN or until time is up")),
    "wirestep::net::socket::send_rst": ("tour fin", always("-> RST: both directions are cut")),
    FORGET: ("tour", say_closed),
}

GROUPS = {
    "tour": "each station from accept to FIN",
    "steps": "every step of the protocol: all that changes the wire begins there",
    "head": "each request head that is read, and each response head that is written",
    "chunk": "each chunk, and the last chunk, when it is encoded",
    "events": "each event of an event stream, when it is encoded",
    "reads": "what a read has taken: octets, or FIN",
    "writes": "octets that are about to be written",
    "fin": "FIN in either direction, lingering, and RST",
}


def on_stop(event):
    put_printer_first()
    place = PLACES.get(function_of(gdb.selected_frame())) if isinstance(event, gdb.BreakpointEvent) else None
    if place is None:
        return
    try:
        gdb.write(f"{whose(peer_here())}{place[1](gdb.selected_frame())}\n")
    except (gdb.error, ValueError):
        gdb.write(NO_VARIABLES + "\n")


NO_VARIABLES = "this build has no variables to show: make one that has them by cargo build"

gdb.events.stop.connect(on_stop)


# ---- commands -------------------------------------------------------------------------------------------------------

class Place(gdb.Breakpoint):
    """A breakpoint at one of PLACES, for all connections or for one of them."""

    def __init__(self, function, connection):
        super().__init__(function)
        self.function = function
        self.connection = connection

    def stop(self):
        if self.connection is None:
            return True
        peer = peer_here()
        return peer is not None and number_of(peer) == self.connection


class Break(gdb.Command):
    """One of break-tour, break-steps and so on."""

    def __init__(self, group):
        self.functions = [function for function, (groups, _) in PLACES.items() if group in groups.split()]
        lines = [f"Stop at {GROUPS[group]}.", "", f"break-{group}      for all connections",
                 f"break-{group} 2    for connection #2 of the trace", "", "It stops at:"]
        self.__doc__ = "\n".join(lines + self.functions)
        super().__init__(f"break-{group}", gdb.COMMAND_USER)

    def invoke(self, argument, _from_tty):
        connection = connection_number(argument)
        # What was said last counts: break-steps 2 after break-tour stops at the steps of #2 only.
        for place in gdb.breakpoints():
            if isinstance(place, Place) and place.function in self.functions:
                place.delete()
        for function in self.functions:
            Place(function, connection)


def connection_number(argument):
    if not argument:
        return None
    if not re.fullmatch(r"#?[0-9]+", argument):
        raise gdb.GdbError(f"{argument!r} is no number of a connection: say 2 for #2 of the trace")
    return int(argument.lstrip("#"))


class Octets(gdb.Command):
    """Show the octets of an expression, with CR and LF visible.

octets data        an argument or a variable that is a slice, a Vec, a String
octets step        what a step holds"""

    def __init__(self):
        super().__init__("octets", gdb.COMMAND_USER)

    def invoke(self, argument, _from_tty):
        try:
            octets = octets_of(gdb.parse_and_eval(argument))
        except (ValueError, TypeError, gdb.error, RecursionError) as error:
            raise gdb.GdbError(f"{argument} holds no octets: {error}")
        gdb.write(f"{count(len(octets), 'octet')}: {visible(octets, most=4000)}\n")


class ConnectionState(gdb.Command):
    """Show a connection: its two halves, its facts, the octets that wait.

connection         the one that is served in this frame or an outer one
connection 2       #2 of the trace

The words are those of docs/states.md."""

    def __init__(self):
        super().__init__("connection", gdb.COMMAND_USER)

    def invoke(self, argument, _from_tty):
        number, server = connection_number(argument), the_server()
        if number is None:
            peer, missing = peer_here(), "no connection is served here; say connections to see which are open"
        else:
            peer = next((peer for _, peer in peers(server) if number_of(peer) == number), None)
            missing = f"connection #{number} is not open"
        if peer is None:
            raise gdb.GdbError(missing)
        gdb.write("\n".join(state_lines(peer, server)) + "\n")


class Connections(gdb.Command):
    """List the open connections and their two states."""

    def __init__(self):
        super().__init__("connections", gdb.COMMAND_USER)

    def invoke(self, _argument, _from_tty):
        lines = ["{}{}, {}".format(whose(peer), *pair(peer["connection"])) for _, peer in peers(the_server())]
        gdb.write("\n".join(lines or ["no connection is open"]) + "\n")


def the_server():
    try:
        server = nearest("Server")
    except gdb.error:
        raise gdb.GdbError("the server is not running: say run first")
    if server is None:
        raise gdb.GdbError(f"say thread 1, if another thread is selected; otherwise {NO_VARIABLES}")
    return server


# ---- a connection in words ------------------------------------------------------------------------------------------

def pair(connection):
    return variant(connection["receiving"])[0], variant(connection["sending"])[0]


def state_lines(peer, server):
    connection = peer["connection"]
    receiving, in_receiving = variant(connection["receiving"])
    sending, in_sending = variant(connection["sending"])
    meaning, leaves = WORDS["pair"].get((receiving, sending)) or ("", "")
    yield f"{whose(peer)}{receiving}, {sending}: {meaning}"
    yield row("leaves when", leaves)
    yield row("receiving", word(receiving, "The receiving half") + left(in_receiving, server))
    yield row("sending", word(sending, "The sending half") + left(in_sending, server))
    if sending == "Responding":
        yield from response_lines(peer, in_sending, server)
    persistence, reason = variant(connection["persistence"])
    yield row("persistence", word(persistence, "Persistence"))
    if persistence == "Ends":
        yield row("reason", word(variant(first_field(reason))[0], "Why a connection ends"))
    for fact in ("fin_received", "fin_sent"):
        yield row(fact, "yes" if connection[fact] else "no")
    yield row("unread", waiting(connection["unread"], "taken", server))
    yield row("outgoing", waiting(connection["outgoing"], "sent", server))


def response_lines(peer, responding, server):
    """Where the steps come from, and how far the current one is."""
    producer, holds = variant(peer["producer"])
    if variant(responding["source"])[0] == "Own":
        producer, holds = "none: the steps are the connection's own", None
    yield row("producer", producer)
    if producer == "Subscription":
        yield row("topic", topic_words(first_field(holds)["subscriber"], server))
    if producer == "Lesson":
        instruction = lesson_instruction(target(first_field(holds)))
        yield row("lesson", f"line {int(instruction['position']['line'])}")
        note = octets_of(instruction["note"]["en"]) or octets_of(instruction["note"]["ko"])
        if note:
            yield row("note", visible(note))
    progress, in_progress = variant(responding["progress"])
    held = target(first_field(in_progress)) if progress == "Held" else None
    yield row("progress", word(progress, "Progress") + left(in_progress if held is None else held, server))
    if held is not None:
        yield from held_lines(held, server)


def held_lines(held, server):
    kind, holds = variant(held["step"])
    if kind == "None":
        yield row("held", STEPS["Hold"](None))
        return
    step = first_field(holds)
    yield row("held", step_words(step))
    octets = step_octets(step, octets_of(held["fields"]), server)
    if octets:
        yield row("will send", f"{count(len(octets), 'octet')}: {visible(octets)}")


def step_octets(step, fields, server):
    """The octets that a step sends, as Step::encode makes them."""
    name, holds = variant(step)
    content = first_field(holds) if holds is not None and holds.type.fields() else None
    if name == "Head":
        return head_octets(content, fields)
    if name in ("RawHead", "Data"):
        return octets_of(content)
    if name == "Chunk":
        return chunk_octets(octets_of(content))
    if name == "Deliver":
        return frame_octets(content, server)
    return b"0\r\n\r\n" if name == "LastChunk" else b""


def head_octets(head, general):
    status, (framing, holds) = int(head["status"]), variant(head["framing"])
    lines = f"HTTP/1.1 {status} {REASONS.get(status, '')}\r\n".encode() + (general if status >= 200 else b"")
    for field in items(head["fields"]):
        lines += octets_of(field["__0"]) + b": " + octets_of(field["__1"]) + b"\r\n"
    if framing == "ContentLength":
        lines += f"Content-Length: {int(first_field(holds))}\r\n".encode()
    if framing == "Chunked":
        lines += b"Transfer-Encoding: chunked\r\n"
    return lines + b"\r\n"


def topic_of(subscriber, server):
    return slab_item(server["shared"]["topics"]["topics"], int(subscriber["topic"]))


def topic_words(subscriber, server):
    """Which topic it is, what its ring keeps, and how far this subscriber is in it."""
    topic = topic_of(subscriber, server)
    ring, row_of_topic = topic["ring"], slab_item(topic["subscribers"], int(subscriber["row"]))
    first, kept = int(ring["first"]), int(ring["frames"]["len"])
    names = map_items(server["shared"]["topics"]["names"])
    name = next((octets_of(name).decode() for name, at in names if int(at) == int(subscriber["topic"])), "not listed")
    keeps = f"keeps events {first} to {first + kept - 1}" if kept else "keeps no event"
    return f"{name}: its ring {keeps}; number {int(row_of_topic['cursor'])} is the next for this subscriber"


def frame_octets(batch, server):
    """The octets of a batch: a slice of one block of the ring."""
    ring = topic_of(batch["subscriber"], server)["ring"]
    first, places = int(ring["first"]), ring_items(ring["frames"])
    blocks = [block for block in ring_items(ring["blocks"]) if int(block["first"]) <= int(batch["from"])]
    if not blocks or int(batch["from"]) < first:
        return b""
    start = int(places[int(batch["from"]) - first]["start"])
    end = int(places[int(batch["upto"]) - 1 - first]["end"])
    return octets_of(blocks[-1]["octets"])[start:end]


def lesson_instruction(play):
    """The instruction that the last step came from."""
    # An Arc points to two counters, and to the value after them.
    case = first_pointer(play["case"]).dereference()["data"]
    return items(case["program"])[int(play["shown"])]


def row(name, text):
    return f"    {name:<14}{text}"


def word(name, heading):
    meaning = WORDS.get(heading, {}).get(name)
    return f"{name}: {meaning}" if meaning else name


def buffered(holder, done):
    """Octets that have been received and not been taken, or encoded and not been sent; and where they are kept."""
    kind, holds = variant(first_field(holder))
    if kind == "None":
        return b"", None
    box = target(first_field(holds))
    return octets_of(box["octets"])[int(box[done]):], box


def waiting(holder, done, server):
    octets, box = buffered(holder, done)
    return "0 octets" if box is None else f"{count(len(octets), 'octet')}: {visible(octets)}{left(box, server)}"


def left(state, server):
    """How much of its time a state has left, if it has a deadline. It is the same after ten minutes at a breakpoint."""
    names = [field.name for field in state.type.fields()]
    if names == ["__0"] and state["__0"].type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
        state = target(state["__0"])
        names = [field.name for field in state.type.fields()]
    until = [seconds(state[name]) for name in names if name in DEADLINES]
    return f" ({min(until) - seconds(server['shared']['now']):.1f} s left)" if until else ""


DEADLINES = ("until", "silent_until", "complete_until", "stalled_at")


def words_of(page):
    """The tables of docs/states.md: heading, name, meaning; and the pairs of states."""
    words, heading = {"pair": {}}, ""
    for line in page.splitlines():
        if line.startswith("## "):
            heading = re.split(r"[:(]| of | that ", line[3:])[0].strip()
            words[heading] = {}
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if len(cells) == 2:
            words[heading][cells[0].strip("`")] = cells[1].replace("`", "")
        elif len(cells) == 4:
            words["pair"][cells[0], cells[1]] = cells[2], cells[3]
    return words


def text_of(*names):
    try:
        return ROOT.joinpath(*names).read_text(encoding="utf-8")
    except OSError:
        return ""


WORDS = words_of(text_of("docs", "states.md"))
# As reason_phrase() has them.
REASONS = {int(status): reason
           for status, reason in re.findall(r'(\d{3}) => "([^"]*)"', text_of("src", "wire", "response.rs"))}



for group in GROUPS:
    Break(group)
Octets()
ConnectionState()
Connections()

# Arguments are shown by the sentence at each stop.
gdb.execute("set print frame-arguments presence")
# `step` stays in wirestep: it does not enter the standard library and the crates, whose source is not here.
for library in ("*/library/*", "*/registry/src/*", "*/vendor/*"):
    gdb.execute(f"skip -gfi {library}", to_string=True)
gdb.execute(r"skip -rfu '^<\?\(core\|std\|alloc\|log\|mio\|slab\)::'", to_string=True)
# Containers forbid switching it off, and nothing here depends on addresses.
gdb.execute("set disable-randomization off")
