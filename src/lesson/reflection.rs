//! Text that a query fills in must not run as a script in a browser.
//!
//! ```text
//! param word = "hello" (..60)        GET /lessons/mine?word=<script>...</script>
//! head 200 OK
//!   Content-Type: text/html          a link to this lesson could run a script in the origin
//! data "{word}"                      that also serves the trace: refused
//! ```
//!
//! A lesson sends its own head and no other field, so the server cannot add `nosniff` or a policy
//! to it. Instead a case that fills in a text parameter must say a media type that browsers do not
//! run, or a policy that takes its origin away. Without a Content-Type a browser guesses one from
//! the body (sniffing). Numbers, times and words cannot hold markup.

use super::case::Case;
use super::diagnostic::Diagnostic;
use super::parameter::{Parameter, ParameterKind};
use super::script::{Act, Op, Slot, Template, TemplatePart};

/// One error for a case that fills in a text parameter where a browser may run it.
pub(super) fn check(case: &Case, parameters: &[Parameter]) -> Option<Diagnostic> {
    let is_text = |index: usize| matches!(parameters.get(index).map(|it| &it.kind), Some(ParameterKind::Text { .. }));
    let first = case.program.iter().find(|instruction| match &instruction.op {
        Op::Act(act) => template(act).is_some_and(|template| fills_in(template, is_text)),
        _ => false,
    })?;
    if is_inert(case) {
        return None;
    }
    let hint = "expected text/plain, text/event-stream or application/json as its Content-Type, \
                or Content-Security-Policy: sandbox";
    Some(Diagnostic::error(first.position, "a browser may run a text parameter as a script", hint))
}

fn template(act: &Act) -> Option<&Template> {
    match act {
        Act::Head { text, .. }
        | Act::Chunk { data: text, .. }
        | Act::LastChunk { trailers: text, .. }
        | Act::Data(text)
        | Act::Raw(text)
        | Act::Event(text) => Some(text),
        Act::Wait(_) | Act::Hold | Act::Idle(_) | Act::SendBuffer(_) | Act::Fin | Act::Rst => None,
    }
}

fn fills_in(template: &Template, is_text: impl Fn(usize) -> bool) -> bool {
    template.0.iter().any(|part| matches!(part, TemplatePart::Hole(Slot::Parameter(index)) if is_text(*index)))
}

/// Whether all its final heads keep a browser from running the body. Octets of `raw` may be a head
/// of their own, so they are not.
fn is_inert(case: &Case) -> bool {
    let mut heads = 0;
    for act in case.acts() {
        match act {
            Act::Head { is_interim: true, .. } => {}
            Act::Head { text, .. } if is_inert_head(&text.to_bytes()) => heads += 1,
            Act::Raw(text) if !text.to_bytes().windows(5).any(|octets| octets == b"HTTP/") => {}
            Act::Head { .. } | Act::Raw(_) => return false,
            _ => {}
        }
    }
    heads > 0
}

// 0xFF, which stands for what is filled in, makes a value unknown.
fn is_inert_head(head: &[u8]) -> bool {
    let lines = head.split(|octet| *octet == b'\n').skip(1);
    let fields = lines.filter_map(|line| std::str::from_utf8(line).ok()?.split_once(':'));
    let (mut types, mut inert, mut sandboxed) = (0, 0, false);
    for (name, value) in fields.map(|(name, value)| (name.trim(), value.trim().to_ascii_lowercase())) {
        if name.eq_ignore_ascii_case("content-type") {
            types += 1;
            let media_type = value.split(';').next().unwrap_or_default().trim().to_owned();
            inert += usize::from(INERT.contains(&media_type.as_str()));
        }
        sandboxed |= name.eq_ignore_ascii_case("content-security-policy")
            && value.split(';').any(|directive| directive.split_whitespace().next() == Some("sandbox"))
            && !value.contains("allow-same-origin");
    }
    let has_unknown_field = head.split(|octet| *octet == b'\n').any(|line| line.contains(&0xFF));
    sandboxed || (types > 0 && types == inert && !has_unknown_field)
}

/// Media types that browsers neither run nor sniff into one that they run.
const INERT: &[&str] = &["text/plain", "text/event-stream", "text/csv", "application/json", "application/x-ndjson"];
