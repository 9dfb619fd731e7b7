//! The bounds of reading: with them memory does not grow with the file.

use std::time::Duration;

/// Bounds on what is kept of a capture. Each is there since a file may hold anything.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Conversations that are followed at the same time; the one that was idle for the longest time
    /// makes room.
    pub conversations: usize,
    /// Octets of one conversation that are kept because others before them are missing: a receive
    /// window of Linux grows to 6 MiB, but rarely is more than 2 MiB on its way.
    pub conversation: usize,
    /// The same for all conversations together.
    pub sum: usize,
    /// Octets that are kept of a conversation until it is known what it speaks: more than the
    /// longest start-line.
    pub undecided: usize,
    /// How long octets that the other side has acknowledged are waited for: captures of several
    /// queues of a network card are out of order by less.
    pub gap_time: Duration,
    /// Or this many segments of the same conversation.
    pub gap_segments: u32,
    /// Conversations that have ended are remembered, so that late segments of them begin no new
    /// one.
    pub ended: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            conversations: 8192,
            conversation: 2 * 1024 * 1024,
            sum: 16 * 1024 * 1024,
            undecided: 32 * 1024,
            gap_time: Duration::from_secs(1),
            gap_segments: 64,
            ended: 4096,
        }
    }
}
