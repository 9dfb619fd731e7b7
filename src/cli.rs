//! The command line, as types.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use wirestep::exchange::limits::Limits;
use wirestep::lesson::library::Library;
use wirestep::site::Site;
use wirestep::topic::feed::FeedFormat;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::{TopicError, is_topic_name};

/// An HTTP/1.1 server that shows every step it takes on the wire.
///
/// It streams Server-Sent Events over raw TCP and says, octet by octet, what passes each socket: where a chunk begins and
/// ends, what ends a response, who keeps the connection, and when FIN is sent.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until Ctrl-C; this is what wirestep does without a command, too.
    Serve(Box<Serve>),
    /// List the lessons, or print the script of one.
    Lessons {
        /// The lesson to print: its name or its number.
        name: Option<String>,
        /// A folder with lessons of your own.
        #[arg(long, value_name = "DIR", value_parser = folder)]
        lessons: Option<PathBuf>,
    },
    /// Say what is wrong with the script of a lesson: line, column, and what was expected.
    Check {
        /// The scripts.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Task {
    Serve(Box<Serve>),
    Lessons { name: Option<String>, folder: Option<PathBuf> },
    Check { files: Vec<PathBuf> },
}

/// What `wirestep serve` can be told.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; may be given more than once. Port 0 takes a free one, [::] also takes IPv4.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = addresses)]
    listen: Vec<Addresses>,

    /// What standard output shows of the octets that pass [default: terminal, or off with --pcapng -].
    #[arg(long, value_name = "FORM")]
    trace: Option<TraceForm>,

    /// Also write the trace to FILE, as lines of JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) trace_file: Option<PathBuf>,

    /// Write a capture for Wireshark to FILE, or to standard output if FILE is -. Its headers are synthetic.
    #[arg(long, value_name = "FILE")]
    pub(crate) pcapng: Option<PathBuf>,

    /// Hold before each step, and show it, until Enter or POST /step lets it go; type 5 for five, run for all.
    #[arg(long, conflicts_with = "publish_stdin")]
    pub(crate) step: bool,

    /// A name, beside addresses and localhost, under which clients may publish; may be given more than once.
    #[arg(long, value_name = "NAME", value_parser = host)]
    host: Vec<String>,

    /// An origin whose pages may read the streams, such as http://localhost:5173; * for all.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    cors: Option<String>,

    /// A folder with lessons of your own, NAME.lesson; an edited one is used at the next request.
    #[arg(long, value_name = "DIR", value_parser = folder)]
    lessons: Option<PathBuf>,

    /// An idle event stream gets a comment after so long at most.
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = duration)]
    heartbeat: Duration,

    /// Events that a topic keeps for those who come back; there is 1 KiB for each, and at least 1 MiB for all.
    #[arg(long, value_name = "N", default_value_t = Limits::default().topics.events)]
    history: usize,

    /// How long a connection may wait for its next request; sent to clients as Keep-Alive: timeout=.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    keep_alive: Duration,

    /// Connections open at once; more of them wait at the door.
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections)]
    max_connections: usize,

    /// Each line of standard input becomes an event of this topic. At its end the server goes on serving.
    #[arg(long, value_name = "TOPIC", value_parser = topic)]
    pub(crate) publish_stdin: Option<String>,

    /// How events stand on standard input.
    #[arg(long, value_name = "FORM", default_value = "lines", requires = "publish_stdin")]
    pub(crate) publish_stdin_format: InputForm,

    /// A request head must be complete so long after its first octet (408).
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    head_timeout: Duration,

    /// A request body must bring an octet so often (408).
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    body_timeout: Duration,

    /// A request body may have so many octets (413).
    #[arg(long, value_name = "OCTETS", default_value_t = Limits::default().body, help_heading = "Limits")]
    max_body: u64,

    /// A client that takes nothing for so long, while octets wait for it, is reset.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits")]
    write_timeout: Duration,

    /// After Ctrl-C connections have so long to end by themselves.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = "Limits")]
    drain_timeout: Duration,
}

const AFTER_HELP: &str = "\
Times are written as 500ms, 15s or 2m. RUST_LOG=wirestep=debug shows each step before it is taken; NO_COLOR is obeyed.

Try it:
  wirestep
  curl -N http://127.0.0.1:8080/api/sse/events     in another terminal";

/// What the trace looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceForm {
    /// Labelled and explained lines.
    Terminal,
    /// One object of JSON a line (docs/trace.md).
    Json,
    /// Nothing; it costs nothing either.
    Off,
}

/// How events stand on standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputForm {
    /// One line, one event; the server gives the ids.
    Lines,
    /// Blocks of an event stream, whose ids and types are kept.
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

/// One name may have several addresses.
type Addresses = Vec<SocketAddr>;

impl Cli {
    /// What is to be done; to serve, whether or not the word `serve` was said.
    pub(crate) fn task(self) -> Task {
        match self.command {
            Some(Command::Serve(serve)) => Task::Serve(serve),
            Some(Command::Lessons { name, lessons }) => Task::Lessons { name, folder: lessons },
            Some(Command::Check { files }) => Task::Check { files },
            None => Task::Serve(Box::new(self.serve)),
        }
    }
}

impl Serve {
    /// What standard output shows.
    ///
    /// # Errors
    /// Two things are to be written there.
    pub(crate) fn trace(&self) -> Result<TraceForm, clap::Error> {
        let has_capture = self.pcapng.as_deref() == Some(Path::new("-"));
        match (self.trace, has_capture) {
            (Some(TraceForm::Off) | None, true) => Ok(TraceForm::Off),
            (form, false) => Ok(form.unwrap_or(TraceForm::Terminal)),
            (Some(TraceForm::Terminal | TraceForm::Json), true) => Err(Cli::command().error(
                ErrorKind::ArgumentConflict,
                "--pcapng - writes to standard output, and so does --trace; use --trace-file, or --trace off",
            )),
        }
    }

    /// All addresses to listen on.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.listen.concat()
    }

    /// The addresses, and to whom they are open.
    pub(crate) fn site(&self) -> Site {
        let library = Library::new(self.lessons.clone());
        for remark in library.remarks() {
            log::warn!("{remark}");
        }
        Site { hosts: self.host.clone(), cors: self.cors.clone(), library }
    }

    /// The bounds as the command line changes them.
    pub(crate) fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            idle: self.keep_alive,
            connections: self.max_connections.max(1),
            head_time: self.head_timeout,
            body_stall: self.body_timeout,
            body_time: default.body_time.max(self.body_timeout),
            body: self.max_body,
            write_stall: self.write_timeout,
            drain: self.drain_timeout,
            heartbeat: self.heartbeat,
            topics: TopicLimits {
                events: self.history.max(1),
                octets: self.history.saturating_mul(1024).max(default.topics.octets),
                ..default.topics
            },
            ..default
        }
    }
}

fn addresses(text: &str) -> Result<Addresses, String> {
    match text.to_socket_addrs().map(Iterator::collect::<Addresses>) {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err("the name has no address".to_owned()),
        Err(error) => Err(format!("{error}; expected HOST:PORT, such as 127.0.0.1:8080 or [::]:8080")),
    }
}

fn folder(text: &str) -> Result<PathBuf, String> {
    match std::fs::read_dir(text) {
        Ok(_) => Ok(PathBuf::from(text)),
        Err(error) => Err(format!("{error}; expected a folder that can be read")),
    }
}

fn topic(text: &str) -> Result<String, String> {
    match is_topic_name(text, Limits::default().topics.name) {
        true => Ok(text.to_owned()),
        false => Err(TopicError::BadName.to_string()),
    }
}

// Host may come with any port, so the name alone is compared.
fn host(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains([':', '/', ' ']) {
        true => Err("expected a name alone, such as classroom.example".to_owned()),
        false => Ok(text.to_owned()),
    }
}

// Browsers send the scheme, the host and a port that is not the usual one, all in lower case, and nothing behind them.
fn origin(text: &str) -> Result<String, String> {
    let is_origin = |text: &str| {
        let host = text.split_once("://").map(|(_, host)| host);
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', ' ']))
    };
    match text {
        "*" | "null" => Ok(text.to_owned()),
        _ if is_origin(text) => Ok(text.to_ascii_lowercase()),
        _ => Err("expected an origin, such as http://localhost:5173, or * for all".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST => Ok(duration),
        Ok(_) => Err("expected a time above zero and of at most a day".to_owned()),
        Err(error) => Err(format!("{error}; expected a time such as 500ms, 15s or 2m")),
    }
}

const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
