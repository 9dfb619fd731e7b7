//! `scripts/cluster`, run: one of two nodes is killed while 200 clients read, and each of them gets every event once.
//!
//! The hard part is made to happen, and not left to chance: the other node is behind. Its feed is stopped for a while, so
//! that the clients of the killed node come to it with the id of an event that it has not seen.

#[path = "common/mod.rs"]
mod common;
#[path = "common/follower.rs"]
mod follower;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::{Client, DEADLINE};
use follower::Follower;

const CLIENTS: usize = 200;
/// Nobody else uses this address of the loopback net, so the ports of the script are free.
const IP: &str = "127.0.82.1";

#[test]
fn when_one_node_is_killed_its_200_clients_go_on_at_the_other_with_nothing_lost_and_nothing_twice() {
    let cluster = Cluster::start();
    let mut redis = Redis::connect();
    let crowd = Crowd::default();
    let clients: Vec<_> = (0..CLIENTS).map(|_| crowd.join()).collect();
    crowd.wait_until("all clients follow", |all| all.following == CLIENTS);

    // Both nodes have all of these.
    let mut ids = redis.publish(1..=200);
    crowd.wait_until("all have 200 events", |all| all.have_at_least(200) == CLIENTS);

    // Node b is behind: its clients wait, and those of node a are ahead of it.
    cluster.signal("STOP", "feeder-b");
    ids.extend(redis.publish(201..=250));
    let on_a = subscribers(8081);
    assert!(on_a > 0 && on_a < CLIENTS, "{on_a} of {CLIENTS} clients are on node a");
    crowd.wait_until("the clients of node a have 250 events", |all| all.have_at_least(250) == on_a);

    cluster.signal("KILL", "node-a");
    crowd.wait_until("the clients of node a have come back", |all| all.following == CLIENTS && all.returns >= on_a);
    ids.extend(redis.publish(251..=300));
    cluster.signal("CONT", "feeder-b");
    ids.extend(redis.publish(301..=400));
    crowd.wait_until("all have 400 events", |all| all.have_at_least(400) == CLIENTS);
    crowd.go_home();
    redis.publish(401..=401);

    let expected: Vec<String> = ids.iter().zip(1..).map(|(id, data)| format!("id:{id}\ndata:{data}\n\n")).collect();
    for client in clients {
        let mut blocks = client.join().expect("no client fails");
        blocks.truncate(expected.len());
        assert!(blocks == expected, "{:?}", first_difference(&blocks, &expected));
    }
    assert_eq!(subscribers_once_all_have_left(8082), 0);
}

fn first_difference<'a>(left: &'a [String], right: &'a [String]) -> Option<(usize, &'a String, &'a String)> {
    left.iter().zip(right).enumerate().find(|(_, (one, other))| one != other).map(|(at, (one, other))| (at, one, other))
}

// ---- the clients -------------------------------------------------------------------------------------------------

/// What the clients do, seen from outside.
#[derive(Clone, Default)]
struct Crowd(Arc<(Mutex<All>, Condvar)>);

#[derive(Default)]
struct All {
    following: usize,
    returns: usize,
    /// How many events each client has.
    counts: Vec<usize>,
    is_over: bool,
}

impl All {
    fn have_at_least(&self, count: usize) -> usize {
        self.counts.iter().filter(|has| **has >= count).count()
    }
}

impl Crowd {
    /// A client in a thread of its own; all blocks that it gets.
    fn join(&self) -> std::thread::JoinHandle<Vec<String>> {
        let crowd = self.clone();
        std::thread::spawn(move || crowd.follow())
    }

    // What an EventSource does: whenever the stream ends it comes back with the id of its last event.
    fn follow(&self) -> Vec<String> {
        let number = self.change(|all| {
            all.counts.push(0);
            all.counts.len() - 1
        });
        let mut blocks: Vec<String> = Vec::new();
        while !self.change(|all| all.is_over) {
            let last_id = blocks.last().and_then(|block| block.strip_prefix("id:")?.lines().next());
            let fields: Vec<(&str, &str)> = last_id.iter().map(|id| ("Last-Event-ID", *id)).collect();
            let follower = Follower::get(address(8080), "/topics/news", &fields).ok();
            let Some(mut follower) = follower.filter(|follower| follower.status() == 200) else {
                std::thread::sleep(RECONNECTION_TIME);
                continue;
            };
            self.change(|all| all.following += 1);
            while let Some(block) = follower.block().filter(|_| !self.change(|all| all.is_over)) {
                if block != ": keep-alive\n\n" {
                    blocks.push(block);
                    self.change(|all| all.counts[number] = blocks.len());
                }
            }
            self.change(|all| {
                all.following -= 1;
                all.returns += 1;
            });
        }
        blocks
    }

    fn go_home(&self) {
        self.change(|all| all.is_over = true);
    }

    fn change<T>(&self, act: impl FnOnce(&mut All) -> T) -> T {
        let (all, changed) = &*self.0;
        let outcome = act(&mut all.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
        outcome
    }

    #[track_caller]
    fn wait_until(&self, what: &str, holds: impl Fn(&All) -> bool) {
        let (all, changed) = &*self.0;
        let guard = all.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, _) =
            changed.wait_timeout_while(guard, 3 * DEADLINE, |all| !holds(all)).unwrap_or_else(PoisonError::into_inner);
        let (least, most) = (all.counts.iter().min(), all.counts.iter().max());
        let All { following, returns, .. } = &*all;
        assert!(
            holds(&all),
            "{what}: never; {following} follow, {returns} returned, from {least:?} to {most:?} events"
        );
    }
}

// ---- the cluster -------------------------------------------------------------------------------------------------

/// `scripts/cluster` while it runs.
struct Cluster {
    said: String,
    // The processes go before their folder.
    _process: Client,
    _folder: tempfile::TempDir,
}

impl Cluster {
    fn start() -> Cluster {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/cluster");
        let mut command = Command::new(script);
        command.env("IP", IP).env("WIRESTEP", env!("CARGO_BIN_EXE_wirestep")).env("TMPDIR", folder.path());
        let process = Client::start(&mut command);
        let said = process.wait_for("the line that says that it is ready", |text| text.contains("\nready: "));
        Cluster { said, _process: process, _folder: folder }
    }

    /// The script says `NAME pid NUMBER`.
    #[track_caller]
    fn signal(&self, signal: &str, name: &str) {
        let line = self.said.lines().find(|line| line.starts_with(name)).expect("the script says its process id");
        let pid = line.split_whitespace().nth(2).expect("the third word");
        assert!(Command::new("kill").args(["-s", signal, pid]).status().expect("there is a kill(1)").success());
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::new(IP.parse().expect("an address"), port)
}

/// How many follow on a node, by its own list.
fn subscribers(port: u16) -> usize {
    let list = Follower::get(address(port), "/topics", &[]).expect("the node answers").rest();
    let list = String::from_utf8(list).expect("a list is text");
    let line = list.lines().find(|line| line.starts_with("news ")).expect("the topic is fed");
    line.split_whitespace().nth(1).and_then(|count| count.parse().ok()).expect("a number")
}

// haproxy sees that a client has left when there is something to write. Nothing tells us when: we ask.
fn subscribers_once_all_have_left(port: u16) -> usize {
    let until = Instant::now() + DEADLINE;
    let mut redis = Redis::connect();
    while subscribers(port) > 0 && Instant::now() < until {
        redis.publish(0..=0);
        std::thread::sleep(RECONNECTION_TIME);
    }
    subscribers(port)
}

/// A client of Redis that knows one command.
struct Redis(BufReader<TcpStream>);

impl Redis {
    fn connect() -> Redis {
        let stream = TcpStream::connect(address(6379)).expect("Redis listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("the deadline is not zero");
        Redis(BufReader::new(stream))
    }

    /// The ids that Redis gives.
    fn publish(&mut self, numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
        numbers.map(|number| self.publish_one(number)).collect()
    }

    fn publish_one(&mut self, number: usize) -> String {
        let command = format!("XADD news * data {number}\r\n");
        self.0.get_mut().write_all(command.as_bytes()).expect("Redis reads");
        let (mut length, mut id) = (String::new(), String::new());
        self.0.read_line(&mut length).expect("Redis answers");
        self.0.read_line(&mut id).expect("Redis answers");
        assert!(length.starts_with('$'), "{length}");
        id.trim_end().to_owned()
    }
}

const RECONNECTION_TIME: Duration = Duration::from_millis(50);
