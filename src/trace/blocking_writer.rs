//! A writer that waits where the one below it would not.
//!
//! ```text
//! shell ---+
//! wirestep +--- one open file: the terminal     O_NONBLOCK belongs to the file
//! node ----+
//! ```
//!
//! Standard output is shared with every process that was started at the same terminal. One of them
//! that makes it non-blocking for itself makes it so for all, and a write that finds the terminal
//! busy fails with EAGAIN (open(2)). That is no end: a trace with holes would not be one, so the
//! writer waits, as a blocking file would have made it wait.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

/// Writes to `W`, and again a moment later whenever that would block.
pub struct BlockingWriter<W>(W);

impl<W: Write> BlockingWriter<W> {
    /// A writer to `out`, which may be a pipe that would block.
    pub fn new(out: W) -> BlockingWriter<W> {
        BlockingWriter(out)
    }
}

impl<W: Write> Write for BlockingWriter<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        when_ready(|| self.0.write(octets))
    }

    fn flush(&mut self) -> io::Result<()> {
        when_ready(|| self.0.flush())
    }
}

fn when_ready<T>(mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match act() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
}

/// Short for a reader that is about to read, and long for the processor.
const PAUSE: Duration = Duration::from_millis(1);
