//! Why the place of octets in a message is not known, although nothing is wrong with them.
//!
//! ```text
//! capture begins    ... ent1 LF LF CRLF 21 CRLF ...      MidStream: is "21" data, or a chunk-size?
//! 3 segments lost   7 CRLF data:ev [gap] 0 CRLF CRLF     Missing
//! ```
//!
//! Such octets get the label [`super::label::Label::NotLabelled`] and are never guessed at: a wrong
//! label is worse than none. Labels begin again when the beginning of a message is known for
//! another reason.

/// Why octets cannot be labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The trace or the capture begins in the middle of the stream.
    MidStream,
    /// Octets before them are missing from the capture.
    Missing,
    /// The trace had too much to label in one turn of the server.
    TooMuch,
    /// The method of the request is not known, and the length of this response depends on it.
    MethodNotKnown,
}

impl Gap {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Gap::MidStream => "mid-stream",
            Gap::Missing => "missing",
            Gap::TooMuch => "too-much",
            Gap::MethodNotKnown => "method-not-known",
        }
    }
}
