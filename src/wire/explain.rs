//! Rows and sentences: spans gathered into lines of the protocol, each with what it does and where
//! that is written.
//!
//! ```text
//! request-line  GET / HTTP/1.1␍␊   GET: asks for the target, and for no change (RFC 9110 9.3.1)
//! end of head   ␍␊                 no body: a request with neither length nor coding (rule 7)
//! chunk-size    21␍␊               0x21 = 33 octets of data follow (RFC 9112 7.1)
//! chunk-data    data:event1␊       a line of the data; several are joined by LF (WHATWG)
//! last-chunk    0␍␊                zero: the last chunk; the trailer section follows
//! ```
//!
//! A label says the kind of a token, a [`Row`] what this one says. A row holds an [`Explanation`],
//! which is a value; the sentence is made by [`Saying::in_language`] in the language of the sink. A
//! row that begins in the middle of a token says so instead of guessing.
//!
//! For the next editor: a new sentence is a new value, and the compiler then asks for it in [`en`]
//! and [`ko`]. It must be true of every server and of *this* message. What the connection does next
//! is not written in these octets, so it is not said here.

pub mod brief;
mod en;
mod event;
pub mod field;
mod finding_en;
mod finding_ko;
mod ko;
pub mod meaning;

use std::fmt;
use std::io;
use std::ops::Range;

use self::field::FieldLine;
use self::meaning::{FieldMeaning, MethodMeaning, StatusMeaning};
use super::body_rule::{BodyRule, Remark};
use super::cause::{Cause, Loss, StateChange};
use super::chunked::ChunkError;
use super::ending::Ending;
use super::fault::Fault;
use super::fields::{decimal, hexadecimal};
use super::finding::{Finding, Hops};
use super::flow::Flow;
use super::gap::Gap;
use super::head_error::HeadError;
use super::label::Label;
use super::language::Language;
use super::persistence::CloseReason;
use super::protocol::Protocol;
use super::span::{Detail, Span};
use super::sse::EventLine;
use super::step::StepKind;
use super::traffic::{SummaryKind, Traffic};

/// One line of the protocol, as far as it lies in one piece of octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// What to call it: the grammar rule of the line where there is one.
    pub name: &'static str,
    /// Where it stands in the octets that were given.
    pub range: Range<usize>,
    /// Which of the spans that were given make it up.
    pub spans: Range<usize>,
    /// It begins here, and not in an earlier piece.
    pub starts: bool,
    /// What it does, as a value that every language can say.
    pub explanation: Explanation<'a>,
    /// What is forbidden or surprising in it; mostly nothing.
    pub remarks: Vec<Remark>,
}

/// What a line of the protocol does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explanation<'a> {
    /// What this kind of token is.
    Label(Label),
    /// It goes on with a token of this kind that began in an earlier piece.
    Continues(Label),
    /// It goes on with octets that no message has here.
    ContinuesFault,
    /// A request-line: what its method asks for.
    Method(&'a [u8], MethodMeaning),
    /// A status-line: what its code says.
    Status(u16, StatusMeaning),
    /// A field line, in the message that it stands in.
    Field(FieldMeaning),
    /// The blank line after the field lines: which rule ends the body.
    EndOfHead(BodyRule),
    /// The size of a chunk.
    ChunkSize {
        /// As they stand there.
        digits: &'a [u8],
        /// Octets of data that these digits announce.
        size: u64,
        /// An extension follows the size.
        has_extension: bool,
    },
    /// The zero that ends the chunks of a body.
    LastChunk {
        /// An extension follows the zero.
        has_extension: bool,
    },
    /// The blank line after the trailer section.
    EndOfBody(Flow),
    /// Data of announced length.
    Data {
        /// Content-Length has announced it, and not a chunk-size.
        by_content_length: bool,
        /// Number of the first octet here, from 1.
        first: u64,
        /// Number of the last octet here.
        last: u64,
        /// Octets that were announced.
        all: u64,
    },
    /// A line of an event stream, which ends here.
    EventLine {
        /// Its field, or that it is a comment.
        line: EventLine,
        /// The client obeys it; otherwise it is ignored.
        is_heeded: bool,
        /// In which piece or chunk its first octet stands.
        began: Began,
    },
    /// A line of an event stream that does not end here.
    EventUnfinished(Began),
    /// Octets that no message has here.
    Fault(Fault),
    /// Octets whose place is not known.
    Gap(Gap),
}

/// Where a line of an event stream began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Began {
    /// In the row itself.
    Here,
    /// In an earlier piece of the same chunk or body.
    EarlierPiece,
    /// In an earlier chunk.
    EarlierChunk,
}

/// Something that can be said in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying<'a> {
    /// What a line of the protocol does.
    Explanation(Explanation<'a>),
    /// What a kind of token is.
    Label(Label),
    /// What is forbidden or surprising.
    Remark(Remark),
    /// Why an octet cannot stand where it stands.
    Fault(Fault),
    /// What a FIN or RST means where it comes; the direction is named, if it is not that of the FIN
    /// or RST.
    Ending(Ending, Option<Flow>),
    /// Why a FIN, an RST or a close happened.
    Cause(Cause),
    /// Why a connection ends.
    CloseReason(CloseReason),
    /// What another state of a connection means.
    State(StateChange),
    /// What to think about before a step of this kind is released.
    Question(StepKind),
    /// Why a request head is refused.
    HeadError(HeadError),
    /// Why a chunked body cannot be read on.
    ChunkError(ChunkError),
    /// A client at this address has connected to that one.
    Opened {
        /// The client's address.
        peer: std::net::SocketAddr,
        /// The server's address.
        local: std::net::SocketAddr,
    },
    /// `write()` would have blocked, and this many octets wait.
    Blocked {
        /// The direction of the octets that wait.
        flow: Flow,
        /// Octets that wait to be written.
        pending: usize,
    },
    /// What passed on all connections together.
    Summary(SummaryKind, &'a Traffic),
    /// How many octets are missing from a capture, and why.
    Missing {
        /// Octets that are missing.
        count: u64,
        /// Why they are missing.
        loss: Loss,
    },
    /// What a conversation speaks that cannot be labelled.
    Protocol(Protocol),
    /// What is found of a response.
    Finding(Finding, Option<Hops<'a>>),
    /// What can be changed about a finding; empty if nothing can.
    Remedy(Finding),
    /// The rest of a long record is not shown.
    Rest {
        /// Octets that are not shown.
        octets: usize,
        /// Tokens that they consist of.
        tokens: usize,
    },
}

impl<'a> Saying<'a> {
    /// The sentence, as a value that writes itself.
    ///
    /// ```
    /// use wirestep::wire::cause::Cause;
    /// use wirestep::wire::explain::Saying;
    /// use wirestep::wire::language::Language;
    ///
    /// let saying = Saying::Cause(Cause::BothFin);
    /// assert_eq!(saying.in_language(Language::En).to_string(), "both sides have sent FIN");
    /// assert_eq!(saying.in_language(Language::Ko).to_string(), "양쪽 모두 FIN을 보냄");
    /// ```
    pub fn in_language(self, language: Language) -> Sentence<'a> {
        Sentence { saying: self, language }
    }

    /// The section that it rests on; empty where no standard has a word in it.
    pub const fn section(self) -> &'static str {
        match self {
            Saying::Explanation(explanation) => explanation.section(),
            Saying::Label(label) => label.section(),
            Saying::Remark(remark) => remark.section(),
            Saying::Fault(fault) => fault.section(),
            Saying::Ending(ending, _) => ending.section(),
            Saying::Cause(cause) => cause.section(),
            Saying::CloseReason(reason) => reason.section(),
            Saying::State(change) => change.section(),
            Saying::HeadError(error) => error.section(),
            Saying::ChunkError(error) => error.section(),
            Saying::Missing { loss, .. } => loss.section(),
            Saying::Protocol(protocol) => protocol.section(),
            Saying::Finding(finding, _) => finding.section(),
            Saying::Question(_)
            | Saying::Remedy(_)
            | Saying::Opened { .. }
            | Saying::Blocked { .. }
            | Saying::Summary(..)
            | Saying::Rest { .. } => "",
        }
    }
}

/// One sentence in one language.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'a> {
    saying: Saying<'a>,
    language: Language,
}

impl Sentence<'_> {
    /// The sentence and, in parentheses, its section.
    pub fn with_section(self) -> String {
        match self.saying.section() {
            "" => self.to_string(),
            section => format!("{self} ({section})"),
        }
    }
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.language {
            Language::En => en::say(self.saying, f),
            Language::Ko => ko::say(self.saying, f),
        }
    }
}

// Refusals begin in English, and logs are English: both are read by programs, too.
impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Saying::HeadError(*self).in_language(Language::En).with_section())
    }
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Saying::ChunkError(*self).in_language(Language::En).with_section())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Saying::Fault(*self).in_language(Language::En).fmt(f)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Saying::Ending(*self, None).in_language(Language::En).fmt(f)
    }
}

impl Explanation<'_> {
    /// The name for programs: it does not change when the sentence does. Where the sentence is that
    /// of a label, it is the label's variant, as in `docs/labels.md`.
    pub const fn code(self) -> &'static str {
        match self {
            Explanation::Label(label) => label.variant(),
            Explanation::Continues(_) => "continues",
            Explanation::ContinuesFault => "continues-fault",
            Explanation::Method(_, meaning) => meaning.code(),
            Explanation::Status(_, meaning) => meaning.code(),
            Explanation::Field(meaning) => meaning.code(),
            Explanation::EndOfHead(rule) => rule.code(),
            Explanation::ChunkSize { .. } => "chunk-size",
            Explanation::LastChunk { .. } => "last-chunk",
            Explanation::EndOfBody(Flow::Requests) => "request-complete",
            Explanation::EndOfBody(Flow::Responses) => "response-complete",
            Explanation::Data { by_content_length: true, .. } => "body-data",
            Explanation::Data { by_content_length: false, .. } => "chunk-data",
            Explanation::EventLine { line, is_heeded: true, .. } => event::code(line),
            Explanation::EventLine { line, is_heeded: false, .. } => event::ignored_code(line),
            Explanation::EventUnfinished(_) => "event-unfinished",
            Explanation::Fault(fault) => fault.code(),
            Explanation::Gap(gap) => gap.code(),
        }
    }

    /// Where that is written.
    pub const fn section(self) -> &'static str {
        match self {
            Explanation::Label(label) | Explanation::Continues(label) => label.section(),
            Explanation::ContinuesFault => Label::Unexpected.section(),
            Explanation::Method(_, meaning) => meaning.section(),
            Explanation::Status(_, meaning) => meaning.section(),
            Explanation::Field(meaning) => meaning.section(),
            Explanation::EndOfHead(rule) => rule.section(),
            Explanation::ChunkSize { .. } | Explanation::LastChunk { .. } => Label::ChunkSize.section(),
            Explanation::EndOfBody(_) => Label::EndOfBody.section(),
            Explanation::Data { by_content_length: true, .. } => Label::BodyData.section(),
            Explanation::Data { by_content_length: false, .. } => Label::ChunkData.section(),
            Explanation::EventLine { .. } | Explanation::EventUnfinished(_) => Label::EventIgnored.section(),
            Explanation::Fault(fault) => fault.section(),
            Explanation::Gap(_) => Label::NotLabelled.section(),
        }
    }
}

/// Gathers `spans` of `octets` into rows, in their order.
pub fn rows<'a>(flow: Flow, octets: &'a [u8], spans: &[Span]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(spans.len().min(64));
    let mut start = 0;
    for end in 1..=spans.len() {
        if end == spans.len() || !joins(&spans[end - 1], &spans[end]) {
            rows.push(row(flow, octets, spans, start..end));
            start = end;
        }
    }
    rows
}

fn row<'a>(flow: Flow, octets: &'a [u8], spans: &[Span], of: Range<usize>) -> Row<'a> {
    let line = Line { flow, octets, spans: &spans[of.clone()] };
    let (first, last) = (&spans[of.start], &spans[of.end - 1]);
    let explanation = line.explain();
    let remarks = line.remarks(explanation);
    Row {
        name: line.name(),
        range: first.range.start..last.range.end,
        starts: first.starts,
        spans: of,
        explanation,
        remarks,
    }
}

/// Whether two neighbours stand in one row.
fn joins(one: &Span, next: &Span) -> bool {
    if let (Some(content), Some(next_content)) = (one.content, next.content) {
        return one.label == next.label && event::joins(content, next_content);
    }
    match (one.label, next.label) {
        (
            Label::StartLineCrlf | Label::FieldCrlf | Label::TrailerCrlf | Label::ChunkSizeCrlf | Label::LastChunkCrlf,
            _,
        ) => false,
        (one, next) => line_kind(one).is_some_and(|kind| Some(kind) == line_kind(next)),
    }
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

/// The octets and spans of one row.
struct Line<'a, 's> {
    flow: Flow,
    octets: &'a [u8],
    spans: &'s [Span],
}

impl<'a> Line<'a, '_> {
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

    fn find(&self, label: Label) -> Option<&Span> {
        self.spans.iter().find(|span| span.label == label)
    }

    fn explain(&self) -> Explanation<'a> {
        let (Some(first), Some(last)) = (self.spans.first(), self.spans.last()) else {
            return Explanation::Label(Label::NotLabelled);
        };
        if first.content.is_some() {
            return event::explain(self.spans);
        }
        match (first.label, last.detail) {
            (Label::BodyData | Label::ChunkData, _) => data(first),
            (Label::EndOfHead, Detail::Body(rule, _)) => Explanation::EndOfHead(rule),
            (Label::EndOfBody, _) if self.ends_with_lf(last) => Explanation::EndOfBody(self.flow),
            (Label::NotLabelled, Detail::Gap(gap)) => Explanation::Gap(gap),
            (Label::Unexpected, Detail::Fault(fault)) if first.starts => Explanation::Fault(fault),
            (Label::Unexpected, _) if !first.starts => Explanation::ContinuesFault,
            (label, _) if !first.starts => Explanation::Continues(label),
            (Label::Method, _) => self.method(),
            (Label::HttpVersion, _) => self.status(),
            (Label::FieldName, _) => self.field(first),
            (Label::ChunkSize, _) => self.chunk_size(),
            (label, _) => Explanation::Label(label),
        }
    }

    fn ends_with_lf(&self, span: &Span) -> bool {
        self.octets.get(span.range.clone()).is_some_and(|octets| octets.ends_with(b"\n"))
    }

    fn method(&self) -> Explanation<'a> {
        let Some(method) = self.whole(Label::Method) else { return Explanation::Label(Label::Method) };
        Explanation::Method(method, MethodMeaning::of(method))
    }

    fn status(&self) -> Explanation<'a> {
        let code = self.whole(Label::StatusCode).and_then(decimal).and_then(|code| u16::try_from(code).ok());
        code.map_or(Explanation::Label(Label::HttpVersion), |code| Explanation::Status(code, StatusMeaning::of(code)))
    }

    fn field(&self, first: &Span) -> Explanation<'a> {
        let Some(name) = self.whole(Label::FieldName) else { return Explanation::Label(Label::FieldName) };
        let value = self.whole(Label::FieldValue).unwrap_or_default();
        Explanation::Field(FieldLine { flow: self.flow, name, value, message: first.message }.meaning())
    }

    fn chunk_size(&self) -> Explanation<'a> {
        let has_extension = self.find(Label::ChunkExt).is_some();
        if self.find(Label::LastChunkCrlf).is_some() {
            return Explanation::LastChunk { has_extension };
        }
        match self.whole(Label::ChunkSize).map(|digits| (digits, hexadecimal(digits))) {
            Some((digits, Some(size))) => Explanation::ChunkSize { digits, size, has_extension },
            Some((_, None)) | None => Explanation::Label(Label::ChunkSize),
        }
    }

    fn remarks(&self, explanation: Explanation<'_>) -> Vec<Remark> {
        let Some(last) = self.spans.last() else { return Vec::new() };
        match (explanation, last.detail) {
            (Explanation::EndOfHead(_), Detail::Body(_, remarks)) => remarks.iter().collect(),
            (Explanation::Status(..), _)
                if self.find(Label::StartLineCrlf).is_some() && self.find(Label::ReasonPhrase).is_none() =>
            {
                vec![Remark::NoReasonPhrase]
            }
            (Explanation::Field(_), _) if self.whole(Label::FieldValue).is_some_and(is_masked) => vec![Remark::Masked],
            (_, Detail::Event { chunks }) if chunks > 1 => vec![Remark::EventOverChunks(chunks)],
            _ => Vec::new(),
        }
    }
}

// The trace puts an asterisk in the place of each octet of a credential.
fn is_masked(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    !value.is_empty() && value.iter().all(|octet| matches!(octet, b'*' | b' ' | b'\t')) && value != b"*"
}

fn data<'a>(span: &Span) -> Explanation<'a> {
    let Some(counted) = span.counted else { return Explanation::Label(span.label) };
    let last = counted.before.saturating_add(span.range.len() as u64);
    Explanation::Data {
        by_content_length: span.label == Label::BodyData,
        first: counted.before.saturating_add(1),
        last,
        all: counted.announced,
    }
}

// Linux gives EPIPE for an RST that comes after the peer's FIN, and ECONNRESET for any other.
fn is_broken_pipe(errno: Option<i32>) -> bool {
    errno.is_some_and(|errno| io::Error::from_raw_os_error(errno).kind() == io::ErrorKind::BrokenPipe)
}
