//! One direction of a connection: segments in, octets in their order out (RFC 9293 section 3.4).
//!
//! ```text
//! sequence   1000      1004          1012      1016
//!            GET_      /_HTTP/1      .1..      ....
//!
//! arrives    1000+4    1012+4       1004+8    1000+8              1013+8
//!            in order  ahead: kept  in order, a part of it again  overlaps: 5 octets are new
//!            -> GET_                -> /_HTTP/1, -> .1..          -> the new ones
//! ```
//!
//! A sequence number counts octets modulo 2^32, so it says where an octet stands only near to one
//! that is known. Here each becomes an **offset** in 64 bits, counted from the first octet of the
//! direction, and nothing after that wraps.
//!
//! What comes before the next octet is a repetition, wholly or in part; what comes after it is kept
//! until the gap is filled. The capture may have lost the segment that would fill it: then
//! [`Stream::give_up`] says how many octets are missing, and goes on after them. When to give up is
//! not decided here.
//!
//! Of octets that come twice the first copy counts. A sender that is honest sends the same; what a
//! recipient does with another one differs from system to system.
//!
//! For the next editor: what is kept is counted with [`Stream::kept`], in octets of memory, so that
//! the whole can be bounded.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// The octets of one direction.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    /// The offset of the next octet, and its sequence number; nothing has been seen before the
    /// first segment.
    next: Option<Next>,
    /// What has come ahead, by offset; the pieces do not overlap.
    ahead: BTreeMap<u64, Ahead>,
    /// Octets in `ahead`, bounded by [`Limits`](super::limits::Limits).
    kept: usize,
    /// FIN, once it has been seen.
    fin: Option<End>,
    has_ended: bool,
    /// The peer has acknowledged what is before this offset.
    acknowledged: u64,
}

#[derive(Debug, Clone, Copy)]
struct Next {
    offset: u64,
    sequence: u32,
}

#[derive(Debug, Clone, Copy)]
struct End {
    at: Duration,
    offset: u64,
    /// As for octets: the peer must have got so far before it.
    after: u64,
}

/// A segment, as far as its direction is concerned.
#[derive(Debug, Clone, Copy)]
pub struct StreamSegment<'a> {
    /// When it was captured.
    pub at: Duration,
    /// The sequence number of its first octet.
    pub sequence: u32,
    /// Its octets, as far as the capture has kept them.
    pub payload: &'a [u8],
    /// This many more were sent.
    pub cut: usize,
    /// FIN follows the octets: the direction ends.
    pub fin: bool,
}

/// What is kept for later.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ahead {
    /// When it was captured.
    at: Duration,
    piece: AheadContent,
    /// The peer must have got so far before it: its sender has acknowledged that.
    after: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum AheadContent {
    Octets(Vec<u8>),
    /// They were sent, and the capture has cut them off.
    Cut(u64),
}

/// What a segment brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// This part of its octets comes next.
    InOrder(Range<usize>),
    /// Something before it is missing so far.
    Ahead,
    /// Nothing that was not there before.
    Again,
    /// One octet or none just before the next one, to make the peer answer (RFC 9293 section
    /// 3.8.4).
    Probe,
    /// No octets and no FIN.
    Nothing,
}

/// What comes next, beside the octets of the segment itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// These octets, which came ahead.
    Octets(Vec<u8>),
    /// This many octets that the capture has cut off (snap length).
    Cut(u64),
    /// The end of this direction.
    Fin,
}

impl Stream {
    /// The next octet has this sequence number, as SYN says.
    pub fn begin(&mut self, sequence: u32) {
        self.next = Some(Next { offset: 0, sequence });
    }

    /// It is known where this direction begins, or where it was joined.
    pub fn has_begun(&self) -> bool {
        self.next.is_some()
    }

    /// Its FIN has been given out.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The sequence number of its first octet, if it is known.
    pub fn first(&self) -> Option<u32> {
        self.next.map(|next| next.sequence.wrapping_sub(next.offset as u32))
    }

    /// Octets of memory for what has come ahead.
    pub fn kept(&self) -> usize {
        self.kept + self.ahead.len() * PIECE
    }

    /// How far it has come: the offset of the next octet, and one more after FIN.
    pub fn progress(&self) -> u64 {
        self.next.map_or(0, |next| next.offset) + u64::from(self.has_ended)
    }

    /// Takes what a segment has from `sequence` on: its octets, `cut` more that the capture has not
    /// kept, and perhaps FIN. Its sender has acknowledged what the `peer` has sent, so what the
    /// capture shows too early is kept. What has become [`Stream::ready`] is to be taken next.
    ///
    /// The first segment of a direction without SYN says where the direction is joined.
    pub fn arrive(&mut self, part: StreamSegment<'_>, peer: &Stream) -> Arrived {
        let StreamSegment { at, sequence, payload, cut, fin } = part;
        let next = *self.next.get_or_insert(Next { offset: 0, sequence });
        let start = next.place_of(sequence);
        let end = start.saturating_add(payload.len() as i64);
        let sent = end.saturating_add(cut as i64);
        let is_again = fin && self.fin.is_some();
        if fin && self.fin.is_none() {
            self.fin = Some(End { at, offset: u64::try_from(sent).unwrap_or(0), after: peer.acknowledged });
        }
        let passed = i64::try_from(next.offset).unwrap_or(i64::MAX);
        match sent - start {
            0 | 1 if start + 1 == passed && sent <= passed && !fin => Arrived::Probe,
            0 if is_again => Arrived::Again,
            0 => Arrived::Nothing,
            _ if sent <= passed || self.has_ended => Arrived::Again,
            _ => self.arrive_new(start - passed, part, peer),
        }
    }

    /// The same, when some of its octets have not passed; they begin `distance` after the next one,
    /// or before it.
    fn arrive_new(&mut self, distance: i64, part: StreamSegment<'_>, peer: &Stream) -> Arrived {
        let StreamSegment { at, payload, cut, .. } = part;
        let after = peer.acknowledged;
        let offset = self.next.map_or(0, |next| next.offset);
        // Octets that have passed already, and those that are missing before the first new one.
        let (passed, missing) = match u64::try_from(distance) {
            Ok(missing) => (0, missing),
            Err(_) => (distance.unsigned_abs(), 0),
        };
        let skipped = usize::try_from(passed).unwrap_or(usize::MAX).min(payload.len());
        let start = offset + missing;
        let end = start + (payload.len() - skipped) as u64;
        let cut = cut as u64 - (passed - skipped as u64);
        if missing == 0 && skipped < payload.len() && peer.progress() >= after {
            self.advance(end - offset);
            self.keep(end, AheadContent::Cut(cut), at, after);
            return Arrived::InOrder(skipped..payload.len());
        }
        let before = self.ahead.len();
        self.keep(start, AheadContent::Octets(payload[skipped..].to_vec()), at, after);
        self.keep(end, AheadContent::Cut(cut), at, after);
        if self.ahead.len() > before { Arrived::Ahead } else { Arrived::Again }
    }

    /// What has come ahead before and is next now, if the peer has come as far as `peer`.
    pub fn ready(&mut self, peer: u64) -> Option<(Duration, Ready)> {
        let next = self.next?;
        while let Some(first) = self.ahead.first_entry()
            && *first.key() <= next.offset
        {
            let passed = next.offset - *first.key();
            let is_new = passed < first.get().piece.length();
            if is_new && first.get().after > peer {
                return None;
            }
            let Ahead { at, piece, .. } = first.remove();
            self.kept -= piece.memory();
            if is_new {
                self.advance(piece.length() - passed);
                return Some((at, piece.after(passed)));
            }
        }
        let fin = self.fin.filter(|fin| fin.offset <= next.offset && fin.after <= peer && !self.has_ended)?;
        self.has_ended = true;
        Some((fin.at, Ready::Fin))
    }

    /// The peer has acknowledged all before `sequence`.
    pub fn acknowledge(&mut self, sequence: u32) {
        let place = self.next.and_then(|next| u64::try_from(next.place_of(sequence)).ok());
        self.acknowledged = self.acknowledged.max(place.unwrap_or(0));
    }

    /// Octets that are missing before what has come ahead, or before what the peer has
    /// acknowledged.
    pub fn gap(&self) -> Option<u64> {
        let offset = self.next?.offset;
        let after = self.ahead.keys().next().copied().or(self.fin.map(|fin| fin.offset));
        let end = after.unwrap_or(self.acknowledged);
        (end > offset && !self.has_ended).then(|| end - offset)
    }

    /// The peer has got the octets that are missing: the capture has lost them, and they will
    /// hardly be sent again.
    pub fn is_gap_acknowledged(&self) -> bool {
        let offset = self.next.map_or(0, |next| next.offset);
        self.gap().is_some_and(|gap| self.acknowledged >= offset + gap)
    }

    /// When what comes after the gap was captured; nothing if that is known from an acknowledgement
    /// only.
    pub fn after_gap(&self) -> Option<Duration> {
        self.ahead.values().next().map(|ahead| ahead.at).or(self.fin.map(|fin| fin.at))
    }

    /// Goes on after the gap; how many octets it has.
    pub fn give_up(&mut self) -> Option<u64> {
        let gap = self.gap()?;
        self.advance(gap);
        Some(gap)
    }

    fn advance(&mut self, count: u64) {
        if let Some(next) = &mut self.next {
            next.offset += count;
            // Sequence numbers are modulo 2^32.
            next.sequence = next.sequence.wrapping_add(count as u32);
        }
    }

    /// Keeps what of `piece` fills holes; what is there already stays.
    fn keep(&mut self, start: u64, mut piece: AheadContent, at: Duration, after: u64) {
        let mut start = start;
        let before = self.ahead.range(..=start).next_back();
        if let Some(covered) = before.map(|(before, ahead)| before + ahead.piece.length())
            && covered > start
        {
            piece = piece.split(covered - start).1;
            start = covered;
        }
        while piece.length() > 0 {
            let following = self.ahead.range(start..).next().map(|(from, ahead)| (*from, ahead.piece.length()));
            let hole = following.map_or(u64::MAX, |(from, _)| from - start);
            let (fits, rest) = piece.split(hole);
            if fits.length() > 0 {
                self.kept += fits.memory();
                self.ahead.insert(start, Ahead { at, piece: fits, after });
            }
            let Some((from, length)) = following else { return };
            piece = rest.split(length).1;
            start = from + length;
        }
    }
}

impl Next {
    /// The offset of a sequence number, which is below 0 before the first octet. It is within 2 GiB
    /// of the next octet.
    fn place_of(self, sequence: u32) -> i64 {
        let distance = sequence.wrapping_sub(self.sequence) as i32;
        i64::try_from(self.offset).unwrap_or(i64::MAX).saturating_add(i64::from(distance))
    }
}

impl AheadContent {
    /// It, without its first `passed` octets.
    fn after(self, passed: u64) -> Ready {
        match self.split(passed).1 {
            AheadContent::Octets(octets) => Ready::Octets(octets),
            AheadContent::Cut(count) => Ready::Cut(count),
        }
    }

    fn length(&self) -> u64 {
        match self {
            AheadContent::Octets(octets) => octets.len() as u64,
            AheadContent::Cut(count) => *count,
        }
    }

    /// Octets that the segments in `ahead` keep.
    fn memory(&self) -> usize {
        match self {
            AheadContent::Octets(octets) => octets.len(),
            AheadContent::Cut(_) => 0,
        }
    }

    /// Its first `count` octets, or all if it has less, and the rest.
    fn split(self, count: u64) -> (AheadContent, AheadContent) {
        match self {
            AheadContent::Octets(octets) if count == 0 => (AheadContent::Cut(0), AheadContent::Octets(octets)),
            AheadContent::Octets(mut octets) => {
                let count = usize::try_from(count).unwrap_or(usize::MAX).min(octets.len());
                let rest = octets.split_off(count);
                (AheadContent::Octets(octets), AheadContent::Octets(rest))
            }
            AheadContent::Cut(all) => (AheadContent::Cut(count.min(all)), AheadContent::Cut(all.saturating_sub(count))),
        }
    }
}

/// Octets of memory that a piece takes beside its own: its place in the tree, and what the
/// allocator adds.
const PIECE: usize = 96;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a direction gives: octets put together, and numbers of those that are missing.
    #[derive(Debug, Clone, PartialEq, Eq)]
    enum Given {
        Octets(Vec<u8>),
        Missing(u64),
        Fin,
    }

    #[derive(Default)]
    struct Reader {
        stream: Stream,
        given: Vec<Given>,
    }

    impl Reader {
        fn from(sequence: u32) -> Reader {
            let mut reader = Reader::default();
            reader.stream.begin(sequence);
            reader
        }

        fn arrive(&mut self, sequence: u32, payload: &[u8]) -> Arrived {
            self.arrive_with(sequence, payload, 0, false)
        }

        fn arrive_with(&mut self, sequence: u32, payload: &[u8], cut: usize, fin: bool) -> Arrived {
            let arrived = self
                .stream
                .arrive(StreamSegment { at: Duration::ZERO, sequence, payload, cut, fin }, &Stream::default());
            if let Arrived::InOrder(range) = &arrived {
                self.give(&payload[range.clone()]);
            }
            self.take_ready();
            arrived
        }

        fn take_ready(&mut self) {
            while let Some((_, ready)) = self.stream.ready(0) {
                match ready {
                    Ready::Octets(octets) => self.give(&octets),
                    Ready::Cut(count) => self.given.push(Given::Missing(count)),
                    Ready::Fin => self.given.push(Given::Fin),
                }
            }
        }

        fn give(&mut self, octets: &[u8]) {
            match self.given.last_mut() {
                Some(Given::Octets(before)) => before.extend_from_slice(octets),
                _ => self.given.push(Given::Octets(octets.to_vec())),
            }
        }

        fn end(mut self) -> Vec<Given> {
            while let Some(count) = self.stream.give_up() {
                self.given.push(Given::Missing(count));
                self.take_ready();
            }
            assert_eq!(self.stream.kept(), 0, "nothing is kept at the end");
            self.given
        }
    }

    fn octets(text: &str) -> Given {
        Given::Octets(text.as_bytes().to_vec())
    }

    #[test]
    fn segments_out_of_order_come_in_order() {
        let mut reader = Reader::from(1000);
        assert_eq!(reader.arrive(1000, b"GET "), Arrived::InOrder(0..4));
        assert_eq!(reader.arrive(1012, b"HTTP"), Arrived::Ahead);
        assert_eq!(reader.arrive(1008, b"abc "), Arrived::Ahead);
        assert_eq!(reader.arrive(1004, b"/ab/"), Arrived::InOrder(0..4));
        assert_eq!(reader.end(), [octets("GET /ab/abc HTTP")]);
    }

    #[test]
    fn a_repetition_gives_nothing_and_an_overlap_only_what_is_new() {
        let mut reader = Reader::from(1000);
        reader.arrive(1000, b"abcd");
        assert_eq!(reader.arrive(1000, b"abcd"), Arrived::Again);
        assert_eq!(reader.arrive(1002, b"cd"), Arrived::Again);
        assert_eq!(reader.arrive(1002, b"cdef"), Arrived::InOrder(2..4));
        assert_eq!(reader.end(), [octets("abcdef")]);
    }

    #[test]
    fn a_keep_alive_probe_is_no_repetition() {
        let mut reader = Reader::from(1000);
        reader.arrive(1000, b"abcd");
        assert_eq!(reader.arrive(1003, b""), Arrived::Probe);
        assert_eq!(reader.arrive(1003, b"d"), Arrived::Probe);
        assert_eq!(reader.arrive(1004, b""), Arrived::Nothing);
        assert_eq!(reader.end(), [octets("abcd")]);
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut reader = Reader::from(0xffff_fffe);
        reader.arrive(2, b"efgh");
        reader.arrive(0xffff_fffe, b"abcd");
        assert_eq!(reader.arrive(0xffff_ffff, b"bcdef"), Arrived::Again);
        assert_eq!(reader.end(), [octets("abcdefgh")]);
    }

    #[test]
    fn a_gap_is_as_long_as_the_sequence_numbers_say() {
        let mut reader = Reader::from(0xffff_ff00);
        reader.arrive(0xffff_ff00, b"abcd");
        reader.arrive(0xffff_ff04_u32.wrapping_add(1448), b"efgh");
        assert_eq!(reader.stream.gap(), Some(1448));
        assert!(!reader.stream.is_gap_acknowledged());
        reader.stream.acknowledge(0xffff_ff08_u32.wrapping_add(1448));
        assert!(reader.stream.is_gap_acknowledged());
        assert_eq!(reader.end(), [octets("abcd"), Given::Missing(1448), octets("efgh")]);
    }

    #[test]
    fn what_the_peer_has_acknowledged_and_the_capture_has_not_is_missing() {
        let mut reader = Reader::from(1000);
        reader.arrive(1000, b"abcd");
        reader.stream.acknowledge(1004);
        assert_eq!(reader.stream.gap(), None);
        reader.stream.acknowledge(1009);
        assert_eq!(reader.end(), [octets("abcd"), Given::Missing(5)]);
    }

    #[test]
    fn octets_that_the_capture_has_cut_are_missing_at_once() {
        let mut reader = Reader::from(1000);
        reader.arrive_with(1000, b"ab", 10, false);
        reader.arrive_with(1012, b"cd", 10, false);
        // The same again, and all of it, which is too late.
        reader.arrive(1000, b"abcdefghijkl");
        reader.arrive_with(1024, b"", 0, true);
        let expected = [octets("ab"), Given::Missing(10), octets("cd"), Given::Missing(10), Given::Fin];
        assert_eq!(reader.end(), expected);
    }

    #[test]
    fn a_fin_comes_after_the_octets_before_it_and_once() {
        let mut reader = Reader::from(1000);
        reader.arrive_with(1004, b"efgh", 0, true);
        assert_eq!(reader.given, []);
        reader.arrive(1000, b"abcd");
        assert_eq!(reader.arrive_with(1008, b"", 0, true), Arrived::Again);
        assert_eq!(reader.arrive(1009, b""), Arrived::Nothing);
        assert_eq!(reader.arrive(1009, b"x"), Arrived::Again);
        assert_eq!(reader.end(), [octets("abcdefgh"), Given::Fin]);
    }

    #[test]
    fn a_direction_without_syn_is_joined_at_its_first_segment() {
        let mut reader = Reader::default();
        reader.arrive(77, b"cd");
        assert_eq!(reader.arrive(75, b"ab"), Arrived::Again);
        assert_eq!(reader.arrive(75, b"abcdef"), Arrived::InOrder(4..6));
        assert_eq!(reader.end(), [octets("cdef")]);
    }

    /// Parts of a message, as a capture may have them: cut anywhere, overlapping, repeated, lost,
    /// in any order.
    fn segments() -> impl Strategy<Value = (u32, Vec<u8>, Vec<(usize, usize)>)> {
        let near_the_wrap = (u32::MAX - 200..=u32::MAX).boxed();
        let sequence = prop_oneof![any::<u32>().boxed(), near_the_wrap];
        let message = prop::collection::vec(any::<u8>(), 1..300);
        (sequence, message).prop_flat_map(|(sequence, message)| {
            let length = message.len();
            let part = (0..length, 1..40_usize).prop_map(move |(from, count)| (from, (from + count).min(length)));
            (Just(sequence), Just(message), prop::collection::vec(part, 1..60))
        })
    }

    proptest! {
        #[test]
        fn what_remains_is_right_and_what_is_missing_is_said((sequence, message, parts) in segments()) {
            let mut reader = Reader::from(sequence);
            for &(from, to) in &parts {
                reader.arrive(sequence.wrapping_add(from as u32), &message[from..to]);
                let ahead: usize = reader.stream.ahead.values().map(|ahead| ahead.piece.memory()).sum();
                prop_assert_eq!(reader.stream.kept, ahead);
            }
            let end = parts.iter().map(|(_, to)| *to).max().expect("there are parts");
            let is_there = |at: &usize| parts.iter().any(|(from, to)| (*from..*to).contains(at));
            let mut expected: Vec<Given> = Vec::new();
            for (at, octet) in message.iter().enumerate().take(end) {
                match (expected.last_mut(), is_there(&at)) {
                    (Some(Given::Octets(octets)), true) => octets.push(*octet),
                    (Some(Given::Missing(count)), false) => *count += 1,
                    (_, true) => expected.push(Given::Octets(vec![*octet])),
                    (_, false) => expected.push(Given::Missing(1)),
                }
            }
            prop_assert_eq!(reader.end(), expected);
        }

        #[test]
        fn octets_that_were_cut_are_missing_unless_another_segment_has_them((sequence, message, parts) in segments()) {
            // Of each part the capture has kept half.
            let mut reader = Reader::from(sequence);
            for &(from, to) in &parts {
                let kept = from + (to - from).div_ceil(2);
                reader.arrive_with(sequence.wrapping_add(from as u32), &message[from..kept], to - kept, false);
            }
            let mut at = 0;
            for given in reader.end() {
                match given {
                    Given::Octets(octets) => {
                        prop_assert_eq!(&octets, &message[at..at + octets.len()]);
                        at += octets.len();
                    }
                    Given::Missing(count) => at += count as usize,
                    Given::Fin => prop_assert!(false, "there is no FIN"),
                }
            }
            prop_assert_eq!(at, parts.iter().map(|(_, to)| *to).max().expect("there are parts"));
        }
    }
}
