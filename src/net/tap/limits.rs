//! The bounds of a relay.

use std::time::Duration;

/// Every bound of a relay. It has none for how slow a side may be, or for how long it may say
/// nothing: a relay that cut a connection for that would show its own fault instead of the
/// origin's.
#[derive(Debug, Clone)]
pub struct TapLimits {
    /// Maximum number of connections that are open at once, 10,000: each has two descriptors.
    /// Further ones wait in the listen queue.
    pub connections: usize,
    /// How long an address of the origin may leave the SYN unanswered, 10 s: Linux sends it again
    /// after 1, 3 and 7 seconds.
    pub connect: Duration,
    /// Octets of one `read()`, 64 KiB, and so the most that wait in one direction: nothing is read
    /// before they have left.
    pub octets: usize,
    /// After the first signal connections have this long to end by themselves, 5 s, as those of the
    /// server.
    pub drain: Duration,
}

impl Default for TapLimits {
    fn default() -> TapLimits {
        TapLimits {
            connections: 10_000,
            connect: Duration::from_secs(10),
            octets: 64 * 1024,
            drain: Duration::from_secs(5),
        }
    }
}
