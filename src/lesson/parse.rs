//! From text to instructions: the grammar of a script.
//!
//! ```text
//! script    = *( metadata / param / comment / blank ) *( step / take )
//! metadata  = key ":" text                                    a key of METADATA; deeper lines below it continue it
//! param     = "param" name "=" default [ "(" limits ")" ]
//! take      = "take" condition *( "and" condition )           what follows is for such requests
//! step      = verb [ argument ] [ "#" comment ]
//! fields    = lines under head, last-chunk and event, indented deeper than the verb; taken as they stand
//! ```
//!
//! A comment explains the step behind it, or the one that it stands behind; a blank line after a comment makes it a
//! remark about the lesson as a whole.
//!
//! - `case`, `parameter`: lines that are no steps.
//! - `block`: what stands between a verb and its `end`.
//! - `text`, `amount`: the arguments of steps.
//! - `spelling`: what was probably meant.
//!
//! For the next editor: a line that is wrong is one problem, and parsing goes on with the next line. A new verb needs a
//! row in [`VERBS`], an arm in [`Parser::step`], a variant of [`Act`], and its paragraph in `docs/lessons.md`.

mod amount;
mod block;
mod case;
mod parameter;
mod spelling;
mod text;

use self::amount::send_buffer;
use self::block::Block;
use self::spelling::suggestion;
use super::cursor::Cursor;
use super::diagnostic::{Diagnostic, Severity, SourcePosition};
use super::script::{Act, Case, Instruction, Op, Parameter};
use super::{MAX_DIAGNOSTICS, MAX_INSTRUCTIONS};
use crate::wire::fields::{hexadecimal, is_tchar};

/// What the text says.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub(super) metadata: Vec<(&'static str, String)>,
    pub(super) remarks: Vec<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) cases: Vec<Case>,
}

/// Reads a script. With errors among the problems, what was read is incomplete.
pub(super) fn parse(text: &str) -> (Script, Vec<Diagnostic>) {
    let mut parser = Parser::default();
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let mut fields = Vec::new();
        while let Some((index, field)) = lines.next_if(|(_, next)| takes_fields(line) && is_deeper(line, next)) {
            fields.push((index + 1, field));
        }
        parser.line(index + 1, line, &fields);
        if parser.diagnostics.len() >= MAX_DIAGNOSTICS {
            break;
        }
    }
    parser.finish(text.lines().count());
    (parser.script, parser.diagnostics)
}

fn takes_fields(line: &str) -> bool {
    let first = line.split_whitespace().next();
    let is_key = |word: &str| word.strip_suffix(':').is_some_and(|key| METADATA.contains(&key));
    matches!(first, Some("head" | "last-chunk" | "event")) || first.is_some_and(is_key)
}

fn is_deeper(line: &str, next: &str) -> bool {
    !next.trim().is_empty() && indent(next) > indent(line)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[derive(Debug, Default)]
struct Parser {
    script: Script,
    diagnostics: Vec<Diagnostic>,
    /// Comments that wait for their step.
    note: Vec<String>,
    /// `intended` stood before.
    intended: bool,
    open: Vec<Block>,
    /// What all takes begin with.
    prefix: Vec<Instruction>,
    case: Option<Case>,
    has_steps: bool,
    /// Parameters whose own line is wrong: that has been said, and need not be said again where they are used.
    doubtful: Vec<String>,
    finished: Finished,
}

/// What `fin` and `rst` have left possible.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Finished {
    #[default]
    No,
    Fin(usize),
    Rst(usize),
}

type Parsed<T> = Result<T, Diagnostic>;
/// A line and its number.
type Field<'a> = (usize, &'a str);

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

const METADATA: &[&str] = &[
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

/// The clients that a lesson can recommend: two of a browser, and a program that writes the octets of its request.
const CLIENTS: &[&str] = &["EventSource", "fetch", "raw"];

impl Parser {
    fn line(&mut self, number: usize, line: &str, fields: &[Field<'_>]) {
        let mut cursor = Cursor::new(line, number);
        cursor.skip_space();
        if cursor.rest().is_empty() {
            self.script.remarks.append(&mut self.note);
            return;
        }
        if let Some(comment) = cursor.rest().strip_prefix('#') {
            self.note.push(comment.trim().to_owned());
            return;
        }
        if let Err(diagnostic) = self.statement(cursor, fields) {
            self.diagnostics.push(diagnostic);
            self.note.clear();
            self.intended = false;
        }
    }

    fn statement(&mut self, mut cursor: Cursor<'_>, fields: &[Field<'_>]) -> Parsed<()> {
        let (word, position) = cursor.word();
        if word == "intended" || word == "intended:" {
            self.intended = true;
            return Ok(());
        }
        if let Some(key) = word.strip_suffix(':') {
            return self.metadata(key, position, &cursor, fields);
        }
        match word {
            "param" => self.parameter(cursor, position),
            "take" => self.begin_case(cursor, position),
            "end" => self.end_block(cursor, position),
            _ => self.step(word, position, cursor, fields),
        }
    }

    fn metadata(&mut self, key: &str, position: SourcePosition, cursor: &Cursor<'_>, more: &[Field<'_>]) -> Parsed<()> {
        self.script.remarks.append(&mut self.note);
        let Some(key) = METADATA.iter().find(|known| **known == key) else {
            let expected = format!("expected one of {}{}", METADATA.join(", "), suggestion(key, METADATA));
            return Err(Diagnostic::error(position, format!("nothing about a lesson is called {key:?}"), expected));
        };
        if self.has_steps {
            return Err(Diagnostic::error(
                position,
                format!("{key:?} comes too late"),
                "expected before the first step",
            ));
        }
        let value = joined(cursor.rest(), more);
        if value.is_empty() {
            return Err(Diagnostic::error(position, format!("{key:?} says nothing"), "expected some words behind it"));
        }
        if *key != "try" && self.script.metadata.iter().any(|(other, _)| other == key) {
            return Err(Diagnostic::error(position, format!("{key:?} is there twice"), "expected once"));
        }
        if *key == "client" && !CLIENTS.contains(&value.as_str()) {
            let expected = format!("expected one of {}{}", CLIENTS.join(", "), suggestion(&value, CLIENTS));
            return Err(Diagnostic::error(position, format!("unknown client {value:?}"), expected));
        }
        self.script.metadata.push((key, value));
        Ok(())
    }

    // ---- steps ----------------------------------------------------------------------------------------

    fn step(
        &mut self,
        verb: &str,
        position: SourcePosition,
        mut cursor: Cursor<'_>,
        fields: &[Field<'_>],
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
            "head" => self.head(&mut cursor, fields)?,
            "chunk" => Act::Chunk(self.text(&mut cursor, "chunk")?),
            "last-chunk" => Act::LastChunk(self.field_lines(fields)?),
            "data" => Act::Data(self.text(&mut cursor, "data")?),
            "raw" => Act::Raw(self.text(&mut cursor, "raw")?),
            "event" => self.event(&mut cursor, position, fields)?,
            "comment" => Act::Event(self.comment(&mut cursor)?),
            "wait" => Act::Wait(self.time(&mut cursor)?),
            "idle" => Act::Idle(self.time(&mut cursor)?),
            "hold" => Act::Hold,
            "fin" => Act::Fin,
            "rst" => Act::Rst,
            "send-buffer" => Act::SendBuffer(send_buffer(&mut cursor)?),
            _ => return Err(unknown_verb(verb, position)),
        };
        let has_text = matches!(act, Act::Chunk(_) | Act::Data(_) | Act::Raw(_) | Act::Event(_));
        let comment = cursor.end(if has_text {
            "expected the end of the line, or # and a comment; in a text a quotation mark is \\\""
        } else {
            "expected the end of the line, or # and a comment"
        })?;
        self.check_order(&act, position)?;
        self.warn_of_raw(&act, position);
        self.push(Op::Act(act), position, comment)
    }

    // ---- what holds for every step --------------------------------------------------------------------

    fn program(&self) -> &[Instruction] {
        self.case.as_ref().map_or(&self.prefix, |case| &case.program)
    }

    fn program_mut(&mut self) -> &mut Vec<Instruction> {
        match &mut self.case {
            Some(case) => &mut case.program,
            None => &mut self.prefix,
        }
    }

    fn push(&mut self, op: Op, position: SourcePosition, comment: Option<String>) -> Parsed<()> {
        let mut note = std::mem::take(&mut self.note);
        note.extend(comment);
        let note = (!note.is_empty()).then(|| note.join(" "));
        let intended = std::mem::take(&mut self.intended) || self.open.iter().any(|block| block.intended);
        if self.program().len() >= MAX_INSTRUCTIONS {
            return Err(Diagnostic::error(
                position,
                "this is one step too many",
                format!("expected at most {MAX_INSTRUCTIONS} in one take"),
            ));
        }
        self.program_mut().push(Instruction { op, position, note, intended });
        Ok(())
    }

    fn check_order(&mut self, act: &Act, position: SourcePosition) -> Parsed<()> {
        let is_quiet = matches!(act, Act::Wait(_) | Act::Hold);
        match self.finished {
            Finished::Fin(line) if !is_quiet && !matches!(act, Act::Rst) => {
                let expected = format!("expected before line {line}; behind it there may be wait, hold and rst");
                return Err(Diagnostic::error(position, "after fin nothing can be sent", expected));
            }
            Finished::Rst(line) => {
                let expected = format!("expected before line {line}");
                return Err(Diagnostic::error(position, "after rst there is no connection", expected));
            }
            Finished::Fin(_) | Finished::No => {}
        }
        if let Some(block) = self.open.iter().find(|block| block.verb != "repeat")
            && (is_quiet || matches!(act, Act::Fin | Act::Rst | Act::Idle(_) | Act::SendBuffer(_)))
        {
            let expected =
                format!("expected outside of {} (line {}), which is about octets", block.verb, block.position.line);
            return Err(Diagnostic::error(position, format!("this cannot stand in {}", block.verb), expected));
        }
        if let Some(block) = self.open.first()
            && matches!(act, Act::Fin | Act::Rst)
        {
            let expected = format!("expected behind the end of {} in line {}", block.verb, block.position.line);
            return Err(Diagnostic::error(position, "a connection ends once", expected));
        }
        match act {
            Act::Fin => self.finished = Finished::Fin(position.line),
            Act::Rst => self.finished = Finished::Rst(position.line),
            _ => {}
        }
        Ok(())
    }

    /// `raw` is for what no verb can say.
    fn warn_of_raw(&mut self, act: &Act, position: SourcePosition) {
        let Act::Raw(text) = act else { return };
        if let Some(verb) = text.fixed().and_then(verb_for) {
            self.warn(position, format!("these are the octets of {verb}"), format!("{verb} says what they are"));
        }
    }

    fn warn(&mut self, position: SourcePosition, message: impl Into<String>, expected: impl Into<String>) {
        if !self.intended && !self.open.iter().any(|block| block.intended) {
            self.diagnostics.push(Diagnostic::warning(position, message, expected));
        }
    }

    /// There is an error in this line or behind it.
    fn has_errors_from(&self, line: usize) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error && diagnostic.line >= line)
    }

    fn finish(&mut self, lines: usize) {
        self.close_blocks();
        self.script.remarks.append(&mut self.note);
        if self.case.is_none() {
            let position = SourcePosition { line: 1, column: 1, length: 0 };
            self.case = Some(Case { conditions: Vec::new(), position, program: std::mem::take(&mut self.prefix) });
        }
        if self.program().is_empty() && !self.has_steps && !self.has_errors_from(1) {
            let position = SourcePosition { line: lines.max(1), column: 1, length: 0 };
            self.diagnostics.push(Diagnostic::error(
                position,
                "the script does nothing",
                "expected a step, such as: head 200 OK",
            ));
            return;
        }
        self.end_case();
    }
}

/// The text after a key and that of the lines below it, with one space between them. Comment lines are left out.
fn joined(first: &str, more: &[Field<'_>]) -> String {
    let more = more.iter().map(|(_, line)| line.trim()).filter(|line| !line.starts_with('#'));
    let lines: Vec<&str> = std::iter::once(first.trim()).chain(more).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// The verb that would put these octets on the wire.
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
        format!("there is no verb {verb:?}"),
        format!("expected a step, such as head, chunk or wait{near}"),
    )
}
