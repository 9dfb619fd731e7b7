//! Two hops: which response of the one is which of the other, and what became of it between them.
//!
//! ```text
//! client -> edge (tap) -> proxy -> app (tap) -> application
//!           #1 GET /sse            #2 GET /sse        one target, #2 asked while #1 waits: a pair
//!           event 1 at 2.52        event 1 at 0.51    the same hash: 2.01 s late
//! ```
//!
//! A request at the inner hop belongs to the oldest one of the outer hop that has the same method
//! and target and no pair yet. A proxy may rewrite the target: then it belongs to the only one that
//! waits. Events of a pair are found by their hash, in their order. What is not found is not
//! judged.
//!
//! For the next editor: events wait at the inner hop until they come to the outer one, so that
//! queue is what a proxy keeps; it is bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::delays::{Delays, Passage};
use super::found::Found;
use super::pace::Pace;
use super::passed::{HeadPassed, Passed, PassedWhat, SideEnd};
use crate::trace::record::{ConnectionId, Evidence, Proof};
use crate::wire::finding::{Ender, Finding, Product, Seconds};

/// The responses that pass two hops.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    hops: HashMap<ConnectionId, Arc<str>>,
    /// Requests at any hop, the oldest first, whose responses have not ended.
    waiting: VecDeque<Waiting>,
    pairs: Vec<Pair>,
}

#[derive(Debug)]
struct Waiting {
    connection: ConnectionId,
    hop: Arc<str>,
    key: u64,
    /// A request at an inner hop belongs to it.
    has_pair: bool,
    at: Duration,
}

#[derive(Debug)]
struct Pair {
    edge: Side,
    app: Side,
    /// Events of the inner hop that have not come to the outer one.
    between: VecDeque<Between>,
    delays: Delays,
    piece_times: Pace,
    pieces: u32,
    last_piece: u64,
    /// Events at the outer hop that are not among those of the inner one.
    unknown: u32,
    /// Events of the inner hop that others overtook.
    overtaken: u32,
    /// Until when the outer hop's own write was blocked, or that it is.
    blocked: Blocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blocked {
    Never,
    Now,
    Until(Duration),
}

/// One hop's view of the response.
#[derive(Debug)]
struct Side {
    connection: ConnectionId,
    hop: Arc<str>,
    head: Option<HeadPassed>,
    events: u32,
    comments: u32,
    last_octet: Duration,
    /// When the side that asks closed its half, or reset.
    asker_left: Option<Duration>,
    end: Option<SideEnd>,
}

#[derive(Debug, Clone, Copy)]
struct Between {
    hash: u64,
    number: u32,
    at: Duration,
}

impl Pairs {
    /// A connection passes the hop with this name.
    pub(super) fn at_hop(&mut self, connection: ConnectionId, hop: Arc<str>) {
        self.hops.insert(connection, hop);
    }

    /// Something passed a hop.
    pub(super) fn hear(&mut self, passed: &Passed, out: &mut Vec<Found>) {
        let Some(hop) = self.hops.get(&passed.connection).cloned() else { return };
        if let PassedWhat::Request { key } = passed.what {
            return self.request(passed.at, passed.connection, hop, key);
        }
        for pair in &mut self.pairs {
            pair.hear(passed);
        }
        if let PassedWhat::End(_) = passed.what {
            if let Some(place) = self.waiting.iter().position(|waiting| waiting.connection == passed.connection) {
                self.waiting.remove(place);
            }
            self.pairs.retain(|pair| {
                let is_over = pair.edge.end.is_some() && pair.app.end.is_some();
                if is_over {
                    pair.judge(passed.at, out);
                }
                !is_over
            });
        }
    }

    /// The connection is closed; nothing more is heard of it.
    pub(super) fn closed(&mut self, connection: ConnectionId) {
        self.hops.remove(&connection);
        self.waiting.retain(|waiting| waiting.connection != connection);
    }

    /// The response at this outer hop is compared with one at an inner hop, which is nearer to its
    /// source: what the stream says by itself is said there.
    pub(super) fn is_outer(&self, connection: ConnectionId) -> bool {
        self.pairs.iter().any(|pair| pair.edge.connection == connection && pair.edge.end.is_none())
    }

    fn request(&mut self, at: Duration, connection: ConnectionId, hop: Arc<str>, key: u64) {
        let place = outer_request(self.waiting.make_contiguous(), &hop, key);
        if let Some(edge) = place.and_then(|place| self.waiting.get_mut(place))
            && self.pairs.len() < MOST_PAIRS
        {
            edge.has_pair = true;
            let side = |connection, hop, at| Side::new(connection, hop, at);
            let (outer, inner) = (side(edge.connection, edge.hop.clone(), edge.at), side(connection, hop.clone(), at));
            self.pairs.push(Pair::new(outer, inner));
        }
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting { connection, hop, key, has_pair: false, at });
    }
}

/// The oldest request of another hop with this target, or the only one that waits there.
fn outer_request(waiting: &[Waiting], hop: &Arc<str>, key: u64) -> Option<usize> {
    let mut free = waiting.iter().enumerate().filter(|(_, it)| !it.has_pair && it.hop != *hop);
    let same = waiting.iter().position(|it| !it.has_pair && it.hop != *hop && it.key == key);
    let (first, second) = (free.next(), free.next());
    same.or_else(|| first.filter(|_| second.is_none()).map(|(place, _)| place))
}

impl Side {
    fn new(connection: ConnectionId, hop: Arc<str>, at: Duration) -> Side {
        Side { connection, hop, head: None, events: 0, comments: 0, last_octet: at, asker_left: None, end: None }
    }

    fn hear(&mut self, passed: &Passed) {
        match passed.what {
            PassedWhat::Head(head) => self.head = Some(head),
            PassedWhat::Event { .. } => self.events = self.events.saturating_add(1),
            PassedWhat::Comments(count) => self.comments = count,
            PassedWhat::Octets { .. } => self.last_octet = passed.at,
            PassedWhat::AskerLeft => _ = self.asker_left.get_or_insert(passed.at),
            PassedWhat::End(end) => self.end = Some(end),
            PassedWhat::Request { .. } | PassedWhat::Blocked => {}
        }
    }

    /// The status of the response, if there is one.
    fn status(&self) -> Option<u16> {
        self.head.map(|head| head.status)
    }
}

impl Pair {
    fn new(edge: Side, app: Side) -> Pair {
        Pair {
            edge,
            app,
            between: VecDeque::new(),
            delays: Delays::default(),
            piece_times: Pace::default(),
            pieces: 0,
            last_piece: 0,
            unknown: 0,
            overtaken: 0,
            blocked: Blocked::Never,
        }
    }

    fn hear(&mut self, passed: &Passed) {
        if passed.connection == self.app.connection && self.app.end.is_none() {
            // What the application sends after the proxy has closed cannot pass.
            if let (PassedWhat::Event { .. }, Some(_)) = (passed.what, self.app.asker_left) {
                return;
            }
            self.app.hear(passed);
            if let PassedWhat::Event { hash, .. } = passed.what
                && self.between.len() < MOST_BETWEEN
            {
                self.between.push_back(Between { hash, number: self.app.events, at: passed.at });
            }
        } else if passed.connection == self.edge.connection && self.edge.end.is_none() {
            self.edge.hear(passed);
            match passed.what {
                PassedWhat::Event { hash, piece } => self.event_at_edge(passed.at, hash, piece),
                PassedWhat::Blocked => self.blocked = Blocked::Now,
                PassedWhat::Octets { count } => {
                    self.delays.piece(count);
                    if self.blocked == Blocked::Now {
                        self.blocked = Blocked::Until(passed.at);
                    }
                }
                _ => {}
            }
        }
    }

    fn event_at_edge(&mut self, at: Duration, hash: u64, piece: u64) {
        if std::mem::replace(&mut self.last_piece, piece) != piece || self.pieces == 0 {
            self.pieces = self.pieces.saturating_add(1);
            self.piece_times.hear(at);
        }
        let Some(place) = self.between.iter().position(|between| between.hash == hash) else {
            self.unknown = self.unknown.saturating_add(1);
            return;
        };
        self.overtaken = self.overtaken.saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
        let event = self.between.drain(..=place).next_back();
        let next = self.between.front().map(|next| next.at);
        // A client that does not read makes events late that no proxy holds.
        let is_excused = |event: &Between| match self.blocked {
            Blocked::Never => false,
            Blocked::Now => true,
            Blocked::Until(drained) => drained >= event.at,
        };
        if let Some(event) = event.filter(|event| !is_excused(event)) {
            self.delays.hear(Passage { number: event.number, app: event.at, edge: at, next });
        }
    }

    // ---- the judgement

    fn judge(&self, at: Duration, out: &mut Vec<Found>) {
        let mut findings = Vec::new();
        self.judge_ends(at, &mut findings);
        self.judge_delays(&mut findings);
        self.judge_contents(&mut findings);
        let message = self.edge.end.map_or(0, |end| end.message);
        out.extend(findings.into_iter().map(|(finding, evidence)| Found {
            at,
            connection: self.edge.connection,
            message,
            finding,
            hops: Some((self.edge.hop.clone(), self.app.hop.clone())),
            evidence,
        }));
    }

    fn judge_delays(&self, out: &mut Vec<(Finding, Vec<Evidence>)>) {
        self.judge_head(out);
        let known = self.app.events.min(self.edge.events);
        let (sent, passed) = (self.app.events, self.edge.events);
        if known == 0 {
            return;
        }
        // Under 80 of 100 found in order: what is found is chance.
        if u64::from(self.unknown + self.overtaken) * 5 > u64::from(known) {
            return out.push((Finding::NotMatched { sent, passed }, Vec::new()));
        }
        let (late, median) = (Seconds(self.delays.longest), Seconds(self.delays.median()));
        let events = self.delays.count;
        let finding = match self.delays.held(self.pieces, &self.piece_times) {
            Some(kind) => {
                let (over, pieces) = (Seconds(self.delays.over()), self.pieces);
                let (coded, product) = (self.is_coded_between(), self.product());
                Finding::Held { kind, events, late, median, over, pieces, coded, product }
            }
            None if events == 0 => return,
            None => Finding::Passed { events, late, median },
        };
        out.push((finding, self.worst()));
    }

    fn judge_head(&self, out: &mut Vec<(Finding, Vec<Evidence>)>) {
        let (Some(app), Some(edge)) = (self.app.head, self.edge.head) else { return };
        let late = edge.at.saturating_sub(app.at);
        if late >= HEAD_LATE && app.status == edge.status && edge.is_event_stream {
            let evidence = vec![
                proof(Proof::Head, app.at, self.app.connection, 0),
                proof(Proof::Head, edge.at, self.edge.connection, 0),
            ];
            out.push((Finding::HeldHead { late: Seconds(late), product: self.product() }, evidence));
        }
    }

    fn judge_ends(&self, at: Duration, out: &mut Vec<(Finding, Vec<Evidence>)>) {
        let (Some(edge), Some(app)) = (self.edge.end, self.app.end) else { return };
        let ends = vec![
            proof(Proof::End, app.at, self.app.connection, 0),
            proof(Proof::End, edge.at, self.edge.connection, 0),
        ];
        let same_status = self.edge.status() == self.app.status();
        let proxy_left =
            self.app.asker_left.filter(|left| !app.is_whole && self.edge.asker_left.is_none_or(|at| *left < at));
        let mut find = |finding| out.push((finding, ends.clone()));
        if let Some(status @ 502..=504) = self.edge.status()
            && !same_status
        {
            find(Finding::ProxyError { status, app: self.app.status() });
        } else if let Some(left) = proxy_left
            && left.saturating_sub(self.app.last_octet) >= PROXY_LIMIT
        {
            let idle = Seconds(left.saturating_sub(self.app.last_octet));
            find(Finding::ProxyTimeout { idle, finished: edge.is_whole });
        } else if edge.is_whole && app.is_cut && proxy_left.is_none() && same_status {
            find(Finding::MaskedEnd { events: self.app.events });
        } else if !edge.is_whole && !edge.is_cut && self.app.asker_left.is_none() && edge.at >= app.at + HANGS {
            find(Finding::Hang { since: Seconds(edge.at.saturating_sub(app.at)) });
        } else if self.edge.asker_left.is_some_and(|left| self.app.last_octet >= left + LEFT) {
            let left = self.edge.asker_left.unwrap_or(at);
            find(Finding::LeftRunning { since: Seconds(self.app.last_octet.saturating_sub(left)) });
        } else if edge.is_cut {
            let side = if proxy_left.is_some() || !app.is_cut { Ender::Proxy } else { Ender::App };
            find(Finding::EndedFirst { side });
        }
        let (sent, passed) = (self.app.events, self.edge.events);
        if same_status && (edge.is_whole || edge.is_cut) && sent > passed {
            find(Finding::Lost { sent, passed });
        }
    }

    fn judge_contents(&self, out: &mut Vec<(Finding, Vec<Evidence>)>) {
        let (Some(app), Some(edge)) = (self.app.head, self.edge.head) else { return };
        if app.status != edge.status {
            return;
        }
        let mut find = |finding| out.push((finding, Vec::new()));
        if let (Some(from), Some(to)) = (app.delimited, edge.delimited)
            && (from != to || self.is_coded_between())
        {
            find(Finding::Recoded { from, to, coded: self.is_coded_between() });
        }
        let (sent, passed) = (self.app.comments, self.edge.comments);
        if sent > 0 && passed == 0 && self.edge.end.is_some_and(|end| end.is_whole) {
            find(Finding::CommentsDropped { sent, passed });
        }
        let (added, removed) = (edge.fields.without(app.fields), app.fields.without(edge.fields));
        if !(added.is_empty() && removed.is_empty()) {
            find(Finding::FieldsChanged { added, removed });
        }
    }

    fn is_coded_between(&self) -> bool {
        self.edge.head.is_some_and(|head| head.is_coded) && self.app.head.is_some_and(|head| !head.is_coded)
    }

    /// What the outer hop's head names and the inner one's does not.
    fn product(&self) -> Option<Product> {
        let of = |side: &Side| side.head.and_then(|head| head.product);
        of(&self.edge).filter(|product| of(&self.app) != Some(*product))
    }

    fn worst(&self) -> Vec<Evidence> {
        let evidence = |(number, app, edge)| {
            let app = proof(Proof::Event, app, self.app.connection, number);
            [app, proof(Proof::Event, edge, self.edge.connection, number)]
        };
        self.delays.worst.map(evidence).into_iter().flatten().collect()
    }
}

fn proof(what: Proof, at: Duration, connection: ConnectionId, event: u32) -> Evidence {
    Evidence { what, at, connection, event }
}

/// A head that is this late was held.
const HEAD_LATE: Duration = Duration::from_millis(250);
/// A proxy that closes after less silence has another reason.
const PROXY_LIMIT: Duration = Duration::from_millis(1500);
/// An outer response that goes on for this long after the inner one hangs.
const HANGS: Duration = Duration::from_secs(2);
/// An inner response that goes on for this long after the client has left is left running.
const LEFT: Duration = Duration::from_secs(5);
const MOST_PAIRS: usize = 256;
const MOST_WAITING: usize = 512;
/// Events that a proxy may keep: further ones are not followed.
const MOST_BETWEEN: usize = 8192;
