//! Accepting connections.
//!
//! ```text
//! listener event  ->  accept() until it would block, at most 128 in a turn
//!                     EMFILE, ENFILE: pause until a connection closes, or for a second
//! ```
//!
//! What is not accepted waits in the kernel's listen queue: nothing is lost, and a crowd that
//! arrives does not keep the open connections waiting.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};

use super::socket::{self, Listening};

/// The listeners, and when to accept.
#[derive(Debug)]
pub(super) struct Acceptor {
    listeners: Vec<Listener>,
    /// Accepting failed: not again before this, or before a connection has closed.
    paused_until: Option<Instant>,
    /// The operator has been told of that, and is not told again before this.
    warn_again: Option<Instant>,
}

#[derive(Debug)]
struct Listener {
    socket: TcpListener,
    /// The index of its group.
    group: usize,
    is_ready: bool,
}

/// A connection that has been accepted.
#[derive(Debug)]
pub(super) struct Accepted {
    /// The index of the group that has the address that it came to.
    pub(super) group: usize,
    pub(super) socket: TcpStream,
    /// The client's address.
    pub(super) address: SocketAddr,
}

impl Acceptor {
    /// Listens on these addresses. Each group is one name: one of its addresses must do, and the
    /// operator is told of the others.
    ///
    /// # Errors
    /// No address of a group can be listened on; the error names the first one.
    pub(super) fn bind(groups: &[Vec<SocketAddr>], how: Listening, registry: &Registry) -> io::Result<Acceptor> {
        if groups.iter().map(Vec::len).sum::<usize>() > MOST_LISTENERS {
            return Err(io::Error::other(format!("more than {MOST_LISTENERS} addresses to listen on")));
        }
        let mut listeners: Vec<Listener> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            let (before, mut first_error) = (listeners.len(), None);
            for &address in group {
                match listen(address, how, Token(listeners.len()), registry) {
                    Ok(socket) => listeners.push(Listener { socket, group: index, is_ready: false }),
                    Err(error) => _ = first_error.get_or_insert(error),
                }
            }
            match first_error {
                Some(error) if listeners.len() == before => return Err(error),
                Some(error) => log::warn!("{error}; the other addresses of this name are served"),
                None => {}
            }
        }
        Ok(Acceptor { listeners, paused_until: None, warn_again: None })
    }

    /// The addresses that are really listened on, with the ports that were chosen where 0 was asked
    /// for.
    pub(super) fn local_addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.socket.local_addr().ok()).collect()
    }

    /// The same addresses, each with the index of its group.
    pub(super) fn local_groups(&self) -> Vec<(usize, SocketAddr)> {
        let address = |listener: &Listener| Some((listener.group, listener.socket.local_addr().ok()?));
        self.listeners.iter().filter_map(address).collect()
    }

    /// Poll has seen connections at a listener.
    pub(super) fn mark_ready(&mut self, index: usize) {
        if let Some(listener) = self.listeners.get_mut(index) {
            listener.is_ready = true;
        }
    }

    /// The next connection, if one waits and accepting is not paused; `open` connections are open.
    pub(super) fn next(&mut self, open: usize, now: Instant) -> Option<Accepted> {
        if self.paused_until.is_some_and(|until| until > now) {
            return None;
        }
        self.paused_until = None;
        for index in 0..self.listeners.len() {
            let listener = &mut self.listeners[index];
            if !listener.is_ready {
                continue;
            }
            match socket::accept(&listener.socket) {
                Ok((socket, address)) => return Some(Accepted { group: listener.group, socket, address }),
                Err(error) if error.kind() == ErrorKind::WouldBlock => listener.is_ready = false,
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                // No descriptor left (EMFILE, ENFILE), or no memory: trying again at once would
                // spin.
                Err(error) => {
                    self.pause(&error, open, now);
                    return None;
                }
            }
        }
        None
    }

    /// A connection waits, as far as is known, and accepting is not paused.
    pub(super) fn is_ready(&self) -> bool {
        self.paused_until.is_none() && self.listeners.iter().any(|listener| listener.is_ready)
    }

    /// When accepting goes on after a pause.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// A connection has closed, so there is a descriptor.
    pub(super) fn resume(&mut self) {
        self.paused_until = None;
    }

    /// Closes the listening socket: no further client is accepted.
    pub(super) fn close(&mut self) {
        self.listeners.clear();
    }

    /// The bound on open connections is reached: tells the operator, once a minute, if a client
    /// waits.
    pub(super) fn tell_full(&mut self, open: usize, now: Instant) {
        if self.listeners.iter().any(|listener| listener.is_ready) {
            self.warn(now, format_args!("{open} connections are open, the maximum; further ones wait"));
        }
    }

    fn pause(&mut self, error: &io::Error, open: usize, now: Instant) {
        self.warn(now, format_args!("accepting pauses: {error} ({open} connections are open)"));
        self.paused_until = Some(now + PAUSE);
    }

    fn warn(&mut self, now: Instant, sentence: std::fmt::Arguments<'_>) {
        let is_due = self.warn_again.is_none_or(|at| at <= now);
        log::log!(if is_due { log::Level::Warn } else { log::Level::Debug }, "{sentence}");
        if is_due {
            self.warn_again = Some(now + WARN_PAUSE);
        }
    }
}

fn listen(address: SocketAddr, how: Listening, token: Token, registry: &Registry) -> io::Result<TcpListener> {
    let mut socket = socket::listen(address, how)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?;
    registry.register(&mut socket, token, Interest::READABLE)?;
    Ok(socket)
}

/// Addresses that are listened on: their tokens are below this number.
pub(super) const MOST_LISTENERS: usize = 1024;
/// Connections that are accepted in one turn.
pub(super) const ACCEPTS_PER_TURN: usize = 128;
/// How long accepting pauses when no descriptor is left and no connection closes.
const PAUSE: Duration = Duration::from_secs(1);
/// Minimum time between two warnings that clients wait; every close and accept would repeat it.
const WARN_PAUSE: Duration = Duration::from_secs(60);
