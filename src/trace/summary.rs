//! When too many connections are open to read the trace of each, one line a second says what goes
//! on.
//!
//! ```text
//!  10.650            summary      202 connections; in 1.1 s 13 opened, 12 closed, 0 reset; 391,118
//!                                 octets in 13 reads,
//!                                 78,087,841 octets in 2,613 writes, 0 would have blocked
//! ```
//!
//! The line is made of the records that are not shown, so it says what passed the sockets and
//! nothing else. It comes with a record and never by itself: where nothing happens there is nothing
//! to say, and the seconds in the line are those since the last one. A held step is shown all the
//! same, since it asks for an answer.

use std::time::Duration;

use super::record::{Record, What};
use crate::wire::flow::Flow;
use crate::wire::traffic::{SummaryKind, Traffic};

/// What has happened since the last line.
#[derive(Debug, Default)]
pub(super) struct Summary {
    is_dense: bool,
    last_line: Duration,
    traffic: Traffic,
}

/// What is to be shown of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// The record itself, as it came.
    Record,
    /// A line with the totals, in place of the record.
    Line(SummaryKind, Traffic),
    /// No row: the totals count the record.
    Nothing,
}

impl Summary {
    /// Records are counted now, and not shown.
    pub(super) fn is_dense(&self) -> bool {
        self.is_dense
    }

    /// Counts the record, and says what is to be shown.
    pub(super) fn show(&mut self, record: &Record<'_>) -> Show {
        self.count(record);
        let open = self.traffic.open;
        match self.is_dense {
            false if open <= DENSE => Show::Record,
            false => {
                self.is_dense = true;
                Show::Line(SummaryKind::Begins, self.begin_line(record.at))
            }
            true if open <= SPARSE => {
                self.is_dense = false;
                Show::Line(SummaryKind::Ends, self.begin_line(record.at))
            }
            true if matches!(record.what, What::Held { .. }) => Show::Record,
            true if record.at >= self.last_line + EVERY => Show::Line(SummaryKind::GoesOn, self.begin_line(record.at)),
            true => Show::Nothing,
        }
    }

    fn count(&mut self, record: &Record<'_>) {
        let traffic = &mut self.traffic;
        match record.what {
            What::Opened { .. } => {
                traffic.open += 1;
                traffic.opened += 1;
            }
            What::Closed { .. } => {
                traffic.open = traffic.open.saturating_sub(1);
                traffic.closed += 1;
            }
            What::Octets { flow: Flow::Requests, octets, .. } => {
                traffic.read += octets.len() as u64;
                traffic.reads += 1;
            }
            What::Octets { flow: Flow::Responses, octets, .. } => {
                traffic.written += octets.len() as u64;
                traffic.writes += 1;
            }
            What::Rst { cause, .. } => {
                traffic.reset += 1;
                traffic.why = Some(cause);
            }
            What::Blocked { .. } => traffic.blocked += 1,
            What::Held { .. } | What::State(_) | What::Fin { .. } => {}
            What::Missing { .. } | What::Foreign { .. } | What::Verdict(_) => {}
        }
    }

    /// What has been counted since the last line; from now on it is counted anew.
    fn begin_line(&mut self, at: Duration) -> Traffic {
        let since = at.saturating_sub(std::mem::replace(&mut self.last_line, at));
        let anew = Traffic { open: self.traffic.open, ..Traffic::default() };
        Traffic { since, ..std::mem::replace(&mut self.traffic, anew) }
    }
}

/// More connections than this are not shown one by one.
const DENSE: u64 = 32;
/// ... until this few are left.
const SPARSE: u64 = 16;
const EVERY: Duration = Duration::from_secs(1);
