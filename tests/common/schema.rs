//! The tables of `docs/trace.md`, and whether a line is as they say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

/// For each kind of line its members, and whether each is always there.
pub(crate) type Schema = BTreeMap<String, BTreeMap<String, bool>>;

/// What all lines have, but for those of which the page says otherwise.
pub(crate) const COMMON: [&str; 4] = ["v", "what", "at", "connection"];

/// The tables of `docs/trace.md`: for each `## ` heading with a name in backticks the members, and whether each is always there.
pub(crate) fn schema() -> Schema {
    let page =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/trace.md")).expect("the document is there");
    let mut schema = Schema::new();
    let mut kind = None;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            let name = heading.split('`').nth(1).map(str::to_owned);
            kind = name.filter(|_| heading.trim_start_matches('#').trim_start().starts_with('`'));
        } else if let (Some(kind), Some(row)) = (&kind, line.strip_prefix("| `")) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let member = cells[0].trim_end_matches('`').to_owned();
            schema.entry(kind.clone()).or_default().insert(member, cells[1] == "always");
        }
    }
    schema
}

/// The names of what a value has.
pub(crate) fn members(value: &Value) -> BTreeSet<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

/// What the document promises for `kind`, and what `value` has, agree.
pub(crate) fn agrees(schema: &Schema, kind: &str, value: &Value, common: &[&str]) {
    let documented = schema.get(kind).unwrap_or_else(|| panic!("docs/trace.md has no table for `{kind}`"));
    let has = members(value);
    for member in has.iter().filter(|member| !common.contains(&member.as_str())) {
        assert!(documented.contains_key(member), "{kind} has {member:?}, which docs/trace.md does not know: {value}");
    }
    for (member, always) in documented {
        assert!(!always || has.contains(member), "docs/trace.md says that {kind} always has {member:?}: {value}");
    }
}
