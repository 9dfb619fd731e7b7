//! What a filter hands on: whole records of one connection, one direction, one path.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wirestep::trace::filter::{Filter, Glob, Wanted};
use wirestep::trace::record::{ConnectionId, Record, Sink, What};
use wirestep::trace::recorder::Trace;
use wirestep::wire::cause::Cause;
use wirestep::wire::flow::Flow;

/// Keeps what reaches it, as a word for each record.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl Sink for Kept {
    fn name(&self) -> &str {
        "a test"
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let word = match record.what {
            What::Opened { .. } => "opened".to_owned(),
            What::Octets { octets, .. } => {
                String::from_utf8_lossy(octets).split("\r\n").next().unwrap_or_default().to_owned()
            }
            What::Fin { flow, .. } => format!("fin {flow:?}"),
            What::Closed { .. } => "closed".to_owned(),
            _ => "other".to_owned(),
        };
        let word = format!("{} #{} {word}", record.at.as_millis(), record.connection);
        self.0.lock().expect("no panic").push(word);
        Ok(())
    }
}

/// Three requests on connection 1, the first two pipelined; one on connection 2 that asks for something else.
fn shown(wanted: Wanted) -> Vec<String> {
    let kept = Kept::default();
    let mut trace = Trace::new(vec![Box::new(Filter::new(Box::new(kept.clone()), wanted))]);
    let address = "127.0.0.1:1".parse().expect("an address");
    let at = Duration::from_millis;
    let (one, two) = (ConnectionId::new(1), ConnectionId::new(2));
    for id in [one, two] {
        trace.opened(at(0), id, address, address);
    }
    trace.octets(at(1), one, Flow::Requests, b"GET /plain HTTP/1.1\r\n\r\nGET /api/a?b=/plain HTTP/1.1\r\n\r\n");
    trace.octets(at(2), two, Flow::Requests, b"GET /other HTTP/1.1\r\n\r\n");
    trace.octets(at(3), one, Flow::Responses, b"HTTP/1.1 200 first\r\nContent-Length: 2\r\n\r\nab");
    trace.octets(at(4), one, Flow::Responses, b"HTTP/1.1 103 hints\r\n\r\n");
    trace.octets(at(5), one, Flow::Responses, b"HTTP/1.1 200 second\r\nContent-Length: 2\r\n\r\na");
    trace.octets(at(6), one, Flow::Responses, b"b");
    trace.octets(at(7), two, Flow::Responses, b"HTTP/1.1 200 other\r\nContent-Length: 0\r\n\r\n");
    for (id, flow) in [(one, Flow::Requests), (two, Flow::Requests), (one, Flow::Responses)] {
        trace.fin(at(8), id, flow, Cause::ReadZero);
    }
    trace.closed(at(9), one, Cause::BothFin);
    trace.closed(at(9), two, Cause::BothFin);
    kept.0.lock().expect("no panic").clone()
}

#[test]
fn one_connection_is_told_of_whole() {
    let rows = shown(Wanted { connection: Some(ConnectionId::new(2)), ..Wanted::default() });
    let expected =
        ["0 #2 opened", "2 #2 GET /other HTTP/1.1", "7 #2 HTTP/1.1 200 other", "8 #2 fin Requests", "9 #2 closed"];
    assert_eq!(rows, expected);
}

#[test]
fn a_direction_keeps_what_concerns_the_connection() {
    let rows = shown(Wanted { flow: Some(Flow::Requests), ..Wanted::default() });
    let expected = [
        "0 #1 opened",
        "0 #2 opened",
        "1 #1 GET /plain HTTP/1.1",
        "2 #2 GET /other HTTP/1.1",
        "8 #1 fin Requests",
        "8 #2 fin Requests",
        "9 #1 closed",
        "9 #2 closed",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_path_keeps_its_requests_their_responses_and_their_connections() {
    let rows = shown(Wanted { path: Some(Glob::new("/api/*")), ..Wanted::default() });
    let expected = [
        "0 #1 opened",
        "1 #1 GET /plain HTTP/1.1",
        "4 #1 HTTP/1.1 103 hints",
        "5 #1 HTTP/1.1 200 second",
        "6 #1 b",
        "8 #1 fin Requests",
        "8 #1 fin Responses",
        "9 #1 closed",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_pattern_is_compared_with_the_path_alone() {
    for (pattern, target, expected) in [
        ("/plain", "/plain", true),
        ("/plain", "/plain?x=1", true),
        ("/plain", "/plain/", false),
        ("*", "*", true),
        ("/a*c*e", "/abcde", true),
        ("/a*c*e", "/abcdf", false),
        ("/?", "/x", true),
        ("/?", "/", false),
        ("/", "http://host", true),
        ("/x", "https://host:1/x?y", true),
    ] {
        assert_eq!(Glob::new(pattern).matches(target.as_bytes()), expected, "{pattern} {target}");
    }
}
