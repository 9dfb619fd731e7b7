//! Objects of JSON, written straight into a line.
//!
//! ```text
//! Object::begin(out)        {
//! .word("label", "data")    {"label":"data"
//! .number("length", 5)      {"label":"data","length":5
//! .end()                    {"label":"data","length":5}
//! ```
//!
//! A trace has some hundred members for each event, and nearly all of them are words and numbers of
//! this program: they need no look at each character. Strings that come from a peer, and sentences,
//! are escaped: everything that a terminal could take for a command, or that is invisible, is
//! written as `\uXXXX`.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::wire::run::run;
use crate::wire::visible::is_harmless;

/// An object that is being written.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>) -> Object<'a> {
        out.push(b'{');
        Object { out, is_empty: true }
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &'static str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A word of this program: ASCII that needs no escape.
    pub(super) fn word(&mut self, key: &'static str, word: &'static str) {
        debug_assert!(run(word.as_bytes(), needs_look) == word.len(), "{word}");
        let out = self.key(key);
        out.push(b'"');
        out.extend_from_slice(word.as_bytes());
        out.push(b'"');
    }

    pub(super) fn number(&mut self, key: &'static str, number: impl itoa::Integer) {
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(number);
        self.key(key).extend_from_slice(digits.as_bytes());
    }

    pub(super) fn is(&mut self, key: &'static str, fact: bool) {
        self.key(key).extend_from_slice(if fact { b"true" } else { b"false" });
    }

    /// A string of a peer or of an operator.
    pub(super) fn text(&mut self, key: &'static str, text: &str) {
        string(text, self.key(key));
    }

    /// Whatever this shows.
    pub(super) fn shown(&mut self, key: &'static str, value: impl Display) {
        let out = self.key(key);
        out.push(b'"');
        // A vector takes all that is written.
        _ = write!(Escaped(out), "{value}");
        out.push(b'"');
    }

    /// A value that serde describes.
    pub(super) fn value(&mut self, key: &'static str, value: &impl Serialize) -> io::Result<()> {
        encode(value, self.key(key))
    }

    pub(super) fn object(&mut self, key: &'static str, write: impl FnOnce(&mut Object<'_>)) {
        write_object(self.key(key), write);
    }

    /// One object for each item.
    pub(super) fn objects<T>(
        &mut self,
        key: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(T, &mut Object<'_>),
    ) {
        let out = self.key(key);
        out.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_object(out, |object| write(item, object));
        }
        out.push(b']');
    }
}

fn write_object(out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    let mut object = Object::begin(out);
    write(&mut object);
    object.end();
}

/// Appends what serde describes, with strings that are as harmless as those of an [`Object`].
pub(super) fn encode(value: &impl Serialize, out: &mut Vec<u8>) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Harmless)).map_err(io::Error::from)
}

/// Appends a string of a peer or a sentence, with its quotation marks.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, out);
    out.push(b'"');
}

struct Escaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(text, self.0);
        Ok(())
    }
}

/// Appends a string as it stands between its quotation marks.
fn escape(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    loop {
        let (plain, other) = rest.split_at(run(rest.as_bytes(), needs_look));
        out.extend_from_slice(plain.as_bytes());
        let mut characters = other.chars();
        let Some(character) = characters.next() else { return };
        escape_one(character, out);
        rest = characters.as_str();
    }
}

fn escape_one(character: char, out: &mut Vec<u8>) {
    let short = match character {
        '"' | '\\' => Some(character),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        _ => None,
    };
    match short {
        Some(letter) => out.extend_from_slice(&[b'\\', letter as u8]),
        None if is_harmless(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| _ = write!(out, "\\u{unit:04x}")),
    }
}

// Everything but printable ASCII that JSON takes as it is.
fn needs_look(octet: u8) -> bool {
    !(b' '..=b'~').contains(&octet) || octet == b'"' || octet == b'\\'
}

/// JSON as serde writes it, but for characters that a terminal would obey or that are invisible.
struct Harmless;

impl Formatter for Harmless {
    // A fragment has no character that JSON itself escapes.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut escaped = Vec::with_capacity(fragment.len());
        escape(fragment, &mut escaped);
        writer.write_all(&escaped)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_stand_in_their_order_and_need_no_space() {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.word("label", "data");
        object.number("length", 5);
        object.is("continues", true);
        object.object("ending", |ending| ending.is("complete", false));
        object.objects("rows", [1, 2], |number, row| row.number("offset", number));
        object.objects("none", [0; 0], |number, row| row.number("offset", number));
        object.end();
        let expected = r#"{"label":"data","length":5,"continues":true,"ending":{"complete":false},"rows":[{"offset":1},{"offset":2}],"none":[]}"#;
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    proptest! {
        #[test]
        fn whatever_a_string_holds_a_reader_gets_it_back_and_a_terminal_sees_nothing_of_it(text: String) {
            let mut out = Vec::new();
            let mut object = Object::begin(&mut out);
            object.text("text", &text);
            object.shown("shown", &text);
            object.value("value", &text).expect("a vector takes it");
            object.end();
            let line = String::from_utf8(out).expect("UTF-8");
            prop_assert!(line.chars().all(is_harmless), "{line:?}");
            let read: serde_json::Value = serde_json::from_str(&line).expect("JSON");
            for key in ["text", "shown", "value"] {
                prop_assert_eq!(read[key].as_str(), Some(text.as_str()));
            }
        }
    }
}
