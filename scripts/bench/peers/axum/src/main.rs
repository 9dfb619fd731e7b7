//! axum as its documentation shows it: a broadcast channel, and a stream of it for each subscriber.
//!
//!     axum-peer PORT sse     axum::response::Sse, which encodes each event for each subscriber
//!     axum-peer PORT raw     a body of octets that have been encoded once
//!
//! One thread. A third argument, `threads`, takes tokio's default instead.

use std::convert::Infallible;
use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use futures_util::StreamExt;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError::Lagged;

struct Topic {
    sender: broadcast::Sender<(u64, Bytes)>,
    count: AtomicU64,
    is_raw: bool,
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let port: u16 = arguments.get(1).and_then(|port| port.parse().ok()).expect("usage: axum-peer PORT sse|raw [threads]");
    let is_raw = arguments.get(2).is_some_and(|form| form == "raw");
    let mut builder = match arguments.get(3) {
        Some(_) => tokio::runtime::Builder::new_multi_thread(),
        None => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build().expect("a runtime").block_on(serve(port, is_raw));
}

async fn serve(port: u16, is_raw: bool) {
    let (sender, _) = broadcast::channel(4096);
    let topic = Arc::new(Topic { sender, count: AtomicU64::new(0), is_raw });
    let router = Router::new()
        .route("/events", get(subscribe))
        .route("/publish", post(publish))
        .route("/plain", get(plain))
        .with_state(topic);
    let listener = listen(port).tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, router).await.expect("it serves");
}

fn listen(port: u16) -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).expect("a socket");
    socket.set_reuse_address(true).expect("an option");
    socket.set_nonblocking(true).expect("an option");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).expect("the port is free");
    socket.listen(4096).expect("it listens");
    TcpListener::from_std(socket.into()).expect("it is registered")
}

async fn plain() -> &'static str {
    "Hello, wire!\n"
}

async fn publish(State(topic): State<Arc<Topic>>, body: Bytes) -> StatusCode {
    let number = topic.count.fetch_add(1, Ordering::Relaxed) + 1;
    let event = if topic.is_raw { encode(number, &body) } else { body };
    let _ = topic.sender.send((number, event));
    StatusCode::ACCEPTED
}

fn encode(number: u64, data: &[u8]) -> Bytes {
    let mut event = format!("id: 19a3f00d-{number}\ndata: ").into_bytes();
    event.extend_from_slice(data);
    event.extend_from_slice(b"\n\n");
    event.into()
}

async fn subscribe(State(topic): State<Arc<Topic>>) -> Response {
    let events = BroadcastStream::new(topic.sender.subscribe());
    if topic.is_raw {
        let body = events.map(|event| match event {
            Ok((_, octets)) => Ok::<_, Infallible>(octets),
            Err(Lagged(count)) => Ok(Bytes::from(format!(": lost {count}\n\n"))),
        });
        return ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body)).into_response();
    }
    Sse::new(events.map(|event| match event {
        Ok((number, data)) => Ok::<_, Infallible>(
            Event::default().id(format!("19a3f00d-{number}")).data(String::from_utf8_lossy(&data)),
        ),
        Err(Lagged(count)) => Ok(Event::default().comment(format!("lost {count}"))),
    }))
    .into_response()
}
