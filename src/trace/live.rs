//! The trace for pages: lines of JSON that the loop hands to the clients that follow `GET /trace`.
//!
//! ```text
//! record -> Live keeps its line -> end of the turn: a topic -> its subscribers
//! ```
//!
//! It is there only while a client follows it, and for a minute more, so that a page that
//! reconnects finds what it has missed. Otherwise the trace is off, unless there are other sinks.
//!
//! A watching connection is not traced: its records would make more. A slow watcher loses records,
//! is told how many, and delays no other connection.
//!
//! For the next editor: one turn of the loop can make many records, and all of them stand here
//! until its end. So there is a bound, and what is beyond it is counted.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use super::json::encode;
use super::jsonl::{VERSION, encode_record, seconds};
use super::record::{ConnectionId, Record};
use crate::wire::language::Language;

/// The lines of this turn.
#[derive(Debug)]
pub(super) struct Live {
    lines: Vec<(Option<ConnectionId>, String)>,
    octets: usize,
    lost: u64,
    /// When the last of those that are lost was made.
    lost_at: Duration,
    language: Language,
    /// Without a watcher, lines are kept until then.
    until: Duration,
}

/// An open connection, in the snapshot that a new watcher gets.
#[derive(Debug, Serialize)]
pub struct OpenConnection {
    /// The connection's number in the trace.
    pub connection: ConnectionId,
    /// The server's address.
    pub local: Option<SocketAddr>,
    /// The client's address.
    pub peer: Option<SocketAddr>,
    /// The state of the half in which requests come in.
    pub receiving: &'static str,
    /// The state of the half in which responses go out.
    pub sending: &'static str,
    /// The step that waits to be released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<&'static str>,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    v: u32,
    what: &'static str,
    at: f64,
    open: usize,
    connections: &'a [OpenConnection],
}

#[derive(Serialize)]
struct Omitted {
    v: u32,
    what: &'static str,
    at: f64,
    connection: ConnectionId,
    count: usize,
}

#[derive(Serialize)]
struct Lost {
    v: u32,
    what: &'static str,
    at: f64,
    records: u64,
}

impl Live {
    pub(super) fn new(now: Duration, language: Language) -> Live {
        Live { language, lines: Vec::new(), octets: 0, lost: 0, lost_at: Duration::ZERO, until: now + KEEP_UNWATCHED }
    }

    pub(super) fn record(&mut self, record: &Record<'_>) {
        if self.octets > MOST {
            self.lost += 1;
            self.lost_at = record.at;
            return;
        }
        let mut is_whole = false;
        let mut line = text(|line| encode_record(record, self.language, line).map(|whole| is_whole = whole));
        if !is_whole {
            line = text(|line| encode(&Omitted::new(record), line));
        }
        self.push(record, line);
    }

    fn push(&mut self, record: &Record<'_>, line: String) {
        self.octets += line.len();
        self.lines.push((Some(record.connection), line));
    }

    pub(super) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// What has come since the last call, each line with its connection; `None` is all of them.
    pub(super) fn take_lines(&mut self) -> Vec<(Option<ConnectionId>, String)> {
        let mut lines = std::mem::take(&mut self.lines);
        if self.lost > 0 {
            let lost = Lost { v: VERSION, what: "lost", at: seconds(self.lost_at), records: self.lost };
            lines.push((None, text(|line| encode(&lost, line))));
        }
        (self.octets, self.lost) = (0, 0);
        lines
    }

    /// Whether lines are still to be kept, when `watchers` connections follow now.
    pub(super) fn is_wanted(&mut self, watchers: usize, now: Duration) -> bool {
        if watchers > 0 {
            self.until = now + KEEP_UNWATCHED;
        }
        now < self.until
    }
}

impl Omitted {
    fn new(record: &Record<'_>) -> Omitted {
        let count = record.what.octets().len();
        Omitted { v: VERSION, what: "omitted", at: seconds(record.at), connection: record.connection, count }
    }
}

/// The open connections at a moment; the list may be shorter than `open`, the number of them.
pub(super) fn snapshot(at: Duration, open: usize, connections: &[OpenConnection]) -> String {
    let snapshot = Snapshot { v: VERSION, what: "snapshot", at: seconds(at), open, connections };
    text(|line| encode(&snapshot, line))
}

// JSON is UTF-8, and a vector takes all that is written.
fn text(encode: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut line = Vec::new();
    if let Err(error) = encode(&mut line) {
        log::error!("a record could not be encoded: {error}");
    }
    String::from_utf8(line).unwrap_or_default()
}

/// How long lines are kept for a client that may reconnect.
const KEEP_UNWATCHED: Duration = Duration::from_secs(60);
/// Octets of the lines of one turn. The ring keeps 1 MiB of them.
const MOST: usize = 2 * 1024 * 1024;
