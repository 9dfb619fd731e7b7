//! What a connection holds in memory: nothing that a peer does makes it grow without bound.
//!
//! One test in a file of its own, since the allocator counts for the whole process.

#![allow(missing_docs)]

mod diagram;

use std::net::SocketAddr;
use std::time::Duration;

use diagram::Diagram;
use peak_alloc::PeakAlloc;
use wirestep::exchange::connection::Connection;
use wirestep::lesson::Lesson;
use wirestep::trace::record::ConnectionId;
use wirestep::trace::recorder::Trace;
use wirestep::wire::cause::{Cause, StateChange};
use wirestep::wire::flow::Flow;
use wirestep::wire::request::Request;
use wirestep::wire::request::{HeadLimits, RequestHead};
use wirestep::wire::step::StepKind;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn memory_is_bounded() {
    responses_that_are_never_quite_taken_do_not_pile_up();
    an_idle_connection_holds_no_buffer();
    an_idle_subscriber_holds_no_buffer();
    the_trace_that_is_off_allocates_nothing();
    a_split_holds_its_octets_once();
}

// The client always leaves some octets of a response in the socket, and asks for more: the octets that are sent must go.
fn responses_that_are_never_quite_taken_do_not_pile_up() {
    let request = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    let mut diagram = Diagram::begin();
    diagram.they_take(0).they_send(&request);
    let before = MEMORY.current_usage();
    let mut taken = 0;
    for _ in 0..300 {
        diagram.they_take(50_000).acts();
        taken += 50_000;
        if diagram.left_in_the_kernel() < request.len() {
            diagram.they_send(&request).acts();
        }
        assert!(diagram.pending() > 0, "there is always something left to be sent");
    }
    let grown = MEMORY.current_usage().saturating_sub(before);
    assert!(grown < 512 * 1024, "{taken} octets were taken, and {grown} octets are held more than before");
}

fn an_idle_connection_holds_no_buffer() {
    let held = held_by(|diagram| {
        let body = "x".repeat(10_000);
        diagram.they_send("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n").acts();
        diagram.they_send(format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n{body}")).acts();
        diagram.in_states("Head", "Idle");
    });
    assert_eq!(held, 0, "octets of the heap for each idle connection");
}

fn an_idle_subscriber_holds_no_buffer() {
    let held = held_by(|diagram| {
        let fields = "User-Agent: a-browser/1.0 with a name as long as they are\r\n".repeat(5);
        diagram.they_send(format!("GET /topics/news HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")).acts();
        diagram.in_states("Paused", "Responding");
    });
    assert_eq!(held, 0, "octets of the heap for each idle subscriber");
    // The connection itself lies in the loop's slab; beside it there is a row in the topic's table.
    assert!(size_of::<Connection>() <= 112, "a connection has {} octets", size_of::<Connection>());
}

// Without a sink each record is one branch.
fn the_trace_that_is_off_allocates_nothing() {
    let (now, id) = (Duration::ZERO, ConnectionId::new(1));
    let mut trace = Trace::new(Vec::new());
    let address = SocketAddr::from(([127, 0, 0, 1], 80));
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    trace.opened(now, id, address, address);
    trace.octets(now, id, Flow::Requests, b"GET / HTTP/1.1\r\n\r\n");
    trace.octets(now, id, Flow::Responses, &[b'x'; 10_000]);
    trace.blocked(now, id, Flow::Responses, 1);
    trace.held(now, id, StepKind::Chunk, None, b"1\r\nx\r\n");
    trace.state(now, id, StateChange::Watching);
    trace.fin(now, id, Flow::Requests, Cause::ReadZero);
    trace.rst(now, id, Flow::Responses, Cause::Script);
    trace.closed(now, id, Cause::BothFin);
    assert!(!trace.has_lines());
    assert_eq!(MEMORY.peak_usage(), before);
}

// Sixty thousand writes of one octet each are cut when they are asked for.
fn a_split_holds_its_octets_once() {
    const LINE: &str = "0123456789012345678901234567890123456789012345678901234567890";
    let mut script = "head 200 OK\n  Content-Length: 61000\nsplit 1 every 1ms\n".to_owned();
    script.push_str(&format!("  repeat 1000\n    data \"{LINE}\"\n  end\nend\n"));
    let lesson = Lesson::compile("split", &script).expect("it is right");
    let (head, _) = RequestHead::parse(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", HeadLimits::default())
        .expect("it is right")
        .expect("it is complete");
    let values = lesson.read_query(&[]).expect("there are no parameters");
    let mut play = lesson.play(&Request { head, body: Vec::new(), number: 1 }, values).expect("there is one take");
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let (mut steps, mut octets) = (0, Vec::new());
    while let Some(step) = play.next_step() {
        steps += 1;
        if steps > 1 {
            octets.clear();
        }
        step.encode(b"", &mut octets);
        assert!(octets.len() <= 64);
    }
    assert_eq!(steps, 1 + 61_000 + 60_999, "the head, the octets, and a pause between each two of them");
    let most = MEMORY.peak_usage() - before;
    assert!(most < 256 * 1024, "{most} octets for 61,000 octets in pieces");
}

// The octets of the heap that a connection keeps after what `live` made it live through.
fn held_by(live: impl Fn(&mut Diagram)) -> usize {
    // What the first one of a process allocates for good is not its own.
    live(&mut Diagram::begin());
    let before = MEMORY.current_usage();
    let mut diagram = Diagram::begin();
    live(&mut diagram);
    let connection = diagram.into_connection();
    let held = MEMORY.current_usage().saturating_sub(before);
    drop(connection);
    assert_eq!(MEMORY.current_usage(), before, "the measurement counts the connection and nothing else");
    held
}
