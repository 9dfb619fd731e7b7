//! The verdict: what an experienced engineer would say of a response, from its octets and their
//! times.
//!
//! ```text
//! recorder   octets with their labels, FIN, RST  ->  judge
//! judge      at the end of a response            ->  findings, each with the records that show it
//! recorder   a record for each finding           ->  sinks
//! ```
//!
//! A judge hears what every sink hears, and keeps a bounded summary for each response that runs: no
//! octets, no list that grows with a stream. It says what is proved from where it hears, and one
//! place cannot prove where a delay was made.
//!
//! - [`judge`]: all connections; what the recorder calls.
//! - `conversation`: one connection, from labels to requests and responses.
//! - `head`: the fields that are asked for; `heard`: what is known of a request and of a response.
//! - `events`: the events of a stream; `coding`: a compressed one; `pace`: their times.
//! - `rules`: what one place can say of a response; `history`: what the responses before it add.
//! - `passed`: what passes a hop; `pairs`: the same response at two hops; `delays`: how late events
//!   passed from one to the other.
//! - `found`: a finding, before it is a record.
//!
//! For the next editor: what is kept for a response has a fixed size, and what a peer sends is
//! never a part of a finding, only numbers are.

mod coding;
mod conversation;
mod delays;
mod events;
mod found;
mod head;
mod heard;
mod history;
pub mod judge;
mod pace;
mod pairs;
mod passed;
mod rules;
