//! wirestep: an HTTP/1.1 server that shows every step it takes on the wire.
//!
//! Seven rooms, in reading order. A file imports from its own room or from an earlier one, and
//! never in a circle; `tests/layers.rs` checks both.
//!
//! 1. [`wire`] turns octets into meaning and back: heads, body framing, chunks, events, labels, and
//!    the steps that change the wire. It knows no socket and no clock.
//! 2. [`trace`] records what passed the sockets, and shows it.
//! 3. [`exchange`] is one connection: it reads requests and carries out the steps of responses in
//!    order. It knows no address.
//! 4. [`topic`] keeps published events and gives them to subscribers.
//! 5. [`lesson`] compiles the scripts of a teacher to steps.
//! 6. [`site`] holds the addresses: which request gets which response.
//! 7. [`net`] is the event loop: the only room that knows mio and socket2.
//!
//! [`capture`] stands beside them: it makes records of a file of packets, and knows `wire` and
//! `trace` only.
//!
//! A reader who wants the engine alone reads `wire`, `exchange` and the loop in `net`.

pub mod capture;
pub mod exchange;
pub mod lesson;
pub mod net;
pub mod site;
pub mod topic;
pub mod trace;
pub mod wire;
