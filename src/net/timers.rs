//! The deadlines of peers, in a heap.
//!
//! ```text
//! heap    (10.0 s, peer 3)  (12.5 s, peer 1)  (60.0 s, peer 7)
//! noted   peer 3: 10.0 s    peer 1: 12.5 s    peer 7: 60.0 s
//! ```
//!
//! Most deadlines move on with each octet. A later deadline needs no new entry: when the old entry
//! comes, the peer is asked for its deadline, and an entry that comes too early is put back. So a
//! busy connection moves its deadline for nothing, and the heap holds at most one live entry for
//! each peer. Keys are used again: an entry is live only if its time is the one that the peer has
//! noted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// The deadlines of all peers, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<Timer>>);

/// A deadline of one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timer {
    pub(super) at: Instant,
    /// The peer's key in the slab of peers.
    pub(super) key: u32,
}

impl Timers {
    /// Adds the deadline `at` of a peer, if it is earlier than the one that the peer has `noted`.
    pub(super) fn set(&mut self, key: usize, noted: &mut Option<Instant>, at: Instant) {
        if noted.is_none_or(|noted| at < noted) {
            *noted = Some(at);
            self.0.push(Reverse(Timer { at, key: key as u32 }));
        }
    }

    /// The earliest entry, live or not.
    pub(super) fn earliest(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse(timer)| timer.at)
    }

    /// Removes the earliest entry, if its time has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        if self.earliest()? > now {
            return None;
        }
        self.0.pop().map(|Reverse(timer)| timer)
    }

    /// Removes dead entries, when there are many more of them than peers: an earlier deadline
    /// leaves the later entry behind.
    pub(super) fn shrink(&mut self, peers: usize, is_live: impl Fn(&Timer) -> bool) {
        if self.0.len() > peers + peers / 2 + SPARE {
            self.0.retain(|Reverse(timer)| is_live(timer));
            self.0.shrink_to(SPARE);
        }
    }
}

/// Entries that the heap may have beyond three for every two peers.
const SPARE: usize = 1024;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_later_deadline_needs_no_entry_and_an_earlier_one_does() {
        let (start, mut timers, mut noted) = (Instant::now(), Timers::default(), None);
        let at = |seconds| start + Duration::from_secs(seconds);
        timers.set(3, &mut noted, at(10));
        timers.set(3, &mut noted, at(60));
        timers.set(3, &mut noted, at(5));
        assert_eq!(noted, Some(at(5)));
        assert_eq!(timers.pop_due(at(4)), None);
        assert_eq!(timers.pop_due(at(20)), Some(Timer { at: at(5), key: 3 }));
        assert_eq!(timers.pop_due(at(20)), Some(Timer { at: at(10), key: 3 }));
        assert_eq!(timers.pop_due(at(90)), None);
    }
}
