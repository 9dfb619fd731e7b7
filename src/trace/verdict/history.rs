//! What came before on the same target: a client that reconnects, and what it gets.
//!
//! ```text
//! GET /sse                      events 1 2 3, complete
//! GET /sse  Last-Event-ID: 3    event 4 ...    Resumed
//! GET /sse  Last-Event-ID: 3    event 1 ...    ResumeRepeats
//! GET /sse                      events 1 2 3   ReconnectLoop, if it happens again and again
//! ```
//!
//! Two clients that ask for one target look alike, unless the streams follow each other; and only a
//! client that asks for event streams, as an EventSource does, is taken for one that reconnects.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::heard::{Request, Response};
use crate::wire::finding::{Finding, Seconds};

/// The targets whose streams have ended, and how they began.
#[derive(Debug, Default)]
pub(super) struct History {
    streams: HashMap<u64, Ended>,
    /// In the order in which they are forgotten.
    order: VecDeque<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Ended {
    first: u64,
    began: Duration,
    at: Duration,
    /// Streams in a row that began with the same event.
    times: u32,
}

impl History {
    /// A stream has ended: what is found of it beside those before.
    pub(super) fn hear(&mut self, request: &Request, response: &Response, at: Duration, out: &mut Vec<Finding>) {
        let Some(first) = response.events.first_hash else { return };
        let key = request.key();
        let before = self.streams.get(&key).copied();
        let follows = before.filter(|before| request.at >= before.at && request.at - before.at <= SOON);
        let repeats = follows.filter(|before| before.first == first);
        match (request.has_last_event_id, follows, repeats) {
            (true, _, Some(_)) => out.push(Finding::ResumeRepeats),
            (true, Some(_), None) => out.push(Finding::Resumed),
            (true, None, None) | (false, _, _) => {}
        }
        let times = repeats.map_or(1, |before| before.times.saturating_add(1));
        if let Some(before) = repeats
            && times >= LOOP
            && (request.wants_events || request.has_last_event_id)
        {
            let every = Seconds(request.at.saturating_sub(before.began));
            out.push(Finding::ReconnectLoop { times, every });
        }
        self.keep(key, Ended { first, began: request.at, at, times });
    }

    fn keep(&mut self, key: u64, ended: Ended) {
        if self.streams.insert(key, ended).is_none() {
            self.order.push_back(key);
            if self.order.len() > MOST_TARGETS
                && let Some(oldest) = self.order.pop_front()
            {
                self.streams.remove(&oldest);
            }
        }
    }
}

/// A client that reconnects does it within this time: browsers wait 3 or 5 s, others back off.
const SOON: Duration = Duration::from_secs(35);
/// Streams in a row that make a loop.
const LOOP: u32 = 3;
const MOST_TARGETS: usize = 256;
