//! A soak, short enough for every run: followers that come, go, come back, stall and die leave nothing behind.
//!
//! `scripts/bench/run soak --soak 1800` does the same for half an hour.

#![allow(missing_docs)]

mod common;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use common::{Server, wait_until};
use wirestep::topic::limits::TopicLimits;

const ROUNDS: usize = 200;
const TOPICS: usize = 10;
/// Events that a topic keeps.
const HISTORY: usize = 50;

#[test]
fn followers_that_come_go_stall_and_die_leave_nothing_behind() {
    let history = HISTORY.to_string();
    let server =
        Server::start(&["--trace", "off", "--heartbeat", "200ms", "--history", &history, "--write-timeout", "1s"]);
    let descriptors = descriptors_of(&server);
    let mut soak = Soak { server, followers: Vec::new(), stalled: Vec::new(), last_ids: vec![String::new(); TOPICS] };
    let mut resident = Vec::new();
    for round in 0..ROUNDS {
        soak.come(round);
        soak.publish(round);
        soak.go();
        resident.push(resident_octets(&soak.server));
    }
    let Soak { server, followers, stalled, .. } = soak;
    drop(followers);
    wait_until("every follower is forgotten, also those that are still there and do not read", || {
        descriptors_of(&server) == descriptors
    });
    stalled.into_iter().for_each(was_reset);
    let (middle, end) = (resident[ROUNDS / 2], resident[ROUNDS - 1]);
    assert!(end < middle + 2 * 1024 * 1024, "{middle} octets in the middle, {end} at the end: {resident:?}");
    assert_eq!(server.metric("wirestep_subscribers"), 0);
    wait_until("topics that were only looked in at are forgotten", || {
        server.metric("wirestep_topics") == TOPICS as u64 + 1
    });
    let heavy = (TopicLimits::default().octets / HEAVY).min(HISTORY);
    assert_eq!(server.metric("wirestep_ring_events"), (TOPICS * HISTORY + heavy) as u64, "rings keep what they may");
    assert!(server.metric("wirestep_would_blocks_total") > 0, "somebody has stalled");
}

struct Soak {
    server: Server,
    followers: Vec<TcpStream>,
    /// They never read, and never leave.
    stalled: Vec<TcpStream>,
    /// The newest id of each topic.
    last_ids: Vec<String>,
}

impl Soak {
    // Some come for the first time, some with an id that is known, some with one that nobody has given out.
    fn come(&mut self, round: usize) {
        for number in 0..40 {
            let topic = (round + number) % TOPICS;
            let id = match number % 3 {
                0 => "",
                1 => &self.last_ids[topic],
                _ => "nobody-knows",
            };
            let follower = self.follow(&format!("t{topic}"), id);
            self.followers.push(follower);
        }
        let passer_by = self.follow(&format!("only-{round}"), "");
        self.followers.insert(0, passer_by);
        if round.is_multiple_of(20) {
            let stalled = self.follow("heavy", "");
            self.stalled.push(stalled);
        }
    }

    fn follow(&self, topic: &str, last_id: &str) -> TcpStream {
        let mut follower = self.server.connect();
        let request = format!("GET /topics/{topic} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {last_id}\r\n\r\n");
        follower.write_all(request.as_bytes()).expect("the server reads");
        follower
    }

    fn publish(&mut self, round: usize) {
        for topic in 0..TOPICS {
            self.last_ids[topic] = self.publish_one(&format!("t{topic}"), 100 + 97 * (round % 20));
        }
        self.publish_one("heavy", HEAVY - 100);
    }

    /// Publishes an event of this size; its id.
    fn publish_one(&self, topic: &str, size: usize) -> String {
        let data = "x".repeat(size);
        let request = format!(
            "POST /topics/{topic} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n{data}"
        );
        let mut publisher = self.server.connect();
        publisher.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        publisher.read_to_string(&mut answer).expect("the server answers");
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        answer.lines().last().expect("the id").to_owned()
    }

    // Half of all go; half of those say FIN, and half die: what they have not read makes the kernel send RST.
    fn go(&mut self) {
        let half = self.followers.len() / 2;
        for (number, follower) in self.followers.drain(..half).enumerate() {
            if number % 2 == 0 {
                socket2::SockRef::from(&follower).set_linger(Some(Duration::ZERO)).expect("a socket option");
            }
            drop(follower);
        }
    }
}

#[track_caller]
fn was_reset(mut stalled: TcpStream) {
    let mut block = vec![0; 64 * 1024];
    loop {
        match stalled.read(&mut block) {
            Ok(0) => panic!("FIN would make what was cut look complete"),
            Ok(_) => {}
            Err(error) => return assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

fn descriptors_of(server: &Server) -> usize {
    fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("the server runs").count()
}

fn resident_octets(server: &Server) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of the kernel");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

/// Octets that an event may have on the wire of which some make a reader stall.
const HEAVY: usize = 128 * 1024;
