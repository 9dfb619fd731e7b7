//! What can be found of a response or a stream: the values that a verdict consists of.
//!
//! ```text
//! ... 0 CRLF CRLF                   Complete { end: LastChunk, events: 100, every: 100 ms }
//! ... 5 CRLF h e l l o CRLF  FIN    Incomplete { cut: Fin, ending: InsideChunked, .. }
//! ... no Content-Length ... FIN     EndUnknown: a whole body and a broken one look the same
//! ```
//!
//! A finding is a value and no sentence: programs read its [`Finding::code`] and its numbers, and
//! each sink says it in its own language ([`super::explain`]). The judge that makes them is in
//! `trace`; a value that all later rooms show stands here, beside [`super::cause::Cause`].
//!
//! For the next editor: a finding says what the octets and their times prove from where they were
//! seen. What only another place could see is not said.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::ending::Ending;
use super::gap::Gap;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// A fact that may surprise.
    Note,
    /// It works, but late, or not for long.
    Warning,
    /// The client has not what was sent, or cannot know whether it has.
    Broken,
}

impl Severity {
    /// The name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Severity::Ok => "ok",
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Broken => "broken",
        }
    }
}

/// A duration; for programs it is a number of seconds, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Seconds(pub Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_micros() as f64 / 1e6)
    }
}

/// What ends a response whose end can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WholeEnd {
    /// The last chunk, with its trailer section.
    LastChunk,
    /// As many octets as Content-Length announced.
    ContentLength,
    /// Its head: such a response has no body.
    NoBody,
}

/// What ended a connection or one direction of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// FIN: in order.
    Fin,
    /// RST: an error of the connection.
    Rst,
}

/// The events of a stream, as far as they passed; none of a response that is no event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EventCount {
    /// Events that a blank line has dispatched.
    pub events: u32,
    /// The time between two of them, if it is nearly always the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Seconds>,
}

/// One thing that is found of a response, or of the stream in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Finding {
    /// The response is complete, and its end is its own.
    Complete {
        /// What ended it.
        end: WholeEnd,
        /// The events in it.
        #[serde(flatten)]
        count: Option<EventCount>,
    },
    /// FIN ended a response without announced length: whether all of it came cannot be known.
    EndUnknown {
        /// The events in it.
        #[serde(flatten)]
        count: Option<EventCount>,
    },
    /// The server's side ended the connection inside of the response.
    Incomplete {
        /// How.
        cut: Cut,
        /// Where in the response it came.
        #[serde(serialize_with = "ending_code")]
        ending: Ending,
        /// The events that came whole.
        #[serde(flatten)]
        count: Option<EventCount>,
        /// How long no octet had passed before, in either direction.
        idle: Seconds,
    },
    /// The client ended the connection first, while the response was running.
    ClientLeft {
        /// How.
        cut: Cut,
        /// The events that came before.
        #[serde(flatten)]
        count: Option<EventCount>,
        /// How long no octet had passed before, in either direction.
        idle: Seconds,
    },
    /// The connection ended before any octet of a response.
    Unanswered {
        /// How.
        cut: Cut,
        /// How long the request had waited.
        waited: Seconds,
    },
    /// No connection to the origin could be made, so there is no response.
    NoOrigin,
    /// The response had not ended when the trace did.
    StillOpen {
        /// The events so far.
        #[serde(flatten)]
        count: Option<EventCount>,
        /// How long no octet has passed, in either direction.
        idle: Seconds,
    },
    /// The place of some octets was not known, so that nothing can be said of the response.
    NotJudged {
        /// Why.
        #[serde(serialize_with = "gap_code")]
        gap: Gap,
    },
}

impl Finding {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Finding::Complete { .. } => "complete",
            Finding::EndUnknown { .. } => "end-unknown",
            Finding::Incomplete { .. } => "incomplete",
            Finding::ClientLeft { .. } => "client-left",
            Finding::Unanswered { .. } => "unanswered",
            Finding::NoOrigin => "no-origin",
            Finding::StillOpen { .. } => "still-open",
            Finding::NotJudged { .. } => "not-judged",
        }
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        match self {
            Finding::Complete { .. } => Severity::Ok,
            Finding::EndUnknown { .. }
            | Finding::ClientLeft { .. }
            | Finding::StillOpen { .. }
            | Finding::NotJudged { .. } => Severity::Note,
            Finding::Incomplete { .. } | Finding::Unanswered { .. } | Finding::NoOrigin => Severity::Broken,
        }
    }

    /// The section that it rests on; empty where no standard has a word in it.
    pub const fn section(self) -> &'static str {
        match self {
            Finding::Complete { end: WholeEnd::LastChunk, .. } => "RFC 9112 7.1",
            Finding::Complete { .. } | Finding::EndUnknown { .. } => "RFC 9112 6.3",
            Finding::Incomplete { ending, .. } => ending.section(),
            Finding::ClientLeft { .. } | Finding::Unanswered { .. } => "RFC 9112 9.5",
            Finding::NoOrigin | Finding::StillOpen { .. } | Finding::NotJudged { .. } => "",
        }
    }

    /// There is something that can be changed about it.
    pub const fn has_remedy(self) -> bool {
        match self {
            Finding::EndUnknown { .. }
            | Finding::Incomplete { .. }
            | Finding::Unanswered { .. }
            | Finding::NoOrigin => true,
            Finding::Complete { .. }
            | Finding::ClientLeft { .. }
            | Finding::StillOpen { .. }
            | Finding::NotJudged { .. } => false,
        }
    }
}

fn ending_code<S: Serializer>(ending: &Ending, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(ending.code())
}

fn gap_code<S: Serializer>(gap: &Gap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(gap.code())
}
