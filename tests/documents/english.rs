//! The English pages name the subject: the client, the server, the peer, a subscriber; never a pronoun that may be any of them.

use std::fs;

use crate::page::{all_pages, root};

/// Pronouns behind which a reader has to look for the side that is meant.
const RETIRED: &[&str] = &["somebody", "nobody", "whoever", "anybody", "everybody"];

/// Phrases that no search engine finds the subject by: continues, reconnects, automatically, learns, this long.
const RETIRED_PHRASES: &[&str] = &[
    "goes on",
    "go on",
    "comes back",
    "come back",
    "by itself",
    "by themselves",
    "gets to know",
    "so many",
    "so long",
    "stands in",
    "stands for",
    "their fin",
    "our fin",
    "at the door",
];

#[test]
fn the_english_pages_and_the_lessons_scripts_name_the_subject() {
    let mut found = Vec::new();
    for page in all_pages().iter().filter(|page| !page.name.starts_with("docs/ko/")) {
        let lines = page.prose().into_iter().filter(|line| has_retired_word(line));
        found.extend(lines.map(|line| format!("{}: {line}", page.name)));
    }
    for entry in fs::read_dir(root().join("docs/lessons")).expect("the lessons are there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|extension| extension == "lesson") {
            let text = fs::read_to_string(&path).expect("scripts are text");
            let lines = text.lines().filter(|line| has_retired_word(line));
            found.extend(lines.map(|line| format!("{}: {line}", path.display())));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_check_sees_such_a_pronoun_as_a_word_only() {
    assert!(has_retired_word("Nobody reads it."));
    assert!(has_retired_word("what somebody's client does"));
    assert!(has_retired_word("The server goes on with it."));
    assert!(!has_retired_word("a busybody's anybodys, and an ongoing on-site test"));
}

fn has_retired_word(line: &str) -> bool {
    let line = line.to_lowercase();
    let words: Vec<&str> = line.split(|next: char| !next.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let plain = format!(" {} ", words.join(" "));
    words.iter().any(|word| RETIRED.contains(word))
        || RETIRED_PHRASES.iter().any(|phrase| plain.contains(&format!(" {phrase} ")))
}
