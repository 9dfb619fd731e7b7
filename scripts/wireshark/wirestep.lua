-- wirestep for Wireshark: chunk boundaries and event-stream fields on every segment, while the stream still runs.
--
--     tshark -X lua_script:scripts/wireshark/wirestep.lua -r FILE        or: scripts/wireshark/install
--
-- Wireshark's own HTTP dissector puts a chunked response together before it says anything of it, so a stream that runs shows
-- nothing, and one that is cut shows nothing ever. This is a post-dissector: it runs behind all the others, takes the octets
-- of each segment from tcp.payload, and leaves reassembly as it is.
--
-- A direction of a connection is read by a machine that takes any number of octets at a time (RFC 9112; WHATWG HTML
-- "Server-sent events"). An item is shown where its last octet is; what is open at the end of a segment is told by
-- wirestep.continues. Segments are taken in the order of their sequence numbers: what comes too early waits and is shown in the
-- frame that fills the gap; what comes twice is not read twice. What a frame has shown is kept by its number, since
-- Wireshark visits frames again and in any order.
--
-- For the next editor: Lua 5.1 and 5.2 without extras; a new field goes into `fields`, docs/wireshark.md and tests/wireshark.rs.

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
    chunk_size = ProtoField.uint32("wirestep.chunk.size", "chunk-size", base.DEC_HEX),
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
    unexpected = ProtoField.string("wirestep.unexpected", "unexpected"),
    repeated = ProtoField.bool("wirestep.repeated", "octets that came before, not read again"),
    early = ProtoField.bool("wirestep.early", "octets that wait for those before them"),
    continues = ProtoField.string("wirestep.continues", "still to come"),
}
local all_fields = {}
for _, field in pairs(fields) do
    all_fields[#all_fields + 1] = field
end
wirestep.fields = all_fields

local experts = {
    incomplete = ProtoExpert.new("wirestep.expert.incomplete", "the message is incomplete", expert.group.SEQUENCE, expert.severity.WARN),
    unexpected = ProtoExpert.new("wirestep.expert.unexpected", "not as RFC 9112 has it", expert.group.PROTOCOL, expert.severity.ERROR),
}
wirestep.experts = { experts.incomplete, experts.unexpected }

local tcp_stream = Field.new("tcp.stream")
local tcp_sequence = Field.new("tcp.seq_raw")
local tcp_length = Field.new("tcp.len")
local tcp_payload = Field.new("tcp.payload")
local tcp_syn = Field.new("tcp.flags.syn")
local tcp_fin = Field.new("tcp.flags.fin")
local tcp_reset = Field.new("tcp.flags.reset")

-- ---- words --------------------------------------------------------------------------------------------------------------

-- Octets as text: control characters by their pictures, as in the trace of wirestep, and what is not UTF-8 as \xNN.
local function shown(octets)
    local out, at = {}, 1
    while at <= #octets do
        local plain = octets:match("^[\32-\126]+", at)
        local _, last = octets:find("^[\194-\223][\128-\191]", at)
        if not last then _, last = octets:find("^[\224-\239][\128-\191][\128-\191]", at) end
        if not last then _, last = octets:find("^[\240-\244][\128-\191][\128-\191][\128-\191]", at) end
        if plain then
            out[#out + 1] = plain
            at = at + #plain
        elseif last then
            out[#out + 1] = octets:sub(at, last)
            at = last + 1
        else
            local octet = octets:byte(at)
            -- U+2400 and so on: the picture of a control character is E2 90 80 plus its code.
            out[#out + 1] = octet < 32 and "\226\144" .. string.char(128 + octet) or string.format("\\x%02x", octet)
            at = at + 1
        end
    end
    return table.concat(out)
end

local function count(number, noun)
    return string.format("%d %s%s", number, noun, number == 1 and "" or "s")
end

-- ---- what a segment shows -----------------------------------------------------------------------------------------------

-- Items in the order of their octets. `from` and `to` count in the payload of the frame; without them an item has no octets here.
local Shown = {}
Shown.__index = Shown

local function new_shown()
    return setmetatable({ items = {}, phrases = {}, shift = 0, length = 0 }, Shown)
end

function Shown:add(field, value, from, to, text)
    local item = { field = field, value = value, text = text, parts = {} }
    if from then
        -- Octets of a segment that had to wait are not in this frame.
        from, to = math.max(from + self.shift, 1), to + self.shift
        if to >= from and to <= self.length then
            item.from, item.to = from, to
        end
    end
    local parent = self.parent or self
    local list = parent.items or parent.parts
    list[#list + 1] = item
    return item
end

function Shown:say(phrase)
    self.phrases[#self.phrases + 1] = phrase
end

-- ---- event streams (WHATWG HTML, "Server-sent events") ------------------------------------------------------------------

local function new_events()
    return { line = "", after_cr = false, is_first = true, number = 0, type = "", data = {}, id = "", has_open = false }
end

local function dispatch(events, shown_here, from, to)
    events.has_open = false
    if #events.data == 0 then
        shown_here:add("event_field", "", from, to, "blank line: there is no data, so nothing is dispatched")
        events.type = ""
        return
    end
    events.number = events.number + 1
    local kind = events.type ~= "" and events.type or "message"
    local data = table.concat(events.data, "\n")
    local item = shown_here:add("event_dispatched", events.number, from, to,
        string.format("blank line: dispatches event %d, of type %s", events.number, shown(kind)))
    local outer = shown_here.parent
    shown_here.parent = item
    shown_here:add("dispatched_type", shown(kind))
    shown_here:add("dispatched_data", shown(data))
    shown_here:add("dispatched_id", shown(events.id))
    shown_here.parent = outer
    shown_here:say(string.format("event %d (%s)", events.number, shown(kind)))
    events.type, events.data = "", {}
end

local function event_line(events, shown_here, line, from, to)
    if events.is_first then
        events.is_first = false
        line = line:gsub("^\239\187\191", "")
    end
    if line == "" then
        return dispatch(events, shown_here, from, to)
    end
    events.has_open = true
    if line:sub(1, 1) == ":" then
        shown_here:add("event_comment", shown(line:sub(2)), from, to)
        return shown_here:say("comment")
    end
    local name, value = line:match("^([^:]*): ?(.*)$")
    name, value = name or line, value or ""
    local item = shown_here:add("event_field", shown(name), from, to, "field " .. shown(line))
    local outer = shown_here.parent
    shown_here.parent = item
    if name == "event" then
        events.type = value
        shown_here:add("event_type", shown(value), from, to)
    elseif name == "data" then
        events.data[#events.data + 1] = value
        shown_here:add("event_data", shown(value), from, to)
    elseif name == "id" and not value:find("%z") then
        events.id = value
        shown_here:add("event_id", shown(value), from, to)
    elseif name == "retry" and value:find("^%d+$") and tonumber(value) < 4294967296 then
        shown_here:add("event_retry", tonumber(value), from, to)
    else
        item.text = item.text .. " (ignored: clients know no such field, or no such value)"
    end
    shown_here.parent = outer
end

-- A line ends in LF, CR, or CRLF; after CR it has ended already, and an LF that follows belongs to it.
local function take_events(events, shown_here, octets, first, last)
    local at = first
    if events.after_cr and at <= last then
        events.after_cr = false
        if octets:sub(at, at) == "\n" then at = at + 1 end
    end
    while at <= last do
        local stop = octets:find("[\r\n]", at)
        if not stop or stop > last then
            events.line = events.line .. octets:sub(at, last)
            return
        end
        local line = events.line .. octets:sub(at, stop - 1)
        events.line = ""
        local to = stop
        if octets:sub(stop, stop) == "\r" then
            if stop < last and octets:sub(stop + 1, stop + 1) == "\n" then
                to = stop + 1
            elseif stop == last then
                events.after_cr = true
            end
        end
        event_line(events, shown_here, line, at, to)
        at = to + 1
    end
end

-- ---- messages (RFC 9112) ------------------------------------------------------------------------------------------------

-- One direction of a connection. `state` names the function of `states` that takes the next octets.
local function new_direction(stream)
    return { stream = stream, state = "start_line", line = "", waiting = {}, has_spoken = false }
end

local states = {}

-- A line without its line end, and where it stops; nothing while it is not complete.
local function take_line(direction, shown_here, octets, at)
    local stop = octets:find("\n", at, true)
    if not stop then
        direction.line = direction.line .. octets:sub(at)
        return nil, #octets + 1
    end
    local line = direction.line .. octets:sub(at, stop)
    direction.line = ""
    if line:sub(-2) == "\r\n" then
        return line:sub(1, -3), stop + 1
    end
    shown_here:add("unexpected", "LF without CR before it (RFC 9112 2.2)", at, stop)
    return line:sub(1, -2), stop + 1
end

-- Nothing behind this can be understood.
local function give_up(direction, shown_here, octets, at, why)
    direction.state = "not_understood"
    direction.line = ""
    if direction.has_spoken then
        shown_here:add("unexpected", why, at, #octets)
        shown_here:say("unexpected")
    end
    return #octets + 1
end

local function complete(direction, shown_here, at, how)
    local kind = direction.kind
    shown_here:add(kind .. "_complete", true, at, at and at - 1, string.format("the %s is complete: %s", kind, how))
    shown_here:say(kind .. " complete")
    if direction.events and direction.events.has_open then
        shown_here:add("event_discarded", true)
    end
    direction.events = nil
    direction.state = direction.becomes_opaque and "opaque" or "start_line"
end

function states.opaque(_, _, octets)
    return #octets + 1
end

states.not_understood = states.opaque

function states.start_line(direction, shown_here, octets, at)
    -- Whatever is no HTTP is left alone as early as possible: a request begins with a token, a response with HTTP.
    local begin = direction.line .. octets:sub(at, at + 31)
    if not begin:find("^\r?\n?$") and not begin:find("^\r\n") and not begin:find("^[%w!#$%%&'*+.^_`|~/-]+") then
        return give_up(direction, shown_here, octets, at, "here should be a start-line (RFC 9112 2.1)")
    end
    local line, stop = take_line(direction, shown_here, octets, at)
    if not line then
        if #direction.line > 65536 then
            return give_up(direction, shown_here, octets, at, "a start-line of more than 65536 octets")
        end
        return stop
    end
    if line == "" then
        -- At least one empty line before a request-line is to be ignored (RFC 9112 section 2.2).
        return stop
    end
    local version, status = line:match("^HTTP/(%d%.%d) (%d%d%d)")
    local method = line:match("^(%S+) %S+ HTTP/%d%.%d$")
    if not version and not method then
        return give_up(direction, shown_here, octets, at, "here should be a start-line (RFC 9112 2.1)")
    end
    direction.has_spoken = true
    direction.kind = version and "response" or "request"
    direction.status, direction.method = tonumber(status), method
    direction.head = {}
    shown_here:add("start_line", shown(line), at, stop - 1)
    shown_here:say(shown(version and line or line:match("^(%S+ %S+)")))
    direction.state = "field_lines"
    return stop
end

local function content_length(head)
    local value = head["content-length"]
    return value and value:find("^%d+$") and #value < 16 and tonumber(value) or nil
end

-- RFC 9112 section 6.3, in its order.
local function frame_body(direction, shown_here, at)
    local head, status = direction.head, direction.status
    local coding = head["transfer-encoding"]
    local has_both = coding and head["content-length"]
    local length = content_length(head)
    if direction.kind == "response" then
        local asked = direction.stream.methods
        direction.becomes_opaque = false
        if status == 101 then
            table.remove(asked, 1)
            direction.becomes_opaque = true
            return "none", "101: another protocol begins"
        elseif status < 200 then
            return "none", "an interim response has no body (RFC 9110 15.2)"
        end
        local method = table.remove(asked, 1)
        if method == "HEAD" then return "none", "the response to a HEAD has no body (RFC 9112 6.3)" end
        if status == 204 or status == 304 then return "none", status .. " has no body (RFC 9112 6.3)" end
        if method == "CONNECT" and status < 300 then
            direction.becomes_opaque = true
            return "none", "a tunnel begins (RFC 9112 6.3)"
        end
    else
        table.insert(direction.stream.methods, direction.method)
    end
    if has_both then
        shown_here:add("unexpected", "Content-Length beside Transfer-Encoding (RFC 9112 6.3)", at, at)
    end
    if coding and coding:lower():find("chunked%s*$") then return "chunked", "chunks (RFC 9112 7.1)" end
    if coding and direction.kind == "response" then return "close-delimited", "FIN (RFC 9112 6.3)" end
    if length == 0 then return "none", "Content-Length: 0 (RFC 9112 6.2)" end
    if length then return "content-length", count(length, "octet") .. " of Content-Length (RFC 9112 6.2)" end
    if head["content-length"] then
        return nil, "a Content-Length that is no number (RFC 9112 6.3)"
    end
    if direction.kind == "request" then return "none", "a request without a length has no body (RFC 9112 6.3)" end
    return "close-delimited", "FIN: neither length nor chunks (RFC 9112 6.3)"
end

local function begin_body(direction, shown_here, octets, at, stop)
    local framing, why = frame_body(direction, shown_here, at)
    if not framing then
        return give_up(direction, shown_here, octets, at, why)
    end
    local head = direction.head
    local type, coding = head["content-type"] or "", head["content-encoding"] or "identity"
    if direction.kind == "response" and type:lower():find("^text/event%-stream") and coding:lower() == "identity" then
        direction.events = new_events()
    end
    shown_here:add("framing", framing, at, stop - 1, "end of head; the body: " .. framing .. ", " .. why)
    direction.number = 0
    direction.left = content_length(head)
    if framing == "chunked" then
        direction.state = "chunk_size"
    elseif framing == "content-length" then
        direction.state = "length_body"
    elseif framing == "close-delimited" then
        direction.state = "close_body"
    else
        direction.events = nil
        if direction.kind == "response" and direction.status < 200 and direction.status ~= 101 then
            direction.state = "start_line"
        else
            complete(direction, shown_here, stop, "it has no body")
        end
    end
    return stop
end

function states.field_lines(direction, shown_here, octets, at)
    local line, stop = take_line(direction, shown_here, octets, at)
    if not line then return stop end
    if line == "" then
        return begin_body(direction, shown_here, octets, at, stop)
    end
    local name, value = line:match("^([^%s:]+):[ \t]*(.-)[ \t]*$")
    if name then
        name = name:lower()
        local before = direction.head[name]
        direction.head[name] = before and before .. ", " .. value or value
        shown_here:add("field_line", shown(line), at, stop - 1)
    else
        shown_here:add("unexpected", "a field-line without a name: " .. shown(line), at, stop - 1)
    end
    return stop
end

-- chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
function states.chunk_size(direction, shown_here, octets, at)
    local open = direction.line .. octets:sub(at, at + 7)
    if not open:find("^%x") then
        return give_up(direction, shown_here, octets, at, "here should be a chunk-size, in hexadecimal (RFC 9112 7.1)")
    end
    local line, stop = take_line(direction, shown_here, octets, at)
    if not line then return stop end
    local digits, extension = line:match("^(%x+)[ \t]*(.*)$")
    local size = tonumber(digits, 16)
    if extension ~= "" and extension:sub(1, 1) ~= ";" then
        return give_up(direction, shown_here, octets, at, "neither CRLF nor a chunk-ext behind the chunk-size (RFC 9112 7.1)")
    elseif size > 4294967295 then
        return give_up(direction, shown_here, octets, at, "a chunk of more than 4294967295 octets")
    end
    if size == 0 then
        shown_here:add("last_chunk", true, at, stop - 1, "last-chunk: no more data; the trailer section follows")
        shown_here:say("last chunk")
        direction.state = "trailer"
    else
        direction.number = direction.number + 1
        direction.left, direction.size = size, size
        direction.state = "chunk_data"
        shown_here:add("chunk_number", direction.number, at, stop - 1)
        shown_here:add("chunk_size", size, at, stop - 1, string.format("chunk-size: 0x%s = %s of data follow", digits, count(size, "octet")))
        shown_here:say(string.format("chunk %d: %s", direction.number, count(size, "octet")))
    end
    if extension ~= "" then
        shown_here:add("chunk_extension", shown(extension), at, stop - 1)
    end
    return stop
end

-- What belongs to the body, in this segment; its lines stand below it if it is an event stream.
local function take_data(direction, shown_here, octets, at, limit, field)
    local last = math.min(#octets, at + limit - 1)
    if field == "body" then
        shown_here:say("body: " .. count(last - at + 1, "octet"))
    end
    local item = shown_here:add(field, shown(octets:sub(at, last)), at, last)
    if direction.events then
        shown_here.parent = item
        take_events(direction.events, shown_here, octets, at, last)
        shown_here.parent = nil
    end
    return last + 1
end

function states.chunk_data(direction, shown_here, octets, at)
    local stop = take_data(direction, shown_here, octets, at, direction.left, "chunk_data")
    direction.left = direction.left - (stop - at)
    if direction.left == 0 then direction.state = "chunk_crlf" end
    return stop
end

function states.chunk_crlf(direction, shown_here, octets, at)
    local so_far = direction.line .. octets:sub(at, at + 1 - #direction.line)
    if so_far == "\r" then
        direction.line = so_far
        return #octets + 1
    end
    if so_far ~= "\r\n" then
        return give_up(direction, shown_here, octets, at, "here should be the CRLF behind the chunk-data (RFC 9112 7.1)")
    end
    local stop = at + 2 - #direction.line
    direction.line = ""
    shown_here:add("chunk_end", direction.number, at, stop - 1)
    direction.state = "chunk_size"
    return stop
end

function states.trailer(direction, shown_here, octets, at)
    local line, stop = take_line(direction, shown_here, octets, at)
    if not line then return stop end
    if line == "" then
        complete(direction, shown_here, stop, "by the last chunk; that alone closes nothing (RFC 9112 7.1)")
    else
        shown_here:add("trailer", shown(line), at, stop - 1)
        shown_here:say("trailer")
    end
    return stop
end

function states.length_body(direction, shown_here, octets, at)
    local stop = take_data(direction, shown_here, octets, at, direction.left, "body")
    direction.left = direction.left - (stop - at)
    if direction.left == 0 then
        complete(direction, shown_here, stop, "all octets of Content-Length (RFC 9112 6.2)")
    end
    return stop
end

function states.close_body(direction, shown_here, octets, at)
    local stop = take_data(direction, shown_here, octets, at, #octets, "body")
    return stop
end

-- What is still to come, for people; nothing between messages, and for what is no HTTP.
local function what_is_missing(direction)
    local state, line = direction.state, direction.line
    if state == "start_line" then
        return line ~= "" and "the rest of the start-line" or nil
    elseif state == "field_lines" then
        return "the rest of the head"
    elseif state == "chunk_size" then
        return line ~= "" and "the rest of the chunk-size line" or string.format("chunk %d, or the last chunk", direction.number + 1)
    elseif state == "chunk_data" then
        return string.format("%d of the %s of chunk %d", direction.left, count(direction.size, "octet"), direction.number)
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

-- ---- segments, in order -------------------------------------------------------------------------------------------------

local streams, frames

function wirestep.init()
    streams, frames = {}, {}
end

local function new_stream()
    return { methods = {}, directions = {} }
end

local function feed(direction, shown_here, octets)
    local at = 1
    while at <= #octets do
        at = states[direction.state](direction, shown_here, octets, at)
    end
end

-- a - b for sequence numbers, which are counted modulo 2^32 (RFC 9293 section 3.4).
local function distance(a, b)
    local difference = (a - b) % 4294967296
    return difference < 2147483648 and difference or difference - 4294967296
end

local function end_direction(direction, shown_here, flag)
    local missing = what_is_missing(direction)
    if direction.state == "close_body" and flag == "FIN" then
        complete(direction, shown_here, nil, "FIN ends a body that has neither length nor chunks (RFC 9112 6.3)")
        shown_here:add("ending", "FIN ends the body")
        shown_here:say("FIN")
    elseif missing then
        local sentence = string.format("%s inside a %s; missing: %s", flag, direction.kind or "message", missing)
        shown_here:add("incomplete", sentence)
        shown_here:say(sentence)
        if direction.events and direction.events.has_open then
            shown_here:add("event_discarded", true)
        end
    elseif direction.has_spoken then
        shown_here:add("ending", flag .. " between messages: what came before is complete")
        shown_here:say(flag .. " between messages")
    end
    direction.state = "opaque"
end

-- Takes what is next in order, and then whatever has waited for it.
local function take_segment(direction, shown_here, segment)
    local skip = distance(direction.next, segment.sequence)
    local octets = segment.octets:sub(skip + 1)
    shown_here.shift = segment.frame == shown_here.frame and skip or -math.huge
    feed(direction, shown_here, octets)
    direction.next = (direction.next + #octets) % 4294967296
    if #octets < #segment.octets - skip or segment.is_cut then
        direction.state = "not_understood"
        shown_here:add("unexpected", "the capture has only a part of this packet (snap length)")
    end
    if segment.is_fin and not direction.has_fin then
        direction.has_fin = true
        end_direction(direction, shown_here, "FIN")
    end
end

local function take_waiting(direction, shown_here)
    local again = true
    while again do
        again = false
        for index, segment in ipairs(direction.waiting) do
            if distance(segment.sequence, direction.next) <= 0 then
                table.remove(direction.waiting, index)
                if distance((segment.sequence + #segment.octets) % 4294967296, direction.next) >= 0 then
                    take_segment(direction, shown_here, segment)
                end
                again = true
                break
            end
        end
    end
end

-- A gap that is never filled must not fill the memory: what comes behind it is looked at anew.
local MOST_WAITING = 1000

local function skip_gap(direction, shown_here)
    local first = direction.waiting[1]
    for _, segment in ipairs(direction.waiting) do
        if distance(segment.sequence, first.sequence) < 0 then first = segment end
    end
    shown_here:add("unexpected", count(distance(first.sequence, direction.next), "octet") .. " are not in the capture")
    direction.next = first.sequence
    direction.state = direction.state == "start_line" and direction.line == "" and "start_line" or "not_understood"
end

local function is_message_start(octets)
    return octets:find("^HTTP/1%.%d %d%d%d") or octets:find("^%u+ %S+ HTTP/1%.%d\r\n")
end

local function take_frame(stream, direction, other, segment, flags, shown_here)
    if flags.syn then
        direction.next = (segment.sequence + 1) % 4294967296
        return
    end
    -- A capture that begins in the middle: with what comes first, and with the first message that begins a segment.
    if not direction.next then
        direction.next = segment.sequence
    end
    if direction.state == "not_understood" and is_message_start(segment.octets) then
        direction.state, direction.line, direction.events, direction.next = "start_line", "", nil, segment.sequence
    end
    if #segment.octets > 0 or segment.is_fin then
        local ahead = distance(segment.sequence, direction.next)
        if ahead > 0 then
            table.insert(direction.waiting, segment)
            shown_here:add("early", true, 1, #segment.octets)
            if #direction.waiting > MOST_WAITING then skip_gap(direction, shown_here) end
        elseif -ahead >= #segment.octets and not (segment.is_fin and -ahead == #segment.octets and not direction.has_fin) then
            shown_here:add("repeated", true, 1, #segment.octets)
        else
            take_segment(direction, shown_here, segment)
        end
        take_waiting(direction, shown_here)
    end
    local missing = #segment.octets > 0 and not segment.is_fin and what_is_missing(direction)
    if missing then
        shown_here:add("continues", missing)
    end
    if flags.reset then
        end_direction(direction, shown_here, "RST")
        if other then end_direction(other, shown_here, "RST") end
        stream.directions = {}
    end
end

-- ---- frames -------------------------------------------------------------------------------------------------------------

local function is_set(field)
    return field and field.value and true or false
end

local function read_frame(pinfo, payload)
    local number = tcp_stream().value
    local stream = streams[number] or new_stream()
    streams[number] = stream
    local here = tostring(pinfo.src) .. " " .. pinfo.src_port
    local there = tostring(pinfo.dst) .. " " .. pinfo.dst_port
    stream.directions[here] = stream.directions[here] or new_direction(stream)
    local octets = payload and payload.range:raw() or ""
    local segment = {
        frame = pinfo.number,
        sequence = tcp_sequence().value,
        octets = octets,
        is_fin = is_set(tcp_fin()),
        is_cut = tcp_length().value > #octets,
    }
    local flags = { syn = is_set(tcp_syn()), reset = is_set(tcp_reset()) }
    local shown_here = new_shown()
    shown_here.frame, shown_here.length = pinfo.number, #octets
    take_frame(stream, stream.directions[here], stream.directions[there], segment, flags, shown_here)
    return shown_here
end

local function draw(tree, items, payload)
    for _, item in ipairs(items) do
        local range = item.from and payload and payload.range(item.from - 1, item.to - item.from + 1)
        local drawn
        if range then
            drawn = tree:add(fields[item.field], range, item.value)
        else
            drawn = tree:add(fields[item.field], item.value)
            drawn:set_generated()
        end
        if item.text then drawn:set_text(item.text) end
        if experts[item.field] then drawn:add_proto_expert_info(experts[item.field], item.value) end
        draw(drawn, item.parts, payload)
    end
end

function wirestep.dissector(_, pinfo, tree)
    if not tcp_stream() or not tcp_sequence() or not tcp_length() then return end
    local payload = tcp_payload()
    -- Not pinfo.visited: with -2 tshark's first visit has no fields to read.
    local shown_here = frames[pinfo.number]
    if not shown_here then
        shown_here = read_frame(pinfo, payload)
        frames[pinfo.number] = shown_here
    end
    if #shown_here.items == 0 then return end
    local own = payload and tree:add(wirestep, payload.range) or tree:add(wirestep)
    local info = table.concat(shown_here.phrases, ", ")
    if info ~= "" then
        own:append_text(": " .. info)
        own:add(fields.info, info):set_generated()
        if wirestep.prefs.info then
            pinfo.cols.info:append(" [" .. info .. "]")
        end
    end
    draw(own, shown_here.items, payload)
end

register_postdissector(wirestep)
