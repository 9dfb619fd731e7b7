//! The clauses that the sentence for a packet is made of, in each language.
//!
//! ```text
//! chunk 3 of this response: 0x21 = 33 octets, one event      이 응답의 청크 3: 0x21 = 33바이트, 이벤트 1개
//! last chunk: this response is complete                      마지막 청크: 이 응답 완료
//! ```

use std::fmt::{self, Write};

use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::language::Language;
use crate::wire::span::Span;

/// A thing in the octets that is worth a clause.
#[derive(Debug)]
pub(super) enum Clause {
    Head { number: u32, start_line: String, is_whole: bool },
    RestOfHead,
    EmptyLine,
    Chunk { number: u32, size: Option<u64>, contents: Contents },
    RestOfChunk { number: u32, contents: Contents },
    LastChunk,
    Trailer,
    EndOfChunked,
    Body { contents: Contents, end: u64, announced: Option<u64> },
    Tunnel,
    Unexpected(String),
    NotLabelled,
}

/// What lies in a piece of a body.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) octets: u64,
    events: u64,
    comments: u64,
}

impl Contents {
    pub(super) fn count(&mut self, span: &Span) {
        self.octets += span.range.len() as u64;
        self.events += u64::from(span.content == Some(Label::EventDispatch));
        self.comments += u64::from(span.content == Some(Label::EventComment) && span.starts);
    }

    fn add(&mut self, other: &Contents) {
        self.octets += other.octets;
        self.events += other.events;
        self.comments += other.comments;
    }

    /// `, one event`; nothing if it is no event stream, or the event is not complete.
    fn events(&self, language: Language) -> String {
        let mut text = String::new();
        for (count, english, korean) in [(self.events, "event", "이벤트"), (self.comments, "comment", "주석")] {
            match (language, count) {
                (_, 0) => {}
                (Language::En, 1) => text.push_str(&format!(", one {english}")),
                (Language::En, count) => text.push_str(&format!(", {count} {english}s")),
                (Language::Ko, count) => text.push_str(&format!(", {korean} {count}개")),
            }
        }
        text
    }
}

/// The sentence for a packet; with `is_all` nothing of it is left to be said.
pub(super) fn sentence(parts: &[Clause], flow: Flow, is_all: bool, language: Language) -> String {
    let words = words(language);
    let mut sentence = String::new();
    // A write of a subscription may have hundreds of chunks: runs of whole ones are put together.
    for run in parts.chunk_by(|one, next| one.is_whole_chunk() && next.is_whole_chunk()) {
        if !sentence.is_empty() {
            sentence.push_str(if matches!(run, [Clause::EndOfChunked]) { ": " } else { "; " });
        }
        if sentence.len() > LONGEST {
            sentence.push_str(words.more);
            break;
        }
        match run {
            [part] => part.tell(flow, language, &mut sentence),
            run => chunks(run, flow, language, &mut sentence),
        }
    }
    match parts.last() {
        _ if !is_all && !sentence.ends_with(words.more) => {
            let is_empty = sentence.is_empty();
            sentence.push_str(if is_empty { words.not_labelled } else { "; " });
            sentence.push_str(if is_empty { "" } else { words.more });
        }
        Some(Clause::LastChunk | Clause::Trailer) => sentence.push_str(words.without_blank_line),
        Some(_) | None => {}
    }
    sentence
}

fn chunks(run: &[Clause], flow: Flow, language: Language, out: &mut String) {
    let mut all = Contents::default();
    let mut numbers = Vec::new();
    for part in run {
        if let Clause::Chunk { number, contents, .. } = part {
            all.add(contents);
            numbers.push(*number);
        }
    }
    if let (Some(first), Some(last)) = (numbers.first(), numbers.last()) {
        // Writing to a String cannot fail, here and below.
        let (octets, events) = (octets(all.octets, language), all.events(language));
        let _ = match language {
            Language::En => write!(out, "chunks {first} to {last} of this {}: {octets}{events}", english(flow)),
            Language::Ko => write!(out, "이 {}의 청크 {first}~{last}: {octets}{events}", korean(flow)),
        };
    }
}

impl Clause {
    fn is_whole_chunk(&self) -> bool {
        matches!(self, Clause::Chunk { size: Some(size), contents, .. } if *size == contents.octets)
    }

    fn tell(&self, flow: Flow, language: Language, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match language {
            Language::En => self.tell_in_english(english(flow), out),
            Language::Ko => self.tell_in_korean(korean(flow), out),
        };
    }

    fn tell_in_english(&self, message: &str, out: &mut String) -> fmt::Result {
        const EN: Language = Language::En;
        match self {
            Clause::Head { number, start_line, is_whole: true } => {
                write!(out, "head of {message} {number}: {start_line}")
            }
            Clause::Head { number, start_line, .. } => {
                write!(out, "begins the head of {message} {number}: {start_line}")
            }
            Clause::RestOfHead => write!(out, "continues the head of this {message}"),
            Clause::EmptyLine => write!(out, "an empty line before a {message}, which is ignored"),
            Clause::Chunk { number, size: None, .. } => {
                write!(out, "chunk {number} of this {message}: its size is cut")
            }
            Clause::Chunk { number, size: Some(size), contents } => {
                write!(out, "chunk {number} of this {message}: 0x{size:x} = {}", octets(*size, EN))?;
                if *size != contents.octets {
                    write!(out, ", {} of them here", contents.octets)?;
                }
                out.write_str(&contents.events(EN))
            }
            Clause::RestOfChunk { number, contents: Contents { octets: 0, .. } } => {
                write!(out, "continues the framing of chunk {number} of this {message}")
            }
            Clause::RestOfChunk { number, contents } => {
                let (octets, events) = (octets(contents.octets, EN), contents.events(EN));
                write!(out, "continues chunk {number} of this {message}: {octets}{events}")
            }
            Clause::LastChunk => write!(out, "last chunk"),
            Clause::Trailer => write!(out, "trailer section"),
            Clause::EndOfChunked => write!(out, "this {message} is complete"),
            Clause::Body { contents, end, announced: Some(announced) } => {
                let first = (end + 1).saturating_sub(contents.octets);
                write!(out, "body, octets {first} to {end} of {announced}{}", contents.events(EN))
            }
            Clause::Body { contents, announced: None, .. } => {
                write!(out, "body that FIN will end: {}{}", octets(contents.octets, EN), contents.events(EN))
            }
            Clause::Tunnel => write!(out, "tunnel: no HTTP/1.1"),
            Clause::NotLabelled => write!(out, "where in a message these octets stand is not known"),
            Clause::Unexpected(why) => write!(out, "unexpected: {why}"),
        }
    }

    fn tell_in_korean(&self, message: &str, out: &mut String) -> fmt::Result {
        const KO: Language = Language::Ko;
        match self {
            Clause::Head { number, start_line, is_whole: true } => {
                write!(out, "{message} {number}의 헤더: {start_line}")
            }
            Clause::Head { number, start_line, .. } => write!(out, "{message} {number}의 헤더 시작: {start_line}"),
            Clause::RestOfHead => write!(out, "이 {message}의 헤더에서 이어짐"),
            Clause::EmptyLine => write!(out, "{message} 앞의 빈 줄: 무시됨"),
            Clause::Chunk { number, size: None, .. } => {
                write!(out, "이 {message}의 청크 {number}: 크기가 여기서 끊김")
            }
            Clause::Chunk { number, size: Some(size), contents } => {
                write!(out, "이 {message}의 청크 {number}: 0x{size:x} = {}", octets(*size, KO))?;
                if *size != contents.octets {
                    write!(out, ", 그중 여기에 {}", octets(contents.octets, KO))?;
                }
                out.write_str(&contents.events(KO))
            }
            Clause::RestOfChunk { number, contents: Contents { octets: 0, .. } } => {
                write!(out, "이 {message}의 청크 {number}: 크기 줄이나 CRLF의 나머지")
            }
            Clause::RestOfChunk { number, contents } => {
                let (octets, events) = (octets(contents.octets, KO), contents.events(KO));
                write!(out, "이 {message}의 청크 {number}에서 이어짐: {octets}{events}")
            }
            Clause::LastChunk => write!(out, "마지막 청크"),
            Clause::Trailer => write!(out, "트레일러 섹션"),
            Clause::EndOfChunked => write!(out, "이 {message} 완료"),
            Clause::Body { contents, end, announced: Some(announced) } => {
                let first = (end + 1).saturating_sub(contents.octets);
                write!(out, "본문, {announced}바이트 중 {first}~{end}{}", contents.events(KO))
            }
            Clause::Body { contents, announced: None, .. } => {
                write!(out, "FIN으로 끝나는 본문: {}{}", octets(contents.octets, KO), contents.events(KO))
            }
            Clause::Tunnel => write!(out, "터널: HTTP/1.1이 아님"),
            Clause::NotLabelled => write!(out, "메시지의 어느 부분인지 알 수 없음"),
            Clause::Unexpected(why) => write!(out, "예상 밖: {why}"),
        }
    }
}

fn octets(count: u64, language: Language) -> String {
    match (language, count) {
        (Language::En, 1) => "1 octet".to_owned(),
        (Language::En, count) => format!("{count} octets"),
        (Language::Ko, count) => format!("{count}바이트"),
    }
}

fn english(flow: Flow) -> &'static str {
    match flow {
        Flow::Requests => "request",
        Flow::Responses => "response",
    }
}

fn korean(flow: Flow) -> &'static str {
    match flow {
        Flow::Requests => "요청",
        Flow::Responses => "응답",
    }
}

/// What ends a sentence.
struct Words {
    more: &'static str,
    not_labelled: &'static str,
    without_blank_line: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::En => Words {
            more: "and more",
            not_labelled: "not labelled",
            without_blank_line: ", without the blank line that would end it",
        },
        Language::Ko => {
            Words {
                more: "이하 생략", not_labelled: "라벨 없음", without_blank_line: ", 이를 끝낼 빈 줄은 없음"
            }
        }
    }
}

/// Octets after which a sentence comes to its end.
pub(super) const LONGEST: usize = 300;
