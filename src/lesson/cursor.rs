//! Reading one line of a script, from left to right.
//!
//! A [`Cursor`] knows where it is, so that whatever it does not find it can say where it should have been. Errors are
//! values of [`Diagnostic`]; the parser collects them and goes on with the next line.

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

/// A fragment of a quoted string: octets, or the name that stands in a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fragment<'a> {
    Octets(Vec<u8>),
    Name(&'a str, SourcePosition),
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, line: usize) -> Cursor<'a> {
        Cursor { text, at: 0, line }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Where it is now, `length` characters long.
    pub(super) fn position(&self, length: usize) -> SourcePosition {
        self.position_of(self.at, length)
    }

    fn position_of(&self, at: usize, length: usize) -> SourcePosition {
        let before = self.text.get(..at).unwrap_or_default();
        SourcePosition { line: self.line, column: before.chars().count() + 1, length }
    }

    /// The whole of what is left.
    pub(super) fn position_of_rest(&self) -> SourcePosition {
        self.position(self.rest().trim_end().chars().count())
    }

    /// Nothing more of this line is looked at.
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

    /// The next word, without taking it.
    pub(super) fn peek(&self) -> &'a str {
        self.clone().word().0
    }

    /// Takes `mark` if it comes next.
    pub(super) fn accept(&mut self, mark: &str) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(mark);
        if is_there {
            self.at += mark.len();
        }
        is_there
    }

    /// Letters, digits, `-`, `_` and `.`: a name, a number or a time.
    pub(super) fn name(&mut self) -> (&'a str, SourcePosition) {
        self.skip_space();
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let position = self.position(end);
        self.at += end;
        (&rest[..end], position)
    }

    /// A string in quotation marks, decoded.
    ///
    /// # Errors
    /// It does not begin, does not end, or holds an escape that does not exist.
    pub(super) fn quoted(&mut self) -> Result<Vec<Fragment<'a>>, Diagnostic> {
        self.skip_space();
        let start = self.at;
        if !self.accept("\"") {
            let length = self.peek().chars().count();
            return Err(Diagnostic::error(
                self.position(length),
                "this is no text in quotation marks",
                "expected \"...\", such as \"hello\\n\"",
            ));
        }
        let mut fragments = Vec::new();
        let mut octets = Vec::new();
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                let position = self.position_of(start, self.text[start..].trim_end().chars().count());
                return Err(Diagnostic::error(
                    position,
                    "the text does not end",
                    "expected a closing \" on the same line",
                ));
            };
            match c {
                '"' => {
                    self.at += 1;
                    break;
                }
                '\\' => self.escape(&mut octets)?,
                '{' => match self.hole()? {
                    Some((name, position)) => {
                        fragments.push(Fragment::Octets(std::mem::take(&mut octets)));
                        fragments.push(Fragment::Name(name, position));
                    }
                    None => octets.push(b'{'),
                },
                _ => {
                    octets.extend_from_slice(c.to_string().as_bytes());
                    self.at += c.len_utf8();
                }
            }
        }
        fragments.push(Fragment::Octets(octets));
        Ok(fragments)
    }

    /// All that is left, as it stands; only holes are seen.
    pub(super) fn literal(&mut self) -> Result<Vec<Fragment<'a>>, Diagnostic> {
        let mut fragments = Vec::new();
        let mut octets = Vec::new();
        while let Some(c) = self.rest().chars().next() {
            if c == '{' {
                match self.hole()? {
                    Some((name, position)) => {
                        fragments.push(Fragment::Octets(std::mem::take(&mut octets)));
                        fragments.push(Fragment::Name(name, position));
                    }
                    None => octets.push(b'{'),
                }
            } else {
                octets.extend_from_slice(c.to_string().as_bytes());
                self.at += c.len_utf8();
            }
        }
        fragments.push(Fragment::Octets(octets));
        Ok(fragments)
    }

    // "{name}" is a hole, "{{" is one brace, and any other brace is itself: JSON is full of them.
    fn hole(&mut self) -> Result<Option<(&'a str, SourcePosition)>, Diagnostic> {
        let rest = self.rest();
        if rest.starts_with("{{") {
            self.at += 2;
            return Ok(None);
        }
        let name = rest[1..].split('}').next().unwrap_or_default();
        let is_hole = rest.len() > name.len() + 1 && is_name(name);
        let position = self.position(name.len() + 2);
        self.at += if is_hole { name.len() + 2 } else { 1 };
        Ok(is_hole.then_some((name, position)))
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
                Some(octet) => (4, octet as u8),
                None => return Err(self.bad_escape(4, "expected two hexadecimal digits, such as \\xEC")),
            },
            _ => return Err(self.bad_escape(2, "expected one of \\r \\n \\t \\0 \\\" \\\\ \\{ \\xNN")),
        };
        octets.push(octet);
        self.at += length;
        Ok(())
    }

    fn bad_escape(&self, length: usize, expected: &str) -> Diagnostic {
        let escape: String = self.rest().chars().take(length).take_while(|c| *c != '"').collect();
        Diagnostic::error(
            self.position(escape.chars().count().max(1)),
            format!("there is no escape {escape}"),
            expected,
        )
    }

    /// The comment behind a step, if there is one.
    ///
    /// # Errors
    /// There is something else.
    pub(super) fn end(&mut self, expected: &str) -> Result<Option<String>, Diagnostic> {
        self.skip_space();
        match self.rest().strip_prefix('#') {
            Some(comment) => Ok(Some(comment.trim().to_owned())),
            None if self.rest().is_empty() => Ok(None),
            None => Err(Diagnostic::error(self.position_of_rest(), "this is too much", expected)),
        }
    }
}

/// A name of a parameter or a counter: a letter, then letters, digits, `-` and `_`.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 32
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}
