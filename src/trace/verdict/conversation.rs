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
use std::time::Duration;

use super::head::FieldLine;
use super::heard::{Request, Response};
use crate::trace::record::{ConnectionId, Evidence, Proof};
use crate::wire::body_rule::{Bodiless, BodyRule};
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::finding::{Cut, Finding, Seconds, WholeEnd};
use crate::wire::flow::Flow;
use crate::wire::gap::Gap;
use crate::wire::label::Label;
use crate::wire::span::{Detail, Span};

/// A finding, before it is a record.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) at: Duration,
    pub(super) connection: ConnectionId,
    /// The number of the response on its connection.
    pub(super) message: u32,
    pub(super) finding: Finding,
    pub(super) evidence: Vec<Evidence>,
}

/// What the judge knows of one connection.
#[derive(Debug)]
pub(super) struct Conversation {
    id: ConnectionId,
    /// Requests whose responses are not complete, in order.
    requests: VecDeque<Request>,
    response: Option<Box<Response>>,
    line: FieldLine,
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
            line: FieldLine::default(),
            responses: 0,
            last_octet: at,
            first_end: None,
        }
    }

    /// A piece of what one call took, with its labels.
    pub(super) fn octets(&mut self, at: Duration, flow: Flow, octets: &[u8], spans: &[Span], out: &mut Vec<Found>) {
        self.last_octet = at;
        for span in spans {
            let piece = octets.get(span.range.clone()).unwrap_or_default();
            match flow {
                Flow::Requests => self.request_span(at, span),
                Flow::Responses => self.response_span(at, span, piece, out),
            }
        }
    }

    fn request_span(&mut self, at: Duration, span: &Span) {
        match span.label {
            Label::Method if span.starts && self.requests.len() < MOST_REQUESTS => {
                self.requests.push_back(Request { at });
            }
            _ => {}
        }
    }

    fn response_span(&mut self, at: Duration, span: &Span, octets: &[u8], out: &mut Vec<Found>) {
        if span.label == Label::HttpVersion && span.starts {
            self.responses = span.numbers.message;
            self.response = Some(Box::new(Response { number: self.responses, ..Response::default() }));
        }
        if let Label::Unexpected | Label::NotLabelled = span.label {
            self.response.get_or_insert_with(|| Box::new(Response { number: self.responses, ..Response::default() }));
        }
        let Some(response) = &mut self.response else { return };
        response.last_octet = at;
        if self.line.span(span, octets) {
            response.take_field(&self.line.name(), &self.line.value());
        }
        match (span.label, span.detail) {
            (Label::StatusCode, _) => response.take_status(octets),
            (Label::EndOfHead, Detail::Body(rule, _)) => self.end_head(at, rule, out),
            (Label::BodyData, _)
                if span.counted.is_some_and(|counted| {
                    counted.before.saturating_add(span.range.len() as u64) >= counted.announced
                }) =>
            {
                response.content(at, span);
                self.complete(at, WholeEnd::ContentLength, out);
            }
            (Label::BodyData | Label::ChunkData | Label::CloseDelimitedData, _) => response.content(at, span),
            (Label::EndOfBody, _) if octets.ends_with(b"\n") => self.complete(at, WholeEnd::LastChunk, out),
            (Label::Unexpected, Detail::Fault(fault)) => _ = response.fault.get_or_insert(fault),
            (Label::NotLabelled, Detail::Gap(gap)) => _ = response.gap.get_or_insert(gap),
            _ => {}
        }
    }

    fn end_head(&mut self, at: Duration, rule: BodyRule, out: &mut Vec<Found>) {
        if let Some(response) = &mut self.response {
            (response.rule, response.head_at) = (Some(rule), at);
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

    fn complete(&mut self, at: Duration, end: WholeEnd, out: &mut Vec<Found>) {
        let Some(response) = self.response.take() else { return };
        let finding = Finding::Complete { end, count: response.count() };
        self.end(at, &response, finding, out);
    }

    // ---- the end of the connection
    // ------------------------------------------------------------------------------

    /// A FIN passed; `ending` is what it means where it came.
    pub(super) fn fin(&mut self, at: Duration, flow: Flow, ending: Ending, out: &mut Vec<Found>) {
        let first = self.note_end(at, flow, Cut::Fin);
        if flow == Flow::Responses {
            self.cut(at, first, ending, out);
        }
    }

    /// An RST passed; `ending` is what it means for the responses.
    pub(super) fn rst(&mut self, at: Duration, flow: Flow, cause: Cause, ending: Ending, out: &mut Vec<Found>) {
        match cause {
            Cause::RelayStops => return self.stop(at, out),
            Cause::OriginRefused | Cause::OriginTimedOut | Cause::OriginUnreachable { .. } => {
                return self.no_origin(at, out);
            }
            _ => {}
        }
        let first = self.note_end(at, flow, Cut::Rst);
        self.cut(at, first, ending, out);
    }

    /// The socket was closed; what is open now has no end.
    pub(super) fn closed(&mut self, at: Duration, out: &mut Vec<Found>) {
        match self.first_end {
            Some(first) if first.flow == Flow::Requests => self.cut(at, first, Ending::BodyTorn, out),
            Some(_) | None => self.stop(at, out),
        }
    }

    fn note_end(&mut self, at: Duration, flow: Flow, cut: Cut) -> FirstEnd {
        let idle = at.saturating_sub(self.last_octet);
        *self.first_end.get_or_insert(FirstEnd { flow, cut, at, idle })
    }

    fn cut(&mut self, at: Duration, first: FirstEnd, ending: Ending, out: &mut Vec<Found>) {
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

    fn unanswered(&mut self, at: Duration, first: FirstEnd, out: &mut Vec<Found>) {
        let Some(request) = self.requests.front() else { return };
        let waited = Seconds(first.at.saturating_sub(request.at));
        let (cut, idle) = (first.cut, Seconds(first.idle));
        let finding = match first.flow {
            Flow::Requests => Finding::ClientLeft { cut, count: None, idle },
            Flow::Responses => Finding::Unanswered { cut, waited },
        };
        self.end_without_response(at, finding, out);
    }

    fn no_origin(&mut self, at: Duration, out: &mut Vec<Found>) {
        self.end_without_response(at, Finding::NoOrigin, out);
    }

    fn stop(&mut self, at: Duration, out: &mut Vec<Found>) {
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

    fn end_without_response(&mut self, at: Duration, finding: Finding, out: &mut Vec<Found>) {
        let response = Response { number: self.responses + 1, last_octet: self.last_octet, ..Response::default() };
        self.end(at, &response, finding, out);
        self.requests.clear();
    }

    /// The response has ended, in whichever way.
    fn end(&mut self, at: Duration, response: &Response, finding: Finding, out: &mut Vec<Found>) {
        let request = self.requests.pop_front();
        let proof = |what, at| Evidence { what, at, connection: self.id, event: 0 };
        let mut evidence = Vec::new();
        evidence.extend(request.map(|request| proof(Proof::Request, request.at)));
        evidence.extend(response.rule.map(|_| proof(Proof::Head, response.head_at)));
        let event = |at| Evidence { event: response.dispatched, ..proof(Proof::Event, at) };
        evidence.extend(response.events.last().map(event));
        evidence.push(proof(Proof::LastOctet, response.last_octet));
        evidence.push(proof(Proof::End, at));
        out.push(Found { at, connection: self.id, message: response.number, finding, evidence });
    }
}

/// Requests that wait; the server of a connection answers in order, and further ones are not
/// followed.
const MOST_REQUESTS: usize = 64;
