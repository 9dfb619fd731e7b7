//! The list of lessons: as text for a terminal, as HTML for a browser, as JSON for a program.
//!
//! ```text
//! 05 chunk        Anatomy of a chunk · 청크 해부
//!                 How can an unknown length have a known end?
//! ```
//!
//! The members of the JSON are described in `docs/lessons.md`.

use std::sync::Arc;

use super::built_in::part_of;
use super::compile::Lesson;
use super::parameter::{Parameter, ParameterKind};

/// A lesson in the list.
#[derive(Debug)]
pub(super) struct ListEntry {
    pub(super) name: String,
    /// The number of a lesson that is built in, as its file has it: `05`.
    pub(super) number: Option<&'static str>,
    /// The lesson, or the text of its errors.
    pub(super) lesson: Result<Arc<Lesson>, Arc<str>>,
}

/// For a terminal: two rows for each lesson, and how to play one.
pub(super) fn as_text(list: &[ListEntry]) -> String {
    let mut text: String = list.iter().map(ListEntry::as_text).collect();
    text.push_str(
        "\ncurl -iN HOST/lessons/NAME plays one, ?step holds each step, /lessons/NAME.lesson is the script\n",
    );
    text
}

/// For a browser.
pub(super) fn as_html(list: &[ListEntry]) -> String {
    let list: String = list.iter().map(ListEntry::as_html).collect();
    format!("{HTML_HEAD}{list}</dl>\n")
}

/// For a program: an array of objects.
pub(super) fn as_json(list: &[ListEntry]) -> String {
    let list: Vec<serde_json::Value> = list.iter().map(ListEntry::as_json).collect();
    format!("{:#}\n", serde_json::Value::from(list))
}

impl ListEntry {
    fn as_text(&self) -> String {
        let ListEntry { name, number, lesson } = self;
        let name = number.map_or(name.clone(), |number| format!("{number} {name}"));
        let Ok(lesson) = lesson else {
            return format!("{name:<NAME_WIDTH$} cannot be played; GET /lessons/{} says why\n", self.name);
        };
        let (title, title_ko) = (about(lesson, "title"), about(lesson, "title.ko"));
        let title = format!("{title}{}{title_ko}", between(title, title_ko));
        let rows = [(name.as_str(), title.as_str()), ("", about(lesson, "question"))];
        let rows = rows.into_iter().filter(|(name, words)| !name.is_empty() || !words.is_empty());
        rows.map(|(name, words)| format!("{name:<NAME_WIDTH$} {words}").trim_end().to_owned() + "\n").collect()
    }

    fn as_html(&self) -> String {
        let ListEntry { name, lesson, .. } = self;
        let Ok(lesson) = lesson else {
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
        let ListEntry { name, number, lesson } = self;
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let lesson = match lesson {
            Ok(lesson) => lesson,
            Err(diagnostics) => return serde_json::json!({ "name": name, "problems": &**diagnostics }),
        };
        let both = |key: &str| serde_json::json!({ "en": lesson.about(key), "ko": lesson.about(&format!("{key}.ko")) });
        serde_json::json!({
            "name": name,
            "number": number,
            "part": number.and_then(part_of).map(|part| serde_json::json!({ "number": part.number, "en": part.en, "ko": part.ko })),
            "title": both("title"),
            "question": both("question"),
            "predict": both("predict"),
            "why": both("why"),
            "watch": both("watch"),
            "reads": lesson.about("reads"),
            "try": lesson.all_about("try").collect::<Vec<_>>(),
            "client": lesson.client(),
            "types": lesson.event_types(),
            "parameters": lesson.parameters().iter().map(parameter_as_json).collect::<Vec<_>>(),
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

/// Columns of a name in the text.
const NAME_WIDTH: usize = 15;
