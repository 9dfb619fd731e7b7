//! Room 2, record: what passed the sockets, kept by whoever wants to see it.
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
//! - [`live`]: lines for those who watch.
//! - [`patient`]: standard output, which others may have made non-blocking.
//!
//! For the next editor: without a sink every method returns after one branch. Nothing is dissected, formatted or
//! allocated then, and a server under load must not feel that the trace exists. A sink that cannot write any more is
//! dropped; with the last one the trace is off.

mod crowd;
pub mod jsonl;
pub mod live;
pub mod patient;
pub mod pcapng;
pub mod terminal;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use self::live::{Live, Open};
use crate::wire::dissect::Dissector;
use crate::wire::ending::Ending;
use crate::wire::flow::Flow;
use crate::wire::span::Span;

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
    /// A step waits until somebody lets it go.
    Held {
        /// Its name.
        step: &'a str,
        /// What to think about meanwhile.
        note: &'a str,
        /// The octets that it will put on the wire; none if it has none, or if it is not known yet.
        octets: &'a [u8],
        /// The same, labelled as they will be.
        spans: &'a [Span],
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

    /// Writes what stands before the first record, if anything does.
    ///
    /// # Errors
    /// As for a record.
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes one record. It must not block for long: the server waits for it.
    ///
    /// # Errors
    /// The disk is full, or the reader of the pipe has gone. The sink is dropped then, and the server goes on.
    fn record(&mut self, record: &Record<'_>) -> io::Result<()>;
}

/// All the sinks, and one dissector for each connection.
pub struct Trace {
    sinks: Vec<Box<dyn Sink>>,
    live: Option<Live>,
    /// There is a sink, or somebody watches.
    is_on: bool,
    connections: HashMap<ConnectionId, Traced>,
    started: Instant,
}

/// What the trace knows of a connection.
#[derive(Debug, Clone, Default)]
struct Traced {
    dissector: Dissector,
    /// The trace began in the middle of a message: nobody can label its octets.
    is_late: bool,
    /// Nothing more is said of it.
    is_hushed: bool,
}

impl Trace {
    /// A trace that counts time from `started`. Without sinks it is off, until somebody watches.
    pub fn new(started: Instant, mut sinks: Vec<Box<dyn Sink>>) -> Trace {
        sinks.retain_mut(|sink| is_kept(sink.as_mut(), |sink| sink.begin()));
        Trace { is_on: !sinks.is_empty(), sinks, live: None, connections: HashMap::new(), started }
    }

    /// Somebody listens.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// `accept()` returned a connection.
    pub fn opened(&mut self, at: Instant, id: ConnectionId, local: SocketAddr, peer: SocketAddr) {
        self.send(at, id, What::Opened { local, peer });
    }

    /// A system call took `octets`.
    pub fn octets(&mut self, at: Instant, id: ConnectionId, flow: Flow, octets: &[u8]) {
        if !self.is_on {
            return;
        }
        let traced = self.connections.entry(id).or_default();
        if traced.is_hushed {
            return;
        }
        let spans = if traced.is_late { Vec::new() } else { traced.dissector.dissect(flow, octets) };
        self.send(at, id, What::Octets { flow, octets, spans: &spans });
    }

    /// `write()` would have blocked; `pending` octets wait.
    pub fn blocked(&mut self, at: Instant, id: ConnectionId, pending: usize) {
        self.send(at, id, What::Blocked { pending });
    }

    /// The connection has come into the state `name`, for the reason in `note`.
    pub fn state(&mut self, at: Instant, id: ConnectionId, name: &str, note: &str) {
        self.send(at, id, What::State { name, note });
    }

    /// The step `step` waits to be let go, and would write `octets`.
    pub fn held(&mut self, at: Instant, id: ConnectionId, step: &str, note: &str, octets: &[u8]) {
        if !self.is_on {
            return;
        }
        // On a copy: nothing has passed yet, and what passes in the end may be something else.
        let mut traced = self.connections.get(&id).cloned().unwrap_or_default();
        let spans = if traced.is_late { Vec::new() } else { traced.dissector.dissect(Flow::Responses, octets) };
        self.send(at, id, What::Held { step, note, octets, spans: &spans });
    }

    /// A FIN passed in the direction of `flow`.
    pub fn fin(&mut self, at: Instant, id: ConnectionId, flow: Flow, note: &str) {
        if self.is_on {
            let ending = self.ending(id, |dissector| dissector.at_fin(flow));
            self.send(at, id, What::Fin { flow, note, ending });
        }
    }

    /// An RST passed in the direction of `flow`.
    pub fn rst(&mut self, at: Instant, id: ConnectionId, flow: Flow, note: &str) {
        if self.is_on {
            let ending = self.ending(id, |dissector| dissector.at_rst(flow));
            self.send(at, id, What::Rst { flow, note, ending });
        }
    }

    /// The socket was closed: nothing of this connection will come any more.
    pub fn closed(&mut self, at: Instant, id: ConnectionId, note: &str) {
        if self.is_on {
            // Of a connection that watched nothing is said but this: it is gone.
            if let Some(traced) = self.connections.get_mut(&id) {
                traced.is_hushed = false;
            }
            self.send(at, id, What::Closed { note });
            self.connections.remove(&id);
        }
    }

    // ---- for those who watch ------------------------------------------------------------------------

    /// Keeps lines from now on. `open` are the connections that there are, and whether each is between two messages.
    pub fn watch(&mut self, now: Instant, open: impl Iterator<Item = (ConnectionId, bool)>) {
        if !self.is_on {
            for (id, is_between) in open.filter(|(_, is_between)| !is_between) {
                self.connections.insert(id, Traced { is_late: !is_between, ..Traced::default() });
            }
        }
        self.live.get_or_insert_with(|| Live::new(now));
        self.is_on = true;
    }

    /// Says nothing more of this connection: it watches.
    pub fn hush(&mut self, id: ConnectionId) {
        if self.is_on {
            self.connections.entry(id).or_default().is_hushed = true;
        }
    }

    /// The next octets of this connection begin a message: they can be labelled, if those before could not.
    pub fn begin_message(&mut self, id: ConnectionId) {
        if let Some(traced) = self.connections.get_mut(&id)
            && traced.is_late
        {
            *traced = Traced::default();
        }
    }

    /// The open connections as one line, for somebody who begins to watch; the list may be shorter than `open`.
    pub fn snapshot(&self, at: Instant, open: usize, connections: &[Open]) -> String {
        live::snapshot(at.saturating_duration_since(self.started), open, connections)
    }

    /// There are lines for those who watch.
    pub fn has_news(&self) -> bool {
        self.live.as_ref().is_some_and(Live::has_news)
    }

    /// Those lines, each with its connection; 0 is all connections.
    pub fn take_news(&mut self) -> Vec<(ConnectionId, String)> {
        self.live.as_mut().map(Live::take_news).unwrap_or_default()
    }

    /// So many watch now. False if nobody has for a while: no lines are kept any more then.
    pub fn is_watched(&mut self, watchers: usize, now: Instant) -> bool {
        let is_wanted = self.live.as_mut().is_some_and(|live| live.is_wanted(watchers, now));
        if !is_wanted {
            self.live = None;
            self.end_if_unwanted();
        }
        is_wanted
    }

    // ---- how ----------------------------------------------------------------------------------------

    fn end_if_unwanted(&mut self) {
        self.is_on = !self.sinks.is_empty() || self.live.is_some();
        if !self.is_on {
            self.connections = HashMap::new();
        }
    }

    fn ending(&self, id: ConnectionId, judge: impl FnOnce(&Dissector) -> Ending) -> Ending {
        match self.connections.get(&id) {
            Some(traced) if !traced.is_late => judge(&traced.dissector),
            Some(_) | None => Ending::BetweenMessages,
        }
    }

    fn send(&mut self, at: Instant, connection: ConnectionId, what: What<'_>) {
        if !self.is_on || self.connections.get(&connection).is_some_and(|traced| traced.is_hushed) {
            return;
        }
        let record = Record { at: at.saturating_duration_since(self.started), connection, what };
        if let Some(live) = &mut self.live {
            live.record(&record);
        }
        let sinks = self.sinks.len();
        self.sinks.retain_mut(|sink| is_kept(sink.as_mut(), |sink| sink.record(&record)));
        if self.sinks.len() < sinks {
            self.end_if_unwanted();
        }
    }
}

/// Lets a sink write; one that cannot is not kept, and the operator is told once.
fn is_kept(sink: &mut dyn Sink, write: impl FnOnce(&mut dyn Sink) -> io::Result<()>) -> bool {
    let Err(error) = write(sink) else { return true };
    log::warn!("{} cannot be written any more ({error}); the server goes on without it", sink.name());
    false
}
