//! Every lesson, played on a real socket; every error of the compiler, as it is shown.
//!
//! ```text
//! tests/lessons/NN-name.wire      requests (>), what the server wrote (<), and what the capture says of it (=)
//! tests/lessons/errors/*.lesson   wrong scripts, and beside each what `wirestep check` says about it
//! tests/lessons/newcomer/*        scripts written with docs/lessons.md alone, and their wires
//! ```
//!
//! - `wires`: what each lesson puts on the wire, write by write.
//! - `compiler`: errors, warnings and bounds.
//! - `plays`: steps, one at a time.
//! - `site`: the list, the folder, the addresses.
//!
//! `WIRESTEP_REWRITE=1 cargo test --test lessons` writes what is seen; the diff then says what has changed.

#[path = "common/capture.rs"]
mod capture;
mod common;
#[path = "lessons/compiler.rs"]
mod compiler;
mod driver;
#[path = "lessons/plays.rs"]
mod plays;
#[path = "lessons/site.rs"]
mod site;
#[path = "lessons/wires.rs"]
mod wires;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use common::Server;
use wirestep::wire::request::{HeadLimits, Request, RequestHead};

/// What is sent, and how its answer is looked at.
pub(crate) struct Asked {
    pub(crate) octets: Vec<u8>,
    /// Leave after so many writes.
    pub(crate) leave_after: Option<usize>,
    /// Only how many octets come, not in which writes: that depends on the kernel.
    pub(crate) sum: bool,
}

impl Asked {
    // METHOD TARGET [HTTP/1.0] [Field: value]... [leave after N | sum]
    pub(crate) fn new(line: &str) -> Asked {
        let mut asked = Asked { octets: Vec::new(), leave_after: None, sum: false };
        asked.add(line);
        asked
    }

    pub(crate) fn add(&mut self, line: &str) {
        let mut parts = line.split(" | ");
        let request_line = parts.next().expect("a line has a beginning");
        let version = if request_line.ends_with(" HTTP/1.0") { "" } else { " HTTP/1.1" };
        let mut head = format!("{request_line}{version}\r\nHost: test\r\n");
        for part in parts {
            match part.strip_prefix("leave after ") {
                Some(count) => self.leave_after = Some(count.parse().expect("a number")),
                None if part == "sum" => self.sum = true,
                None => _ = write!(head, "{part}\r\n"),
            }
        }
        self.octets.extend_from_slice(format!("{head}\r\n").as_bytes());
    }
}

/// All that comes for one request, after which the connection ends.
pub(crate) fn answer(server: &Server, line: &str) -> String {
    let mut asked = Asked::new(line);
    asked.octets.truncate(asked.octets.len() - 2);
    asked.octets.extend_from_slice(b"Connection: close\r\n\r\n");
    exchange(server, &asked.octets)
}

pub(crate) fn exchange(server: &Server, octets: &[u8]) -> String {
    let mut stream = server.connect();
    stream.write_all(octets).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server ends the connection");
    String::from_utf8(answer).expect("it is UTF-8")
}

pub(crate) fn request(octets: &str) -> Request {
    let (head, _) =
        RequestHead::parse(octets.as_bytes(), HeadLimits::default()).expect("it is right").expect("it is complete");
    Request { head, body: Vec::new(), number: 1 }
}

pub(crate) fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[track_caller]
pub(crate) fn assert_is_stored(path: &Path, stored: &str, seen: &str) {
    if std::env::var_os("WIRESTEP_REWRITE").is_some() {
        fs::write(path, seen).expect("it can be written");
        return;
    }
    assert!(stored == seen, "{} says\n{stored}\nand there is\n{seen}", path.display());
}
