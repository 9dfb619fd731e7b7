//! `scripts/cluster`, run: one of two nodes is killed while 200 clients read, and each of them gets every event once. Once with
//! haproxy in front of the nodes, and once with both of them on one port.
//!
//! The hard part is made to happen, and not left to chance: the other node is behind. Its feed is stopped for a while, so
//! that the clients of the killed node come to it with the id of an event that it has not seen.

#[path = "common/mod.rs"]
mod common;
#[path = "common/follower.rs"]
mod follower;

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use common::{Client, DEADLINE, wait_until};
use follower::Follower;

const CLIENTS: usize = 200;
#[test]
fn when_one_node_is_killed_its_200_clients_go_on_at_the_other_with_nothing_lost_and_nothing_twice() {
    kill_a_node(&Cluster::start(82, &[]));
}

#[test]
fn when_one_of_two_processes_on_a_port_is_killed_its_clients_go_on_at_the_other_with_nothing_lost_and_nothing_twice() {
    kill_a_node(&Cluster::start(84, &["one-port"]));
}

fn kill_a_node(cluster: &Cluster) {
    let mut redis = Redis::connect(cluster.address(6379));
    let crowd = Crowd::of(cluster.address(8080));
    let clients: Vec<_> = (0..CLIENTS).map(|_| crowd.join()).collect();
    crowd.wait_until("all clients follow", |all| all.following == CLIENTS);

    // Both nodes have all of these.
    let mut ids = redis.publish(1..=200);
    crowd.wait_until("all have 200 events", |all| all.have_at_least(200) == CLIENTS);

    // Node b is behind: its clients wait, and those of node a are ahead of it.
    cluster.signal("STOP", "feeder-b");
    ids.extend(redis.publish(201..=250));
    let on_a = subscribers(cluster.address(8081));
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
    check_blocks(clients, &ids);
    assert_eq!(subscribers_once_all_have_left(&mut redis, cluster.address(8082)), 0);
}

// It keeps nothing on a disk here, so it begins with an empty stream; its ids go on, since they are the time.
#[test]
fn when_redis_is_started_anew_those_who_follow_lose_nothing() {
    const FEW: usize = 10;
    let cluster = Cluster::start(83, &[]);
    let mut redis = Redis::connect(cluster.address(6379));
    let crowd = Crowd::of(cluster.address(8080));
    let clients: Vec<_> = (0..FEW).map(|_| crowd.join()).collect();
    crowd.wait_until("all clients follow", |all| all.following == FEW);
    let mut ids = redis.publish(1..=50);
    crowd.wait_until("all have 50 events", |all| all.have_at_least(50) == FEW);

    cluster.signal("KILL", "redis");
    let address = cluster.address(6379);
    wait_until("nobody is there", || TcpStream::connect(address).is_err());
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut command = Command::new("redis-server");
    command.args(["--bind", &address.ip().to_string(), "--protected-mode", "no", "--save", ""]).current_dir(&folder);
    let _redis = Client::start(&mut command);
    wait_until("Redis is back", || TcpStream::connect(address).is_ok());
    let mut redis = Redis::connect(address);
    ids.extend(redis.publish(51..=100));
    crowd.wait_until("all have 100 events", |all| all.have_at_least(100) == FEW);
    crowd.go_home();
    redis.publish(101..=101);
    check_blocks(clients, &ids);
}

/// Each client has had every event once and in order, whatever came behind.
#[track_caller]
fn check_blocks(clients: Vec<JoinHandle<Vec<String>>>, ids: &[String]) {
    let expected: Vec<String> = ids.iter().zip(1..).map(|(id, data)| format!("id:{id}\ndata:{data}\n\n")).collect();
    for client in clients {
        let mut blocks = client.join().expect("no client fails");
        blocks.truncate(expected.len());
        assert!(blocks == expected, "{:?}", first_difference(&blocks, &expected));
    }
}

fn first_difference<'a>(left: &'a [String], right: &'a [String]) -> Option<(usize, &'a String, &'a String)> {
    left.iter().zip(right).enumerate().find(|(_, (one, other))| one != other).map(|(at, (one, other))| (at, one, other))
}

// ---- the clients -------------------------------------------------------------------------------------------------

/// What the clients do, seen from outside.
#[derive(Clone)]
struct Crowd {
    door: SocketAddr,
    all: Arc<(Mutex<All>, Condvar)>,
}

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
    /// A crowd without anybody, whose clients will go to this address.
    fn of(door: SocketAddr) -> Crowd {
        Crowd { door, all: Arc::default() }
    }

    /// A client in a thread of its own; all blocks that it gets.
    fn join(&self) -> JoinHandle<Vec<String>> {
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
            let follower = Follower::get(self.door, "/topics/news", &fields).ok();
            let Some(mut follower) = follower.filter(|follower| follower.status() == 200) else {
                std::thread::sleep(RECONNECTION_TIME);
                continue;
            };
            self.change(|all| all.following += 1);
            while let Some(block) = follower.block().filter(|_| !self.change(|all| all.is_over)) {
                if block.starts_with("id:") || block.starts_with(": lost ") {
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
        let (all, changed) = &*self.all;
        let outcome = act(&mut all.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
        outcome
    }

    #[track_caller]
    fn wait_until(&self, what: &str, holds: impl Fn(&All) -> bool) {
        let (all, changed) = &*self.all;
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
    ip: IpAddr,
    said: String,
    // The processes go before their folder.
    _process: Client,
    _folder: tempfile::TempDir,
}

impl Cluster {
    /// On an address of the loopback net that nobody else uses, so that the ports of the script are free there.
    fn start(net: u8, arrangement: &[&str]) -> Cluster {
        let [.., high, low] = std::process::id().to_be_bytes();
        let ip = IpAddr::from([127, net, high, low]);
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/cluster");
        let mut command = Command::new(script);
        command
            .args(arrangement)
            .env("IP", ip.to_string())
            .env("WIRESTEP", env!("CARGO_BIN_EXE_wirestep"))
            .env("TMPDIR", folder.path());
        let process = Client::start(&mut command);
        let said = process.wait_for("the line that says that it is ready", |text| text.contains("\nready: "));
        Cluster { ip, said, _process: process, _folder: folder }
    }

    fn address(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.ip, port)
    }

    /// The script says `NAME pid NUMBER`.
    #[track_caller]
    fn signal(&self, signal: &str, name: &str) {
        let line = self.said.lines().find(|line| line.starts_with(name)).expect("the script says its process id");
        let pid = line.split_whitespace().nth(2).expect("the third word");
        assert!(Command::new("kill").args(["-s", signal, pid]).status().expect("there is a kill(1)").success());
    }
}

/// How many follow on a node, by its own list.
fn subscribers(node: SocketAddr) -> usize {
    let list = Follower::get(node, "/topics", &[]).expect("the node answers").rest();
    let list = String::from_utf8(list).expect("a list is text");
    let line = list.lines().find(|line| line.starts_with("news ")).expect("the topic is fed");
    line.split_whitespace().nth(1).and_then(|count| count.parse().ok()).expect("a number")
}

// haproxy sees that a client has left when there is something to write. Nothing tells us when: we ask.
fn subscribers_once_all_have_left(redis: &mut Redis, node: SocketAddr) -> usize {
    let until = Instant::now() + DEADLINE;
    while subscribers(node) > 0 && Instant::now() < until {
        redis.publish(0..=0);
        std::thread::sleep(RECONNECTION_TIME);
    }
    subscribers(node)
}

/// A client of Redis that knows one command.
struct Redis(BufReader<TcpStream>);

impl Redis {
    fn connect(address: SocketAddr) -> Redis {
        let stream = TcpStream::connect(address).expect("Redis listens");
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

// ---- the feeder --------------------------------------------------------------------------------------------------

// Whoever may write to the stream may not thereby write fields of the event stream, and no locale may change what goes out.
#[test]
fn the_feeder_writes_what_redis_has_and_nothing_that_an_entry_could_forge() {
    let redis = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/redis-to-sse");
    let mut command = Command::new(script);
    command.args(["--redis", &redis.local_addr().expect("it is bound").to_string(), "news"]);
    let feeder = Client::start(command.env("PYTHONIOENCODING", "latin-1"));
    let (mut connection, _) = redis.accept().expect("the feeder comes");
    let entries: [(&str, &[&[u8]]); 4] = [
        ("1-0", &[b"data", b"one\r\ntwo\rthree\nfour"]),
        ("1-1", &[b"event", b"a\r\ndata: forged\nid: 9", b"data", b"x"]),
        ("2-0", &["data".as_bytes(), "안녕".as_bytes(), b"other", b"y"]),
        ("3-0", &[b"data", b"\xff", b"data\n\nid: 9", b"z"]),
    ];
    let mut reply = format!("*1\r\n*2\r\n$4\r\nnews\r\n*{}\r\n", entries.len()).into_bytes();
    for (id, words) in entries {
        reply.extend(format!("*2\r\n${}\r\n{id}\r\n*{}\r\n", id.len(), words.len()).bytes());
        for word in words {
            reply.extend([format!("${}\r\n", word.len()).as_bytes(), word, b"\r\n"].concat());
        }
    }
    connection.write_all(&reply).expect("the feeder reads");
    let said = feeder.wait_for("the last entry", |said| said.contains("\u{fffd}\n\n"));
    assert_eq!(
        said,
        "id: 1-0\ndata: one\ndata: two\ndata: three\ndata: four\n\n\
         id: 1-1\nevent: a data: forged id: 9\ndata: x\n\n\
         id: 2-0\ndata: 안녕\n\n\
         id: 3-0\ndata: \u{fffd}\n\n"
    );
}

const RECONNECTION_TIME: Duration = Duration::from_millis(50);
