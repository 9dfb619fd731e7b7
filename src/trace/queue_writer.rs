//! A writer that need not wait: a thread writes, and octets that it cannot write in time are
//! counted.
//!
//! ```text
//! loop -> write(): into the queue, 8 MiB at most -> thread -> write(2): a pipe, a stopped terminal
//!                  beyond that: left out, and counted
//!
//! thread: wakes, takes all that is there, writes it, rests a millisecond; it sleeps when there is
//!         nothing
//! ```
//!
//! To wake a thread costs more than to format a record. So the first record after a silence is
//! written at once, and in a fast stream a write takes the records of a millisecond together.
//!
//! A reader that stops must not stop the server: a teacher pauses the terminal, and the clients
//! must not notice. So records are left out when 8 MiB wait for the reader; a note in their place
//! says how many, and the operator is told on standard error. What is in the queue is never left
//! out: a reader that goes on finds it complete.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Hands what is written to a thread. One call of `write` is one record.
pub struct QueueWriter {
    queue: Arc<Queue>,
    when_full: WhenFull,
}

/// What happens to a record for which the queue has no room.
enum WhenFull {
    /// It is left out, and counted.
    LeaveOut {
        /// What the reader is told in place of records that were left out.
        note: fn(u64) -> Vec<u8>,
        left_out: u64,
        /// The name for the operator, who is told when records are left out.
        name: Option<&'static str>,
    },
    /// The loop waits for room.
    Wait,
}

/// The end of a [`QueueWriter`]: what is still in the queue can be waited for.
pub struct QueueEnd(Arc<Queue>);

struct Queue {
    state: Mutex<State>,
    /// The state has changed: octets to write, octets written, the end.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Records that the thread has not taken, one after the other.
    records: Vec<u8>,
    /// Octets that the thread is writing.
    taken: usize,
    /// The thread sleeps until it is told of a record. Otherwise it looks by itself.
    is_asleep: bool,
    error: Option<WriteError>,
    is_closed: bool,
}

/// Why the thread cannot write any more: each further record is told.
#[derive(Clone, Copy)]
struct WriteError {
    kind: io::ErrorKind,
    errno: Option<i32>,
}

impl From<WriteError> for io::Error {
    fn from(error: WriteError) -> io::Error {
        error.errno.map_or_else(|| error.kind.into(), io::Error::from_raw_os_error)
    }
}

impl QueueWriter {
    /// Opens and writes in a thread. `name` is what the operator calls it; without a name the
    /// operator is told nothing, as for standard error itself.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn new<W: Write>(
        name: Option<&'static str>,
        note: fn(u64) -> Vec<u8>,
        open: impl FnOnce() -> io::Result<W> + Send + 'static,
    ) -> io::Result<QueueWriter> {
        let when_full = WhenFull::LeaveOut { note, left_out: 0, name };
        Ok(QueueWriter { queue: Queue::start(open)?, when_full })
    }

    /// Writes to a regular file in a thread: nothing is left out, and dropping the writer waits
    /// until all is written.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn complete<W: Write + Send + 'static>(file: W) -> io::Result<QueueWriter> {
        Ok(QueueWriter { queue: Queue::start(move || Ok(file))?, when_full: WhenFull::Wait })
    }

    /// For waiting at the end.
    pub fn end(&self) -> QueueEnd {
        QueueEnd(Arc::clone(&self.queue))
    }
}

impl QueueEnd {
    /// Waits until everything is written, for 0.9 s at most: the reader may have stopped for good.
    pub fn finish(&self) {
        self.0.close(Some(FINISH));
    }
}

impl Write for QueueWriter {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut state = self.queue.lock();
        if let Some(error) = state.error {
            return Err(error.into());
        }
        match &mut self.when_full {
            WhenFull::LeaveOut { note, left_out, name } => {
                // Records are taken again when half of the queue is free: the operator is told
                // once, and the reader too.
                let most = if *left_out > 0 { MOST / 2 } else { MOST };
                if state.pending() + octets.len() > most {
                    drop(state);
                    if let (0, Some(name)) = (*left_out, name) {
                        log::warn!("{name} is not read: records are left out until it is");
                    }
                    *left_out += 1;
                    return Ok(octets.len());
                }
                if *left_out > 0 {
                    state.records.extend(note(std::mem::take(left_out)));
                }
            }
            WhenFull::Wait if state.pending() > MOST => {
                let is_full = |state: &mut State| state.pending() > MOST / 2 && state.error.is_none();
                state = self.queue.changed.wait_while(state, is_full).unwrap_or_else(PoisonError::into_inner);
            }
            WhenFull::Wait => {}
        }
        state.records.extend_from_slice(octets);
        if std::mem::take(&mut state.is_asleep) {
            self.queue.changed.notify_all();
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for QueueWriter {
    fn drop(&mut self) {
        match self.when_full {
            WhenFull::LeaveOut { .. } => self.queue.close(Some(FINISH)),
            WhenFull::Wait => self.queue.close(None),
        }
    }
}

impl Queue {
    fn start<W: Write>(open: impl FnOnce() -> io::Result<W> + Send + 'static) -> io::Result<Arc<Queue>> {
        let queue = Arc::new(Queue { state: Mutex::default(), changed: Condvar::new() });
        let thread = Arc::clone(&queue);
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || thread.write_all(open))?;
        Ok(queue)
    }

    // Waits until everything is written, or for this long.
    fn close(&self, patience: Option<Duration>) {
        let mut state = self.lock();
        state.is_closed = true;
        self.changed.notify_all();
        let is_pending = |state: &mut State| state.pending() > 0 && state.error.is_none();
        match patience {
            Some(patience) => drop(self.changed.wait_timeout_while(state, patience, is_pending)),
            None => drop(self.changed.wait_while(state, is_pending)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // The thread: takes what is in the queue, and writes it while the loop goes on.
    fn write_all<W: Write>(&self, open: impl FnOnce() -> io::Result<W>) {
        let outcome = open().and_then(|mut out| {
            let mut records = Vec::new();
            while self.take(&mut records) {
                out.write_all(&records)?;
                out.flush()?;
                self.lock().taken = 0;
                self.changed.notify_all();
                std::thread::sleep(REST);
            }
            Ok(())
        });
        if let Err(error) = outcome {
            self.lock().error = Some(WriteError { kind: error.kind(), errno: error.raw_os_error() });
            self.changed.notify_all();
        }
    }

    // Waits for records, and takes all that are there; false when the queue is closed and empty.
    // The two buffers are exchanged, so that neither is made anew.
    fn take(&self, records: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        while state.records.is_empty() && !state.is_closed {
            state.is_asleep = true;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        records.clear();
        records.shrink_to(KEPT);
        std::mem::swap(&mut state.records, records);
        state.taken = records.len();
        !records.is_empty()
    }
}

impl State {
    fn pending(&self) -> usize {
        self.records.len() + self.taken
    }
}

/// Octets in the queue: some seconds of a fast stream.
const MOST: usize = 8 * 1024 * 1024;
/// Octets of room that a buffer keeps: a reader that had stopped leaves no 8 MiB.
const KEPT: usize = 256 * 1024;
/// How long the thread rests after a write, so that records come together.
const REST: Duration = Duration::from_millis(1);
/// How long the end waits for the reader: a second signal ends the process within a second.
const FINISH: Duration = Duration::from_millis(900);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// Takes nothing before it is told to.
    struct Stopped(Receiver<()>, Arc<Mutex<Vec<u8>>>);

    impl Write for Stopped {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.lock().expect("no panic").extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_stops_delays_nothing_and_is_told_how_many_records_are_left_out() {
        let (go, wait) = channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&written);
        let note = |count| format!("[{count} left out]").into_bytes();
        let mut writer = QueueWriter::new(Some("a test"), note, move || Ok(Stopped(wait, seen))).expect("a thread");
        let record = vec![b'x'; MOST / 4];
        for _ in 0..10 {
            assert_eq!(writer.write(&record).expect("it never waits"), record.len());
        }
        drop(go);
        let state = writer.queue.changed.wait_while(writer.queue.lock(), |state| state.pending() > 0);
        drop(state.expect("no panic"));
        writer.write_all(b"on").expect("there is room again");
        writer.end().finish();
        let text = String::from_utf8(written.lock().expect("no panic").clone()).expect("ASCII");
        assert_eq!(text.trim_start_matches('x'), "[6 left out]on");
        assert_eq!(text.matches('x').count(), MOST);
    }

    /// Tells of each write how many octets it has.
    struct Writes(std::sync::mpsc::Sender<usize>);

    impl Write for Writes {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.send(octets.len()).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_record_after_a_silence_is_written_at_once_and_those_of_a_fast_stream_together() {
        let (tell, writes) = channel();
        let mut writer = QueueWriter::new(None, |_| Vec::new(), move || Ok(Writes(tell))).expect("a thread");
        writer.write_all(b"first").expect("there is room");
        assert_eq!(writes.recv(), Ok(5), "alone");
        for _ in 0..1000 {
            writer.write_all(b"record").expect("there is room");
        }
        drop(writer);
        let sizes: Vec<usize> = writes.iter().collect();
        assert_eq!(sizes.iter().sum::<usize>(), 6000);
        assert!(sizes.len() < 100 && sizes.iter().all(|size| size % 6 == 0), "{sizes:?}");
    }

    #[test]
    fn of_a_file_nothing_is_left_out_however_slow_it_is() {
        let (go, wait) = channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut writer = QueueWriter::complete(Stopped(wait, Arc::clone(&written))).expect("a thread");
        let record = vec![b'x'; MOST / 4];
        let later = std::thread::spawn(move || go.send(()));
        for _ in 0..10 {
            writer.write_all(&record).expect("it waits for room");
        }
        drop(writer);
        assert_eq!(written.lock().expect("no panic").len(), 10 * (MOST / 4));
        assert!(later.join().is_ok());
    }

    #[test]
    fn a_reader_that_has_gone_is_an_error_of_the_next_record() {
        let mut writer =
            QueueWriter::new(Some("a test"), |_| Vec::new(), || Err::<Vec<u8>, _>(io::ErrorKind::BrokenPipe.into()))
                .expect("a thread");
        let state = writer.queue.changed.wait_while(writer.queue.lock(), |state| state.error.is_none());
        drop(state.expect("no panic"));
        assert_eq!(writer.write(b"x").map_err(|error| error.kind()), Err(io::ErrorKind::BrokenPipe));
    }
}
