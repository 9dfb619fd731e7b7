//! The lessons as a server has them: the list, the folder of the teacher, the addresses.

use std::fs;
use std::io::Write;
use std::process::Command;

use wirestep::lesson::library::{BUILT_IN, Library};

use super::common::Server;
use super::{answer, exchange};

#[test]
fn an_edited_lesson_is_used_at_the_next_request_and_a_broken_one_says_why() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("mine.lesson");
    fs::write(&file, "head 200 OK\n  Content-Length: 4\ndata \"one\\n\"\n").expect("it can be written");
    let server = Server::start(&["--trace", "off", "--lessons", folder.path().to_str().expect("UTF-8")]);
    assert_eq!(answer(&server, "GET /lessons/mine"), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\none\n");
    fs::write(&file, "head 200 OK\n  Content-Length: 6\ndata \"second\"\n").expect("it can be written");
    assert_eq!(answer(&server, "GET /lessons/mine"), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
    fs::write(&file, "haed 200 OK\n").expect("it can be written");
    let broken = answer(&server, "GET /lessons/mine");
    assert!(broken.starts_with("HTTP/1.1 500 "), "{broken}");
    assert!(broken.contains("mine.lesson:1:1") && broken.contains("did you mean head?"), "{broken}");
    assert!(answer(&server, "GET /lessons/length").starts_with("HTTP/1.1 200 OK\r\n"));
    fs::remove_file(&file).expect("it can be removed");
    assert!(answer(&server, "GET /lessons/mine").starts_with("HTTP/1.1 404 "));
}

#[test]
fn an_edit_is_seen_even_if_the_file_has_the_same_length_and_time() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("mine.lesson");
    let library = Library::new(Some(folder.path().to_owned()));
    let time = std::time::SystemTime::UNIX_EPOCH;
    for word in ["one", "two", "bad\"", "six"] {
        let mut file = fs::File::create(&path).expect("it can be made");
        write!(file, "data \"{word}\"  ").expect("it can be written");
        file.set_modified(time).expect("the file is ours");
        match library.find("mine").expect("it is there") {
            Ok(lesson) => assert!(lesson.text().contains(word), "{word}"),
            Err(problems) => {
                assert!(word == "bad\"" && problems.contains("the text has no closing quotation mark"), "{problems}")
            }
        }
    }
}

#[test]
fn what_is_no_script_is_told_of_and_hurts_nobody() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| folder.path().join(format!("{name}.lesson"));
    let script = "head 204 No Content\n";
    fs::create_dir(path("folder")).expect("it can be made");
    assert!(Command::new("mkfifo").arg(path("pipe")).status().expect("there is a mkfifo(1)").success());
    fs::write(path("latin"), b"# one\nhead 200 \xe9\n").expect("it can be written");
    // The last character that is read is cut, which is no fault of its author.
    fs::write(path("huge"), "#".to_owned() + &"가".repeat(70_000)).expect("it can be written");
    fs::write(path("good"), script).expect("it can be written");
    fs::write(path("with space"), script).expect("it can be written");
    fs::write(path("chunk"), "title: Mine\n".to_owned() + script).expect("it can be written");
    for (target, name) in [("good.lesson", "link"), ("/dev/zero", "device"), ("nowhere", "dangling")] {
        std::os::unix::fs::symlink(target, path(name)).expect("it can be made");
    }
    let server = Server::start(&["--trace", "off", "--lessons", folder.path().to_str().expect("UTF-8")]);
    for (name, status, said) in [
        ("folder", "500", "\n\nfolder.lesson cannot be read: it is not a regular file\n"),
        ("pipe", "500", "\n\npipe.lesson cannot be read: it is not a regular file\n"),
        ("device", "500", "\n\ndevice.lesson cannot be read: it is a symbolic link\n"),
        ("latin", "500", "latin.lesson cannot be read: line 2 is not UTF-8"),
        ("huge", "500", "the script is too long"),
        ("dangling", "500", "\n\ndangling.lesson cannot be read: it is a symbolic link\n"),
        ("link", "500", "\n\nlink.lesson cannot be read: it is a symbolic link\n"),
        ("nowhere", "404", "there is no lesson"),
        ("good", "204", ""),
        // The teacher's, by its name; by its number and its whole name it is still the one that is built in.
        ("chunk", "204", ""),
        ("05-chunk", "200", "world"),
        ("5", "200", "world"),
    ] {
        let answer = answer(&server, &format!("GET /lessons/{name}"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(said), "{name}: {answer}");
    }
    let list = answer(&server, "GET /lessons");
    for line in [
        "chunk           Mine\n                replaces the built-in lesson 05-chunk\n",
        "good\n",
        "latin           cannot be played; GET /lessons/latin says why\n",
        "with space      is not served: its name needs 1 to 64 letters, digits, - or _ of ASCII\n",
    ] {
        assert!(list.contains(&format!("\n{line}")), "{line}\n{list}");
    }
    assert!(!list.contains("05 chunk"), "{list}");
    let said =
        ["warn: chunk.lesson replaces the built-in lesson 05-chunk", "warn: with space.lesson is not served: its name"];
    server.wait_for_log("the files that need attention", |lines| {
        said.iter().all(|said| lines.iter().any(|line| line.contains(said)))
    });
}

#[test]
fn a_script_that_becomes_a_pipe_while_it_is_served_stops_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("mine.lesson");
    fs::write(&path, "head 204 No Content\n").expect("it can be written");
    let server = Server::start(&["--trace", "off", "--lessons", folder.path().to_str().expect("UTF-8")]);
    assert!(answer(&server, "GET /lessons/mine").starts_with("HTTP/1.1 204 "));
    fs::remove_file(&path).expect("it can be removed");
    assert!(Command::new("mkfifo").arg(&path).status().expect("there is a mkfifo(1)").success());
    let refused = answer(&server, "GET /lessons/mine");
    assert!(refused.contains("\n\nmine.lesson cannot be read: it is not a regular file\n"), "{refused}");
    assert!(answer(&server, "GET /lessons/05-chunk?pause=0s").ends_with("0\r\n\r\n"));
}

#[test]
fn nothing_in_a_script_or_its_name_acts_on_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let script = "title: \x1b[31mred\u{202e}\ntry: curl \u{9b}2J HOST\nhead 204 No Content\n";
    fs::write(folder.path().join("mine.lesson"), script).expect("it can be written");
    fs::write(folder.path().join("\x1b[2J.lesson"), "haed\n").expect("it can be written");
    let path = folder.path().to_str().expect("UTF-8");
    let server = Server::start(&["--trace", "off", "--lessons", path]);
    let wirestep = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_wirestep")).args(arguments).output().expect("it can be started");
        [output.stdout, output.stderr].map(|said| String::from_utf8(said).expect("it is UTF-8")).concat()
    };
    let shown = [
        answer(&server, "GET /lessons"),
        answer(&server, "GET /lessons | Accept: application/json"),
        wirestep(&["lessons", "--lessons", path]),
        wirestep(&["check", &format!("{path}/\x1b[2J.lesson")]),
        wirestep(&["check", &format!("{path}/\x1b[3J.lesson")]),
        server.wait_for_log("the file", |lines| lines.iter().any(|line| line.contains("is not served"))).join("\n"),
    ];
    for shown in shown {
        let body = shown.split("\r\n\r\n").last().expect("there is a last part");
        assert!(body.contains('\u{fffd}'), "{body:?}");
        assert!(!body.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{body:?}");
    }
}

#[test]
fn the_commands_of_the_list_name_the_server_that_was_asked() {
    let server = Server::start(&["--trace", "off"]);
    let addr = server.addr.to_string();
    let ask = |target: &str, host: &str, accept: &str| {
        let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
        exchange(&server, head.as_bytes())
    };
    let text = ask("/lessons/", &addr, "*/*");
    assert!(text.contains(&format!("\ncurl -iN http://{addr}/lessons/NAME plays one,")), "{text}");
    assert!(text.contains("05 chunk        Anatomy of a chunk"), "{text}");
    let json = ask("/lessons", &addr, "application/json");
    assert!(json.contains(&format!("\"curl -iN http://{addr}/lessons/chunk\"")) && !json.contains("HOST"), "{json}");
    // A host may have characters that a shell reads.
    let json = ask("/lessons", "x$(reboot)", "application/json");
    assert!(json.contains("\"curl -iN http://127.0.0.1:8080/lessons/chunk\"") && !json.contains("reboot"), "{json}");
}

#[test]
fn a_script_is_text_that_a_browser_does_not_run() {
    let server = Server::start(&["--trace", "off"]);
    let script = answer(&server, "GET /lessons/chunk.lesson");
    let head = script.split("\r\n\r\n").next().expect("a head");
    for field in [
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: sandbox; frame-ancestors 'none'",
    ] {
        assert!(head.lines().any(|line| line == field), "{field}\n{head}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_one_sentence_and_status_2() {
    for arguments in [&["--listen", "127.0.0.1:0"][..], &["lessons"][..]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        let output = command.args(arguments).args(["--lessons", "/nowhere"]).output().expect("it can be started");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains("'/nowhere'") && said.contains("No such file or directory"), "{said}");
    }
}

#[test]
fn no_name_of_a_lesson_leads_out_of_its_folder() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::create_dir(folder.path().join("inner")).expect("it can be made");
    fs::write(folder.path().join("secret.lesson"), "head 204 No Content\n").expect("it can be written");
    let library = Library::new(Some(folder.path().join("inner")));
    for name in ["../secret", "..%2fsecret", "/etc/passwd", "", ".", "inner/../../secret"] {
        assert!(library.find(name).is_none(), "{name}");
    }
}

#[test]
fn the_list_is_for_browsers_terminals_and_programs() {
    let server = Server::start(&["--trace", "off"]);
    assert!(answer(&server, "GET /lessons").contains("05 chunk        Anatomy of a chunk · 청크 해부\n"));
    let page = answer(&server, "GET /lessons | Accept: text/html,*/*;q=0.8");
    assert!(page.contains("<script type=\"module\" src=\"/page/main.js\">"));
    for plain in ["text/html;q=0, text/plain", "text/htmlx", "*/*"] {
        let page = answer(&server, &format!("GET /lessons | Accept: {plain}"));
        assert!(page.contains("Content-Type: text/plain"), "{plain}");
    }
    let json = answer(&server, "GET /lessons | Accept: Application/JSON; q=0.9");
    let body = json.split("\r\n\r\n").nth(1).expect("a body");
    let list: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(BUILT_IN.len()));
    assert_eq!(list[4]["title"]["ko"], "청크 해부");
}

#[test]
fn the_list_as_data_has_all_that_a_page_needs_to_present_a_lesson() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let script = "param n-th = 3\nparam word = \"hi\" (..20)\nhead 200 OK\n  Content-Type: text/event-stream\n\
                  event\n  event: price\n  data: 1\nchunk \"eve\" \"nt: {word}\\nevent:stock\\ndata\\n\\n\"\nfin\n";
    fs::write(folder.path().join("mine.lesson"), format!("why: first\n  # left out\n  second\n{script}"))
        .expect("written");
    let list = Library::new(Some(folder.path().to_owned())).list_as_json("host:1");
    let list: serde_json::Value = serde_json::from_str(&list).expect("it is JSON");
    let nothing = serde_json::json!({ "en": null, "ko": null });
    let mine = serde_json::json!({
        "name": "mine", "number": null, "part": null,
        "title": nothing, "question": nothing, "predict": nothing, "watch": nothing,
        "why": { "en": "first second", "ko": null },
        "replaces": null, "reads": null, "try": [], "client": "EventSource", "types": ["message", "price", "stock"],
        "parameters": [
            { "name": "n-th", "default": "3", "kind": "number", "least": 0, "most": 100, "is": "a number from 0 to 100" },
            { "name": "word", "default": "hi", "kind": "text", "least": 0, "most": 20,
              "is": "text of at most 20 octets without control characters" },
        ],
    });
    assert_eq!(list[0], mine);
    let chunk = &list[5];
    assert_eq!((&chunk["name"], &chunk["number"], &chunk["client"]), (&"chunk".into(), &5.into(), &"fetch".into()));
    assert_eq!(
        chunk["part"],
        serde_json::json!({ "number": 1, "en": "Where a message ends", "ko": "메시지는 어디서 끝나는가" })
    );
    assert!(chunk["why"]["ko"].as_str().is_some_and(|text| text.contains("(RFC 9112 7.1)")), "{chunk}");
    let pause = serde_json::json!([{
        "name": "pause", "default": "500ms", "kind": "time", "least": 0, "most": 10_000,
        "is": "a time from 0s to 10s, such as 500ms",
    }]);
    assert_eq!((&chunk["parameters"], &chunk["types"]), (&pause, &serde_json::json!([])));
    let ends = &list[17];
    assert_eq!(
        ends["parameters"][0]["words"],
        serde_json::json!(["last", "fin", "close", "rst", "length", "badsize", "apart"])
    );
    assert_eq!((&ends["part"]["number"], &ends["types"]), (&3.into(), &serde_json::json!(["message"])));
    let clients: Vec<&str> =
        list.as_array().expect("a list").iter().skip(1).filter_map(|it| it["client"].as_str()).collect();
    assert_eq!(clients.iter().filter(|client| **client == "raw").count(), 4);
    assert_eq!(clients.iter().filter(|client| **client == "EventSource").count(), 9);
}

#[test]
fn a_parameter_that_is_not_right_is_named_and_an_unknown_one_is_ignored() {
    let server = Server::start(&["--trace", "off"]);
    let unknown = answer(&server, "GET /lessons/chunk?pause=0s&utm_source=x");
    assert!(unknown.starts_with("HTTP/1.1 200 "), "{unknown}");
    let wrong = answer(&server, "GET /lessons/chunk?pause=1h");
    assert!(wrong.contains("must be a time from 0s to 10s, such as 500ms, not \"1h\""), "{wrong}");
    let none = answer(&server, "GET /lessons/nothing-like-this");
    assert!(none.starts_with("HTTP/1.1 404 "), "{none}");
}

#[test]
fn head_gets_the_head_of_a_take_that_is_not_for_it() {
    let server = Server::start(&["--trace", "off"]);
    let head = answer(&server, "HEAD /lessons/length");
    assert_eq!(head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
}

#[test]
fn two_readers_disagree_and_wirestep_refuses() {
    let server = Server::start(&["--trace", "off"]);
    let octets = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG";
    let request = format!(
        "POST /lessons/smuggling/readings HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{octets}",
        octets.len()
    );
    let drawing = exchange(&server, request.as_bytes());
    assert!(drawing.contains("    body          0␍␊␍␊G\n"), "{drawing}");
    assert!(
        drawing.contains("    last-chunk    0␍␊\n    end of body   ␍␊\n  request 2\n    request-line  G\n"),
        "{drawing}"
    );
    assert!(drawing.contains("  refuses it with 400: "), "{drawing}");
    for (fields, verdict) in [
        ("", "takes it: there is no body"),
        ("Content-Length: 3\r\n", "takes it: the body has 3 octets"),
        ("Transfer-Encoding: chunked\r\n", "takes it: the body comes in chunks"),
    ] {
        let octets = format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n0\r\n\r\n");
        let head =
            format!("POST /lessons/smuggling/readings HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", octets.len());
        let drawing = exchange(&server, format!("{head}Connection: close\r\n\r\n{octets}").as_bytes());
        assert!(drawing.ends_with(&format!("wirestep sees both\n  {verdict}\n")), "{drawing}");
    }
}
