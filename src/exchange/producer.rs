//! Where steps come from.
//!
//! A connection asks its producer for the next step when the one before has been carried out, and never
//! earlier: a client that does not read is not asked for, and nothing piles up for it.
//!
//! ```text
//! Script   a list of steps, known from the beginning: a whole response, a refusal, a FIN
//! Demo     the stream of the founding article: one hundred events, a pause after each, the last chunk
//! ```
//!
//! A closed set, so an enum: it prints in a debugger, and the compiler lists what a new kind needs.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use super::step::Step;
use crate::wire::framing::BodyFraming;
use crate::wire::response::ResponseHead;
use crate::wire::sse::Event;

/// A source of steps.
#[derive(Debug)]
pub enum Producer {
    /// Steps that are known from the beginning.
    Script(VecDeque<Step>),
    /// The stream of the founding article.
    Demo(Demo),
}

/// What a producer answers.
#[derive(Debug)]
pub enum Next {
    /// Do this.
    Step(Step),
    /// The response is complete.
    End,
}

impl Producer {
    /// The steps in their order.
    pub fn script(steps: impl IntoIterator<Item = Step>) -> Producer {
        Producer::Script(steps.into_iter().collect())
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
    pub fn next_step(&mut self) -> Next {
        match self {
            Producer::Script(steps) => steps.pop_front().map_or(Next::End, Next::Step),
            Producer::Demo(demo) => demo.next_step(),
        }
    }

    /// What is ready may leave in one write. A stream that is there to be watched is written step by step.
    pub fn gathers(&self) -> bool {
        match self {
            Producer::Script(_) => true,
            Producer::Demo(_) => false,
        }
    }

    /// The server is going down: come to a proper end soon.
    pub fn wind_down(&mut self) {
        match self {
            Producer::Script(_) => {}
            Producer::Demo(demo) => demo.wind_down(),
        }
    }
}

/// The founding article's stream: `event:message`, `data:event1` to `data:event100`, a pause after each.
#[derive(Debug)]
pub struct Demo {
    at: DemoStep,
    last: u64,
    interval: Duration,
    retry: Option<Duration>,
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
        Demo { at: DemoStep::Head(head, first), last, interval, retry, framing }
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
        let event = event.with_id(number.to_string()).and_then(|event| event.with_type("message"));
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
