//! The wire, as documents: every case of `tests/wire/*.md` is dissected whole, octet by octet, and at every split.
//!
//! A case is a heading of the second level, which is the sentence to be proved; prose, if there is a reason to give;
//! and fenced blocks:
//!
//! ```text
//! http request    octets from client to server; before an `http response`, the context of the response
//! http response   octets from server to client
//! spans           what the last block consists of: offset, length, label, content label in brackets, octets
//! fin             what a FIN after these octets means
//! refusal         the head is refused with this status
//! accepted        the head is taken; lines "fact value" (method, host, target, version, framing, persistent)
//! ```
//!
//! Octets are written as text. The end of a line means nothing; `\r`, `\n`, `\t`, `\\`, `\{` and `\xNN` are octets,
//! and `{text*N}` is `text` N times. In the spans a space is written as a dot in the middle.
//!
//! `WIRESTEP_REWRITE=1 cargo test --test wire` writes the `spans` and `fin` blocks anew: review them by eye.

#[path = "wire/notation.rs"]
mod notation;

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use notation::octets_of;
use proptest::prelude::*;
use wirestep::wire::chunked::Chunked;
use wirestep::wire::dissect::Dissector;
use wirestep::wire::explain::{self, Saying};
use wirestep::wire::flow::Flow;
use wirestep::wire::framing::BodyFraming;
use wirestep::wire::language::Language;
use wirestep::wire::request::{HeadLimits, HeadScan, RequestHead};
use wirestep::wire::span::{Detail, Span};
use wirestep::wire::start_line::Version;

/// What the head of a request says, as far as a case asks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// The head, or the chunked body behind it, is not complete.
    Incomplete,
    /// The status with which it is refused.
    Refused(u16),
    /// The facts of a head that is taken, as they stand in an `accepted` block: (fact, value).
    Accepted(Vec<(&'static str, String)>),
}

/// What the server's own parser says of `octets` when they arrive in pieces that end at `cuts`.
fn judge_request(octets: &[u8], cuts: &[usize]) -> Verdict {
    let limits = HeadLimits::default();
    let mut scan = HeadScan::default();
    let mut found = Ok(None);
    for &cut in cuts.iter().chain([&octets.len()]) {
        found = scan.find_end(&octets[..cut], limits);
        if !matches!(found, Ok(None)) {
            break;
        }
    }
    let head = match found {
        Ok(None) => return Verdict::Incomplete,
        Ok(Some(length)) => RequestHead::read(&octets[..length]).map(|head| (head, length)),
        Err(error) => Err(error),
    };
    match head {
        Err(error) => Verdict::Refused(error.status()),
        Ok((head, length)) if head.framing() == BodyFraming::Chunked => judge_chunks(&head, &octets[length..]),
        Ok((head, _)) => Verdict::Accepted(facts(&head)),
    }
}

fn judge_chunks(head: &RequestHead, octets: &[u8]) -> Verdict {
    let mut chunked = Chunked::new(16 * 1024);
    let mut body = Vec::new();
    match chunked.decode(octets, &mut body) {
        Err(_) => Verdict::Refused(400),
        Ok(_) => Verdict::Accepted(facts(head)),
    }
}

fn facts(head: &RequestHead) -> Vec<(&'static str, String)> {
    let target = if head.is_asterisk() { "*".to_owned() } else { head.path().to_owned() };
    let query = if head.query().is_empty() { String::new() } else { format!("?{}", head.query()) };
    let version = match head.version() {
        Version::Http10 => "1.0",
        Version::Http11 => "1.1",
    };
    let framing = match head.framing() {
        BodyFraming::None => "none".to_owned(),
        BodyFraming::ContentLength(length) => format!("content-length {length}"),
        BodyFraming::Chunked => "chunked".to_owned(),
        BodyFraming::CloseDelimited => "close-delimited".to_owned(),
    };
    vec![
        ("method", head.method_token().to_owned()),
        ("host", head.host().to_owned()),
        ("target", target + &query),
        ("version", version.to_owned()),
        ("framing", framing),
        ("persistent", if head.persists() { "yes" } else { "no" }.to_owned()),
    ]
}

#[test]
fn every_case_of_every_document_holds_at_every_split() {
    let rewrite = std::env::var_os("WIRESTEP_REWRITE").is_some();
    let mut faults = String::new();
    let mut count = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).expect("a document is readable");
        let cases = read_cases(&path, &text);
        assert!(!cases.is_empty(), "{} has no case", path.display());
        if rewrite {
            fs::write(&path, rewritten(&text, &cases)).expect("a document is writable");
            continue;
        }
        count += cases.len();
        for case in &cases {
            if let Err(fault) = check(case) {
                let _ = writeln!(faults, "\n{}:{}: {}\n{fault}", case.file, case.line, case.title);
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(rewrite || count >= 140, "only {count} cases were found");
}

/// One heading and its blocks.
#[derive(Debug)]
struct Case {
    file: String,
    line: usize,
    title: String,
    blocks: Vec<Block>,
}

/// A fenced block; `lines` are those between the fences, as indices into the lines of the file.
#[derive(Debug)]
struct Block {
    info: String,
    lines: Range<usize>,
    text: String,
}

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let entries = fs::read_dir(folder).expect("tests/wire is a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry is readable").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths
}

fn read_cases(path: &Path, text: &str) -> Vec<Case> {
    let file = format!("tests/wire/{}", path.file_name().unwrap_or_default().to_string_lossy());
    let mut cases: Vec<Case> = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        match (&open, line.strip_prefix("```"), line.strip_prefix("## ")) {
            (None, Some(info), _) => open = Some((info.trim().to_owned(), index + 1)),
            (Some((info, start)), Some(_), _) => {
                let block = Block { info: info.clone(), lines: *start..index, text: lines[*start..index].join("\n") };
                if let Some(case) = cases.last_mut() {
                    case.blocks.push(block);
                }
                open = None;
            }
            (None, None, Some(title)) => {
                let title = title.to_owned();
                cases.push(Case { file: file.clone(), line: index + 1, title, blocks: Vec::new() });
            }
            _ => {}
        }
    }
    assert!(open.is_none(), "{file}: a block has no end");
    cases
}

fn check(case: &Case) -> Result<(), String> {
    let octets = case.octets()?;
    if !case.blocks.iter().any(|block| matches!(block.info.as_str(), "spans" | "fin" | "refusal" | "accepted")) {
        return Err("nothing is expected".to_owned());
    }
    for block in &case.blocks {
        match block.info.as_str() {
            "spans" => same("spans", &block.text, &octets.spans_shown())?,
            "fin" => same("fin", &block.text, &octets.ending_shown())?,
            "refusal" | "accepted" => check_verdict(block, &octets)?,
            "http request" | "http response" => {}
            other => return Err(format!("a block \"{other}\" means nothing here")),
        }
    }
    octets.check_splits()
}

fn same(what: &str, expected: &str, found: &str) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("--- {what} expected\n{expected}\n--- found\n{found}")) }
}

fn check_verdict(block: &Block, octets: &Octets) -> Result<(), String> {
    if octets.flow != Flow::Requests {
        return Err("only requests are refused or accepted".to_owned());
    }
    let status = block.text.split(' ').next().unwrap_or("");
    let verdict = judge_request(&octets.judged, &[]);
    // In a long case only every 97th split is tried: its octets repeat themselves.
    let step = if octets.judged.len() > 1000 { 97 } else { 1 };
    let one_by_one: Vec<usize> = (1..octets.judged.len()).step_by(step).collect();
    if judge_request(&octets.judged, &one_by_one) != verdict {
        return Err("octet by octet, the verdict is another one".to_owned());
    }
    if let Some(cut) = one_by_one.iter().find(|&&cut| judge_request(&octets.judged, &[cut]) != verdict) {
        return Err(format!("split at {cut}, the verdict is another one"));
    }
    match (block.info.as_str(), verdict) {
        ("refusal", _) if !is_status(status) => Err("a refusal begins with a status".to_owned()),
        ("refusal", Verdict::Refused(found)) => same("refusal", status, &found.to_string()),
        ("accepted", Verdict::Accepted(facts)) => check_facts(&block.text, &facts),
        (_, verdict) => Err(format!("--- {} expected\n{}\n--- found\n{verdict:?}", block.info, block.text)),
    }
}

fn is_status(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn check_facts(expected: &str, facts: &[(&'static str, String)]) -> Result<(), String> {
    for line in expected.lines() {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        let Some((_, found)) = facts.iter().find(|(fact, _)| *fact == name) else {
            return Err(format!("nothing is known of \"{name}\""));
        };
        same(name, value, found)?;
    }
    Ok(())
}

impl Case {
    fn octets(&self) -> Result<Octets, String> {
        let mut flows = Vec::new();
        for block in &self.blocks {
            let flow = match block.info.as_str() {
                "http request" => Flow::Requests,
                "http response" => Flow::Responses,
                _ => continue,
            };
            flows.push((flow, octets_of(&block.text)?));
        }
        let (flow, judged) = flows.pop().ok_or("there are no octets")?;
        Ok(Octets { before: flows, flow, judged })
    }
}

/// The octets of a case, in the order in which they pass; the last of them is what is judged.
struct Octets {
    before: Vec<(Flow, Vec<u8>)>,
    flow: Flow,
    judged: Vec<u8>,
}

impl Octets {
    /// The spans of the judged octets, when these come in pieces that end at `cuts`.
    fn spans(&self, cuts: &[usize]) -> (Vec<Span>, Dissector) {
        let mut dissector = Dissector::default();
        for (flow, octets) in &self.before {
            dissector.dissect(*flow, octets);
        }
        let mut spans = Vec::new();
        let mut at = 0;
        for end in cuts.iter().copied().chain([self.judged.len()]) {
            let piece = &self.judged[at..end];
            let found = dissector.dissect(self.flow, piece);
            assert_covers(&found, piece.len());
            // Whatever comes can be told in rows.
            let rows = explain::rows(self.flow, piece, &found);
            for row in &rows {
                assert!(!row.explanation.section().is_empty() && !row.explanation.code().is_empty(), "{row:?}");
                for language in Language::ALL {
                    let sentence = Saying::Explanation(row.explanation).in_language(language).to_string();
                    assert!(!sentence.is_empty(), "{row:?}");
                }
            }
            merge(&mut spans, found, at);
            at = end;
        }
        (spans, dissector)
    }

    fn spans_shown(&self) -> String {
        self.spans(&[]).0.iter().map(|span| self.span_shown(span)).collect::<Vec<_>>().join("\n")
    }

    fn span_shown(&self, span: &Span) -> String {
        let label = format!("{:?}", span.label);
        let what = span.content.map_or(label.clone(), |content| format!("{label} [{content:?}]"));
        let fault = span.fault().map_or(String::new(), |fault| format!("  <- {fault}"));
        let octets = shown(&self.judged[span.range.clone()]);
        format!("{:>4} {:>4} {what:<22} {octets}{fault}", span.range.start, span.range.len())
    }

    fn ending_shown(&self) -> String {
        let ending = self.spans(&[]).1.at_fin(self.flow);
        format!("{ending} ({})", ending.section())
    }

    fn check_splits(&self) -> Result<(), String> {
        let (whole, dissector) = self.spans(&[]);
        let ending = dissector.at_fin(self.flow);
        let single: Vec<usize> = (1..self.judged.len()).collect();
        // All splits of a very long case would cost its square; a few hundred will do then.
        let step = if self.judged.len() > 2_000 { self.judged.len() / 200 } else { 1 };
        let cuts = single.iter().step_by(step).map(|cut| vec![*cut]).chain([single.clone()]);
        for cuts in cuts {
            let (pieces, dissector) = self.spans(&cuts);
            if pieces != whole || dissector.at_fin(self.flow) != ending {
                return Err(format!("cut at {cuts:?}, the spans are others:\n{pieces:?}\n--- whole\n{whole:?}"));
            }
        }
        Ok(())
    }
}

fn assert_covers(spans: &[Span], length: usize) {
    let mut at = 0;
    for span in spans {
        assert!(span.range.start == at && span.range.end > at, "spans lie side by side: {spans:?}");
        at = span.range.end;
    }
    assert_eq!(at, length, "the spans cover all octets");
}

/// Adds the spans of a piece that begins at `offset`; what continues a token is added to it.
fn merge(spans: &mut Vec<Span>, piece: Vec<Span>, offset: usize) {
    for mut span in piece {
        span.range = span.range.start + offset..span.range.end + offset;
        match spans.last_mut() {
            Some(last) if !span.starts => {
                assert_eq!((last.label, last.content), (span.label, span.content), "it continues another token");
                last.range.end = span.range.end;
                if span.detail != Detail::None {
                    last.detail = span.detail;
                }
            }
            _ => spans.push(span),
        }
    }
}

/// The same notation backwards, with the middle of what is long left out.
fn shown(octets: &[u8]) -> String {
    if octets.len() > 80 {
        return format!("{} ... {}", shown(&octets[..20]), shown(&octets[octets.len() - 20..]));
    }
    let mut text = String::new();
    for piece in octets.utf8_chunks() {
        for character in piece.valid().chars() {
            match character {
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\\' => text.push_str("\\\\"),
                ' ' => text.push('\u{b7}'),
                '\u{feff}' => text.push_str("\\xef\\xbb\\xbf"),
                _ if character.is_ascii_control() => {
                    let _ = write!(text, "\\x{:02x}", u32::from(character));
                }
                _ => text.push(character),
            }
        }
        for octet in piece.invalid() {
            let _ = write!(text, "\\x{octet:02x}");
        }
    }
    text
}

/// The document with the `spans` and `fin` blocks as they are found now.
fn rewritten(text: &str, cases: &[Case]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for case in cases.iter().rev() {
        let octets = case.octets().unwrap_or_else(|fault| panic!("{}:{}: {fault}", case.file, case.line));
        for block in case.blocks.iter().rev() {
            let found = match block.info.as_str() {
                "spans" => octets.spans_shown(),
                "fin" => octets.ending_shown(),
                _ => continue,
            };
            lines.splice(block.lines.clone(), found.lines().map(str::to_owned));
        }
    }
    lines.join("\n") + "\n"
}

/// Octets that are often nearly HTTP: pieces of messages, put together by chance.
fn nearly_http() -> impl Strategy<Value = Vec<u8>> {
    let part = proptest::sample::select(PARTS).prop_map(|part| part.as_bytes().to_vec());
    let octets = proptest::collection::vec(any::<u8>(), 0..8);
    proptest::collection::vec(prop_oneof![9 => part, 1 => octets], 0..24).prop_map(|parts| parts.concat())
}

/// A message of either flow that is right as far as its parts are.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let start = proptest::sample::select(&PARTS[..8]);
    let fields = proptest::collection::vec(proptest::sample::select(&PARTS[8..14]), 0..4);
    (start, fields, nearly_http())
        .prop_map(|(start, fields, body)| [start.as_bytes(), fields.concat().as_bytes(), b"\r\n", &body].concat())
}

const PARTS: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "HEAD / HTTP/1.1\r\n",
    "CONNECT a:1 HTTP/1.1\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 100 \r\n",
    "HTTP/1.1 101 \r\n",
    "HTTP/1.0 204 \r\n",
    "Content-Length: 7\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Type: text/event-stream\r\n",
    "Content-Type: text/event-stream\r\n",
    "Host: a\r\n",
    "\r\n",
    "\n",
    "\r",
    "5\r\nhello\r\n",
    "3;a=\"b\"\r\nid:\r\n",
    "1\r\n\n\r\n",
    "1\r\n\r\r\n",
    "0\r\n",
    "a:b\r\n",
    "data: x\n\n",
    ":c\r",
    "\u{feff}",
    "id",
    " ",
    "retry:1\r\n",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_do_not_matter(
        request in message(),
        judged in prop_oneof![nearly_http(), message()],
        responses in any::<bool>(),
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6),
    ) {
        let flow = if responses { Flow::Responses } else { Flow::Requests };
        let octets = Octets { before: vec![(Flow::Requests, request)], flow, judged };
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(octets.judged.len() + 1)).collect();
        cuts.sort_unstable();
        let single: Vec<usize> = (0..octets.judged.len()).collect();
        let (whole, dissector) = octets.spans(&[]);
        for cuts in [cuts, single] {
            let (pieces, other) = octets.spans(&cuts);
            prop_assert_eq!(&pieces, &whole);
            prop_assert_eq!(other.at_fin(flow), dissector.at_fin(flow));
        }
    }
}
