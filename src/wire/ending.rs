//! What a FIN or RST means, depending on where in a message it comes (RFC 9112 section 8).
//!
//! ```text
//! HTTP/1.1 200 OK CRLF CRLF h e l l o FIN          BodyComplete: FIN is the end of this body
//! ... Content-Length: 13 CRLF CRLF h e l l o FIN   InsideBody { missing: 8 }
//! ... 5 CRLF h e l l o CRLF 0 CRLF CRLF FIN        BetweenMessages
//! ... 5 CRLF h e l l o CRLF FIN                    InsideChunked { missing: 0 }: no last chunk
//! ```

use super::fault::Fault;
use super::gap::Gap;

/// What a FIN or RST means, depending on where it comes (RFC 9112 section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// No message has begun: nothing is cut.
    BetweenMessages,
    /// Nothing is cut, but requests wait for their responses.
    Unanswered {
        /// How many of them.
        requests: usize,
    },
    /// A body without announced length: this FIN is its end.
    BodyComplete {
        /// An event of it lacks the blank line and is never dispatched.
        undispatched: bool,
    },
    /// A body without announced length, and an RST, which ends none.
    BodyTorn,
    /// A head has begun and is not complete.
    InsideHead,
    /// Content-Length announced more octets than have come.
    InsideBody {
        /// This many octets more.
        missing: u64,
    },
    /// No last chunk, or no end of the trailer section, has come.
    InsideChunked {
        /// Octets that the current chunk still lacks; 0 between chunks.
        missing: u64,
    },
    /// It closes one direction of a tunnel.
    TunnelClosed,
    /// It cuts both directions of a tunnel.
    TunnelTorn,
    /// Where in a message it comes cannot be known, since an octet was wrong.
    FramingLost(Fault),
    /// The place is not known, although no octet was wrong.
    NotKnown(Gap),
}

impl Ending {
    /// Whether everything that was begun has also been ended.
    pub const fn is_complete(self) -> bool {
        match self {
            Ending::BetweenMessages | Ending::BodyComplete { .. } | Ending::TunnelClosed => true,
            Ending::Unanswered { .. }
            | Ending::BodyTorn
            | Ending::InsideHead
            | Ending::InsideBody { .. }
            | Ending::InsideChunked { .. }
            | Ending::TunnelTorn
            | Ending::FramingLost(_)
            | Ending::NotKnown(_) => false,
        }
    }

    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            Ending::BetweenMessages => "between-messages",
            Ending::Unanswered { .. } => "unanswered",
            Ending::BodyComplete { undispatched: false } => "body-complete",
            Ending::BodyComplete { undispatched: true } => "event-undispatched",
            Ending::BodyTorn => "body-torn",
            Ending::InsideHead => "inside-head",
            Ending::InsideBody { .. } => "inside-body",
            Ending::InsideChunked { .. } => "inside-chunked",
            Ending::TunnelClosed => "tunnel-closed",
            Ending::TunnelTorn => "tunnel-torn",
            Ending::FramingLost(_) => "framing-lost",
            Ending::NotKnown(_) => "not-known",
        }
    }

    /// The section that it rests on.
    pub const fn section(self) -> &'static str {
        match self {
            Ending::BetweenMessages => "RFC 9112 9.6",
            Ending::Unanswered { .. } => "RFC 9112 9.5",
            Ending::BodyComplete { .. } => "RFC 9112 6.3",
            Ending::BodyTorn | Ending::InsideHead | Ending::InsideBody { .. } | Ending::InsideChunked { .. } => {
                "RFC 9112 8"
            }
            Ending::TunnelClosed | Ending::TunnelTorn => "RFC 9110 9.3.6",
            Ending::FramingLost(fault) => fault.section(),
            Ending::NotKnown(_) => "RFC 9112 8",
        }
    }
}
