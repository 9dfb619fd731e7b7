//! Where the steps of a response come from.
//!
//! A connection asks for the next step when the one before has been carried out, and never earlier:
//! no step is made for a client that does not read, and nothing piles up for it.
//!
//! ```text
//! Script         a list of steps, known from the beginning: a page, a refusal
//! Stream         events with pauses: the demo, the chat
//! Lesson         the script of a teacher
//! Subscription   the events of a topic, until the client's FIN
//! ```
//!
//! A closed set, so an enum: it prints in a debugger, and the compiler lists what a new kind needs.

use std::time::Duration;

use super::stream::Stream;
use crate::exchange::response::Response;
use crate::exchange::stepping::{Manner, StepMode};
use crate::lesson::Play;
use crate::topic::subscription::Subscription;
use crate::topic::topics::Topics;
use crate::wire::language::Note;
use crate::wire::start_line::Method;
use crate::wire::step::{Demand, Next, Step};

/// A source of steps.
#[derive(Debug)]
pub enum Producer {
    /// Steps that are known from the beginning; the next one is the last of the vector.
    Script(Vec<Step>),
    /// Events with pauses.
    Stream(Box<Stream>),
    /// The script of a teacher.
    Lesson(Box<Play>),
    /// A subscriber of a topic.
    Subscription(Subscription),
}

impl Default for Producer {
    /// A producer that has no steps.
    fn default() -> Producer {
        Producer::Script(Vec::new())
    }
}

impl Producer {
    /// The steps in their order.
    pub fn script(steps: impl IntoIterator<Item = Step>) -> Producer {
        let mut steps = Vec::from_iter(steps);
        steps.reverse();
        Producer::Script(steps)
    }

    /// A whole response to a request with this method.
    pub fn whole(response: Response, method: Method) -> Producer {
        Producer::script(response.steps(Some(method)))
    }

    /// A stream of events.
    pub fn stream(stream: Stream) -> Producer {
        Producer::Stream(Box::new(stream))
    }

    /// How the steps leave, if they are stepped like this.
    pub fn manner(&self, stepping: StepMode) -> Manner {
        let gathers = match self {
            Producer::Script(_) => true,
            Producer::Stream(stream) => stream.gathers(),
            Producer::Lesson(_) | Producer::Subscription(_) => false,
        };
        Manner { gathers, stepping }
    }

    /// The next step. `key` is the loop's key of the connection; an event stream is silent for
    /// `heartbeat` at most.
    pub fn next_step(&mut self, demand: Demand, key: u32, heartbeat: Duration, topics: &mut Topics) -> Next {
        match self {
            Producer::Script(steps) => steps.pop().map_or(Next::End { idle: None }, Next::Step),
            Producer::Stream(stream) => stream.next_step(demand),
            Producer::Lesson(play) => play.next_step().map_or(Next::End { idle: play.idle() }, Next::Step),
            Producer::Subscription(subscription) => subscription.next_step(demand, key, heartbeat, topics),
        }
    }

    /// What a teacher says about the step that was given out last.
    pub fn note(&self) -> Option<&Note> {
        match self {
            Producer::Script(_) | Producer::Stream(_) | Producer::Subscription(_) => None,
            Producer::Lesson(play) => play.note(),
        }
    }

    /// The client sends nothing more. A response that has an end of its own goes on to it.
    pub fn on_fin(&mut self) {
        match self {
            Producer::Script(_) | Producer::Lesson(_) => {}
            Producer::Stream(stream) => stream.on_fin(),
            Producer::Subscription(subscription) => subscription.on_fin(),
        }
    }

    /// The server stops: come to a proper end soon.
    pub fn wind_down(&mut self) {
        match self {
            Producer::Script(_) => {}
            Producer::Stream(stream) => stream.wind_down(),
            Producer::Lesson(play) => play.wind_down(),
            Producer::Subscription(subscription) => subscription.wind_down(),
        }
    }

    /// The response is over, or broken off: gives back what it has among the topics.
    pub fn leave(&self, topics: &mut Topics) {
        match self {
            Producer::Script(_) | Producer::Stream(_) | Producer::Lesson(_) => {}
            Producer::Subscription(subscription) => topics.unsubscribe(subscription.subscriber()),
        }
    }
}
