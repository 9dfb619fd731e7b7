//! Paths that are the same path: percent-encoded unreserved characters (RFC 3986 section 6.2.2.2).
//!
//! ```text
//! /%70lain          /plain
//! /topics/a%2Fb     stays: a slash is reserved
//! ```

use std::borrow::Cow;

use crate::wire::fields::hexadecimal;

/// The path with its unreserved characters decoded.
pub(super) fn normalise(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        match unreserved(rest) {
            Some(character) => {
                decoded.push(character);
                rest = &rest[3..];
            }
            None => {
                decoded.push('%');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

// pct-encoded = "%" HEXDIG HEXDIG; unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"
fn unreserved(encoded: &str) -> Option<char> {
    let octet = hexadecimal(encoded.as_bytes().get(1..3)?)?;
    let character = char::from(u8::try_from(octet).ok()?);
    (character.is_ascii_alphanumeric() || "-._~".contains(character)).then_some(character)
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn unreserved_characters_are_decoded_and_nothing_else_is() {
        for (path, same) in [
            ("/plain", "/plain"),
            ("/%70lain", "/plain"),
            ("/api/%73se/%65vents", "/api/sse/events"),
            ("/topics/a%2Fb", "/topics/a%2Fb"),
            ("/%7E%7e%2e", "/~~."),
            ("/%", "/%"),
            ("/%7", "/%7"),
            ("/%zz%70", "/%zzp"),
            ("/%ED%95%9C", "/%ED%95%9C"),
        ] {
            assert_eq!(normalise(path), same, "{path}");
        }
    }
}
