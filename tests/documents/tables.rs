//! The pages that are written from the code: labels from `Label::ALL`, states from the source of the connection.

use std::fmt::Write as _;
use std::fs;

use wirestep::exchange::connection::{TRANSITIONS, Transition};
use wirestep::wire::explain::Saying;
use wirestep::wire::label::Label;
use wirestep::wire::language::Language;

use crate::page::root;

const NOTE: &str =
    "<!-- Written by tests/documents.rs from the code: WIRESTEP_REWRITE=1 cargo test --test documents -->";

/// `docs/labels.md`.
pub(crate) fn labels() -> String {
    let mut page = format!(
        "{NOTE}\n\n# Labels\n\nEvery octet that passes a socket gets one of these labels. The trace prints the name, the explanation and the \
         section. Most names are grammar rules of the standards, so they can be searched for there. Several labels may share a \
         name (each kind of CRLF ends something else); inside the code each is a variant of \
         `wirestep::wire::label::Label`.\n\n\
         A body of type `text/event-stream` is labelled twice: as body data or chunk-data, and as what it is to a reader of the \
         event stream.\n\n| name | section | explanation | variant |\n|---|---|---|---|\n"
    );
    for label in Label::ALL {
        let (name, section) = (label.name(), label.section());
        let explanation = Saying::Label(*label).in_language(Language::En);
        _ = writeln!(page, "| {name} | {section} | {explanation} | `{label:?}` |");
    }
    page + "\nThe source is [src/wire/label.rs](../src/wire/label.rs).\n"
}

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
