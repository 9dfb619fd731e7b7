//! All sinks, and one dissector for each connection: from a system call to records.
//!
//! ```text
//! net:   read() = 78 octets of connection 1, 101 ms after the start
//!        trace.octets(101 ms, 1, Requests, octets)
//! here:  the dissector of connection 1 labels them; a Record with What::Octets goes to each sink
//! ```
//!
//! For the next editor: without a sink every method returns after one branch. Nothing is dissected,
//! formatted or allocated then, and a server under load must not feel that the trace exists. A sink
//! that cannot write any more is dropped; with the last one the trace is off.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::kept::Kept;
use super::live::{self, Halves, Live, LiveLine, OpenConnection, View};
use super::mask::{self, LineSoFar};
use super::record::{ConnectionId, Record, Rest, Sink, What};
use super::verdict::judge::Judge;
use crate::wire::cause::{Cause, Loss, StateChange};
use crate::wire::dissect::{Dissected, Dissector};
use crate::wire::ending::Ending;
use crate::wire::flow::Flow;
use crate::wire::gap::Gap;
use crate::wire::label::Label;
use crate::wire::language::{Language, Note};
use crate::wire::protocol::Protocol;
use crate::wire::span::Span;
use crate::wire::step::StepKind;

/// All the sinks, and one dissector for each connection.
pub struct Trace {
    sinks: Vec<Box<dyn Sink>>,
    live: Option<Live>,
    /// There is a sink, or `GET /trace` is followed.
    is_on: bool,
    connections: HashMap<ConnectionId, Traced>,
    /// The spans of a record; kept for their memory.
    spans: Vec<Span>,
    effort: Effort,
    shows_credentials: bool,
    judge: Option<Judge>,
    /// What the judge finds is for all sinks, and not only for `GET /trace`.
    tells_verdicts: bool,
    /// Of `GET /trace`; every sink has its own.
    language: Language,
}

/// What the trace knows of a connection.
#[derive(Debug, Clone, Default)]
struct Traced {
    dissector: Dissector,
    /// It follows the trace, so it is no longer part of it: each record would make another one.
    is_excluded: bool,
    /// In each direction the line that the octets have come to, for credentials.
    lines: [LineSoFar; 2],
    /// In each direction the octets that have passed.
    passed: [u64; 2],
    /// The states that `GET /trace` has been told of; none are those of a new connection.
    halves: Option<Halves>,
    /// In each direction the tag of the message that passes.
    tags: [Option<Arc<str>>; 2],
    /// In a relay with several hops: the name of this one.
    hop: Option<Arc<str>>,
}

/// How much the dissectors may still do in this turn of the loop: labelling must not keep other
/// clients waiting.
#[derive(Debug, Default)]
struct Effort {
    /// All records of one turn have the same time.
    turn: Duration,
    spent: usize,
    /// No client waits for the trace, so that a turn may label without bound.
    is_unbounded: bool,
}

impl Effort {
    fn begin(&mut self, at: Duration) {
        if self.turn != at {
            *self = Effort { turn: at, spent: 0, ..*self };
        }
    }

    fn is_spent(&self) -> bool {
        self.spent > MOST_RUNS && !self.is_unbounded
    }

    fn spend(&mut self, runs: usize) {
        self.spent = self.spent.saturating_add(runs);
    }
}

impl Traced {
    /// Counts octets that pass; how many have passed before.
    fn pass(&mut self, flow: Flow, count: u64) -> u64 {
        let passed = &mut self.passed[flow as usize];
        let before = *passed;
        *passed += count;
        before
    }

    /// The tag of a request whose target is whole in these octets.
    fn note_tag(&mut self, octets: &[u8], spans: &[Span]) {
        for pair in spans.windows(2).filter(|pair| pair[0].label == Label::RequestTarget) {
            let target = octets.get(pair[0].range.clone()).unwrap_or_default();
            let query = target.iter().position(|octet| *octet == b'?').map(|at| &target[at + 1..]);
            self.tags[Flow::Requests as usize] = query.filter(|_| pair[0].starts).and_then(tag_in);
        }
    }

    /// The tag of the message that the record is about.
    fn tag(&self, what: &What<'_>) -> Option<&str> {
        let flow = match what {
            What::Octets { flow, .. } | What::Blocked { flow, .. } => *flow,
            What::Held { .. } => Flow::Responses,
            _ => return None,
        };
        self.tags[flow as usize].as_deref()
    }

    /// The octets without their credentials.
    fn masked<'a>(&mut self, flow: Flow, octets: &'a [u8], dissected: Dissected) -> Cow<'a, [u8]> {
        let mut secrets = dissected.secrets;
        let line = &mut self.lines[flow as usize];
        if self.dissector.is_without_labels(flow) {
            secrets.extend(line.secrets_in(octets));
        } else {
            line.pass(octets, self.dissector.is_inside_secret(flow));
        }
        mask::mask(octets, &secrets)
    }
}

impl Trace {
    /// A trace with these sinks. Without any it is off, until `GET /trace` is followed.
    pub fn new(mut sinks: Vec<Box<dyn Sink>>) -> Trace {
        sinks.retain_mut(|sink| is_kept(sink.as_mut(), |sink| sink.begin()));
        Trace {
            is_on: !sinks.is_empty(),
            sinks,
            live: None,
            connections: HashMap::new(),
            spans: Vec::new(),
            effort: Effort::default(),
            shows_credentials: false,
            judge: None,
            tells_verdicts: false,
            language: Language::En,
        }
    }

    /// Sentences for `GET /trace` are made in `language`.
    #[must_use]
    pub fn in_language(self, language: Language) -> Trace {
        Trace { language, ..self }
    }

    /// Shows credentials in every sink, where an asterisk would stand for each of their octets.
    #[must_use]
    pub fn showing_credentials(self) -> Trace {
        Trace { shows_credentials: true, ..self }
    }

    /// Judges each response, and tells the findings to every sink.
    #[must_use]
    pub fn with_verdict(self) -> Trace {
        Trace { judge: Some(Judge::default()), tells_verdicts: true, ..self }
    }

    /// Labels whatever comes, however much it is: no client waits for the trace of a capture.
    #[must_use]
    pub fn without_hurry(self) -> Trace {
        Trace { effort: Effort { is_unbounded: true, ..self.effort }, ..self }
    }

    /// The language of sentences for `GET /trace`, if a client does not ask for another.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Records are made: there is a sink, or `GET /trace` is followed.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// `accept()` returned a connection.
    pub fn opened(&mut self, at: Duration, id: ConnectionId, local: SocketAddr, peer: SocketAddr) {
        self.send(at, id, What::Opened { local, peer });
    }

    /// The same in a relay with several hops; `hop` is the name of the one that has accepted the
    /// connection.
    pub fn opened_at_hop(
        &mut self,
        at: Duration,
        id: ConnectionId,
        hop: &Arc<str>,
        local: SocketAddr,
        peer: SocketAddr,
    ) {
        if self.is_on {
            self.connections.entry(id).or_default().hop = Some(hop.clone());
            if let Some(judge) = &mut self.judge {
                judge.at_hop(id, hop.clone());
            }
            self.opened(at, id, local, peer);
        }
    }

    /// A system call took `octets`.
    pub fn octets(&mut self, at: Duration, id: ConnectionId, flow: Flow, octets: &[u8]) {
        if !self.is_on {
            return;
        }
        let most = if self.are_spans_wanted() { MOST_SPANS } else { 0 };
        self.effort.begin(at);
        let traced = self.connections.entry(id).or_default();
        let offset = traced.pass(flow, octets.len() as u64);
        if traced.is_excluded && flow == Flow::Responses {
            return;
        }
        if self.effort.is_spent() {
            traced.dissector.lose(flow, Gap::TooMuch);
        }
        let mut spans = std::mem::take(&mut self.spans);
        spans.clear();
        let dissected = match &mut self.judge {
            Some(judge) => {
                judge.begin_piece(at, id, flow, octets.len());
                let mut pieces = Pieces { dissector: &mut traced.dissector, flow, most };
                pieces.dissect(octets, &mut spans, |octets, spans| judge.octets(at, id, flow, octets, spans))
            }
            None => traced.dissector.dissect_into(flow, octets, most, &mut spans),
        };
        self.effort.spend(dissected.runs);
        if flow == Flow::Requests {
            traced.note_tag(octets, &spans);
        }
        let rest = Rest { octets: dissected.octets_left, tokens: dissected.tokens_left };
        let octets = if self.shows_credentials { octets.into() } else { traced.masked(flow, octets, dissected) };
        self.send(at, id, What::Octets { flow, offset, octets: &octets, spans: &spans, rest });
        self.spans = spans;
        self.tell_verdicts();
    }

    /// `count` octets that were sent in the direction of `flow` are not in the capture. True if it
    /// is known nevertheless where in a message the next ones are.
    pub fn missing(&mut self, at: Duration, id: ConnectionId, flow: Flow, count: u64, loss: Loss) -> bool {
        self.send(at, id, What::Missing { flow, count, loss });
        let traced = self.connections.entry(id).or_default();
        traced.pass(flow, count);
        traced.dissector.miss(flow, count)
    }

    /// The connection was open before the capture began: its octets are labelled when
    /// [`Trace::resume`] says where a message begins.
    pub fn joined(&mut self, at: Duration, id: ConnectionId, local: SocketAddr, peer: SocketAddr) {
        self.opened(at, id, local, peer);
        self.send(at, id, What::State(StateChange::Joined));
        self.connections.insert(id, Traced { dissector: Dissector::in_mid_stream(), ..Traced::default() });
    }

    /// A conversation speaks something that is not labelled.
    pub fn foreign(&mut self, at: Duration, id: ConnectionId, local: SocketAddr, peer: SocketAddr, protocol: Protocol) {
        self.send(at, id, What::Foreign { protocol, local, peer });
    }

    /// The next octets of this connection in the direction of `flow` begin a message, or a chunk of
    /// an event stream.
    pub fn resume(&mut self, id: ConnectionId, flow: Flow, is_chunk: bool) {
        if let Some(traced) = self.connections.get_mut(&id) {
            match is_chunk {
                true => traced.dissector.resume_in_events(flow),
                false => traced.dissector.resume(flow),
            }
        }
    }

    /// `write()` in the direction of `flow` would have blocked; `pending` octets wait.
    pub fn blocked(&mut self, at: Duration, id: ConnectionId, flow: Flow, pending: usize) {
        self.send_judged(at, id, What::Blocked { flow, pending });
    }

    /// The connection has come into another state.
    pub fn state(&mut self, at: Duration, id: ConnectionId, change: StateChange) {
        self.send(at, id, What::State(change));
    }

    /// A step waits to be released, and would write `octets`. `note` are the words of a lesson's
    /// author, if there are any.
    pub fn held(&mut self, at: Duration, id: ConnectionId, step: StepKind, note: Option<&Note>, octets: &[u8]) {
        if !self.is_on {
            return;
        }
        // On a copy: nothing has passed yet, and what passes in the end may be something else.
        let mut traced = self.connections.get(&id).cloned().unwrap_or_default();
        let mut spans = Vec::new();
        let dissected = traced.dissector.dissect_into(Flow::Responses, octets, MOST_SPANS, &mut spans);
        let octets =
            if self.shows_credentials { octets.into() } else { traced.masked(Flow::Responses, octets, dissected) };
        let offset = traced.passed[Flow::Responses as usize];
        self.send(at, id, What::Held { step, note, offset, octets: &octets, spans: &spans });
    }

    /// A FIN passed in the direction of `flow`.
    pub fn fin(&mut self, at: Duration, id: ConnectionId, flow: Flow, cause: Cause) {
        if self.is_on {
            let traced = self.connections.get(&id);
            let ending = traced.map_or(Ending::BetweenMessages, |traced| traced.dissector.at_fin(flow));
            self.send_judged(at, id, What::Fin { flow, cause, ending });
        }
    }

    /// An RST passed in the direction of `flow`.
    pub fn rst(&mut self, at: Duration, id: ConnectionId, flow: Flow, cause: Cause) {
        if self.is_on {
            let traced = self.connections.get(&id);
            let torn = traced.map(|traced| traced.dissector.torn_by_rst(flow));
            let (of, ending) = torn.unwrap_or((flow, Ending::BetweenMessages));
            self.send_judged(at, id, What::Rst { flow, cause, of, ending });
        }
    }

    /// The socket was closed: nothing of this connection will come any more.
    pub fn closed(&mut self, at: Duration, id: ConnectionId, cause: Cause) {
        if self.is_on {
            // Of a connection that followed the trace only this is recorded: it is gone.
            if let Some(traced) = self.connections.get_mut(&id) {
                traced.is_excluded = false;
            }
            // What is open now has no end; that is said before the last word of the connection.
            self.judge(at, id, &What::Closed { cause });
            self.send(at, id, What::Closed { cause });
            self.connections.remove(&id);
        }
    }

    // ---- for GET /trace

    /// Keeps lines in this view from now on. `open` are the open connections, and whether each is
    /// between two messages.
    pub fn watch(&mut self, view: View, now: Duration, open: impl Iterator<Item = (ConnectionId, bool)>) {
        if !self.is_on {
            for (id, _) in open.filter(|(_, is_between)| !is_between) {
                self.connections.insert(id, Traced { dissector: Dissector::in_mid_stream(), ..Traced::default() });
            }
        }
        self.live.get_or_insert_default().watch(view, now);
        self.judge.get_or_insert_with(Judge::default);
        self.is_on = true;
    }

    /// Records nothing of the response that begins on this connection, since it is the trace
    /// itself. What the client sends is recorded all the same: nothing can hide here.
    pub fn exclude(&mut self, id: ConnectionId) {
        if self.is_on {
            self.connections.entry(id).or_default().is_excluded = true;
            if let Some(judge) = &mut self.judge {
                judge.forget(id);
            }
        }
    }

    /// The response to a request with this query begins.
    pub fn respond(&mut self, id: ConnectionId, query: &str) {
        if self.is_on {
            let tag = tag_in(query.as_bytes());
            if let Some(traced) = self.connections.get_mut(&id) {
                traced.tags[Flow::Responses as usize] = tag;
            }
        }
    }

    /// Tells those who follow the trace in which states the halves of a connection are, if they
    /// have changed.
    pub fn halves(&mut self, at: Duration, id: ConnectionId, halves: Halves) {
        let Some(live) = &mut self.live else { return };
        let traced = self.connections.entry(id).or_default();
        if !traced.is_excluded && traced.halves.replace(halves).unwrap_or(NEW) != halves {
            live.halves(at, id, halves);
        }
    }

    /// Tells those who follow the trace that nothing has happened.
    pub fn ping(&mut self, at: Duration) {
        if let Some(live) = &mut self.live {
            live.ping(at);
        }
    }

    /// The response is complete: the next one is recorded again, if this one was not.
    pub fn include(&mut self, id: ConnectionId) {
        if let Some(traced) = self.connections.get_mut(&id)
            && std::mem::take(&mut traced.is_excluded)
        {
            traced.dissector = Dissector::in_mid_stream();
        }
    }

    /// The next octets of this connection begin a message: they can be labelled, if those before
    /// could not.
    pub fn begin_message(&mut self, id: ConnectionId) {
        if let Some(traced) = self.connections.get_mut(&id)
            && traced.dissector.is_lost()
        {
            traced.dissector = Dissector::default();
        }
    }

    /// The open connections as one line, for a client that begins to follow the trace; the list may
    /// be shorter than `open`.
    pub fn snapshot(&self, at: Duration, open: usize, connections: &[OpenConnection]) -> String {
        live::snapshot(at, open, connections)
    }

    /// What has passed while `GET /trace` is followed, as far as it is kept.
    pub fn kept(&self) -> Option<&Kept> {
        self.live.as_ref().map(Live::kept)
    }

    /// There are lines for `GET /trace`.
    pub fn has_lines(&self) -> bool {
        self.live.as_ref().is_some_and(Live::has_lines)
    }

    /// Those lines, for each view.
    pub fn take_lines(&mut self) -> Vec<(View, Vec<LiveLine>)> {
        self.live.as_mut().map(Live::take_lines).unwrap_or_default()
    }

    /// `watchers` connections follow the trace in this view now. False if none has for a minute: no
    /// lines are made for it any more then.
    pub fn is_watched(&mut self, view: View, watchers: usize, now: Duration) -> bool {
        let is_wanted = self.live.as_mut().is_some_and(|live| live.is_wanted(view, watchers, now));
        if self.live.as_ref().is_some_and(Live::is_over) {
            self.live = None;
            self.judge = self.judge.take().filter(|_| self.tells_verdicts);
            self.end_if_unwanted();
        }
        is_wanted
    }

    // ---- how

    fn are_spans_wanted(&self) -> bool {
        self.live.is_some() || self.sinks.iter().any(|sink| sink.wants_spans())
    }

    fn end_if_unwanted(&mut self) {
        self.is_on = !self.sinks.is_empty() || self.live.is_some();
        if !self.is_on {
            self.connections = HashMap::new();
        }
    }

    /// Sends a record that may end a response, and then what is found of that.
    fn send_judged(&mut self, at: Duration, id: ConnectionId, what: What<'_>) {
        self.send(at, id, what);
        self.judge(at, id, &what);
    }

    fn judge(&mut self, at: Duration, id: ConnectionId, what: &What<'_>) {
        if let Some(judge) = &mut self.judge {
            judge.hear(at, id, what);
            self.tell_verdicts();
        }
    }

    fn tell_verdicts(&mut self) {
        let Some(mut judge) = self.judge.take() else { return };
        judge.tell(|at, id, verdict| self.send(at, id, What::Verdict(verdict)));
        self.judge = Some(judge);
    }

    fn send(&mut self, at: Duration, connection: ConnectionId, what: What<'_>) {
        let traced = self.connections.get(&connection);
        if !self.is_on || (what.is_of_response() && traced.is_some_and(|traced| traced.is_excluded)) {
            return;
        }
        let (hop, tag) = traced.map_or((None, None), |traced| (traced.hop.as_deref(), traced.tag(&what)));
        let record = Record { at, connection, hop, tag, what };
        if let Some(live) = &mut self.live {
            live.record(&record);
        }
        if let What::Verdict(_) = record.what
            && !self.tells_verdicts
        {
            return;
        }
        let sinks = self.sinks.len();
        self.sinks.retain_mut(|sink| is_kept(sink.as_mut(), |sink| sink.record(&record)));
        if self.sinks.len() < sinks {
            self.end_if_unwanted();
        }
    }
}

/// Octets that are dissected piece by piece, so that a judge hears all of their labels although a
/// record keeps the first ones.
struct Pieces<'a> {
    dissector: &'a mut Dissector,
    flow: Flow,
    most: usize,
}

impl Pieces<'_> {
    /// Appends at most as many spans as a record keeps to `kept`, the same as without pieces.
    fn dissect(&mut self, octets: &[u8], kept: &mut Vec<Span>, mut hear: impl FnMut(&[u8], &[Span])) -> Dissected {
        let mut all = Dissected::default();
        let mut spans = Vec::new();
        for (index, piece) in octets.chunks(PIECE).enumerate() {
            let before = index * PIECE;
            spans.clear();
            let dissected = self.dissector.dissect_into(self.flow, piece, usize::MAX, &mut spans);
            hear(piece, &spans);
            all.runs += dissected.runs;
            for secret in dissected.secrets {
                let secret = secret.start + before..secret.end + before;
                match all.secrets.last_mut().filter(|last| last.end == secret.start) {
                    Some(last) => last.end = secret.end,
                    None => all.secrets.push(secret),
                }
            }
            spans.drain(..).for_each(|span| self.keep(span, before, kept, &mut all));
        }
        all
    }

    fn keep(&self, span: Span, before: usize, kept: &mut Vec<Span>, all: &mut Dissected) {
        let (range, length) = (span.range.start + before..span.range.end + before, span.range.len());
        let has_room = kept.len() < self.most && all.octets_left == 0;
        match kept.last_mut().filter(|last| !span.starts && last.range.end == range.start) {
            Some(last) if all.octets_left == 0 => last.extend(range.end, span.detail),
            Some(_) | None if has_room => kept.push(Span { range, ..span }),
            Some(_) | None => {
                all.octets_left += length;
                all.tokens_left += usize::from(span.starts);
            }
        }
    }
}

/// Lets a sink write; one that cannot is not kept, and the operator is told once.
fn is_kept(sink: &mut dyn Sink, write: impl FnOnce(&mut dyn Sink) -> io::Result<()>) -> bool {
    let Err(error) = write(sink) else { return true };
    log::warn!("{} cannot be written any more ({error}); the server goes on without it", sink.name());
    false
}

/// The word of the parameter `tag`: some letters, digits, and what needs no escape beside them.
fn tag_in(query: &[u8]) -> Option<Arc<str>> {
    let word = query.split(|octet| *octet == b'&').find_map(|parameter| parameter.strip_prefix(b"tag="))?;
    let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~".contains(octet);
    let word = std::str::from_utf8(word).ok().filter(|word| (1..=LONGEST_TAG).contains(&word.len()))?;
    word.as_bytes().iter().all(is_plain).then(|| word.into())
}

/// The states of the halves of a connection that has just been accepted.
const NEW: Halves = ("Head", "Idle");
/// Octets of a tag that is echoed.
const LONGEST_TAG: usize = 64;
/// Octets that are dissected at once for a judge: as many spans at most, whatever they are.
const PIECE: usize = 4096;
/// Tokens of one record that have labels. A usual head has about a hundred.
const MOST_SPANS: usize = 256;
/// Steps that all dissectors together may take in one turn; a step takes some 20 ns.
const MOST_RUNS: usize = 1024 * 1024;
