//! What all connections of a relay share: the time, the bounds, the trace.

use std::time::{Duration, Instant};

use super::limits::TapLimits;
use crate::net::clock::Clock;
use crate::trace::recorder::Trace;

/// One for the relay; each call on a pair gets it.
pub(super) struct Shared {
    pub(super) clock: Clock,
    started: Instant,
    /// The time, read once for each turn.
    pub(super) now: Instant,
    /// When the processor time was noted, as the clock demands.
    noted: Instant,
    pub(super) limits: TapLimits,
    pub(super) trace: Trace,
}

impl Shared {
    pub(super) fn new(limits: TapLimits, started: Instant) -> Shared {
        Shared { clock: Clock::new(), started, now: started, noted: started, limits, trace: Trace::new(Vec::new()) }
    }

    /// Reads the clock after a sleep of at most `timeout`.
    pub(super) fn begin_turn(&mut self, timeout: Option<Duration>) {
        self.now = self.clock.after_sleep(timeout);
        if self.now >= self.noted + Duration::from_secs(1) {
            self.noted = self.now;
            self.clock.note_work();
        }
    }

    /// The time of this turn, as the trace counts it.
    pub(super) fn at(&self) -> Duration {
        self.now.saturating_duration_since(self.started)
    }
}
