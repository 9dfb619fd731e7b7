//! Credentials, which no sink shows: each octet of them becomes an asterisk, so that every offset stays true.
//!
//! ```text
//! Authorization: Bearer sk-12345     Authorization: ****** ********
//! Cookie: session=8f3a               Cookie: ************
//! ```
//!
//! Where the head follows its grammar, the dissector says which octets are the value of such a field. Where it does not,
//! or was not seen from its beginning, lines are looked through for the names, so that a fault cannot uncover anything.

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

/// Where credentials stand in octets without labels. `is_inside` says that the first line goes on with one; the second
/// result says the same of the octets that will come.
pub(super) fn secrets_in_lines(octets: &[u8], is_inside: bool) -> (Vec<Range<usize>>, bool) {
    let (mut secrets, mut at, mut is_inside) = (Vec::new(), 0, is_inside);
    while let Some(line) = octets.get(at..).filter(|rest| !rest.is_empty()) {
        let length = line.iter().position(|octet| is_line_end(*octet)).unwrap_or(line.len());
        let start = if is_inside { Some(0) } else { value_of_secret(&line[..length]) };
        if let Some(start) = start {
            secrets.push(at + start..at + length);
        }
        is_inside = start.is_some() && length == line.len();
        at += length + 1;
    }
    (secrets, is_inside)
}

/// Where the value begins, if the line is a field with a credential; white space before the colon is taken as well.
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

    fn masked(text: &str, is_inside: bool) -> (String, bool) {
        let (secrets, is_inside) = secrets_in_lines(text.as_bytes(), is_inside);
        (String::from_utf8(mask(text.as_bytes(), &secrets).into_owned()).expect("ASCII"), is_inside)
    }

    #[test]
    fn a_line_without_labels_is_looked_through_for_the_names() {
        let text = "half of a line\r\nAuthorization : Bearer x\nX: cookie: 1\r\ncookie:a=1\rX: y";
        let expected = "half of a line\r\nAuthorization :*********\nX: cookie: 1\r\ncookie:***\rX: y";
        assert_eq!(masked(text, false), (expected.to_owned(), false));
    }

    #[test]
    fn a_value_that_is_cut_is_masked_on_both_sides() {
        assert_eq!(masked("x-api-key: ab", false), ("x-api-key:***".to_owned(), true));
        assert_eq!(masked("cd\r\nA: b", true), ("**\r\nA: b".to_owned(), false));
        assert_eq!(masked("cd", true), ("**".to_owned(), true));
    }
}
