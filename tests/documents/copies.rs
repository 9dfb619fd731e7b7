//! Korean pages whose commands, outputs, filters and counts are those of the English page, which other tests run. Rewriting
//! copies them.

use crate::page::Page;

/// The pages of which both languages show the same blocks.
const SAME_BLOCKS: [&str; 2] = ["debugger.md", "wireshark.md"];
/// The pages of which both languages show the same commands, each with its own rows.
const SAME_COMMANDS: [&str; 1] = ["read.md"];

#[test]
fn the_korean_pages_show_the_blocks_and_the_tables_of_the_english_ones() {
    for name in SAME_BLOCKS {
        let (english, mut korean) = both(name);
        if crate::rewrite() {
            crate::transcript::copy(&english, &mut korean);
            copy_counts(&english, &mut korean);
            korean.save();
        }
        let blocks = |page: &Page| -> Vec<(String, Vec<String>)> {
            page.blocks().into_iter().map(|block| (block.info, block.lines)).collect()
        };
        let differs = blocks(&english).into_iter().zip(blocks(&korean)).find(|(english, korean)| english != korean);
        assert!(differs.is_none(), "{name} (WIRESTEP_REWRITE=1 copies it): {differs:#?}");
        assert_eq!(blocks(&english).len(), blocks(&korean).len(), "{name}");
        same_tables(name, &english, &korean);
    }
    for name in SAME_COMMANDS {
        let (english, korean) = both(name);
        let commands = |page: &Page| -> Vec<String> {
            let lines = page.blocks().into_iter().flat_map(|block| block.lines);
            lines.filter(|line| line.starts_with("$ ")).collect()
        };
        assert_eq!(commands(&english), commands(&korean), "{name}");
        same_tables(name, &english, &korean);
    }
}

fn both(name: &str) -> (Page, Page) {
    (Page::read(&format!("docs/{name}")), Page::read(&format!("docs/ko/{name}")))
}

fn same_tables(name: &str, english: &Page, korean: &Page) {
    assert_eq!(english.outline(), korean.outline(), "{name}: both languages have the same headings");
    let (english, korean) = (cells(english), cells(korean));
    let differs = english.iter().zip(&korean).find(|(english, korean)| english != korean);
    assert!(differs.is_none() && english.len() == korean.len(), "{name} (WIRESTEP_REWRITE=1 copies it): {differs:#?}");
}

/// Of each row of a table the cells that are in no language: code, and numbers.
fn cells(page: &Page) -> Vec<Vec<String>> {
    rows(page)
        .iter()
        .map(|row| split(row).into_iter().filter(|cell| is_code(cell) || is_count(cell)).collect())
        .collect()
}

fn rows(page: &Page) -> Vec<String> {
    let rows = page.prose().into_iter().filter(|line| line.starts_with("| "));
    rows.map(str::to_owned).collect()
}

fn split(row: &str) -> Vec<String> {
    row.trim_matches(['|', ' ']).split(" | ").map(str::to_owned).collect()
}

fn is_code(cell: &str) -> bool {
    cell.starts_with('`') && cell.ends_with('`') && !cell.contains("` ")
}

fn is_count(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|octet| octet.is_ascii_digit())
}

fn copy_counts(english: &Page, korean: &mut Page) {
    for (english, old) in rows(english).iter().zip(rows(korean)) {
        let (mut new, count) = (split(&old), split(english).pop().filter(|cell| is_count(cell)));
        if let (Some(last), Some(count)) = (new.last_mut(), count) {
            *last = count;
            korean.replace_line(&old, format!("| {} |", new.join(" | ")));
        }
    }
}
