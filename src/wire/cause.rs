//! Why something happened to a connection: a FIN, an RST, the close, another state.
//!
//! ```text
//! FIN of the client    ReadZero                          read() = 0
//! FIN of the server    Ends(Idle)                        no request came in time
//! RST of the client    PeerReset { call: Write, .. }     write() failed: Broken pipe
//! closed               BothFin                           both sides have sent FIN
//! FIN in a capture     FinSegment(Responses)             a segment of the server has FIN
//! state                Persistent { wait: 60 s, .. }     the next request is waited for
//! ```
//!
//! A cause is a value and no sentence: the verdict judges it, programs read its [`Cause::code`],
//! and each sink says it in its own language ([`super::explain`]).

use std::time::Duration;

use super::flow::Flow;
use super::persistence::{CloseReason, Persistence};
use super::tls_fault::{TlsFault, TlsVersion};

/// Why a FIN or an RST was sent, or a socket was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// `read()` returned 0: the peer has sent FIN.
    ReadZero,
    /// The connection ends for this reason, so the server sends FIN or RST.
    Ends(CloseReason),
    /// A step of a lesson's script demands it.
    Script,
    /// The peer has sent RST; the call that reported it failed with this error number.
    PeerReset {
        /// Which call reported it.
        call: Call,
        /// The error number of the operating system, if there is one.
        errno: Option<i32>,
    },
    /// Both sides have sent FIN, so nothing more can come.
    BothFin,
    /// The server has sent FIN, and the client's did not come before the deadline.
    FinTimeout,
    /// An RST of either side has ended both directions.
    AfterReset,
    /// The kernel gave up: what was written was never acknowledged.
    Unacknowledged,
    /// A system call failed for a reason that is no act of the peer.
    CallFailed {
        /// The system call that failed.
        call: Call,
        /// The error number of the operating system, if there is one.
        errno: Option<i32>,
    },
    /// A segment of a capture has FIN: the side that sends in this direction sends nothing more.
    FinSegment(Flow),
    /// A segment of a capture has RST: the side that sends in this direction cuts the connection.
    RstSegment(Flow),
    /// In a capture another connection begins between the same two ports.
    PortReused,
    /// Too many conversations of a capture are open, and this one has been idle for the longest
    /// time.
    Forgotten,
    /// The capture ends while the connection is open.
    CaptureEnds,
    /// A relay's `read()` from the origin returned 0: the origin has sent FIN.
    OriginFin,
    /// The origin of a relay has sent RST; the call that reported it failed with this error number.
    OriginReset {
        /// Which call reported it.
        call: Call,
        /// The error number of the operating system, if there is one.
        errno: Option<i32>,
    },
    /// The origin's kernel has answered the relay's SYN with RST: no program listens there.
    OriginRefused,
    /// The origin has not answered the relay's SYN before the deadline.
    OriginTimedOut,
    /// The connection to the origin could not be made for another reason.
    OriginUnreachable {
        /// The error number of the operating system, if there is one.
        errno: Option<i32>,
    },
    /// The kernel gave up: what the relay wrote to the origin was never acknowledged.
    OriginUnacknowledged,
    /// The origin has said in TLS that it sends nothing more (close_notify).
    OriginCloseNotify,
    /// The origin has sent FIN without close_notify: TLS cannot tell whether the end is missing.
    OriginFinAlone,
    /// TLS with the origin could not begin, or go on.
    OriginTls(TlsFault),
    /// The relay stops, and cuts what is still open.
    RelayStops,
}

/// Why octets that were sent are not in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// No segment of the capture has them.
    NotCaptured,
    /// The capture has kept only the beginning of their segment (snap length).
    Cut,
}

/// A system call on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `read(2)`.
    Read,
    /// `write(2)`.
    Write,
    /// `shutdown(2)`.
    Shutdown,
    /// `setsockopt(2)`.
    SetSocketOption,
    /// `getsockopt(2)`, for the error that poll has announced.
    GetSocketOption,
}

/// Another state of a connection that is worth a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateChange {
    /// The response is complete, and the connection waits for another request.
    Persistent {
        /// Which rule keeps it open.
        persistence: Persistence,
        /// How long it waits at most.
        wait: Duration,
    },
    /// The connection follows the trace, and is no longer part of it.
    Watching,
    /// The connection was open before the capture began.
    Joined,
    /// The receive window of one side has become 0: nothing more can be sent in this direction for
    /// now.
    WindowClosed(Flow),
    /// It is no longer 0.
    WindowOpen(Flow),
    /// Segments of a capture whose octets had all come before; they are told once.
    Repeated {
        /// How many, in both directions.
        segments: u64,
    },
    /// The query has parameters that the address does not know; they are ignored.
    ParametersIgnored {
        /// Parameters that are ignored.
        count: usize,
    },
    /// A relay has connected to the origin: octets pass from now on.
    OriginConnected,
    /// The relay and the origin speak TLS: what is shown is not encrypted, and what passes between
    /// the two is.
    OriginEncrypted {
        /// The version that both have agreed on.
        version: TlsVersion,
        /// The origin's certificate has been checked.
        is_checked: bool,
    },
    /// The origin gets another value in Host than the client has sent, as `--host` demands.
    HostReplaced {
        /// The value that the origin gets.
        by: &'static str,
    },
}

impl Cause {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Cause::ReadZero => "read-zero",
            Cause::Ends(reason) => reason.code(),
            Cause::Script => "script",
            Cause::PeerReset { .. } => "peer-reset",
            Cause::BothFin => "both-fin",
            Cause::FinTimeout => "fin-timeout",
            Cause::AfterReset => "after-reset",
            Cause::Unacknowledged => "unacknowledged",
            Cause::CallFailed { .. } => "call-failed",
            Cause::FinSegment(_) => "fin-segment",
            Cause::RstSegment(_) => "rst-segment",
            Cause::PortReused => "port-reused",
            Cause::Forgotten => "forgotten",
            Cause::CaptureEnds => "capture-ends",
            Cause::OriginFin => "origin-fin",
            Cause::OriginReset { .. } => "origin-reset",
            Cause::OriginRefused => "origin-refused",
            Cause::OriginTimedOut => "origin-timed-out",
            Cause::OriginUnreachable { .. } => "origin-unreachable",
            Cause::OriginUnacknowledged => "origin-unacknowledged",
            Cause::OriginCloseNotify => "origin-close-notify",
            Cause::OriginFinAlone => "origin-fin-alone",
            Cause::OriginTls(fault) => fault.code(),
            Cause::RelayStops => "relay-stops",
        }
    }

    /// The section that it rests on; empty where no standard has a word in it.
    pub const fn section(self) -> &'static str {
        match self {
            Cause::Ends(reason) => reason.section(),
            Cause::AfterReset | Cause::RstSegment(_) => "RFC 9293 3.5.3",
            Cause::FinSegment(_) => "RFC 9293 3.6",
            Cause::Unacknowledged | Cause::OriginUnacknowledged => "RFC 9293 3.8.3",
            Cause::OriginRefused => "RFC 9293 3.10.7.1",
            Cause::OriginCloseNotify => "RFC 8446 6.1",
            Cause::OriginFinAlone => "RFC 9112 9.8",
            Cause::OriginTls(fault) => fault.section(),
            Cause::ReadZero
            | Cause::Script
            | Cause::PeerReset { .. }
            | Cause::BothFin
            | Cause::FinTimeout
            | Cause::CallFailed { .. }
            | Cause::PortReused
            | Cause::Forgotten
            | Cause::CaptureEnds
            | Cause::OriginFin
            | Cause::OriginReset { .. }
            | Cause::OriginTimedOut
            | Cause::OriginUnreachable { .. }
            | Cause::RelayStops => "",
        }
    }
}

impl Loss {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Loss::NotCaptured => "not-captured",
            Loss::Cut => "cut",
        }
    }

    /// The section that it rests on.
    pub const fn section(self) -> &'static str {
        match self {
            Loss::NotCaptured => "RFC 9293 3.4",
            Loss::Cut => "",
        }
    }
}

impl Call {
    /// The name of the call, without parentheses.
    pub const fn name(self) -> &'static str {
        match self {
            Call::Read => "read",
            Call::Write => "write",
            Call::Shutdown => "shutdown",
            Call::SetSocketOption => "setsockopt",
            Call::GetSocketOption => "getsockopt",
        }
    }
}

impl StateChange {
    /// The name of the state, which is its code too.
    pub const fn name(self) -> &'static str {
        match self {
            StateChange::Persistent { .. } => "persistent",
            StateChange::Watching => "watching",
            StateChange::Joined => "joined",
            StateChange::WindowClosed(_) => "window-closed",
            StateChange::WindowOpen(_) => "window-open",
            StateChange::Repeated { .. } => "repeated",
            StateChange::ParametersIgnored { .. } => "parameters-ignored",
            StateChange::OriginConnected => "connected",
            StateChange::OriginEncrypted { .. } => "encrypted",
            StateChange::HostReplaced { .. } => "host-replaced",
        }
    }

    /// The section that it rests on; empty where no standard has a word in it.
    pub const fn section(self) -> &'static str {
        match self {
            StateChange::Persistent { .. } => "RFC 9112 9.3",
            StateChange::WindowClosed(_) | StateChange::WindowOpen(_) => "RFC 9293 3.8.6",
            StateChange::Repeated { .. } => "RFC 9293 3.8.1",
            StateChange::OriginEncrypted { .. } => "RFC 9110 4.2.2",
            StateChange::HostReplaced { .. } => "RFC 9110 7.2",
            StateChange::Watching
            | StateChange::Joined
            | StateChange::ParametersIgnored { .. }
            | StateChange::OriginConnected => "",
        }
    }
}
