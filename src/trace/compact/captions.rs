//! Captions: what the tokens of a row are, said once for each kind of row.

use std::time::Duration;

use crate::wire::explain::brief::Caption;

/// A kind of row that gets captions once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ResponseHead,
    Chunk,
    ChunkWithEvent,
    Heartbeat,
    Trailers,
}

/// Which kinds have had their captions, and those of the row that is being written.
#[derive(Debug, Default)]
pub(super) struct Captions {
    given: u8,
    second: u64,
    records: u32,
    /// Each with the column of its token; kept for its memory.
    pub(super) marks: Vec<(usize, Caption)>,
}

impl Captions {
    /// The kind has no captions yet, and rows come slowly enough to be read.
    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.given >> kind as u8 & 1 == 0 && self.records <= MOST
    }

    /// It has them now.
    pub(super) fn give(&mut self, kind: Kind) {
        self.given |= 1 << kind as u8;
    }

    /// Nothing more is explained: too much happens at once.
    pub(super) fn end(&mut self) {
        self.given = u8::MAX;
    }

    /// Another record with octets comes.
    pub(super) fn count(&mut self, at: Duration) {
        if self.second != at.as_secs() {
            (self.second, self.records) = (at.as_secs(), 0);
        }
        self.records = self.records.saturating_add(1);
    }
}

/// Records of one second that can be read.
const MOST: u32 = 50;
