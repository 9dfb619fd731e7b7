//! The addresses of streams that the server makes itself: the demo and the chat.

use std::time::Duration;

use super::chat::{ChatError, ChatEvents, ChatOptions, ChatRequest, error_body};
use super::demo::DemoEvents;
use super::parameters::Parameters;
use super::problem::Problem;
use super::producer::Producer;
use super::stream::Stream;
use super::topics;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::wire::fields::{decimal, is_decimal};
use crate::wire::framing::BodyFraming;
use crate::wire::request::{Request, RequestHead};
use crate::wire::response::ResponseHead;
use crate::wire::start_line::Method;
use crate::wire::step::Step;

/// `GET /api/sse/events`.
pub(super) fn demo(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    let query = &visit.query;
    let count = query.number("count", 0..=100_000)?.unwrap_or(100);
    let interval = query.duration("interval")?.unwrap_or(Duration::from_millis(100));
    let retry = query.duration("retry")?;
    let has_ids = !query.is_none("id")?;
    // Without ids a client has none to return, and the stream starts over each time.
    let seen = if has_ids { last_event_id(head, query) } else { 0 };
    if seen > 0 && seen >= count {
        // An EventSource reconnects after every end of a 200; 204 tells it to stop, and is no error
        // (WHATWG HTML, "Processing model").
        let enough = visit.site.open_to_origin(head, ResponseHead::new(204, BodyFraming::None));
        return Ok(Producer::script([Step::Head(enough)]));
    }
    let response = visit.event_stream();
    if head.method() == Method::Head {
        return Ok(Producer::script([Step::Head(response)]));
    }
    let events = DemoEvents { next: seen + 1, last: count, retry, has_ids };
    Ok(Producer::stream(Stream::demo(response, events, interval, visit.cx.limits.heartbeat)))
}

// The number of the last event that the client has; 0 for none, and for an id that is no number.
// One that is too large for 64 bits is beyond the last event as well.
fn last_event_id(head: &RequestHead, query: &Parameters) -> u64 {
    let id = topics::last_event_id(head, query).unwrap_or_default();
    if is_decimal(id.as_bytes()) { decimal(id.as_bytes()).unwrap_or(u64::MAX) } else { 0 }
}

/// `POST /v1/chat/completions`.
pub(super) fn chat(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    Ok(match read(visit.request, &visit.query) {
        Ok(request) if request.streams() => {
            let events = ChatEvents::new(request);
            Producer::stream(Stream::chat(visit.event_stream(), events, visit.cx.limits.heartbeat))
        }
        Ok(request) => {
            // As long as the tokens of a stream would take.
            let mut steps = vec![Step::Wait(request.whole_delay())];
            steps.extend(visit.open(json(200, request.whole())).steps(Some(head.method())));
            Producer::script(steps)
        }
        // In the shape in which the SDKs expect errors.
        Err(error) => {
            visit.cx.metrics.refused("bad-request");
            let body = error_body(&error.to_string(), "invalid_request_error");
            visit.whole(visit.open(json(400, body)))
        }
    })
}

fn read(request: &Request, query: &Parameters) -> Result<ChatRequest, ChatError> {
    let error = |problem: Problem| ChatError::Parameter(problem.sentence());
    let delay = query.duration("delay").map_err(error)?;
    ChatRequest::read(&request.body, ChatOptions { language: query.value("lang"), delay, fault: query.value("fault") })
}

fn json(status: u16, body: String) -> Response {
    Response::new(status, b"application/json".as_slice(), body.into_bytes())
}
