//! The state of the parser: what has been read, and what is still open.
//!
//! The other files of this folder add methods to [`Parser`], each for one kind of line, and import
//! it from here. An error in a line is one [`Diagnostic`]; the parser reports it and goes on with
//! the next line.

use super::super::case::{Case, Script};
use super::super::diagnostic::{Diagnostic, Severity, SourcePosition};
use super::super::limits::MAX_INSTRUCTIONS;
use super::super::script::{Act, Instruction, Op};
use crate::wire::language::{Language, Note};

#[derive(Debug, Default)]
pub(super) struct Parser {
    pub(super) script: Script,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Comments above the step that they explain.
    pub(super) note: Note,
    /// The line before said `intended`.
    pub(super) intended: bool,
    /// The outermost block first.
    pub(super) open: Vec<OpenBlock>,
    /// The steps before the first case: each case begins with them.
    pub(super) prefix: Vec<Instruction>,
    /// The case that the steps now read belong to.
    pub(super) case: Option<Case>,
    /// A step or a case has begun: metadata and parameters come too late now.
    pub(super) has_steps: bool,
    /// Parameters whose definition has an error. Using them is no second error.
    pub(super) doubtful: Vec<String>,
    pub(super) finished: Finished,
}

/// A block that has begun and not ended.
#[derive(Debug)]
pub(super) struct OpenBlock {
    /// `repeat`, `together` or `split`.
    pub(super) verb: &'static str,
    pub(super) position: SourcePosition,
    /// The index of its first instruction.
    pub(super) start: usize,
    /// The name of the counter, if it is a repetition.
    pub(super) counter: Option<String>,
    /// Everything inside is intended, too.
    pub(super) intended: bool,
}

/// Which of `fin` and `rst` has been read in this case, and in which line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finished {
    #[default]
    No,
    Fin(usize),
    Rst(usize),
}

/// A line of the script and its number, counted from 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceLine<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
}

/// What a line, or a part of it, is understood as, or its error.
pub(super) type Parsed<T> = Result<T, Diagnostic>;

impl Parser {
    /// The instructions that are being read: of the case, or before the first one.
    pub(super) fn program(&self) -> &[Instruction] {
        self.case.as_ref().map_or(&self.prefix, |case| &case.program)
    }

    pub(super) fn program_mut(&mut self) -> &mut Vec<Instruction> {
        match &mut self.case {
            Some(case) => &mut case.program,
            None => &mut self.prefix,
        }
    }

    /// Adds an instruction, with the comments above it and the one after it.
    pub(super) fn push(&mut self, op: Op, position: SourcePosition, comment: Option<String>) -> Parsed<()> {
        let mut note = std::mem::take(&mut self.note);
        if let Some(comment) = comment {
            add_comment(&mut note, &comment);
        }
        let intended = std::mem::take(&mut self.intended) || self.open.iter().any(|block| block.intended);
        if self.program().len() >= MAX_INSTRUCTIONS {
            let message = format!("too many steps in one take (at most {MAX_INSTRUCTIONS})");
            return Err(Diagnostic::error(position, message, "use repeat, or a second lesson"));
        }
        self.program_mut().push(Instruction { op, position, note, intended });
        Ok(())
    }

    /// Refuses a step that cannot stand here: after the end of the connection, or in a block about
    /// octets.
    pub(super) fn check_order(&mut self, act: &Act, position: SourcePosition) -> Parsed<()> {
        let is_quiet = matches!(act, Act::Wait(_) | Act::Hold);
        match self.finished {
            Finished::Fin(line) if !is_quiet && !matches!(act, Act::Rst) => {
                let hint = format!("fin is in line {line}; only wait, hold and rst can follow it");
                return Err(Diagnostic::error(position, "octets cannot be sent after fin", hint));
            }
            Finished::Rst(line) => {
                let hint = format!("rst is in line {line}");
                return Err(Diagnostic::error(position, "no step can follow rst", hint));
            }
            Finished::Fin(_) | Finished::No => {}
        }
        if let Some(block) = self.open.iter().find(|block| block.verb != "repeat")
            && (is_quiet || matches!(act, Act::Fin | Act::Rst | Act::Idle(_) | Act::SendBuffer(_)))
        {
            let hint =
                format!("the block that begins in line {} can only hold steps that send octets", block.position.line);
            return Err(Diagnostic::error(position, format!("unexpected step inside {}", block.verb), hint));
        }
        if let Some(block) = self.open.first()
            && matches!(act, Act::Fin | Act::Rst)
        {
            let hint = format!("expected after the end of the {} of line {}", block.verb, block.position.line);
            return Err(Diagnostic::error(position, "fin and rst cannot be inside a block", hint));
        }
        match act {
            Act::Fin => self.finished = Finished::Fin(position.line),
            Act::Rst => self.finished = Finished::Rst(position.line),
            _ => {}
        }
        Ok(())
    }

    /// Reports a warning, unless the step or its block is `intended`.
    pub(super) fn warn(&mut self, position: SourcePosition, message: impl Into<String>, expected: impl Into<String>) {
        if !self.intended && !self.open.iter().any(|block| block.intended) {
            self.diagnostics.push(Diagnostic::warning(position, message, expected));
        }
    }

    /// Whether there is an error in this line or a later one.
    pub(super) fn has_errors_from(&self, line: usize) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error && diagnostic.line >= line)
    }

    /// Whether the definition of this parameter has an error.
    pub(super) fn is_doubtful(&self, name: &str) -> bool {
        self.doubtful.iter().any(|doubtful| doubtful == name)
    }
}

/// Adds the text of a comment: `# ...` is English, `# ko: ...` Korean.
pub(super) fn add_comment(note: &mut Note, comment: &str) {
    match comment.trim().strip_prefix("ko:") {
        Some(korean) => note.push(Language::Ko, korean.trim()),
        None => note.push(Language::En, comment.trim()),
    }
}
