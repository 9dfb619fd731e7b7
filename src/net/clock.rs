//! The clock by which deadlines are kept: it stands still while the server is stopped.
//!
//! Somebody who thinks for ten minutes at a breakpoint does not want to find that every connection has timed out meanwhile: no
//! request in time (408), no octet taken (RST), nothing to do (FIN). So time that the loop has neither worked nor slept through
//! on purpose is lost time, and is taken away from every reading.
//!
//! ```text
//! reading      sleep in poll, for 60 s at most      reading      work      reading
//!    |---------------------------------------------------|--------------------|
//!      more than 61 s, or cut short without              more than 1 s: stopped while it worked
//!      an event: stopped while it slept
//! ```
//!
//! Which part of such a stretch was sleep cannot be known, so all of it is lost: a deadline may come late, never early. What is
//! stopped for less than [`STOPPED`] is not noticed. On a machine so busy that a turn takes longer than that, deadlines come
//! later too, and that is just: the peers have waited for us, not we for them.
//!
//! For the next editor: times in the trace are readings of this clock, `Date` is not; it must not grow old by a stop.

use std::time::{Duration, Instant};

use crate::trace::blocking_writer::take_waited;

/// A clock that is read by the loop, twice in a turn at most.
#[derive(Debug)]
pub(super) struct Clock {
    /// What the real clock showed when it was read last.
    read: Instant,
    /// How long the server has been stopped, all in all.
    lost: Duration,
}

impl Clock {
    /// A clock that has lost nothing yet.
    pub(super) fn new() -> Clock {
        Clock { read: Instant::now(), lost: Duration::ZERO }
    }

    /// The time, after work alone.
    pub(super) fn after_work(&mut self) -> Instant {
        self.advance(Instant::now(), Some(Duration::ZERO))
    }

    /// The time, after a sleep of at most `patience`, which is zero if the sleep was cut short by a stop; without a bound there
    /// was no deadline to be kept.
    pub(super) fn after_sleep(&mut self, patience: Option<Duration>) -> Instant {
        self.advance(Instant::now(), patience)
    }

    /// How long the server has been stopped, all in all.
    pub(super) fn lost(&self) -> Duration {
        self.lost
    }

    fn advance(&mut self, real: Instant, patience: Option<Duration>) -> Instant {
        let passed = real.saturating_duration_since(self.read);
        self.read = real;
        if patience.is_some_and(|patience| passed > patience + STOPPED) {
            self.lost += passed;
            let stopped = match take_waited().is_zero() {
                true => "something has stopped the server",
                false => "the reader of standard output has kept the server waiting",
            };
            log::info!("{stopped}, for {:.1} s at most; deadlines have stood still", passed.as_secs_f64());
        }
        real - self.lost
    }
}

/// A turn of the loop takes microseconds; whatever takes this long is a debugger, or a signal (SIGSTOP).
const STOPPED: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::{Clock, Duration, Instant};

    /// A clock, and the times it shows at these milliseconds of real time.
    fn readings(stretches: &[(u64, Option<u64>)]) -> Vec<u128> {
        let start = Instant::now();
        let mut clock = Clock { read: start, lost: Duration::ZERO };
        let mut read = |&(at, patience): &(u64, Option<u64>)| {
            let now = clock.advance(start + Duration::from_millis(at), patience.map(Duration::from_millis));
            (now - start).as_millis()
        };
        stretches.iter().map(&mut read).collect()
    }

    #[test]
    fn sleep_and_short_work_pass() {
        assert_eq!(readings(&[(500, Some(0)), (60_500, Some(60_000)), (60_510, Some(0))]), [500, 60_500, 60_510]);
    }

    #[test]
    fn ten_minutes_at_a_breakpoint_do_not() {
        assert_eq!(readings(&[(100, Some(0)), (600_100, Some(0)), (600_200, Some(100))]), [100, 100, 200]);
    }

    #[test]
    fn a_stop_while_the_loop_slept_is_not_sleep() {
        assert_eq!(readings(&[(100, Some(0)), (9_000, Some(3_000)), (9_100, Some(0))]), [100, 100, 200]);
    }

    #[test]
    fn without_a_deadline_any_sleep_is_sleep() {
        assert_eq!(readings(&[(900_000, None), (900_100, Some(0))]), [900_000, 900_100]);
    }
}
