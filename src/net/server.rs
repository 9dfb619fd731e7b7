//! The event loop: sleep, accept, read, act.
//!
//! ```text
//! turn:
//!     sleep in poll until an event, the earliest deadline, or not at all if somebody is ready
//!     read the clock, once
//!     listener event   accept until the queue is empty, or descriptors are
//!     peer event       remember: readable, writable; it is ready
//!     deadline passed  it is ready (the connection itself sees what has expired)
//!     standard input   a few events of it are published
//!     each ready peer  one read, one act; if there is more to do it is ready again
//! ```
//!
//! The cost of a turn depends on who is ready, never on how many are connected: deadlines stand in a heap, at
//! most one live entry for each peer, and an entry that comes too early is put back. So a connection that is busy
//! moves its deadline on for nothing.
//!
//! A read that fills less than the buffer has emptied the socket (epoll(7)), and readiness for reading is over until the
//! next event, unless poll has said that their FIN is there: then another read must see it. That saves one system
//! call for each request, and is the one departure from "only WouldBlock ends readiness".

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::clock::Clock;
use super::control::Control;
use super::input::{FromInput, Input};
use super::socket;
use crate::exchange::connection::{Action, Connection, Moment, Pace, closing_fields, staying_fields};
use crate::exchange::console::{Console, Release, Released, WORDS, held_kind};
use crate::exchange::limits::Limits;
use crate::exchange::metrics::Metrics;
use crate::exchange::producer::{Producer, Subscription};
use crate::site::Site;
use crate::topic::Topics;
use crate::topic::feed::{Fed, Feed, FeedFormat};
use crate::trace::live::Open;
use crate::trace::record::ConnectionId;
use crate::trace::recorder::Trace;
use crate::wire::cause::{Call, Cause, StateChange};
use crate::wire::flow::Flow;
use crate::wire::persistence::Persistence;
use crate::wire::request::Request;
use crate::wire::response::encode_field_line;

/// The server: its listeners, its peers, and the loop that serves them.
pub struct Server {
    poll: Poll,
    control: Control,
    /// Standard input, while it feeds a topic.
    feeding: Option<(Input, Feed)>,
    /// Standard input, while it lets steps go.
    stepping: Option<Words>,
    listeners: Vec<Listener>,
    peers: Slab<Peer>,
    /// Who is to be served in this turn or the next.
    ready: Vec<usize>,
    /// Who is to be woken; kept between turns for its memory.
    woken: Vec<u32>,
    timers: BinaryHeap<Reverse<Timer>>,
    surroundings: Surroundings,
    /// One buffer for all reads: an idle connection holds none.
    buffer: Box<[u8]>,
    /// Connections accepted so far; the number of the last one.
    connections: u64,
    /// Accepting failed, or the bound is reached: not before this, or before somebody has left.
    accept_again: Option<Instant>,
    /// The operator has been told of that, and is not told again before this.
    warn_again: Option<Instant>,
    drain_until: Option<Instant>,
}

/// What a peer needs beside itself to be served.
struct Surroundings {
    clock: Clock,
    /// The time from which the trace counts.
    started: Instant,
    now: Instant,
    limits: Limits,
    general: GeneralFields,
    site: Site,
    topics: Topics,
    metrics: Metrics,
    trace: Trace,
    /// That of connections that begin now.
    pace: Pace,
    /// Whose step waits to be let go, and under which key; the longest first.
    held: VecDeque<(ConnectionId, usize)>,
    /// What the request that has just been read asks of the server.
    errand: Option<Box<Console>>,
}

#[derive(Debug)]
struct Listener {
    socket: TcpListener,
    ready: bool,
}

/// When somebody is to be looked at. That it is meant for whoever has the key now is seen by its time: it is the one which
/// that peer has noted.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    at: Instant,
    key: u32,
}

#[derive(Debug)]
struct Peer {
    socket: TcpStream,
    connection: Connection,
    id: ConnectionId,
    /// The earliest entry that the heap holds for this peer.
    timer: Option<Instant>,
    readable: bool,
    writable: bool,
    /// Poll has seen their FIN: a read must see it too.
    fin_is_there: bool,
    queued: bool,
    /// The trace has been told that the connection waits for a request.
    told_waiting: bool,
    /// It stands in the list of those that are held.
    told_held: bool,
    /// Its last request was one of an operator, and so it is not held.
    is_console: bool,
}

/// The peer is to be forgotten, and why.
enum Gone {
    /// Both halves are done, or the socket is of no more use.
    Closed(Cause),
    /// A step says so: by a reset.
    Reset(Cause),
}

/// How the server came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Connections that were open when the first signal came.
    pub open: usize,
    /// Connections to which not everything had been said when the time, or the patience of the operator, was over.
    pub cut: usize,
}

impl Server {
    /// A server that listens on these addresses, and answers from now on. `started` is the time from which `trace` counts.
    ///
    /// # Errors
    /// An address cannot be listened on (the error names it), or the kernel refuses what the loop needs.
    pub fn bind(
        addresses: &[SocketAddr],
        limits: Limits,
        site: Site,
        trace: Trace,
        started: Instant,
    ) -> io::Result<Server> {
        let poll = Poll::new()?;
        let control = Control::register(poll.registry(), CONTROL)?;
        let mut listeners = Vec::new();
        for (index, &address) in addresses.iter().enumerate() {
            let mut socket = socket::listen(address, limits.unacknowledged())
                .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?;
            poll.registry().register(&mut socket, Token(index), Interest::READABLE)?;
            listeners.push(Listener { socket, ready: false });
        }
        let now = Instant::now();
        let general = GeneralFields::new(now, limits.idle);
        let topics = Topics::new(limits.topics, milliseconds_since_1970());
        Ok(Server {
            poll,
            control,
            feeding: None,
            stepping: None,
            listeners,
            peers: Slab::new(),
            ready: Vec::new(),
            woken: Vec::new(),
            timers: BinaryHeap::new(),
            surroundings: Surroundings {
                clock: Clock::new(),
                started,
                now,
                limits,
                general,
                site,
                topics,
                metrics: Metrics::default(),
                trace,
                pace: Pace::Free,
                held: VecDeque::new(),
                errand: None,
            },
            buffer: vec![0; READ_BUFFER].into_boxed_slice(),
            connections: 0,
            accept_again: None,
            warn_again: None,
            drain_until: None,
        })
    }

    /// The addresses that are really listened on, with the ports that were chosen where 0 was asked for.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.socket.local_addr().ok()).collect()
    }

    /// Publishes from now on what stands on standard input to `topic`.
    ///
    /// # Errors
    /// The name is not one for a topic, or there is no thread to be had for reading.
    pub fn publish_input(&mut self, topic: &str, format: FeedFormat) -> io::Result<()> {
        let around = &mut self.surroundings;
        let feed = Feed::new(topic, format, &around.limits.topics, &mut around.topics, around.now)
            .map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        let input = Input::register(self.poll.registry(), INPUT, io::stdin())?;
        self.feeding = Some((input, feed));
        Ok(())
    }

    /// Holds every step from now on, until a line on standard input or `POST /step` lets it go. At the end of standard input
    /// everything runs on.
    ///
    /// # Errors
    /// There is no thread to be had for reading.
    pub fn hold_steps(&mut self) -> io::Result<()> {
        self.surroundings.pace = Pace::Steps(0);
        self.stepping = Some(Words::new(Input::register(self.poll.registry(), INPUT, io::stdin())?));
        log::info!("each step is held: {WORDS}");
        Ok(())
    }

    /// Serves until a signal asks for the end, and all connections have ended or have been cut.
    ///
    /// # Errors
    /// The kernel refuses to wait for events: nothing can be served any more.
    pub fn run(mut self) -> io::Result<Ending> {
        let mut events = Events::with_capacity(EVENTS);
        let mut open = 0;
        loop {
            let is_asked_to_stop = self.turn(&mut events)?;
            let is_impatient = is_asked_to_stop && self.drain_until.is_some();
            if is_asked_to_stop && !is_impatient {
                open = self.drain();
            }
            let Some(until) = self.drain_until else { continue };
            if self.peers.is_empty() || is_impatient || self.surroundings.now >= until {
                // Who has our FIN has got everything; that they have not said FIN is their affair.
                let cut = self.peers.iter().filter(|(_, peer)| !peer.connection.fin_was_sent()).count();
                return Ok(Ending { open, cut });
            }
        }
    }

    /// One turn of the loop; true if a signal has come.
    #[inline(never)]
    fn turn(&mut self, events: &mut Events) -> io::Result<bool> {
        let patience = self.patience();
        let was_stopped = self.sleep(events, patience)?;
        // Of a sleep in which we were stopped nobody knows how much was sleep.
        self.surroundings.begin_turn(if was_stopped { patience.and(Some(Duration::ZERO)) } else { patience });
        let mut is_asked_to_stop = false;
        for event in events.iter() {
            match event.token() {
                CONTROL => is_asked_to_stop = self.control.asked_to_stop(),
                INPUT => self.notice_input(),
                Token(token) if token < FIRST_PEER => self.listeners[token].ready = true,
                Token(token) => self.notice(token - FIRST_PEER, event),
            }
        }
        self.expire();
        self.accept();
        self.take_input();
        self.take_words();
        self.serve_ready();
        self.wake_subscribers();
        self.publish_trace();
        self.tidy();
        Ok(is_asked_to_stop)
    }

    /// Sleeps until something is ready, or `patience` is over; true if somebody has stopped the process meanwhile.
    fn sleep(&mut self, events: &mut Events, patience: Option<Duration>) -> io::Result<bool> {
        match self.poll.poll(events, patience) {
            // A debugger or SIGSTOP cuts epoll_wait short as our own signals do (signal(7)), but leaves nothing to be read.
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                match self.poll.poll(events, Some(Duration::ZERO)) {
                    Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
                    Ok(()) | Err(_) => Ok(events.iter().all(|event| event.token() != CONTROL)),
                }
            }
            outcome => outcome.map(|()| false),
        }
    }

    /// Publishes what stands on standard input: so few events in one turn that nobody who keeps up loses one by it.
    fn take_input(&mut self) {
        let Some((input, feed)) = &mut self.feeding else { return };
        let Surroundings { now, limits, topics, .. } = &mut self.surroundings;
        if feed.waits_until(topics, *now).is_some() {
            return;
        }
        let mut octets_left = (limits.topics.octets / INPUT_SHARE).max(1);
        for _ in 0..(limits.topics.events / INPUT_SHARE).max(1) {
            if octets_left == 0 {
                return;
            }
            let fed = match input.look() {
                FromInput::Nothing => return,
                FromInput::Octets(octets) => {
                    let (taken, fed) = feed.take(octets, topics, *now);
                    input.take(taken);
                    octets_left = octets_left.saturating_sub(taken);
                    fed
                }
                FromInput::End(error) => {
                    warn_of(feed.end(topics, *now));
                    match error {
                        None => log::info!("standard input has ended"),
                        Some(error) => log::warn!("standard input can no longer be read: {error}"),
                    }
                    log::info!("{} events have been published to {}", feed.published(), feed.topic());
                    self.feeding = None;
                    return;
                }
            };
            warn_of(fed);
        }
    }

    fn serve_ready(&mut self) {
        let mut ready = std::mem::take(&mut self.ready);
        for key in ready.drain(..) {
            self.serve(key);
        }
        // Whoever is to be served again has been queued meanwhile; the larger of the two buffers is kept.
        if self.ready.is_empty() {
            self.ready = ready;
        }
    }

    /// What has been published in this turn goes out at once, all of it in one write for each subscriber.
    fn wake_subscribers(&mut self) {
        if !self.surroundings.topics.has_stirred() {
            return;
        }
        let mut woken = std::mem::take(&mut self.woken);
        self.surroundings.topics.wake(&mut woken);
        for key in woken.drain(..) {
            if let Some(peer) = self.peers.get_mut(key as usize) {
                peer.connection.wake();
                self.serve(key as usize);
            }
        }
        self.woken = woken;
    }

    /// How long the loop may sleep.
    fn patience(&mut self) -> Option<Duration> {
        if !self.ready.is_empty()
            || self.surroundings.trace.has_lines()
            || self.stepping.as_ref().is_some_and(|words| words.is_ready(&self.surroundings.held))
            || (self.may_accept() && self.listeners.iter().any(|listener| listener.ready))
        {
            return Some(Duration::ZERO);
        }
        let feed_again = match &mut self.feeding {
            Some((input, feed)) if input.is_ready() => {
                match feed.waits_until(&self.surroundings.topics, self.surroundings.now) {
                    None => return Some(Duration::ZERO),
                    until => until,
                }
            }
            Some(_) | None => None,
        };
        let timer = self.timers.peek().map(|Reverse(timer)| timer.at);
        let until = [timer, self.accept_again, self.drain_until, feed_again].into_iter().flatten().min()?;
        Some(until.saturating_duration_since(self.surroundings.clock.after_work()))
    }

    fn notice(&mut self, key: usize, event: &Event) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        peer.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
        peer.fin_is_there |= event.is_read_closed() || event.is_error();
        queue(&mut self.ready, key, peer);
    }

    fn expire(&mut self) {
        let now = self.surroundings.now;
        if self.accept_again.is_some_and(|at| at <= now) {
            self.accept_again = None;
        }
        while let Some(Reverse(timer)) = self.timers.peek() {
            if timer.at > now {
                return;
            }
            let Some(Reverse(timer)) = self.timers.pop() else { return };
            let key = timer.key as usize;
            let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.timer == Some(timer.at)) else { continue };
            peer.timer = None;
            match peer.connection.deadline() {
                Some(deadline) if deadline > now => set_timer(&mut self.timers, key, peer, deadline),
                Some(_) => queue(&mut self.ready, key, peer),
                None => {}
            }
        }
    }

    // ---- accepting ----------------------------------------------------------------------------------

    fn may_accept(&self) -> bool {
        self.accept_again.is_none() && self.peers.len() < self.surroundings.limits.connections
    }

    fn accept(&mut self) {
        for index in 0..self.listeners.len() {
            for _ in 0..ACCEPTS_PER_TURN {
                if !self.listeners[index].ready || !self.may_accept() {
                    break;
                }
                self.accept_one(index);
            }
        }
    }

    fn accept_one(&mut self, index: usize) {
        match self.listeners[index].socket.accept() {
            Ok((socket, address)) => {
                if let Err(error) = self.admit(socket, address) {
                    log::warn!("{address} could not be registered: {error}");
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.listeners[index].ready = false,
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            // No descriptor left (EMFILE, ENFILE), or no memory: trying again at once would spin.
            Err(error) => self.pause_accepting(&error),
        }
    }

    fn pause_accepting(&mut self, error: &io::Error) {
        let now = self.surroundings.now;
        let is_news = self.warn_again.is_none_or(|at| at <= now);
        let level = if is_news { log::Level::Warn } else { log::Level::Debug };
        log::log!(level, "accepting pauses: {error} ({} connections are open)", self.peers.len());
        if is_news {
            self.warn_again = Some(now + WARN_PAUSE);
        }
        self.accept_again = Some(now + ACCEPT_PAUSE);
    }

    fn admit(&mut self, mut socket: TcpStream, address: SocketAddr) -> io::Result<()> {
        let entry = self.peers.vacant_entry();
        let (key, token) = (entry.key(), Token(entry.key() + FIRST_PEER));
        self.poll.registry().register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        self.connections += 1;
        let around = &mut self.surroundings;
        around.metrics.connections.add(1);
        let id = ConnectionId::new(self.connections);
        if around.trace.is_on() {
            around.trace.opened(around.at(), id, socket.local_addr()?, address);
        }
        let mut connection = Connection::new(key as u32, around.now, &around.limits);
        connection.set_pace(around.pace);
        let peer = entry.insert(Peer {
            socket,
            connection,
            id,
            timer: None,
            // Registering makes the first event come, with whatever is there already.
            readable: false,
            writable: true,
            fin_is_there: false,
            queued: false,
            told_waiting: true,
            told_held: false,
            is_console: false,
        });
        queue(&mut self.ready, key, peer);
        Ok(())
    }

    // ---- what operators ask for ---------------------------------------------------------------------

    fn notice_input(&mut self) {
        self.feeding.iter_mut().for_each(|(input, _)| input.notice());
        self.stepping.iter_mut().for_each(|words| words.input.notice());
    }

    /// Does what a line on standard input says; one in each turn, since what it lets go is to be seen first.
    fn take_words(&mut self) {
        let Some(words) = &mut self.stepping else { return };
        match words.next(!self.surroundings.held.is_empty()) {
            Word::Nothing => {}
            Word::Line(line) => match Release::parse(&line) {
                Ok(release) => match self.release(None, release) {
                    Released::Step(..) => {}
                    released @ (Released::All(_) | Released::Nothing(_)) => log::info!("{released}"),
                },
                Err(sentence) => log::warn!("{sentence}"),
            },
            Word::End => {
                log::info!("standard input has ended: {}", self.release(None, Release::Run));
                self.stepping = None;
            }
        }
    }

    /// Carries out what the request of a connection asks for, and gives it the answer.
    fn run_errand(&mut self, key: usize, errand: Console) {
        let producer = match errand {
            Console::Release { connection, release } => self.release(connection, release).producer(),
            Console::Watch(subscription) => self.begin_watch(key, *subscription),
        };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.connection.respond(producer);
            queue(&mut self.ready, key, peer);
        }
    }

    /// Shows the trace to a connection, which is not traced itself any more: each record would make another one.
    fn begin_watch(&mut self, key: usize, mut subscription: Subscription) -> Producer {
        let open: Vec<Open> = self.peers.iter().take(SNAPSHOT).map(|(_, peer)| peer.describe()).collect();
        let around = &mut self.surroundings;
        if let Some(peer) = self.peers.get(key) {
            around.trace.state(around.at(), peer.id, StateChange::Watching);
        }
        let states = self.peers.iter().map(|(_, peer)| (peer.id, peer.connection.is_between_requests()));
        around.trace.watch(around.at(), states);
        if let Some(peer) = self.peers.get(key) {
            around.trace.exclude(peer.id);
        }
        let snapshot = around.trace.snapshot(around.at(), self.peers.len(), &open);
        subscription.greet(snapshot);
        Producer::Subscription(subscription)
    }

    /// Hands what has been recorded in this turn to those who watch.
    fn publish_trace(&mut self) {
        if !self.surroundings.trace.has_lines() {
            return;
        }
        let at = self.surroundings.at();
        let Surroundings { now, topics, trace, .. } = &mut self.surroundings;
        for (connection, line) in trace.take_lines() {
            if let Err(error) = topics.publish_trace(connection, &line, *now) {
                log::warn!("a record is missing from GET /trace: {error}");
            }
        }
        if !trace.is_watched(topics.watchers(), at) {
            topics.forget_trace();
        }
        self.wake_subscribers();
    }

    /// Lets steps go: of one connection, or of the one that has been held longest, or all of them.
    fn release(&mut self, connection: Option<ConnectionId>, release: Release) -> Released {
        match (connection, release) {
            (None, Release::Run) => self.release_all(),
            (Some(id), Release::Run) => match self.peers.iter().find(|(_, peer)| peer.id == id) {
                None => Released::Nothing(connection),
                Some((key, _)) => {
                    self.release_one(key, release);
                    Released::All(connection)
                }
            },
            (_, Release::Next(_)) => {
                let is_meant = |&&(id, _): &&(ConnectionId, usize)| connection.is_none_or(|wanted| id == wanted);
                let Some(&(id, key)) = self.surroundings.held.iter().find(is_meant) else {
                    return Released::Nothing(connection);
                };
                Released::Step(id, self.release_one(key, release))
            }
        }
    }

    fn release_all(&mut self) -> Released {
        self.surroundings.pace = Pace::Free;
        let keys: Vec<usize> = self.peers.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.release_one(key, Release::Run);
        }
        Released::All(None)
    }

    fn release_one(&mut self, key: usize, release: Release) -> &'static str {
        let Some(peer) = self.peers.get_mut(key) else { return "nothing" };
        if release == Release::Run {
            peer.connection.set_pace(Pace::Free);
        }
        if !peer.connection.is_held() {
            return "nothing";
        }
        let step = peer.let_go(release, &mut self.surroundings);
        queue(&mut self.ready, key, peer);
        step
    }

    // ---- serving ------------------------------------------------------------------------------------

    #[inline(never)]
    fn serve(&mut self, key: usize) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.queued = false;
        let around = &mut self.surroundings;
        let outcome = peer.read(&mut self.buffer, around).and_then(|()| peer.act(around));
        match outcome {
            Ok(has_more) => {
                peer.tell_waiting(around);
                peer.tell_held(key, around);
                if has_more || (peer.readable && peer.connection.wants_to_receive(&around.limits)) {
                    queue(&mut self.ready, key, peer);
                }
                if let Some(deadline) = peer.connection.deadline() {
                    set_timer(&mut self.timers, key, peer, deadline);
                }
            }
            Err(gone) => self.forget(key, gone),
        }
        if let Some(errand) = self.surroundings.errand.take() {
            self.run_errand(key, *errand);
        }
    }

    fn forget(&mut self, key: usize, gone: Gone) {
        let peer = self.peers.remove(key);
        let around = &mut self.surroundings;
        peer.connection.leave(&mut around.topics);
        if peer.told_held {
            around.held.retain(|(id, _)| *id != peer.id);
        }
        around.metrics.closed.add(1);
        let cause = match gone {
            Gone::Closed(cause) => {
                drop(peer.socket);
                cause
            }
            Gone::Reset(why) => match socket::send_rst(peer.socket) {
                Ok(()) => {
                    around.trace.rst(around.at(), peer.id, Flow::Responses, why);
                    Cause::AfterReset
                }
                Err(error) => Cause::CallFailed { call: Call::SetSocketOption, errno: error.raw_os_error() },
            },
        };
        around.trace.closed(around.at(), peer.id, cause);
        self.accept_again = None;
    }

    /// Gives back what a crowd has left behind, and what a busy connection has: each earlier deadline leaves the one
    /// that it came before in the heap.
    fn tidy(&mut self) {
        if self.timers.len() > self.peers.len() + self.peers.len() / 2 + SPARE_TIMERS {
            let peers = &self.peers;
            let is_noted =
                |timer: &Timer| peers.get(timer.key as usize).is_some_and(|peer| peer.timer == Some(timer.at));
            self.timers.retain(|Reverse(timer)| is_noted(timer));
            self.timers.shrink_to(SPARE_TIMERS);
        }
        // Nearly all have left. Where one who stays stands in the way, this gives back what is behind it, and then costs nothing.
        let room = self.peers.capacity();
        if self.peers.len() < room / FEW_LEFT {
            self.peers.shrink_to_fit();
            if self.peers.capacity() < room {
                self.ready.shrink_to_fit();
                self.woken.shrink_to_fit();
            }
        }
    }

    /// Stops accepting, and asks every connection to end properly; how many there are.
    fn drain(&mut self) -> usize {
        self.listeners.clear();
        self.feeding = None;
        self.stepping = None;
        self.surroundings.pace = Pace::Free;
        self.drain_until = Some(self.surroundings.now + self.surroundings.limits.drain);
        let around = &self.surroundings;
        let moment = around.general.moment(around.now, &around.limits, &around.metrics);
        for (key, peer) in &mut self.peers {
            peer.connection.drain(&moment);
            queue(&mut self.ready, key, peer);
        }
        log::info!("stopping; connections that are asked to end: {}", self.peers.len());
        self.peers.len()
    }
}

fn warn_of(fed: Fed) {
    match fed {
        Fed::Nothing | Fed::Event => {}
        Fed::Fault(fault) => log::warn!("{fault}"),
    }
}

fn queue(ready: &mut Vec<usize>, key: usize, peer: &mut Peer) {
    if !std::mem::replace(&mut peer.queued, true) {
        ready.push(key);
    }
}

// Only a deadline earlier than the one in the heap needs an entry: a later one is found when that one comes.
fn set_timer(timers: &mut BinaryHeap<Reverse<Timer>>, key: usize, peer: &mut Peer, at: Instant) {
    if peer.timer.is_none_or(|timer| at < timer) {
        peer.timer = Some(at);
        timers.push(Reverse(Timer { at, key: key as u32 }));
    }
}

impl Peer {
    /// At most one read(2).
    #[inline(never)]
    fn read(&mut self, buffer: &mut [u8], around: &mut Surroundings) -> Result<(), Gone> {
        if !self.readable || !self.connection.wants_to_receive(&around.limits) {
            return Ok(());
        }
        match self.socket.read(buffer) {
            Ok(0) => {
                self.readable = false;
                around.trace.fin(around.at(), self.id, Flow::Requests, Cause::ReadZero);
                self.connection.receive_fin();
            }
            Ok(count) => {
                self.readable = count == buffer.len() || self.fin_is_there;
                around.metrics.received.add(count as u64);
                around.trace.octets(around.at(), self.id, Flow::Requests, &buffer[..count]);
                self.connection
                    .receive(&buffer[..count], &around.general.moment(around.now, &around.limits, &around.metrics));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(self.broken(Call::Read, &error, around)),
        }
        Ok(())
    }

    /// At most one act on the socket; true if there is another one to be done.
    #[inline(never)]
    fn act(&mut self, around: &mut Surroundings) -> Result<bool, Gone> {
        let mut has_acted = false;
        loop {
            let at = around.at();
            let Surroundings { now, limits, general, site, topics, metrics, trace, .. } = around;
            let moment = general.moment(*now, limits, metrics);
            match self.connection.next_action(topics, &moment) {
                Action::Respond(request) => {
                    self.respond(&request, around);
                    if around.errand.is_some() {
                        return Ok(true);
                    }
                }
                Action::Admit(head) => match site.admit(head, &moment) {
                    Ok(()) => self.connection.admit(),
                    Err(producer) => self.connection.reject(producer),
                },
                Action::Rest => return Ok(false),
                Action::Send(_) if !self.writable => return Ok(false),
                _ if has_acted => return Ok(true),
                Action::Send(octets) => {
                    has_acted = true;
                    match socket::send(&self.socket, octets) {
                        Ok(count) => {
                            metrics.sent.add(count as u64);
                            self.told_waiting = false;
                            trace.octets(at, self.id, Flow::Responses, &octets[..count]);
                            self.connection.sent(count, topics, &moment);
                        }
                        Err(error) => {
                            let pending = octets.len();
                            self.not_written(&error, pending, around)?;
                        }
                    }
                }
                Action::SetSendBuffer(octets) => match socket::set_send_buffer(&self.socket, octets) {
                    Ok(()) => self.connection.send_buffer_set(),
                    Err(error) => return Err(self.broken(Call::SetSocketOption, &error, around)),
                },
                Action::SendFin => {
                    has_acted = true;
                    self.send_fin(around)?;
                }
                Action::SendRst => return Err(Gone::Reset(ending_cause(self.connection.persistence()))),
                Action::Close => return Err(Gone::Closed(self.closing_cause())),
            }
        }
    }

    /// Hands the site's answer to the connection, or leaves it to the loop as an errand.
    fn respond(&mut self, request: &Request, around: &mut Surroundings) {
        let Surroundings { now, limits, general, site, topics, metrics, pace, errand, .. } = around;
        metrics.requests.add(1);
        // A short response is out before the end of this turn, and the waiting after it is news all the same.
        self.told_waiting = false;
        match site.respond(request, topics, &general.moment(*now, limits, metrics)) {
            Producer::Console(asked) => {
                self.is_console = true;
                self.connection.set_pace(Pace::Free);
                *errand = Some(asked);
            }
            producer => {
                if std::mem::take(&mut self.is_console) {
                    self.connection.set_pace(*pace);
                }
                self.connection.respond(producer);
            }
        }
    }

    fn not_written(&mut self, error: &io::Error, pending: usize, around: &mut Surroundings) -> Result<(), Gone> {
        match error.kind() {
            ErrorKind::WouldBlock => {
                self.writable = false;
                around.metrics.would_blocks.add(1);
                around.trace.blocked(around.at(), self.id, pending);
                Ok(())
            }
            ErrorKind::Interrupted => Ok(()),
            _ => Err(self.broken(Call::Write, error, around)),
        }
    }

    fn send_fin(&mut self, around: &mut Surroundings) -> Result<(), Gone> {
        socket::send_fin(&self.socket).map_err(|error| self.broken(Call::Shutdown, &error, around))?;
        around.trace.fin(around.at(), self.id, Flow::Responses, ending_cause(self.connection.persistence()));
        self.connection.fin_sent();
        Ok(())
    }

    // ECONNRESET, EPIPE and ENOTCONN mean that the peer sent RST, whichever call reports it; other errors do not.
    fn broken(&self, call: Call, error: &io::Error, around: &mut Surroundings) -> Gone {
        let errno = error.raw_os_error();
        match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::NotConnected => {
                around.trace.rst(around.at(), self.id, Flow::Requests, Cause::PeerReset { call, errno });
                Gone::Closed(Cause::AfterReset)
            }
            // No RST has come: the server's own kernel has given up.
            ErrorKind::TimedOut => Gone::Closed(Cause::Unacknowledged),
            _ => Gone::Closed(Cause::CallFailed { call, errno }),
        }
    }

    fn closing_cause(&self) -> Cause {
        if self.connection.fin_received() { Cause::BothFin } else { Cause::FinTimeout }
    }

    /// For a snapshot. What a socket cannot say any more is left out.
    fn describe(&self) -> Open {
        let (receiving, sending) = self.connection.states();
        Open {
            connection: self.id,
            local: self.socket.local_addr().ok(),
            peer: self.socket.peer_addr().ok(),
            receiving,
            sending,
            held: self.connection.is_held().then(|| held_kind(self.connection.held_step()).name()),
        }
    }

    /// Says once that a step waits, and shows it.
    fn tell_held(&mut self, key: usize, around: &mut Surroundings) {
        let is_held = self.connection.is_held();
        if is_held == std::mem::replace(&mut self.told_held, is_held) {
            return;
        }
        if !is_held {
            return around.held.retain(|(id, _)| *id != self.id);
        }
        around.held.push_back((self.id, key));
        let at = around.at();
        let Surroundings { now, limits, general, topics, metrics, trace, .. } = around;
        if trace.is_on() {
            let octets = self.connection.held_octets(topics, &general.moment(*now, limits, metrics));
            trace.held(at, self.id, held_kind(self.connection.held_step()), self.connection.note(), &octets);
        }
    }

    /// Lets the held step go, and `release` says how those behind it.
    fn let_go(&mut self, release: Release, around: &mut Surroundings) -> &'static str {
        let pace = match (self.connection.pace(), release) {
            (Pace::Free, _) | (_, Release::Run) => Pace::Free,
            (Pace::Steps(_), Release::Next(count)) => Pace::Steps(count.saturating_sub(1)),
        };
        let step = held_kind(self.connection.held_step()).name();
        self.connection.release(pace, &around.general.moment(around.now, &around.limits, &around.metrics));
        self.told_held = false;
        around.held.retain(|(id, _)| *id != self.id);
        step
    }

    /// Says once, when the response is out, that the connection waits for another request, and why it may.
    fn tell_waiting(&mut self, around: &mut Surroundings) {
        if !around.trace.is_on() {
            return;
        }
        let is_waiting = self.connection.is_between_requests();
        if is_waiting && !self.told_waiting {
            around.trace.begin_message(self.id);
            // Usually Limits::idle; a lesson may have said otherwise.
            let until = self.connection.deadline().unwrap_or(around.now + around.limits.idle);
            let wait = until.saturating_duration_since(around.now);
            let persistence = self.connection.persistence();
            if let Persistence::Ends(_) = persistence {
                return;
            }
            around.trace.state(around.at(), self.id, StateChange::Persistent { persistence, wait });
        }
        self.told_waiting = is_waiting;
    }
}

/// Lines of standard input that let steps go.
struct Words {
    input: Input,
    line: Vec<u8>,
    /// A program writes them, and may be ahead of us: a line waits until there is something to let go. What a person has typed
    /// too early would let go something that nobody has seen yet.
    is_patient: bool,
    /// A line is there, and waits.
    is_waiting: bool,
}

impl Words {
    fn new(input: Input) -> Words {
        Words { input, line: Vec::new(), is_patient: !io::stdin().is_terminal(), is_waiting: false }
    }

    fn is_ready(&self, held: &VecDeque<(ConnectionId, usize)>) -> bool {
        self.input.is_ready() && !(self.is_waiting && held.is_empty())
    }

    /// The next line, if it is complete and may be taken; or that there will be none any more.
    fn next(&mut self, is_anything_held: bool) -> Word {
        loop {
            let octets = match self.input.look() {
                FromInput::Nothing => return Word::Nothing,
                FromInput::End(_) => return Word::End,
                FromInput::Octets(octets) => octets,
            };
            self.is_waiting = self.is_patient && !is_anything_held;
            if self.is_waiting {
                return Word::Nothing;
            }
            let end = octets.iter().position(|octet| *octet == b'\n');
            let taken = end.map_or(octets.len(), |end| end + 1);
            let room = LONGEST_WORD.saturating_sub(self.line.len());
            self.line.extend(octets.iter().take(taken.min(room)));
            self.input.take(taken);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                return Word::Line(String::from_utf8_lossy(&line).into_owned());
            }
        }
    }
}

enum Word {
    Nothing,
    Line(String),
    End,
}

fn ending_cause(persistence: Persistence) -> Cause {
    match persistence {
        Persistence::Ends(reason) => Cause::Ends(reason),
        Persistence::Http11 | Persistence::Http10KeepAlive => Cause::Script,
    }
}

impl Surroundings {
    /// The time of this turn, as the trace counts it.
    fn at(&self) -> Duration {
        self.now.saturating_duration_since(self.started)
    }

    fn begin_turn(&mut self, patience: Option<Duration>) {
        let lost = self.clock.lost();
        self.now = self.clock.after_sleep(patience);
        // Once a second, while there is something to do at all.
        if self.now >= self.general.valid_until || self.clock.lost() > lost {
            self.general = GeneralFields::new(self.now, self.limits.idle);
            self.topics.forget_unused(self.now);
        }
    }
}

/// What every final response head carries, encoded once a second: `Date`, and whether the connection stays.
#[derive(Debug)]
struct GeneralFields {
    staying: Vec<u8>,
    closing: Vec<u8>,
    valid_until: Instant,
}

impl GeneralFields {
    fn new(now: Instant, idle: Duration) -> GeneralFields {
        let wall = SystemTime::now();
        let into_second = wall.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let mut staying = Vec::new();
        encode_field_line("Date", httpdate::fmt_http_date(wall).as_bytes(), &mut staying);
        let mut closing = staying.clone();
        staying.extend_from_slice(staying_fields(idle).as_bytes());
        closing.extend_from_slice(closing_fields().as_bytes());
        let left = Duration::from_secs(1).saturating_sub(Duration::from_nanos(into_second.into()));
        GeneralFields { staying, closing, valid_until: now + left }
    }

    fn moment<'a>(&'a self, now: Instant, limits: &'a Limits, metrics: &'a Metrics) -> Moment<'a> {
        Moment { now, limits, metrics, staying: &self.staying, closing: &self.closing }
    }
}

fn milliseconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

/// How long a shortage of descriptors is not told of again: each client that leaves and each that comes makes another one.
const WARN_PAUSE: Duration = Duration::from_secs(60);
const CONTROL: Token = Token(usize::MAX);
const INPUT: Token = Token(usize::MAX - 1);
/// What one turn takes from standard input: this part of what a ring keeps.
const INPUT_SHARE: usize = 4;
/// Connections that a snapshot lists.
const SNAPSHOT: usize = 256;
/// Octets of a line that is understood; what is longer is none of the words.
const LONGEST_WORD: usize = 80;
/// Tokens below are listeners.
const FIRST_PEER: usize = 1024;
/// Events taken from one poll.
const EVENTS: usize = 1024;
/// Octets of one read.
const READ_BUFFER: usize = 64 * 1024;
/// New connections taken from one listener in one turn, so that a crowd at the door does not keep those inside waiting.
const ACCEPTS_PER_TURN: usize = 128;
/// How long accepting pauses when there is no descriptor left and nobody leaves.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// Entries that the heap of timers may have beyond three for every two peers before it is cleared up.
const SPARE_TIMERS: usize = 1024;
/// Memory is given back when of so many peers that there was room for one is left: clearing up looks at each place, so it must
/// not happen with each that leaves.
const FEW_LEFT: usize = 64;
