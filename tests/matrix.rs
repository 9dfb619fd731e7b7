//! `docs/matrix.md` and the script that makes it: what clients make of every ending.
//!
//! A part of the matrix is played for real and held against the stored tables. A cell belongs to a version of a client. Where
//! the version on this machine is the stored one, the cells must be the same. Where it is another one, they may be others,
//! and nobody can know in advance which; then it must at least take for whole what is whole, and every cell must be there. So
//! another curl is neither a failure nor a test that is left out.

mod common;
#[path = "documents/page.rs"]
#[allow(dead_code)]
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use common::{CLIENT_DEADLINE, run};
use page::root;

const PAGE: &str = "docs/matrix.md";
const RESPONSES: &str = "Ends of a response";
const FRAMING: &str = "Framing";
const STREAMS: &str = "Ends of an event stream";

#[test]
fn every_ending_of_the_lessons_and_every_client_of_the_script_is_in_the_stored_matrix() {
    let stored = Matrix::stored();
    let listed = play(&["--list"]).text;
    for line in listed.lines() {
        let (kind, rest) = line.split_once(' ').expect("a kind and a name");
        match kind {
            "client" => {
                let name = rest.split(' ').next().expect("a name");
                assert!(stored.tables.values().any(|table| table.column(name).is_some()), "{PAGE} has no {name}");
            }
            "ending" => {
                let (label, title) = rest.split_once(": ").expect("a label and a table");
                let row = stored.tables[title].rows.get(label).unwrap_or_else(|| panic!("{PAGE} has no row {label}"));
                assert!(row.iter().all(|cell| !cell.is_empty()), "{label} has an empty cell: {row:?}");
            }
            _ => panic!("{line}"),
        }
    }
    let lesson = fs::read_to_string(root().join("docs/lessons/06-endings.lesson")).expect("it is there");
    let (_, values) = lesson.split_once("param end = last (").expect("the lesson has that parameter");
    let values: Vec<&str> = values.split_once(')').expect("it ends").0.split(" | ").collect();
    let rows: Vec<&String> = stored.tables[RESPONSES].rows.keys().collect();
    assert!(values.len() > 10 && rows.len() == values.len(), "{values:?} are played, {rows:?} are stored");
    assert!(values.iter().all(|value| rows.iter().any(|row| row == value)));
}

#[test]
fn what_there_is_to_play_is_listed_without_a_program_and_in_the_rows_that_a_program_plays() {
    let run = |arguments: &[&str]| {
        let output = Command::new(root().join("scripts/matrix")).args(arguments).output().expect("there is a python3");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, listed) = run(&["--list", "--server", "/nowhere"]);
    assert_eq!(code, Some(0), "{listed}");
    let labels = listed.lines().filter_map(|line| line.strip_prefix("ending ")?.split_once(": "));
    let mut stored: Vec<(String, String)> = Vec::new();
    for (title, table) in &Matrix::stored().tables {
        stored.extend(table.rows.keys().map(|label| (label.clone(), title.clone())));
    }
    let mut labels: Vec<(String, String)> = labels.map(|(label, table)| (label.into(), table.into())).collect();
    labels.retain(|(_, title)| [RESPONSES, FRAMING, STREAMS].contains(&title.as_str()));
    stored.retain(|(_, title)| [RESPONSES, FRAMING, STREAMS].contains(&title.as_str()));
    labels.sort();
    stored.sort();
    assert_eq!(labels, stored);
    let (code, said) = run(&["--server", "/nowhere"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(1), "scripts/matrix: there is no wirestep to play with: cargo build --release\n")
    );
}

#[test]
fn curl_wget_and_pythons_http_client_make_of_every_response_what_is_stored() {
    let clients = ["curl", "wget", "http.client", "http.client-lines"];
    let options: Vec<&str> = clients.iter().flat_map(|client| ["--only", client]).collect();
    let played = play(&options);
    for title in [RESPONSES, FRAMING] {
        assert_eq!(played.tables[title].columns.len(), clients.len(), "a client is missing:\n{}", played.text);
        assert_eq!(played.tables[title].rows.len(), Matrix::stored().tables[title].rows.len());
    }
    assert_is_stored(&played);
    // Nothing in there depends on a client.
    let sent = "What is sent";
    assert_eq!(played.tables[sent], Matrix::stored().tables[sent]);
}

#[test]
fn an_eventsource_makes_of_every_end_of_a_stream_what_is_stored() {
    let played = play(&["--only", "npm-eventsource"]);
    assert_eq!(played.tables[STREAMS].columns.len(), 1, "the client is missing:\n{}", played.text);
    assert_is_stored(&played);
}

#[test]
fn a_client_that_is_missing_is_named_and_the_others_are_written_between_the_marks() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    // As if it were not there: it does not start.
    let wget = folder.path().join("wget");
    fs::write(&wget, "#!/bin/sh\nexit 127\n").expect("it can be written");
    fs::set_permissions(&wget, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").expect("there is one"));
    let page = folder.path().join("page.md");
    fs::write(&page, "before\n<!-- matrix -->\nold\n<!-- end -->\nbehind\n").expect("it can be written");

    let mut command =
        script(&["--only", "curl", "--only", "wget", "--ending", "last", "--ending", "nolast", "--write"]);
    let printed = run(command.arg(&page).env("PATH", path), CLIENT_DEADLINE).success().text();
    assert!(printed.ends_with("\nNot on this machine: wget.\n"), "{printed}");
    let table = &Matrix::parse(&printed).tables[RESPONSES];
    assert_eq!(table.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["curl"]);
    assert_eq!(table.rows["nolast"], ["18 · 5"]);
    assert!(printed.contains("- curl, `nolast`: curl: (18) transfer closed"), "{printed}");
    let written = fs::read_to_string(&page).expect("it is there");
    assert_eq!(written, format!("before\n<!-- matrix -->\n\n{printed}<!-- end -->\nbehind\n"));
}

#[test]
fn what_the_page_says_is_true_of_its_tables() {
    let matrix = Matrix::stored();
    let page = fs::read_to_string(root().join(PAGE)).expect("it is there");
    let well = |row: &str| matrix.clients_that(row, is_well);
    let again = |row: &str| matrix.clients_that(row, |cell| cell.ends_with("again"));
    let waits = |row: &str| matrix.clients_that(row, |cell| cell.starts_with("waits"));
    let all = matrix.clients_that("last", |_| true);
    let without = |clients: &[&str]| all.iter().filter(|name| !clients.contains(name)).copied().collect::<Vec<&str>>();
    let cell = |row: &str, client: &str| matrix.cell(row, client).expect("it is stored");
    let in_all = |row: &str, holds: fn(&str) -> bool| matrix.clients_that(row, holds).len() == 4;
    let ends =
        |end: &str| matrix.clients_that(&format!("three-ends?end={end}"), |cell| cell == "1 event · rs0 · new · …");
    let stays = |end: &str| in_all(&format!("three-ends?end={end}"), |cell| cell == "1 event · rs0 · same · …");

    let claims = [
        ("missing last chunk is noticed", well("nolast") == ["http.client-lines"]),
        ("`cl-short` is the same", well("cl-short") == ["http.client-lines"]),
        (
            "head that is cut is a success",
            well("head-cut") == ["curl", "wget", "http.client", "http.client-lines", "requests", "chromium-fetch"],
        ),
        ("after the end are ignored by all but one", well("cl-long") == without(&["node-http", "newer-node-http"])),
        ("reset may look like an end", well("close-rst") == ["aiohttp", "node-fetch", "newer-node-fetch"]),
        ("fault may look like silence", ["badsize", "nocrlf", "bare-lf"].iter().all(|row| waits(row) == ["aiohttp"])),
        (
            "Half a check is none",
            !is_well(cell("nolast", "wget")) && well("midchunk") == ["wget"] && is_well(cell("badsize", "wget")),
        ),
        (
            "complete may be refused",
            !is_well(cell("interim", "node-fetch"))
                && !is_well(cell("interim", "newer-node-fetch"))
                && well("extensions") == without(&["node-fetch"])
                && waits("not-modified") == ["wget"]
                && matrix.clients_that("interim", |cell| cell == "ok · 0")
                    == ["http.client", "http.client-lines", "requests"],
        ),
        ("httpx\n  refuses it and is right", well("double-field") == without(&["httpx"])),
        (
            "Both fields, three readings",
            cell("both", "java") == "ok · 3"
                && well("both").len() == 7
                && matrix.clients_that("both", |cell| !is_well(cell))
                    == ["wget", "aiohttp", "node-http", "node-fetch", "newer-node-http", "newer-node-fetch"]
                && cell("both", "wget") == "4 · 5",
        ),
        (
            "request may come twice",
            again("empty") == ["aiohttp", "chromium-fetch", "java"] && again("empty-rst") == again("empty"),
        ),
        ("Only httpx times out", waits("stall") == without(&["httpx"]) && cell("stall", "httpx") == "ReadTimeout · 5"),
        ("cannot tell how a stream ended", ["fin", "close", "rst"].iter().all(|end| ends(end).len() == 4)),
        ("`last` and `length` keep it", stays("last") && stays("length")),
        (
            "response that is no event stream stops it",
            ["stop?by=no-content", "stop?by=error", "stop?by=unavailable", "stop?by=wrong-type", "stop?by=refused"]
                .iter()
                .all(|row| in_all(row, |cell| cell.ends_with("rs2"))),
        ),
        (
            "have bugs of their own",
            matrix.clients_that("grammar?lines=lf", |cell| cell.contains("id=7")) == ["node-eventsource"]
                && ["head-cut", "empty", "empty-rst"].iter().all(|end| {
                    let row = format!("endings?end={end}");
                    matrix.clients_that(&row, |cell| cell.ends_with("silence")) == ["node-eventsource"]
                })
                && matrix.clients_that("coming-back?then=id-alone", |cell| cell.contains("id=7"))
                    == ["npm-eventsource"]
                && matrix.clients_that("three-ends?end=badsize", |cell| cell.starts_with("open"))
                    == ["chromium-eventsource"],
        ),
    ];
    for (phrase, is_true) in claims {
        assert!(page.contains(phrase), "{PAGE} does not say \"{phrase}\" any more");
        assert!(is_true, "{PAGE} says \"{phrase}\", and its tables do not");
    }
}

// ---- the matrix --------------------------------------------------------------------------------------------------

struct Matrix {
    text: String,
    /// By title.
    tables: BTreeMap<String, Table>,
}

#[derive(Debug, PartialEq, Eq)]
struct Table {
    /// The last word of a heading is the version.
    columns: Vec<(String, String)>,
    rows: BTreeMap<String, Vec<String>>,
}

impl Table {
    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| column == name)
    }
}

impl Matrix {
    fn stored() -> Matrix {
        let page = fs::read_to_string(root().join(PAGE)).expect("it is there");
        let (_, tables) = page.split_once("<!-- matrix -->").expect("the page has that mark");
        Matrix::parse(tables.split_once("<!-- end -->").expect("the page has that mark").0)
    }

    fn parse(text: &str) -> Matrix {
        let mut tables = BTreeMap::new();
        for section in text.split("### ").skip(1) {
            let (title, rest) = section.split_once('\n').expect("a title is a line");
            let mut rows = rest.lines().filter_map(|line| {
                let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
                Some(cells.split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<String>>())
            });
            let Some(head) = rows.next() else { continue };
            let columns = head[1..].iter().map(|cell| {
                let (name, version) = cell.rsplit_once(' ').unwrap_or((cell, ""));
                (name.to_owned(), version.to_owned())
            });
            let rows = rows.map(|row| (row[0].trim_matches('`').to_owned(), row[1..].to_vec()));
            tables.insert(title.to_owned(), Table { columns: columns.collect(), rows: rows.collect() });
        }
        Matrix { text: text.to_owned(), tables }
    }

    fn cell(&self, row: &str, client: &str) -> Option<&str> {
        let table = self.tables.values().find(|table| table.column(client).is_some())?;
        let table = if table.rows.contains_key(row) { table } else { self.tables.get(FRAMING)? };
        Some(table.rows.get(row)?.get(table.column(client)?)?)
    }

    /// The clients of whose cell in this row that holds, in the order of the columns.
    fn clients_that(&self, row: &str, holds: impl Fn(&str) -> bool) -> Vec<&str> {
        let table = [RESPONSES, FRAMING, STREAMS].iter().map(|title| &self.tables[*title]);
        let table = table.into_iter().find(|table| table.rows.contains_key(row)).expect("there is that row");
        let cells = table.columns.iter().zip(&table.rows[row]);
        cells.filter(|(_, cell)| holds(cell)).map(|((name, _), _)| name.as_str()).collect()
    }
}

fn is_well(cell: &str) -> bool {
    cell.starts_with("0 · ") || cell.starts_with("ok · ")
}

// ---- playing -----------------------------------------------------------------------------------------------------

fn script(arguments: &[&str]) -> Command {
    let mut command = Command::new(root().join("scripts/matrix"));
    command.args(["--server", env!("CARGO_BIN_EXE_wirestep")]).args(arguments);
    command
}

#[track_caller]
fn play(arguments: &[&str]) -> Matrix {
    Matrix::parse(&run(&mut script(arguments), CLIENT_DEADLINE).success().text())
}

#[track_caller]
fn assert_is_stored(played: &Matrix) {
    let stored = Matrix::stored();
    let mut problems = Vec::new();
    for (title, table) in
        played.tables.iter().filter(|(title, _)| [RESPONSES, FRAMING, STREAMS].contains(&title.as_str()))
    {
        for ((client, version), (row, cells)) in
            table.columns.iter().flat_map(|column| table.rows.iter().map(move |row| (column, row)))
        {
            let cell = &cells[table.column(client).expect("it is a column of this table")];
            let column = stored.tables[title].column(client).unwrap_or_else(|| panic!("{PAGE} has no {client}"));
            let is_stored = stored.tables[title].columns[column].1 == *version;
            let expected = stored.cell(row, client).unwrap_or_else(|| panic!("{PAGE} has no row {row}"));
            if is_stored && expected != cell && !is_so_when_played_alone(client, row, expected) {
                problems.push(format!("{client} {version}, {row}: \"{expected}\" is stored, \"{cell}\" was seen"));
            }
            if !is_stored && !is_plausible(row, cell) {
                problems.push(format!("{client} {version}, {row}: \"{cell}\" makes no sense, whatever the version"));
            }
        }
    }
    assert!(problems.is_empty(), "scripts/matrix --write {PAGE} writes it anew:\n{}", problems.join("\n"));
}

/// A client that gets no processor for a tenth of a second reads the octets and the RST behind them in one. What differs
/// when it is played by itself, twice, does differ.
fn is_so_when_played_alone(client: &str, row: &str, expected: &str) -> bool {
    (0..2).any(|_| play(&["--only", client, "--ending", row]).cell(row, client) == Some(expected))
}

/// What every version of every client must make of what is whole, and how a cell looks.
fn is_plausible(row: &str, cell: &str) -> bool {
    match row {
        "last" | "cl-exact" | "close" => cell == "0 · 5" || cell == "ok · 5",
        "three-ends?end=last" => cell.starts_with("1 event · rs0 · "),
        _ if row.contains('=') => cell.contains("rs"),
        _ => cell.split(" · ").nth(1).is_some_and(|octets| octets.parse::<u32>().is_ok()),
    }
}

#[test]
fn a_cell_of_another_version_is_looked_at_too() {
    assert!(is_plausible("last", "0 · 5") && !is_plausible("last", "18 · 5") && !is_plausible("last", "ok · 0"));
    assert!(is_plausible("nolast", "77 · 5") && !is_plausible("nolast", "") && !is_plausible("nolast", "ok"));
    assert!(is_plausible("stop?by=error", "rs2") && !is_plausible("stop?by=error", "asks for nothing"));
}
