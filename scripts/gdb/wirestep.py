"""wirestep in gdb: breakpoints by steps of the protocol, and connections in the words of docs/states.md.

    rust-gdb -x scripts/gdb/wirestep.py target/debug/wirestep
    (gdb) break-tour
    (gdb) run

docs/debugger.md is a whole session; `help user-defined` lists the commands. Needs gdb with Python (Debian's has it) and
the debug build: the release build has functions and lines, but no variables.

For the next editor: PLACES says where one can stop, what is said there, and which command stops there. A place must be a
function that is neither generic nor a closure nor of a trait. tests/debugger.rs stops at every one of them.
"""

import pathlib
import re

import gdb

ROOT = pathlib.Path(__file__).resolve().parents[2]


# ---- octets ---------------------------------------------------------------------------------------------------------

def octets_of(value):
    """The octets of a slice, a str, a Vec, a String, a Box or Cow of them, or of an enum that holds one of these."""
    value = target(value)
    fields = value.type.fields()
    names = [field.name for field in fields]
    if "data_ptr" in names:
        return read(value["data_ptr"], value["length"])
    if "buf" in names:
        return read(first_pointer(value["buf"]), value["len"])
    if len(fields) == 1 or is_enum(value):
        return octets_of(value[fields[-1]])
    raise ValueError(f"{short_type(value)} is more than octets")


def read(pointer, length):
    return gdb.selected_inferior().read_memory(int(pointer), int(length)).tobytes() if int(length) else b""


def first_pointer(value):
    # Where a Vec keeps its pointer is an affair of the standard library: whatever the path is, it is the first pointer.
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
        return value
    return first_pointer(first_field(value))


def target(value):
    """What a reference or a Box points to; any other value is itself."""
    while value.type.strip_typedefs().code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF):
        value = value.dereference()
    return value


def visible(octets, most=400):
    """Octets on one line, as the trace shows them: CR and LF as pictures, what is no text as escapes."""
    text = octets[:most].decode("utf-8", "backslashreplace")
    text = "".join(PICTURES.get(character) or plain(character) for character in text)
    return text + (f" ... ({len(octets) - most} more)" if len(octets) > most else "")


def plain(character):
    if character.isprintable() and character not in PICTURES.values():
        return character
    return f"\\x{ord(character):02x}" if ord(character) < 0x80 else f"\\u{{{ord(character):x}}}"


def can_show(text):
    try:
        return bool(text.encode(gdb.host_charset()))
    except (UnicodeError, LookupError):
        return False


PICTURES = {"\r": "␍", "\n": "␊", "\t": "␉"} if can_show("␍␊␉") else {"\r": "\\r", "\n": "\\n", "\t": "\\t"}


def count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# ---- enums, times, and what a turn of the loop knows ----------------------------------------------------------------

def is_enum(value):
    # The field before the variant has no name: it says which variant it is.
    return len(value.type.fields()) == 2 and value.type.fields()[0].name is None


def variant(value):
    """The name of an enum's variant, and what the variant holds."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_ENUM:
        return str(value).rsplit("::", 1)[-1], None
    field = value.type.fields()[-1]
    return field.name, value[field]


def first_field(value):
    return value[value.type.fields()[0]]


def numbers(value):
    """All numbers in a struct of structs, in their order: the seconds and nanoseconds of an Instant or a Duration."""
    if value.type.strip_typedefs().code != gdb.TYPE_CODE_STRUCT:
        return [int(value)]
    return [number for field in value.type.fields() for number in numbers(value[field])]


def seconds(value):
    whole, nanoseconds = numbers(value)
    return whole + nanoseconds / 1e9


def short_type(value):
    name = value.type.strip_typedefs().name or ""
    return name.rsplit("::", 1)[-1] if name.startswith("wirestep::") else name


def frames():
    """The selected frame, and those that have called it."""
    frame = gdb.selected_frame()
    while frame is not None:
        yield frame
        frame = frame.older()


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
    """The entries of the slab: key and peer."""
    entries = server["peers"]["entries"]
    first, length = first_pointer(entries["buf"]), int(entries["len"])
    first = first.cast(entries.type.template_argument(0).pointer())
    for key in range(length):
        kind, holds = variant((first + key).dereference())
        if kind == "Occupied":
            yield key, first_field(holds)


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
    return f"#{int(target(frame.read_var('self'))['connections']) + 1} is accepted"


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
    name, holds = variant(frame.read_var("step"))
    return "begins " + STEPS[name](first_field(holds) if holds.type.fields() else None)


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
    return f"-> {count(len(octets), 'octet')}: {visible(octets)}"


def say_response_end(frame):
    connection = target(frame.read_var("self"))
    if connection["fin_sent"]:
        return "our FIN is out, and nothing else is to be done"
    if variant(connection["receiving"])[0] == "Body":
        return "100 Continue is said; the body may come"
    return "the response is complete; that alone closes nothing"


def always(sentence):
    return lambda _frame: sentence


def say_closed(frame):
    # wirestep::net::server::Gone::Closed(wirestep::wire::cause::Cause::BothFin)
    causes = re.findall(r"(?:Cause|CloseReason)::(\w+)", str(frame.read_var("gone")))
    return f"the socket is closed: {causes[-1] if causes else 'for a reason that cannot be shown'}"


def head_words(head):
    kind, holds = variant(head["framing"])
    return f"a head: {int(head['status'])}, {FRAMINGS[kind](holds)}"


def chunk_words(data):
    octets = octets_of(data)
    chunk = f"{len(octets):x}\r\n".encode() + octets + b"\r\n"
    return f"a chunk: 0x{len(octets):x} = {count(len(octets), 'octet')} of data, {visible(chunk)}"


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
    "Chunk": chunk_words,
    "LastChunk": lambda _: "the last chunk: " + visible(b"0\r\n\r\n"),
    "Data": data_words,
    "Frames": lambda _: "frames: what its topic has for this subscriber",
    "Wait": lambda duration: f"a pause of {seconds(duration):g} s",
    "Hold": lambda _: "a hold: nothing until somebody lets it go on",
    "SendBuffer": lambda octets: f"a send buffer of {count(int(octets), 'octet')}",
    "Fin": lambda _: "FIN: we are going to send nothing more",
    "Rst": lambda _: "RST: the connection is going to be torn down",
}

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
        "tour reads fin", always("<- FIN: read() = 0, they send nothing more")),
    "wirestep::net::socket::send_fin": ("tour fin", always("-> FIN: shutdown(SHUT_WR), we send nothing more")),
    "wirestep::exchange::connection::Sending::lingering": (
        "tour fin", always("lingers: reads on and throws away, until their FIN or until time is up")),
    "wirestep::net::socket::send_rst": ("tour fin", always("-> RST: both directions are cut")),
    FORGET: ("tour", say_closed),
}

GROUPS = {
    "tour": "each station from accept to FIN",
    "steps": "every step of the protocol: all that is done to a connection begins there",
    "head": "each request head that is read, and each response head that is written",
    "chunk": "each chunk, and the last chunk, when it is encoded",
    "events": "each event of an event stream, when it is encoded",
    "reads": "what a read has taken: octets, or FIN",
    "writes": "octets that are about to be written",
    "fin": "FIN in either direction, lingering, and RST",
}


def on_stop(event):
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
        # What was said last counts: break-steps 2 behind break-tour stops at the steps of #2 only.
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
    meaning, leaves = WORDS["pair"].get((receiving, sending)) or WORDS["pair"].get(("any", sending)) or ("", "")
    yield f"{whose(peer)}{receiving}, {sending}: {meaning}"
    yield row("leaves when", leaves)
    yield row("receiving", word(receiving, "The receiving half") + left(in_receiving, server))
    yield row("sending", word(sending, "The sending half") + left(in_sending, server))
    if sending == "Responding":
        progress, in_progress = variant(in_sending["progress"])
        yield row("producer", variant(in_sending["producer"])[0])
        yield row("progress", word(progress, "Progress") + left(in_progress, server))
    persistence, reason = variant(connection["persistence"])
    yield row("persistence", word(persistence, "Persistence"))
    if persistence == "Ends":
        yield row("reason", word(variant(first_field(reason))[0], "Why a connection ends"))
    for fact in ("fin_received", "fin_sent"):
        yield row(fact, "yes" if connection[fact] else "no")
    yield row("unread", waiting(connection["unread"], "taken", server))
    yield row("outgoing", waiting(connection["outgoing"], "sent", server))


def row(name, text):
    return f"    {name:<14}{text}"


def word(name, heading):
    meaning = WORDS.get(heading, {}).get(name)
    return f"{name}: {meaning}" if meaning else name


def waiting(holder, done, server):
    """Octets that have been received and not been taken, or encoded and not been sent."""
    kind, holds = variant(first_field(holder))
    if kind == "None":
        return "0 octets"
    box = target(first_field(holds))
    octets = octets_of(box["octets"])[int(box[done]):]
    return f"{count(len(octets), 'octet')}: {visible(octets)}{left(box, server)}"


def left(state, server):
    """How much of its time a state has left, if it has a deadline. It is the same after ten minutes at a breakpoint."""
    names = [field.name for field in state.type.fields()]
    if names == ["__0"] and short_type(state).startswith("Body"):
        state = target(state["__0"])
        names = [field.name for field in state.type.fields()]
    until = [seconds(state[name]) for name in names if name in ("until", "silent_until", "complete_until")]
    return f" ({min(until) - seconds(server['surroundings']['now']):.1f} s left)" if until else ""


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


try:
    WORDS = words_of((ROOT / "docs" / "states.md").read_text(encoding="utf-8"))
except OSError:
    WORDS = {"pair": {}}


for group in GROUPS:
    Break(group)
Octets()
ConnectionState()
Connections()

# Arguments are shown by the sentence at each stop; where they lie in memory is nobody's question.
gdb.execute("set print frame-arguments presence")
# Containers forbid switching it off, and nothing here depends on addresses.
gdb.execute("set disable-randomization off")
