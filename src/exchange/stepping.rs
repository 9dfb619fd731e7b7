//! Stepping by hand: each step of a response waits until it is released.
//!
//! ```text
//! wirestep --step            every connection is accepted with Pace::Steps(0)
//! GET /lessons/chunk?step    this response alone: StepMode::EachStep
//! POST /step, GET /trace     the operator's own requests: StepMode::Never
//! Enter                      Release::Next(1)
//! run                        Release::Run
//! ```
//!
//! The connection owns this value. A pause is no act on the wire and never waits.

use crate::wire::step::Step;

/// How many steps may begin before the next one waits for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All steps, from now on.
    Free,
    /// This many; 0 holds the next one.
    Steps(u32),
}

/// How the steps of one response relate to the pace of their connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StepMode {
    /// The connection's pace holds.
    #[default]
    AsConnection,
    /// Each step waits, whatever the connection's pace is.
    EachStep,
    /// No step waits: the operator needs this response in order to release others.
    Never,
}

/// Which steps a release lets begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// The held step and those after it, this many in all; at least 1.
    Next(u32),
    /// The held step and all later ones.
    Run,
}

/// How a response is to leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// Steps that are ready may leave in one write. A stream that is there to be watched leaves
    /// step by step.
    pub gathers: bool,
    /// Whether its steps wait for a release.
    pub stepping: StepMode,
}

/// The pace of a connection, and how the response under way departs from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stepping {
    /// The connection's own; that of the response where the response alone is stepped.
    pace: Pace,
    response: ResponsePace,
    /// The response's steps may leave in one write, while none of them waits for a release.
    gathers: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ResponsePace {
    AsConnection,
    /// Each step waits, and those of the connection do not.
    Stepped,
    /// No step waits, although those of the connection may.
    Free,
}

impl Stepping {
    /// A connection whose steps begin at this pace.
    pub fn new(pace: Pace) -> Stepping {
        Stepping { pace, response: ResponsePace::AsConnection, gathers: false }
    }

    /// The pace that holds now.
    pub fn pace(self) -> Pace {
        match self.response {
            ResponsePace::Free => Pace::Free,
            ResponsePace::AsConnection | ResponsePace::Stepped => self.pace,
        }
    }

    /// Whether a step of the response may leave in one write with those before it.
    pub(super) fn gathers(self) -> bool {
        self.gathers && self.pace() == Pace::Free
    }

    /// A response begins, and leaves like this.
    pub(super) fn begin_response(&mut self, manner: Manner) {
        self.end_response();
        self.gathers = manner.gathers;
        self.response = match (manner.stepping, self.pace) {
            (StepMode::Never, _) => ResponsePace::Free,
            (StepMode::EachStep, Pace::Free) => {
                self.pace = Pace::Steps(0);
                ResponsePace::Stepped
            }
            (StepMode::AsConnection, _) | (StepMode::EachStep, Pace::Steps(_)) => ResponsePace::AsConnection,
        };
    }

    /// The response is complete: the connection's own pace holds again. An operator's connection
    /// stays free until its next response begins, since the FIN after a response belongs to it.
    pub(super) fn end_response(&mut self) {
        if self.response == ResponsePace::Stepped {
            *self = Stepping { pace: Pace::Free, response: ResponsePace::AsConnection, ..*self };
        }
    }

    /// Whether `step` begins now. Counts it, if steps are counted.
    pub(super) fn allows(&mut self, step: &Step) -> bool {
        match (self.pace(), step) {
            (Pace::Free, _) | (Pace::Steps(_), Step::Wait(_) | Step::Hold | Step::SendBuffer(_)) => true,
            (Pace::Steps(0), _) => false,
            (Pace::Steps(left), _) => {
                self.pace = Pace::Steps(left - 1);
                true
            }
        }
    }

    /// Sets the pace of the steps after the one that is released now.
    pub(super) fn release(&mut self, release: Release) {
        match (release, self.pace()) {
            (Release::Run, _) => self.pace = Pace::Free,
            (Release::Next(_), Pace::Free) => {}
            (Release::Next(count), Pace::Steps(_)) => self.pace = Pace::Steps(count.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_of_three_steps_lets_two_more_begin_after_the_held_one() {
        let mut stepping = Stepping::new(Pace::Steps(0));
        assert!(!stepping.allows(&Step::LastChunk));
        stepping.release(Release::Next(3));
        assert_eq!([(); 3].map(|()| stepping.allows(&Step::LastChunk)), [true, true, false]);
    }

    #[test]
    fn a_response_that_is_stepped_leaves_the_connection_as_it_was() {
        let mut stepping = Stepping::new(Pace::Free);
        stepping.begin_response(Manner { gathers: false, stepping: StepMode::EachStep });
        assert!(!stepping.allows(&Step::Fin));
        stepping.end_response();
        assert_eq!(stepping.pace(), Pace::Free);
    }

    #[test]
    fn the_operators_response_is_never_held_and_the_next_one_is() {
        let mut stepping = Stepping::new(Pace::Steps(0));
        stepping.begin_response(Manner { gathers: false, stepping: StepMode::Never });
        assert!(stepping.allows(&Step::Fin));
        stepping.end_response();
        assert!(stepping.allows(&Step::Fin), "the FIN after it is not held either");
        stepping.begin_response(Manner { gathers: false, stepping: StepMode::AsConnection });
        assert!(!stepping.allows(&Step::Fin));
    }

    #[test]
    fn run_frees_the_response_and_the_connection() {
        for mode in [StepMode::AsConnection, StepMode::EachStep] {
            let mut stepping = Stepping::new(Pace::Steps(0));
            stepping.begin_response(Manner { gathers: false, stepping: mode });
            stepping.release(Release::Run);
            assert!(stepping.allows(&Step::Fin), "{mode:?}");
            stepping.end_response();
            assert!(stepping.allows(&Step::Fin), "{mode:?}");
        }
    }
}
