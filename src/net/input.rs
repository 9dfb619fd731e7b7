//! Standard input, as readiness: a thread reads it, and wakes the loop.
//!
//! ```text
//! writer -> pipe -> thread: read(2) -> one batch in the channel -> loop: a few events in each turn
//! ```
//!
//! A pipe or a terminal could stand in epoll; a regular file cannot (`epoll_ctl` says EPERM), and
//! `wirestep < events` must do what `cat events | wirestep` does. Reading without blocking would
//! need O_NONBLOCK, which belongs to the open file and not to us: the shell and every other process
//! at that terminal would find their reads failing. A thread that blocks in read(2) does the same
//! for all three.
//!
//! Nothing piles up. The channel holds one batch, the thread holds another and then waits, the pipe
//! fills, and its writer waits too. An idle input costs nothing: the thread sleeps in the kernel.
//!
//! The thread is never joined: its read cannot be interrupted, and the end of the process ends it.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use mio::{Registry, Token, Waker};

/// The loop's end of an input.
#[derive(Debug)]
pub struct Input {
    /// The thread's, kept here too: dropping the last one takes back a wake that the loop has not
    /// seen yet.
    _waker: Arc<Waker>,
    batches: Receiver<io::Result<Vec<u8>>>,
    batch: Vec<u8>,
    /// How many octets of the batch have been taken.
    taken: usize,
    /// There is, or may be, something to take. Over only when the channel says that it is empty.
    is_ready: bool,
}

/// What an input has.
#[derive(Debug)]
pub enum FromInput<'a> {
    /// Nothing now; [`Input::mark_ready`] will be called.
    Nothing,
    /// These octets, until [`Input::take`] has taken them.
    Octets(&'a [u8]),
    /// It has ended, perhaps because it could not be read.
    End(Option<io::Error>),
}

impl Input {
    /// Reads `source` in a thread from now on, and makes `token` ready when there is something.
    ///
    /// # Errors
    /// The kernel refuses the thread, or what wakes the loop.
    pub fn register(registry: &Registry, token: Token, source: impl Read + Send + 'static) -> io::Result<Input> {
        let waker = Arc::new(Waker::new(registry, token)?);
        let (sender, batches) = sync_channel(1);
        let thread = waker.clone();
        std::thread::Builder::new().name("input".to_owned()).spawn(move || read_all(source, sender, &thread))?;
        Ok(Input { _waker: waker, batches, batch: Vec::new(), taken: 0, is_ready: false })
    }

    /// The thread has something.
    pub fn mark_ready(&mut self) {
        self.is_ready = true;
    }

    /// There may be something to take: the loop must not sleep.
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// The lines that have been read since the last call.
    pub fn look(&mut self) -> FromInput<'_> {
        while self.taken == self.batch.len() {
            match self.batches.try_recv() {
                Ok(Ok(batch)) => (self.batch, self.taken) = (batch, 0),
                Ok(Err(error)) => return FromInput::End(Some(error)),
                Err(TryRecvError::Disconnected) => return FromInput::End(None),
                Err(TryRecvError::Empty) => {
                    self.batch = Vec::new();
                    self.taken = 0;
                    self.is_ready = false;
                    return FromInput::Nothing;
                }
            }
        }
        FromInput::Octets(&self.batch[self.taken..])
    }

    /// This many octets have been used.
    pub fn take(&mut self, count: usize) {
        self.taken = (self.taken + count).min(self.batch.len());
    }
}

// The sender is dropped before the last wake, so that the loop finds the end.
fn read_all(mut source: impl Read, batches: SyncSender<io::Result<Vec<u8>>>, waker: &Waker) {
    let mut buffer = vec![0; BATCH];
    loop {
        let batch = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // Some other process has made our common terminal or pipe non-blocking. That is not an
            // end.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(PAUSE);
                continue;
            }
            Err(error) => Err(error),
        };
        let is_over = batch.is_err();
        // An error here says that the loop wants no more, or is gone.
        if batches.send(batch).is_err() || waker.wake().is_err() || is_over {
            return;
        }
    }
    drop(batches);
    if let Err(error) = waker.wake() {
        log::warn!("the end of standard input goes unnoticed: {error}");
    }
}

/// Octets of one read: what a pipe holds on Linux.
const BATCH: usize = 64 * 1024;
/// How long to wait when an input that should block does not.
const PAUSE: Duration = Duration::from_millis(50);
