//! Room 5, one connection: requests in, steps out. No sockets, no clock.
//!
//! ```text
//! octets -> Connection -> Request -> Site -> Producer -> Step -> Connection -> octets
//! ```
//!
//! - [`connection`]: the two halves of a connection and every transition between their states.
//! - [`producer`]: where steps come from, one at a time.
//! - [`chat`]: a stream in the shape of a language model's.
//! - [`console`]: what an operator asks of the server itself.
//! - [`metrics`]: what is counted.
//! - [`limits`]: every bound, with its reason.
//!
//! Time is an argument: the caller says what time it is, so that tests need no clock.

pub mod chat;
pub mod connection;
pub mod console;
pub mod limits;
pub mod metrics;
pub mod producer;
