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

fn play(name: &str) {
    let mut page = Page::read(name);
    let problems = transcript::play(&mut page, rewrite(), Clients::These);
    if rewrite() {
        page.save();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Both languages have the same headings and the same blocks.
fn same_in_korean(name: &str) {
    let english = Page::read(&format!("docs/{name}"));
    let mut korean = Page::read(&format!("docs/ko/{name}"));
    if rewrite() {
        for (index, block) in english.blocks().into_iter().enumerate() {
            let old = korean.blocks().swap_remove(index);
            korean.replace(&old, block.lines);
        }
        korean.save();
    }
    assert_eq!(english.outline(), korean.outline(), "{name}");
    let blocks = |page: &Page| page.blocks().into_iter().map(|block| (block.info, block.lines)).collect::<Vec<_>>();
    assert_eq!(blocks(&english), blocks(&korean), "{name}: both languages show the same commands and octets");
}

fn rewrite() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}
