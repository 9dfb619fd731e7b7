//! Rows as they grow: margin, octets, note; each knows the column that it has come to.
//!
//! ```text
//! 0      7    12 15                       (below 96 columns)
//!  0.168 #1   -> 7\r\n|Hello, |\r\n  chunk 1: 7 octets
//! 0      7    12 15   20                  (from 96 columns)
//!  0.168 #1   ->   12 7\r\n|Hello, |\r\n  chunk 1: 7 octets
//!  time  tag  |  count of the call
//! ```
//!
//! The tag stands in every row, so that `grep '#1 '` finds all rows of a connection. It has a lane:
//! connections that are open at once stand beside each other. The time is left out where connection
//! and millisecond are those of the row above: a burst is seen as a block.

use std::fmt::Write as _;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::trace::look::Look;
use crate::trace::palette::Role;
use crate::trace::record::{ConnectionId, Record};
use crate::wire::explain::brief::{Brief, Caption, LEVELS};
use crate::wire::flow::Flow;
use crate::wire::visible::{Shown, is_harmless};

/// The row above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    connection: ConnectionId,
    milliseconds: u128,
    pub(super) at: Duration,
}

/// The rows of one record.
pub(super) struct Rows<'a> {
    text: &'a mut String,
    note: &'a mut String,
    pub(super) look: Look,
    margin: Margin<'a>,
    /// Where the next character stands in its row.
    pub(super) column: usize,
    role: Role,
    /// Rows that have begun.
    count: usize,
    /// No note is written: what the octets do is asked.
    pub(super) is_asking: bool,
}

struct Margin<'a> {
    at: Duration,
    has_time: bool,
    number: u64,
    is_turn: bool,
    lane: usize,
    hop: Option<&'a str>,
    hop_width: usize,
}

/// What a row is about, in the two columns before its octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrow(pub(super) &'static str, pub(super) Role);

impl Arrow {
    /// No direction.
    pub(super) const NONE: Arrow = Arrow("  ", Role::Blank);
    /// The same call as the row above.
    pub(super) const SAME: Arrow = Arrow(" |", Role::Time);

    /// The arrow of a direction.
    pub(super) const fn of(flow: Flow) -> Arrow {
        match flow {
            Flow::Requests => Arrow("<-", Role::Request),
            Flow::Responses => Arrow("->", Role::Response),
        }
    }
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        record: &Record<'a>,
        look: Look,
        lane: u8,
        hop_width: usize,
        before: &mut Option<Before>,
        note: &'a mut String,
        text: &'a mut String,
    ) -> Rows<'a> {
        let now = Before { connection: record.connection, milliseconds: record.at.as_millis(), at: record.at };
        let above = before.replace(now);
        let is_same = above.is_some_and(|above| above.connection == now.connection);
        let margin = Margin {
            at: record.at,
            has_time: !is_same || above.is_some_and(|above| above.milliseconds != now.milliseconds),
            number: record.connection.number(),
            is_turn: above.is_some() && !is_same,
            lane: usize::from(lane),
            hop: record.hop,
            hop_width,
        };
        Rows { text, note, look, margin, column: 0, role: Role::Blank, count: 0, is_asking: false }
    }

    /// The rows are about all connections together.
    pub(super) fn of_all(mut self) -> Rows<'a> {
        (self.margin.number, self.margin.is_turn) = (0, false);
        self
    }

    /// Columns before the octets.
    pub(super) fn start(&self) -> usize {
        let wide = if self.look.width >= WIDE { COUNT_WIDTH } else { 0 };
        TIME_WIDTH + self.tag_width() + self.margin.hop_width + ARROW_WIDTH + wide
    }

    /// Columns after the octets' first one.
    pub(super) fn room(&self) -> usize {
        self.look.width.saturating_sub(self.start())
    }

    /// Columns that are left in this row.
    pub(super) fn left(&self) -> usize {
        self.look.width.saturating_sub(self.column)
    }

    /// Begins a row; `count` is how many octets the call has taken.
    pub(super) fn begin(&mut self, arrow: Arrow, count: Option<usize>) {
        self.time();
        self.tag();
        if self.margin.hop_width > 0 {
            let hop = self.margin.hop.unwrap_or_default();
            self.put(Role::Note, hop);
        }
        self.pad_to(TIME_WIDTH + self.tag_width() + self.margin.hop_width);
        self.put(arrow.1, arrow.0);
        if let Some(count) = count.filter(|_| self.look.width >= WIDE) {
            let at = self.column;
            self.switch(Role::Time);
            let _ = match count {
                0..10_000 => write!(self.text, " {count:>4}"),
                10_000..1_000_000 => write!(self.text, " {:>3}k", count / 1000),
                _ => write!(self.text, " {:>3}M", count / 1_000_000),
            };
            self.column = at + COUNT_WIDTH;
        }
        self.pad_to(self.start());
        self.count += 1;
    }

    /// Ends a row.
    pub(super) fn end(&mut self) {
        self.switch(Role::Blank);
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
        self.column = 0;
    }

    fn time(&mut self) {
        if self.count > 0 || !self.margin.has_time {
            return self.pad_to(TIME_WIDTH);
        }
        self.switch(Role::Time);
        let (seconds, milliseconds) = (self.margin.at.as_secs(), self.margin.at.subsec_millis());
        // Writing to a String cannot fail.
        let _ = match seconds {
            0..100 => write!(self.text, "{seconds:>2}.{milliseconds:03} "),
            100..1_000 => write!(self.text, "{seconds}.{:02} ", milliseconds / 10),
            1_000..10_000 => write!(self.text, "{seconds}.{} ", milliseconds / 100),
            _ => write!(self.text, "{seconds:>5}s "),
        };
        self.column = TIME_WIDTH;
    }

    fn tag(&mut self) {
        let number = self.margin.number;
        if number == 0 {
            return self.put(Role::State, "**");
        }
        let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
        self.pad_to(TIME_WIDTH + self.margin.lane.min((TAG_WIDTH - 2).saturating_sub(digits)));
        let colour = ((number - 1) % 6) as u8;
        self.switch(if self.margin.is_turn && self.count == 0 { Role::Turn(colour) } else { Role::Tag(colour) });
        let _ = write!(self.text, "#{number}");
        self.column += digits + 1;
    }

    fn tag_width(&self) -> usize {
        let digits = self.margin.number.checked_ilog10().unwrap_or(0) as usize + 1;
        TAG_WIDTH.max(digits + 2)
    }

    /// Text of `width` columns that cannot be a command to the terminal.
    pub(super) fn put(&mut self, role: Role, text: &str) {
        self.switch(role);
        self.text.push_str(text);
        self.column += width(text);
    }

    /// One character or octet of a peer.
    pub(super) fn show(&mut self, role: Role, shown: Shown) {
        self.switch(role);
        self.look.signs.push(shown, self.text);
        self.column += self.look.signs.width(shown);
    }

    pub(super) fn pad_to(&mut self, column: usize) {
        let blanks = column.saturating_sub(self.column);
        if blanks > 0 {
            self.switch(Role::Blank);
            self.text.extend(std::iter::repeat_n(' ', blanks));
            self.column = column;
        }
    }

    fn switch(&mut self, role: Role) {
        if self.role != role {
            self.text.push_str(self.look.palette.end(self.role));
            self.text.push_str(self.look.palette.begin(role));
            self.role = role;
        }
    }

    /// Columns of the note at `level`, which is in `self.note` then.
    fn measure(&mut self, brief: &Brief<'_>, level: usize) -> usize {
        self.note.clear();
        brief.write(self.look.language, level, self.note);
        width(self.note)
    }

    /// The columns that the note needs at least, with the blanks before it.
    pub(super) fn least(&mut self, brief: &Brief<'_>) -> usize {
        self.measure(brief, LEVELS - 1) + 2
    }

    /// The longest note that fits into the rest of this row; false if none does.
    ///
    /// It begins at a stop, so that the notes of rows below one another stand in one column; where
    /// it does not fit there, it ends at the right edge.
    pub(super) fn say(&mut self, role: Role, brief: &Brief<'_>) -> bool {
        if self.is_asking {
            return true;
        }
        let (width, least) = (self.look.width, self.column + 2);
        let stops: &[usize] = if width >= WIDE { &WIDE_STOPS } else { &STOPS };
        let start = self.start();
        let stop = stops.iter().map(|stop| start + stop).find(|stop| *stop >= least).unwrap_or(least);
        let Some(at_edge) = self.level_for(brief, width.saturating_sub(least)) else { return false };
        let at_stop = self.level_for(brief, width.saturating_sub(stop));
        // A stop is worth a word or two, and not most of the note.
        if let Some(level) = at_stop.filter(|level| *level <= at_edge.max(GOOD)) {
            self.measure(brief, level);
            self.pad_to(stop);
        } else {
            let note = self.measure(brief, at_edge);
            self.pad_to(width - note);
        }
        self.put_note(role);
        true
    }

    /// The first level whose note fits into `room` columns.
    fn level_for(&mut self, brief: &Brief<'_>, room: usize) -> Option<usize> {
        (0..LEVELS).find(|level| (1..=room).contains(&self.measure(brief, *level)))
    }

    /// A note directly here, as its first part; the longest one that fits.
    pub(super) fn say_here(&mut self, role: Role, brief: &Brief<'_>) {
        for level in 0..LEVELS {
            if self.measure(brief, level) <= self.left() {
                return self.put_note(role);
            }
        }
        // Every one is too long: the words of the last one go on below.
        let sentence = std::mem::take(self.note);
        self.words(role, &sentence);
        *self.note = sentence;
    }

    // Sentences may quote a peer, so they are shown as octets are.
    fn put_note(&mut self, role: Role) {
        let note = std::mem::take(self.note);
        self.quote(role, &note);
        *self.note = note;
    }

    /// Text that may hold what a peer has sent.
    pub(super) fn quote(&mut self, role: Role, text: &str) {
        if text.chars().all(is_harmless) {
            return self.put(role, text);
        }
        for character in text.chars() {
            self.show(role, Shown::of(character));
        }
    }

    /// A sentence from here on; words that do not fit go on below.
    pub(super) fn words(&mut self, role: Role, sentence: &str) {
        let start = self.column;
        for word in sentence.split(' ').filter(|word| !word.is_empty()) {
            let blank = usize::from(self.column > start);
            if self.column > start && self.column + blank + width(word) > self.look.width {
                self.end();
                self.begin(Arrow::NONE, None);
                self.pad_to(start);
            } else if blank > 0 {
                self.put(role, " ");
            }
            self.quote(role, word);
        }
    }

    /// A row of captions, each at the column of its token or to the right of it.
    pub(super) fn captions(&mut self, marks: &mut Vec<(usize, Caption)>) {
        self.drop_captions(marks);
        if marks.is_empty() {
            return;
        }
        self.begin(Arrow::NONE, None);
        for (column, caption) in marks.drain(..) {
            self.note.clear();
            caption.write(self.look.language, self.note);
            let gap = if self.column > self.start() { 2 } else { 0 };
            self.pad_to(column.max(self.column + gap));
            self.put_note(Role::Note);
        }
        self.end();
    }

    /// Leaves out the weakest captions until the others fit.
    fn drop_captions(&mut self, marks: &mut Vec<(usize, Caption)>) {
        while !marks.is_empty() {
            let mut at = 0;
            for (column, caption) in marks.iter() {
                self.note.clear();
                caption.write(self.look.language, self.note);
                at = (if at == 0 { *column } else { (*column).max(at + 2) }) + width(self.note);
            }
            if at <= self.look.width {
                return;
            }
            let weakest = marks.iter().enumerate().max_by_key(|(_, (_, caption))| weakness(*caption));
            if let Some((index, _)) = weakest {
                marks.remove(index);
            }
        }
    }
}

fn weakness(caption: Caption) -> u8 {
    match caption {
        Caption::EventType | Caption::EventId | Caption::EventData | Caption::Octets => 3,
        Caption::MediaType | Caption::EventRetry => 4,
        Caption::Status(_) | Caption::Trailer | Caption::LastSize => 2,
        Caption::Size(_) | Caption::ThenFin | Caption::ReadAsEvents | Caption::EventComment => 1,
        Caption::BodyEnd(_) | Caption::EventEnds | Caption::ChunkEnds | Caption::BodyEnds => 0,
    }
}

pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The shortest level that a note at a stop is given where a longer one fits at the edge.
const GOOD: usize = 2;
/// From this many columns on rows have the count of their call, and longer heads.
pub(super) const WIDE: usize = 96;
const TIME_WIDTH: usize = 7;
const TAG_WIDTH: usize = 5;
const ARROW_WIDTH: usize = 3;
const COUNT_WIDTH: usize = 5;
/// Columns after the first octet at which notes begin.
const STOPS: [usize; 5] = [6, 12, 24, 36, 50];
const WIDE_STOPS: [usize; 8] = [6, 12, 24, 36, 52, 68, 84, 100];
