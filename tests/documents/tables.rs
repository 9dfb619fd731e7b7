//! The pages that are written from the code: labels and explanations from their lists, states from the source of the connection.

use std::fmt::Write as _;
use std::fs;

use wirestep::exchange::connection::{TRANSITIONS, Transition};
use wirestep::wire::explain::meaning::{FieldMeaning, MethodMeaning, StatusMeaning};
use wirestep::wire::explain::{Explanation, Saying};
use wirestep::wire::label::Label;
use wirestep::wire::language::Language;

use crate::page::root;

const NOTE: &str =
    "<!-- Written by tests/documents.rs from the code: WIRESTEP_REWRITE=1 cargo test --test documents -->";

/// `docs/labels.md`, and `docs/ko/labels.md`.
pub(crate) fn labels(language: Language) -> String {
    let words = match language {
        Language::En => &ENGLISH,
        Language::Ko => &KOREAN,
    };
    let mut page = format!("{NOTE}\n\n{}\n\n{}\n", words.labels, words.label_columns);
    for label in Label::ALL {
        let (name, section) = (label.name(), label.section());
        let explanation = Saying::Label(*label).in_language(language);
        _ = writeln!(page, "| {name} | {section} | {explanation} | `{label:?}` |");
    }
    let methods = MethodMeaning::ALL.iter().map(|it| Explanation::Method(b"", *it));
    let statuses = StatusMeaning::ALL.iter().map(|it| Explanation::Status(0, *it));
    let fields = FieldMeaning::ALL.iter().map(|it| Explanation::Field(*it));
    meanings(&mut page, words.methods, words, methods, language);
    meanings(&mut page, words.statuses, words, statuses, language);
    meanings(&mut page, words.fields, words, fields, language);
    page + words.source
}

fn meanings<'a>(
    page: &mut String,
    heading: &str,
    words: &Words,
    meanings: impl Iterator<Item = Explanation<'a>>,
    language: Language,
) {
    _ = write!(page, "\n{heading}\n\n{}\n", words.columns);
    for meaning in meanings {
        let sentence = Saying::Explanation(meaning).in_language(language).to_string();
        // The method itself, or the number of the status, is that of the request or response.
        let sentence = sentence.trim_start_matches([':', ' ', '0']);
        _ = writeln!(page, "| `{}` | {} | {sentence} |", meaning.code(), meaning.section());
    }
}

struct Words {
    labels: &'static str,
    label_columns: &'static str,
    methods: &'static str,
    statuses: &'static str,
    fields: &'static str,
    columns: &'static str,
    source: &'static str,
}

const ENGLISH: Words = Words {
    labels: "# Labels and explanations\n\n한국어: [ko/labels.md](ko/labels.md)\n\nEvery octet that passes a socket gets one of these \
             labels. The trace prints the name, the explanation and the section. Most names are grammar rules of the standards, so \
             they can be searched for there. Several labels may share a name (each kind of CRLF ends something else); inside the \
             code each is a variant of `wirestep::wire::label::Label`.\n\nA body of type `text/event-stream` is labelled twice: as \
             body data or chunk-data, and as what it is to a parser of the event stream. What a method, a status code and a field \
             mean where they are is in the tables below; `code` is the member of that name in [the lines of JSON](trace.md).",
    label_columns: "| name | section | explanation | variant |\n|---|---|---|---|",
    methods: "## Methods",
    statuses: "## Status codes",
    fields: "## Fields, in the message that they are in",
    columns: "| code | section | explanation |\n|---|---|---|",
    source: "\nThe source is [src/wire/label.rs](../src/wire/label.rs), [src/wire/explain/meaning.rs](../src/wire/explain/meaning.rs) and \
             [src/wire/explain/en.rs](../src/wire/explain/en.rs).\n",
};

const KOREAN: Words = Words {
    labels: "# 라벨과 설명\n\nEnglish: [labels.md](../labels.md)\n\n소켓을 지나는 모든 바이트에는 아래 라벨 중 하나가 붙습니다. 트레이스는 \
             이름, 설명, 근거가 되는 절을 출력합니다. 이름은 대부분 표준의 문법 규칙이므로 표준에서 그대로 찾을 수 있습니다. 이름이 같은 라벨도 \
             있습니다(CRLF마다 끝내는 것이 다릅니다). 코드에서는 라벨마다 `wirestep::wire::label::Label`의 variant가 따로 \
             있습니다.\n\n`text/event-stream` 본문에는 라벨이 두 번 붙습니다. 본문 데이터나 chunk-data로서, 그리고 이벤트 스트림 파서가 \
             보는 것으로서입니다. 메서드, 상태 코드, 헤더가 그 자리에서 무엇을 뜻하는지는 아래 표에 있습니다. `code`는 [JSON \
             줄](../trace.md)에 나오는 값입니다.",
    label_columns: "| 이름 | 절 | 설명 | variant |\n|---|---|---|---|",
    methods: "## 메서드",
    statuses: "## 상태 코드",
    fields: "## 헤더(어느 메시지에 있는지에 따라)",
    columns: "| code | 절 | 설명 |\n|---|---|---|",
    source: "\n소스는 [src/wire/label.rs](../../src/wire/label.rs), [src/wire/explain/meaning.rs](../../src/wire/explain/meaning.rs), \
             [src/wire/explain/ko.rs](../../src/wire/explain/ko.rs)입니다.\n",
};

/// `docs/states.md`.
pub(crate) fn states() -> String {
    let source = Source::read("src/exchange/connection.rs");
    let pairs = source.state_pairs();
    for (column, name) in [(0, "Receiving"), (1, "Sending")] {
        for (state, _) in source.variants(name) {
            assert!(
                pairs.iter().any(|row| row[column] == state),
                "{name}::{state} is in no pair of the module's table"
            );
        }
    }
    let mut page = format!(
        "{NOTE}\n\n# States of a connection\n\nTCP is two one-way streams with a FIN each. So a connection has two states, one for each \
         direction, and not one. Read the pair.\n\n| receiving | sending | meaning | leaves when |\n|---|---|---|---|\n"
    );
    for [receiving, sending, meaning, leaves] in &pairs {
        _ = writeln!(page, "| {receiving} | {sending} | {meaning} | {leaves} |");
    }
    section(&mut page, "The receiving half", &source.variants("Receiving"));
    section(&mut page, "The sending half", &source.variants("Sending"));
    section(
        &mut page,
        "Progress of the step that is being carried out, while Responding",
        &source.variants("Progress"),
    );
    page.push_str("\n## Which pair may follow which\n\n| from | when | to |\n|---|---|---|\n");
    for Transition { from, when, to } in TRANSITIONS {
        _ = writeln!(page, "| {}, {} | {when} | {}, {} |", from.0, from.1, to.0, to.1);
    }
    let facts = source.fields("Connection", &["persistence", "fin_received", "fin_sent"]);
    section(&mut page, "Three facts that can change in any state", &facts);
    section(
        &mut page,
        "Persistence: may another request come? (RFC 9112 section 9.3)",
        &Source::read("src/wire/persistence.rs").variants("Persistence"),
    );
    section(&mut page, "Why a connection ends", &Source::read("src/wire/persistence.rs").variants("CloseReason"));
    section(&mut page, "What the connection asks of the loop", &source.variants("Action"));
    page + "\nThe client's FIN is not `Connection: close`: it says that no more requests come; those that came before it get their response.\n\n\
            The transitions are in [src/exchange/connection.rs](../src/exchange/connection.rs); \
            `wirestep::exchange::connection::Connection::status` names the pair in a debugger.\n"
}

fn section(page: &mut String, heading: &str, rows: &[(String, String)]) {
    _ = write!(page, "\n## {heading}\n\n| name | meaning |\n|---|---|\n");
    for (name, meaning) in rows {
        _ = writeln!(page, "| `{name}` | {meaning} |");
    }
}

/// A source file, read by its doc comments.
struct Source(String);

impl Source {
    fn read(name: &str) -> Source {
        Source(fs::read_to_string(root().join(name)).expect("the source is there"))
    }

    /// The table in the module's story, whose columns begin where those of its first line do.
    fn state_pairs(&self) -> Vec<[String; 4]> {
        let lines = self.0.lines().map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or_default());
        let mut lines = lines.skip_while(|line| !line.starts_with("receiving "));
        let head = lines.next().expect("the module shows the table of state pairs");
        let column = |name: &str| head.find(name).unwrap_or_else(|| panic!("the table has no column {name:?}"));
        let (sending, meaning, leaves) = (column("sending"), column("meaning"), column("leaves when"));
        let rows = lines.take_while(|line| !line.starts_with("```"));
        let cell =
            |line: &str, from: usize, to: usize| line.get(from..to.min(line.len())).unwrap_or("").trim().to_owned();
        rows.map(|line| {
            [
                cell(line, 0, sending),
                cell(line, sending, meaning),
                cell(line, meaning, leaves),
                cell(line, leaves, usize::MAX),
            ]
        })
        .collect()
    }

    /// The variants of an enum, each with the first sentence of its doc comment.
    fn variants(&self, name: &str) -> Vec<(String, String)> {
        self.documented(&format!("enum {name}"), |line| line.starts_with(|first: char| first.is_ascii_uppercase()))
    }

    fn fields(&self, name: &str, fields: &[&str]) -> Vec<(String, String)> {
        let mut found = self.documented(&format!("struct {name}"), |line| line.contains(": "));
        found.retain(|(name, _)| fields.contains(&name.as_str()));
        assert_eq!(found.len(), fields.len(), "{name} has the fields {fields:?}");
        found
    }

    fn documented(&self, item: &str, names: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let is_item = |line: &&str| {
            line.trim_start_matches("pub ").strip_prefix(item).is_some_and(|rest| rest.starts_with([' ', '<']))
        };
        let body = self.0.lines().skip_while(|line| !is_item(line)).skip(1).take_while(|line| *line != "}");
        let mut rows = Vec::new();
        let mut doc = String::new();
        for line in body.filter_map(|line| line.strip_prefix("    ")) {
            if let Some(words) = line.strip_prefix("/// ") {
                doc = if doc.is_empty() { words.to_owned() } else { format!("{doc} {words}") };
            } else if names(line) {
                let name = line.split(|next: char| !next.is_alphanumeric() && next != '_').next().unwrap_or_default();
                rows.push((name.to_owned(), plain(&std::mem::take(&mut doc))));
            }
        }
        assert!(!rows.is_empty(), "there is no {item}");
        rows
    }
}

/// Without the links that only rustdoc understands.
fn plain(doc: &str) -> String {
    doc.replace("[`", "`").replace("`]", "`")
}
