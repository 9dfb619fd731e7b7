//! The events of a stream as they pass: how many, in which pieces, and what they say of the stream.
//!
//! ```text
//! read 1   data:a LF LF             event 1
//! read 2   id:2 LF data:b LF LF     event 2, has an id
//!          id:3 LF data:c LF        not dispatched yet
//! ```
//!
//! An event is known by a hash of its fields: how its lines end and where it was cut does not
//! count, so the same event is the same on both sides of a proxy.
//!
//! For the next editor: of the data a few octets are kept, which is enough for the marks of model
//! streams, and only until the event is dispatched.

use std::hash::{DefaultHasher, Hasher};
use std::time::Duration;

use super::pace::Pace;
use crate::wire::finding::Dialect;
use crate::wire::label::Label;
use crate::wire::sse::EventLine;

/// What is known of the events of one response.
#[derive(Debug, Clone, Default)]
pub(super) struct Events {
    /// Events that a blank line has dispatched.
    pub(super) dispatched: u32,
    /// Their times.
    pub(super) times: Pace,
    /// Pieces that dispatched an event, and the times of those pieces.
    pub(super) pieces: u32,
    pub(super) piece_times: Pace,
    /// The piece that dispatched the last event.
    last_piece: u64,
    pub(super) comments: u32,
    pub(super) has_ids: bool,
    pub(super) id_ignored: bool,
    pub(super) retry_zero: bool,
    pub(super) first_hash: Option<u64>,
    /// A line of the event that passes has begun.
    pub(super) is_unfinished: bool,
    /// The hash of the event that passes.
    hash: DefaultHasher,
    /// The beginning of its data, and its type.
    data: Vec<u8>,
    event_type: Vec<u8>,
    retry: Vec<u8>,
    model: Model,
}

/// What has been seen of a model's stream.
#[derive(Debug, Clone, Copy, Default)]
struct Model {
    dialect: Option<Dialect>,
    is_done: bool,
    has_error: bool,
}

impl Events {
    /// A token of the stream, or a part of one: it came with `piece` at `at`. The hash of the event
    /// that it dispatches, if it does.
    pub(super) fn token(&mut self, at: Duration, piece: u64, token: Token<'_>) -> Option<u64> {
        let Token { label, begins, octets } = token;
        match label {
            Label::EventFieldName | Label::EventColon => self.is_unfinished = true,
            Label::EventComment if begins => self.comments = self.comments.saturating_add(1),
            Label::EventData => {
                self.field(b'd', begins, octets);
                keep(&mut self.data, octets);
            }
            Label::EventType => {
                self.field(b't', begins, octets);
                keep(&mut self.event_type, octets);
            }
            Label::EventId => {
                self.has_ids = true;
                self.field(b'i', begins, octets);
            }
            Label::EventRetry => keep(&mut self.retry, octets),
            Label::EventDispatch if begins => return Some(self.dispatch(at, piece)),
            Label::EventBlank if begins => self.begin_block(),
            _ => {}
        }
        None
    }

    /// A line has ended; `is_heeded` says that clients obey it.
    pub(super) fn line(&mut self, line: EventLine, is_heeded: bool) {
        match line {
            EventLine::Id { .. } => self.id_ignored |= !is_heeded,
            EventLine::Retry if is_heeded => self.retry_zero |= self.retry.iter().all(|digit| *digit == b'0'),
            _ => {}
        }
        self.retry.clear();
    }

    fn field(&mut self, kind: u8, begins: bool, octets: &[u8]) {
        if begins {
            self.hash.write(&[b'\n', kind]);
        }
        self.hash.write(octets);
    }

    fn dispatch(&mut self, at: Duration, piece: u64) -> u64 {
        self.dispatched = self.dispatched.saturating_add(1);
        self.times.hear(at);
        if std::mem::replace(&mut self.last_piece, piece) != piece || self.pieces == 0 {
            self.pieces = self.pieces.saturating_add(1);
            self.piece_times.hear(at);
        }
        self.model.hear(&self.event_type, &self.data);
        let hash = self.hash.finish();
        self.first_hash.get_or_insert(hash);
        self.begin_block();
        hash
    }

    fn begin_block(&mut self) {
        self.hash = DefaultHasher::new();
        self.data.clear();
        self.event_type.clear();
        self.is_unfinished = false;
    }

    /// The end mark that this stream of a model's tokens lacks, if it is one and lacks it.
    pub(super) fn without_end_mark(&self) -> Option<Dialect> {
        self.model.dialect.filter(|_| !self.model.is_done && !self.model.has_error)
    }

    /// This stream of a model's tokens holds an error.
    pub(super) fn has_error(&self) -> bool {
        self.model.has_error
    }

    /// It is a stream of a model's tokens.
    pub(super) fn is_of_model(&self) -> bool {
        self.model.dialect.is_some()
    }
}

impl Model {
    fn hear(&mut self, event_type: &[u8], data: &[u8]) {
        if has(data, b"\"chat.completion.chunk\"") {
            self.dialect.get_or_insert(Dialect::ChatCompletions);
        }
        if event_type == b"message_start" {
            self.dialect.get_or_insert(Dialect::Messages);
        }
        self.is_done |= data == b"[DONE]" || event_type == b"message_stop";
        let is_error = data.starts_with(b"{\"error\"") || data.starts_with(b"{\"type\":\"error\"");
        self.has_error |= self.dialect.is_some() && is_error;
    }
}

/// A token of an event stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) label: Label,
    /// It begins here, and not in an earlier piece.
    pub(super) begins: bool,
    pub(super) octets: &'a [u8],
}

fn keep(kept: &mut Vec<u8>, octets: &[u8]) {
    let room = MOST_DATA.saturating_sub(kept.len()).min(octets.len());
    kept.extend_from_slice(&octets[..room]);
}

fn has(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

/// Octets of an event's data that are kept: the marks of model streams stand in the first ones.
const MOST_DATA: usize = 256;
