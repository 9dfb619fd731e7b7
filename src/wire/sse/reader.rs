//! Whole events out of an event stream that comes in pieces (WHATWG HTML, "Interpreting an event
//! stream").
//!
//! ```text
//! octets    id:7 LF   event:tick LF   data:one LF   data:two LF   LF
//! labels    id        event           data          data          dispatch
//! reader    keeps 7   keeps tick      keeps one     joins with LF  gives the event out
//! ```
//!
//! [`EventStream`] says what each octet is; all that is left to do here is to keep what its label
//! says is worth keeping. So the reader and the dissector cannot disagree about the grammar.
//!
//! Three things differ from a browser's reader, because what is read here is handed on and not
//! shown:
//!
//! - An id belongs to its own block. A browser's last event ID sticks to the events after it;
//!   handed on like that, two events would have one id, and a client could not resume after the
//!   first of them.
//! - Octets that are not UTF-8 are a fault, where a browser shows U+FFFD: what goes out would not
//!   be what came in.
//! - A block has a bound. A browser's may grow until memory ends.
//!
//! For the next editor: a CR ends a line at once. The LF after it carries the same label, and must
//! not count again; [`EventStream::begins_line`] tells the two apart.

use std::fmt;

use super::{EventStream, Field};
use crate::wire::label::Label;

/// An event that its blank line has dispatched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadEvent {
    /// The id that stands in its own block, if one does and it is not empty.
    pub id: Option<String>,
    /// The type, if one is named.
    pub event_type: Option<String>,
    /// The lines of data, joined by LF.
    pub data: String,
    /// Its id holds NUL, so it is ignored, as the standard says.
    pub id_ignored: bool,
}

/// Why a block gives no event. The reader goes on after the blank line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadError {
    /// Its data, its id or its type is not UTF-8 (WHATWG HTML, "Parsing an event stream").
    NotUtf8,
    /// It has more octets than the reader keeps.
    TooLarge,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReadError::NotUtf8 => "it is not UTF-8",
            ReadError::TooLarge => "it is larger than is accepted",
        })
    }
}

impl std::error::Error for ReadError {}

/// A machine from octets to events.
#[derive(Debug, Clone)]
pub struct EventReader {
    stream: EventStream,
    block: EventBlock,
    /// The value of the id or type whose line is being read.
    value: Vec<u8>,
    /// Octets that a block may have, names and comments not counted.
    limit: usize,
    line: u64,
}

/// What has come since the last blank line.
#[derive(Debug, Clone, Default)]
struct EventBlock {
    id: Vec<u8>,
    event_type: Vec<u8>,
    data: Vec<u8>,
    id_ignored: bool,
    is_too_large: bool,
}

impl EventReader {
    /// A reader at the beginning of a stream, whose blocks have at most `limit` octets of data, id
    /// and type.
    pub fn new(limit: usize) -> EventReader {
        EventReader { stream: EventStream::default(), block: EventBlock::default(), value: Vec::new(), limit, line: 0 }
    }

    /// Takes one octet; an event, or why there is none, if this octet dispatches one.
    pub fn octet(&mut self, octet: u8) -> Option<Result<ReadEvent, ReadError>> {
        let begins_line = self.stream.begins_line(octet);
        let field = self.stream.field();
        self.line += u64::from(begins_line);
        match self.stream.octet(octet) {
            Label::EventData => self.keep(octet, |reader| &mut reader.block.data),
            Label::EventId | Label::EventType => self.keep(octet, |reader| &mut reader.value),
            Label::EventLineEnd => self.end_field(field),
            Label::EventIgnored if field == Field::Id => {
                self.block.id_ignored = true;
                self.value.clear();
            }
            Label::EventDispatch if begins_line => return Some(std::mem::take(&mut self.block).dispatch()),
            // Without data there is no event, and nothing that the next one could inherit.
            Label::EventBlank => self.block = EventBlock::default(),
            _ => {}
        }
        None
    }

    /// The number of the line that is being read, or has just ended; the first one is 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Data has come that no blank line has dispatched: if the stream ends here, it is lost.
    pub fn has_undispatched_data(&self) -> bool {
        self.stream.has_undispatched_data()
    }

    fn keep(&mut self, octet: u8, place: fn(&mut EventReader) -> &mut Vec<u8>) {
        if self.block.size() + self.value.len() >= self.limit {
            self.value = Vec::new();
            self.block = EventBlock { is_too_large: true, ..EventBlock::default() };
        }
        if !self.block.is_too_large {
            place(self).push(octet);
        }
    }

    fn end_field(&mut self, field: Field) {
        let value = std::mem::take(&mut self.value);
        match field {
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED
            // (LF)."
            Field::Data => self.keep(b'\n', |reader| &mut reader.block.data),
            Field::Id => {
                self.block.id = value;
                self.block.id_ignored = false;
            }
            Field::Event => self.block.event_type = value,
            Field::Retry | Field::Unknown => {}
        }
    }
}

impl EventBlock {
    fn size(&self) -> usize {
        self.id.len() + self.event_type.len() + self.data.len()
    }

    // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the
    // last character."
    fn dispatch(mut self) -> Result<ReadEvent, ReadError> {
        if self.is_too_large {
            return Err(ReadError::TooLarge);
        }
        self.data.pop();
        let text = |octets| String::from_utf8(octets).map_err(|_| ReadError::NotUtf8);
        let (id, event_type, data) = (text(self.id)?, text(self.event_type)?, text(self.data)?);
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(ReadEvent { id: some(id), event_type: some(event_type), data, id_ignored: self.id_ignored })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Result<ReadEvent, ReadError>;

    fn read_pieces(pieces: &[&[u8]], limit: usize) -> (Vec<Read>, EventReader) {
        let mut reader = EventReader::new(limit);
        let read = pieces.concat().iter().filter_map(|&octet| reader.octet(octet)).collect();
        (read, reader)
    }

    fn read(stream: &[u8]) -> Vec<Read> {
        read_pieces(&[stream], 1024).0
    }

    fn event(id: &str, event_type: &str, data: &str) -> Read {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(ReadEvent { id: some(id), event_type: some(event_type), data: data.to_owned(), id_ignored: false })
    }

    #[test]
    fn a_block_is_an_event_with_its_id_its_type_and_its_lines_of_data() {
        let stream = b"id: 1-0\nevent: tick\ndata: one\ndata: two\n\ndata\n\n";
        assert_eq!(read(stream), [event("1-0", "tick", "one\ntwo"), event("", "", "")]);
    }

    #[test]
    fn every_line_end_gives_the_same_events() {
        let stream = "id:1\nevent:a\ndata:x\n\n: comment\n\nid:2\ndata:\ndata:y\n\n";
        let expected = [event("1", "a", "x"), event("2", "", "\ny")];
        for end in ["\n", "\r", "\r\n"] {
            assert_eq!(read(stream.replace('\n', end).as_bytes()), expected, "{end:?}");
        }
    }

    // The reader has no state but its own: wherever the stream is cut, it goes on as if it had not
    // been.
    #[test]
    fn a_clone_made_at_any_split_reads_the_same_rest() {
        let stream = "\u{feff}id:1\r\ndata:한\r\n\r\nid:2\rdata:b\r\rid:3\ndata:c\n\nretry:5\n\n".as_bytes();
        let whole = read(stream);
        assert_eq!(whole, [event("1", "", "한"), event("2", "", "b"), event("3", "", "c")]);
        for split in 0..=stream.len() {
            let (mut events, mut reader) = read_pieces(&[&stream[..split]], 1024);
            assert_eq!(whole[..events.len()], events, "split at {split}");
            events.extend(stream[split..].iter().filter_map(|&octet| reader.octet(octet)));
            assert_eq!(events, whole, "split at {split}");
        }
    }

    #[test]
    fn what_the_encoder_writes_is_what_the_reader_reads() {
        for data in ["", " ", "one", " one\n two ", "\n", "\n\n", "한국어\r\ntext"] {
            let mut stream = Vec::new();
            crate::wire::sse::Event::new(data).with_id("7").expect("a plain id").encode(&mut stream);
            assert_eq!(read(&stream), [event("7", "", &data.replace("\r\n", "\n"))], "{data:?}");
        }
    }

    #[test]
    fn an_id_belongs_to_its_block_only() {
        assert_eq!(
            read(b"id:1\n\ndata:a\n\nid:2\ndata:b\n\ndata:c\n\n"),
            [event("", "", "a"), event("2", "", "b"), event("", "", "c"),]
        );
    }

    #[test]
    fn an_id_with_nul_is_ignored_and_said_to_be() {
        let ignored = ReadEvent { data: "x".to_owned(), id_ignored: true, ..ReadEvent::default() };
        assert_eq!(read(b"id:a\0b\ndata:x\n\n"), [Ok(ignored)]);
        assert_eq!(read(b"id:a\0b\nid:2\ndata:x\n\n"), [event("2", "", "x")]);
    }

    #[test]
    fn a_block_that_is_not_utf8_is_a_fault_and_the_next_one_is_read() {
        assert_eq!(
            read(b"data:\xff\n\nid:\xc3\ndata:x\n\ndata:ok\n\n"),
            [Err(ReadError::NotUtf8), Err(ReadError::NotUtf8), event("", "", "ok"),]
        );
    }

    #[test]
    fn a_block_that_is_too_large_is_dropped_whole_and_the_next_one_is_read() {
        let (events, _) = read_pieces(&[b"id:12\ndata:34567\n\nid:12\ndata:345678\ndata:9\n\ndata:ok\n\n"], 8);
        assert_eq!(events, [event("12", "", "34567"), Err(ReadError::TooLarge), event("", "", "ok")]);
        // However much comes, no more than the bound is kept.
        let (_, reader) = read_pieces(&[b"id:", &[b'x'; 100_000]], 8);
        assert_eq!(reader.block.size() + reader.value.len(), 0);
    }

    #[test]
    fn lines_are_counted_with_every_line_end() {
        for (stream, line) in [(b"".as_slice(), 0), (b"a", 1), (b"a\n", 1), (b"a\r\nb\rc\n\n", 4), (b"\r\n\r\n", 2)] {
            assert_eq!(read_pieces(&[stream], 8).1.line(), line, "{stream:?}");
        }
    }
}
