//! A writer that waits for its reader, and says so.
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
//!
//! A reader that does not read (`wirestep | less`, Ctrl-S at a terminal) makes the whole server wait.
//! An operator who sees clients hang must be able to know why, so the wait is told of after a second,
//! and [`take_waited`] tells the loop what has stopped it.
//!
//! For the next editor: poll(2) says that a pipe has room for PIPE_BUF octets (pipe(7)), so no more
//! are written at a time: a larger write could block where its wait cannot be seen.

use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};

/// Writes to `W` when its reader has made room, and waits until then.
pub struct BlockingWriter<W> {
    out: W,
    /// It is a file or `/dev/null`, which never waits for a reader.
    is_file: bool,
    waited: Duration,
}

impl<W: Write + AsFd> BlockingWriter<W> {
    /// A writer to `out`, whose reader has kept up so far.
    pub fn new(out: W) -> BlockingWriter<W> {
        let is_file = fstat(out.as_fd()).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_file());
        BlockingWriter { out, is_file, waited: Duration::ZERO }
    }

    fn wait(&mut self) {
        let fd = self.out.as_fd();
        while !has_room(&fd) {
            self.waited += SLICE;
            WAITED.fetch_add(SLICE.as_millis() as u64, Ordering::Relaxed);
            if self.waited == TOLD {
                log::warn!("standard output is not read: the server waits for its reader, and clients with it");
            }
        }
        if std::mem::take(&mut self.waited) >= TOLD {
            log::info!("standard output is read again");
        }
    }
}

impl<W: Write + AsFd> Write for BlockingWriter<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.is_file {
            return self.out.write(octets);
        }
        loop {
            self.wait();
            match self.out.write(&octets[..octets.len().min(PIPE_BUF)]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        loop {
            match self.out.flush() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(),
                outcome => return outcome,
            }
        }
    }
}

/// How long writers have waited for their readers since the last call.
pub fn take_waited() -> Duration {
    Duration::from_millis(WAITED.swap(0, Ordering::Relaxed))
}

/// Whether there is room, after a slice of time at most. A file that cannot be polled is written to at once: the write
/// says what is wrong with it.
fn has_room(fd: &impl AsFd) -> bool {
    let slice = Timespec { tv_sec: 0, tv_nsec: SLICE.as_nanos() as i64 };
    match poll(&mut [PollFd::new(fd, PollFlags::OUT)], Some(&slice)) {
        Ok(ready) => ready > 0,
        Err(rustix::io::Errno::INTR) => false,
        Err(_) => true,
    }
}

/// Milliseconds for which writers have waited: the loop asks for it, and no clock is read here.
static WAITED: AtomicU64 = AtomicU64::new(0);

/// What is waited at a time.
const SLICE: Duration = Duration::from_millis(20);
/// A wait of this long is told of.
const TOLD: Duration = Duration::from_secs(1);
/// Octets that a pipe takes without blocking, when poll says that it has room.
const PIPE_BUF: usize = 4096;
