//! Any octets as a capture: reading ends, every conversation that is opened is closed, and what is kept has its bounds.
//!
//! The first octet of an input says in what pieces the file is read; the rest is the file.

#![no_main]

#[path = "../pieces.rs"]
mod pieces;

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use pieces::Pieces;
use wirestep::capture::conversations::Conversations;
use wirestep::capture::file::CaptureFile;
use wirestep::capture::limits::Limits;
use wirestep::trace::record::{Record, Sink, What};
use wirestep::trace::recorder::Trace;

fuzz_target!(|input: &[u8]| {
    let [seed, octets @ ..] = input else { return };
    let whole = told(Box::new(Cursor::new(octets.to_vec())));
    let sizes = Pieces::new(*seed).sizes();
    let pieces = told(Box::new(InPieces { octets: Cursor::new(octets.to_vec()), sizes: Box::new(sizes) }));
    assert_eq!(whole, pieces, "how a file is read changes nothing");
});

/// What is told of a capture, and why it ends.
fn told(input: Box<dyn Read>) -> (Vec<String>, String) {
    let told = Told::default();
    let mut trace = Trace::new(vec![Box::new(told.clone())]);
    let limits = Limits { conversations: 8, conversation: 4096, sum: 8192, undecided: 512, ended: 4, ..Limits::default() };
    let mut conversations = Conversations::new(limits, None);
    let mut file = CaptureFile::new(input);
    let end = loop {
        match file.next_packet() {
            Ok(Some(packet)) => conversations.packet(&packet, &mut trace),
            Ok(None) => break String::new(),
            Err(error) => break error.to_string(),
        }
    };
    conversations.end(&mut trace);
    let lines = std::mem::take(&mut *told.0.lock().expect("nobody panicked"));
    let count = |word: &str| lines.iter().filter(|line| line.contains(word)).count();
    assert_eq!(count("Opened"), count("Closed"), "what is opened is closed");
    (lines, end)
}

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Sink for Told {
    fn name(&self) -> &str {
        "a test"
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let what = match record.what {
            What::Octets { flow, octets, .. } => format!("octets {flow:?} {}", octets.escape_ascii()),
            other => format!("{other:?}"),
        };
        self.0.lock().expect("nobody panicked").push(format!("{:?} {} {what}", record.at, record.connection));
        Ok(())
    }
}

struct InPieces {
    octets: Cursor<Vec<u8>>,
    sizes: Box<dyn Iterator<Item = usize>>,
}

impl Read for InPieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.next().unwrap_or(1).min(buffer.len());
        self.octets.read(&mut buffer[..size])
    }
}
