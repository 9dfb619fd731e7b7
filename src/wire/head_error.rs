//! Every reason to refuse a request head, each with its status code (RFC 9110 section 15, RFC 9112).
//!
//! ```text
//! GET /plain HTTP/1.1 LF          BareLf            400
//! GET /plain HTTP/2.0 CRLF        UnsupportedVersion 505
//! Content-Length: +3              BadLength         400
//! ```
//!
//! For the next editor: a new reason needs its row in the table, and a case in `tests/wire/`.

use std::fmt;

macro_rules! head_errors {
    ($($variant:ident, $name:literal, $status:literal, $sentence:literal;)*) => {
        /// Why a request head is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum HeadError {
            $(#[doc = $sentence] $variant,)*
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

            const fn sentence(self) -> &'static str {
                match self { $(HeadError::$variant => $sentence,)* }
            }
        }
    };
}

head_errors! {
    BareLf, "bare-lf", 400, "a line of the head ends with LF alone; CRLF was expected (RFC 9112 2.2)";
    BareCr, "bare-cr", 400, "the head has a CR that no LF follows (RFC 9112 2.2)";
    ControlCharacter, "control-character", 400, "the head has a control character (RFC 9110 5.5)";
    TargetTooLong, "target-too-long", 414, "the request-line is longer than is accepted (RFC 9112 3)";
    HeadTooLarge, "head-too-large", 431, "the head is larger than is accepted (RFC 6585 5)";
    TooManyFields, "too-many-fields", 431, "the head has more than 100 field lines (RFC 6585 5)";
    BadRequestLine, "bad-request-line", 400, "the request-line must be method SP request-target SP HTTP-version (RFC 9112 3)";
    BadVersion, "bad-version", 400, "the request-line must end with HTTP/1.1 or HTTP/1.0 (RFC 9112 2.3)";
    UnsupportedVersion, "unsupported-version", 505, "only HTTP/1.x is spoken here (RFC 9110 15.6.6)";
    BadTarget, "bad-target", 400, "the request-target is none of the four forms (RFC 9112 3.2)";
    Misdirected, "misdirected", 421, "an https target on a connection that is not secured (RFC 9110 7.4)";
    ConnectNotImplemented, "connect-not-implemented", 501, "CONNECT is for proxies; this is an origin server (RFC 9110 9.3.6)";
    BadFieldName, "bad-field-name", 400, "a field line must begin with its name and a colon, without space before either (RFC 9112 5.1)";
    BadFieldValue, "bad-field-value", 400, "a field value has an octet that is not allowed (RFC 9110 5.5)";
    NoHost, "no-host", 400, "a request of HTTP/1.1 must have a Host field (RFC 9112 3.2)";
    SeveralHosts, "several-hosts", 400, "there is more than one Host field (RFC 9112 3.2)";
    BadHost, "bad-host", 400, "the value of Host is not a host with an optional port (RFC 9112 3.2)";
    BothLengthAndCoding, "both-length-and-coding", 400, "Content-Length beside Transfer-Encoding: the request could be read two ways (RFC 9112 6.1)";
    SeveralLengths, "several-lengths", 400, "there is more than one Content-Length (RFC 9112 6.3)";
    BadLength, "bad-length", 400, "Content-Length must be decimal digits and nothing else (RFC 9112 6.3)";
    LengthTooLarge, "length-too-large", 413, "Content-Length is larger than 64 bits can say (RFC 9110 8.6)";
    ChunkedNotLast, "chunked-not-last", 400, "chunked must be the last transfer coding, and only once (RFC 9112 6.3)";
    CodingOnHttp10, "coding-on-http10", 400, "HTTP/1.0 has no Transfer-Encoding (RFC 9112 6.1)";
    UnknownCoding, "unknown-coding", 501, "of the transfer codings only chunked is known here (RFC 9112 6.1)";
    UnknownExpectation, "unknown-expectation", 417, "100-continue is the only expectation that can be met (RFC 9110 10.1.1)";
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for HeadError {}
