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
//! POST  /step              release a held step
//! GET   /lessons           which lessons exist; /lessons/NAME.lesson is the script
//! ANY   /lessons/NAME      play one
//! GET   /metrics           what has been counted, for Prometheus
//! POST  /v1/chat/completions  the stream of a language model
//! ```
//!
//! An address that is not in the table is 404, a method that an address does not have is 405 with `Allow`, an unknown
//! method is 501. HEAD is GET without the body, OPTIONS says what is allowed; no address has to know about either.
//!
//! - `visit`: what an address gets to work with.
//! - `parameters`, `problem`: the query, and why an address refuses.
//! - [`demo`], [`chat`]: sources of events; `piece`: what they give; [`stream`]: the stream that sends it.
//! - [`producer`]: where the steps of a response come from.
//! - `page`: the files of the live page, and which requests get it.
//! - `pages`, `streams`, `topics`, `lessons`, `readings`, `metrics`, [`operator`]: the addresses.
//!
//! A request that changes something is refused to web pages of other origins, and under any name that could have
//! been pointed at this machine: a page that the user happens to visit must not drive the server.

pub mod chat;
pub mod demo;
mod lessons;
mod metrics;
pub mod operator;
mod page;
mod pages;
mod parameters;
mod piece;
mod problem;
pub mod producer;
mod readings;
pub mod stream;
mod streams;
mod topics;
mod visit;

use operator::OperatorRequest;
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

pub use visit::Site;

/// What is done about a request.
#[derive(Debug)]
pub enum Answer {
    /// This response.
    Response(Producer, StepMode),
    /// The loop carries this out, and then responds.
    Operator(OperatorRequest),
}

struct Route {
    /// A path, or the beginning of one if it ends with a slash.
    path: &'static str,
    methods: &'static [Method],
    address: Address,
}

/// The function of an address.
enum Address {
    /// It makes a response.
    Response(fn(&mut Visit<'_>) -> Result<Producer, Problem>),
    /// Its response may be stepped by hand: `?step`.
    Stepped(fn(&mut Visit<'_>) -> Result<(Producer, StepMode), Problem>),
    /// It asks something of the server.
    Operator(fn(&mut Visit<'_>) -> Result<OperatorRequest, Problem>),
}

const ROUTES: &[Route] = &[
    Route { path: "/", methods: GET, address: Address::Response(pages::index) },
    Route { path: "/api/sse/events", methods: GET, address: Address::Response(streams::demo) },
    Route { path: "/echo", methods: ANY, address: Address::Response(pages::echo) },
    Route { path: "/plain", methods: GET, address: Address::Response(pages::plain) },
    Route { path: "/lessons", methods: GET, address: Address::Response(lessons::list) },
    Route { path: "/lessons/smuggling/readings", methods: ANY, address: Address::Response(readings::draw) },
    Route { path: "/lessons/", methods: ANY, address: Address::Stepped(lessons::play) },
    Route { path: "/metrics", methods: GET, address: Address::Response(metrics::metrics) },
    Route { path: "/page/", methods: GET, address: Address::Response(page::file) },
    Route { path: "/step", methods: POST, address: Address::Operator(operator::step) },
    Route { path: "/trace", methods: GET, address: Address::Operator(operator::watch) },
    Route { path: "/topics", methods: GET, address: Address::Response(topics::list) },
    Route { path: "/topics/", methods: GET_AND_POST, address: Address::Response(topics::topic) },
    Route { path: "/v1/chat/completions", methods: POST, address: Address::Response(streams::chat) },
];

const GET: &[Method] = &[Method::Get, Method::Head, Method::Options];
const POST: &[Method] = &[Method::Post, Method::Options];
const GET_AND_POST: &[Method] = &[Method::Get, Method::Head, Method::Post, Method::Options];
const ANY: &[Method] =
    &[Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];

/// What is done about a complete request.
#[inline(never)]
pub fn respond(site: &Site, request: &Request, topics: &mut Topics, cx: &Context<'_>) -> Answer {
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
    let answer = route.answer(&mut Visit { site, request, topics, cx, rest });
    answer.unwrap_or_else(|problem| Answer::Response(refuse(&problem, head, cx), route.step_mode()))
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
        // A page asks for permission before it sends what a form could not send: a reconnecting EventSource its
        // Last-Event-ID, an SDK Content-Type, Authorization and fields of its own. The operator has named the origin:
        // it gets permission.
        Some(_) => {
            let asked = request.fields().first("access-control-request-headers").unwrap_or(b"Last-Event-ID");
            site.open_to_origin(request, head).with("Access-Control-Allow-Headers", asked.to_vec())
        }
        None => head,
    };
    Producer::script([Step::Head(head)])
}

fn find(head: &RequestHead) -> Result<(&'static Route, &str), Problem> {
    if let Method::Unknown | Method::Connect = head.method() {
        return Err(Problem::new(501, format!("the method {} is not known here (RFC 9110 9.1)", head.method_token())));
    }
    // The list of what is below an address is often asked for with a slash.
    let path = if head.path() == "/lessons/" { "/lessons" } else { head.path() };
    let Some((route, rest)) = ROUTES.iter().find_map(|route| Some((route, route.rest_of(path)?))) else {
        return Err(Problem::new(404, format!("there is no {} here; GET / says what there is", head.path())));
    };
    if !route.methods.contains(&head.method()) {
        let allow = allow(route.methods);
        let sentence = format!("{} does not have the method {}, but {allow}", head.path(), head.method_token());
        return Err(Problem::new(405, sentence).allowing(allow));
    }
    Ok((route, rest))
}

fn refuse(problem: &Problem, request: &RequestHead, cx: &Context<'_>) -> Producer {
    cx.metrics.refused(problem.name());
    Producer::whole(problem.response(), request.method())
}

impl Route {
    fn rest_of<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.path)?;
        let takes_rest = self.path.len() > 1 && self.path.ends_with('/');
        (takes_rest != rest.is_empty()).then_some(rest)
    }

    fn answer(&self, visit: &mut Visit<'_>) -> Result<Answer, Problem> {
        match self.address {
            Address::Response(respond) => respond(visit).map(|producer| Answer::Response(producer, self.step_mode())),
            Address::Stepped(respond) => respond(visit).map(|(producer, mode)| Answer::Response(producer, mode)),
            Address::Operator(ask) => ask(visit).map(Answer::Operator),
        }
    }

    // An operator must get a response to release anything, whatever the response is.
    fn step_mode(&self) -> StepMode {
        match self.address {
            Address::Response(_) | Address::Stepped(_) => StepMode::AsConnection,
            Address::Operator(_) => StepMode::Never,
        }
    }
}

fn allow(methods: &[Method]) -> String {
    let names: Vec<String> = methods.iter().map(|method| format!("{method:?}").to_ascii_uppercase()).collect();
    names.join(", ")
}
