//! Reading one line of a script, from left to right.
//!
//! ```text
//! chunk "tick {n}\n"      # every second
//! ^^^^^ word
//!       ^^^^^^^^^^^^ quoted: Octets("tick "), Name("n"), Octets("\n")
//!                         ^^^^^^^^^^^^^^ end: the comment
//! ```
//!
//! A [`Cursor`] knows where it is, so an error has its position. Errors are values of
//! [`Diagnostic`]; the parser collects them and goes on with the next line.

use super::diagnostic::{Diagnostic, SourcePosition};
use crate::wire::fields::hexadecimal;

/// A line that is being read.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// In octets of `text`; always between two characters.
    at: usize,
    line: usize,
}

/// A fragment of a text: octets, or the name in a pair of braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fragment<'a> {
    Octets(Vec<u8>),
    Name(&'a str, SourcePosition),
}

impl<'a> Cursor<'a> {
    /// At the beginning of `text`, which is line number `line`.
    pub(super) fn new(text: &'a str, line: usize) -> Cursor<'a> {
        Cursor { text, at: 0, line }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next `length` characters.
    pub(super) fn position(&self, length: usize) -> SourcePosition {
        self.position_of(self.at, length)
    }

    fn position_of(&self, at: usize, length: usize) -> SourcePosition {
        let before = self.text.get(..at).unwrap_or_default();
        SourcePosition { line: self.line, column: before.chars().count() + 1, length }
    }

    /// All that has not been read yet, without spaces at its end.
    pub(super) fn position_of_rest(&self) -> SourcePosition {
        self.position(self.rest().trim_end().chars().count())
    }

    /// Leaves the rest of the line unread.
    pub(super) fn skip_to_end(&mut self) {
        self.at = self.text.len();
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Up to the next space; empty at the end of the line and before a comment.
    pub(super) fn word(&mut self) -> (&'a str, SourcePosition) {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = if rest.starts_with('#') { "" } else { &rest[..end] };
        let position = self.position(word.chars().count());
        self.at += word.len();
        (word, position)
    }

    /// The next word, without reading it.
    pub(super) fn peek(&self) -> &'a str {
        self.clone().word().0
    }

    /// Reads `mark` if it comes next, and says whether it did.
    pub(super) fn accept(&mut self, mark: &str) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(mark);
        if is_there {
            self.at += mark.len();
        }
        is_there
    }

    /// The longest run of letters and digits of ASCII, `-` and `_`; it may be empty.
    pub(super) fn name(&mut self) -> (&'a str, SourcePosition) {
        self.skip_space();
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let position = self.position(end);
        self.at += end;
        (&rest[..end], position)
    }

    /// Up to the next space that is not between quotation marks, without reading it; empty before
    /// a comment and before a quotation mark.
    pub(super) fn unquoted_run(&self) -> (&'a str, SourcePosition) {
        let rest = self.rest();
        let mut quotes = 0;
        let end = rest.find(|c: char| {
            quotes += usize::from(c == '"');
            c.is_whitespace() && quotes % 2 == 0
        });
        let run = if rest.starts_with(['#', '"']) { "" } else { &rest[..end.unwrap_or(rest.len())] };
        (run, self.position(run.chars().count()))
    }

    /// A text in quotation marks, decoded.
    ///
    /// # Errors
    /// It does not begin, does not end, or has an unknown escape.
    pub(super) fn quoted(&mut self) -> Result<Vec<Fragment<'a>>, Diagnostic> {
        self.skip_space();
        let start = self.at;
        if !self.accept("\"") {
            let position = self.position(self.peek().chars().count());
            let message = "expected text in quotation marks";
            return Err(Diagnostic::error(position, message, "expected \"...\", such as \"hello\\n\""));
        }
        let mut fragments = Vec::new();
        let mut octets = Vec::new();
        loop {
            match self.rest().chars().next() {
                None => return Err(self.no_closing_mark(start)),
                Some('"') => break,
                Some('\\') => self.escape(&mut octets)?,
                Some('{') => self.brace(&mut fragments, &mut octets),
                Some(character) => self.copy(character, &mut octets),
            }
        }
        self.accept("\"");
        fragments.push(Fragment::Octets(octets));
        Ok(fragments)
    }

    /// The rest of the line as it is written; only names in braces are special.
    pub(super) fn literal(&mut self) -> Vec<Fragment<'a>> {
        let mut fragments = Vec::new();
        let mut octets = Vec::new();
        while let Some(character) = self.rest().chars().next() {
            match character {
                '{' => self.brace(&mut fragments, &mut octets),
                _ => self.copy(character, &mut octets),
            }
        }
        fragments.push(Fragment::Octets(octets));
        fragments
    }

    fn copy(&mut self, character: char, octets: &mut Vec<u8>) {
        octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.at += character.len_utf8();
    }

    // "{name}" is filled in, "{{" is one brace, and any other brace is itself: JSON is full of
    // them.
    fn brace(&mut self, fragments: &mut Vec<Fragment<'a>>, octets: &mut Vec<u8>) {
        let rest = self.rest();
        let name = rest[1..].split('}').next().unwrap_or_default();
        let has_end = rest.len() > name.len() + 1;
        if rest.starts_with("{{") {
            octets.push(b'{');
            self.at += 2;
        } else if has_end && is_name(name) {
            fragments.push(Fragment::Octets(std::mem::take(octets)));
            fragments.push(Fragment::Name(name, self.position(name.len() + 2)));
            self.at += name.len() + 2;
        } else {
            octets.push(b'{');
            self.at += 1;
        }
    }

    fn escape(&mut self, octets: &mut Vec<u8>) -> Result<(), Diagnostic> {
        let rest = self.rest();
        let (length, octet) = match rest.as_bytes().get(1) {
            Some(b'r') => (2, b'\r'),
            Some(b'n') => (2, b'\n'),
            Some(b't') => (2, b'\t'),
            Some(b'0') => (2, 0),
            Some(b'"') => (2, b'"'),
            Some(b'\\') => (2, b'\\'),
            Some(b'{') => (2, b'{'),
            Some(b'x') => match rest.as_bytes().get(2..4).and_then(hexadecimal) {
                // Two digits are one octet.
                Some(number) => (4, number as u8),
                None => return Err(self.bad_escape(4, "expected two hexadecimal digits, such as \\xEC")),
            },
            _ => return Err(self.bad_escape(2, "expected one of \\r \\n \\t \\0 \\\" \\\\ \\{ \\xNN")),
        };
        octets.push(octet);
        self.at += length;
        Ok(())
    }

    fn bad_escape(&self, length: usize, hint: &str) -> Diagnostic {
        let escape: String = self.rest().chars().take(length).take_while(|c| *c != '"').collect();
        let position = self.position(escape.chars().count().max(1));
        Diagnostic::error(position, format!("unknown escape {escape}"), hint)
    }

    fn no_closing_mark(&self, start: usize) -> Diagnostic {
        let text = self.text.get(start..).unwrap_or_default();
        let position = self.position_of(start, text.trim_end().chars().count());
        let message = "the text has no closing quotation mark";
        Diagnostic::error(position, message, "expected \" on the same line")
    }

    /// The comment at the end of the line, if there is one.
    ///
    /// # Errors
    /// There is other text.
    pub(super) fn end(&mut self, hint: &str) -> Result<Option<String>, Diagnostic> {
        self.skip_space();
        match self.rest().strip_prefix('#') {
            Some(comment) => Ok(Some(comment.trim().to_owned())),
            None if self.rest().is_empty() => Ok(None),
            None => Err(Diagnostic::error(self.position_of_rest(), "unexpected text", hint)),
        }
    }
}

/// Whether `text` can name a parameter or a counter: a letter, then letters, digits, `-` and `_`,
/// at most 32 characters.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 32
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}
