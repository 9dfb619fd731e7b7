//! What a FIN or RST means, depending on where in a message it comes (RFC 9112 section 8).
//!
//! ```text
//! HTTP/1.1 200 OK CRLF CRLF h e l l o FIN                     BodyComplete: FIN is the end of this body
//! ... Content-Length: 13 CRLF CRLF h e l l o FIN              InsideBody { missing: 8 }
//! ... 5 CRLF h e l l o CRLF 0 CRLF CRLF FIN                   BetweenMessages
//! ... 5 CRLF h e l l o CRLF FIN                               InsideChunked { missing: 0 }: no last chunk
//! ```

use std::fmt;

use super::fault::Fault;
use super::gap::Gap;

/// What a FIN or RST means, depending on where it comes (RFC 9112 section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is cut.
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
    /// Content-Length announced more.
    InsideBody {
        /// So many octets more.
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
    /// Nobody can know where in a message it comes.
    FramingLost(Fault),
    /// The place is not known, although no octet was wrong.
    NotKnown(Gap),
}

impl Ending {
    /// Whether everything that was begun has also been ended.
    pub fn is_complete(self) -> bool {
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

    /// The section that it rests on.
    pub fn section(self) -> &'static str {
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

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::BetweenMessages => f.write_str("between two messages: nothing is cut"),
            Ending::Unanswered { requests: 1 } => f.write_str("a request has no response yet"),
            Ending::Unanswered { requests } => write!(f, "{requests} requests have no response yet"),
            Ending::BodyComplete { undispatched: false } => {
                f.write_str("no length was announced: this FIN ends the body, which is complete")
            }
            Ending::BodyComplete { undispatched: true } => {
                f.write_str("this FIN ends the body; the last event has no blank line and is never dispatched")
            }
            Ending::BodyTorn => {
                f.write_str("no length was announced, and RST is an error, not an end: the message is incomplete")
            }
            Ending::InsideHead => f.write_str("inside a head: the message is incomplete"),
            Ending::InsideBody { missing } => {
                write!(f, "inside a body, {missing} octets before its end: the message is incomplete")
            }
            Ending::InsideChunked { missing: 0 } => {
                f.write_str("inside a chunked body, before its end: the message is incomplete")
            }
            Ending::InsideChunked { missing } => {
                write!(f, "inside a chunk, {missing} octets before its end: the message is incomplete")
            }
            Ending::TunnelClosed => f.write_str("one direction of the tunnel is closed"),
            Ending::TunnelTorn => f.write_str("the tunnel is cut"),
            Ending::FramingLost(_) => f.write_str("where in a message this is cannot be known: the framing was lost"),
            Ending::NotKnown(_) => f.write_str("where in a message this is cannot be known"),
        }
    }
}
