//! Where a hop connects to, and how.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use rustls::pki_types::ServerName;

/// The server that a hop relays to.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its addresses. They are tried in this order, until one answers.
    pub addresses: Vec<Address>,
    /// The name that its certificate must be for, if it is spoken to in TLS.
    pub tls: Option<ServerName<'static>>,
    /// What it gets in Host in place of what the client sends; none leaves that as it is.
    pub host: Option<&'static str>,
}

/// Where a socket of an origin is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A port of a host.
    Inet(SocketAddr),
    /// A file of this machine.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Inet(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
