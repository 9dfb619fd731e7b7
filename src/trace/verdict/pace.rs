//! The times of events: whether they come at one pace.
//!
//! ```text
//! 0.100  0.200  0.301  0.400    mean 100 ms, deviation 0.5 ms: one every 100 ms
//! 0.000  0.002  1.000  1.001    mean 333 ms, deviation 470 ms: no pace
//! ```
//!
//! Mean and deviation are summed up as times come (Welford's method), so that nothing is kept for
//! an event.

use std::time::Duration;

/// The gaps between times that come in order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    last: Option<Duration>,
    gaps: u32,
    mean: f64,
    /// The sum of the squared differences from the mean.
    squares: f64,
    longest: Duration,
}

impl Pace {
    /// It happened again.
    pub(super) fn hear(&mut self, at: Duration) {
        if let Some(last) = self.last.replace(at) {
            let gap = at.saturating_sub(last);
            self.longest = self.longest.max(gap);
            self.gaps = self.gaps.saturating_add(1);
            let difference = gap.as_secs_f64() - self.mean;
            self.mean += difference / f64::from(self.gaps);
            self.squares += difference * (gap.as_secs_f64() - self.mean);
        }
    }

    /// The last time.
    pub(super) fn last(&self) -> Option<Duration> {
        self.last
    }

    /// The gap that nearly all of them have: the deviation is at most a fifth of the mean.
    pub(super) fn regular(&self) -> Option<Duration> {
        let deviation = (self.squares / f64::from(self.gaps.max(1))).sqrt();
        let is_regular = self.gaps >= FEWEST_GAPS && self.mean >= SHORTEST && deviation <= self.mean * REGULAR;
        is_regular.then(|| Duration::from_secs_f64(self.mean))
    }
}

/// Fewer gaps make no pace.
const FEWEST_GAPS: u32 = 3;
/// Seconds; a shorter gap is the time of a system call.
const SHORTEST: f64 = 0.005;
const REGULAR: f64 = 0.2;
