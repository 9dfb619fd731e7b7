//! What a client asks of the chat completions address, and the events of its response.

use std::fmt;
use std::time::Duration;

use super::api::{Choice, Completion, Message, RequestBody, Usage};

/// A chat completion request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChatRequest {
    model: String,
    streams: bool,
    includes_usage: bool,
    prompt_tokens: usize,
    language: ChatLanguage,
    delay: Duration,
    fault: Option<ChatFault>,
}

/// What the query of the request may add to its body.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ChatOptions<'a> {
    /// `en` or `ko`; without it, the language of the last message.
    pub(crate) language: Option<&'a str>,
    /// The pause after each token.
    pub(crate) delay: Option<Duration>,
    /// One of [`ChatFault`], by name.
    pub(crate) fault: Option<&'a str>,
}

/// The language of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChatLanguage {
    English,
    Korean,
}

/// A fault that a stream is asked to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChatFault {
    /// `data: [DONE]` is missing; the body ends properly.
    NoDone,
    /// Characters that are not ASCII are cut in two: the first octet in one chunk, the rest in the
    /// next.
    SplitCharacter,
    /// FIN takes the place of the last chunk.
    NoLastChunk,
    /// In the middle of the text an error comes as an event, and the body ends properly.
    ErrorEvent,
    /// In the middle of the text nothing more comes, and the connection stays.
    Stall,
    /// Two events share each chunk.
    TwoInOneChunk,
    /// The blank line after `data: [DONE]` is missing, so the event is not dispatched.
    NoFinalBlankLine,
}

/// Why a request cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChatError {
    /// The body is not JSON of the right shape: what is wrong with it.
    Body(String),
    /// It has no message.
    NoMessages,
    /// The name of the model is too long.
    ModelTooLong,
    /// The language is unknown.
    Language(String),
    /// The fault is unknown.
    Fault(String),
    /// A fault was asked for, and no stream.
    FaultWithoutStream,
    /// A parameter of the query is wrong: a sentence.
    Parameter(String),
}

impl ChatRequest {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// The body is not what the API takes, or a parameter has no such value.
    pub(crate) fn read(body: &[u8], options: ChatOptions<'_>) -> Result<ChatRequest, ChatError> {
        let body: RequestBody = serde_json::from_slice(body).map_err(|error| ChatError::Body(error.to_string()))?;
        let last = body.messages.last().ok_or(ChatError::NoMessages)?;
        let language = match options.language {
            Some(name) => ChatLanguage::named(name).ok_or_else(|| ChatError::Language(name.to_owned()))?,
            None => ChatLanguage::of(&last.text()),
        };
        let fault = match options.fault {
            Some(name) => Some(ChatFault::named(name).ok_or_else(|| ChatError::Fault(name.to_owned()))?),
            None => None,
        };
        let streams = body.stream.unwrap_or(false);
        if fault.is_some() && !streams {
            return Err(ChatError::FaultWithoutStream);
        }
        if body.model.len() > LONGEST_MODEL {
            return Err(ChatError::ModelTooLong);
        }
        Ok(ChatRequest {
            model: body.model,
            streams,
            includes_usage: body.stream_options.is_some_and(|options| options.include_usage.unwrap_or(false)),
            prompt_tokens: body.messages.iter().map(|message| message.text().split_whitespace().count()).sum(),
            language,
            delay: options.delay.unwrap_or(DELAY),
            fault,
        })
    }

    /// The response is to come as a stream.
    pub(crate) fn streams(&self) -> bool {
        self.streams
    }

    /// The pause after each token.
    pub(super) fn delay(&self) -> Duration {
        self.delay
    }

    /// The fault that the stream is asked to have.
    pub(super) fn fault(&self) -> Option<ChatFault> {
        self.fault
    }

    /// The time that all tokens of the text take, at most [`LONGEST_WAIT`].
    pub(crate) fn whole_delay(&self) -> Duration {
        let tokens = u32::try_from(tokens(self.language.text()).count()).unwrap_or(u32::MAX);
        self.delay.saturating_mul(tokens).min(LONGEST_WAIT)
    }

    /// The body of a response in one piece.
    pub(crate) fn whole(&self) -> String {
        let text = self.language.text();
        let choice = Choice {
            index: 0,
            message: Some(Message { role: Some("assistant"), content: Some(text) }),
            delta: None,
            finish_reason: Some("stop"),
        };
        self.encode("chat.completion", &[choice], Some(Some(self.usage(tokens(text).count()))))
    }

    /// One event of the stream, if it has this many.
    pub(super) fn event(&self, index: usize) -> Option<String> {
        let text = self.language.text();
        let tokens = tokens(text).count();
        let delta = |role, content| Choice::delta(Message { role, content }, None);
        let choices = match index {
            0 => vec![delta(Some("assistant"), Some(""))],
            index if index <= tokens => vec![delta(None, self::tokens(text).nth(index - 1))],
            index if index == tokens + 1 => {
                vec![Choice::delta(Message { role: None, content: None }, Some("stop"))]
            }
            index if index == tokens + 2 && self.includes_usage => Vec::new(),
            index => return self.done(index - tokens - 2 - usize::from(self.includes_usage)),
        };
        // Where usage is asked for, each other event says that it has none yet.
        let usage = match (self.includes_usage, choices.is_empty()) {
            (true, true) => Some(Some(self.usage(tokens))),
            (true, false) => Some(None),
            (false, _) => None,
        };
        Some(format!("data: {}\n\n", self.encode("chat.completion.chunk", &choices, usage)))
    }

    fn done(&self, index: usize) -> Option<String> {
        match (index, self.fault) {
            (0, Some(ChatFault::NoDone)) | (1.., _) => None,
            (0, Some(ChatFault::NoFinalBlankLine)) => Some("data: [DONE]\n".to_owned()),
            (0, _) => Some("data: [DONE]\n\n".to_owned()),
        }
    }

    fn encode(&self, object: &str, choices: &[Choice<'_>], usage: Option<Option<Usage>>) -> String {
        let completion =
            Completion { id: "chatcmpl-wirestep", object, created: CREATED, model: &self.model, choices, usage };
        serde_json::to_string(&completion).expect("strings and numbers have a JSON form")
    }

    fn usage(&self, completion_tokens: usize) -> Usage {
        let prompt_tokens = self.prompt_tokens;
        Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
    }

    /// The event at which a fault in the middle of the text comes.
    pub(super) fn middle(&self) -> usize {
        tokens(self.language.text()).count() / 2
    }
}

impl ChatFault {
    const ALL: [(ChatFault, &'static str); 7] = [
        (ChatFault::NoDone, "no-done"),
        (ChatFault::SplitCharacter, "split-character"),
        (ChatFault::NoLastChunk, "no-last-chunk"),
        (ChatFault::ErrorEvent, "error-event"),
        (ChatFault::Stall, "stall"),
        (ChatFault::TwoInOneChunk, "two-in-one-chunk"),
        (ChatFault::NoFinalBlankLine, "no-final-blank-line"),
    ];

    fn named(name: &str) -> Option<ChatFault> {
        ChatFault::ALL.iter().find(|(_, known)| *known == name).map(|(fault, _)| *fault)
    }

    fn names() -> String {
        ChatFault::ALL.map(|(_, name)| name).join(", ")
    }
}

impl ChatLanguage {
    fn named(name: &str) -> Option<ChatLanguage> {
        match name {
            "en" => Some(ChatLanguage::English),
            "ko" => Some(ChatLanguage::Korean),
            _ => None,
        }
    }

    /// Korean, if a Hangul syllable or letter is in the text.
    fn of(text: &str) -> ChatLanguage {
        let is_hangul = |character| matches!(character, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}');
        if text.contains(is_hangul) { ChatLanguage::Korean } else { ChatLanguage::English }
    }

    fn text(self) -> &'static str {
        match self {
            ChatLanguage::English => ENGLISH,
            ChatLanguage::Korean => KOREAN,
        }
    }
}

// A word is a token; like a model's, it includes the space before it.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().skip(1).find(|(_, character)| *character == ' ').map_or(rest.len(), |(at, _)| at);
        let (token, after) = rest.split_at(end);
        rest = after;
        (!token.is_empty()).then_some(token)
    })
}

impl fmt::Display for ChatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChatError::Body(error) => write!(f, "the body is not a chat completion request: {error}"),
            ChatError::NoMessages => f.write_str("messages must hold at least one message"),
            ChatError::ModelTooLong => write!(f, "model must have at most {LONGEST_MODEL} octets"),
            ChatError::Language(name) => write!(f, "the parameter \"lang\" must be en or ko, not {name:?}"),
            ChatError::Fault(name) => {
                write!(f, "the parameter \"fault\" must be one of {}, not {name:?}", ChatFault::names())
            }
            ChatError::FaultWithoutStream => f.write_str("a fault needs \"stream\": true"),
            ChatError::Parameter(sentence) => f.write_str(sentence),
        }
    }
}

const ENGLISH: &str = "A stream has no length: each token leaves as soon as it is known, as one event in one chunk – and \
    the blank line says that the event is complete. [DONE] says that the text is, and the last chunk that the body is. \
    These are three ends, and a client should know which one it has seen.";
const KOREAN: &str = "스트림에는 길이가 없습니다. 토큰은 정해지는 대로 이벤트 하나가 되어 청크 하나로 나가고, 빈 줄은 \
    이벤트가 끝났음을 알립니다. [DONE]은 글이 끝났음을, 마지막 청크는 본문이 끝났음을 알립니다. 끝은 이렇게 셋이며, \
    클라이언트는 그중 무엇을 보았는지 알아야 합니다.";
/// The pause after each token, unless the client says otherwise: some thirty tokens in a second.
const DELAY: Duration = Duration::from_millis(30);
/// Pause before a response in one piece, at most: no octet leaves meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// 2025-01-01: this room has no clock.
const CREATED: u64 = 1_735_689_600;
/// Octets of a model's name, which stands in every event.
const LONGEST_MODEL: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &[u8] = br#"{"model":"m","messages":[{"role":"user","content":"hello"}],"stream":true}"#;

    #[test]
    fn tokens_are_words_with_the_space_before_them() {
        assert_eq!(tokens("one two  three").collect::<Vec<_>>(), ["one", " two", " ", " three"]);
        for text in [ENGLISH, KOREAN] {
            assert_eq!(tokens(text).collect::<String>(), text);
            assert!(!text.contains("  "));
        }
    }

    #[test]
    fn the_last_message_or_the_query_chooses_the_language() {
        let ask = |content: &str, language| {
            let asked = format!(r#"{{"messages":[{{"content":"안녕"}},{{"role":"user","content":{content}}}]}}"#);
            ChatRequest::read(asked.as_bytes(), ChatOptions { language, ..ChatOptions::default() })
                .expect("good")
                .language
        };
        assert_eq!(ask(r#""hello""#, None), ChatLanguage::English);
        assert_eq!(ask(r#""hello 세계""#, None), ChatLanguage::Korean);
        assert_eq!(
            ask(r#"[{"type":"text","text":"안녕"},{"type":"image_url","image_url":{}}]"#, None),
            ChatLanguage::Korean
        );
        assert_eq!(ask("null", None), ChatLanguage::English);
        assert_eq!(ask(r#""hello""#, Some("ko")), ChatLanguage::Korean);
        assert_eq!(ask(r#""안녕""#, Some("en")), ChatLanguage::English);
    }

    #[test]
    fn a_request_that_is_none_is_refused_with_a_sentence() {
        let error =
            |body: &str, options| ChatRequest::read(body.as_bytes(), options).expect_err("no request").to_string();
        let none = ChatOptions::default();
        let not_json = error("{", none);
        assert_eq!(
            not_json,
            "the body is not a chat completion request: EOF while parsing an object at line 1 column 1"
        );
        assert!(error("{}", none).contains("missing field `messages`"));
        assert!(error(r#"{"messages":[]}"#, none).contains("at least one message"));
        let asked = std::str::from_utf8(ASKED).expect("ASCII");
        assert!(error(asked, ChatOptions { fault: Some("x"), ..none }).contains("no-done, split-character"));
        assert!(error(asked, ChatOptions { language: Some("de"), ..none }).contains("en or ko"));
        let whole = asked.replace("true", "false");
        assert!(error(&whole, ChatOptions { fault: Some("stall"), ..none }).contains("stream"));
        assert!(error(&asked.replace("\"m\"", &format!("{:?}", "m".repeat(257))), none).contains("256"));
    }
}
