//! Blocks: steps that are repeated, sent in one write, or cut into several.
//!
//! ```text
//! repeat 3 as i      together       split at 3 7 every 50ms
//!   ...                ...            ...
//! end                end            end
//! ```
//!
//! A block can be inside another one, but octets are gathered only once: neither `together` nor
//! `split` can be inside one of the two.

use super::super::cursor::{Cursor, is_name};
use super::super::diagnostic::{Diagnostic, SourcePosition, found};
use super::super::limits::{MAX_CUTS, MAX_DEPTH};
use super::super::parameter::read_number;
use super::super::script::{Cut, Op, Pieces};
use super::parser::{OpenBlock, Parsed, Parser, add_comment};

impl Parser {
    pub(super) fn begin_block(
        &mut self,
        verb: &'static str,
        position: SourcePosition,
        mut cursor: Cursor<'_>,
    ) -> Parsed<()> {
        // With an error in its line the block is still open: its end is no further error.
        let (start, intended) = (self.program().len(), self.intended);
        let counter = (verb == "repeat").then(|| "n".to_owned());
        self.open.push(OpenBlock { verb, position, start, counter, intended });
        let op = match self.block(verb, &mut cursor) {
            Ok(op) => op,
            Err(diagnostic) => {
                self.push(Op::Together, position, None)?;
                return Err(diagnostic);
            }
        };
        let comment = cursor.end("expected the end of the line");
        self.push(op, position, None)?;
        self.check_nesting(verb, position)?;
        if let (Some(comment), Some(instruction)) = (comment?, self.program_mut().last_mut()) {
            add_comment(&mut instruction.note, &comment);
        }
        Ok(())
    }

    fn block(&mut self, verb: &str, cursor: &mut Cursor<'_>) -> Parsed<Op> {
        match verb {
            "repeat" => self.repeat(cursor),
            "split" => self.split(cursor),
            _ => Ok(Op::Together),
        }
    }

    // repeat TIMES [as NAME]
    fn repeat(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Op> {
        let times = self.count(cursor)?;
        if cursor.peek() == "as" {
            cursor.word();
            let (name, position) = cursor.name();
            if !is_name(name) {
                let hint = "expected a letter first, such as: repeat 3 as i";
                return Err(Diagnostic::error(position, "expected the name of a counter", hint));
            }
            if let Some(block) = self.open.last_mut() {
                block.counter = Some(name.to_owned());
            }
        }
        Ok(Op::Repeat { times, end: 0 })
    }

    // split OCTETS [every TIME], or: split at OCTETS OCTETS ... [every TIME]
    fn split(&self, cursor: &mut Cursor<'_>) -> Parsed<Op> {
        let pieces = if cursor.peek() == "at" { cut_positions(cursor)? } else { piece_size(cursor)? };
        let every = if cursor.peek() == "every" {
            cursor.word();
            Some(self.time(cursor)?)
        } else {
            None
        };
        Ok(Op::Split(Cut { pieces, every }))
    }

    fn check_nesting(&self, verb: &str, position: SourcePosition) -> Parsed<()> {
        let outer = self.open.get(..self.open.len().saturating_sub(1)).unwrap_or_default();
        if self.open.len() > MAX_DEPTH {
            let message = format!("too many nested blocks (at most {MAX_DEPTH})");
            return Err(Diagnostic::error(position, message, "end an outer block first"));
        }
        match outer.iter().find(|block| block.verb != "repeat") {
            Some(block) if verb != "repeat" => {
                let hint = format!("expected after the end of the {} of line {}", block.verb, block.position.line);
                Err(Diagnostic::error(position, format!("unexpected {verb} inside {}", block.verb), hint))
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn end_block(&mut self, mut cursor: Cursor<'_>, position: SourcePosition) -> Parsed<()> {
        let comment = cursor.end("expected the end of the line")?;
        let Some(block) = self.open.pop() else {
            return Err(Diagnostic::error(position, "unexpected end", "no repeat, together or split is open"));
        };
        let end = self.program().len();
        if end == block.start + 1 {
            self.push(Op::EndTogether, position, None)?;
            // A line with an error may have been its only step.
            if self.has_errors_from(block.position.line) {
                return Ok(());
            }
            let message = format!("the {} of line {} is empty", block.verb, block.position.line);
            return Err(Diagnostic::error(position, message, "expected steps before its end"));
        }
        if let Some(Op::Repeat { end: target, .. }) = self.program_mut().get_mut(block.start).map(|it| &mut it.op) {
            *target = end;
        }
        let op = match block.verb {
            "repeat" => Op::EndRepeat { start: block.start },
            "split" => Op::EndSplit,
            _ => Op::EndTogether,
        };
        self.push(op, position, comment)
    }

    pub(super) fn close_blocks(&mut self) {
        for block in std::mem::take(&mut self.open) {
            let message = format!("{} has no end", block.verb);
            let hint = "expected a line \"end\" after its steps";
            self.diagnostics.push(Diagnostic::error(block.position, message, hint));
        }
    }
}

// at 3 7: the octets after which a write ends
fn cut_positions(cursor: &mut Cursor<'_>) -> Parsed<Pieces> {
    cursor.word();
    let mut ends: Vec<u64> = Vec::new();
    while !matches!(cursor.peek(), "" | "every") {
        let (word, position) = cursor.word();
        let last = ends.last().copied().unwrap_or(0);
        let Some(end) = read_number(word).filter(|end| *end > last) else {
            let message = format!("expected a number of octets above {last}, found {}", found(word));
            return Err(Diagnostic::error(position, message, "expected rising numbers, such as: split at 1 4"));
        };
        if ends.len() >= MAX_CUTS {
            let message = format!("too many numbers (at most {MAX_CUTS})");
            return Err(Diagnostic::error(position, message, "expected fewer writes"));
        }
        ends.push(end);
    }
    if ends.is_empty() {
        let hint = "expected rising numbers, such as: split at 1 4";
        return Err(Diagnostic::error(cursor.position(0), "expected numbers of octets", hint));
    }
    Ok(Pieces::At(ends))
}

// 4: the octets of each write
fn piece_size(cursor: &mut Cursor<'_>) -> Parsed<Pieces> {
    let (word, position) = cursor.word();
    match read_number(word).filter(|size| *size > 0) {
        Some(size) => Ok(Pieces::Of(size)),
        None => {
            let message = format!("expected a number of octets, found {}", found(word));
            Err(Diagnostic::error(position, message, "such as: split 1, or: split at 3 7"))
        }
    }
}
