//! `wirestep tap` between a client and an origin, both of them scripted: what one side sends is what the other gets.

mod common;
#[path = "wire/notation.rs"]
mod notation;
#[path = "tap/records.rs"]
mod records;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{CLIENT_DEADLINE, DEADLINE, Server};
use records::{count, ends_of, parsed, tell};
use serde_json::Value;
use socket2::{Domain, SockRef, Socket, Type};

// ---- octets -------------------------------------------------------------------------------------------------

#[test]
fn every_case_of_the_wire_arrives_as_it_was_sent_at_every_split() {
    let mut scene = Scene::begin(&["--trace", "off"]);
    let cases = wire_cases();
    assert!(cases.len() > 200, "{} cases", cases.len());
    for (is_request, octets) in cases {
        let (from, to) = match is_request {
            true => (&mut scene.client, &mut scene.origin),
            false => (&mut scene.origin, &mut scene.client),
        };
        for split in splits(octets.len()) {
            pass(from, to, &octets[..split]);
            pass(from, to, &octets[split..]);
        }
    }
}

#[test]
fn what_is_no_http_passes_untouched() {
    let mut scene = Scene::begin(&["--trace", "terminal"]);
    let hello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x00, 0xff];
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0";
    for octets in [b"*1\r\n$4\r\nPING\r\n".as_slice(), b"\0\x01\xff\r\n\r\nGET", &hello, preface] {
        pass(&mut scene.client, &mut scene.origin, octets);
        pass(&mut scene.origin, &mut scene.client, octets);
    }
}

#[test]
fn an_upgraded_connection_is_a_tunnel() {
    let Scene { tap: _tap, mut client, mut origin } = Scene::begin(&["--trace", "json"]);
    let fields = "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    pass(&mut client, &mut origin, format!("GET /chat HTTP/1.1\r\nHost: x\r\n{fields}").as_bytes());
    pass(&mut origin, &mut client, format!("HTTP/1.1 101 Switching Protocols\r\n{fields}").as_bytes());
    pass(&mut client, &mut origin, &[0x81, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6f, 0x68, 0x6e]);
    pass(&mut origin, &mut client, &[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
}

#[test]
fn one_read_is_one_write_and_one_record() {
    let mut scene = Scene::begin(&["--trace", "json"]);
    for piece in [b"GET / HT".as_slice(), b"TP/1.1\r\n", b"Host: x\r\n\r\n"] {
        pass(&mut scene.client, &mut scene.origin, piece);
    }
    pass(&mut scene.origin, &mut scene.client, b"HTTP/1.1 204 No Content\r\n\r\n");
    let records = scene.wait_for("the verdict on the response", |records| count(records, "verdict") == 1);
    let requests = ["octets requests 8", "octets requests 8", "octets requests 11"];
    let expected =
        [&["begin", "opened", "state connected"], &requests[..], &["octets responses 27", "verdict"]].concat();
    assert_eq!(records.iter().map(tell).collect::<Vec<_>>(), expected);
    assert!(records.iter().all(|record| record.get("hop").is_none()), "one hop has no name");
}

#[test]
fn two_hundred_connections_do_not_mix() {
    let origin = listener();
    let tap = tap_to(origin.local_addr().expect("it is bound"), &["--trace", "off"]);
    std::thread::spawn(move || {
        for stream in origin.incoming() {
            let mut stream = stream.expect("the tap connects");
            std::thread::spawn(move || std::io::copy(&mut stream.try_clone().expect("a descriptor"), &mut stream));
        }
    });
    let mut clients: Vec<TcpStream> = (0..200).map(|_| tap.connect()).collect();
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.write_all(format!("{number:05} in round {round}").as_bytes()).expect("the tap reads");
        }
        for (number, client) in clients.iter_mut().enumerate() {
            let expected = format!("{number:05} in round {round}");
            assert_eq!(String::from_utf8_lossy(&read_exactly(client, expected.len())), expected);
        }
    }
}

// ---- another Host -------------------------------------------------------------------------------------------

#[test]
fn host_is_replaced_and_nothing_else_at_every_split() {
    let mut scene = Scene::begin(&["--trace", "json", "--host", "shop.example"]);
    // Two requests in one pipeline; the body of the first one looks like a head.
    let sent =
        "POST / HTTP/1.1\r\nhost:  a:80\r\nContent-Length: 9\r\n\r\nHost: a\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    let got = "POST / HTTP/1.1\r\nhost:  shop.example\r\nContent-Length: 9\r\n\r\nHost: a\r\nGET /2 HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    for split in 1..sent.len() {
        for piece in [&sent[..split], &sent[split..]] {
            scene.client.write_all(piece.as_bytes()).expect("the tap reads");
        }
        assert_eq!(String::from_utf8_lossy(&read_exactly(&mut scene.origin, got.len())), got, "split at {split}");
        pass(&mut scene.origin, &mut scene.client, b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    }
    let records = scene.wait_for("a new value", |records| count(records, "state") > 1);
    let replaced = records.iter().find(|record| record["state"] == "host-replaced").expect("it was waited for");
    assert_eq!(replaced["note"], "the origin gets Host: shop.example in this request (--host) (RFC 9110 7.2)");
}

// ---- a Unix-domain socket -----------------------------------------------------------------------------------

#[test]
fn an_origin_with_a_unix_socket_gets_and_sends_the_same_octets() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let path = folder.path().join("app.sock");
    let listener = UnixListener::bind(&path).expect("the path is free");
    let tap = start(&["--listen", "127.0.0.1:0", &format!("unix:{}", path.display()), "--trace", "json"]);
    let mut client = tap.connect();
    let (mut origin, _) = listener.accept().expect("the tap connects");
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("the tap reads");
    let mut request = [0; 27];
    origin.read_exact(&mut request).expect("it comes");
    assert_eq!(request, *b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    origin.write_all(b"HTTP/1.0 200 OK\r\n\r\nall").expect("the tap reads");
    origin.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_fin(&mut client), b"HTTP/1.0 200 OK\r\n\r\nall");
    client.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(origin.read(&mut request).expect("FIN comes"), 0);
    assert_eq!(ends_of(&tap), ["fin responses origin-fin", "fin requests read-zero", "closed both-fin"]);
}

#[test]
fn a_unix_socket_that_is_not_there_is_told_and_the_client_is_reset() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let path = folder.path().join("none.sock");
    let tap = start(&["--listen", "127.0.0.1:0", &format!("unix:{}", path.display()), "--trace", "json"]);
    assert_eq!(read_to_end(&mut tap.connect()), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses origin-unreachable", "closed after-reset"]);
}

// ---- FIN and RST --------------------------------------------------------------------------------------------

#[test]
fn a_half_close_is_a_half_close() {
    let mut scene = Scene::begin(&["--trace", "json"]);
    scene.client.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("the tap reads");
    scene.client.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_fin(&mut scene.origin), b"GET / HTTP/1.0\r\n\r\n");
    // The other direction goes on after that.
    pass(&mut scene.origin, &mut scene.client, b"HTTP/1.0 200 OK\r\n\r\n");
    pass(&mut scene.origin, &mut scene.client, b"and more");
    scene.origin.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_fin(&mut scene.client), b"");
    let expected = ["fin requests read-zero", "fin responses origin-fin", "closed both-fin"];
    assert_eq!(ends_of(&scene.tap), expected);
}

#[test]
fn the_origins_fin_comes_first_and_the_client_goes_on() {
    let mut scene = Scene::begin(&["--trace", "json"]);
    scene.origin.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_fin(&mut scene.client), b"");
    pass(&mut scene.client, &mut scene.origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    scene.client.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_fin(&mut scene.origin), b"");
    let expected = ["fin responses origin-fin", "fin requests read-zero", "closed both-fin"];
    assert_eq!(ends_of(&scene.tap), expected);
}

#[test]
fn an_rst_of_the_origin_reaches_the_client_after_the_octets_before_it() {
    for _ in 0..20 {
        let Scene { tap, mut client, mut origin } = Scene::begin(&["--trace", "json"]);
        pass(&mut client, &mut origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        origin.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").expect("the tap reads");
        reset(origin);
        let expected = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec();
        assert_eq!(read_to_end(&mut client), (expected, Err(ErrorKind::ConnectionReset)));
        assert_eq!(ends_of(&tap), ["rst responses origin-reset", "closed after-reset"]);
    }
}

#[test]
fn an_rst_of_the_client_reaches_the_origin() {
    let Scene { tap, mut client, mut origin } = Scene::begin(&["--trace", "json"]);
    pass(&mut client, &mut origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    reset(client);
    assert_eq!(read_to_end(&mut origin), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst requests peer-reset", "closed after-reset"]);
}

#[test]
fn a_response_before_the_rst_for_an_unread_upload_still_arrives() {
    let Scene { tap, mut client, mut origin } = Scene::begin(&["--trace", "json"]);
    // The origin reads a part of the upload only, responds and closes: its kernel sends RST for the unread rest.
    client.write_all(&[b'x'; 4096]).expect("the tap reads");
    read_exactly(&mut origin, 1);
    let response = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
    origin.write_all(response).expect("the tap reads");
    drop(origin);
    assert_eq!(read_to_end(&mut client), (response.to_vec(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses origin-reset", "closed after-reset"]);
}

#[test]
fn an_rst_passes_although_the_other_side_does_not_read() {
    let Scene { tap, mut client, mut origin } = Scene::begin(&["--trace", "json"]);
    fill(&mut origin);
    tap.wait_for_trace("the block", |lines| lines.iter().any(|line| line.contains("\"blocked\"")));
    reset(origin);
    assert_eq!(ends_of(&tap), ["rst responses origin-reset", "closed after-reset"]);
    assert_eq!(read_to_end(&mut client).1, Err(ErrorKind::ConnectionReset));
}

// ---- an origin that is not there ----------------------------------------------------------------------------

#[test]
fn an_origin_that_refuses_is_told_and_the_client_is_reset() {
    let origin = listener().local_addr().expect("it was bound");
    let tap = tap_to(origin, &["--trace", "json"]);
    assert_eq!(read_to_end(&mut tap.connect()), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses origin-refused", "closed after-reset"]);
    assert_eq!(
        parsed(&tap.trace_lines())[2]["note"],
        "the origin refuses: no program listens at its address, so its kernel sends RST (RFC 9293 3.10.7.1)"
    );
}

#[test]
fn the_next_address_of_an_origin_is_tried_when_one_refuses() {
    let origin = listener();
    let port = origin.local_addr().expect("it is bound").port();
    // localhost is ::1 and 127.0.0.1 on most machines; only one of them listens.
    let tap = start(&["--listen", "127.0.0.1:0", &format!("http://localhost:{port}/"), "--trace", "off"]);
    let mut client = tap.connect();
    let (mut origin, _) = origin.accept().expect("the tap connects");
    pass(&mut client, &mut origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
}

#[test]
fn an_origin_that_leaves_the_syn_unanswered_is_given_up() {
    let origin = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    origin.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    origin.listen(0).expect("it is bound");
    let address = origin.local_addr().expect("it is bound").as_socket().expect("it has a port");
    // Its queue is full, so Linux throws further SYNs away.
    let queue: Vec<Socket> = (0..4).map(|_| connecting(address)).collect();
    let tap = tap_to(address, &["--trace", "json", "--connect-timeout", "300ms"]);
    assert_eq!(read_to_end(&mut tap.connect()), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses origin-timed-out", "closed after-reset"]);
    drop(queue);
}

// ---- back-pressure ------------------------------------------------------------------------------------------

#[test]
fn a_client_that_does_not_read_stops_the_origin_and_loses_nothing() {
    let mut scene = Scene::begin(&["--trace", "off"]);
    let before = resident(&scene.tap);
    let sent = fill(&mut scene.origin);
    assert!(sent < MOST, "{sent} octets were taken although the client reads nothing");
    let grown = resident(&scene.tap).saturating_sub(before);
    assert!(grown < 1024, "the tap has grown by {grown} KiB");
    assert_eq!(first_wrong(&read_exactly(&mut scene.client, sent)), None, "all octets come, in their order");
    pass(&mut scene.origin, &mut scene.client, b"and it goes on");
}

#[test]
fn an_origin_that_does_not_read_stops_the_client_and_the_trace_says_so() {
    let mut scene = Scene::begin(&["--trace", "json"]);
    let sent = fill(&mut scene.client);
    assert!(sent < MOST, "{sent} octets were taken although the origin reads nothing");
    let records = scene.wait_for("the block", |records| count(records, "blocked") > 0);
    let blocked = records.iter().find(|record| record["what"] == "blocked").expect("it was waited for");
    assert_eq!(blocked["flow"], "requests");
    assert_eq!(first_wrong(&read_exactly(&mut scene.origin, sent)), None, "all octets come, in their order");
}

// ---- lessons ------------------------------------------------------------------------------------------------

#[test]
fn every_lesson_is_the_same_through_the_tap() {
    let server = Server::start(&["--trace", "off"]);
    let tap = tap_to(server.addr, &["--trace", "off"]);
    let play = |mut stream: TcpStream, lesson| std::thread::spawn(move || play(&mut stream, lesson));
    let lessons = wirestep::lesson::library::BUILT_IN.iter().map(|(file, _)| *file);
    let plays: Vec<_> =
        lessons.map(|lesson| (lesson, play(server.connect(), lesson), play(tap.connect(), lesson))).collect();
    for (lesson, direct, tapped) in plays {
        let direct = direct.join().expect("it is played");
        assert!(direct.0.starts_with("HTTP/1."), "{lesson}: {direct:?}");
        assert_eq!(tapped.join().expect("it is played"), direct, "{lesson}");
    }
}

// ---- several hops, signals, the command line ----------------------------------------------------------------

#[test]
fn records_name_the_hop() {
    let (app, free) = (listener(), listener());
    let (address, between) = (app.local_addr().expect("it is bound"), free.local_addr().expect("it is bound"));
    drop(free);
    // The edge's origin is the address of the other hop: one request passes both.
    let (edge, hop) = (format!("edge=127.0.0.1:0,{between}"), format!("app={between},{address}"));
    let tap = start(&[&edge, &hop, "--trace", "json"]);
    let mut client = tap.connect();
    let (mut origin, _) = app.accept().expect("the tap connects");
    pass(&mut client, &mut origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    let lines = tap.wait_for_trace("both hops", |lines| count(&parsed(lines), "octets") == 2);
    let octets = parsed(&lines).into_iter().filter(|record| record["what"] == "octets");
    let hops: Vec<String> = octets.map(|record| format!("{} {}", record["connection"], record["hop"])).collect();
    assert_eq!(hops, ["1 \"edge\"", "2 \"app\""]);
}

#[test]
fn rows_name_the_hop_after_the_connection() {
    let origin = listener();
    let tap = start(&[&format!("app=127.0.0.1:0,{}", origin.local_addr().expect("it is bound"))]);
    let mut client = tap.connect();
    let (mut origin, _) = origin.accept().expect("the tap connects");
    pass(&mut client, &mut origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    let is_row = |line: &String| line.contains(" #1 app <- 27") && line.contains("request-line");
    tap.wait_for_trace("the row", |lines| lines.iter().any(is_row));
}

#[test]
fn the_first_signal_waits_and_the_second_one_cuts() {
    let Scene { mut tap, mut client, mut origin } = Scene::begin(&["--trace", "json", "--drain-timeout", "60s"]);
    pass(&mut client, &mut origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    tap.signal("INT");
    tap.wait_for_log("that it stops", |lines| lines.iter().any(|line| line.contains("stopping")));
    pass(&mut origin, &mut client, b"HTTP/1.1 200 OK\r\n\r\nit still passes");
    assert!(tap.stop().success());
    assert_eq!(read_to_end(&mut client), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(read_to_end(&mut origin), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses relay-stops", "closed after-reset"]);
}

#[test]
fn after_the_first_signal_the_last_connection_ends_it() {
    let Scene { mut tap, client, mut origin } = Scene::begin(&["--trace", "off", "--drain-timeout", "60s"]);
    tap.signal("TERM");
    tap.wait_for_log("that it stops", |lines| lines.iter().any(|line| line.contains("stopping")));
    drop(client);
    assert_eq!(read_to_fin(&mut origin), b"");
    drop(origin);
    assert!(tap.wait().success());
}

#[test]
fn a_command_line_that_cannot_be_meant_is_refused_with_a_reason() {
    let cases: [(&[&str], &str); 10] = [
        (&["https://api.invalid"], "expected HOST:PORT"),
        (&["https://127.0.0.1:3000/events"], "a relay has no path"),
        (&["http://127.0.0.1:3000", "--insecure"], "--ca and --insecure are for an origin with https://"),
        (&["127.0.0.1:1", "--host", "two words"], "expected a name and perhaps a port"),
        (&["http://127.0.0.1:3000/events"], "a relay has no path"),
        (&["127.0.0.1"], "expected HOST:PORT"),
        (&["127.0.0.1:1", "127.0.0.1:2"], "several origins need names"),
        (&["a=127.0.0.1:0,127.0.0.1:1", "a=127.0.0.1:0,127.0.0.1:2"], "two hops have the name a"),
        (&["127.0.0.1:8080"], "its origin would be the relay itself"),
        (&["http://does-not-exist.invalid:80"], "expected HOST:PORT"),
    ];
    for (arguments, reason) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        let finished = common::run(command.arg("tap").args(arguments), CLIENT_DEADLINE);
        let said = String::from_utf8_lossy(&finished.stderr).into_owned();
        assert_eq!(finished.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}

#[test]
fn a_capture_of_a_relay_says_that_both_directions_were_read() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let file = folder.path().join("tap.pcapng");
    let Scene { mut tap, mut client, mut origin } =
        Scene::begin(&["--trace", "off", "--pcapng", file.to_str().expect("UTF-8")]);
    pass(&mut origin, &mut client, b"HTTP/1.1 200 OK\r\n\r\n");
    drop((client, origin));
    assert!(tap.stop().success());
    let capture = String::from_utf8_lossy(&fs::read(file).expect("it was written")).into_owned();
    assert!(capture.contains("read() = 19: head of response 1: HTTP/1.1 200 OK"), "{capture:?}");
    assert!(!capture.contains("write() = "), "{capture:?}");
}

// ---- the page -----------------------------------------------------------------------------------------------

#[test]
fn the_rows_of_the_page_are_those_of_a_tap() {
    let listener = listener();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
    command.arg("tap").args(["--listen", "127.0.0.1:0"]).arg(listener.local_addr().expect("it is bound").to_string());
    let tap = Server::spawn({
        command.env("COLUMNS", "112").env("NO_COLOR", "1");
        command
    });
    let mut client = tap.connect();
    let (mut origin, _) = listener.accept().expect("the tap connects");
    pass(&mut client, &mut origin, b"GET /events HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n");
    let fields = "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    for piece in [&format!("HTTP/1.1 200 OK\r\n{fields}"), "8\r\ndata: a\n\r\n", "1\r\n\n\r\n0\r\n\r\n"] {
        pass(&mut origin, &mut client, piece.as_bytes());
    }
    origin.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_fin(&mut client), b"");
    drop(client);
    let rows = tap.wait_for_trace("the close", |lines| lines.iter().any(|line| line.contains("closed")));
    let rows: Vec<String> = rows.into_iter().skip(1).collect();
    let (before, shown, after) = page();
    if std::env::var_os("WIRESTEP_REWRITE").is_some() {
        fs::write(PAGE, format!("{before}{}\n{after}", rows.join("\n"))).expect("the page can be written");
    }
    // Times differ from run to run.
    let timeless = |row: &str| row.chars().skip(7).collect::<String>();
    let shown: Vec<String> = shown.lines().map(timeless).collect();
    assert_eq!(shown, rows.iter().map(|row| timeless(row)).collect::<Vec<_>>());
}

#[test]
fn the_commands_of_the_page_begin_to_listen() {
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ wirestep tap ")).collect();
    assert_eq!(commands.len(), 6);
    for command in commands {
        let mut arguments: Vec<String> = Vec::new();
        for argument in command.split(' ') {
            // The ports of the page may be in use.
            arguments.push(match argument.split_once(',') {
                Some((hop, origin)) => {
                    format!("{}=127.0.0.1:0,{origin}", hop.split('=').next().expect("it has a name"))
                }
                None if arguments.last().is_some_and(|last| last == "--listen") => "127.0.0.1:0".to_owned(),
                // A name that no server is asked for.
                None => argument.replace("api.example", "127.0.0.1"),
            });
        }
        if !command.contains('=') && !arguments.iter().any(|argument| argument == "--listen") {
            arguments.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
        }
        assert!(start(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).stop().success(), "{command}");
    }
}

/// The page about taps: what stands before the rows it shows, the rows, and what stands after them.
fn page() -> (String, String, String) {
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let (before, rest) = page.split_once("```text tap\n").expect("it shows rows");
    let (shown, after) = rest.split_once("```").expect("they end");
    (format!("{before}```text tap\n"), shown.to_owned(), format!("```{after}"))
}

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tap.md");

// ---- how ----------------------------------------------------------------------------------------------------

/// A client and an origin with a tap between them.
struct Scene {
    tap: Server,
    client: TcpStream,
    origin: TcpStream,
}

impl Scene {
    fn begin(arguments: &[&str]) -> Scene {
        let listener = listener();
        let tap = tap_to(listener.local_addr().expect("it is bound"), arguments);
        let client = tap.connect();
        let (origin, _) = listener.accept().expect("the tap connects");
        for stream in [&client, &origin] {
            stream.set_nodelay(true).expect("it is a socket");
        }
        origin.set_read_timeout(Some(DEADLINE)).expect("the deadline is not zero");
        Scene { tap, client, origin }
    }

    fn wait_for(&self, what: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        parsed(&self.tap.wait_for_trace(what, |lines| holds(&parsed(lines))))
    }
}

fn start(arguments: &[&str]) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
    command.arg("tap").args(arguments);
    Server::spawn(command)
}

fn tap_to(origin: SocketAddr, arguments: &[&str]) -> Server {
    start(&[&["--listen", "127.0.0.1:0", &format!("http://{origin}")], arguments].concat())
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("there is a free port")
}

fn connecting(address: SocketAddr) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_nonblocking(true).expect("it is a socket");
    // It is on its way, which is all that is needed.
    drop(socket.connect(&address.into()));
    socket
}

/// One side sends, and exactly that comes out at the other.
#[track_caller]
fn pass(from: &mut TcpStream, to: &mut TcpStream, octets: &[u8]) {
    from.write_all(octets).expect("the tap reads");
    assert_eq!(read_exactly(to, octets.len()), octets);
}

#[track_caller]
fn read_exactly(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    stream.read_exact(&mut octets).expect("as many octets come");
    octets
}

/// All that comes, and how it ends.
fn read_to_end(stream: &mut TcpStream) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut octets = Vec::new();
    let end = stream.read_to_end(&mut octets).map(drop).map_err(|error| error.kind());
    (octets, end)
}

#[track_caller]
fn read_to_fin(stream: &mut TcpStream) -> Vec<u8> {
    let (octets, end) = read_to_end(stream);
    assert_eq!(end, Ok(()), "FIN comes, after {octets:?}");
    octets
}

fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("it is a socket");
}

/// Writes until the other side has taken nothing for half a second; how many octets that were.
fn fill(stream: &mut TcpStream) -> usize {
    stream.set_write_timeout(Some(Duration::from_millis(500))).expect("it is not zero");
    let mut sent = 0;
    while sent < MOST {
        let piece: Vec<u8> = (sent..sent + 8192).map(pattern).collect();
        match stream.write(&piece) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    sent
}

/// The octet at this place of a long stream; its period is no power of two.
fn pattern(at: usize) -> u8 {
    (at % 251) as u8
}

/// The first place where the pattern is broken.
fn first_wrong(octets: &[u8]) -> Option<usize> {
    octets.iter().enumerate().position(|(at, octet)| *octet != pattern(at))
}

/// More than the kernel's buffers of four sockets hold.
const MOST: usize = 64 * 1024 * 1024;

/// KiB of memory.
fn resident(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says it");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}

/// Asks for a lesson, sends FIN, and reads to the end; the date is forgotten.
fn play(stream: &mut TcpStream, lesson: &str) -> (String, Result<(), ErrorKind>) {
    stream.set_read_timeout(Some(CLIENT_DEADLINE)).expect("it is not zero");
    let request = format!("GET /lessons/{lesson} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is read");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let (octets, end) = read_to_end(stream);
    let text = String::from_utf8_lossy(&octets).into_owned();
    (text.split("\r\n").filter(|line| !line.starts_with("Date: ")).collect::<Vec<_>>().join("\r\n"), end)
}

// ---- cases of tests/wire ----

/// Every block of octets: whether it is a request, and the octets.
fn wire_cases() -> Vec<(bool, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).expect("there are cases") {
        let path = entry.expect("there are cases").path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("cases are text");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let is_request = match line {
                "```http request" => true,
                "```http response" => false,
                _ => continue,
            };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let octets = notation::octets_of(&block.join("\n")).expect("the case can be read");
            if !octets.is_empty() {
                cases.push((is_request, octets));
            }
        }
    }
    cases
}

/// Every split of octets that are not many, and some of others.
fn splits(length: usize) -> impl Iterator<Item = usize> {
    (1..length.max(2)).step_by(length.div_ceil(MOST_SPLITS).max(1))
}

/// Splits of one case; most cases are shorter than this.
const MOST_SPLITS: usize = 200;
