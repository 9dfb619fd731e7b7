//! The command line, as types. Options that are not typed may have a default in the environment
//! ([`defaults`]).

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use rustls::pki_types::ServerName;
use wirestep::exchange::limits::Limits;
use wirestep::lesson::library::Library;
use wirestep::net::limits::ServerLimits;
use wirestep::net::tap::Hop;
use wirestep::net::tap::limits::TapLimits;
use wirestep::net::tap::origin::{Address, Origin};
use wirestep::site::{Operator, Site};
use wirestep::topic::feed::FeedFormat;
use wirestep::topic::id::is_topic_name;
use wirestep::topic::limits::TopicLimits;
use wirestep::topic::publication::TopicError;
use wirestep::trace::terminal::Form;
use wirestep::wire::language::Language;

use crate::tap::Trust;

pub(crate) mod defaults;
mod ko;
pub(crate) mod korean;
pub(crate) mod statuses;
pub(crate) mod view;

use self::view::ViewArgs;

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
    #[command(after_help = READ_HELP)]
    Read(ReadArgs),
    /// Relay connections to an HTTP server of yours, octet for octet, and show them.
    ///
    /// What one side sends reaches the other unchanged and at once, FIN as FIN and RST as RST; what
    /// is not HTTP/1.x passes all the same. An origin that cannot be connected to: the client is
    /// reset.
    #[command(after_help = TAP_HELP)]
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

/// Where the trace goes; common to the server and the relay.
#[derive(Debug, Args)]
pub(crate) struct SinkArgs {
    /// Format of the trace on standard output [default: terminal, or off with --pcapng -].
    #[arg(long, value_name = "FORM", help_heading = "Trace")]
    trace: Option<TraceForm>,

    /// Form of the terminal's rows [default: full].
    #[arg(long = "form", value_name = "FORM", help_heading = "Trace")]
    rows: Option<RowForm>,

    /// Also write the trace to FILE, as JSON lines.
    #[arg(long, value_name = "FILE", help_heading = "Trace")]
    pub(crate) trace_file: Option<PathBuf>,

    /// Write a capture for Wireshark to FILE; - is standard output. Its TCP and IP headers are
    /// synthetic.
    #[arg(long, value_name = "FILE", help_heading = "Trace")]
    pub(crate) pcapng: Option<PathBuf>,

    /// Language of the trace's sentences [default: from LC_ALL, LC_MESSAGES or LANG].
    #[arg(long, value_name = "LANG", help_heading = "Trace")]
    lang: Option<Lang>,

    /// Show credentials in the trace instead of asterisks: Authorization, cookies, API keys.
    #[arg(long, help_heading = "Trace")]
    pub(crate) show_credentials: bool,

    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// What `wirestep tap` can be told.
#[derive(Debug, Args)]
pub(crate) struct TapArgs {
    /// The origin: http://HOST:PORT, https://HOST:PORT, HOST:PORT or unix:PATH. Of several hops
    /// each: NAME=LISTEN,ORIGIN.
    #[arg(value_name = "ORIGIN", required = true, value_parser = tap_target)]
    targets: Vec<TapTarget>,

    /// Address to listen on for the origin [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS", value_parser = addresses)]
    listen: Option<Addresses>,

    /// Short form of --listen 127.0.0.1:N.
    #[arg(long, value_name = "N")]
    port: Option<u16>,

    /// Value of Host that the origin gets in place of what the client sends [default: that of an
    /// https origin; otherwise the field passes as it is].
    #[arg(long, value_name = "NAME", value_parser = host_value)]
    host: Option<&'static str>,

    /// Also trust the authorities whose certificates are in FILE (PEM).
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca: Option<PathBuf>,

    /// Accept every certificate of an https origin.
    #[arg(long)]
    insecure: bool,

    #[command(flatten)]
    pub(crate) sinks: SinkArgs,

    /// Maximum number of open connections; further ones wait in the listen queue.
    #[arg(long, value_name = "N", default_value_t = TapLimits::default().connections, value_parser = positive, help_heading = "Limits")]
    max_connections: usize,

    /// Time limit for an address of the origin to accept a connection; then the client is reset.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    connect_timeout: Duration,

    /// Time limit for connections to end after Ctrl-C; then both sides are reset.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = "Limits")]
    drain_timeout: Duration,
}

/// An origin, or a hop with the addresses on both of its sides.
#[derive(Debug, Clone)]
enum TapTarget {
    Origin(TapOrigin),
    Hop { name: String, listen: Addresses, origin: TapOrigin },
}

/// Where a target connects to, before `--host` is heard.
#[derive(Debug, Clone)]
struct TapOrigin(Origin);

impl TapArgs {
    // A default for the address is none for a port that was typed, or for hops.
    fn prefer_typed(&mut self, matches: &ArgMatches) {
        let has_hops = self.targets.iter().any(|target| matches!(target, TapTarget::Hop { .. }));
        if (self.port.is_some() || has_hops) && !is_typed("listen", matches) {
            self.listen = None;
        }
    }

    /// The hops to relay.
    ///
    /// # Errors
    /// More than one origin without a name, two hops with one name, `--listen` beside hops, or an
    /// origin that is the address that is listened on.
    pub(crate) fn hops(&self) -> Result<Vec<Hop>, clap::Error> {
        let wrong = |text: String| Cli::command().error(ErrorKind::ValueValidation, text);
        let mut hops: Vec<Hop> = Vec::new();
        for target in &self.targets {
            match target {
                TapTarget::Origin(_) if self.targets.len() > 1 => {
                    return Err(wrong("several origins need names: NAME=LISTEN,ORIGIN for each".to_owned()));
                }
                TapTarget::Origin(origin) => {
                    let port = self.port.map(|port| vec![on_this_machine(port)]);
                    let listen =
                        port.or_else(|| self.listen.clone()).unwrap_or_else(|| vec![on_this_machine(USUAL_PORT)]);
                    hops.push(Hop { name: None, listen, origin: self.origin(origin) });
                }
                TapTarget::Hop { .. } if self.listen.is_some() || self.port.is_some() => {
                    return Err(wrong(
                        "--listen and --port are for one origin; a hop names its own address".to_owned(),
                    ));
                }
                TapTarget::Hop { name, .. } if hops.iter().any(|hop| hop.name.as_deref() == Some(name)) => {
                    return Err(wrong(format!("two hops have the name {name}")));
                }
                TapTarget::Hop { name, listen, origin } => {
                    let name = Some(name.as_str().into());
                    hops.push(Hop { name, listen: listen.clone(), origin: self.origin(origin) });
                }
            }
        }
        if (self.insecure || self.ca.is_some()) && hops.iter().all(|hop| hop.origin.tls.is_none()) {
            return Err(wrong("--ca and --insecure are for an origin with https://".to_owned()));
        }
        let is_listened =
            |hop: &Hop, origin: &Address| matches!(origin, Address::Inet(address) if hop.listen.contains(address));
        let itself =
            hops.iter().flat_map(|hop| hop.origin.addresses.iter().find(|origin| is_listened(hop, origin))).next();
        match itself {
            Some(origin) => Err(wrong(format!("{origin} is listened on: its origin would be the relay itself"))),
            None => Ok(hops),
        }
    }

    /// What `--host` says goes before the name of the origin.
    fn origin(&self, TapOrigin(origin): &TapOrigin) -> Origin {
        Origin { host: self.host.or(origin.host), ..origin.clone() }
    }

    /// Which certificates are accepted.
    pub(crate) fn trust(&self) -> Trust {
        if self.insecure { Trust::Anything } else { Trust::Authorities(self.ca.clone()) }
    }

    /// The default limits with those that the command line sets.
    pub(crate) fn limits(&self) -> TapLimits {
        TapLimits {
            connections: self.max_connections.max(1),
            connect: self.connect_timeout,
            drain: self.drain_timeout,
            ..TapLimits::default()
        }
    }
}

/// What `wirestep read` can be told.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// The capture: a file, a named pipe, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only conversations from or to this port.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// What is shown of them.
    #[arg(long, value_name = "FORM", default_value = "full")]
    pub(crate) form: ReadForm,

    /// Language of the sentences [default: from LC_ALL, LC_MESSAGES or LANG].
    #[arg(long, value_name = "LANG")]
    lang: Option<Lang>,

    /// Show credentials instead of asterisks: Authorization, cookies, API keys.
    #[arg(long)]
    pub(crate) show_credentials: bool,

    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

impl ReadArgs {
    /// The language of the sentences, as for the server.
    pub(crate) fn language(&self) -> Language {
        language(self.lang)
    }
}

/// What `wirestep read` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadForm {
    /// Labelled and explained lines, as of a server's own trace.
    Full,
    /// One row for each head, chunk and FIN.
    Compact,
    /// One object of JSON a line (docs/trace.md).
    Json,
}

/// Form of rows for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowForm {
    /// A row for each line of the protocol, with what it does and where that is written.
    Full,
    /// One row for each head, chunk and FIN.
    Compact,
}

impl From<RowForm> for Form {
    fn from(form: RowForm) -> Form {
        match form {
            RowForm::Full => Form::Full,
            RowForm::Compact => Form::Compact,
        }
    }
}

/// The version and, of a release build, the commit.
pub(crate) const VERSION: &str = env!("WIRESTEP_VERSION");

const READ_HELP: &str = "\
Try it:
  tcpdump -i any -w - 'tcp port 8080' | wirestep read -     while it runs
  wirestep read --form json trace.pcapng | jq -r .what";

const TAP_HELP: &str = "\
Try it:
  wirestep tap http://127.0.0.1:3000                         then: curl -N http://127.0.0.1:8080/
  wirestep tap https://api.example                           TLS to the origin, plain text to the client
  wirestep tap edge=127.0.0.1:8001,127.0.0.1:80 app=127.0.0.1:8002,127.0.0.1:3000";

const AFTER_HELP: &str = "\
Times are written as 500ms, 15s or 2m. RUST_LOG=wirestep=debug logs each step before it is taken. NO_COLOR turns colours off.
A default for an option stands in a variable with its name: WIRESTEP_LANG=ko is --lang ko. wirestep man | man -l - has all.

Try it:
  wirestep
  curl -N http://127.0.0.1:8080/api/sse/events     in another terminal";

/// Format of the trace on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceForm {
    /// Rows for people: labels, octets, explanations.
    Terminal,
    /// One JSON object in each line (docs/trace.md).
    Json,
    /// No trace.
    Off,
}

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

/// Language of the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English.
    En,
    /// Korean.
    Ko,
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

/// The addresses of one `--listen`: a name may have several.
type Addresses = Vec<SocketAddr>;

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

impl SinkArgs {
    /// The format of the trace on standard output.
    ///
    /// # Errors
    /// The capture is to be written there, too.
    pub(crate) fn form(&self) -> Result<TraceForm, clap::Error> {
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

    /// The language that was asked for by name. What the server sends does not depend on the
    /// locale that it happens to run in.
    pub(crate) fn asked_language(&self) -> Language {
        self.lang.map_or(Language::En, |lang| language(Some(lang)))
    }

    /// The form of rows for people.
    pub(crate) fn rows(&self) -> Form {
        self.rows.map_or(Form::Full, Form::from)
    }

    /// The language that was asked for, or that of the first of the three variables that is set and
    /// not empty.
    pub(crate) fn language(&self) -> Language {
        language(self.lang)
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

fn is_typed(option: &str, matches: &ArgMatches) -> bool {
    matches.value_source(option) == Some(ValueSource::CommandLine)
}

fn language(lang: Option<Lang>) -> Language {
    match lang {
        Some(Lang::En) => Language::En,
        Some(Lang::Ko) => Language::Ko,
        None => locale(),
    }
}

/// The language of the locale: the first of the three variables that is set and not empty.
fn locale() -> Language {
    let set = |name| std::env::var(name).ok().filter(|locale| !locale.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    locale.map_or(Language::En, |locale| Language::of_locale(&locale))
}

/// The language of the help and of errors in the command line.
pub(crate) fn help_language() -> Language {
    korean::asked_for(std::env::args_os(), std::env::var("WIRESTEP_LANG").ok())
}

fn addresses(text: &str) -> Result<Addresses, String> {
    match text.to_socket_addrs().map(Iterator::collect::<Addresses>) {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err("the name has no address".to_owned()),
        Err(error) => Err(format!("{error}; expected HOST:PORT, such as 127.0.0.1:8080 or [::]:8080")),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err("expected a number above zero".to_owned()),
    }
}

fn tap_target(text: &str) -> Result<TapTarget, String> {
    let Some((name, rest)) = text.split_once('=') else { return origin_address(text).map(TapTarget::Origin) };
    if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet)) {
        return Err("the name of a hop has letters, digits, '-', '_' and '.' only".to_owned());
    }
    let Some((listen, origin)) = rest.split_once(',') else {
        return Err("expected NAME=LISTEN,ORIGIN, such as app=127.0.0.1:8002,127.0.0.1:3000".to_owned());
    };
    Ok(TapTarget::Hop { name: name.to_owned(), listen: addresses(listen)?, origin: origin_address(origin)? })
}

// Names are looked up once, before anything is relayed.
fn origin_address(text: &str) -> Result<TapOrigin, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        let addresses = vec![Address::Unix(PathBuf::from(path))];
        return Ok(TapOrigin(Origin { addresses, tls: None, host: None }));
    }
    let (usual_port, rest) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (Some(80), rest),
        (None, Some(rest)) => (Some(443), rest),
        (None, None) => (None, text),
    };
    let authority = if usual_port.is_some() { rest.strip_suffix('/').unwrap_or(rest) } else { rest };
    if authority.contains('/') {
        return Err("a relay has no path: the client asks for it; expected http://HOST:PORT".to_owned());
    }
    let port = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let found = match (port, usual_port) {
        (None, Some(usual)) => addresses(&format!("{authority}:{usual}")),
        (Some(_), _) | (None, None) => addresses(authority),
    }?;
    let addresses = found.into_iter().map(Address::Inet).collect();
    if usual_port != Some(443) {
        return Ok(TapOrigin(Origin { addresses, tls: None, host: None }));
    }
    let name = port.map_or(authority, |(name, _)| name).trim_start_matches('[').trim_end_matches(']');
    let tls = ServerName::try_from(name.to_owned()).map_err(|error| error.to_string())?;
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    Ok(TapOrigin(Origin { addresses, tls: Some(tls), host: Some(host_value(host)?) }))
}

// One for the whole run of the program, so that a record can hold it without a copy.
fn host_value(text: &str) -> Result<&'static str, String> {
    match !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'/') {
        true => Ok(Box::leak(text.into())),
        false => Err("expected a name and perhaps a port, such as shop.example or shop.example:8080".to_owned()),
    }
}

fn folder(text: &str) -> Result<PathBuf, String> {
    match std::fs::read_dir(text) {
        Ok(_) => Ok(PathBuf::from(text)),
        Err(error) => Err(format!("{error}; expected a folder that can be read")),
    }
}

fn topic(text: &str) -> Result<String, String> {
    match is_topic_name(text, TopicLimits::default().name) {
        true => Ok(text.to_owned()),
        false => Err(TopicError::BadName.to_string()),
    }
}

// A Host field may have any port, so only the name is compared.
fn host(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains([':', '/', ' ']) {
        true => Err("expected a name alone, such as classroom.example".to_owned()),
        false => Ok(text.to_owned()),
    }
}

// Browsers send the scheme, the host and a port that is not the default one, in lower case, and
// nothing after them.
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

// Only this machine reaches it.
fn on_this_machine(port: u16) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// Where the server listens, and the relay, unless told otherwise.
const USUAL_PORT: u16 = 8080;
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
