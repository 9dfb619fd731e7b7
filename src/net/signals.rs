//! Signals, as readiness: SIGINT, SIGTERM and SIGHUP (the terminal is closed) wake the loop like
//! any other event.
//!
//! The first one asks for a proper end: no new connections, a last chunk for every stream, FIN. The
//! second one ends at once. Of signals that arrive between two turns of the loop each kind counts
//! once.
//!
//! Standard input cannot be waited for like this. epoll takes pipes and terminals and refuses
//! regular files (EPERM, since a file is always ready), and making it non-blocking would make it so
//! for the shell that shares it. So a thread reads it, and wakes the loop: [`super::input`].

use std::io;

use mio::{Interest, Registry, Token};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::wire::fields::hexadecimal;

/// The signals that end the server.
pub struct Signals {
    signals: signal_hook_mio::v1_0::Signals,
}

impl Signals {
    /// Catches SIGINT, SIGTERM and SIGHUP from now on, and makes `token` ready when one has come. A
    /// SIGHUP that was ignored at start (nohup) stays ignored.
    ///
    /// # Errors
    /// The kernel refuses the handler, or the pipe that it writes to.
    pub fn register(registry: &Registry, token: Token) -> io::Result<Signals> {
        let mut signals = signal_hook_mio::v1_0::Signals::new([SIGINT, SIGTERM])?;
        if !ignores(SIGHUP) {
            signals.add_signal(SIGHUP)?;
        }
        registry.register(&mut signals, token, Interest::READABLE)?;
        Ok(Signals { signals })
    }

    /// How many kinds of signals have asked for the end since the last call: SIGINT and SIGTERM one
    /// directly after the other are two.
    pub fn asked_to_stop(&mut self) -> usize {
        self.signals.pending().count()
    }
}

// Linux lists the ignored signals as a mask: bit 0 is signal 1. Elsewhere there is no such file,
// and SIGHUP is caught even if it was ignored at start.
fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| hexadecimal(line.strip_prefix("SigIgn:")?.trim().as_bytes()));
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
