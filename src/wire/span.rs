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
use super::gap::Gap;
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
    /// What is known beside its label.
    pub detail: Detail,
}

/// What is known of a span beside its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more.
    None,
    /// Data: its place in the body or chunk whose length was announced.
    Counted(Counted),
    /// [`Label::Unexpected`]: why it cannot stand here.
    Fault(Fault),
    /// [`Label::NotLabelled`]: why its place is not known.
    Gap(Gap),
}

impl Span {
    /// Its place in data of announced length, if it is such data.
    pub fn counted(&self) -> Option<Counted> {
        match self.detail {
            Detail::Counted(counted) => Some(counted),
            Detail::None | Detail::Fault(_) | Detail::Gap(_) => None,
        }
    }

    /// Why it is unexpected, if it is.
    pub fn fault(&self) -> Option<Fault> {
        match self.detail {
            Detail::Fault(fault) => Some(fault),
            Detail::None | Detail::Counted(_) | Detail::Gap(_) => None,
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
