//! The event stream: an event out, and the grammar that a reader follows (WHATWG HTML, "Server-sent
//! events").
//!
//! ```text
//! id:1          the last event ID becomes "1"
//! event:message the type
//! data:event1   one line of data
//!               the blank line dispatches the event
//! : keep-alive  a comment, ignored
//! ```
//!
//! An event stream knows nothing of chunks, and chunked coding nothing of events: a block may lie
//! in several chunks, and a chunk may hold several blocks. What dispatches an event is its blank
//! line.
//!
//! [`EventStream`] is a machine from octet to [`Label`], as [`super::chunked::Chunked`] is one. It
//! cannot fail: every octet string is an event stream, most of them one that does nothing.
//!
//! [`reader::EventReader`] stands on it, and gives whole events out.
//!
//! Lines end with LF, CR or CRLF, so the LF after a CR belongs to a line end that has already
//! counted.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::label::Label;

pub mod reader;

/// One event, as it will stand in the stream.
///
/// Neither id nor type can hold a line end: a line end would forge fields. Nor can they hold NUL: a
/// reader ignores such an id, and in many a program such a type ends there.
///
/// ```
/// use wirestep::wire::sse::Event;
///
/// let mut out = Vec::new();
/// Event::new("event1").with_id("1")?.with_type("message")?.encode(&mut out);
/// assert_eq!(out, b"id:1\nevent:message\ndata:event1\n\n");
/// # Ok::<(), wirestep::wire::sse::EventError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    id: Option<Cow<'a, str>>,
    event_type: Option<Cow<'a, str>>,
    retry: Option<Duration>,
    data: Cow<'a, str>,
}

impl<'a> Event<'a> {
    /// An event with `data` only; each line of it becomes a `data:` line.
    pub fn new(data: impl Into<Cow<'a, str>>) -> Event<'a> {
        Event { id: None, event_type: None, retry: None, data: data.into() }
    }

    /// Gives it an id.
    ///
    /// # Errors
    /// The id holds CR, LF or NUL.
    pub fn with_id(self, id: impl Into<Cow<'a, str>>) -> Result<Event<'a>, EventError> {
        let id = id.into();
        if id.contains(['\r', '\n', '\0']) {
            return Err(EventError::BadId);
        }
        Ok(Event { id: Some(id), ..self })
    }

    /// Gives it a type.
    ///
    /// # Errors
    /// The type holds CR, LF or NUL.
    pub fn with_type(self, event_type: impl Into<Cow<'a, str>>) -> Result<Event<'a>, EventError> {
        let event_type = event_type.into();
        if event_type.contains(['\r', '\n', '\0']) {
            return Err(EventError::BadType);
        }
        Ok(Event { event_type: Some(event_type), ..self })
    }

    /// Tells the client its reconnection time, which goes out in whole milliseconds.
    ///
    /// It stands inside an event and never alone, since some clients make an event of a block
    /// without data.
    pub fn with_retry(self, retry: Duration) -> Event<'a> {
        Event { retry: Some(retry), ..self }
    }

    /// Appends the event and the blank line that dispatches it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        if let Some(id) = &self.id {
            encode_field("id", id, out);
        }
        if let Some(event_type) = &self.event_type {
            encode_field("event", event_type, out);
        }
        if let Some(retry) = self.retry {
            encode_field("retry", &retry.as_millis().to_string(), out);
        }
        for line in lines(&self.data) {
            encode_field("data", line, out);
        }
        out.push(b'\n');
    }
}

/// Appends a comment line; a comment with line ends becomes several. No blank line follows: the
/// grammar needs none, and some clients (fetch-event-source, httpx-sse, the SDKs' decoders) make an
/// empty event of it.
pub fn encode_comment(text: &str, out: &mut Vec<u8>) {
    for line in lines(text) {
        encode_field("", line, out);
    }
}

// A reader removes one space after the colon, so a value that begins with one needs another. A
// comment is written with a space, as is usual.
fn encode_field(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    if value.starts_with(' ') || name.is_empty() {
        out.push(b' ');
    }
    out.extend_from_slice(value.as_bytes());
    out.push(b'\n');
}

/// The lines of `text`, which may end with LF, CR or CRLF; at least one, so that empty data is
/// still data.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\r', '\n']) else {
            rest = None;
            return Some(text);
        };
        let after = if text[end..].starts_with("\r\n") { end + 2 } else { end + 1 };
        rest = Some(&text[after..]);
        Some(&text[..end])
    })
}

/// Why an event cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventError {
    /// The id holds CR, LF or NUL.
    BadId,
    /// The type holds CR, LF or NUL.
    BadType,
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EventError::BadId => "an event id must not contain CR, LF or NUL",
            EventError::BadType => "an event type must not contain CR, LF or NUL",
        })
    }
}

impl std::error::Error for EventError {}

/// The reading side: where in an event stream the next octet stands.
#[derive(Debug, Clone)]
pub struct EventStream {
    state: State,
    /// A line of data has come since the last blank line.
    has_data: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// `taken` octets of a byte order mark have come.
    Start {
        taken: u8,
    },
    LineStart,
    /// A line ended with CR: an LF now would belong to the same line end.
    AfterCr {
        end: Label,
    },
    Comment,
    Name {
        field: Name,
    },
    /// Directly after the colon: one space is removed.
    Colon {
        field: Field,
    },
    Value {
        field: Field,
        heeded: bool,
        empty: bool,
    },
}

/// The four fields that mean something; the rest is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Event,
    Data,
    Id,
    Retry,
    Unknown,
}

/// What a line of an event stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventLine {
    /// It begins with a colon, and is ignored.
    Comment,
    /// `event`: the type.
    Type,
    /// `data`: one line of the data.
    Data,
    /// `id`: the last event ID.
    Id {
        /// It has no value, so the client forgets the ID.
        is_empty: bool,
    },
    /// `retry`: the reconnection time.
    Retry,
    /// Any other field, which is ignored.
    Unknown,
    /// No field has begun.
    Blank,
}

/// The beginning of a field name: longer than the longest known one is unknown for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name {
    octets: [u8; 5],
    length: u8,
}

impl Default for EventStream {
    fn default() -> EventStream {
        EventStream { state: State::Start { taken: 0 }, has_data: false }
    }
}

impl EventStream {
    /// Takes one octet and says what it is.
    pub fn octet(&mut self, octet: u8) -> Label {
        match self.state {
            State::Start { taken } if BOM.get(usize::from(taken)) == Some(&octet) => {
                self.state = State::Start { taken: taken + 1 };
                Label::EventBom
            }
            // Not a whole mark: its octets were the beginning of an unknown field name.
            State::Start { taken: 1 | 2 } => self.name(Name::UNKNOWN, octet),
            State::Start { .. } | State::LineStart => self.line_start(octet),
            State::AfterCr { end } if octet == b'\n' => {
                self.state = State::LineStart;
                end
            }
            State::AfterCr { .. } => self.line_start(octet),
            State::Comment if is_line_end(octet) => self.end_line(octet, Label::EventLineEnd),
            State::Comment => Label::EventComment,
            State::Name { field } => self.name(field, octet),
            State::Colon { field } if octet == b' ' => {
                self.state = field.value();
                Label::EventColon
            }
            State::Colon { field } => self.value(field, true, true, octet),
            State::Value { field, heeded, empty } => self.value(field, heeded, empty, octet),
        }
    }

    /// Takes the first of `octets`, and those after it that go on with the same value or comment:
    /// how many, and what they are.
    pub fn run(&mut self, octets: &[u8]) -> (usize, Label) {
        let Some((first, rest)) = octets.split_first() else { return (0, Label::EventUnknown) };
        let label = self.octet(*first);
        let until_line_end = || rest.iter().position(|octet| is_line_end(*octet)).unwrap_or(rest.len());
        match self.state {
            State::Comment if label == Label::EventComment => (1 + until_line_end(), label),
            State::Value { field, heeded, .. } if label == field.label() => {
                let run = until_line_end();
                let heeded = heeded && rest.iter().take(run).all(|octet| field.accepts(*octet));
                self.state = State::Value { field, heeded, empty: false };
                (1 + run, label)
            }
            _ => (1, label),
        }
    }

    /// What the line is that is being read, as far as it is known.
    pub fn line(&self) -> EventLine {
        let (field, is_empty) = match self.state {
            State::Comment => return EventLine::Comment,
            State::Start { .. } | State::LineStart | State::AfterCr { .. } => return EventLine::Blank,
            State::Name { field } => (field.field(), true),
            State::Colon { field } => (field, true),
            State::Value { field, empty, .. } => (field, empty),
        };
        match field {
            Field::Event => EventLine::Type,
            Field::Data => EventLine::Data,
            Field::Id => EventLine::Id { is_empty },
            Field::Retry => EventLine::Retry,
            Field::Unknown => EventLine::Unknown,
        }
    }

    /// `octet`, coming next, would begin a line: it is not a part of anything before it. The LF of
    /// a CRLF is.
    pub fn begins_line(&self, octet: u8) -> bool {
        match self.state {
            State::Start { taken } => matches!(taken, 0 | 3),
            State::LineStart => true,
            State::AfterCr { .. } => octet != b'\n',
            State::Comment | State::Name { .. } | State::Colon { .. } | State::Value { .. } => false,
        }
    }

    /// Data has come that no blank line has dispatched: if the stream ends here, it is lost.
    pub fn has_undispatched_data(&self) -> bool {
        self.has_data
            || matches!(self.state, State::Value { field: Field::Data, .. } | State::Colon { field: Field::Data })
    }

    /// The field whose line is being read, as far as it is known.
    fn field(&self) -> Field {
        match self.state {
            State::Name { field } => field.field(),
            State::Colon { field } | State::Value { field, .. } => field,
            State::Start { .. } | State::LineStart | State::AfterCr { .. } | State::Comment => Field::Unknown,
        }
    }

    fn line_start(&mut self, octet: u8) -> Label {
        if is_line_end(octet) {
            let end = if self.has_data { Label::EventDispatch } else { Label::EventBlank };
            self.has_data = false;
            return self.end_line(octet, end);
        }
        if octet == b':' {
            self.state = State::Comment;
            return Label::EventComment;
        }
        self.name(Name::EMPTY, octet)
    }

    fn name(&mut self, name: Name, octet: u8) -> Label {
        if is_line_end(octet) {
            // A line without a colon is a field with an empty value.
            let Field::Unknown = name.field() else {
                return self.end_field(name.field(), name.field() != Field::Retry, octet);
            };
            return self.end_line(octet, Label::EventIgnored);
        }
        if octet == b':' {
            self.state = State::Colon { field: name.field() };
            return Label::EventColon;
        }
        self.state = State::Name { field: name.and(octet) };
        Label::EventFieldName
    }

    fn value(&mut self, field: Field, heeded: bool, empty: bool, octet: u8) -> Label {
        if is_line_end(octet) {
            return self.end_field(field, heeded && field.accepts_end(empty), octet);
        }
        self.state = State::Value { field, heeded: heeded && field.accepts(octet), empty: false };
        field.label()
    }

    fn end_field(&mut self, field: Field, heeded: bool, octet: u8) -> Label {
        if field == Field::Data {
            self.has_data = true;
        }
        self.end_line(octet, if heeded { Label::EventLineEnd } else { Label::EventIgnored })
    }

    fn end_line(&mut self, octet: u8, end: Label) -> Label {
        self.state = if octet == b'\r' { State::AfterCr { end } } else { State::LineStart };
        end
    }
}

impl Field {
    fn label(self) -> Label {
        match self {
            Field::Event => Label::EventType,
            Field::Data => Label::EventData,
            Field::Id => Label::EventId,
            Field::Retry => Label::EventRetry,
            Field::Unknown => Label::EventUnknown,
        }
    }

    fn value(self) -> State {
        State::Value { field: self, heeded: true, empty: true }
    }

    // "If the field value does not contain U+0000 NULL"; "consists of only ASCII digits".
    fn accepts(self, octet: u8) -> bool {
        match self {
            Field::Event | Field::Data => true,
            Field::Id => octet != 0,
            Field::Retry => octet.is_ascii_digit(),
            Field::Unknown => false,
        }
    }

    // An empty retry has no digits that could be read as a number.
    fn accepts_end(self, empty: bool) -> bool {
        match self {
            Field::Event | Field::Data | Field::Id => true,
            Field::Retry => !empty,
            Field::Unknown => false,
        }
    }
}

impl Name {
    const EMPTY: Name = Name { octets: [0; 5], length: 0 };
    const UNKNOWN: Name = Name { octets: [0; 5], length: 6 };

    fn and(mut self, octet: u8) -> Name {
        if let Some(place) = self.octets.get_mut(usize::from(self.length)) {
            *place = octet;
        }
        self.length = (self.length + 1).min(6);
        self
    }

    fn field(self) -> Field {
        match self.octets.get(..usize::from(self.length)) {
            Some(b"event") => Field::Event,
            Some(b"data") => Field::Data,
            Some(b"id") => Field::Id,
            Some(b"retry") => Field::Retry,
            _ => Field::Unknown,
        }
    }
}

fn is_line_end(octet: u8) -> bool {
    matches!(octet, b'\r' | b'\n')
}

const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];
