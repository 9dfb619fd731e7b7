//! When too many connections are open to read the trace of each, one line a second says what goes on.
//!
//! ```text
//!  10.650            summary      202 connections; in 1.1 s 13 came, 12 left, 0 reset; 391,118 octets in 13 reads,
//!                                 78,087,841 octets in 2,613 writes, 0 would have blocked
//! ```
//!
//! The line is made of the records that are not shown, so it says what passed the sockets and nothing else. It comes with
//! a record and never by itself: where nothing happens there is nothing to say, and the seconds in the line are those since
//! the last one. A step that is held is shown all the same, since it asks for an answer.

use std::time::Duration;

use super::record::{Record, What};
use crate::wire::cause::Cause;
use crate::wire::explain::Saying;
use crate::wire::flow::Flow;
use crate::wire::language::Language;

/// What has happened since the last line.
#[derive(Debug, Default)]
pub(super) struct Summary {
    open: u64,
    is_dense: bool,
    last_line: Duration,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    came: u64,
    left: u64,
    reset: u64,
    /// Why the last one was reset.
    why: Option<Cause>,
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

impl Summary {
    /// Counts the record, and says what is to be shown.
    pub(super) fn show(&mut self, record: &Record<'_>) -> Show {
        self.count(record);
        let open = self.open;
        match self.is_dense {
            false if open <= DENSE => Show::Record,
            false => {
                self.is_dense = true;
                self.begin_line(record.at);
                Show::Line(format!("{open} connections are open: too many to show each, so there is one line a second"))
            }
            true if open <= SPARSE => {
                self.is_dense = false;
                let line = self.begin_line(record.at);
                Show::Line(format!("{open} connections are left, and each is shown again; {line}"))
            }
            true if matches!(record.what, What::Held { .. }) => Show::Record,
            true if record.at >= self.last_line + EVERY => {
                let line = self.begin_line(record.at);
                Show::Line(format!("{} connections; {line}", grouped(open)))
            }
            true => Show::Nothing,
        }
    }

    fn count(&mut self, record: &Record<'_>) {
        let counts = &mut self.counts;
        match record.what {
            What::Opened { .. } => {
                self.open += 1;
                counts.came += 1;
            }
            What::Closed { .. } => {
                self.open = self.open.saturating_sub(1);
                counts.left += 1;
            }
            What::Octets { flow: Flow::Requests, octets, .. } => {
                counts.read += octets.len() as u64;
                counts.reads += 1;
            }
            What::Octets { flow: Flow::Responses, octets, .. } => {
                counts.written += octets.len() as u64;
                counts.writes += 1;
            }
            What::Rst { cause, .. } => {
                counts.reset += 1;
                counts.why = Some(cause);
            }
            What::Blocked { .. } => counts.blocked += 1,
            What::Held { .. } | What::State(_) | What::Fin { .. } => {}
        }
    }

    /// What has been counted since the last line; from now on it is counted anew.
    fn begin_line(&mut self, at: Duration) -> String {
        let since = at.saturating_sub(std::mem::replace(&mut self.last_line, at));
        std::mem::take(&mut self.counts).line(since)
    }
}

impl Counts {
    fn line(&self, since: Duration) -> String {
        let [came, left, reset] = [self.came, self.left, self.reset].map(grouped);
        let why =
            self.why.map(|why| format!(" ({})", Saying::Cause(why).in_language(Language::En))).unwrap_or_default();
        let [read, reads, written, writes] = [self.read, self.reads, self.written, self.writes].map(grouped);
        format!(
            "in {:.1} s {came} came, {left} left, {reset} reset{why}; {read} octets in {reads} reads, \
             {written} octets in {writes} writes, {} would have blocked",
            since.as_secs_f64(),
            grouped(self.blocked)
        )
    }
}

// 78087841 as 78,087,841.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// More connections than this are not shown one by one.
const DENSE: u64 = 32;
/// ... until so many are left.
const SPARSE: u64 = 16;
const EVERY: Duration = Duration::from_secs(1);
