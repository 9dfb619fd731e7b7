//! The dissector: the octets of one connection, labelled as they pass.
//!
//! It reads what `read()` and `write()` really took, in both directions, and never sees what was meant. So it
//! judges us as it judges others: a chunk whose size is wrong is found here, whoever sent it.
//!
//! ```text
//! requests    GET SP /plain SP HTTP/1.1 CRLF ... CRLF          HEAD SP /plain ...
//!             Method .. RequestTarget ..         EndOfHead
//! responses                HTTP/1.1 SP 200 SP OK CRLF ... CRLF  h e l l o
//!                          HttpVersion StatusCode    EndOfHead  BodyData
//! ```
//!
//! Where a body ends is decided by section 6.3 of RFC 9112, in its order. A response cannot be read without its
//! request (HEAD has no body, CONNECT opens a tunnel), so both flows stand in one dissector.
//!
//! The definition is octet by octet: [`Dissector::dissect`] gives the same tokens however the octets were cut into
//! pieces, which `tests/wire.rs` proves at every cut. Only runs of body data are taken whole.
//!
//! For the next editor: an octet that cannot stand where it stands is [`Label::Unexpected`], and so is all that
//! follows it, since nobody can know where the next message begins. Repairing is what attackers live on.
//! Nothing here grows with what a peer sends.

mod head;

use std::collections::VecDeque;
use std::ops::Range;

use self::head::{Asked, Coding, Facts, Head, Length};
use super::chunked::Chunked;
use super::ending::Ending;
use super::fault::Fault;
use super::flow::Flow;
use super::gap::Gap;
use super::label::Label;
use super::span::{Counted, Detail, Span};
use super::sse::EventStream;

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
    requests: Side,
    responses: Side,
    /// What was asked and not answered yet, in order; at most [`MAX_UNANSWERED`].
    unanswered: VecDeque<Asked>,
}

/// One flow: where its next octet stands.
#[derive(Debug, Clone)]
struct Side {
    place: Place,
    events: Option<EventStream>,
    /// The size of the chunk that is passing.
    chunk_size: u64,
    /// The token that the last octet belonged to.
    token: Option<(Label, Option<Label>)>,
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
    detail: Detail,
}

impl Default for Dissector {
    fn default() -> Dissector {
        Dissector {
            requests: Side::new(Flow::Requests),
            responses: Side::new(Flow::Responses),
            unanswered: VecDeque::new(),
        }
    }
}

impl Dissector {
    /// A dissector of a connection whose beginning was not seen: it labels nothing before [`Dissector::resume`].
    pub fn in_mid_stream() -> Dissector {
        let mut dissector = Dissector::default();
        dissector.lose(Flow::Requests, Gap::MidStream);
        dissector.lose(Flow::Responses, Gap::MidStream);
        dissector
    }

    /// From here on the place of octets in the direction of `flow` is not known, for instance because octets are missing.
    pub fn lose(&mut self, flow: Flow, gap: Gap) {
        let side = self.side(flow);
        (side.place, side.events, side.token) = (Place::NotKnown(gap), None, None);
    }

    /// The next octet in the direction of `flow` begins a message: octets can be labelled from here on.
    ///
    /// Which requests wait for a response is forgotten with the first direction that resumes.
    pub fn resume(&mut self, flow: Flow) {
        self.unanswered.clear();
        *self.side(flow) = Side::new(flow);
    }

    /// The place of octets is not known, in one direction at least.
    pub fn is_lost(&self) -> bool {
        [&self.requests, &self.responses].iter().any(|side| matches!(side.place, Place::NotKnown(_)))
    }

    /// Labels `octets`, which passed in the direction of `flow` directly after those given before.
    ///
    /// The spans lie side by side and cover all of `octets`.
    pub fn dissect(&mut self, flow: Flow, octets: &[u8]) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut at = 0;
        while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
            let run = self.take_run(flow, rest);
            let end = at + run.length;
            let before = self.side(flow).token.replace((run.label, run.content));
            let starts = run.begins || before != Some((run.label, run.content));
            match spans.last_mut().filter(|_| !starts) {
                Some(span) => span.range.end = end,
                None => spans.push(run.span(at..end, starts, before.map(|(label, _)| label))),
            }
            at = end;
        }
        spans
    }

    /// What a FIN would mean if it came now in the direction of `flow` (RFC 9112 section 8).
    pub fn at_fin(&self, flow: Flow) -> Ending {
        let side = match flow {
            Flow::Requests => &self.requests,
            Flow::Responses => &self.responses,
        };
        let undispatched = side.events.as_ref().is_some_and(EventStream::has_undispatched_data);
        match &side.place {
            Place::Head(head) if !head.is_at_start() => Ending::InsideHead,
            Place::Head(_) if flow == Flow::Responses && !self.unanswered.is_empty() => {
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

    /// What an RST would mean if it came now in the direction of `flow`. It is an error of the connection, so nothing ends
    /// with it in order: not even what FIN would end (RFC 9112 section 8).
    pub fn at_rst(&self, flow: Flow) -> Ending {
        match self.at_fin(flow) {
            Ending::BodyComplete { .. } => Ending::BodyTorn,
            Ending::TunnelClosed => Ending::TunnelTorn,
            ending => ending,
        }
    }

    fn side(&mut self, flow: Flow) -> &mut Side {
        match flow {
            Flow::Requests => &mut self.requests,
            Flow::Responses => &mut self.responses,
        }
    }

    /// The first octet of `octets`, or as many as are body data without any structure.
    fn take_run(&mut self, flow: Flow, octets: &[u8]) -> Run {
        let side = self.side(flow);
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
        let side = self.side(flow);
        let Place::Head(head) = &mut side.place else { return side.lose(1, Fault::NoStartLine) };
        let begins = head.is_at_start();
        let label = match head.octet(octet) {
            Ok(label) => label,
            Err(fault) => return side.lose(1, fault),
        };
        let asked = head.asked.take();
        let complete = head.is_complete().then(|| std::mem::take(&mut head.facts));
        if let Some(asked) = asked.filter(|_| self.unanswered.len() < MAX_UNANSWERED) {
            self.unanswered.push_back(asked);
        }
        match (complete, flow) {
            (Some(facts), Flow::Requests) => self.requests.begin_request_body(&facts),
            (Some(facts), Flow::Responses) => self.begin_response_body(&facts),
            (None, _) => {}
        }
        Run { begins, ..Run::of(1, label) }
    }

    // Section 6.3, rules 1 and 2; the rest of them do not depend on the request.
    fn begin_response_body(&mut self, facts: &Facts) {
        if facts.status == 101 {
            return self.begin_tunnel();
        }
        if facts.status / 100 == 1 {
            // An interim response: the final one is still to come, for the same request.
            self.responses.place = Place::Head(Head::new(Flow::Responses));
            return;
        }
        let asked = self.unanswered.pop_front().unwrap_or(Asked::Other);
        if asked == Asked::Connect && facts.status / 100 == 2 {
            return self.begin_tunnel();
        }
        if asked == Asked::Head || matches!(facts.status, 204 | 304) {
            self.responses.place = Place::Head(Head::new(Flow::Responses));
            return;
        }
        self.responses.begin_response_body(facts);
    }

    /// From here on neither direction is HTTP/1.1.
    fn begin_tunnel(&mut self) {
        self.requests.place = Place::Tunnel;
        self.responses.place = Place::Tunnel;
    }
}

impl Side {
    fn new(flow: Flow) -> Side {
        Side { place: Place::Head(Head::new(flow)), events: None, chunk_size: 0, token: None }
    }

    // Section 6.3, rules 3 to 7, for a request: what is not understood is refused, so no octet can follow.
    fn begin_request_body(&mut self, facts: &Facts) {
        self.place = match (facts.coding, facts.length) {
            (Some(_), _) if facts.before_http_1_1 => Place::Lost(Fault::CodingBeforeHttp11),
            (Some(Coding::ChunkedLast), _) => Place::Chunked(Chunked::new(u32::MAX)),
            (Some(Coding::Other), _) => Place::Lost(Fault::NotChunkedLast),
            (None, Length::Invalid) => Place::Lost(Fault::BadLength),
            (None, Length::Octets(0) | Length::None) => Place::Head(Head::new(Flow::Requests)),
            (None, Length::Octets(announced)) => Place::Counted { taken: 0, announced },
        };
        self.begin_content(facts);
    }

    // The same for a response: when no rule tells the length, FIN does (rules 4 and 8).
    fn begin_response_body(&mut self, facts: &Facts) {
        self.place = match (facts.coding, facts.length) {
            (Some(Coding::ChunkedLast), _) if !facts.before_http_1_1 => Place::Chunked(Chunked::new(u32::MAX)),
            (Some(_), _) | (None, Length::None) => Place::UntilFin,
            (None, Length::Invalid) => Place::Lost(Fault::BadLength),
            (None, Length::Octets(0)) => Place::Head(Head::new(Flow::Responses)),
            (None, Length::Octets(announced)) => Place::Counted { taken: 0, announced },
        };
        self.begin_content(facts);
    }

    fn begin_content(&mut self, facts: &Facts) {
        self.events = (facts.event_stream && !facts.encoded).then(EventStream::default);
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
        Run { detail: Detail::Counted(Counted { before: taken, announced }), ..run }
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
                Run::of(1, label)
            }
        }
    }

    fn take_chunk_data(&mut self, left: u64, octets: &[u8]) -> Run {
        let run = self.take_data(Label::ChunkData, at_most(octets, left));
        if let Place::Chunked(chunked) = &mut self.place {
            chunked.take_data(run.length as u64);
        }
        let before = self.chunk_size.saturating_sub(left);
        Run { detail: Detail::Counted(Counted { before, announced: self.chunk_size }), ..run }
    }

    /// All of `octets`, which are body data; or the first one, when it must be read as an event stream.
    fn take_data(&mut self, label: Label, octets: &[u8]) -> Run {
        match &mut self.events {
            None => Run::of(octets.len(), label),
            Some(events) => {
                let begins = events.begins_line(octets[0]);
                Run { content: Some(events.octet(octets[0])), begins, mid_line: !begins, ..Run::of(1, label) }
            }
        }
    }

    fn lose(&mut self, length: usize, fault: Fault) -> Run {
        self.place = Place::Lost(fault);
        Run::unexpected(length, fault)
    }
}

impl Run {
    fn of(length: usize, label: Label) -> Run {
        Run { length, label, content: None, begins: false, mid_line: false, detail: Detail::None }
    }

    fn unexpected(length: usize, fault: Fault) -> Run {
        Run { detail: Detail::Fault(fault), ..Run::of(length, Label::Unexpected) }
    }

    fn span(self, range: Range<usize>, starts: bool, before: Option<Label>) -> Span {
        let Run { label, content, detail, .. } = self;
        let resumes = self.mid_line && before != Some(label);
        Span { range, label, content, starts, resumes, detail }
    }
}

fn at_most(octets: &[u8], limit: u64) -> &[u8] {
    let length = usize::try_from(limit).unwrap_or(usize::MAX).min(octets.len());
    &octets[..length]
}

/// More requests than this are not sent ahead of their responses; of those beyond it the method is forgotten.
const MAX_UNANSWERED: usize = 1024;
