//! A head in one row: its start line, and the fields that decide most.
//!
//! ```text
//! GET /api/sse/events?count=3  curl/7.88.1  +2 fields  no body
//! 200 OK  Transfer-Encoding: chunked  text/event-stream  +5 fields
//! ```
//!
//! Fields are chosen by rank: what decides where the body ends comes first, then what decides how
//! long the connection lives. Credentials are never shown, nor a value that is longer than the row.

use super::captions::{Captions, Kind};
use super::connections::Seen;
use super::octets;
use super::rows::{Arrow, Rows, WIDE};
use super::unit::{Unit, fault_row};
use crate::trace::palette::Role;
use crate::wire::body_rule::{Bodiless, BodyRule};
use crate::wire::explain::Saying;
use crate::wire::explain::brief::{Brief, Caption};
use crate::wire::fields::is_secret_field;
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::span::{Detail, Span};

/// The row of a head, or of the piece of one.
pub(super) fn head(rows: &mut Rows<'_>, seen: &mut Seen, captions: &mut Captions, unit: &Unit<'_>) {
    let (Some(first), Some(last)) = (unit.spans.first(), unit.spans.last()) else { return };
    let first_label = if unit.flow == Flow::Requests { Label::Method } else { Label::HttpVersion };
    let begins = first.starts && first.label == first_label;
    if begins {
        seen.half(unit.flow).begin(unit.at);
    }
    let rule = match last.detail {
        Detail::Body(rule, _) => Some(rule),
        _ => None,
    };
    match (begins, rule) {
        (true, Some(rule)) => whole(rows, seen, captions, unit, rule),
        (_, None) => piece(rows, unit, &Brief::HeadPiece(begins)),
        (false, Some(rule)) => {
            let number = pipelined(seen, unit.flow, rule);
            piece(rows, unit, &Brief::Head { flow: unit.flow, number, rule });
            end_of_head(seen, unit.flow, rule);
        }
    }
    for remark in last.remarks().iter() {
        rows.begin(Arrow::SAME, None);
        fault_row(rows, Saying::Remark(remark));
    }
}

fn whole(rows: &mut Rows<'_>, seen: &mut Seen, captions: &mut Captions, unit: &Unit<'_>, rule: BodyRule) {
    let number = pipelined(seen, unit.flow, rule);
    end_of_head(seen, unit.flow, rule);
    captions.marks.clear();
    rows.begin(unit.arrow, unit.count);
    let chosen = Chosen::of(unit, rows.look.width);
    start_line(rows, unit, captions, &chosen);
    let shown = fields(rows, unit, captions, &chosen, rule);
    if chosen.all > shown {
        let brief = Brief::MoreFields(chosen.all - shown);
        if rows.least(&brief) <= rows.left() {
            let column = rows.column + 2;
            rows.pad_to(column);
            rows.say_here(Role::Note, &brief);
        }
    }
    rows.say(Role::Note, &Brief::Head { flow: unit.flow, number, rule });
    rows.end();
    if unit.flow == Flow::Responses && captions.wants(Kind::ResponseHead) {
        captions.give(Kind::ResponseHead);
        rows.captions(&mut captions.marks);
    }
}

/// A piece of a head: its octets, as they are.
fn piece(rows: &mut Rows<'_>, unit: &Unit<'_>, brief: &Brief<'_>) {
    rows.begin(unit.arrow, unit.count);
    if unit.spans.first().is_some_and(|span| !span.starts) {
        rows.put(Role::Time, "..");
    }
    let room = rows.left().saturating_sub(rows.least(brief) + 2);
    octets::data(rows, unit.octets, unit.spans, unit.range(), room);
    if !unit.ends_with_lf() {
        rows.put(Role::Time, "..");
    }
    rows.say(Role::Note, brief);
    rows.end();
}

/// The number of the request, if several are pending at once; else 0.
fn pipelined(seen: &mut Seen, flow: Flow, rule: BodyRule) -> u32 {
    let pending = seen.requests.messages.saturating_sub(seen.responses.messages);
    if matches!(rule, BodyRule::NoBody(Bodiless::Interim)) {
        // The final response to the same request follows.
        seen.responses.messages = seen.responses.messages.saturating_sub(1);
        return 0;
    }
    match flow {
        Flow::Requests => {
            let answered = seen.responses.messages;
            seen.is_pipelined = pending > 1 || pending == 1 && seen.is_pipelined && answered > 0;
            if pending > 1 { seen.requests.messages } else { 0 }
        }
        Flow::Responses => {
            if seen.is_pipelined {
                seen.responses.messages
            } else {
                0
            }
        }
    }
}

fn end_of_head(seen: &mut Seen, flow: Flow, rule: BodyRule) {
    seen.half(flow).rule = Some(rule);
}

/// The fields that are shown, by rank, and how many there are.
struct Chosen {
    fields: [Option<(usize, u8)>; MOST],
    all: usize,
}

impl Chosen {
    fn of(unit: &Unit<'_>, width: usize) -> Chosen {
        let ranks: &[&[u8]] = if unit.flow == Flow::Requests { &REQUEST } else { &RESPONSE };
        let most = if width < VERY_WIDE { 3 } else { MOST };
        let mut chosen = Chosen { fields: [None; MOST], all: 0 };
        let mut all: [Option<(usize, u8)>; 12] = [None; 12];
        for (index, span) in unit.spans.iter().enumerate().filter(|(_, span)| span.label == Label::FieldName) {
            chosen.all += 1;
            let name = &unit.octets[span.range.clone()];
            let rank = ranks.iter().position(|known| name.eq_ignore_ascii_case(known));
            let Some(rank) = rank.filter(|_| !is_secret_field(&name.to_ascii_lowercase())) else { continue };
            let worth = is_worth_showing(name, value(unit, index));
            if let (true, Some(place)) = (worth, all.get_mut(rank)) {
                place.get_or_insert((index, rank as u8));
            }
        }
        for (place, field) in chosen.fields.iter_mut().zip(all.into_iter().flatten().take(most)) {
            *place = Some(field);
        }
        chosen
    }
}

/// The value of the field whose name is the span at `index`.
fn value<'a>(unit: &Unit<'a>, index: usize) -> &'a [u8] {
    let after = unit.spans.iter().skip(index + 1);
    let span = after.take_while(|span| span.label != Label::FieldCrlf).find(|span| span.label == Label::FieldValue);
    span.map_or(&[], |span| unit.octets[span.range.clone()].trim_ascii())
}

// "Connection: keep-alive" is what HTTP/1.1 says anyway; "Accept" matters where a stream is asked
// for.
fn is_worth_showing(name: &[u8], value: &[u8]) -> bool {
    match () {
        () if name.eq_ignore_ascii_case(b"Connection") => !value.eq_ignore_ascii_case(b"keep-alive"),
        () if name.eq_ignore_ascii_case(b"Accept") => value.starts_with(b"text/event-stream"),
        () => true,
    }
}

/// `GET /target` or `200 OK`; the version where there is room, or where it is another than 1.1.
fn start_line(rows: &mut Rows<'_>, unit: &Unit<'_>, captions: &mut Captions, chosen: &Chosen) {
    let is_wide = rows.look.width >= WIDE;
    let find = |label| unit.spans.iter().find(|span| span.label == label);
    let version = find(Label::HttpVersion).map(|span| &unit.octets[span.range.clone()]);
    let version = version.filter(|version| is_wide || *version != b"HTTP/1.1");
    match unit.flow {
        Flow::Requests => {
            token(rows, unit, find(Label::Method), usize::MAX);
            // A long target leaves room for the count of the fields.
            let more = rows.least(&Brief::MoreFields(chosen.all));
            let room = rows.left().saturating_sub(1 + more + version.map_or(0, |version| version.len() + 1));
            token(rows, unit, find(Label::RequestTarget), room);
            if let Some(version) = version {
                rows.put(Role::Blank, " ");
                show(rows, Role::Note, version);
            }
        }
        Flow::Responses => {
            if let Some(version) = version {
                show(rows, Role::Note, version);
                rows.put(Role::Blank, " ");
            }
            let code = find(Label::StatusCode).map(|span| &unit.octets[span.range.clone()]);
            let code = code.and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
            captions.marks.push((rows.column, Caption::Status(code.unwrap_or_default())));
            token(rows, unit, find(Label::StatusCode), usize::MAX);
            let more = rows.least(&Brief::MoreFields(chosen.all));
            let room = rows.left().saturating_sub(1 + more);
            token(rows, unit, find(Label::ReasonPhrase), room);
        }
    }
}

/// A token of the start line, after a blank if it is not the first one.
fn token(rows: &mut Rows<'_>, unit: &Unit<'_>, span: Option<&Span>, room: usize) {
    let Some(span) = span else { return };
    if !matches!(span.label, Label::Method | Label::StatusCode) {
        rows.put(Role::Blank, " ");
    }
    let part = &unit.octets[span.range.clone()];
    let room = room.min(rows.left());
    if octets::width_to(rows, part, room) <= room {
        show(rows, Role::Start, part);
    } else {
        octets::data(rows, unit.octets, std::slice::from_ref(span), span.range.clone(), room);
    }
}

fn show(rows: &mut Rows<'_>, role: Role, octets: &[u8]) {
    for it in crate::wire::visible::shown(octets) {
        rows.show(if it.is_itself() { role } else { Role::LineEnd }, it);
    }
}

/// As many of the chosen fields as fit; returns how many.
fn fields(rows: &mut Rows<'_>, unit: &Unit<'_>, captions: &mut Captions, chosen: &Chosen, rule: BodyRule) -> usize {
    let mut shown = 0;
    for (index, _) in chosen.fields.iter().flatten().copied() {
        let name = &unit.octets[unit.spans[index].range.clone()];
        let mut value = value(unit, index);
        let is_agent = name.eq_ignore_ascii_case(b"User-Agent");
        let is_named = rows.look.width >= VERY_WIDE || !(is_agent || name.eq_ignore_ascii_case(b"Content-Type"));
        match (is_named, is_agent) {
            (true, _) => {}
            (false, true) => value = browser(value),
            // Parameters of a media type decide nothing here.
            (false, false) if name.eq_ignore_ascii_case(b"Content-Type") => value = before_semicolon(value),
            (false, false) => {}
        }
        let label = if is_named { name.len() + 2 } else { 0 };
        let not_shown = chosen.all - shown - 1;
        let left_over = if not_shown > 0 { rows.least(&Brief::MoreFields(not_shown)) } else { 0 };
        let room = rows.left().saturating_sub(2 + label + left_over);
        if octets::width_to(rows, value, room) > room {
            continue;
        }
        let column = rows.column + 2;
        rows.pad_to(column);
        if let Some(caption) = caption(name, value, rule) {
            captions.marks.push((column, caption));
        }
        if is_named {
            show(rows, Role::Name, name);
            rows.put(Role::Note, ": ");
        }
        let decides = name.eq_ignore_ascii_case(b"Transfer-Encoding") || name.eq_ignore_ascii_case(b"Content-Length");
        show(rows, if decides { Role::Start } else { Role::Data }, value);
        shown += 1;
    }
    shown
}

/// Of the names in a browser's User-Agent the one that tells it from others.
fn browser(value: &[u8]) -> &[u8] {
    let mut products = value.split(|octet| *octet == b' ').filter(|part| part.contains(&b'/'));
    let known = |part: &&[u8]| BROWSERS.iter().any(|name| part.starts_with(name));
    products.find(known).unwrap_or(value)
}

fn before_semicolon(value: &[u8]) -> &[u8] {
    value.split(|octet| *octet == b';').next().unwrap_or_default().trim_ascii_end()
}

fn caption(name: &[u8], value: &[u8], rule: BodyRule) -> Option<Caption> {
    match () {
        () if name.eq_ignore_ascii_case(b"Transfer-Encoding") || name.eq_ignore_ascii_case(b"Content-Length") => {
            Some(Caption::BodyEnd(rule))
        }
        () if name.eq_ignore_ascii_case(b"Connection") && value.eq_ignore_ascii_case(b"close") => {
            Some(Caption::ThenFin)
        }
        () if name.eq_ignore_ascii_case(b"Content-Type") && value.starts_with(b"text/event-stream") => {
            Some(Caption::ReadAsEvents)
        }
        () if name.eq_ignore_ascii_case(b"Content-Type") => Some(Caption::MediaType),
        () => None,
    }
}

/// Fields of a request, the most telling first.
const REQUEST: [&[u8]; 11] = [
    b"Transfer-Encoding",
    b"Content-Length",
    b"Expect",
    b"Upgrade",
    b"Last-Event-ID",
    b"Connection",
    b"Accept",
    b"Origin",
    b"Content-Type",
    b"User-Agent",
    b"Host",
];
/// Fields of a response, the most telling first.
const RESPONSE: [&[u8]; 7] =
    [b"Transfer-Encoding", b"Content-Length", b"Connection", b"Content-Type", b"Location", b"Allow", b"Retry-After"];
const BROWSERS: [&[u8]; 5] = [b"HeadlessChrome/", b"Edg/", b"Firefox/", b"Chrome/", b"Version/"];
/// Fields that a row has at most.
const MOST: usize = 5;
/// From this many columns on a row has more fields, and their names.
const VERY_WIDE: usize = 130;
