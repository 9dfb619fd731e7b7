//! The pages of the lessons tell the truth, in both languages.
//!
//! Each transcript of `docs/lessons/NN-name.md` is run and compared; `docs/ko/lessons/NN-name.md` has the same headings and
//! the same transcripts. `WIRESTEP_REWRITE=1 cargo test --test pages` writes what is seen.
//!
//! A page says with which versions of which clients it was seen. On a machine that has others a client may print something else,
//! so that is shown and not compared; what the server does is compared all the same.

mod common;
#[path = "documents/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "documents/transcript.rs"]
#[allow(dead_code)]
mod transcript;

use std::time::Duration;

use page::{Page, all_pages};
use transcript::Clients;
use wirestep::lesson::Lesson;
use wirestep::lesson::library::BUILT_IN;

/// A client that comes back after a second or two takes its time.
const CLIENT_TIME: Duration = Duration::from_secs(30);

#[test]
fn the_transcripts_of_the_lessons_are_what_happens() {
    play_all("docs/lessons/");
    if rewrite() {
        copy_to_korean();
        play_all("docs/ko/lessons/");
    }
}

#[test]
fn the_transcripts_of_the_korean_lessons_are_what_happens() {
    if !rewrite() {
        play_all("docs/ko/lessons/");
    }
}

fn play_all(folder: &str) {
    let mut problems = Vec::new();
    for name in names(folder) {
        let mut page = Page::read(&name);
        let clients = clients_of(&page);
        let these = seen_with(&clients);
        let seen = if rewrite() || told_clients(&page) == these { Clients::These } else { Clients::Others };
        problems.extend(transcript::play(&mut page, rewrite(), seen));
        if rewrite() {
            if let Some(these) = these.filter(|_| folder == "docs/lessons/") {
                page.replace_line(SEEN_WITH[0], format!("{} {these}", SEEN_WITH[0]));
            }
            page.save();
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_page_says_which_clients_it_has_seen() {
    for name in names("docs/lessons/") {
        let page = Page::read(&name);
        let told = told_clients(&page).unwrap_or_default();
        let names_told: Vec<&str> = told.split(", ").filter_map(|client| client.split(' ').next()).collect();
        let names: Vec<&str> = clients_of(&page).iter().map(|client| client.name).collect();
        assert_eq!(names_told.join(" "), names.join(" "), "{name}");
        assert!(told.split(", ").all(|client| client.is_empty() || client.contains(" ")), "{name}: {told}");
        assert_eq!(told_clients(&Page::read(&korean(&name))).unwrap_or_default(), told, "{name}");
    }
}

/// A client whose behaviour a page may show.
struct Client {
    name: &'static str,
    /// What a command has that runs it. raw.py is not among them: it says what it is told to say, in every version.
    marks: &'static [&'static str],
    program: &'static str,
    /// What stands before its version in the first thing that it says about itself.
    before: &'static str,
}

const CLIENTS: [Client; 3] = [
    Client { name: "curl", marks: &["curl "], program: "curl", before: "curl " },
    Client { name: "Node", marks: &["node "], program: "node", before: "v" },
    Client { name: "Python", marks: &["/naive.py", "/tokens.py"], program: "python3", before: "Python " },
];

/// The line that says it, in both languages.
const SEEN_WITH: [&str; 2] = ["Seen with:", "확인한 버전:"];

fn clients_of(page: &Page) -> Vec<&'static Client> {
    let consoles = page.blocks().into_iter().filter(|block| block.info.starts_with("console"));
    let commands: Vec<String> = consoles.flat_map(|block| transcript::command_lines(&block)).collect();
    let runs = |client: &Client| commands.iter().any(|line| client.marks.iter().any(|mark| line.contains(mark)));
    CLIENTS.iter().filter(|client| runs(client)).collect()
}

/// What this machine has of them, as a page says it.
fn seen_with(clients: &[&Client]) -> Option<String> {
    let versions: Vec<String> = clients.iter().map(|client| format!("{} {}", client.name, client.version())).collect();
    (!versions.is_empty()).then(|| versions.join(", "))
}

fn told_clients(page: &Page) -> Option<String> {
    let line = |line: &&str| SEEN_WITH.iter().find_map(|prefix| Some(line.strip_prefix(prefix)?.trim().to_owned()));
    page.prose().iter().find_map(line)
}

impl Client {
    fn version(&self) -> String {
        let output = std::process::Command::new(self.program).arg("--version").output();
        let said = String::from_utf8(output.expect("it is installed").stdout).expect("a version is UTF-8");
        let version = said.strip_prefix(self.before).and_then(|rest| rest.split_whitespace().next());
        version.unwrap_or_else(|| panic!("{said}")).to_owned()
    }
}

#[test]
fn a_page_says_how_long_it_takes_what_it_needs_and_what_comes_before_and_after() {
    for (number, name) in (1..).zip(names("docs/lessons/").iter().filter(|name| !name.ends_with("README.md"))) {
        let page = Page::read(name);
        let [takes, needs, before, after] = plan(&page, PLAN[0]);
        assert!(takes.strip_suffix(" minutes").is_some_and(|count| count.parse::<u8>().is_ok()), "{name}: {takes}");
        let consoles = page.blocks().into_iter().filter(|block| block.info.starts_with("console"));
        let commands: String = consoles.flat_map(|block| transcript::command_lines(&block)).collect();
        let run = PROGRAMS.iter().filter(|(_, called)| commands.contains(called)).map(|(program, _)| *program);
        let run = run.collect::<Vec<_>>().join(", ");
        assert!(needs == run || needs == format!("{run}, Wireshark"), "{name}: {needs}");
        let linked = |text: &str| -> Vec<u8> {
            text.split(", ").filter_map(|link| link[1..].split_once("](")?.0.parse().ok()).collect()
        };
        assert!(linked(&before).iter().all(|other| *other < number), "{name}: {before}");
        assert_eq!(linked(&after), (number < 24).then_some(number + 1).into_iter().collect::<Vec<_>>(), "{name}");
        let [takes_ko, needs_ko, before_ko, after_ko] = plan(&Page::read(&korean(name)), PLAN[1]);
        assert_eq!(takes_ko.strip_suffix("분"), takes.strip_suffix(" minutes"), "{name}");
        let same = [needs_ko, before_ko, after_ko].map(|text| text.replace("없음", "none"));
        assert_eq!(same, [needs, before, after], "{name}");
    }
}

/// What a lesson may need, and how its commands call it.
const PROGRAMS: [(&str, &str); 3] = [("curl", "curl "), ("Node", "node "), ("Python", "python3 ")];

/// The words of that line, in both languages.
const PLAN: [[&str; 4]; 2] = [
    ["Takes: ", " Needs: ", " Before: ", " After: "],
    ["소요 시간: ", " 필요한 것: ", " 먼저 볼 레슨: ", " 다음 레슨: "],
];

fn plan(page: &Page, words: [&str; 4]) -> [String; 4] {
    let line = page.prose().into_iter().find(|line| line.starts_with(words[0]));
    let mut rest = line.unwrap_or_else(|| panic!("{}: no line {:?}", page.name, words[0])).to_owned();
    let mut said = words.map(str::to_owned);
    for index in (0..words.len()).rev() {
        let (before, value) = rest.split_once(words[index]).unwrap_or_else(|| panic!("{}: {rest}", page.name));
        said[index] = value.strip_suffix('.').expect("a sentence ends with a full stop").to_owned();
        rest = before.to_owned();
    }
    said
}

#[test]
fn every_lesson_has_a_page_with_its_question_and_its_reading() {
    for (file, text) in BUILT_IN {
        let lesson = Lesson::compile(file, text).expect("it can be played");
        for (folder, question_key) in [("docs/lessons", "question"), ("docs/ko/lessons", "question.ko")] {
            let page = Page::read(&format!("{folder}/{file}.md"));
            let prose = page.prose().join("\n");
            let question = format!("**{}**", lesson.about(question_key).expect("it has one"));
            assert!(prose.contains(&question), "{}: {question}", page.name);
            let mut reading = lesson.about("reads").expect("it has one").to_owned();
            if question_key == "question.ko" {
                reading = rules_in_korean(&reading);
            }
            assert!(prose.contains(&format!("\n{reading}. ")), "{}: {reading}", page.name);
            assert_eq!(page.outline(), [1, 2, 2, 2, 2, 2, 2], "{}", page.name);
            assert!(
                page.blocks().iter().any(|block| block.info.starts_with("text trace")),
                "{} has no trace",
                page.name
            );
        }
    }
}

/// The only words in a list of sections: `(rules 3 and 5)`.
fn rules_in_korean(reading: &str) -> String {
    let Some((before, rules)) = reading.split_once("(rule") else { return reading.to_owned() };
    let (numbers, after) = rules.split_once(')').expect("the parenthesis is closed");
    let numbers = numbers.trim_start_matches('s').trim().replace(" and ", ", ");
    format!("{before}(규칙 {numbers}){after}")
}

#[test]
fn a_page_has_the_prediction_and_the_reason_of_its_script() {
    for (file, text) in BUILT_IN {
        let lesson = Lesson::compile(file, text).expect("it can be played");
        for (folder, heading, key) in [
            ("docs/lessons", "## Predict", "predict"),
            ("docs/lessons", "## Why", "why"),
            ("docs/ko/lessons", "## 먼저 맞혀 보기", "predict.ko"),
            ("docs/ko/lessons", "## 왜 그런가", "why.ko"),
        ] {
            let page = Page::read(&format!("{folder}/{file}.md"));
            // The first paragraph of the section: what follows it in a page goes further.
            let lines = page.prose().into_iter().skip_while(|line| *line != heading).skip(2);
            let paragraph: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
            assert_eq!(paragraph.join(" "), lesson.about(key).expect("it has one"), "{}", page.name);
        }
    }
}

#[test]
fn the_list_of_lessons_has_all_of_them_in_both_languages() {
    for (folder, keys) in [("docs/lessons", ["title", "question"]), ("docs/ko/lessons", ["title.ko", "question.ko"])] {
        let page = Page::read(&format!("{folder}/README.md"));
        let prose = page.prose();
        let rows: Vec<&str> =
            prose.into_iter().filter(|line| line.starts_with("| ") && line.contains(" | [")).collect();
        let expected = BUILT_IN.iter().map(|(file, text)| {
            let lesson = Lesson::compile(file, text).expect("it can be played");
            let [title, question] = keys.map(|key| lesson.about(key).expect("it has both").to_owned());
            let number = file.split('-').next().unwrap_or_default().trim_start_matches('0');
            format!("| {number} | [{title}]({file}.md) | {question} |")
        });
        let expected: Vec<String> = expected.collect();
        assert_eq!(rows[..expected.len()], expected, "{}", page.name);
    }
}

#[test]
fn both_languages_have_the_same_headings_and_transcripts() {
    if rewrite() {
        return;
    }
    assert_eq!(names("docs/lessons/"), names("docs/ko/lessons/").iter().map(|name| english(name)).collect::<Vec<_>>());
    for name in names("docs/ko/lessons/") {
        let (korean, english) = (Page::read(&name), Page::read(&english(&name)));
        assert_eq!(korean.outline(), english.outline(), "{name}");
        transcript::assert_same(&english, &korean);
    }
}

#[test]
fn a_page_is_called_as_its_lesson_is() {
    for (file, text) in BUILT_IN {
        let lesson = Lesson::compile(file, text).expect("it can be played");
        for (folder, key) in [("docs/lessons/", "title"), ("docs/ko/lessons/", "title.ko")] {
            let name = format!("{folder}{file}.md");
            let number = file.split('-').next().unwrap_or_default().trim_start_matches('0');
            let title = format!("# {number}. {}", lesson.about(key).unwrap_or_default());
            let page = Page::read(&name);
            assert_eq!(page.prose().first(), Some(&title.as_str()), "{name}");
        }
    }
}

#[test]
fn every_script_of_the_language_page_can_be_played() {
    let page = Page::read("docs/lessons.md");
    let scripts = page.blocks().into_iter().map(|block| block.lines.join("\n"));
    let scripts: Vec<String> = scripts.filter(|text| text.starts_with("head") || text.starts_with("take")).collect();
    assert!(scripts.len() >= 5);
    for text in scripts {
        let lesson = Lesson::compile("page", &text);
        let lesson = lesson.unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
        assert!(lesson.warnings().is_empty(), "{text}\n{:#?}", lesson.warnings());
    }
}

/// The Korean pages get the transcripts of the English ones, block for block; their traces become Korean when they are played.
fn copy_to_korean() {
    for name in names("docs/ko/lessons/") {
        let english = Page::read(&english(&name));
        let mut korean = Page::read(&name);
        transcript::copy(&english, &mut korean);
        if let Some(clients) = told_clients(&english) {
            korean.replace_line(SEEN_WITH[1], format!("{} {clients}", SEEN_WITH[1]));
        }
        korean.save();
    }
}

fn names(folder: &str) -> Vec<String> {
    all_pages().into_iter().map(|page| page.name).filter(|name| name.starts_with(folder)).collect()
}

fn english(korean: &str) -> String {
    korean.replace("docs/ko/", "docs/")
}

fn korean(english: &str) -> String {
    english.replace("docs/", "docs/ko/")
}

fn rewrite() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}
