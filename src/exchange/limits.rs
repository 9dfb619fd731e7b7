//! The bounds of one connection, each with its default and the reason for it. Times are durations,
//! sizes are octets.
//!
//! A bound that is missing here is a way to make the server grow, wait or work without end. The
//! bounds of topics are in `topic::limits`, those of the server as a whole in `net::limits`.

use std::time::Duration;

use crate::wire::request::HeadLimits;

/// The bounds of a connection.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Request-line 8000 octets (414), head 16 KiB (431): what browsers send is far below.
    pub head: HeadLimits,
    /// Octets of a request body, 1 MiB (413): a body is kept until it is complete.
    pub body: u64,
    /// Octets of chunk extensions and trailer fields of one body, 16 KiB: they are parsed and
    /// dropped.
    pub framing_overhead: u32,
    /// Time limit for a head after its first octet, 10 s (408).
    pub head_time: Duration,
    /// Time limit for the next octet of a body, 10 s (408).
    pub body_stall: Duration,
    /// Time limit for a whole body, 60 s (408): an octet every nine seconds is no upload.
    pub body_time: Duration,
    /// Time limit for the next request on a persistent connection, 60 s. Announced as `Keep-Alive:
    /// timeout=60`.
    pub idle: Duration,
    /// A client that takes no octet for this long while octets wait for it is reset, 30 s.
    pub write_stall: Duration,
    /// After the server's FIN the client's is waited for this long, 30 s in all: a refusal must
    /// arrive while the client still uploads.
    pub linger: Duration,
    /// ... and this long without an octet, 5 s.
    pub linger_silence: Duration,
    /// Octets that are read ahead of the response under way, 64 KiB. Then TCP's window makes the
    /// client wait.
    pub read_ahead: usize,
    /// Octets that are gathered for one write, 64 KiB.
    pub gather: usize,
    /// A comment follows this long a silence of an event stream at most, 15 s (WHATWG HTML,
    /// "Authoring notes").
    pub heartbeat: Duration,
    /// A step that is held by hand goes on by itself after this long, 1 hour: longer than a lesson
    /// lasts.
    pub held: Duration,
    /// After the client's FIN a held step or a pause lasts this long at most, 30 s: the client may
    /// have left, and only the next octets that are sent to it can show that.
    pub after_fin: Duration,
}

impl Limits {
    /// How long octets may stay unacknowledged before the kernel gives the connection up
    /// (TCP_USER_TIMEOUT): 2 minutes, four times [`Limits::write_stall`]. A host that has vanished
    /// sends nothing, so only octets that are written to it, a heartbeat at the latest, can show
    /// that. A client that merely does not read looks the same to the kernel: it has time to be
    /// stopped in a debugger, and the server, which can tell why, resets it first.
    pub fn unacknowledged(&self) -> Duration {
        4 * self.write_stall
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            head: HeadLimits::default(),
            body: 1024 * 1024,
            framing_overhead: 16 * 1024,
            head_time: Duration::from_secs(10),
            body_stall: Duration::from_secs(10),
            body_time: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            write_stall: Duration::from_secs(30),
            linger: Duration::from_secs(30),
            linger_silence: Duration::from_secs(5),
            read_ahead: 64 * 1024,
            gather: 64 * 1024,
            heartbeat: Duration::from_secs(15),
            held: Duration::from_secs(3600),
            after_fin: Duration::from_secs(30),
        }
    }
}
