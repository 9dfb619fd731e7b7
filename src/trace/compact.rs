//! The compact form: one row for each unit of the protocol.
//!
//! ```text
//!  0.068 #1   <- GET /api/sse/events?count=3  curl/7.88.1  +2 fields  no body
//!        #1   -> 200 OK  Transfer-Encoding: chunked  text/event-stream  +5 fields
//!        #1      success  the last chunk ends the body  read as events
//!        #1   -> 20\r\n|id:1\nevent:message\ndata:event1\n\n|\r\n  chunk 1 event 1
//!  0.368 #1   -> 0\r\n|\r\n  last chunk: response complete; 3 events, 3 chunks
//!        #1   <- FIN   client sends no more; server still may (half-closed)
//!  time  tag  |  octets as on the wire, framing between bars, then a note
//!             `- <- read   -> written   ?? held   ~~ blocked   | same call as the row above
//! ```
//!
//! A unit is a head, a chunk, the last chunk with its trailer section, a piece of a body, a FIN.
//! What stands in a row can be pasted into a lesson: the notation is the same. Each kind of unit
//! gets a row of captions once, below its first row; notes stand in every row, as long as there is
//! room for.
//!
//! For the next editor: a row that is printed cannot change, so no row waits for the next record.
//! What ends a message says so in its own row: the last chunk, the last octet, the FIN or the RST.
//! What is kept of a connection is a few numbers, and goes when it is closed.

mod acts;
mod captions;
mod chunk;
mod connections;
mod head;
mod octets;
mod rows;
mod unit;
mod units;

use std::time::Duration;

use self::captions::Captions;
use self::connections::Connections;
use self::rows::{Before, Rows};
use super::look::Look;
use super::record::{ConnectionId, Record, What};
use crate::wire::traffic::Traffic;

/// What the compact form has to remember between two records.
#[derive(Debug, Default)]
pub(super) struct Compact {
    connections: Connections,
    captions: Captions,
    before: Option<Before>,
    /// Columns of the longest name of a hop that was shown.
    hop: usize,
    /// For notes, while their length is measured.
    note: String,
}

impl Compact {
    /// Appends the rows of `record` to `text`.
    pub(super) fn record(&mut self, record: &Record<'_>, look: Look, text: &mut String) {
        self.silence(record.at, text);
        self.hop = self.hop.max(record.hop.map_or(0, |hop| hop.len() + 1));
        let seen = self.connections.get(record);
        let mut rows = Rows::new(record, look, seen.lane, self.hop, &mut self.before, &mut self.note, text);
        match record.what {
            What::Octets { flow, octets, spans, rest, .. } => {
                self.captions.count(record.at);
                let call = units::Call { at: record.at, flow, octets, spans };
                units::octets(&mut rows, seen, &mut self.captions, call, rows::Arrow::of(flow));
                acts::rest(&mut rows, rest);
            }
            What::Held { step, note, octets, spans, .. } => {
                acts::held(&mut rows, seen, step, note, octets, spans);
            }
            _ => acts::act(&mut rows, seen, record),
        }
        if let What::Closed { .. } = record.what {
            self.connections.close(record.connection);
        }
    }

    /// Appends a row about all connections together.
    pub(super) fn crowd(&mut self, record: &Record<'_>, traffic: &Traffic, look: Look, text: &mut String) {
        self.before = None;
        let mut rows = Rows::new(record, look, 0, 0, &mut self.before, &mut self.note, text).of_all();
        acts::crowd(&mut rows, traffic);
        self.before = None;
        self.captions.end();
    }

    /// A record that is not shown: what it changes is remembered.
    pub(super) fn pass(&mut self, record: &Record<'_>) {
        if let What::Closed { .. } = record.what {
            self.connections.close(record.connection);
        }
    }

    /// Records of this connection are hidden: what is known of it would be wrong afterwards.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.connections.close(connection);
    }

    /// Each kind of unit is given its captions once more.
    pub(super) fn explain_again(&mut self) {
        self.captions = Captions::default();
    }

    /// A second without any record is seen as a gap.
    fn silence(&mut self, at: Duration, text: &mut String) {
        let Some(before) = &self.before else { return };
        let gap = at.saturating_sub(before.at);
        if gap >= LONG {
            text.push_str(&format!("-- {} s --\n", gap.as_secs()));
        } else if gap >= SHORT {
            text.push('\n');
        }
    }
}

/// Silence that is an empty row.
const SHORT: Duration = Duration::from_secs(1);
/// Silence that is a row with its length.
const LONG: Duration = Duration::from_secs(10);
