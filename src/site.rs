//! Room 6, the addresses: which request gets which response. The routing table on one screen:
//!
//! ```text
//! GET   /                  the live page for a browser, else what is here and how to begin
//! GET   /page/NAME         a file of the live page
//! GET   /api/sse/events    the stream of the founding article
//! ANY   /echo              the request's body back
//! GET   /plain             a few fixed octets with Content-Length
//! GET   /topics            which topics exist
//! GET   /topics/NAME       subscribe to a topic
//! POST  /topics/NAME       publish to it
//! GET   /trace             follow what passes the sockets
//! GET   /labels            what the numbers of the compact trace stand for
//! GET   /trace/now         the clock of the trace
//! GET   /trace/pcapng      a capture of one connection
//! POST  /step              release a held step
//! GET   /lessons           which lessons exist; /lessons/NAME.lesson is the script
//! ANY   /lessons/NAME      play one
//! GET   /metrics           what has been counted, for Prometheus
//! POST  /v1/chat/completions  the stream of a language model
//! ```
//!
//! An address that is not in the table is 404, a method that an address does not have is 405 with
//! `Allow`, an unknown method is 501. HEAD is GET without the body, OPTIONS says what is allowed;
//! no address has to know about either.
//!
//! - `visit`: what an address gets to work with.
//! - `parameters`, `problem`: the query, and why an address refuses.
//! - [`demo`], [`chat`]: sources of events; `piece`: what they give; [`stream`]: the stream that
//!   sends it.
//! - [`producer`]: where the steps of a response come from.
//! - `page`: the files of the live page, and which requests get it.
//! - `pages`, `streams`, `topics`, `lessons`, `readings`, `metrics`, [`operator`]: the addresses.
//!
//! A request that changes something is refused to web pages of other origins, and under any name
//! that could have been pointed at this machine: a page that the user happens to visit must not
//! drive the server.

pub mod chat;
pub mod demo;
mod lessons;
mod metrics;
pub mod operator;
mod page;
mod pages;
mod parameters;
mod path;
mod piece;
mod problem;
pub mod producer;
mod readings;
pub mod stream;
mod streams;
mod topics;
mod visit;

use std::borrow::Cow;

use operator::OperatorRequest;
use parameters::Parameters;
use problem::Problem;
use producer::Producer;
use visit::Visit;

use crate::exchange::context::Context;
use crate::exchange::stepping::StepMode;
use crate::topic::topics::Topics;
use crate::wire::framing::BodyFraming;
use crate::wire::request::{Request, RequestHead};
use crate::wire::response::ResponseHead;
use crate::wire::start_line::Method;
use crate::wire::step::Step;

pub use visit::{Client, Operator, Site};

/// What is done about a request.
#[derive(Debug)]
pub enum Answer {
    /// A response of steps, and how they are released.
    Response(Producer, StepMode),
    /// The loop carries this out, and then responds.
    Operator(OperatorRequest),
}

struct Route {
    /// A path, or the beginning of one if it ends with a slash.
    path: &'static str,
    methods: &'static [Method],
    /// The parameters that the address knows, beside `step` and `tag`.
    parameters: &'static [&'static str],
    address: Address,
}

/// The function of an address.
enum Address {
    /// It makes a response.
    Response(fn(&mut Visit<'_>) -> Result<Producer, Problem>),
    /// It asks something of the server.
    Operator(fn(&mut Visit<'_>) -> Result<OperatorRequest, Problem>),
}

const ROUTES: &[Route] = &[
    route("/", GET, &["lang"], Address::Response(pages::index)),
    route("/api/sse/events", GET, DEMO, Address::Response(streams::demo)),
    route("/echo", ANY, &[], Address::Response(pages::echo)),
    route("/plain", GET, &[], Address::Response(pages::plain)),
    route("/labels", GET, &[], Address::Response(operator::labels)),
    route("/lessons", GET, &[], Address::Response(lessons::list)),
    route("/lessons/smuggling/readings", ANY, &[], Address::Response(readings::draw)),
    route("/lessons/", ANY, &[], Address::Response(lessons::play)),
    route("/metrics", GET, &[], Address::Response(metrics::metrics)),
    route("/page/", GET, &[], Address::Response(page::file)),
    route("/step", POST, &["connection", "count", "run"], Address::Operator(operator::step)),
    route("/trace", GET, TRACE, Address::Operator(operator::watch)),
    route("/trace/now", GET, &[], Address::Operator(operator::now)),
    route("/trace/pcapng", GET, &["connection", "lang"], Address::Operator(operator::capture)),
    route("/topics", GET, &[], Address::Response(topics::list)),
    route("/topics/", GET_AND_POST, TOPIC, Address::Response(topics::topic)),
    route("/v1/chat/completions", POST, &["lang", "delay", "fault"], Address::Response(streams::chat)),
];

const DEMO: &[&str] = &["count", "interval", "retry", "id", "last_event_id", "lastEventId"];
const TRACE: &[&str] = &["connection", "form", "lang", "last_event_id", "lastEventId"];
const TOPIC: &[&str] = &["last_event_id", "lastEventId", "event", "id"];

const fn route(
    path: &'static str,
    methods: &'static [Method],
    parameters: &'static [&'static str],
    address: Address,
) -> Route {
    Route { path, methods, parameters, address }
}

const GET: &[Method] = &[Method::Get, Method::Head, Method::Options];
const POST: &[Method] = &[Method::Post, Method::Options];
const GET_AND_POST: &[Method] = &[Method::Get, Method::Head, Method::Post, Method::Options];
const ANY: &[Method] =
    &[Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];

/// What is done about a complete request of the client with this address.
#[inline(never)]
pub fn respond(site: &Site, request: &Request, client: Client, topics: &mut Topics, cx: &Context<'_>) -> Answer {
    let head = &request.head;
    if head.is_asterisk() {
        return Answer::Response(allowed(site, ANY, head), StepMode::AsConnection);
    }
    let (route, rest) = match find(head) {
        Ok(found) => found,
        Err(problem) => return Answer::Response(refuse(&problem, head, cx), StepMode::AsConnection),
    };
    if head.method() == Method::Options {
        return Answer::Response(allowed(site, route.methods, head), route.step_mode());
    }
    let answer = Parameters::parse(head.query(), route.parameters)
        .and_then(|query| route.answer(&mut Visit { site, request, topics, cx, query, rest: &rest, client }));
    answer.unwrap_or_else(|problem| Answer::Response(refuse(&problem, head, cx), route.step_mode()))
}

/// How many parameters of the request's query are ignored, since the address does not know them. A
/// lesson knows its own.
pub fn ignored_parameters(head: &RequestHead) -> usize {
    match find(head) {
        Ok((route, rest)) if rest.is_empty() => Parameters::ignored(head.query(), route.parameters),
        Ok(_) | Err(_) => 0,
    }
}

/// Whether the client may send the body of a request with this head.
///
/// # Errors
/// It need not: this is the response to give at once.
pub fn permit(head: &RequestHead, cx: &Context<'_>) -> Result<(), Producer> {
    find(head).map(|_| ()).map_err(|problem| refuse(&problem, head, cx))
}

fn allowed(site: &Site, methods: &[Method], request: &RequestHead) -> Producer {
    let head = ResponseHead::new(204, BodyFraming::None).with("Allow", allow(methods).into_bytes());
    let head = match site.allowed_origin(request) {
        // A page asks for permission before it sends what a form could not send: a reconnecting
        // EventSource its Last-Event-ID, an SDK Content-Type, Authorization and fields of its own.
        // The operator has named the origin: it gets permission.
        Some(_) => {
            let asked = request.fields().first("access-control-request-headers").unwrap_or(b"Last-Event-ID");
            site.open_to_origin(request, head).with("Access-Control-Allow-Headers", asked.to_vec())
        }
        None => head,
    };
    Producer::script([Step::Head(head)])
}

fn find(head: &RequestHead) -> Result<(&'static Route, Cow<'_, str>), Problem> {
    if let Method::Unknown | Method::Connect = head.method() {
        let method = head.method_token();
        return Err(Problem::new(501, format!("the method {method} is not known here (RFC 9110 9.1)"))
            .in_korean(format!("메서드 {method}은(는) 이 서버가 모르는 것임 (RFC 9110 9.1)")));
    }
    // The list of what is below an address is often asked for with a slash.
    let path = if head.path() == "/lessons/" { "/lessons" } else { head.path() };
    let path = path::normalise(path);
    let Some((route, start)) = ROUTES.iter().find_map(|route| Some((route, route.rest_of(&path)?))) else {
        return Err(Problem::new(404, format!("there is no {} here; GET / says what there is", head.path()))
            .in_korean(format!("{}은(는) 이 서버에 없음. 무엇이 있는지는 GET /", head.path())));
    };
    if !route.methods.contains(&head.method()) {
        let allow = allow(route.methods);
        let sentence = format!("{} does not have the method {}, but {allow}", head.path(), head.method_token());
        let korean = format!("{}에는 메서드 {}이(가) 없음. 있는 것은 {allow}", head.path(), head.method_token());
        return Err(Problem::new(405, sentence).in_korean(korean).allowing(allow));
    }
    let rest = match path {
        Cow::Borrowed(path) => Cow::Borrowed(&path[start..]),
        Cow::Owned(mut path) => Cow::Owned(path.split_off(start)),
    };
    Ok((route, rest))
}

fn refuse(problem: &Problem, request: &RequestHead, cx: &Context<'_>) -> Producer {
    cx.metrics.refused(problem.name());
    Producer::whole(problem.response(cx.language), request.method())
}

impl Route {
    // Where the part of the path after the address begins, if the path is one of this address.
    fn rest_of(&self, path: &str) -> Option<usize> {
        let rest = path.strip_prefix(self.path)?;
        let takes_rest = self.path.len() > 1 && self.path.ends_with('/');
        (takes_rest != rest.is_empty()).then_some(self.path.len())
    }

    fn answer(&self, visit: &mut Visit<'_>) -> Result<Answer, Problem> {
        // The live page plays such a stream; it is none itself.
        let is_stepped = visit.query.has("step") && !page::is_navigation(&visit.request.head);
        match self.address {
            Address::Response(respond) if is_stepped => {
                visit.site.check_operator(&visit.request.head, visit.client)?;
                respond(visit).map(|producer| Answer::Response(producer, StepMode::EachStep))
            }
            Address::Response(respond) => {
                respond(visit).map(|producer| Answer::Response(producer, StepMode::AsConnection))
            }
            Address::Operator(ask) => ask(visit).map(Answer::Operator),
        }
    }

    // An operator must get a response to release anything, whatever the response is.
    fn step_mode(&self) -> StepMode {
        match self.address {
            Address::Response(_) => StepMode::AsConnection,
            Address::Operator(_) => StepMode::Never,
        }
    }
}

fn allow(methods: &[Method]) -> String {
    let names: Vec<String> = methods.iter().map(|method| format!("{method:?}").to_ascii_uppercase()).collect();
    names.join(", ")
}
