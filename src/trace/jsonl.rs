//! The trace for programs: one record, one line of JSON.
//!
//! ```text
//! {"v":1,"what":"octets","at":0.101,"connection":1,"flow":"responses","count":5,
//!  "text":"0\r\n\r\n",
//!  "spans":[{"offset":0,"length":1,"label":"chunk-size","key":"ChunkSize"}, ...],
//!  "rows":[{"offset":0,"length":3,"name":"last-chunk","explanation":"zero: the last chunk; ...",
//!           "section":"RFC 9112 7.1","code":"last-chunk"}, ...]}
//! ```
//!
//! (It is one line; here it is folded.) `docs/trace.md` says what each member means, and
//! `tests/trace.rs` holds every kind of record against it. A member that has nothing to say is left
//! out.
//!
//! Octets survive exactly. They stand in `text` when all of them together are valid UTF-8 and few
//! of them need escapes, and else in `base64`. So offsets count octets and not characters. Inside a
//! string everything that a terminal could take for a command, or that is invisible, is written as
//! `\uXXXX`: the lines may be shown on the same screen as the terminal's rows.
//!
//! For the next editor: `v` counts up when a member changes its meaning or goes away. A new member
//! or a new kind of record is no new version; a reader passes over what it does not know.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::json::{Object, encode};
use super::record::{ConnectionId, Evidence, Proof, Record, Rest, Sink, Verdict, What};
use crate::wire::body_rule::Remark;
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::explain::{Row, Saying, rows};
use crate::wire::finding::Hops;
use crate::wire::flow::Flow;
use crate::wire::language::{Language, Note};
use crate::wire::span::{Counted, Detail, Span};

/// The version of the lines.
pub const VERSION: u32 = 1;

/// A sink that writes lines of JSON.
pub struct JsonLines {
    out: Box<dyn Write + Send>,
    name: String,
    /// When the server was started.
    started: SystemTime,
    language: Language,
    line: Vec<u8>,
}

impl JsonLines {
    /// Lines to `out`, which the operator knows as `name`. `started` is the time from which records
    /// count.
    pub fn new(out: Box<dyn Write + Send>, name: String, started: SystemTime) -> JsonLines {
        JsonLines { out, name, started, language: Language::En, line: Vec::new() }
    }

    /// The same with its sentences in `language`.
    #[must_use]
    pub fn in_language(self, language: Language) -> JsonLines {
        JsonLines { language, ..self }
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        self.out.write_all(&self.line)?;
        self.line.clear();
        // A record of 64 KiB may have a line of megabytes. That is rare, and not worth keeping.
        self.line.shrink_to(KEPT);
        self.out.flush()
    }
}

impl Sink for JsonLines {
    fn name(&self) -> &str {
        &self.name
    }

    fn begin(&mut self) -> io::Result<()> {
        encode(&Begin::new(self.started), &mut self.line)?;
        self.end_line()
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        encode_record(record, self.language, &mut self.line)?;
        self.end_line()
    }
}

/// Appends one record as JSON, without the line end, with its sentences in `language`. False if it
/// has not all octets of the record: what would make it longer than [`LONGEST_LINE`] is counted.
pub(super) fn encode_record(record: &Record<'_>, language: Language, out: &mut Vec<u8>) -> io::Result<bool> {
    let begin = out.len();
    let is_whole = record.what.octets().len() <= MOST_OCTETS;
    let mut line = Line { record, language, octets: if is_whole { usize::MAX } else { FEW_OCTETS }, spans: usize::MAX };
    loop {
        line.write(out)?;
        if out.len() - begin <= LONGEST_LINE || line.spans == 0 {
            return Ok(line.octets == usize::MAX);
        }
        out.truncate(begin);
        // Their rows are most of such a line, and then the octets.
        line.octets = if record.what.octets().len() > FEW_OCTETS { FEW_OCTETS } else { usize::MAX };
        line.spans = line.spans.min(FEW_SPANS * 2) / 2;
    }
}

/// The first line, which names the version of the format.
#[derive(Serialize)]
struct Begin {
    v: u32,
    what: &'static str,
    at: f64,
    started: String,
    server: &'static str,
}

impl Begin {
    fn new(started: SystemTime) -> Begin {
        Begin {
            v: VERSION,
            what: "begin",
            at: 0.0,
            started: humantime::format_rfc3339_micros(started).to_string(),
            server: concat!("wirestep ", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// A record as an object: what all lines have, and then what this kind of record has.
struct Line<'a> {
    record: &'a Record<'a>,
    language: Language,
    /// Octets and spans that it has at most.
    octets: usize,
    spans: usize,
}

impl Line<'_> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let Record { at, connection, hop, tag, what } = *self.record;
        let mut line = Object::begin(out);
        line.number("v", VERSION);
        line.word("what", kind(&what));
        line.value("at", &seconds(at))?;
        line.number("connection", connection.number());
        if let Some(hop) = hop {
            line.text("hop", hop);
        }
        if let Some(tag) = tag {
            line.text("tag", tag);
        }
        self.members(&mut line, what)?;
        line.end();
        Ok(())
    }

    /// The members of this kind of record.
    fn members(&self, line: &mut Object<'_>, what: What<'_>) -> io::Result<()> {
        match what {
            What::Opened { local, peer } => {
                line.shown("local", local);
                line.shown("peer", peer);
            }
            What::Octets { flow, offset, octets, spans, rest } => {
                line.word("flow", flow_name(flow));
                line.number("offset", offset);
                self.octets(line, flow, octets, spans, rest);
            }
            What::Missing { flow, count, loss } => {
                line.word("flow", flow_name(flow));
                line.number("count", count);
                self.note(line, Saying::Missing { count, loss });
                line.word("cause", loss.code());
            }
            What::Foreign { protocol, local, peer } => {
                line.word("protocol", protocol.code());
                line.shown("local", local);
                line.shown("peer", peer);
                self.note(line, Saying::Protocol(protocol));
            }
            What::Blocked { flow, pending } => {
                line.word("flow", flow_name(flow));
                line.number("pending", pending);
            }
            What::Held { step, note, offset, octets, spans } => {
                line.word("step", step.name());
                match note {
                    Some(note) => line.text("note", note.in_language(self.language)),
                    None => self.note(line, Saying::Question(step)),
                }
                line.word("note_from", note_from(note));
                line.number("offset", offset);
                self.octets(line, Flow::Responses, octets, spans, Rest::default());
            }
            What::State(change) => {
                line.word("state", change.name());
                self.note(line, Saying::State(change));
            }
            What::Fin { flow, cause, ending } => {
                line.word("flow", flow_name(flow));
                self.cause(line, cause);
                self.ending(line, flow, ending);
            }
            What::Rst { flow, cause, of, ending } => {
                line.word("flow", flow_name(flow));
                self.cause(line, cause);
                self.ending(line, of, ending);
            }
            What::Closed { cause } => self.cause(line, cause),
            What::Verdict(verdict) => self.verdict(line, verdict)?,
        }
        Ok(())
    }

    /// A sentence, with its section in parentheses if it has one.
    fn note(&self, line: &mut Object<'_>, saying: Saying<'_>) {
        let sentence = saying.in_language(self.language);
        match saying.section() {
            "" => line.shown("note", sentence),
            section => line.shown("note", format_args!("{sentence} ({section})")),
        }
    }

    fn cause(&self, line: &mut Object<'_>, cause: Cause) {
        self.note(line, Saying::Cause(cause));
        line.word("cause", cause.code());
    }

    /// What FIN or RST means for the message that it comes in.
    fn ending(&self, line: &mut Object<'_>, flow: Flow, ending: Ending) {
        line.object("ending", |line| {
            line.word("flow", flow_name(flow));
            line.is("complete", ending.is_complete());
            self.explanation(line, Saying::Ending(ending, None), ending.section(), ending.code());
        });
    }

    /// A sentence without its section, which stands beside it.
    fn explanation(&self, line: &mut Object<'_>, saying: Saying<'_>, section: &'static str, code: &'static str) {
        line.shown("explanation", saying.in_language(self.language));
        line.word("section", section);
        line.word("code", code);
    }

    fn verdict(&self, line: &mut Object<'_>, verdict: Verdict<'_>) -> io::Result<()> {
        let Verdict { message, finding, hops, evidence } = verdict;
        line.number("message", message);
        line.word("severity", finding.severity().code());
        line.word("code", finding.code());
        line.shown("explanation", Saying::Finding(finding, hops).in_language(self.language));
        line.word("section", finding.section());
        if finding.has_remedy() {
            line.shown("remedy", Saying::Remedy(finding).in_language(self.language));
        }
        if let Some(Hops { edge, app }) = hops {
            line.value("hops", &[edge, app])?;
        }
        line.value("values", &finding)?;
        line.value("evidence", &Vec::from_iter(evidence.iter().map(EvidenceLine::new)))
    }

    fn octets(&self, line: &mut Object<'_>, flow: Flow, octets: &[u8], spans: &[Span], rest: Rest) {
        line.number("count", octets.len());
        let shown = &octets[..octets.len().min(self.octets)];
        match std::str::from_utf8(shown) {
            Ok(text) if is_cheap(text) => line.text("text", text),
            Ok(_) | Err(_) => line.text("base64", &STANDARD.encode(shown)),
        }
        if shown.len() < octets.len() {
            line.number("cut", octets.len() - shown.len());
        }
        let (spans, left) = spans.split_at(spans.len().min(self.spans));
        line.objects("spans", spans, |span, line| self.span(line, span));
        line.objects("rows", rows(flow, octets, spans), |row, line| self.row(line, &row));
        let begins = left.iter().filter(|span| span.starts).count();
        let left = left.iter().map(|span| span.range.len()).sum::<usize>();
        let rest = Rest { octets: rest.octets + left, tokens: rest.tokens + begins };
        if rest != Rest::default() {
            line.object("rest", |line| {
                line.number("octets", rest.octets);
                line.number("tokens", rest.tokens);
            });
        }
    }

    /// A token: where it lies, and what it is.
    fn span(&self, line: &mut Object<'_>, span: &Span) {
        // Several labels share a name; the variant is unique, and stands in `docs/labels.md`.
        let innermost = span.content.unwrap_or(span.label);
        line.number("offset", span.range.start);
        line.number("length", span.range.len());
        line.word("label", span.label.name());
        if let Some(content) = span.content {
            line.word("content", content.name());
        }
        line.word("key", innermost.variant());
        if !span.starts {
            line.is("continues", true);
        }
        if span.resumes {
            line.is("resumes", true);
        }
        let event = if span.content.is_some() { span.numbers.event } else { 0 };
        for (key, number) in [("message", span.numbers.message), ("chunk", span.numbers.chunk), ("event", event)] {
            if number > 0 {
                line.number(key, number);
            }
        }
        if let Some(Counted { before, announced }) = span.counted {
            line.object("counted", |line| {
                line.number("before", before);
                line.number("announced", announced);
            });
        }
        match span.detail {
            Detail::Fault(fault) => {
                line.shown("fault", Saying::Fault(fault).in_language(self.language));
                line.word("code", fault.code());
            }
            Detail::Gap(gap) => line.word("code", gap.code()),
            Detail::None | Detail::Body(..) | Detail::Line(_) | Detail::Event { .. } => {}
        }
    }

    /// A line of the protocol: what the terminal shows in one row.
    fn row(&self, line: &mut Object<'_>, row: &Row<'_>) {
        line.number("offset", row.range.start);
        line.number("length", row.range.len());
        line.word("name", row.name);
        if !row.starts {
            line.is("continues", true);
        }
        let explanation = row.explanation;
        self.explanation(line, Saying::Explanation(explanation), explanation.section(), explanation.code());
        if !row.remarks.is_empty() {
            line.objects("remarks", &row.remarks, |remark, line| self.remark(line, *remark));
        }
    }

    /// What is forbidden or surprising in a row.
    fn remark(&self, line: &mut Object<'_>, remark: Remark) {
        line.is("forbidden", remark.is_forbidden());
        self.explanation(line, Saying::Remark(remark), remark.section(), remark.code());
    }
}

/// Escapes do not make the text longer than three times its octets: of control characters alone
/// they would make six.
pub(super) fn is_cheap(text: &str) -> bool {
    let escaped = text.bytes().filter(|octet| *octet < b' ' && !matches!(octet, b'\r' | b'\n' | b'\t')).count();
    escaped <= text.len() / 4 + 16
}

/// The name of a kind of record.
fn kind(what: &What<'_>) -> &'static str {
    match what {
        What::Opened { .. } => "opened",
        What::Octets { .. } => "octets",
        What::Missing { .. } => "missing",
        What::Foreign { .. } => "foreign",
        What::Blocked { .. } => "blocked",
        What::Held { .. } => "held",
        What::State(_) => "state",
        What::Fin { .. } => "fin",
        What::Rst { .. } => "rst",
        What::Closed { .. } => "closed",
        What::Verdict(_) => "verdict",
    }
}

/// Whose words a note is: those of a lesson's script, or a question that the server asks before
/// each step of its kind.
pub(super) fn note_from(note: Option<&Note>) -> &'static str {
    if note.is_some() { "script" } else { "server" }
}

/// A record that shows a finding.
#[derive(Serialize)]
struct EvidenceLine {
    what: Proof,
    at: f64,
    connection: ConnectionId,
    #[serde(skip_serializing_if = "is_zero")]
    event: u32,
}

impl EvidenceLine {
    fn new(evidence: &Evidence) -> EvidenceLine {
        let Evidence { what, at, connection, event } = *evidence;
        EvidenceLine { what, at: seconds(at), connection, event }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Seconds, to the microsecond.
pub(super) fn seconds(at: Duration) -> f64 {
    at.as_micros() as f64 / 1e6
}

pub(super) fn flow_name(flow: Flow) -> &'static str {
    match flow {
        Flow::Requests => "requests",
        Flow::Responses => "responses",
    }
}

/// Octets of a line; what would make it longer is counted.
pub(super) const LONGEST_LINE: usize = 64 * 1024;
/// A record of more octets has the first ones only: escaped or in base64 they would be too long.
pub(super) const MOST_OCTETS: usize = 48 * 1024;
/// The first octets of a record that has not all of them.
const FEW_OCTETS: usize = 16 * 1024;
/// Spans with which a line that was too long is tried again; after that with half of them.
const FEW_SPANS: usize = 96;
/// Octets of a line's memory that are kept for the next one.
const KEPT: usize = 64 * 1024;
