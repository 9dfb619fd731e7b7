//! A case: a program, and the requests that it is played for. Scripts write it `take`.
//!
//! ```text
//! take first                              the first request on the connection
//! take last-event-id "7" and end = fin    both conditions must hold
//! take otherwise                          every request
//! ```
//!
//! The first case whose conditions hold is played. A script without `take` is one case without
//! conditions.

use super::diagnostic::SourcePosition;
use super::parameter::{Arguments, Parameter};
use super::script::{Act, Instruction, Op};
use crate::wire::request::Request;
use crate::wire::start_line::Version;

/// What a script says.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    /// The keys at the top and their texts, in the order of the script.
    pub(super) metadata: Vec<(&'static str, String)>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) cases: Vec<Case>,
}

/// A program, and when it is played.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// All of them must hold. Without any, the case is for every request.
    pub(super) conditions: Vec<Condition>,
    /// The line `take`, or the beginning of the script.
    pub(super) position: SourcePosition,
    pub(super) program: Vec<Instruction>,
}

/// What must be true of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// Its number on its connection is in this range, both ends included; the first request is 1.
    Request { from: u64, to: u64 },
    /// It has a Last-Event-ID that is not empty, or exactly this one.
    LastEventId(Option<String>),
    /// Its method is this one.
    Method(String),
    /// Its version is HTTP/1.0, or is not.
    Http10(bool),
    /// The parameter at `index` has this value.
    Parameter { index: usize, value: String },
}

impl Case {
    /// Whether all conditions hold.
    pub(super) fn is_for(&self, request: &Request, arguments: &Arguments) -> bool {
        self.conditions.iter().all(|condition| condition.holds(request, arguments))
    }

    /// Whether one of its conditions is a method: then it also answers HEAD as it says.
    pub(super) fn names_method(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Condition::Method(_)))
    }

    /// Its steps in the order of the script, those of a repetition once.
    pub(super) fn acts(&self) -> impl Iterator<Item = &Act> {
        self.program.iter().filter_map(|instruction| match &instruction.op {
            Op::Act(act) => Some(act),
            _ => None,
        })
    }

    /// Whether one of its heads says `text/event-stream`.
    pub(super) fn is_event_stream(&self) -> bool {
        self.acts().any(|act| match act {
            Act::Head { text, .. } => text.to_bytes().to_ascii_lowercase().windows(STREAM.len()).any(|it| it == STREAM),
            _ => false,
        })
    }

    /// The octets of its body, those of a repetition once and without chunk-size lines.
    pub(super) fn body(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for act in self.acts() {
            if let Act::Event(text) | Act::Chunk { data: text, .. } | Act::Data(text) | Act::Raw(text) = act {
                octets.extend(text.to_bytes());
            }
        }
        octets
    }
}

impl Condition {
    fn holds(&self, request: &Request, arguments: &Arguments) -> bool {
        let head = &request.head;
        match self {
            Condition::Request { from, to } => (*from..=*to).contains(&u64::from(request.number)),
            Condition::LastEventId(None) => head.fields().first("last-event-id").is_some_and(|id| !id.is_empty()),
            Condition::LastEventId(Some(id)) => head.fields().first("last-event-id") == Some(id.as_bytes()),
            Condition::Method(method) => head.method_token() == method,
            Condition::Http10(is_http10) => (head.version() == Version::Http10) == *is_http10,
            Condition::Parameter { index, value } => arguments.0.get(*index).is_some_and(|given| given.text == *value),
        }
    }
}

const STREAM: &[u8] = b"text/event-stream";
