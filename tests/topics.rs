//! Topics: who follows one gets every event once, in order, or is told how many are lost.
//!
//! The first half needs no socket: a topic, subscribers that take as much as they like, and what they have taken decoded
//! with the server's own readers. The second half is the real binary.

#![allow(missing_docs)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::Server;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::publication::{Publication, TopicError};
use wirestep::topic::topics::{Missed, Pending, Topics};
use wirestep::wire::chunked::Chunked;
use wirestep::wire::step::SubscriberHandle;

// ---- without sockets ----------------------------------------------------------------------------------

fn topics(events: usize) -> Topics {
    Topics::new(TopicLimits { events, ..TopicLimits::default() }, 0x100)
}

fn publish(topics: &mut Topics, data: &str) -> String {
    topics
        .publish("news", &Publication { data, ..Publication::default() }, Instant::now())
        .expect("it can be published")
}

fn subscribe(topics: &mut Topics, last_id: Option<&str>) -> (SubscriberHandle, Missed) {
    topics.subscribe("news", last_id, Instant::now()).expect("there is a subscriber")
}

fn take_all(topics: &mut Topics, subscriber: SubscriberHandle) -> String {
    let mut taken = Vec::new();
    while let Pending::Frames(batch) = topics.pending(subscriber, 1000) {
        let frames = topics.octets(batch).expect("they are kept");
        let count = frames.len();
        taken.extend_from_slice(frames);
        assert_eq!(topics.sent(batch, count), b"");
    }
    decoded(&taken)
}

fn pending(topics: &Topics, subscriber: SubscriberHandle, octets: usize) -> &[u8] {
    let Pending::Frames(batch) = topics.pending(subscriber, octets) else { panic!("frames are pending") };
    topics.octets(batch).expect("they are kept")
}

fn decoded(chunks: &[u8]) -> String {
    let mut body = Vec::new();
    Chunked::new(0).decode(chunks, &mut body).expect("frames are chunks");
    String::from_utf8(body).expect("events are text")
}

#[test]
fn an_event_is_one_chunk_and_pending_events_are_one_piece() {
    let mut topics = topics(10);
    let (subscriber, missed) = subscribe(&mut topics, None);
    assert_eq!((topics.pending(subscriber, 1000), missed), (Pending::Nothing, Missed::Nothing));
    publish(&mut topics, "one");
    publish(&mut topics, "two\r\nlines");
    let expected = b"13\r\nid:101-1\ndata:one\n\n\r\n1e\r\nid:101-2\ndata:two\ndata:lines\n\n\r\n";
    assert_eq!(pending(&topics, subscriber, 1000), expected);
    assert_eq!(
        pending(&topics, subscriber, 1),
        &expected[..25],
        "at least one whole frame, however little is asked for"
    );
}

#[test]
fn somebody_who_comes_back_goes_on_behind_the_last_id() {
    let mut topics = topics(10);
    let ids: Vec<String> = (1..=5).map(|number| publish(&mut topics, &number.to_string())).collect();
    for (index, id) in ids.iter().enumerate() {
        let (subscriber, missed) = subscribe(&mut topics, Some(id));
        let rest: String = (index + 2..=5).map(|number| format!("id:{}\ndata:{number}\n\n", ids[number - 1])).collect();
        assert_eq!((take_all(&mut topics, subscriber), missed), (rest, Missed::Nothing), "after {id}");
    }
}

#[test]
fn who_comes_back_too_late_is_told_how_many_are_lost() {
    let mut topics = topics(3);
    let first = publish(&mut topics, "1");
    for number in 2..=6 {
        publish(&mut topics, &number.to_string());
    }
    let (subscriber, missed) = subscribe(&mut topics, Some(&first));
    assert_eq!(missed, Missed::Events(2), "events 2 and 3 are gone");
    assert!(take_all(&mut topics, subscriber).starts_with("id:101-4\ndata:4\n\n"));
}

#[test]
fn an_id_of_another_epoch_is_recognised_and_not_misread() {
    let mut topics = topics(3);
    publish(&mut topics, "1");
    publish(&mut topics, "2");
    for id in ["100-1", "102-1", "1", "101-", "101-3", "101-99999999999999999999", "-", "101-+1", "\u{1f980}"] {
        let (subscriber, missed) = subscribe(&mut topics, Some(id));
        assert_eq!(missed, Missed::Unknown, "{id}");
        assert_eq!(
            take_all(&mut topics, subscriber),
            "id:101-1\ndata:1\n\nid:101-2\ndata:2\n\n",
            "{id}: the oldest that is kept"
        );
    }
}

#[test]
fn a_subscriber_that_the_ring_has_gone_past_loses_what_is_counted() {
    let mut topics = topics(2);
    let (subscriber, _) = subscribe(&mut topics, None);
    for number in 1..=5 {
        publish(&mut topics, &number.to_string());
    }
    assert_eq!(topics.pending(subscriber, 1000), Pending::Lost(3));
    assert_eq!(topics.skip_lost(subscriber), 3);
    assert_eq!(take_all(&mut topics, subscriber), "id:101-4\ndata:4\n\nid:101-5\ndata:5\n\n");
    assert_eq!(topics.totals().lost, 3);
}

#[test]
fn the_ring_is_bounded_in_octets_too() {
    let limits = TopicLimits { octets: 3000, event: 2000, ..TopicLimits::default() };
    let mut topics = Topics::new(limits, 0);
    for _ in 0..10 {
        publish(&mut topics, &"x".repeat(900));
    }
    let usage = topics.totals();
    assert!(usage.kept_octets <= 3000 && usage.kept == 3, "{usage:?}");
    let too_large =
        topics.publish("news", &Publication { data: &"x".repeat(2001), ..Default::default() }, Instant::now());
    assert_eq!(too_large, Err(TopicError::TooLarge));
}

#[test]
fn an_unused_topic_is_forgotten_and_one_that_is_followed_is_not() {
    let limits = TopicLimits { topics: 2, ..TopicLimits::default() };
    let mut topics = Topics::new(limits, 0);
    let start = Instant::now();
    let hello = Publication { data: "hello", ..Publication::default() };
    topics.publish("followed", &hello, start).expect("there is room");
    topics.publish("unused", &hello, start).expect("there is room");
    topics.wake(&mut Vec::new());
    let (subscriber, _) = topics.subscribe("followed", None, start).expect("there is a subscriber");
    let (in_use, _) = topics.subscribe("unused", None, start).expect("there is a subscriber");
    assert_eq!(topics.publish("third", &hello, start), Err(TopicError::TooMany));
    topics.unsubscribe(in_use);
    topics.publish("third", &hello, start).expect("the unused one is forgotten");
    let names: Vec<String> = topics.summaries().into_iter().map(|topic| topic.name).collect();
    assert_eq!(names, ["followed", "third"]);
    topics.unsubscribe(subscriber);
    topics.unsubscribe(subscriber);
    assert_eq!(topics.totals().subscribers, 0);
}

// A subscriber that is away for a moment must find the epoch it knows.
#[test]
fn the_time_out_of_use_begins_when_the_last_subscriber_leaves() {
    let mut topics = topics(10);
    let (start, idle) = (Instant::now(), TopicLimits::default().idle);
    let last_id = publish(&mut topics, "1");
    topics.wake(&mut Vec::new());
    let (subscriber, _) = subscribe(&mut topics, Some(&last_id));
    topics.forget_unused(start + 5 * idle);
    topics.unsubscribe(subscriber);
    topics.forget_unused(start + 5 * idle + idle / 2);
    assert_eq!(subscribe(&mut topics, Some(&last_id)).1, Missed::Nothing);
}

#[test]
fn an_id_from_before_a_topic_was_forgotten_is_recognised() {
    let mut topics = topics(10);
    let start = Instant::now();
    let old = publish(&mut topics, "old");
    topics.wake(&mut Vec::new());
    topics.forget_unused(start + 2 * TopicLimits::default().idle);
    assert_eq!(topics.summaries(), []);
    let new = publish(&mut topics, "new");
    assert_ne!(old, new);
    let (subscriber, missed) = subscribe(&mut topics, Some(&old));
    assert_eq!((take_all(&mut topics, subscriber), missed), (format!("id:{new}\ndata:new\n\n"), Missed::Unknown));
}

#[test]
fn who_only_looks_in_uses_up_neither_topics_nor_epochs() {
    let limits = TopicLimits { topics: 2, ..TopicLimits::default() };
    let mut topics = Topics::new(limits, 0x100);
    let now = Instant::now();
    for number in 0..1000 {
        let (subscriber, _) = topics.subscribe(&format!("t{number}"), None, now).expect("there is room");
        topics.unsubscribe(subscriber);
    }
    let hello = Publication { data: "hello", ..Publication::default() };
    assert_eq!(topics.publish("news", &hello, now), Ok("101-1".to_owned()));
    topics.wake(&mut Vec::new());
    topics.forget_unused(now);
    assert_eq!(topics.summaries().len(), 1, "what has events stays for a while");
}

#[test]
fn only_those_who_are_parked_are_woken_and_only_once() {
    let mut topics = topics(10);
    let (one, _) = subscribe(&mut topics, None);
    let (two, _) = subscribe(&mut topics, None);
    let (_busy, _) = subscribe(&mut topics, None);
    topics.park(one, 11);
    topics.park(two, 22);
    publish(&mut topics, "1");
    publish(&mut topics, "2");
    let mut woken = Vec::new();
    assert!(topics.has_waiters());
    topics.wake(&mut woken);
    assert_eq!(woken, [11, 22]);
    topics.wake(&mut woken);
    assert_eq!(woken, [11, 22], "nobody is woken twice");
    topics.park(one, 11);
    topics.unsubscribe(one);
    publish(&mut topics, "3");
    woken.clear();
    topics.wake(&mut woken);
    assert_eq!(woken, [] as [u32; 0], "who has left is not woken");
}

// ---- with sockets -------------------------------------------------------------------------------------

/// Sends a request and reads to the end of the connection.
fn ask(server: &Server, request: &str) -> String {
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).expect("it can be sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the answer is text, and ends");
    answer
}

fn post(server: &Server, target: &str, body: &str) -> String {
    let length = body.len();
    ask(
        server,
        &format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ),
    )
}

/// A stream that is read up to what is waited for.
struct Follower {
    stream: TcpStream,
    ahead: Vec<u8>,
}

fn follow(server: &Server, target: &str, fields: &str) -> Follower {
    let mut stream = server.connect();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").expect("it can be sent");
    Follower { stream, ahead: Vec::new() }
}

impl Follower {
    /// Reads until `end` has come, and returns all up to there.
    fn read_until(&mut self, end: &str) -> String {
        let mut block = vec![0; 64 * 1024];
        let mut looked_at = 0;
        loop {
            let from = looked_at.min(self.ahead.len().saturating_sub(end.len()));
            if let Some(at) = self.ahead[from..].windows(end.len()).position(|octets| octets == end.as_bytes()) {
                let rest = self.ahead.split_off(from + at + end.len());
                return String::from_utf8(std::mem::replace(&mut self.ahead, rest)).expect("the stream is text");
            }
            looked_at = self.ahead.len();
            let count = self.stream.read(&mut block).expect("more comes");
            assert_ne!(count, 0, "ended before {end:?}: {:?}", String::from_utf8_lossy(&self.ahead));
            self.ahead.extend_from_slice(&block[..count]);
        }
    }
}

#[test]
fn the_head_comes_before_any_event_and_each_event_as_it_is_published() {
    let mut server = Server::start(&["--trace", "off", "--drain-timeout", "300ms"]);
    let mut subscriber = follow(&server, "/topics/news", "");
    let head = subscriber.read_until("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("\r\nTransfer-Encoding: chunked\r\n"), "{head}");
    for field in [
        "Content-Type: text/event-stream; charset=utf-8",
        "Cache-Control: no-cache, no-transform",
        "X-Accel-Buffering: no",
    ] {
        assert!(head.contains(&format!("\r\n{field}\r\n")), "{head}");
    }
    let accepted = post(&server, "/topics/news?event=greeting", "hello");
    let (head, id) = accepted.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 202 Accepted\r\n"), "{head}");
    let id = id.trim_end();
    let event = format!("id:{id}\nevent:greeting\ndata:hello\n\n");
    let chunk = format!("{:x}\r\n{event}\r\n", event.len());
    assert_eq!(subscriber.read_until("\n\n\r\n"), chunk);
    assert!(server.stop().success());
    assert_eq!(subscriber.read_until("0\r\n\r\n"), "0\r\n\r\n", "the server's end is a proper end");
}

#[test]
fn events_published_while_others_are_replayed_come_behind_them() {
    let server = Server::start(&["--trace", "off"]);
    let first = post(&server, "/topics/news", "0");
    let first = first.lines().last().expect("the id").to_owned();
    for number in 1..=50 {
        post(&server, "/topics/news", &number.to_string());
    }
    let mut subscriber = follow(&server, &format!("/topics/news?last_event_id={first}"), "");
    for number in 51..=100 {
        post(&server, "/topics/news", &number.to_string());
    }
    let stream = subscriber.read_until("data:100\n\n\r\n");
    let data: Vec<&str> = stream.lines().filter_map(|line| line.strip_prefix("data:")).collect();
    let expected: Vec<String> = (1..=100).map(|number| number.to_string()).collect();
    assert_eq!(data, expected);
}

#[test]
fn a_client_of_http_1_0_gets_events_without_chunks_and_fin_at_the_end() {
    let mut server = Server::start(&["--trace", "off", "--drain-timeout", "300ms"]);
    let mut subscriber = Follower { stream: server.connect(), ahead: Vec::new() };
    subscriber.stream.write_all(b"GET /topics/news HTTP/1.0\r\n\r\n").expect("it can be sent");
    let head = subscriber.read_until("\r\n\r\n");
    assert!(head.contains("\r\nConnection: close\r\n") && !head.contains("Transfer-Encoding"), "{head}");
    let id = post(&server, "/topics/news", "one\ntwo");
    let id = id.lines().last().expect("the id");
    assert_eq!(subscriber.read_until("\n\n"), format!("id:{id}\ndata:one\ndata:two\n\n"));
    assert!(server.stop().success());
    assert_eq!(subscriber.stream.read(&mut [0]).expect("FIN, and no reset"), 0);
}

#[test]
fn an_idle_stream_gets_a_comment_and_a_busy_one_gets_none() {
    let server = Server::start(&["--trace", "off", "--heartbeat", "300ms"]);
    let mut subscriber = follow(&server, "/topics/news", "");
    subscriber.read_until("\r\n\r\n");
    assert_eq!(subscriber.read_until("\n\r\n"), "d\r\n: keep-alive\n\r\n");
}

// A host that has vanished acknowledges nothing, and a window that stays closed is as good: nobody says FIN or RST, and the
// kernel has room for a heartbeat now and then for days.
#[test]
fn a_subscriber_that_is_dead_is_noticed_by_what_is_written_to_it() {
    let server = Server::start(&["--heartbeat", "100ms", "--write-timeout", "300ms"]);
    let dead = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    dead.set_recv_buffer_size(1).expect("the least that there is");
    dead.connect(&server.addr.into()).expect("the server listens");
    (&dead).write_all(b"GET /topics/news HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it can be sent");
    common::wait_until("it follows", || server.metric("wirestep_subscribers") == 1);
    post(&server, "/topics/news", &"x".repeat(8000));
    server.wait_for_trace("that it is given up", |lines| {
        lines.iter().any(|line| line.contains(" closed ") && line.contains("has not been acknowledged for too long"))
    });
    assert_eq!(server.metric("wirestep_subscribers"), 0);
    assert_eq!(
        server.metric("wirestep_would_blocks_total"),
        0,
        "it would have been cut off by us, and not by the kernel"
    );
}

#[test]
fn a_subscriber_that_is_reset_is_forgotten() {
    let server = Server::start(&["--trace", "off", "--heartbeat", "100ms"]);
    let subscriber = follow(&server, "/topics/news", "");
    socket2::SockRef::from(&subscriber.stream).set_linger(Some(Duration::ZERO)).expect("a socket option");
    drop(subscriber);
    common::wait_until("the subscriber is gone", || server.metric("wirestep_subscribers") == 0);
}

#[test]
fn a_reader_that_stops_delays_nobody_and_is_reset_with_a_record_that_says_why() {
    let server = Server::start(&["--write-timeout", "2s"]);
    let mut reader = follow(&server, "/topics/news", "");
    reader.read_until("\r\n\r\n");
    let stopped = follow(&server, "/topics/news", "");
    common::wait_until("both follow", || server.metric("wirestep_subscribers") == 2);
    let large = "x".repeat(200_000);
    for number in 0..60 {
        post(&server, "/topics/news", &format!("{large}{number}"));
        reader.read_until(&format!("{number}\n\n\r\n"));
    }
    server.wait_for_trace("the record of the reset", |lines| {
        lines.iter().any(|line| line.contains("-> RST") && line.contains("the client has taken nothing for too long"))
    });
    drop(stopped);
    post(&server, "/topics/news", "still here");
    reader.read_until("still here\n\n\r\n");
}

#[test]
fn what_cannot_be_published_is_refused_with_a_sentence() {
    let server = Server::start(&["--trace", "off"]);
    assert!(post(&server, "/topics/news?id=taken", "x").starts_with("HTTP/1.1 202 "));
    let long = "x".repeat(65);
    let huge = "x".repeat(300_000);
    let too_many_lines = "\n".repeat(50_000);
    for (target, body, status) in [
        ("/topics/news?id=a%0Ab", "x", "400"),
        ("/topics/news?id=a%0Db", "x", "400"),
        ("/topics/news?id=a%00b", "x", "400"),
        ("/topics/news?id=", "x", "400"),
        ("/topics/news?id=%20a", "x", "400"),
        ("/topics/news?id=%FF", "x", "400"),
        ("/topics/news?id=a&id=b", "x", "400"),
        ("/topics/news?id=taken", "x", "409"),
        ("/topics/news?event=a%0Ab", "x", "400"),
        ("/topics/news?event=a%0Db", "x", "400"),
        ("/topics/news?event=a%00b", "x", "400"),
        ("/topics/news?id=%ED%95%9C", "x", "400"),
        ("/topics/sp%20ace", "x", "400"),
        (&format!("/topics/{long}"), "x", "400"),
        ("/topics/a/b", "x", "400"),
        ("/topics/.", "x", "400"),
        ("/topics/..", "x", "400"),
        ("/topics/", "x", "404"),
        ("/topics/news", &huge, "413"),
        ("/topics/news", &too_many_lines, "413"),
    ] {
        let answer = post(&server, target, body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
        let sentence = answer.split_once("\r\n\r\n").map(|(_, body)| body.trim_end()).unwrap_or_default();
        assert!(sentence.len() > 10 && !sentence.contains('\n'), "{target}: {sentence:?}");
    }
    let not_text =
        b"POST /topics/news HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1\r\n\r\n\xff";
    let mut stream = server.connect();
    stream.write_all(not_text).expect("it can be sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(post(&server, "/topics", "x").starts_with("HTTP/1.1 405 "));
    let head = "HEAD /topics/a/b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(ask(&server, head).starts_with("HTTP/1.1 400 "), "HEAD says what GET would say");
    let delete = "DELETE /topics/news HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(ask(&server, delete).contains("\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"));
}

#[test]
fn there_are_so_many_topics_and_no_more_and_those_that_are_only_looked_in_at_do_not_stay() {
    let server = Server::start(&["--trace", "off"]);
    drop(follow(&server, "/topics/only-looked-at", ""));
    common::wait_until("it is forgotten", || server.metric("wirestep_topics") == 0);
    let most = TopicLimits::default().topics;
    let post = |number: usize, fields: &str| {
        format!("POST /topics/t{number} HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Length: 1\r\n\r\nx")
    };
    let mut requests: String = (0..most).map(|number| post(number, "")).collect();
    requests.push_str(&post(most, "Connection: close\r\n"));
    let answers = ask(&server, &requests);
    assert_eq!(answers.matches("HTTP/1.1 202 Accepted\r\n").count(), most + 1, "the longest-unused one gives way");
    assert_eq!(server.metric("wirestep_topics"), most as u64);
    let list = ask(&server, "GET /topics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(!list.contains("\nt0 ") && list.contains(&format!("\nt{most} ")), "t0 is forgotten");
}

#[test]
fn whatever_is_published_arrives_as_it_was_meant() {
    let server = Server::start(&["--trace", "off"]);
    let mut subscriber = follow(&server, "/topics/news", "");
    subscriber.read_until("\r\n\r\n");
    let longest = "x".repeat(200_000);
    for (query, body, block) in [
        ("?id=1", "", "id:1\ndata:\n\n"),
        ("?id=2", " a", "id:2\ndata:  a\n\n"),
        ("?id=3", "a\rb\nc\r\nd\n\re\n", "id:3\ndata:a\ndata:b\ndata:c\ndata:d\ndata:\ndata:e\ndata:\n\n"),
        ("?id=4", "a\0b", "id:4\ndata:a\0b\n\n"),
        ("?id=5", "\u{feff}id:6", "id:5\ndata:\u{feff}id:6\n\n"),
        ("?id=6+1&event=%EA%B8%80&unknown=1", "한글 이벤트", "id:6 1\nevent:글\ndata:한글 이벤트\n\n"),
        ("?id=7&event=", "x", "id:7\ndata:x\n\n"),
        ("?id=8", &longest, &format!("id:8\ndata:{longest}\n\n")),
    ] {
        let answer = post(&server, &format!("/topics/news{query}"), body);
        assert!(answer.starts_with("HTTP/1.1 202 Accepted\r\n"), "{query}: {answer}");
        assert_eq!(subscriber.read_until("\n\n\r\n"), format!("{:x}\r\n{block}\r\n", block.len()), "{query}");
    }
    let mut again = follow(&server, "/topics/news", "Last-Event-ID: 6 1\r\n");
    again.read_until("\r\n\r\n");
    assert!(again.read_until("\n\n\r\n").ends_with("id:7\ndata:x\n\n\r\n"));
}

#[test]
fn a_last_event_id_that_nobody_has_given_out_gets_what_is_kept_behind_a_comment() {
    let server = Server::start(&["--trace", "off"]);
    post(&server, "/topics/news?id=1", "x");
    let comment = ": lost an unknown number of events: the last event ID is not of this topic\n";
    for (query, id) in [("", "Last-Event-ID: none\r\n"), ("", "Last-Event-ID: \u{e9}\r\n"), ("?last_event_id=none", "")]
    {
        let mut stream = server.connect();
        let request = format!("GET /topics/news{query} HTTP/1.1\r\nHost: localhost\r\n{id}\r\n");
        // As Latin-1, so that what is not ASCII is not UTF-8 either.
        let request: Vec<u8> = request.chars().map(|character| character as u8).collect();
        stream.write_all(&request).expect("it can be sent");
        let mut subscriber = Follower { stream, ahead: Vec::new() };
        let said = subscriber.read_until("data:x\n\n\r\n");
        assert!(said.contains(comment) && said.contains("id:1\n"), "{query}{id}: {said}");
    }
}

#[test]
fn a_page_of_another_origin_can_publish_nothing() {
    let server = Server::start(&["--trace", "off", "--host", "classroom.example"]);
    for (host, origin, status) in [
        ("localhost", "", "202"),
        ("127.0.0.1:8080", "", "202"),
        ("[::1]:8080", "", "202"),
        ("classroom.example", "", "202"),
        ("evil.example", "", "403"),
        ("localhost:8080", "Origin: http://localhost:8080\r\n", "202"),
        ("localhost:8080", "Origin: http://evil.example\r\n", "403"),
        ("localhost:8080", "Origin: null\r\n", "403"),
    ] {
        let request = format!(
            "POST /topics/news HTTP/1.1\r\nHost: {host}\r\n{origin}Connection: close\r\nContent-Length: 1\r\n\r\nx"
        );
        let answer = ask(&server, &request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host} {origin}: {answer}");
    }
}

#[test]
fn pages_of_an_origin_that_was_named_may_read_the_streams() {
    let server = Server::start(&["--trace", "off", "--cors", "http://page.example"]);
    let ask_from = |method: &str, target: &str, origin: &str| {
        ask(
            &server,
            &format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"),
        )
    };
    let stream = ask_from("GET", "/api/sse/events?count=1&interval=0s", "http://page.example");
    assert!(stream.contains("\r\nAccess-Control-Allow-Origin: http://page.example\r\n"), "{stream}");
    let preflight = ask_from("OPTIONS", "/api/sse/events", "http://page.example");
    assert!(preflight.contains("\r\nAccess-Control-Allow-Headers: Last-Event-ID\r\n"), "{preflight}");
    for method in ["GET", "OPTIONS"] {
        let foreign = ask_from(method, "/api/sse/events?count=1&interval=0s", "http://other.example");
        assert!(!foreign.contains("Access-Control"), "{foreign}");
    }
}
