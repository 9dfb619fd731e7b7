//! The addresses of lessons: the list, the script, the play.

use super::parameters::no_parameters;
use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::exchange::stepping::StepMode;
use crate::wire::request::RequestHead;
use crate::wire::start_line::Method;

/// `GET /lessons`: HTML for a browser, JSON for a client that asks for it, else text.
pub(super) fn list(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    no_parameters(head)?;
    let library = &visit.site.library;
    // Commands that can be copied. A host is a valid uri-host, but a shell reads some of its
    // characters.
    let is_plain = |host: &&str| host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c));
    let host = Some(head.host()).filter(|host| !host.is_empty()).filter(is_plain).unwrap_or("127.0.0.1:8080");
    let (content_type, page) = if accepts(head, "text/html") {
        ("text/html; charset=utf-8", library.list_as_html())
    } else if accepts(head, "application/json") {
        ("application/json", library.list_as_json(host))
    } else {
        ("text/plain; charset=utf-8", library.list_as_text(host))
    };
    let response = Response::new(200, content_type.as_bytes(), page.into_bytes());
    Ok(visit.whole(response.with("Vary", b"Accept".as_slice())))
}

/// `ANY /lessons/NAME`: plays the case that is for this request, with the parameters of its query.
pub(super) fn play(visit: &mut Visit<'_>) -> Result<(Producer, StepMode), Problem> {
    let request = visit.request;
    if let Some(name) = visit.rest.strip_suffix(".lesson") {
        return Ok((script(visit, name)?, StepMode::AsConnection));
    }
    let lesson = find(visit, visit.rest)?;
    let mut query: Vec<(String, String)> =
        form_urlencoded::parse(request.head.query().as_bytes()).into_owned().take(MOST_PARAMETERS).collect();
    let asked = query.len();
    query.retain(|(name, _)| name != "step");
    let bad_request = |sentence: String| Problem::new(400, sentence);
    let values = lesson.read_query(&query).map_err(bad_request)?;
    let play = lesson.play(request, values).map_err(bad_request)?;
    let mode = if query.len() < asked { StepMode::EachStep } else { StepMode::AsConnection };
    Ok((Producer::Lesson(Box::new(play)), mode))
}

fn script(visit: &Visit<'_>, name: &str) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    if !matches!(head.method(), Method::Get | Method::Head) {
        return Err(
            Problem::new(405, "the script of a lesson can be read, and nothing else".to_owned()).allowing("GET, HEAD")
        );
    }
    no_parameters(head)?;
    let lesson = find(visit, name)?;
    let text = lesson.text().as_bytes().to_vec();
    // A browser that takes the text for a page must neither run it nor show it inside another page.
    let response = Response::new(200, b"text/plain; charset=utf-8".as_slice(), text)
        .with("X-Content-Type-Options", b"nosniff".as_slice())
        .with("Content-Security-Policy", b"sandbox; frame-ancestors 'none'".as_slice());
    Ok(visit.whole(response))
}

fn find(visit: &Visit<'_>, name: &str) -> Result<std::sync::Arc<crate::lesson::Lesson>, Problem> {
    match visit.site.library.find(name) {
        Some(Ok(lesson)) => Ok(lesson),
        Some(Err(problems)) => Err(Problem::new(500, format!("the lesson {name} cannot be played\n\n{problems}"))),
        None => Err(Problem::new(404, format!("there is no lesson {name:?}; GET /lessons says which there are"))),
    }
}

// A range with weight 0 says that the type is not acceptable (RFC 9110 section 12.4.2).
fn accepts(head: &RequestHead, media_type: &str) -> bool {
    let is_refusal = |parameter: &[u8]| {
        let weight = parameter.strip_prefix(b"q=").or(parameter.strip_prefix(b"Q="));
        weight.is_some_and(|weight| weight.iter().all(|octet| matches!(octet, b'0' | b'.')))
    };
    head.fields().list("accept").any(|range| {
        let mut parts = range.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        parts.next().is_some_and(|it| it.eq_ignore_ascii_case(media_type.as_bytes())) && !parts.any(is_refusal)
    })
}

/// Parameters of a query that are read: more than a lesson can have, so that one too many is an
/// error.
const MOST_PARAMETERS: usize = 64;
