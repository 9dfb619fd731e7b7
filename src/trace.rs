//! Room 3, record: what passed the sockets, kept by whoever wants to see it.
//!
//! A [`Record`] is made after the system call, of the octets that it really took; a [`Sink`] shows or keeps it.
//! The only open set of the house is here: whoever has a new view of the wire writes a sink.
//!
//! ```text
//! read(), write() -> Trace::octets -> Dissector -> Record -> terminal, file, page
//! ```
//!
//! - [`terminal`]: rows for people.
//! - [`jsonl`]: lines for programs.
//! - [`pcapng`]: packets for Wireshark.
//!
//! For the next editor: without a sink every method returns after one branch. Nothing is dissected, formatted or
//! allocated then, and a server under load must not feel that the trace exists. A sink that cannot write any more is
//! dropped; with the last one the trace is off.

mod crowd;
pub mod jsonl;
pub mod pcapng;
pub mod terminal;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::wire::dissect::{Dissector, Ending, Flow, Span};

/// The number of a connection, in the order in which they were accepted.
pub type ConnectionId = u64;

/// One thing that happened on one connection.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// When, counted from the start of the server.
    pub at: Duration,
    /// Where.
    pub connection: ConnectionId,
    /// What.
    pub what: What<'a>,
}

/// What can happen on a connection.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// `accept()` returned it.
    Opened {
        /// Our address.
        local: SocketAddr,
        /// Theirs.
        peer: SocketAddr,
    },
    /// One `read()` or `write()` took these octets.
    Octets {
        /// In which direction.
        flow: Flow,
        /// All that the call took.
        octets: &'a [u8],
        /// The same, labelled.
        spans: &'a [Span],
    },
    /// `write()` would have blocked.
    Blocked {
        /// So many octets wait.
        pending: usize,
    },
    /// The connection is in another state now.
    State {
        /// One word: the name of the state.
        name: &'a str,
        /// Why, in one sentence with its section.
        note: &'a str,
    },
    /// One direction was closed in order.
    Fin {
        /// Which one.
        flow: Flow,
        /// Who did it and why.
        note: &'a str,
        /// Where in a message it comes, and what that means.
        ending: Ending,
    },
    /// Both directions were cut.
    Rst {
        /// The direction in which it was sent.
        flow: Flow,
        /// Who did it and why.
        note: &'a str,
        /// Where in a message it comes, and what that means.
        ending: Ending,
    },
    /// The socket was closed.
    Closed {
        /// Why.
        note: &'a str,
    },
}

/// Somebody who wants to know. A sink copies what it keeps.
pub trait Sink: Send {
    /// What it is to the operator, who reads it in the one line that says that it has failed.
    fn name(&self) -> &str;

    /// Takes one record. It must not block for long: the server waits for it.
    ///
    /// # Errors
    /// The disk is full, or the reader of the pipe has gone. The sink is dropped then, and the server goes on.
    fn record(&mut self, record: &Record<'_>) -> io::Result<()>;
}

/// All the sinks, and one dissector for each connection.
pub struct Trace {
    sinks: Vec<Box<dyn Sink>>,
    dissectors: HashMap<ConnectionId, Dissector>,
    started: Instant,
}

impl Trace {
    /// A trace that counts time from `started`. Without sinks it is off.
    pub fn new(started: Instant, sinks: Vec<Box<dyn Sink>>) -> Trace {
        Trace { sinks, dissectors: HashMap::new(), started }
    }

    /// Somebody listens.
    pub fn is_on(&self) -> bool {
        !self.sinks.is_empty()
    }

    /// `accept()` returned a connection.
    pub fn opened(&mut self, at: Instant, id: ConnectionId, local: SocketAddr, peer: SocketAddr) {
        self.send(at, id, What::Opened { local, peer });
    }

    /// A system call took `octets`.
    pub fn octets(&mut self, at: Instant, id: ConnectionId, flow: Flow, octets: &[u8]) {
        if self.is_on() {
            let spans = self.dissectors.entry(id).or_default().dissect(flow, octets);
            self.send(at, id, What::Octets { flow, octets, spans: &spans });
        }
    }

    /// `write()` would have blocked; `pending` octets wait.
    pub fn blocked(&mut self, at: Instant, id: ConnectionId, pending: usize) {
        self.send(at, id, What::Blocked { pending });
    }

    /// The connection has come into the state `name`, for the reason in `note`.
    pub fn state(&mut self, at: Instant, id: ConnectionId, name: &str, note: &str) {
        self.send(at, id, What::State { name, note });
    }

    /// A FIN passed in the direction of `flow`.
    pub fn fin(&mut self, at: Instant, id: ConnectionId, flow: Flow, note: &str) {
        if self.is_on() {
            let ending = self.ending(id, flow);
            self.send(at, id, What::Fin { flow, note, ending });
        }
    }

    /// An RST passed in the direction of `flow`.
    pub fn rst(&mut self, at: Instant, id: ConnectionId, flow: Flow, note: &str) {
        if self.is_on() {
            let ending = self.ending(id, flow);
            self.send(at, id, What::Rst { flow, note, ending });
        }
    }

    /// The socket was closed: nothing of this connection will come any more.
    pub fn closed(&mut self, at: Instant, id: ConnectionId, note: &str) {
        if self.is_on() {
            self.send(at, id, What::Closed { note });
            self.dissectors.remove(&id);
        }
    }

    fn ending(&self, id: ConnectionId, flow: Flow) -> Ending {
        self.dissectors.get(&id).map_or(Ending::BetweenMessages, |dissector| dissector.at_fin(flow))
    }

    fn send(&mut self, at: Instant, connection: ConnectionId, what: What<'_>) {
        if !self.is_on() {
            return;
        }
        let record = Record { at: at.saturating_duration_since(self.started), connection, what };
        self.sinks.retain_mut(|sink| match sink.record(&record) {
            Ok(()) => true,
            Err(error) => {
                log::warn!("{} cannot be written any more ({error}); the server goes on without it", sink.name());
                false
            }
        });
        if self.sinks.is_empty() {
            self.dissectors = HashMap::new();
        }
    }
}
