//! Notes: what stands beside the octets where a whole unit of the protocol has one row.
//!
//! ```text
//! chunk 2: 0x20 = 32 octets, event 2                    level 0, the longest
//! chunk 2: 32 octets, event 2                           level 1
//! chunk 2: event 2                                      level 2
//! chunk 2 event 2                                       level 3
//! ch 2 ev 2                                             level 4, the shortest
//! ```
//!
//! A [`super::Saying`] is a sentence and takes the room that it needs. A [`Brief`] has to fit into
//! what the octets of its row have left, so it comes in [`LEVELS`] lengths. A [`Caption`] is a word
//! or two that stand below one token.
//!
//! For the next editor: a level is never longer than the one before it, and says nothing that the
//! longer one does not say.

mod en;
mod ko;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::Saying;
use crate::wire::body_rule::BodyRule;
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::flow::Flow;
use crate::wire::language::Language;
use crate::wire::traffic::Traffic;

/// In how many lengths a note comes; a level above the shortest is the shortest again.
pub const LEVELS: usize = 5;

/// What a row says about its octets, or about an act without octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brief<'a> {
    /// A client at this address has connected.
    Opened(SocketAddr),
    /// A head is complete.
    Head {
        /// The direction of the message.
        flow: Flow,
        /// Its number, if several requests were pending at once; else 0.
        number: u32,
        /// Which rule ends the body.
        rule: BodyRule,
    },
    /// A head that is not complete in this piece; true if it begins here.
    HeadPiece(bool),
    /// This many field lines of a head are not shown in its row.
    MoreFields(usize),
    /// A chunk, or the part of one that lies in this piece.
    Chunk {
        /// The number of the chunk in its body, from 1.
        number: u32,
        /// Octets that its size announces, if they are known.
        size: u64,
        /// Which part of the chunk it is.
        part: Part,
        /// What its data are to a reader of the event stream.
        content: Content,
    },
    /// What a further row of a chunk is to a reader of the event stream.
    Content(Content),
    /// The last chunk; the message is complete, or its trailer section is still to come.
    LastChunk {
        /// The direction of the message.
        flow: Flow,
        /// The blank line after the trailer section is here.
        is_complete: bool,
        /// What the message had.
        sum: Sum,
    },
    /// A part of a body with Content-Length that does not end it.
    BodyPiece {
        /// Octets that have come.
        so_far: u64,
        /// Octets that were announced.
        all: u64,
        /// What they are to a reader of the event stream.
        content: Content,
    },
    /// The last octets of a body with Content-Length.
    BodyEnds {
        /// The direction of the message.
        flow: Flow,
        /// What the message had.
        sum: Sum,
    },
    /// A part of a body that FIN ends.
    UntilFin {
        /// Octets that have come.
        so_far: u64,
        /// What they are to a reader of the event stream.
        content: Content,
    },
    /// Octets of a tunnel or of another protocol.
    Tunnel(usize),
    /// The first FIN of a connection.
    FirstFin(Flow, Cause),
    /// The second FIN of a connection.
    LastFin,
    /// A FIN that ends a body in order.
    FinEnds {
        /// An event of it is never dispatched.
        undispatched: bool,
        /// What the message had.
        sum: Sum,
    },
    /// A FIN or RST that cuts a message.
    Incomplete {
        /// The direction of the FIN or RST.
        by: Flow,
        /// The direction of the message.
        of: Flow,
        /// Where in the message it comes.
        ending: Ending,
        /// What the message had.
        sum: Sum,
    },
    /// An RST that cuts no message.
    Torn(Cause),
    /// The connection waits this long for another request.
    Stays(Duration),
    /// `write()` would have blocked, and this many octets wait.
    Blocked(Flow, usize),
    /// The socket was closed.
    Closed(Cause),
    /// What passed on all connections together.
    Crowd(&'a Traffic),
    /// A sentence: something that must be seen, such as a fault.
    Fault(Saying<'a>),
    /// A step that waits.
    Held,
    /// The view is paused, and has this many new rows.
    Paused(u64),
    /// This many records came while the view was paused, and are not kept.
    PausedTooLong(u64),
    /// The number of a connection is being typed.
    Typing(Option<u64>),
    /// Only this connection is shown.
    OnlyOne(u64),
    /// All connections are shown again; this many records were hidden.
    AllAgain(u64),
    /// A mark of the reader, at this time.
    Mark(Duration),
    /// The keys, one in each line.
    Keys,
}

/// Which part of a chunk lies in a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Its size line alone.
    SizeOnly,
    /// Data up to this octet of the chunk.
    UpTo(u64),
    /// Its end.
    End,
}

/// What data are to a reader of the event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// They are no event stream.
    Opaque,
    /// They end in the middle of a character.
    CutsCharacter,
    /// A short comment.
    Heartbeat,
    /// A longer comment.
    Comment,
    /// Lines that dispatch nothing.
    NoEvent,
    /// Events, or parts of them.
    Events(Events),
}

/// Events with their numbers in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    /// The first of them.
    pub first: u32,
    /// The last of them.
    pub last: u32,
    /// The first one began earlier.
    pub is_continued: bool,
    /// The last one does not end here.
    pub is_unfinished: bool,
}

/// What a message had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Events that were dispatched.
    pub events: u32,
    /// Chunks with data.
    pub chunks: u32,
    /// Octets of its body.
    pub octets: u64,
    /// From its first octet to its last.
    pub took: Duration,
}

/// A word or two below one token: what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caption {
    /// What a status code says.
    Status(u16),
    /// How the body ends.
    BodyEnd(BodyRule),
    /// `Connection: close`.
    ThenFin,
    /// `Content-Type: text/event-stream`.
    ReadAsEvents,
    /// Another `Content-Type`.
    MediaType,
    /// A chunk-size, as a decimal number.
    Size(u64),
    /// Data that are no event stream.
    Octets,
    /// `id:`.
    EventId,
    /// `event:`.
    EventType,
    /// `data:`.
    EventData,
    /// `retry:`.
    EventRetry,
    /// A line that begins with a colon.
    EventComment,
    /// The blank line that dispatches an event.
    EventEnds,
    /// The CRLF after the data of a chunk.
    ChunkEnds,
    /// The size of the last chunk.
    LastSize,
    /// A trailer field.
    Trailer,
    /// The blank line after the trailer section.
    BodyEnds,
}

impl Brief<'_> {
    /// Appends the note to `text`; `level` is 0 for the longest form, and [`LEVELS`] - 1 for the
    /// shortest.
    ///
    /// ```
    /// use wirestep::wire::explain::brief::Brief;
    /// use wirestep::wire::language::Language;
    ///
    /// let mut text = String::new();
    /// Brief::LastFin.write(Language::En, 0, &mut text);
    /// assert_eq!(text, "closed: both sides have sent FIN");
    /// ```
    pub fn write(&self, language: Language, level: usize, text: &mut String) {
        let outcome = match language {
            Language::En => en::say(self, level, text),
            Language::Ko => ko::say(self, level, text),
        };
        debug_assert!(outcome.is_ok(), "writing to a String cannot fail");
    }
}

impl Caption {
    /// Appends the words to `text`.
    pub fn write(self, language: Language, text: &mut String) {
        let outcome = match language {
            Language::En => en::caption(self, text),
            Language::Ko => ko::caption(self, text),
        };
        debug_assert!(outcome.is_ok(), "writing to a String cannot fail");
    }
}

/// A part of a note; nothing if the level leaves it out.
fn if_level(level: usize, most: usize, write: impl FnOnce() -> fmt::Result) -> fmt::Result {
    if level <= most { write() } else { Ok(()) }
}
