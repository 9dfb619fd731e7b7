//! Addresses with a whole response: the start page, a few fixed octets, the request's own body.

use super::page;
use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::wire::framing::BodyFraming;

/// `GET /`: the live page for a browser, else how to begin, as text.
pub(super) fn index(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    if page::is_navigation(head) {
        return Ok(page::page(visit));
    }
    // Commands that can be copied: the host is valid, or the request would have been refused.
    let host = Some(head.host()).filter(|host| !host.is_empty());
    let text = include_str!("index.txt").replace("HOST", host.unwrap_or("127.0.0.1:8080"));
    let response = Response::new(200, b"text/plain; charset=utf-8".as_slice(), text.into_bytes());
    Ok(visit.whole(response.with("Vary", page::VARY)))
}

/// `GET /plain`.
pub(super) fn plain(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    Ok(visit.whole(Response::new(200, b"text/plain".as_slice(), b"Hello, wire!\n".as_slice())))
}

/// The field of [`INERT`].
pub(super) const POLICY_NAME: &str = "Content-Security-Policy";

/// The policy for octets that a peer or a teacher has written: an origin of their own, no scripts,
/// and no frame around them.
pub(super) const INERT: &[u8] = b"sandbox; frame-ancestors 'none'";

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
    // The client has chosen type and octets: a browser that shows them must run nothing, and have
    // no access to what else this origin serves.
    let response = Response::new(200, content_type, request.body.clone()).with(POLICY_NAME, INERT);
    Ok(visit.whole(response.with("Request-Framing", framing.into_bytes())))
}
