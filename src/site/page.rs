//! The live page: HTML, style and ES modules, embedded as files, and who gets it.
//!
//! ```text
//! GET / HTTP/1.1                       a browser's navigation: Sec-Fetch-Dest: document
//! GET /page/main.js HTTP/1.1           what the page consists of, each with an ETag
//! If-None-Match: "5f0e..."
//!
//! HTTP/1.1 304 Not Modified            no-cache: a browser asks each time, and gets them once
//! ```
//!
//! `/`, `/lessons` and `/lessons/NAME` are two things under one address: the page for a navigation,
//! the text or the stream for everything else (curl, `fetch`, EventSource). A browser names the
//! purpose of a request in `Sec-Fetch-Dest` (W3C, "Fetch Metadata Request Headers"), but only to
//! trustworthy addresses such as 127.0.0.1 and localhost; without the field, `Accept: text/html`
//! decides (RFC 9110 section 12.5.1).
//!
//! The page holds no script and no style within its HTML, so that the policy can forbid both: what
//! a peer has sent could never become markup that runs.

use super::problem::Problem;
use super::producer::Producer;
use super::visit::Visit;
use crate::exchange::response::Response;
use crate::wire::framing::BodyFraming;
use crate::wire::request::RequestHead;
use crate::wire::response::ResponseHead;

/// The response with the page itself.
pub(super) fn page(visit: &Visit<'_>) -> Producer {
    visit.whole(INDEX.response(&visit.request.head))
}

/// `GET /page/NAME`: a file of the page.
pub(super) fn file(visit: &mut Visit<'_>) -> Result<Producer, Problem> {
    let head = &visit.request.head;
    match FILES.iter().find(|file| file.name == visit.rest) {
        Some(file) => Ok(visit.whole(file.response(head))),
        None => Err(Problem::new(404, format!("the page has no file {:?}", visit.rest))
            .in_korean(format!("페이지에 {:?} 파일이 없음", visit.rest))),
    }
}

/// Whether a browser wants something to show, and not a program some octets.
pub(super) fn is_navigation(request: &RequestHead) -> bool {
    match request.fields().first("sec-fetch-dest") {
        Some(destination) => destination == b"document",
        None => accepts(request, "text/html"),
    }
}

/// Whether `Accept` names this media type.
pub(super) fn accepts(head: &RequestHead, media_type: &str) -> bool {
    // A range with weight 0 says that the type is not acceptable (RFC 9110 section 12.4.2).
    let is_refusal = |parameter: &[u8]| {
        let weight = parameter.strip_prefix(b"q=").or(parameter.strip_prefix(b"Q="));
        weight.is_some_and(|weight| weight.iter().all(|octet| matches!(octet, b'0' | b'.')))
    };
    head.fields().list("accept").any(|range| {
        let mut parts = range.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        parts.next().is_some_and(|it| it.eq_ignore_ascii_case(media_type.as_bytes())) && !parts.any(is_refusal)
    })
}

/// One file of the page, as it is in `src/site/page`.
struct File {
    name: &'static str,
    content_type: &'static str,
    octets: &'static [u8],
    /// Depends on the octets alone, so a new build changes the tag of what has changed.
    tag: u64,
}

impl File {
    const fn new(name: &'static str, content_type: &'static str, octets: &'static [u8]) -> File {
        File { name, content_type, octets, tag: fnv(octets) }
    }

    // A response to a request that has the octets already has no body and no length (RFC 9110
    // section 15.4.5).
    fn response(&self, request: &RequestHead) -> Response {
        let tag = format!("\"{:016x}\"", self.tag);
        let is_known = request.fields().list("if-none-match").any(|known| known == tag.as_bytes() || known == b"*");
        let response = if is_known {
            Response::new(304, b"".as_slice(), b"".as_slice()).map_head(|_| ResponseHead::new(304, BodyFraming::None))
        } else {
            Response::new(200, self.content_type.as_bytes(), self.octets)
        };
        response
            .with("ETag", tag.into_bytes())
            .with("Cache-Control", b"no-cache".as_slice())
            .with("Vary", VARY)
            .with("Content-Security-Policy", POLICY.as_bytes())
            .with("Referrer-Policy", b"same-origin".as_slice())
    }
}

// FNV-1a: no cryptography is needed to tell one build from another.
const fn fnv(octets: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < octets.len() {
        // `i` is less than the length: the condition of the loop. Iterators are no const functions.
        hash = (hash ^ octets[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

/// A cache must not give the browser's page to curl (RFC 9110 section 12.5.5).
pub(super) const VARY: &[u8] = b"Accept, Sec-Fetch-Dest";

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const INDEX: File = File::new("index.html", HTML, include_bytes!("page/index.html"));

macro_rules! files {
    ($($name:literal as $content_type:expr),* $(,)?) => {
        &[$(File::new($name, $content_type, include_bytes!(concat!("page/", $name)))),*]
    };
}

static FILES: &[File] = files![
    "style.css" as "text/css; charset=utf-8",
    "icon.svg" as "image/svg+xml",
    "main.js" as SCRIPT,
    "app.js" as SCRIPT,
    "axis.js" as SCRIPT,
    "batch.js" as SCRIPT,
    "bets.js" as SCRIPT,
    "clock.js" as SCRIPT,
    "connection.js" as SCRIPT,
    "connections.js" as SCRIPT,
    "counts.js" as SCRIPT,
    "dom.js" as SCRIPT,
    "en.js" as SCRIPT,
    "feed.worker.js" as SCRIPT,
    "glyphs.js" as SCRIPT,
    "hops.js" as SCRIPT,
    "keys.js" as SCRIPT,
    "ko.js" as SCRIPT,
    "labels.js" as SCRIPT,
    "lane-bars.js" as SCRIPT,
    "lane-client.js" as SCRIPT,
    "lane-octets.js" as SCRIPT,
    "lane-tcp.js" as SCRIPT,
    "lessons.js" as SCRIPT,
    "messages.js" as SCRIPT,
    "paint.js" as SCRIPT,
    "palette.js" as SCRIPT,
    "panel.js" as SCRIPT,
    "player.js" as SCRIPT,
    "pointer.js" as SCRIPT,
    "preferences.js" as SCRIPT,
    "requests.js" as SCRIPT,
    "scene.js" as SCRIPT,
    "score.js" as SCRIPT,
    "selection.js" as SCRIPT,
    "sheet.js" as SCRIPT,
    "sse.js" as SCRIPT,
    "state.js" as SCRIPT,
    "store.js" as SCRIPT,
    "table.js" as SCRIPT,
    "tape.js" as SCRIPT,
    "verdict.js" as SCRIPT,
    "view.js" as SCRIPT,
    "wording.js" as SCRIPT,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/site/page");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        let mut served: Vec<&str> = FILES.iter().chain([&INDEX]).map(|file| file.name).collect();
        served.sort_unstable();
        assert_eq!(served, found);
    }

    #[test]
    fn a_changed_file_has_another_tag() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
