//! What a verdict says, in English.
//!
//! For the next editor: as in [`super::en`]. The first words say what the reader looks for:
//! complete, INCOMPLETE, HELD BACK. A remedy names the line to change.

use std::fmt::{self, Formatter};

use crate::wire::ending::Ending;
use crate::wire::finding::{Cut, EventCount, Finding, Seconds, WholeEnd};
use crate::wire::gap::Gap;

pub(super) fn say(finding: Finding, f: &mut Formatter<'_>) -> fmt::Result {
    match finding {
        Finding::Complete { end, count } => {
            f.write_str(match end {
                WholeEnd::LastChunk => "complete: last chunk",
                WholeEnd::ContentLength => "complete: all octets of Content-Length",
                WholeEnd::NoBody => "complete: the head; such a response has no body",
            })?;
            events("; ", count, f)
        }
        Finding::EndUnknown { count } => {
            f.write_str("END NOT KNOWN: FIN ends this response; a whole one and a broken one look the same")?;
            events("; ", count, f)
        }
        Finding::Incomplete { cut, ending, count, idle } => {
            write!(f, "INCOMPLETE: the server's {} came {}", name(cut), place(ending))?;
            missing(ending, f)?;
            events("; ", count, f)?;
            write!(f, "; no octet had passed for {}", time(idle))
        }
        Finding::ClientLeft { cut, count, idle } => {
            let left = match cut {
                Cut::Fin => "the client closed first (it left, or closed its half)",
                Cut::Rst => "the client has left",
            };
            write!(f, "{left}; the response had not ended")?;
            events("; ", count, f)?;
            write!(f, "; no octet had passed for {}", time(idle))
        }
        Finding::Unanswered { cut, waited } => {
            let name = name(cut);
            write!(f, "NO RESPONSE: {name} came {} after the request, before any octet of a response", time(waited))
        }
        Finding::NoOrigin => f.write_str("NO RESPONSE: no connection to the origin could be made"),
        Finding::StillOpen { count, idle } => {
            f.write_str("still open: the response had not ended when the trace did")?;
            events("; ", count, f)?;
            write!(f, "; no octet had passed for {}", time(idle))
        }
        Finding::NotJudged { gap } => f.write_str(match gap {
            Gap::MidStream => "not judged: the beginning of the message was not seen",
            Gap::Missing => "not judged: octets of the message are missing",
            Gap::TooMuch => "not judged: too many octets in one turn; those of this message are not labelled",
            Gap::MethodNotKnown => "not judged: the method of the request is not kept",
        }),
    }
}

pub(super) fn remedy(finding: Finding, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match finding {
        Finding::EndUnknown { .. } => {
            "HTTP/1.1 and Transfer-Encoding: chunked, or Content-Length; an end mark in the stream, such as [DONE]"
        }
        Finding::Incomplete { .. } => {
            "look for a crash, a deployment or a time limit of the server's side; clients need an end mark or ids"
        }
        Finding::Unanswered { .. } => {
            "a server must keep idle connections longer than its clients and proxies use them; look for a crash"
        }
        Finding::NoOrigin => "start the origin, or correct its address",
        Finding::Complete { .. }
        | Finding::ClientLeft { .. }
        | Finding::StillOpen { .. }
        | Finding::NotJudged { .. } => "",
    })
}

fn name(cut: Cut) -> &'static str {
    match cut {
        Cut::Fin => "FIN",
        Cut::Rst => "RST",
    }
}

fn place(ending: Ending) -> &'static str {
    match ending {
        Ending::InsideHead => "inside the head",
        Ending::InsideBody { .. } => "before the end of Content-Length",
        Ending::InsideChunked { .. } => "before the last chunk",
        Ending::BodyTorn => "where FIN would have ended the body",
        Ending::FramingLost(_) => "where the framing was lost",
        Ending::BetweenMessages
        | Ending::Unanswered { .. }
        | Ending::BodyComplete { .. }
        | Ending::TunnelClosed
        | Ending::TunnelTorn
        | Ending::NotKnown(_) => "before the end of the response",
    }
}

fn missing(ending: Ending, f: &mut Formatter<'_>) -> fmt::Result {
    match ending {
        Ending::InsideBody { missing } => write!(f, "; {} of the body are missing", octets(missing)),
        Ending::InsideChunked { missing } if missing > 0 => write!(f, "; {} of a chunk are missing", octets(missing)),
        _ => Ok(()),
    }
}

fn events(before: &str, count: Option<EventCount>, f: &mut Formatter<'_>) -> fmt::Result {
    let Some(EventCount { events, every }) = count else { return Ok(()) };
    match events {
        0 => write!(f, "{before}no event")?,
        1 => write!(f, "{before}1 event")?,
        _ => write!(f, "{before}{events} events")?,
    }
    every.map_or(Ok(()), |every| write!(f, ", one every {}", time(every)))
}

fn octets(count: u64) -> String {
    if count == 1 { "1 octet".to_owned() } else { format!("{count} octets") }
}

/// Milliseconds below two seconds, and seconds with one or two digits above.
fn time(Seconds(time): Seconds) -> String {
    match time.as_millis() {
        0..2_000 => format!("{} ms", time.as_millis()),
        2_000..100_000 => format!("{:.2} s", time.as_secs_f64()),
        _ => format!("{:.0} s", time.as_secs_f64()),
    }
}
