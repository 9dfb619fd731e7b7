//! What is kept of one connection, once more: as a capture.
//!
//! ```text
//! kept: opened, 78 octets, 206 octets, ...  ->  Trace with one sink  ->  a capture with comments
//! ```
//!
//! If its beginning is not kept any more, labels begin with the next message, as for every trace
//! that begins in the middle.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::kept::{Kept, KeptWhat};
use super::pcapng::Pcapng;
use super::record::ConnectionId;
use super::recorder::Trace;
use crate::wire::language::Language;

/// Octets that a sink has written.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A capture of what is kept of the connection; none if nothing is, or if its addresses are not
/// known. `addresses` are those of the server and of the client, of a connection that is open;
/// `started` is the time from which records count.
pub fn capture(
    kept: &Kept,
    connection: ConnectionId,
    addresses: Option<(SocketAddr, SocketAddr)>,
    started: SystemTime,
    language: Language,
) -> Option<Vec<u8>> {
    let first = kept.of(connection).next()?;
    let written = Written::default();
    let sink = Pcapng::new(Box::new(written.clone()), "a capture for a page".to_owned(), started);
    let mut trace = Trace::new(vec![Box::new(sink.in_language(language))]).without_hurry().showing_credentials();
    if !matches!(first.what, KeptWhat::Opened { .. }) {
        let (local, peer) = addresses?;
        trace.joined(first.at, connection, local, peer);
    }
    for record in kept.of(connection) {
        let at = record.at;
        match &record.what {
            KeptWhat::Opened { local, peer } => trace.opened(at, connection, *local, *peer),
            KeptWhat::Octets { flow, octets } => trace.octets(at, connection, *flow, octets),
            KeptWhat::Fin { flow, cause } => trace.fin(at, connection, *flow, *cause),
            KeptWhat::Rst { flow, cause } => trace.rst(at, connection, *flow, *cause),
            KeptWhat::Closed { cause } => trace.closed(at, connection, *cause),
        }
    }
    drop(trace);
    Some(std::mem::take(&mut written.0.lock().unwrap_or_else(PoisonError::into_inner)))
}
