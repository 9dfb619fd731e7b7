//! `GET /trace`: what passes the sockets, as an event stream.

#![allow(missing_docs)]

mod common;
#[path = "common/schema.rs"]
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use common::Server;
use schema::{COMMON, agrees, members, schema};
use serde_json::Value;
use wirestep::trace::live::{LiveForm, OpenConnection, View};
use wirestep::trace::record::ConnectionId;
use wirestep::trace::recorder::Trace;
use wirestep::wire::flow::Flow;
use wirestep::wire::language::{Language, Note};
use wirestep::wire::step::StepKind;

const VIEW: View = View { form: LiveForm::Json, language: Language::En };

/// An event as a browser would dispatch it.
#[derive(Debug, Clone, Default)]
struct Event {
    id: String,
    event_type: String,
    data: String,
    comment: String,
}

impl Event {
    fn record(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Somebody who watches. Chunk lines are passed over: no line of an event begins like one.
struct Watcher(BufReader<TcpStream>);

impl Watcher {
    fn start(server: &Server, query: &str, fields: &str) -> Watcher {
        let mut stream = server.connect();
        stream
            .write_all(format!("GET /trace{query} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").as_bytes())
            .expect("the server reads");
        let mut watcher = Watcher(BufReader::new(stream));
        assert_eq!(watcher.line(), "HTTP/1.1 200 OK\r\n");
        while watcher.line() != "\r\n" {}
        watcher
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let count = self.0.read_line(&mut line).expect("the stream goes on");
        assert!(count > 0, "the stream has ended");
        line
    }

    /// The next event or comment, but for what says nothing of octets.
    fn next(&mut self) -> Event {
        let is_quiet = |event: &Event| ["\"halves\"", "\"ping\""].iter().any(|what| event.data.contains(what));
        loop {
            let event = self.any();
            if !is_quiet(&event) {
                return event;
            }
        }
    }

    fn any(&mut self) -> Event {
        let mut event = Event::default();
        loop {
            let line = self.line();
            match line.trim_end_matches('\n').split_once(':') {
                Some(("id", id)) => event.id = id.to_owned(),
                Some(("event", event_type)) => event.event_type = event_type.to_owned(),
                Some(("data", data)) => event.data = data.to_owned(),
                // A comment is one line.
                Some(("", comment)) => {
                    event.comment = comment.trim().to_owned();
                    return event;
                }
                _ if line == "\n" => return event,
                _ => {}
            }
        }
    }

    /// The next record, which must not be a comment.
    fn record(&mut self) -> Value {
        self.next().record()
    }

    /// All records up to the first one for which `holds` is true.
    fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut records = Vec::new();
        loop {
            records.push(self.record());
            if holds(&records[records.len() - 1]) {
                return records;
            }
        }
    }
}

fn get(server: &Server, path: &str) -> String {
    let mut stream = server.connect();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
        .expect("the server reads");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("the server answers and closes");
    response
}

fn closed(connection: u64) -> impl Fn(&Value) -> bool {
    move |record| record["what"] == "closed" && record["connection"] == connection
}

#[test]
fn it_begins_with_the_open_connections_and_goes_on_with_what_happens() {
    let server = Server::start(&["--trace", "off"]);
    let open = server.connect();
    let mut watcher = Watcher::start(&server, "", "");
    let first = watcher.next();
    assert_eq!((first.event_type.as_str(), first.id.as_str()), ("snapshot", ""));
    let snapshot = first.record();
    assert_eq!((&snapshot["what"], &snapshot["open"]), (&"snapshot".into(), &2.into()));
    assert_eq!(snapshot["connections"][0]["peer"], open.local_addr().expect("it is open").to_string());
    assert_eq!(snapshot["connections"][0]["receiving"], "Head");
    get(&server, "/plain");
    let records = watcher.until(closed(3));
    let kinds: Vec<&str> = records.iter().filter_map(|record| record["what"].as_str()).collect();
    assert_eq!(kinds, ["opened", "octets", "octets", "verdict", "fin", "fin", "closed"]);
    assert!(records.iter().all(|record| record["connection"] == 3));
}

#[test]
fn the_lines_are_those_of_the_file() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let path = folder.path().join("trace.jsonl");
    let server = Server::start(&["--trace", "off", "--verdict", "--trace-file", path.to_str().expect("UTF-8")]);
    let mut watcher = Watcher::start(&server, "", "");
    watcher.record();
    get(&server, "/api/sse/events?count=3&interval=1ms");
    let records = watcher.until(closed(2));
    // A thread writes the file: the last record is there soon.
    let is_written = |file: &String| file.lines().any(|line| line.contains("\"closed\"") && line.ends_with('}'));
    let read = || fs::read_to_string(&path).expect("the file is there");
    let file = std::iter::repeat_with(read).find(is_written).expect("it is written");
    let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.into_iter().filter(|line| line["connection"] == 2).collect::<Vec<_>>(), records);
    // Of the one that watches there is its request, and that it watches.
    let watching: Vec<String> =
        file.lines().filter(|line| line.contains("\"connection\":1,")).map(str::to_owned).collect();
    assert_eq!(watching.len(), 3, "{watching:?}");
    assert!(watching[2].contains("\"state\":\"watching\""), "{watching:?}");
}

#[test]
fn what_a_watcher_sends_after_its_request_is_in_the_trace() {
    let server = Server::start(&["--trace", "json"]);
    let mut hidden = server.connect();
    let requests =
        "GET /trace HTTP/1.1\r\nHost: localhost\r\n\r\nGET /plain?hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
    hidden.write_all(requests.as_bytes()).expect("the server reads");
    hidden.shutdown(std::net::Shutdown::Write).expect("it is open");
    hidden.read_to_end(&mut Vec::new()).expect("the server ends it");
    let lines = server.wait_for_trace("the end", |lines| lines.iter().any(|line| line.contains("\"closed\"")));
    assert!(lines.iter().any(|line| line.contains("/plain?hidden")), "the request is recorded");
    assert!(lines.iter().any(|line| line.contains("Hello, wire!")), "and so is the response to it");
}

#[test]
fn two_who_watch_do_not_watch_each_other() {
    let server = Server::start(&["--trace", "off"]);
    let mut first = Watcher::start(&server, "", "");
    first.record();
    let mut second = Watcher::start(&server, "", "");
    second.record();
    get(&server, "/plain");
    let records = first.until(closed(3));
    let of_second: Vec<&str> = records
        .iter()
        .filter(|record| record["connection"] == 2)
        .filter_map(|record| record["what"].as_str())
        .collect();
    assert_eq!(of_second, ["opened", "octets", "state"], "its request, and no octet of what it is told");
    let records = second.until(closed(3));
    let others = records.iter().filter(|record| record["connection"] != 3).collect::<Vec<_>>();
    // Its own request, which came in the turn in which it began to watch, and nothing of what it is told.
    assert!(others.iter().all(|record| record["state"] == "watching" || record["flow"] == "requests"), "{others:?}");
    drop(second);
    // What its client does is told to the end.
    assert_eq!(first.until(closed(2)).last().map(|record| record["what"].clone()), Some("closed".into()));
}

#[test]
fn one_connection_can_be_followed_alone() {
    let server = Server::start(&["--trace", "off"]);
    let mut watcher = Watcher::start(&server, "?connection=3", "");
    watcher.record();
    get(&server, "/plain");
    get(&server, "/plain");
    get(&server, "/plain");
    let records = watcher.until(closed(3));
    assert_eq!(records.len(), 7);
    assert!(records.iter().all(|record| record["connection"] == 3), "{records:?}");
}

#[test]
fn who_comes_back_gets_what_was_missed_and_nothing_twice() {
    let server = Server::start(&["--trace", "off"]);
    let mut watcher = Watcher::start(&server, "", "");
    watcher.record();
    get(&server, "/plain");
    let third = (0..3).map(|_| watcher.next()).last().expect("three events");
    let missed: Vec<Value> = watcher.until(closed(2));
    drop(watcher);
    get(&server, "/plain");
    let mut again = Watcher::start(&server, "", &format!("Last-Event-ID: {}\r\n", third.id));
    assert_eq!(again.next().event_type, "snapshot");
    assert_eq!(again.until(closed(2)), missed);
    let records = again.until(|record| record["what"] == "state" && record["state"] == "watching");
    let connections: BTreeSet<u64> = records.iter().filter_map(|record| record["connection"].as_u64()).collect();
    assert!(connections.contains(&3), "what happened while nobody watched: {connections:?}");
    let mut filtered = Watcher::start(&server, &format!("?connection=3&last_event_id={}", third.id), "");
    filtered.record();
    assert_eq!(filtered.until(closed(3)).len(), 7);
}

#[test]
fn an_id_of_another_life_is_told_so() {
    let server = Server::start(&["--trace", "off"]);
    let mut watcher = Watcher::start(&server, "", "Last-Event-ID: abc-17\r\n");
    assert_eq!(watcher.next().event_type, "snapshot");
    assert!(watcher.next().comment.starts_with("lost an unknown number of events"));
}

#[test]
fn who_is_slow_loses_records_is_told_how_many_and_slows_nobody() {
    let server = Server::start(&["--trace", "off", "--history", "16", "--write-timeout", "10m"]);
    let mut watcher = Watcher::start(&server, "", "");
    watcher.record();
    // Nothing is read meanwhile: what the kernel does not take, the ring forgets.
    for _ in 0..2 {
        assert!(get(&server, "/api/sse/events?count=5000&interval=0").ends_with("0\r\n\r\n"));
    }
    let (mut records, mut lost) = (0_u64, 0_u64);
    let (mut last, mut last_id, mut first_id) = (String::new(), 0, None);
    let number = |id: &str| id.rsplit_once('-').and_then(|(_, number)| number.parse::<u64>().ok());
    while !(last.contains("\"closed\"") && last.contains("\"connection\":3,")) {
        let event = watcher.any();
        if let Some(id) = number(&event.id) {
            first_id.get_or_insert(id);
            last_id = id;
        }
        match event.comment.strip_prefix("lost ").and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok()) {
            Some(count) => lost += count,
            None => records += 1,
        }
        last = event.data;
    }
    assert!(lost > 0, "{records} records");
    assert_eq!(records + lost, last_id + 1 - first_id.expect("ids"), "every record has come, or has been counted");
}

#[test]
fn octets_of_a_message_that_had_begun_before_are_not_guessed_at() {
    let server = Server::start(&["--trace", "off"]);
    let mut client = server.connect();
    write!(client, "GET /api/sse/events?count=1000&interval=1ms HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("it reads");
    client.read_exact(&mut [0; 300]).expect("it has begun");
    let mut watcher = Watcher::start(&server, "", "");
    watcher.record();
    let piece = watcher.record();
    let spans = piece["spans"].as_array().expect("an array");
    assert_eq!((&piece["what"], spans.len()), (&"octets".into(), 1), "{piece}");
    assert_eq!((&spans[0]["label"], &spans[0]["length"]), (&"not labelled".into(), &piece["count"]), "{piece}");
    drop(client);
    let records = watcher.until(closed(1));
    assert!(records.iter().all(|record| !record.to_string().contains("nexpected")), "{records:?}");
    get(&server, "/plain");
    let records = watcher.until(closed(3));
    assert_eq!(records[1]["spans"][0]["label"], "method");
}

#[test]
fn a_record_that_is_too_long_for_a_ring_is_told_of() {
    let server = Server::start(&["--trace", "off"]);
    let mut watcher = Watcher::start(&server, "", "");
    watcher.record();
    let mut client = server.connect();
    // Each octet is a token of its own: the line is larger than any event may be.
    let body = "\n".repeat(60_000);
    client.write_all(format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/event-stream\r\nContent-Length: 60000\r\n\r\n{body}").as_bytes()).expect("the server reads");
    let records = watcher.until(|record| record["what"] == "omitted" && record["count"].as_u64() > Some(50_000));
    assert_eq!(records.last().expect("it is there")["connection"], 2);
}

#[test]
fn a_page_of_another_origin_and_a_name_of_somebody_else_see_nothing() {
    let server = Server::start(&["--trace", "off", "--cors", "http://page.example"]);
    for fields in [
        "Host: evil.example\r\n",
        "Host: localhost\r\nOrigin: http://page.example\r\n",
        "Host: localhost\r\nOrigin: null\r\n",
    ] {
        let mut stream = server.connect();
        stream
            .write_all(format!("GET /trace HTTP/1.1\r\n{fields}Connection: close\r\n\r\n").as_bytes())
            .expect("the server reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("the server answers");
        assert!(response.starts_with("HTTP/1.1 403"), "{fields}{response}");
        assert!(!response.contains("Access-Control-Allow-Origin"), "{response}");
    }
    // Nor by the name of the topic.
    for path in ["/topics/the%20trace", "/topics/the+trace"] {
        assert!(get(&server, path).starts_with("HTTP/1.1 400"), "{path}");
    }
    assert!(!get(&server, "/topics").contains("trace"));
}

#[test]
fn without_a_trace_there_are_no_more_system_calls_than_octets_need() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let path = folder.path().join("calls");
    let mut command = Command::new("strace");
    // As a grandchild (-D), so that the server is ours, and ends with the test.
    command.args(["-D", "-f", "-e", "trace=!poll", "-o"]).arg(&path);
    command.args([env!("CARGO_BIN_EXE_wirestep"), "--listen", "127.0.0.1:0", "--trace", "off"]);
    let server = Server::spawn(command);
    assert!(get(&server, "/api/sse/events?count=200&interval=0").ends_with("0\r\n\r\n"));
    let calls = fs::read_to_string(&path).expect("the file is there");
    let (_, after) = calls.split_once("accept4(").expect("a connection has come");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::from([("accept4", 1)]);
    for call in after.lines().skip(1).filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('(')) {
        *counts.entry(call.0).or_default() += 1;
    }
    assert_eq!(counts.get("sendto"), Some(&202), "the head, each chunk and the last one\n{after}");
    // At most: a look for other connections, the request and their FIN, a look at all sockets for each write. brk is the heap.
    let most = [
        ("accept4", 2),
        ("sendto", 202),
        ("recvfrom", 3),
        ("epoll_wait", 202 + 8),
        ("epoll_ctl", 1),
        ("shutdown", 1),
        ("close", 1),
        // A debug build looks whether a socket is open before it closes it.
        ("fcntl", 1),
        ("brk", 2),
    ];
    for (name, count) in &counts {
        let most = most.iter().find(|(known, _)| known == name).map_or(0, |(_, most)| *most);
        assert!(*count <= most, "{count} times {name}\n{after}");
    }
}

#[test]
fn the_lines_that_only_this_stream_has_are_as_the_document_says() {
    let (now, first) = (Duration::ZERO, ConnectionId::new(1));
    let mut trace = Trace::new(Vec::new());
    trace.watch(VIEW, now, std::iter::empty());
    // Each octet is a token of its own, so one such record is longer than any line may be.
    trace.octets(now, first, Flow::Requests, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/event-stream\r\n");
    trace.octets(now, first, Flow::Requests, b"Content-Length: 200000\r\n\r\n");
    trace.octets(now, first, Flow::Requests, &[b'\n'; 200_000]);
    // More in one turn than is kept for those who watch.
    let note = Note::from("why ".repeat(1_000).as_str());
    for _ in 0..600 {
        trace.held(now, first, StepKind::Hold, Some(&note), b"");
    }
    trace.halves(now, first, ("Paused", "Responding"));
    trace.ping(now);
    let lines = trace.take_lines().into_iter().flat_map(|(_, lines)| lines).map(|(_, line)| line);
    let address = SocketAddr::from(([127, 0, 0, 1], 8080));
    let open = OpenConnection {
        connection: first,
        local: Some(address),
        peer: Some(address),
        receiving: "Head",
        sending: "Responding",
        held: Some("chunk"),
    };
    let lines: Vec<Value> = lines
        .chain([trace.snapshot(now, 1, &[open])])
        .map(|line| serde_json::from_str(&line).expect("each line is one value of JSON"))
        .collect();
    let schema = schema();
    for (kind, common) in
        [("omitted", &COMMON[..]), ("halves", &COMMON[..]), ("lost", &COMMON[..3]), ("snapshot", &COMMON[..3])]
    {
        let line = lines.iter().find(|line| line["what"] == kind).unwrap_or_else(|| panic!("there is no {kind:?}"));
        agrees(&schema, kind, line, common);
        let documented = schema
            .get(kind)
            .into_iter()
            .flat_map(|members| members.keys())
            .cloned()
            .chain(common.iter().map(|member| (*member).to_owned()));
        assert_eq!(members(line), documented.collect::<BTreeSet<String>>());
    }
    let ping = lines.iter().find(|line| line["what"] == "ping").expect("it is there");
    assert_eq!(members(ping), COMMON[..3].iter().map(|member| (*member).to_owned()).collect());
    let count = |kind: &str| lines.iter().filter(|line| line["what"] == kind).count() as u64;
    let lost = &lines.iter().find(|line| line["what"] == "lost").expect("it is there")["records"];
    assert_eq!(count("held") + lost.as_u64().expect("a number"), 600, "each record has come, or has been counted");
    assert!(lines.last().expect("the snapshot")["connections"][0]["held"] == "chunk");
}

// ---- the compact form -----------------------------------------------------------------------------------------------

/// A record of the compact form as a line of JSON has it, as far as both say it.
fn unfolded(compact: &Value, labels: &Value) -> Value {
    let Some(array) = compact.as_array() else { return compact.clone() };
    let (octets, step) = (&array[5], labels["step"].as_u64().expect("a number"));
    let mut record = serde_json::json!({
        "what": if array[0] == 1 { "octets" } else { "held" },
        "connection": array[1], "at": array[2].as_u64().expect("microseconds") as f64 / 1e6,
        "flow": if array[3] == 0 { "requests" } else { "responses" },
        "offset": array[4],
    });
    match octets.as_str() {
        Some(text) => record["text"] = text.into(),
        None => record["base64"] = octets[0].clone(),
    }
    let mut rest = array[6].as_array().expect("an array").iter();
    let number = |rest: &mut std::slice::Iter<'_, Value>| rest.next().and_then(Value::as_u64);
    let (mut spans, mut offset, mut place, mut numbers) = (Vec::new(), 0, None, [0; 3]);
    while let Some(length) = number(&mut rest) {
        let packed = number(&mut rest).expect("a label and flags");
        let (label, flags) = (&labels["labels"][(packed % step) as usize], packed / step);
        let mut span = serde_json::json!({ "offset": offset, "length": length, "key": label["key"] });
        if flags & 1 == 0 {
            place = None;
        }
        if flags & 8 != 0 {
            place = Some((number(&mut rest).expect("before"), number(&mut rest).expect("announced")));
        }
        if let Some((before, announced)) = place {
            span["counted"] = serde_json::json!({ "before": before, "announced": announced });
            place = Some((before + length, announced));
        }
        if flags & 16 != 0 {
            span["code"] = rest.next().expect("a word").clone();
            rest.next().expect("a sentence");
        }
        if flags & 32 != 0 {
            numbers = [(); 3].map(|()| number(&mut rest).expect("a number"));
        }
        for (flag, member) in [(2, "continues"), (4, "resumes")] {
            if flags & flag != 0 {
                span[member] = true.into();
            }
        }
        for (member, number) in ["message", "chunk", "event"].into_iter().zip(numbers) {
            if number > 0 && (member != "event" || label["class"] == "event") {
                span[member] = number.into();
            }
        }
        spans.push(span);
        offset += length;
    }
    record["spans"] = spans.into();
    if let Some(rare) = array.get(7).and_then(Value::as_object) {
        rare.iter().for_each(|(member, value)| record[member.as_str()] = value.clone());
    }
    record
}

/// A line of JSON without what the compact form leaves out.
fn without_rows(record: &Value) -> Value {
    let mut record = record.clone();
    if !["octets", "held"].iter().any(|kind| record["what"] == *kind) {
        return record;
    }
    if record["what"] == "held" {
        record["flow"] = "responses".into();
    }
    let object = record.as_object_mut().expect("an object");
    for member in ["v", "count", "rows"] {
        object.remove(member);
    }
    for span in object.get_mut("spans").and_then(Value::as_array_mut).into_iter().flatten() {
        let span = span.as_object_mut().expect("an object");
        for member in ["label", "content", "fault"] {
            span.remove(member);
        }
    }
    record
}

fn labels(server: &Server) -> Value {
    let response = get(server, "/labels");
    let (_, body) = response.split_once("\r\n\r\n").expect("a head");
    serde_json::from_str(body).expect("JSON")
}

#[test]
fn the_compact_form_says_the_same_as_the_lines_of_json_but_for_rows() {
    let server = Server::start(&["--trace", "off"]);
    let labels = labels(&server);
    let (mut full, mut compact) = (Watcher::start(&server, "", ""), Watcher::start(&server, "?form=compact", ""));
    full.record();
    compact.record();
    get(&server, "/api/sse/events?count=2&interval=1ms&tag=A-1");
    let mut client = server.connect();
    let requests = [
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic c2VjcmV0\r\nContent-Length: 3\r\n\r\n\u{0}\u{1}\u{ff}",
        "GET /plain HTTP/1.1\r\nHost : localhost\r\n\r\n",
    ];
    client.write_all(requests.concat().as_bytes()).expect("the server reads");
    client.read_to_end(&mut Vec::new()).expect("the server ends it");
    drop(client);
    let (full, compact) = (full.until(closed(5)), compact.until(closed(5)));
    // The one that watches compactly began later.
    let of_clients = |records: &[Value]| -> Vec<Value> {
        records.iter().filter(|record| record["connection"].as_u64() > Some(3)).cloned().collect()
    };
    let compact: Vec<Value> = compact.iter().map(|record| unfolded(record, &labels)).collect();
    let full: Vec<Value> = full.iter().map(without_rows).collect();
    let (full, compact) = (of_clients(&full), of_clients(&compact));
    for (one, other) in full.iter().zip(&compact) {
        assert_eq!(one, other);
    }
    assert_eq!(full.len(), compact.len());
    assert!(full.iter().any(|record| record["tag"] == "A-1" && record["flow"] == "requests"), "{full:?}");
    assert!(full.iter().any(|record| record["tag"] == "A-1" && record["flow"] == "responses"), "{full:?}");
    assert!(!full.iter().any(|record| record.to_string().contains("c2VjcmV0")), "credentials are masked");
}

#[test]
fn a_client_goes_on_in_another_form_and_language_where_it_was() {
    let server = Server::start(&["--trace", "off"]);
    let mut english = Watcher::start(&server, "", "");
    english.record();
    get(&server, "/plain");
    let closing = english.until(closed(2)).pop().expect("a record");
    assert_eq!(closing["note"], "both sides have sent FIN");
    let mut korean = Watcher::start(&server, "?form=compact&lang=ko", "");
    korean.record();
    get(&server, "/plain");
    let (english, mut records) = (english.until(closed(4)), Vec::new());
    while !records.last().is_some_and(|event: &Event| event.data.contains("closed")) {
        records.push(korean.next());
    }
    let last = records.pop().expect("it is closed");
    assert!(last.record()["note"].as_str().is_some_and(|note| note.contains("FIN을 보냄")), "{last:?}");
    // The id of a record is the same in every form.
    get(&server, "/plain");
    let mut again = Watcher::start(&server, "", &format!("Last-Event-ID: {}\r\n", last.id));
    assert_eq!(again.next().event_type, "snapshot");
    assert_eq!(again.record()["connection"], 5, "{english:?}");
}

#[test]
fn the_numbers_of_labels_are_told_once_in_both_languages() {
    let server = Server::start(&["--trace", "off"]);
    let labels = labels(&server);
    let rows = labels["labels"].as_array().expect("an array");
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/labels.md")).expect("it is there");
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(row["number"].as_u64(), Some(number as u64));
        assert!(page.contains(&format!("`{}`", row["key"].as_str().expect("a name"))), "{row}");
        assert!(row["sentence"]["ko"].as_str().is_some_and(|sentence| !sentence.is_ascii()), "{row}");
        assert!(row["sentence"]["en"].as_str().is_some_and(str::is_ascii), "{row}");
    }
    for path in ["/trace?form=xml", "/trace?lang=fr"] {
        assert!(get(&server, path).starts_with("HTTP/1.1 400"), "{path}");
    }
}

#[test]
fn states_of_both_halves_and_silence_are_told() {
    let server = Server::start(&["--trace", "off"]);
    let mut watcher = Watcher::start(&server, "", "");
    watcher.record();
    let mut client = server.connect();
    write!(client, "GET /api/sse/events?count=2&interval=10ms HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
    let mut halves = Vec::new();
    let ping = loop {
        let record = watcher.any().record();
        match record["what"].as_str() {
            Some("halves") => halves.push((record["receiving"].clone(), record["sending"].clone())),
            Some("ping") => break record,
            _ => {}
        }
    };
    assert_eq!(halves, [("Paused".into(), "Responding".into()), ("Head".into(), "Idle".into())]);
    let now = get(&server, "/trace/now");
    let (_, now) = now.split_once("\r\n\r\n").expect("a head");
    let now: Value = serde_json::from_str(now).expect("JSON");
    assert!(now["at"].as_f64() >= ping["at"].as_f64(), "{now} {ping}");
}

#[test]
fn what_operators_alone_may_ask_is_closed_to_other_origins() {
    let server = Server::start(&["--trace", "off", "--cors", "*"]);
    for path in ["/trace?form=compact", "/trace/now", "/trace/pcapng?connection=1"] {
        for fields in ["Host: evil.example\r\n", "Host: localhost\r\nOrigin: http://page.example\r\n"] {
            let mut stream = server.connect();
            stream
                .write_all(format!("GET {path} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n").as_bytes())
                .expect("the server reads");
            let mut response = String::new();
            stream.read_to_string(&mut response).expect("the server answers");
            assert!(response.starts_with("HTTP/1.1 403"), "{path} {fields}{response}");
        }
    }
}

#[test]
fn what_is_kept_of_a_connection_can_be_had_as_a_capture() {
    let server = Server::start(&["--trace", "off"]);
    let mut watcher = Watcher::start(&server, "", "");
    watcher.record();
    get(&server, "/plain");
    watcher.until(closed(2));
    let fetched = tempfile::tempdir().expect("there is a place for files");
    let file = fetched.path().join("capture");
    let url = format!("http://{}/trace/pcapng?connection=2", server.addr);
    let curl = Command::new("curl").args(["-sS", "-f", "-o"]).arg(&file).arg(url).status().expect("curl is there");
    assert!(curl.success());
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(&file).args([
        "-Y",
        "http",
        "-T",
        "fields",
        "-e",
        "http.request.uri",
        "-e",
        "http.response.code",
    ]);
    let output = tshark.output().expect("tshark is there");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(shown.lines().map(str::trim).collect::<Vec<_>>(), ["/plain", "200"], "{output:?}");
    assert!(get(&server, "/trace/pcapng?connection=99").starts_with("HTTP/1.1 404"));
    assert!(get(&server, "/trace/pcapng").starts_with("HTTP/1.1 400"));
}
