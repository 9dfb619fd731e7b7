//! The acts that change the wire: everything the server does to a connection is one of these steps.
//!
//! A response, a 100 Continue, a refusal, the end of an idle connection: all are short scripts of steps, so
//! one function, `wirestep::exchange::connection::Connection::begin_step`, is the place where the wire changes. Set a
//! breakpoint there and the whole server stops before each act.
//!
//! ```text
//! Head         HTTP/1.1 200 OK CRLF ... CRLF      octets
//! Chunk        5 CRLF hello CRLF                  octets
//! LastChunk    0 CRLF CRLF                        octets: the response is complete
//! Wait         nothing, for a while               time
//! Fin          shutdown(SHUT_WR)                  our half of the connection is complete
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
    /// A response head; the connection adds `Date` and what it has to say about persistence.
    Head(ResponseHead),
    /// Data as one chunk.
    Chunk(Vec<u8>),
    /// The last chunk: the response is complete, the connection is not touched.
    LastChunk,
    /// Data as it is: a body with Content-Length, or one that FIN will end.
    Data(Cow<'static, [u8]>),
    /// What is pending in the subscriber's topic: encoded already, and shared with all others.
    Frames,
    /// Nothing, for so long.
    Wait(Duration),
    /// Nothing, until somebody lets the script go on.
    Hold,
    /// The kernel keeps about so many octets that the client has not acknowledged.
    SendBuffer(u32),
    /// Half-close: we send nothing more, and go on reading.
    Fin,
    /// Tear the connection down; octets on their way may be lost.
    Rst,
}

/// What kind of step it is, without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// [`Step::Head`].
    Head,
    /// [`Step::Chunk`].
    Chunk,
    /// [`Step::LastChunk`].
    LastChunk,
    /// [`Step::Data`].
    Data,
    /// [`Step::Frames`].
    Frames,
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
    /// What to call it; programs read it as its code.
    pub const fn name(self) -> &'static str {
        match self {
            StepKind::Head => "head",
            StepKind::Chunk => "chunk",
            StepKind::LastChunk => "last-chunk",
            StepKind::Data => "data",
            StepKind::Frames => "frames",
            StepKind::Wait => "wait",
            StepKind::Hold => "hold",
            StepKind::SendBuffer => "send-buffer",
            StepKind::Fin => "FIN",
            StepKind::Rst => "RST",
        }
    }
}

/// What a producer answers.
#[derive(Debug)]
pub enum Next {
    /// Do this.
    Step(Step),
    /// There is nothing to do now; ask again when woken, or when this long has passed.
    Park(Duration),
    /// The response is complete.
    End,
}

/// What a step does when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It has appended octets that must be written.
    Write,
    /// It lets the topic's octets go out.
    Deliver,
    /// It passes time.
    Wait(Duration),
    /// It waits for somebody.
    Hold,
    /// It changes the socket's buffer.
    SendBuffer(u32),
    /// It half-closes.
    Fin,
    /// It tears down.
    Rst,
}

impl Step {
    /// What kind of step it is.
    pub fn kind(&self) -> StepKind {
        match self {
            Step::Head(_) => StepKind::Head,
            Step::Chunk(_) => StepKind::Chunk,
            Step::LastChunk => StepKind::LastChunk,
            Step::Data(_) => StepKind::Data,
            Step::Frames => StepKind::Frames,
            Step::Wait(_) => StepKind::Wait,
            Step::Hold => StepKind::Hold,
            Step::SendBuffer(_) => StepKind::SendBuffer,
            Step::Fin => StepKind::Fin,
            Step::Rst => StepKind::Rst,
        }
    }

    /// It puts octets of its own on the wire.
    pub fn has_octets(&self) -> bool {
        match self {
            Step::Head(_) | Step::Chunk(_) | Step::LastChunk | Step::Data(_) => true,
            Step::Frames | Step::Wait(_) | Step::Hold | Step::SendBuffer(_) | Step::Fin | Step::Rst => false,
        }
    }

    /// Appends the step's octets to `out`, if it has any. `general` is what every final head of this moment carries.
    pub fn encode(self, general: &[u8], out: &mut Vec<u8>) -> Effect {
        match self {
            Step::Head(head) if head.is_interim() => head.encode(b"", out),
            Step::Head(head) => head.encode(general, out),
            Step::Chunk(data) => _ = encode_chunk(&data, out),
            Step::LastChunk => encode_last_chunk(out),
            Step::Data(data) => out.extend_from_slice(&data),
            Step::Frames => return Effect::Deliver,
            Step::Wait(duration) => return Effect::Wait(duration),
            Step::Hold => return Effect::Hold,
            Step::SendBuffer(octets) => return Effect::SendBuffer(octets),
            Step::Fin => return Effect::Fin,
            Step::Rst => return Effect::Rst,
        }
        Effect::Write
    }
}
