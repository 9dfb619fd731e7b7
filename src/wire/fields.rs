//! The field lines of a head, and the small grammars that all fields share (RFC 9110 section 5; RFC
//! 5234 appendix B.1).
//!
//! ```text
//! field-line = field-name ":" OWS field-value OWS      Content-Length: 13 CRLF
//! OWS        = *( SP / HTAB )                          white space that does not count
//! tchar      = "!" / "#" / ... / DIGIT / ALPHA         what names and methods are made of
//! 1*DIGIT                                              13
//! 1*HEXDIG                                             1b
//! ```
//!
//! Each rule is written once, here, and used by everything that reads numbers from a peer: parsers
//! of the standard library would also take a sign, and a sign that one hop takes and the next
//! refuses is how requests are smuggled.
//!
//! For the next editor: a name is compared without regard to case; a value is octets and not text.

use std::ops::Range;

/// The field lines of a head, in their order, with the octets they stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    octets: Box<[u8]>,
    lines: Vec<FieldLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldLine {
    name: Range<u32>,
    value: Range<u32>,
}

impl FieldLine {
    pub(super) fn of(head: &[u8], line: &httparse::Header<'_>) -> FieldLine {
        FieldLine { name: range_in(head, line.name.as_bytes()), value: range_in(head, line.value) }
    }
}

impl Fields {
    pub(super) fn new(head: &[u8], lines: Vec<FieldLine>) -> Fields {
        Fields { octets: head.into(), lines }
    }

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

    /// The members of a comma-separated list over all lines with this name; empty members are
    /// skipped (RFC 9110 section 5.6.1).
    ///
    /// A comma inside a quoted string parts as well: the fields that are read here have none that
    /// could matter.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.values(name).flat_map(|value| value.split(|&octet| octet == b',')).filter_map(|member| {
            let member = trim_ows(member);
            (!member.is_empty()).then_some(member)
        })
    }

    fn slice(&self, range: &Range<u32>) -> &[u8] {
        self.octets.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    pub(super) fn text(&self, range: &Range<u32>) -> &str {
        std::str::from_utf8(self.slice(range)).unwrap_or_default()
    }
}

// OWS is SP and HTAB, nothing else.
pub(super) fn trim_ows(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = octets {
        octets = rest;
    }
    octets
}

/// Where `part`, a slice of `whole`, lies in it. A head has at most some thousand octets, so 32
/// bits hold it.
pub(super) fn range_in(whole: &[u8], part: &[u8]) -> Range<u32> {
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

/// Octets that may stand in a field value, a reason phrase or a quoted string: HTAB, SP, VCHAR and
/// obs-text (RFC 9110 section 5.5).
pub const fn is_text(octet: u8) -> bool {
    octet == b'\t' || (octet >= b' ' && octet != 0x7f)
}

/// The value of the field is a credential, which the trace masks; `name` is in lower case.
pub fn is_secret_field(name: &[u8]) -> bool {
    SECRET_FIELDS.iter().any(|secret| name == secret.as_bytes())
}

/// Fields whose values are credentials, in lower case.
const SECRET_FIELDS: [&str; 16] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "cookie2",
    "set-cookie",
    "set-cookie2",
    "x-api-key",
    "api-key",
    "apikey",
    "x-goog-api-key",
    "x-auth-token",
    "x-access-token",
    "x-amz-security-token",
    "x-csrf-token",
    "x-xsrf-token",
    "ocp-apim-subscription-key",
];

/// The number that `digits` write: `1*DIGIT`, and nothing else. `None` if it is anything else, or
/// more than 64 bits hold.
///
/// ```
/// use wirestep::wire::fields::decimal;
///
/// assert_eq!((decimal(b"0013"), decimal(b"+13"), decimal(b"")), (Some(13), None, None));
/// ```
pub fn decimal(digits: &[u8]) -> Option<u64> {
    number(digits, 10)
}

/// Whether these octets are `1*DIGIT`, of whatever size: what [`decimal`] refuses is then too
/// large.
pub fn is_decimal(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(u8::is_ascii_digit)
}

/// The number that `digits` write: `1*HEXDIG`, and nothing else. `None` if it is anything else, or
/// more than 64 bits hold.
pub fn hexadecimal(digits: &[u8]) -> Option<u64> {
    number(digits, 16)
}

fn number(digits: &[u8], radix: u32) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        number.checked_mul(radix.into())?.checked_add(digit.into())
    })
}
