//! Plays: the steps of a lesson, one at a time.

use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use wirestep::exchange::connection::Action;
use wirestep::exchange::context::{Context, GeneralFields};
use wirestep::exchange::limits::Limits;
use wirestep::exchange::metrics::Metrics;
use wirestep::exchange::stepping::{Pace, Release, StepMode};
use wirestep::lesson::Lesson;
use wirestep::site::Site;
use wirestep::site::producer::Producer;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::topics::Topics;
use wirestep::wire::language::Language;
use wirestep::wire::step::{Step, StepKind};

use super::common::{CLIENT_DEADLINE, Client, Server};
use super::driver::{Driver, SocketAct};
use super::request;

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
