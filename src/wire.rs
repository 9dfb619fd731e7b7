//! Room 1, octets and acts: pure functions and machines. No sockets, no clock.
//!
//! What arrives is parsed once, at the edge, into a type that cannot be wrong; what leaves is
//! encoded by one function for each rule of the grammar. Read in this order:
//!
//! - [`fields`]: field lines, and the small grammars that everything shares.
//! - [`run`]: how many octets come before one of a kind.
//! - [`start_line`]: method, target, version, host.
//! - [`head_error`]: every reason to refuse a request head.
//! - [`framing`]: where a body ends.
//! - [`request`]: a request head that has been understood.
//! - [`chunked`]: the coding that ends a body of unknown length.
//! - [`response`]: status-line and field lines out.
//! - [`sse`]: events out, and the grammar by which a client reads them.
//! - [`label`]: the name of everything that can stand on the wire.
//! - [`flow`]: the two directions; [`span`]: a labelled token.
//! - [`gap`]: why the place of octets is not known.
//! - [`fault`]: why an octet cannot stand where it stands; [`ending`]: what a FIN or RST means
//!   there.
//! - [`body_rule`]: the rule that ends the body of one message, and what is forbidden in its head.
//! - [`dissect`]: octets of either side, labelled as they pass.
//! - [`explain`]: their lines, and one sentence about each.
//! - [`protocol`]: what else a connection may speak.
//! - [`persistence`]: whether a connection stays open, and why it ends.
//! - [`cause`]: why a FIN, an RST, the close, another state.
//! - [`finding`]: what a verdict says of a response.
//! - [`traffic`]: what passed on all connections together.
//! - [`language`]: English or Korean.
//! - [`step`]: the acts that change the wire.
//! - [`visible`]: what a terminal may be shown of them.

pub mod body_rule;
pub mod cause;
pub mod chunked;
pub mod dissect;
pub mod ending;
pub mod explain;
pub mod fault;
pub mod fields;
pub mod finding;
pub mod flow;
pub mod framing;
pub mod gap;
pub mod head_error;
pub mod label;
pub mod language;
pub mod persistence;
pub mod protocol;
pub mod request;
pub mod response;
pub mod run;
pub mod span;
pub mod sse;
pub mod start_line;
pub mod step;
pub mod tls_fault;
pub mod traffic;
pub mod visible;
