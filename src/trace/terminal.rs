//! The trace for people: one line of the protocol in each row, with what it does.
//!
//! ```text
//!   0.101 #1 -> 39   chunk-size   21␍␊              0x21 = 33 octets of data follow (RFC 9112 7.1)
//!                    chunk-data   event:message␊    the event's type; without it, message (WHATWG)
//!                    CRLF         ␍␊                ends the chunk, is not part of its data
//!  70.102 #1 <- FIN               read() = 0: the client sends nothing more
//!   time  id |  |    name         octets                  explanation
//!            |  octets of this system call
//!            <- request, -> response
//! ```
//!
//! What clients send is shown on the teacher's screen, so nothing of it may reach the terminal as a
//! command: every control character, whatever is invisible and whatever turns the direction of text
//! around is written out (`\x1b`, `\u{202e}`); so is UTF-8 that is not valid, or is cut between two
//! pieces. Other text is shown as it is.
//!
//! For the next editor: a row is made of cells that know their own width, since a Korean syllable
//! takes two columns. One record is one `write`, so that rows of several processes do not mix.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::record::{Record, Sink, What};
use super::summary::{Show, Summary};
use crate::wire::ending::Ending;
use crate::wire::explain::{Row, Saying, rows};
use crate::wire::finding::Severity;
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::language::Language;
use crate::wire::span::Span;
use crate::wire::visible::{Shown, is_harmless, shown, visible};

/// A sink that writes rows for people.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    colour: bool,
    /// Columns of the terminal or file; rows are folded to them.
    width: usize,
    window: Option<Window>,
    language: Language,
    /// What is shown instead when many connections are open; nothing else, if each is to be shown.
    summary: Option<Summary>,
}

/// How to ask for the columns that the window has now.
struct Window {
    width: fn() -> Option<usize>,
    /// Asked again when the trace is this old.
    again: Duration,
}

impl Terminal {
    /// Rows for a terminal of `width` columns, in colour if `colour` says so.
    ///
    /// Below 96 columns each explanation stands below its octets, and below 60 the octets stand
    /// below their name.
    pub fn new(out: Box<dyn Write + Send>, colour: bool, width: usize) -> Terminal {
        Terminal {
            out,
            colour,
            width: width.clamp(MIN_WIDTH, MAX_WIDTH),
            window: None,
            language: Language::En,
            summary: Some(Summary::default()),
        }
    }

    /// The same with its sentences in `language`.
    #[must_use]
    pub fn in_language(self, language: Language) -> Terminal {
        Terminal { language, ..self }
    }

    /// Asks `width` for the columns there are, once a second at most: people make their windows
    /// larger and smaller.
    pub fn following(self, width: fn() -> Option<usize>) -> Terminal {
        Terminal { window: Some(Window { width, again: Duration::ZERO }), ..self }
    }

    /// Shows each connection, however many are open: rows of a file can be searched, and nothing
    /// waits for them.
    #[must_use]
    pub fn showing_each(self) -> Terminal {
        Terminal { summary: None, ..self }
    }

    fn look_at_window(&mut self, at: Duration) {
        if let Some(window) = &mut self.window
            && at >= window.again
        {
            window.again = at + WINDOW_PAUSE;
            self.width = (window.width)().unwrap_or(self.width).clamp(MIN_WIDTH, MAX_WIDTH);
        }
    }
}

impl Sink for Terminal {
    fn name(&self) -> &str {
        "the trace"
    }

    fn wants_spans(&self) -> bool {
        !self.summary.as_ref().is_some_and(Summary::is_dense)
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let show = self.summary.as_mut().map_or(Show::Record, |summary| summary.show(record));
        if show == Show::Nothing {
            return Ok(());
        }
        self.look_at_window(record.at);
        let mut rows = RecordRows::new(self.colour, self.width, self.language, record);
        match &show {
            Show::Line(kind, traffic) => rows.summary(record, Saying::Summary(*kind, traffic)),
            Show::Record | Show::Nothing => rows.record(record),
        }
        self.out.write_all(rows.text.as_bytes())?;
        self.out.flush()
    }
}

/// The rows of one record, as they grow.
struct RecordRows {
    text: String,
    colour: bool,
    width: usize,
    language: Language,
    /// Time, connection, direction and count: they stand in the first row only.
    margin: Vec<Word<'static>>,
    margin_width: usize,
}

/// One character or escape of the octets, which cannot be divided.
#[derive(Debug, Clone, Copy)]
struct Cell {
    text: CellText,
    width: usize,
    octets: usize,
    style: Style,
}

#[derive(Debug, Clone, Copy)]
enum CellText {
    Shown(Shown),
    /// Octets before these were in an earlier piece.
    Continues,
    /// This many octets are left out.
    Elided(usize),
}

/// A word of a sentence, which cannot be divided either.
#[derive(Debug, Clone)]
struct Word<'a> {
    text: Cow<'a, str>,
    width: usize,
    style: Style,
}

impl RecordRows {
    fn new(colour: bool, width: usize, language: Language, record: &Record<'_>) -> RecordRows {
        let (arrow, count, style) = match record.what {
            What::Octets { flow, octets, .. } => (arrow(flow), octets.len().to_string(), flow_style(flow)),
            What::Fin { flow, .. } => (arrow(flow), "FIN".to_owned(), FIN),
            What::Rst { flow, .. } => (arrow(flow), "RST".to_owned(), FAULT),
            What::Missing { flow, count, .. } => (arrow(flow), format!("?{count}"), FAULT),
            What::Blocked { flow, .. } => (arrow(flow), String::new(), PLAIN),
            What::Held { octets, .. } => ("??", octets.len().to_string(), STATE),
            What::Opened { .. } | What::Foreign { .. } | What::State(_) | What::Closed { .. } | What::Verdict(_) => {
                ("", String::new(), PLAIN)
            }
        };
        let margin = vec![
            Word::new(format!("{:>7} ", seconds(record.at)), FAINT),
            Word::new(format!("{:<3}", name_of(record)), BOLD),
            Word::new(format!("{arrow:<2} {count:<4} "), style),
        ];
        let margin_width = margin.iter().map(|word| word.width).sum();
        RecordRows { text: String::new(), colour, width, language, margin, margin_width }
    }

    /// One row about all connections together: no number, no direction. It stands where it would
    /// for connection 1.
    fn summary(&mut self, record: &Record<'_>, saying: Saying<'_>) {
        let margin = Word::new(format!("{:>7} {:11}", seconds(record.at), ""), FAINT);
        self.margin_width = margin.width;
        self.margin = vec![margin];
        self.say("summary", STATE, saying);
    }

    fn record(&mut self, record: &Record<'_>) {
        match record.what {
            What::Opened { local, peer } => {
                self.say("opened", STATE, Saying::Opened { peer, local });
            }
            What::Octets { flow, octets, spans, rest } => {
                for row in rows(flow, octets, spans) {
                    self.octets(octets, &spans[row.spans.clone()], &row);
                    for remark in &row.remarks {
                        let style = if remark.is_forbidden() { FAULT } else { STATE };
                        self.say("remark", style, Saying::Remark(*remark));
                    }
                }
                if rest.octets > 0 {
                    self.say("rest", FAINT, Saying::Rest { octets: rest.octets, tokens: rest.tokens });
                }
            }
            What::Missing { count, loss, .. } => self.say("missing", FAULT, Saying::Missing { count, loss }),
            What::Foreign { protocol, local, peer } => {
                let sentence = Saying::Protocol(protocol).in_language(self.language).with_section();
                self.note(protocol.name(), STATE, &format!("{peer} to {local}: {sentence}"));
            }
            What::Blocked { flow, pending } => {
                self.say("blocked", FAULT, Saying::Blocked { flow, pending });
            }
            What::Held { step, note, octets, spans } => {
                let question = Saying::Question(step).in_language(self.language);
                match note {
                    Some(note) => {
                        let note = note.in_language(self.language);
                        self.note("held", STATE, &format!("{}: {note}", step.name()));
                    }
                    None => self.note("held", STATE, &format!("{}: {question}", step.name())),
                }
                for row in rows(Flow::Responses, octets, spans) {
                    self.preview(octets, &spans[row.spans.clone()], &row);
                }
            }
            What::State(change) => self.say(change.name(), STATE, Saying::State(change)),
            What::Fin { cause, ending, .. } => {
                self.say("", PLAIN, Saying::Cause(cause));
                self.ending(ending, None);
            }
            What::Rst { flow, cause, of, ending } => {
                self.say("", PLAIN, Saying::Cause(cause));
                self.ending(ending, (of != flow).then_some(of));
            }
            What::Closed { cause } => self.say("closed", STATE, Saying::Cause(cause)),
            What::Verdict(verdict) => {
                self.say("verdict", severity_style(verdict.finding.severity()), Saying::Finding(verdict.finding));
                if verdict.finding.has_remedy() {
                    self.say("remedy", FAINT, Saying::Remedy(verdict.finding));
                }
            }
        }
    }

    /// One row of octets, with its explanation beside or below it.
    fn octets(&mut self, octets: &[u8], spans: &[Span], row: &Row<'_>) {
        let name_style = if row.name == Label::Unexpected.name() { FAULT } else { BOLD };
        let cells = elide(octets, spans, row, self.room(), self.lines());
        let sentence = Saying::Explanation(row.explanation).in_language(self.language).to_string();
        let mut explanation = words(&sentence, PLAIN);
        explanation.extend(section(row.explanation.section()));
        self.begin_row(row.name, name_style);
        let end = self.wrapped(&cells, self.octets_column());
        if self.width < NARROW {
            let column = if self.width < SLIM { SLIM_COLUMN + 2 } else { self.margin_width + 2 };
            self.new_line(column);
            self.words(&explanation, column);
        } else if end + 2 <= self.explanation_column() {
            self.pad(self.explanation_column() - end);
            self.words(&explanation, self.explanation_column());
        } else if end + 2 + width_of_words(&explanation) <= self.width {
            self.pad(2);
            self.words(&explanation, end + 2);
        } else {
            let column = self.explanation_column();
            self.new_line(column);
            self.words(&explanation, column);
        }
        self.text.push('\n');
    }

    /// One row of octets that wait. What they do is asked, so it is not explained.
    fn preview(&mut self, octets: &[u8], spans: &[Span], row: &Row<'_>) {
        self.begin_row(row.name, FAINT);
        self.wrapped(&elide(octets, spans, row, self.room(), self.lines()), self.octets_column());
        self.text.push('\n');
    }

    /// One row that is a sentence with its section.
    fn say(&mut self, name: &str, style: Style, saying: Saying<'_>) {
        self.note(name, style, &saying.in_language(self.language).with_section());
    }

    /// One row of words.
    fn note(&mut self, name: &str, style: Style, note: &str) {
        self.begin_row(name, style);
        self.words(&words(note, PLAIN), self.octets_column());
        self.text.push('\n');
    }

    /// What a FIN or RST means for the message it comes in; nothing if it cuts nothing and ends
    /// nothing. `of` is named if it is the other direction.
    fn ending(&mut self, ending: Ending, of: Option<Flow>) {
        if ending == Ending::BetweenMessages {
            return;
        }
        let (name, style) = if ending.is_complete() { ("", PLAIN) } else { ("incomplete", FAULT) };
        self.begin_row(name, style);
        let sentence = Saying::Ending(ending, of).in_language(self.language).to_string();
        let mut words = words(&sentence, style);
        words.extend(section(ending.section()));
        self.words(&words, self.octets_column());
        self.text.push('\n');
    }

    /// The margin, which is blank after the first row, and the name; then it is the octets' turn.
    fn begin_row(&mut self, name: &str, style: Style) {
        if self.text.is_empty() {
            for word in std::mem::take(&mut self.margin) {
                self.styled(word.style, |text| text.push_str(&word.text));
            }
        } else {
            self.pad(if self.width < SLIM { SLIM_COLUMN - 2 } else { self.margin_width });
        }
        // Names are the grammar's: plain ASCII.
        self.styled(style, |text| text.push_str(name));
        if self.width < SLIM {
            self.new_line(SLIM_COLUMN);
        } else {
            self.pad(NAME_WIDTH.saturating_sub(name.len()));
        }
    }

    fn cells(&mut self, cells: &[Cell]) {
        for cells in cells.chunk_by(|one, next| one.style == next.style) {
            let style = cells.first().map_or(PLAIN, |cell| cell.style);
            self.styled(style, |text| cells.iter().for_each(|cell| cell.text.push_to(text)));
        }
    }

    fn styled(&mut self, style: Style, write_text: impl FnOnce(&mut String)) {
        let is_styled = self.colour && style != PLAIN;
        // Writing to a String cannot fail.
        if is_styled {
            let _ = write!(self.text, "{}", style.render());
        }
        write_text(&mut self.text);
        if is_styled {
            let _ = write!(self.text, "{}", style.render_reset());
        }
    }

    /// Words side by side from `column` on; those that do not fit go on below, at the same column.
    fn words(&mut self, words: &[Word<'_>], column: usize) {
        let mut at = column;
        for word in words {
            if at > column && at + 1 + word.width > self.width {
                self.new_line(column);
                at = column;
            } else if at > column {
                self.pad(1);
                at += 1;
            }
            self.styled(word.style, |text| text.push_str(&word.text));
            at += word.width;
        }
    }

    /// Cells side by side from `column` on, in as many lines as they need; returns the column after
    /// the last one.
    fn wrapped(&mut self, cells: &[Cell], column: usize) -> usize {
        let (mut at, mut from) = (column, 0);
        for (index, cell) in cells.iter().enumerate() {
            if at + cell.width > self.width {
                self.cells(&cells[from..index]);
                self.new_line(column);
                (at, from) = (column, index);
            }
            at += cell.width;
        }
        self.cells(&cells[from..]);
        at
    }

    fn new_line(&mut self, column: usize) {
        self.text.push('\n');
        self.pad(column);
    }

    fn pad(&mut self, columns: usize) {
        self.text.extend(std::iter::repeat_n(' ', columns));
    }

    fn octets_column(&self) -> usize {
        if self.width < SLIM { SLIM_COLUMN } else { self.margin_width + NAME_WIDTH }
    }

    /// The columns that octets have.
    fn room(&self) -> usize {
        self.width.saturating_sub(self.octets_column())
    }

    /// The lines that the octets of one row may have.
    fn lines(&self) -> usize {
        if self.width < NARROW { 4 } else { 2 }
    }

    fn explanation_column(&self) -> usize {
        self.octets_column() + (self.room() * 3 / 8).clamp(20, 44)
    }
}

impl Cell {
    fn elided(octets: usize) -> Cell {
        let width = ELIDED.len() + octets.checked_ilog10().unwrap_or(0) as usize + 1;
        Cell { text: CellText::Elided(octets), width, octets: 0, style: FAINT }
    }
}

impl CellText {
    fn push_to(self, text: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            CellText::Shown(Shown::Character(character) | Shown::Picture(character)) => {
                text.push(character);
                Ok(())
            }
            CellText::Shown(shown) => write!(text, "{shown}"),
            CellText::Continues => text.write_str("…"),
            CellText::Elided(octets) => write!(text, " … {octets} octets … "),
        };
    }
}

impl<'a> Word<'a> {
    /// Sentences may quote a client, so they are shown as octets are.
    fn new(text: impl Into<Cow<'a, str>>, style: Style) -> Word<'a> {
        let text = text.into();
        if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
            return Word { width: text.len(), text, style };
        }
        let text = if text.chars().all(is_harmless) { text } else { Cow::Owned(visible(text.as_bytes())) };
        Word { width: text.width(), text, style }
    }
}

fn width_of(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.width).sum()
}

fn width_of_words(words: &[Word<'_>]) -> usize {
    words.iter().map(|word| word.width + 1).sum::<usize>().saturating_sub(1)
}

/// The cells of a row, for this many lines of `room` columns; the middle of a long one is replaced
/// by how many octets it has.
fn elide(octets: &[u8], spans: &[Span], row: &Row<'_>, room: usize, lines: usize) -> Vec<Cell> {
    let (start, end) = (row.range.start, row.range.end);
    let mut head = Vec::with_capacity(row.range.len().min(lines * room) + 1);
    if !row.starts {
        head.push(Cell { text: CellText::Continues, width: 1, octets: 0, style: FAINT });
    }
    let mut width = width_of(&head);
    // Of a long row only what is shown is looked at.
    head.extend(cells_between(octets, spans, start, end).take_while(|cell| {
        width += cell.width;
        width <= lines * room
    }));
    if width <= lines * room {
        return head;
    }
    let half = lines / 2 * room;
    let head = fitting(head.iter(), half.saturating_sub(Cell::elided(row.range.len()).width));
    let tail = last_cells(octets, spans, start, end, half);
    let shown: usize = head.iter().chain(&tail).map(|cell| cell.octets).sum();
    let middle = Cell::elided(row.range.len().saturating_sub(shown));
    head.into_iter().chain([middle]).chain(tail).collect()
}

/// As many cells before `end` as fit in `room` columns.
fn last_cells(octets: &[u8], spans: &[Span], start: usize, end: usize, room: usize) -> Vec<Cell> {
    // Octets that are written out take four columns each; of characters no cell has less than one
    // for four octets.
    for reach in [room / 2 + 4, room + 4, 4 * room + 4] {
        let from = start.max(end.saturating_sub(reach));
        let cells: Vec<Cell> = cells_between(octets, spans, from, end).collect();
        // The first of them may have begun in the middle of a character: four more octets make up
        // for that.
        if from == start || width_of(cells.get(4..).unwrap_or_default()) >= room || reach > 4 * room {
            let mut last = fitting(cells.iter().rev(), room);
            last.reverse();
            return last;
        }
    }
    Vec::new()
}

/// As many cells as fit in `room` columns.
fn fitting<'a>(cells: impl Iterator<Item = &'a Cell>, room: usize) -> Vec<Cell> {
    let mut used = 0;
    cells
        .take_while(|cell| {
            used += cell.width;
            used <= room
        })
        .copied()
        .collect()
}

/// Octets as cells that a terminal cannot take for a command.
fn cells_between<'a>(
    octets: &'a [u8],
    spans: &'a [Span],
    start: usize,
    end: usize,
) -> impl Iterator<Item = Cell> + use<'a> {
    spans.iter().flat_map(move |span| {
        let part = octets.get(span.range.start.max(start)..span.range.end.min(end)).unwrap_or_default();
        let style = style_of(span);
        shown(part).map(move |shown| Cell {
            text: CellText::Shown(shown),
            width: shown.width(),
            octets: shown.octets(),
            style: if shown.is_itself() { style } else { ESCAPE },
        })
    })
}

/// `(RFC 9112 7.1)`; of WHATWG's long headings only whose they are.
fn section(section: &str) -> Option<Word<'static>> {
    let short = if section.starts_with("WHATWG") { "WHATWG" } else { section };
    (!short.is_empty()).then(|| Word::new(format!("({short})"), FAINT))
}

// What stands in parentheses at the end, mostly a section, is not divided.
fn words(sentence: &str, style: Style) -> Vec<Word<'_>> {
    let (sentence, section) = match sentence.strip_suffix(')').and_then(|text| text.rfind(" (")) {
        Some(space) => (&sentence[..space], Some(&sentence[space + 1..])),
        None => (sentence, None),
    };
    let words = sentence.split(' ').filter(|text| !text.is_empty()).chain(section);
    words.map(|word| Word::new(word, style)).collect()
}

/// `#1 `, or `#1 edge ` where a relay has several hops; both are found by `grep '#1 '`.
fn name_of(record: &Record<'_>) -> String {
    match record.hop {
        None => format!("#{} ", record.connection),
        Some(hop) => format!("#{} {hop} ", record.connection),
    }
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Ok | Severity::Note => STATE,
        Severity::Warning | Severity::Broken => FAULT,
    }
}

fn arrow(flow: Flow) -> &'static str {
    match flow {
        Flow::Requests => "<-",
        Flow::Responses => "->",
    }
}

fn flow_style(flow: Flow) -> Style {
    match flow {
        Flow::Requests => AnsiColor::Cyan.on_default().bold(),
        Flow::Responses => AnsiColor::Green.on_default().bold(),
    }
}

fn style_of(span: &Span) -> Style {
    match span.content.unwrap_or(span.label) {
        Label::Unexpected => FAULT,
        Label::Method | Label::RequestTarget | Label::StatusCode | Label::ChunkSize => BOLD,
        Label::FieldName | Label::TrailerName | Label::EventFieldName => NAME,
        Label::ChunkExt | Label::EventComment | Label::EventUnknown => FAINT,
        _ => PLAIN,
    }
}

fn seconds(at: Duration) -> String {
    format!("{}.{:03}", at.as_secs(), at.subsec_millis())
}

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const NAME: Style = AnsiColor::Blue.on_default();
const ESCAPE: Style = AnsiColor::Yellow.on_default();
const STATE: Style = AnsiColor::Magenta.on_default().bold();
const FIN: Style = AnsiColor::Yellow.on_default().bold();
const FAULT: Style = AnsiColor::Red.on_default().bold();

/// What an elision has beside its number; each character is one column wide.
const ELIDED: &str = " .  octets . ";
const NAME_WIDTH: usize = 13;
/// Below this many columns explanations stand below their octets: beside them they would be a
/// narrow strip.
const NARROW: usize = 96;
/// Below this many columns octets stand below their name as well, from this column on.
const SLIM: usize = 60;
const SLIM_COLUMN: usize = 4;
const MIN_WIDTH: usize = 40;
const MAX_WIDTH: usize = 240;
/// How old a look at the window may be.
const WINDOW_PAUSE: Duration = Duration::from_secs(1);
