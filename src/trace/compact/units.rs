//! From spans to units: a head, a chunk, the last chunk, a piece of a body.
//!
//! ```text
//! one write()   HTTP/1.1 200 OK CRLF ... CRLF   6 CRLF hello LF CRLF   0 CRLF CRLF
//! units         Head                            Chunk                  LastChunk
//! rows          -> 200 OK ...                    | 6\r\n|hello\n|\r\n    | 0\r\n|\r\n
//! ```
//!
//! Only the first unit of a call has an arrow: arrows count system calls.

use std::time::Duration;

use super::captions::Captions;
use super::connections::Seen;
use super::octets;
use super::rows::{Arrow, Rows};
use super::unit::{Unit, fault_row};
use super::{chunk, head};
use crate::trace::palette::Role;
use crate::wire::explain::brief::Brief;
use crate::wire::explain::{Explanation, Saying};
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::span::{Detail, Span};

/// What kind of unit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Head,
    Chunk,
    LastChunk,
    /// A body, or a piece of one.
    Body,
    Tunnel,
    /// Octets that no message has here.
    Unexpected,
    /// Octets whose place is not known, and empty lines.
    Other,
}

/// What one call took.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) at: Duration,
    pub(super) flow: Flow,
    pub(super) octets: &'a [u8],
    pub(super) spans: &'a [Span],
}

/// The rows of one call, the first of them with this arrow.
pub(super) fn octets(rows: &mut Rows<'_>, seen: &mut Seen, captions: &mut Captions, call: Call<'_>, arrow: Arrow) {
    let Call { at, flow, octets, spans } = call;
    let (mut arrow, mut count) = (arrow, Some(octets.len()));
    let mut rest = spans;
    while !rest.is_empty() {
        let (kind, length) = next(rest);
        let (now, later) = rest.split_at(length);
        let unit = Unit { at, flow, octets, spans: now, arrow, count };
        match kind {
            Kind::Head => head::head(rows, seen, captions, &unit),
            Kind::Chunk => chunk::chunk(rows, seen, captions, &unit),
            Kind::LastChunk => chunk::last_chunk(rows, seen, captions, &unit),
            Kind::Body => chunk::body(rows, seen, captions, &unit),
            Kind::Tunnel => plain(rows, &unit, Some(Brief::Tunnel(unit.range().len()))),
            Kind::Unexpected => unexpected(rows, &unit),
            Kind::Other => other(rows, &unit),
        }
        (arrow, count, rest) = (Arrow::SAME, None, later);
    }
    if spans.is_empty() {
        rows.begin(arrow, count);
        rows.put(Role::Time, "..");
        rows.end();
    }
}

/// The kind of the next unit, and how many spans it has; at least one.
fn next(spans: &[Span]) -> (Kind, usize) {
    let first = kind_of(spans[0].label);
    let mut kind = first;
    for (index, span) in spans.iter().enumerate().skip(1) {
        let before = spans[index - 1].label;
        let ended = match before {
            Label::EndOfHead | Label::ChunkDataCrlf | Label::EndOfBody => span.label != before || span.starts,
            _ => false,
        };
        let this = kind_of(span.label);
        match (kind, this) {
            _ if ended => return (kind, index),
            // Whether a size line is that of the last chunk is said by its end.
            (Kind::Chunk, Kind::LastChunk) if before != Label::ChunkData => kind = Kind::LastChunk,
            (Kind::Head, Kind::Head) | (Kind::LastChunk, Kind::LastChunk) => {}
            (Kind::Chunk, Kind::Chunk) if span.label != Label::ChunkSize => {}
            (Kind::Body, Kind::Body) | (Kind::Tunnel, Kind::Tunnel) | (Kind::Unexpected, Kind::Unexpected) => {}
            (_, _) => return (kind, index),
        }
    }
    (kind, spans.len())
}

fn kind_of(label: Label) -> Kind {
    match label {
        Label::Method | Label::StartLineSpace | Label::RequestTarget | Label::HttpVersion => Kind::Head,
        Label::StatusCode | Label::ReasonPhrase | Label::StartLineCrlf => Kind::Head,
        Label::FieldName | Label::FieldColon | Label::FieldValue | Label::FieldCrlf | Label::EndOfHead => Kind::Head,
        Label::ChunkSize | Label::ChunkExt | Label::ChunkSizeCrlf => Kind::Chunk,
        Label::ChunkData | Label::ChunkDataCrlf => Kind::Chunk,
        Label::LastChunkCrlf | Label::TrailerName | Label::TrailerColon => Kind::LastChunk,
        Label::TrailerValue | Label::TrailerCrlf | Label::EndOfBody => Kind::LastChunk,
        Label::BodyData | Label::CloseDelimitedData => Kind::Body,
        Label::Tunnel => Kind::Tunnel,
        Label::Unexpected => Kind::Unexpected,
        // The labels of an event stream are contents and never stand alone.
        _ => Kind::Other,
    }
}

/// A row of octets with a note, if there is one.
fn plain(rows: &mut Rows<'_>, unit: &Unit<'_>, brief: Option<Brief<'_>>) {
    rows.begin(unit.arrow, unit.count);
    let room = rows.left().saturating_sub(brief.as_ref().map_or(0, |brief| rows.least(brief)));
    octets::data(rows, unit.octets, unit.spans, unit.range(), room);
    if let Some(brief) = brief {
        rows.say(Role::Note, &brief);
    }
    rows.end();
}

/// A fault must be seen: where its octets leave no room, it has a row of its own.
fn unexpected(rows: &mut Rows<'_>, unit: &Unit<'_>) {
    rows.begin(unit.arrow, unit.count);
    let room = rows.left();
    octets::data(rows, unit.octets, unit.spans, unit.range(), room);
    let Some(fault) = unit.spans.first().filter(|span| span.starts).and_then(Span::fault) else { return rows.end() };
    fault_row(rows, Saying::Fault(fault));
}

fn other(rows: &mut Rows<'_>, unit: &Unit<'_>) {
    let gap = unit.spans.first().and_then(|span| match span.detail {
        Detail::Gap(gap) => Some(gap),
        _ => None,
    });
    plain(rows, unit, None);
    if let (Some(gap), true) = (gap, unit.spans[0].starts) {
        rows.begin(Arrow::NONE, None);
        let language = rows.look.language;
        let sentence = Saying::Explanation(Explanation::Gap(gap)).in_language(language).to_string();
        rows.words(Role::Note, &sentence);
        rows.end();
    }
}
