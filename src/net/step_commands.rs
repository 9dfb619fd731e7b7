//! Standard input, while it releases held steps: a line is a command.
//!
//! ```text
//! LF        the next step
//! 5 LF      five steps
//! run LF    all steps, from now on
//! ```

use std::io::{self, IsTerminal};
use std::net::SocketAddr;

use super::input::{FromInput, Input};
use crate::exchange::stepping::Release;
use crate::wire::fields::decimal;

/// The commands on standard input.
pub(super) struct StepCommands {
    input: Input,
    line: Vec<u8>,
    source: Source,
    /// A line is there, and waits for a held step.
    is_waiting: bool,
}

/// What writes the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A person. A line that is typed early must not release a step that is not shown yet.
    Terminal,
    /// A program, which may be ahead of the server: a line waits until a step is held.
    Program,
}

/// What standard input says.
pub(super) enum StepCommand {
    /// No complete line has been read.
    None,
    /// Release as many steps as the line says.
    Release(Release),
    /// A line that is no command.
    Unknown(String),
    /// Standard input has ended: no command comes any more.
    End,
}

impl StepCommands {
    pub(super) fn new(input: Input) -> StepCommands {
        let source = if io::stdin().is_terminal() { Source::Terminal } else { Source::Program };
        StepCommands { input, line: Vec::new(), source, is_waiting: false }
    }

    /// The thread that reads has something.
    pub(super) fn mark_ready(&mut self) {
        self.input.mark_ready();
    }

    /// There may be a command to carry out: the loop must not sleep.
    pub(super) fn is_ready(&self, is_any_held: bool) -> bool {
        self.input.is_ready() && (is_any_held || !self.is_waiting)
    }

    /// The next command, if its line is complete and may be taken.
    pub(super) fn next(&mut self, is_any_held: bool) -> StepCommand {
        loop {
            let octets = match self.input.look() {
                FromInput::Nothing => return StepCommand::None,
                FromInput::End(_) => return StepCommand::End,
                FromInput::Octets(octets) => octets,
            };
            self.is_waiting = self.source == Source::Program && !is_any_held;
            if self.is_waiting {
                return StepCommand::None;
            }
            let end = octets.iter().position(|octet| *octet == b'\n');
            let taken = end.map_or(octets.len(), |end| end + 1);
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend(octets.iter().take(taken.min(room)));
            self.input.take(taken);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                return parse(&String::from_utf8_lossy(&line));
            }
        }
    }
}

fn parse(line: &str) -> StepCommand {
    let word = line.trim();
    match (word, decimal(word.as_bytes())) {
        ("", _) => StepCommand::Release(Release::Next(1)),
        ("run", _) => StepCommand::Release(Release::Run),
        (_, Some(count @ 1..=0xffff_ffff)) => StepCommand::Release(Release::Next(count as u32)),
        (_, _) => StepCommand::Unknown(format!("{word:?} is no command here: {STEP_HELP}")),
    }
}

/// The commands in one line.
pub(super) const STEP_HELP: &str = "Enter releases the next step, a number that many, run all of them";
/// What else releases a step, at the server with this address.
pub(super) fn other_ways(address: SocketAddr) -> String {
    format!("the space bar on the page, or curl -X POST http://{address}/step")
}

/// Octets of a line that are read; a longer line is no command.
const LONGEST_LINE: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_empty_a_number_or_run() {
        let releases = |line| match parse(line) {
            StepCommand::Release(release) => Some(release),
            StepCommand::None | StepCommand::Unknown(_) | StepCommand::End => None,
        };
        assert_eq!(releases(""), Some(Release::Next(1)));
        assert_eq!(releases("\r"), Some(Release::Next(1)));
        assert_eq!(releases(" 12 "), Some(Release::Next(12)));
        assert_eq!(releases("4294967295"), Some(Release::Next(u32::MAX)));
        assert_eq!(releases("run"), Some(Release::Run));
        for line in ["0", "-1", "+1", "4294967296", "run!", "Run", "n"] {
            assert_eq!(releases(line), None, "{line}");
        }
    }
}
