//! Room 4, topics: an event is encoded once, and every subscriber writes the same octets.
//!
//! ```text
//! publish -> Frame -> ring of the topic -> Batch for each subscriber -> write()
//! ```
//!
//! - [`limits`]: the bounds of topics.
//! - [`id`]: event ids and topic names that a client can return.
//! - [`publication`]: what is published, and why it may be refused.
//! - `ring`: the frames that a topic keeps.
//! - [`topics`]: all topics: publish, subscribe, deliver.
//! - [`subscription`]: the response of a subscriber, step by step.
//! - [`feed`]: events from standard input.
//!
//! An event's id is `EPOCH-SEQ`. The epoch is new each time a topic begins, so that an id from
//! before a restart is recognised and not misread. Events that come with an id of their own (from
//! outside) keep it.
//!
//! Two servers that are fed from one stream are never equally far. A client that has lost the
//! faster one reconnects to the slower one with an id that has not reached it: replaying what is
//! kept would give the client events twice. So where ids from outside ascend ([`id::OrderedId`]),
//! the subscriber passes over what it has had ([`topics::Topics::catch_up`]), and a comment says
//! what it waits for.

pub mod feed;
pub mod id;
pub mod limits;
pub mod publication;
mod ring;
pub mod subscription;
pub mod topics;
