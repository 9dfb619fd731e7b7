//! A request body while it arrives.
//!
//! ```text
//! Content-Length: 5 CRLF CRLF hel|lo            5 octets are counted down
//! Transfer-Encoding: chunked CRLF CRLF 5 CRLF ... the chunked coding says where the end is
//! ```
//!
//! A body is held until it is complete, so it has bounds in size and in time. The fault that is
//! reported does not depend on how the octets were cut into pieces.

use std::time::{Duration, Instant};

use super::context::Context;
use super::limits::Limits;
use super::refusal::Refusal;
use crate::wire::chunked::Chunked;
use crate::wire::framing::BodyFraming;
use crate::wire::request::RequestHead;

/// A body that is not complete.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) head: RequestHead,
    pub(super) octets: Vec<u8>,
    /// The client sends the body only after 100 Continue (RFC 9110 section 10.1.1), and that is not
    /// out.
    pub(super) wants_continue: bool,
    reader: BodyReader,
    /// The next octet must arrive before this.
    stalled_at: Instant,
    /// The body must be complete before this.
    complete_until: Instant,
}

/// The framing of a body, as far as it has been read.
#[derive(Debug)]
pub(super) enum BodyReader {
    Length { left: u64 },
    Chunked(Chunked),
}

impl BodyReader {
    /// What reads the body after `head`; none if no body follows.
    ///
    /// # Errors
    /// Its Content-Length is above [`Limits::body`].
    pub(super) fn after(head: &RequestHead, limits: &Limits) -> Result<Option<BodyReader>, Refusal> {
        match head.framing() {
            BodyFraming::None | BodyFraming::CloseDelimited | BodyFraming::ContentLength(0) => Ok(None),
            BodyFraming::ContentLength(left) if left > limits.body => Err(Refusal::BodyTooLarge),
            BodyFraming::ContentLength(left) => Ok(Some(BodyReader::Length { left })),
            BodyFraming::Chunked => Ok(Some(BodyReader::Chunked(Chunked::new(limits.framing_overhead)))),
        }
    }
}

impl Body {
    /// A body of which nothing has been read.
    pub(super) fn new(head: RequestHead, reader: BodyReader, cx: &Context<'_>) -> Body {
        Body {
            wants_continue: head.expects_continue(),
            head,
            octets: Vec::new(),
            reader,
            stalled_at: cx.now + cx.limits.body_stall,
            complete_until: cx.now + cx.limits.body_time,
        }
    }

    /// Takes what belongs to the body from `octets`, and says how many octets that were.
    ///
    /// # Errors
    /// The body is too large, or its chunked coding is broken.
    pub(super) fn read(&mut self, octets: &[u8], limits: &Limits) -> Result<usize, Refusal> {
        match &mut self.reader {
            BodyReader::Length { left } => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(octets.len());
                self.octets.extend_from_slice(&octets[..taken]);
                *left -= taken as u64;
                Ok(taken)
            }
            BodyReader::Chunked(chunked) => {
                let taken = chunked.decode(octets, &mut self.octets);
                let announced = chunked.data_left().saturating_add(self.octets.len() as u64);
                // The announcement stood before any fault, whatever the pieces in which they came.
                if announced > limits.body { Err(Refusal::BodyTooLarge) } else { Ok(taken?) }
            }
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        match &self.reader {
            BodyReader::Length { left } => *left == 0,
            BodyReader::Chunked(chunked) => chunked.is_done(),
        }
    }

    /// Octets have arrived: the stall is measured from now on.
    pub(super) fn arrived(&mut self, cx: &Context<'_>) {
        self.stalled_at = cx.now + cx.limits.body_stall;
    }

    pub(super) fn deadline(&self) -> Instant {
        self.stalled_at.min(self.complete_until)
    }

    /// Moves both deadlines on by a time in which the server held a step.
    pub(super) fn postpone(&mut self, held: Duration) {
        self.stalled_at += held;
        self.complete_until += held;
    }
}
