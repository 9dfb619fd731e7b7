//! docs/verdicts.md names every finding, and each command that it shows leads to the finding of its row.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::CLIENT_TIME;
use crate::common::{Server, run};
use crate::page::root;

/// The rows of the tables: code, severity, and the command if there is one.
fn rows() -> Vec<(String, String, Option<String>)> {
    let page = fs::read_to_string(root().join("docs/verdicts.md")).expect("the page is there");
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let quoted = |cell: &str| cell.strip_prefix('`')?.strip_suffix('`').map(str::to_owned);
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| cells(line.trim()))
        .map(|cells| {
            let command = cells.get(3).and_then(|cell| quoted(cell));
            (quoted(&cells[0]).expect("the code is quoted"), cells[1].clone(), command)
        })
        .collect()
}

#[test]
fn the_tables_of_verdicts_name_each_finding_once() {
    let source = fs::read_to_string(root().join("src/wire/finding.rs")).expect("the source is there");
    let codes = source.lines().filter_map(|line| line.trim().strip_prefix("Finding::")?.split_once(" => \""));
    // The sections that stand in the same form have blanks.
    let is_code = |code: &&str| code.bytes().all(|octet| octet == b'-' || octet.is_ascii_alphanumeric());
    let codes = codes.map(|(_, code)| code.trim_end_matches("\",")).filter(is_code);
    let codes: BTreeSet<String> = codes.map(str::to_owned).collect();
    let named: Vec<String> = rows().into_iter().map(|(code, ..)| code).collect();
    assert!(codes.len() > 40, "the table of codes has another shape: {codes:?}");
    assert_eq!(named.iter().cloned().collect::<BTreeSet<_>>(), codes);
    assert_eq!(named.len(), codes.len(), "a finding stands twice");
}

#[test]
fn each_command_of_the_table_of_verdicts_leads_to_its_finding() {
    let mut wrong = Vec::new();
    for (code, severity, command) in rows() {
        let Some(command) = command else { continue };
        let server = Server::start(&["--trace", "json", "--verdict"]);
        let command = command.replace("127.0.0.1:8080", &server.addr.to_string());
        // curl fails where the response does.
        run(Command::new("sh").args(["-c", &command]), CLIENT_TIME);
        let lines = server.wait_for_trace("the end of the connection", |lines| {
            lines.iter().any(|line| line.contains("\"what\":\"closed\""))
        });
        let records = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let verdicts: Vec<Value> = records.filter(|record| record["what"] == "verdict").collect();
        if !verdicts.iter().any(|verdict| verdict["code"] == *code && verdict["severity"] == *severity) {
            let found: Vec<String> = verdicts.iter().map(|it| format!("{} {}", it["code"], it["severity"])).collect();
            wrong.push(format!("{command}: {severity} {code} is not among {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
