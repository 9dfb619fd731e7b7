//! Start-up: the command line, logging, the sinks of the trace, and then the loop.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use clap::Parser;
use wirestep::net::server::{Server, ServerEnd};
use wirestep::trace::blocking_writer::BlockingWriter;
use wirestep::trace::jsonl::JsonLines;
use wirestep::trace::pcapng::Pcapng;
use wirestep::trace::record::Sink;
use wirestep::trace::recorder::Trace;
use wirestep::trace::terminal::Terminal;
use wirestep::wire::language::Language;

use crate::cli::{Cli, Serve, Task, TraceForm};

mod cli;
mod lessons;
mod read;

fn main() -> ExitCode {
    let task = Cli::parse().task();
    start_logging();
    let outcome = match task {
        Task::Serve(serve) => {
            let form = serve.trace().unwrap_or_else(|error| error.exit());
            run(&serve, form).map(report)
        }
        Task::Read(args) => read::read(&args, terminal),
        Task::Lessons { name: None, folder } => lessons::list(folder),
        Task::Lessons { name: Some(name), folder } => lessons::print(&name, folder),
        Task::Check { files } => lessons::check(&files),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(serve: &Serve, form: TraceForm) -> io::Result<ServerEnd> {
    let (started, wall) = (Instant::now(), SystemTime::now());
    let trace = trace(serve, form, wall)?;
    let mut server = Server::bind(&serve.addresses(), serve.limits(), serve.site(), trace, started)?;
    for address in server.local_addresses() {
        log::info!("listening on http://{address}/");
    }
    if serve.step {
        server.hold_steps()?;
    }
    if let Some(topic) = &serve.publish_stdin {
        server.publish_input(topic, serve.publish_stdin_format.into())?;
    }
    server.run()
}

/// The trace with the sinks that were asked for; without any it is off.
fn trace(serve: &Serve, form: TraceForm, wall: SystemTime) -> io::Result<Trace> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    let language = serve.language();
    match form {
        TraceForm::Off => {}
        TraceForm::Terminal => {
            sinks.push(Box::new(terminal(stdout(), language)));
        }
        TraceForm::Json => {
            sinks.push(Box::new(JsonLines::new(stdout(), "the trace".to_owned(), wall).in_language(language)));
        }
    }
    if let Some(path) = &serve.trace_file {
        let name = format!("the trace file {}", path.display());
        sinks.push(Box::new(JsonLines::new(Box::new(create(path)?), name, wall).in_language(language)));
    }
    match serve.pcapng.as_deref() {
        None => {}
        Some(path) if path == "-" => {
            sinks.push(Box::new(Pcapng::new(stdout(), "the capture".to_owned(), wall)));
        }
        Some(path) => {
            sinks.push(Box::new(Pcapng::new(Box::new(create(path)?), format!("the capture {}", path.display()), wall)));
        }
    }
    let trace = Trace::new(sinks).in_language(language);
    Ok(if serve.show_credentials { trace.showing_credentials() } else { trace })
}

/// Rows for people, which `out` takes to standard output.
fn terminal(out: Box<dyn Write + Send>, language: Language) -> Terminal {
    let colour = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    Terminal::new(out, colour, width()).in_language(language).following(window)
}

fn stdout() -> Box<dyn Write + Send> {
    Box::new(BlockingWriter::new(io::stdout()))
}

// Written as it is, without a buffer of ours: one record is one write, and can be followed at once.
fn create(path: &Path) -> io::Result<File> {
    File::create(path)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display())))
}

// A file or a pipe has no width; whoever reads it may name one, as for other programs that fill lines. Without that it is most
// likely read where the messages appear: `wirestep | tee trace`.
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

// Diagnostics go to standard error; standard output belongs to the trace.
fn start_logging() {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("wirestep=info"))
        .format(|out, record| match record.level() {
            log::Level::Info => writeln!(out, "wirestep: {}", record.args()),
            level => writeln!(out, "wirestep: {}: {}", level.as_str().to_lowercase(), record.args()),
        })
        .init();
}

/// Columns of a trace that goes to a file or a pipe.
const DEFAULT_WIDTH: usize = 200;
