//! Whatever happens in whatever order: who follows a topic gets every event once and in order, or is told how many are lost.
//!
//! The model is a list of events. Beside it stands the real thing without sockets and without a clock: nodes with their topics,
//! and clients on real connections, which take what they like, lose their connection in the middle of an event, and come
//! back with the last id they have, or with an older one. A client decodes with nothing of the server's code.

#![allow(missing_docs)]

mod driver;

use std::time::{Duration, Instant};

use driver::{Driver, SocketAct};
use proptest::collection::vec;
use proptest::prelude::*;
use wirestep::exchange::context::Context;
use wirestep::exchange::limits::Limits;
use wirestep::exchange::metrics::Metrics;
use wirestep::exchange::stepping::Pace;
use wirestep::site::Site;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::publication::Publication;
use wirestep::topic::topics::Topics;
use wirestep::wire::language::Language;

/// What can happen.
#[derive(Debug, Clone)]
enum Act {
    /// An event of this size is published: to a single node at once, to two when they are fed.
    Publish { size: usize },
    /// A node gets what has been published, up to so many events.
    Feed { node: usize, events: usize },
    /// A client reads so many octets.
    Take { client: usize, octets: usize },
    /// A client loses its connection and goes to a node; it has forgotten so many of its last events.
    Return { client: usize, node: usize, forgotten: usize },
    /// Nothing happens for so long.
    Wait { milliseconds: u64 },
    /// A node is started anew. Two nodes are fed from the beginning again; a single one has nothing.
    Restart { node: usize },
}

fn act() -> impl Strategy<Value = Act> {
    let any = any::<usize>;
    prop_oneof![
        6 => (1..90usize).prop_map(|size| Act::Publish { size }),
        4 => (any(), 1..6usize).prop_map(|(node, events)| Act::Feed { node, events }),
        8 => (any(), 0..400usize).prop_map(|(client, octets)| Act::Take { client, octets }),
        4 => any().prop_map(|client| Act::Take { client, octets: usize::MAX }),
        3 => (any(), any()).prop_map(|(client, node)| Act::Return { client, node, forgotten: 0 }),
        1 => (any(), any(), 1..5usize)
            .prop_map(|(client, node, forgotten)| Act::Return { client, node, forgotten }),
        1 => (1..40_000u64).prop_map(|milliseconds| Act::Wait { milliseconds }),
        1 => any().prop_map(|node| Act::Restart { node }),
    ]
}

/// The same, with events of which a block of the ring holds few, or not even one.
fn large_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (20_000..80_000usize).prop_map(|size| Act::Publish { size }),
        1 => (any::<usize>(), 0..100_000usize).prop_map(|(client, octets)| Act::Take { client, octets }),
        9 => act(),
    ]
}

/// What ids the events have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// The server's own.
    Own,
    /// From outside, and each says that it is later than the one before.
    Ascending,
    /// From outside, and nobody can compare them.
    Unordered,
    /// Some of all kinds.
    Mixed,
}

impl Ids {
    fn of(self, number: u64) -> Option<String> {
        match self {
            Ids::Own => None,
            Ids::Ascending => Some(format!("{}-{}", 1700 + number / 3, number % 3)),
            Ids::Unordered => Some(format!("{:x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
            Ids::Mixed => [Ids::Own, Ids::Ascending, Ids::Unordered][(number * 7 % 11 % 3) as usize].of(number),
        }
    }
}

struct World {
    nodes: Vec<Node>,
    clients: Vec<Client>,
    /// Sizes of all events that have been published; the first one is number 1.
    events: Vec<usize>,
    ids: Ids,
    topic_limits: TopicLimits,
    limits: Limits,
    metrics: Metrics,
    site: Site,
    now: Instant,
    starts: u64,
}

struct Node {
    topics: Topics,
    /// How many of the events it has got.
    fed: u64,
}

struct Client {
    name: usize,
    node: usize,
    driver: Driver,
    /// What has come on this connection and has not been understood yet.
    octets: Vec<u8>,
    at: At,
    /// The block that is not complete yet.
    block: Vec<u8>,
    /// The numbers and ids of the events it has, from all connections.
    seen: Vec<(u64, String)>,
    /// The number of the event that must come next, once there is one before it.
    next: u64,
    /// It has been told that nobody knows how many are lost.
    is_unsure: bool,
}

/// Where in the response a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Head,
    ChunkSize,
    /// So many octets of the chunk are still to come.
    ChunkData(usize),
    ChunkEnd,
    /// In a body that FIN ends.
    Data,
}

impl World {
    fn new(nodes: usize, clients: usize, ids: Ids, ring: (usize, usize), gather: usize) -> World {
        let topic_limits = TopicLimits { events: ring.0, octets: ring.1, ..TopicLimits::default() };
        let mut world = World {
            nodes: Vec::new(),
            clients: Vec::new(),
            events: Vec::new(),
            ids,
            topic_limits,
            limits: Limits { gather, ..Limits::default() },
            metrics: Metrics::default(),
            site: Site::default(),
            now: Instant::now(),
            starts: 0,
        };
        for _ in 0..nodes {
            let topics = world.start(nodes > 1);
            world.nodes.push(Node { topics, fed: 0 });
        }
        for name in 0..clients {
            let driver = world.driver(name);
            world.clients.push(Client {
                name,
                node: 0,
                driver,
                octets: Vec::new(),
                at: At::Head,
                block: Vec::new(),
                seen: Vec::new(),
                next: 0,
                is_unsure: false,
            });
            world.connect(name, name % nodes);
        }
        world
    }

    fn driver(&self, client: usize) -> Driver {
        Driver::with_key(client as u32, Pace::Free, &context(self.now, &self.limits, &self.metrics))
    }

    fn start(&mut self, is_fed: bool) -> Topics {
        self.starts += 1;
        // As the wall clock gives them until 2039: there is a letter in each, so no id of ours looks like one that can be compared.
        let mut topics = Topics::new(self.topic_limits, 0x1a2_0000_0000 + self.starts * 1000);
        if is_fed {
            topics.keep("news", self.now).expect("a good name");
        }
        topics
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Publish { size } => {
                self.events.push(size);
                if self.nodes.len() == 1 {
                    self.feed(0, 1);
                }
            }
            Act::Feed { node, events } => self.feed(node % self.nodes.len(), events),
            Act::Take { client, octets } => self.take(client % self.clients.len(), octets),
            Act::Return { client, node, forgotten } => {
                let client = client % self.clients.len();
                let seen = &mut self.clients[client].seen;
                seen.truncate(seen.len().saturating_sub(forgotten));
                self.come_back(client, node % self.nodes.len());
            }
            Act::Wait { milliseconds } => {
                self.now += Duration::from_millis(milliseconds);
                (0..self.clients.len()).for_each(|client| self.take(client, 0));
            }
            Act::Restart { node } => self.restart(node % self.nodes.len()),
        }
    }

    // ---- nodes -------------------------------------------------------------------------------------------------

    fn feed(&mut self, node: usize, events: usize) {
        let Node { topics, fed } = &mut self.nodes[node];
        for size in self.events.iter().skip(*fed as usize).take(events) {
            *fed += 1;
            let data = format!("{fed} {}", "x".repeat(*size));
            let id = self.ids.of(*fed);
            let event = Publication { data: &data, event_type: None, id: id.as_deref() };
            topics.publish("news", &event, self.now).expect("the topic takes it");
        }
        let mut woken = Vec::new();
        topics.wake(&mut woken);
        woken.into_iter().for_each(|key| self.clients[key as usize].driver.connection.wake());
    }

    fn restart(&mut self, node: usize) {
        let is_fed = self.nodes.len() > 1;
        let fed = if is_fed { 0 } else { self.nodes[node].fed };
        self.nodes[node] = Node { topics: self.start(is_fed), fed };
        for client in 0..self.clients.len() {
            if self.clients[client].node == node {
                // Its seat went with the node.
                self.connect(client, (node + 1) % self.nodes.len());
            }
        }
    }

    // ---- clients -----------------------------------------------------------------------------------------------

    fn come_back(&mut self, client: usize, node: usize) {
        let Client { node: before, driver, .. } = &mut self.clients[client];
        driver.leave(&mut self.nodes[*before].topics);
        self.connect(client, node);
    }

    fn connect(&mut self, client: usize, node: usize) {
        let driver = self.driver(client);
        let next = self.nodes[node].fed + 1;
        let client_now = &mut self.clients[client];
        client_now.begin(node, driver, next);
        let request = client_now.request();
        client_now.driver.connection.receive(request.as_bytes(), &context(self.now, &self.limits, &self.metrics));
        self.take(client, 0);
    }

    /// The client reads so many octets; the server has as many turns as that needs, and at least one.
    fn take(&mut self, client: usize, mut octets: usize) {
        let cx = context(self.now, &self.limits, &self.metrics);
        let Client { node, driver, octets: read, .. } = &mut self.clients[client];
        let (node, topics) = (*node, &mut self.nodes[*node].topics);
        loop {
            match driver.next_act(&self.site, topics, &cx) {
                SocketAct::Write(sent, origin) => {
                    let count = sent.len().min(octets);
                    if count == 0 {
                        break;
                    }
                    octets -= count;
                    read.extend_from_slice(&sent[..count]);
                    driver.sent(origin, count, topics, &cx);
                }
                SocketAct::Rest => break,
                // It has not read for too long.
                SocketAct::Rst => return self.come_back(client, node),
                other => panic!("nobody has asked for {other:?}"),
            }
        }
        self.clients[client].look();
    }

    /// Everybody gets all that is left.
    fn finish(&mut self) {
        for node in 0..self.nodes.len() {
            self.feed(node, usize::MAX);
        }
        for client in 0..self.clients.len() {
            self.take(client, usize::MAX);
            let Client { next, is_unsure, .. } = &self.clients[client];
            assert!(*is_unsure || *next == self.events.len() as u64 + 1, "client {client} waits for event {next}");
        }
    }
}

fn context<'a>(now: Instant, limits: &'a Limits, metrics: &'a Metrics) -> Context<'a> {
    Context {
        now,
        limits,
        metrics,
        keep_alive_fields: b"",
        close_fields: b"Connection: close\r\n",
        language: Language::En,
    }
}

impl Client {
    // What is known before the first event of a new connection. Without a last id it begins with the next one.
    fn begin(&mut self, node: usize, driver: Driver, next: u64) {
        self.node = node;
        self.driver = driver;
        self.octets.clear();
        self.at = At::Head;
        self.block.clear();
        self.next = self.seen.last().map_or(next, |(number, _)| number + 1);
        self.is_unsure = false;
    }

    fn knows_chunks(&self) -> bool {
        self.name % 3 != 2
    }

    fn request(&self) -> String {
        let id = self.seen.last().map_or("", |(_, id)| id);
        let version = if self.knows_chunks() { "1.1" } else { "1.0" };
        if self.name.is_multiple_of(2) {
            format!("GET /topics/news HTTP/{version}\r\nHost: localhost\r\nLast-Event-ID: {id}\r\n\r\n")
        } else {
            format!("GET /topics/news?last_event_id={id} HTTP/{version}\r\nHost: localhost\r\n\r\n")
        }
    }

    /// Understands as much as it can of what has come.
    fn look(&mut self) {
        while let Some(next) = self.step() {
            self.at = next;
        }
    }

    fn step(&mut self) -> Option<At> {
        match self.at {
            At::Head => {
                let head = self.take_upto(b"\r\n\r\n")?;
                assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
                Some(if self.knows_chunks() { At::ChunkSize } else { At::Data })
            }
            At::ChunkSize => {
                let line = self.take_upto(b"\r\n")?;
                let size = std::str::from_utf8(&line[..line.len() - 2]).expect("a chunk-size");
                Some(At::ChunkData(usize::from_str_radix(size, 16).expect("a chunk-size")))
            }
            At::ChunkData(0) => Some(At::ChunkEnd),
            At::ChunkData(left) => {
                let count = self.read(left)?;
                Some(At::ChunkData(left - count))
            }
            At::ChunkEnd => {
                let end: Vec<u8> = self.octets.get(..2)?.to_vec();
                self.octets.drain(..2);
                assert_eq!(end, b"\r\n", "a chunk ends where its size says");
                Some(At::ChunkSize)
            }
            At::Data => {
                self.read(usize::MAX)?;
                Some(At::Data)
            }
        }
    }

    fn take_upto(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let at = find(&self.octets, end)?;
        Some(self.octets.drain(..at + end.len()).collect())
    }

    /// Reads data of the body; how many octets of it.
    fn read(&mut self, most: usize) -> Option<usize> {
        let count = self.octets.len().min(most);
        self.block.extend(self.octets.drain(..count));
        // A comment is one line, and a block ends with a blank line.
        loop {
            let is_comment = self.block.first() == Some(&b':');
            let end: &[u8] = if is_comment { b"\n" } else { b"\n\n" };
            let Some(at) = find(&self.block, end) else { break };
            let rest = self.block.split_off(at + end.len());
            let block = std::mem::replace(&mut self.block, rest);
            let text = std::str::from_utf8(&block[..at]).expect("an event stream is UTF-8");
            if is_comment { self.read_comment(&text[2..]) } else { self.judge(text) }
        }
        (count > 0).then_some(count)
    }

    fn judge(&mut self, block: &str) {
        let (id, data) = block.strip_prefix("id:").and_then(|rest| rest.split_once("\ndata:")).expect("an event");
        let number: u64 = data.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
        if self.is_unsure {
            assert!(number >= self.next, "client {}: {number} comes twice; next is {}", self.name, self.next);
        } else {
            assert_eq!(number, self.next, "client {}", self.name);
        }
        self.next = number + 1;
        self.is_unsure = false;
        self.seen.push((number, id.to_owned()));
    }
}

impl Client {
    fn read_comment(&mut self, comment: &str) {
        if comment.starts_with("lost an unknown number of events") {
            self.is_unsure = true;
        } else if let Some(lost) = comment.strip_prefix("lost ") {
            self.next += lost.split(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a number");
        } else {
            assert!(comment == "keep-alive" || comment.starts_with("waiting for "), "{comment}");
        }
    }
}

fn find(octets: &[u8], what: &[u8]) -> Option<usize> {
    octets.windows(what.len()).position(|window| window == what)
}

/// Events and octets that are kept.
fn ring() -> impl Strategy<Value = (usize, usize)> {
    prop_oneof![(1..10usize, Just(100_000)), (Just(1000usize), 100..1500usize)]
}

/// Octets that may leave in one write.
fn gather() -> impl Strategy<Value = usize> {
    prop_oneof![1..500usize, Just(64 * 1024)]
}

fn ids() -> impl Strategy<Value = Ids> {
    prop::sample::select(vec![Ids::Own, Ids::Ascending, Ids::Unordered, Ids::Mixed])
}

fn run(mut world: World, acts: &[Act]) {
    acts.iter().for_each(|act| world.act(act));
    world.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn one_node_loses_nothing_and_sends_nothing_twice(
        acts in vec(act(), 1..150), clients in 1..5usize, ids in ids(), ring in ring(), gather in gather(),
    ) {
        run(World::new(1, clients, ids, ring, gather), &acts);
    }

    #[test]
    fn two_nodes_with_the_same_ids_lose_nothing_and_send_nothing_twice(
        acts in vec(act(), 1..150), clients in 1..5usize, ring in ring(), gather in gather(),
    ) {
        run(World::new(2, clients, Ids::Ascending, ring, gather), &acts);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn nor_does_it_matter_where_the_blocks_of_the_ring_end(
        acts in vec(large_act(), 1..100), clients in 1..4usize, ids in ids(), octets in 100_000..400_000usize,
        gather in gather(),
    ) {
        run(World::new(1, clients, ids, (1000, octets), gather), &acts);
    }
}
