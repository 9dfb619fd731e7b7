//! Python: `http.client` of the standard library, and `httpx`, which keeps a pool.

use std::process::Command;

use crate::common::{Client, Server};
use crate::relay::Relay;
use crate::{ENDLESS, HUNDRED, assert_one_connection, beside, events, lock_step, requests, whole_trace};

/// A script of this folder, run by the Python that has the packages of requirements.txt.
fn python(script: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(beside(".venv/bin/python"));
    command.arg(beside(script)).args(arguments);
    command
}

#[test]
fn http_client_reads_100_events_one_by_one_and_asks_again_on_the_same_connection() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.addr);
    let client = Client::start(&mut python("http_client.py", &[&relay.addr.to_string(), HUNDRED, "/plain"]));
    lock_step(&client, &relay, 1, 100);
    relay.open();
    let hundred = events(1, 100);
    let expected = format!(": 200 text/event-stream; charset=utf-8\n{hundred}: end\n: 200 b'Hello, wire!\\n'\n");
    assert_eq!(client.finish().success().text(), expected);
    assert_one_connection(server, &[&format!("GET {HUNDRED} HTTP/1.1"), "GET /plain HTTP/1.1"]);
}

#[test]
fn httpx_reads_100_events_one_by_one_and_its_pool_uses_the_connection_again() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.addr);
    let client = Client::start(&mut python("httpx_pool.py", &[&relay.url(""), HUNDRED, "GET:/plain"]));
    lock_step(&client, &relay, 1, 100);
    relay.open();
    let hundred = events(1, 100);
    let expected =
        format!(": 200 text/event-stream; charset=utf-8 HTTP/1.1\n{hundred}: end\n: 200 b'Hello, wire!\\n'\n");
    assert_eq!(client.finish().success().text(), expected);
    assert_one_connection(server, &[&format!("GET {HUNDRED} HTTP/1.1"), "GET /plain HTTP/1.1"]);
}

#[test]
fn httpx_finds_no_octet_after_a_head_that_has_no_body() {
    let server = Server::start(&[]);
    let one = "/api/sse/events?count=1&interval=1ms";
    let head = format!("HEAD:{one}");
    let others = ["HEAD:/plain", &head, "HEAD:/nowhere", "OPTIONS:/plain", "GET:/plain"];
    let mut command = python("httpx_pool.py", &[&server.url(""), one]);
    let finished = Client::start(command.args(others)).finish().success();
    let text = finished.text();
    let (_, after_the_stream) = text.split_once(": end\n").expect("the stream has ended");
    let expected = ": 200 b''\n: 200 b''\n: 404 b''\n: 204 b''\n: 200 b'Hello, wire!\\n'\n";
    assert_eq!(after_the_stream, expected);
    let requests = requests(&whole_trace(server));
    assert_eq!(requests.len(), 1 + others.len());
    assert!(requests.iter().all(|request| request.connection == "#1"), "{requests:?}");
}

#[test]
fn python_reads_the_first_event_while_the_second_is_an_hour_away_and_ctrl_c_ends_the_stream_cleanly() {
    for (script, version) in [("http_client.py", ""), ("httpx_pool.py", " HTTP/1.1")] {
        let mut server = Server::start(&["--trace", "off"]);
        let origin = if script == "httpx_pool.py" { server.url("") } else { server.addr.to_string() };
        let client = Client::start(&mut python(script, &[&origin, ENDLESS]));
        client.wait_for("event 1", |text| text.ends_with("data:event1\n\n"));
        assert!(server.stop().success());
        let expected = format!(": 200 text/event-stream; charset=utf-8{version}\n{}: end\n", events(1, 1));
        assert_eq!(client.finish().success().text(), expected, "{script}");
    }
}

#[test]
fn httpx_calls_a_stream_whose_server_was_killed_an_error() {
    let mut server = Server::start(&["--trace", "off"]);
    let client = Client::start(&mut python("httpx_pool.py", &[&server.url(""), ENDLESS]));
    client.wait_for("event 1", |text| text.ends_with("data:event1\n\n"));
    server.kill();
    let finished = client.finish();
    assert!(!finished.status.success(), "{finished}");
    let remarks = String::from_utf8_lossy(&finished.stderr);
    assert!(remarks.contains("RemoteProtocolError: peer closed connection without sending complete message body"));
}
