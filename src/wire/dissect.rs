//! The dissector: the octets of one connection, labelled as they pass.
//!
//! It reads what `read()` and `write()` really took, in both directions, and never sees what was
//! meant. So it judges this server as any other: a chunk whose size is wrong is found here,
//! whichever side sent it.
//!
//! ```text
//! requests    GET SP /plain SP HTTP/1.1 CRLF ... CRLF          HEAD SP /plain ...
//!             Method .. RequestTarget ..         EndOfHead
//! responses                HTTP/1.1 SP 200 SP OK CRLF ... CRLF  h e l l o
//!                          HttpVersion StatusCode    EndOfHead  BodyData
//! ```
//!
//! Where a body ends is decided by section 6.3 of RFC 9112, in its order. A response cannot be read
//! without its request (HEAD has no body, CONNECT opens a tunnel), so both flows stand in one
//! dissector.
//!
//! The definition is octet by octet: [`Dissector::dissect`] gives the same tokens however the
//! octets were cut into pieces, which `tests/wire.rs` proves at every cut. Only runs of body data
//! are taken whole.
//!
//! For the next editor: an octet that cannot stand where it stands is [`Label::Unexpected`], and so
//! is all that follows it, since where the next message begins cannot be known. Repairing is what
//! attackers live on. Nothing here grows with what a peer sends.

mod head;
mod unanswered;

use std::ops::Range;

use self::head::{Coding, Facts, Head, Length, Method};
use self::unanswered::{First, Unanswered};
use super::body_rule::{Bodiless, BodyRule, HeadRemarks, Remark};
use super::chunked::Chunked;
use super::ending::Ending;
use super::fault::Fault;
use super::flow::Flow;
use super::gap::Gap;
use super::label::Label;
use super::protocol::Protocol;
use super::span::{Counted, Detail, MessageFacts, Numbers, Span};
use super::sse::{EventLine, EventStream};

/// The dissector of one connection.
///
/// ```
/// use wirestep::wire::dissect::Dissector;
/// use wirestep::wire::flow::Flow;
/// use wirestep::wire::label::Label;
///
/// let mut dissector = Dissector::default();
/// let spans = dissector.dissect(Flow::Requests, b"GET /plain HTTP/1.1\r\n");
/// assert_eq!((spans[2].label, &spans[2].range), (Label::RequestTarget, &(4..10)));
/// ```
#[derive(Debug, Clone)]
pub struct Dissector {
    requests: FlowState,
    responses: FlowState,
    /// What was asked and has no response yet, in order.
    unanswered: Unanswered,
}

/// One flow: where its next octet stands.
#[derive(Debug, Clone)]
struct FlowState {
    place: Place,
    events: Option<EventStream>,
    /// The size of the chunk that is passing.
    chunk_size: u64,
    /// Chunks in which the event that is passing lies; 0 before it begins, and outside of chunks.
    event_chunks: u32,
    /// A field of the event that is passing has begun.
    is_in_event: bool,
    /// Events of this message that are dispatched.
    dispatched: u32,
    /// The token that the last octet belonged to.
    token: Option<(Label, Option<Label>)>,
    numbers: Numbers,
}

#[derive(Debug, Clone)]
enum Place {
    Head(Head),
    Counted { taken: u64, announced: u64 },
    Chunked(Chunked),
    UntilFin,
    Tunnel,
    Lost(Fault),
    NotKnown(Gap),
}

/// Octets of one label, and whether they begin a token although the one before had the same label.
struct Run {
    length: usize,
    label: Label,
    content: Option<Label>,
    begins: bool,
    /// The content goes on with a line that began before.
    mid_line: bool,
    counted: Option<Counted>,
    detail: Detail,
    message: MessageFacts,
    is_secret: bool,
}

/// What one call has labelled beside the spans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dissected {
    /// Octets at the end that have no span, since there would be too many.
    pub octets_left: usize,
    /// Tokens that they consist of.
    pub tokens_left: usize,
    /// Steps that the dissector took: what the call has cost.
    pub runs: usize,
    /// Where credentials stand, in all of the octets.
    pub secrets: Vec<Range<usize>>,
}

impl Default for Dissector {
    fn default() -> Dissector {
        Dissector {
            requests: FlowState::new(Flow::Requests),
            responses: FlowState::new(Flow::Responses),
            unanswered: Unanswered::default(),
        }
    }
}

impl Dissector {
    /// A dissector of a connection whose beginning was not seen: it labels nothing before
    /// [`Dissector::resume`].
    pub fn in_mid_stream() -> Dissector {
        let mut dissector = Dissector::default();
        dissector.lose(Flow::Requests, Gap::MidStream);
        dissector.lose(Flow::Responses, Gap::MidStream);
        dissector
    }

    /// From here on the place of octets in the direction of `flow` is not known, for instance
    /// because octets are missing.
    pub fn lose(&mut self, flow: Flow, gap: Gap) {
        let side = self.side_mut(flow);
        (side.place, side.events, side.token) = (Place::NotKnown(gap), None, None);
    }

    /// `count` octets are missing in the direction of `flow`. Inside of data whose end is known it
    /// is known what they were, and the octets after them are labelled; otherwise the place is
    /// lost. True if it is not.
    ///
    /// ```
    /// use wirestep::wire::dissect::Dissector;
    /// use wirestep::wire::flow::Flow;
    ///
    /// let mut dissector = Dissector::default();
    /// dissector.dissect(Flow::Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nh");
    /// assert!(dissector.miss(Flow::Responses, 4));
    /// assert!(!dissector.miss(Flow::Responses, 1));
    /// ```
    pub fn miss(&mut self, flow: Flow, count: u64) -> bool {
        let is_known = self.side_mut(flow).miss(flow, count);
        if !is_known {
            self.lose(flow, Gap::Missing);
        }
        is_known
    }

    /// The next octet in the direction of `flow` begins a chunk of a body, whose data are an event
    /// stream: octets can be labelled from here on.
    pub fn resume_in_events(&mut self, flow: Flow) {
        let numbers = self.side(flow).numbers;
        *self.side_mut(flow) = FlowState {
            place: Place::Chunked(Chunked::new(u32::MAX)),
            events: Some(EventStream::default()),
            numbers,
            ..FlowState::new(flow)
        };
    }

    /// The next octet in the direction of `flow` begins a message: octets can be labelled from here
    /// on.
    ///
    /// When requests resume, it is taken that those before them have their responses: a response is
    /// that of the first request after the gap.
    pub fn resume(&mut self, flow: Flow) {
        if flow == Flow::Requests {
            self.unanswered.clear();
        }
        let numbers = self.side(flow).numbers;
        *self.side_mut(flow) = FlowState { numbers, ..FlowState::new(flow) };
    }

    /// The place of octets is not known, in one direction at least.
    pub fn is_lost(&self) -> bool {
        [&self.requests, &self.responses].iter().any(|side| matches!(side.place, Place::NotKnown(_)))
    }

    /// Octets in the direction of `flow` get no labels any more: the framing, or their place, is
    /// lost.
    pub fn is_without_labels(&self, flow: Flow) -> bool {
        matches!(self.side(flow).place, Place::Lost(_) | Place::NotKnown(_))
    }

    /// A credential passes in the direction of `flow`, and is not complete.
    pub fn is_inside_secret(&self, flow: Flow) -> bool {
        matches!(&self.side(flow).place, Place::Head(head) if head.is_inside_secret())
    }

    /// Labels `octets`, which passed in the direction of `flow` directly after those given before.
    ///
    /// The spans lie side by side and cover all of `octets`.
    pub fn dissect(&mut self, flow: Flow, octets: &[u8]) -> Vec<Span> {
        let mut spans = Vec::new();
        self.dissect_into(flow, octets, usize::MAX, &mut spans);
        spans
    }

    /// As [`Dissector::dissect`], but appends at most `most` spans to `spans`, which is empty;
    /// octets after them are read, and have none.
    pub fn dissect_into(&mut self, flow: Flow, octets: &[u8], most: usize, spans: &mut Vec<Span>) -> Dissected {
        let mut dissected = Dissected::default();
        let mut at = 0;
        while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
            let run = self.take_run(flow, rest);
            let end = at + run.length;
            if run.is_secret {
                match dissected.secrets.last_mut().filter(|secret| secret.end == at) {
                    Some(secret) => secret.end = end,
                    None => dissected.secrets.push(at..end),
                }
            }
            let side = self.side_mut(flow);
            let before = side.token.replace((run.label, run.content));
            let starts = run.begins || before != Some((run.label, run.content));
            let has_room = spans.len() < most;
            match spans.last_mut().filter(|_| !starts) {
                _ if dissected.octets_left > 0 || !has_room && starts => {
                    dissected.octets_left += run.length;
                    dissected.tokens_left += usize::from(starts);
                }
                Some(span) => span.extend(end, run.detail),
                None if !has_room => dissected.octets_left += run.length,
                None => spans.push(run.span(at..end, starts, before.map(|(label, _)| label), side.numbers)),
            }
            dissected.runs += 1;
            at = end;
        }
        dissected
    }

    /// What a FIN would mean if it came now in the direction of `flow` (RFC 9112 section 8).
    pub fn at_fin(&self, flow: Flow) -> Ending {
        let side = self.side(flow);
        let undispatched = side.events.as_ref().is_some_and(EventStream::has_undispatched_data);
        match &side.place {
            Place::Head(head) if !head.is_at_start() => Ending::InsideHead,
            Place::Head(_) if flow == Flow::Responses && self.unanswered.len() > 0 => {
                Ending::Unanswered { requests: self.unanswered.len() }
            }
            Place::Head(_) => Ending::BetweenMessages,
            Place::Counted { taken, announced } => Ending::InsideBody { missing: announced.saturating_sub(*taken) },
            Place::Chunked(chunked) => Ending::InsideChunked { missing: chunked.data_left() },
            Place::UntilFin => Ending::BodyComplete { undispatched },
            Place::Tunnel => Ending::TunnelClosed,
            Place::Lost(fault) => Ending::FramingLost(*fault),
            Place::NotKnown(gap) => Ending::NotKnown(*gap),
        }
    }

    /// What an RST would mean if it came now in the direction of `flow`. It is an error of the
    /// connection, so nothing ends with it in order: not even what FIN would end (RFC 9112 section
    /// 8).
    pub fn at_rst(&self, flow: Flow) -> Ending {
        match self.at_fin(flow) {
            Ending::BodyComplete { .. } => Ending::BodyTorn,
            Ending::TunnelClosed => Ending::TunnelTorn,
            ending => ending,
        }
    }

    /// What an RST in the direction of `flow` means for the connection: it ends both directions, so
    /// the one that it cuts short counts, and the other direction is asked if that of `flow` is
    /// not.
    pub fn torn_by_rst(&self, flow: Flow) -> (Flow, Ending) {
        let (own, other) = (self.at_rst(flow), self.at_rst(flow.opposite()));
        if own.is_complete() && !other.is_complete() { (flow.opposite(), other) } else { (flow, own) }
    }

    fn side(&self, flow: Flow) -> &FlowState {
        match flow {
            Flow::Requests => &self.requests,
            Flow::Responses => &self.responses,
        }
    }

    fn side_mut(&mut self, flow: Flow) -> &mut FlowState {
        match flow {
            Flow::Requests => &mut self.requests,
            Flow::Responses => &mut self.responses,
        }
    }

    /// The first octet of `octets`, or as many as are body data without any structure.
    fn take_run(&mut self, flow: Flow, octets: &[u8]) -> Run {
        let side = self.side_mut(flow);
        match &mut side.place {
            Place::Head(_) => self.take_head(flow, octets[0]),
            Place::Counted { .. } => side.take_counted(flow, octets),
            Place::Chunked(_) => side.take_chunked(flow, octets),
            Place::UntilFin => side.take_data(Label::CloseDelimitedData, octets),
            Place::Tunnel => Run::of(octets.len(), Label::Tunnel),
            Place::Lost(fault) => Run::unexpected(octets.len(), *fault),
            Place::NotKnown(gap) => Run { detail: Detail::Gap(*gap), ..Run::of(octets.len(), Label::NotLabelled) },
        }
    }

    fn take_head(&mut self, flow: Flow, octet: u8) -> Run {
        let first = self.unanswered.first();
        let side = self.side_mut(flow);
        let Place::Head(head) = &mut side.place else { return side.lose(1, Fault::NoStartLine) };
        let begins = head.is_at_start();
        let before = (head.facts.method, head.facts.before_http_1_1);
        let label = match head.octet(octet) {
            Ok(label) => label,
            Err(fault) => return side.lose(1, fault),
        };
        // Only the first octet of a token is asked for it.
        let is_new = side.token.is_none_or(|(token, _)| token != label);
        let message = if is_new { head.facts.message(first) } else { MessageFacts::default() };
        let is_secret = label == Label::FieldValue && head.is_inside_secret() && !is_white_space(octet);
        let after = (head.facts.method, head.facts.before_http_1_1);
        let complete = head.is_complete().then(|| std::mem::take(&mut head.facts));
        if begins && matches!(label, Label::Method | Label::HttpVersion) {
            side.numbers = Numbers { message: side.numbers.message.saturating_add(1), ..Numbers::default() };
        }
        if let (Flow::Requests, (None, _), (Some(method), _)) = (flow, before, after) {
            self.unanswered.push(method);
        }
        if let (Flow::Requests, (_, false), (_, true)) = (flow, before, after) {
            self.unanswered.last_is_before_http_1_1();
        }
        let detail = complete.map_or(Detail::None, |facts| self.begin_body(flow, &facts));
        Run { begins, message, detail, is_secret, ..Run::of(1, label) }
    }

    /// Decides how the message reads on, and says so.
    fn begin_body(&mut self, flow: Flow, facts: &Facts) -> Detail {
        let first = self.unanswered.first();
        let rule = match flow {
            Flow::Requests => request_rule(facts),
            Flow::Responses => response_rule(facts, first),
        };
        let remarks = remarks(flow, facts, rule, first);
        if flow == Flow::Responses && !matches!(rule, BodyRule::NoBody(Bodiless::Interim) | BodyRule::Upgrade) {
            self.unanswered.pop();
        }
        if let BodyRule::Tunnel | BodyRule::Upgrade = rule {
            // From here on neither direction is HTTP/1.1.
            (self.requests.place, self.responses.place) = (Place::Tunnel, Place::Tunnel);
        } else {
            self.side_mut(flow).begin_body(flow, rule, facts);
        }
        Detail::Body(rule, remarks)
    }
}

// Section 6.3, rules 3 to 7, for a request: what is not understood is refused, so no octet can
// follow.
fn request_rule(facts: &Facts) -> BodyRule {
    match (facts.coding, facts.length) {
        _ if facts.method == Some(Method::Pri) => BodyRule::Preface,
        (Some(_), _) if facts.before_http_1_1 => BodyRule::CodingWithoutEnd,
        (Some(Coding::ChunkedLast), _) => BodyRule::Chunked,
        (Some(Coding::Other), _) => BodyRule::CodingWithoutEnd,
        (None, Length::Invalid) => BodyRule::InvalidLength,
        (None, Length::Octets(length)) => BodyRule::Length(length),
        (None, Length::None) => BodyRule::NoLength,
    }
}

// Rules 1 and 2 need the request. When no rule tells the length of a response, FIN does (rules 4
// and 8).
fn response_rule(facts: &Facts, first: First) -> BodyRule {
    let status = facts.status.unwrap_or_default();
    if status == 101 {
        return BodyRule::Upgrade;
    }
    if let Some(bodiless) = facts.bodiless(first) {
        return BodyRule::NoBody(bodiless);
    }
    let is_connect = matches!(first, First::Known(asked) if asked.method == Method::Connect);
    if is_connect && status / 100 == 2 {
        return BodyRule::Tunnel;
    }
    match (facts.coding, facts.length) {
        (None, Length::Octets(0)) => BodyRule::Length(0),
        (_, _) if first == First::NotKept => BodyRule::MethodNotKnown,
        (Some(Coding::ChunkedLast), _) if !facts.before_http_1_1 => BodyRule::Chunked,
        (Some(_), _) => BodyRule::CodingUntilFin,
        (None, Length::Invalid) => BodyRule::InvalidLength,
        (None, Length::Octets(length)) => BodyRule::Length(length),
        (None, Length::None) => BodyRule::UntilFin,
    }
}

// What each octet allows, and the message as a whole forbids.
fn remarks(flow: Flow, facts: &Facts, rule: BodyRule, first: First) -> HeadRemarks {
    let has_length = facts.length != Length::None;
    let has_coding = facts.coding.is_some();
    let never_framed = matches!(rule, BodyRule::Tunnel | BodyRule::Upgrade)
        || matches!(rule, BodyRule::NoBody(Bodiless::Interim | Bodiless::NoContent));
    let to_http10 = matches!(first, First::Known(asked) if asked.before_http_1_1);
    let is_request = flow == Flow::Requests;
    HeadRemarks::default()
        .with(Remark::LengthBesideCoding, has_length && has_coding)
        .with(Remark::ChunkedTwice, facts.chunked > 1)
        .with(Remark::CodingInHttp10, has_coding && facts.before_http_1_1)
        .with(Remark::CodingToHttp10, !is_request && has_coding && !facts.before_http_1_1 && to_http10)
        .with(Remark::CodingWithoutBody, has_coding && never_framed)
        .with(Remark::LengthWithoutBody, has_length && never_framed)
        .with(Remark::RepeatedLength, facts.repeats_length)
        .with(Remark::NoHost, is_request && rule != BodyRule::Preface && facts.hosts == 0 && !facts.before_http_1_1)
        .with(Remark::SeveralHosts, is_request && facts.hosts > 1)
}

impl Facts {
    /// Why this response never has a body, if it never has one (section 6.3, rule 1).
    fn bodiless(&self, first: First) -> Option<Bodiless> {
        let is_head = matches!(first, First::Known(asked) if asked.method == Method::Head);
        match self.status? {
            100..=199 => Some(Bodiless::Interim),
            204 => Some(Bodiless::NoContent),
            304 => Some(Bodiless::NotModified),
            _ if is_head => Some(Bodiless::Head),
            _ => None,
        }
    }

    fn message(&self, first: First) -> MessageFacts {
        MessageFacts {
            before_http_1_1: self.before_http_1_1,
            bodiless: self.bodiless(first),
            has_length: matches!(self.length, Length::Octets(_)),
            has_coding: self.coding.is_some(),
        }
    }
}

impl FlowState {
    fn new(flow: Flow) -> FlowState {
        FlowState {
            place: Place::Head(Head::new(flow)),
            events: None,
            chunk_size: 0,
            event_chunks: 0,
            is_in_event: false,
            dispatched: 0,
            token: None,
            numbers: Numbers::default(),
        }
    }

    /// Where the octet after the head stands.
    fn begin_body(&mut self, flow: Flow, rule: BodyRule, facts: &Facts) {
        self.place = match rule {
            BodyRule::NoBody(_) | BodyRule::NoLength | BodyRule::Length(0) => Place::Head(Head::new(flow)),
            BodyRule::Tunnel | BodyRule::Upgrade => Place::Tunnel,
            BodyRule::Preface => Place::Lost(Fault::LooksLike(Protocol::Http2)),
            BodyRule::Chunked => Place::Chunked(Chunked::new(u32::MAX)),
            BodyRule::CodingUntilFin | BodyRule::UntilFin => Place::UntilFin,
            BodyRule::CodingWithoutEnd if facts.before_http_1_1 => Place::Lost(Fault::CodingBeforeHttp11),
            BodyRule::CodingWithoutEnd => Place::Lost(Fault::NotChunkedLast),
            BodyRule::InvalidLength => Place::Lost(Fault::BadLength),
            BodyRule::Length(announced) => Place::Counted { taken: 0, announced },
            BodyRule::MethodNotKnown => Place::NotKnown(Gap::MethodNotKnown),
        };
        self.events = (facts.event_stream && !facts.encoded).then(EventStream::default);
        (self.event_chunks, self.is_in_event, self.dispatched) = (0, false, 0);
    }

    fn take_counted(&mut self, flow: Flow, octets: &[u8]) -> Run {
        let Place::Counted { taken, announced } = self.place else { return self.lose(1, Fault::BadLength) };
        let run = self.take_data(Label::BodyData, at_most(octets, announced.saturating_sub(taken)));
        let now_taken = taken.saturating_add(run.length as u64);
        self.place = if now_taken < announced {
            Place::Counted { taken: now_taken, announced }
        } else {
            Place::Head(Head::new(flow))
        };
        Run { counted: Some(Counted { before: taken, announced }), ..run }
    }

    fn take_chunked(&mut self, flow: Flow, octets: &[u8]) -> Run {
        let Place::Chunked(chunked) = &mut self.place else { return self.lose(1, Fault::NotChunkedLast) };
        let left = chunked.data_left();
        if left > 0 {
            return self.take_chunk_data(left, octets);
        }
        match chunked.octet(octets[0]) {
            Err(error) => self.lose(1, Fault::Chunk(error)),
            Ok(label) => {
                self.chunk_size = chunked.data_left();
                if chunked.is_done() {
                    self.place = Place::Head(Head::new(flow));
                }
                let begins_chunk = label == Label::ChunkSize && self.token.is_none_or(|(token, _)| token != label);
                self.numbers.chunk = self.numbers.chunk.saturating_add(u32::from(begins_chunk));
                Run::of(1, label)
            }
        }
    }

    fn take_chunk_data(&mut self, left: u64, octets: &[u8]) -> Run {
        let before = self.chunk_size.saturating_sub(left);
        if before == 0 && self.is_in_event {
            self.event_chunks = self.event_chunks.saturating_add(1);
        }
        let run = self.take_data(Label::ChunkData, at_most(octets, left));
        if let Place::Chunked(chunked) = &mut self.place {
            chunked.take_data(run.length as u64);
        }
        Run { counted: Some(Counted { before, announced: self.chunk_size }), ..run }
    }

    /// All of `octets`, which are body data; or as many as are one token of an event stream.
    fn take_data(&mut self, label: Label, octets: &[u8]) -> Run {
        let Some(events) = &mut self.events else { return Run::of(octets.len(), label) };
        let (begins, line) = (events.begins_line(octets[0]), events.line());
        let (length, content) = events.run(octets);
        if begins {
            self.numbers.event = self.dispatched.saturating_add(1);
        }
        if begins && !self.is_in_event && content == Label::EventFieldName {
            (self.is_in_event, self.event_chunks) = (true, u32::from(label == Label::ChunkData));
        }
        let detail = match content {
            Label::EventLineEnd | Label::EventIgnored if line != EventLine::Blank => Detail::Line(line),
            Label::EventDispatch if begins => Detail::Event { chunks: self.event_chunks },
            _ => Detail::None,
        };
        if begins && matches!(content, Label::EventDispatch | Label::EventBlank) {
            self.dispatched = self.dispatched.saturating_add(u32::from(content == Label::EventDispatch));
            (self.is_in_event, self.event_chunks) = (false, 0);
        }
        Run { content: Some(content), begins, mid_line: !begins, detail, ..Run::of(length, label) }
    }

    /// Moves over octets that are missing, if it is known what they were. An event stream has lost
    /// its line then, so its data are no longer read as such.
    fn miss(&mut self, flow: Flow, count: u64) -> bool {
        match &mut self.place {
            Place::Counted { taken, announced } if count < announced.saturating_sub(*taken) => *taken += count,
            Place::Counted { taken, announced } if count == announced.saturating_sub(*taken) => {
                self.place = Place::Head(Head::new(flow));
            }
            Place::Chunked(chunked) if count <= chunked.data_left() => chunked.take_data(count),
            Place::UntilFin | Place::Tunnel => {}
            // Here nothing was known before.
            Place::Lost(_) | Place::NotKnown(_) => return false,
            Place::Head(_) | Place::Counted { .. } | Place::Chunked(_) => return false,
        }
        (self.events, self.token) = (None, None);
        true
    }

    fn lose(&mut self, length: usize, fault: Fault) -> Run {
        self.place = Place::Lost(fault);
        Run::unexpected(length, fault)
    }
}

impl Run {
    fn of(length: usize, label: Label) -> Run {
        Run {
            length,
            label,
            content: None,
            begins: false,
            mid_line: false,
            counted: None,
            detail: Detail::None,
            message: MessageFacts::default(),
            is_secret: false,
        }
    }

    fn unexpected(length: usize, fault: Fault) -> Run {
        Run { detail: Detail::Fault(fault), ..Run::of(length, Label::Unexpected) }
    }

    fn span(self, range: Range<usize>, starts: bool, before: Option<Label>, numbers: Numbers) -> Span {
        let Run { label, content, counted, detail, message, .. } = self;
        let resumes = self.mid_line && before != Some(label);
        Span { range, label, content, starts, resumes, counted, detail, message, numbers }
    }
}

fn at_most(octets: &[u8], limit: u64) -> &[u8] {
    let length = usize::try_from(limit).unwrap_or(usize::MAX).min(octets.len());
    &octets[..length]
}

fn is_white_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}
