//! Connections: the subscribers of each target and its publisher, and one poll for all of them.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, Protocol, Socket, Type};

use crate::decode::{Decoder, Payload, Seen};
use crate::measure::Histogram;

/// A server that is measured.
#[derive(Debug, Clone)]
pub struct Server {
    /// What it is called in the results.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// The path that subscribes.
    pub subscribe: String,
    /// The path that publishes.
    pub publish: String,
    /// Its processes, for their CPU time.
    pub pids: Vec<i32>,
    /// Further subscribers that get nothing, and the path that they follow.
    pub beside: (usize, String),
}

/// Everybody who is connected, and everybody's poll.
#[derive(Debug)]
pub struct Crowd {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    seen: Vec<Seen>,
    /// Nanoseconds are counted from here.
    pub start: Instant,
    /// The servers, each with those who are connected to it.
    pub targets: Vec<Target>,
    opened: usize,
    gate_is_open: bool,
}

/// One server and its clients.
#[derive(Debug)]
pub struct Target {
    /// What is known about it.
    pub server: Server,
    subscribers: Vec<Subscriber>,
    /// Those of them that get events.
    audience: usize,
    publisher: Option<Publisher>,
    payload: Payload,
    /// When each event that is measured was published, and the number of the first of them.
    published: VecDeque<u64>,
    published_from: u64,
    /// The number of the next event.
    next: u64,
    last_read: Option<Understood>,
    /// What has been counted.
    pub tally: Tally,
}

/// Counted for one target.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Response heads.
    pub heads: u64,
    /// Events that came in their order, and once.
    pub delivered: u64,
    /// Events that the server said were lost.
    pub told_lost: u64,
    /// Events that did not come, without a word.
    pub lost: u64,
    /// Events that came again.
    pub twice: u64,
    /// Events that came after a later one.
    pub late: u64,
    /// Subscribers that a server has cut off.
    pub closed: u64,
    /// Octets that are not what was agreed.
    pub faults: u64,
    /// Reads that brought something.
    pub reads: u64,
    /// Comments that are no loss: heartbeats.
    pub comments: u64,
    /// When those came, in tenths of a second since the start.
    pub comments_at: Vec<u32>,
}

impl Tally {
    /// What must not happen.
    pub fn errors(&self) -> u64 {
        self.lost + self.twice + self.late + self.closed + self.faults
    }
}

#[derive(Debug)]
struct Subscriber {
    socket: Option<TcpStream>,
    decoder: Decoder,
    /// The number of the event that must come now.
    next: u64,
    /// Numbers that were left out: if they come after all they are late, and not twice.
    skipped: bool,
}

// Octets that were read by a subscriber at rest, and what they meant. To another one at rest that waits for the same event
// the same octets mean the same: comparing is enough, and cheap.
#[derive(Debug)]
struct Understood {
    octets: Vec<u8>,
    next: u64,
    after: u64,
}

/// A connection that publishes.
#[derive(Debug)]
pub struct Publisher {
    socket: TcpStream,
    unsent: Vec<u8>,
    unread: Vec<u8>,
    /// Requests that have no response yet.
    in_flight: usize,
}

impl Crowd {
    /// Nobody yet.
    pub fn new(servers: Vec<Server>, payload: usize) -> io::Result<Crowd> {
        let poll = Poll::new()?;
        poll.registry().register(&mut SourceFd(&io::stdin().as_raw_fd()), GATE, Interest::READABLE).or_else(
            |error| {
                // Standard input is a file: the gate is always open.
                if error.kind() == ErrorKind::PermissionDenied { Ok(()) } else { Err(error) }
            },
        )?;
        let targets = servers.into_iter().map(|server| Target::new(server, Payload::new(payload))).collect();
        Ok(Crowd {
            poll,
            events: Events::with_capacity(1024),
            buffer: vec![0; 256 * 1024],
            seen: Vec::new(),
            start: Instant::now(),
            targets,
            opened: 0,
            gate_is_open: false,
        })
    }

    /// Opens subscribers until each target has so many, and those beside them; returns when all have their response heads.
    pub fn subscribe(&mut self, count: usize) -> io::Result<()> {
        for index in 0..self.targets.len() {
            let (beside, quiet) = self.targets[index].server.beside.clone();
            let path = self.targets[index].server.subscribe.clone();
            let have = self.targets[index].audience;
            self.open(index, count.saturating_sub(have), &path, true)?;
            let target = &self.targets[index];
            let have = target.subscribers.len() - target.audience;
            self.open(index, beside.saturating_sub(have), &quiet, false)?;
            self.targets[index].open_publisher(self.poll.registry(), index)?;
        }
        Ok(())
    }

    fn open(&mut self, index: usize, count: usize, path: &str, gets_events: bool) -> io::Result<()> {
        let goal = self.targets[index].tally.heads + count as u64;
        for _ in 0..count {
            let source = self.source(self.targets[index].server.address);
            let target = &mut self.targets[index];
            target.open_subscriber(self.poll.registry(), index, source, path, gets_events)?;
            while target_waits_for(&self.targets[index]) > OPENING_AT_ONCE {
                self.turn_within(PATIENCE, index)?;
            }
        }
        while self.targets[index].tally.heads < goal {
            self.turn_within(PATIENCE, index)?;
        }
        Ok(())
    }

    // The ports of one source address are enough for 20,000 connections to one server.
    fn source(&mut self, address: SocketAddr) -> Option<SocketAddr> {
        self.opened += 1;
        let share = u8::try_from(self.opened / 20_000 % 250).unwrap_or(0);
        let is_loopback = matches!(address.ip(), IpAddr::V4(ip) if ip.is_loopback());
        (is_loopback && share > 0).then(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 1, share)), 0))
    }

    /// Closes every subscriber.
    pub fn close_all(&mut self) {
        for target in &mut self.targets {
            target.subscribers.clear();
            target.audience = 0;
            target.tally.heads = 0;
        }
    }

    fn turn_within(&mut self, patience: Duration, index: usize) -> io::Result<()> {
        let before = self.targets[index].tally.heads;
        let until = Instant::now() + patience;
        while self.targets[index].tally.heads == before {
            if Instant::now() > until {
                let name = &self.targets[index].server.name;
                return Err(io::Error::new(ErrorKind::TimedOut, format!("{name}: no response heads any more")));
            }
            self.turn(Some(Duration::from_millis(100)), None)?;
        }
        Ok(())
    }

    /// Waits for octets and takes them; latencies go into the histogram.
    pub fn turn(&mut self, timeout: Option<Duration>, mut latency: Option<&mut Histogram>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        for event in self.events.iter() {
            let token = event.token();
            if token == GATE {
                self.gate_is_open = true;
                continue;
            }
            let (target, row) = (token.0 >> 32, token.0 & 0xffff_ffff);
            let Some(target) = self.targets.get_mut(target) else { continue };
            if row == PUBLISHER {
                target.publisher_is_ready(&mut self.buffer)?;
            } else if event.is_readable() || event.is_read_closed() || event.is_error() {
                target.read(row, &mut self.buffer, &mut self.seen, self.start, latency.as_deref_mut());
            }
        }
        Ok(())
    }

    /// Goes on taking what comes until a line stands on standard input.
    pub fn wait_at_gate(&mut self) -> io::Result<()> {
        self.gate_is_open = false;
        // An edge may have come before: look once in any case.
        while !self.gate_is_open && !stdin_has_input() {
            self.turn(Some(Duration::from_millis(500)), None)?;
        }
        let mut line = [0; 1];
        while io::stdin().read(&mut line)? == 1 && line != *b"\n" {}
        Ok(())
    }
}

fn target_waits_for(target: &Target) -> usize {
    target.subscribers.len() - target.tally.heads as usize
}

fn stdin_has_input() -> bool {
    let stdin = io::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
}

impl Target {
    fn new(server: Server, payload: Payload) -> Target {
        Target {
            server,
            subscribers: Vec::new(),
            audience: 0,
            publisher: None,
            payload,
            published: VecDeque::new(),
            published_from: 1,
            next: 1,
            last_read: None,
            tally: Tally::default(),
        }
    }

    fn open_subscriber(
        &mut self,
        registry: &mio::Registry,
        index: usize,
        source: Option<SocketAddr>,
        path: &str,
        gets_events: bool,
    ) -> io::Result<()> {
        let mut socket = connect(self.server.address, source)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\nUser-Agent: generator\r\n\r\n",
            self.server.address
        );
        socket.write_all(request.as_bytes())?;
        let token = Token((index << 32) | self.subscribers.len());
        registry.register(&mut socket, token, Interest::READABLE)?;
        self.subscribers.push(Subscriber {
            socket: Some(socket),
            decoder: Decoder::new(false),
            next: self.next,
            skipped: false,
        });
        self.audience += usize::from(gets_events);
        Ok(())
    }

    fn open_publisher(&mut self, registry: &mio::Registry, index: usize) -> io::Result<()> {
        if self.publisher.is_none() {
            self.publisher = Some(Publisher::open(registry, self.server.address, Token((index << 32) | PUBLISHER))?);
        }
        Ok(())
    }

    /// Everybody has everything, and every publication is answered.
    pub fn is_quiet(&self) -> bool {
        self.in_flight() == 0 && self.missing() == 0
    }

    /// Deliveries that are still to come.
    pub fn missing(&self) -> u64 {
        let tally = &self.tally;
        ((self.next - 1) * self.audience as u64).saturating_sub(tally.delivered + tally.told_lost + tally.lost)
    }

    /// Publications without a response.
    pub fn in_flight(&self) -> usize {
        self.publisher.as_ref().map_or(0, |publisher| publisher.in_flight)
    }

    /// Publishes so many events.
    pub fn publish(&mut self, count: usize, start: Instant) -> io::Result<()> {
        let Some(publisher) = &mut self.publisher else { return Ok(()) };
        for _ in 0..count {
            publisher.queue(&self.server.publish, self.server.address, &self.payload, self.next)?;
            self.next += 1;
            self.published.push_back(nanoseconds(start));
        }
        publisher.send()
    }

    /// Forgets when earlier events were published: everybody has them.
    pub fn begin_block(&mut self) {
        self.published.clear();
        self.published_from = self.next;
    }

    fn publisher_is_ready(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let name = &self.server.name;
        let Some(publisher) = &mut self.publisher else { return Ok(()) };
        publisher.send()?;
        publisher.receive(buffer).map_err(|error| io::Error::new(error.kind(), format!("{name}: publishing: {error}")))
    }

    fn read(
        &mut self,
        row: usize,
        buffer: &mut [u8],
        seen: &mut Vec<Seen>,
        start: Instant,
        mut latency: Option<&mut Histogram>,
    ) {
        let Some(subscriber) = self.subscribers.get_mut(row) else { return };
        while let Some(socket) = &mut subscriber.socket {
            match socket.read(buffer) {
                Ok(count) if count > 0 => {
                    self.tally.reads += 1;
                    let now = nanoseconds(start);
                    let clock = Clock { now, published: &self.published, from: self.published_from };
                    let (tally, cache) = (&mut self.tally, &mut self.last_read);
                    if !subscriber.take(&buffer[..count], &self.payload, seen, cache, tally, &clock, &mut latency) {
                        subscriber.socket = None;
                    }
                    if count < buffer.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => {
                    self.tally.closed += 1;
                    subscriber.socket = None;
                }
            }
        }
    }
}

struct Clock<'a> {
    now: u64,
    published: &'a VecDeque<u64>,
    from: u64,
}

impl Clock<'_> {
    fn record(&self, number: u64, latency: &mut Option<&mut Histogram>) {
        let at = number.checked_sub(self.from).and_then(|back| self.published.get(back as usize));
        if let (Some(latency), Some(at)) = (latency, at) {
            latency.add(self.now.saturating_sub(*at));
        }
    }
}

impl Subscriber {
    #[allow(clippy::too_many_arguments)]
    fn take(
        &mut self,
        octets: &[u8],
        payload: &Payload,
        seen: &mut Vec<Seen>,
        cache: &mut Option<Understood>,
        tally: &mut Tally,
        clock: &Clock<'_>,
        latency: &mut Option<&mut Histogram>,
    ) -> bool {
        let was_at_rest = self.decoder.is_at_rest();
        if let Some(last) = cache
            && was_at_rest
            && last.next == self.next
            && last.octets == octets
        {
            (self.next..last.after).for_each(|number| clock.record(number, latency));
            tally.delivered += last.after - last.next;
            self.next = last.after;
            return true;
        }
        seen.clear();
        let result = self.decoder.decode(octets, payload, seen);
        let before = self.next;
        let mut is_plain = was_at_rest && result.is_ok();
        for seen in seen.iter() {
            match *seen {
                Seen::Event(number) => {
                    is_plain &= number == self.next;
                    self.event(number, tally);
                    clock.record(number, latency);
                    continue;
                }
                Seen::Head => tally.heads += 1,
                Seen::Lost(count) => {
                    tally.told_lost += count;
                    self.next += count;
                }
                Seen::Comment => {
                    tally.comments += 1;
                    let at = usize::try_from(clock.now / 100_000_000).unwrap_or(0);
                    if tally.comments_at.len() <= at {
                        tally.comments_at.resize(at + 1, 0);
                    }
                    tally.comments_at[at] += 1;
                }
                Seen::End => {
                    tally.closed += 1;
                    return false;
                }
            }
            is_plain = false;
        }
        if is_plain && self.decoder.is_at_rest() {
            let last = cache.get_or_insert(Understood { octets: Vec::new(), next: 0, after: 0 });
            last.octets.clear();
            last.octets.extend_from_slice(octets);
            (last.next, last.after) = (before, self.next);
        }
        if let Err(fault) = result {
            tally.faults += 1;
            eprintln!("generator: {fault:?} in {:?}", String::from_utf8_lossy(&octets[..octets.len().min(300)]));
        }
        result.is_ok()
    }

    fn event(&mut self, number: u64, tally: &mut Tally) {
        if number >= self.next {
            tally.lost += number - self.next;
            self.skipped |= number > self.next;
            tally.delivered += 1;
            self.next = number + 1;
        } else if self.skipped {
            tally.late += 1;
        } else {
            tally.twice += 1;
        }
    }
}

impl Publisher {
    /// Connects.
    pub fn open(registry: &mio::Registry, address: SocketAddr, token: Token) -> io::Result<Publisher> {
        let mut socket = connect(address, None)?;
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Publisher { socket, unsent: Vec::new(), unread: Vec::new(), in_flight: 0 })
    }

    /// Requests that have no response yet.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Appends one publication to what is to be sent.
    pub fn queue(&mut self, path: &str, address: SocketAddr, payload: &Payload, number: u64) -> io::Result<()> {
        let length = payload.len();
        write!(
            self.unsent,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
        )?;
        payload.write(number, &mut self.unsent);
        self.in_flight += 1;
        Ok(())
    }

    /// Sends what the socket takes.
    pub fn send(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes what responses have come.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Err(io::Error::new(ErrorKind::UnexpectedEof, "the server has closed")),
                Ok(count) => {
                    self.unread.extend_from_slice(&buffer[..count]);
                    self.take_responses()?;
                    if count < buffer.len() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn take_responses(&mut self) -> io::Result<()> {
        let mut at = 0;
        while let Some(length) = response(&self.unread[at..])? {
            at += length;
            self.in_flight -= 1;
        }
        self.unread.drain(..at);
        Ok(())
    }
}

// The length of the response that stands at the beginning; None if it is not complete.
fn response(octets: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = memchr::memmem::find(octets, b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&octets[..end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 2") {
        return Err(io::Error::other(format!("not accepted: {head}")));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let length = match length {
        Some(length) => length,
        None if head.starts_with("http/1.1 204") => 0,
        None => return Err(io::Error::other(format!("a response without Content-Length: {head}"))),
    };
    let whole = end + 4 + length;
    Ok((octets.len() >= whole).then_some(whole))
}

/// A connection, from `source` if that is given.
pub fn connect(address: SocketAddr, source: Option<SocketAddr>) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if let Some(source) = source {
        socket.bind(&source.into())?;
    }
    socket.set_tcp_nodelay(true)?;
    socket.connect(&address.into())?;
    socket.set_nonblocking(true)?;
    Ok(TcpStream::from_std(socket.into()))
}

/// Nanoseconds since the start.
pub fn nanoseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

const GATE: Token = Token(usize::MAX);
const PUBLISHER: usize = 0xffff_ffff;
/// Subscribers that may wait for their response heads at once.
const OPENING_AT_ONCE: usize = 256;
const PATIENCE: Duration = Duration::from_secs(20);
