//! The lessons that are there: those that are built in, and those of the teacher's own folder.
//!
//! ```text
//! docs/lessons/05-chunk.lesson     /lessons/chunk, /lessons/05-chunk, /lessons/5
//! DIR/mine.lesson                  /lessons/mine; a name that is built in too is the teacher's
//! ```
//!
//! This is the only file of room 2 that reads files. The lessons themselves are pure: text in, steps out. But an
//! edited script must be used at the next request, so somebody has to look when a request comes, and the site is who
//! knows that. What is read is bounded, and what has not changed is not read again. A production server would not read
//! files on its event loop: a slow disk would stop every connection.
//!
//! A script that is broken is answered with its errors, and the server goes on.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::lesson::{Lesson, show_all};

/// All lessons, compiled when they are first asked for.
#[derive(Debug, Default)]
pub struct Library {
    folder: Option<PathBuf>,
    own: RefCell<HashMap<String, Shelf>>,
    built_in: OnceCell<Vec<Arc<Lesson>>>,
}

/// A lesson, or why there is none.
pub type Found = Result<Arc<Lesson>, Arc<str>>;

/// What was found in a file, and how to see that the file has changed.
#[derive(Debug)]
struct Shelf {
    modified: Option<SystemTime>,
    length: u64,
    found: Found,
}

impl Library {
    /// The lessons that are built in, and those in `folder`.
    pub fn new(folder: Option<PathBuf>) -> Library {
        Library { folder, ..Library::default() }
    }

    /// The lesson of that name, as it is now; an error is the text of what is wrong with it.
    pub fn find(&self, name: &str) -> Option<Found> {
        self.find_own(name).or_else(|| self.find_built_in(name).map(Ok))
    }

    /// All of them in the order of their file names: the teacher's own first.
    pub fn list(&self) -> Vec<(String, Found)> {
        let mut list: Vec<(String, Found)> = Vec::new();
        for name in self.own_names() {
            list.extend(self.find_own(&name).map(|found| (name, found)));
        }
        for lesson in self.built_in() {
            if !list.iter().any(|(name, _)| name == lesson.name()) {
                list.push((lesson.name().to_owned(), Ok(Arc::clone(lesson))));
            }
        }
        list
    }

    // ---- the list -------------------------------------------------------------------------------------

    /// For people at a terminal.
    pub fn list_as_text(&self) -> String {
        let mut text = String::new();
        for (name, found) in self.list() {
            match found {
                Ok(lesson) => {
                    let (title, title_ko) = (about(&lesson, "title"), about(&lesson, "title.ko"));
                    _ = writeln!(text, "{:<16}{title}{}{title_ko}", shown_name(&name), between(title, title_ko));
                    _ = writeln!(text, "{:<16}{}", "", about(&lesson, "question"));
                }
                Err(_) => _ = writeln!(text, "{name:<16}cannot be played; GET /lessons/{name} says why"),
            }
        }
        text.push_str(
            "\ncurl -iN HOST/lessons/NAME plays one, ?step holds each step, /lessons/NAME.lesson is the script\n",
        );
        text
    }

    /// For browsers.
    pub fn list_as_html(&self) -> String {
        let mut page = String::from(HTML_HEAD);
        for (name, found) in self.list() {
            let Ok(lesson) = found else {
                _ = writeln!(page, "<dt><a href=\"/lessons/{name}\">{name}</a><dd>cannot be played");
                continue;
            };
            let (title, title_ko) = (escape(about(&lesson, "title")), escape(about(&lesson, "title.ko")));
            let title = if title.is_empty() { name.clone() } else { title };
            _ = writeln!(page, "<dt><a href=\"/lessons/{name}\">{title}</a> <span lang=\"ko\">{title_ko}</span>");
            _ = write!(page, "<dd>{} ", escape(about(&lesson, "question")));
            _ = writeln!(page, "<span lang=\"ko\">{}</span>", escape(about(&lesson, "question.ko")));
            _ = writeln!(
                page,
                "<small>{} <a href=\"/lessons/{name}.lesson\">script</a></small>",
                escape(about(&lesson, "reads"))
            );
        }
        page.push_str("</dl>\n");
        page
    }

    /// For programs.
    pub fn list_as_json(&self) -> String {
        let list: Vec<serde_json::Value> = self.list().iter().map(|(name, found)| as_json(name, found)).collect();
        format!("{:#}\n", serde_json::Value::from(list))
    }

    // ---- built in -------------------------------------------------------------------------------------

    fn built_in(&self) -> &[Arc<Lesson>] {
        self.built_in.get_or_init(|| {
            let compile = |(file, text): &(&str, &str)| match Lesson::compile(short_name(file), text) {
                Ok(lesson) => Some(lesson),
                // A test compiles them all, so nobody ever sees this.
                Err(problems) => {
                    log::error!("a lesson that is built in is broken:\n{}", show_all(&problems, file, text));
                    None
                }
            };
            BUILT_IN.iter().filter_map(compile).collect()
        })
    }

    fn find_built_in(&self, name: &str) -> Option<Arc<Lesson>> {
        let file = BUILT_IN.iter().map(|(file, _)| *file).find(|file| {
            let number = file.split('-').next().unwrap_or_default().trim_start_matches('0');
            *file == name || short_name(file) == name || number == name
        })?;
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

    fn find_own(&self, name: &str) -> Option<Found> {
        let folder = self.folder.as_ref().filter(|_| is_name(name))?;
        let path = folder.join(format!("{name}.lesson"));
        let Ok(metadata) = fs::metadata(&path) else {
            self.own.borrow_mut().remove(name);
            return None;
        };
        let (modified, length) = (metadata.modified().ok(), metadata.len());
        if let Some(shelf) = self.own.borrow().get(name)
            && shelf.modified.is_some()
            && (shelf.modified, shelf.length) == (modified, length)
        {
            return Some(shelf.found.clone());
        }
        let found = load(&path, name);
        self.own.borrow_mut().insert(name.to_owned(), Shelf { modified, length, found: found.clone() });
        Some(found)
    }
}

fn load(path: &Path, name: &str) -> Found {
    let text = read(path).map_err(|error| format!("{} cannot be read: {error}\n", path.display()))?;
    Lesson::compile(name, &text).map_err(|problems| show_all(&problems, &format!("{name}.lesson"), &text).into())
}

/// The text of a script, and not more of it than a script may have.
///
/// # Errors
/// It cannot be read, is not UTF-8, or is no file: a pipe would be waited for without end.
pub fn read(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let mut text = String::new();
    fs::File::open(path)?.take(MOST_OCTETS).read_to_string(&mut text)?;
    Ok(text)
}

fn about<'a>(lesson: &'a Lesson, key: &str) -> &'a str {
    lesson.about(key).unwrap_or_default()
}

fn between(one: &str, other: &str) -> &'static str {
    if one.is_empty() || other.is_empty() { "" } else { " · " }
}

/// The name, with the number of a lesson that is built in.
fn shown_name(name: &str) -> String {
    match BUILT_IN.iter().find(|(file, _)| short_name(file) == name) {
        Some((file, _)) => format!("{} {name}", file.split('-').next().unwrap_or_default()),
        None => name.to_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn as_json(name: &str, found: &Found) -> serde_json::Value {
    let lesson = match found {
        Ok(lesson) => lesson,
        Err(problems) => return serde_json::json!({ "name": name, "problems": &**problems }),
    };
    let parameters: Vec<serde_json::Value> = lesson
        .parameters()
        .map(|(name, default, is)| serde_json::json!({ "name": name, "default": default, "is": is }))
        .collect();
    serde_json::json!({
        "name": name,
        "title": { "en": lesson.about("title"), "ko": lesson.about("title.ko") },
        "question": { "en": lesson.about("question"), "ko": lesson.about("question.ko") },
        "reads": lesson.about("reads"),
        "try": lesson.all_about("try").collect::<Vec<_>>(),
        "parameters": parameters,
    })
}

const HTML_HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>wirestep: lessons</title>\n\
<style>body{max-width:44em;margin:2em auto;padding:0 1em;font:16px/1.5 sans-serif}dd{margin:0 0 1em}small{display:block;color:#666}</style>\n\
<h1>Lessons</h1>\n<p>Each link plays a lesson. Look at the trace of the server while it does.</p>\n<dl>\n";

// Nothing that leads out of the folder.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The name without its number.
fn short_name(file: &str) -> &str {
    match file.split_once('-') {
        Some((number, name)) if number.bytes().all(|octet| octet.is_ascii_digit()) => name,
        Some(_) | None => file,
    }
}

/// More than a script may have: the compiler is who says that it is too long.
const MOST_OCTETS: u64 = 128 * 1024;
/// Entries of the folder that are looked at.
const MOST_FILES: usize = 1000;

macro_rules! built_in {
    ($($file:literal)*) => {
        /// The scripts of `docs/lessons`, in the order in which they are taught.
        pub const BUILT_IN: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../docs/lessons/", $file, ".lesson"))),)*];
    };
}

built_in! {
    "01-by-hand" "02-length" "03-no-body" "04-close" "05-chunk" "06-endings" "07-five-readers" "08-trailers"
    "09-wireshark" "10-keep-alive" "11-idle-race" "12-pipelining" "13-fin-and-rst" "14-first-events" "15-boundaries"
    "16-grammar" "17-three-ends" "18-coming-back" "19-stop" "20-heartbeats" "21-who-holds" "22-slow-reader"
    "23-tokens" "24-smuggling"
}
