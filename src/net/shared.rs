//! What all peers share: the time, the bounds, the site, the topics, the counters, the trace.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use super::clock::Clock;
use super::limits::ServerLimits;
use super::memory::Memory;
use crate::exchange::context::{Context, GeneralFields};
use crate::exchange::metrics::Metrics;
use crate::exchange::stepping::Pace;
use crate::site::Site;
use crate::topic::topics::Topics;
use crate::trace::record::ConnectionId;
use crate::trace::recorder::Trace;

/// One for the server; each call on a peer gets it.
pub(super) struct Shared {
    pub(super) clock: Clock,
    started: Instant,
    /// The time, read once for each turn.
    pub(super) now: Instant,
    /// The same, as the trace counts it: since the start.
    at: Duration,
    pub(super) limits: ServerLimits,
    pub(super) fields: GeneralFields,
    pub(super) site: Site,
    pub(super) topics: Topics,
    pub(super) metrics: Metrics,
    pub(super) trace: Trace,
    pub(super) stepping: ServerStepping,
    pub(super) memory: Memory,
}

/// Stepping by hand, as the whole server sees it. What one connection knows of it is its own
/// ([`crate::exchange::stepping::Stepping`]).
#[derive(Debug)]
pub(super) struct ServerStepping {
    /// The pace of connections that are accepted now.
    pub(super) pace: Pace,
    /// The connections with a held step and their keys, the one that has been held longest first.
    pub(super) held: VecDeque<(ConnectionId, usize)>,
    /// The operator has been told how a step is released. Once is enough.
    pub(super) is_told: bool,
}

impl Shared {
    pub(super) fn new(limits: ServerLimits, site: Site, started: Instant) -> Shared {
        let (now, wall) = (Instant::now(), SystemTime::now());
        let milliseconds = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        Shared {
            clock: Clock::new(),
            started,
            now,
            at: now.saturating_duration_since(started),
            fields: GeneralFields::new(now, wall, limits.exchange.idle),
            topics: Topics::new(limits.topics, u64::try_from(milliseconds).unwrap_or_default()),
            memory: Memory::new(limits.kept),
            limits,
            site,
            metrics: Metrics::default(),
            trace: Trace::new(Vec::new()),
            stepping: ServerStepping { pace: Pace::Free, held: VecDeque::new(), is_told: false },
        }
    }

    /// The time of this turn, as the trace counts it.
    pub(super) fn at(&self) -> Duration {
        self.at
    }

    /// What a connection may know at this turn.
    pub(super) fn cx(&self) -> Context<'_> {
        self.fields.context(self.now, &self.limits.exchange, &self.metrics)
    }

    /// Reads the clock after a sleep of at most `timeout`.
    pub(super) fn begin_turn(&mut self, timeout: Option<Duration>) {
        let lost = self.clock.lost();
        self.now = self.clock.after_sleep(timeout);
        self.at = self.now.saturating_duration_since(self.started);
        // Once a second, while the loop turns at all.
        if self.fields.are_old(self.now) || self.clock.lost() > lost {
            self.fields = self.fields.renewed(self.now, SystemTime::now(), self.limits.exchange.idle);
            self.topics.forget_unused(self.now);
            self.clock.note_work();
        }
    }
}

impl ServerStepping {
    /// The connection has a held step no more, or is gone.
    pub(super) fn remove(&mut self, connection: ConnectionId) {
        self.held.retain(|(id, _)| *id != connection);
    }
}
