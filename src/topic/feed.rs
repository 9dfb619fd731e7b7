//! Events from outside: standard input becomes events of a topic.
//!
//! ```text
//! lines   22:01 door opened LF          one line, one event
//! sse     id:1700-0 LF data:x LF LF     one block, one event, with its id and its type
//! ```
//!
//! This is how a server that runs in one process on one machine becomes one of many: Redis, Kafka
//! or NATS carries the events, each server is fed the same ones with the same ids, and a client
//! that loses one server reconnects to another one with the id of its last event
//! (`docs/scale-out.md`).
//!
//! A fault ends one event and never the feed: it is reported once, with its line number, and the
//! next event is read. Reading is bounded: a line or block by [`TopicLimits::event`], a call of
//! [`Feed::take`] by one event, so the loop decides how many events make a turn; octets that it
//! does not take stay in the pipe, and the writer waits. Octets in, events out; `net::input` knows
//! where they come from.
//!
//! A file is read faster than any client reads, and would run over the ring. So the input goes no
//! faster than the foremost subscriber: one of them must have every event before more is taken
//! ([`Feed::waits_until`]). The foremost and not the last, since a slow reader must not delay the
//! others; and not for longer than [`FEED_WAIT`], since a reader that stands still must not stop
//! the input when it is alone.

use std::fmt;
use std::time::{Duration, Instant};

use super::limits::TopicLimits;
use super::publication::{Publication, TopicError};
use super::topics::Topics;
use crate::wire::sse::reader::{EventReader, ReadError, ReadEvent};

/// How events are written on the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFormat {
    /// A line is the data of an event; it ends with LF or CRLF.
    Lines,
    /// An event stream: blocks with `data:`, `id:` and `event:`, each ended by a blank line.
    Sse,
}

/// One input, and the topic that it feeds.
#[derive(Debug)]
pub struct Feed {
    topic: String,
    reader: Reader,
    published: u64,
    /// When to take more at the latest, while each subscriber still has events to get.
    wait_until: Option<Instant>,
}

#[derive(Debug)]
enum Reader {
    Lines(LineReader),
    Sse(EventReader),
}

/// The result of some octets of the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Fed {
    /// No event has ended in them.
    Nothing,
    /// An event has been published.
    Event,
    /// A line or block of the input is faulty; reading goes on after it.
    Fault(FeedFault),
}

/// What is wrong with a line or a block, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedFault {
    /// The line, or the line that ends the block; the first one of the input is 1.
    pub line: u64,
    /// What is wrong with the line.
    pub why: FeedFaultKind,
}

/// What can be wrong on the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFaultKind {
    /// It is not an event: skipped.
    Unreadable(ReadError),
    /// The topic refuses it: skipped.
    Refused(TopicError),
    /// No client could return the id; the event was published with an id of the topic's own.
    IdIgnored,
    /// The input ended inside a block, whose event is not published: half of it may be missing.
    CutShort,
}

impl Feed {
    /// A feed for `topic`, which is kept from now on even without subscribers.
    ///
    /// # Errors
    /// The name is not a topic name.
    pub fn new(
        topic: &str,
        format: FeedFormat,
        limits: &TopicLimits,
        topics: &mut Topics,
        now: Instant,
    ) -> Result<Feed, TopicError> {
        topics.keep(topic, now)?;
        let reader = match format {
            FeedFormat::Lines => Reader::Lines(LineReader::new(limits.event)),
            FeedFormat::Sse => Reader::Sse(EventReader::new(limits.event)),
        };
        Ok(Feed { topic: topic.to_owned(), reader, published: 0, wait_until: None })
    }

    /// Until when nothing should be taken, since each subscriber still has events to get; none if
    /// more may be taken.
    pub fn waits_until(&mut self, topics: &Topics, now: Instant) -> Option<Instant> {
        if !topics.are_all_late(&self.topic) {
            self.wait_until = None;
            return None;
        }
        let until = *self.wait_until.get_or_insert(now + FEED_WAIT);
        (until > now).then_some(until)
    }

    /// Takes octets until one event has been published or refused; how many octets that were, and
    /// the result.
    pub fn take(&mut self, octets: &[u8], topics: &mut Topics, now: Instant) -> (usize, Fed) {
        self.wait_until = None;
        for (index, &octet) in octets.iter().enumerate() {
            if let Some(read) = self.reader.octet(octet) {
                return (index + 1, self.publish(read, topics, now));
            }
        }
        (octets.len(), Fed::Nothing)
    }

    /// The input has ended. A last line without a line end is an event; a block without its blank
    /// line is none.
    pub fn end(&mut self, topics: &mut Topics, now: Instant) -> Fed {
        match &mut self.reader {
            Reader::Lines(lines) => match lines.end() {
                Some(read) => self.publish(read, topics, now),
                None => Fed::Nothing,
            },
            Reader::Sse(events) if events.has_undispatched_data() => self.fault(FeedFaultKind::CutShort),
            Reader::Sse(_) => Fed::Nothing,
        }
    }

    /// The topic that is fed.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// How many events have been published.
    pub fn published(&self) -> u64 {
        self.published
    }

    fn publish(&mut self, read: Result<ReadEvent, ReadError>, topics: &mut Topics, now: Instant) -> Fed {
        let event = match read {
            Ok(event) => event,
            Err(error) => return self.fault(FeedFaultKind::Unreadable(error)),
        };
        let publication =
            Publication { data: &event.data, event_type: event.event_type.as_deref(), id: event.id.as_deref() };
        let mut id_ignored = event.id_ignored;
        let mut outcome = topics.publish(&self.topic, &publication, now);
        if let Err(TopicError::BadId) = outcome {
            id_ignored = true;
            outcome = topics.publish(&self.topic, &Publication { id: None, ..publication }, now);
        }
        if let Err(error) = outcome {
            return self.fault(FeedFaultKind::Refused(error));
        }
        self.published += 1;
        if id_ignored { self.fault(FeedFaultKind::IdIgnored) } else { Fed::Event }
    }

    fn fault(&self, why: FeedFaultKind) -> Fed {
        let line = match &self.reader {
            Reader::Lines(lines) => lines.line,
            Reader::Sse(events) => events.line(),
        };
        Fed::Fault(FeedFault { line, why })
    }
}

impl Reader {
    fn octet(&mut self, octet: u8) -> Option<Result<ReadEvent, ReadError>> {
        match self {
            Reader::Lines(lines) => lines.octet(octet),
            Reader::Sse(events) => events.octet(octet),
        }
    }
}

impl fmt::Display for FeedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of standard input", self.line)?;
        match self.why {
            FeedFaultKind::Unreadable(error) => write!(f, " is skipped: {error}"),
            FeedFaultKind::Refused(error) => write!(f, " is skipped: {error}"),
            FeedFaultKind::IdIgnored => f.write_str(": no client could return this id; the event got another one"),
            FeedFaultKind::CutShort => f.write_str(" is the last one, and no blank line ends its event: it is dropped"),
        }
    }
}

/// A machine from octets to lines.
#[derive(Debug)]
struct LineReader {
    octets: Vec<u8>,
    is_too_large: bool,
    limit: usize,
    /// The number of the line that is being read, or has just ended.
    line: u64,
    begins_line: bool,
}

impl LineReader {
    fn new(limit: usize) -> LineReader {
        LineReader { octets: Vec::new(), is_too_large: false, limit, line: 0, begins_line: true }
    }

    fn octet(&mut self, octet: u8) -> Option<Result<ReadEvent, ReadError>> {
        self.line += u64::from(std::mem::replace(&mut self.begins_line, octet == b'\n'));
        if octet == b'\n' {
            return Some(self.line_ended());
        }
        if self.octets.len() >= self.limit {
            self.octets = Vec::new();
            self.is_too_large = true;
        }
        if !self.is_too_large {
            self.octets.push(octet);
        }
        None
    }

    fn end(&mut self) -> Option<Result<ReadEvent, ReadError>> {
        if self.begins_line { None } else { Some(self.line_ended()) }
    }

    fn line_ended(&mut self) -> Result<ReadEvent, ReadError> {
        self.begins_line = true;
        let mut octets = std::mem::take(&mut self.octets);
        if std::mem::take(&mut self.is_too_large) {
            return Err(ReadError::TooLarge);
        }
        if octets.last() == Some(&b'\r') {
            octets.pop();
        }
        let data = String::from_utf8(octets).map_err(|_| ReadError::NotUtf8)?;
        Ok(ReadEvent { data, ..ReadEvent::default() })
    }
}

/// How long the input waits for the subscribers, with each quarter of a ring: a reader that takes
/// nothing for two seconds loses events, and one that takes 512 events and 512 KiB in a second does
/// not.
const FEED_WAIT: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::topics::{Missed, Pending};
    use crate::wire::step::SubscriberHandle;

    struct Room {
        topics: Topics,
        feed: Feed,
        subscriber: SubscriberHandle,
        now: Instant,
    }

    impl Room {
        fn new(format: FeedFormat, limits: TopicLimits) -> Room {
            let now = Instant::now();
            let mut topics = Topics::new(limits, 0xabc);
            let feed = Feed::new("news", format, &limits, &mut topics, now).expect("a good name");
            let (subscriber, missed) = topics.subscribe("news", None, now).expect("a good name");
            assert_eq!(missed, Missed::Nothing);
            Room { topics, feed, subscriber, now }
        }

        // All of the input in pieces, and its end: what went out, and the faults.
        fn feed(&mut self, pieces: &[&[u8]]) -> (String, Vec<String>) {
            let mut faults = Vec::new();
            for piece in pieces {
                let mut rest = *piece;
                while !rest.is_empty() {
                    let (taken, fed) = self.feed.take(rest, &mut self.topics, self.now);
                    rest = &rest[taken..];
                    faults.extend(fault(fed));
                }
            }
            faults.extend(fault(self.feed.end(&mut self.topics, self.now)));
            let events = self.take_all();
            (String::from_utf8(events).expect("an event stream is UTF-8"), faults)
        }

        fn take_all(&mut self) -> Vec<u8> {
            let mut events = Vec::new();
            while let Pending::Frames(batch) = self.topics.pending(self.subscriber, usize::MAX) {
                events.extend(self.topics.take_payloads(batch));
            }
            events
        }
    }

    fn fault(fed: Fed) -> Option<String> {
        match fed {
            Fed::Nothing | Fed::Event => None,
            Fed::Fault(fault) => Some(fault.to_string()),
        }
    }

    fn feed(format: FeedFormat, input: &[u8]) -> (String, Vec<String>) {
        Room::new(format, TopicLimits::default()).feed(&[input])
    }

    #[test]
    fn each_line_is_an_event_also_an_empty_one_and_the_last_one_without_an_end() {
        let (events, faults) = feed(FeedFormat::Lines, b"one\r\n\n two: x\nlast");
        assert_eq!(
            events,
            "id:abd-1\ndata:one\n\nid:abd-2\ndata:\n\nid:abd-3\ndata:  two: x\n\nid:abd-4\ndata:last\n\n"
        );
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn each_block_is_an_event_that_keeps_its_id_and_its_type() {
        let (events, faults) =
            feed(FeedFormat::Sse, b": hi\n\nid: 17-0\nevent: tick\ndata: a\ndata: b\n\nretry:5\ndata:c\n\n");
        assert_eq!(events, "id:17-0\nevent:tick\ndata:a\ndata:b\n\nid:abd-2\ndata:c\n\n");
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn any_split_of_the_input_gives_the_same_events_and_faults() {
        for (format, input) in [
            (FeedFormat::Lines, "one\r\n\nzwei 둘\nthree".as_bytes()),
            (FeedFormat::Sse, b"id:1\r\ndata:a\r\n\r\ndata:\xff\n\nid:a\0\rdata:b\r\rdata:lost".as_slice()),
        ] {
            let whole = feed(format, input);
            for split in 0..=input.len() {
                let (one, other) = input.split_at(split);
                assert_eq!(Room::new(format, TopicLimits::default()).feed(&[one, other]), whole, "split at {split}");
            }
        }
    }

    #[test]
    fn a_fault_is_said_once_with_its_line_and_the_next_event_is_read() {
        let (events, faults) = feed(FeedFormat::Lines, b"one\n\xff\xfe\nthree\n");
        assert_eq!(events, "id:abd-1\ndata:one\n\nid:abd-2\ndata:three\n\n");
        assert_eq!(faults, ["line 2 of standard input is skipped: it is not UTF-8"]);

        let (events, faults) =
            feed(FeedFormat::Sse, b"id:a\0b\ndata:one\n\ndata:\xff\n\nid:3\ndata:three\n\ndata:four\n");
        assert_eq!(events, "id:abd-1\ndata:one\n\nid:3\ndata:three\n\n");
        assert_eq!(
            faults,
            [
                "line 3 of standard input: no client could return this id; the event got another one",
                "line 5 of standard input is skipped: it is not UTF-8",
                "line 9 of standard input is the last one, and no blank line ends its event: it is dropped",
            ]
        );
    }

    #[test]
    fn an_id_that_no_client_could_come_back_with_is_replaced_and_one_that_is_there_already_is_no_new_event() {
        let (events, faults) =
            feed(FeedFormat::Sse, b"id:a \ndata:one\n\nid:7\ndata:two\n\nid:7\ndata:two\n\nid:8\ndata:x\n\n");
        assert_eq!(events, "id:abd-1\ndata:one\n\nid:7\ndata:two\n\nid:8\ndata:x\n\n");
        assert_eq!(
            faults,
            [
                "line 3 of standard input: no client could return this id; the event got another one",
                "line 9 of standard input is skipped: an event with this id is kept already, so the id would not say where \
                 to go on",
            ]
        );
    }

    #[test]
    fn a_line_that_is_too_large_is_skipped_and_never_kept() {
        let limits = TopicLimits { event: 64, ..TopicLimits::default() };
        let mut room = Room::new(FeedFormat::Lines, limits);
        let long = vec![b'x'; 100_000];
        // The second line fits the reader, but not with what its event needs beside it.
        let (events, faults) = room.feed(&[&long, b"\n", &[b'y'; 60], b"\nshort\n"]);
        assert_eq!(events, "id:abd-1\ndata:short\n\n");
        assert_eq!(
            faults,
            [
                "line 1 of standard input is skipped: it is larger than is accepted",
                "line 2 of standard input is skipped: the event is larger than is accepted",
            ]
        );
        assert_eq!(room.feed.published(), 1);
    }

    #[test]
    fn one_call_takes_one_event() {
        let mut room = Room::new(FeedFormat::Lines, TopicLimits::default());
        assert_eq!(room.feed.take(b"one\ntwo\n", &mut room.topics, room.now), (4, Fed::Event));
        assert!(matches!(room.topics.pending(room.subscriber, usize::MAX), Pending::Frames(_)));
        assert_eq!(room.feed.take(b"two\n", &mut room.topics, room.now), (4, Fed::Event));
        assert_eq!(room.feed.take(b"thr", &mut room.topics, room.now), (3, Fed::Nothing));
    }

    #[test]
    fn the_input_waits_for_the_foremost_of_those_who_follow_and_not_for_ever() {
        let mut room = Room::new(FeedFormat::Lines, TopicLimits::default());
        let (other, _) = room.topics.subscribe("news", None, room.now).expect("a good name");
        assert_eq!(room.feed.waits_until(&room.topics, room.now), None, "nothing is there to be had");
        for round in 0..2 {
            room.feed.take(b"one\n", &mut room.topics, room.now);
            let until = room.now + FEED_WAIT;
            assert_eq!(room.feed.waits_until(&room.topics, room.now), Some(until), "round {round}");
            room.now += FEED_WAIT / 2;
            assert_eq!(room.feed.waits_until(&room.topics, room.now), Some(until), "wait_until does not begin again");
            room.now = until;
            assert_eq!(room.feed.waits_until(&room.topics, room.now), None, "it has an end");
        }
        room.feed.take(b"two\n", &mut room.topics, room.now);
        room.take_all();
        assert_eq!(room.feed.waits_until(&room.topics, room.now), None, "one of two has everything");
        room.topics.unsubscribe(room.subscriber);
        assert!(room.feed.waits_until(&room.topics, room.now).is_some());
        room.topics.unsubscribe(other);
        assert_eq!(room.feed.waits_until(&room.topics, room.now), None, "there is no subscriber to wait for");
    }

    #[test]
    fn a_topic_that_is_fed_is_not_forgotten_when_nobody_follows_it() {
        let limits = TopicLimits { topics: 1, ..TopicLimits::default() };
        let now = Instant::now();
        let mut topics = Topics::new(limits, 1);
        let mut feed = Feed::new("news", FeedFormat::Lines, &limits, &mut topics, now).expect("a good name");
        assert_eq!(feed.take(b"one\n", &mut topics, now), (4, Fed::Event));
        topics.wake(&mut Vec::new());
        let late = now + 2 * limits.idle;
        assert_eq!(topics.subscribe("other", None, late), Err(TopicError::TooMany));
        assert_eq!(topics.summaries()[0].kept, 1);
    }
}
