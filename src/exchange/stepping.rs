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

/// The pace of a connection, and of the response under way where that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stepping {
    connection: Pace,
    response: Option<Pace>,
}

impl Stepping {
    /// A connection whose steps begin at this pace.
    pub fn new(pace: Pace) -> Stepping {
        Stepping { connection: pace, response: None }
    }

    /// The pace that holds now.
    pub fn pace(self) -> Pace {
        self.response.unwrap_or(self.connection)
    }

    /// A response begins, and this is how its steps are released.
    pub(super) fn begin_response(&mut self, mode: StepMode) {
        self.response = match (mode, self.connection) {
            (StepMode::Never, _) => Some(Pace::Free),
            (StepMode::EachStep, Pace::Free) => Some(Pace::Steps(0)),
            (StepMode::AsConnection, _) | (StepMode::EachStep, Pace::Steps(_)) => None,
        };
    }

    /// The response is complete: the connection's own pace holds again. An operator's connection
    /// stays free until its next response begins, since the FIN after a response belongs to it.
    pub(super) fn end_response(&mut self) {
        self.response = self.response.filter(|pace| *pace == Pace::Free);
    }

    /// Whether `step` begins now. Counts it, if steps are counted.
    pub(super) fn allows(&mut self, step: &Step) -> bool {
        let pace = self.response.as_mut().unwrap_or(&mut self.connection);
        match (pace, step) {
            (Pace::Free, _) | (Pace::Steps(_), Step::Wait(_) | Step::Hold | Step::SendBuffer(_)) => true,
            (Pace::Steps(0), _) => false,
            (Pace::Steps(left), _) => {
                *left -= 1;
                true
            }
        }
    }

    /// Sets the pace of the steps after the one that is released now.
    pub(super) fn release(&mut self, release: Release) {
        match (release, self.pace()) {
            (Release::Run, _) => {
                *self = Stepping { connection: Pace::Free, response: self.response.map(|_| Pace::Free) }
            }
            (Release::Next(_), Pace::Free) => {}
            (Release::Next(count), Pace::Steps(_)) => {
                *self.response.as_mut().unwrap_or(&mut self.connection) = Pace::Steps(count.saturating_sub(1));
            }
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
        stepping.begin_response(StepMode::EachStep);
        assert!(!stepping.allows(&Step::Fin));
        stepping.end_response();
        assert_eq!(stepping.pace(), Pace::Free);
    }

    #[test]
    fn the_operators_response_is_never_held_and_the_next_one_is() {
        let mut stepping = Stepping::new(Pace::Steps(0));
        stepping.begin_response(StepMode::Never);
        assert!(stepping.allows(&Step::Fin));
        stepping.end_response();
        assert!(stepping.allows(&Step::Fin), "the FIN after it is not held either");
        stepping.begin_response(StepMode::AsConnection);
        assert!(!stepping.allows(&Step::Fin));
    }

    #[test]
    fn run_frees_the_response_and_the_connection() {
        for mode in [StepMode::AsConnection, StepMode::EachStep] {
            let mut stepping = Stepping::new(Pace::Steps(0));
            stepping.begin_response(mode);
            stepping.release(Release::Run);
            assert!(stepping.allows(&Step::Fin), "{mode:?}");
            stepping.end_response();
            assert!(stepping.allows(&Step::Fin), "{mode:?}");
        }
    }
}
