//! What a server goes through in a day, in minutes: followers who stay, who leave and come back with their
//! `Last-Event-ID`, who stop reading for a while, and passers-by who break off in the middle of whatever they began.
//!
//! Whoever follows checks every event: after coming back the next one must be the one behind the last, or a `lost` comment
//! must say how many are gone. At the end everybody who still follows must have everything.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::crowd::{Publisher, Server, connect};
use crate::decode::{Decoder, Payload, Seen};

/// How long, and how many.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The length of the soak.
    pub time: Duration,
    /// Clients at any time.
    pub clients: usize,
    /// Topics that they follow.
    pub topics: usize,
    /// Events a second, of all topics.
    pub rate: f64,
    /// Octets of an event's data.
    pub payload: usize,
    /// How long somebody who stops reading does so at least; four times as long at most.
    pub stall: Duration,
}

/// What has happened.
#[derive(Debug, Default)]
pub struct Account {
    /// Connections made.
    pub connects: u64,
    /// Events published.
    pub published: u64,
    /// Events received, each checked.
    pub delivered: u64,
    /// Times that somebody came back with the id of the last event.
    pub resumed: u64,
    /// Events that a comment said were lost.
    pub told_lost: u64,
    /// Streams that the server has cut off since nobody read them.
    pub stalls_cut: u64,
    /// Streams cut off otherwise.
    pub cut: u64,
    /// Events missing without a word, or come twice.
    pub gaps: u64,
    /// Octets that are not what was agreed.
    pub faults: u64,
    /// Followers that did not get everything in the end.
    pub behind: u64,
}

impl Account {
    /// What must not happen.
    pub fn errors(&self) -> u64 {
        self.cut + self.gaps + self.faults + self.behind
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Follows until the end.
    Stays,
    /// Leaves after a while, politely or not, and goes on where it was.
    ComesBack,
    /// Reads nothing for a while, and then all of it.
    Stalls,
    /// Begins something, and is gone.
    Passes,
}

#[derive(Debug)]
struct Client {
    habit: Habit,
    topic: usize,
    socket: Option<TcpStream>,
    decoder: Decoder,
    /// The number that must come now; unknown before the first event.
    next: Option<u64>,
    /// The number of the last event that came.
    last: Option<u64>,
    /// When it does what its habit is.
    act_at: Instant,
    is_stalling: bool,
    was_stalling: bool,
}

struct Soak {
    poll: Poll,
    server: Server,
    plan: Plan,
    payload: Payload,
    clients: Vec<Client>,
    publisher: Publisher,
    /// Events of each topic so far.
    published: Vec<u64>,
    account: Account,
    dice: u64,
    buffer: Vec<u8>,
    seen: Vec<Seen>,
}

/// Lives through the plan; the server's paths must hold a `*` where the topic's name stands.
pub fn soak(server: Server, plan: Plan) -> io::Result<Account> {
    let mut poll = Poll::new()?;
    let publisher = Publisher::open(poll.registry(), server.address, PUBLISHER)?;
    let habits = [Habit::Stays, Habit::ComesBack, Habit::ComesBack, Habit::Stalls, Habit::Passes];
    let now = Instant::now();
    let clients = (0..plan.clients).map(|index| Client {
        habit: habits[index % habits.len()],
        topic: index / habits.len() % plan.topics,
        socket: None,
        decoder: Decoder::new(true),
        next: None,
        last: None,
        act_at: now,
        is_stalling: false,
        was_stalling: false,
    });
    let clients = clients.collect();
    let mut events = Events::with_capacity(1024);
    let payload = Payload::new(plan.payload);
    let (published, buffer) = (vec![0; plan.topics], vec![0; 256 * 1024]);
    let account = Account::default();
    poll.poll(&mut events, Some(Duration::ZERO))?;
    let mut soak = Soak {
        poll,
        server,
        plan,
        payload,
        clients,
        publisher,
        published,
        account,
        dice: 88_172_645_463_325_252,
        buffer,
        seen: Vec::new(),
    };
    while now.elapsed() < plan.time {
        soak.publish(now.elapsed())?;
        soak.act()?;
        soak.turn(&mut events)?;
    }
    soak.finish(&mut events)?;
    Ok(soak.account)
}

impl Soak {
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides
    }

    fn publish(&mut self, elapsed: Duration) -> io::Result<()> {
        // A server that is behind is not pushed further.
        while (self.account.published as f64) < elapsed.as_secs_f64() * self.plan.rate
            && self.publisher.in_flight() < 64
        {
            let topic = self.account.published as usize % self.plan.topics;
            let path = self.server.publish.replace('*', &format!("soak-{topic}"));
            self.published[topic] += 1;
            self.account.published += 1;
            self.publisher.queue(&path, self.server.address, &self.payload, self.published[topic])?;
        }
        self.publisher.send()
    }

    fn act(&mut self) -> io::Result<()> {
        let now = Instant::now();
        for index in 0..self.clients.len() {
            if self.clients[index].act_at <= now {
                self.act_as(index, now)?;
            }
        }
        Ok(())
    }

    fn act_as(&mut self, index: usize, now: Instant) -> io::Result<()> {
        let pause = Duration::from_millis(50 + self.roll(2000));
        let is_rude = self.roll(2) == 0;
        let stall = self.plan.stall * (1 + self.roll(4) as u32);
        let client = &mut self.clients[index];
        client.act_at = now + pause;
        match (client.habit, client.socket.is_some()) {
            (Habit::Passes, false) => self.pass(index),
            (_, false) => self.follow(index),
            (Habit::Stays, true) => Ok(()),
            (Habit::ComesBack | Habit::Passes, true) => {
                client.leave(is_rude);
                Ok(())
            }
            (Habit::Stalls, true) => {
                client.was_stalling |= client.is_stalling;
                client.is_stalling = !client.is_stalling;
                if client.is_stalling {
                    client.act_at = now + stall;
                    return Ok(());
                }
                self.read(index);
                Ok(())
            }
        }
    }

    fn open(&mut self, index: usize, request: &[u8]) -> io::Result<()> {
        self.account.connects += 1;
        let mut socket = connect(self.server.address, None)?;
        if self.clients[index].habit == Habit::Stalls {
            SockRef::from(&socket).set_recv_buffer_size(STALLING_BUFFER)?;
        }
        // What cannot be written to somebody who has just arrived is lost on purpose.
        let _ = socket.write(request);
        self.poll.registry().register(&mut socket, Token(index), Interest::READABLE)?;
        self.clients[index].socket = Some(socket);
        Ok(())
    }

    fn follow(&mut self, index: usize) -> io::Result<()> {
        let client = &mut self.clients[index];
        let last_id = String::from_utf8_lossy(&client.decoder.last_id).into_owned();
        let resuming = if last_id.is_empty() { String::new() } else { format!("Last-Event-ID: {last_id}\r\n") };
        self.account.resumed += u64::from(!last_id.is_empty());
        // What a comment said was lost is said again if no event came behind it.
        client.next = client.last.map(|last| last + 1);
        client.decoder = Decoder::new(true);
        client.decoder.last_id = last_id.into_bytes();
        let (path, address) =
            (self.server.subscribe.replace('*', &format!("soak-{}", client.topic)), self.server.address);
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n{resuming}\r\n");
        self.open(index, request.as_bytes())
    }

    fn pass(&mut self, index: usize) -> io::Result<()> {
        let topic = self.clients[index].topic;
        let path = self.server.publish.replace('*', &format!("passing-{topic}"));
        let address: SocketAddr = self.server.address;
        let plain = format!("GET /plain HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let request = match self.roll(6) {
            0 => plain.repeat(16),
            1 => plain[..plain.len() - 9].to_owned(),
            2 => "no request at all\r\n\r\n".to_owned(),
            3 => format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 5000\r\n\r\nthe beginning"),
            4 => format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            ),
            _ => String::new(),
        };
        self.open(index, request.as_bytes())
    }

    fn turn(&mut self, events: &mut Events) -> io::Result<()> {
        match self.poll.poll(events, Some(TICK)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        for event in events.iter() {
            match event.token() {
                PUBLISHER => {
                    self.publisher.send()?;
                    self.publisher.receive(&mut self.buffer)?;
                }
                Token(index) if !self.clients[index].is_stalling => self.read(index),
                Token(_) => {}
            }
        }
        Ok(())
    }

    fn read(&mut self, index: usize) {
        let client = &mut self.clients[index];
        while let Some(socket) = &mut client.socket {
            match socket.read(&mut self.buffer) {
                Ok(count) if count > 0 => {
                    if client.habit != Habit::Passes {
                        client.take(&self.buffer[..count], &self.payload, &mut self.seen, &mut self.account);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => {
                    client.socket = None;
                    match client.habit {
                        Habit::Passes => {}
                        Habit::Stalls if client.was_stalling => self.account.stalls_cut += 1,
                        Habit::Stalls | Habit::Stays | Habit::ComesBack => self.account.cut += 1,
                    }
                }
            }
        }
    }

    // Nobody acts any more; whoever follows must get the rest.
    fn finish(&mut self, events: &mut Events) -> io::Result<()> {
        let until = Instant::now() + PATIENCE;
        for index in 0..self.clients.len() {
            let client = &mut self.clients[index];
            if std::mem::replace(&mut client.is_stalling, false) {
                client.was_stalling = true;
                self.read(index);
            }
        }
        loop {
            self.turn(events)?;
            let published = &self.published;
            let behind = self.clients.iter().filter(|client| client.is_behind(published[client.topic])).count();
            if (behind == 0 && self.publisher.in_flight() == 0) || Instant::now() > until {
                self.account.behind = behind as u64;
                for client in self.clients.iter().filter(|client| client.is_behind(published[client.topic])) {
                    let (of, next) = (published[client.topic], client.next);
                    eprintln!("soak: {:?} waits for {next:?} of {of}", client.habit);
                }
                self.clients.clear();
                return Ok(());
            }
        }
    }
}

impl Client {
    fn is_behind(&self, published: u64) -> bool {
        self.habit != Habit::Passes && self.socket.is_some() && self.next.is_some_and(|next| next <= published)
    }

    fn leave(&mut self, is_rude: bool) {
        if let (Some(socket), true) = (&self.socket, is_rude) {
            let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
        }
        self.socket = None;
    }

    fn take(&mut self, octets: &[u8], payload: &Payload, seen: &mut Vec<Seen>, account: &mut Account) {
        seen.clear();
        if let Err(fault) = self.decoder.decode(octets, payload, seen) {
            eprintln!("soak: {fault:?} in {:?}", String::from_utf8_lossy(&octets[..octets.len().min(300)]));
            account.faults += 1;
            self.socket = None;
        }
        for seen in seen.iter() {
            match *seen {
                Seen::Event(number) => {
                    let expected = self.next.replace(number + 1).unwrap_or(number);
                    self.last = Some(number);
                    if number != expected {
                        eprintln!("soak: {:?} expected {expected} and got {number}", self.habit);
                        account.gaps += 1;
                    }
                    account.delivered += 1;
                }
                Seen::Lost(count) => {
                    account.told_lost += count;
                    self.next = self.next.map(|next| next + count);
                }
                Seen::Head | Seen::Comment | Seen::End => {}
            }
        }
    }
}

const PUBLISHER: Token = Token(usize::MAX - 1);
/// Octets of the receive buffer of somebody who will stall: soon full, and large enough not to be slow afterwards.
const STALLING_BUFFER: usize = 64 * 1024;
const TICK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(10);
