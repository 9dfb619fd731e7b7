//! Room 7, sockets: the event loop, and the only room that knows mio and socket2.
//!
//! ```text
//! sleep in poll  ->  accept  ->  for each ready peer: read once, act once  ->  sleep
//! ```
//!
//! - [`limits`]: the bounds of the server as a whole.
//! - `clock`: the time, which stands still at a breakpoint.
//! - `sleep`: waiting until something happens.
//! - [`socket`]: one function for each act on a socket: listen, connect, write, FIN, RST.
//! - [`signals`]: signals, as readiness; [`input`]: standard input, as readiness; `step_commands`:
//!   its lines.
//! - `accept`, `timers`: accepting connections; deadlines in a heap.
//! - `memory`: octets that all connections keep together.
//! - `shared`: what all peers share.
//! - `peer`: one socket, its connection and its response; `peers`: all of them.
//! - `operator`: what operators ask of the server.
//! - [`server`]: the loop. One thread, one turn after another.
//! - [`tap`]: a second loop of the same kind, that relays another server's octets.
//!
//! Each socket is registered once, edge-triggered, for both directions. What poll says is a hint;
//! what `read` and `write` return is the truth. Readiness is remembered until a call says that it
//! is over.

mod accept;
mod clock;
pub mod input;
pub mod limits;
mod memory;
mod operator;
mod peer;
mod peers;
pub mod server;
mod shared;
pub mod signals;
mod sleep;
pub mod socket;
mod step_commands;
pub mod tap;
mod timers;
