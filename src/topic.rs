//! Topics: an event is encoded once, and every subscriber writes the same octets.
//!
//! ```text
//! log      | frame 7 | frame 8 | frame 9 |          each frame is one chunk with one event
//!                      ^                   ^
//!                      a slow subscriber   everybody else: nothing is pending
//! ```
//!
//! A subscriber is a number, the sequence number of the next frame it is to get, and not a queue: one that does not
//! read costs nothing, and what it misses when the ring has gone on can be counted. Frames lie one behind the other in
//! large blocks, so whatever is pending for a subscriber is one slice, and leaves in one system call.
//!
//! An event's id is `EPOCH-SEQ`. The epoch is new each time a topic begins, so that an id from before a restart is
//! recognised and not misread. Events that come with an id of their own (from outside) keep it. It must be one that a
//! client can come back with: no other event that is kept may have it, and it must pass through the field `Last-Event-ID`.
//!
//! Two servers that are fed from one stream are never equally far. A client that has lost the faster one comes to the
//! slower one with an id that is not there yet: replaying what is kept would give it events twice. So where ids from outside
//! ascend ([`OrderedId`]), what it has had already passes it by ([`Topics::catch_up`]), and a comment says what it waits for.
//!
//! Publishing only appends and remembers the topic; the loop then wakes whoever is parked there. So several events that
//! come in one turn are one write for each subscriber.

use std::collections::HashMap;
use std::fmt;
use std::time::Instant;

use slab::Slab;

use crate::trace::record::ConnectionId;
use crate::wire::fields::decimal;
use crate::wire::sse::EventError;

pub mod feed;
pub mod limits;
mod log;

use limits::TopicLimits;
use log::{Frame, Log, Order};

/// All topics of a server.
#[derive(Debug)]
pub struct Topics {
    topics: Slab<Topic>,
    names: HashMap<Box<str>, u32>,
    limits: TopicLimits,
    /// Where epochs come from: different for each start of the server, and counted up for each topic.
    next_epoch: u64,
    /// Topics that have events for parked subscribers.
    stirred: Vec<u32>,
    events: u64,
    deliveries: u64,
    lost: u64,
}

/// What all topics together hold, and have done; the trace, which is none that anybody could publish to, is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Topics now.
    pub topics: u64,
    /// Subscribers now.
    pub subscribers: u64,
    /// Events that are kept.
    pub kept: u64,
    /// Octets that are kept.
    pub kept_octets: u64,
    /// Events that have been published.
    pub events: u64,
    /// Frames that sockets have taken.
    pub deliveries: u64,
    /// Events that the ring forgot before a subscriber had them.
    pub lost: u64,
}

#[derive(Debug)]
struct Topic {
    name: Box<str>,
    /// There is none before the first event that needs it: who only looks in at topics uses up no epochs.
    epoch: Option<u64>,
    log: Log,
    subscribers: Slab<Subscriber>,
    is_stirred: bool,
    /// Somebody outside feeds it: it stays although nobody follows it.
    is_kept: bool,
    /// When it was last seen in use.
    used: Instant,
}

/// One row of the table that publishing walks over; it is kept this small on purpose.
#[derive(Debug)]
struct Subscriber {
    /// The next frame it is to get.
    cursor: u64,
    /// By what name the loop knows its connection.
    key: u32,
    is_parked: bool,
    /// It follows the trace: what it gets is not counted.
    is_watcher: bool,
}

/// A subscriber's place: its topic, and its row there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    topic: u32,
    row: u32,
}

/// What is there for a subscriber.
#[derive(Debug, PartialEq, Eq)]
pub enum Pending<'a> {
    /// Nothing: it has everything.
    Nothing,
    /// The ring has gone past it: so many events are lost to it.
    Lost(u64),
    /// Whole frames, one behind the other.
    Frames(&'a [u8]),
}

/// What a new subscriber has missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// Nothing.
    Nothing,
    /// So many events.
    Events(u64),
    /// Nobody can say: its last id is of another epoch, or was never given out.
    Unknown,
    /// Less than nothing: it has had events that have not come here yet, up to this one.
    Ahead(OrderedId),
}

/// An id that says by itself what came before it: `17` or `1700-3`, as Redis Streams, Kafka and NATS number their events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderedId {
    first: u64,
    second: u64,
}

/// How far a subscriber is that was ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// Its last event has still not come.
    Waiting,
    /// Its last event has come: what comes now is new to it.
    Reached,
    /// Its last event has not come, but a later one has: nobody can say what lies between them.
    Passed,
}

/// One line about a topic, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its name.
    pub name: String,
    /// Who follows it now.
    pub subscribers: usize,
    /// Events that are kept.
    pub kept: usize,
    /// The id of the newest event.
    pub last_id: Option<String>,
}

/// Why something cannot be done with a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicError {
    /// The name is empty, too long, has characters other than letters, digits, `.`, `_` and `-`, or is `.` or `..`.
    BadName,
    /// There are as many topics as there may be, and all are in use.
    TooMany,
    /// The event is larger than a ring may hold.
    TooLarge,
    /// The id or the type cannot stand in an event stream.
    BadEvent(EventError),
    /// The id could not come back in a request.
    BadId,
    /// An event that is kept has the id already.
    IdTaken,
}

/// What is published.
#[derive(Debug, Clone, Copy, Default)]
pub struct Publication<'a> {
    /// The data, with any line ends.
    pub data: &'a str,
    /// The type of the event.
    pub event_type: Option<&'a str>,
    /// An id from outside; without it the event gets `EPOCH-SEQ`.
    pub id: Option<&'a str>,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TopicError::BadName => {
                f.write_str("a topic is named with 1 to 64 letters, digits, '.', '_' and '-', but not \".\" or \"..\"")
            }
            TopicError::TooMany => f.write_str("there are as many topics as there may be"),
            TopicError::TooLarge => f.write_str("the event is larger than is accepted"),
            TopicError::BadEvent(error) => error.fmt(f),
            TopicError::BadId => f.write_str(
                "an event id comes back as Last-Event-ID, so it has 1 to 256 octets, no control characters, and no space \
                 at either end",
            ),
            TopicError::IdTaken => {
                f.write_str("an event with this id is there already: nobody could say which of the two was the last one")
            }
        }
    }
}

impl std::error::Error for TopicError {}

impl Topics {
    /// No topics yet. `seed` must differ between two starts of a server: the wall clock in milliseconds does.
    pub fn new(limits: TopicLimits, seed: u64) -> Topics {
        Topics {
            topics: Slab::new(),
            names: HashMap::new(),
            limits,
            next_epoch: seed,
            stirred: Vec::new(),
            events: 0,
            deliveries: 0,
            lost: 0,
        }
    }

    /// Appends an event to a topic, which begins if there is none of that name, and returns the event's id.
    ///
    /// # Errors
    /// The name, the number of topics, the size of the event or what it consists of.
    pub fn publish(&mut self, name: &str, event: &Publication<'_>, now: Instant) -> Result<String, TopicError> {
        let id = self.append(name, event, 0, now)?;
        self.events += 1;
        Ok(id)
    }

    /// Appends a line of the trace about a connection; `None` is all of them.
    ///
    /// # Errors
    /// The number of topics, or the size of the line.
    pub fn publish_trace(
        &mut self,
        connection: Option<ConnectionId>,
        line: &str,
        now: Instant,
    ) -> Result<(), TopicError> {
        let event = Publication { data: line, ..Publication::default() };
        self.append(TRACE, &event, connection.map_or(0, number), now).map(|_| ())
    }

    fn append(&mut self, name: &str, event: &Publication<'_>, about: u32, now: Instant) -> Result<String, TopicError> {
        let index = self.open(name, now)?;
        let topic = &mut self.topics[index as usize];
        let id = match event.id {
            Some(id) => topic.admit(id, self.limits.id)?.to_owned(),
            None => topic.own_id(&mut self.next_epoch),
        };
        let frame = Frame::encode(event, &id).map_err(TopicError::BadEvent)?;
        if frame.octets.len() > self.limits.event {
            return Err(TopicError::TooLarge);
        }
        topic.log.append(frame, event.id, about, &self.limits);
        if !std::mem::replace(&mut topic.is_stirred, true) {
            self.stirred.push(index);
        }
        Ok(id)
    }

    /// Begins a topic, if there is none of that name, and keeps it for good: its events are wanted by those who come later.
    ///
    /// # Errors
    /// The name, or the number of topics.
    pub fn keep(&mut self, name: &str, now: Instant) -> Result<(), TopicError> {
        let index = self.open(name, now)?;
        self.topics[index as usize].is_kept = true;
        Ok(())
    }

    /// Takes a seat: after the event `last_id` if one is given, and else after the newest one.
    ///
    /// # Errors
    /// The name, or the number of topics.
    pub fn subscribe(&mut self, name: &str, last_id: Option<&str>, now: Instant) -> Result<(Seat, Missed), TopicError> {
        let topic = self.open(name, now)?;
        let table = &mut self.topics[topic as usize];
        let (cursor, missed) = match last_id {
            None => (table.log.next(), Missed::Nothing),
            Some(id) => table.after(id),
        };
        let is_watcher = name == TRACE;
        let row = table.subscribers.insert(Subscriber { cursor, key: 0, is_parked: false, is_watcher }) as u32;
        Ok((Seat { topic, row }, missed))
    }

    /// Whether a topic may have this name.
    ///
    /// # Errors
    /// It may not.
    pub fn check_name(&self, name: &str) -> Result<(), TopicError> {
        if is_topic_name(name, self.limits.name) { Ok(()) } else { Err(TopicError::BadName) }
    }

    /// Forgets what has been out of use for a while; at once, if nothing has ever been published to it: there is nothing that
    /// somebody could come back for, and who looks in at names must not fill the house. To be called now and then.
    pub fn forget_unused(&mut self, now: Instant) {
        let (names, idle) = (&mut self.names, self.limits.idle);
        self.topics.retain(|_, topic| {
            let is_in_use = topic.is_kept || topic.is_stirred || !topic.subscribers.is_empty();
            if is_in_use {
                topic.used = now;
            }
            let has_events = topic.log.next() > 1;
            let stays = is_in_use || (has_events && now.saturating_duration_since(topic.used) < idle);
            if !stays {
                names.remove(&topic.name);
            }
            stays
        });
    }

    /// Gives a seat back.
    pub fn leave(&mut self, seat: Seat) {
        let Some(topic) = self.topics.get_mut(seat.topic as usize) else { return };
        topic.subscribers.try_remove(seat.row as usize);
        if topic.subscribers.is_empty() {
            topic.subscribers.shrink_to_fit();
        }
    }

    /// What is there for the subscriber: at most `octets` octets, but at least one frame.
    pub fn pending(&self, seat: Seat, octets: usize) -> Pending<'_> {
        match self.seated(seat) {
            Some((topic, subscriber)) => topic.log.pending(subscriber.cursor, octets).0,
            None => Pending::Nothing,
        }
    }

    /// The same, as the data of the events without chunk lines: for a client that knows no chunks. The subscriber has them then.
    pub fn take_payloads(&mut self, seat: Seat, octets: usize) -> Vec<u8> {
        let Some((log, subscriber)) = self.seated_mut(seat) else { return Vec::new() };
        let mut payloads = Vec::new();
        let mut taken = 0;
        while let Some(payload) = log.payload(subscriber.cursor) {
            if !payloads.is_empty() && payloads.len() + payload.len() > octets {
                break;
            }
            payloads.extend_from_slice(payload);
            subscriber.cursor += 1;
            taken += 1;
        }
        if !subscriber.is_watcher {
            self.deliveries += taken;
        }
        payloads
    }

    /// The next line of the trace about `connection`, or about all of them; lines before it are passed over.
    pub fn take_about(&mut self, seat: Seat, connection: Option<ConnectionId>) -> Option<Vec<u8>> {
        let (log, subscriber) = self.seated_mut(seat)?;
        while let Some(place) = log.place(subscriber.cursor) {
            let payload = log.payload(subscriber.cursor);
            subscriber.cursor += 1;
            if place.about == 0 || connection.is_none_or(|connection| place.about == number(connection)) {
                return payload.map(<[u8]>::to_vec);
            }
        }
        None
    }

    /// Somebody follows the topic, and nobody who does has everything yet.
    pub fn are_all_behind(&self, name: &str) -> bool {
        let Some(topic) = self.names.get(name).and_then(|index| self.topics.get(*index as usize)) else { return false };
        let next = topic.log.next();
        !topic.subscribers.is_empty() && topic.subscribers.iter().all(|(_, subscriber)| subscriber.cursor < next)
    }

    /// How many follow the trace.
    pub fn watchers(&self) -> usize {
        self.names.get(TRACE).map_or(0, |index| self.topics[*index as usize].subscribers.len())
    }

    /// Forgets the trace: nobody follows it, and nobody is likely to come back.
    pub fn forget_trace(&mut self) {
        if let Some(index) = self.names.remove(TRACE) {
            self.stirred.retain(|stirred| *stirred != index);
            self.topics.remove(index as usize);
        }
    }

    /// The socket has taken `count` octets of what [`Topics::pending`] gave. The rest of a frame that was cut is returned: it
    /// must go out before anything else, and the ring may not keep it.
    pub fn sent(&mut self, seat: Seat, octets: usize, count: usize) -> Option<Vec<u8>> {
        let (log, subscriber) = self.seated_mut(seat)?;
        let (pending, upto) = log.pending(subscriber.cursor, octets);
        let Pending::Frames(frames) = pending else { return None };
        let (cursor, rest) =
            if count == frames.len() { (upto, &[][..]) } else { log.split_at(subscriber.cursor, count) };
        let taken = cursor - std::mem::replace(&mut subscriber.cursor, cursor);
        let rest = (!rest.is_empty()).then(|| rest.to_vec());
        if !subscriber.is_watcher {
            self.deliveries += taken;
        }
        rest
    }

    /// Moves a subscriber that the ring has gone past to the oldest event that is kept; how many it has lost.
    pub fn skip_lost(&mut self, seat: Seat) -> u64 {
        let Some((log, subscriber)) = self.seated_mut(seat) else { return 0 };
        let lost = log.first.saturating_sub(subscriber.cursor);
        subscriber.cursor += lost;
        if !subscriber.is_watcher {
            self.lost += lost;
        }
        lost
    }

    /// What all topics hold, and have done.
    pub fn usage(&self) -> Usage {
        let counted = Usage { events: self.events, deliveries: self.deliveries, lost: self.lost, ..Usage::default() };
        self.public().fold(counted, |usage, topic| Usage {
            topics: usage.topics + 1,
            subscribers: usage.subscribers + topic.subscribers.len() as u64,
            kept: usage.kept + topic.log.frames.len() as u64,
            kept_octets: usage.kept_octets + topic.log.octets as u64,
            ..usage
        })
    }

    /// Lets a subscriber that has had all up to `id` pass by what it has had.
    pub fn catch_up(&mut self, seat: Seat, id: OrderedId) -> CatchUp {
        let Some((log, subscriber)) = self.seated_mut(seat) else { return CatchUp::Waiting };
        subscriber.cursor = subscriber.cursor.max(log.first);
        while let Some(place) = log.place(subscriber.cursor) {
            let this = place.id.as_deref().and_then(OrderedId::parse);
            if this.is_none_or(|this| this > id) {
                return CatchUp::Passed;
            }
            subscriber.cursor += 1;
            if this == Some(id) {
                return CatchUp::Reached;
            }
        }
        CatchUp::Waiting
    }

    /// The subscriber has everything, and wants its connection `key` to be woken when there is more.
    pub fn park(&mut self, seat: Seat, key: u32) {
        if let Some((_, subscriber)) = self.seated_mut(seat) {
            subscriber.key = key;
            subscriber.is_parked = true;
        }
    }

    /// Appends the keys of the connections that have something to get now.
    pub fn wake(&mut self, keys: &mut Vec<u32>) {
        for index in self.stirred.drain(..) {
            let Some(topic) = self.topics.get_mut(index as usize) else { continue };
            topic.is_stirred = false;
            for (_, subscriber) in &mut topic.subscribers {
                if std::mem::replace(&mut subscriber.is_parked, false) {
                    keys.push(subscriber.key);
                }
            }
        }
    }

    /// Somebody must be woken.
    pub fn has_stirred(&self) -> bool {
        !self.stirred.is_empty()
    }

    /// All topics, sorted by name.
    pub fn summaries(&self) -> Vec<Summary> {
        let mut summaries: Vec<Summary> = self.public().map(Topic::summary).collect();
        summaries.sort_by(|one, other| one.name.cmp(&other.name));
        summaries
    }

    fn public(&self) -> impl Iterator<Item = &Topic> {
        self.topics.iter().map(|(_, topic)| topic).filter(|topic| *topic.name != *TRACE)
    }

    fn open(&mut self, name: &str, now: Instant) -> Result<u32, TopicError> {
        if let Some(&index) = self.names.get(name) {
            self.topics[index as usize].used = now;
            return Ok(index);
        }
        if name != TRACE {
            self.check_name(name)?;
        }
        self.forget_unused(now);
        if self.topics.len() >= self.limits.topics {
            return Err(TopicError::TooMany);
        }
        let topic = Topic {
            name: name.into(),
            epoch: None,
            log: Log::default(),
            subscribers: Slab::new(),
            is_stirred: false,
            is_kept: false,
            used: now,
        };
        let index = self.topics.insert(topic) as u32;
        self.names.insert(name.into(), index);
        Ok(index)
    }

    fn seated(&self, seat: Seat) -> Option<(&Topic, &Subscriber)> {
        let topic = self.topics.get(seat.topic as usize)?;
        Some((topic, topic.subscribers.get(seat.row as usize)?))
    }

    fn seated_mut(&mut self, seat: Seat) -> Option<(&Log, &mut Subscriber)> {
        let topic = self.topics.get_mut(seat.topic as usize)?;
        Some((&topic.log, topic.subscribers.get_mut(seat.row as usize)?))
    }
}

impl Topic {
    // The id of the next event, if it comes without one.
    fn own_id(&mut self, next_epoch: &mut u64) -> String {
        let epoch = *self.epoch.get_or_insert_with(|| {
            *next_epoch += 1;
            *next_epoch
        });
        numbered(epoch, self.log.next())
    }

    // An id from outside, if a client can come back with it and be understood.
    fn admit<'a>(&self, id: &'a str, longest: usize) -> Result<&'a str, TopicError> {
        if !can_come_back(id, longest) {
            return Err(TopicError::BadId);
        }
        // Ids that ascend cannot come twice: the usual case looks no further.
        let is_taken =
            self.own_seq(id).is_some() || (!self.log.order.is_followed_by(id) && self.log.seq_of(id).is_some());
        if is_taken { Err(TopicError::IdTaken) } else { Ok(id) }
    }

    // Where somebody goes on whose last event was this one.
    fn after(&self, id: &str) -> (u64, Missed) {
        let seq = match (self.log.seq_of(id), self.own_seq(id)) {
            (Some(seq), _) => seq,
            (None, Some(seq)) => match self.given_out(seq) {
                Some(seq) => seq,
                None => return (self.log.first, Missed::Unknown),
            },
            (None, None) => return self.after_unknown(id),
        };
        match self.log.first.saturating_sub(seq + 1) {
            0 => (seq + 1, Missed::Nothing),
            lost => (self.log.first, Missed::Events(lost)),
        }
    }

    // What stands behind the epoch, if it is ours.
    fn own_seq<'a>(&self, id: &'a str) -> Option<&'a str> {
        let (epoch, seq) = id.split_once('-')?;
        (epoch == format!("{:x}", self.epoch?)).then_some(seq)
    }

    // The first event is number 1.
    fn given_out(&self, seq: &str) -> Option<u64> {
        decimal(seq.as_bytes()).filter(|seq| (1..self.log.next()).contains(seq))
    }

    // The id is not kept here. If it can be compared with those that are, it still says where to go on. Only a topic that is
    // fed can be behind its clients; where somebody publishes who counts from 1 again, they would wait for ever.
    fn after_unknown(&self, id: &str) -> (u64, Missed) {
        let oldest = (self.log.first, Missed::Unknown);
        let Some(id) = OrderedId::parse(id) else { return oldest };
        match self.log.order {
            Order::Ascending { newest } if id > newest && self.is_kept => (self.log.next(), Missed::Ahead(id)),
            Order::Ascending { newest } if id > newest => oldest,
            Order::Ascending { .. } => match self.log.first_after(id) {
                Some(seq) if seq > self.log.first => (seq, Missed::Nothing),
                Some(_) | None => oldest,
            },
            // Nothing has come from outside yet, but it will.
            Order::Unknown if self.is_kept => (self.log.next(), Missed::Ahead(id)),
            Order::Unknown | Order::None => oldest,
        }
    }

    fn summary(&self) -> Summary {
        let last = self.log.next() - 1;
        let last_id = self.log.frames.back().and_then(|frame| match &frame.id {
            Some(id) => Some(id.to_string()),
            None => self.epoch.map(|epoch| numbered(epoch, last)),
        });
        Summary {
            name: self.name.to_string(),
            subscribers: self.subscribers.len(),
            kept: self.log.frames.len(),
            last_id,
        }
    }
}

fn numbered(epoch: u64, seq: u64) -> String {
    format!("{epoch:x}-{seq}")
}

// An id from outside is to stand in a request, too: a field value has no control characters, and the whitespace around it
// is not part of it (RFC 9110 section 5.5). An empty id would make the client forget the one it had (WHATWG HTML).
fn can_come_back(id: &str, longest: usize) -> bool {
    let fits = (1..=longest).contains(&id.len());
    fits && id == id.trim_matches([' ', '\t']) && !id.bytes().any(|octet| octet != b'\t' && octet.is_ascii_control())
}

impl OrderedId {
    // 1*DIGIT [ "-" 1*DIGIT ]; Redis, too, takes an id without a second part for one that ends with -0.
    fn parse(id: &str) -> Option<OrderedId> {
        let (first, second) = id.split_once('-').unwrap_or((id, "0"));
        Some(OrderedId { first: decimal(first.as_bytes())?, second: decimal(second.as_bytes())? })
    }
}

/// The topic of the trace. Its name has a space, which no client can say: neither in a path nor anywhere else.
pub const TRACE: &str = "the trace";

// Nobody has had so many connections that they do not fit.
fn number(connection: ConnectionId) -> u32 {
    u32::try_from(connection.number()).unwrap_or(u32::MAX)
}

/// The name has 1 to `longest` characters, each a letter, a digit, `.`, `_` or `-`. It is neither `.` nor `..`, which
/// clients take out of a path (RFC 3986 section 5.2.4).
pub fn is_topic_name(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len())
        && !matches!(name, "." | "..")
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-'))
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

        fn subscribe(&mut self, last_id: &str) -> (Seat, Missed) {
            self.topics.subscribe("news", Some(last_id), self.now).expect("a good name")
        }

        /// The ids of what is there for a subscriber.
        fn ids(&mut self, seat: Seat) -> Vec<String> {
            let blocks = String::from_utf8(self.topics.take_payloads(seat, usize::MAX)).expect("UTF-8");
            blocks.lines().filter_map(|line| line.strip_prefix("id:").map(str::to_owned)).collect()
        }
    }

    #[test]
    fn an_id_that_is_kept_is_gone_on_from() {
        let mut node = Node::fed(&["5-0", "5-1", "7-0"]);
        let (seat, missed) = node.subscribe("5-0");
        assert_eq!((node.ids(seat), missed), (vec!["5-1".to_owned(), "7-0".to_owned()], Missed::Nothing));
    }

    #[test]
    fn an_id_that_ascending_ids_have_left_out_is_gone_on_behind() {
        let mut node = Node::fed(&["5-0", "5-9", "5-10"]);
        let (seat, missed) = node.subscribe("5-9");
        assert_eq!((node.ids(seat), missed), (vec!["5-10".to_owned()], Missed::Nothing));
        let (seat, missed) = node.subscribe("5-3");
        assert_eq!((node.ids(seat), missed), (vec!["5-9".to_owned(), "5-10".to_owned()], Missed::Nothing));
        let (seat, missed) = node.subscribe("4-9");
        assert_eq!((node.ids(seat).len(), missed), (3, Missed::Unknown));
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
            ("한글", true),
        ] {
            let event = Publication { data: "x", event_type: None, id: Some(id) };
            let expected = if is_good { Ok(id.to_owned()) } else { Err(TopicError::BadId) };
            assert_eq!(node.topics.publish("news", &event, node.now), expected, "{id:?}");
        }
    }

    #[test]
    fn a_client_ahead_of_its_node_gets_nothing_twice() {
        let mut node = Node::fed(&["1", "2"]);
        let (seat, missed) = node.subscribe("4");
        let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
        assert_eq!(node.topics.catch_up(seat, id), CatchUp::Waiting);
        node.feed(Some("3"));
        assert_eq!(node.topics.catch_up(seat, id), CatchUp::Waiting);
        ["4", "5"].iter().for_each(|id| node.feed(Some(id)));
        assert_eq!(node.topics.catch_up(seat, id), CatchUp::Reached);
        assert_eq!(node.ids(seat), ["5"]);
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
        let (seat, missed) = node.subscribe("2");
        let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
        ["1", "2", "3"].iter().for_each(|id| node.feed(Some(id)));
        assert_eq!(node.topics.catch_up(seat, id), CatchUp::Reached);
        assert_eq!(node.ids(seat), ["3"]);
    }

    #[test]
    fn a_client_whose_last_event_never_comes_is_told_that_something_may_be_missing() {
        for later in [Some("9"), None] {
            let mut node = Node::fed(&["1"]);
            let (seat, missed) = node.subscribe("4");
            let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
            node.feed(Some("3"));
            node.feed(later);
            assert_eq!(node.topics.catch_up(seat, id), CatchUp::Passed);
            assert_eq!(node.ids(seat), [later.unwrap_or("abd-3")]);
        }
    }

    #[test]
    fn a_client_ahead_of_a_ring_that_runs_past_it_still_gets_nothing_twice() {
        let mut node = Node::fed(&["1"]);
        let (seat, missed) = node.subscribe("8");
        let Missed::Ahead(id) = missed else { panic!("{missed:?}") };
        ["2", "3", "4", "5", "6", "7", "8", "9"].iter().for_each(|id| node.feed(Some(id)));
        assert_eq!(node.topics.catch_up(seat, id), CatchUp::Reached);
        assert_eq!(node.ids(seat), ["9"]);
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
