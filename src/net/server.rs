//! The event loop: sleep, accept, read, act.
//!
//! ```text
//! turn:
//!     sleep in poll until an event, the earliest deadline, or not at all if a peer is ready
//!     read the clock, once
//!     listener event   accept until the queue is empty, or descriptors are
//!     peer event       remember: readable, writable; it is ready
//!     deadline passed  it is ready (the connection itself sees what has expired)
//!     standard input   a few events of it are published
//!     each ready peer  one read, one act; if there is more to do it is ready again
//! ```
//!
//! The cost of a turn depends on the peers that are ready, never on the number of peers that are
//! connected.
//!
//! A read that fills less than the buffer has emptied the socket (epoll(7)), and readiness for
//! reading is over until the next event, unless poll has said that the client's FIN is there: then
//! another read must see it. That saves one system call for each request, and is the one departure
//! from "only WouldBlock ends readiness".

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::accept::{ACCEPTS_PER_TURN, Accepted, Acceptor, MOST_LISTENERS};
use super::input::{FromInput, Input};
use super::limits::ServerLimits;
use super::operator::{self, Watch};
use super::peer::{Acted, Turn};
use super::peers::Peers;
use super::shared::Shared;
use super::signals::Signals;
use super::sleep::sleep;
use super::socket::Listening;
use super::step_commands::{STEP_HELP, StepCommand, StepCommands};
use crate::exchange::stepping::{Pace, Release, StepMode};
use crate::site::Site;
use crate::site::operator::{OperatorRequest, Released};
use crate::topic::feed::{Fed, Feed, FeedFormat};
use crate::trace::recorder::Trace;
use crate::wire::language::Language;

/// The server: its listeners, its peers, and the loop that serves them.
pub struct Server {
    poll: Poll,
    signals: Signals,
    input: InputUse,
    acceptor: Acceptor,
    peers: Peers,
    /// Keys of parked peers that are to be woken; kept between turns for its memory.
    to_wake: Vec<u32>,
    shared: Shared,
    watch: Watch,
    /// One buffer for all reads: an idle connection holds none.
    buffer: Box<[u8]>,
    phase: Phase,
}

/// What standard input is for.
enum InputUse {
    /// Standard input is not read.
    None,
    /// It feeds a topic.
    Feed(Input, Feed),
    /// It releases held steps.
    Steps(StepCommands),
}

/// Whether the server serves or stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Serving,
    /// Until then connections may end by themselves; this many were open at the first signal.
    Draining {
        until: Instant,
        open: usize,
    },
}

/// How the server came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerEnd {
    /// Connections that were open when the first signal came.
    pub open: usize,
    /// Connections cut before the server's FIN: the drain time passed, or a second signal came.
    pub cut: usize,
}

impl Server {
    /// A server that listens on these addresses, and responds from now on. Each group is the
    /// addresses of one name, of which one must do; with `reuse_port` other processes may listen on
    /// the same ones. The trace counts time from `started`.
    ///
    /// # Errors
    /// An address cannot be listened on (the error names it), or the kernel refuses what the loop
    /// needs.
    pub fn bind(
        addresses: &[Vec<SocketAddr>],
        reuse_port: bool,
        limits: ServerLimits,
        site: Site,
        started: Instant,
    ) -> io::Result<Server> {
        let poll = Poll::new()?;
        let how = Listening { silence: limits.exchange.unacknowledged(), reuse_port };
        Ok(Server {
            signals: Signals::register(poll.registry(), SIGNALS)?,
            acceptor: Acceptor::bind(addresses, how, poll.registry())?,
            poll,
            input: InputUse::None,
            peers: Peers::default(),
            to_wake: Vec::new(),
            shared: Shared::new(limits, site, started),
            watch: Watch::default(),
            buffer: vec![0; READ_BUFFER].into_boxed_slice(),
            phase: Phase::Serving,
        })
    }

    /// Records to this trace from now on.
    pub fn record_to(&mut self, trace: Trace) {
        self.shared.trace = trace;
    }

    /// Refuses in English and, if it is another language, once more in `language`.
    pub fn refuse_in(&mut self, language: Language) {
        let (now, idle) = (Instant::now(), self.shared.limits.exchange.idle);
        self.shared.fields = self.shared.fields.renewed(now, SystemTime::now(), idle).refusing_in(language);
    }

    /// The addresses that are really listened on, with the ports that were chosen where 0 was asked
    /// for.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.acceptor.local_addresses()
    }

    /// Publishes what comes on standard input to `topic` from now on.
    ///
    /// # Errors
    /// The name is not a topic name, or no thread can be started for reading.
    pub fn publish_input(&mut self, topic: &str, format: FeedFormat) -> io::Result<()> {
        let shared = &mut self.shared;
        let feed = Feed::new(topic, format, &shared.limits.topics, &mut shared.topics, shared.now)
            .map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        let input = Input::register(self.poll.registry(), INPUT, io::stdin())?;
        self.input = InputUse::Feed(input, feed);
        Ok(())
    }

    /// Holds every step from now on, until a line on standard input or `POST /step` releases it. At
    /// the end of standard input everything runs on.
    ///
    /// # Errors
    /// No thread can be started for reading.
    pub fn hold_steps(&mut self) -> io::Result<()> {
        self.shared.stepping.pace = Pace::Steps(0);
        let input = Input::register(self.poll.registry(), INPUT, io::stdin())?;
        self.input = InputUse::Steps(StepCommands::new(input));
        log::info!("each step is held: {STEP_HELP}; the space bar on the page and POST /step release it too");
        self.shared.stepping.is_told = true;
        Ok(())
    }

    /// Serves until a signal asks for the end, and all connections have ended or have been cut.
    ///
    /// # Errors
    /// The kernel refuses to wait for events: nothing can be served any more.
    pub fn run(mut self) -> io::Result<ServerEnd> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let mut signals = self.turn(&mut events)?;
            if let (Phase::Serving, 1..) = (&self.phase, signals) {
                self.drain();
                signals -= 1;
            }
            match self.phase {
                Phase::Serving => {}
                Phase::Draining { until, open } => {
                    if self.peers.is_empty() || signals > 0 || self.shared.now >= until {
                        // A peer that has the server's FIN has the whole response; its own FIN is
                        // not waited for.
                        let cut = self.peers.iter().filter(|peer| !peer.connection.status().fin_sent).count();
                        return Ok(ServerEnd { open, cut });
                    }
                }
            }
        }
    }

    /// One turn of the loop: how many signals have come.
    #[inline(never)]
    fn turn(&mut self, events: &mut Events) -> io::Result<usize> {
        let timeout = self.timeout();
        let was_stopped = sleep(&mut self.poll, events, timeout, SIGNALS)?;
        // How much of a sleep was sleep is unknown, if the process was stopped in it.
        self.shared.begin_turn(if was_stopped { timeout.and(Some(Duration::ZERO)) } else { timeout });
        let mut signals = 0;
        for event in events.iter() {
            match event.token() {
                SIGNALS => signals = self.signals.asked_to_stop(),
                INPUT => self.input.mark_ready(),
                Token(token) if token < FIRST_PEER => self.acceptor.mark_ready(token),
                Token(token) => self.peers.mark_ready(token - FIRST_PEER, event),
            }
        }
        self.peers.expire(self.shared.now);
        for key in self.shared.memory.released() {
            self.peers.queue(key);
        }
        self.accept();
        self.take_input();
        self.serve_ready();
        self.wake_subscribers();
        if self.watch.publish(&mut self.shared) {
            self.wake_subscribers();
        }
        if self.peers.shrink() {
            self.to_wake.shrink_to_fit();
        }
        Ok(signals)
    }

    /// How long the loop may sleep; none is for ever.
    fn timeout(&mut self) -> Option<Duration> {
        let may_accept = self.peers.len() < self.shared.limits.connections && self.acceptor.is_ready();
        if self.peers.has_ready() || self.shared.memory.can_release() || self.shared.trace.has_lines() || may_accept {
            return Some(Duration::ZERO);
        }
        let input = match self.input.ready_at(&self.shared) {
            Some(at) if at <= self.shared.now => return Some(Duration::ZERO),
            at => at,
        };
        let drain = match self.phase {
            Phase::Serving => None,
            Phase::Draining { until, .. } => Some(until),
        };
        let shared = &self.shared;
        // The loop's time and the trace's differ by a constant.
        let ping = self.watch.ping_at(shared).map(|at| shared.now + at.saturating_sub(shared.at()));
        let until =
            [self.peers.deadline(), self.acceptor.paused_until(), drain, input, ping].into_iter().flatten().min()?;
        Some(until.saturating_duration_since(self.shared.clock.after_work()))
    }

    // ---- accepting

    fn accept(&mut self) {
        for _ in 0..ACCEPTS_PER_TURN {
            if self.peers.len() >= self.shared.limits.connections {
                return self.acceptor.tell_full(self.peers.len(), self.shared.now);
            }
            let Some(accepted) = self.acceptor.next(self.peers.len(), self.shared.now) else { return };
            let Accepted { socket, address, .. } = accepted;
            if let Err(error) = self.register(socket, address) {
                log::warn!("{address} could not be registered: {error}");
            }
        }
    }

    fn register(&mut self, mut socket: TcpStream, address: SocketAddr) -> io::Result<()> {
        let token = Token(self.peers.next_key() + FIRST_PEER);
        self.poll.registry().register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        self.peers.add(socket, address, &mut self.shared);
        Ok(())
    }

    // ---- standard input

    fn take_input(&mut self) {
        match &mut self.input {
            InputUse::None => {}
            InputUse::Feed(input, feed) => {
                if !publish_input(input, feed, &mut self.shared) {
                    self.input = InputUse::None;
                }
            }
            InputUse::Steps(commands) => {
                let command = commands.next(!self.shared.stepping.held.is_empty());
                self.carry_out(command);
            }
        }
    }

    /// Carries out one command in each turn, since the step that it releases is to be seen before
    /// the next.
    fn carry_out(&mut self, command: StepCommand) {
        match command {
            StepCommand::None => {}
            StepCommand::Release(release) => {
                match operator::release(None, release, &mut self.peers, &mut self.shared) {
                    Released::Step(..) => {}
                    released @ (Released::All(_) | Released::Nothing(_)) => log::info!("{released}"),
                }
            }
            StepCommand::Unknown(sentence) => log::warn!("{sentence}"),
            StepCommand::End => {
                let released = operator::release(None, Release::Run, &mut self.peers, &mut self.shared);
                log::info!("standard input has ended: {released}");
                self.input = InputUse::None;
            }
        }
    }

    // ---- serving

    fn serve_ready(&mut self) {
        let mut ready = self.peers.begin_turn();
        for key in ready.drain(..) {
            self.serve(key);
        }
        self.peers.end_turn(ready);
    }

    /// Events that have been published in this turn leave at once, all of them in one write for
    /// each subscriber.
    fn wake_subscribers(&mut self) {
        if !self.shared.topics.has_waiters() {
            return;
        }
        let mut to_wake = std::mem::take(&mut self.to_wake);
        self.shared.topics.wake(&mut to_wake);
        for key in to_wake.drain(..) {
            if let Some(peer) = self.peers.get_mut(key as usize) {
                peer.connection.wake();
                self.serve(key as usize);
            }
        }
        self.to_wake = to_wake;
    }

    #[inline(never)]
    fn serve(&mut self, key: usize) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.turn = Turn::Waiting;
        let shared = &mut self.shared;
        let acted = peer.read(&mut self.buffer, shared).and_then(|()| peer.act(shared));
        match acted {
            Ok(acted) => {
                peer.tell_rest(shared);
                peer.count_kept(shared);
                if matches!(acted, Acted::HasMore) || peer.needs_turn(shared) {
                    self.peers.queue(key);
                }
                self.peers.set_timer(key);
                if let Acted::Operator(request) = acted {
                    self.respond_to_operator(key, request);
                }
            }
            Err(gone) => {
                self.peers.remove(key, gone, &mut self.shared);
                self.acceptor.resume();
            }
        }
    }

    fn respond_to_operator(&mut self, key: usize, request: OperatorRequest) {
        let producer = operator::carry_out(request, key, &mut self.watch, &mut self.peers, &mut self.shared);
        if let Some(peer) = self.peers.get_mut(key) {
            peer.begin_response(producer, StepMode::Never);
            self.peers.queue(key);
        }
    }

    /// Stops accepting, and asks every connection to end properly.
    fn drain(&mut self) {
        self.acceptor.close();
        self.input = InputUse::None;
        self.shared.stepping.pace = Pace::Free;
        for key in self.peers.keys() {
            if let Some(peer) = self.peers.get_mut(key) {
                peer.drain(&self.shared);
            }
            self.peers.queue(key);
        }
        let open = self.peers.len();
        log::info!("stopping; connections that are asked to end: {open}");
        self.phase = Phase::Draining { until: self.shared.now + self.shared.limits.drain, open };
    }
}

impl InputUse {
    fn mark_ready(&mut self) {
        match self {
            InputUse::None => {}
            InputUse::Feed(input, _) => input.mark_ready(),
            InputUse::Steps(commands) => commands.mark_ready(),
        }
    }

    /// When standard input is to be looked at without a further event, if at all.
    fn ready_at(&mut self, shared: &Shared) -> Option<Instant> {
        match self {
            InputUse::None => None,
            InputUse::Feed(input, feed) if input.is_ready() => {
                Some(feed.waits_until(&shared.topics, shared.now).unwrap_or(shared.now))
            }
            InputUse::Feed(..) => None,
            InputUse::Steps(commands) => commands.is_ready(!shared.stepping.held.is_empty()).then_some(shared.now),
        }
    }
}

/// Publishes what is on standard input: so few events in one turn that no subscriber that keeps up
/// loses one. False when the input has ended.
fn publish_input(input: &mut Input, feed: &mut Feed, shared: &mut Shared) -> bool {
    let (now, limits, topics) = (shared.now, &shared.limits.topics, &mut shared.topics);
    if feed.waits_until(topics, now).is_some() {
        return true;
    }
    let mut octets_left = (limits.octets / INPUT_SHARE).max(1);
    for _ in 0..(limits.events / INPUT_SHARE).max(1) {
        if octets_left == 0 {
            return true;
        }
        match input.look() {
            FromInput::Nothing => return true,
            FromInput::Octets(octets) => {
                let (taken, fed) = feed.take(octets, topics, now);
                input.take(taken);
                octets_left = octets_left.saturating_sub(taken);
                warn_of(fed);
            }
            FromInput::End(error) => {
                warn_of(feed.end(topics, now));
                match error {
                    None => log::info!("standard input has ended"),
                    Some(error) => log::warn!("standard input can no longer be read: {error}"),
                }
                log::info!("{} events have been published to {}", feed.published(), feed.topic());
                return false;
            }
        }
    }
    true
}

fn warn_of(fed: Fed) {
    match fed {
        Fed::Nothing | Fed::Event => {}
        Fed::Fault(fault) => log::warn!("{fault}"),
    }
}

const SIGNALS: Token = Token(usize::MAX);
const INPUT: Token = Token(usize::MAX - 1);
/// One turn takes this part of a ring from standard input.
const INPUT_SHARE: usize = 4;
/// Tokens below are listeners.
const FIRST_PEER: usize = MOST_LISTENERS;
/// Events taken from one poll.
const EVENTS: usize = 1024;
/// Octets of one read.
const READ_BUFFER: usize = 64 * 1024;
