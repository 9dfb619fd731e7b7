//! Why a connection refuses a request before the site sees it.
//!
//! ```text
//! GET /plain HTTP/1.1 LF        400, RFC 9112 section 2.2
//! Content-Length: 9999999       413, RFC 9110 section 15.5.14
//! half a head, and 10 s         408, RFC 9110 section 15.5.9
//! ```
//!
//! Where the next request begins is not certain after such a fault, so each of them ends the
//! connection.

use std::fmt;

use super::response::Response;
use crate::wire::chunked::ChunkError;
use crate::wire::head_error::HeadError;
use crate::wire::start_line::Method;
use crate::wire::step::Step;

/// A fault of a request, found by the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The head breaks a rule of the grammar or a bound.
    Head(HeadError),
    /// The chunked coding of the body is broken.
    Body(ChunkError),
    /// The body is, or says that it is, larger than [`super::limits::Limits::body`].
    BodyTooLarge,
    /// The head is not complete in time.
    HeadTimeout,
    /// The body is not complete in time, or stalls.
    BodyTimeout,
    /// The client's FIN came inside the head.
    HeadCutShort,
    /// The client's FIN came inside the body.
    BodyCutShort,
}

impl Refusal {
    /// The name under which it is counted.
    pub(super) fn name(self) -> &'static str {
        match self {
            Refusal::Head(error) => error.name(),
            Refusal::Body(_) => "chunked-coding",
            Refusal::BodyTooLarge => "body-too-large",
            Refusal::HeadTimeout => "head-timeout",
            Refusal::BodyTimeout => "body-timeout",
            Refusal::HeadCutShort => "head-cut-short",
            Refusal::BodyCutShort => "body-cut-short",
        }
    }

    /// The whole response as steps: head, one sentence, FIN.
    pub(super) fn steps(self, method: Option<Method>) -> Vec<Step> {
        let mut steps = Response::text(self.status(), &self.to_string()).steps(method);
        steps.push(Step::Fin);
        steps
    }

    fn status(self) -> u16 {
        match self {
            Refusal::Head(error) => error.status(),
            Refusal::Body(_) | Refusal::HeadCutShort | Refusal::BodyCutShort => 400,
            Refusal::BodyTooLarge => 413,
            Refusal::HeadTimeout | Refusal::BodyTimeout => 408,
        }
    }
}

impl From<ChunkError> for Refusal {
    fn from(error: ChunkError) -> Refusal {
        Refusal::Body(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Head(error) => error.fmt(f),
            Refusal::Body(error) => error.fmt(f),
            Refusal::BodyTooLarge => f.write_str("the request body is larger than is accepted (RFC 9110 15.5.14)"),
            Refusal::HeadTimeout => f.write_str("the request head did not arrive in time (RFC 9110 15.5.9)"),
            Refusal::BodyTimeout => f.write_str("the request body did not arrive in time (RFC 9110 15.5.9)"),
            Refusal::HeadCutShort => f.write_str("FIN came inside a request head: it is incomplete (RFC 9112 8)"),
            Refusal::BodyCutShort => f.write_str("FIN came inside a request body: it is incomplete (RFC 9112 8)"),
        }
    }
}
