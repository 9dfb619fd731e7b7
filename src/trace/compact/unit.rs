//! One unit of the protocol, and what its data are to a reader of the event stream.
//!
//! ```text
//! b CRLF data: a LF LF data: CRLF    unit: a chunk; content: event 1, event 2 begins
//! e CRLF : keep-alive LF LF CRLF     unit: a chunk; content: a heartbeat
//! ```

use std::ops::Range;
use std::time::Duration;

use super::connections::Seen;
use super::octets;
use super::rows::{Arrow, Rows};
use crate::trace::palette::Role;
use crate::wire::explain::Saying;
use crate::wire::explain::brief::{Brief, Content, Events};
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::span::Span;

/// One unit with all that its row needs.
pub(super) struct Unit<'a> {
    pub(super) at: Duration,
    pub(super) flow: Flow,
    pub(super) octets: &'a [u8],
    pub(super) spans: &'a [Span],
    pub(super) arrow: Arrow,
    /// Octets of the call, in its first row.
    pub(super) count: Option<usize>,
}

impl Unit<'_> {
    /// Where its octets stand in those of the call.
    pub(super) fn range(&self) -> Range<usize> {
        match (self.spans.first(), self.spans.last()) {
            (Some(first), Some(last)) => first.range.start..last.range.end,
            (_, _) => 0..0,
        }
    }

    /// The last span ends its token.
    pub(super) fn ends_with_lf(&self) -> bool {
        self.octets[self.range()].ends_with(b"\n")
    }
}

/// Ends the row with a fault, or gives it the next one.
pub(super) fn fault_row(rows: &mut Rows<'_>, saying: Saying<'_>) {
    let brief = Brief::Fault(saying);
    if !rows.say(Role::Alarm, &brief) {
        rows.end();
        rows.begin(Arrow::SAME, None);
        rows.say_here(Role::Alarm, &brief);
    }
    rows.end();
}

/// What the data of a unit are to a reader of the event stream; keeps what the connection has to
/// know of them.
pub(super) fn content(seen: &mut Seen, unit: &Unit<'_>) -> Content {
    let half = seen.half(unit.flow);
    let was_in_event = half.is_in_event;
    let (mut first, mut last, mut comments, mut is_stream) = (None, 0, None, false);
    for span in unit.spans {
        let Some(content) = span.content else { continue };
        is_stream = true;
        match content {
            Label::EventComment => comments = Some(comments.unwrap_or(0) + span.range.len()),
            Label::EventDispatch if span.starts => {
                first.get_or_insert(span.numbers.event);
                last = span.numbers.event;
                half.is_in_event = false;
                half.events = half.events.saturating_add(1);
            }
            Label::EventBlank if span.starts => half.is_in_event = false,
            Label::EventFieldName => {
                first.get_or_insert(span.numbers.event);
                last = span.numbers.event;
                half.is_in_event = true;
            }
            Label::EventData | Label::EventId | Label::EventType | Label::EventRetry => {
                first.get_or_insert(span.numbers.event);
                last = span.numbers.event;
            }
            _ => {}
        }
    }
    let end = unit.spans.iter().rfind(|span| span.content.is_some());
    let end = end.map_or(&[][..], |span| &unit.octets[span.range.clone()]);
    let has_dispatch = unit.spans.iter().any(|span| span.content == Some(Label::EventDispatch));
    match (first, comments) {
        _ if !is_stream => Content::Opaque,
        _ if octets::cuts_character(end) => Content::CutsCharacter,
        (None, Some(0..=16)) => Content::Heartbeat,
        (None, Some(_)) => Content::Comment,
        (None, None) => Content::NoEvent,
        (Some(_), _) if !has_dispatch && !half.is_in_event && !was_in_event => Content::NoEvent,
        (Some(first), _) => {
            Content::Events(Events { first, last, is_continued: was_in_event, is_unfinished: half.is_in_event })
        }
    }
}
