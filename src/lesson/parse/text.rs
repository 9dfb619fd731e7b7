//! Heads, field lines, events and texts, with holes that a parameter or a counter fills in.
//!
//! ```text
//! head 200 OK                        status-line
//!   Content-Type: text/plain         field lines, as they are written
//! chunk "tick {n}\n"                octets, a hole, an octet
//! event "hello"                      data: hello, and a blank line
//! ```

use super::super::cursor::{Cursor, Fragment};
use super::super::diagnostic::{Diagnostic, SourcePosition, found};
use super::super::parameter::read_number;
use super::super::script::{Act, Slot, Template, TemplatePart};
use super::parser::{Parsed, Parser, SourceLine};
use crate::wire::fields::{is_tchar, is_text};

impl Parser {
    pub(super) fn head(&mut self, cursor: &mut Cursor<'_>, fields: &[SourceLine<'_>]) -> Parsed<Act> {
        let (version, position) =
            if cursor.peek().starts_with("HTTP/") { cursor.word() } else { ("HTTP/1.1", cursor.position(0)) };
        if !matches!(version, "HTTP/1.0" | "HTTP/1.1") {
            let message = format!("unsupported version {version}");
            return Err(Diagnostic::error(position, message, "expected HTTP/1.1 or HTTP/1.0"));
        }
        let (status, position) = cursor.word();
        let is_code =
            status.len() == 3 && status.starts_with(['1', '2', '3', '4', '5']) && read_number(status).is_some();
        if !is_code {
            let message = format!("expected a status code, found {}", found(status));
            return Err(Diagnostic::error(position, message, "expected three digits from 100 to 599, such as 200 OK"));
        }
        cursor.skip_space();
        let reason = cursor.rest();
        let reason = reason.find('#').map_or(reason, |comment| &reason[..comment]).trim_end();
        if reason.chars().any(char::is_control) {
            let message = "control character in the reason phrase";
            return Err(Diagnostic::error(cursor.position_of_rest(), message, "expected visible characters"));
        }
        cursor.accept(reason);
        let lines = self.field_lines(fields)?;
        let is_chunked = fields.iter().any(|line| says_chunked(line.text));
        let mut text = Template::default();
        text.push_octets(format!("{version} {status} {reason}\r\n").as_bytes());
        text.append(lines);
        text.push_octets(b"\r\n");
        Ok(Act::Head { text, is_interim: status.starts_with('1'), is_chunked })
    }

    /// `chunk [EXTENSION] "..."`
    pub(super) fn chunk(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Act> {
        let extension = chunk_extension(cursor)?;
        let data = self.text(cursor, "chunk")?;
        Ok(Act::Chunk { extension, data })
    }

    /// `last-chunk [EXTENSION]`, and the field lines of the trailer section below it.
    pub(super) fn last_chunk(&mut self, cursor: &mut Cursor<'_>, fields: &[SourceLine<'_>]) -> Parsed<Act> {
        let extension = chunk_extension(cursor)?;
        let trailers = self.field_lines(fields)?;
        Ok(Act::LastChunk { extension, trailers })
    }

    /// Field lines as they are written, each with CRLF.
    pub(super) fn field_lines(&mut self, fields: &[SourceLine<'_>]) -> Parsed<Template> {
        let mut lines = Template::default();
        for SourceLine { number, text } in fields {
            let mut cursor = Cursor::new(text.trim_end(), *number);
            cursor.skip_space();
            if cursor.rest().starts_with('#') {
                continue;
            }
            let name = cursor.rest().split(':').next().unwrap_or_default();
            let is_field = cursor.rest().contains(':') && !name.is_empty() && name.bytes().all(is_tchar);
            if !is_field || cursor.rest().chars().any(|c| c.is_control() && c != '\t') {
                let hint = "expected Name: value; a line that is wrong on purpose needs raw";
                self.diagnostics.push(Diagnostic::error(cursor.position_of_rest(), "expected a field line", hint));
                continue;
            }
            if let Some(hash) = cursor.rest().find(" #") {
                let mut position = cursor.position(1);
                position.column += cursor.rest()[..=hash].chars().count();
                self.warn(position, "the # is part of the field value", "a comment needs a line of its own here");
            }
            let fragments = cursor.literal();
            lines.append(self.fill(fragments));
            lines.push_octets(b"\r\n");
        }
        Ok(lines)
    }

    pub(super) fn event(
        &mut self,
        cursor: &mut Cursor<'_>,
        verb: SourcePosition,
        fields: &[SourceLine<'_>],
    ) -> Parsed<Act> {
        cursor.skip_space();
        let has_text = cursor.rest().starts_with('"');
        if has_text && !fields.is_empty() {
            let hint = "expected either \"...\" or lines below, not both";
            return Err(Diagnostic::error(cursor.position(1), "the event has a text and lines below it", hint));
        }
        if !has_text && fields.is_empty() {
            let hint = "expected \"...\", or lines such as \"data: hello\" below, indented";
            return Err(Diagnostic::error(verb, "the event is empty", hint));
        }
        let mut block = if has_text { self.data_lines(cursor)? } else { self.event_lines(verb, fields)? };
        block.push_octets(b"\n");
        Ok(Act::Event(block))
    }

    // A line end in the text begins another data line; a client joins them by LF again.
    fn data_lines(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Template> {
        let text = self.text(cursor, "event")?;
        Ok(prefixed(text, b"data: "))
    }

    fn event_lines(&mut self, verb: SourcePosition, fields: &[SourceLine<'_>]) -> Parsed<Template> {
        let mut lines = Template::default();
        let mut has_data = false;
        for SourceLine { number, text } in fields {
            let mut cursor = Cursor::new(text.trim_end(), *number);
            cursor.skip_space();
            if cursor.rest().starts_with('#') {
                continue;
            }
            let (name, value) = cursor.rest().split_once(':').unwrap_or((cursor.rest(), ""));
            has_data |= name == "data";
            let value = value.strip_prefix(' ').unwrap_or(value);
            if !matches!(name, "data" | "id" | "event" | "retry" | "") {
                self.warn(
                    cursor.position_of_rest(),
                    format!("a client ignores the field {name:?}"),
                    "known fields are data, id, event and retry",
                );
            } else if name == "retry" && !value.contains('{') && read_number(value).is_none() {
                self.warn(
                    cursor.position_of_rest(),
                    "a client ignores this retry",
                    "expected digits only: milliseconds",
                );
            }
            let fragments = cursor.literal();
            lines.append(self.fill(fragments));
            lines.push_octets(b"\n");
        }
        if lines.is_empty() {
            return Err(Diagnostic::error(verb, "the event is empty", "expected lines such as \"data: hello\" below"));
        }
        if !has_data {
            self.warn(verb, "the event has no data: nothing is dispatched", "a data: line makes it a message");
        }
        Ok(lines)
    }

    pub(super) fn comment(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Template> {
        let text = self.text(cursor, "comment")?;
        Ok(prefixed(text, b": "))
    }

    /// One or more texts in quotation marks, one after the other: they are joined.
    pub(super) fn text(&mut self, cursor: &mut Cursor<'_>, verb: &str) -> Parsed<Template> {
        let position = cursor.position(0);
        let mut text = Template::default();
        loop {
            let fragments = cursor.quoted()?;
            text.append(self.fill(fragments));
            cursor.skip_space();
            if !cursor.rest().starts_with('"') {
                break;
            }
        }
        if text.is_empty() && matches!(verb, "chunk" | "data" | "raw") {
            let hint = if verb == "chunk" { "the chunk of size zero is last-chunk" } else { "such as \"hello\"" };
            return Err(Diagnostic::error(position, "expected at least one octet", hint));
        }
        Ok(text)
    }

    fn fill(&mut self, fragments: Vec<Fragment<'_>>) -> Template {
        let mut template = Template::default();
        for fragment in fragments {
            match fragment {
                Fragment::Octets(octets) => template.push_octets(&octets),
                Fragment::Name(name, position) => match self.slot(name) {
                    Some(slot) => template.push_hole(slot),
                    None if self.is_doubtful(name) => {}
                    None => self.diagnostics.push(self.unknown_name(name, position)),
                },
            }
        }
        template
    }

    pub(super) fn slot(&self, name: &str) -> Option<Slot> {
        // The innermost repetition with this name.
        let counters: Vec<&str> = self.open.iter().filter_map(|block| block.counter.as_deref()).collect();
        if let Some(depth) = counters.iter().rposition(|counter| *counter == name) {
            return Some(Slot::Counter(depth));
        }
        self.script.parameters.iter().position(|parameter| parameter.name == name).map(Slot::Parameter)
    }

    pub(super) fn unknown_name(&self, name: &str, position: SourcePosition) -> Diagnostic {
        let counters = self.open.iter().filter_map(|block| block.counter.as_deref());
        let names: Vec<&str> = counters.chain(self.script.parameters.iter().map(|it| it.name.as_str())).collect();
        let known = if names.is_empty() {
            "none are defined here".to_owned()
        } else {
            format!("known here: {}", names.join(", "))
        };
        Diagnostic::error(
            position,
            format!("unknown parameter or counter {name:?}"),
            format!("{known}; a brace alone is written {{{{"),
        )
    }
}

/// Text that has no parameter in it, or an error at the first.
pub(super) fn fixed_text(fragments: Vec<Fragment<'_>>, position: SourcePosition) -> Parsed<String> {
    let mut octets = Vec::new();
    for fragment in fragments {
        match fragment {
            Fragment::Octets(more) => octets.extend(more),
            Fragment::Name(_, position) => {
                let message = "a parameter cannot be filled in here";
                return Err(Diagnostic::error(position, message, "expected text without names in braces"));
            }
        }
    }
    String::from_utf8(octets).map_err(|_| Diagnostic::error(position, "the text is not UTF-8", "expected UTF-8"))
}

/// The extensions of a chunk, if a semicolon comes next (RFC 9112 section 7.1.1):
///
/// ```text
/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// ```
///
/// BWS, which a sender must not generate, is not accepted: `raw` can send it.
fn chunk_extension(cursor: &mut Cursor<'_>) -> Parsed<String> {
    cursor.skip_space();
    let (text, position) = cursor.unquoted_run();
    if !text.starts_with(';') {
        return Ok(String::new());
    }
    let is_right = extensions(text).skip(1).all(|extension| match extension.split_once('=') {
        None => is_token(extension),
        Some((name, value)) => is_token(name) && (is_token(value) || is_quoted_string(value)),
    });
    if !is_right {
        let hint = "expected ;name, ;name=value or ;name=\"text\" without spaces; \
                    a line that is wrong on purpose needs raw";
        return Err(Diagnostic::error(position, "expected an extension of a chunk", hint));
    }
    cursor.accept(text);
    Ok(text.to_owned())
}

/// The parts of `text` between semicolons that are in no quoted string.
fn extensions(text: &str) -> impl Iterator<Item = &str> {
    let mut quotes = 0;
    text.split(move |c| {
        quotes += usize::from(c == '"');
        c == ';' && quotes % 2 == 0
    })
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

// A backslash could hide a quotation mark; that subtlety is left to raw.
fn is_quoted_string(text: &str) -> bool {
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inside.is_some_and(|inside| inside.bytes().all(|octet| is_text(octet) && octet != b'"' && octet != b'\\'))
}

fn says_chunked(line: &str) -> bool {
    line.trim().split_once(':').is_some_and(|(name, value)| {
        name.eq_ignore_ascii_case("transfer-encoding") && value.to_ascii_lowercase().contains("chunked")
    })
}

/// Each line of `text` with `prefix` before it and LF after it.
fn prefixed(text: Template, prefix: &[u8]) -> Template {
    let mut lines = Template::default();
    lines.push_octets(prefix);
    for part in text.0 {
        match part {
            TemplatePart::Hole(slot) => lines.push_hole(slot),
            TemplatePart::Octets(octets) => {
                for (index, line) in octets.split(|octet| *octet == b'\n').enumerate() {
                    if index > 0 {
                        lines.push_octets(b"\n");
                        lines.push_octets(prefix);
                    }
                    lines.push_octets(line);
                }
            }
        }
    }
    lines.push_octets(b"\n");
    lines
}
