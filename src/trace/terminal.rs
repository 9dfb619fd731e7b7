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
use std::io::{self, Write};
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use self::cells::{Cell, elide};
use self::state::View;
use super::compact::Compact;
use super::look::Look;
use super::palette::{DARK, NONE, Palette, Role};
use super::record::{Record, Sink, What};
use super::signs::Signs;
use super::summary::{Show, Summary};
use crate::wire::ending::Ending;
use crate::wire::explain::{Row, Saying, rows};
use crate::wire::finding::Severity;
use crate::wire::flow::Flow;
use crate::wire::label::Label;
use crate::wire::language::Language;
use crate::wire::span::Span;
use crate::wire::visible::{is_harmless, visible};

mod cells;
mod state;
pub mod view;

/// A sink that writes rows for people.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    form: Form,
    /// How octets are written in the compact form; `look` has that of the full one.
    compact_signs: Signs,
    /// Columns of the terminal or file; rows are folded to them.
    look: Look,
    window: Option<Window>,
    compact: Compact,
    view: View,
    /// The rows of one record; kept for its memory.
    text: String,
    /// What is shown instead when many connections are open; nothing else, if each is to be shown.
    summary: Option<Summary>,
}

/// How much of a record is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// A row for each line of the protocol, each with what it does and where that is written.
    #[default]
    Full,
    /// A row for each unit: a head, a chunk, a FIN.
    Compact,
}

/// How to ask for the columns that the window has now.
struct Window {
    width: fn() -> Option<usize>,
    /// Asked again when the trace is this old.
    again: Duration,
}

impl Terminal {
    /// Rows for a terminal of `width` columns, in the full form; in the colours for a dark
    /// background if `colour` says so.
    ///
    /// Below 96 columns each explanation stands below its octets, and below 60 the octets stand
    /// below their name.
    pub fn new(out: Box<dyn Write + Send>, colour: bool, width: usize) -> Terminal {
        let palette = if colour { &DARK } else { &NONE };
        let width = width.clamp(MIN_WIDTH, MAX_WIDTH);
        Terminal {
            out,
            form: Form::Full,
            compact_signs: Signs::ESCAPES,
            look: Look { width, language: Language::En, palette, signs: Signs::PICTURES },
            window: None,
            compact: Compact::default(),
            view: View::default(),
            text: String::new(),
            summary: Some(Summary::default()),
        }
    }

    /// The same with its sentences in `language`.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Terminal {
        self.look.language = language;
        self
    }

    /// The same in another form.
    #[must_use]
    pub fn in_form(mut self, form: Form) -> Terminal {
        self.form = form;
        self
    }

    /// The same in other colours.
    #[must_use]
    pub fn in_colours(mut self, palette: &'static Palette) -> Terminal {
        self.look.palette = palette;
        self
    }

    /// The same with its octets written in another way, in each of the two forms.
    #[must_use]
    pub fn with_signs(mut self, full: Signs, compact: Signs) -> Terminal {
        (self.look.signs, self.compact_signs) = (full, compact);
        self
    }

    /// Asks `width` for the columns there are, once a second at most: people make their windows
    /// larger and smaller.
    #[must_use]
    pub fn following(mut self, width: fn() -> Option<usize>) -> Terminal {
        self.window = Some(Window { width, again: Duration::ZERO });
        self
    }

    /// Shows each connection, however many are open: rows of a file can be searched, and nothing
    /// waits for them.
    #[must_use]
    pub fn showing_each(mut self) -> Terminal {
        self.summary = None;
        self
    }

    fn look_at_window(&mut self, at: Duration) {
        if let Some(window) = &mut self.window
            && at >= window.again
        {
            window.again = at + WINDOW_PAUSE;
            self.look.width = (window.width)().unwrap_or(self.look.width).clamp(MIN_WIDTH, MAX_WIDTH);
        }
    }
}

impl Sink for Terminal {
    fn name(&self) -> &str {
        "the trace"
    }

    fn wants_spans(&self) -> bool {
        self.view.only.is_some() || !self.summary.as_ref().is_some_and(Summary::is_dense)
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let mut show = self.summary.as_mut().map_or(Show::Record, |summary| summary.show(record));
        if let Some(only) = self.view.only {
            if only != record.connection {
                self.view.hidden += 1;
                self.compact.forget(record.connection);
                return Ok(());
            }
            // One connection can be read, however many are open.
            show = Show::Record;
        }
        self.look_at_window(record.at);
        self.text.clear();
        let compact = Look { signs: self.compact_signs, ..self.look };
        match (&show, self.form) {
            (Show::Nothing, _) => {
                self.compact.pass(record);
                return Ok(());
            }
            // Below that there is no room beside the margin.
            (Show::Record, Form::Compact) if self.look.width >= SLIM => {
                self.compact.record(record, compact, &mut self.text);
            }
            (Show::Line(_, traffic), Form::Compact) if self.look.width >= SLIM => {
                self.compact.crowd(record, traffic, compact, &mut self.text);
            }
            (Show::Line(kind, traffic), _) => {
                RecordRows::new(&mut self.text, self.look, record).summary(record, Saying::Summary(*kind, traffic));
            }
            (Show::Record, _) => {
                self.compact.pass(record);
                RecordRows::new(&mut self.text, self.look, record).record(record);
            }
        }
        self.emit(record.at)
    }
}

/// The rows of one record, as they grow.
struct RecordRows<'a> {
    text: &'a mut String,
    palette: &'static Palette,
    signs: Signs,
    width: usize,
    language: Language,
    /// Time, connection, direction and count: they stand in the first row only.
    margin: Vec<Word<'static>>,
    margin_width: usize,
}

/// A word of a sentence, which cannot be divided either.
#[derive(Debug, Clone)]
struct Word<'a> {
    text: Cow<'a, str>,
    width: usize,
    role: Role,
}

impl<'t> RecordRows<'t> {
    fn new(text: &'t mut String, look: Look, record: &Record<'_>) -> RecordRows<'t> {
        let (arrow, count, style) = match record.what {
            What::Octets { flow, octets, .. } => (arrow(flow), octets.len().to_string(), role_of_flow(flow)),
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
        let Look { width, language, palette, signs } = look;
        RecordRows { text, palette, signs, width, language, margin, margin_width }
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
            What::Octets { flow, octets, spans, rest, .. } => {
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
            What::Held { step, note, octets, spans, .. } => {
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
                self.say(
                    "verdict",
                    severity_role(verdict.finding.severity()),
                    Saying::Finding(verdict.finding, verdict.hops),
                );
                if verdict.finding.has_remedy() {
                    self.say("remedy", FAINT, Saying::Remedy(verdict.finding));
                }
            }
        }
    }

    /// One row of octets, with its explanation beside or below it.
    fn octets(&mut self, octets: &[u8], spans: &[Span], row: &Row<'_>) {
        let name_style = if row.name == Label::Unexpected.name() { FAULT } else { BOLD };
        let cells = elide(octets, spans, row, self.signs, self.room(), self.lines());
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
        self.wrapped(&elide(octets, spans, row, self.signs, self.room(), self.lines()), self.octets_column());
        self.text.push('\n');
    }

    /// One row that is a sentence with its section.
    fn say(&mut self, name: &str, role: Role, saying: Saying<'_>) {
        self.note(name, role, &saying.in_language(self.language).with_section());
    }

    /// One row of words.
    fn note(&mut self, name: &str, role: Role, note: &str) {
        self.begin_row(name, role);
        self.words(&words(note, PLAIN), self.octets_column());
        self.text.push('\n');
    }

    /// What a FIN or RST means for the message it comes in; nothing if it cuts nothing and ends
    /// nothing. `of` is named if it is the other direction.
    fn ending(&mut self, ending: Ending, of: Option<Flow>) {
        if ending == Ending::BetweenMessages {
            return;
        }
        let (name, role) = if ending.is_complete() { ("", PLAIN) } else { ("incomplete", FAULT) };
        self.begin_row(name, role);
        let sentence = Saying::Ending(ending, of).in_language(self.language).to_string();
        let mut words = words(&sentence, role);
        words.extend(section(ending.section()));
        self.words(&words, self.octets_column());
        self.text.push('\n');
    }

    /// The margin, which is blank after the first row, and the name; then it is the octets' turn.
    fn begin_row(&mut self, name: &str, role: Role) {
        if self.text.is_empty() {
            for word in std::mem::take(&mut self.margin) {
                self.styled(word.role, |text| text.push_str(&word.text));
            }
        } else {
            self.pad(if self.width < SLIM { SLIM_COLUMN - 2 } else { self.margin_width });
        }
        // Names are the grammar's: plain ASCII.
        self.styled(role, |text| text.push_str(name));
        if self.width < SLIM {
            self.new_line(SLIM_COLUMN);
        } else {
            self.pad(NAME_WIDTH.saturating_sub(name.len()));
        }
    }

    fn cells(&mut self, cells: &[Cell]) {
        for cells in cells.chunk_by(|one, next| one.role == next.role) {
            let role = cells.first().map_or(PLAIN, |cell| cell.role);
            let signs = self.signs;
            self.styled(role, |text| cells.iter().for_each(|cell| cell.push_to(signs, text)));
        }
    }

    fn styled(&mut self, role: Role, write_text: impl FnOnce(&mut String)) {
        self.text.push_str(self.palette.begin(role));
        write_text(self.text);
        self.text.push_str(self.palette.end(role));
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
            self.styled(word.role, |text| text.push_str(&word.text));
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

impl<'a> Word<'a> {
    /// Sentences may quote a client, so they are shown as octets are.
    fn new(text: impl Into<Cow<'a, str>>, role: Role) -> Word<'a> {
        let text = text.into();
        if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
            return Word { width: text.len(), text, role };
        }
        let text = if text.chars().all(is_harmless) { text } else { Cow::Owned(visible(text.as_bytes())) };
        Word { width: text.width(), text, role }
    }
}

fn width_of_words(words: &[Word<'_>]) -> usize {
    words.iter().map(|word| word.width + 1).sum::<usize>().saturating_sub(1)
}

/// `(RFC 9112 7.1)`; of WHATWG's long headings only whose they are.
fn section(section: &str) -> Option<Word<'static>> {
    let short = if section.starts_with("WHATWG") { "WHATWG" } else { section };
    (!short.is_empty()).then(|| Word::new(format!("({short})"), FAINT))
}

// What stands in parentheses at the end, mostly a section, is not divided.
fn words(sentence: &str, role: Role) -> Vec<Word<'_>> {
    let (sentence, section) = match sentence.strip_suffix(')').and_then(|text| text.rfind(" (")) {
        Some(space) => (&sentence[..space], Some(&sentence[space + 1..])),
        None => (sentence, None),
    };
    let words = sentence.split(' ').filter(|text| !text.is_empty()).chain(section);
    words.map(|word| Word::new(word, role)).collect()
}

/// `#1 `, or `#1 edge ` where a relay has several hops; both are found by `grep '#1 '`.
fn name_of(record: &Record<'_>) -> String {
    match record.hop {
        None => format!("#{} ", record.connection),
        Some(hop) => format!("#{} {hop} ", record.connection),
    }
}

fn severity_role(severity: Severity) -> Role {
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

fn role_of_flow(flow: Flow) -> Role {
    match flow {
        Flow::Requests => Role::Request,
        Flow::Responses => Role::Response,
    }
}

fn seconds(at: Duration) -> String {
    format!("{}.{:03}", at.as_secs(), at.subsec_millis())
}

/// A sentence.
const PLAIN: Role = Role::Note;
/// The name of a row.
const BOLD: Role = Role::Start;
/// Sections, times, what is left out.
const FAINT: Role = Role::Time;
const STATE: Role = Role::State;
const FIN: Role = Role::Fin;
const FAULT: Role = Role::Bad;

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
