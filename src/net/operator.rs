//! What operators ask of the server, carried out: releasing held steps, and showing the trace.
//!
//! The loop knows all peers, so it carries out what one connection cannot.

use std::num::NonZeroU32;

use super::peers::Peers;
use super::shared::Shared;
use crate::exchange::stepping::{Pace, Release};
use crate::site::operator::{OperatorRequest, Released};
use crate::site::producer::Producer;
use crate::topic::subscription::Subscription;
use crate::topic::topics::UnlistedTopic;
use crate::trace::live::OpenConnection;
use crate::trace::record::ConnectionId;
use crate::wire::cause::StateChange;
use crate::wire::response::ResponseHead;
use crate::wire::sse::Event;
use crate::wire::start_line::Method;
use crate::wire::step::StepKind;

/// The server's own topic for `GET /trace`, while it is followed.
#[derive(Debug, Default)]
pub(super) struct Watch {
    topic: Option<UnlistedTopic>,
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
        OperatorRequest::Release { connection, release } => {
            // The address has POST and OPTIONS alone.
            Producer::whole(self::release(connection, release, peers, shared).response(), Method::Post)
        }
        OperatorRequest::Watch { head, last_id, connection } => {
            watch.begin(head, last_id.as_deref(), connection, key, peers, shared)
        }
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
    /// Shows the trace to the peer `key`, which is not traced itself any more: its records would
    /// make more.
    fn begin(
        &mut self,
        head: ResponseHead,
        last_id: Option<&str>,
        connection: Option<ConnectionId>,
        key: usize,
        peers: &Peers,
        shared: &mut Shared,
    ) -> Producer {
        let topic = *self.topic.get_or_insert_with(|| shared.topics.open_unlisted(shared.now));
        let (subscriber, missed) = shared.topics.subscribe_unlisted(topic, last_id);
        let open: Vec<OpenConnection> = peers.iter().take(SNAPSHOT).map(|peer| peer.describe()).collect();
        let watcher = peers.get(key).map(|peer| peer.id);
        let at = shared.at();
        if let Some(watcher) = watcher {
            shared.trace.state(at, watcher, StateChange::Watching);
        }
        shared.trace.watch(at, peers.iter().map(|peer| (peer.id, peer.connection.status().is_between_requests)));
        if let Some(watcher) = watcher {
            shared.trace.exclude(watcher);
        }
        let snapshot = Event::new(shared.trace.snapshot(at, peers.len(), &open));
        let snapshot = snapshot.with_type("snapshot").expect("\"snapshot\" holds no line end");
        let mut subscription = Subscription::new(head, subscriber, missed).about(about(connection));
        subscription.greet(&snapshot);
        Producer::Subscription(subscription)
    }

    /// Publishes the records of this turn to the watchers; true if there were any.
    pub(super) fn publish(&mut self, shared: &mut Shared) -> bool {
        let Some(topic) = self.topic.filter(|_| shared.trace.has_lines()) else { return false };
        for (connection, line) in shared.trace.take_lines() {
            if let Err(error) = shared.topics.publish_unlisted(topic, &line, about(connection)) {
                log::warn!("a record is missing from GET /trace: {error}");
            }
        }
        let at = shared.at();
        if !shared.trace.is_watched(shared.topics.subscribers(topic), at) {
            shared.topics.close_unlisted(topic);
            self.topic = None;
        }
        true
    }
}

/// Connections that a snapshot lists.
const SNAPSHOT: usize = 256;

// A topic compares 32 bits; no server has accepted more connections.
fn about(connection: Option<ConnectionId>) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(connection?.number()).unwrap_or(u32::MAX))
}
