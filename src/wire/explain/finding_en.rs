//! What a verdict says, in English.
//!
//! For the next editor: as in [`super::en`]. The first words say what the reader looks for:
//! complete, INCOMPLETE, HELD BACK. A remedy names the line to change.

use std::fmt::{self, Formatter};

use crate::wire::body_rule::Remark;
use crate::wire::ending::Ending;
use crate::wire::finding::{
    Cut, Delimited, Dialect, Ender, EventCount, Finding, HeldKind, Hops, Http10, MissingFields, Product, Seconds,
    WholeEnd,
};
use crate::wire::gap::Gap;

pub(super) fn say(finding: Finding, hops: Option<Hops<'_>>, f: &mut Formatter<'_>) -> fmt::Result {
    let Hops { edge, app } = hops.unwrap_or(Hops { edge: "", app: "" });
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
        Finding::Framing { .. } => {
            f.write_str("FRAMING BROKEN: an octet cannot stand where it stands, and nothing after it can be read")
        }
        Finding::Contradiction { remark } => contradiction(remark, f),
        Finding::Gateway { status, waited } => {
            write!(f, "{status} FROM A PROXY, {} after the request: the server before it did not answer", time(waited))
        }
        Finding::LateHead { late, with_body } => {
            let with = if with_body { ", together with the first octets of the body" } else { "" };
            write!(f, "the head came {} after the request{with}: until then an EventSource is not open", time(late))
        }
        Finding::OnePiece { events, late } => write!(
            f,
            "all {events} events came in one piece, {} after the request; from here it cannot be known whether they \
             were sent so or kept on the way",
            time(late)
        ),
        Finding::Groups { events, pieces, every } => {
            write!(f, "events came in groups: {events} in {pieces} pieces")?;
            every.map_or(Ok(()), |every| write!(f, ", one every {}", time(every)))
        }
        Finding::Undispatched => {
            f.write_str("THE LAST EVENT IS LOST: no blank line follows it, so no client dispatches it")
        }
        Finding::Coded { is_read } => {
            f.write_str("the event stream is compressed: a compressor that is not flushed keeps events")?;
            f.write_str(if is_read { "" } else { "; its events cannot be read here" })
        }
        Finding::Silence { longest } => {
            write!(f, "no octet for {}, no comment either: proxies give up after 30 to 60 s", time(longest))
        }
        Finding::IdleLimit { idle } => {
            write!(f, "the end came after {} without an octet, as a time limit ends a stream", time(idle))
        }
        Finding::NoIds => f.write_str("no event has an id: what is sent while a client reconnects is lost to it"),
        Finding::IdIgnored => f.write_str("an id holds NUL, so clients ignore it"),
        Finding::RetryZero => f.write_str("a reconnection time of 0: clients reconnect without a pause"),
        Finding::Resumed => f.write_str("resumed: Last-Event-ID was sent, and the stream went on with other events"),
        Finding::ResumeRepeats => {
            f.write_str("Last-Event-ID WAS IGNORED: the stream began again with the same event as before")
        }
        Finding::Stopped => f.write_str("stopped: after 204 an EventSource does not reconnect"),
        Finding::ReconnectLoop { times, every } => {
            write!(f, "RECONNECT LOOP: the same events again, {times} times in a row, every {}", time(every))
        }
        Finding::ClosesConnection => {
            f.write_str("the server closes the connection (Connection: close), although the client would keep it")
        }
        Finding::NoDone { dialect } => {
            let mark = match dialect {
                Dialect::ChatCompletions => "[DONE]",
                Dialect::Messages => "message_stop",
            };
            write!(f, "THE ANSWER IS CUT: the stream of tokens ended in order, and without {mark}")
        }
        Finding::StreamError => f.write_str("AN ERROR IN THE STREAM: the model's stream holds an error, after 200"),
        Finding::SplitCharacters { times: 1 } => f.write_str("a character lies in two chunks"),
        Finding::SplitCharacters { times } => write!(f, "{times} characters lie in two chunks each"),
        Finding::EventInChunks { events: 1, chunks } => write!(f, "an event lies in {chunks} chunks"),
        Finding::EventInChunks { events, chunks } => write!(f, "{events} events lie in up to {chunks} chunks each"),
        Finding::MissingFields(MissingFields { no_cache, no_transform, charset }) => {
            let missing = [
                (no_cache, "Cache-Control: no-cache"),
                (no_transform, "Cache-Control: no-transform"),
                (charset, "charset=utf-8"),
            ];
            let missing: Vec<&str> = missing.into_iter().filter(|(is_missing, _)| *is_missing).map(|it| it.1).collect();
            write!(f, "not in the head of the event stream: {}", missing.join(", "))
        }
        Finding::Http10 { message: Http10::Request } => {
            f.write_str("the request is HTTP/1.0, so the server cannot send chunks: FIN must end what has no length")
        }
        Finding::Http10 { message: Http10::Response } => {
            f.write_str("the response is HTTP/1.0, without chunks: FIN must end what has no length")
        }
        Finding::ClientDoesNotRead { octets: count } => {
            write!(f, "the client does not read fast enough: up to {} waited for it", octets(count))
        }
        Finding::Held { kind, events, late, over, pieces, .. } => {
            write!(f, "HELD BACK between {edge} and {app}: ")?;
            let (late, over) = (time(late), time(over));
            match kind {
                HeldKind::UntilTheEnd => {
                    write!(f, "{events} events were sent over {over} and came in one piece, up to {late} late")
                }
                HeldKind::Buffer(size) => {
                    write!(
                        f,
                        "events pass when {size} octets are together: {events} in {pieces} pieces, up to {late} late"
                    )
                }
                HeldKind::Timer(every) => {
                    let every = time(every);
                    write!(f, "events pass in groups, every {every}: {events} in {pieces} pieces, up to {late} late")
                }
                HeldKind::OneBehind => {
                    write!(f, "each event waits for the next one: {events} events, up to {late} late")
                }
                HeldKind::Late => write!(f, "{events} events in {pieces} pieces, up to {late} late"),
            }
        }
        Finding::HeldHead { late, .. } => write!(
            f,
            "HEAD HELD BACK between {edge} and {app}: it was passed on {} after the application had sent it; until \
             then an EventSource is not open",
            time(late)
        ),
        Finding::Passed { events, late, median } => {
            let events = if events == 1 { "the event".to_owned() } else { format!("{events} events") };
            let (late, median) = (time(late), time(median));
            write!(f, "nothing held between {edge} and {app}: {events}, half within {median}, all within {late}")
        }
        Finding::NotMatched { sent, passed } => write!(
            f,
            "{app} has {sent} events and {edge} {passed}, and they are not the same: nothing is said of delays"
        ),
        Finding::MaskedEnd { events } => write!(
            f,
            "MASKED END: the application broke off after event {events}; what stands between {edge} and {app} ended \
             the response in order, so the client takes it for whole"
        ),
        Finding::ProxyTimeout { idle, finished } => {
            let idle = time(idle);
            write!(f, "TIME LIMIT between {edge} and {app}: the proxy gave up after {idle} without an octet")?;
            f.write_str(if finished { ", and ended the client's response in order" } else { "" })?;
            f.write_str("; the application was still there")
        }
        Finding::Hang { since } => write!(
            f,
            "HANGS between {edge} and {app}: the application ended {} before, and the client was not told",
            time(since)
        ),
        Finding::Lost { sent, passed } => {
            write!(f, "LOST between {edge} and {app}: {sent} events were sent, {passed} were passed on")
        }
        Finding::ProxyError { status, app: Some(own) } => {
            write!(f, "{status} FROM THE PROXY between {edge} and {app}: the application sent {own}")
        }
        Finding::ProxyError { status, app: None } => {
            write!(f, "{status} FROM THE PROXY between {edge} and {app}: the application sent no response")
        }
        Finding::LeftRunning { since } => write!(
            f,
            "LEFT RUNNING between {edge} and {app}: {} after the client had left, the application still sent",
            time(since)
        ),
        Finding::Recoded { from, to, coded } => {
            write!(
                f,
                "between {app} and {edge}: the body of {app} ends by {}, that of {edge} by {}",
                delimited(from),
                delimited(to)
            )?;
            f.write_str(if coded { ", and it is compressed" } else { "" })
        }
        Finding::CommentsDropped { sent, .. } => {
            write!(f, "comments do not pass between {edge} and {app}: {sent} were sent, as heartbeats are")
        }
        Finding::FieldsChanged { added, removed } => {
            write!(f, "between {app} and {edge} the head changed:")?;
            removed.iter().try_for_each(|name| write!(f, " -{}", name.name()))?;
            added.iter().try_for_each(|name| write!(f, " +{}", name.name()))
        }
        Finding::EndedFirst { side: Ender::App } => {
            write!(f, "the application broke off, not what stands between {edge} and {app}")
        }
        Finding::EndedFirst { side: Ender::Proxy } => {
            write!(f, "what stands between {edge} and {app} broke off; the application had not")
        }
    }
}

fn contradiction(remark: Remark, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "THE HEAD CONTRADICTS ITSELF ({}): recipients may read different messages", remark.code())
}

fn delimited(delimited: Delimited) -> &'static str {
    match delimited {
        Delimited::Chunked => "chunks",
        Delimited::ContentLength => "Content-Length",
        Delimited::Fin => "FIN",
    }
}

fn held_remedy(coded: bool, product: Option<Product>) -> &'static str {
    match (product, coded) {
        (Some(Product::Nginx), _) => {
            "nginx: proxy_buffering off; for this location, or X-Accel-Buffering: no from the application"
        }
        (Some(Product::Caddy), _) => "Caddy: a matcher for encode that leaves this path out",
        (Some(Product::Varnish), _) => "Varnish: do_stream and do_gzip for types other than text/event-stream only",
        (Some(Product::Lighttpd), _) => "lighttpd: server.stream-response-body = 1",
        (Some(Product::Express), _) => {
            "Express: compression({ filter }) without text/event-stream, or res.flush() after each event"
        }
        (Some(Product::Apache | Product::Squid) | None, true) => {
            "leave text/event-stream out of the proxy's compression; haproxy and Express heed Cache-Control: no-transform"
        }
        (Some(Product::Apache | Product::Squid) | None, false) => {
            "nginx: proxy_buffering off;  haproxy: option http-no-delay  lighttpd: server.stream-response-body = 1"
        }
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
        Finding::Held { coded, product, .. } => held_remedy(coded, product),
        Finding::HeldHead { product: Some(Product::Nginx), .. } => {
            "nginx: proxy_buffering off; or X-Accel-Buffering: no from the application"
        }
        Finding::HeldHead { .. } => {
            "let the application send a comment with the head (: hello), or the proxy flush the head"
        }
        Finding::Framing { .. } => "let the server's library frame the body: lengths and chunks are not written by hand",
        Finding::Contradiction { .. } => "leave one of the two out",
        Finding::Gateway { .. } => {
            "compare with the proxy's time limit; is the server up, and does it send its head before it works?"
        }
        Finding::LateHead { .. } => "send the head at once: flushHeaders() (Node), flushBuffer() (servlets), : hello",
        Finding::OnePiece { .. } | Finding::Groups { .. } => {
            "wirestep tap edge=LISTEN,PROXY app=LISTEN,SERVER says whether the proxy between them holds events"
        }
        Finding::Undispatched => "write the blank line after each event, after the last one too",
        Finding::Coded { .. } => "leave text/event-stream out of compression, or flush the compressor after each event",
        Finding::Silence { .. } | Finding::IdleLimit { .. } => {
            "send a comment (: ping) every 15 s; then raise the limit: proxy_read_timeout (nginx), timeout server (haproxy)"
        }
        Finding::NoIds => "give events an id, and answer Last-Event-ID with the events after it",
        Finding::IdIgnored => "make ids of digits and letters",
        Finding::RetryZero => "retry: 1000 or more",
        Finding::ResumeRepeats => "keep the last events, and begin after the one that Last-Event-ID names",
        Finding::ReconnectLoop { .. } => {
            "answer with 204 when there is no more, or send a last event at which the page calls close()"
        }
        Finding::NoDone { .. } => "take only finish_reason and the end mark for the end of the answer, and report the rest",
        Finding::SplitCharacters { .. } => "clients decode with a decoder that keeps its state between two chunks",
        Finding::MissingFields(_) => {
            "Cache-Control: no-cache, no-transform and Content-Type: text/event-stream; charset=utf-8"
        }
        Finding::Http10 { .. } => "nginx: proxy_http_version 1.1; and proxy_set_header Connection \"\";",
        Finding::MaskedEnd { .. } => "nginx: proxy_http_version 1.1;; in any case an end mark in the stream, such as [DONE]",
        Finding::ProxyTimeout { .. } => {
            "a comment (: ping) every 15 s from the application; proxy_read_timeout, timeout server, ProxyTimeout"
        }
        Finding::Hang { .. } => "http-proxy: on close of proxyRes, if it is not complete, destroy the response",
        Finding::Lost { .. } => "leave text/event-stream out of the proxy's compression and buffering",
        Finding::ProxyError { .. } => "look into the proxy's log: a refused connection, a reset, or a time limit",
        Finding::LeftRunning { .. } => "haproxy: option abortonclose; Node: on close of the response, destroy the request",
        Finding::CommentsDropped { .. } => "send heartbeats as events of a type that the page ignores",
        Finding::NoOrigin => "start the origin, or correct its address",
        Finding::Complete { .. }
        | Finding::ClientLeft { .. }
        | Finding::StillOpen { .. }
        | Finding::NotJudged { .. }
        | Finding::Passed { .. }
        | Finding::NotMatched { .. }
        | Finding::Recoded { .. }
        | Finding::FieldsChanged { .. }
        | Finding::EndedFirst { .. }
        | Finding::Resumed
        | Finding::Stopped
        | Finding::ClosesConnection
        | Finding::StreamError
        | Finding::EventInChunks { .. }
        | Finding::ClientDoesNotRead { .. } => "",
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

/// Milliseconds below a second, with a digit more when there are few, and seconds above.
fn time(Seconds(time): Seconds) -> String {
    match time.as_millis() {
        0..10 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        10..1_000 => format!("{} ms", time.as_millis()),
        1_000..100_000 => format!("{:.2} s", time.as_secs_f64()),
        _ => format!("{:.0} s", time.as_secs_f64()),
    }
}
