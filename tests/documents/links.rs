//! Every link of a page leads somewhere, and every page is near the first one.

use std::collections::{BTreeMap, BTreeSet};

use crate::page::{Page, all_pages, root};

#[test]
fn every_link_leads_to_a_file_or_a_heading() {
    let pages: BTreeMap<String, Page> = all_pages().into_iter().map(|page| (page.name.clone(), page)).collect();
    let mut broken = Vec::new();
    for page in pages.values() {
        for target in page.targets() {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let name = if file.is_empty() { page.name.clone() } else { resolved(page, file) };
            let is_there = root().join(&name).exists() || !file.is_empty() && page.directory().join(file).exists();
            let has_anchor = anchor.is_empty() || pages.get(&name).is_some_and(|page| has_anchor(page, anchor));
            if !is_there || !has_anchor {
                broken.push(format!("{}: {target}", page.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_page_is_two_clicks_from_the_first_page_of_its_language() {
    let pages: BTreeMap<String, Page> = all_pages().into_iter().map(|page| (page.name.clone(), page)).collect();
    let near = |first: &str| -> BTreeSet<String> {
        let mut near = BTreeSet::from([first.to_owned()]);
        for _ in 0..2 {
            let linked: Vec<String> = near.iter().filter_map(|name| pages.get(name)).flat_map(linked_pages).collect();
            near.extend(linked);
        }
        near
    };
    let (english, korean) = (near("README.md"), near("docs/ko/README.md"));
    assert!(english.contains("docs/ko/README.md") && korean.contains("README.md"), "each language links the other");
    let is_far = |name: &&String| !if name.starts_with("docs/ko/") { &korean } else { &english }.contains(*name);
    let far: Vec<&String> = pages.keys().filter(is_far).collect();
    assert!(far.is_empty(), "{far:#?}");
}

#[test]
fn headings_become_the_anchors_that_github_gives_them() {
    let heading = |text: &str| slug(text);
    assert_eq!(heading("nginx, as it comes"), "nginx-as-it-comes");
    assert_eq!(heading("`--trace json`: a line for each act"), "--trace-json-a-line-for-each-act");
    assert_eq!(heading("서로 다른 세 시점"), "서로-다른-세-시점");
    assert_eq!(heading("What [the matrix](matrix.md) says"), "what-the-matrix-says");
}

/// The pages to which a page links. A folder is its README, as GitHub shows it.
fn linked_pages(page: &Page) -> Vec<String> {
    let files = page.targets().into_iter().map(|target| target.split('#').next().unwrap_or_default().to_owned());
    let names = files.filter(|file| !file.is_empty()).map(|file| resolved(page, &file));
    names.map(|name| if name.ends_with(".md") { name } else { format!("{name}/README.md") }).collect()
}

/// The path from the root of the project, without `.` and `..`.
fn resolved(page: &Page, file: &str) -> String {
    let mut parts: Vec<&str> = page.name.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn has_anchor(page: &Page, anchor: &str) -> bool {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = page.prose().into_iter().filter(|line| line.starts_with('#')).map(|line| {
        let slug = slug(line.trim_start_matches('#').trim());
        let count = seen.entry(slug.clone()).or_default();
        *count += 1;
        if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
    });
    let headings: Vec<String> = headings.collect();
    headings.iter().any(|heading| heading == anchor) || page.prose().join("\n").contains(&format!("id=\"{anchor}\""))
}

/// GitHub's rule: the text in lower case, without punctuation, and a hyphen for each space.
fn slug(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = text.to_lowercase();
    let kept = text.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter if letter.is_alphanumeric() => Some(letter),
        _ => None,
    });
    kept.collect()
}
