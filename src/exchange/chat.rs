//! A stream in the shape of a language model's: what the SDKs of OpenAI read, from a fixed text.
//!
//! ```text
//! POST /v1/chat/completions  {"messages": [...], "stream": true}
//!
//! data: {... "delta":{"role":"assistant","content":""} ...}     who speaks
//! data: {... "delta":{"content":"A"} ...}                       a token, and a pause after it
//! data: {... "delta":{"content":" stream"} ...}
//! data: {... "delta":{}, "finish_reason":"stop" ...}            the text is complete
//! data: [DONE]                                                  the stream is complete, and this is not JSON
//! 0 CRLF CRLF                                                   the body is complete
//! ```
//!
//! Three ends, one behind the other, and each can be left out on request ([`Fault`]): so a client can be asked which of
//! them it looks at. `docs/chat.md` has the answers of the SDKs; a test writes them down.
//!
//! Events carry no id here, other than everywhere else on this server: the answer to a POST cannot be gone on with, and
//! the original has none. `data:` is followed by a space, which the grammar does not ask for but many a hand-written client does.
//!
//! What is made up: the text, `created` (there is no clock in this room), and the tokens, which are words.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::producer::Producer;
use crate::wire::framing::BodyFraming;
use crate::wire::response::ResponseHead;
use crate::wire::step::{Next, Step};

/// What the client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    model: String,
    streams: bool,
    includes_usage: bool,
    prompt_tokens: usize,
    language: Language,
    delay: Duration,
    fault: Option<Fault>,
}

/// What the query of the request may add to its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras<'a> {
    /// `en` or `ko`; without it, the language of the last message.
    pub language: Option<&'a str>,
    /// The pause after each token.
    pub delay: Option<Duration>,
    /// One of [`Fault`], by name.
    pub fault: Option<&'a str>,
}

/// The language of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
    Korean,
}

/// What is to go wrong with a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `data: [DONE]` is missing; the body ends properly.
    NoDone,
    /// Characters that are not ASCII are cut in two: the first octet in one chunk, the rest in the next.
    SplitCharacter,
    /// FIN takes the place of the last chunk.
    NoLastChunk,
    /// In the middle of the text an error comes as an event, and the body ends properly.
    ErrorEvent,
    /// In the middle of the text nothing more comes, and the connection stays.
    Stall,
    /// Two events share each chunk.
    TwoInOneChunk,
    /// The blank line after `data: [DONE]` is missing, so nothing dispatches it.
    NoFinalBlankLine,
}

/// Why an order cannot be taken, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint(pub String);

impl Order {
    /// Reads an order.
    ///
    /// # Errors
    /// The body is not what the API takes, or a parameter has no such value.
    pub fn read(body: &[u8], extras: Extras<'_>) -> Result<Order, Complaint> {
        let asked: Asked = serde_json::from_slice(body)
            .map_err(|error| Complaint(format!("the body is not a chat completion request: {error}")))?;
        let Some(last) = asked.messages.last() else {
            return Err(Complaint("messages must hold at least one message".to_owned()));
        };
        let language = match extras.language {
            Some(name) => Language::named(name)
                .ok_or_else(|| Complaint(format!("the parameter \"lang\" must be en or ko, not {name:?}")))?,
            None => Language::of(&last.text()),
        };
        let fault = match extras.fault {
            Some(name) => Some(Fault::named(name).ok_or_else(|| Complaint(Fault::none_is_named(name)))?),
            None => None,
        };
        let streams = asked.stream.unwrap_or(false);
        if fault.is_some() && !streams {
            return Err(Complaint("a fault needs \"stream\": true".to_owned()));
        }
        if asked.model.len() > LONGEST_MODEL {
            return Err(Complaint(format!("model must have at most {LONGEST_MODEL} octets")));
        }
        Ok(Order {
            model: asked.model,
            streams,
            includes_usage: asked.stream_options.is_some_and(|options| options.include_usage.unwrap_or(false)),
            prompt_tokens: asked.messages.iter().map(|message| message.text().split_whitespace().count()).sum(),
            language,
            delay: extras.delay.unwrap_or(DELAY),
            fault,
        })
    }

    /// The answer is to come as a stream.
    pub fn streams(&self) -> bool {
        self.streams
    }

    /// The answer in one piece, after the time that its tokens take; `add` may add fields to its head.
    pub fn whole(&self, add: impl FnOnce(ResponseHead) -> ResponseHead) -> Producer {
        let text = self.language.text();
        let tokens = tokens(text).count();
        let choice = Choice {
            index: 0,
            message: Some(Message { role: Some("assistant"), content: Some(text) }),
            delta: None,
            finish_reason: Some("stop"),
        };
        let body = self.encode("chat.completion", &[choice], Some(self.usage(tokens)));
        let wait = self.delay.saturating_mul(u32::try_from(tokens).unwrap_or(u32::MAX));
        Producer::script([
            Step::Wait(wait),
            Step::Head(add(json_head(200, &body))),
            Step::Data(body.into_bytes().into()),
        ])
    }

    // One event of the stream, if there are so many.
    fn event(&self, index: usize) -> Option<String> {
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
        let usage = choices.is_empty().then(|| self.usage(tokens));
        Some(format!("data: {}\n\n", self.encode("chat.completion.chunk", &choices, usage)))
    }

    fn done(&self, index: usize) -> Option<String> {
        match (index, self.fault) {
            (0, Some(Fault::NoDone)) | (1.., _) => None,
            (0, Some(Fault::NoFinalBlankLine)) => Some("data: [DONE]\n".to_owned()),
            (0, _) => Some("data: [DONE]\n\n".to_owned()),
        }
    }

    fn encode(&self, object: &str, choices: &[Choice<'_>], usage: Option<Usage>) -> String {
        let completion =
            Completion { id: "chatcmpl-wirestep", object, created: CREATED, model: &self.model, choices, usage };
        serde_json::to_string(&completion).expect("strings and numbers have a JSON form")
    }

    fn usage(&self, completion_tokens: usize) -> Usage {
        let prompt_tokens = self.prompt_tokens;
        Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
    }

    fn middle(&self) -> usize {
        tokens(self.language.text()).count() / 2
    }
}

impl Complaint {
    /// Status 400 and the sentence, in the shape in which the SDKs expect errors; `add` may add fields to its head.
    pub fn producer(&self, add: impl FnOnce(ResponseHead) -> ResponseHead) -> Producer {
        let body = error_body(&self.0, "invalid_request_error");
        Producer::whole(add(json_head(400, &body)), body.into_bytes())
    }
}

/// A stream that is under way.
#[derive(Debug)]
pub struct Chat {
    order: Order,
    framing: BodyFraming,
    stage: Stage,
    /// Steps that come before the stage.
    steps: VecDeque<Step>,
}

#[derive(Debug)]
enum Stage {
    Head(ResponseHead),
    Event(usize),
    Stalled,
    End,
    Over,
}

impl Chat {
    /// The stream behind `head`, which says how the body ends.
    pub fn new(head: ResponseHead, order: Order) -> Chat {
        Chat { order, framing: head.framing(), stage: Stage::Head(head), steps: VecDeque::new() }
    }

    /// The next step.
    pub fn next_step(&mut self) -> Next {
        if let Some(step) = self.steps.pop_front() {
            return Next::Step(step);
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Head(head) => {
                self.stage = Stage::Event(0);
                Next::Step(Step::Head(head))
            }
            Stage::Event(index) => {
                self.prepare(index);
                self.next_step()
            }
            Stage::Stalled => {
                self.stage = Stage::Stalled;
                Next::Park(STALL)
            }
            Stage::End => match (self.framing, self.order.fault) {
                (BodyFraming::Chunked, Some(Fault::NoLastChunk)) => Next::Step(Step::Fin),
                (BodyFraming::Chunked, _) => Next::Step(Step::LastChunk),
                (BodyFraming::None | BodyFraming::ContentLength(_) | BodyFraming::CloseDelimited, _) => Next::End,
            },
            Stage::Over => Next::End,
        }
    }

    /// A token that comes by itself is to be seen by itself.
    pub fn gathers(&self) -> bool {
        self.order.delay.is_zero()
    }

    /// It has stalled for long enough, or nobody is there to see it.
    pub fn end_stall(&mut self) {
        if let Stage::Stalled = self.stage {
            self.stage = Stage::End;
        }
    }

    /// No more tokens: the body ends properly, and the client sees that the text does not.
    pub fn wind_down(&mut self) {
        if let Stage::Event(_) | Stage::Stalled = self.stage {
            self.steps.clear();
            self.stage = Stage::End;
        }
    }

    fn prepare(&mut self, index: usize) {
        let fault = self.order.fault;
        if index == self.order.middle() {
            match fault {
                Some(Fault::Stall) => return self.stage = Stage::Stalled,
                Some(Fault::ErrorEvent) => {
                    let error = error_body("the model has lost its thread", "server_error");
                    self.push_data(format!("data: {error}\n\n").into_bytes());
                    return self.stage = Stage::End;
                }
                _ => {}
            }
        }
        let Some(mut octets) = self.order.event(index).map(String::into_bytes) else { return self.stage = Stage::End };
        let mut next = index + 1;
        if let (Some(Fault::TwoInOneChunk), Some(second)) = (fault, self.order.event(next)) {
            octets.extend_from_slice(second.as_bytes());
            next += 1;
        }
        if let (Some(Fault::SplitCharacter), Some(first)) = (fault, octets.iter().position(|octet| !octet.is_ascii())) {
            let rest = octets.split_off(first + 1);
            self.push_data(octets);
            self.push_pause();
            octets = rest;
        }
        self.push_data(octets);
        self.push_pause();
        self.stage = Stage::Event(next);
    }

    fn push_data(&mut self, octets: Vec<u8>) {
        self.steps.push_back(match self.framing {
            BodyFraming::Chunked => Step::Chunk(octets),
            BodyFraming::None | BodyFraming::ContentLength(_) | BodyFraming::CloseDelimited => {
                Step::Data(octets.into())
            }
        });
    }

    fn push_pause(&mut self) {
        if !self.order.delay.is_zero() {
            self.steps.push_back(Step::Wait(self.order.delay));
        }
    }
}

impl Fault {
    const ALL: [(Fault, &'static str); 7] = [
        (Fault::NoDone, "no-done"),
        (Fault::SplitCharacter, "split-character"),
        (Fault::NoLastChunk, "no-last-chunk"),
        (Fault::ErrorEvent, "error-event"),
        (Fault::Stall, "stall"),
        (Fault::TwoInOneChunk, "two-in-one-chunk"),
        (Fault::NoFinalBlankLine, "no-final-blank-line"),
    ];

    fn named(name: &str) -> Option<Fault> {
        Fault::ALL.iter().find(|(_, known)| *known == name).map(|(fault, _)| *fault)
    }

    fn none_is_named(name: &str) -> String {
        let known: Vec<&str> = Fault::ALL.iter().map(|(_, known)| *known).collect();
        format!("the parameter \"fault\" must be one of {}, not {name:?}", known.join(", "))
    }
}

impl Language {
    fn named(name: &str) -> Option<Language> {
        match name {
            "en" => Some(Language::English),
            "ko" => Some(Language::Korean),
            _ => None,
        }
    }

    /// Korean, if a Hangul syllable or letter is in the text.
    fn of(text: &str) -> Language {
        let is_hangul = |character| matches!(character, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}');
        if text.contains(is_hangul) { Language::Korean } else { Language::English }
    }

    fn text(self) -> &'static str {
        match self {
            Language::English => ENGLISH,
            Language::Korean => KOREAN,
        }
    }
}

// A word is a token; like a model's, it brings the space before it.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().skip(1).find(|(_, character)| *character == ' ').map_or(rest.len(), |(at, _)| at);
        let (token, after) = rest.split_at(end);
        rest = after;
        (!token.is_empty()).then_some(token)
    })
}

// ---- the shapes of the API ---------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Asked {
    #[serde(default = "unnamed_model")]
    model: String,
    messages: Vec<Said>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

impl Said {
    fn text(&self) -> String {
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
struct Completion<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

/// A whole answer has a message, an event has a delta.
#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<Message<'a>>,
    finish_reason: Option<&'a str>,
}

impl<'a> Choice<'a> {
    fn delta(delta: Message<'a>, finish_reason: Option<&'a str>) -> Choice<'a> {
        Choice { index: 0, message: None, delta: Some(delta), finish_reason }
    }
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
    total_tokens: usize,
}

#[derive(Serialize)]
struct Failure<'a> {
    error: FailureDetail<'a>,
}

#[derive(Serialize)]
struct FailureDetail<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

fn error_body(message: &str, kind: &str) -> String {
    let failure = Failure { error: FailureDetail { message, kind, param: None, code: None } };
    serde_json::to_string(&failure).expect("strings have a JSON form")
}

fn json_head(status: u16, body: &str) -> ResponseHead {
    let head = ResponseHead::new(status, BodyFraming::ContentLength(body.len() as u64));
    head.with("Content-Type", b"application/json".as_slice())
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
/// How long a stall lasts at most.
const STALL: Duration = Duration::from_secs(3600);
/// 2025-01-01.
const CREATED: u64 = 1_735_689_600;
/// The name comes back in every event.
const LONGEST_MODEL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &[u8] = br#"{"model":"m","messages":[{"role":"user","content":"hello"}],"stream":true}"#;

    fn order(fault: &str) -> Order {
        let fault = (!fault.is_empty()).then_some(fault);
        Order::read(ASKED, Extras { delay: Some(Duration::ZERO), fault, language: None }).expect("a good order")
    }

    /// The chunks up to the step that ends them, or the stall.
    fn play(order: Order) -> (Vec<Vec<u8>>, Option<Step>) {
        let mut chat = Chat::new(ResponseHead::new(200, BodyFraming::Chunked), order);
        let mut chunks = Vec::new();
        assert!(matches!(chat.next_step(), Next::Step(Step::Head(_))));
        loop {
            match chat.next_step() {
                Next::Step(Step::Chunk(octets)) => chunks.push(octets),
                Next::Step(step) => {
                    assert!(matches!(chat.next_step(), Next::End));
                    return (chunks, Some(step));
                }
                Next::Park(_) => return (chunks, None),
                Next::End => panic!("the body has no end"),
            }
        }
    }

    fn text(chunks: &[Vec<u8>]) -> String {
        String::from_utf8(chunks.concat()).expect("whole characters in the end")
    }

    /// What a client puts together.
    fn content(stream: &str) -> String {
        let json = stream.split_terminator("\n\n").filter_map(|block| block.strip_prefix("data: {"));
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(&format!("{{{json}")).expect("JSON");
        json.filter_map(|json| value(json)["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
    }

    #[test]
    fn tokens_are_words_with_the_space_before_them() {
        assert_eq!(tokens("one two  three").collect::<Vec<_>>(), ["one", " two", " ", " three"]);
        for text in [ENGLISH, KOREAN] {
            assert_eq!(tokens(text).collect::<String>(), text);
            assert!(!text.contains("  "));
        }
    }

    #[test]
    fn a_stream_is_one_event_for_each_token_and_then_three_ends() {
        let (chunks, end) = play(order(""));
        let base = r#"{"id":"chatcmpl-wirestep","object":"chat.completion.chunk","created":1735689600,"model":"m","choices":[{"index":0,"delta":"#;
        let chunk = |rest: &str| format!("data: {base}{rest}}}]}}\n\n").into_bytes();
        assert_eq!(chunks[0], chunk(r#"{"role":"assistant","content":""},"finish_reason":null"#));
        assert_eq!(chunks[1], chunk(r#"{"content":"A"},"finish_reason":null"#));
        assert_eq!(chunks[chunks.len() - 2], chunk(r#"{},"finish_reason":"stop""#));
        assert_eq!(chunks[chunks.len() - 1], b"data: [DONE]\n\n");
        assert_eq!(chunks.len(), tokens(ENGLISH).count() + 3);
        assert_eq!((content(&text(&chunks)).as_str(), end), (ENGLISH, Some(Step::LastChunk)));
    }

    #[test]
    fn each_fault_leaves_the_rest_as_it_is() {
        let (good, _) = play(order(""));
        let good = text(&good);

        let (chunks, end) = play(order("no-done"));
        assert_eq!((text(&chunks) + "data: [DONE]\n\n", end), (good.clone(), Some(Step::LastChunk)));

        let (chunks, end) = play(order("no-last-chunk"));
        assert_eq!((text(&chunks), end), (good.clone(), Some(Step::Fin)));

        let (chunks, end) = play(order("no-final-blank-line"));
        assert_eq!((text(&chunks) + "\n", end), (good.clone(), Some(Step::LastChunk)));

        let (chunks, end) = play(order("two-in-one-chunk"));
        assert_eq!((text(&chunks), end), (good.clone(), Some(Step::LastChunk)));
        assert!(
            chunks[..chunks.len() - 1].iter().all(|chunk| chunk.windows(2).filter(|two| two == b"\n\n").count() == 2)
        );

        let (chunks, end) = play(order("split-character"));
        assert_eq!((text(&chunks), end), (good.clone(), Some(Step::LastChunk)));
        assert_eq!(chunks.iter().filter(|chunk| std::str::from_utf8(chunk).is_err()).count(), 2);

        let (chunks, end) = play(order("stall"));
        assert!(end.is_none() && good.starts_with(&text(&chunks)));

        let (chunks, end) = play(order("error-event"));
        let error = r#"data: {"error":{"message":"the model has lost its thread","type":"server_error","param":null,"code":null}}"#;
        let before =
            text(&chunks).strip_suffix(&format!("{error}\n\n")).map(str::to_owned).expect("it ends with the error");
        assert!(end == Some(Step::LastChunk) && good.starts_with(&before));
    }

    #[test]
    fn a_stall_ends_properly_when_somebody_ends_it() {
        let mut chat = Chat::new(ResponseHead::new(200, BodyFraming::Chunked), order("stall"));
        while !matches!(chat.next_step(), Next::Park(_)) {}
        chat.end_stall();
        assert!(matches!(chat.next_step(), Next::Step(Step::LastChunk)));
        assert!(matches!(chat.next_step(), Next::End));
    }

    #[test]
    fn usage_comes_in_an_event_of_its_own_when_it_is_asked_for() {
        let asked = br#"{"messages":[{"content":"two words"}],"stream":true,"stream_options":{"include_usage":true}}"#;
        let order = Order::read(asked, Extras { delay: Some(Duration::ZERO), ..Extras::default() }).expect("good");
        let (chunks, _) = play(order);
        let usage = text(&chunks[chunks.len() - 2..chunks.len() - 1]);
        let tokens = tokens(ENGLISH).count();
        let expected = format!(
            r#""choices":[],"usage":{{"prompt_tokens":2,"completion_tokens":{tokens},"total_tokens":{}}}}}"#,
            tokens + 2
        );
        assert!(usage.ends_with(&format!("{expected}\n\n")), "{usage}");
    }

    #[test]
    fn the_last_message_or_the_query_chooses_the_language() {
        let ask = |content: &str, language| {
            let asked = format!(r#"{{"messages":[{{"content":"안녕"}},{{"role":"user","content":{content}}}]}}"#);
            Order::read(asked.as_bytes(), Extras { language, ..Extras::default() }).expect("good").language
        };
        assert_eq!(ask(r#""hello""#, None), Language::English);
        assert_eq!(ask(r#""hello 세계""#, None), Language::Korean);
        assert_eq!(
            ask(r#"[{"type":"text","text":"안녕"},{"type":"image_url","image_url":{}}]"#, None),
            Language::Korean
        );
        assert_eq!(ask("null", None), Language::English);
        assert_eq!(ask(r#""hello""#, Some("ko")), Language::Korean);
        assert_eq!(ask(r#""안녕""#, Some("en")), Language::English);
    }

    #[test]
    fn what_is_no_order_is_refused_with_a_sentence() {
        let complaint = |body: &str, extras| Order::read(body.as_bytes(), extras).expect_err("no order").0;
        let none = Extras::default();
        let not_json = complaint("{", none);
        assert_eq!(
            not_json,
            "the body is not a chat completion request: EOF while parsing an object at line 1 column 1"
        );
        assert!(complaint("{}", none).contains("missing field `messages`"));
        assert!(complaint(r#"{"messages":[]}"#, none).contains("at least one message"));
        let asked = std::str::from_utf8(ASKED).expect("ASCII");
        assert!(complaint(asked, Extras { fault: Some("x"), ..none }).contains("no-done, split-character"));
        assert!(complaint(asked, Extras { language: Some("de"), ..none }).contains("en or ko"));
        let whole = asked.replace("true", "false");
        assert!(complaint(&whole, Extras { fault: Some("stall"), ..none }).contains("stream"));
        assert!(complaint(&asked.replace("\"m\"", &format!("{:?}", "m".repeat(65))), none).contains("64"));
    }
}
