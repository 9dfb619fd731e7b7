//! Where a body ends: the rules of RFC 9112 section 6.3, in their order.
//!
//! ```text
//! rule  the message                                   its body ends
//! 1     answer to HEAD; 1xx, 204, 304                 there is none, whatever the fields say
//! 2     2xx answer to CONNECT                         there is none: a tunnel begins
//! 3     Transfer-Encoding beside Content-Length       two readings: refused here
//! 4     Transfer-Encoding, chunked last               with the last chunk and its trailer section
//! 5     Content-Length that is no number              refused
//! 6     Content-Length                                after that many octets
//! 7     a request with neither                        at once: there is none
//! 8     a response with neither                       when the connection is closed
//! ```
//!
//! A request that could be read two ways is refused and never repaired: if a proxy between the
//! client and the server took the other reading, the rest of the body would be the next request
//! (section 11.2).

use super::fields::{Fields, decimal, is_decimal};
use super::head_error::HeadError;
use super::start_line::Version;

/// Which rule tells where the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFraming {
    /// There is no body.
    None,
    /// This many octets of body follow the head.
    ContentLength(u64),
    /// The chunked coding says it, in the body itself.
    Chunked,
    /// FIN says it. Responses only.
    CloseDelimited,
}

impl BodyFraming {
    /// The framing of a request's body: rules 3 to 7.
    ///
    /// # Errors
    /// The fields contradict each other or themselves, or name a coding that is not known here
    /// (501).
    pub fn of_request(fields: &Fields, version: Version) -> Result<BodyFraming, HeadError> {
        let mut lengths = fields.values("content-length");
        let length = lengths.next();
        if fields.has("transfer-encoding") {
            // A sender MUST NOT send Content-Length together with Transfer-Encoding (6.1). Taking
            // either is how requests are smuggled (11.2), so both are refused.
            if length.is_some() {
                return Err(HeadError::BothLengthAndCoding);
            }
            return transfer_codings(fields, version);
        }
        match (length, lengths.next()) {
            (None, _) => Ok(BodyFraming::None),
            (Some(value), None) => Ok(BodyFraming::ContentLength(content_length(value)?)),
            // A recipient may take several equal ones (6.3 rule 5); no client needs it.
            (Some(_), Some(_)) => Err(HeadError::SeveralLengths),
        }
    }
}

fn transfer_codings(fields: &Fields, version: Version) -> Result<BodyFraming, HeadError> {
    // Transfer-Encoding on HTTP/1.0 is faulty framing (6.1): an older hop has passed it on unread.
    if version == Version::Http10 {
        return Err(HeadError::CodingOnHttp10);
    }
    // A comma inside a quoted parameter would part what belongs together. No coding that is known
    // has parameters.
    if fields.values("transfer-encoding").any(|value| value.contains(&b'"')) {
        return Err(HeadError::ChunkedNotLast);
    }
    let codings: Vec<&[u8]> = fields.list("transfer-encoding").collect();
    let Some((last, others)) = codings.split_last() else {
        return Err(HeadError::ChunkedNotLast);
    };
    if !last.eq_ignore_ascii_case(b"chunked") || others.iter().any(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
        return Err(HeadError::ChunkedNotLast);
    }
    if others.is_empty() { Ok(BodyFraming::Chunked) } else { Err(HeadError::UnknownCoding) }
}

// Content-Length = 1*DIGIT.
fn content_length(value: &[u8]) -> Result<u64, HeadError> {
    decimal(value).ok_or(if is_decimal(value) { HeadError::LengthTooLarge } else { HeadError::BadLength })
}
