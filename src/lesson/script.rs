//! The instructions of a script.
//!
//! ```text
//! repeat 3            0  Repeat { times: 3, end: 3 }
//!   chunk "tick {n}"  1  Act(Chunk)
//!   wait 1s           2  Act(Wait)
//! end                 3  EndRepeat { start: 0 }
//! last-chunk          4  Act(LastChunk)
//! ```
//!
//! The instructions are a list and not a tree: a play, which stops after each step, then needs to
//! remember one index only, and a repetition of a thousand rounds takes as much memory as one of
//! two.

use super::diagnostic::SourcePosition;
use crate::wire::language::Note;

/// One instruction, its line, and its comments.
#[derive(Debug, Clone)]
pub(super) struct Instruction {
    pub(super) op: Op,
    pub(super) position: SourcePosition,
    /// The comments above the step and the one after it.
    pub(super) note: Note,
    /// The script says `intended`: no warnings about this step.
    pub(super) intended: bool,
}

/// What an instruction does.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Act(Act),
    /// The instructions up to `end`, `times` times.
    Repeat {
        times: Amount,
        end: usize,
    },
    EndRepeat {
        start: usize,
    },
    /// The octets of the instructions up to EndTogether, in one write.
    Together,
    EndTogether,
    /// The octets of the instructions up to EndSplit, in several writes.
    Split(Cut),
    EndSplit,
}

/// A step, before its placeholders are filled in.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// `is_chunked`: the head says that chunks follow. An interim head (1xx) says nothing about it.
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
    /// Lines of an event stream: one chunk if the head said chunked, otherwise data.
    Event(Template),
    Wait(Amount),
    Hold,
    /// The time limit for the next request on this connection.
    Idle(Amount),
    SendBuffer(u32),
    Fin,
    Rst,
}

/// Octets with holes that are filled in when the step is played.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template(pub(super) Vec<TemplatePart>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplatePart {
    Octets(Vec<u8>),
    Hole(Slot),
}

/// The source of the text in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The parameter with this index.
    Parameter(usize),
    /// The counter of the repetition at this depth; the outermost is 0.
    Counter(usize),
}

/// A number, or a time in milliseconds: written out, or the value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Fixed(u64),
    Parameter(usize),
}

/// How the octets of a `split` are divided into writes.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) pieces: Pieces,
    /// The pause between two writes.
    pub(super) every: Option<Amount>,
}

#[derive(Debug, Clone)]
pub(super) enum Pieces {
    /// Writes of this many octets.
    Of(u64),
    /// Writes that end after these octets, in rising order.
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
