//! Another value in Host, where `--host` asks for one.
//!
//! ```text
//! from the client   GET / HTTP/1.1 CRLF Host: 127.0.0.1:9000 CRLF CRLF
//! to the origin     GET / HTTP/1.1 CRLF Host: api.example    CRLF CRLF
//! ```
//!
//! These are the only octets that a relay changes. Where a field line stands is known from the
//! labels of both directions, so a body that looks like a head passes untouched, and so does all
//! that is no HTTP. Nothing waits for the rest of a line: the name passes as it comes, and the new
//! value leaves with the first octet of the old one.

use crate::wire::dissect::Dissector;
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::span::Span;

/// Replaces the value of Host in the requests of one connection.
#[derive(Debug)]
pub(super) struct HostField {
    by: &'static str,
    dissector: Dissector,
    field: Field,
    /// Kept for their memory.
    spans: Vec<Span>,
    replaced: Vec<u8>,
}

/// What is known of the field line that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// This many octets of its name are those of `host`.
    Named(usize),
    /// It is another field, or none.
    Other,
    /// It is Host, and the value is to come.
    Host,
    /// It is Host, and the new value has left.
    Replaced,
}

impl HostField {
    /// The value of Host becomes `by`.
    pub(super) fn new(by: &'static str) -> HostField {
        let (spans, replaced) = (Vec::new(), Vec::new());
        HostField { by, dissector: Dissector::default(), field: Field::Other, spans, replaced }
    }

    /// The value that the origin gets.
    pub(super) fn by(&self) -> &'static str {
        self.by
    }

    /// What goes on in place of `octets`, and whether a new value is in it.
    pub(super) fn pass<'a>(&'a mut self, flow: Flow, octets: &'a [u8]) -> (&'a [u8], bool) {
        match flow {
            Flow::Requests => {
                let (replaced, count) = self.replace(octets);
                (replaced, count > 0)
            }
            Flow::Responses => {
                self.hear_response(octets);
                (octets, false)
            }
        }
    }

    /// The origin has sent this: whether what the client sends is HTTP depends on it.
    fn hear_response(&mut self, octets: &[u8]) {
        let mut spans = std::mem::take(&mut self.spans);
        spans.clear();
        self.dissector.dissect_into(Flow::Responses, octets, 0, &mut spans);
        self.spans = spans;
    }

    /// What goes to the origin in place of what the client has sent, and how many values in it are
    /// new.
    fn replace(&mut self, octets: &[u8]) -> (&[u8], usize) {
        let mut spans = std::mem::take(&mut self.spans);
        spans.clear();
        self.replaced.clear();
        self.dissector.dissect_into(Flow::Requests, octets, usize::MAX, &mut spans);
        let mut count = 0;
        for span in &spans {
            if span.starts && span.label == Label::FieldName {
                self.field = Field::Named(0);
            }
            for octet in &octets[span.range.clone()] {
                count += usize::from(self.octet(span.label, *octet));
            }
        }
        self.spans = spans;
        (&self.replaced, count)
    }

    /// True if the new value leaves with this octet.
    fn octet(&mut self, label: Label, octet: u8) -> bool {
        let is_space = matches!(octet, b' ' | b'\t');
        let begins = match (self.field, label) {
            (Field::Named(known), Label::FieldName) => {
                let is_next = NAME.get(known).is_some_and(|next| next.eq_ignore_ascii_case(&octet));
                self.field = if is_next { Field::Named(known + 1) } else { Field::Other };
                false
            }
            (Field::Named(known), Label::FieldColon) if !is_space => {
                self.field = if known == NAME.len() { Field::Host } else { Field::Other };
                false
            }
            (Field::Host, Label::FieldValue) if !is_space => true,
            // It has no value at all.
            (Field::Host, Label::FieldCrlf) => true,
            (Field::Replaced, Label::FieldValue) if !is_space => return false,
            _ => false,
        };
        if begins {
            self.field = Field::Replaced;
            self.replaced.extend_from_slice(self.by.as_bytes());
        }
        if !begins || label != Label::FieldValue {
            self.replaced.push(octet);
        }
        begins
    }
}

const NAME: &[u8] = b"host";

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [(&str, &str); 8] = [
        ("GET / HTTP/1.1\r\nHost: a:1\r\n\r\n", "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n"),
        ("GET / HTTP/1.1\r\nhOsT:a\r\nX: y\r\n\r\n", "GET / HTTP/1.1\r\nhOsT:b.example\r\nX: y\r\n\r\n"),
        ("GET / HTTP/1.1\r\nX-Host: a\r\nHost:\r\n\r\n", "GET / HTTP/1.1\r\nX-Host: a\r\nHost:b.example\r\n\r\n"),
        (
            "GET / HTTP/1.1\r\nHosts: a\r\nHost: \t a \r\n\r\n",
            "GET / HTTP/1.1\r\nHosts: a\r\nHost: \t b.example \r\n\r\n",
        ),
        // No value is added where no field is, and what looks like one elsewhere stays.
        ("GET /Host: HTTP/1.0\r\n\r\n", "GET /Host: HTTP/1.0\r\n\r\n"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n\r\nHost: a\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: b.example\r\nContent-Length: 11\r\n\r\n\r\nHost: a\r\nGET / HTTP/1.1\r\nHost: b.example\r\n\r\n",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nHost: a\r\n\r\n0\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: b.example\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nHost: a\r\n\r\n0\r\nHost: a\r\n\r\n",
        ),
        ("\x16\x03\x01\r\nHost: a\r\n\r\n", "\x16\x03\x01\r\nHost: a\r\n\r\n"),
    ];

    #[test]
    fn only_the_value_of_host_is_replaced_at_every_split() {
        for (sent, expected) in CASES {
            for split in 0..=sent.len() {
                for second in split..=sent.len() {
                    let mut field = HostField::new("b.example");
                    let pieces = [&sent[..split], &sent[split..second], &sent[second..]];
                    let got: Vec<u8> =
                        pieces.iter().flat_map(|piece| field.replace(piece.as_bytes()).0.to_vec()).collect();
                    assert_eq!(String::from_utf8_lossy(&got), expected, "split at {split} and {second}");
                }
            }
        }
    }

    #[test]
    fn every_octet_by_itself_leaves_at_once() {
        let (sent, expected) = CASES[0];
        let mut field = HostField::new("b.example");
        let got: Vec<Vec<u8>> = sent.bytes().map(|octet| field.replace(&[octet]).0.to_vec()).collect();
        assert_eq!(String::from_utf8_lossy(&got.concat()), expected);
        assert_eq!(got.iter().filter(|piece| piece.is_empty()).count(), "a:1".len() - 1);
    }

    #[test]
    fn after_an_upgrade_nothing_is_replaced() {
        let mut field = HostField::new("b.example");
        field.replace(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        field.hear_response(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        let tunnel = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(field.replace(tunnel), (tunnel.as_slice(), 0));
    }
}
