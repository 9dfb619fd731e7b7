//! All topics of a server: publishing, subscribing, delivering.
//!
//! ```text
//! ring     | frame 7 | frame 8 | frame 9 |          each frame is one chunk with one event
//!                      ^                   ^
//!                      a slow subscriber   the other subscribers: nothing is pending
//! ```
//!
//! A subscriber is a number, the sequence number of its next frame, and not a queue: one that does
//! not read costs nothing, and what it misses when the ring has gone on can be counted. What is
//! pending for it is a [`Batch`], which is one slice of the ring and leaves in one system call.
//!
//! Publishing only appends and remembers the topic; the loop then wakes the subscribers that are
//! parked there. So several events of one turn are one write for each subscriber.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Instant;

use slab::Slab;

use super::id::{OrderedId, can_be_returned, is_topic_name, numbered};
use super::limits::TopicLimits;
use super::publication::{Publication, TopicError};
use super::ring::{Frame, IdOrder, Ring};
use crate::wire::fields::decimal;
use crate::wire::step::{Batch, SubscriberHandle};

/// All topics of a server.
#[derive(Debug)]
pub struct Topics {
    topics: Slab<Topic>,
    /// The listed topics, by name.
    names: HashMap<Box<str>, u32>,
    limits: TopicLimits,
    /// The epoch given last. It begins with a number that differs between two starts of a server.
    epoch: u64,
    /// Topics that have events for parked subscribers.
    to_wake: Vec<u32>,
    /// Octets that all rings keep together.
    kept: usize,
    events: u64,
    deliveries: u64,
    lost: u64,
}

/// Totals over the listed topics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TopicTotals {
    /// Topics that exist at this time.
    pub topics: u64,
    /// Subscribers at this time, of all topics.
    pub subscribers: u64,
    /// Events that are kept.
    pub kept: u64,
    /// Octets that are kept.
    pub kept_octets: u64,
    /// Events that have been published.
    pub events: u64,
    /// Frames that sockets have taken.
    pub deliveries: u64,
    /// Events that a ring forgot before a subscriber had them.
    pub lost: u64,
}

/// A topic that has no name, no place in the list and no share in the totals: the server's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnlistedTopic(u32);

/// How a topic is found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Visibility {
    /// By its name, by every client.
    Listed(Box<str>),
    /// By its [`UnlistedTopic`] alone.
    Unlisted,
}

#[derive(Debug)]
struct Topic {
    visibility: Visibility,
    /// Assigned with the first event that needs an id; subscribing alone uses none.
    epoch: Option<u64>,
    ring: Ring,
    subscribers: Slab<Subscriber>,
    /// It stands in [`Topics::to_wake`].
    is_to_wake: bool,
    /// It is fed from outside, and stays without subscribers.
    is_kept: bool,
    /// When it was last seen in use.
    used: Instant,
}

/// One row of the table that publishing walks over; it is this small on purpose.
#[derive(Debug)]
struct Subscriber {
    /// The sequence number of its next frame.
    cursor: u64,
    /// The loop's key of its connection.
    key: u32,
    is_parked: bool,
}

/// What is pending for a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Nothing: it has every event.
    Nothing,
    /// The ring has forgotten this many events before the subscriber had them.
    Lost(u64),
    /// Frames that are pending, whole ones.
    Frames(Batch),
}

/// What a new subscriber has missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The client has missed no event.
    Nothing,
    /// Events that are no longer kept.
    Events(u64),
    /// It cannot be known: the last id is of another epoch, or was never given out.
    Unknown,
    /// The client is ahead: its last id has not reached this server yet.
    Ahead(OrderedId),
}

/// How far a subscriber is that was ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// Its last event has still not come.
    Waiting,
    /// Its last event has come: later events are new to it.
    Reached,
    /// Its last event has not come, but a later one has: what lies between them is unknown.
    Passed,
}

/// One topic in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSummary {
    /// The topic's name, as in its address.
    pub name: String,
    /// Subscribers at this time.
    pub subscribers: usize,
    /// Events that are kept.
    pub kept: usize,
    /// The id of the newest event.
    pub last_id: Option<String>,
}

impl Topics {
    /// No topics yet. `seed` must differ between two starts of a server: the wall clock in
    /// milliseconds does.
    pub fn new(limits: TopicLimits, seed: u64) -> Topics {
        Topics {
            topics: Slab::new(),
            names: HashMap::new(),
            limits,
            epoch: seed,
            to_wake: Vec::new(),
            kept: 0,
            events: 0,
            deliveries: 0,
            lost: 0,
        }
    }

    // ---- publishing

    /// Appends an event to a topic, which begins if none has the name, and returns the event's id.
    ///
    /// # Errors
    /// The name, the number of topics, the size of the event or what it consists of.
    pub fn publish(&mut self, name: &str, event: &Publication<'_>, now: Instant) -> Result<String, TopicError> {
        let index = self.open(name, now)?;
        let id = self.append(index, event, None)?;
        self.events += 1;
        Ok(id)
    }

    /// Appends an event to an unlisted topic. `about` is what [`Topics::take_about`] looks for.
    ///
    /// # Errors
    /// The size of the event.
    pub fn publish_unlisted(
        &mut self,
        topic: UnlistedTopic,
        data: &str,
        about: Option<NonZeroU32>,
    ) -> Result<(), TopicError> {
        self.append(topic.0, &Publication { data, ..Publication::default() }, about).map(|_| ())
    }

    fn append(&mut self, index: u32, event: &Publication<'_>, about: Option<NonZeroU32>) -> Result<String, TopicError> {
        let topic = &mut self.topics[index as usize];
        let id = match event.id {
            Some(id) => topic.check_id(id, self.limits.id)?.to_owned(),
            None => topic.own_id(&mut self.epoch),
        };
        let frame = Frame::encode(event, &id).map_err(TopicError::BadEvent)?;
        if frame.octets.len() > self.limits.event {
            return Err(TopicError::TooLarge);
        }
        let before = topic.ring.octets;
        topic.ring.append(frame, event.id, about, &self.limits);
        self.kept = self.kept + topic.ring.octets - before;
        if !std::mem::replace(&mut topic.is_to_wake, true) {
            self.to_wake.push(index);
        }
        self.keep_within_bounds(index);
        Ok(id)
    }

    // All rings together: the one that has been unused for longest forgets first, but none its
    // newest event.
    fn keep_within_bounds(&mut self, index: u32) {
        while self.kept > self.limits.all_octets {
            let others =
                self.topics.iter().filter(|(key, topic)| *key != index as usize && topic.ring.frames.len() > 1);
            let oldest = others.min_by_key(|(_, topic)| topic.used).map_or(index as usize, |(key, _)| key);
            let Some(topic) = self.topics.get_mut(oldest) else { return };
            let freed = topic.ring.forget(self.kept - self.limits.all_octets);
            if freed == 0 {
                return;
            }
            self.kept -= freed;
        }
    }

    /// Begins a topic, if none has the name, and keeps it: its events are for subscribers that come
    /// later.
    ///
    /// # Errors
    /// The name, or the number of topics.
    pub fn keep(&mut self, name: &str, now: Instant) -> Result<(), TopicError> {
        let index = self.open(name, now)?;
        self.topics[index as usize].is_kept = true;
        Ok(())
    }

    /// Begins an unlisted topic. It takes no place among [`TopicLimits::topics`], and stays until
    /// [`Topics::close_unlisted`].
    pub fn open_unlisted(&mut self, now: Instant) -> UnlistedTopic {
        UnlistedTopic(self.topics.insert(Topic::new(Visibility::Unlisted, now)) as u32)
    }

    /// The same with the ids of another one: each event of the two that is published from now on
    /// has the same id in both, if each gets as many. So a subscriber may go on in the other one.
    pub fn open_unlisted_beside(&mut self, other: UnlistedTopic, now: Instant) -> UnlistedTopic {
        let mut topic = Topic::new(Visibility::Unlisted, now);
        if let Some(other) = self.topics.get_mut(other.0 as usize) {
            let epoch = *other.epoch.get_or_insert_with(|| {
                self.epoch += 1;
                self.epoch
            });
            (topic.epoch, topic.ring.first) = (Some(epoch), other.ring.next());
        }
        UnlistedTopic(self.topics.insert(topic) as u32)
    }

    /// Forgets an unlisted topic and its subscribers.
    pub fn close_unlisted(&mut self, topic: UnlistedTopic) {
        self.to_wake.retain(|index| *index != topic.0);
        if let Some(topic) = self.topics.try_remove(topic.0 as usize) {
            self.kept -= topic.ring.octets;
        }
    }

    // ---- subscribing

    /// Adds a subscriber: after the event `last_id` if one is given, and else after the newest one.
    ///
    /// # Errors
    /// The name, or the number of topics.
    pub fn subscribe(
        &mut self,
        name: &str,
        last_id: Option<&str>,
        now: Instant,
    ) -> Result<(SubscriberHandle, Missed), TopicError> {
        let topic = self.open(name, now)?;
        Ok(self.add_subscriber(topic, last_id))
    }

    /// Adds a subscriber to an unlisted topic.
    pub fn subscribe_unlisted(&mut self, topic: UnlistedTopic, last_id: Option<&str>) -> (SubscriberHandle, Missed) {
        self.add_subscriber(topic.0, last_id)
    }

    fn add_subscriber(&mut self, topic: u32, last_id: Option<&str>) -> (SubscriberHandle, Missed) {
        let table = &mut self.topics[topic as usize];
        let (cursor, missed) = match last_id {
            None => (table.ring.next(), Missed::Nothing),
            Some(id) => table.after(id),
        };
        let row = table.subscribers.insert(Subscriber { cursor, key: 0, is_parked: false }) as u32;
        (SubscriberHandle { topic, row }, missed)
    }

    /// Whether a topic may have this name.
    ///
    /// # Errors
    /// It may not.
    pub fn check_name(&self, name: &str) -> Result<(), TopicError> {
        if is_topic_name(name, self.limits.name) { Ok(()) } else { Err(TopicError::BadName) }
    }

    /// Removes a subscriber: no event waits for it any more.
    pub fn unsubscribe(&mut self, subscriber: SubscriberHandle) {
        let Some(topic) = self.topics.get_mut(subscriber.topic as usize) else { return };
        topic.subscribers.try_remove(subscriber.row as usize);
        if topic.subscribers.is_empty() {
            topic.subscribers.shrink_to_fit();
        }
    }

    /// Removes topics that have been unused for [`TopicLimits::idle`]; one without events at once,
    /// so that subscribing to random names cannot exhaust the limit. The loop calls it about once a
    /// second.
    pub fn forget_unused(&mut self, now: Instant) {
        let (names, kept, idle) = (&mut self.names, &mut self.kept, self.limits.idle);
        self.topics.retain(|_, topic| {
            let is_in_use = topic.is_in_use();
            if is_in_use {
                topic.used = now;
            }
            let has_events = topic.ring.next() > 1;
            let stays = is_in_use || (has_events && now.saturating_duration_since(topic.used) < idle);
            if let (false, Visibility::Listed(name)) = (stays, &topic.visibility) {
                names.remove(name);
                *kept -= topic.ring.octets;
            }
            stays
        });
    }

    // ---- delivering

    /// What is pending for the subscriber: frames of at most `octets` octets, but at least one
    /// frame.
    pub fn pending(&self, subscriber: SubscriberHandle, octets: usize) -> Pending {
        let Some((ring, row)) = self.row(subscriber) else { return Pending::Nothing };
        let from = row.cursor;
        if from < ring.first {
            return Pending::Lost(ring.first - from);
        }
        match ring.upto(from, octets) {
            upto if upto == from => Pending::Nothing,
            upto => Pending::Frames(Batch { subscriber, from, upto }),
        }
    }

    /// The octets of a batch; none if its first frame has been forgotten meanwhile.
    pub fn octets(&self, batch: Batch) -> Option<&[u8]> {
        self.topics.get(batch.subscriber.topic as usize)?.ring.octets(batch.from, batch.upto)
    }

    /// The socket has taken `count` octets of a batch, at least one. The rest of a frame that was
    /// cut is returned: it must leave before anything else, and the ring may forget the frame.
    pub fn sent(&mut self, batch: Batch, count: usize) -> Vec<u8> {
        let Some((is_listed, ring, row)) = self.row_mut(batch.subscriber) else { return Vec::new() };
        let is_whole = ring.octets(batch.from, batch.upto).is_some_and(|octets| octets.len() == count);
        let (cursor, rest) = if is_whole { (batch.upto, &[][..]) } else { ring.split_at(batch.from, count) };
        let taken = cursor - std::mem::replace(&mut row.cursor, cursor);
        let rest = rest.to_vec();
        if is_listed {
            self.deliveries += taken;
        }
        rest
    }

    /// The data of a batch's events without their chunk lines, for a response without chunks. The
    /// subscriber has them then.
    pub fn take_payloads(&mut self, batch: Batch) -> Vec<u8> {
        let Some((is_listed, ring, row)) = self.row_mut(batch.subscriber) else { return Vec::new() };
        let payloads = (batch.from..batch.upto).filter_map(|seq| ring.payload(seq)).flatten().copied().collect();
        row.cursor = batch.upto;
        if is_listed {
            self.deliveries += batch.upto - batch.from;
        }
        payloads
    }

    /// A copy of the octets of a batch, for a step that carries other octets too. The subscriber
    /// has them then.
    pub fn take_frames(&mut self, batch: Batch) -> Vec<u8> {
        let Some((is_listed, ring, row)) = self.row_mut(batch.subscriber) else { return Vec::new() };
        let Some(frames) = ring.octets(batch.from, batch.upto).map(<[u8]>::to_vec) else { return Vec::new() };
        row.cursor = batch.upto;
        if is_listed {
            self.deliveries += batch.upto - batch.from;
        }
        frames
    }

    /// The data of the next event that is about this, or about nothing in particular; those before
    /// it are passed over.
    pub fn take_about(&mut self, subscriber: SubscriberHandle, about: NonZeroU32) -> Option<Vec<u8>> {
        let (_, ring, row) = self.row_mut(subscriber)?;
        while let Some(place) = ring.place(row.cursor) {
            let payload = ring.payload(row.cursor);
            row.cursor += 1;
            if place.about.is_none_or(|this| this == about) {
                return payload.map(<[u8]>::to_vec);
            }
        }
        None
    }

    /// Moves a subscriber over the events that its ring has forgotten; how many it has lost.
    pub fn skip_lost(&mut self, subscriber: SubscriberHandle) -> u64 {
        let Some((is_listed, ring, row)) = self.row_mut(subscriber) else { return 0 };
        let lost = ring.first.saturating_sub(row.cursor);
        row.cursor += lost;
        if is_listed {
            self.lost += lost;
        }
        lost
    }

    /// Moves a subscriber that has had every event up to `id` over those that it has had.
    pub fn catch_up(&mut self, subscriber: SubscriberHandle, id: OrderedId) -> CatchUp {
        let Some((_, ring, row)) = self.row_mut(subscriber) else { return CatchUp::Waiting };
        row.cursor = row.cursor.max(ring.first);
        while let Some(place) = ring.place(row.cursor) {
            let this = place.id.as_deref().and_then(OrderedId::parse);
            if this.is_none_or(|this| this > id) {
                return CatchUp::Passed;
            }
            row.cursor += 1;
            if this == Some(id) {
                return CatchUp::Reached;
            }
        }
        CatchUp::Waiting
    }

    /// The subscriber has every event, and its connection `key` is to be woken by the next one.
    pub fn park(&mut self, subscriber: SubscriberHandle, key: u32) {
        if let Some((_, _, row)) = self.row_mut(subscriber) {
            row.key = key;
            row.is_parked = true;
        }
    }

    /// Appends the keys of the parked connections that have something to send now.
    pub fn wake(&mut self, keys: &mut Vec<u32>) {
        for index in self.to_wake.drain(..) {
            let Some(topic) = self.topics.get_mut(index as usize) else { continue };
            topic.is_to_wake = false;
            for (_, row) in &mut topic.subscribers {
                if std::mem::replace(&mut row.is_parked, false) {
                    keys.push(row.key);
                }
            }
        }
    }

    /// A topic has events for parked subscribers.
    pub fn has_waiters(&self) -> bool {
        !self.to_wake.is_empty()
    }

    // ---- looking

    /// The topic has subscribers, and each of them has events to get.
    pub fn are_all_late(&self, name: &str) -> bool {
        let Some(topic) = self.names.get(name).and_then(|index| self.topics.get(*index as usize)) else { return false };
        let next = topic.ring.next();
        !topic.subscribers.is_empty() && topic.subscribers.iter().all(|(_, row)| row.cursor < next)
    }

    /// The subscribers of an unlisted topic.
    pub fn subscribers(&self, topic: UnlistedTopic) -> usize {
        self.topics.get(topic.0 as usize).map_or(0, |topic| topic.subscribers.len())
    }

    /// Totals over the listed topics.
    pub fn totals(&self) -> TopicTotals {
        let counted =
            TopicTotals { events: self.events, deliveries: self.deliveries, lost: self.lost, ..TopicTotals::default() };
        self.listed().fold(counted, |totals, (_, topic)| TopicTotals {
            topics: totals.topics + 1,
            subscribers: totals.subscribers + topic.subscribers.len() as u64,
            kept: totals.kept + topic.ring.frames.len() as u64,
            kept_octets: totals.kept_octets + topic.ring.octets as u64,
            ..totals
        })
    }

    /// The listed topics, sorted by name.
    pub fn summaries(&self) -> Vec<TopicSummary> {
        let mut summaries: Vec<TopicSummary> = self.listed().map(|(name, topic)| topic.summary(name)).collect();
        summaries.sort_by(|one, other| one.name.cmp(&other.name));
        summaries
    }

    fn listed(&self) -> impl Iterator<Item = (&str, &Topic)> {
        self.topics.iter().filter_map(|(_, topic)| match &topic.visibility {
            Visibility::Listed(name) => Some((&**name, topic)),
            Visibility::Unlisted => None,
        })
    }

    fn open(&mut self, name: &str, now: Instant) -> Result<u32, TopicError> {
        if let Some(&index) = self.names.get(name) {
            self.topics[index as usize].used = now;
            return Ok(index);
        }
        self.check_name(name)?;
        self.forget_unused(now);
        if self.names.len() >= self.limits.topics && !self.forget_longest_unused() {
            return Err(TopicError::TooMany);
        }
        let index = self.topics.insert(Topic::new(Visibility::Listed(name.into()), now)) as u32;
        self.names.insert(name.into(), index);
        Ok(index)
    }

    // Makes room for another topic, if one has no subscriber and is not fed.
    fn forget_longest_unused(&mut self) -> bool {
        let unused = self.topics.iter().filter(|(_, topic)| !topic.is_in_use());
        let Some(key) = unused.min_by_key(|(_, topic)| topic.used).map(|(key, _)| key) else { return false };
        let topic = self.topics.remove(key);
        self.kept -= topic.ring.octets;
        if let Visibility::Listed(name) = &topic.visibility {
            self.names.remove(name);
        }
        true
    }

    fn row(&self, subscriber: SubscriberHandle) -> Option<(&Ring, &Subscriber)> {
        let topic = self.topics.get(subscriber.topic as usize)?;
        Some((&topic.ring, topic.subscribers.get(subscriber.row as usize)?))
    }

    // With it, whether the topic is listed: what unlisted ones deliver and lose is not counted.
    fn row_mut(&mut self, subscriber: SubscriberHandle) -> Option<(bool, &Ring, &mut Subscriber)> {
        let topic = self.topics.get_mut(subscriber.topic as usize)?;
        let is_listed = topic.visibility != Visibility::Unlisted;
        Some((is_listed, &topic.ring, topic.subscribers.get_mut(subscriber.row as usize)?))
    }
}

impl Topic {
    fn new(visibility: Visibility, now: Instant) -> Topic {
        Topic {
            visibility,
            epoch: None,
            ring: Ring::default(),
            subscribers: Slab::new(),
            is_to_wake: false,
            is_kept: false,
            used: now,
        }
    }

    fn is_in_use(&self) -> bool {
        self.is_kept || self.is_to_wake || !self.subscribers.is_empty() || self.visibility == Visibility::Unlisted
    }

    // The id of the next event, if it comes without one.
    fn own_id(&mut self, epochs: &mut u64) -> String {
        let epoch = *self.epoch.get_or_insert_with(|| {
            *epochs += 1;
            *epochs
        });
        numbered(epoch, self.ring.next())
    }

    // An id from outside, if a client can return it and no kept event has it.
    fn check_id<'a>(&self, id: &'a str, longest: usize) -> Result<&'a str, TopicError> {
        if !can_be_returned(id, longest) {
            return Err(TopicError::BadId);
        }
        // Ids that ascend cannot come twice: the usual case looks no further.
        let is_taken =
            self.own_seq(id).is_some() || (!self.ring.order.is_followed_by(id) && self.ring.seq_of(id).is_some());
        if is_taken { Err(TopicError::IdTaken) } else { Ok(id) }
    }

    // Where a client goes on whose last event has this id.
    fn after(&self, id: &str) -> (u64, Missed) {
        let seq = match (self.ring.seq_of(id), self.own_seq(id)) {
            (Some(seq), _) => seq,
            (None, Some(seq)) => match self.given_out(seq) {
                Some(seq) => seq,
                None => return (self.ring.first, Missed::Unknown),
            },
            (None, None) => return self.after_unknown(id),
        };
        match self.ring.first.saturating_sub(seq + 1) {
            0 => (seq + 1, Missed::Nothing),
            lost => (self.ring.first, Missed::Events(lost)),
        }
    }

    // The part after the epoch, if the epoch is this topic's.
    fn own_seq<'a>(&self, id: &'a str) -> Option<&'a str> {
        let (epoch, seq) = id.split_once('-')?;
        (epoch == format!("{:x}", self.epoch?)).then_some(seq)
    }

    // The first event is number 1.
    fn given_out(&self, seq: &str) -> Option<u64> {
        decimal(seq.as_bytes()).filter(|seq| (1..self.ring.next()).contains(seq))
    }

    // The id is not kept here. If it can be compared with those that are, it still says where to go
    // on. Only a fed topic can lag behind its clients. Elsewhere a publisher may restart at 1, and
    // waiting would never end.
    fn after_unknown(&self, id: &str) -> (u64, Missed) {
        let oldest = (self.ring.first, Missed::Unknown);
        let Some(id) = OrderedId::parse(id) else { return oldest };
        match self.ring.order {
            IdOrder::Ascending { newest } if id > newest && self.is_kept => (self.ring.next(), Missed::Ahead(id)),
            IdOrder::Ascending { newest } if id > newest => oldest,
            IdOrder::Ascending { .. } => match self.ring.first_after(id) {
                Some(seq) if seq > self.ring.first => (seq, Missed::Nothing),
                Some(_) | None => oldest,
            },
            // Nothing has come from outside yet, but it will.
            IdOrder::Unknown if self.is_kept => (self.ring.next(), Missed::Ahead(id)),
            IdOrder::Unknown | IdOrder::None => oldest,
        }
    }

    fn summary(&self, name: &str) -> TopicSummary {
        let last = self.ring.next() - 1;
        let last_id = self.ring.frames.back().and_then(|frame| match &frame.id {
            Some(id) => Some(id.to_string()),
            None => self.epoch.map(|epoch| numbered(epoch, last)),
        });
        TopicSummary {
            name: name.to_owned(),
            subscribers: self.subscribers.len(),
            kept: self.ring.frames.len(),
            last_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Node {
        topics: Topics,
        now: Instant,
    }

    impl Node {
        /// A node that is fed from outside, and has come so far.
        fn fed(ids: &[&str]) -> Node {
            let now = Instant::now();
            let mut node =
                Node { topics: Topics::new(TopicLimits { events: 4, ..TopicLimits::default() }, 0xabc), now };
            node.topics.keep("news", now).expect("a good name");
            ids.iter().for_each(|id| node.feed(Some(id)));
            node
        }

        fn feed(&mut self, id: Option<&str>) {
            let event = Publication { data: "x", event_type: None, id };
            self.topics.publish("news", &event, self.now).expect("a good event");
        }

        fn subscribe(&mut self, last_id: &str) -> (SubscriberHandle, Missed) {
            self.topics.subscribe("news", Some(last_id), self.now).expect("a good name")
        }

        /// The ids of what is there for a subscriber.
        fn ids(&mut self, subscriber: SubscriberHandle) -> Vec<String> {
            let Pending::Frames(batch) = self.topics.pending(subscriber, usize::MAX) else { return Vec::new() };
            let blocks = String::from_utf8(self.topics.take_payloads(batch)).expect("UTF-8");
            blocks.lines().filter_map(|line| line.strip_prefix("id:").map(str::to_owned)).collect()
        }
    }

    #[test]
    fn an_id_that_is_kept_is_gone_on_from() {
        let mut node = Node::fed(&["5-0", "5-1", "7-0"]);
        let (subscriber, missed) = node.subscribe("5-0");
        assert_eq!((node.ids(subscriber), missed), (vec!["5-1".to_owned(), "7-0".to_owned()], Missed::Nothing));
    }

    #[test]
    fn an_id_that_ascending_ids_have_left_out_is_gone_on_behind() {
        let mut node = Node::fed(&["5-0", "5-9", "5-10"]);
        let (subscriber, missed) = node.subscribe("5-9");
        assert_eq!((node.ids(subscriber), missed), (vec!["5-10".to_owned()], Missed::Nothing));
        let (subscriber, missed) = node.subscribe("5-3");
        assert_eq!((node.ids(subscriber), missed), (vec!["5-9".to_owned(), "5-10".to_owned()], Missed::Nothing));
        let (subscriber, missed) = node.subscribe("4-9");
        assert_eq!((node.ids(subscriber).len(), missed), (3, Missed::Unknown));
    }

    #[test]
    fn an_event_that_is_delivered_to_us_twice_is_there_once() {
        let mut node = Node::fed(&["5", "6"]);
        let again = Publication { data: "x", event_type: None, id: Some("6") };
        assert_eq!(node.topics.publish("news", &again, node.now), Err(TopicError::IdTaken));
        assert!(matches!(node.subscribe("9").1, Missed::Ahead(_)), "the ids still ascend");
        node.feed(None);
        for (id, error) in [
            ("abd-3", Some(TopicError::IdTaken)),
            ("abd-4", Some(TopicError::IdTaken)),
            ("5", Some(TopicError::IdTaken)),
            ("abc-4", None),
        ] {
            let event = Publication { data: "x", event_type: None, id: Some(id) };
            assert_eq!(node.topics.publish("news", &event, node.now).err(), error, "{id}");
        }
    }

    #[test]
    fn an_id_that_could_not_come_back_in_a_request_is_refused() {
        let mut node = Node::fed(&[]);
        for (id, is_good) in [
            ("", false),
            (" a", false),
            ("a\t", false),
            ("a\u{1}b", false),
            ("a\u{7f}b", false),
            (&"x".repeat(257), false),
            (&"x".repeat(256), true),
            ("a b\tc", true),
            ("한글", false),
        ] {
            let event = Publication { data: "x", event_type: None, id: Some(id) };
            let expected = if is_good { Ok(id.to_owned()) } else { Err(TopicError::BadId) };
            assert_eq!(node.topics.publish("news", &event, node.now), expected, "{id:?}");
        }
    }

    #[test]
    fn a_client_ahead_of_its_node_gets_nothing_twice() {
        let mut node = Node::fed(&["1", "2"]);
        let (subscriber, missed) = node.subscribe("4");
        let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
        assert_eq!(node.topics.catch_up(subscriber, id), CatchUp::Waiting);
        node.feed(Some("3"));
        assert_eq!(node.topics.catch_up(subscriber, id), CatchUp::Waiting);
        ["4", "5"].iter().for_each(|id| node.feed(Some(id)));
        assert_eq!(node.topics.catch_up(subscriber, id), CatchUp::Reached);
        assert_eq!(node.ids(subscriber), ["5"]);
    }

    #[test]
    fn nobody_waits_where_events_are_published_and_not_fed() {
        let mut topics = Topics::new(TopicLimits::default(), 0xabc);
        let (now, again) = (Instant::now(), Publication { data: "x", event_type: None, id: Some("1") });
        topics.publish("news", &again, now).expect("a good event");
        assert_eq!(topics.subscribe("news", Some("17"), now).expect("a good name").1, Missed::Unknown);
    }

    #[test]
    fn a_client_comes_before_the_first_event_does() {
        let mut node = Node::fed(&[]);
        let (subscriber, missed) = node.subscribe("2");
        let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
        ["1", "2", "3"].iter().for_each(|id| node.feed(Some(id)));
        assert_eq!(node.topics.catch_up(subscriber, id), CatchUp::Reached);
        assert_eq!(node.ids(subscriber), ["3"]);
    }

    #[test]
    fn a_client_whose_last_event_never_comes_is_told_that_something_may_be_missing() {
        for later in [Some("9"), None] {
            let mut node = Node::fed(&["1"]);
            let (subscriber, missed) = node.subscribe("4");
            let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
            node.feed(Some("3"));
            node.feed(later);
            assert_eq!(node.topics.catch_up(subscriber, id), CatchUp::Passed);
            assert_eq!(node.ids(subscriber), [later.unwrap_or("abd-3")]);
        }
    }

    #[test]
    fn a_client_ahead_of_a_ring_that_runs_past_it_still_gets_nothing_twice() {
        let mut node = Node::fed(&["1"]);
        let (subscriber, missed) = node.subscribe("8");
        let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
        ["2", "3", "4", "5", "6", "7", "8", "9"].iter().for_each(|id| node.feed(Some(id)));
        assert_eq!(node.topics.catch_up(subscriber, id), CatchUp::Reached);
        assert_eq!(node.ids(subscriber), ["9"]);
    }

    #[test]
    fn ids_that_do_not_ascend_are_not_compared() {
        for ids in [["5", "4"], ["5", "x"], ["-1", "2"], ["+1", "2"], ["1-", "2"]] {
            assert_eq!(Node::fed(&ids).subscribe("9").1, Missed::Unknown, "{ids:?}");
        }
        let mut node = Node::fed(&["5"]);
        node.feed(None);
        assert_eq!(node.subscribe("9").1, Missed::Unknown);
        assert_eq!(Node::fed(&["5"]).subscribe("99999999999999999999").1, Missed::Unknown);
    }
}
