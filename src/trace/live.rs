//! The trace for pages: lines of JSON that the loop hands to those who follow `GET /trace`.
//!
//! ```text
//! record -> Live keeps its line -> end of the turn: a topic like any other -> whoever follows it
//! ```
//!
//! It is there only while somebody watches, and for a minute more, so that a page that reconnects finds what it has
//! missed. Otherwise the trace is off, unless there are other sinks.
//!
//! Whoever watches must not be traced, or each record would make another one: the loop hushes that connection. And
//! nobody waits for who watches: the topic is a ring, and a reader that is slow is told how many records it has lost.
//!
//! For the next editor: one turn of the loop can make many records, and all of them stand here until its end. So there is a
//! bound, and what is beyond it is counted.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::jsonl::{VERSION, encode, encode_record, seconds};
use super::{ConnectionId, Record, What};

/// The lines of this turn.
#[derive(Debug)]
pub(super) struct Live {
    lines: Vec<(ConnectionId, String)>,
    octets: usize,
    lost: u64,
    /// When the last of those that are lost was made.
    lost_at: Duration,
    /// Nobody watches, and at this time nobody is waited for any more.
    until: Instant,
}

/// An open connection, in the snapshot that a new watcher gets.
#[derive(Debug, Serialize)]
pub struct Open {
    /// Its number.
    pub connection: ConnectionId,
    /// Our address.
    pub local: Option<SocketAddr>,
    /// Theirs.
    pub peer: Option<SocketAddr>,
    /// The state of the half in which requests come in.
    pub receiving: &'static str,
    /// The state of the half in which responses go out.
    pub sending: &'static str,
    /// The step that waits to be let go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<&'static str>,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    v: u32,
    what: &'static str,
    at: f64,
    open: usize,
    connections: &'a [Open],
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
    pub(super) fn new(now: Instant) -> Live {
        Live { lines: Vec::new(), octets: 0, lost: 0, lost_at: Duration::ZERO, until: now + PATIENCE }
    }

    pub(super) fn record(&mut self, record: &Record<'_>) {
        if self.octets > MOST {
            self.lost += 1;
            self.lost_at = record.at;
            return;
        }
        let mut line = text(|line| encode_record(record, line));
        if line.len() > LONGEST_LINE {
            line = text(|line| encode(&Omitted::new(record), line));
        }
        self.octets += line.len();
        self.lines.push((record.connection, line));
    }

    pub(super) fn has_news(&self) -> bool {
        !self.lines.is_empty()
    }

    /// What has come since the last call, each line with its connection; 0 is all of them.
    pub(super) fn take_news(&mut self) -> Vec<(ConnectionId, String)> {
        let mut lines = std::mem::take(&mut self.lines);
        if self.lost > 0 {
            let lost = Lost { v: VERSION, what: "lost", at: seconds(self.lost_at), records: self.lost };
            lines.push((0, text(|line| encode(&lost, line))));
        }
        (self.octets, self.lost) = (0, 0);
        lines
    }

    /// Whether it is still worth while, when so many watch now.
    pub(super) fn is_wanted(&mut self, watchers: usize, now: Instant) -> bool {
        if watchers > 0 {
            self.until = now + PATIENCE;
        }
        now < self.until
    }
}

impl Omitted {
    fn new(record: &Record<'_>) -> Omitted {
        let count = match record.what {
            What::Octets { octets, .. } | What::Held { octets, .. } => octets.len(),
            What::Opened { .. }
            | What::Blocked { .. }
            | What::State { .. }
            | What::Fin { .. }
            | What::Rst { .. }
            | What::Closed { .. } => 0,
        };
        Omitted { v: VERSION, what: "omitted", at: seconds(record.at), connection: record.connection, count }
    }
}

/// The open connections at a moment; the list may be shorter than `open`, the number of them.
pub(super) fn snapshot(at: Duration, open: usize, connections: &[Open]) -> String {
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

/// How long records are kept for somebody who may come back.
const PATIENCE: Duration = Duration::from_secs(60);
/// Octets of a line; a ring takes no event of 256 KiB.
const LONGEST_LINE: usize = 128 * 1024;
/// Octets of the lines of one turn. The ring keeps 1 MiB of them.
const MOST: usize = 2 * 1024 * 1024;
