//! A script that has been understood: instructions, one after the other, and what they need to be played.
//!
//! ```text
//! repeat 3            0  Repeat { times: 3, end: 3 }
//!   chunk "tick {n}"  1  Act(Chunk)
//!   wait 1s           2  Act(Wait)
//! end                 3  EndRepeat { start: 0 }
//! last-chunk          4  Act(LastChunk)
//! ```
//!
//! Flat, and not a tree, for two reasons: a player that stops after each step needs to remember only where it is, and a
//! repetition of a thousand costs as much memory as one of two.

use super::diagnostic::SourcePosition;
use crate::wire::language::Note;

/// One instruction, where it stands, and what the script says about it.
#[derive(Debug, Clone)]
pub(super) struct Instruction {
    pub(super) op: Op,
    pub(super) position: SourcePosition,
    /// The comments above the step and the one after it.
    pub(super) note: Note,
    /// No warnings, please.
    pub(super) intended: bool,
}

/// What an instruction does.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Act(Act),
    /// What follows, up to `end`, so many times.
    Repeat {
        times: Amount,
        end: usize,
    },
    EndRepeat {
        start: usize,
    },
    /// What follows, up to EndTogether, in one write.
    Together,
    EndTogether,
    /// The octets of what follows, up to EndSplit, in several writes.
    Split(Cut),
    EndSplit,
}

/// A step, before its placeholders are filled in.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// `chunked`: what the body will be. An interim head says nothing about that.
    Head {
        text: Template,
        is_interim: bool,
        is_chunked: bool,
    },
    /// `extension` follows the size: empty, or from its first semicolon on.
    Chunk {
        extension: String,
        data: Template,
    },
    /// `trailers`: the field lines of the trailer section, each with its CRLF.
    LastChunk {
        extension: String,
        trailers: Template,
    },
    Data(Template),
    Raw(Template),
    /// Event-stream text: a chunk where the head said chunked, data elsewhere.
    Event(Template),
    Wait(Amount),
    Hold,
    /// The connection waits so long for its next request.
    Idle(Amount),
    SendBuffer(u32),
    Fin,
    Rst,
}

/// Octets with holes in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template(pub(super) Vec<TemplatePart>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplatePart {
    Octets(Vec<u8>),
    Hole(Slot),
}

/// Where the text for a hole comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// A parameter, by its place in the list.
    Parameter(usize),
    /// The counter of a repetition: the outermost is 0.
    Counter(usize),
}

/// A number or a time in milliseconds: given, or taken from a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Fixed(u64),
    Parameter(usize),
}

/// Where writes end.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) pieces: Pieces,
    /// How long after a piece the next one goes out.
    pub(super) every: Option<Amount>,
}

#[derive(Debug, Clone)]
pub(super) enum Pieces {
    Of(u64),
    At(Vec<u64>),
}

impl Template {
    pub(super) fn push_octets(&mut self, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(TemplatePart::Octets(last)) => last.extend_from_slice(octets),
            Some(TemplatePart::Hole(_)) | None => self.0.push(TemplatePart::Octets(octets.to_vec())),
        }
    }

    pub(super) fn push_hole(&mut self, slot: Slot) {
        self.0.push(TemplatePart::Hole(slot));
    }

    pub(super) fn append(&mut self, other: Template) {
        for part in other.0 {
            match part {
                TemplatePart::Octets(octets) => self.push_octets(&octets),
                TemplatePart::Hole(slot) => self.push_hole(slot),
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its octets, with 0xFF, which is never part of UTF-8, in place of each hole.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for part in &self.0 {
            match part {
                TemplatePart::Octets(fixed) => octets.extend_from_slice(fixed),
                TemplatePart::Hole(_) => octets.push(0xFF),
            }
        }
        octets
    }

    /// Its octets, if it has no holes.
    pub(super) fn fixed(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [] => Some(b""),
            [TemplatePart::Octets(octets)] => Some(octets),
            _ => None,
        }
    }
}
