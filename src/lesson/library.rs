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

use super::script::{Parameter, ParameterKind};
use super::{Lesson, show_all};

/// All lessons, compiled when they are first asked for.
#[derive(Debug, Default)]
pub struct Library {
    folder: Option<PathBuf>,
    own: RefCell<HashMap<String, Cached>>,
    built_in: OnceCell<Vec<Arc<Lesson>>>,
}

/// A lesson, or why there is none.
pub type Lookup = Result<Arc<Lesson>, Arc<str>>;

/// The text of a file, and what the compiler has made of it.
#[derive(Debug)]
struct Cached {
    text: String,
    found: Lookup,
}

/// A lesson in the list.
struct ListEntry {
    name: String,
    /// Of a lesson that is built in.
    number: Option<&'static str>,
    found: Lookup,
}

impl Library {
    /// The lessons that are built in, and those in `folder`.
    pub fn new(folder: Option<PathBuf>) -> Library {
        Library { folder, ..Library::default() }
    }

    /// The lesson of that name, as it is now; an error is the text of what is wrong with it.
    pub fn find(&self, name: &str) -> Option<Lookup> {
        self.find_own(name).or_else(|| self.find_built_in(name).map(Ok))
    }

    /// All of them in the order of their file names: the teacher's own first.
    fn list(&self) -> Vec<ListEntry> {
        let own = |name: String| self.find_own(&name).map(|found| ListEntry { name, number: None, found });
        let mut list: Vec<ListEntry> = self.own_names().into_iter().filter_map(own).collect();
        for lesson in self.built_in() {
            if !list.iter().any(|entry| entry.name == lesson.name()) {
                let number = number_of(lesson.name());
                list.push(ListEntry { name: lesson.name().to_owned(), number, found: Ok(Arc::clone(lesson)) });
            }
        }
        list
    }

    // ---- the list -------------------------------------------------------------------------------------

    /// For people at a terminal.
    pub fn list_as_text(&self) -> String {
        let mut text: String = self.list().iter().map(ListEntry::as_text).collect();
        text.push_str(
            "\ncurl -iN HOST/lessons/NAME plays one, ?step holds each step, /lessons/NAME.lesson is the script\n",
        );
        text
    }

    /// For browsers.
    pub fn list_as_html(&self) -> String {
        let list: String = self.list().iter().map(ListEntry::as_html).collect();
        format!("{HTML_HEAD}{list}</dl>\n")
    }

    /// For programs.
    pub fn list_as_json(&self) -> String {
        let list: Vec<serde_json::Value> = self.list().iter().map(ListEntry::as_json).collect();
        format!("{:#}\n", serde_json::Value::from(list))
    }

    // ---- built in -------------------------------------------------------------------------------------

    fn built_in(&self) -> &[Arc<Lesson>] {
        self.built_in.get_or_init(|| {
            let compile = |(file, text): &(&str, &str)| match Lesson::compile(short_name(file), text) {
                Ok(lesson) => Some(lesson),
                // A test compiles them all, so nobody ever sees this.
                Err(diagnostics) => {
                    log::error!("a lesson that is built in is broken:\n{}", show_all(&diagnostics, file, text));
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
            return Some(cached.found.clone());
        }
        let found = compile(name, &text);
        self.own.borrow_mut().insert(name.to_owned(), Cached { text, found: found.clone() });
        Some(found)
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

impl ListEntry {
    fn as_text(&self) -> String {
        let ListEntry { name, number, found } = self;
        let name = number.map_or(name.clone(), |number| format!("{number} {name}"));
        let Ok(lesson) = found else {
            return format!("{name:<NAME_WIDTH$} cannot be played; GET /lessons/{} says why\n", self.name);
        };
        let (title, title_ko) = (about(lesson, "title"), about(lesson, "title.ko"));
        let title = format!("{title}{}{title_ko}", between(title, title_ko));
        let rows = [(name.as_str(), title.as_str()), ("", about(lesson, "question"))];
        let rows = rows.into_iter().filter(|(name, words)| !name.is_empty() || !words.is_empty());
        rows.map(|(name, words)| format!("{name:<NAME_WIDTH$} {words}").trim_end().to_owned() + "\n").collect()
    }

    fn as_html(&self) -> String {
        let ListEntry { name, found, .. } = self;
        let Ok(lesson) = found else {
            return format!("<dt><a href=\"/lessons/{name}\">{name}</a>\n<dd>cannot be played\n");
        };
        let title = Some(escape(about(lesson, "title"))).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| name.clone());
        format!(
            "<dt><a href=\"/lessons/{name}\">{title}</a> <span lang=\"ko\">{}</span>\n\
             <dd>{} <span lang=\"ko\">{}</span>\n\
             <small>{} <a href=\"/lessons/{name}.lesson\">script</a></small>\n",
            escape(about(lesson, "title.ko")),
            escape(about(lesson, "question")),
            escape(about(lesson, "question.ko")),
            escape(about(lesson, "reads")),
        )
    }

    fn as_json(&self) -> serde_json::Value {
        let ListEntry { name, found, number } = self;
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let lesson = match found {
            Ok(lesson) => lesson,
            Err(diagnostics) => return serde_json::json!({ "name": name, "problems": &**diagnostics }),
        };
        let both = |key: &str| serde_json::json!({ "en": lesson.about(key), "ko": lesson.about(&format!("{key}.ko")) });
        serde_json::json!({
            "name": name,
            "number": number,
            "part": number.and_then(part_of),
            "title": both("title"),
            "question": both("question"),
            "predict": both("predict"),
            "why": both("why"),
            "watch": both("watch"),
            "reads": lesson.about("reads"),
            "try": lesson.all_about("try").collect::<Vec<_>>(),
            "client": lesson.client(),
            "types": lesson.event_types(),
            "parameters": lesson.parameters.iter().map(parameter_as_json).collect::<Vec<_>>(),
        })
    }
}

/// `least` and `most` are numbers, milliseconds of a time, or octets of a text.
fn parameter_as_json(parameter: &Parameter) -> serde_json::Value {
    let Parameter { name, kind, default } = parameter;
    let mut object = serde_json::json!({ "name": name, "default": default.text, "is": kind.describe() });
    let (word, bounds, words) = match kind {
        ParameterKind::Number { from, to } => ("number", Some((*from, *to)), None),
        ParameterKind::Time { from, to } => ("time", Some((*from, *to)), None),
        ParameterKind::Choice(words) => ("word", None, Some(words)),
        ParameterKind::Text { longest } => ("text", Some((0, *longest)), None),
    };
    object["kind"] = word.into();
    if let Some((least, most)) = bounds {
        object["least"] = least.into();
        object["most"] = most.into();
    }
    if let Some(words) = words {
        object["words"] = words.clone().into();
    }
    object
}

/// The part of the course that the lesson of this number belongs to.
fn part_of(number: usize) -> Option<serde_json::Value> {
    let index = PARTS.iter().rposition(|(first, _, _)| number >= *first)?;
    let (_, en, ko) = PARTS.get(index)?;
    Some(serde_json::json!({ "number": index + 1, "en": en, "ko": ko }))
}

/// The parts of the course: the number of the first lesson, and the heading in English and in Korean.
const PARTS: &[(usize, &str, &str)] = &[
    (1, "Where a message ends", "메시지는 어디서 끝나는가"),
    (10, "The connection around it", "메시지를 둘러싼 연결"),
    (14, "Events in the body", "본문 속의 이벤트"),
    (20, "The world between and around", "클라이언트와 서버 사이"),
];

fn about<'a>(lesson: &'a Lesson, key: &str) -> &'a str {
    lesson.about(key).unwrap_or_default()
}

fn between(one: &str, other: &str) -> &'static str {
    if one.is_empty() || other.is_empty() { "" } else { " · " }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const HTML_HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>wirestep: lessons</title>\n\
<style>body{max-width:44em;margin:2em auto;padding:0 1em;font:16px/1.5 sans-serif}dd{margin:0 0 1em}small{display:block;color:#666}</style>\n\
<h1>Lessons</h1>\n<p>Each link plays a lesson. Look at the trace of the server while it does.</p>\n<dl>\n";

// Nothing that leads out of the folder.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The number of a lesson that is built in, as its file has it: `05`.
fn number_of(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(file, _)| short_name(file) == name)?.0.split('-').next()
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
/// Columns of a name in the list.
const NAME_WIDTH: usize = 15;
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
