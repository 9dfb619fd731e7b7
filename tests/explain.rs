//! What the trace says of a message is true of this message: by direction, version, whole value and request.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wirestep::wire::body_rule::{BodyRule, Remark};
use wirestep::wire::dissect::Dissector;
use wirestep::wire::explain::meaning::{FieldMeaning, MethodMeaning, StatusMeaning};
use wirestep::wire::explain::{Explanation, Saying, rows};
use wirestep::wire::flow::Flow;
use wirestep::wire::label::Label;
use wirestep::wire::language::Language;
use wirestep::wire::span::{Detail, Span};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const CHUNKED_STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The rows of `response` to `request`: name and sentence, with the section; remarks have rows of their own.
fn told(request: &str, flow: Flow, octets: &[u8]) -> Vec<String> {
    let mut dissector = Dissector::default();
    if flow == Flow::Responses {
        dissector.dissect(Flow::Requests, request.as_bytes());
    }
    said(&mut dissector, flow, octets)
}

fn said(dissector: &mut Dissector, flow: Flow, octets: &[u8]) -> Vec<String> {
    let spans = dissector.dissect(flow, octets);
    let mut told = Vec::new();
    for row in rows(flow, octets, &spans) {
        let sentence = Saying::Explanation(row.explanation).in_language(Language::En).with_section();
        told.push(format!("{} | {sentence}", row.name));
        for remark in &row.remarks {
            told.push(format!("remark | {}", Saying::Remark(*remark).in_language(Language::En).with_section()));
        }
    }
    told
}

/// The row with this name, and there is one only.
fn one<'a>(told: &'a [String], name: &str) -> &'a str {
    let mut found = told.iter().filter_map(|row| row.strip_prefix(name)?.strip_prefix(" | "));
    let first = found.next().unwrap_or_else(|| panic!("there is no {name}: {told:#?}"));
    assert_eq!(found.next(), None, "{told:#?}");
    first
}

fn meaning(flow: Flow, head: &str, line: &str) -> FieldMeaning {
    let mut dissector = Dissector::default();
    if flow == Flow::Responses {
        dissector.dissect(Flow::Requests, GET.as_bytes());
    }
    let octets = format!("{head}\r\n{line}\r\n\r\n");
    let spans = dissector.dissect(flow, octets.as_bytes());
    let found = rows(flow, octets.as_bytes(), &spans).into_iter().find_map(|row| match row.explanation {
        Explanation::Field(meaning) => Some(meaning),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{line} is no field line"))
}

// ---- where the body ends ------------------------------------------------------------------------------------------

#[test]
fn the_end_of_a_head_names_the_rule_that_ends_its_body() {
    let head = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
    let connect = "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n";
    for (request, response, expected) in [
        (head, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", "no body: the request was HEAD (rule 1)"),
        (head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "no body: the request was HEAD (rule 1)"),
        (GET, "HTTP/1.1 204 No Content\r\n\r\n", "no body: a 204 never has one (rule 1)"),
        (GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "no body: a 304 never has one (rule 1)"),
        (GET, "HTTP/1.1 100 Continue\r\n\r\n", "no body: an interim response; the final one follows (rule 1)"),
        (connect, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "no body: a tunnel begins here (rule 2)"),
        (GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "chunks follow, until one of size 0 (rule 4)"),
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n", "13 octets of body follow (rule 6)"),
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", "1 octet of body follows (rule 6)"),
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "no body: its length is 0 (rule 6)"),
        (GET, "HTTP/1.1 200 OK\r\n\r\n", "a body follows, until FIN: neither length nor chunks (rule 8)"),
    ] {
        let told = told(request, Flow::Responses, response.as_bytes());
        assert_eq!(one(&told, "end of head"), format!("{expected} (RFC 9112 6.3)"), "{response}");
    }
    let told = told("", Flow::Requests, GET.as_bytes());
    assert_eq!(one(&told, "end of head"), "no body: a request with neither length nor coding (rule 7) (RFC 9112 6.3)");
}

#[test]
fn the_fields_of_a_response_without_a_body_do_not_announce_one() {
    let head = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (request, response) in [
        (head, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\nContent-Type: text/plain\r\n\r\n"),
        (head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n"),
        (GET, "HTTP/1.1 204 No Content\r\nContent-Length: 999\r\n\r\n"),
        (GET, "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ] {
        let told = told(request, Flow::Responses, response.as_bytes()).join("\n");
        for lie in ["counts them", "comes in chunks", "octets of body follow", "is plain text"] {
            assert!(!told.contains(lie), "{told}");
        }
    }
}

/// The octets that follow a head, by the label of the first and how many have it.
fn applied(dissector: &mut Dissector, flow: Flow, rest: &[u8]) -> (Label, usize) {
    let spans = dissector.dissect(flow, rest);
    let first = spans.first().map_or(Label::NotLabelled, |span| span.label);
    (first, spans.iter().take_while(|span| span.label == first).map(|span| span.range.len()).sum())
}

fn announced(spans: &[Span]) -> Option<BodyRule> {
    spans.iter().find_map(|span| match span.detail {
        Detail::Body(rule, _) => Some(rule),
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_body_that_is_announced_is_the_body_that_is_read(
        method in prop_oneof!["GET", "HEAD", "POST", "CONNECT"],
        asks_as in prop_oneof!["1\\.0", "1\\.1"],
        status in prop_oneof!["100", "101", "103", "200", "204", "206", "304", "404", "500"],
        version in prop_oneof!["1\\.0", "1\\.1"],
        fields in proptest::collection::vec(prop_oneof![
            "Content-Length: [0-9]{1,2}", "Content-Length: 5, 5", "Content-Length: x", "Transfer-Encoding: chunked",
            "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "X: y",
        ], 0..3),
        is_request in any::<bool>(),
    ) {
        let lines: String = fields.iter().map(|line| format!("{line}\r\n")).collect();
        let mut dissector = Dissector::default();
        let (flow, head) = if is_request {
            (Flow::Requests, format!("{method} / HTTP/{version}\r\nHost: x\r\n{lines}\r\n"))
        } else {
            dissector.dissect(Flow::Requests, format!("{method} / HTTP/{asks_as}\r\nHost: x\r\n\r\n").as_bytes());
            (Flow::Responses, format!("HTTP/{version} {status} Reason\r\n{lines}\r\n"))
        };
        let spans = dissector.dissect(flow, head.as_bytes());
        let rule = announced(&spans).expect("the head is complete");
        let rest = if is_request { "GET / HTTP/1.1\r\n".repeat(8) } else { "HTTP/1.1 200 OK\r\n".repeat(8) };
        let found = applied(&mut dissector, flow, rest.as_bytes());
        let next = if is_request { (Label::Method, 3) } else { (Label::HttpVersion, 8) };
        let expected = match rule {
            BodyRule::NoBody(_) | BodyRule::NoLength | BodyRule::Length(0) => next,
            BodyRule::Length(length) => (Label::BodyData, usize::try_from(length).expect("two digits").min(rest.len())),
            BodyRule::UntilFin | BodyRule::CodingUntilFin => (Label::CloseDelimitedData, rest.len()),
            BodyRule::Tunnel | BodyRule::Upgrade => (Label::Tunnel, rest.len()),
            BodyRule::Preface | BodyRule::Chunked | BodyRule::CodingWithoutEnd | BodyRule::InvalidLength => (Label::Unexpected, rest.len()),
            BodyRule::MethodNotKnown => (Label::NotLabelled, rest.len()),
        };
        prop_assert_eq!(found, expected, "{}: {:?}", head, rule);
        if rule == BodyRule::Chunked {
            let mut again = Dissector::default();
            again.dissect(Flow::Requests, if is_request { b"" } else { GET.as_bytes() });
            again.dissect(flow, head.as_bytes());
            prop_assert_eq!(applied(&mut again, flow, b"5\r\nhello\r\n").0, Label::ChunkSize);
        }
    }
}

#[test]
fn thousands_of_pipelined_requests_keep_their_methods() {
    let mut dissector = Dissector::default();
    let requests = [GET.repeat(1_030), "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(70)].concat();
    dissector.dissect(Flow::Requests, requests.as_bytes());
    let to_get = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let to_head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let responses = [to_get.repeat(1_030), to_head.repeat(70)].concat();
    let spans = dissector.dissect(Flow::Responses, responses.as_bytes());
    assert!(spans.iter().all(|span| !matches!(span.label, Label::Unexpected | Label::NotLabelled)));
    assert_eq!(spans.iter().filter(|span| span.label == Label::BodyData).count(), 1_030);
}

#[test]
fn what_the_dissector_no_longer_knows_it_does_not_guess() {
    let mut dissector = Dissector::default();
    let turns = [GET, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"].concat().repeat(600);
    dissector.dissect(Flow::Requests, turns.as_bytes());
    let pair = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let spans = dissector.dissect(Flow::Responses, pair.repeat(600).as_bytes());
    assert!(spans.iter().all(|span| span.label != Label::Unexpected), "no octet is called wrong");
    let last = spans.last().expect("there are spans");
    assert_eq!(last.label, Label::NotLabelled);
    assert_eq!(spans.iter().filter(|span| span.label == Label::BodyData).count(), 512, "those that are known");
}

// ---- what a line means in its message ------------------------------------------------------------------------------

#[test]
fn a_field_means_what_it_means_in_its_direction_version_and_value() {
    let (ask10, ask, answer) = ("POST / HTTP/1.0", "POST / HTTP/1.1", "HTTP/1.1 200 OK");
    for (flow, head, line, expected) in [
        (Flow::Requests, ask, "Connection: close", FieldMeaning::ConnectionCloseRequest),
        (Flow::Responses, answer, "Connection: close", FieldMeaning::ConnectionCloseResponse),
        (Flow::Requests, ask10, "Connection: keep-alive", FieldMeaning::ConnectionKeepAliveHttp10),
        (Flow::Requests, ask, "Cache-Control: no-cache", FieldMeaning::CacheNoCacheRequest),
        (Flow::Responses, answer, "Cache-Control: no-cache", FieldMeaning::CacheNoCache),
        (Flow::Responses, answer, "Cache-Control: no-cache, no-transform", FieldMeaning::CacheNoCacheNoTransform),
        (Flow::Responses, answer, "Transfer-Encoding: chunked", FieldMeaning::TransferEncodingChunked),
        (Flow::Responses, answer, "Transfer-Encoding: gzip, chunked", FieldMeaning::TransferEncodingThenChunked),
        (Flow::Responses, answer, "Transfer-Encoding: chunked, gzip", FieldMeaning::TransferEncodingNotLastResponse),
        (Flow::Requests, ask, "Transfer-Encoding: chunked, gzip", FieldMeaning::TransferEncodingNotLastRequest),
        (Flow::Requests, ask10, "Transfer-Encoding: chunked", FieldMeaning::TransferEncodingHttp10),
        (
            Flow::Responses,
            answer,
            "Content-Type: text/event-stream;charset=utf-8",
            FieldMeaning::ContentTypeEventStream,
        ),
        (Flow::Responses, answer, "Content-Type: text/event-streaming", FieldMeaning::ContentType),
        (Flow::Requests, ask, "Expect: 100-continue", FieldMeaning::ExpectContinue),
        (Flow::Requests, ask10, "Expect: 100-continue", FieldMeaning::ExpectHttp10),
        (Flow::Responses, answer, "Content-Encoding: none", FieldMeaning::ContentEncodingNone),
        (Flow::Responses, answer, "Content-Encoding: gzip", FieldMeaning::ContentEncoding),
        (Flow::Responses, answer, "Content-Length: 5, 5", FieldMeaning::ContentLengthRepeated),
        (Flow::Responses, answer, "Content-Length: +5", FieldMeaning::ContentLengthInvalid),
        (Flow::Requests, ask, "Accept: text/html, text/event-stream;q=0.9", FieldMeaning::AcceptEventStream),
        (Flow::Responses, answer, "X-Accel-Buffering: no", FieldMeaning::XAccelBufferingNo),
        (Flow::Responses, answer, "X-Something-Else: 1", FieldMeaning::Unknown),
    ] {
        assert_eq!(meaning(flow, head, line), expected, "{head}: {line}");
    }
}

#[test]
fn every_field_that_clients_and_servers_send_today_is_known() {
    let known = |flow, fields: &str| {
        for name in fields.split_whitespace() {
            let head = if flow == Flow::Requests { "GET / HTTP/1.1" } else { "HTTP/1.1 200 OK" };
            let found = meaning(flow, head, &format!("{name}: 1"));
            assert_ne!(found, FieldMeaning::Unknown, "{name}");
            for language in [Language::En, Language::Ko] {
                let say = |meaning| Saying::Explanation(Explanation::Field(meaning)).in_language(language).to_string();
                assert_ne!(say(found), say(FieldMeaning::Unknown), "{name}");
            }
        }
    };
    for (_, fields) in REQUESTS {
        known(Flow::Requests, fields);
    }
    for (_, fields) in RESPONSES {
        known(Flow::Responses, fields);
    }
}

/// What was seen of each client, or stands in its source.
const REQUESTS: [(&str, &str); 16] = [
    ("curl", "Host User-Agent Accept Content-Length Content-Type Expect Range Cookie Authorization Referer"),
    (
        "curl, by its options",
        "Accept-Encoding TE Connection HTTP2-Settings Upgrade Proxy-Connection Proxy-Authorization Transfer-Encoding \
         If-Modified-Since If-Unmodified-Since If-None-Match Content-Range Content-Disposition Trailer Alt-Used",
    ),
    (
        "Chromium, where it applies",
        "Sec-CH-UA-Arch Sec-CH-UA-Full-Version-List Sec-CH-Prefers-Color-Scheme Sec-CH-DPR Device-Memory Downlink ECT \
         RTT DPR Viewport-Width Width Save-Data Sec-GPC Priority Range If-Range Service-Worker \
         Service-Worker-Navigation-Preload X-Client-Data Available-Dictionary Dictionary-ID Sec-Browsing-Topics \
         Sec-Fetch-Storage-Access Sec-Speculation-Tags Sec-Private-State-Token Attribution-Reporting-Eligible \
         Sec-WebSocket-Extensions Purpose Early-Data Content-Type Content-Length Authorization Proxy-Authorization",
    ),
    (
        "scripts and SDKs in browsers and servers",
        "X-Requested-With X-CSRF-Token X-XSRF-TOKEN X-HTTP-Method-Override Prefer Mcp-Session-Id Mcp-Protocol-Version \
         X-Client-Request-Id api-key X-Goog-Api-Key X-Goog-Api-Client x-goog-user-project OpenAI-Safety-Identifier \
         X-Correlation-ID sentry-trace b3 X-B3-TraceId X-Datadog-Trace-Id uber-trace-id x-ms-client-request-id",
    ),
    (
        "proxies, by their settings",
        "X-Forwarded-Server X-Forwarded-Client-Cert X-Forwarded-Uri X-Original-URI X-Original-URL X-Original-Method \
         X-Rewrite-URL X-Scheme Front-End-Https X-Request-Start X-Queue-Start X-Unique-ID X-Client-IP True-Client-IP \
         X-Cluster-Client-IP Fastly-Client-IP CDN-Loop CF-Visitor CF-IPCountry X-Envoy-Attempt-Count \
         X-Envoy-External-Address X-Envoy-Internal X-Azure-Ref X-Amz-Cf-Id X-Cloud-Trace-Context Proxy-Connection",
    ),
    (
        "Chromium",
        "Host Connection Pragma Cache-Control sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform Upgrade-Insecure-Requests \
         User-Agent Accept Sec-Fetch-Site Sec-Fetch-Mode Sec-Fetch-User Sec-Fetch-Dest Sec-Purpose Referer Origin \
         Accept-Encoding Accept-Language Cookie If-None-Match If-Modified-Since Last-Event-ID DNT \
         Access-Control-Request-Method Access-Control-Request-Headers Access-Control-Request-Private-Network",
    ),
    (
        "Firefox",
        "Host User-Agent Accept Accept-Language Accept-Encoding Referer Origin DNT Sec-GPC Connection Cookie \
         Upgrade-Insecure-Requests Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Priority Pragma \
         Cache-Control TE Alt-Used Last-Event-ID",
    ),
    (
        "Safari",
        "Host Accept Sec-Fetch-Site Cookie Sec-Fetch-Dest Accept-Language Sec-Fetch-Mode User-Agent Referer \
         Accept-Encoding Connection Priority Upgrade-Insecure-Requests Origin Cache-Control Pragma",
    ),
    ("Node fetch", "host connection accept accept-language sec-fetch-mode user-agent accept-encoding content-type"),
    ("Python", "Host User-Agent Accept-Encoding Accept Connection Content-Length Content-Type Authorization"),
    ("Go", "Host User-Agent Accept-Encoding Content-Length Transfer-Encoding Trailer"),
    ("Java", "Host Connection Content-Length HTTP2-Settings Upgrade User-Agent Accept Keep-Alive"),
    (
        "OpenAI SDK",
        "Host Accept Content-Type User-Agent Authorization OpenAI-Organization OpenAI-Project OpenAI-Beta \
         X-Stainless-Lang X-Stainless-Package-Version X-Stainless-OS X-Stainless-Arch X-Stainless-Runtime \
         X-Stainless-Runtime-Version X-Stainless-Retry-Count X-Stainless-Timeout Idempotency-Key Content-Length",
    ),
    (
        "Anthropic SDK",
        "Host Accept Content-Type User-Agent X-Api-Key Anthropic-Version Anthropic-Beta X-App X-Stainless-Lang \
         X-Stainless-Helper-Method Anthropic-Dangerous-Direct-Browser-Access Idempotency-Key Content-Length",
    ),
    (
        "proxies",
        "Via Forwarded X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port X-Forwarded-Prefix X-Real-IP \
         X-Request-Id X-Envoy-Expected-Rq-Timeout-Ms X-Amzn-Trace-Id traceparent tracestate baggage Max-Forwards \
         Early-Data CF-Ray CF-Connecting-IP",
    ),
    ("WebSocket", "Upgrade Connection Sec-WebSocket-Key Sec-WebSocket-Version Sec-WebSocket-Protocol"),
];

const RESPONSES: [(&str, &str); 15] = [
    ("nginx", "Server Date Content-Type Content-Length Last-Modified Connection ETag Accept-Ranges Keep-Alive"),
    (
        "nginx, haproxy, caddy, apache, by their settings",
        "X-Cache-Status X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Sendfile Content-Location TCN Alternates \
         Upgrade DAV Content-Encoding Expires Refresh WWW-Authenticate Location Retry-After Content-Range Warning Age \
         X-Varnish X-Cache X-Cache-Hits X-Served-By X-Timer Proxy-Status CDN-Cache-Control Surrogate-Control \
         Surrogate-Key Cache-Tag Allow Link X-Proxy-Cache Server-Timing Content-Language Trailer",
    ),
    (
        "Spring Security, and the filters of Tomcat and Jetty",
        "Strict-Transport-Security Content-Security-Policy Referrer-Policy Permissions-Policy Clear-Site-Data \
         Cross-Origin-Embedder-Policy X-Content-Security-Policy X-Application-Context X-UA-Compatible WWW-Authenticate \
         Access-Control-Allow-Origin Access-Control-Max-Age Accept-Ranges ETag Last-Modified Content-Disposition",
    ),
    (
        "Express with helmet",
        "X-DNS-Prefetch-Control X-Download-Options X-Permitted-Cross-Domain-Policies X-Frame-Options X-XSS-Protection \
         Strict-Transport-Security Expect-CT X-Request-Id X-Response-Time Preference-Applied Deprecation Sunset",
    ),
    (
        "uvicorn with FastAPI, and Go",
        "x-process-time x-request-id allow location content-disposition content-range accept-ranges last-modified etag \
         www-authenticate x-content-type-options vary set-cookie server-timing content-encoding",
    ),
    (
        "pages of today",
        "Accept-CH Critical-CH Origin-Trial Speculation-Rules No-Vary-Search Supports-Loading-Mode Document-Policy \
         Reporting-Endpoints Report-To NEL SourceMap X-SourceMap Service-Worker-Allowed Use-As-Dictionary Content-DPR \
         Timing-Allow-Origin Observe-Browsing-Topics Accept-Post Sec-Session-Registration Integrity-Policy",
    ),
    (
        "OpenAI, Azure and Anthropic, beside the usual",
        "openai-project x-ratelimit-remaining-tokens x-ratelimit-reset-tokens x-should-retry retry-after-ms \
         x-openai-proxy-wasm apim-request-id x-ms-request-id anthropic-ratelimit-tokens-reset cf-ray \
         x-envoy-upstream-service-time Mcp-Session-Id ratelimit ratelimit-policy",
    ),
    ("haproxy", "Content-Length Cache-Control Connection Content-Type Location Strict-Transport-Security"),
    ("caddy", "Alt-Svc Server Via Date Vary Content-Type Last-Modified ETag Accept-Ranges Transfer-Encoding"),
    ("apache", "Date Server Last-Modified ETag Accept-Ranges Content-Length Vary Keep-Alive Connection Content-Type"),
    ("envoy", "x-envoy-upstream-service-time server date content-type transfer-encoding x-envoy-decorator-operation"),
    (
        "Spring, Tomcat, Jetty, Netty",
        "Vary Content-Type Transfer-Encoding Date Keep-Alive Connection Cache-Control Pragma Expires X-Content-Type-Options \
         X-XSS-Protection X-Frame-Options Set-Cookie Location Allow Accept-Patch Server content-length Content-Language",
    ),
    (
        "Express",
        "X-Powered-By Access-Control-Allow-Origin Access-Control-Allow-Credentials Access-Control-Allow-Methods \
         Access-Control-Allow-Headers Access-Control-Expose-Headers Access-Control-Max-Age Content-Type Content-Length ETag \
         Vary Date Connection Keep-Alive Content-Security-Policy Cross-Origin-Opener-Policy Cross-Origin-Resource-Policy \
         Origin-Agent-Cluster Referrer-Policy X-Accel-Buffering RateLimit-Limit X-RateLimit-Remaining Retry-After",
    ),
    ("uvicorn and Go", "date server cache-control connection content-type x-accel-buffering transfer-encoding trailer"),
    (
        "OpenAI and Anthropic",
        "Date Content-Type Transfer-Encoding Connection openai-version openai-processing-ms openai-organization \
         x-ratelimit-limit-requests anthropic-ratelimit-requests-limit anthropic-organization-id request-id x-request-id \
         CF-Cache-Status CF-RAY alt-svc strict-transport-security via Server Set-Cookie X-Robots-Tag Content-Encoding",
    ),
];

#[test]
fn methods_and_codes_have_their_own_sentences() {
    let first = |flow, line: &str| told(GET, flow, format!("{line}\r\n").as_bytes()).first().cloned().expect("a row");
    for (flow, line, expected) in [
        (Flow::Requests, "GET / HTTP/1.1", "GET: asks for the target, and for no change (RFC 9110 9.3.1)"),
        (Flow::Requests, "PATCH / HTTP/1.1", "PATCH: the body says how to change the target (RFC 5789 2)"),
        (Flow::Requests, "PROPFIND / HTTP/1.1", "PROPFIND: WebDAV: asks for properties (RFC 4918 9.1)"),
        (
            Flow::Requests,
            "BREW / HTTP/1.1",
            "BREW: a method that is not registered; a server that does not know it responds with 501 (RFC 9110 9.1)",
        ),
        (
            Flow::Responses,
            "HTTP/1.1 405 No",
            "405: this target does not support the method; Allow lists what it does (RFC 9110 15.5.6)",
        ),
        (Flow::Responses, "HTTP/1.1 501 No", "501: the server supports this method for no target (RFC 9110 15.6.2)"),
        (Flow::Responses, "HTTP/1.1 204 No", "204: success, and there is never a body (RFC 9110 15.3.5)"),
        (Flow::Responses, "HTTP/1.1 599 No", "599: the server failed to carry out a valid request (RFC 9110 15.6)"),
        (Flow::Responses, "HTTP/1.1 099 No", "099: no class that is defined; a client treats it as 5xx (RFC 9110 15)"),
    ] {
        assert!(first(flow, line).ends_with(&format!(" | {expected}")), "{line}: {}", first(flow, line));
    }
    let version = Saying::Label(Label::HttpVersion).in_language(Language::En).to_string();
    assert_eq!(version, "the highest minor version of this major version that the sender supports");
}

// ---- what is legal octet by octet ----------------------------------------------------------------------------------

#[test]
fn what_is_forbidden_as_a_whole_is_remarked() {
    let get10 = "GET / HTTP/1.0\r\n\r\n";
    for (request, fields, expected) in [
        (GET, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Remark::LengthBesideCoding),
        (GET, "Transfer-Encoding: chunked, chunked\r\n", Remark::ChunkedTwice),
        (GET, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Remark::ChunkedTwice),
        (GET, "Content-Length: 5\r\nContent-Length: 5\r\n", Remark::RepeatedLength),
        (get10, "Transfer-Encoding: chunked\r\n", Remark::CodingToHttp10),
    ] {
        let mut dissector = Dissector::default();
        dissector.dissect(Flow::Requests, request.as_bytes());
        let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        let spans = dissector.dissect(Flow::Responses, head.as_bytes());
        let remarks: Vec<Remark> = spans.iter().flat_map(|span| span.remarks().iter()).collect();
        assert_eq!(remarks, [expected], "{fields}");
        assert!(expected.is_forbidden());
    }
    let told = told("", Flow::Requests, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(
        one(&told, "remark"),
        "a request of HTTP/1.1 must have a Host field: the server responds with 400 (RFC 9112 3.2)"
    );
}

#[test]
fn a_status_line_without_reason_phrase_is_legal_and_said_to_be() {
    let without = told(GET, Flow::Responses, b"HTTP/1.1 200 \r\n");
    assert_eq!(one(&without, "remark"), "no reason phrase: legal (RFC 9112 4)");
    assert!(told(GET, Flow::Responses, b"HTTP/1.1 200 OK\r\n").iter().all(|row| !row.starts_with("remark")));
}

#[test]
fn the_last_chunk_and_the_end_of_the_body_are_two_rows() {
    let mut dissector = Dissector::default();
    dissector.dissect(Flow::Responses, CHUNKED_STREAM.as_bytes());
    let told = said(&mut dissector, Flow::Responses, b"0\r\n\r\n");
    assert_eq!(
        told,
        [
            "last-chunk | zero: the last chunk; the trailer section follows (RFC 9112 7.1)",
            "end of body | the blank line ends the trailer section: the response is complete; that alone closes nothing \
             (RFC 9112 7.1)",
        ]
    );
}

// ---- event streams --------------------------------------------------------------------------------------------------

#[test]
fn a_word_that_is_no_content_coding_leaves_events_labelled() {
    for (field, labelled) in [("none", true), ("identity", true), ("utf-8", true), ("gzip", false), ("br", false)] {
        let mut dissector = Dissector::default();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: {field}\r\n\r\ndata:x\n\n"
        );
        let spans = dissector.dissect(Flow::Responses, head.as_bytes());
        assert_eq!(spans.iter().any(|span| span.content == Some(Label::EventDispatch)), labelled, "{field}");
    }
}

#[test]
fn an_event_that_comes_in_three_chunks_is_told_line_by_line() {
    let mut dissector = Dissector::default();
    dissector.dissect(Flow::Responses, CHUNKED_STREAM.as_bytes());
    // As Spring up to 7.0.5 sends each event.
    let octets = b"13\r\nevent:message\ndata:\r\n6\r\nevent1\r\n2\r\n\n\n\r\n";
    let told = said(&mut dissector, Flow::Responses, octets);
    let lines: Vec<&str> = told
        .iter()
        .filter_map(|row| row.strip_prefix("chunk-data | ").or_else(|| row.strip_prefix("remark | ")))
        .map(|sentence| sentence.split(" (WHATWG").next().unwrap_or(sentence))
        .collect();
    assert_eq!(
        lines,
        [
            "the event's type; without it, message",
            "this line of the event stream has no end yet",
            "continues a line that began in an earlier chunk, and has no end yet",
            "a line of the data; several are joined by LF; the line began in an earlier chunk",
            "the blank line dispatches the event",
            "this event came in 3 chunks: legal, a chunk is no unit of meaning (RFC 9112 7.1)",
        ]
    );
}

#[test]
fn a_field_that_is_ignored_is_ignored_in_whatever_chunks_it_comes() {
    let mut dissector = Dissector::default();
    dissector.dissect(Flow::Responses, CHUNKED_STREAM.as_bytes());
    let told = said(&mut dissector, Flow::Responses, b"3\r\nfoo\r\n3\r\n:x\n\r\n");
    let last = told.iter().rev().find(|row| row.starts_with("chunk-data")).expect("a row");
    assert!(last.contains("a field that the standard does not name is ignored"), "{last}");
}

#[test]
fn an_id_without_a_value_is_not_sent_when_reconnecting() {
    for octets in ["id:\n", "id\n", "id: \n"] {
        let mut dissector = Dissector::default();
        dissector.dissect(Flow::Responses, STREAM.as_bytes());
        let told = said(&mut dissector, Flow::Responses, octets.as_bytes());
        assert!(
            told[0].contains("the client forgets the last event ID, and sends none when it reconnects"),
            "{told:?}"
        );
    }
}

// ---- both languages --------------------------------------------------------------------------------------------------

#[test]
fn every_meaning_has_a_code_of_its_own_and_a_sentence_in_both_languages() {
    let mut codes = BTreeSet::new();
    let explanations = (FieldMeaning::ALL.iter().map(|it| Explanation::Field(*it)))
        .chain(MethodMeaning::ALL.iter().map(|it| Explanation::Method(b"GET", *it)))
        .chain(StatusMeaning::ALL.iter().map(|it| Explanation::Status(200, *it)))
        .chain(Label::ALL.iter().map(|it| Explanation::Label(*it)));
    for explanation in explanations {
        assert!(codes.insert(explanation.code()), "{} is there twice", explanation.code());
        let [en, ko] = Language::ALL.map(|it| Saying::Explanation(explanation).in_language(it).to_string());
        assert!(en.is_ascii() && !en.ends_with('.'), "{en}");
        assert!(is_korean(&ko), "{ko}");
        // Two columns for a syllable: what is longer than two lines of a narrow screen is no label.
        assert!(unicode_width::UnicodeWidthStr::width(ko.as_str()) <= 110, "{ko}");
    }
}

/// It has Korean words, and of English ones no five in a row: names of rules and fields stay as they are.
fn is_korean(sentence: &str) -> bool {
    let is_english = |word: &str| word.len() > 1 && word.bytes().all(|octet| octet.is_ascii_lowercase());
    let words: Vec<&str> = sentence.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has_korean = sentence.chars().any(|it| ('가'..='힣').contains(&it));
    has_korean && !words.windows(5).any(|words| words.iter().all(|word| is_english(word)))
}
