//! Every sentence in English.
//!
//! For the next editor: one sentence, present tense, true of every server and client. It names the side that acts: the
//! client, the server. A section stands beside the sentence and not in it.

use std::fmt::{self, Formatter};
use std::io;
use std::time::Duration;

use crate::wire::cause::{Call, Cause, StateChange};
use crate::wire::persistence::{CloseReason, Persistence};
use crate::wire::step::StepKind;

pub(super) fn cause(cause: Cause, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match cause {
        Cause::ReadZero => "read() = 0: the client sends nothing more",
        Cause::Ends(reason) => close_reason(reason),
        Cause::Script => "a step of the script",
        Cause::PeerReset { call, errno } => {
            f.write_str(match call {
                Call::Write | Call::Shutdown => {
                    "the client has gone: its kernel answered the server's octets with RST; "
                }
                Call::Read | Call::SetSocketOption => "the client has cut the connection with RST; ",
            })?;
            return failed(call, errno, f);
        }
        Cause::BothFin => "both sides have sent FIN",
        Cause::FinTimeout => "the client's FIN did not come in time",
        Cause::AfterReset => "an RST ends both directions at once",
        Cause::Unacknowledged => "what the server wrote has not been acknowledged for too long",
        Cause::CallFailed { call, errno } => return failed(call, errno, f),
    })
}

fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::ClientSaidClose => "the client said Connection: close",
        CloseReason::Http10 => "HTTP/1.0 without keep-alive: one response for each connection",
        CloseReason::CloseDelimited => "the body has neither length nor chunks: FIN ends it",
        CloseReason::Refused => "the request was refused; no other one is read here",
        CloseReason::ClientFin => "the client's FIN came, and every request before it has its response",
        CloseReason::Idle => "no request came in time",
        CloseReason::WriteStall => "the client has taken nothing for too long",
        CloseReason::Draining => "the server is going down",
    }
}

fn failed(call: Call, errno: Option<i32>, f: &mut Formatter<'_>) -> fmt::Result {
    match errno {
        Some(errno) => write!(f, "{}() failed: {}", call.name(), io::Error::from_raw_os_error(errno)),
        None => write!(f, "{}() failed", call.name()),
    }
}

pub(super) fn state(change: StateChange, f: &mut Formatter<'_>) -> fmt::Result {
    match change {
        StateChange::Watching => f.write_str("it follows the trace, and is not traced itself"),
        StateChange::Persistent { persistence, wait } => {
            match persistence {
                Persistence::Http11 => f.write_str("HTTP/1.1 and no \"close\": ")?,
                Persistence::Http10KeepAlive => f.write_str("HTTP/1.0, and the client asked for keep-alive: ")?,
                Persistence::Ends(reason) => write!(f, "{}: ", close_reason(reason))?,
            }
            f.write_str("waiting ")?;
            time(wait, f)?;
            f.write_str(" for the next request")
        }
    }
}

fn time(time: Duration, f: &mut Formatter<'_>) -> fmt::Result {
    if time.subsec_millis() == 0 { write!(f, "{} s", time.as_secs()) } else { write!(f, "{} ms", time.as_millis()) }
}

/// What to think about before a held step is released.
pub(super) fn question(step: StepKind) -> &'static str {
    match step {
        StepKind::Head => "what in this head tells the client where the body ends?",
        StepKind::Chunk | StepKind::Deliver => "what does the client do when it has these octets?",
        StepKind::LastChunk => "what ends with these octets, and what does not?",
        StepKind::Data => "how does the client know where this body ends?",
        StepKind::Wait | StepKind::SendBuffer => "what will happen next?",
        StepKind::Hold => "the script waits; what will it do next?",
        StepKind::Fin => "what may still be sent after it, and by which side?",
        StepKind::Rst => "what becomes of the octets that are on their way?",
    }
}
