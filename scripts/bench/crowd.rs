//! A crowd without sockets: what a subscriber and a delivery cost, from ten thousand to a million.
//!
//! A connection needs no socket: it is told what was received and asks for what is to be done. Here
//! every write takes all its octets, and everything else is as in the server: the same connection,
//! the same site, the same topic, the same heap of deadlines.
//!
//! ```text
//! cargo run --release --example crowd -- 10000 20
//! {"subscribers":10000,"octets":251,"ns":64.1,...}     for each subscriber, and for each delivery
//! ```

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use wirestep::exchange::connection::{Action, Connection};
use wirestep::exchange::context::Context;
use wirestep::exchange::limits::Limits;
use wirestep::exchange::metrics::Metrics;
use wirestep::exchange::stepping::Pace;
use wirestep::site::producer::Producer;
use wirestep::site::{self, Answer, Client, Site};
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::publication::Publication;
use wirestep::topic::topics::Topics;
use wirestep::wire::language::Language;
use wirestep::wire::step::Next;

const REQUEST: &[u8] = b"GET /topics/crowd HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";

/// What the loop has of each client, but for the socket.
struct Seat {
    connection: Connection,
    producer: Producer,
    timer: Option<Instant>,
}

/// A server without a loop.
struct Crowd {
    seats: Vec<Seat>,
    timers: BinaryHeap<Reverse<(Instant, u32)>>,
    to_wake: Vec<u32>,
    topics: Topics,
    site: Site,
    limits: Limits,
    metrics: Metrics,
    now: Instant,
    octets: u64,
}

impl Crowd {
    fn new() -> Crowd {
        Crowd {
            seats: Vec::new(),
            timers: BinaryHeap::new(),
            to_wake: Vec::new(),
            topics: Topics::new(TopicLimits::default(), 1),
            site: Site::default(),
            limits: Limits::default(),
            metrics: Metrics::default(),
            now: Instant::now(),
            octets: 0,
        }
    }

    /// A client connects, and its request arrives.
    fn join(&mut self) {
        let cx = context(self.now, &self.limits, &self.metrics);
        let mut connection = Connection::new(Pace::Free, &cx);
        connection.receive(REQUEST, &cx);
        self.seats.push(Seat { connection, producer: Producer::default(), timer: None });
        self.serve(self.seats.len() - 1);
    }

    /// An event leaves for all.
    fn publish(&mut self, data: &str) {
        let event = Publication { data, ..Publication::default() };
        self.topics.publish("crowd", &event, self.now).expect("the topic is there");
        let mut keys = std::mem::take(&mut self.to_wake);
        self.topics.wake(&mut keys);
        for key in keys.drain(..) {
            self.seats[key as usize].connection.wake();
            self.serve(key as usize);
        }
        self.to_wake = keys;
    }

    /// Acts until the connection rests; a write takes everything.
    fn serve(&mut self, key: usize) {
        let cx = context(self.now, &self.limits, &self.metrics);
        let seat = &mut self.seats[key];
        loop {
            match seat.connection.next_action(&cx) {
                Action::Respond(request) => {
                    let answer = site::respond(&self.site, &request, Client::Local, &mut self.topics, &cx);
                    let Answer::Response(producer, mode) = answer else { panic!("a topic is asked for") };
                    seat.connection.respond(producer.manner(mode));
                    seat.producer = producer;
                }
                Action::NextStep(demand) => {
                    let next = seat.producer.next_step(demand, key as u32, cx.limits.heartbeat, &mut self.topics);
                    assert!(!matches!(next, Next::End { .. }), "a subscription has no end");
                    seat.connection.supply(next, &cx);
                }
                Action::Send(octets) => {
                    let count = octets.len();
                    self.octets += count as u64;
                    seat.connection.sent(count, &cx);
                }
                Action::Deliver(batch) => {
                    let count = self.topics.octets(batch).map_or(0, <[u8]>::len);
                    self.octets += count as u64;
                    let rest = self.topics.sent(batch, count);
                    seat.connection.delivered(&rest, &cx);
                }
                Action::Rest => break,
                other => panic!("{other:?}"),
            }
        }
        // As in net/timers.rs: a later deadline needs no new entry.
        if let Some(deadline) = seat.connection.deadline()
            && seat.timer.is_none_or(|noted| deadline < noted)
        {
            seat.timer = Some(deadline);
            self.timers.push(Reverse((deadline, key as u32)));
        }
    }
}

fn context<'a>(now: Instant, limits: &'a Limits, metrics: &'a Metrics) -> Context<'a> {
    Context { now, limits, metrics, keep_alive_fields: b"", close_fields: b"", language: Language::En }
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let (subscribers, events) = (arguments.next().unwrap_or(10_000), arguments.next().unwrap_or(20));
    let mut crowd = Crowd::new();
    // The first one brings what all share.
    crowd.join();
    let (before, began) = (resident()?, processor_time());
    for _ in 1..subscribers {
        crowd.join();
    }
    let joining = processor_time() - began;
    // The list of whom to wake is made by the first event.
    crowd.publish(&"x".repeat(50));
    let octets = resident()?.saturating_sub(before);
    let began = processor_time();
    for _ in 0..events {
        crowd.now += Duration::from_millis(100);
        crowd.publish(&"x".repeat(50));
    }
    let delivering = processor_time() - began;
    let totals = crowd.topics.totals();
    assert_eq!((totals.deliveries, totals.lost), ((events as u64 + 1) * subscribers as u64, 0));
    let each = |time: Duration, count: usize| time.as_nanos() as f64 / count as f64;
    writeln!(
        io::stdout(),
        r#"{{"subscribers":{subscribers},"octets":{:.0},"ns":{:.1},"join_ns":{:.0},"written":{}}}"#,
        octets as f64 / subscribers as f64,
        each(delivering, subscribers * events.max(1)),
        each(joining, subscribers),
        crowd.octets,
    )
}

/// Octets of memory that are the process's own, and in use.
fn resident() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("Linux says RssAnon in /proc/self/status"))
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
