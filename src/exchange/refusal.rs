//! Why a connection refuses a request before the site sees it.
//!
//! ```text
//! GET /plain HTTP/1.1 LF        400, RFC 9112 section 2.2
//! Content-Length: 9999999       413, RFC 9110 section 15.5.14
//! half a head, and 10 s         408, RFC 9110 section 15.5.9
//! ```
//!
//! The sentence is English; `--lang ko` adds a second line, in Korean.
//!
//! Where the next request begins is not certain after such a fault, so each of them ends the
//! connection.

use std::fmt;

use super::response::Response;
use crate::wire::chunked::ChunkError;
use crate::wire::explain::Saying;
use crate::wire::head_error::HeadError;
use crate::wire::language::Language;
use crate::wire::start_line::Method;
use crate::wire::step::Step;

/// A fault of a request, found by the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The head breaks a rule of the grammar or a bound.
    Head(HeadError),
    /// The chunked coding of the body is broken.
    Body(ChunkError),
    /// The body is, or says that it is, larger than [`super::limits::Limits::body`].
    BodyTooLarge,
    /// The head is not complete in time.
    HeadTimeout,
    /// The body is not complete in time, or stalls.
    BodyTimeout,
    /// The client's FIN came inside the head.
    HeadCutShort,
    /// The client's FIN came inside the body.
    BodyCutShort,
}

impl Refusal {
    /// The name under which it is counted.
    pub(super) fn name(self) -> &'static str {
        match self {
            Refusal::Head(error) => error.name(),
            Refusal::Body(_) => "chunked-coding",
            Refusal::BodyTooLarge => "body-too-large",
            Refusal::HeadTimeout => "head-timeout",
            Refusal::BodyTimeout => "body-timeout",
            Refusal::HeadCutShort => "head-cut-short",
            Refusal::BodyCutShort => "body-cut-short",
        }
    }

    /// The whole response as steps: head, one sentence, FIN. In another language than English the
    /// sentence follows once more, on a line of its own.
    pub(super) fn steps(self, method: Option<Method>, language: Language) -> Vec<Step> {
        let text = match language {
            Language::En => self.to_string(),
            Language::Ko => format!("{self}\n{}", self.korean()),
        };
        let mut steps = Response::text(self.status(), &text).steps(method);
        steps.push(Step::Fin);
        steps
    }

    fn korean(self) -> String {
        match self {
            Refusal::Head(error) => Saying::HeadError(error).in_language(Language::Ko).with_section(),
            Refusal::Body(error) => Saying::ChunkError(error).in_language(Language::Ko).with_section(),
            Refusal::BodyTooLarge => "요청 본문이 서버가 받는 크기보다 큼 (RFC 9110 15.5.14)".to_owned(),
            Refusal::HeadTimeout => "제한 시간 안에 요청 헤더가 다 오지 않음 (RFC 9110 15.5.9)".to_owned(),
            Refusal::BodyTimeout => "제한 시간 안에 요청 본문이 다 오지 않음 (RFC 9110 15.5.9)".to_owned(),
            Refusal::HeadCutShort => "요청 헤더 도중에 FIN이 옴: 미완료 (RFC 9112 8)".to_owned(),
            Refusal::BodyCutShort => "요청 본문 도중에 FIN이 옴: 미완료 (RFC 9112 8)".to_owned(),
        }
    }

    pub(super) fn status(self) -> u16 {
        match self {
            Refusal::Head(error) => error.status(),
            Refusal::Body(_) | Refusal::HeadCutShort | Refusal::BodyCutShort => 400,
            Refusal::BodyTooLarge => 413,
            Refusal::HeadTimeout | Refusal::BodyTimeout => 408,
        }
    }
}

impl From<ChunkError> for Refusal {
    fn from(error: ChunkError) -> Refusal {
        Refusal::Body(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Head(error) => error.fmt(f),
            Refusal::Body(error) => error.fmt(f),
            Refusal::BodyTooLarge => f.write_str("the request body is larger than is accepted (RFC 9110 15.5.14)"),
            Refusal::HeadTimeout => f.write_str("the request head did not arrive in time (RFC 9110 15.5.9)"),
            Refusal::BodyTimeout => f.write_str("the request body did not arrive in time (RFC 9110 15.5.9)"),
            Refusal::HeadCutShort => f.write_str("FIN came inside a request head: it is incomplete (RFC 9112 8)"),
            Refusal::BodyCutShort => f.write_str("FIN came inside a request body: it is incomplete (RFC 9112 8)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_second_line_in_korean() {
        let own = [
            Refusal::Head(HeadError::NoHost),
            Refusal::Body(ChunkError::BadSize),
            Refusal::BodyTooLarge,
            Refusal::HeadTimeout,
            Refusal::BodyTimeout,
            Refusal::HeadCutShort,
            Refusal::BodyCutShort,
        ];
        for refusal in own {
            let (english, korean) = (refusal.to_string(), refusal.korean());
            assert!(english.is_ascii() && korean.chars().any(|it| ('가'..='힣').contains(&it)), "{korean}");
            let section = |text: &str| text.split_once(" (RFC").map(|(_, section)| section.to_owned());
            assert_eq!(section(&english), section(&korean), "{refusal:?}");
        }
    }
}
