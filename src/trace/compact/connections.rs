//! What is remembered of a connection: its lane, and what the message under way has had.

use std::collections::HashMap;
use std::time::Duration;

use crate::trace::record::{ConnectionId, Record, What};
use crate::wire::body_rule::BodyRule;
use crate::wire::explain::brief::Sum;
use crate::wire::flow::Flow;

/// The open connections, and the lanes that they have.
#[derive(Debug, Default)]
pub(super) struct Connections {
    seen: HashMap<ConnectionId, Seen>,
    /// How many open connections each lane has.
    lanes: [u32; LANES],
    /// For what comes beyond the bound.
    spare: Seen,
}

/// One connection.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Seen {
    /// Blanks before its number.
    pub(super) lane: u8,
    pub(super) requests: Half,
    pub(super) responses: Half,
    /// A request came before the one before it had its response.
    pub(super) is_pipelined: bool,
    /// Its end has been told.
    pub(super) is_told_closed: bool,
}

/// The message that passes in one direction.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Half {
    /// Messages that have begun.
    pub(super) messages: u32,
    /// When the one under way began, or was first seen.
    pub(super) began: Duration,
    pub(super) events: u32,
    pub(super) chunks: u32,
    pub(super) octets: u64,
    /// A field of an event has begun, and its blank line has not come.
    pub(super) is_in_event: bool,
    /// The head is complete; this ends its body.
    pub(super) rule: Option<BodyRule>,
    pub(super) has_fin: bool,
    /// Its beginning was not seen, so what it had cannot be counted.
    is_partial: bool,
}

impl Half {
    /// A message begins.
    pub(super) fn begin(&mut self, at: Duration) {
        *self = Half { messages: self.messages.saturating_add(1), began: at, has_fin: self.has_fin, ..Half::default() };
    }

    pub(super) fn sum(&self, at: Duration) -> Sum {
        let sum = Sum { events: self.events, chunks: self.chunks, ..Sum::default() };
        match self.is_partial {
            true => sum,
            false => Sum { octets: self.octets, took: at.saturating_sub(self.began), ..sum },
        }
    }
}

impl Seen {
    pub(super) fn half(&mut self, flow: Flow) -> &mut Half {
        match flow {
            Flow::Requests => &mut self.requests,
            Flow::Responses => &mut self.responses,
        }
    }
}

impl Connections {
    /// The connection, which gets a lane with its first record.
    pub(super) fn get(&mut self, record: &Record<'_>) -> &mut Seen {
        let (id, is_opened) = (record.connection, matches!(record.what, What::Opened { .. }));
        if self.seen.len() >= MOST && !self.seen.contains_key(&id) {
            self.spare = Seen { lane: LANES as u8 - 1, ..Seen::default() };
            return &mut self.spare;
        }
        let lanes = &mut self.lanes;
        self.seen.entry(id).or_insert_with(|| {
            let lane = lanes.iter().position(|open| *open == 0).unwrap_or(LANES - 1);
            lanes[lane] += 1;
            let half = Half { began: record.at, is_partial: !is_opened, ..Half::default() };
            Seen { lane: lane as u8, requests: half, responses: half, ..Seen::default() }
        })
    }

    /// Its lane is free again.
    pub(super) fn close(&mut self, id: ConnectionId) {
        if let Some(seen) = self.seen.remove(&id) {
            let open = &mut self.lanes[usize::from(seen.lane) % LANES];
            *open = open.saturating_sub(1);
        }
    }
}

/// The third lane is shared by all further connections.
const LANES: usize = 3;
/// Connections that are remembered; of more than this many rows say less.
const MOST: usize = 20_000;
