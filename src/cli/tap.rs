//! `wirestep tap`: its origins, and what is done on the way to them.

use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args};
use rustls::pki_types::ServerName;
use wirestep::net::tap::Hop;
use wirestep::net::tap::limits::TapLimits;
use wirestep::net::tap::origin::{Address, Origin};

use super::sinks::SinkArgs;
use super::values::{Addresses, USUAL_PORT, addresses, duration, is_typed, on_this_machine, positive};
use crate::tap::Trust;

/// What `wirestep tap` can be told.
#[derive(Debug, Args)]
pub(crate) struct TapArgs {
    /// The origin: http://HOST:PORT, https://HOST:PORT, HOST:PORT or unix:PATH. Of several hops
    /// each: NAME=LISTEN,ORIGIN.
    #[arg(value_name = "ORIGIN", required = true, value_parser = tap_target)]
    targets: Vec<TapTarget>,

    /// Address to listen on for the origin [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS", value_parser = addresses)]
    listen: Option<Addresses>,

    /// Short form of --listen 127.0.0.1:N.
    #[arg(long, value_name = "N")]
    port: Option<u16>,

    /// Value of Host that the origin gets in place of what the client sends [default: that of an
    /// https origin; otherwise the field passes as it is].
    #[arg(long, value_name = "NAME", value_parser = host_value)]
    host: Option<&'static str>,

    /// Also trust the authorities whose certificates are in FILE (PEM).
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca: Option<PathBuf>,

    /// Accept every certificate of an https origin.
    #[arg(long)]
    insecure: bool,

    #[command(flatten)]
    pub(crate) sinks: SinkArgs,

    /// Maximum number of open connections; further ones wait in the listen queue.
    #[arg(long, value_name = "N", default_value_t = TapLimits::default().connections, value_parser = positive, help_heading = "Limits")]
    max_connections: usize,

    /// Time limit for an address of the origin to accept a connection; then the client is reset.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    connect_timeout: Duration,

    /// Time limit for connections to end after Ctrl-C; then both sides are reset.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = "Limits")]
    drain_timeout: Duration,
}

/// An origin, or a hop with the addresses on both of its sides.
#[derive(Debug, Clone)]
enum TapTarget {
    Origin(TapOrigin),
    Hop { name: String, listen: Addresses, origin: TapOrigin },
}

/// Where a target connects to, before `--host` is heard.
#[derive(Debug, Clone)]
struct TapOrigin(Origin);

impl TapArgs {
    // A default for the address is none for a port that was typed, or for hops.
    pub(super) fn prefer_typed(&mut self, matches: &ArgMatches) {
        let has_hops = self.targets.iter().any(|target| matches!(target, TapTarget::Hop { .. }));
        if (self.port.is_some() || has_hops) && !is_typed("listen", matches) {
            self.listen = None;
        }
    }

    /// The hops to relay.
    ///
    /// # Errors
    /// More than one origin without a name, two hops with one name, `--listen` beside hops, or an
    /// origin that is the address that is listened on.
    pub(crate) fn hops(&self) -> Result<Vec<Hop>, clap::Error> {
        let wrong = |text: String| clap::Error::raw(ErrorKind::ValueValidation, text);
        let mut hops: Vec<Hop> = Vec::new();
        for target in &self.targets {
            match target {
                TapTarget::Origin(_) if self.targets.len() > 1 => {
                    return Err(wrong("several origins need names: NAME=LISTEN,ORIGIN for each".to_owned()));
                }
                TapTarget::Origin(origin) => {
                    let port = self.port.map(|port| vec![on_this_machine(port)]);
                    let listen =
                        port.or_else(|| self.listen.clone()).unwrap_or_else(|| vec![on_this_machine(USUAL_PORT)]);
                    hops.push(Hop { name: None, listen, origin: self.origin(origin) });
                }
                TapTarget::Hop { .. } if self.listen.is_some() || self.port.is_some() => {
                    return Err(wrong(
                        "--listen and --port are for one origin; a hop names its own address".to_owned(),
                    ));
                }
                TapTarget::Hop { name, .. } if hops.iter().any(|hop| hop.name.as_deref() == Some(name)) => {
                    return Err(wrong(format!("two hops have the name {name}")));
                }
                TapTarget::Hop { name, listen, origin } => {
                    let name = Some(name.as_str().into());
                    hops.push(Hop { name, listen: listen.clone(), origin: self.origin(origin) });
                }
            }
        }
        if (self.insecure || self.ca.is_some()) && hops.iter().all(|hop| hop.origin.tls.is_none()) {
            return Err(wrong("--ca and --insecure are for an origin with https://".to_owned()));
        }
        let is_listened =
            |hop: &Hop, origin: &Address| matches!(origin, Address::Inet(address) if hop.listen.contains(address));
        let itself =
            hops.iter().flat_map(|hop| hop.origin.addresses.iter().find(|origin| is_listened(hop, origin))).next();
        match itself {
            Some(origin) => Err(wrong(format!("{origin} is listened on: its origin would be the relay itself"))),
            None => Ok(hops),
        }
    }

    /// What `--host` says goes before the name of the origin.
    fn origin(&self, TapOrigin(origin): &TapOrigin) -> Origin {
        Origin { host: self.host.or(origin.host), ..origin.clone() }
    }

    /// Which certificates are accepted.
    pub(crate) fn trust(&self) -> Trust {
        if self.insecure { Trust::Anything } else { Trust::Authorities(self.ca.clone()) }
    }

    /// The default limits with those that the command line sets.
    pub(crate) fn limits(&self) -> TapLimits {
        TapLimits {
            connections: self.max_connections.max(1),
            connect: self.connect_timeout,
            drain: self.drain_timeout,
            ..TapLimits::default()
        }
    }
}

fn tap_target(text: &str) -> Result<TapTarget, String> {
    let Some((name, rest)) = text.split_once('=') else { return origin_address(text).map(TapTarget::Origin) };
    if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet)) {
        return Err("the name of a hop has letters, digits, '-', '_' and '.' only".to_owned());
    }
    let Some((listen, origin)) = rest.split_once(',') else {
        return Err("expected NAME=LISTEN,ORIGIN, such as app=127.0.0.1:8002,127.0.0.1:3000".to_owned());
    };
    Ok(TapTarget::Hop { name: name.to_owned(), listen: addresses(listen)?, origin: origin_address(origin)? })
}

// Names are looked up once, before anything is relayed.
fn origin_address(text: &str) -> Result<TapOrigin, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        let addresses = vec![Address::Unix(PathBuf::from(path))];
        return Ok(TapOrigin(Origin { addresses, tls: None, host: None }));
    }
    let (usual_port, rest) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (Some(80), rest),
        (None, Some(rest)) => (Some(443), rest),
        (None, None) => (None, text),
    };
    let authority = if usual_port.is_some() { rest.strip_suffix('/').unwrap_or(rest) } else { rest };
    if authority.contains('/') {
        return Err("a relay has no path: the client asks for it; expected http://HOST:PORT".to_owned());
    }
    let port = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let found = match (port, usual_port) {
        (None, Some(usual)) => addresses(&format!("{authority}:{usual}")),
        (Some(_), _) | (None, None) => addresses(authority),
    }?;
    let addresses = found.into_iter().map(Address::Inet).collect();
    if usual_port != Some(443) {
        return Ok(TapOrigin(Origin { addresses, tls: None, host: None }));
    }
    let name = port.map_or(authority, |(name, _)| name).trim_start_matches('[').trim_end_matches(']');
    let tls = ServerName::try_from(name.to_owned()).map_err(|error| error.to_string())?;
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    Ok(TapOrigin(Origin { addresses, tls: Some(tls), host: Some(host_value(host)?) }))
}

// One for the whole run of the program, so that a record can hold it without a copy.
fn host_value(text: &str) -> Result<&'static str, String> {
    match !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'/') {
        true => Ok(Box::leak(text.into())),
        false => Err("expected a name and perhaps a port, such as shop.example or shop.example:8080".to_owned()),
    }
}

/// What stands under the options.
pub(super) const HELP: &str = "\
Try it:
  wirestep tap http://127.0.0.1:3000                         then: curl -N http://127.0.0.1:8080/
  wirestep tap https://api.example                           TLS to the origin, plain text to the client
  wirestep tap edge=127.0.0.1:8001,127.0.0.1:80 app=127.0.0.1:8002,127.0.0.1:3000";
