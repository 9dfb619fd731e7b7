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
//! A span is a token, or the part of a token that lies within one piece of octets; so a token that arrives in two
//! pieces is two spans, and only the first one has `starts`.

use std::ops::Range;

use super::fault::Fault;
use super::label::Label;

/// A token, or the part of a token that lies within one piece of octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it stands in the octets given.
    pub range: Range<usize>,
    /// What it is.
    pub label: Label,
    /// What it is to a reader of the event stream, when it is body data of type `text/event-stream`.
    pub content: Option<Label>,
    /// The token begins here; `false` says that it continues one that began in an earlier piece.
    pub starts: bool,
    /// Its content goes on with a line of the event stream that began in an earlier chunk.
    pub resumes: bool,
    /// Its place in the body or chunk whose length was announced.
    pub counted: Option<Counted>,
    /// Why it is unexpected, if it is.
    pub fault: Option<Fault>,
}

/// The place of a span in data of known length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// So many octets of the data came before it.
    pub before: u64,
    /// So many were announced: by Content-Length, or by the chunk-size.
    pub announced: u64,
}
