//! One connection: two halves, and every transition between their states.
//!
//! TCP is two one-way streams with a FIN each, so a connection has two states, one for each direction, and
//! not one. Read the pair:
//!
//! ```text
//! receiving   sending      meaning                                             leaves when
//! Head        Idle         between requests, or a head is arriving             head complete; their FIN; time is up
//! Body        Idle         a request body is arriving                          body complete; fault; time is up
//! Body        Responding   100 Continue is on its way                          it has been written
//! Held        Responding   the response; further octets wait (pipelining)      response complete
//! Discarding  Responding   the last act: a refusal and FIN, FIN, or RST        it has been done
//! Discarding  Lingering    our FIN is out; octets are read and dropped         their FIN; time is up
//! any         Over         nothing is left                                     the loop closes the socket
//! ```
//!
//! Three facts stand beside the states, because each can change in any of them: `persistence`, `fin_received`,
//! `fin_sent`.
//!
//! The connection never touches a socket and never reads a clock. The loop tells it what happened
//! ([`Connection::receive`], [`Connection::receive_fin`], [`Connection::sent`], [`Connection::fin_sent`]) and asks what is
//! to be done ([`Connection::next_action`]). After every input the loop must ask again, and go on asking until
//! the answer is [`Action::Rest`]: an internal transition is progress too, and progress that is not looked at again gets lost.
//!
//! Their FIN is not `Connection: close`. It says that no more requests come; those that are here are answered.

use std::fmt;
use std::time::{Duration, Instant};

use super::limits::Limits;
use super::metrics::Metrics;
use super::producer::{Asker, Producer};
use crate::topic::{Pending, Topics};
use crate::wire::chunked::{ChunkError, Chunked};
use crate::wire::framing::BodyFraming;
use crate::wire::head_error::HeadError;
use crate::wire::language::Note;
use crate::wire::persistence::{CloseReason, Persistence};
use crate::wire::request::{HeadScan, Request, RequestHead};
use crate::wire::response::ResponseHead;
use crate::wire::start_line::{Method, Version};
use crate::wire::step::{Effect, Next, Step};

/// What a connection may know about the moment: the time, the bounds, and what every head carries now.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The time, read once for each turn of the loop.
    pub now: Instant,
    /// The bounds.
    pub limits: &'a Limits,
    /// What is counted.
    pub metrics: &'a Metrics,
    /// `Date` and the fields of a connection that stays.
    pub staying: &'a [u8],
    /// `Date` and the fields of a connection that ends with this response.
    pub closing: &'a [u8],
}

/// What the loop is to do for a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Ask the site for the answer to this request, and hand it to [`Connection::respond`].
    Respond(Box<Request>),
    /// The client waits for leave to send its body: ask the site, then [`Connection::admit`] or [`Connection::reject`].
    Admit(&'a RequestHead),
    /// Write these octets, or as many of them as the socket takes, and report to [`Connection::sent`].
    Send(&'a [u8]),
    /// Set the socket's send buffer, then [`Connection::send_buffer_set`].
    SetSendBuffer(u32),
    /// Half-close: `shutdown(SHUT_WR)`, then [`Connection::fin_sent`].
    SendFin,
    /// Reset the connection and forget it.
    SendRst,
    /// Close the socket and forget the connection.
    Close,
    /// Nothing: something must happen first, or [`Connection::deadline`] must pass.
    Rest,
}

// An Action without its borrow, so that deciding and lending are two steps.
enum Wish {
    Respond(Box<Request>),
    Admit,
    Send,
    Deliver,
    SetSendBuffer(u32),
    SendFin,
    SendRst,
    Close,
    Rest,
}

/// The half in which requests come in.
#[derive(Debug)]
enum Receiving {
    /// Between requests, or a head is arriving.
    Head { scan: HeadScan, until: Instant },
    /// A body is arriving.
    Body(Box<Body>),
    /// A response is under way; what arrives meanwhile waits.
    Held,
    /// Whatever arrives is thrown away.
    Discarding,
}

#[derive(Debug)]
struct Body {
    head: RequestHead,
    octets: Vec<u8>,
    reader: BodyReader,
    /// The client has been told, or need not be told, that it may send.
    admitted: bool,
    /// An octet must come before this.
    until: Instant,
    /// The body must be complete before this.
    complete_until: Instant,
}

#[derive(Debug)]
enum BodyReader {
    Length { left: u64 },
    Chunked(Chunked),
}

/// The half in which responses go out.
#[derive(Debug)]
enum Sending {
    /// No response is under way; octets of the one before may still wait for the socket.
    Idle,
    /// A producer gives steps.
    Responding { producer: Producer, progress: Progress },
    /// Our FIN is out.
    Lingering { until: Instant, silent_until: Instant },
    /// Nothing is left to be done.
    Over,
}

/// How far the current step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// It has been encoded; when its octets are out, the producer is asked again.
    NextStep,
    /// Time passes.
    Waiting { until: Instant },
    /// The producer has nothing; it is asked again when it is woken, or when this time has come.
    Parked { until: Instant },
    /// What is pending in a topic goes out. The client counts as stalled at this time.
    Delivering { until: Instant },
    /// Nothing goes on until [`Connection::release`]: not even time.
    Held,
    /// The socket's buffer changes as soon as the octets before are out.
    Sizing(u32),
    /// FIN goes out as soon as the octets before it have.
    Finishing,
    /// RST goes out at once.
    Aborting,
}

impl Sending {
    // We have said all; the other side may still be talking (RFC 9112 section 9.6).
    fn lingering(moment: &Moment<'_>) -> Sending {
        Sending::Lingering {
            until: moment.now + moment.limits.linger,
            silent_until: moment.now + moment.limits.linger_silence,
        }
    }
}

impl Progress {
    fn until(self) -> Option<Instant> {
        match self {
            Progress::Waiting { until } | Progress::Parked { until } | Progress::Delivering { until } => Some(until),
            Progress::NextStep | Progress::Held | Progress::Sizing(_) | Progress::Finishing | Progress::Aborting => {
                None
            }
        }
    }

    fn wake(&mut self) {
        if let Progress::Parked { .. } = self {
            *self = Progress::NextStep;
        }
    }
}

/// One connection. See the module for its states.
#[derive(Debug)]
pub struct Connection {
    receiving: Receiving,
    sending: Sending,
    unread: Unread,
    outgoing: Outgoing,
    /// Decided anew by each request, and ended by much else.
    persistence: Persistence,
    /// They send nothing more. Looked at only when no complete request is left.
    fin_received: bool,
    /// We send nothing more.
    fin_sent: bool,
    /// By what name the loop knows this connection, and topics wake it.
    key: u32,
    /// Requests that have been read to their end. It counts to 255 and stays there: a lesson asks for the second or third.
    requests: u8,
    /// Each step waits for a release.
    pace: Pace,
    /// The step that waits.
    held: Option<Box<Step>>,
}

/// Whether steps are taken one after the other, or wait for somebody to let them go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the client takes them.
    Free,
    /// So many more, and then each waits for its release.
    Steps(u32),
}

impl Connection {
    /// A connection that has just been accepted; the loop knows it as `key`.
    pub fn new(key: u32, now: Instant, limits: &Limits) -> Connection {
        Connection {
            receiving: Receiving::Head { scan: HeadScan::default(), until: now + limits.idle },
            sending: Sending::Idle,
            unread: Unread::default(),
            outgoing: Outgoing::default(),
            persistence: Persistence::Http11,
            fin_received: false,
            fin_sent: false,
            key,
            requests: 0,
            pace: Pace::Free,
            held: None,
        }
    }

    // ---- what happened ------------------------------------------------------------------------------

    /// These octets have been read.
    pub fn receive(&mut self, octets: &[u8], moment: &Moment<'_>) {
        match &mut self.receiving {
            Receiving::Discarding => {
                if let Sending::Lingering { silent_until, .. } = &mut self.sending {
                    *silent_until = moment.now + moment.limits.linger_silence;
                }
                return;
            }
            // An empty line is no beginning of a request, and takes nothing from the time that was promised.
            Receiving::Head { scan, until } if scan.is_before_request() && !octets.iter().all(is_line_end) => {
                *until = moment.now + moment.limits.head_time;
            }
            Receiving::Body(body) => body.until = moment.now + moment.limits.body_stall,
            Receiving::Head { .. } | Receiving::Held => {}
        }
        self.unread.push(octets);
    }

    /// A read returned 0: the client sends nothing more.
    #[inline(never)]
    pub fn receive_fin(&mut self) {
        self.fin_received = true;
        match &mut self.sending {
            Sending::Lingering { .. } => self.sending = Sending::Over,
            Sending::Responding { producer, progress } => {
                producer.their_fin();
                progress.wake();
            }
            Sending::Idle | Sending::Over => {}
        }
    }

    /// There is something to get in the topic that the connection is parked at.
    pub fn wake(&mut self) {
        if let Sending::Responding { progress, .. } = &mut self.sending {
            progress.wake();
        }
    }

    /// The socket took `count` of the octets that were to be sent.
    pub fn sent(&mut self, count: usize, topics: &mut Topics, moment: &Moment<'_>) {
        if self.outgoing.is_empty() {
            return self.delivered(count, topics, moment);
        }
        self.outgoing.sent(count, moment);
        if let (true, Sending::Idle, Receiving::Head { scan, until }) =
            (self.outgoing.is_empty(), &self.sending, &mut self.receiving)
            && scan.is_before_request()
        {
            *until = moment.now + moment.limits.idle;
        }
    }

    /// The socket has the buffer that a step asked for.
    pub fn send_buffer_set(&mut self) {
        self.set_progress(Progress::NextStep);
    }

    /// Our FIN is out. What is left of the script goes on: nothing in it can send octets any more.
    pub fn fin_sent(&mut self) {
        self.fin_sent = true;
        self.receiving = Receiving::Discarding;
        self.unread = Unread::default();
        self.set_progress(Progress::NextStep);
    }

    /// The site's answer to the request that [`Action::Respond`] gave out.
    pub fn respond(&mut self, mut producer: Producer) {
        if self.fin_received {
            producer.their_fin();
        }
        if let Producer::Lesson(play) = &mut producer {
            // With stepping on for everybody, nothing is to be undone when this lesson ends.
            play.set_stepped(play.is_stepped() && self.pace == Pace::Free);
            if play.is_stepped() {
                self.pace = Pace::Steps(0);
            }
        }
        self.receiving = Receiving::Held;
        self.sending = Sending::Responding { producer, progress: Progress::NextStep };
    }

    /// The client may send its body: 100 Continue.
    pub fn admit(&mut self) {
        let go_on = ResponseHead::new(100, BodyFraming::None);
        self.sending =
            Sending::Responding { producer: Producer::script([Step::Head(go_on)]), progress: Progress::NextStep };
    }

    /// The client need not send its body: this is the answer. Whether the body comes all the same cannot be known, so the
    /// connection ends.
    pub fn reject(&mut self, producer: Producer) {
        self.end_persistence(CloseReason::Refused);
        self.respond(producer);
    }

    /// The server is going down: end the response properly, and then the connection.
    pub fn drain(&mut self, moment: &Moment<'_>) {
        self.end_persistence(CloseReason::Draining);
        self.pace = Pace::Free;
        if let Sending::Responding { producer, progress } = &mut self.sending {
            producer.wind_down();
            if let Progress::Waiting { .. } | Progress::Parked { .. } = progress {
                *progress = Progress::NextStep;
            }
        }
        self.release(Pace::Free, moment);
    }

    /// From now on steps are taken at this pace; one that is held stays held.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// The pace at which steps are taken.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Lets the held step go, and sets the pace of those behind it. False if nothing is held.
    pub fn release(&mut self, pace: Pace, moment: &Moment<'_>) -> bool {
        if !self.is_held() {
            return false;
        }
        self.pace = pace;
        match self.held.take() {
            Some(step) => self.begin_step(*step, moment),
            None => self.set_progress(Progress::NextStep),
        }
        true
    }

    /// A step, or a script at its `hold`, waits for [`Connection::release`].
    pub fn is_held(&self) -> bool {
        matches!(self.sending, Sending::Responding { progress: Progress::Held, .. })
    }

    /// What a teacher says about the step that waits, or that was the last one.
    pub fn note(&self) -> Option<&Note> {
        match &self.sending {
            Sending::Responding { producer, .. } => producer.note(),
            Sending::Idle | Sending::Lingering { .. } | Sending::Over => None,
        }
    }

    /// The step that waits, if it is known: a script that holds by itself has none yet.
    pub fn held_step(&self) -> Option<&Step> {
        self.held.as_deref()
    }

    /// The octets that go out if the held step is let go now; none if it has none.
    pub fn held_octets(&self, topics: &Topics, moment: &Moment<'_>) -> Vec<u8> {
        let mut octets = Vec::new();
        match self.held_step() {
            Some(Step::Frames) => octets.extend_from_slice(self.deliverable(topics, moment).unwrap_or_default()),
            Some(step) => _ = step.clone().encode(self.general(step, moment), &mut octets),
            None => {}
        }
        octets
    }

    /// The connection is about to be forgotten, or its response to be broken off: nobody need wake it any more.
    pub fn leave(&self, topics: &mut Topics) {
        if let Sending::Responding { producer, .. } = &self.sending
            && let Some(seat) = producer.seat()
        {
            topics.leave(seat);
        }
    }

    // ---- what is to be done -------------------------------------------------------------------------

    /// What the loop is to do now. After doing it, it asks again, until the answer is [`Action::Rest`].
    pub fn next_action<'a>(&'a mut self, topics: &'a mut Topics, moment: &Moment<'_>) -> Action<'a> {
        match self.decide(topics, moment) {
            Wish::Respond(request) => Action::Respond(request),
            Wish::Admit => match &self.receiving {
                Receiving::Body(body) => Action::Admit(&body.head),
                Receiving::Head { .. } | Receiving::Held | Receiving::Discarding => Action::Rest,
            },
            Wish::Send => Action::Send(self.outgoing.rest()),
            Wish::Deliver => match self.deliverable(topics, moment) {
                Some(frames) => Action::Send(frames),
                None => Action::Rest,
            },
            Wish::SetSendBuffer(octets) => Action::SetSendBuffer(octets),
            Wish::SendFin => Action::SendFin,
            Wish::SendRst => Action::SendRst,
            Wish::Close => Action::Close,
            Wish::Rest => Action::Rest,
        }
    }

    /// Reading makes sense: there is room, or what is read is thrown away.
    pub fn wants_to_receive(&self, limits: &Limits) -> bool {
        !self.fin_received
            && match (&self.receiving, &self.sending) {
                (_, Sending::Over) => false,
                (Receiving::Discarding, _) => true,
                (Receiving::Head { .. } | Receiving::Body(_) | Receiving::Held, _) => {
                    self.unread.len() < limits.read_ahead
                }
            }
    }

    /// When to ask again although nothing has happened.
    pub fn deadline(&self) -> Option<Instant> {
        let stalled = self.outgoing.until();
        let state = match (&self.sending, &self.receiving) {
            (Sending::Idle, Receiving::Head { until, .. }) if stalled.is_none() => Some(*until),
            (Sending::Idle, Receiving::Body(body)) => Some(body.until.min(body.complete_until)),
            (Sending::Responding { progress, .. }, _) => progress.until(),
            (Sending::Lingering { until, silent_until }, _) => Some(*until.min(silent_until)),
            (Sending::Idle | Sending::Over, _) => None,
        };
        match (stalled, state) {
            (Some(stalled), Some(state)) => Some(stalled.min(state)),
            (stalled, state) => stalled.or(state),
        }
    }

    /// Whether another request may come, and why.
    pub fn persistence(&self) -> Persistence {
        self.persistence
    }

    /// The response is out and the connection waits for another request.
    pub fn is_between_requests(&self) -> bool {
        matches!((&self.receiving, &self.sending), (Receiving::Head { scan, .. }, Sending::Idle)
            if scan.is_before_request() && scan.looked_at() == self.unread.len() && self.outgoing.is_empty())
    }

    /// We send nothing more.
    pub fn fin_was_sent(&self) -> bool {
        self.fin_sent
    }

    /// They send nothing more.
    pub fn fin_received(&self) -> bool {
        self.fin_received
    }

    /// The names of the two states, for the trace and for people with a debugger.
    pub fn states(&self) -> (&'static str, &'static str) {
        let receiving = match self.receiving {
            Receiving::Head { .. } => "Head",
            Receiving::Body(_) => "Body",
            Receiving::Held => "Held",
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

    /// Octets that wait for the socket.
    pub fn pending(&self) -> usize {
        self.outgoing.rest().len()
    }

    // ---- the transitions ----------------------------------------------------------------------------

    fn decide(&mut self, topics: &mut Topics, moment: &Moment<'_>) -> Wish {
        self.expire(topics, moment);
        loop {
            match &self.sending {
                Sending::Idle => match self.idle(moment) {
                    Some(wish) => return wish,
                    None => continue,
                },
                Sending::Responding { producer, progress } => {
                    let (gathers, progress) = (producer.gathers() && self.pace == Pace::Free, *progress);
                    match progress {
                        Progress::NextStep if self.outgoing.has_room(gathers, moment.limits) => {
                            self.next_step(topics, moment);
                        }
                        Progress::Aborting => return Wish::SendRst,
                        _ if !self.outgoing.is_empty() => return Wish::Send,
                        Progress::Delivering { .. } if self.deliverable(topics, moment).is_some() => {
                            return Wish::Deliver;
                        }
                        // While the client did not read, the ring has gone past it.
                        Progress::Delivering { .. } => self.next_step(topics, moment),
                        Progress::Sizing(octets) => return Wish::SetSendBuffer(octets),
                        Progress::Finishing => return Wish::SendFin,
                        Progress::NextStep | Progress::Waiting { .. } | Progress::Parked { .. } | Progress::Held => {
                            return Wish::Rest;
                        }
                    }
                }
                Sending::Lingering { .. } => return Wish::Rest,
                Sending::Over => return Wish::Close,
            }
        }
    }

    // A deadline that has passed is an input like any other.
    fn expire(&mut self, topics: &mut Topics, moment: &Moment<'_>) {
        if self.deadline().is_none_or(|deadline| deadline > moment.now) {
            return;
        }
        if self.is_stalled(moment.now) {
            // A FIN would make a body that only FIN ends look complete; RST says that it is not.
            self.end_persistence(CloseReason::WriteStall);
            self.outgoing = Outgoing::default();
            self.leave(topics);
            return self.last_act(Step::Rst);
        }
        match (&mut self.sending, &self.receiving) {
            (Sending::Idle, Receiving::Head { scan, .. }) if scan.is_before_request() => {
                self.end_persistence(CloseReason::Idle);
                self.last_act(Step::Fin);
            }
            (Sending::Idle, Receiving::Head { .. }) => self.refuse(&Refusal::HeadTimeout, None, moment),
            (Sending::Idle, Receiving::Body(body)) => {
                let method = body.head.method();
                self.refuse(&Refusal::BodyTimeout, Some(method), moment);
            }
            (Sending::Responding { producer, progress }, _) => {
                producer.waited();
                *progress = Progress::NextStep;
            }
            (Sending::Lingering { .. }, _) => self.sending = Sending::Over,
            (Sending::Idle, Receiving::Held | Receiving::Discarding) | (Sending::Over, _) => {}
        }
    }

    fn is_stalled(&self, now: Instant) -> bool {
        let delivery = match &self.sending {
            Sending::Responding { progress: Progress::Delivering { until }, .. } => Some(*until),
            Sending::Idle | Sending::Responding { .. } | Sending::Lingering { .. } | Sending::Over => None,
        };
        self.outgoing.until().or(delivery).is_some_and(|until| until <= now)
    }

    // Between responses. `None`: something has changed, look again.
    fn idle(&mut self, moment: &Moment<'_>) -> Option<Wish> {
        if !self.outgoing.has_room(true, moment.limits) {
            return Some(Wish::Send);
        }
        match self.take_request(moment) {
            Ok(Taken::Request(request)) => return Some(Wish::Respond(request)),
            Ok(Taken::AsksLeave) => return Some(Wish::Admit),
            Ok(Taken::Incomplete) => {}
            Err((refusal, method)) => {
                self.refuse(&refusal, method, moment);
                return None;
            }
        }
        if !self.outgoing.is_empty() {
            return Some(Wish::Send);
        }
        if self.fin_received {
            self.their_fin(moment);
            return None;
        }
        // Said while the connection was idle, or while the last response was on its way.
        if let (Persistence::Ends(_), true) = (self.persistence, self.is_between_requests()) {
            self.last_act(Step::Fin);
            return None;
        }
        Some(Wish::Rest)
    }

    /// A complete request from what has been received, if there is one.
    fn take_request(&mut self, moment: &Moment<'_>) -> Result<Taken, (Refusal, Option<Method>)> {
        if let Receiving::Head { scan, .. } = &mut self.receiving {
            let unread = self.unread.rest();
            let found = scan.find_end(unread, moment.limits.head);
            // What stands behind the fault may not have come yet, and must not matter.
            let refusal = |error: HeadError| (Refusal::Head(error), Method::at_start(&unread[..scan.looked_at()]));
            let Some(length) = found.map_err(refusal)? else { return Ok(Taken::Incomplete) };
            let head = RequestHead::read(&unread[..length]).map_err(refusal)?;
            self.unread.take(length);
            self.persistence = self.agree(&head);
            if let Some(request) = self.begin_body(head, moment)? {
                return Ok(Taken::Request(request));
            }
        }
        self.take_body(moment.limits)
    }

    // What was decided once (draining) is not taken back by a request that comes later.
    fn agree(&self, head: &RequestHead) -> Persistence {
        match (self.persistence, head.version(), head.persists()) {
            (Persistence::Ends(reason), _, _) => Persistence::Ends(reason),
            (_, Version::Http11, true) => Persistence::Http11,
            (_, Version::Http10, true) => Persistence::Http10KeepAlive,
            (_, Version::Http11, false) => Persistence::Ends(CloseReason::ClientSaidClose),
            (_, Version::Http10, false) => Persistence::Ends(CloseReason::Http10),
        }
    }

    // A head without a body is a request already; any other begins to wait for its body.
    fn begin_body(
        &mut self,
        head: RequestHead,
        moment: &Moment<'_>,
    ) -> Result<Option<Box<Request>>, (Refusal, Option<Method>)> {
        let limits = moment.limits;
        let reader = match head.framing() {
            BodyFraming::None | BodyFraming::CloseDelimited | BodyFraming::ContentLength(0) => {
                return Ok(Some(self.complete(head, Vec::new())));
            }
            BodyFraming::ContentLength(left) if left > limits.body => {
                return Err((Refusal::BodyTooLarge, Some(head.method())));
            }
            BodyFraming::ContentLength(left) => BodyReader::Length { left },
            BodyFraming::Chunked => BodyReader::Chunked(Chunked::new(limits.framing_overhead)),
        };
        self.receiving = Receiving::Body(Box::new(Body {
            admitted: !head.expects_continue(),
            head,
            octets: Vec::new(),
            reader,
            until: moment.now + limits.body_stall,
            complete_until: moment.now + limits.body_time,
        }));
        Ok(None)
    }

    fn take_body(&mut self, limits: &Limits) -> Result<Taken, (Refusal, Option<Method>)> {
        let Receiving::Body(body) = &mut self.receiving else { return Ok(Taken::Incomplete) };
        if !body.admitted {
            body.admitted = true;
            return Ok(Taken::AsksLeave);
        }
        let taken = body.read(self.unread.rest(), limits).map_err(|refusal| (refusal, Some(body.head.method())))?;
        self.unread.take(taken);
        if !body.is_complete() {
            return Ok(Taken::Incomplete);
        }
        let Receiving::Body(body) = std::mem::replace(&mut self.receiving, Receiving::Held) else {
            return Ok(Taken::Incomplete);
        };
        Ok(Taken::Request(self.complete(body.head, body.octets)))
    }

    fn complete(&mut self, head: RequestHead, body: Vec<u8>) -> Box<Request> {
        self.requests = self.requests.saturating_add(1);
        Box::new(Request { head, body, number: self.requests })
    }

    // Their FIN, and no complete request is left.
    fn their_fin(&mut self, moment: &Moment<'_>) {
        if self.is_between_requests() {
            self.end_persistence(CloseReason::ClientFin);
            return self.last_act(Step::Fin);
        }
        match &self.receiving {
            Receiving::Head { .. } => self.refuse(&Refusal::HeadCutShort, None, moment),
            Receiving::Body(body) => {
                let method = body.head.method();
                self.refuse(&Refusal::BodyCutShort, Some(method), moment);
            }
            Receiving::Held | Receiving::Discarding => self.last_act(Step::Fin),
        }
    }

    fn next_step(&mut self, topics: &mut Topics, moment: &Moment<'_>) {
        let gather = self.gather(moment);
        let Sending::Responding { producer, progress } = &mut self.sending else { return };
        let asker = Asker { key: self.key, gather, heartbeat: moment.limits.heartbeat };
        match producer.next_step(topics, asker) {
            Next::Step(step) => self.pace_step(step, moment),
            Next::Park(duration) => *progress = Progress::Parked { until: moment.now + duration },
            Next::End => {
                self.leave(topics);
                self.end_response(moment);
            }
        }
    }

    // With stepping on, a step waits here until somebody lets it go. A pause is no act on the wire, and does not wait.
    fn pace_step(&mut self, step: Step, moment: &Moment<'_>) {
        match (&mut self.pace, &step) {
            (Pace::Free, _) | (Pace::Steps(_), Step::Wait(_) | Step::Hold | Step::SendBuffer(_)) => {
                self.begin_step(step, moment);
            }
            (Pace::Steps(0), _) => {
                self.held = Some(Box::new(step));
                self.set_progress(Progress::Held);
            }
            (Pace::Steps(left), _) => {
                *left -= 1;
                self.begin_step(step, moment);
            }
        }
    }

    fn set_progress(&mut self, now: Progress) {
        if let Sending::Responding { progress, .. } = &mut self.sending {
            *progress = now;
        }
    }

    /// Octets that may leave in one write; one frame of a topic at a time when steps are let go by hand.
    fn gather(&self, moment: &Moment<'_>) -> usize {
        if self.pace == Pace::Free { moment.limits.gather } else { 1 }
    }

    // The frames that go out now; they belong to the topic, and are the same for all who follow it.
    fn deliverable<'a>(&self, topics: &'a Topics, moment: &Moment<'_>) -> Option<&'a [u8]> {
        let Sending::Responding { producer, .. } = &self.sending else { return None };
        match topics.pending(producer.seat()?, self.gather(moment)) {
            Pending::Frames(frames) => Some(frames),
            Pending::Nothing | Pending::Lost(_) => None,
        }
    }

    // A frame that was cut is finished from a copy, since the ring may forget it meanwhile.
    fn delivered(&mut self, count: usize, topics: &mut Topics, moment: &Moment<'_>) {
        let gather = self.gather(moment);
        let Sending::Responding { producer, progress } = &mut self.sending else { return };
        *progress = Progress::NextStep;
        let Some(seat) = producer.seat() else { return };
        if let Some(rest) = topics.sent(seat, gather, count) {
            self.outgoing.begin(moment).extend_from_slice(&rest);
        }
    }

    /// The one place where the wire changes: every step of every connection begins here.
    #[inline(never)]
    pub fn begin_step(&mut self, step: Step, moment: &Moment<'_>) {
        log::debug!("begin {step:?}");
        if is_close_delimited(&step) {
            self.end_persistence(CloseReason::CloseDelimited);
        }
        let general = self.general(&step, moment);
        let after = match self.outgoing.encode(step, general, moment) {
            Effect::Write => Progress::NextStep,
            Effect::Deliver => Progress::Delivering { until: moment.now + moment.limits.write_stall },
            Effect::Wait(duration) => Progress::Waiting { until: moment.now + duration },
            Effect::Hold => Progress::Held,
            Effect::SendBuffer(octets) => Progress::Sizing(octets),
            Effect::Fin => Progress::Finishing,
            Effect::Rst => Progress::Aborting,
        };
        self.set_progress(after);
    }

    /// What this step, if it is a final head, says about the connection.
    fn general<'a>(&self, step: &Step, moment: &Moment<'a>) -> &'a [u8] {
        match self.persistence {
            Persistence::Ends(_) => moment.closing,
            Persistence::Http11 | Persistence::Http10KeepAlive if is_close_delimited(step) => moment.closing,
            Persistence::Http11 | Persistence::Http10KeepAlive => moment.staying,
        }
    }

    fn end_response(&mut self, moment: &Moment<'_>) {
        let mut idle = moment.limits.idle;
        if let Sending::Responding { producer: Producer::Lesson(play), .. } = &self.sending {
            idle = play.idle().unwrap_or(idle);
            if play.is_stepped() {
                self.pace = Pace::Free;
            }
        }
        if self.fin_sent {
            self.sending = if self.fin_received { Sending::Over } else { Sending::lingering(moment) };
            return;
        }
        // A 100 Continue has been said: the body comes now.
        if let Receiving::Body(_) = self.receiving {
            self.sending = Sending::Idle;
            return;
        }
        if let Persistence::Ends(_) = self.persistence {
            return self.last_act(Step::Fin);
        }
        self.sending = Sending::Idle;
        let wait = if self.unread.is_empty() { idle } else { moment.limits.head_time };
        self.receiving = Receiving::Head { scan: HeadScan::default(), until: moment.now + wait };
    }

    fn end_persistence(&mut self, reason: CloseReason) {
        if !matches!(self.persistence, Persistence::Ends(_)) {
            self.persistence = Persistence::Ends(reason);
        }
    }

    // Nothing that arrives matters any more.
    fn last_act(&mut self, step: Step) {
        self.receiving = Receiving::Discarding;
        self.unread = Unread::default();
        self.sending = Sending::Responding { producer: Producer::script([step]), progress: Progress::NextStep };
    }

    // A refusal is a short script like any other: head, a sentence, FIN. A HEAD gets no sentence.
    fn refuse(&mut self, refusal: &Refusal, method: Option<Method>, moment: &Moment<'_>) {
        moment.metrics.refused(refusal.name());
        self.end_persistence(CloseReason::Refused);
        let sentence = format!("{refusal}\n").into_bytes();
        let head = ResponseHead::new(refusal.status(), BodyFraming::ContentLength(sentence.len() as u64))
            .with("Content-Type", b"text/plain; charset=utf-8".as_slice());
        let mut steps = vec![Step::Head(head), Step::Data(sentence.into()), Step::Fin];
        if method == Some(Method::Head) {
            steps.remove(1);
        }
        self.receiving = Receiving::Discarding;
        self.unread = Unread::default();
        self.sending = Sending::Responding { producer: Producer::script(steps), progress: Progress::NextStep };
    }
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

enum Taken {
    Request(Box<Request>),
    AsksLeave,
    Incomplete,
}

impl Body {
    /// Takes what belongs to the body from `octets`, and says how many octets that were.
    fn read(&mut self, octets: &[u8], limits: &Limits) -> Result<usize, Refusal> {
        match &mut self.reader {
            BodyReader::Length { left } => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(octets.len());
                self.octets.extend_from_slice(&octets[..taken]);
                *left -= taken as u64;
                Ok(taken)
            }
            BodyReader::Chunked(chunked) => {
                let taken = chunked.decode(octets, &mut self.octets);
                let announced = chunked.data_left().saturating_add(self.octets.len() as u64);
                // The announcement stood before any fault, whatever the pieces in which they came.
                if announced > limits.body { Err(Refusal::BodyTooLarge) } else { Ok(taken?) }
            }
        }
    }

    fn is_complete(&self) -> bool {
        match &self.reader {
            BodyReader::Length { left } => *left == 0,
            BodyReader::Chunked(chunked) => chunked.is_done(),
        }
    }
}

/// Why a request is refused before the site sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Head(HeadError),
    Body(ChunkError),
    BodyTooLarge,
    HeadTimeout,
    BodyTimeout,
    HeadCutShort,
    BodyCutShort,
}

impl Refusal {
    /// The name under which it is counted.
    fn name(&self) -> &'static str {
        match self {
            Refusal::Head(error) => error.name(),
            Refusal::Body(_) => "chunked-coding",
            Refusal::BodyTooLarge => "body-too-large",
            Refusal::HeadTimeout => "head-timeout",
            Refusal::BodyTimeout => "body-timeout",
            Refusal::HeadCutShort => "head-cut-short",
            Refusal::BodyCutShort => "body-cut-short",
        }
    }

    fn status(&self) -> u16 {
        match self {
            Refusal::Head(error) => error.status(),
            Refusal::Body(_) | Refusal::HeadCutShort | Refusal::BodyCutShort => 400,
            Refusal::BodyTooLarge => 413,
            Refusal::HeadTimeout | Refusal::BodyTimeout => 408,
        }
    }
}

impl From<ChunkError> for Refusal {
    fn from(error: ChunkError) -> Refusal {
        Refusal::Body(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Head(error) => error.fmt(f),
            Refusal::Body(error) => error.fmt(f),
            Refusal::BodyTooLarge => f.write_str("the request body is larger than is accepted (RFC 9110 15.5.14)"),
            Refusal::HeadTimeout => f.write_str("the request head did not arrive in time (RFC 9110 15.5.9)"),
            Refusal::BodyTimeout => f.write_str("the request body did not arrive in time (RFC 9110 15.5.9)"),
            Refusal::HeadCutShort => f.write_str("FIN came inside a request head: it is incomplete (RFC 9112 8)"),
            Refusal::BodyCutShort => f.write_str("FIN came inside a request body: it is incomplete (RFC 9112 8)"),
        }
    }
}

/// Octets that have been received and not yet understood. Without any, it holds no memory: an idle connection is small.
#[derive(Debug, Default)]
struct Unread(Option<Box<Received>>);

#[derive(Debug, Default)]
struct Received {
    octets: Vec<u8>,
    /// How many of them have been taken already; they go when more arrive.
    taken: usize,
}

impl Unread {
    fn rest(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |received| &received.octets[received.taken..])
    }

    fn len(&self) -> usize {
        self.rest().len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn push(&mut self, octets: &[u8]) {
        let received = self.0.get_or_insert_default();
        received.octets.drain(..received.taken);
        received.taken = 0;
        received.octets.extend_from_slice(octets);
    }

    fn take(&mut self, count: usize) {
        if let Some(received) = &mut self.0 {
            received.taken = (received.taken + count).min(received.octets.len());
        }
        if self.is_empty() {
            self.0 = None;
        }
    }
}

/// Octets on their way: encoded, and not yet taken by the socket. Without any, it holds no memory.
#[derive(Debug, Default)]
struct Outgoing(Option<Box<Encoded>>);

#[derive(Debug)]
struct Encoded {
    octets: Vec<u8>,
    sent: usize,
    /// When the client counts as stalled; moves on with each octet that it takes.
    until: Instant,
}

impl Outgoing {
    fn rest(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |encoded| &encoded.octets[encoded.sent..])
    }

    fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// Another step may be encoded behind what is waiting.
    fn has_room(&self, gathers: bool, limits: &Limits) -> bool {
        self.is_empty() || (gathers && self.rest().len() < limits.gather)
    }

    fn until(&self) -> Option<Instant> {
        self.0.as_ref().map(|encoded| encoded.until)
    }

    fn encode(&mut self, step: Step, general: &[u8], moment: &Moment<'_>) -> Effect {
        if !step.has_octets() {
            return step.encode(general, &mut Vec::new());
        }
        let effect = step.encode(general, self.begin(moment));
        // A chunk without data is no chunk: nothing waits for the socket then, and nobody stalls.
        if self.is_empty() {
            self.0 = None;
        }
        effect
    }

    fn begin(&mut self, moment: &Moment<'_>) -> &mut Vec<u8> {
        let until = moment.now + moment.limits.write_stall;
        let new = || Box::new(Encoded { octets: Vec::with_capacity(FIRST_CAPACITY), sent: 0, until });
        let encoded = self.0.get_or_insert_with(new);
        // A client that always leaves some octets would otherwise make this grow as long as it asks for more.
        encoded.octets.drain(..encoded.sent);
        encoded.sent = 0;
        &mut encoded.octets
    }

    fn sent(&mut self, count: usize, moment: &Moment<'_>) {
        if let Some(encoded) = &mut self.0 {
            encoded.sent = (encoded.sent + count).min(encoded.octets.len());
            encoded.until = moment.now + moment.limits.write_stall;
        }
        if self.is_empty() {
            self.0 = None;
        }
    }
}

/// Octets that a response head usually fits in.
const FIRST_CAPACITY: usize = 512;

/// `Connection` and `Keep-Alive` of a connection that stays, as field lines.
pub fn staying_fields(idle: Duration) -> String {
    format!("Connection: keep-alive\r\nKeep-Alive: timeout={}\r\n", idle.as_secs())
}

/// `Connection` of a connection that ends with this response, as a field line.
pub fn closing_fields() -> &'static str {
    "Connection: close\r\n"
}

#[cfg(test)]
mod tests {
    use super::Connection;

    #[test]
    fn ten_thousand_idle_connections_cost_little() {
        // With its socket, its entry in the heap of timers and its row in a topic it must stay below 256 octets.
        assert!(size_of::<Connection>() <= 144, "a connection has {} octets", size_of::<Connection>());
    }
}
