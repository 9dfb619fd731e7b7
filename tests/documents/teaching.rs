//! The pages for a class, in both languages: the plans, the rules to print, the glossary.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::common::Server;
use crate::page::{Page, root};

#[test]
fn the_commands_for_a_class_do_what_the_plans_say() {
    crate::play_both("docs/teacher.md", "docs/ko/teacher.md");
    crate::play_both("docs/rules.md", "docs/ko/rules.md");
}

#[test]
fn the_pages_for_a_class_have_the_same_headings_and_blocks_in_both_languages() {
    for name in ["teacher.md", "rules.md", "glossary.md", "lessons.md", "scale-out.md"] {
        let [english, korean] = ["docs", "docs/ko"].map(|folder| Page::read(&format!("{folder}/{name}")));
        assert_eq!(english.outline(), korean.outline(), "{name}");
        let links = |page: &Page| page.targets().iter().filter(|target| target.contains("lessons/")).count();
        assert_eq!(links(&english), links(&korean), "{name}");
        crate::transcript::assert_same(&english, &korean);
    }
}

#[test]
fn the_commands_that_start_the_server_for_a_class_start_it() {
    let page = Page::read("docs/teacher.md");
    let setups = page.blocks().into_iter().filter(|block| block.info == "console setup").flat_map(|block| block.lines);
    let commands: Vec<String> = setups.filter_map(|line| line.strip_prefix("$ ").map(str::to_owned)).collect();
    assert!(!commands.is_empty());
    for line in commands {
        let arguments = line.strip_prefix("wirestep ").unwrap_or_else(|| panic!("{line:?} starts no server"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        command.args(arguments.replace(":8080", ":0").split(' '));
        Server::spawn(command).stop();
    }
}

/// Each sentence with which the trace explains the end of a connection is in the table, in the language of the page.
#[test]
fn the_rules_have_every_reason_for_which_a_connection_ends() {
    for (name, source) in [("docs/rules.md", "en.rs"), ("docs/ko/rules.md", "ko.rs")] {
        let source = fs::read_to_string(root().join("src/wire/explain").join(source)).expect("the source is there");
        let reasons: Vec<&str> =
            source.lines().filter_map(|line| line.trim().strip_prefix("CloseReason::")?.split('"').nth(1)).collect();
        assert!(reasons.len() >= 8, "{name}: {reasons:?}");
        let page = Page::read(name);
        let missing: Vec<&&str> = reasons
            .iter()
            .filter(|reason| !page.prose().iter().any(|line| line.starts_with(&format!("| {reason} |"))))
            .collect();
        assert!(missing.is_empty(), "{name}: {missing:#?}");
    }
}

#[test]
fn the_glossary_has_the_same_words_in_both_languages() {
    let pairs = |name: &str, english: usize| -> BTreeSet<[String; 4]> {
        let page = Page::read(name);
        let lines = page.prose().into_iter().filter(|line| line.contains("(lessons/"));
        lines
            .map(|line| {
                let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
                [cells[english].clone(), cells[3 - english].clone(), cells[4].clone(), cells[5].clone()]
            })
            .collect()
    };
    assert_eq!(pairs("docs/glossary.md", 1), pairs("docs/ko/glossary.md", 2));
}
