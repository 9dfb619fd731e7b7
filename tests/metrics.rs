//! `GET /metrics`: each number moves when that happens which it counts, and no other one does.

#[path = "common/mod.rs"]
mod common;
#[path = "common/follower.rs"]
mod follower;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use common::{Server, wait_until};
use follower::Follower;

fn start() -> Server {
    Server::start(&["--trace", "off"])
}

/// Sends all of it and reads to the end of the connection.
fn ask(server: &Server, request: &str) -> String {
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the answer is text, and ends");
    answer
}

fn page(server: &Server) -> String {
    ask(server, &format!("GET /metrics{END}"))
}

/// What makes a request of a method and a target.
const END: &str = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn publish(server: &Server, path: &str, data: &str) {
    let answer = Follower::request(server.addr, "POST", path, &[], data.as_bytes()).expect("the server answers");
    assert_eq!(answer.status(), 202);
}

fn follow(server: &Server, path: &str) -> Follower {
    let follower = Follower::get(server.addr, path, &[]).expect("the server answers");
    assert_eq!(follower.status(), 200);
    follower
}

// ---- the page ----------------------------------------------------------------------------------------------------

#[test]
fn every_metric_is_documented_with_its_own_words_and_nothing_else_is() {
    let page = page(&start());
    assert!(page.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{page}");
    let mut table = String::from("| metric | kind | what it counts |\n|---|---|---|\n");
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|line| line.split_once(' ')) else { continue };
        let kind = lines.next().and_then(|line| line.strip_prefix(&format!("# TYPE {name} "))).expect("a type");
        table.push_str(&format!("| `{name}` | {kind} | {help} |\n"));
    }
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
    let text = std::fs::read_to_string(document).expect("docs/metrics.md is there");
    assert!(text.contains(&format!("\n{table}\n")), "docs/metrics.md should have this table:\n{table}");
}

// The text format, version 0.0.4: what a metric is stands once before its samples, and these stand together.
#[test]
fn the_page_is_in_the_format_that_prometheus_reads() {
    let server = start();
    ask(&server, "GET / HTTP/1.1\r\n\r\n");
    ask(&server, &format!("GET /nowhere{END}"));
    let page = page(&server);
    let (_, body) = page.split_once("\r\n\r\n").expect("a head and a body");
    assert!(body.ends_with('\n'));
    let mut seen = BTreeSet::new();
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        let (name, help) =
            line.strip_prefix("# HELP ").and_then(|line| line.split_once(' ')).expect("HELP comes first");
        assert!(!help.is_empty() && !help.contains('\\'), "{line}");
        assert!(seen.insert(name), "{name} is there twice");
        let kind = lines.next().and_then(|line| line.strip_prefix(&format!("# TYPE {name} ")));
        match kind {
            Some("counter") => assert!(name.ends_with("_total"), "{name}"),
            Some("gauge") => assert!(!name.ends_with("_total"), "{name}"),
            kind => panic!("{name}: {kind:?}"),
        }
        let mut labels = BTreeSet::new();
        while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
            let (series, value) = sample.rsplit_once(' ').expect("a value");
            assert!(value.parse::<u64>().is_ok(), "{sample}");
            let label = series.strip_prefix(name).expect("the samples of a metric stand behind its type");
            let is_reason = |label: &str| {
                let reason = label.strip_prefix("{reason=\"").and_then(|label| label.strip_suffix("\"}"));
                reason.is_some_and(|reason| reason.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-'))
            };
            assert!(label.is_empty() || is_reason(label), "{sample}");
            assert!(labels.insert(label), "{sample} is there twice");
        }
    }
    assert!(seen.iter().all(|name| name.starts_with("wirestep_")), "{seen:?}");
}

// ---- connections and octets --------------------------------------------------------------------------------------

#[test]
fn connections_and_requests_are_counted_as_they_come_and_go() {
    let server = start();
    assert_eq!((server.metric("wirestep_connections_open"), server.metric("wirestep_connections_total")), (1, 2));
    let others: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
    wait_until("they are open", || server.metric("wirestep_connections_open") == 4);
    drop(others);
    wait_until("they are gone", || server.metric("wirestep_connections_open") == 1);
    let (before, requests) = (server.metric("wirestep_connections_total"), server.metric("wirestep_requests_total"));
    ask(
        &server,
        &format!("GET /plain HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /plain{END}"),
    );
    assert_eq!(server.metric("wirestep_connections_total"), before + 3, "one, and two that ask");
    assert_eq!(server.metric("wirestep_requests_total"), requests + 5, "three, and two that ask");
}

#[test]
fn octets_are_counted_as_they_pass_the_sockets() {
    let server = start();
    let question = format!("GET /metrics{END}");
    let value = |page: &str, name: &str| {
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).expect("it is counted");
        line.parse::<usize>().expect("a number")
    };
    let before = page(&server);
    let request = format!(
        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n{}",
        "x".repeat(1000)
    );
    let answer = ask(&server, &request);
    let after = page(&server);
    let received = value(&after, "wirestep_received_octets_total") - value(&before, "wirestep_received_octets_total");
    assert_eq!(received, request.len() + question.len());
    // A page is not counted in itself: its octets are still to be sent.
    let sent = value(&after, "wirestep_sent_octets_total") - value(&before, "wirestep_sent_octets_total");
    assert_eq!(sent, before.len() + answer.len());
}

// ---- topics ------------------------------------------------------------------------------------------------------

#[test]
fn events_are_counted_once_and_deliveries_once_for_each_subscriber() {
    let server = start();
    let mut followers: Vec<Follower> = (0..3).map(|_| follow(&server, "/topics/news")).collect();
    let mut old = server.connect();
    old.write_all(b"GET /topics/news HTTP/1.0\r\n\r\n").expect("the server reads");
    wait_until("four follow", || server.metric("wirestep_subscribers") == 4);
    for number in 1..=5 {
        publish(&server, "/topics/news", &number.to_string());
        for follower in &mut followers {
            assert!(follower.block().is_some_and(|block| block.ends_with(&format!("data:{number}\n\n"))));
        }
    }
    publish(&server, "/topics/other", "x");
    wait_until("the old one has them too", || server.metric("wirestep_deliveries_total") == 20);
    assert_eq!(server.metric("wirestep_events_total"), 6);
    assert_eq!(server.metric("wirestep_topics"), 2);
    assert_eq!(server.metric("wirestep_ring_events"), 6);
    assert_eq!(server.metric("wirestep_lost_events_total"), 0);
    drop(followers);
    drop(old);
    wait_until("nobody follows", || server.metric("wirestep_subscribers") == 0);
    assert_eq!(server.metric("wirestep_ring_events"), 6, "they are kept for those who come back");
}

#[test]
fn the_ring_is_counted_in_octets_as_they_go_out() {
    let server = Server::start(&["--trace", "off", "--history", "2"]);
    for data in ["one", "two", "four"] {
        publish(&server, &format!("/topics/news?id={data}"), data);
    }
    // "11 CRLF id:two LF data:two LF LF CRLF" and "13 CRLF id:four LF data:four LF LF CRLF"
    assert_eq!(server.metric("wirestep_ring_octets"), (4 + 17 + 2) + (4 + 19 + 2));
    assert_eq!(server.metric("wirestep_ring_events"), 2);
}

#[test]
fn who_does_not_read_makes_writes_block_and_loses_what_the_ring_forgets() {
    let server = Server::start(&["--trace", "off", "--history", "2"]);
    let mut stopped = follow(&server, "/topics/news");
    let large = "x".repeat(200_000);
    let mut published = 0;
    while server.metric("wirestep_would_blocks_total") == 0 {
        publish(&server, "/topics/news", &large);
        published += 1;
        assert!(published < 200, "the kernel takes no more than that");
    }
    // Behind the event that is half sent two are kept; what comes between is lost.
    for _ in 0..10 {
        publish(&server, "/topics/news", &large);
    }
    assert_eq!(server.metric("wirestep_lost_events_total"), 0, "nobody has missed anything before it reads on");
    let (mut events, mut lost) = (0, 0);
    while events + lost < published + 10 {
        let block = stopped.block().expect("the stream goes on");
        match block.strip_prefix(": lost ") {
            Some(rest) => lost += rest.split(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a number"),
            None => events += 1,
        }
    }
    assert!(lost > 0);
    assert_eq!(server.metric("wirestep_lost_events_total"), lost);
    assert_eq!(server.metric("wirestep_deliveries_total"), events);
}

// Following the trace must not change what one follows it for.
#[test]
fn the_trace_is_no_topic_and_is_not_counted() {
    let server = start();
    let mut watcher = follow(&server, "/trace");
    assert!(watcher.block().is_some_and(|block| block.starts_with("event:snapshot\n")));
    ask(&server, &format!("GET /plain{END}"));
    assert!(watcher.block().is_some_and(|block| block.contains("\"what\":\"opened\"")));
    for name in ["topics", "subscribers", "events_total", "deliveries_total", "ring_events", "ring_octets"] {
        assert_eq!(server.metric(&format!("wirestep_{name}")), 0, "{name}");
    }
}

// ---- refusals ----------------------------------------------------------------------------------------------------

#[test]
fn what_the_connection_refuses_is_counted_under_its_reason() {
    let server =
        Server::start(&["--trace", "off", "--head-timeout", "100ms", "--body-timeout", "100ms", "--max-body", "9"]);
    let post = "POST /topics/news HTTP/1.1\r\nHost: localhost\r\n";
    for (reason, request) in [
        ("bare-lf", "GET / HTTP/1.1\n\n".to_owned()),
        ("no-host", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        ("both-length-and-coding", format!("{post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")),
        ("chunked-coding", format!("{post}Transfer-Encoding: chunked\r\n\r\nx\r\n")),
        ("body-too-large", format!("{post}Content-Length: 10\r\n\r\n")),
        ("head-timeout", "GET".to_owned()),
        ("body-timeout", format!("{post}Content-Length: 1\r\n\r\n")),
    ] {
        ask(&server, &request);
        assert_eq!(refusals(&server, reason), 1, "{reason}");
    }
    for (reason, octets) in
        [("head-cut-short", "GET".to_owned()), ("body-cut-short", format!("{post}Content-Length: 1\r\n\r\n"))]
    {
        let mut stream = server.connect();
        stream.write_all(octets.as_bytes()).expect("the server reads");
        stream.shutdown(Shutdown::Write).expect("it is connected");
        stream.read_to_end(&mut Vec::new()).expect("the server answers");
        assert_eq!(refusals(&server, reason), 1, "{reason}");
    }
    assert_eq!(all_refusals(&server), 9, "nothing is counted twice, or under another name");
}

#[test]
fn what_the_site_refuses_is_counted_under_the_name_that_the_page_gives_it() {
    let server = start();
    publish(&server, "/topics/news?id=taken", "x");
    let large = "x".repeat(300_000);
    let (local, foreign) = ("Host: localhost\r\n", "Host: localhost\r\nOrigin: http://elsewhere.example\r\n");
    for (reason, line, fields, body) in [
        ("bad-request", "POST /topics/a/b", local, "x"),
        ("bad-request", "POST /v1/chat/completions", local, "x"),
        ("forbidden", "POST /topics/news", foreign, "x"),
        ("not-found", "POST /nowhere", local, "x"),
        // Refused before the body comes.
        ("not-found", "POST /nowhere", "Host: localhost\r\nExpect: 100-continue\r\n", ""),
        ("method-not-allowed", "DELETE /topics/news", local, ""),
        ("conflict", "POST /topics/news?id=taken", local, "x"),
        ("content-too-large", "POST /topics/news", local, &large),
        ("not-implemented", "BREW /plain", local, ""),
    ] {
        let (before, all) = (refusals(&server, reason), all_refusals(&server));
        let length = body.len().max(usize::from(fields.contains("Expect")));
        let answer = ask(
            &server,
            &format!("{line} HTTP/1.1\r\n{fields}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"),
        );
        assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 501 "), "{line}: {answer}");
        assert_eq!((refusals(&server, reason), all_refusals(&server)), (before + 1, all + 1), "{line}: {reason}");
        assert!(include_str!("../docs/metrics.md").contains(&format!("`{reason}`")), "docs/metrics.md: {reason}");
    }
}

/// How often something has been refused for this reason; there is no line for what has not occurred.
fn refusals(server: &Server, reason: &str) -> u64 {
    let page = page(server);
    let line =
        page.lines().find_map(|line| line.strip_prefix("wirestep_refusals_total{reason=\"")?.strip_prefix(reason));
    line.map_or(0, |line| line.strip_prefix("\"} ").and_then(|count| count.parse().ok()).expect("a number"))
}

fn all_refusals(server: &Server) -> u64 {
    let page = page(server);
    let counts = page.lines().filter_map(|line| line.strip_prefix("wirestep_refusals_total{")?.split(' ').nth(1));
    counts.map(|count| count.parse::<u64>().expect("a number")).sum()
}
