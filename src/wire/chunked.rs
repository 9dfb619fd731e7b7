//! Chunked transfer coding, both ways (RFC 9112 section 7.1).
//!
//! ```text
//! chunked-body   = *chunk last-chunk trailer-section CRLF
//! chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//! last-chunk     = 1*("0") [ chunk-ext ] CRLF
//!
//! 5 CRLF  h e l l o CRLF   0 CRLF CRLF
//! |       chunk-data       last-chunk, empty trailer section
//! chunk-size, hexadecimal
//! ```
//!
//! One machine serves decoder and dissector: an octet goes in, its label comes out. The decoder
//! keeps what is labelled [`Label::ChunkData`], the dissector keeps all of it. That is why nothing
//! is ever skipped here: the two octets after the data are compared with CR and LF, not stepped
//! over, since discarding is parsing too.
//!
//! Deliberately strict: a lone LF ends no line, white space is taken only where the grammar has
//! BWS, a size fits in 64 bits. Each laxness has been a way to smuggle a request (section 11.2).
//!
//! A new state needs a label and a case in `tests/wire/chunked.md`.

use std::io::Write;
use std::ops::Range;

use super::fields::{is_tchar, is_text};
use super::label::Label;

/// The reading side: where in a chunked body the next octet stands.
///
/// ```
/// use wirestep::wire::chunked::Chunked;
///
/// let mut body = Vec::new();
/// let mut chunked = Chunked::new(1024);
/// let taken = chunked.decode(b"5\r\nhello\r\n0\r\n\r\nGET", &mut body)?;
/// assert_eq!((taken, body.as_slice(), chunked.is_done()), (15, b"hello".as_slice(), true));
/// # Ok::<(), wirestep::wire::chunked::ChunkError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Chunked {
    state: State,
    /// Octets of extensions, trailer fields and leading zeros that may still come.
    allowance: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size { value: u64, digits: u8 },
    ExtBws { value: u64 },
    ExtNameStart { value: u64 },
    ExtName { value: u64 },
    ExtNameBws { value: u64 },
    ExtValueStart { value: u64 },
    ExtToken { value: u64 },
    ExtQuoted { value: u64 },
    ExtQuotedPair { value: u64 },
    ExtEnd { value: u64 },
    SizeLf { value: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done,
}

impl Chunked {
    /// A body that begins with its first chunk-size; extensions and trailer fields together may
    /// have `allowance` octets.
    pub fn new(allowance: u32) -> Chunked {
        Chunked { state: State::Size { value: 0, digits: 0 }, allowance }
    }

    /// The last octet of the body has been taken; the next one belongs to another message.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Octets of data that the current chunk still has; 0 outside of chunk-data.
    pub fn data_left(&self) -> u64 {
        match self.state {
            State::Data { left } => left,
            _ => 0,
        }
    }

    /// Appends the data in `octets` to `body` and returns how many octets were taken, which is all
    /// of them unless the body ends among them.
    ///
    /// # Errors
    /// The first octet that the grammar does not allow; what stood before it has been taken.
    pub fn decode(&mut self, octets: &[u8], body: &mut Vec<u8>) -> Result<usize, ChunkError> {
        let mut at = 0;
        while at < octets.len() && !self.is_done() {
            if let State::Data { left } = self.state {
                let run = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len() - at);
                body.extend_from_slice(&octets[at..at + run]);
                self.take_data(run as u64);
                at += run;
            } else {
                self.octet(octets[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    /// Moves `run` octets on inside chunk-data; `run` is at most [`Chunked::data_left`].
    pub fn take_data(&mut self, run: u64) {
        if let State::Data { left } = self.state {
            self.state = match left.saturating_sub(run) {
                0 => State::DataCr,
                left => State::Data { left },
            };
        }
    }

    /// Takes one octet and says what it is.
    ///
    /// # Errors
    /// The octet cannot stand here. The machine stays where it was, and is not to be used any more.
    pub fn octet(&mut self, octet: u8) -> Result<Label, ChunkError> {
        let (next, label) = self.step(octet)?;
        let is_long_size = matches!(next, State::Size { digits, .. } if digits > FREE_SIZE_DIGITS);
        let is_extra = matches!(
            label,
            Label::ChunkExt | Label::TrailerName | Label::TrailerColon | Label::TrailerValue | Label::TrailerCrlf
        );
        if is_extra || is_long_size {
            self.allowance = self.allowance.checked_sub(1).ok_or(ChunkError::TooLong)?;
        }
        self.state = next;
        Ok(label)
    }

    fn step(&self, octet: u8) -> Result<(State, Label), ChunkError> {
        use State::*;
        let ext = |state| Ok((state, Label::ChunkExt));
        match self.state {
            Size { value, digits } => size_octet(octet, value, digits),
            // chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
            ExtBws { value } => match octet {
                b' ' | b'\t' => ext(ExtBws { value }),
                b';' => ext(ExtNameStart { value }),
                _ => Err(ChunkError::BadExtension),
            },
            ExtNameStart { value } => match octet {
                b' ' | b'\t' => ext(ExtNameStart { value }),
                _ if is_tchar(octet) => ext(ExtName { value }),
                _ => Err(ChunkError::BadExtension),
            },
            ExtName { value } => match octet {
                b' ' | b'\t' => ext(ExtNameBws { value }),
                b'=' => ext(ExtValueStart { value }),
                _ if is_tchar(octet) => ext(ExtName { value }),
                _ => after_extension(octet, value),
            },
            ExtNameBws { value } => match octet {
                b' ' | b'\t' => ext(ExtNameBws { value }),
                b'=' => ext(ExtValueStart { value }),
                b';' => ext(ExtNameStart { value }),
                _ => Err(ChunkError::BadExtension),
            },
            ExtValueStart { value } => match octet {
                b' ' | b'\t' => ext(ExtValueStart { value }),
                b'"' => ext(ExtQuoted { value }),
                _ if is_tchar(octet) => ext(ExtToken { value }),
                _ => Err(ChunkError::BadExtension),
            },
            ExtToken { value } => match octet {
                _ if is_tchar(octet) => ext(ExtToken { value }),
                b' ' | b'\t' => ext(ExtBws { value }),
                _ => after_extension(octet, value),
            },
            ExtQuoted { value } => match octet {
                b'"' => ext(ExtEnd { value }),
                b'\\' => ext(ExtQuotedPair { value }),
                _ if is_text(octet) => ext(ExtQuoted { value }),
                _ => Err(ChunkError::BadExtension),
            },
            ExtQuotedPair { value } if is_text(octet) => ext(ExtQuoted { value }),
            ExtQuotedPair { .. } => Err(ChunkError::BadExtension),
            ExtEnd { value } => match octet {
                b' ' | b'\t' => ext(ExtBws { value }),
                _ => after_extension(octet, value),
            },
            SizeLf { value } => match (octet, value) {
                (b'\n', 0) => Ok((TrailerStart, Label::LastChunkCrlf)),
                (b'\n', left) => Ok((Data { left }, Label::ChunkSizeCrlf)),
                _ => Err(ChunkError::BareCr),
            },
            Data { left } => match left {
                0 | 1 => Ok((DataCr, Label::ChunkData)),
                _ => Ok((Data { left: left - 1 }, Label::ChunkData)),
            },
            DataCr if octet == b'\r' => Ok((DataLf, Label::ChunkDataCrlf)),
            DataLf if octet == b'\n' => Ok((Size { value: 0, digits: 0 }, Label::ChunkDataCrlf)),
            DataCr | DataLf => Err(ChunkError::NoCrlfAfterData),
            TrailerStart => match octet {
                b'\r' => Ok((EndLf, Label::EndOfBody)),
                _ if is_tchar(octet) => Ok((TrailerName, Label::TrailerName)),
                _ => Err(ChunkError::BadTrailer),
            },
            TrailerName => match octet {
                b':' => Ok((TrailerValue, Label::TrailerColon)),
                _ if is_tchar(octet) => Ok((TrailerName, Label::TrailerName)),
                _ => Err(ChunkError::BadTrailer),
            },
            TrailerValue => match octet {
                b'\r' => Ok((TrailerLf, Label::TrailerCrlf)),
                _ if is_text(octet) => Ok((TrailerValue, Label::TrailerValue)),
                _ => Err(ChunkError::BadTrailer),
            },
            TrailerLf if octet == b'\n' => Ok((TrailerStart, Label::TrailerCrlf)),
            EndLf if octet == b'\n' => Ok((Done, Label::EndOfBody)),
            TrailerLf | EndLf => Err(ChunkError::BareCr),
            Done => Err(ChunkError::AfterTheEnd),
        }
    }
}

// chunk-size = 1*HEXDIG, and nothing else: library parsers would also take a sign.
fn size_octet(octet: u8, value: u64, digits: u8) -> Result<(State, Label), ChunkError> {
    if let Some(digit) = char::from(octet).to_digit(16) {
        // Leading zeros are digits; only the value is bounded.
        let value = value.checked_mul(16).ok_or(ChunkError::SizeTooLarge)? | u64::from(digit);
        return Ok((State::Size { value, digits: digits.saturating_add(1) }, Label::ChunkSize));
    }
    if digits == 0 {
        return Err(ChunkError::BadSize);
    }
    match octet {
        b' ' | b'\t' => Ok((State::ExtBws { value }, Label::ChunkExt)),
        b';' | b'\r' => after_extension(octet, value),
        b'\n' => Err(ChunkError::BareLf),
        _ => Err(ChunkError::BadSize),
    }
}

fn after_extension(octet: u8, value: u64) -> Result<(State, Label), ChunkError> {
    match octet {
        b';' => Ok((State::ExtNameStart { value }, Label::ChunkExt)),
        b'\r' if value == 0 => Ok((State::SizeLf { value }, Label::LastChunkCrlf)),
        b'\r' => Ok((State::SizeLf { value }, Label::ChunkSizeCrlf)),
        b'\n' => Err(ChunkError::BareLf),
        _ => Err(ChunkError::BadExtension),
    }
}

/// Appends `data` as one chunk and returns where in `out` the data stands.
///
/// Empty data is no chunk: its size line would be the last chunk and end the response. Nothing is
/// appended then.
///
/// ```
/// use wirestep::wire::chunked::encode_chunk;
///
/// let mut out = Vec::new();
/// encode_chunk(b"data:event1\n\n", &mut out);
/// assert_eq!(out, b"d\r\ndata:event1\n\n\r\n");
/// ```
#[inline(never)]
pub fn encode_chunk(data: &[u8], out: &mut Vec<u8>) -> Range<usize> {
    if data.is_empty() {
        return out.len()..out.len();
    }
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{:x}\r\n", data.len());
    let start = out.len();
    out.extend_from_slice(data);
    let range = start..out.len();
    out.extend_from_slice(b"\r\n");
    range
}

/// Appends the last chunk and an empty trailer section: the response is complete, the connection is
/// not touched.
#[inline(never)]
pub fn encode_last_chunk(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n\r\n");
}

/// Why a chunked body could not be read on (RFC 9112 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkError {
    /// Where a chunk-size must stand there is no hexadecimal digit.
    BadSize,
    /// The chunk-size is larger than 64 bits can say.
    SizeTooLarge,
    /// The chunk extension does not follow its grammar (7.1.1).
    BadExtension,
    /// A line ends with LF alone.
    BareLf,
    /// CR that no LF follows.
    BareCr,
    /// The data is longer or shorter than its size said: CRLF was expected.
    NoCrlfAfterData,
    /// A trailer field does not follow its grammar (7.1.2).
    BadTrailer,
    /// Extensions and trailer fields are longer than is accepted.
    TooLong,
    /// The body was complete before this octet.
    AfterTheEnd,
}

impl ChunkError {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            ChunkError::BadSize => "chunk-size",
            ChunkError::SizeTooLarge => "chunk-size-too-large",
            ChunkError::BadExtension => "chunk-extension",
            ChunkError::BareLf => "chunk-bare-lf",
            ChunkError::BareCr => "chunk-bare-cr",
            ChunkError::NoCrlfAfterData => "no-crlf-after-data",
            ChunkError::BadTrailer => "trailer",
            ChunkError::TooLong => "chunk-extensions-too-long",
            ChunkError::AfterTheEnd => "after-the-end",
        }
    }

    /// The section that is broken.
    pub const fn section(self) -> &'static str {
        match self {
            ChunkError::BadExtension | ChunkError::TooLong => "RFC 9112 7.1.1",
            ChunkError::BadTrailer => "RFC 9112 7.1.2",
            ChunkError::BadSize
            | ChunkError::SizeTooLarge
            | ChunkError::BareLf
            | ChunkError::BareCr
            | ChunkError::NoCrlfAfterData
            | ChunkError::AfterTheEnd => "RFC 9112 7.1",
        }
    }
}

impl std::error::Error for ChunkError {}

/// Digits of a chunk-size that cost nothing of the allowance: as many as fill 64 bits.
const FREE_SIZE_DIGITS: u8 = 16;
