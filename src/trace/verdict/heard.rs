//! What is known of one request, and of the response that runs.

use std::time::Duration;

use super::pace::Pace;
use crate::wire::body_rule::BodyRule;
use crate::wire::fault::Fault;
use crate::wire::finding::{EventCount, Seconds};
use crate::wire::gap::Gap;
use crate::wire::span::{Detail, Span};

/// A request that has no complete response.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    /// When its first octet came.
    pub(super) at: Duration,
}

/// A response that runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Response {
    /// Its number on the connection.
    pub(super) number: u32,
    pub(super) status: u16,
    pub(super) is_event_stream: bool,
    /// Which rule ends its body, once its head is complete.
    pub(super) rule: Option<BodyRule>,
    /// When its head was complete.
    pub(super) head_at: Duration,
    /// When the last octet came.
    pub(super) last_octet: Duration,
    pub(super) events: Pace,
    /// Events that a blank line has dispatched.
    pub(super) dispatched: u32,
    /// Why the place of its octets is not known, if it is not.
    pub(super) gap: Option<Gap>,
    /// Why an octet cannot stand where it stands.
    pub(super) fault: Option<Fault>,
}

impl Response {
    /// Digits of the status code.
    pub(super) fn take_status(&mut self, digits: &[u8]) {
        for digit in digits {
            self.status = self.status.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0')));
        }
    }

    /// A field line, name and value in lower case.
    pub(super) fn take_field(&mut self, name: &str, value: &str) {
        if name == "content-type" {
            self.is_event_stream = value.split(';').next().is_some_and(|essence| essence.trim() == "text/event-stream");
        }
    }

    /// Octets of the body, with what they are to a reader of the event stream.
    pub(super) fn content(&mut self, at: Duration, span: &Span) {
        if let Detail::Event { .. } = span.detail {
            self.dispatched = self.dispatched.saturating_add(1);
            self.events.hear(at);
        }
    }

    /// The events of a stream whose octets can be read.
    pub(super) fn count(&self) -> Option<EventCount> {
        let every = self.events.regular().map(Seconds);
        self.is_event_stream.then_some(EventCount { events: self.dispatched, every })
    }
}
