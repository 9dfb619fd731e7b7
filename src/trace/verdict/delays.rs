//! How late events passed from one hop to the next, and whether that is holding.
//!
//! ```text
//! app    a   b   c   d   e               events 100 ms apart
//! edge                     abcde         one piece: a is 400 ms late, e not at all
//! ```
//!
//! An event is late by the time between its last octet at the one hop and at the other; both times
//! are of one clock. Held is what no load explains: on 1,355 runs without holding, a third of them
//! beside two busy loops, no event was 250 ms late, and no median of a run reached 5 ms.
//!
//! - An event that is 250 ms late, or
//! - at least five events, half of them at least 20 ms late, or
//! - at least five events, half of them at least 5 ms late, of which 80 of 100 leave when the next
//!   one comes.
//!
//! A single delay of 100 ms, or a share of events that are late, holds for sound runs too.

use std::time::Duration;

use super::pace::Pace;
use crate::wire::finding::{HeldKind, Seconds};

/// The delays of the events of one stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Delays {
    sample: Sample,
    pub(super) count: u32,
    pub(super) longest: Duration,
    /// The event with the longest delay: its number, and when it passed each hop.
    pub(super) worst: Option<(u32, Duration, Duration)>,
    /// Events at which it can be told whether they left with the next one, and those that did.
    told: u32,
    behind: u32,
    /// The first and the last event at the inner hop.
    first: Option<Duration>,
    last: Duration,
    sizes: Sizes,
}

/// An event that has passed both hops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    pub(super) number: u32,
    pub(super) app: Duration,
    pub(super) edge: Duration,
    /// When the next event came to the inner hop, if it has come.
    pub(super) next: Option<Duration>,
}

/// Delays in a bounded number: when there are too many, every second one is kept.
#[derive(Debug, Clone, Default)]
struct Sample {
    kept: Vec<Duration>,
    /// Every how many-th is kept, less one; and how many are left out since the last one.
    skip: u32,
    skipped: u32,
}

/// The octets of the pieces that brought events: without the first, which has the head, and without
/// the last, which has what was left.
#[derive(Debug, Clone, Copy, Default)]
struct Sizes {
    current: u64,
    has_events: bool,
    pieces: u32,
    least: u64,
    most: u64,
}

impl Delays {
    pub(super) fn hear(&mut self, passage: Passage) {
        let Passage { number, app, edge, next } = passage;
        let delay = edge.saturating_sub(app);
        self.sample.push(delay);
        self.count = self.count.saturating_add(1);
        if delay >= self.longest {
            (self.longest, self.worst) = (delay, Some((number, app, edge)));
        }
        self.sizes.has_events = true;
        self.first.get_or_insert(app);
        self.last = self.last.max(app);
        let gap = next.map(|next| next.saturating_sub(app));
        if gap.is_none_or(|gap| gap > NO_GAP) {
            self.told = self.told.saturating_add(1);
            let margin = gap.map_or(WITH_NEXT, |gap| WITH_NEXT.max(gap / 10));
            let is_behind = next.is_some_and(|next| edge >= next && edge - next <= margin);
            self.behind = self.behind.saturating_add(u32::from(is_behind));
        }
    }

    /// A piece of `octets` came to the outer hop.
    pub(super) fn piece(&mut self, octets: u64) {
        let Sizes { current, has_events, pieces, least, most } = self.sizes;
        if has_events {
            self.sizes.pieces = pieces + 1;
            (self.sizes.least, self.sizes.most) = match pieces {
                0 | 1 => (current, current),
                _ => (least.min(current), most.max(current)),
            };
        }
        (self.sizes.current, self.sizes.has_events) = (octets, false);
    }

    pub(super) fn median(&self) -> Duration {
        let mut kept = self.sample.kept.clone();
        let middle = kept.len() / 2;
        if kept.is_empty() { Duration::ZERO } else { *kept.select_nth_unstable(middle).1 }
    }

    /// The time from the first event to the last at the inner hop.
    pub(super) fn over(&self) -> Duration {
        self.last.saturating_sub(self.first.unwrap_or(self.last))
    }

    /// In which way events were held, if they were; `pieces` brought them to the outer hop.
    pub(super) fn held(&self, pieces: u32, piece_times: &Pace) -> Option<HeldKind> {
        let (median, is_many) = (self.median(), self.count >= FEW);
        let leaves_with_next = is_many && median >= BEHIND && self.behind * 5 >= self.told * 4 && self.behind > 0;
        let is_held = self.longest >= LONG || is_many && median >= MIDDLE || leaves_with_next;
        is_held.then(|| {
            if is_many && pieces == 1 && self.over() >= LASTING {
                HeldKind::UntilTheEnd
            } else if leaves_with_next {
                HeldKind::OneBehind
            } else if let Some(size) = self.buffer(pieces) {
                HeldKind::Buffer(size)
            } else if let Some(every) = piece_times.regular().filter(|_| pieces * 3 <= self.count * 2) {
                HeldKind::Timer(Seconds(every))
            } else {
                HeldKind::Late
            }
        })
    }

    // A buffer has a power of two, and a chunk line around it.
    fn buffer(&self, pieces: u32) -> Option<u64> {
        let Sizes { least, most, pieces: counted, .. } = self.sizes;
        let size = least.next_power_of_two();
        let size = if size > least { size / 2 } else { size };
        let is_buffer = counted >= 4 && pieces * 3 <= self.count * 2 && size >= 1024 && most - size <= size / 32;
        is_buffer.then_some(size)
    }
}

impl Sample {
    fn push(&mut self, delay: Duration) {
        if self.skipped < self.skip {
            self.skipped += 1;
            return;
        }
        self.skipped = 0;
        if self.kept.len() == MOST {
            let mut is_odd = false;
            self.kept.retain(|_| {
                is_odd = !is_odd;
                is_odd
            });
            self.skip = self.skip.saturating_mul(2).saturating_add(1);
        }
        self.kept.push(delay);
    }
}

/// One event that is this late is held.
const LONG: Duration = Duration::from_millis(250);
/// Half of at least `FEW` events are this late: held.
const MIDDLE: Duration = Duration::from_millis(20);
/// The same, if most of them leave with the next event.
const BEHIND: Duration = Duration::from_millis(5);
const FEW: u32 = 5;
/// An event that leaves in this time after the next one came leaves with it.
const WITH_NEXT: Duration = Duration::from_millis(5);
/// Events that come this close together leave together anyway.
const NO_GAP: Duration = Duration::from_millis(8);
/// Shorter streams are in one piece anyway.
const LASTING: Duration = Duration::from_millis(500);
/// Delays that are kept for the median.
const MOST: usize = 2048;
