//! Request smuggling, shown safely: the same octets, as two readers understand them.
//!
//! ```text
//! POST / HTTP/1.1             reader 1 counts octets          reader 2 reads chunks
//! Content-Length: 6
//! Transfer-Encoding: chunked
//!
//! 0 CRLF CRLF G               a body of six octets            the last chunk, and then
//!                                                             the beginning of another request: G
//! ```
//!
//! Put reader 1 before reader 2, as a proxy before a server, and the G comes before another
//! client's request. Here nothing is forwarded: both readers are dissectors in this process, each
//! blind to one field. A third one, the server itself, refuses (RFC 9112 section 6.1).
//!
//! Blindness is made by giving the dissector a copy in which the field has another name of the same
//! length, so the places of all octets stay what they are.

use std::fmt::Write;

use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::wire::dissect::Dissector;
use crate::wire::explain::rows;
use crate::wire::flow::Flow;
use crate::wire::framing::BodyFraming;
use crate::wire::request::{HeadLimits, RequestHead};
use crate::wire::start_line::Method;
use crate::wire::visible::visible;

/// `POST /lessons/smuggling/readings`: how two readers understand the octets of the body.
pub(super) fn draw(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let request = visit.request;
    if request.head.method() != Method::Post {
        let sentence = "POST the octets of a request here; GET /lessons/smuggling says why";
        return Err(Problem::new(405, sentence.to_owned())
            .in_korean("요청의 바이트를 POST로 보내는 주소. 설명은 GET /lessons/smuggling")
            .allowing("POST"));
    }
    if request.body.len() > MOST_OCTETS {
        return Err(Problem::new(413, format!("a drawing of more than {MOST_OCTETS} octets would not be legible"))
            .in_korean(format!("{MOST_OCTETS}바이트를 넘는 요청은 그려도 알아볼 수 없음")));
    }
    let page = readings(&request.body);
    Ok(visit.whole(Response::new(200, b"text/plain; charset=utf-8".as_slice(), page.into_bytes())))
}

fn readings(octets: &[u8]) -> String {
    let mut page = String::new();
    page.push_str("reader 1 counts octets: it does not see Transfer-Encoding\n");
    reading(octets, "transfer-encoding", &mut page);
    page.push_str("\nreader 2 reads chunks: it does not see Content-Length\n");
    reading(octets, "content-length", &mut page);
    page.push_str("\nwirestep sees both\n");
    let verdict = match RequestHead::parse(octets, HeadLimits::default()) {
        Ok(Some((head, _))) => format!("takes it: {}", body(head.framing())),
        Ok(None) => "waits: the head is not complete".to_owned(),
        Err(error) => format!("refuses it with {}: {error}", error.status()),
    };
    _ = writeln!(page, "  {verdict}");
    page
}

fn body(framing: BodyFraming) -> String {
    match framing {
        BodyFraming::None => "there is no body".to_owned(),
        BodyFraming::ContentLength(octets) => format!("the body has {octets} octets"),
        BodyFraming::Chunked => "the body comes in chunks".to_owned(),
        BodyFraming::CloseDelimited => "the body lasts until FIN".to_owned(),
    }
}

fn reading(octets: &[u8], unseen: &str, page: &mut String) {
    let mut copy = octets.to_vec();
    let hidden = hide(&mut copy, unseen);
    let mut dissector = Dissector::default();
    let spans = dissector.dissect(Flow::Requests, &copy);
    let mut requests = 0;
    for row in rows(Flow::Requests, octets, &spans) {
        if row.name == "request-line" || requests == 0 {
            requests += 1;
            _ = writeln!(page, "  request {requests}");
        }
        let remark = if hidden.contains(&row.range.start) { "      (not seen)" } else { "" };
        let octets = octets.get(row.range).unwrap_or_default();
        _ = writeln!(page, "    {:<14}{}{remark}", row.name, visible(octets));
    }
    _ = writeln!(page, "  and then: {}", dissector.at_fin(Flow::Requests));
}

/// Gives each field line called `name` another name; where they begin.
fn hide(octets: &mut [u8], name: &str) -> Vec<usize> {
    let mut hidden = Vec::new();
    for start in 0..octets.len() {
        let begins_line = start == 0 || octets.get(start - 1) == Some(&b'\n');
        let is_it = octets.get(start..start + name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()));
        if let (true, true, Some(first)) = (begins_line, is_it, octets.get_mut(start)) {
            *first = b'X';
            hidden.push(start);
        }
    }
    hidden
}

/// Octets that are drawn.
const MOST_OCTETS: usize = 16 * 1024;
