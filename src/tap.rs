//! `wirestep tap`: a relay in front of another server.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use wirestep::net::limits::ServerLimits;
use wirestep::net::server::ServerEnd;
use wirestep::net::tap::limits::TapLimits;
use wirestep::net::tap::origin::Origin;
use wirestep::net::tap::tls::TlsClient;
use wirestep::net::tap::{Hop, Tap};
use wirestep::trace::recorder::Trace;

/// Which certificates of origins are accepted.
#[derive(Debug, Clone)]
pub(crate) enum Trust {
    /// Those signed by an authority that this machine trusts, or one in this file.
    Authorities(Option<PathBuf>),
    /// All of them.
    Anything,
}

impl Trust {
    fn client(&self) -> io::Result<TlsClient> {
        match self {
            Trust::Authorities(file) => TlsClient::checking(file.as_deref()),
            Trust::Anything => {
                log::warn!("--insecure: any server can answer in the origin's place, as no certificate is checked");
                TlsClient::insecure()
            }
        }
    }
}

/// Relays until a signal comes.
///
/// # Errors
/// An address cannot be listened on, a sink of the trace cannot be opened, or the kernel refuses
/// what the loop needs.
pub(crate) fn tap(
    hops: Vec<Hop>,
    trust: &Trust,
    limits: TapLimits,
    started: Instant,
    trace: impl FnOnce() -> io::Result<Trace>,
) -> io::Result<ServerEnd> {
    // Each connection has two.
    let possible = ServerLimits::raise_descriptor_limit() / 2;
    let limits = TapLimits { connections: limits.connections.min(possible), ..limits };
    let is_encrypted = hops.iter().any(|hop| hop.origin.tls.is_some());
    let tls = is_encrypted.then(|| trust.client()).transpose()?;
    let mut tap = Tap::bind(hops, limits, started)?;
    if let Some(tls) = tls {
        tap.encrypt_with(tls);
    }
    // Files last: a start that fails must not touch those of a relay that runs.
    tap.record_to(trace()?);
    for (address, hop) in tap.local_addresses() {
        let origins = told(&hop.origin);
        match &hop.name {
            Some(name) => log::info!("{name}: {address} relays to {origins}; listening on http://{address}/"),
            None => log::info!("{address} relays to {origins}; listening on http://{address}/"),
        }
    }
    tap.run()
}

fn told(origin: &Origin) -> String {
    let addresses: Vec<String> = origin.addresses.iter().map(ToString::to_string).collect();
    let addresses = addresses.join(", then ");
    let tls = origin.tls.as_ref().map(|name| format!(" in TLS, decrypted for the trace; name {}", name.to_str()));
    let host = origin.host.map(|host| format!(", Host: {host}"));
    format!("{addresses}{}{}", tls.unwrap_or_default(), host.unwrap_or_default())
}
