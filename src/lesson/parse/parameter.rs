//! The line `param`: the name of a parameter, its default, and its limits.
//!
//! ```text
//! param pause = 500ms (0s..5s)          a time; the default says so
//! param count = 3 (1..100)              a number
//! param word = "hello" (..20)           a text, and how many octets of it
//! param end = last (last | fin)         one of some words
//! ```
//!
//! Without limits the range is narrow on purpose: the largest value counts for the bounds of a
//! script.

use super::super::cursor::{Cursor, is_name};
use super::super::diagnostic::{Diagnostic, SourcePosition};
use super::super::limits::{LONGEST_TEXT, LONGEST_WAIT, LONGEST_WORD, MAX_CHOICES, MAX_PARAMETERS, MAX_REPEAT};
use super::super::parameter::{Parameter, ParameterKind, Value, read_number, read_time, show_time};
use super::parser::{Parsed, Parser};
use super::text::fixed_text;
use crate::wire::language::Note;

impl Parser {
    /// A parameter with an error in its line is known as doubtful: using it is no further error.
    pub(super) fn parameter(&mut self, mut cursor: Cursor<'_>, verb: SourcePosition) -> Parsed<()> {
        self.note = Note::default();
        let (name, position) = cursor.name();
        match self.definition(name, position, cursor, verb) {
            Ok(parameter) => self.script.parameters.push(parameter),
            Err(diagnostic) => {
                self.doubtful.push(name.to_owned());
                return Err(diagnostic);
            }
        }
        if self.has_steps {
            return Err(Diagnostic::error(verb, "the parameter comes after a step", "expected before the first step"));
        }
        Ok(())
    }

    fn definition(
        &self,
        name: &str,
        position: SourcePosition,
        mut cursor: Cursor<'_>,
        verb: SourcePosition,
    ) -> Parsed<Parameter> {
        if self.script.parameters.len() >= MAX_PARAMETERS {
            let message = format!("too many parameters (at most {MAX_PARAMETERS})");
            return Err(Diagnostic::error(verb, message, "expected fewer"));
        }
        if !is_name(name) {
            let hint = "expected NAME = DEFAULT, such as pause = 500ms";
            return Err(Diagnostic::error(position, "expected the name of a parameter", hint));
        }
        if name == "step" || name == "n" {
            let hint = "expected another name: ?step holds each step, and {n} counts repetitions";
            return Err(Diagnostic::error(position, format!("the name {name:?} is reserved"), hint));
        }
        if self.script.parameters.iter().any(|parameter| parameter.name == name) {
            let message = format!("duplicate parameter {name:?}");
            return Err(Diagnostic::error(position, message, "expected another name"));
        }
        if !cursor.accept("=") {
            let position = cursor.position_of_rest();
            return Err(Diagnostic::error(position, "the parameter has no default", "expected = and a default"));
        }
        let (kind, default) = kind_and_default(&mut cursor)?;
        cursor.end("expected the end of the line, or limits in parentheses, such as (1..100)")?;
        Ok(Parameter { name: name.to_owned(), kind, default })
    }
}

fn kind_and_default(cursor: &mut Cursor<'_>) -> Parsed<(ParameterKind, Value)> {
    cursor.skip_space();
    if cursor.rest().starts_with('"') { text_and_default(cursor) } else { word_and_default(cursor) }
}

// "hello" (..20)
fn text_and_default(cursor: &mut Cursor<'_>) -> Parsed<(ParameterKind, Value)> {
    let position = cursor.position(1);
    let text = fixed_text(cursor.quoted()?, position)?;
    let longest = match limits(cursor)? {
        None => DEFAULT_TEXT.max(text.len() as u64),
        Some((limits, of_limits)) => {
            let longest = limits.strip_prefix("..").and_then(|limit| read_number(limit.trim()));
            longest.filter(|longest| *longest <= LONGEST_TEXT).ok_or_else(|| {
                let hint = format!("expected (..N), N at most {LONGEST_TEXT} octets");
                Diagnostic::error(of_limits, "expected the limit of a text", hint)
            })?
        }
    };
    with_default(ParameterKind::Text { longest }, &text, position)
}

// 3 (1..100), 500ms (0s..5s), last (last | fin): the default says which kind it is
fn word_and_default(cursor: &mut Cursor<'_>) -> Parsed<(ParameterKind, Value)> {
    let (word, position) = cursor.word();
    if word.is_empty() {
        let hint = "expected a number, a time, a word or \"...\"";
        return Err(Diagnostic::error(position, "the parameter has no default", hint));
    }
    let limits = limits(cursor)?;
    let kind = if let Some(number) = read_number(word) {
        let (from, to) = range(limits, &NUMBERS, DEFAULT_NUMBER.max(number))?;
        ParameterKind::Number { from, to }
    } else if let Some(time) = read_time(word) {
        let (from, to) = range(limits, &TIMES, DEFAULT_TIME.max(time))?;
        ParameterKind::Time { from, to }
    } else if let Some((choices, of_choices)) = limits {
        ParameterKind::Choice(words(choices, of_choices)?)
    } else {
        let hint = "expected its words in parentheses, such as (yes | no)";
        return Err(Diagnostic::error(position, format!("the words to choose from are missing after {word:?}"), hint));
    };
    with_default(kind, word, position)
}

// last | fin
fn words(choices: &str, position: SourcePosition) -> Parsed<Vec<String>> {
    let words: Vec<String> = choices.split('|').map(|word| word.trim().to_owned()).collect();
    if words.len() > MAX_CHOICES || !words.iter().all(|word| is_word(word)) {
        let hint = format!("expected at most {MAX_CHOICES} words with | between them, such as (yes | no)");
        return Err(Diagnostic::error(position, "expected words to choose from", hint));
    }
    Ok(words)
}

fn with_default(kind: ParameterKind, text: &str, position: SourcePosition) -> Parsed<(ParameterKind, Value)> {
    match kind.read(text) {
        Ok(default) => Ok((kind, default)),
        Err(expected) => {
            Err(Diagnostic::error(position, "the default is outside its own limits", format!("it {expected}")))
        }
    }
}

/// The text in parentheses, if there is one.
fn limits<'a>(cursor: &mut Cursor<'a>) -> Parsed<Option<(&'a str, SourcePosition)>> {
    cursor.skip_space();
    let position = cursor.position_of_rest();
    if !cursor.accept("(") {
        return Ok(None);
    }
    match cursor.rest().split_once(')') {
        Some((limits, _)) => {
            cursor.accept(limits);
            cursor.accept(")");
            Ok(Some((limits.trim(), position)))
        }
        None => Err(Diagnostic::error(position, "the limits have no closing parenthesis", "expected )")),
    }
}

/// How limits of one kind are written.
struct Scale {
    read: fn(&str) -> Option<u64>,
    show: fn(u64) -> String,
    /// No limit is higher.
    possible: u64,
    such_as: &'static str,
}

/// The range in parentheses. Without it: from 0 to `usual`. Its end is at most what is possible.
fn range(limits: Option<(&str, SourcePosition)>, scale: &Scale, usual: u64) -> Parsed<(u64, u64)> {
    let Some((limits, position)) = limits else { return Ok((0, usual)) };
    let read = |text: &str| (scale.read)(text.trim());
    match limits.split_once("..").and_then(|(from, to)| Some((read(from)?, read(to)?))) {
        Some((from, to)) if from <= to && to <= scale.possible => Ok((from, to)),
        Some((from, to)) if from <= to => {
            let hint = format!("expected at most {}", (scale.show)(scale.possible));
            Err(Diagnostic::error(position, "the upper limit is too high", hint))
        }
        Some(_) | None => {
            let hint = format!("expected (FROM..TO), such as {}", scale.such_as);
            Err(Diagnostic::error(position, "expected limits", hint))
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_WORD
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'))
}

const NUMBERS: Scale =
    Scale { read: read_number, show: |number| number.to_string(), possible: MAX_REPEAT, such_as: "(1..100)" };
const TIMES: Scale = Scale { read: read_time, show: show_time, possible: LONGEST_WAIT, such_as: "(0s..10s)" };
/// The largest number of a parameter without limits.
const DEFAULT_NUMBER: u64 = 100;
/// The longest time of a parameter without limits, in milliseconds.
const DEFAULT_TIME: u64 = 10_000;
/// Octets of a text parameter without limits.
const DEFAULT_TEXT: u64 = 64;
