//! The shapes of the chat completions API: what a request and its responses look like as JSON.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct RequestBody {
    #[serde(default = "unnamed_model")]
    pub(super) model: String,
    pub(super) messages: Vec<InputMessage>,
    pub(super) stream: Option<bool>,
    pub(super) stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct InputMessage {
    pub(super) content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
pub(super) struct Part {
    pub(super) text: Option<String>,
}

impl InputMessage {
    pub(super) fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => parts.iter().filter_map(|part| part.text.as_deref()).collect(),
        }
    }
}

fn unnamed_model() -> String {
    "wirestep".to_owned()
}

#[derive(Serialize)]
pub(super) struct Completion<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'a str,
    pub(super) created: u64,
    pub(super) model: &'a str,
    pub(super) choices: &'a [Choice<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) usage: Option<Option<Usage>>,
}

/// A whole response has a message, an event has a delta.
#[derive(Serialize)]
pub(super) struct Choice<'a> {
    pub(super) index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delta: Option<Message<'a>>,
    pub(super) finish_reason: Option<&'a str>,
}

impl<'a> Choice<'a> {
    pub(super) fn delta(delta: Message<'a>, finish_reason: Option<&'a str>) -> Choice<'a> {
        Choice { index: 0, message: None, delta: Some(delta), finish_reason }
    }
}

#[derive(Serialize)]
pub(super) struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Usage {
    pub(super) prompt_tokens: usize,
    pub(super) completion_tokens: usize,
    pub(super) total_tokens: usize,
}

#[derive(Serialize)]
pub(super) struct Failure<'a> {
    pub(super) error: FailureDetail<'a>,
}

#[derive(Serialize)]
pub(super) struct FailureDetail<'a> {
    pub(super) message: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    pub(super) param: Option<&'a str>,
    pub(super) code: Option<&'a str>,
}

pub(crate) fn error_body(message: &str, kind: &str) -> String {
    let failure = Failure { error: FailureDetail { message, kind, param: None, code: None } };
    serde_json::to_string(&failure).expect("strings have a JSON form")
}
