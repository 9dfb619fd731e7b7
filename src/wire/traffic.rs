//! What has passed on all connections together: the numbers of a summary.
//!
//! ```text
//! 202 connections; in 1.1 s 13 opened, 12 closed, 0 reset; 391,118 octets in 13 reads, ...
//! ```

use std::fmt;
use std::time::Duration;

use super::cause::Cause;

/// What has happened since the last summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Connections that are open now.
    pub open: u64,
    /// The time in which all of this happened.
    pub since: Duration,
    /// Connections that were opened.
    pub opened: u64,
    /// Connections that were closed.
    pub closed: u64,
    /// Connections that were reset by either side.
    pub reset: u64,
    /// Why the last one was reset.
    pub why: Option<Cause>,
    /// Octets that were read.
    pub read: u64,
    /// Calls of `read()` that took any.
    pub reads: u64,
    /// Octets that were written.
    pub written: u64,
    /// Calls of `write()` that took any.
    pub writes: u64,
    /// Calls of `write()` that would have blocked.
    pub blocked: u64,
}

/// Which part of a time with summaries it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryKind {
    /// Too many connections are open from now on to show each.
    Begins,
    /// What passed in the last second or so.
    GoesOn,
    /// Few connections are left, and each is shown again.
    Ends,
}

/// A number with a comma before each three digits: 78,087,841.
#[derive(Debug, Clone, Copy)]
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}
