//! What a conversation speaks, as far as its first octets tell.
//!
//! ```text
//! GET /events HTTP/1.1 CRLF      Http1    RFC 9112 section 3
//! HTTP/1.1 200 OK CRLF           Http1    RFC 9112 section 4
//! PRI * HTTP/2.0 CRLF            Http2    RFC 9113 section 3.4
//! 16 03 01 ..                    Tls      RFC 8446 section 5.1
//! ```

/// What a conversation speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1: it can be labelled.
    Http1,
    /// HTTP/2 without TLS: its connection preface (RFC 9113 section 3.4).
    Http2,
    /// TLS: what is inside cannot be seen.
    Tls,
    /// Octets that fit no protocol known here.
    Other,
}

impl Protocol {
    /// The name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Protocol::Http1 => "http1",
            Protocol::Http2 => "http2",
            Protocol::Tls => "tls",
            Protocol::Other => "other",
        }
    }

    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Http1 => "HTTP/1.x",
            Protocol::Http2 => "HTTP/2",
            Protocol::Tls => "TLS",
            Protocol::Other => "other",
        }
    }

    /// The section where its first octets are described; empty for one that is not known.
    pub const fn section(self) -> &'static str {
        match self {
            Protocol::Http1 => "RFC 9112 2.1",
            Protocol::Http2 => "RFC 9113 3.4",
            Protocol::Tls => "RFC 8446 5.1",
            Protocol::Other => "",
        }
    }
}
