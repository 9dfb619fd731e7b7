//! Room 3, one connection: requests in, steps out. No sockets, no clock, and no address: the
//! connection asks the loop for a response and for each of its steps.
//!
//! ```text
//! octets -> Connection -> Request -> (site) -> Step -> Connection -> octets
//! ```
//!
//! - [`limits`]: the bounds of a connection, each with its reason.
//! - [`metrics`]: what is counted.
//! - [`context`]: what a connection may know at one turn.
//! - [`response`]: a whole response as a value; `refusal`: why a request is refused here.
//! - `buffer`, `body`: octets that wait, and a body that arrives.
//! - [`stepping`]: steps that are released by hand.
//! - [`connection`]: the two halves, and every transition between their states.
//!
//! Time is an argument: the caller says what time it is, so that tests need no clock.

mod body;
mod buffer;
pub mod connection;
pub mod context;
pub mod limits;
pub mod metrics;
mod refusal;
pub mod response;
pub mod stepping;
