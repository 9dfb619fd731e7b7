//! A script that has been understood: instructions, one after the other, and what they need to be played.
//!
//! ```text
//! repeat 3            0  Repeat { times: 3, end: 3 }
//!   chunk "tick {n}"  1  Act(Chunk)
//!   wait 1s           2  Act(Wait)
//! end                 3  EndRepeat { start: 0 }
//! last-chunk          4  Act(LastChunk)
//! ```
//!
//! Flat, and not a tree, for two reasons: a player that stops after each step needs to remember only where it is, and a
//! repetition of a thousand costs as much memory as one of two.

use super::diagnostic::SourcePosition;
use crate::wire::fields::decimal;

/// One instruction, where it stands, and what the script says about it.
#[derive(Debug, Clone)]
pub(super) struct Instruction {
    pub(super) op: Op,
    pub(super) position: SourcePosition,
    /// The comment that stands before or behind the step.
    pub(super) note: Option<String>,
    /// No warnings, please.
    pub(super) intended: bool,
}

/// What an instruction does.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Act(Act),
    /// What follows, up to `end`, so many times.
    Repeat {
        times: Amount,
        end: usize,
    },
    EndRepeat {
        start: usize,
    },
    /// What follows, up to EndTogether, in one write.
    Together,
    EndTogether,
    /// The octets of what follows, up to EndSplit, in several writes.
    Split(Cut),
    EndSplit,
}

/// A step, before its placeholders are filled in.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// `chunked`: what the body will be. An interim head says nothing about that.
    Head {
        text: Template,
        is_interim: bool,
        is_chunked: bool,
    },
    Chunk(Template),
    /// The trailer section, field lines with their CRLF.
    LastChunk(Template),
    Data(Template),
    Raw(Template),
    /// Event-stream text: a chunk where the head said chunked, data elsewhere.
    Event(Template),
    Wait(Amount),
    Hold,
    /// The connection waits so long for its next request.
    Idle(Amount),
    SendBuffer(u32),
    Fin,
    Rst,
}

/// Octets with holes in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template(pub(super) Vec<TemplatePart>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplatePart {
    Octets(Vec<u8>),
    Hole(Slot),
}

/// Where the text for a hole comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// A parameter, by its place in the list.
    Parameter(usize),
    /// The counter of a repetition: the outermost is 0.
    Counter(usize),
}

/// A number or a time in milliseconds: given, or taken from a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Fixed(u64),
    Parameter(usize),
}

/// Where writes end.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) pieces: Pieces,
    /// How long after a piece the next one goes out.
    pub(super) every: Option<Amount>,
}

#[derive(Debug, Clone)]
pub(super) enum Pieces {
    Of(u64),
    At(Vec<u64>),
}

/// A parameter of the script.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) kind: ParameterKind,
    pub(super) default: Value,
}

#[derive(Debug, Clone)]
pub(super) enum ParameterKind {
    Number {
        from: u64,
        to: u64,
    },
    /// In milliseconds.
    Time {
        from: u64,
        to: u64,
    },
    Choice(Vec<String>),
    Text {
        longest: u64,
    },
}

/// What a parameter is in one play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// As it stands in text.
    pub(super) text: String,
    /// Of a number or a time.
    pub(super) number: u64,
}

/// One way in which the lesson can be played, and when.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// All of them must hold; none, and it is played for every request.
    pub(super) conditions: Vec<Condition>,
    pub(super) position: SourcePosition,
    pub(super) program: Vec<Instruction>,
}

/// What a take asks of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// It is the n-th request on its connection, or one between two.
    Request {
        from: u64,
        to: u64,
    },
    /// It has a Last-Event-ID, or this one.
    LastEventId(Option<String>),
    Method(String),
    Http10(bool),
    Parameter {
        index: usize,
        value: String,
    },
}

impl Template {
    pub(super) fn push_octets(&mut self, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(TemplatePart::Octets(last)) => last.extend_from_slice(octets),
            Some(TemplatePart::Hole(_)) | None => self.0.push(TemplatePart::Octets(octets.to_vec())),
        }
    }

    pub(super) fn push_hole(&mut self, slot: Slot) {
        self.0.push(TemplatePart::Hole(slot));
    }

    pub(super) fn append(&mut self, other: Template) {
        for part in other.0 {
            match part {
                TemplatePart::Octets(octets) => self.push_octets(&octets),
                TemplatePart::Hole(slot) => self.push_hole(slot),
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its octets, with 0xFF, which is never part of UTF-8, in place of each hole.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for part in &self.0 {
            match part {
                TemplatePart::Octets(fixed) => octets.extend_from_slice(fixed),
                TemplatePart::Hole(_) => octets.push(0xFF),
            }
        }
        octets
    }

    /// Its octets, if it has no holes.
    pub(super) fn fixed(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [] => Some(b""),
            [TemplatePart::Octets(octets)] => Some(octets),
            _ => None,
        }
    }
}

impl ParameterKind {
    /// Reads a value as a query gives it.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn read(&self, text: &str) -> Result<Value, String> {
        let in_range = |number: u64, from: u64, to: u64| (from..=to).contains(&number);
        let number = match self {
            ParameterKind::Number { from, to } => read_number(text).filter(|number| in_range(*number, *from, *to)),
            ParameterKind::Time { from, to } => read_time(text).filter(|time| in_range(*time, *from, *to)),
            ParameterKind::Choice(choices) => choices.iter().any(|choice| choice == text).then_some(0),
            ParameterKind::Text { longest } => {
                let is_long = text.len() as u64 > *longest;
                (!is_long && !text.chars().any(char::is_control)).then_some(0)
            }
        };
        let number = number.ok_or_else(|| format!("must be {}, not {text:?}", self.describe()))?;
        Ok(Value { text: text.to_owned(), number })
    }

    pub(super) fn describe(&self) -> String {
        match self {
            ParameterKind::Number { from, to } => format!("a number from {from} to {to}"),
            ParameterKind::Time { from, to } => {
                format!("a time from {} to {}, such as 500ms", show_time(*from), show_time(*to))
            }
            ParameterKind::Choice(choices) => format!("one of {}", choices.join(", ")),
            ParameterKind::Text { longest } => format!("text of at most {longest} octets without control characters"),
        }
    }

    /// The largest number it can be.
    pub(super) fn largest(&self) -> u64 {
        match self {
            ParameterKind::Number { to, .. } | ParameterKind::Time { to, .. } => *to,
            ParameterKind::Choice(_) | ParameterKind::Text { .. } => 0,
        }
    }

    /// The longest text it can be, in octets.
    pub(super) fn longest(&self) -> u64 {
        match self {
            ParameterKind::Number { .. } => 20,
            // A time is written as the query wrote it: 100ms, 0h 0m 0s 100ms.
            ParameterKind::Time { .. } => LONGEST_TIME as u64,
            ParameterKind::Choice(choices) => {
                choices.iter().map(|choice| choice.len() as u64).max().unwrap_or_default()
            }
            ParameterKind::Text { longest } => *longest,
        }
    }
}

/// A number of at most 20 digits.
pub(super) fn read_number(text: &str) -> Option<u64> {
    if text.len() <= 20 { decimal(text.as_bytes()) } else { None }
}

/// A time such as `500ms` or `2s`, in milliseconds.
pub(super) fn read_time(text: &str) -> Option<u64> {
    if text.len() > LONGEST_TIME {
        return None;
    }
    let time = humantime::parse_duration(text).ok()?;
    u64::try_from(time.as_millis()).ok()
}

pub(super) fn show_time(milliseconds: u64) -> String {
    humantime::format_duration(std::time::Duration::from_millis(milliseconds)).to_string()
}

const LONGEST_TIME: usize = 32;
