//! A debug adapter, driven as an editor drives it.
//!
//! ```text
//! -> initialize, launch          what the launch file says
//! <- initialized                 the adapter takes breakpoints now
//! -> configurationDone           the program runs
//! <- output                      the server says where it listens
//! <- stopped                     -> stackTrace, scopes, variables, evaluate, continue
//! -> disconnect
//! ```
//!
//! A message is JSON after a head with Content-Length (Debug Adapter Protocol, "Base protocol").

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::common::{CLIENT_DEADLINE, Program};

/// A running adapter.
pub(crate) struct Adapter {
    input: ChildStdin,
    messages: Receiver<Value>,
    /// Messages that came while another one was waited for.
    kept: Vec<Value>,
    number: u64,
    _process: Program,
}

impl Adapter {
    /// LLVM's adapter, by the name that this machine has for it: lldb-dap, which was lldb-vscode before LLVM 18.
    pub(crate) fn of_lldb() -> Adapter {
        let path = std::env::var_os("PATH").expect("there is one");
        let files = std::env::split_paths(&path).flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten());
        let names: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
        let named = |start: &str| {
            names.iter().find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start)))
        };
        let adapter = named("lldb-dap").or_else(|| named("lldb-vscode")).expect("scripts/test installs lldb");
        let mut process = Command::new(adapter)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", adapter.display()));
        let input = process.stdin.take().expect("it is a pipe");
        let output = process.stdout.take().expect("it is a pipe");
        Adapter { input, messages: messages(output), kept: Vec::new(), number: 0, _process: Program(process) }
    }

    /// Sends a request without waiting for its response; its number.
    pub(crate) fn send(&mut self, command: &str, arguments: Value) -> u64 {
        self.number += 1;
        let request = json!({"seq": self.number, "type": "request", "command": command, "arguments": arguments});
        let text = request.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the adapter reads");
        self.number
    }

    /// The body of the response to a request, which succeeds.
    #[track_caller]
    pub(crate) fn request(&mut self, command: &str, arguments: Value) -> Value {
        let number = self.send(command, arguments);
        self.response(number)
    }

    /// The body of the response to the request with this number.
    #[track_caller]
    pub(crate) fn response(&mut self, number: u64) -> Value {
        let response = self.wait_for("a response", |message| message["request_seq"] == number);
        assert_eq!(response["success"], true, "{response}");
        response["body"].clone()
    }

    /// The body of the next event with this name.
    #[track_caller]
    pub(crate) fn event(&mut self, name: &str) -> Value {
        self.wait_for(name, |message| message["event"] == name)["body"].clone()
    }

    #[track_caller]
    fn wait_for(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&is_it) {
            return self.kept.remove(at);
        }
        loop {
            match self.messages.recv_timeout(CLIENT_DEADLINE) {
                Ok(message) if is_it(&message) => return message,
                Ok(message) => self.kept.push(message),
                Err(_) => panic!("{what} has not come; there is: {:#?}", self.kept),
            }
        }
    }
}

/// A thread reads, so that a wait has an end.
fn messages(output: ChildStdout) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        while let Some(message) = message(&mut output) {
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    receiver
}

fn message(output: &mut BufReader<ChildStdout>) -> Option<Value> {
    let (mut length, mut line) = (0, String::new());
    while output.read_line(&mut line).ok()? > 0 && line != "\r\n" {
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim_end().parse().ok()?;
        }
        line.clear();
    }
    let mut text = vec![0; length];
    output.read_exact(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
