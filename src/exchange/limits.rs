//! Every bound of the server in one place, each with its default and the reason for it.
//!
//! A bound that is missing here is a way to make the server grow, wait or work without end.

use std::time::Duration;

use crate::topic::limits::TopicLimits;
use crate::wire::request::HeadLimits;

/// The bounds. Times are durations, sizes are octets.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Request-line 8000 octets (414), head 16 KiB (431): what browsers send is far below.
    pub head: HeadLimits,
    /// Octets of a request body, 1 MiB (413): a body is held until it is complete.
    pub body: u64,
    /// Octets of chunk extensions and trailer fields of one body, 16 KiB: they are parsed and thrown away.
    pub framing_overhead: u32,
    /// A head must be complete so long after its first octet, 10 s (408).
    pub head_time: Duration,
    /// A body must bring an octet so often, 10 s (408).
    pub body_stall: Duration,
    /// A body must be complete after so long, 60 s (408): an octet every nine seconds is no upload.
    pub body_time: Duration,
    /// A persistent connection waits so long for the next request, 60 s. Sent as `Keep-Alive: timeout=60`.
    pub idle: Duration,
    /// A client that takes nothing for so long while octets are waiting for it is cut off, 30 s.
    pub write_stall: Duration,
    /// After our FIN we read so long for theirs, 30 s in all: the refusal must arrive while a client still uploads.
    pub linger: Duration,
    /// ... and so long without an octet, 5 s.
    pub linger_silence: Duration,
    /// Octets that are read ahead of the response under way, 64 KiB. Then TCP's window makes the client wait.
    pub read_ahead: usize,
    /// Octets that are gathered for one write, 64 KiB.
    pub gather: usize,
    /// Connections open at once, 20,000; more of them wait in the listen queue.
    pub connections: usize,
    /// A comment keeps an idle event stream awake after so long at most, 15 s (WHATWG HTML, "Authoring notes").
    pub heartbeat: Duration,
    /// The bounds of topics.
    pub topics: TopicLimits,
    /// After the first signal connections have so long to end by themselves, 5 s.
    pub drain: Duration,
}

impl Limits {
    /// The kernel gives a connection up when what was written has not been acknowledged for so long, or has found no room: 2
    /// minutes, four times [`Limits::write_stall`]. A host that has vanished says nothing, so only what is written to it, a
    /// heartbeat at the latest, shows that it has. A client that merely does not read looks the same to the kernel: it gets
    /// time enough to be stopped in a debugger, and is cut off by us, who can say why, once octets wait for it here.
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
            connections: 20_000,
            heartbeat: Duration::from_secs(15),
            topics: TopicLimits::default(),
            drain: Duration::from_secs(5),
        }
    }
}
