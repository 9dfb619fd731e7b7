//! What operators ask of the server, carried out: releasing held steps, and showing the trace.
//!
//! The loop knows all peers, so it carries out what one connection cannot.

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use super::peers::Peers;
use super::shared::Shared;
use crate::exchange::response::Response;
use crate::exchange::stepping::{Pace, Release};
use crate::site::operator::{OperatorRequest, Released};
use crate::site::producer::Producer;
use crate::topic::subscription::Subscription;
use crate::topic::topics::{Missed, UnlistedTopic};
use crate::trace::live::{OpenConnection, View};
use crate::trace::record::ConnectionId;
use crate::trace::replay;
use crate::wire::cause::StateChange;
use crate::wire::language::Language;
use crate::wire::response::ResponseHead;
use crate::wire::sse::Event;
use crate::wire::start_line::Method;
use crate::wire::step::{StepKind, SubscriberHandle};

/// The server's own topics for `GET /trace`, while it is followed.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// One for each view that is followed, or was a minute ago.
    topics: Vec<(View, UnlistedTopic)>,
    /// When the last record was published.
    published: Duration,
}

/// Carries out the request of the peer `key`, and gives the response.
pub(super) fn carry_out(
    request: OperatorRequest,
    key: usize,
    watch: &mut Watch,
    peers: &mut Peers,
    shared: &mut Shared,
) -> Producer {
    match request {
        OperatorRequest::Respond(producer) => producer,
        OperatorRequest::Now { method } => {
            let now = format!("{{\"at\":{:.6}}}\n", shared.at().as_secs_f64()).into_bytes();
            let response = Response::new(200, b"application/json".as_slice(), now);
            Producer::whole(response.with("Cache-Control", b"no-store".as_slice()), method)
        }
        OperatorRequest::Capture { connection, language, method } => {
            Producer::whole(capture(connection, language, peers, shared), method)
        }
        OperatorRequest::Release { connection, release } => {
            // The address has POST and OPTIONS alone.
            Producer::whole(self::release(connection, release, peers, shared).response(), Method::Post)
        }
        OperatorRequest::Watch { head, last_id, connection, form, language } => {
            let view = View { form, language: language.unwrap_or(shared.trace.language()) };
            let watcher = peers.get(key).map(|peer| peer.id);
            // Before a new view begins: all views have the same number of lines.
            if let Some(watcher) = watcher {
                shared.trace.state(shared.at(), watcher, StateChange::Watching);
            }
            let subscriber = watch.subscribe(view, last_id.as_deref(), shared);
            Watch::begin(view, subscriber, head, connection, watcher, peers, shared)
        }
    }
}

/// A capture of what is kept of a connection.
fn capture(connection: ConnectionId, language: Option<Language>, peers: &Peers, shared: &Shared) -> Response {
    let open = peers.key_of(connection).and_then(|key| peers.get(key)).map(|peer| peer.describe());
    let addresses = open.and_then(|open| open.local.zip(open.peer));
    let started = SystemTime::now() - shared.at();
    let language = language.unwrap_or(shared.trace.language());
    let octets = shared.trace.kept().and_then(|kept| replay::capture(kept, connection, addresses, started, language));
    match octets {
        Some(octets) => Response::new(200, b"application/x-pcapng".as_slice(), octets)
            .with(
                "Content-Disposition",
                format!("attachment; filename=\"connection-{connection}.pcapng\"").into_bytes(),
            )
            .with("Cache-Control", b"no-store".as_slice()),
        None => Response::text(
            404,
            &format!("nothing is kept of connection {connection}: nothing is while GET /trace is not followed"),
        ),
    }
}

/// Releases steps: of one connection, or of the one that has been held longest, or all of them.
pub(super) fn release(
    connection: Option<ConnectionId>,
    release: Release,
    peers: &mut Peers,
    shared: &mut Shared,
) -> Released {
    match (connection, release) {
        (None, Release::Run) => {
            shared.stepping.pace = Pace::Free;
            for key in peers.keys() {
                release_one(key, release, peers, shared);
            }
            Released::All(None)
        }
        (Some(id), Release::Run) => match peers.key_of(id) {
            None => Released::Nothing(connection),
            Some(key) => {
                release_one(key, release, peers, shared);
                Released::All(connection)
            }
        },
        (_, Release::Next(_)) => {
            let is_meant = |&&(id, _): &&(ConnectionId, usize)| connection.is_none_or(|wanted| id == wanted);
            let Some(&(id, key)) = shared.stepping.held.iter().find(is_meant) else {
                return Released::Nothing(connection);
            };
            match release_one(key, release, peers, shared) {
                Some(kind) => Released::Step(id, kind),
                None => Released::Nothing(connection),
            }
        }
    }
}

fn release_one(key: usize, release: Release, peers: &mut Peers, shared: &mut Shared) -> Option<StepKind> {
    let kind = peers.get_mut(key)?.release(release, shared)?;
    peers.queue(key);
    Some(kind)
}

impl Watch {
    fn subscribe(&mut self, view: View, last_id: Option<&str>, shared: &mut Shared) -> (SubscriberHandle, Missed) {
        let known = self.topics.iter().find(|(known, _)| *known == view).map(|(_, topic)| *topic);
        let topic = known.unwrap_or_else(|| {
            // What is not published yet would have other ids in the new topic.
            self.publish(shared);
            let topic = match self.topics.first() {
                Some((_, other)) => shared.topics.open_unlisted_beside(*other, shared.now),
                None => shared.topics.open_unlisted(shared.now),
            };
            self.topics.push((view, topic));
            topic
        });
        shared.topics.subscribe_unlisted(topic, last_id)
    }

    /// Shows the trace to `watcher`, which is not traced itself any more: its records would
    /// make more.
    fn begin(
        view: View,
        (subscriber, missed): (SubscriberHandle, Missed),
        head: ResponseHead,
        connection: Option<ConnectionId>,
        watcher: Option<ConnectionId>,
        peers: &Peers,
        shared: &mut Shared,
    ) -> Producer {
        let open: Vec<OpenConnection> = peers.iter().take(SNAPSHOT).map(|peer| peer.describe()).collect();
        let at = shared.at();
        shared.trace.watch(view, at, peers.iter().map(|peer| (peer.id, peer.connection.status().is_between_requests)));
        if let Some(watcher) = watcher {
            shared.trace.exclude(watcher);
        }
        let snapshot = Event::new(shared.trace.snapshot(at, peers.len(), &open));
        let snapshot = snapshot.with_type("snapshot").expect("\"snapshot\" holds no line end");
        let mut subscription = Subscription::new(head, subscriber, missed).about(about(connection));
        subscription.greet(&snapshot);
        Producer::Subscription(subscription)
    }

    /// When the watchers, if there are any, are told that nothing has happened; by the trace's
    /// clock.
    pub(super) fn ping_at(&self, shared: &Shared) -> Option<Duration> {
        let is_watched = self.topics.iter().any(|(_, topic)| shared.topics.subscribers(*topic) > 0);
        is_watched.then(|| self.published + PING)
    }

    /// Publishes the records of this turn to the watchers; true if there were any.
    pub(super) fn publish(&mut self, shared: &mut Shared) -> bool {
        if self.ping_at(shared).is_some_and(|at| at <= shared.at()) {
            shared.trace.ping(shared.at());
        }
        if !shared.trace.has_lines() {
            return false;
        }
        self.published = shared.at();
        for (view, lines) in shared.trace.take_lines() {
            let Some((_, topic)) = self.topics.iter().find(|(known, _)| *known == view) else { continue };
            for (connection, line) in lines {
                if let Err(error) = shared.topics.publish_unlisted(*topic, &line, about(connection)) {
                    log::warn!("a record is missing from GET /trace: {error}");
                }
            }
        }
        let at = shared.at();
        self.topics.retain(|&(view, topic)| {
            let is_watched = shared.trace.is_watched(view, shared.topics.subscribers(topic), at);
            if !is_watched {
                shared.topics.close_unlisted(topic);
            }
            is_watched
        });
        true
    }
}

/// The trace is silent for this long at most.
const PING: Duration = Duration::from_secs(1);
/// Connections that a snapshot lists.
const SNAPSHOT: usize = 256;

// A topic compares 32 bits; no server has accepted more connections.
fn about(connection: Option<ConnectionId>) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(connection?.number()).unwrap_or(u32::MAX))
}
