//! Room 7, sockets: the event loop, and the only room that knows mio and socket2.
//!
//! ```text
//! sleep in poll  ->  accept  ->  for each ready connection: read once, act once  ->  sleep
//! ```
//!
//! - [`server`]: the loop. One thread, one turn after another.
//! - [`clock`]: the time, which stands still at a breakpoint.
//! - [`socket`]: one function for each act on a socket: listen, write, FIN, RST.
//! - [`control`]: signals, as readiness.
//! - [`input`]: standard input, as readiness.
//!
//! Each socket is registered once, edge-triggered, for both directions. What poll says is a hint; what `read` and
//! `write` return is the truth. Readiness is remembered until a call says that it is over.

mod clock;
pub mod control;
pub mod input;
pub mod server;
pub mod socket;
