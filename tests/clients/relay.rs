//! Between client and server: holds events back, and cuts connections where a test says so.
//!
//! ```text
//! client <-> relay <-> server      one connection there for each connection here, so the numbers of the trace agree
//!            |
//!            let_through(3)        passes all octets up to the end of the third event's chunk, holds the rest
//! ```
//!
//! Requests pass freely. An event ends where its blank line and the CRLF of its chunk stand together, which occurs nowhere
//! else in what the server sends.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

const END_OF_EVENT: &[u8; 4] = b"\n\n\r\n";

/// A relay to one server.
pub(crate) struct Relay {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    gate: Arc<Gate>,
}

struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Events that may pass, on all connections together.
    allowed: usize,
    /// Events that have passed.
    passed: usize,
    /// Connections accepted.
    connections: usize,
    /// The connection on which the last of them has passed.
    stream: usize,
    /// This connection is to be cut, after so many more octets.
    cut: Option<(usize, usize)>,
}

impl Relay {
    /// A relay that lets heads and the first event pass.
    pub(crate) fn to(server: SocketAddr) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let addr = listener.local_addr().expect("it is bound");
        let state = State { allowed: 1, passed: 0, connections: 0, stream: 0, cut: None };
        let gate = Arc::new(Gate { state: Mutex::new(state), changed: Condvar::new() });
        let relay = Relay { addr, gate: gate.clone() };
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // The server may be gone; then the client is refused by a FIN.
                let Ok(upstream) = TcpStream::connect(server) else { continue };
                connect(client, upstream, &gate);
            }
        });
        relay
    }

    /// The address of `path` behind the relay.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// From now on `events` may have passed in all.
    pub(crate) fn let_through(&self, events: usize) {
        self.gate.change(|state| state.allowed = events);
    }

    /// From now on everything passes.
    pub(crate) fn open(&self) {
        self.let_through(usize::MAX);
    }

    /// Sends FIN on the connection of the last event, after `octets` of what it holds or of what comes next. The others
    /// are not touched: a browser has more than one.
    pub(crate) fn cut_after(&self, octets: usize) {
        self.gate.change(|state| state.cut = Some((state.stream, octets)));
    }
}

fn connect(client: TcpStream, server: TcpStream, gate: &Arc<Gate>) {
    let number = gate.change(|state| {
        state.connections += 1;
        state.connections
    });
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("it is a TCP socket");
    }
    let (mut requests, mut to_server) = (clone(&client), clone(&server));
    std::thread::spawn(move || {
        // A reset is an end, too.
        let _ = std::io::copy(&mut requests, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let gate = gate.clone();
    std::thread::spawn(move || {
        pass_responses(&server, &client, number, &gate);
        // After a cut the server hears of it as well; after FIN from the server this is that FIN.
        let _ = client.shutdown(Shutdown::Write);
        let _ = server.shutdown(Shutdown::Both);
    });
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("there are descriptors left")
}

/// Ends with the server's FIN, or with a cut.
fn pass_responses(mut server: &TcpStream, mut client: &TcpStream, number: usize, gate: &Gate) {
    let mut buffer = vec![0; 64 * 1024];
    let mut held: Vec<u8> = Vec::new();
    let mut last = [0; 4];
    loop {
        let count = match server.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        held.extend_from_slice(&buffer[..count]);
        while !held.is_empty() {
            if let Some(octets) = gate.wait_for_permission(number) {
                // The reader may be gone, which is what a cut is for.
                let _ = client.write_all(&held[..octets.min(held.len())]);
                return;
            }
            let end = end_of_event(&held, &mut last);
            let passing = end.unwrap_or(held.len());
            if client.write_all(&held[..passing]).is_err() {
                return;
            }
            held.drain(..passing);
            if end.is_some() {
                gate.change(|state| {
                    state.passed += 1;
                    state.stream = number;
                });
            }
        }
    }
}

/// How many octets there are up to the end of the first event. `last` are those before them, since an end may come in two
/// pieces.
fn end_of_event(octets: &[u8], last: &mut [u8; 4]) -> Option<usize> {
    let is_end = |octet: &u8| {
        last.rotate_left(1);
        last[3] = *octet;
        last == END_OF_EVENT
    };
    octets.iter().position(is_end).map(|position| position + 1)
}

impl Gate {
    fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let outcome = act(&mut self.lock());
        self.changed.notify_all();
        outcome
    }

    /// Returns when octets may pass: so many before a cut, or all up to the end of an event.
    fn wait_for_permission(&self, number: usize) -> Option<usize> {
        let is_cut = |state: &State| state.cut.filter(|(stream, _)| number == *stream).map(|(_, octets)| octets);
        let is_closed = |state: &mut State| is_cut(state).is_none() && state.passed >= state.allowed;
        let state = self.changed.wait_while(self.lock(), is_closed).unwrap_or_else(PoisonError::into_inner);
        is_cut(&state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
