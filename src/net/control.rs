//! Signals, as readiness: SIGINT and SIGTERM wake the loop like any other event.
//!
//! The first one asks for a proper end: no new connections, a last chunk for every stream, FIN. The second one
//! ends at once. What arrives between two turns of the loop counts as one.
//!
//! Standard input cannot be had like this. epoll takes pipes and terminals and refuses regular files (EPERM, since a file is
//! always ready), and making it non-blocking would make it so for the shell that shares it. So a thread reads
//! it, and wakes the loop: [`super::input`].

use std::io;

use mio::{Interest, Registry, Token};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook_mio::v1_0::Signals;

/// The signals that the server listens to.
pub struct Control {
    signals: Signals,
}

impl Control {
    /// Catches SIGINT and SIGTERM from now on, and makes `token` ready when one has come.
    ///
    /// # Errors
    /// The kernel refuses the handler or the pipe behind it.
    pub fn register(registry: &Registry, token: Token) -> io::Result<Control> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        registry.register(&mut signals, token, Interest::READABLE)?;
        Ok(Control { signals })
    }

    /// Someone has asked for the end since the last call.
    pub fn asked_to_stop(&mut self) -> bool {
        self.signals.pending().count() > 0
    }
}
