//! A request that the site cannot serve as it was meant: a status code and one sentence.

use crate::exchange::response::Response;
use crate::topic::publication::TopicError;
use crate::wire::language::Language;

/// Why an address refuses a request.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    sentence: String,
    /// The same in Korean, for a second line.
    korean: Option<String>,
    /// The methods that the address has, for 405.
    allow: Option<String>,
}

impl Problem {
    pub(super) fn new(status: u16, sentence: impl Into<String>) -> Problem {
        Problem { status, sentence: sentence.into(), korean: None, allow: None }
    }

    /// The same sentence in Korean.
    pub(super) fn in_korean(self, sentence: impl Into<String>) -> Problem {
        Problem { korean: Some(sentence.into()), ..self }
    }

    /// The address has these methods (RFC 9110 section 15.5.6).
    pub(super) fn allowing(self, methods: impl Into<String>) -> Problem {
        Problem { allow: Some(methods.into()), ..self }
    }

    pub(super) fn sentence(self) -> String {
        self.sentence
    }

    pub(super) fn response(&self, language: Language) -> Response {
        let korean = self.korean.as_ref().filter(|_| language == Language::Ko);
        let text = korean.map_or_else(|| self.sentence.clone(), |korean| format!("{}\n{korean}", self.sentence));
        let response = Response::text(self.status, &text);
        match &self.allow {
            Some(allow) => response.with("Allow", allow.clone().into_bytes()),
            None => response,
        }
    }

    /// The name under which it is counted.
    pub(super) fn name(&self) -> &'static str {
        match self.status {
            400 => "bad-request",
            403 => "forbidden",
            404 => "not-found",
            405 => "method-not-allowed",
            409 => "conflict",
            413 => "content-too-large",
            500 => "internal-server-error",
            501 => "not-implemented",
            503 => "service-unavailable",
            _ => "other",
        }
    }
}

impl From<TopicError> for Problem {
    fn from(error: TopicError) -> Problem {
        let status = match error {
            TopicError::BadName | TopicError::BadEvent(_) | TopicError::BadId => 400,
            TopicError::IdTaken => 409,
            TopicError::TooLarge => 413,
            TopicError::TooMany => 503,
        };
        Problem::new(status, error.to_string()).in_korean(korean(&error))
    }
}

fn korean(error: &TopicError) -> String {
    let sentence = match error {
        TopicError::BadName => "토픽 이름은 영문자, 숫자, '.', '_', '-' 1~64자. \".\"과 \"..\"은 쓸 수 없음",
        TopicError::TooMany => "토픽 수가 서버가 허용하는 한도에 이름",
        TopicError::TooLarge => "이벤트가 서버가 받는 크기보다 큼",
        TopicError::BadEvent(_) => "이벤트의 id나 타입이 이벤트 스트림의 문법에 맞지 않음",
        TopicError::BadId => {
            "이벤트 ID는 클라이언트가 Last-Event-ID로 다시 보냄. ASCII 문자 1~256개, 제어 문자와 앞뒤 공백 없이"
        }
        TopicError::IdTaken => "이 ID의 이벤트가 이미 보관되어 있어, 이 ID로는 이어 보낼 위치를 알 수 없음",
    };
    sentence.to_owned()
}
