//! A soak, short enough for every run: followers that come, go, stall and die leave nothing behind.
//!
//! `scripts/bench/run soak --soak 1800` does the same for half an hour.

#![allow(missing_docs)]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use common::Server;

const ROUNDS: usize = 200;
const TOPICS: usize = 10;

#[test]
fn followers_that_come_go_stall_and_die_leave_nothing_behind() {
    let server = Server::start(&["--trace", "off", "--heartbeat", "200ms", "--history", "50", "--write-timeout", "1s"]);
    let descriptors = descriptors_of(&server);
    let mut followers: Vec<TcpStream> = Vec::new();
    let mut resident = Vec::new();
    for round in 0..ROUNDS {
        for number in 0..40 {
            let topic = (round + number) % TOPICS;
            let mut follower = server.connect();
            let request = format!("GET /topics/t{topic} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {round}\r\n\r\n");
            follower.write_all(request.as_bytes()).expect("the server reads");
            followers.push(follower);
        }
        for topic in 0..TOPICS {
            let data = "x".repeat(100 + 97 * (round % 20));
            let length = data.len();
            let request = format!(
                "POST /topics/t{topic} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{data}"
            );
            let mut publisher = server.connect();
            publisher.write_all(request.as_bytes()).expect("the server reads");
            let mut answer = String::new();
            publisher.read_to_string(&mut answer).expect("the server answers");
            assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        }
        // Half of those who go say FIN, and half die: what they have not read makes the kernel send RST.
        let stay = followers.len() / 2;
        for (number, follower) in followers.drain(..stay).enumerate() {
            if number % 2 == 0 {
                socket2::SockRef::from(&follower).set_linger(Some(Duration::ZERO)).expect("a socket option");
            }
            drop(follower);
        }
        resident.push(resident_octets(&server));
    }
    drop(followers);
    common::wait_until("every follower is forgotten", || descriptors_of(&server) == descriptors);
    let middle = resident[ROUNDS / 2];
    let end = resident[ROUNDS - 1];
    assert!(end < middle + middle / 2, "{middle} octets in the middle, {end} at the end: {resident:?}");
    let mut page = String::new();
    let mut client = server.connect();
    client
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("the server reads");
    client.read_to_string(&mut page).expect("the server answers");
    assert!(page.contains("\nwirestep_subscribers 0\n"), "{page}");
    assert!(
        page.contains(&format!("\nwirestep_ring_events {}\n", TOPICS * 50)),
        "the rings keep what they may: {page}"
    );
}

fn descriptors_of(server: &Server) -> usize {
    fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("the server runs").count()
}

fn resident_octets(server: &Server) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of the kernel");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}
