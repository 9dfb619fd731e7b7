//! The line `take`: the requests that the steps below it are for.
//!
//! ```text
//! take first                              the first request on the connection
//! take last-event-id "7" and end = fin    both must hold
//! take otherwise                          every request
//! ```
//!
//! The first case whose conditions hold is played. One after `otherwise`, or with the same
//! conditions as an earlier one, would never be played: that is an error.

use super::super::case::{Case, Condition};
use super::super::cursor::Cursor;
use super::super::diagnostic::{Diagnostic, SourcePosition, found};
use super::super::limits::{LAST_REQUEST, MAX_CASES};
use super::super::parameter::read_number;
use super::super::script::{Act, Instruction, Op};
use super::parser::{Finished, Parsed, Parser};
use super::text::fixed_text;
use crate::wire::fields::is_tchar;
use crate::wire::language::Note;

impl Parser {
    pub(super) fn begin_case(&mut self, mut cursor: Cursor<'_>, position: SourcePosition) -> Parsed<()> {
        self.close_blocks();
        self.note = Note::default();
        self.has_steps = true;
        self.end_case();
        let mut conditions = Vec::new();
        let parsed = self.conditions(&mut cursor, &mut conditions);
        // With an error in its conditions it is still a case: its steps are no further errors.
        self.case = Some(Case { conditions: conditions.clone(), position, program: self.prefix.clone() });
        self.finished = finished(&self.prefix);
        parsed?;
        if self.script.cases.len() >= MAX_CASES {
            let message = format!("too many takes (at most {MAX_CASES})");
            return Err(Diagnostic::error(position, message, "expected fewer, or a second lesson"));
        }
        match self.script.cases.iter().find(|case| case.conditions.is_empty() || case.conditions == conditions) {
            Some(case) if case.conditions == conditions => Err(Diagnostic::error(
                position,
                "this take is never played",
                format!("the take of line {} has the same conditions", case.position.line),
            )),
            Some(case) => Err(Diagnostic::error(
                position,
                "this take is never played",
                format!("expected before line {}, which is for every request", case.position.line),
            )),
            None => Ok(()),
        }
    }

    fn conditions(&self, cursor: &mut Cursor<'_>, conditions: &mut Vec<Condition>) -> Parsed<()> {
        if cursor.peek() == "otherwise" {
            cursor.word();
        } else {
            conditions.push(self.condition(cursor)?);
            while cursor.peek() == "and" {
                cursor.word();
                conditions.push(self.condition(cursor)?);
            }
        }
        cursor.end("expected the end of the line, or \"and\" with another condition").map(|_| ())
    }

    fn condition(&self, cursor: &mut Cursor<'_>) -> Parsed<Condition> {
        let (word, position) = cursor.name();
        match word {
            "first" => Ok(Condition::Request { from: 1, to: 1 }),
            "request" => request_number(cursor),
            "last-event-id" => {
                cursor.skip_space();
                if !cursor.rest().starts_with('"') {
                    return Ok(Condition::LastEventId(None));
                }
                let position = cursor.position(1);
                let id = fixed_text(cursor.quoted()?, position)?;
                Ok(Condition::LastEventId(Some(id)))
            }
            "method" => {
                let (method, position) = cursor.word();
                if method.is_empty() || !method.bytes().all(is_tchar) {
                    return Err(Diagnostic::error(position, "expected a method", "such as HEAD or POST"));
                }
                Ok(Condition::Method(method.to_owned()))
            }
            "version" => match cursor.word() {
                ("HTTP/1.0", _) => Ok(Condition::Http10(true)),
                ("HTTP/1.1", _) => Ok(Condition::Http10(false)),
                (_, position) => Err(Diagnostic::error(position, "expected a version", "HTTP/1.0 or HTTP/1.1")),
            },
            _ => self.parameter_condition(word, position, cursor),
        }
    }

    fn parameter_condition(&self, name: &str, position: SourcePosition, cursor: &mut Cursor<'_>) -> Parsed<Condition> {
        let known = self.script.parameters.iter().enumerate().find(|(_, parameter)| parameter.name == name);
        let Some((index, parameter)) = known else {
            if self.is_doubtful(name) {
                let value = cursor.rest().to_owned();
                cursor.skip_to_end();
                return Ok(Condition::Parameter { index: usize::MAX, value });
            }
            let hint = "expected first, request N, last-event-id, method NAME, version HTTP/1.0, PARAMETER = VALUE or otherwise";
            return Err(Diagnostic::error(position, format!("expected a condition, found {}", found(name)), hint));
        };
        if !cursor.accept("=") {
            let message = format!("expected a value for the parameter {name:?}");
            return Err(Diagnostic::error(cursor.position(1), message, "expected = and a value"));
        }
        let (value, position) = cursor.word();
        match parameter.kind.read(value) {
            Ok(value) => Ok(Condition::Parameter { index, value: value.text }),
            Err(expected) => Err(Diagnostic::error(
                position,
                format!("the parameter {name:?} cannot be {}", found(value)),
                format!("it {expected}"),
            )),
        }
    }

    pub(super) fn end_case(&mut self) {
        if let Some(case) = self.case.take() {
            // A line with an error may have been its only step.
            if case.program.is_empty() && !self.has_errors_from(case.position.line) {
                let message = "this take has no steps";
                self.diagnostics.push(Diagnostic::error(case.position, message, "expected steps below it"));
            }
            self.script.cases.push(case);
        }
    }
}

fn finished(program: &[Instruction]) -> Finished {
    program.iter().fold(Finished::No, |finished, instruction| match &instruction.op {
        Op::Act(Act::Fin) => Finished::Fin(instruction.position.line),
        Op::Act(Act::Rst) => Finished::Rst(instruction.position.line),
        _ => finished,
    })
}

fn request_number(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    let (word, position) = cursor.word();
    let bounds = match word.split_once("..") {
        None => read_number(word).map(|number| (number, number)),
        Some((from, "")) => read_number(from).map(|from| (from, u64::MAX)),
        Some((from, to)) => read_number(from).zip(read_number(to)),
    };
    match bounds {
        Some((from, to)) if from > 0 && from <= to && from <= LAST_REQUEST => Ok(Condition::Request { from, to }),
        _ => Err(Diagnostic::error(
            position,
            "expected a request number",
            "such as 2, or 2.. for the second and all later requests on the connection",
        )),
    }
}
