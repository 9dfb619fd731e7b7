//! Credentials, which no sink shows: each octet of them becomes an asterisk, so that every offset
//! stays true.
//!
//! ```text
//! Authorization: Bearer sk-12345     Authorization: ****** ********
//! Cookie: session=8f3a               Cookie: ************
//! ```
//!
//! Where the head follows its grammar, the dissector says which octets are the value of such a
//! field. Where it does not, or was not seen from its beginning, lines are looked through for the
//! names, so that a fault cannot uncover anything.

use std::borrow::Cow;
use std::ops::Range;

use crate::wire::fields::is_secret_field;

/// `octets` with an asterisk for each octet of `secrets`.
pub(super) fn mask<'a>(octets: &'a [u8], secrets: &[Range<usize>]) -> Cow<'a, [u8]> {
    if secrets.is_empty() {
        return Cow::Borrowed(octets);
    }
    let mut masked = octets.to_vec();
    for secret in secrets {
        if let Some(secret) = masked.get_mut(secret.clone()) {
            secret.fill(b'*');
        }
    }
    Cow::Owned(masked)
}

/// The line that the octets of one direction have come to: a name may be cut, and a value.
#[derive(Debug, Clone, Default)]
pub(super) struct LineSoFar {
    /// Its beginning; more than [`LONGEST_NAME`] octets are no name, and not kept.
    start: Vec<u8>,
    is_overlong: bool,
    /// It is the value of a field with a credential.
    is_secret: bool,
}

impl LineSoFar {
    /// Where credentials stand in `octets`, which have no labels.
    pub(super) fn secrets_in(&mut self, octets: &[u8]) -> Vec<Range<usize>> {
        let (mut secrets, mut at) = (Vec::new(), 0);
        while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
            let length = rest.iter().position(|octet| is_line_end(*octet)).unwrap_or(rest.len());
            let line = &rest[..length];
            let before = self.start.len();
            self.add(line);
            if self.is_secret {
                secrets.push(at..at + length);
            } else if let Some(value) = value_of_secret(&self.start) {
                self.is_secret = true;
                secrets.push(at + value.saturating_sub(before)..at + length);
            }
            if length < rest.len() {
                *self = LineSoFar::default();
            }
            at += length + 1;
        }
        secrets
    }

    /// `octets` passed, and have labels; `is_secret` says that a credential is not complete.
    pub(super) fn pass(&mut self, octets: &[u8], is_secret: bool) {
        let window = octets.len().saturating_sub(LONGEST_NAME);
        let line = match octets[window..].iter().rposition(|octet| is_line_end(*octet)) {
            Some(end) => {
                *self = LineSoFar::default();
                &octets[window + end + 1..]
            }
            None => octets,
        };
        self.add(line);
        self.is_secret = is_secret;
    }

    fn add(&mut self, line: &[u8]) {
        let room = LONGEST_NAME.saturating_sub(self.start.len());
        self.is_overlong |= line.len() > room;
        if !self.is_overlong || self.start.len() < LONGEST_NAME {
            self.start.extend(&line[..line.len().min(room)]);
        }
    }
}

/// Where the value begins, if the line is a field with a credential; white space before the colon
/// is taken as well.
fn value_of_secret(line: &[u8]) -> Option<usize> {
    let colon = line.iter().take(LONGEST_NAME).position(|octet| *octet == b':')?;
    let name = line.get(..colon)?.trim_ascii().to_ascii_lowercase();
    is_secret_field(&name).then_some(colon + 1)
}

fn is_line_end(octet: u8) -> bool {
    matches!(octet, b'\r' | b'\n')
}

/// Octets before the colon that are looked at.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// The text as it is shown, when it comes in pieces of this size.
    fn masked(text: &str, piece: usize) -> String {
        let mut line = LineSoFar::default();
        let shown = text.as_bytes().chunks(piece).map(|octets| mask(octets, &line.secrets_in(octets)).into_owned());
        String::from_utf8(shown.collect::<Vec<_>>().concat()).expect("ASCII")
    }

    #[test]
    fn a_line_without_labels_is_looked_through_for_the_names_in_whatever_pieces_it_comes() {
        let text = "half of a line\r\nAuthorization : Bearer x\r\nX: cookie: 1\r\ncookie:a=1\rX: y";
        let expected = "half of a line\r\nAuthorization :*********\r\nX: cookie: 1\r\ncookie:***\rX: y";
        for piece in 1..=text.len() {
            assert_eq!(masked(text, piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_for_a_name_is_no_field() {
        let text = format!("{}:x\r\nCookie: y", "cookie".repeat(20));
        assert_eq!(masked(&text, 7), format!("{}:x\r\nCookie:**", "cookie".repeat(20)));
    }
}
