//! Every note in English.
//!
//! For the next editor: the side that acts is named, the client or the server. Cause before effect.

use std::fmt::{self, Write};

use super::{Brief, Caption, Content, Events, Part, Sum, if_level};
use crate::wire::body_rule::{Bodiless, BodyRule};
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::explain::Saying;
use crate::wire::flow::Flow;
use crate::wire::language::Language;
use crate::wire::traffic::{Grouped, Traffic};

pub(super) fn say(brief: &Brief<'_>, level: usize, out: &mut String) -> fmt::Result {
    match *brief {
        Brief::Opened(peer) => write!(out, "opened by {peer}"),
        Brief::Head { flow, number, rule } => head(flow, number, rule, level, out),
        Brief::HeadPiece(true) => out.write_str("head begins"),
        Brief::HeadPiece(false) => out.write_str("head goes on"),
        Brief::MoreFields(count) => write!(out, "+{count} field{}", plural(count as u64)),
        Brief::Chunk { number, size, part, content } => chunk(number, size, part, content, level, out),
        Brief::Content(it) => content(it, level, out),
        Brief::LastChunk { is_complete: false, .. } => out.write_str("last chunk; the trailer section follows"),
        Brief::LastChunk { flow, is_complete: true, sum } => {
            if_level(level, 3, || out.write_str("last chunk: "))?;
            complete(flow, level, out)?;
            summed("; ", &sum, level, out)
        }
        Brief::BodyPiece { so_far, all, content: it } => {
            write!(out, "body: {} of {}", Grouped(so_far), Grouped(all))?;
            if_level(level, 1, || after(", ", it, level, out))
        }
        Brief::BodyEnds { flow, sum } => {
            if_level(level, 1, || {
                out.write_str(if sum.octets == 1 { "the " } else { "all " })?;
                counted(sum.octets, "octet", out)?;
                out.write_str(": ")
            })?;
            complete(flow, level, out)
        }
        Brief::UntilFin { so_far, content: it } => {
            if it == Content::Opaque || level == 0 {
                out.write_str("body: ")?;
                counted(so_far, "octet", out)?;
                after(", ", it, level, out)?;
            } else {
                content(it, level, out)?;
            }
            if_level(level, 2, || out.write_str("; until FIN"))
        }
        Brief::Tunnel(octets) => {
            counted(octets as u64, "octet", out)?;
            if_level(level, 1, || out.write_str(" of another protocol"))
        }
        Brief::FirstFin(flow, cause) => first_fin(flow, cause, level, out),
        Brief::LastFin => out.write_str(if level < 2 { "closed: both sides have sent FIN" } else { "closed" }),
        Brief::FinEnds { undispatched: true, .. } => out.write_str(match level {
            0 => "FIN ends the body; the last event has no blank line and is never dispatched",
            1 | 2 => "FIN ends the body; its last event is not dispatched",
            _ => "last event not dispatched",
        }),
        Brief::FinEnds { undispatched: false, sum } => {
            complete(Flow::Responses, level, out)?;
            if_level(level, 1, || out.write_str("; FIN ends it"))?;
            summed("; ", &sum, level, out)
        }
        Brief::Incomplete { by, of, ending, sum } => incomplete(by, of, ending, &sum, level, out),
        Brief::Torn(it) => {
            out.write_str("torn down: both directions, at once")?;
            if_level(level, 0, || write!(out, "; {}", Saying::Cause(it).in_language(Language::En)))
        }
        Brief::Stays(wait) => {
            out.write_str("connection stays: ")?;
            if wait.subsec_millis() == 0 {
                write!(out, "{} s", wait.as_secs())?;
            } else {
                write!(out, "{} ms", wait.as_millis())?;
            }
            out.write_str(" for the next request")
        }
        Brief::Blocked(flow, pending) => {
            out.write_str(if level < 3 { "write() would block: " } else { "blocked: " })?;
            counted(pending as u64, "octet", out)?;
            out.write_str(if pending == 1 { " waits" } else { " wait" })?;
            let reader = if flow == Flow::Requests { "origin" } else { "client" };
            if_level(level, 1, || write!(out, " until the {reader} reads"))
        }
        Brief::Closed(it) => write!(out, "closed: {}", Saying::Cause(it).in_language(Language::En)),
        Brief::Crowd(traffic) => crowd(traffic, level, out),
        Brief::Fault(saying) => write!(out, "FAULT: {}", saying.in_language(Language::En)),
        Brief::Held => out.write_str("HELD"),
        Brief::Paused(rows) => {
            out.write_str("PAUSED  ")?;
            counted(rows, "new row", out)?;
            if_level(level, 1, || out.write_str("   Space goes on"))?;
            if_level(level, 0, || out.write_str("   # one connection   ? keys"))
        }
        Brief::PausedTooLong(records) => {
            counted(records, "record", out)?;
            out.write_str(" left out here: the view was paused for too long")
        }
        Brief::Typing(number) => {
            out.write_str("only #")?;
            number.map_or(Ok(()), |number| write!(out, "{number}"))?;
            if_level(level, 0, || out.write_str("   Enter shows it; without a number all"))
        }
        Brief::OnlyOne(number) => write!(out, "only connection {number}; # and Enter show all again"),
        Brief::AllAgain(hidden) => {
            out.write_str("all connections; ")?;
            counted(hidden, "record", out)?;
            out.write_str(if hidden == 1 { " was hidden" } else { " were hidden" })
        }
        Brief::Mark(at) => write!(out, "--- mark at {}.{:03} ---", at.as_secs(), at.subsec_millis()),
        Brief::Keys => out.write_str(KEYS),
    }
}

const KEYS: &str = "\
Space  pause the view; the server goes on, and what comes meanwhile is kept
Tab    the full form, the compact form
#      only one connection: its number and Enter; Enter alone shows all
+      captions once more, in the compact form
=      a mark
Ctrl-C ends the server";

fn head(flow: Flow, number: u32, rule: BodyRule, level: usize, out: &mut String) -> fmt::Result {
    match (flow, level) {
        _ if number == 0 => return body(rule, out),
        (Flow::Requests, 0 | 1) => write!(out, "request {number}: ")?,
        (Flow::Responses, 0) => write!(out, "answers request {number}; ")?,
        (Flow::Responses, 1) => write!(out, "to request {number}; ")?,
        (Flow::Requests, _) => return write!(out, "request {number}"),
        (Flow::Responses, _) => return write!(out, "answers request {number}"),
    }
    body(rule, out)
}

fn body(rule: BodyRule, out: &mut String) -> fmt::Result {
    out.write_str(match rule {
        BodyRule::NoBody(Bodiless::Interim) => "interim: the final response follows",
        BodyRule::NoBody(Bodiless::Head | Bodiless::NoContent | Bodiless::NotModified) => "no body",
        BodyRule::NoLength | BodyRule::Length(0) => "no body",
        BodyRule::Tunnel => "a tunnel begins",
        BodyRule::Upgrade | BodyRule::Preface => "the other protocol begins",
        BodyRule::Chunked => "body: chunks",
        BodyRule::CodingUntilFin | BodyRule::UntilFin => "body: until FIN",
        BodyRule::CodingWithoutEnd | BodyRule::InvalidLength => "body: its end cannot be known",
        BodyRule::Length(octets) => {
            out.write_str("body: ")?;
            return counted(octets, "octet", out);
        }
        BodyRule::MethodNotKnown => "body: not known",
    })
}

fn chunk(number: u32, size: u64, part: Part, it: Content, level: usize, out: &mut String) -> fmt::Result {
    // A comment is told of by what it is not: an event.
    if matches!(it, Content::Heartbeat | Content::Comment) && level > 0 {
        return content(it, level, out);
    }
    write!(out, "{} {number}", if level < 4 { "chunk" } else { "ch" })?;
    match (part, level) {
        (Part::Whole, 0) if size > 9 => write!(out, ": 0x{size:x} = {} octets", Grouped(size))?,
        (Part::Whole, 0 | 1) => {
            out.write_str(": ")?;
            counted(size, "octet", out)?;
        }
        (Part::Whole, _) => return after(if level == 2 { ": " } else { " " }, it, level, out),
        (Part::SizeOnly, 0..=2) => {
            out.write_str(": ")?;
            counted(size, "octet", out)?;
            return out.write_str(if size == 1 { " follows" } else { " follow" });
        }
        (Part::SizeOnly, _) => return Ok(()),
        (Part::UpTo(so_far), _) => write!(out, ": {} of {}", Grouped(so_far), Grouped(size))?,
        (Part::End, _) => out.write_str(" ends")?,
    }
    if_level(level, 1, || after(", ", it, level, out))
}

fn after(separator: &str, it: Content, level: usize, out: &mut String) -> fmt::Result {
    if it == Content::Opaque {
        return Ok(());
    }
    out.write_str(separator)?;
    content(it, level, out)
}

fn content(it: Content, level: usize, out: &mut String) -> fmt::Result {
    match it {
        Content::Opaque => Ok(()),
        Content::CutsCharacter => out.write_str("cuts a character"),
        Content::Heartbeat => out.write_str(if level < 4 { "heartbeat: no event" } else { "heartbeat" }),
        Content::Comment => out.write_str(if level < 4 { "a comment: no event" } else { "comment" }),
        Content::NoEvent => out.write_str("no event"),
        Content::Events(it) => events(it, level, out),
    }
}

fn events(it: Events, level: usize, out: &mut String) -> fmt::Result {
    let Events { first, last, is_continued, is_unfinished } = it;
    if level >= 4 {
        let (before, behind) = (if is_continued { ".." } else { "" }, if is_unfinished { ".." } else { "" });
        return match first == last {
            true => write!(out, "ev {before}{first}{behind}"),
            false => write!(out, "ev {before}{first}-{last}{behind}"),
        };
    }
    match (first == last, is_continued, is_unfinished) {
        (true, false, false) => write!(out, "event {first}"),
        (true, true, false) => write!(out, "event {first} ends"),
        (true, false, true) => write!(out, "event {first} begins"),
        (true, true, true) => write!(out, "event {first} goes on"),
        (false, true, true) if last == first + 1 => write!(out, "event {first} ends, {last} begins"),
        (false, false, false) => write!(out, "events {first} to {last}"),
        (false, true, false) => write!(out, "events {first} (its end) to {last}"),
        (false, false, true) => write!(out, "events {first} to {last} (its beginning)"),
        (false, true, true) => write!(out, "events {first} (its end) to {last} (its beginning)"),
    }
}

fn complete(flow: Flow, level: usize, out: &mut String) -> fmt::Result {
    out.write_str(match flow {
        _ if level >= 4 => "complete",
        Flow::Requests => "request complete",
        Flow::Responses => "response complete",
    })
}

/// `3 events, 3 chunks, 96 octets, 0.30 s`, as far as the level has room for.
fn summed(separator: &str, sum: &Sum, level: usize, out: &mut String) -> fmt::Result {
    let mut separator = separator;
    for (number, unit, most) in [(u64::from(sum.events), "event", 2), (u64::from(sum.chunks), "chunk", 2)] {
        if number > 0 && level <= most {
            out.write_str(separator)?;
            counted(number, unit, out)?;
            separator = ", ";
        }
    }
    if sum.octets > 0 && level <= 1 {
        out.write_str(separator)?;
        counted(sum.octets, "octet", out)?;
        separator = ", ";
    }
    let has_time = !sum.took.is_zero() && level == 0;
    if has_time { write!(out, "{separator}{:.2} s", sum.took.as_secs_f64()) } else { Ok(()) }
}

fn first_fin(flow: Flow, cause: Cause, level: usize, out: &mut String) -> fmt::Result {
    match (flow, cause) {
        (Flow::Requests, _) => out.write_str(match level {
            0 => "the client sends no more; the server still may (half-closed)",
            1 => "client sends no more; server still may (half-closed)",
            _ => "client sends no more",
        }),
        (Flow::Responses, Cause::FinSegment(_) | Cause::OriginFin) => out.write_str(match level {
            0 => "the server sends no more; the client still may (half-closed)",
            1 => "server sends no more; client still may (half-closed)",
            _ => "server sends no more",
        }),
        (Flow::Responses, cause) => {
            out.write_str("server sends no more")?;
            if_level(level, 1, || write!(out, ": {}", Saying::Cause(cause).in_language(Language::En)))?;
            match level {
                0 | 2 => out.write_str("; it still reads"),
                _ => Ok(()),
            }
        }
    }
}

fn incomplete(by: Flow, of: Flow, ending: Ending, sum: &Sum, level: usize, out: &mut String) -> fmt::Result {
    if by == Flow::Requests && of == Flow::Responses && level < 2 {
        out.write_str("client has left: ")?;
    }
    match of {
        Flow::Requests if level < 3 => out.write_str("request ")?,
        Flow::Responses if level < 3 => out.write_str("response ")?,
        Flow::Requests | Flow::Responses => {}
    }
    out.write_str("INCOMPLETE")?;
    if level >= 4 {
        return Ok(());
    }
    out.write_str(": ")?;
    match ending {
        Ending::InsideHead => return out.write_str("inside a head"),
        Ending::InsideBody { missing } => {
            let all = sum.octets.saturating_add(missing);
            return write!(out, "{} of {} octets", Grouped(sum.octets), Grouped(all));
        }
        Ending::InsideChunked { missing: 0 } => out.write_str("no last chunk")?,
        Ending::InsideChunked { missing } => {
            counted(missing, "octet", out)?;
            out.write_str(" of the chunk missing")?;
        }
        Ending::BodyTorn => out.write_str("RST is no end of a body")?,
        Ending::TunnelTorn => return out.write_str("the tunnel is cut"),
        Ending::FramingLost(_) => out.write_str("framing lost")?,
        Ending::Unanswered { .. } | Ending::NotKnown(_) => return not_known(ending, out),
        Ending::BetweenMessages | Ending::BodyComplete { .. } | Ending::TunnelClosed => return not_known(ending, out),
    }
    if sum.chunks > 0 || sum.events > 0 {
        summed(" after ", sum, level.max(2), out)?;
    }
    Ok(())
}

fn not_known(ending: Ending, out: &mut String) -> fmt::Result {
    write!(out, "{}", Saying::Ending(ending, None).in_language(Language::En))
}

fn crowd(traffic: &Traffic, level: usize, out: &mut String) -> fmt::Result {
    let [open, came, left, reset, blocked] =
        [traffic.open, traffic.opened, traffic.closed, traffic.reset, traffic.blocked].map(Grouped);
    write!(out, "{open} open; in {:.1} s {came} came, {left} left", traffic.since.as_secs_f64())?;
    if traffic.reset > 0 {
        write!(out, " ({reset} by RST)")?;
    }
    if_level(level, 3, || {
        write!(out, "; {} octets read, {} written", Grouped(traffic.read), Grouped(traffic.written))
    })?;
    if_level(level, 1, || if traffic.blocked > 0 { write!(out, ", {blocked} blocked") } else { Ok(()) })
}

fn counted(number: u64, unit: &str, out: &mut String) -> fmt::Result {
    write!(out, "{} {unit}{}", Grouped(number), plural(number))
}

const fn plural(number: u64) -> &'static str {
    if number == 1 { "" } else { "s" }
}

pub(super) fn caption(caption: Caption, out: &mut String) -> fmt::Result {
    out.write_str(match caption {
        Caption::Status(100..=199) => "interim",
        Caption::Status(200..=299) => "success",
        Caption::Status(300..=399) => "redirection",
        Caption::Status(400..=499) => "the client's fault",
        Caption::Status(500..=599) => "the server's fault",
        Caption::Status(_) => "status",
        Caption::BodyEnd(BodyRule::Chunked) => "the last chunk ends the body",
        Caption::BodyEnd(BodyRule::Length(_)) => "this number of octets, then it ends",
        Caption::BodyEnd(_) => "how the body ends",
        Caption::ThenFin => "then FIN",
        Caption::ReadAsEvents => "read as events",
        Caption::MediaType => "media type",
        Caption::Size(size) => return write!(out, "size {size}"),
        Caption::Octets => "data",
        Caption::EventId => "its id",
        Caption::EventType => "type",
        Caption::EventData => "data",
        Caption::EventRetry => "retry ms",
        Caption::EventComment => "colon first: a line that is ignored",
        Caption::EventEnds => "event ends",
        Caption::ChunkEnds => "chunk ends",
        Caption::LastSize => "last",
        Caption::Trailer => "trailer field",
        Caption::BodyEnds => "blank line: body ends",
    })
}
