//! The response of a subscriber: its head, what it has missed, and then every event that is
//! published.
//!
//! ```text
//! HTTP/1.1 200 OK ...                  the head leaves at once, before any event
//! : lost 3 events: ...                 a comment, if events are missing
//! 1e CRLF id:18f-17 LF data:x LF LF    frames of the topic, as many as are pending
//! : keep-alive                         a comment, when nothing else has left for a while
//! 0 CRLF CRLF                          after the client's FIN, or when the server stops
//! ```

use std::num::NonZeroU32;
use std::time::Duration;
use std::vec;

use super::id::OrderedId;
use super::topics::{CatchUp, Missed, Pending, Topics};
use crate::wire::framing::BodyFraming;
use crate::wire::response::ResponseHead;
use crate::wire::sse::{Event, encode_comment};
use crate::wire::step::{Demand, Next, Step, SubscriberHandle};

/// A subscriber of a topic.
#[derive(Debug)]
pub struct Subscription {
    subscriber: SubscriberHandle,
    /// None when it is over, so that an idle subscriber is small.
    beginning: Option<Box<Beginning>>,
    is_chunked: bool,
    /// Only events that are about this, or about nothing in particular.
    only: Option<NonZeroU32>,
    stage: Stage,
}

/// What comes before the events that are pending.
#[derive(Debug)]
struct Beginning {
    steps: vec::IntoIter<Step>,
    /// The client has had events that have not reached this server yet, up to this one.
    ahead: Option<OrderedId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Live,
    /// The client's FIN has come: the response ends as soon as nothing is pending.
    Emptying,
    LastChunk,
    Over,
}

impl Subscription {
    /// A response with this head for a subscriber, which is told what it has missed in a comment
    /// before the oldest kept event.
    pub fn new(head: ResponseHead, subscriber: SubscriberHandle, missed: Missed) -> Subscription {
        let is_chunked = head.framing() == BodyFraming::Chunked;
        let mut steps = vec![Step::Head(head)];
        let mut ahead = None;
        match missed {
            Missed::Nothing => {}
            Missed::Ahead(id) => {
                ahead = Some(id);
                steps.push(comment(AHEAD, is_chunked));
            }
            Missed::Events(lost) => steps.push(comment(&lost_comment(lost), is_chunked)),
            Missed::Unknown => steps.push(comment(UNKNOWN_LOSS, is_chunked)),
        }
        let beginning = Some(Box::new(Beginning { steps: steps.into_iter(), ahead }));
        Subscription { subscriber, beginning, is_chunked, only: None, stage: Stage::Live }
    }

    /// Passes over events that are about something else.
    pub fn about(self, only: Option<NonZeroU32>) -> Subscription {
        Subscription { only, ..self }
    }

    /// Sends this as an event directly after the head. It has no id: it is no part of what can be
    /// replayed.
    pub fn greet(&mut self, event: &Event) {
        let mut octets = Vec::new();
        event.encode(&mut octets);
        let greeting = data(octets, self.is_chunked);
        if let Some(beginning) = &mut self.beginning {
            let mut steps = Vec::from_iter(&mut beginning.steps);
            steps.insert(1.min(steps.len()), greeting);
            beginning.steps = steps.into_iter();
        }
    }

    /// The subscriber's place among the topics, to be given back when the response is over.
    pub fn subscriber(&self) -> SubscriberHandle {
        self.subscriber
    }

    /// The next step. `key` is the loop's key of the connection; an event stream is silent for
    /// `heartbeat` at most.
    pub fn next_step(&mut self, demand: Demand, key: u32, heartbeat: Duration, topics: &mut Topics) -> Next {
        if let Some(step) = self.beginning.as_mut().and_then(|beginning| beginning.steps.next()) {
            return Next::Step(step);
        }
        self.beginning.take_if(|beginning| beginning.ahead.is_none());
        match self.stage {
            Stage::Live | Stage::Emptying => self.live(demand, key, heartbeat, topics),
            Stage::LastChunk => self.last_chunk(),
            Stage::Over => Next::End { idle: None },
        }
    }

    fn live(&mut self, demand: Demand, key: u32, heartbeat: Duration, topics: &mut Topics) -> Next {
        if let Some(step) = self.catch_up(topics) {
            return Next::Step(step);
        }
        match topics.pending(self.subscriber, demand.gather) {
            Pending::Lost(_) => {
                let lost = topics.skip_lost(self.subscriber);
                Next::Step(self.after_loss(&lost_comment(lost), demand, topics))
            }
            Pending::Frames(batch) => match self.only {
                Some(only) => match topics.take_about(self.subscriber, only) {
                    Some(event) => Next::Step(data(event, self.is_chunked)),
                    // They were about something else; nothing is pending now.
                    None => self.live(demand, key, heartbeat, topics),
                },
                None if self.is_chunked => Next::Step(Step::Deliver(batch)),
                None => Next::Step(Step::Data(topics.take_payloads(batch).into())),
            },
            Pending::Nothing if self.stage == Stage::Emptying => self.last_chunk(),
            Pending::Nothing if demand.elapsed => Next::Step(comment("keep-alive", self.is_chunked)),
            Pending::Nothing => {
                topics.park(self.subscriber, key);
                Next::Park(spread(heartbeat, key))
            }
        }
    }

    // What was lost, and the frames that are kept, in one step: while the comment alone waited for
    // a slow reader, the ring would go past it again, and the reader would get nothing but
    // comments.
    fn after_loss(&self, lost: &str, demand: Demand, topics: &mut Topics) -> Step {
        match topics.pending(self.subscriber, demand.gather) {
            Pending::Frames(batch) if self.only.is_none() && demand.gather > 1 => {
                let mut octets = Vec::new();
                comment(lost, self.is_chunked).encode(&[], &mut octets);
                let frames = if self.is_chunked { topics.take_frames(batch) } else { topics.take_payloads(batch) };
                octets.extend_from_slice(&frames);
                Step::Data(octets.into())
            }
            Pending::Frames(_) | Pending::Lost(_) | Pending::Nothing => comment(lost, self.is_chunked),
        }
    }

    // A client that was ahead passes over what it has had; a step, if that leaves doubt.
    fn catch_up(&mut self, topics: &mut Topics) -> Option<Step> {
        let id = self.beginning.as_ref()?.ahead?;
        match topics.catch_up(self.subscriber, id) {
            CatchUp::Waiting => None,
            CatchUp::Reached => {
                self.beginning = None;
                None
            }
            CatchUp::Passed => {
                self.beginning = None;
                Some(comment(UNKNOWN_LOSS, self.is_chunked))
            }
        }
    }

    fn last_chunk(&mut self) -> Next {
        self.stage = Stage::Over;
        if self.is_chunked { Next::Step(Step::LastChunk) } else { Next::End { idle: None } }
    }

    /// The client sends nothing more. A subscription has no end of its own, so it ends when nothing
    /// is pending.
    pub fn on_fin(&mut self) {
        if self.stage == Stage::Live {
            self.stage = Stage::Emptying;
        }
    }

    /// The server stops: the last chunk is next.
    pub fn wind_down(&mut self) {
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

// All subscribers get an event at once, and would all be silent at once: each gets a heartbeat that
// is up to a quarter shorter.
fn spread(heartbeat: Duration, key: u32) -> Duration {
    let share = key.wrapping_mul(0x9e37_79b9) >> 24;
    heartbeat - heartbeat / 4 * share / 256
}
