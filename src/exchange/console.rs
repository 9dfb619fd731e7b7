//! What an operator asks of the server itself: to let a held step go, and to show the trace.
//!
//! ```text
//! Enter, or POST /step                the next step: of the connection that has been held longest
//! POST /step?connection=3             the next step of that connection
//! 5, or POST /step?count=5            that step, and four more of the same connection
//! run, or POST /step?run              nothing is held any more
//! POST /step?connection=3&run         that connection runs on
//! GET /trace                          follow the trace, from a snapshot on
//! ```
//!
//! Such a request cannot be answered by its own connection alone: the loop, which knows all of them, carries it out and then
//! gives the answer. A connection that asks for it is never held itself, or nobody could ask.

use std::fmt;

use super::producer::{Producer, Subscription};
use crate::trace::record::ConnectionId;
use crate::wire::fields::decimal;
use crate::wire::framing::BodyFraming;
use crate::wire::response::ResponseHead;
use crate::wire::step::{Step, StepKind};

/// What is asked.
#[derive(Debug)]
pub enum Console {
    /// Let steps go.
    Release {
        /// Of this connection, or of the one that has been held longest.
        connection: Option<ConnectionId>,
        /// How many.
        release: Release,
    },
    /// Follow the trace.
    Watch(Box<Subscription>),
}

/// How many steps are let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// So many, at least one.
    Next(u32),
    /// All.
    Run,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// This step of this connection goes out.
    Step(ConnectionId, &'static str),
    /// Nothing is held any more: here, or anywhere.
    All(Option<ConnectionId>),
    /// Nothing was held: here, or anywhere.
    Nothing(Option<ConnectionId>),
}

impl Release {
    /// A line that somebody has typed.
    ///
    /// # Errors
    /// It is none of the three: a sentence that says what they are.
    pub fn parse(line: &str) -> Result<Release, String> {
        let word = line.trim();
        match word {
            "" => return Ok(Release::Next(1)),
            "run" => return Ok(Release::Run),
            _ => {}
        }
        match decimal(word.as_bytes()).and_then(|count| u32::try_from(count).ok()) {
            Some(count) if count > 0 => Ok(Release::Next(count)),
            Some(_) | None => Err(format!("{word:?} is not known here: {WORDS}")),
        }
    }
}

impl Released {
    /// The answer to whoever has asked.
    pub fn producer(&self) -> Producer {
        let status = match self {
            Released::Step(..) | Released::All(_) => 200,
            Released::Nothing(_) => 409,
        };
        let body = format!("{self}\n").into_bytes();
        let head = ResponseHead::new(status, BodyFraming::ContentLength(body.len() as u64))
            .with("Content-Type", b"text/plain; charset=utf-8".as_slice());
        Producer::whole(head, body)
    }
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Released::Step(connection, step) => write!(f, "connection {connection}: {step} goes on"),
            Released::All(None) => f.write_str("nothing is held any more"),
            Released::All(Some(connection)) => write!(f, "connection {connection} runs on"),
            Released::Nothing(None) => f.write_str("no step is held"),
            Released::Nothing(Some(connection)) => write!(f, "connection {connection} holds no step"),
        }
    }
}

/// The kind of a held step. A script that holds by itself has no step yet.
pub fn held_kind(step: Option<&Step>) -> StepKind {
    step.map_or(StepKind::Hold, Step::kind)
}

/// The words, for those who do not know them.
pub const WORDS: &str = "Enter lets the next step go, a number so many, run all of them";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_empty_a_number_or_run() {
        assert_eq!(Release::parse(""), Ok(Release::Next(1)));
        assert_eq!(Release::parse("\r"), Ok(Release::Next(1)));
        assert_eq!(Release::parse(" 12 "), Ok(Release::Next(12)));
        assert_eq!(Release::parse("run"), Ok(Release::Run));
        for line in ["0", "-1", "+1", "4294967296", "run!", "Run", "n"] {
            assert!(Release::parse(line).is_err(), "{line}");
        }
    }
}
