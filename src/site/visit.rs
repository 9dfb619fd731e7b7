//! What an address gets to work with, and what its responses have in common.

use std::net::IpAddr;

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
    /// Names, beside addresses and `localhost`, under which the server may be told to change something.
    pub hosts: Vec<String>,
    /// The lessons of `/lessons`.
    pub library: Library,
    /// An origin whose pages may read the streams: `Access-Control-Allow-Origin`.
    pub cors: Option<String>,
}

/// One request at one address.
pub(super) struct Visit<'a> {
    pub(super) site: &'a Site,
    pub(super) request: &'a Request,
    pub(super) topics: &'a mut Topics,
    pub(super) cx: &'a Context<'a>,
    /// The part of the path after the address.
    pub(super) rest: &'a str,
}

impl Visit<'_> {
    /// The head of every event stream. A response to HTTP/1.0 must not have a transfer coding (RFC 9112 section 6.1):
    /// there FIN ends the body.
    pub(super) fn event_stream(&self) -> ResponseHead {
        let request = &self.request.head;
        let framing = match request.version() {
            Version::Http11 => BodyFraming::Chunked,
            Version::Http10 => BodyFraming::CloseDelimited,
        };
        let head = ResponseHead::new(200, framing)
            // WHATWG HTML allows the parameter, and a client that assumes another charset needs it.
            .with("Content-Type", b"text/event-stream; charset=utf-8".as_slice())
            // A cache or a compressor on the way must not hold the events (RFC 9111 section 5.2.2.6).
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

    /// Lets the pages of the allowed origin read the response.
    pub(super) fn open_to_origin(&self, request: &RequestHead, head: ResponseHead) -> ResponseHead {
        match self.allowed_origin(request) {
            Some(origin) => head
                .with("Access-Control-Allow-Origin", origin.to_owned().into_bytes())
                .with("Vary", b"Origin".as_slice()),
            None => head,
        }
    }

    /// Refuses what a web page of another origin, or one that has rebound its name to this machine, could send.
    pub(super) fn check_driver(&self, request: &RequestHead) -> Result<(), Problem> {
        let host = request.host();
        if !self.is_own_name(host_name(host)) {
            let sentence =
                format!("{host:?} is not a name of this server; wirestep --host {} would make it one", host_name(host));
            return Err(Problem::new(403, sentence));
        }
        match request.fields().first("origin") {
            Some(origin) if origin != format!("http://{host}").as_bytes() => {
                Err(Problem::new(403, "a page of another origin may neither change anything here nor see the trace"))
            }
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
