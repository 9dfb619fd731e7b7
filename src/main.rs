//! Start-up: the command line, logging, the sinks of the trace, and then the loop.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use wirestep::net::limits::ServerLimits;
use wirestep::net::server::{Server, ServerEnd};
use wirestep::net::socket;
use wirestep::trace::blocking_writer::BlockingWriter;
use wirestep::trace::filter::Filter;
use wirestep::trace::jsonl::JsonLines;
use wirestep::trace::palette;
use wirestep::trace::pcapng::Pcapng;
use wirestep::trace::queue_writer::{QueueEnd, QueueWriter};
use wirestep::trace::record::Sink;
use wirestep::trace::recorder::Trace;
use wirestep::trace::terminal::Terminal;
use wirestep::trace::terminal::view::{Hand, Screen};
use wirestep::wire::language::Language;

use crate::cli::sinks::{SinkArgs, TraceForm};
use crate::cli::view::ViewArgs;
use crate::cli::{Cli, Serve, Task};
use crate::files::open_files;

mod cli;
mod files;
mod keys;
mod lessons;
mod manual;
mod panics;
mod read;
mod tap;

fn main() -> ExitCode {
    panics::tell();
    let task = Cli::read().task();
    let diagnostics = start_logging();
    let outcome = match task {
        Task::Serve(serve) => {
            let form = serve.sinks.form().unwrap_or_else(|error| Cli::refuse(error));
            run(&serve, form).map(report)
        }
        Task::Read(args) => read::read(&args, terminal),
        Task::Tap(args) => {
            let form = args.sinks.form().unwrap_or_else(|error| Cli::refuse(error));
            let hops = args.hops().unwrap_or_else(|error| Cli::refuse(error));
            let (started, wall) = (Instant::now(), SystemTime::now());
            let mut keys = None;
            let trace = || {
                let mut hand = None;
                let trace = trace(&args.sinks, form, wall, Pcapng::of_a_relay, &mut hand)?;
                keys = hand.and_then(|hand| keys::start(hand, move || started.elapsed()));
                Ok(trace.with_verdict())
            };
            let outcome = tap::tap(hops, &args.trust(), args.limits(), started, trace).map(report);
            drop(keys);
            outcome
        }
        Task::Lessons { name: None, folder } => lessons::list(folder),
        Task::Lessons { name: Some(name), folder } => lessons::print(&name, folder),
        Task::Check { files } => lessons::check(&files),
        Task::Completions(shell) => manual::completions(shell),
        Task::Man { command } => manual::man(command.as_deref()),
    };
    let code = outcome.unwrap_or_else(|error| {
        log::error!("{error}");
        ExitCode::FAILURE
    });
    diagnostics.iter().for_each(QueueEnd::finish);
    code
}

fn run(serve: &Serve, form: TraceForm) -> io::Result<ServerEnd> {
    let (started, wall) = (Instant::now(), SystemTime::now());
    let (limits, possible) = (serve.limits(), ServerLimits::raise_descriptor_limit());
    if serve.max_connections.is_some_and(|asked| asked > possible) {
        log::warn!("only {possible} connections are possible: the limit of descriptors (ulimit -Hn) allows no more");
    }
    let mut server = Server::bind(&serve.addresses(), serve.reuse_port, limits, serve.site(), started)?;
    // Files last: a start that fails must not touch those of a server that runs.
    server.refuse_in(serve.sinks.asked_language());
    let mut hand = None;
    let trace = trace(&serve.sinks, form, wall, std::convert::identity, &mut hand)?;
    server.record_to(if serve.verdict { trace.with_verdict() } else { trace });
    for address in server.local_addresses() {
        tell_address(address);
    }
    if serve.step {
        server.hold_steps()?;
        if form == TraceForm::Off {
            log::warn!("steps are held, and no trace shows them: --trace off");
        }
    }
    if let Some(topic) = &serve.publish_stdin {
        server.publish_input(topic, serve.publish_stdin_format.into())?;
    }
    // Where steps or events are typed, keys are not for the view.
    let has_keys = !serve.step && serve.publish_stdin.is_none();
    let keys = hand.filter(|_| has_keys).and_then(|hand| keys::start(hand, move || started.elapsed()));
    let outcome = server.run();
    drop(keys);
    outcome
}

/// An address that can be typed, and who can reach it.
fn tell_address(address: SocketAddr) {
    if !address.ip().is_unspecified() {
        return log::info!("listening on http://{address}/");
    }
    let port = address.port();
    log::info!("listening on http://127.0.0.1:{port}/");
    match socket::outward_address(address.is_ipv6()) {
        Some(ip) => log::info!(
            "listening on http://{}/ too: open to every machine that reaches this one",
            SocketAddr::new(ip, port)
        ),
        None => log::info!("open to every machine that reaches this one, at port {port}"),
    }
}

/// The trace with the sinks that were asked for; without any it is off. `of` says of a capture
/// whose calls it has, and `hand` is what a reader's keys change.
fn trace(
    args: &SinkArgs,
    form: TraceForm,
    wall: SystemTime,
    of: fn(Pcapng) -> Pcapng,
    hand: &mut Option<Hand>,
) -> io::Result<Trace> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    let language = args.language();
    match form {
        TraceForm::Off => {}
        TraceForm::Terminal => {
            let rows = terminal(stdout(note_for_people)?, language, &args.view).in_form(args.rows());
            let screen = Screen::new(rows);
            *hand = Some(screen.hand());
            sinks.push(Box::new(Filter::new(Box::new(screen), args.view.wanted())));
        }
        TraceForm::Json => {
            let lines = JsonLines::new(stdout(note_for_programs)?, "the trace".to_owned(), wall);
            sinks.push(Box::new(Filter::new(Box::new(lines.in_language(language)), args.view.wanted())));
        }
    }
    let files = [args.trace_file.as_deref(), args.pcapng.as_deref().filter(|path| *path != Path::new("-"))];
    let [trace_file, capture] = open_files(files)?;
    if let (Some(path), Some(file)) = (&args.trace_file, trace_file) {
        let name = format!("the trace file {}", path.display());
        sinks.push(Box::new(JsonLines::new(file.writer(note_for_programs)?, name, wall).in_language(language)));
    }
    match (args.pcapng.as_deref(), capture) {
        (Some(path), Some(file)) => {
            let name = format!("the capture {}", path.display());
            sinks.push(Box::new(of(Pcapng::new(file.writer(no_note)?, name, wall).in_language(language))));
        }
        (Some(_), None) => {
            let capture = Pcapng::new(stdout(no_note)?, "the capture".to_owned(), wall).in_language(language);
            sinks.push(Box::new(of(capture)));
        }
        (None, _) => {}
    }
    let trace = Trace::new(sinks).in_language(language);
    Ok(if args.show_credentials { trace.showing_credentials() } else { trace })
}

/// Rows for people, which `out` takes to standard output.
fn terminal(out: Box<dyn Write + Send>, language: Language, view: &ViewArgs) -> Terminal {
    let has_colour = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    let palette = if has_colour { view.palette() } else { &palette::NONE };
    let [full, compact] = view.signs(language);
    Terminal::new(out, false, width())
        .in_language(language)
        .in_colours(palette)
        .with_signs(full, compact)
        .following(window)
}

fn stdout(note: fn(u64) -> Vec<u8>) -> io::Result<Box<dyn Write + Send>> {
    let descriptor = io::stdout().as_fd().try_clone_to_owned();
    // A file has no reader that stops: nothing is left out.
    if descriptor.and_then(|file| File::from(file).metadata()).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(Box::new(QueueWriter::complete(BlockingWriter::new(io::stdout()))?));
    }
    let open = || Ok(BlockingWriter::new(io::stdout()));
    Ok(Box::new(QueueWriter::new(Some("standard output"), note, open)?))
}

fn note_for_people(count: u64) -> Vec<u8> {
    format!("   ... {count} records are left out here: standard output was not read\n").into_bytes()
}

fn note_for_programs(count: u64) -> Vec<u8> {
    format!("{{\"v\":1,\"what\":\"lost\",\"records\":{count}}}\n").into_bytes()
}

// A capture has no block that says it; the operator is told.
fn no_note(_count: u64) -> Vec<u8> {
    Vec::new()
}

// A file or a pipe has no width; its reader may name one, as for other programs that fill lines.
// Without that it is most likely read where the messages appear: `wirestep | tee trace`.
fn width() -> usize {
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
    let beside = || columns(&io::stderr());
    window().or_else(asked).or_else(beside).unwrap_or(DEFAULT_WIDTH)
}

/// The columns of the terminal that standard output is, if it is one.
fn window() -> Option<usize> {
    columns(&io::stdout())
}

fn columns(stream: &impl AsFd) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

fn report(end: ServerEnd) -> ExitCode {
    let ServerEnd { open, cut } = end;
    log::info!("stopped; of {open} open connections {} have ended, {cut} were cut", open.saturating_sub(cut));
    ExitCode::SUCCESS
}

// Diagnostics go to standard error; standard output belongs to the trace. A terminal that Ctrl-S
// has stopped must stop neither. What is returned waits for what is still to be written; none if
// standard error is written directly.
fn start_logging() -> Option<QueueEnd> {
    let mut logger = env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("wirestep=info"));
    logger.format(|out, record| match record.level() {
        log::Level::Info => writeln!(out, "wirestep: {}", record.args()),
        level => writeln!(out, "wirestep: {}: {}", level.as_str().to_lowercase(), record.args()),
    });
    let open = || Ok(BlockingWriter::new(io::stderr()));
    let writer = io::stderr().is_terminal().then(|| QueueWriter::new(None, no_note, open).ok()).flatten();
    let end = writer.as_ref().map(QueueWriter::end);
    if let Some(writer) = writer {
        logger.target(env_logger::Target::Pipe(Box::new(writer)));
    }
    logger.init();
    end
}

/// Columns of a trace that goes to a file or a pipe.
const DEFAULT_WIDTH: usize = 200;
