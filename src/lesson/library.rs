//! The lessons that are there: those that are built in, and those of the teacher's own folder.
//!
//! ```text
//! docs/lessons/05-chunk.lesson     /lessons/chunk, /lessons/05-chunk, /lessons/5
//! DIR/mine.lesson                  /lessons/mine; a name that is built in too is the teacher's
//! ```
//!
//! This is the only file of room 2 that reads files. The lessons themselves are pure: text in, steps out. But an
//! edited script must be used at the next request, so somebody has to look when a request comes, and the site is who
//! knows that. It reads the file each time, since its times tell less than its text: two edits within one tick of the
//! kernel's clock have the same. What is read is bounded, and what has not changed is not compiled again. A production
//! server would not read files on its event loop: a slow disk would stop every connection.
//!
//! A script that is broken is answered with its errors, and the server goes on.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use super::built_in::BUILT_IN;
use super::built_in::{file_of, number_of, short_name};
use super::compile::Lesson;
use super::diagnostic::show_all;
use super::list::{self, ListEntry};

/// All lessons of this server. Each is compiled when it is first needed.
#[derive(Debug, Default)]
pub struct Library {
    folder: Option<PathBuf>,
    own: RefCell<HashMap<String, Cached>>,
    built_in: OnceCell<Vec<Arc<Lesson>>>,
}

/// A lesson, or the text of its errors.
pub type Lookup = Result<Arc<Lesson>, Arc<str>>;

/// The text of a file when it was last read, and the lesson that it was compiled to.
#[derive(Debug)]
struct Cached {
    text: String,
    lesson: Lookup,
}

impl Library {
    /// The lessons that are built in, and those in `folder`.
    pub fn new(folder: Option<PathBuf>) -> Library {
        Library { folder, ..Library::default() }
    }

    /// The lesson with this name, as its file is now. `None`: there is no such lesson.
    pub fn find(&self, name: &str) -> Option<Lookup> {
        self.find_own(name).or_else(|| self.find_built_in(name).map(Ok))
    }

    /// The list of all lessons for a terminal.
    pub fn list_as_text(&self) -> String {
        list::as_text(&self.list())
    }

    /// The list of all lessons for a browser.
    pub fn list_as_html(&self) -> String {
        list::as_html(&self.list())
    }

    /// The list of all lessons for a program, as `docs/lessons.md` describes it.
    pub fn list_as_json(&self) -> String {
        list::as_json(&self.list())
    }

    /// Those of the folder in the order of their names, then those of the course that none of them replaces.
    fn list(&self) -> Vec<ListEntry> {
        let own = |name: String| self.find_own(&name).map(|lesson| ListEntry { name, number: None, lesson });
        let mut list: Vec<ListEntry> = self.own_names().into_iter().filter_map(own).collect();
        for lesson in self.built_in() {
            if !list.iter().any(|entry| entry.name == lesson.name()) {
                let number = number_of(lesson.name());
                list.push(ListEntry { name: lesson.name().to_owned(), number, lesson: Ok(Arc::clone(lesson)) });
            }
        }
        list
    }

    // ---- built in -------------------------------------------------------------------------------------

    fn built_in(&self) -> &[Arc<Lesson>] {
        self.built_in.get_or_init(|| {
            let compile = |(file, text): &(&str, &str)| match Lesson::compile(short_name(file), text) {
                Ok(lesson) => Some(lesson),
                // A test compiles all of them, so this is never logged by a released server.
                Err(diagnostics) => {
                    log::error!("the built-in lesson {file} has errors:\n{}", show_all(&diagnostics, file, text));
                    None
                }
            };
            BUILT_IN.iter().filter_map(compile).collect()
        })
    }

    fn find_built_in(&self, name: &str) -> Option<Arc<Lesson>> {
        let file = file_of(name)?;
        self.built_in().iter().find(|lesson| lesson.name() == short_name(file)).cloned()
    }

    // ---- the teacher's own ----------------------------------------------------------------------------

    fn own_names(&self) -> Vec<String> {
        let Some(entries) = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok()) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .take(MOST_FILES)
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".lesson")?.to_owned()))
            .filter(|name| is_name(name))
            .collect();
        names.sort();
        names
    }

    fn find_own(&self, name: &str) -> Option<Lookup> {
        let folder = self.folder.as_ref().filter(|_| is_name(name))?;
        let path = folder.join(format!("{name}.lesson"));
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) => {
                self.own.borrow_mut().remove(name);
                let is_there = fs::metadata(&path).is_ok();
                return is_there.then(|| Err(format!("{} cannot be read: {error}\n", path.display()).into()));
            }
        };
        if let Some(cached) = self.own.borrow().get(name).filter(|cached| cached.text == text) {
            return Some(cached.lesson.clone());
        }
        let lesson = compile(name, &text);
        self.own.borrow_mut().insert(name.to_owned(), Cached { text, lesson: lesson.clone() });
        Some(lesson)
    }
}

fn compile(name: &str, text: &str) -> Lookup {
    Lesson::compile(name, text).map_err(|diagnostics| show_all(&diagnostics, &format!("{name}.lesson"), text).into())
}

/// The text of a script, and not more of it than a script may have.
///
/// # Errors
/// It cannot be read, is not UTF-8, or is no file: a pipe would be waited for without end.
pub fn read(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let mut octets = Vec::new();
    fs::File::open(path)?.take(MOST_OCTETS).read_to_end(&mut octets)?;
    let is_cut = octets.len() as u64 == MOST_OCTETS;
    String::from_utf8(octets).or_else(|error| {
        let (reason, mut octets) = (error.utf8_error(), error.into_bytes());
        octets.truncate(reason.valid_up_to());
        match String::from_utf8(octets) {
            // Only the last character is cut, and by us.
            Ok(text) if is_cut && reason.error_len().is_none() => Ok(text),
            Ok(text) => Err(not_utf8(&text)),
            Err(_) => Err(not_utf8("")),
        }
    })
}

fn not_utf8(before: &str) -> io::Error {
    let line = before.matches('\n').count() + 1;
    io::Error::new(io::ErrorKind::InvalidData, format!("line {line} is not UTF-8"))
}

// Nothing that leads out of the folder.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// More than a script may have: the compiler is who says that it is too long.
const MOST_OCTETS: u64 = 128 * 1024;
/// Entries of the folder that are looked at.
const MOST_FILES: usize = 1000;
