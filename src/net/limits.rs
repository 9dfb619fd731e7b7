//! The bounds of the server as a whole.

use std::time::Duration;

use crate::exchange::limits::Limits;
use crate::topic::limits::TopicLimits;

/// Every bound of a server: of each connection, of topics, and of all together.
#[derive(Debug, Clone)]
pub struct ServerLimits {
    /// The bounds of one connection.
    pub exchange: Limits,
    /// The bounds of topics.
    pub topics: TopicLimits,
    /// Maximum number of open connections, 20,000; further ones wait in the listen queue.
    pub connections: usize,
    /// After the first signal connections have this long to end by themselves, 5 s.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> ServerLimits {
        ServerLimits {
            exchange: Limits::default(),
            topics: TopicLimits::default(),
            connections: 20_000,
            drain: Duration::from_secs(5),
        }
    }
}
