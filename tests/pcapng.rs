//! The capture, held against tshark and against a real capture of the same run.

#![allow(missing_docs)]

#[path = "common/capture.rs"]
mod capture;
mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use socket2::SockRef;
use wirestep::trace::pcapng::Pcapng;
use wirestep::trace::record::ConnectionId;
use wirestep::trace::recorder::Trace;
use wirestep::wire::cause::Cause;
use wirestep::wire::flow::Flow;

use capture::{Packet, Payloads, assert_sound, packets, packets_so_far, payloads};
use common::{DEADLINE, Program, Server, without_surroundings};

/// The same from the lines of JSON; connections are counted from 1, and streams from 0.
fn traced(path: &Path) -> Payloads {
    let mut traced = Payloads::new();
    for line in fs::read_to_string(path).expect("the file is there").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        if line["what"] == "opened" {
            let stream = line["connection"].as_u64().expect("a number") - 1;
            traced.insert((stream, false), Vec::new());
            traced.insert((stream, true), Vec::new());
        }
        if line["what"] == "octets" {
            let key = (line["connection"].as_u64().expect("a number") - 1, line["flow"] == "responses");
            let octets = match line["text"].as_str() {
                Some(text) => text.as_bytes().to_vec(),
                None => STANDARD.decode(line["base64"].as_str().expect("one of the two")).expect("base64"),
            };
            let traced = traced.entry(key).or_default();
            traced.extend(octets);
            // What a line of JSON has not is the large body, and each of its octets is this one.
            traced.extend(vec![LARGE; line["cut"].as_u64().unwrap_or_default() as usize]);
        }
    }
    traced
}

/// A server that writes both files, and what it has written.
struct Run {
    server: Server,
    folder: tempfile::TempDir,
}

impl Run {
    fn start(arguments: &[&str]) -> Run {
        let folder = tempfile::tempdir().expect("there is a place for files");
        let (capture, lines) = (folder.path().join("run.pcapng"), folder.path().join("run.jsonl"));
        let paths = [capture.to_str().expect("UTF-8"), lines.to_str().expect("UTF-8")];
        let mut all = vec!["--trace", "json", "--pcapng", paths[0], "--trace-file", paths[1]];
        all.extend(arguments);
        Run { server: Server::start(&all), folder }
    }

    fn capture(&self) -> PathBuf {
        self.folder.path().join("run.pcapng")
    }

    fn lines(&self) -> PathBuf {
        self.folder.path().join("run.jsonl")
    }

    /// All connections so far are over, and what they did is in the files.
    fn wait_for_closed(&self, connections: usize) {
        self.server.wait_for_trace("the end of all connections", |lines| {
            lines.iter().filter(|line| line.contains("\"what\":\"closed\"")).count() == connections
        });
    }

    fn packets(&self) -> Vec<Packet> {
        packets(&self.capture(), self.server.addr.port())
    }
}

fn ask(stream: &mut TcpStream, request: &[u8]) {
    stream.write_all(request).expect("the server reads");
}

/// The rest of what the server says, until its FIN.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).expect("the server ends it");
    octets
}

fn get(server: &Server, path: &str) -> Vec<u8> {
    let mut stream = server.connect();
    ask(&mut stream, format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes());
    rest(stream)
}

/// The octets of a body that is larger than a packet, and than a line of the trace.
const LARGE: u8 = 0xff;

/// A little of everything; how many connections that were.
fn a_little_of_everything(server: &Server) -> usize {
    get(server, "/api/sse/events?count=3&interval=1ms");
    // Larger than any packet, both ways, and not UTF-8.
    let mut stream = server.connect();
    ask(&mut stream, b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 150000\r\nConnection: close\r\n\r\n");
    ask(&mut stream, &[LARGE; 150_000]);
    assert!(rest(stream).ends_with(&[LARGE; 1000]));
    // Two pipelined requests, the second chunked, and then their FIN.
    let mut stream = server.connect();
    ask(&mut stream, b"GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ask(
        &mut stream,
        b"PUT /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    stream.shutdown(std::net::Shutdown::Write).expect("it is open");
    assert!(rest(stream).ends_with(b"\r\n\r\nabc"));
    // HTTP/1.0: FIN ends the body.
    let mut stream = server.connect();
    ask(&mut stream, b"GET /api/sse/events?count=2&interval=0 HTTP/1.0\r\n\r\n");
    assert!(rest(stream).ends_with(b"event2\n\n"));
    // What is no request, and an RST in the middle of a stream.
    let mut stream = server.connect();
    ask(&mut stream, b"\x16\x03\x01\x02\x00");
    assert!(rest(stream).starts_with(b"HTTP/1.1 400"));
    let mut stream = server.connect();
    ask(&mut stream, b"GET /api/sse/events?interval=50ms HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.read_exact(&mut [0; 20]).expect("the head");
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("it is open");
    drop(stream);
    6
}

#[test]
fn tshark_finds_no_fault_in_a_little_of_everything() {
    let run = Run::start(&[]);
    let connections = a_little_of_everything(&run.server);
    run.wait_for_closed(connections);
    let (packets, port) = (run.packets(), run.server.addr.port());
    assert_sound(&packets, connections);
    assert_eq!(payloads(&packets, port), traced(&run.lines()));
    assert!(packets.iter().all(|packet| packet["tcp.len"].parse::<u32>().is_ok_and(|length| length <= 65_495)));
    assert_eq!(packets.iter().filter(|packet| packet["tcp.flags.reset"] == "1").count(), 1);
    // A packet with two responses has both.
    let codes: Vec<&str> = packets.iter().flat_map(|packet| packet["http.response.code"].split(',')).collect();
    assert_eq!(codes.iter().filter(|code| **code == "200").count(), 5, "the stream that was cut has none");
}

#[test]
fn the_first_stream_is_told_chunk_by_chunk() {
    let run = Run::start(&[]);
    get(&run.server, "/api/sse/events?count=3&interval=1ms");
    run.wait_for_closed(1);
    let packets = run.packets();
    let sizes: Vec<&str> =
        packets.iter().map(|packet| packet["http.chunk_size"].as_str()).filter(|it| !it.is_empty()).collect();
    assert_eq!(sizes, ["32,32,32,0"]);
    let said: Vec<&str> = packets.iter().map(|packet| packet["frame.comment"].as_str()).collect();
    let said: Vec<&str> = said.into_iter().filter(|comment| !comment.starts_with("synthetic")).collect();
    assert_eq!(
        said[..6],
        [
            "read() = 89: head of request 1: GET /api/sse/events?count=3&interval=1ms HTTP/1.1",
            said[1],
            "write() = 38: chunk 1 of this response: 0x20 = 32 octets, one event",
            "write() = 38: chunk 2 of this response: 0x20 = 32 octets, one event",
            "write() = 38: chunk 3 of this response: 0x20 = 32 octets, one event",
            "write() = 5: last chunk: this response is complete",
        ]
    );
    assert!(said[1].ends_with(": head of response 1: HTTP/1.1 200 OK"), "{}", said[1]);
    assert_eq!(
        said[6..],
        ["FIN: the client said Connection: close (RFC 9112 9.6)", "FIN: read() = 0: the client sends nothing more"]
    );
}

#[test]
fn several_events_in_one_write_are_one_packet_and_told_together() {
    let run = Run::start(&[]);
    let mut stream = run.server.connect();
    ask(&mut stream, b"GET /topics/news HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).expect("the head");
    }
    // Pipelined on one connection, they are published in one turn or in a few.
    let mut publisher = run.server.connect();
    let post = b"POST /topics/news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";
    ask(&mut publisher, &post.repeat(20));
    publisher.shutdown(std::net::Shutdown::Write).expect("it is open");
    rest(publisher);
    let mut events = 0;
    while events < 20 {
        line.clear();
        reader.read_line(&mut line).expect("an event");
        events += usize::from(line == "data:hello\n");
    }
    drop(reader);
    run.wait_for_closed(2);
    let packets = run.packets();
    assert_sound(&packets, 2);
    assert_eq!(payloads(&packets, run.server.addr.port()), traced(&run.lines()));
    let together =
        |packet: &Packet| packet["frame.comment"].contains("chunks ") && packet["frame.comment"].contains(" events");
    assert!(packets.iter().any(together), "{packets:?}");
}

#[test]
fn a_long_stream_is_in_the_capture_event_by_event_and_memory_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let (capture, shown) = (folder.path().join("run.pcapng"), folder.path().join("shown"));
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" --listen 127.0.0.1:0 --pcapng \"$1\" > \"$2\""]);
    command.arg(env!("CARGO_BIN_EXE_wirestep")).arg(&capture).arg(&shown);
    let mut server = Server::spawn(command);
    get(&server, "/api/sse/events?count=100&interval=0");
    let before = most_resident(server.pid());
    // scripts/bench/trace does the same with 100,000, and optimised.
    let body = get(&server, "/api/sse/events?count=10000&interval=0");
    assert!(body.ends_with(b"0\r\n\r\n"));
    let grown = most_resident(server.pid()) - before;
    assert!(grown < 1024, "{grown} KiB more than before");
    assert!(server.stop().success());
    for path in [capture, shown] {
        let octets = fs::read(&path).expect("the file is there");
        let text = String::from_utf8_lossy(&octets);
        let numbers: Vec<u32> = text.split("data:event").skip(101).map(leading_number).collect();
        assert_eq!(numbers, (1..=10_000).collect::<Vec<u32>>(), "{}", path.display());
    }
}

fn leading_number(text: &str) -> u32 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

/// KiB that have been resident at most.
fn most_resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says so");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn ipv6_has_no_header_checksum_and_is_sound_too() {
    let run = Run::start(&["--listen", "[::1]:0"]);
    let connections = a_little_of_everything(&run.server);
    run.wait_for_closed(connections);
    let packets = run.packets();
    assert_sound(&packets, connections);
    assert!(packets.iter().all(|packet| packet["ip.checksum.status"].is_empty()));
    assert!(packets.iter().all(|packet| packet["tcp.len"].parse::<u32>().is_ok_and(|length| length <= 65_475)));
    assert_eq!(payloads(&packets, run.server.addr.port()), traced(&run.lines()));
}

/// A capture that is made without a server, and what tshark reads in it.
fn captured(live: impl FnOnce(&mut Trace)) -> Vec<Packet> {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let path = folder.path().join("made.pcapng");
    let file = fs::File::create(&path).expect("it can be made");
    let sink = Pcapng::new(Box::new(file), "a test".to_owned(), SystemTime::now());
    live(&mut Trace::new(vec![Box::new(sink)]));
    // Of a trailer section in pieces of one octet tshark 4.0 says that it is malformed.
    packets_so_far(&path, 8080, "data", "tcp").unwrap_or_else(|said| panic!("{said}"))
}

fn server_and_client(port: u16) -> (SocketAddr, SocketAddr) {
    (SocketAddr::from(([127, 0, 0, 1], 8080)), SocketAddr::from(([127, 0, 0, 1], port)))
}

#[test]
fn a_packet_of_one_octet_says_what_that_octet_is() {
    let octets = b"\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\nG";
    let packets = captured(|trace| {
        let (now, first) = (Duration::ZERO, ConnectionId::new(1));
        let (server, client) = server_and_client(50_000);
        trace.opened(now, first, server, client);
        octets.iter().for_each(|octet| trace.octets(now, first, Flow::Requests, &[*octet]));
    });
    assert_sound(&packets, 1);
    let said = packets.iter().filter_map(|packet| packet["frame.comment"].strip_prefix("read() = 1: "));
    let said: Vec<&str> = said.collect();
    let told: Vec<(usize, &str)> = said.chunk_by(|one, next| one == next).map(|run| (run.len(), run[0])).collect();
    assert_eq!(
        told,
        [
            (2, "an empty line before a request, which is ignored"),
            (1, "begins the head of request 1: P"),
            (46, "continues the head of this request"),
            (1, "chunk 1 of this request: its size is cut"),
            (2, "continues the framing of chunk 1 of this request"),
            (5, "continues chunk 1 of this request: 1 octet"),
            (2, "continues the framing of chunk 1 of this request"),
            (1, "chunk 2 of this request: its size is cut"),
            (2, "last chunk, without the blank line that would end it"),
            (7, "trailer section, without the blank line that would end it"),
            (1, "this request is complete"),
            (1, "begins the head of request 2: G"),
        ]
    );
}

#[test]
fn the_comments_are_korean_when_the_trace_is() {
    let run = Run::start(&["--lang", "ko"]);
    let connections = a_little_of_everything(&run.server);
    run.wait_for_closed(connections);
    let packets = run.packets();
    assert_sound(&packets, connections);
    for packet in &packets {
        let comment = &packet["frame.comment"];
        // A request-target is one word, and not an English one.
        let words: Vec<&str> = comment.split([' ', ',', ';', ':']).filter(|word| !word.is_empty()).collect();
        let is_english = |word: &&str| word.len() > 1 && word.bytes().all(|octet| octet.is_ascii_lowercase());
        let has_sentence = words.windows(4).any(|words| words.iter().all(is_english));
        assert!(comment.chars().any(|it| ('가'..='힣').contains(&it)) && !has_sentence, "{comment}");
    }
    let said: BTreeSet<&str> = packets.iter().map(|packet| packet["frame.comment"].as_str()).collect();
    for expected in [
        "합성: FIN에 대한 ACK",
        "write() = 38: 이 응답의 청크 1: 0x20 = 32바이트, 이벤트 1개",
        "write() = 5: 마지막 청크: 이 응답 완료",
    ] {
        assert!(said.contains(expected), "{expected}: {said:#?}");
    }
}

#[test]
fn sequence_numbers_go_on_behind_the_largest_one() {
    // Initial numbers follow from the number of the connection: these two begin 256 before 2^32, one in each direction.
    let (client_first, server_first) = (3_007_543_040, 3_177_829_700);
    let packets = captured(|trace| {
        let now = Duration::ZERO;
        for (port, number) in [(50_001, client_first), (50_002, server_first)] {
            let connection = ConnectionId::new(number);
            let (server, client) = server_and_client(port);
            trace.opened(now, connection, server, client);
            trace.octets(now, connection, Flow::Requests, b"POST / HTTP/1.1\r\nContent-Length: 150000\r\n\r\n");
            trace.octets(now, connection, Flow::Requests, &[b'q'; 150_000]);
            trace.octets(now, connection, Flow::Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 150000\r\n\r\n");
            trace.octets(now, connection, Flow::Responses, &[b'r'; 150_000]);
            trace.fin(now, connection, Flow::Responses, Cause::Script);
            trace.fin(now, connection, Flow::Requests, Cause::Script);
            trace.closed(now, connection, Cause::Script);
        }
    });
    assert_sound(&packets, 2);
    for ((stream, is_response), octets) in payloads(&packets, 8080) {
        assert!(octets.ends_with(&[if is_response { b'r' } else { b'q' }; 150_000]), "{stream} {is_response}");
        let of_this = |packet: &&Packet| {
            packet["tcp.stream"] == stream.to_string() && (packet["tcp.srcport"] == "8080") == is_response
        };
        let numbers =
            packets.iter().filter(of_this).map(|packet| packet["tcp.seq_raw"].parse::<u32>().expect("a number"));
        let numbers: Vec<u32> = numbers.collect();
        let wraps = numbers.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert_eq!(wraps, usize::from(is_response == (stream == 1)), "{stream} {is_response} {numbers:?}");
    }
}

#[test]
fn an_ipv4_client_of_an_ipv6_socket_is_ipv4_on_the_wire() {
    let run = Run::start(&["--listen", "[::]:0"]);
    let mut stream = TcpStream::connect(("127.0.0.1", run.server.addr.port())).expect("it listens on both");
    ask(&mut stream, b"GET /plain HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(rest(stream).ends_with(b"Hello, wire!\n"));
    run.wait_for_closed(1);
    let packets = run.packets();
    assert_sound(&packets, 1);
    assert!(packets.iter().all(|packet| packet["ip.checksum.status"] == "1"));
}

#[test]
fn the_file_says_that_its_headers_are_synthetic() {
    let run = Run::start(&[]);
    get(&run.server, "/plain");
    run.wait_for_closed(1);
    let output = Command::new("capinfos").arg(run.capture()).output().expect("capinfos comes with tshark");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in ["Capture comment:", "Description ="] {
        let line = said.lines().find(|it| it.contains(line)).unwrap_or_default();
        assert!(line.contains("synthetic"), "{said}");
    }
    assert!(said.contains("Raw IP"), "{said}");
    assert!(run.packets()[0]["frame.comment"].contains("synthetic"));
}

#[test]
fn times_are_those_of_the_wall() {
    let run = Run::start(&[]);
    let seconds =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let before = seconds();
    get(&run.server, "/plain");
    let after = seconds();
    run.wait_for_closed(1);
    for packet in run.packets() {
        let at: f64 = packet["frame.time_epoch"].parse().expect("a number");
        assert!((before - 0.01..after + 1.0).contains(&at), "{before} {at} {after}");
    }
}

#[test]
fn it_can_be_followed_while_it_is_written() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
    without_surroundings(&mut command);
    command.args(["--listen", "127.0.0.1:0", "--pcapng", "-"]);
    let mut server = Program(
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs"),
    );
    let mut log = BufReader::new(server.0.stderr.take().expect("a pipe"));
    let mut line = String::new();
    log.read_line(&mut line).expect("it says where it listens");
    let address = line.trim().split_once("http://").expect("an address").1.trim_end_matches('/').to_owned();
    let mut tshark = Command::new("tshark");
    tshark.args(["-l", "-i", "-", "-T", "fields", "-e", "frame.comment"]);
    tshark.stdin(server.0.stdout.take().expect("a pipe")).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut tshark = Program(tshark.spawn().expect("tshark is installed"));
    let comments = BufReader::new(tshark.0.stdout.take().expect("a pipe"));

    // The stream runs on: what is shown is shown before its end.
    let mut stream = TcpStream::connect(&address).expect("the server listens");
    ask(&mut stream, b"GET /api/sse/events?interval=20ms&count=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut lines = comments.lines();
    let third = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("chunk 3 of this response")));
    assert!(third.is_some(), "the reader gets each packet when it is written");
    drop(stream);
}

#[test]
fn a_real_capture_of_the_same_run_has_the_same_octets_in_the_same_order() {
    let run = Run::start(&[]);
    let port = run.server.addr.port();
    let real = run.folder.path().join("real.pcapng");
    let mut dumpcap = Command::new("dumpcap");
    dumpcap.args(["-q", "-i", "lo", "-f", &format!("tcp port {port}"), "-w"]).arg(&real);
    let mut dumpcap = Program(dumpcap.stderr(Stdio::piped()).spawn().expect("dumpcap comes with tshark"));
    let mut said = BufReader::new(dumpcap.0.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.starts_with("File:") {
        line.clear();
        let count = said.read_line(&mut line).expect("dumpcap says that it has begun");
        assert!(count > 0, "dumpcap cannot capture on lo: it needs root or CAP_NET_RAW");
    }
    let connections = a_little_of_everything(&run.server);
    run.wait_for_closed(connections);

    let ours = payloads(&run.packets(), port);
    let until = Instant::now() + DEADLINE;
    loop {
        // The kernel hands packets to dumpcap in its own time.
        let theirs = if real.exists() { read_real(&real, port) } else { Payloads::new() };
        if theirs == ours {
            break;
        }
        assert!(Instant::now() < until, "{}", difference(&ours, &theirs));
    }
}

fn read_real(path: &Path, port: u16) -> Payloads {
    let packets = packets_so_far(path, port, "http", "tcp && !tcp.analysis.retransmission");
    packets.map(|packets| payloads(&packets, port)).unwrap_or_default()
}

fn difference(ours: &Payloads, theirs: &Payloads) -> String {
    let sizes = |payloads: &Payloads| payloads.iter().map(|(key, octets)| (*key, octets.len())).collect::<Vec<_>>();
    format!("octets for each stream and direction\nours   {:?}\ntheirs {:?}", sizes(ours), sizes(theirs))
}
