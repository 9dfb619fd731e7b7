"""The values of wirestep as gdb finds them in memory: octets, enums, collections, times, and how they are shown.

    (gdb) print octets             $1 = 18 octets: GET / HTTP/1.1␍␊␍␊
    (gdb) print stalled_at         $2 = in 29.9 s
    (gdb) print self.receiving     $3 = Paused

wirestep.py imports it. Nothing here knows what a connection is.
"""

import re

import gdb


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


# ---- enums, collections, times --------------------------------------------------------------------------------------

def is_enum(value):
    # The field before the variant has no name: it says which variant it is.
    fields = value.type.strip_typedefs().fields()
    return len(fields) == 2 and fields[0].name is None


def variant(value):
    """The name of an enum's variant, and what the variant holds."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_ENUM:
        return str(value).rsplit("::", 1)[-1], None
    field = value.type.fields()[-1]
    return field.name, value[field]


def first_field(value):
    return value[value.type.fields()[0]]


def items(vector):
    """The values in a Vec."""
    first = first_pointer(vector["buf"]).cast(vector.type.template_argument(0).pointer())
    return [(first + place).dereference() for place in range(int(vector["len"]))]


def ring_items(ring):
    """The values in a VecDeque, which may go on at the beginning of its room."""
    first = first_pointer(ring["buf"]).cast(ring.type.template_argument(0).pointer())
    room = max(numbers(ring["buf"]["inner"]["cap"])[0], 1)
    return [(first + (int(ring["head"]) + place) % room).dereference() for place in range(int(ring["len"]))]


def slab_items(slab):
    """The keys and values in a slab."""
    for key, entry in enumerate(items(slab["entries"])):
        kind, holds = variant(entry)
        if kind == "Occupied":
            yield key, first_field(holds)


def slab_item(slab, key):
    return next((value for found, value in slab_items(slab) if found == key), None)


def map_items(hash_map):
    """The keys and values in a HashMap: they lie before the control octets, the first one last."""
    table = hash_map["base"]["table"]
    rows = table.type.template_argument(0).pointer()
    control = first_pointer(table["table"]["ctrl"])
    first = control.cast(rows)
    for place in range(int(table["table"]["bucket_mask"]) + 1):
        if not int(control[place]) & 0x80:
            row = (first - place - 1).dereference()
            yield row["__0"], row["__1"]


def numbers(value):
    """All numbers in a struct of structs, in their order: the seconds and nanoseconds of an Instant or a Duration."""
    if value.type.strip_typedefs().code != gdb.TYPE_CODE_STRUCT:
        return [int(value)]
    return [number for field in value.type.fields() for number in numbers(value[field])]


def seconds(value):
    whole, nanoseconds = numbers(value)
    return whole + nanoseconds / 1e9


def now_here():
    """The time that the code here goes by, in seconds; None if no frame knows it."""
    for frame in frames():
        for name in ("cx", "shared", "self"):
            try:
                holder = target(frame.read_var(name))
                holder = holder["shared"] if short_type(holder) == "Server" else holder
                return seconds(holder["now"])
            except (ValueError, gdb.error):
                continue
    return None


def moment(instant):
    """An Instant, as seen from here."""
    try:
        now = now_here()
    except gdb.error:
        now = None
    if now is None:
        return f"{seconds(instant):.1f} s of the clock"
    away = seconds(instant) - now
    return "now" if abs(away) < 0.05 else f"in {away:.1f} s" if away > 0 else f"{-away:.1f} s ago"


def short_type(value):
    name = value.type.strip_typedefs().name or ""
    return name.rsplit("::", 1)[-1] if name.startswith("wirestep::") else name


def frames():
    """The selected frame, and those that have called it."""
    frame = gdb.selected_frame()
    while frame is not None:
        yield frame
        frame = frame.older()


# ---- how values are shown -------------------------------------------------------------------------------------------

class Text:
    """A value that is one text."""

    def __init__(self, text):
        self.text = text

    def to_string(self):
        return self.text


class Sequence:
    """The values in a Vec, one after the other."""

    def __init__(self, value):
        self.values = items(value)

    def to_string(self):
        return f"[{len(self.values)}]"

    def children(self):
        return ((str(place), value) for place, value in enumerate(self.values))

    def display_hint(self):
        return "array"


def variant_text(value):
    """A variant as the source writes it. One text, since gdb shows what has children as {...} over MI."""
    name, holds = variant(value)
    fields = holds.type.fields() if holds is not None else []
    texts = [(field.name, holds[field].format_string()) for field in fields]
    if not texts:
        return name
    if texts[0][0].startswith("__"):
        return f"{name}({', '.join(text for _, text in texts)})"
    return f"{name} {{{', '.join(f'{field}: {text}' for field, text in texts)}}}"


def printer(value):
    """Octets are text, an Instant is seen from now, an enum is its variant; all else is as gdb has it."""
    kind = value.type.strip_typedefs()
    name = kind.name or ""
    if kind.code != gdb.TYPE_CODE_STRUCT:
        return None
    if OCTETS.fullmatch(name):
        octets = octets_of(value)
        return Text(f"{count(len(octets), 'octet')}: {visible(octets)}" if octets else "0 octets")
    if name.startswith("alloc::vec::Vec<"):
        return Sequence(value)
    if name == "std::time::Instant":
        return Text(moment(value))
    if name == "core::time::Duration":
        return Text(f"{seconds(value):g} s")
    if ENUMS.match(name) and is_enum(value):
        return Text(variant_text(value))
    return None


OCTETS = re.compile(r"&(mut )?(\[u8\]|str)|alloc::string::String|alloc::(vec::Vec<u8|boxed::Box<(\[u8\]|str))(, .*)?>")
ENUMS = re.compile(r"wirestep::|core::option::Option<|core::result::Result<|alloc::borrow::Cow<")


def put_printer_first(_event=None):
    # rust-gdb brings printers of its own with the program, and the first that knows a type is asked.
    for program in gdb.objfiles()[:1]:
        if program.pretty_printers[:1] != [printer]:
            program.pretty_printers[:] = [printer] + [other for other in program.pretty_printers if other != printer]


put_printer_first()
gdb.events.new_objfile.connect(put_printer_first)
