//! Real clients against the real binary: all events, one by one, in order, and a clean end.
//!
//! Each client writes down what it has seen as an event stream, with remarks as comments, so that whole outputs can be
//! compared. Three things make "one by one" a matter of cause and not of time:
//!
//! - a [`Relay`] in front of the server lets one event pass, and the next when the client has shown it;
//! - a stream whose second event is an hour away: what the client has then, it has while the stream is open;
//! - the server's own trace says on which connection each request came.
//!
//! The clients are installed by `scripts/test`. One that is missing is a failure, never a silent skip.

mod chromium;
#[path = "../common/mod.rs"]
mod common;
mod curl;
mod node;
mod python;
mod relay;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Client, Server};
use relay::Relay;

/// All of it, as fast as can be watched.
const HUNDRED: &str = "/api/sse/events?interval=2ms";
/// The same for a client that comes back: soon.
const HUNDRED_AND_AGAIN: &str = "/api/sse/events?interval=2ms&retry=1ms";
/// Three events an hour apart, and an hour after the third the end: nobody waits for any of that.
const THREE_HOURS_AND_AGAIN: &str = "/api/sse/events?count=3&interval=1h&retry=1ms";
/// The second event, and the end, are an hour away.
const ENDLESS: &str = "/api/sse/events?interval=1h";

/// The events `first..=last` as they stand in the body, without `retry:`.
fn events(first: usize, last: usize) -> String {
    (first..=last).map(|number| format!("id:{number}\nevent:message\ndata:event{number}\n\n")).collect()
}

/// Lets the events `first..=last` pass one after the other, each when the client has shown the one before it.
#[track_caller]
fn lock_step(client: &Client, relay: &Relay, first: usize, last: usize) {
    for number in first..=last {
        relay.let_through(number);
        let shown = client.wait_for(&format!("event {number}"), |text| text.contains(&format!("data:event{number}\n")));
        let next = format!("event{}\n", number + 1);
        assert!(!shown.contains(&next), "event {} has come before it was let through", number + 1);
    }
}

/// One request, as the trace shows it.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    connection: String,
    line: String,
    last_event_id: Option<String>,
}

/// All requests that the server has seen.
fn requests(trace: &[String]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    let mut connection = String::new();
    for line in trace {
        if let Some(number) = line.split_whitespace().find(|word| word.starts_with('#')) {
            connection = number.to_owned();
        }
        if let Some(octets) = octets_after("request-line", line) {
            requests.push(Request { connection: connection.clone(), line: octets, last_event_id: None });
        } else if let Some((name, value)) =
            octets_after("field-line", line).as_deref().and_then(|it| it.split_once(": "))
            && name.eq_ignore_ascii_case("last-event-id")
            && let Some(request) = requests.last_mut()
        {
            request.last_event_id = Some(value.to_owned());
        }
    }
    requests
}

fn octets_after(label: &str, line: &str) -> Option<String> {
    let (octets, _) = line.split_once(label)?.1.trim_start().split_once('␍')?;
    Some(octets.to_owned())
}

/// The requests for the stream alone: a browser also asks for a page and an icon.
fn stream_requests(trace: &[String]) -> Vec<Request> {
    requests(trace).into_iter().filter(|request| request.line.contains("/api/sse/events")).collect()
}

/// The trace from the first line to the last.
#[track_caller]
fn whole_trace(mut server: Server) -> Vec<String> {
    assert!(server.stop().success());
    server.trace_lines()
}

/// These requests have come, all on the first connection.
#[track_caller]
fn assert_one_connection(server: Server, lines: &[&str]) {
    let on_the_first =
        |line: &&str| Request { connection: "#1".to_owned(), line: (*line).to_owned(), last_event_id: None };
    let expected: Vec<Request> = lines.iter().map(on_the_first).collect();
    assert_eq!(requests(&whole_trace(server)), expected);
}

/// An EventSource has asked twice: for the stream, and with the id of its last event, which 204 answers.
#[track_caller]
fn assert_stopped_by_204(server: Server) {
    let trace = whole_trace(server);
    let ids: Vec<Option<String>> = stream_requests(&trace).into_iter().map(|request| request.last_event_id).collect();
    assert_eq!(ids, [None, Some("100".to_owned())]);
    let connections: Vec<String> = stream_requests(&trace).into_iter().map(|request| request.connection).collect();
    assert_eq!(connections[0], connections[1], "the second request came on another connection");
    assert_eq!(trace.iter().filter(|line| line.contains("HTTP/1.1 204 No Content")).count(), 1);
}

/// The connection ends after 37 events, within the next one: what has come of that must not be dispatched, nor count as
/// the last event ID. Nothing is lost and nothing comes twice.
#[track_caller]
fn goes_on_after_a_cut(start: impl FnOnce(&Relay) -> Client) {
    let server = Server::start(&[]);
    let relay = Relay::to(server.addr);
    let client = start(&relay);
    lock_step(&client, &relay, 1, 37);
    relay.cut_after("20\r\nid:38\nevent".len());
    client.wait_for("the error", |text| text.contains(": connecting\n"));
    lock_step(&client, &relay, 38, 100);
    relay.open();
    let (before, after) = (events(1, 37), events(38, 100));
    let expected = format!(": open\n{before}: connecting\n: open\n{after}: connecting\n: closed\n");
    assert_eq!(client.finish().success().text(), expected);
    let ids = stream_requests(&whole_trace(server)).into_iter().map(|request| request.last_event_id);
    assert_eq!(ids.collect::<Vec<_>>(), [None, Some("37".to_owned()), Some("100".to_owned())]);
}

/// Three servers, one after the other on the same port, each killed when its first event has come. A fourth one has
/// nothing more to tell.
///
/// `address` is one of the loopback net that no other test uses, so that nobody takes the port between two servers.
#[track_caller]
fn goes_on_after_a_kill(address: &str, start: impl FnOnce(&Server) -> Client) {
    let mut server = Server::start(&["--listen", address]);
    let address = server.addr.to_string();
    let client = start(&server);
    for number in 1..=3 {
        client.wait_for(&format!("event {number}"), |text| text.ends_with(&events(number, number)));
        server.kill();
        server = Server::start(&["--listen", &address]);
    }
    let shown = client.finish().success().text();
    let dispatched: String =
        shown.lines().filter(|line| !line.starts_with(':')).map(|line| format!("{line}\n")).collect();
    assert_eq!(dispatched, events(1, 3), "{shown}");
    assert!(shown.ends_with(": closed\n"), "{shown}");
    let last = stream_requests(&whole_trace(server)).pop().expect("the fourth server was asked");
    assert_eq!(last.last_event_id.as_deref(), Some("3"));
}

/// A program that must be installed.
fn tool(name: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    assert!(is_there, "{name} is not installed; scripts/test installs everything that the tests need");
    Command::new(name)
}

/// A file of this folder, which `scripts/test` may have to make.
fn beside(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name);
    assert!(path.exists(), "tests/clients/{name} is not there; scripts/test makes everything that the tests need");
    path
}
