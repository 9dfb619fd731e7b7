//! Rows of an event stream: one line of it, as far as it lies in one piece of one chunk.
//!
//! ```text
//! chunk 1   event:message␊data:     a type; a line that does not end here
//! chunk 2   event1                  continues it
//! chunk 3   ␊␊                      ends it: a line of data; the blank line dispatches the event
//! ```

use super::{Began, Explanation};
use crate::wire::label::Label;
use crate::wire::span::{Detail, Span};
use crate::wire::sse::EventLine;

/// Whether two neighbours stand in one row.
pub(super) fn joins(one: Label, next: Label) -> bool {
    let ended = matches!(one, Label::EventBom | Label::EventLineEnd | Label::EventIgnored);
    let blank = |label| matches!(label, Label::EventDispatch | Label::EventBlank);
    !ended && !blank(one) && !blank(next)
}

/// What the row of these spans does; all of them have content.
pub(super) fn explain<'a>(spans: &[Span]) -> Explanation<'a> {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
        return Explanation::Label(Label::NotLabelled);
    };
    let (content, end) = (first.content.unwrap_or(first.label), last.content.unwrap_or(last.label));
    let began = began(first, content);
    match (end, last.detail) {
        (Label::EventLineEnd | Label::EventIgnored, Detail::Line(line)) => {
            Explanation::EventLine { line, is_heeded: is_heeded(line, end), began }
        }
        (Label::EventBom | Label::EventDispatch | Label::EventBlank, _) if first.starts => Explanation::Label(content),
        (Label::EventBom | Label::EventDispatch | Label::EventBlank | Label::EventLineEnd | Label::EventIgnored, _) => {
            Explanation::Continues(content)
        }
        _ => Explanation::EventUnfinished(began),
    }
}

// Every comment is ignored, and that is what it is for.
fn is_heeded(line: EventLine, end: Label) -> bool {
    line == EventLine::Comment || end == Label::EventLineEnd
}

fn began(first: &Span, content: Label) -> Began {
    let begins_line = matches!(content, Label::EventComment | Label::EventFieldName | Label::EventBom) && first.starts;
    match (first.resumes, begins_line) {
        (true, _) => Began::EarlierChunk,
        (false, true) => Began::Here,
        (false, false) => Began::EarlierPiece,
    }
}

/// The code of a line that the client obeys.
pub(super) const fn code(line: EventLine) -> &'static str {
    match line {
        EventLine::Comment => "event-comment",
        EventLine::Type => "event-type",
        EventLine::Data => "event-data",
        EventLine::Id { is_empty: false } => "event-id",
        EventLine::Id { is_empty: true } => "event-id-empty",
        EventLine::Retry => "event-retry",
        EventLine::Unknown | EventLine::Blank => "event-field-unknown",
    }
}

/// The code of a line that the client ignores.
pub(super) const fn ignored_code(line: EventLine) -> &'static str {
    match line {
        EventLine::Id { .. } => "event-id-ignored",
        EventLine::Retry => "event-retry-ignored",
        EventLine::Comment => "event-comment",
        EventLine::Type | EventLine::Data | EventLine::Unknown | EventLine::Blank => "event-field-unknown",
    }
}
