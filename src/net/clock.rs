//! The clock by which deadlines are kept: it stands still while the server is stopped.
//!
//! A person who thinks for ten minutes at a breakpoint does not want every connection to time out
//! meanwhile: no request in time (408), no octet taken (RST), nothing to do (FIN). So time that the
//! loop has neither worked nor slept through on purpose is lost time, and is taken away from every
//! reading.
//!
//! ```text
//! reading      sleep in poll, for 60 s at most      reading      work      reading
//!    |---------------------------------------------------|--------------------|
//!      more than 61 s, or cut short without              more than 1 s, and less than
//!      an event: stopped while it slept                  that of it in the processor: stopped
//! ```
//!
//! Which part of a stretch was sleep cannot be known, so all of it is lost: a deadline may come
//! late, never early. The server's own work is no stop: the processor time that it took is not
//! lost, however long it was. A stop shorter than [`STOPPED`] is not noticed.
//!
//! For the next editor: times in the trace are readings of this clock, `Date` is not; it must not
//! grow old by a stop.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A clock that is read by the loop, twice in a turn at most.
#[derive(Debug)]
pub(super) struct Clock {
    /// What the real clock showed when it was read last.
    read: Instant,
    /// How long the server has been stopped in all.
    lost: Duration,
    /// Processor time of this thread when [`Clock::note_work`] was called last.
    worked: Duration,
}

impl Clock {
    /// A clock that has lost nothing yet.
    pub(super) fn new() -> Clock {
        Clock { read: Instant::now(), lost: Duration::ZERO, worked: processor_time() }
    }

    /// The time, after work alone.
    pub(super) fn after_work(&mut self) -> Instant {
        self.advance(Instant::now(), Some(Duration::ZERO))
    }

    /// The time, after a sleep of at most `timeout`, which is zero if the sleep was cut short by a
    /// stop; without a bound there was no deadline to be kept.
    pub(super) fn after_sleep(&mut self, timeout: Option<Duration>) -> Instant {
        self.advance(Instant::now(), timeout)
    }

    /// How long the server has been stopped in all.
    pub(super) fn lost(&self) -> Duration {
        self.lost
    }

    /// Notes the processor time so far. To be called about once a second, since it is a system
    /// call.
    pub(super) fn note_work(&mut self) {
        self.worked = processor_time();
    }

    fn advance(&mut self, real: Instant, timeout: Option<Duration>) -> Instant {
        let passed = real.saturating_duration_since(self.read);
        self.read = real;
        if timeout.is_some_and(|timeout| passed > timeout + STOPPED) {
            let work = processor_time().saturating_sub(self.worked);
            self.note_work();
            self.lose(passed, work);
        }
        real - self.lost
    }

    // A stretch that was too long, with the processor time that was spent in it, or shortly before
    // it.
    fn lose(&mut self, passed: Duration, work: Duration) {
        let stopped = passed.saturating_sub(work);
        if stopped > STOPPED {
            self.lost += stopped;
            let seconds = stopped.as_secs_f64();
            log::info!("the process was stopped for {seconds:.1} s at most; deadlines have stood still");
        }
    }
}

fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// A turn of the loop takes microseconds; a debugger or SIGSTOP takes longer than this.
const STOPPED: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::{Clock, Duration, Instant};

    /// A clock, and the times it shows at these milliseconds of real time.
    fn readings(stretches: &[(u64, Option<u64>)]) -> Vec<u128> {
        let start = Instant::now();
        let mut clock = Clock { read: start, lost: Duration::ZERO, worked: super::processor_time() };
        let mut read = |&(at, timeout): &(u64, Option<u64>)| {
            let now = clock.advance(start + Duration::from_millis(at), timeout.map(Duration::from_millis));
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

    #[test]
    fn long_work_of_the_server_itself_is_no_stop() {
        let mut clock = Clock::new();
        clock.lose(Duration::from_secs(18), Duration::from_millis(17_500));
        assert_eq!(clock.lost(), Duration::ZERO);
        clock.lose(Duration::from_secs(18), Duration::from_secs(3));
        assert_eq!(clock.lost(), Duration::from_secs(15));
    }
}
