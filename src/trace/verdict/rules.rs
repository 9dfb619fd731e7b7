//! What one place can say of a response beside its end.
//!
//! ```text
//! text/event-stream, no id in 20 events   NoIds
//! 20 events in 4 reads, one a second      Groups { events: 20, pieces: 4, every: 1 s }
//! ```
//!
//! Events that come in groups may have been sent so, or been held somewhere. From here that cannot
//! be known, and it is not said.

use std::time::Duration;

use super::heard::{Request, Response};
use crate::wire::finding::{Finding, Http10, MissingFields, Seconds};

/// How a response ended, as far as the other rules ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Whole, as far as its framing can say.
    Whole,
    /// The server's side cut it, after this time without an octet.
    Cut(Duration),
    /// The client left, or the trace ended.
    Otherwise,
}

/// All that is found of a response beside its end and its history.
pub(super) fn findings(request: Option<&Request>, response: &Response, ended: Ended, out: &mut Vec<Finding>) {
    out.extend(response.fault.map(|fault| Finding::Framing { fault }));
    out.extend(response.contradiction.map(|remark| Finding::Contradiction { remark }));
    if let Some(request) = request {
        answer(request, response, out);
    }
    if let Ended::Cut(idle) = ended
        && idle >= LIMIT
    {
        out.push(Finding::IdleLimit { idle: Seconds(idle) });
    }
    if response.pending > 0 {
        out.push(Finding::ClientDoesNotRead { octets: response.pending as u64 });
    }
    if response.is_event_stream && response.status == 200 {
        head(response, out);
        if let Some(request) = request {
            times(request, response, out);
        }
        stream(response, ended, out);
    }
}

/// What the pair of request and response says.
fn answer(request: &Request, response: &Response, out: &mut Vec<Finding>) {
    if let 502..=504 = response.status {
        let waited = Seconds(response.head_at.saturating_sub(request.last_octet));
        out.push(Finding::Gateway { status: response.status, waited });
    }
    if response.status == 204 && (request.has_last_event_id || request.wants_events) {
        out.push(Finding::Stopped);
    }
    let message = match (request.is_http10, response.is_http10) {
        (true, _) => Some(Http10::Request),
        (false, true) => Some(Http10::Response),
        (false, false) => None,
    };
    if response.rule.is_some() {
        out.extend(message.map(|message| Finding::Http10 { message }));
        if response.says_close && !request.says_close && message.is_none() {
            out.push(Finding::ClosesConnection);
        }
    }
}

fn head(response: &Response, out: &mut Vec<Finding>) {
    let missing = MissingFields {
        no_cache: !response.no_cache,
        no_transform: !response.no_transform,
        charset: !response.has_charset,
    };
    if missing != MissingFields::default() {
        out.push(Finding::MissingFields(missing));
    }
    if response.is_coded {
        out.push(Finding::Coded { is_read: response.is_readable_stream() });
    }
}

/// When head and events came.
fn times(request: &Request, response: &Response, out: &mut Vec<Finding>) {
    let events = &response.events;
    let late = response.head_at.saturating_sub(request.last_octet);
    let with_body = response.body.is_some_and(|(piece, _)| piece == response.head_piece);
    let is_one_piece = events.pieces == 1 && events.dispatched >= 5 && with_body;
    if is_one_piece && late >= LATE {
        out.push(Finding::OnePiece { events: events.dispatched, late: Seconds(late) });
    } else if late >= LATE {
        out.push(Finding::LateHead { late: Seconds(late), with_body });
    }
    let (events, pieces) = (events.dispatched, events.pieces);
    if pieces >= 4 && u64::from(events) * 2 >= u64::from(pieces) * 3 {
        let every = response.events.piece_times.regular().map(Seconds);
        out.push(Finding::Groups { events, pieces, every });
    }
}

/// What the stream says by itself.
fn stream(response: &Response, ended: Ended, out: &mut Vec<Finding>) {
    let events = &response.events;
    if ended == Ended::Whole {
        if events.is_unfinished {
            out.push(Finding::Undispatched);
        }
        out.extend(events.without_end_mark().map(|dialect| Finding::NoDone { dialect }));
    }
    if events.has_error() {
        out.push(Finding::StreamError);
    }
    if response.silence >= SILENT {
        out.push(Finding::Silence { longest: Seconds(response.silence) });
    }
    if events.dispatched > 0 && !events.has_ids && !events.is_of_model() {
        out.push(Finding::NoIds);
    }
    if events.id_ignored {
        out.push(Finding::IdIgnored);
    }
    if events.retry_zero {
        out.push(Finding::RetryZero);
    }
    if response.split_characters > 0 {
        out.push(Finding::SplitCharacters { times: response.split_characters });
    }
    if let (events @ 1.., chunks) = response.in_chunks {
        out.push(Finding::EventInChunks { events, chunks });
    }
}

/// A head or a stream that comes later than this after its request is late.
const LATE: Duration = Duration::from_secs(1);
/// An end after less silence is no time limit that could be told from an accident.
const LIMIT: Duration = Duration::from_secs(2);
/// Proxies and load balancers give up after 30 s or more; "every 15 seconds or so" is what the
/// standard advises.
const SILENT: Duration = Duration::from_secs(29);
