//! The compact form of the live trace: one record, one array of JSON.
//!
//! ```text
//! [1,7,101000,1,206,"5\r\nhello\r\n",[1,2063,1,0,0,2,17,5,335,0,5,2,20]]
//!  | | |      | |   |                 |-- 1 octet, ChunkSize, of message 1 (chunk 0, event 0)
//!  | | |      | |   the octets              |-- 2 octets, ChunkSizeCrlf ...
//!  | | |      | 206 octets had passed in this direction
//!  | | |      0 requests, 1 responses
//!  | | microseconds
//!  | connection
//!  1 octets, 2 held
//! ```
//!
//! (The numbers of labels are those of this build.) `docs/trace.md` says what each element means;
//! `GET /labels` says once what a number of a label stands for. Records of every other kind are
//! rare, and stay objects.
//!
//! For the next editor: a demo's event costs 0.2 KiB here, and ten times as much as a line with its
//! rows. What is written for each span is written some twenty times for each record, so nothing
//! here allocates or formats.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::json::{encode, string};
use super::jsonl::{LONGEST_LINE, MOST_OCTETS, VERSION, encode_record, is_cheap, note_from};
use super::record::{Record, Rest, What};
use crate::wire::explain::{Explanation, Saying};
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::language::Language;
use crate::wire::span::{Counted, Detail, Numbers, Span};

/// Appends one record in the compact form, without a line end. False if it is longer than the line
/// of a record may be.
pub(super) fn encode_arrays(record: &Record<'_>, language: Language, out: &mut Vec<u8>) -> io::Result<bool> {
    if record.what.octets().len() > MOST_OCTETS {
        return Ok(false);
    }
    let before = out.len();
    match record.what {
        What::Octets { flow, offset, octets, spans, rest } => {
            begin(OCTETS, record, flow, offset, out);
            octets_and_spans(octets, spans, language, out);
            if rest != Rest::default() || record.hop.is_some() || record.tag.is_some() {
                let mut rare = rare(record);
                if rest != Rest::default() {
                    rare["rest"] = json!({ "octets": rest.octets, "tokens": rest.tokens });
                }
                out.push(b',');
                encode(&rare, out)?;
            }
        }
        What::Held { step, note, offset, octets, spans } => {
            begin(HELD, record, Flow::Responses, offset, out);
            octets_and_spans(octets, spans, language, out);
            let mut rare = rare(record);
            rare["step"] = step.name().into();
            rare["note"] = match note {
                Some(note) => note.in_language(language).into(),
                None => Saying::Question(step).in_language(language).to_string().into(),
            };
            rare["note_from"] = note_from(note).into();
            out.push(b',');
            encode(&rare, out)?;
        }
        _ => return encode_record(record, language, out),
    }
    out.push(b']');
    Ok(out.len() - before <= LONGEST_LINE)
}

fn begin(kind: u64, record: &Record<'_>, flow: Flow, offset: u64, out: &mut Vec<u8>) {
    out.push(b'[');
    let micros = u64::try_from(record.at.as_micros()).unwrap_or(u64::MAX);
    for number in [kind, record.connection.number(), micros, flow as u64, offset] {
        push(number, out);
        out.push(b',');
    }
}

fn octets_and_spans(octets: &[u8], spans: &[Span], language: Language, out: &mut Vec<u8>) {
    match std::str::from_utf8(octets) {
        Ok(text) if is_cheap(text) => string(text, out),
        Ok(_) | Err(_) => {
            out.push(b'[');
            string(&STANDARD.encode(octets), out);
            out.push(b']');
        }
    }
    out.extend_from_slice(b",[");
    let mut before = Before::default();
    for (index, span) in spans.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        before.encode(span, language, out);
    }
    out.push(b']');
}

fn rare(record: &Record<'_>) -> Value {
    let mut rare = json!({});
    if let Some(hop) = record.hop {
        rare["hop"] = hop.into();
    }
    if let Some(tag) = record.tag {
        rare["tag"] = tag.into();
    }
    rare
}

/// What the spans before have said already.
#[derive(Default)]
struct Before {
    numbers: Numbers,
    /// What the place of the next span in announced data is, if it goes on there.
    counted: Option<Counted>,
}

impl Before {
    fn encode(&mut self, span: &Span, language: Language, out: &mut Vec<u8>) {
        let reason = reason(span);
        let goes_on = span.counted.is_some() && span.counted == self.counted;
        let is_counted = span.counted.is_some() && !goes_on;
        let is_numbered = span.numbers != self.numbers;
        let flags = u64::from(goes_on)
            | u64::from(!span.starts) << 1
            | u64::from(span.resumes) << 2
            | u64::from(is_counted) << 3
            | u64::from(reason.is_some()) << 4
            | u64::from(is_numbered) << 5;
        push(span.range.len() as u64, out);
        out.push(b',');
        push(span.content.unwrap_or(span.label) as u64 + LABELS * flags, out);
        if let Some(Counted { before, announced }) = span.counted.filter(|_| is_counted) {
            push_all([before, announced], out);
        }
        if let Some((code, saying)) = reason {
            out.push(b',');
            string(code, out);
            out.push(b',');
            string(&saying.in_language(language).to_string(), out);
        }
        if is_numbered {
            let Numbers { message, chunk, event } = span.numbers;
            push_all([message.into(), chunk.into(), event.into()], out);
        }
        self.numbers = span.numbers;
        self.counted =
            span.counted.map(|counted| Counted { before: counted.before + span.range.len() as u64, ..counted });
    }
}

fn reason(span: &Span) -> Option<(&'static str, Saying<'static>)> {
    match span.detail {
        Detail::Fault(fault) => Some((fault.code(), Saying::Fault(fault))),
        Detail::Gap(gap) => Some((gap.code(), Saying::Explanation(Explanation::Gap(gap)))),
        Detail::None | Detail::Body(..) | Detail::Line(_) | Detail::Event { .. } => None,
    }
}

fn push_all<const N: usize>(numbers: [u64; N], out: &mut Vec<u8>) {
    for number in numbers {
        out.push(b',');
        push(number, out);
    }
}

fn push(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// What `GET /labels` says: for each number of a label its name, its class, where it is written,
/// and its sentence in all languages.
pub fn labels() -> String {
    let labels: Vec<Value> = Label::ALL.iter().map(|label| described(*label)).collect();
    format!("{:#}\n", json!({ "v": VERSION, "step": LABELS, "labels": labels }))
}

fn described(label: Label) -> Value {
    let sentence = |language| Saying::Label(label).in_language(language).to_string();
    json!({
        "number": label as u64,
        "key": label.variant(),
        "class": class(label),
        "name": label.name(),
        "section": label.section(),
        "sentence": { "en": sentence(Language::En), "ko": sentence(Language::Ko) },
    })
}

/// Which part of a message it belongs to.
fn class(label: Label) -> &'static str {
    match label {
        Label::EmptyLine
        | Label::Method
        | Label::StartLineSpace
        | Label::RequestTarget
        | Label::HttpVersion
        | Label::StatusCode
        | Label::ReasonPhrase
        | Label::StartLineCrlf
        | Label::FieldName
        | Label::FieldColon
        | Label::FieldValue
        | Label::FieldCrlf
        | Label::EndOfHead => "head",
        Label::BodyData | Label::CloseDelimitedData | Label::ChunkData => "data",
        Label::ChunkSize
        | Label::ChunkExt
        | Label::ChunkSizeCrlf
        | Label::ChunkDataCrlf
        | Label::LastChunkCrlf
        | Label::TrailerName
        | Label::TrailerColon
        | Label::TrailerValue
        | Label::TrailerCrlf
        | Label::EndOfBody => "framing",
        Label::EventBom
        | Label::EventComment
        | Label::EventFieldName
        | Label::EventColon
        | Label::EventType
        | Label::EventData
        | Label::EventId
        | Label::EventRetry
        | Label::EventUnknown
        | Label::EventLineEnd
        | Label::EventIgnored
        | Label::EventDispatch
        | Label::EventBlank => "event",
        Label::Tunnel => "tunnel",
        Label::Unexpected => "fault",
        Label::NotLabelled => "unknown",
    }
}

/// The first element of octets that have passed, and of octets that are held.
const OCTETS: u64 = 1;
const HELD: u64 = 2;
/// What the flags of a span are multiplied by: more than there are labels.
const LABELS: u64 = 64;
const _: () = assert!(Label::ALL.len() as u64 <= LABELS, "the flags of a span begin at 64");
