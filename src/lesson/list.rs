//! The list of lessons: as text for a terminal, as JSON for a program.
//!
//! ```text
//! 05 chunk        Anatomy of a chunk · 청크 해부
//!                 How can an unknown length have a known end?
//! ```
//!
//! Scripts and file names come from a folder and end on a terminal or a page, so each of them
//! passes [`in_place`] first. The members of the JSON are described in `docs/lessons.md`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::built_in::part_of;
use super::compile::Lesson;
use super::parameter::{Parameter, ParameterKind};
use crate::wire::visible::in_place;

/// A lesson in the list.
#[derive(Debug)]
pub(super) struct ListEntry {
    /// Its name in addresses, or the name of a file that has no address.
    pub(super) name: String,
    /// The number of a lesson that is built in, as its file has it: `05`.
    pub(super) number: Option<&'static str>,
    /// The file of the built-in lesson whose address it takes: `05-chunk`.
    pub(super) replaces: Option<&'static str>,
    pub(super) content: Content,
}

/// What is at the address of an entry.
#[derive(Debug)]
pub(super) enum Content {
    Lesson(Arc<Lesson>),
    /// A script with errors, which are this text.
    Broken(Arc<str>),
    /// Nothing, for this reason: the name of the file cannot be part of an address.
    NotServed(String),
}

/// For a terminal: two rows for each lesson, and how to play one.
pub(super) fn as_text(list: &[ListEntry], host: &str) -> String {
    let mut text: String = list.iter().map(ListEntry::as_text).collect();
    text.push_str(&format!(
        "\ncurl -iN http://{host}/lessons/NAME plays one, ?step holds each step, \
         /lessons/NAME.lesson is the script\n"
    ));
    text
}

/// For a program: an array of objects.
pub(super) fn as_json(list: &[ListEntry], host: &str) -> String {
    let list: Vec<Value> = list.iter().map(|entry| entry.as_json(host)).collect();
    format!("{:#}\n", Value::from(list))
}

impl ListEntry {
    fn as_text(&self) -> String {
        let name = in_place(&self.name);
        let first = self.number.map_or(name.clone(), |number| format!("{number} {name}"));
        let mut rows = match &self.content {
            Content::Lesson(lesson) => vec![titles(lesson), about(lesson, "question")],
            Content::Broken(_) => vec![format!("cannot be played; GET /lessons/{name} says why")],
            Content::NotServed(reason) => vec![format!("is not served: {reason}")],
        };
        rows.extend(self.replaces.map(|file| format!("replaces the built-in lesson {file}")));
        rows.retain(|row| !row.is_empty());
        if rows.is_empty() {
            return format!("{first}\n");
        }
        let names = std::iter::once(first.as_str()).chain(std::iter::repeat(""));
        names.zip(rows).map(|(name, row)| format!("{name:<NAME_WIDTH$} {row}\n")).collect()
    }

    fn as_json(&self, host: &str) -> Value {
        let name = in_place(&self.name);
        let lesson = match &self.content {
            Content::Lesson(lesson) => lesson,
            Content::Broken(errors) => return json!({ "name": name, "problems": &**errors }),
            Content::NotServed(reason) => {
                return json!({ "name": null, "problems": format!("{name}.lesson is not served: {reason}\n") });
            }
        };
        let one = |key: &str| lesson.about(key).map(in_place);
        let both = |key: &str| json!({ "en": one(key), "ko": one(&format!("{key}.ko")) });
        let number = self.number.and_then(|number| number.parse::<usize>().ok());
        let part = number.and_then(part_of);
        json!({
            "name": name,
            "number": number,
            "part": part.map(|part| json!({ "number": part.number, "en": part.en, "ko": part.ko })),
            "replaces": self.replaces,
            "title": both("title"),
            "question": both("question"),
            "predict": both("predict"),
            "why": both("why"),
            "watch": both("watch"),
            "reads": one("reads"),
            "try": lesson.all_about("try").map(|line| in_place(&line.replace("HOST", host))).collect::<Vec<_>>(),
            "client": lesson.client(),
            "types": lesson.event_types().iter().map(|name| in_place(name)).collect::<Vec<_>>(),
            "parameters": lesson.parameters().iter().map(parameter_as_json).collect::<Vec<_>>(),
        })
    }
}

/// `least` and `most` are numbers, milliseconds of a time, or octets of a text.
fn parameter_as_json(parameter: &Parameter) -> Value {
    let Parameter { name, kind, default } = parameter;
    let mut object = json!({ "name": name, "default": in_place(&default.text), "is": kind.describe() });
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

/// The title in both languages.
fn titles(lesson: &Lesson) -> String {
    let titles = [about(lesson, "title"), about(lesson, "title.ko")];
    let titles: Vec<&str> = titles.iter().map(String::as_str).filter(|title| !title.is_empty()).collect();
    titles.join(" · ")
}

fn about(lesson: &Lesson, key: &str) -> String {
    in_place(lesson.about(key).unwrap_or_default())
}

/// Columns of a name in the text.
const NAME_WIDTH: usize = 15;
