//! One thing that happened on one connection, and what a sink of such records is.
//!
//! ```text
//! at 0.101  connection 1  Octets { Responses, "21 CR LF ...", spans }
//! at 0.102  connection 1  Fin { Requests, ReadZero, BetweenMessages }
//! at 0.102  connection 1  Closed { BothFin }
//! ```
//!
//! A record holds values: octets, labels, causes. It knows no language; sentences are made by the
//! sink that shows them.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use crate::wire::cause::{Cause, Loss, StateChange};
use crate::wire::ending::Ending;
use crate::wire::finding::{Finding, Hops};
use crate::wire::flow::Flow;
use crate::wire::language::Note;
use crate::wire::protocol::Protocol;
use crate::wire::span::Span;
use crate::wire::step::StepKind;

/// The number of a connection, in the order in which they were accepted; the first one is 1, and
/// none is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection with this number.
    pub const fn new(number: u64) -> ConnectionId {
        ConnectionId(number)
    }

    /// The number, counted from 1 in the order of `accept()`.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One thing that happened on one connection.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// When, counted from the start of the server, or of the capture.
    pub at: Duration,
    /// The connection on which it happened.
    pub connection: ConnectionId,
    /// Of a relay with several hops: the name of the one that the connection passes.
    pub hop: Option<&'a str>,
    /// The word of the parameter `tag` in the request that it belongs to.
    pub tag: Option<&'a str>,
    /// What happened, with all that is known of it.
    pub what: What<'a>,
}

/// What can happen on a connection.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// `accept()` returned it.
    Opened {
        /// The server's address.
        local: SocketAddr,
        /// The client's address.
        peer: SocketAddr,
    },
    /// One `read()` or `write()` took these octets, or one segment of a capture brought them.
    Octets {
        /// The direction that the octets passed in.
        flow: Flow,
        /// Octets that have passed in this direction before, since the trace follows the
        /// connection.
        offset: u64,
        /// All that the call took, or that the segment brought; an asterisk stands for each octet
        /// of a credential.
        octets: &'a [u8],
        /// The same, labelled, as far as there are not too many tokens.
        spans: &'a [Span],
        /// What is left after the spans.
        rest: Rest,
    },
    /// Octets that were sent are not in the capture.
    Missing {
        /// The direction that lacks them.
        flow: Flow,
        /// Octets that are missing.
        count: u64,
        /// Why they are missing.
        loss: Loss,
    },
    /// A conversation of a capture speaks something that is not labelled. Nothing more is told of
    /// it.
    Foreign {
        /// The protocol that the first octets are in.
        protocol: Protocol,
        /// The server's address, if it is known which side that is.
        local: SocketAddr,
        /// The client's address.
        peer: SocketAddr,
    },
    /// `write()` would have blocked.
    Blocked {
        /// In which direction: a server writes responses, a relay both.
        flow: Flow,
        /// Octets that wait to be written.
        pending: usize,
    },
    /// A step waits until an operator releases it.
    Held {
        /// Which kind of step it is.
        step: StepKind,
        /// What a lesson's author says about it; without that a sink asks its own question.
        note: Option<&'a Note>,
        /// Octets that the server has sent before, since the trace follows the connection.
        offset: u64,
        /// The octets that it will put on the wire; none if it has none, or if it is not known yet.
        octets: &'a [u8],
        /// The same, labelled as they will be.
        spans: &'a [Span],
    },
    /// The connection is in another state now.
    State(StateChange),
    /// One direction was closed in order.
    Fin {
        /// The direction that is closed.
        flow: Flow,
        /// Which side did it, and why.
        cause: Cause,
        /// Where in a message it comes, and what that means.
        ending: Ending,
    },
    /// Both directions were cut.
    Rst {
        /// The direction in which it was sent.
        flow: Flow,
        /// Which side did it, and why.
        cause: Cause,
        /// The direction that is cut short, if one is; else that of `flow`.
        of: Flow,
        /// Where in a message of that direction it comes, and what that means.
        ending: Ending,
    },
    /// The socket was closed.
    Closed {
        /// Why the socket was closed.
        cause: Cause,
    },
    /// A judge has found this of a response.
    Verdict(Verdict<'a>),
}

/// One finding about one response, with what shows it.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    /// The number of the response on its connection, from 1.
    pub message: u32,
    /// What was found.
    pub finding: Finding,
    /// The two hops that it compares, if it does.
    pub hops: Option<Hops<'a>>,
    /// The records that show it.
    pub evidence: &'a [Evidence],
}

/// A record that shows a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// What happened then.
    pub what: Proof,
    /// When the record was made, counted as [`Record::at`].
    pub at: Duration,
    /// Its connection.
    pub connection: ConnectionId,
    /// The number of the event that it is about, from 1; 0 if it is about none.
    pub event: u32,
}

/// What a record proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The first octet of the request came.
    Request,
    /// The last octet of the response's head came.
    Head,
    /// The last octet of an event came.
    Event,
    /// The last octet before a pause came.
    LastOctet,
    /// The response or its connection ended.
    End,
}

/// What a record does not show of its octets, since they have too many tokens. They were read all
/// the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rest {
    /// Octets after those that have spans.
    pub octets: usize,
    /// Tokens that they consist of.
    pub tokens: usize,
}

impl What<'_> {
    /// The octets that it shows, or will.
    pub(super) fn octets(&self) -> &[u8] {
        match self {
            What::Octets { octets, .. } | What::Held { octets, .. } => octets,
            What::Opened { .. }
            | What::Missing { .. }
            | What::Foreign { .. }
            | What::Blocked { .. }
            | What::State(_)
            | What::Fin { .. }
            | What::Rst { .. }
            | What::Closed { .. }
            | What::Verdict(_) => &[],
        }
    }

    /// It is about a response, and not about what the client does.
    pub(super) fn is_of_response(&self) -> bool {
        match self {
            What::Octets { flow, .. } => *flow == Flow::Responses,
            What::Blocked { .. } | What::Held { .. } | What::State(_) | What::Verdict(_) => true,
            _ => false,
        }
    }
}

/// A view of the wire. A sink copies what it keeps.
pub trait Sink: Send {
    /// What it is to the operator, who reads it in the one line that says that it has failed.
    fn name(&self) -> &str;

    /// Writes what stands before the first record, if anything does.
    ///
    /// # Errors
    /// As for a record.
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// It shows the labels of octets now, so that spans are worth collecting.
    fn wants_spans(&self) -> bool {
        true
    }

    /// Takes one record. It must not block for long: the server waits for it.
    ///
    /// # Errors
    /// The disk is full, or the reader of the pipe has gone. The sink is dropped then, and the
    /// server goes on.
    fn record(&mut self, record: &Record<'_>) -> io::Result<()>;
}
