//! A whole response as a value: a head, and a body whose length is known.
//!
//! Refusals, pages, lists and results are of this kind; [`Response::steps`] turns it into steps.

use std::borrow::Cow;

use crate::wire::framing::BodyFraming;
use crate::wire::response::ResponseHead;
use crate::wire::start_line::Method;
use crate::wire::step::Step;

/// A head with Content-Length, and its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    head: ResponseHead,
    body: Cow<'static, [u8]>,
}

impl Response {
    /// A response with this status code, media type and body.
    pub fn new(
        status: u16,
        content_type: impl Into<Cow<'static, [u8]>>,
        body: impl Into<Cow<'static, [u8]>>,
    ) -> Response {
        let body = body.into();
        let head = ResponseHead::new(status, BodyFraming::ContentLength(body.len() as u64));
        Response { head: head.with("Content-Type", content_type), body }
    }

    /// A response of plain text. A line end is added to it.
    pub fn text(status: u16, text: &str) -> Response {
        Response::new(status, b"text/plain; charset=utf-8".as_slice(), format!("{text}\n").into_bytes())
    }

    /// Adds a field line.
    pub fn with(self, name: &'static str, value: impl Into<Cow<'static, [u8]>>) -> Response {
        Response { head: self.head.with(name, value), ..self }
    }

    /// Passes the head through `change`, and leaves the body as it is.
    pub fn map_head(self, change: impl FnOnce(ResponseHead) -> ResponseHead) -> Response {
        Response { head: change(self.head), ..self }
    }

    /// The steps of the response to a request with this method. The response to HEAD has the same
    /// head and no content (RFC 9110 section 9.3.2).
    pub fn steps(self, method: Option<Method>) -> Vec<Step> {
        if method == Some(Method::Head) || self.body.is_empty() {
            vec![Step::Head(self.head)]
        } else {
            vec![Step::Head(self.head), Step::Data(self.body)]
        }
    }
}
