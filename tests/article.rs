//! The founding article, walked from top to bottom, and its program on Spring: the pages tell the truth in both languages.
//!
//! `WIRESTEP_REWRITE=1 cargo test --test article` writes what is seen into the English pages and copies the blocks into the
//! Korean ones. What Spring sends is compared in `tests/spring.rs`.

mod common;
#[path = "documents/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "documents/transcript.rs"]
#[allow(dead_code)]
mod transcript;

use std::time::Duration;

use page::Page;
use transcript::Clients;

/// An EventSource that reconnects takes its time.
const CLIENT_TIME: Duration = Duration::from_secs(30);

#[test]
fn wirestep_sends_what_the_walk_through_the_article_shows_in_both_languages() {
    play("docs/article.md");
    same_in_korean("article.md");
}

#[test]
fn all_32_claims_have_a_verdict_and_a_lesson_in_both_languages() {
    let words = [
        ("docs/article.md", ["right", "loose", "wrong"], "esson"),
        ("docs/ko/article.md", ["맞음", "거의 맞음", "틀림"], "레슨"),
    ];
    let english = verdicts("docs/article.md", &words[0].1, words[0].2);
    assert_eq!(english.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (1..=32).collect::<Vec<usize>>());
    assert_eq!(english, verdicts("docs/ko/article.md", &words[1].1, words[1].2));
    for (name, verdicts, _) in words {
        for (index, verdict) in verdicts.iter().enumerate() {
            let claims = english.iter().filter(|(_, is)| *is == index).map(|(number, _)| number.to_string());
            let end = format!(" | {} |", claims.collect::<Vec<_>>().join(", "));
            let row = Page::read(name).prose().join("\n");
            let row = row.lines().find(|line| line.starts_with(&format!("| {verdict} |"))).expect("a row of the table");
            assert!(row.ends_with(&end), "{name}: {row} should end in{end}");
        }
    }
}

#[test]
fn wirestep_sends_what_the_page_about_spring_shows_in_both_languages() {
    play("docs/spring.md");
    same_in_korean("spring.md");
}

#[test]
fn a_search_for_the_symptom_finds_the_pages_that_answer_it() {
    for name in ["docs/spring.md", "docs/ko/spring.md"] {
        let prose = Page::read(name).prose().join("\n");
        assert!(prose.contains("\n## SseEmitter keep-alive timeout=60"), "{name}");
    }
}

/// The number of each claim and which of `words` its heading ends in; below each heading a lesson is named.
fn verdicts(name: &str, words: &[&str], lesson: &str) -> Vec<(usize, usize)> {
    let page = Page::read(name);
    let prose = page.prose().join("\n");
    let claims = prose.split("\n### ").skip(1).map(|claim| {
        let (heading, text) = claim.split_once('\n').expect("a claim is more than a heading");
        let number = heading.split('.').next().and_then(|number| number.parse().ok());
        let verdict = heading.rsplit(": ").next().and_then(|verdict| words.iter().position(|word| *word == verdict));
        assert!(text.contains(lesson) && text.contains("](lessons/"), "{name}: {heading} names no lesson");
        let claim = number.zip(verdict);
        claim.unwrap_or_else(|| panic!("{name}: {heading:?} is not \"NUMBER. CLAIM: VERDICT\""))
    });
    claims.collect()
}

fn play(name: &str) {
    let mut page = Page::read(name);
    let problems = transcript::play(&mut page, rewrite(), Clients::These);
    if rewrite() {
        page.save();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Both languages have the same headings and, each in its words, the same blocks.
fn same_in_korean(name: &str) {
    let korean = format!("docs/ko/{name}");
    let english = Page::read(&format!("docs/{name}"));
    if rewrite() {
        let mut page = Page::read(&korean);
        transcript::copy(&english, &mut page);
        page.save();
    }
    play(&korean);
    let korean = Page::read(&korean);
    assert_eq!(english.outline(), korean.outline(), "{name}");
    transcript::assert_same(&english, &korean);
}

fn rewrite() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}
