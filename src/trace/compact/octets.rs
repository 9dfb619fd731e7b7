//! Octets in the room that a row has: all of them, or the first and the last and how many are left
//! out between.
//!
//! ```text
//! id: 1\ndata: 01 ..916 octets.. 789\n\n     text
//! 00 01 02 03 04 05 ..504 octets.. fe ff     more than a quarter would have to be written out
//! ```
//!
//! What is left out is counted in octets, what fits in columns. A character of two columns is never
//! cut, and only what is shown is looked at: a long body costs no more than a short one.

use std::fmt::Write as _;
use std::ops::Range;

use super::rows::Rows;
use crate::trace::palette::Role;
use crate::wire::label::Label;
use crate::wire::span::Span;
use crate::wire::traffic::Grouped;
use crate::wire::visible::shown;

/// Columns that `octets` take; anything above `most` is only known to be more.
pub(super) fn width_to(rows: &Rows<'_>, octets: &[u8], most: usize) -> usize {
    let mut width = 0;
    for it in shown(&octets[..octets.len().min(4 * most + 4)]) {
        width += rows.look.signs.width(it);
        if width > most {
            break;
        }
    }
    width
}

/// The octets of `range` in at most `room` columns. True if all are shown.
pub(super) fn data(rows: &mut Rows<'_>, octets: &[u8], spans: &[Span], range: Range<usize>, room: usize) -> bool {
    let part = &octets[range.clone()];
    if width_to(rows, part, room) <= room {
        draw(rows, octets, spans, range);
        return true;
    }
    if is_binary(part) {
        return binary(rows, part, room);
    }
    let mut label = String::new();
    let width = elision(part.len(), &mut label);
    let tail = (room.saturating_sub(width) / 2).min(TAIL);
    let before = fitting(rows, part, room.saturating_sub(width + tail));
    let behind = fitting_end(rows, &part[before..], tail);
    let left_out = part.len() - before - behind;
    elision(left_out, &mut label);
    draw(rows, octets, spans, range.start..range.start + before);
    rows.put(Role::Time, &label);
    draw(rows, octets, spans, range.end - behind..range.end);
    false
}

/// The octets of `range`, all of them, each in the style of its token.
pub(super) fn draw(rows: &mut Rows<'_>, octets: &[u8], spans: &[Span], range: Range<usize>) {
    for span in spans {
        let part = span.range.start.max(range.start)..span.range.end.min(range.end);
        if part.start >= part.end {
            continue;
        }
        let role = role_of(span);
        for it in shown(&octets[part]) {
            rows.show(if it.is_itself() || role == Role::Frame { role } else { Role::LineEnd }, it);
        }
    }
}

fn role_of(span: &Span) -> Role {
    match span.content.unwrap_or(span.label) {
        Label::ChunkSize | Label::ChunkExt | Label::ChunkSizeCrlf | Label::ChunkDataCrlf => Role::Frame,
        Label::LastChunkCrlf | Label::EndOfBody | Label::TrailerCrlf => Role::Frame,
        Label::TrailerName | Label::FieldName | Label::EventFieldName => Role::Name,
        Label::Unexpected => Role::Bad,
        _ => Role::Data,
    }
}

/// ` ..916 octets.. `, and its columns.
fn elision(octets: usize, text: &mut String) -> usize {
    text.clear();
    // Writing to a String cannot fail.
    let _ = write!(text, " ..{} octets.. ", Grouped(octets as u64));
    text.len()
}

/// How many octets at the beginning fit into `room` columns.
fn fitting(rows: &Rows<'_>, octets: &[u8], room: usize) -> usize {
    let (mut used, mut count) = (0, 0);
    for it in shown(&octets[..octets.len().min(4 * room + 4)]) {
        used += rows.look.signs.width(it);
        if used > room {
            break;
        }
        count += it.octets();
    }
    count.min(octets.len())
}

/// How many octets at the end fit into `room` columns.
pub(super) fn fitting_end(rows: &Rows<'_>, octets: &[u8], room: usize) -> usize {
    let mut from = octets.len().saturating_sub(4 * room);
    // Not in the middle of a character.
    while from < octets.len() && octets[from] & 0xc0 == 0x80 && from + 4 > octets.len().saturating_sub(4 * room) + 3 {
        from += 1;
    }
    let mut total: usize = shown(&octets[from..]).map(|it| rows.look.signs.width(it)).sum();
    for it in shown(&octets[from..]) {
        if total <= room {
            break;
        }
        total -= rows.look.signs.width(it);
        from += it.octets();
    }
    octets.len() - from.min(octets.len())
}

/// More than a quarter of the octets are no text.
fn is_binary(octets: &[u8]) -> bool {
    let sample = &octets[..octets.len().min(SAMPLE)];
    let odd: usize = sample
        .utf8_chunks()
        .map(|chunk| {
            let control = |it: &char| it.is_control() && !matches!(it, '\r' | '\n' | '\t');
            chunk.invalid().len() + chunk.valid().chars().filter(control).count()
        })
        .sum();
    odd * 4 > sample.len()
}

/// `00 01 02 03 04 05 ..504 octets.. fe ff`
fn binary(rows: &mut Rows<'_>, octets: &[u8], room: usize) -> bool {
    let mut label = String::new();
    let first = if room >= HEX_ROOM { 6 } else { 2 };
    elision(octets.len().saturating_sub(first + 2), &mut label);
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ");
    rows.put(Role::Data, &hex(&octets[..first.min(octets.len())]));
    rows.put(Role::Time, &label);
    rows.put(Role::Data, &hex(&octets[octets.len().saturating_sub(2)..]));
    false
}

/// Octets end in the middle of a character of UTF-8.
pub(super) fn cuts_character(octets: &[u8]) -> bool {
    let tail = &octets[octets.len().saturating_sub(3)..];
    let lead = tail.iter().rposition(|octet| octet & 0xc0 != 0x80);
    lead.is_some_and(|at| {
        let needed = match tail[at] {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        tail.len() - at < needed
    })
}

/// Columns of the end of data whose middle is left out.
const TAIL: usize = 14;
/// Octets that are looked at to find out whether they are text.
const SAMPLE: usize = 512;
/// Columns that eight octets in hexadecimal take, with the label between.
const HEX_ROOM: usize = 48;
