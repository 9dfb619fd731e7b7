//! The first line of a message: method, target and version (RFC 9112 section 3; RFC 3986 section
//! 3.2 for the host).
//!
//! ```text
//! request-line   = method SP request-target SP HTTP-version
//! request-target = origin-form / absolute-form / authority-form / asterisk-form
//!
//! origin-form     /plain?x=1                 what clients send to an origin server
//! absolute-form   http://host:80/plain?x=1   what clients send to a proxy; servers take it too
//! authority-form  host:443                   CONNECT alone; refused here, since this is no proxy
//! asterisk-form   *                          OPTIONS alone: the server as a whole
//! ```
//!
//! A target that is none of the four forms is refused and not repaired: a proxy in front could have
//! read it otherwise.
//!
//! For the next editor: the same grammar of a host serves the target and the Host field, so that
//! the two cannot disagree about what is a host.

use std::net::Ipv6Addr;

use super::fields::decimal;
use super::head_error::HeadError;

/// The two versions that matter; anything later of major version 1 is treated as 1.1 (RFC 9110
/// section 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// No chunked coding towards it, and one response for each connection unless the client asks
    /// for more.
    Http10,
    /// Persistent unless one side says close.
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
    /// The method of a head that is to be refused, and may be anything: not even the refusal of a
    /// HEAD has a body (RFC 9110 section 9.3.2).
    pub fn at_start(head: &[u8]) -> Option<Method> {
        let start = head.iter().position(|octet| !matches!(octet, b'\r' | b'\n'))?;
        let end = head[start..].iter().position(|&octet| octet == b' ')?;
        std::str::from_utf8(&head[start..start + end]).ok().map(Method::of)
    }

    pub(super) fn of(token: &str) -> Method {
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

pub(super) struct Target<'a> {
    pub(super) authority: &'a [u8],
    pub(super) path: &'a [u8],
    pub(super) query: &'a [u8],
    pub(super) is_asterisk: bool,
}

impl Target<'_> {
    // request-target = origin-form / absolute-form / authority-form / asterisk-form
    pub(super) fn parse(target: &str, method: Method) -> Result<Target<'_>, HeadError> {
        if method == Method::Connect {
            return Err(connect_refusal(target));
        }
        if !target.is_ascii() {
            return Err(HeadError::TargetNotAscii);
        }
        if !is_uri_text(target.as_bytes()) {
            return Err(HeadError::TargetCharacter);
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
            // The connection is not secured: to answer for https would be to vouch for it (RFC 9110
            // section 7.4).
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
        // "OPTIONS http://host HTTP/1.1" is how a proxy is asked to ask with "*" (RFC 9112 section
        // 3.2.4).
        let is_asterisk = origin.is_empty() && method == Method::Options;
        Ok(Target { authority: authority.as_bytes(), is_asterisk, ..Target::origin(origin) })
    }
}

// authority-form = uri-host ":" port. This server is no proxy; but what is refused must first be
// well-formed.
fn connect_refusal(target: &str) -> HeadError {
    match target.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !port.is_empty() && is_host(target.as_bytes()) => {
            HeadError::ConnectNotImplemented
        }
        _ => HeadError::BadTarget,
    }
}

// What a URI may hold, and the few characters that browsers leave as they are in a query ("{ } | ^
// ` \"). A fragment is never sent; octets beyond ASCII must be percent-encoded.
fn is_uri_text(target: &[u8]) -> bool {
    target.iter().enumerate().all(|(at, octet)| match octet {
        b'"' | b'<' | b'>' | b'#' => false,
        b'%' => is_pct_encoded(target, at),
        _ => octet.is_ascii_graphic(),
    })
}

/// `uri-host [ ":" port ]` with a host that is not empty (RFC 3986 section 3.2, RFC 9110 section
/// 4.2.1).
pub(super) fn is_host(value: &[u8]) -> bool {
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
        [b':', digits @ ..] => decimal(digits).is_some_and(|port| port <= u64::from(u16::MAX)),
        _ => false,
    }
}

const fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

const fn is_sub_delim(octet: u8) -> bool {
    matches!(octet, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}
