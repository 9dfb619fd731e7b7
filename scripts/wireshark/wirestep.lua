-- wirestep for Wireshark: chunk boundaries and event-stream fields on every segment, while the stream still runs.
--
--     tshark -X lua_script:scripts/wireshark/wirestep.lua -r FILE        or: scripts/wireshark/install
--
-- Wireshark's own HTTP dissector puts a chunked response together before it says anything of it, so a stream that runs shows
-- nothing, and one that is cut shows nothing ever. This is a post-dissector: it runs behind all the others, takes the octets
-- of each segment from tcp.payload, and leaves reassembly as it is.
--
--     octets of a segment --> in order? --> states.* (RFC 9112) --> take_events (WHATWG HTML) --> rows of the tree
--                                |
--                                too early: they wait; twice: they are not read again; not in the capture: said, then given up
--
-- What is known of a direction before a segment is a value of a dozen members: reading works on a copy, and the one before is
-- kept with the number of the frame. Wireshark visits frames again and in any order; then the same is read again from the same
-- state. So memory is some 2 KiB for each segment that shows something, however many octets it has; text is kept of open lines.
--
-- A row stands where its last octet is; what is open at the end of a segment is told by wirestep.continues.
--
-- For the next editor: Lua 5.1 to 5.4 without extras. Tables inside a direction are replaced and never changed (`events` is
-- copied with it). A new field goes into `fields`, docs/wireshark.md and tests/wireshark.rs.

local is_new, wirestep = pcall(Proto, "wirestep", "wirestep: HTTP/1.1 framing and event streams")
if not is_new then
    -- Installed, and given on the command line too: the one that came first does the work.
    return
end

wirestep.prefs.info = Pref.bool("Say it in the Info column too", true, "Append what wirestep.info says to the Info column")

-- ---- fields -------------------------------------------------------------------------------------------------------------

local fields = {
    info = ProtoField.string("wirestep.info", "In short"),
    start_line = ProtoField.string("wirestep.start_line", "start-line"),
    field_line = ProtoField.string("wirestep.field_line", "field-line"),
    framing = ProtoField.string("wirestep.framing", "end of head; the body is framed by"),
    chunk_number = ProtoField.uint32("wirestep.chunk.number", "chunk", base.DEC),
    chunk_size = ProtoField.uint64("wirestep.chunk.size", "chunk-size", base.DEC_HEX),
    chunk_extension = ProtoField.string("wirestep.chunk.extension", "chunk-ext"),
    chunk_data = ProtoField.string("wirestep.chunk.data", "chunk-data"),
    chunk_end = ProtoField.uint32("wirestep.chunk.end", "CRLF, the end of chunk", base.DEC),
    last_chunk = ProtoField.bool("wirestep.last_chunk", "last-chunk"),
    trailer = ProtoField.string("wirestep.trailer", "trailer field-line"),
    body = ProtoField.string("wirestep.body", "body, not in chunks"),
    event_field = ProtoField.string("wirestep.event.field", "event-stream field"),
    event_type = ProtoField.string("wirestep.event.type", "event"),
    event_data = ProtoField.string("wirestep.event.data", "data"),
    event_id = ProtoField.string("wirestep.event.id", "id"),
    event_retry = ProtoField.uint32("wirestep.event.retry", "retry", base.DEC),
    event_comment = ProtoField.string("wirestep.event.comment", "comment"),
    event_dispatched = ProtoField.uint32("wirestep.event.dispatched", "dispatched: event", base.DEC),
    dispatched_type = ProtoField.string("wirestep.event.dispatched.type", "its type"),
    dispatched_data = ProtoField.string("wirestep.event.dispatched.data", "its data"),
    dispatched_id = ProtoField.string("wirestep.event.dispatched.id", "the last event ID"),
    event_discarded = ProtoField.bool("wirestep.event.discarded", "an event without its blank line is discarded"),
    request_complete = ProtoField.bool("wirestep.request.complete", "the request is complete"),
    response_complete = ProtoField.bool("wirestep.response.complete", "the response is complete"),
    ending = ProtoField.string("wirestep.ending", "ending"),
    incomplete = ProtoField.string("wirestep.incomplete", "incomplete"),
    unanswered = ProtoField.uint32("wirestep.unanswered", "requests without a response", base.DEC),
    unexpected = ProtoField.string("wirestep.unexpected", "unexpected"),
    repeated = ProtoField.bool("wirestep.repeated", "octets that came before, not read again"),
    early = ProtoField.bool("wirestep.early", "octets that wait for those before them"),
    lost = ProtoField.string("wirestep.lost", "not in the capture"),
    joined = ProtoField.string("wirestep.joined", "read on from here"),
    continues = ProtoField.string("wirestep.continues", "still to come"),
}
local all_fields = {}
for _, field in pairs(fields) do
    all_fields[#all_fields + 1] = field
end
wirestep.fields = all_fields

local experts = {
    incomplete = ProtoExpert.new("wirestep.expert.incomplete", "the message is incomplete", expert.group.SEQUENCE, expert.severity.WARN),
    unanswered = ProtoExpert.new("wirestep.expert.unanswered", "a request has no response", expert.group.SEQUENCE, expert.severity.WARN),
    unexpected = ProtoExpert.new("wirestep.expert.unexpected", "not as RFC 9112 has it", expert.group.PROTOCOL, expert.severity.ERROR),
    lost = ProtoExpert.new("wirestep.expert.lost", "not in the capture", expert.group.SEQUENCE, expert.severity.NOTE),
}
wirestep.experts = { experts.incomplete, experts.unanswered, experts.unexpected, experts.lost }

local tcp_stream = Field.new("tcp.stream")
local tcp_sequence = Field.new("tcp.seq_raw")
local tcp_acknowledgement = Field.new("tcp.ack_raw")
local tcp_length = Field.new("tcp.len")
local tcp_payload = Field.new("tcp.payload")
local tcp_syn = Field.new("tcp.flags.syn")
local tcp_fin = Field.new("tcp.flags.fin")
local tcp_reset = Field.new("tcp.flags.reset")

-- ---- bounds -------------------------------------------------------------------------------------------------------------

-- A line, or the data of an event, of so many octets gets no more from the next segment.
local MOST_KEPT = 65536
-- Segments that wait for one before them. It comes within a window, or it is not in the capture.
local MOST_WAITING = 1000
-- Phrases in wirestep.info.
local MOST_PHRASES = 8

-- ---- words --------------------------------------------------------------------------------------------------------------

-- UTF-8 by its first octets (RFC 3629 section 4), without the control characters U+0080 to U+009F.
local CHARACTERS = {
    "^\194[\160-\191]", "^[\195-\223][\128-\191]",
    "^\224[\160-\191][\128-\191]", "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
    "^\240[\144-\191][\128-\191][\128-\191]", "^[\241-\243][\128-\191][\128-\191][\128-\191]",
    "^\244[\128-\143][\128-\191][\128-\191]",
}

-- Where the characters end that begin at `at`; nothing if there is no UTF-8, or none that can be printed.
local function printable(octets, at)
    local _, last = octets:find("^[\32-\126]+", at)
    for index = 1, #CHARACTERS do
        if last then return last end
        _, last = octets:find(CHARACTERS[index], at)
    end
    return last
end

-- Octets as text: control characters by their pictures, what is not UTF-8 as \xNN.
local function shown_as_text(octets)
    local out, at = {}, 1
    while at <= #octets do
        local last, octet = printable(octets, at), octets:byte(at)
        if last then
            out[#out + 1] = octets:sub(at, last)
        elseif octet < 32 then
            -- U+2400 and so on: the picture of a control character is E2 90 80 plus its code.
            out[#out + 1] = "\226\144" .. string.char(128 + octet)
        else
            out[#out + 1] = string.format("\\x%02x", octet)
        end
        at = (last or at) + 1
    end
    return table.concat(out)
end

-- Larger numbers are not exact in every Lua; nobody sends so much.
local MOST_COUNTED = 2 ^ 53

local function count(number, noun)
    if number > MOST_COUNTED then return "more than 2^53 " .. noun .. "s" end
    return string.format("%.0f %s%s", number, noun, number == 1 and "" or "s")
end

-- ---- what a segment shows -----------------------------------------------------------------------------------------------

-- Rows of the tree, in the order of their octets.
local Rows = {}
Rows.__index = Rows

local function new_rows(tree, payload)
    -- `offset` is what the octets that are read begin at in this frame; nothing, if they came in another one.
    return setmetatable({ tree = tree, payload = payload, offset = 0, phrases = {} }, Rows)
end

-- `from` and `to` count in the octets that are read; without them the row has no octets.
function Rows:add(field, value, from, to, text)
    local payload = self.payload
    self.own = self.own or (payload and self.tree:add(wirestep, payload.range) or self.tree:add(wirestep))
    local parent, row = self.parent or self.own, nil
    if from and to >= from and self.offset then
        row = parent:add(fields[field], payload.range(self.offset + from - 1, to - from + 1), value)
    else
        row = parent:add(fields[field], value)
        row:set_generated()
    end
    if text then row:set_text(text) end
    if experts[field] then row:add_proto_expert_info(experts[field], field .. ": " .. value) end
    return row
end

-- What `act` adds stands below `row`.
function Rows:below(row, act, ...)
    local outer = self.parent
    self.parent = row
    act(...)
    self.parent = outer
end

function Rows:say(phrase)
    self.phrases[#self.phrases + 1] = phrase
end

-- Not as the standard has it.
function Rows:mind(why, from, to)
    self:add("unexpected", why, from, to)
    if self.phrases[#self.phrases] ~= "unexpected" then self:say("unexpected") end
end

-- The phrases; of many those at the beginning and those at the end.
function Rows:in_short()
    local phrases = self.phrases
    if #phrases <= MOST_PHRASES then return table.concat(phrases, ", ") end
    local begin = table.concat(phrases, ", ", 1, MOST_PHRASES - 3)
    return string.format("%s, ... %d more ..., %s", begin, #phrases - MOST_PHRASES, table.concat(phrases, ", ", #phrases - 2))
end

-- ---- text that grows from segment to segment ----------------------------------------------------------------------------

-- Pieces, each of which knows the one before: a state and the next one share what both have.
local function grown(text, piece)
    local length = text and text.length or 0
    if length >= MOST_KEPT then return text end
    return { before = text, piece = piece, length = length + #piece }
end

local function text_of(text)
    local pieces = {}
    while text do
        pieces[#pieces + 1] = text.piece
        text = text.before
    end
    for index = 1, math.floor(#pieces / 2) do
        pieces[index], pieces[#pieces + 1 - index] = pieces[#pieces + 1 - index], pieces[index]
    end
    return table.concat(pieces)
end

-- ---- event streams (WHATWG HTML, "Server-sent events") ------------------------------------------------------------------

-- `line` is one that began in an earlier segment; `data` is as the standard has it: each line of data, and LF behind it.
-- `is_open`: there is a field since the last blank line.
local function new_events()
    return { line = nil, after_cr = false, is_first = true, number = 0, type = "", data = nil, id = "", is_open = false }
end

local function is_cut_inside(events)
    return events and (events.is_open or events.line and text_of(events.line):sub(1, 1) ~= ":")
end

local function dispatch(events, rows, from, to)
    events.is_open = false
    if not events.data then
        rows:add("event_field", "", from, to, "blank line: there is no data, so nothing is dispatched")
        events.type = ""
        return
    end
    events.number = events.number + 1
    local kind = shown_as_text(events.type ~= "" and events.type or "message")
    local data = shown_as_text(text_of(events.data):sub(1, -2))
    local row = rows:add("event_dispatched", events.number, from, to,
        string.format("blank line: dispatches event %d, of type %s", events.number, kind))
    rows:below(row, function()
        rows:add("dispatched_type", kind)
        rows:add("dispatched_data", data)
        rows:add("dispatched_id", shown_as_text(events.id))
    end)
    rows:say(string.format("event %d (%s)", events.number, kind))
    events.type, events.data = "", nil
end

-- What a field means to a client; false if it means nothing.
local function take_field(events, rows, name, value, from, to)
    if name == "event" then
        events.type = value
        rows:add("event_type", shown_as_text(value), from, to)
    elseif name == "data" then
        events.data = grown(events.data, value .. "\n")
        rows:add("event_data", shown_as_text(value), from, to)
    elseif name == "id" and not value:find("%z") then
        events.id = value
        rows:add("event_id", shown_as_text(value), from, to)
    elseif name == "retry" and value:find("^%d+$") and #value < 10 then
        rows:add("event_retry", tonumber(value), from, to)
    else
        return false
    end
    return true
end

local function take_event_line(events, rows, line, from, to)
    if events.is_first then
        events.is_first = false
        line = line:gsub("^\239\187\191", "")
    end
    if line == "" then
        return dispatch(events, rows, from, to)
    end
    if line:sub(1, 1) == ":" then
        rows:add("event_comment", shown_as_text(line:sub(2)), from, to)
        return rows:say("comment")
    end
    events.is_open = true
    local name, value = line:match("^([^:]*): ?(.*)$")
    name, value = name or line, value or ""
    local text = "field " .. shown_as_text(line)
    local row = rows:add("event_field", shown_as_text(name), from, to, text)
    rows:below(row, function()
        if not take_field(events, rows, name, value, from, to) then
            row:set_text(text .. " (ignored: clients know no such field, or no such value)")
        end
    end)
end

-- A line ends in LF, CR, or CRLF; after CR it has ended already, and an LF that follows belongs to it.
local function take_events(events, rows, octets, first, last)
    local at = first
    if events.after_cr and at <= last then
        events.after_cr = false
        if octets:sub(at, at) == "\n" then at = at + 1 end
    end
    while at <= last do
        local stop = octets:find("[\r\n]", at)
        if not stop or stop > last then
            events.line = grown(events.line, octets:sub(at, last))
            return
        end
        local line = text_of(events.line) .. octets:sub(at, stop - 1)
        events.line = nil
        local to = stop
        if octets:sub(stop, stop) == "\r" then
            events.after_cr = stop == last
            if stop < last and octets:sub(stop + 1, stop + 1) == "\n" then to = stop + 1 end
        end
        take_event_line(events, rows, line, at, to)
        at = to + 1
    end
end

-- ---- messages (RFC 9112) ------------------------------------------------------------------------------------------------

-- One direction of a connection. `state` names the function of `states` that takes the next octets.
--
--     next        the sequence number of the octet that comes next
--     line        a line that began in an earlier segment, so far
--     message     the one that is read, or the last one: kind, status, method, and the field lines that matter
--     heads       how many requests, or final responses, have begun
--     number, size, left   the chunk; left also counts down Content-Length
--     events      the event stream in the body, if it is one
--     waiting     segments that came too early
--     acked       what the other side has acknowledged
--     is_whole    the beginning was seen, and nothing is missing since
local function new_direction(state, sequence)
    return { state = state, next = sequence, line = "", heads = 0, is_whole = state == "start_line" }
end

local function copy(direction)
    local twin = {}
    for name, value in pairs(direction) do twin[name] = value end
    if direction.events then
        twin.events = {}
        for name, value in pairs(direction.events) do twin.events[name] = value end
    end
    return twin
end

local states = {}

-- What these four get is not read: another protocol, octets behind a fault, behind a gap in the capture, behind FIN or RST.
function states.foreign(_, _, octets) return #octets + 1 end
states.broken, states.lost, states.over = states.foreign, states.foreign, states.foreign

-- A token (RFC 9110 section 5.6.2), and what may stand in no line.
local TOKEN = "[%w!#$%%&'*+.^_`|~-]+"
local CONTROL = "[%z\1-\8\10-\31\127]"

-- Nobody can say so of any line, but these are meant for HTTP.
local function looks_like_http(line)
    return line:find("^HTTP/") or line:find("^%u+ +/") or line:find(" HTTP/[01]")
end

-- Nothing behind this can be understood. What never was HTTP is left alone.
local function give_up(direction, rows, octets, at, why)
    direction.line, direction.events = "", nil
    if direction.message then
        direction.state = "broken"
        rows:mind(why, at, #octets)
    else
        direction.state = "foreign"
    end
    return #octets + 1
end

-- A line without its line end, and where it stops; nothing while it is not complete.
local function take_line(direction, rows, octets, at)
    local stop = octets:find("\n", at, true)
    if not stop then
        direction.line = direction.line .. octets:sub(at)
        if #direction.line > MOST_KEPT then
            return nil, give_up(direction, rows, octets, at, "a line of more than " .. count(MOST_KEPT, "octet"))
        end
        return nil, #octets + 1
    end
    local line = direction.line .. octets:sub(at, stop)
    direction.line = ""
    local inner = line:match("^(.-)\r?\n$")
    if (direction.message or looks_like_http(inner)) and (line:sub(-2) ~= "\r\n" or inner:find("\r", 1, true)) then
        rows:mind("a line of a message ends with CRLF, and has no other CR or LF (RFC 9112 2.2)", at, stop)
    end
    return inner, stop + 1
end

local function complete(direction, rows, how)
    local kind = direction.message.kind
    rows:add(kind .. "_complete", true, nil, nil, string.format("the %s is complete: %s", kind, how))
    rows:say(kind .. " complete")
    if is_cut_inside(direction.events) then
        rows:add("event_discarded", true)
    end
    direction.events = nil
    direction.state = "start_line"
end

-- The message that begins with this line; nothing if none does.
local function message_of(line)
    local version, status = line:match("^HTTP/(%d%.%d) (%d%d%d) ")
    if status then return { kind = "response", version = version, status = tonumber(status) } end
    local method, version = line:match("^(" .. TOKEN .. ") [!-~]+ HTTP/(%d%.%d)$")
    -- PRI is how HTTP/2 begins (RFC 9113 section 3.4).
    if method and method ~= "PRI" then return { kind = "request", version = version, method = method } end
end

-- A request begins with a token, a response with HTTP; whatever is neither is left alone as early as possible.
local function may_begin(direction, begin)
    if direction.message and direction.message.kind == "response" then
        return begin:sub(1, 5) == ("HTTP/"):sub(1, #begin)
    end
    -- At least one empty line before a request-line is to be ignored (RFC 9112 section 2.2).
    return begin:find("^\r?\n?$") or begin:find("^\r\n") or begin:find("^" .. TOKEN .. "$") or begin:find("^" .. TOKEN .. " ")
        or begin:find("^HTTP/")
end

function states.start_line(direction, rows, octets, at, stream)
    if not may_begin(direction, direction.line .. octets:sub(at, at + 31)) then
        return give_up(direction, rows, octets, at, "here should be a start-line (RFC 9112 2.1)")
    end
    local line, stop = take_line(direction, rows, octets, at)
    if not line or line == "" then return stop end
    local message = message_of(line)
    if not message then
        direction.message = direction.message or looks_like_http(line) and { kind = "message" } or nil
        return give_up(direction, rows, octets, at, "here should be a start-line (RFC 9112 2.1)")
    end
    direction.message, direction.state = message, "field_lines"
    rows:add("start_line", shown_as_text(line), at, stop - 1)
    rows:say(shown_as_text(message.status and line or line:match("^(%S+ %S+)")))
    if message.method then
        direction.heads = direction.heads + 1
        -- For the response, whose framing depends on it. Read again, it is the same.
        stream.methods[direction.heads] = message.method
    end
    return stop
end

-- Those that say how long the body is, and what it is.
local MATTER = { ["transfer-encoding"] = true, ["content-length"] = true, ["content-type"] = true, ["content-encoding"] = true }

local function with_field(message, name, value)
    local changed = {}
    for key, known in pairs(message) do changed[key] = known end
    changed[name] = message[name] and message[name] .. ", " .. value or value
    return changed
end

-- Of several transfer codings the last one decides; empty members of the list do not count (RFC 9110 section 5.6.1).
local function last_coding(message)
    local last = message["transfer-encoding"] and ""
    for member in (message["transfer-encoding"] or ""):lower():gmatch("[^,]+") do
        last = member:match("^[ \t]*(.-)[ \t]*$"):match(".+") or last
    end
    return last
end

-- Before HTTP/1.1 there is no transfer coding (RFC 9112 section 6.1).
local function is_too_old(message)
    return message["transfer-encoding"] and message.version < "1.1"
end

local function is_tunnel(message, method)
    return message.status == 101 or (method == "CONNECT" and message.status >= 200 and message.status < 300)
end

-- RFC 9112 section 6.3, in its order: the framing and the reason; nothing if the length decides.
local function frame_response(message, method)
    local status, coding = message.status, last_coding(message)
    if is_tunnel(message, method) then return "none", "another protocol begins (RFC 9110 9.3.6, 15.2.2)" end
    if status < 200 then return "none", "an interim response has no body (RFC 9110 15.2)" end
    if method == "HEAD" then return "none", "the response to a HEAD has no body (RFC 9112 6.3)" end
    if status == 204 or status == 304 then return "none", status .. " has no body (RFC 9112 6.3)" end
    if is_too_old(message) then return "close-delimited", "FIN: before HTTP/1.1 there are no chunks (RFC 9112 6.1)" end
    if coding == "chunked" then return "chunked", "chunks (RFC 9112 7.1)" end
    if coding then return "close-delimited", "FIN: chunked is not the last coding (RFC 9112 6.3)" end
end

local function frame_request(message)
    local coding = last_coding(message)
    if is_too_old(message) then return "unknown", "before HTTP/1.1 there is no Transfer-Encoding (RFC 9112 6.1)" end
    if coding == "chunked" then return "chunked", "chunks (RFC 9112 7.1)" end
    if coding then return "unknown", "chunked is not the last transfer coding of a request (RFC 9112 6.3)" end
    if not message["content-length"] then return "none", "a request without a length has no body (RFC 9112 6.3)" end
end

local function frame_by_length(value)
    if not value then return "close-delimited", "FIN: neither length nor chunks (RFC 9112 6.3)" end
    if not value:find("^%d+$") then return "unknown", "Content-Length is not one number (RFC 9112 6.3)" end
    local length = tonumber(value)
    if length == 0 then return "none", "Content-Length: 0 (RFC 9112 6.2)" end
    return "content-length", count(length, "octet") .. " of Content-Length (RFC 9112 6.2)"
end

local function frame_body(message, method)
    local framing, why
    if message.kind == "response" then framing, why = frame_response(message, method) else framing, why = frame_request(message) end
    if why then return framing, why end
    return frame_by_length(message["content-length"])
end

-- The method of the request that this response answers. Interim responses are not counted.
local function asked_with(direction, stream)
    local status = direction.message.status
    if status and (status >= 200 or status == 101) then
        direction.heads = direction.heads + 1
        return stream.methods[direction.heads]
    end
end

local function is_event_stream(message)
    local type, coding = message["content-type"] or "", message["content-encoding"] or "identity"
    return message.kind == "response" and type:lower():find("^text/event%-stream[ \t]*%f[;%z]") and coding:lower() == "identity"
end

local BODY_STATES = { chunked = "chunk_size", ["content-length"] = "length_body", ["close-delimited"] = "close_body" }

local function begin_body(direction, rows, framing, stream, method)
    local message = direction.message
    direction.number, direction.left = 0, tonumber(message["content-length"])
    if direction.left and direction.left > MOST_COUNTED then direction.left = math.huge end
    if BODY_STATES[framing] then
        direction.state = BODY_STATES[framing]
        direction.events = is_event_stream(message) and new_events() or nil
    elseif message.kind == "response" and is_tunnel(message, method) then
        complete(direction, rows, "it has no body")
        direction.state = "foreign"
        -- From the next frame on, in both directions.
        stream.tunnel_since = stream.tunnel_since or rows.frame
    elseif message.kind == "response" and message.status < 200 then
        direction.state = "start_line"
    else
        complete(direction, rows, "it has no body")
    end
end

local function end_head(direction, rows, octets, at, stop, stream)
    local message = direction.message
    local method = asked_with(direction, stream)
    local framing, why = frame_body(message, method)
    if message["transfer-encoding"] and message["content-length"] then
        rows:mind("Content-Length beside Transfer-Encoding (RFC 9112 6.3)", at, stop - 1)
    end
    if message.kind == "response" and not method and not direction.is_whole then
        why = why .. "; its request is not in the capture: if that is a HEAD, there is no body"
    end
    rows:add("framing", framing, at, stop - 1, "end of head; the body: " .. framing .. ", " .. why)
    if framing == "unknown" then
        return give_up(direction, rows, octets, stop, "nobody can know where the body ends: " .. why)
    end
    begin_body(direction, rows, framing, stream, method)
    return stop
end

-- field-line = field-name ":" OWS field-value OWS; the name in small letters and the value.
local function take_field_line(rows, line, at, stop, kind)
    rows:add(kind, shown_as_text(line), at, stop - 1)
    local name, value = line:match("^(" .. TOKEN .. "):[ \t]*(.-)[ \t]*$")
    if name and not line:find(CONTROL) then return name:lower(), value end
    rows:mind("a field line does not follow its grammar (RFC 9112 5)", at, stop - 1)
end

function states.field_lines(direction, rows, octets, at, stream)
    local line, stop = take_line(direction, rows, octets, at)
    if not line then return stop end
    if line == "" then
        return end_head(direction, rows, octets, at, stop, stream)
    end
    local name, value = take_field_line(rows, line, at, stop, "field_line")
    if MATTER[name] then
        direction.message = with_field(direction.message, name, value)
    end
    return stop
end

-- chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), as far as lines go.
local function is_extension(text)
    local without_pairs = text:gsub("\\.", "")
    local _, quotes = without_pairs:gsub('"', "")
    local is_grammar = text:find("^[ \t]*;[ \t]*" .. TOKEN) and not text:find("[=;][ \t]*$") and not text:find(CONTROL)
    return text == "" or is_grammar and quotes % 2 == 0
end

-- chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
function states.chunk_size(direction, rows, octets, at)
    local begin = direction.line .. octets:sub(at, at)
    if not begin:find("^%x") then
        return give_up(direction, rows, octets, at, "here should be a chunk-size, in hexadecimal (RFC 9112 7.1)")
    end
    local line, stop = take_line(direction, rows, octets, at)
    if not line then return stop end
    local digits, extension = line:match("^(%x+)(.*)$")
    if not is_extension(extension) then
        return give_up(direction, rows, octets, at, "neither CRLF nor a chunk-ext behind the chunk-size (RFC 9112 7.1)")
    elseif #digits > 16 then
        return give_up(direction, rows, octets, at, "a chunk-size of more than 16 digits")
    end
    local exact = UInt64.fromhex(digits)
    local size = #digits:match("^0*(.*)$") > 13 and math.huge or tonumber(digits, 16)
    if size == 0 then
        rows:add("last_chunk", true, at, stop - 1, "last-chunk: no more data; the trailer section follows")
        rows:say("last chunk")
        direction.state = "trailer"
    else
        direction.number = direction.number + 1
        direction.left, direction.size = size, size
        direction.state = "chunk_data"
        rows:add("chunk_number", direction.number, at, stop - 1)
        rows:add("chunk_size", exact, at, stop - 1, string.format("chunk-size: 0x%s = %s of data follow", digits, count(size, "octet")))
        rows:say(string.format("chunk %d: %s", direction.number, count(size, "octet")))
    end
    if extension ~= "" then
        rows:add("chunk_extension", shown_as_text(extension:match(";.*$")), at, stop - 1)
    end
    return stop
end

-- What belongs to the body, in this segment; its lines stand below it if it is an event stream.
local function take_data(direction, rows, octets, at, limit, field)
    local last = math.min(#octets, at + limit - 1)
    local row = rows:add(field, shown_as_text(octets:sub(at, last)), at, last)
    if direction.events then
        rows:below(row, take_events, direction.events, rows, octets, at, last)
    end
    return last + 1
end

function states.chunk_data(direction, rows, octets, at)
    if direction.left < direction.size then
        local here = math.min(direction.left, #octets - at + 1)
        rows:say(string.format("%s more of chunk %d", count(here, "octet"), direction.number))
    end
    local stop = take_data(direction, rows, octets, at, direction.left, "chunk_data")
    direction.left = direction.left - (stop - at)
    if direction.left == 0 then direction.state = "chunk_crlf" end
    return stop
end

function states.chunk_crlf(direction, rows, octets, at)
    local so_far = direction.line .. octets:sub(at, at + 1 - #direction.line)
    if so_far == "\r" then
        direction.line = so_far
        return #octets + 1
    end
    if so_far ~= "\r\n" then
        return give_up(direction, rows, octets, at, "here should be the CRLF behind the chunk-data (RFC 9112 7.1)")
    end
    local stop = at + 2 - #direction.line
    direction.line = ""
    rows:add("chunk_end", direction.number, at, stop - 1)
    direction.state = "chunk_size"
    return stop
end

function states.trailer(direction, rows, octets, at)
    local line, stop = take_line(direction, rows, octets, at)
    if not line then return stop end
    if line == "" then
        complete(direction, rows, "by the last chunk; that alone closes nothing (RFC 9112 7.1)")
    else
        take_field_line(rows, line, at, stop, "trailer")
        rows:say("trailer")
    end
    return stop
end

function states.length_body(direction, rows, octets, at)
    local stop = take_data(direction, rows, octets, at, direction.left, "body")
    rows:say("body: " .. count(stop - at, "octet"))
    direction.left = direction.left - (stop - at)
    if direction.left == 0 then
        complete(direction, rows, "all octets of Content-Length (RFC 9112 6.2)")
    end
    return stop
end

function states.close_body(direction, rows, octets, at)
    rows:say("body: " .. count(#octets - at + 1, "octet"))
    return take_data(direction, rows, octets, at, #octets, "body")
end

-- What is still to come, for people; nothing between messages, and for what is not read.
local function what_is_missing(direction)
    local state, line = direction.state, direction.line
    if state == "start_line" then
        -- Of what has not been HTTP so far nobody can say so.
        local is_http = direction.message or looks_like_http(line)
        return line ~= "" and is_http and "the rest of the start-line" or nil
    elseif state == "field_lines" then
        return "the rest of the head"
    elseif state == "chunk_size" then
        return line ~= "" and "the rest of the chunk-size line" or string.format("chunk %d, or the last chunk", direction.number + 1)
    elseif state == "chunk_data" then
        if direction.left > MOST_COUNTED then return string.format("the rest of chunk %d", direction.number) end
        return string.format("%.0f of the %s of chunk %d", direction.left, count(direction.size, "octet"), direction.number)
    elseif state == "chunk_crlf" then
        return string.format("the CRLF behind the data of chunk %d", direction.number)
    elseif state == "trailer" then
        return "the end of the trailer section"
    elseif state == "length_body" then
        return count(direction.left, "octet") .. " of Content-Length"
    elseif state == "close_body" then
        return "the FIN that ends the body"
    end
end

-- ---- beginning in the middle --------------------------------------------------------------------------------------------

-- A whole chunk at the beginning of a segment, with lines of an event stream in it: nothing else looks so.
local function is_chunk_of_events(octets)
    local digits, data = octets:match("^(%x+)\r\n()")
    if not digits or #digits > 8 then return false end
    local stop = data + tonumber(digits, 16)
    local name = octets:match("^(%l*):", data)
    local is_known = name == "" or name == "data" or name == "event" or name == "id" or name == "retry"
    return is_known and octets:sub(stop, stop + 1) == "\r\n"
end

-- Behind what is not in the capture reading goes on where a segment begins with what can be recognised. Behind a fault it does
-- not: nobody can know where the next message begins.
local function join(direction, other, rows, octets)
    if octets:find("^HTTP/1%.%d %d%d%d") or octets:find("^%u+ %S+ HTTP/1%.%d\r\n") then
        direction.state, direction.line, direction.events = "start_line", "", nil
        if octets:find("^HTTP") then
            -- It answers the last request that was seen, as far as anybody can know.
            direction.heads = (other and other.heads or 0) - 1
        end
    elseif direction.state == "lost" and is_chunk_of_events(octets) then
        direction.state, direction.line, direction.number = "chunk_size", "", 0
        direction.events = new_events()
        direction.message = direction.message or { kind = "response" }
        rows:add("joined", "a chunk of an event stream; chunks and events are counted from here")
    end
end

-- ---- segments, in order -------------------------------------------------------------------------------------------------

local function feed(direction, rows, octets, stream)
    local at = 1
    while at <= #octets do
        at = states[direction.state](direction, rows, octets, at, stream)
    end
end

-- a - b for sequence numbers, which are counted modulo 2^32 (RFC 9293 section 3.4).
local function distance(a, b)
    local difference = (a - b) % 4294967296
    return difference < 2147483648 and difference or difference - 4294967296
end

local function lose(direction, rows, what)
    if direction.state == "foreign" or direction.state == "over" then return end
    if direction.message then
        rows:add("lost", what)
        rows:say("not in the capture: " .. what)
    end
    direction.state, direction.line, direction.events, direction.is_whole = "lost", "", nil, false
end

-- Requests that the other side has sent, and this one has not answered.
local function unanswered(direction, other)
    local is_server = direction.message and direction.message.kind == "response" or not direction.message
    local is_known = other and other.message and other.message.kind == "request" and other.is_whole and direction.is_whole
    return is_server and is_known and other.heads - direction.heads or 0
end

local function tell_unanswered(direction, other, rows)
    local requests = unanswered(direction, other)
    if requests > 0 and direction.state == "start_line" then
        rows:add("unanswered", requests)
        rows:say(count(requests, "request") .. " without a response")
    end
end

local function tell_incomplete(direction, rows, flag)
    local missing = what_is_missing(direction)
    if not missing then return false end
    local sentence = string.format("%s inside a %s; missing: %s", flag, direction.message and direction.message.kind or "message", missing)
    rows:add("incomplete", sentence)
    rows:say(sentence)
    if is_cut_inside(direction.events) then
        rows:add("event_discarded", true)
    end
    return true
end

local function tell_ending(rows, ending)
    rows:add("ending", ending)
    rows:say(ending)
end

-- Where FIN or RST comes, if nothing is missing there.
local function where(direction, stream)
    if stream.tunnel_since then return "in the tunnel" end
    return direction.state == "start_line" and "between messages" or "after octets that were not read"
end

local function take_fin(direction, other, rows, stream)
    if direction.state == "close_body" then
        complete(direction, rows, "FIN ends a body that has neither length nor chunks (RFC 9112 6.3)")
        tell_ending(rows, "FIN ends the body")
    elseif not tell_incomplete(direction, rows, "FIN") and direction.message then
        tell_ending(rows, "FIN " .. where(direction, stream))
    end
    tell_unanswered(direction, other, rows)
    direction.state, direction.events = "over", nil
end

-- It ends both directions.
local function take_reset(direction, other, rows, stream)
    stream.reset_since = stream.reset_since or rows.frame
    if (direction.message or other and other.message) and stream.reset_since == rows.frame then
        local is_cut = tell_incomplete(direction, rows, "RST")
        is_cut = other and tell_incomplete(other, rows, "RST") or is_cut
        if not is_cut then tell_ending(rows, "RST " .. where(direction, stream)) end
        tell_unanswered(direction, other, rows)
        if other then tell_unanswered(other, direction, rows) end
    end
    direction.state, direction.events = "over", nil
end

-- A segment whose turn it is. Its first octets may have been read already.
local function read_segment(direction, other, rows, segment, stream)
    local skip = distance(direction.next, segment.sequence)
    local octets = segment.octets:sub(skip + 1)
    rows.offset = segment.frame == rows.frame and skip or nil
    if direction.state == "lost" or direction.state == "broken" and not direction.is_whole then
        join(direction, other, rows, octets)
    end
    feed(direction, rows, octets, stream)
    direction.next = segment.ending
    if segment.length > #segment.octets then
        lose(direction, rows, count(segment.length - #segment.octets, "octet") .. " of this packet (snap length)")
    end
    if segment.is_fin then
        direction.next = (segment.ending + 1) % 4294967296
        take_fin(direction, other, rows, stream)
    end
    rows.offset = 0
end

-- Octets that are missing will not come if nothing is read here, if their recipient has them, or if too many wait for them.
local function will_not_come(direction, waiting)
    local state = direction.state
    return state == "lost" or state == "broken" or state == "foreign" or state == "over" or #waiting > MOST_WAITING
        or (direction.acked and distance(direction.acked, direction.next) > 0)
end

-- This segment, and those that have waited for it.
local function receive(direction, other, rows, segment, stream)
    local is_http = direction.message or other and other.message
    local waiting, still = { segment }, {}
    for _, earlier in ipairs(direction.waiting or {}) do waiting[#waiting + 1] = earlier end
    table.sort(waiting, function(one, two) return distance(one.sequence, two.sequence) < 0 end)
    for _, next_one in ipairs(waiting) do
        local gap = distance(next_one.sequence, direction.next)
        if gap > 0 and will_not_come(direction, waiting) then
            lose(direction, rows, count(gap, "octet") .. " before this")
            direction.next, gap = next_one.sequence, 0
        end
        if gap > 0 then
            still[#still + 1] = next_one
        elseif distance(next_one.ending, direction.next) > 0 or (next_one.is_fin and direction.state ~= "over") then
            read_segment(direction, other, rows, next_one, stream)
        elseif next_one == segment and #segment.octets > 0 and is_http then
            rows:add("repeated", true, 1, #segment.octets)
        end
    end
    direction.waiting = #still > 0 and still or nil
    if is_http and still[#still] == segment then
        rows:add("early", true, 1, #segment.octets)
    end
end

local function read(direction, other, rows, segment, stream)
    if stream.tunnel_since and stream.tunnel_since < segment.frame then direction.state = "foreign" end
    if stream.reset_since and stream.reset_since < segment.frame then direction.state = "over" end
    if segment.length > 0 or segment.is_fin then
        receive(direction, other, rows, segment, stream)
        local missing = segment.length > 0 and not segment.is_fin and what_is_missing(direction)
        if missing then rows:add("continues", missing) end
    end
    if segment.is_reset then
        take_reset(direction, other, rows, stream)
    end
end

-- ---- frames -------------------------------------------------------------------------------------------------------------

-- By tcp.stream: the two directions as they are now, by address and port; `methods` of the requests; `tunnel_since` and
-- `reset_since`, the frame behind which nothing is read.
local streams
-- By number of the frame: both directions as they were before it; false if it shows nothing.
local frames

function wirestep.init()
    streams, frames = {}, {}
end

local function is_set(field)
    return field and field.value and true or false
end

local function segment_of(pinfo, payload)
    local octets = payload and payload.range:raw() or ""
    local is_syn, length = is_set(tcp_syn()), tcp_length().value
    -- SYN counts as one octet (RFC 9293 section 3.4).
    local sequence = (tcp_sequence().value + (is_syn and 1 or 0)) % 4294967296
    return {
        frame = pinfo.number, sequence = sequence, ending = (sequence + length) % 4294967296, length = length, octets = octets,
        is_syn = is_syn, is_fin = is_set(tcp_fin()), is_reset = is_set(tcp_reset()),
    }
end

-- Both directions as they are, of the frame that is seen for the first time.
local function before(stream, pinfo, segment)
    local here = tostring(pinfo.src) .. " " .. pinfo.src_port
    local there = tostring(pinfo.dst) .. " " .. pinfo.dst_port
    if not stream[here] then
        stream[here] = new_direction(segment.is_syn and "start_line" or "lost", segment.sequence)
    end
    local acknowledgement = tcp_acknowledgement()
    if stream[there] and acknowledgement then
        stream[there].acked = acknowledgement.value
    end
    return here, stream[here], stream[there]
end

local function visit(pinfo, rows, payload)
    local segment = segment_of(pinfo, payload)
    local number = tcp_stream().value
    local stream = streams[number] or { methods = {} }
    streams[number] = stream
    local known = frames[pinfo.number]
    if known then
        return read(copy(known.direction), known.other, rows, segment, stream)
    end
    local here, direction, other = before(stream, pinfo, segment)
    local after = copy(direction)
    read(after, other, rows, segment, stream)
    stream[here] = after
    frames[pinfo.number] = rows.own and { direction = direction, other = other } or false
end

function wirestep.dissector(_, pinfo, tree)
    -- Not pinfo.visited: with -2 tshark's first visit has no fields to read.
    if frames[pinfo.number] == false or not tcp_stream() or not tcp_sequence() or not tcp_length() then return end
    local payload = tcp_payload()
    local rows = new_rows(tree, payload)
    rows.frame = pinfo.number
    visit(pinfo, rows, payload)
    local info = rows:in_short()
    if info ~= "" then
        rows.own:append_text(": " .. info)
        rows.own:add(fields.info, info):set_generated()
        if wirestep.prefs.info then
            pinfo.cols.info:append(" [" .. info .. "]")
        end
    end
end

register_postdissector(wirestep)
