//! Room 2, trace: what passed the sockets, for everyone who wants to see it.
//!
//! A [`record::Record`] is made after the system call, of the octets that it really took; a
//! [`record::Sink`] shows or keeps it. The only open set of the house is here: a new view of the
//! wire is a new sink.
//!
//! ```text
//! read(), write() -> Trace::octets -> Dissector -> Record -> terminal, file, page
//! ```
//!
//! - [`record`]: one thing that happened on one connection, and what a sink is.
//! - [`mask`]: credentials, which no sink shows.
//! - [`summary`]: one line a second instead of records, when too many connections are open.
//! - [`terminal`]: rows for people, one for each line of the protocol.
//! - [`compact`]: rows for people, one for each unit of it.
//! - [`palette`]: colours by their meaning.
//! - [`signs`]: how octets are written.
//! - [`look`]: width, language, colours and signs together.
//! - [`jsonl`]: lines for programs; `json`: how their objects are written.
//! - [`arrays`]: the live trace as arrays of numbers, for pages that draw while it comes.
//! - [`pcapng`]: packets for Wireshark.
//! - [`filter`]: one connection or one direction of them.
//! - [`verdict`]: what is found of a response, from the octets and their times.
//! - [`kept`]: the octets of the last minutes, for [`replay`], which makes a capture of them.
//! - [`live`]: lines for those who follow `GET /trace`.
//! - [`recorder`]: all sinks, and one dissector for each connection.
//! - [`blocking_writer`]: standard output, which another process may have made non-blocking.
//! - [`queue_writer`]: a writer that never waits for its reader.

pub mod arrays;
pub mod blocking_writer;
mod compact;
pub mod filter;
mod json;
pub mod jsonl;
pub mod kept;
pub mod live;
mod look;
mod mask;
pub mod palette;
pub mod pcapng;
pub mod queue_writer;
pub mod record;
pub mod recorder;
pub mod replay;
pub mod signs;
pub mod summary;
pub mod terminal;
pub mod verdict;
