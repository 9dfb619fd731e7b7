//! Every lesson, played on a real socket; every error of the compiler, as a person sees it.
//!
//! ```text
//! tests/lessons/NN-name.wire      requests (>), what the server wrote (<), and what the capture says of it (=)
//! tests/lessons/errors/*.lesson   wrong scripts, and beside each what `wirestep check` says about it
//! tests/lessons/newcomer/*        scripts that somebody wrote after reading docs/lessons.md, and their wires
//! ```
//!
//! `WIRESTEP_REWRITE=1 cargo test --test lessons` writes what is seen; the diff then says what has changed.

#[path = "common/capture.rs"]
mod capture;
mod common;
mod driver;

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use capture::{Packet, assert_sound, packets_so_far, payloads};
use common::{CLIENT_DEADLINE, Client, DEADLINE, Server};
use driver::{Driver, SocketAct};
use proptest::prelude::*;
use proptest::sample::Index;
use wirestep::exchange::connection::Action;
use wirestep::exchange::context::{Context, GeneralFields};
use wirestep::exchange::limits::Limits;
use wirestep::exchange::metrics::Metrics;
use wirestep::exchange::stepping::{Pace, Release, StepMode};
use wirestep::lesson::library::{BUILT_IN, Library};
use wirestep::lesson::{Diagnostic, Lesson, Severity, show_all};
use wirestep::site::Site;
use wirestep::site::producer::Producer;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::topics::Topics;
use wirestep::wire::language::Language;
use wirestep::wire::request::Request;
use wirestep::wire::request::{HeadLimits, RequestHead};
use wirestep::wire::step::{Step, StepKind};

// ---- the wire ----------------------------------------------------------------------------------------------------

macro_rules! wires {
    ($($test:ident $file:literal)*) => {
        $(#[test] fn $test() { wire_is_as_stored($file, &[]); })*

        #[test]
        fn every_built_in_lesson_has_a_stored_wire() {
            let files: Vec<&str> = BUILT_IN.iter().map(|(file, _)| *file).collect();
            assert_eq!(files, [$($file),*]);
        }
    };
}

wires! {
    lesson_01 "01-by-hand" lesson_02 "02-length" lesson_03 "03-no-body" lesson_04 "04-close" lesson_05 "05-chunk"
    lesson_06 "06-endings" lesson_07 "07-five-readers" lesson_08 "08-trailers" lesson_09 "09-wireshark"
    lesson_10 "10-keep-alive" lesson_11 "11-idle-race" lesson_12 "12-pipelining" lesson_13 "13-fin-and-rst"
    lesson_14 "14-first-events" lesson_15 "15-boundaries" lesson_16 "16-grammar" lesson_17 "17-three-ends"
    lesson_18 "18-coming-back" lesson_19 "19-stop" lesson_20 "20-heartbeats" lesson_21 "21-who-holds"
    lesson_22 "22-slow-reader" lesson_23 "23-tokens" lesson_24 "24-smuggling"
}

#[test]
fn what_newcomers_wrote_does_what_they_say() {
    let folder = tests().join("lessons/newcomer");
    wire_is_as_stored("newcomer/all", &["--lessons", folder.to_str().expect("the path is UTF-8")]);
}

/// Plays all requests of a `.wire` file, one connection for each, and compares what the server wrote and captured.
#[track_caller]
fn wire_is_as_stored(name: &str, arguments: &[&str]) {
    let path = tests().join(format!("lessons/{name}.wire"));
    let stored = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let folder = tempfile::tempdir().expect("there is a place for files");
    let captured = folder.path().join("lesson.pcapng");
    let server = Server::start(&[arguments, &["--pcapng", captured.to_str().expect("UTF-8")]].concat());
    // What stands before an answer, and the answer.
    let mut plays: Vec<(String, Played)> = Vec::new();
    let mut told = String::new();
    let mut lines = stored.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with(['<', '=']) {
            continue;
        }
        _ = writeln!(told, "{line}");
        let Some(request) = line.strip_prefix("> ") else { continue };
        let mut asked = Asked::new(request);
        while let Some(more) = lines.next_if(|line| line.starts_with("+ ")) {
            _ = writeln!(told, "{more}");
            asked.add(more.trim_start_matches("+ "));
        }
        let connection = plays.len() + 1;
        plays.push((std::mem::take(&mut told), play(&server, connection, asked)));
    }
    let said = said_by_capture(&captured, server.addr.port(), &plays);
    let mut seen = String::new();
    for ((told, played), said) in plays.iter().zip(said) {
        _ = write!(seen, "{told}{}", played.show(&said));
    }
    assert_is_stored(&path, &stored, &(seen + &told));
}

/// For each play the comments of the packets that the server has sent in it. The capture is sound, and has the octets that
/// the client has got.
fn said_by_capture(path: &Path, port: u16, plays: &[(String, Played)]) -> Vec<Vec<String>> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        // The packet of a record is written behind its row on the terminal, for which the plays have waited.
        if let Ok(packets) = packets_so_far(path, port, "data", "tcp") {
            let payloads = payloads(&packets, port);
            let said: Vec<Vec<String>> = (0..plays.len()).map(|stream| said_of(&packets, stream, port)).collect();
            let is_complete = |(stream, (_, played)): (usize, &(String, Played))| {
                let octets = payloads.get(&(stream as u64, true)).map_or(&[][..], Vec::as_slice);
                octets.starts_with(&played.octets) && said[stream].len() >= played.acts()
            };
            if plays.iter().enumerate().all(is_complete) {
                assert_sound(&packets, plays.len());
                return said;
            }
        }
        assert!(Instant::now() < deadline, "{} has not what the plays have seen", path.display());
    }
}

fn said_of(packets: &[Packet], stream: usize, port: u16) -> Vec<String> {
    let is_act = |packet: &&Packet| {
        packet["tcp.stream"] == stream.to_string()
            && packet["tcp.srcport"] == port.to_string()
            && !packet["frame.comment"].starts_with("synthetic")
    };
    // How many octets a write took stands before it in the line.
    let comment = |packet: &Packet| match packet["frame.comment"].split_once(": ") {
        Some((call, said)) if call.starts_with("write()") => said.to_owned(),
        _ => packet["frame.comment"].clone(),
    };
    packets.iter().filter(is_act).map(comment).collect()
}

/// What is sent, and how its answer is looked at.
struct Asked {
    octets: Vec<u8>,
    /// Leave after so many writes.
    leave_after: Option<usize>,
    /// Only how many octets come, not in which writes: that depends on the kernel.
    sum: bool,
}

impl Asked {
    // METHOD TARGET [HTTP/1.0] [Field: value]... [leave after N | sum]
    fn new(line: &str) -> Asked {
        let mut asked = Asked { octets: Vec::new(), leave_after: None, sum: false };
        asked.add(line);
        asked
    }

    fn add(&mut self, line: &str) {
        let mut parts = line.split(" | ");
        let request_line = parts.next().expect("a line has a beginning");
        let version = if request_line.ends_with(" HTTP/1.0") { "" } else { " HTTP/1.1" };
        let mut head = format!("{request_line}{version}\r\nHost: test\r\n");
        for part in parts {
            match part.strip_prefix("leave after ") {
                Some(count) => self.leave_after = Some(count.parse().expect("a number")),
                None if part == "sum" => self.sum = true,
                None => _ = write!(head, "{part}\r\n"),
            }
        }
        self.octets.extend_from_slice(format!("{head}\r\n").as_bytes());
    }
}

/// How a play ends, as the trace tells it.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Fin,
    Rst,
    Stays,
    WeLeave,
}

/// What a play has brought.
struct Played {
    octets: Vec<u8>,
    /// The sizes of the server's writes.
    writes: Vec<usize>,
    end: End,
    /// See [`Asked::sum`].
    sum: bool,
}

fn play(server: &Server, connection: usize, asked: Asked) -> Played {
    let mut stream = server.connect();
    stream.write_all(&asked.octets).expect("the server reads");
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("not zero");
    let mut octets = Vec::new();
    let deadline = Instant::now() + DEADLINE;
    loop {
        read_some(&mut stream, &mut octets);
        let (writes, end) = told(&server.trace_lines(), connection, &asked);
        let sum: usize = writes.iter().sum();
        if let Some(end) = end
            && octets.len() >= sum
        {
            return Played { octets, writes, end, sum: asked.sum };
        }
        assert!(Instant::now() < deadline, "the play has no end; octets {octets:?}, writes {writes:?}");
    }
}

fn read_some(stream: &mut TcpStream, octets: &mut Vec<u8>) {
    let mut buffer = [0; 65536];
    match stream.read(&mut buffer) {
        Ok(0) => std::thread::sleep(Duration::from_millis(5)),
        Ok(count) => octets.extend_from_slice(&buffer[..count]),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => std::thread::sleep(Duration::from_millis(5)),
        Err(error) => assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}"),
    }
}

/// The sizes of the server's writes on a connection, and how it ended if it has.
fn told(lines: &[String], connection: usize, asked: &Asked) -> (Vec<usize>, Option<End>) {
    let (mut writes, mut end) = (Vec::new(), None);
    let name = format!("#{connection}");
    let requests = asked.octets.windows(4).filter(|octets| octets == b"\r\n\r\n").count();
    let mut answered = 0;
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        match words.as_slice() {
            [_, id, "->", "FIN", ..] if *id == name => end = Some(End::Fin),
            [_, id, "->", "RST", ..] if *id == name => end = Some(End::Rst),
            // A write that would block has no number there.
            [_, id, "->", count, ..] if *id == name => writes.extend(count.parse::<usize>()),
            [_, id, "persistent", ..] if *id == name => answered += 1,
            _ => {}
        }
        if asked.leave_after.is_some_and(|count| writes.len() >= count) {
            return (writes, Some(End::WeLeave));
        }
    }
    // Between pipelined requests nothing is waited for, so nothing is told.
    if end.is_none() && answered > 0 && (answered == requests || requests > 1) {
        end = Some(End::Stays);
    }
    (writes, end)
}

impl Played {
    /// How many packets of the capture it must have.
    fn acts(&self) -> usize {
        self.writes.len() + usize::from(matches!(self.end, End::Fin | End::Rst))
    }

    fn show(&self, said: &[String]) -> String {
        let mut shown = String::new();
        let (mut rest, mut said) = (self.octets.as_slice(), said.iter());
        if self.sum {
            _ = writeln!(shown, "< {} octets in all", rest.len());
        } else {
            for size in &self.writes {
                let (write, after) = rest.split_at((*size).min(rest.len()));
                _ = writeln!(shown, "< {size:>3}  {}", escaped(write));
                _ = writeln!(shown, "=      {}", said.next().expect("each write has a packet"));
                rest = after;
            }
            assert!(rest.is_empty(), "octets that no write has sent: {}", rest.escape_ascii());
        }
        shown.push_str(match self.end {
            End::Fin => "<      FIN\n",
            End::Rst => "<      RST\n",
            End::Stays => "<      the connection stays\n",
            End::WeLeave => "<      the client leaves\n",
        });
        if let (End::Fin | End::Rst, Some(said)) = (self.end, said.next()) {
            _ = writeln!(shown, "=      {said}");
        }
        shown
    }
}

// As a script would write them.
fn escaped(octets: &[u8]) -> String {
    let shown = |octet: &u8| match octet {
        b'"' | b'\'' => char::from(*octet).to_string(),
        _ => octet.escape_ascii().to_string(),
    };
    octets.iter().map(shown).collect()
}

// ---- the compiler ------------------------------------------------------------------------------------------------

#[test]
fn the_errors_of_the_compiler_are_as_stored() {
    let mut scripts = files(&tests().join("lessons/errors"), "lesson");
    scripts.sort();
    assert!(scripts.len() >= 40, "there are {} wrong scripts", scripts.len());
    for script in scripts {
        let name = script.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&script).expect("scripts are text");
        let said = match Lesson::compile(&name, &text) {
            Ok(lesson) => show_all(lesson.warnings(), &name, &text),
            Err(problems) => {
                assert!(problems.iter().any(|problem| problem.severity == Severity::Error), "{name}");
                show_all(&problems, &name, &text)
            }
        };
        assert!(!said.is_empty(), "nothing is said about {name}");
        let path = script.with_extension("stderr");
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert_is_stored(&path, &stored, &said);
    }
}

#[test]
fn a_script_that_is_too_long_is_told_so() {
    let said = |text: &str| show_all(&Lesson::compile("long", text).expect_err("it is too long"), "long", text);
    let steps = "head 200 OK\n  Transfer-Encoding: chunked\n".to_owned() + &"chunk \"x\"\n".repeat(1_999);
    assert!(Lesson::compile("long", &steps).is_ok());
    let one_more = said(&(steps + "last-chunk\n"));
    assert!(
        one_more.contains("too many steps in one take (at most 2000)") && one_more.contains("--> long:2002:1"),
        "{one_more}"
    );
    let octets = said(&("# ".to_owned() + &"x".repeat(64 * 1024)));
    assert!(octets.contains("the script is too long") && octets.contains("at most 65536 octets"), "{octets}");
    // Not more than a person would read.
    assert_eq!(said(&"x\n".repeat(500)).matches("error: ").count(), 100);
}

#[test]
fn newcomers_are_not_warned() {
    for script in files(&tests().join("lessons/newcomer"), "lesson") {
        let text = fs::read_to_string(&script).expect("scripts are text");
        let lesson = Lesson::compile("newcomer", &text).expect("it can be played");
        assert!(lesson.warnings().is_empty(), "{}", show_all(lesson.warnings(), &script.to_string_lossy(), &text));
    }
}

#[test]
fn check_fails_when_a_script_cannot_be_played() {
    let wrong = tests().join("lessons/errors/unknown-verb.lesson");
    let right = tests().join("../docs/lessons/05-chunk.lesson");
    let check = |files: &[&Path]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        command.arg("check").args(files).output().expect("it can be started")
    };
    let finished = check(&[&wrong]);
    assert_eq!(finished.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&finished.stdout).contains("^^^^^^"));
    assert_eq!(check(&[&right]).status.code(), Some(0));
    // One that cannot be read keeps nobody from looking at the others.
    let finished = check(&[Path::new("/nowhere.lesson"), &wrong, &right]);
    assert_eq!(finished.status.code(), Some(1));
    let (said, log) = (String::from_utf8_lossy(&finished.stdout), String::from_utf8_lossy(&finished.stderr));
    assert!(said.contains("unknown-verb.lesson: 1 error\n") && said.contains("05-chunk.lesson: ok\n"), "{said}");
    assert!(log.contains("/nowhere.lesson cannot be read: No such file or directory"), "{log}");
}

#[test]
fn built_in_lessons_have_no_warnings_and_both_languages() {
    for (file, text) in BUILT_IN {
        let lesson =
            Lesson::compile(file, text).unwrap_or_else(|problems| panic!("{}", show_all(&problems, file, text)));
        assert!(lesson.warnings().is_empty(), "{}", show_all(lesson.warnings(), file, text));
        for key in ["title", "question", "predict", "why"] {
            for key in [key.to_owned(), format!("{key}.ko")] {
                assert!(lesson.about(&key).is_some(), "{file} has no {key}");
            }
        }
        assert!(lesson.about("reads").is_some() && lesson.about("try").is_some(), "{file}");
    }
}

#[test]
fn each_comment_that_a_stepping_student_sees_is_there_in_both_languages() {
    for (file, text) in BUILT_IN {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        // The comments above a step; those above a blank line are for readers of the script.
        for comments in lines.split_inclusive(|line| !line.starts_with('#')) {
            let Some((step, comments)) =
                comments.split_last().filter(|(step, comments)| !step.is_empty() && !comments.is_empty())
            else {
                continue;
            };
            let korean = comments.iter().filter(|line| line.starts_with("# ko: ")).count();
            assert!(korean > 0 && korean < comments.len(), "{file}, above {step}: {comments:#?}");
        }
    }
}

/// What a person might write, more or less.
fn script_lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        prop::sample::select(LINES).prop_map(str::to_owned),
        "[a-z-]{1,12} [ -~]{0,20}",
        "  [A-Za-z-]{1,8}: [ -~]{0,20}",
        "(chunk|data|raw|event|comment) \"[ -~]{0,20}\"?",
        "(repeat|split|wait|send-buffer|take request) [0-9]{1,7}[a-z]{0,2}",
        "param [a-z]{1,3} = [0-9a-z|\" ]{1,8}( ?\\([0-9a-z.| ]{0,12}\\))?",
        "\\PC{0,30}",
    ];
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.join("\n"))
}

const LINES: &[&str] = &[
    "head 200 OK",
    "  Transfer-Encoding: chunked",
    "  Content-Length: 5",
    "chunk \"hello\"",
    "last-chunk",
    "data \"\\xEC\"",
    "event \"a{n}b\"",
    "event",
    "  data: {pause}",
    "wait {pause}",
    "hold",
    "fin",
    "rst",
    "repeat 100000",
    "repeat {count}",
    "repeat 3 as i",
    "together",
    "split 1 every 5m",
    "split at 1 2",
    "end",
    "end",
    "take first",
    "take otherwise",
    "take last-event-id \"3\"",
    "param pause = 500ms (0s..5m)",
    "param count = 3 (1..100000)",
    "intended",
    "# why",
    "idle 1s",
    "send-buffer 4096",
];

/// A lesson that somebody has edited, with a cat on the keyboard.
fn nearly_a_lesson() -> impl Strategy<Value = String> {
    let edit = (any::<Index>(), any::<Index>(), prop::sample::select(ODD));
    (prop::sample::select(BUILT_IN), prop::collection::vec(edit, 1..6)).prop_map(|((_, text), edits)| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (line, at, odd) in edits {
            let index = line.index(lines.len());
            let places: Vec<usize> = lines[index].char_indices().map(|(place, _)| place).chain([0]).collect();
            match odd {
                "" if lines.len() > 1 => _ = lines.remove(index),
                _ => lines[index].insert_str(places[at.index(places.len())], odd),
            }
        }
        lines.join("\n")
    })
}

const ODD: &[&str] = &[
    "",
    "",
    "\0",
    "\r",
    "\n",
    "\t",
    "\x1b[31m",
    "\u{feff}",
    "\u{a0}",
    "\u{202e}",
    "\u{301}",
    "안",
    "👩\u{200d}👩",
    "\"",
    "\\",
    "\\x",
    "{",
    "{{",
    "{n}",
    "{pause}",
    "}",
    "#",
    " # ",
    "(",
    ")",
    "..",
    "|",
    "=",
    ":",
    "-1",
    "0",
    "99999999999999999999",
    "18446744073709551615",
    "584942417355y",
    " end ",
    " repeat 100000 ",
    " take ",
    " param ",
    " fin ",
    "\nend\n",
    "\nfin\n",
];

/// What is said about it can be shown: each place is in the text, and nothing in it acts on a terminal.
fn can_be_shown(diagnostics: &[Diagnostic], text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    for problem in diagnostics {
        let length = lines.get(problem.line - 1).map_or(0, |line| line.chars().count());
        assert!(problem.line <= lines.len().max(1), "{problem:?}");
        assert!(problem.column >= 1 && problem.column + problem.length <= length + 2, "{problem:?} of {length}");
    }
    let shown = show_all(diagnostics, "any", text);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{shown:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_the_compiler(text in prop_oneof!["\\PC{0,200}|[ -~\n]{0,400}", any::<String>(), nearly_a_lesson()]) {
        match Lesson::compile("any", &text) {
            Ok(lesson) => can_be_shown(lesson.warnings(), &text),
            Err(problems) => can_be_shown(&problems, &text),
        }
    }

    #[test]
    fn no_script_exceeds_its_bounds(text in prop_oneof![script_lines(), nearly_a_lesson()]) {
        let lesson = match Lesson::compile("any", &text) {
            Ok(lesson) => lesson,
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                can_be_shown(&problems, &text);
                return Ok(());
            }
        };
        let values = lesson.read_query(&[]).expect("the defaults are right");
        if let Ok(mut play) = lesson.play(&request("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), values) {
            let (mut steps, mut octets, mut time) = (0u64, 0u64, Duration::ZERO);
            while let Some(step) = play.next_step() {
                steps += 1;
                if let Step::Wait(duration) = step {
                    time += duration;
                }
                let mut encoded = Vec::new();
                step.encode(b"", &mut encoded);
                octets += encoded.len() as u64;
                prop_assert!(encoded.len() <= 300 * 1024);
            }
            prop_assert!(steps <= 200_000 && octets <= 16 * 1024 * 1024 && time <= Duration::from_secs(1800));
        }
    }
}

// ---- stepping ----------------------------------------------------------------------------------------------------

#[test]
fn with_step_each_step_waits_and_the_comment_says_what_it_is() {
    let (limits, metrics, site, mut topics) = (Limits::default(), Metrics::default(), Site::default(), topics());
    let fields = GeneralFields::new(Instant::now(), SystemTime::now(), limits.idle);
    let cx = fields.context(Instant::now(), &limits, &metrics);
    let lesson = Lesson::compile("x", "# why\n# ko: 왜\nhead 204 No Content\nwait 1s\nfin\n").expect("it is right");
    let mut driver = Driver::new(Pace::Free, &cx);
    driver.connection.receive(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", &cx);
    let Action::Respond(request) = driver.connection.next_action(&cx) else { panic!("a request has come") };
    let values = lesson.read_query(&[]).expect("there are no parameters");
    let play = lesson.play(&request, values).expect("there is one case");
    driver.respond(Producer::Lesson(Box::new(play)), StepMode::EachStep);

    assert_eq!(driver.next_act(&site, &mut topics, &cx), SocketAct::Rest);
    let held = driver.connection.held().expect("the head waits");
    assert_eq!((held.kind(), held.octets()), (StepKind::Head, b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()));
    let note = driver.producer.note().expect("a comment stands before the step");
    assert_eq!((note.in_language(Language::En), note.in_language(Language::Ko)), ("why", "왜"));
    assert_eq!(driver.connection.release(Release::Next(1), &cx), Some(StepKind::Head));
    let SocketAct::Write(octets, origin) = driver.next_act(&site, &mut topics, &cx) else { panic!("the head leaves") };
    driver.sent(origin, octets.len(), &mut topics, &cx);
    // A pause is no act on the wire: it passes by itself, and then FIN is held.
    assert_eq!(driver.next_act(&site, &mut topics, &cx), SocketAct::Rest);
    assert!(driver.connection.held().is_none());
    let later = Context { now: cx.now + Duration::from_secs(1), ..cx };
    assert_eq!(driver.next_act(&site, &mut topics, &later), SocketAct::Rest);
    assert_eq!(driver.connection.held().and_then(|held| held.step.clone()), Some(Step::Fin));
}

#[test]
fn a_chunk_takes_extensions_as_the_wire_has_them() {
    let script =
        "head 200 OK\n  Transfer-Encoding: chunked\nchunk ;lang=ko;n=\"a b;c\" \"안\"\nlast-chunk ;end\n  X: y\n";
    let lesson = Lesson::compile("x", script).expect("it is right");
    assert!(lesson.warnings().is_empty(), "{:?}", lesson.warnings());
    let values = lesson.read_query(&[]).expect("there are no parameters");
    let mut play = lesson.play(&request("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), values).expect("there is one take");
    let mut octets = Vec::new();
    while let Some(step) = play.next_step() {
        step.encode(b"", &mut octets);
    }
    let body = "3;lang=ko;n=\"a b;c\"\r\n안\r\n0;end\r\nX: y\r\n\r\n";
    assert_eq!(
        String::from_utf8_lossy(&octets),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
    );
}

#[test]
fn an_idle_connection_waits_as_long_as_a_lesson_has_said() {
    let server = Server::start(&["--trace", "off"]);
    let mut stream = server.connect();
    stream.write_all(b"GET /lessons/idle-race?idle=100ms HTTP/1.1\r\nHost: x\r\n\r\n").expect("the server reads");
    let mut answer = String::new();
    // Without the step it would be a minute, and the test would give up before.
    stream.read_to_string(&mut answer).expect("FIN comes");
    assert_eq!(answer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n");
}

#[test]
fn of_nine_event_sources_in_one_page_chromium_lets_six_ask() {
    let (server, profile) = (Server::start(&[]), tempfile::tempdir().expect("a folder can be made"));
    let mut command = Command::new("chromium");
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
    command.args(["--no-proxy-server", "--disable-background-networking", "--disable-component-update"]);
    command.arg("--remote-debugging-port=0").arg(format!("--user-data-dir={}", profile.path().display()));
    let _browser = Client::start(command.arg(server.url("/lessons/slow-reader?case=page")));
    let count = |lines: &[String], what: &str| lines.iter().filter(|line| line.contains(what)).count();
    let deadline = Instant::now() + CLIENT_DEADLINE;
    // A stream is silent for five seconds before its first comment: time enough for a seventh request.
    while count(&server.trace_lines(), ": ping") == 0 {
        assert!(Instant::now() < deadline, "{}", server.trace_lines().join("\n"));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(count(&server.trace_lines(), "request-line GET /lessons/slow-reader?case=quiet"), 6);
}

fn topics() -> Topics {
    Topics::new(TopicLimits::default(), 0)
}

// ---- the site ----------------------------------------------------------------------------------------------------

#[test]
fn an_edited_lesson_is_used_at_the_next_request_and_a_broken_one_says_why() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("mine.lesson");
    fs::write(&file, "head 200 OK\n  Content-Length: 4\ndata \"one\\n\"\n").expect("it can be written");
    let server = Server::start(&["--trace", "off", "--lessons", folder.path().to_str().expect("UTF-8")]);
    assert_eq!(answer(&server, "GET /lessons/mine"), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\none\n");
    fs::write(&file, "head 200 OK\n  Content-Length: 6\ndata \"second\"\n").expect("it can be written");
    assert_eq!(answer(&server, "GET /lessons/mine"), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
    fs::write(&file, "haed 200 OK\n").expect("it can be written");
    let broken = answer(&server, "GET /lessons/mine");
    assert!(broken.starts_with("HTTP/1.1 500 "), "{broken}");
    assert!(broken.contains("mine.lesson:1:1") && broken.contains("did you mean head?"), "{broken}");
    assert!(answer(&server, "GET /lessons/length").starts_with("HTTP/1.1 200 OK\r\n"));
    fs::remove_file(&file).expect("it can be removed");
    assert!(answer(&server, "GET /lessons/mine").starts_with("HTTP/1.1 404 "));
}

#[test]
fn an_edit_is_seen_even_if_the_file_has_the_same_length_and_time() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("mine.lesson");
    let library = Library::new(Some(folder.path().to_owned()));
    let time = std::time::SystemTime::UNIX_EPOCH;
    for word in ["one", "two", "bad\"", "six"] {
        let mut file = fs::File::create(&path).expect("it can be made");
        write!(file, "data \"{word}\"  ").expect("it can be written");
        file.set_modified(time).expect("the file is ours");
        match library.find("mine").expect("it is there") {
            Ok(lesson) => assert!(lesson.text().contains(word), "{word}"),
            Err(problems) => {
                assert!(word == "bad\"" && problems.contains("the text has no closing quotation mark"), "{problems}")
            }
        }
    }
}

#[test]
fn what_is_no_script_is_told_of_and_hurts_nobody() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| folder.path().join(format!("{name}.lesson"));
    let script = "head 204 No Content\n";
    fs::create_dir(path("folder")).expect("it can be made");
    assert!(Command::new("mkfifo").arg(path("pipe")).status().expect("there is a mkfifo(1)").success());
    fs::write(path("latin"), b"# one\nhead 200 \xe9\n").expect("it can be written");
    // The last character that is read is cut, which is no fault of its author.
    fs::write(path("huge"), "#".to_owned() + &"가".repeat(70_000)).expect("it can be written");
    fs::write(path("good"), script).expect("it can be written");
    fs::write(path("with space"), script).expect("it can be written");
    fs::write(path("chunk"), "title: Mine\n".to_owned() + script).expect("it can be written");
    for (target, name) in [("good.lesson", "link"), ("/dev/zero", "device"), ("nowhere", "dangling")] {
        std::os::unix::fs::symlink(target, path(name)).expect("it can be made");
    }
    let server = Server::start(&["--trace", "off", "--lessons", folder.path().to_str().expect("UTF-8")]);
    for (name, status, said) in [
        ("folder", "500", "\n\nfolder.lesson cannot be read: it is not a regular file\n"),
        ("pipe", "500", "\n\npipe.lesson cannot be read: it is not a regular file\n"),
        ("device", "500", "\n\ndevice.lesson cannot be read: it is a symbolic link\n"),
        ("latin", "500", "latin.lesson cannot be read: line 2 is not UTF-8"),
        ("huge", "500", "the script is too long"),
        ("dangling", "500", "\n\ndangling.lesson cannot be read: it is a symbolic link\n"),
        ("link", "500", "\n\nlink.lesson cannot be read: it is a symbolic link\n"),
        ("nowhere", "404", "there is no lesson"),
        ("good", "204", ""),
        // The teacher's, by its name; by its number and its whole name it is still the one that is built in.
        ("chunk", "204", ""),
        ("05-chunk", "200", "world"),
        ("5", "200", "world"),
    ] {
        let answer = answer(&server, &format!("GET /lessons/{name}"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(said), "{name}: {answer}");
    }
    let list = answer(&server, "GET /lessons");
    for line in [
        "chunk           Mine\n                replaces the built-in lesson 05-chunk\n",
        "good\n",
        "latin           cannot be played; GET /lessons/latin says why\n",
        "with space      is not served: its name needs 1 to 64 letters, digits, - or _ of ASCII\n",
    ] {
        assert!(list.contains(&format!("\n{line}")), "{line}\n{list}");
    }
    assert!(!list.contains("05 chunk"), "{list}");
    let said =
        ["warn: chunk.lesson replaces the built-in lesson 05-chunk", "warn: with space.lesson is not served: its name"];
    server.wait_for_log("the files that need attention", |lines| {
        said.iter().all(|said| lines.iter().any(|line| line.contains(said)))
    });
}

#[test]
fn a_script_that_becomes_a_pipe_while_it_is_served_stops_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("mine.lesson");
    fs::write(&path, "head 204 No Content\n").expect("it can be written");
    let server = Server::start(&["--trace", "off", "--lessons", folder.path().to_str().expect("UTF-8")]);
    assert!(answer(&server, "GET /lessons/mine").starts_with("HTTP/1.1 204 "));
    fs::remove_file(&path).expect("it can be removed");
    assert!(Command::new("mkfifo").arg(&path).status().expect("there is a mkfifo(1)").success());
    let refused = answer(&server, "GET /lessons/mine");
    assert!(refused.contains("\n\nmine.lesson cannot be read: it is not a regular file\n"), "{refused}");
    assert!(answer(&server, "GET /lessons/05-chunk?pause=0s").ends_with("0\r\n\r\n"));
}

#[test]
fn nothing_in_a_script_or_its_name_acts_on_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let script = "title: \x1b[31mred\u{202e}\ntry: curl \u{9b}2J HOST\nhead 204 No Content\n";
    fs::write(folder.path().join("mine.lesson"), script).expect("it can be written");
    fs::write(folder.path().join("\x1b[2J.lesson"), "haed\n").expect("it can be written");
    let path = folder.path().to_str().expect("UTF-8");
    let server = Server::start(&["--trace", "off", "--lessons", path]);
    let wirestep = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_wirestep")).args(arguments).output().expect("it can be started");
        [output.stdout, output.stderr].map(|said| String::from_utf8(said).expect("it is UTF-8")).concat()
    };
    let shown = [
        answer(&server, "GET /lessons"),
        answer(&server, "GET /lessons | Accept: text/html"),
        answer(&server, "GET /lessons | Accept: application/json"),
        wirestep(&["lessons", "--lessons", path]),
        wirestep(&["check", &format!("{path}/\x1b[2J.lesson")]),
        wirestep(&["check", &format!("{path}/\x1b[3J.lesson")]),
        server.wait_for_log("the file", |lines| lines.iter().any(|line| line.contains("is not served"))).join("\n"),
    ];
    for shown in shown {
        let body = shown.split("\r\n\r\n").last().expect("there is a last part");
        assert!(body.contains('\u{fffd}'), "{body:?}");
        assert!(!body.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{body:?}");
    }
}

#[test]
fn the_commands_of_the_list_name_the_server_that_was_asked() {
    let server = Server::start(&["--trace", "off"]);
    let addr = server.addr.to_string();
    let ask = |target: &str, host: &str, accept: &str| {
        let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
        exchange(&server, head.as_bytes())
    };
    let text = ask("/lessons/", &addr, "*/*");
    assert!(text.contains(&format!("\ncurl -iN http://{addr}/lessons/NAME plays one,")), "{text}");
    assert!(text.contains("05 chunk        Anatomy of a chunk"), "{text}");
    let json = ask("/lessons", &addr, "application/json");
    assert!(json.contains(&format!("\"curl -iN http://{addr}/lessons/chunk\"")) && !json.contains("HOST"), "{json}");
    // A host may have characters that a shell reads.
    let json = ask("/lessons", "x$(reboot)", "application/json");
    assert!(json.contains("\"curl -iN http://127.0.0.1:8080/lessons/chunk\"") && !json.contains("reboot"), "{json}");
}

#[test]
fn a_script_is_text_that_a_browser_does_not_run() {
    let server = Server::start(&["--trace", "off"]);
    let script = answer(&server, "GET /lessons/chunk.lesson");
    let head = script.split("\r\n\r\n").next().expect("a head");
    for field in [
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: sandbox; frame-ancestors 'none'",
    ] {
        assert!(head.lines().any(|line| line == field), "{field}\n{head}");
    }
}

#[test]
fn a_text_parameter_is_filled_in_only_where_no_browser_runs_it() {
    let refused = |fields: &str, body: &str| {
        let script =
            format!("param word = \"hi\" (..60)\nparam end = fin (fin | rst)\nhead 200 OK\n{fields}{body}\nfin\n");
        match Lesson::compile("mine", &script) {
            Ok(_) => false,
            Err(errors) => {
                let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
                assert_eq!(messages, ["a browser may run a text parameter as a script"], "{script}");
                true
            }
        }
    };
    let (filled, fixed) = ("data \"{word}\"", "data \"<b>{end}</b>\"");
    for fields in ["", "  Content-Type: text/html\n", "  Content-Type: image/svg+xml\n", "  Content-Type: {word}\n"] {
        assert!(refused(fields, filled), "{fields}");
    }
    assert!(refused("  Content-Type: text/plain\n  Content-Type: text/html\n", filled));
    assert!(refused("  Content-Type: text/plain\n", "raw \"HTTP/1.1 200 OK\\r\\n\\r\\n{word}\""));
    assert!(refused(
        "  Content-Type: text/html\n  Content-Security-Policy: sandbox allow-scripts allow-same-origin\n",
        filled
    ));
    assert!(!refused("  Content-Type: text/html\n", fixed));
    for fields in [
        "  Content-Type: text/plain; charset=utf-8\n",
        "  content-type: Text/Event-Stream\n",
        "  Content-Type: text/html\n  Content-Security-Policy: sandbox allow-scripts\n",
    ] {
        assert!(!refused(fields, filled), "{fields}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_one_sentence_and_status_2() {
    for arguments in [&["--listen", "127.0.0.1:0"][..], &["lessons"][..]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        let output = command.args(arguments).args(["--lessons", "/nowhere"]).output().expect("it can be started");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains("'/nowhere'") && said.contains("No such file or directory"), "{said}");
    }
}

#[test]
fn no_name_of_a_lesson_leads_out_of_its_folder() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::create_dir(folder.path().join("inner")).expect("it can be made");
    fs::write(folder.path().join("secret.lesson"), "head 204 No Content\n").expect("it can be written");
    let library = Library::new(Some(folder.path().join("inner")));
    for name in ["../secret", "..%2fsecret", "/etc/passwd", "", ".", "inner/../../secret"] {
        assert!(library.find(name).is_none(), "{name}");
    }
}

#[test]
fn the_list_is_for_browsers_terminals_and_programs() {
    let server = Server::start(&["--trace", "off"]);
    assert!(answer(&server, "GET /lessons").contains("05 chunk        Anatomy of a chunk · 청크 해부\n"));
    let page = answer(&server, "GET /lessons | Accept: text/html,*/*;q=0.8");
    assert!(page.contains("<a href=\"/lessons/chunk\">Anatomy of a chunk</a>"));
    for plain in ["text/html;q=0, text/plain", "text/htmlx", "*/*"] {
        let page = answer(&server, &format!("GET /lessons | Accept: {plain}"));
        assert!(page.contains("Content-Type: text/plain"), "{plain}");
    }
    let json = answer(&server, "GET /lessons | Accept: Application/JSON; q=0.9");
    let body = json.split("\r\n\r\n").nth(1).expect("a body");
    let list: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(BUILT_IN.len()));
    assert_eq!(list[4]["title"]["ko"], "청크 해부");
}

#[test]
fn the_list_as_data_has_all_that_a_page_needs_to_present_a_lesson() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let script = "param n-th = 3\nparam word = \"hi\" (..20)\nhead 200 OK\n  Content-Type: text/event-stream\n\
                  event\n  event: price\n  data: 1\nchunk \"eve\" \"nt: {word}\\nevent:stock\\ndata\\n\\n\"\nfin\n";
    fs::write(folder.path().join("mine.lesson"), format!("why: first\n  # left out\n  second\n{script}"))
        .expect("written");
    let list = Library::new(Some(folder.path().to_owned())).list_as_json("host:1");
    let list: serde_json::Value = serde_json::from_str(&list).expect("it is JSON");
    let nothing = serde_json::json!({ "en": null, "ko": null });
    let mine = serde_json::json!({
        "name": "mine", "number": null, "part": null,
        "title": nothing, "question": nothing, "predict": nothing, "watch": nothing,
        "why": { "en": "first second", "ko": null },
        "replaces": null, "reads": null, "try": [], "client": "EventSource", "types": ["message", "price", "stock"],
        "parameters": [
            { "name": "n-th", "default": "3", "kind": "number", "least": 0, "most": 100, "is": "a number from 0 to 100" },
            { "name": "word", "default": "hi", "kind": "text", "least": 0, "most": 20,
              "is": "text of at most 20 octets without control characters" },
        ],
    });
    assert_eq!(list[0], mine);
    let chunk = &list[5];
    assert_eq!((&chunk["name"], &chunk["number"], &chunk["client"]), (&"chunk".into(), &5.into(), &"fetch".into()));
    assert_eq!(
        chunk["part"],
        serde_json::json!({ "number": 1, "en": "Where a message ends", "ko": "메시지는 어디서 끝나는가" })
    );
    assert!(chunk["why"]["ko"].as_str().is_some_and(|text| text.contains("(RFC 9112 7.1)")), "{chunk}");
    let pause = serde_json::json!([{
        "name": "pause", "default": "500ms", "kind": "time", "least": 0, "most": 10_000,
        "is": "a time from 0s to 10s, such as 500ms",
    }]);
    assert_eq!((&chunk["parameters"], &chunk["types"]), (&pause, &serde_json::json!([])));
    let ends = &list[17];
    assert_eq!(
        ends["parameters"][0]["words"],
        serde_json::json!(["last", "fin", "close", "rst", "length", "badsize", "apart"])
    );
    assert_eq!((&ends["part"]["number"], &ends["types"]), (&3.into(), &serde_json::json!(["message"])));
    let clients: Vec<&str> =
        list.as_array().expect("a list").iter().skip(1).filter_map(|it| it["client"].as_str()).collect();
    assert_eq!(clients.iter().filter(|client| **client == "raw").count(), 4);
    assert_eq!(clients.iter().filter(|client| **client == "EventSource").count(), 9);
}

#[test]
fn a_parameter_that_is_not_known_or_not_right_is_named() {
    let server = Server::start(&["--trace", "off"]);
    let unknown = answer(&server, "GET /lessons/chunk?paus=1s");
    assert!(
        unknown.starts_with("HTTP/1.1 400 ")
            && unknown.contains("unknown parameter \"paus\"; expected one of pause, step"),
        "{unknown}"
    );
    let wrong = answer(&server, "GET /lessons/chunk?pause=1h");
    assert!(wrong.contains("must be a time from 0s to 10s, such as 500ms, not \"1h\""), "{wrong}");
    let none = answer(&server, "GET /lessons/nothing-like-this");
    assert!(none.starts_with("HTTP/1.1 404 "), "{none}");
}

#[test]
fn head_gets_the_head_of_a_take_that_is_not_for_it() {
    let server = Server::start(&["--trace", "off"]);
    let head = answer(&server, "HEAD /lessons/length");
    assert_eq!(head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
}

#[test]
fn two_readers_disagree_and_wirestep_refuses() {
    let server = Server::start(&["--trace", "off"]);
    let octets = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG";
    let request = format!(
        "POST /lessons/smuggling/readings HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{octets}",
        octets.len()
    );
    let drawing = exchange(&server, request.as_bytes());
    assert!(drawing.contains("    body          0␍␊␍␊G\n"), "{drawing}");
    assert!(
        drawing.contains("    last-chunk    0␍␊\n    end of body   ␍␊\n  request 2\n    request-line  G\n"),
        "{drawing}"
    );
    assert!(drawing.contains("  refuses it with 400: "), "{drawing}");
    for (fields, verdict) in [
        ("", "takes it: there is no body"),
        ("Content-Length: 3\r\n", "takes it: the body has 3 octets"),
        ("Transfer-Encoding: chunked\r\n", "takes it: the body comes in chunks"),
    ] {
        let octets = format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n0\r\n\r\n");
        let head =
            format!("POST /lessons/smuggling/readings HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", octets.len());
        let drawing = exchange(&server, format!("{head}Connection: close\r\n\r\n{octets}").as_bytes());
        assert!(drawing.ends_with(&format!("wirestep sees both\n  {verdict}\n")), "{drawing}");
    }
}

/// All that comes for one request, after which the connection ends.
fn answer(server: &Server, line: &str) -> String {
    let mut asked = Asked::new(line);
    asked.octets.truncate(asked.octets.len() - 2);
    asked.octets.extend_from_slice(b"Connection: close\r\n\r\n");
    exchange(server, &asked.octets)
}

fn exchange(server: &Server, octets: &[u8]) -> String {
    let mut stream = server.connect();
    stream.write_all(octets).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server ends the connection");
    String::from_utf8(answer).expect("it is UTF-8")
}

// ---- what all of this needs --------------------------------------------------------------------------------------

fn request(octets: &str) -> Request {
    let (head, _) =
        RequestHead::parse(octets.as_bytes(), HeadLimits::default()).expect("it is right").expect("it is complete");
    Request { head, body: Vec::new(), number: 1 }
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[track_caller]
fn assert_is_stored(path: &Path, stored: &str, seen: &str) {
    if std::env::var_os("WIRESTEP_REWRITE").is_some() {
        fs::write(path, seen).expect("it can be written");
        return;
    }
    assert!(stored == seen, "{} says\n{stored}\nand there is\n{seen}", path.display());
}
