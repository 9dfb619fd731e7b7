//! What happens without octets: a connection comes, stays, is blocked, closes.
//!
//! ```text
//!  0.067 #1      opened by 127.0.0.1:47554
//!        #1      connection stays: 60 s for the next request
//!  0.370 #1   <- FIN   client sends no more; server still may (half-closed)
//!        #1   -> FIN   closed: both sides have sent FIN
//!  0.370 #1   ~~ write() would block: 778 octets wait until the client reads
//! ```
//!
//! A verdict stands in the row that causes it: a FIN or an RST that cuts a message says so, and a
//! client that leaves is shown as one. The record of the close has a row only if no row before it
//! has told why.

use super::captions::Captions;
use super::connections::Seen;
use super::rows::{Arrow, Rows};
use super::units;
use crate::trace::palette::Role;
use crate::trace::record::{Record, Rest, What};
use crate::wire::cause::{Cause, StateChange};
use crate::wire::ending::Ending;
use crate::wire::explain::Saying;
use crate::wire::explain::brief::Brief;
use crate::wire::finding::{Finding, Hops, Severity};
use crate::wire::flow::Flow;
use crate::wire::language::Note;
use crate::wire::span::Span;
use crate::wire::step::StepKind;
use crate::wire::traffic::Traffic;

/// The rows of a record that has no octets.
pub(super) fn act(rows: &mut Rows<'_>, seen: &mut Seen, record: &Record<'_>) {
    match record.what {
        What::Opened { peer, .. } => say(rows, Role::State, &Brief::Opened(peer)),
        What::State(StateChange::Persistent { wait, .. }) => say(rows, Role::State, &Brief::Stays(wait)),
        What::State(change) => sentence(rows, Role::State, Saying::State(change)),
        What::Blocked { flow, pending } => {
            rows.begin(Arrow("~~", Role::Fin), None);
            rows.say_here(Role::Fin, &Brief::Blocked(flow, pending));
            rows.end();
        }
        What::Missing { flow, count, loss } => {
            rows.begin(Arrow::of(flow), None);
            words(rows, Role::Bad, Saying::Missing { count, loss });
        }
        What::Foreign { protocol, local, peer } => {
            let said = Saying::Protocol(protocol).in_language(rows.look.language);
            rows.begin(Arrow::NONE, None);
            rows.words(Role::State, &format!("{peer} to {local}: {said}"));
            rows.end();
        }
        What::Fin { flow, cause, ending } => fin(rows, seen, record, flow, cause, ending),
        What::Rst { flow, cause, of, ending } => rst(rows, seen, record, [flow, of], cause, ending),
        What::Closed { cause } if !seen.is_told_closed => say(rows, Role::State, &Brief::Closed(cause)),
        What::Verdict(verdict) => judged(rows, verdict.finding, verdict.hops),
        What::Closed { .. } | What::Octets { .. } | What::Held { .. } => {}
    }
}

/// A finding; that a message is complete has been said in the row that ends it.
fn judged(rows: &mut Rows<'_>, finding: Finding, hops: Option<Hops<'_>>) {
    if let Finding::Complete { .. } = finding {
        return;
    }
    let role = match finding.severity() {
        Severity::Ok | Severity::Note => Role::Note,
        Severity::Warning => Role::State,
        Severity::Broken => Role::Bad,
    };
    sentence(rows, role, Saying::Finding(finding, hops));
    if finding.has_remedy() {
        sentence(rows, Role::Note, Saying::Remedy(finding));
    }
}

fn say(rows: &mut Rows<'_>, role: Role, brief: &Brief<'_>) {
    rows.begin(Arrow::NONE, None);
    rows.say_here(role, brief);
    rows.end();
}

fn sentence(rows: &mut Rows<'_>, role: Role, saying: Saying<'_>) {
    rows.begin(Arrow::NONE, None);
    words(rows, role, saying);
}

fn words(rows: &mut Rows<'_>, role: Role, saying: Saying<'_>) {
    let said = saying.in_language(rows.look.language).to_string();
    rows.words(role, &said);
    rows.end();
}

fn fin(rows: &mut Rows<'_>, seen: &mut Seen, record: &Record<'_>, flow: Flow, cause: Cause, ending: Ending) {
    let is_last = seen.half(flow.opposite()).has_fin;
    seen.half(flow).has_fin = true;
    let sum = seen.half(flow).sum(record.at);
    rows.begin(Arrow::of(flow), None);
    rows.put(Role::Fin, "FIN");
    let (role, brief) = match ending {
        Ending::BodyComplete { undispatched } => {
            (if undispatched { Role::Alarm } else { Role::Good }, Brief::FinEnds { undispatched, sum })
        }
        Ending::BetweenMessages | Ending::TunnelClosed | Ending::NotKnown(_) if is_last => {
            seen.is_told_closed = true;
            (Role::Note, Brief::LastFin)
        }
        Ending::BetweenMessages | Ending::TunnelClosed | Ending::NotKnown(_) => {
            (Role::Note, Brief::FirstFin(flow, cause))
        }
        _ => (Role::Alarm, Brief::Incomplete { by: flow, of: flow, ending, sum }),
    };
    must_say(rows, role, &brief);
}

fn rst(rows: &mut Rows<'_>, seen: &mut Seen, record: &Record<'_>, [flow, of]: [Flow; 2], cause: Cause, ending: Ending) {
    seen.is_told_closed = true;
    let sum = seen.half(of).sum(record.at);
    rows.begin(Arrow::of(flow), None);
    rows.put(Role::Bad, "RST");
    match ending {
        Ending::BetweenMessages | Ending::TunnelClosed | Ending::BodyComplete { .. } | Ending::NotKnown(_) => {
            must_say(rows, Role::Note, &Brief::Torn(cause));
        }
        _ => {
            must_say(rows, Role::Alarm, &Brief::Incomplete { by: flow, of, ending, sum });
            // Which side has sent it is told by the arrow; why is not.
            if !matches!(cause, Cause::PeerReset { .. } | Cause::RstSegment(_) | Cause::OriginReset { .. }) {
                rows.begin(Arrow::SAME, None);
                words(rows, Role::Note, Saying::Cause(cause));
            }
        }
    }
}

/// A note that is never left out: where there is no room, it has the next row.
fn must_say(rows: &mut Rows<'_>, role: Role, brief: &Brief<'_>) {
    if !rows.say(role, brief) {
        rows.end();
        rows.begin(Arrow::SAME, None);
        rows.say_here(role, brief);
    }
    rows.end();
}

/// A step that waits: its octets without a note, since what they do is what is asked.
pub(super) fn held(
    rows: &mut Rows<'_>,
    seen: &Seen,
    step: StepKind,
    note: Option<&Note>,
    octets: &[u8],
    spans: &[Span],
) {
    let arrow = Arrow("??", Role::Alarm);
    rows.is_asking = true;
    if spans.is_empty() {
        rows.begin(arrow, None);
        rows.put(Role::Start, step.name());
        rows.end();
    } else {
        // Nothing has passed yet.
        let (mut seen, mut captions) = (*seen, Captions::default());
        captions.end();
        let call = units::Call { at: std::time::Duration::ZERO, flow: Flow::Responses, octets, spans };
        units::octets(rows, &mut seen, &mut captions, call, arrow);
    }
    rows.is_asking = false;
    let language = rows.look.language;
    rows.begin(Arrow::SAME, None);
    rows.say_here(Role::Alarm, &Brief::Held);
    rows.put(Role::Alarm, ": ");
    match note {
        Some(note) => rows.words(Role::Alarm, note.in_language(language)),
        None => {
            let question = Saying::Question(step).in_language(language).to_string();
            rows.words(Role::Alarm, &question);
        }
    }
    rows.end();
}

/// How much of a record with too many tokens is not shown.
pub(super) fn rest(rows: &mut Rows<'_>, rest: Rest) {
    if rest.octets > 0 {
        sentence(rows, Role::Time, Saying::Rest { octets: rest.octets, tokens: rest.tokens });
    }
}

/// All connections together.
pub(super) fn crowd(rows: &mut Rows<'_>, traffic: &Traffic) {
    say(rows, Role::State, &Brief::Crowd(traffic));
}
