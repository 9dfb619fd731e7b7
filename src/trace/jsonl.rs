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
use serde::ser::{SerializeMap, Serializer};
use serde_json::ser::Formatter;

use super::record::{ConnectionId, Evidence, Proof, Record, Rest, Sink, Verdict, What};
use crate::wire::body_rule::Remark;
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::explain::{Row, Saying, Sentence, rows};
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::language::Language;
use crate::wire::span::{Counted, Detail, Span};
use crate::wire::visible::is_harmless;

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

/// Appends one record as JSON, without the line end, with its sentences in `language`.
pub(super) fn encode_record(record: &Record<'_>, language: Language, out: &mut Vec<u8>) -> io::Result<()> {
    encode(&Line { record, language }, out)
}

/// Appends any other line in the same form.
pub(super) fn encode(line: &impl Serialize, out: &mut Vec<u8>) -> io::Result<()> {
    line.serialize(&mut serde_json::Serializer::with_formatter(out, Harmless)).map_err(io::Error::from)
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
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Record { at, connection, hop, what } = self.record;
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("v", &VERSION)?;
        line.serialize_entry("what", kind(what))?;
        line.serialize_entry("at", &seconds(*at))?;
        line.serialize_entry("connection", connection)?;
        if let Some(hop) = hop {
            line.serialize_entry("hop", hop)?;
        }
        match *what {
            What::Opened { local, peer } => {
                line.serialize_entry("local", &local)?;
                line.serialize_entry("peer", &peer)?;
            }
            What::Octets { flow, octets, spans, rest } => {
                line.serialize_entry("flow", flow_name(flow))?;
                self.octets(&mut line, flow, octets, spans)?;
                if rest != Rest::default() {
                    line.serialize_entry("rest", &RestLine { octets: rest.octets, tokens: rest.tokens })?;
                }
            }
            What::Missing { flow, count, loss } => {
                line.serialize_entry("flow", flow_name(flow))?;
                line.serialize_entry("count", &count)?;
                line.serialize_entry("note", &self.said(Saying::Missing { count, loss }))?;
                line.serialize_entry("cause", loss.code())?;
            }
            What::Foreign { protocol, local, peer } => {
                line.serialize_entry("protocol", protocol.code())?;
                line.serialize_entry("local", &local)?;
                line.serialize_entry("peer", &peer)?;
                line.serialize_entry("note", &self.said(Saying::Protocol(protocol)))?;
            }
            What::Blocked { flow, pending } => {
                line.serialize_entry("flow", flow_name(flow))?;
                line.serialize_entry("pending", &pending)?;
            }
            What::Held { step, note, octets, spans } => {
                line.serialize_entry("step", step.name())?;
                match note {
                    Some(note) => line.serialize_entry("note", note.in_language(self.language))?,
                    None => line.serialize_entry("note", &self.said(Saying::Question(step)))?,
                }
                self.octets(&mut line, Flow::Responses, octets, spans)?;
            }
            What::State(change) => {
                line.serialize_entry("state", change.name())?;
                line.serialize_entry("note", &self.said(Saying::State(change)))?;
            }
            What::Fin { flow, cause, ending } => {
                line.serialize_entry("flow", flow_name(flow))?;
                self.cause(&mut line, cause)?;
                line.serialize_entry("ending", &EndingLine::new(flow, ending, self.language))?;
            }
            What::Rst { flow, cause, of, ending } => {
                line.serialize_entry("flow", flow_name(flow))?;
                self.cause(&mut line, cause)?;
                line.serialize_entry("ending", &EndingLine::new(of, ending, self.language))?;
            }
            What::Closed { cause } => self.cause(&mut line, cause)?,
            What::Verdict(verdict) => self.verdict(&mut line, verdict)?,
        }
        line.end()
    }
}

impl Line<'_> {
    fn said<'a>(&self, saying: Saying<'a>) -> Said<'a> {
        Said { sentence: saying.in_language(self.language), section: saying.section() }
    }

    fn cause<M: SerializeMap>(&self, line: &mut M, cause: Cause) -> Result<(), M::Error> {
        line.serialize_entry("note", &self.said(Saying::Cause(cause)))?;
        line.serialize_entry("cause", cause.code())
    }

    fn verdict<M: SerializeMap>(&self, line: &mut M, verdict: Verdict<'_>) -> Result<(), M::Error> {
        let Verdict { message, finding, evidence } = verdict;
        line.serialize_entry("message", &message)?;
        line.serialize_entry("severity", finding.severity().code())?;
        line.serialize_entry("code", finding.code())?;
        line.serialize_entry("explanation", &Words(Saying::Finding(finding).in_language(self.language)))?;
        line.serialize_entry("section", finding.section())?;
        if finding.has_remedy() {
            line.serialize_entry("remedy", &Words(Saying::Remedy(finding).in_language(self.language)))?;
        }
        line.serialize_entry("values", &finding)?;
        line.serialize_entry("evidence", &List(evidence.iter().map(EvidenceLine::new)))
    }

    fn octets<M: SerializeMap>(&self, line: &mut M, flow: Flow, octets: &[u8], spans: &[Span]) -> Result<(), M::Error> {
        line.serialize_entry("count", &octets.len())?;
        match std::str::from_utf8(octets) {
            Ok(text) if is_cheap(text) => line.serialize_entry("text", text)?,
            Ok(_) | Err(_) => line.serialize_entry("base64", &STANDARD.encode(octets))?,
        }
        line.serialize_entry("spans", &List(spans.iter().map(|span| SpanLine::new(span, self.language))))?;
        line.serialize_entry(
            "rows",
            &List(rows(flow, octets, spans).iter().map(|row| RowLine::new(row, self.language))),
        )
    }
}

/// Escapes do not make the text longer than three times its octets: of control characters alone
/// they would make six.
fn is_cheap(text: &str) -> bool {
    let escaped = text.bytes().filter(|octet| *octet < b' ' && !matches!(octet, b'\r' | b'\n' | b'\t')).count();
    escaped <= text.len() / 4 + 16
}

/// A sentence, with its section in parentheses if it has one.
struct Said<'a> {
    sentence: Sentence<'a>,
    section: &'static str,
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.section {
            "" => serializer.collect_str(&self.sentence),
            section => serializer.collect_str(&format_args!("{} ({section})", self.sentence)),
        }
    }
}

#[derive(Serialize)]
struct RestLine {
    octets: usize,
    tokens: usize,
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

/// A token: where it lies, and what it is.
#[derive(Serialize)]
struct SpanLine<'a> {
    offset: usize,
    length: usize,
    label: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'static str>,
    key: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    continues: bool,
    #[serde(skip_serializing_if = "is_false")]
    resumes: bool,
    #[serde(skip_serializing_if = "is_zero")]
    message: u32,
    #[serde(skip_serializing_if = "is_zero")]
    chunk: u32,
    #[serde(skip_serializing_if = "is_zero")]
    event: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<CountedLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Words<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

impl SpanLine<'_> {
    fn new(span: &Span, language: Language) -> SpanLine<'static> {
        // Several labels share a name; the variant is unique, and stands in `docs/labels.md`.
        let innermost = span.content.unwrap_or(span.label);
        SpanLine {
            offset: span.range.start,
            length: span.range.len(),
            label: span.label.name(),
            content: span.content.map(Label::name),
            key: innermost.variant(),
            continues: !span.starts,
            resumes: span.resumes,
            message: span.numbers.message,
            chunk: span.numbers.chunk,
            event: if span.content.is_some() { span.numbers.event } else { 0 },
            counted: span.counted.map(|Counted { before, announced }| CountedLine { before, announced }),
            fault: span.fault().map(|fault| Words(Saying::Fault(fault).in_language(language))),
            code: match span.detail {
                Detail::Fault(fault) => Some(fault.code()),
                Detail::Gap(gap) => Some(gap.code()),
                Detail::None | Detail::Body(..) | Detail::Line(_) | Detail::Event { .. } => None,
            },
        }
    }
}

#[derive(Serialize)]
struct CountedLine {
    before: u64,
    announced: u64,
}

/// A sentence without its section, which stands beside it.
struct Words<'a>(Sentence<'a>);

impl Serialize for Words<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A line of the protocol: what the terminal shows in one row.
#[derive(Serialize)]
struct RowLine<'a> {
    offset: usize,
    length: usize,
    name: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    continues: bool,
    explanation: Words<'a>,
    section: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<RemarkLine>,
}

impl<'a> RowLine<'a> {
    fn new(row: &Row<'a>, language: Language) -> RowLine<'a> {
        RowLine {
            offset: row.range.start,
            length: row.range.len(),
            name: row.name,
            continues: !row.starts,
            explanation: Words(Saying::Explanation(row.explanation).in_language(language)),
            section: row.explanation.section(),
            code: row.explanation.code(),
            remarks: row.remarks.iter().map(|remark| RemarkLine::new(*remark, language)).collect(),
        }
    }
}

/// What is forbidden or surprising in a row.
#[derive(Serialize)]
struct RemarkLine {
    forbidden: bool,
    explanation: Words<'static>,
    section: &'static str,
    code: &'static str,
}

impl RemarkLine {
    fn new(remark: Remark, language: Language) -> RemarkLine {
        RemarkLine {
            forbidden: remark.is_forbidden(),
            explanation: Words(Saying::Remark(remark).in_language(language)),
            section: remark.section(),
            code: remark.code(),
        }
    }
}

/// What FIN or RST means for the message that it comes in.
#[derive(Serialize)]
struct EndingLine {
    flow: &'static str,
    complete: bool,
    explanation: Words<'static>,
    section: &'static str,
    code: &'static str,
}

impl EndingLine {
    fn new(flow: Flow, ending: Ending, language: Language) -> EndingLine {
        EndingLine {
            flow: flow_name(flow),
            complete: ending.is_complete(),
            explanation: Words(Saying::Ending(ending, None).in_language(language)),
            section: ending.section(),
            code: ending.code(),
        }
    }
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

/// What an iterator gives, as an array.
struct List<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// JSON as it is, but for characters that a terminal would obey or that are invisible.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Without a way out of the loop, which the compiler can do for many octets at once: nearly
        // all of a line is ASCII without DEL.
        if fragment.bytes().fold(true, |is_plain, octet| is_plain & (octet < 0x7f)) {
            return writer.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            if is_harmless(character) {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

fn is_false(fact: &bool) -> bool {
    !fact
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Seconds, to the microsecond.
pub(super) fn seconds(at: Duration) -> f64 {
    at.as_micros() as f64 / 1e6
}

fn flow_name(flow: Flow) -> &'static str {
    match flow {
        Flow::Requests => "requests",
        Flow::Responses => "responses",
    }
}

/// Octets of a line's memory that are kept for the next one.
const KEPT: usize = 64 * 1024;
