//! `wirestep read`, as a program: files, pipes, what is wrong with them, and its exit status.

mod common;
#[path = "common/packets.rs"]
mod packets;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{CLIENT_DEADLINE, Client, Finished};
use packets::{ACK, Form, Packet, RST, Talk, pcap};

const LITTLE: Form = Form { is_big_endian: false, digits: 6 };
const RAW: u32 = 101;

/// A request, and a chunked response that has begun.
fn begun() -> Talk {
    let mut talk = Talk::open("192.0.2.1:50000", "192.0.2.2:80");
    talk.ask(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    talk.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").answer(b"5\r\nhello\r\n");
    talk
}

/// The same to its end.
fn whole() -> Talk {
    let mut talk = begun();
    talk.answer(b"0\r\n\r\n").end();
    talk
}

fn file(folder: &Path, name: &str, octets: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, octets).expect("there is room for a file");
    path.to_str().expect("the path is UTF-8").to_owned()
}

fn capture(folder: &Path, name: &str, packets: &[Packet]) -> String {
    file(folder, name, &pcap(LITTLE, RAW, packets))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
    command.arg("read").args(arguments);
    command
}

fn read(arguments: &[&str]) -> Finished {
    common::run(&mut command(arguments), CLIENT_DEADLINE)
}

fn code(finished: &Finished) -> i32 {
    finished.status.code().expect("it was not killed")
}

fn said(finished: &Finished) -> String {
    String::from_utf8_lossy(&finished.stderr).into_owned()
}

#[test]
fn a_capture_is_shown_as_the_server_would_show_it() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let shown = read(&[&capture(folder.path(), "a.pcap", &whole().packets)]);
    // The sentences stand after these columns; other tests look at them.
    let rows: Vec<String> =
        shown.text().lines().map(|line| line.chars().take(50).collect::<String>().trim_end().to_owned()).collect();
    let expected = [
        "  0.000 #1         opened       192.0.2.1:50000 has c",
        "  0.003 #1 <- 28   request-line GET /x HTTP/1.1␍␊",
        "                   field-line   Host: x␍␊",
        "                   end of head  ␍␊",
        "  0.004 #1 -> 47   status-line  HTTP/1.1 200 OK␍␊",
        "                   field-line   Transfer-Encoding: chunk",
        "                   end of head  ␍␊",
        "  0.006 #1 -> 10   chunk-size   5␍␊",
        "                   chunk-data   hello",
        "                   CRLF         ␍␊",
        "  0.008 #1 -> 5    last-chunk   0␍␊",
        "                   end of body  ␍␊",
        "  0.008 #1         verdict      complete: last chunk (R",
        "  0.010 #1 -> FIN               the server sends nothi",
        "  0.011 #1 <- FIN               the client sends nothi",
        "  0.011 #1         closed       both sides have sent F",
    ];
    let expected: Vec<String> =
        expected.iter().map(|line| line.chars().take(50).collect::<String>().trim_end().to_owned()).collect();
    assert_eq!((rows, code(&shown)), (expected, 0), "{}", said(&shown));
    assert_eq!(said(&shown), "wirestep: 13 packets, 1 conversation\n");
}

#[test]
fn the_exit_status_says_whether_a_response_is_broken() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let with = |act: &dyn Fn(&mut Talk)| {
        let mut talk = begun();
        act(&mut talk);
        talk
    };
    let cases = [
        ("complete", whole(), 0),
        ("FIN before the last chunk", with(&|talk| _ = talk.end()), 3),
        ("RST of the server", with(&|talk| _ = talk.push(false, RST, b"")), 3),
        ("the client leaves", with(&|talk| _ = talk.push(true, RST, b"")), 0),
        ("still open", begun(), 0),
        ("no chunk-size", with(&|talk| _ = talk.answer(b"zz")), 3),
    ];
    for (name, talk, expected) in cases {
        let finished = read(&[&capture(folder.path(), "a.pcap", &talk.packets)]);
        assert_eq!(code(&finished), expected, "{name}: {finished}");
    }
}

#[test]
fn what_cannot_be_read_is_one_sentence() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let here = |name: &str, octets: &[u8]| file(folder.path(), name, octets);
    let octets = pcap(LITTLE, RAW, &whole().packets);
    let cases = [
        (here("empty", b""), "it is empty: a capture has at least a header"),
        (here("text", b"hello, world"), "it is no capture: it begins neither as pcap nor as pcapng does"),
        (here("packed", b"\x1f\x8b\x08\0\0"), "it is compressed with gzip: decompress it first"),
        (folder.path().display().to_string(), "it is a folder; expected a capture"),
        (folder.path().join("none").display().to_string(), "No such file or directory (os error 2)"),
        (here("cut", &octets[..100]), "it is cut at octet 100, inside the block that begins at octet 80"),
    ];
    for (path, sentence) in cases {
        let finished = read(&[&path]);
        assert_eq!(code(&finished), 1, "{finished}");
        let error = said(&finished).lines().last().expect("a line").to_owned();
        assert_eq!(error, format!("wirestep: error: {path}: {sentence}"));
    }
    let finished = read(&["--port", "0x50", "x"]);
    assert_eq!(code(&finished), 2, "{finished}");
}

#[test]
fn what_could_be_read_of_a_cut_file_is_shown_before_the_error() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let octets = pcap(LITTLE, RAW, &whole().packets);
    let finished = read(&[&file(folder.path(), "cut", &octets[..octets.len() - 1])]);
    assert_eq!((code(&finished), finished.text().matches("last-chunk").count()), (1, 1), "{finished}");
}

#[test]
fn a_pipe_is_shown_while_it_is_written() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("there is a mkfifo").success());
    let client = Client::start(&mut command(&[pipe.to_str().expect("UTF-8")]));
    let mut pipe = fs::OpenOptions::new().write(true).open(&pipe).expect("the reader has opened it");
    let talk = whole();
    pipe.write_all(&pcap(LITTLE, RAW, &[])).expect("it is read");
    for packet in &talk.packets {
        let record = &pcap(LITTLE, RAW, std::slice::from_ref(packet))[24..];
        // In two parts: it is shown when its last octet has come.
        let (first, second) = record.split_at(20);
        pipe.write_all(first).expect("it is read");
        pipe.write_all(second).expect("it is read");
        if packet.payload().starts_with(b"5\r\n") {
            client.wait_for("the chunk", |shown| shown.contains("hello"));
        }
    }
    drop(pipe);
    let finished = client.finish();
    assert_eq!((code(&finished), finished.text().matches("last-chunk").count()), (0, 1), "{finished}");
}

#[test]
fn standard_input_is_read_too_and_a_reader_that_has_seen_enough_is_no_error() {
    let mut shell = Command::new("sh");
    let script = format!("{} read - | head -n 1", env!("CARGO_BIN_EXE_wirestep"));
    let mut child = shell
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    let mut talk = whole();
    for _ in 0..2000 {
        talk.push(false, ACK, b"after the end");
    }
    let octets = pcap(LITTLE, RAW, &talk.packets);
    // It may have left before everything is written.
    let _ = child.stdin.take().expect("a pipe").write_all(&octets);
    let output = child.wait_with_output().expect("it ends");
    let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("opened") && !said.contains("error") && !said.contains("warn"), "{shown}\n{said}");
}

#[test]
fn one_port_one_connection_or_one_direction_can_be_asked_for() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let mut other = Talk::open("192.0.2.3:50001", "192.0.2.4:81");
    other.ask(b"GET /other HTTP/1.1\r\n\r\n");
    let path = capture(folder.path(), "a.pcap", &[whole().packets, other.packets].concat());
    let whats = |arguments: &[&str]| {
        let shown = read(&[&["--form", "json", &path], arguments].concat()).text();
        let line = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
            format!("{}{}", line["connection"], line["what"].as_str().expect("a word"))
        };
        shown.lines().skip(1).map(line).collect::<Vec<_>>()
    };
    assert_eq!(whats(&["--port", "81"]), ["1opened", "1octets", "1verdict", "1closed"]);
    assert_eq!(whats(&["--connection", "2"]), ["2opened", "2octets", "2verdict", "2closed"]);
    let requests = ["1opened", "1octets", "1fin", "1closed", "2opened", "2octets", "2closed"];
    assert_eq!(whats(&["--only", "requests"]), requests);
    assert_eq!(whats(&["--only", "responses", "--port", "81"]), ["1opened", "1verdict", "1closed"]);
}

#[test]
fn the_first_line_of_json_says_when_the_capture_began() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let shown = read(&["--form", "json", &capture(folder.path(), "a.pcap", &whole().packets)]).text();
    let first: serde_json::Value = serde_json::from_str(shown.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["started"], "2023-11-14T22:13:20.000000Z");
}

// ---- docs/read.md ------------------------------------------------------------------------------------------------

/// Each `console read` block of the page is run in a folder with the capture that the page makes before, and prints what the
/// page shows. `WIRESTEP_REWRITE=1` writes it there.
#[test]
fn the_page_shows_what_its_commands_print_in_both_languages() {
    shows_what_its_commands_print("docs/read.md", "en");
    shows_what_its_commands_print("docs/ko/read.md", "ko");
}

fn shows_what_its_commands_print(page: &str, language: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let page = fs::read_to_string(&path).expect("the page is there");
    let folder = tempfile::tempdir().expect("there is a place for files");
    let port = make_the_capture(folder.path());
    let (mut new, mut lines) = (String::new(), page.lines());
    while let Some(line) = lines.next() {
        new += &format!("{line}\n");
        if line != "```console read" {
            continue;
        }
        for line in lines.by_ref().take_while(|line| *line != "```").filter(|line| line.starts_with("$ ")) {
            // One blank more, so that the columns stay where they are.
            let printed = printed(folder.path(), &line[2..], language).replace(&format!("{port}␍␊"), "8080␍␊ ");
            new += &format!("{line}\n{}", printed.replace(&format!(":{port}"), ":8080"));
        }
        new += "```\n";
    }
    if std::env::var_os("WIRESTEP_REWRITE").is_some() {
        return fs::write(&path, new).expect("the page can be written");
    }
    let (is, should_be) = (forgetful(&page), forgetful(&new));
    assert_eq!(is, should_be, "WIRESTEP_REWRITE=1 writes it anew");
}

/// Two clients of a server that writes its capture.
fn make_the_capture(folder: &Path) -> u16 {
    let capture = folder.join("stream.pcapng");
    let mut server = common::Server::start(&["--trace", "off", "--pcapng", capture.to_str().expect("UTF-8")]);
    for target in ["/api/sse/events?count=2", "/lessons/endings?end=nolast"] {
        let finished = common::run(Command::new("curl").args(["-sN", &server.url(target)]), CLIENT_DEADLINE);
        assert!(!finished.stdout.is_empty(), "{finished}");
    }
    server.stop();
    server.addr.port()
}

fn printed(folder: &Path, line: &str, language: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_wirestep")).parent().expect("a folder").to_owned();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder).env("PATH", path).env("COLUMNS", "112").env("WIRESTEP_LANG", language);
    common::run(&mut shell, CLIENT_DEADLINE).text()
}

/// Without what differs from run to run: numbers, dates, and how many blanks stand between columns.
fn forgetful(page: &str) -> Vec<String> {
    let forget = |line: &str| {
        let line = line.split("Date: ").next().unwrap_or_default();
        let mut words: Vec<String> = Vec::new();
        for word in line.split_whitespace() {
            let mut text = String::new();
            for character in word.chars() {
                let character = if character.is_ascii_digit() { '0' } else { character };
                if !(character == '0' && text.ends_with('0')) {
                    text.push(character);
                }
            }
            words.push(text);
        }
        words.join(" ")
    };
    page.lines().map(forget).collect()
}
