//! What a subscriber receives, decoded: response head, chunked coding, event stream.
//!
//! ```text
//! HTTP/1.1 200 OK ...        b2 CRLF   id: 7 LF data: 0000000007 xxx LF LF   CRLF
//! head                       size      lines; the blank one ends the event   end of the chunk
//! ```
//!
//! An event's data is its number in ten digits, a space, and padding up to the length that was agreed. All three are
//! checked. A comment that begins with `lost` and holds a number is a server's honest word that so many events are gone.

use memchr::memchr;

/// What comes out of the octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The response head is complete.
    Head,
    /// An event with this number.
    Event(u64),
    /// The server says that so many events are lost to this subscriber.
    Lost(u64),
    /// Any other comment: a heartbeat.
    Comment,
    /// The last chunk: the stream has been ended properly.
    End,
}

/// Why octets cannot be what was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The status is not 200, or the head is no head.
    BadHead,
    /// The chunked coding is broken.
    BadChunk,
    /// The data of an event is not what was published.
    BadData,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    /// Hexadecimal digits of a chunk-size; how many have come, and their value.
    Size {
        digits: u8,
        value: u64,
    },
    Extension {
        value: u64,
    },
    SizeLf {
        value: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    /// Behind the last chunk: a trailer section, in which a line has so many octets so far.
    Trailer {
        length: usize,
    },
    /// No chunks: everything until FIN is data.
    Whole,
    Over,
}

/// The decoder of one subscriber.
#[derive(Debug)]
pub struct Decoder {
    stage: Stage,
    /// A line of the event stream, or the head, that has begun in an earlier read or chunk.
    part: Vec<u8>,
    /// The number in the data of the event that has begun.
    number: Option<u64>,
    /// The id of the last event that has come whole.
    pub last_id: Vec<u8>,
    /// The id in the event that has begun.
    id: Option<Vec<u8>>,
    keeps_id: bool,
}

/// What an event's data must look like.
#[derive(Debug, Clone)]
pub struct Payload {
    length: usize,
    padding: Vec<u8>,
}

impl Payload {
    /// Data of so many octets in all.
    pub fn new(length: usize) -> Payload {
        let length = length.max(DIGITS);
        let mut padding = vec![b'x'; length - DIGITS];
        if let Some(first) = padding.first_mut() {
            *first = b' ';
        }
        Payload { length, padding }
    }

    /// The data of this event.
    pub fn write(&self, number: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{number:010}").as_bytes());
        out.extend_from_slice(&self.padding);
    }

    /// Octets of the data of an event.
    pub fn len(&self) -> usize {
        self.length
    }

    fn read(&self, data: &[u8]) -> Result<u64, Fault> {
        if data.len() != self.length || data[DIGITS..] != self.padding[..] {
            return Err(Fault::BadData);
        }
        decimal(&data[..DIGITS]).ok_or(Fault::BadData)
    }
}

impl Decoder {
    /// Waits for a response head.
    pub fn new(keeps_id: bool) -> Decoder {
        Decoder { stage: Stage::Head, part: Vec::new(), number: None, last_id: Vec::new(), id: None, keeps_id }
    }

    /// Between two chunks, with no event begun: the same octets mean the same for each decoder that is here.
    pub fn is_at_rest(&self) -> bool {
        self.stage == Stage::Size { digits: 0, value: 0 } && self.part.is_empty() && self.number.is_none()
    }

    /// Decodes all of `octets`.
    pub fn decode(&mut self, mut octets: &[u8], payload: &Payload, seen: &mut Vec<Seen>) -> Result<(), Fault> {
        while !octets.is_empty() {
            let taken = self.take(octets, payload, seen)?;
            octets = &octets[taken..];
        }
        Ok(())
    }

    fn take(&mut self, octets: &[u8], payload: &Payload, seen: &mut Vec<Seen>) -> Result<usize, Fault> {
        let octet = octets[0];
        self.stage = match self.stage {
            Stage::Head => return self.head(octets, seen),
            Stage::Whole => {
                self.lines(octets, payload, seen)?;
                return Ok(octets.len());
            }
            Stage::Data { left } => {
                let taken = octets.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                self.lines(&octets[..taken], payload, seen)?;
                let left = left - taken as u64;
                self.stage = if left == 0 { Stage::DataCr } else { Stage::Data { left } };
                return Ok(taken);
            }
            Stage::Size { digits, value } => match (char::from(octet).to_digit(16), octet) {
                (Some(digit), _) if digits < 15 => {
                    Stage::Size { digits: digits + 1, value: value * 16 + u64::from(digit) }
                }
                (_, b'\r') if digits > 0 => Stage::SizeLf { value },
                (_, b';') if digits > 0 => Stage::Extension { value },
                _ => return Err(Fault::BadChunk),
            },
            Stage::Extension { value } if octet == b'\r' => Stage::SizeLf { value },
            Stage::Extension { value } => Stage::Extension { value },
            Stage::SizeLf { value: 0 } if octet == b'\n' => Stage::Trailer { length: 0 },
            Stage::SizeLf { value } if octet == b'\n' => Stage::Data { left: value },
            Stage::DataCr if octet == b'\r' => Stage::DataLf,
            Stage::DataLf if octet == b'\n' => Stage::Size { digits: 0, value: 0 },
            Stage::Trailer { length } => match octet {
                b'\r' => Stage::Trailer { length },
                b'\n' if length == 0 => {
                    seen.push(Seen::End);
                    Stage::Over
                }
                b'\n' => Stage::Trailer { length: 0 },
                _ => Stage::Trailer { length: length + 1 },
            },
            Stage::SizeLf { .. } | Stage::DataCr | Stage::DataLf | Stage::Over => return Err(Fault::BadChunk),
        };
        Ok(1)
    }

    fn head(&mut self, octets: &[u8], seen: &mut Vec<Seen>) -> Result<usize, Fault> {
        let before = self.part.len();
        self.part.extend_from_slice(octets);
        let Some(end) = memchr::memmem::find(&self.part, b"\r\n\r\n") else { return Ok(octets.len()) };
        let head = self.part[..end].to_ascii_lowercase();
        if !head.starts_with(b"http/1.1 200 ") {
            return Err(Fault::BadHead);
        }
        let is_chunked = memchr::memmem::find(&head, b"\r\ntransfer-encoding: chunked").is_some();
        self.stage = if is_chunked { Stage::Size { digits: 0, value: 0 } } else { Stage::Whole };
        self.part = Vec::new();
        seen.push(Seen::Head);
        Ok(end + 4 - before)
    }

    fn lines(&mut self, mut octets: &[u8], payload: &Payload, seen: &mut Vec<Seen>) -> Result<(), Fault> {
        while let Some(end) = memchr(b'\n', octets) {
            if self.part.is_empty() {
                self.line(&octets[..end], payload, seen)?;
            } else {
                let mut line = std::mem::take(&mut self.part);
                line.extend_from_slice(&octets[..end]);
                self.line(&line, payload, seen)?;
            }
            octets = &octets[end + 1..];
        }
        self.part.extend_from_slice(octets);
        Ok(())
    }

    fn line(&mut self, line: &[u8], payload: &Payload, seen: &mut Vec<Seen>) -> Result<(), Fault> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            seen.extend(self.number.take().map(Seen::Event));
            // Only the blank line makes it the last event ID: an event that was cut off has to come again.
            if let Some(id) = self.id.take() {
                self.last_id = id;
            }
        } else if let Some(data) = line.strip_prefix(b"data:") {
            if self.number.is_some() {
                return Err(Fault::BadData);
            }
            self.number = Some(payload.read(data.strip_prefix(b" ").unwrap_or(data))?);
        } else if let Some(comment) = line.strip_prefix(b":") {
            seen.push(lost(comment).map_or(Seen::Comment, Seen::Lost));
        } else if self.keeps_id
            && let Some(id) = line.strip_prefix(b"id:")
        {
            self.id = Some(id.strip_prefix(b" ").unwrap_or(id).to_vec());
        }
        Ok(())
    }
}

// ": lost 12 events ..."
fn lost(comment: &[u8]) -> Option<u64> {
    let rest = comment.strip_prefix(b" ").unwrap_or(comment).strip_prefix(b"lost ")?;
    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    decimal(&rest[..digits])
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u64::from(digit - b'0')))
}

const DIGITS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Vec<u8> {
        let payload = Payload::new(50);
        let mut octets = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for number in 1..4 {
            let mut event = format!("id: a-{number}\ndata: ").into_bytes();
            payload.write(number, &mut event);
            event.extend_from_slice(b"\n\n");
            octets.extend_from_slice(format!("{:x}\r\n", event.len()).as_bytes());
            octets.extend_from_slice(&event);
            octets.extend_from_slice(b"\r\n");
        }
        octets.extend_from_slice(b"19\r\n: lost 12 events: a word\n\r\n0\r\n\r\n");
        octets
    }

    const EXPECTED: [Seen; 6] = [Seen::Head, Seen::Event(1), Seen::Event(2), Seen::Event(3), Seen::Lost(12), Seen::End];

    #[test]
    fn a_stream_means_the_same_at_every_split() {
        let octets = stream();
        for split in 0..octets.len() {
            let (mut decoder, mut seen) = (Decoder::new(true), Vec::new());
            for part in [&octets[..split], &octets[split..]] {
                assert_eq!(decoder.decode(part, &Payload::new(50), &mut seen), Ok(()));
            }
            assert_eq!((&seen[..], &decoder.last_id[..]), (&EXPECTED[..], b"a-3".as_slice()));
        }
    }

    #[test]
    fn other_data_than_was_published_is_a_fault() {
        let mut octets = stream();
        let at = memchr::memmem::find(&octets, b"xxx").expect("padding");
        octets[at] = b'y';
        assert_eq!(Decoder::new(false).decode(&octets, &Payload::new(50), &mut Vec::new()), Err(Fault::BadData));
    }

    #[test]
    fn a_chunk_that_is_longer_than_it_says_is_a_fault() {
        let octets = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n: hi\n\r\n";
        assert_eq!(Decoder::new(false).decode(octets, &Payload::new(50), &mut Vec::new()), Err(Fault::BadChunk));
    }
}
