//! From text to instructions: the grammar of a script.
//!
//! ```text
//! script    = *( metadata / param / comment / blank ) *( step / take )
//! metadata  = key ":" text                             deeper lines below it continue the text
//! param     = "param" name "=" default [ "(" limits ")" ]
//! take      = "take" condition *( "and" condition )    the steps below it are for such requests
//! step      = verb [ argument ] [ "#" comment ]
//! fields    = deeper lines below head, last-chunk and event; sent as they are written
//! ```
//!
//! A comment explains the step below it, or the one in its line. A blank line after a comment makes
//! it a remark for readers of the script.
//!
//! - `parser`: what has been read so far, shared by the others.
//! - `spelling`: what was probably meant.
//! - `text`, `amount`: the arguments of steps.
//! - `block`: what comes between a verb and its `end`.
//! - `metadata`, `parameter`, `case`: lines that are no steps.
//!
//! For the next editor: a line with an error is one diagnostic, and parsing goes on with the next
//! line. A new verb needs a row in [`VERBS`], an arm in [`Parser::step`], a variant of [`Act`], and
//! its paragraph in `docs/lessons.md`.

mod amount;
mod block;
mod case;
mod metadata;
mod parameter;
mod parser;
mod spelling;
mod text;

use self::amount::send_buffer;
use self::metadata::is_key;
use self::parser::{Parsed, Parser, SourceLine, add_comment};
use self::spelling::suggestion;
use super::case::{Case, Script};
use super::cursor::Cursor;
use super::diagnostic::{Diagnostic, SourcePosition};
use super::limits::MAX_DIAGNOSTICS;
use super::script::{Act, Op};
use crate::wire::fields::{hexadecimal, is_tchar};
use crate::wire::language::Note;

/// Reads a script. With errors among the diagnostics, what was read is incomplete.
pub(super) fn parse(text: &str) -> (Script, Vec<Diagnostic>) {
    let mut parser = Parser::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().zip(1..).map(|(text, number)| SourceLine { number, text });
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        let mut below = Vec::new();
        while let Some(next) = lines.next_if(|next| takes_lines(line.text) && is_deeper(line.text, next.text)) {
            below.push(next);
        }
        parser.line(line, &below);
        if parser.diagnostics.len() >= MAX_DIAGNOSTICS {
            break;
        }
    }
    parser.finish(text.lines().count());
    (parser.script, parser.diagnostics)
}

/// Whether deeper lines below this one belong to it.
fn takes_lines(line: &str) -> bool {
    let first = line.split_whitespace().next();
    matches!(first, Some("head" | "last-chunk" | "event")) || first.is_some_and(is_key)
}

fn is_deeper(line: &str, next: &str) -> bool {
    !next.trim().is_empty() && indent(next) > indent(line)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a line that begins with `word` looks like `Name: value`.
fn is_field_line(word: &str) -> bool {
    word.split_once(':').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(is_tchar))
}

const FIELD_LINES: &str = "expected below head, last-chunk or event, indented deeper; \
                           an extension of a chunk comes before its text: chunk ;name=value \"...\"";
const AFTER_STEP: &str = "expected the end of the line, or # and a comment";
const AFTER_TEXT: &str = "expected the end of the line, or # and a comment; a quotation mark in a text is \\\"";

const VERBS: &[&str] = &[
    "head",
    "chunk",
    "last-chunk",
    "data",
    "raw",
    "event",
    "comment",
    "wait",
    "hold",
    "fin",
    "rst",
    "repeat",
    "together",
    "split",
    "end",
    "take",
    "param",
    "intended",
    "idle",
    "send-buffer",
];

impl Parser {
    fn line(&mut self, line: SourceLine<'_>, below: &[SourceLine<'_>]) {
        let mut cursor = Cursor::new(line.text, line.number);
        cursor.skip_space();
        if cursor.rest().is_empty() {
            self.note = Note::default();
            return;
        }
        if let Some(comment) = cursor.rest().strip_prefix('#') {
            add_comment(&mut self.note, comment);
            return;
        }
        if let Err(diagnostic) = self.statement(cursor, below) {
            self.diagnostics.push(diagnostic);
            self.note = Note::default();
            self.intended = false;
        }
    }

    fn statement(&mut self, mut cursor: Cursor<'_>, below: &[SourceLine<'_>]) -> Parsed<()> {
        let (word, position) = cursor.word();
        if word == "intended" || word == "intended:" {
            self.intended = true;
            return Ok(());
        }
        if self.has_steps && is_field_line(word) && !is_key(word) {
            return Err(Diagnostic::error(position, "a field line belongs to no step here", FIELD_LINES));
        }
        if let Some(key) = word.strip_suffix(':') {
            return self.metadata(key, position, &cursor, below);
        }
        match word {
            "param" => self.parameter(cursor, position),
            "take" => self.begin_case(cursor, position),
            "end" => self.end_block(cursor, position),
            _ => self.step(word, position, cursor, below),
        }
    }

    fn step(
        &mut self,
        verb: &str,
        position: SourcePosition,
        mut cursor: Cursor<'_>,
        below: &[SourceLine<'_>],
    ) -> Parsed<()> {
        if VERBS.contains(&verb) {
            self.has_steps = true;
        }
        if let Some(block) = match verb {
            "repeat" => Some("repeat"),
            "together" => Some("together"),
            "split" => Some("split"),
            _ => None,
        } {
            return self.begin_block(block, position, cursor);
        }
        let act = match verb {
            "head" => self.head(&mut cursor, below)?,
            "chunk" => self.chunk(&mut cursor)?,
            "last-chunk" => self.last_chunk(&mut cursor, below)?,
            "data" => Act::Data(self.text(&mut cursor, "data")?),
            "raw" => Act::Raw(self.text(&mut cursor, "raw")?),
            "event" => self.event(&mut cursor, position, below)?,
            "comment" => Act::Event(self.comment(&mut cursor)?),
            "wait" => Act::Wait(self.time(&mut cursor)?),
            "idle" => Act::Idle(self.time(&mut cursor)?),
            "hold" => Act::Hold,
            "fin" => Act::Fin,
            "rst" => Act::Rst,
            "send-buffer" => Act::SendBuffer(send_buffer(&mut cursor)?),
            _ => return Err(unknown_verb(verb, position)),
        };
        let has_text = matches!(act, Act::Chunk { .. } | Act::Data(_) | Act::Raw(_) | Act::Event(_));
        let comment = cursor.end(if has_text { AFTER_TEXT } else { AFTER_STEP })?;
        self.check_order(&act, position)?;
        self.warn_of_raw(&act, position);
        self.push(Op::Act(act), position, comment)
    }

    /// Warns if another verb sends the same octets: `raw` tells the reader that none does.
    fn warn_of_raw(&mut self, act: &Act, position: SourcePosition) {
        let Act::Raw(text) = act else { return };
        if let Some(verb) = text.fixed().and_then(verb_for) {
            self.warn(position, format!("these octets are what {verb} sends"), format!("use {verb}"));
        }
    }

    fn finish(&mut self, lines: usize) {
        self.close_blocks();
        if self.case.is_none() {
            let position = SourcePosition { line: 1, column: 1, length: 0 };
            self.case = Some(Case { conditions: Vec::new(), position, program: std::mem::take(&mut self.prefix) });
        }
        if self.program().is_empty() && !self.has_steps && !self.has_errors_from(1) {
            let position = SourcePosition { line: lines.max(1), column: 1, length: 0 };
            self.diagnostics.push(Diagnostic::error(
                position,
                "the script has no steps",
                "expected a step, such as: head 200 OK",
            ));
            return;
        }
        self.end_case();
    }
}

/// The verb that sends exactly these octets, if there is one.
fn verb_for(octets: &[u8]) -> Option<&'static str> {
    if octets == b"0\r\n\r\n" {
        return Some("last-chunk");
    }
    if octets.starts_with(b"HTTP/1.1 ") && octets.ends_with(b"\r\n\r\n") && is_plain_head(octets) {
        return Some("head");
    }
    let line_end = octets.windows(2).position(|pair| pair == b"\r\n")?;
    let size = usize::try_from(hexadecimal(&octets[..line_end])?).ok()?;
    let data = octets.len().checked_sub(line_end + 4)?;
    (size > 0 && size == data && octets.ends_with(b"\r\n")).then_some("chunk")
}

fn is_plain_head(octets: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(octets) else { return false };
    let mut lines = text.trim_end_matches("\r\n").split("\r\n").skip(1);
    lines.all(|line| line.split_once(':').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(is_tchar)))
        && !text.replace("\r\n", "").contains(['\r', '\n'])
}

fn unknown_verb(verb: &str, position: SourcePosition) -> Diagnostic {
    let near = suggestion(verb, VERBS);
    Diagnostic::error(
        position,
        format!("unknown verb {verb:?}"),
        format!("expected a step, such as head, chunk or wait{near}"),
    )
}
