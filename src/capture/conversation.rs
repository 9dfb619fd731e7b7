//! One TCP connection of a capture: two streams, what they speak, and how they end.
//!
//! ```text
//! SYN         ->   begins, number 1
//! SYN, ACK    <-                               nothing is told yet: it may speak anything
//! GET / ...   ->   it is HTTP/1.x: opened, octets
//! HTTP/1.1 .. <-   octets
//! FIN         <-   FIN, and what it means
//! FIN         ->   FIN, closed
//! ```
//!
//! Octets are told in their order, at the time at which the other side could read them: a segment
//! that has come ahead is told with the time of the one before it; one after a gap of the capture
//! with its own. And a segment that acknowledges octets which have not come is told after those:
//! its sender had read them, so the capture has the packets in a wrong order (several queues of a
//! network card).
//!
//! A gap is given up when it will hardly be filled any more: the other side has acknowledged it (so
//! it was the capture that has lost it, and not the network), and a second or 64 segments have
//! passed since. What is not acknowledged is waited for, as the other side does, while there is
//! room for what comes after it.
//!
//! For the next editor: `ends[0]` is taken for the client. Without SYN that may be wrong until a
//! message begins.

use std::net::SocketAddr;
use std::time::Duration;

use super::guess::{self, Beginning, Guess};
use super::limits::Limits;
use super::link::Segment;
use super::stream::{Arrived, Ready, Stream, StreamSegment};
use crate::trace::record::ConnectionId;
use crate::trace::recorder::Trace;
use crate::wire::cause::{Cause, Loss, StateChange};
use crate::wire::flow::Flow;
use crate::wire::protocol::Protocol;

/// One TCP connection, as the capture shows it.
#[derive(Debug)]
pub(super) struct Conversation {
    id: ConnectionId,
    ends: [End; 2],
    phase: Phase,
    /// When its last segment came.
    latest: Duration,
    /// The time of the last thing that was told: within one conversation it never goes back.
    told: Duration,
    gap: Option<Gap>,
    /// The side that has sent RST. It is told when nothing before it is waited for.
    reset: Option<usize>,
    /// Segments whose octets had all come before.
    repeated: u64,
}

/// One side, and what it sends.
#[derive(Debug)]
struct End {
    address: SocketAddr,
    stream: Stream,
    /// The sequence number of its SYN, if the capture has it.
    syn: Option<u32>,
    /// A segment of it has been seen.
    is_seen: bool,
    /// It takes no more octets for now: its receive window is 0.
    is_full: bool,
    /// Where in a message its next octet stands is not known.
    is_lost: bool,
    /// Its first octets, until it is known what is spoken.
    first: Vec<u8>,
}

#[derive(Debug)]
enum Phase {
    /// The capture has its SYN, and it is not known yet what it speaks.
    New { at: Duration, held: Vec<Held> },
    /// It was open before the capture began, and no message has begun since; this many octets have
    /// passed.
    Joined { passed: u64 },
    /// It speaks HTTP/1.x, and everything is told.
    Told,
    /// It speaks something else, which has been said; which sides have sent FIN.
    Foreign { fins: [bool; 2] },
    /// Nothing more is told.
    Ended,
}

/// What is told as soon as it is known what is spoken.
#[derive(Debug)]
struct Held {
    at: Duration,
    side: usize,
    event: Event,
}

/// What one side has done.
#[derive(Debug)]
enum Event {
    Octets(Vec<u8>),
    Missing(u64, Loss),
    Fin,
    Rst,
    /// It takes no more octets for now, or does again.
    Window {
        is_full: bool,
    },
}

/// Octets are missing before others that are there.
#[derive(Debug, Clone, Copy)]
struct Gap {
    since: Duration,
    /// Segments of this conversation since then.
    segments: u32,
}

/// What a conversation needs beside its segments.
pub(super) struct Context<'a> {
    pub(super) trace: &'a mut Trace,
    pub(super) limits: Limits,
    /// Octets that all conversations keep together.
    pub(super) kept: usize,
}

impl Conversation {
    /// The conversation to which `segment` belongs, its first one in the capture.
    pub(super) fn new(id: ConnectionId, at: Duration, segment: &Segment<'_>) -> Conversation {
        let accepts = segment.syn && segment.acknowledged.is_some();
        let (client, server) = if accepts { (segment.to, segment.from) } else { (segment.from, segment.to) };
        let mut ends = [End::new(client), End::new(server)];
        if accepts && let Some(sequence) = segment.acknowledged {
            // What SYN and ACK of the server acknowledge is the client's SYN.
            ends[0].stream.begin(sequence);
        }
        let phase = if segment.syn { Phase::New { at, held: Vec::new() } } else { Phase::Joined { passed: 0 } };
        Conversation { id, ends, phase, latest: at, told: at, gap: None, reset: None, repeated: 0 }
    }

    pub(super) fn id(&self) -> ConnectionId {
        self.id
    }

    /// Nothing more will be told of it.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    /// Octets are missing, and will be given up after a while.
    pub(super) fn has_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// When a segment of it last came.
    pub(super) fn latest(&self) -> Duration {
        self.latest
    }

    /// Octets of memory for what is not told yet.
    pub(super) fn kept(&self) -> usize {
        let held = match &self.phase {
            Phase::New { held, .. } => held.iter().map(Held::memory).sum(),
            Phase::Joined { .. } | Phase::Told | Phase::Foreign { .. } | Phase::Ended => 0,
        };
        held + self.ends.iter().map(|end| end.stream.kept() + end.first.len()).sum::<usize>()
    }

    /// The segment opens another connection between the same ports.
    pub(super) fn is_replaced_by(&self, segment: &Segment<'_>) -> bool {
        let end = &self.ends[self.side_of(segment)];
        // It may come after octets that follow it.
        let follows = || end.stream.first() == Some(segment.sequence.wrapping_add(1));
        match end.syn {
            _ if !segment.syn => false,
            Some(syn) => syn != segment.sequence,
            None => self.has_ended() || end.stream.has_begun() && !follows(),
        }
    }

    /// Takes one segment of it.
    pub(super) fn segment(&mut self, at: Duration, segment: &Segment<'_>, context: &mut Context<'_>) {
        self.latest = self.latest.max(at);
        match self.phase {
            Phase::Ended => return,
            Phase::Foreign { .. } => return self.pass(segment),
            Phase::New { .. } | Phase::Joined { .. } | Phase::Told => {}
        }
        let side = self.side_of(segment);
        self.take_handshake(side, segment);
        if let Some(acknowledged) = segment.acknowledged {
            self.ends[1 - side].stream.acknowledge(acknowledged);
        }
        self.take_octets(side, at, segment, context);
        self.take_window(side, segment, context);
        if segment.rst {
            self.reset.get_or_insert(side);
        }
        self.look_at_gap(context);
        self.close_if_done(context);
    }

    /// So late is it now, and no segment of it has come.
    pub(super) fn wait(&mut self, at: Duration, context: &mut Context<'_>) {
        if self.gap.is_some() {
            self.latest = self.latest.max(at);
            self.look_at_gap(context);
            self.close_if_done(context);
        }
    }

    /// No more segments of it are taken.
    pub(super) fn end(&mut self, cause: Cause, context: &mut Context<'_>) {
        self.give_up_all(context);
        self.gap = None;
        self.close_if_done(context);
        self.settle(context);
        self.close(cause, context);
    }

    // ---- one segment

    fn side_of(&self, segment: &Segment<'_>) -> usize {
        usize::from(segment.from != self.ends[0].address)
    }

    fn take_handshake(&mut self, side: usize, segment: &Segment<'_>) {
        let end = &mut self.ends[side];
        end.is_seen = true;
        if segment.syn && end.syn.is_none() {
            end.syn = Some(segment.sequence);
            if !end.stream.has_begun() {
                // SYN counts as one octet.
                end.stream.begin(segment.sequence.wrapping_add(1));
            }
        }
    }

    fn take_octets(&mut self, side: usize, at: Duration, segment: &Segment<'_>, context: &mut Context<'_>) {
        let Segment { payload, cut, fin, .. } = *segment;
        let is_empty = payload.is_empty() && cut == 0 && !fin;
        let [client, server] = &mut self.ends;
        let (stream, peer) =
            if side == 0 { (&mut client.stream, &server.stream) } else { (&mut server.stream, &client.stream) };
        // An empty one in mid-stream may be a probe, which does not say where the next octet is.
        if is_empty && !stream.has_begun() {
            return;
        }
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        match stream.arrive(StreamSegment { at, sequence, payload, cut, fin }, peer) {
            Arrived::InOrder(range) => self.octets(side, at, &payload[range], context),
            Arrived::Again => self.repeated += 1,
            Arrived::Ahead | Arrived::Probe | Arrived::Nothing => {}
        }
        self.take_ready(context);
    }

    fn take_ready(&mut self, context: &mut Context<'_>) {
        while let Some((side, (at, ready))) = self.next_ready() {
            match ready {
                Ready::Octets(octets) => self.octets(side, at, &octets, context),
                Ready::Cut(count) => self.event(side, at, Event::Missing(count, Loss::Cut), context),
                Ready::Fin => self.event(side, at, Event::Fin, context),
            }
        }
    }

    fn next_ready(&mut self) -> Option<(usize, (Duration, Ready))> {
        let mut progress = [1, 0].map(|other: usize| self.ends[other].stream.progress());
        loop {
            for (side, end) in self.ends.iter_mut().enumerate() {
                if let Some(ready) = end.stream.ready(progress[side]) {
                    return Some((side, ready));
                }
            }
            // What has acknowledged octets that nothing will bring any more: there is nothing to
            // wait for.
            if self.side_with_gap().is_some() || progress == [u64::MAX; 2] {
                return None;
            }
            progress = [u64::MAX; 2];
        }
    }

    // The window of a segment with SYN or RST says nothing about what the application takes.
    fn take_window(&mut self, side: usize, segment: &Segment<'_>, context: &mut Context<'_>) {
        let is_full = segment.window == 0;
        let counts = segment.acknowledged.is_some() && !segment.syn && !segment.rst;
        if counts && self.ends[side].is_full != is_full {
            self.ends[side].is_full = is_full;
            self.event(side, self.latest, Event::Window { is_full }, context);
        }
    }

    fn close_if_done(&mut self, context: &mut Context<'_>) {
        if let Some(side) = self.reset.filter(|_| self.gap.is_none()) {
            self.event(side, self.latest, Event::Rst, context);
            self.settle(context);
            self.close(Cause::AfterReset, context);
        } else if self.ends.iter().all(|end| end.stream.has_ended()) {
            self.settle(context);
            self.close(Cause::BothFin, context);
        }
    }

    fn close(&mut self, cause: Cause, context: &mut Context<'_>) {
        if matches!(self.phase, Phase::Told) {
            let (at, segments) = (self.moment(self.latest), self.repeated);
            if segments > 0 {
                context.trace.state(at, self.id, StateChange::Repeated { segments });
            }
            context.trace.closed(at, self.id, cause);
        }
        self.phase = Phase::Ended;
        for end in &mut self.ends {
            end.forget();
        }
    }

    /// A segment of what is not told: only its end matters.
    fn pass(&mut self, segment: &Segment<'_>) {
        let side = self.side_of(segment);
        let Phase::Foreign { fins } = &mut self.phase else { return };
        fins[side] |= segment.fin;
        if segment.rst || *fins == [true; 2] {
            self.phase = Phase::Ended;
        }
    }

    // ---- gaps

    fn look_at_gap(&mut self, context: &mut Context<'_>) {
        loop {
            let Some(side) = self.side_with_gap() else {
                self.gap = None;
                return;
            };
            let latest = self.latest;
            let gap = self.gap.get_or_insert(Gap { since: latest, segments: 0 });
            gap.segments += 1;
            let is_old = latest >= gap.since + context.limits.gap_time || gap.segments >= context.limits.gap_segments;
            // Of a capture of one direction only there is no acknowledgement, and after RST none
            // comes.
            let is_one_sided = !self.ends[1 - side].is_seen || self.reset.is_some();
            let is_lost = self.ends[side].stream.is_gap_acknowledged() || is_one_sided;
            let is_full = self.kept() > context.limits.conversation || context.kept > context.limits.sum;
            if !(is_old && is_lost || is_full) {
                return;
            }
            self.gap = None;
            self.give_up(side, context);
        }
    }

    fn side_with_gap(&self) -> Option<usize> {
        (0..2).find(|side| self.ends[*side].stream.gap().is_some())
    }

    fn give_up_all(&mut self, context: &mut Context<'_>) {
        self.take_ready(context);
        while let Some(side) = self.side_with_gap() {
            self.give_up(side, context);
        }
    }

    fn give_up(&mut self, side: usize, context: &mut Context<'_>) {
        let at = self.ends[side].stream.after_gap().unwrap_or(self.latest);
        if let Some(count) = self.ends[side].stream.give_up() {
            self.event(side, at, Event::Missing(count, Loss::NotCaptured), context);
            self.take_ready(context);
        }
    }

    // ---- what is spoken

    /// The time at which something can be told that happened at `at`.
    fn moment(&mut self, at: Duration) -> Duration {
        self.told = self.told.max(at);
        self.told
    }

    fn octets(&mut self, side: usize, at: Duration, octets: &[u8], context: &mut Context<'_>) {
        let at = self.moment(at);
        match &mut self.phase {
            Phase::New { held, .. } => {
                held.push(Held { at, side, event: Event::Octets(octets.to_vec()) });
                self.ends[side].first.extend_from_slice(octets);
                self.decide(context);
            }
            Phase::Joined { passed } => {
                *passed += octets.len() as u64;
                self.join(side, octets, context);
            }
            Phase::Told => self.tell_octets(side, at, octets, context),
            Phase::Foreign { .. } | Phase::Ended => {}
        }
    }

    fn event(&mut self, side: usize, at: Duration, event: Event, context: &mut Context<'_>) {
        let at = self.moment(at);
        match &mut self.phase {
            Phase::New { held, .. } => held.push(Held { at, side, event }),
            Phase::Told => self.tell(side, at, event, context),
            Phase::Joined { .. } | Phase::Foreign { .. } | Phase::Ended => {}
        }
    }

    /// A new conversation speaks what the first octets of either side say.
    fn decide(&mut self, context: &mut Context<'_>) {
        let (client, server) = (guess::of_client(&self.ends[0].first), guess::of_server(&self.ends[1].first));
        match (client, server) {
            (Guess::Is(Protocol::Http1), _) | (_, Guess::Is(Protocol::Http1)) => self.open(context),
            (Guess::Is(protocol), _) | (_, Guess::Is(protocol)) => self.pass_over(protocol, context),
            (Guess::No, Guess::No) => self.pass_over(Protocol::Other, context),
            (Guess::No | Guess::NotYet, _) if self.kept() > context.limits.undecided => {
                self.pass_over(Protocol::Other, context);
            }
            (Guess::No | Guess::NotYet, Guess::No | Guess::NotYet) => {}
        }
    }

    /// One that was joined speaks what the beginning of a segment says.
    fn join(&mut self, side: usize, octets: &[u8], context: &mut Context<'_>) {
        let Some(beginning) = guess::beginning(octets) else {
            if guess::is_tls(octets) {
                self.pass_over(Protocol::Tls, context);
            }
            return;
        };
        let is_client = beginning.flow() == Flow::Requests;
        if is_client != (side == 0) {
            self.ends.swap(0, 1);
        }
        for end in &mut self.ends {
            end.is_lost = true;
        }
        self.phase = Phase::Told;
        context.trace.joined(self.told, self.id, self.ends[1].address, self.ends[0].address);
        self.tell_octets(usize::from(!is_client), self.told, octets, context);
    }

    /// It speaks HTTP/1.x: what was held is told.
    fn open(&mut self, context: &mut Context<'_>) {
        let Phase::New { at, held } = std::mem::replace(&mut self.phase, Phase::Told) else { return };
        context.trace.opened(at, self.id, self.ends[1].address, self.ends[0].address);
        for Held { at, side, event } in held {
            self.tell(side, at, event, context);
        }
        for end in &mut self.ends {
            end.first = Vec::new();
        }
    }

    /// It speaks something else: that is said, and nothing more.
    fn pass_over(&mut self, protocol: Protocol, context: &mut Context<'_>) {
        context.trace.foreign(self.told, self.id, self.ends[1].address, self.ends[0].address, protocol);
        self.phase = Phase::Foreign { fins: [false; 2] };
        for end in &mut self.ends {
            end.forget();
        }
    }

    /// No more octets will say what it speaks.
    fn settle(&mut self, context: &mut Context<'_>) {
        match &self.phase {
            Phase::New { .. } if self.ends.iter().all(|end| end.first.is_empty()) => self.open(context),
            Phase::New { .. } => self.pass_over(Protocol::Other, context),
            Phase::Joined { passed } if *passed > 0 => self.pass_over(Protocol::Other, context),
            Phase::Joined { .. } | Phase::Told | Phase::Foreign { .. } | Phase::Ended => {}
        }
    }

    // ---- what is told

    fn tell(&mut self, side: usize, at: Duration, event: Event, context: &mut Context<'_>) {
        let (flow, trace) = (flow_of(side), &mut *context.trace);
        match event {
            Event::Octets(octets) => self.tell_octets(side, at, &octets, context),
            Event::Missing(count, loss) => {
                self.ends[side].is_lost = !trace.missing(at, self.id, flow, count, loss);
            }
            Event::Fin => trace.fin(at, self.id, flow, Cause::FinSegment(flow)),
            Event::Rst => trace.rst(at, self.id, flow, Cause::RstSegment(flow)),
            // What one side does not take, the other one cannot send.
            Event::Window { is_full: true } => trace.state(at, self.id, StateChange::WindowClosed(opposite(flow))),
            Event::Window { is_full: false } => trace.state(at, self.id, StateChange::WindowOpen(opposite(flow))),
        }
    }

    fn tell_octets(&mut self, side: usize, at: Duration, octets: &[u8], context: &mut Context<'_>) {
        let (end, flow) = (&mut self.ends[side], flow_of(side));
        if end.is_lost
            && let Some(beginning) = guess::beginning(octets)
            && beginning.flow() == flow
        {
            end.is_lost = false;
            context.trace.resume(self.id, flow, beginning == Beginning::EventChunk);
        }
        context.trace.octets(at, self.id, flow, octets);
    }
}

impl End {
    fn new(address: SocketAddr) -> End {
        End {
            address,
            stream: Stream::default(),
            syn: None,
            is_seen: false,
            is_full: false,
            is_lost: false,
            first: Vec::new(),
        }
    }

    /// Keeps nothing of what it has sent.
    fn forget(&mut self) {
        self.stream = Stream::default();
        self.first = Vec::new();
        self.is_full = false;
    }
}

impl Held {
    fn memory(&self) -> usize {
        let octets = match &self.event {
            Event::Octets(octets) => octets.len(),
            Event::Missing(..) | Event::Fin | Event::Rst | Event::Window { .. } => 0,
        };
        octets + size_of::<Held>()
    }
}

fn opposite(flow: Flow) -> Flow {
    match flow {
        Flow::Requests => Flow::Responses,
        Flow::Responses => Flow::Requests,
    }
}

fn flow_of(side: usize) -> Flow {
    if side == 0 { Flow::Requests } else { Flow::Responses }
}
