//! The trace as people see it: whole screens, and what must never reach a screen.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use wirestep::trace::record::{ConnectionId, Record, Sink};
use wirestep::trace::recorder::Trace;
use wirestep::trace::terminal::Terminal;
use wirestep::wire::cause::{Call, Cause, StateChange};
use wirestep::wire::flow::Flow;
use wirestep::wire::language::Language;
use wirestep::wire::persistence::{CloseReason, Persistence};
use wirestep::wire::step::StepKind;

/// A screen that can be read.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Screen {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").push(octets.to_vec());
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        let writes = self.0.lock().expect("nobody panicked");
        String::from_utf8(writes.concat()).expect("the trace is text")
    }

    fn writes(&self) -> usize {
        self.0.lock().expect("nobody panicked").len()
    }
}

const FIRST: ConnectionId = ConnectionId::new(1);

/// The connection waits this many milliseconds for another request.
fn persistent(milliseconds: u64) -> StateChange {
    StateChange::Persistent { persistence: Persistence::Http11, wait: at(milliseconds) }
}

/// A trace on a screen.
struct Play {
    screen: Screen,
    trace: Trace,
}

impl Play {
    fn new(colour: bool, width: usize) -> Play {
        let screen = Screen::default();
        let terminal = Terminal::new(Box::new(screen.clone()), colour, width);
        Play { trace: Trace::new(vec![Box::new(terminal)]), screen }
    }

    fn octets(&mut self, milliseconds: u64, flow: Flow, octets: &[u8]) {
        self.trace.octets(at(milliseconds), FIRST, flow, octets);
    }
}

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn screen_of(width: usize, flow: Flow, pieces: &[&[u8]]) -> String {
    let mut play = Play::new(false, width);
    for piece in pieces {
        play.octets(101, flow, piece);
    }
    play.screen.text()
}

#[test]
fn a_crowd_is_told_of_in_one_line_a_second_until_it_has_gone() {
    let mut play = Play::new(false, 240);
    let address: SocketAddr = "127.0.0.1:8080".parse().expect("an address");
    for id in 1..=33 {
        play.trace.opened(at(id), ConnectionId::new(id), address, address);
    }
    assert_eq!(play.screen.text().matches(" opened ").count(), 32);
    for millisecond in 500..2500 {
        play.octets(millisecond, Flow::Requests, b"GET");
    }
    play.trace.held(at(2550), FIRST, StepKind::Fin, Some(&"what comes next?".into()), b"");
    play.trace.rst(at(2600), FIRST, Flow::Responses, Cause::Ends(CloseReason::WriteStall));
    for id in 1..=17 {
        play.trace.closed(at(2600), ConnectionId::new(id), Cause::AfterReset);
    }
    let text = play.screen.text();
    let summary: Vec<&str> = text.lines().filter(|line| line.contains("summary")).collect();
    assert_eq!(summary.len(), 4, "{text}");
    assert!(summary[0].ends_with("33 connections are open: too many to show each, so there is one line a second"));
    // Octets since 0.500, and those of the read that comes with the line.
    assert!(
        summary[1].ends_with(
            "33 connections; in 1.0 s 0 opened, 0 closed, 0 reset; 1,602 octets in 534 reads, 0 octets in 0 writes, 0 would \
             have blocked"
        ),
        "{text}"
    );
    assert!(
        summary[3].ends_with(
            "16 connections are left, and each is shown again; in 0.6 s 0 opened, 17 closed, 1 reset (the client has taken nothing for too long); \
             1,398 octets in 466 reads, 0 octets in 0 writes, 0 would have blocked"
        ),
        "{text}"
    );
    assert!(text.contains("what comes next?"), "a step that is held is shown, since it asks for an answer: {text}");
    assert_eq!(
        text.matches(" closed  ").count(),
        0,
        "what closes while there is a summary is counted, not shown: {text}"
    );
    play.trace.closed(at(2700), ConnectionId::new(20), Cause::BothFin);
    let last = play.screen.text().lines().last().map(str::to_owned).unwrap_or_default();
    assert!(last.contains("closed") && last.ends_with("both sides have sent FIN"), "{last}");
}

/// What a client could have typed: everything that could be a command to a terminal.
fn is_on_screen_by_itself(character: char) -> bool {
    let turns_text = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !character.is_control() && !turns_text && !matches!(character, '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{2060}')
}

/// The text without the colours that the terminal sink itself writes.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut text, part| {
        let (colour, rest) = part.split_once('m').expect("a colour has an end");
        assert!(colour.bytes().all(|octet| octet.is_ascii_digit() || octet == b';'), "not a colour: {colour:?}");
        text.push_str(rest);
        text
    })
}

#[test]
fn an_event_in_a_chunk_is_seen_at_both_layers() {
    let mut play = Play::new(false, 120);
    play.octets(100, Flow::Responses, HEAD);
    let head = play.screen.text().len();
    play.octets(101, Flow::Responses, b"1b\r\nevent:message\ndata:event1\n\n\r\n");
    play.octets(10_101, Flow::Responses, b"0\r\n\r\n");
    play.trace.state(at(10_101), FIRST, persistent(60_000));
    play.trace.fin(at(70_102), FIRST, Flow::Responses, Cause::Ends(CloseReason::Idle));
    let expected = "  0.101 #1 -> 33   chunk-size   1b␍␊                             0x1b = 27 octets of data follow (RFC 9112 7.1)
                   chunk-data   event:message␊                   the event's type; without it, message (WHATWG)
                   chunk-data   data:event1␊                     a line of the data; several are joined by LF (WHATWG)
                   chunk-data   ␊                                the blank line dispatches the event (WHATWG)
                   CRLF         ␍␊                               ends the chunk, is not part of its data (RFC 9112 7.1)
 10.101 #1 -> 5    last-chunk   0␍␊                              zero: the last chunk; the trailer section follows
                                                                 (RFC 9112 7.1)
                   end of body  ␍␊                               the blank line ends the trailer section: the response
                                                                 is complete; that alone closes nothing (RFC 9112 7.1)
 10.101 #1         persistent   HTTP/1.1 and no \"close\": waiting 60 s for the next request (RFC 9112 9.3)
 70.102 #1 -> FIN               no request came in time (RFC 9112 9.5)
";
    assert_eq!(&play.screen.text()[head..], expected);
}

#[test]
fn a_fin_inside_a_chunk_says_what_is_missing() {
    let mut play = Play::new(false, 120);
    play.octets(0, Flow::Responses, HEAD);
    play.octets(0, Flow::Responses, b"9\r\ndata:");
    play.trace.fin(at(1), FIRST, Flow::Responses, Cause::Script);
    let text = play.screen.text();
    let end: Vec<&str> = text.lines().rev().take(2).collect();
    assert_eq!(end[1], "  0.001 #1 -> FIN               a step of the script");
    assert_eq!(
        end[0],
        "                   incomplete   inside a chunk, 4 octets before its end: the message is incomplete (RFC 9112 8)"
    );
}

#[test]
fn an_rst_of_the_client_says_that_the_response_is_cut() {
    let mut play = Play::new(false, 140);
    play.octets(0, Flow::Responses, HEAD);
    play.octets(0, Flow::Responses, b"9\r\ndata:");
    play.trace.rst(at(1), FIRST, Flow::Requests, Cause::PeerReset { call: Call::Read, errno: Some(104) });
    let text = play.screen.text();
    let end: Vec<&str> = text.lines().rev().take(2).collect();
    assert!(end[1].contains("<- RST  ") && end[1].contains("the client has cut the connection with RST"), "{text}");
    let expected =
        "incomplete   the response: inside a chunk, 4 octets before its end: the message is incomplete (RFC 9112 8)";
    assert_eq!(end[0].trim_start(), expected);
}

/// The rows after the head, without their margin: name, octets, explanation.
fn rows_after_head(pieces: &[&[u8]]) -> Vec<String> {
    let mut play = Play::new(false, 240);
    play.octets(0, Flow::Responses, HEAD);
    let head = play.screen.text().len();
    for piece in pieces {
        play.octets(0, Flow::Responses, piece);
    }
    let words = |row: &str| row[19..].split_whitespace().collect::<Vec<_>>().join(" ");
    play.screen.text()[head..].lines().map(words).collect()
}

#[test]
fn an_event_split_over_chunks_says_that_its_line_goes_on() {
    let rows = rows_after_head(&[b"4\r\ndata\r\n4\r\n:a\n\n\r\n"]);
    let expected = [
        "chunk-size 4␍␊ 0x4 = 4 octets of data follow (RFC 9112 7.1)",
        "chunk-data data this line of the event stream has no end yet (WHATWG)",
        "CRLF ␍␊ ends the chunk, is not part of its data (RFC 9112 7.1)",
        "chunk-size 4␍␊ 0x4 = 4 octets of data follow (RFC 9112 7.1)",
        "chunk-data :a␊ a line of the data; several are joined by LF; the line began in an earlier chunk (WHATWG)",
        "chunk-data ␊ the blank line dispatches the event (WHATWG)",
        "remark this event came in 2 chunks: legal, a chunk is no unit of meaning (RFC 9112 7.1)",
        "CRLF ␍␊ ends the chunk, is not part of its data (RFC 9112 7.1)",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_line_in_two_pieces_of_one_chunk_has_no_earlier_chunk() {
    let rows = rows_after_head(&[b"8\r\ndata", b":a\n\n\r\n"]);
    assert!(rows.iter().all(|row| !row.contains("earlier chunk")), "{rows:?}");
}

#[test]
fn each_blank_line_and_each_event_line_has_its_row() {
    let rows = rows_after_head(&[b"e\r\n\n\ndata:a\n\nid\n:\r\n"]);
    let octets: Vec<&str> = rows.iter().filter_map(|row| row.strip_prefix("chunk-data ")?.split(' ').next()).collect();
    assert_eq!(octets, ["␊", "␊", "data:a␊", "␊", "id␊", ":"], "{rows:?}");
}

#[test]
fn data_in_pieces_says_which_octets_of_how_many_it_is() {
    let head: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let screen = screen_of(240, Flow::Responses, &[head, b"5\r\nhe", b"l", b"lo\r\n"]);
    for sentence in ["octets 1 to 2 of the 5 in the chunk-size", "octet 3 of the 5", "octets 4 to 5 of the 5"] {
        assert!(screen.contains(sentence), "{sentence}: {screen}");
    }
}

#[test]
fn a_narrow_screen_has_the_explanation_below() {
    let screen = screen_of(72, Flow::Requests, &[b"GET /plain HTTP/1.1\r\n"]);
    let expected = "  0.101 #1 <- 21   request-line GET /plain HTTP/1.1␍␊
                     GET: asks for the target, and for no change
                     (RFC 9110 9.3.1)
";
    assert_eq!(screen, expected);
}

#[test]
fn a_screen_of_80_columns_has_the_explanation_below_too() {
    let screen = screen_of(80, Flow::Requests, &[b"GET / HTTP/1.1\r\nHost: x\r\n"]);
    let expected = "  0.101 #1 <- 25   request-line GET / HTTP/1.1␍␊
                     GET: asks for the target, and for no change
                     (RFC 9110 9.3.1)
                   field-line   Host: x␍␊
                     the host and port that the client means (RFC 9110 7.2)
";
    assert_eq!(screen, expected);
}

#[test]
fn a_slim_screen_has_the_octets_below_their_name() {
    let screen = screen_of(40, Flow::Requests, &[b"GET /api/sse/events?count=1 HTTP/1.1\r\nHost: x\r\n"]);
    let expected = "  0.101 #1 <- 47   request-line
    GET /api/sse/events?count=1 HTTP/1.1
    ␍␊
      GET: asks for the target, and for
      no change (RFC 9110 9.3.1)
  field-line
    Host: x␍␊
      the host and port that the client
      means (RFC 9110 7.2)
";
    assert_eq!(screen, expected);
}

#[test]
fn the_beginning_of_a_long_body_is_shown_on_a_narrow_screen_as_well() {
    let mut octets = b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n".to_vec();
    octets.resize(octets.len() + 400, b'x');
    for (width, before) in [(40, 56), (60, 40), (100, 52)] {
        let screen = screen_of(width, Flow::Responses, &[&octets]);
        let body = screen.split(" … ").next().and_then(|text| text.rsplit("body").next()).expect("there is a body");
        assert_eq!(body.matches('x').count(), before, "{screen}");
    }
}

#[test]
fn rows_follow_the_width_of_a_window_that_somebody_changes() {
    static WIDTH: AtomicUsize = AtomicUsize::new(120);
    let screen = Screen::default();
    let terminal = Terminal::new(Box::new(screen.clone()), false, 40).following(|| Some(WIDTH.load(Ordering::Relaxed)));
    let mut trace = Trace::new(vec![Box::new(terminal)]);
    let mut note = |milliseconds| {
        trace.state(at(milliseconds), FIRST, persistent(60_000));
        std::mem::take(&mut *screen.0.lock().expect("nobody panicked")).concat()
    };
    let is_one_line = |octets: Vec<u8>| octets.iter().filter(|octet| **octet == b'\n').count() == 1;
    assert!(is_one_line(note(0)), "the window is asked before the first row");
    WIDTH.store(50, Ordering::Relaxed);
    assert!(is_one_line(note(999)), "and again after a second");
    assert!(!is_one_line(note(1_000)));
}

#[test]
fn korean_takes_two_columns_and_the_rows_stay_aligned() {
    let screen = screen_of(120, Flow::Requests, &["GET / HTTP/1.1\r\nA: 안녕하세요\r\nB: hello56789\r\n".as_bytes()]);
    let column = |row: &str| {
        let at = row.find("not known here").expect("it is explained");
        unicode_width::UnicodeWidthStr::width(&row[..at])
    };
    let rows: Vec<&str> = screen.lines().filter(|row| row.contains("not known here")).collect();
    assert_eq!((rows.len(), column(rows[0])), (2, column(rows[1])), "{screen}");
    assert!(rows[0].contains("A: 안녕하세요␍␊"));
}

#[test]
fn a_korean_trace_keeps_its_columns_and_has_no_english_sentence() {
    for width in [60, 80, 120, 160] {
        let screen = Screen::default();
        let terminal = Terminal::new(Box::new(screen.clone()), false, width).in_language(Language::Ko);
        let mut trace = Trace::new(vec![Box::new(terminal)]);
        trace.octets(at(0), FIRST, Flow::Requests, b"GET / HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n");
        trace.octets(at(0), FIRST, Flow::Responses, HEAD);
        trace.octets(at(1), FIRST, Flow::Responses, b"1b\r\nevent:message\ndata:event1\n\n\r\n0\r\n\r\n");
        trace.state(at(1), FIRST, persistent(60_000));
        trace.blocked(at(2), FIRST, Flow::Responses, 7);
        trace.rst(at(3), FIRST, Flow::Requests, Cause::PeerReset { call: Call::Write, errno: Some(32) });
        let text = screen.text();
        for line in text.lines() {
            let columns = unicode_width::UnicodeWidthStr::width(line);
            assert!(columns <= width, "{columns} columns of {width}: {line}");
        }
        let explained = |line: &&str| line.chars().any(|it| ('가'..='힣').contains(&it));
        // Where explanations stand beside octets, they begin in one column.
        let column = |line: &str| {
            let at = line.find(|it: char| ('가'..='힣').contains(&it) || it == '0').expect("it is explained");
            unicode_width::UnicodeWidthStr::width(&line[..at])
        };
        let events: Vec<&str> = text.lines().filter(|line| line.contains("chunk-data")).filter(explained).collect();
        assert!(width < 96 || events.windows(2).all(|pair| column(pair[0]) == column(pair[1])), "{text}");
        for english in ["the ", "asks", "octets of", "waiting", "would block", "ends "] {
            assert!(!text.contains(english), "{english:?} in {text}");
        }
    }
}

#[test]
fn a_character_cut_between_two_pieces_is_shown_as_octets() {
    let screen = screen_of(120, Flow::Requests, &[b"GET / HTTP/1.1\r\nA: \xea\xb0", b"\x80\r\n"]);
    assert!(screen.contains("A: \\xea\\xb0 ") && screen.contains("…\\x80␍␊"), "{screen}");
}

#[test]
fn the_middle_of_a_long_body_is_left_out_and_counted() {
    let mut octets = b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n".to_vec();
    octets.resize(octets.len() + 100_000, b'x');
    let screen = screen_of(120, Flow::Requests, &[&octets]);
    let shown = screen.matches('x').count() - "explanation".matches('x').count();
    assert!(screen.len() < 2_000 && screen.contains("all 100000 octets of Content-Length"), "{screen}");
    let elided: usize =
        screen.split(" … ").nth(1).and_then(|text| text.split(' ').next()?.parse().ok()).expect("a count");
    assert!((99_995..=100_001).contains(&(elided + shown)), "{elided} left out, {shown} shown");
}

#[test]
fn what_could_command_a_terminal_is_written_out() {
    let screen = screen_of(
        200,
        Flow::Requests,
        &["GET / HTTP/1.1\r\nA: \u{9b}31m\u{202e}\u{200b}\u{feff}\u{2028}\u{ad}\u{e0041}␊\r\n".as_bytes()],
    );
    let expected = "A: \\u{9b}31m\\u{202e}\\u{200b}\\u{feff}\\u{2028}\\u{ad}\\u{e0041}\\u{240a}␍␊";
    assert!(screen.contains(expected), "{screen}");
    let screen = screen_of(200, Flow::Requests, &[b"\x1b]0;title\x07\x1b[2J\x7f"]);
    assert!(screen.contains("\\x1b]0;title\\x07\\x1b[2J\\x7f"), "{screen}");
}

#[test]
fn a_note_that_quotes_a_client_is_escaped_too() {
    let mut play = Play::new(true, 100);
    play.trace.held(at(0), FIRST, StepKind::Hold, Some(&"so said\x1b[2J the lesson: /\x1b[31m\n\u{202e}".into()), b"");
    let screen = without_colours(&play.screen.text());
    assert!(screen.ends_with("hold: so said\\x1b[2J the lesson: /\\x1b[31m␊\\u{202e}\n"), "{screen}");
}

#[test]
fn one_record_is_one_write() {
    let mut play = Play::new(true, 120);
    play.octets(0, Flow::Responses, HEAD);
    play.octets(0, Flow::Responses, b"1\r\na\r\n0\r\n\r\n");
    assert_eq!(play.screen.writes(), 2);
}

#[test]
fn a_screen_that_fails_is_left_alone() {
    struct Broken(Arc<Mutex<usize>>);
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            *self.0.lock().expect("nobody panicked") += 1;
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let attempts = Arc::new(Mutex::new(0));
    let terminal = Terminal::new(Box::new(Broken(Arc::clone(&attempts))), false, 100);
    let mut trace = Trace::new(vec![Box::new(terminal)]);
    for _ in 0..3 {
        trace.octets(at(0), FIRST, Flow::Requests, b"GET");
    }
    assert_eq!(*attempts.lock().expect("nobody panicked"), 1);
}

#[test]
fn every_sink_gets_every_record_and_none_means_off() {
    struct Counter(Arc<Mutex<usize>>);
    impl Sink for Counter {
        fn name(&self) -> &str {
            "a counter"
        }

        fn record(&mut self, _: &Record<'_>) -> io::Result<()> {
            *self.0.lock().expect("nobody panicked") += 1;
            Ok(())
        }
    }
    let (count, now, id) = (Arc::new(Mutex::new(0)), Duration::ZERO, ConnectionId::new(7));
    let sinks: Vec<Box<dyn Sink>> = vec![Box::new(Counter(Arc::clone(&count))), Box::new(Counter(Arc::clone(&count)))];
    let mut trace = Trace::new(sinks);
    let address = SocketAddr::from(([127, 0, 0, 1], 80));
    trace.opened(now, id, address, address);
    trace.octets(now, id, Flow::Requests, b"G");
    trace.blocked(now, id, Flow::Responses, 1);
    trace.state(now, id, StateChange::Watching);
    trace.fin(now, id, Flow::Requests, Cause::ReadZero);
    trace.rst(now, id, Flow::Responses, Cause::Script);
    trace.closed(now, id, Cause::AfterReset);
    assert_eq!((*count.lock().expect("nobody panicked"), trace.is_on()), (14, true));
    assert!(!Trace::new(Vec::new()).is_on());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_a_client_sends_reaches_the_terminal_as_a_command(
        octets in prop_oneof![any::<String>().prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..300)],
        responses in any::<bool>(),
        head in any::<bool>(),
        width in 0_usize..300,
    ) {
        let mut play = Play::new(true, width);
        let flow = if responses { Flow::Responses } else { Flow::Requests };
        if head {
            play.octets(0, flow, if responses { b"HTTP/1.1 200 \r\n\r\n" } else { b"GET / HTTP/1.1\r\nA: " });
        }
        play.octets(0, flow, &octets);
        let text = without_colours(&play.screen.text());
        let bad: Vec<char> = text.chars().filter(|it| *it != '\n' && !is_on_screen_by_itself(*it)).collect();
        prop_assert!(bad.is_empty(), "{:?} in {}", bad, text);
    }
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
