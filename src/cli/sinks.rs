//! Options of the trace: where it goes, in which form and language. Common to `serve` and `tap`.

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use wirestep::trace::terminal::Form;
use wirestep::wire::language::Language;

use super::view::ViewArgs;

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

/// Language of the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English.
    En,
    /// Korean.
    Ko,
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
            (Some(TraceForm::Terminal | TraceForm::Json), true) => Err(clap::Error::raw(
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

pub(super) fn language(lang: Option<Lang>) -> Language {
    match lang {
        Some(Lang::En) => Language::En,
        Some(Lang::Ko) => Language::Ko,
        None => locale(),
    }
}

/// The language of the locale: the first of the three variables that is set and not empty.
pub(super) fn locale() -> Language {
    let set = |name| std::env::var(name).ok().filter(|locale| !locale.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    locale.map_or(Language::En, |locale| Language::of_locale(&locale))
}
