//! The acts that change the wire: everything the server does to a connection is one of these steps.
//!
//! A response, a 100 Continue, a refusal, the end of an idle connection: all are short scripts of
//! steps, so one function, `wirestep::exchange::connection::Connection::begin_step`, is the place
//! where the wire changes. Set a breakpoint there and the whole server stops before each act.
//!
//! ```text
//! Head         HTTP/1.1 200 OK CRLF ... CRLF      octets
//! Chunk        5 CRLF hello CRLF                  octets
//! LastChunk    0 CRLF CRLF                        octets: the response is complete
//! Wait         nothing, for a while               time
//! Fin          shutdown(SHUT_WR)                  the server's half of the connection is complete
//! Rst          close with SO_LINGER 0             the connection is torn down
//! ```
//!
//! LastChunk, the end of a stream, and Fin are three steps because they are three moments.

use std::borrow::Cow;
use std::time::Duration;

use crate::wire::chunked::{encode_chunk, encode_last_chunk};
use crate::wire::response::ResponseHead;

/// One act on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A response head; the connection adds `Date` and the fields that tell its persistence.
    Head(ResponseHead),
    /// A response head that a lesson has written octet by octet.
    RawHead(Vec<u8>),
    /// Data as one chunk.
    Chunk(Vec<u8>),
    /// The last chunk: the response is complete, the connection is not touched.
    LastChunk,
    /// Data as it is: a body with Content-Length, or one that FIN will end.
    Data(Cow<'static, [u8]>),
    /// Frames of a topic: encoded already, and shared with all other subscribers.
    Deliver(Batch),
    /// Nothing, for this long.
    Wait(Duration),
    /// Nothing, until the script is released.
    Hold,
    /// The kernel keeps about this many octets that the client has not acknowledged (SO_SNDBUF).
    SendBuffer(u32),
    /// Half-close: the server sends nothing more, and goes on reading.
    Fin,
    /// Tear the connection down; octets in flight may be lost.
    Rst,
}

/// What kind of step it is, without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// [`Step::Head`] or [`Step::RawHead`].
    Head,
    /// [`Step::Chunk`].
    Chunk,
    /// [`Step::LastChunk`].
    LastChunk,
    /// [`Step::Data`].
    Data,
    /// [`Step::Deliver`].
    Deliver,
    /// [`Step::Wait`].
    Wait,
    /// [`Step::Hold`], or a script that waits by itself and has no step yet.
    Hold,
    /// [`Step::SendBuffer`].
    SendBuffer,
    /// [`Step::Fin`].
    Fin,
    /// [`Step::Rst`].
    Rst,
}

impl StepKind {
    /// The name in the trace and in a debugger; programs read it as the code.
    pub const fn name(self) -> &'static str {
        match self {
            StepKind::Head => "head",
            StepKind::Chunk => "chunk",
            StepKind::LastChunk => "last-chunk",
            StepKind::Data => "data",
            StepKind::Deliver => "frames",
            StepKind::Wait => "wait",
            StepKind::Hold => "hold",
            StepKind::SendBuffer => "send-buffer",
            StepKind::Fin => "FIN",
            StepKind::Rst => "RST",
        }
    }
}

/// Frames that lie one after the other in a topic, for one subscriber: a delivery as a value. The
/// topic resolves it to octets, as long as it keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The subscriber they are for.
    pub subscriber: SubscriberHandle,
    /// The sequence number of the first frame.
    pub from: u64,
    /// The sequence number after that of the last frame.
    pub upto: u64,
}

/// Names a subscriber: its topic, and its row there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriberHandle {
    /// The topic's place among the topics.
    pub topic: u32,
    /// The subscriber's row in the topic.
    pub row: u32,
}

/// A connection asks its producer for the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Octets that may leave in one write; 1 lets one frame leave at a time.
    pub gather: usize,
    /// The time of the last [`Next::Park`] has passed, and nothing has happened in it.
    pub elapsed: bool,
}

/// What a producer answers to a [`Demand`].
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Carry out this step.
    Step(Step),
    /// There is nothing to do now; ask again when woken, or when this long has passed.
    Park(Duration),
    /// The response is complete.
    End {
        /// How long the connection stays open for another request, where the response says so
        /// itself.
        idle: Option<Duration>,
    },
}

impl Step {
    /// What kind of step it is.
    pub fn kind(&self) -> StepKind {
        match self {
            Step::Head(_) | Step::RawHead(_) => StepKind::Head,
            Step::Chunk(_) => StepKind::Chunk,
            Step::LastChunk => StepKind::LastChunk,
            Step::Data(_) => StepKind::Data,
            Step::Deliver(_) => StepKind::Deliver,
            Step::Wait(_) => StepKind::Wait,
            Step::Hold => StepKind::Hold,
            Step::SendBuffer(_) => StepKind::SendBuffer,
            Step::Fin => StepKind::Fin,
            Step::Rst => StepKind::Rst,
        }
    }

    /// Appends the step's own octets to `out`, if it has any. `fields` are the field lines that
    /// every final head carries now.
    pub fn encode(&self, fields: &[u8], out: &mut Vec<u8>) {
        match self {
            Step::Head(head) if head.is_interim() => head.encode(b"", out),
            Step::Head(head) => head.encode(fields, out),
            Step::RawHead(octets) => out.extend_from_slice(octets),
            Step::Chunk(data) => _ = encode_chunk(data, out),
            Step::LastChunk => encode_last_chunk(out),
            Step::Data(data) => out.extend_from_slice(data),
            Step::Deliver(_) | Step::Wait(_) | Step::Hold | Step::SendBuffer(_) | Step::Fin | Step::Rst => {}
        }
    }
}
