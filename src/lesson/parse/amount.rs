//! Amounts: a time, a number of repetitions, a size; written out, or taken from a parameter.
//!
//! ```text
//! wait 500ms        Fixed(500)
//! wait {pause}      Parameter(0), if the parameter is a time
//! repeat {count}    Parameter(1), if the parameter is a number
//! ```

use super::super::cursor::Cursor;
use super::super::diagnostic::{Diagnostic, SourcePosition, found};
use super::super::limits::{LONGEST_WAIT, MAX_REPEAT, SEND_BUFFERS};
use super::super::parameter::{ParameterKind, read_number, read_time, show_time};
use super::super::script::{Amount, Slot};
use super::parser::{Parsed, Parser};

impl Parser {
    /// A time of at most [`LONGEST_WAIT`].
    pub(super) fn time(&self, cursor: &mut Cursor<'_>) -> Parsed<Amount> {
        let (word, position) = cursor.word();
        if let Some(name) = in_braces(word) {
            let is_time = |kind: &ParameterKind| matches!(kind, ParameterKind::Time { .. });
            return self.amount_of(name, position, is_time, "a time");
        }
        match read_time(word) {
            Some(time) if time <= LONGEST_WAIT => Ok(Amount::Fixed(time)),
            _ => {
                let hint = format!("expected at most {}, such as 500ms or {{pause}}", show_time(LONGEST_WAIT));
                Err(Diagnostic::error(position, format!("expected a time, found {}", found(word)), hint))
            }
        }
    }

    /// A number of repetitions, at least 1 and at most [`MAX_REPEAT`].
    pub(super) fn count(&self, cursor: &mut Cursor<'_>) -> Parsed<Amount> {
        let (word, position) = cursor.word();
        if let Some(name) = in_braces(word) {
            let is_count = |kind: &ParameterKind| matches!(kind, ParameterKind::Number { to, .. } if *to <= MAX_REPEAT);
            return self.amount_of(name, position, is_count, "a number of repetitions");
        }
        match read_number(word) {
            Some(count) if (1..=MAX_REPEAT).contains(&count) => Ok(Amount::Fixed(count)),
            _ => {
                let message = format!("expected a number of repetitions, found {}", found(word));
                let hint = format!("expected a number from 1 to {MAX_REPEAT}, or {{count}}");
                Err(Diagnostic::error(position, message, hint))
            }
        }
    }

    /// The value of the parameter `name`, which must be of the right kind.
    fn amount_of(
        &self,
        name: &str,
        position: SourcePosition,
        is_right: fn(&ParameterKind) -> bool,
        what: &str,
    ) -> Parsed<Amount> {
        if self.is_doubtful(name) {
            return Ok(Amount::Fixed(1));
        }
        match self.slot(name) {
            Some(Slot::Parameter(index)) => match self.script.parameters.get(index) {
                Some(parameter) if is_right(&parameter.kind) => Ok(Amount::Parameter(index)),
                _ => {
                    let message = format!("expected {what}, found the parameter {name:?}");
                    Err(Diagnostic::error(position, message, format!("the parameter is not {what}")))
                }
            },
            Some(Slot::Counter(_)) => {
                let message = format!("expected {what}, found the counter {name:?}");
                Err(Diagnostic::error(position, message, "expected a parameter"))
            }
            None => Err(self.unknown_name(name, position)),
        }
    }
}

fn in_braces(word: &str) -> Option<&str> {
    word.strip_prefix('{')?.strip_suffix('}')
}

/// The argument of `send-buffer`, in octets.
pub(super) fn send_buffer(cursor: &mut Cursor<'_>) -> Parsed<u32> {
    let (word, position) = cursor.word();
    let size = read_number(word).and_then(|size| u32::try_from(size).ok());
    size.filter(|size| SEND_BUFFERS.contains(size)).ok_or_else(|| {
        let message = format!("expected the size of a buffer, found {}", found(word));
        let hint = format!("expected octets from {} to {}, such as 4096", SEND_BUFFERS.start(), SEND_BUFFERS.end());
        Diagnostic::error(position, message, hint)
    })
}
