//! What an operator asks of the server itself: to release held steps, and to show the trace.
//!
//! ```text
//! Enter, or POST /step                the next step: of the connection that has been held longest
//! POST /step?connection=3             the next step of that connection
//! 5, or POST /step?count=5            that step, and four more of the same connection
//! run, or POST /step?run              no step is held any more
//! POST /step?connection=3&run         that connection runs on
//! GET /trace                          follow the trace, from a snapshot on
//! GET /trace/now                      which time it is by the clock of the trace
//! GET /trace/pcapng?connection=3      what is kept of that connection, as a capture
//! ```
//!
//! One connection cannot respond to such a request by itself: the loop, which knows all of them,
//! carries it out and then gives the response. The response is never held, or no operator could
//! release anything.

use std::fmt;

use super::parameters::bad_parameter;
use super::problem::Problem;
use super::producer::Producer;
use super::topics::last_event_id;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::exchange::stepping::Release;
use crate::trace::arrays;
use crate::trace::live::LiveForm;
use crate::trace::record::ConnectionId;
use crate::wire::language::Language;
use crate::wire::response::ResponseHead;
use crate::wire::start_line::Method;
use crate::wire::step::{Step, StepKind};

/// A request that the loop carries out.
#[derive(Debug)]
pub enum OperatorRequest {
    /// Release the held steps of a connection, or of all.
    Release {
        /// Of this connection; without it, of the one that has been held longest.
        connection: Option<ConnectionId>,
        /// How many steps are released.
        release: Release,
    },
    /// Send the trace, as an event stream.
    Watch {
        /// The head of the response.
        head: ResponseHead,
        /// The id of the last record that the client has had.
        last_id: Option<String>,
        /// Records of this connection only.
        connection: Option<ConnectionId>,
        /// What a record looks like.
        form: LiveForm,
        /// The language of sentences; that of the server, if none is named.
        language: Option<Language>,
    },
    /// Say which time it is by the clock of the trace.
    Now {
        /// The method, GET or HEAD.
        method: Method,
    },
    /// Make a capture of what is kept of a connection.
    Capture {
        /// The connection.
        connection: ConnectionId,
        /// The language of its comments; that of the server, if none is named.
        language: Option<Language>,
        /// The method, GET or HEAD.
        method: Method,
    },
    /// Nothing: this is the response.
    Respond(Producer),
}

/// The result of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// This step of this connection begins.
    Step(ConnectionId, StepKind),
    /// No step is held any more: of this connection, or of any.
    All(Option<ConnectionId>),
    /// No step was held: of this connection, or of any.
    Nothing(Option<ConnectionId>),
}

impl Released {
    /// The response to the operator.
    pub fn response(&self) -> Response {
        let status = match self {
            Released::Step(..) | Released::All(_) => 200,
            Released::Nothing(_) => 409,
        };
        Response::text(status, &self.to_string())
    }
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Released::Step(connection, step) => write!(f, "connection {connection}: {} goes on", step.name()),
            Released::All(None) => f.write_str("no step is held any more"),
            Released::All(Some(connection)) => write!(f, "connection {connection} runs on"),
            Released::Nothing(None) => f.write_str("no step is held"),
            Released::Nothing(Some(connection)) => write!(f, "connection {connection} holds no step"),
        }
    }
}

/// `GET /trace`.
pub(super) fn watch(visit: &mut Visit<'_>) -> Result<OperatorRequest, Problem> {
    let head = &visit.request.head;
    // Octets of other clients may be private, so a page that cannot drive the server cannot look at
    // them either.
    visit.site.check_operator(head, visit.client)?;
    let query = &visit.query;
    let connection = query.number("connection", 1..=u64::from(u32::MAX))?.map(ConnectionId::new);
    let last_id = last_event_id(head, query).map(String::from);
    let response = visit.event_stream();
    if head.method() == Method::Head {
        return Ok(OperatorRequest::Respond(Producer::script([Step::Head(response)])));
    }
    let form = query.word("form", FORMS)?.unwrap_or_default();
    let language = query.word("lang", LANGUAGES)?;
    Ok(OperatorRequest::Watch { head: response, last_id, connection, form, language })
}

/// `GET /trace/now`.
pub(super) fn now(visit: &mut Visit<'_>) -> Result<OperatorRequest, Problem> {
    visit.site.check_operator(&visit.request.head, visit.client)?;
    Ok(OperatorRequest::Now { method: visit.request.head.method() })
}

/// `GET /trace/pcapng`.
pub(super) fn capture(visit: &mut Visit<'_>) -> Result<OperatorRequest, Problem> {
    let head = &visit.request.head;
    visit.site.check_operator(head, visit.client)?;
    let query = &visit.query;
    let Some(connection) = query.number("connection", 1..=u64::MAX)?.map(ConnectionId::new) else {
        return Err(bad_parameter("connection", format_args!("is missing"), format_args!("없음")));
    };
    let language = query.word("lang", LANGUAGES)?;
    Ok(OperatorRequest::Capture { connection, language, method: head.method() })
}

const FORMS: &[(&str, LiveForm)] = &[("json", LiveForm::Json), ("compact", LiveForm::Compact)];
const LANGUAGES: &[(&str, Language)] = &[("en", Language::En), ("ko", Language::Ko)];

/// `GET /labels`: what the numbers of `GET /trace?form=compact` stand for.
pub(super) fn labels(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    visit.site.check_host(&visit.request.head)?;
    let labels = Response::new(200, b"application/json".as_slice(), arrays::labels().into_bytes());
    Ok(visit.whole(labels.with("Cache-Control", b"no-cache".as_slice())))
}

/// `POST /step`.
pub(super) fn step(visit: &mut Visit<'_>) -> Result<OperatorRequest, Problem> {
    let head = &visit.request.head;
    visit.site.check_operator(head, visit.client)?;
    let query = &visit.query;
    let connection = query.number("connection", 1..=u64::MAX)?.map(ConnectionId::new);
    let count = query.number("count", 1..=u64::from(u32::MAX))?;
    let release = match (query.value("run"), count) {
        (None, count) => Release::Next(count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1)),
        (Some(""), None) => Release::Run,
        (Some(_), Some(_)) => {
            return Err(bad_parameter(
                "run",
                format_args!("and \"count\" exclude each other"),
                format_args!("\"count\"와 함께 쓸 수 없음"),
            ));
        }
        (Some(value), None) => {
            return Err(bad_parameter(
                "run",
                format_args!("has no value, so not {value:?}"),
                format_args!("값 없이 씀: {value:?}"),
            ));
        }
    };
    Ok(OperatorRequest::Release { connection, release })
}
