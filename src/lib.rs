//! wirestep: an HTTP/1.1 server that shows every step it takes on the wire.
//!
//! Four rooms, in reading order. A file imports from its own room or from an earlier one, and
//! `tests/layers.rs` checks it.
//!
//! 1. [`wire`] turns octets into meaning and back: heads, body framing, chunks, events, labels. It knows
//!    no socket and no clock.
//! 2. [`exchange`] decides what is done with them: a request becomes a producer of steps, and a connection
//!    carries them out in order. It knows no socket and no clock either; time is an argument.
//! 3. [`trace`] records what passed the sockets, and shows it.
//! 4. [`net`] is the event loop: the only room that knows mio and socket2.

pub mod exchange;
pub mod net;
pub mod trace;
pub mod wire;
