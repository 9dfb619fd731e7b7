//! One head as it passes: start-line, field lines, and what they say about the body (RFC 9112
//! sections 2 to 6).
//!
//! ```text
//! HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
//! request-line = method SP request-target SP HTTP-version
//! status-line  = HTTP-version SP status-code SP [ reason-phrase ]
//! field-line   = field-name ":" OWS field-value OWS
//! ```
//!
//! A machine from octet to label. It keeps the method, and the values of the four fields that
//! decide how the body is to be read; everything else is looked at once and forgotten, so a head
//! without an end costs nothing.
//!
//! It is deliberately not the server's own parser: the dissector judges the server as it judges
//! others. And it is strict: whatever only a lenient peer would take (a bare LF, folding) is a
//! [`Fault`].

use crate::wire::fault::Fault;
use crate::wire::fields::{decimal, is_secret_field, is_tchar, is_text};
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::protocol::Protocol;

/// Where in a head the next octet stands.
#[derive(Debug, Clone)]
pub(super) struct Head {
    flow: Flow,
    state: State,
    token: Kept,
    value: Kept,
    /// The field whose value passes holds a credential.
    is_secret: bool,
    /// Before the start-line; it stays at 255.
    empty_lines: u8,
    pub(super) facts: Facts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    EmptyLineLf,
    Method,
    TargetStart,
    Target,
    Version { taken: u8, major: u8 },
    VersionEnd,
    StatusCode { taken: u8 },
    StatusCodeEnd,
    Reason,
    StartLineLf,
    LineStart,
    Name,
    Value,
    FieldLf,
    EndLf,
    Complete,
}

/// The method of a request, as far as it decides how its response ends (section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Head,
    Connect,
    /// It begins HTTP/2.
    Pri,
    Other,
}

/// What the head says about its body.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Of a request, as soon as its method is known.
    pub(super) method: Option<Method>,
    /// Of a response, as soon as its code is complete.
    pub(super) status: Option<u16>,
    pub(super) before_http_1_1: bool,
    pub(super) length: Length,
    /// Content-Length stands there several times, always with the same value.
    pub(super) repeats_length: bool,
    pub(super) coding: Option<Coding>,
    /// How often `chunked` is named.
    pub(super) chunked: u32,
    pub(super) hosts: u32,
    pub(super) event_stream: bool,
    /// Content-Encoding, or a transfer coding below the chunks: the octets are not the text itself.
    pub(super) encoded: bool,
    status_digits: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Length {
    #[default]
    None,
    Octets(u64),
    Invalid,
}

/// The transfer codings of a message: only whether the last one is "chunked" says where the body
/// ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    ChunkedLast,
    Other,
}

impl Head {
    pub(super) fn new(flow: Flow) -> Head {
        Head {
            flow,
            state: State::Start,
            token: Kept::new(LONGEST_NAME),
            value: Kept::new(256),
            is_secret: false,
            empty_lines: 0,
            facts: Facts::default(),
        }
    }

    /// Nothing of the head has come yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.state == State::Start
    }

    /// A credential passes, or its field name does.
    pub(super) fn is_inside_secret(&self) -> bool {
        match self.state {
            State::Value => self.is_secret,
            State::Name => self.token.whole().is_some_and(is_secret_field),
            _ => false,
        }
    }

    /// The next octet is the first one of a body or of another message.
    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// Takes one octet and says what it is. After a fault the machine is not to be used any more.
    pub(super) fn octet(&mut self, octet: u8) -> Result<Label, Fault> {
        let (next, label) = match self.state {
            State::Start | State::EmptyLineLf => self.start(octet),
            State::Method | State::TargetStart | State::Target => self.request_line(octet),
            State::Version { .. } | State::VersionEnd => self.version(octet),
            State::StatusCode { .. } | State::StatusCodeEnd | State::Reason => self.status_line(octet),
            State::LineStart | State::Name | State::Value => self.field_line(octet),
            State::StartLineLf | State::FieldLf | State::EndLf => self.line_feed(octet),
            State::Complete => Err(Fault::NoStartLine),
        }?;
        self.state = next;
        Ok(label)
    }

    // "a server that is expecting to receive and parse a request-line SHOULD ignore at least one
    // empty line (CRLF) received prior to the request-line" (section 2.2). Nothing of the kind is
    // said of a client.
    fn start(&mut self, octet: u8) -> Result<(State, Label), Fault> {
        match (self.state, self.flow, octet) {
            (State::EmptyLineLf, _, b'\n') => {
                self.empty_lines = self.empty_lines.saturating_add(1);
                Ok((State::Start, Label::EmptyLine))
            }
            (State::EmptyLineLf, _, _) => Err(Fault::BareCr),
            (_, Flow::Requests, b'\r') => Ok((State::EmptyLineLf, Label::EmptyLine)),
            (_, Flow::Requests, _) if is_tchar(octet) => {
                self.token.push(octet);
                Ok((State::Method, Label::Method))
            }
            (_, Flow::Responses, b'H') => Ok((State::Version { taken: 1, major: b'0' }, Label::HttpVersion)),
            (_, Flow::Requests, 0) if self.empty_lines == 2 => Err(Fault::LooksLike(Protocol::ProxyHeader)),
            (_, Flow::Requests, _) => Err(Protocol::begun_by(octet).map_or(Fault::NoStartLine, Fault::LooksLike)),
            (_, Flow::Responses, _) => match Protocol::begun_by(octet) {
                Some(Protocol::Tls) => Err(Fault::LooksLike(Protocol::Tls)),
                _ => Err(Fault::NoStartLine),
            },
        }
    }

    fn request_line(&mut self, octet: u8) -> Result<(State, Label), Fault> {
        match (self.state, octet) {
            (State::Method, b' ') => {
                self.facts.method = Some(Method::of(self.token.whole()));
                Ok((State::TargetStart, Label::StartLineSpace))
            }
            (State::Method, _) if is_tchar(octet) => {
                self.token.push(octet);
                Ok((State::Method, Label::Method))
            }
            (State::Target, b' ') => Ok((State::Version { taken: 0, major: b'0' }, Label::StartLineSpace)),
            (State::TargetStart | State::Target, 0x21..=0x7e) => Ok((State::Target, Label::RequestTarget)),
            (State::TargetStart | State::Target, 0x80..) => Err(Fault::TargetNotAscii),
            _ => Err(self.in_start_line(octet)),
        }
    }

    // HTTP-version = "HTTP" "/" DIGIT "." DIGIT
    fn version(&mut self, octet: u8) -> Result<(State, Label), Fault> {
        let next = match (self.state, octet) {
            (State::Version { taken: 5, .. }, b'0'..=b'9') => State::Version { taken: 6, major: octet },
            (State::Version { taken: 7, major }, b'0'..=b'9') => {
                self.facts.before_http_1_1 = (major, octet) < (b'1', b'1');
                State::VersionEnd
            }
            (State::Version { taken, major }, _) if VERSION.get(usize::from(taken)) == Some(&Some(octet)) => {
                State::Version { taken: taken + 1, major }
            }
            (State::VersionEnd, b'\r') if self.flow == Flow::Requests => {
                return Ok((State::StartLineLf, Label::StartLineCrlf));
            }
            (State::VersionEnd, b' ') if self.flow == Flow::Responses => {
                return Ok((State::StatusCode { taken: 0 }, Label::StartLineSpace));
            }
            _ => return Err(self.in_start_line(octet)),
        };
        Ok((next, Label::HttpVersion))
    }

    // The method tells two other protocols: "SSH-2.0-name CRLF", "PROXY TCP4 address ... CRLF".
    fn in_start_line(&self, octet: u8) -> Fault {
        match self.token.whole() {
            _ if self.flow == Flow::Responses => Fault::in_start_line(octet),
            Some([b'S', b'S', b'H', b'-', ..]) => Fault::LooksLike(Protocol::Ssh),
            Some(b"PROXY") if octet != b'\n' => Fault::LooksLike(Protocol::ProxyHeader),
            _ => Fault::in_start_line(octet),
        }
    }

    // The space after the status code is there even if no reason phrase follows (section 4).
    fn status_line(&mut self, octet: u8) -> Result<(State, Label), Fault> {
        match (self.state, octet) {
            (State::StatusCode { taken }, b'0'..=b'9') => {
                self.facts.status_digits = self.facts.status_digits * 10 + u16::from(octet - b'0');
                if taken < 2 {
                    return Ok((State::StatusCode { taken: taken + 1 }, Label::StatusCode));
                }
                self.facts.status = Some(self.facts.status_digits);
                Ok((State::StatusCodeEnd, Label::StatusCode))
            }
            (State::StatusCodeEnd, b' ') => Ok((State::Reason, Label::StartLineSpace)),
            (State::Reason, b'\r') => Ok((State::StartLineLf, Label::StartLineCrlf)),
            (State::Reason, _) if is_text(octet) => Ok((State::Reason, Label::ReasonPhrase)),
            _ => Err(Fault::in_start_line(octet)),
        }
    }

    fn field_line(&mut self, octet: u8) -> Result<(State, Label), Fault> {
        match (self.state, octet) {
            (State::LineStart, b'\r') => Ok((State::EndLf, Label::EndOfHead)),
            (State::LineStart, b' ' | b'\t') => Err(Fault::Folded),
            (State::LineStart, _) if is_tchar(octet) => {
                self.token.clear();
                self.value.clear();
                self.token.push(octet.to_ascii_lowercase());
                Ok((State::Name, Label::FieldName))
            }
            (State::Name, b':') => {
                self.is_secret = self.token.whole().is_some_and(is_secret_field);
                Ok((State::Value, Label::FieldColon))
            }
            (State::Name, b' ' | b'\t') => Err(Fault::SpaceBeforeColon),
            (State::Name, _) if is_tchar(octet) => {
                self.token.push(octet.to_ascii_lowercase());
                Ok((State::Name, Label::FieldName))
            }
            (State::Value, b'\r') => Ok((State::FieldLf, Label::FieldCrlf)),
            (State::Value, _) if is_text(octet) => {
                self.value.push(octet);
                Ok((State::Value, Label::FieldValue))
            }
            (_, b'\n') => Err(Fault::BareLf),
            (State::Value, _) => Err(Fault::FieldValue),
            _ => Err(Fault::FieldName),
        }
    }

    fn line_feed(&mut self, octet: u8) -> Result<(State, Label), Fault> {
        if octet != b'\n' {
            return Err(Fault::BareCr);
        }
        match self.state {
            State::StartLineLf => Ok((State::LineStart, Label::StartLineCrlf)),
            State::FieldLf => {
                self.facts.take_field(self.token.whole(), self.value.whole());
                Ok((State::LineStart, Label::FieldCrlf))
            }
            _ => Ok((State::Complete, Label::EndOfHead)),
        }
    }
}

impl Method {
    // Methods are case-sensitive (RFC 9110 section 9.1).
    fn of(method: Option<&[u8]>) -> Method {
        match method {
            Some(b"HEAD") => Method::Head,
            Some(b"CONNECT") => Method::Connect,
            Some(b"PRI") => Method::Pri,
            _ => Method::Other,
        }
    }
}

impl Facts {
    /// `None` stands for a value that was too long to be kept.
    fn take_field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>) {
        match name {
            Some(b"content-length") => self.take_length(value),
            Some(b"transfer-encoding") => self.take_coding(value),
            Some(b"content-type") => self.event_stream = value.is_some_and(is_event_stream),
            Some(b"content-encoding") => {
                self.encoded |= value.is_none_or(|value| members(value).any(is_content_coding))
            }
            Some(b"host") => self.hosts += 1,
            _ => {}
        }
    }

    // Content-Length = 1*DIGIT. Several values, in lines of their own or in a list, count as one if
    // all of them are the same (section 6.3, rule 5); otherwise no recipient can know which of them
    // holds.
    fn take_length(&mut self, value: Option<&[u8]>) {
        let Some(value) = value else {
            self.length = Length::Invalid;
            return;
        };
        let mut is_empty = true;
        for member in value.split(|octet| *octet == b',') {
            is_empty = false;
            self.length = match (self.length, decimal(member.trim_ascii())) {
                (Length::None, Some(octets)) => Length::Octets(octets),
                (Length::Octets(before), Some(octets)) if before == octets => {
                    self.repeats_length = true;
                    Length::Octets(octets)
                }
                _ => Length::Invalid,
            };
        }
        if is_empty {
            self.length = Length::Invalid;
        }
    }

    // Several lines are one list; members without any text do not count (RFC 9110 section 5.6.1).
    fn take_coding(&mut self, value: Option<&[u8]>) {
        let Some(value) = value else {
            self.coding = Some(Coding::Other);
            return;
        };
        self.coding.get_or_insert(Coding::Other);
        for member in members(value) {
            let chunked = member.eq_ignore_ascii_case(b"chunked");
            self.encoded |= !chunked;
            self.chunked += u32::from(chunked);
            self.coding = Some(if chunked { Coding::ChunkedLast } else { Coding::Other });
        }
    }
}

/// The members of a list that have any text. A comma in a quoted string is a part of its member.
fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(move |octet| {
            if escaped {
                escaped = false;
            } else if quoted && *octet == b'\\' {
                escaped = true;
            } else if *octet == b'"' {
                quoted = !quoted;
            }
            !quoted && *octet == b','
        })
        .map(<[u8]>::trim_ascii)
        .filter(|member| !member.is_empty())
}

fn is_event_stream(media_type: &[u8]) -> bool {
    let essence = media_type.split(|octet| *octet == b';').next().unwrap_or(media_type);
    essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream")
}

// What browsers undo, and what else is registered. Any other word is no coding, and browsers read
// the body as it is.
fn is_content_coding(member: &[u8]) -> bool {
    const CODINGS: [&str; 14] = [
        "gzip",
        "x-gzip",
        "deflate",
        "compress",
        "x-compress",
        "br",
        "zstd",
        "dcb",
        "dcz",
        "exi",
        "aes128gcm",
        "pack200-gzip",
        "bzip2",
        "lzma",
    ];
    CODINGS.iter().any(|coding| member.eq_ignore_ascii_case(coding.as_bytes()))
}

/// Octets of a field name that are kept: more than any name that is known here has.
const LONGEST_NAME: usize = 40;

/// The octets of an HTTP-version; `None` stands for a digit.
const VERSION: [Option<u8>; 8] = [Some(b'H'), Some(b'T'), Some(b'T'), Some(b'P'), Some(b'/'), None, Some(b'.'), None];

/// The beginning of a token: enough to know the few that count, never more than `limit` octets.
#[derive(Debug, Clone)]
struct Kept {
    octets: Vec<u8>,
    limit: usize,
    overlong: bool,
}

impl Kept {
    fn new(limit: usize) -> Kept {
        Kept { octets: Vec::new(), limit, overlong: false }
    }

    fn push(&mut self, octet: u8) {
        if self.octets.len() < self.limit {
            self.octets.push(octet);
        } else {
            self.overlong = true;
        }
    }

    fn clear(&mut self) {
        self.octets.clear();
        self.overlong = false;
    }

    /// All of it, or nothing if it was longer than what is kept.
    fn whole(&self) -> Option<&[u8]> {
        (!self.overlong).then_some(self.octets.as_slice())
    }
}
