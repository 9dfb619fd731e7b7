//! A parameter of a lesson: what a query may set, within which limits.
//!
//! ```text
//! param pause = 500ms (0s..5s)       Time { from: 0, to: 5000 }, default 500ms
//! GET /lessons/NAME?pause=2s         Value { text: "2s", number: 2000 }
//! GET /lessons/NAME?pause=1h         refused with 400: must be a time from 0s to 5s
//! ```
//!
//! A value is checked once, here; what a play fills in can no longer be outside the limits for
//! which the bounds of the lesson were computed.

use std::time::Duration;

use crate::wire::fields::decimal;

/// A parameter, as the script defines it.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) kind: ParameterKind,
    /// Its value if the query does not set it.
    pub(super) default: Value,
}

/// What a value can be. Ranges include both ends.
#[derive(Debug, Clone)]
pub(super) enum ParameterKind {
    Number {
        from: u64,
        to: u64,
    },
    /// A duration, kept in milliseconds.
    Time {
        from: u64,
        to: u64,
    },
    /// One of these words.
    Choice(Vec<String>),
    /// Text without control characters, of at most `longest` octets.
    Text {
        longest: u64,
    },
}

/// The value of one parameter in one play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// As the query or the script wrote it; this is what a `{name}` in a text becomes.
    pub(super) text: String,
    /// The number, or the time in milliseconds; 0 for a word or a text.
    pub(super) number: u64,
}

/// The values of all parameters for one play, in the order of the script.
#[derive(Debug, Clone)]
pub struct Arguments(pub(super) Vec<Value>);

impl ParameterKind {
    /// Reads a value as a query gives it.
    ///
    /// # Errors
    /// What the value must be, to follow the name of the parameter in a sentence.
    pub(super) fn read(&self, text: &str) -> Result<Value, String> {
        let in_range = |number: u64, from: u64, to: u64| (from..=to).contains(&number);
        let number = match self {
            ParameterKind::Number { from, to } => read_number(text).filter(|number| in_range(*number, *from, *to)),
            ParameterKind::Time { from, to } => read_time(text).filter(|time| in_range(*time, *from, *to)),
            ParameterKind::Choice(words) => words.iter().any(|word| word == text).then_some(0),
            ParameterKind::Text { longest } => {
                let is_long = text.len() as u64 > *longest;
                (!is_long && !text.chars().any(char::is_control)).then_some(0)
            }
        };
        let number = number.ok_or_else(|| format!("must be {}, not {text:?}", self.describe()))?;
        Ok(Value { text: text.to_owned(), number })
    }

    /// What a value can be, as a phrase: `a number from 1 to 100`.
    pub(super) fn describe(&self) -> String {
        match self {
            ParameterKind::Number { from, to } => format!("a number from {from} to {to}"),
            ParameterKind::Time { from, to } => {
                format!("a time from {} to {}, such as 500ms", show_time(*from), show_time(*to))
            }
            ParameterKind::Choice(words) => format!("one of {}", words.join(", ")),
            ParameterKind::Text { longest } => format!("text of at most {longest} octets without control characters"),
        }
    }

    /// The largest number that a value can be; 0 for a word or a text.
    pub(super) fn largest(&self) -> u64 {
        match self {
            ParameterKind::Number { to, .. } | ParameterKind::Time { to, .. } => *to,
            ParameterKind::Choice(_) | ParameterKind::Text { .. } => 0,
        }
    }

    /// The octets of the longest text that a value can be.
    pub(super) fn longest(&self) -> u64 {
        match self {
            ParameterKind::Number { .. } => LONGEST_NUMBER as u64,
            // A time is filled in as the query wrote it, which may be longer than needed: 0h 0m 0s
            // 100ms.
            ParameterKind::Time { .. } => LONGEST_TIME as u64,
            ParameterKind::Choice(words) => words.iter().map(|word| word.len() as u64).max().unwrap_or_default(),
            ParameterKind::Text { longest } => *longest,
        }
    }
}

/// A number as a script and a query write it: `1*DIGIT`, at most 20 digits.
pub(super) fn read_number(text: &str) -> Option<u64> {
    if text.len() <= LONGEST_NUMBER { decimal(text.as_bytes()) } else { None }
}

/// A time such as `500ms` or `2s`, in milliseconds.
pub(super) fn read_time(text: &str) -> Option<u64> {
    if text.len() > LONGEST_TIME {
        return None;
    }
    let time = humantime::parse_duration(text).ok()?;
    u64::try_from(time.as_millis()).ok()
}

/// A time of `milliseconds` as a script writes it: `1m 30s`.
pub(super) fn show_time(milliseconds: u64) -> String {
    humantime::format_duration(Duration::from_millis(milliseconds)).to_string()
}

/// Digits of a number: 64 bits need no more.
const LONGEST_NUMBER: usize = 20;
/// Characters of a time.
const LONGEST_TIME: usize = 32;
