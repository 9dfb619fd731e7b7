//! The server in a debugger: where it can be stopped, in which order it stops, and what is seen there.
//!
//! The sessions of `docs/debugger.md` are typed as they stand, against a live client; `WIRESTEP_REWRITE=1` writes into the page
//! what is really seen. Its blocks:
//!
//! ```text
//! ```console gdb     starts gdb with the kit (console lldb: lldb); the blocks behind it belong to this session
//! ```text gdb        what stands behind "(gdb) " is typed, the rest is seen; `...` stands for any number of lines
//! ```console client  what is typed in a second terminal as soon as the server listens, and what it has printed in the end
//! ```console setup   shown only
//! ```

#![allow(missing_docs)]

mod common;
#[path = "debugger/dap.rs"]
mod dap;
#[path = "documents/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "debugger/session.rs"]
mod session;
#[path = "documents/transcript.rs"]
#[allow(dead_code)]
mod transcript;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use common::{DEADLINE, Server, run};
use dap::Adapter;
use page::{Block, Page, all_pages, root};
use serde_json::{Value, json};
use session::{GDB_KIT, LLDB_KIT, debug, gdb, gdb_command, is_listening, listening_on, lldb, lldb_command};
use transcript::{CURL, PORT, digits, forget_after};

/// A client waits for whoever stands at a breakpoint.
const CLIENT_TIME: Duration = Duration::from_secs(60);

const PAGE: &str = "docs/debugger.md";

// ---- the order of stops, and what is seen at them -------------------------------------------------------------

#[test]
fn from_accept_to_fin_gdb_stops_at_each_station_in_order() {
    let (seen, text) = gdb(&tour(), |server| curl(server, "/api/sse/events?count=1"));
    assert_eq!(text, "id:1\nevent:message\ndata:event1\n\n");
    let stops: Vec<(String, String)> = seen[1..].iter().map(|lines| stop(lines)).collect();
    let expected = [
        ("Peers::add", "#1 is accepted"),
        ("Connection::receive", "#1 <- N octets: GET /api/sse/events?count=1 HTTP/1.1␍␊Host: 127.0.0.1:8080␍␊"),
        ("RequestHead::read", "#1 a request head is complete: N octets, GET /api/sse/events?count=1 HTTP/1.1␍␊"),
        ("site::respond", "#1 request 1 of the connection goes to the site"),
        ("Connection::begin_step", "#1 begins a head: 200, and a body in chunks"),
        ("socket::send", "#1 -> write of 275 octets: HTTP/1.1 200 OK␍␊Date: "),
        (
            "Connection::begin_step",
            "#1 begins a chunk: 0x20 = 32 octets of data, 20␍␊id:1␊event:message␊data:event1␊␊␍␊",
        ),
        ("socket::send", "#1 -> write of 38 octets: 20␍␊id:1␊event:message␊data:event1␊␊␍␊"),
        ("Connection::begin_step", "#1 begins a pause of 0.1 s"),
        ("Connection::begin_step", "#1 begins the last chunk: 0␍␊␍␊"),
        ("socket::send", "#1 -> write of 5 octets: 0␍␊␍␊"),
        ("Connection::end_response", "#1 the response is complete; that alone closes nothing"),
        ("Connection::receive_fin", "#1 <- FIN: read() = 0, the client sends nothing more"),
        ("Connection::begin_step", "#1 begins FIN: the server is going to send nothing more"),
        ("socket::send_fin", "#1 -> FIN: shutdown(SHUT_WR), the server sends nothing more"),
        ("Connection::end_response", "#1 the server's FIN is out, and no step is left"),
        ("Peers::remove", "#1 the socket is going to be closed: BothFin"),
    ];
    assert_eq!(stops.len(), expected.len());
    for ((function, sentence), (expected, beginning)) in stops.iter().zip(expected) {
        assert!(function.ends_with(expected), "{function} is not {expected}: {stops:#?}");
        assert!(sentence.starts_with(beginning), "{sentence:?} does not begin with {beginning:?}");
    }
}

#[test]
fn lldb_stops_at_the_same_stations_in_the_same_order() {
    let (seen, text) = lldb(&tour(), |server| curl(server, "/api/sse/events?count=1"));
    assert_eq!(text, "id:1\nevent:message\ndata:event1\n\n");
    let place = |lines: &Vec<String>| {
        let line = lines.iter().find(|line| line.starts_with("    wirestep::")).expect("a place");
        line.split("::").take_while(|word| !word.starts_with('h')).last().unwrap_or_default().to_owned()
    };
    let places: Vec<String> = seen[1..].iter().map(place).collect();
    let expected = "add receive read respond begin_step send begin_step send begin_step begin_step send end_response \
                    receive_fin begin_step send_fin end_response remove";
    assert_eq!(places.join(" "), expected);
}

/// One stop for each station, seventeen of them.
fn tour() -> Vec<&'static str> {
    [&["break-tour", "run --trace off"][..], &["continue"; 16]].concat()
}

#[test]
fn a_connection_is_shown_in_the_words_of_the_page_of_states() {
    let commands = ["break-writes", "run --trace off", "connection", "delete", "break-fin", "continue", "connection"];
    let (seen, _) = gdb(&commands, |server| curl(server, "/api/sse/events?count=1&interval=0"));
    let states = Page::read("docs/states.md").prose().join("\n");
    let means = |name: &str| {
        let row = states.lines().find_map(|line| line.strip_prefix(&format!("| `{name}` | ")));
        format!("{name}: {}", row.expect("the page has it").trim_end_matches(" |"))
    };
    let writing = &seen[2];
    assert_eq!(writing[0], "#1 Paused, Responding: the response; further octets wait");
    assert_eq!(shown(writing, "receiving"), means("Paused"));
    assert_eq!(shown(writing, "sending"), means("Responding"));
    assert_eq!(shown(writing, "producer"), "Stream");
    assert_eq!(shown(writing, "progress"), means("NextStep"));
    assert_eq!(shown(writing, "persistence"), means("Http11"));
    assert_eq!((shown(writing, "fin_received"), shown(writing, "fin_sent")), ("no", "no"));
    assert!(shown(writing, "outgoing").starts_with("275 octets: HTTP/1.1 200 OK␍␊"), "{writing:#?}");
    // Their FIN has been read, and is being noted.
    let idle = &seen[6];
    assert_eq!(idle[0], "#1 Head, Idle: between requests, or a head is arriving");
    let left = shown(idle, "receiving").strip_prefix(&means("Head")).expect("its deadline stands behind it");
    let left: f64 = left.trim_matches(|character| " ()s left".contains(character)).parse().expect("a number");
    assert!((1.0..=60.0).contains(&left), "{idle:#?}");
    assert_eq!((shown(idle, "unread"), shown(idle, "outgoing")), ("0 octets", "0 octets"));
}

#[test]
fn from_the_beginning_of_a_step_to_its_octets_gdb_stays_in_wirestep() {
    let mut commands = vec!["break-steps", "run --trace off"];
    commands.extend(["step"; STEPS]);
    let (seen, _) = gdb(&commands, knock);
    // A step within a function shows its line only; one into another function says first where that is.
    let begins: Vec<&String> = seen[2..].iter().map(|lines| lines.first().expect("each shows something")).collect();
    assert!(begins.iter().all(|line| line.contains('\t') || line.starts_with("wirestep::")), "{begins:#?}");
    assert!(
        begins.iter().any(|line| line.starts_with("wirestep::wire::response::ResponseHead::encode ")),
        "{begins:#?}"
    );
}

#[test]
fn from_the_beginning_of_a_step_to_its_octets_lldb_stays_in_wirestep() {
    let mut commands = vec!["break-steps", "run --trace off"];
    commands.extend(["step"; STEPS]);
    let (seen, _) = lldb(&commands, knock);
    let place = |lines: &Vec<String>| lines.iter().find(|line| line.contains(" at ")).expect("a place").clone();
    let places: Vec<String> = seen[2..].iter().map(place).collect();
    assert!(places.iter().all(|place| place.contains("wirestep")), "{places:#?}");
    assert!(places.iter().any(|place| place.contains("ResponseHead::encode")), "{places:#?}");
    // The line of the source stands below.
    let shown = seen[2].iter().filter(|line| line.starts_with("-> ") && line.contains('\t')).count();
    assert_eq!(shown, 1, "{:#?}", seen[2]);
}

/// So many steps lead from `begin_step` to the encoder at most.
const STEPS: usize = 40;

#[test]
fn the_end_of_a_response_that_leaves_in_one_write_is_not_its_last_octet() {
    let (seen, _) = gdb(&[&["break-tour", "run --trace off"][..], &["continue"; 7]].concat(), knock);
    assert_eq!(stop(&seen[7]).1, "#1 the response has no more steps; 196 octets of it wait to be written");
    assert!(stop(&seen[8]).1.starts_with("#1 -> write of 196 octets: HTTP/1.1 200 OK␍␊"), "{seen:#?}");
}

#[test]
fn plain_gdb_shows_values_as_text() {
    let commands = [
        "break-steps",
        "run --trace off",
        "print fields",
        "print step",
        "up",
        "up",
        "print *self",
        "delete",
        "break-writes",
        "continue",
        "print octets",
        "up",
        "print self.connection.outgoing",
        "print self.producer",
        "print self.read",
    ];
    let words = gdb_command("gdb", &["-x", GDB_KIT, env!("CARGO_BIN_EXE_wirestep")], &commands);
    let (seen, _) = debug(words, "+", &commands, watch);
    let printed = |at: usize| seen[at].join(" ").split_once(" = ").expect("a value").1.to_owned();
    assert!(printed(2).contains(" octets: Date: "), "{}", printed(2));
    assert!(printed(3).starts_with("Head(wirestep::wire::response::ResponseHead {status: 200, "), "{}", printed(3));
    assert!(printed(3).len() < 800 && printed(3).contains("framing: Chunked"), "{}", printed(3));
    assert!(printed(6).contains("{receiving: Paused, sending: Responding {source: Producer, "), "{}", printed(6));
    assert!(printed(6).len() < 800, "{}", printed(6));
    assert!(printed(10).contains(" octets: HTTP/1.1 200 OK␍␊Date: "), "{}", printed(10));
    assert!(printed(12).contains("Outgoing (Some("), "{}", printed(12));
    assert!(printed(13).starts_with("Stream"), "{}", printed(13));
    assert!(
        printed(14).ends_with("ReadReadiness::Ready") || printed(14).ends_with("ReadReadiness::Empty"),
        "{}",
        printed(14)
    );
}

#[test]
fn a_program_that_speaks_to_gdb_over_mi_gets_states_and_octets_as_text() {
    let console = |command: &str| format!("interpreter-exec mi \"{command}\"");
    let commands = [
        "break-writes".to_owned(),
        "run --trace off".to_owned(),
        console("-enable-pretty-printing"),
        console("-var-create octets * octets"),
        "up".to_owned(),
        console("-var-create sending * self.connection.sending"),
        console("-var-create receiving * self.connection.receiving"),
        console("-var-create timer * self.timer"),
    ];
    let words = gdb_command("gdb", &["-x", GDB_KIT, env!("CARGO_BIN_EXE_wirestep")], &commands);
    let (seen, _) = debug(words, "+", &commands, watch);
    let value = |at: usize| {
        let text = seen[at].join(" ");
        text.split_once(",value=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a value").0.to_owned()
    };
    assert!(value(3).contains(" octets: HTTP/1.1 200 OK"), "{seen:#?}");
    let responding = "Responding {source: Producer, progress: NextStep {elapsed: false}}";
    assert_eq!([value(5), value(6)], [responding, "Paused"]);
    assert!(value(7) == "None" || value(7).starts_with("Some(in "), "{seen:#?}");
}

#[test]
fn a_held_step_is_shown_with_its_octets_its_note_and_its_line() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let lesson =
        "# One head.\nhead 200 OK\n  Transfer-Encoding: chunked\n# The first chunk.\nchunk \"tea\"\nlast-chunk\n";
    fs::write(folder.path().join("held.lesson"), lesson).expect("there is room for a file");
    let (mark, run) = (folder.path().join("held"), format!("run --trace off --lessons {}", folder.path().display()));
    let touch = format!("shell touch {}", mark.display());
    let commands = ["break wirestep::net::peer::Peer::tell_held", &run, "connection", &touch, "continue", "connection"];
    let (seen, ()) = gdb(&commands, |server| {
        let mut client = connect(server);
        ask(&mut client, b"GET /lessons/held?step HTTP/1.1\r\nHost: localhost\r\n\r\n");
        common::wait_until("a step that is held", || mark.exists());
        let mut teacher = connect(server);
        ask(&mut teacher, b"POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        wait_for_the_end(client);
        wait_for_the_end(teacher);
    });
    assert_eq!(shown(&seen[2], "producer"), "Lesson");
    assert_eq!(shown(&seen[2], "lesson"), "line 2");
    assert!(shown(&seen[2], "held").starts_with("a head of a lesson: HTTP/1.1 200 OK␍␊"), "{:#?}", seen[2]);
    let held = &seen[5];
    assert_eq!(shown(held, "lesson"), "line 5");
    assert_eq!(shown(held, "note"), "The first chunk.");
    assert_eq!(shown(held, "held"), "a chunk: 0x3 = 3 octets of data, 3␍␊tea␍␊");
    assert_eq!(shown(held, "will send"), "8 octets: 3␍␊tea␍␊");
    assert!(shown(held, "progress").ends_with(" s left)"), "{held:#?}");
}

#[test]
fn a_subscriber_is_shown_with_its_topic_and_its_place_in_the_ring() {
    let commands = ["break wirestep::net::peer::Peer::deliver", "run --trace off", "connection"];
    let (seen, ()) = gdb(&commands, |server| {
        let mut follower = connect(server);
        ask(&mut follower, b"GET /topics/news HTTP/1.1\r\nHost: localhost\r\n\r\n");
        read_until(&mut follower, "\r\n\r\n");
        let mut publisher = connect(server);
        ask(&mut publisher, b"POST /topics/news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\ntea");
        wait_for_the_end(publisher);
        wait_for_the_end(follower);
    });
    assert_eq!(shown(&seen[2], "producer"), "Subscription");
    assert_eq!(
        shown(&seen[2], "topic"),
        "news: its ring keeps events 1 to 1; number 1 is the next for this subscriber"
    );
}

#[test]
fn one_connection_can_be_followed_among_others() {
    let commands =
        ["break-steps", "break-steps 2", "run --trace off", "connections", "continue", "octets step", "connection 1"];
    let (seen, ()) = gdb(&commands, |server| {
        let mut first = connect(server);
        ask(&mut first, b"GET /api/sse/events?interval=1m HTTP/1.1\r\nHost: localhost\r\n\r\n");
        first.read_exact(&mut [0; 250]).expect("nobody stops the first one");
        let mut second = connect(server);
        ask(&mut second, b"GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
        wait_for_the_end(second);
    });
    assert_eq!(stop(&seen[2]).1, "#2 begins a head: 200, and a body of 13 octets");
    assert_eq!(seen[3], ["#1 Paused, Responding", "#2 Paused, Responding"]);
    assert_eq!(stop(&seen[4]).1, "#2 begins data: 13 octets, Hello, wire!␊");
    assert_eq!(seen[5], ["13 octets: Hello, wire!␊"]);
    let progress = shown(&seen[6], "progress");
    assert!(
        progress.starts_with("Waiting: A pause, which is a step. (") && progress.ends_with(" s left)"),
        "{progress}"
    );
}

#[test]
fn every_kind_of_step_has_its_words() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let lesson = "head 200 OK\nsend-buffer 4096\ndata \"x\"\nwait 1ms\nhold\nrst\n";
    fs::write(folder.path().join("all.lesson"), lesson).expect("there is room for a file");
    let mut commands = vec!["break-steps".to_owned(), format!("run --trace off --lessons {}", folder.path().display())];
    commands.extend(vec!["continue".to_owned(); 9]);
    let (seen, ()) = gdb(&commands, |server| {
        let mut follower = connect(server);
        ask(&mut follower, b"GET /topics/news HTTP/1.1\r\nHost: localhost\r\n\r\n");
        read_until(&mut follower, "\r\n\r\n");
        let post = |path: &str| {
            let mut client = connect(server);
            ask(
                &mut client,
                format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n!").as_bytes(),
            );
            read_until(&mut client, "\r\n\r\n");
            client
        };
        let _publisher = post("/topics/news");
        read_until(&mut follower, "data:!\n\n\r\n");
        let mut reader = connect(server);
        ask(&mut reader, b"GET /lessons/all HTTP/1.1\r\nHost: localhost\r\n\r\n");
        read_until(&mut reader, "x");
        // What it releases begins before it has its response.
        let mut teacher = connect(server);
        ask(&mut teacher, b"POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        wait_for_the_end(reader);
        wait_for_the_end(teacher);
    });
    let sentences: Vec<String> = seen[1..].iter().map(|lines| stop(lines).1).collect();
    let expected = [
        "#1 begins a head: 200, and a body in chunks",
        "#2 begins a head: 202, and a body of 14 octets",
        "#2 begins data: 14 octets",
        "#1 begins a delivery: 1 frame of its topic, from number 1 on",
        "#3 begins a head of a lesson: HTTP/1.1 200 OK␍␊",
        "#3 begins a send buffer of 4096 octets",
        "#3 begins data: 1 octet, x",
        "#3 begins a pause of 0.001 s",
        "#3 begins a hold: nothing until it is released",
        "#3 begins RST: the connection is going to be torn down",
    ];
    assert_eq!(sentences.len(), expected.len());
    // The id of an event begins with the moment in which the server was started.
    for (sentence, expected) in sentences.iter().zip(expected) {
        assert!(sentence.starts_with(expected), "{sentence:?} does not begin with {expected:?}");
    }
    let source = read("src/wire/step.rs");
    let (_, variants) = source.split_once("pub enum Step {\n").expect("the steps");
    let variants = variants.lines().take_while(|line| *line != "}").map(str::trim_start);
    for variant in variants.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase())) {
        let name = variant.split(['(', ',']).next().unwrap_or_default();
        assert!(read(GDB_KIT).contains(&format!("    \"{name}\": ")), "{name} has no words");
    }
}

#[test]
fn a_body_that_is_arriving_has_a_state_and_a_deadline() {
    let commands = ["break-reads", "run --trace off", "continue", "connection"];
    let (seen, ()) = gdb(&commands, |server| {
        let mut client = connect(server);
        let fields = "Host: localhost\r\nExpect: 100-continue\r\nContent-Length: 9";
        ask(&mut client, format!("POST /echo HTTP/1.1\r\n{fields}\r\n\r\n").as_bytes());
        read_until(&mut client, "100 Continue\r\n\r\n");
        ask(&mut client, b"half");
        wait_for_the_end(client);
    });
    assert_eq!(stop(&seen[2]).1, "#1 <- 4 octets: half");
    assert_eq!(seen[3][0], "#1 Body, Idle: a request body is arriving");
    assert_eq!(forget(shown(&seen[3], "receiving")), "Body: A body is arriving. (N s left)");
}

#[test]
fn what_cannot_be_shown_is_said_in_one_sentence() {
    let commands = [
        "connection",
        "connections",
        "break-steps two",
        "break-reads",
        "run --trace off",
        "connection 7",
        "octets self",
        "octets nothing",
        "octets octets",
    ];
    let (seen, ()) = gdb(&commands, |server| {
        let mut client = connect(server);
        ask(&mut client, b"\x16\x03\x01\xff\0 \xec\x95\x88 \xe2\x90\x8a\r\n");
        wait_for_the_end(client);
    });
    assert_eq!(seen[0], ["the server is not running: say run first"]);
    assert_eq!(seen[1], ["the server is not running: say run first"]);
    assert_eq!(seen[2], ["'two' is no number of a connection: say 2 for #2 of the trace"]);
    assert_eq!(seen[5], ["connection #7 is not open"]);
    assert_eq!(seen[6], ["self holds no octets: Connection is more than octets"]);
    assert_eq!(seen[7], ["nothing holds no octets: No symbol 'nothing' in current context"]);
    // As the terminal shows them: the picture of a line end that a client has drawn is not one.
    assert_eq!(seen[8], ["15 octets: \\x16\\x03\\x01\\xff\\x00 안 \\u{240a}␍␊"]);
}

// ---- the places ---------------------------------------------------------------------------------------------------

#[test]
fn every_function_that_a_page_names_is_a_real_stopping_place() {
    let mut functions: BTreeSet<String> = all_pages().iter().flat_map(Page::code_paths).collect();
    functions.extend(places().into_keys());
    functions.retain(|path| !is_type_or_module(path));
    assert!(functions.len() > 40, "{functions:#?}");
    let both = |function: &String| [format!("info address {function}"), format!("break {function}")];
    let commands: Vec<String> = functions.iter().flat_map(both).collect();
    let arguments = ["-iex", "set breakpoint pending off", env!("CARGO_BIN_EXE_wirestep")];
    let words = gdb_command("gdb", &arguments, &commands);
    let finished = run(Command::new(&words[0]).args(&words[1..]), CLIENT_TIME);
    let text = finished.text();
    let count = |holds: fn(&&str) -> bool| text.lines().filter(holds).count();
    // One that has been inlined has no address of its own, though one can stop somewhere in its caller. One that has
    // closures is a module as well, which some versions of gdb find first.
    let is_found = |line: &&str| line.contains("is a function at address") || line.ends_with("is a typedef.");
    assert_eq!(count(is_found), functions.len(), "{finished}");
    assert_eq!(
        count(|line| line.starts_with("Breakpoint ") && line.contains(": file src/")),
        functions.len(),
        "{finished}"
    );
}

#[test]
fn gdb_and_lldb_have_the_same_commands_for_the_same_places() {
    let mut lldb: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in read(LLDB_KIT).lines().filter_map(|line| line.strip_prefix("command alias ")) {
        let (command, names) = line.split_once(" breakpoint set --name ").expect("it sets breakpoints");
        for name in names.split(" --name ") {
            lldb.entry(name.to_owned()).or_default().insert(command.to_owned());
        }
    }
    assert_eq!(places(), lldb);
}

#[test]
fn the_table_of_stations_says_which_command_stops_where() {
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in Page::read(PAGE).prose().into_iter().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, function, commands] = cells[..] else { continue };
        if function.starts_with("`wirestep::") {
            let commands = commands.split('`').filter(|word| word.starts_with("break-")).map(str::to_owned);
            table.insert(function.trim_matches('`').to_owned(), commands.collect());
        }
    }
    // A function that no command stops at has its place in the table all the same.
    table.retain(|_, commands| !commands.is_empty());
    assert_eq!(table, places());
}

#[test]
fn the_functions_that_the_release_build_keeps_are_marked_in_the_source() {
    let page = read(PAGE);
    let mut paragraphs = page.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    let paragraph = paragraphs.find(|paragraph| paragraph.contains("These stay functions of their own:"));
    let paragraph = paragraph.expect("the page says which");
    let kept: Vec<&str> = paragraph.split('`').filter(|word| word.starts_with("wirestep::")).collect();
    assert!(kept.len() > 8, "{kept:#?}");
    for path in kept {
        let words: Vec<&str> = path.split("::").collect();
        let source = read(&format!("src/{}/{}.rs", words[1], words[2]));
        let lines: Vec<&str> = source.lines().map(without_visibility).collect();
        let beginning = format!("fn {}(", words[words.len() - 1]);
        let is_marked = lines.windows(2).any(|two| two[0] == "#[inline(never)]" && two[1].starts_with(&beginning));
        assert!(is_marked, "{path} may be inlined");
    }
}

fn without_visibility(line: &str) -> &str {
    ["pub ", "pub(super) "].iter().fold(line.trim_start(), |line, word| line.trim_start_matches(word))
}

/// Each place of the kit, and the commands that stop there, as the help of gdb tells it.
fn places() -> BTreeMap<String, BTreeSet<String>> {
    let help = |commands: &[String]| {
        let words = gdb_command("gdb", &["-x", GDB_KIT], commands);
        run(Command::new(&words[0]).args(&words[1..]).env("LC_ALL", "C.UTF-8"), CLIENT_TIME).success().text()
    };
    let list = help(&["help user-defined".to_owned()]);
    let commands = list.lines().filter_map(|line| line.split_once(" -- ")).map(|(command, _)| command);
    let commands = commands.filter(|command| command.starts_with("break-")).map(|command| format!("help {command}"));
    let text = help(&commands.collect::<Vec<_>>());
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut command = "";
    for line in text.lines() {
        command = line.strip_prefix("+help ").unwrap_or(command);
        if line.starts_with("wirestep::") {
            places.entry(line.to_owned()).or_default().insert(command.to_owned());
        }
    }
    assert!(places.len() > 10, "{text}");
    places
}

fn is_type_or_module(path: &str) -> bool {
    let name = path.rsplit("::").next().unwrap_or_default();
    let file = root().join("src").join(path.replace("::", "/").replacen("wirestep/", "", 1)).with_extension("rs");
    name.starts_with(char::is_uppercase) || file.exists()
}

// ---- the page -------------------------------------------------------------------------------------------------------

#[test]
fn the_sessions_of_the_page_go_as_it_says() {
    let rewrite = std::env::var_os("WIRESTEP_REWRITE").is_some();
    let mut page = Page::read(PAGE);
    let sessions = sessions(&page);
    let played: Vec<Vec<Played>> = std::thread::scope(|scope| {
        let playing: Vec<_> = sessions.iter().map(|session| scope.spawn(move || play(session, rewrite))).collect();
        playing.into_iter().map(|session| session.join().expect("the session comes to its end")).collect()
    });
    let mut problems = Vec::new();
    // From behind: what is rewritten moves what stands below it.
    for Played { block, now } in played.into_iter().flatten().rev() {
        match now {
            Ok(lines) if lines == block.lines => {}
            Ok(lines) => page.replace(&block, lines),
            Err(problem) => problems.push(format!("{PAGE}:{}: {problem}", block.at)),
        }
    }
    if rewrite {
        page.save();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A block of the page, and what should stand there now.
struct Played {
    block: Block,
    now: Result<Vec<String>, String>,
}

/// The blocks of each session.
fn sessions(page: &Page) -> Vec<Vec<Block>> {
    let mut sessions: Vec<Vec<Block>> = Vec::new();
    for block in page.blocks() {
        match block.info.as_str() {
            "console gdb" | "console lldb" => sessions.push(vec![block]),
            "text gdb" | "text lldb" | "console client" => {
                sessions.last_mut().expect("a debugger has been started").push(block);
            }
            _ => {}
        }
    }
    assert!(sessions.len() >= 3, "gdb, lldb, and time");
    sessions
}

/// Types what stands in a session.
fn play(session: &[Block], rewrite: bool) -> Vec<Played> {
    let entries: Vec<Vec<Entry>> = session.iter().map(entries).collect();
    let typed = |info: &str| {
        let blocks = session.iter().zip(&entries).filter(move |(block, _)| block.info.starts_with(info));
        blocks.flat_map(|(_, entries)| entries).filter_map(|entry| entry.typed.clone()).collect::<Vec<String>>()
    };
    let [client] = &typed("console client")[..] else { panic!("one client for each session") };
    let commands = typed("text ");
    let client = |server: SocketAddr| shell(server, client);
    let (seen, printed) = match typed("console ")[0].as_str() {
        "rust-gdb -q -x scripts/gdb/wirestep.py target/debug/wirestep" => gdb(&commands, client),
        "scripts/gdb/lldb target/debug/wirestep" => lldb(&commands, client),
        other => panic!("{other} is no way to start a session"),
    };
    // The server listens, the client comes, and then the debugger goes on.
    let mut seen = seen.into_iter().flat_map(|lines| match lines.iter().position(|line| is_listening(line)) {
        Some(at) => vec![lines[..=at].to_vec(), lines[at + 1..].to_vec()],
        None => vec![lines],
    });
    let mut happened = |block: &Block| match block.info.as_str() {
        "console client" => Some(printed.clone()),
        "text gdb" | "text lldb" => seen.next(),
        _ => None,
    };
    let mut played = |(block, entries): (&Block, &Vec<Entry>)| Played {
        block: block.clone(),
        now: agreed(block, entries, &mut happened, rewrite),
    };
    session.iter().zip(&entries).map(&mut played).collect()
}

/// What the block should say, if it does not say it or may be rewritten.
fn agreed(
    block: &Block,
    entries: &[Entry],
    happened: &mut impl FnMut(&Block) -> Option<Vec<String>>,
    rewrite: bool,
) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for entry in entries {
        lines.extend(entry.line.clone());
        let happened = happened(block).map_or(entry.told.clone(), |lines| settled(&lines, &entry.told));
        let forgotten = |lines: &[String]| lines.iter().map(|line| forget(line)).collect::<Vec<_>>();
        let told = forgotten(&entry.told);
        match transcript::agreed(&told, &forgotten(&happened), false) {
            Ok(_) => lines.extend(entry.told.clone()),
            Err(problem) if !rewrite => return Err(problem),
            Err(problem) => lines.extend(rewritten(&entry.told, happened).ok_or(problem)?),
        }
    }
    Ok(lines)
}

/// What happened, as far as it is told: where `...` stands, only the numbers of source lines can be rewritten.
fn rewritten(told: &[String], happened: Vec<String>) -> Option<Vec<String>> {
    // What differs from run to run alone stays as it is told.
    let as_told = |line: &String| told.iter().find(|told| forget(told) == forget(line)).unwrap_or(line).clone();
    let happened: Vec<String> = happened.iter().map(as_told).collect();
    let segments = transcript::segments(told);
    if segments.len() == 1 {
        return Some(happened);
    }
    let same = |one: &[String], other: &[String]| {
        one.iter().zip(other).all(|(one, other)| forget_positions(one) == forget_positions(other))
    };
    let (mut lines, mut at) = (Vec::new(), 0);
    for (number, segment) in segments.into_iter().enumerate() {
        if number > 0 {
            lines.push("...".to_owned());
        }
        if !segment.is_empty() {
            let found = happened[at..].windows(segment.len()).position(|window| same(segment, window))?;
            lines.extend_from_slice(&happened[at + found..][..segment.len()]);
            at += found + segment.len();
        }
    }
    Some(lines)
}

/// As it is to stand in the page. On a slow machine the server notices stops of which the page says nothing.
fn settled(happened: &[String], told: &[String]) -> Vec<String> {
    let is_told = told.iter().any(|line| line.contains(STOPPED));
    happened.iter().filter(|line| is_told || !line.contains(STOPPED)).map(|line| settle(line)).collect()
}

/// A line of a block that is typed, and what is seen then.
#[derive(Debug, Default)]
struct Entry {
    line: Option<String>,
    typed: Option<String>,
    told: Vec<String>,
}

fn entries(block: &Block) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    if block.lines.is_empty() {
        entries.push(Entry::default());
    }
    for line in &block.lines {
        let typed = ["(gdb) ", "(lldb) ", "$ "].iter().find_map(|prompt| line.strip_prefix(prompt));
        match typed {
            Some(typed) => {
                entries.push(Entry { line: Some(line.clone()), typed: Some(typed.to_owned()), told: Vec::new() })
            }
            None if entries.is_empty() => entries.push(Entry { told: vec![line.clone()], ..Entry::default() }),
            None => entries.last_mut().expect("it is not empty").told.push(line.clone()),
        }
    }
    entries
}

// ---- VS Code --------------------------------------------------------------------------------------------------------

#[test]
fn what_the_launch_file_says_to_gdb_makes_it_stop() {
    let launch = configuration("cppdbg");
    assert_eq!(launch["MIMode"], "gdb");
    // One of them is for a program that speaks MI.
    let typed = |text: String| {
        if text.starts_with('-') { format!("interpreter-exec mi \"{text}\"") } else { text }
    };
    let mut commands: Vec<String> = texts(&launch["setupCommands"], "text").into_iter().map(typed).collect();
    assert_eq!(commands[0], "interpreter-exec mi \"-enable-pretty-printing\"", "values are shown as text");
    // In this order the extension says it: what stands in the file comes before the program.
    commands.extend([
        format!("file {}", program(&launch)),
        run_line(&launch),
        "continue".to_owned(),
        "connection".to_owned(),
    ]);
    let words = gdb_command("gdb", &[], &commands);
    let (seen, ()) = debug(words, "+", &commands, knock);
    assert_eq!(stop(&seen[commands.len() - 3]).1, "#1 is accepted");
    assert_eq!(stop(&seen[commands.len() - 2]).1, "#1 <- N octets: GET /plain HTTP/1.1␍␊Host: localhost␍␊␍␊");
    assert!(seen[commands.len() - 1][0].starts_with("#1 Head, Idle: "), "{seen:#?}");
}

#[test]
fn what_the_launch_file_says_to_lldb_makes_it_stop() {
    let launch = configuration("lldb");
    let mut commands = texts(&launch["initCommands"], "");
    commands.push(format!("target create {}", program(&launch)));
    commands.extend(texts(&launch["preRunCommands"], ""));
    commands.extend([run_line(&launch), "continue".to_owned(), "octets".to_owned()]);
    let (seen, ()) = debug(lldb_command("scripts/gdb/lldb", &[], &commands), "(lldb) ", &commands, knock);
    let octets = seen[commands.len() - 1].first().expect("octets are shown");
    assert!(octets.ends_with(": GET /plain HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"), "{octets}");
}

// Another program says to LLVM's adapter what VS Code would say.
#[test]
fn lldb_dap_stops_where_the_launch_file_says_and_shows_variables() {
    let launch = configuration("lldb-dap");
    let mut adapter = Adapter::of_lldb();
    adapter.request("initialize", json!({"adapterID": "lldb-dap", "linesStartAt1": true, "pathFormat": "path"}));
    let mut arguments = launch.clone();
    arguments["program"] = program(&launch).into();
    let words = texts(&launch["args"], "").into_iter().chain(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
    arguments["args"] = words.collect::<Vec<_>>().into();
    let launched = adapter.send("launch", arguments);
    adapter.event("initialized");
    let chunks = json!({"breakpoints": [{"name": "wirestep::wire::chunked::encode_last_chunk"}]});
    let set = adapter.request("setFunctionBreakpoints", chunks);
    assert_eq!(set["breakpoints"][0]["verified"], true, "{set}");
    adapter.request("configurationDone", json!({}));
    adapter.response(launched);
    let mut said = String::new();
    let address = loop {
        said += adapter.event("output")["output"].as_str().expect("a text");
        if let Some(address) = listening_on(&said.replace('\r', "")) {
            break address;
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(move || watch(address));
        // Each station of the tour, in its order, and the breakpoint of the editor's own among them.
        let mut stations = Vec::new();
        while stations.last().is_none_or(|name| name != "encode_last_chunk") {
            let thread = adapter.event("stopped")["threadId"].clone();
            let frames = adapter.request("stackTrace", json!({"threadId": thread, "levels": 1}));
            let frame = &frames["stackFrames"][0];
            let name = frame["name"].as_str().expect("a name");
            let name = name.split("::").take_while(|word| !is_hash(word)).last().expect("a function").to_owned();
            let name = name.split('(').next().expect("a name").to_owned();
            if name == "send" {
                let file = frame["source"]["path"].as_str().expect("a file");
                assert!(file.ends_with("src/net/socket.rs"), "{file}");
                let scopes = adapter.request("scopes", json!({"frameId": frame["id"]}));
                let locals = &scopes["scopes"][0];
                assert_eq!(locals["name"], "Locals", "{scopes}");
                let shown = adapter.request("variables", json!({"variablesReference": locals["variablesReference"]}));
                let names: Vec<&str> = shown["variables"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .filter_map(|it| it["name"].as_str())
                    .collect();
                assert!(names.contains(&"octets") && names.contains(&"socket"), "{names:?}");
                let typed = json!({"expression": "`octets", "context": "repl", "frameId": frame["id"]});
                let octets = adapter.request("evaluate", typed)["result"].to_string();
                assert!(octets.contains("HTTP/1.1 200 OK") || octets.contains("event:message"), "{octets}");
            }
            stations.push(name);
            adapter.request("continue", json!({"threadId": thread}));
        }
        let expected = "add receive read respond begin_step send begin_step send begin_step encode_last_chunk";
        assert_eq!(stations.join(" "), expected);
        adapter.request("disconnect", json!({"terminateDebuggee": true}));
    });
}

/// rustc ends the name of a symbol with `h` and sixteen digits.
fn is_hash(word: &str) -> bool {
    word.len() == 17 && word.starts_with('h') && word[1..].bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[test]
fn the_launch_file_runs_the_server_with_its_trace_and_the_tasks_ask_it() {
    let launch: Value = serde_json::from_str(&without_comments(".vscode/launch.json")).expect("JSON with comments");
    let tasks: Value = serde_json::from_str(&without_comments(".vscode/tasks.json")).expect("JSON with comments");
    let extensions: Value = serde_json::from_str(&without_comments(".vscode/extensions.json")).expect("JSON");
    let configurations = launch["configurations"].as_array().expect("a list");
    let page = read(PAGE);
    for one in configurations {
        assert!(page.contains(one["name"].as_str().expect("a name")), "the page names {}", one["name"]);
    }
    let runs = configurations.iter().find(|one| one["type"] == "node-terminal").expect("one needs no extension");
    assert_eq!(runs["command"], "cargo run");
    // Where the launch file looks for the binary, whatever this machine's own folder for builds is.
    let target = root().join("target").display().to_string();
    assert_eq!(runs["env"]["CARGO_TARGET_DIR"], target);
    let task = |label: &str| {
        let found = tasks["tasks"].as_array().expect("a list").iter().find(|task| task["label"] == label);
        found.unwrap_or_else(|| panic!("{label} is no task")).clone()
    };
    assert_eq!(task("cargo build")["options"]["env"]["CARGO_TARGET_DIR"], target);
    let server = Server::start(&["--trace", "off"]);
    let line = task("curl: three events")["command"].as_str().expect("a command").to_owned();
    let events = shell(server.addr, &line);
    assert_eq!(events.iter().filter(|line| line.starts_with("id:")).count(), 3, "{events:?}");
    for extension in texts(&extensions["recommendations"], "") {
        assert!(extension == "rust-lang.rust-analyzer" || page.contains(&extension), "the page names {extension}");
    }
}

/// Asks for a stream of events.
fn watch(server: SocketAddr) {
    let mut client = connect(server);
    ask(&mut client, b"GET /api/sse/events?count=1&interval=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_for_the_end(client);
}

fn knock(server: SocketAddr) {
    let mut client = connect(server);
    ask(&mut client, b"GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_for_the_end(client);
}

/// A configuration of the launch file, with the names in it filled in. What it needs is there.
fn configuration(kind: &str) -> Value {
    let launch: Value = serde_json::from_str(&without_comments(".vscode/launch.json")).expect("JSON with comments");
    let tasks: Value = serde_json::from_str(&without_comments(".vscode/tasks.json")).expect("JSON with comments");
    let configurations = launch["configurations"].as_array().expect("a list");
    let found = configurations.iter().find(|one| one["type"] == kind).expect("one for each debugger").clone();
    let task = tasks["tasks"].as_array().expect("a list").iter().find(|task| task["label"] == found["preLaunchTask"]);
    assert_eq!(task.expect("it is in tasks.json")["command"], "cargo build");
    assert!(read(PAGE).contains(found["name"].as_str().expect("a name")), "the page names it");
    assert_eq!((&found["request"], &found["cwd"]), (&"launch".into(), &root().display().to_string().into()));
    found
}

fn without_comments(name: &str) -> String {
    let text = read(name).replace("${workspaceFolder}", &root().display().to_string());
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn texts(list: &Value, member: &str) -> Vec<String> {
    let text = |value: &Value| value.get(member).unwrap_or(value).as_str().expect("a text").to_owned();
    list.as_array().expect("a list").iter().map(text).collect()
}

/// What `cargo build` makes is what the tests run.
fn program(launch: &Value) -> &'static str {
    assert_eq!(launch["program"], root().join("target/debug/wirestep").display().to_string());
    env!("CARGO_BIN_EXE_wirestep")
}

fn run_line(launch: &Value) -> String {
    format!("run {}", texts(&launch["args"], "").join(" "))
}

// ---- time -----------------------------------------------------------------------------------------------------------

#[test]
fn whoever_thinks_at_a_breakpoint_finds_no_request_timed_out() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mark = folder.path().join("stopped");
    let think = format!("shell touch {} && sleep 3", mark.display());
    let commands = ["break-reads", "run --trace off --head-timeout 1s", "finish", "connection", &think, "connection"];
    let commands = [&commands[..], &["delete", "break-fin", "continue"]].concat();
    let (seen, response) = gdb(&commands, |server| {
        let mut client = connect(server);
        ask(&mut client, b"GET /plain HTTP/1.1\r\n");
        common::wait_until("a debugger that has stopped", || mark.exists());
        ask(&mut client, b"Host: localhost\r\nConnection: close\r\n\r\n");
        response(client)
    });
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert_eq!(shown(&seen[3], "receiving"), "Head: Between requests, or a head is arriving. (1.0 s left)");
    assert_eq!(seen[3], seen[5], "no time passes at a breakpoint");
    let log = seen[8].iter().filter(|line| line.contains(STOPPED));
    assert_eq!(log.count(), 1, "{seen:#?}");
}

#[test]
fn a_request_does_not_time_out_while_the_process_is_stopped() {
    let server = Server::start(&["--head-timeout", "1s"]);
    let mut client = server.connect();
    ask(&mut client, b"GET /plain HTTP/1.1\r\n");
    server.wait_for_trace("half a head", |lines| lines.iter().any(|line| line.contains("request-line")));
    stop_for(&server, Duration::from_secs(3));
    server.wait_for_log("that it has noticed", |lines| lines.iter().any(|line| line.contains(STOPPED)));
    ask(&mut client, b"Host: localhost\r\nConnection: close\r\n\r\n");
    assert!(response(client).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_stop_that_is_shorter_than_the_sleep_of_the_loop_counts_too() {
    let server = Server::start(&["--keep-alive", "3s"]);
    let client = server.connect();
    server.wait_for_trace("a connection", |lines| lines.iter().any(|line| line.contains("opened")));
    stop_for(&server, Duration::from_secs(2));
    let goes_on = Instant::now();
    assert_eq!(response(client), "", "it is idle, and gets FIN");
    // All of the three seconds, and not the one that would be left.
    assert!(goes_on.elapsed() > Duration::from_secs(2), "{:?}", goes_on.elapsed());
}

#[test]
fn the_end_of_the_server_is_no_stop() {
    let mut server = Server::start(&["--keep-alive", "3s"]);
    let client = server.connect();
    server.wait_for_trace("a connection", |lines| lines.iter().any(|line| line.contains("opened")));
    // Longer than what is noticed, and shorter than the sleep.
    std::thread::sleep(Duration::from_millis(1500));
    server.signal("INT");
    assert_eq!(response(client), "", "it is idle, and gets FIN");
    assert!(server.wait().success());
    assert!(server.log_lines().iter().all(|line| !line.contains(STOPPED)), "{:#?}", server.log_lines());
}

/// What the server says when it has noticed.
const STOPPED: &str = "the process was stopped";

fn stop_for(server: &Server, time: Duration) {
    server.signal("STOP");
    std::thread::sleep(time);
    server.signal("CONT");
}

// ---- clients --------------------------------------------------------------------------------------------------------

fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("the server listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("the deadline is not zero");
    stream
}

fn ask(client: &mut TcpStream, octets: &[u8]) {
    client.write_all(octets).expect("the server reads");
}

/// Takes octet by octet, and no octet more.
fn read_until(client: &mut TcpStream, end: &str) {
    let mut octets = Vec::new();
    while !octets.ends_with(end.as_bytes()) {
        let mut octet = [0];
        client.read_exact(&mut octet).expect("the server sends it");
        octets.push(octet[0]);
    }
}

fn response(mut client: TcpStream) -> String {
    let mut response = String::new();
    client.read_to_string(&mut response).expect("the server ends it");
    response
}

/// The debugger ends it in its own way, perhaps by RST.
fn wait_for_the_end(mut client: TcpStream) {
    let _ = client.read_to_end(&mut Vec::new());
}

fn curl(server: SocketAddr, path: &str) -> String {
    run(Command::new("curl").arg("-sN").arg(format!("http://{server}{path}")), CLIENT_TIME).success().text()
}

/// What a shell prints, when the page's port is that of the server.
fn shell(server: SocketAddr, line: &str) -> Vec<String> {
    let line = line.replace(&format!("127.0.0.1:{PORT}"), &server.to_string());
    let text = run(Command::new("sh").args(["-c", &line]), CLIENT_TIME).success().text();
    text.replace('\r', "").lines().map(str::to_owned).collect()
}

// ---- what is seen ---------------------------------------------------------------------------------------------------

/// The function in which gdb has stopped, and what the kit says there.
fn stop(lines: &[String]) -> (String, String) {
    let at = lines.iter().position(|line| line.starts_with("Breakpoint ")).unwrap_or_else(|| panic!("{lines:#?}"));
    let function = lines[at].split([' ', ',']).find(|word| word.starts_with("wirestep::")).expect("a function of ours");
    (function.to_owned(), forget(&settle(lines.last().expect("a sentence"))))
}

/// A row of what `connection` shows.
#[track_caller]
fn shown<'a>(lines: &'a [String], name: &str) -> &'a str {
    let row = lines.iter().find_map(|line| line.trim_start().strip_prefix(name));
    row.unwrap_or_else(|| panic!("there is no {name} in {lines:#?}")).trim_start()
}

/// As if the port were that of the page, and curl too.
fn settle(line: &str) -> String {
    let line = forget_after(line, "127.0.0.1:", digits).replace("127.0.0.1:", &format!("127.0.0.1:{PORT}"));
    let curl = CURL.split_once('/').expect("a version").1;
    let version = |rest: &str| rest.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(rest.len());
    forget_after(&line, "curl/", version).replace("curl/", &format!("curl/{curl}"))
}

/// The line without what differs from run to run, and from machine to machine.
fn forget(line: &str) -> String {
    let hexadecimal = |rest: &str| rest.chars().take_while(char::is_ascii_hexdigit).count();
    let address = |rest: &str| if hexadecimal(rest) > 5 { hexadecimal(rest) } else { 0 };
    let line = forget_after(line, "0x", address);
    let line = forget_after(&line, "::h", |rest| if hexadecimal(rest) == 16 { 16 } else { 0 });
    let line = forget_after(&line, " + ", digits);
    let line = forget_after(&line, "Process ", digits);
    let line = forget_after(&line, "Date: ", |rest| rest.find("GMT").unwrap_or(rest.len()));
    let line = forget_before(&line, " s left)");
    let line = if line.contains(STOPPED) { forget_before(&line, " s at most") } else { line };
    // The length of a request depends on that of the port, and on that of curl's version.
    if line.contains("GET ") { forget_before(&line, " octets") } else { line }
}

/// The line without the numbers of source lines either: they change with each commit.
fn forget_positions(line: &str) -> String {
    let line = forget_after(&forget(line), ", line ", digits);
    let line = forget_after(&line, ".rs:", |rest| {
        rest.find(|next: char| !next.is_ascii_digit() && next != ':').unwrap_or(rest.len())
    });
    let line = line.trim_start_matches("-> ");
    let source = digits(line);
    if line[source..].trim_start_matches(' ').starts_with('\t') {
        line[source..].trim_start().to_owned()
    } else {
        line.to_owned()
    }
}

/// The number before `behind` becomes N.
fn forget_before(line: &str, behind: &str) -> String {
    let Some((before, after)) = line.split_once(behind) else { return line.to_owned() };
    let before = before.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
    format!("{before}N{behind}{after}")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
