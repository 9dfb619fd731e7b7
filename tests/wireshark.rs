//! The Wireshark kit: what the dissector says, at every split, in every order; the profile, the scripts, and docs/wireshark.md.
//!
//! tshark takes half a second to start, so a test puts as many connections as it likes into one capture and runs it once.
//! `WIRESTEP_REWRITE=1 cargo test --test wireshark` writes into the page what really happens.

#![allow(missing_docs)]

#[path = "wireshark/capture.rs"]
mod capture;
mod common;
#[path = "wireshark/document.rs"]
mod document;
#[path = "wire/notation.rs"]
mod notation;
#[path = "documents/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "documents/transcript.rs"]
#[allow(dead_code)]
mod transcript;

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use capture::{Capture, End, Packet, Row, all_fields};
use notation::octets_of;
use page::{Page, root};
use wirestep::wire::dissect::Dissector;
use wirestep::wire::ending::Ending;
use wirestep::wire::flow::Flow;
use wirestep::wire::label::Label;
use wirestep::wire::span::Span;

use Flow::{Requests, Responses};

/// How long tshark and the scripts may take.
const CLIENT_TIME: Duration = Duration::from_secs(60);

// ---- against the dissector of the server -----------------------------------------------------------------------

/// A case of `tests/wire`: what came before, and the octets that are looked at.
struct Case {
    name: String,
    before: Vec<(Flow, Vec<u8>)>,
    flow: Flow,
    judged: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let mut files: Vec<String> = fs::read_dir(root().join("tests/wire"))
        .expect("it is a folder")
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".md"))
        .collect();
    files.sort();
    files.iter().flat_map(|file| cases_of(&Page::read(&format!("tests/wire/{file}")))).collect()
}

/// A case is the blocks of octets that stand together, before what is expected of them.
fn cases_of(page: &Page) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut is_open = false;
    for block in page.blocks() {
        let flow = match block.info.as_str() {
            "http request" => Requests,
            "http response" => Responses,
            _ => {
                is_open = false;
                continue;
            }
        };
        let octets = octets_of(&block.lines.join("\n")).expect("tests/wire.rs has read it too");
        match cases.last_mut().filter(|_| is_open) {
            Some(case) => {
                let earlier = std::mem::replace(&mut case.judged, octets);
                case.before.push((case.flow, earlier));
                case.flow = flow;
            }
            None => {
                let name = format!("{}:{}", page.name, block.at);
                cases.push(Case { name, before: Vec::new(), flow, judged: octets });
            }
        }
        is_open = true;
    }
    cases
}

impl Case {
    /// Long ones repeat themselves.
    fn piece(&self) -> usize {
        if self.judged.len() > 400 { 97 } else { 1 }
    }

    fn add_to(&self, capture: &mut Capture) {
        let mut pieces: Vec<(Flow, &[u8])> =
            self.before.iter().map(|(flow, octets)| (*flow, octets.as_slice())).collect();
        pieces.extend(self.judged.chunks(self.piece()).map(|piece| (self.flow, piece)));
        capture.connection(&pieces, End::Fin);
    }

    /// What the server's dissector finds: in which piece each thing is complete, and the octet from which on nothing fits.
    fn expected(&self) -> (Vec<(usize, &'static str)>, Option<usize>, Ending) {
        let mut dissector = Dissector::default();
        for (flow, octets) in &self.before {
            dissector.dissect(*flow, octets);
        }
        let spans = dissector.dissect(self.flow, &self.judged);
        let fault =
            spans.iter().find(|span| span.label == Label::Unexpected).map(|span| span.range.start / self.piece());
        let mut found: Vec<_> = spans.iter().filter_map(|span| self.framing(span)).collect();
        found.extend(self.lines_of_the_stream(&spans));
        found.sort_unstable();
        (found, fault, dissector.at_fin(self.flow))
    }

    fn framing(&self, span: &Span) -> Option<(usize, &'static str)> {
        let name = match span.label {
            Label::StartLineCrlf => "start-line",
            Label::FieldCrlf => "field-line",
            Label::EndOfHead => "end of head",
            Label::ChunkSizeCrlf => "chunk-size",
            Label::LastChunkCrlf => "last-chunk",
            Label::ChunkDataCrlf => "end of chunk",
            Label::TrailerCrlf => "trailer",
            _ => return None,
        };
        let last = span.range.end - 1;
        (self.judged[last] == b'\n').then_some((last / self.piece(), name))
    }

    /// A line of the stream is over with the CR of its CRLF, even if the LF comes in another chunk.
    fn lines_of_the_stream(&self, spans: &[Span]) -> Vec<(usize, &'static str)> {
        let mut lines = Vec::new();
        let mut before = 0;
        for span in spans.iter().filter(|span| span.content.is_some()) {
            let name = match span.content {
                Some(Label::EventDispatch) => Some("event"),
                Some(Label::EventLineEnd | Label::EventIgnored | Label::EventBlank) => Some("line of the stream"),
                _ => None,
            };
            let is_new = before != b'\r' || self.judged[span.range.start] != b'\n';
            lines.extend(name.filter(|_| is_new).map(|name| (span.range.start / self.piece(), name)));
            before = self.judged[span.range.end - 1];
        }
        lines
    }

    /// What the kit says differs from what the server's dissector says.
    fn compare(&self, rows: &[&Row], fin: &Row) -> Result<(), String> {
        let (mut expected, fault, ending) = self.expected();
        let mut found = self.found(rows);
        if self.judged.starts_with(b"PRI * HTTP/2.0") {
            // For the server this is a request that it refuses, for Wireshark it is how HTTP/2 begins.
            return if found.is_empty() { Ok(()) } else { Err(format!("HTTP/2 is left alone, not {found:?}")) };
        }
        if let Some(fault) = fault {
            // Behind a fault the kit may read on, as a lenient client would. But it has to name it.
            expected.retain(|(piece, _)| *piece < fault);
            found.retain(|(piece, _)| *piece < fault);
            let is_named = rows.iter().chain([&fin]).any(|row| !row.all("wirestep.unexpected").is_empty());
            if !is_named && !self.cannot_be_known_as_http(fault) {
                return Err(format!("the fault at {fault} is not named"));
            }
        } else if !is_same_ending(ending, fin) {
            return Err(format!("{ending:?}, but {:?}", fin.values));
        }
        let missing = expected.iter().find(|it| !found.contains(it));
        let extra = found.iter().find(|it| !expected.contains(it));
        let is_same = missing.is_none() && extra.is_none() && expected.len() == found.len();
        if is_same { Ok(()) } else { Err(format!("missing {missing:?}, extra {extra:?}")) }
    }

    /// The kit sees all of TCP, so it says nothing of what begins otherwise than HTTP. And nobody sends 2^64 octets.
    fn cannot_be_known_as_http(&self, fault: usize) -> bool {
        let begin = String::from_utf8_lossy(&self.judged);
        let is_first = self.before.iter().all(|(flow, _)| *flow != self.flow);
        let is_known = ["GET /", "POST /", "HTTP/"].iter().any(|known| begin.starts_with(known));
        is_first && !is_known || begin.contains("18446744073709551616") || fault + 1 == self.judged.len()
    }

    /// The same from the rows of the kit.
    fn found(&self, rows: &[&Row]) -> Vec<(usize, &'static str)> {
        let names = [
            ("wirestep.start_line", "start-line"),
            ("wirestep.field_line", "field-line"),
            ("wirestep.framing", "end of head"),
            ("wirestep.chunk.size", "chunk-size"),
            ("wirestep.last_chunk", "last-chunk"),
            ("wirestep.chunk.end", "end of chunk"),
            ("wirestep.trailer", "trailer"),
            ("wirestep.event.dispatched", "event"),
            ("wirestep.event.field", "line of the stream"),
            ("wirestep.event.comment", "line of the stream"),
        ];
        let mut found = Vec::new();
        for (piece, row) in rows.iter().enumerate() {
            for (field, name) in names {
                found.extend(row.all(field).iter().map(|_| (piece, name)));
            }
        }
        found.sort_unstable();
        found
    }
}

#[test]
fn the_kit_sees_every_case_of_the_wire_as_the_server_does() {
    let cases = cases();
    assert!(cases.len() > 200);
    let mut capture = Capture::default();
    for case in &cases {
        case.add_to(&mut capture);
    }
    capture.without_acknowledgements();
    let rows = capture.read(&all_fields());
    let mut problems = String::new();
    for (stream, case) in cases.iter().enumerate() {
        let of_case = |row: &&Row| row.stream == stream && row.is_response == (case.flow == Responses);
        let mut rows: Vec<&Row> = rows.iter().filter(of_case).collect();
        let fin = rows.pop().expect("it ends with FIN");
        // SYN, and what came before.
        let before = 1 + case.before.iter().filter(|(flow, octets)| *flow == case.flow && !octets.is_empty()).count();
        if let Err(problem) = case.compare(&rows[before..], fin) {
            _ = writeln!(problems, "{}: {problem}", case.name);
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

fn is_same_ending(ending: Ending, fin: &Row) -> bool {
    let (ends, incomplete) = (fin.first("wirestep.ending"), fin.first("wirestep.incomplete"));
    match ending {
        Ending::BetweenMessages => ends == "FIN between messages" || ends.is_empty() && incomplete.is_empty(),
        Ending::Unanswered { requests } => fin.first("wirestep.unanswered") == requests.to_string(),
        Ending::BodyComplete { undispatched } => {
            ends == "FIN ends the body" && undispatched != fin.all("wirestep.event.discarded").is_empty()
        }
        Ending::InsideHead => incomplete.contains("the rest of the "),
        Ending::InsideBody { missing } | Ending::InsideChunked { missing } if missing > 1 << 53 => {
            !incomplete.is_empty()
        }
        Ending::InsideBody { missing } => incomplete.contains(&format!("{missing} octet")),
        Ending::InsideChunked { missing: 0 } => !incomplete.is_empty(),
        Ending::InsideChunked { missing } => incomplete.contains(&format!("missing: {missing} of the")),
        // Those are what RST means, and these connections end with FIN.
        Ending::BodyTorn | Ending::TunnelTorn => false,
        // These captures have no gap.
        Ending::NotKnown(_) => false,
        Ending::TunnelClosed => ends == "FIN in the tunnel",
        Ending::FramingLost(_) => ends == "FIN after octets that were not read",
    }
}

// ---- at every split, in every order ------------------------------------------------------------------------------

/// Three pipelined requests: one without a body, one with chunks and a trailer, one that is answered without a body.
const QUESTIONS: &[u8] = b"GET /events HTTP/1.1\r\nHost: me\r\n\r\n\
    POST /echo HTTP/1.1\r\nHost: me\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nLate: 1\r\n\r\n\
    HEAD /plain HTTP/1.1\r\nHost: me\r\n\r\n";

/// The answer to HEAD.
const NO_BODY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";

/// A stream whose events lie in chunks as they like, in Korean, with every line end; then a length, then no body.
fn answers() -> String {
    let pieces = [
        "\u{feff}id: 1\nevent: 가격\n",
        "data: 안녕하\r",
        "\ndata: 세\n",
        "\n",
        ":wait\nretry: 10\nx\r\n\n",
        "data:2\r\rdata:3\n\ndata:4",
    ];
    let chunk = |piece: &&str| format!("{:x}\r\n{piece}\r\n", piece.len());
    let chunks: String = pieces.iter().map(chunk).collect();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
         {NO_BODY}"
    )
}

/// What must be the same however the octets were cut: all values of each field, in their order, and how it ended.
fn told(rows: &[&Row]) -> Vec<(String, Vec<String>)> {
    let cut = |field: &String| {
        ["wirestep.info", "wirestep.continues", "wirestep.chunk.data", "wirestep.body"].contains(&field.as_str())
    };
    let values = |field: &String| rows.iter().flat_map(|row| row.all(field)).cloned().collect::<Vec<_>>();
    let mut told: Vec<_> =
        all_fields().into_iter().filter(|field| !cut(field)).map(|field| (field.clone(), values(&field))).collect();
    // The pieces of the data are shown as text; a character that was cut is shown by its octets.
    for field in ["wirestep.chunk.data", "wirestep.body"] {
        let text = values(&field.to_owned()).concat();
        told.push((
            field.to_owned(),
            vec![String::from_utf8_lossy(&octets_of(&text).expect("it has no braces")).into_owned()],
        ));
    }
    told
}

fn of(rows: &[Row], stream: usize, flow: Flow) -> Vec<&Row> {
    rows.iter().filter(|row| row.stream == stream && row.is_response == (flow == Responses)).collect()
}

#[test]
fn wherever_the_segments_are_cut_the_kit_says_the_same() {
    let answers = answers();
    let answers = answers.as_bytes();
    let mut capture = Capture::default();
    capture.connection(&[(Requests, QUESTIONS), (Responses, answers)], End::Fin);
    let single: Vec<_> = QUESTIONS.chunks(1).map(|octet| (Requests, octet)).collect();
    let single: Vec<_> = single.into_iter().chain(answers.chunks(1).map(|octet| (Responses, octet))).collect();
    capture.connection(&single, End::Fin);
    for cut in 1..QUESTIONS.len() {
        let (one, two) = QUESTIONS.split_at(cut);
        capture.connection(&[(Requests, one), (Requests, two), (Responses, answers)], End::Fin);
    }
    for cut in 1..answers.len() {
        let (one, two) = answers.split_at(cut);
        capture.connection(&[(Requests, QUESTIONS), (Responses, one), (Responses, two)], End::Fin);
    }
    capture.without_acknowledgements();
    let fields = all_fields();
    let rows = capture.read(&fields);
    let boundaries: Vec<&String> =
        fields.iter().filter(|field| !["info", "data", "body", "continues"].contains(&last_word(field))).collect();
    for (flow, length) in [(Requests, QUESTIONS.len()), (Responses, answers.len())] {
        let (whole, single) = (of(&rows, 0, flow), of(&rows, 1, flow));
        let expected = told(&whole);
        assert_eq!(told(&single), expected);
        let first = if flow == Requests { 2 } else { 2 + QUESTIONS.len() - 1 };
        for cut in 1..length {
            let split = of(&rows, first + cut - 1, flow);
            assert_eq!(told(&split), expected, "{flow:?} cut at {cut}");
            // SYN, one piece, the other one, FIN: each row stands where its last octet is.
            assert_eq!(split.len(), 4);
            for field in &boundaries {
                let before: usize = single[1..=cut].iter().map(|row| row.all(field).len()).sum();
                assert_eq!(split[1].all(field).len(), before, "{field} of {flow:?} cut at {cut}");
            }
            let is_open = split[1].all("wirestep.continues").len() == 1;
            assert_eq!(is_open, !single[cut].all("wirestep.continues").is_empty(), "{flow:?} cut at {cut}");
        }
    }
    // That it says the same is worth nothing if it is wrong.
    let values =
        |field: &str| of(&rows, 0, Responses).iter().flat_map(|row| row.all(field)).cloned().collect::<Vec<_>>();
    assert_eq!(values("wirestep.event.dispatched.data"), ["안녕하␊세", "2", "3"]);
    assert_eq!(values("wirestep.event.dispatched.type"), ["가격", "message", "message"]);
    assert_eq!(values("wirestep.event.dispatched.id"), ["1", "1", "1"]);
    assert_eq!(values("wirestep.event.discarded").len(), 1, "data:4 has no blank line");
    assert_eq!(values("wirestep.framing"), ["chunked", "content-length", "none"]);
    assert_eq!(values("wirestep.ending"), ["FIN between messages"]);
}

/// The answers in segments that end anywhere.
fn pieces(answers: &[u8], size: usize) -> Vec<(Flow, &[u8])> {
    let responses = answers.chunks(size).map(|piece| (Responses, piece));
    [(Requests, QUESTIONS)].into_iter().chain(responses).collect()
}

/// Where the packets with octets from the server are: behind the handshake and the requests.
const FIRST: usize = 4;

#[test]
fn what_comes_twice_or_too_early_changes_nothing() {
    let answers = answers();
    let answers = answers.as_bytes();
    let mut capture = Capture::default();
    let orders = 2 * answers.len().div_ceil(SIZE) + 4;
    for order in 0..orders {
        let mut packets = capture.packets(&pieces(answers, SIZE), End::Fin);
        packets.retain(|packet| !packet.is_acknowledgement());
        // Segments of other sizes, as a retransmission may have them.
        let mut others = capture.packets(&pieces(answers, SIZE + 9), End::Fin);
        others.retain(Packet::has_octets);
        in_order(order, &mut packets, &others);
        capture.connections.push(packets);
    }
    let rows = capture.read(&all_fields());
    let expected = told(&of(&rows, 0, Responses));
    for order in 1..orders {
        let of_order = of(&rows, order, Responses);
        let mut said = told(&of_order);
        let disorder: usize =
            said.iter().filter(|(field, _)| DISORDER.contains(&field.as_str())).map(|(_, all)| all.len()).sum();
        assert!(disorder > 0, "it is not said in order {order}: {of_order:#?}");
        for (_, values) in said.iter_mut().filter(|(field, _)| DISORDER.contains(&field.as_str())) {
            values.clear();
        }
        assert_eq!(said, expected, "order {order}");
    }
}

const SIZE: usize = 31;
const DISORDER: [&str; 2] = ["wirestep.repeated", "wirestep.early"];

/// Another order for each number: none; each packet before the one ahead of it; twice; backwards; mixed; with overlaps.
fn in_order(order: usize, packets: &mut Vec<Packet>, others: &[Packet]) {
    let handshake = FIRST - 1;
    let count = packets.len() - 2 - handshake;
    match order {
        0 => {}
        _ if order < count => packets.swap(handshake + order, handshake + order + 1),
        _ if order < 2 * count => packets.insert(packets.len() - 2, packets[handshake + order - count].clone()),
        _ if order == 2 * count => packets[handshake..handshake + count].reverse(),
        _ if order == 2 * count + 1 => {
            // Each third one, then those behind them, and at last those before them.
            let data: Vec<Packet> = packets.drain(handshake..handshake + count).collect();
            let mixed = [1, 2, 0].into_iter().flat_map(|first| data.iter().skip(first).step_by(3)).cloned();
            packets.splice(handshake..handshake, mixed);
        }
        _ => {
            for (index, other) in others.iter().enumerate().skip(1) {
                packets.insert(handshake + 2 * index, other.clone());
            }
        }
    }
}

#[test]
fn what_is_not_in_the_capture_makes_the_kit_say_nothing_wrong() {
    let answers = answers();
    // Without its request nobody can know that the last one has no body.
    let answers = answers.strip_suffix(NO_BODY).expect("it ends with it").as_bytes();
    let mut capture = Capture::default();
    capture.connection(&pieces(answers, SIZE), End::Fin);
    let count = answers.len().div_ceil(SIZE);
    for lost in 0..count {
        // Packet for packet: without it; nothing before it; only its beginning. With and without acknowledgements.
        for variant in 0..6 {
            let mut packets = capture.packets(&pieces(answers, SIZE), End::Fin);
            let mut with_octets = packets.iter().enumerate().filter(|(_, packet)| packet.has_octets());
            let at = with_octets.nth(lost + 1).expect("it is there").0;
            match variant % 3 {
                0 => drop(packets.remove(at)),
                1 => drop(packets.drain(..at)),
                _ => packets[at] = packets[at].cut(52),
            }
            packets.retain(|packet| variant < 3 || !packet.is_acknowledgement());
            capture.connections.push(packets);
        }
    }
    let rows = capture.read(&all_fields());
    let truth = told(&of(&rows, 0, Responses));
    let true_of = |field: &str| truth.iter().find(|(name, _)| name == field).expect("it is a field").1.clone();
    for stream in 1..capture.connections.len() {
        let rows = of(&rows, stream, Responses);
        for (field, values) in told(&rows) {
            let is_about_octets =
                !["lost", "early", "joined", "ending", "data", "body", "number", "end"].contains(&last_word(&field));
            let mut rest = true_of(&field).into_iter();
            let is_true = values.iter().all(|value| rest.any(|it| it == *value));
            assert!(!is_about_octets || is_true, "stream {stream} says {field} = {values:?}");
        }
    }
}

fn last_word(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

// ---- what is said of each segment --------------------------------------------------------------------------------

/// A connection, and what stands in wirestep.info of each segment that shows something; in brackets what is still to come.
type Story = (&'static [(Flow, &'static [u8])], End, &'static [&'static str]);

const GET: (Flow, &[u8]) = (Requests, b"GET / HTTP/1.1\r\nHost: me\r\n\r\n");
const HEAD: (Flow, &[u8]) = (Requests, b"HEAD / HTTP/1.1\r\nHost: me\r\n\r\n");
const STREAM: (Flow, &[u8]) =
    (Responses, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");

const STORIES: &[Story] = &[
    // A stream that runs, and its proper end.
    (
        &[GET, STREAM, (Responses, b"8\r\ndata:a\n\n\r\n"), (Responses, b"2\r\n:\n\r\n"), (Responses, b"0\r\n\r\n")],
        End::Fin,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]",
            "-> chunk 1: 8 octets, event 1 (message) [chunk 2, or the last chunk]",
            "-> chunk 2: 2 octets, comment [chunk 3, or the last chunk]",
            "-> last chunk, response complete",
            "-> FIN between messages",
            "<- FIN between messages",
        ],
    ),
    // Cut by FIN inside a chunk; what had no blank line is no event.
    (
        &[GET, STREAM, (Responses, b"14\r\ndata:abc\n")],
        End::Fin,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]",
            "-> chunk 1: 20 octets [11 of the 20 octets of chunk 1]",
            "-> FIN inside a response; missing: 11 of the 20 octets of chunk 1",
            "<- FIN between messages",
        ],
    ),
    // Cut by RST, which ends both directions.
    (
        &[GET, STREAM, (Responses, b"8\r\ndata:a\n\n\r\n")],
        End::Rst,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]",
            "-> chunk 1: 8 octets, event 1 (message) [chunk 2, or the last chunk]",
            "<- RST inside a response; missing: chunk 2, or the last chunk",
        ],
    ),
    (&[GET], End::Rst, &["<- GET /, request complete", "<- RST between messages, 1 request without a response"]),
    (
        &[GET, (Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), GET],
        End::Fin,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK, body: 2 octets, response complete",
            "<- GET /, request complete",
            "-> FIN between messages, 1 request without a response",
            "<- FIN between messages",
        ],
    ),
    // FIN as the end of a body.
    (
        &[
            GET,
            (Responses, b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\ndata:a\n"),
            (Responses, b"\n"),
        ],
        End::Fin,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.0 200 OK, body: 7 octets [the FIN that ends the body]",
            "-> body: 1 octet, event 1 (message) [the FIN that ends the body]",
            "-> response complete, FIN ends the body",
            "<- FIN between messages",
        ],
    ),
    // RST is the end of no body.
    (
        &[GET, (Responses, b"HTTP/1.0 200 OK\r\n\r\nhello")],
        End::Rst,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.0 200 OK, body: 5 octets [the FIN that ends the body]",
            "<- RST inside a response; missing: the FIN that ends the body",
        ],
    ),
    // No body, whatever the length says.
    (
        &[
            HEAD,
            (Responses, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            GET,
            (Responses, b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
        ],
        End::Open,
        &[
            "<- HEAD /, request complete",
            "-> HTTP/1.1 200 OK, response complete",
            "<- GET /, request complete",
            "-> HTTP/1.1 204 No Content, response complete, HTTP/1.1 304 Not Modified, response complete",
        ],
    ),
    // An interim response, and a request body that waits for it.
    (
        &[
            (Requests, b"POST /echo HTTP/1.1\r\nHost: me\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
            (Responses, b"HTTP/1.1 100 Continue\r\n\r\n"),
            (Requests, b"hello"),
            (Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ],
        End::Open,
        &[
            "<- POST /echo [5 octets of Content-Length]",
            "-> HTTP/1.1 100 Continue",
            "<- body: 5 octets, request complete",
            "-> HTTP/1.1 200 OK, response complete",
        ],
    ),
    // Other protocols: behind 101, behind CONNECT, and from the beginning.
    (
        &[
            (Requests, b"GET /chat HTTP/1.1\r\nHost: me\r\nUpgrade: websocket\r\n\r\n"),
            (Responses, b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi"),
            (Requests, b"\x81\x82abcdef"),
            (Responses, b"HTTP/1.1 200 OK\r\n"),
        ],
        End::Fin,
        &[
            "<- GET /chat, request complete",
            "-> HTTP/1.1 101 Switching Protocols, response complete",
            "-> FIN in the tunnel",
            "<- FIN in the tunnel",
        ],
    ),
    (
        &[
            (Requests, b"GET /chat HTTP/1.1\r\nHost: me\r\nUpgrade: websocket\r\n\r\n"),
            (Responses, b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        ],
        End::Rst,
        &[
            "<- GET /chat, request complete",
            "-> HTTP/1.1 101 Switching Protocols, response complete",
            "<- RST in the tunnel",
        ],
    ),
    (
        &[
            (Requests, b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
            (Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
            (Requests, b"\x16\x03\x01"),
        ],
        End::Open,
        &["<- CONNECT a:1, request complete", "-> HTTP/1.1 200 OK, response complete"],
    ),
    (&[(Requests, b"\x16\x03\x01\x02\x00"), (Responses, b"\x15\x03\x03")], End::Fin, &[]),
    (
        &[(Responses, b"220 mail\n"), (Requests, b"HELO me\r\n"), (Responses, b"250 ok\r\n"), (Requests, b"QUIT")],
        End::Fin,
        &[],
    ),
    (&[(Requests, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (Responses, b"\x00\x00\x00\x04\x00")], End::Fin, &[]),
    // Faults.
    (
        &[GET, (Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello")],
        End::Fin,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK, body: 3 octets, response complete, unexpected",
            "-> FIN after octets that were not read",
            "<- FIN between messages",
        ],
    ),
    (
        &[GET, STREAM, (Responses, b"data:a\n\n")],
        End::Open,
        &["<- GET /, request complete", "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]", "-> unexpected"],
    ),
    // One segment can hold much.
    (
        &[
            GET,
            STREAM,
            (Responses, b"1\r\n\n\r\n1\r\n\n\r\n1\r\n\n\r\n1\r\n\n\r\n1\r\n\n\r\n1\r\n\n\r\n1\r\n\n\r\n0\r\n\r\n"),
        ],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]",
            "-> chunk 1: 1 octet, chunk 2: 1 octet, chunk 3: 1 octet, chunk 4: 1 octet, chunk 5: 1 octet, \
             ... 1 more ..., chunk 7: 1 octet, last chunk, response complete",
        ],
    ),
];

fn story(rows: &[&Row]) -> Vec<String> {
    let line = |row: &&Row| {
        let (info, continues) = (row.first("wirestep.info"), row.first("wirestep.continues"));
        let continues = if continues.is_empty() { String::new() } else { format!(" [{continues}]") };
        let is_said = !info.is_empty() || !continues.is_empty();
        is_said.then(|| format!("{} {info}{continues}", if row.is_response { "->" } else { "<-" }))
    };
    rows.iter().filter_map(line).collect()
}

#[test]
fn each_segment_says_what_it_is_also_when_the_stream_is_cut() {
    let mut capture = Capture::default();
    for (pieces, end, _) in STORIES {
        capture.connection(pieces, *end);
    }
    let rows = capture.read(&all_fields());
    // Wireshark visits frames again. With -2 tshark does, and with a filter for the first time it reads them both times.
    for again in [["-2"].as_slice(), &["-2", "-R", "frame"]] {
        let rows_again = capture.read_with(&all_fields(), again);
        assert_eq!(rows_again.iter().zip(&rows).find(|(one, other)| one != other), None, "{again:?}");
        assert_eq!(rows_again.len(), rows.len());
    }
    for (stream, (_, _, expected)) in STORIES.iter().enumerate() {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.stream == stream).collect();
        assert_eq!(story(&rows), *expected, "story {stream}");
        if expected.is_empty() {
            assert!(rows.iter().all(|row| row.values.len() == 2), "what is no HTTP is left alone: {rows:?}");
        }
    }
    let discarded =
        |stream: usize| rows.iter().any(|row| row.stream == stream && !row.all("wirestep.event.discarded").is_empty());
    assert!(discarded(1) && !discarded(0) && !discarded(2));
}

#[test]
fn several_connections_at_once_are_kept_apart() {
    let mut capture = Capture::default();
    for (pieces, end, _) in STORIES {
        capture.connection(pieces, *end);
    }
    let longest = capture.connections.iter().map(Vec::len).max().unwrap_or(0);
    let connections = std::mem::take(&mut capture.connections);
    let rounds =
        (0..longest).map(|round| connections.iter().filter_map(|packets| packets.get(round).cloned()).collect());
    capture.connections = rounds.collect();
    let rows = capture.read(&all_fields());
    for (stream, (_, _, expected)) in STORIES.iter().enumerate() {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.stream == stream).collect();
        assert_eq!(story(&rows), *expected, "story {stream}");
    }
}

#[test]
fn a_stream_is_read_although_the_capture_begins_in_it_or_has_a_gap() {
    let events: Vec<Vec<u8>> = (1..=6).map(|number| format!("8\r\ndata:{number}\n\n\r\n").into_bytes()).collect();
    let pieces: Vec<(Flow, &[u8])> =
        [GET, STREAM].into_iter().chain(events.iter().map(|event| (Responses, event.as_slice()))).collect();
    let mut capture = Capture::default();
    // The third event is the first that is seen; then the third is missing.
    let mut late = capture.packets(&pieces, End::Fin);
    let third = late.iter().enumerate().filter(|(_, packet)| packet.has_octets()).nth(4).expect("it is there").0;
    late.drain(..third);
    capture.connections.push(late);
    let mut gap = capture.packets(&pieces, End::Fin);
    gap.remove(third);
    capture.connections.push(gap);
    let rows = capture.read(&all_fields());
    assert_eq!(
        story(&of(&rows, 0, Responses)),
        [
            "-> chunk 1: 8 octets, event 1 (message) [chunk 2, or the last chunk]",
            "-> chunk 2: 8 octets, event 2 (message) [chunk 3, or the last chunk]",
            "-> chunk 3: 8 octets, event 3 (message) [chunk 4, or the last chunk]",
            "-> chunk 4: 8 octets, event 4 (message) [chunk 5, or the last chunk]",
            "-> FIN inside a response; missing: chunk 5, or the last chunk",
        ]
    );
    assert_eq!(
        story(&of(&rows, 1, Responses))[2..5],
        [
            "-> chunk 2: 8 octets, event 2 (message) [chunk 3, or the last chunk]",
            "-> not in the capture: 13 octets before this, chunk 1: 8 octets, event 1 (message) [chunk 2, or the last chunk]",
            "-> chunk 2: 8 octets, event 2 (message) [chunk 3, or the last chunk]",
        ]
    );
    // Nobody says that it has arrived. It is waited for, but not forever.
    let many = vec![pieces[2]; 1200];
    let mut silent = Capture::default();
    let mut packets = silent.packets(&[&pieces[..2], &many].concat(), End::Open);
    packets.remove(third);
    silent.connections.push(packets);
    silent.without_acknowledgements();
    let silent = silent.read(&all_fields());
    let all = |field: &str| silent.iter().flat_map(|row| row.all(field)).count();
    assert_eq!((all("wirestep.lost"), all("wirestep.early"), all("wirestep.event.dispatched")), (1, 1000, 1199));
    for (stream, last) in [(0, "3,4,5,6"), (1, "1,2,4,5,6")] {
        let rows = of(&rows, stream, Responses);
        let all = |field: &str| rows.iter().flat_map(|row| row.all(field)).cloned().collect::<Vec<_>>();
        assert_eq!(all("wirestep.event.dispatched.data").join(","), last);
        assert_eq!(all("wirestep.joined").len(), 1, "it is said that counting begins anew");
    }
}

const SEGMENTS: usize = 128;

#[test]
fn what_is_kept_does_not_depend_on_how_long_anything_is() {
    let chunk = |octets: &[u8]| [format!("{:x}\r\n", octets.len()).as_bytes(), octets, b"\r\n"].concat();
    let kept = |first: Vec<(Flow, &[u8])>, again: &[u8], times: usize| {
        let mut capture = Capture::default();
        capture.connection(&[first, vec![(Responses, again); times]].concat(), End::Open);
        capture.without_acknowledgements();
        capture.kept()
    };
    let nothing = kept(vec![GET], b"", 0);
    let line = [b'x'; 32 * 1024];
    // A line of the stream without an end, an event without a blank line, a field line without an end.
    let endless_line = kept(vec![GET, STREAM], &chunk(&line), SEGMENTS);
    let endless_event = kept(vec![GET, STREAM], &chunk(&[b"data:", &line[..90], b"\n"].concat().repeat(300)), SEGMENTS);
    let endless_head = kept(vec![GET, (Responses, b"HTTP/1.1 200 OK\r\nLong: ")], &line, SEGMENTS);
    // What lies in small pieces is not kept once for each of them.
    let pieces = kept(vec![GET, STREAM], &chunk(&line[..20]), 2000);
    let events = kept(vec![GET, STREAM], &chunk(b"id:1\nevent:message\ndata:event1\n\n"), 2000);
    let all = [endless_line, endless_event, endless_head].map(|kept| (kept, SEGMENTS));
    for (number, (kept, segments)) in all.into_iter().chain([(pieces, 2000), (events, 2000)]).enumerate() {
        let (each, once) = (2200, 512 * 1024);
        assert!(kept - nothing < segments * each + once, "{number}: {} octets for {segments} segments", kept - nothing);
    }
}
