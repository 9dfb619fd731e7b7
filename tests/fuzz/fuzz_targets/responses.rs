//! Any octets in either direction: the dissector labels each of them, and the same way in whatever pieces they pass.
//!
//! The first octet of an input says where the rest is cut. The rest is what passes: first responses, and behind each
//! line that says `%%` the other direction, in turn. An input that begins with such a line begins with requests.

#![no_main]

#[path = "../pieces.rs"]
mod pieces;

use libfuzzer_sys::fuzz_target;
use pieces::Pieces;
use wirestep::wire::dissect::Dissector;
use wirestep::wire::fault::Fault;
use wirestep::wire::flow::Flow;
use wirestep::wire::span::Span;
use wirestep::wire::label::Label;

fuzz_target!(|input: &[u8]| {
    let [seed, octets @ ..] = input else { return };
    let parts = parts(octets);
    let whole = tokens(&parts, |length| vec![length]);
    let cut = tokens(&parts, |length| Pieces::new(*seed).cuts(length).chain([length]).collect());
    assert_eq!(cut, whole);
});

/// A token, with the pieces of it put together again.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    flow: Flow,
    octets: Vec<u8>,
    label: Label,
    content: Option<Label>,
    fault: Option<Fault>,
    announced: Option<u64>,
}

fn parts(octets: &[u8]) -> Vec<(Flow, &[u8])> {
    let (mut parts, mut flow, mut rest) = (Vec::new(), Flow::Responses, octets);
    loop {
        let end = rest.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
        parts.push((flow, &rest[..end.unwrap_or(rest.len())]));
        let Some(end) = end else { return parts };
        rest = &rest[end + SEPARATOR.len()..];
        flow = match flow {
            Flow::Requests => Flow::Responses,
            Flow::Responses => Flow::Requests,
        };
    }
}

fn tokens(parts: &[(Flow, &[u8])], ends: impl Fn(usize) -> Vec<usize>) -> Vec<Token> {
    let mut dissector = Dissector::default();
    let mut tokens: Vec<Token> = Vec::new();
    for &(flow, part) in parts {
        let mut start = 0;
        for end in ends(part.len()) {
            let piece = &part[start..end];
            let spans = dissector.dissect(flow, piece);
            check_cover(&spans, piece.len());
            for span in spans {
                add(&mut tokens, flow, &span, &piece[span.range.clone()]);
            }
            start = end;
        }
        // What a FIN would mean is told without a panic at every place.
        let _ = dissector.at_fin(flow);
    }
    tokens
}

fn check_cover(spans: &[Span], length: usize) {
    let mut at = 0;
    for span in spans {
        assert_eq!(span.range.start, at, "spans lie side by side");
        assert!(span.range.end > at, "a span has octets");
        at = span.range.end;
    }
    assert_eq!(at, length, "spans cover all octets");
}

fn add(tokens: &mut Vec<Token>, flow: Flow, span: &Span, octets: &[u8]) {
    if !span.starts {
        let token = tokens.iter_mut().rev().find(|token| token.flow == flow).expect("a token continues one that began");
        assert_eq!((token.label, token.content, token.fault), (span.label, span.content, span.fault()));
        return token.octets.extend_from_slice(octets);
    }
    tokens.push(Token {
        flow,
        octets: octets.to_vec(),
        label: span.label,
        content: span.content,
        fault: span.fault(),
        announced: span.counted.map(|counted| counted.announced),
    });
}

const SEPARATOR: &[u8] = b"%%\n";
