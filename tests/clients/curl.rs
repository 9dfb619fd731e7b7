//! curl: what a terminal shows, octet for octet.

use std::io::Write;
use std::process::Command;

use crate::common::{self, CLIENT_DEADLINE, Client, Finished, Server};
use crate::relay::Relay;
use crate::{ENDLESS, HUNDRED, assert_one_connection, events, lock_step, requests, tool, whole_trace};

/// `-q`: whatever stands in somebody's .curlrc is no part of the test.
fn curl(arguments: &[&str]) -> Command {
    let mut command = tool("curl");
    command.args(["-q", "--silent", "--show-error", "--no-buffer", "--noproxy", "*"]).args(arguments);
    command
}

#[track_caller]
fn run(command: &mut Command) -> Finished {
    common::run(command, CLIENT_DEADLINE)
}

/// What curl sees of a head: its lines, without `Date`, whose value nobody knows.
fn head_without_date(head: &str) -> Vec<&str> {
    let (date, others): (Vec<&str>, Vec<&str>) = head.split("\r\n").partition(|line| line.starts_with("Date: "));
    assert_eq!(date.len(), 1, "one Date in every response: {head}");
    others
}

/// What every response of the server says: its media type is meant.
const NOSNIFF: &str = "X-Content-Type-Options: nosniff";

#[test]
fn curl_shows_each_of_100_events_before_the_next_one_is_let_through() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.addr);
    let client = Client::start(&mut curl(&[&relay.url(HUNDRED)]));
    lock_step(&client, &relay, 1, 100);
    relay.open();
    assert_eq!(client.finish().success().text(), events(1, 100));
}

#[test]
fn curl_raw_sees_each_event_in_a_chunk_of_its_own_and_then_the_last_chunk() {
    let server = Server::start(&["--trace", "off"]);
    let finished = run(&mut curl(&["--raw", &server.url(HUNDRED)])).success();
    let mut chunks: String = (1..=100)
        .map(|number| events(number, number))
        .map(|event| format!("{:x}\r\n{event}\r\n", event.len()))
        .collect();
    chunks.push_str("0\r\n\r\n");
    assert_eq!(finished.text(), chunks);
}

#[test]
fn curl_with_http_1_0_gets_no_transfer_coding_and_a_body_that_ends_with_fin() {
    let server = Server::start(&[]);
    let finished = run(&mut curl(&["--http1.0", "--include", &server.url(HUNDRED)])).success();
    let text = finished.text();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head ends with a blank line");
    let expected = [
        "HTTP/1.1 200 OK",
        NOSNIFF,
        "Connection: close",
        "Content-Type: text/event-stream; charset=utf-8",
        "Cache-Control: no-cache, no-transform",
        "X-Accel-Buffering: no",
    ];
    assert_eq!(head_without_date(head), expected);
    assert_eq!(body, events(1, 100));
    let is_fin = |arrow: &str, line: &String| line.contains(&format!("{arrow} FIN"));
    let trace = server.wait_for_trace("their FIN", |lines| lines.iter().any(|line| is_fin("<-", line)));
    let ours = trace.iter().position(|line| is_fin("->", line)).expect("the body has ended");
    let theirs = trace.iter().position(|line| is_fin("<-", line)).expect("it was waited for");
    assert!(ours < theirs, "our FIN is what ends the body:\n{}", trace.join("\n"));
}

#[test]
fn curl_uses_the_connection_again_after_the_last_chunk() {
    let server = Server::start(&[]);
    let (stream, plain) = (server.url(HUNDRED), server.url("/plain"));
    let finished = run(&mut curl(&["--verbose", "--write-out", "%{num_connects}\n", &stream, &plain])).success();
    assert_eq!(finished.text(), format!("{}1\nHello, wire!\n0\n", events(1, 100)));
    let remarks = String::from_utf8_lossy(&finished.stderr);
    assert!(remarks.contains("Re-using existing connection"), "{remarks}");
    assert_one_connection(server, &[&format!("GET {HUNDRED} HTTP/1.1"), "GET /plain HTTP/1.1"]);
}

#[test]
fn curl_shows_the_first_event_while_the_second_is_an_hour_away_and_ctrl_c_ends_the_stream_cleanly() {
    for version in ["--http1.1", "--http1.0"] {
        let mut server = Server::start(&[]);
        let client = Client::start(&mut curl(&[version, &server.url(ENDLESS)]));
        client.wait_for("event 1", |text| text == events(1, 1));
        assert!(server.stop().success());
        assert_eq!(client.finish().success().text(), events(1, 1), "{version}");
    }
}

#[test]
fn curl_calls_a_stream_without_its_last_chunk_an_error() {
    let server = Server::start(&["--trace", "off"]);
    let relay = Relay::to(server.addr);
    relay.let_through(100);
    let client = Client::start(&mut curl(&[&relay.url(HUNDRED)]));
    client.wait_for("event 100", |text| text.ends_with("data:event100\n\n"));
    relay.cut_after(0);
    let finished = client.finish();
    assert_eq!(finished.status.code(), Some(PARTIAL_FILE), "{finished}");
    assert_eq!(finished.text(), events(1, 100));
}

#[test]
fn curl_calls_a_stream_whose_server_was_killed_an_error() {
    let mut server = Server::start(&["--trace", "off"]);
    let client = Client::start(&mut curl(&[&server.url(ENDLESS)]));
    client.wait_for("event 1", |text| text == events(1, 1));
    server.kill();
    let finished = client.finish();
    assert_eq!(finished.status.code(), Some(PARTIAL_FILE), "{finished}");
    assert_eq!(finished.text(), events(1, 1));
}

#[test]
fn curl_with_a_last_event_id_gets_what_comes_after_it_and_204_after_the_last() {
    let server = Server::start(&["--trace", "off"]);
    let url = server.url(HUNDRED);
    for (id, status, body) in
        [("3", "200", events(4, 100)), ("99", "200", events(100, 100)), ("100", "204", String::new())]
    {
        let id = format!("Last-Event-ID: {id}");
        let finished = run(&mut curl(&["--header", &id, "--write-out", "%{http_code}", &url])).success();
        assert_eq!(finished.text(), format!("{body}{status}"), "{id}");
    }
}

#[test]
fn curl_sees_that_a_204_has_neither_body_nor_framing_and_uses_the_connection_again() {
    let server = Server::start(&[]);
    let id = "Last-Event-ID: 100";
    let (stream, plain) = (server.url(HUNDRED), server.url("/plain"));
    let finished =
        run(&mut curl(&["--raw", "--dump-header", "/dev/stderr", "--header", id, &stream, &plain])).success();
    assert_eq!(finished.text(), "Hello, wire!\n");
    let heads = String::from_utf8_lossy(&finished.stderr);
    let (head, _) = heads.split_once("\r\n\r\n").expect("a head ends with a blank line");
    assert_eq!(
        head_without_date(head),
        ["HTTP/1.1 204 No Content", NOSNIFF, "Connection: keep-alive", "Keep-Alive: timeout=60"]
    );
    let trace = whole_trace(server);
    assert!(requests(&trace).iter().all(|request| request.connection == "#1"), "{}", trace.join("\n"));
}

#[test]
fn curl_head_gets_the_heads_of_stream_and_page_and_the_connection_stays() {
    let server = Server::start(&[]);
    let (stream_url, plain_url) = (server.url(HUNDRED), server.url("/plain"));
    let mut command = curl(&["--head", &plain_url, &stream_url]);
    command.args(["--next", "--silent", "--show-error", "--noproxy", "*", &plain_url]);
    let finished = run(&mut command).success();
    let text = finished.text();
    let heads =
        text.strip_suffix("\r\n\r\nHello, wire!\n").unwrap_or_else(|| panic!("the body of GET is the end: {text}"));
    let heads: Vec<Vec<&str>> = heads.split("\r\n\r\n").map(head_without_date).collect();
    let stream = [
        "HTTP/1.1 200 OK",
        NOSNIFF,
        "Connection: keep-alive",
        "Keep-Alive: timeout=60",
        "Content-Type: text/event-stream; charset=utf-8",
        "Cache-Control: no-cache, no-transform",
        "X-Accel-Buffering: no",
        "Transfer-Encoding: chunked",
    ];
    let plain = [
        "HTTP/1.1 200 OK",
        NOSNIFF,
        "Connection: keep-alive",
        "Keep-Alive: timeout=60",
        "Content-Type: text/plain",
        "Content-Length: 13",
    ];
    assert_eq!(heads, [plain.as_slice(), stream.as_slice()]);
    let lines = ["HEAD /plain HTTP/1.1", &format!("HEAD {HUNDRED} HTTP/1.1"), "GET /plain HTTP/1.1"];
    assert_one_connection(server, &lines);
}

#[test]
fn curl_options_is_told_what_an_address_and_the_server_allow() {
    let server = Server::start(&["--trace", "off"]);
    let any = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    for (target, allow) in [("/api/sse/events", "GET, HEAD, OPTIONS"), ("/echo", any), ("*", any)] {
        let target = ["--request-target", target, "--request", "OPTIONS", "--include"];
        let finished = run(curl(&target).arg(server.url("/"))).success();
        let text = finished.text();
        let head = text.strip_suffix("\r\n\r\n").expect("nothing comes after the head of a 204");
        let allow = format!("Allow: {allow}");
        let expected = ["HTTP/1.1 204 No Content", NOSNIFF, "Connection: keep-alive", "Keep-Alive: timeout=60", &allow];
        assert_eq!(head_without_date(head), expected, "{target:?}");
    }
}

#[test]
fn curl_is_refused_in_one_sentence_and_may_ask_again_on_the_same_connection() {
    let server = Server::start(&[]);
    let cases = [
        ("GET", "/nowhere", "404", "", "there is no /nowhere here; GET / says what there is\n"),
        (
            "DELETE",
            "/plain",
            "405",
            "GET, HEAD, OPTIONS",
            "/plain does not have the method DELETE, but GET, HEAD, OPTIONS\n",
        ),
        ("BREW", "/plain", "501", "", "the method BREW is not known here (RFC 9110 9.1)\n"),
        (
            "GET",
            "/api/sse/events?count=-1",
            "400",
            "",
            "the parameter \"count\" must be a number from 0 to 100000, not \"-1\"\n",
        ),
    ];
    let mut command = curl(&[]);
    for (index, (method, path, ..)) in cases.iter().enumerate() {
        let next: &[&str] = if index == 0 { &[] } else { &["--next", "--silent", "--show-error", "--noproxy", "*"] };
        let report = "%{http_code} %{num_connects} %header{allow}\n";
        command.args(next).args(["--request", method, "--write-out", report]).arg(server.url(path));
    }
    let expected: String = cases
        .iter()
        .enumerate()
        .map(|(index, (_, _, status, allow, sentence))| {
            format!("{sentence}{status} {} {allow}\n", u8::from(index == 0))
        })
        .collect();
    assert_eq!(run(&mut command).success().text(), expected);
    let requests = requests(&whole_trace(server));
    assert_eq!(requests.len(), cases.len());
    assert!(requests.iter().all(|request| request.connection == "#1"), "{requests:?}");
}

#[test]
fn curl_offers_http_2_and_is_answered_in_http_1_1() {
    let server = Server::start(&["--trace", "off"]);
    let report = ["--http2", "--write-out", "%{http_version} %{http_code}", "--output", "-"];
    let finished = run(curl(&report).arg(server.url(HUNDRED))).success();
    assert_eq!(finished.text(), format!("{}1.1 200", events(1, 100)));
}

#[test]
fn curl_gets_its_upload_back_octet_for_octet_by_length_and_by_chunks_after_100_continue() {
    let server = Server::start(&[]);
    let upload: Vec<u8> = (0..300_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut file = tempfile::NamedTempFile::new().expect("there is a place for temporary files");
    file.write_all(&upload).expect("there is room for 300 kB");
    let data = format!("@{}", file.path().display());
    for framing in ["Content-Type: image/x-test", "Transfer-Encoding: chunked"] {
        let fields = ["--header", "Expect: 100-continue", "--header", framing, "--data-binary", &data, "--dump-header"];
        let finished = run(curl(&fields).args(["/dev/stderr", &server.url("/echo")])).success();
        assert!(finished.stdout == upload, "{framing}: {} octets came back", finished.stdout.len());
        let heads = String::from_utf8_lossy(&finished.stderr);
        assert!(heads.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "{framing}: {heads}");
    }
}

/// curl's exit code for "the server has sent less than it promised".
const PARTIAL_FILE: i32 = 18;
