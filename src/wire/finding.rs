//! What can be found of a response or a stream: the values that a verdict consists of.
//!
//! ```text
//! ... 0 CRLF CRLF                   Complete { end: LastChunk, events: 100, every: 100 ms }
//! ... 5 CRLF h e l l o CRLF  FIN    Incomplete { cut: Fin, ending: InsideChunked, .. }
//! ... no Content-Length ... FIN     EndUnknown: a whole body and a broken one look the same
//! ```
//!
//! A finding is a value and no sentence: programs read its [`Finding::code`] and its numbers, and
//! each sink says it in its own language ([`super::explain`]). The judge that makes them is in
//! `trace`; a value that all later rooms show stands here, beside [`super::cause::Cause`].
//!
//! For the next editor: a finding says what the octets and their times prove from where they were
//! seen. What only another place could see is not said.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::body_rule::Remark;
use super::ending::Ending;
use super::fault::Fault;
use super::gap::Gap;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// A fact that may surprise.
    Note,
    /// It works, but late, or not for long.
    Warning,
    /// The client has not what was sent, or cannot know whether it has.
    Broken,
}

impl Severity {
    /// The name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Severity::Ok => "ok",
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Broken => "broken",
        }
    }
}

/// A duration; for programs it is a number of seconds, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Seconds(pub Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_micros() as f64 / 1e6)
    }
}

/// What ends a response whose end can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WholeEnd {
    /// The last chunk, with its trailer section.
    LastChunk,
    /// As many octets as Content-Length announced.
    ContentLength,
    /// Its head: such a response has no body.
    NoBody,
}

/// What ended a connection or one direction of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// FIN: in order.
    Fin,
    /// RST: an error of the connection.
    Rst,
}

/// The events of a stream, as far as they passed; none of a response that is no event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EventCount {
    /// Events that a blank line has dispatched.
    pub events: u32,
    /// The time between two of them, if it is nearly always the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Seconds>,
}

/// The language of a model's stream, as far as its end is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Chunks of `chat.completion.chunk`, and `[DONE]` at the end.
    ChatCompletions,
    /// `message_start`, and `message_stop` at the end.
    Messages,
}

/// Fields that an event stream should have in its head and has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MissingFields {
    /// Cache-Control with no-cache or no-store: a cache may keep the stream.
    pub no_cache: bool,
    /// Cache-Control with no-transform: a proxy may compress the stream.
    pub no_transform: bool,
    /// A charset in Content-Type: some clients guess another one than UTF-8.
    pub charset: bool,
}

/// Which message has the version HTTP/1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Http10 {
    /// The request, so that the server cannot send chunks.
    Request,
    /// The response, although the request was HTTP/1.1.
    Response,
}

/// A product that names itself in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// nginx, or what is made of it.
    Nginx,
    /// Apache httpd.
    Apache,
    /// Caddy.
    Caddy,
    /// Varnish.
    Varnish,
    /// lighttpd.
    Lighttpd,
    /// Squid.
    Squid,
    /// Express, of Node.
    Express,
}

/// A field that a proxy may add to a response, or remove from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldName {
    /// `Content-Type`.
    ContentType,
    /// `Content-Length`.
    ContentLength,
    /// `Content-Encoding`.
    ContentEncoding,
    /// `Transfer-Encoding`.
    TransferEncoding,
    /// `Cache-Control`.
    CacheControl,
    /// `X-Accel-Buffering`.
    XAccelBuffering,
    /// `Vary`.
    Vary,
    /// `ETag`.
    ETag,
    /// `Set-Cookie`.
    SetCookie,
    /// `Access-Control-Allow-Origin`.
    AllowOrigin,
    /// `Retry-After`.
    RetryAfter,
    /// `Location`.
    Location,
}

impl FieldName {
    /// All of them.
    pub const ALL: [FieldName; 12] = [
        FieldName::ContentType,
        FieldName::ContentLength,
        FieldName::ContentEncoding,
        FieldName::TransferEncoding,
        FieldName::CacheControl,
        FieldName::XAccelBuffering,
        FieldName::Vary,
        FieldName::ETag,
        FieldName::SetCookie,
        FieldName::AllowOrigin,
        FieldName::RetryAfter,
        FieldName::Location,
    ];

    /// As it is usually written.
    pub const fn name(self) -> &'static str {
        match self {
            FieldName::ContentType => "Content-Type",
            FieldName::ContentLength => "Content-Length",
            FieldName::ContentEncoding => "Content-Encoding",
            FieldName::TransferEncoding => "Transfer-Encoding",
            FieldName::CacheControl => "Cache-Control",
            FieldName::XAccelBuffering => "X-Accel-Buffering",
            FieldName::Vary => "Vary",
            FieldName::ETag => "ETag",
            FieldName::SetCookie => "Set-Cookie",
            FieldName::AllowOrigin => "Access-Control-Allow-Origin",
            FieldName::RetryAfter => "Retry-After",
            FieldName::Location => "Location",
        }
    }
}

/// Fields of a head, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldNames(u16);

impl FieldNames {
    /// The set has a field with this name.
    pub fn add(&mut self, name: &str) {
        let place = FieldName::ALL.iter().position(|known| known.name().eq_ignore_ascii_case(name));
        self.0 |= place.map_or(0, |place| 1 << place);
    }

    /// What stands here and not in `other`.
    #[must_use]
    pub fn without(self, other: FieldNames) -> FieldNames {
        FieldNames(self.0 & !other.0)
    }

    /// The fields, in the order of their table.
    pub fn iter(self) -> impl Iterator<Item = FieldName> {
        FieldName::ALL.into_iter().enumerate().filter(move |(place, _)| self.0 >> place & 1 == 1).map(|(_, name)| name)
    }

    /// There is none in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Serialize for FieldNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(FieldName::name))
    }
}

/// How a proxy holds events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldKind {
    /// All of them left in one piece.
    UntilTheEnd,
    /// They left whenever this many octets were together.
    Buffer(u64),
    /// They left at one period.
    Timer(Seconds),
    /// Each left when the next one came.
    OneBehind,
    /// Late, in no such way.
    Late,
}

/// How a body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delimited {
    /// By chunks.
    Chunked,
    /// By Content-Length.
    ContentLength,
    /// By FIN.
    Fin,
}

/// Which side ended a response that is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ender {
    /// The application, at the inner hop.
    App,
    /// What stands between the hops.
    Proxy,
}

/// The names of two hops: a finding that has them compares what passed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hops<'a> {
    /// The outer one, to which the client connects.
    pub edge: &'a str,
    /// The inner one, to which the proxy connects.
    pub app: &'a str,
}

/// One thing that is found of a response, or of the stream in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Finding {
    /// The response is complete, and its end is its own.
    Complete {
        /// What ended it.
        end: WholeEnd,
        /// The events in it.
        #[serde(flatten)]
        count: Option<EventCount>,
    },
    /// FIN ended a response without announced length: whether all of it came cannot be known.
    EndUnknown {
        /// The events in it.
        #[serde(flatten)]
        count: Option<EventCount>,
    },
    /// The server's side ended the connection inside of the response.
    Incomplete {
        /// How.
        cut: Cut,
        /// Where in the response it came.
        #[serde(serialize_with = "ending_code")]
        ending: Ending,
        /// The events that came whole.
        #[serde(flatten)]
        count: Option<EventCount>,
        /// How long no octet had passed before, in either direction.
        idle: Seconds,
    },
    /// The client ended the connection first, while the response was running.
    ClientLeft {
        /// How.
        cut: Cut,
        /// The events that came before.
        #[serde(flatten)]
        count: Option<EventCount>,
        /// How long no octet had passed before, in either direction.
        idle: Seconds,
    },
    /// The connection ended before any octet of a response.
    Unanswered {
        /// How.
        cut: Cut,
        /// How long the request had waited.
        waited: Seconds,
    },
    /// No connection to the origin could be made, so there is no response.
    NoOrigin,
    /// The response had not ended when the trace did.
    StillOpen {
        /// The events so far.
        #[serde(flatten)]
        count: Option<EventCount>,
        /// How long no octet has passed, in either direction.
        idle: Seconds,
    },
    /// The place of some octets was not known, so that nothing can be said of the response.
    NotJudged {
        /// Why.
        #[serde(serialize_with = "gap_code")]
        gap: Gap,
    },
    /// An octet cannot stand where it stands: nothing after it can be read.
    Framing {
        /// Why.
        #[serde(serialize_with = "fault_code")]
        fault: Fault,
    },
    /// The head says what the message as a whole must not say.
    Contradiction {
        /// What it says.
        #[serde(serialize_with = "remark_code")]
        remark: Remark,
    },
    /// A proxy has answered for a server that it could not ask, or that did not answer.
    Gateway {
        /// 502, 503 or 504.
        status: u16,
        /// The time from the last octet of the request to the response.
        waited: Seconds,
    },
    /// The head of an event stream came late.
    LateHead {
        /// The time from the request to the end of the head.
        late: Seconds,
        /// The first octets of the body came with it.
        with_body: bool,
    },
    /// All events of a stream came in one piece, late.
    OnePiece {
        /// How many.
        events: u32,
        /// The time from the request to that piece.
        late: Seconds,
    },
    /// Events came in groups.
    Groups {
        /// Events.
        events: u32,
        /// Pieces in which they came.
        pieces: u32,
        /// The time from group to group, if it is nearly always the same.
        #[serde(skip_serializing_if = "Option::is_none")]
        every: Option<Seconds>,
    },
    /// The response is complete, and its last event has no blank line: no client dispatches it.
    Undispatched,
    /// The event stream is compressed.
    Coded {
        /// Its events could be read here all the same.
        is_read: bool,
    },
    /// Nothing was sent for long, no comment either.
    Silence {
        /// The longest time between two octets of the response.
        longest: Seconds,
    },
    /// The end came after a silence, which is how a time limit ends a stream.
    IdleLimit {
        /// How long no octet had passed.
        idle: Seconds,
    },
    /// No event has an id.
    NoIds,
    /// An id holds NUL, so that clients ignore it.
    IdIgnored,
    /// A reconnection time of 0.
    RetryZero,
    /// The request had Last-Event-ID, and the stream went on with events that are new here.
    Resumed,
    /// The request had Last-Event-ID, and the stream began again with events that had come before.
    ResumeRepeats,
    /// 204 to an event stream's request: an EventSource does not reconnect.
    Stopped,
    /// A client gets the same events again and again.
    ReconnectLoop {
        /// Streams that began with the same event.
        times: u32,
        /// The time between the last two.
        every: Seconds,
    },
    /// The server closes the connection, although the client would keep it.
    ClosesConnection,
    /// A model's stream ended without its end mark.
    NoDone {
        /// Which mark is missing.
        dialect: Dialect,
    },
    /// A model's stream holds an error.
    StreamError,
    /// Characters lie in two chunks.
    SplitCharacters {
        /// How many.
        times: u32,
    },
    /// Events lie in several chunks.
    EventInChunks {
        /// Events that do.
        events: u32,
        /// The most chunks of one event.
        chunks: u32,
    },
    /// What the head of an event stream should say, and does not.
    MissingFields(MissingFields),
    /// A message of HTTP/1.0.
    Http10 {
        /// Which one.
        message: Http10,
    },
    /// The client did not read: octets waited for it.
    ClientDoesNotRead {
        /// The most octets that waited at once.
        octets: u64,
    },
    /// Two hops: what stands between them kept events.
    Held {
        /// In which way.
        kind: HeldKind,
        /// Events that passed both hops.
        events: u32,
        /// The longest time that one of them was kept.
        late: Seconds,
        /// Half of them were kept for longer.
        median: Seconds,
        /// The time from the first event to the last at the inner hop.
        over: Seconds,
        /// Pieces in which they came to the outer hop.
        pieces: u32,
        /// They were compressed between the hops.
        coded: bool,
        /// What stands between the hops, as far as it names itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
    },
    /// Two hops: what stands between them kept the head.
    HeldHead {
        /// How long.
        late: Seconds,
        /// What stands between the hops, as far as it names itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
    },
    /// Two hops: events passed at once.
    Passed {
        /// Events that passed both hops.
        events: u32,
        /// The longest time that one of them took.
        late: Seconds,
        /// Half of them took longer.
        median: Seconds,
    },
    /// Two hops: the events of one cannot be found among those of the other.
    NotMatched {
        /// Events at the inner hop.
        sent: u32,
        /// Events at the outer hop.
        passed: u32,
    },
    /// Two hops: the application broke off, and the client's response is complete.
    MaskedEnd {
        /// The event after which it broke off.
        events: u32,
    },
    /// Two hops: what stands between them closed first, after a silence of the application.
    ProxyTimeout {
        /// How long no octet had passed at the inner hop.
        idle: Seconds,
        /// The client's response was finished in order all the same.
        finished: bool,
    },
    /// Two hops: the application has ended, and the client's response goes on without an octet.
    Hang {
        /// How long.
        since: Seconds,
    },
    /// Two hops: events did not reach the client.
    Lost {
        /// Events at the inner hop.
        sent: u32,
        /// Events at the outer hop.
        passed: u32,
    },
    /// Two hops: the client got the proxy's own error.
    ProxyError {
        /// The status that the client got.
        status: u16,
        /// The status that the application sent, if it sent one.
        #[serde(skip_serializing_if = "Option::is_none")]
        app: Option<u16>,
    },
    /// Two hops: the client has left, and the application's response went on.
    LeftRunning {
        /// How long.
        since: Seconds,
    },
    /// Two hops: the body is delimited in another way, or compressed.
    Recoded {
        /// At the inner hop.
        from: Delimited,
        /// At the outer hop.
        to: Delimited,
        /// It is compressed at the outer hop and not at the inner one.
        coded: bool,
    },
    /// Two hops: comments did not pass.
    CommentsDropped {
        /// Comments at the inner hop.
        sent: u32,
        /// Comments at the outer hop.
        passed: u32,
    },
    /// Two hops: fields of the head that one has and the other has not.
    FieldsChanged {
        /// At the outer hop only.
        added: FieldNames,
        /// At the inner hop only.
        removed: FieldNames,
    },
    /// Two hops: which side ended a response that is not complete.
    EndedFirst {
        /// That side.
        side: Ender,
    },
}

impl Finding {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Finding::Complete { .. } => "complete",
            Finding::EndUnknown { .. } => "end-unknown",
            Finding::Incomplete { .. } => "incomplete",
            Finding::ClientLeft { .. } => "client-left",
            Finding::Unanswered { .. } => "unanswered",
            Finding::NoOrigin => "no-origin",
            Finding::StillOpen { .. } => "still-open",
            Finding::NotJudged { .. } => "not-judged",
            Finding::Framing { .. } => "framing",
            Finding::Contradiction { .. } => "contradiction",
            Finding::Gateway { .. } => "gateway",
            Finding::LateHead { .. } => "late-head",
            Finding::OnePiece { .. } => "one-piece",
            Finding::Groups { .. } => "groups",
            Finding::Undispatched => "undispatched",
            Finding::Coded { .. } => "coded",
            Finding::Silence { .. } => "silence",
            Finding::IdleLimit { .. } => "idle-limit",
            Finding::NoIds => "no-ids",
            Finding::IdIgnored => "id-ignored",
            Finding::RetryZero => "retry-zero",
            Finding::Resumed => "resumed",
            Finding::ResumeRepeats => "resume-repeats",
            Finding::Stopped => "stopped",
            Finding::ReconnectLoop { .. } => "reconnect-loop",
            Finding::ClosesConnection => "closes-connection",
            Finding::NoDone { .. } => "no-done",
            Finding::StreamError => "stream-error",
            Finding::SplitCharacters { .. } => "split-characters",
            Finding::EventInChunks { .. } => "event-in-chunks",
            Finding::MissingFields(_) => "missing-fields",
            Finding::Http10 { .. } => "http10",
            Finding::ClientDoesNotRead { .. } => "client-does-not-read",
            Finding::Held { .. } => "held",
            Finding::HeldHead { .. } => "held-head",
            Finding::Passed { .. } => "passed",
            Finding::NotMatched { .. } => "not-matched",
            Finding::MaskedEnd { .. } => "masked-end",
            Finding::ProxyTimeout { .. } => "proxy-timeout",
            Finding::Hang { .. } => "hang",
            Finding::Lost { .. } => "lost",
            Finding::ProxyError { .. } => "proxy-error",
            Finding::LeftRunning { .. } => "left-running",
            Finding::Recoded { .. } => "recoded",
            Finding::CommentsDropped { .. } => "comments-dropped",
            Finding::FieldsChanged { .. } => "fields-changed",
            Finding::EndedFirst { .. } => "ended-first",
        }
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        match self {
            Finding::Complete { .. } | Finding::Resumed | Finding::Stopped | Finding::Passed { .. } => Severity::Ok,
            Finding::EndUnknown { .. }
            | Finding::ClientLeft { .. }
            | Finding::StillOpen { .. }
            | Finding::NotJudged { .. }
            | Finding::OnePiece { .. }
            | Finding::Groups { .. }
            | Finding::NoIds
            | Finding::ClosesConnection
            | Finding::SplitCharacters { .. }
            | Finding::EventInChunks { .. }
            | Finding::MissingFields(_)
            | Finding::Http10 { .. }
            | Finding::ClientDoesNotRead { .. }
            | Finding::NotMatched { .. }
            | Finding::Recoded { .. }
            | Finding::FieldsChanged { .. }
            | Finding::EndedFirst { .. } => Severity::Note,
            Finding::Contradiction { .. }
            | Finding::LateHead { .. }
            | Finding::Coded { .. }
            | Finding::Silence { .. }
            | Finding::IdleLimit { .. }
            | Finding::IdIgnored
            | Finding::RetryZero
            | Finding::ResumeRepeats
            | Finding::ReconnectLoop { .. }
            | Finding::Held { .. }
            | Finding::HeldHead { .. }
            | Finding::LeftRunning { .. }
            | Finding::CommentsDropped { .. } => Severity::Warning,
            Finding::Incomplete { .. }
            | Finding::Unanswered { .. }
            | Finding::NoOrigin
            | Finding::Framing { .. }
            | Finding::Gateway { .. }
            | Finding::Undispatched
            | Finding::NoDone { .. }
            | Finding::StreamError
            | Finding::MaskedEnd { .. }
            | Finding::ProxyTimeout { .. }
            | Finding::Hang { .. }
            | Finding::Lost { .. }
            | Finding::ProxyError { .. } => Severity::Broken,
        }
    }

    /// The section that it rests on; empty where no standard has a word in it.
    pub const fn section(self) -> &'static str {
        match self {
            Finding::Complete { end: WholeEnd::LastChunk, .. } => "RFC 9112 7.1",
            Finding::Complete { .. } | Finding::EndUnknown { .. } => "RFC 9112 6.3",
            Finding::Incomplete { ending, .. } => ending.section(),
            Finding::ClientLeft { .. } | Finding::Unanswered { .. } => "RFC 9112 9.5",
            Finding::Gateway { .. } => "RFC 9110 15.6",
            Finding::LateHead { .. } => "WHATWG HTML, The EventSource interface",
            Finding::Undispatched | Finding::IdIgnored | Finding::RetryZero => {
                "WHATWG HTML, Interpreting an event stream"
            }
            Finding::Coded { .. } => "RFC 9110 8.4",
            Finding::Silence { .. } | Finding::IdleLimit { .. } => "WHATWG HTML, Authoring notes",
            Finding::NoIds | Finding::Resumed | Finding::ResumeRepeats => "WHATWG HTML, The Last-Event-ID header",
            Finding::Stopped | Finding::ReconnectLoop { .. } => "WHATWG HTML, Server-sent events",
            Finding::ClosesConnection => "RFC 9112 9.6",
            Finding::SplitCharacters { .. } | Finding::EventInChunks { .. } => "RFC 9112 7.1",
            Finding::MissingFields(_) => "RFC 9111 5.2.2",
            Finding::Http10 { .. } => "RFC 9112 2.3",
            Finding::ClientDoesNotRead { .. } => "RFC 9293 3.8.6",
            Finding::Framing { fault } => fault.section(),
            Finding::Contradiction { remark } => remark.section(),
            Finding::Held { .. } | Finding::HeldHead { .. } => "RFC 9110 3.7",
            Finding::MaskedEnd { .. } | Finding::Hang { .. } => "RFC 9112 8",
            Finding::ProxyError { .. } => "RFC 9110 15.6",
            Finding::Recoded { .. } => "RFC 9112 6",
            Finding::CommentsDropped { .. } => "WHATWG HTML, Authoring notes",
            Finding::FieldsChanged { .. } => "RFC 9110 7.6",
            Finding::NoOrigin
            | Finding::StillOpen { .. }
            | Finding::NotJudged { .. }
            | Finding::OnePiece { .. }
            | Finding::Groups { .. }
            | Finding::NoDone { .. }
            | Finding::StreamError
            | Finding::Passed { .. }
            | Finding::NotMatched { .. }
            | Finding::ProxyTimeout { .. }
            | Finding::Lost { .. }
            | Finding::LeftRunning { .. }
            | Finding::EndedFirst { .. } => "",
        }
    }

    /// It is about what the source of a stream sent, or guesses at when; of two hops the inner one
    /// knows it better.
    pub const fn is_of_source(self) -> bool {
        matches!(
            self,
            Finding::OnePiece { .. }
                | Finding::Groups { .. }
                | Finding::LateHead { .. }
                | Finding::NoIds
                | Finding::IdIgnored
                | Finding::RetryZero
                | Finding::MissingFields(_)
                | Finding::Resumed
                | Finding::ResumeRepeats
                | Finding::ReconnectLoop { .. }
                | Finding::StreamError
        )
    }

    /// There is something that can be changed about it.
    pub const fn has_remedy(self) -> bool {
        match self {
            Finding::EndUnknown { .. }
            | Finding::Incomplete { .. }
            | Finding::Unanswered { .. }
            | Finding::NoOrigin
            | Finding::Contradiction { .. }
            | Finding::Gateway { .. }
            | Finding::LateHead { .. }
            | Finding::OnePiece { .. }
            | Finding::Groups { .. }
            | Finding::Undispatched
            | Finding::Coded { .. }
            | Finding::Silence { .. }
            | Finding::IdleLimit { .. }
            | Finding::NoIds
            | Finding::IdIgnored
            | Finding::RetryZero
            | Finding::ResumeRepeats
            | Finding::ReconnectLoop { .. }
            | Finding::NoDone { .. }
            | Finding::SplitCharacters { .. }
            | Finding::MissingFields(_)
            | Finding::Http10 { .. }
            | Finding::Held { .. }
            | Finding::HeldHead { .. }
            | Finding::MaskedEnd { .. }
            | Finding::ProxyTimeout { .. }
            | Finding::Hang { .. }
            | Finding::Lost { .. }
            | Finding::ProxyError { .. }
            | Finding::LeftRunning { .. }
            | Finding::CommentsDropped { .. } => true,
            Finding::Complete { .. }
            | Finding::ClientLeft { .. }
            | Finding::StillOpen { .. }
            | Finding::NotJudged { .. }
            | Finding::Framing { .. }
            | Finding::Resumed
            | Finding::Stopped
            | Finding::ClosesConnection
            | Finding::StreamError
            | Finding::EventInChunks { .. }
            | Finding::ClientDoesNotRead { .. }
            | Finding::Passed { .. }
            | Finding::NotMatched { .. }
            | Finding::Recoded { .. }
            | Finding::FieldsChanged { .. }
            | Finding::EndedFirst { .. } => false,
        }
    }
}

fn ending_code<S: Serializer>(ending: &Ending, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(ending.code())
}

fn gap_code<S: Serializer>(gap: &Gap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(gap.code())
}

fn fault_code<S: Serializer>(fault: &Fault, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(fault.code())
}

fn remark_code<S: Serializer>(remark: &Remark, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(remark.code())
}
