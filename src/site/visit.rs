//! What an address gets to work with, and what its responses have in common.

use std::net::IpAddr;

use super::parameters::Parameters;
use super::problem::Problem;
use super::producer::Producer;
use crate::exchange::context::Context;
use crate::exchange::response::Response;
use crate::lesson::library::Library;
use crate::topic::topics::Topics;
use crate::wire::framing::BodyFraming;
use crate::wire::request::{Request, RequestHead};
use crate::wire::response::ResponseHead;
use crate::wire::start_line::Version;

/// The addresses of the server, and to whom they are open.
#[derive(Debug, Default)]
pub struct Site {
    /// Names, beside addresses and `localhost`, under which the server may be told to change
    /// something.
    pub hosts: Vec<String>,
    /// The lessons of `/lessons`.
    pub library: Library,
    /// An origin whose pages may read the streams: `Access-Control-Allow-Origin`.
    pub cors: Option<String>,
    /// The clients that may see the trace, and hold and release steps.
    pub operator: Operator,
}

/// The clients that may see the trace, and hold and release steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Operator {
    /// Those on the server's machine: their address is a loopback address.
    #[default]
    Local,
    /// Any method is allowed.
    Any,
}

/// Where a client is, as its address tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// On the server's machine: a loopback address.
    Local,
    /// Anywhere else.
    Remote,
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Client {
        if address.to_canonical().is_loopback() { Client::Local } else { Client::Remote }
    }
}

/// One request at one address.
pub(super) struct Visit<'a> {
    pub(super) site: &'a Site,
    pub(super) request: &'a Request,
    pub(super) topics: &'a mut Topics,
    pub(super) cx: &'a Context<'a>,
    /// The parameters that the address knows.
    pub(super) query: Parameters,
    /// The part of the path after the address.
    pub(super) rest: &'a str,
    pub(super) client: Client,
}

impl Visit<'_> {
    /// The head of every event stream. A response to HTTP/1.0 must not have a transfer coding (RFC
    /// 9112 section 6.1): there FIN ends the body.
    pub(super) fn event_stream(&self) -> ResponseHead {
        let request = &self.request.head;
        let framing = match request.version() {
            Version::Http11 => BodyFraming::Chunked,
            Version::Http10 => BodyFraming::CloseDelimited,
        };
        let head = ResponseHead::new(200, framing)
            // WHATWG HTML allows the parameter, and a client that assumes another charset needs it.
            .with("Content-Type", b"text/event-stream; charset=utf-8".as_slice())
            // A cache or a compressor on the way must not hold the events (RFC 9111 section
            // 5.2.2.6).
            .with("Cache-Control", b"no-cache, no-transform".as_slice())
            // Read by nginx alone, which otherwise holds the events back.
            .with("X-Accel-Buffering", b"no".as_slice());
        self.site.open_to_origin(request, head)
    }

    /// A response that pages of the allowed origin may read.
    pub(super) fn open(&self, response: Response) -> Response {
        response.map_head(|head| self.site.open_to_origin(&self.request.head, head))
    }

    /// A whole response to this request.
    pub(super) fn whole(&self, response: Response) -> Producer {
        Producer::whole(response, self.request.head.method())
    }
}

impl Site {
    /// The allowed origin, if the request comes from a page of it.
    pub(super) fn allowed_origin(&self, request: &RequestHead) -> Option<&str> {
        let origin = request.fields().first("origin")?;
        self.cors.as_deref().filter(|allowed| *allowed == "*" || allowed.as_bytes() == origin)
    }

    /// Lets the pages of the allowed origin read the response, with their cookies if one origin is
    /// named. A cache must not give the response for one origin to another.
    pub(super) fn open_to_origin(&self, request: &RequestHead, head: ResponseHead) -> ResponseHead {
        let head = if self.cors.is_some() { head.with("Vary", b"Origin".as_slice()) } else { head };
        match self.allowed_origin(request) {
            Some("*") => head.with("Access-Control-Allow-Origin", b"*".as_slice()),
            Some(origin) => head
                .with("Access-Control-Allow-Origin", origin.to_owned().into_bytes())
                .with("Access-Control-Allow-Credentials", b"true".as_slice()),
            None => head,
        }
    }

    /// Refuses a request under a name that is not the server's: a page may have rebound its own
    /// name to this machine, and would read the response as of its own origin.
    pub(super) fn check_host(&self, request: &RequestHead) -> Result<(), Problem> {
        let (host, name) = (request.host(), host_name(request.host()));
        if self.is_own_name(name) {
            return Ok(());
        }
        Err(Problem::new(
            403,
            format!("{host:?} is not a name of this server; wirestep --host {name} would make it one"),
        )
        .in_korean(format!("{host:?}은(는) 이 서버의 이름이 아님. wirestep --host {name}으로 추가")))
    }

    /// Refuses what a web page of another origin could send. A proxy that ends TLS makes the page's
    /// scheme https.
    pub(super) fn check_driver(&self, request: &RequestHead) -> Result<(), Problem> {
        self.check_host(request)?;
        let host = request.host().as_bytes();
        let is_own = |origin: &[u8]| {
            [b"http://".as_slice(), b"https://"].iter().any(|scheme| origin.strip_prefix(*scheme) == Some(host))
        };
        match request.fields().first("origin") {
            Some(origin) if !is_own(origin) => {
                Err(Problem::new(403, "a page of another origin may neither change anything here nor see the trace")
                    .in_korean("다른 출처(origin)의 페이지는 이 서버의 상태를 바꾸거나 트레이스를 볼 수 없음"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Lets only the operator pass: a client on this machine, or any if the server was told so, and
    /// never a page of another site. A browser says in Sec-Fetch-Site where a request comes from,
    /// also where it sends no Origin.
    pub(super) fn check_operator(&self, request: &RequestHead, client: Client) -> Result<(), Problem> {
        self.check_driver(request)?;
        if let Some(b"cross-site" | b"same-site") = request.fields().first("sec-fetch-site") {
            return Err(Problem::new(403, "a page of another site may neither see the trace nor hold steps")
                .in_korean("다른 사이트의 페이지는 트레이스를 보거나 스텝을 멈출 수 없음"));
        }
        match (self.operator, client) {
            (Operator::Any, _) | (Operator::Local, Client::Local) => Ok(()),
            (Operator::Local, Client::Remote) => Err(Problem::new(
                403,
                "the trace and held steps are for clients on the server's machine; wirestep --operator any opens them",
            )
            .in_korean(
                "트레이스와 스텝 조작은 서버와 같은 컴퓨터의 클라이언트만. wirestep --operator any로 모두에게 허용",
            )),
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
