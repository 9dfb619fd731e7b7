//! Playing a case: one step each time that the connection asks for one.
//!
//! ```text
//! repeat 2            next_step() -> Chunk("tick 1")
//!   chunk "tick {n}"  next_step() -> Wait(1 s)
//!   wait 1s           next_step() -> Chunk("tick 2")
//! end                 next_step() -> Wait(1 s)
//! last-chunk          next_step() -> LastChunk
//!                     next_step() -> None
//! ```
//!
//! A play holds its position and the round of each open repetition. Nothing is expanded, so a
//! client that does not read makes nothing grow. The octets of a `together` or `split` are gathered
//! before the first one is sent; the bounds of a script keep them below 256 KiB.

use std::sync::Arc;
use std::time::Duration;

use super::case::Case;
use super::parameter::Value;
use super::script::{Act, Amount, Cut, Instruction, Op, Pieces, Slot, Template, TemplatePart};
use crate::wire::language::Note;
use crate::wire::step::Step;

/// A case of a lesson that is being played to one client.
#[derive(Debug)]
pub struct Play {
    case: Arc<Case>,
    values: Vec<Value>,
    /// Index of the instruction that is played next.
    at: usize,
    /// The instruction that the last step came from.
    shown: usize,
    /// One for each open repetition, the innermost last.
    rounds: Vec<Round>,
    /// The instruction of the open `together` or `split`: its comment belongs to the step.
    block: Option<usize>,
    /// The octets of the open `together` or `split`.
    gathered: Option<Vec<u8>>,
    /// The writes of a `split` that are still to come.
    split: Option<Split>,
    /// The last final head said that chunks follow.
    is_chunked: bool,
    /// The request is HEAD, and the case does not name the method: the play ends with the head.
    head_only: bool,
    is_over: bool,
    /// The time limit for the next request on this connection, if the script sets one.
    idle: Option<Duration>,
}

#[derive(Debug)]
struct Round {
    number: u64,
    of: u64,
}

impl Play {
    pub(super) fn new(case: Arc<Case>, values: Vec<Value>) -> Play {
        Play {
            case,
            values,
            at: 0,
            shown: 0,
            rounds: Vec::new(),
            block: None,
            gathered: None,
            split: None,
            is_chunked: false,
            head_only: false,
            is_over: false,
            idle: None,
        }
    }

    /// The same play up to the end of the first final head: a response to HEAD has no body (RFC
    /// 9112 section 6.3).
    pub(super) fn head_only(self) -> Play {
        Play { head_only: true, ..self }
    }

    /// The next step; `None` after the last one.
    pub fn next_step(&mut self) -> Option<Step> {
        if let Some(step) = self.split.as_mut().and_then(Split::next_step) {
            return Some(step);
        }
        self.split = None;
        let case = Arc::clone(&self.case);
        while let Some(instruction) = case.program.get(self.at).filter(|_| !self.is_over) {
            let at = self.at;
            self.at += 1;
            if let Some(step) = self.instruction(instruction) {
                let ends_block = matches!(instruction.op, Op::EndTogether | Op::EndSplit);
                self.shown = self.block.filter(|_| ends_block).unwrap_or(at);
                return Some(step);
            }
        }
        None
    }

    /// What the script says about the last step.
    pub fn note(&self) -> Option<&Note> {
        self.case.program.get(self.shown).map(|instruction| &instruction.note).filter(|note| !note.is_empty())
    }

    /// The time limit for the next request on this connection, if the script has set one.
    pub fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// Ends the play. No step follows: a lesson never sends what its script does not say.
    pub fn wind_down(&mut self) {
        self.is_over = true;
        self.split = None;
    }

    /// The index of the instruction that the last step came from.
    pub(super) fn shown(&self) -> usize {
        self.shown
    }

    fn instruction(&mut self, instruction: &Instruction) -> Option<Step> {
        match &instruction.op {
            Op::Act(act) => self.act(act),
            Op::Repeat { times, end } => {
                match self.amount(*times) {
                    0 => self.at = end + 1,
                    of => self.rounds.push(Round { number: 1, of }),
                }
                None
            }
            Op::EndRepeat { start } => {
                match self.rounds.last_mut() {
                    Some(round) if round.number < round.of => {
                        round.number += 1;
                        self.at = start + 1;
                    }
                    Some(_) | None => _ = self.rounds.pop(),
                }
                None
            }
            Op::Together | Op::Split(_) => {
                self.gathered = Some(Vec::new());
                self.block = self.at.checked_sub(1);
                None
            }
            Op::EndTogether => data(self.gathered.take().unwrap_or_default()),
            Op::EndSplit => {
                let octets = self.gathered.take().unwrap_or_default();
                self.split = self.cut_of_block().map(|cut| Split::new(octets, cut.pieces.clone(), self.pause(cut)));
                self.split.as_mut().and_then(Split::next_step)
            }
        }
    }

    fn act(&mut self, act: &Act) -> Option<Step> {
        let step = match act {
            Act::Head { text, is_interim, is_chunked } => {
                if !is_interim {
                    self.is_chunked = *is_chunked;
                    self.is_over = self.head_only;
                }
                Some(Step::RawHead(self.fill(text)))
            }
            Act::Chunk { extension, data } => chunk(extension, self.fill(data)),
            Act::Event(text) if self.is_chunked => chunk("", self.fill(text)),
            Act::Event(text) | Act::Data(text) | Act::Raw(text) => data(self.fill(text)),
            Act::LastChunk { extension, trailers } => Some(last_chunk(extension, self.fill(trailers))),
            Act::Wait(time) => match self.amount(*time) {
                0 => None,
                time => Some(Step::Wait(Duration::from_millis(time))),
            },
            // Changes nothing on the wire: the connection asks for it at the end of the response.
            Act::Idle(time) => {
                self.idle = Some(Duration::from_millis(self.amount(*time)));
                None
            }
            Act::Hold => Some(Step::Hold),
            Act::SendBuffer(octets) => Some(Step::SendBuffer(*octets)),
            Act::Fin => Some(Step::Fin),
            Act::Rst => Some(Step::Rst),
        };
        match (&mut self.gathered, step) {
            (Some(gathered), Some(step)) => {
                step.encode(b"", gathered);
                None
            }
            (_, step) => step,
        }
    }

    fn fill(&self, template: &Template) -> Vec<u8> {
        let mut octets = Vec::new();
        for part in &template.0 {
            match part {
                TemplatePart::Octets(fixed) => octets.extend_from_slice(fixed),
                TemplatePart::Hole(Slot::Parameter(index)) => {
                    octets.extend_from_slice(self.values.get(*index).map_or(b"", |value| value.text.as_bytes()));
                }
                TemplatePart::Hole(Slot::Counter(depth)) => {
                    let number = self.rounds.get(*depth).map_or(0, |round| round.number);
                    octets.extend_from_slice(number.to_string().as_bytes());
                }
            }
        }
        octets
    }

    fn amount(&self, amount: Amount) -> u64 {
        match amount {
            Amount::Fixed(number) => number,
            Amount::Parameter(index) => self.values.get(index).map_or(0, |value| value.number),
        }
    }

    fn cut_of_block(&self) -> Option<&Cut> {
        match self.case.program.get(self.block?).map(|instruction| &instruction.op) {
            Some(Op::Split(cut)) => Some(cut),
            Some(_) | None => None,
        }
    }

    fn pause(&self, cut: &Cut) -> Duration {
        Duration::from_millis(cut.every.map_or(0, |every| self.amount(every)))
    }
}

/// The octets of a `split`. A piece is cut off when it is asked for, so ten thousand pieces take no
/// more memory than one.
#[derive(Debug)]
struct Split {
    octets: Vec<u8>,
    /// Octets that have been sent.
    from: usize,
    pieces: Pieces,
    /// The time between two pieces.
    pause: Duration,
    /// The pause before the next piece has passed.
    has_paused: bool,
}

impl Split {
    fn new(octets: Vec<u8>, pieces: Pieces, pause: Duration) -> Split {
        Split { octets, from: 0, pieces, pause, has_paused: true }
    }

    fn next_step(&mut self) -> Option<Step> {
        let rest = self.octets.get(self.from..).filter(|rest| !rest.is_empty())?;
        if !self.has_paused && !self.pause.is_zero() {
            self.has_paused = true;
            return Some(Step::Wait(self.pause));
        }
        let piece = rest.get(..self.size()).unwrap_or(rest).to_vec();
        self.from += piece.len();
        self.has_paused = false;
        Some(Step::Data(piece.into()))
    }

    /// The size of the next piece; fewer octets may be left.
    fn size(&self) -> usize {
        let size = match &self.pieces {
            Pieces::Of(size) => Some(*size),
            Pieces::At(places) => places.iter().map(|at| at.saturating_sub(self.from as u64)).find(|size| *size > 0),
        };
        size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX)
    }
}

// A text that consists of an empty parameter has no octets: then there is no step.
fn data(octets: Vec<u8>) -> Option<Step> {
    (!octets.is_empty()).then(|| Step::Data(octets.into()))
}

// An extension is no matter of the engine: such a chunk is octets.
fn chunk(extension: &str, octets: Vec<u8>) -> Option<Step> {
    match (octets.is_empty(), extension) {
        (true, _) => None,
        (false, "") => Some(Step::Chunk(octets)),
        (false, _) => data([format!("{:x}{extension}\r\n", octets.len()).as_bytes(), &octets, b"\r\n"].concat()),
    }
}

fn last_chunk(extension: &str, trailers: Vec<u8>) -> Step {
    match (extension, trailers.is_empty()) {
        ("", true) => Step::LastChunk,
        _ => Step::Data([format!("0{extension}\r\n").as_bytes(), &trailers, b"\r\n"].concat().into()),
    }
}
