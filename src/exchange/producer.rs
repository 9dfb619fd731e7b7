//! Where steps come from.
//!
//! A connection asks its producer for the next step when the one before has been carried out, and never
//! earlier: a client that does not read is not asked for, and nothing piles up for it.
//!
//! ```text
//! Script         a list of steps, known from the beginning: a whole response, a refusal, a FIN
//! Demo           the stream of the founding article: one hundred events, a pause after each, the last chunk
//! Chat           the stream of a language model, with the fault that was asked for
//! Lesson         what a teacher has written
//! Subscription   whatever is published to a topic, until somebody ends it
//! ```
//!
//! A closed set, so an enum: it prints in a debugger, and the compiler lists what a new kind needs.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;
use std::vec;

use super::chat::Chat;
use super::console::Console;
use crate::lesson::Play;
use crate::topic::{CatchUp, Missed, OrderedId, Pending, Seat, Topics};
use crate::trace::record::ConnectionId;
use crate::wire::framing::BodyFraming;
use crate::wire::language::Note;
use crate::wire::response::ResponseHead;
use crate::wire::sse::{Event, encode_comment};
use crate::wire::step::{Next, Step};

/// A source of steps.
#[derive(Debug)]
pub enum Producer {
    /// Steps that are known from the beginning.
    Script(vec::IntoIter<Step>),
    /// The stream of the founding article.
    Demo(Box<Demo>),
    /// The stream of a language model.
    Chat(Box<Chat>),
    /// A script of a teacher.
    Lesson(Box<Play>),
    /// A seat in a topic.
    Subscription(Subscription),
    /// Nothing of its own: the loop carries this out first, and then gives the producer of the answer.
    Console(Box<Console>),
}

/// For whom a step is made, and with what bounds.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// By what name the loop knows the connection.
    pub key: u32,
    /// Octets that may leave in one write.
    pub gather: usize,
    /// How long an event stream may be silent.
    pub heartbeat: Duration,
}

impl Producer {
    /// The steps in their order.
    pub fn script(steps: impl IntoIterator<Item = Step>) -> Producer {
        Producer::Script(Vec::from_iter(steps).into_iter())
    }

    /// A whole response: a head with Content-Length, and its body.
    pub fn whole(head: ResponseHead, body: impl Into<Cow<'static, [u8]>>) -> Producer {
        let body = body.into();
        if body.is_empty() {
            Producer::script([Step::Head(head)])
        } else {
            Producer::script([Step::Head(head), Step::Data(body)])
        }
    }

    /// The next step, or that there is none.
    pub fn next_step(&mut self, topics: &mut Topics, asker: Asker) -> Next {
        match self {
            Producer::Script(steps) => steps.next().map_or(Next::End, Next::Step),
            Producer::Demo(demo) => demo.next_step(),
            Producer::Chat(chat) => chat.next_step(),
            Producer::Lesson(play) => play.next_step().map_or(Next::End, Next::Step),
            Producer::Subscription(subscription) => subscription.next_step(topics, asker),
            Producer::Console(_) => Next::End,
        }
    }

    /// What is ready may leave in one write. A stream that is there to be watched is written step by step.
    pub fn gathers(&self) -> bool {
        match self {
            Producer::Script(_) | Producer::Console(_) => true,
            Producer::Chat(chat) => chat.gathers(),
            Producer::Demo(_) | Producer::Lesson(_) | Producer::Subscription(_) => false,
        }
    }

    /// What a teacher says about the step that was given out last.
    pub fn note(&self) -> Option<&Note> {
        match self {
            Producer::Script(_)
            | Producer::Demo(_)
            | Producer::Chat(_)
            | Producer::Subscription(_)
            | Producer::Console(_) => None,
            Producer::Lesson(play) => play.note(),
        }
    }

    /// The time for which it was parked has passed.
    pub fn waited(&mut self) {
        match self {
            Producer::Script(_) | Producer::Demo(_) | Producer::Lesson(_) | Producer::Console(_) => {}
            Producer::Chat(chat) => chat.end_stall(),
            Producer::Subscription(subscription) => subscription.is_silent = true,
        }
    }

    /// The client sends nothing more. What has an end of its own goes on to it; a subscription has none, and ends when it has
    /// said what is there.
    pub fn their_fin(&mut self) {
        match self {
            Producer::Script(_) | Producer::Demo(_) | Producer::Lesson(_) | Producer::Console(_) => {}
            Producer::Chat(chat) => chat.end_stall(),
            Producer::Subscription(subscription) => subscription.their_fin(),
        }
    }

    /// The server is going down: come to a proper end soon.
    pub fn wind_down(&mut self) {
        match self {
            Producer::Script(_) | Producer::Console(_) => {}
            Producer::Demo(demo) => demo.wind_down(),
            Producer::Chat(chat) => chat.wind_down(),
            Producer::Lesson(play) => play.wind_down(),
            Producer::Subscription(subscription) => subscription.wind_down(),
        }
    }

    /// The place where its octets are kept, if they are shared.
    pub fn seat(&self) -> Option<Seat> {
        match self {
            Producer::Script(_)
            | Producer::Demo(_)
            | Producer::Chat(_)
            | Producer::Lesson(_)
            | Producer::Console(_) => None,
            Producer::Subscription(subscription) => Some(subscription.seat),
        }
    }
}

/// A subscriber of a topic: its head, what it has missed, and then whatever is published.
#[derive(Debug)]
pub struct Subscription {
    seat: Seat,
    /// What goes out before the first event; nothing when it has gone out.
    preface: Option<Box<Preface>>,
    is_chunked: bool,
    /// It has had events that have not come here yet, up to this one.
    ahead: Option<Box<OrderedId>>,
    /// Of the trace only what this connection does; `None` is all of it.
    only: Option<ConnectionId>,
    /// Nothing has gone out for the length of a heartbeat.
    is_silent: bool,
    stage: Stage,
}

#[derive(Debug)]
struct Preface {
    steps: VecDeque<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Live,
    /// Their FIN has come: as soon as nothing is pending, it ends.
    Emptying,
    LastChunk,
    Over,
}

impl Subscription {
    /// Follows a topic from `seat`; `missed` is told to the client in a comment, before the oldest event that is kept.
    pub fn new(head: ResponseHead, seat: Seat, missed: Missed) -> Subscription {
        let is_chunked = head.framing() == BodyFraming::Chunked;
        let mut preface = VecDeque::from([Step::Head(head)]);
        let mut ahead = None;
        match missed {
            Missed::Nothing => {}
            Missed::Ahead(id) => {
                ahead = Some(Box::new(id));
                preface.push_back(comment(AHEAD, is_chunked));
            }
            Missed::Events(lost) => preface.push_back(comment(&lost_comment(lost), is_chunked)),
            Missed::Unknown => preface.push_back(comment(UNKNOWN_LOSS, is_chunked)),
        }
        Subscription {
            seat,
            preface: Some(Box::new(Preface { steps: preface })),
            is_chunked,
            ahead,
            only: None,
            is_silent: false,
            stage: Stage::Live,
        }
    }

    /// Follows of the trace only what is about this connection.
    pub fn about(self, connection: Option<ConnectionId>) -> Subscription {
        Subscription { only: connection, ..self }
    }

    /// Says this in an event directly behind the head. It has no id: it is no part of what can be replayed.
    pub fn greet(&mut self, snapshot: String) {
        let mut octets = Vec::new();
        let event = Event::new(snapshot).with_type("snapshot").expect("\"snapshot\" holds no line end");
        event.encode(&mut octets);
        if let Some(preface) = &mut self.preface {
            preface.steps.insert(1.min(preface.steps.len()), data(octets, self.is_chunked));
        }
    }

    fn next_step(&mut self, topics: &mut Topics, asker: Asker) -> Next {
        if let Some(step) = self.preface.as_mut().and_then(|preface| preface.steps.pop_front()) {
            return Next::Step(step);
        }
        self.preface = None;
        match self.stage {
            Stage::Live | Stage::Emptying => self.live(topics, asker),
            Stage::LastChunk => self.last_chunk(),
            Stage::Over => Next::End,
        }
    }

    fn live(&mut self, topics: &mut Topics, asker: Asker) -> Next {
        if let Some(id) = self.ahead.as_deref() {
            match topics.catch_up(self.seat, *id) {
                CatchUp::Waiting => {}
                CatchUp::Reached => self.ahead = None,
                CatchUp::Passed => {
                    self.ahead = None;
                    return Next::Step(comment(UNKNOWN_LOSS, self.is_chunked));
                }
            }
        }
        let is_silent = std::mem::replace(&mut self.is_silent, false);
        match topics.pending(self.seat, asker.gather) {
            Pending::Lost(_) => {
                let lost = topics.skip_lost(self.seat);
                Next::Step(comment(&lost_comment(lost), self.is_chunked))
            }
            Pending::Frames(_) if self.only.is_some() => match topics.take_about(self.seat, self.only) {
                Some(line) => Next::Step(data(line, self.is_chunked)),
                // It was about others. Now nothing is pending.
                None => self.live(topics, asker),
            },
            Pending::Frames(_) if self.is_chunked => Next::Step(Step::Frames),
            Pending::Frames(_) => Next::Step(Step::Data(topics.take_payloads(self.seat, asker.gather).into())),
            Pending::Nothing if self.stage == Stage::Emptying => self.last_chunk(),
            Pending::Nothing if is_silent => Next::Step(comment("keep-alive", self.is_chunked)),
            Pending::Nothing => {
                topics.park(self.seat, asker.key);
                Next::Park(spread(asker.heartbeat, asker.key))
            }
        }
    }

    fn last_chunk(&mut self) -> Next {
        self.stage = Stage::Over;
        if self.is_chunked { Next::Step(Step::LastChunk) } else { Next::End }
    }

    fn their_fin(&mut self) {
        if self.stage == Stage::Live {
            self.stage = Stage::Emptying;
        }
    }

    fn wind_down(&mut self) {
        if let Stage::Live | Stage::Emptying = self.stage {
            self.stage = Stage::LastChunk;
        }
    }
}

fn comment(text: &str, is_chunked: bool) -> Step {
    let mut octets = Vec::with_capacity(text.len() + 4);
    encode_comment(text, &mut octets);
    data(octets, is_chunked)
}

fn data(octets: Vec<u8>, is_chunked: bool) -> Step {
    if is_chunked { Step::Chunk(octets) } else { Step::Data(octets.into()) }
}

const AHEAD: &str = "waiting for the last event that you had: it has not come here yet";
const UNKNOWN_LOSS: &str = "lost an unknown number of events: the last event ID is not of this topic";

fn lost_comment(lost: u64) -> String {
    format!("lost {lost} events: they are no longer kept")
}

// An event goes to all subscribers at once, and without this they would all be silent at once too: each gets a heartbeat
// that is up to a quarter shorter.
fn spread(heartbeat: Duration, key: u32) -> Duration {
    let share = key.wrapping_mul(0x9e37_79b9) >> 24;
    heartbeat - heartbeat / 4 * share / 256
}

/// The founding article's stream: `event:message`, `data:event1` to `data:event100`, a pause after each.
#[derive(Debug)]
pub struct Demo {
    at: DemoStep,
    last: u64,
    interval: Duration,
    retry: Option<Duration>,
    has_ids: bool,
    framing: BodyFraming,
}

#[derive(Debug)]
enum DemoStep {
    Head(ResponseHead, u64),
    Event(u64),
    Pause { before: u64 },
    LastChunk,
    End,
}

impl Demo {
    /// The events from `first` to `last`; `head` says how the body ends.
    pub fn new(head: ResponseHead, first: u64, last: u64, interval: Duration, retry: Option<Duration>) -> Demo {
        let framing = head.framing();
        Demo { at: DemoStep::Head(head, first), last, interval, retry, has_ids: true, framing }
    }

    /// The same events without the field `id`: the octets of the founding article's own stream, in one chunk for each
    /// event. A client that reconnects has no `Last-Event-ID` to send, and gets the events from the first one again.
    #[must_use]
    pub fn without_ids(mut self) -> Demo {
        self.has_ids = false;
        self
    }

    fn next_step(&mut self) -> Next {
        match std::mem::replace(&mut self.at, DemoStep::End) {
            DemoStep::Head(head, first) => {
                self.at = self.event_or_end(first);
                Next::Step(Step::Head(head))
            }
            DemoStep::Event(number) => {
                self.at = DemoStep::Pause { before: number + 1 };
                Next::Step(self.event(number))
            }
            DemoStep::Pause { before } => {
                self.at = self.event_or_end(before);
                if self.interval.is_zero() { self.next_step() } else { Next::Step(Step::Wait(self.interval)) }
            }
            DemoStep::LastChunk if self.framing == BodyFraming::Chunked => Next::Step(Step::LastChunk),
            DemoStep::LastChunk | DemoStep::End => Next::End,
        }
    }

    fn event_or_end(&self, number: u64) -> DemoStep {
        if number <= self.last { DemoStep::Event(number) } else { DemoStep::LastChunk }
    }

    // "retry:" stands in the first event: some clients make an event of a block that has no data.
    fn event(&mut self, number: u64) -> Step {
        let mut octets = Vec::with_capacity(64);
        let event = Event::new(format!("event{number}"));
        let event = if self.has_ids { event.with_id(number.to_string()) } else { Ok(event) };
        let event = event.and_then(|event| event.with_type("message"));
        let event = event.expect("neither digits nor \"message\" hold a line end");
        match self.retry.take() {
            Some(retry) => event.with_retry(retry).encode(&mut octets),
            None => event.encode(&mut octets),
        }
        match self.framing {
            BodyFraming::Chunked => Step::Chunk(octets),
            BodyFraming::None | BodyFraming::ContentLength(_) | BodyFraming::CloseDelimited => {
                Step::Data(octets.into())
            }
        }
    }

    fn wind_down(&mut self) {
        if let DemoStep::Event(_) | DemoStep::Pause { .. } = self.at {
            self.at = DemoStep::LastChunk;
        }
        self.last = 0;
    }
}
