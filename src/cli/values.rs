//! Values of options: what may be written, and what is expected in place of anything else.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;
use wirestep::topic::id::is_topic_name;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::publication::TopicError;

/// The addresses of one `--listen`: a name may have several.
pub(super) type Addresses = Vec<SocketAddr>;

pub(super) fn addresses(text: &str) -> Result<Addresses, String> {
    match text.to_socket_addrs().map(Iterator::collect::<Addresses>) {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err("the name has no address".to_owned()),
        Err(error) => Err(format!("{error}; expected HOST:PORT, such as 127.0.0.1:8080 or [::]:8080")),
    }
}

pub(super) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err("expected a number above zero".to_owned()),
    }
}

pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    match std::fs::read_dir(text) {
        Ok(_) => Ok(PathBuf::from(text)),
        Err(error) => Err(format!("{error}; expected a folder that can be read")),
    }
}

pub(super) fn topic(text: &str) -> Result<String, String> {
    match is_topic_name(text, TopicLimits::default().name) {
        true => Ok(text.to_owned()),
        false => Err(TopicError::BadName.to_string()),
    }
}

// A Host field may have any port, so only the name is compared.
pub(super) fn host(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains([':', '/', ' ']) {
        true => Err("expected a name alone, such as classroom.example".to_owned()),
        false => Ok(text.to_owned()),
    }
}

// Browsers send the scheme, the host and a port that is not the default one, in lower case, and
// nothing after them.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let is_origin = |text: &str| {
        let host = text.split_once("://").map(|(_, host)| host);
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', ' ']))
    };
    match text {
        "*" | "null" => Ok(text.to_owned()),
        _ if is_origin(text) => Ok(text.to_ascii_lowercase()),
        _ => Err("expected an origin, such as http://localhost:5173, or * for all".to_owned()),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST => Ok(duration),
        Ok(_) => Err("expected a time above zero and of at most a day".to_owned()),
        Err(error) => Err(format!("{error}; expected a time such as 500ms, 15s or 2m")),
    }
}

// Only this machine reaches it.
pub(super) fn on_this_machine(port: u16) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// The option stands on the command line: it is no default.
pub(super) fn is_typed(option: &str, matches: &ArgMatches) -> bool {
    matches.value_source(option) == Some(ValueSource::CommandLine)
}

/// Where the server listens, and the relay, unless told otherwise.
pub(super) const USUAL_PORT: u16 = 8080;
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
