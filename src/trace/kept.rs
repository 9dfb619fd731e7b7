//! What has passed while `GET /trace` is followed, as far as it is kept: octets, and how each
//! direction ended.
//!
//! ```text
//! record of octets -> the octets, as every sink shows them     at most 1 MiB of all connections
//! record of labels -> nothing: `replay` labels the octets once more
//! ```

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use super::record::{ConnectionId, Record, What};
use crate::wire::cause::Cause;
use crate::wire::flow::Flow;

/// Records that are kept, the oldest first.
#[derive(Debug, Default)]
pub struct Kept {
    records: VecDeque<KeptRecord>,
    octets: usize,
}

/// One of them.
#[derive(Debug)]
pub(super) struct KeptRecord {
    pub(super) at: Duration,
    pub(super) connection: ConnectionId,
    pub(super) what: KeptWhat,
}

/// What happened.
#[derive(Debug)]
pub(super) enum KeptWhat {
    Opened { local: SocketAddr, peer: SocketAddr },
    Octets { flow: Flow, octets: Box<[u8]> },
    Fin { flow: Flow, cause: Cause },
    Rst { flow: Flow, cause: Cause },
    Closed { cause: Cause },
}

impl Kept {
    /// Keeps what is worth it, and forgets the oldest records beyond [`MOST`].
    pub(super) fn hear(&mut self, record: &Record<'_>) {
        let what = match record.what {
            What::Opened { local, peer } => KeptWhat::Opened { local, peer },
            What::Octets { flow, octets, .. } => KeptWhat::Octets { flow, octets: octets.into() },
            What::Fin { flow, cause, .. } => KeptWhat::Fin { flow, cause },
            What::Rst { flow, cause, .. } => KeptWhat::Rst { flow, cause },
            What::Closed { cause } => KeptWhat::Closed { cause },
            _ => return,
        };
        let record = KeptRecord { at: record.at, connection: record.connection, what };
        self.octets += record.octets();
        self.records.push_back(record);
        while self.octets > MOST
            && let Some(oldest) = self.records.pop_front()
        {
            self.octets -= oldest.octets();
        }
    }

    /// The records of one connection.
    pub(super) fn of(&self, connection: ConnectionId) -> impl Iterator<Item = &KeptRecord> {
        self.records.iter().filter(move |record| record.connection == connection)
    }
}

impl KeptRecord {
    fn octets(&self) -> usize {
        size_of::<KeptRecord>()
            + match &self.what {
                KeptWhat::Octets { octets, .. } => octets.len(),
                KeptWhat::Opened { .. } | KeptWhat::Fin { .. } | KeptWhat::Rst { .. } | KeptWhat::Closed { .. } => 0,
            }
    }
}

/// Octets of memory that all records take together.
const MOST: usize = 1024 * 1024;
