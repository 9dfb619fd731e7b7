//! A Markdown page: its headings, its links and its fenced blocks, which can be rewritten.

use std::fs;
use std::path::{Path, PathBuf};

/// A page of the project.
pub(crate) struct Page {
    /// Its path from the root of the project.
    pub(crate) name: String,
    lines: Vec<String>,
}

/// A fenced block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The words behind the opening fence: `console`, `text trace`.
    pub(crate) info: String,
    /// What stands between the fences.
    pub(crate) lines: Vec<String>,
    /// The line of its opening fence, counted from 1.
    pub(crate) at: usize,
}

impl Page {
    pub(crate) fn read(name: &str) -> Page {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Page { name: name.to_owned(), lines: text.lines().map(str::to_owned).collect() }
    }

    pub(crate) fn save(&self) {
        fs::write(root().join(&self.name), self.lines.join("\n") + "\n").expect("the page can be written");
    }

    /// The directory from which its links count.
    pub(crate) fn directory(&self) -> PathBuf {
        root().join(&self.name).parent().expect("a file has a directory").to_owned()
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut inside = false;
        for (index, line) in self.lines.iter().enumerate() {
            match (line.strip_prefix("```"), inside) {
                (Some(info), false) => {
                    blocks.push(Block { info: info.to_owned(), lines: Vec::new(), at: index + 1 });
                    inside = true;
                }
                (Some(_), true) => inside = false,
                (None, true) => blocks.last_mut().expect("a fence has opened it").lines.push(line.clone()),
                (None, false) => {}
            }
        }
        assert!(!inside, "{}: the last block is not closed", self.name);
        blocks
    }

    /// Replaces what stands between the fences of `block`, which must be as it is in the page now.
    pub(crate) fn replace(&mut self, block: &Block, lines: Vec<String>) {
        self.lines.splice(block.at..block.at + block.lines.len(), lines);
    }

    /// Replaces the one line outside the fenced blocks that begins with `prefix`.
    pub(crate) fn replace_line(&mut self, prefix: &str, line: String) {
        let at = self.lines.iter().position(|line| line.starts_with(prefix));
        self.lines[at.unwrap_or_else(|| panic!("{}: there is no line {prefix:?}", self.name))] = line;
    }

    /// Everything outside the fenced blocks.
    pub(crate) fn prose(&self) -> Vec<&str> {
        let mut inside = false;
        let is_prose = |line: &&String| {
            let is_fence = line.starts_with("```");
            inside ^= is_fence;
            !inside && !is_fence
        };
        self.lines.iter().filter(is_prose).map(String::as_str).collect()
    }

    /// The depth of each heading, in order.
    pub(crate) fn outline(&self) -> Vec<usize> {
        let depth = |line: &&str| line.chars().take_while(|character| *character == '#').count();
        self.prose().iter().map(depth).filter(|depth| *depth > 0).collect()
    }

    /// The targets of its links inside the project, with their anchors.
    pub(crate) fn targets(&self) -> Vec<String> {
        let prose = self.prose().join("\n");
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        targets.map(|(target, _)| target.to_owned()).filter(|target| !target.contains("://")).collect()
    }

    /// The words in backticks that begin with `wirestep::`.
    pub(crate) fn code_paths(&self) -> Vec<String> {
        let prose = self.prose().join("\n");
        let words = prose.split('`').skip(1).step_by(2).filter(|word| word.starts_with("wirestep::"));
        words.map(str::to_owned).collect()
    }
}

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Markdown pages for readers: the first page, and everything under `docs`.
pub(crate) fn all_pages() -> Vec<Page> {
    let mut names = vec!["README.md".to_owned()];
    let mut directories = vec!["docs".to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(root().join(&directory)).expect("docs can be listed") {
            let entry = entry.expect("docs can be listed");
            let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                directories.push(name);
            } else if name.ends_with(".md") {
                names.push(name);
            }
        }
    }
    names.sort();
    names.iter().map(|name| Page::read(name)).collect()
}
