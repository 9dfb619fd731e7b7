//! The octets of a row of the full form as cells: characters and escapes that cannot be divided.
//!
//! ```text
//! data:a LF    d a t a : a ␊        seven cells of one column
//! EA B0        \xea \xb0            two cells of four columns
//! 100,000 x    x x x ... … 99988 octets … x x x
//! ```
//!
//! A row is made of cells that know their own width, since a Korean syllable takes two columns. Of
//! a long row only what is shown is looked at.

use std::fmt::Write as _;

use crate::trace::palette::Role;
use crate::trace::signs::Signs;
use crate::wire::explain::Row;
use crate::wire::label::Label;
use crate::wire::span::Span;
use crate::wire::visible::{Shown, shown};

/// One character or escape of the octets, which cannot be divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    text: CellText,
    pub(super) width: usize,
    octets: usize,
    pub(super) role: Role,
}

#[derive(Debug, Clone, Copy)]
enum CellText {
    Shown(Shown),
    /// Octets before these were in an earlier piece.
    Continues,
    /// This many octets are left out.
    Elided(usize),
}

impl Cell {
    fn elided(octets: usize, signs: Signs) -> Cell {
        let dots = signs.ellipsis();
        let digits = octets.checked_ilog10().unwrap_or(0) as usize + 1;
        let width = ELIDED + 2 * dots.chars().count() + digits;
        Cell { text: CellText::Elided(octets), width, octets: 0, role: Role::Time }
    }

    pub(super) fn push_to(&self, signs: Signs, text: &mut String) {
        let dots = signs.ellipsis();
        match self.text {
            CellText::Shown(shown) => signs.push(shown, text),
            CellText::Continues => text.push_str(dots),
            // Writing to a String cannot fail.
            CellText::Elided(octets) => drop(write!(text, " {dots} {octets} octets {dots} ")),
        }
    }
}

fn width_of(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.width).sum()
}

/// The cells of a row, for this many lines of `room` columns; the middle of a long one is replaced
/// by how many octets it has.
pub(super) fn elide(
    octets: &[u8],
    spans: &[Span],
    row: &Row<'_>,
    signs: Signs,
    room: usize,
    lines: usize,
) -> Vec<Cell> {
    let (start, end) = (row.range.start, row.range.end);
    let mut head = Vec::with_capacity(row.range.len().min(lines * room) + 1);
    if !row.starts {
        let width = signs.ellipsis().chars().count();
        head.push(Cell { text: CellText::Continues, width, octets: 0, role: Role::Time });
    }
    let mut width = width_of(&head);
    // Of a long row only what is shown is looked at.
    head.extend(cells_between(octets, spans, signs, start, end).take_while(|cell| {
        width += cell.width;
        width <= lines * room
    }));
    if width <= lines * room {
        return head;
    }
    let half = lines / 2 * room;
    let head = fitting(head.iter(), half.saturating_sub(Cell::elided(row.range.len(), signs).width));
    let tail = last_cells(octets, spans, signs, start, end, half);
    let shown: usize = head.iter().chain(&tail).map(|cell| cell.octets).sum();
    let middle = Cell::elided(row.range.len().saturating_sub(shown), signs);
    head.into_iter().chain([middle]).chain(tail).collect()
}

/// As many cells before `end` as fit in `room` columns.
fn last_cells(octets: &[u8], spans: &[Span], signs: Signs, start: usize, end: usize, room: usize) -> Vec<Cell> {
    // Octets that are written out take four columns each; of characters no cell has less than one
    // for four octets.
    for reach in [room / 2 + 4, room + 4, 4 * room + 4] {
        let from = start.max(end.saturating_sub(reach));
        let cells: Vec<Cell> = cells_between(octets, spans, signs, from, end).collect();
        // The first of them may have begun in the middle of a character: four more octets make up
        // for that.
        if from == start || width_of(cells.get(4..).unwrap_or_default()) >= room || reach > 4 * room {
            let mut last = fitting(cells.iter().rev(), room);
            last.reverse();
            return last;
        }
    }
    Vec::new()
}

/// As many cells as fit in `room` columns.
fn fitting<'a>(cells: impl Iterator<Item = &'a Cell>, room: usize) -> Vec<Cell> {
    let mut used = 0;
    cells
        .take_while(|cell| {
            used += cell.width;
            used <= room
        })
        .copied()
        .collect()
}

/// Octets as cells that a terminal cannot take for a command.
fn cells_between<'a>(
    octets: &'a [u8],
    spans: &'a [Span],
    signs: Signs,
    start: usize,
    end: usize,
) -> impl Iterator<Item = Cell> + use<'a> {
    spans.iter().flat_map(move |span| {
        let part = octets.get(span.range.start.max(start)..span.range.end.min(end)).unwrap_or_default();
        let role = role_of(span);
        shown(part).map(move |shown| Cell {
            text: CellText::Shown(shown),
            width: signs.width(shown),
            octets: shown.octets(),
            role: if shown.is_itself() { role } else { Role::LineEnd },
        })
    })
}

fn role_of(span: &Span) -> Role {
    match span.content.unwrap_or(span.label) {
        Label::Unexpected => Role::Bad,
        Label::Method | Label::RequestTarget | Label::StatusCode | Label::ChunkSize => Role::Start,
        Label::FieldName | Label::TrailerName | Label::EventFieldName => Role::Name,
        Label::ChunkExt | Label::EventComment | Label::EventUnknown => Role::Note,
        _ => Role::Data,
    }
}

/// Blanks and the word of an elision.
const ELIDED: usize = "   octets  ".len();
