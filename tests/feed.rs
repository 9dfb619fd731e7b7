//! `--publish-stdin`: what stands on standard input reaches those who follow the topic.

#[path = "common/mod.rs"]
mod common;
#[path = "common/follower.rs"]
mod follower;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use common::{Server, wait_until};
use follower::Follower;

/// A server whose standard input is `path`.
fn fed_from(path: &Path, arguments: &str) -> Server {
    let mut command = Command::new("sh");
    let script = format!("exec \"$WIRESTEP\" --listen 127.0.0.1:0 --trace off {arguments} < \"$INPUT\"");
    command.args(["-c", &script]).env("WIRESTEP", env!("CARGO_BIN_EXE_wirestep")).env("INPUT", path);
    Server::spawn(command)
}

/// A pipe into a server. Both ends are ours at first, or opening it would wait for the server.
fn fed_from_pipe(arguments: &str) -> (Server, File, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().expect("there is a mkfifo(1)").success());
    let pipe = OpenOptions::new().read(true).write(true).open(&path).expect("the pipe is ours");
    let server = fed_from(&path, arguments);
    let writer = OpenOptions::new().write(true).open(&path).expect("the server has the other end");
    drop(pipe);
    (server, writer, folder)
}

fn follow(server: &Server, fields: &[(&str, &str)]) -> Follower {
    Follower::get(server.addr, "/topics/news", fields).expect("the server answers")
}

fn data(block: Option<String>) -> String {
    let block = block.expect("the stream goes on");
    block.lines().filter_map(|line| line.strip_prefix("data:")).collect::<Vec<_>>().join("\n")
}

fn wait_for_log(server: &Server, what: &str) -> Vec<String> {
    server.wait_for_log(what, |lines| lines.iter().any(|line| line.contains(what)))
}

#[test]
fn each_line_arrives_before_the_next_one_is_written_and_the_server_outlives_its_input() {
    let (server, mut pipe, _folder) = fed_from_pipe("--publish-stdin news");
    let mut follower = follow(&server, &[]);
    for number in 1..=20 {
        writeln!(pipe, "line {number}").expect("the server reads");
        assert_eq!(data(follower.block()), format!("line {number}"));
    }
    write!(pipe, "without an end").expect("the server reads");
    drop(pipe);
    assert_eq!(data(follower.block()), "without an end");
    wait_for_log(&server, "21 events have been published to news");
    let posted = Follower::request(server.addr, "POST", "/topics/news", &[], b"by POST").expect("the server answers");
    assert_eq!(posted.status(), 202);
    assert_eq!(data(follower.block()), "by POST");
}

#[test]
fn blocks_keep_their_ids_and_types_and_a_client_comes_back_with_them() {
    let (server, mut pipe, _folder) = fed_from_pipe("--publish-stdin news --publish-stdin-format sse");
    let mut follower = follow(&server, &[]);
    write!(pipe, "id: 1700-0\nevent: tick\ndata: one\ndata: 1\n\nid: 1700-1\ndata: two\n\nid: 1701-0\ndata: three\n\n")
        .expect("the server reads");
    let blocks = [follower.block(), follower.block(), follower.block()].map(|block| block.expect("three events"));
    assert_eq!(
        blocks,
        ["id:1700-0\nevent:tick\ndata:one\ndata:1\n\n", "id:1700-1\ndata:two\n\n", "id:1701-0\ndata:three\n\n"]
    );
    let mut again = follow(&server, &[("Last-Event-ID", "1700-0")]);
    assert_eq!([again.block(), again.block()], [Some(blocks[1].clone()), Some(blocks[2].clone())]);
}

#[test]
fn a_client_that_is_ahead_is_told_that_it_waits_and_gets_nothing_twice() {
    let (server, mut pipe, _folder) = fed_from_pipe("--publish-stdin news --publish-stdin-format sse");
    write!(pipe, "id:5\ndata:five\n\n").expect("the server reads");
    wait_until("it has the event", || server.metric("wirestep_events_total") == 1);
    let mut ahead = follow(&server, &[("Last-Event-ID", "7")]);
    let said = ": waiting for the last event that you had: it has not come here yet\n";
    assert_eq!(ahead.block().as_deref(), Some(said));
    write!(pipe, "id:6\ndata:six\n\nid:7\ndata:seven\n\nid:8\ndata:eight\n\n").expect("the server reads");
    assert_eq!(ahead.block().as_deref(), Some("id:8\ndata:eight\n\n"));
}

// epoll refuses a regular file, and one that is read to its end before the loop first sleeps has been missed once.
#[test]
fn a_regular_file_is_read_like_a_pipe() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("events");
    let lines: String = (1..=3000).map(|number| format!("line {number}\n")).collect();
    std::fs::write(&path, lines).expect("there is room for a file");
    let server = fed_from(&path, "--publish-stdin news");
    wait_for_log(&server, "3000 events have been published to news");
    let mut list = Follower::get(server.addr, "/topics", &[]).expect("the server answers");
    let list = String::from_utf8(list.rest()).expect("a list is text");
    assert!(list.contains("-3000\n"), "{list}");
}

#[test]
fn a_longer_history_has_room_for_its_events() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("events");
    let line = "x".repeat(900);
    std::fs::write(&path, format!("{line}\n").repeat(3000)).expect("there is room for a file");
    let server = fed_from(&path, "--publish-stdin news --history 2500");
    wait_for_log(&server, "3000 events have been published to news");
    assert_eq!(server.metric("wirestep_ring_events"), 2500, "and not what 1 MiB holds of them");
}

#[test]
fn a_fault_is_one_warning_and_the_next_event_is_published() {
    let (server, mut pipe, _folder) = fed_from_pipe("--publish-stdin news");
    let mut follower = follow(&server, &[]);
    pipe.write_all(b"one\ntw\xff\nthree\n").expect("the server reads");
    drop(pipe);
    assert_eq!([data(follower.block()), data(follower.block())], ["one", "three"]);
    let log = wait_for_log(&server, "events have been published");
    assert_eq!(
        log[1..],
        [
            "wirestep: warn: line 2 of standard input is skipped: it is not UTF-8",
            "wirestep: standard input has ended",
            "wirestep: 2 events have been published to news",
        ]
    );
}

// A file is read faster than any client reads: without waiting, the ring would be gone past before the first write is out.
#[test]
fn who_keeps_up_loses_nothing_of_a_flood_although_another_has_stopped() {
    const FLOOD: usize = 20_000;
    let (server, mut pipe, _folder) = fed_from_pipe("--publish-stdin news");
    let mut reader = follow(&server, &[]);
    let _stopped = follow(&server, &[]);
    let padding = "x".repeat(1000);
    let line = move |number: usize| format!("{number} {padding}");
    let writer = std::thread::spawn({
        let line = line.clone();
        move || (1..=FLOOD).for_each(|number| writeln!(pipe, "{}", line(number)).expect("the server reads"))
    });
    for number in 1..=FLOOD {
        assert_eq!(data(reader.block()), line(number));
    }
    writer.join().expect("the pipe took everything");
}

#[test]
fn one_that_has_stopped_does_not_keep_the_input_waiting_and_is_told_what_it_has_lost() {
    let (server, mut pipe, _folder) = fed_from_pipe("--publish-stdin news --history 1 --write-timeout 1h");
    let mut stopped = follow(&server, &[]);
    let padding = "x".repeat(100_000);
    let mut published = 0;
    while server.metric("wirestep_would_blocks_total") == 0 {
        published += 1;
        writeln!(pipe, "{published} {padding}").expect("the server reads");
    }
    // One is kept, behind the one that is half sent.
    for _ in 0..2 {
        published += 1;
        writeln!(pipe, "{published} {padding}").expect("the server reads");
    }
    drop(pipe);
    wait_for_log(&server, &format!("{published} events have been published to news"));
    let (mut seen, mut lost) = (0, 0);
    while seen + lost < published {
        let block = stopped.block().expect("the stream goes on");
        if let Some(count) = block.strip_prefix(": lost ").and_then(|rest| rest.split(' ').next()) {
            lost += count.parse::<usize>().expect("a number");
        } else {
            seen += 1;
            assert!(data(Some(block)).starts_with(&format!("{} ", seen + lost)));
        }
    }
    assert!(lost > 0, "the ring has gone past it");
}

// 16 MiB pass; what the server holds of them is the ring, one batch in the channel and one in the thread.
#[test]
fn nothing_piles_up_between_the_pipe_and_the_ring() {
    let (server, mut pipe, _folder) = fed_from_pipe("--publish-stdin news");
    let before = peak_memory(&server);
    let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
    for _ in 0..16 * 1024 {
        pipe.write_all(&line).expect("the server reads");
    }
    drop(pipe);
    wait_for_log(&server, "16384 events have been published to news");
    let grown = peak_memory(&server) - before;
    assert!(grown < 6 * 1024, "{grown} KiB");
}

/// In KiB.
fn peak_memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the server runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says so");
    peak.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn a_name_that_no_topic_can_have_is_a_usage_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_wirestep"))
        .args(["--publish-stdin", "a/b"])
        .output()
        .expect("the binary has been built");
    assert_eq!(output.status.code(), Some(2));
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(sentence.contains("a topic name has 1 to 64 letters, digits, '.', '_' and '-'"), "{sentence}");
}

#[test]
fn an_input_that_is_empty_ends_at_once() {
    let server = fed_from(Path::new("/dev/null"), "--publish-stdin news");
    wait_for_log(&server, "0 events have been published to news");
}
