//! Blocks: steps that are repeated, sent in one write, or cut into several.
//!
//! ```text
//! repeat 3 as i      together       split at 3 7 every 50ms
//!   ...                ...            ...
//! end                end            end
//! ```
//!
//! Blocks may stand in one another, but octets are gathered once: `together` and `split` hold no other of the two.

use super::super::MAX_DEPTH;
use super::super::cursor::{Cursor, is_name};
use super::super::diagnostic::{Diagnostic, SourcePosition};
use super::super::script::{Cut, Op, Pieces, read_number};
use super::{Parsed, Parser};

/// A block that has begun and not ended.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) verb: &'static str,
    pub(super) position: SourcePosition,
    /// Of its instruction.
    pub(super) start: usize,
    /// Of a repetition.
    pub(super) counter: Option<String>,
    pub(super) intended: bool,
}

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
        self.open.push(Block { verb, position, start, counter, intended });
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
            "repeat" => {
                let times = self.count(cursor)?;
                if cursor.peek() == "as" {
                    cursor.word();
                    let (name, position) = cursor.name();
                    if !is_name(name) {
                        return Err(Diagnostic::error(
                            position,
                            "the counter has no name",
                            "expected a name, such as: repeat 3 as i",
                        ));
                    }
                    if let Some(block) = self.open.last_mut() {
                        block.counter = Some(name.to_owned());
                    }
                }
                Ok(Op::Repeat { times, end: 0 })
            }
            "split" => self.cut(cursor),
            _ => Ok(Op::Together),
        }
    }

    fn cut(&self, cursor: &mut Cursor<'_>) -> Parsed<Op> {
        let pieces = if cursor.peek() == "at" {
            cursor.word();
            let mut places = Vec::new();
            while !matches!(cursor.peek(), "" | "every") {
                let (word, position) = cursor.word();
                match read_number(word)
                    .filter(|at| *at > places.last().copied().unwrap_or(0) && places.len() < MAX_CUTS)
                {
                    Some(at) => places.push(at),
                    None => {
                        return Err(Diagnostic::error(
                            position,
                            format!("no write can end at {word:?}"),
                            "expected rising numbers of octets, such as: split at 1 4",
                        ));
                    }
                }
            }
            if places.is_empty() {
                return Err(Diagnostic::error(
                    cursor.position(0),
                    "nothing says where to split",
                    "expected numbers of octets, such as: split at 1 4",
                ));
            }
            Pieces::At(places)
        } else {
            let (word, position) = cursor.word();
            match read_number(word).filter(|size| *size > 0) {
                Some(size) => Pieces::Of(size),
                None => {
                    return Err(Diagnostic::error(
                        position,
                        format!("{word:?} is no number of octets"),
                        "expected: split 1, or: split at 3 7",
                    ));
                }
            }
        };
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

/// Places at which one split may cut.
const MAX_CUTS: usize = 64;
