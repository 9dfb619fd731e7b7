//! Start-up: the command line, logging, the sinks of the trace, and then the loop.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use wirestep::net::server::{Ending, Server};
use wirestep::trace::Trace;
use wirestep::trace::terminal::Terminal;

use crate::cli::{Cli, Serve, Task, TraceForm};

mod cli;
mod lessons;

fn main() -> ExitCode {
    let task = Cli::parse().task();
    start_logging();
    let outcome = match task {
        Task::Serve(serve) => run(&serve).map(report),
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

fn run(serve: &Serve) -> io::Result<Ending> {
    let server = Server::bind(&serve.addresses(), serve.limits(), serve.site(), trace(serve.trace))?;
    for address in server.local_addresses() {
        log::info!("listening on http://{address}/");
    }
    server.run()
}

fn trace(form: TraceForm) -> Trace {
    match form {
        TraceForm::Off => Trace::new(Instant::now(), Vec::new()),
        TraceForm::Terminal => {
            let stdout = io::stdout();
            let colour = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
            let width = terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0));
            Trace::new(Instant::now(), vec![Box::new(Terminal::new(Box::new(stdout), colour, width))])
        }
    }
}

fn report(ending: Ending) -> ExitCode {
    let Ending { open, cut } = ending;
    log::info!("stopped: {} of {open} connections ended properly, {cut} were cut", open.saturating_sub(cut));
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
