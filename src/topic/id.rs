//! Event ids and topic names: what a client can send back in a request.
//!
//! ```text
//! 18f-17     EPOCH-SEQ: given by the topic; the epoch is new each time a topic begins
//! 1700-3     from outside, and ordered, as Redis Streams, Kafka and NATS number their events
//! a b        from outside, and not ordered
//! ```
//!
//! An EventSource returns the last id in the field `Last-Event-ID` (WHATWG HTML, "Server-sent
//! events"), so an id must pass through a field value unchanged.

use crate::wire::fields::decimal;

/// An id that can be compared with others: `17` or `1700-3`, as Redis Streams, Kafka and NATS
/// number their events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderedId {
    first: u64,
    second: u64,
}

impl OrderedId {
    // 1*DIGIT [ "-" 1*DIGIT ]; Redis, too, takes an id without a second part for one that ends with
    // -0.
    pub(super) fn parse(id: &str) -> Option<OrderedId> {
        let (first, second) = id.split_once('-').unwrap_or((id, "0"));
        Some(OrderedId { first: decimal(first.as_bytes())?, second: decimal(second.as_bytes())? })
    }
}

/// The id of event `seq` of an epoch.
pub(super) fn numbered(epoch: u64, seq: u64) -> String {
    format!("{epoch:x}-{seq}")
}

/// Whether every client can return an id from outside as `Last-Event-ID`: a field value has no
/// control characters, and the whitespace around it is not part of it (RFC 9110 section 5.5). An
/// empty id would make the client forget the one it had (WHATWG HTML). An id that is not ASCII is
/// never returned by undici and npm's eventsource, whose field values are Latin-1.
pub(super) fn can_be_returned(id: &str, longest: usize) -> bool {
    let fits = (1..=longest).contains(&id.len());
    fits && id == id.trim_matches([' ', '\t']) && id.bytes().all(|octet| matches!(octet, b'\t' | b' '..=b'~'))
}

/// The name has 1 to `longest` characters, each a letter, a digit, `.`, `_` or `-`. It is neither
/// `.` nor `..`, which clients take out of a path (RFC 3986 section 5.2.4).
pub fn is_topic_name(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len())
        && !matches!(name, "." | "..")
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-'))
}
