//! What is wrong with a script, said so that its author can mend it.
//!
//! ```text
//! error: there is no verb "chunck"
//!   --> 05-chunk.lesson:9:1
//!    |
//!  9 | chunck "Hello, "
//!    | ^^^^^^ expected a step, such as chunk; did you mean chunk?
//! ```
//!
//! An error says what stands there, where (line and column, counted from 1, in characters), and what was expected. A
//! script has all its errors reported, not only the first. A warning is about a wire that is legal but surprising, or
//! broken: in a lesson that may be the point, and then the script says `intended`.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::wire::visible::in_place;

/// Whether a script can be played in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It cannot be played.
    Error,
    /// It can; its author may not have meant it.
    Warning,
}

/// One thing that is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in characters.
    pub column: usize,
    /// How many characters it is about; 0 at the end of a line.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What was expected, or what can be done.
    pub expected: String,
}

/// A place in a script: a line, and characters of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct SourcePosition {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

impl Diagnostic {
    pub(super) fn error(
        position: SourcePosition,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(Severity::Error, position, message.into(), expected.into())
    }

    pub(super) fn warning(
        position: SourcePosition,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(Severity::Warning, position, message.into(), expected.into())
    }

    fn new(severity: Severity, position: SourcePosition, message: String, expected: String) -> Diagnostic {
        let SourcePosition { line, column, length } = position;
        Diagnostic { severity, line, column, length, message, expected }
    }

    /// The problem as it is shown to a person: with the line it is in, and a caret. `name` is what the script is called.
    pub fn show<'a>(&'a self, name: &'a str, text: &'a str) -> impl fmt::Display + 'a {
        Rendered { diagnostic: self, name, text }
    }
}

/// All problems of one script, one after the other, with a blank line between them.
pub fn show_all(diagnostics: &[Diagnostic], name: &str, text: &str) -> String {
    let shown: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.show(name, text).to_string()).collect();
    shown.join("\n")
}

struct Rendered<'a> {
    diagnostic: &'a Diagnostic,
    name: &'a str,
    text: &'a str,
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { severity, line, column, length, message, expected } = self.diagnostic;
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
        writeln!(out, "{:gutter$}--> {}:{line}:{column}", "", self.name)?;
        writeln!(out, "{:gutter$} |", "")?;
        writeln!(out, "{line} | {}", shorten(&source, before.chars().count() + *length))?;
        let (carets, expected) = ("^".repeat(carets.min(LONGEST_LINE)), in_place(expected));
        writeln!(out, "{:gutter$} | {:indent$}{carets} {expected}", "", "")
    }
}

fn shorten(line: &str, needed: usize) -> String {
    let limit = LONGEST_LINE.max(needed + 1);
    if line.chars().count() <= limit {
        return line.to_owned();
    }
    line.chars().take(limit).chain(['…']).collect()
}

/// Characters of a line that are shown.
const LONGEST_LINE: usize = 160;
