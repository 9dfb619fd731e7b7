//! Every command that a page shows is run by a test, and every option of wirestep that a page names exists.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::common::{Client, Server, run};
use crate::page::{Page, all_pages, root};
use crate::{CLIENT_TIME, curl};

/// Pages with commands, in either language, and the test that runs what they show. Set-up that is shown only (what starts the
/// server, installs a package, or measures for an hour) is checked below.
const RUN_BY: [(&str, &str, &str); 19] = [
    ("README.md", "documents.rs", "the_commands_of_the_readme_do_what_it_says"),
    ("article.md", "article.rs", "wirestep_sends_what_the_walk_through_the_article_shows_in_both_languages"),
    ("chat.md", "documents/commands.rs", "the_commands_of_the_pages_about_the_trace_and_tokens_work"),
    ("debugger.md", "debugger.rs", "the_sessions_of_the_page_go_as_it_says"),
    ("install.md", "package.rs", "the_page_about_installing_says_the_same_in_both_languages_and_its_commands_work"),
    ("matrix.md", "matrix.rs", "what_the_page_says_is_true_of_its_tables"),
    ("metrics.md", "documents.rs", "the_pages_about_topics_and_metrics_show_what_happens"),
    ("performance.md", "documents/commands.rs", "what_is_shown_as_set_up_names_scripts_and_options_that_exist"),
    ("read.md", "read.rs", "the_page_shows_what_its_commands_print_in_both_languages"),
    ("rules.md", "documents/teaching.rs", "the_commands_for_a_class_do_what_the_plans_say"),
    ("scale-out.md", "documents/commands.rs", "what_is_shown_as_set_up_names_scripts_and_options_that_exist"),
    ("spring.md", "article.rs", "wirestep_sends_what_the_page_about_spring_shows_in_both_languages"),
    ("tap.md", "tap.rs", "the_commands_of_the_page_begin_to_listen"),
    ("teacher.md", "documents/teaching.rs", "the_commands_for_a_class_do_what_the_plans_say"),
    ("topics.md", "documents.rs", "the_pages_about_topics_and_metrics_show_what_happens"),
    ("tour.md", "documents.rs", "the_tour_goes_where_a_request_goes"),
    ("trace.md", "documents/commands.rs", "the_commands_of_the_pages_about_the_trace_and_tokens_work"),
    ("wireshark.md", "wireshark/document.rs", "the_commands_and_filters_of_the_page_do_what_it_says"),
    ("your-stream.md", "documents.rs", "the_commands_for_each_symptom_show_it"),
];

/// What says in its own place with which versions it was seen.
const VERSIONS_ELSEWHERE: [&str; 4] = ["chat.md", "install.md", "matrix.md", "performance.md"];

#[test]
fn every_page_with_commands_has_a_test_that_runs_them() {
    for page in with_commands() {
        let short = short(&page);
        let Some((_, file, function)) = RUN_BY.iter().find(|(name, ..)| *name == short) else {
            panic!("{} shows commands: say in RUN_BY which test runs them", page.name);
        };
        let test = fs::read_to_string(root().join("tests").join(file)).unwrap_or_default();
        assert!(test.contains(&format!("fn {function}(")), "{}: {file} has no {function}", page.name);
    }
}

#[test]
fn every_page_with_commands_says_with_which_versions_it_was_seen() {
    let is_silent = |page: &Page| {
        let words = if page.name.starts_with("docs/ko/") { "확인한 버전: " } else { "een with" };
        !VERSIONS_ELSEWHERE.contains(&short(page).as_str()) && !page.prose().iter().any(|line| line.contains(words))
    };
    let silent: Vec<String> = with_commands().into_iter().filter(is_silent).map(|page| page.name).collect();
    assert!(silent.is_empty(), "\"Seen with: curl 7.88.1\": {silent:#?}");
}

#[test]
fn what_is_shown_as_set_up_names_scripts_and_options_that_exist() {
    let known = options();
    let mut wrong = Vec::new();
    for page in all_pages() {
        for line in page.blocks().into_iter().filter(|block| is_command(&block.info)).flat_map(|block| block.lines) {
            let words: Vec<&str> =
                line.split([' ', '\'', '"', '(', ')', '`']).filter(|word| !word.is_empty()).collect();
            let missing = words.iter().filter(|word| word.starts_with("scripts/") && !root().join(word).exists());
            wrong.extend(missing.map(|script| format!("{}: {script}: {line}", page.name)));
            // What follows in a pipe, or after another command, is not wirestep's.
            let own = words
                .iter()
                .skip_while(|word| **word != "wirestep")
                .take_while(|word| !["|", ";", "&&"].contains(word));
            let unknown = own.filter_map(|word| word.strip_prefix("--")).filter(|option| {
                let option = option.split('=').next().unwrap_or_default();
                !option.is_empty() && !known.contains(option)
            });
            wrong.extend(unknown.map(|option| format!("{}: --{option}: {line}", page.name)));
        }
    }
    assert!(wrong.is_empty() && known.len() > 25, "{wrong:#?}");
}

#[test]
fn the_commands_of_the_pages_about_the_trace_and_tokens_work() {
    let server = Server::start(&["--trace", "json"]);
    // Each command of docs/trace.md and docs/chat.md that is no server, with the port of this one.
    let commands: Vec<String> = ["docs/trace.md", "docs/chat.md"]
        .iter()
        .flat_map(|name| Page::read(name).blocks())
        .filter(|block| is_command(&block.info))
        .flat_map(|block| block.lines)
        .filter(|line| line.contains("curl ") || line.contains("| jq "))
        .map(|line| line.trim_start_matches("$ ").replace("127.0.0.1:8080", &server.addr.to_string()))
        .collect();
    let [jq, watch, compact, tokens] = &commands[..] else { panic!("{commands:#?}") };
    let watching = Client::start(Command::new("sh").args(["-c", watch]));
    watching.wait_for("the snapshot", |text| text.contains("\"what\":\"snapshot\""));
    // On a terminal grep shows each line as it comes.
    let compact = compact.replacen("grep ", "grep --line-buffered ", 1);
    let numbers = Client::start(Command::new("sh").args(["-c", &compact]));
    let said = run(Command::new("sh").args(["-c", tokens]), CLIENT_TIME).success().text();
    assert!(said.contains("data: [DONE]") || said.contains("data:[DONE]"), "{said}");
    curl(&[&server.url("/plain")]);
    numbers.wait_for("records as arrays", |text| text.contains("data:["));
    let lines = server.wait_for_trace("the end of two connections", |lines| {
        lines.iter().filter(|line| line.contains("\"what\":\"closed\"")).count() >= 2
    });
    let file = tempfile::NamedTempFile::new().expect("there is room for a file");
    fs::write(file.path(), lines.join("\n")).expect("it is open");
    let jq = jq.replacen("wirestep --trace json", &format!("cat {}", file.path().display()), 1);
    let rows = run(Command::new("sh").args(["-c", &jq]), CLIENT_TIME).success().text();
    assert!(rows.lines().any(|row| row == "body\tall 13 octets of Content-Length"), "{rows}");
}

fn with_commands() -> Vec<Page> {
    let mut pages = all_pages();
    // The pages of the lessons have tests of their own (`tests/pages.rs`).
    pages.retain(|page| !page.name.contains("/lessons/"));
    pages.retain(|page| page.blocks().iter().any(|block| is_command(&block.info)));
    pages
}

fn is_command(info: &str) -> bool {
    ["console", "sh", "python"].contains(&info.split(' ').next().unwrap_or_default())
}

fn short(page: &Page) -> String {
    page.name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The options of wirestep and of all its commands.
fn options() -> BTreeSet<String> {
    let mut options = BTreeSet::new();
    for command in ["serve", "read", "tap", "lessons", "check", "completions", "man"] {
        let mut wirestep = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        let help = run(wirestep.args([command, "--help"]), CLIENT_TIME).success().text();
        let names = help.lines().filter_map(|line| line.trim_start().trim_start_matches("-h, ").strip_prefix("--"));
        options.extend(names.map(|rest| rest.split([' ', ',']).next().unwrap_or_default().to_owned()));
    }
    options.insert("version".to_owned());
    options
}
