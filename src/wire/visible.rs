//! What may be shown of octets that a peer has chosen, written once for every view.
//!
//! ```text
//! octets         shown
//! h i CR LF      hi␍␊           line ends have pictures
//! ESC [ 2 J      \x1b[2J        a terminal would obey it
//! U+202E         \u{202e}       it would turn the text beside it round
//! EA B0          \xea\xb0       no valid UTF-8, or a character that is cut
//! 한             한             text is shown as it is
//! ```
//!
//! What clients send is shown on a teacher's screen, so nothing of it may act there: not as a
//! command, not by being invisible, not by drawing one of the pictures that stand for a line end.
//!
//! For the next editor: if in doubt, a character is written out. Every sink asks [`is_harmless`]
//! and nothing else.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One character of a peer's octets, or one octet that belongs to none, as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is harmless, and shown as it is.
    Character(char),
    /// A control character that has a picture: `␍`, `␊` or `␉`.
    Picture(char),
    /// An octet that is written out: `\x1b`.
    Octet(u8),
    /// A character that is written out: `\u{202e}`.
    Scalar(char),
}

impl Shown {
    /// How one character is shown.
    pub fn of(character: char) -> Shown {
        match character {
            ' '..='~' => Shown::Character(character),
            '\r' => Shown::Picture('␍'),
            '\n' => Shown::Picture('␊'),
            '\t' => Shown::Picture('␉'),
            '\0'..='\x1f' | '\x7f' => Shown::Octet(character as u8),
            _ if is_harmless(character) => Shown::Character(character),
            _ => Shown::Scalar(character),
        }
    }

    /// Octets that it stands for.
    pub fn octets(self) -> usize {
        match self {
            Shown::Character(character) | Shown::Scalar(character) => character.len_utf8(),
            Shown::Picture(_) | Shown::Octet(_) => 1,
        }
    }

    /// Columns that it takes: a Korean syllable takes two.
    pub fn width(self) -> usize {
        match self {
            Shown::Character(' '..='~') | Shown::Picture(_) => 1,
            Shown::Character(character) => character.width().unwrap_or(0),
            Shown::Octet(_) => 4,
            Shown::Scalar(_) => self.to_string().width(),
        }
    }

    /// It is shown as it is, and not by a picture or an escape.
    pub fn is_itself(self) -> bool {
        matches!(self, Shown::Character(_))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        match self {
            Shown::Character(character) | Shown::Picture(character) => f.write_char(*character),
            Shown::Octet(octet) => write!(f, "\\x{octet:02x}"),
            Shown::Scalar(character) => write!(f, "\\u{{{:x}}}", u32::from(*character)),
        }
    }
}

/// Octets, as they may be shown.
///
/// ```
/// use wirestep::wire::visible::shown;
///
/// let text: String = shown(b"a\x1b[2J\xff\r\n").map(|shown| shown.to_string()).collect();
/// assert_eq!(text, "a\\x1b[2J\\xff␍␊");
/// ```
pub fn shown(octets: &[u8]) -> impl Iterator<Item = Shown> {
    octets
        .utf8_chunks()
        .flat_map(|piece| piece.valid().chars().map(Shown::of).chain(piece.invalid().iter().copied().map(Shown::Octet)))
}

/// All of `octets` as text that may be shown.
pub fn visible(octets: &[u8]) -> String {
    use fmt::Write as _;
    shown(octets).fold(String::with_capacity(octets.len()), |mut text, shown| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{shown}");
        text
    })
}

/// A line of text in which each character keeps its place: HTAB becomes a space, and what may not
/// be shown U+FFFD.
pub fn in_place(line: &str) -> String {
    let shown = |character| match character {
        '\t' => ' ',
        _ if is_harmless(character) => character,
        _ => '\u{fffd}',
    };
    line.chars().map(shown).collect()
}

/// It is seen, and it changes nothing but its own place.
pub fn is_harmless(character: char) -> bool {
    match character {
        ' '..='~' | '\u{ac00}'..='\u{d7a3}' => true,
        // The pictures of this very trace: a client could draw a line end where there is none.
        '␍' | '␊' | '␉' => false,
        // Directions of text, separators of lines, annotations; fillers, which are letters without
        // a shape.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        '\u{fff0}'..='\u{fffb}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => false,
        // The vowels and finals of a Korean syllable written in parts have no width of their own.
        '\u{1161}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}' => true,
        _ => !character.is_control() && character.width().is_some_and(|width| width > 0),
    }
}
