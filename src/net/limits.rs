//! The bounds of the server as a whole.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

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
    /// Octets that all connections keep together, 64 MiB: bodies that arrive, octets that are not
    /// parsed, responses that wait. Beyond it peers are not read, and requests are refused with
    /// 503.
    pub kept: usize,
    /// After the first signal connections have this long to end by themselves, 5 s.
    pub drain: Duration,
}

impl ServerLimits {
    /// Raises the soft limit of descriptors (RLIMIT_NOFILE) to the hard one; how many connections
    /// are possible then. macOS refuses more than OPEN_MAX, whatever its hard limit says
    /// (setrlimit(2)).
    pub fn raise_descriptor_limit() -> usize {
        let mut limit = getrlimit(Resource::Nofile);
        let open_max = Some(limit.maximum.map_or(OPEN_MAX, |hard| hard.min(OPEN_MAX)));
        for current in [limit.maximum, open_max] {
            let is_more = limit.current.is_some_and(|now| current.is_none_or(|asked| asked > now));
            if is_more && setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum }).is_ok() {
                limit.current = current;
            }
        }
        let descriptors = limit.current.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        descriptors.saturating_sub(OTHER_DESCRIPTORS)
    }
}

/// Descriptors for everything that is no connection: listeners, epoll, files, lessons.
const OTHER_DESCRIPTORS: usize = 16;
/// OPEN_MAX of macOS.
const OPEN_MAX: u64 = 10_240;

impl Default for ServerLimits {
    fn default() -> ServerLimits {
        ServerLimits {
            exchange: Limits::default(),
            topics: TopicLimits::default(),
            connections: 20_000,
            kept: 64 * 1024 * 1024,
            drain: Duration::from_secs(5),
        }
    }
}
