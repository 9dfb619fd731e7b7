//! From a text to a lesson that can be played: parse, check the bounds, look at it as a client
//! would.
//!
//! ```text
//! text -> parse -> bounds, reflection: with an error in one of them there is no lesson
//!               -> lint: warnings, and a Lesson that shares its cases with every Play
//! ```
//!
//! A lesson is immutable and shared: a hundred clients play the same instructions, each with a
//! [`Play`] of its own.

use std::sync::Arc;

use super::bounds;
use super::case::Case;
use super::diagnostic::{Diagnostic, Severity, SourcePosition};
use super::limits::MAX_TEXT;
use super::lint;
use super::parameter::{Arguments, Parameter, Value};
use super::parse::parse;
use super::play::Play;
use super::reflection;
use crate::wire::request::Request;

/// A script that can be played.
#[derive(Debug)]
pub struct Lesson {
    name: String,
    text: String,
    metadata: Vec<(&'static str, String)>,
    parameters: Vec<Parameter>,
    cases: Vec<Arc<Case>>,
    warnings: Vec<Diagnostic>,
}

impl Lesson {
    /// Compiles the script `text`. What is legal but surprising is among [`Lesson::warnings`].
    ///
    /// # Errors
    /// All errors of the script, at most 100, in the order of its lines. Warnings may be among
    /// them.
    ///
    /// ```
    /// use wirestep::lesson::Lesson;
    ///
    /// let lesson = Lesson::compile("hello", "head 204 No Content\n").expect("nothing is wrong");
    /// assert!(lesson.warnings().is_empty());
    /// let errors = Lesson::compile("hello", "chunk hello\nfin\nfin\n").unwrap_err();
    /// assert_eq!((errors[0].line, errors[0].column), (1, 7));
    /// assert_eq!(errors[1].message, "octets cannot be sent after fin");
    /// ```
    pub fn compile(name: &str, text: &str) -> Result<Arc<Lesson>, Vec<Diagnostic>> {
        if text.len() > MAX_TEXT {
            return Err(vec![too_long()]);
        }
        let (script, mut diagnostics) = parse(text);
        diagnostics.extend(script.cases.iter().flat_map(|case| bounds::check(case, &script.parameters)));
        diagnostics.extend(script.cases.iter().filter_map(|case| reflection::check(case, &script.parameters)));
        in_order(&mut diagnostics);
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(diagnostics);
        }
        let cases: Vec<Arc<Case>> = script.cases.into_iter().map(Arc::new).collect();
        diagnostics.extend(lint::check(&cases, &script.parameters));
        in_order(&mut diagnostics);
        Ok(Arc::new(Lesson {
            name: name.to_owned(),
            text: text.to_owned(),
            metadata: script.metadata,
            parameters: script.parameters,
            cases,
            warnings: diagnostics,
        }))
    }

    /// The name in its address: `/lessons/NAME`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of the script, as it was compiled.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is legal and may not be intended, in the order of the lines.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The text after a key at the top of the script: `title`, `title.ko`, `question`, `why`,
    /// `reads`, ...
    pub fn about(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(other, _)| *other == key).map(|(_, value)| value.as_str())
    }

    /// The texts after a key that may be given more than once: `try`.
    pub fn all_about<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.metadata.iter().filter(move |(other, _)| *other == key).map(|(_, value)| value.as_str())
    }

    /// The client that shows this lesson best: what the script says, otherwise `EventSource` for an
    /// event stream and `fetch` for anything else. `raw` is a program that writes the octets of its
    /// request.
    pub fn client(&self) -> &str {
        let usual = if self.streams().next().is_some() { "EventSource" } else { "fetch" };
        self.about("client").unwrap_or(usual)
    }

    /// The types of the events in its event streams: first `message`, the type of an event without
    /// an `event` field, then the others in the order of the script. Empty if no case sends an
    /// event stream.
    pub fn event_types(&self) -> Vec<String> {
        let mut types: Vec<String> = Vec::new();
        for case in self.streams() {
            let body = case.body();
            let named = body.split(|octet| *octet == b'\n').filter_map(event_type);
            for name in std::iter::once("message").chain(named) {
                if !types.iter().any(|known| known == name) {
                    types.push(name.to_owned());
                }
            }
        }
        types
    }

    fn streams(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.cases.iter().filter(|case| case.is_event_stream())
    }

    /// Its parameters, in the order of the script.
    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The values of all parameters: those of the query, and the default of each that the query
    /// does not name.
    ///
    /// # Errors
    /// One sentence: a name is unknown, given twice, or has a value outside its limits.
    pub fn read_query(&self, query: &[(String, String)]) -> Result<Arguments, String> {
        let mut values: Vec<Option<Value>> = vec![None; self.parameters.len()];
        for (name, text) in query {
            let index = self.parameters.iter().position(|parameter| parameter.name == *name);
            let Some((index, slot)) = index.and_then(|index| Some((index, values.get_mut(index)?))) else {
                let names: Vec<&str> = self.parameters.iter().map(|it| it.name.as_str()).chain(["step"]).collect();
                return Err(format!("unknown parameter {name:?}; expected one of {}", names.join(", ")));
            };
            if slot.is_some() {
                return Err(format!("duplicate parameter {name:?}"));
            }
            let value = self.parameters.get(index).map(|parameter| parameter.kind.read(text));
            *slot = value.transpose().map_err(|expected| format!("the parameter {name:?} {expected}"))?;
        }
        let defaults = self.parameters.iter().map(|parameter| parameter.default.clone());
        Ok(Arguments(values.into_iter().zip(defaults).map(|(value, default)| value.unwrap_or(default)).collect()))
    }

    /// Whether the lesson has a parameter of this name.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == name)
    }

    /// A play of the first case that is for this request, at its beginning.
    ///
    /// # Errors
    /// One sentence: no case is for it.
    pub fn play(&self, request: &Request, arguments: Arguments) -> Result<Play, String> {
        let Some(case) = self.cases.iter().find(|case| case.is_for(request, &arguments)) else {
            return Err(format!(
                "no take of the lesson {} is for this request; GET /lessons/{0}.lesson shows them",
                self.name
            ));
        };
        let play = Play::new(Arc::clone(case), arguments.0);
        let is_head = request.head.method_token() == "HEAD";
        Ok(if is_head && !case.names_method() { play.head_only() } else { play })
    }
}

fn in_order(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    diagnostics.dedup();
}

fn too_long() -> Diagnostic {
    let beginning = SourcePosition { line: 1, column: 1, length: 0 };
    Diagnostic::error(beginning, "the script is too long", format!("expected at most {MAX_TEXT} octets"))
}

/// The type that a line of an event stream gives to its event. A type that a parameter fills in is
/// not known here.
fn event_type(line: &[u8]) -> Option<&str> {
    let value = line.strip_prefix(b"event:")?;
    let value = std::str::from_utf8(value.strip_prefix(b" ").unwrap_or(value)).ok()?;
    Some(value.trim_end_matches('\r')).filter(|value| !value.is_empty())
}
