//! The addresses of topics: the list, subscribing, publishing.

use std::borrow::Cow;

use super::parameters::Parameters;
use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::topic::publication::Publication;
use crate::topic::subscription::Subscription;
use crate::wire::request::RequestHead;
use crate::wire::start_line::Method;
use crate::wire::step::Step;

/// `GET /topics`.
pub(super) fn list(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    visit.site.check_host(&visit.request.head)?;
    let mut list = String::from("topic  subscribers  events kept  last id\n");
    for topic in visit.topics.summaries() {
        let last_id = topic.last_id.as_deref().unwrap_or("-");
        list.push_str(&format!("{}  {}  {}  {last_id}\n", topic.name, topic.subscribers, topic.kept));
    }
    Ok(visit.whole(Response::new(200, b"text/plain; charset=utf-8".as_slice(), list.into_bytes())))
}

/// `GET /topics/NAME` and `POST /topics/NAME`.
pub(super) fn topic(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    if visit.request.head.method() == Method::Post { publish(visit) } else { subscribe(visit) }
}

fn subscribe(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    visit.site.check_host(head)?;
    let query = &visit.query;
    let last_id = last_event_id(head, query);
    let response = visit.event_stream();
    if head.method() == Method::Head {
        visit.topics.check_name(visit.rest)?;
        return Ok(Producer::script([Step::Head(response)]));
    }
    let (subscriber, missed) = visit.topics.subscribe(visit.rest, last_id.as_deref(), visit.cx.now)?;
    Ok(Producer::Subscription(Subscription::new(response, subscriber, missed)))
}

/// The id of the last event that the client has had. Some clients cannot set a field: for them the
/// id stands in the query. Where both are there, the query is of the first request and the field of
/// a reconnection. An id that is not UTF-8 is one that was never given out.
pub(super) fn last_event_id<'a>(head: &'a RequestHead, query: &'a Parameters) -> Option<Cow<'a, str>> {
    let field = head.fields().first("last-event-id").map(String::from_utf8_lossy);
    let query = ["last_event_id", "lastEventId"].map(|name| query.value(name).map(Cow::Borrowed));
    [field].into_iter().chain(query).flatten().find(|id| !id.is_empty())
}

fn publish(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    visit.site.check_driver(head)?;
    let query = &visit.query;
    let data = std::str::from_utf8(&visit.request.body).map_err(|_| {
        Problem::new(400, "an event stream is UTF-8, and the body is not")
            .in_korean("이벤트 스트림은 UTF-8이어야 하는데 본문이 그렇지 않음")
    })?;
    let event_type = query.value("event").filter(|event_type| !event_type.is_empty());
    let event = Publication { data, event_type, id: query.value("id") };
    let id = visit.topics.publish(visit.rest, &event, visit.cx.now)?;
    Ok(visit.whole(Response::text(202, &id)))
}
