//! One connection as the judge hears it: from labels to requests and responses.
//!
//! ```text
//! requests    Method ...                     a request waits
//! responses   HttpVersion ... EndOfHead      a response runs
//!             ... EndOfBody LF               it is complete: Complete { LastChunk }
//! FIN                                        inside of it: Incomplete; between two: nothing
//! ```
//!
//! Which side ended the connection first counts, and not which end was seen last: a server that
//! cuts its response after the client's FIN has not broken it.

use std::collections::VecDeque;
use std::hash::Hasher;
use std::time::Duration;

use super::found::Found;
use super::head::FieldLine;
use super::heard::{Request, Response};
use super::history::History;
use super::passed::{HeadPassed, Passed, PassedWhat, SideEnd};
use super::rules::{self, Ended};
use crate::trace::record::{ConnectionId, Evidence, Proof};
use crate::wire::body_rule::{Bodiless, BodyRule};
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::finding::{Cut, Delimited, Finding, Seconds, WholeEnd};
use crate::wire::flow::Flow;
use crate::wire::gap::Gap;
use crate::wire::label::Label;
use crate::wire::span::{Counted, Detail, Span};

/// What a conversation gives out.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) found: Vec<Found>,
    pub(super) passed: Vec<Passed>,
    pub(super) history: History,
}

/// What the judge knows of one connection.
#[derive(Debug)]
pub(super) struct Conversation {
    id: ConnectionId,
    /// Requests whose responses are not complete, in order.
    requests: VecDeque<Request>,
    response: Option<Box<Response>>,
    /// The field lines that pass, of each direction.
    lines: [FieldLine; 2],
    /// Calls that have taken octets.
    piece: u64,
    /// Responses that have begun.
    responses: u32,
    /// When the last octet passed, in either direction.
    last_octet: Duration,
    /// What ended the connection first.
    first_end: Option<FirstEnd>,
}

/// The first FIN or RST of a connection.
#[derive(Debug, Clone, Copy)]
struct FirstEnd {
    flow: Flow,
    cut: Cut,
    at: Duration,
    /// How long no octet had passed before.
    idle: Duration,
}

impl Conversation {
    pub(super) fn new(id: ConnectionId, at: Duration) -> Conversation {
        Conversation {
            id,
            requests: VecDeque::new(),
            response: None,
            lines: Default::default(),
            piece: 0,
            responses: 0,
            last_octet: at,
            first_end: None,
        }
    }

    /// One call took `count` octets; [`Conversation::octets`] gets them.
    pub(super) fn begin_piece(&mut self, at: Duration, flow: Flow, count: usize, out: &mut Out) {
        self.piece += 1;
        self.last_octet = at;
        if flow == Flow::Responses {
            self.pass(at, PassedWhat::Octets { count: count as u64 }, out);
        }
    }

    /// A part of what one call took, with its labels.
    pub(super) fn octets(&mut self, at: Duration, flow: Flow, octets: &[u8], spans: &[Span], out: &mut Out) {
        for span in spans {
            let part = octets.get(span.range.clone()).unwrap_or_default();
            match flow {
                Flow::Requests => self.request_span(at, span, part, out),
                Flow::Responses => self.response_span(at, span, part, out),
            }
        }
    }

    /// `write()` to the client would have blocked, and `pending` octets wait.
    pub(super) fn blocked(&mut self, at: Duration, pending: usize, out: &mut Out) {
        if let Some(response) = &mut self.response {
            response.pending = response.pending.max(pending);
        }
        self.pass(at, PassedWhat::Blocked, out);
    }

    fn request_span(&mut self, at: Duration, span: &Span, octets: &[u8], out: &mut Out) {
        if span.label == Label::Method && span.starts && self.requests.len() < MOST_REQUESTS {
            self.requests.push_back(Request { at, ..Request::default() });
        }
        let Some(request) = self.requests.back_mut() else { return };
        request.last_octet = at;
        let line = &mut self.lines[Flow::Requests as usize];
        if line.span(span, octets) {
            request.take_field(&line.name(), &line.value());
        }
        match span.label {
            Label::Method | Label::RequestTarget => {
                request.target.write(octets);
                request.is_http10 |= span.message.before_http_1_1;
            }
            Label::StartLineCrlf => request.is_http10 |= span.message.before_http_1_1,
            Label::EndOfHead if octets.ends_with(b"\n") => {
                let key = request.key();
                self.pass(at, PassedWhat::Request { key }, out);
            }
            _ => {}
        }
    }

    fn response_span(&mut self, at: Duration, span: &Span, octets: &[u8], out: &mut Out) {
        if span.label == Label::HttpVersion && span.starts {
            self.responses = span.numbers.message;
            self.begin_response(at);
        }
        if let Label::Unexpected | Label::NotLabelled = span.label
            && self.response.is_none()
        {
            self.begin_response(at);
        }
        let Some(response) = &mut self.response else { return };
        response.octet_came(at);
        let line = &mut self.lines[Flow::Responses as usize];
        if line.span(span, octets) {
            response.take_field(&line.name(), &line.value());
        }
        match (span.label, span.detail) {
            (Label::StartLineSpace | Label::StartLineCrlf, _) => response.is_http10 |= span.message.before_http_1_1,
            (Label::StatusCode, _) => response.take_status(octets),
            (Label::EndOfHead, Detail::Body(rule, remarks)) => {
                response.contradiction = remarks.iter().find(|remark| remark.is_forbidden());
                self.end_head(at, rule, out);
            }
            (Label::BodyData | Label::ChunkData | Label::CloseDelimitedData, _) => {
                self.content(at, span, octets, out);
            }
            (Label::ChunkDataCrlf, _) if span.starts => response.chunk_ended(),
            (Label::EndOfBody, _) if octets.ends_with(b"\n") => self.complete(at, WholeEnd::LastChunk, out),
            (Label::Unexpected, Detail::Fault(fault)) => _ = response.fault.get_or_insert(fault),
            (Label::NotLabelled, Detail::Gap(gap)) => _ = response.gap.get_or_insert(gap),
            _ => {}
        }
    }

    fn begin_response(&mut self, at: Duration) {
        self.response = Some(Box::new(Response::new(self.responses, at)));
    }

    fn content(&mut self, at: Duration, span: &Span, octets: &[u8], out: &mut Out) {
        let Some(response) = &mut self.response else { return };
        let (mut hashes, comments, piece) = (Vec::new(), response.events.comments, self.piece);
        response.content(at, piece, span, octets, &mut hashes);
        let now = response.events.comments;
        for hash in hashes {
            self.pass(at, PassedWhat::Event { hash, piece }, out);
        }
        if now != comments {
            self.pass(at, PassedWhat::Comments(now), out);
        }
        let is_last = |counted: Counted| counted.before.saturating_add(octets.len() as u64) >= counted.announced;
        if span.label == Label::BodyData && span.counted.is_some_and(is_last) {
            self.complete(at, WholeEnd::ContentLength, out);
        }
    }

    fn pass(&self, at: Duration, what: PassedWhat, out: &mut Out) {
        out.passed.push(Passed { at, connection: self.id, what });
    }

    fn end_head(&mut self, at: Duration, rule: BodyRule, out: &mut Out) {
        if let Some(response) = &mut self.response {
            (response.rule, response.head_at, response.head_piece) = (Some(rule), at, self.piece);
            let head = head_passed(at, rule, response);
            if rule != BodyRule::NoBody(Bodiless::Interim) {
                self.pass(at, PassedWhat::Head(head), out);
            }
        }
        match rule {
            // The final response follows.
            BodyRule::NoBody(Bodiless::Interim) => self.response = None,
            BodyRule::NoBody(_) => self.complete(at, WholeEnd::NoBody, out),
            BodyRule::Length(0) => self.complete(at, WholeEnd::ContentLength, out),
            BodyRule::Tunnel | BodyRule::Upgrade | BodyRule::Preface => {
                self.response = None;
                self.requests.clear();
            }
            BodyRule::Chunked
            | BodyRule::CodingUntilFin
            | BodyRule::CodingWithoutEnd
            | BodyRule::InvalidLength
            | BodyRule::Length(_)
            | BodyRule::NoLength
            | BodyRule::UntilFin
            | BodyRule::MethodNotKnown => {}
        }
    }

    fn complete(&mut self, at: Duration, end: WholeEnd, out: &mut Out) {
        let Some(response) = self.response.take() else { return };
        let finding = Finding::Complete { end, count: response.count() };
        self.end(at, &response, finding, out);
    }

    // ---- the end of the connection

    /// A FIN passed; `ending` is what it means where it came.
    pub(super) fn fin(&mut self, at: Duration, flow: Flow, ending: Ending, out: &mut Out) {
        let first = self.note_end(at, flow, Cut::Fin);
        match flow {
            Flow::Requests => self.pass(at, PassedWhat::AskerLeft, out),
            Flow::Responses => self.cut(at, first, ending, out),
        }
    }

    /// An RST passed; `ending` is what it means for the responses.
    pub(super) fn rst(&mut self, at: Duration, flow: Flow, cause: Cause, ending: Ending, out: &mut Out) {
        match cause {
            Cause::RelayStops => return self.stop(at, out),
            Cause::OriginRefused | Cause::OriginTimedOut | Cause::OriginUnreachable { .. } | Cause::OriginTls(_)
                if self.response.is_none() =>
            {
                return self.no_origin(at, out);
            }
            _ => {}
        }
        let first = self.note_end(at, flow, Cut::Rst);
        if flow == Flow::Requests {
            self.pass(at, PassedWhat::AskerLeft, out);
        }
        self.cut(at, first, ending, out);
    }

    /// The socket was closed; what is open now has no end.
    pub(super) fn closed(&mut self, at: Duration, out: &mut Out) {
        match self.first_end {
            Some(first) if first.flow == Flow::Requests => self.cut(at, first, Ending::BodyTorn, out),
            Some(_) | None => self.stop(at, out),
        }
    }

    fn note_end(&mut self, at: Duration, flow: Flow, cut: Cut) -> FirstEnd {
        let idle = at.saturating_sub(self.last_octet);
        *self.first_end.get_or_insert(FirstEnd { flow, cut, at, idle })
    }

    fn cut(&mut self, at: Duration, first: FirstEnd, ending: Ending, out: &mut Out) {
        let (cut, idle) = (first.cut, Seconds(first.idle));
        let Some(response) = self.response.take() else { return self.unanswered(at, first, out) };
        let count = response.count();
        let finding = match (ending, first.flow) {
            _ if response.gap.is_some() => Finding::NotJudged { gap: response.gap.unwrap_or(Gap::Missing) },
            (Ending::NotKnown(gap), _) => Finding::NotJudged { gap },
            (Ending::BodyComplete { .. }, _) => Finding::EndUnknown { count },
            (_, Flow::Requests) => Finding::ClientLeft { cut, count, idle },
            (ending, Flow::Responses) => Finding::Incomplete { cut, ending, count, idle },
        };
        self.end(at, &response, finding, out);
    }

    fn unanswered(&mut self, at: Duration, first: FirstEnd, out: &mut Out) {
        let Some(request) = self.requests.front() else { return };
        let waited = Seconds(first.at.saturating_sub(request.at));
        let (cut, idle) = (first.cut, Seconds(first.idle));
        let finding = match first.flow {
            Flow::Requests => Finding::ClientLeft { cut, count: None, idle },
            Flow::Responses => Finding::Unanswered { cut, waited },
        };
        self.end_without_response(at, finding, out);
    }

    fn no_origin(&mut self, at: Duration, out: &mut Out) {
        self.end_without_response(at, Finding::NoOrigin, out);
    }

    fn stop(&mut self, at: Duration, out: &mut Out) {
        let idle = Seconds(at.saturating_sub(self.last_octet));
        match self.response.take() {
            Some(response) => {
                let finding = match response.gap {
                    Some(gap) => Finding::NotJudged { gap },
                    None => Finding::StillOpen { count: response.count(), idle },
                };
                self.end(at, &response, finding, out);
            }
            None if self.requests.is_empty() => {}
            None => self.end_without_response(at, Finding::StillOpen { count: None, idle }, out),
        }
    }

    fn end_without_response(&mut self, at: Duration, finding: Finding, out: &mut Out) {
        let response = Response::new(self.responses + 1, self.last_octet);
        self.end(at, &response, finding, out);
        self.requests.clear();
    }

    /// The response has ended, in whichever way: all that can be said of it is said now.
    fn end(&mut self, at: Duration, response: &Response, finding: Finding, out: &mut Out) {
        let request = self.requests.pop_front();
        let ended = match finding {
            Finding::Complete { .. } | Finding::EndUnknown { .. } => Ended::Whole,
            Finding::Incomplete { idle, .. } => Ended::Cut(idle.0),
            _ => Ended::Otherwise,
        };
        let mut findings = vec![finding];
        if response.gap.is_none() {
            rules::findings(request.as_ref(), response, ended, &mut findings);
            if let Some(request) = &request {
                out.history.hear(request, response, at, &mut findings);
            }
        }
        let evidence = self.evidence(at, request.as_ref(), response);
        out.found.extend(findings.into_iter().map(|finding| Found {
            at,
            connection: self.id,
            message: response.number,
            finding,
            hops: None,
            evidence: evidence.clone(),
        }));
        let (is_whole, is_cut) =
            (ended == Ended::Whole, matches!(finding, Finding::Incomplete { .. } | Finding::Unanswered { .. }));
        self.pass(at, PassedWhat::End(SideEnd { at, message: response.number, is_whole, is_cut }), out);
    }

    fn evidence(&self, at: Duration, request: Option<&Request>, response: &Response) -> Vec<Evidence> {
        let proof = |what, at| Evidence { what, at, connection: self.id, event: 0 };
        let event = |at| Evidence { event: response.events.dispatched, ..proof(Proof::Event, at) };
        let mut evidence = Vec::new();
        evidence.extend(request.map(|request| proof(Proof::Request, request.at)));
        evidence.extend(response.rule.map(|_| proof(Proof::Head, response.head_at)));
        evidence.extend(response.events.times.last().map(event));
        evidence.push(proof(Proof::LastOctet, response.last_octet));
        evidence.push(proof(Proof::End, at));
        evidence
    }
}

fn head_passed(at: Duration, rule: BodyRule, response: &Response) -> HeadPassed {
    let delimited = match rule {
        BodyRule::Chunked => Some(Delimited::Chunked),
        BodyRule::Length(_) => Some(Delimited::ContentLength),
        BodyRule::UntilFin | BodyRule::CodingUntilFin => Some(Delimited::Fin),
        _ => None,
    };
    let &Response { status, is_coded, is_event_stream, fields, product, .. } = response;
    HeadPassed { at, status, delimited, is_coded, is_event_stream, fields, product }
}

/// Requests that wait; the server of a connection answers in order, and further ones are not
/// followed.
const MOST_REQUESTS: usize = 64;
