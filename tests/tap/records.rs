//! What the records of a tap say: how many of a kind there are, and how a connection has ended.

use serde_json::Value;

use crate::common::Server;

pub(crate) fn parsed(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).expect("each line is one value of JSON")).collect()
}

pub(crate) fn count(records: &[Value], what: &str) -> usize {
    records.iter().filter(|record| record["what"] == what).count()
}

/// What a record says first.
pub(crate) fn tell(record: &Value) -> String {
    let members = ["what", "flow", "state", "cause", "count"].iter().filter_map(|name| record.get(name));
    members.map(|value| value.as_str().map_or(value.to_string(), str::to_owned)).collect::<Vec<_>>().join(" ")
}

/// How the only connection has ended, when it has.
pub(crate) fn ends_of(tap: &Server) -> Vec<String> {
    let is_closed = |line: &String| line.contains("\"what\":\"closed\"");
    let lines = tap.wait_for_trace("the close", |lines| lines.iter().any(is_closed));
    let is_end = |record: &&Value| ["fin", "rst", "closed"].iter().any(|what| record["what"] == *what);
    parsed(&lines).iter().filter(is_end).map(tell).collect()
}
