//! `--step`: nothing happens before somebody says so.

#![allow(missing_docs)]

mod common;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use common::Server;
use serde_json::Value;

/// A server that holds its steps, and the pipe that lets them go.
struct Stepped {
    server: Server,
    pipe: Option<File>,
    _folder: tempfile::TempDir,
}

impl Stepped {
    fn start(arguments: &str) -> Stepped {
        Stepped::start_with(|path| start_from(path, arguments))
    }

    fn start_with(start: impl FnOnce(&Path) -> Server) -> Stepped {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().expect("there is a mkfifo(1)").success());
        // Both ends are ours at first, or opening it would wait for the server.
        let both = OpenOptions::new().read(true).write(true).open(&path).expect("the pipe is ours");
        let server = start(&path);
        let pipe = OpenOptions::new().write(true).open(&path).expect("the server has the other end");
        drop(both);
        Stepped { server, pipe: Some(pipe), _folder: folder }
    }

    fn say(&mut self, words: &str) {
        self.pipe.as_mut().expect("it is open").write_all(words.as_bytes()).expect("the server reads");
    }

    /// All records, when the last one of them is that so many steps have been held.
    fn wait_for_held(&self, count: usize) -> Vec<Value> {
        let lines = self.server.wait_for_trace("a held step", |lines| of_kind(lines, "held") >= count);
        lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// `POST /step` with this query: status and sentence.
    fn post(&self, query: &str) -> (String, String) {
        self.post_with(query, "")
    }

    fn post_with(&self, query: &str, fields: &str) -> (String, String) {
        let mut stream = self.server.connect();
        let fields = format!("Host: localhost\r\nConnection: close\r\nContent-Length: 0\r\n{fields}");
        stream.write_all(format!("POST /step{query} HTTP/1.1\r\n{fields}\r\n").as_bytes()).expect("the server reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("this connection is not held");
        let (head, body) = response.split_once("\r\n\r\n").expect("a head");
        (head[9..12].to_owned(), body.trim_end().to_owned())
    }
}

fn start_from(path: &Path, arguments: &str) -> Server {
    let mut command = Command::new("sh");
    let script = format!("exec \"$0\" --listen 127.0.0.1:0 --trace json --step {arguments} < \"$1\"");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_wirestep")).arg(path);
    // The tests of others start servers without an input; the shell gives this one its own.
    Server::spawn(command)
}

fn of_kind(lines: &[String], kind: &str) -> usize {
    lines.iter().filter(|line| line.contains(&format!("\"what\":\"{kind}\""))).count()
}

fn ask(server: &Server, path: &str) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).expect("the server reads");
    stream
}

/// What is there now, and nothing more: a read that waits would be answered by a held step.
fn read_now(stream: &mut TcpStream) -> String {
    let mut octets = vec![0; 100_000];
    let count = stream.read(&mut octets).expect("octets are there");
    octets.truncate(count);
    String::from_utf8(octets).expect("UTF-8")
}

fn is_silent(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("it is open");
    let nothing = stream.peek(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    stream.set_nonblocking(false).expect("it is open");
    nothing
}

fn steps(records: &[Value]) -> Vec<&str> {
    records.iter().filter(|record| record["what"] == "held").filter_map(|record| record["step"].as_str()).collect()
}

#[test]
fn each_line_lets_one_step_go() {
    let mut stepped = Stepped::start("");
    let mut client = ask(&stepped.server, "/api/sse/events?count=2&interval=1ms");
    for (count, expected) in
        ["HTTP/1.1 200 OK\r\n", "20\r\nid:1\n", "20\r\nid:2\n", "0\r\n\r\n"].into_iter().enumerate()
    {
        stepped.wait_for_held(count + 1);
        assert!(is_silent(&client), "before the line there is nothing");
        stepped.say("\n");
        assert!(read_now(&mut client).starts_with(expected));
    }
    assert_eq!(steps(&stepped.wait_for_held(4)), ["head", "chunk", "chunk", "last-chunk"]);
}

#[test]
fn what_is_shown_is_what_goes_out_and_nothing_is_consumed_by_showing_it() {
    let mut stepped = Stepped::start("");
    let mut client = ask(&stepped.server, "/api/sse/events?count=1&interval=1ms");
    stepped.say("\n\n\n");
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut client));
    }
    stepped.server.wait_for_trace("the end", |lines| lines.iter().any(|line| line.contains("\"persistent\"")));
    let records = stepped.wait_for_held(3);
    let held: Vec<&Value> = records.iter().filter(|record| record["what"] == "held").collect();
    let sent: Vec<&Value> = records.iter().filter(|record| record["flow"] == "responses").collect();
    assert_eq!((held.len(), sent.len()), (3, 3));
    for (held, sent) in held.iter().zip(&sent) {
        assert_eq!((&held["spans"], &held["count"]), (&sent["spans"], &sent["count"]));
        assert_eq!(held["rows"], sent["rows"]);
    }
    // The head may have another second in its Date.
    assert_eq!(held[1]["text"], sent[1]["text"]);
    assert!(held.iter().all(|record| record["note"].as_str().is_some_and(|note| note.ends_with('?'))));
}

#[test]
fn a_number_lets_so_many_go_and_run_lets_all() {
    let mut stepped = Stepped::start("");
    let mut client = ask(&stepped.server, "/api/sse/events?count=9&interval=1ms");
    stepped.say("3\n");
    let records = stepped.wait_for_held(2);
    assert_eq!(records.last().expect("a record")["text"], "20\r\nid:3\nevent:message\ndata:event3\n\n\r\n");
    stepped.say("what?\nrun\n");
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut client));
    }
    assert_eq!(all.matches("data:event").count(), 9);
    stepped.server.wait_for_log("a sentence about the unknown command", |lines| {
        lines.iter().any(|line| line.contains("\"what?\" is no command"))
    });
    // Those who come later are not held either.
    assert!(read_now(&mut ask(&stepped.server, "/plain")).starts_with("HTTP/1.1 200"));
    assert_eq!(stepped.wait_for_held(2).iter().filter(|record| record["what"] == "held").count(), 2);
}

#[test]
fn the_end_of_input_runs_on() {
    let mut stepped = Stepped::start("");
    let mut client = ask(&stepped.server, "/api/sse/events?count=2&interval=1ms");
    stepped.wait_for_held(1);
    stepped.pipe = None;
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut client));
    }
    let server = start_from(Path::new("/dev/null"), "");
    assert!(read_now(&mut ask(&server, "/plain")).ends_with("Hello, wire!\n"));
}

#[test]
fn post_step_lets_go_what_has_been_held_longest_or_what_it_names() {
    let stepped = Stepped::start("");
    let mut first = ask(&stepped.server, "/api/sse/events?count=2&interval=1ms");
    stepped.wait_for_held(1);
    let mut second = ask(&stepped.server, "/api/sse/events?count=2&interval=1ms");
    stepped.wait_for_held(2);
    assert_eq!(stepped.post("?connection=2"), ("200".into(), "connection 2: head goes on".into()));
    assert!(read_now(&mut second).starts_with("HTTP/1.1 200"));
    assert!(is_silent(&first));
    stepped.wait_for_held(3);
    assert_eq!(stepped.post(""), ("200".into(), "connection 1: head goes on".into()));
    assert!(read_now(&mut first).starts_with("HTTP/1.1 200"));
    stepped.wait_for_held(4);
    assert_eq!(stepped.post("?connection=2&run"), ("200".into(), "connection 2 runs on".into()));
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut second));
    }
    assert!(is_silent(&first), "the other one is still held");
    assert_eq!(stepped.post("?connection=1&count=3").0, "200");
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut first));
    }
    assert_eq!(stepped.post(""), ("409".into(), "no step is held".into()));
    assert_eq!(stepped.post("?connection=77"), ("409".into(), "connection 77 holds no step".into()));
    assert_eq!(stepped.post("?connection=77&run"), ("409".into(), "connection 77 holds no step".into()));
    assert_eq!(stepped.post("?run"), ("200".into(), "no step is held any more".into()));
}

#[test]
fn a_page_of_another_origin_lets_nothing_go_and_nonsense_is_refused() {
    let stepped = Stepped::start("");
    let client = ask(&stepped.server, "/plain");
    stepped.wait_for_held(1);
    let mut evil = stepped.server.connect();
    evil.write_all(
        b"POST /step HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n\r\n",
    )
    .expect("the server reads");
    // The address is an operator's, so even its refusal is not held.
    assert!(read_now(&mut evil).starts_with("HTTP/1.1 403"));
    assert!(is_silent(&client));
    stepped.post("?run");
    for query in ["?count=0", "?count=-1", "?connection=0", "?connection=x", "?run&count=2", "?run=1"] {
        assert_eq!(stepped.post(query).0, "400", "{query}");
    }
    assert!(read_now(&mut ask(&stepped.server, "/step")).starts_with("HTTP/1.1 405"));
}

#[test]
fn a_connection_that_lets_go_is_held_again_when_it_asks_for_something_else() {
    let stepped = Stepped::start("");
    let mut page = stepped.server.connect();
    page.write_all(b"POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").expect("the server reads");
    assert!(read_now(&mut page).starts_with("HTTP/1.1 409 Conflict\r\n"));
    page.write_all(b"GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
    stepped.wait_for_held(1);
    assert!(is_silent(&page));
}

#[test]
fn time_stands_still_for_who_is_held_and_for_nobody_else() {
    let stepped = Stepped::start("--heartbeat 100ms --keep-alive 300ms --write-timeout 300ms --head-timeout 300ms");
    let mut held = ask(&stepped.server, "/topics/news");
    stepped.wait_for_held(1);
    stepped.post("");
    assert!(read_now(&mut held).starts_with("HTTP/1.1 200"));
    // A subscriber with nothing to get waits for its first heartbeat, and the heartbeat waits for us.
    stepped.wait_for_held(2);
    // The clock of this test is another stream: it takes more than all those times.
    let mut clock = ask(&stepped.server, "/api/sse/events?count=8&interval=100ms");
    stepped.wait_for_held(3);
    assert_eq!(stepped.post("?connection=3&run").0, "200");
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut clock));
    }
    assert!(is_silent(&held), "neither a heartbeat nor a FIN nor an RST");
    assert_eq!(stepped.post("?connection=1").0, "200");
    assert_eq!(read_now(&mut held), "d\r\n: keep-alive\n\r\n");
}

#[test]
fn a_subscriber_gets_one_event_for_each_step() {
    let stepped = Stepped::start("");
    let mut subscriber = ask(&stepped.server, "/topics/news");
    stepped.wait_for_held(1);
    stepped.post("");
    assert!(read_now(&mut subscriber).starts_with("HTTP/1.1 200"));
    // Publishing is done when its response is held.
    let mut publisher = stepped.server.connect();
    let post = |data: char| format!("POST /topics/news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n{data}");
    publisher.write_all(post('a').as_bytes()).expect("the server reads");
    stepped.wait_for_held(3);
    stepped.post("?connection=3&run");
    publisher.write_all((post('b') + &post('c')).as_bytes()).expect("the server reads");
    let mut all = String::new();
    while all.matches("202").count() < 3 {
        all.push_str(&read_now(&mut publisher));
    }
    for (held, data) in [(4, "a"), (5, "b"), (6, "c")] {
        assert_eq!(stepped.post("?connection=1"), ("200".into(), "connection 1: frames goes on".into()));
        let event = read_now(&mut subscriber);
        assert!(event.contains(&format!("data:{data}\n")) && event.matches("data:").count() == 1, "{event}");
        if data != "c" {
            stepped.wait_for_held(held);
        }
    }
}

#[test]
fn a_client_that_leaves_while_it_is_held_is_forgotten() {
    let stepped = Stepped::start("");
    let first = ask(&stepped.server, "/plain");
    stepped.wait_for_held(1);
    let mut second = ask(&stepped.server, "/plain");
    stepped.wait_for_held(2);
    socket2::SockRef::from(&first).set_linger(Some(std::time::Duration::ZERO)).expect("it is open");
    drop(first);
    stepped.server.wait_for_trace("its end", |lines| of_kind(lines, "closed") == 1);
    assert_eq!(stepped.post(""), ("200".into(), "connection 2: head goes on".into()));
    assert!(read_now(&mut second).starts_with("HTTP/1.1 200"));
}

#[test]
fn ctrl_c_lets_everything_end() {
    let mut stepped = Stepped::start("");
    let mut client = ask(&stepped.server, "/api/sse/events?count=100&interval=1ms");
    stepped.wait_for_held(1);
    stepped.server.signal("INT");
    let mut all = String::new();
    client.read_to_string(&mut all).expect("a proper end");
    assert!(all.ends_with("0\r\n\r\n"), "{all}");
    drop(client);
    assert!(stepped.server.wait().success());
}

/// The same, on a terminal of its own, into which the pipe is typed. What it says is not written there.
fn start_on_terminal(path: &Path) -> Server {
    let mut command = Command::new("sh");
    let on_terminal = "exec \"$0\" --listen 127.0.0.1:0 --step 2>&3";
    let python = "import pty, sys; pty.spawn(sys.argv[1:])";
    let script = "exec python3 -c \"$1\" sh -c \"$2\" \"$0\" 3>&2 < \"$3\"";
    command.args(["-c", script, env!("CARGO_BIN_EXE_wirestep"), python, on_terminal]).arg(path);
    Server::spawn(command)
}

#[test]
fn on_a_terminal_enter_lets_a_step_go_and_is_too_early_while_none_is_held() {
    let mut stepped = Stepped::start_with(start_on_terminal);
    stepped.say("\n");
    stepped.server.wait_for_log("that it is too early", |lines| lines.iter().any(|it| it.ends_with("no step is held")));
    let mut client = ask(&stepped.server, "/api/sse/events?count=2&interval=1ms");
    let held = |lines: &[String]| lines.iter().filter(|line| line.contains("held")).count();
    for (count, expected) in ["HTTP/1.1 200 OK\r\n", "20\r\nid:1\n"].into_iter().enumerate() {
        let lines = stepped.server.wait_for_trace("a held step", |lines| held(lines) == count + 1);
        assert!(lines.iter().any(|line| line.contains("\x1b[")), "a terminal has colour");
        assert!(is_silent(&client), "nothing was let go before it was seen");
        stepped.say("\n");
        assert!(read_now(&mut client).starts_with(expected));
    }
    // Ctrl-D.
    stepped.server.wait_for_trace("a held step", |lines| held(lines) == 3);
    stepped.say("\x04");
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut client));
    }
}

#[test]
fn who_follows_the_trace_is_never_held() {
    let stepped = Stepped::start("");
    let mut watcher = ask(&stepped.server, "/trace");
    let mut seen = String::new();
    while !seen.contains("event:snapshot") {
        seen.push_str(&read_now(&mut watcher));
    }
    let mut client = ask(&stepped.server, "/plain");
    while !seen.contains("\"what\":\"held\"") {
        seen.push_str(&read_now(&mut watcher));
    }
    assert!(is_silent(&client));
    assert_eq!(stepped.post("?connection=2&run").0, "200");
    assert!(read_now(&mut client).starts_with("HTTP/1.1 200"));
}

#[test]
fn the_terminal_shows_what_will_go_out_and_asks() {
    let stepped = Stepped::start_with(|path| {
        let mut command = Command::new("sh");
        let script = "exec \"$0\" --listen 127.0.0.1:0 --step < \"$1\"";
        command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_wirestep")).arg(path);
        Server::spawn(command)
    });
    let server = &stepped.server;
    let _client = ask(server, "/plain");
    let lines = server
        .wait_for_trace("the preview", |lines| lines.iter().any(|line| line.trim_end().ends_with("end of head  ␍␊")));
    let held = lines.iter().position(|line| line.contains("held")).expect("a held step");
    assert!(
        lines[held].contains("?? ")
            && lines[held].ends_with("head: what in this head tells the client where the body ends?"),
        "{}",
        lines[held]
    );
    assert!(lines[held + 1].trim_end().ends_with("status-line  HTTP/1.1 200 OK␍␊"), "{}", lines[held + 1]);
}

#[test]
fn a_lesson_that_holds_by_itself_is_let_go_by_a_request_without_step() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let lesson = "title: Hold\ntitle.ko: 멈춤\nquestion: What now?\nreads: RFC 9112 section 7.1\n\n\
                  head 200 OK\n  Content-Type: text/plain\n  Transfer-Encoding: chunked\nchunk \"a\"\nhold\nchunk \"b\"\nlast-chunk\n";
    std::fs::write(folder.path().join("hold.lesson"), lesson).expect("there is room for a file");
    let lessons = folder.path().to_str().expect("UTF-8");
    let server = Server::start(&["--trace", "json", "--lessons", lessons]);
    let mut client = ask(&server, "/lessons/hold");
    server.wait_for_trace("the hold", |lines| of_kind(lines, "held") == 1);
    let stepped = Stepped { server, pipe: None, _folder: folder };
    assert_eq!(stepped.post(""), ("200".into(), "connection 1: hold goes on".into()));
    let mut all = String::new();
    while !all.ends_with("0\r\n\r\n") {
        all.push_str(&read_now(&mut client));
    }
    assert!(all.ends_with("1\r\nb\r\n0\r\n\r\n"), "{all}");
    assert_eq!(steps(&stepped.wait_for_held(1)), ["hold"]);
}

#[test]
fn a_lesson_is_held_at_every_step_when_its_query_says_so_and_others_are_not() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let stepped = Stepped { server: Server::start(&["--trace", "json"]), pipe: None, _folder: folder };
    let mut client = ask(&stepped.server, "/lessons/chunk?step&pause=1ms");
    for (count, expected) in
        ["HTTP/1.1 200 OK\r\n", "7\r\nHello, \r\n", "6\r\nworld\n\r\n", "0\r\n\r\n"].into_iter().enumerate()
    {
        let records = stepped.wait_for_held(count + 1);
        let held = records.iter().rfind(|record| record["what"] == "held").expect("it is there");
        assert!(held["text"].as_str().is_some_and(|text| text.starts_with(expected)), "{held}");
        assert!(is_silent(&client));
        assert!(read_now(&mut ask(&stepped.server, "/plain")).starts_with("HTTP/1.1 200"));
        assert_eq!(stepped.post("?connection=1").0, "200");
        assert!(read_now(&mut client).starts_with(expected));
    }
    let held = stepped.wait_for_held(4);
    let note =
        |record: &&Value| record["what"] == "held" && record["note"] == "7 octets of data, so the size line is 7 CRLF.";
    assert_eq!(held.iter().filter(note).count(), 1, "what the script says about a step is shown with it");
}

// ---- what the operator is told ----------------------------------------------------------------------------------------

#[test]
fn a_step_that_is_held_without_step_says_once_what_releases_it() {
    let server = Server::start(&["--trace", "off"]);
    let clients = [(); 2].map(|()| ask(&server, "/api/sse/events?step&count=1&interval=1ms"));
    let release = format!("curl -X POST http://{}/step", server.addr);
    let lines = server.wait_for_log(&release, |lines| lines.iter().any(|line| line.contains(&release)));
    let said =
        format!("wirestep: connection 1 holds a step; what releases it: the space bar on the page, or {release}");
    assert!(lines.contains(&said), "{lines:?}");
    for mut client in clients {
        let mut operator = server.connect();
        operator.write_all(b"POST /step?run HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
        assert!(read_now(&mut client).starts_with("HTTP/1.1 200"));
    }
    assert_eq!(server.log_lines().iter().filter(|line| line.contains("holds a step")).count(), 1);
}

#[test]
fn steps_that_were_released_and_did_not_come_are_told_of_when_their_connection_ends() {
    let mut stepped = Stepped::start("");
    let mut client = stepped.server.connect();
    let request = "GET /api/sse/events?count=1&interval=1ms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.write_all(request.as_bytes()).expect("the server reads");
    // Head, chunk, last chunk and FIN are 4.
    stepped.say("6\n");
    let mut all = String::new();
    client.read_to_string(&mut all).expect("FIN comes");
    drop(client);
    let said = "wirestep: connection 1 has ended; 2 of the steps released for it did not come";
    stepped.server.wait_for_log(said, |lines| lines.iter().any(|line| line == said));
}
