//! What holds for every input: the pieces in which octets come and go change nothing, and nothing panics.

#![allow(missing_docs)]

mod diagram;

use std::fmt;
use std::time::Duration;

use diagram::{Act, Diagram};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use wirestep::exchange::limits::Limits;
use wirestep::wire::chunked::{Chunked, encode_chunk, encode_last_chunk};
use wirestep::wire::dissect::Dissector;
use wirestep::wire::ending::Ending;
use wirestep::wire::flow::Flow;
use wirestep::wire::head_error::HeadError;
use wirestep::wire::label::Label;
use wirestep::wire::request::{HeadLimits, HeadScan, RequestHead};
use wirestep::wire::sse::{Event, EventStream};

/// Octets that a failure shows in a readable way.
#[derive(Clone)]
struct Octets(Vec<u8>);

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl std::ops::Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

// ---- requests ------------------------------------------------------------------------------------------------------

/// What a client may say: mostly right, and wrong in one place now and then.
fn request() -> impl Strategy<Value = Octets> {
    let head = (method(), target(), version(), vec(field(), 0..4));
    // The second one may publish.
    let host = select(vec!["Host: x\r\n", "Host: localhost\r\n"]);
    (head, host, body(), prop::option::weighted(0.2, mutation())).prop_map(
        |((method, target, version, fields), host, (framing, body), mutation)| {
            let mut octets = format!("{method} {target} {version}\r\n").into_bytes();
            octets.extend_from_slice(host.as_bytes());
            for field in fields {
                octets.extend_from_slice(field.as_bytes());
                octets.extend_from_slice(b"\r\n");
            }
            octets.extend_from_slice(framing.as_bytes());
            octets.extend_from_slice(b"\r\n");
            octets.extend_from_slice(&body);
            match mutation {
                Some(mutation) => Octets(mutation.apply(octets)),
                None => Octets(octets),
            }
        },
    )
}

fn method() -> impl Strategy<Value = &'static str> {
    select(vec!["GET", "GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "BREW", "CONNECT"])
}

fn target() -> impl Strategy<Value = &'static str> {
    select(vec![
        "/plain",
        "/plain",
        "/echo",
        "/echo",
        "/",
        "/nowhere",
        "*",
        "http://x/plain",
        "x:1",
        "/api/sse/events?count=3",
        "/api/sse/events?count=2&interval=1ms",
        "/api/sse/events?count=200&interval=0s",
        "/api/sse/events?count=x",
        "/topics",
        "/topics/news",
        "/topics/news?last_event_id=1-1",
    ])
}

fn version() -> impl Strategy<Value = &'static str> {
    select(vec!["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"])
}

fn field() -> impl Strategy<Value = &'static str> {
    select(vec![
        "Accept: text/html",
        "Last-Event-ID: 2",
        "Last-Event-ID: 3",
        "Content-Type: text/plain",
        "Connection: keep-alive",
        "Connection:\tx , close",
        "Expect: 100-continue",
        "Expect: 100-continue",
        "X: \u{e9}",
        "Origin: http://x",
    ])
}

/// The field that frames the body, and the body.
fn body() -> impl Strategy<Value = (String, Vec<u8>)> {
    prop_oneof![
        3 => Just((String::new(), Vec::new())),
        2 => vec(any::<u8>(), 0..80).prop_map(|body| (format!("Content-Length: {}\r\n", body.len()), body)),
        2 => chunked_body().prop_map(|body| ("Transfer-Encoding: chunked\r\n".to_owned(), body)),
    ]
}

fn chunked_body() -> impl Strategy<Value = Vec<u8>> {
    let extension = select(vec!["", "", ";a", ";a=b", " ; a = \"b;\\\"\""]);
    let trailers = select(vec!["", "", "A: b\r\n", "A:\r\nB: c\r\n"]);
    (vec((vec(any::<u8>(), 1..40), extension), 0..4), trailers).prop_map(|(chunks, trailers)| {
        let mut octets = Vec::new();
        for (data, extension) in chunks {
            octets.extend_from_slice(format!("{:x}{extension}\r\n", data.len()).as_bytes());
            octets.extend_from_slice(&data);
            octets.extend_from_slice(b"\r\n");
        }
        octets.extend_from_slice(format!("0\r\n{trailers}\r\n").as_bytes());
        octets
    })
}

/// One fault in one place.
#[derive(Debug, Clone)]
enum Mutation {
    Replace(Index, u8),
    Insert(Index, &'static str),
    Remove(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let pieces = vec!["\r", "\n", "\r\n", " ", ":", "\0", "\r\n\r\n", "Content-Length: 5\r\n", "Host: y\r\n", "f"];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Mutation::Replace(at, octet)),
        (any::<Index>(), select(pieces)).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        any::<Index>().prop_map(Mutation::Remove),
    ]
}

impl Mutation {
    fn apply(self, mut octets: Vec<u8>) -> Vec<u8> {
        match self {
            Mutation::Replace(at, octet) => {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            Mutation::Insert(at, piece) => {
                let at = at.index(octets.len());
                octets.splice(at..at, piece.bytes());
            }
            Mutation::Remove(at) => _ = octets.remove(at.index(octets.len())),
        }
        octets
    }
}

/// Several requests one behind the other, with an empty line between them now and then.
fn stream() -> impl Strategy<Value = Octets> {
    vec((request(), prop::bool::weighted(0.1)), 1..6).prop_map(|requests| {
        let mut stream = Vec::new();
        for (request, has_empty_line) in requests {
            stream.extend_from_slice(if has_empty_line { b"\r\n" } else { b"" });
            stream.extend_from_slice(&request);
        }
        Octets(stream)
    })
}

/// Where a stream is cut.
fn cuts() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..40)
}

fn positions(cuts: &[Index], length: usize) -> Vec<usize> {
    let mut positions: Vec<usize> = cuts.iter().map(|cut| cut.index(length.max(1))).collect();
    positions.sort_unstable();
    positions
}

/// Bounds that these short streams can reach. What is read ahead must hold a whole head.
fn limits() -> impl Strategy<Value = Limits> {
    (select(vec![40, 1 << 20]), select(vec![300, 1 << 16]), select(vec![64, 1 << 16])).prop_map(
        |(body, read_ahead, gather)| {
            let head = HeadLimits { request_line: read_ahead.min(8000), head: read_ahead.min(16 * 1024) };
            Limits { head, body, read_ahead, gather, framing_overhead: 64, ..Limits::default() }
        },
    )
}

// All that is done for a stream, until the client sends FIN and everything is over.
fn acts(mut limits: Limits, stream: &[u8], cuts: &[usize], takes: &[usize]) -> Vec<Act> {
    // A subscription ends with their FIN; a client that pipelines beyond the read-ahead behind one is read no more.
    if stream.windows(8).any(|octets| octets == b"/topics/") {
        limits.read_ahead = 1 << 16;
    }
    let mut diagram = Diagram::within(limits);
    diagram.writes_take(takes).they_send_in_pieces(stream, cuts, true).at_last();
    diagram.acts()
}

// PROPTEST_CASES asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_requests_get_the_same_octets_in_whatever_pieces_they_come(
        stream in stream(), cuts in cuts(), limits in limits(),
    ) {
        let whole = acts(limits.clone(), &stream, &[], &[]);
        prop_assert_eq!(&acts(limits.clone(), &stream, &positions(&cuts, stream.len()), &[]), &whole);
        let each: Vec<usize> = (1..stream.len()).collect();
        prop_assert_eq!(&acts(limits, &stream, &each, &[]), &whole);
    }

    #[test]
    fn the_same_octets_leave_whatever_the_socket_takes_at_once(
        stream in stream(), mut takes in vec(0usize..200, 0..20), limits in limits(),
    ) {
        let whole = acts(limits.clone(), &stream, &[], &[]);
        takes.push(1);
        prop_assert_eq!(&acts(limits, &stream, &[], &takes), &whole);
    }

    #[test]
    fn every_connection_ends_with_fin_and_close(stream in stream(), cuts in cuts()) {
        let acts = acts(Limits::default(), &stream, &positions(&cuts, stream.len()), &[]);
        let ending: Vec<&Act> = acts.iter().filter(|act| !matches!(act, Act::Octets(_))).collect();
        prop_assert_eq!(ending, vec![&Act::Fin, &Act::Close]);
    }

    // The encoder and the dissector share no code for heads, so each is a judge of the other.
    #[test]
    fn whatever_the_server_says_the_dissector_finds_no_fault_in_it(stream in stream(), limits in limits()) {
        let acts = acts(limits, &stream, &[], &[]);
        let said: Vec<&[u8]> = acts.iter().filter_map(Act::octets).collect();
        let said = Octets(said.concat());
        let mut dissector = Dissector::default();
        dissector.dissect(Flow::Requests, &stream);
        let spans = dissector.dissect(Flow::Responses, &said);
        prop_assert!(spans.iter().all(|span| span.label != Label::Unexpected), "{:?}\n{:?}", said, spans);
        // Behind a refusal there may be requests that nobody answers. What has been begun has been ended.
        let ending = dissector.at_fin(Flow::Responses);
        prop_assert!(ending.is_complete() || matches!(ending, Ending::Unanswered { .. }), "{:?}\n{}", said, ending);
    }

    #[test]
    fn no_octets_panic(octets in vec(any::<u8>(), 0..300), cuts in cuts()) {
        acts(Limits::default(), &octets, &positions(&cuts, octets.len()), &[]);
    }

    #[test]
    fn no_octets_behind_a_good_head_panic(octets in vec(any::<u8>(), 0..300), is_chunked in any::<bool>()) {
        let framing = if is_chunked { "Transfer-Encoding: chunked" } else { "Content-Length: 100" };
        let head = format!("POST /echo HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n");
        acts(Limits::default(), &[head.as_bytes(), octets.as_slice()].concat(), &[], &[]);
    }

    #[test]
    fn a_head_is_the_same_at_every_split(
        request in request(), request_line in select(vec![20, 8000]), head in select(vec![60, 16384]),
    ) {
        let limits = HeadLimits { request_line, head };
        let whole = RequestHead::parse(&request, limits);
        for cut in 0..=request.len() {
            prop_assert_eq!(&parse_in_two(&request, cut, limits), &whole);
        }
    }

    // ---- what is encoded is what is decoded ----------------------------------------------------------------------

    #[test]
    fn chunks_are_decoded_to_what_was_encoded(pieces in vec(vec(any::<u8>(), 0..300), 0..8), cuts in cuts()) {
        let mut octets = Vec::new();
        for piece in &pieces {
            let range = encode_chunk(piece, &mut octets);
            prop_assert_eq!(&octets[range], &piece[..]);
        }
        encode_last_chunk(&mut octets);
        let length = octets.len();
        octets.extend_from_slice(b"GET");

        let (mut body, mut chunked, mut taken) = (Vec::new(), Chunked::new(0), 0);
        for cut in positions(&cuts, octets.len()).into_iter().chain([octets.len()]) {
            taken += chunked.decode(&octets[taken..cut.max(taken)], &mut body).expect("it is well-formed");
        }
        prop_assert_eq!((taken, body, chunked.is_done()), (length, pieces.concat(), true));
    }

    #[test]
    fn an_event_is_read_as_it_was_written(
        data in text(), id in prop::option::of(line()), event_type in prop::option::of(line()),
        retry in prop::option::of(0u64..1_000_000),
    ) {
        let mut event = Event::new(data.as_str());
        if let Some(id) = &id {
            event = event.with_id(id.as_str()).expect("it has neither line ends nor NUL");
        }
        if let Some(event_type) = &event_type {
            event = event.with_type(event_type.as_str()).expect("it has no line ends");
        }
        if let Some(retry) = retry {
            event = event.with_retry(Duration::from_millis(retry));
        }
        let mut octets = Vec::new();
        event.encode(&mut octets);
        // Twice: the second event must not depend on being the first one in its stream.
        event.encode(&mut octets);

        let wanted = Read {
            data: data.replace("\r\n", "\n").replace('\r', "\n"),
            id,
            event_type,
            retry: retry.map(|retry| retry.to_string()),
        };
        prop_assert_eq!(read_events(&octets), vec![wanted.clone(), wanted]);
    }

    #[test]
    fn any_octets_are_an_event_stream(octets in vec(any::<u8>(), 0..300)) {
        let mut stream = EventStream::default();
        for octet in octets {
            stream.octet(octet);
        }
    }
}

// The scan is continued where it was, as a connection does it.
fn parse_in_two(octets: &[u8], cut: usize, limits: HeadLimits) -> Result<Option<(RequestHead, usize)>, HeadError> {
    let mut scan = HeadScan::default();
    let found = match scan.find_end(&octets[..cut], limits)? {
        Some(length) => Some(length),
        None => scan.find_end(octets, limits)?,
    };
    found.map(|length| Ok((RequestHead::read(&octets[..length])?, length))).transpose()
}

fn text() -> impl Strategy<Value = String> {
    vec(select(vec!["a", " ", ":", "data", "\n", "\r", "\r\n", "\u{feff}", "\0", "é", "x y"]), 0..12)
        .prop_map(|parts| parts.concat())
}

fn line() -> impl Strategy<Value = String> {
    vec(select(vec!["a", " ", ":", "id", "\u{feff}", "é", "-7"]), 0..6).prop_map(|parts| parts.concat())
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Read {
    data: String,
    id: Option<String>,
    event_type: Option<String>,
    retry: Option<String>,
}

// A reader of event streams made of nothing but the labels.
fn read_events(octets: &[u8]) -> Vec<Read> {
    let mut stream = EventStream::default();
    let (mut events, mut lines) = (Vec::new(), Lines::default());
    for &octet in octets {
        match stream.octet(octet) {
            Label::EventFieldName => lines.name.push(octet),
            Label::EventData | Label::EventId | Label::EventType | Label::EventRetry => lines.value.push(octet),
            Label::EventColon => {}
            Label::EventLineEnd => lines.end(),
            Label::EventDispatch => events.push(std::mem::take(&mut lines).dispatch()),
            label => panic!("{label:?} in what the encoder wrote: {}", octets.escape_ascii()),
        }
    }
    events
}

#[derive(Default)]
struct Lines {
    name: Vec<u8>,
    value: Vec<u8>,
    data: Vec<String>,
    read: Read,
}

impl Lines {
    fn end(&mut self) {
        let value = String::from_utf8(std::mem::take(&mut self.value)).expect("it was text");
        match std::mem::take(&mut self.name).as_slice() {
            b"data" => self.data.push(value),
            b"id" => self.read.id = Some(value),
            b"event" => self.read.event_type = Some(value),
            b"retry" => self.read.retry = Some(value),
            name => panic!("the encoder wrote a field {}", name.escape_ascii()),
        }
    }

    fn dispatch(self) -> Read {
        Read { data: self.data.join("\n"), ..self.read }
    }
}
