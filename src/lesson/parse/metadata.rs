//! What a script says about itself: a key, a colon, and text that deeper lines continue.
//!
//! ```text
//! title: Anatomy of a chunk
//! predict:
//!   How does curl know when to stop?
//!   How many octets will the line before "Hello, " have?
//! ```

use super::super::cursor::Cursor;
use super::super::diagnostic::{Diagnostic, SourcePosition};
use super::parser::{Parsed, Parser, SourceLine};
use super::spelling::suggestion;
use crate::wire::language::Note;

impl Parser {
    /// The line `key: text`, and the lines below it.
    pub(super) fn metadata(
        &mut self,
        key: &str,
        position: SourcePosition,
        cursor: &Cursor<'_>,
        more: &[SourceLine<'_>],
    ) -> Parsed<()> {
        self.note = Note::default();
        let Some(key) = KEYS.iter().find(|known| **known == key) else {
            let hint = format!("expected one of {}{}", KEYS.join(", "), suggestion(key, KEYS));
            return Err(Diagnostic::error(position, format!("unknown key {key:?}"), hint));
        };
        if self.has_steps {
            let message = format!("the key {key:?} comes after a step");
            return Err(Diagnostic::error(position, message, "expected before the first step"));
        }
        let value = joined(cursor.rest(), more);
        if value.is_empty() {
            return Err(Diagnostic::error(position, format!("the key {key:?} has no text"), "expected text after it"));
        }
        if *key != "try" && self.script.metadata.iter().any(|(other, _)| other == key) {
            return Err(Diagnostic::error(position, format!("duplicate key {key:?}"), "expected once"));
        }
        if *key == "client" && !CLIENTS.contains(&value.as_str()) {
            let hint = format!("expected one of {}{}", CLIENTS.join(", "), suggestion(&value, CLIENTS));
            return Err(Diagnostic::error(position, format!("unknown client {value:?}"), hint));
        }
        self.script.metadata.push((key, value));
        Ok(())
    }
}

/// Whether `word` is a key with its colon.
pub(super) fn is_key(word: &str) -> bool {
    word.strip_suffix(':').is_some_and(|key| KEYS.contains(&key))
}

/// The text after a key and that of the lines below it, with one space between them. Comment lines
/// are left out.
fn joined(first: &str, more: &[SourceLine<'_>]) -> String {
    let more = more.iter().map(|line| line.text.trim()).filter(|line| !line.starts_with('#'));
    let lines: Vec<&str> = std::iter::once(first.trim()).chain(more).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

const KEYS: &[&str] = &[
    "title",
    "title.ko",
    "question",
    "question.ko",
    "predict",
    "predict.ko",
    "why",
    "why.ko",
    "reads",
    "watch",
    "watch.ko",
    "client",
    "try",
];

/// The clients that a lesson can recommend: two of a browser, and a program that writes the octets
/// of its request.
const CLIENTS: &[&str] = &["EventSource", "fetch", "raw"];
