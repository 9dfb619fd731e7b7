//! Room 1, octets and acts: pure functions and machines. No sockets, no clock.
//!
//! What arrives is parsed once, at the edge, into a type that cannot be wrong; what leaves is encoded by one
//! function for each rule of the grammar. Read in this order:
//!
//! - [`request`]: a request head, and every reason to refuse one.
//! - [`framing`]: where its body ends.
//! - [`chunked`]: the coding that ends a body of unknown length.
//! - [`response`]: status-line and field lines out.
//! - [`sse`]: events out, and the grammar by which a client reads them.
//! - [`label`]: the name of everything that can stand on the wire.
//! - [`dissect`]: octets of either side, labelled as they pass.
//! - [`explain`]: their lines, and one sentence about each.
//! - [`persistence`]: whether a connection stays open, and why it ends.
//! - [`step`]: the acts that change the wire.

pub mod chunked;
pub mod dissect;
pub mod explain;
pub mod framing;
pub mod label;
pub mod persistence;
pub mod request;
pub mod response;
pub mod sse;
pub mod step;
