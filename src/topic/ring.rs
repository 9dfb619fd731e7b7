//! The ring of a topic: the frames that it keeps.
//!
//! ```text
//! blocks   [ frame 3 | frame 4 ] [ frame 5 | frame 6 | frame 7 ]   octets, frame after frame
//! frames     place 3   place 4     place 5   place 6   place 7     where each begins, ends; its id
//!                      ^ first                                 ^ next
//! ```
//!
//! What is pending for a subscriber is a slice of a block, up to the block's end: no delivery
//! copies anything. A block is freed as a whole, when all its frames have been forgotten, so up to
//! one block more is held than is kept.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::ops::Range;

use super::id::OrderedId;
use super::limits::TopicLimits;
use super::publication::Publication;
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
pub(super) struct Ring {
    blocks: VecDeque<RingBlock>,
    pub(super) frames: VecDeque<FramePlace>,
    /// The sequence number of the oldest frame that is kept; the first one ever is 1.
    pub(super) first: u64,
    /// Octets of all frames that are kept.
    pub(super) octets: usize,
    pub(super) order: IdOrder,
}

/// Whether the ids of all events so far can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdOrder {
    /// There has been no event.
    Unknown,
    /// Each came from outside, with an id greater than the one before it.
    Ascending { newest: OrderedId },
    /// They cannot, and never will.
    None,
}

impl IdOrder {
    fn and(self, id: Option<&str>) -> IdOrder {
        match (self, id.and_then(OrderedId::parse)) {
            (IdOrder::Unknown, Some(newest)) => IdOrder::Ascending { newest },
            (IdOrder::Ascending { newest }, Some(id)) if id > newest => IdOrder::Ascending { newest: id },
            (IdOrder::Unknown | IdOrder::Ascending { .. } | IdOrder::None, _) => IdOrder::None,
        }
    }

    // The id is greater than all before it.
    pub(super) fn is_followed_by(self, id: &str) -> bool {
        match self {
            IdOrder::Ascending { newest } => OrderedId::parse(id).is_some_and(|id| id > newest),
            IdOrder::Unknown | IdOrder::None => false,
        }
    }
}

#[derive(Debug)]
struct RingBlock {
    /// The sequence number of its first frame.
    first: u64,
    octets: Vec<u8>,
}

/// Where a frame lies in its block.
#[derive(Debug)]
pub(super) struct FramePlace {
    start: u32,
    payload: Range<u32>,
    end: u32,
    /// The id from outside, if there was one.
    pub(super) id: Option<Box<str>>,
    /// What the event is about, for subscribers that follow one thing only.
    pub(super) about: Option<NonZeroU32>,
}

impl Default for Ring {
    fn default() -> Ring {
        Ring { blocks: VecDeque::new(), frames: VecDeque::new(), first: 1, octets: 0, order: IdOrder::Unknown }
    }
}

impl Ring {
    /// The sequence number of the next frame.
    pub(super) fn next(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    pub(super) fn append(&mut self, frame: Frame, id: Option<&str>, about: Option<NonZeroU32>, limits: &TopicLimits) {
        let has_room = |block: &RingBlock| block.octets.len() + frame.octets.len() <= BLOCK;
        if !self.blocks.back().is_some_and(has_room) {
            self.blocks.push_back(RingBlock { first: self.next(), octets: Vec::new() });
        }
        let Some(block) = self.blocks.back_mut() else { return };
        self.order = self.order.and(id);
        let start = block.octets.len() as u32;
        block.octets.extend_from_slice(&frame.octets);
        self.octets += frame.octets.len();
        self.frames.push_back(FramePlace {
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

    /// Forgets the oldest frames, but not the newest one, until this many octets are free; how many
    /// that were.
    pub(super) fn forget(&mut self, octets: usize) -> usize {
        let before = self.octets;
        while before - self.octets < octets && self.frames.len() > 1 {
            self.forget_oldest();
        }
        before - self.octets
    }

    /// The sequence number after the last frame that leaves in one write from `cursor` on: at most
    /// `octets` octets, but at least one frame, and no further than the end of its block. Equal to
    /// `cursor` if nothing is pending.
    pub(super) fn upto(&self, cursor: u64, octets: usize) -> u64 {
        let (Some(place), Some((block, upto))) = (self.place(cursor), self.block_of(cursor)) else { return cursor };
        let start = place.start as usize;
        if block.octets.len() - start <= octets {
            return upto;
        }
        let fits = |seq: &u64| self.place(*seq).is_some_and(|place| place.end as usize - start <= octets);
        (cursor + 1..upto).take_while(fits).last().unwrap_or(cursor) + 1
    }

    /// The octets of the frames from `from` to before `upto`, which [`Ring::upto`] gave; none if
    /// one is forgotten.
    pub(super) fn octets(&self, from: u64, upto: u64) -> Option<&[u8]> {
        let (first, last) = (self.place(from)?, self.place(upto.checked_sub(1)?)?);
        let (block, _) = self.block_of(from)?;
        block.octets.get(first.start as usize..last.end as usize)
    }

    // Where `count` octets from `cursor` on end: the next frame to begin, and the rest of the frame
    // that was cut.
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

    pub(super) fn place(&self, seq: u64) -> Option<&FramePlace> {
        self.frames.get(seq.checked_sub(self.first)? as usize)
    }

    // The block that holds a frame, and the number of the first frame after that block. Almost
    // always it is the last.
    fn block_of(&self, seq: u64) -> Option<(&RingBlock, u64)> {
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
        let is_upto =
            |place: &FramePlace| place.id.as_deref().and_then(OrderedId::parse).is_some_and(|this| this <= id);
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
