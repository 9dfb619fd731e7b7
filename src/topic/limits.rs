//! The bounds of topics, each with its default and the reason for it.

use std::time::Duration;

/// What publishing and subscribing can make the server keep.
#[derive(Debug, Clone, Copy)]
pub struct TopicLimits {
    /// Topics at once, 1,000.
    pub topics: usize,
    /// Octets of a name, 64.
    pub name: usize,
    /// Octets of an event id from outside, 256: a client returns it in a request head, which is
    /// bounded everywhere.
    pub id: usize,
    /// Events that are kept for clients that reconnect, 1,024 for each topic.
    pub events: usize,
    /// Octets that are kept, 8 MiB for each topic: a hundred events of the largest size that is
    /// common (64 KiB), for a subscriber that pauses. The newest event is always kept.
    pub octets: usize,
    /// Octets that all topics keep together, 64 MiB; then the topic that has been unused for
    /// longest forgets first.
    pub all_octets: usize,
    /// Octets of one event as it goes out, 256 KiB (413).
    pub event: usize,
    /// A topic is forgotten after this long without a subscriber and without an event, 10 minutes;
    /// one without events when its last subscriber leaves.
    pub idle: Duration,
}

impl Default for TopicLimits {
    fn default() -> TopicLimits {
        TopicLimits {
            topics: 1000,
            name: 64,
            id: 256,
            events: 1024,
            octets: 8 * 1024 * 1024,
            all_octets: 64 * 1024 * 1024,
            event: 256 * 1024,
            idle: Duration::from_secs(600),
        }
    }
}
