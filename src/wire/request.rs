//! A request head, and every reason to refuse one (RFC 9112 sections 2, 3, 5 and 6; RFC 9110 sections 7 and 10).
//!
//! ```text
//! GET /api/sse/events?count=3 HTTP/1.1 CRLF     request-line
//! Host: 127.0.0.1:8080 CRLF                     field lines
//! Last-Event-ID: 3 CRLF
//! CRLF                                          the head ends
//! ```
//!
//! Reading has two stages. [`HeadScan`] walks over the octets as they come, finds the blank line, and
//! stops at the first octet that can never be part of a head: a lone LF or CR, a control character, one
//! octet too many. Because it goes octet by octet and remembers where it was, a head gives the same answer in
//! whatever pieces it arrives. [`RequestHead::parse`] then reads the whole head: httparse splits it into
//! tokens, and everything that has a meaning is decided here, once. A `RequestHead` that exists is one whose
//! target, Host, framing, expectation and persistence are known and beyond doubt.
//!
//! A new reason to refuse needs a variant of [`HeadError`] with its status code, its sentence and its section,
//! and a case in `tests/wire/`.

use std::fmt;
use std::mem::MaybeUninit;
use std::net::Ipv6Addr;
use std::ops::Range;

use super::framing::BodyFraming;

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
    /// The request-line is behind us.
    in_fields: bool,
}

impl HeadScan {
    /// Looks at what has been added to `octets` since the last call; the length of the head once its blank line is there.
    ///
    /// # Errors
    /// The first octet that cannot be part of a head, or is one too many.
    pub fn find_end(&mut self, octets: &[u8], limits: HeadLimits) -> Result<Option<usize>, HeadError> {
        loop {
            let (at, line_start) = (self.at as usize, self.line_start as usize);
            let after_cr = at > line_start && octets[at - 1] == b'\r';
            let rest = octets.get(at..).unwrap_or_default();
            let run = rest.iter().position(|&octet| is_control(octet)).unwrap_or(rest.len());
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
                    // Empty lines before the request-line are ignored (RFC 9112 section 2.2).
                    self.in_fields = !is_blank;
                    self.line_start = self.at + 1;
                    self.go_on(1, limits)?;
                }
                Some(_) => return Err(HeadError::ControlCharacter),
            }
        }
    }

    // Moves on by `run` octets, unless one of them is one too many: the first bound that is met counts.
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

/// The two versions that matter; anything later of major version 1 is treated as 1.1 (RFC 9110 section 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// No chunked coding towards it, and one response for each connection unless it asks for more.
    Http10,
    /// Persistent unless somebody says close.
    Http11,
}

/// The methods that are known here (RFC 9110 section 9, RFC 5789); they are case-sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Options,
    Patch,
    Trace,
    Connect,
    /// Any other token: answered with 501.
    Unknown,
}

impl Method {
    /// The method of a head that is to be refused, and may be anything: not even the refusal of a HEAD has a body
    /// (RFC 9110 section 9.3.2).
    pub fn at_start(head: &[u8]) -> Option<Method> {
        let start = head.iter().position(|octet| !matches!(octet, b'\r' | b'\n'))?;
        let end = head[start..].iter().position(|&octet| octet == b' ')?;
        std::str::from_utf8(&head[start..start + end]).ok().map(Method::of)
    }

    fn of(token: &str) -> Method {
        match token {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "DELETE" => Method::Delete,
            "OPTIONS" => Method::Options,
            "PATCH" => Method::Patch,
            "TRACE" => Method::Trace,
            "CONNECT" => Method::Connect,
            _ => Method::Unknown,
        }
    }
}

/// A request head that has been understood.
///
/// ```
/// use wirestep::wire::request::{HeadLimits, Method, RequestHead};
///
/// let octets = b"GET /plain?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\nand more";
/// let (head, length) = RequestHead::parse(octets, HeadLimits::default())?.expect("complete");
/// assert_eq!((head.method(), head.path(), head.query(), length), (Method::Get, "/plain", "x=1", 44));
/// assert!(head.persists());
/// # Ok::<(), wirestep::wire::request::HeadError>(())
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
    /// Its head.
    pub head: RequestHead,
    /// Its body, decoded; empty where there is none.
    pub body: Vec<u8>,
    /// It is the first on its connection, the second, ...
    pub number: u8,
}

impl RequestHead {
    /// Reads a head from the beginning of `octets`: the head and its length in octets, or `None` while its end is missing.
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

    /// The path of the target, as it was written; `/` where an absolute-form leaves it out, and empty for `*`.
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

// httparse knows HTTP/1.0 and HTTP/1.1. A later minor version is read as 1.1, another major one is 505.
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
    let fields = Fields { octets: tokens.octets.into(), lines: tokens.lines };
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

struct Target<'a> {
    authority: &'a [u8],
    path: &'a [u8],
    query: &'a [u8],
    is_asterisk: bool,
}

impl Target<'_> {
    // request-target = origin-form / absolute-form / authority-form / asterisk-form
    fn parse(target: &str, method: Method) -> Result<Target<'_>, HeadError> {
        if method == Method::Connect {
            return Err(connect_refusal(target));
        }
        if !is_uri_text(target.as_bytes()) {
            return Err(HeadError::BadTarget);
        }
        if target.starts_with('/') {
            return Ok(Target::origin(target));
        }
        if target == "*" {
            return if method == Method::Options {
                Ok(Target { is_asterisk: true, ..Target::origin("") })
            } else {
                Err(HeadError::BadTarget)
            };
        }
        let (scheme, rest) = target.split_once("://").ok_or(HeadError::BadTarget)?;
        match scheme.to_ascii_lowercase().as_str() {
            "http" => Target::absolute(rest, method),
            // The connection is not secured: to answer for https would be to vouch for it (RFC 9110 section 7.4).
            "https" => Err(HeadError::Misdirected),
            _ => Err(HeadError::BadTarget),
        }
    }

    fn origin(target: &str) -> Target<'_> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Target { authority: b"", path: path.as_bytes(), query: query.as_bytes(), is_asterisk: false }
    }

    fn absolute(rest: &str, method: Method) -> Result<Target<'_>, HeadError> {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, origin) = rest.split_at(end);
        if authority.is_empty() || !is_host(authority.as_bytes()) {
            return Err(HeadError::BadTarget);
        }
        // "OPTIONS http://host HTTP/1.1" is how a proxy is asked to ask with "*" (RFC 9112 section 3.2.4).
        let is_asterisk = origin.is_empty() && method == Method::Options;
        Ok(Target { authority: authority.as_bytes(), is_asterisk, ..Target::origin(origin) })
    }
}

// authority-form = uri-host ":" port. We are no proxy; but what is refused must first be well-formed.
fn connect_refusal(target: &str) -> HeadError {
    match target.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !port.is_empty() && is_host(target.as_bytes()) => {
            HeadError::ConnectNotImplemented
        }
        _ => HeadError::BadTarget,
    }
}

// What a URI may hold, and the few characters that browsers leave as they are in a query ("{ } | ^ ` \"). A fragment
// is never sent; octets beyond ASCII must be percent-encoded.
fn is_uri_text(target: &[u8]) -> bool {
    target.iter().enumerate().all(|(at, octet)| match octet {
        b'"' | b'<' | b'>' | b'#' => false,
        b'%' => is_pct_encoded(target, at),
        _ => octet.is_ascii_graphic(),
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

/// `uri-host [ ":" port ]` with a host that is not empty (RFC 3986 section 3.2, RFC 9110 section 4.2.1).
fn is_host(value: &[u8]) -> bool {
    let (host_is_valid, port) = if value.first() == Some(&b'[') {
        let Some(end) = value.iter().position(|&octet| octet == b']') else { return false };
        (is_ip_literal(&value[1..end]), &value[end + 1..])
    } else {
        let end = value.iter().position(|&octet| octet == b':').unwrap_or(value.len());
        (is_reg_name(&value[..end]), &value[end..])
    };
    host_is_valid && is_port(port)
}

// IP-literal = "[" ( IPv6address / IPvFuture ) "]"
fn is_ip_literal(literal: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(literal) else { return false };
    if let Some(future) = text.strip_prefix(['v', 'V']) {
        return future.split_once('.').is_some_and(|(version, address)| {
            !version.is_empty()
                && version.bytes().all(|octet| octet.is_ascii_hexdigit())
                && !address.is_empty()
                && address.bytes().all(|octet| octet == b':' || is_unreserved(octet) || is_sub_delim(octet))
        });
    }
    text.parse::<Ipv6Addr>().is_ok()
}

// reg-name = *( unreserved / pct-encoded / sub-delims ); every IPv4address is one.
fn is_reg_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name.iter().enumerate().all(|(at, &octet)| match octet {
            b'%' => is_pct_encoded(name, at),
            _ => REG_NAME[usize::from(octet)],
        })
}

// Every request has a Host: a look at a table is cheaper than twenty comparisons.
const REG_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = is_unreserved(octet as u8) || is_sub_delim(octet as u8);
        octet += 1;
    }
    table
};

fn is_pct_encoded(text: &[u8], at: usize) -> bool {
    matches!(text.get(at + 1..at + 3), Some(digits) if digits.iter().all(u8::is_ascii_hexdigit))
}

// port = *DIGIT, and no more than a port can be.
fn is_port(port: &[u8]) -> bool {
    match port {
        [] | [b':'] => true,
        [b':', digits @ ..] => {
            digits.iter().all(u8::is_ascii_digit)
                && std::str::from_utf8(digits).is_ok_and(|digits| digits.parse::<u16>().is_ok())
        }
        _ => false,
    }
}

const fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

const fn is_sub_delim(octet: u8) -> bool {
    matches!(octet, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

// "100-continue" is the only expectation there is (RFC 9110 section 10.1.1); HTTP/1.0 cannot mean it.
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

/// The field lines of a head, in their order, with the octets they stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    octets: Box<[u8]>,
    lines: Vec<FieldLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FieldLine {
    name: Range<u32>,
    value: Range<u32>,
}

impl FieldLine {
    fn of(head: &[u8], line: &httparse::Header<'_>) -> FieldLine {
        FieldLine { name: range_in(head, line.name.as_bytes()), value: range_in(head, line.value) }
    }
}

impl Fields {
    /// The values of all lines with this name, which is compared without regard to case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let has_name = move |line: &&FieldLine| self.slice(&line.name).eq_ignore_ascii_case(name.as_bytes());
        self.lines.iter().filter(has_name).map(|line| self.slice(&line.value))
    }

    /// The value of the first line with this name.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.lines
            .iter()
            .find(|line| self.slice(&line.name).eq_ignore_ascii_case(name.as_bytes()))
            .map(|line| self.slice(&line.value))
    }

    /// There is a line with this name.
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// The members of a comma-separated list over all lines with this name; empty members are skipped (RFC 9110 section 5.6.1).
    ///
    /// A comma inside a quoted string parts as well: the fields that are read here have none that could matter.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.values(name).flat_map(|value| value.split(|&octet| octet == b',')).filter_map(|member| {
            let member = trim_ows(member);
            (!member.is_empty()).then_some(member)
        })
    }

    fn slice(&self, range: &Range<u32>) -> &[u8] {
        self.octets.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    fn text(&self, range: &Range<u32>) -> &str {
        std::str::from_utf8(self.slice(range)).unwrap_or_default()
    }
}

// OWS is SP and HTAB, nothing else.
fn trim_ows(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = octets {
        octets = rest;
    }
    octets
}

/// Where `part`, a slice of `whole`, lies in it. A head has at most some thousand octets, so 32 bits hold it.
fn range_in(whole: &[u8], part: &[u8]) -> Range<u32> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize) as u32;
    if part.is_empty() { 0..0 } else { start..start + part.len() as u32 }
}

/// `tchar` of RFC 9110 section 5.6.2: what methods and field names are made of.
pub const fn is_tchar(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')
        || matches!(
            octet,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// Octets that may stand in a field value, a reason phrase or a quoted string: HTAB, SP, VCHAR and obs-text (RFC 9110
/// section 5.5).
pub const fn is_text(octet: u8) -> bool {
    octet == b'\t' || (octet >= b' ' && octet != 0x7f)
}

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
