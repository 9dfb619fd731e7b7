//! `wirestep read`: a capture, and what is shown of it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wirestep::wire::language::Language;

use super::sinks::{Lang, language};
use super::view::ViewArgs;

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

/// What stands under the options.
pub(super) const HELP: &str = "\
Try it:
  tcpdump -i any -w - 'tcp port 8080' | wirestep read -     while it runs
  wirestep read --form json trace.pcapng | jq -r .what";
