//! `wirestep read`: the conversations of a capture, from a file or while it is made.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::TERM_SIGNALS;
use wirestep::capture::conversations::{Conversations, Passed};
use wirestep::capture::file::{CaptureFile, FileError};
use wirestep::capture::limits::Limits;
use wirestep::trace::blocking_writer::BlockingWriter;
use wirestep::trace::filter::Filter;
use wirestep::trace::jsonl::JsonLines;
use wirestep::trace::record::{Record, Sink, What};
use wirestep::trace::recorder::Trace;
use wirestep::trace::terminal::{Form, Terminal};
use wirestep::wire::finding::Severity;
use wirestep::wire::language::Language;

use crate::cli::read::{ReadArgs, ReadForm};
use crate::cli::view::ViewArgs;

/// Shows the capture that `args` name.
///
/// # Errors
/// It cannot be opened, or signals cannot be received.
pub(crate) fn read(
    args: &ReadArgs,
    terminal: fn(Box<dyn Write + Send>, Language, &ViewArgs) -> Terminal,
) -> io::Result<ExitCode> {
    let name = name_of(&args.file);
    let (input, length) = open(&args.file).map_err(|error| named(&name, &error))?;
    let out = Output::default();
    let mut reading = Reading {
        file: CaptureFile::new(input),
        conversations: Conversations::new(Limits::default(), args.port),
        out: out.clone(),
        progress: Progress::new(length),
        is_stopped: stop_on_signal()?,
        packets: 0,
    };
    // The first line of JSON says at which time of day the capture begins.
    let started = reading.file.next_time().map_err(|error| named(&name, &error))?.unwrap_or_default();
    let language = args.language();
    let shown: Box<dyn Sink> = match args.form {
        ReadForm::Full => Box::new(terminal(Box::new(out), language, &args.view).showing_each()),
        ReadForm::Compact => {
            Box::new(terminal(Box::new(out), language, &args.view).in_form(Form::Compact).showing_each())
        }
        ReadForm::Json => {
            Box::new(JsonLines::new(Box::new(out), "the trace".to_owned(), UNIX_EPOCH + started).in_language(language))
        }
    };
    let shown = Filter::new(shown, args.view.wanted());
    let judge = Judge::default();
    let judged = Filter::new(Box::new(judge.clone()), args.view.of_connection());
    let mut trace = Trace::new(vec![Box::new(judged), Box::new(shown)]).without_hurry().with_verdict();
    if args.show_credentials {
        trace = trace.showing_credentials();
    }
    let outcome = reading.run(&mut trace);
    reading.report();
    outcome.map_err(|error| named(&name, &error))?;
    Ok(if judge.has_seen_a_break() { ExitCode::from(BROKEN) } else { ExitCode::SUCCESS })
}

/// A capture on its way to the screen.
struct Reading {
    file: CaptureFile,
    conversations: Conversations,
    out: Output,
    progress: Progress,
    /// Ctrl-C was typed: what is open is told to its end.
    is_stopped: Arc<AtomicBool>,
    packets: u64,
}

impl Reading {
    fn run(&mut self, trace: &mut Trace) -> Result<(), ReadError> {
        let outcome = self.read_packets(trace);
        self.conversations.end(trace);
        self.out.send();
        self.progress.end();
        outcome?;
        self.out.error().map_or(Ok(()), |error| Err(ReadError::Write(error)))
    }

    fn read_packets(&mut self, trace: &mut Trace) -> Result<(), FileError> {
        while !self.is_stopped.load(Ordering::Relaxed) && !self.out.is_gone() {
            if self.file.must_read() {
                // It may take long until there is more: what there is, is shown.
                self.out.send();
                self.progress.show(self.file.offset());
            }
            let Some(packet) = self.file.next_packet()? else { return Ok(()) };
            self.packets += 1;
            self.conversations.packet(&packet, trace);
        }
        Ok(())
    }

    fn report(&self) {
        let count = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let (packets, conversations) =
            (count(self.packets, "packet"), count(self.conversations.count(), "conversation"));
        let passed = self.conversations.passed();
        if *passed == Passed::default() {
            log::info!("{packets}, {conversations}");
        } else {
            log::info!("{packets}, {conversations}; passed over: {passed}");
        }
    }
}

/// The capture, and how many octets it has if that is known.
fn open(path: &Path) -> io::Result<(Box<dyn Read>, Option<u64>)> {
    if path == Path::new("-") {
        let input = io::stdin();
        if input.is_terminal() {
            return Err(io::Error::other("it is a terminal; a capture comes from a file or a pipe"));
        }
        return Ok((Box::new(input.lock()), None));
    }
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder; expected a capture"));
    }
    Ok((Box::new(File::open(path)?), metadata.is_file().then_some(metadata.len())))
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

fn named(name: &str, error: &dyn std::error::Error) -> io::Error {
    io::Error::other(format!("{name}: {error}"))
}

// A second Ctrl-C ends the program at once, as if none of this were here.
fn stop_on_signal() -> io::Result<Arc<AtomicBool>> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    for signal in TERM_SIGNALS {
        signal_hook::flag::register_conditional_default(*signal, is_stopped.clone())?;
        signal_hook::flag::register(*signal, is_stopped.clone())?;
    }
    Ok(is_stopped)
}

/// Why there is nothing more to show.
#[derive(Debug)]
enum ReadError {
    File(FileError),
    Write(io::Error),
}

impl From<FileError> for ReadError {
    fn from(error: FileError) -> ReadError {
        ReadError::File(error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::File(error) => error.fmt(f),
            ReadError::Write(error) => write!(f, "what it holds cannot be written: {error}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Standard output, with rows gathered so that a large file does not need a system call for each.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Gathered>>);

#[derive(Default)]
struct Gathered {
    octets: Vec<u8>,
    error: Option<io::Error>,
}

impl Output {
    /// Writes what has been gathered.
    fn send(&self) {
        self.gathered().send();
    }

    /// Nothing can be written any more.
    fn is_gone(&self) -> bool {
        self.gathered().error.is_some()
    }

    /// Why; a reader that has seen enough (head, less) is no error.
    fn error(&self) -> Option<io::Error> {
        self.gathered().error.take().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn send(&mut self) {
        if self.error.is_none() && !self.octets.is_empty() {
            self.error = BlockingWriter::new(io::stdout().lock()).write_all(&self.octets).err();
        }
        self.octets.clear();
    }
}

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut gathered = self.gathered();
        gathered.octets.extend_from_slice(octets);
        if gathered.octets.len() >= GATHERED {
            gathered.send();
        }
        Ok(octets.len())
    }

    // After each record, which is too often for a file; `send` is called where it matters.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How far a file is read, on standard error, if rows do not run over the same terminal.
struct Progress {
    length: Option<u64>,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new(length: Option<u64>) -> Progress {
        let is_wanted = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Progress { length: length.filter(|_| is_wanted), started: Instant::now(), bar: None }
    }

    fn show(&mut self, offset: u64) {
        let Some(length) = self.length else { return };
        if self.bar.is_none() && self.started.elapsed() >= QUIET {
            let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
            self.bar = Some(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(offset);
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Hears whether a finding is of the severity "broken", or whether octets break their grammar.
#[derive(Clone, Default)]
struct Judge(Arc<AtomicBool>);

impl Judge {
    fn has_seen_a_break(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Sink for Judge {
    fn name(&self) -> &str {
        "the exit status"
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let is_broken = match record.what {
            What::Octets { spans, .. } => spans.iter().any(|span| span.fault().is_some()),
            What::Verdict(verdict) => verdict.finding.severity() == Severity::Broken,
            What::Opened { .. } | What::Blocked { .. } | What::Held { .. } => false,
            What::Missing { .. } | What::Foreign { .. } | What::State(_) => false,
            What::Fin { .. } | What::Rst { .. } | What::Closed { .. } => false,
        };
        self.0.fetch_or(is_broken, Ordering::Relaxed);
        Ok(())
    }
}

/// Exit status when a response is cut or broken.
const BROKEN: u8 = 3;
/// Octets of rows that are gathered before they are written.
const GATHERED: usize = 64 * 1024;
/// A file that is read in less time needs no progress bar.
const QUIET: Duration = Duration::from_secs(1);
