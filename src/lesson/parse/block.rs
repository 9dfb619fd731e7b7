//! Blocks: steps that are repeated, sent in one write, or cut into several.
//!
//! ```text
//! repeat 3 as i      together       split at 3 7 every 50ms
//!   ...                ...            ...
//! end                end            end
//! ```
//!
//! Blocks may stand in one another, but octets are gathered once: `together` and `split` hold no other of the two.

use super::super::cursor::{Cursor, is_name};
use super::super::diagnostic::{Diagnostic, SourcePosition};
use super::super::limits::{MAX_CUTS, MAX_DEPTH};
use super::super::parameter::read_number;
use super::super::script::{Cut, Op, Pieces};
use super::parser::{OpenBlock, Parsed, Parser};

impl Parser {
    pub(super) fn begin_block(
        &mut self,
        verb: &'static str,
        position: SourcePosition,
        mut cursor: Cursor<'_>,
    ) -> Parsed<()> {
        // Even if its line is wrong the block is open, or its end would be an error too.
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
            let note = instruction.note.take().map_or(comment.clone(), |note| format!("{note} {comment}"));
            instruction.note = Some(note);
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
                let expected = "expected a name, such as: repeat 3 as i";
                return Err(Diagnostic::error(position, "the counter has no name", expected));
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
            return Err(Diagnostic::error(
                position,
                "these blocks are nested too deeply",
                format!("expected at most {MAX_DEPTH}"),
            ));
        }
        match outer.iter().find(|block| block.verb != "repeat") {
            Some(block) if verb != "repeat" => {
                let expected = format!("expected after the end of {} in line {}", block.verb, block.position.line);
                Err(Diagnostic::error(position, format!("{verb} cannot stand in {}", block.verb), expected))
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn end_block(&mut self, mut cursor: Cursor<'_>, position: SourcePosition) -> Parsed<()> {
        let comment = cursor.end("expected the end of the line")?;
        let Some(block) = self.open.pop() else {
            return Err(Diagnostic::error(
                position,
                "there is nothing to end",
                "expected repeat, together or split before it",
            ));
        };
        let end = self.program().len();
        if end == block.start + 1 {
            self.push(Op::EndTogether, position, None)?;
            // What was wrong inside may have been its steps.
            if self.has_errors_from(block.position.line) {
                return Ok(());
            }
            let message = format!("the {} of line {} is empty", block.verb, block.position.line);
            return Err(Diagnostic::error(position, message, "expected steps inside"));
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
            let message = format!("this {} has no end", block.verb);
            self.diagnostics.push(Diagnostic::error(
                block.position,
                message,
                "expected a line \"end\" behind its steps",
            ));
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
        let Some(end) = read_number(word).filter(|end| *end > last && ends.len() < MAX_CUTS) else {
            let expected = "expected rising numbers of octets, such as: split at 1 4";
            return Err(Diagnostic::error(position, format!("no write can end at {word:?}"), expected));
        };
        ends.push(end);
    }
    if ends.is_empty() {
        let expected = "expected numbers of octets, such as: split at 1 4";
        return Err(Diagnostic::error(cursor.position(0), "nothing says where to split", expected));
    }
    Ok(Pieces::At(ends))
}

// 4: the octets of each write
fn piece_size(cursor: &mut Cursor<'_>) -> Parsed<Pieces> {
    let (word, position) = cursor.word();
    match read_number(word).filter(|size| *size > 0) {
        Some(size) => Ok(Pieces::Of(size)),
        None => {
            let message = format!("{word:?} is no number of octets");
            Err(Diagnostic::error(position, message, "expected: split 1, or: split at 3 7"))
        }
    }
}
