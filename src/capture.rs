//! Captures: the packets of other programs' connections, and out of them the records of a trace.
//!
//! ```text
//! octets of a file -> packet -> TCP segment -> octets in their order -> is it HTTP/1.x? -> records
//!        file.rs              link.rs          stream.rs    guess.rs      conversation.rs
//! ```
//!
//! The server's own trace knows what `read()` and `write()` took. Here only segments are known:
//! they come out of order, twice, in parts or not at all, and it is TCP's sequence numbers that
//! make octets of them again (RFC 9293 section 3.4). What is right is told as if the server had
//! told it; what is missing is said.
//!
//! - [`packet`]: what a file holds.
//! - [`file`](mod@file): packets out of pcap and pcapng.
//! - [`link`]: from a packet to a segment.
//! - [`stream`]: from segments to octets, for one direction.
//! - [`guess`]: what a conversation speaks.
//! - [`limits`]: how much is kept.
//! - [`conversations`]: all of them, and what is none.
//!
//! For the next editor: this room knows no socket and no clock. All times come from the capture.

mod conversation;
pub mod conversations;
pub mod file;
pub mod guess;
pub mod limits;
pub mod link;
pub mod packet;
pub mod stream;
