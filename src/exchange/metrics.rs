//! What the server counts, in the text format of Prometheus.
//!
//! One thread serves everybody, so a counter is a cell and not an atomic: counting is one addition. What topics count
//! (events, deliveries, lost events) they keep themselves; the trace, for those who follow it, is no topic and is not counted.
//!
//! ```text
//! # HELP wirestep_connections_open Connections that are open now.
//! # TYPE wirestep_connections_open gauge
//! wirestep_connections_open 3
//! ```
//!
//! A new counter needs a line in [`Metrics::render`] and one in `docs/metrics.md`; a test compares the two.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write;

use crate::topic::Topics;

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
    /// Counts `amount` more.
    pub fn add(&self, amount: u64) {
        self.0.set(self.0.get().wrapping_add(amount));
    }

    /// The number so far.
    pub fn value(&self) -> u64 {
        self.0.get()
    }
}

impl Metrics {
    /// Counts a refusal.
    pub fn refused(&self, reason: &'static str) {
        *self.refusals.borrow_mut().entry(reason).or_default() += 1;
    }

    /// All of it, in the text format that Prometheus reads.
    pub fn render(&self, topics: &Topics) -> String {
        let mut page = Page(String::new());
        let open = self.connections.value().saturating_sub(self.closed.value());
        let usage = topics.usage();
        page.one("connections_open", "gauge", "Connections that are open now.", open);
        page.one("connections_total", "counter", "Connections that have been accepted.", self.connections.value());
        page.one("requests_total", "counter", "Requests that were complete and got a response.", self.requests.value());
        page.one("received_octets_total", "counter", "Octets read from sockets.", self.received.value());
        page.one("sent_octets_total", "counter", "Octets written to sockets.", self.sent.value());
        let help = "Writes for which the socket had no room.";
        page.one("would_blocks_total", "counter", help, self.would_blocks.value());
        page.head("refusals_total", "counter", "Requests that were refused, by reason.");
        for (reason, count) in self.refusals.borrow().iter() {
            _ = writeln!(page.0, "wirestep_refusals_total{{reason=\"{reason}\"}} {count}");
        }
        page.one("topics", "gauge", "Topics that exist now.", usage.topics);
        page.one("subscribers", "gauge", "Subscribers of all topics now.", usage.subscribers);
        page.one("events_total", "counter", "Events that have been published.", usage.events);
        page.one(
            "deliveries_total",
            "counter",
            "Events that sockets have taken, counted for each subscriber.",
            usage.deliveries,
        );
        page.one("lost_events_total", "counter", "Events that left the ring before a subscriber had them.", usage.lost);
        page.one("ring_events", "gauge", "Events that rings keep for clients that reconnect.", usage.kept);
        page.one("ring_octets", "gauge", "Octets that rings keep for clients that reconnect.", usage.kept_octets);
        page.0
    }
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        _ = writeln!(self.0, "# HELP wirestep_{name} {help}\n# TYPE wirestep_{name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        _ = writeln!(self.0, "wirestep_{name} {value}");
    }
}
