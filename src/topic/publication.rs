//! What is published to a topic, and why a topic may refuse it.

use std::fmt;

use crate::wire::sse::EventError;

/// An event that is to be published: its fields, and no id.
#[derive(Debug, Clone, Copy, Default)]
pub struct Publication<'a> {
    /// The data, with any line ends.
    pub data: &'a str,
    /// The type of the event.
    pub event_type: Option<&'a str>,
    /// An id from outside; without it the event gets `EPOCH-SEQ`.
    pub id: Option<&'a str>,
}

/// Why something cannot be done with a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicError {
    /// The name is empty, too long, has characters other than letters, digits, `.`, `_` and `-`, or
    /// is `.` or `..`.
    BadName,
    /// [`super::limits::TopicLimits::topics`] topics exist, and all are in use.
    TooMany,
    /// The event is larger than a ring may hold.
    TooLarge,
    /// The id or the type cannot stand in an event stream.
    BadEvent(EventError),
    /// No client could return the id in a request.
    BadId,
    /// A kept event has the id already.
    IdTaken,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TopicError::BadName => {
                f.write_str("a topic name has 1 to 64 letters, digits, '.', '_' and '-', and is not \".\" or \"..\"")
            }
            TopicError::TooMany => f.write_str("there are as many topics as the server allows"),
            TopicError::TooLarge => f.write_str("the event is larger than is accepted"),
            TopicError::BadEvent(error) => error.fmt(f),
            TopicError::BadId => f.write_str(
                "a client returns the event id as Last-Event-ID, so it has 1 to 256 ASCII characters, none of them a control \
                 character, and no space at either end",
            ),
            TopicError::IdTaken => {
                f.write_str("an event with this id is kept already, so the id would not say where to go on")
            }
        }
    }
}

impl std::error::Error for TopicError {}
