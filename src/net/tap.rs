//! A relay that shows another server's stream: octets pass from client to origin and back, and the
//! trace hears of each.
//!
//! ```text
//! listener event   accept, and connect to the hop's origin
//! socket event     remember: readable, writable; its pair is ready
//! each ready pair  in each direction one read and one write
//! ```
//!
//! It is a relay of octets and not an HTTP proxy. A proxy reads messages, and frames them anew (RFC
//! 9110 section 3.7): what passes it is no longer what the origin sent. Here nothing is framed,
//! nothing waits for the rest of a message, and what is no HTTP passes all the same. So what is
//! seen behind the relay is what would have been seen without it.
//!
//! - [`limits`]: the bounds.
//! - `leg`: one socket; `pair`: two of them, with a pipe in each direction. The rules of FIN and
//!   RST stand there.
//! - [`origin`]: where a hop connects to. [`tls`]: TLS with it. `host`: another value in Host.
//! - `readiness`: what is known of a socket's buffers.
//! - `shared`: time, bounds, trace.
//!
//! The loop is that of [`super::server`]: the same acceptor, timers, clock and signals.

mod host;
mod leg;
pub mod limits;
pub mod origin;
mod pair;
mod readiness;
mod shared;
pub mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use self::leg::Side;
use self::limits::TapLimits;
use self::origin::{Address, Origin};
use self::pair::{Dialled, End, OriginState, Pair, Served, Turn, not_connected};
use self::shared::Shared;
use self::tls::{Session, TlsClient};
use super::accept::{ACCEPTS_PER_TURN, Accepted, Acceptor, MOST_LISTENERS};
use super::server::ServerEnd;
use super::signals::Signals;
use super::sleep::sleep;
use super::socket::{self, Listening};
use super::timers::Timers;
use crate::trace::record::ConnectionId;
use crate::trace::recorder::Trace;
use crate::wire::cause::Cause;
use crate::wire::flow::Flow;
use crate::wire::tls_fault::TlsFault;

/// A place where the relay listens, and where it connects to.
#[derive(Debug, Clone)]
pub struct Hop {
    /// Its name in the trace; none if it is the only one.
    pub name: Option<Arc<str>>,
    /// The addresses that it listens on.
    pub listen: Vec<SocketAddr>,
    /// Where it connects to.
    pub origin: Origin,
}

/// The relay: its listeners, its connections, and the loop that serves them.
pub struct Tap {
    poll: Poll,
    signals: Signals,
    acceptor: Acceptor,
    hops: Vec<Hop>,
    tls: Option<TlsClient>,
    pairs: Slab<Pair>,
    /// The pairs that are to be served in this turn or the next.
    ready: Vec<usize>,
    timers: Timers,
    /// Connections accepted so far; the number of the last one.
    accepted: u64,
    shared: Shared,
    /// One buffer for all reads.
    buffer: Box<[u8]>,
    phase: Phase,
}

/// Whether the relay relays or stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Relaying,
    /// Until then connections may end by themselves; this many were open at the first signal.
    Draining {
        until: Instant,
        open: usize,
    },
}

impl Tap {
    /// A relay that listens for these hops, and relays from now on. The trace counts time from
    /// `started`, and is off.
    ///
    /// # Errors
    /// An address cannot be listened on (the error names it), or the kernel refuses what the loop
    /// needs.
    pub fn bind(hops: Vec<Hop>, limits: TapLimits, started: Instant) -> io::Result<Tap> {
        let poll = Poll::new()?;
        let listen: Vec<Vec<SocketAddr>> = hops.iter().map(|hop| hop.listen.clone()).collect();
        let how = Listening { silence: Duration::ZERO, reuse_port: false };
        Ok(Tap {
            signals: Signals::register(poll.registry(), SIGNALS)?,
            // A client that reads nothing for minutes is the origin's affair: the kernel's own rule
            // stays.
            acceptor: Acceptor::bind(&listen, how, poll.registry())?,
            poll,
            hops,
            tls: None,
            pairs: Slab::new(),
            ready: Vec::new(),
            timers: Timers::default(),
            accepted: 0,
            buffer: vec![0; limits.octets].into_boxed_slice(),
            shared: Shared::new(limits, started),
            phase: Phase::Relaying,
        })
    }

    /// Records what passes from now on.
    pub fn record_to(&mut self, trace: Trace) {
        self.shared.trace = trace;
    }

    /// Speaks TLS so to the origins that have a name for it; without this they cannot be connected
    /// to.
    pub fn encrypt_with(&mut self, tls: TlsClient) {
        self.tls = Some(tls);
    }

    /// The addresses that are really listened on, each with its hop.
    pub fn local_addresses(&self) -> Vec<(SocketAddr, &Hop)> {
        self.acceptor.local_groups().into_iter().map(|(hop, address)| (address, &self.hops[hop])).collect()
    }

    /// Relays until a signal asks for the end, and all connections have ended or have been cut.
    ///
    /// # Errors
    /// The kernel refuses to wait for events: nothing can be relayed any more.
    pub fn run(mut self) -> io::Result<ServerEnd> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let mut signals = self.turn(&mut events)?;
            if let (Phase::Relaying, 1..) = (&self.phase, signals) {
                self.drain();
                signals -= 1;
            }
            match self.phase {
                Phase::Relaying => {}
                Phase::Draining { until, open } => {
                    if self.pairs.is_empty() || signals > 0 || self.shared.now >= until {
                        let cut = self.pairs.len();
                        for pair in self.pairs.drain() {
                            pair.close(End::Stopped, &mut self.shared);
                        }
                        return Ok(ServerEnd { open, cut });
                    }
                }
            }
        }
    }

    /// One turn of the loop; how many signals have come.
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
                Token(token) if token < FIRST_PAIR => self.acceptor.mark_ready(token),
                token => {
                    let (key, side) = pair_of(token);
                    if let Some(pair) = self.pairs.get_mut(key) {
                        pair.mark_ready(side, event);
                        self.queue(key);
                    }
                }
            }
        }
        self.expire();
        self.accept();
        let mut ready = std::mem::take(&mut self.ready);
        for key in ready.drain(..) {
            self.serve(key);
        }
        // Pairs that are to be served again have been queued meanwhile.
        if self.ready.is_empty() {
            self.ready = ready;
        }
        Ok(signals)
    }

    /// How long the loop may sleep; none is for ever.
    fn timeout(&mut self) -> Option<Duration> {
        let may_accept = self.pairs.len() < self.shared.limits.connections && self.acceptor.is_ready();
        if !self.ready.is_empty() || may_accept {
            return Some(Duration::ZERO);
        }
        let drain = match self.phase {
            Phase::Relaying => None,
            Phase::Draining { until, .. } => Some(until),
        };
        let until = [self.timers.earliest(), self.acceptor.paused_until(), drain].into_iter().flatten().min()?;
        Some(until.saturating_duration_since(self.shared.clock.after_work()))
    }

    /// Stops accepting. A relay cannot ask a connection to end: it waits for that.
    fn drain(&mut self) {
        self.acceptor.close();
        let open = self.pairs.len();
        log::info!("stopping; connections that have time to end: {open}");
        self.phase = Phase::Draining { until: self.shared.now + self.shared.limits.drain, open };
    }

    // ---- accepting

    fn accept(&mut self) {
        for _ in 0..ACCEPTS_PER_TURN {
            if self.pairs.len() >= self.shared.limits.connections {
                return self.acceptor.tell_full(self.pairs.len(), self.shared.now);
            }
            let Some(accepted) = self.acceptor.next(self.pairs.len(), self.shared.now) else { return };
            self.open(accepted);
        }
    }

    /// The client's half is there; now the origin's.
    fn open(&mut self, accepted: Accepted) {
        let Accepted { group: hop, socket: mut client, address } = accepted;
        let key = self.pairs.vacant_key();
        let registered = self.poll.registry().register(&mut client, token_of(key, Side::Client), BOTH);
        if let Err(error) = registered {
            log::warn!("{address} could not be registered: {error}");
            return;
        }
        self.accepted += 1;
        let id = ConnectionId::new(self.accepted);
        self.tell_opened(id, hop, &client, address);
        match self.dial(key, hop, 0) {
            Ok(dialled) => {
                self.pairs.insert(Pair::new(id, hop, client, dialled));
                self.set_timer(key);
                self.queue(key);
            }
            Err(cause) => {
                let (at, trace) = (self.shared.at(), &mut self.shared.trace);
                if let Err(error) = socket::send_rst(client) {
                    log::debug!("connection {id}: setsockopt(SO_LINGER) failed: {error}");
                }
                trace.rst(at, id, Flow::Responses, cause);
                trace.closed(at, id, Cause::AfterReset);
            }
        }
    }

    fn tell_opened(&mut self, id: ConnectionId, hop: usize, client: &TcpStream, address: SocketAddr) {
        if !self.shared.trace.is_on() {
            return;
        }
        let Ok(local) = client.local_addr() else { return };
        let at = self.shared.at();
        match &self.hops[hop].name {
            Some(name) => self.shared.trace.opened_at_hop(at, id, name, local, address),
            None => self.shared.trace.opened(at, id, local, address),
        }
    }

    /// Sends a SYN to the origin's address with the index `first`, or to the first one after it to
    /// which there is a way.
    fn dial(&self, key: usize, hop: usize, first: usize) -> Result<Dialled, Cause> {
        let origin = &self.hops[hop].origin;
        let mut cause = Cause::OriginUnreachable { errno: None };
        for (index, address) in origin.addresses.iter().enumerate().skip(first) {
            match self.connect(key, address) {
                Ok(socket) => {
                    let until = self.shared.now + self.shared.limits.connect;
                    let state = OriginState::Connecting { until, next: index + 1 };
                    return Ok(Dialled { socket, state, tls: self.session(origin)?, host: origin.host });
                }
                Err(error) => cause = not_connected(&error),
            }
        }
        Err(cause)
    }

    fn connect(&self, key: usize, address: &Address) -> io::Result<TcpStream> {
        let mut socket = match address {
            Address::Inet(address) => socket::connect(*address),
            Address::Unix(path) => socket::connect_unix(path),
        }?;
        self.poll.registry().register(&mut socket, token_of(key, Side::Origin), BOTH)?;
        Ok(socket)
    }

    fn session(&self, origin: &Origin) -> Result<Option<Session>, Cause> {
        match (&origin.tls, &self.tls) {
            (None, _) => Ok(None),
            (Some(name), Some(tls)) => tls.session(name).map(Some).map_err(Cause::OriginTls),
            (Some(_), None) => Err(Cause::OriginTls(TlsFault::UnknownIssuer)),
        }
    }

    // ---- serving

    #[inline(never)]
    fn serve(&mut self, key: usize) {
        let Some(pair) = self.pairs.get_mut(key) else { return };
        pair.turn = Turn::Waiting;
        match pair.serve(&mut self.buffer, &mut self.shared) {
            Ok(Served::HasMore) => self.queue(key),
            Ok(Served::Rests) => {}
            Err(End::NotConnected { cause, next }) => self.dial_again(key, cause, next),
            Err(end) => self.close(key, end),
        }
    }

    /// An address of the origin could not be connected to: the next one, or else the end.
    fn dial_again(&mut self, key: usize, cause: Cause, next: usize) {
        let Some(hop) = self.pairs.get(key).map(|pair| pair.hop) else { return };
        let has_next = next < self.hops[hop].origin.addresses.len();
        let dialled = if has_next { self.dial(key, hop, next) } else { Err(cause) };
        match (dialled, self.pairs.get_mut(key)) {
            (Ok(dialled), Some(pair)) => {
                pair.retry(dialled);
                self.set_timer(key);
            }
            (Err(cause), _) => self.close(key, End::NotConnected { cause, next }),
            (Ok(_), None) => {}
        }
    }

    fn close(&mut self, key: usize, end: End) {
        if let Some(pair) = self.pairs.try_remove(key) {
            pair.close(end, &mut self.shared);
            self.acceptor.resume();
        }
    }

    /// The pair is served in this turn or the next.
    fn queue(&mut self, key: usize) {
        if let Some(pair) = self.pairs.get_mut(key)
            && std::mem::replace(&mut pair.turn, Turn::Queued) == Turn::Waiting
        {
            self.ready.push(key);
        }
    }

    // ---- deadlines

    fn set_timer(&mut self, key: usize) {
        if let Some(pair) = self.pairs.get_mut(key)
            && let Some(deadline) = pair.deadline()
        {
            self.timers.set(key, &mut pair.timer, deadline);
        }
    }

    /// Queues the pairs whose deadline has passed; the pair itself sees what has expired.
    fn expire(&mut self) {
        while let Some(timer) = self.timers.pop_due(self.shared.now) {
            let key = timer.key as usize;
            if let Some(pair) = self.pairs.get_mut(key).filter(|pair| pair.timer == Some(timer.at)) {
                pair.timer = None;
                // A pair has one deadline at a time, and another one has come since this entry was
                // made.
                match pair.deadline() {
                    Some(deadline) if deadline > self.shared.now => self.set_timer(key),
                    Some(_) | None => self.queue(key),
                }
            }
        }
        let pairs = &self.pairs;
        let is_live = |key: u32, at| pairs.get(key as usize).is_some_and(|pair| pair.timer == Some(at));
        self.timers.shrink(pairs.len(), |timer| is_live(timer.key, timer.at));
    }
}

fn token_of(key: usize, side: Side) -> Token {
    Token(FIRST_PAIR + 2 * key + usize::from(side == Side::Origin))
}

fn pair_of(Token(token): Token) -> (usize, Side) {
    let side = if (token - FIRST_PAIR).is_multiple_of(2) { Side::Client } else { Side::Origin };
    ((token - FIRST_PAIR) / 2, side)
}

const SIGNALS: Token = Token(usize::MAX);
/// Tokens below are listeners.
const FIRST_PAIR: usize = MOST_LISTENERS;
const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);
/// Events taken from one poll.
const EVENTS: usize = 1024;
