//! Every sentence in English.
//!
//! For the next editor: one sentence, present tense, true of every server and client. It names the
//! side that acts: the client, the server. A section stands beside the sentence and not in it.

use std::fmt::{self, Formatter};
use std::io;
use std::time::Duration;

use super::meaning::{FieldMeaning, MethodMeaning, StatusMeaning};
use super::{Began, Explanation, Saying, finding_en, is_broken_pipe};
use crate::wire::body_rule::{Bodiless, BodyRule, Remark};
use crate::wire::cause::{Call, Cause, Loss, StateChange};
use crate::wire::chunked::ChunkError;
use crate::wire::ending::Ending;
use crate::wire::fault::Fault;
use crate::wire::flow::Flow;
use crate::wire::gap::Gap;
use crate::wire::head_error::HeadError;
use crate::wire::label::Label;
use crate::wire::persistence::{CloseReason, Persistence};
use crate::wire::protocol::Protocol;
use crate::wire::sse::EventLine;
use crate::wire::step::StepKind;
use crate::wire::tls_fault::TlsFault;
use crate::wire::traffic::{Grouped, SummaryKind, Traffic};

pub(super) fn say(saying: Saying<'_>, f: &mut Formatter<'_>) -> fmt::Result {
    match saying {
        Saying::Explanation(explanation) => explain(explanation, f),
        Saying::Label(it) => f.write_str(label(it)),
        Saying::Remark(it) => remark(it, f),
        Saying::Fault(it) => f.write_str(fault(it)),
        Saying::Ending(it, of) => {
            f.write_str(match of {
                None => "",
                Some(Flow::Requests) => "the request: ",
                Some(Flow::Responses) => "the response: ",
            })?;
            ending(it, f)
        }
        Saying::Cause(it) => cause(it, f),
        Saying::CloseReason(reason) => f.write_str(close_reason(reason)),
        Saying::State(change) => state(change, f),
        Saying::Question(step) => f.write_str(question(step)),
        Saying::HeadError(error) => f.write_str(head_error(error)),
        Saying::ChunkError(error) => f.write_str(chunk_error(error)),
        Saying::Opened { peer, local } => write!(f, "{peer} has connected to {local}"),
        Saying::Blocked { flow, pending } => blocked(flow, pending, f),
        Saying::Summary(kind, traffic) => summary(kind, traffic, f),
        Saying::Missing { count, loss } => missing(count, loss, f),
        Saying::Protocol(it) => f.write_str(protocol(it)),
        Saying::Finding(it, hops) => finding_en::say(it, hops, f),
        Saying::Remedy(it) => finding_en::remedy(it, f),
        Saying::Rest { octets, tokens } => rest(octets, tokens, f),
    }
}

fn explain(explanation: Explanation<'_>, f: &mut Formatter<'_>) -> fmt::Result {
    match explanation {
        Explanation::Label(it) => f.write_str(label(it)),
        Explanation::Continues(it) => write!(f, "continued: {}", label(it)),
        Explanation::ContinuesFault => f.write_str("continued: where the next message begins cannot be known"),
        Explanation::Method(token, meaning) => write!(f, "{}: {}", String::from_utf8_lossy(token), method(meaning)),
        Explanation::Status(code, meaning) => write!(f, "{code:03}: {}", status(meaning)),
        Explanation::Field(meaning) => f.write_str(field(meaning)),
        Explanation::EndOfHead(rule) => end_of_head(rule, f),
        Explanation::ChunkSize { digits, size, has_extension } => {
            chunk_size(&String::from_utf8_lossy(digits), size, f)?;
            extension(has_extension, f)
        }
        Explanation::LastChunk { has_extension } => {
            f.write_str("zero: the last chunk; the trailer section follows")?;
            extension(has_extension, f)
        }
        Explanation::EndOfBody(flow) => f.write_str(end_of_body(flow)),
        Explanation::Data { by_content_length, first, last, all } => data(by_content_length, first, last, all, f),
        Explanation::EventLine { line, is_heeded, began } => {
            f.write_str(if is_heeded { event_line(line) } else { ignored_line(line) })?;
            f.write_str(line_began(began))
        }
        Explanation::EventUnfinished(began) => f.write_str(unfinished(began)),
        Explanation::Fault(it) => f.write_str(fault(it)),
        Explanation::Gap(it) => f.write_str(gap(it)),
    }
}

fn end_of_head(rule: BodyRule, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match rule {
        BodyRule::NoBody(Bodiless::Head) => "no body: the request was HEAD (rule 1)",
        BodyRule::NoBody(Bodiless::Interim) => "no body: an interim response; the final one follows (rule 1)",
        BodyRule::NoBody(Bodiless::NoContent) => "no body: a 204 never has one (rule 1)",
        BodyRule::NoBody(Bodiless::NotModified) => "no body: a 304 never has one (rule 1)",
        BodyRule::Tunnel => "no body: a tunnel begins here (rule 2)",
        BodyRule::Upgrade => "no body: the other protocol begins here",
        BodyRule::Preface => "HTTP/2 begins here: its frames have no lines, and get no labels",
        BodyRule::Chunked => "chunks follow, until one of size 0 (rule 4)",
        BodyRule::CodingUntilFin => "a body follows, until FIN: its last coding is not chunked (rule 4)",
        BodyRule::CodingWithoutEnd => "a body follows whose end cannot be known: refuse it (rule 4)",
        BodyRule::InvalidLength => "a body follows whose end cannot be known: refuse it (rule 5)",
        BodyRule::Length(0) => "no body: its length is 0 (rule 6)",
        BodyRule::Length(1) => "1 octet of body follows (rule 6)",
        BodyRule::Length(length) => return write!(f, "{length} octets of body follow (rule 6)"),
        BodyRule::NoLength => "no body: a request with neither length nor coding (rule 7)",
        BodyRule::UntilFin => "a body follows, until FIN: neither length nor chunks (rule 8)",
        BodyRule::MethodNotKnown => "whether a body follows cannot be known: the request was not kept",
    })
}

fn chunk_size(digits: &str, size: u64, f: &mut Formatter<'_>) -> fmt::Result {
    match size {
        1 => write!(f, "0x{digits} = 1 octet of data follows"),
        _ => write!(f, "0x{digits} = {size} octets of data follow"),
    }
}

fn extension(has_extension: bool, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(if has_extension { "; an extension that is not known is ignored" } else { "" })
}

fn end_of_body(flow: Flow) -> &'static str {
    match flow {
        Flow::Requests => "the blank line ends the trailer section: the request is complete",
        Flow::Responses => {
            "the blank line ends the trailer section: the response is complete; that alone closes nothing"
        }
    }
}

fn data(by_content_length: bool, first: u64, last: u64, all: u64, f: &mut Formatter<'_>) -> fmt::Result {
    let by = if by_content_length { "Content-Length" } else { "the chunk-size" };
    match (first, last) {
        (1, 1) if all == 1 => write!(f, "the one octet of {by}"),
        (1, last) if last == all => write!(f, "all {all} octets of {by}"),
        (first, last) if first == last => write!(f, "octet {last} of the {all} in {by}"),
        (first, last) => write!(f, "octets {first} to {last} of the {all} in {by}"),
    }
}

fn event_line(line: EventLine) -> &'static str {
    match line {
        EventLine::Comment => label(Label::EventComment),
        EventLine::Type => label(Label::EventType),
        EventLine::Data => label(Label::EventData),
        EventLine::Id { is_empty: false } => label(Label::EventId),
        EventLine::Id { is_empty: true } => "the client forgets the last event ID, and sends none when it reconnects",
        EventLine::Retry => label(Label::EventRetry),
        EventLine::Unknown | EventLine::Blank => label(Label::EventUnknown),
    }
}

fn ignored_line(line: EventLine) -> &'static str {
    match line {
        EventLine::Id { .. } => "an id with a NUL in it is ignored",
        EventLine::Retry => "a reconnection time that is not digits only is ignored",
        EventLine::Comment => label(Label::EventComment),
        EventLine::Type | EventLine::Data | EventLine::Unknown | EventLine::Blank => {
            "a field that the standard does not name is ignored"
        }
    }
}

fn line_began(began: Began) -> &'static str {
    match began {
        Began::Here => "",
        Began::EarlierPiece => "; the line began in an earlier piece",
        Began::EarlierChunk => "; the line began in an earlier chunk",
    }
}

fn unfinished(began: Began) -> &'static str {
    match began {
        Began::Here => "this line of the event stream has no end yet",
        Began::EarlierPiece => "continues a line that began in an earlier piece, and has no end yet",
        Began::EarlierChunk => "continues a line that began in an earlier chunk, and has no end yet",
    }
}

fn gap(gap: Gap) -> &'static str {
    match gap {
        Gap::MidStream => "the beginning of this message was not seen, so its octets are not labelled",
        Gap::Missing => "octets before these are missing, so where in a message they stand is not known",
        Gap::TooMuch => "too many octets in one turn of the server: those of this message are no longer labelled",
        Gap::MethodNotKnown => "the method of the request is not kept, so where this response ends is not known",
    }
}

fn rest(octets: usize, tokens: usize, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{octets} octets more in this record, {tokens} tokens, are read but not shown")
}

fn summary(kind: SummaryKind, traffic: &Traffic, f: &mut Formatter<'_>) -> fmt::Result {
    let open = Grouped(traffic.open);
    match kind {
        SummaryKind::Begins => {
            return write!(f, "{open} connections are open: too many to show each, so there is one line a second");
        }
        SummaryKind::Ends => write!(f, "{open} connections are left, and each is shown again; ")?,
        SummaryKind::GoesOn => write!(f, "{open} connections; ")?,
    }
    let [opened, closed, reset, blocked] =
        [traffic.opened, traffic.closed, traffic.reset, traffic.blocked].map(Grouped);
    write!(f, "in {:.1} s {opened} opened, {closed} closed, {reset} reset", traffic.since.as_secs_f64())?;
    if let Some(why) = traffic.why {
        f.write_str(" (")?;
        cause(why, f)?;
        f.write_str(")")?;
    }
    let [read, reads, written, writes] = [traffic.read, traffic.reads, traffic.written, traffic.writes].map(Grouped);
    write!(f, "; {read} octets in {reads} reads, {written} octets in {writes} writes, {blocked} would have blocked")
}

fn blocked(flow: Flow, pending: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let waits = if pending == 1 { "octet waits" } else { "octets wait" };
    let reader = match flow {
        Flow::Requests => "origin",
        Flow::Responses => "client",
    };
    write!(f, "write() would block: {pending} {waits} until the {reader} reads")
}

fn remark(remark: Remark, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match remark {
        Remark::LengthBesideCoding => {
            "Content-Length beside Transfer-Encoding is forbidden: recipients differ in what they make of it"
        }
        Remark::ChunkedTwice => "chunked must not be applied more than once",
        Remark::CodingInHttp10 => "HTTP/1.0 has no Transfer-Encoding: the framing is faulty",
        Remark::CodingToHttp10 => "the request was HTTP/1.0, so the server must not send Transfer-Encoding",
        Remark::CodingWithoutBody => "Transfer-Encoding must not stand in a response that never has a body",
        Remark::LengthWithoutBody => "Content-Length must not stand in a response that never has a body",
        Remark::RepeatedLength => "Content-Length has several equal values; a recipient may refuse that",
        Remark::NoHost => "a request of HTTP/1.1 must have a Host field: the server responds with 400",
        Remark::SeveralHosts => "a request must have one Host field only: the server responds with 400",
        Remark::NoReasonPhrase => "no reason phrase: legal",
        Remark::EventOverChunks(chunks) => {
            return write!(f, "this event came in {chunks} chunks: legal, a chunk is no unit of meaning");
        }
        Remark::Masked => "masked in the trace; --show-credentials shows it",
    })
}

fn ending(ending: Ending, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match ending {
        Ending::BetweenMessages => "between two messages: nothing is cut",
        Ending::Unanswered { requests: 1 } => "a request has no response yet",
        Ending::Unanswered { requests } => return write!(f, "{requests} requests have no response yet"),
        Ending::BodyComplete { undispatched: false } => {
            "no length was announced: this FIN ends the body, which is complete"
        }
        Ending::BodyComplete { undispatched: true } => {
            "this FIN ends the body; the last event has no blank line and is never dispatched"
        }
        Ending::BodyTorn => "no length was announced, and RST is an error, not an end: the message is incomplete",
        Ending::InsideHead => "inside a head: the message is incomplete",
        Ending::InsideBody { missing } => {
            return write!(f, "inside a body, {missing} octets before its end: the message is incomplete");
        }
        Ending::InsideChunked { missing: 0 } => "inside a chunked body, before its end: the message is incomplete",
        Ending::InsideChunked { missing } => {
            return write!(f, "inside a chunk, {missing} octets before its end: the message is incomplete");
        }
        Ending::TunnelClosed => "one direction of the tunnel is closed",
        Ending::TunnelTorn => "the tunnel is cut",
        Ending::FramingLost(_) => "where in a message this is cannot be known: the framing was lost",
        Ending::NotKnown(_) => "where in a message this is cannot be known",
    })
}

fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::NoStartLine => "no message begins like this, and none is unfinished",
        Fault::StartLine => "the start-line does not follow its grammar",
        Fault::LooksLike(Protocol::Tls) => "this looks like TLS: encrypted records, and no message of HTTP/1.x",
        Fault::LooksLike(Protocol::Http2) => "this looks like HTTP/2 without TLS: frames, and no message of HTTP/1.x",
        Fault::LooksLike(Protocol::Ssh) => "this looks like SSH: no message of HTTP/1.x",
        Fault::LooksLike(Protocol::Socks) => "this looks like SOCKS: the client takes the server for a proxy",
        Fault::LooksLike(Protocol::ProxyHeader) => {
            "this looks like the PROXY protocol: a load balancer sends it before the client's octets"
        }
        Fault::LooksLike(Protocol::Http1 | Protocol::Other) => "no message begins like this, and none is unfinished",
        Fault::TargetNotAscii => "octets beyond ASCII must be percent-encoded in a request-target",
        Fault::BareLf => "LF without CR: no line of a head ends so",
        Fault::BareCr => "CR without LF: no line ends so",
        Fault::SpaceBeforeColon => "no white space may stand before the colon",
        Fault::Folded => "a field line must not begin with white space: folding is obsolete",
        Fault::FieldName => "a field name consists of token characters, and a colon follows it",
        Fault::FieldValue => "a field value must not contain a control character",
        Fault::BadLength => "Content-Length is not one decimal number: where the body ends cannot be known",
        Fault::NotChunkedLast => "the last transfer coding is not chunked: where the request ends cannot be known",
        Fault::CodingBeforeHttp11 => "before HTTP/1.1 there is no Transfer-Encoding: the framing is faulty",
        Fault::Chunk(error) => chunk_error(error),
    }
}

fn chunk_error(error: ChunkError) -> &'static str {
    match error {
        ChunkError::BadSize => "a chunk-size must be hexadecimal digits",
        ChunkError::SizeTooLarge => "the chunk-size is larger than 64 bits can say",
        ChunkError::BadExtension => "the chunk extension does not follow its grammar",
        ChunkError::BareLf => "a line of the chunked coding ends with LF alone, not CRLF",
        ChunkError::BareCr => "CR without LF in the chunked coding",
        ChunkError::NoCrlfAfterData => "CRLF was expected after the chunk-data: the size does not fit",
        ChunkError::BadTrailer => "a trailer field does not follow its grammar",
        ChunkError::TooLong => "chunk extensions and trailer fields are too long",
        ChunkError::AfterTheEnd => "the chunked body was already complete",
    }
}

fn head_error(error: HeadError) -> &'static str {
    match error {
        HeadError::BareLf => "a line of the head ends with LF alone; CRLF was expected",
        HeadError::BareCr => "the head has a CR that no LF follows",
        HeadError::ControlCharacter => "the head has a control character",
        HeadError::TargetTooLong => "the request-line is longer than is accepted",
        HeadError::HeadTooLarge => "the head is larger than is accepted",
        HeadError::TooManyFields => "the head has more than 100 field lines",
        HeadError::BadRequestLine => "the request-line must be method SP request-target SP HTTP-version",
        HeadError::BadVersion => "the request-line must end with HTTP/1.1 or HTTP/1.0",
        HeadError::UnsupportedVersion => "only HTTP/1.x is spoken here",
        HeadError::LooksLikeTls => "this looks like TLS; wirestep speaks plain HTTP: use http://, not https://",
        HeadError::LooksLikeHttp2 => "this looks like HTTP/2 without TLS; wirestep speaks HTTP/1.1 and HTTP/1.0",
        HeadError::LooksLikeSsh => "this looks like SSH; wirestep speaks plain HTTP",
        HeadError::LooksLikeSocks => "this looks like SOCKS; wirestep speaks plain HTTP and is no proxy",
        HeadError::LooksLikeProxyHeader => {
            "this looks like the PROXY protocol; wirestep speaks plain HTTP: turn it off in the load balancer"
        }
        HeadError::TargetNotAscii => "the request-target has octets beyond ASCII: they must be percent-encoded",
        HeadError::TargetCharacter => "the request-target has a character that must be percent-encoded",
        HeadError::BadTarget => "the request-target is none of the four forms",
        HeadError::Misdirected => "an https target on a connection that is not secured",
        HeadError::ConnectNotImplemented => "CONNECT is for proxies; this is an origin server",
        HeadError::BadFieldName => "a field line must begin with its name and a colon, without space before either",
        HeadError::BadFieldValue => "a field value has an octet that is not allowed",
        HeadError::NoHost => "a request of HTTP/1.1 must have a Host field",
        HeadError::SeveralHosts => "there is more than one Host field",
        HeadError::BadHost => "the value of Host is not a host with an optional port",
        HeadError::BothLengthAndCoding => "Content-Length beside Transfer-Encoding: the request could be read two ways",
        HeadError::SeveralLengths => "there is more than one Content-Length",
        HeadError::BadLength => "Content-Length must be decimal digits and nothing else",
        HeadError::LengthTooLarge => "Content-Length is larger than 64 bits can say",
        HeadError::ChunkedNotLast => "chunked must be the last transfer coding, and only once",
        HeadError::CodingOnHttp10 => "HTTP/1.0 has no Transfer-Encoding",
        HeadError::UnknownCoding => "of the transfer codings only chunked is known here",
        HeadError::UnknownExpectation => "100-continue is the only expectation that can be met",
    }
}

fn cause(cause: Cause, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match cause {
        Cause::ReadZero => "read() = 0: the client sends nothing more",
        Cause::Ends(reason) => close_reason(reason),
        Cause::Script => "a step of the script",
        Cause::PeerReset { call, errno } => {
            f.write_str(match call {
                Call::Write | Call::Shutdown => {
                    "the client has gone: its kernel answered the server's octets with RST; "
                }
                Call::GetSocketOption if is_broken_pipe(errno) => "the client has gone: RST came after its FIN; ",
                Call::Read | Call::SetSocketOption | Call::GetSocketOption => {
                    "the client has cut the connection with RST; "
                }
            })?;
            return failed(call, errno, f);
        }
        Cause::BothFin => "both sides have sent FIN",
        Cause::FinTimeout => "the client's FIN did not come in time",
        Cause::AfterReset => "an RST ends both directions at once",
        Cause::Unacknowledged => "what the server wrote has not been acknowledged for too long",
        Cause::CallFailed { call, errno } => return failed(call, errno, f),
        Cause::FinSegment(Flow::Requests) => "the client sends nothing more",
        Cause::FinSegment(Flow::Responses) => "the server sends nothing more",
        Cause::RstSegment(Flow::Requests) => "the client has cut the connection",
        Cause::RstSegment(Flow::Responses) => "the server has cut the connection",
        Cause::PortReused => "another connection begins between the same two ports",
        Cause::Forgotten => "too many conversations are open, and this one has been idle for the longest time",
        Cause::CaptureEnds => "the capture ends, and the connection is open",
        Cause::OriginFin => "read() = 0: the origin sends nothing more",
        Cause::OriginReset { call, errno } => {
            f.write_str(match call {
                Call::Write | Call::Shutdown => {
                    "the origin has gone: its kernel answered the client's octets with RST; "
                }
                Call::Read | Call::SetSocketOption | Call::GetSocketOption => {
                    "the origin has cut the connection with RST; "
                }
            })?;
            return failed(call, errno, f);
        }
        Cause::OriginRefused => "the origin refuses: no program listens at its address, so its kernel sends RST",
        Cause::OriginTimedOut => "the origin has not answered the SYN in time",
        Cause::OriginUnreachable { errno: Some(errno) } => {
            return write!(f, "the origin cannot be reached: {}", io::Error::from_raw_os_error(errno));
        }
        Cause::OriginUnreachable { errno: None } => "the origin cannot be reached",
        Cause::OriginUnacknowledged => "what was written to the origin has not been acknowledged for too long",
        Cause::OriginCloseNotify => "close_notify: the origin sends nothing more, and nothing is missing",
        Cause::OriginFinAlone => {
            "the origin's FIN came without close_notify: TLS cannot tell whether the end is missing"
        }
        Cause::OriginTls(fault) => return tls_fault(fault, f),
        Cause::RelayStops => "the relay stops, and cuts what is still open",
    })
}

fn tls_fault(fault: TlsFault, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match fault {
        TlsFault::Expired => "the origin's certificate has expired",
        TlsFault::NotYetValid => "the origin's certificate is not valid yet",
        TlsFault::WrongName => "the origin's certificate is for another name",
        TlsFault::UnknownIssuer => "the origin's certificate is signed by no authority that is trusted here; see --ca",
        TlsFault::BadCertificate => "the origin's certificate is not accepted; the log says why",
        TlsFault::NotTls => "the origin does not answer in TLS: is it http://?",
        TlsFault::NoHttp1 => "the origin offers no HTTP/1.1 in TLS (ALPN): most likely HTTP/2 alone",
        TlsFault::Closed => "the origin has closed the connection before TLS was agreed on",
        TlsFault::Alert(number) => return write!(f, "the origin has ended TLS with alert {number}"),
        TlsFault::TimedOut => "the origin has accepted the connection, and has not agreed on TLS in time",
        TlsFault::Broken => "the origin breaks TLS; the log says how",
    })
}

fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::ClientSaidClose => "the client said Connection: close",
        CloseReason::Http10 => "HTTP/1.0 without keep-alive: one response for each connection",
        CloseReason::CloseDelimited => "the body has neither length nor chunks: FIN ends it",
        CloseReason::Refused => "the request was refused; no other one is read here",
        CloseReason::ClientFin => "the client's FIN came, and every request before it has its response",
        CloseReason::Idle => "no request came in time",
        CloseReason::WriteStall => "the client has taken nothing for too long",
        CloseReason::Draining => "the server is going down",
    }
}

fn failed(call: Call, errno: Option<i32>, f: &mut Formatter<'_>) -> fmt::Result {
    match errno {
        Some(errno) => write!(f, "{}() failed: {}", call.name(), io::Error::from_raw_os_error(errno)),
        None => write!(f, "{}() failed", call.name()),
    }
}

fn state(change: StateChange, f: &mut Formatter<'_>) -> fmt::Result {
    match change {
        StateChange::Watching => f.write_str("it follows the trace, and is not traced itself"),
        StateChange::OriginConnected => f.write_str("the connection to the origin is open: octets pass from now on"),
        StateChange::OriginEncrypted { version, is_checked } => {
            let certificate = if is_checked { "valid" } else { "not checked (--insecure)" };
            let name = version.name();
            write!(f, "{name} with the origin, its certificate is {certificate}: what is shown is decrypted")
        }
        StateChange::HostReplaced { by } => write!(f, "the origin gets Host: {by} in this request (--host)"),
        StateChange::Joined => f.write_str("the connection was open before the capture began"),
        StateChange::WindowClosed(Flow::Requests) => {
            f.write_str("the server reads nothing: its receive window is 0, and the client must wait")
        }
        StateChange::WindowClosed(Flow::Responses) => {
            f.write_str("the client reads nothing: its receive window is 0, and the server must wait")
        }
        StateChange::WindowOpen(Flow::Requests) => f.write_str("the server reads again: its receive window is open"),
        StateChange::WindowOpen(Flow::Responses) => f.write_str("the client reads again: its receive window is open"),
        StateChange::Repeated { segments: 1 } => f.write_str("one segment was sent again; its octets are shown once"),
        StateChange::Repeated { segments } => {
            write!(f, "{segments} segments were sent again; their octets are shown once")
        }
        StateChange::ParametersIgnored { count: 1 } => {
            f.write_str("1 parameter of the query is not known at this address, and is ignored")
        }
        StateChange::ParametersIgnored { count } => {
            write!(f, "{count} parameters of the query are not known at this address, and are ignored")
        }
        StateChange::Persistent { persistence, wait } => {
            match persistence {
                Persistence::Http11 => f.write_str("HTTP/1.1 and no \"close\": ")?,
                Persistence::Http10KeepAlive => f.write_str("HTTP/1.0, and the client asked for keep-alive: ")?,
                Persistence::Ends(reason) => write!(f, "{}: ", close_reason(reason))?,
            }
            f.write_str("waiting ")?;
            time(wait, f)?;
            f.write_str(" for the next request")
        }
    }
}

fn missing(count: u64, loss: Loss, f: &mut Formatter<'_>) -> fmt::Result {
    match (count, loss) {
        (1, Loss::NotCaptured) => f.write_str("1 octet is missing from the capture"),
        (count, Loss::NotCaptured) => write!(f, "{count} octets are missing from the capture"),
        (1, Loss::Cut) => f.write_str("1 octet was sent and not kept by the capture (snap length)"),
        (count, Loss::Cut) => write!(f, "{count} octets were sent and not kept by the capture (snap length)"),
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http1 => "HTTP/1.x",
        Protocol::Http2 => "HTTP/2: it has frames and no lines, and is not read here",
        Protocol::Tls => "TLS: what is inside is encrypted; Wireshark reads it with a key log (SSLKEYLOGFILE)",
        Protocol::Ssh => "SSH: what is inside is encrypted",
        Protocol::Socks => "SOCKS: a client asks a proxy for a connection; what follows is not read here",
        Protocol::ProxyHeader => "the PROXY protocol: a load balancer sends it first; what follows is not read here",
        Protocol::Other => "no HTTP/1.x: no message of it begins here",
    }
}

fn time(time: Duration, f: &mut Formatter<'_>) -> fmt::Result {
    if time.subsec_millis() == 0 { write!(f, "{} s", time.as_secs()) } else { write!(f, "{} ms", time.as_millis()) }
}

/// What to think about before a held step is released.
fn question(step: StepKind) -> &'static str {
    match step {
        StepKind::Head => "what in this head tells the client where the body ends?",
        StepKind::Chunk | StepKind::Deliver => "what does the client do when it has these octets?",
        StepKind::LastChunk => "what ends with these octets, and what does not?",
        StepKind::Data => "how does the client know where this body ends?",
        StepKind::Wait | StepKind::SendBuffer => "what will happen next?",
        StepKind::Hold => "the script waits; what will it do next?",
        StepKind::Fin => "what may still be sent after it, and by which side?",
        StepKind::Rst => "what becomes of the octets that are on their way?",
    }
}

fn method(meaning: MethodMeaning) -> &'static str {
    match meaning {
        MethodMeaning::Get => "asks for the target, and for no change",
        MethodMeaning::Head => "as GET, but the response never has a body",
        MethodMeaning::Post => "gives the target something to process",
        MethodMeaning::Put => "the body is to replace the state of the target",
        MethodMeaning::Delete => "the target is to be removed",
        MethodMeaning::Connect => "asks a proxy for a tunnel",
        MethodMeaning::Options => "asks what the target supports; browsers ask so before they cross origins",
        MethodMeaning::Trace => "asks to be shown the request as it arrived",
        MethodMeaning::Patch => "the body says how to change the target",
        MethodMeaning::Query => "a safe request whose query is in the body",
        MethodMeaning::Pri => "begins HTTP/2: no request of HTTP/1.1",
        MethodMeaning::Propfind => "WebDAV: asks for properties",
        MethodMeaning::Proppatch => "WebDAV: changes properties",
        MethodMeaning::Mkcol => "WebDAV: makes a collection",
        MethodMeaning::Copy => "WebDAV: copies the target",
        MethodMeaning::Move => "WebDAV: moves the target",
        MethodMeaning::Lock => "WebDAV: locks the target",
        MethodMeaning::Unlock => "WebDAV: unlocks the target",
        MethodMeaning::Search => "WebDAV: searches below the target",
        MethodMeaning::Acl => "WebDAV: changes who may do what",
        MethodMeaning::Orderpatch => "WebDAV: changes the order of a collection",
        MethodMeaning::Mkcalendar => "CalDAV: makes a calendar",
        MethodMeaning::Versioning => "WebDAV: a method of version control",
        MethodMeaning::Binding => "WebDAV: changes the bindings of a collection",
        MethodMeaning::Redirecting => "WebDAV: makes or changes a redirect reference",
        MethodMeaning::Linking => "makes or removes a link between resources",
        MethodMeaning::Unregistered => {
            "a method that is not registered; a server that does not know it responds with 501"
        }
    }
}

fn status(meaning: StatusMeaning) -> &'static str {
    match meaning {
        StatusMeaning::Continue => "interim: the client may send the body; the final response is still to come",
        StatusMeaning::SwitchingProtocols => "the connection changes to another protocol after this head",
        StatusMeaning::Processing => "interim: the server is still working on it",
        StatusMeaning::EarlyHints => "interim: links that the client may load already",
        StatusMeaning::Ok => "success",
        StatusMeaning::Created => "success: something was created, Location says where",
        StatusMeaning::Accepted => "accepted, but not done yet",
        StatusMeaning::NonAuthoritativeInformation => "success, but a proxy has changed the response",
        StatusMeaning::NoContent => "success, and there is never a body",
        StatusMeaning::ResetContent => "success: the client is to reset its form",
        StatusMeaning::PartialContent => "the part of the body that Range asked for",
        StatusMeaning::MultiStatus => "WebDAV: several results, in the body",
        StatusMeaning::AlreadyReported => "WebDAV: listed already",
        StatusMeaning::ImUsed => "the difference to a version that the client has",
        StatusMeaning::MultipleChoices => "several representations: the client chooses",
        StatusMeaning::MovedPermanently => "moved for good: Location is the address from now on",
        StatusMeaning::Found => "for now at Location; many clients change POST to GET",
        StatusMeaning::SeeOther => "the answer is at Location, to be fetched with GET",
        StatusMeaning::NotModified => "what the client has is still right; there is never a body",
        StatusMeaning::TemporaryRedirect => "for now at Location, with the same method",
        StatusMeaning::PermanentRedirect => "moved for good to Location, with the same method",
        StatusMeaning::BadRequest => "the server cannot understand the request",
        StatusMeaning::Unauthorized => "credentials are missing or not accepted",
        StatusMeaning::PaymentRequired => "reserved: payment required",
        StatusMeaning::Forbidden => "the server understands the request and refuses it",
        StatusMeaning::NotFound => "there is nothing at this target",
        StatusMeaning::MethodNotAllowed => "this target does not support the method; Allow lists what it does",
        StatusMeaning::NotAcceptable => "nothing there fits the Accept fields",
        StatusMeaning::ProxyAuthenticationRequired => "the proxy wants credentials",
        StatusMeaning::RequestTimeout => "the request took too long to arrive",
        StatusMeaning::Conflict => "the request does not fit the state of the target",
        StatusMeaning::Gone => "gone for good",
        StatusMeaning::LengthRequired => "the server wants a Content-Length",
        StatusMeaning::PreconditionFailed => "an If- field did not hold",
        StatusMeaning::ContentTooLarge => "the body is larger than the server accepts",
        StatusMeaning::UriTooLong => "the request-target is longer than the server accepts",
        StatusMeaning::UnsupportedMediaType => "the server does not take this media type or coding",
        StatusMeaning::RangeNotSatisfiable => "the body has no such range",
        StatusMeaning::ExpectationFailed => "the server cannot meet the expectation in Expect",
        StatusMeaning::MisdirectedRequest => "this server does not answer for that host or scheme",
        StatusMeaning::UnprocessableContent => "the body is well-formed, but its content is not acceptable",
        StatusMeaning::Locked => "WebDAV: the target is locked",
        StatusMeaning::FailedDependency => "WebDAV: another action on which this depends failed",
        StatusMeaning::TooEarly => "the server does not risk a replay of TLS early data",
        StatusMeaning::UpgradeRequired => "the server wants another protocol, named in Upgrade",
        StatusMeaning::PreconditionRequired => "the server wants the request to be conditional",
        StatusMeaning::TooManyRequests => "too many requests; Retry-After may say how long to wait",
        StatusMeaning::RequestHeaderFieldsTooLarge => "the header section is larger than the server accepts",
        StatusMeaning::UnavailableForLegalReasons => "not available for legal reasons",
        StatusMeaning::ClientClosedRequest => "nginx's own: the client closed the connection first; it is only logged",
        StatusMeaning::InternalServerError => "an unexpected error inside the server",
        StatusMeaning::NotImplemented => "the server supports this method for no target",
        StatusMeaning::BadGateway => "a proxy got no valid response from its upstream server",
        StatusMeaning::ServiceUnavailable => "the server cannot respond now; Retry-After may say when",
        StatusMeaning::GatewayTimeout => "a proxy got no response in time from its upstream server",
        StatusMeaning::HttpVersionNotSupported => "the server does not support this major version of HTTP",
        StatusMeaning::VariantAlsoNegotiates => "a fault in the server's content negotiation",
        StatusMeaning::InsufficientStorage => "WebDAV: the server has no room left",
        StatusMeaning::LoopDetected => "WebDAV: the server found an endless loop",
        StatusMeaning::NotExtended => "the request lacks an extension that the server wants",
        StatusMeaning::NetworkAuthenticationRequired => "the client must log in to this network first",
        StatusMeaning::Informational => "interim: the final response is still to come",
        StatusMeaning::Successful => "success",
        StatusMeaning::Redirection => "further action is needed, often a request elsewhere",
        StatusMeaning::ClientError => "the request is at fault",
        StatusMeaning::ServerError => "the server failed to carry out a valid request",
        StatusMeaning::NoClass => "no class that is defined; a client treats it as 5xx",
    }
}

fn label(label: Label) -> &'static str {
    match label {
        Label::EmptyLine => "an empty line before the request-line; a server ignores it",
        Label::Method => "what is asked for; case-sensitive",
        Label::StartLineSpace => "exactly one space separates the parts of the start-line",
        Label::RequestTarget => "what the method is applied to",
        Label::HttpVersion => "the highest minor version of this major version that the sender supports",
        Label::StatusCode => "three digits; the first one gives the class",
        Label::ReasonPhrase => "for people only; a client ignores it",
        Label::StartLineCrlf => "ends the start-line",
        Label::FieldName => "case-insensitive; no space may stand before the colon",
        Label::FieldColon => "ends the field name; optional white space follows",
        Label::FieldValue => "the value; white space around it does not count",
        Label::FieldCrlf => "ends the field line",
        Label::EndOfHead => "the blank line ends the header section; the body follows, if there is one",
        Label::BodyData => "octets counted by Content-Length",
        Label::CloseDelimitedData => "no length and no chunks: the body lasts until FIN",
        Label::ChunkSize => "hexadecimal: how many octets of chunk-data follow",
        Label::ChunkExt => "an extension; a recipient that does not know it ignores it",
        Label::ChunkSizeCrlf => "ends the chunk-size line",
        Label::ChunkData => "the octets that the size announced",
        Label::ChunkDataCrlf => "ends the chunk, is not part of its data",
        Label::LastChunkCrlf => "the size was zero: this was the last chunk, the trailer section follows",
        Label::TrailerName => "a field that comes after the body",
        Label::TrailerColon => "ends the name of the trailer field",
        Label::TrailerValue => "its value; merged into the header section only where its definition allows",
        Label::TrailerCrlf => "ends the trailer field",
        Label::EndOfBody => "the blank line ends the trailer section and the message",
        Label::Tunnel => "after CONNECT or an upgrade the octets are no longer HTTP/1.1",
        Label::Unexpected => "no message of HTTP/1.1 has this octet here",
        Label::NotLabelled => "where in a message this octet stands is not known",
        Label::EventBom => "a byte order mark; ignored at the very start only",
        Label::EventComment => "a line that begins with a colon is ignored; it keeps the path awake",
        Label::EventFieldName => "event, data, id or retry; others are ignored",
        Label::EventColon => "ends the name; one space after it is removed",
        Label::EventType => "the event's type; without it, message",
        Label::EventData => "a line of the data; several are joined by LF",
        Label::EventId => "the last event ID, sent when reconnecting",
        Label::EventRetry => "the reconnection time in milliseconds",
        Label::EventUnknown => "the value of a field that is ignored",
        Label::EventLineEnd => "LF, CR or CRLF ends the line",
        Label::EventIgnored => {
            "ends a line that changes nothing: unknown field, NUL in an id, or a retry that is not digits"
        }
        Label::EventDispatch => "the blank line dispatches the event",
        Label::EventBlank => "a blank line without data before it: nothing is dispatched",
    }
}

fn field(meaning: FieldMeaning) -> &'static str {
    match meaning {
        FieldMeaning::Host => "the host and port that the client means",
        FieldMeaning::ConnectionCloseRequest => {
            "this is the client's last request: the server closes after its response"
        }
        FieldMeaning::ConnectionCloseResponse => "the server closes the connection after this response",
        FieldMeaning::ConnectionKeepAlive => "the connection stays open; in HTTP/1.1 it does so without this field too",
        FieldMeaning::ConnectionKeepAliveHttp10 => "keeps a connection of HTTP/1.0 open, if both sides send it",
        FieldMeaning::ConnectionUpgrade => "Upgrade is for this hop only: a proxy does not pass it on",
        FieldMeaning::ConnectionOptions => "names fields that are for this hop only: a proxy removes them",
        FieldMeaning::KeepAlive => "a hint: how long the sender intends to keep the connection open when idle",
        FieldMeaning::ProxyConnection => "no standard field: a mistaken Connection for proxies, to be ignored",
        FieldMeaning::ContentLength => "the octets of the body: the recipient counts them to find its end",
        FieldMeaning::ContentLengthZero => "there is no body, and the recipient knows it at once",
        FieldMeaning::ContentLengthNotSent => {
            "the length that the body would have in answer to a GET; none follows here"
        }
        FieldMeaning::ContentLengthForbidden => "must not stand in a message that never has a body; it is ignored",
        FieldMeaning::ContentLengthOverridden => "is overridden by Transfer-Encoding, beside which it must not stand",
        FieldMeaning::ContentLengthInvalid => "is not one decimal number: where the body ends cannot be known",
        FieldMeaning::ContentLengthRepeated => "repeats the length; a recipient may take it or refuse the message",
        FieldMeaning::TransferEncodingChunked => "the body comes in chunks",
        FieldMeaning::TransferEncodingThenChunked => "the body is transformed first, and the result comes in chunks",
        FieldMeaning::TransferEncodingNotLastRequest => {
            "chunked is not the last coding: where this request ends cannot be known"
        }
        FieldMeaning::TransferEncodingNotLastResponse => "chunked is not the last coding: only FIN ends this body",
        FieldMeaning::TransferEncodingHttp10 => "HTTP/1.0 has no Transfer-Encoding: the framing is faulty",
        FieldMeaning::TransferEncodingNotSent => "how the body would come in answer to a GET; none follows here",
        FieldMeaning::TransferEncodingForbidden => "must not stand in a message that never has a body; it is ignored",
        FieldMeaning::Te => "transfer codings that the client takes besides chunked",
        FieldMeaning::TeTrailers => "the client does not discard a trailer section",
        FieldMeaning::Trailer => "names fields that come after the body, in the trailer section",
        FieldMeaning::Upgrade => "offers another protocol on this connection; the server may ignore it",
        FieldMeaning::UpgradeWebSocket => "the client wants to speak WebSocket on this connection",
        FieldMeaning::UpgradeResponse => "the protocol that the server changes to, or would take",
        FieldMeaning::Http2Settings => "settings for HTTP/2 over plain TCP; obsolete since RFC 9113",
        FieldMeaning::ExpectContinue => "the client waits for 100 before it sends the body",
        FieldMeaning::ExpectHttp10 => "an HTTP/1.0 client cannot wait for 100: the server ignores it",
        FieldMeaning::ExpectUnknown => "an expectation that is not defined; a server may respond with 417",
        FieldMeaning::ContentTypeEventStream => "the body is an event stream: an EventSource reads it as it comes",
        FieldMeaning::ContentTypeJson => "the body is JSON",
        FieldMeaning::ContentTypeForm => "the body is the fields of an HTML form",
        FieldMeaning::ContentTypeMultipart => "the body has several parts, divided by the boundary",
        FieldMeaning::ContentTypeHtml => "the body is a page of HTML",
        FieldMeaning::ContentTypeText => "the body is plain text",
        FieldMeaning::ContentType => "the media type of the body: how it is to be read",
        FieldMeaning::ContentTypeNotSent => "the media type that the body would have in answer to a GET",
        FieldMeaning::ContentEncoding => "the body is compressed, end to end; the client must undo it first",
        FieldMeaning::ContentEncodingNone => "names no content coding: browsers read the body as it is",
        FieldMeaning::ContentLanguage => "the language for whose readers the body is",
        FieldMeaning::ContentLocation => "the address of exactly this representation",
        FieldMeaning::ContentDisposition => "whether a browser shows the body or saves it, and under which name",
        FieldMeaning::ContentRange => "which part of the whole this body is",
        FieldMeaning::ContentDigest => "a digest of the body, to check it",
        FieldMeaning::Accept => "the media types that the client would like",
        FieldMeaning::AcceptEventStream => "the client would like an event stream; EventSource always says so",
        FieldMeaning::AcceptEncoding => "the content codings that the client can undo",
        FieldMeaning::AcceptEncodingIdentity => "the client wants the body as it is, without a content coding",
        FieldMeaning::AcceptLanguage => "the languages that the user prefers, with weights",
        FieldMeaning::AcceptCharset => "deprecated: the character encodings that the client prefers",
        FieldMeaning::AcceptRanges => "whether the server takes Range requests",
        FieldMeaning::AcceptPatch => "the patch formats that the target takes",
        FieldMeaning::AcceptCh => "the client hints that the server would like with later requests",
        FieldMeaning::CacheNoCacheRequest => "a cache must check with the origin server before it responds",
        FieldMeaning::CacheNoStoreRequest => "a cache must not store this request or its response",
        FieldMeaning::CacheMaxAgeRequest => "the client wants no stored response older than this",
        FieldMeaning::CacheRequest => "what the client asks of caches on the way",
        FieldMeaning::CacheNoCacheNoTransform => {
            "caches ask the server before each reuse, and no proxy may compress it"
        }
        FieldMeaning::CacheNoTransform => "no proxy may change the body, for instance compress it",
        FieldMeaning::CacheNoCache => "a cache asks the server before it reuses this",
        FieldMeaning::CacheNoStore => "no cache may store this response",
        FieldMeaning::CachePrivate => "for one user: shared caches must not store it",
        FieldMeaning::CacheMaxAge => "seconds for which a cache may reuse this without asking",
        FieldMeaning::CacheControl => "tells every cache on the way what it may do",
        FieldMeaning::PragmaNoCache => "the no-cache of HTTP/1.0; Cache-Control replaces it",
        FieldMeaning::Pragma => "a directive from HTTP/1.0; deprecated",
        FieldMeaning::Expires => "when the response becomes stale; max-age overrides it",
        FieldMeaning::Age => "seconds since the origin server made or confirmed this: a cache has responded",
        FieldMeaning::Vary => "request fields on which the response depends: caches compare them",
        FieldMeaning::Warning => "obsolete: what a cache had to say about the response",
        FieldMeaning::Etag => "the version of this representation, for later conditional requests",
        FieldMeaning::LastModified => "when the representation was last changed",
        FieldMeaning::IfNoneMatch => "only if the version has changed; else 304 without a body",
        FieldMeaning::IfModifiedSince => "only if it was changed since then; else 304 without a body",
        FieldMeaning::IfMatch => "only if the version is still this one; else 412",
        FieldMeaning::IfUnmodifiedSince => "only if it was not changed since then; else 412",
        FieldMeaning::IfRange => "the part only if the version is still this one; else the whole",
        FieldMeaning::Range => "the client wants only this part of the body",
        FieldMeaning::Date => "when the message was made",
        FieldMeaning::Server => "the software of the server",
        FieldMeaning::UserAgent => "the software of the client",
        FieldMeaning::Allow => "the methods that the target supports",
        FieldMeaning::Location => "where to go instead, or what was created",
        FieldMeaning::RetryAfter => "how long to wait before the next request",
        FieldMeaning::MaxForwards => "how many proxies may still pass this on",
        FieldMeaning::Authorization => "the client's credentials for this server",
        FieldMeaning::ProxyAuthorization => "the client's credentials for the next proxy",
        FieldMeaning::WwwAuthenticate => "how the client may authenticate itself here",
        FieldMeaning::ProxyAuthenticate => "how the client may authenticate itself to this proxy",
        FieldMeaning::AuthenticationInfo => "the result of a successful authentication",
        FieldMeaning::Cookie => "what this server gave the client to send back: often who is logged in",
        FieldMeaning::SetCookie => "the client is to send this back with later requests",
        FieldMeaning::ApiKey => "a key that identifies and authorizes the client",
        FieldMeaning::Referer => "the page from which the request comes; the name is misspelt",
        FieldMeaning::Origin => "the origin (scheme, host, port) of the page that makes the request",
        FieldMeaning::From => "an e-mail address of the person who runs the client",
        FieldMeaning::Via => "the proxies through which the message has come",
        FieldMeaning::Forwarded => "what a proxy knows of the client: address, host, scheme",
        FieldMeaning::XForwardedFor => "the client's address as a proxy saw it; anyone may write it",
        FieldMeaning::XForwarded => "what the client had asked a proxy for: scheme, host, port or target",
        FieldMeaning::RequestId => "a number by which this request is found in logs",
        FieldMeaning::Traceparent => "joins this request to a distributed trace",
        FieldMeaning::TraceState => "what a tracing system adds to the distributed trace",
        FieldMeaning::Baggage => "values that go along with a distributed trace",
        FieldMeaning::AltSvc => "the same server is also reached like this, often by HTTP/3",
        FieldMeaning::AltUsed => "the client uses an alternative that Alt-Svc named",
        FieldMeaning::Priority => "how urgent the response is, and whether it can be used in parts",
        FieldMeaning::EarlyData => "the request came in TLS early data and may be a replay",
        FieldMeaning::Dnt => "the user asks not to be tracked; discontinued",
        FieldMeaning::SecGpc => "the user does not want data to be sold or shared",
        FieldMeaning::SaveData => "the user wants to save data",
        FieldMeaning::SecFetchSite => "how the page's origin relates to this server; the browser vouches for it",
        FieldMeaning::SecFetchMode => "what kind of request it is: navigate, cors, no-cors",
        FieldMeaning::SecFetchDest => "what the response is for: document, script, empty for fetch and EventSource",
        FieldMeaning::SecFetchUser => "the user has started this navigation",
        FieldMeaning::SecChUa => "the browser's brand, platform or device",
        FieldMeaning::SecPurpose => "the browser only prefetches",
        FieldMeaning::UpgradeInsecureRequests => "the browser would rather be redirected to https",
        FieldMeaning::XRequestedWith => "a script, not a link or a form, makes the request",
        FieldMeaning::SecWebSocket => "a part of the handshake of WebSocket",
        FieldMeaning::AccessControlRequest => "a preflight asks: what the page wants to send with the real request",
        FieldMeaning::AccessControlAllowOrigin => "the origin whose pages a browser lets read this response",
        FieldMeaning::AccessControlAllowCredentials => "pages may read this although cookies were sent",
        FieldMeaning::AccessControlAllow => "what pages of another origin may send",
        FieldMeaning::AccessControlExpose => "response fields that pages of another origin may read",
        FieldMeaning::AccessControlMaxAge => "seconds for which a browser remembers the preflight",
        FieldMeaning::CrossOriginPolicy => "isolates the page or the resource from other origins",
        FieldMeaning::TimingAllowOrigin => "origins whose pages may see how long this took",
        FieldMeaning::LastEventId => "the id of the last event that the client has: the server continues after it",
        FieldMeaning::XAccelBufferingNo => "keeps nginx from buffering this response",
        FieldMeaning::XAccelBuffering => "lets nginx buffer this response",
        FieldMeaning::XAccel => "tells nginx how to pass this response on",
        FieldMeaning::StrictTransportSecurity => "browsers use https only for this host from now on",
        FieldMeaning::ContentSecurityPolicy => "what a browser may load or run for this page",
        FieldMeaning::XContentTypeOptions => "a browser must not guess another media type",
        FieldMeaning::XFrameOptions => "whether the page may stand in a frame",
        FieldMeaning::XXssProtection => "a filter of old browsers; Content-Security-Policy replaces it",
        FieldMeaning::ReferrerPolicy => "how much of this page's address its requests tell",
        FieldMeaning::PermissionsPolicy => "browser features that the page may use",
        FieldMeaning::Reporting => "where a browser sends reports of failures",
        FieldMeaning::ClearSiteData => "the browser is to delete what it has stored for this origin",
        FieldMeaning::ServerTiming => "how long parts of the server's work took",
        FieldMeaning::Link => "related addresses, such as what to preload",
        FieldMeaning::Refresh => "the browser loads the page again after this time",
        FieldMeaning::XPoweredBy => "the framework of the server",
        FieldMeaning::XCache => "whether a cache on the way has responded",
        FieldMeaning::UpstreamTime => "milliseconds that the upstream server took",
        FieldMeaning::ProxyOwn => "a field of a proxy or CDN, for its own use",
        FieldMeaning::XRobotsTag => "what search engines may do with the page",
        FieldMeaning::RateLimit => "how many requests or tokens are left, and until when",
        FieldMeaning::IdempotencyKey => "the server carries out a repeated request with this key once",
        FieldMeaning::SdkTelemetry => "the SDK's version, language and platform",
        FieldMeaning::ApiVersion => "the version of the API that the client means",
        FieldMeaning::ApiAccount => "the organization or project that is billed",
        FieldMeaning::ProcessingTime => "milliseconds that the model took",
        FieldMeaning::Grpc => "a part of gRPC, which needs HTTP/2",
        FieldMeaning::ClientHint => "a client hint: what the device or its network can do",
        FieldMeaning::ServiceWorker => "the request fetches a service worker or is preloaded for one",
        FieldMeaning::ServiceWorkerAllowed => "the paths that a service worker from this address may serve",
        FieldMeaning::Dictionary => "about a shared dictionary for compression",
        FieldMeaning::BrowserOwn => "a field that a browser adds itself; scripts cannot set it",
        FieldMeaning::CsrfToken => "shows that the request comes from a page of the same site",
        FieldMeaning::MethodOverride => "another method that the server is to take instead",
        FieldMeaning::Mcp => "the session or version of the Model Context Protocol",
        FieldMeaning::Prefer => "how the client would like the request to be handled",
        FieldMeaning::PreferenceApplied => "which wish of Prefer the server has followed",
        FieldMeaning::CdnLoop => "the CDNs that the request has passed, so that a loop is found",
        FieldMeaning::RequestStart => "when a proxy got the request: shows how long it has waited",
        FieldMeaning::ProxyStatus => "what the proxies on the way did, and their errors",
        FieldMeaning::CdnCache => "what the caches of a CDN alone may do",
        FieldMeaning::CacheTag => "names by which a CDN can remove the response from its caches",
        FieldMeaning::RetryHint => "tells the SDK whether or when to try again",
        FieldMeaning::Negotiation => "the result of a content negotiation by the server",
        FieldMeaning::OldBrowsers => "for browsers of the past; those of today ignore it",
        FieldMeaning::CrossDomainPolicies => "whether plug-ins may read from other sites",
        FieldMeaning::DnsPrefetch => "whether the browser may look up names of links in advance",
        FieldMeaning::SourceMap => "where the map from a script to its source is",
        FieldMeaning::Prerendering => "rules for pages that the browser loads in advance",
        FieldMeaning::OriginTrial => "a token that turns on a trial feature of the browser",
        FieldMeaning::DocumentPolicy => "which features of the browser the page turns off",
        FieldMeaning::Deprecation => "since when or until when this address is in use",
        FieldMeaning::Dav => "the classes of WebDAV that the target supports",
        FieldMeaning::AcceptPost => "the media types that the target takes by POST",
        FieldMeaning::Topics => "advertising topics that the browser has guessed",
        FieldMeaning::Unknown => "not known here; a recipient ignores a field that it does not know",
    }
}
