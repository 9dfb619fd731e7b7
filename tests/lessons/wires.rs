//! Each lesson, played on a real socket: the octets of each write, and what the capture says of them.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use wirestep::lesson::library::BUILT_IN;

use super::capture::{Packet, assert_sound, packets_so_far, payloads};
use super::common::{DEADLINE, Server};
use super::{Asked, assert_is_stored, tests};

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
