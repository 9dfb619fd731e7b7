//! Amounts: a time, a number of repetitions, a size; given, or taken from a parameter.

use super::super::cursor::Cursor;
use super::super::diagnostic::{Diagnostic, SourcePosition};
use super::super::limits::{LONGEST_WAIT, MAX_REPEAT, SEND_BUFFERS};
use super::super::parameter::{ParameterKind, read_number, read_time, show_time};
use super::super::script::{Amount, Slot};
use super::parser::{Parsed, Parser};

impl Parser {
    pub(super) fn time(&self, cursor: &mut Cursor<'_>) -> Parsed<Amount> {
        let (word, position) = cursor.word();
        let expected = format!("expected a time of at most {}, such as 500ms or {{pause}}", show_time(LONGEST_WAIT));
        if in_braces(word).is_some_and(|name| self.is_doubtful(name)) {
            return Ok(Amount::Fixed(1));
        }
        if let Some(index) = self.parameter_in_braces(word, position)? {
            return match self.script.parameters.get(index).map(|parameter| &parameter.kind) {
                Some(ParameterKind::Time { .. }) => Ok(Amount::Parameter(index)),
                _ => Err(Diagnostic::error(position, format!("{word} is no time"), expected)),
            };
        }
        match read_time(word) {
            Some(time) if time <= LONGEST_WAIT => Ok(Amount::Fixed(time)),
            _ => Err(Diagnostic::error(position, format!("{word:?} is no time"), expected)),
        }
    }

    pub(super) fn count(&self, cursor: &mut Cursor<'_>) -> Parsed<Amount> {
        let (word, position) = cursor.word();
        let expected = format!("expected a number from 1 to {MAX_REPEAT}, or {{count}}");
        if in_braces(word).is_some_and(|name| self.is_doubtful(name)) {
            return Ok(Amount::Fixed(1));
        }
        if let Some(index) = self.parameter_in_braces(word, position)? {
            return match self.script.parameters.get(index).map(|parameter| &parameter.kind) {
                Some(ParameterKind::Number { to, .. }) if *to <= MAX_REPEAT => Ok(Amount::Parameter(index)),
                _ => Err(Diagnostic::error(position, format!("{word} is no number of repetitions"), expected)),
            };
        }
        match read_number(word) {
            Some(count) if (1..=MAX_REPEAT).contains(&count) => Ok(Amount::Fixed(count)),
            _ => Err(Diagnostic::error(position, format!("{word:?} is no number of repetitions"), expected)),
        }
    }

    fn parameter_in_braces(&self, word: &str, position: SourcePosition) -> Parsed<Option<usize>> {
        let Some(name) = in_braces(word) else { return Ok(None) };
        match self.slot(name) {
            Some(Slot::Parameter(index)) => Ok(Some(index)),
            Some(Slot::Counter(_)) => {
                Err(Diagnostic::error(position, format!("{name:?} is a counter"), "expected a parameter"))
            }
            None => Err(self.unknown_name(name, position)),
        }
    }
}

fn in_braces(word: &str) -> Option<&str> {
    word.strip_prefix('{')?.strip_suffix('}')
}

pub(super) fn send_buffer(cursor: &mut Cursor<'_>) -> Parsed<u32> {
    let (word, position) = cursor.word();
    let size = read_number(word).and_then(|size| u32::try_from(size).ok()).filter(|size| SEND_BUFFERS.contains(size));
    size.ok_or_else(|| {
        let expected = format!("expected octets from {} to {}, such as 4096", SEND_BUFFERS.start(), SEND_BUFFERS.end());
        Diagnostic::error(position, format!("{word:?} is no size of a buffer"), expected)
    })
}
