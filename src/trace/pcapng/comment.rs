//! One sentence for each packet: what its octets are.
//!
//! ```text
//! head of request 1: GET /api/sse/events HTTP/1.1
//! head of response 1: HTTP/1.1 200 OK
//! chunk 3 of this response: 0x21 = 33 octets, one event
//! chunks 4 to 19 of this response: 528 octets, 16 events
//! last chunk: this response is complete
//! begins the head of request 2: GET /pl
//! ```
//!
//! It is made of the labels, like every other view; only counting is added, since Wireshark does
//! not say which chunk it is. The sentences themselves, in each language, are in `clause`.

use std::fmt::Write;

use super::clause::{Clause, Contents, LONGEST, sentence};
use crate::wire::explain::Saying;
use crate::wire::fields::hexadecimal;
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::language::Language;
use crate::wire::span::Span;
use crate::wire::visible::shown;

/// The sentence about `octets`; those without spans are more than are commented.
pub(super) fn comment(flow: Flow, octets: &[u8], spans: &[Span], language: Language) -> String {
    let mut parts = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        tell(&mut parts, flow, octets, span, index + 1 < spans.len(), language);
    }
    let is_all = spans.last().is_none_or(|last| last.range.end == octets.len());
    sentence(&parts, flow, is_all && !spans.is_empty(), language)
}

fn tell(parts: &mut Vec<Clause>, flow: Flow, octets: &[u8], span: &Span, is_ended: bool, language: Language) {
    let text = octets.get(span.range.clone()).unwrap_or_default();
    match span.label {
        Label::Method if span.starts => begin_message(parts, octets, span),
        Label::HttpVersion if span.starts && flow == Flow::Responses => begin_message(parts, octets, span),
        Label::EndOfHead if text.ends_with(b"\n") => end_of_head(parts),
        Label::ChunkSize if span.starts => {
            let size = Some(text).filter(|_| is_ended).and_then(hexadecimal);
            parts.push(Clause::Chunk { number: span.numbers.chunk, size, contents: Contents::default() });
        }
        Label::ChunkData => chunk_data(parts, span),
        Label::ChunkSize | Label::ChunkExt | Label::ChunkSizeCrlf | Label::ChunkDataCrlf => {
            first(parts, || Clause::RestOfChunk { number: span.numbers.chunk, contents: Contents::default() });
        }
        Label::LastChunkCrlf => last_chunk(parts),
        Label::EndOfBody if text.ends_with(b"\n") => parts.push(Clause::EndOfChunked),
        Label::TrailerName | Label::TrailerColon | Label::TrailerValue | Label::TrailerCrlf | Label::EndOfBody => {
            if !matches!(parts.last(), Some(Clause::Trailer)) {
                parts.push(Clause::Trailer);
            }
        }
        Label::BodyData | Label::CloseDelimitedData => body(parts, span),
        Label::Tunnel => parts.push(Clause::Tunnel),
        Label::Unexpected => {
            let why = |fault| Saying::Fault(fault).in_language(language).to_string();
            parts.push(Clause::Unexpected(span.fault().map_or_else(String::new, why)));
        }
        Label::NotLabelled => first(parts, || Clause::NotLabelled),
        Label::EmptyLine => first(parts, || Clause::EmptyLine),
        Label::Method
        | Label::StartLineSpace
        | Label::RequestTarget
        | Label::HttpVersion
        | Label::StatusCode
        | Label::ReasonPhrase
        | Label::StartLineCrlf
        | Label::FieldName
        | Label::FieldColon
        | Label::FieldValue
        | Label::FieldCrlf
        | Label::EndOfHead => first(parts, || Clause::RestOfHead),
        // These are in bodies, and stand in a span's content.
        Label::EventBom
        | Label::EventComment
        | Label::EventFieldName
        | Label::EventColon
        | Label::EventType
        | Label::EventData
        | Label::EventId
        | Label::EventRetry
        | Label::EventUnknown
        | Label::EventLineEnd
        | Label::EventIgnored
        | Label::EventDispatch
        | Label::EventBlank => {}
    }
}

fn begin_message(parts: &mut Vec<Clause>, octets: &[u8], span: &Span) {
    let line = octets.get(span.range.start..).unwrap_or_default();
    let line = line.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    parts.push(Clause::Head { number: span.numbers.message, start_line: quoted(line), is_whole: false });
}

fn chunk_data(parts: &mut Vec<Clause>, span: &Span) {
    if !matches!(parts.last(), Some(Clause::Chunk { .. } | Clause::RestOfChunk { .. })) {
        parts.push(Clause::RestOfChunk { number: span.numbers.chunk, contents: Contents::default() });
    }
    if let Some(Clause::Chunk { contents, .. } | Clause::RestOfChunk { contents, .. }) = parts.last_mut() {
        contents.count(span);
    }
}

/// Its size looked like that of any other chunk, until its line was complete.
fn last_chunk(parts: &mut Vec<Clause>) {
    if let Some(Clause::Chunk { .. } | Clause::RestOfChunk { .. }) = parts.last() {
        parts.pop();
    }
    parts.push(Clause::LastChunk);
}

/// What the octets begin with, if nothing has been said of them yet; what follows another part
/// needs none.
fn first(parts: &mut Vec<Clause>, part: impl FnOnce() -> Clause) {
    if parts.is_empty() {
        parts.push(part());
    }
}

fn end_of_head(parts: &mut Vec<Clause>) {
    match parts.last_mut() {
        Some(Clause::Head { is_whole, .. }) => *is_whole = true,
        Some(_) | None => parts.push(Clause::RestOfHead),
    }
}

fn body(parts: &mut Vec<Clause>, span: &Span) {
    if !matches!(parts.last(), Some(Clause::Body { .. })) {
        parts.push(Clause::Body { contents: Contents::default(), end: 0, announced: None });
    }
    if let Some(Clause::Body { contents, end, announced }) = parts.last_mut() {
        contents.count(span);
        if let Some(counted) = span.counted {
            *end = counted.before.saturating_add(span.range.len() as u64);
            *announced = Some(counted.announced);
        }
    }
}

/// What a peer has sent, so that no terminal obeys it; at most a line's length of it.
fn quoted(octets: &[u8]) -> String {
    let mut text = String::new();
    for shown in shown(octets) {
        if text.len() > LONGEST {
            text.push('…');
            break;
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{shown}");
    }
    text
}
