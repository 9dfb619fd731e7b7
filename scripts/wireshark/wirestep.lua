-- wirestep for Wireshark: chunk boundaries and event-stream fields on every segment, while the
-- stream still runs.
--
--     tshark -X lua_script:scripts/wireshark/wirestep.lua -r FILE     or: scripts/wireshark/install
--
-- Wireshark's own HTTP dissector reassembles a chunked response before it shows anything of it, so
-- a stream that runs shows nothing, and one that is cut never shows anything. This is a
-- post-dissector: it runs after all the others, takes the octets of each segment as they are,
-- and leaves reassembly alone.
--
--     octets of a segment --> in order? --> states.* (RFC 9112) --> take_events (WHATWG HTML) --> rows
--                                |
--                                too early: they wait; repeated: not read again;
--                                not in the capture: said, then given up
--
-- Every segment of an HTTP connection is told in words (wirestep.info): what its octets are, which
-- fault they have, what a FIN or RST means for either direction. A fault is named where it stands;
-- reading continues if common clients continue there.
--
-- Cost: a row is built only if it is looked at (the details pane, tshark -V) or asked for (a
-- filter, a column, a colour). Otherwise a segment costs its words: whole chunks after the first
-- few are stepped over (`step_over`), text is cut at MOST_SHOWN octets, and one segment shows
-- MOST_ROWS rows. What is left out is counted.
--
-- Memory: Wireshark visits frames again, in any order, so the state after each segment is kept
-- (`keep`, `recall`): some 300 octets, however many octets the segment has, for the last
-- MOST_FRAMES segments. Text is kept of open lines and events only.
--
-- A row stands where its last octet is; what is open at the end of a segment is told by
-- wirestep.continues.
--
-- For the next editor: Lua 5.1 to 5.4 without extras. Tables inside a direction are replaced and
-- never changed. A new member of a direction goes into `keep` and `recall`; a new field goes into
-- `fields`, docs/wireshark.md and tests/wireshark.rs.

local is_new, wirestep = pcall(Proto, "wirestep", "wirestep: HTTP/1.1 framing and event streams")
if not is_new then
    -- Installed, and given on the command line too: the one that came first does the work.
    return
end

wirestep.prefs.info = Pref.bool("Say it in the Info column too", true, "Put what wirestep.info says in front of the Info column")
wirestep.prefs.escapes = Pref.bool("Control characters as \\r and \\n", false,
    "Show CR and LF as \\r and \\n instead of the pictures U+240D and U+240A, which some fonts do not have")

-- ---- fields -------------------------------------------------------------------------------------

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
    end_of_body = ProtoField.bool("wirestep.end_of_body", "end of body"),
    body = ProtoField.string("wirestep.body", "body, not in chunks"),
    event_field = ProtoField.string("wirestep.event.field", "event-stream field"),
    event_type = ProtoField.string("wirestep.event.type", "event"),
    event_data = ProtoField.string("wirestep.event.data", "data"),
    event_id = ProtoField.string("wirestep.event.id", "id"),
    event_retry = ProtoField.uint64("wirestep.event.retry", "retry", base.DEC),
    event_comment = ProtoField.string("wirestep.event.comment", "comment"),
    event_dispatched = ProtoField.uint32("wirestep.event.dispatched", "dispatched: event", base.DEC),
    dispatched_type = ProtoField.string("wirestep.event.dispatched.type", "its type"),
    dispatched_data = ProtoField.string("wirestep.event.dispatched.data", "its data"),
    dispatched_id = ProtoField.string("wirestep.event.dispatched.id", "the last event ID"),
    event_chunks = ProtoField.uint32("wirestep.event.chunks", "chunks that its octets came in", base.DEC),
    event_discarded = ProtoField.bool("wirestep.event.discarded", "an event without its blank line is discarded"),
    request_complete = ProtoField.bool("wirestep.request.complete", "the request is complete"),
    response_complete = ProtoField.bool("wirestep.response.complete", "the response is complete"),
    ending = ProtoField.string("wirestep.ending", "ending"),
    incomplete = ProtoField.string("wirestep.incomplete", "incomplete"),
    unanswered = ProtoField.uint32("wirestep.unanswered", "requests without a response", base.DEC),
    unexpected = ProtoField.string("wirestep.unexpected", "unexpected"),
    unread = ProtoField.string("wirestep.unread", "not read"),
    repeated = ProtoField.bool("wirestep.repeated", "octets that came before, not read again"),
    early = ProtoField.bool("wirestep.early", "octets that wait for those before them"),
    lost = ProtoField.string("wirestep.lost", "not in the capture"),
    joined = ProtoField.string("wirestep.joined", "read from here"),
    omitted = ProtoField.uint32("wirestep.omitted", "rows of this segment that are not shown", base.DEC),
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
local tcp_length = Field.new("tcp.len")
-- What else is asked of the header is read from its octets: a value of a field costs a microsecond.
local tcp_flags = Field.new("tcp.flags")

-- ---- bounds -------------------------------------------------------------------------------------

-- A line, or the data of an event, of more octets than this gets nothing from the next segment.
local MOST_KEPT = 65536
-- Segments, and their octets, that wait for one before them. It comes within a window, or it is not
-- in the capture.
local MOST_WAITING = 1000
local MOST_WAITING_OCTETS = 8 * 1024 * 1024
-- Phrases in wirestep.info: so many from the beginning, then counts, then so many from the end.
local MOST_FIRST = 4
local MOST_LAST = 4
-- Rows of one segment.
local MOST_ROWS = 1000
-- Octets that are shown of a line or an event, and of a piece of a body.
local MOST_SHOWN = 4096
local MOST_SHOWN_OF_BODY = 256
-- Segments whose state is kept, so that they can be visited again.
local MOST_FRAMES = 1048576

-- ---- words --------------------------------------------------------------------------------------

-- UTF-8 by its first octets (RFC 3629 section 4), without the control characters U+0080 to U+009F.
local CHARACTERS = {
    "^\194[\160-\191]", "^[\195-\223][\128-\191]",
    "^\224[\160-\191][\128-\191]", "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
    "^\240[\144-\191][\128-\191][\128-\191]", "^[\241-\243][\128-\191][\128-\191][\128-\191]",
    "^\244[\128-\143][\128-\191][\128-\191]",
}

-- Where the character ends that begins with this octet of 128 and more; nothing if it is no UTF-8,
-- or cannot be printed.
local function character(octets, at)
    for index = 1, #CHARACTERS do
        local _, last = octets:find(CHARACTERS[index], at)
        if last then return last end
    end
end

-- Octets that stand for themselves nowhere: \xNN, or the picture of a control character, U+2400 and
-- so on.
local ESCAPES = { [9] = "\\t", [10] = "\\n", [13] = "\\r" }
local function shown_octet(octet)
    if octet >= 32 or wirestep.prefs.escapes and not ESCAPES[octet] then return string.format("\\x%02x", octet) end
    return wirestep.prefs.escapes and ESCAPES[octet] or "\226\144" .. string.char(128 + octet)
end

-- How many octets are shown: all, or the first `most`, without a character that would be cut.
local function shown_length(octets, most)
    if #octets <= most then return #octets end
    local last = most
    for _ = 1, 3 do
        local following = octets:byte(last + 1)
        if following < 128 or following > 191 then break end
        last = last - 1
    end
    return last
end

-- Octets as text: control characters by their pictures, what is not UTF-8 as \xNN; of many octets
-- the first `most`.
local function shown(octets, most)
    local length = shown_length(octets, most or MOST_SHOWN)
    if length == #octets and not octets:find("[^\32-\126]") then return octets end
    local out, at = {}, 1
    while at <= length do
        local _, last = octets:find("^[\32-\126]+", at)
        local octet = octets:byte(at)
        if not last and octet >= 194 then last = character(octets, at) end
        if last then
            last = math.min(last, length)
            out[#out + 1] = octets:sub(at, last)
        else
            out[#out + 1] = shown_octet(octet)
        end
        at = (last or at) + 1
    end
    if length < #octets then out[#out + 1] = string.format(" ... %d octets more", #octets - length) end
    return table.concat(out)
end

-- Larger numbers are not exact in every Lua, and larger lengths are not seen.
local MOST_COUNTED = 2 ^ 53

local function count(number, noun)
    if number > MOST_COUNTED then return "more than 2^53 " .. noun .. "s" end
    return string.format(number == 1 and "%d %s" or "%d %ss", number, noun)
end

-- ---- what a segment shows -----------------------------------------------------------------------

-- Which fields are looked at, by their key in `fields`. Wireshark changes that only between two
-- passes over the frames, and a pass begins at an earlier frame: then it is asked again.
local wanted, last_frame = {}, 0

-- Rows of the tree in the order of their octets, and the phrases of wirestep.info. There is one,
-- for the frame that is read:
--
--     tree, frame, is_visible   the frame's tree and number, and whether its details are shown
--     tvb, at, length   the octets of the frame, and where its payload is in them
--     other       the other direction of the connection, if it has been seen
--     stream      both directions, and what they share
--     offset      where the octets that are read begin in the payload of this frame; nothing, if
--                 they came in another one
--     own, parent the protocol's row, and the row that others stand below at the moment
--     built       rows so far; `left_out` counts those that were too many
--     has_any     something is shown of this frame
--     phrases, counted, first_fault   what is said in short
--     has_start_line, told_chunk, has_nul   of the segment: its words need not say it again
local Rows = { phrases = {}, counted = {} }

function Rows:begin(tree, frame)
    if frame <= last_frame then wanted = {} end
    last_frame = frame
    self.tree, self.frame, self.is_visible = tree, frame, tree.visible
    self.other, self.stream, self.offset, self.own, self.parent = nil, nil, 0, nil, nil
    self.built, self.left_out, self.has_any, self.first_fault = 0, 0, false, nil
    self.has_start_line, self.told_chunk, self.has_nul = false, nil, nil
    for index = #self.phrases, 1, -1 do self.phrases[index] = nil end
    if self.counted[1] then self.counted = {} end
end

-- Whether a row with this field is looked at, in the details or by a filter, column or colour.
function Rows:wants(field)
    if self.is_visible then return true end
    local is_wanted = wanted[field]
    if is_wanted == nil then
        is_wanted = self.tree:referenced(fields[field])
        wanted[field] = is_wanted
    end
    return is_wanted
end

-- Those that a body can have many of.
local OF_A_BODY = {
    "chunk_number", "chunk_size", "chunk_data", "chunk_end", "event_field", "event_type", "event_data", "event_id", "event_retry",
    "event_dispatched", "dispatched_type", "dispatched_data", "dispatched_id", "event_chunks",
}

-- Rows of a body are looked at.
function Rows:shows_body()
    if self.is_visible then return true end
    if wanted.body == nil then
        wanted.body = false
        for _, field in ipairs(OF_A_BODY) do
            wanted.body = self:wants(field) or wanted.body
        end
    end
    return wanted.body
end

-- The protocol's own row, which all others stand below.
function Rows:root()
    if not self.own then
        local has_octets = self.is_visible and self.length > 0
        self.own = has_octets and self.tree:add(wirestep, self.tvb(self.at, self.length)) or self.tree:add(wirestep)
    end
    return self.own
end

-- A row; nothing if it is not looked at. Text values are octets as they came. `from` and `to` count
-- in the octets that are read; without them the row has no octets. `template` and what follows it
-- are the row's text, if the field's own will not do.
function Rows:add(field, value, from, to, template, ...)
    self.has_any = true
    local fault = experts[field]
    if not fault and not self:wants(field) then return end
    self.built = self.built + 1
    if self.built > MOST_ROWS and from then
        self.left_out = self.left_out + 1
        return
    end
    if type(value) == "string" then
        value = shown(value, (field == "chunk_data" or field == "body") and MOST_SHOWN_OF_BODY or MOST_SHOWN)
    end
    local parent, row = self.parent or self:root(), nil
    if from and to >= from and self.offset then
        row = parent:add(fields[field], self.tvb(self.at + self.offset + from - 1, to - from + 1), value)
    else
        row = parent:add(fields[field], value)
        row:set_generated()
    end
    if template and self.is_visible then row:set_text(template:format(...)) end
    if fault then row:add_proto_expert_info(fault, field .. ": " .. value) end
    return row
end

-- What `act` adds stands below `row`, if there is one.
function Rows:below(row, act, ...)
    local outer = self.parent
    self.parent = row or outer
    act(...)
    self.parent = outer
end

-- The row that sums up the others. The protocol's own row is there even if no row below it is
-- looked at, if a filter asks for it.
function Rows:show(info)
    if wanted.protocol == nil then
        wanted.protocol = self:wants("info") or self.tree:referenced(Dissector.get("wirestep"))
    end
    if not self.is_visible and not self.own and not wanted.protocol then return end
    if self.is_visible then self:root():append_text(": " .. info) end
    if self:wants("info") then self:root():add(fields.info, info):set_generated() end
    self:root()
end

function Rows:say(template, ...)
    self.has_any = true
    self.phrases[#self.phrases + 1] = template:format(...)
end

-- The same of what a segment may have many of: after the first phrases they are counted.
function Rows:tell(noun, template, ...)
    if #self.phrases < MOST_FIRST then return self:say(template, ...) end
    self:count(noun, 1)
end

function Rows:count(noun, number)
    if not self.counted[noun] then
        self.counted[noun] = 0
        self.counted[#self.counted + 1] = noun
    end
    self.counted[noun] = self.counted[noun] + number
end

-- Not as the standard has it.
function Rows:mind(why, from, to)
    self:add("unexpected", why, from, to)
    if not self.first_fault then
        self.first_fault = why
        self:say("unexpected: %s", why)
    else
        self:tell("fault", "unexpected: %s", why)
    end
end

-- The phrases: the first ones, what was counted, and the last ones.
function Rows:in_short()
    local phrases, out = self.phrases, {}
    if #phrases <= MOST_FIRST and not self.counted[1] then return table.concat(phrases, ", ") end
    local last = math.max(MOST_FIRST + 1, #phrases - MOST_LAST + 1)
    for index = 1, math.min(MOST_FIRST, #phrases) do out[index] = phrases[index] end
    for _, noun in ipairs(self.counted) do out[#out + 1] = count(self.counted[noun], "more " .. noun) end
    if last > MOST_FIRST + 1 then out[#out + 1] = string.format("... %d more ...", last - MOST_FIRST - 1) end
    for index = last, #phrases do out[#out + 1] = phrases[index] end
    return table.concat(out, ", ")
end

-- ---- text that grows from segment to segment ----------------------------------------------------

-- Pieces, each of which knows the one before: a state and the next one share what both have.
local function grown(text, piece)
    local length = text and text.length or 0
    if length >= MOST_KEPT or piece == "" then return text end
    return { before = text, piece = piece, length = length + #piece }
end

local function text_of(text)
    if not text then return "" end
    if not text.before then return text.piece end
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

-- ---- event streams (WHATWG HTML, "Server-sent events") ------------------------------------------

--     line        one that began in an earlier segment or chunk, so far
--     after_cr    the last octet was a CR, which has ended its line; an LF after it belongs to it
--     is_first    no line is complete: a byte order mark may stand here
--     number      events dispatched so far
--     type, data, id   the buffers of the standard; `data` is each line of data with an LF after it
--     chunk       the number of the chunk that is read, if there are chunks
--     begun       the chunk in which the event began whose blank line is still to come
local function new_events()
    return { line = nil, after_cr = false, is_first = true, number = 0, type = "", data = nil, id = "", chunk = nil, begun = nil }
end

-- Data has come that no blank line has dispatched: if the stream ends here, it is discarded.
local function is_cut_inside(events)
    return events and (events.data or events.line and text_of(events.line):sub(1, 5) == "data:")
end

local function dispatch(events, rows, from, to)
    local chunks = events.chunk and events.begun and events.chunk - events.begun + 1 or 1
    events.begun = nil
    if not events.data then
        events.type = ""
        rows:add("event_field", "", from, to, "blank line: there is no data, so nothing is dispatched")
        return
    end
    events.number = events.number + 1
    local kind = events.type ~= "" and events.type or "message"
    if rows:wants("event_dispatched") or rows:wants("dispatched_data") or rows:wants("dispatched_type")
        or rows:wants("dispatched_id") or rows:wants("event_chunks") then
        local row = rows:add("event_dispatched", events.number, from, to, "blank line: dispatches event %d%s, of type %s%s",
            events.number, events.is_joined and " from where reading began" or "", shown(kind),
            chunks > 1 and string.format("; its octets came in %d chunks", chunks) or "")
        if rows.built <= MOST_ROWS then rows:below(row, function()
            rows:add("dispatched_type", kind)
            rows:add("dispatched_data", text_of(events.data):sub(1, -2))
            rows:add("dispatched_id", events.id)
            if chunks > 1 then rows:add("event_chunks", chunks) end
        end) end
    end
    rows.has_any = true
    rows:tell("event", "event %d (%s)", events.number, shown(kind))
    events.type, events.data = "", nil
end

-- What a field means to a client, by its name: changes `events` and gives the field of its row and
-- the row's value. Nothing: it is ignored.
local meanings = {}

function meanings.event(events, value)
    events.type = value
    return "event_type", value
end

function meanings.data(events, value)
    events.data = grown(events.data, value .. "\n")
    return "event_data", value
end

function meanings.id(events, value)
    if value:find("%z") then return end
    events.id = value
    return "event_id", value
end

-- "If the field value consists of only ASCII digits": however many there are. The row's number ends
-- at 2^64 - 1.
function meanings.retry(_, value)
    if not value:find("^%d+$") then return end
    local digits = value:match("^0*(%d+)$")
    if #digits > 19 then return "event_retry", UInt64.max() end
    local high, low = tonumber(digits:sub(1, -10)) or 0, tonumber(digits:sub(-9))
    return "event_retry", UInt64.new(high) * 1000000000 + UInt64.new(low)
end

-- A field line of the stream: "name", "name:value" or "name: value".
local function take_event_field(events, rows, line, from, to)
    local colon = line:find(":", 1, true)
    local name = colon and line:sub(1, colon - 1) or line
    local value = colon and line:sub(colon + (line:byte(colon + 1) == 32 and 2 or 1)) or ""
    local field, meant
    if meanings[name] then field, meant = meanings[name](events, value) end
    rows.has_any = true
    if not rows:wants("event_field") and not (field and rows:wants(field)) then return end
    local row = rows:add("event_field", name, from, to, "field %s%s", shown(line),
        field and "" or " (ignored: clients know no such field, or no such value)")
    if field then rows:below(row, rows.add, rows, field, meant, from, to) end
end

local function take_event_line(events, rows, line, from, to)
    if events.is_first then
        events.is_first = false
        line = line:gsub("^\239\187\191", "")
    end
    local first = line:byte()
    if not first then return dispatch(events, rows, from, to) end
    if first == 58 then
        rows:add("event_comment", line:sub(2), from, to)
        return rows:tell("comment", "comment")
    end
    events.begun = events.begun or events.chunk
    take_event_field(events, rows, line, from, to)
end

-- A line ends in LF, CR, or CRLF. What stands between `first` and `last` is read.
local function take_events(events, rows, octets, first, last)
    local at = first
    if events.after_cr and at <= last then
        events.after_cr = false
        if octets:byte(at) == 10 then at = at + 1 end
    end
    -- The next CR is looked for once, not once for each line.
    local carriage = octets:find("\r", at, true) or #octets + 1
    while at <= last do
        local stop = octets:find("\n", at, true) or #octets + 1
        if carriage < at then carriage = octets:find("\r", at, true) or #octets + 1 end
        if carriage < stop then stop = carriage end
        if stop > last then
            if not events.line and octets:byte(at) ~= 58 then events.begun = events.begun or events.chunk end
            events.line = grown(events.line, octets:sub(at, last))
            return
        end
        local line, to = octets:sub(at, stop - 1), stop
        if events.line then
            line, events.line = text_of(events.line) .. line, nil
        end
        if octets:byte(stop) == 13 then
            events.after_cr = stop == last
            if stop < last and octets:byte(stop + 1) == 10 then to = stop + 1 end
        end
        take_event_line(events, rows, line, at, to)
        at = to + 1
    end
end

-- Called for each chunk.
local byte, find, match, sub = string.byte, string.find, string.match, string.sub

-- How many events these octets dispatch, if they are whole events with LF and data in each; nothing
-- otherwise.
local function whole_events(octets, first, last)
    local number, at = 0, first
    while at <= last do
        local stop = find(octets, "\n\n", at, true)
        if not stop or stop >= last then return end
        local data = sub(octets, at, at + 3) == "data" and at or (find(octets, "\ndata", at, true) or last) + 1
        local after = byte(octets, data + 4)
        if data > stop or after ~= 58 and after ~= 10 then return end
        number, at = number + 1, stop + 2
    end
    return number
end

-- ---- messages (RFC 9112) ------------------------------------------------------------------------

-- One direction of a connection. `state` names the function of `states` that takes the next octets.
--
--     next        the sequence number of the octet that comes next
--     line        a line that began in an earlier segment, so far
--     message     the one that is read, or the last one: kind, status, method, and the field
--                 lines that matter
--     heads       how many requests, or final responses, have begun
--     number, size, left   the chunk; left also counts down Content-Length
--     waiting     segments that came too early
--     acked       what the other side has acknowledged
--     is_whole    the beginning was seen, and nothing is missing since
--     ended       "FIN" or "RST", when that has come in this direction
--     events      the event stream in the body, if it is one
--     entry, rest where its state is kept
local function new_direction(state, sequence)
    return { state = state, next = sequence, heads = 0, number = 0, size = 0, left = 0, is_whole = state == "start_line" }
end

-- What is kept of a direction after each of its segments, so that frames can be visited again:
-- columns of numbers and of shared tables, since there are as many entries as segments. After
-- MOST_FRAMES entries the oldest place is used again; `id` says which entry it has.
local kept_count, kept_id, kept_state, kept_next, kept_number, kept_size, kept_left, kept_acked
local kept_rest, kept_events, kept_event_number, kept_event_id

local function forget_all()
    kept_count, kept_id, kept_state, kept_next, kept_number, kept_size = 0, {}, {}, {}, {}, {}
    kept_left, kept_acked, kept_rest, kept_events, kept_event_number, kept_event_id = {}, {}, {}, {}, {}, {}
end

-- What changes seldom, in a table that is replaced when it changes.
local function rest_of(direction)
    local rest = direction.rest
    if rest and rest.line == direction.line and rest.message == direction.message and rest.heads == direction.heads
        and rest.waiting == direction.waiting and rest.is_whole == direction.is_whole and rest.ended == direction.ended then
        return rest
    end
    return {
        line = direction.line, message = direction.message, heads = direction.heads, waiting = direction.waiting,
        is_whole = direction.is_whole, ended = direction.ended,
    }
end

local function rest_of_events(events)
    local rest = events.rest
    if rest and rest.line == events.line and rest.data == events.data and rest.begun == events.begun and rest.type == events.type
        and rest.after_cr == events.after_cr and rest.is_first == events.is_first then
        return rest
    end
    return {
        line = events.line, data = events.data, begun = events.begun, type = events.type, after_cr = events.after_cr,
        is_first = events.is_first, is_joined = events.is_joined,
    }
end

-- Keeps a direction as it is now; its `entry` tells where.
local function keep(direction)
    local entry, events = kept_count + 1, direction.events
    local place = (entry - 1) % MOST_FRAMES + 1
    kept_count, direction.entry, direction.rest = entry, entry, rest_of(direction)
    kept_id[place], kept_state[place], kept_next[place] = entry, direction.state, direction.next
    kept_number[place], kept_size[place], kept_left[place] = direction.number, direction.size, direction.left
    kept_acked[place], kept_rest[place] = direction.acked or false, direction.rest
    if events then
        events.rest = rest_of_events(events)
        kept_events[place], kept_event_number[place], kept_event_id[place] = events.rest, events.number, events.id
    else
        kept_events[place], kept_event_number[place], kept_event_id[place] = false, 0, ""
    end
end

-- A direction as it was; nothing if too much has come since.
local function recall(entry)
    local place = (entry - 1) % MOST_FRAMES + 1
    if kept_id[place] ~= entry then return end
    local direction, events = {}, kept_events[place]
    for name, value in pairs(kept_rest[place]) do direction[name] = value end
    direction.state, direction.next, direction.number = kept_state[place], kept_next[place], kept_number[place]
    direction.size, direction.left, direction.acked = kept_size[place], kept_left[place], kept_acked[place]
    if events then
        direction.events = { number = kept_event_number[place], id = kept_event_id[place] }
        for name, value in pairs(events) do direction.events[name] = value end
    end
    return direction
end

-- The other side has acknowledged so much. What is kept of this direction is its state before a
-- frame that is still to come.
local function acknowledge(direction, sequence)
    local place = (direction.entry - 1) % MOST_FRAMES + 1
    direction.acked = sequence
    if kept_id[place] == direction.entry then kept_acked[place] = sequence end
end

local states = {}

-- What is not read, and why: octets after a fault, after a gap in the capture, after FIN or RST, of
-- another protocol.
local UNREAD = {
    broken = "%s not read: they come after a fault", lost = "%s not read: octets before them are not in the capture",
    over = "%s not read: they come after the end of this direction", tunnel = "%s in the tunnel: no HTTP/1.1 any more",
}

local function leave_unread(direction, rows, octets, at)
    local sentence = UNREAD[direction.state]:format(count(#octets - at + 1, "octet"))
    if direction.state ~= "lost" or direction.message or rows.other and rows.other.message then
        rows:add("unread", sentence, at, #octets)
        rows:say("%s", sentence)
    end
    return #octets + 1
end

states.broken, states.lost, states.over, states.tunnel = leave_unread, leave_unread, leave_unread, leave_unread

-- Another protocol, from its beginning.
function states.foreign(_, _, octets) return #octets + 1 end

-- A token (RFC 9110 section 5.6.2), and what may stand in no line.
local TOKEN = "[%w!#$%%&'*+.^_`|~-]+"
local CONTROL = "[%z\1-\8\10-\31\127]"

-- Any line could be, but these are meant for HTTP.
local function looks_like_http(line)
    return line:find("^HTTP/") or line:find("^%u+ +/") or line:find(" HTTP/[01]")
end

-- Nothing after this can be understood. What never was HTTP is left alone.
local function give_up(direction, rows, octets, at, why)
    direction.line, direction.events = nil, nil
    if direction.message or rows.other and rows.other.message then
        direction.state = "broken"
        rows:mind(why, at, #octets)
    else
        direction.state = "foreign"
    end
    return #octets + 1
end

-- A line without its line end, and where it stops; nothing while it is not complete. LF alone is a
-- fault, and ends a line for common clients, too.
local function take_line(direction, rows, octets, at)
    local stop = octets:find("\n", at, true)
    if not stop then
        direction.line = grown(direction.line, octets:sub(at))
        if direction.line.length >= MOST_KEPT then
            return nil, give_up(direction, rows, octets, at, "a line of more than " .. count(MOST_KEPT, "octet"))
        end
        return nil, #octets + 1
    end
    local line = octets:sub(at, stop - 1)
    if direction.line then
        line, direction.line = text_of(direction.line) .. line, nil
    end
    local is_crlf = line:byte(-1) == 13
    if is_crlf then line = line:sub(1, -2) end
    if (not is_crlf or line:find("\r", 1, true)) and (direction.message or looks_like_http(line)) then
        rows:mind("a line of a message ends with CRLF, and has no other CR or LF (RFC 9112 2.2)", at, stop)
    end
    return line, stop + 1
end

local function complete(direction, rows, how)
    local kind = direction.message.kind
    rows:add(kind .. "_complete", true, nil, nil, "the %s is complete: %s", kind, how)
    rows:say("%s complete", kind)
    if is_cut_inside(direction.events) then
        rows:add("event_discarded", true)
    end
    direction.events = nil
    direction.state = "start_line"
end

-- The message that begins with this line, and its fault; nothing if none does.
local function message_of(line)
    local version, status = line:match("^HTTP/(%d%.%d) (%d%d%d)%f[ %z]")
    if status then
        local fault = #line == 12 and "the space after the status code is missing (RFC 9112 4)"
            or not status:find("^[1-5]") and status .. " is no status code: clients take it for 5xx (RFC 9110 15)" or nil
        return { kind = "response", version = version, status = tonumber(status) }, fault
    end
    local method, version = line:match("^(" .. TOKEN .. ") [!-~]+ HTTP/(%d%.%d)$")
    -- PRI is how HTTP/2 begins (RFC 9113 section 3.4).
    if method and method ~= "PRI" then return { kind = "request", version = version, method = method } end
end

-- A request begins with a token, a response with HTTP; what is neither is left alone as early as
-- possible.
local function may_begin(direction, begin)
    -- At least one empty line before a request-line is to be ignored (RFC 9112 section 2.2);
    -- clients ignore one, too.
    if begin:find("^\r?\n?$") or begin:find("^\r?\n") then return true end
    if direction.message and direction.message.kind == "response" then
        return begin:sub(1, 5) == ("HTTP/"):sub(1, #begin)
    end
    return begin:find("^" .. TOKEN .. "$") or begin:find("^" .. TOKEN .. " ") or begin:find("^HTTP/")
end

function states.start_line(direction, rows, octets, at)
    local begun = direction.line
    if not begun or begun.length < 32 then
        if not may_begin(direction, text_of(begun) .. octets:sub(at, at + 31)) then
            return give_up(direction, rows, octets, at, "no message begins like this: here should be a start-line (RFC 9112 2.1)")
        end
    end
    local line, stop = take_line(direction, rows, octets, at)
    if not line then return stop end
    if line == "" then
        local is_response = direction.message and direction.message.kind == "response"
        if is_response then rows:mind("an empty line before a status-line (RFC 9112 2.2)", at, stop - 1) end
        if direction.message then rows:say("empty line") end
        return stop
    end
    local message, fault = message_of(line)
    if not message then
        direction.message = direction.message or looks_like_http(line) and { kind = "message" } or nil
        return give_up(direction, rows, octets, at, "the start-line does not follow its grammar (RFC 9112 3, 4)")
    end
    direction.message, direction.state = message, "field_lines"
    rows.has_start_line = true
    rows:add("start_line", line, at, stop - 1)
    rows:say("%s", shown(message.status and line or line:match("^(%S+ %S+)"), MOST_SHOWN_OF_BODY))
    if fault then rows:mind(fault, at, stop - 1) end
    if message.method then
        direction.heads = direction.heads + 1
        -- The framing of the response depends on these. Read again, it is the same.
        if message.method == "HEAD" or message.method == "CONNECT" or message.version < "1.1" then
            rows.stream.asked[direction.heads] = message
        end
    end
    return stop
end

-- Those that say how long the body is, and what it is.
local MATTER = { ["transfer-encoding"] = true, ["content-length"] = true, ["content-type"] = true, ["content-encoding"] = true }

-- `last` is the name of the field line that a folded line would continue, if it is one of these.
local function with_field(message, name, value, separator)
    local changed = {}
    for key, known in pairs(message) do changed[key] = known end
    changed.last = name
    if MATTER[name] then changed[name] = message[name] and message[name] .. separator .. value or value end
    return changed
end

-- Members of a list (RFC 9110 section 5.6.1), in small letters; empty ones do not count.
local function members(value)
    local list = {}
    for member in value:lower():gmatch("[^,]+") do
        member = member:match("^[ \t]*(.-)[ \t]*$")
        if member ~= "" then list[#list + 1] = member end
    end
    return list
end

-- The last of several transfer codings decides; nothing if there is no such field.
local function last_coding(message)
    local value = message["transfer-encoding"]
    if not value then return end
    local list = members(value)
    return list[#list] or ""
end

-- Before HTTP/1.1 there is no transfer coding (RFC 9112 section 6.1).
local function is_too_old(message)
    return message["transfer-encoding"] and message.version < "1.1"
end

local function is_tunnel(message, method)
    return message.status == 101 or (method == "CONNECT" and message.status >= 200 and message.status < 300)
end

-- Where the body ends: RFC 9112 section 6.3, in its order. Its framing, a sentence, and the length
-- if there is one.
local function frame_response(message, method)
    local status, coding = message.status, last_coding(message)
    if status == 101 then return "none", "no body: another protocol begins (RFC 9110 15.2.2)" end
    if is_tunnel(message, method) then return "none", "no body: after a 2xx to CONNECT the tunnel begins (RFC 9112 6.3, rule 2)" end
    if status >= 100 and status < 200 then return "none", "no body: this is an interim response (RFC 9112 6.3, rule 1)" end
    if method == "HEAD" then return "none", "no body: the request was HEAD (RFC 9112 6.3, rule 1)" end
    if status == 204 or status == 304 then return "none", "no body: " .. status .. " has none (RFC 9112 6.3, rule 1)" end
    if is_too_old(message) then return "close-delimited", "until FIN: before HTTP/1.1 there are no chunks (RFC 9112 6.1)" end
    if coding == "chunked" then return "chunked", "chunks follow (RFC 9112 6.3, rule 4)" end
    if coding then return "close-delimited", "until FIN: chunked is not the last coding (RFC 9112 6.3, rule 4)" end
    if not message["content-length"] then return "close-delimited", "until FIN: neither length nor chunks (RFC 9112 6.3, rule 8)" end
end

local function frame_request(message)
    local coding = last_coding(message)
    if is_too_old(message) then return "unknown", "before HTTP/1.1 there is no Transfer-Encoding (RFC 9112 6.1)" end
    if coding == "chunked" then return "chunked", "chunks follow (RFC 9112 6.3, rule 4)" end
    if coding then return "unknown", "chunked is not the last transfer coding of a request (RFC 9112 6.3, rule 4)" end
    if not message["content-length"] then return "none", "no body: a request without a length has none (RFC 9112 6.3, rule 7)" end
end

-- Rule 5: several lengths are one, if they are the same number.
local function length_of(value)
    local length
    for member in (value .. ","):gmatch("[ \t]*(.-)[ \t]*,") do
        local digits = member:match("^0*(%d+)$")
        if not digits or length and length ~= digits then return end
        length = digits
    end
    return tonumber(length)
end

local function frame_by_length(value)
    local length = length_of(value)
    if not length then return "unknown", "Content-Length is not one number (RFC 9112 6.3, rule 5)" end
    if length == 0 then return "none", "no body: Content-Length is 0 (RFC 9112 6.3, rule 6)" end
    return "content-length", count(length, "octet") .. " follow (RFC 9112 6.3, rule 6)", length
end

local function frame_body(message, method)
    local framing, why
    if message.kind == "response" then framing, why = frame_response(message, method) else framing, why = frame_request(message) end
    if framing then return framing, why end
    return frame_by_length(message["content-length"])
end

-- What is understood and yet forbidden.
local function mind_framing(message, asked, rows, at, stop)
    local coding, length = message["transfer-encoding"], message["content-length"]
    if coding and length then
        rows:mind("Content-Length beside Transfer-Encoding, which has precedence (RFC 9112 6.2, 6.3 rule 3)", at, stop)
    elseif length and length:find(",") and length_of(length) then
        rows:mind("Content-Length more than once: taken as one, since the number is the same (RFC 9112 6.3, rule 5)", at, stop)
    end
    local times = 0
    for _, member in ipairs(members(coding or "")) do
        if member == "chunked" then times = times + 1 end
    end
    if times > 1 then rows:mind("chunked more than once (RFC 9112 6.1)", at, stop) end
    if coding and asked and asked.version < "1.1" then
        rows:mind("Transfer-Encoding in the response to a request of HTTP/" .. asked.version .. " (RFC 9112 6.1)", at, stop)
    end
end

-- What is known of the request that this response answers, and whether it is in the capture.
-- Interim responses do not count.
local function asked_by(direction, rows)
    local status = direction.message.status
    if not status or status >= 100 and status < 200 and status ~= 101 then return nil, true end
    direction.heads = direction.heads + 1
    return rows.stream.asked[direction.heads], direction.is_whole or rows.other and rows.other.heads >= direction.heads
end

-- Codings that browsers know; what else stands there they take for none.
local CODINGS = {}
for coding in ("gzip x-gzip deflate compress x-compress br zstd dcb dcz exi aes128gcm pack200-gzip bzip2 lzma"):gmatch("%S+") do
    CODINGS[coding] = true
end

local function is_encoded(message)
    for _, coding in ipairs(members(message["content-encoding"] or "")) do
        if CODINGS[coding] then return true end
    end
    for _, coding in ipairs(members(message["transfer-encoding"] or "")) do
        if coding ~= "chunked" then return true end
    end
    return false
end

local function is_event_stream(message)
    local type = (message["content-type"] or ""):lower()
    return message.kind == "response" and type:find("^text/event%-stream[ \t]*%f[;%z]") and not is_encoded(message)
end

local BODY_STATES = { chunked = "chunk_size", ["content-length"] = "length_body", ["close-delimited"] = "close_body" }

local function begin_body(direction, rows, framing, length, method)
    local message = direction.message
    direction.number, direction.left = 0, length or 0
    if length and length > MOST_COUNTED then direction.left = math.huge end
    if BODY_STATES[framing] then
        direction.state = BODY_STATES[framing]
        direction.events = is_event_stream(message) and new_events() or nil
    elseif message.kind == "response" and is_tunnel(message, method) then
        complete(direction, rows, "it has no body")
        direction.state = "tunnel"
        -- From the next frame on, in both directions.
        rows.stream.tunnel_since = rows.stream.tunnel_since or rows.frame
    elseif message.kind == "response" and message.status >= 100 and message.status < 200 then
        direction.state = "start_line"
    else
        complete(direction, rows, "it has no body")
    end
end

local function end_head(direction, rows, octets, at, stop)
    local message = direction.message
    local asked, is_known = asked_by(direction, rows)
    local method = asked and asked.method
    local framing, why, length = frame_body(message, method)
    if message.kind == "response" and not is_known then
        why = why .. "; its request is not in the capture: if that is a HEAD, there is no body"
    end
    rows:add("framing", framing, at, stop - 1, "end of head; the body: %s: %s", framing, why)
    if not rows.has_start_line then rows:say("end of head") end
    mind_framing(message, asked, rows, at, stop - 1)
    if framing == "unknown" then
        return give_up(direction, rows, octets, stop, "where the body ends cannot be known: " .. why)
    end
    begin_body(direction, rows, framing, length, method)
    return stop
end

-- field-line = field-name ":" OWS field-value OWS; the name in small letters and the value.
local function take_field_line(rows, line, at, stop, kind)
    rows:add(kind, line, at, stop - 1)
    local name, spaces, value = line:match("^(" .. TOKEN .. ")([ \t]*):[ \t]*(.-)[ \t]*$")
    if not name then
        rows:mind("a field line does not follow its grammar: it is left out (RFC 9112 5)", at, stop - 1)
        return
    elseif spaces ~= "" then
        rows:mind("white space before the colon (RFC 9112 5.1)", at, stop - 1)
    elseif line:find(CONTROL) then
        rows:mind("a control character in a field value (RFC 9110 5.5)", at, stop - 1)
    end
    return name:lower(), value
end

-- A line that begins with white space continues the one before it, with one space (RFC 9112 section
-- 5.2).
local function take_folded_line(direction, rows, line, at, stop, kind)
    rows:add(kind, line, at, stop - 1)
    rows:mind("a folded field line: folding is obsolete, clients put a space there (RFC 9112 5.2)", at, stop - 1)
    return direction.message.last, line:match("^[ \t]*(.-)[ \t]*$")
end

function states.field_lines(direction, rows, octets, at)
    local line, stop = take_line(direction, rows, octets, at)
    if not line then return stop end
    if line == "" then
        return end_head(direction, rows, octets, at, stop)
    end
    local name, value
    if line:find("^[ \t]") then
        name, value = take_folded_line(direction, rows, line, at, stop, "field_line")
        if MATTER[name] then direction.message = with_field(direction.message, name, value, " ") end
        return stop
    end
    name, value = take_field_line(rows, line, at, stop, "field_line")
    if MATTER[name] then
        direction.message = with_field(direction.message, name, value, ", ")
    elseif direction.message.last then
        direction.message = with_field(direction.message)
    end
    return stop
end

-- chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), as far as lines go.
local function is_extension(text)
    local without_pairs = text:gsub("\\.", "")
    local _, quotes = without_pairs:gsub('"', "")
    local is_grammar = text:find("^[ \t]*;[ \t]*" .. TOKEN) and not text:find("[=;][ \t]*$") and not text:find(CONTROL)
    return is_grammar and quotes % 2 == 0
end

-- What stands after the digits of a chunk-size. Clients take white space there for padding, and
-- ignore all from a semicolon on.
local function take_extension(rows, extension, at, stop)
    if extension:find("^[ \t]+$") then
        rows:mind("white space after the chunk-size (RFC 9112 7.1)", at, stop - 1)
        return
    end
    if not is_extension(extension) then
        rows:mind("a chunk-ext does not follow its grammar: clients ignore it (RFC 9112 7.1.1)", at, stop - 1)
    end
    rows:add("chunk_extension", extension:match(";.*$") or extension, at, stop - 1)
end

local function last_chunk(direction, rows, at, stop)
    rows:add("last_chunk", true, at, stop - 1, "last-chunk: zero, no more data; the trailer section follows (RFC 9112 7.1)")
    rows:say("last chunk")
    direction.state = "trailer"
end

local function begin_chunk(direction, rows, digits, at, stop)
    local significant = digits:match("^0*(.*)$")
    local size = #significant > 13 and math.huge or tonumber(digits, 16)
    direction.number = direction.number + 1
    direction.left, direction.size, direction.state = size, size, "chunk_data"
    rows:add("chunk_number", direction.number, at, stop - 1)
    if rows:wants("chunk_size") then
        rows:add("chunk_size", UInt64.fromhex(significant), at, stop - 1, "chunk-size: 0x%s = %s of data follow", digits,
            count(size, "octet"))
    end
    rows:tell("chunk", "chunk %d: %s", direction.number, count(size, "octet"))
    rows.told_chunk, rows.has_any = direction.number, true
end

-- The value of the last line whose name is id; nothing if there is none. All lines end in LF.
local function last_id(octets, first, last)
    local id
    local at = find(octets, "\nid", first, true)
    while at and at < last do
        local after = byte(octets, at + 3)
        if after == 58 or after == 10 then id = at + 3 end
        at = find(octets, "\nid", at + 3, true)
    end
    return id and match(octets, "^:? ?([^\n]*)", id)
end

-- Nothing of an event is open, so that whole events can be counted.
local function is_clean(events)
    return not (events.line or events.after_cr or events.is_first or events.data or events.begun) and events.type == ""
end

local function has_type(octets, first, last)
    local at = octets:find("\nevent", first - 1, true)
    return at and at < last
end

-- Whole chunks one after another, if no row of them is looked at: where they stop; nothing if the
-- next one is not of this kind. It changes and tells exactly what the states do; a test compares
-- both.
local function step_over(direction, rows, octets, at)
    local events, first = direction.events, at
    if rows.has_nul == nil then rows.has_nul = find(octets, "\0", 1, true) and true or false end
    if events and (rows.has_nul or not is_clean(events)) then return end
    local number, size, dispatched, chunks_left, events_left = direction.number, nil, 0, 0, 0
    while at < #octets do
        local digits, data = match(octets, "^(%x%x?%x?%x?%x?%x?)\r\n()", at)
        if not digits then break end
        local length = tonumber(digits, 16)
        local stop, is_told = data + length, #rows.phrases < MOST_FIRST
        if length == 0 or byte(octets, stop) ~= 13 or byte(octets, stop + 1) ~= 10 then break end
        if events then
            -- No CR before the one that ends the chunk; and the first events are told with their
            -- types.
            dispatched = find(octets, "\r", data, true) == stop and whole_events(octets, data, stop - 1)
            if not dispatched or is_told and has_type(octets, data, stop) then break end
        end
        number, size, at = number + 1, length, stop + 2
        if is_told then
            rows:say("chunk %d: %s", number, count(size, "octet"))
            for index = 1, dispatched do rows:tell("event", "event %d (message)", events.number + index) end
        else
            chunks_left, events_left = chunks_left + 1, events_left + dispatched
        end
        if events then events.number = events.number + dispatched end
    end
    if at == first then return end
    direction.number, direction.size, direction.left = number, size, 0
    rows.has_any, rows.told_chunk = true, number
    if chunks_left > 0 then rows:count("chunk", chunks_left) end
    if events_left > 0 then rows:count("event", events_left) end
    if events then events.id = last_id(octets, first, at - 1) or events.id end
    return at
end

-- chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
function states.chunk_size(direction, rows, octets, at)
    local over = not direction.line and not rows:shows_body() and step_over(direction, rows, octets, at)
    if over then return over end
    local begin = text_of(direction.line):sub(1, 32) .. octets:sub(at, at + 31)
    if not begin:find("^%x+$") and not begin:find("^%x+[ \t;\r\n]") then
        return give_up(direction, rows, octets, at, "here should be a chunk-size, in hexadecimal (RFC 9112 7.1)")
    end
    local line, stop = take_line(direction, rows, octets, at)
    if not line then return stop end
    local digits, extension = line:match("^(%x+)(.*)$")
    if #digits:match("^0*(.*)$") > 16 then
        return give_up(direction, rows, octets, at, "a chunk-size that is larger than 64 bits (RFC 9112 7.1)")
    end
    if digits:find("^0+$") then last_chunk(direction, rows, at, stop) else begin_chunk(direction, rows, digits, at, stop) end
    if extension ~= "" then take_extension(rows, extension, at, stop) end
    return stop
end

-- What belongs to the body, in this segment; its lines stand below it if it is an event stream.
local function take_data(direction, rows, octets, at, limit, field)
    local last = math.min(#octets, at + limit - 1)
    local row = rows:wants(field) and rows:add(field, octets:sub(at, last), at, last)
    rows.has_any = true
    if direction.events then
        direction.events.chunk = field == "chunk_data" and direction.number or nil
        rows:below(row, take_events, direction.events, rows, octets, at, last)
    end
    return last + 1
end

function states.chunk_data(direction, rows, octets, at)
    if rows.told_chunk ~= direction.number then
        local here = count(math.min(direction.left, #octets - at + 1), "octet")
        rows:say(direction.left < direction.size and "%s more of chunk %d" or "%s of chunk %d", here, direction.number)
        rows.told_chunk = direction.number
    end
    local stop = take_data(direction, rows, octets, at, direction.left, "chunk_data")
    direction.left = direction.left - (stop - at)
    if direction.left == 0 then direction.state = "chunk_crlf" end
    return stop
end

-- The CRLF after the data. Common clients take LF alone, too.
function states.chunk_crlf(direction, rows, octets, at)
    local octet = octets:byte(at)
    local is_told = rows.told_chunk == direction.number
    if octet == 13 and not direction.line then
        if octets:byte(at + 1) == 10 then
            at = at + 1
        else
            direction.line = grown(nil, "\r")
            if at < #octets then return states.chunk_crlf(direction, rows, octets, at + 1) end
            if not is_told then rows:say("CR after the data of chunk %d", direction.number) end
            return at + 1
        end
    elseif octet ~= 10 then
        return give_up(direction, rows, octets, at, "here should be the CRLF after the chunk-data (RFC 9112 7.1)")
    elseif not direction.line then
        rows:mind("LF without CR after the chunk-data (RFC 9112 7.1)", at, at)
    end
    local from = octet == 13 and at - 1 or at
    direction.line = nil
    rows:add("chunk_end", direction.number, from, at)
    if not is_told then rows:say("CRLF, the end of chunk %d", direction.number) end
    direction.state = "chunk_size"
    return at + 1
end

function states.trailer(direction, rows, octets, at)
    local line, stop = take_line(direction, rows, octets, at)
    if not line then return stop end
    if line == "" then
        rows:add("end_of_body", true, at, stop - 1, "blank line: ends the trailer section and the message (RFC 9112 7.1)")
        complete(direction, rows, "all of its chunks have come; that alone closes nothing (RFC 9112 7.1)")
    elseif line:find("^[ \t]") then
        take_folded_line(direction, rows, line, at, stop, "trailer")
    else
        take_field_line(rows, line, at, stop, "trailer")
        rows:tell("trailer field", "trailer field")
    end
    return stop
end

function states.length_body(direction, rows, octets, at)
    local stop = take_data(direction, rows, octets, at, direction.left, "body")
    rows:say("body: %s", count(stop - at, "octet"))
    direction.left = direction.left - (stop - at)
    if direction.left == 0 then
        complete(direction, rows, "all octets of Content-Length have come (RFC 9112 6.2)")
    end
    return stop
end

function states.close_body(direction, rows, octets, at)
    rows:say("body: %s", count(#octets - at + 1, "octet"))
    return take_data(direction, rows, octets, at, #octets, "body")
end


-- What is still to come; nothing between messages, and for what is not read.
local function what_is_missing(direction)
    local state, line = direction.state, direction.line
    if state == "start_line" then
        -- Of what has not been HTTP so far that is not known.
        local is_http = line and (direction.message or looks_like_http(text_of(line)))
        return is_http and "the rest of the start-line" or nil
    elseif state == "field_lines" then
        return "the rest of the head"
    elseif state == "chunk_size" then
        return line and "the rest of the chunk-size line" or string.format("chunk %d, or the last chunk", direction.number + 1)
    elseif state == "chunk_data" then
        if direction.left > MOST_COUNTED then return string.format("the rest of chunk %d", direction.number) end
        return string.format("%.0f of the %s of chunk %d", direction.left, count(direction.size, "octet"), direction.number)
    elseif state == "chunk_crlf" then
        return string.format("the CRLF after the data of chunk %d", direction.number)
    elseif state == "trailer" then
        return "the end of the trailer section"
    elseif state == "length_body" then
        return count(direction.left, "octet") .. " of Content-Length"
    elseif state == "close_body" then
        return "the FIN that ends the body"
    end
end

-- What a segment carries that completes nothing.
local PARTS = {
    start_line = "a part of a start-line", field_lines = "a part of a head", chunk_size = "a part of a chunk-size line",
    trailer = "a part of the trailer section",
}

-- ---- beginning in the middle --------------------------------------------------------------------

-- A whole chunk at the beginning of a segment, with lines of an event stream in it: nothing else
-- looks like this.
local function is_chunk_of_events(octets)
    local digits, data = octets:match("^(%x+)\r\n()")
    if not digits or #digits > 8 then return false end
    local stop = data + tonumber(digits, 16)
    local name = octets:match("^(%l*):", data)
    local is_known = name == "" or name == "data" or name == "event" or name == "id" or name == "retry"
    return is_known and octets:sub(stop, stop + 1) == "\r\n"
end

-- After what is not in the capture reading goes on where a segment begins with what can be
-- recognised. After a fault it does not: where the next message begins cannot be known.
local function join(direction, rows, octets)
    local where = direction.message and "read again from here" or "joined in mid-stream"
    if octets:find("^HTTP/1%.%d %d%d%d") or octets:find("^%u+ %S+ HTTP/1%.%d\r\n") then
        direction.state, direction.line, direction.events = "start_line", nil, nil
        if octets:find("^HTTP") then
            -- It is taken for the response to the last request that was seen.
            direction.heads = (rows.other and rows.other.heads or 0) - 1
        end
        rows:add("joined", where .. ": a start-line")
        rows:say("%s", where)
    elseif direction.state == "lost" and is_chunk_of_events(octets) then
        direction.state, direction.line, direction.number = "chunk_size", nil, 0
        direction.events = new_events()
        direction.events.is_joined = true
        direction.message = direction.message or { kind = "response" }
        rows:add("joined", where .. ": a chunk of an event stream; chunks and events are counted from here")
        rows:say("%s, counting begins here", where)
    end
end

-- ---- segments, in order -------------------------------------------------------------------------

local function feed(direction, rows, octets)
    local at = 1
    while at <= #octets do
        at = states[direction.state](direction, rows, octets, at)
    end
end

-- a - b for sequence numbers, which are counted modulo 2^32 (RFC 9293 section 3.4).
local function distance(a, b)
    local difference = (a - b) % 4294967296
    return difference < 2147483648 and difference or difference - 4294967296
end

local function is_http(direction, other)
    return direction.message or other and other.message
end

local function lose(direction, rows, what)
    if direction.state == "foreign" or direction.state == "over" or direction.state == "tunnel" then return end
    if direction.message then
        rows:add("lost", what)
        rows:say("not in the capture: %s", what)
    end
    direction.state, direction.line, direction.events, direction.is_whole = "lost", nil, nil, false
end

-- What this direction consists of; what is not known yet is the opposite of the other one.
local function kind_of(direction, other)
    local opposite = { request = "response", response = "request" }
    return direction.message and direction.message.kind or other and other.message and opposite[other.message.kind] or "message"
end

-- Requests that the other side has sent, and this one has not answered.
local function unanswered(direction, other)
    local is_known = other and other.message and other.message.kind == "request" and other.is_whole and direction.is_whole
    return is_known and kind_of(direction, other) == "response" and other.heads - direction.heads or 0
end

local function tell_unanswered(direction, other, rows)
    local requests = unanswered(direction, other)
    if requests > 0 and direction.state == "start_line" then
        rows:add("unanswered", requests)
        rows:say("%s without a response", count(requests, "request"))
    end
end

-- What is missing comes first, since columns are narrow.
local function tell_incomplete(direction, rows, flag)
    local missing = what_is_missing(direction)
    if not missing then return false end
    local kind = direction.message and direction.message.kind or "message"
    local sentence = string.format("missing: %s; %s inside a %s", missing, flag, kind)
    rows:add("incomplete", sentence)
    rows:say("%s", sentence)
    if is_cut_inside(direction.events) then
        rows:add("event_discarded", true)
    end
    return true
end

local function tell_ending(rows, ending)
    rows:add("ending", ending)
    rows:say("%s", ending)
end

-- Where FIN or RST comes, if nothing is missing there.
local PLACES = {
    broken = "after a fault", lost = "after a gap in the capture", tunnel = "in the tunnel", foreign = "after octets of another protocol",
}

local function where(direction, stream)
    if stream.tunnel_since then return PLACES.tunnel end
    return PLACES[direction.state] or direction.message and "between messages" or "before any message"
end

-- What the FIN of one direction means for the other one.
local function after_fin(direction, other, stream)
    local kind = kind_of(direction, other)
    local missing = other and what_is_missing(other)
    if stream.tunnel_since then return "this direction of it is closed" end
    if other and other.ended then return "both directions are closed" end
    if missing then return string.format("the %s goes on, still to come: %s", kind_of(other, direction), missing) end
    local open = other and unanswered(other, direction) or 0
    if open > 0 then return string.format("no more requests; %s to be answered", count(open, "request")) end
    return string.format("no more %ss", kind)
end

local function take_fin(direction, rows, stream)
    local other = rows.other
    if direction.state == "close_body" then
        complete(direction, rows, "FIN ends a body that has neither length nor chunks (RFC 9112 6.3, rule 8)")
        tell_ending(rows, "FIN ends the body")
    elseif not tell_incomplete(direction, rows, "FIN") and is_http(direction, other) then
        local requests = direction.state == "start_line" and unanswered(direction, other) or 0
        local meaning = requests > 0 and "" or ": " .. after_fin(direction, other, stream)
        tell_ending(rows, "FIN " .. where(direction, stream) .. meaning)
    end
    tell_unanswered(direction, other, rows)
    direction.state, direction.events, direction.ended = "over", nil, direction.ended or "FIN"
end

-- Nothing of a message is open, or it ended with FIN.
local function is_between(direction)
    return direction.state == "start_line" or direction.state == "over"
end

-- It ends both directions.
local function take_reset(direction, rows, stream)
    local other = rows.other
    stream.reset_since = stream.reset_since or rows.frame
    if is_http(direction, other) and stream.reset_since == rows.frame then
        local is_cut = tell_incomplete(direction, rows, "RST")
        is_cut = other and tell_incomplete(other, rows, "RST") or is_cut
        local open = unanswered(direction, other) + (other and unanswered(other, direction) or 0)
        if not is_cut then
            local place = direction.ended ~= "FIN" and where(direction, stream)
                or other and other.ended and "after both FINs" or "after its own FIN"
            local is_known = is_between(direction) and (not other or is_between(other)) and not stream.tunnel_since
            tell_ending(rows, "RST " .. place .. (is_known and open == 0 and ": nothing is cut" or ""))
        end
        tell_unanswered(direction, other, rows)
        if other then tell_unanswered(other, direction, rows) end
    elseif is_http(direction, other) then
        tell_ending(rows, "RST again")
    end
    direction.state, direction.events, direction.ended = "over", nil, "RST"
end

-- A segment whose turn it is. Its first octets may have been read already.
local function read_segment(direction, rows, segment, stream)
    local skip, octets = 0, segment.octets
    if segment.sequence ~= direction.next then
        skip = distance(direction.next, segment.sequence)
        octets = octets:sub(skip + 1)
    end
    local phrases = #rows.phrases
    rows.offset = segment.frame == rows.frame and skip or nil
    rows.has_nul, rows.built = nil, 0
    if rows.offset and skip > 0 and is_http(direction, rows.other) then
        rows.offset = 0
        rows:add("repeated", true, 1, math.min(skip, #segment.octets))
        rows.offset = skip
    end
    if direction.state == "lost" or direction.state == "broken" and not direction.is_whole then
        join(direction, rows, octets)
    end
    feed(direction, rows, octets)
    if #octets > 0 and #rows.phrases == phrases and what_is_missing(direction) and PARTS[direction.state] then
        rows:say("%s", PARTS[direction.state])
    end
    direction.next = segment.ending
    if segment.length > #segment.octets then
        lose(direction, rows, count(segment.length - #segment.octets, "octet") .. " of this packet (snap length)")
    end
    if segment.is_fin then
        direction.next = (segment.ending + 1) % 4294967296
        take_fin(direction, rows, stream)
    end
    rows.offset = 0
end

-- Octets that are missing will not come if nothing is read here, if too many wait for them, or if
-- their recipient has them.
local function may_come(direction, waiting)
    local state, octets = direction.state, 0
    if state == "lost" or state == "broken" or state == "foreign" or state == "over" or state == "tunnel" then return false end
    for _, segment in ipairs(waiting) do octets = octets + #segment.octets end
    return #waiting <= MOST_WAITING and octets <= MOST_WAITING_OCTETS
end

local function is_acknowledged(direction)
    return direction.acked and distance(direction.acked, direction.next) > 0
end

-- Octets, or a FIN, that this direction has had already.
local function tell_repeated(rows, segment)
    if #segment.octets > 0 then
        rows:add("repeated", true, 1, #segment.octets)
        rows:say("repeated: %s that came before", count(#segment.octets, "octet"))
    elseif segment.is_fin then
        tell_ending(rows, "FIN again")
    end
end

-- A segment that does not begin after the octet that comes next. `segment` is the one of this
-- frame.
local function receive_now(direction, rows, next_one, segment, stream)
    if distance(next_one.ending, direction.next) > 0 or (next_one.is_fin and not direction.ended) then
        read_segment(direction, rows, next_one, stream)
    elseif next_one == segment and is_http(direction, rows.other) then
        tell_repeated(rows, segment)
    end
end

local function copy_of(segment)
    local copy = {}
    for name, value in pairs(segment) do copy[name] = value end
    return copy
end

-- This segment, and those that have waited for it.
local function receive_in_order(direction, rows, segment, stream)
    local waiting, still, is_early = { segment }, {}, false
    for _, earlier in ipairs(direction.waiting or {}) do waiting[#waiting + 1] = earlier end
    table.sort(waiting, function(one, two) return distance(one.sequence, two.sequence) < 0 end)
    local is_patient = may_come(direction, waiting)
    for _, next_one in ipairs(waiting) do
        local gap = distance(next_one.sequence, direction.next)
        if gap > 0 and (not is_patient or is_acknowledged(direction)) then
            lose(direction, rows, count(gap, "octet") .. " before this")
            direction.next, gap = next_one.sequence, 0
        end
        if gap > 0 then
            still[#still + 1] = next_one == segment and copy_of(segment) or next_one
            is_early = is_early or next_one == segment
        else
            receive_now(direction, rows, next_one, segment, stream)
        end
    end
    direction.waiting = #still > 0 and still or nil
    if is_early and is_http(direction, rows.other) then
        rows:add("early", true, 1, #segment.octets)
        rows:say("too early: %s wait for those before them", count(#segment.octets, "octet"))
    end
end

local function receive(direction, rows, segment, stream)
    if not direction.waiting and distance(segment.sequence, direction.next) <= 0 then
        return receive_now(direction, rows, segment, segment, stream)
    end
    receive_in_order(direction, rows, segment, stream)
end

local function read(direction, rows, segment, stream)
    if stream.tunnel_since and stream.tunnel_since < segment.frame and direction.state ~= "over" then direction.state = "tunnel" end
    if stream.reset_since and stream.reset_since < segment.frame then direction.state, direction.ended = "over", "RST" end
    if segment.length > 0 or segment.is_fin then
        receive(direction, rows, segment, stream)
        local is_open = segment.length > 0 and not segment.is_fin and rows:wants("continues")
        local missing = is_open and what_is_missing(direction)
        if missing then rows:add("continues", missing) end
    end
    if segment.is_reset then
        take_reset(direction, rows, stream)
    end
end

-- ---- frames -------------------------------------------------------------------------------------

-- By tcp.stream: the two directions as they are now, by port (by address if both ports are the
-- same); `asked`, requests that decide how their response is framed; `tunnel_since` and
-- `reset_since`, the frame after which nothing is read.
local streams
-- By number of the frame: the entry of its direction before it, and that of the other one; false if
-- it shows nothing.
local frames, others

function wirestep.init()
    streams, frames, others = {}, {}, {}
    wanted, last_frame = {}, 0
    forget_all()
end

-- The segment of this frame; one that must wait is copied.
local current = {}

-- The sequence number at this place of the header.
local function number_at(header, at)
    local one, two, three, four = header:byte(at, at + 3)
    return ((one * 256 + two) * 256 + three) * 256 + four
end

-- By the last three bits: FIN (1), SYN (2) and RST (4).
local FLAGS = {}
for bits = 0, 7 do
    FLAGS[bits] = { is_fin = bits % 2 == 1, is_syn = bits % 4 >= 2, is_reset = bits >= 4 }
end

-- Sequence numbers, flags and payload. `flags` is the field; it stands 12 octets after the
-- beginning of the header.
local function take_segment(rows, flags, length)
    local tvb, at = flags.source, flags.offset - 12
    local header, bits = tvb:raw(at, 14), flags.value
    local flag = FLAGS[bits % 8]
    current.frame, current.length = rows.frame, length
    current.is_syn, current.is_fin, current.is_reset = flag.is_syn, flag.is_fin, flag.is_reset
    -- SYN counts as one octet (RFC 9293 section 3.4).
    current.sequence = (number_at(header, 5) + (flag.is_syn and 1 or 0)) % 4294967296
    current.ending = (current.sequence + length) % 4294967296
    current.acknowledgement = bits % 32 >= 16 and number_at(header, 9)
    rows.tvb, rows.at = tvb, at + math.floor(header:byte(13) / 16) * 4
    rows.length = math.max(0, math.min(length, tvb:len() - rows.at))
    current.octets = rows.length > 0 and tvb:raw(rows.at, rows.length) or ""
    return current
end

local function ends_of(pinfo)
    local here, there = pinfo.src_port, pinfo.dst_port
    if here ~= there then return here, there end
    return tostring(pinfo.src), tostring(pinfo.dst)
end

-- A frame that is seen for the first time.
local function first_visit(pinfo, rows, segment, stream)
    local here, there = ends_of(pinfo)
    local direction, other = stream[here], stream[there]
    if not direction then
        direction = new_direction(segment.is_syn and "start_line" or "lost", segment.sequence)
        stream[here] = direction
        keep(direction)
    end
    if other and segment.acknowledgement and segment.acknowledgement ~= other.acked then
        acknowledge(other, segment.acknowledgement)
    end
    rows.other = other
    local entry = direction.entry
    read(direction, rows, segment, stream)
    keep(direction)
    frames[rows.frame] = rows.has_any and entry
    others[rows.frame] = rows.has_any and other and other.entry
end

local function visit(pinfo, rows, segment)
    local number = tcp_stream().value
    local stream = streams[number]
    if not stream then
        stream = { asked = {} }
        streams[number] = stream
    end
    rows.stream = stream
    local entry = frames[rows.frame]
    if not entry then return first_visit(pinfo, rows, segment, stream) end
    local direction, other = recall(entry), others[rows.frame] and recall(others[rows.frame])
    if not direction or other == nil then
        return rows:add("lost", "what is known before a segment is kept for the last " .. count(MOST_FRAMES, "segment"))
    end
    rows.other = other or nil
    read(direction, rows, segment, stream)
end

-- A segment without octets and flags: what it acknowledges is all that counts.
local function take_acknowledgement(pinfo, frame, flags)
    frames[frame], others[frame] = false, false
    local stream = streams[tcp_stream().value]
    if not stream then return end
    local _, there = ends_of(pinfo)
    if stream[there] then acknowledge(stream[there], number_at(flags.source:raw(flags.offset - 4, 4), 1)) end
end

-- In the tree and in the column Info, in front of what stands there: at its end it is not seen.
local function show_in_short(pinfo, rows)
    local info = rows:in_short()
    if info == "" then return end
    rows:show(info)
    if wirestep.prefs.info then pinfo.cols.info:prepend(info .. " | ") end
end

function wirestep.dissector(_, pinfo, tree)
    local frame = pinfo.number
    -- Not pinfo.visited: with -2 tshark's first visit has no fields to read.
    if frames[frame] == false then return end
    local length, flags = tcp_length(), tcp_flags()
    if not length or not flags then return end
    length = length.value
    if length == 0 and flags.value % 8 == 0 then return take_acknowledgement(pinfo, frame, flags) end
    local rows = Rows
    rows:begin(tree, frame)
    visit(pinfo, rows, take_segment(rows, flags, length))
    if rows.left_out > 0 then rows:add("omitted", rows.left_out) end
    show_in_short(pinfo, rows)
end

register_postdissector(wirestep)
