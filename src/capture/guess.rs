//! What a conversation speaks, found from its first octets and not from its port.
//!
//! ```text
//! GET /events HTTP/1.1 CRLF      a request-line of HTTP/1.x    (RFC 9112 section 3)
//! HTTP/1.1 200 OK CRLF           a status-line of HTTP/1.x     (RFC 9112 section 4)
//! PRI * HTTP/2.0 CRLF            the preface of HTTP/2         (RFC 9113 section 3.4)
//! 16 03 01 ..                    a handshake record of TLS     (RFC 8446 section 5.1)
//! ```
//!
//! Where a capture begins in mid-stream the first octets are not there. Then each segment is looked
//! at: the beginning of a message, or of a chunk that holds lines of an event stream, is where
//! labels can begin. That is a guess, since a body may hold anything; it is made at the beginning
//! of a segment only, where senders put such lines.

use crate::wire::fields::{hexadecimal, is_tchar};
use crate::wire::flow::Flow;
use crate::wire::protocol::Protocol;

/// What can be said after the first octets of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// The octets are in this protocol.
    Is(Protocol),
    /// It is nothing that is known here; the other direction may say more.
    No,
    /// More octets are needed.
    NotYet,
}

/// Where labels can begin in mid-stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// A message of HTTP/1.x begins here, in this direction.
    Message(Flow),
    /// A chunk of a response begins, and its data are lines of an event stream.
    EventChunk,
}

impl Beginning {
    /// The direction in which it comes.
    pub fn flow(self) -> Flow {
        match self {
            Beginning::Message(flow) => flow,
            Beginning::EventChunk => Flow::Responses,
        }
    }
}

/// From the first octets of the side that opened the connection.
pub fn of_client(octets: &[u8]) -> Guess {
    let text = octets.trim_ascii_start();
    if is_tls(octets) {
        return Guess::Is(Protocol::Tls);
    }
    if text.starts_with(HTTP2_PREFACE) {
        return Guess::Is(Protocol::Http2);
    }
    if let Some(protocol @ (Protocol::Ssh | Protocol::ProxyHeader)) = Protocol::of_line(octets) {
        return Guess::Is(protocol);
    }
    if octets.starts_with(PROXY_HEADER_2) {
        return Guess::Is(Protocol::ProxyHeader);
    }
    if is_socks(octets) {
        return Guess::Is(Protocol::Socks);
    }
    if KNOWN_METHODS.iter().any(|method| text.strip_prefix(*method).is_some_and(begins_target)) {
        return Guess::Is(Protocol::Http1);
    }
    match text.iter().position(|octet| *octet == b'\n') {
        Some(end) if contains(&text[..end], b" HTTP/") => Guess::Is(Protocol::Http1),
        Some(_) => Guess::No,
        None if text.len() >= LONGEST_LINE || !text.iter().all(|octet| is_line_octet(*octet)) => Guess::No,
        None => Guess::NotYet,
    }
}

/// From the first octets of the side that accepted it.
pub fn of_server(octets: &[u8]) -> Guess {
    let seen = octets.len().min(VERSION.len());
    if is_tls(octets) {
        return Guess::Is(Protocol::Tls);
    }
    if octets.starts_with(b"SSH-") {
        return Guess::Is(Protocol::Ssh);
    }
    match octets[..seen] == VERSION[..seen] {
        true if seen == VERSION.len() => Guess::Is(Protocol::Http1),
        true => Guess::NotYet,
        false => Guess::No,
    }
}

/// From the beginning of a segment in mid-stream.
pub fn beginning(octets: &[u8]) -> Option<Beginning> {
    let line = octets.split(|octet| *octet == b'\n').next()?.strip_suffix(b"\r")?;
    if begins_status_line(line) {
        return Some(Beginning::Message(Flow::Responses));
    }
    if is_request_line(line) {
        return Some(Beginning::Message(Flow::Requests));
    }
    let data = octets.get(line.len() + 2..)?;
    (is_chunk(line, data) && EVENT_LINES.iter().any(|name| data.starts_with(name))).then_some(Beginning::EventChunk)
}

/// From the beginning of a segment in mid-stream: a record of TLS.
pub fn is_tls(octets: &[u8]) -> bool {
    match octets {
        // Change cipher spec, alert, handshake, application data; version 3.x; a length below 2^14
        // + 2048.
        [0x14..=0x17, 3, 0..=4, high, _, ..] => *high <= 0x48,
        _ => false,
    }
}

/// Version 5 with as many methods as it says, or version 4 with its command (RFC 1928 section 3).
fn is_socks(octets: &[u8]) -> bool {
    match octets {
        [5, count, methods @ ..] => *count > 0 && methods.len() == usize::from(*count),
        [4, 1 | 2, _, _, _, _, _, _, .., 0] => true,
        _ => false,
    }
}

fn begins_target(rest: &[u8]) -> bool {
    rest.starts_with(b" /") || rest.starts_with(b" http") || rest.starts_with(b" * ")
}

fn begins_status_line(line: &[u8]) -> bool {
    let rest = line.strip_prefix(VERSION);
    rest.is_some_and(|rest| matches!(rest, [b'0' | b'1', b' ', b'1'..=b'9', b'0'..=b'9', b'0'..=b'9', ..]))
}

fn is_request_line(line: &[u8]) -> bool {
    let mut parts = line.split(|octet| *octet == b' ');
    let method = parts.next().is_some_and(|method| !method.is_empty() && method.iter().all(|octet| is_tchar(*octet)));
    let target = parts.next().is_some_and(|target| !target.is_empty());
    let version = parts.next().is_some_and(|version| version.starts_with(VERSION));
    method && target && version && parts.next().is_none()
}

/// A chunk-size without extension, and data that are as long as it says or longer than the segment.
fn is_chunk(line: &[u8], data: &[u8]) -> bool {
    match hexadecimal(line).and_then(|size| usize::try_from(size).ok()) {
        None | Some(0) => false,
        Some(size) => data.get(size..).is_none_or(|rest| rest.starts_with(b"\r\n") || rest.len() < 2),
    }
}

fn is_line_octet(octet: u8) -> bool {
    matches!(octet, b'\t' | b'\r' | 0x20..=0x7e)
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

/// The longest request-line that is waited for.
const LONGEST_LINE: usize = 8 * 1024;
const VERSION: &[u8] = b"HTTP/1.";
/// The signature of version 2 of the PROXY protocol.
const PROXY_HEADER_2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";
/// Those of RFC 9110 and RFC 5789; others are known by the version at the end of their line.
const KNOWN_METHODS: [&[u8]; 9] =
    [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];
/// How the lines of an event stream begin.
const EVENT_LINES: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octets_of_the_client_say_what_is_spoken() {
        let cases: [(&[u8], Guess); 20] = [
            (b"GET / HTTP/1.1\r\n", Guess::Is(Protocol::Http1)),
            (b"\r\nGET /", Guess::Is(Protocol::Http1)),
            (b"GET", Guess::NotYet),
            (b"PURGE /x HTTP/1.1\r\n", Guess::Is(Protocol::Http1)),
            (b"PURGE /x", Guess::NotYet),
            (b"GET  /x HTTP/1.1\n", Guess::Is(Protocol::Http1)),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Guess::Is(Protocol::Http2)),
            (b"PRI * HTT", Guess::NotYet),
            (b"\x16\x03\x01\x02\x00\x01", Guess::Is(Protocol::Tls)),
            (b"\x16\x03", Guess::No),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Guess::Is(Protocol::Ssh)),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", Guess::Is(Protocol::ProxyHeader)),
            (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", Guess::Is(Protocol::ProxyHeader)),
            (b"\x05\x01\0", Guess::Is(Protocol::Socks)),
            (b"\x04\x01\0\x50\x7f\0\0\x01\0", Guess::Is(Protocol::Socks)),
            (b"\x05\x05", Guess::No),
            (b"EHLO example\r\n", Guess::No),
            (b"*1\r\n$4\r\nPING\r\n", Guess::No),
            (b"\0\0\0\x08", Guess::No),
            (b"", Guess::NotYet),
        ];
        for (octets, guess) in cases {
            assert_eq!(of_client(octets), guess, "{}", octets.escape_ascii());
        }
        assert_eq!(of_client(&[b'x'; LONGEST_LINE]), Guess::No);
    }

    #[test]
    fn the_first_octets_of_the_server_say_it_too() {
        assert_eq!(of_server(b"HTTP/1.1 200"), Guess::Is(Protocol::Http1));
        assert_eq!(of_server(b"HTT"), Guess::NotYet);
        assert_eq!(of_server(b"220 mail"), Guess::No);
        assert_eq!(of_server(b"\x16\x03\x03\x00\x5a"), Guess::Is(Protocol::Tls));
    }

    #[test]
    fn labels_can_begin_where_a_message_or_a_chunk_of_events_begins() {
        let cases: [(&[u8], Option<Beginning>); 10] = [
            (b"HTTP/1.1 200 OK\r\n", Some(Beginning::Message(Flow::Responses))),
            (b"HTTP/1.1 2000\n", None),
            (b"GET /x HTTP/1.0\r\n", Some(Beginning::Message(Flow::Requests))),
            (b"GET /x HTTP/1.0", None),
            (b"d\r\ndata:event1\n\n\r\n", Some(Beginning::EventChunk)),
            (b"4000\r\ndata:event1\n", Some(Beginning::EventChunk)),
            (b"c\r\ndata:event1\n\n\r\n", None),
            (b"d\r\nhello, world!\r\n", None),
            (b"0\r\n\r\n", None),
            (b"data:event1\r\n", None),
        ];
        for (octets, expected) in cases {
            assert_eq!(beginning(octets), expected, "{}", octets.escape_ascii());
        }
    }
}
