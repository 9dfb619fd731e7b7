//! A connection without a socket and without a clock, so that a test reads like a segment diagram.
//!
//! ```text
//! Diagram::begin()
//!     .they_send("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
//!     .we_send(PLAIN)
//!     .at(60_000).we_send_fin()
//!     .at(60_002).they_send_fin()
//!     .we_close();
//! ```
//!
//! Time is a number of milliseconds. [`Diagram::at`] moves it on and stops at each deadline on the way, as the loop
//! does. Whatever the connection does and no line of the diagram mentions makes the test fail, so a line also says
//! that nothing came before it. A deadline that has passed and changes nothing fails too: the loop would spin.

// Each file of tests uses a part of this one.
#![allow(dead_code, unreachable_pub)]

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use wirestep::exchange::connection::Connection;
use wirestep::exchange::context::Context;
use wirestep::exchange::limits::Limits;
use wirestep::exchange::metrics::Metrics;
use wirestep::exchange::stepping::Pace;
use wirestep::site::Site;
use wirestep::site::producer::Producer;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::publication::Publication;
use wirestep::topic::topics::Topics;
use wirestep::wire::language::Language;
use wirestep::wire::step::Step;

#[path = "../driver/mod.rs"]
pub mod driver;

use driver::{Driver, KEY, SocketAct};

/// What stands for `Date`, `Connection` and `Keep-Alive` on a connection that stays.
pub const STAYING: &str = "Date: now\r\n";
/// ... and on one that ends with the response.
pub const CLOSING: &str = "Date: now\r\nConnection: close\r\n";

/// One thing that the connection did.
#[derive(Clone, PartialEq, Eq)]
pub enum Act {
    /// Octets left; one after the other they are one act here.
    Octets(Vec<u8>),
    /// Half-close.
    Fin,
    /// Reset.
    Rst,
    /// The socket is closed.
    Close,
}

impl Act {
    /// What left, if it was octets.
    pub fn octets(&self) -> Option<&[u8]> {
        match self {
            Act::Octets(octets) => Some(octets),
            Act::Fin | Act::Rst | Act::Close => None,
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Octets(octets) if octets.len() > 4_000 => {
                let (first, last) = (&octets[..2_000], &octets[octets.len() - 2_000..]);
                write!(f, "{} octets\n{} ... {}", octets.len(), first.escape_ascii(), last.escape_ascii())
            }
            Act::Octets(octets) => write!(f, "{} octets\n{}", octets.len(), octets.escape_ascii()),
            Act::Fin => f.write_str("FIN"),
            Act::Rst => f.write_str("RST"),
            Act::Close => f.write_str("close"),
        }
    }
}

/// The connection, the kernel between it and the client, and the time.
pub struct Diagram {
    driver: Driver,
    site: Site,
    topics: Topics,
    metrics: Metrics,
    limits: Limits,
    start: Instant,
    now: Duration,
    /// Pieces that have arrived and have not been read; `None` is their FIN.
    arrived: VecDeque<Option<Vec<u8>>>,
    /// Octets that the client will still take.
    window: usize,
    /// What single writes take, in turn; 0 is "would block". Empty: everything.
    takes: Vec<usize>,
    writes: usize,
    /// What the connection did and no line of the diagram has mentioned.
    unmentioned: VecDeque<Act>,
    gone: bool,
}

impl Diagram {
    /// A connection with the default bounds, accepted at 0 ms.
    pub fn begin() -> Diagram {
        Diagram::within(Limits::default())
    }

    /// A connection with these bounds, accepted at 0 ms.
    pub fn within(limits: Limits) -> Diagram {
        let start = Instant::now();
        Diagram {
            driver: Driver::new(Pace::Free, &context(start, &limits, &Metrics::default())),
            site: Site::default(),
            topics: Topics::new(TopicLimits::default(), 0),
            metrics: Metrics::default(),
            limits,
            start,
            now: Duration::ZERO,
            arrived: VecDeque::new(),
            window: usize::MAX,
            takes: Vec::new(),
            writes: 0,
            unmentioned: VecDeque::new(),
            gone: false,
        }
    }

    /// A connection with the default bounds, on a server whose topics have these.
    pub fn with_rings(limits: TopicLimits) -> Diagram {
        let mut diagram = Diagram::begin();
        diagram.topics = Topics::new(limits, 0);
        diagram
    }

    // ---- time -----------------------------------------------------------------------------------------------

    /// It is so many milliseconds after accept.
    #[track_caller]
    pub fn at(&mut self, milliseconds: u64) -> &mut Diagram {
        let then = Duration::from_millis(milliseconds);
        self.assert_mentioned();
        while let Some(deadline) = self.deadline().filter(|deadline| *deadline <= then) {
            self.now = deadline;
            self.turns();
            if deadline < then {
                self.assert_mentioned();
            }
        }
        self.now = then;
        self
    }

    /// Lets all the time pass that the connection asks for, until it is closed or waits for nothing.
    #[track_caller]
    pub fn at_last(&mut self) -> &mut Diagram {
        while let Some(deadline) = self.deadline() {
            self.now = self.now.max(deadline);
            assert!(self.now < Duration::from_secs(24 * 3600), "a day has passed, and the connection is still there");
            self.turns();
        }
        self
    }

    /// Lets the connection have what time it asks for, at most so often and so long.
    #[track_caller]
    pub fn at_most(&mut self, deadlines: usize, milliseconds: u64) -> &mut Diagram {
        let end = Duration::from_millis(milliseconds);
        for _ in 0..deadlines {
            let Some(deadline) = self.deadline().filter(|deadline| *deadline <= end) else { break };
            self.now = self.now.max(deadline);
            self.turns();
        }
        self
    }

    fn deadline(&self) -> Option<Duration> {
        let deadline = if self.gone { None } else { self.driver.connection.deadline() };
        deadline.map(|deadline| deadline - self.start)
    }

    // ---- the client -----------------------------------------------------------------------------------------

    /// Octets arrive.
    #[track_caller]
    pub fn they_send(&mut self, octets: impl AsRef<[u8]>) -> &mut Diagram {
        self.arrived.push_back(Some(octets.as_ref().to_vec()));
        self.turns();
        self
    }

    /// Their FIN arrives.
    #[track_caller]
    pub fn they_send_fin(&mut self) -> &mut Diagram {
        self.arrived.push_back(None);
        self.turns();
        self
    }

    /// From now on the client takes so many octets and then no more.
    #[track_caller]
    pub fn they_take(&mut self, octets: usize) -> &mut Diagram {
        self.window = octets;
        self.turns();
        self
    }

    /// The client takes all that comes.
    #[track_caller]
    pub fn they_take_all(&mut self) -> &mut Diagram {
        self.they_take(usize::MAX)
    }

    /// Single writes take so many octets, in turn; 0 would block.
    pub fn writes_take(&mut self, takes: &[usize]) -> &mut Diagram {
        self.takes = takes.to_vec();
        self
    }

    /// Everything, at once or in the pieces that end at `cuts`, and then their FIN if `fin` says so.
    #[track_caller]
    pub fn they_send_in_pieces(&mut self, octets: &[u8], cuts: &[usize], fin: bool) -> &mut Diagram {
        let mut start = 0;
        for &cut in cuts.iter().filter(|cut| **cut < octets.len()).chain([&octets.len()]) {
            if cut > start {
                self.arrived.push_back(Some(octets[start..cut].to_vec()));
                start = cut;
            }
        }
        if fin {
            self.arrived.push_back(None);
        }
        self.turns();
        self
    }

    // ---- the server -----------------------------------------------------------------------------------------

    /// The server is asked to end.
    #[track_caller]
    pub fn drain(&mut self) -> &mut Diagram {
        self.driver.drain(&context(self.start + self.now, &self.limits, &self.metrics));
        self.turns();
        self
    }

    /// The next request is answered with this script, whatever it asks for.
    pub fn we_answer_with(&mut self, steps: impl IntoIterator<Item = Step>) -> &mut Diagram {
        self.driver.script = Some(Producer::script(steps));
        self
    }

    /// Somebody else publishes `data` to a topic.
    #[track_caller]
    pub fn somebody_publishes(&mut self, topic: &str, data: &str) -> &mut Diagram {
        let publication = Publication { data, ..Publication::default() };
        self.topics.publish(topic, &publication, self.start + self.now).expect("the topic takes it");
        let mut woken = Vec::new();
        self.topics.wake(&mut woken);
        if woken.contains(&KEY) {
            self.driver.connection.wake();
            self.turns();
        }
        self
    }

    /// How many follow the topic.
    pub fn subscribers(&self, topic: &str) -> usize {
        let summaries = self.topics.summaries();
        summaries.iter().find(|summary| summary.name == topic).map_or(0, |summary| summary.subscribers)
    }

    /// The connection has sent exactly these octets since the last line.
    #[track_caller]
    pub fn we_send(&mut self, octets: impl AsRef<[u8]>) -> &mut Diagram {
        self.expect(&Act::Octets(octets.as_ref().to_vec()))
    }

    /// FIN.
    #[track_caller]
    pub fn we_send_fin(&mut self) -> &mut Diagram {
        self.expect(&Act::Fin)
    }

    /// RST: nothing comes after it.
    #[track_caller]
    pub fn we_send_rst(&mut self) {
        self.expect(&Act::Rst).assert_mentioned();
    }

    /// The socket is closed: nothing comes after it.
    #[track_caller]
    pub fn we_close(&mut self) {
        self.expect(&Act::Close).assert_mentioned();
    }

    /// Nothing has happened.
    #[track_caller]
    pub fn we_wait(&mut self) -> &mut Diagram {
        self.assert_mentioned();
        self
    }

    /// The two states have these names.
    #[track_caller]
    pub fn in_states(&mut self, receiving: &str, sending: &str) -> &mut Diagram {
        let status = self.driver.connection.status();
        assert_eq!((status.receiving, status.sending), (receiving, sending), "the states {}", self.when());
        self
    }

    /// The connection without all that is around it here.
    pub fn into_connection(mut self) -> Connection {
        self.assert_mentioned();
        let new = Connection::new(Pace::Free, &context(self.start, &self.limits, &self.metrics));
        std::mem::replace(&mut self.driver.connection, new)
    }

    /// The connection, for other questions.
    pub fn connection(&self) -> &Connection {
        &self.driver.connection
    }

    /// Octets that wait for the client.
    pub fn pending(&mut self) -> usize {
        let cx = context(self.start + self.now, &self.limits, &self.metrics);
        self.driver.pending(&self.site, &mut self.topics, &cx)
    }

    /// The octets that have arrived and that the connection does not want yet.
    pub fn left_in_the_kernel(&self) -> usize {
        self.arrived.iter().flatten().map(Vec::len).sum()
    }

    /// All that has been done and not mentioned.
    pub fn acts(&mut self) -> Vec<Act> {
        self.unmentioned.drain(..).collect()
    }

    #[track_caller]
    fn expect(&mut self, act: &Act) -> &mut Diagram {
        match self.unmentioned.pop_front() {
            Some(done) => assert!(done == *act, "{}\n  expected {act:?}\n  came     {done:?}", self.when()),
            None => panic!("{}\n  expected {act:?}\n  nothing came", self.when()),
        }
        self
    }

    #[track_caller]
    fn assert_mentioned(&self) {
        assert!(self.unmentioned.is_empty(), "{} came, unexpected: {:?}", self.when(), self.unmentioned);
    }

    fn when(&self) -> String {
        format!("at {} ms", self.now.as_millis())
    }

    // ---- the loop, as net/server.rs has it: one read, then acts -----------------------------------------------

    #[track_caller]
    fn turns(&mut self) {
        let before = self.deadline();
        while !self.gone {
            self.read();
            let would_come_again = self.act();
            let would_read = !self.arrived.is_empty() && self.driver.connection.wants_to_receive(&self.limits);
            if !would_come_again && !would_read {
                break;
            }
        }
        if let Some(deadline) = self.deadline() {
            assert!(
                deadline > self.now,
                "{}: the deadline of {} ms has passed and changed nothing (it was {before:?})",
                self.when(),
                deadline.as_millis()
            );
        }
    }

    fn read(&mut self) {
        if !self.driver.connection.wants_to_receive(&self.limits) {
            return;
        }
        match self.arrived.pop_front() {
            Some(Some(octets)) => {
                self.driver.connection.receive(&octets, &context(self.start + self.now, &self.limits, &self.metrics))
            }
            Some(None) => self.driver.receive_fin(&context(self.start + self.now, &self.limits, &self.metrics)),
            None => {}
        }
    }

    // True if the loop would come again at once.
    fn act(&mut self) -> bool {
        loop {
            let act = {
                let cx = context(self.start + self.now, &self.limits, &self.metrics);
                self.driver.next_act(&self.site, &mut self.topics, &cx)
            };
            match act {
                SocketAct::Write(octets, origin) => match self.write(&octets) {
                    Ok(count) => {
                        let cx = context(self.start + self.now, &self.limits, &self.metrics);
                        self.driver.sent(origin, count, &mut self.topics, &cx);
                    }
                    Err(would_come_again) => return would_come_again,
                },
                SocketAct::Fin => {
                    self.unmentioned.push_back(Act::Fin);
                    self.driver.connection.carried_out();
                }
                SocketAct::Rst => return self.forget(Act::Rst),
                SocketAct::Close => return self.forget(Act::Close),
                SocketAct::Rest => return false,
            }
        }
    }

    // How many octets the client took; or none, and whether the loop would come again at once.
    fn write(&mut self, octets: &[u8]) -> Result<usize, bool> {
        let take = self.takes.get(self.writes % self.takes.len().max(1)).copied().unwrap_or(usize::MAX);
        let count = octets.len().min(self.window).min(take);
        self.writes += 1;
        if count == 0 {
            return Err(take == 0 && self.window > 0);
        }
        self.window -= if self.window == usize::MAX { 0 } else { count };
        match self.unmentioned.back_mut() {
            Some(Act::Octets(before)) => before.extend_from_slice(&octets[..count]),
            _ => self.unmentioned.push_back(Act::Octets(octets[..count].to_vec())),
        }
        Ok(count)
    }

    fn forget(&mut self, act: Act) -> bool {
        self.driver.leave(&mut self.topics);
        self.unmentioned.push_back(act);
        self.gone = true;
        false
    }
}

impl Drop for Diagram {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_mentioned();
        }
    }
}

fn context<'a>(now: Instant, limits: &'a Limits, metrics: &'a Metrics) -> Context<'a> {
    let (keep_alive_fields, close_fields) = (STAYING.as_bytes(), CLOSING.as_bytes());
    Context { now, limits, metrics, keep_alive_fields, close_fields, language: Language::En }
}
