//! `GET /metrics`: the counters in the text format of Prometheus.
//!
//! ```text
//! # HELP wirestep_connections_open Connections that are open now.
//! # TYPE wirestep_connections_open gauge
//! wirestep_connections_open 3
//! ```
//!
//! A new counter needs a line in `render` and one in `docs/metrics.md`; a test compares the two.

use std::fmt::Write;

use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use crate::exchange::metrics::Metrics;
use crate::exchange::response::Response;
use crate::topic::topics::TopicTotals;

/// `GET /metrics`.
pub(super) fn metrics(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    visit.site.check_host(&visit.request.head)?;
    let page = render(visit.cx.metrics, &visit.topics.totals());
    Ok(visit.whole(Response::new(200, b"text/plain; version=0.0.4; charset=utf-8".as_slice(), page.into_bytes())))
}

fn render(metrics: &Metrics, totals: &TopicTotals) -> String {
    let mut page = Exposition(String::new());
    let open = metrics.connections.value().saturating_sub(metrics.closed.value());
    page.one("connections_open", "gauge", "Connections that are open now.", open);
    page.one("connections_total", "counter", "Connections that have been accepted.", metrics.connections.value());
    page.one("requests_total", "counter", "Requests that were complete and got a response.", metrics.requests.value());
    page.one("received_octets_total", "counter", "Octets read from sockets.", metrics.received.value());
    page.one("sent_octets_total", "counter", "Octets written to sockets.", metrics.sent.value());
    let help = "Writes for which the socket had no room.";
    page.one("would_blocks_total", "counter", help, metrics.would_blocks.value());
    page.head("refusals_total", "counter", "Requests that were refused, by reason.");
    for (reason, count) in metrics.refusals() {
        _ = writeln!(page.0, "wirestep_refusals_total{{reason=\"{reason}\"}} {count}");
    }
    page.one("topics", "gauge", "Topics that exist now.", totals.topics);
    page.one("subscribers", "gauge", "Subscribers of all topics now.", totals.subscribers);
    page.one("events_total", "counter", "Events that have been published.", totals.events);
    page.one(
        "deliveries_total",
        "counter",
        "Events that sockets have taken, counted for each subscriber.",
        totals.deliveries,
    );
    page.one("lost_events_total", "counter", "Events that left the ring before a subscriber had them.", totals.lost);
    page.one("ring_events", "gauge", "Events that rings keep for clients that reconnect.", totals.kept);
    page.one("ring_octets", "gauge", "Octets that rings keep for clients that reconnect.", totals.kept_octets);
    page.0
}

struct Exposition(String);

impl Exposition {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        _ = writeln!(self.0, "# HELP wirestep_{name} {help}\n# TYPE wirestep_{name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        _ = writeln!(self.0, "wirestep_{name} {value}");
    }
}
