//! Start-up: the command line, logging, the sinks of the trace, and then the loop.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use wirestep::net::server::{Ending, Server};
use wirestep::trace::Trace;
use wirestep::trace::terminal::Terminal;

use crate::cli::{Cli, Serve, TraceForm};

mod cli;

fn main() -> ExitCode {
    let serve = Cli::parse().serve();
    start_logging();
    match run(&serve) {
        Ok(ending) => report(ending),
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(serve: &Serve) -> io::Result<Ending> {
    let mut server = Server::bind(&serve.addresses(), serve.limits(), serve.site(), trace(serve.trace))?;
    for address in server.local_addresses() {
        log::info!("listening on http://{address}/");
    }
    if let Some(topic) = &serve.publish_stdin {
        server.publish_input(topic, serve.publish_stdin_format.into())?;
    }
    server.run()
}

fn trace(form: TraceForm) -> Trace {
    match form {
        TraceForm::Off => Trace::new(Instant::now(), Vec::new()),
        TraceForm::Terminal => {
            let stdout = io::stdout();
            let colour = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
            Trace::new(Instant::now(), vec![Box::new(Terminal::new(Box::new(stdout), colour, width()))])
        }
    }
}

// A file or a pipe has no width; whoever reads it later may name one, as for other programs that fill lines.
fn width() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(asked).unwrap_or(DEFAULT_WIDTH)
}

fn report(ending: Ending) -> ExitCode {
    let Ending { open, cut } = ending;
    log::info!("stopped; of {open} open connections {} ended properly, {cut} were cut", open.saturating_sub(cut));
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
