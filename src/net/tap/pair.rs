//! One relayed connection: two sockets, and a pipe in each direction.
//!
//! ```text
//! client  --- read() = 78 ---->  requests   --- write() = 78 --->  origin
//!         <-- write() = 5 -----  responses  <-- read() = 5 ------
//! ```
//!
//! What one `read()` took leaves in one `write()`. What the other side does not take waits, at most
//! one buffer full, and nothing more is read in this direction until it has left: so the sender's
//! window closes as it would without the relay.
//!
//! | from one side comes | the other side gets |
//! |---|---|
//! | octets | the same octets |
//! | FIN | FIN, after the octets before it; the other direction goes on |
//! | RST | RST, after the octets before it that the other side takes at once |
//! | no connection | RST |
//!
//! For the next editor: nothing here looks at an octet. The trace hears what was read, and nothing
//! is asked of it.

use std::time::Instant;

use mio::event::Event;
use mio::net::TcpStream;

use super::host::HostField;
use super::leg::{Leg, ReadOutcome, Side};
use super::readiness::{ReadReadiness, WriteReadiness};
use super::shared::Shared;
use super::tls::{Handshake, Session};
use crate::net::socket;
use crate::trace::record::ConnectionId;
use crate::wire::cause::{Cause, StateChange};
use crate::wire::flow::Flow;
use crate::wire::tls_fault::TlsFault;

/// A client, and the origin's side of it.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) id: ConnectionId,
    /// The index of the hop that it passes.
    pub(super) hop: usize,
    client: Leg,
    origin: Leg,
    pub(super) origin_state: OriginState,
    requests: Pipe,
    responses: Pipe,
    /// Replaces the value of Host, if that is asked for.
    host: Option<Box<HostField>>,
    /// The earliest entry that the heap of timers holds for this pair.
    pub(super) timer: Option<Instant>,
    pub(super) turn: Turn,
}

/// How far the connection to the origin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OriginState {
    /// The SYN has been sent.
    Connecting {
        /// When an answer to it is late.
        until: Instant,
        /// The index of the origin's address that is tried after this one.
        next: usize,
    },
    /// The connection is there, and TLS is being agreed on.
    ShakingHands {
        /// When that is late.
        until: Instant,
    },
    /// Both connections are open, and octets pass.
    Passing,
}

/// An origin's socket whose SYN is on its way, and what is to be spoken on it.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) socket: TcpStream,
    pub(super) state: OriginState,
    pub(super) tls: Option<Session>,
    pub(super) host: Option<&'static str>,
}

/// Whether the loop is to serve the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// When something has happened.
    Waiting,
    /// In this turn or the next.
    Queued,
}

/// One direction of the pair: what has been read and not written.
#[derive(Debug, Default)]
struct Pipe {
    /// Octets that have been read and not yet written; none, most of the time.
    pending: Vec<u8>,
    /// How many of them have been written.
    written: usize,
    end: PipeEnd,
}

/// Whether a FIN has come in this direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum PipeEnd {
    #[default]
    Open,
    /// It follows the octets that wait.
    FinReceived,
    /// The other side has it.
    FinSent,
}

/// Whether there is more to do for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    /// Nothing, before something happens.
    Rests,
    /// In the next turn.
    HasMore,
}

/// How the pair has come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// FIN has passed in both directions.
    BothFin,
    /// The connection of one side is gone.
    Broken(Side, Cause),
    /// The origin's address could not be connected to; `next` is the index of the one that is tried
    /// after it.
    NotConnected { cause: Cause, next: usize },
    /// The relay stops, and cuts what is open.
    Stopped,
}

impl Pipe {
    fn waiting(&self) -> &[u8] {
        &self.pending[self.written..]
    }

    fn is_empty(&self) -> bool {
        self.written == self.pending.len()
    }

    /// This many of the waiting octets have left.
    fn took(&mut self, count: usize) {
        self.written += count;
        if self.is_empty() {
            // A pipe that is empty holds no memory: most are, and there are two for each
            // connection.
            (self.pending, self.written) = (Vec::new(), 0);
        }
    }
}

impl Pair {
    /// A client that has been accepted, and an origin that has been dialled; both are registered.
    pub(super) fn new(id: ConnectionId, hop: usize, client: TcpStream, dialled: Dialled) -> Pair {
        Pair {
            id,
            hop,
            client: Leg::new(Side::Client, client, WriteReadiness::Ready),
            origin: Leg::new(Side::Origin, dialled.socket, WriteReadiness::Full).encrypted(dialled.tls),
            origin_state: dialled.state,
            requests: Pipe::default(),
            responses: Pipe::default(),
            host: dialled.host.map(|name| Box::new(HostField::new(name))),
            timer: None,
            turn: Turn::Waiting,
        }
    }

    /// Another address of the origin is tried.
    pub(super) fn retry(&mut self, dialled: Dialled) {
        self.origin = Leg::new(Side::Origin, dialled.socket, WriteReadiness::Full).encrypted(dialled.tls);
        self.origin_state = dialled.state;
    }

    /// Poll has seen something of one of the sockets.
    pub(super) fn mark_ready(&mut self, side: Side, event: &Event) {
        match side {
            Side::Client => self.client.mark_ready(event),
            Side::Origin => self.origin.mark_ready(event),
        }
    }

    /// When something is to be done although nothing has happened.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.origin_state {
            OriginState::Connecting { until, .. } | OriginState::ShakingHands { until } => Some(until),
            OriginState::Passing => None,
        }
    }

    // ---- serving

    /// In each direction at most one read and one write.
    #[inline(never)]
    pub(super) fn serve(&mut self, buffer: &mut [u8], shared: &mut Shared) -> Result<Served, End> {
        if let OriginState::Connecting { until, next } = self.origin_state
            && !self.connect(until, next, shared)?
        {
            return Ok(Served::Rests);
        }
        if let OriginState::ShakingHands { until } = self.origin_state
            && !self.shake_hands(until, shared)?
        {
            return Ok(Served::Rests);
        }
        for flow in [Flow::Requests, Flow::Responses] {
            if self.can_pass(flow) {
                self.pass(flow, buffer, shared)?;
            }
        }
        for side in [Side::Client, Side::Origin] {
            self.end_if_broken(side)?;
        }
        if self.requests.end == PipeEnd::FinSent && self.responses.end == PipeEnd::FinSent {
            return Err(End::BothFin);
        }
        let has_more = self.can_pass(Flow::Requests) || self.can_pass(Flow::Responses);
        Ok(if has_more { Served::HasMore } else { Served::Rests })
    }

    /// Whether the origin has answered the SYN. Until then nothing is read from the client: its
    /// octets wait in the kernel.
    fn connect(&mut self, until: Instant, next: usize, shared: &mut Shared) -> Result<bool, End> {
        if let Some(cause) = self.client.broken() {
            return Err(End::Broken(Side::Client, cause));
        }
        let failed = |error| End::NotConnected { cause: not_connected(&error), next };
        if self.origin.write == WriteReadiness::Ready || !self.origin.is_sound() {
            if let Some(error) = self.origin.socket.take_error().unwrap_or_else(Some) {
                return Err(failed(error));
            }
            if socket::is_connected(&self.origin.socket) {
                self.origin_state = OriginState::ShakingHands { until: shared.now + shared.limits.connect };
                shared.trace.state(shared.at(), self.id, StateChange::OriginConnected);
                return Ok(true);
            }
        }
        if shared.now >= until {
            return Err(End::NotConnected { cause: Cause::OriginTimedOut, next });
        }
        Ok(false)
    }

    /// Whether TLS has been agreed on, which without TLS is so from the beginning.
    fn shake_hands(&mut self, until: Instant, shared: &mut Shared) -> Result<bool, End> {
        if let Some(cause) = self.client.broken() {
            return Err(End::Broken(Side::Client, cause));
        }
        // Another address of the same origin would answer with the same certificate.
        let failed = |fault| End::NotConnected { cause: Cause::OriginTls(fault), next: usize::MAX };
        match self.origin.shake_hands() {
            None => {}
            Some(Ok(Handshake::Done(version))) => {
                let is_checked = self.origin.begin_encrypted() == Some(true);
                shared.trace.state(shared.at(), self.id, StateChange::OriginEncrypted { version, is_checked });
            }
            Some(Ok(Handshake::Failed(fault))) => return Err(failed(fault)),
            Some(Ok(Handshake::Waits)) if shared.now >= until => return Err(failed(TlsFault::TimedOut)),
            Some(Ok(Handshake::Waits)) => return Ok(false),
            Some(Err(_)) => return Err(failed(TlsFault::Closed)),
        }
        self.origin_state = OriginState::Passing;
        Ok(true)
    }

    fn can_pass(&self, flow: Flow) -> bool {
        let (from, to, pipe) = match flow {
            Flow::Requests => (&self.client, &self.origin, &self.requests),
            Flow::Responses => (&self.origin, &self.client, &self.responses),
        };
        if !pipe.is_empty() || to.has_unsent() {
            return to.write == WriteReadiness::Ready;
        }
        pipe.end == PipeEnd::FinReceived || (pipe.end == PipeEnd::Open && from.read != ReadReadiness::Empty)
    }

    /// What waits is written; if nothing does, one read, and one write of what it took.
    fn pass(&mut self, flow: Flow, buffer: &mut [u8], shared: &mut Shared) -> Result<(), End> {
        let at = shared.at();
        let by = self.host.as_ref().map(|host| host.by());
        let (from, to, pipe) = match flow {
            Flow::Requests => (&mut self.client, &mut self.origin, &mut self.requests),
            Flow::Responses => (&mut self.origin, &mut self.client, &mut self.responses),
        };
        if to.has_unsent() {
            to.flush();
        } else if !pipe.is_empty() {
            match to.write(pipe.waiting()) {
                Some(count) => pipe.took(count),
                None => shared.trace.blocked(at, self.id, flow, pipe.waiting().len()),
            }
        } else if pipe.end == PipeEnd::Open {
            match from.read(buffer) {
                ReadOutcome::Octets(count) => {
                    let read = &buffer[..count];
                    let (octets, is_host_new) = match &mut self.host {
                        None => (read, false),
                        Some(host) => host.pass(flow, read),
                    };
                    let written = to.write(octets);
                    shared.trace.octets(at, self.id, flow, read);
                    if is_host_new && let Some(by) = by {
                        shared.trace.state(at, self.id, StateChange::HostReplaced { by });
                    }
                    if written.is_none() {
                        shared.trace.blocked(at, self.id, flow, octets.len());
                    }
                    pipe.pending.extend_from_slice(&octets[written.unwrap_or(0)..]);
                }
                ReadOutcome::Fin(cause) => {
                    pipe.end = PipeEnd::FinReceived;
                    shared.trace.fin(at, self.id, flow, cause);
                }
                ReadOutcome::Nothing => {}
                ReadOutcome::Broken(cause) => return Err(End::Broken(from.side, cause)),
            }
        }
        let is_next = pipe.is_empty() && pipe.end == PipeEnd::FinReceived && !to.has_unsent();
        if is_next && to.send_fin() {
            pipe.end = PipeEnd::FinSent;
        }
        Ok(())
    }

    /// A side that is gone ends the pair, when all that it sent before has been passed on, or the
    /// other side does not take it.
    fn end_if_broken(&mut self, side: Side) -> Result<(), End> {
        if self.can_pass(side.flow()) {
            return Ok(());
        }
        let leg = match side {
            Side::Client => &mut self.client,
            Side::Origin => &mut self.origin,
        };
        leg.broken().map_or(Ok(()), |cause| Err(End::Broken(side, cause)))
    }

    // ---- ending

    /// Closes both sockets, in the way that the end demands.
    pub(super) fn close(self, end: End, shared: &mut Shared) {
        let at = shared.at();
        let (flow, cause) = match end {
            End::BothFin => return shared.trace.closed(at, self.id, Cause::BothFin),
            End::Broken(side, cause) => (side.flow(), cause),
            End::NotConnected { cause, .. } => (Flow::Responses, cause),
            End::Stopped => (Flow::Responses, Cause::RelayStops),
        };
        let mut sockets = vec![self.client.socket];
        match cause {
            // An alert says why there is no TLS; an RST would throw it away.
            Cause::OriginTls(_) => drop(self.origin.socket),
            _ => sockets.push(self.origin.socket),
        }
        for socket in sockets {
            // Of a socket that is gone already nothing goes out.
            if let Err(error) = socket::send_rst(socket) {
                log::debug!("connection {}: setsockopt(SO_LINGER) failed: {error}", self.id);
            }
        }
        shared.trace.rst(at, self.id, flow, cause);
        shared.trace.closed(at, self.id, Cause::AfterReset);
    }
}

/// Why there is no connection to the origin.
pub(super) fn not_connected(error: &std::io::Error) -> Cause {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Cause::OriginRefused,
        std::io::ErrorKind::TimedOut => Cause::OriginTimedOut,
        _ => Cause::OriginUnreachable { errno: error.raw_os_error() },
    }
}
