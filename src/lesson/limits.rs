//! The bounds of a script: what a lesson may cost the server, whatever it says and whatever a query
//! asks for.
//!
//! A script is refused at compile time if it exceeds one of them, so a play needs no check of its
//! own. Together they bound the worst lesson to 16 MiB sent on one connection within half an hour.

use std::ops::RangeInclusive;

/// Octets of a script.
pub(super) const MAX_TEXT: usize = 64 * 1024;
/// Instructions of one case.
pub(super) const MAX_INSTRUCTIONS: usize = 2000;
/// Cases of one lesson. Each has a copy of the steps before the first one.
pub(super) const MAX_CASES: usize = 64;
/// Parameters of one lesson.
pub(super) const MAX_PARAMETERS: usize = 16;
/// Words of one parameter that is a choice.
pub(super) const MAX_CHOICES: usize = 64;
/// Characters of such a word, and of a name that is compared to find what was probably meant.
pub(super) const LONGEST_WORD: usize = 32;
/// Octets of a text parameter.
pub(super) const LONGEST_TEXT: u64 = 4096;
/// Blocks inside one another.
pub(super) const MAX_DEPTH: usize = 6;
/// Rounds of one `repeat`.
pub(super) const MAX_REPEAT: u64 = 100_000;
/// Positions at which one `split at` ends a write.
pub(super) const MAX_CUTS: usize = 64;
/// The highest request number that a condition can name. A connection counts its requests to 255
/// and no further.
pub(super) const LAST_REQUEST: u64 = 200;
/// Steps of one play.
pub(super) const MAX_ACTS: u64 = 200_000;
/// Octets that one play sends.
pub(super) const MAX_OCTETS: u64 = 16 * 1024 * 1024;
/// Octets of one step, or of one `together` or `split`: they are encoded at once.
pub(super) const MAX_WRITE: u64 = 256 * 1024;
/// Milliseconds that one play waits: all `wait` steps and all pauses of `split`, repetitions
/// included.
pub(super) const MAX_TIME: u64 = 30 * 60 * 1000;
/// Milliseconds of one `wait`, one `idle` and one pause of `split`.
pub(super) const LONGEST_WAIT: u64 = 5 * 60 * 1000;
/// Octets that `send-buffer` can ask for. The kernel has bounds of its own.
pub(super) const SEND_BUFFERS: RangeInclusive<u32> = 1024..=1024 * 1024;
/// Diagnostics of one script that are reported: more than a person reads.
pub(super) const MAX_DIAGNOSTICS: usize = 100;
