//! All conversations of a capture, and what of it is no conversation.
//!
//! ```text
//! packet -> segment -> the conversation between its two ports -> records
//!        \-> counted: fragments, UDP, ARP, link types that are not read
//! ```
//!
//! Conversations are numbered from 1 in the order of their first segments, whatever they speak. A
//! SYN with another sequence number on the same two ports begins another one.
//!
//! For the next editor: a file may hold millions of conversations, so each list here is bounded by
//! [`super::limits::Limits`].

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::conversation::{Context, Conversation};
use super::limits::Limits;
use super::link::{self, NotTcp, Segment};
use super::packet::Packet;
use crate::trace::record::ConnectionId;
use crate::trace::recorder::Trace;
use crate::wire::cause::Cause;

/// Every conversation that is followed.
pub struct Conversations {
    limits: Limits,
    /// Only conversations with this port are followed, if there is one.
    port: Option<u16>,
    /// The time of the first packet.
    started: Option<Duration>,
    followed: HashMap<Ports, Conversation>,
    count: u64,
    /// Octets that all of them keep.
    kept: usize,
    /// Those with a gap, and when it is to be looked at again.
    gaps: VecDeque<(Duration, Ports)>,
    /// Those that have ended, in that order.
    ended: VecDeque<Ports>,
    passed: Passed,
}

/// Both addresses of a conversation, the smaller one first: the same for either direction.
type Ports = (SocketAddr, SocketAddr);

/// Packets that belong to no conversation, by the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    /// Fragments of IP packets.
    pub fragments: u64,
    /// UDP from or to port 443.
    pub udp_443: u64,
    /// Other protocols over IP, and what is not IP.
    pub others: u64,
    /// Packets whose headers are cut or wrong.
    pub broken: u64,
    /// Packets of a link type that is not read, and the last such type.
    pub unread_link: Option<(i32, u64)>,
}

impl Conversations {
    /// None so far. With a `port` only conversations from or to it are followed.
    pub fn new(limits: Limits, port: Option<u16>) -> Conversations {
        Conversations {
            limits,
            port,
            started: None,
            followed: HashMap::new(),
            count: 0,
            kept: 0,
            gaps: VecDeque::new(),
            ended: VecDeque::new(),
            passed: Passed::default(),
        }
    }

    /// How many there have been.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What was passed over.
    pub fn passed(&self) -> &Passed {
        &self.passed
    }

    /// Takes one packet, and tells the trace what it brings.
    pub fn packet(&mut self, packet: &Packet<'_>, trace: &mut Trace) {
        let started = *self.started.get_or_insert(packet.at);
        let at = packet.at.saturating_sub(started);
        let mut context = Context { trace, limits: self.limits, kept: self.kept };
        self.look_at_gaps(at, &mut context);
        match link::segment(packet) {
            Ok(segment) if self.is_wanted(&segment) => self.segment(at, &segment, &mut context),
            Ok(_) => {}
            Err(reason) => self.passed.count(reason),
        }
    }

    /// The capture has ended: what is still open is told to its end.
    pub fn end(&mut self, trace: &mut Trace) {
        let mut context = Context { trace, limits: self.limits, kept: self.kept };
        let mut left: Vec<Conversation> = self.followed.drain().map(|(_, conversation)| conversation).collect();
        left.sort_by_key(Conversation::id);
        for conversation in &mut left {
            conversation.end(Cause::CaptureEnds, &mut context);
        }
        self.kept = 0;
    }

    fn is_wanted(&self, segment: &Segment<'_>) -> bool {
        self.port.is_none_or(|port| segment.from.port() == port || segment.to.port() == port)
    }

    fn segment(&mut self, at: Duration, segment: &Segment<'_>, context: &mut Context<'_>) {
        let ports = (segment.from.min(segment.to), segment.from.max(segment.to));
        if self.followed.get(&ports).is_some_and(|conversation| conversation.is_replaced_by(segment)) {
            self.remove(ports, Cause::PortReused, context);
        }
        if !self.followed.contains_key(&ports) {
            // What only acknowledges or ends a conversation that was never seen tells nothing.
            if !segment.syn && segment.payload.is_empty() && segment.cut == 0 {
                return;
            }
            self.make_room(context);
            self.count += 1;
            self.followed.insert(ports, Conversation::new(ConnectionId::new(self.count), at, segment));
        }
        if let Some(conversation) = self.followed.get_mut(&ports) {
            let before = Seen::of(conversation);
            conversation.segment(at, segment, context);
            let after = Seen::of(conversation);
            self.note(ports, at, before, after);
        }
    }

    /// What has changed of a conversation that concerns all of them.
    fn note(&mut self, ports: Ports, at: Duration, before: Seen, after: Seen) {
        self.kept = (self.kept + after.kept).saturating_sub(before.kept);
        if after.has_gap && !before.has_gap {
            self.gaps.push_back((at + self.limits.gap_time, ports));
        }
        if after.has_ended && !before.has_ended {
            self.ended.push_back(ports);
        }
        if self.ended.len() > self.limits.ended
            && let Some(oldest) = self.ended.pop_front()
            && self.followed.get(&oldest).is_some_and(Conversation::has_ended)
        {
            self.followed.remove(&oldest);
        }
    }

    fn look_at_gaps(&mut self, at: Duration, context: &mut Context<'_>) {
        while let Some(&(due, ports)) = self.gaps.front()
            && due <= at
        {
            self.gaps.pop_front();
            let Some(conversation) = self.followed.get_mut(&ports) else { continue };
            let before = Seen::of(conversation);
            conversation.wait(at, context);
            // If its gap is waited for, it is looked at again with its next segment.
            let after = Seen::of(conversation);
            self.note(ports, at, before, after);
        }
    }

    fn remove(&mut self, ports: Ports, cause: Cause, context: &mut Context<'_>) {
        if let Some(mut conversation) = self.followed.remove(&ports) {
            self.kept = self.kept.saturating_sub(conversation.kept());
            conversation.end(cause, context);
        }
    }

    /// A quarter of the conversations go when there are too many: those that have been idle for the
    /// longest time.
    fn make_room(&mut self, context: &mut Context<'_>) {
        if self.followed.len() < self.limits.conversations {
            return;
        }
        let mut idle: Vec<(bool, Duration, Ports)> = self
            .followed
            .iter()
            .map(|(ports, conversation)| (!conversation.has_ended(), conversation.latest(), *ports))
            .collect();
        idle.sort();
        for (_, _, ports) in idle.into_iter().take(self.limits.conversations.div_ceil(4)) {
            self.remove(ports, Cause::Forgotten, context);
        }
    }
}

/// What of a conversation concerns all of them.
#[derive(Debug, Clone, Copy)]
struct Seen {
    kept: usize,
    has_gap: bool,
    has_ended: bool,
}

impl Seen {
    fn of(conversation: &Conversation) -> Seen {
        Seen { kept: conversation.kept(), has_gap: conversation.has_gap(), has_ended: conversation.has_ended() }
    }
}

impl Passed {
    fn count(&mut self, reason: NotTcp) {
        match reason {
            NotTcp::Fragment => self.fragments += 1,
            NotTcp::Udp443 => self.udp_443 += 1,
            NotTcp::NotTcp | NotTcp::NotIp => self.others += 1,
            NotTcp::Broken => self.broken += 1,
            NotTcp::LinkType(number) => {
                let before = self.unread_link.map_or(0, |(_, count)| count);
                self.unread_link = Some((number, before + 1));
            }
        }
    }
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut part = |count: u64, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        part(self.fragments, "fragments of IP packets, which are not put together");
        part(self.udp_443, "of UDP on port 443 (HTTP/3, if it is HTTP)");
        part(self.broken, "whose headers are cut or broken");
        if let Some((number, count)) = self.unread_link {
            part(count, &format!("of link types that are not read ({number})"));
        }
        part(self.others, "of other protocols");
        f.write_str(&parts.join(", "))
    }
}
