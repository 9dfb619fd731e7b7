//! What a reader has changed of the view, and what is kept while it is paused.
//!
//! ```text
//! Space     kept: no rows            3 records come: their rows, counted
//! # 2       only: connection 2       records of others: hidden, counted
//! ```

use std::time::Duration;

use crate::trace::record::ConnectionId;

/// How a reader has changed the view.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Rows that came while it was paused; `None` is that it is not.
    pub(super) kept: Option<Kept>,
    pub(super) only: Option<ConnectionId>,
    pub(super) typed: Option<Option<u64>>,
    /// Records that are not of that connection.
    pub(super) hidden: u64,
    /// A line of the view itself stands where the next row will.
    pub(super) has_line: bool,
    pub(super) line_at: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) rows: u64,
    /// Records for which there was no room.
    pub(super) lost: u64,
}
