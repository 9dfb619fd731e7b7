//! Addresses with a whole response: the start page, a few fixed octets, the request's own body.

use std::borrow::Cow;

use super::parameters::no_parameters;
use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::wire::framing::BodyFraming;

/// `GET /`.
pub(super) fn index(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    no_parameters(head)?;
    let wants_html = head.fields().list("accept").any(|range| range.starts_with(b"text/html"));
    let (content_type, page) = if wants_html {
        ("text/html; charset=utf-8", Cow::Borrowed(include_bytes!("index.html").as_slice()))
    } else {
        // Commands that can be copied: the host is valid, or the request would have been refused.
        let host = Some(head.host()).filter(|host| !host.is_empty());
        let page = include_str!("index.txt").replace("HOST", host.unwrap_or("127.0.0.1:8080"));
        ("text/plain; charset=utf-8", Cow::Owned(page.into_bytes()))
    };
    // A cache must not give the browser's page to curl (RFC 9110 section 12.5.5).
    let response = Response::new(200, content_type.as_bytes(), page).with("Vary", b"Accept".as_slice());
    Ok(visit.whole(response))
}

/// `GET /plain`.
pub(super) fn plain(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    no_parameters(&visit.request.head)?;
    Ok(visit.whole(Response::new(200, b"text/plain".as_slice(), b"Hello, wire!\n".as_slice())))
}

/// `ANY /echo`.
pub(super) fn echo(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let request = visit.request;
    let head = &request.head;
    let content_type = head.fields().first("content-type").unwrap_or(b"application/octet-stream").to_vec();
    let framing = match head.framing() {
        BodyFraming::None | BodyFraming::CloseDelimited => "no body".to_owned(),
        BodyFraming::ContentLength(length) => format!("Content-Length: {length}"),
        BodyFraming::Chunked => format!("chunked, {} octets of data", request.body.len()),
    };
    let response = Response::new(200, content_type, request.body.clone());
    Ok(visit.whole(response.with("Request-Framing", framing.into_bytes())))
}
