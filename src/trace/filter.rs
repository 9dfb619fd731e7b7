//! A sink that hands on a part of the records: one connection, one direction, some targets.
//!
//! ```text
//! --connection 2      records of connection 2
//! --only responses    octets, FIN and RST of the server; what concerns the connection as a whole
//! --path '/api/*'     messages whose request asks for /api/..., and the connections that they pass
//! ```
//!
//! Which response answers which request is known from their order. The record of an accepted
//! connection comes before any request, so it is kept until the first one that is wanted, and
//! handed on then with its own time.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::record::{ConnectionId, Record, Sink, What};
use crate::wire::body_rule::{Bodiless, BodyRule};
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::span::{Detail, Span};

/// Which records are wanted; without any of the three all are.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only those of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those of this direction, and those that have none.
    pub flow: Option<Flow>,
    /// Only messages whose request-target has such a path.
    pub path: Option<Glob>,
}

/// A pattern for paths: `*` stands for any characters, `?` for one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

/// Hands on what is wanted, and nothing else.
pub struct Filter {
    sink: Box<dyn Sink>,
    wanted: Wanted,
    connections: HashMap<ConnectionId, Seen>,
}

/// What has been asked for on a connection.
#[derive(Debug, Default)]
struct Seen {
    /// Until a request is wanted.
    opened: Option<(Duration, SocketAddr, SocketAddr)>,
    /// The target that is passing, if it is not complete.
    target: Vec<u8>,
    /// For each request that may still be answered: its number, and whether it is wanted.
    requests: VecDeque<(u32, bool)>,
    /// Interim responses, which answer nothing.
    interim: u32,
    is_wanted_now: [bool; 2],
    has_been_wanted: bool,
}

impl Glob {
    /// The pattern as it was typed.
    pub fn new(pattern: impl Into<String>) -> Glob {
        Glob(pattern.into())
    }

    /// Whether the path of a request-target is such a path; its query does not count.
    ///
    /// ```
    /// use wirestep::trace::filter::Glob;
    ///
    /// assert!(Glob::new("/api/*").matches(b"/api/sse/events?count=3"));
    /// assert!(!Glob::new("/api").matches(b"/api/sse/events"));
    /// assert!(Glob::new("/plai?").matches(b"http://localhost:8080/plain"));
    /// ```
    pub fn matches(&self, target: &[u8]) -> bool {
        let pattern = self.0.as_bytes();
        let path = path_of(target);
        let (mut at, mut place) = (0, 0);
        // Where to go on if what follows the last asterisk does not match.
        let mut again: Option<(usize, usize)> = None;
        while place < path.len() {
            match (pattern.get(at), again) {
                (Some(b'*'), _) => {
                    again = Some((at + 1, place));
                    at += 1;
                }
                (Some(b'?'), _) => (at, place) = (at + 1, place + 1),
                (Some(octet), _) if *octet == path[place] => (at, place) = (at + 1, place + 1),
                (_, Some((after, tried))) => {
                    again = Some((after, tried + 1));
                    (at, place) = (after, tried + 1);
                }
                (_, None) => return false,
            }
        }
        pattern[at..].iter().all(|octet| *octet == b'*')
    }
}

/// Without its query, and without scheme and host where it has them (RFC 9112 section 3.2.2).
fn path_of(target: &[u8]) -> &[u8] {
    let end = target.iter().position(|octet| *octet == b'?').unwrap_or(target.len());
    let path = &target[..end];
    let scheme = path.windows(3).position(|part| part == b"://");
    let Some(host) = scheme.filter(|_| !path.starts_with(b"/")).map(|at| &path[at + 3..]) else { return path };
    host.iter().position(|octet| *octet == b'/').map_or(b"/", |slash| &host[slash..])
}

impl Filter {
    /// Only records that are wanted go to `sink`.
    pub fn new(sink: Box<dyn Sink>, wanted: Wanted) -> Filter {
        Filter { sink, wanted, connections: HashMap::new() }
    }

    /// Whether the record belongs to a message that is wanted, or to a connection that had one.
    fn is_of_path(&mut self, record: &Record<'_>) -> bool {
        let Some(glob) = &self.wanted.path else { return true };
        if self.connections.len() >= MOST && !self.connections.contains_key(&record.connection) {
            return false;
        }
        let seen = self.connections.entry(record.connection).or_default();
        let is_wanted = match record.what {
            What::Opened { local, peer } => {
                seen.opened = Some((record.at, local, peer));
                false
            }
            What::Octets { flow, octets, spans, .. } => seen.octets(glob, flow, octets, spans),
            What::Held { .. } | What::Blocked { .. } => seen.is_next_wanted(),
            What::Verdict(_) => seen.is_wanted_now[Flow::Responses as usize],
            _ => seen.has_been_wanted,
        };
        seen.has_been_wanted |= is_wanted;
        if let What::Closed { .. } = record.what {
            self.connections.remove(&record.connection);
        }
        is_wanted
    }

    /// The record of the accepted connection, if it has been kept until now.
    fn take_opened(&mut self, record: &Record<'_>) -> io::Result<()> {
        let opened = self.connections.get_mut(&record.connection).and_then(|seen| seen.opened.take());
        let Some((at, local, peer)) = opened else { return Ok(()) };
        self.sink.record(&Record { at, what: What::Opened { local, peer }, ..*record })
    }
}

impl Seen {
    /// Whether one of the messages in these octets is wanted.
    fn octets(&mut self, glob: &Glob, flow: Flow, octets: &[u8], spans: &[Span]) -> bool {
        let mut is_any_wanted = spans.first().is_none_or(|span| !begins(span)) && self.is_wanted_now[flow as usize];
        for (index, span) in spans.iter().enumerate() {
            match (flow, span.label) {
                (Flow::Requests, Label::RequestTarget) => {
                    let room = LONGEST_TARGET.saturating_sub(self.target.len());
                    let part = &octets[span.range.clone()];
                    self.target.extend(&part[..part.len().min(room)]);
                    if index + 1 < spans.len() {
                        self.asked(glob, span.numbers.message);
                    }
                }
                (Flow::Requests, Label::StartLineSpace) if !self.target.is_empty() => {
                    self.asked(glob, span.numbers.message);
                }
                (Flow::Responses, Label::HttpVersion) if span.starts => self.answered(span.numbers.message),
                (Flow::Responses, Label::EndOfHead) => {
                    let is_interim = matches!(span.detail, Detail::Body(BodyRule::NoBody(Bodiless::Interim), _));
                    self.interim = self.interim.saturating_add(u32::from(is_interim));
                }
                _ => {}
            }
            is_any_wanted |= self.is_wanted_now[flow as usize] && !(begins(span) && flow == Flow::Requests);
        }
        is_any_wanted
    }

    /// The target is complete.
    fn asked(&mut self, glob: &Glob, message: u32) {
        let is_wanted = glob.matches(&std::mem::take(&mut self.target));
        self.is_wanted_now[Flow::Requests as usize] = is_wanted;
        if self.requests.len() >= MOST_REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back((message, is_wanted));
    }

    /// A response begins: it answers the request with its number, interim ones not counted.
    fn answered(&mut self, message: u32) {
        let number = message.saturating_sub(self.interim);
        self.requests.retain(|(request, _)| *request >= number);
        let first = self.requests.front().filter(|(request, _)| *request == number);
        self.is_wanted_now[Flow::Responses as usize] = first.is_some_and(|(_, is_wanted)| *is_wanted);
    }

    /// Of the response that is under way, or comes next.
    fn is_next_wanted(&self) -> bool {
        self.is_wanted_now[Flow::Responses as usize] || self.requests.iter().any(|(_, is_wanted)| *is_wanted)
    }
}

/// A message begins with this span, so that what is wanted is not known yet.
fn begins(span: &Span) -> bool {
    span.starts && matches!(span.label, Label::Method | Label::HttpVersion) && span.range.start == 0
}

impl Sink for Filter {
    fn name(&self) -> &str {
        self.sink.name()
    }

    fn begin(&mut self) -> io::Result<()> {
        self.sink.begin()
    }

    fn wants_spans(&self) -> bool {
        self.sink.wants_spans() || self.wanted.path.is_some()
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let is_of = |wanted: Option<Flow>, flow: Option<Flow>| wanted.is_none() || flow.is_none() || wanted == flow;
        if self.wanted.connection.is_some_and(|connection| connection != record.connection)
            || !self.is_of_path(record)
            || !is_of(self.wanted.flow, flow_of(&record.what))
        {
            return Ok(());
        }
        self.take_opened(record)?;
        self.sink.record(record)
    }
}

/// The direction of a record; what concerns the whole connection has none.
fn flow_of(what: &What<'_>) -> Option<Flow> {
    match what {
        What::Octets { flow, .. } | What::Missing { flow, .. } => Some(*flow),
        What::Fin { flow, .. } | What::Rst { flow, .. } | What::Blocked { flow, .. } => Some(*flow),
        What::Held { .. } | What::Verdict(_) => Some(Flow::Responses),
        What::Opened { .. } | What::Foreign { .. } | What::State(_) | What::Closed { .. } => None,
    }
}

/// Connections whose requests are remembered.
const MOST: usize = 20_000;
/// Requests of one connection that wait for their responses; older ones are not told apart.
const MOST_REQUESTS: usize = 256;
/// Octets of a target that are compared.
const LONGEST_TARGET: usize = 8 * 1024;
