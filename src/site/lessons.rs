//! The addresses of lessons: the list, the script, the play.

use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use super::{page, pages};
use crate::exchange::response::Response;
use crate::lesson::Play;
use crate::wire::start_line::Method;
use crate::wire::step::Step;

/// `GET /lessons`: the live page for a browser, JSON for a client that asks for it, else text.
pub(super) fn list(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    if page::is_navigation(head) {
        return Ok(page::page(visit));
    }
    let library = &visit.site.library;
    // Commands that can be copied. A host is a valid uri-host, but a shell reads some of its
    // characters.
    let is_plain = |host: &&str| host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c));
    let host = Some(head.host()).filter(|host| !host.is_empty()).filter(is_plain).unwrap_or("127.0.0.1:8080");
    let (content_type, list) = if page::accepts(head, "application/json") {
        ("application/json", library.list_as_json(host))
    } else {
        ("text/plain; charset=utf-8", library.list_as_text(host))
    };
    let response = Response::new(200, content_type.as_bytes(), list.into_bytes());
    Ok(visit.whole(response.with("Vary", page::VARY)))
}

/// `ANY /lessons/NAME`: plays the case that is for this request, with the parameters of its query.
///
/// A browser's navigation leads into the live page, which plays the lesson; unless the case is a
/// page itself.
pub(super) fn play(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let request = visit.request;
    if let Some(name) = visit.rest.strip_suffix(".lesson") {
        return script(visit, name);
    }
    let lesson = find(visit, visit.rest)?;
    // A lesson knows its own parameters.
    let query: Vec<(String, String)> = form_urlencoded::parse(request.head.query().as_bytes())
        .into_owned()
        .take(MOST_PARAMETERS)
        .filter(|(name, _)| lesson.has_parameter(name))
        .collect();
    let play = || {
        let play = lesson.read_query(&query).and_then(|values| lesson.play(request, values));
        play.map_err(|sentence| Problem::new(400, sentence))
    };
    if page::is_navigation(&request.head) && !sends_html(play()?) {
        return Ok(page::page(visit));
    }
    Ok(Producer::Lesson(Box::new(play()?)))
}

// Whether the first response of a case is HTML: lesson 22 has a page of its own, which is to be
// opened and not watched.
fn sends_html(mut play: Play) -> bool {
    let steps = std::iter::from_fn(|| play.next_step()).take(MOST_STEPS_BEFORE_HEAD);
    let mut heads = steps.filter_map(|step| if let Step::RawHead(head) = step { Some(head) } else { None });
    let head = heads.next().map(|head| String::from_utf8_lossy(&head).to_ascii_lowercase());
    let mut lines = head.iter().flat_map(|head| head.split("\r\n")).take_while(|line| !line.is_empty());
    lines.any(|line| line.starts_with("content-type: text/html"))
}

fn script(visit: &Visit<'_>, name: &str) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    if !matches!(head.method(), Method::Get | Method::Head) {
        return Err(Problem::new(405, "the script of a lesson has only GET and HEAD")
            .in_korean("레슨의 스크립트에는 GET과 HEAD만 있음")
            .allowing("GET, HEAD"));
    }
    let lesson = find(visit, name)?;
    let text = lesson.text().as_bytes().to_vec();
    let response =
        Response::new(200, b"text/plain; charset=utf-8".as_slice(), text).with(pages::POLICY_NAME, pages::INERT);
    Ok(visit.whole(response))
}

fn find(visit: &Visit<'_>, name: &str) -> Result<std::sync::Arc<crate::lesson::Lesson>, Problem> {
    match visit.site.library.find(name) {
        Some(Ok(lesson)) => Ok(lesson),
        Some(Err(problems)) => Err(Problem::new(500, format!("the lesson {name} cannot be played\n\n{problems}"))
            .in_korean(format!("레슨 {name}을(를) 재생할 수 없음. 이유는 위와 같음"))),
        None => Err(Problem::new(404, format!("there is no lesson {name:?}; GET /lessons lists them"))
            .in_korean(format!("레슨 {name:?}이(가) 없음. 목록은 GET /lessons"))),
    }
}

/// Parameters of a query that are read: more than a lesson can have, so that one too many is an
/// error.
const MOST_PARAMETERS: usize = 64;

/// Steps of a case that are looked at for its head: waits may come first.
const MOST_STEPS_BEFORE_HEAD: usize = 8;
