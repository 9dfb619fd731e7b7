//! The frames that a topic keeps: its ring.
//!
//! ```text
//! blocks   [ frame 3 | frame 4 ] [ frame 5 | frame 6 | frame 7 ]      octets, one frame behind the other
//! frames     place 3   place 4     place 5   place 6   place 7        where each begins and ends, and its id
//!                      ^ first                                 ^ next
//! ```
//!
//! What is pending for a subscriber is a slice of a block, up to the block's end: no delivery copies anything. A block goes as a
//! whole, when all its frames have been forgotten, so up to one block more is held than is kept.

use std::collections::VecDeque;
use std::ops::Range;

use super::limits::TopicLimits;
use super::{OrderedId, Pending, Publication};
use crate::wire::chunked::encode_chunk;
use crate::wire::sse::{Event, EventError};

/// One event as it goes out: one chunk.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) octets: Vec<u8>,
    payload: Range<usize>,
}

impl Frame {
    pub(super) fn encode(event: &Publication<'_>, id: &str) -> Result<Frame, EventError> {
        let mut encoded = Event::new(event.data).with_id(id)?;
        if let Some(event_type) = event.event_type {
            encoded = encoded.with_type(event_type)?;
        }
        let mut payload = Vec::with_capacity(event.data.len() + 64);
        encoded.encode(&mut payload);
        let mut octets = Vec::with_capacity(payload.len() + 16);
        let payload = encode_chunk(&payload, &mut octets);
        Ok(Frame { octets, payload })
    }
}

/// The frames that are kept, in large blocks.
#[derive(Debug)]
pub(super) struct Log {
    blocks: VecDeque<Block>,
    pub(super) frames: VecDeque<Place>,
    /// The sequence number of the oldest frame that is kept; the first one ever is 1.
    pub(super) first: u64,
    /// Octets of all frames that are kept.
    pub(super) octets: usize,
    pub(super) order: Order,
}

/// Whether the ids of all events so far can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// There has been no event.
    Unknown,
    /// Each came from outside, with an id greater than the one before.
    Ascending { newest: OrderedId },
    /// No, and never again.
    None,
}

impl Order {
    fn and(self, id: Option<&str>) -> Order {
        match (self, id.and_then(OrderedId::parse)) {
            (Order::Unknown, Some(newest)) => Order::Ascending { newest },
            (Order::Ascending { newest }, Some(id)) if id > newest => Order::Ascending { newest: id },
            (Order::Unknown | Order::Ascending { .. } | Order::None, _) => Order::None,
        }
    }

    // The id is greater than all before it.
    pub(super) fn is_followed_by(self, id: &str) -> bool {
        match self {
            Order::Ascending { newest } => OrderedId::parse(id).is_some_and(|id| id > newest),
            Order::Unknown | Order::None => false,
        }
    }
}

#[derive(Debug)]
struct Block {
    /// The sequence number of its first frame.
    first: u64,
    octets: Vec<u8>,
}

/// Where a frame lies in its block.
#[derive(Debug)]
pub(super) struct Place {
    start: u32,
    payload: Range<u32>,
    end: u32,
    /// The id it came with, if it came with one.
    pub(super) id: Option<Box<str>>,
    /// In the trace: the connection that it is about, or 0.
    pub(super) about: u32,
}

impl Default for Log {
    fn default() -> Log {
        Log { blocks: VecDeque::new(), frames: VecDeque::new(), first: 1, octets: 0, order: Order::Unknown }
    }
}

impl Log {
    /// The sequence number of the next frame.
    pub(super) fn next(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    pub(super) fn append(&mut self, frame: Frame, id: Option<&str>, about: u32, limits: &TopicLimits) {
        let has_room = |block: &Block| block.octets.len() + frame.octets.len() <= BLOCK;
        if !self.blocks.back().is_some_and(has_room) {
            self.blocks.push_back(Block { first: self.next(), octets: Vec::new() });
        }
        let Some(block) = self.blocks.back_mut() else { return };
        self.order = self.order.and(id);
        let start = block.octets.len() as u32;
        block.octets.extend_from_slice(&frame.octets);
        self.octets += frame.octets.len();
        self.frames.push_back(Place {
            start,
            payload: start + frame.payload.start as u32..start + frame.payload.end as u32,
            end: block.octets.len() as u32,
            id: id.map(Into::into),
            about,
        });
        while self.frames.len() > limits.events || (self.octets > limits.octets && self.frames.len() > 1) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(place) = self.frames.pop_front() else { return };
        self.octets -= (place.end - place.start) as usize;
        self.first += 1;
        while self.blocks.get(1).is_some_and(|block| block.first <= self.first) {
            self.blocks.pop_front();
        }
    }

    /// What lies from `cursor` on in one piece, and the cursor behind it.
    pub(super) fn pending(&self, cursor: u64, octets: usize) -> (Pending<'_>, u64) {
        let Some(ahead) = cursor.checked_sub(self.first) else {
            return (Pending::Lost(self.first - cursor), self.first);
        };
        let (Some(place), Some((block, upto))) = (self.frames.get(ahead as usize), self.block_of(cursor)) else {
            return (Pending::Nothing, cursor);
        };
        let start = place.start as usize;
        if block.octets.len() - start <= octets {
            return (Pending::Frames(&block.octets[start..]), upto);
        }
        let fits = |seq: &u64| self.place(*seq).is_some_and(|place| place.end as usize - start <= octets);
        let cut = (cursor + 1..upto).take_while(fits).last().unwrap_or(cursor);
        let end = self.place(cut).map_or(start, |place| place.end as usize);
        (Pending::Frames(&block.octets[start..end]), cut + 1)
    }

    // Where `count` octets from `cursor` on end: the next frame to begin, and the rest of the one that has been begun.
    pub(super) fn split_at(&self, cursor: u64, count: usize) -> (u64, &[u8]) {
        let (Some(first), Some((block, _))) = (self.place(cursor), self.block_of(cursor)) else { return (cursor, &[]) };
        let at = first.start as usize + count;
        let mut seq = cursor;
        while let Some(place) = self.place(seq) {
            if at <= place.start as usize {
                break;
            }
            seq += 1;
            if at < place.end as usize {
                return (seq, &block.octets[at..place.end as usize]);
            }
        }
        (seq, &[])
    }

    pub(super) fn payload(&self, seq: u64) -> Option<&[u8]> {
        let (place, (block, _)) = (self.place(seq)?, self.block_of(seq)?);
        block.octets.get(place.payload.start as usize..place.payload.end as usize)
    }

    pub(super) fn place(&self, seq: u64) -> Option<&Place> {
        self.frames.get(seq.checked_sub(self.first)? as usize)
    }

    // The block that holds a frame, and the number of the first frame behind that block. Almost always it is the last one.
    fn block_of(&self, seq: u64) -> Option<(&Block, u64)> {
        let mut upto = self.next();
        for block in self.blocks.iter().rev() {
            if block.first <= seq {
                return Some((block, upto));
            }
            upto = block.first;
        }
        None
    }

    // Of ids that ascend: the first frame whose id is greater.
    pub(super) fn first_after(&self, id: OrderedId) -> Option<u64> {
        let is_upto = |place: &Place| place.id.as_deref().and_then(OrderedId::parse).is_some_and(|this| this <= id);
        let before = self.frames.partition_point(is_upto);
        (before < self.frames.len()).then_some(self.first + before as u64)
    }

    pub(super) fn seq_of(&self, id: &str) -> Option<u64> {
        let back = self.frames.iter().rev().position(|place| place.id.as_deref() == Some(id))? as u64;
        Some(self.next() - 1 - back)
    }
}

/// Octets of a block: what leaves in one write at most.
const BLOCK: usize = 64 * 1024;
