//! The lessons of this server: those of the course, and those of the teacher's own folder.
//!
//! ```text
//! docs/lessons/05-chunk.lesson     /lessons/chunk, /lessons/05-chunk, /lessons/5
//! DIR/mine.lesson                  /lessons/mine
//! DIR/chunk.lesson                 /lessons/chunk; the lesson of the course stays at /lessons/5
//! ```
//!
//! An edited script is used at the next request, so each request reads its file: this is the only
//! file of the room that does. The times of a file would tell less than its text, since two edits
//! within one tick of the kernel's clock have the same time. A text that has not changed is not
//! compiled again. A production server would not read files on its event loop: a slow disk stops
//! every connection.
//!
//! What is in the folder is not trusted further than its text. A file is opened without following a
//! symbolic link and without waiting for a pipe, and then judged by its descriptor, so that nothing
//! can be exchanged between the check and the read. Responses name the file and not its folder.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use super::built_in::BUILT_IN;
use super::built_in::{file_of, number_of, short_name};
use super::compile::Lesson;
use super::diagnostic::show_all;
use super::list::{self, Content, ListEntry};
use crate::wire::visible::in_place;

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

    /// One sentence about each file of the folder that is not served, or that replaces a lesson of
    /// the course. At most 20 sentences.
    pub fn remarks(&self) -> Vec<String> {
        let remark = |name: String| match (is_name(&name), file_of(&name)) {
            (false, _) => Some(format!("{}.lesson is not served: {NAME_RULE}", in_place(&name))),
            (true, Some(file)) => Some(format!("{name}.lesson replaces the built-in lesson {file}")),
            (true, None) => None,
        };
        self.own_names().into_iter().filter_map(remark).take(MOST_REMARKS).collect()
    }

    /// The list of all lessons for a terminal. `host` is the server in its commands.
    pub fn list_as_text(&self, host: &str) -> String {
        list::as_text(&self.list(), host)
    }

    /// The list of all lessons for a program, as `docs/lessons.md` describes it. `host` is the
    /// server in its commands.
    pub fn list_as_json(&self, host: &str) -> String {
        list::as_json(&self.list(), host)
    }

    /// Those of the folder in the order of their names, then those of the course that none of them
    /// replaces.
    fn list(&self) -> Vec<ListEntry> {
        let mut list: Vec<ListEntry> = self.own_names().into_iter().filter_map(|name| self.own_entry(name)).collect();
        for lesson in self.built_in() {
            if !list.iter().any(|entry| entry.name == lesson.name()) {
                let number = number_of(lesson.name());
                let (name, content) = (lesson.name().to_owned(), Content::Lesson(Arc::clone(lesson)));
                list.push(ListEntry { name, number, replaces: None, content });
            }
        }
        list
    }

    fn own_entry(&self, name: String) -> Option<ListEntry> {
        let content = match is_name(&name) {
            false => Content::NotServed(NAME_RULE.to_owned()),
            true => match self.find_own(&name)? {
                Ok(lesson) => Content::Lesson(lesson),
                Err(errors) => Content::Broken(errors),
            },
        };
        Some(ListEntry { number: None, replaces: file_of(&name), content, name })
    }

    // ---- built in ------------------------------------------------------------------------------

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

    // ---- the teacher's own ---------------------------------------------------------------------

    /// The names of all files `*.lesson`, those that cannot be served included.
    fn own_names(&self) -> Vec<String> {
        let Some(entries) = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok()) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .take(MOST_FILES)
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().strip_suffix(".lesson")?.to_owned()))
            .collect();
        names.sort();
        names
    }

    fn find_own(&self, name: &str) -> Option<Lookup> {
        let folder = self.folder.as_ref().filter(|_| is_name(name))?;
        let text = match open(&folder.join(format!("{name}.lesson")), libc::O_NOFOLLOW).and_then(text_of) {
            Ok(text) => text,
            Err(error) => {
                self.own.borrow_mut().remove(name);
                let is_there = error.kind() != io::ErrorKind::NotFound;
                return is_there.then(|| Err(format!("{name}.lesson cannot be read: {error}\n").into()));
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

/// The text of the script at `path`, which may be a symbolic link. At most a little more is read
/// than a script may have.
///
/// # Errors
/// It cannot be opened or read, is not a regular file, or is not UTF-8.
pub fn read(path: &Path) -> io::Result<String> {
    open(path, 0).and_then(text_of)
}

// O_NONBLOCK: to open a pipe would otherwise wait for its writer. It changes nothing for a file.
fn open(path: &Path, flags: i32) -> io::Result<File> {
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | flags).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) if flags == libc::O_NOFOLLOW => not_a_script("it is a symbolic link".to_owned()),
        _ => error,
    })?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(not_a_script("it is not a regular file".to_owned())),
    }
}

fn text_of(file: File) -> io::Result<String> {
    let mut octets = Vec::new();
    file.take(MOST_OCTETS).read_to_end(&mut octets)?;
    let is_cut = octets.len() as u64 == MOST_OCTETS;
    String::from_utf8(octets).or_else(|error| {
        let (reason, mut octets) = (error.utf8_error(), error.into_bytes());
        octets.truncate(reason.valid_up_to());
        let before = String::from_utf8(octets).unwrap_or_default();
        // A last character that is cut is no fault of the file.
        match is_cut && reason.error_len().is_none() {
            true => Ok(before),
            false => Err(not_a_script(format!("line {} is not UTF-8", before.matches('\n').count() + 1))),
        }
    })
}

fn not_a_script(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

// A name that leads out of the folder has a dot or a slash.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

const NAME_RULE: &str = "its name needs 1 to 64 letters, digits, - or _ of ASCII";
/// Octets of a file that are read: more than a script may have, so that the compiler says that it
/// is too long.
const MOST_OCTETS: u64 = 128 * 1024;
/// Files of the folder that are looked at.
const MOST_FILES: usize = 1000;
/// Sentences about them at the start of the server.
const MOST_REMARKS: usize = 20;
