//! The two buffers of a connection: received octets that are not parsed yet, and encoded octets
//! that the socket has not taken yet.
//!
//! ```text
//! read()  -> Unread    GET / HT|              parsed when the head is complete
//! write() <- Outgoing  |HTTP/1.1 200 OK ...   gone when the socket has taken it
//! ```
//!
//! An empty buffer holds no memory, so that an idle connection is small.

use std::time::Instant;

use super::context::Context;
use super::limits::Limits;

/// Octets that have been received and not parsed.
#[derive(Debug, Default)]
pub(super) struct Unread(Option<Box<Received>>);

#[derive(Debug, Default)]
struct Received {
    octets: Vec<u8>,
    /// How many of them have been parsed; they are removed when more arrive.
    taken: usize,
}

impl Unread {
    pub(super) fn rest(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |received| &received.octets[received.taken..])
    }

    pub(super) fn len(&self) -> usize {
        self.rest().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        let received = self.0.get_or_insert_default();
        received.octets.drain(..received.taken);
        received.taken = 0;
        received.octets.extend_from_slice(octets);
    }

    pub(super) fn take(&mut self, count: usize) {
        if let Some(received) = &mut self.0 {
            received.taken = (received.taken + count).min(received.octets.len());
        }
        if self.is_empty() {
            self.0 = None;
        }
    }
}

/// Octets that are encoded and not yet taken by the socket.
#[derive(Debug, Default)]
pub(super) struct Outgoing(Option<Box<Encoded>>);

#[derive(Debug)]
struct Encoded {
    octets: Vec<u8>,
    sent: usize,
    /// The client counts as stalled at this time; each octet that it takes moves it on.
    stalled_at: Instant,
}

impl Outgoing {
    pub(super) fn rest(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |encoded| &encoded.octets[encoded.sent..])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// Whether another step may be encoded after what waits already.
    pub(super) fn has_room(&self, gathers: bool, limits: &Limits) -> bool {
        self.is_empty() || (gathers && self.rest().len() < limits.gather)
    }

    /// When the client counts as stalled; none while nothing waits.
    pub(super) fn stalled_at(&self) -> Option<Instant> {
        self.0.as_ref().map(|encoded| encoded.stalled_at)
    }

    /// Room for the octets of a step.
    pub(super) fn begin(&mut self, cx: &Context<'_>) -> &mut Vec<u8> {
        let encoded = self.0.get_or_insert_with(|| {
            let stalled_at = cx.now + cx.limits.write_stall;
            Box::new(Encoded { octets: Vec::with_capacity(FIRST_CAPACITY), sent: 0, stalled_at })
        });
        // A client that always leaves some octets would otherwise make this grow with each request.
        encoded.octets.drain(..encoded.sent);
        encoded.sent = 0;
        &mut encoded.octets
    }

    /// The step has been encoded. A chunk without data has no octets: then nothing waits.
    pub(super) fn end(&mut self) {
        if self.is_empty() {
            self.0 = None;
        }
    }

    pub(super) fn sent(&mut self, count: usize, cx: &Context<'_>) {
        if let Some(encoded) = &mut self.0 {
            encoded.sent = (encoded.sent + count).min(encoded.octets.len());
            encoded.stalled_at = cx.now + cx.limits.write_stall;
        }
        if self.is_empty() {
            self.0 = None;
        }
    }
}

/// Octets that a response head usually fits in.
const FIRST_CAPACITY: usize = 512;
