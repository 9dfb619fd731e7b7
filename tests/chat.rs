//! The official SDKs of OpenAI against `POST /v1/chat/completions`: the whole text, and what they make of each fault.
//!
//! The table in `docs/chat.md` is compared with what they do; `WIRESTEP_REWRITE=1` writes it anew. The SDKs are pinned in
//! `tests/chat/` and installed by `scripts/test`; one that is missing is a failure, never a silent skip.

#[path = "common/mod.rs"]
mod common;
#[path = "common/follower.rs"]
mod follower;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Client, Server};
use follower::{Ending, Follower};
use serde_json::{Value, json};

const FAULTS: [(&str, &str); 8] = [
    ("", "nothing goes wrong"),
    ("no-done", "the last chunk follows the last token"),
    ("split-character", "a character lies in two chunks, its first octet in one, the rest in the next"),
    ("no-last-chunk", "FIN follows `[DONE]`"),
    ("error-event", "`data: {\"error\": ...}` in the middle, then the last chunk"),
    ("stall", "nothing more comes after the middle, and the connection stays"),
    ("two-in-one-chunk", "two events lie in each chunk"),
    ("no-final-blank-line", "`data: [DONE]` and one line end, then the last chunk"),
];

/// What an SDK has seen of one answer.
struct Seen {
    text: String,
    finish: Option<String>,
    /// The tokens of the answer, where they are told.
    tokens: Option<u64>,
    raised: Option<String>,
    aborted: bool,
}

#[test]
fn the_sdks_read_the_whole_text_in_both_languages_and_do_with_faults_what_the_table_says() {
    let server = Server::start(&["--trace", "off"]);
    let cases = cases();
    let start = |mut sdk: Command| Client::start(sdk.arg(server.url("/v1")).args(&cases));
    let (python, node) = (start(python()), start(node()));
    let (python, node) = (read_all(python, cases.len()), read_all(node, cases.len()));
    check_texts(&python, &cases);
    check_texts(&node, &cases);

    let (python_version, node_version) =
        (version_in("requirements.txt", "openai=="), version_in("package.json", "\"openai\": \""));
    let mut table = format!("| fault | on the wire | Python SDK {python_version} | Node SDK {node_version} |\n");
    table.push_str("| --- | --- | --- | --- |\n");
    for (((fault, wire), python_seen), node_seen) in FAULTS.iter().zip(&python[2..]).zip(&node[2..]) {
        let fault = if fault.is_empty() { "none".to_owned() } else { format!("`{fault}`") };
        let whole = &python[0].text;
        table.push_str(&format!(
            "| {fault} | {wire} | {} | {} |\n",
            python_seen.describe(whole),
            node_seen.describe(whole)
        ));
    }
    expect_table(&table);
}

/// The whole answers first, then the faults in their order, then some more.
fn cases() -> Vec<String> {
    let mut cases = vec!["whole?delay=0ms".to_owned(), "whole?delay=0ms&lang=ko".to_owned()];
    cases.extend(FAULTS.map(|(fault, _)| match fault {
        "" => "stream?delay=1ms".to_owned(),
        fault => format!("stream?delay=1ms&fault={fault}"),
    }));
    let more = [
        "stream?delay=1ms&lang=ko",
        "stream?delay=1ms&lang=ko&fault=split-character",
        "usage?delay=0ms",
        "stream?lang=de",
    ];
    cases.extend(more.map(str::to_owned));
    cases
}

#[track_caller]
fn check_texts(seen: &[Seen], cases: &[String]) {
    let (english, korean) = (&seen[0].text, &seen[1].text);
    assert!(english.starts_with("A stream has no length:"), "{english}");
    assert!(korean.starts_with("스트림에는 길이가 없습니다."), "{korean}");
    let last = seen.len();
    for (index, text, tells_tokens) in [
        (0, english, true),
        (1, korean, true),
        (2, english, false),
        (last - 4, korean, false),
        (last - 3, korean, false),
        (last - 2, english, true),
    ] {
        let Seen { text: seen, finish, raised, tokens, .. } = &seen[index];
        assert_eq!((seen, finish.as_deref(), raised), (text, Some("stop"), &None), "{}", cases[index]);
        let words = text.split(' ').count() as u64;
        assert_eq!(*tokens, tells_tokens.then_some(words), "{}", cases[index]);
    }
    let refused = seen[last - 1].raised.as_deref().expect("400 is raised");
    assert!(refused.contains("BadRequestError") && refused.contains("must be en or ko"), "{refused}");
}

impl Seen {
    fn describe(&self, whole: &str) -> String {
        let text = match (self.text == whole, whole.strip_prefix(&self.text)) {
            (true, _) => "the whole text".to_owned(),
            (false, Some(_)) => format!("{} of {} words", self.text.split(' ').count(), whole.split(' ').count()),
            (false, None) => panic!("not the text, nor its beginning: {:?}", self.text),
        };
        match (&self.raised, self.aborted) {
            (Some(raised), _) => format!("{text}, then `{raised}`"),
            (None, true) => format!("{text}, then waits past its timeout, until the program aborts; nothing raised"),
            (None, false) => format!("{text}; nothing raised"),
        }
    }
}

fn expect_table(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/chat.md");
    let page = std::fs::read_to_string(&path).expect("docs/chat.md is there");
    let begin = "<!-- written by tests/chat.rs: WIRESTEP_REWRITE=1 cargo test --test chat -->\n";
    let (before, rest) = page.split_once(begin).expect("the table has a beginning");
    let (there, after) = rest.split_once("<!-- end -->\n").expect("the table has an end");
    if std::env::var_os("WIRESTEP_REWRITE").is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}<!-- end -->\n{after}")).expect("docs/chat.md is ours");
    } else {
        assert_eq!(there, table, "WIRESTEP_REWRITE=1 writes docs/chat.md anew");
    }
}

fn read_all(sdk: Client, count: usize) -> Vec<Seen> {
    let answers = sdk.finish().success().text();
    let seen: Vec<Seen> = answers.lines().map(Seen::read).collect();
    assert_eq!(seen.len(), count, "{answers}");
    seen
}

impl Seen {
    fn read(line: &str) -> Seen {
        let value: Value = serde_json::from_str(line).expect("a line of JSON");
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Seen {
            text: text("text").expect("there is always a text"),
            finish: text("finish"),
            tokens: value["tokens"].as_u64(),
            raised: text("raised"),
            aborted: value["aborted"].as_bool().unwrap_or(false),
        }
    }
}

fn python() -> Command {
    let mut command = Command::new(beside(".venv/bin/python"));
    command.arg(beside("sdk.py"));
    command
}

fn node() -> Command {
    beside("node_modules/openai");
    let mut command = Command::new("node");
    command.arg(beside("sdk.mjs"));
    command
}

fn beside(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chat").join(name);
    assert!(path.exists(), "tests/chat/{name} is not there; scripts/test makes everything that the tests need");
    path
}

fn version_in(file: &str, before: &str) -> String {
    let pins = std::fs::read_to_string(beside(file)).expect("it has just been there");
    let version = pins.split_once(before).expect("the SDK is pinned").1;
    version.split(['"', '\n']).next().unwrap_or(version).to_owned()
}

// ---- without an SDK ----------------------------------------------------------------------------------------------

fn post(server: &Server, query: &str, body: &str) -> Follower {
    let path = format!("/v1/chat/completions{query}");
    Follower::request(server.addr, "POST", &path, &[], body.as_bytes()).expect("the server answers")
}

const STREAM: &str = r#"{"messages":[{"role":"user","content":"hello"}],"stream":true}"#;

#[test]
fn each_fault_ends_the_body_as_its_name_says() {
    let server = Server::start(&["--trace", "off"]);
    for (fault, _) in FAULTS.into_iter().filter(|(fault, _)| *fault != "stall") {
        let query = if fault.is_empty() { "?delay=0ms".to_owned() } else { format!("?delay=0ms&fault={fault}") };
        let mut stream = post(&server, &query, STREAM);
        let body = String::from_utf8(stream.rest()).expect("whole characters in the end");
        let ending = if fault == "no-last-chunk" { Ending::CutShort } else { Ending::Complete };
        assert_eq!(stream.ending, Some(ending), "{fault}");
        let last = match fault {
            "no-done" => "\"finish_reason\":\"stop\"}]}\n\n",
            "error-event" => "\"code\":null}}\n\n",
            "no-final-blank-line" => "\n\ndata: [DONE]\n",
            _ => "\n\ndata: [DONE]\n\n",
        };
        assert!(body.ends_with(last), "{fault}: {body}");
    }
}

#[test]
fn a_paced_stream_sends_its_first_token_while_the_second_is_an_hour_away() {
    let server = Server::start(&["--trace", "off"]);
    let mut stream = post(&server, "?delay=1h", STREAM);
    assert!(stream.block().is_some_and(|block| block.contains("\"role\":\"assistant\"")));
}

#[test]
fn a_stall_ends_with_the_last_chunk_when_the_server_goes_down() {
    let mut server = Server::start(&["--trace", "off"]);
    let mut stream = post(&server, "?delay=0ms&fault=stall", STREAM);
    assert!(stream.block().is_some());
    assert!(server.stop().success());
    let body = String::from_utf8(stream.rest()).expect("whole characters in the end");
    assert!(!body.contains("[DONE]"), "{body}");
    assert_eq!(stream.ending, Some(Ending::Complete));
}

#[test]
fn a_request_that_is_not_understood_gets_400_in_the_shape_of_the_api() {
    let server = Server::start(&["--trace", "off"]);
    for (query, body, sentence) in [
        ("", "{", "the body is not a chat completion request: EOF while parsing an object at line 1 column 1"),
        ("", "", "the body is not a chat completion request: EOF while parsing a value at line 1 column 0"),
        (
            "?delay=soon",
            STREAM,
            "the parameter \"delay\" must be a duration of at most 1h, such as 100ms or 2s, not \"soon\"",
        ),
    ] {
        let mut answer = post(&server, query, body);
        assert_eq!(answer.status(), 400);
        assert!(answer.head.contains("Content-Type: application/json\r\n"), "{}", answer.head);
        let error: Value = serde_json::from_slice(&answer.rest()).expect("JSON");
        let expected =
            json!({"error": {"message": sentence, "type": "invalid_request_error", "param": null, "code": null}});
        assert_eq!(error, expected);
    }
    assert_eq!(Follower::get(server.addr, "/v1/chat/completions", &[]).expect("an answer").status(), 405);
}

#[test]
fn a_page_of_an_origin_that_was_named_may_use_it_with_an_sdk() {
    let server = Server::start(&["--trace", "off", "--cors", "http://page.example"]);
    let ask = |method: &str, origin: &str, fields: &[(&str, &str)], body: &str| {
        let fields = [&[("Origin", origin)], fields].concat();
        Follower::request(server.addr, method, "/v1/chat/completions?delay=0ms", &fields, body.as_bytes())
            .expect("the server answers")
    };
    let asked = "authorization,content-type,x-stainless-lang";
    let preflight = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", asked)];
    let leave = ask("OPTIONS", "http://page.example", &preflight, "");
    assert!(leave.head.contains(&format!("\r\nAccess-Control-Allow-Headers: {asked}\r\n")), "{}", leave.head);
    assert!(!ask("OPTIONS", "http://other.example", &preflight, "").head.contains("Access-Control"));
    for body in [STREAM, &STREAM.replace("true", "false"), "{"] {
        let answer = ask("POST", "http://page.example", &[], body);
        assert!(answer.head.contains("\r\nAccess-Control-Allow-Origin: http://page.example\r\n"), "{}", answer.head);
        assert!(!ask("POST", "http://other.example", &[], body).head.contains("Access-Control"));
    }
}

#[test]
fn whatever_a_client_offers_or_names_it_gets_plain_text_of_the_model_it_asked_for() {
    let server = Server::start(&["--trace", "off"]);
    let asked = STREAM.replacen('{', "{\"model\":\"gpt-nobody-has\",\"n\":3,\"tools\":[],", 1);
    let long = asked.replace("hello", &"많은 말 ".repeat(90_000));
    assert!(long.len() > 800_000);
    for body in [&asked, &long] {
        let fields = [("Accept-Encoding", "gzip, deflate, br, zstd"), ("Content-Type", "application/json")];
        let path = "/v1/chat/completions?delay=0ms";
        let mut stream = Follower::request(server.addr, "POST", path, &fields, body.as_bytes()).expect("an answer");
        assert!(stream.status() == 200 && !stream.head.contains("Content-Encoding"), "{}", stream.head);
        assert!(stream.block().is_some_and(|block| block.contains("\"model\":\"gpt-nobody-has\"")));
    }
    assert_eq!(post(&server, "", &long.repeat(2)).status(), 413);
    assert_eq!(post(&server, "", &STREAM.replace("\"hello\"", &"[".repeat(10_000))).status(), 400);
}

#[test]
fn an_old_client_gets_the_same_stream_without_chunks() {
    use std::io::{Read, Write};
    let server = Server::start(&["--trace", "off"]);
    let mut socket = server.connect();
    let request =
        format!("POST /v1/chat/completions?delay=0ms HTTP/1.0\r\nContent-Length: {}\r\n\r\n{STREAM}", STREAM.len());
    socket.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("it ends with FIN");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(!head.contains("Transfer-Encoding") && head.contains("Connection: close"), "{head}");
    assert!(body.starts_with("data: {") && body.ends_with("data: [DONE]\n\n"), "{body}");
}
