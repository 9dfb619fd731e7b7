//! A session: commands typed into a debugger in which the server runs, and what is seen after each of them.
//!
//! The server listens on a free port, and a client of the test's comes as soon as it does. A debugger without a terminal takes
//! its commands as arguments, and echoes each before it obeys.

use std::net::SocketAddr;
use std::process::Command;

use crate::common::Client;

/// The kit for gdb.
pub(crate) const GDB_KIT: &str = "scripts/gdb/wirestep.py";
/// The kit for lldb.
pub(crate) const LLDB_KIT: &str = "scripts/gdb/wirestep.lldb";

/// gdb with the kit. What is seen after each command, and what the client has to say.
pub(crate) fn gdb<T: Send>(
    commands: &[impl AsRef<str>],
    client: impl FnOnce(SocketAddr) -> T + Send,
) -> (Vec<Vec<String>>, T) {
    let arguments = ["-x", GDB_KIT, env!("CARGO_BIN_EXE_wirestep")];
    debug(gdb_command("rust-gdb", &arguments, commands), "+", commands, client)
}

/// A gdb that reads no settings of a user, and these commands after its arguments.
pub(crate) fn gdb_command(name: &str, arguments: &[&str], commands: &[impl AsRef<str>]) -> Vec<String> {
    let mut words: Vec<String> = [name, "-nx", "-batch", "-iex", "set width 0"].map(str::to_owned).to_vec();
    words.extend(arguments.iter().map(|word| (*word).to_owned()));
    words.extend(["-ex".to_owned(), "set trace-commands on".to_owned()]);
    words.extend(commands.iter().flat_map(|command| ["-ex".to_owned(), at_a_free_port(command.as_ref())]));
    words
}

/// lldb with the kit.
pub(crate) fn lldb<T: Send>(
    commands: &[impl AsRef<str>],
    client: impl FnOnce(SocketAddr) -> T + Send,
) -> (Vec<Vec<String>>, T) {
    let words = lldb_command("scripts/gdb/lldb", &[env!("CARGO_BIN_EXE_wirestep")], commands);
    debug(words, "(lldb) ", commands, client)
}

/// An lldb that reads no settings of a user, and these commands after its arguments.
pub(crate) fn lldb_command(name: &str, arguments: &[&str], commands: &[impl AsRef<str>]) -> Vec<String> {
    let mut words: Vec<String> = [name, "--no-lldbinit", "--batch"].map(str::to_owned).to_vec();
    words.extend(arguments.iter().map(|word| (*word).to_owned()));
    words.extend(commands.iter().flat_map(|command| ["-o".to_owned(), at_a_free_port(command.as_ref())]));
    words
}

/// Runs the debugger, and the client as soon as the server listens.
pub(crate) fn debug<T: Send>(
    words: Vec<String>,
    echo: &str,
    commands: &[impl AsRef<str>],
    client: impl FnOnce(SocketAddr) -> T + Send,
) -> (Vec<Vec<String>>, T) {
    // One pipe for both, so that the order is the one that a person would see.
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 2>&1"]).args(words).env("LC_ALL", "C.UTF-8");
    let debugger = Client::start(&mut command);
    let text = debugger.wait_for("a server that listens", |text| listening_on(text).is_some());
    let server = listening_on(&text).expect("the wait has ended with it");
    std::thread::scope(|scope| {
        let client = scope.spawn(move || client(server));
        let finished = debugger.finish();
        let text = finished.text();
        assert!(!text.contains("Python Exception") && !text.contains("Traceback"), "{text}");
        let mut lines = text.lines().map(str::to_owned);
        let commands = commands.iter().map(|command| format!("{echo}{}", at_a_free_port(command.as_ref())));
        (after_each(&mut lines, commands.collect()), client.join().expect("the client has been served"))
    })
}

/// The lines behind each of the echoes.
fn after_each(lines: &mut impl Iterator<Item = String>, echoes: Vec<String>) -> Vec<Vec<String>> {
    let all: Vec<String> = lines.collect();
    let mut starts = Vec::new();
    for echo in &echoes {
        let from = starts.last().map_or(0, |start| start + 1);
        let found = all[from..].iter().position(|line| line == echo);
        starts.push(from + found.unwrap_or_else(|| panic!("{echo:?} was never obeyed:\n{}", all.join("\n"))));
    }
    let ends = starts.iter().skip(1).copied().chain([all.len()]);
    starts.iter().zip(ends).map(|(start, end)| all[start + 1..end].to_vec()).collect()
}

fn at_a_free_port(command: &str) -> String {
    if command.starts_with("run") { format!("{command} --listen 127.0.0.1:0") } else { command.to_owned() }
}

/// The line in which the server says that it listens.
pub(crate) fn is_listening(line: &str) -> bool {
    line.contains("listening on http://")
}

/// Where the server says that it listens.
pub(crate) fn listening_on(text: &str) -> Option<SocketAddr> {
    let line = text.split_inclusive('\n').find(|line| is_listening(line) && line.ends_with('\n'))?;
    line.split_once("http://")?.1.trim_end().trim_end_matches('/').parse().ok()
}
