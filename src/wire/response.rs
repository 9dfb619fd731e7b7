//! A response head out: status-line and field lines (RFC 9112 sections 4 and 5).
//!
//! ```text
//! HTTP/1.1 200 OK CRLF                  status-line; a space ends the code even without a reason
//! Content-Type: text/event-stream CRLF  field lines
//! Transfer-Encoding: chunked CRLF       the framing, derived from one value
//! CRLF                                  the head ends, the body begins
//! ```
//!
//! The framing is not a field that a caller adds: it is a [`BodyFraming`], and the encoder writes
//! the one field line that belongs to it. So a response with both Content-Length and
//! Transfer-Encoding cannot be made by accident; a lesson that wants one writes its octets itself.

use std::borrow::Cow;
use std::io::Write;

use super::framing::BodyFraming;

/// The head of a response that follows the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    status: u16,
    fields: Vec<(&'static str, Cow<'static, [u8]>)>,
    framing: BodyFraming,
}

impl ResponseHead {
    /// A head with this status code, without fields, whose body ends as `framing` says.
    pub fn new(status: u16, framing: BodyFraming) -> ResponseHead {
        ResponseHead { status, fields: Vec::with_capacity(FIELDS), framing }
    }

    /// Adds a field line.
    ///
    /// A value with CR, LF or NUL would forge field lines; such octets are replaced with SP (RFC
    /// 9110 section 5.5).
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, [u8]>>) -> ResponseHead {
        let mut value = value.into();
        if value.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            for octet in value.to_mut() {
                if matches!(octet, b'\r' | b'\n' | 0) {
                    *octet = b' ';
                }
            }
        }
        self.fields.push((name, value));
        self
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Where the body ends.
    pub fn framing(&self) -> BodyFraming {
        self.framing
    }

    /// 1xx: another head follows, and the request is still to be answered (RFC 9110 section 15.2).
    pub fn is_interim(&self) -> bool {
        self.status < 200
    }

    /// Appends the head with its blank line. `general` are field lines, encoded already, that come
    /// first: they belong to the moment and the connection (`Date`, `Connection`), not to what is
    /// answered.
    pub fn encode(&self, general: &[u8], out: &mut Vec<u8>) {
        let reason = reason_phrase(self.status);
        // Writing to a Vec cannot fail.
        match self.status {
            200 => out.extend_from_slice(b"HTTP/1.1 200 OK\r\n"),
            status => _ = write!(out, "HTTP/1.1 {status} {reason}\r\n"),
        }
        out.extend_from_slice(general);
        for (name, value) in &self.fields {
            encode_field_line(name, value, out);
        }
        match self.framing {
            BodyFraming::None | BodyFraming::CloseDelimited => {}
            BodyFraming::ContentLength(length) => {
                encode_field_line("Content-Length", itoa::Buffer::new().format(length).as_bytes(), out);
            }
            BodyFraming::Chunked => encode_field_line("Transfer-Encoding", b"chunked", out),
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends one field line with its CRLF.
pub fn encode_field_line(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// The reason phrase that goes with a status code (RFC 9110 section 15); empty for a code that is
/// not registered.
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        103 => "Early Hints",
        200 => "OK",
        202 => "Accepted",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

/// Field lines that most heads have room for, beside the general ones.
const FIELDS: usize = 4;
