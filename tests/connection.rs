//! Every transition of a connection, without socket and clock: `src/exchange/connection.rs` has the table.
//!
//! One module for each pair of states, after the lessons of the trial build. `diagram` explains the notation.

#![allow(missing_docs)]

mod diagram;

use std::time::Duration;

use diagram::{CLOSING, Diagram, STAYING};
use wirestep::exchange::limits::Limits;
use wirestep::topic::limits::TopicLimits;
use wirestep::wire::language::Language;
use wirestep::wire::persistence::{CLOSE_FIELDS, CloseReason, Persistence, keep_alive_fields};
use wirestep::wire::step::Step;

// ---- the messages ------------------------------------------------------------------------------------------------

const GET_PLAIN: &str = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n";
const GET_PLAIN_AND_CLOSE: &str = "GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const GET_THREE_EVENTS: &str = "GET /api/sse/events?count=3 HTTP/1.1\r\nHost: x\r\n\r\n";
const POST_ECHO_HEAD: &str = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
const EXPECT_ECHO_HEAD: &str = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const LAST_CHUNK: &str = "0\r\n\r\n";

const HEAD_TIMEOUT: &str = "the request head did not arrive in time (RFC 9110 15.5.9)";
const BODY_TIMEOUT: &str = "the request body did not arrive in time (RFC 9110 15.5.9)";
const HEAD_CUT_SHORT: &str = "FIN came inside a request head: it is incomplete (RFC 9112 8)";
const BODY_CUT_SHORT: &str = "FIN came inside a request body: it is incomplete (RFC 9112 8)";
const TOO_LARGE: &str = "the request body is larger than is accepted (RFC 9110 15.5.14)";
const NO_HOST: &str = "a request of HTTP/1.1 must have a Host field (RFC 9112 3.2)";

/// The response to /plain; `general` is what the connection adds.
fn plain(general: &str) -> String {
    format!("{}Hello, wire!\n", plain_head(general))
}

fn plain_head(general: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{general}Content-Type: text/plain\r\nContent-Length: 13\r\n\r\n")
}

/// The response to /echo.
fn echoed(general: &str, framing: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\n{general}Content-Type: application/octet-stream\r\n\
         Content-Security-Policy: sandbox; frame-ancestors 'none'\r\nRequest-Framing: {framing}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A refusal by the connection itself: it always ends the connection.
fn refused(status: &str, sentence: &str) -> String {
    problem(CLOSING, status, "", sentence)
}

/// A response of one sentence; `fields` are further field lines.
fn problem(general: &str, status: &str, fields: &str, sentence: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{general}Content-Type: text/plain; charset=utf-8\r\n{fields}Content-Length: {}\r\n\r\n{sentence}\n",
        sentence.len() + 1
    )
}

/// The head of an event stream that the last chunk ends.
fn stream_head(general: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\n{general}Content-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache, no-transform\r\n\
         X-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
}

/// The head of an event stream that FIN ends.
fn stream_head_until_fin() -> String {
    stream_head(CLOSING).replace("Transfer-Encoding: chunked\r\n", "")
}

fn event(number: u64) -> String {
    format!("id:{number}\nevent:message\ndata:event{number}\n\n")
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

fn event_chunk(number: u64) -> String {
    chunk(&event(number))
}

fn small_limits() -> Limits {
    Limits { body: 10, ..Limits::default() }
}

// ---- the lessons of the trial build, first ------------------------------------------------------------------------

mod trial_build {
    use super::*;

    #[test]
    fn a_fin_after_three_pipelined_requests_still_gets_three_responses() {
        Diagram::begin()
            .they_send_in_pieces(GET_PLAIN.repeat(3).as_bytes(), &[], true)
            .we_send(plain(STAYING).repeat(3))
            .we_send_fin()
            .we_close();
    }

    #[test]
    fn a_request_that_is_here_already_is_answered_without_new_input() {
        Diagram::begin()
            .they_send(format!("{GET_THREE_EVENTS}{GET_PLAIN}"))
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .in_states("Paused", "Responding")
            .at(100)
            .we_send(event_chunk(2))
            .at(200)
            .we_send(event_chunk(3))
            .at(300)
            .we_send(format!("{LAST_CHUNK}{}", plain(STAYING)))
            .in_states("Head", "Idle");
    }

    #[test]
    fn a_deadline_is_an_input_and_moves_the_waiting_step_on() {
        Diagram::begin()
            .they_send("GET /api/sse/events?count=2&interval=7ms HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .at(6)
            .we_wait()
            .at(7)
            .we_send(event_chunk(2))
            .at(13)
            .we_wait()
            .at(14)
            .we_send(LAST_CHUNK);
    }

    #[test]
    fn a_deadline_ends_with_the_state_that_waits_for_it() {
        // The head would have been late at 10,000 ms; the response that came of it is not.
        let mut diagram = Diagram::begin();
        diagram
            .they_send("GET /api/sse/events?count=1&interval=15s HTTP/1.1\r\n")
            .at(9_999)
            .they_send("Host: x\r\n\r\n")
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .at(24_998)
            .we_wait()
            .at(24_999)
            .we_send(LAST_CHUNK)
            .at(84_998)
            .we_wait()
            .at(84_999)
            .we_send_fin();
    }
}

// ---- Head, Idle: between requests, or a head is arriving ------------------------------------------------------------

mod head_idle {
    use super::*;

    #[test]
    fn a_request_is_answered_and_the_connection_waits_for_another() {
        Diagram::begin()
            .in_states("Head", "Idle")
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING))
            .in_states("Head", "Idle")
            .at(59_000)
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }

    #[test]
    fn a_head_is_the_same_in_one_piece_and_octet_by_octet() {
        let mut diagram = Diagram::begin();
        for octet in GET_PLAIN[..GET_PLAIN.len() - 1].bytes() {
            diagram.they_send([octet]).we_wait();
        }
        diagram.they_send("\n").we_send(plain(STAYING));
    }

    #[test]
    fn a_connection_that_never_says_a_word_gets_fin_after_60_s() {
        Diagram::begin().at(59_999).we_wait().at(60_000).we_send_fin().they_send_fin().we_close();
    }

    #[test]
    fn a_connection_that_stays_gets_fin_60_s_after_its_response() {
        let mut diagram = Diagram::begin();
        diagram.at(5_000).they_send(GET_PLAIN).we_send(plain(STAYING)).at(64_999).we_wait().at(65_000).we_send_fin();
        assert_eq!(diagram.connection().status().persistence, Persistence::Ends(CloseReason::Idle));
    }

    #[test]
    fn the_60_s_begin_when_the_last_octet_has_been_taken() {
        Diagram::begin()
            .they_take(10)
            .they_send(GET_PLAIN)
            .we_send(&plain(STAYING)[..10])
            .at(20_000)
            .they_take_all()
            .we_send(&plain(STAYING)[10..])
            .at(79_999)
            .we_wait()
            .at(80_000)
            .we_send_fin();
    }

    #[test]
    fn the_fields_of_a_connection_that_stays_say_how_long() {
        assert_eq!(keep_alive_fields(Duration::from_secs(60)), "Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n");
        assert_eq!(CLOSE_FIELDS, "Connection: close\r\n");
    }

    #[test]
    fn a_head_that_is_late_gets_408_and_fin() {
        Diagram::begin()
            .at(1_000)
            .they_send("GET /plain HTT")
            .at(10_999)
            .we_wait()
            .at(11_000)
            .we_send(refused("408 Request Timeout", HEAD_TIMEOUT))
            .we_send_fin()
            .in_states("Discarding", "Lingering");
    }

    #[test]
    fn an_octet_now_and_then_does_not_make_a_head_less_late() {
        let mut diagram = Diagram::begin();
        for second in 0..10 {
            diagram.at(second * 1_000).they_send("G").we_wait();
        }
        diagram.at(10_000).we_send(refused("408 Request Timeout", HEAD_TIMEOUT)).we_send_fin();
    }

    #[test]
    fn the_head_after_a_response_has_its_own_10_s() {
        Diagram::begin()
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING))
            .at(50_000)
            .they_send("GET")
            .at(59_999)
            .we_wait()
            .at(60_000)
            .we_send(refused("408 Request Timeout", HEAD_TIMEOUT))
            .we_send_fin();
    }

    #[test]
    fn the_head_that_came_with_the_one_before_has_10_s_too() {
        Diagram::begin()
            .they_send(format!("{GET_PLAIN}GET"))
            .we_send(plain(STAYING))
            .at(9_999)
            .we_wait()
            .at(10_000)
            .we_send(refused("408 Request Timeout", HEAD_TIMEOUT))
            .we_send_fin();
    }

    // The limit on what is gathered keeps the second head unlooked at until the first response is out.
    #[test]
    fn a_head_behind_a_large_response_has_10_s_after_the_response() {
        let body = "x".repeat(70_000);
        let request = format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n{body}");
        let response = echoed(STAYING, "Content-Length: 70000", &body);
        Diagram::begin()
            .they_take(1)
            .they_send_in_pieces(format!("{request}GET").as_bytes(), &[60_000], false)
            .we_send(&response[..1])
            .at(15_000)
            .they_take_all()
            .we_send(&response[1..])
            .at(24_999)
            .we_wait()
            .at(25_000)
            .we_send(refused("408 Request Timeout", HEAD_TIMEOUT))
            .we_send_fin();
    }

    #[test]
    fn their_fin_between_requests_is_answered_with_fin_and_the_socket_closes() {
        let mut diagram = Diagram::begin();
        diagram.they_send(GET_PLAIN).we_send(plain(STAYING)).at(10).they_send_fin().we_send_fin();
        assert_eq!(diagram.connection().status().persistence, Persistence::Ends(CloseReason::ClientFin));
        diagram.we_close();
    }

    #[test]
    fn a_fin_instead_of_a_first_request_is_no_fault() {
        Diagram::begin().they_send_fin().we_send_fin().we_close();
    }

    #[test]
    fn empty_lines_before_a_request_are_ignored() {
        Diagram::begin().they_send(format!("\r\n\r\n{GET_PLAIN}")).we_send(plain(STAYING));
    }

    #[test]
    fn an_empty_line_takes_nothing_from_the_time_that_was_promised() {
        Diagram::begin()
            .at(20_000)
            .they_send("\r\n")
            .at(59_999)
            .we_wait()
            .at(60_000)
            .we_send_fin()
            .they_send_fin()
            .we_close();
    }

    #[test]
    fn a_head_behind_an_empty_line_has_its_own_time() {
        Diagram::begin()
            .they_send("\r\n")
            .at(20_000)
            .they_send("GET")
            .at(29_999)
            .we_wait()
            .at(30_000)
            .we_send(refused("408 Request Timeout", HEAD_TIMEOUT))
            .we_send_fin();
    }

    #[test]
    fn empty_lines_before_fin_are_no_request() {
        Diagram::begin().they_send("\r\n").we_wait().they_send_fin().we_send_fin().we_close();
    }

    #[test]
    fn a_fin_inside_a_head_gets_400() {
        for cut in 1..GET_PLAIN.len() {
            Diagram::begin()
                .they_send(&GET_PLAIN[..cut])
                .we_wait()
                .they_send_fin()
                .we_send(refused("400 Bad Request", HEAD_CUT_SHORT))
                .we_send_fin()
                .we_close();
        }
    }

    #[test]
    fn drain_ends_an_idle_connection_with_fin() {
        let mut diagram = Diagram::begin();
        diagram.they_send(GET_PLAIN).we_send(plain(STAYING)).at(10).drain().we_send_fin();
        assert_eq!(diagram.connection().status().persistence, Persistence::Ends(CloseReason::Draining));
    }

    #[test]
    fn a_request_that_had_begun_when_the_drain_came_is_answered_with_close() {
        Diagram::begin()
            .they_send(&GET_PLAIN[..20])
            .drain()
            .we_wait()
            .they_send(&GET_PLAIN[20..])
            .we_send(plain(CLOSING))
            .we_send_fin()
            .they_send_fin()
            .we_close();
    }
}

// ---- who stays and who goes: RFC 9112 section 9.3 -------------------------------------------------------------------

mod persistence {
    use super::*;

    #[track_caller]
    fn ends(request: &str, reason: CloseReason) {
        let mut diagram = Diagram::begin();
        diagram.they_send(request).we_send(plain(CLOSING)).we_send_fin().in_states("Discarding", "Lingering");
        assert_eq!(diagram.connection().status().persistence, Persistence::Ends(reason));
        diagram.they_send_fin().we_close();
    }

    #[track_caller]
    fn stays(request: &str, persistence: Persistence) {
        let mut diagram = Diagram::begin();
        diagram.they_send(request).we_send(plain(STAYING)).in_states("Head", "Idle");
        assert_eq!(diagram.connection().status().persistence, persistence);
        diagram.they_send(request).we_send(plain(STAYING));
    }

    #[test]
    fn http_1_1_stays() {
        stays(GET_PLAIN, Persistence::Http11);
    }

    #[test]
    fn http_1_1_with_close_ends() {
        ends(GET_PLAIN_AND_CLOSE, CloseReason::ClientSaidClose);
    }

    #[test]
    fn close_is_found_in_any_line_and_any_case() {
        ends(
            "GET /plain HTTP/1.1\r\nHost: x\r\nConnection: te\r\nConnection: , x ,\tCLOSE\r\n\r\n",
            CloseReason::ClientSaidClose,
        );
    }

    #[test]
    fn a_word_that_only_contains_close_is_not_close() {
        stays("GET /plain HTTP/1.1\r\nHost: x\r\nConnection: closed, no-close\r\n\r\n", Persistence::Http11);
    }

    #[test]
    fn http_1_0_ends() {
        ends("GET /plain HTTP/1.0\r\n\r\n", CloseReason::Http10);
    }

    #[test]
    fn http_1_0_with_keep_alive_stays() {
        stays("GET /plain HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", Persistence::Http10KeepAlive);
    }

    #[test]
    fn close_beats_keep_alive() {
        ends("GET /plain HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", CloseReason::Http10);
    }

    #[test]
    fn each_request_decides_anew() {
        Diagram::begin()
            .they_send("GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .we_send(plain(STAYING))
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING))
            .they_send("GET /plain HTTP/1.0\r\n\r\n")
            .we_send(plain(CLOSING))
            .we_send_fin();
    }

    #[test]
    fn nothing_behind_close_is_answered() {
        Diagram::begin()
            .they_send(format!("{GET_PLAIN}{GET_PLAIN_AND_CLOSE}{GET_PLAIN}"))
            .we_send(plain(STAYING) + &plain(CLOSING))
            .we_send_fin()
            .they_send(GET_PLAIN)
            .we_wait();
    }

    #[test]
    fn close_in_a_trailer_is_not_close() {
        Diagram::begin()
            .they_send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
            .they_send("Connection: close\r\n\r\n")
            .we_send(echoed(STAYING, "chunked, 0 octets of data", ""))
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }
}

// ---- Body, Idle: a request body is arriving -------------------------------------------------------------------------

mod body_idle {
    use super::*;

    const CHUNKED: &str = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

    #[test]
    fn a_body_with_a_length_is_complete_with_its_last_octet() {
        Diagram::begin()
            .they_send(POST_ECHO_HEAD)
            .in_states("Body", "Idle")
            .they_send("hell")
            .we_wait()
            .they_send("o")
            .we_send(echoed(STAYING, "Content-Length: 5", "hello"))
            .in_states("Head", "Idle");
    }

    #[test]
    fn a_body_ends_where_the_next_request_begins() {
        Diagram::begin().they_send(format!("{POST_ECHO_HEAD}hello{POST_ECHO_HEAD}world{GET_PLAIN}")).we_send(
            echoed(STAYING, "Content-Length: 5", "hello")
                + &echoed(STAYING, "Content-Length: 5", "world")
                + &plain(STAYING),
        );
    }

    #[test]
    fn a_chunked_body_is_decoded_with_extensions_and_trailers_left_out() {
        Diagram::begin()
            .they_send(CHUNKED)
            .they_send("3;a=\"b\\\"\" ; c\r\nhel\r\n0002\r\nlo\r\n0\r\nDigest: no\r\n\r\n")
            .we_send(echoed(STAYING, "chunked, 5 octets of data", "hello"))
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }

    #[test]
    fn a_length_of_zero_is_complete_at_the_blank_line() {
        Diagram::begin().they_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").we_send(echoed(
            STAYING,
            "Content-Length: 0",
            "",
        ));
    }

    #[test]
    fn a_body_that_stalls_for_10_s_gets_408_and_fin() {
        Diagram::begin()
            .they_send(POST_ECHO_HEAD)
            .at(9_000)
            .they_send("he")
            .at(18_999)
            .we_wait()
            .at(19_000)
            .we_send(refused("408 Request Timeout", BODY_TIMEOUT))
            .we_send_fin()
            .in_states("Discarding", "Lingering");
    }

    #[test]
    fn a_body_that_drips_gets_408_after_60_s() {
        let mut diagram = Diagram::begin();
        diagram.they_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
        for second in (9..60).step_by(9) {
            diagram.at(second * 1_000).they_send("x").we_wait();
        }
        diagram.at(59_999).we_wait().at(60_000).we_send(refused("408 Request Timeout", BODY_TIMEOUT)).we_send_fin();
    }

    #[test]
    fn a_fin_inside_a_body_gets_400() {
        for octets in 0..5 {
            Diagram::begin()
                .they_send(POST_ECHO_HEAD)
                .they_send(&"hello"[..octets])
                .we_wait()
                .they_send_fin()
                .we_send(refused("400 Bad Request", BODY_CUT_SHORT))
                .we_send_fin()
                .we_close();
        }
    }

    #[test]
    fn a_fin_before_the_last_chunk_gets_400() {
        let body = "5\r\nhello\r\n0\r\n\r\n";
        for cut in 0..body.len() {
            Diagram::begin()
                .they_send(CHUNKED)
                .they_send(&body[..cut])
                .we_wait()
                .they_send_fin()
                .we_send(refused("400 Bad Request", BODY_CUT_SHORT))
                .we_send_fin()
                .we_close();
        }
    }

    #[test]
    fn a_length_beyond_the_limit_gets_413_before_any_of_it_has_come() {
        Diagram::within(small_limits())
            .they_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
            .we_send(refused("413 Content Too Large", TOO_LARGE))
            .we_send_fin()
            .they_send("all of it!!")
            .we_wait();
    }

    #[test]
    fn a_length_at_the_limit_is_taken() {
        Diagram::within(small_limits())
            .they_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")
            .we_send(echoed(STAYING, "Content-Length: 10", "0123456789"));
    }

    #[test]
    fn a_chunk_that_would_pass_the_limit_gets_413_when_it_is_announced() {
        Diagram::within(small_limits())
            .they_send(CHUNKED)
            .they_send("8\r\n01234567\r\n3\r")
            .we_wait()
            .they_send("\n")
            .we_send(refused("413 Content Too Large", TOO_LARGE))
            .we_send_fin();
    }

    #[test]
    fn the_largest_chunk_size_there_is_gets_413() {
        Diagram::begin()
            .they_send(CHUNKED)
            .they_send("1\r\nx\r\nffffffffffffffff\r\n")
            .we_send(refused("413 Content Too Large", TOO_LARGE))
            .we_send_fin();
    }

    // Octet by octet 413 comes first, at the announcement; in one piece the fault behind it must not win.
    #[test]
    fn a_chunk_too_large_stays_413_though_a_fault_follows_it() {
        Diagram::within(small_limits())
            .they_send(format!("{CHUNKED}b\r\n0123456789a and no CRLF"))
            .we_send(refused("413 Content Too Large", TOO_LARGE))
            .we_send_fin();
    }

    #[test]
    fn a_fault_in_the_chunked_coding_gets_400_with_its_section() {
        Diagram::begin()
            .they_send(format!("{CHUNKED}5\r\nhello!\r\n"))
            .we_send(refused(
                "400 Bad Request",
                "CRLF was expected after the chunk-data: the size does not fit (RFC 9112 7.1)",
            ))
            .we_send_fin();
    }

    #[test]
    fn a_body_goes_on_arriving_during_a_drain() {
        Diagram::begin()
            .they_send(format!("{POST_ECHO_HEAD}he"))
            .drain()
            .we_wait()
            .they_send("llo")
            .we_send(echoed(CLOSING, "Content-Length: 5", "hello"))
            .we_send_fin();
    }

    #[test]
    fn a_head_request_gets_no_sentence_with_its_refusal() {
        let refusal = refused("413 Content Too Large", TOO_LARGE);
        Diagram::within(small_limits())
            .they_send("HEAD /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
            .we_send(&refusal[..refusal.len() - TOO_LARGE.len() - 1])
            .we_send_fin();
    }
}

// ---- Body, Responding: 100 Continue is on its way -------------------------------------------------------------------

mod body_responding {
    use super::*;

    #[test]
    fn a_client_that_waits_for_leave_gets_100_and_then_its_response() {
        Diagram::begin()
            .they_send(EXPECT_ECHO_HEAD)
            .we_send(CONTINUE)
            .in_states("Body", "Idle")
            .they_send("hello")
            .we_send(echoed(STAYING, "Content-Length: 5", "hello"))
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }

    #[test]
    fn while_the_100_waits_for_the_socket_the_body_may_come() {
        Diagram::begin()
            .they_take(5)
            .they_send(EXPECT_ECHO_HEAD)
            .we_send(&CONTINUE[..5])
            .they_send("hello")
            .they_take_all()
            .we_send(CONTINUE[5..].to_owned() + &echoed(STAYING, "Content-Length: 5", "hello"));
    }

    #[test]
    fn http_1_0_cannot_ask_for_leave() {
        Diagram::begin()
            .they_send("POST /echo HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            .we_wait()
            .they_send("hello")
            .we_send(echoed(CLOSING, "Content-Length: 5", "hello"))
            .we_send_fin();
    }

    #[test]
    fn without_a_body_there_is_nothing_to_give_leave_for() {
        Diagram::begin()
            .they_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
            .we_send(echoed(STAYING, "Content-Length: 0", ""));
    }

    #[track_caller]
    fn gets_its_final_status(request_line: &str, response: String) {
        let head = EXPECT_ECHO_HEAD.replace("POST /echo HTTP/1.1", request_line);
        Diagram::begin().they_send(head).we_send(response).we_send_fin().they_send("hello").we_wait();
    }

    #[test]
    fn an_unknown_address_gets_404_instead_of_100() {
        let sentence = "there is no /nowhere here; GET / says what there is";
        gets_its_final_status("POST /nowhere HTTP/1.1", problem(CLOSING, "404 Not Found", "", sentence));
    }

    #[test]
    fn a_wrong_method_gets_405_instead_of_100() {
        let sentence = "/plain does not have the method POST, but GET, HEAD, OPTIONS";
        gets_its_final_status(
            "POST /plain HTTP/1.1",
            problem(CLOSING, "405 Method Not Allowed", "Allow: GET, HEAD, OPTIONS\r\n", sentence),
        );
    }

    #[test]
    fn an_unknown_method_gets_501_instead_of_100() {
        let sentence = "the method BREW is not known here (RFC 9110 9.1)";
        gets_its_final_status("BREW /echo HTTP/1.1", problem(CLOSING, "501 Not Implemented", "", sentence));
    }

    #[test]
    fn a_body_that_would_be_too_large_gets_413_instead_of_100() {
        Diagram::within(Limits { body: 4, ..Limits::default() })
            .they_send(EXPECT_ECHO_HEAD)
            .we_send(refused("413 Content Too Large", TOO_LARGE))
            .we_send_fin();
    }

    #[test]
    fn an_unknown_expectation_gets_417() {
        Diagram::begin()
            .they_send(EXPECT_ECHO_HEAD.replace("100-continue", "a-miracle"))
            .we_send(refused(
                "417 Expectation Failed",
                "100-continue is the only expectation that can be met (RFC 9110 10.1.1)",
            ))
            .we_send_fin();
    }

    #[test]
    fn a_fin_after_the_100_gets_400() {
        Diagram::begin()
            .they_send(EXPECT_ECHO_HEAD)
            .we_send(CONTINUE)
            .they_send_fin()
            .we_send(refused("400 Bad Request", BODY_CUT_SHORT))
            .we_send_fin()
            .we_close();
    }

    #[test]
    fn leave_that_is_not_used_gets_408() {
        Diagram::begin()
            .they_send(EXPECT_ECHO_HEAD)
            .we_send(CONTINUE)
            .at(9_999)
            .we_wait()
            .at(10_000)
            .we_send(refused("408 Request Timeout", BODY_TIMEOUT))
            .we_send_fin();
    }

    #[test]
    fn a_drain_lets_the_100_out_and_the_request_come_to_its_end() {
        Diagram::begin()
            .they_take(5)
            .they_send(EXPECT_ECHO_HEAD)
            .we_send(&CONTINUE[..5])
            .in_states("Body", "Idle")
            .drain()
            .they_take_all()
            .we_send(&CONTINUE[5..])
            .they_send("hello")
            .we_send(echoed(CLOSING, "Content-Length: 5", "hello"))
            .we_send_fin();
    }
}

// ---- Paused, Responding: the response; further octets wait ----------------------------------------------------------

mod paused_responding {
    use super::*;

    #[test]
    fn the_stream_of_the_founding_article_ends_with_the_last_chunk_and_the_connection_stays() {
        Diagram::begin()
            .they_send(GET_THREE_EVENTS)
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .in_states("Paused", "Responding")
            .at(100)
            .we_send(event_chunk(2))
            .at(200)
            .we_send(event_chunk(3))
            .at(300)
            .we_send(LAST_CHUNK)
            .in_states("Head", "Idle")
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }

    #[test]
    fn a_stream_of_a_hundred_events_takes_ten_seconds() {
        let mut diagram = Diagram::begin();
        diagram
            .they_send("GET /api/sse/events HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(stream_head(STAYING) + &event_chunk(1));
        for number in 2..=100 {
            diagram.at((number - 1) * 100).we_send(event_chunk(number));
        }
        diagram.at(10_000).we_send(LAST_CHUNK);
    }

    #[test]
    fn no_events_are_a_head_and_the_last_chunk() {
        Diagram::begin()
            .they_send("GET /api/sse/events?count=0 HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(stream_head(STAYING) + LAST_CHUNK);
    }

    #[test]
    fn retry_stands_in_the_first_event_alone() {
        Diagram::begin()
            .they_send("GET /api/sse/events?count=2&retry=2s HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(stream_head(STAYING) + &chunk("id:1\nevent:message\nretry:2000\ndata:event1\n\n"))
            .at(100)
            .we_send(event_chunk(2))
            .at(200)
            .we_send(LAST_CHUNK);
    }

    #[test]
    fn a_stream_without_ids_starts_over_whatever_id_the_client_sends() {
        Diagram::begin()
            .they_send("GET /api/sse/events?count=1&id=none HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n")
            .we_send(stream_head(STAYING) + &chunk("event:message\ndata:event1\n\n"))
            .at(100)
            .we_send(LAST_CHUNK);
    }

    #[test]
    fn a_stream_goes_on_behind_the_last_event_id() {
        Diagram::begin()
            .they_send(GET_THREE_EVENTS.replace("\r\n\r\n", "\r\nLast-Event-ID: 2\r\n\r\n"))
            .we_send(stream_head(STAYING) + &event_chunk(3))
            .at(100)
            .we_send(LAST_CHUNK);
    }

    #[test]
    fn a_client_that_has_had_the_last_event_gets_204_and_the_connection_stays() {
        Diagram::begin()
            .they_send(GET_THREE_EVENTS.replace("\r\n\r\n", "\r\nLast-Event-ID: 3\r\n\r\n"))
            .we_send(format!("HTTP/1.1 204 No Content\r\n{STAYING}\r\n"))
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }

    #[test]
    fn a_last_event_id_beyond_the_last_event_gets_204_however_large_it_is() {
        for id in ["4", "100000", "18446744073709551615", "99999999999999999999999"] {
            Diagram::begin()
                .they_send(GET_THREE_EVENTS.replace("\r\n\r\n", &format!("\r\nLast-Event-ID: {id}\r\n\r\n")))
                .we_send(format!("HTTP/1.1 204 No Content\r\n{STAYING}\r\n"));
        }
    }

    #[test]
    fn a_last_event_id_that_was_never_given_out_begins_at_the_beginning() {
        for id in ["0", "x", "-1", "+2", "1.5", ""] {
            Diagram::begin()
                .they_send(GET_THREE_EVENTS.replace("\r\n\r\n", &format!("\r\nLast-Event-ID: {id}\r\n\r\n")))
                .we_send(stream_head(STAYING) + &event_chunk(1));
        }
    }

    #[test]
    fn to_http_1_0_a_stream_ends_with_fin_and_has_no_chunks() {
        let mut diagram = Diagram::begin();
        diagram
            .they_send("GET /api/sse/events?count=2 HTTP/1.0\r\n\r\n")
            .we_send(stream_head_until_fin() + &event(1))
            .at(100)
            .we_send(event(2))
            .at(200)
            .we_send_fin()
            .they_send_fin()
            .we_close();
    }

    #[test]
    fn keep_alive_of_http_1_0_cannot_outlive_a_body_that_fin_ends() {
        let mut diagram = Diagram::begin();
        diagram
            .they_send("GET /api/sse/events?count=1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .we_send(stream_head_until_fin() + &event(1))
            .at(100)
            .we_send_fin();
        assert_eq!(diagram.connection().status().persistence, Persistence::Ends(CloseReason::CloseDelimited));
    }

    #[test]
    fn head_gets_the_head_of_get_and_nothing_more() {
        Diagram::begin()
            .they_send("HEAD /plain HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(plain_head(STAYING))
            .they_send("HEAD /api/sse/events HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(stream_head(STAYING))
            .they_send("HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(format!(
                "HTTP/1.1 404 Not Found\r\n{STAYING}Content-Type: text/plain; charset=utf-8\r\nContent-Length: 52\r\n\r\n"
            ))
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }

    #[test]
    fn options_says_what_is_allowed() {
        let allowed = |methods| format!("HTTP/1.1 204 No Content\r\n{STAYING}Allow: {methods}\r\n\r\n");
        Diagram::begin()
            .they_send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(allowed("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"))
            .they_send("OPTIONS /plain HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(allowed("GET, HEAD, OPTIONS"))
            .they_send("OPTIONS http://x HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(allowed("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    }

    #[track_caller]
    fn gets(request_line: &str, status: &str, fields: &str, sentence: &str) {
        Diagram::begin()
            .they_send(format!("{request_line}\r\nHost: x\r\n\r\n"))
            .we_send(problem(STAYING, status, fields, sentence))
            .they_send(GET_PLAIN)
            .we_send(plain(STAYING));
    }

    #[test]
    fn an_answer_of_the_site_that_is_no_success_leaves_the_connection_alone() {
        gets("GET /nowhere HTTP/1.1", "404 Not Found", "", "there is no /nowhere here; GET / says what there is");
        gets("BREW / HTTP/1.1", "501 Not Implemented", "", "the method BREW is not known here (RFC 9110 9.1)");
        gets("get / HTTP/1.1", "501 Not Implemented", "", "the method get is not known here (RFC 9110 9.1)");
        gets(
            "DELETE /plain HTTP/1.1",
            "405 Method Not Allowed",
            "Allow: GET, HEAD, OPTIONS\r\n",
            "/plain does not have the method DELETE, but GET, HEAD, OPTIONS",
        );
        gets(
            "TRACE /echo HTTP/1.1",
            "405 Method Not Allowed",
            "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n",
            "/echo does not have the method TRACE, but GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        );
    }

    // RFC 9112 section 3.2.2: Host is ignored then. The rule that keeps web pages out must not look at what is ignored.
    #[test]
    fn who_may_change_something_is_told_by_an_absolute_form_and_not_by_host_beside_it() {
        let post = |target: &str, host: &str, more: &str| {
            format!("POST {target} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: 5\r\n\r\nhello")
        };
        let rebound =
            "\"evil.example:80\" is not a name of this server; wirestep --host evil.example would make it one";
        let foreign = "a page of another origin may neither change anything here nor see the trace";
        let accepted = format!(
            "HTTP/1.1 202 Accepted\r\n{STAYING}Content-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n\r\n1-1\n"
        );
        Diagram::begin()
            .they_send(post("http://evil.example:80/topics/a", "localhost", ""))
            .we_send(problem(STAYING, "403 Forbidden", "", rebound))
            .they_send(post("http://localhost:8080/topics/a", "localhost", "Origin: http://localhost\r\n"))
            .we_send(problem(STAYING, "403 Forbidden", "", foreign))
            .they_send(post("http://localhost/topics/a", "evil.example:80", "Origin: http://localhost\r\n"))
            .we_send(accepted);
    }

    #[test]
    fn a_query_that_is_not_understood_gets_400_with_a_sentence() {
        let events = |query, sentence| {
            gets(&format!("GET /api/sse/events?{query} HTTP/1.1"), "400 Bad Request", "", sentence);
        };
        events("count=x", "the parameter \"count\" must be a number from 0 to 100000, not \"x\"");
        events("count=", "the parameter \"count\" must be a number from 0 to 100000, not \"\"");
        events("count=%2B3", "the parameter \"count\" must be a number from 0 to 100000, not \"+3\"");
        events("count=100001", "the parameter \"count\" must be a number from 0 to 100000, not \"100001\"");
        events("count=1&count=2", "the parameter \"count\" occurs twice");
        events("id=7", "the parameter \"id\" must be \"none\" or left out, not \"7\"");
        events(
            "interval=soon",
            "the parameter \"interval\" must be a duration of at most 1h, such as 100ms or 2s, not \"soon\"",
        );
        events("retry=2h", "the parameter \"retry\" must be a duration of at most 1h, such as 100ms or 2s, not \"2h\"");
    }

    #[test]
    fn unknown_parameters_are_ignored_and_an_encoded_path_is_the_same_path() {
        for target in ["/plain?x", "/plain?utm_source=a&_=123", "/%70lain", "/%70%6C%61%69%6e?a=b"] {
            Diagram::begin().they_send(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).we_send(plain(STAYING));
        }
    }

    #[test]
    fn a_polyfill_that_reconnects_by_its_query_goes_on_with_the_next_event() {
        Diagram::begin()
            .they_send("GET /api/sse/events?count=3&lastEventId=2 HTTP/1.1\r\nHost: x\r\n\r\n")
            .we_send(stream_head(STAYING) + &event_chunk(3))
            .at(100)
            .we_send(LAST_CHUNK);
    }

    #[test]
    fn a_topic_is_not_read_under_a_name_that_is_not_the_servers() {
        let sentence =
            "\"rebound.example\" is not a name of this server; wirestep --host rebound.example would make it one";
        Diagram::begin().they_send("GET /topics/secret HTTP/1.1\r\nHost: rebound.example\r\n\r\n").we_send(problem(
            STAYING,
            "403 Forbidden",
            "",
            sentence,
        ));
    }

    #[test]
    fn a_response_goes_on_where_the_socket_stopped_at_every_octet() {
        let response = plain(STAYING);
        for cut in 0..response.len() {
            let mut diagram = Diagram::begin();
            diagram.they_take(cut).they_send(GET_PLAIN);
            if cut > 0 {
                diagram.we_send(&response[..cut]);
            }
            diagram.they_take_all().we_send(&response[cut..]).in_states("Head", "Idle");
        }
    }

    #[test]
    fn an_event_that_the_socket_has_not_taken_holds_the_next_one_back() {
        Diagram::begin()
            .they_send(GET_THREE_EVENTS)
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .they_take(3)
            .at(100)
            .we_send(&event_chunk(2)[..3])
            .at(1_000)
            .we_wait()
            .they_take_all()
            .we_send(&event_chunk(2)[3..])
            .at(1_100)
            .we_send(event_chunk(3))
            .at(1_200)
            .we_send(LAST_CHUNK);
    }

    #[test]
    fn a_thousand_pipelined_requests_get_a_thousand_responses_in_order() {
        let mut requests = String::new();
        let mut responses = String::new();
        for number in 0..1_000 {
            let body = format!("{number:05}");
            requests += &format!("{POST_ECHO_HEAD}{body}");
            responses += &echoed(STAYING, "Content-Length: 5", &body);
        }
        Diagram::begin().they_send(requests).we_send(responses);
    }

    #[test]
    fn a_client_that_pipelines_and_does_not_read_is_no_longer_read_itself() {
        let limits = Limits::default();
        let mut diagram = Diagram::begin();
        diagram.they_take(0);
        let thousand = GET_PLAIN.repeat(1_000);
        for _ in 0..100 {
            diagram.they_send(&thousand);
        }
        // 3.4 MB have arrived. What is held is the two bounds and at most one read or one response beyond them.
        let read = 100 * thousand.len() - diagram.left_in_the_kernel();
        assert!(read < limits.read_ahead + 65_536 + thousand.len(), "{read} octets have been read");
        let pending = diagram.pending();
        assert!(pending < limits.gather + 1_024, "{pending} octets are waiting");
        diagram.they_take_all().we_send(plain(STAYING).repeat(100_000)).they_send(GET_PLAIN).we_send(plain(STAYING));
    }

    #[test]
    fn a_refusal_behind_good_requests_does_not_cost_them_their_answers() {
        Diagram::begin()
            .they_send(format!("{GET_PLAIN}{GET_PLAIN}GET /plain HTTP/1.1\r\n\r\n{GET_PLAIN}"))
            .we_send(plain(STAYING).repeat(2) + &refused("400 Bad Request", NO_HOST))
            .we_send_fin();
    }

    #[test]
    fn a_fault_behind_a_stream_is_told_when_the_stream_is_over() {
        Diagram::begin()
            .they_send(format!("{}\n", GET_THREE_EVENTS.replace("=3", "=1")))
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .at(100)
            .we_send(
                LAST_CHUNK.to_owned()
                    + &refused(
                        "400 Bad Request",
                        "a line of the head ends with LF alone; CRLF was expected (RFC 9112 2.2)",
                    ),
            )
            .we_send_fin();
    }

    #[test]
    fn a_client_that_half_closes_during_a_stream_gets_all_of_it_and_then_fin() {
        Diagram::begin()
            .they_send_in_pieces(GET_THREE_EVENTS.as_bytes(), &[], true)
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .at(100)
            .we_send(event_chunk(2))
            .at(200)
            .we_send(event_chunk(3))
            .at(300)
            .we_send(LAST_CHUNK)
            .we_send_fin()
            .we_close();
    }

    #[test]
    fn a_client_that_takes_nothing_for_30_s_is_reset() {
        let mut diagram = Diagram::begin();
        diagram
            .they_take(10)
            .they_send(GET_PLAIN)
            .we_send(&plain(STAYING)[..10])
            .at(29_999)
            .they_take(1)
            .we_send(&plain(STAYING)[10..11])
            .at(59_998)
            .we_wait()
            .at(59_999)
            .we_send_rst();
        assert_eq!(diagram.connection().status().persistence, Persistence::Ends(CloseReason::WriteStall));
    }

    #[test]
    fn a_stream_whose_reader_stops_is_reset_and_does_not_look_complete() {
        Diagram::begin()
            .they_send(GET_THREE_EVENTS)
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .they_take(0)
            .at(30_099)
            .we_wait()
            .at(30_100)
            .we_send_rst();
    }

    #[test]
    fn a_step_without_octets_does_not_make_the_client_look_stalled() {
        let no_data = Step::Chunk(Vec::new());
        Diagram::begin()
            .we_answer_with([no_data, Step::Wait(Duration::from_secs(40)), Step::LastChunk])
            .they_send(GET_PLAIN)
            .at(39_999)
            .we_wait()
            .at(40_000)
            .we_send(LAST_CHUNK);
    }

    #[test]
    fn a_drain_ends_a_stream_with_its_last_chunk_and_fin() {
        Diagram::begin()
            .they_send(GET_THREE_EVENTS)
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .at(50)
            .drain()
            .we_send(LAST_CHUNK)
            .we_send_fin()
            .they_send_fin()
            .we_close();
    }

    #[test]
    fn a_drain_lets_an_event_that_is_half_out_come_to_its_end() {
        Diagram::begin()
            .they_send(GET_THREE_EVENTS)
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .they_take(4)
            .at(100)
            .we_send(&event_chunk(2)[..4])
            .drain()
            .we_wait()
            .they_take_all()
            .we_send(event_chunk(2)[4..].to_owned() + LAST_CHUNK)
            .we_send_fin();
    }

    #[test]
    fn a_drain_ends_a_stream_of_http_1_0_with_fin_between_two_events() {
        Diagram::begin()
            .they_send("GET /api/sse/events?count=3 HTTP/1.0\r\n\r\n")
            .we_send(stream_head_until_fin() + &event(1))
            .at(50)
            .drain()
            .we_send_fin();
    }

    #[test]
    fn a_drain_during_a_stream_leaves_what_was_pipelined_behind_it_unanswered() {
        Diagram::begin()
            .they_send(format!("{GET_THREE_EVENTS}{GET_PLAIN}"))
            .we_send(stream_head(STAYING) + &event_chunk(1))
            .at(50)
            .drain()
            .we_send(LAST_CHUNK)
            .we_send_fin();
    }
}

mod subscription {
    use super::*;

    const FOLLOW: &str = "GET /topics/news HTTP/1.1\r\nHost: localhost\r\n\r\n";

    fn published(number: u64, data: &str) -> String {
        chunk(&format!("id:1-{number}\ndata:{data}\n\n"))
    }

    fn following() -> Diagram {
        let mut diagram = Diagram::begin();
        diagram.they_send(FOLLOW).we_send(stream_head(STAYING)).in_states("Paused", "Responding");
        diagram
    }

    #[test]
    fn waking_is_an_input_and_the_event_goes_out_at_once() {
        following()
            .at(3)
            .somebody_publishes("news", "one")
            .we_send(published(1, "one"))
            .at(7)
            .somebody_publishes("news", "two")
            .we_send(published(2, "two"));
    }

    #[test]
    fn an_event_of_another_topic_wakes_nobody() {
        following().somebody_publishes("weather", "rain").we_wait();
    }

    #[test]
    fn silence_of_15_s_is_broken_by_a_comment() {
        let keep_alive = chunk(": keep-alive\n");
        following()
            .at(14_999)
            .somebody_publishes("news", "one")
            .we_send(published(1, "one"))
            .at(29_998)
            .we_wait()
            .at(29_999)
            .we_send(&keep_alive)
            .at(44_998)
            .we_wait()
            .at(44_999)
            .we_send(&keep_alive);
    }

    #[test]
    fn to_http_1_0_events_go_out_without_chunks() {
        Diagram::begin()
            .they_send("GET /topics/news HTTP/1.0\r\n\r\n")
            .we_send(stream_head_until_fin())
            .somebody_publishes("news", "one")
            .we_send("id:1-1\ndata:one\n\n");
    }

    #[test]
    fn a_drain_ends_it_with_the_last_chunk_and_fin_and_gives_the_seat_back() {
        let mut diagram = following();
        assert_eq!(diagram.subscribers("news"), 1);
        diagram.drain().we_send(LAST_CHUNK).we_send_fin();
        assert_eq!(diagram.subscribers("news"), 0);
    }

    #[test]
    fn their_fin_ends_it_since_it_has_no_end_of_its_own() {
        following().they_send_fin().we_send(LAST_CHUNK).we_send_fin().we_close();
    }

    #[test]
    fn a_request_pipelined_behind_it_is_answered_when_their_fin_has_ended_it() {
        following()
            .they_send(GET_PLAIN)
            .we_wait()
            .they_send_fin()
            .we_send(LAST_CHUNK.to_owned() + &plain(STAYING))
            .we_send_fin()
            .we_close();
    }

    #[test]
    fn one_that_begins_behind_their_fin_ends_at_once() {
        let response = stream_head(STAYING) + LAST_CHUNK;
        Diagram::begin()
            .they_send_in_pieces(FOLLOW.repeat(2).as_bytes(), &[], true)
            .we_send(response.repeat(2))
            .we_send_fin()
            .we_close();
    }

    // What it gets must not depend on whether its FIN or the room for our octets comes first.
    #[test]
    fn one_that_comes_back_and_half_closes_gets_what_it_has_missed_before_the_end() {
        let come_back = "GET /topics/news?last_event_id=1-1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut diagram = Diagram::begin();
        for data in ["one", "two", "three"] {
            diagram.somebody_publishes("news", data);
        }
        diagram
            .they_take(0)
            .they_send_in_pieces(come_back.as_bytes(), &[], true)
            .they_take_all()
            .we_send(stream_head(STAYING) + &published(2, "two") + &published(3, "three") + LAST_CHUNK)
            .we_send_fin()
            .we_close();
    }

    #[test]
    fn a_drain_does_not_wait_for_one_that_half_closes_to_get_what_it_has_missed() {
        let come_back = "GET /topics/news?last_event_id=1-1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        Diagram::begin()
            .somebody_publishes("news", "one")
            .somebody_publishes("news", "two")
            .they_take(0)
            .they_send_in_pieces(come_back.as_bytes(), &[], true)
            .drain()
            .they_take_all()
            .we_send(stream_head(STAYING) + LAST_CHUNK)
            .we_send_fin()
            .we_close();
    }

    #[test]
    fn a_frame_that_the_socket_cuts_goes_on_where_it_stopped_at_every_octet() {
        let (one, two) = (published(1, "one"), published(2, "two"));
        for cut in 1..one.len() {
            following()
                .they_take(cut)
                .somebody_publishes("news", "one")
                .we_send(&one[..cut])
                .somebody_publishes("news", "two")
                .they_take_all()
                .we_send(one[cut..].to_owned() + &two);
        }
    }

    #[test]
    fn a_reader_that_is_behind_the_ring_is_told_how_many_events_it_has_lost() {
        let mut diagram = Diagram::with_rings(TopicLimits { events: 2, ..TopicLimits::default() });
        diagram.they_send(FOLLOW).we_send(stream_head(STAYING)).they_take(5).somebody_publishes("news", "one");
        diagram.we_send(&published(1, "one")[..5]);
        for data in ["two", "three", "four", "five"] {
            diagram.somebody_publishes("news", data).we_wait();
        }
        diagram.they_take_all().we_send(
            published(1, "one")[5..].to_owned()
                + &chunk(": lost 2 events: they are no longer kept\n")
                + &published(4, "four")
                + &published(5, "five"),
        );
    }

    #[test]
    fn a_reader_that_takes_nothing_for_30_s_is_reset_and_gives_its_seat_back() {
        let mut diagram = following();
        diagram.they_take(0).at(5_000).somebody_publishes("news", "one").at(34_999).we_wait().at(35_000).we_send_rst();
        assert_eq!(diagram.subscribers("news"), 0);
    }
}

// ---- Discarding, Responding: the last act is about to be done --------------------------------------------------------

mod discarding_responding {
    use super::*;

    #[test]
    fn a_refusal_waits_for_the_socket_while_what_arrives_is_thrown_away() {
        let refusal = refused("400 Bad Request", NO_HOST);
        let mut diagram = Diagram::begin();
        diagram
            .they_take(10)
            .they_send("GET / HTTP/1.1\r\n\r\n")
            .we_send(&refusal[..10])
            .in_states("Discarding", "Responding");
        for _ in 0..100 {
            diagram.they_send(GET_PLAIN.repeat(1_000)).we_wait();
        }
        assert_eq!(diagram.left_in_the_kernel(), 0);
        diagram.they_take_all().we_send(&refusal[10..]).we_send_fin().in_states("Discarding", "Lingering");
    }

    #[test]
    fn a_script_goes_on_behind_its_fin() {
        Diagram::begin()
            .we_answer_with([Step::Data(b"x".into()), Step::Fin, Step::Wait(Duration::from_secs(1)), Step::Rst])
            .they_send(GET_PLAIN)
            .we_send("x")
            .we_send_fin()
            .in_states("Discarding", "Responding")
            .at(999)
            .they_send("more")
            .at(1_000)
            .we_send_rst();
    }

    #[test]
    fn their_fin_does_not_break_off_a_script_behind_its_fin() {
        Diagram::begin()
            .we_answer_with([Step::Fin, Step::Wait(Duration::from_secs(1))])
            .they_send(GET_PLAIN)
            .we_send_fin()
            .at(500)
            .they_send_fin()
            .at(1_000)
            .we_close();
    }

    #[test]
    fn their_fin_during_a_refusal_costs_them_nothing_of_it() {
        let refusal = refused("400 Bad Request", NO_HOST);
        Diagram::begin()
            .they_take(10)
            .they_send("GET / HTTP/1.1\r\n\r\n")
            .we_send(&refusal[..10])
            .they_send_fin()
            .we_wait()
            .they_take_all()
            .we_send(&refusal[10..])
            .we_send_fin()
            .we_close();
    }

    #[test]
    fn a_refusal_that_nobody_takes_ends_with_rst() {
        Diagram::begin().they_take(0).they_send("GET / HTTP/1.1\r\n\r\n").at(29_999).we_wait().at(30_000).we_send_rst();
    }

    #[test]
    fn a_drain_changes_nothing_about_a_refusal() {
        let refusal = refused("400 Bad Request", NO_HOST);
        Diagram::begin()
            .they_take(10)
            .they_send("GET / HTTP/1.1\r\n\r\n")
            .we_send(&refusal[..10])
            .drain()
            .they_take_all()
            .we_send(&refusal[10..])
            .we_send_fin();
    }

    #[test]
    fn a_head_request_that_is_refused_for_its_head_gets_no_sentence() {
        let refusal = refused("400 Bad Request", NO_HOST);
        Diagram::begin()
            .they_send("HEAD /plain HTTP/1.1\r\n\r\n")
            .we_send(&refusal[..refusal.len() - NO_HOST.len() - 1])
            .we_send_fin();
    }

    // Octet by octet the refusal comes before a HEAD could be seen; in one piece it must be the same refusal.
    #[test]
    fn what_stands_behind_the_fault_does_not_matter() {
        let sentence = "a line of the head ends with LF alone; CRLF was expected (RFC 9112 2.2)";
        Diagram::begin()
            .they_send("\nHEAD /plain HTTP/1.1\r\n")
            .we_send(refused("400 Bad Request", sentence))
            .we_send_fin();
    }

    #[test]
    fn a_head_request_that_is_too_long_gets_no_sentence_in_whatever_pieces() {
        let request = format!("HEAD /{} HTTP/1.1\r\n", "x".repeat(8_000));
        let sentence = "the request-line is longer than is accepted (RFC 9112 3)";
        let refusal = refused("414 URI Too Long", sentence);
        for cut in [1, 4_000, request.len()] {
            Diagram::begin()
                .they_send_in_pieces(request.as_bytes(), &[cut], false)
                .we_send(&refusal[..refusal.len() - sentence.len() - 1])
                .we_send_fin();
        }
    }

    #[test]
    fn a_head_request_with_a_fault_in_its_octets_gets_no_sentence_either() {
        let sentence = "a line of the head ends with LF alone; CRLF was expected (RFC 9112 2.2)";
        let refusal = refused("400 Bad Request", sentence);
        Diagram::begin()
            .they_send("\r\nHEAD /plain HTTP/1.1\n")
            .we_send(&refusal[..refusal.len() - sentence.len() - 1])
            .we_send_fin();
    }
}

// ---- Discarding, Lingering: our FIN is out ---------------------------------------------------------------------------

mod discarding_lingering {
    use super::*;

    fn lingering() -> Diagram {
        let mut diagram = Diagram::begin();
        diagram
            .they_send(GET_PLAIN_AND_CLOSE)
            .we_send(plain(CLOSING))
            .we_send_fin()
            .in_states("Discarding", "Lingering");
        diagram
    }

    #[test]
    fn their_fin_closes_the_socket() {
        lingering().at(10).they_send_fin().we_close();
    }

    #[test]
    fn silence_of_5_s_closes_the_socket() {
        lingering().at(4_999).we_wait().at(5_000).we_close();
    }

    #[test]
    fn an_octet_ends_the_silence() {
        lingering().at(4_999).they_send("x").at(9_998).we_wait().at(9_999).we_close();
    }

    #[test]
    fn a_client_that_never_stops_sending_is_left_after_30_s() {
        let mut diagram = lingering();
        for second in 1..30 {
            diagram.at(second * 1_000).they_send(GET_PLAIN).we_wait();
        }
        diagram.at(29_999).we_wait().at(30_000).we_close();
    }

    #[test]
    fn a_drain_changes_nothing() {
        lingering().at(10).drain().we_wait().at(5_000).we_close();
    }
}

// ---- the table -------------------------------------------------------------------------------------------------------

mod transitions {
    use std::collections::BTreeSet;
    use std::time::Instant;

    use wirestep::exchange::connection::TRANSITIONS;
    use wirestep::exchange::context::Context;
    use wirestep::exchange::metrics::Metrics;
    use wirestep::exchange::stepping::{Pace, StepMode};
    use wirestep::site::Site;
    use wirestep::site::producer::Producer;
    use wirestep::topic::topics::Topics;
    use wirestep::wire::framing::BodyFraming;
    use wirestep::wire::response::ResponseHead;

    use super::diagram::driver::{Driver, SocketAct};
    use super::*;

    type Pair = (&'static str, &'static str);

    /// A connection, and each change of its pair of states.
    struct Watched {
        driver: Driver,
        limits: Limits,
        metrics: Metrics,
        now: Instant,
        before: Pair,
        seen: BTreeSet<(Pair, Pair)>,
    }

    impl Watched {
        fn new() -> Watched {
            let (limits, metrics, now) = (Limits::default(), Metrics::default(), Instant::now());
            let cx = Context {
                now,
                limits: &limits,
                metrics: &metrics,
                keep_alive_fields: b"",
                close_fields: b"",
                language: Language::En,
            };
            let driver = Driver::new(Pace::Free, &cx);
            Watched { driver, limits, metrics, now, before: ("Head", "Idle"), seen: BTreeSet::new() }
        }

        fn with(&mut self, act: impl FnOnce(&mut Driver, &Context<'_>)) -> &mut Watched {
            let Watched { driver, limits, metrics, now, .. } = self;
            act(
                driver,
                &Context {
                    now: *now,
                    limits,
                    metrics,
                    keep_alive_fields: b"",
                    close_fields: b"",
                    language: Language::En,
                },
            );
            let status = self.driver.connection.status();
            let after = (status.receiving, status.sending);
            if after != self.before {
                self.seen.insert((self.before, after));
                self.before = after;
            }
            self
        }

        fn receive(&mut self, octets: &str) -> &mut Watched {
            self.with(|driver, cx| driver.connection.receive(octets.as_bytes(), cx)).ask()
        }

        fn receive_fin(&mut self) -> &mut Watched {
            self.with(|driver, cx| driver.receive_fin(cx)).ask()
        }

        /// One question, without an answer.
        fn ask(&mut self) -> &mut Watched {
            self.with(|driver, cx| _ = driver.connection.next_action(cx))
        }

        fn respond(&mut self, steps: &[Step]) -> &mut Watched {
            let steps = steps.to_vec();
            self.with(|driver, _| driver.respond(Producer::script(steps), StepMode::AsConnection))
        }

        /// All that can be done; the client takes everything.
        fn run(&mut self) -> &mut Watched {
            let (site, mut topics) = (Site::default(), Topics::new(TopicLimits::default(), 0));
            loop {
                let mut act = SocketAct::Rest;
                self.with(|driver, cx| act = driver.next_act(&site, &mut topics, cx));
                match act {
                    SocketAct::Write(octets, origin) => {
                        self.with(|driver, cx| driver.sent(origin, octets.len(), &mut topics, cx))
                    }
                    SocketAct::Fin => self.with(|driver, _| driver.connection.carried_out()),
                    SocketAct::Rst | SocketAct::Close | SocketAct::Rest => return self,
                };
            }
        }

        fn after(&mut self, seconds: u64) -> &mut Watched {
            self.now += Duration::from_secs(seconds);
            self.ask()
        }
    }

    #[test]
    fn each_row_of_the_table_happens_and_nothing_else_does() {
        let head = Step::Head(ResponseHead::new(204, BodyFraming::None));
        let one = std::slice::from_ref(&head);
        let mut exchanges = [(); 9].map(|()| Watched::new());
        let [whole, body, expects, early, late_head, late_body, fin_in_response, both_fins, closing] = &mut exchanges;
        whole.receive(GET_PLAIN).respond(one).run().after(60);
        body.receive(POST_ECHO_HEAD).receive("hello").respond(one).run();
        expects.receive(EXPECT_ECHO_HEAD).with(|driver, _| driver.connection.continue_()).run();
        early.receive(EXPECT_ECHO_HEAD).respond(one);
        late_head.receive("GET").after(10);
        late_body.receive(POST_ECHO_HEAD).after(10);
        fin_in_response.receive(GET_PLAIN).respond(&[head.clone(), Step::Fin]).run().receive_fin();
        both_fins.receive(GET_PLAIN_AND_CLOSE).receive_fin().respond(one).run();
        closing.receive(GET_PLAIN_AND_CLOSE).respond(one).run().after(5);

        let seen: BTreeSet<(Pair, Pair)> = exchanges.iter().flat_map(|it| it.seen.clone()).collect();
        let table: BTreeSet<(Pair, Pair)> = TRANSITIONS.iter().map(|row| (row.from, row.to)).collect();
        assert_eq!(seen, table);
        assert_eq!(table.len(), TRANSITIONS.len(), "each change stands in the table once");
    }
}
