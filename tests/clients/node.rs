//! Node: its own `fetch`, which keeps a pool, and the EventSource of npm.

use std::process::Command;

use crate::common::{Client, Server};
use crate::relay::Relay;
use crate::{ENDLESS, HUNDRED, HUNDRED_AND_AGAIN};
use crate::{assert_one_connection, assert_stopped_by_204, beside, events, lock_step, tool};

fn node(script: &str, arguments: &[&str]) -> Command {
    let mut command = tool("node");
    command.arg(beside(script)).args(arguments);
    command
}

fn event_source(url: &str) -> Client {
    beside("node_modules/eventsource");
    Client::start(&mut node("eventsource.mjs", &[url]))
}

#[test]
fn fetch_reads_100_events_one_by_one_and_its_pool_uses_the_connection_again() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.addr);
    let client = Client::start(&mut node("fetch.mjs", &[&relay.url(""), HUNDRED, "/plain"]));
    lock_step(&client, &relay, 1, 100);
    relay.open();
    let hundred = events(1, 100);
    let expected = format!(": 200 text/event-stream; charset=utf-8\n{hundred}: end\n: 200 \"Hello, wire!\\n\"\n");
    assert_eq!(client.finish().success().text(), expected);
    assert_one_connection(server, &[&format!("GET {HUNDRED} HTTP/1.1"), "GET /plain HTTP/1.1"]);
}

#[test]
fn fetch_reads_the_first_event_while_the_second_is_an_hour_away_and_ctrl_c_ends_the_stream_cleanly() {
    let mut server = Server::start(&["--trace", "off"]);
    let client = Client::start(&mut node("fetch.mjs", &[&server.url(""), ENDLESS]));
    client.wait_for("event 1", |text| text.ends_with("data:event1\n\n"));
    assert!(server.stop().success());
    let expected = format!(": 200 text/event-stream; charset=utf-8\n{}: end\n", events(1, 1));
    assert_eq!(client.finish().success().text(), expected);
}

#[test]
fn fetch_calls_a_stream_whose_server_was_killed_terminated() {
    let mut server = Server::start(&["--trace", "off"]);
    let client = Client::start(&mut node("fetch.mjs", &[&server.url(""), ENDLESS]));
    client.wait_for("event 1", |text| text.ends_with("data:event1\n\n"));
    server.kill();
    let finished = client.finish();
    assert!(!finished.status.success(), "{finished}");
    assert!(String::from_utf8_lossy(&finished.stderr).contains("TypeError: terminated"), "{finished}");
}

#[test]
fn npm_eventsource_dispatches_100_events_one_by_one_comes_back_on_the_same_connection_and_stops_on_204() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.addr);
    let client = event_source(&relay.url(HUNDRED_AND_AGAIN));
    lock_step(&client, &relay, 1, 100);
    relay.open();
    let expected = format!(": open\n{}: connecting\n: closed\n", events(1, 100));
    assert_eq!(client.finish().success().text(), expected);
    assert_stopped_by_204(server);
}

#[test]
fn npm_eventsource_goes_on_at_the_next_event_when_the_connection_is_cut_within_one() {
    crate::goes_on_after_a_cut(|relay| event_source(&relay.url(HUNDRED_AND_AGAIN)));
}

#[test]
fn npm_eventsource_goes_on_when_the_server_is_killed_and_started_again() {
    crate::goes_on_after_a_kill("127.19.2.1:0", |server| event_source(&server.url(crate::THREE_HOURS_AND_AGAIN)));
}
