//! An error or a warning about a script, with line, column and caret.
//!
//! ```text
//! error: unknown verb "chunck"
//!  --> 05-chunk.lesson:9:1
//!   |
//! 9 | chunck "Hello, "
//!   | ^^^^^^ expected a step, such as head, chunk or wait; did you mean chunk?
//! ```
//!
//! The first line says what is wrong, the text after the caret what to write instead. Lines and
//! columns are counted from 1, columns in characters. All errors of a script are reported, not only
//! the first one. A warning is about octets that are legal but surprising, or wrong: in a lesson
//! they may be intended, and then the script says `intended`.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::wire::visible::in_place;

/// Whether a script can be played in spite of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The script cannot be played.
    Error,
    /// The script can be played; its author may not have intended this.
    Warning,
}

/// One thing that is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// An error or a warning.
    pub severity: Severity,
    /// The line, counted from 1.
    pub line: usize,
    /// The column of its first character, counted from 1, in characters.
    pub column: usize,
    /// Characters that it is about; 0 if something is missing at that column.
    pub length: usize,
    /// What is wrong, as one clause: `expected a time, found "1h"`.
    pub message: String,
    /// What to write instead, or why it is wrong.
    pub hint: String,
}

/// Some characters of one line of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct SourcePosition {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// Of the first character, counted from 1.
    pub(super) column: usize,
    /// Characters that are underlined.
    pub(super) length: usize,
}

impl Diagnostic {
    pub(super) fn error(position: SourcePosition, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, position, message.into(), hint.into())
    }

    pub(super) fn warning(position: SourcePosition, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, position, message.into(), hint.into())
    }

    fn new(severity: Severity, position: SourcePosition, message: String, hint: String) -> Diagnostic {
        let SourcePosition { line, column, length } = position;
        Diagnostic { severity, line, column, length, message, hint }
    }

    /// The diagnostic with the line of `text` that it is about, and a caret below it. `name` is the
    /// name of the script in the second line.
    pub fn show<'a>(&'a self, name: &'a str, text: &'a str) -> impl fmt::Display + 'a {
        Rendered { diagnostic: self, name, text }
    }
}

/// All diagnostics of one script, each as [`Diagnostic::show`] shows it, with blank lines between
/// them.
pub fn show_all(diagnostics: &[Diagnostic], name: &str, text: &str) -> String {
    let shown: Vec<String> = diagnostics.iter().map(|it| it.show(name, text).to_string()).collect();
    shown.join("\n")
}

/// A word of a script in a message: quoted, or `nothing` if there is none.
pub(super) fn found(word: &str) -> String {
    if word.is_empty() { "nothing".to_owned() } else { format!("{word:?}") }
}

struct Rendered<'a> {
    diagnostic: &'a Diagnostic,
    name: &'a str,
    text: &'a str,
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { severity, line, column, length, message, hint } = self.diagnostic;
        let severity = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let source = in_place(self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default());
        let before: String = source.chars().take(column.saturating_sub(1)).collect();
        let under: String = source.chars().skip(column.saturating_sub(1)).take(*length).collect();
        let (indent, carets) = (before.width(), under.width().max(1));
        let gutter = line.to_string().len();
        writeln!(out, "{severity}: {}", in_place(message))?;
        writeln!(out, "{:gutter$}--> {}:{line}:{column}", "", in_place(self.name))?;
        writeln!(out, "{:gutter$} |", "")?;
        writeln!(out, "{line} | {}", shorten(&source, before.chars().count() + *length))?;
        let (carets, hint) = ("^".repeat(carets.min(LONGEST_LINE)), in_place(hint));
        writeln!(out, "{:gutter$} | {:indent$}{carets} {hint}", "", "")
    }
}

/// At most [`LONGEST_LINE`] characters of `line`, and always the first `needed` ones.
fn shorten(line: &str, needed: usize) -> String {
    let limit = LONGEST_LINE.max(needed + 1);
    if line.chars().count() <= limit {
        return line.to_owned();
    }
    line.chars().take(limit).chain(['…']).collect()
}

/// Characters of a line that are shown.
const LONGEST_LINE: usize = 160;
