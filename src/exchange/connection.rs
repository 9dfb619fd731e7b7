//! One connection: two halves, and every transition between their states.
//!
//! TCP is two one-way streams with a FIN each (RFC 9293 section 3.6), so a connection has two
//! states, one for each direction, and not one. Read the pair:
//!
//! ```text
//! receiving   sending     meaning                                     leaves when
//! Head        Idle        between requests, or a head is arriving     head complete; FIN; timeout
//! Body        Idle        a request body is arriving                  body ends; fault; timeout
//! Body        Responding  100 Continue is sent                        it is out
//! Paused      Idle        the request is complete, the site is asked  response begins
//! Paused      Responding  the response; further octets wait           response complete
//! Discarding  Responding  last steps: a refusal and FIN, FIN, or RST  they are done
//! Discarding  Lingering   FIN is sent; octets are dropped             client's FIN; timeout
//! Discarding  Over        nothing is left                             the socket is closed
//! ```
//!
//! Which pair may follow which is [`TRANSITIONS`]; a state changes only in `Connection::enter` and
//! `Connection::pause`, which look there in a debug build. Three facts stand beside the pair,
//! because each can change in any state: `persistence`, `fin_received` and `fin_sent`. How steps
//! are held by hand is [`Stepping`].
//!
//! The connection touches no socket, reads no clock, and knows no address: it asks. The loop tells
//! it what happened ([`Connection::receive`], [`Connection::sent`], ...) and asks what is to be
//! done ([`Connection::next_action`]). After every input the loop asks again, until the answer is
//! [`Action::Rest`]. A whole exchange:
//!
//! ```
//! use std::time::Instant;
//! use wirestep::exchange::connection::{Action, Connection};
//! use wirestep::exchange::context::Context;
//! use wirestep::exchange::limits::Limits;
//! use wirestep::exchange::metrics::Metrics;
//! use wirestep::exchange::stepping::{Manner, Pace};
//! use wirestep::wire::framing::BodyFraming;
//! use wirestep::wire::language::Language;
//! use wirestep::wire::response::ResponseHead;
//! use wirestep::wire::step::{Next, Step};
//!
//! let (limits, metrics) = (Limits::default(), Metrics::default());
//! let cx = Context {
//!     now: Instant::now(),
//!     limits: &limits,
//!     metrics: &metrics,
//!     keep_alive_fields: b"",
//!     close_fields: b"",
//!     language: Language::En,
//! };
//! let mut connection = Connection::new(Pace::Free, &cx);
//!
//! // 1. Octets arrive, and are a complete request.
//! connection.receive(b"GET /tea HTTP/1.1\r\nHost: x\r\n\r\n", &cx);
//! let Action::Respond(request) = connection.next_action(&cx) else { panic!("it is complete") };
//! assert_eq!(request.head.path(), "/tea");
//!
//! // 2. The response begins; its steps are asked for one by one.
//! connection.respond(Manner::default());
//! let mut steps = [
//!     Step::Head(ResponseHead::new(200, BodyFraming::Chunked)),
//!     Step::Chunk(b"oolong".to_vec()),
//!     Step::LastChunk,
//! ].into_iter();
//! let mut written = Vec::new();
//! loop {
//!     match connection.next_action(&cx) {
//!         Action::NextStep(_) => {
//!             let next = steps.next().map_or(Next::End { idle: None }, Next::Step);
//!             connection.supply(next, &cx);
//!         }
//!         Action::Send(octets) => {
//!             written.extend_from_slice(octets);
//!             let count = octets.len();
//!             connection.sent(count, &cx);
//!         }
//!         Action::Rest => break,
//!         other => panic!("{other:?}"),
//!     }
//! }
//! let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
//! assert_eq!(String::from_utf8_lossy(&written), format!("{head}6\r\noolong\r\n0\r\n\r\n"));
//!
//! // 3. The last chunk has ended the response, and not the connection.
//! assert!(connection.status().is_between_requests);
//! ```
//!
//! The client's FIN is not `Connection: close`. It says that no more requests come; those that came
//! before it are responded to.

use std::time::{Duration, Instant};
use std::vec;

use super::body::{Body, BodyReader};
use super::buffer::{Outgoing, Unread};
use super::context::Context;
use super::limits::Limits;
use super::refusal::Refusal;
use super::stepping::{Manner, Pace, Release, Stepping};
use crate::wire::framing::BodyFraming;
use crate::wire::head_error::HeadError;
use crate::wire::persistence::{CloseReason, Persistence};
use crate::wire::request::{HeadScan, Request, RequestHead};
use crate::wire::response::ResponseHead;
use crate::wire::start_line::Method;
use crate::wire::step::{Batch, Demand, Next, Step, StepKind};

/// What the loop is to do for a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Ask the site for the response to this request, then [`Connection::respond`].
    Respond(Box<Request>),
    /// The client waits for permission to send its body: [`Connection::continue_`], or the final
    /// response at once by [`Connection::respond`].
    Permit(&'a RequestHead),
    /// Ask the response for its next step, then [`Connection::supply`].
    NextStep(Demand),
    /// Write these octets, or as many of them as the socket takes, and report to
    /// [`Connection::sent`].
    Send(&'a [u8]),
    /// Write the octets of these frames, which their topic has, and report to
    /// [`Connection::delivered`].
    Deliver(Batch),
    /// Set the socket's send buffer, then [`Connection::carried_out`].
    SetSendBuffer(u32),
    /// Half-close: `shutdown(SHUT_WR)`, then [`Connection::carried_out`].
    SendFin,
    /// Reset the connection and forget it.
    SendRst,
    /// Close the socket and forget the connection.
    Close,
    /// Nothing: something must happen first, or [`Connection::deadline`] must pass.
    Rest,
}

/// The half in which requests arrive.
#[derive(Debug)]
enum Receiving {
    /// Between requests, or a head is arriving.
    Head { scan: HeadScan, until: Instant },
    /// A body is arriving.
    Body(Box<Body>),
    /// A request is complete, and its response not: octets that arrive meanwhile wait.
    Paused,
    /// All octets that arrive are dropped.
    Discarding,
}

/// The half in which responses leave.
#[derive(Debug)]
enum Sending {
    /// No response is under way; octets of the one before may still wait for the socket.
    Idle,
    /// Steps are carried out, one after the other.
    Responding { source: Source, progress: Progress },
    /// The server's FIN is out.
    Lingering { until: Instant, silent_until: Instant },
    /// Nothing is left to be done.
    Over,
}

/// Where the steps of a response come from.
#[derive(Debug)]
enum Source {
    /// The loop asks the producer of the response for them.
    Producer,
    /// They are the connection's own: 100 Continue, a refusal, FIN, RST.
    Own(Box<vec::IntoIter<Step>>),
}

/// How far the current step is.
#[derive(Debug)]
enum Progress {
    /// It is done, but for octets that wait; the next one is asked for.
    NextStep { elapsed: bool },
    /// A pause, which is a step.
    Waiting { until: Instant },
    /// The producer has nothing to do until it is woken, or until this time.
    Parked { until: Instant },
    /// Frames of a topic leave. The client counts as stalled at this time.
    Delivering { batch: Batch, stalled_at: Instant },
    /// Nothing continues until [`Connection::release`], or until a time limit.
    Held(Box<Held>),
    /// The socket's buffer is set when the octets before it are out.
    Sizing(u32),
    /// FIN leaves when the octets before it are out.
    Finishing,
    /// RST leaves at once.
    Aborting,
}

/// A place where a response waits for its release.
#[derive(Debug)]
pub struct Held {
    /// The step that is released; none where a script holds and has no step yet.
    pub step: Option<Step>,
    /// The field lines that a head gets: they were shown, so they are what is sent.
    fields: Vec<u8>,
    since: Instant,
    until: Instant,
}

impl Held {
    /// What kind of step waits.
    pub fn kind(&self) -> StepKind {
        self.step.as_ref().map_or(StepKind::Hold, Step::kind)
    }

    /// The octets of its own that the step will send.
    pub fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        self.step.iter().for_each(|step| step.encode(&self.fields, &mut octets));
        octets
    }
}

impl Progress {
    const NEXT: Progress = Progress::NextStep { elapsed: false };

    fn deadline(&self) -> Option<Instant> {
        match self {
            Progress::Waiting { until } | Progress::Parked { until } => Some(*until),
            Progress::Held(held) => Some(held.until),
            Progress::Delivering { stalled_at, .. } => Some(*stalled_at),
            Progress::NextStep { .. } | Progress::Sizing(_) | Progress::Finishing | Progress::Aborting => None,
        }
    }

    /// Ends a wait at this time, if it would last longer.
    fn shorten(&mut self, end: Instant) {
        match self {
            Progress::Waiting { until } => *until = end.min(*until),
            Progress::Held(held) => held.until = end.min(held.until),
            Progress::NextStep { .. }
            | Progress::Parked { .. }
            | Progress::Delivering { .. }
            | Progress::Sizing(_)
            | Progress::Finishing
            | Progress::Aborting => {}
        }
    }

    fn wake(&mut self) {
        if let Progress::Parked { .. } = self {
            *self = Progress::NEXT;
        }
    }
}

/// What is known of a connection, for the trace and for the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The name of the receiving half's state.
    pub receiving: &'static str,
    /// The name of the sending half's state.
    pub sending: &'static str,
    /// Whether another request may come, and why not.
    pub persistence: Persistence,
    /// The client has sent FIN.
    pub fin_received: bool,
    /// The server has sent FIN.
    pub fin_sent: bool,
    /// The response is out, and no octet of another request has come.
    pub is_between_requests: bool,
    /// Octets that the connection keeps: received and not parsed, of a body, and on their way out.
    pub kept_octets: usize,
    /// Steps that may still begin by releases that counted them.
    pub steps_left: u32,
}

/// One connection. See the module for its states.
#[derive(Debug)]
pub struct Connection {
    receiving: Receiving,
    sending: Sending,
    unread: Unread,
    outgoing: Outgoing,
    /// Decided anew by each request; once it has ended it stays so.
    persistence: Persistence,
    /// The client sends nothing more. Acted upon only when no complete request is left.
    fin_received: bool,
    /// The server sends nothing more.
    fin_sent: bool,
    /// Requests that have been read to their end; it stays at 255. A lesson asks for the second or
    /// third.
    requests: u8,
    stepping: Stepping,
}

impl Connection {
    /// A connection that has just been accepted, and whose steps begin at this pace.
    pub fn new(pace: Pace, cx: &Context<'_>) -> Connection {
        Connection {
            receiving: Receiving::Head { scan: HeadScan::default(), until: cx.now + cx.limits.idle },
            sending: Sending::Idle,
            unread: Unread::default(),
            outgoing: Outgoing::default(),
            persistence: Persistence::Http11,
            fin_received: false,
            fin_sent: false,
            requests: 0,
            stepping: Stepping::new(pace),
        }
    }

    // ---- what happened

    /// These octets have been read.
    pub fn receive(&mut self, octets: &[u8], cx: &Context<'_>) {
        match &mut self.receiving {
            Receiving::Discarding => {
                if let Sending::Lingering { silent_until, .. } = &mut self.sending {
                    *silent_until = cx.now + cx.limits.linger_silence;
                }
                return;
            }
            // Empty lines before a request do not start the head timeout.
            Receiving::Head { scan, until } if scan.is_before_request() && !octets.iter().all(is_line_end) => {
                *until = cx.now + cx.limits.head_time;
            }
            Receiving::Body(body) => body.arrived(cx),
            Receiving::Head { .. } | Receiving::Paused => {}
        }
        self.unread.push(octets);
    }

    /// A read returned 0: the client sends nothing more.
    #[inline(never)]
    pub fn receive_fin(&mut self, cx: &Context<'_>) {
        self.fin_received = true;
        match &mut self.sending {
            Sending::Lingering { .. } => self.enter(None, Some(Sending::Over)),
            Sending::Responding { progress, .. } => {
                progress.wake();
                progress.shorten(cx.now + cx.limits.after_fin);
            }
            Sending::Idle | Sending::Over => {}
        }
    }

    /// The producer that was parked has something to do.
    pub fn wake(&mut self) {
        if let Sending::Responding { progress, .. } = &mut self.sending {
            progress.wake();
        }
    }

    /// The response to the request that [`Action::Respond`] gave begins. If the request's body has
    /// not come, it is the answer to [`Action::Permit`]: whether the body comes all the same cannot
    /// be known, so the connection ends.
    pub fn respond(&mut self, manner: Manner) {
        if let Receiving::Body(_) = self.receiving {
            self.end_persistence(CloseReason::Refused);
        }
        self.stepping.begin_response(manner);
        let sending = Sending::Responding { source: Source::Producer, progress: Progress::NEXT };
        self.enter(Some(Receiving::Paused), Some(sending));
    }

    /// The client may send its body: 100 Continue (RFC 9110 section 10.1.1).
    pub fn continue_(&mut self) {
        if let Receiving::Body(body) = &mut self.receiving {
            body.wants_continue = false;
        }
        let head = ResponseHead::new(100, BodyFraming::None);
        self.enter(None, Some(Sending::own(vec![Step::Head(head)])));
    }

    /// The producer's answer to [`Action::NextStep`].
    pub fn supply(&mut self, next: Next, cx: &Context<'_>) {
        match next {
            Next::Step(step) => self.take_step(step, cx),
            Next::Park(duration) => self.set_progress(Progress::Parked { until: cx.now + duration }),
            Next::End { idle } => self.end_response(idle, cx),
        }
    }

    /// The socket took `count` of the octets of [`Action::Send`].
    pub fn sent(&mut self, count: usize, cx: &Context<'_>) {
        self.outgoing.sent(count, cx);
        if let (true, Sending::Idle, Receiving::Head { scan, until }) =
            (self.outgoing.is_empty(), &self.sending, &mut self.receiving)
            && scan.is_before_request()
        {
            *until = cx.now + cx.limits.idle;
        }
    }

    /// The socket took octets of [`Action::Deliver`]. `rest` are those of a frame that was cut:
    /// they leave before anything else, from a copy, since the topic may forget the frame
    /// meanwhile.
    pub fn delivered(&mut self, rest: &[u8], cx: &Context<'_>) {
        self.set_progress(Progress::NEXT);
        if !rest.is_empty() {
            self.outgoing.begin(cx).extend_from_slice(rest);
        }
    }

    /// [`Action::SetSendBuffer`] or [`Action::SendFin`] has been carried out. After FIN the script
    /// goes on, but none of its octets can leave any more.
    pub fn carried_out(&mut self) {
        if let Sending::Responding { progress: Progress::Finishing, .. } = self.sending {
            self.fin_sent = true;
            self.unread = Unread::default();
            self.enter(Some(Receiving::Discarding), None);
        }
        self.set_progress(Progress::NEXT);
    }

    /// The client's FIN is in the kernel, after octets that are not read yet: the client may have
    /// left.
    pub fn expect_fin(&mut self, cx: &Context<'_>) {
        if let Sending::Responding { progress, .. } = &mut self.sending {
            progress.shorten(cx.now + cx.limits.after_fin);
        }
    }

    /// The server is going down: pauses end, held steps go on, and the connection ends with the
    /// response.
    pub fn drain(&mut self, cx: &Context<'_>) {
        self.end_persistence(CloseReason::Draining);
        if let Sending::Responding { progress, .. } = &mut self.sending {
            match progress {
                Progress::Waiting { .. } | Progress::Parked { .. } => *progress = Progress::NEXT,
                Progress::Held(held) => held.fields = cx.close_fields.to_vec(),
                Progress::NextStep { .. }
                | Progress::Delivering { .. }
                | Progress::Sizing(_)
                | Progress::Finishing
                | Progress::Aborting => {}
            }
        }
        self.release(Release::Run, cx);
    }

    /// Releases the held step, and sets the pace of those after it. The kind of the step; none if
    /// nothing was held.
    pub fn release(&mut self, release: Release, cx: &Context<'_>) -> Option<StepKind> {
        let held = self.take_held();
        if held.is_some() || release == Release::Run {
            self.stepping.release(release);
        }
        let held = held?;
        self.postpone(cx.now.saturating_duration_since(held.since));
        let kind = held.kind();
        if let Some(step) = held.step {
            self.begin_step(step, &held.fields, cx);
        }
        Some(kind)
    }

    // ---- what is to be done

    /// What the loop is to do now. After doing it, it asks again, until the answer is
    /// [`Action::Rest`].
    pub fn next_action(&mut self, cx: &Context<'_>) -> Action<'_> {
        self.expire(cx);
        let request = loop {
            match self.advance(cx) {
                Advance::Again => {}
                Advance::Request(request) => break Some(request),
                Advance::Settled => break None,
            }
        };
        request.map_or_else(|| self.action(cx), Action::Respond)
    }

    fn kept_octets(&self) -> usize {
        let body = match &self.receiving {
            Receiving::Body(body) => body.octets.capacity(),
            Receiving::Head { .. } | Receiving::Paused | Receiving::Discarding => 0,
        };
        self.unread.len() + body + self.outgoing.rest().len()
    }

    /// Reading makes sense: there is room, or what is read is dropped.
    pub fn wants_to_receive(&self, limits: &Limits) -> bool {
        !self.fin_received
            && match (&self.receiving, &self.sending) {
                (_, Sending::Over) => false,
                (Receiving::Discarding, _) => true,
                (Receiving::Head { .. } | Receiving::Body(_) | Receiving::Paused, _) => {
                    self.unread.len() < limits.read_ahead
                }
            }
    }

    /// When to ask again although nothing has happened.
    #[inline]
    pub fn deadline(&self) -> Option<Instant> {
        let stalled = self.outgoing.stalled_at();
        let state = match (&self.sending, &self.receiving) {
            (Sending::Idle, Receiving::Head { until, .. }) if stalled.is_none() => Some(*until),
            (Sending::Idle, Receiving::Body(body)) => Some(body.deadline()),
            (Sending::Responding { progress, .. }, _) => progress.deadline(),
            (Sending::Lingering { until, silent_until }, _) => Some(*until.min(silent_until)),
            (Sending::Idle | Sending::Over, _) => None,
        };
        match (stalled, state) {
            (Some(stalled), Some(state)) => Some(stalled.min(state)),
            (stalled, state) => stalled.or(state),
        }
    }

    /// What is known of the connection now.
    #[inline]
    pub fn status(&self) -> Status {
        let (receiving, sending) = self.states();
        Status {
            receiving,
            sending,
            persistence: self.persistence,
            fin_received: self.fin_received,
            fin_sent: self.fin_sent,
            is_between_requests: self.is_between_requests(),
            kept_octets: self.kept_octets(),
            steps_left: match self.stepping.pace() {
                Pace::Steps(left) => left,
                Pace::Free => 0,
            },
        }
    }

    /// What waits for a release, if anything does.
    pub fn held(&self) -> Option<&Held> {
        match &self.sending {
            Sending::Responding { progress: Progress::Held(held), .. } => Some(held),
            Sending::Idle | Sending::Responding { .. } | Sending::Lingering { .. } | Sending::Over => None,
        }
    }

    // ---- the transitions

    /// Changes the pair of states, or one of the two. Only this function does, and `pause`.
    fn enter(&mut self, receiving: Option<Receiving>, sending: Option<Sending>) {
        let before = self.states();
        if let Some(receiving) = receiving {
            self.receiving = receiving;
        }
        if let Some(sending) = sending {
            self.sending = sending;
        }
        debug_assert!(is_transition(before, self.states()), "{before:?} to {:?} is no transition", self.states());
    }

    /// The request is complete; what it consists of is taken out of the state.
    fn pause(&mut self) -> Receiving {
        let before = self.states();
        let receiving = std::mem::replace(&mut self.receiving, Receiving::Paused);
        debug_assert!(is_transition(before, self.states()), "{before:?} to {:?} is no transition", self.states());
        receiving
    }

    fn states(&self) -> (&'static str, &'static str) {
        let receiving = match self.receiving {
            Receiving::Head { .. } => "Head",
            Receiving::Body(_) => "Body",
            Receiving::Paused => "Paused",
            Receiving::Discarding => "Discarding",
        };
        let sending = match self.sending {
            Sending::Idle => "Idle",
            Sending::Responding { .. } => "Responding",
            Sending::Lingering { .. } => "Lingering",
            Sending::Over => "Over",
        };
        (receiving, sending)
    }

    fn set_progress(&mut self, now: Progress) {
        if let Sending::Responding { progress, .. } = &mut self.sending {
            *progress = now;
        }
    }

    // A deadline that has passed is an input like any other.
    fn expire(&mut self, cx: &Context<'_>) {
        if self.deadline().is_none_or(|deadline| deadline > cx.now) {
            return;
        }
        if self.is_stalled(cx.now) {
            // A FIN would make a body that only FIN ends look complete; RST says that it is not.
            self.end_persistence(CloseReason::WriteStall);
            self.outgoing = Outgoing::default();
            return self.end_with(vec![Step::Rst]);
        }
        match (&mut self.sending, &self.receiving) {
            (Sending::Idle, Receiving::Head { scan, .. }) if scan.is_before_request() => {
                self.end_persistence(CloseReason::Idle);
                self.end_with(vec![Step::Fin]);
            }
            (Sending::Idle, Receiving::Head { .. }) => {
                let method = Method::at_start(self.unread.rest());
                self.refuse(Refusal::HeadTimeout, method, cx);
            }
            (Sending::Idle, Receiving::Body(body)) => {
                let method = body.head.method();
                self.refuse(Refusal::BodyTimeout, Some(method), cx);
            }
            (Sending::Responding { progress: Progress::Held(_), .. }, _) => _ = self.release(Release::Run, cx),
            (Sending::Responding { progress, .. }, _) => *progress = Progress::NextStep { elapsed: true },
            (Sending::Lingering { .. }, _) => self.enter(None, Some(Sending::Over)),
            (Sending::Idle, Receiving::Paused | Receiving::Discarding) | (Sending::Over, _) => {}
        }
    }

    fn is_stalled(&self, now: Instant) -> bool {
        let delivery = match &self.sending {
            Sending::Responding { progress: Progress::Delivering { stalled_at, .. }, .. } => Some(*stalled_at),
            Sending::Idle | Sending::Responding { .. } | Sending::Lingering { .. } | Sending::Over => None,
        };
        self.outgoing.stalled_at().or(delivery).is_some_and(|stalled_at| stalled_at <= now)
    }

    /// One change that needs nothing from outside, if there is one.
    fn advance(&mut self, cx: &Context<'_>) -> Advance {
        let gathers_own = self.stepping.pace() == Pace::Free;
        match &mut self.sending {
            Sending::Idle => self.advance_idle(cx),
            Sending::Responding { source: Source::Own(steps), progress: Progress::NextStep { .. }, .. }
                if self.outgoing.has_room(gathers_own, cx.limits) =>
            {
                let next = steps.next().map_or(Next::End { idle: None }, Next::Step);
                self.supply(next, cx);
                Advance::Again
            }
            Sending::Responding { .. } | Sending::Lingering { .. } | Sending::Over => Advance::Settled,
        }
    }

    // Between responses. Pipelined requests are responded to while there is room for their
    // responses.
    fn advance_idle(&mut self, cx: &Context<'_>) -> Advance {
        if !self.outgoing.has_room(true, cx.limits) {
            return Advance::Settled;
        }
        match self.take_request(cx) {
            Ok(Some(request)) => Advance::Request(request),
            Err((refusal, method)) => {
                self.refuse(refusal, method, cx);
                Advance::Again
            }
            Ok(None) if self.wants_permission() || !self.outgoing.is_empty() => Advance::Settled,
            Ok(None) => self.end_if_over(cx),
        }
    }

    // No complete request is left, and nothing waits for the socket.
    fn end_if_over(&mut self, cx: &Context<'_>) -> Advance {
        let is_between_requests = self.is_between_requests();
        match (&self.receiving, self.persistence) {
            (Receiving::Paused | Receiving::Discarding, _) => return Advance::Settled,
            _ if self.fin_received && is_between_requests => {
                self.end_persistence(CloseReason::ClientFin);
                self.end_with(vec![Step::Fin]);
            }
            (Receiving::Head { .. }, _) if self.fin_received => {
                let method = Method::at_start(self.unread.rest());
                self.refuse(Refusal::HeadCutShort, method, cx);
            }
            (Receiving::Body(body), _) if self.fin_received => {
                let method = body.head.method();
                self.refuse(Refusal::BodyCutShort, Some(method), cx);
            }
            // It was ended while the connection was idle, or while the last response was on its
            // way.
            (_, Persistence::Ends(_)) if is_between_requests => self.end_with(vec![Step::Fin]),
            (Receiving::Head { .. } | Receiving::Body(_), _) => return Advance::Settled,
        }
        Advance::Again
    }

    // The state says what the loop must do; nothing changes here.
    fn action(&self, cx: &Context<'_>) -> Action<'_> {
        let (outgoing, is_empty) = (&self.outgoing, self.outgoing.is_empty());
        match (&self.sending, &self.receiving) {
            (Sending::Idle, Receiving::Body(body)) if body.wants_continue && outgoing.has_room(true, cx.limits) => {
                Action::Permit(&body.head)
            }
            (Sending::Responding { progress: Progress::NextStep { elapsed }, .. }, _)
                if outgoing.has_room(self.gathers(), cx.limits) =>
            {
                Action::NextStep(Demand { gather: self.gather(cx.limits), elapsed: *elapsed })
            }
            (Sending::Idle | Sending::Responding { .. }, _) if !is_empty => Action::Send(outgoing.rest()),
            (Sending::Responding { progress, .. }, _) => match progress {
                Progress::Delivering { batch, .. } => Action::Deliver(*batch),
                Progress::Sizing(octets) => Action::SetSendBuffer(*octets),
                Progress::Finishing => Action::SendFin,
                Progress::Aborting => Action::SendRst,
                Progress::NextStep { .. } | Progress::Waiting { .. } | Progress::Parked { .. } | Progress::Held(_) => {
                    Action::Rest
                }
            },
            (Sending::Idle | Sending::Lingering { .. }, _) => Action::Rest,
            (Sending::Over, _) => Action::Close,
        }
    }

    /// A complete request from what has been received, if there is one.
    fn take_request(&mut self, cx: &Context<'_>) -> Result<Option<Box<Request>>, (Refusal, Option<Method>)> {
        if let Receiving::Head { scan, .. } = &mut self.receiving {
            let unread = self.unread.rest();
            let found = scan.find_end(unread, cx.limits.head);
            // Octets after the fault may not have come yet, and must not matter.
            let refusal = |error: HeadError| (Refusal::Head(error), Method::at_start(&unread[..scan.looked_at()]));
            let Some(length) = found.map_err(refusal)? else { return Ok(None) };
            let head = RequestHead::read(&unread[..length]).map_err(refusal)?;
            self.unread.take(length);
            self.persistence = self.persistence.after_request(&head);
            let reader = BodyReader::after(&head, cx.limits).map_err(|refusal| (refusal, Some(head.method())))?;
            let Some(reader) = reader else {
                self.pause();
                return Ok(Some(self.complete(head, Vec::new())));
            };
            self.enter(Some(Receiving::Body(Box::new(Body::new(head, reader, cx)))), None);
        }
        self.take_body(cx.limits)
    }

    fn take_body(&mut self, limits: &Limits) -> Result<Option<Box<Request>>, (Refusal, Option<Method>)> {
        let Receiving::Body(body) = &mut self.receiving else { return Ok(None) };
        if body.wants_continue {
            return Ok(None);
        }
        let taken = body.read(self.unread.rest(), limits).map_err(|refusal| (refusal, Some(body.head.method())))?;
        self.unread.take(taken);
        if !body.is_complete() {
            return Ok(None);
        }
        let Receiving::Body(body) = self.pause() else { return Ok(None) };
        Ok(Some(self.complete(body.head, body.octets)))
    }

    fn complete(&mut self, head: RequestHead, body: Vec<u8>) -> Box<Request> {
        self.requests = self.requests.saturating_add(1);
        Box::new(Request { head, body, number: self.requests })
    }

    fn wants_permission(&self) -> bool {
        matches!(&self.receiving, Receiving::Body(body) if body.wants_continue)
    }

    fn is_between_requests(&self) -> bool {
        matches!((&self.receiving, &self.sending), (Receiving::Head { scan, .. }, Sending::Idle)
            if scan.is_before_request() && scan.looked_at() == self.unread.len() && self.outgoing.is_empty())
    }

    // Whether a step may be encoded after octets that still wait.
    fn gathers(&self) -> bool {
        match &self.sending {
            Sending::Responding { source: Source::Own(_), .. } => self.stepping.pace() == Pace::Free,
            Sending::Responding { source: Source::Producer, .. } => self.stepping.gathers(),
            Sending::Idle | Sending::Lingering { .. } | Sending::Over => false,
        }
    }

    /// Octets that may leave in one write; one frame of a topic at a time when steps are released
    /// by hand.
    fn gather(&self, limits: &Limits) -> usize {
        if self.stepping.pace() == Pace::Free { limits.gather } else { 1 }
    }

    // The next step begins, or waits for its release.
    fn take_step(&mut self, step: Step, cx: &Context<'_>) {
        let fields = self.general_fields(&step, cx);
        if self.stepping.allows(&step) {
            self.begin_step(step, fields, cx);
        } else {
            self.hold(Some(step), fields, cx);
        }
    }

    /// The one place where the wire changes: every step of every connection begins here. `fields`
    /// are the field lines that a final head gets.
    #[inline(never)]
    fn begin_step(&mut self, step: Step, fields: &[u8], cx: &Context<'_>) {
        if is_close_delimited(&step) {
            self.end_persistence(CloseReason::CloseDelimited);
        }
        let progress = match step {
            Step::Head(_) | Step::RawHead(_) | Step::Chunk(_) | Step::LastChunk | Step::Data(_) => {
                step.encode(fields, self.outgoing.begin(cx));
                self.outgoing.end();
                Progress::NEXT
            }
            Step::Deliver(batch) => Progress::Delivering { batch, stalled_at: cx.now + cx.limits.write_stall },
            Step::Wait(duration) => Progress::Waiting { until: self.wait_until(duration, cx) },
            Step::Hold => return self.hold(None, &[], cx),
            Step::SendBuffer(octets) => Progress::Sizing(octets),
            Step::Fin => Progress::Finishing,
            Step::Rst => {
                self.outgoing = Outgoing::default();
                Progress::Aborting
            }
        };
        self.set_progress(progress);
    }

    fn hold(&mut self, step: Option<Step>, fields: &[u8], cx: &Context<'_>) {
        let until = self.wait_until(cx.limits.held, cx);
        self.set_progress(Progress::Held(Box::new(Held { step, fields: fields.to_vec(), since: cx.now, until })));
    }

    fn take_held(&mut self) -> Option<Box<Held>> {
        let Sending::Responding { progress, .. } = &mut self.sending else { return None };
        match std::mem::replace(progress, Progress::NEXT) {
            Progress::Held(held) => Some(held),
            other => {
                *progress = other;
                None
            }
        }
    }

    // A client that has sent FIN may have left: what is still to come must not wait for long.
    fn wait_until(&self, duration: Duration, cx: &Context<'_>) -> Instant {
        cx.now + if self.fin_received { duration.min(cx.limits.after_fin) } else { duration }
    }

    // While one half was held, the other half's deadlines stood still.
    fn postpone(&mut self, held: Duration) {
        match &mut self.receiving {
            Receiving::Head { until, .. } => *until += held,
            Receiving::Body(body) => body.postpone(held),
            Receiving::Paused | Receiving::Discarding => {}
        }
    }

    /// What this step, if it is a final head, says about the connection.
    fn general_fields<'a>(&self, step: &Step, cx: &Context<'a>) -> &'a [u8] {
        match self.persistence {
            Persistence::Ends(_) => cx.close_fields,
            Persistence::Http11 | Persistence::Http10KeepAlive if is_close_delimited(step) => cx.close_fields,
            Persistence::Http11 | Persistence::Http10KeepAlive => cx.keep_alive_fields,
        }
    }

    fn end_response(&mut self, idle: Option<Duration>, cx: &Context<'_>) {
        self.stepping.end_response();
        match (&self.receiving, self.persistence) {
            _ if self.fin_sent => {
                let sending = if self.fin_received { Sending::Over } else { Sending::lingering(cx) };
                self.enter(None, Some(sending));
            }
            // 100 Continue is out: the body comes now.
            (Receiving::Body(_), _) => self.enter(None, Some(Sending::Idle)),
            (_, Persistence::Ends(_)) => self.end_with(vec![Step::Fin]),
            (_, Persistence::Http11 | Persistence::Http10KeepAlive) => {
                let idle = idle.unwrap_or(cx.limits.idle);
                let wait = if self.unread.is_empty() { idle } else { cx.limits.head_time };
                let head = Receiving::Head { scan: HeadScan::default(), until: cx.now + wait };
                self.enter(Some(head), Some(Sending::Idle));
            }
        }
    }

    // The first reason counts.
    fn end_persistence(&mut self, reason: CloseReason) {
        if !matches!(self.persistence, Persistence::Ends(_)) {
            self.persistence = Persistence::Ends(reason);
        }
    }

    // The last steps of the connection: no octet that arrives matters any more.
    fn end_with(&mut self, steps: Vec<Step>) {
        self.unread = Unread::default();
        self.enter(Some(Receiving::Discarding), Some(Sending::own(steps)));
    }

    fn refuse(&mut self, refusal: Refusal, method: Option<Method>, cx: &Context<'_>) {
        cx.metrics.refused(refusal.name());
        log::debug!("a request is refused with {}: {refusal}", refusal.status());
        self.end_persistence(CloseReason::Refused);
        self.end_with(refusal.steps(method, cx.language));
    }
}

impl Sending {
    fn own(steps: Vec<Step>) -> Sending {
        let source = Source::Own(Box::new(steps.into_iter()));
        Sending::Responding { source, progress: Progress::NEXT }
    }

    // The server has sent everything; the client may still be sending (RFC 9112 section 9.6).
    fn lingering(cx: &Context<'_>) -> Sending {
        Sending::Lingering { until: cx.now + cx.limits.linger, silent_until: cx.now + cx.limits.linger_silence }
    }
}

/// What one change has come to.
enum Advance {
    /// There may be another one.
    Again,
    /// A request is complete.
    Request(Box<Request>),
    /// Something outside must happen first.
    Settled,
}

fn is_line_end(octet: &u8) -> bool {
    matches!(octet, b'\r' | b'\n')
}

// Neither length nor chunks: only FIN can end the body of this head, and with it the connection.
fn is_close_delimited(step: &Step) -> bool {
    match step {
        Step::Head(head) => head.framing() == BodyFraming::CloseDelimited && !head.is_interim(),
        _ => false,
    }
}

/// Which pair of states may follow which, and when.
pub const TRANSITIONS: &[Transition] = &[
    row(("Head", "Idle"), "a head is complete, and a body follows", ("Body", "Idle")),
    row(("Head", "Idle"), "a request without a body is complete", ("Paused", "Idle")),
    row(("Head", "Idle"), "a fault, FIN, or a timeout: the connection ends", ("Discarding", "Responding")),
    row(("Body", "Idle"), "the body is complete", ("Paused", "Idle")),
    row(("Body", "Idle"), "the client waits for permission, and gets 100 Continue", ("Body", "Responding")),
    row(("Body", "Idle"), "the client waits for permission, and gets a final response", ("Paused", "Responding")),
    row(("Body", "Idle"), "a fault, FIN, or a timeout: the connection ends", ("Discarding", "Responding")),
    row(("Body", "Responding"), "100 Continue is encoded", ("Body", "Idle")),
    row(("Paused", "Idle"), "the response begins", ("Paused", "Responding")),
    row(("Paused", "Responding"), "the response is complete, and the connection persists", ("Head", "Idle")),
    row(("Paused", "Responding"), "FIN follows the response, or is a step of it; RST", ("Discarding", "Responding")),
    row(("Discarding", "Responding"), "the server's FIN is out", ("Discarding", "Lingering")),
    row(("Discarding", "Responding"), "both FINs are there", ("Discarding", "Over")),
    row(("Discarding", "Lingering"), "the client's FIN, or a timeout", ("Discarding", "Over")),
];

/// A row of [`TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The receiving and the sending state before.
    pub from: (&'static str, &'static str),
    /// What makes them change.
    pub when: &'static str,
    /// The two states after it.
    pub to: (&'static str, &'static str),
}

const fn row(from: (&'static str, &'static str), when: &'static str, to: (&'static str, &'static str)) -> Transition {
    Transition { from, when, to }
}

// A step FIN inside a response, and the second one at its end, stay where they are.
fn is_transition(from: (&str, &str), to: (&str, &str)) -> bool {
    from == to || TRANSITIONS.iter().any(|row| row.from == from && row.to == to)
}
