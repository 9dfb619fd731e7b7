//! When so many connections are open that nobody could read their trace, one line a second says what goes on.
//!
//! ```text
//!  12.000        crowd        1,024 connections: too many to show each; since the last line 41,300 octets read in 600 reads,
//!                             3,200,000 written in 1,000 writes, 2 writes would have blocked
//! ```
//!
//! The line is made of the records that are not shown, so it says what passed the sockets and nothing else. It comes with
//! a record and never by itself: where nothing happens there is nothing to say.

use std::time::Duration;

use super::{Record, What};
use crate::wire::dissect::Flow;

/// What has happened since the last line.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    open: u64,
    is_dense: bool,
    next_line: Duration,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    read: u64,
    reads: u64,
    written: u64,
    writes: u64,
    blocked: u64,
}

/// What is to be shown of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// The record itself.
    Record,
    /// This line instead.
    Line(String),
    /// Nothing.
    Nothing,
}

impl Crowd {
    /// Counts the record, and says what is to be shown.
    pub(super) fn show(&mut self, record: &Record<'_>) -> Show {
        self.count(record);
        let open = self.open;
        match self.is_dense {
            false if open <= DENSE => Show::Record,
            false => {
                self.is_dense = true;
                self.next_line = record.at + EVERY;
                self.counts = Counts::default();
                Show::Line(format!("{open} connections are open: too many to show each, so there is one line a second"))
            }
            true if open <= SPARSE => {
                self.is_dense = false;
                Show::Line(format!("{open} connections are left: each is shown again"))
            }
            true if record.at >= self.next_line => {
                self.next_line = record.at + EVERY;
                Show::Line(std::mem::take(&mut self.counts).line(open))
            }
            true => Show::Nothing,
        }
    }

    fn count(&mut self, record: &Record<'_>) {
        match record.what {
            What::Opened { .. } => self.open += 1,
            What::Closed { .. } => self.open = self.open.saturating_sub(1),
            What::Octets { flow: Flow::Requests, octets, .. } => {
                self.counts.read += octets.len() as u64;
                self.counts.reads += 1;
            }
            What::Octets { flow: Flow::Responses, octets, .. } => {
                self.counts.written += octets.len() as u64;
                self.counts.writes += 1;
            }
            What::Blocked { .. } => self.counts.blocked += 1,
            What::Held { .. } | What::State { .. } | What::Fin { .. } | What::Rst { .. } => {}
        }
    }
}

impl Counts {
    fn line(&self, open: u64) -> String {
        let Counts { read, reads, written, writes, blocked } = self;
        format!(
            "{open} connections; since the last line {read} octets in {reads} reads, \
             {written} octets in {writes} writes, {blocked} would have blocked"
        )
    }
}

/// More connections than this are not shown one by one.
const DENSE: u64 = 32;
/// ... until so many are left.
const SPARSE: u64 = 16;
const EVERY: Duration = Duration::from_secs(1);
