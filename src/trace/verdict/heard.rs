//! What is known of one request, and of the response that runs.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::time::Duration;

use super::coding::{Decoded, Decoder};
use super::events::{Events, Token};
use crate::wire::body_rule::{BodyRule, Remark};
use crate::wire::fault::Fault;
use crate::wire::finding::{EventCount, FieldNames, Product, Seconds};
use crate::wire::gap::Gap;
use crate::wire::label::Label;
use crate::wire::span::{Detail, Span};

/// A request that has no complete response.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    /// When its first octet came.
    pub(super) at: Duration,
    /// When its last octet came so far.
    pub(super) last_octet: Duration,
    /// A hash of its method and target.
    pub(super) target: DefaultHasher,
    pub(super) is_http10: bool,
    pub(super) says_close: bool,
    pub(super) has_last_event_id: bool,
    pub(super) wants_events: bool,
}

/// A response that runs.
#[derive(Debug, Default)]
pub(super) struct Response {
    /// Its number on the connection.
    pub(super) number: u32,
    pub(super) status: u16,
    pub(super) is_http10: bool,
    pub(super) is_event_stream: bool,
    pub(super) has_charset: bool,
    pub(super) no_cache: bool,
    pub(super) no_transform: bool,
    pub(super) says_close: bool,
    /// Content-Encoding names a coding.
    pub(super) is_coded: bool,
    decoder: Option<Box<Decoder>>,
    pub(super) fields: FieldNames,
    pub(super) product: Option<Product>,
    /// Which rule ends its body, once its head is complete.
    pub(super) rule: Option<BodyRule>,
    /// What its head forbids itself.
    pub(super) contradiction: Option<Remark>,
    /// When its head was complete, and with which piece.
    pub(super) head_at: Duration,
    pub(super) head_piece: u64,
    /// The piece with the first octet of the body, and when it came.
    pub(super) body: Option<(u64, Duration)>,
    /// When the last octet came.
    pub(super) last_octet: Duration,
    /// The longest time between two octets.
    pub(super) silence: Duration,
    pub(super) events: Events,
    /// Events that lie in several chunks, and the most chunks of one.
    pub(super) in_chunks: (u32, u32),
    /// Characters that lie in two chunks.
    pub(super) split_characters: u32,
    /// Octets of a character that are still to come.
    character: u8,
    /// The most octets that waited for the client.
    pub(super) pending: usize,
    /// Why the place of its octets is not known, if it is not.
    pub(super) gap: Option<Gap>,
    /// Why an octet cannot stand where it stands.
    pub(super) fault: Option<Fault>,
}

impl Request {
    /// Method and target as a number.
    pub(super) fn key(&self) -> u64 {
        self.target.finish()
    }

    /// A field line, name and value in lower case.
    pub(super) fn take_field(&mut self, name: &str, value: &str) {
        match name {
            "connection" => self.says_close |= has_member(value, "close"),
            "last-event-id" => self.has_last_event_id = true,
            "accept" => self.wants_events = value.contains("text/event-stream"),
            _ => {}
        }
    }
}

impl Response {
    pub(super) fn new(number: u32, at: Duration) -> Response {
        Response { number, last_octet: at, ..Response::default() }
    }

    /// An octet of it came.
    pub(super) fn octet_came(&mut self, at: Duration) {
        if self.rule.is_some() {
            self.silence = self.silence.max(at.saturating_sub(self.last_octet));
        }
        self.last_octet = at;
    }

    /// Digits of the status code.
    pub(super) fn take_status(&mut self, digits: &[u8]) {
        for digit in digits {
            self.status = self.status.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0')));
        }
    }

    /// A field line, name and value in lower case.
    pub(super) fn take_field(&mut self, name: &str, value: &str) {
        self.fields.add(name);
        match name {
            "content-type" => {
                self.is_event_stream = value.split(';').next().is_some_and(|it| it.trim() == "text/event-stream");
                self.has_charset = value.contains("charset=");
            }
            "cache-control" => {
                self.no_cache |= has_member(value, "no-cache") || has_member(value, "no-store");
                self.no_transform |= has_member(value, "no-transform");
            }
            "content-encoding" => {
                self.is_coded = value != "identity";
                self.decoder = Decoder::new(value).map(Box::new);
            }
            "connection" => self.says_close |= has_member(value, "close"),
            "server" | "via" | "x-powered-by" => self.product = self.product.or_else(|| product(value)),
            _ => {}
        }
    }

    /// Octets of the body, which came with `piece`. The hashes of the events that they dispatch.
    pub(super) fn content(&mut self, at: Duration, piece: u64, span: &Span, octets: &[u8], hashes: &mut Vec<u64>) {
        self.body.get_or_insert((piece, at));
        if span.label == Label::ChunkData {
            self.follow_characters(octets);
        }
        let events = &mut self.events;
        if let Some(label) = span.content {
            hashes.extend(events.token(at, piece, Token { label, begins: span.starts, octets }));
            match span.detail {
                Detail::Line(line) => events.line(line, label == Label::EventLineEnd),
                Detail::Event { chunks } if chunks > 1 => {
                    self.in_chunks = (self.in_chunks.0.saturating_add(1), self.in_chunks.1.max(chunks));
                }
                _ => {}
            }
        } else if let Some(decoder) = self.decoder.as_mut().filter(|_| self.is_event_stream) {
            decoder.octets(octets, |decoded| match decoded {
                Decoded::Token(token) => hashes.extend(events.token(at, piece, token)),
                Decoded::Line(line, is_heeded) => events.line(line, is_heeded),
            });
        }
    }

    // The first octet of a character says how many follow (RFC 3629 section 3).
    fn follow_characters(&mut self, octets: &[u8]) {
        if self.is_coded || !self.is_event_stream {
            return;
        }
        for octet in octets {
            self.character = match octet {
                0x80..=0xbf => self.character.saturating_sub(1),
                0xc2..=0xdf => 1,
                0xe0..=0xef => 2,
                0xf0..=0xf4 => 3,
                _ => 0,
            };
        }
    }

    /// A chunk has ended.
    pub(super) fn chunk_ended(&mut self) {
        self.split_characters = self.split_characters.saturating_add(u32::from(self.character > 0));
    }

    /// The events of the stream can be read.
    pub(super) fn is_readable_stream(&self) -> bool {
        self.is_event_stream && (!self.is_coded || self.decoder.is_some())
    }

    /// The events of a stream whose octets can be read.
    pub(super) fn count(&self) -> Option<EventCount> {
        let every = self.events.times.regular().map(Seconds);
        self.is_readable_stream().then_some(EventCount { events: self.events.dispatched, every })
    }
}

fn has_member(list: &str, member: &str) -> bool {
    list.split(',').any(|one| one.trim() == member)
}

fn product(value: &str) -> Option<Product> {
    let products = [
        ("nginx", Product::Nginx),
        ("openresty", Product::Nginx),
        ("apache", Product::Apache),
        ("caddy", Product::Caddy),
        ("varnish", Product::Varnish),
        ("lighttpd", Product::Lighttpd),
        ("squid", Product::Squid),
        ("express", Product::Express),
    ];
    products.into_iter().find(|(name, _)| value.contains(name)).map(|(_, product)| product)
}
