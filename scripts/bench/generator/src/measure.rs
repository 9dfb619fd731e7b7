//! Times: a histogram that knows percentiles, and the CPU time that other processes have used.

use std::fs;
use std::io;
use std::time::Duration;

/// Counts durations in buckets that are at most 3 % wide.
#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Vec<u32>,
    count: u64,
    longest: u64,
}

impl Histogram {
    /// Empty.
    pub fn new() -> Histogram {
        Histogram { buckets: vec![0; 64 * SUB], count: 0, longest: 0 }
    }

    /// One more.
    pub fn add(&mut self, nanoseconds: u64) {
        self.buckets[bucket(nanoseconds)] += 1;
        self.count += 1;
        self.longest = self.longest.max(nanoseconds);
    }

    /// The duration that this share of all does not exceed, in microseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let wanted = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut sum = 0;
        for (index, &count) in self.buckets.iter().enumerate() {
            sum += u64::from(count);
            if sum >= wanted {
                return middle(index).min(self.longest) as f64 / 1000.0;
            }
        }
        0.0
    }

    /// The longest one, in microseconds.
    pub fn longest(&self) -> f64 {
        self.longest as f64 / 1000.0
    }
}

// 32 buckets for each power of two.
fn bucket(value: u64) -> usize {
    let magnitude = (64 - value.leading_zeros()).saturating_sub(SUB_BITS + 1);
    magnitude as usize * SUB + (value >> magnitude) as usize
}

fn middle(index: usize) -> u64 {
    let magnitude = (index / SUB).saturating_sub(1);
    let value = (index - magnitude * SUB) as u64;
    (value << magnitude) + (1 << magnitude) / 2
}

/// The CPU time that a set of processes has used so far: the scheduler's account of their threads, in nanoseconds.
/// `/proc/PID/stat` counts the same time in hundredths of a second.
pub fn cpu_time(pids: &[i32]) -> io::Result<Duration> {
    let mut sum = 0;
    for pid in pids {
        for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
            // A thread may end while we look.
            let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
            sum += text.split(' ').next().and_then(|time| time.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    Ok(Duration::from_nanos(sum))
}

/// The CPU time that this process has used so far.
pub fn own_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// User and system ticks of a set of processes: coarse, good for a proportion over a long time.
pub fn ticks(pids: &[i32]) -> (u64, u64) {
    pids.iter().filter_map(|&pid| ticks_of(pid)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

fn ticks_of(pid: i32) -> Option<(u64, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

const SUB_BITS: u32 = 5;
const SUB: usize = 1 << SUB_BITS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_at_most_three_percent_wide() {
        for value in [0, 1, 31, 32, 63, 64, 65, 1000, 123_456, 987_654_321, u64::MAX / 2] {
            let middle = middle(bucket(value));
            assert!(middle.abs_diff(value) as f64 <= 0.035 * value as f64 + 1.0, "{value} is put at {middle}");
        }
    }
}
