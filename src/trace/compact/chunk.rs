//! Chunks with their events, and bodies without chunks.
//!
//! ```text
//! -> 20\r\n|id:2\nevent:message\ndata:event2\n\n|\r\n  chunk 2 event 2
//! -> 5a\r\n|id:7\nevent:greeting\n       chunk 2: event 1          an event that does not fit
//!  |       |data:안녕하세요, 한 줄에 다 들어가지 않는 이벤트입니다\n\n|\r\n
//! -> 3a7\r\n|id: 1\ndata: 01 ..916 octets.. 789\n\n|\r\n  chunk 1 ev 1
//! -> 23\r\n|data: one\n\n                chunk 1: event 1          several events
//!  |       |data: two\n\n|\r\n           event 2
//! ```
//!
//! The first and the last bar of a row belong to the trace; what stands outside of them is framing.
//! Only data is ever cut.

use std::ops::Range;

use super::captions::{Captions, Kind};
use super::connections::Seen;
use super::octets;
use super::rows::{Arrow, Rows};
use super::unit::{Unit, content};
use crate::trace::palette::Role;
use crate::wire::explain::brief::{Brief, Caption, Content, Events, Part, Sum};
use crate::wire::fields::hexadecimal;
use crate::wire::label::Label;
use crate::wire::span::Span;

/// The three parts of a chunk, as far as they lie in this piece.
struct Parts {
    /// The size line, or what is here of it.
    size: Range<usize>,
    data: Range<usize>,
    /// The CRLF after the data, or what is here of it.
    end: Range<usize>,
}

impl Parts {
    fn of(unit: &Unit<'_>) -> Parts {
        let all = unit.range();
        let is_data = |span: &&Span| span.label == Label::ChunkData;
        let is_end = |span: &&Span| span.label == Label::ChunkDataCrlf;
        let end_at = unit.spans.iter().find(is_end).map_or(all.end, |span| span.range.start);
        let data_at = unit.spans.iter().find(is_data).map_or(end_at, |span| span.range.start);
        Parts { size: all.start..data_at, data: data_at..end_at, end: end_at..all.end }
    }
}

/// The rows of a chunk.
pub(super) fn chunk(rows: &mut Rows<'_>, seen: &mut Seen, captions: &mut Captions, unit: &Unit<'_>) {
    let parts = Parts::of(unit);
    let it = content(seen, unit);
    let number = unit.spans[0].numbers.chunk;
    let half = seen.half(unit.flow);
    half.chunks = number;
    half.octets = half.octets.saturating_add(parts.data.len() as u64);
    let (size, part) = part(unit, &parts);
    let brief = Brief::Chunk { number, size, part, content: it };
    let frame = frame_width(rows, unit, &parts);
    let room = rows.room();
    // Where several events would go without a note, each has a row of its own.
    let note = match it {
        Content::Events(Events { first, last, .. }) if first != last => rows.least(&brief),
        _ => 0,
    };
    let all = frame + octets::width_to(rows, &unit.octets[parts.data.clone()], room);
    if all <= room.saturating_sub(note) {
        return one_row(rows, captions, unit, &parts, &brief, it);
    }
    if let Content::Events(events) = it
        && several_rows(rows, unit, &parts, &brief, events, frame)
    {
        return;
    }
    if all <= room {
        return one_row(rows, captions, unit, &parts, &brief, it);
    }
    cut_row(rows, unit, &parts, &brief, frame);
}

/// The size that the chunk has announced, and which part of it is here.
fn part(unit: &Unit<'_>, parts: &Parts) -> (u64, Part) {
    let first = &unit.spans[0];
    let has_size = !parts.size.is_empty();
    let has_end = !parts.end.is_empty() && unit.ends_with_lf();
    let counted = unit.spans.iter().rev().find_map(|span| Some((span.counted?, span.range.len() as u64)));
    let size = match counted {
        Some((counted, _)) => counted.announced,
        None => {
            let digits = unit.spans.iter().find(|span| span.label == Label::ChunkSize);
            digits.and_then(|span| hexadecimal(&unit.octets[span.range.clone()])).unwrap_or(0)
        }
    };
    let part = match counted {
        Some(_) if has_size && first.starts && has_end => Part::Whole,
        _ if has_end => Part::End,
        Some((counted, length)) => Part::UpTo(counted.before.saturating_add(length)),
        None if has_size => Part::SizeOnly,
        None => Part::UpTo(size),
    };
    (size, part)
}

/// Columns of everything but the data.
fn frame_width(rows: &Rows<'_>, unit: &Unit<'_>, parts: &Parts) -> usize {
    let width = |range: &Range<usize>| octets::width_to(rows, &unit.octets[range.clone()], rows.room());
    let bars = usize::from(!parts.size.is_empty()) + usize::from(!parts.end.is_empty());
    let edges = 2 * usize::from(is_continued(unit)) + 2 * usize::from(goes_on(unit, parts));
    width(&parts.size) + width(&parts.end) + bars + edges
}

/// The first token began in an earlier piece.
fn is_continued(unit: &Unit<'_>) -> bool {
    unit.spans.first().is_some_and(|span| {
        !span.starts || span.label == Label::ChunkData && span.counted.is_some_and(|counted| counted.before > 0)
    })
}

/// The chunk goes on in a later piece.
fn goes_on(unit: &Unit<'_>, parts: &Parts) -> bool {
    parts.end.is_empty() || !unit.ends_with_lf()
}

fn begin(rows: &mut Rows<'_>, unit: &Unit<'_>, parts: &Parts) {
    rows.begin(unit.arrow, unit.count);
    if is_continued(unit) {
        rows.put(Role::Time, "..");
    }
    octets::draw(rows, unit.octets, unit.spans, parts.size.clone());
    if !parts.size.is_empty() {
        rows.put(Role::Frame, "|");
    }
}

fn end(rows: &mut Rows<'_>, unit: &Unit<'_>, parts: &Parts) {
    if !parts.end.is_empty() {
        rows.put(Role::Frame, "|");
        octets::draw(rows, unit.octets, unit.spans, parts.end.clone());
    }
    if goes_on(unit, parts) {
        rows.put(Role::Time, "..");
    }
}

/// All of it in one row, with captions if it is the first of its kind.
fn one_row(
    rows: &mut Rows<'_>,
    captions: &mut Captions,
    unit: &Unit<'_>,
    parts: &Parts,
    brief: &Brief<'_>,
    it: Content,
) {
    let kind = match it {
        Content::Events(Events { is_unfinished: false, .. }) => Kind::ChunkWithEvent,
        Content::Heartbeat | Content::Comment => Kind::Heartbeat,
        _ => Kind::Chunk,
    };
    let wants = captions.wants(kind);
    captions.marks.clear();
    begin(rows, unit, parts);
    let start = rows.start();
    if let (Brief::Chunk { size, .. }, false) = (brief, parts.size.is_empty()) {
        captions.marks.push((start, Caption::Size(*size)));
    }
    for span in unit.spans.iter().filter(|span| span.label == Label::ChunkData) {
        // Of several events the first is enough.
        let is_told = captions.marks.iter().any(|(_, caption)| *caption == Caption::EventEnds);
        if let Some(caption) = caption(unit, span).filter(|_| wants && !is_told) {
            captions.marks.push((rows.column, caption));
        }
        octets::draw(rows, unit.octets, std::slice::from_ref(span), span.range.clone());
    }
    if wants && !goes_on(unit, parts) {
        captions.marks.push((rows.column, Caption::ChunkEnds));
    }
    end(rows, unit, parts);
    rows.say(Role::Note, brief);
    rows.end();
    if wants {
        captions.give(kind);
        if kind == Kind::ChunkWithEvent {
            captions.give(Kind::Chunk);
        }
        if kind == Kind::Heartbeat {
            captions.marks.retain(|(_, caption)| *caption == Caption::EventComment);
        }
        rows.captions(&mut captions.marks);
    }
}

fn caption(unit: &Unit<'_>, span: &Span) -> Option<Caption> {
    match span.content {
        None => Some(Caption::Octets),
        Some(Label::EventComment) => Some(Caption::EventComment),
        Some(Label::EventDispatch) => Some(Caption::EventEnds),
        Some(Label::EventFieldName) => match &unit.octets[span.range.clone()] {
            b"id" => Some(Caption::EventId),
            b"event" => Some(Caption::EventType),
            b"data" => Some(Caption::EventData),
            b"retry" => Some(Caption::EventRetry),
            _ => None,
        },
        Some(_) => None,
    }
}

/// A row for each event; or of one event two rows, cut at a line end. False if neither is of use.
fn several_rows(
    rows: &mut Rows<'_>,
    unit: &Unit<'_>,
    parts: &Parts,
    brief: &Brief<'_>,
    events: Events,
    frame: usize,
) -> bool {
    let cuts = event_ends(unit, parts);
    if cuts.count > 1 {
        let mut from = parts.data.start;
        let mut event = events.first;
        for end in cuts.ends() {
            let is_last = end == parts.data.end;
            let content =
                Content::Events(Events { first: event, last: event, is_continued: false, is_unfinished: false });
            let note = if from == parts.data.start { first_note(brief, content) } else { Brief::Content(content) };
            part_row(rows, unit, parts, from..end, &note, is_last);
            (from, event) = (end, event.saturating_add(1));
        }
        return true;
    }
    let room = rows.room();
    let Some(cut) = line_end_within(rows, unit, parts, room.saturating_sub(frame)) else { return false };
    let rest = octets::width_to(rows, &unit.octets[cut..parts.data.end], 2 * room);
    let second = room.saturating_sub(frame);
    if rest > 2 * second {
        return false;
    }
    part_row(rows, unit, parts, parts.data.start..cut, brief, false);
    part_row(rows, unit, parts, cut..parts.data.end, &Brief::Content(Content::Opaque), true);
    true
}

/// The note of a chunk in its first row, which has only one of its events.
fn first_note<'a>(brief: &Brief<'a>, content: Content) -> Brief<'a> {
    match *brief {
        Brief::Chunk { number, size, part, .. } => Brief::Chunk { number, size, part, content },
        other => other,
    }
}

/// One of several rows of a chunk: the first has the size line, the last the CRLF.
fn part_row(rows: &mut Rows<'_>, unit: &Unit<'_>, parts: &Parts, data: Range<usize>, brief: &Brief<'_>, is_last: bool) {
    if data.start == parts.data.start {
        begin(rows, unit, parts);
    } else {
        rows.begin(Arrow::SAME, None);
        let indent = octets::width_to(rows, &unit.octets[parts.size.clone()], rows.room());
        let column = rows.column + indent + 2 * usize::from(is_continued(unit));
        rows.pad_to(column);
        rows.put(Role::Frame, "|");
    }
    let tail = octets::width_to(rows, &unit.octets[parts.end.clone()], rows.room()) + 1;
    let tail = if is_last { tail + 2 * usize::from(goes_on(unit, parts)) } else { 0 };
    let room = rows.left().saturating_sub(tail);
    octets::data(rows, unit.octets, unit.spans, data, room);
    if is_last {
        end(rows, unit, parts);
    }
    rows.say(Role::Note, brief);
    rows.end();
}

/// The chunk in one row without the middle of its data.
fn cut_row(rows: &mut Rows<'_>, unit: &Unit<'_>, parts: &Parts, brief: &Brief<'_>, frame: usize) {
    begin(rows, unit, parts);
    let room = rows.room().saturating_sub(frame + rows.least(brief));
    octets::data(rows, unit.octets, unit.spans, parts.data.clone(), room);
    end(rows, unit, parts);
    rows.say(Role::Note, brief);
    rows.end();
}

/// Where the events of a chunk end, if they are few enough for a row each.
struct Cuts {
    at: [usize; MOST_EVENTS],
    count: usize,
}

impl Cuts {
    fn ends(&self) -> impl Iterator<Item = usize> {
        self.at.into_iter().take(self.count)
    }
}

fn event_ends(unit: &Unit<'_>, parts: &Parts) -> Cuts {
    let mut cuts = Cuts { at: [0; MOST_EVENTS], count: 0 };
    for span in unit.spans.iter().filter(|span| span.content == Some(Label::EventDispatch)) {
        match cuts.at.get_mut(cuts.count) {
            Some(place) => *place = span.range.end,
            None => return Cuts { count: 0, ..cuts },
        }
        cuts.count += 1;
    }
    // What does not end with an event is told of with less.
    if cuts.ends().last() == Some(parts.data.end) { cuts } else { Cuts { count: 0, ..cuts } }
}

/// The last end of a line of the event stream up to which the data fit into `room` columns.
fn line_end_within(rows: &Rows<'_>, unit: &Unit<'_>, parts: &Parts, room: usize) -> Option<usize> {
    let ends = unit.spans.iter().filter(|span| span.content == Some(Label::EventLineEnd));
    let fits = |end: &usize| octets::width_to(rows, &unit.octets[parts.data.start..*end], room) <= room;
    ends.map(|span| span.range.end).filter(|end| *end < parts.data.end).take_while(fits).last()
}

/// The row of the last chunk and its trailer section.
pub(super) fn last_chunk(rows: &mut Rows<'_>, seen: &mut Seen, captions: &mut Captions, unit: &Unit<'_>) {
    let is_end = unit.spans.last().is_some_and(|span| span.label == Label::EndOfBody);
    let is_complete = is_end && unit.ends_with_lf();
    let half = seen.half(unit.flow);
    // Its own number counts it.
    half.chunks = unit.spans[0].numbers.chunk.saturating_sub(1);
    let brief = Brief::LastChunk { flow: unit.flow, is_complete, sum: half.sum(unit.at) };
    let is_trailer = |span: &&Span| matches!(span.label, Label::TrailerName | Label::TrailerValue);
    let has_trailers = unit.spans.iter().any(|span| is_trailer(&span));
    let wants = has_trailers && captions.wants(Kind::Trailers);
    captions.marks.clear();
    rows.begin(unit.arrow, unit.count);
    if is_continued(unit) {
        rows.put(Role::Time, "..");
    }
    let room = rows.left();
    let size_end = unit.spans.iter().find(|span| span.label == Label::LastChunkCrlf).map(|span| span.range.end);
    if octets::width_to(rows, &unit.octets[unit.range()], room) < room {
        for span in unit.spans {
            if let Some(caption) = last_caption(span).filter(|_| wants) {
                captions.marks.push((rows.column, caption));
            }
            octets::draw(rows, unit.octets, std::slice::from_ref(span), span.range.clone());
            if Some(span.range.end) == size_end {
                rows.put(Role::Frame, "|");
            }
        }
    } else {
        let room = room.saturating_sub(rows.least(&brief));
        octets::data(rows, unit.octets, unit.spans, unit.range(), room);
    }
    let role = if is_complete { Role::Good } else { Role::Note };
    if !rows.say(role, &brief) {
        rows.end();
        rows.begin(Arrow::SAME, None);
        rows.say_here(role, &brief);
    }
    rows.end();
    if wants {
        captions.give(Kind::Trailers);
        rows.captions(&mut captions.marks);
    }
}

fn last_caption(span: &Span) -> Option<Caption> {
    match span.label {
        Label::ChunkSize => Some(Caption::LastSize),
        Label::TrailerName => Some(Caption::Trailer),
        Label::EndOfBody => Some(Caption::BodyEnds),
        _ => None,
    }
}

/// A body, or a piece of one, that has no chunks.
pub(super) fn body(rows: &mut Rows<'_>, seen: &mut Seen, captions: &mut Captions, unit: &Unit<'_>) {
    let it = content(seen, unit);
    captions.marks.clear();
    let length = unit.range().len() as u64;
    let half = seen.half(unit.flow);
    half.octets = half.octets.saturating_add(length);
    let counted =
        unit.spans.iter().rev().find_map(|span| {
            Some((span.counted?.before.saturating_add(span.range.len() as u64), span.counted?.announced))
        });
    let (brief, is_complete) = match counted {
        Some((so_far, all)) if so_far >= all => {
            (Brief::BodyEnds { flow: unit.flow, sum: Sum { octets: all, ..half.sum(unit.at) } }, true)
        }
        Some((so_far, all)) => (Brief::BodyPiece { so_far, all, content: it }, false),
        None => (Brief::UntilFin { so_far: half.octets, content: it }, false),
    };
    rows.begin(unit.arrow, unit.count);
    let room = rows.left().saturating_sub(rows.least(&brief));
    octets::data(rows, unit.octets, unit.spans, unit.range(), room);
    let role = if is_complete { Role::Good } else { Role::Note };
    if !rows.say(role, &brief) && is_complete {
        rows.end();
        rows.begin(Arrow::SAME, None);
        rows.say_here(role, &brief);
    }
    rows.end();
}

/// Events of one chunk that have a row each.
const MOST_EVENTS: usize = 8;
