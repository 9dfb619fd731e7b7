//! Octets that all connections keep together: received and not parsed, bodies that arrive,
//! responses that wait.
//!
//! ```text
//! below half of the bound    every peer is read
//! above it                   only peers that keep little are read: a small request gets through
//! at the bound               no peer is read, and a request is refused with 503
//! ```
//!
//! Each connection has bounds of its own; without this one their sum would be the number of
//! connections times as much. Time limits give octets back: an incomplete request lasts 10 s, a
//! client that takes nothing 30 s.

use std::collections::BTreeSet;

/// What is kept, and the peers that wait to be read.
#[derive(Debug)]
pub(super) struct Memory {
    kept: usize,
    bound: usize,
    waiting: BTreeSet<usize>,
}

impl Memory {
    pub(super) fn new(bound: usize) -> Memory {
        Memory { kept: 0, bound, waiting: BTreeSet::new() }
    }

    /// A peer that kept `before` octets keeps `now`.
    pub(super) fn update(&mut self, before: usize, now: usize) {
        self.kept = self.kept.saturating_sub(before) + now;
    }

    /// Whether a peer that keeps this many octets may be read.
    pub(super) fn allows(&self, octets: usize) -> bool {
        match self.kept {
            kept if kept < self.bound / 2 => true,
            kept => kept < self.bound && octets < LITTLE,
        }
    }

    /// No request may be carried out.
    pub(super) fn is_spent(&self) -> bool {
        self.kept >= self.bound
    }

    /// The peer `key` has octets to read, and must wait.
    pub(super) fn wait(&mut self, key: usize) {
        self.waiting.insert(key);
    }

    /// Peers wait, and octets have been given back: the loop must not sleep.
    pub(super) fn can_release(&self) -> bool {
        !self.waiting.is_empty() && self.kept < self.bound / 2
    }

    /// The peers that may be tried again, if octets have been given back.
    pub(super) fn released(&mut self) -> BTreeSet<usize> {
        if self.can_release() { std::mem::take(&mut self.waiting) } else { BTreeSet::new() }
    }
}

/// Octets of a peer that keeps little: an ordinary request head.
const LITTLE: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_half_only_peers_that_keep_little_are_read_and_at_the_bound_none() {
        let mut memory = Memory::new(100_000);
        memory.update(0, 49_999);
        assert!(memory.allows(1_000_000));
        memory.update(49_999, 50_000);
        assert!(!memory.allows(5_000) && memory.allows(1_000) && !memory.is_spent());
        memory.wait(7);
        assert!(memory.released().is_empty());
        memory.update(0, 50_000);
        assert!(!memory.allows(0) && memory.is_spent());
        memory.update(100_000, 10);
        assert_eq!(memory.released(), BTreeSet::from([7]));
    }
}
