//! Every reason to refuse a request head, each with its status code (RFC 9110 section 15, RFC
//! 9112).
//!
//! ```text
//! GET /plain HTTP/1.1 LF          BareLf            400
//! GET /plain HTTP/2.0 CRLF        UnsupportedVersion 505
//! Content-Length: +3              BadLength         400
//! ```
//!
//! For the next editor: a new reason needs its row in the table, and a case in `tests/wire/`.

use super::protocol::Protocol;

macro_rules! head_errors {
    ($($variant:ident, $name:literal, $status:literal, $section:literal;)*) => {
        /// Why a request head is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum HeadError {
            $(#[doc = concat!("`", $name, "`: ", $status, " (", $section, ")")] $variant,)*
        }

        impl HeadError {
            /// The status code that tells the client.
            pub const fn status(self) -> u16 {
                match self { $(HeadError::$variant => $status,)* }
            }

            /// The name under which it is counted.
            pub const fn name(self) -> &'static str {
                match self { $(HeadError::$variant => $name,)* }
            }

            /// The section that is broken.
            pub const fn section(self) -> &'static str {
                match self { $(HeadError::$variant => $section,)* }
            }
        }
    };
}

head_errors! {
    BareLf, "bare-lf", 400, "RFC 9112 2.2";
    BareCr, "bare-cr", 400, "RFC 9112 2.2";
    ControlCharacter, "control-character", 400, "RFC 9110 5.5";
    TargetTooLong, "target-too-long", 414, "RFC 9112 3";
    HeadTooLarge, "head-too-large", 431, "RFC 6585 5";
    TooManyFields, "too-many-fields", 431, "RFC 6585 5";
    BadRequestLine, "bad-request-line", 400, "RFC 9112 3";
    BadVersion, "bad-version", 400, "RFC 9112 2.3";
    UnsupportedVersion, "unsupported-version", 505, "RFC 9110 15.6.6";
    LooksLikeTls, "looks-like-tls", 400, "RFC 8446 5.1";
    LooksLikeHttp2, "looks-like-http2", 505, "RFC 9113 3.4";
    LooksLikeSsh, "looks-like-ssh", 400, "RFC 4253 4.2";
    LooksLikeSocks, "looks-like-socks", 400, "RFC 1928 3";
    LooksLikeProxyHeader, "looks-like-proxy-header", 400, "haproxy, PROXY protocol";
    BadTarget, "bad-target", 400, "RFC 9112 3.2";
    TargetNotAscii, "target-not-ascii", 400, "RFC 3986 2";
    TargetCharacter, "target-character", 400, "RFC 3986 2";
    Misdirected, "misdirected", 421, "RFC 9110 7.4";
    ConnectNotImplemented, "connect-not-implemented", 501, "RFC 9110 9.3.6";
    BadFieldName, "bad-field-name", 400, "RFC 9112 5.1";
    BadFieldValue, "bad-field-value", 400, "RFC 9110 5.5";
    NoHost, "no-host", 400, "RFC 9112 3.2";
    SeveralHosts, "several-hosts", 400, "RFC 9112 3.2";
    BadHost, "bad-host", 400, "RFC 9112 3.2";
    BothLengthAndCoding, "both-length-and-coding", 400, "RFC 9112 6.1";
    SeveralLengths, "several-lengths", 400, "RFC 9112 6.3";
    BadLength, "bad-length", 400, "RFC 9112 6.3";
    LengthTooLarge, "length-too-large", 413, "RFC 9110 8.6";
    ChunkedNotLast, "chunked-not-last", 400, "RFC 9112 6.3";
    CodingOnHttp10, "coding-on-http10", 400, "RFC 9112 6.1";
    UnknownCoding, "unknown-coding", 501, "RFC 9112 6.1";
    UnknownExpectation, "unknown-expectation", 417, "RFC 9110 10.1.1";
}

impl HeadError {
    /// The refusal of a connection that does not speak HTTP/1.x; none where the octets look like
    /// nothing that is known.
    pub(super) const fn looks_like(protocol: Protocol) -> Option<HeadError> {
        match protocol {
            Protocol::Tls => Some(HeadError::LooksLikeTls),
            Protocol::Http2 => Some(HeadError::LooksLikeHttp2),
            Protocol::Ssh => Some(HeadError::LooksLikeSsh),
            Protocol::Socks => Some(HeadError::LooksLikeSocks),
            Protocol::ProxyHeader => Some(HeadError::LooksLikeProxyHeader),
            Protocol::Http1 | Protocol::Other => None,
        }
    }
}

impl std::error::Error for HeadError {}
