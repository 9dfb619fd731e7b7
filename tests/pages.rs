//! The pages of the lessons tell the truth, in both languages.
//!
//! Each transcript of `docs/lessons/NN-name.md` is run and compared; `docs/ko/lessons/NN-name.md` has the same headings and
//! the same transcripts. `WIRESTEP_REWRITE=1 cargo test --test pages` writes what is seen.

mod common;
#[path = "documents/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "documents/transcript.rs"]
#[allow(dead_code)]
mod transcript;

use std::time::Duration;

use page::{Page, all_pages};
use wirestep::exchange::lesson::Lesson;
use wirestep::exchange::library::BUILT_IN;

/// A client that comes back after a second or two takes its time.
const CLIENT_TIME: Duration = Duration::from_secs(30);

#[test]
fn the_transcripts_of_the_lessons_are_what_happens() {
    let mut problems = Vec::new();
    for name in names("docs/lessons/") {
        let mut page = Page::read(&name);
        problems.extend(transcript::play(&mut page, rewrite()));
        if rewrite() {
            page.save();
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    if rewrite() {
        copy_to_korean();
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
        assert_eq!(blocks(&korean), blocks(&english), "{name}");
    }
}

#[test]
fn a_page_is_called_as_its_lesson_is() {
    for (file, text) in BUILT_IN {
        let lesson = Lesson::compile(file, text).expect("it can be played");
        for (folder, key) in [("docs/lessons/", "title"), ("docs/ko/lessons/", "title.ko")] {
            let name = format!("{folder}{file}.md");
            if !names(folder).contains(&name) {
                continue;
            }
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

/// The Korean pages get the transcripts of the English ones, block for block.
fn copy_to_korean() {
    for name in names("docs/ko/lessons/") {
        let english = Page::read(&english(&name));
        let mut korean = Page::read(&name);
        for (index, block) in english.blocks().into_iter().enumerate() {
            let old = korean.blocks().swap_remove(index);
            korean.replace(&old, block.lines);
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

fn blocks(page: &Page) -> Vec<(String, Vec<String>)> {
    page.blocks().into_iter().map(|block| (block.info, block.lines)).collect()
}

fn rewrite() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}
