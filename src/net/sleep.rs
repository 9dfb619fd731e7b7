//! Sleeping until something happens.

use std::io::{self, ErrorKind};
use std::time::Duration;

use mio::{Events, Poll, Token};

/// Sleeps until something is ready, or `timeout` has passed; true if the process was stopped
/// meanwhile. `signals` is the token of [`super::signals`].
///
/// # Errors
/// The kernel refuses to wait for events.
pub(super) fn sleep(
    poll: &mut Poll,
    events: &mut Events,
    timeout: Option<Duration>,
    signals: Token,
) -> io::Result<bool> {
    match poll.poll(events, timeout) {
        // A debugger or SIGSTOP cuts epoll_wait short as a handled signal does (signal(7)), but
        // leaves nothing to read.
        Err(error) if error.kind() == ErrorKind::Interrupted => match poll.poll(events, Some(Duration::ZERO)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
            Ok(()) | Err(_) => Ok(events.iter().all(|event| event.token() != signals)),
        },
        outcome => outcome.map(|()| false),
    }
}
