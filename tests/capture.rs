//! Captures, read without a program around it: each file is made here, and what is told of it is compared whole.
//!
//! A test reads as a diagram: who sends what, what happens to the packets, and what is told.

#[path = "common/packets.rs"]
mod packets;

use std::fmt::Write as _;
use std::io::{self, Cursor};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets::{ACK, FIN, Flags, Form, NO_ACK, Packet, RST, Talk, block, linked, pcap, section};
use proptest::prelude::*;
use wirestep::capture::conversations::{Conversations, Passed};
use wirestep::capture::file::CaptureFile;
use wirestep::capture::limits::Limits;
use wirestep::trace::record::{Record, Sink, What};
use wirestep::trace::recorder::Trace;
use wirestep::wire::flow::Flow;

// ---- what is told ------------------------------------------------------------------------------------------------

/// A sink that writes one line for each record, without sentences.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Sink for Told {
    fn name(&self) -> &str {
        "a test"
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let arrow = |flow| if flow == Flow::Requests { "<-" } else { "->" };
        let said = match record.what {
            What::Opened { local, peer } => format!("opened {peer} {local}"),
            What::Octets { flow, octets, spans, .. } => {
                let first = spans.first().expect("octets have labels").label;
                let at = spans.iter().map(|span| span.range.len()).sum::<usize>();
                assert_eq!(at, octets.len(), "spans cover all octets");
                format!("{} {} [{first}]", arrow(flow), octets.escape_ascii())
            }
            What::Missing { flow, count, loss } => format!("{} missing {count} {}", arrow(flow), loss.code()),
            What::Foreign { protocol, local, peer } => format!("{} {peer} {local}", protocol.code()),
            What::State(change) => format!("{change:?}"),
            What::Fin { flow, ending, .. } => format!("{} FIN {ending:?}", arrow(flow)),
            What::Rst { flow, ending, .. } => format!("{} RST {ending:?}", arrow(flow)),
            What::Closed { cause } => format!("closed {}", cause.code()),
            What::Blocked { .. } | What::Held { .. } => unreachable!("a capture has no calls"),
            What::Verdict(_) => unreachable!("this trace has no judge"),
        };
        let line = format!("{} #{} {said}", record.at.as_millis(), record.connection);
        self.0.lock().expect("nobody panicked").push(line);
        Ok(())
    }
}

struct Read {
    told: Vec<String>,
    passed: Passed,
    error: Option<String>,
}

fn read_with(file: &[u8], limits: Limits, port: Option<u16>) -> Read {
    let told = Told::default();
    let mut trace = Trace::new(vec![Box::new(told.clone())]);
    let mut conversations = Conversations::new(limits, port);
    let mut capture = CaptureFile::new(Box::new(Cursor::new(file.to_vec())));
    let error = loop {
        match capture.next_packet() {
            Ok(Some(packet)) => conversations.packet(&packet, &mut trace),
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    conversations.end(&mut trace);
    let lines = told.0.lock().expect("nobody panicked").clone();
    Read { told: lines, passed: conversations.passed().clone(), error }
}

/// What is told of a file that can be read to its end.
fn read(file: &[u8]) -> Vec<String> {
    let read = read_with(file, Limits::default(), None);
    assert_eq!(read.error, None);
    read.told
}

/// The same of packets in a plain file.
fn told(packets: &[Packet]) -> Vec<String> {
    read(&pcap(LITTLE, RAW, packets))
}

/// Without times.
fn untimed(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split_once(' ').expect("a time").1).collect()
}

const LITTLE: Form = Form { is_big_endian: false, digits: 6 };
const RAW: u32 = 101;
const CLIENT: &str = "192.0.2.1:50000";
const SERVER: &str = "192.0.2.2:80";

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A request, a head, two chunks with one event each, the last chunk, both FIN.
fn stream() -> Talk {
    let mut talk = Talk::open(CLIENT, SERVER);
    talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(HEAD).answer(b"8\r\ndata:1\n\n\r\n").answer(b"8\r\ndata:2\n\n\r\n");
    talk.answer(b"0\r\n\r\n").end();
    talk
}

fn stream_as_told() -> Vec<String> {
    told_of("192.0.2.1:50000", "192.0.2.2:80")
}

fn told_of(client: &str, server: &str) -> Vec<String> {
    let lines = [
        format!("0 #1 opened {client} {server}"),
        "3 #1 <- GET /x HTTP/1.1\\r\\n\\r\\n [method]".to_owned(),
        format!("4 #1 -> {} [HTTP-version]", HEAD.escape_ascii()),
        "6 #1 -> 8\\r\\ndata:1\\n\\n\\r\\n [chunk-size]".to_owned(),
        "8 #1 -> 8\\r\\ndata:2\\n\\n\\r\\n [chunk-size]".to_owned(),
        "10 #1 -> 0\\r\\n\\r\\n [chunk-size]".to_owned(),
        "12 #1 -> FIN BetweenMessages".to_owned(),
        "13 #1 <- FIN BetweenMessages".to_owned(),
        "13 #1 closed both-fin".to_owned(),
    ];
    lines.to_vec()
}

// ---- files -------------------------------------------------------------------------------------------------------

#[test]
fn a_stream_is_told_as_it_was_sent() {
    assert_eq!(told(&stream().packets), stream_as_told());
}

#[test]
fn every_byte_order_and_resolution_tells_the_same() {
    let packets = stream().packets;
    for is_big_endian in [false, true] {
        for digits in [6, 9] {
            let form = Form { is_big_endian, digits };
            assert_eq!(read(&pcap(form, RAW, &packets)), stream_as_told(), "pcap {form:?}");
        }
        for digits in [3, 6, 9] {
            let form = Form { is_big_endian, digits };
            assert_eq!(read(&section(form, &[101], 0, &packets)), stream_as_told(), "pcapng {form:?}");
            assert_eq!(read(&section(form, &[101], 3600, &packets)), stream_as_told(), "with an offset {form:?}");
        }
    }
}

#[test]
fn several_sections_and_interfaces_are_one_capture() {
    let (packets, big) = (stream().packets, Form { is_big_endian: true, digits: 9 });
    let (first, second) = packets.split_at(6);
    let file = [section(LITTLE, &[101, 228], 0, first), section(big, &[101], 0, second)].concat();
    assert_eq!(read(&file), stream_as_told());
}

#[test]
fn a_simple_packet_has_the_time_of_the_one_before_it() {
    let packets = stream().packets;
    let mut file = section(LITTLE, &[101], 0, &packets[..4]);
    for packet in &packets[4..] {
        let mut body = LITTLE.u32(packet.original as u32).to_vec();
        body.extend(&packet.octets);
        body.resize(body.len().next_multiple_of(4), 0);
        block(LITTLE, &mut file, 3, &body);
    }
    assert_eq!(untimed(&read(&file)), untimed(&stream_as_told()));
}

#[test]
fn every_link_type_tells_the_same() {
    let ip = |is_6: bool| if is_6 { [0x86, 0xdd] } else { [0x08, 0x00] };
    let ethernet = |tags: &'static [u8]| move |is_6: bool| [&[2; 12], tags, &ip(is_6)].concat();
    let cooked = |is_6: bool| [&[0, 4, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0], &ip(is_6)[..]].concat();
    let tunnel = |is_6: bool| [&[0, 4, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &ip(is_6)[..]].concat();
    let cooked_2 = |is_6: bool| [&ip(is_6)[..], &[0; 18]].concat();
    let null = |is_6: bool| if is_6 { vec![30, 0, 0, 0] } else { vec![2, 0, 0, 0] };
    let loop_ = |is_6: bool| if is_6 { vec![0, 0, 0, 24] } else { vec![0, 0, 0, 2] };
    let addresses = [(CLIENT, SERVER), ("[2001:db8::1]:50000", "[2001:db8::2]:80")];
    for (client, server) in addresses {
        let mut talk = Talk::open(client, server);
        talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(HEAD).answer(b"8\r\ndata:1\n\n\r\n").answer(b"8\r\ndata:2\n\n\r\n");
        talk.answer(b"0\r\n\r\n").end();
        let packets = &talk.packets;
        let cases = [
            ("Ethernet", 1, linked(packets, ethernet(&[]))),
            ("VLAN", 1, linked(packets, ethernet(&[0x81, 0, 0, 7]))),
            ("two tags", 1, linked(packets, ethernet(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 8]))),
            ("Linux cooked", 113, linked(packets, cooked)),
            ("Linux cooked, a tunnel", 113, linked(packets, tunnel)),
            ("Linux cooked, version 2", 276, linked(packets, cooked_2)),
            ("null", 0, linked(packets, null)),
            ("loopback", 108, linked(packets, loop_)),
            ("raw", 101, packets.clone()),
            ("raw, as some systems number it", 12, packets.clone()),
        ];
        for (name, link, packets) in cases {
            assert_eq!(read(&pcap(LITTLE, link, &packets)), told_of(client, server), "{name} {client}");
        }
    }
}

#[test]
fn padding_of_the_link_layer_is_not_data() {
    let padded = |packet: &Packet| {
        let mut octets = [&[2; 12][..], &[8, 0], &packet.octets].concat();
        octets.resize(octets.len().max(60), 0);
        Packet::new(packet.at, octets)
    };
    let packets: Vec<Packet> = stream().packets.iter().map(padded).collect();
    assert_eq!(read(&pcap(LITTLE, 1, &packets)), stream_as_told());
}

#[test]
fn a_packet_for_a_card_that_cuts_segments_has_no_length_of_its_own() {
    let mut packets = stream().packets;
    for packet in &mut packets {
        packet.octets[2..4].fill(0);
    }
    assert_eq!(told(&packets), stream_as_told());
}

#[test]
fn what_is_no_tcp_is_counted() {
    let mut packets = stream().packets;
    let mut fragment = packets[3].clone();
    fragment.octets[6] = 0x20;
    let mut udp = packets[3].clone();
    udp.octets[9] = 17;
    let mut quic = udp.clone();
    quic.octets[20..22].copy_from_slice(&443_u16.to_be_bytes());
    let cut = packets[3].clone().snapped(39);
    packets.splice(3..3, [fragment, udp, quic, cut]);
    let read = read_with(&pcap(LITTLE, RAW, &packets), Limits::default(), None);
    assert_eq!(read.told, stream_as_told());
    let passed = "1 fragments of IP packets, which are not put together, 1 of UDP on port 443 (HTTP/3, if it is HTTP), \
                  1 whose headers are cut or broken, 1 of other protocols";
    assert_eq!(read.passed.to_string(), passed);
    let read = read_with(&pcap(LITTLE, 105, &packets), Limits::default(), None);
    assert_eq!((read.told.len(), read.passed.unread_link), (0, Some((105, packets.len() as u64))));
}

#[test]
fn a_file_that_is_cut_is_told_as_far_as_it_goes() {
    let packets = stream().packets;
    for file in [pcap(LITTLE, RAW, &packets), section(LITTLE, &[101], 0, &packets)] {
        let whole = untimed(&stream_as_told()).iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        for length in 0..file.len() {
            let read = read_with(&file[..length], Limits::default(), None);
            let told = untimed(&read.told);
            let same = told.iter().zip(&whole).take_while(|(told, whole)| *told == whole).count();
            // What was open is closed at the end.
            assert!(same + 1 >= told.len(), "cut at {length}: {told:?}");
            let error = read.error.unwrap_or_default();
            let says_where = format!("it is cut at octet {length}, ");
            let is_at_a_packet = error.is_empty();
            let is_head = length < 4 && error.starts_with(if length == 0 { "it is empty" } else { "it is no capture" });
            assert!(is_at_a_packet || is_head || error.starts_with(&says_where), "cut at {length}: {error}");
        }
    }
}

#[test]
fn what_is_no_capture_is_said_to_be_none() {
    let error = |file: &[u8]| read_with(file, Limits::default(), None).error.expect("an error");
    assert_eq!(error(b""), "it is empty: a capture has at least a header");
    assert_eq!(error(b"GET / HTTP/1.1\r\n"), "it is no capture: it begins neither as pcap nor as pcapng does");
    assert_eq!(error(b"\x1f\x8b\x08\x00"), "it is compressed with gzip: decompress it first");
    assert_eq!(error(b"\x28\xb5\x2f\xfd"), "it is compressed with zstd: decompress it first");
    assert_eq!(
        error(&[&pcap(LITTLE, RAW, &[])[..], &[0xff; 16]].concat()),
        "it is broken at octet 24: a block says that it has 4294967295 octets"
    );
    let mut ng = section(LITTLE, &[101], 0, &[]);
    let at = ng.len();
    block(LITTLE, &mut ng, 6, &[7; 20]);
    let malformed = format!("it is broken at octet {at}: a block does not follow its grammar");
    assert_eq!(error(&ng), malformed);
    ng.truncate(at);
    block(LITTLE, &mut ng, 6, &[LITTLE.u32(9), [0; 4], [0; 4], [0; 4], [0; 4]].concat());
    let unknown = format!("it is broken at octet {at}: a packet of the interface 9, which is not described");
    assert_eq!(error(&ng), unknown);
}

// ---- TCP ---------------------------------------------------------------------------------------------------------

#[test]
fn sequence_numbers_wrap() {
    let mut talk = Talk::open_at(CLIENT, SERVER, u32::MAX - 5, u32::MAX - 100);
    talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(HEAD).answer(b"8\r\ndata:1\n\n\r\n").answer(b"8\r\ndata:2\n\n\r\n");
    talk.answer(b"0\r\n\r\n").end();
    assert_eq!(told(&talk.packets), stream_as_told());
}

#[test]
fn a_segment_that_comes_ahead_is_told_when_its_turn_has_come() {
    let mut packets = stream().packets;
    // In the file the second chunk (8) stands before the first one (6), but it came later.
    packets.swap(6, 8);
    assert_eq!(told(&packets), stream_as_told());
    // It came before: the client could read it only with the first.
    (packets[6].at, packets[8].at) = (packets[8].at, packets[6].at);
    let mut expected = stream_as_told();
    expected[3] = expected[3].replace("6 #1", "8 #1");
    assert_eq!(told(&packets), expected);
}

#[test]
fn what_is_sent_again_is_counted_and_told_once() {
    let mut packets = stream().packets;
    let again = packets[6].clone();
    packets.insert(9, again.clone());
    packets.insert(11, again);
    let mut expected = stream_as_told();
    expected.insert(8, "13 #1 Repeated { segments: 2 }".to_owned());
    assert_eq!(told(&packets), expected);
}

#[test]
fn a_keep_alive_probe_is_no_octet() {
    let mut talk = Talk::open(CLIENT, SERVER);
    talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(HEAD);
    let mut probe = talk.packets.last().expect("the acknowledgement").clone();
    let sequence = u32::from_be_bytes(probe.tcp()[4..8].try_into().expect("four octets"));
    probe.tcp()[4..8].copy_from_slice(&(sequence - 1).to_be_bytes());
    talk.packets.push(probe);
    assert_eq!(told(&talk.packets).len(), 4);
}

#[test]
fn a_lost_segment_is_missing_once_the_other_side_has_acknowledged_it() {
    let mut talk = stream();
    let lost = talk.packets.remove(6);
    assert_eq!(lost.payload(), b"8\r\ndata:1\n\n\r\n");
    let told = told(&talk.packets);
    let lines = untimed(&told);
    assert_eq!(
        lines[3..6],
        [
            "#1 -> missing 13 not-captured",
            "#1 -> 8\\r\\ndata:2\\n\\n\\r\\n [chunk-size]",
            "#1 -> 0\\r\\n\\r\\n [chunk-size]"
        ]
    );
}

#[test]
fn a_gap_is_given_up_after_a_second_and_not_before() {
    let missing_when_it_comes_after = |rounds: usize| {
        let mut talk = Talk::open(CLIENT, SERVER);
        talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(HEAD).answer(b"8\r\ndata:1\n\n\r\n").answer(b"8\r\ndata:2\n\n\r\n");
        let mut lost = talk.packets.remove(6);
        for _ in 0..rounds {
            talk.wait(Duration::from_millis(400)).push(true, ACK, b"");
        }
        lost.at = talk.now;
        talk.packets.push(lost);
        told(&talk.packets)[3].clone()
    };
    let comes_late = "812 #1 -> 8\\r\\ndata:1\\n\\n\\r\\n [chunk-size]";
    assert_eq!(missing_when_it_comes_after(2), comes_late);
    assert_eq!(missing_when_it_comes_after(3), "8 #1 -> missing 13 not-captured");
}

#[test]
fn another_conversation_makes_the_time_pass() {
    let mut talk = stream();
    talk.packets.remove(6);
    talk.packets.truncate(9);
    let mut other = Talk::open("192.0.2.9:50001", SERVER);
    other.now = talk.now + Duration::from_secs(2);
    other.ask(b"GET /other HTTP/1.1\r\n\r\n");
    let packets = [talk.packets, other.packets.split_off(3)].concat();
    let lines = told(&packets);
    assert!(lines[3].ends_with("#1 -> missing 13 not-captured"), "{lines:#?}");
    assert!(lines[5].contains("#2"), "{lines:#?}");
}

#[test]
fn what_is_missing_inside_a_body_of_known_length_does_not_lose_the_place() {
    let mut talk = Talk::open(CLIENT, SERVER);
    talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nab");
    talk.answer(b"cdef").answer(b"ghij").answer(b"kl").ask(b"GET /y HTTP/1.1\r\n\r\n");
    talk.answer(b"HTTP/1.1 204 No Content\r\n\r\n").end();
    talk.packets.remove(6);
    let told = told(&talk.packets);
    let expected = [
        "#1 -> missing 4 not-captured",
        "#1 -> ghij [body]",
        "#1 -> kl [body]",
        "#1 -> HTTP/1.1 204 No Content\\r\\n\\r\\n [HTTP-version]",
        "#1 -> FIN BetweenMessages",
    ];
    assert_eq!(untimed(&told).into_iter().skip(3).filter(|line| line.contains("->")).collect::<Vec<_>>(), expected);
}

#[test]
fn of_a_snapped_segment_the_rest_is_missing() {
    let mut packets = stream().packets;
    packets[6] = packets[6].clone().snapped(44);
    let told = told(&packets);
    let expected = [
        "#1 -> 8\\r\\nd [chunk-size]",
        "#1 -> missing 9 cut",
        "#1 -> 8\\r\\ndata:2\\n\\n\\r\\n [chunk-size]",
        "#1 -> 0\\r\\n\\r\\n [chunk-size]",
    ];
    assert_eq!(untimed(&told)[3..7], expected);
}

#[test]
fn a_closed_window_is_told_once_and_its_opening() {
    let mut talk = Talk::open(CLIENT, SERVER);
    let full = Flags { window: 0, ..ACK };
    talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(HEAD).push(true, full, b"").push(true, full, b"").push(true, ACK, b"");
    let told = told(&talk.packets);
    assert_eq!(told[3..], ["6 #1 WindowClosed(Responses)", "8 #1 WindowOpen(Responses)", "8 #1 closed capture-ends"]);
}

#[test]
fn a_reset_says_what_it_cuts() {
    let mut talk = Talk::open(CLIENT, SERVER);
    talk.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(HEAD).answer(b"8\r\ndata").push(false, RST, b"");
    let told = told(&talk.packets);
    assert_eq!(told[4..], ["8 #1 -> RST InsideChunked { missing: 4 }", "8 #1 closed after-reset"]);
}

#[test]
fn a_refused_connection_is_told() {
    let mut talk = Talk::open(CLIENT, SERVER);
    talk.packets.truncate(1);
    talk.now -= Duration::from_millis(2);
    talk.push(false, RST, b"");
    let told = told(&talk.packets);
    let expected =
        ["0 #1 opened 192.0.2.1:50000 192.0.2.2:80", "1 #1 -> RST BetweenMessages", "1 #1 closed after-reset"];
    assert_eq!(told, expected);
}

#[test]
fn a_port_that_is_used_again_is_another_connection() {
    let mut first = stream();
    first.packets.truncate(6);
    let mut second = Talk::open_at(CLIENT, SERVER, 777_777, 888_888);
    second.ask(b"GET /y HTTP/1.1\r\n\r\n");
    let told = told(&[first.packets, second.packets].concat());
    let expected = [
        "#1 closed port-reused",
        "#2 opened 192.0.2.1:50000 192.0.2.2:80",
        "#2 <- GET /y HTTP/1.1\\r\\n\\r\\n [method]",
        "#2 closed capture-ends",
    ];
    assert_eq!(untimed(&told)[3..], expected);
}

#[test]
fn one_direction_alone_is_told() {
    // The client's FIN, which is acknowledged too, cannot be told from an octet.
    let packets: Vec<Packet> = stream().packets.into_iter().filter(|packet| packet.octets[15] == 2).collect();
    let told = told(&packets);
    assert_eq!(told[1], "13 #1 <- missing 20 not-captured");
    assert_eq!(told[2], format!("13 #1 -> {} [HTTP-version]", HEAD.escape_ascii()));
    assert_eq!(told.last().expect("lines").split_once(' ').expect("a time").1, "#1 closed capture-ends");
}

// ---- what is spoken ----------------------------------------------------------------------------------------------

#[test]
fn a_request_that_comes_octet_by_octet_is_told_octet_by_octet() {
    let mut talk = Talk::open(CLIENT, SERVER);
    for octet in b"GET /" {
        talk.ask(&[*octet]);
    }
    let told = told(&talk.packets);
    let expected = [
        "3 #1 <- G [method]",
        "4 #1 <- E [method]",
        "5 #1 <- T [method]",
        "6 #1 <-   [SP]",
        "7 #1 <- / [request-target]",
    ];
    assert_eq!(told[1..6], expected);
}

#[test]
fn other_protocols_are_one_line_each() {
    let cases: [(&[u8], &[u8], &str); 5] = [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\x16\x03\x03\x00\x5a", "tls"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0\0\x12\x04\0", "http2"),
        (b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n", "other"),
        (b"EHLO x\r\n", b"250 x\r\n", "other"),
        (b"\0\0", b"", "other"),
    ];
    for (asked, answered, protocol) in cases {
        let mut talk = Talk::open(CLIENT, SERVER);
        talk.ask(asked);
        if !answered.is_empty() {
            talk.answer(answered);
        }
        talk.ask(b"more").answer(b"more").end();
        let told = told(&talk.packets);
        assert_eq!(untimed(&told), [format!("#1 {protocol} 192.0.2.1:50000 192.0.2.2:80")]);
    }
}

#[test]
fn what_a_server_answers_in_http_is_http() {
    let mut talk = Talk::open(CLIENT, SERVER);
    talk.ask(b"\0\x01\r\n\r\n").answer(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let told = told(&talk.packets);
    assert_eq!(untimed(&told)[1], "#1 <- \\x00\\x01\\r\\n\\r\\n [unexpected]");
}

#[test]
fn a_capture_that_begins_late_is_labelled_from_the_next_message_on() {
    let mut talk = stream();
    talk.packets.truncate(6);
    talk.answer(b"8\r\ndata").answer(b":2\n\n\r\n").ask(b"GET /y HTTP/1.1\r\n\r\n");
    talk.answer(b"HTTP/1.1 204 No Content\r\n\r\n").end();
    let told = told(&talk.packets[6..]);
    let expected = [
        "#1 opened 192.0.2.1:50000 192.0.2.2:80",
        "#1 Joined",
        "#1 <- GET /y HTTP/1.1\\r\\n\\r\\n [method]",
        "#1 -> HTTP/1.1 204 No Content\\r\\n\\r\\n [HTTP-version]",
        "#1 -> FIN BetweenMessages",
        "#1 <- FIN BetweenMessages",
        "#1 closed both-fin",
    ];
    assert_eq!(untimed(&told), expected);
}

#[test]
fn a_late_capture_of_an_event_stream_is_labelled_from_the_next_event_on() {
    let told = told(&stream().packets[6..]);
    let expected = [
        "#1 opened 192.0.2.1:50000 192.0.2.2:80",
        "#1 Joined",
        "#1 -> 8\\r\\ndata:1\\n\\n\\r\\n [chunk-size]",
        "#1 -> 8\\r\\ndata:2\\n\\n\\r\\n [chunk-size]",
        "#1 -> 0\\r\\n\\r\\n [chunk-size]",
        "#1 -> FIN BetweenMessages",
        "#1 <- FIN NotKnown(MidStream)",
        "#1 closed both-fin",
    ];
    assert_eq!(untimed(&told), expected);
}

#[test]
fn only_the_port_that_is_asked_for_is_followed() {
    let packets = [stream().packets, Talk::open("192.0.2.3:1", "192.0.2.2:81").packets].concat();
    let file = pcap(LITTLE, RAW, &packets);
    assert_eq!(read_with(&file, Limits::default(), Some(80)).told, stream_as_told());
    assert_eq!(read_with(&file, Limits::default(), Some(8080)).told, [""; 0]);
}

// ---- bounds ------------------------------------------------------------------------------------------------------

#[test]
fn too_many_conversations_push_out_those_that_were_idle_the_longest() {
    let limits = Limits { conversations: 8, ..Limits::default() };
    let mut packets = Vec::new();
    for number in 0..20 {
        let mut talk = Talk::open(&format!("192.0.2.1:{}", 1000 + number), SERVER);
        talk.now += Duration::from_secs(number);
        talk.ask(b"GET / HTTP/1.1\r\n\r\n");
        packets.extend(talk.packets);
    }
    let told = read_with(&pcap(LITTLE, RAW, &packets), limits, None).told;
    let forgotten: Vec<&str> =
        untimed(&told).into_iter().filter_map(|line| line.strip_suffix(" closed forgotten")).collect();
    let expected: Vec<String> = (1..=12).map(|number| format!("#{number}")).collect();
    assert_eq!(forgotten, expected);
}

#[test]
fn what_comes_ahead_is_kept_only_up_to_a_bound() {
    let limits = Limits { conversation: 10_000, ..Limits::default() };
    let mut talk = Talk::open(CLIENT, SERVER);
    talk.ask(b"GET / HTTP/1.1\r\n\r\n").push(false, ACK, b"HTTP/1.1 200 OK\r\n\r\n");
    talk.packets.pop();
    for _ in 0..12 {
        // Without an acknowledgement it may still come.
        talk.push(false, ACK, &[b'x'; 1000]);
    }
    let read = read_with(&pcap(LITTLE, RAW, &talk.packets), limits, None);
    let missing = read.told.iter().position(|line| line.contains("missing 19 not-captured"));
    assert_eq!(missing, Some(2), "{:?}", read.told);
    let told_after = read.told.iter().filter(|line| line.contains(" xxxx")).count();
    assert_eq!(told_after, 12, "{:?}", read.told);
}

// ---- properties --------------------------------------------------------------------------------------------------

/// A capture of some conversations with everything that can happen to one.
fn hostile_packets() -> impl Strategy<Value = Vec<Packet>> {
    let step = (any::<bool>(), 0..8_u8, prop::collection::vec(any::<u8>(), 0..30));
    let talk = (prop::collection::vec(step, 0..20), any::<u32>(), any::<u32>(), 0..3_u16);
    let packets = prop::collection::vec(talk, 1..4).prop_map(|talks| {
        let mut packets = Vec::new();
        for (steps, client_isn, server_isn, port) in talks {
            let mut talk = Talk::open_at(&format!("192.0.2.1:{}", 1000 + port), SERVER, client_isn, server_isn);
            for (is_client, kind, octets) in steps {
                let text: &[u8] = if is_client { b"GET / HTTP/1.1\r\n\r\n" } else { b"HTTP/1.1 200 OK\r\n\r\n" };
                match kind {
                    0 => talk.push(is_client, FIN, &octets),
                    1 => talk.push(is_client, RST, &octets),
                    2 => talk.push(is_client, Flags { syn: true, ..NO_ACK }, &octets),
                    3 => talk.push(is_client, ACK, text),
                    _ => talk.push(is_client, ACK, &octets),
                };
            }
            packets.extend(talk.packets);
        }
        packets
    });
    (packets, prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..6_u8), 0..20))
        .prop_map(|(mut packets, changes)| {
            for (one, other, kind) in changes {
                if packets.is_empty() {
                    break;
                }
                let (one, other) = (one.index(packets.len()), other.index(packets.len()));
                match kind {
                    0 => packets.swap(one, other),
                    1 => packets.insert(one, packets[other].clone()),
                    2 if packets.len() > 1 => _ = packets.remove(one),
                    3 => packets[one] = packets[one].clone().snapped(30 + other),
                    4 => packets[one].octets[20 + other % 20] ^= 1 << (other % 8),
                    _ => packets[one].at += Duration::from_secs(2),
                }
                packets.retain(|packet| packet.octets.len() > 45 || packet.octets.len() == packet.original);
            }
            packets
        })
}

proptest! {
    #[test]
    fn whatever_the_packets_are_every_conversation_is_told_in_order(packets in hostile_packets()) {
        prop_assume!(!packets.is_empty());
        let read = read_with(&pcap(LITTLE, RAW, &packets), Limits::default(), None);
        prop_assert_eq!(read.error, None);
        let mut states: std::collections::BTreeMap<&str, (&str, u64)> = std::collections::BTreeMap::new();
        for line in &read.told {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            let (at, id, what) = (words[0].parse::<u64>().expect("a time"), words[1], words[2]);
            let before = states.get(id).copied();
            match what {
                "opened" | "tls" | "http2" | "other" => prop_assert!(before.is_none(), "{}", line),
                _ => prop_assert!(matches!(before, Some((state, _)) if state != "closed"), "{}", line),
            }
            prop_assert!(before.is_none_or(|(_, latest)| latest <= at), "time goes back: {}", line);
            states.insert(id, (what, at));
        }
        let is_over = |state: &str| matches!(state, "closed" | "tls" | "http2" | "other");
        prop_assert!(states.values().all(|(state, _)| is_over(state)), "{:#?}", read.told);
    }

    #[test]
    fn whatever_the_file_is_reading_ends(file in prop::collection::vec(any::<u8>(), 0..400), form in 0..3_usize) {
        let head = [pcap(LITTLE, 1, &[]), section(LITTLE, &[1], 0, &[]), Vec::new()][form].clone();
        read_with(&[head, file].concat(), Limits::default(), None);
    }

    /// Of a stream whose packets come in another order, twice, or cut in two, everything is told as if they did not.
    #[test]
    fn order_and_repetition_change_nothing(
        swaps in prop::collection::vec((3..13_usize, 3..13_usize), 0..6),
        again in prop::collection::vec((0..13_usize, 0..16_usize), 0..6),
    ) {
        let mut packets = stream().packets;
        let near = |one: usize, other: usize| one.abs_diff(other) <= 3;
        for (one, other) in swaps.into_iter().filter(|(one, other)| near(*one, *other)) {
            packets.swap(one, other);
        }
        for (one, at) in again {
            let copy = packets[one].clone();
            packets.insert((one + at).min(packets.len()), copy);
        }
        let octets = |lines: &[String]| {
            let mut both = [String::new(), String::new()];
            for line in lines {
                if let Some((_, octets)) = line.split_once(" -> ") {
                    _ = write!(both[0], "{octets}");
                } else if let Some((_, octets)) = line.split_once(" <- ") {
                    _ = write!(both[1], "{octets}");
                }
            }
            both
        };
        let lines = told(&packets);
        prop_assert_eq!(octets(&lines), octets(&stream_as_told()), "{:#?}", lines);
    }
}
