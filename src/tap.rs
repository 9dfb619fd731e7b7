//! `wirestep tap`: a relay in front of another server.

use std::io;
use std::time::Instant;

use wirestep::net::limits::ServerLimits;
use wirestep::net::server::ServerEnd;
use wirestep::net::tap::limits::TapLimits;
use wirestep::net::tap::{Hop, Tap};
use wirestep::trace::recorder::Trace;

/// Relays until a signal comes.
///
/// # Errors
/// An address cannot be listened on, a sink of the trace cannot be opened, or the kernel refuses
/// what the loop needs.
pub(crate) fn tap(
    hops: Vec<Hop>,
    limits: TapLimits,
    started: Instant,
    trace: impl FnOnce() -> io::Result<Trace>,
) -> io::Result<ServerEnd> {
    // Each connection has two.
    let possible = ServerLimits::raise_descriptor_limit() / 2;
    let limits = TapLimits { connections: limits.connections.min(possible), ..limits };
    let mut tap = Tap::bind(hops, limits, started)?;
    // Files last: a start that fails must not touch those of a relay that runs.
    tap.record_to(trace()?);
    for (address, hop) in tap.local_addresses() {
        let origins: Vec<String> = hop.origin.iter().map(ToString::to_string).collect();
        let origins = origins.join(", then ");
        match &hop.name {
            Some(name) => log::info!("{name}: {address} relays to {origins}; listening on http://{address}/"),
            None => log::info!("{address} relays to {origins}; listening on http://{address}/"),
        }
    }
    tap.run()
}
