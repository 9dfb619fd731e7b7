//! Room 2, meaning: what is done with octets. No sockets, no clock.
//!
//! ```text
//! octets -> Connection -> Request -> Site -> Producer -> Step -> Connection -> octets
//! ```
//!
//! - [`step`]: the acts that change the wire. Everything that goes out is one of them.
//! - [`producer`]: where steps come from, one at a time.
//! - [`topic`]: events that many follow, encoded once.
//! - [`feed`]: events that come from outside.
//! - [`chat`]: a stream in the shape of a language model's.
//! - [`lesson`]: scripts that a teacher writes, compiled to steps.
//! - [`library`]: the lessons that are there; the only file of this room that reads files.
//! - [`connection`]: the two halves of a connection and every transition between their states.
//! - [`site`]: which request gets which producer.
//! - [`metrics`]: what is counted.
//! - [`console`]: what an operator asks of the server itself.
//! - [`limits`]: every bound, with its reason.
//!
//! Time is an argument: whoever calls says what time it is, so that tests need no clock.

pub mod chat;
pub mod connection;
pub mod console;
pub mod feed;
pub mod lesson;
pub mod library;
pub mod limits;
pub mod metrics;
pub mod producer;
pub mod site;
pub mod step;
pub mod topic;

/// A connection's number, counted from 1 in the order of accepting; never used twice.
pub type ConnectionId = u64;
