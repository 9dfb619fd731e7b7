//! What a client will make of a case: its steps, with the defaults, are read by the dissector.
//!
//! ```text
//! head 200 OK              the dissector expects 20 octets of body
//!   Content-Length: 20
//! data "hello"             5 of them
//! fin                      warning: this FIN comes inside a body, 15 octets before its end
//! ```
//!
//! This is the dissector that labels what the server sends, so a warning here and a row of the
//! trace agree. Octets that it cannot read, octets after the end of the response, and an end that
//! comes too early are warnings at the step that causes them. A script about such octets says
//! `intended`.

use std::sync::Arc;

use super::case::{Case, Condition};
use super::diagnostic::{Diagnostic, SourcePosition};
use super::parameter::{Parameter, Value};
use super::play::Play;
use super::script::{Act, Op};
use crate::wire::dissect::Dissector;
use crate::wire::ending::Ending;
use crate::wire::explain::Saying;
use crate::wire::flow::Flow;
use crate::wire::language::Language;
use crate::wire::span::Span;
use crate::wire::step::Step;

/// The warnings about all cases of a lesson. For each case: what is forbidden in its heads as a
/// whole, and the first thing that a client cannot read; later ones follow from it.
pub(super) fn check(cases: &[Arc<Case>], parameters: &[Parameter]) -> Vec<Diagnostic> {
    let mut warnings: Vec<Diagnostic> = Vec::new();
    let mut budget = BUDGET;
    for case in cases {
        let dissector = after_request(case);
        let mut linter = Linter { case, parameters, budget, dissector, chunked: false, remarks: Vec::new() };
        let warning = linter.play();
        budget = linter.budget;
        for warning in linter.remarks.into_iter().chain(warning) {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    warnings
}

struct Linter<'a> {
    case: &'a Arc<Case>,
    parameters: &'a [Parameter],
    /// Octets of this lesson that may still be dissected.
    budget: usize,
    dissector: Dissector,
    /// The last head said that chunks follow.
    chunked: bool,
    /// What is forbidden in a head, although each of its octets is legal.
    remarks: Vec<Diagnostic>,
}

impl Linter<'_> {
    fn play(&mut self) -> Option<Diagnostic> {
        let mut play = Play::new(Arc::clone(self.case), self.values());
        let mut steps = 0;
        let mut last = 0;
        while let Some(step) = play.next_step() {
            steps += 1;
            last = play.shown();
            let octets = self.octets(step.clone());
            if octets.len() > self.budget || steps > MOST_STEPS {
                return None;
            }
            self.budget -= octets.len();
            match step {
                Step::Fin => return self.at_fin(last),
                Step::Rst => return None,
                _ if !octets.is_empty() => {
                    if let Some((message, hint)) = self.piece(&octets, last) {
                        return self.warning(last, message, hint);
                    }
                }
                _ => {}
            }
        }
        // After a response to HTTP/1.0 the server sends FIN.
        if is_http10(self.case) { self.at_fin(last) } else { self.at_end(last) }
    }

    fn piece(&mut self, octets: &[u8], at: usize) -> Option<(String, String)> {
        let op = self.case.program.get(at).map(|instruction| &instruction.op);
        if let Some(Op::Act(Act::Head { is_interim: false, is_chunked, .. })) = op {
            self.chunked = *is_chunked;
        }
        if self.dissector.at_fin(Flow::Responses) == Ending::BetweenMessages {
            let message = "the response was complete before these octets";
            return Some((message.to_owned(), "they do not belong to it (RFC 9112 6.3)".to_owned()));
        }
        if let (Some(Op::Act(Act::Chunk { .. })), false) = (op, self.chunked) {
            let message = "this chunk is in a body that is not chunked";
            return Some((
                message.to_owned(),
                "its size line is data there; Transfer-Encoding: chunked is missing".to_owned(),
            ));
        }
        let spans = self.dissector.dissect(Flow::Responses, octets);
        for remark in spans.iter().flat_map(|span| span.remarks().iter()) {
            let message = Saying::Remark(remark).in_language(Language::En).to_string();
            self.remarks.extend(self.warning(at, message, format!("see {}", remark.section())));
        }
        let fault = spans.iter().find_map(Span::fault)?;
        Some((format!("a client cannot read these octets: {fault}"), format!("see {}", fault.section())))
    }

    fn at_fin(&self, at: usize) -> Option<Diagnostic> {
        match self.dissector.at_fin(Flow::Responses) {
            ending if ending.is_complete() => None,
            Ending::Unanswered { .. } => {
                self.warning(at, "the request gets no response".to_owned(), "curl says: empty reply (52)".to_owned())
            }
            ending => self.warning(at, format!("this FIN comes {ending}"), format!("see {}", ending.section())),
        }
    }

    fn at_end(&self, at: usize) -> Option<Diagnostic> {
        let is_waited_for = match self.dissector.at_fin(Flow::Responses) {
            Ending::BetweenMessages
            | Ending::FramingLost(_)
            | Ending::NotKnown(_)
            | Ending::TunnelClosed
            | Ending::TunnelTorn => return None,
            Ending::Unanswered { .. } => "a response",
            Ending::InsideHead => "the end of the head",
            Ending::BodyComplete { .. } | Ending::BodyTorn => "FIN: the body has no length",
            Ending::InsideBody { missing } => {
                let octets = if missing == 1 { "octet" } else { "octets" };
                let message = format!("the take ends {missing} {octets} before the end of the body");
                return self.warning(
                    at,
                    message,
                    "the connection stays open, and the client waits for them".to_owned(),
                );
            }
            Ending::InsideChunked { .. } => "the last chunk",
        };
        let message = "the take ends before the response does";
        self.warning(
            at,
            message.to_owned(),
            format!("the connection stays open, and the client waits for {is_waited_for}"),
        )
    }

    fn warning(&self, at: usize, message: String, hint: String) -> Option<Diagnostic> {
        let instruction = self.case.program.get(at).or(self.case.program.last())?;
        if instruction.intended {
            return None;
        }
        let hint = format!("{hint}; if that is intended, put \"intended\" before it");
        let SourcePosition { line, column, length } = instruction.position;
        Some(Diagnostic::warning(SourcePosition { line, column, length }, message, hint))
    }

    fn octets(&self, step: Step) -> Vec<u8> {
        let mut octets = Vec::new();
        step.encode(b"", &mut octets);
        octets
    }

    // The defaults, except for parameters that a condition of the case compares.
    fn values(&self) -> Vec<Value> {
        let mut values: Vec<Value> = self.parameters.iter().map(|parameter| parameter.default.clone()).collect();
        for condition in &self.case.conditions {
            if let Condition::Parameter { index, value } = condition
                && let Some(parameter) = self.parameters.get(*index)
                && let (Some(slot), Ok(value)) = (values.get_mut(*index), parameter.kind.read(value))
            {
                *slot = value;
            }
        }
        values
    }
}

/// A dissector that has read the request.
fn after_request(case: &Case) -> Dissector {
    let method = if case.conditions.contains(&Condition::Method("HEAD".to_owned())) { "HEAD" } else { "GET" };
    let version = if is_http10(case) { "HTTP/1.0" } else { "HTTP/1.1" };
    let mut dissector = Dissector::default();
    dissector.dissect(Flow::Requests, format!("{method} / {version}\r\nHost: x\r\n\r\n").as_bytes());
    dissector
}

fn is_http10(case: &Case) -> bool {
    case.conditions.contains(&Condition::Http10(true))
}

/// Octets of one lesson that are dissected at most.
const BUDGET: usize = 256 * 1024;
/// Steps of one case that are played at most.
const MOST_STEPS: usize = 4096;
