//! The configurations of `docs/proxies.md`, run: events pass one by one, and the page's table says what else was seen.
//!
//! "One by one" is a matter of cause here and not of time: an event is published when the client behind the proxy has the one
//! before it. A proxy that waits for more than it has would wait for ever.

#[path = "common/mod.rs"]
mod common;
#[path = "common/follower.rs"]
mod follower;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::{Client, DEADLINE, Server, wait_until};
use follower::{Ending, Follower};

#[test]
fn nginx_as_it_comes_asks_with_http10_and_gets_a_body_that_fin_ends() {
    let seen = look_at("nginx", "127.0.81.1", |command| command.args(["-p", ".", "-c", "nginx.conf"]));
    expect_row("nginx, as it comes", &seen);
    assert_eq!(seen.upstream, "HTTP/1.0, `Connection: close`");
    assert!(!seen.upstream_head.contains("Transfer-Encoding"), "{}", seen.upstream_head);
    assert!(seen.upstream_head.contains("Connection: close"), "{}", seen.upstream_head);
}

// The counter-test: what all others pass one by one is held back here to the end, its head included.
#[test]
fn nginx_that_is_deaf_to_the_field_gives_everything_at_the_end() {
    let mut server = Server::start(&["--trace", "off"]);
    let proxy =
        Proxy::start("nginx deaf", "127.0.81.6", server.addr, |command| command.args(["-p", ".", "-c", "nginx.conf"]));
    let mut client = TcpStream::connect(proxy.address).expect("nginx listens");
    client.write_all(b"GET /topics/news HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("nginx reads");
    wait_until("nginx follows", || server.metric("wirestep_subscribers") == 1);
    publish(server.addr, "one");
    wait_until("nginx has the event", || server.metric("wirestep_deliveries_total") == 1);
    client.set_read_timeout(Some(SILENCE)).expect("it is not zero");
    let error = client.read(&mut [0]).expect_err("nothing comes");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    assert!(server.stop().success());
    client.set_read_timeout(Some(DEADLINE)).expect("it is not zero");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("it ends");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("data:one\n"), "{answer}");
}

#[test]
fn nginx_with_http11_gets_chunks_and_keeps_the_connection() {
    let seen = look_at("nginx keepalive", "127.0.81.2", |command| command.args(["-p", ".", "-c", "nginx.conf"]));
    expect_row("nginx, with HTTP/1.1", &seen);
    assert!(seen.upstream_head.contains("Transfer-Encoding: chunked"), "{}", seen.upstream_head);
    assert!(seen.keeps_connection);
}

#[test]
fn haproxy_passes_events_one_by_one() {
    let seen = look_at("haproxy", "127.0.81.3", |command| command.args(["-db", "-f", "haproxy.cfg"]));
    expect_row("haproxy", &seen);
}

#[test]
fn caddy_passes_events_one_by_one() {
    let seen = look_at("caddy", "127.0.81.4", |command| command.args(["run", "--config", "Caddyfile"]));
    expect_row("caddy", &seen);
}

#[test]
fn apache_passes_events_one_by_one() {
    let seen =
        look_at("apache", "127.0.81.5", |command| command.args(["-d", ".", "-f", "apache.conf", "-DFOREGROUND"]));
    expect_row("apache2", &seen);
}

/// What is to be said about a proxy.
struct Seen {
    /// How it asks wirestep.
    upstream: String,
    /// wirestep's answer to it, as the trace shows it.
    upstream_head: String,
    /// The streams of three clients, one after the other, came to wirestep on one connection.
    keeps_connection: bool,
    /// What its client gets.
    downstream: &'static str,
    /// What its client sees when wirestep is killed.
    cut: Ending,
}

fn look_at(block: &str, ip: &str, arguments: fn(&mut Command) -> &mut Command) -> Seen {
    let mut server = Server::start(&[]);
    let proxy = Proxy::start(block, ip, server.addr, arguments);

    let mut follower = proxy.get("/topics/news", &[]);
    assert_eq!(follower.status(), 200);
    for number in 1..=100 {
        publish(server.addr, &number.to_string());
        let event = follower.block().expect("the stream goes on");
        assert!(event.ends_with(&format!("\ndata:{number}\n\n")), "{event}");
    }
    let downstream = if follower.head.contains("ransfer-") { "chunked" } else { "ends with FIN" };
    let upstream_head = head_of_first_answer(&server.trace_lines());

    drop(follower);
    wait_until_nobody_follows(server.addr);

    hundred_events_pass_and_their_end_too(&proxy);
    let keeps_connection =
        connections_of(&server.trace_lines(), "/api/sse/events").windows(2).all(|two| two[0] == two[1]);

    let mut follower = proxy.get("/topics/news", &[]);
    publish(server.addr, "before the cut");
    assert!(follower.block().is_some());
    server.kill();
    assert_eq!(follower.block(), None);
    let cut = follower.ending.expect("the body has ended");
    let upstream = upstream_request(&server.trace_lines());
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
fn wait_until_nobody_follows(server: SocketAddr) {
    let until = Instant::now() + DEADLINE;
    loop {
        let list = Follower::get(server, "/topics", &[]).expect("the server answers").rest();
        let list = String::from_utf8(list).expect("a list is text");
        if list.lines().any(|line| line.split_whitespace().take(2).eq(["news", "0"])) {
            return;
        }
        assert!(Instant::now() < until, "the client has left, and the proxy has not:\n{list}");
        publish(server, "is somebody there?");
        std::thread::sleep(PAUSE);
    }
}

// ---- the trace of wirestep ---------------------------------------------------------------------------------------

fn upstream_request(trace: &[String]) -> String {
    let request = block_with(trace, "GET /topics/news ");
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

fn head_of_first_answer(trace: &[String]) -> String {
    block_with(trace, "status-line").join("\n")
}

/// The numbers of the connections on which a path was asked for.
fn connections_of(trace: &[String], path: &str) -> Vec<String> {
    let requests = trace.iter().filter(|line| line.contains("request-line") && line.contains(path));
    requests.filter_map(|line| line.split_whitespace().find(|word| word.starts_with('#'))).map(str::to_owned).collect()
}

// ---- the proxies -------------------------------------------------------------------------------------------------

struct Proxy {
    address: SocketAddr,
    // Fields are dropped in this order: the process goes before its folder.
    _process: Client,
    _folder: tempfile::TempDir,
}

impl Proxy {
    /// Runs the block of the page that begins with ```` ```NAME ````, with its two addresses replaced.
    fn start(block: &str, ip: &str, server: SocketAddr, arguments: fn(&mut Command) -> &mut Command) -> Proxy {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        // A proxy that root starts works as somebody else.
        assert!(Command::new("chmod").arg("755").arg(folder.path()).status().expect("there is a chmod(1)").success());
        let (file, program) = match block.split(' ').next() {
            Some("nginx") => ("nginx.conf", "nginx"),
            Some("haproxy") => ("haproxy.cfg", "haproxy"),
            Some("caddy") => ("Caddyfile", "caddy"),
            _ => ("apache.conf", "apache2"),
        };
        let address = free_address(ip);
        let configuration = fenced(block)
            .replace("127.0.0.1:8081", &address.to_string())
            .replace("127.0.0.1:8080", &server.to_string());
        std::fs::write(folder.path().join(file), configuration).expect("there is room for a file");
        let mut command = tool(program);
        command
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME");
        let process = Client::start(arguments(&mut command));
        wait_for_listener(address, program);
        Proxy { address, _process: process, _folder: folder }
    }

    fn get(&self, path: &str, fields: &[(&str, &str)]) -> Follower {
        Follower::get(self.address, path, fields).expect("the proxy answers")
    }
}

/// Nobody else uses this address of the loopback net, so the port stays free until the proxy takes it.
fn free_address(ip: &str) -> SocketAddr {
    let listener = TcpListener::bind((ip, 0)).expect("the loopback net is ours");
    listener.local_addr().expect("it is bound")
}

// A proxy has no way to tell that it listens: we knock.
#[track_caller]
fn wait_for_listener(address: SocketAddr, program: &str) {
    let until = Instant::now() + DEADLINE;
    while let Err(error) = TcpStream::connect(address) {
        assert!(Instant::now() < until, "{program} does not listen on {address}: {error}");
        std::thread::sleep(PAUSE);
    }
}

fn tool(name: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Where Debian keeps servers, which is not in everybody's PATH.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    let tool = folders.map(|folder| folder.join(name)).find(|tool| tool.is_file());
    Command::new(
        tool.unwrap_or_else(|| panic!("{name} is not installed; scripts/test installs everything that the tests need")),
    )
}

/// Far longer than any of the other proxies takes to hand an event on.
const SILENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(20);

// ---- the page ----------------------------------------------------------------------------------------------------

const PAGE: &str = "docs/proxies.md";

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).expect("the page is there")
}

fn fenced(info: &str) -> String {
    let page = page();
    let block = page.split_once(&format!("\n```{info}\n")).and_then(|(_, rest)| rest.split_once("\n```\n"));
    block.unwrap_or_else(|| panic!("{PAGE} has no block {info:?}")).0.to_owned() + "\n"
}

/// One row of the table; `WIRESTEP_REWRITE=1` writes it anew.
#[track_caller]
fn expect_row(name: &str, seen: &Seen) {
    static PAGE_IS_OURS: Mutex<()> = Mutex::new(());
    let _guard = PAGE_IS_OURS.lock().unwrap_or_else(PoisonError::into_inner);
    let cut = match seen.cut {
        Ending::Complete => "a last chunk: nobody sees the cut",
        Ending::Fin => "FIN: nobody sees the cut",
        Ending::CutShort => "the last chunk is missing: a cut",
    };
    let row = format!("| {name} | {} | {} | {cut} |", seen.upstream, seen.downstream);
    let page = page();
    let old = page.lines().find(|line| line.starts_with(&format!("| {name} |"))).expect("the table has a row for it");
    if std::env::var_os("WIRESTEP_REWRITE").is_some() {
        let page = page.replace(old, &row);
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), page).expect("the page is ours");
    } else {
        assert_eq!(old, row, "WIRESTEP_REWRITE=1 writes {PAGE} anew");
    }
}
