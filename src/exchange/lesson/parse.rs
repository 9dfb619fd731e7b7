//! From text to instructions: the grammar of a script.
//!
//! ```text
//! script    = *( metadata / param / comment / blank ) *( step / take )
//! metadata  = "title:" / "title.ko:" / "question:" / "question.ko:" / "reads:" / "try:"      one a line
//! param     = "param" name "=" default [ "(" limits ")" ]
//! take      = "take" condition *( "and" condition )           what follows is for such requests
//! step      = verb [ argument ] [ "#" comment ]
//! fields    = lines under head, last-chunk and event, indented deeper than the verb; taken as they stand
//! ```
//!
//! A comment explains the step behind it, or the one that it stands behind; a blank line after a comment makes it a
//! remark about the lesson as a whole.
//!
//! For the next editor: a line that is wrong is one problem, and parsing goes on with the next line. A new verb needs a
//! row in [`VERBS`], an arm in [`Parser::step`], a variant of [`Act`], and its paragraph in `docs/lessons.md`.

use super::cursor::{Cursor, Piece, is_name};
use super::problem::{Place, Problem};
use super::script::{
    Act, Amount, Condition, Cut, Instruction, Kind, Op, Parameter, Pieces, Slot, Take, Template, Value, read_number,
    read_time, show_time,
};
use super::{
    LONGEST_WAIT, LONGEST_WORD, MAX_CHOICES, MAX_DEPTH, MAX_INSTRUCTIONS, MAX_PARAMETERS, MAX_PROBLEMS, MAX_REPEAT,
    MAX_TAKES, SEND_BUFFERS,
};
use crate::wire::request::is_tchar;

/// What the text says.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub(super) metadata: Vec<(&'static str, String)>,
    pub(super) remarks: Vec<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) takes: Vec<Take>,
}

/// Reads a script. With errors among the problems, what was read is incomplete.
pub(super) fn parse(text: &str) -> (Script, Vec<Problem>) {
    let mut parser = Parser::default();
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let mut fields = Vec::new();
        while let Some((index, field)) = lines.next_if(|(_, next)| takes_fields(line) && is_deeper(line, next)) {
            fields.push((index + 1, field));
        }
        parser.line(index + 1, line, &fields);
        if parser.problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    parser.finish(text.lines().count());
    (parser.script, parser.problems)
}

fn takes_fields(line: &str) -> bool {
    matches!(line.split_whitespace().next(), Some("head" | "last-chunk" | "event"))
}

fn is_deeper(line: &str, next: &str) -> bool {
    !next.trim().is_empty() && indent(next) > indent(line)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[derive(Debug, Default)]
struct Parser {
    script: Script,
    problems: Vec<Problem>,
    /// Comments that wait for their step.
    note: Vec<String>,
    /// `intended` stood before.
    intended: bool,
    open: Vec<Block>,
    /// What all takes begin with.
    prefix: Vec<Instruction>,
    take: Option<Take>,
    has_steps: bool,
    is_finished: Finished,
}

/// What `fin` and `rst` have left possible.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Finished {
    #[default]
    No,
    Fin(usize),
    Rst(usize),
}

/// A block that has begun and not ended.
#[derive(Debug)]
struct Block {
    verb: &'static str,
    place: Place,
    /// Of its instruction.
    start: usize,
    /// Of a repetition.
    counter: Option<String>,
    intended: bool,
}

type Parsed<T> = Result<T, Problem>;
/// A line and its number.
type Field<'a> = (usize, &'a str);

const VERBS: &[&str] = &[
    "head",
    "chunk",
    "last-chunk",
    "data",
    "raw",
    "event",
    "comment",
    "wait",
    "hold",
    "fin",
    "rst",
    "repeat",
    "together",
    "split",
    "end",
    "take",
    "param",
    "intended",
    "idle",
    "send-buffer",
];

const METADATA: &[&str] = &["title", "title.ko", "question", "question.ko", "reads", "try", "watch", "watch.ko"];

impl Parser {
    fn line(&mut self, number: usize, line: &str, fields: &[Field<'_>]) {
        let mut cursor = Cursor::new(line, number);
        cursor.skip_space();
        if cursor.rest().is_empty() {
            self.script.remarks.append(&mut self.note);
            return;
        }
        if let Some(comment) = cursor.rest().strip_prefix('#') {
            self.note.push(comment.trim().to_owned());
            return;
        }
        if let Err(problem) = self.statement(cursor, fields) {
            self.problems.push(problem);
            self.note.clear();
            self.intended = false;
        }
    }

    fn statement(&mut self, mut cursor: Cursor<'_>, fields: &[Field<'_>]) -> Parsed<()> {
        let (word, place) = cursor.word();
        if word == "intended" || word == "intended:" {
            self.intended = true;
            return Ok(());
        }
        if let Some(key) = word.strip_suffix(':') {
            return self.metadata(key, place, &cursor);
        }
        match word {
            "param" => self.parameter(cursor, place),
            "take" => self.begin_take(cursor, place),
            "end" => self.end_block(cursor, place),
            _ => self.step(word, place, cursor, fields),
        }
    }

    fn metadata(&mut self, key: &str, place: Place, cursor: &Cursor<'_>) -> Parsed<()> {
        self.script.remarks.append(&mut self.note);
        let Some(key) = METADATA.iter().find(|known| **known == key) else {
            let expected = format!("expected one of {}{}", METADATA.join(", "), suggestion(key, METADATA));
            return Err(Problem::error(place, format!("nothing about a lesson is called {key:?}"), expected));
        };
        if self.has_steps {
            return Err(Problem::error(place, format!("{key:?} comes too late"), "expected before the first step"));
        }
        let value = cursor.rest().trim();
        if value.is_empty() {
            return Err(Problem::error(place, format!("{key:?} says nothing"), "expected some words behind it"));
        }
        if *key != "try" && self.script.metadata.iter().any(|(other, _)| other == key) {
            return Err(Problem::error(place, format!("{key:?} is there twice"), "expected once"));
        }
        self.script.metadata.push((key, value.to_owned()));
        Ok(())
    }

    // ---- parameters -----------------------------------------------------------------------------------

    fn parameter(&mut self, mut cursor: Cursor<'_>, verb: Place) -> Parsed<()> {
        self.script.remarks.append(&mut self.note);
        if self.has_steps {
            return Err(Problem::error(verb, "a parameter comes too late", "expected before the first step"));
        }
        if self.script.parameters.len() >= MAX_PARAMETERS {
            return Err(Problem::error(
                verb,
                "these are too many parameters",
                format!("expected at most {MAX_PARAMETERS}"),
            ));
        }
        let (name, place) = cursor.name();
        if !is_name(name) {
            return Err(Problem::error(
                place,
                "the parameter has no name",
                "expected NAME = DEFAULT, such as pause = 500ms",
            ));
        }
        if name == "step" || name == "n" {
            let expected = "expected another name: ?step holds each step, and {n} counts repetitions";
            return Err(Problem::error(place, format!("{name:?} is taken"), expected));
        }
        if self.script.parameters.iter().any(|parameter| parameter.name == name) {
            return Err(Problem::error(
                place,
                format!("the parameter {name:?} is there twice"),
                "expected another name",
            ));
        }
        if !cursor.take("=") {
            return Err(Problem::error(
                cursor.place_of_rest(),
                "the parameter has no default",
                "expected = and a default",
            ));
        }
        let (kind, default) = kind_and_default(&mut cursor)?;
        cursor.end("expected the end of the line, or limits in parentheses, such as (1..100)")?;
        self.script.parameters.push(Parameter { name: name.to_owned(), kind, default });
        Ok(())
    }

    // ---- takes ----------------------------------------------------------------------------------------

    fn begin_take(&mut self, mut cursor: Cursor<'_>, place: Place) -> Parsed<()> {
        self.close_blocks();
        self.script.remarks.append(&mut self.note);
        self.has_steps = true;
        self.end_take();
        let mut conditions = Vec::new();
        let parsed = self.conditions(&mut cursor, &mut conditions);
        // The steps below belong to a take all the same: one error is enough.
        self.take = Some(Take { conditions: conditions.clone(), place, program: self.prefix.clone() });
        self.is_finished = finished(&self.prefix);
        parsed?;
        if self.script.takes.len() >= MAX_TAKES {
            return Err(Problem::error(place, "these are too many takes", format!("expected at most {MAX_TAKES}")));
        }
        match self.script.takes.iter().find(|take| take.conditions.is_empty() || take.conditions == conditions) {
            Some(take) if take.conditions == conditions => Err(Problem::error(
                place,
                "this take is never played",
                format!("expected another condition: line {} takes the same requests", take.place.line),
            )),
            Some(take) => Err(Problem::error(
                place,
                "this take is never played",
                format!("expected before line {}, which takes every request", take.place.line),
            )),
            None => Ok(()),
        }
    }

    fn conditions(&self, cursor: &mut Cursor<'_>, conditions: &mut Vec<Condition>) -> Parsed<()> {
        if cursor.peek() == "otherwise" {
            cursor.word();
        } else {
            conditions.push(self.condition(cursor)?);
            while cursor.peek() == "and" {
                cursor.word();
                conditions.push(self.condition(cursor)?);
            }
        }
        cursor.end("expected the end of the line, or \"and\" with another condition").map(|_| ())
    }

    fn condition(&self, cursor: &mut Cursor<'_>) -> Parsed<Condition> {
        let (word, place) = cursor.name();
        match word {
            "first" => Ok(Condition::Request { from: 1, to: 1 }),
            "request" => request_number(cursor),
            "last-event-id" => {
                cursor.skip_space();
                if !cursor.rest().starts_with('"') {
                    return Ok(Condition::LastEventId(None));
                }
                let place = cursor.place(1);
                let id = fixed_text(cursor.quoted()?, place)?;
                Ok(Condition::LastEventId(Some(id)))
            }
            "method" => {
                let (method, place) = cursor.word();
                if method.is_empty() || !method.bytes().all(is_tchar) {
                    return Err(Problem::error(place, "this is no method", "expected a method, such as HEAD or POST"));
                }
                Ok(Condition::Method(method.to_owned()))
            }
            "version" => match cursor.word() {
                ("HTTP/1.0", _) => Ok(Condition::Http10(true)),
                ("HTTP/1.1", _) => Ok(Condition::Http10(false)),
                (_, place) => Err(Problem::error(place, "this is no version", "expected HTTP/1.0 or HTTP/1.1")),
            },
            _ => self.parameter_condition(word, place, cursor),
        }
    }

    fn parameter_condition(&self, name: &str, place: Place, cursor: &mut Cursor<'_>) -> Parsed<Condition> {
        let found = self.script.parameters.iter().enumerate().find(|(_, parameter)| parameter.name == name);
        let Some((index, parameter)) = found else {
            let expected = "expected first, request N, last-event-id, method NAME, version HTTP/1.0, PARAMETER = VALUE or otherwise";
            return Err(Problem::error(place, format!("a take cannot ask for {name:?}"), expected));
        };
        if !cursor.take("=") {
            return Err(Problem::error(
                cursor.place(1),
                "the parameter is compared with nothing",
                "expected = and a value",
            ));
        }
        let (value, place) = cursor.word();
        match parameter.kind.read(value) {
            Ok(value) => Ok(Condition::Parameter { index, value: value.text }),
            Err(expected) => Err(Problem::error(
                place,
                format!("{name:?} never has this value: it {expected}"),
                "expected a value that it can have",
            )),
        }
    }

    fn end_take(&mut self) {
        if let Some(take) = self.take.take() {
            if take.program.len() == self.prefix.len() && self.prefix.is_empty() {
                self.problems.push(Problem::error(take.place, "this take does nothing", "expected steps below it"));
            }
            self.script.takes.push(take);
        }
    }

    // ---- steps ----------------------------------------------------------------------------------------

    fn step(&mut self, verb: &str, place: Place, mut cursor: Cursor<'_>, fields: &[Field<'_>]) -> Parsed<()> {
        self.has_steps = true;
        if let Some(block) = match verb {
            "repeat" => Some("repeat"),
            "together" => Some("together"),
            "split" => Some("split"),
            _ => None,
        } {
            return self.begin_block(block, place, cursor);
        }
        let act = match verb {
            "head" => self.head(&mut cursor, fields)?,
            "chunk" => Act::Chunk(self.text(&mut cursor, "chunk")?),
            "last-chunk" => Act::LastChunk(self.field_lines(fields)?),
            "data" => Act::Data(self.text(&mut cursor, "data")?),
            "raw" => Act::Raw(self.text(&mut cursor, "raw")?),
            "event" => self.event(&mut cursor, place, fields)?,
            "comment" => Act::Event(self.comment(&mut cursor)?),
            "wait" => Act::Wait(self.time(&mut cursor)?),
            "idle" => Act::Idle(self.time(&mut cursor)?),
            "hold" => Act::Hold,
            "fin" => Act::Fin,
            "rst" => Act::Rst,
            "send-buffer" => Act::SendBuffer(send_buffer(&mut cursor)?),
            _ => return Err(unknown_verb(verb, place)),
        };
        let comment = cursor.end("expected the end of the line, or # and a comment")?;
        self.check_order(&act, place)?;
        self.warn_of_raw(&act, place);
        self.push(Op::Act(act), place, comment)
    }

    fn head(&mut self, cursor: &mut Cursor<'_>, fields: &[Field<'_>]) -> Parsed<Act> {
        let version = if cursor.peek().starts_with("HTTP/") { cursor.word().0 } else { "HTTP/1.1" };
        if !matches!(version, "HTTP/1.0" | "HTTP/1.1") {
            return Err(Problem::error(
                cursor.place(0),
                format!("{version} is not spoken here"),
                "expected HTTP/1.1 or HTTP/1.0",
            ));
        }
        let (status, place) = cursor.word();
        let is_code =
            status.len() == 3 && status.starts_with(['1', '2', '3', '4', '5']) && read_number(status).is_some();
        if !is_code {
            return Err(Problem::error(
                place,
                "this is no status code",
                "expected three digits from 100 to 599, such as 200 OK",
            ));
        }
        cursor.skip_space();
        let reason = cursor.rest();
        let reason = reason.find('#').map_or(reason, |comment| &reason[..comment]).trim_end();
        if reason.chars().any(char::is_control) {
            return Err(Problem::error(
                cursor.place_of_rest(),
                "a reason phrase has no control characters",
                "expected words",
            ));
        }
        cursor.take(reason);
        let lines = self.field_lines(fields)?;
        let is_chunked = fields.iter().any(|(_, line)| says_chunked(line));
        let mut text = Template::default();
        text.push_octets(format!("{version} {status} {reason}\r\n").as_bytes());
        text.append(lines);
        text.push_octets(b"\r\n");
        Ok(Act::Head { text, is_interim: status.starts_with('1'), is_chunked })
    }

    /// Field lines, with CRLF, exactly as they stand.
    fn field_lines(&mut self, fields: &[Field<'_>]) -> Parsed<Template> {
        let mut lines = Template::default();
        for (number, line) in fields {
            let mut cursor = Cursor::new(line.trim_end(), *number);
            cursor.skip_space();
            if cursor.rest().starts_with('#') {
                continue;
            }
            let name = cursor.rest().split(':').next().unwrap_or_default();
            let is_field = cursor.rest().contains(':') && !name.is_empty() && name.bytes().all(is_tchar);
            if !is_field || cursor.rest().chars().any(|c| c.is_control() && c != '\t') {
                let expected = "expected Name: value; a line that is wrong on purpose needs raw";
                self.problems.push(Problem::error(cursor.place_of_rest(), "this is no field line", expected));
                continue;
            }
            if let Some(hash) = cursor.rest().find(" #") {
                let mut place = cursor.place(1);
                place.column += cursor.rest()[..=hash].chars().count();
                self.warn(place, "this is part of the field's value", "a comment needs a line of its own here");
            }
            let pieces = cursor.literal()?;
            lines.append(self.fill(pieces));
            lines.push_octets(b"\r\n");
        }
        Ok(lines)
    }

    fn event(&mut self, cursor: &mut Cursor<'_>, verb: Place, fields: &[Field<'_>]) -> Parsed<Act> {
        cursor.skip_space();
        let has_text = cursor.rest().starts_with('"');
        if has_text && !fields.is_empty() {
            let expected = "expected either \"...\" or lines below, not both";
            return Err(Problem::error(cursor.place(1), "the event has its data twice", expected));
        }
        if !has_text && fields.is_empty() {
            let expected = "expected \"...\", or lines such as \"data: hello\" below, indented";
            return Err(Problem::error(verb, "the event is empty", expected));
        }
        let mut block = if has_text { self.data_lines(cursor)? } else { self.event_lines(verb, fields)? };
        block.push_octets(b"\n");
        Ok(Act::Event(block))
    }

    // Line ends within the text make new lines of data, as a reader will join them again.
    fn data_lines(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Template> {
        let text = self.text(cursor, "event")?;
        Ok(prefixed(text, b"data: "))
    }

    fn event_lines(&mut self, verb: Place, fields: &[Field<'_>]) -> Parsed<Template> {
        let mut lines = Template::default();
        let mut has_data = false;
        for (number, line) in fields {
            let mut cursor = Cursor::new(line.trim_end(), *number);
            cursor.skip_space();
            if cursor.rest().starts_with('#') {
                continue;
            }
            let (name, value) = cursor.rest().split_once(':').unwrap_or((cursor.rest(), ""));
            has_data |= name == "data";
            let value = value.strip_prefix(' ').unwrap_or(value);
            if !matches!(name, "data" | "id" | "event" | "retry" | "") {
                self.warn(
                    cursor.place_of_rest(),
                    format!("a client ignores {name:?}"),
                    "known are data, id, event and retry",
                );
            } else if name == "retry" && !value.contains('{') && read_number(value).is_none() {
                self.warn(cursor.place_of_rest(), "a client ignores this retry", "it heeds digits only: milliseconds");
            }
            let pieces = cursor.literal()?;
            lines.append(self.fill(pieces));
            lines.push_octets(b"\n");
        }
        if lines.is_empty() {
            return Err(Problem::error(verb, "the event is empty", "expected lines such as \"data: hello\" below"));
        }
        if !has_data {
            self.warn(verb, "the event has no data: nothing is dispatched", "a data: line would make it an event");
        }
        Ok(lines)
    }

    fn comment(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Template> {
        let text = self.text(cursor, "comment")?;
        let mut lines = prefixed(text, b": ");
        lines.push_octets(b"\n");
        Ok(lines)
    }

    /// One or more strings in quotation marks, side by side.
    fn text(&mut self, cursor: &mut Cursor<'_>, verb: &str) -> Parsed<Template> {
        let place = cursor.place(0);
        let mut text = Template::default();
        loop {
            let pieces = cursor.quoted()?;
            text.append(self.fill(pieces));
            cursor.skip_space();
            if !cursor.rest().starts_with('"') {
                break;
            }
        }
        if text.is_empty() && matches!(verb, "chunk" | "data" | "raw") {
            let expected =
                if verb == "chunk" { "expected text; the chunk of size zero is last-chunk" } else { "expected text" };
            return Err(Problem::error(place, "this has no octets", expected));
        }
        Ok(text)
    }

    fn fill(&mut self, pieces: Vec<Piece<'_>>) -> Template {
        let mut template = Template::default();
        for piece in pieces {
            match piece {
                Piece::Octets(octets) => template.push_octets(&octets),
                Piece::Name(name, place) => match self.slot(name) {
                    Some(slot) => template.push_hole(slot),
                    None => self.problems.push(self.unknown_name(name, place)),
                },
            }
        }
        template
    }

    fn slot(&self, name: &str) -> Option<Slot> {
        // The innermost repetition of that name.
        let counters: Vec<&str> = self.open.iter().filter_map(|block| block.counter.as_deref()).collect();
        if let Some(depth) = counters.iter().rposition(|counter| *counter == name) {
            return Some(Slot::Counter(depth));
        }
        self.script.parameters.iter().position(|parameter| parameter.name == name).map(Slot::Parameter)
    }

    fn unknown_name(&self, name: &str, place: Place) -> Problem {
        let counters = self.open.iter().filter_map(|block| block.counter.as_deref());
        let names: Vec<&str> = counters.chain(self.script.parameters.iter().map(|it| it.name.as_str())).collect();
        let known =
            if names.is_empty() { "there are none here".to_owned() } else { format!("there are {}", names.join(", ")) };
        Problem::error(
            place,
            format!("no parameter or counter is called {name:?}"),
            format!("{known}; a brace alone is written {{{{"),
        )
    }

    fn time(&self, cursor: &mut Cursor<'_>) -> Parsed<Amount> {
        let (word, place) = cursor.word();
        let expected = format!("expected a time of at most {}, such as 500ms or {{pause}}", show_time(LONGEST_WAIT));
        if let Some(index) = self.parameter_in_braces(word, place)? {
            return match self.script.parameters.get(index).map(|parameter| &parameter.kind) {
                Some(Kind::Time { .. }) => Ok(Amount::Parameter(index)),
                _ => Err(Problem::error(place, format!("{word} is no time"), expected)),
            };
        }
        match read_time(word) {
            Some(time) if time <= LONGEST_WAIT => Ok(Amount::Fixed(time)),
            _ => Err(Problem::error(place, format!("{word:?} is no time"), expected)),
        }
    }

    fn count(&self, cursor: &mut Cursor<'_>) -> Parsed<Amount> {
        let (word, place) = cursor.word();
        let expected = format!("expected a number from 1 to {MAX_REPEAT}, or {{count}}");
        if let Some(index) = self.parameter_in_braces(word, place)? {
            return match self.script.parameters.get(index).map(|parameter| &parameter.kind) {
                Some(Kind::Number { to, .. }) if *to <= MAX_REPEAT => Ok(Amount::Parameter(index)),
                _ => Err(Problem::error(place, format!("{word} is no number of repetitions"), expected)),
            };
        }
        match read_number(word) {
            Some(count) if (1..=MAX_REPEAT).contains(&count) => Ok(Amount::Fixed(count)),
            _ => Err(Problem::error(place, format!("{word:?} is no number of repetitions"), expected)),
        }
    }

    fn parameter_in_braces(&self, word: &str, place: Place) -> Parsed<Option<usize>> {
        let Some(name) = word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) else { return Ok(None) };
        match self.slot(name) {
            Some(Slot::Parameter(index)) => Ok(Some(index)),
            Some(Slot::Counter(_)) => {
                Err(Problem::error(place, format!("{name:?} is a counter"), "expected a parameter"))
            }
            None => Err(self.unknown_name(name, place)),
        }
    }

    // ---- blocks ---------------------------------------------------------------------------------------

    fn begin_block(&mut self, verb: &'static str, place: Place, mut cursor: Cursor<'_>) -> Parsed<()> {
        // Even if its line is wrong the block is open, or its end would be an error too.
        let (start, intended) = (self.program().len(), self.intended);
        let counter = (verb == "repeat").then(|| "n".to_owned());
        self.open.push(Block { verb, place, start, counter, intended });
        let op = match self.block(verb, &mut cursor) {
            Ok(op) => op,
            Err(problem) => {
                self.push(Op::Together, place, None)?;
                return Err(problem);
            }
        };
        let comment = cursor.end("expected the end of the line");
        self.push(op, place, None)?;
        self.check_nesting(verb, place)?;
        if let (Some(comment), Some(instruction)) = (comment?, self.program_mut().last_mut()) {
            let note = instruction.note.take().map_or(comment.clone(), |note| format!("{note} {comment}"));
            instruction.note = Some(note);
        }
        Ok(())
    }

    fn block(&mut self, verb: &str, cursor: &mut Cursor<'_>) -> Parsed<Op> {
        match verb {
            "repeat" => {
                let times = self.count(cursor)?;
                if cursor.peek() == "as" {
                    cursor.word();
                    let (name, place) = cursor.name();
                    if !is_name(name) {
                        return Err(Problem::error(
                            place,
                            "the counter has no name",
                            "expected a name, such as: repeat 3 as i",
                        ));
                    }
                    if let Some(block) = self.open.last_mut() {
                        block.counter = Some(name.to_owned());
                    }
                }
                Ok(Op::Repeat { times, end: 0 })
            }
            "split" => self.cut(cursor),
            _ => Ok(Op::Together),
        }
    }

    fn cut(&self, cursor: &mut Cursor<'_>) -> Parsed<Op> {
        let pieces = if cursor.peek() == "at" {
            cursor.word();
            let mut places = Vec::new();
            while !matches!(cursor.peek(), "" | "every") {
                let (word, place) = cursor.word();
                match read_number(word)
                    .filter(|at| *at > places.last().copied().unwrap_or(0) && places.len() < MAX_CUTS)
                {
                    Some(at) => places.push(at),
                    None => {
                        return Err(Problem::error(
                            place,
                            format!("no write can end at {word:?}"),
                            "expected rising numbers of octets, such as: split at 1 4",
                        ));
                    }
                }
            }
            if places.is_empty() {
                return Err(Problem::error(
                    cursor.place(0),
                    "nothing says where to split",
                    "expected numbers of octets, such as: split at 1 4",
                ));
            }
            Pieces::At(places)
        } else {
            let (word, place) = cursor.word();
            match read_number(word).filter(|size| *size > 0) {
                Some(size) => Pieces::Of(size),
                None => {
                    return Err(Problem::error(
                        place,
                        format!("{word:?} is no number of octets"),
                        "expected: split 1, or: split at 3 7",
                    ));
                }
            }
        };
        let every = if cursor.peek() == "every" {
            cursor.word();
            Some(self.time(cursor)?)
        } else {
            None
        };
        Ok(Op::Split(Cut { pieces, every }))
    }

    fn check_nesting(&self, verb: &str, place: Place) -> Parsed<()> {
        let outer = self.open.get(..self.open.len().saturating_sub(1)).unwrap_or_default();
        if self.open.len() > MAX_DEPTH {
            return Err(Problem::error(
                place,
                "these blocks are nested too deeply",
                format!("expected at most {MAX_DEPTH}"),
            ));
        }
        match outer.iter().find(|block| block.verb != "repeat") {
            Some(block) if verb != "repeat" => {
                let expected = format!("expected after the end of {} in line {}", block.verb, block.place.line);
                Err(Problem::error(place, format!("{verb} cannot stand in {}", block.verb), expected))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn end_block(&mut self, mut cursor: Cursor<'_>, place: Place) -> Parsed<()> {
        let comment = cursor.end("expected the end of the line")?;
        let Some(block) = self.open.pop() else {
            return Err(Problem::error(
                place,
                "there is nothing to end",
                "expected repeat, together or split before it",
            ));
        };
        let end = self.program().len();
        if end == block.start + 1 {
            self.push(Op::EndTogether, place, None)?;
            let message = format!("the {} of line {} is empty", block.verb, block.place.line);
            return Err(Problem::error(place, message, "expected steps inside"));
        }
        if let Some(Op::Repeat { end: target, .. }) = self.program_mut().get_mut(block.start).map(|it| &mut it.op) {
            *target = end;
        }
        let op = match block.verb {
            "repeat" => Op::EndRepeat { start: block.start },
            "split" => Op::EndSplit,
            _ => Op::EndTogether,
        };
        self.push(op, place, comment)
    }

    fn close_blocks(&mut self) {
        for block in std::mem::take(&mut self.open) {
            let message = format!("this {} has no end", block.verb);
            self.problems.push(Problem::error(block.place, message, "expected a line \"end\" behind its steps"));
        }
    }

    // ---- what holds for every step --------------------------------------------------------------------

    fn program(&self) -> &[Instruction] {
        self.take.as_ref().map_or(&self.prefix, |take| &take.program)
    }

    fn program_mut(&mut self) -> &mut Vec<Instruction> {
        match &mut self.take {
            Some(take) => &mut take.program,
            None => &mut self.prefix,
        }
    }

    fn push(&mut self, op: Op, place: Place, comment: Option<String>) -> Parsed<()> {
        let mut note = std::mem::take(&mut self.note);
        note.extend(comment);
        let note = (!note.is_empty()).then(|| note.join(" "));
        let intended = std::mem::take(&mut self.intended) || self.open.iter().any(|block| block.intended);
        if self.program().len() >= MAX_INSTRUCTIONS {
            return Err(Problem::error(
                place,
                "this is one step too many",
                format!("expected at most {MAX_INSTRUCTIONS} in one take"),
            ));
        }
        self.program_mut().push(Instruction { op, place, note, intended });
        Ok(())
    }

    fn check_order(&mut self, act: &Act, place: Place) -> Parsed<()> {
        let is_quiet = matches!(act, Act::Wait(_) | Act::Hold);
        match self.is_finished {
            Finished::Fin(line) if !is_quiet && !matches!(act, Act::Rst) => {
                let expected = format!("expected before line {line}; behind it there may be wait, hold and rst");
                return Err(Problem::error(place, "after fin nothing can be sent", expected));
            }
            Finished::Rst(line) => {
                let expected = format!("expected before line {line}");
                return Err(Problem::error(place, "after rst there is no connection", expected));
            }
            Finished::Fin(_) | Finished::No => {}
        }
        if let Some(block) = self.open.iter().find(|block| block.verb != "repeat")
            && (is_quiet || matches!(act, Act::Fin | Act::Rst | Act::Idle(_) | Act::SendBuffer(_)))
        {
            let expected =
                format!("expected outside of {} (line {}), which is about octets", block.verb, block.place.line);
            return Err(Problem::error(place, format!("this cannot stand in {}", block.verb), expected));
        }
        if let Some(block) = self.open.first()
            && matches!(act, Act::Fin | Act::Rst)
        {
            let expected = format!("expected behind the end of {} in line {}", block.verb, block.place.line);
            return Err(Problem::error(place, "a connection ends once", expected));
        }
        match act {
            Act::Fin => self.is_finished = Finished::Fin(place.line),
            Act::Rst => self.is_finished = Finished::Rst(place.line),
            _ => {}
        }
        Ok(())
    }

    /// `raw` is for what no verb can say.
    fn warn_of_raw(&mut self, act: &Act, place: Place) {
        let Act::Raw(text) = act else { return };
        if let Some(verb) = text.fixed().and_then(verb_for) {
            self.warn(place, format!("these are the octets of {verb}"), format!("{verb} says what they are"));
        }
    }

    fn warn(&mut self, place: Place, message: impl Into<String>, expected: impl Into<String>) {
        if !self.intended && !self.open.iter().any(|block| block.intended) {
            self.problems.push(Problem::warning(place, message, expected));
        }
    }

    fn finish(&mut self, lines: usize) {
        self.close_blocks();
        self.script.remarks.append(&mut self.note);
        if self.take.is_none() {
            let place = Place { line: 1, column: 1, length: 0 };
            self.take = Some(Take { conditions: Vec::new(), place, program: std::mem::take(&mut self.prefix) });
        }
        if self.program().is_empty() && !self.has_steps {
            let place = Place { line: lines.max(1), column: 1, length: 0 };
            self.problems.push(Problem::error(
                place,
                "the script does nothing",
                "expected a step, such as: head 200 OK",
            ));
            return;
        }
        self.end_take();
    }
}

fn finished(program: &[Instruction]) -> Finished {
    program.iter().fold(Finished::No, |finished, instruction| match &instruction.op {
        Op::Act(Act::Fin) => Finished::Fin(instruction.place.line),
        Op::Act(Act::Rst) => Finished::Rst(instruction.place.line),
        _ => finished,
    })
}

fn kind_and_default(cursor: &mut Cursor<'_>) -> Parsed<(Kind, Value)> {
    cursor.skip_space();
    if cursor.rest().starts_with('"') {
        let place = cursor.place(1);
        let text = fixed_text(cursor.quoted()?, place)?;
        let longest = match limits(cursor)? {
            None => DEFAULT_TEXT.max(text.len() as u64),
            Some((limits, place)) => limits
                .strip_prefix("..")
                .and_then(|limit| read_number(limit.trim()))
                .filter(|longest| *longest <= MAX_TEXT)
                .ok_or_else(|| {
                    Problem::error(
                        place,
                        "this is no limit of a text",
                        format!("expected (..N), N at most {MAX_TEXT} octets"),
                    )
                })?,
        };
        return with_default(Kind::Text { longest }, &text, place);
    }
    let (word, place) = cursor.word();
    if word.is_empty() {
        return Err(Problem::error(
            place,
            "the parameter has no default",
            "expected a number, a time, a word or \"...\"",
        ));
    }
    let limits = limits(cursor)?;
    if read_number(word).is_some() {
        let usual = DEFAULT_NUMBER.max(read_number(word).unwrap_or_default());
        let (from, to) = range(limits, read_number, (usual, MAX_REPEAT), "expected (FROM..TO), such as (1..100)")?;
        return with_default(Kind::Number { from, to }, word, place);
    }
    if read_time(word).is_some() {
        let usual = DEFAULT_TIME.max(read_time(word).unwrap_or_default());
        let (from, to) = range(limits, read_time, (usual, LONGEST_WAIT), "expected (FROM..TO), such as (0s..10s)")?;
        return with_default(Kind::Time { from, to }, word, place);
    }
    let choices: Vec<String> = match limits {
        None => {
            return Err(Problem::error(
                place,
                format!("{word:?} could be anything"),
                "expected the choices behind it, such as (yes | no)",
            ));
        }
        Some((limits, _)) => limits.split('|').map(|choice| choice.trim().to_owned()).collect(),
    };
    let is_right = choices.len() <= MAX_CHOICES && choices.iter().all(|choice| is_word(choice));
    if !is_right {
        return Err(Problem::error(
            place,
            "these are no choices",
            format!("expected up to {MAX_CHOICES} words with | between them"),
        ));
    }
    with_default(Kind::Choice(choices), word, place)
}

fn with_default(kind: Kind, text: &str, place: Place) -> Parsed<(Kind, Value)> {
    match kind.read(text) {
        Ok(default) => Ok((kind, default)),
        Err(expected) => Err(Problem::error(place, "the default is outside its own limits", format!("it {expected}"))),
    }
}

/// What stands in parentheses.
fn limits<'a>(cursor: &mut Cursor<'a>) -> Parsed<Option<(&'a str, Place)>> {
    cursor.skip_space();
    let place = cursor.place_of_rest();
    if !cursor.take("(") {
        return Ok(None);
    }
    match cursor.rest().split_once(')') {
        Some((limits, _)) => {
            cursor.take(limits);
            cursor.take(")");
            Ok(Some((limits.trim(), place)))
        }
        None => Err(Problem::error(place, "the limits do not end", "expected a closing )")),
    }
}

/// What may be between: from 0 to what is usual if nothing is said, and never more than what is possible.
fn range(
    limits: Option<(&str, Place)>,
    read: fn(&str) -> Option<u64>,
    (usual, possible): (u64, u64),
    expected: &str,
) -> Parsed<(u64, u64)> {
    let Some((limits, place)) = limits else { return Ok((0, usual)) };
    let bounds = limits.split_once("..").and_then(|(from, to)| Some((read(from.trim())?, read(to.trim())?)));
    match bounds {
        Some((from, to)) if from <= to && to <= possible => Ok((from, to)),
        Some((from, to)) if from <= to => {
            Err(Problem::error(place, "the upper limit is too high", format!("expected at most {possible}")))
        }
        Some(_) | None => Err(Problem::error(place, "these are no limits", expected)),
    }
}

fn request_number(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    let (word, place) = cursor.word();
    let bounds = match word.split_once("..") {
        None => read_number(word).map(|number| (number, number)),
        Some((from, "")) => read_number(from).map(|from| (from, u64::MAX)),
        Some((from, to)) => read_number(from).zip(read_number(to)),
    };
    match bounds {
        Some((from, to)) if from > 0 && from <= to && from <= LAST_REQUEST => Ok(Condition::Request { from, to }),
        _ => Err(Problem::error(
            place,
            "this is no number of a request",
            "expected a number from 1 on, such as 2, or 2.. for all from there",
        )),
    }
}

fn send_buffer(cursor: &mut Cursor<'_>) -> Parsed<u32> {
    let (word, place) = cursor.word();
    let size = read_number(word).and_then(|size| u32::try_from(size).ok()).filter(|size| SEND_BUFFERS.contains(size));
    size.ok_or_else(|| {
        let expected = format!("expected octets from {} to {}, such as 4096", SEND_BUFFERS.start(), SEND_BUFFERS.end());
        Problem::error(place, format!("{word:?} is no size of a buffer"), expected)
    })
}

/// Text without holes.
fn fixed_text(pieces: Vec<Piece<'_>>, place: Place) -> Parsed<String> {
    let mut octets = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Octets(more) => octets.extend(more),
            Piece::Name(_, place) => {
                return Err(Problem::error(place, "nothing can be filled in here", "expected text as it is"));
            }
        }
    }
    String::from_utf8(octets).map_err(|_| Problem::error(place, "this is not UTF-8", "expected text"))
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_WORD
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'))
}

fn says_chunked(line: &str) -> bool {
    line.trim().split_once(':').is_some_and(|(name, value)| {
        name.eq_ignore_ascii_case("transfer-encoding") && value.to_ascii_lowercase().contains("chunked")
    })
}

/// Each line of `text` with `prefix` before it and LF behind it.
fn prefixed(text: Template, prefix: &[u8]) -> Template {
    let mut lines = Template::default();
    lines.push_octets(prefix);
    for part in text.0 {
        match part {
            super::script::Part::Hole(slot) => lines.push_hole(slot),
            super::script::Part::Octets(octets) => {
                for (index, line) in octets.split(|octet| *octet == b'\n').enumerate() {
                    if index > 0 {
                        lines.push_octets(b"\n");
                        lines.push_octets(prefix);
                    }
                    lines.push_octets(line);
                }
            }
        }
    }
    lines.push_octets(b"\n");
    lines
}

/// The verb that would put these octets on the wire.
fn verb_for(octets: &[u8]) -> Option<&'static str> {
    if octets == b"0\r\n\r\n" {
        return Some("last-chunk");
    }
    if octets.starts_with(b"HTTP/1.1 ") && octets.ends_with(b"\r\n\r\n") && is_plain_head(octets) {
        return Some("head");
    }
    let line_end = octets.windows(2).position(|pair| pair == b"\r\n")?;
    let size = std::str::from_utf8(&octets[..line_end]).ok()?;
    let is_hexadecimal = !size.is_empty() && size.bytes().all(|octet| octet.is_ascii_hexdigit());
    let size = if is_hexadecimal { usize::from_str_radix(size, 16).ok()? } else { return None };
    let data = octets.len().checked_sub(line_end + 4)?;
    (size > 0 && size == data && octets.ends_with(b"\r\n")).then_some("chunk")
}

fn is_plain_head(octets: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(octets) else { return false };
    let mut lines = text.trim_end_matches("\r\n").split("\r\n").skip(1);
    lines.all(|line| line.split_once(':').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(is_tchar)))
        && !text.replace("\r\n", "").contains(['\r', '\n'])
}

fn unknown_verb(verb: &str, place: Place) -> Problem {
    let near = suggestion(verb, VERBS);
    Problem::error(
        place,
        format!("there is no verb {verb:?}"),
        format!("expected a step, such as head, chunk or wait{near}"),
    )
}

/// What was probably meant.
fn suggestion(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (distance(word, known), known)).min();
    match near {
        Some((distance, known)) if distance <= 2 && word.len() > 2 => format!("; did you mean {known}?"),
        Some(_) | None => String::new(),
    }
}

/// How many letters have to be changed, put in or left out.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(LONGEST_WORD).collect(), other.chars().collect());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut before = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, b) in other.iter().enumerate() {
            let change = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(before + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A connection counts its requests to 255, and not further.
const LAST_REQUEST: u64 = 200;
/// Places at which one split may cut.
const MAX_CUTS: usize = 64;
/// The largest number of a parameter, if nothing is said.
const DEFAULT_NUMBER: u64 = 100;
/// The longest time of a parameter in milliseconds, if nothing is said.
const DEFAULT_TIME: u64 = 10_000;
/// Octets of a text parameter, if nothing is said.
const DEFAULT_TEXT: u64 = 64;
/// ... and if something is.
const MAX_TEXT: u64 = 4096;
