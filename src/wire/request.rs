//! A request head, and every reason to refuse one (RFC 9112 sections 2, 3, 5 and 6; RFC 9110
//! sections 7 and 10).
//!
//! ```text
//! GET /api/sse/events?count=3 HTTP/1.1 CRLF     request-line
//! Host: 127.0.0.1:8080 CRLF                     field lines
//! Last-Event-ID: 3 CRLF
//! CRLF                                          the head ends
//! ```
//!
//! Reading has two stages. [`HeadScan`] walks over the octets as they come, finds the blank line,
//! and stops at the first octet that can never be part of a head: a lone LF or CR, a control
//! character, one octet too many. Because it goes octet by octet and remembers where it was, a head
//! gives the same answer in whatever pieces it arrives. [`RequestHead::parse`] then reads the whole
//! head: httparse splits it into tokens, and everything that has a meaning is decided here, once. A
//! `RequestHead` that exists is one whose target, Host, framing, expectation and persistence are
//! known and beyond doubt.
//!
//! A new reason to refuse needs a variant of [`HeadError`] with its status code, its sentence and
//! its section, and a case in `tests/wire/`.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::fields::{FieldLine, Fields, range_in};
use super::framing::BodyFraming;
use super::head_error::HeadError;
use super::protocol::{EMPTY_LINES_OF_PROXY_HEADER, Protocol};
use super::run::run;
use super::start_line::{Method, Target, Version, is_host};

/// The bounds of a request head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// Octets of the request-line without its CRLF. RFC 9112 section 3 recommends at least 8000.
    pub request_line: usize,
    /// Octets of the whole head.
    pub head: usize,
}

impl Default for HeadLimits {
    fn default() -> HeadLimits {
        HeadLimits { request_line: 8000, head: 16 * 1024 }
    }
}

/// Field lines of one head that are taken at most.
pub const MAX_FIELD_LINES: usize = 100;

/// How far a head has been looked through for its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeadScan {
    /// Octets looked at. 32 bits hold every head that is accepted.
    at: u32,
    /// Where the current line begins.
    line_start: u32,
    /// The request-line is complete.
    in_fields: bool,
}

impl HeadScan {
    /// Looks at what has been added to `octets` since the last call; the length of the head once
    /// its blank line is there.
    ///
    /// # Errors
    /// The first octet that cannot be part of a head, or is one too many.
    pub fn find_end(&mut self, octets: &[u8], limits: HeadLimits) -> Result<Option<usize>, HeadError> {
        loop {
            let (at, line_start) = (self.at as usize, self.line_start as usize);
            let after_cr = at > line_start && octets[at - 1] == b'\r';
            let rest = octets.get(at..).unwrap_or_default();
            let run = run(rest, is_control);
            if run > 0 && after_cr {
                return Err(HeadError::BareCr);
            }
            self.go_on(run, limits)?;
            match rest.get(run) {
                None => return Ok(None),
                Some(b'\t' | b'\r') if after_cr && run == 0 => return Err(HeadError::BareCr),
                Some(b'\t' | b'\r') => self.go_on(1, limits)?,
                Some(b'\n') if !(after_cr && run == 0) => return Err(HeadError::BareLf),
                Some(b'\n') => {
                    let is_blank = at - line_start == 1;
                    if is_blank && self.in_fields {
                        self.go_on(1, limits)?;
                        return Ok(Some(at + 1));
                    }
                    // A peer of these protocols now waits for an answer: no blank line will come.
                    let line = &octets[line_start..at];
                    if let (false, Some(protocol @ (Protocol::Ssh | Protocol::ProxyHeader))) =
                        (self.in_fields, Protocol::of_line(line))
                    {
                        return Err(HeadError::looks_like(protocol).unwrap_or(HeadError::BadRequestLine));
                    }
                    // Empty lines before the request-line are ignored (RFC 9112 section 2.2).
                    self.in_fields = !is_blank;
                    self.line_start = self.at + 1;
                    self.go_on(1, limits)?;
                }
                Some(&octet) => return Err(self.control_character(octet, &octets[..at + run])),
            }
        }
    }

    // Where a request should begin, it may be the first octet of another protocol.
    fn control_character(&self, octet: u8, before: &[u8]) -> HeadError {
        let is_at_start = self.is_before_request() && self.looked_at() == before.len();
        let protocol = match octet {
            0 if before == EMPTY_LINES_OF_PROXY_HEADER => Some(Protocol::ProxyHeader),
            _ => Protocol::begun_by(octet),
        };
        protocol.filter(|_| is_at_start).and_then(HeadError::looks_like).unwrap_or(HeadError::ControlCharacter)
    }

    // Moves on by `run` octets, unless one of them is one too many: the first bound that is met
    // counts.
    fn go_on(&mut self, run: usize, limits: HeadLimits) -> Result<(), HeadError> {
        let line_end = self.line_start as usize + limits.request_line + 2;
        let at = self.at as usize + run;
        let (bound, error) = if !self.in_fields && line_end <= limits.head {
            (line_end, HeadError::TargetTooLong)
        } else {
            (limits.head, HeadError::HeadTooLarge)
        };
        if at >= bound {
            self.at = bound.saturating_sub(1) as u32;
            return Err(error);
        }
        self.at = at as u32;
        Ok(())
    }

    /// How many octets have been looked at.
    pub fn looked_at(&self) -> usize {
        self.at as usize
    }

    /// Nothing but empty lines has come so far: no request has begun.
    pub fn is_before_request(&self) -> bool {
        !self.in_fields && self.line_start == self.at
    }
}

// Everything that ends a run of ordinary octets; HTAB is ordinary too, but seldom.
fn is_control(octet: u8) -> bool {
    octet < b' ' || octet == 0x7f
}
/// A request head that has been understood.
///
/// ```
/// use wirestep::wire::request::{HeadLimits, RequestHead};
/// use wirestep::wire::start_line::Method;
///
/// let octets = b"GET /plain?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\nand more";
/// let (head, length) = RequestHead::parse(octets, HeadLimits::default())?.expect("complete");
/// assert_eq!((head.method(), head.path()), (Method::Get, "/plain"));
/// assert_eq!((head.query(), length), ("x=1", 44));
/// assert!(head.persists());
/// # Ok::<(), wirestep::wire::head_error::HeadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    fields: Fields,
    method: Method,
    method_range: Range<u32>,
    version: Version,
    /// Of an absolute-form; empty for the other forms.
    authority: Range<u32>,
    path: Range<u32>,
    query: Range<u32>,
    is_asterisk: bool,
    framing: BodyFraming,
    persists: bool,
    expects_continue: bool,
}

/// A request that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its head, which has been understood.
    pub head: RequestHead,
    /// Its body, decoded; empty where there is none.
    pub body: Vec<u8>,
    /// It is the first on its connection, the second, ...
    pub number: u8,
}

impl RequestHead {
    /// Reads a head from the beginning of `octets`: the head and its length in octets, or `None`
    /// while its end is missing.
    ///
    /// # Errors
    /// The head must be refused; [`HeadError::status`] says with which status code.
    pub fn parse(octets: &[u8], limits: HeadLimits) -> Result<Option<(RequestHead, usize)>, HeadError> {
        let Some(length) = HeadScan::default().find_end(octets, limits)? else { return Ok(None) };
        Ok(Some((RequestHead::read(&octets[..length])?, length)))
    }

    /// Reads a head that [`HeadScan::find_end`] has found to be complete.
    ///
    /// # Errors
    /// As [`RequestHead::parse`].
    pub fn read(head: &[u8]) -> Result<RequestHead, HeadError> {
        match tokenise(head) {
            Err(HeadError::BadVersion) => read_later_version(head),
            tokens => understand(tokens?),
        }
    }

    /// What is asked for.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The method as it was written.
    pub fn method_token(&self) -> &str {
        self.fields.text(&self.method_range)
    }

    /// The version of the client.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whom the request is for, with its port if there is one; empty where HTTP/1.0 does not say.
    ///
    /// The authority of an absolute-form counts, and Host does not then (RFC 9112 section 3.2.2).
    pub fn host(&self) -> &str {
        match self.fields.text(&self.authority) {
            "" => self.fields.first("host").and_then(|host| std::str::from_utf8(host).ok()).unwrap_or_default(),
            authority => authority,
        }
    }

    /// The path of the target, as it was written; `/` where an absolute-form leaves it out, and
    /// empty for `*`.
    pub fn path(&self) -> &str {
        match self.fields.text(&self.path) {
            "" if !self.is_asterisk => "/",
            path => path,
        }
    }

    /// What stands after the `?` of the target; empty where there is none.
    pub fn query(&self) -> &str {
        self.fields.text(&self.query)
    }

    /// The target is `*`: the server as a whole (RFC 9112 section 3.2.4).
    pub fn is_asterisk(&self) -> bool {
        self.is_asterisk
    }

    /// The field lines.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Where the body ends.
    pub fn framing(&self) -> BodyFraming {
        self.framing
    }

    /// The client agrees to send another request on this connection (RFC 9112 section 9.3).
    pub fn persists(&self) -> bool {
        self.persists
    }

    /// The client waits for a 100 before it sends the body (RFC 9110 section 10.1.1).
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }
}

struct Tokens<'a> {
    octets: &'a [u8],
    method: &'a str,
    target: &'a str,
    version: Version,
    lines: Vec<FieldLine>,
}

fn tokenise(head: &[u8]) -> Result<Tokens<'_>, HeadError> {
    let mut storage = [const { MaybeUninit::uninit() }; MAX_FIELD_LINES];
    let mut request = httparse::Request::new(&mut []);
    let status = request.parse_with_uninit_headers(head, &mut storage).map_err(|error| match error {
        httparse::Error::Version => HeadError::BadVersion,
        httparse::Error::TooManyHeaders => HeadError::TooManyFields,
        httparse::Error::HeaderName => HeadError::BadFieldName,
        httparse::Error::HeaderValue => HeadError::BadFieldValue,
        httparse::Error::Token if !request_line(head).is_ascii() => HeadError::TargetNotAscii,
        httparse::Error::NewLine | httparse::Error::Status | httparse::Error::Token => HeadError::BadRequestLine,
    })?;
    let (httparse::Status::Complete(_), Some(method), Some(target), Some(minor)) =
        (status, request.method, request.path, request.version)
    else {
        return Err(HeadError::BadRequestLine);
    };
    let lines = request.headers.iter().map(|line| FieldLine::of(head, line)).collect();
    let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
    Ok(Tokens { octets: head, method, target, version, lines })
}

// Without its CRLF, and without the empty lines before it.
fn request_line(head: &[u8]) -> &[u8] {
    let start = head.iter().position(|octet| !matches!(octet, b'\r' | b'\n')).unwrap_or(head.len());
    let line = &head[start..];
    &line[..line.iter().position(|&octet| octet == b'\r').unwrap_or(line.len())]
}

// httparse knows HTTP/1.0 and HTTP/1.1. A later minor version is read as 1.1, another major one is
// 505.
fn read_later_version(head: &[u8]) -> Result<RequestHead, HeadError> {
    let start = head.iter().position(|octet| !matches!(octet, b'\r' | b'\n')).ok_or(HeadError::BadRequestLine)?;
    let line_end = head[start..].iter().position(|&octet| octet == b'\r').ok_or(HeadError::BadRequestLine)? + start;
    let space = head[..line_end].iter().rposition(|&octet| octet == b' ').ok_or(HeadError::BadRequestLine)?;
    let version = &head[space + 1..line_end];
    match version {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'2'..=b'9'] => {
            let mut as_http11 = head.to_vec();
            as_http11[line_end - 1] = b'1';
            understand(tokenise(&as_http11)?)
        }
        // The version is one that httparse knows: what it stumbled over is a space too many.
        b"HTTP/1.1" | b"HTTP/1.0" => Err(HeadError::BadRequestLine),
        _ if Protocol::of_line(request_line(head)) == Some(Protocol::Http2) => Err(HeadError::LooksLikeHttp2),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Err(HeadError::UnsupportedVersion)
        }
        _ => Err(HeadError::BadVersion),
    }
}

fn understand(tokens: Tokens<'_>) -> Result<RequestHead, HeadError> {
    let method = Method::of(tokens.method);
    let target = Target::parse(tokens.target, method)?;
    let [authority, path, query] =
        [target.authority, target.path, target.query].map(|part| range_in(tokens.octets, part));
    let method_range = range_in(tokens.octets, tokens.method.as_bytes());
    let fields = Fields::new(tokens.octets, tokens.lines);
    check_host(&fields, tokens.version)?;
    let framing = BodyFraming::of_request(&fields, tokens.version)?;
    let expects_continue = expectation(&fields, tokens.version)?;
    let persists = persistence(&fields, tokens.version);
    Ok(RequestHead {
        method,
        method_range,
        version: tokens.version,
        authority,
        path,
        query,
        is_asterisk: target.is_asterisk,
        framing,
        persists,
        expects_continue,
        fields,
    })
}

// A client MUST send exactly one Host in HTTP/1.1, with a valid value (RFC 9112 section 3.2).
fn check_host(fields: &Fields, version: Version) -> Result<(), HeadError> {
    let mut hosts = fields.values("host");
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::Http10 => Ok(()),
        (None, _) => Err(HeadError::NoHost),
        (Some(_), Some(_)) => Err(HeadError::SeveralHosts),
        (Some(host), None) if is_host(host) => Ok(()),
        (Some(_), None) => Err(HeadError::BadHost),
    }
}

// "100-continue" is the only expectation there is (RFC 9110 section 10.1.1); HTTP/1.0 cannot mean
// it.
fn expectation(fields: &Fields, version: Version) -> Result<bool, HeadError> {
    let mut expects = false;
    for member in fields.list("expect") {
        if !member.eq_ignore_ascii_case(b"100-continue") {
            return Err(HeadError::UnknownExpectation);
        }
        expects = true;
    }
    Ok(expects && version == Version::Http11)
}

// RFC 9112 section 9.3, in its order: close; then the version; then the agreement of HTTP/1.0.
fn persistence(fields: &Fields, version: Version) -> bool {
    let says = |option: &[u8]| fields.list("connection").any(|member| member.eq_ignore_ascii_case(option));
    match version {
        _ if says(b"close") => false,
        Version::Http11 => true,
        Version::Http10 => says(b"keep-alive"),
    }
}
