//! A request that the site cannot serve as it was meant: a status code and one sentence.

use crate::exchange::response::Response;
use crate::topic::publication::TopicError;

/// Why an address refuses a request.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    sentence: String,
    /// The methods that the address has, for 405.
    allow: Option<String>,
}

impl Problem {
    pub(super) fn new(status: u16, sentence: impl Into<String>) -> Problem {
        Problem { status, sentence: sentence.into(), allow: None }
    }

    /// The address has these methods (RFC 9110 section 15.5.6).
    pub(super) fn allowing(self, methods: impl Into<String>) -> Problem {
        Problem { allow: Some(methods.into()), ..self }
    }

    pub(super) fn sentence(self) -> String {
        self.sentence
    }

    pub(super) fn response(&self) -> Response {
        let response = Response::text(self.status, &self.sentence);
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
        Problem::new(status, error.to_string())
    }
}
