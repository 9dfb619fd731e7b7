//! The trace as lines of JSON, held against the schema in `docs/trace.md`.

#![allow(missing_docs)]

mod common;
#[path = "common/schema.rs"]
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::Value;
use wirestep::trace::jsonl::JsonLines;
use wirestep::trace::record::{ConnectionId, Record, Sink, What};
use wirestep::trace::recorder::Trace;
use wirestep::wire::cause::{Cause, Loss, StateChange};
use wirestep::wire::flow::Flow;
use wirestep::wire::label::Label;
use wirestep::wire::persistence::Persistence;
use wirestep::wire::protocol::Protocol;
use wirestep::wire::step::StepKind;

use common::{DEADLINE, Program, Server};
use schema::{COMMON, agrees, members, schema};

/// A file that can be read.
#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>);

impl Write for File {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a trace has written when it has lived through `live`.
fn lines_of(live: impl FnOnce(&mut Trace)) -> Vec<Value> {
    let file = File::default();
    let sink = JsonLines::new(Box::new(file.clone()), "a test".to_owned(), SystemTime::UNIX_EPOCH);
    live(&mut Trace::new(vec![Box::new(sink)]));
    let text = String::from_utf8(file.0.lock().expect("nobody panicked").clone()).expect("JSON is UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).expect("each line is one value of JSON")).collect()
}

/// One of each kind of record, with every member that it can have.
fn every_kind() -> Vec<Value> {
    lines_of(live_through_everything)
}

fn live_through_everything(trace: &mut Trace) {
    let (now, first, second) = (Duration::ZERO, ConnectionId::new(1), ConnectionId::new(2));
    let address = SocketAddr::from(([127, 0, 0, 1], 8080));
    trace.opened(now, first, address, address);
    trace.octets(now, first, Flow::Requests, b"POST /echo HT");
    trace.octets(now, first, Flow::Requests, b"TP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nh\xffi");
    trace.octets(now, first, Flow::Responses, b"HTTP/1.1 200 \r\nContent-Type: text/event-stream\r\n");
    trace.octets(now, first, Flow::Responses, b"Transfer-Encoding: chunked\r\n\r\n5\r\ndata:\r\n2\r\nx\n\r\nzz");
    trace.octets(now, second, Flow::Responses, b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    trace.octets(now, second, Flow::Responses, &[b'\n'; 300]);
    trace.blocked(now, first, 7);
    trace.missing(now, first, Flow::Responses, 7, Loss::NotCaptured);
    trace.foreign(now, first, address, address, Protocol::Tls);
    trace.held(now, first, StepKind::Chunk, Some(&"what now?".into()), b"1\r\n\xff\r\n");
    trace.held(now, first, StepKind::Chunk, None, b"1\r\nx\r\n");
    trace.state(
        now,
        first,
        StateChange::Persistent { persistence: Persistence::Http11, wait: Duration::from_secs(60) },
    );
    trace.fin(now, first, Flow::Requests, Cause::ReadZero);
    trace.rst(now, first, Flow::Responses, Cause::Script);
    trace.closed(now, first, Cause::BothFin);
}

#[test]
fn every_record_is_as_the_document_says_and_the_document_says_no_more() {
    let (schema, lines) = (schema(), every_kind());
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |kind: &str, value: &Value| seen.entry(kind.to_owned()).or_default().extend(members(value));
    for line in &lines {
        let what = line["what"].as_str().expect("every line says what it is");
        assert_eq!(line["v"], 1);
        assert!(line["at"].is_number());
        agrees(&schema, what, line, &COMMON);
        note(what, line);
        for (list, kind) in [("spans", "span"), ("rows", "row")] {
            for item in line[list].as_array().into_iter().flatten() {
                agrees(&schema, kind, item, &[]);
                note(kind, item);
                for remark in item["remarks"].as_array().into_iter().flatten() {
                    agrees(&schema, "remark", remark, &[]);
                    note("remark", remark);
                }
            }
        }
        if let Some(ending) = line.get("ending") {
            agrees(&schema, "ending", ending, &[]);
            note("ending", ending);
        }
    }
    for (kind, documented) in &schema {
        if ELSEWHERE.contains(&kind.as_str()) {
            continue;
        }
        let seen = seen.get(kind).unwrap_or_else(|| panic!("no record shows the `{kind}` of docs/trace.md"));
        for member in documented.keys() {
            assert!(seen.contains(member), "no record shows {member:?} of `{kind}`");
        }
    }
}

/// Only the live trace has these; `tests/live.rs` shows them.
const ELSEWHERE: [&str; 3] = ["snapshot", "omitted", "lost"];

/// Notes of which kind each record is. A kind that is new must get its name here, and then its place in `every_kind`.
struct Kinds(Arc<Mutex<BTreeSet<String>>>);

impl Sink for Kinds {
    fn name(&self) -> &str {
        "a test"
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let kind = match record.what {
            What::Opened { .. } => "opened",
            What::Octets { .. } => "octets",
            What::Missing { .. } => "missing",
            What::Foreign { .. } => "foreign",
            What::Blocked { .. } => "blocked",
            What::Held { .. } => "held",
            What::State(_) => "state",
            What::Fin { .. } => "fin",
            What::Rst { .. } => "rst",
            What::Closed { .. } => "closed",
        };
        self.0.lock().expect("nobody panicked").insert(kind.to_owned());
        Ok(())
    }
}

#[test]
fn every_kind_of_record_is_among_those_that_are_checked() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    live_through_everything(&mut Trace::new(vec![Box::new(Kinds(seen.clone()))]));
    let records = seen.lock().expect("nobody panicked").clone();
    let lines: BTreeSet<String> =
        every_kind().iter().skip(1).map(|line| line["what"].as_str().expect("a string").to_owned()).collect();
    assert_eq!(records, lines);
    let parts = ["begin", "span", "row", "remark", "ending"];
    let documented =
        schema().into_keys().filter(|kind| ![&parts[..], &ELSEWHERE[..]].concat().contains(&kind.as_str()));
    assert_eq!(documented.collect::<BTreeSet<String>>(), records);
}

#[test]
fn the_first_line_says_when_it_began_and_who_writes() {
    let lines = every_kind();
    assert_eq!((&lines[0]["what"], &lines[0]["started"]), (&"begin".into(), &"1970-01-01T00:00:00.000000Z".into()));
    assert_eq!(lines[0]["server"], concat!("wirestep ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_key_of_a_span_is_the_variant_of_its_label() {
    let variants: BTreeSet<String> = Label::ALL.iter().map(|label| format!("{label:?}")).collect();
    for line in every_kind() {
        for span in line["spans"].as_array().into_iter().flatten() {
            assert!(variants.contains(span["key"].as_str().expect("a key")), "{span}");
        }
    }
}

#[test]
fn what_fin_would_end_in_order_an_rst_tears() {
    let lines = lines_of(|trace| {
        for (number, is_rst) in [(1, false), (2, true)] {
            let (now, connection) = (Duration::ZERO, ConnectionId::new(number));
            trace.octets(now, connection, Flow::Requests, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            trace.octets(now, connection, Flow::Responses, b"HTTP/1.1 200 OK\r\n\r\nhalf a sentence");
            if is_rst {
                trace.rst(now, connection, Flow::Responses, Cause::Script);
            } else {
                trace.fin(now, connection, Flow::Responses, Cause::Script);
            }
        }
    });
    let endings: Vec<&Value> = lines.iter().filter_map(|line| line.get("ending")).collect();
    assert_eq!((&endings[0]["complete"], &endings[1]["complete"]), (&true.into(), &false.into()));
    let sentence = endings[1]["explanation"].as_str().expect("a sentence");
    assert!(sentence.contains("RST") && !sentence.contains("FIN"), "{sentence}");
    assert_eq!(endings[1]["section"], "RFC 9112 8");
}

/// The octets of a line, from whichever form they have.
fn octets_of(line: &Value) -> Vec<u8> {
    match (line.get("text"), line.get("base64")) {
        (Some(text), None) => text.as_str().expect("a string").as_bytes().to_vec(),
        (None, Some(base64)) => STANDARD.decode(base64.as_str().expect("a string")).expect("base64"),
        both => panic!("exactly one of the two forms: {both:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn octets_survive_exactly_and_spans_cover_them(
        octets in prop_oneof![any::<String>().prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 1..300)],
        head in any::<bool>(),
    ) {
        prop_assume!(!octets.is_empty());
        let lines = lines_of(|trace| {
            let (now, first) = (Duration::ZERO, ConnectionId::new(1));
            if head {
                trace.octets(now, first, Flow::Responses, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            }
            trace.octets(now, first, Flow::Responses, &octets);
        });
        let line = lines.last().expect("there is a record");
        prop_assert_eq!(octets_of(line), octets.clone());
        prop_assert_eq!(&line["count"], octets.len());
        for list in ["spans", "rows"] {
            let mut at = 0;
            for item in line[list].as_array().expect("an array") {
                prop_assert_eq!(&item["offset"], at);
                at += item["length"].as_u64().expect("a number");
            }
            prop_assert_eq!(at, octets.len() as u64);
        }
    }

    #[test]
    fn a_line_has_nothing_that_a_terminal_would_obey(text in any::<String>()) {
        let (file, now) = (File::default(), Duration::ZERO);
        let sink = JsonLines::new(Box::new(file.clone()), "a test".to_owned(), SystemTime::UNIX_EPOCH);
        Trace::new(vec![Box::new(sink)]).octets(now, ConnectionId::new(1), Flow::Requests, format!("{text}\u{9b}\u{202e}\x7f").as_bytes());
        let written = String::from_utf8(file.0.lock().expect("nobody panicked").clone()).expect("UTF-8");
        let bad: Vec<char> = written.chars().filter(|it| *it != '\n' && (it.is_control() || *it == '\u{202e}')).collect();
        prop_assert!(bad.is_empty(), "{:?}", bad);
    }
}

#[test]
fn a_failing_sink_is_told_of_once_and_the_others_go_on() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::BrokenPipe))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (file, now) = (File::default(), Duration::ZERO);
    let broken = JsonLines::new(Box::new(Broken), "broken".to_owned(), SystemTime::UNIX_EPOCH);
    let whole = JsonLines::new(Box::new(file.clone()), "whole".to_owned(), SystemTime::UNIX_EPOCH);
    let mut trace = Trace::new(vec![Box::new(broken), Box::new(whole)]);
    for _ in 0..3 {
        trace.blocked(now, ConnectionId::new(1), 1);
    }
    assert!(trace.is_on());
    assert_eq!(file.0.lock().expect("nobody panicked").iter().filter(|octet| **octet == b'\n').count(), 4);
    let broken = JsonLines::new(Box::new(Broken), "broken".to_owned(), SystemTime::UNIX_EPOCH);
    let mut trace = Trace::new(vec![Box::new(broken)]);
    trace.blocked(now, ConnectionId::new(1), 1);
    assert!(!trace.is_on());
}

// ---- on sockets ----------------------------------------------------------------------------------------------

fn get(server: &Server, path: &str) -> String {
    let mut stream = server.connect();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("the server reads");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("the server answers and closes");
    response
}

#[test]
fn standard_output_and_a_file_get_the_same_lines() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let path = folder.path().join("trace.jsonl");
    let mut server = Server::start(&["--trace", "json", "--trace-file", path.to_str().expect("UTF-8")]);
    assert!(get(&server, "/api/sse/events?count=3&interval=0").ends_with("0\r\n\r\n"));
    let lines = server.wait_for_trace("the end of the connection", |lines| {
        lines.last().is_some_and(|line| line.contains("\"what\":\"closed\""))
    });
    assert!(server.stop().success());
    let written = fs::read_to_string(&path).expect("the file is there");
    let (shown, written): (Vec<Value>, Vec<Value>) =
        (lines.iter().map(|line| parse(line)).collect(), written.lines().map(parse).collect());
    assert_eq!(shown, written);
    let sent: Vec<u8> = written
        .iter()
        .filter(|line| line["flow"] == "responses" && line["what"] == "octets")
        .flat_map(octets_of)
        .collect();
    assert!(sent.ends_with(b"data:event3\n\n\r\n0\r\n\r\n"), "{}", String::from_utf8_lossy(&sent));
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).expect("each line is one value of JSON")
}

/// Every sink that writes, with the words by which it is told of: on standard output, or in the file FILE.
const SINKS: [(&str, &str); 5] = [
    ("--trace terminal", "the trace"),
    ("--trace json", "the trace"),
    ("--pcapng -", "the capture"),
    ("--trace off --trace-file FILE", "the trace file FILE"),
    ("--trace off --pcapng FILE", "the capture FILE"),
];

/// The server goes on, and has said one line about the sink, for this reason.
fn goes_on_without(server: &Server, sink: &str, reason: &str) {
    let until = Instant::now() + DEADLINE;
    let about = |line: &&String| line.contains("warn");
    while !server.log_lines().iter().any(|line| about(&line)) && Instant::now() < until {
        assert!(get(server, "/plain").ends_with("Hello, wire!\n"));
    }
    assert!(get(server, "/plain").ends_with("Hello, wire!\n"));
    let log = server.log_lines();
    let said: Vec<&String> = log.iter().filter(about).collect();
    assert_eq!(
        said,
        [&format!("wirestep: warn: {sink} cannot be written any more ({reason}); the server goes on without it")]
    );
}

/// A server whose standard output goes where the shell says.
fn start_in_shell(arguments: &str, output: &str) -> Server {
    let mut command = Command::new("bash");
    command.args(["-c", &format!("exec \"$0\" --listen 127.0.0.1:0 {arguments} > {output}")]);
    command.arg(env!("CARGO_BIN_EXE_wirestep"));
    Server::spawn(command)
}

#[test]
fn a_full_disk_ends_each_sink_with_one_line_and_not_the_server() {
    for (arguments, name) in SINKS {
        let server = start_in_shell(&arguments.replace("FILE", "/dev/full"), "/dev/full");
        let name = name.replace("FILE", "/dev/full");
        goes_on_without(&server, &name, "No space left on device (os error 28)");
    }
}

#[test]
fn a_closed_pipe_ends_each_sink_with_one_line_and_not_the_server() {
    for (arguments, name) in SINKS.into_iter().filter(|(arguments, _)| !arguments.contains("FILE")) {
        // The reader of standard output is gone before the first record, or soon after.
        let server = start_in_shell(arguments, ">(true)");
        goes_on_without(&server, name, "Broken pipe (os error 32)");
    }
}

#[test]
fn an_output_that_somebody_else_has_made_non_blocking_is_waited_for() {
    let mut command = Command::new("python3");
    let script = "import os, sys; os.set_blocking(1, False); os.execv(sys.argv[1], sys.argv[1:])";
    command.args(["-c", script, env!("CARGO_BIN_EXE_wirestep"), "--listen", "127.0.0.1:0", "--trace", "json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Program(command.spawn().expect("python3 is installed"));
    let (mut trace, log) = (server.0.stdout.take().expect("a pipe"), server.0.stderr.take().expect("a pipe"));
    let mut log = BufReader::new(log).lines();
    let first = log.next().expect("it says where it listens").expect("UTF-8");
    let address = first.split_once("http://").expect("an address").1.trim_end_matches('/').to_owned();

    let mut client = TcpStream::connect(address).expect("the server listens");
    let request = "GET /api/sse/events?count=1000&interval=0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.write_all(request.as_bytes()).expect("the server reads");
    // Nobody reads the trace, so the server comes to a stop in the middle of the stream.
    client.set_read_timeout(Some(Duration::from_millis(200))).expect("not zero");
    let mut received = Vec::new();
    assert_eq!(client.read_to_end(&mut received).expect_err("it has not ended").kind(), io::ErrorKind::WouldBlock);
    client.set_read_timeout(Some(DEADLINE)).expect("not zero");
    let reader = std::thread::spawn(move || {
        let mut lines = String::new();
        trace.read_to_string(&mut lines).expect("UTF-8");
        lines
    });
    client.read_to_end(&mut received).expect("the server ends it");
    assert!(received.ends_with(b"0\r\n\r\n"));
    drop(client);
    let status = Command::new("kill").args(["-s", "INT", &server.0.id().to_string()]).status();
    assert!(status.expect("there is a kill(1)").success());
    assert!(server.0.wait().expect("it is our child").success());
    let lines = reader.join().expect("it reads");
    assert_eq!(lines.lines().filter(|line| line.contains("data:event")).count(), 1000);
    assert!(log.all(|line| !line.expect("UTF-8").contains("warn")));
}

#[test]
fn a_file_that_cannot_be_made_is_one_sentence_and_status_1() {
    for option in ["--trace-file", "--pcapng"] {
        let output = Command::new(env!("CARGO_BIN_EXE_wirestep"))
            .args(["--listen", "127.0.0.1:0", option, "/nowhere/at/all"])
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1));
        assert!(said.starts_with("wirestep: error: cannot write /nowhere/at/all: No such file"), "{said}");
    }
}
