//! What `wirestep read` makes of a real capture is what the server itself has seen: every play of every lesson, captured by
//! dumpcap on the loopback interface. And of the same packets in a worse capture what remains is right.
//!
//! ```text
//! server, --trace json   records: octets, spans, rows, endings       the truth
//! dumpcap                packets -> wirestep read                    the same
//! packets, mixed up      out of order, twice, overlapping, wrapped   the same
//! packets, spoiled       snapped, lost, begun late, cut short        each label that is left is the right one
//! ```

mod common;
#[path = "common/packets.rs"]
mod packets;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{CLIENT_DEADLINE, DEADLINE, Program, Server};
use packets::{Form, Packet, pcap};
use serde_json::Value;
use wirestep::capture::conversations::Conversations;
use wirestep::capture::file::CaptureFile;
use wirestep::capture::limits::Limits;
use wirestep::trace::jsonl::JsonLines;
use wirestep::trace::recorder::Trace;

#[test]
fn what_is_read_is_what_the_server_has_seen() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let server = Server::start(&["--trace", "json"]);
    let capture = folder.path().join("real.pcapng");
    let sniffer = sniff(server.addr.port(), &capture);
    let plays = plays();
    assert!(plays.len() > 80, "the lessons have many plays: {}", plays.len());
    std::thread::scope(|scope| {
        for batch in plays.chunks(plays.len().div_ceil(24)) {
            let server = &server;
            scope.spawn(move || batch.iter().for_each(|play| play_one(server, play)));
        }
    });
    let lines = server.wait_for_trace("the end of every connection", |lines| closed(lines) == plays.len());
    let truth = told(&lines);
    let told = read_when_complete(&capture, plays.len());
    drop(sniffer);
    assert_eq!(truth.len(), told.len(), "one conversation for each connection");
    for (client, truth) in &truth {
        let read = &told[client];
        for flow in ["requests", "responses"] {
            same(&truth[flow], &read[flow], &format!("{client} {flow}"));
        }
    }
    let packets = packets_of(&capture);
    mixed_up(&packets, &told);
    spoiled(&packets, &told);
}

// ---- the plays ---------------------------------------------------------------------------------------------------

/// One request of a lesson, or several on one connection.
#[derive(Debug, Clone, Default)]
struct Play {
    octets: Vec<u8>,
    /// The client leaves after so many writes of the server.
    leave_after: Option<usize>,
}

fn plays() -> Vec<Play> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lessons");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the lessons have tests").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wire"));
    files.sort();
    let mut plays: Vec<Play> = Vec::new();
    for file in files {
        for line in fs::read_to_string(file).expect("a text").lines() {
            if let Some(request) = line.strip_prefix("> ") {
                plays.push(Play::default());
                plays.last_mut().expect("it was just pushed").add(request);
            } else if let Some(request) = line.strip_prefix("+ ") {
                plays.last_mut().expect("a request before it").add(request);
            }
        }
    }
    plays
}

impl Play {
    // METHOD TARGET [HTTP/1.0] [| Field: value]... [| leave after N | sum], as in tests/lessons.rs.
    fn add(&mut self, line: &str) {
        let mut parts = line.split(" | ");
        let request_line = parts.next().expect("a line has a beginning");
        let version = if request_line.ends_with(" HTTP/1.0") { "" } else { " HTTP/1.1" };
        let mut head = format!("{request_line}{version}\r\nHost: test\r\n");
        for part in parts {
            match part.strip_prefix("leave after ") {
                Some(count) => self.leave_after = Some(count.parse().expect("a number")),
                None if part == "sum" => {}
                None => _ = write!(head, "{part}\r\n"),
            }
        }
        self.octets.extend_from_slice(format!("{head}\r\n").as_bytes());
    }

    fn requests(&self) -> usize {
        self.octets.windows(4).filter(|octets| octets == b"\r\n\r\n").count()
    }
}

/// Asks, reads until the server has ended or waits for another request, and leaves.
fn play_one(server: &Server, play: &Play) {
    let mut stream = server.connect();
    let client = stream.local_addr().expect("it is connected").to_string();
    stream.write_all(&play.octets).expect("the server reads");
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("not zero");
    let until = Instant::now() + DEADLINE;
    let mut got = 0;
    loop {
        let is_at_end = match read_some(&mut stream, &mut got) {
            Got::Octets => continue,
            Got::Nothing => false,
            Got::End => true,
        };
        let (written, is_over) = progress(&server.trace_lines(), &client, play);
        if play.leave_after.is_some() && is_over {
            // With RST, since a script that sends nothing more would not hear of a FIN's reader having gone.
            let socket = socket2::SockRef::from(&stream);
            return socket.set_linger(Some(Duration::ZERO)).expect("a socket can linger");
        }
        if is_over && (is_at_end || got >= written) {
            return;
        }
        assert!(Instant::now() < until, "{} has no end", play.octets.escape_ascii());
    }
}

enum Got {
    Octets,
    /// Nothing for a while.
    Nothing,
    /// FIN or RST.
    End,
}

fn read_some(stream: &mut TcpStream, got: &mut usize) -> Got {
    let mut buffer = [0; 65536];
    match stream.read(&mut buffer) {
        Ok(0) => Got::End,
        Ok(count) => {
            *got += count;
            Got::Octets
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Got::Nothing,
        Err(_) => Got::End,
    }
}

/// The octets that the server has written on the connection of `client`, and whether nothing more will come.
fn progress(lines: &[String], client: &str, play: &Play) -> (usize, bool) {
    let mine = format!("\"peer\":\"{client}\"");
    let Some(opened) = lines.iter().find(|line| line.contains(&mine)) else { return (0, false) };
    let id = opened.split("\"connection\":").nth(1).and_then(|rest| rest.split(',').next()).expect("a number");
    let (id, mut written, mut writes, mut answered, mut is_over) = (format!("\"connection\":{id},"), 0, 0, 0, false);
    for line in lines.iter().filter(|line| line.contains(&id)) {
        let is = |what: &str| line.starts_with(&format!("{{\"v\":1,\"what\":\"{what}\""));
        let is_response = line.contains("\"flow\":\"responses\"");
        if is("octets") && is_response {
            let count = line.split("\"count\":").nth(1).and_then(|rest| rest.split(',').next());
            written += count.and_then(|count| count.parse::<usize>().ok()).expect("a number");
            writes += 1;
        }
        is_over |= (is("fin") || is("rst")) && is_response || is("closed");
        answered += usize::from(is("state") && line.contains("\"persistent\""));
    }
    let requests = play.requests();
    is_over |= answered > 0 && (answered == requests || requests > 1);
    is_over |= play.leave_after.is_some_and(|count| writes >= count);
    (written, is_over)
}

fn closed(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.starts_with("{\"v\":1,\"what\":\"closed\"")).count()
}

// ---- the capture -------------------------------------------------------------------------------------------------

/// A dumpcap that has begun.
fn sniff(port: u16, capture: &Path) -> Program {
    let mut dumpcap = Command::new("dumpcap");
    dumpcap.args(["-q", "-i", "lo", "-f", &format!("tcp port {port}"), "-w"]).arg(capture);
    let mut dumpcap = Program(dumpcap.stderr(Stdio::piped()).spawn().expect("dumpcap comes with tshark"));
    let mut said = BufReader::new(dumpcap.0.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.starts_with("File:") {
        line.clear();
        let count = said.read_line(&mut line).expect("dumpcap says that it has begun");
        assert!(count > 0, "dumpcap cannot capture on lo: it needs root or CAP_NET_RAW");
    }
    // Its reader must not go away, or it would be ended by SIGPIPE.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    dumpcap
}

/// What is read when the end of each conversation has come: the kernel hands packets to dumpcap in its own time.
fn read_when_complete(capture: &Path, conversations: usize) -> Told {
    let until = Instant::now() + CLIENT_DEADLINE;
    loop {
        let mut read = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        let output = read.args(["read", "--form", "json"]).arg(capture).output().expect("wirestep can be run");
        let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        let open = lines.iter().filter(|line| line.contains("\"cause\":\"capture-ends\"")).count();
        if closed(&lines) == conversations && open == 0 {
            return told(&lines);
        }
        assert!(Instant::now() < until, "{} of {conversations} conversations, {open} are open", closed(&lines));
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn packets_of(capture: &Path) -> Vec<Packet> {
    let mut file = CaptureFile::new(Box::new(fs::File::open(capture).expect("it is there")));
    let mut packets = Vec::new();
    // At its end dumpcap may have been ended inside of a packet of another test.
    while let Ok(Some(packet)) = file.next_packet() {
        // Ethernet, which the loopback interface pretends to be.
        packets.push(Packet::new(packet.at, packet.octets[14..].to_vec()));
    }
    packets
}

// ---- what is told ------------------------------------------------------------------------------------------------

/// For each client's address and each flow what was told of it.
type Told = BTreeMap<String, BTreeMap<&'static str, Vec<Value>>>;

/// The octets, FIN and RST of each connection, without times.
fn told(lines: &[String]) -> Told {
    let mut told = Told::new();
    let mut clients: BTreeMap<u64, String> = BTreeMap::new();
    for line in lines {
        let mut line: Value = serde_json::from_str(line).expect("each line is JSON");
        let Some(id) = line["connection"].as_u64() else { continue };
        if line["what"] == "opened" {
            let client = line["peer"].as_str().expect("an address").to_owned();
            told.insert(client.clone(), BTreeMap::from([("requests", Vec::new()), ("responses", Vec::new())]));
            clients.insert(id, client);
        }
        let flow = match line["flow"].as_str() {
            Some("requests") => "requests",
            Some("responses") => "responses",
            _ => continue,
        };
        let of = told.get_mut(&clients[&id]).expect("it was opened").get_mut(flow).expect("both are there");
        for member in ["at", "connection", "note", "cause"] {
            line.as_object_mut().expect("an object").remove(member);
        }
        of.push(line);
    }
    told
}

/// Records as they are, if the pieces are the same; else the same tokens and endings: a kernel may put writes together.
fn same(truth: &[Value], read: &[Value], what: &str) {
    let counts = |records: &[Value]| records.iter().map(|record| record["count"].as_u64()).collect::<Vec<_>>();
    if counts(truth) == counts(read) {
        assert_eq!(truth, read, "{what}");
        return;
    }
    let (truth_octets, read_octets) = (labelled(truth), labelled(read));
    // What was on its way when a client left was written, and never sent.
    let is_torn = endings(truth).iter().chain(&endings(read)).any(|ending| ending.starts_with("rst"));
    let length = if is_torn { truth_octets.len().min(read_octets.len()) } else { truth_octets.len() };
    assert!(truth_octets[..length] == read_octets[..length.min(read_octets.len())], "{what}");
    assert!(is_torn || endings(truth) == endings(read), "{what}: {:?} {:?}", endings(truth), endings(read));
}

fn endings(records: &[Value]) -> Vec<String> {
    let ending = |record: &Value| {
        let what = record["what"].as_str().expect("a word");
        matches!(what, "fin" | "rst").then(|| format!("{what} {}", record["ending"]))
    };
    records.iter().filter_map(ending).collect()
}

/// One octet, its label and its label in the event stream; nothing if it is missing.
type Octet = Option<(u8, String, String)>;

fn labelled(records: &[Value]) -> Vec<Octet> {
    let mut all = Vec::new();
    for record in records {
        if record["what"] == "missing" {
            all.extend((0..record["count"].as_u64().expect("a number")).map(|_| None));
        }
        let octets = match (&record["text"], &record["base64"]) {
            (Value::String(text), _) => text.clone().into_bytes(),
            (_, Value::String(text)) => STANDARD.decode(text).expect("base64"),
            _ => continue,
        };
        let mut labels = vec![(String::new(), String::new()); octets.len()];
        for span in record["spans"].as_array().expect("a list") {
            let from = span["offset"].as_u64().expect("a number") as usize;
            let text = |member: &str| span[member].as_str().unwrap_or_default().to_owned();
            for label in &mut labels[from..from + span["length"].as_u64().expect("a number") as usize] {
                *label = (text("label"), text("content"));
            }
        }
        all.extend(octets.into_iter().zip(labels).map(|(octet, (label, content))| Some((octet, label, content))));
    }
    all
}

// ---- worse captures ----------------------------------------------------------------------------------------------

/// Octets that a sink writes and a test reads.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn read(packets: &[Packet]) -> Told {
    let lines = Lines::default();
    let sink = JsonLines::new(Box::new(lines.clone()), "a test".to_owned(), std::time::UNIX_EPOCH);
    let mut trace = Trace::new(vec![Box::new(sink)]).without_hurry();
    let mut conversations = Conversations::new(Limits::default(), None);
    let form = Form { is_big_endian: true, digits: 9 };
    let mut file = CaptureFile::new(Box::new(Cursor::new(pcap(form, 101, packets))));
    while let Some(packet) = file.next_packet().expect("it was just made") {
        conversations.packet(&packet, &mut trace);
    }
    conversations.end(&mut trace);
    let text = lines.0.lock().expect("nobody panicked").clone();
    told(&String::from_utf8(text).expect("JSON is UTF-8").lines().map(str::to_owned).collect::<Vec<_>>())
}

/// Numbers that look random, and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's generator; its upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }
}

/// Nothing is lost, so nothing is missing.
fn mixed_up(packets: &[Packet], expected: &Told) {
    for seed in 0..2 {
        let mut chance = Chance(seed);
        // Each up to five places later, but for SYN: what comes before it belongs to a connection that was joined.
        let later = |(at, packet): (usize, &Packet)| {
            let is_syn = packet.clone().tcp()[13] & 2 != 0;
            (if is_syn { at } else { at + chance.below(6) }, packet.clone())
        };
        let mut mixed: Vec<(usize, Packet)> = packets.iter().enumerate().map(later).collect();
        mixed.sort_by_key(|(at, _)| *at);
        let mixed: Vec<Packet> = mixed.into_iter().map(|(_, packet)| packet).collect();
        same_octets(&read(&mixed), expected, &format!("out of order {seed}"));

        let mut twice = Vec::new();
        for packet in packets {
            twice.push(packet.clone());
            if chance.below(3) == 0 {
                let again: usize = twice.len() - 1 - chance.below(twice.len().min(9));
                twice.push(twice[again].clone());
            }
        }
        same_octets(&read(&twice), expected, &format!("twice {seed}"));
        same_octets(&read(&overlapping(packets, &mut chance)), expected, &format!("overlapping {seed}"));
        same_octets(&read(&wrapped(packets, &mut chance)), expected, &format!("wrapped {seed}"));
    }
}

/// Each segment in two that overlap.
fn overlapping(packets: &[Packet], chance: &mut Chance) -> Vec<Packet> {
    let mut all = Vec::new();
    for packet in packets {
        let (headers, length) = (packet.headers(), packet.payload().len());
        if length < 4 {
            all.push(packet.clone());
            continue;
        }
        let (first, second) = (length / 2 + chance.below(length / 2), chance.below(length / 2));
        let mut beginning = part(packet, headers, 0..first);
        // FIN stands at the end.
        beginning.tcp()[13] &= !1;
        let end = part(packet, headers, second..length);
        all.extend(if chance.below(2) == 0 { [beginning, end] } else { [end, beginning] });
    }
    all
}

fn part(packet: &Packet, headers: usize, of: std::ops::Range<usize>) -> Packet {
    let mut octets = packet.octets[..headers].to_vec();
    octets.extend_from_slice(&packet.payload()[of.clone()]);
    let total = u16::try_from(octets.len()).expect("a segment of the loopback interface");
    octets[2..4].copy_from_slice(&total.to_be_bytes());
    let mut part = Packet::new(packet.at, octets);
    shift(&mut part.tcp()[4..8], of.start as u32);
    part
}

/// The same connections with other initial sequence numbers, so that each direction passes zero soon after its beginning.
fn wrapped(packets: &[Packet], chance: &mut Chance) -> Vec<Packet> {
    let mut shifts: BTreeMap<(u16, u16), u32> = BTreeMap::new();
    let mut all = packets.to_vec();
    for packet in &mut all {
        let tcp = packet.tcp();
        let port = |at: usize| u16::from_be_bytes([tcp[at], tcp[at + 1]]);
        let (key, back) = ((port(0), port(2)), (port(2), port(0)));
        let sequence = u32::from_be_bytes(tcp[4..8].try_into().expect("four octets"));
        let mut near_the_end = |sequence: u32| 0_u32.wrapping_sub(sequence).wrapping_sub(chance.below(200) as u32);
        let there = *shifts.entry(key).or_insert_with(|| near_the_end(sequence));
        let is_syn_ack = tcp[13] & 0x12 == 0x12;
        let acknowledged = shifts.get(&back).copied().unwrap_or(0);
        shift(&mut tcp[4..8], there);
        if tcp[13] & 0x10 != 0 || is_syn_ack {
            shift(&mut tcp[8..12], acknowledged);
        }
    }
    all
}

fn shift(number: &mut [u8], by: u32) {
    let shifted = u32::from_be_bytes(number.try_into().expect("four octets")).wrapping_add(by);
    number.copy_from_slice(&shifted.to_be_bytes());
}

fn same_octets(read: &Told, expected: &Told, what: &str) {
    assert_eq!(read.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    for (client, flows) in expected {
        for (flow, records) in flows {
            let what = format!("{what}: {client} {flow}");
            let (is, should_be) = (labelled(&read[client][flow]), labelled(records));
            assert_eq!(is.len(), should_be.len(), "{what}");
            let differs = is.iter().zip(&should_be).position(|(is, should_be)| is != should_be);
            assert_eq!(differs.map(|at| (at, &is[at], &should_be[at])), None, "{what}");
            assert_eq!(endings(&read[client][flow]), endings(records), "{what}");
        }
    }
}

/// Something is lost: what remains is right, and what is missing is said.
fn spoiled(packets: &[Packet], expected: &Told) {
    for seed in 0..2 {
        let mut chance = Chance(seed);
        let snapped: Vec<Packet> =
            packets.iter().map(|packet| packet.clone().snapped(packet.headers() + chance.below(40))).collect();
        what_remains_is_right(&read(&snapped), expected, Alignment::Whole, &format!("snapped {seed}"));
        // The handshake stays, or the conversation would begin late.
        let is_kept = |packet: &Packet, chance: &mut Chance| packet.payload().is_empty() || chance.below(5) > 0;
        let lossy: Vec<Packet> = packets.iter().filter(|packet| is_kept(packet, &mut chance)).cloned().collect();
        what_remains_is_right(&read(&lossy), expected, Alignment::Whole, &format!("lossy {seed}"));
        let late = &packets[chance.below(packets.len() / 2)..];
        what_remains_is_right(&read(late), expected, Alignment::End, &format!("late {seed}"));
        let short = &packets[..chance.below(packets.len())];
        what_remains_is_right(&read(short), expected, Alignment::Beginning, &format!("short {seed}"));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Alignment {
    Whole,
    Beginning,
    End,
}

fn what_remains_is_right(read: &Told, expected: &Told, alignment: Alignment, what: &str) {
    let mut labels = 0;
    for (client, flows) in read {
        for (flow, records) in flows {
            let what = format!("{what}: {client} {flow}");
            let (is, should_be) = (labelled(records), labelled(&expected[client][flow]));
            assert!(is.len() <= should_be.len(), "{what}: {} octets of {}", is.len(), should_be.len());
            assert!(alignment != Alignment::Whole || is.len() == should_be.len(), "{what}: all are told or missing");
            let from = if alignment == Alignment::End { should_be.len() - is.len() } else { 0 };
            for (at, (is, should_be)) in is.iter().zip(&should_be[from..]).enumerate() {
                let (Some((octet, label, content)), Some((right, its_label, its_content))) = (is, should_be) else {
                    continue;
                };
                assert_eq!(octet, right, "{what}: octet {at}");
                if label != "not labelled" {
                    assert_eq!(label, its_label, "{what}: octet {at}");
                    assert!(content.is_empty() || content == its_content, "{what}: octet {at} {content} {its_content}");
                    labels += 1;
                }
            }
        }
    }
    assert!(labels > 0, "{what}: something is labelled");
}
