//! An event stream that the server makes itself: head, events with pauses, and its end.
//!
//! ```text
//! Head  ->  Octets, Pause, Octets, Pause, ...  ->  LastChunk
//!                    \ longer than a heartbeat: Wait, comment, Wait, comment, Wait
//! ```
//!
//! Where the events come from is an [`EventSource`]; how they are framed, paced and kept alive is
//! the same for all.

use std::time::Duration;

use super::chat::ChatEvents;
use super::demo::DemoEvents;
use super::piece::Piece;
use crate::wire::framing::BodyFraming;
use crate::wire::response::ResponseHead;
use crate::wire::sse::encode_comment;
use crate::wire::step::{Demand, Next, Step};

/// A stream that is under way.
#[derive(Debug)]
pub struct Stream {
    source: EventSource,
    framing: BodyFraming,
    /// The wait after each piece.
    pause: Duration,
    /// The stream is silent for this long at most.
    heartbeat: Duration,
    /// Pieces that are ready may leave in one write.
    gathers: bool,
    stage: Stage,
}

/// Where the events of a stream come from.
#[derive(Debug)]
pub enum EventSource {
    /// The founding article's events.
    Demo(DemoEvents),
    /// The events of a language model.
    Chat(Box<ChatEvents>),
    /// All events have been sent.
    Ended,
}

#[derive(Debug)]
enum Stage {
    Head(ResponseHead),
    Piece,
    Pause { left: Duration },
    Heartbeat { left: Duration },
    Stalled { left: Duration },
    LastChunk,
    Cut,
    Over,
}

impl Stream {
    /// The demo's events after `head`, which says how the body ends. Each leaves in a write of its
    /// own, since it is there to be watched.
    pub fn demo(head: ResponseHead, events: DemoEvents, interval: Duration, heartbeat: Duration) -> Stream {
        Stream::new(head, EventSource::Demo(events), interval, heartbeat, false)
    }

    /// The chat's events after `head`. Tokens without a pause may share a write.
    pub fn chat(head: ResponseHead, events: ChatEvents, heartbeat: Duration) -> Stream {
        let pause = events.pause();
        Stream::new(head, EventSource::Chat(Box::new(events)), pause, heartbeat, pause.is_zero())
    }

    fn new(head: ResponseHead, source: EventSource, pause: Duration, heartbeat: Duration, gathers: bool) -> Stream {
        Stream { source, framing: head.framing(), pause, heartbeat, gathers, stage: Stage::Head(head) }
    }

    /// Whether pieces that are ready may leave in one write.
    pub fn gathers(&self) -> bool {
        self.gathers
    }

    /// The next step, as far as `demand` allows.
    pub fn next_step(&mut self, demand: Demand) -> Next {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Head(head) => {
                    self.stage = Stage::Piece;
                    return Next::Step(Step::Head(head));
                }
                Stage::Piece => {
                    if let Some(step) = self.next_piece() {
                        return Next::Step(step);
                    }
                }
                Stage::Pause { left } if left.is_zero() => self.stage = Stage::Piece,
                Stage::Pause { left } if left > self.heartbeat => {
                    self.stage = Stage::Heartbeat { left: left - self.heartbeat };
                    return Next::Step(Step::Wait(self.heartbeat));
                }
                Stage::Pause { left } => {
                    self.stage = Stage::Piece;
                    return Next::Step(Step::Wait(left));
                }
                Stage::Heartbeat { left } => {
                    self.stage = Stage::Pause { left };
                    return Next::Step(self.comment());
                }
                Stage::Stalled { left } => {
                    if let Some(next) = self.stalled(left, demand) {
                        return next;
                    }
                }
                Stage::LastChunk if self.framing == BodyFraming::Chunked => return Next::Step(Step::LastChunk),
                Stage::Cut if self.framing == BodyFraming::Chunked => return Next::Step(Step::Fin),
                Stage::LastChunk | Stage::Cut | Stage::Over => return Next::End { idle: None },
            }
        }
    }

    // None: the stage has changed.
    fn next_piece(&mut self) -> Option<Step> {
        let piece = match &mut self.source {
            EventSource::Demo(events) => events.next_piece(),
            EventSource::Chat(events) => events.next_piece(),
            EventSource::Ended => Piece::End,
        };
        match piece {
            Piece::Octets(octets) => {
                self.stage = Stage::Pause { left: self.pause };
                return Some(self.data(octets));
            }
            Piece::Last(octets) => {
                self.stage = Stage::LastChunk;
                return Some(self.data(octets));
            }
            Piece::Stall(left) => self.stage = Stage::Stalled { left },
            Piece::End => self.stage = Stage::LastChunk,
            Piece::Cut => self.stage = Stage::Cut,
        }
        None
    }

    // A stall is no step: it is silence that the client's FIN ends. None: the stage has changed.
    fn stalled(&mut self, left: Duration, demand: Demand) -> Option<Next> {
        if !demand.elapsed {
            self.stage = Stage::Stalled { left };
            return Some(Next::Park(left.min(self.heartbeat)));
        }
        let left = left.saturating_sub(self.heartbeat);
        if left.is_zero() {
            self.stage = Stage::LastChunk;
            return None;
        }
        self.stage = Stage::Stalled { left };
        Some(Next::Step(self.comment()))
    }

    fn comment(&self) -> Step {
        let mut octets = Vec::new();
        encode_comment("keep-alive", &mut octets);
        self.data(octets)
    }

    fn data(&self, octets: Vec<u8>) -> Step {
        match self.framing {
            BodyFraming::Chunked => Step::Chunk(octets),
            BodyFraming::None | BodyFraming::ContentLength(_) | BodyFraming::CloseDelimited => {
                Step::Data(octets.into())
            }
        }
    }

    /// The client sends nothing more: a stall ends, since nothing else would end it. A stream that
    /// has an end of its own goes on to it.
    pub fn on_fin(&mut self) {
        if let Stage::Stalled { .. } = self.stage {
            self.stage = Stage::LastChunk;
        }
    }

    /// The server stops: no more events, and the body ends properly.
    pub fn wind_down(&mut self) {
        self.source = EventSource::Ended;
        match self.stage {
            Stage::Pause { .. } | Stage::Heartbeat { .. } | Stage::Stalled { .. } => self.stage = Stage::LastChunk,
            Stage::Head(_) | Stage::Piece | Stage::LastChunk | Stage::Cut | Stage::Over => {}
        }
    }
}
