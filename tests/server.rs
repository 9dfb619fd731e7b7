//! The real binary on real sockets: what clients do to it, on purpose and by accident.

#![allow(missing_docs)]

mod common;

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{Server, wait_until};
use socket2::SockRef;

const GET_PLAIN: &str = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n";
const TRACE_OFF: &[&str] = &["--trace", "off"];

// ---- requests one behind the other ---------------------------------------------------------------------------------

#[test]
fn a_thousand_requests_in_one_go_and_a_fin_get_a_thousand_responses_and_a_fin() {
    let server = Server::start(TRACE_OFF);
    let mut client = server.connect();
    let mut writer = client.try_clone().expect("a socket can be cloned");
    let writing = thread::spawn(move || {
        for number in 0..1_000 {
            write!(writer, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{number:05}")
                .expect("it is read");
        }
        writer.shutdown(Shutdown::Write).expect("it is open");
    });
    let mut reader = BufReader::new(&mut client);
    for number in 0..1_000 {
        let response = read_response(&mut reader);
        assert_eq!((response.status(), response.text()), ("200 OK", format!("{number:05}").as_str()));
    }
    assert_eq!(read_to_fin(&mut reader), b"", "FIN follows the last response");
    writing.join().expect("everything was written");
}

#[test]
fn a_client_that_half_closes_behind_a_stream_still_gets_all_of_it() {
    let server = Server::start(TRACE_OFF);
    let mut client = server.connect();
    let stream = "GET /api/sse/events?count=5&interval=10ms HTTP/1.1\r\nHost: x\r\n\r\n";
    send(&mut client, format!("{GET_PLAIN}{stream}{GET_PLAIN}"));
    client.shutdown(Shutdown::Write).expect("it is open");
    let mut reader = BufReader::new(client);
    assert_eq!(read_response(&mut reader).text(), "Hello, wire!\n");
    assert_eq!(read_response(&mut reader).text(), (1..=5).map(event).collect::<String>());
    assert_eq!(read_response(&mut reader).text(), "Hello, wire!\n");
    assert_eq!(read_to_fin(&mut reader), b"");
}

// ---- 100 Continue, and refusals -------------------------------------------------------------------------------------

#[test]
fn a_client_that_waits_for_leave_gets_it_before_it_sends_its_body() {
    let server = Server::start(TRACE_OFF);
    let mut client = server.connect();
    send(&mut client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    let mut reader = BufReader::new(client.try_clone().expect("a socket can be cloned"));
    assert_eq!(read_head(&mut reader), "HTTP/1.1 100 Continue\r\n\r\n");
    send(&mut client, "hello");
    assert_eq!(read_response(&mut reader).text(), "hello");
}

#[test]
fn a_refusal_says_the_same_in_korean_on_a_second_line_only_when_korean_is_asked_for_by_name() {
    let ask = |server: &Server, request: &str| {
        let mut client = server.connect();
        send(&mut client, request);
        client.shutdown(Shutdown::Write).expect("the server has read the request");
        read_response(&mut BufReader::new(&mut client)).text().to_owned()
    };
    let cases = [
        (
            "GET / HTTP/1.1\r\n\r\n",
            "a request of HTTP/1.1 must have a Host field (RFC 9112 3.2)\n",
            "HTTP/1.1 요청에는 Host 헤더가 있어야 함 (RFC 9112 3.2)\n",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "a chunk-size must be hexadecimal digits (RFC 9112 7.1)\n",
            "chunk-size는 16진 숫자여야 함 (RFC 9112 7.1)\n",
        ),
        (
            "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
            "there is no /nowhere here; GET / says what there is\n",
            "/nowhere은(는) 이 서버에 없음. 무엇이 있는지는 GET /\n",
        ),
        (
            "GET /api/sse/events?count=x HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "the parameter \"count\" must be a number from 0 to 100000, not \"x\"\n",
            "매개변수 \"count\": 0부터 100000까지의 수여야 함: \"x\"\n",
        ),
        (
            "POST /topics/a%20b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
            "a topic name has 1 to 64 letters, digits, '.', '_' and '-', and is not \".\" or \"..\"\n",
            "토픽 이름은 영문자, 숫자, '.', '_', '-' 1~64자. \".\"과 \"..\"은 쓸 수 없음\n",
        ),
    ];
    let korean = Server::start(&["--trace", "off", "--lang", "ko"]);
    let mut in_locale = Command::new("env");
    in_locale.args(["LC_ALL=ko_KR.UTF-8", env!("CARGO_BIN_EXE_wirestep"), "--port", "0", "--trace", "off"]);
    let in_locale = Server::spawn(in_locale);
    for (request, in_english, in_korean) in cases {
        assert_eq!(ask(&korean, request), format!("{in_english}{in_korean}"), "{request}");
        assert_eq!(ask(&in_locale, request), in_english, "{request}");
    }
}

#[test]
fn a_refusal_arrives_whole_although_the_client_goes_on_uploading_10_mb() {
    let server = Server::start(TRACE_OFF);
    for framing in ["Content-Length: 10000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n989680\r\n"] {
        let mut client = server.connect();
        send(&mut client, format!("POST /echo HTTP/1.1\r\nHost: x\r\n{framing}"));
        // Not one octet is read before all of them are written: a reset would make this fail.
        for _ in 0..100 {
            client.write_all(&[b'x'; 100_000]).expect("the upload is read to its end");
        }
        let mut reader = BufReader::new(&mut client);
        let refusal = read_response(&mut reader);
        assert_eq!(refusal.status(), "413 Content Too Large");
        assert_eq!(refusal.text(), "the request body is larger than is accepted (RFC 9110 15.5.14)\n");
        assert_eq!(read_to_fin(&mut reader), b"");
    }
}

#[test]
fn what_is_not_http_is_called_by_its_name_in_the_refusal_the_trace_and_the_log() {
    let greetings: [(&[u8], &str, &str, &str); 8] = [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            "400 Bad Request",
            "TLS로 보임",
            "this looks like TLS; wirestep speaks plain HTTP: use http://, not https:// (RFC 8446 5.1)",
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04",
            "505 HTTP Version Not Supported",
            "TLS 없는 HTTP/2로 보임",
            "this looks like HTTP/2 without TLS; wirestep speaks HTTP/1.1 and HTTP/1.0 (RFC 9113 3.4)",
        ),
        (
            b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
            "400 Bad Request",
            "SSH로 보임",
            "this looks like SSH; wirestep speaks plain HTTP (RFC 4253 4.2)",
        ),
        (
            b"\x05\x01\x00",
            "400 Bad Request",
            "SOCKS로 보임",
            "this looks like SOCKS; wirestep speaks plain HTTP and is no proxy (RFC 1928 3)",
        ),
        (
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
            "400 Bad Request",
            "PROXY 프로토콜로 보임",
            "this looks like the PROXY protocol; wirestep speaks plain HTTP: turn it off in the load balancer (haproxy, \
          PROXY protocol)",
        ),
        (
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
            "400 Bad Request",
            "PROXY 프로토콜로 보임",
            "this looks like the PROXY protocol; wirestep speaks plain HTTP: turn it off in the load balancer (haproxy, \
          PROXY protocol)",
        ),
        (
            "GET /안녕 HTTP/1.1\r\nHost: x\r\n\r\n".as_bytes(),
            "400 Bad Request",
            "퍼센트 인코딩해야 함",
            "the request-target has octets beyond ASCII: they must be percent-encoded (RFC 3986 2)",
        ),
        (
            b"GET /a\"b HTTP/1.1\r\nHost: x\r\n\r\n",
            "400 Bad Request",
            "400: ",
            "the request-target has a character that must be percent-encoded (RFC 3986 2)",
        ),
    ];
    let server = Server::start(&["--lang", "ko"]);
    for (octets, status, in_trace, sentence) in greetings {
        let mut client = server.connect();
        send(&mut client, octets);
        let mut reader = BufReader::new(client);
        let refusal = read_response(&mut reader);
        // The second line is the same in Korean.
        assert_eq!((refusal.status(), refusal.text().lines().next()), (status, Some(sentence)));
        server.wait_for_trace(in_trace, |lines| lines.iter().any(|line| line.contains(in_trace)));
    }
    // In a shell, since a server of a test does not inherit RUST_LOG.
    let server = Server::spawn(shell("RUST_LOG=debug exec wirestep --listen 127.0.0.1:0 --trace off"));
    send(&mut server.connect(), greetings[0].0);
    let logged = format!("a request is refused with 400: {}", greetings[0].3);
    server.wait_for_log(&logged, |lines| lines.iter().any(|line| line.contains(&logged)));
}

// ---- what a browser may do with a response ---------------------------------------------------------------------------

/// The paths of the routing table.
fn routes() -> Vec<&'static str> {
    let source = include_str!("../src/site.rs");
    let routes: Vec<&str> =
        source.lines().filter_map(|line| line.trim().strip_prefix("route(\"")?.split('"').next()).collect();
    assert!(routes.len() >= 14, "{routes:?}");
    routes
}

#[test]
fn no_address_sends_content_in_a_response_to_head() {
    let server = Server::start(TRACE_OFF);
    for target in
        routes().into_iter().map(|route| if route.ends_with('/') { format!("{route}x") } else { route.to_owned() })
    {
        let mut client = server.connect();
        send(&mut client, format!("HEAD {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        let mut reader = BufReader::new(client);
        let head = read_head(&mut reader);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).expect("the server ends it");
        assert_eq!(rest, "", "{target}: {head}");
    }
}

#[test]
fn every_address_and_refusal_forbids_to_guess_a_media_type_and_no_peer_can_have_a_script_run() {
    let server = Server::start(TRACE_OFF);
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut requests: Vec<(u16, String)> = vec![
        (400, "GET /plain HTTP/1.1\n".to_owned()),
        (400, "\x16\x03".to_owned()),
        (400, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n".to_owned()),
        (403, "GET /trace HTTP/1.1\r\nHost: rebound.example\r\n\r\n".to_owned()),
        (404, get("/%3Cscript%3E")),
        (404, get("/lessons/none")),
        (405, "PUT /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned()),
        (413, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n".to_owned()),
        (417, "GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n".to_owned()),
        (431, format!("GET / HTTP/1.1\r\nX: {}\r\n", "x".repeat(20_000))),
        (501, "BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned()),
        (505, "GET / HTTP/2.0\r\n\r\n".to_owned()),
    ];
    for route in routes() {
        let (status, target) = match route {
            "/api/sse/events" => (200, "/api/sse/events?count=1"),
            "/step" | "/lessons/smuggling/readings" => (405, route),
            "/v1/chat/completions" => (405, route),
            "/page/" => (200, "/page/main.js"),
            "/topics/" => (200, "/topics/tea"),
            // Octet for octet what the script says.
            "/lessons/" => continue,
            "/trace/pcapng" => (400, route),
            _ => (200, route),
        };
        requests.push((status, get(target)));
        requests.push((204, get(target).replacen("GET", "OPTIONS", 1)));
        requests.push((status, get(target).replace("HTTP/1.1", "HTTP/1.0")));
    }
    for (status, request) in requests {
        let mut client = server.connect();
        send(&mut client, &request);
        let head = read_head(&mut BufReader::new(client));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{request}{head}");
        assert_eq!(head.matches("\r\nX-Content-Type-Options: nosniff\r\n").count(), 1, "{request}{head}");
    }

    let page = "<script>fetch('/trace')</script>";
    let length = page.len();
    let fields = format!("Host: localhost\r\nContent-Type: text/html\r\nContent-Length: {length}");
    let mut client = server.connect();
    send(&mut client, format!("POST /echo HTTP/1.1\r\n{fields}\r\n\r\n{page}"));
    let policy = "\r\nContent-Security-Policy: sandbox; frame-ancestors 'none'\r\n";
    assert!(read_head(&mut BufReader::new(client)).contains(policy));
    let mut client = server.connect();
    send(&mut client, "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\n\r\n");
    assert!(read_head(&mut BufReader::new(client)).contains("frame-ancestors 'none'"), "the page may be framed");
}

// ---- clients that take their time ------------------------------------------------------------------------------------

#[test]
fn a_head_that_comes_octet_by_octet_gets_408_when_its_time_is_up() {
    assert_408_between(&["--head-timeout", "400ms"], "GET /plain HTTP/1.1\r\nX: ", "x", 400);
}

#[test]
fn a_body_that_stalls_gets_408_when_its_time_is_up() {
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n12345";
    assert_408_between(&["--body-timeout", "400ms"], head, "", 400);
}

// Sends the beginning, and `drip` as often as nothing comes, until there is an answer.
fn assert_408_between(arguments: &[&str], beginning: &str, drip: &str, milliseconds: u64) {
    let server = Server::start(&[arguments, TRACE_OFF].concat());
    let mut client = server.connect();
    let start = Instant::now();
    send(&mut client, beginning);
    client.set_read_timeout(Some(Duration::from_millis(50))).expect("it is not zero");
    while let Err(error) = client.peek(&mut [0]) {
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        send(&mut client, drip);
    }
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(milliseconds), "too early, after {waited:?}");
    assert!(waited < Duration::from_millis(milliseconds + 2_000), "too late, after {waited:?}");
    client.set_read_timeout(Some(common::DEADLINE)).expect("it is not zero");
    let mut reader = BufReader::new(client);
    assert_eq!(read_response(&mut reader).status(), "408 Request Timeout");
    assert_eq!(read_to_fin(&mut reader), b"");
}

#[test]
fn a_fresh_client_beside_2000_idle_ones_is_answered_at_once() {
    allow_many_descriptors();
    let server = Server::spawn(shell("ulimit -n 4096; exec wirestep --listen 127.0.0.1:0 --trace off"));
    let idle: Vec<TcpStream> = (0..2_000).map(|_| server.connect()).collect();
    let start = Instant::now();
    assert_eq!(get(&server, "/plain"), "Hello, wire!\n");
    assert!(start.elapsed() < Duration::from_secs(1), "it took {:?}", start.elapsed());
    let open = get(&server, "/metrics");
    assert!(open.contains("wirestep_connections_open 2001\n"), "{open}");
    let ticks = cpu_ticks(server.pid());
    thread::sleep(Duration::from_secs(1));
    assert!(cpu_ticks(server.pid()) - ticks <= 2, "a server with nothing but idle clients has nothing to do");
    drop(idle);
}

#[test]
fn a_crowd_that_leaves_gives_its_memory_back_although_somebody_stays() {
    allow_many_descriptors();
    let server = Server::spawn(shell("ulimit -n 4096; exec wirestep --listen 127.0.0.1:0 --trace off"));
    let stays = server.connect();
    assert_eq!(get(&server, "/plain"), "Hello, wire!\n");
    let before = memory(server.pid(), "RssAnon");
    let crowd: Vec<TcpStream> = (0..2_000).map(|_| server.connect()).collect();
    common::wait_until("all are in", || server.metric("wirestep_connections_open") == 2_002);
    let most = memory(server.pid(), "RssAnon");
    drop(crowd);
    common::wait_until("they have gone", || server.metric("wirestep_connections_open") == 2);
    let held = || memory(server.pid(), "RssAnon").saturating_sub(before);
    common::wait_until("their memory is given back", || held() < (most - before) / 2);
    drop(stays);
}

#[test]
fn bodies_that_never_end_cannot_fill_the_memory_and_a_small_request_still_gets_through() {
    allow_many_descriptors();
    // 400 MiB of bodies, one octet of each missing, on a server that has 256 MiB of address space.
    let server = Server::spawn(shell("ulimit -v 262144; exec wirestep --listen 127.0.0.1:0 --trace off"));
    let body = vec![b'x'; (1 << 20) - 1];
    let senders: Vec<_> = (0..400)
        .map(|_| {
            let (mut client, body) = (server.connect(), body.clone());
            thread::spawn(move || {
                // What the server does not read, the sockets do not take; it ends with a refusal or an RST.
                _ = client.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n");
                _ = client.set_write_timeout(Some(Duration::from_secs(2)));
                _ = client.write_all(&body);
                client
            })
        })
        .collect();
    common::wait_until("the bound", || server.metric("wirestep_received_octets_total") > 30 << 20);
    assert_eq!(get(&server, "/plain"), "Hello, wire!\n");
    assert!(memory(server.pid(), "VmRSS") < 160 << 10, "{} KiB", memory(server.pid(), "VmRSS"));
    let clients: Vec<TcpStream> = senders.into_iter().map(|sender| sender.join().expect("it only writes")).collect();
    assert_eq!(get(&server, "/plain"), "Hello, wire!\n");
    drop(clients);
}

#[test]
fn a_client_that_leaves_during_a_held_step_or_a_long_pause_is_forgotten() {
    let server = Server::start(&["--trace", "off"]);
    for target in ["/lessons/chunk?step", "/api/sse/events?interval=1h", "/lessons/keep-alive?step"] {
        let mut client = server.connect();
        send(&mut client, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        // 64 KiB that the server does not read, and an RST after it: it must be seen all the same.
        send(&mut client, GET_PLAIN.repeat(4_000));
        SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("the kernel takes it");
    }
    common::wait_until("they are forgotten", || server.metric("wirestep_connections_open") == 1);
}

#[test]
fn with_1024_descriptors_all_come_back_within_a_minute_in_whatever_state_900_clients_leave() {
    allow_many_descriptors();
    let server = Server::spawn(shell("ulimit -n 1024; exec wirestep --listen 127.0.0.1:0 --trace off"));
    let descriptors = || std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs").count();
    assert_eq!(get(&server, "/plain"), "Hello, wire!\n");
    common::wait_until("the first client is forgotten", || server.metric("wirestep_connections_open") == 1);
    let before = descriptors();
    let chat = r#"{"model":"m","stream":true,"messages":[]}"#;
    let mut half_closed = Vec::new();
    for _ in 0..180 {
        let ask = |request: String| {
            let mut client = server.connect();
            send(&mut client, request);
            client
        };
        let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let held = ask(get("/lessons/chunk?step"));
        let waits = ask(get("/api/sse/events?interval=1h"));
        // 64 KiB that the server does not read.
        let paused = ask(get("/api/sse/events?interval=1h") + &GET_PLAIN.repeat(3_000));
        let length = chat.len();
        let head =
            format!("POST /v1/chat/completions?fault=stall HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        let stalled = ask(head + chat);
        let half = ask(get("/api/sse/events?interval=1h&count=3"));
        half.shutdown(Shutdown::Write).expect("it is open");
        half_closed.push(half);
        drop([held, waits, paused, stalled]);
    }
    drop(half_closed);
    let begin = Instant::now();
    while descriptors() > before {
        assert!(begin.elapsed() < Duration::from_secs(60), "{} of {before} are in use", descriptors());
        // The answer to another client is the event that is waited for.
        assert_eq!(get(&server, "/plain"), "Hello, wire!\n");
    }
}

#[test]
fn a_client_that_sends_and_never_reads_is_reset_and_costs_little_memory() {
    let server = Server::start(&["--trace", "off", "--write-timeout", "700ms", "--body-timeout", "20s"]);
    let mut client = server.connect();
    let body = vec![b'x'; 1 << 20];
    let mut write = || -> io::Result<()> {
        loop {
            client.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n")?;
            client.write_all(&body)?;
        }
    };
    // The socket is full until the reset comes; writing on is how this side sees it.
    let error = write().expect_err("nobody reads for ever");
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
    let peak = memory(server.pid(), "VmHWM");
    assert!(peak < 24 * 1024, "the server has had up to {peak} KiB");
    assert_eq!(get(&server, "/plain"), "Hello, wire!\n");
}

#[test]
fn a_reader_of_a_stream_that_stops_is_reset_and_not_ended() {
    let server = Server::start(&["--trace", "off", "--write-timeout", "700ms"]);
    let mut client = server.connect();
    SockRef::from(&client).set_recv_buffer_size(4096).expect("the kernel takes it");
    let events = "GET /api/sse/events?count=100000&interval=0s HTTP/1.1\r\nHost: x\r\n\r\n";
    send(&mut client, events.repeat(10));
    wait_until("the reset", || get(&server, "/metrics").contains("wirestep_connections_open 1\n"));
    let mut octets = Vec::new();
    let error = client.read_to_end(&mut octets).expect_err("a FIN would make the stream look as if it were over");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

// The deadline of each stream is one entry in the loop's heap; entries that are over must not stay until they are due.
#[test]
fn fifty_thousand_short_streams_leave_nothing_behind() {
    let server = Server::start(&["--trace", "off", "--keep-alive", "24h", "--write-timeout", "24h"]);
    let run = |clients: usize, streams: usize| {
        let clients: Vec<_> = (0..clients)
            .map(|_| {
                let mut client = server.connect();
                thread::spawn(move || {
                    let stream = "GET /api/sse/events?count=1&interval=1ms HTTP/1.1\r\nHost: x\r\n\r\n";
                    send(&mut client, stream.repeat(streams));
                    let mut reader = BufReader::new(client);
                    for _ in 0..streams {
                        assert_eq!(read_response(&mut reader).text(), event(1));
                    }
                    reader.into_inner()
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("it was served")).collect::<Vec<_>>()
    };
    let _first = run(50, 20);
    let before = memory(server.pid(), "VmRSS");
    let _second = run(50, 1_000);
    let after = memory(server.pid(), "VmRSS");
    assert!(after < before + 1_500, "{before} KiB before 50,000 streams, {after} KiB after them");
}

// A response that is not open to its page is a network error to an EventSource, and that is a reason to come back.
#[test]
fn the_204_that_stops_an_event_source_is_open_to_the_origin_of_its_page() {
    let server = Server::start(&["--trace", "off", "--cors", "http://page.example"]);
    let mut client = server.connect();
    let stream =
        "GET /api/sse/events?count=2 HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 2\r\nOrigin: http://page.example\r\n\r\n";
    send(&mut client, stream);
    let head = read_head(&mut BufReader::new(client));
    assert!(head.starts_with("HTTP/1.1 204 No Content\r\n"), "{head}");
    assert!(
        head.contains(
            "\r\nVary: Origin\r\nAccess-Control-Allow-Origin: http://page.example\r\n\
             Access-Control-Allow-Credentials: true\r\n"
        ),
        "{head}"
    );
}

// ---- clients that go away ---------------------------------------------------------------------------------------------

#[test]
fn a_client_that_is_killed_in_mid_stream_is_forgotten_and_the_others_are_not() {
    let server = Server::start(TRACE_OFF);
    let stream = "GET /api/sse/events?count=1000&interval=20ms HTTP/1.1\r\nHost: x\r\n\r\n";
    let [mut reset, mut closed, mut stays] = [server.connect(), server.connect(), server.connect()];
    for client in [&mut reset, &mut closed, &mut stays] {
        send(client, stream);
        read_head(&mut BufReader::with_capacity(1, &mut *client));
    }
    SockRef::from(&reset).set_linger(Some(Duration::ZERO)).expect("the kernel takes it");
    drop(reset);
    drop(closed);
    wait_until("both to be forgotten", || get(&server, "/metrics").contains("wirestep_connections_open 2\n"));
    let mut reader = BufReader::new(stays);
    for number in 1..20 {
        assert_eq!(read_chunk(&mut reader), event(number).as_bytes());
    }
}

#[test]
fn the_trace_tells_once_what_a_reset_was_and_once_what_it_means() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    send(&mut client, "GET /api/sse/events?count=2&interval=1h HTTP/1.1\r\nHost: x\r\n\r\n");
    read_head(&mut BufReader::with_capacity(1, &mut client));
    SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("the kernel takes it");
    drop(client);
    let reset = "#1 <- RST               the client has cut the connection with RST; read() failed: Connection reset by peer \
                 (os error 104)";
    let closed = "#1         closed       an RST ends both directions at once (RFC 9293 3.5.3)";
    let trace = server.wait_for_trace("the end", |lines| lines.last().is_some_and(|line| line.ends_with(closed)));
    assert_eq!(trace.iter().filter(|line| line.ends_with(reset)).count(), 1, "{trace:#?}");
}

#[test]
fn a_server_without_descriptors_waits_without_spinning_and_goes_on_when_clients_leave() {
    let server = Server::spawn(shell("ulimit -n 40; RUST_LOG=debug exec wirestep --listen 127.0.0.1:0 --trace off"));
    let mut inside = server.connect();
    send(&mut inside, GET_PLAIN);
    let mut inside_reader = BufReader::new(inside.try_clone().expect("a socket can be cloned"));
    read_response(&mut inside_reader);
    let crowd: Vec<TcpStream> = (0..60).map(|_| server.connect()).collect();
    let tries = |lines: &[String]| lines.iter().filter(|line| line.contains("accepting pauses")).count();
    server.wait_for_log("the first try", |lines| tries(lines) > 0);

    let ticks = cpu_ticks(server.pid());
    thread::sleep(Duration::from_secs(1));
    let spent = cpu_ticks(server.pid()) - ticks;
    assert!(spent <= 5, "the server has spent {spent} ticks of a hundredth of a second on waiting");
    send(&mut inside, GET_PLAIN);
    assert_eq!(read_response(&mut inside_reader).text(), "Hello, wire!\n", "those inside are served");

    let mut waiting = server.connect();
    send(&mut waiting, GET_PLAIN);
    // Directly after a try that has failed: whoever leaves must end the pause of a second.
    let before = tries(&server.log_lines());
    server.wait_for_log("another try", |lines| tries(lines) > before);
    let start = Instant::now();
    drop(crowd);
    assert_eq!(read_response(&mut BufReader::new(waiting)).text(), "Hello, wire!\n", "those outside come in");
    assert!(start.elapsed() < Duration::from_millis(700), "they had to wait {:?}", start.elapsed());
    let log = server.log_lines();
    assert!(tries(&log) < 30, "{log:?}");
    let warnings = log.iter().filter(|line| line.starts_with("wirestep: warn: accepting pauses")).count();
    assert_eq!(warnings, 1, "the operator is told once of one shortage: {log:?}");
}

// ---- the end of the server --------------------------------------------------------------------------------------------

#[test]
fn the_first_signal_ends_every_stream_with_its_last_chunk_and_fin() {
    for signal in ["INT", "TERM"] {
        let mut server = Server::start(TRACE_OFF);
        let stream = "GET /api/sse/events?interval=50ms HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut streams: Vec<BufReader<TcpStream>> = (0..5)
            .map(|_| {
                let mut client = server.connect();
                send(&mut client, stream);
                let mut reader = BufReader::new(client);
                read_head(&mut reader);
                reader
            })
            .collect();
        let mut old = server.connect();
        send(&mut old, "GET /api/sse/events?interval=1h HTTP/1.0\r\n\r\n");
        let mut old = BufReader::new(old);
        read_head(&mut old);
        let mut idle = BufReader::new(server.connect());
        send(idle.get_mut(), GET_PLAIN);
        // All of them have been accepted by now, since the loop takes one after the other.
        assert_eq!(read_response(&mut idle).text(), "Hello, wire!\n");

        server.signal(signal);
        for reader in &mut streams {
            let rest = String::from_utf8(read_to_fin(reader)).expect("it is text");
            assert!(rest.ends_with("\r\n0\r\n\r\n"), "{rest:?}");
        }
        assert_eq!(read_to_fin(&mut old), event(1).as_bytes());
        assert_eq!(read_to_fin(&mut idle), b"");
        drop((streams, old, idle));
        assert_eq!(server.wait().code(), Some(0));
        let log = server.log_lines();
        assert_eq!(
            log.last().map(String::as_str),
            Some("wirestep: stopped; of 7 open connections 7 have ended, 0 were cut")
        );
    }
}

#[test]
fn no_connection_is_accepted_after_the_first_signal() {
    let mut server = Server::start(TRACE_OFF);
    let mut client = server.connect();
    send(&mut client, "GET /api/sse/events?interval=1h HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut reader = BufReader::new(client);
    read_head(&mut reader);
    server.signal("INT");
    read_to_fin(&mut reader);
    let error = TcpStream::connect(server.addr).expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    drop(reader);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn the_second_signal_ends_the_server_at_once() {
    let mut server = Server::start(&["--trace", "off", "--drain-timeout", "1h"]);
    let mut client = server.connect();
    // A body that never comes keeps the connection from its proper end.
    send(&mut client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    read_head(&mut BufReader::new(&mut client));
    server.signal("INT");
    server.wait_for_log("the first signal", |lines| lines.iter().any(|line| line.contains("stopping")));
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0));
    let log = server.log_lines();
    assert_eq!(
        log.last().map(String::as_str),
        Some("wirestep: stopped; of 1 open connections 0 have ended, 1 were cut")
    );
}

#[test]
fn two_signals_end_the_server_within_a_second_whatever_its_sinks_wait_for() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("there is a mkfifo(1)").success());
    // It has a reader, and that one never reads.
    let reader = std::fs::OpenOptions::new().read(true).write(true).open(&fifo).expect("the pipe is ours");
    let fifo = fifo.to_str().expect("UTF-8");
    let mut terminal = Command::new("python3");
    // Ctrl-S, and nothing that reads the other end.
    terminal.args([
        "-c",
        STOPPED_TERMINAL,
        env!("CARGO_BIN_EXE_wirestep"),
        "--listen",
        "127.0.0.1:0",
        "--trace",
        "json",
    ]);
    let mut servers = [
        Server::spawn(terminal),
        Server::start(&["--trace", "off", "--trace-file", fifo]),
        Server::start(&["--trace", "off", "--pcapng", fifo]),
    ];
    for server in &mut servers {
        // More than a pipe or a terminal holds.
        for _ in 0..2 {
            let mut client = server.connect();
            let target = "/api/sse/events?count=3000&interval=0";
            send(&mut client, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            let octets = read_to_fin(&mut client);
            assert!(octets.ends_with(b"0\r\n\r\n"));
            let begin = Instant::now();
            assert_eq!(get(server, "/plain"), "Hello, wire!\n");
            assert!(begin.elapsed() < Duration::from_secs(1), "a client waits for the sink: {:?}", begin.elapsed());
        }
        let stays = server.connect();
        let begin = Instant::now();
        server.signal("INT");
        server.signal("TERM");
        server.wait();
        // A second, and what a busy machine adds to it.
        assert!(begin.elapsed() < Duration::from_secs(2), "it took {:?}: {:#?}", begin.elapsed(), server.log_lines());
        drop(stays);
    }
    drop(reader);
}

/// Becomes the server, with a terminal as its standard output that Ctrl-S has stopped.
const STOPPED_TERMINAL: &str = "
import os, pty, sys
master, slave = pty.openpty()
os.set_inheritable(master, True)
os.dup2(slave, 1)
os.write(master, b'\\x13')
os.execv(sys.argv[1], sys.argv[1:])
";

#[test]
fn connections_that_do_not_end_are_cut_when_the_time_is_up() {
    let mut server = Server::start(&["--trace", "off", "--drain-timeout", "300ms"]);
    let mut client = server.connect();
    send(&mut client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    read_head(&mut BufReader::new(&mut client));
    let start = Instant::now();
    assert_eq!(server.stop().code(), Some(0));
    assert!(start.elapsed() >= Duration::from_millis(300), "it took {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(3), "it took {:?}", start.elapsed());
}

// ---- start-up ---------------------------------------------------------------------------------------------------------

#[test]
fn an_address_in_use_is_one_clear_line_and_status_1() {
    let server = Server::start(TRACE_OFF);
    let (status, error) = run_to_its_end(&["--listen", &server.addr.to_string()]);
    assert_eq!(status, Some(1));
    assert_eq!(
        error,
        format!("wirestep: error: cannot listen on {}: Address already in use (os error 98)\n", server.addr)
    );
}

#[test]
fn what_is_wrong_on_the_command_line_is_said_and_status_2() {
    for (arguments, sentence) in [
        (["--keep-alive", "soon"], "invalid value 'soon' for '--keep-alive <TIME>'"),
        (["--keep-alive", "0s"], "expected a time above zero"),
        (["--listen", "8080"], "expected HOST:PORT"),
        (["--trace", "loud"], "invalid value 'loud' for '--trace <FORM>'"),
        (["--max-body", "much"], "invalid value 'much' for '--max-body <OCTETS>'"),
        (["--lessons", "/no/such/folder"], "expected a folder that can be read"),
        (["--lessons", "/dev/null"], "Not a directory"),
        (["--host", "classroom.example:8080"], "expected a name alone"),
        (["--cors", "localhost:5173"], "expected an origin"),
        (["--cors", "http://localhost:5173/"], "expected an origin"),
        (["--no-such-option", ""], "unexpected argument '--no-such-option'"),
    ] {
        let (status, error) = run_to_its_end(&arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {error}");
        assert!(error.contains(sentence), "{arguments:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
}

// ---- system calls -----------------------------------------------------------------------------------------------------

#[test]
fn each_event_is_one_write_and_shutdown_comes_before_close() {
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    let log = folder.path().join("calls");
    let calls = "trace=accept4,read,recvfrom,write,writev,sendto,sendmsg,shutdown,close";
    let log_name = log.display();
    let mut server = Server::spawn(shell(&format!(
        "exec strace -o {log_name} -e {calls} wirestep --listen 127.0.0.1:0 --trace off"
    )));
    let mut client = server.connect();
    send(&mut client, "GET /api/sse/events?count=5&interval=20ms HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut reader = BufReader::new(client);
    assert_eq!(read_response(&mut reader).text(), (1..=5).map(event).collect::<String>());
    assert_eq!(read_to_fin(&mut reader), b"");
    drop(reader);
    // The signal is for the server; strace ends with it.
    let child =
        std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", server.pid())).expect("strace has a child");
    wait_until("the socket to be closed", || get(&server, "/metrics").contains("wirestep_connections_open 1\n"));
    assert!(Command::new("kill").args(["-INT", child.trim()]).status().is_ok_and(|status| status.success()));
    server.wait();

    let calls = std::fs::read_to_string(log).expect("strace has written it");
    let socket =
        calls.lines().find_map(|line| line.strip_prefix("accept4(")?.rsplit_once("= ")).expect("it was accepted").1;
    // Up to its close: a later client may get the same number.
    let of_socket = |line: &&str| {
        line.split_once('(')
            .is_some_and(|(_, rest)| rest.starts_with(&format!("{socket},")) || rest.starts_with(&format!("{socket})")))
    };
    let mut names: Vec<&str> = Vec::new();
    for line in calls.lines().filter(of_socket) {
        let name = line.split_once('(').map_or(line, |(name, _)| name);
        if !name.starts_with("re") {
            names.push(name);
        }
        if name == "close" {
            break;
        }
    }
    let mut expected = vec!["sendto"; 1 + 5 + 1];
    expected.extend(["shutdown", "close"]);
    assert_eq!(names, expected, "head, five events, the last chunk\n{calls}");
    assert!(calls.contains(&format!("shutdown({socket}, SHUT_WR)")), "{calls}");
}

// ---- clients ----------------------------------------------------------------------------------------------------------

struct Response {
    head: String,
    body: Vec<u8>,
}

impl Response {
    fn status(&self) -> &str {
        self.head.lines().next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).expect("a status-line comes first")
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("it is text")
    }
}

fn send(client: &mut TcpStream, octets: impl AsRef<[u8]>) {
    client.write_all(octets.as_ref()).expect("it is taken");
}

/// Asks on a connection of its own.
fn get(server: &Server, target: &str) -> String {
    let mut client = server.connect();
    send(&mut client, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    read_response(&mut BufReader::new(client)).text().to_owned()
}

#[track_caller]
fn read_head(reader: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let count = reader.read_line(&mut head).expect("a head is text, and comes");
        assert!(count > 0, "FIN in {head:?}");
    }
    head
}

/// One response; its body decoded.
#[track_caller]
fn read_response(reader: &mut impl BufRead) -> Response {
    let head = read_head(reader);
    let mut body = Vec::new();
    if head.contains("\r\nTransfer-Encoding: chunked\r\n") {
        loop {
            let chunk = read_chunk(reader);
            if chunk.is_empty() {
                break;
            }
            body.extend(chunk);
        }
    } else {
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("one of two framings");
        body.resize(length.parse().expect("a number"), 0);
        reader.read_exact(&mut body).expect("the body comes");
    }
    Response { head, body }
}

/// The data of one chunk; none for the last one.
#[track_caller]
fn read_chunk(reader: &mut impl BufRead) -> Vec<u8> {
    let mut size = String::new();
    reader.read_line(&mut size).expect("a size is text, and comes");
    let size = usize::from_str_radix(size.trim_end(), 16).expect("a size is hexadecimal");
    let mut data = vec![0; size + 2];
    reader.read_exact(&mut data).expect("the data comes");
    assert_eq!(data.split_off(size), b"\r\n");
    data
}

/// What comes until FIN; a reset is a failure.
#[track_caller]
fn read_to_fin(reader: &mut impl Read) -> Vec<u8> {
    let mut octets = Vec::new();
    reader.read_to_end(&mut octets).expect("FIN comes, and no reset");
    octets
}

fn event(number: u64) -> String {
    format!("id:{number}\nevent:message\ndata:event{number}\n\n")
}

/// A command for a shell, in which `wirestep` is the binary.
fn shell(command: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-c", &command.replace("wirestep", env!("CARGO_BIN_EXE_wirestep"))]);
    shell
}

/// Runs the binary to its end: its status and its standard error.
fn run_to_its_end(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
    command.args(arguments).stdin(Stdio::null());
    let finished = common::run(&mut command, common::DEADLINE);
    (finished.status.code(), String::from_utf8_lossy(&finished.stderr).into_owned())
}

/// This process is the other end of every connection.
fn allow_many_descriptors() {
    rlimit::increase_nofile_limit(8192).expect("the hard limit is high enough");
}

/// Time on a processor so far, in hundredths of a second (proc(5), `utime` and `stime`).
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    let behind_name = stat.rsplit_once(") ").expect("the name is in brackets").1;
    behind_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

/// A line of /proc/PID/status, in KiB.
fn memory(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("the line is there");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
