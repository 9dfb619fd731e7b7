//! The Wireshark kit: what the dissector says, at every split, in every order; the profile, the
//! scripts, and docs/wireshark.md.
//!
//! tshark takes half a second to start, so a test puts as many connections as it likes into one
//! capture and runs it once. `WIRESTEP_REWRITE=1 cargo test --test wireshark` writes into the page
//! what really happens.

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
use std::ops::Range;
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

// ---- against the dissector of the server --------------------------------------------------------

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

    /// What the server's dissector finds: in which piece each thing is complete, and the octet from
    /// which on nothing fits.
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
            // For the server this is a request that it refuses, for Wireshark it is how HTTP/2
            // begins.
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

    /// The kit sees all of TCP, so it says nothing of what begins otherwise than HTTP. And 2^64
    /// octets are not sent.
    fn cannot_be_known_as_http(&self, fault: usize) -> bool {
        let begin = String::from_utf8_lossy(&self.judged);
        let is_first = self.before.iter().all(|(flow, _)| *flow != self.flow);
        let is_known = ["GET /", "POST /", "HTTP/"].iter().any(|known| begin.starts_with(known));
        is_first && !is_known || begin.contains("18446744073709551616") || fault + 1 == self.judged.len()
    }

    /// Where each line and each piece of data stands, by the spans of the server's dissector,
    /// before the first fault.
    fn ranges(&self) -> Vec<(Range<usize>, String)> {
        let mut dissector = Dissector::default();
        for (flow, octets) in &self.before {
            dissector.dissect(*flow, octets);
        }
        let mut ranges: Vec<(Range<usize>, String)> = Vec::new();
        let mut begin = None;
        for span in dissector.dissect(self.flow, &self.judged) {
            let begins = begin.get_or_insert(span.range.start);
            let name = match span.label {
                Label::StartLineCrlf => "start_line",
                Label::FieldCrlf => "field_line",
                Label::EndOfHead => "framing",
                Label::ChunkSizeCrlf => "chunk.size",
                Label::LastChunkCrlf => "last_chunk",
                Label::ChunkData => "chunk.data",
                Label::ChunkDataCrlf => "chunk.end",
                Label::TrailerCrlf => "trailer",
                Label::EndOfBody => "end_of_body",
                Label::BodyData | Label::CloseDelimitedData => "body",
                Label::EmptyLine => {
                    begin = None;
                    continue;
                }
                Label::Unexpected => break,
                _ => continue,
            };
            let range = *begins..span.range.end;
            begin = None;
            // The data of a chunk is one piece; an event stream has a span for each of its tokens.
            match ranges
                .last_mut()
                .filter(|(last, kind)| kind == name && last.end == range.start && name.ends_with(['a', 'y']))
            {
                Some((last, _)) => last.end = range.end,
                None => ranges.push((range, name.to_owned())),
            }
        }
        // A line whose end is cut has no row yet.
        ranges.retain(|(range, name)| name.ends_with(['a', 'y']) || self.judged[range.end - 1] == b'\n');
        ranges
    }

    /// The same from the rows of the kit, up to where the server's dissector sees a fault.
    fn ranges_of(&self, rows: &[(Range<usize>, String)], end: usize) -> Vec<(Range<usize>, String)> {
        let names = [
            "start_line",
            "field_line",
            "framing",
            "chunk.size",
            "last_chunk",
            "chunk.data",
            "chunk.end",
            "trailer",
            "end_of_body",
            "body",
        ];
        rows.iter().filter(|(range, name)| names.contains(&name.as_str()) && range.end <= end).cloned().collect()
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

#[test]
fn each_row_of_the_kit_covers_the_octets_that_the_server_labels_so() {
    let mut cases = cases();
    cases.retain(|case| !case.judged.starts_with(b"PRI") && !case.judged.is_empty());
    let mut capture = Capture::default();
    for case in &cases {
        let mut pieces: Vec<(Flow, &[u8])> =
            case.before.iter().map(|(flow, octets)| (*flow, octets.as_slice())).collect();
        pieces.push((case.flow, &case.judged));
        capture.connection(&pieces, End::Open);
    }
    capture.without_acknowledgements();
    let ranges = capture.ranges();
    let mut packet = 0;
    let mut problems = String::new();
    for (case, packets) in cases.iter().zip(&capture.connections) {
        packet += packets.len();
        let mut expected = case.ranges();
        let end = expected.last().map_or(0, |(range, _)| range.end);
        let mut found = case.ranges_of(&ranges[packet - 1], end);
        // A segment shows a thousand rows.
        expected.truncate(900);
        found.truncate(900);
        if found != expected && !case.cannot_be_known_as_http(case.judged.len()) {
            _ = writeln!(problems, "{}: {expected:?}, but {found:?}", case.name);
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

fn is_same_ending(ending: Ending, fin: &Row) -> bool {
    let (ends, incomplete) = (fin.first("wirestep.ending"), fin.first("wirestep.incomplete"));
    match ending {
        Ending::BetweenMessages => {
            ends.starts_with("FIN between messages: ")
                || ends.starts_with("FIN before any message: ")
                || ends.is_empty()
        }
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
        Ending::TunnelClosed => ends.starts_with("FIN in the tunnel: "),
        Ending::FramingLost(_) => ends.starts_with("FIN after a fault: "),
    }
}

// ---- at every split, in every order -------------------------------------------------------------

/// Three pipelined requests: one without a body, one with chunks and a trailer, one that is
/// answered without a body.
const QUESTIONS: &[u8] = b"GET /events HTTP/1.1\r\nHost: me\r\n\r\n\
    POST /echo HTTP/1.1\r\nHost: me\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nLate: 1\r\n\r\n\
    HEAD /plain HTTP/1.1\r\nHost: me\r\n\r\n";

/// The answer to HEAD.
const NO_BODY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";

/// A stream whose events lie in chunks as they like, in Korean, with every line end; then a length,
/// then no body.
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

/// Segments with octets, FIN or RST of which nothing is said, as long as the kit knows that they
/// are HTTP.
fn without_words(rows: &[&Row]) -> usize {
    let known = rows.iter().skip_while(|row| row.all("wirestep.start_line").is_empty());
    known.filter(|row| row.carries() && row.first("wirestep.info").is_empty()).count()
}

/// What must be the same however the octets were cut: all values of each field, in their order, and
/// how it ended.
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
        assert_eq!(without_words(&single), 0);
        let first = if flow == Requests { 2 } else { 2 + QUESTIONS.len() - 1 };
        for cut in 1..length {
            let split = of(&rows, first + cut - 1, flow);
            assert_eq!(without_words(&split), 0, "{flow:?} cut at {cut}");
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
    assert_eq!(values("wirestep.ending"), ["FIN between messages: no more responses"]);
    assert_eq!(values("wirestep.event.chunks"), ["4"], "the first event came in chunks 1 to 4");
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
        assert_eq!(without_words(&of_order), 0, "order {order}");
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

/// Another order for each number: none; each packet before the one ahead of it; twice; backwards;
/// mixed; with overlaps.
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
    // Without its request it is not known that the last one has no body.
    let answers = answers.strip_suffix(NO_BODY).expect("it ends with it").as_bytes();
    let mut capture = Capture::default();
    capture.connection(&pieces(answers, SIZE), End::Fin);
    let count = answers.len().div_ceil(SIZE);
    for lost in 0..count {
        // Packet for packet: without it; nothing before it; only its beginning. With and without
        // acknowledgements.
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
        assert_eq!(without_words(&rows), 0, "stream {stream}");
        for (field, values) in told(&rows) {
            let is_about_octets =
                !["lost", "early", "joined", "ending", "data", "body", "number", "end", "unread", "chunks"]
                    .contains(&last_word(&field));
            let mut rest = true_of(&field).into_iter();
            let is_true = values.iter().all(|value| rest.any(|it| it == *value));
            assert!(!is_about_octets || is_true, "stream {stream} says {field} = {values:?}");
        }
    }
}

fn last_word(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

// ---- what is said of each segment ---------------------------------------------------------------

/// A connection, and what stands in wirestep.info of each segment that shows something; in brackets
/// what is still to come.
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
            "-> FIN between messages: no more responses",
            "<- FIN between messages: both directions are closed",
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
            "-> missing: 11 of the 20 octets of chunk 1; FIN inside a response",
            "<- FIN between messages: both directions are closed",
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
            "<- missing: chunk 2, or the last chunk; RST inside a response",
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
            "<- FIN between messages: both directions are closed",
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
            "<- FIN between messages: both directions are closed",
        ],
    ),
    // RST is the end of no body.
    (
        &[GET, (Responses, b"HTTP/1.0 200 OK\r\n\r\nhello")],
        End::Rst,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.0 200 OK, body: 5 octets [the FIN that ends the body]",
            "<- missing: the FIN that ends the body; RST inside a response",
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
            "-> HTTP/1.1 101 Switching Protocols, response complete, 4 octets in the tunnel: no HTTP/1.1 any more",
            "<- 8 octets in the tunnel: no HTTP/1.1 any more",
            "-> 17 octets in the tunnel: no HTTP/1.1 any more",
            "-> FIN in the tunnel: this direction of it is closed",
            "<- FIN in the tunnel: this direction of it is closed",
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
        &["<- CONNECT a:1, request complete", "-> HTTP/1.1 200 OK, response complete", "<- 3 octets in the tunnel: no HTTP/1.1 any more"],
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
            "-> HTTP/1.1 200 OK, body: 3 octets, response complete, \
             unexpected: no message begins like this: here should be a start-line (RFC 9112 2.1)",
            "-> FIN after a fault: no more responses",
            "<- FIN between messages: both directions are closed",
        ],
    ),
    (
        &[GET, STREAM, (Responses, b"data:a\n\n")],
        End::Open,
        &["<- GET /, request complete", "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]", "-> unexpected: here should be a chunk-size, in hexadecimal (RFC 9112 7.1)"],
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
            "-> chunk 1: 1 octet, chunk 2: 1 octet, chunk 3: 1 octet, chunk 4: 1 octet, \
             3 more chunks, last chunk, response complete",
        ],
    ),
    // Where its segments end, and what each of them is.
    (
        &[
            GET,
            (Responses, b"HTTP/1.1 200 OK\r\nContent-Ty"),
            (Responses, b"pe: text/event-stream\r\nTransfer-Encoding: chu"),
            (Responses, b"nked\r\n\r\n"),
            (Responses, b"8\r"),
            (Responses, b"\n"),
            (Responses, b"data:a\n"),
            (Responses, b"\n"),
            (Responses, b"\r"),
            (Responses, b"\n"),
            (Responses, b"0\r\n"),
            (Responses, b"\r\n"),
        ],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [the rest of the head]",
            "-> a part of a head [the rest of the head]",
            "-> end of head [chunk 1, or the last chunk]",
            "-> a part of a chunk-size line [the rest of the chunk-size line]",
            "-> chunk 1: 8 octets [8 of the 8 octets of chunk 1]",
            "-> 7 octets of chunk 1 [1 of the 8 octets of chunk 1]",
            "-> 1 octet more of chunk 1, event 1 (message) [the CRLF after the data of chunk 1]",
            "-> CR after the data of chunk 1 [the CRLF after the data of chunk 1]",
            "-> CRLF, the end of chunk 1 [chunk 2, or the last chunk]",
            "-> last chunk [the end of the trailer section]",
            "-> response complete",
        ],
    ),
    // The client leaves while the response goes on, and before there is one.
    (
        &[GET, STREAM],
        End::Leave,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]",
            "<- FIN between messages: the response goes on, still to come: chunk 1, or the last chunk",
            "-> missing: chunk 1, or the last chunk; FIN inside a response",
        ],
    ),
    (
        &[GET],
        End::Leave,
        &[
            "<- GET /, request complete",
            "<- FIN between messages: no more requests; 1 request to be answered",
            "-> FIN before any message, 1 request without a response",
        ],
    ),
    // RST after its own FIN: something of the other side came that has no reader any more.
    (
        &[GET, STREAM],
        End::LeaveWithRst,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]",
            "<- FIN between messages: the response goes on, still to come: chunk 1, or the last chunk",
            "<- missing: chunk 1, or the last chunk; RST inside a response",
        ],
    ),
    (
        &[GET, (Responses, b"HTTP/1.1 204 No Content\r\n\r\n")],
        End::LeaveWithRst,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 204 No Content, response complete",
            "<- FIN between messages: no more requests",
            "<- RST after its own FIN: nothing is cut",
        ],
    ),
    (
        &[GET, (Responses, b"HTTP/1.1 204 No Content\r\n\r\n")],
        End::Rst,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 204 No Content, response complete",
            "<- RST between messages: nothing is cut",
        ],
    ),
    // Faults after which clients go on.
    (
        &[GET, (Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 02\r\n\r\nok")],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK, unexpected: Content-Length more than once: taken as one, since the number is the same \
             (RFC 9112 6.3, rule 5), body: 2 octets, response complete",
        ],
    ),
    (
        &[GET, STREAM, (Responses, b"8  \r\ndata:a\n\n\r\n"), (Responses, b"2\r\n:\n\n0;=\r\n\r\n")],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK [chunk 1, or the last chunk]",
            "-> chunk 1: 8 octets, unexpected: white space after the chunk-size (RFC 9112 7.1), event 1 (message) \
             [chunk 2, or the last chunk]",
            "-> chunk 2: 2 octets, comment, unexpected: LF without CR after the chunk-data (RFC 9112 7.1), last chunk, \
             1 more fault, response complete",
        ],
    ),
    (
        &[GET, (Responses, b"HTTP/1.1 200\r\nContent-Length : 2\r\n\r\nok")],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200, unexpected: the space after the status code is missing (RFC 9112 4), \
             unexpected: white space before the colon (RFC 9112 5.1), body: 2 octets, response complete",
        ],
    ),
    (
        &[GET, (Responses, b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK, unexpected: a folded field line: folding is obsolete, clients put a space there \
             (RFC 9112 5.2), chunk 1: 2 octets, last chunk, response complete",
        ],
    ),
    (
        &[GET, (Responses, b"\r\nHTTP/1.1 099 What\r\nContent-Length: 2\r\n\r\nok"), GET, (Responses, b"\r\nHTTP/1.1 204 \r\n\r\n")],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 099 What, unexpected: 099 is no status code: clients take it for 5xx (RFC 9110 15), \
             body: 2 octets, response complete",
            "<- GET /, request complete",
            "-> unexpected: an empty line before a status-line (RFC 9112 2.2), empty line, HTTP/1.1 204 , response complete",
        ],
    ),
    // Understood, and forbidden.
    (
        &[
            (Requests, b"GET / HTTP/1.0\r\n\r\n"),
            (Responses, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\nContent-Length: 9\r\n\r\n0000000000000000000\r\n\r\n"),
        ],
        End::Open,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK, unexpected: Content-Length beside Transfer-Encoding, which has precedence \
             (RFC 9112 6.2, 6.3 rule 3), unexpected: chunked more than once (RFC 9112 6.1), \
             unexpected: Transfer-Encoding in the response to a request of HTTP/1.0 (RFC 9112 6.1), last chunk, response complete",
        ],
    ),
    // Faults after which clients do not go on.
    (
        &[GET, (Responses, b"hello\r\n"), (Responses, b"world\r\n")],
        End::Fin,
        &[
            "<- GET /, request complete",
            "-> unexpected: no message begins like this: here should be a start-line (RFC 9112 2.1)",
            "-> 7 octets not read: they come after a fault",
            "-> FIN after a fault: no more responses",
            "<- FIN between messages: both directions are closed",
        ],
    ),
    (
        &[GET, (Responses, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")],
        End::Rst,
        &[
            "<- GET /, request complete",
            "-> HTTP/1.1 200 OK, unexpected: where the body ends cannot be known: Content-Length is not one number \
             (RFC 9112 6.3, rule 5)",
            "<- RST between messages",
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
    // Wireshark visits frames again. With -2 tshark does, and with a filter for the first time it
    // reads them both times.
    for again in [["-2"].as_slice(), &["-2", "-R", "frame"]] {
        let rows_again = capture.read_with(&all_fields(), again);
        assert_eq!(rows_again.iter().zip(&rows).find(|(one, other)| one != other), None, "{again:?}");
        assert_eq!(rows_again.len(), rows.len());
    }
    for (stream, (_, _, expected)) in STORIES.iter().enumerate() {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.stream == stream).collect();
        assert_eq!(story(&rows), *expected, "story {stream}");
        if expected.is_empty() {
            assert!(rows.iter().all(|row| row.is_untold()), "what is no HTTP is left alone: {rows:?}");
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
            "-> joined in mid-stream, counting begins here, chunk 1: 8 octets, event 1 (message) [chunk 2, or the last chunk]",
            "-> chunk 2: 8 octets, event 2 (message) [chunk 3, or the last chunk]",
            "-> chunk 3: 8 octets, event 3 (message) [chunk 4, or the last chunk]",
            "-> chunk 4: 8 octets, event 4 (message) [chunk 5, or the last chunk]",
            "-> missing: chunk 5, or the last chunk; FIN inside a response",
        ]
    );
    assert_eq!(
        story(&of(&rows, 1, Responses))[2..5],
        [
            "-> chunk 2: 8 octets, event 2 (message) [chunk 3, or the last chunk]",
            "-> not in the capture: 13 octets before this, read again from here, counting begins here, \
             chunk 1: 8 octets, event 1 (message) [chunk 2, or the last chunk]",
            "-> chunk 2: 8 octets, event 2 (message) [chunk 3, or the last chunk]",
        ]
    );
    // No acknowledgement says that it has arrived. It is waited for, but not forever.
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
    // A line of the stream without an end, an event without a blank line, a field line without an
    // end.
    let endless_line = kept(vec![GET, STREAM], &chunk(&line), SEGMENTS);
    let endless_event = kept(vec![GET, STREAM], &chunk(&[b"data:", &line[..90], b"\n"].concat().repeat(300)), SEGMENTS);
    let endless_head = kept(vec![GET, (Responses, b"HTTP/1.1 200 OK\r\nLong: ")], &line, SEGMENTS);
    // What lies in small pieces is not kept once for each of them.
    let pieces = kept(vec![GET, STREAM], &chunk(&line[..20]), 2000);
    let events = kept(vec![GET, STREAM], &chunk(b"id:1\nevent:message\ndata:event1\n\n"), 2000);
    let all = [endless_line, endless_event, endless_head].map(|kept| (kept, SEGMENTS));
    for (number, (kept, segments)) in all.into_iter().chain([(pieces, 2000), (events, 2000)]).enumerate() {
        let (each, once) = (900, 512 * 1024);
        assert!(kept - nothing < segments * each + once, "{number}: {} octets for {segments} segments", kept - nothing);
    }
}

/// Chunks of every kind, most of them whole events: those that the kit steps over if none of their
/// rows is looked at.
fn many_chunks() -> String {
    let data = [
        "data: one\n\n",
        "id: 7\ndata: two\n\n",
        "event: price\ndata: 3\n\n",
        "data: four\n\ndata: five\n\n",
        ": wait\n\n",
        "data: six\r\n\r\n",
        "data: sev",
        "en\n",
        "\n",
        "id: 8\n\n",
        "\n\n",
        "data\n\n",
        "id\ndata: eight\nidle: 1\n\n",
        "data: an event: here\ndatum: 1\n\n",
        "id: 9\0\ndata: nine\n\n",
        "id: 10\nx: id: 11\ndata:\n\n",
    ];
    let chunk = |data: &&str| format!("{:x}\r\n{data}\r\n", data.len());
    let chunks: String = data.iter().chain(&data[..6]).chain(&data[..6]).map(chunk).collect();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n\
         HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\0\r\n2\r\n\r\n\r\n3\r\nabc\r\n4;x\r\nabcd\r\n0\r\n\r\n"
    )
}

#[test]
fn what_is_not_looked_at_is_read_and_told_all_the_same() {
    let answers = many_chunks();
    let answers = answers.as_bytes();
    let mut capture = Capture::default();
    for size in (1..60).chain([100, 200, 300, 400, 500, answers.len()]) {
        let responses = answers.chunks(size).map(|piece| (Responses, piece));
        capture.connection(&[GET, GET].into_iter().chain(responses).collect::<Vec<_>>(), End::Fin);
    }
    capture.without_acknowledgements();
    let all = capture.read(&all_fields());
    let few = ["wirestep.info", "wirestep.continues"].map(str::to_owned);
    let without_rows = capture.read(&few);
    let again = capture.read_with(&few, &["-2", "-R", "frame"]);
    assert_eq!(all.len(), without_rows.len());
    for ((row, without), again) in all.iter().zip(&without_rows).zip(&again) {
        let words = |row: &Row| (row.first("wirestep.info").to_owned(), row.first("wirestep.continues").to_owned());
        assert_eq!(words(without), words(row), "stream {}", row.stream);
        assert_eq!(words(again), words(row), "stream {}", row.stream);
    }
    // It is not only the same, but also right: the last id, the types, and the number of the last
    // event.
    let values =
        |field: &str| of(&all, 0, Responses).iter().flat_map(|row| row.all(field)).cloned().collect::<Vec<_>>();
    let ids = values("wirestep.event.dispatched.id");
    assert_eq!(ids[..10], ["", "7", "7", "7", "7", "7", "7", "8", "", ""]);
    assert_eq!(ids[10..12], ["", "10"]);
    assert_eq!(values("wirestep.event.dispatched").last().map(String::as_str), Some("24"));
    assert_eq!(values("wirestep.event.dispatched.type").iter().filter(|it| *it == "price").count(), 3);
}

#[test]
fn a_segment_shows_a_bounded_number_of_rows_and_octets_and_counts_the_rest() {
    let lines = format!("{:x}\r\n{}\r\n", 30_000, "\n".repeat(30_000));
    let octets: Vec<u8> = (0..40_000_u32).map(|number| (number * 7 % 251) as u8).collect();
    let long = format!("2717\r\ndata: {}\n\n\r\n", "x".repeat(9999));
    let length = b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n";
    let mut capture = Capture::default();
    capture.connection(&[GET, STREAM, (Responses, lines.as_bytes()), (Responses, long.as_bytes())], End::Open);
    capture.connection(&[GET, (Responses, length), (Responses, &octets)], End::Open);
    let rows = capture.read(&all_fields());
    let first = of(&rows, 0, Responses);
    let full = first.iter().find(|row| !row.all("wirestep.omitted").is_empty()).expect("there are too many lines");
    let shown: usize = full.values.values().map(Vec::len).sum();
    assert!((900..1100).contains(&shown), "{shown}");
    assert_eq!(full.first("wirestep.info"), "chunk 1: 30000 octets");
    let omitted: usize = full.first("wirestep.omitted").parse().expect("a number");
    // All lines, and the CRLF of the chunk.
    assert_eq!(omitted + full.all("wirestep.event.field").len(), 30_001);
    let event = first.iter().find(|row| !row.all("wirestep.event.dispatched").is_empty()).expect("one is dispatched");
    assert_eq!(event.first("wirestep.event.dispatched.data"), format!("{} ... 5903 octets more", "x".repeat(4096)));
    let body: usize =
        rows.iter().flat_map(|row| row.all("wirestep.body")).map(|text| text.chars().count()).max().expect("a body");
    assert!((256..1100).contains(&body), "{body} characters");
}

#[test]
fn any_digits_of_retry_are_obeyed_and_control_characters_can_be_escapes() {
    let retries = "retry: 10000000000\nretry: 007\nretry: 99999999999999999999999\nretry: -1\nid: a\tb\u{7f}c\\d\n";
    let chunk = format!("{:x}\r\n{retries}\r\n", retries.len());
    let mut capture = Capture::default();
    capture.connection(&[GET, STREAM, (Responses, chunk.as_bytes())], End::Open);
    let rows = capture.read(&all_fields());
    let values = |rows: &[Row], field: &str| rows.iter().flat_map(|row| row.all(field)).cloned().collect::<Vec<_>>();
    assert_eq!(values(&rows, "wirestep.event.retry"), ["10000000000", "7", "18446744073709551615"]);
    assert_eq!(values(&rows, "wirestep.event.id"), ["a␉b\\x7fc\\d"]);
    let escaped = capture.read_with(&all_fields(), &["-o", "wirestep.escapes:TRUE"]);
    assert_eq!(values(&escaped, "wirestep.event.id"), ["a\\tb\\x7fc\\d"]);
    assert!(values(&escaped, "wirestep.chunk.data")[0].starts_with("retry: 10000000000\\nretry: 007\\n"));
}

#[test]
fn the_info_column_begins_with_what_the_kit_says() {
    let mut capture = Capture::default();
    capture.connection(&[GET], End::Open);
    let info =
        |options: &[&str]| capture.read_with(&["_ws.col.Info".to_owned()], options)[3].first("_ws.col.Info").to_owned();
    assert_eq!(info(&[]), "GET /, request complete | GET / HTTP/1.1 ");
    assert_eq!(info(&["-o", "wirestep.info:FALSE"]), "GET / HTTP/1.1 ");
}
