//! The documents tell the truth: their commands are run, their tables are written from the code, and what they name exists.
//!
//! `WIRESTEP_REWRITE=1 cargo test --test documents` writes into the pages what really happens. How a page
//! shows a command and its trace is told in `tests/documents/transcript.rs`.

#[path = "documents/commands.rs"]
mod commands;
mod common;
#[path = "documents/copies.rs"]
mod copies;
#[path = "documents/english.rs"]
mod english;
#[path = "documents/korean.rs"]
mod korean;
#[path = "documents/links.rs"]
mod links;
// The pages of the lessons use another part of these two.
#[allow(dead_code)]
#[path = "documents/page.rs"]
mod page;
#[path = "documents/tables.rs"]
mod tables;
#[path = "documents/teaching.rs"]
mod teaching;
#[allow(dead_code)]
#[path = "documents/transcript.rs"]
mod transcript;
#[path = "documents/verdicts.rs"]
mod verdicts;

use std::fs;
use std::process::Command;
use std::time::Duration;

use page::{Page, all_pages, root};
use transcript::Clients;
use wirestep::wire::language::Language;

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    play_both("README.md", KOREAN);
}

#[test]
fn the_commands_for_each_symptom_show_it() {
    play_both("docs/your-stream.md", "docs/ko/your-stream.md");
}

#[test]
fn the_commands_for_a_capture_explain_what_it_holds() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("trace.pcapng").display().to_string();
    let mut server = common::Server::start(&["--trace", "off", "--pcapng", &file]);
    let url = server.url("/lessons/endings?end=nolast");
    common::run(Command::new("curl").args(["-s", &url]), CLIENT_TIME);
    let port = server.addr.port().to_string();
    assert!(server.stop().success());
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_wirestep")).parent().expect("it is in a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").expect("there is one"));
    let blocks = Page::read("docs/your-stream.md").blocks().into_iter().filter(|block| block.info == "console setup");
    let commands: Vec<String> =
        blocks.flat_map(|block| block.lines).filter_map(|line| Some(line.strip_prefix("$ ")?.to_owned())).collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        // The capture is here already: what would make it is replaced.
        let command = command
            .replace("tcpdump -i any -U -w - 'tcp port 3000'", "cat trace.pcapng")
            .replace("trace.pcapng", &file)
            .replace("3000", &port);
        let mut shell = Command::new("sh");
        let finished = common::run(shell.args(["-c", &command]).env("PATH", &path), CLIENT_TIME);
        let rows = finished.text();
        assert!(rows.contains("chunk-data   hello") && rows.contains("incomplete"), "{command}: {finished}");
        assert_eq!(finished.status.code(), Some(3), "{command}: {finished}");
    }
}

/// Both languages show the same commands and, each in its words, the same traces.
fn play_both(english: &str, korean: &str) {
    play(english);
    if rewrite() {
        let mut page = Page::read(korean);
        transcript::copy(&Page::read(english), &mut page);
        page.save();
    }
    play(korean);
    let (english, korean) = (Page::read(english), Page::read(korean));
    transcript::assert_same(&english, &korean);
    assert_eq!(english.outline(), korean.outline(), "both languages have the same headings");
}

#[test]
fn the_tour_goes_where_a_request_goes() {
    play_both("docs/tour.md", "docs/ko/tour.md");
}

#[test]
fn the_pages_about_topics_and_metrics_show_what_happens() {
    play("docs/topics.md");
    play("docs/metrics.md");
}

#[test]
fn the_commands_that_set_everything_up_exist() {
    let page = Page::read("README.md");
    let commands =
        page.blocks().into_iter().filter(|block| block.info == "console setup").flat_map(|block| block.lines);
    for line in commands.filter(|line| line.starts_with("$ ")) {
        match line.as_str() {
            "$ cargo run --release" => {}
            "$ cargo install --path ." => {
                let mut cargo = Command::new(env!("CARGO"));
                cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root());
                let metadata = common::run(&mut cargo, CLIENT_TIME).success().text();
                assert!(metadata.contains(r#""kind":["bin"],"crate_types":["bin"],"name":"wirestep""#), "{metadata}");
            }
            "$ wirestep --help" => {
                common::run(Command::new(env!("CARGO_BIN_EXE_wirestep")).arg("--help"), CLIENT_TIME).success();
            }
            "$ scripts/test" => assert!(root().join("scripts/test").exists() || !root().join("scripts").exists()),
            other => panic!("{other:?} is shown as set-up, and nothing checks it"),
        }
    }
}

#[test]
fn every_function_that_is_named_exists() {
    let mut missing = Vec::new();
    for page in all_pages() {
        let paths = page.code_paths();
        missing.extend(paths.into_iter().filter(|path| !exists(path)).map(|path| format!("{}: {path}", page.name)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_table_of_labels_is_that_of_the_code() {
    written("docs/labels.md", &tables::labels(Language::En));
    written("docs/ko/labels.md", &tables::labels(Language::Ko));
}

#[test]
fn the_table_of_states_is_that_of_the_code() {
    written("docs/states.md", &tables::states());
}

#[test]
fn the_pictures_of_the_measurements_show_what_the_tables_say() {
    let mut pictures = Command::new("python3");
    common::run(pictures.arg(root().join("scripts/bench/pictures")).arg("--check"), CLIENT_TIME).success();
}

#[test]
fn the_page_for_curl_shows_commands_that_work() {
    let server = common::Server::start(&["--trace", "off"]);
    let page = curl(&[&server.url("/")]);
    let commands: Vec<&str> = page.lines().filter(|line| line.starts_with("  curl ")).collect();
    assert!(commands.len() >= 5, "{page}");
    // The remark stands at least three spaces behind the command.
    all_work(commands.iter().map(|line| line.trim().split("   ").next().unwrap_or_default().to_owned()));
}

// ---- how ----------------------------------------------------------------------------------------------------

/// A client that reads a whole stream takes ten seconds.
const CLIENT_TIME: Duration = Duration::from_secs(30);

const KOREAN: &str = "docs/ko/README.md";

fn rewrite() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}

fn play(name: &str) {
    let mut page = Page::read(name);
    let problems = transcript::play(&mut page, rewrite(), Clients::These);
    if rewrite() {
        page.save();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The page is what the code says it is.
#[track_caller]
fn written(name: &str, text: &str) {
    let path = root().join(name);
    if rewrite() {
        fs::write(&path, text).expect("the page can be written");
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(text.lines()).find(|(is, should_be)| is != should_be);
    assert!(page == text, "{name} is old (WIRESTEP_REWRITE=1 writes it anew): {differs:#?}");
}

/// `wirestep::net::server::Server::turn` exists if `src/net/server.rs` holds `fn turn`; a module exists as a file.
fn exists(path: &str) -> bool {
    let words: Vec<&str> = path.split("::").skip(1).collect();
    let file = |count: usize| root().join("src").join(words[..count].join("/")).with_extension("rs");
    let Some(modules) = (1..=words.len()).rev().find(|count| file(*count).exists()) else { return false };
    let source = fs::read_to_string(file(modules)).expect("it exists");
    words[modules..].iter().all(|word| {
        let kinds = ["fn", "struct", "enum", "trait", "const", "type"];
        let is_word = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        let is_defined = |kind: &&str| source.split(&format!("{kind} {word}")).skip(1).any(is_word);
        kinds.iter().any(is_defined) || source.contains(&format!("    {word}"))
    })
}

fn all_work(commands: impl Iterator<Item = String>) {
    std::thread::scope(|scope| {
        for command in commands {
            let command = command.replacen("curl ", "curl --fail ", 1);
            scope.spawn(move || {
                common::run(Command::new("sh").args(["-c", &command]), CLIENT_TIME).success();
            });
        }
    });
}

fn curl(arguments: &[&str]) -> String {
    common::run(Command::new("curl").arg("-sf").args(arguments), CLIENT_TIME).success().text()
}
