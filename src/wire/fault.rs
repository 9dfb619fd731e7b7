//! Why an octet cannot stand where it stands.
//!
//! ```text
//! Host : x                 SpaceBeforeColon    RFC 9112 5.1
//! GET / HTTP/1.1 LF        BareLf              RFC 9112 2.2
//! xyz CRLF (a chunk-size)  Chunk(BadSize)      RFC 9112 7.1
//! ```
//!
//! After a fault the dissector labels nothing more in that direction: where the next message begins
//! cannot be known.

use super::chunked::ChunkError;
use super::protocol::Protocol;

/// Why an octet is not expected where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It begins no start-line, and the message before it was complete.
    NoStartLine,
    /// The request-line or status-line does not follow its grammar.
    StartLine,
    /// The first octets are those of another protocol.
    LooksLike(Protocol),
    /// An octet beyond ASCII in a request-target.
    TargetNotAscii,
    /// LF that no CR precedes.
    BareLf,
    /// CR that no LF follows.
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

    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Fault::NoStartLine => "no-start-line",
            Fault::StartLine => "start-line",
            Fault::LooksLike(Protocol::Http1 | Protocol::Other) => "looks-like-other",
            Fault::LooksLike(Protocol::Http2) => "looks-like-http2",
            Fault::LooksLike(Protocol::Tls) => "looks-like-tls",
            Fault::LooksLike(Protocol::Ssh) => "looks-like-ssh",
            Fault::LooksLike(Protocol::Socks) => "looks-like-socks",
            Fault::LooksLike(Protocol::ProxyHeader) => "looks-like-proxy-header",
            Fault::TargetNotAscii => "target-not-ascii",
            Fault::BareLf => "bare-lf",
            Fault::BareCr => "bare-cr",
            Fault::SpaceBeforeColon => "space-before-colon",
            Fault::Folded => "folded",
            Fault::FieldName => "field-name",
            Fault::FieldValue => "field-value",
            Fault::BadLength => "bad-length",
            Fault::NotChunkedLast => "not-chunked-last",
            Fault::CodingBeforeHttp11 => "coding-before-http11",
            Fault::Chunk(error) => error.code(),
        }
    }

    /// The section that the octet breaks.
    pub const fn section(self) -> &'static str {
        match self {
            Fault::NoStartLine | Fault::BareLf | Fault::BareCr => "RFC 9112 2.2",
            Fault::StartLine => "RFC 9112 3, 4",
            Fault::LooksLike(protocol) => protocol.section(),
            Fault::TargetNotAscii => "RFC 3986 2",
            Fault::SpaceBeforeColon => "RFC 9112 5.1",
            Fault::Folded => "RFC 9112 5.2",
            Fault::FieldName => "RFC 9110 5.1",
            Fault::FieldValue => "RFC 9110 5.5",
            Fault::BadLength | Fault::NotChunkedLast => "RFC 9112 6.3",
            Fault::CodingBeforeHttp11 => "RFC 9112 6.1",
            Fault::Chunk(error) => error.section(),
        }
    }
}
