//! The compact form of the trace: whole screens of real records, at four widths and in both languages.
//!
//! `tests/compact/NAME.records` are records of a server: lessons 6, 15 and 17, the demo, pipelined requests, Chromium.
//! `tests/compact/NAME.rows` are the rows that they make; `WIRESTEP_REWRITE=1 cargo test --test compact` writes them anew.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use wirestep::trace::record::ConnectionId;
use wirestep::trace::recorder::Trace;
use wirestep::trace::signs::Signs;
use wirestep::trace::terminal::{Form, Terminal};
use wirestep::wire::cause::{Call, Cause, StateChange};
use wirestep::wire::flow::Flow;
use wirestep::wire::language::{Language, Note};
use wirestep::wire::persistence::{CloseReason, Persistence};
use wirestep::wire::step::StepKind;

/// A screen that can be read.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("the trace is text")
    }
}

/// A trace in the compact form.
struct Play {
    screen: Screen,
    trace: Trace,
}

impl Play {
    fn new(width: usize, language: Language) -> Play {
        Play::of(width, |terminal| terminal.in_language(language))
    }

    fn of(width: usize, look: impl FnOnce(Terminal) -> Terminal) -> Play {
        let screen = Screen::default();
        let terminal = Terminal::new(Box::new(screen.clone()), false, width).in_form(Form::Compact);
        Play { trace: Trace::new(vec![Box::new(look(terminal))]), screen }
    }

    /// Carries out one line of a file of records.
    fn record(&mut self, line: &str) {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().expect("a record has three words at least");
        let at = Duration::from_millis(word().parse().expect("milliseconds"));
        let id = ConnectionId::new(word().parse().expect("a number"));
        let (what, rest) = (word(), words.next().unwrap_or_default());
        match what {
            "opened" => {
                self.trace.opened(
                    at,
                    id,
                    "127.0.0.1:8080".parse().expect("it is one"),
                    rest.parse().expect("an address"),
                );
            }
            "requests" => self.trace.octets(at, id, Flow::Requests, &unescaped(rest)),
            "responses" => self.trace.octets(at, id, Flow::Responses, &unescaped(rest)),
            "state" => self.trace.state(at, id, stays()),
            "closed" => self.trace.closed(at, id, cause(rest)),
            "fin" | "rst" => {
                let (flow, why) = rest.split_once(' ').expect("a direction and a cause");
                let flow = if flow == "requests" { Flow::Requests } else { Flow::Responses };
                match what {
                    "fin" => self.trace.fin(at, id, flow, cause(why)),
                    _ => self.trace.rst(at, id, flow, cause(why)),
                }
            }
            _ => panic!("{line}: no record"),
        }
    }

    fn octets(&mut self, milliseconds: u64, flow: Flow, octets: &[u8]) {
        self.trace.octets(at(milliseconds), FIRST, flow, octets);
    }

    fn rows(&self) -> Vec<String> {
        self.screen.text().lines().map(str::to_owned).collect()
    }
}

const FIRST: ConnectionId = ConnectionId::new(1);
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const RECORDS: [&str; 7] = ["three-events", "boundaries", "three-ends", "pipelining", "endings", "two", "chromium"];

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn stays() -> StateChange {
    StateChange::Persistent { persistence: Persistence::Http11, wait: at(60_000) }
}

fn cause(code: &str) -> Cause {
    match code {
        "read-zero" => Cause::ReadZero,
        "both-fin" => Cause::BothFin,
        "client-fin" => Cause::Ends(CloseReason::ClientFin),
        "close-delimited" => Cause::Ends(CloseReason::CloseDelimited),
        "script" => Cause::Script,
        "after-reset" => Cause::AfterReset,
        _ => panic!("{code}: no cause"),
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let (mut octets, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, later @ ..] = rest {
        rest = match (first, later) {
            (b'\\', [b'r', later @ ..]) => {
                octets.push(b'\r');
                later
            }
            (b'\\', [b'n', later @ ..]) => {
                octets.push(b'\n');
                later
            }
            (b'\\', [b'x', high, low, later @ ..]) => {
                let digits = String::from_utf8(vec![*high, *low]).expect("ASCII");
                octets.push(u8::from_str_radix(&digits, 16).expect("two digits"));
                later
            }
            (octet, later) => {
                octets.push(*octet);
                later
            }
        };
    }
    octets
}

fn file(name: &str, extension: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compact").join(format!("{name}.{extension}"))
}

fn screen_of(name: &str, width: usize, language: Language) -> Vec<String> {
    let mut play = Play::new(width, language);
    let records = fs::read_to_string(file(name, "records")).expect("the records are there");
    records.lines().for_each(|line| play.record(line));
    play.rows()
}

fn width(row: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(row)
}

#[test]
fn real_records_make_these_rows_at_each_width_and_in_both_languages() {
    for name in RECORDS {
        let mut screens = String::new();
        for language in Language::ALL {
            for columns in [60, 80, 100, 160] {
                screens.push_str(&format!("==== {columns} columns, {}\n", language.tag()));
                screen_of(name, columns, language).iter().for_each(|row| screens.push_str(&format!("{row}\n")));
            }
        }
        let path = file(name, "rows");
        if std::env::var_os("WIRESTEP_REWRITE").is_some() {
            fs::write(&path, &screens).expect("it can be written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(screens == expected, "{name}: WIRESTEP_REWRITE=1 shows the difference in git\n{screens}");
    }
}

#[test]
fn three_events_from_opening_to_close_fit_twelve_rows_of_80_columns() {
    for language in Language::ALL {
        let rows = screen_of("three-events", 80, language);
        assert!(rows.len() <= 12, "{rows:#?}");
        assert_eq!(rows.iter().filter(|row| row.contains("20\\r\\n|id:")).count(), 3, "{rows:#?}");
    }
}

#[test]
fn no_row_is_wider_than_asked_and_each_names_its_connection() {
    for name in RECORDS {
        for language in Language::ALL {
            for columns in 60..=240 {
                for row in screen_of(name, columns, language) {
                    assert!(width(&row) <= columns, "{} of {columns} columns: {row}", width(&row));
                    assert!(row.contains("#1 ") || row.contains("#2 ") || row.contains('#'), "{name}: {row}");
                }
            }
        }
    }
}

#[test]
fn captions_are_given_once_and_the_notes_stay() {
    let rows = screen_of("three-events", 80, Language::En);
    assert_eq!(rows.iter().filter(|row| row.contains("event ends")).count(), 1, "{rows:#?}");
    assert_eq!(rows.iter().filter(|row| row.contains(" event 3")).count(), 1, "{rows:#?}");
}

#[test]
fn an_event_that_does_not_fit_has_two_rows_and_several_have_one_each() {
    let mut play = Play::new(80, Language::En);
    play.octets(0, Flow::Responses, HEAD);
    let before = play.rows().len();
    let event = "id:7\nevent:greeting\ndata:안녕하세요, 와이어의 모든 옥텟을 보여 줍니다\n\n";
    play.octets(1, Flow::Responses, format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
    play.octets(2, Flow::Responses, b"23\r\ndata: one\n\ndata: two\n\ndata: three\n\n\r\n");
    let mut long = Play::new(60, Language::En);
    long.octets(0, Flow::Responses, HEAD);
    long.octets(2, Flow::Responses, b"23\r\ndata: one\n\ndata: two\n\ndata: three\n\n\r\n");
    let expected = [
        " 0.001 #1   -> 5a\\r\\n|id:7\\nevent:greeting\\n       chunk 1: 90 octets, event 1",
        "       #1    |       |data:안녕하세요, 와이어의 모든 옥텟을 보여 줍니다\\n\\n|\\r\\n",
        " 0.002 #1   -> 23\\r\\n|data: one\\n\\n    chunk 2: 0x23 = 35 octets, event 2",
        "       #1    |       |data: two\\n\\n    event 3",
        "       #1    |       |data: three\\n\\n|\\r\\n         event 4",
    ];
    assert_eq!(play.rows()[before..], expected);
    let expected = [
        " 0.002 #1   -> 23\\r\\n|data: one\\n\\n    chunk 1: event 1",
        "       #1    |       |data: two\\n\\n    event 2",
        "       #1    |       |data: three\\n\\n|\\r\\n         event 3",
    ];
    assert_eq!(long.rows()[long.rows().len() - 3..], expected);
}

#[test]
fn what_is_cut_out_of_long_data_is_counted() {
    let mut play = Play::new(80, Language::En);
    play.octets(0, Flow::Responses, HEAD);
    let event = format!("id: 1\ndata: {}\n\n", "0123456789".repeat(92));
    play.octets(1, Flow::Responses, format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
    let row = play.rows().last().cloned().unwrap_or_default();
    assert_eq!(row, " 0.001 #1   -> 3a6\\r\\n|id: 1\\ndata:  ..912 octets.. 23456789\\n\\n|\\r\\n  ch 1 ev 1");
    assert_eq!("id: 1.data: ".len() + 912 + "23456789..".len(), event.len());
}

#[test]
fn a_body_that_is_no_text_is_shown_in_hexadecimal() {
    let mut play = Play::new(80, Language::En);
    let mut octets = b"HTTP/1.1 200 OK\r\nContent-Length: 512\r\n\r\n".to_vec();
    octets.extend((0..512_u32).map(|octet| octet as u8));
    play.octets(0, Flow::Responses, &octets);
    let row = play.rows().last().cloned().unwrap_or_default();
    let expected = "       #1    | 00 01 02 03 04 05 ..504 octets.. fe ff          response complete";
    assert_eq!(row, expected);
}

#[test]
fn a_client_that_leaves_is_shown_as_one() {
    let mut play = Play::new(130, Language::En);
    play.octets(0, Flow::Responses, HEAD);
    play.octets(1, Flow::Responses, b"8\r\ndata:a\n\n\r\n9\r\ndata:");
    play.trace.rst(at(2), FIRST, Flow::Requests, Cause::PeerReset { call: Call::Read, errno: Some(104) });
    play.trace.closed(at(2), FIRST, Cause::AfterReset);
    let row = play.rows().last().cloned().unwrap_or_default();
    assert_eq!(
        row,
        " 0.002 #1   <-      RST   client has left: response INCOMPLETE: 4 octets of the chunk missing after 1 event, 2 chunks"
    );
}

#[test]
fn a_held_step_is_asked_about_and_not_explained() {
    let mut play = Play::new(80, Language::En);
    play.octets(0, Flow::Responses, HEAD);
    play.trace.held(at(1), FIRST, StepKind::Chunk, None, b"8\r\ndata:a\n\n\r\n");
    let note =
        Note::from("The application's own word for the end. HTTP knows nothing of it, and neither does the client.");
    play.trace.held(at(2), FIRST, StepKind::Fin, Some(&note), b"");
    let rows = play.rows();
    let expected = [
        " 0.001 #1   ?? 8\\r\\n|data:a\\n\\n|\\r\\n",
        "       #1    | HELD: what does the client do when it has these octets?",
        " 0.002 #1   ?? FIN",
        "       #1    | HELD: The application's own word for the end. HTTP knows nothing",
        "       #1            of it, and neither does the client.",
    ];
    assert_eq!(rows[rows.len() - 5..], expected);
}

#[test]
fn open_connections_have_lanes_and_a_lane_is_used_again() {
    let mut play = Play::new(80, Language::En);
    let address = "127.0.0.1:1".parse().expect("an address");
    for id in 1..=4 {
        play.trace.opened(at(id), ConnectionId::new(id), address, address);
    }
    play.trace.closed(at(5), ConnectionId::new(2), Cause::FinTimeout);
    play.trace.opened(at(6), ConnectionId::new(12), address, address);
    let tags: Vec<String> = play.rows().iter().map(|row| row[7..12].to_owned()).collect();
    assert_eq!(tags, ["#1   ", " #2  ", "  #3 ", "  #4 ", " #2  ", " #12 "]);
}

#[test]
fn silence_is_an_empty_row_and_a_long_one_is_told() {
    let mut play = Play::new(80, Language::En);
    play.octets(0, Flow::Responses, HEAD);
    let before = play.rows().len();
    play.octets(1_500, Flow::Responses, b"2\r\n: \r\n");
    play.octets(16_600, Flow::Responses, b"2\r\n:\n\r\n");
    let rows = play.rows();
    assert_eq!(rows[before], "");
    assert!(rows.iter().any(|row| row == "-- 15 s --"), "{rows:#?}");
}

#[test]
fn a_crowd_has_one_row_that_says_who_came_and_went() {
    let mut play = Play::new(100, Language::En);
    let address = "127.0.0.1:8080".parse().expect("an address");
    for id in 1..=40 {
        play.trace.opened(at(id), ConnectionId::new(id), address, address);
    }
    for id in 1..=3 {
        play.trace.closed(at(1_100), ConnectionId::new(id), Cause::BothFin);
    }
    let row = play.rows().last().cloned().unwrap_or_default();
    assert_eq!(row, " 1.100 **           39 open; in 1.1 s 7 came, 1 left; 0 octets read, 0 written");
}

#[test]
fn ascii_is_enough_where_the_encoding_has_no_more() {
    let ascii = Signs { has_pictures: false, is_ascii: true };
    let mut play = Play::of(80, |terminal| terminal.with_signs(ascii, ascii));
    play.octets(0, Flow::Responses, HEAD);
    play.octets(1, Flow::Responses, "c\r\ndata:한\\n\n\n\r\n".as_bytes());
    let text = play.screen.text();
    assert!(text.is_ascii() && text.contains("data:\\u{d55c}\\\\n\\n\\n"), "{text}");
}

#[test]
fn a_head_in_pieces_is_shown_piece_by_piece() {
    let mut play = Play::new(80, Language::En);
    play.octets(0, Flow::Requests, b"G");
    play.octets(0, Flow::Requests, b"ET / HTTP/1.1\r\nHost:");
    play.octets(0, Flow::Requests, b" x\r\n\r\n");
    let expected = [
        " 0.000 #1   <- G..   head begins",
        "       #1   <- ..ET / HTTP/1.1\\r\\nHost:..          head goes on",
        "       #1   <-  x\\r\\n\\r\\n  no body",
    ];
    assert_eq!(play.rows(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_peer_sends_no_row_is_too_wide_or_a_command(
        pieces in proptest::collection::vec(
            prop_oneof![any::<String>().prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..200)], 1..4),
        prefix in 0_usize..5,
        columns in 60_usize..241,
        korean in any::<bool>(),
    ) {
        let language = if korean { Language::Ko } else { Language::En };
        let mut play = Play::new(columns, language);
        let prefixes: [&[u8]; 5] = [b"", HEAD, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: "];
        play.octets(0, Flow::Responses, prefixes[prefix]);
        for piece in &pieces {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            play.octets(1, Flow::Responses, if prefix == 1 && !piece.is_empty() { &chunk } else { piece });
        }
        play.trace.fin(at(2), FIRST, Flow::Responses, Cause::Script);
        for row in play.rows() {
            prop_assert!(width(&row) <= columns, "{} of {}: {}", width(&row), columns, row);
            prop_assert!(row.chars().all(|it| !it.is_control()), "{:?}", row);
        }
    }
}
