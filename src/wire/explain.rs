//! Rows and sentences: spans gathered into lines of the protocol, each with what it does and where that is written.
//!
//! ```text
//! request-line  GET /plain HTTP/1.1␍␊   GET: asks for the target, changes nothing (RFC 9110 9.3.1)
//! chunk-size    21␍␊                    0x21 = 33 octets of data follow (RFC 9112 7.1)
//! chunk-data    data:event1␊            a line of the data; several are joined by LF (WHATWG)
//! last-chunk    0␍␊␍␊                   zero: the last chunk; ... the response is complete (RFC 9112 7.1)
//! ```
//!
//! A [`Label`] explains the kind of a token, a [`Row`] what this one says. Both know nothing but the octets
//! of one piece: a row that begins in the middle of a token says so instead of guessing.
//!
//! For the next editor: say who acts on it and what it does, in one sentence that is true of every server. What
//! the connection does next is not written in these octets, so it is not said here.

mod en;
mod ko;

use std::fmt;
use std::ops::Range;

use super::cause::{Cause, StateChange};
use super::flow::Flow;
use super::label::Label;
use super::language::Language;
use super::span::Span;
use super::step::StepKind;

/// Something that can be said in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// Why a FIN, an RST or a close happened.
    Cause(Cause),
    /// What another state of a connection means.
    State(StateChange),
    /// What to think about before a step of this kind is released.
    Question(StepKind),
}

impl Saying {
    /// The sentence, as a value that writes itself.
    ///
    /// ```
    /// use wirestep::wire::cause::Cause;
    /// use wirestep::wire::explain::Saying;
    /// use wirestep::wire::language::Language;
    ///
    /// assert_eq!(Saying::Cause(Cause::BothFin).in_language(Language::En).to_string(), "both sides have sent FIN");
    /// assert_eq!(Saying::Cause(Cause::BothFin).in_language(Language::Ko).to_string(), "양쪽 모두 FIN을 보냄");
    /// ```
    pub fn in_language(self, language: Language) -> Sentence {
        Sentence { saying: self, language }
    }

    /// The section that it rests on; empty where no standard has a word in it.
    pub const fn section(self) -> &'static str {
        match self {
            Saying::Cause(cause) => cause.section(),
            Saying::State(change) => change.section(),
            Saying::Question(_) => "",
        }
    }
}

/// One sentence in one language.
#[derive(Debug, Clone, Copy)]
pub struct Sentence {
    saying: Saying,
    language: Language,
}

impl Sentence {
    /// The sentence and, in parentheses, its section.
    pub fn with_section(self) -> String {
        match self.saying.section() {
            "" => self.to_string(),
            section => format!("{self} ({section})"),
        }
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.language, self.saying) {
            (Language::En, Saying::Cause(cause)) => en::cause(cause, f),
            (Language::Ko, Saying::Cause(cause)) => ko::cause(cause, f),
            (Language::En, Saying::State(change)) => en::state(change, f),
            (Language::Ko, Saying::State(change)) => ko::state(change, f),
            (Language::En, Saying::Question(step)) => f.write_str(en::question(step)),
            (Language::Ko, Saying::Question(step)) => f.write_str(ko::question(step)),
        }
    }
}

/// One line of the protocol, as far as it lies in one piece of octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What to call it: the grammar rule of the line where there is one.
    pub name: &'static str,
    /// Its octets.
    pub range: Range<usize>,
    /// Its spans.
    pub spans: Range<usize>,
    /// It begins here, and not in an earlier piece.
    pub starts: bool,
    /// One sentence.
    pub explanation: String,
    /// Where that is written.
    pub section: &'static str,
}

/// Gathers `spans` of `octets` into rows, in their order.
pub fn rows(flow: Flow, octets: &[u8], spans: &[Span]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = 0;
    for end in 1..=spans.len() {
        if end == spans.len() || !joins(&spans[end - 1], &spans[end]) {
            rows.push(row(flow, octets, spans, start..end));
            start = end;
        }
    }
    rows
}

fn row(flow: Flow, octets: &[u8], spans: &[Span], of: Range<usize>) -> Row {
    let line = Line { flow, octets, spans: &spans[of.clone()] };
    let (first, last) = (&spans[of.start], &spans[of.end - 1]);
    let (explanation, section) = if first.starts { line.explain() } else { line.explain_rest() };
    Row {
        name: line.name(),
        range: first.range.start..last.range.end,
        starts: first.starts,
        spans: of,
        explanation,
        section,
    }
}

/// Whether two neighbours stand in one row.
fn joins(one: &Span, next: &Span) -> bool {
    if let (Some(content), Some(next_content)) = (one.content, next.content) {
        return one.label == next.label && joins_event_line(content, next_content);
    }
    match (one.label, next.label) {
        (Label::StartLineCrlf | Label::FieldCrlf | Label::TrailerCrlf | Label::ChunkSizeCrlf, _) => false,
        (Label::LastChunkCrlf, next) => next == Label::EndOfBody,
        (one, next) => line_kind(one).is_some_and(|kind| Some(kind) == line_kind(next)),
    }
}

fn joins_event_line(one: Label, next: Label) -> bool {
    let ended = matches!(one, Label::EventBom | Label::EventLineEnd | Label::EventIgnored);
    let blank = |label| matches!(label, Label::EventDispatch | Label::EventBlank);
    !ended && !blank(one) && !blank(next)
}

/// Lines of several tokens, by the label of any of them.
fn line_kind(label: Label) -> Option<&'static str> {
    match label {
        Label::Method
        | Label::StartLineSpace
        | Label::RequestTarget
        | Label::HttpVersion
        | Label::StatusCode
        | Label::ReasonPhrase
        | Label::StartLineCrlf => Some("start-line"),
        Label::FieldName | Label::FieldColon | Label::FieldValue | Label::FieldCrlf => Some("field-line"),
        Label::ChunkSize | Label::ChunkExt | Label::ChunkSizeCrlf | Label::LastChunkCrlf => Some("chunk-size"),
        Label::TrailerName | Label::TrailerColon | Label::TrailerValue | Label::TrailerCrlf => Some("trailer"),
        _ => None,
    }
}

struct Line<'a> {
    flow: Flow,
    octets: &'a [u8],
    spans: &'a [Span],
}

type Explanation = (String, &'static str);

impl<'a> Line<'a> {
    fn name(&self) -> &'static str {
        let Some(first) = self.spans.first() else { return "" };
        if self.find(Label::LastChunkCrlf).is_some() {
            return "last-chunk";
        }
        match (line_kind(first.label), self.flow) {
            (Some("start-line"), Flow::Requests) => "request-line",
            (Some("start-line"), Flow::Responses) => "status-line",
            (Some(kind), _) => kind,
            (None, _) => first.label.name(),
        }
    }

    /// The token with this label, and only if both its beginning and its end are here.
    fn whole(&self, label: Label) -> Option<&'a [u8]> {
        let at = self.spans.iter().position(|span| span.label == label)?;
        let ended = self.spans.len() > at + 1;
        (ended && self.spans[at].starts).then(|| &self.octets[self.spans[at].range.clone()])
    }

    fn whole_content(&self, label: Label) -> Option<&'a [u8]> {
        let at = self.spans.iter().position(|span| span.content == Some(label))?;
        let ended = self.spans.len() > at + 1;
        (ended && self.spans[at].starts).then(|| &self.octets[self.spans[at].range.clone()])
    }

    fn find(&self, label: Label) -> Option<&'a Span> {
        self.spans.iter().find(|span| span.label == label)
    }

    fn explain(&self) -> Explanation {
        let Some(first) = self.spans.first() else { return (String::new(), "") };
        if let Some(content) = first.content {
            return self.explain_event(content);
        }
        match first.label {
            Label::Method => self.whole(Label::Method).map_or_else(|| plain(first.label), method),
            Label::HttpVersion => self.whole(Label::StatusCode).map_or_else(|| plain(first.label), status),
            Label::FieldName => self.explain_field(),
            Label::ChunkSize => self.explain_size(),
            Label::BodyData | Label::ChunkData => explain_data(first),
            Label::Unexpected => explain_fault(first),
            label => plain(label),
        }
    }

    /// The row goes on with a token of which the beginning is not here.
    fn explain_rest(&self) -> Explanation {
        let Some(first) = self.spans.first() else { return (String::new(), "") };
        match first.label {
            Label::BodyData | Label::ChunkData if first.content.is_none() => explain_data(first),
            Label::Unexpected => ("goes on: nobody can know where the next message begins".to_owned(), "RFC 9112 2.2"),
            label => {
                let label = first.content.unwrap_or(label);
                (format!("goes on: {}", label.explain()), label.section())
            }
        }
    }

    fn explain_field(&self) -> Explanation {
        let Some(name) = self.whole(Label::FieldName) else { return plain(Label::FieldName) };
        field(name, self.whole(Label::FieldValue).unwrap_or_default())
    }

    fn explain_size(&self) -> Explanation {
        let section = Label::ChunkSize.section();
        let complete = self.spans.last().is_some_and(|span| span.label == Label::EndOfBody);
        let ignored = if self.find(Label::ChunkExt).is_some() { "; the extension is ignored" } else { "" };
        let Some(digits) = self.whole(Label::ChunkSize) else { return plain(Label::ChunkSize) };
        let digits = String::from_utf8_lossy(digits);
        let sentence = match (u64::from_str_radix(&digits, 16), complete) {
            (Ok(0), true) => format!("zero: the last chunk{ignored}; no trailer fields: {}", self.is_complete()),
            (Ok(0), false) => format!("zero: the last chunk; trailer fields or a blank line follow{ignored}"),
            (Ok(1), _) => format!("0x{digits} = 1 octet of data follows{ignored}"),
            (Ok(size), _) => format!("0x{digits} = {size} octets of data follow{ignored}"),
            (Err(_), _) => Label::ChunkSize.explain().to_owned(),
        };
        (sentence, section)
    }

    fn is_complete(&self) -> &'static str {
        match self.flow {
            Flow::Requests => "the request is complete",
            Flow::Responses => "the response is complete; that alone closes nothing",
        }
    }

    fn explain_event(&self, first: Label) -> Explanation {
        let section = Label::EventIgnored.section();
        let last = self.spans.last().and_then(|span| span.content).unwrap_or(first);
        if self.spans.first().is_some_and(|span| span.resumes) {
            return ("goes on with a line that began in an earlier chunk".to_owned(), section);
        }
        match (first, self.whole_content(Label::EventFieldName)) {
            _ if is_inside_event_line(last) => ("this line of the event stream has no end yet".to_owned(), section),
            (Label::EventFieldName, Some(name)) if last == Label::EventIgnored => {
                (ignored_field(name).to_owned(), section)
            }
            (Label::EventFieldName, Some(b"data")) => plain(Label::EventData),
            (Label::EventFieldName, Some(b"event")) => plain(Label::EventType),
            (Label::EventFieldName, Some(b"id")) => plain(Label::EventId),
            (Label::EventFieldName, Some(b"retry")) => plain(Label::EventRetry),
            _ => plain(first),
        }
    }
}

fn is_inside_event_line(last: Label) -> bool {
    !matches!(
        last,
        Label::EventBom | Label::EventLineEnd | Label::EventIgnored | Label::EventDispatch | Label::EventBlank
    )
}

fn plain(label: Label) -> Explanation {
    (label.explain().to_owned(), label.section())
}

fn ignored_field(name: &[u8]) -> &'static str {
    match name {
        b"id" => "an id with a NUL in it is ignored",
        b"retry" => "a reconnection time that is not digits only is ignored",
        _ => "a field that nobody knows is ignored",
    }
}

fn explain_data(span: &Span) -> Explanation {
    let Some(counted) = span.counted() else { return plain(span.label) };
    let length = span.range.len() as u64;
    let end = counted.before.saturating_add(length);
    let announced_by = if span.label == Label::BodyData { "Content-Length" } else { "the chunk-size" };
    let sentence = match (length, counted.announced) {
        (1, 1) => format!("the one octet of {announced_by}"),
        (length, all) if length == all => format!("all {all} octets of {announced_by}"),
        (1, all) => format!("octet {end} of the {all} in {announced_by}"),
        (_, all) => format!("octets {} to {end} of the {all} in {announced_by}", counted.before + 1),
    };
    (sentence, span.label.section())
}

fn explain_fault(span: &Span) -> Explanation {
    match span.fault() {
        Some(fault) => (fault.to_string(), fault.section()),
        None => plain(span.label),
    }
}

/// What a method asks for.
pub fn method(method: &[u8]) -> Explanation {
    let (sentence, section) = match method {
        b"GET" => ("asks for it, changes nothing", "RFC 9110 9.3.1"),
        b"HEAD" => ("as GET, but the response has no body", "RFC 9110 9.3.2"),
        b"POST" => ("gives the target something to process", "RFC 9110 9.3.3"),
        b"PUT" => ("the body is to become the state of the target", "RFC 9110 9.3.4"),
        b"DELETE" => ("the target is to be removed", "RFC 9110 9.3.5"),
        b"CONNECT" => ("asks a proxy for a tunnel", "RFC 9110 9.3.6"),
        b"OPTIONS" => ("asks what is possible", "RFC 9110 9.3.7"),
        b"TRACE" => ("asks to be shown the request as it arrived", "RFC 9110 9.3.8"),
        _ => return ("a method of its own; a server that does not know it answers 501".to_owned(), "RFC 9110 9.1"),
    };
    (format!("{}: {sentence}", String::from_utf8_lossy(method)), section)
}

/// What a status code says: its own sentence if it has a special role in framing or in lessons, else that of its class.
pub fn status(code: &[u8]) -> Explanation {
    let (sentence, section) = match code {
        b"100" => ("interim: send the body, the final response is still to come", "RFC 9110 15.2.1"),
        b"101" => ("from here on another protocol is spoken", "RFC 9110 15.2.2"),
        b"200" => ("success", "RFC 9110 15.3.1"),
        b"202" => ("accepted, not done yet", "RFC 9110 15.3.3"),
        b"204" => ("no body; an EventSource does not reconnect", "RFC 9110 15.3.5"),
        b"304" => ("what the client has is still right; no body", "RFC 9110 15.4.5"),
        b"400" => ("the request cannot be understood", "RFC 9110 15.5.1"),
        b"404" => ("nothing is found there", "RFC 9110 15.5.5"),
        b"405" => ("the target does not know this method; Allow lists those it knows", "RFC 9110 15.5.6"),
        b"408" => ("the request took too long to arrive", "RFC 9110 15.5.9"),
        b"413" => ("the body is larger than is accepted", "RFC 9110 15.5.14"),
        b"414" => ("the request-target is longer than is accepted", "RFC 9110 15.5.15"),
        b"431" => ("the header section is larger than is accepted", "RFC 6585 5"),
        b"501" => ("the server does not know how to do that for any target", "RFC 9110 15.6.2"),
        b"505" => ("this major version of HTTP is not spoken here", "RFC 9110 15.6.6"),
        [b'1', ..] => ("interim: the final response is still to come", "RFC 9110 15.2"),
        [b'2', ..] => ("success", "RFC 9110 15.3"),
        [b'3', ..] => ("further action is needed, often a request elsewhere", "RFC 9110 15.4"),
        [b'4', ..] => ("the client has made a mistake", "RFC 9110 15.5"),
        [b'5', ..] => ("the server has failed", "RFC 9110 15.6"),
        _ => ("a class that nobody knows; a client treats it as 5xx", "RFC 9110 15"),
    };
    (format!("{}: {sentence}", String::from_utf8_lossy(code)), section)
}

/// What a field line does, by its name and, where that matters, its value.
pub fn field(name: &[u8], value: &[u8]) -> Explanation {
    let has = |token: &str| {
        let members = value.split(|octet| *octet == b',');
        members.map(<[u8]>::trim_ascii).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
    };
    let is_event_stream = value.trim_ascii_start().to_ascii_lowercase().starts_with(b"text/event-stream");
    let (sentence, section) = match name.to_ascii_lowercase().as_slice() {
        b"connection" if has("close") => ("no message follows this one on the connection", "RFC 9112 9.6"),
        b"connection" if has("keep-alive") => ("the connection may stay; in HTTP/1.1 it may anyway", "RFC 9112 9.3"),
        b"transfer-encoding" if has("chunked") => ("the body comes in chunks", "RFC 9112 6.1"),
        b"content-type" if is_event_stream => ("the body is read as an event stream", "WHATWG HTML"),
        b"cache-control" if has("no-cache") => ("a cache asks the server before it reuses this", "RFC 9111 5.2.2.4"),
        b"expect" if has("100-continue") => ("the client waits for 100 before it sends the body", "RFC 9110 10.1.1"),
        name => known_field(name),
    };
    (sentence.to_owned(), section)
}

fn known_field(name: &[u8]) -> (&'static str, &'static str) {
    match name {
        b"host" => ("which of the server's names is meant", "RFC 9112 3.2"),
        b"connection" => ("options for this hop; a proxy removes what it names", "RFC 9110 7.6.1"),
        b"keep-alive" => ("a hint: how long it stays open when idle", "RFC 2068 19.7.1"),
        b"content-length" => ("the recipient counts so many octets of body", "RFC 9112 6.2"),
        b"transfer-encoding" => ("how the body is coded on this hop", "RFC 9112 6.1"),
        b"te" => ("the transfer codings and trailers a client takes", "RFC 9110 10.1.4"),
        b"trailer" => ("names fields that will come after the body", "RFC 9110 6.6.2"),
        b"upgrade" => ("offers another protocol on this connection", "RFC 9110 7.8"),
        b"expect" => ("what the server must be able to do", "RFC 9110 10.1.1"),
        b"content-type" => ("how the body is to be read", "RFC 9110 8.3"),
        b"content-encoding" => ("how the body was coded, end to end", "RFC 9110 8.4"),
        b"accept" => ("the media types the client would like", "RFC 9110 12.5.1"),
        b"accept-encoding" => ("the content codings the client takes", "RFC 9110 12.5.3"),
        b"cache-control" => ("tells every cache on the way what it may do", "RFC 9111 5.2"),
        b"date" => ("when the message was made", "RFC 9110 6.6.1"),
        b"server" => ("the software that answers", "RFC 9110 10.2.4"),
        b"user-agent" => ("the software that asks", "RFC 9110 10.1.5"),
        b"allow" => ("the methods that the target knows", "RFC 9110 10.2.1"),
        b"location" => ("where to go, or what was created", "RFC 9110 10.2.2"),
        b"origin" => ("the page that made a browser send this", "Fetch, Origin header"),
        b"access-control-allow-origin" => ("the pages that a browser lets read this", "Fetch, CORS protocol"),
        b"last-event-id" => ("the last event the client has had: go on after it", "WHATWG HTML"),
        b"x-accel-buffering" => ("\"no\" keeps nginx from holding the response back", "nginx"),
        _ => ("whoever does not know this field ignores it", "RFC 9110 5.1"),
    }
}
