//! The trace for pages: lines that the loop hands to the clients that follow `GET /trace`.
//!
//! ```text
//! record -> a line in each view that is followed -> end of the turn: its topic -> its subscribers
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

use super::arrays::encode_arrays;
use super::json::encode;
use super::jsonl::{VERSION, encode_record, flow_name, seconds};
use super::kept::Kept;
use super::record::{ConnectionId, Record, What};
use crate::wire::language::Language;

/// How a client wants the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// What a line looks like.
    pub form: LiveForm,
    /// The language of its sentences.
    pub language: Language,
}

/// What a line of the live trace looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LiveForm {
    /// The lines of JSON that a file gets, with rows and sentences.
    #[default]
    Json,
    /// Octets and spans as arrays of numbers ([`super::arrays`]).
    Compact,
}

/// The lines of this turn, in each view that is followed.
///
/// All views have the same number of lines, so that the number of a line is that of its record, and
/// a client may go on in another view.
#[derive(Debug, Default)]
pub(super) struct Live {
    views: Vec<Viewed>,
    kept: Kept,
    /// Octets of the lines of this turn, in all views together.
    octets: usize,
    lost: u64,
    /// When the last of those that are lost was made.
    lost_at: Duration,
}

/// A line, and the connection that it is about; `None` is all of them.
pub type LiveLine = (Option<ConnectionId>, String);

/// The names of the states of the receiving and of the sending half.
pub type Halves = (&'static str, &'static str);

#[derive(Debug)]
struct Viewed {
    view: View,
    lines: Vec<LiveLine>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    count: usize,
}

/// The states of the two halves of a connection.
#[derive(Serialize)]
struct HalvesLine {
    v: u32,
    what: &'static str,
    at: f64,
    connection: ConnectionId,
    receiving: &'static str,
    sending: &'static str,
}

#[derive(Serialize)]
struct Ping {
    v: u32,
    what: &'static str,
    at: f64,
}

#[derive(Serialize)]
struct Lost {
    v: u32,
    what: &'static str,
    at: f64,
    records: u64,
}

impl Live {
    /// Makes lines in this view from now on.
    pub(super) fn watch(&mut self, view: View, now: Duration) {
        if !self.views.iter().any(|viewed| viewed.view == view) {
            self.views.push(Viewed { view, lines: Vec::new(), until: now + KEEP_UNWATCHED });
        }
    }

    pub(super) fn record(&mut self, record: &Record<'_>) {
        self.kept.hear(record);
        if self.octets > MOST {
            self.lost += 1;
            self.lost_at = record.at;
            return;
        }
        for viewed in &mut self.views {
            let line = viewed.view.line(record);
            self.octets += line.len();
            viewed.lines.push((Some(record.connection), line));
        }
    }

    /// The halves of a connection are in these states now.
    pub(super) fn halves(&mut self, at: Duration, connection: ConnectionId, (receiving, sending): Halves) {
        let line = HalvesLine { v: VERSION, what: "halves", at: seconds(at), connection, receiving, sending };
        self.push_everywhere(Some(connection), &text(|out| encode(&line, out)));
    }

    /// Nothing has happened for a while.
    pub(super) fn ping(&mut self, at: Duration) {
        let line = Ping { v: VERSION, what: "ping", at: seconds(at) };
        self.push_everywhere(None, &text(|out| encode(&line, out)));
    }

    fn push_everywhere(&mut self, connection: Option<ConnectionId>, line: &str) {
        for viewed in &mut self.views {
            self.octets += line.len();
            viewed.lines.push((connection, line.to_owned()));
        }
    }

    /// What has passed, as far as it is kept.
    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(super) fn has_lines(&self) -> bool {
        self.views.iter().any(|viewed| !viewed.lines.is_empty())
    }

    /// For each view what has come since the last call.
    pub(super) fn take_lines(&mut self) -> Vec<(View, Vec<LiveLine>)> {
        let lost = Lost { v: VERSION, what: "lost", at: seconds(self.lost_at), records: self.lost };
        let lost = (self.lost > 0).then(|| text(|line| encode(&lost, line)));
        (self.octets, self.lost) = (0, 0);
        let take = |viewed: &mut Viewed| {
            let mut lines = std::mem::take(&mut viewed.lines);
            lines.extend(lost.iter().map(|lost| (None, lost.clone())));
            (viewed.view, lines)
        };
        self.views.iter_mut().map(take).collect()
    }

    /// Whether lines in this view are still to be made, when `watchers` connections follow it now.
    pub(super) fn is_wanted(&mut self, view: View, watchers: usize, now: Duration) -> bool {
        let Some(index) = self.views.iter().position(|viewed| viewed.view == view) else { return false };
        let viewed = &mut self.views[index];
        if watchers > 0 {
            viewed.until = now + KEEP_UNWATCHED;
        }
        let is_wanted = now < viewed.until;
        if !is_wanted {
            self.views.remove(index);
        }
        is_wanted
    }

    /// No view is wanted any more.
    pub(super) fn is_over(&self) -> bool {
        self.views.is_empty()
    }
}

impl View {
    fn line(self, record: &Record<'_>) -> String {
        let mut is_whole = false;
        let line = text(|line| {
            is_whole = match self.form {
                LiveForm::Json => encode_record(record, self.language, line)?,
                LiveForm::Compact => encode_arrays(record, self.language, line)?,
            };
            Ok(())
        });
        if is_whole { line } else { text(|line| encode(&Omitted::new(record), line)) }
    }
}

impl Omitted {
    fn new(record: &Record<'_>) -> Omitted {
        let (flow, offset) = match record.what {
            What::Octets { flow, offset, .. } => (Some(flow_name(flow)), Some(offset)),
            _ => (None, None),
        };
        let (at, connection, count) = (seconds(record.at), record.connection, record.what.octets().len());
        Omitted { v: VERSION, what: "omitted", at, connection, flow, offset, count }
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
