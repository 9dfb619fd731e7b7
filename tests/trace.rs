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
use wirestep::trace::live::{LiveForm, View};
use wirestep::trace::pcapng::Pcapng;
use wirestep::trace::record::{ConnectionId, Record, Sink, What};
use wirestep::trace::recorder::Trace;
use wirestep::trace::terminal::Terminal;
use wirestep::wire::cause::{Call, Cause, Loss, StateChange};
use wirestep::wire::flow::Flow;
use wirestep::wire::label::Label;
use wirestep::wire::language::Language;
use wirestep::wire::persistence::Persistence;
use wirestep::wire::protocol::Protocol;
use wirestep::wire::step::StepKind;

use common::{DEADLINE, Program, Server};
use schema::{COMMON, agrees, members, schema};

const VIEW: View = View { form: LiveForm::Json, language: Language::En };

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
    lines_with(|trace| trace, live)
}

/// The same of a trace that `change` has changed.
fn lines_with(change: impl FnOnce(Trace) -> Trace, live: impl FnOnce(&mut Trace)) -> Vec<Value> {
    let file = File::default();
    let sink = JsonLines::new(Box::new(file.clone()), "a test".to_owned(), SystemTime::UNIX_EPOCH);
    live(&mut change(Trace::new(vec![Box::new(sink)])));
    let text = String::from_utf8(file.0.lock().expect("nobody panicked").clone()).expect("JSON is UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).expect("each line is one value of JSON")).collect()
}

/// One of each kind of record, with every member that it can have.
fn every_kind() -> Vec<Value> {
    lines_with(Trace::with_verdict, live_through_everything)
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
    trace.octets(now, second, Flow::Responses, b"data:x\n\n");
    trace.octets(now, second, Flow::Responses, &[b':'; 50_000]);
    trace.fin(now, second, Flow::Responses, Cause::OriginFin);
    for (id, hop) in [(ConnectionId::new(3), "edge"), (ConnectionId::new(4), "app")] {
        trace.opened_at_hop(now, id, &hop.into(), address, address);
        trace.octets(now, id, Flow::Requests, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    for id in [ConnectionId::new(4), ConnectionId::new(3)] {
        let stream = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 8\r\n\r\ndata:x\n\n";
        trace.octets(now, id, Flow::Responses, stream);
    }
    trace.blocked(now, first, Flow::Responses, 7);
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
        agrees(&schema, what, line, &[&COMMON[..], &["hop"]].concat());
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
        for evidence in line["evidence"].as_array().into_iter().flatten() {
            agrees(&schema, "evidence", evidence, &[]);
            note("evidence", evidence);
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
const ELSEWHERE: [&str; 5] = ["snapshot", "omitted", "lost", "halves", "ping"];

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
            What::Verdict(_) => "verdict",
        };
        self.0.lock().expect("nobody panicked").insert(kind.to_owned());
        Ok(())
    }
}

#[test]
fn every_kind_of_record_is_among_those_that_are_checked() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    live_through_everything(&mut Trace::new(vec![Box::new(Kinds(seen.clone()))]).with_verdict());
    let records = seen.lock().expect("nobody panicked").clone();
    let lines: BTreeSet<String> =
        every_kind().iter().skip(1).map(|line| line["what"].as_str().expect("a string").to_owned()).collect();
    assert_eq!(records, lines);
    let parts = ["begin", "span", "row", "remark", "ending", "evidence"];
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

#[test]
fn an_rst_of_a_client_says_what_it_means_for_the_response() {
    let lines = lines_of(|trace| {
        let (now, first) = (Duration::ZERO, ConnectionId::new(1));
        trace.octets(now, first, Flow::Requests, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        trace.octets(now, first, Flow::Responses, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe");
        trace.rst(now, first, Flow::Requests, Cause::PeerReset { call: Call::Write, errno: Some(32) });
    });
    let rst = lines.last().expect("a record");
    assert_eq!((&rst["flow"], &rst["ending"]["flow"]), (&"requests".into(), &"responses".into()), "{rst}");
    assert_eq!(
        (&rst["ending"]["complete"], &rst["ending"]["code"]),
        (&false.into(), &"inside-chunked".into()),
        "{rst}"
    );
    let note = rst["note"].as_str().expect("a sentence");
    assert!(note.starts_with("the client has gone: its kernel answered") && note.ends_with("(os error 32)"), "{note}");
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
        trace.blocked(now, ConnectionId::new(1), Flow::Responses, 1);
    }
    assert!(trace.is_on());
    assert_eq!(file.0.lock().expect("nobody panicked").iter().filter(|octet| **octet == b'\n').count(), 4);
    let broken = JsonLines::new(Box::new(Broken), "broken".to_owned(), SystemTime::UNIX_EPOCH);
    let mut trace = Trace::new(vec![Box::new(broken)]);
    trace.blocked(now, ConnectionId::new(1), Flow::Responses, 1);
    assert!(!trace.is_on());
}

// ---- what it may cost -----------------------------------------------------------------------------------------------

/// Octets that each sink writes for a trace that has lived through `live`: terminal, JSON, capture, `GET /trace`.
fn written(live: impl Fn(&mut Trace)) -> [usize; 4] {
    let of_sink = |make: &dyn Fn(Box<File>) -> Box<dyn Sink>| {
        let file = File::default();
        live(&mut Trace::new(vec![make(Box::new(file.clone()))]));
        file.0.lock().expect("nobody panicked").len()
    };
    let mut watched = Trace::new(Vec::new());
    watched.watch(VIEW, Duration::ZERO, std::iter::empty());
    live(&mut watched);
    [
        of_sink(&|file| Box::new(Terminal::new(file, true, 200))),
        of_sink(&|file| Box::new(JsonLines::new(file, "a test".to_owned(), SystemTime::UNIX_EPOCH))),
        of_sink(&|file| Box::new(Pcapng::new(file, "a test".to_owned(), SystemTime::UNIX_EPOCH))),
        watched.take_lines().iter().flat_map(|(_, lines)| lines).map(|(_, line)| line.len()).sum(),
    ]
}

#[test]
fn whatever_passes_makes_at_most_eight_times_its_octets_of_any_trace() {
    // A quarter of a megabyte shows it as well as more.
    const OCTETS: usize = 256 * 1024;
    let head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/event-stream\r\nContent-Length: 1048576\r\n\r\n";
    let plain = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n";
    for (head, body) in [
        (&head[..], "\n"),
        (&head[..], "data:\0\0\0\n\n"),
        (&head[..], "a:\u{202e}\n"),
        (&head[..], "\0"),
        (&plain[..], "\u{9b}"),
        (&plain[..], "\0"),
        (b"", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        (b"", "\r\n"),
        (b"", "\0"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n\n\r\n"),
    ] {
        for piece in [16 * 1024, 64 * 1024] {
            let octets: Vec<u8> = body.bytes().cycle().take(OCTETS).collect();
            let address = SocketAddr::from(([127, 0, 0, 1], 8080));
            let sizes = written(|trace| {
                let first = ConnectionId::new(1);
                trace.opened(Duration::ZERO, first, address, address);
                trace.octets(Duration::ZERO, first, Flow::Requests, head);
                for (turn, octets) in octets.chunks(piece).enumerate() {
                    trace.octets(Duration::from_millis(turn as u64), first, Flow::Requests, octets);
                }
            });
            assert!(sizes.iter().all(|size| *size <= 8 * OCTETS), "{body:?} in {piece}: {sizes:?}");
        }
    }
}

#[test]
fn a_record_of_very_many_tokens_counts_those_it_does_not_show() {
    let lines = lines_of(|trace| {
        let (now, first) = (Duration::ZERO, ConnectionId::new(1));
        trace.octets(now, first, Flow::Responses, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        trace.octets(now, first, Flow::Responses, &[b'\n'; 1_000]);
        trace.octets(now, first, Flow::Responses, b"data:x\n\n");
    });
    let spans = lines[2]["spans"].as_array().expect("an array");
    // 256 of them have labels; rows for all of these would make a line of 107 KiB.
    assert_eq!((spans.len(), &lines[2]["rest"]["octets"], &lines[2]["rest"]["tokens"]), (96, &904.into(), &904.into()));
    assert_eq!(lines[3]["spans"][3]["key"], "EventLineEnd", "what was not shown was read all the same");
    assert_eq!(lines[3].get("rest"), None);
}

#[test]
fn a_line_has_at_most_64_kib_and_counts_the_octets_that_it_has_not() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    for piece in ["\n", "x", "\0", "\u{202e}", "\u{ac00}", "data:\u{9b}\n\n", "\"\\"] {
        for count in [10_000, 48 * 1024, 48 * 1024 + 1, 1024 * 1024] {
            let octets: Vec<u8> = piece.bytes().cycle().take(count).collect();
            let lines = lines_of(|trace| {
                trace.octets(Duration::ZERO, ConnectionId::new(1), Flow::Responses, head);
                trace.octets(Duration::ZERO, ConnectionId::new(1), Flow::Responses, &octets);
            });
            let line = &lines[2];
            let size = line.to_string().len();
            assert!(size <= 64 * 1024, "{piece:?} {count}: {size} octets");
            let number = |value: &Value| value.as_u64().unwrap_or_default() as usize;
            let shown = octets_of(line);
            assert_eq!(shown.len() + number(&line["cut"]), count, "{piece:?} {count}");
            assert_eq!(shown, octets[..shown.len()], "{piece:?} {count}");
            let spans = line["spans"].as_array().expect("an array").iter().map(|span| number(&span["length"]));
            assert_eq!(spans.sum::<usize>() + number(&line["rest"]["octets"]), count, "{piece:?} {count}");
            assert!(shown.len() >= count.min(16 * 1024), "{piece:?} {count}");
        }
    }
}

#[test]
fn one_turn_labels_a_bounded_number_of_tokens_and_the_next_one_goes_on() {
    let octets = vec![b'\n'; 512 * 1024];
    let lines = lines_of(|trace| {
        for number in 1..=4 {
            let (now, id) = (Duration::ZERO, ConnectionId::new(number));
            trace.octets(now, id, Flow::Responses, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            trace.octets(now, id, Flow::Responses, &octets);
        }
        let (later, id) = (Duration::from_millis(1), ConnectionId::new(5));
        trace.octets(later, id, Flow::Responses, b"HTTP/1.1 200 OK\r\n\r\n");
    });
    let labels = |line: &Value| line["spans"][0]["label"].as_str().expect("a label").to_owned();
    assert_eq!([labels(&lines[2]), labels(&lines[8])], ["body", "not labelled"]);
    assert_eq!(lines[8]["spans"][0]["code"], "too-much");
    assert_eq!(labels(&lines[9]), "HTTP-version", "another turn, another connection");
}

// ---- credentials ----------------------------------------------------------------------------------------------------

/// A request with every kind of credential, of which each holds the word `secret`, and a response with a cookie.
const PRIVATE: [(Flow, &str); 2] = [
    (
        Flow::Requests,
        "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret1\r\nCookie: a=secret2; b=secret3\r\n\
         proxy-authorization: Basic secret4\r\nX-API-Key: secret5\r\napi-key:secret6\r\nX: shown\r\n\r\n",
    ),
    (Flow::Responses, "HTTP/1.1 204 No Content\r\nSet-Cookie: id=secret7; Path=/\r\nY: shown\r\n\r\n"),
];

/// All that every sink writes, one after the other, when the octets come in pieces of this size.
fn all_sinks(piece: usize, pieces: &[(Flow, &str)], shows: bool) -> String {
    let files: Vec<File> = (0..3).map(|_| File::default()).collect();
    let name = || "a test".to_owned();
    let sinks: Vec<Box<dyn Sink>> = vec![
        Box::new(Terminal::new(Box::new(files[0].clone()), false, 200)),
        Box::new(JsonLines::new(Box::new(files[1].clone()), name(), SystemTime::UNIX_EPOCH)),
        Box::new(Pcapng::new(Box::new(files[2].clone()), name(), SystemTime::UNIX_EPOCH)),
    ];
    let trace = Trace::new(sinks);
    let mut trace = if shows { trace.showing_credentials() } else { trace };
    trace.watch(VIEW, Duration::ZERO, std::iter::empty());
    let (now, first) = (Duration::ZERO, ConnectionId::new(1));
    let address = SocketAddr::from(([127, 0, 0, 1], 8080));
    trace.opened(now, first, address, address);
    for (flow, octets) in pieces {
        for octets in octets.as_bytes().chunks(piece) {
            trace.octets(now, first, *flow, octets);
        }
        if *flow == Flow::Responses {
            trace.held(now, first, StepKind::Head, None, octets.as_bytes());
        }
    }
    let lines: String = trace.take_lines().into_iter().flat_map(|(_, lines)| lines).map(|(_, line)| line).collect();
    let written = files.iter().map(|file| file.0.lock().expect("nobody panicked").clone()).collect::<Vec<_>>().concat();
    String::from_utf8_lossy(&written).into_owned() + &lines
}

#[test]
fn no_sink_shows_a_credential_unless_it_is_asked_to() {
    // Pieces shorter than the word would hide it from this test, not from a reader.
    for piece in [7, 11, 64, 1_000] {
        let written = all_sinks(piece, &PRIVATE, false);
        assert!(!written.contains("secret"), "in pieces of {piece}: {written}");
    }
    let whole = all_sinks(1_000, &PRIVATE, false);
    assert!(
        whole.contains("Authorization: ****** *******") && whole.contains("X: shown") && whole.contains("Y: shown")
    );
    assert!(whole.contains("masked in the trace; --show-credentials shows it"));
    let shown = all_sinks(1_000, &PRIVATE, true);
    assert!((1..=7).all(|number| shown.contains(&format!("secret{number}"))), "{shown}");
}

#[test]
fn a_fault_in_the_head_uncovers_no_credential() {
    for octets in [
        "GET / HTTP/1.1\r\nHost : x\r\nAuthorization: secret1\r\nCookie: secret2\r\n\r\n",
        "GET / HTTP/1.1\r\nAuthorization : secret1\r\n\r\n",
        "GET / HTTP/1.1\r\nAuthorization: a\x01secret1\r\nCookie: secret2\r\n\r\n",
        "Authorization: secret1\r\n",
        "GET / HTTP/1.1\nAuthorization: secret1\n\n",
    ] {
        for piece in [7, 8, 1_000] {
            let written = all_sinks(piece, &[(Flow::Requests, octets)], false);
            assert!(!written.contains("secret"), "{octets:?} in pieces of {piece}: {written}");
        }
    }
}

// ---- Korean ---------------------------------------------------------------------------------------------------------

#[test]
fn a_korean_trace_has_no_english_sentence() {
    let file = File::default();
    let sink = JsonLines::new(Box::new(file.clone()), "a test".to_owned(), SystemTime::UNIX_EPOCH);
    live_through_everything(&mut Trace::new(vec![Box::new(sink.in_language(Language::Ko))]));
    let text = String::from_utf8(file.0.lock().expect("nobody panicked").clone()).expect("UTF-8");
    let mut sentences = 0;
    let mut check = |sentence: &Value| {
        let sentence = sentence.as_str().expect("a string");
        sentences += 1;
        assert!(sentence == "what now?" || is_korean(sentence), "{sentence}");
    };
    for line in text.lines().map(parse) {
        line.get("note").into_iter().for_each(&mut check);
        line.get("ending").into_iter().for_each(|ending| check(&ending["explanation"]));
        line["spans"].as_array().into_iter().flatten().filter_map(|span| span.get("fault")).for_each(&mut check);
        for row in line["rows"].as_array().into_iter().flatten() {
            check(&row["explanation"]);
            row["remarks"].as_array().into_iter().flatten().for_each(|remark| check(&remark["explanation"]));
        }
    }
    assert!(sentences > 30, "{sentences}");
}

#[test]
fn the_rows_of_a_korean_trace_have_no_english_sentence_either() {
    let file = File::default();
    let terminal = Terminal::new(Box::new(file.clone()), false, 160).in_language(Language::Ko);
    live_through_everything(&mut Trace::new(vec![Box::new(terminal)]));
    let text = String::from_utf8(file.0.lock().expect("nobody panicked").clone()).expect("UTF-8");
    let english: Vec<&str> = text.lines().filter(|line| has_english_sentence(&line.replace("what now?", ""))).collect();
    assert!(english.is_empty() && text.lines().count() > 30, "{english:#?}\n{text}");
}

/// Names of rules and fields stay as they are: no four English words follow each other.
fn is_korean(sentence: &str) -> bool {
    sentence.chars().any(|it| ('가'..='힣').contains(&it)) && !has_english_sentence(sentence)
}

fn has_english_sentence(text: &str) -> bool {
    let words: Vec<&str> = text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_english = |word: &&str| word.len() > 1 && word.bytes().all(|octet| octet.is_ascii_lowercase());
    words.windows(4).any(|words| words.iter().all(is_english))
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
    // The trace is not read, and the client does not notice.
    client.set_read_timeout(Some(DEADLINE)).expect("not zero");
    let mut received = Vec::new();
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
fn a_trace_that_is_not_read_delays_no_client_and_keeps_no_signal_from_ending_the_server() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
    command.args(["--listen", "127.0.0.1:0", "--trace", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Program(command.spawn().expect("the binary has been built"));
    let (trace, log) = (server.0.stdout.take().expect("a pipe"), server.0.stderr.take().expect("a pipe"));
    let mut log = BufReader::new(log).lines();
    let first = log.next().expect("it says where it listens").expect("UTF-8");
    let address = first.split_once("http://").expect("an address").1.trim_end_matches('/').to_owned();
    // More than the queue holds: the rest is left out.
    for _ in 0..3 {
        let mut client = TcpStream::connect(&address).expect("the server listens");
        let request =
            "GET /api/sse/events?count=10000&interval=0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        client.write_all(request.as_bytes()).expect("the server reads");
        let mut received = Vec::new();
        client.read_to_end(&mut received).expect("the server ends it");
        assert!(received.ends_with(b"0\r\n\r\n"));
    }
    for _ in 0..2 {
        let status = Command::new("kill").args(["-s", "INT", &server.0.id().to_string()]).status();
        assert!(status.expect("there is a kill(1)").success());
    }
    // The pipe is still open and full.
    assert!(server.0.wait().expect("it is our child").success());
    drop(trace);
    let said: Vec<String> = log.map(|line| line.expect("UTF-8")).filter(|line| line.contains("warn")).collect();
    assert_eq!(said, ["wirestep: warn: standard output is not read: records are left out until it is"]);
}

#[test]
fn two_names_of_one_file_are_refused_and_a_start_that_fails_touches_no_file() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "of another server").expect("there is room");
    let start = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        command.args(arguments).arg("--trace-file").arg(&file).output().expect("the binary has been built")
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    assert_eq!(start(&["--listen", &address]).status.code(), Some(1));
    let both = start(&["--listen", "127.0.0.1:0", "--pcapng", file.to_str().expect("UTF-8")]);
    let sentence = String::from_utf8_lossy(&both.stderr).into_owned();
    assert!(sentence.contains("cannot hold both the trace and the capture"), "{sentence}");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "of another server");
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
