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
use std::collections::BinaryHeap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::control::Control;
use super::input::{FromInput, Input};
use super::socket;
use crate::exchange::ConnectionId;
use crate::exchange::connection::{Action, Connection, Moment, Persistence, closing_fields, staying_fields};
use crate::exchange::feed::{Fed, Feed, FeedFormat};
use crate::exchange::limits::Limits;
use crate::exchange::metrics::Metrics;
use crate::exchange::site::Site;
use crate::exchange::topic::Topics;
use crate::trace::Trace;
use crate::wire::dissect::Flow;
use crate::wire::response::encode_field_line;

/// The server: its listeners, its peers, and the loop that serves them.
pub struct Server {
    poll: Poll,
    control: Control,
    /// Standard input, while it feeds a topic.
    feeding: Option<(Input, Feed)>,
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
    connections: ConnectionId,
    /// Accepting failed, or the bound is reached: not before this, or before somebody has left.
    accept_again: Option<Instant>,
    drain_until: Option<Instant>,
}

/// What a peer needs beside itself to be served.
struct Surroundings {
    now: Instant,
    limits: Limits,
    general: GeneralFields,
    site: Site,
    topics: Topics,
    metrics: Metrics,
    trace: Trace,
}

#[derive(Debug)]
struct Listener {
    socket: TcpListener,
    ready: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    at: Instant,
    key: usize,
    connection: ConnectionId,
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
}

/// The peer is to be forgotten.
struct Gone {
    /// Why.
    note: String,
    /// By a reset, since a step said so.
    rst: bool,
}

/// How the server came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Connections that were open when the first signal came.
    pub open: usize,
    /// Connections that had not ended when the time, or the patience of the operator, was over.
    pub cut: usize,
}

impl Server {
    /// A server that listens on these addresses, and answers from now on.
    ///
    /// # Errors
    /// An address cannot be listened on (the error names it), or the kernel refuses what the loop needs.
    pub fn bind(addresses: &[SocketAddr], limits: Limits, site: Site, trace: Trace) -> io::Result<Server> {
        let poll = Poll::new()?;
        let control = Control::register(poll.registry(), CONTROL)?;
        let mut listeners = Vec::new();
        for (index, &address) in addresses.iter().enumerate() {
            let mut socket = socket::listen(address)
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
            listeners,
            peers: Slab::new(),
            ready: Vec::new(),
            woken: Vec::new(),
            timers: BinaryHeap::new(),
            surroundings: Surroundings { now, limits, general, site, topics, metrics: Metrics::default(), trace },
            buffer: vec![0; READ_BUFFER].into_boxed_slice(),
            connections: 0,
            accept_again: None,
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
                return Ok(Ending { open, cut: self.peers.len() });
            }
        }
    }

    /// One turn of the loop; true if a signal has come.
    #[inline(never)]
    fn turn(&mut self, events: &mut Events) -> io::Result<bool> {
        match self.poll.poll(events, self.patience()) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            Ok(()) | Err(_) => {}
        }
        self.surroundings.begin_turn();
        let mut is_asked_to_stop = false;
        for event in events.iter() {
            match event.token() {
                CONTROL => is_asked_to_stop = self.control.asked_to_stop(),
                INPUT => self.feeding.iter_mut().for_each(|(input, _)| input.notice()),
                Token(token) if token < FIRST_PEER => self.listeners[token].ready = true,
                Token(token) => self.notice(token - FIRST_PEER, event),
            }
        }
        self.expire();
        self.accept();
        self.take_input();
        self.serve_ready();
        self.wake_subscribers();
        self.tidy();
        Ok(is_asked_to_stop)
    }

    /// Publishes what stands on standard input: so few events in one turn that nobody who keeps up loses one by it.
    fn take_input(&mut self) {
        let Some((input, feed)) = &mut self.feeding else { return };
        let Surroundings { now, limits, topics, .. } = &mut self.surroundings;
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
    fn patience(&self) -> Option<Duration> {
        if !self.ready.is_empty()
            || self.feeding.as_ref().is_some_and(|(input, _)| input.is_ready())
            || (self.may_accept() && self.listeners.iter().any(|listener| listener.ready))
        {
            return Some(Duration::ZERO);
        }
        let timer = self.timers.peek().map(|Reverse(timer)| timer.at);
        let until = [timer, self.accept_again, self.drain_until].into_iter().flatten().min()?;
        Some(until.saturating_duration_since(Instant::now()))
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
            let Some(peer) = self.peers.get_mut(timer.key) else { continue };
            if peer.id != timer.connection || peer.timer != Some(timer.at) {
                continue;
            }
            peer.timer = None;
            match peer.connection.deadline() {
                Some(deadline) if deadline > now => set_timer(&mut self.timers, timer.key, peer, deadline),
                Some(_) => queue(&mut self.ready, timer.key, peer),
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
            Err(error) => {
                log::warn!("accepting pauses: {error} ({} connections are open)", self.peers.len());
                self.accept_again = Some(self.surroundings.now + ACCEPT_PAUSE);
            }
        }
    }

    fn admit(&mut self, mut socket: TcpStream, address: SocketAddr) -> io::Result<()> {
        let entry = self.peers.vacant_entry();
        let (key, token) = (entry.key(), Token(entry.key() + FIRST_PEER));
        self.poll.registry().register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        self.connections += 1;
        let around = &mut self.surroundings;
        around.metrics.connections.add(1);
        if around.trace.is_on() {
            around.trace.opened(around.now, self.connections, socket.local_addr()?, address);
        }
        let peer = entry.insert(Peer {
            socket,
            connection: Connection::new(key as u32, around.now, &around.limits),
            id: self.connections,
            timer: None,
            // Registering makes the first event come, with whatever is there already.
            readable: false,
            writable: true,
            fin_is_there: false,
            queued: false,
            told_waiting: true,
        });
        queue(&mut self.ready, key, peer);
        Ok(())
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
                if has_more || (peer.readable && peer.connection.wants_to_receive(&around.limits)) {
                    queue(&mut self.ready, key, peer);
                }
                if let Some(deadline) = peer.connection.deadline() {
                    set_timer(&mut self.timers, key, peer, deadline);
                }
            }
            Err(gone) => self.forget(key, &gone),
        }
    }

    fn forget(&mut self, key: usize, gone: &Gone) {
        let peer = self.peers.remove(key);
        let around = &mut self.surroundings;
        peer.connection.leave(&mut around.topics);
        around.metrics.closed.add(1);
        if gone.rst {
            match socket::send_rst(peer.socket) {
                Ok(()) => around.trace.rst(around.now, peer.id, Flow::Responses, &gone.note),
                Err(error) => log::warn!("connection {} could not be reset: {error}", peer.id),
            }
        } else {
            drop(peer.socket);
        }
        around.trace.closed(around.now, peer.id, &gone.note);
        self.accept_again = None;
    }

    /// Gives back what a crowd has left behind, and what a busy connection has: each earlier deadline leaves the one
    /// that it came before in the heap.
    fn tidy(&mut self) {
        if self.timers.len() > 2 * self.peers.len() + SPARE_TIMERS {
            let peers = &self.peers;
            self.timers.retain(|Reverse(timer)| {
                peers.get(timer.key).is_some_and(|peer| peer.id == timer.connection && peer.timer == Some(timer.at))
            });
            self.timers.shrink_to(SPARE_TIMERS);
        }
        if self.peers.is_empty() {
            self.peers.shrink_to_fit();
        }
    }

    /// Stops accepting, and asks every connection to end properly; how many there are.
    fn drain(&mut self) -> usize {
        self.listeners.clear();
        self.feeding = None;
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
        timers.push(Reverse(Timer { at, key, connection: peer.id }));
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
                around.trace.fin(around.now, self.id, Flow::Requests, "read() = 0: they send nothing more");
                self.connection.receive_fin();
            }
            Ok(count) => {
                self.readable = count == buffer.len() || self.fin_is_there;
                around.metrics.received.add(count as u64);
                around.trace.octets(around.now, self.id, Flow::Requests, &buffer[..count]);
                self.connection
                    .receive(&buffer[..count], &around.general.moment(around.now, &around.limits, &around.metrics));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(self.reset_by_peer("read", &error, around)),
        }
        Ok(())
    }

    /// At most one act on the socket; true if there is another one to be done.
    #[inline(never)]
    fn act(&mut self, around: &mut Surroundings) -> Result<bool, Gone> {
        let mut has_acted = false;
        loop {
            let Surroundings { now, limits, general, site, topics, metrics, trace } = around;
            let moment = general.moment(*now, limits, metrics);
            match self.connection.next_action(topics, &moment) {
                Action::Respond(request) => {
                    metrics.requests.add(1);
                    // A short response is out before the end of this turn, and the waiting after it is news all the same.
                    self.told_waiting = false;
                    self.connection.respond(site.respond(&request, topics, &moment));
                }
                Action::Admit(head) => match site.admit(head) {
                    Ok(()) => self.connection.admit(),
                    Err(producer) => self.connection.reject(producer),
                },
                Action::Rest => return Ok(false),
                Action::Send(_) if !self.writable => return Ok(false),
                _ if has_acted => return Ok(true),
                Action::Send(octets) => {
                    has_acted = true;
                    match self.socket.write(octets) {
                        Ok(count) => {
                            metrics.sent.add(count as u64);
                            self.told_waiting = false;
                            trace.octets(*now, self.id, Flow::Responses, &octets[..count]);
                            self.connection.sent(count, topics, &moment);
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            self.writable = false;
                            metrics.would_blocks.add(1);
                            trace.blocked(*now, self.id, octets.len());
                        }
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(error) => return Err(self.reset_by_peer("write", &error, around)),
                    }
                }
                Action::SetSendBuffer(octets) => {
                    if let Err(error) = socket::set_send_buffer(&self.socket, octets) {
                        return Err(self.reset_by_peer("setsockopt", &error, around));
                    }
                    self.connection.send_buffer_set();
                }
                Action::SendFin => {
                    has_acted = true;
                    if let Err(error) = socket::send_fin(&self.socket) {
                        return Err(self.reset_by_peer("shutdown", &error, around));
                    }
                    if trace.is_on() {
                        trace.fin(*now, self.id, Flow::Responses, &ending_note(self.connection.persistence()));
                    }
                    self.connection.fin_sent();
                }
                Action::SendRst => return Err(Gone { note: ending_note(self.connection.persistence()), rst: true }),
                Action::Close => return Err(Gone { note: self.closing_note(), rst: false }),
            }
        }
    }

    fn reset_by_peer(&self, call: &str, error: &io::Error, around: &mut Surroundings) -> Gone {
        let note = format!("{call}() failed: {error}");
        around.trace.rst(around.now, self.id, Flow::Requests, &note);
        Gone { note, rst: false }
    }

    fn closing_note(&self) -> String {
        let note =
            if self.connection.fin_received() { "both sides have sent FIN" } else { "their FIN did not come in time" };
        note.to_owned()
    }

    /// Says once, when the response is out, that the connection waits for another request, and why it may.
    fn tell_waiting(&mut self, around: &mut Surroundings) {
        if !around.trace.is_on() {
            return;
        }
        let is_waiting = self.connection.is_between_requests();
        if is_waiting && !self.told_waiting {
            // Usually Limits::idle; a lesson may have said otherwise.
            let until = self.connection.deadline().unwrap_or(around.now + around.limits.idle);
            let wait = until.saturating_duration_since(around.now);
            let wait = if wait.subsec_millis() == 0 {
                format!("{} s", wait.as_secs())
            } else {
                format!("{} ms", wait.as_millis())
            };
            let why = match self.connection.persistence() {
                Persistence::Http11 => "HTTP/1.1 and no \"close\"",
                Persistence::Http10KeepAlive => "HTTP/1.0, and the client asked for keep-alive",
                Persistence::Ends(_) => return,
            };
            let sentence = format!("{why}: waiting {wait} for the next request (RFC 9112 9.3)");
            around.trace.state(around.now, self.id, "persistent", &sentence);
        }
        self.told_waiting = is_waiting;
    }
}

fn ending_note(persistence: Persistence) -> String {
    match persistence {
        Persistence::Ends(reason) => reason.to_string(),
        Persistence::Http11 | Persistence::Http10KeepAlive => "a step of the script".to_owned(),
    }
}

impl Surroundings {
    fn begin_turn(&mut self) {
        self.now = Instant::now();
        if self.now >= self.general.valid_until {
            self.general = GeneralFields::new(self.now, self.limits.idle);
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

const CONTROL: Token = Token(usize::MAX);
const INPUT: Token = Token(usize::MAX - 1);
/// What one turn takes from standard input: this part of what a ring keeps.
const INPUT_SHARE: usize = 4;
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
/// Entries that the heap of timers may have beyond two for each peer before it is cleared up.
const SPARE_TIMERS: usize = 1024;
