//! Which request gets which producer: the routing table on one screen.
//!
//! ```text
//! GET   /                  what is here, and how to begin
//! GET   /api/sse/events    the stream of the founding article
//! ANY   /echo              the request's body back
//! GET   /plain             a few fixed octets with Content-Length
//! GET   /topics            which topics there are
//! GET   /topics/NAME       follow a topic
//! POST  /topics/NAME       publish to it
//! GET   /trace             follow what passes the sockets
//! POST  /step              let a held step go
//! GET   /lessons           which lessons there are; /lessons/NAME.lesson is the script
//! ANY   /lessons/NAME      play one
//! GET   /metrics           what has been counted, for Prometheus
//! POST  /v1/chat/completions  the stream of a language model
//! ```
//!
//! What is not in the table is 404, a method that an address does not have is 405 with `Allow`, a method that nobody knows
//! is 501. HEAD is GET without the body, OPTIONS says what is allowed; no address has to know about either.
//!
//! An address is a function from request to [`Producer`], or to a problem that becomes a response with one sentence.
//!
//! What changes something (POST to a topic) is refused to web pages of other origins, and under any name that somebody
//! could have pointed at this machine: a page that the user happens to visit must not be able to drive the server.

mod lessons;
mod readings;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::exchange::chat::{Chat, Complaint, Extras, Order};
use crate::exchange::connection::Moment;
use crate::exchange::console::{Console, Release};
use crate::exchange::producer::{Demo, Producer, Subscription};
use crate::lesson::library::Library;
use crate::topic::{Publication, TRACE, TopicError, Topics};
use crate::trace::record::ConnectionId;
use crate::wire::fields::{Fields, decimal};
use crate::wire::framing::BodyFraming;
use crate::wire::request::{Request, RequestHead};
use crate::wire::response::ResponseHead;
use crate::wire::start_line::{Method, Version};
use crate::wire::step::Step;

/// The addresses of the server, and to whom they are open.
#[derive(Debug, Default)]
pub struct Site {
    /// Names, beside addresses and `localhost`, under which the server may be told to change something.
    pub hosts: Vec<String>,
    /// What `/lessons` has.
    pub library: Library,
    /// An origin whose pages may read the streams: `Access-Control-Allow-Origin`.
    pub cors: Option<String>,
}

/// What an address gets to work with.
struct Visit<'a> {
    site: &'a Site,
    request: &'a Request,
    topics: &'a mut Topics,
    moment: &'a Moment<'a>,
    /// What stands behind the address in the path.
    rest: &'a str,
}

struct Route {
    /// A path, or the beginning of one if it ends with a slash.
    path: &'static str,
    methods: &'static [Method],
    answer: fn(&mut Visit<'_>) -> Result<Producer, Problem>,
}

const ROUTES: &[Route] = &[
    Route { path: "/", methods: GET, answer: index },
    Route { path: "/api/sse/events", methods: GET, answer: events },
    Route { path: "/echo", methods: ANY, answer: echo },
    Route { path: "/plain", methods: GET, answer: plain },
    Route { path: "/lessons", methods: GET, answer: lessons::list },
    Route { path: "/lessons/", methods: ANY, answer: lessons::play },
    Route { path: "/metrics", methods: GET, answer: metrics },
    Route { path: "/step", methods: POST, answer: step },
    Route { path: "/trace", methods: GET, answer: trace },
    Route { path: "/topics", methods: GET, answer: list_topics },
    Route { path: "/topics/", methods: GET_AND_POST, answer: topic },
    Route { path: "/v1/chat/completions", methods: POST, answer: chat },
];

const GET: &[Method] = &[Method::Get, Method::Head, Method::Options];
const POST: &[Method] = &[Method::Post, Method::Options];
const GET_AND_POST: &[Method] = &[Method::Get, Method::Head, Method::Post, Method::Options];
const ANY: &[Method] =
    &[Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];

impl Site {
    /// The producer of the response to a complete request.
    pub fn respond(&self, request: &Request, topics: &mut Topics, moment: &Moment<'_>) -> Producer {
        self.answer(request, topics, moment).unwrap_or_else(|problem| problem.producer(&request.head, moment))
    }

    /// Whether the request may send its body.
    ///
    /// # Errors
    /// It need not: this is the response to give at once.
    pub fn admit(&self, head: &RequestHead, moment: &Moment<'_>) -> Result<(), Producer> {
        find(head).map(|_| ()).map_err(|problem| problem.producer(head, moment))
    }

    fn answer(&self, request: &Request, topics: &mut Topics, moment: &Moment<'_>) -> Result<Producer, Problem> {
        let head = &request.head;
        if head.is_asterisk() {
            return Ok(self.allowed(ANY, head));
        }
        let (route, rest) = find(head)?;
        if head.method() == Method::Options {
            return Ok(self.allowed(route.methods, head));
        }
        (route.answer)(&mut Visit { site: self, request, topics, moment, rest })
    }

    fn allowed(&self, methods: &[Method], request: &RequestHead) -> Producer {
        let head = ResponseHead::new(204, BodyFraming::None).with("Allow", allow(methods).into_bytes());
        let head = match self.allowed_origin(request) {
            // A page asks leave first for what a form could not send: a reconnecting EventSource for its Last-Event-ID, an
            // SDK for Content-Type, Authorization and fields of its own. The operator has named the origin: it gets leave.
            Some(_) => {
                let asked = request.fields().first("access-control-request-headers").unwrap_or(b"Last-Event-ID");
                self.open_to_origin(request, head).with("Access-Control-Allow-Headers", asked.to_vec())
            }
            None => head,
        };
        Producer::script([Step::Head(head)])
    }

    fn allowed_origin(&self, request: &RequestHead) -> Option<&str> {
        let origin = request.fields().first("origin")?;
        self.cors.as_deref().filter(|allowed| *allowed == "*" || allowed.as_bytes() == origin)
    }

    fn open_to_origin(&self, request: &RequestHead, head: ResponseHead) -> ResponseHead {
        match self.allowed_origin(request) {
            Some(origin) => head
                .with("Access-Control-Allow-Origin", origin.to_owned().into_bytes())
                .with("Vary", b"Origin".as_slice()),
            None => head,
        }
    }

    /// Refuses what a web page of another origin, or one that has rebound its name to this machine, could send.
    fn check_driver(&self, request: &RequestHead) -> Result<(), Problem> {
        let host = request.host();
        if !self.is_own_name(host_name(host)) {
            let sentence =
                format!("{host:?} is not a name of this server; wirestep --host {} would make it one", host_name(host));
            return Err(Problem::new(403, sentence));
        }
        match request.fields().first("origin") {
            Some(origin) if origin != format!("http://{host}").as_bytes() => Err(Problem::new(
                403,
                "a page of another origin may neither change anything here nor see the trace".to_owned(),
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn is_own_name(&self, name: &str) -> bool {
        name.is_empty()
            || name.eq_ignore_ascii_case("localhost")
            || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
            || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }
}

// The host without its port.
fn host_name(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        Some(_) | None => host,
    }
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
        return Err(Problem { allow: Some(allow), ..Problem::new(405, sentence) });
    }
    Ok((route, rest))
}

impl Route {
    fn rest_of<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.path)?;
        let takes_rest = self.path.len() > 1 && self.path.ends_with('/');
        (takes_rest != rest.is_empty()).then_some(rest)
    }
}

// ---- the addresses -------------------------------------------------------------------------------------------

fn index(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let request = visit.request;
    no_parameters(&request.head)?;
    let wants_html = request.head.fields().list("accept").any(|range| range.starts_with(b"text/html"));
    let (content_type, page) = if wants_html {
        ("text/html; charset=utf-8", Cow::Borrowed(include_bytes!("site/index.html").as_slice()))
    } else {
        // Commands that can be copied: the host is valid, or the request would have been refused.
        let host = Some(request.head.host()).filter(|host| !host.is_empty());
        let page = include_str!("site/index.txt").replace("HOST", host.unwrap_or("127.0.0.1:8080"));
        ("text/plain; charset=utf-8", Cow::Owned(page.into_bytes()))
    };
    // A cache must not give the browser's page to curl (RFC 9110 section 12.5.5).
    Ok(whole(&request.head, content_type.as_bytes(), page, |head| head.with("Vary", b"Accept".as_slice())))
}

fn plain(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    no_parameters(&visit.request.head)?;
    Ok(whole(&visit.request.head, b"text/plain", b"Hello, wire!\n", |head| head))
}

fn echo(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let request = visit.request;
    let head = &request.head;
    let content_type = head.fields().first("content-type").unwrap_or(b"application/octet-stream").to_vec();
    let framing = match head.framing() {
        BodyFraming::None | BodyFraming::CloseDelimited => "no body".to_owned(),
        BodyFraming::ContentLength(length) => format!("Content-Length: {length}"),
        BodyFraming::Chunked => format!("chunked, {} octets of data", request.body.len()),
    };
    Ok(whole(head, content_type, request.body.clone(), |head| head.with("Request-Framing", framing.into_bytes())))
}

fn events(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    let query = Parameters::parse(head.query(), &["count", "interval", "retry", "id"])?;
    let count = query.number("count", 0..=100_000)?.unwrap_or(100);
    let interval = query.duration("interval")?.unwrap_or(Duration::from_millis(100));
    let retry = query.duration("retry")?;
    let has_ids = !query.is_none("id")?;
    // Without ids there is nothing that a client could have sent back, and such a stream starts over each time.
    let seen = if has_ids { last_event_id(head.fields()) } else { 0 };
    if seen > 0 && seen >= count {
        // An EventSource comes back after every end of a 200; 204 is the answer that tells it to stop, and is no error
        // (WHATWG HTML, "Processing model").
        let enough = visit.site.open_to_origin(head, ResponseHead::new(204, BodyFraming::None));
        return Ok(Producer::script([Step::Head(enough)]));
    }
    let response = visit.event_stream();
    if head.method() == Method::Head {
        return Ok(Producer::script([Step::Head(response)]));
    }
    let demo = Demo::new(response, seen + 1, count, interval, retry);
    Ok(Producer::Demo(Box::new(if has_ids { demo } else { demo.without_ids() })))
}

// The number of the last event that the client has; 0 for none, and for an id that is no number. One that is too large for
// 64 bits is beyond the last event as well.
fn last_event_id(fields: &Fields) -> u64 {
    let id = fields.first("last-event-id").filter(|id| !id.is_empty() && id.iter().all(u8::is_ascii_digit));
    id.and_then(|id| std::str::from_utf8(id).ok()).map_or(0, |id| id.parse().unwrap_or(u64::MAX))
}

fn metrics(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    no_parameters(&visit.request.head)?;
    let page = visit.moment.metrics.render(visit.topics);
    Ok(whole(&visit.request.head, b"text/plain; version=0.0.4; charset=utf-8", page.into_bytes(), |head| head))
}

fn trace(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    // What passes here may be private, so a page that cannot drive the server cannot look at it either.
    visit.site.check_driver(head)?;
    let query = Parameters::parse(head.query(), &["connection", "last_event_id"])?;
    let connection = query.number("connection", 1..=u64::from(u32::MAX))?.map(ConnectionId::new);
    let last_id = asked_for(head, &query);
    let response = visit.event_stream();
    if head.method() == Method::Head {
        return Ok(Producer::script([Step::Head(response)]));
    }
    let (seat, missed) = visit.topics.subscribe(TRACE, last_id.as_deref(), visit.moment.now)?;
    let subscription = Subscription::new(response, seat, missed).about(connection);
    Ok(Producer::Console(Box::new(Console::Watch(Box::new(subscription)))))
}

fn step(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    visit.site.check_driver(head)?;
    let query = Parameters::parse(head.query(), &["connection", "count", "run"])?;
    let connection = query.number("connection", 1..=u64::MAX)?.map(ConnectionId::new);
    let count = query.number("count", 1..=u64::from(u32::MAX))?;
    let release = match (query.value("run"), count) {
        (None, count) => Release::Next(count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1)),
        (Some(""), None) => Release::Run,
        (Some(_), Some(_)) => return Err(bad_parameter("run", format_args!("and \"count\" exclude each other"))),
        (Some(value), None) => return Err(bad_parameter("run", format_args!("has no value, so not {value:?}"))),
    };
    Ok(Producer::Console(Box::new(Console::Release { connection, release })))
}

fn list_topics(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    no_parameters(&visit.request.head)?;
    let mut list = String::from("topic  subscribers  events kept  last id\n");
    for topic in visit.topics.summaries() {
        let last_id = topic.last_id.as_deref().unwrap_or("-");
        list.push_str(&format!("{}  {}  {}  {last_id}\n", topic.name, topic.subscribers, topic.kept));
    }
    Ok(whole(&visit.request.head, b"text/plain; charset=utf-8", list.into_bytes(), |head| head))
}

fn topic(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    if visit.request.head.method() == Method::Post { publish(visit) } else { subscribe(visit) }
}

fn subscribe(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    let query = Parameters::parse(head.query(), &["last_event_id"])?;
    let last_id = asked_for(head, &query);
    let response = visit.event_stream();
    if head.method() == Method::Head {
        visit.topics.check_name(visit.rest)?;
        return Ok(Producer::script([Step::Head(response)]));
    }
    let (seat, missed) = visit.topics.subscribe(visit.rest, last_id.as_deref(), visit.moment.now)?;
    Ok(Producer::Subscription(Subscription::new(response, seat, missed)))
}

// Some clients cannot set a field: for them the id stands in the query. Where both are there, the query is of the first
// request and the field of a reconnect. What is not UTF-8 is an id all the same, one that was never given out.
fn asked_for<'a>(head: &'a RequestHead, query: &'a Parameters) -> Option<Cow<'a, str>> {
    let field = head.fields().first("last-event-id").map(String::from_utf8_lossy);
    let query = query.value("last_event_id").map(Cow::Borrowed);
    [field, query].into_iter().flatten().find(|id| !id.is_empty())
}

fn publish(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    visit.site.check_driver(head)?;
    let query = Parameters::parse(head.query(), &["event", "id"])?;
    let data = std::str::from_utf8(&visit.request.body)
        .map_err(|_| Problem::new(400, "an event stream is UTF-8, and the body is not".to_owned()))?;
    let event_type = query.value("event").filter(|event_type| !event_type.is_empty());
    let event = Publication { data, event_type, id: query.value("id") };
    let id = visit.topics.publish(visit.rest, &event, visit.moment.now)?;
    let body = format!("{id}\n").into_bytes();
    let accepted = ResponseHead::new(202, BodyFraming::ContentLength(body.len() as u64))
        .with("Content-Type", b"text/plain; charset=utf-8".as_slice());
    Ok(Producer::whole(accepted, body))
}

fn chat(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    Ok(match order(visit.request) {
        Ok(order) if order.streams() => Producer::Chat(Box::new(Chat::new(visit.event_stream(), order))),
        Ok(order) => order.whole(|head| visit.site.open_to_origin(&visit.request.head, head)),
        Err(complaint) => {
            visit.moment.metrics.refused(reason(400));
            complaint.producer(|head| visit.site.open_to_origin(&visit.request.head, head))
        }
    })
}

fn order(request: &Request) -> Result<Order, Complaint> {
    let complaint = |problem: Problem| Complaint(problem.sentence);
    let query = Parameters::parse(request.head.query(), &["lang", "delay", "fault"]).map_err(complaint)?;
    let delay = query.duration("delay").map_err(complaint)?;
    Order::read(&request.body, Extras { language: query.value("lang"), delay, fault: query.value("fault") })
}

impl From<TopicError> for Problem {
    fn from(error: TopicError) -> Problem {
        let status = match error {
            TopicError::BadName | TopicError::BadEvent(_) | TopicError::BadId => 400,
            TopicError::IdTaken => 409,
            TopicError::TooLarge => 413,
            TopicError::TooMany => 503,
        };
        Problem::new(status, error.to_string())
    }
}

// ---- what responses have in common ---------------------------------------------------------------------------

impl Visit<'_> {
    /// The head of every event stream. To HTTP/1.0 no transfer coding may be sent: there FIN ends the body (RFC 9112 section 6.1).
    fn event_stream(&self) -> ResponseHead {
        let request = &self.request.head;
        let framing = match request.version() {
            Version::Http11 => BodyFraming::Chunked,
            Version::Http10 => BodyFraming::CloseDelimited,
        };
        let head = ResponseHead::new(200, framing)
            .with("Content-Type", b"text/event-stream".as_slice())
            .with("Cache-Control", b"no-cache".as_slice())
            // Read by nginx alone, which otherwise holds the events back.
            .with("X-Accel-Buffering", b"no".as_slice());
        self.site.open_to_origin(request, head)
    }
}

fn whole(
    request: &RequestHead,
    content_type: impl Into<Cow<'static, [u8]>>,
    body: impl Into<Cow<'static, [u8]>>,
    add: impl FnOnce(ResponseHead) -> ResponseHead,
) -> Producer {
    let body = body.into();
    let head = ResponseHead::new(200, BodyFraming::ContentLength(body.len() as u64)).with("Content-Type", content_type);
    answer_with(request, add(head), body)
}

// The answer to HEAD says what GET would say, and ends at its blank line (RFC 9110 section 9.3.2).
fn answer_with(request: &RequestHead, head: ResponseHead, body: Cow<'static, [u8]>) -> Producer {
    let body = if request.method() == Method::Head { Cow::Borrowed(b"".as_slice()) } else { body };
    Producer::whole(head, body)
}

fn allow(methods: &[Method]) -> String {
    let names: Vec<String> = methods.iter().map(|method| format!("{method:?}").to_ascii_uppercase()).collect();
    names.join(", ")
}

/// A request that cannot be answered as it was meant: a status code and one sentence.
#[derive(Debug)]
struct Problem {
    status: u16,
    sentence: String,
    allow: Option<String>,
}

impl Problem {
    fn new(status: u16, sentence: String) -> Problem {
        Problem { status, sentence, allow: None }
    }

    fn allowing(self, methods: &str) -> Problem {
        Problem { allow: Some(methods.to_owned()), ..self }
    }

    fn producer(self, request: &RequestHead, moment: &Moment<'_>) -> Producer {
        moment.metrics.refused(reason(self.status));
        let body = format!("{}\n", self.sentence).into_bytes();
        let mut head = ResponseHead::new(self.status, BodyFraming::ContentLength(body.len() as u64))
            .with("Content-Type", b"text/plain; charset=utf-8".as_slice());
        if let Some(allow) = self.allow {
            head = head.with("Allow", allow.into_bytes());
        }
        answer_with(request, head, body.into())
    }
}

// The name under which a refusal of the site is counted: what its status code says.
fn reason(status: u16) -> &'static str {
    match status {
        400 => "bad-request",
        403 => "forbidden",
        404 => "not-found",
        405 => "method-not-allowed",
        409 => "conflict",
        413 => "content-too-large",
        500 => "internal-server-error",
        501 => "not-implemented",
        503 => "service-unavailable",
        _ => "other",
    }
}

/// The parameters of a query, decoded; each known, and each there once.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(query: &str, known: &[&str]) -> Result<Parameters, Problem> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if !known.contains(&name.as_str()) {
                let there_are = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(bad_parameter(&name, format_args!("is not known here; there are: {there_are}")));
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(bad_parameter(&name, format_args!("is there twice")));
            }
            // What the decoder puts for octets that are no UTF-8. Nobody means to say it.
            if value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(bad_parameter(&name, format_args!("is not UTF-8")));
            }
            parameters.push((name, value));
        }
        Ok(Parameters(parameters))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match decimal(value.as_bytes()) {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            Some(_) | None => Err(bad_parameter(
                name,
                format_args!("must be a number from {} to {}, not {value:?}", range.start(), range.end()),
            )),
        }
    }

    // Whether a parameter that can only be switched off is switched off.
    fn is_none(&self, name: &str) -> Result<bool, Problem> {
        match self.value(name) {
            None => Ok(false),
            Some("none") => Ok(true),
            Some(value) => Err(bad_parameter(name, format_args!("must be \"none\" or left out, not {value:?}"))),
        }
    }

    fn duration(&self, name: &str) -> Result<Option<Duration>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match humantime::parse_duration(value) {
            Ok(duration) if duration <= LONGEST_DURATION => Ok(Some(duration)),
            _ => Err(bad_parameter(
                name,
                format_args!("must be a duration of at most 1h, such as 100ms or 2s, not {value:?}"),
            )),
        }
    }
}

const LONGEST_DURATION: Duration = Duration::from_secs(3600);

fn no_parameters(head: &RequestHead) -> Result<(), Problem> {
    Parameters::parse(head.query(), &[]).map(|_| ())
}

fn bad_parameter(name: &str, what: fmt::Arguments<'_>) -> Problem {
    Problem::new(400, format!("the parameter {name:?} {what}"))
}
