//! A compressed event stream: what its octets are when the coding is undone, at the time at which a
//! client can undo it.
//!
//! ```text
//! chunk 1   1f 8b 08 ...           the header of gzip: nothing can be read
//! chunk 2   ... 00 00 ff ff        flushed: data:one LF LF can be read now, and not before
//! ```
//!
//! gzip and deflate only: browsers and servers use others as well, and those stay unread. One read
//! of the wire may stand for a thousand times as many octets, so what comes out is bounded.

use std::io::Write;

use flate2::write::{GzDecoder, ZlibDecoder};

use super::events::Token;
use crate::wire::label::Label;
use crate::wire::sse::{EventLine, EventStream};

/// What undoes a content coding, and reads the event stream under it.
#[derive(Debug)]
pub(super) struct Decoder {
    inflate: Inflate,
    stream: EventStream,
    /// The token that the last octet belonged to.
    last: Option<Label>,
    /// Octets that have come out.
    taken: usize,
    is_broken: bool,
}

#[derive(Debug)]
enum Inflate {
    Gzip(GzDecoder<Vec<u8>>),
    Deflate(ZlibDecoder<Vec<u8>>),
}

/// What comes out of a decoder.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decoded<'a> {
    /// A token of the stream.
    Token(Token<'a>),
    /// A line has ended; the second says that clients obey it.
    Line(EventLine, bool),
}

impl Decoder {
    /// For the value of Content-Encoding, in lower case; none if it cannot be undone here.
    pub(super) fn new(coding: &str) -> Option<Decoder> {
        let inflate = match coding {
            "gzip" | "x-gzip" => Inflate::Gzip(GzDecoder::new(Vec::new())),
            "deflate" => Inflate::Deflate(ZlibDecoder::new(Vec::new())),
            _ => return None,
        };
        Some(Decoder { inflate, stream: EventStream::default(), last: None, taken: 0, is_broken: false })
    }

    /// Octets of the body. Gives what comes out to `hear`.
    pub(super) fn octets(&mut self, octets: &[u8], mut hear: impl FnMut(Decoded<'_>)) {
        if self.is_broken {
            return;
        }
        let out = self.inflate.octets(octets);
        self.taken = self.taken.saturating_add(out.as_ref().map_or(0, Vec::len));
        self.is_broken = out.is_none() || self.taken > MOST;
        let out = out.unwrap_or_default();
        let mut at = 0;
        while let Some(rest) = out.get(at..).filter(|rest| !rest.is_empty()) {
            let (begins_line, line) = (self.stream.begins_line(rest[0]), self.stream.line());
            let (length, label) = self.stream.run(rest);
            let begins = self.last.replace(label) != Some(label) || begins_line;
            hear(Decoded::Token(Token { label, begins, octets: &rest[..length] }));
            if let Label::EventLineEnd | Label::EventIgnored = label
                && line != EventLine::Blank
            {
                hear(Decoded::Line(line, label == Label::EventLineEnd));
            }
            at += length;
        }
    }
}

impl Inflate {
    /// What can be read after these octets; none if they are not what they should be.
    fn octets(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        match self {
            Inflate::Gzip(decoder) => {
                decoder.write_all(octets).and_then(|()| decoder.flush()).ok()?;
                Some(std::mem::take(decoder.get_mut()))
            }
            Inflate::Deflate(decoder) => {
                decoder.write_all(octets).and_then(|()| decoder.flush()).ok()?;
                Some(std::mem::take(decoder.get_mut()))
            }
        }
    }
}

/// Octets of a stream that are read: more is no event stream that people wait for.
const MOST: usize = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::{Decoded, Decoder};
    use crate::wire::label::Label;

    #[test]
    fn what_is_flushed_can_be_read_at_once_and_what_is_not_cannot() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let mut decoder = Decoder::new("gzip").expect("it can be undone");
        let mut dispatched = |octets: &[u8]| {
            let mut count = 0;
            decoder.octets(octets, |decoded| {
                count += usize::from(matches!(decoded, Decoded::Token(token) if token.label == Label::EventDispatch));
            });
            count
        };
        encoder.write_all(b"data:one\n\ndata:two\n\n").expect("memory");
        assert_eq!(dispatched(&std::mem::take(encoder.get_mut())), 0);
        encoder.flush().expect("memory");
        assert_eq!(dispatched(&std::mem::take(encoder.get_mut())), 2);
        encoder.write_all(b"data:three\n\n").expect("memory");
        assert_eq!(dispatched(&encoder.finish().expect("memory")), 1);
        assert_eq!(dispatched(b"no gzip at all"), 0);
    }
}
