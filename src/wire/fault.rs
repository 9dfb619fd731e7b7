//! Why an octet cannot stand where it stands.
//!
//! ```text
//! Host : x                 SpaceBeforeColon    RFC 9112 5.1
//! GET / HTTP/1.1 LF        BareLf              RFC 9112 2.2
//! xyz CRLF (a chunk-size)  Chunk(BadSize)      RFC 9112 7.1
//! ```
//!
//! After a fault the dissector labels nothing more in that direction: where the next message begins cannot be known.

use std::fmt;

use super::chunked::ChunkError;

/// Why an octet is not expected where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It begins no start-line, and the message before it was complete.
    NoStartLine,
    /// The request-line or status-line does not follow its grammar.
    StartLine,
    /// LF without CR.
    BareLf,
    /// CR without LF.
    BareCr,
    /// White space between field name and colon.
    SpaceBeforeColon,
    /// A field line begins with white space.
    Folded,
    /// A field name does not follow its grammar.
    FieldName,
    /// A control character in a field value.
    FieldValue,
    /// Content-Length is not one number.
    BadLength,
    /// A request whose last transfer coding is not "chunked".
    NotChunkedLast,
    /// Transfer-Encoding in a request of a version that has none.
    CodingBeforeHttp11,
    /// The chunked coding is broken.
    Chunk(ChunkError),
}

impl Fault {
    pub(super) fn in_start_line(octet: u8) -> Fault {
        if octet == b'\n' { Fault::BareLf } else { Fault::StartLine }
    }

    /// The section that the octet breaks.
    pub fn section(self) -> &'static str {
        match self {
            Fault::NoStartLine | Fault::BareLf | Fault::BareCr => "RFC 9112 2.2",
            Fault::StartLine => "RFC 9112 3, 4",
            Fault::SpaceBeforeColon => "RFC 9112 5.1",
            Fault::Folded => "RFC 9112 5.2",
            Fault::FieldName => "RFC 9110 5.1",
            Fault::FieldValue => "RFC 9110 5.5",
            Fault::BadLength | Fault::NotChunkedLast => "RFC 9112 6.3",
            Fault::CodingBeforeHttp11 => "RFC 9112 6.1",
            Fault::Chunk(ChunkError::BadExtension | ChunkError::TooLong) => "RFC 9112 7.1.1",
            Fault::Chunk(ChunkError::BadTrailer) => "RFC 9112 7.1.2",
            Fault::Chunk(_) => "RFC 9112 7.1",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::NoStartLine => "no message begins like this, and none is unfinished",
            Fault::StartLine => "the start-line does not follow its grammar",
            Fault::BareLf => "LF without CR: no line of a head ends so",
            Fault::BareCr => "CR without LF: no line ends so",
            Fault::SpaceBeforeColon => "no white space may stand before the colon",
            Fault::Folded => "a field line must not begin with white space: folding is obsolete",
            Fault::FieldName => "a field name consists of token characters, and a colon follows it",
            Fault::FieldValue => "a field value must not contain a control character",
            Fault::BadLength => "Content-Length is not one decimal number: where the body ends cannot be known",
            Fault::NotChunkedLast => "the last transfer coding is not chunked: where the request ends cannot be known",
            Fault::CodingBeforeHttp11 => "before HTTP/1.1 there is no Transfer-Encoding: the framing is faulty",
            Fault::Chunk(error) => return fmt_chunk_error(*error, f),
        })
    }
}

// The sentences of the decoder name their section, which stands apart here.
fn fmt_chunk_error(error: ChunkError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sentence = error.to_string();
    f.write_str(sentence.split(" (RFC").next().unwrap_or(&sentence))
}
