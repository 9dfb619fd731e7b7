//! The cost of a script at most, computed before it is played.
//!
//! ```text
//! param count = 3 (1..100)
//! param pause = 1s (0s..10s)
//! repeat {count}             100 rounds at most
//!   wait {pause}             of 1 step and 10 s at most
//! end                        together 100 steps, 1,000 s
//! ```
//!
//! Each step costs one act, its octets and its pause. A repetition costs its inside times its
//! largest number of rounds; every parameter counts with its largest value. A line that exceeds a
//! bound is an error, so a script that compiles can neither flood nor hold the server, whatever a
//! query says.

use super::case::Case;
use super::diagnostic::{Diagnostic, SourcePosition};
use super::limits::{MAX_ACTS, MAX_OCTETS, MAX_TIME, MAX_WRITE};
use super::parameter::{Parameter, show_time};
use super::script::{Act, Amount, Cut, Instruction, Op, Pieces, Slot, Template, TemplatePart};

/// The cost of a part of a script at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cost {
    /// Steps that are carried out, repetitions included.
    acts: u64,
    octets: u64,
    /// Pauses together, in milliseconds.
    time: u64,
}

/// One error for each line that exceeds a bound. After it counting starts again from zero.
pub(super) fn check(case: &Case, parameters: &[Parameter]) -> Vec<Diagnostic> {
    let mut meter = Meter { parameters, enclosing: Vec::new(), total: Cost::default() };
    let mut diagnostics = Vec::new();
    for instruction in &case.program {
        if let Err(diagnostic) = meter.instruction(instruction) {
            diagnostics.push(diagnostic);
            meter.total = Cost::default();
        }
    }
    diagnostics
}

/// Adds up the costs of a case, instruction by instruction.
struct Meter<'a> {
    parameters: &'a [Parameter],
    enclosing: Vec<Enclosing<'a>>,
    total: Cost,
}

/// A block that has begun and not ended.
struct Enclosing<'a> {
    instruction: &'a Instruction,
    /// The cost of everything before it.
    before: Cost,
}

impl<'a> Meter<'a> {
    fn instruction(&mut self, instruction: &'a Instruction) -> Result<(), Diagnostic> {
        match &instruction.op {
            Op::Act(act) => {
                let cost = self.act(act);
                self.total = self.total.plus(cost);
                if cost.octets > MAX_WRITE {
                    return Err(too_much(instruction.position, "octets in one step", cost.octets, MAX_WRITE));
                }
            }
            Op::Repeat { .. } | Op::Together | Op::Split(_) => {
                self.enclosing.push(Enclosing { instruction, before: self.total });
                self.total = Cost::default();
            }
            Op::EndRepeat { .. } | Op::EndTogether | Op::EndSplit => self.close()?,
        }
        self.total.check(instruction.position)
    }

    fn close(&mut self) -> Result<(), Diagnostic> {
        let Some(Enclosing { instruction, before }) = self.enclosing.pop() else { return Ok(()) };
        let inside = self.total;
        let whole = match &instruction.op {
            Op::Repeat { times, .. } => inside.times(self.largest(*times)),
            Op::Split(cut) => inside.plus(self.pieces(cut, inside.octets)),
            _ => inside,
        };
        if matches!(instruction.op, Op::Together | Op::Split(_)) && inside.octets > MAX_WRITE {
            return Err(too_much(instruction.position, "octets in one block", inside.octets, MAX_WRITE));
        }
        whole.check(instruction.position)?;
        self.total = before.plus(whole);
        Ok(())
    }

    fn act(&self, act: &Act) -> Cost {
        let octets = match act {
            Act::Head { text, .. } | Act::Data(text) | Act::Raw(text) => self.octets(text),
            Act::Event(text) => self.octets(text).saturating_add(CHUNK_FRAMING),
            Act::Chunk { extension, data: text } | Act::LastChunk { extension, trailers: text } => {
                self.octets(text).saturating_add(CHUNK_FRAMING).saturating_add(extension.len() as u64)
            }
            Act::Wait(_) | Act::Idle(_) | Act::Hold | Act::SendBuffer(_) | Act::Fin | Act::Rst => 0,
        };
        let time = if let Act::Wait(time) = act { self.largest(*time) } else { 0 };
        Cost { acts: 1, octets, time }
    }

    fn pieces(&self, cut: &Cut, octets: u64) -> Cost {
        let pieces = match &cut.pieces {
            Pieces::Of(size) => octets.div_ceil((*size).max(1)),
            Pieces::At(places) => places.len() as u64 + 1,
        };
        let every = cut.every.map_or(0, |every| self.largest(every));
        Cost { acts: pieces.saturating_mul(2), octets: 0, time: pieces.saturating_mul(every) }
    }

    fn octets(&self, template: &Template) -> u64 {
        template.0.iter().fold(0u64, |sum, part| {
            sum.saturating_add(match part {
                TemplatePart::Octets(octets) => octets.len() as u64,
                TemplatePart::Hole(Slot::Counter(_)) => LONGEST_COUNTER,
                TemplatePart::Hole(Slot::Parameter(index)) => {
                    self.parameters.get(*index).map_or(0, |it| it.kind.longest())
                }
            })
        })
    }

    fn largest(&self, amount: Amount) -> u64 {
        match amount {
            Amount::Fixed(number) => number,
            Amount::Parameter(index) => self.parameters.get(index).map_or(0, |parameter| parameter.kind.largest()),
        }
    }
}

impl Cost {
    fn plus(self, other: Cost) -> Cost {
        Cost {
            acts: self.acts.saturating_add(other.acts),
            octets: self.octets.saturating_add(other.octets),
            time: self.time.saturating_add(other.time),
        }
    }

    fn times(self, times: u64) -> Cost {
        Cost {
            acts: self.acts.saturating_mul(times),
            octets: self.octets.saturating_mul(times),
            time: self.time.saturating_mul(times),
        }
    }

    fn check(self, position: SourcePosition) -> Result<(), Diagnostic> {
        if self.acts > MAX_ACTS {
            return Err(too_much(position, "steps", self.acts, MAX_ACTS));
        }
        if self.octets > MAX_OCTETS {
            return Err(too_much(position, "octets", self.octets, MAX_OCTETS));
        }
        if self.time > MAX_TIME {
            let message = format!("too long: up to {} (at most {})", show_time(self.time), show_time(MAX_TIME));
            return Err(Diagnostic::error(position, message, AT_LARGEST));
        }
        Ok(())
    }
}

fn too_much(position: SourcePosition, what: &str, count: u64, most: u64) -> Diagnostic {
    Diagnostic::error(position, format!("too many {what}: up to {count} (at most {most})"), AT_LARGEST)
}

const AT_LARGEST: &str = "counted in one take, with every parameter at its largest";

/// Octets of a chunk besides its data and extensions, at most: a size of 16 digits and two CRLF.
const CHUNK_FRAMING: u64 = 20;
/// Digits of a counter, at most: 100000.
const LONGEST_COUNTER: u64 = 6;
