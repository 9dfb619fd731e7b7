//! The compiler of scripts: errors as they are shown, warnings, and bounds that no script exceeds.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use wirestep::lesson::library::BUILT_IN;
use wirestep::lesson::{Diagnostic, Lesson, Severity, show_all};
use wirestep::wire::step::Step;

use super::{assert_is_stored, files, request, tests};

#[test]
fn the_errors_of_the_compiler_are_as_stored() {
    let mut scripts = files(&tests().join("lessons/errors"), "lesson");
    scripts.sort();
    assert!(scripts.len() >= 40, "there are {} wrong scripts", scripts.len());
    for script in scripts {
        let name = script.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&script).expect("scripts are text");
        let said = match Lesson::compile(&name, &text) {
            Ok(lesson) => show_all(lesson.warnings(), &name, &text),
            Err(problems) => {
                assert!(problems.iter().any(|problem| problem.severity == Severity::Error), "{name}");
                show_all(&problems, &name, &text)
            }
        };
        assert!(!said.is_empty(), "nothing is said about {name}");
        let path = script.with_extension("stderr");
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert_is_stored(&path, &stored, &said);
    }
}

#[test]
fn a_script_that_is_too_long_is_told_so() {
    let said = |text: &str| show_all(&Lesson::compile("long", text).expect_err("it is too long"), "long", text);
    let steps = "head 200 OK\n  Transfer-Encoding: chunked\n".to_owned() + &"chunk \"x\"\n".repeat(1_999);
    assert!(Lesson::compile("long", &steps).is_ok());
    let one_more = said(&(steps + "last-chunk\n"));
    assert!(
        one_more.contains("too many steps in one take (at most 2000)") && one_more.contains("--> long:2002:1"),
        "{one_more}"
    );
    let octets = said(&("# ".to_owned() + &"x".repeat(64 * 1024)));
    assert!(octets.contains("the script is too long") && octets.contains("at most 65536 octets"), "{octets}");
    // Not more than a person would read.
    assert_eq!(said(&"x\n".repeat(500)).matches("error: ").count(), 100);
}

#[test]
fn newcomers_are_not_warned() {
    for script in files(&tests().join("lessons/newcomer"), "lesson") {
        let text = fs::read_to_string(&script).expect("scripts are text");
        let lesson = Lesson::compile("newcomer", &text).expect("it can be played");
        assert!(lesson.warnings().is_empty(), "{}", show_all(lesson.warnings(), &script.to_string_lossy(), &text));
    }
}

#[test]
fn check_fails_when_a_script_cannot_be_played() {
    let wrong = tests().join("lessons/errors/unknown-verb.lesson");
    let right = tests().join("../docs/lessons/05-chunk.lesson");
    let check = |files: &[&Path]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        command.arg("check").args(files).output().expect("it can be started")
    };
    let finished = check(&[&wrong]);
    assert_eq!(finished.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&finished.stdout).contains("^^^^^^"));
    assert_eq!(check(&[&right]).status.code(), Some(0));
    // One that cannot be read keeps nobody from looking at the others.
    let finished = check(&[Path::new("/nowhere.lesson"), &wrong, &right]);
    assert_eq!(finished.status.code(), Some(1));
    let (said, log) = (String::from_utf8_lossy(&finished.stdout), String::from_utf8_lossy(&finished.stderr));
    assert!(said.contains("unknown-verb.lesson: 1 error\n") && said.contains("05-chunk.lesson: ok\n"), "{said}");
    assert!(log.contains("/nowhere.lesson cannot be read: No such file or directory"), "{log}");
}

#[test]
fn a_text_parameter_is_filled_in_only_where_no_browser_runs_it() {
    let refused = |fields: &str, body: &str| {
        let script =
            format!("param word = \"hi\" (..60)\nparam end = fin (fin | rst)\nhead 200 OK\n{fields}{body}\nfin\n");
        match Lesson::compile("mine", &script) {
            Ok(_) => false,
            Err(errors) => {
                let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
                assert_eq!(messages, ["a browser may run a text parameter as a script"], "{script}");
                true
            }
        }
    };
    let (filled, fixed) = ("data \"{word}\"", "data \"<b>{end}</b>\"");
    for fields in ["", "  Content-Type: text/html\n", "  Content-Type: image/svg+xml\n", "  Content-Type: {word}\n"] {
        assert!(refused(fields, filled), "{fields}");
    }
    assert!(refused("  Content-Type: text/plain\n  Content-Type: text/html\n", filled));
    assert!(refused("  Content-Type: text/plain\n", "raw \"HTTP/1.1 200 OK\\r\\n\\r\\n{word}\""));
    assert!(refused(
        "  Content-Type: text/html\n  Content-Security-Policy: sandbox allow-scripts allow-same-origin\n",
        filled
    ));
    assert!(!refused("  Content-Type: text/html\n", fixed));
    for fields in [
        "  Content-Type: text/plain; charset=utf-8\n",
        "  content-type: Text/Event-Stream\n",
        "  Content-Type: text/html\n  Content-Security-Policy: sandbox allow-scripts\n",
    ] {
        assert!(!refused(fields, filled), "{fields}");
    }
}

#[test]
fn built_in_lessons_have_no_warnings_and_both_languages() {
    for (file, text) in BUILT_IN {
        let lesson =
            Lesson::compile(file, text).unwrap_or_else(|problems| panic!("{}", show_all(&problems, file, text)));
        assert!(lesson.warnings().is_empty(), "{}", show_all(lesson.warnings(), file, text));
        for key in ["title", "question", "predict", "why"] {
            for key in [key.to_owned(), format!("{key}.ko")] {
                assert!(lesson.about(&key).is_some(), "{file} has no {key}");
            }
        }
        assert!(lesson.about("reads").is_some() && lesson.about("try").is_some(), "{file}");
    }
}

#[test]
fn each_comment_that_a_stepping_student_sees_is_there_in_both_languages() {
    for (file, text) in BUILT_IN {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        // The comments above a step; those above a blank line are for readers of the script.
        for comments in lines.split_inclusive(|line| !line.starts_with('#')) {
            let Some((step, comments)) =
                comments.split_last().filter(|(step, comments)| !step.is_empty() && !comments.is_empty())
            else {
                continue;
            };
            let korean = comments.iter().filter(|line| line.starts_with("# ko: ")).count();
            assert!(korean > 0 && korean < comments.len(), "{file}, above {step}: {comments:#?}");
        }
    }
}

/// What a person might write, more or less.
fn script_lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        prop::sample::select(LINES).prop_map(str::to_owned),
        "[a-z-]{1,12} [ -~]{0,20}",
        "  [A-Za-z-]{1,8}: [ -~]{0,20}",
        "(chunk|data|raw|event|comment) \"[ -~]{0,20}\"?",
        "(repeat|split|wait|send-buffer|take request) [0-9]{1,7}[a-z]{0,2}",
        "param [a-z]{1,3} = [0-9a-z|\" ]{1,8}( ?\\([0-9a-z.| ]{0,12}\\))?",
        "\\PC{0,30}",
    ];
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.join("\n"))
}

const LINES: &[&str] = &[
    "head 200 OK",
    "  Transfer-Encoding: chunked",
    "  Content-Length: 5",
    "chunk \"hello\"",
    "last-chunk",
    "data \"\\xEC\"",
    "event \"a{n}b\"",
    "event",
    "  data: {pause}",
    "wait {pause}",
    "hold",
    "fin",
    "rst",
    "repeat 100000",
    "repeat {count}",
    "repeat 3 as i",
    "together",
    "split 1 every 5m",
    "split at 1 2",
    "end",
    "end",
    "take first",
    "take otherwise",
    "take last-event-id \"3\"",
    "param pause = 500ms (0s..5m)",
    "param count = 3 (1..100000)",
    "intended",
    "# why",
    "idle 1s",
    "send-buffer 4096",
];

/// A lesson that somebody has edited, with a cat on the keyboard.
fn nearly_a_lesson() -> impl Strategy<Value = String> {
    let edit = (any::<Index>(), any::<Index>(), prop::sample::select(ODD));
    (prop::sample::select(BUILT_IN), prop::collection::vec(edit, 1..6)).prop_map(|((_, text), edits)| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (line, at, odd) in edits {
            let index = line.index(lines.len());
            let places: Vec<usize> = lines[index].char_indices().map(|(place, _)| place).chain([0]).collect();
            match odd {
                "" if lines.len() > 1 => _ = lines.remove(index),
                _ => lines[index].insert_str(places[at.index(places.len())], odd),
            }
        }
        lines.join("\n")
    })
}

const ODD: &[&str] = &[
    "",
    "",
    "\0",
    "\r",
    "\n",
    "\t",
    "\x1b[31m",
    "\u{feff}",
    "\u{a0}",
    "\u{202e}",
    "\u{301}",
    "안",
    "👩\u{200d}👩",
    "\"",
    "\\",
    "\\x",
    "{",
    "{{",
    "{n}",
    "{pause}",
    "}",
    "#",
    " # ",
    "(",
    ")",
    "..",
    "|",
    "=",
    ":",
    "-1",
    "0",
    "99999999999999999999",
    "18446744073709551615",
    "584942417355y",
    " end ",
    " repeat 100000 ",
    " take ",
    " param ",
    " fin ",
    "\nend\n",
    "\nfin\n",
];

/// What is said about it can be shown: each place is in the text, and nothing in it acts on a terminal.
fn can_be_shown(diagnostics: &[Diagnostic], text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    for problem in diagnostics {
        let length = lines.get(problem.line - 1).map_or(0, |line| line.chars().count());
        assert!(problem.line <= lines.len().max(1), "{problem:?}");
        assert!(problem.column >= 1 && problem.column + problem.length <= length + 2, "{problem:?} of {length}");
    }
    let shown = show_all(diagnostics, "any", text);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{shown:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_the_compiler(text in prop_oneof!["\\PC{0,200}|[ -~\n]{0,400}", any::<String>(), nearly_a_lesson()]) {
        match Lesson::compile("any", &text) {
            Ok(lesson) => can_be_shown(lesson.warnings(), &text),
            Err(problems) => can_be_shown(&problems, &text),
        }
    }

    #[test]
    fn no_script_exceeds_its_bounds(text in prop_oneof![script_lines(), nearly_a_lesson()]) {
        let lesson = match Lesson::compile("any", &text) {
            Ok(lesson) => lesson,
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                can_be_shown(&problems, &text);
                return Ok(());
            }
        };
        let values = lesson.read_query(&[]).expect("the defaults are right");
        if let Ok(mut play) = lesson.play(&request("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), values) {
            let (mut steps, mut octets, mut time) = (0u64, 0u64, Duration::ZERO);
            while let Some(step) = play.next_step() {
                steps += 1;
                if let Step::Wait(duration) = step {
                    time += duration;
                }
                let mut encoded = Vec::new();
                step.encode(b"", &mut encoded);
                octets += encoded.len() as u64;
                prop_assert!(encoded.len() <= 300 * 1024);
            }
            prop_assert!(steps <= 200_000 && octets <= 16 * 1024 * 1024 && time <= Duration::from_secs(1800));
        }
    }
}
