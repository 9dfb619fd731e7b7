//! A lesson: a text file that says, step by step, what goes on the wire.
//!
//! ```text
//! title: Anatomy of a chunk
//! param pause = 500ms (0s..10s)
//!
//! head 200 OK
//!   Transfer-Encoding: chunked
//! chunk "Hello, "
//! wait {pause}
//! chunk "world\n"
//! last-chunk                # the response is over; the connection is not
//! ```
//!
//! What is written is what is sent: a head has the fields that stand below it and no other, and a script that is wrong
//! on purpose is as good as a right one. What a script may not do is hang, flood or crash the server: [`Lesson::compile`]
//! refuses it before it is played, and says where and why.
//!
//! ```text
//! text -> parse -> script -> bounds (errors) -> lint (warnings) -> Lesson -> Play -> Step, Step, Step
//! ```
//!
//! - `cursor`, `parse`: text to instructions; every error with its line and column.
//! - `script`: the instructions.
//! - `bounds`: what a script can do at most.
//! - `lint`: what a client will make of it, read by the dissector.
//! - `play`: one step at a time.
//! - `diagnostic`: what is wrong, shown with a caret.
//!
//! The language is described in `docs/lessons.md`.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::wire::request::Request;
use crate::wire::start_line::Version;

mod bounds;
mod cursor;
mod diagnostic;
pub mod library;
mod lint;
mod parse;
mod play;
mod script;

use self::diagnostic::SourcePosition;
pub use self::diagnostic::{Diagnostic, Severity, show_all};
pub use self::play::Play;
use self::script::{Act, Case, Condition, Instruction, Op, Parameter, Value};

/// A script that can be played.
#[derive(Debug, Clone, Default)]
pub struct Lesson {
    name: String,
    text: String,
    metadata: Vec<(&'static str, String)>,
    remarks: Vec<String>,
    parameters: Vec<Parameter>,
    cases: Vec<Case>,
    warnings: Vec<Diagnostic>,
}

impl Lesson {
    /// Understands `text`. What is legal but surprising is among [`Lesson::warnings`].
    ///
    /// # Errors
    /// Everything that is wrong with it.
    ///
    /// ```
    /// use wirestep::lesson::Lesson;
    ///
    /// let lesson = Lesson::compile("hello", "head 204 No Content\n").expect("nothing is wrong");
    /// assert!(lesson.warnings().is_empty());
    /// let problems = Lesson::compile("hello", "chunk hello\nfin\nfin\n").unwrap_err();
    /// assert_eq!((problems[0].line, problems[0].column), (1, 7));
    /// assert_eq!(problems[1].message, "after fin nothing can be sent");
    /// ```
    pub fn compile(name: &str, text: &str) -> Result<Arc<Lesson>, Vec<Diagnostic>> {
        if text.len() > MAX_TEXT {
            let position = SourcePosition { line: 1, column: 1, length: 0 };
            return Err(vec![Diagnostic::error(
                position,
                "the script is too long",
                format!("expected at most {MAX_TEXT} octets"),
            )]);
        }
        let (script, mut diagnostics) = parse::parse(text);
        diagnostics.extend(script.cases.iter().flat_map(|case| bounds::bounds(case, &script.parameters)));
        diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        diagnostics.dedup();
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(diagnostics);
        }
        let lesson = Lesson {
            name: name.to_owned(),
            text: text.to_owned(),
            metadata: script.metadata,
            remarks: script.remarks,
            parameters: script.parameters,
            cases: script.cases,
            warnings: Vec::new(),
        };
        let lesson = Arc::new(lesson);
        diagnostics.extend(lint::lint(&lesson));
        diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        Ok(Arc::new(Lesson { warnings: diagnostics, ..Arc::unwrap_or_clone(lesson) }))
    }

    /// What it is called in addresses.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The script itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is legal and may not be meant.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// What the script says about itself: `title`, `title.ko`, `question`, `reads`, ...
    pub fn about(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(other, _)| *other == key).map(|(_, value)| value.as_str())
    }

    /// The same, for what may be said more than once: `try`.
    pub fn all_about<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.metadata.iter().filter(move |(other, _)| *other == key).map(|(_, value)| value.as_str())
    }

    /// The client that shows this lesson best: what the script says, otherwise `EventSource` for an event stream and
    /// `fetch` for anything else. `raw` is a program that writes the octets of its request.
    pub fn client(&self) -> &str {
        let usual = if self.streams().is_empty() { "fetch" } else { "EventSource" };
        self.about("client").unwrap_or(usual)
    }

    /// The types of the events in its event streams: first `message`, the type of an event without an `event` field,
    /// then the others in the order of the script. Empty if no take sends an event stream.
    pub fn event_types(&self) -> Vec<String> {
        let streams = self.streams();
        let mut types: Vec<String> = streams.first().map(|_| "message".to_owned()).into_iter().collect();
        for value in streams.iter().flat_map(|octets| octets.split(|octet| *octet == b'\n')).filter_map(event_type) {
            if !types.iter().any(|known| known == value) {
                types.push(value.to_owned());
            }
        }
        types
    }

    /// The body of each take that sends an event stream, repetitions once.
    fn streams(&self) -> Vec<Vec<u8>> {
        self.cases.iter().filter(|case| case.is_event_stream()).map(Case::body).collect()
    }

    /// Its comments that belong to no step.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Its parameters: name, default, and what else they may be.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str, String)> {
        self.parameters.iter().map(|it| (it.name.as_str(), it.default.text.as_str(), it.kind.describe()))
    }

    /// The values of all parameters: those of the query, and the default of what it does not name.
    ///
    /// # Errors
    /// One sentence: a name is not known, is there twice, or has a value that it cannot have.
    pub fn read_query(&self, query: &[(String, String)]) -> Result<Arguments, String> {
        let mut values: Vec<Option<Value>> = vec![None; self.parameters.len()];
        for (name, text) in query {
            let index = self.parameters.iter().position(|parameter| parameter.name == *name);
            let Some((index, slot)) = index.and_then(|index| Some((index, values.get_mut(index)?))) else {
                let names: Vec<&str> = self.parameters().map(|(name, _, _)| name).chain(["step"]).collect();
                return Err(format!("the parameter {name:?} is not known here; there are: {}", names.join(", ")));
            };
            if slot.is_some() {
                return Err(format!("the parameter {name:?} is there twice"));
            }
            let kind = self.parameters.get(index).map(|parameter| parameter.kind.read(text));
            *slot = kind.transpose().map_err(|expected| format!("the parameter {name:?} {expected}"))?;
        }
        let defaults = self.defaults();
        Ok(Arguments(values.into_iter().zip(defaults).map(|(value, default)| value.unwrap_or(default)).collect()))
    }

    /// The take that is for this request, from its beginning.
    ///
    /// # Errors
    /// One sentence: no take is for it.
    pub fn play(self: &Arc<Lesson>, request: &Request, values: Arguments) -> Result<Play, String> {
        let found = self.cases.iter().position(|case| case.is_for(request, &values));
        let Some(index) = found else {
            return Err(format!(
                "no take of the lesson {} is for this request; GET /lessons/{0}.lesson shows them",
                self.name
            ));
        };
        let play = Play::new(Arc::clone(self), index, values.0);
        let asks_head = request.head.method_token() == "HEAD";
        let is_for_head = self.cases.get(index).is_some_and(|case| case.names_method());
        Ok(if asks_head && !is_for_head { play.head_only() } else { play })
    }

    fn defaults(&self) -> Vec<Value> {
        self.parameters.iter().map(|parameter| parameter.default.clone()).collect()
    }

    fn program(&self, case: usize) -> &[Instruction] {
        self.cases.get(case).map_or(&[], |case| &case.program)
    }
}

/// The parameters of one play.
#[derive(Debug, Clone)]
pub struct Arguments(Vec<Value>);

impl Case {
    fn acts(&self) -> impl Iterator<Item = &Act> {
        self.program.iter().filter_map(|instruction| match &instruction.op {
            Op::Act(act) => Some(act),
            _ => None,
        })
    }

    fn is_event_stream(&self) -> bool {
        self.acts().any(|act| match act {
            Act::Head { text, .. } => text.to_bytes().to_ascii_lowercase().windows(STREAM.len()).any(|it| it == STREAM),
            _ => false,
        })
    }

    fn body(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for act in self.acts() {
            if let Act::Event(text) | Act::Chunk(text) | Act::Data(text) | Act::Raw(text) = act {
                octets.extend(text.to_bytes());
            }
        }
        octets
    }

    fn is_for(&self, request: &Request, values: &Arguments) -> bool {
        self.conditions.iter().all(|condition| condition.holds(request, values))
    }

    fn names_method(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Condition::Method(_)))
    }
}

impl Condition {
    fn holds(&self, request: &Request, values: &Arguments) -> bool {
        let head = &request.head;
        match self {
            Condition::Request { from, to } => (*from..=*to).contains(&u64::from(request.number)),
            Condition::LastEventId(None) => head.fields().first("last-event-id").is_some_and(|id| !id.is_empty()),
            Condition::LastEventId(Some(id)) => head.fields().first("last-event-id") == Some(id.as_bytes()),
            Condition::Method(method) => head.method_token() == method,
            Condition::Http10(is_http10) => (head.version() == Version::Http10) == *is_http10,
            Condition::Parameter { index, value } => values.0.get(*index).is_some_and(|given| given.text == *value),
        }
    }
}

/// The type that a line of an event stream gives to its event. A type that is filled in has no text here.
fn event_type(line: &[u8]) -> Option<&str> {
    let value = line.strip_prefix(b"event:")?;
    let value = std::str::from_utf8(value.strip_prefix(b" ").unwrap_or(value)).ok()?;
    Some(value.trim_end_matches('\r')).filter(|value| !value.is_empty())
}

const STREAM: &[u8] = b"text/event-stream";

// The bounds of a script. Together they say what the worst one can cost: a few megabytes read once, and one connection
// for half an hour.

/// Octets of a script: what a person writes is far below.
const MAX_TEXT: usize = 64 * 1024;
/// Instructions of one take.
const MAX_INSTRUCTIONS: usize = 2000;
/// Takes of one lesson; each has a copy of what stands before the first.
const MAX_CASES: usize = 64;
/// Parameters of one lesson.
const MAX_PARAMETERS: usize = 16;
/// Choices of one parameter.
const MAX_CHOICES: usize = 64;
/// Letters of a choice.
const LONGEST_WORD: usize = 32;
/// Blocks within blocks.
const MAX_DEPTH: usize = 6;
/// Repetitions of one block.
const MAX_REPEAT: u64 = 100_000;
/// Steps that one play can take.
const MAX_ACTS: u64 = 200_000;
/// Octets that one play can send.
const MAX_OCTETS: u64 = 16 * 1024 * 1024;
/// Octets that are encoded at once.
const MAX_WRITE: u64 = 256 * 1024;
/// Milliseconds that one play can wait.
const MAX_TIME: u64 = 30 * 60 * 1000;
/// Milliseconds of one `wait`.
const LONGEST_WAIT: u64 = 5 * 60 * 1000;
/// What `send-buffer` can ask for; the kernel has bounds of its own.
const SEND_BUFFERS: RangeInclusive<u32> = 1024..=1024 * 1024;
/// Problems of one script that are reported.
const MAX_DIAGNOSTICS: usize = 100;
