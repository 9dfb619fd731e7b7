//! The real binary on a real socket, for the tests that need one.
//!
//! ```text
//! Server::start(&["--trace", "off"])     port 0; returns when the listener is open
//!     .connect()                         a TcpStream whose reads and writes give up after DEADLINE
//!     .wait_for_trace("...", |lines| ..) what standard output has shown so far, once it holds
//!     .stop()                            SIGINT, then its exit status
//! ```
//!
//! Nothing here sleeps: every wait is for an event (a line, the end of a pipe), and gives up after [`DEADLINE`], which
//! is generous, since it is only ever reached by a test that fails. A server that is dropped is killed.

// Each file of tests uses a part of this one.
#![allow(dead_code)]

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a test waits for something that must come.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// The same for a client: a browser takes its time to start on a busy machine.
pub(crate) const CLIENT_DEADLINE: Duration = Duration::from_secs(60);

/// A running wirestep.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    child: Child,
    trace: Lines,
    log: Lines,
}

impl Server {
    /// Starts the binary with `arguments`, on a free port of 127.0.0.1 unless `--listen` is among them.
    pub(crate) fn start(arguments: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(arguments);
        Server::spawn(command)
    }

    /// Starts `command`, which must end in a wirestep that says on standard error where it listens
    /// (`sh -c 'ulimit -n 64; exec wirestep'`, `strace -o FILE wirestep`).
    pub(crate) fn spawn(mut command: Command) -> Server {
        without_surroundings(&mut command);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"));
        let trace = Lines::of(child.stdout.take().expect("standard output is a pipe"));
        Server::started(child, trace)
    }

    /// The same for a command whose standard input and output are a terminal; the terminal has the trace.
    pub(crate) fn spawn_at_terminal(mut command: Command) -> Server {
        without_surroundings(&mut command);
        let spawned = command.stderr(Stdio::piped()).spawn();
        let child = spawned.unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"));
        Server::started(child, Lines::of(std::io::empty()))
    }

    fn started(mut child: Child, trace: Lines) -> Server {
        let log = Lines::of(child.stderr.take().expect("standard error is a pipe"));
        let lines = log.wait_for("the line that says where it listens", |lines| listening_on(lines).is_some());
        let addr = listening_on(&lines).expect("the wait has ended with that line");
        Server { addr, child, trace, log }
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr).expect("the server listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("the deadline is not zero");
        stream.set_write_timeout(Some(DEADLINE)).expect("the deadline is not zero");
        stream
    }

    /// What `GET /metrics` says of one metric; a label belongs to its name.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let mut stream = self.connect();
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .expect("the server reads");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("the page is text");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name} is counted: {page}"))
    }

    /// The address of `path` for a client.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What standard output has shown so far.
    pub(crate) fn trace_lines(&self) -> Vec<String> {
        self.trace.now()
    }

    /// What standard output has shown when `holds` is true for the first time; `what` is said when that never comes.
    pub(crate) fn wait_for_trace(&self, what: &str, holds: impl Fn(&[String]) -> bool) -> Vec<String> {
        self.trace.wait_for(what, holds)
    }

    /// What standard error has shown so far.
    pub(crate) fn log_lines(&self) -> Vec<String> {
        self.log.now()
    }

    /// What standard error has shown when `holds` is true for the first time.
    pub(crate) fn wait_for_log(&self, what: &str, holds: impl Fn(&[String]) -> bool) -> Vec<String> {
        self.log.wait_for(what, holds)
    }

    /// Sends it a signal by name: INT, TERM, STOP, CONT.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(status.expect("there is a kill(1)").success(), "SIG{name} could not be sent");
    }

    /// Asks it to end, as Ctrl-C does, and waits for that.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal("INT");
        self.wait()
    }

    /// Waits for its end, which somebody else has caused.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.log.wait_for_end("the end of the server");
        self.trace.wait_for_end("the end of the server");
        self.child.wait().expect("it is our child")
    }

    /// Ends it without a word: the kernel closes its sockets.
    pub(crate) fn kill(&mut self) {
        // It may be gone already, and that is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn listening_on(lines: &[String]) -> Option<SocketAddr> {
    let address = |line: &String| line.split_once("listening on http://")?.1.trim_end_matches('/').parse().ok();
    lines.iter().find_map(address)
}

/// A client, or any other program that a test needs, while it runs.
pub(crate) struct Client {
    name: String,
    child: Child,
    stdout: Octets,
    stderr: Octets,
}

impl Client {
    /// Starts `command`, in a process group of its own: what it starts ends with it.
    pub(crate) fn start(command: &mut Command) -> Client {
        without_surroundings(command);
        let name = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} could not be started: {error}"));
        let stdout = Octets::of(child.stdout.take().expect("standard output is a pipe"));
        let stderr = Octets::of(child.stderr.take().expect("standard error is a pipe"));
        Client { name, child, stdout, stderr }
    }

    /// Its standard output when that `holds` for the first time; `what` is said when that never comes.
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        match self.stdout.wait_for(Instant::now() + CLIENT_DEADLINE, |octets| holds(&String::from_utf8_lossy(octets))) {
            Ok(octets) => String::from_utf8_lossy(&octets).into_owned(),
            Err(octets) => panic!(
                "{what} has not come from {}; there is:\n{}\n--- standard error\n{}",
                self.name,
                String::from_utf8_lossy(&octets),
                String::from_utf8_lossy(&self.stderr.now())
            ),
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finish(self) -> Finished {
        self.finish_within(CLIENT_DEADLINE)
    }

    #[track_caller]
    fn finish_within(mut self, deadline: Duration) -> Finished {
        let until = Instant::now() + deadline;
        let in_time = self.stdout.wait_for_end(until) && self.stderr.wait_for_end(until);
        if !in_time {
            self.kill();
        }
        let status = self.child.wait().expect("it is our child");
        let finished = Finished { status, stdout: self.stdout.now(), stderr: self.stderr.now() };
        assert!(in_time, "{} has not ended within {deadline:?}: {finished}", self.name);
        finished
    }

    fn kill(&mut self) {
        // The whole group: a driver has a browser. It may be gone already, and that is as good.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.kill();
        }
    }
}

/// Runs `command` to its end, which must come within `deadline`.
#[track_caller]
pub(crate) fn run(command: &mut Command, deadline: Duration) -> Finished {
    Client::start(command).finish_within(deadline)
}

/// What a client has said when it has ended.
pub(crate) struct Finished {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// All of its standard output.
    pub(crate) stdout: Vec<u8>,
    /// All of its standard error.
    pub(crate) stderr: Vec<u8>,
}

impl Finished {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The same, when the client says that all went well; its own words in the failure of the test otherwise.
    #[track_caller]
    pub(crate) fn success(self) -> Finished {
        assert!(self.status.success(), "{self}");
        self
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finished { status, stdout, stderr } = self;
        let (stdout, stderr) = (String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr));
        write!(out, "{status}\n--- standard output\n{stdout}\n--- standard error\n{stderr}")
    }
}

/// A program that is ended with its test.
pub(crate) struct Program(pub(crate) Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already, and that is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A client must reach the server directly and in plain words, whatever the surroundings say.
pub(crate) fn without_surroundings(command: &mut Command) {
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "RUST_LOG"] {
        command.env_remove(name);
    }
    // Defaults for options, but for those that the test has set.
    let set: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WIRESTEP_")) {
        if !set.contains(&name) {
            command.env_remove(name);
        }
    }
    // Messages are English, wherever the tests run, unless the test asks for another locale.
    if !set.iter().any(|name| name == "LC_ALL") {
        command.env("LC_ALL", "C.UTF-8");
    }
}

/// The lines of a pipe, as they come.
#[derive(Clone)]
struct Lines(Octets);

impl Lines {
    fn of(pipe: impl Read + Send + 'static) -> Lines {
        Lines(Octets::of(pipe))
    }

    fn now(&self) -> Vec<String> {
        complete_lines(&self.0.now())
    }

    #[track_caller]
    fn wait_for(&self, what: &str, holds: impl Fn(&[String]) -> bool) -> Vec<String> {
        match self.0.wait_for(Instant::now() + DEADLINE, |octets| holds(&complete_lines(octets))) {
            Ok(octets) => complete_lines(&octets),
            Err(octets) => panic!("{what} has not come; there is:\n{}", complete_lines(&octets).join("\n")),
        }
    }

    #[track_caller]
    fn wait_for_end(&self, what: &str) {
        let until = Instant::now() + DEADLINE;
        assert!(self.0.wait_for_end(until), "{what} has not come; there is:\n{}", self.now().join("\n"));
    }
}

fn complete_lines(octets: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(octets);
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    if complete.is_empty() { Vec::new() } else { complete.split('\n').map(str::to_owned).collect() }
}

/// The octets of a pipe, as they come: a thread reads them, so that the other side never waits for us.
#[derive(Clone)]
struct Octets(Arc<(Mutex<Kept>, Condvar)>);

#[derive(Default)]
struct Kept {
    octets: Vec<u8>,
    ended: bool,
}

impl Octets {
    fn of(pipe: impl Read + Send + 'static) -> Octets {
        let kept = Octets(Arc::new((Mutex::new(Kept::default()), Condvar::new())));
        let writer = kept.clone();
        std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            loop {
                let count = match pipe.fill_buf() {
                    Ok([]) | Err(_) => break,
                    Ok(octets) => writer.change(|kept| {
                        kept.octets.extend_from_slice(octets);
                        octets.len()
                    }),
                };
                pipe.consume(count);
            }
            writer.change(|kept| kept.ended = true);
        });
        kept
    }

    fn change<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        let (kept, changed) = &*self.0;
        let outcome = act(&mut kept.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
        outcome
    }

    fn now(&self) -> Vec<u8> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).octets.clone()
    }

    /// All that has come when it `holds` for the first time, or else when the pipe or our patience has ended.
    fn wait_for(&self, until: Instant, holds: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, Vec<u8>> {
        loop {
            let octets = self.now();
            if holds(&octets) {
                return Ok(octets);
            }
            let seen = octets.len();
            if !self.wait(until, |kept| kept.octets.len() > seen || kept.ended) || self.now().len() == seen {
                return Err(octets);
            }
        }
    }

    fn wait_for_end(&self, until: Instant) -> bool {
        self.wait(until, |kept| kept.ended)
    }

    fn wait(&self, until: Instant, holds: impl Fn(&Kept) -> bool) -> bool {
        let (kept, changed) = &*self.0;
        let guard = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until.saturating_duration_since(Instant::now());
        let (guard, _) =
            changed.wait_timeout_while(guard, left, |kept| !holds(kept)).unwrap_or_else(PoisonError::into_inner);
        holds(&guard)
    }
}

/// Asks again and again until `holds` says yes: for what the server tells only when it is asked.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
