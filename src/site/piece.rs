//! What a source of events gives to the stream that sends them.

use std::time::Duration;

/// What a source gives next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// One chunk, and then a pause.
    Octets(Vec<u8>),
    /// One chunk, and then the end.
    Last(Vec<u8>),
    /// Nothing for this long, or until the client's FIN; then the end.
    Stall(Duration),
    /// The stream is complete.
    End,
    /// FIN in place of the last chunk.
    Cut,
}
