//! A stream in the shape of a language model's: what the SDKs of OpenAI read, from a fixed text.
//!
//! ```text
//! POST /v1/chat/completions  {"messages": [...], "stream": true}
//!
//! data: {... "delta":{"role":"assistant","content":""} ...}     the role of the speaker
//! data: {... "delta":{"content":"A"} ...}                       a token, and a pause after it
//! data: {... "delta":{"content":" stream"} ...}
//! data: {... "delta":{}, "finish_reason":"stop" ...}            the text is complete
//! data: [DONE]                                                  the stream is complete; no JSON
//! 0 CRLF CRLF                                                   the body is complete
//! ```
//!
//! Three ends, one after the other, and each can be left out on request ([`request::ChatRequest`]):
//! so a client can be asked which of them it looks at. `docs/chat.md` has the behaviour of the
//! SDKs; a test writes it down.
//!
//! Events carry no id here, other than everywhere else on this server: the response to a POST
//! cannot be resumed, and the original has none. `data:` is followed by a space, which the grammar
//! does not need but many a hand-written client does.
//!
//! Made up are the text, `created` (there is no clock in this room), and the tokens, which are
//! words.

mod api;
mod request;

use std::time::Duration;

pub(super) use api::error_body;
use request::ChatFault;
pub(super) use request::{ChatError, ChatOptions, ChatRequest};

use super::piece::Piece;

/// The events of a response.
#[derive(Debug)]
pub struct ChatEvents {
    request: ChatRequest,
    /// Index of the event that is sent next.
    index: usize,
    /// The rest of an event that was cut in a character.
    rest: Option<Vec<u8>>,
}

impl ChatEvents {
    pub(super) fn new(request: ChatRequest) -> ChatEvents {
        ChatEvents { request, index: 0, rest: None }
    }

    /// The pause after each event.
    pub(super) fn pause(&self) -> Duration {
        self.request.delay()
    }

    /// The next piece of the stream.
    pub(super) fn next_piece(&mut self) -> Piece {
        if let Some(rest) = self.rest.take() {
            return Piece::Octets(rest);
        }
        let fault = self.request.fault();
        if self.index == self.request.middle() {
            match fault {
                Some(ChatFault::Stall) => return Piece::Stall(STALL),
                Some(ChatFault::ErrorEvent) => {
                    let error = error_body("the model has lost its thread", "server_error");
                    return Piece::Last(format!("data: {error}\n\n").into_bytes());
                }
                _ => {}
            }
        }
        match self.take_event() {
            Some(octets) if fault == Some(ChatFault::SplitCharacter) => Piece::Octets(self.cut_character(octets)),
            Some(mut octets) => {
                if fault == Some(ChatFault::TwoInOneChunk) {
                    octets.extend(self.take_event().unwrap_or_default());
                }
                Piece::Octets(octets)
            }
            None if fault == Some(ChatFault::NoLastChunk) => Piece::Cut,
            None => Piece::End,
        }
    }

    fn take_event(&mut self) -> Option<Vec<u8>> {
        let event = self.request.event(self.index)?;
        self.index += 1;
        Some(event.into_bytes())
    }

    // The octets up to the first one of a character that has several; the others are the next
    // piece.
    fn cut_character(&mut self, mut octets: Vec<u8>) -> Vec<u8> {
        if let Some(first) = octets.iter().position(|octet| !octet.is_ascii()) {
            self.rest = Some(octets.split_off(first + 1));
        }
        octets
    }
}

/// How long a stall lasts at most.
const STALL: Duration = Duration::from_secs(3600);
