//! One peer: a socket, its connection, and the response that the connection is given.
//!
//! ```text
//! Peer::read   one read(2)                    octets -> Connection::receive
//! Peer::act    Connection::next_action ->     Respond -> site, NextStep -> Producer,
//!                                             Send, Deliver -> write(2), SendFin -> shutdown(2)
//! ```
//!
//! In a turn a peer reads at most once and acts at most once, so that no peer keeps the others
//! waiting. The octets that the trace records are exactly those that the call returned.

use std::io::{self, ErrorKind, Read};
use std::time::Instant;

use mio::event::Event;
use mio::net::TcpStream;

use super::shared::Shared;
use super::socket;
use super::step_commands::other_ways;
use crate::exchange::connection::{Action, Connection};
use crate::exchange::response::Response;
use crate::exchange::stepping::{Release, StepMode};
use crate::site::operator::OperatorRequest;
use crate::site::producer::Producer;
use crate::site::{self, Answer, Client};
use crate::trace::live::OpenConnection;
use crate::trace::record::ConnectionId;
use crate::wire::cause::{Call, Cause, StateChange};
use crate::wire::flow::Flow;
use crate::wire::language::Language;
use crate::wire::persistence::Persistence;
use crate::wire::request::Request;
use crate::wire::step::{Batch, Next, Step, StepKind};

/// A client, as the loop sees it.
#[derive(Debug)]
pub(super) struct Peer {
    socket: TcpStream,
    pub(super) connection: Connection,
    /// The steps of the response that is under way.
    producer: Producer,
    pub(super) id: ConnectionId,
    client: Client,
    /// The loop's key of this peer.
    key: u32,
    /// The earliest entry that the heap of timers holds for this peer.
    pub(super) timer: Option<Instant>,
    read: ReadReadiness,
    write: WriteReadiness,
    pub(super) turn: Turn,
    /// The octets that the connection kept when it was served last.
    kept: u32,
    traced_rest: TracedRest,
}

/// What is known of the socket's receive buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadReadiness {
    /// It was empty; poll will say when it is not.
    Empty,
    /// It may hold octets.
    Ready,
    /// It may hold octets, and poll has seen FIN after them: it is read until the call says so.
    ReadyToEnd,
    /// Poll has seen an error: nothing can be sent or received any more.
    Failed,
}

/// What is known of the socket's send buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WriteReadiness {
    /// It was full; poll will say when it is not.
    Full,
    /// It may have room.
    Ready,
}

/// Whether the loop is to serve the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// When something has happened.
    Waiting,
    /// In this turn or the next.
    Queued,
}

/// What the trace was told last of the state that the connection rests in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TracedRest {
    /// Nothing since octets were sent.
    Nothing,
    /// That it waits for a request.
    Waiting,
    /// That a step is held.
    Held,
}

/// The result of acting.
pub(super) enum Acted {
    /// Nothing can be done before something happens.
    Rests,
    /// There is more to do.
    HasMore,
    /// The client asks something of the server itself: the loop carries it out, and responds.
    Operator(OperatorRequest),
}

/// The peer is to be forgotten, and why.
pub(super) enum Gone {
    /// Both halves are done, or the socket is of no more use.
    Closed(Cause),
    /// The connection ends by RST.
    Reset(Cause),
}

impl Peer {
    pub(super) fn new(socket: TcpStream, client: Client, key: usize, id: ConnectionId, shared: &Shared) -> Peer {
        Peer {
            socket,
            connection: Connection::new(shared.stepping.pace, &shared.cx()),
            producer: Producer::default(),
            id,
            client,
            key: key as u32,
            timer: None,
            // Registering makes the first event come, with whatever is there already.
            read: ReadReadiness::Empty,
            write: WriteReadiness::Ready,
            turn: Turn::Waiting,
            kept: 0,
            traced_rest: TracedRest::Waiting,
        }
    }

    // ---- readiness

    /// Poll has seen something. It is a hint: the truth is what the next call returns.
    pub(super) fn mark_ready(&mut self, event: &Event) {
        if event.is_error() {
            self.read = ReadReadiness::Failed;
        } else if event.is_read_closed() {
            self.read = ReadReadiness::ReadyToEnd;
        } else if event.is_readable() && self.read == ReadReadiness::Empty {
            self.read = ReadReadiness::Ready;
        }
        if event.is_writable() || event.is_write_closed() || event.is_error() {
            self.write = WriteReadiness::Ready;
        }
    }

    /// There may be octets to read, and the connection wants them.
    pub(super) fn can_read(&self, shared: &Shared) -> bool {
        self.read != ReadReadiness::Empty && self.connection.wants_to_receive(&shared.limits.exchange)
    }

    /// It needs another turn: it can be read, and need not wait for octets that others give back;
    /// or its socket has failed, and the error is still to be taken.
    pub(super) fn needs_turn(&self, shared: &Shared) -> bool {
        self.read == ReadReadiness::Failed || (self.can_read(shared) && shared.memory.allows(self.kept as usize))
    }

    // ---- reading

    /// At most one read(2).
    #[inline(never)]
    pub(super) fn read(&mut self, buffer: &mut [u8], shared: &mut Shared) -> Result<(), Gone> {
        if !self.can_read(shared) {
            return self.look_past_unread_octets(shared);
        }
        if !shared.memory.allows(self.kept as usize) {
            shared.memory.wait(self.key as usize);
            return Ok(());
        }
        match self.socket.read(buffer) {
            Ok(0) => {
                self.read = ReadReadiness::Empty;
                shared.trace.fin(shared.at(), self.id, Flow::Requests, Cause::ReadZero);
                self.producer.on_fin();
                self.connection.receive_fin(&shared.cx());
            }
            Ok(count) => {
                // A short read has emptied the buffer (epoll(7)).
                if count < buffer.len() && self.read == ReadReadiness::Ready {
                    self.read = ReadReadiness::Empty;
                }
                shared.metrics.received.add(count as u64);
                shared.trace.octets(shared.at(), self.id, Flow::Requests, &buffer[..count]);
                self.connection.receive(&buffer[..count], &shared.cx());
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.read = ReadReadiness::Empty,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(self.failed(Call::Read, &error, shared)),
        }
        Ok(())
    }

    // The connection wants no octets now. An error ends it all the same, and a FIN shortens its
    // waits.
    fn look_past_unread_octets(&mut self, shared: &mut Shared) -> Result<(), Gone> {
        match self.read {
            ReadReadiness::Empty | ReadReadiness::Ready => {}
            ReadReadiness::ReadyToEnd => self.connection.expect_fin(&shared.cx()),
            ReadReadiness::Failed => {
                if let Ok(Some(error)) = self.socket.take_error() {
                    return Err(self.failed(Call::GetSocketOption, &error, shared));
                }
                self.read = ReadReadiness::ReadyToEnd;
            }
        }
        Ok(())
    }

    // ---- acting

    /// Counts what the connection keeps now.
    pub(super) fn count_kept(&mut self, shared: &mut Shared) {
        let kept = self.connection.status().kept_octets;
        shared.memory.update(self.kept as usize, kept);
        self.kept = u32::try_from(kept).unwrap_or(u32::MAX);
    }

    /// At most one act on the socket.
    #[inline(never)]
    pub(super) fn act(&mut self, shared: &mut Shared) -> Result<Acted, Gone> {
        let mut has_acted = false;
        loop {
            let cx = shared.fields.context(shared.now, &shared.limits.exchange, &shared.metrics);
            match self.connection.next_action(&cx) {
                Action::Respond(request) => {
                    if let Some(request) = self.respond(&request, shared) {
                        return Ok(Acted::Operator(request));
                    }
                }
                Action::Permit(head) => match site::permit(head, &cx) {
                    Ok(()) => self.connection.continue_(),
                    Err(producer) => self.begin_response(producer, StepMode::AsConnection),
                },
                Action::NextStep(demand) => {
                    let heartbeat = cx.limits.heartbeat;
                    let next = self.producer.next_step(demand, self.key, heartbeat, &mut shared.topics);
                    if let Next::End { .. } = next {
                        std::mem::take(&mut self.producer).leave(&mut shared.topics);
                        shared.trace.include(self.id);
                    }
                    self.connection.supply(next, &cx);
                }
                Action::Rest => return Ok(Acted::Rests),
                Action::Send(_) | Action::Deliver(_) if self.write == WriteReadiness::Full => {
                    return Ok(Acted::Rests);
                }
                _ if has_acted => return Ok(Acted::HasMore),
                Action::Send(octets) => {
                    has_acted = true;
                    let (outcome, pending) = (socket::send(&self.socket, octets), octets.len());
                    if let Ok(count) = outcome {
                        shared.trace.octets(shared.at(), self.id, Flow::Responses, &octets[..count]);
                    }
                    if let Some(count) = self.written(outcome, pending, shared)? {
                        self.connection.sent(count, &shared.cx());
                    }
                }
                Action::Deliver(batch) => {
                    has_acted = true;
                    self.deliver(batch, shared)?;
                }
                Action::SetSendBuffer(octets) => match socket::set_send_buffer(&self.socket, octets) {
                    Ok(()) => self.connection.carried_out(),
                    Err(error) => return Err(self.failed(Call::SetSocketOption, &error, shared)),
                },
                Action::SendFin => {
                    has_acted = true;
                    self.send_fin(shared)?;
                }
                Action::SendRst => return Err(Gone::Reset(self.ending_cause())),
                Action::Close => return Err(Gone::Closed(self.closing_cause())),
            }
        }
    }

    /// Asks the site. What it asks of the server is the loop's to do.
    fn respond(&mut self, request: &Request, shared: &mut Shared) -> Option<OperatorRequest> {
        shared.metrics.requests.add(1);
        // Reset here: a short response is sent within this turn, and the idle state after it is
        // traced anew.
        self.traced_rest = TracedRest::Nothing;
        if shared.trace.is_on() {
            shared.trace.respond(self.id, request.head.query());
            let count = site::ignored_parameters(&request.head);
            if count > 0 {
                shared.trace.state(shared.at(), self.id, StateChange::ParametersIgnored { count });
            }
        }
        if shared.memory.is_spent() {
            shared.metrics.refused("service-unavailable");
            let text = match shared.fields.language() {
                Language::En => FULL.to_owned(),
                Language::Ko => format!("{FULL}\n서버가 보관할 수 있는 바이트의 한도에 이름. 잠시 뒤에 다시 요청"),
            };
            let response = Response::text(503, &text);
            self.begin_response(Producer::whole(response, request.head.method()), StepMode::AsConnection);
            return None;
        }
        let cx = shared.fields.context(shared.now, &shared.limits.exchange, &shared.metrics);
        match site::respond(&shared.site, request, self.client, &mut shared.topics, &cx) {
            Answer::Response(producer, mode) => {
                self.begin_response(producer, mode);
                None
            }
            Answer::Operator(request) => Some(request),
        }
    }

    /// The response to the request that was read last begins.
    pub(super) fn begin_response(&mut self, mut producer: Producer, mode: StepMode) {
        if self.connection.status().fin_received {
            producer.on_fin();
        }
        self.connection.respond(producer.manner(mode));
        self.producer = producer;
    }

    /// Writes the frames of a topic, as many as the socket takes.
    fn deliver(&mut self, batch: Batch, shared: &mut Shared) -> Result<(), Gone> {
        let at = shared.at();
        let Some(frames) = shared.topics.octets(batch) else {
            // While the client did not read, the ring has gone past them: the producer says what is
            // lost.
            self.connection.delivered(&[], &shared.cx());
            return Ok(());
        };
        let (outcome, pending) = (socket::send(&self.socket, frames), frames.len());
        if let Ok(count) = outcome {
            shared.trace.octets(at, self.id, Flow::Responses, &frames[..count]);
        }
        if let Some(count) = self.written(outcome, pending, shared)? {
            let rest = shared.topics.sent(batch, count);
            self.connection.delivered(&rest, &shared.cx());
        }
        Ok(())
    }

    /// What write(2) has returned for `pending` octets; how many it took, if it took any.
    fn written(
        &mut self,
        outcome: io::Result<usize>,
        pending: usize,
        shared: &mut Shared,
    ) -> Result<Option<usize>, Gone> {
        match outcome {
            Ok(count) => {
                shared.metrics.sent.add(count as u64);
                self.traced_rest = TracedRest::Nothing;
                Ok(Some(count))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.write = WriteReadiness::Full;
                shared.metrics.would_blocks.add(1);
                shared.trace.blocked(shared.at(), self.id, Flow::Responses, pending);
                Ok(None)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
            Err(error) => Err(self.failed(Call::Write, &error, shared)),
        }
    }

    fn send_fin(&mut self, shared: &mut Shared) -> Result<(), Gone> {
        socket::send_fin(&self.socket).map_err(|error| self.failed(Call::Shutdown, &error, shared))?;
        shared.trace.fin(shared.at(), self.id, Flow::Responses, self.ending_cause());
        self.connection.carried_out();
        Ok(())
    }

    // ECONNRESET, EPIPE and ENOTCONN mean that the peer sent RST, whichever call reports it; other
    // errors do not.
    fn failed(&self, call: Call, error: &io::Error, shared: &mut Shared) -> Gone {
        let errno = error.raw_os_error();
        match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::NotConnected => {
                shared.trace.rst(shared.at(), self.id, Flow::Requests, Cause::PeerReset { call, errno });
                Gone::Closed(Cause::AfterReset)
            }
            // No RST has come: the server's own kernel has given up.
            ErrorKind::TimedOut => Gone::Closed(Cause::Unacknowledged),
            _ => Gone::Closed(Cause::CallFailed { call, errno }),
        }
    }

    fn ending_cause(&self) -> Cause {
        match self.connection.status().persistence {
            Persistence::Ends(reason) => Cause::Ends(reason),
            Persistence::Http11 | Persistence::Http10KeepAlive => Cause::Script,
        }
    }

    fn closing_cause(&self) -> Cause {
        if self.connection.status().fin_received { Cause::BothFin } else { Cause::FinTimeout }
    }

    // ---- ending

    /// The server stops: the response comes to a proper end, and the connection after it.
    pub(super) fn drain(&mut self, shared: &Shared) {
        self.producer.wind_down();
        self.connection.drain(&shared.cx());
    }

    /// Closes the socket, by FIN or by RST, and gives back what the peer has elsewhere.
    pub(super) fn close(self, gone: Gone, shared: &mut Shared) {
        self.producer.leave(&mut shared.topics);
        shared.memory.update(self.kept as usize, 0);
        shared.stepping.remove(self.id);
        shared.metrics.closed.add(1);
        let cause = match gone {
            Gone::Closed(cause) => {
                drop(self.socket);
                cause
            }
            Gone::Reset(why) => match socket::send_rst(self.socket) {
                Ok(()) => {
                    shared.trace.rst(shared.at(), self.id, Flow::Responses, why);
                    Cause::AfterReset
                }
                Err(error) => Cause::CallFailed { call: Call::SetSocketOption, errno: error.raw_os_error() },
            },
        };
        shared.trace.closed(shared.at(), self.id, cause);
        match self.connection.status().steps_left {
            0 => {}
            1 => log::info!("connection {} has ended; 1 of the steps released for it did not come", self.id),
            left => log::info!("connection {} has ended; {left} of the steps released for it did not come", self.id),
        }
    }

    // ---- telling the trace

    /// Tells the trace once what the connection rests in: waiting for a request, or holding a step.
    pub(super) fn tell_rest(&mut self, shared: &mut Shared) {
        let is_held = self.connection.held().is_some();
        if self.traced_rest == TracedRest::Held && !is_held {
            self.traced_rest = TracedRest::Nothing;
            shared.stepping.remove(self.id);
        }
        if is_held && self.traced_rest != TracedRest::Held {
            self.traced_rest = TracedRest::Held;
            shared.stepping.held.push_back((self.id, self.key as usize));
            self.tell_how_to_release(shared);
            self.tell_held(shared);
        } else if shared.trace.is_on() {
            self.tell_waiting(shared);
        }
        if shared.trace.is_on() {
            let status = self.connection.status();
            shared.trace.halves(shared.at(), self.id, (status.receiving, status.sending));
        }
    }

    // `?step` holds steps of a server that was started without --step: Enter does nothing there.
    fn tell_how_to_release(&self, shared: &mut Shared) {
        if let (false, Ok(address)) = (shared.stepping.is_told, self.socket.local_addr()) {
            shared.stepping.is_told = true;
            log::info!("connection {} holds a step; what releases it: {}", self.id, other_ways(address));
        }
    }

    fn tell_held(&self, shared: &mut Shared) {
        let Some(held) = self.connection.held().filter(|_| shared.trace.is_on()) else { return };
        let octets = match &held.step {
            Some(Step::Deliver(batch)) => shared.topics.octets(*batch).unwrap_or_default().to_vec(),
            Some(_) | None => held.octets(),
        };
        shared.trace.held(shared.at(), self.id, held.kind(), self.producer.note(), &octets);
    }

    // When the response is out: that the connection waits for another request, and why it may.
    fn tell_waiting(&mut self, shared: &mut Shared) {
        let status = self.connection.status();
        if !status.is_between_requests {
            if self.traced_rest == TracedRest::Waiting {
                self.traced_rest = TracedRest::Nothing;
            }
            return;
        }
        if self.traced_rest == TracedRest::Waiting {
            return;
        }
        shared.trace.begin_message(self.id);
        if let Persistence::Ends(_) = status.persistence {
            return;
        }
        self.traced_rest = TracedRest::Waiting;
        // Usually Limits::idle; a lesson may have set another time.
        let until = self.connection.deadline().unwrap_or(shared.now + shared.limits.exchange.idle);
        let wait = until.saturating_duration_since(shared.now);
        let change = StateChange::Persistent { persistence: status.persistence, wait };
        shared.trace.state(shared.at(), self.id, change);
    }

    /// Releases the held step; its kind, if one was held.
    pub(super) fn release(&mut self, release: Release, shared: &mut Shared) -> Option<StepKind> {
        let kind = self.connection.release(release, &shared.cx())?;
        self.traced_rest = TracedRest::Nothing;
        shared.stepping.remove(self.id);
        Some(kind)
    }

    /// The peer in a snapshot of the trace. Addresses that the socket does not know any more are
    /// left out.
    pub(super) fn describe(&self) -> OpenConnection {
        let status = self.connection.status();
        OpenConnection {
            connection: self.id,
            local: self.socket.local_addr().ok(),
            peer: self.socket.peer_addr().ok(),
            receiving: status.receiving,
            sending: status.sending,
            held: self.connection.held().map(|held| held.kind().name()),
        }
    }
}

/// What a client is told while no more octets may be kept.
const FULL: &str = "the server keeps as many octets as it may; try again soon";
