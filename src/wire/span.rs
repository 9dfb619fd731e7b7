//! Spans: what the dissector hands out.
//!
//! ```text
//! octets   5 CR LF h e l l o CR LF
//! spans    |-| ChunkSize
//!            |---| ChunkSizeCrlf
//!                  |-------| ChunkData, counted: 0 of 5 came before
//!                            |---| ChunkDataCrlf
//! ```
//!
//! A span is a token, or the part of a token that lies within one piece of octets; so a token that
//! arrives in two pieces is two spans, and only the first one has `starts`.

use std::ops::Range;

use super::body_rule::{Bodiless, BodyRule, HeadRemarks};
use super::fault::Fault;
use super::gap::Gap;
use super::label::Label;
use super::sse::EventLine;

/// A token, or the part of a token that lies within one piece of octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it stands in the octets given.
    pub range: Range<usize>,
    /// What its octets are in the message.
    pub label: Label,
    /// What it is to a reader of the event stream, when it is body data of type
    /// `text/event-stream`.
    pub content: Option<Label>,
    /// The token begins here; `false` says that it continues one that began in an earlier piece.
    pub starts: bool,
    /// Its content goes on with a line of the event stream that began in an earlier chunk.
    pub resumes: bool,
    /// Its place in the body or chunk whose length was announced.
    pub counted: Option<Counted>,
    /// What else is known of it.
    pub detail: Detail,
    /// What the head has said so far of the message that it belongs to.
    pub message: MessageFacts,
    /// Which message, chunk and event of its direction it belongs to.
    pub numbers: Numbers,
}

/// What is known of a span beside its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Nothing beside the label.
    None,
    /// [`Label::Unexpected`]: why it cannot stand here.
    Fault(Fault),
    /// [`Label::NotLabelled`]: why its place is not known.
    Gap(Gap),
    /// [`Label::EndOfHead`], complete: which rule ends the body, and what is forbidden in this
    /// head.
    Body(BodyRule, HeadRemarks),
    /// [`Label::EventLineEnd`] or [`Label::EventIgnored`]: what the line was.
    Line(EventLine),
    /// [`Label::EventDispatch`]: in how many chunks the event lies; 0 outside of chunks.
    Event {
        /// Chunks in which the event lies; 0 outside of a chunked body.
        chunks: u32,
    },
}

/// What the head has said of a message before this span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageFacts {
    /// The version of the message is HTTP/1.0 or earlier.
    pub before_http_1_1: bool,
    /// The response never has a body.
    pub bodiless: Option<Bodiless>,
    /// A valid Content-Length stands in it.
    pub has_length: bool,
    /// A Transfer-Encoding stands in it.
    pub has_coding: bool,
}

/// Counted from 1 in each direction; 0 where there is none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// The message in its direction.
    pub message: u32,
    /// The chunk in its message.
    pub chunk: u32,
    /// The event in its message.
    pub event: u32,
}

impl Span {
    /// The token goes on to `end`; `detail` is what its last octets say.
    pub(crate) fn extend(&mut self, end: usize, detail: Detail) {
        self.range.end = end;
        if detail != Detail::None {
            self.detail = detail;
        }
    }

    /// Why it is unexpected, if it is.
    pub fn fault(&self) -> Option<Fault> {
        match self.detail {
            Detail::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// What is forbidden in the head that ends here.
    pub fn remarks(&self) -> HeadRemarks {
        match self.detail {
            Detail::Body(_, remarks) => remarks,
            _ => HeadRemarks::default(),
        }
    }
}

/// The place of a span in data of known length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Octets of the data that came before it.
    pub before: u64,
    /// Octets that Content-Length or the chunk-size has announced.
    pub announced: u64,
}
