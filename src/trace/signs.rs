//! How octets are written in a row, for what the terminal can show.
//!
//! ```text
//! Pictures   data:a␊        where encoding and font are likely to have them
//! Escapes    data:a\n       as in a lesson's script; a backslash is \\
//! ASCII      \u{c548}       where the encoding has no more (LANG=C)
//! ```
//!
//! `␍` and `␊` are in few of the fonts that terminals use, and the kernel's console has none of
//! them. What can be shown at all is decided by [`crate::wire::visible`]; this is only how.

use std::fmt::Write as _;

use crate::wire::visible::Shown;

/// How octets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// Line ends are pictures (`␊`) and not escapes (`\n`).
    pub has_pictures: bool,
    /// Only ASCII can be shown.
    pub is_ascii: bool,
}

impl Signs {
    /// Pictures, and every character that is harmless.
    pub const PICTURES: Signs = Signs { has_pictures: true, is_ascii: false };
    /// Escapes, and every character that is harmless.
    pub const ESCAPES: Signs = Signs { has_pictures: false, is_ascii: false };

    /// Columns that it takes.
    pub(super) fn width(self, shown: Shown) -> usize {
        match shown {
            Shown::Character('\\') if !self.has_pictures => 2,
            Shown::Character(' '..='~') => 1,
            Shown::Character(character) if self.is_ascii => Shown::Scalar(character).width(),
            Shown::Picture(_) if !self.has_pictures => 2,
            Shown::Character(_) | Shown::Picture(_) | Shown::Octet(_) | Shown::Scalar(_) => shown.width(),
        }
    }

    /// Appends it to `text`.
    pub(super) fn push(self, shown: Shown, text: &mut String) {
        match shown {
            Shown::Character('\\') if !self.has_pictures => text.push_str("\\\\"),
            Shown::Character(character) if self.is_ascii && !character.is_ascii() => {
                let _ = write!(text, "{}", Shown::Scalar(character));
            }
            Shown::Picture('␍') if !self.has_pictures => text.push_str("\\r"),
            Shown::Picture('␊') if !self.has_pictures => text.push_str("\\n"),
            Shown::Picture(_) if !self.has_pictures => text.push_str("\\t"),
            Shown::Character(character) | Shown::Picture(character) => text.push(character),
            // Writing to a String cannot fail.
            Shown::Octet(_) | Shown::Scalar(_) => drop(write!(text, "{shown}")),
        }
    }

    /// What stands for octets of a token that are in another piece.
    pub(super) const fn ellipsis(self) -> &'static str {
        if self.is_ascii { ".." } else { "…" }
    }
}
