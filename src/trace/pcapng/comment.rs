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
//! not say which chunk it is.

use std::fmt::Write;

use crate::wire::fields::hexadecimal;
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::span::Span;
use crate::wire::visible::shown;

/// A thing in the octets that is worth a clause.
#[derive(Debug)]
enum Clause {
    Head { number: u32, start_line: String, is_whole: bool },
    RestOfHead,
    EmptyLine,
    Chunk { number: u32, size: Option<u64>, contents: Contents },
    RestOfChunk { number: u32, contents: Contents },
    LastChunk,
    Trailer,
    EndOfChunked,
    Body { contents: Contents, end: u64, announced: Option<u64> },
    Tunnel,
    Unexpected(String),
    NotLabelled,
}

/// What lies in a piece of a body.
#[derive(Debug, Default)]
struct Contents {
    octets: u64,
    events: u64,
    comments: u64,
}

/// The sentence about `octets`; those without spans are more than are commented.
pub(super) fn comment(flow: Flow, octets: &[u8], spans: &[Span]) -> String {
    let message = match flow {
        Flow::Requests => "request",
        Flow::Responses => "response",
    };
    let mut parts = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        tell(&mut parts, flow, octets, span, index + 1 < spans.len());
    }
    let is_all = spans.last().is_none_or(|last| last.range.end == octets.len());
    sentence(&parts, message, is_all && !spans.is_empty())
}

fn tell(parts: &mut Vec<Clause>, flow: Flow, octets: &[u8], span: &Span, is_ended: bool) {
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
            parts.push(Clause::Unexpected(span.fault().map_or_else(String::new, |fault| fault.to_string())));
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

impl Contents {
    fn count(&mut self, span: &Span) {
        self.octets += span.range.len() as u64;
        self.events += u64::from(span.content == Some(Label::EventDispatch));
        self.comments += u64::from(span.content == Some(Label::EventComment) && span.starts);
    }

    fn add(&mut self, other: &Contents) {
        self.octets += other.octets;
        self.events += other.events;
        self.comments += other.comments;
    }

    /// `, one event`; nothing if it is no event stream, or the event is not complete.
    fn events(&self) -> String {
        let mut text = String::new();
        for (count, name) in [(self.events, "event"), (self.comments, "comment")] {
            match count {
                0 => {}
                1 => text.push_str(&format!(", one {name}")),
                count => text.push_str(&format!(", {count} {name}s")),
            }
        }
        text
    }
}

fn sentence(parts: &[Clause], message: &str, is_all: bool) -> String {
    let mut sentence = String::new();
    // A write of a subscription may have hundreds of chunks: runs of whole ones are put together.
    for run in parts.chunk_by(|one, next| one.is_whole_chunk() && next.is_whole_chunk()) {
        if !sentence.is_empty() {
            sentence.push_str(if matches!(run, [Clause::EndOfChunked]) { ": " } else { "; " });
        }
        if sentence.len() > LONGEST {
            sentence.push_str("and more");
            break;
        }
        match run {
            [part] => part.tell(message, &mut sentence),
            run => chunks(run, message, &mut sentence),
        }
    }
    match parts.last() {
        _ if !is_all && !sentence.ends_with("and more") => {
            sentence.push_str(if sentence.is_empty() { "not labelled" } else { "; and more" });
        }
        Some(Clause::LastChunk | Clause::Trailer) => sentence.push_str(", without the blank line that would end it"),
        Some(_) | None => {}
    }
    sentence
}

fn chunks(run: &[Clause], message: &str, out: &mut String) {
    let mut all = Contents::default();
    let mut numbers = Vec::new();
    for part in run {
        if let Clause::Chunk { number, contents, .. } = part {
            all.add(contents);
            numbers.push(*number);
        }
    }
    if let (Some(first), Some(last)) = (numbers.first(), numbers.last()) {
        // Writing to a String cannot fail, here and below.
        let _ = write!(out, "chunks {first} to {last} of this {message}: {}{}", octets(all.octets), all.events());
    }
}

impl Clause {
    fn is_whole_chunk(&self) -> bool {
        matches!(self, Clause::Chunk { size: Some(size), contents, .. } if *size == contents.octets)
    }

    fn tell(&self, message: &str, out: &mut String) {
        let _ = match self {
            Clause::Head { number, start_line, is_whole: true } => {
                write!(out, "head of {message} {number}: {start_line}")
            }
            Clause::Head { number, start_line, .. } => {
                write!(out, "begins the head of {message} {number}: {start_line}")
            }
            Clause::RestOfHead => write!(out, "goes on with the head of this {message}"),
            Clause::EmptyLine => write!(out, "an empty line before a {message}, which is ignored"),
            Clause::Chunk { number, size: None, .. } => {
                write!(out, "chunk {number} of this {message}: its size is cut")
            }
            Clause::Chunk { number, size: Some(size), contents } => {
                let cut = if *size == contents.octets {
                    String::new()
                } else {
                    format!(", {} of them here", contents.octets)
                };
                write!(
                    out,
                    "chunk {number} of this {message}: 0x{size:x} = {}{cut}{}",
                    octets(*size),
                    contents.events()
                )
            }
            Clause::RestOfChunk { number, contents: Contents { octets: 0, .. } } => {
                write!(out, "goes on with what frames chunk {number} of this {message}")
            }
            Clause::RestOfChunk { number, contents } => {
                write!(
                    out,
                    "goes on with chunk {number} of this {message}: {}{}",
                    octets(contents.octets),
                    contents.events()
                )
            }
            Clause::LastChunk => write!(out, "last chunk"),
            Clause::Trailer => write!(out, "trailer section"),
            Clause::EndOfChunked => write!(out, "this {message} is complete"),
            Clause::Body { contents, end, announced: Some(announced) } => {
                let first = (end + 1).saturating_sub(contents.octets);
                write!(out, "body, octets {first} to {end} of {announced}{}", contents.events())
            }
            Clause::Body { contents, announced: None, .. } => {
                write!(out, "body that FIN will end: {}{}", octets(contents.octets), contents.events())
            }
            Clause::Tunnel => write!(out, "tunnel: no HTTP/1.1"),
            Clause::NotLabelled => write!(out, "where in a message these octets stand is not known"),
            Clause::Unexpected(why) => write!(out, "unexpected: {why}"),
        };
    }
}

fn octets(count: u64) -> String {
    if count == 1 { "1 octet".to_owned() } else { format!("{count} octets") }
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

/// Octets after which a sentence comes to its end.
const LONGEST: usize = 300;
