//! What the server counts about connections and requests.
//!
//! One thread serves every connection, so a counter is a cell and not an atomic: counting is one
//! addition. `site::metrics` prints the counters; what topics count they keep themselves.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Counters since the start of the server.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Connections that have been accepted.
    pub connections: Counter,
    /// Connections that have been closed.
    pub closed: Counter,
    /// Requests that the site has answered.
    pub requests: Counter,
    /// Octets that `read` has brought.
    pub received: Counter,
    /// Octets that `write` has taken.
    pub sent: Counter,
    /// Calls of `write` that the socket had no room for.
    pub would_blocks: Counter,
    /// Requests that were refused, by reason: before the site saw them, or by the site.
    refusals: RefCell<BTreeMap<&'static str, u64>>,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(Cell<u64>);

impl Counter {
    /// Adds `amount` to the counter.
    pub fn add(&self, amount: u64) {
        self.0.set(self.0.get().wrapping_add(amount));
    }

    /// The number so far.
    pub fn value(&self) -> u64 {
        self.0.get()
    }
}

impl Metrics {
    /// Counts a refused request under its reason.
    pub fn refused(&self, reason: &'static str) {
        *self.refusals.borrow_mut().entry(reason).or_default() += 1;
    }

    /// The refusals so far: reason and count, sorted by reason.
    pub fn refusals(&self) -> Vec<(&'static str, u64)> {
        self.refusals.borrow().iter().map(|(reason, count)| (*reason, *count)).collect()
    }
}
