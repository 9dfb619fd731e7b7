//! The command line, as types. Options that are not typed may have a default in the environment
//! ([`defaults`]).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use wirestep::exchange::limits::Limits;
use wirestep::lesson::library::Library;
use wirestep::net::limits::ServerLimits;
use wirestep::site::{Operator, Site};
use wirestep::topic::feed::FeedFormat;
use wirestep::topic::limits::TopicLimits;
use wirestep::wire::language::Language;

pub(crate) mod defaults;
mod ko;
pub(crate) mod korean;
pub(crate) mod read;
pub(crate) mod sinks;
pub(crate) mod statuses;
pub(crate) mod tap;
mod values;
pub(crate) mod view;

use self::read::ReadArgs;
use self::sinks::SinkArgs;
use self::tap::TapArgs;
use self::values::{
    Addresses, USUAL_PORT, addresses, duration, folder, host, is_typed, on_this_machine, origin, positive, topic,
};

/// An HTTP/1.1 server that shows every step it takes on the wire.
///
/// It streams Server-Sent Events over raw TCP and shows every octet that passes its sockets: where
/// a chunk begins and ends, what ends a response, which side keeps the connection, and when FIN is
/// sent.
#[derive(Debug, Parser)]
#[command(version = VERSION, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until Ctrl-C. This is also what wirestep does without a command.
    Serve(Box<Serve>),
    /// Show the HTTP/1.x conversations of a capture (pcap or pcapng), with the times of the
    /// capture.
    ///
    /// Which conversations are HTTP/1.x is found from their octets, not from their ports; what
    /// speaks TLS, HTTP/2 or anything else is said in one line.
    #[command(after_help = read::HELP)]
    Read(ReadArgs),
    /// Relay connections to an HTTP server of yours, octet for octet, and show them.
    ///
    /// What one side sends reaches the other unchanged and at once, FIN as FIN and RST as RST; what
    /// is not HTTP/1.x passes all the same. An origin that cannot be connected to: the client is
    /// reset.
    #[command(after_help = tap::HELP)]
    Tap(Box<TapArgs>),
    /// List the lessons, or print the script of one lesson.
    Lessons {
        /// Name or number of the lesson to print.
        name: Option<String>,
        /// Folder with your own lessons, NAME.lesson.
        #[arg(long, value_name = "DIR", value_parser = folder)]
        lessons: Option<PathBuf>,
    },
    /// Check the scripts of lessons: print errors and warnings with line, column and what is
    /// expected.
    Check {
        /// Scripts to check.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the completions of commands and options for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print a page of the manual, for man(1).
    Man {
        /// The command that the page is about [default: wirestep itself].
        command: Option<String>,
    },
}

/// The command to run.
#[derive(Debug)]
pub(crate) enum Task {
    Serve(Box<Serve>),
    Read(ReadArgs),
    Tap(Box<TapArgs>),
    Lessons { name: Option<String>, folder: Option<PathBuf> },
    Check { files: Vec<PathBuf> },
    Completions(Shell),
    Man { command: Option<String> },
}

/// The options of `wirestep serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on; may be given more than once. Port 0 is a free port, [::] is also IPv4
    /// [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS", value_parser = addresses)]
    listen: Vec<Addresses>,

    /// Short form of --listen 127.0.0.1:N.
    #[arg(long, value_name = "N")]
    port: Vec<u16>,

    /// Let further processes of wirestep listen on the same addresses, if each has this option:
    /// Linux gives each new connection to one of them (docs/scale-out.md).
    #[arg(long)]
    pub(crate) reuse_port: bool,

    #[command(flatten)]
    pub(crate) sinks: SinkArgs,

    /// Hold each step and show it, until Enter or POST /step releases it; 5 releases five, run all.
    #[arg(long, conflicts_with = "publish_stdin", help_heading = "Trace")]
    pub(crate) step: bool,

    /// Say at the end of each response whether it is complete, and what is wrong with it.
    #[arg(long, help_heading = "Trace")]
    pub(crate) verdict: bool,

    /// Host name under which clients may publish, besides addresses and localhost; may be given
    /// more than once.
    #[arg(long, value_name = "NAME", value_parser = host, help_heading = "Access")]
    host: Vec<String>,

    /// Origin whose pages may read the streams, such as http://localhost:5173; * is every origin.
    #[arg(long, value_name = "ORIGIN", value_parser = origin, help_heading = "Access")]
    cors: Option<String>,

    /// Clients that may see the trace, and hold and release steps.
    #[arg(long, value_name = "WHO", default_value = "local", help_heading = "Access")]
    operator: OperatorOption,

    /// Folder with your own lessons, NAME.lesson. An edited lesson is used at the next request.
    #[arg(long, value_name = "DIR", value_parser = folder)]
    lessons: Option<PathBuf>,

    /// Send a comment on an event stream that has been idle for this long.
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = duration, help_heading = "Event streams")]
    heartbeat: Duration,

    /// Number of events that a topic keeps for clients that reconnect: 1 KiB for each, at least 1
    /// MiB for all.
    #[arg(long, value_name = "N", default_value_t = TopicLimits::default().events, help_heading = "Event streams")]
    history: usize,

    /// Time limit for an idle connection to send its next request; sent to clients as Keep-Alive:
    /// timeout=.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    keep_alive: Duration,

    /// Maximum number of open connections, 20,000 by default; further ones wait in the listen
    /// queue.
    #[arg(long, value_name = "N", value_parser = positive, help_heading = "Limits")]
    pub(crate) max_connections: Option<usize>,

    /// Publish each line of standard input as an event of this topic. The server continues after
    /// its end.
    #[arg(long, value_name = "TOPIC", value_parser = topic, help_heading = "Event streams")]
    pub(crate) publish_stdin: Option<String>,

    /// Format of the events on standard input.
    #[arg(
        long,
        value_name = "FORM",
        default_value = "lines",
        requires = "publish_stdin",
        help_heading = "Event streams"
    )]
    pub(crate) publish_stdin_format: InputForm,

    /// Time limit for receiving a complete request head, from its first octet; then 408.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    head_timeout: Duration,

    /// Time limit for receiving the next octets of a request body; then 408.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    body_timeout: Duration,

    /// Maximum number of octets in a request body; more is 413.
    #[arg(long, value_name = "OCTETS", default_value_t = Limits::default().body, help_heading = "Limits")]
    max_body: u64,

    /// Time limit for a client to receive octets that wait for it; then the connection is reset.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits")]
    write_timeout: Duration,

    /// Time limit for connections to end after Ctrl-C; then the server closes them.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = "Limits")]
    drain_timeout: Duration,
}

/// The version and, of a release build, the commit.
pub(crate) const VERSION: &str = env!("WIRESTEP_VERSION");

const AFTER_HELP: &str = "\
Times are written as 500ms, 15s or 2m. RUST_LOG=wirestep=debug logs each step before it is taken. NO_COLOR turns colours off.
A default for an option stands in a variable with its name: WIRESTEP_LANG=ko is --lang ko. wirestep man | man -l - has all.

Try it:
  wirestep
  curl -N http://127.0.0.1:8080/api/sse/events     in another terminal";

/// Clients that may see the trace, and hold and release steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OperatorOption {
    /// Clients on this machine: their address is a loopback address.
    Local,
    /// Any client.
    Any,
}

impl From<OperatorOption> for Operator {
    fn from(option: OperatorOption) -> Operator {
        match option {
            OperatorOption::Local => Operator::Local,
            OperatorOption::Any => Operator::Any,
        }
    }
}

/// Format of the events on standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputForm {
    /// One event in each line; the server assigns the ids.
    Lines,
    /// An event stream; its ids and types are kept.
    Sse,
}

impl From<InputForm> for FeedFormat {
    fn from(form: InputForm) -> FeedFormat {
        match form {
            InputForm::Lines => FeedFormat::Lines,
            InputForm::Sse => FeedFormat::Sse,
        }
    }
}

impl Cli {
    /// Reads the command line, or ends the program with what is wrong with it, with its help, or
    /// with its version.
    pub(crate) fn read() -> Cli {
        let outcome = Cli::full_command().try_get_matches().and_then(|matches| {
            let mut cli = Cli::from_arg_matches(&matches)?;
            match (&mut cli.command, matches.subcommand()) {
                (Some(Command::Serve(serve)), Some((_, matches))) => serve.prefer_typed(matches),
                (Some(Command::Tap(tap)), Some((_, matches))) => tap.prefer_typed(matches),
                (None, _) => cli.serve.prefer_typed(&matches),
                (Some(_), _) => {}
            }
            Ok(cli)
        });
        outcome.unwrap_or_else(|error| defaults::exit(&error))
    }

    /// The command line with its exit statuses in the help, and with the defaults that the
    /// environment has for options.
    pub(crate) fn full_command() -> clap::Command {
        let command = statuses::told_in_help(defaults::from_environment(Cli::command()));
        match help_language() {
            Language::En => command,
            Language::Ko => korean::help(command),
        }
    }

    /// Ends the program with what is wrong with values that are right by themselves.
    pub(crate) fn refuse(error: clap::Error) -> ! {
        defaults::exit(&error.format(&mut Cli::command()))
    }

    /// The command; `serve` if none is given.
    pub(crate) fn task(self) -> Task {
        match self.command {
            Some(Command::Serve(serve)) => Task::Serve(serve),
            Some(Command::Read(read)) => Task::Read(read),
            Some(Command::Tap(tap)) => Task::Tap(tap),
            Some(Command::Lessons { name, lessons }) => Task::Lessons { name, folder: lessons },
            Some(Command::Check { files }) => Task::Check { files },
            Some(Command::Completions { shell }) => Task::Completions(shell),
            Some(Command::Man { command }) => Task::Man { command },
            None => Task::Serve(Box::new(self.serve)),
        }
    }
}

impl Serve {
    // A default for the address is none for a port that was typed.
    fn prefer_typed(&mut self, matches: &ArgMatches) {
        if !self.port.is_empty() && !is_typed("listen", matches) {
            self.listen.clear();
        }
    }

    /// All addresses to listen on, in a group for each name.
    pub(crate) fn addresses(&self) -> Vec<Vec<SocketAddr>> {
        let ports = self.port.iter().map(|port| vec![on_this_machine(*port)]);
        let asked: Vec<Addresses> = self.listen.iter().cloned().chain(ports).collect();
        if asked.is_empty() { vec![vec![on_this_machine(USUAL_PORT)]] } else { asked }
    }

    /// The site: its names, its origin for CORS, its lessons. Logs a warning about each file of the
    /// lesson folder that is not served, or replaces a lesson of the course.
    pub(crate) fn site(&self) -> Site {
        let library = Library::new(self.lessons.clone());
        for remark in library.remarks() {
            log::warn!("{remark}");
        }
        Site { hosts: self.host.clone(), cors: self.cors.clone(), library, operator: self.operator.into() }
    }

    /// The default limits with those that the command line sets.
    pub(crate) fn limits(&self) -> ServerLimits {
        let default = Limits::default();
        let topics = TopicLimits::default();
        ServerLimits {
            exchange: Limits {
                idle: self.keep_alive,
                head_time: self.head_timeout,
                body_stall: self.body_timeout,
                body_time: default.body_time.max(self.body_timeout),
                body: self.max_body,
                write_stall: self.write_timeout,
                heartbeat: self.heartbeat,
                ..default
            },
            topics: TopicLimits {
                events: self.history.max(1),
                octets: self.history.saturating_mul(1024).max(topics.octets),
                ..topics
            },
            connections: self.max_connections.unwrap_or(ServerLimits::default().connections),
            kept: ServerLimits::default().kept,
            drain: self.drain_timeout,
        }
    }
}

/// The language of the help and of errors in the command line.
pub(crate) fn help_language() -> Language {
    korean::asked_for(std::env::args_os(), std::env::var("WIRESTEP_LANG").ok())
}
