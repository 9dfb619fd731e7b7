//! The founding article's stream: `event:message` with `data:event1` to `data:event100`, a pause
//! after each.
//!
//! ```text
//! GET /api/sse/events?count=2
//!
//! id:1 LF event:message LF data:event1 LF LF
//! id:2 LF event:message LF data:event2 LF LF
//! ```
//!
//! The article's own events have no id; with `id=none` these are its octets. A client that
//! reconnects with `Last-Event-ID: 1` gets the events from the second on, and 204 when it has had
//! the last one.

use std::time::Duration;

use super::piece::Piece;
use crate::wire::sse::Event;

/// The events that are still to come.
#[derive(Debug)]
pub struct DemoEvents {
    /// The number of the next event.
    pub(super) next: u64,
    /// The number of the last one.
    pub(super) last: u64,
    /// The reconnection time that the first event carries.
    pub(super) retry: Option<Duration>,
    /// Whether events have an id.
    pub(super) has_ids: bool,
}

impl DemoEvents {
    // "retry:" stands in the first event: some clients make an event of a block that has no data.
    pub(super) fn next_piece(&mut self) -> Piece {
        if self.next > self.last {
            return Piece::End;
        }
        let event = Event::new(format!("event{}", self.next));
        let event = if self.has_ids { event.with_id(self.next.to_string()) } else { Ok(event) };
        let event = event.and_then(|event| event.with_type("message"));
        let event = event.expect("neither digits nor \"message\" hold a line end");
        let event = match self.retry.take() {
            Some(retry) => event.with_retry(retry),
            None => event,
        };
        self.next += 1;
        let mut octets = Vec::with_capacity(64);
        event.encode(&mut octets);
        Piece::Octets(octets)
    }
}
