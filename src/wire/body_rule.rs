//! The rule of RFC 9112 section 6.3 that ends the body of one message, and what is forbidden in its
//! head as a whole.
//!
//! ```text
//! HEAD /plain          HTTP/1.1 200 OK ... Content-Length: 13    NoBody(Head)    rule 1
//! GET /plain           HTTP/1.1 200 OK ... Content-Length: 13    Length(13)      rule 6
//! GET /api/sse/events  ... Transfer-Encoding: chunked            Chunked         rule 4
//! GET /close           HTTP/1.1 200 OK, neither of them          UntilFin        rule 8
//! ```
//!
//! The dissector derives from this one value both what it says at the end of the head and how it
//! reads on, so that the two cannot differ. [`super::framing::BodyFraming`] is the server's own,
//! stricter answer to the same question.

/// Which rule ends the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRule {
    /// Rule 1: such a response never has a body, whatever its fields say.
    NoBody(Bodiless),
    /// Rule 2: a 2xx answer to CONNECT opens a tunnel.
    Tunnel,
    /// 101: the connection changes to another protocol after this head.
    Upgrade,
    /// The connection preface of HTTP/2, which has the form of a request.
    Preface,
    /// Rule 4: the last chunk ends the body.
    Chunked,
    /// Rule 4: the last transfer coding of a response is not chunked, so FIN ends the body.
    CodingUntilFin,
    /// Rule 4: the last transfer coding of a request is not chunked; its end cannot be known.
    CodingWithoutEnd,
    /// Rule 5: Content-Length is not one decimal number; the end cannot be known.
    InvalidLength,
    /// Rule 6: this many octets.
    Length(u64),
    /// Rule 7: a request with neither length nor coding has no body.
    NoLength,
    /// Rule 8: a response with neither lasts until FIN.
    UntilFin,
    /// The request was not seen, or its method is not kept: whether there is a body cannot be
    /// known.
    MethodNotKnown,
}

/// Why a response never has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodiless {
    /// The request was HEAD.
    Head,
    /// 1xx: the final response is still to come.
    Interim,
    /// The status code is 204 No Content.
    NoContent,
    /// The status code is 304 Not Modified.
    NotModified,
}

impl BodyRule {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            BodyRule::NoBody(Bodiless::Head) => "no-body-head",
            BodyRule::NoBody(Bodiless::Interim) => "no-body-interim",
            BodyRule::NoBody(Bodiless::NoContent) => "no-body-204",
            BodyRule::NoBody(Bodiless::NotModified) => "no-body-304",
            BodyRule::Tunnel => "tunnel-begins",
            BodyRule::Upgrade => "upgrade",
            BodyRule::Preface => "http2-begins",
            BodyRule::Chunked => "chunks-follow",
            BodyRule::CodingUntilFin => "coding-until-fin",
            BodyRule::CodingWithoutEnd => "coding-without-end",
            BodyRule::InvalidLength => "length-invalid",
            BodyRule::Length(0) => "length-zero",
            BodyRule::Length(_) => "length-follows",
            BodyRule::NoLength => "no-body-request",
            BodyRule::UntilFin => "until-fin",
            BodyRule::MethodNotKnown => "method-not-known",
        }
    }

    /// Where the rule is written.
    pub const fn section(self) -> &'static str {
        match self {
            BodyRule::Upgrade => "RFC 9110 15.2.2",
            BodyRule::Preface => "RFC 9113 3.4",
            _ => "RFC 9112 6.3",
        }
    }
}

/// What every octet of a message allows, and the message as a whole forbids; or what is legal and
/// surprising.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// Content-Length and Transfer-Encoding stand in one message.
    LengthBesideCoding,
    /// `chunked` is applied more than once.
    ChunkedTwice,
    /// Transfer-Encoding in a message of HTTP/1.0.
    CodingInHttp10,
    /// A response with Transfer-Encoding to a request of HTTP/1.0.
    CodingToHttp10,
    /// Transfer-Encoding in a 1xx or 204, or in a 2xx to CONNECT.
    CodingWithoutBody,
    /// Content-Length in a 1xx or 204, or in a 2xx to CONNECT.
    LengthWithoutBody,
    /// Several equal values of Content-Length.
    RepeatedLength,
    /// A request of HTTP/1.1 without Host.
    NoHost,
    /// A request with more than one Host.
    SeveralHosts,
    /// A status-line without a reason phrase, which is legal.
    NoReasonPhrase,
    /// One event lies in this many chunks.
    EventOverChunks(u32),
    /// The value is a credential, and masked.
    Masked,
}

impl Remark {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Remark::LengthBesideCoding => "length-beside-coding",
            Remark::ChunkedTwice => "chunked-twice",
            Remark::CodingInHttp10 => "coding-in-http10",
            Remark::CodingToHttp10 => "coding-to-http10",
            Remark::CodingWithoutBody => "coding-without-body",
            Remark::LengthWithoutBody => "length-without-body",
            Remark::RepeatedLength => "repeated-length",
            Remark::NoHost => "no-host",
            Remark::SeveralHosts => "several-hosts",
            Remark::NoReasonPhrase => "no-reason-phrase",
            Remark::EventOverChunks(_) => "event-over-chunks",
            Remark::Masked => "masked",
        }
    }

    /// The section that it rests on.
    pub const fn section(self) -> &'static str {
        match self {
            Remark::LengthBesideCoding => "RFC 9112 6.2",
            Remark::ChunkedTwice | Remark::CodingInHttp10 | Remark::CodingToHttp10 | Remark::CodingWithoutBody => {
                "RFC 9112 6.1"
            }
            Remark::LengthWithoutBody => "RFC 9110 8.6",
            Remark::RepeatedLength => "RFC 9112 6.3",
            Remark::NoHost | Remark::SeveralHosts => "RFC 9112 3.2",
            Remark::NoReasonPhrase => "RFC 9112 4",
            Remark::EventOverChunks(_) => "RFC 9112 7.1",
            Remark::Masked => "",
        }
    }

    /// The sender breaks a rule; otherwise it is legal, and only surprising.
    pub const fn is_forbidden(self) -> bool {
        match self {
            Remark::LengthBesideCoding
            | Remark::ChunkedTwice
            | Remark::CodingInHttp10
            | Remark::CodingToHttp10
            | Remark::CodingWithoutBody
            | Remark::LengthWithoutBody
            | Remark::RepeatedLength
            | Remark::NoHost
            | Remark::SeveralHosts => true,
            Remark::NoReasonPhrase | Remark::EventOverChunks(_) | Remark::Masked => false,
        }
    }
}

/// The remarks about a head as a whole; each one stands in it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeadRemarks(u16);

impl HeadRemarks {
    const ALL: [Remark; 9] = [
        Remark::LengthBesideCoding,
        Remark::ChunkedTwice,
        Remark::CodingInHttp10,
        Remark::CodingToHttp10,
        Remark::CodingWithoutBody,
        Remark::LengthWithoutBody,
        Remark::RepeatedLength,
        Remark::NoHost,
        Remark::SeveralHosts,
    ];

    /// Adds `remark` if `holds`.
    #[must_use]
    pub fn with(self, remark: Remark, holds: bool) -> HeadRemarks {
        let place = HeadRemarks::ALL.iter().position(|other| *other == remark);
        HeadRemarks(self.0 | place.map_or(0, |place| u16::from(holds) << place))
    }

    /// The remarks, in the order of their table.
    pub fn iter(self) -> impl Iterator<Item = Remark> {
        HeadRemarks::ALL.into_iter().enumerate().filter(move |(place, _)| self.0 >> place & 1 == 1).map(|(_, it)| it)
    }
}
