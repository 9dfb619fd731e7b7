//! Options of the view: which records are shown, and how rows look. Common to `serve`, `tap` and
//! `read`.

use clap::{Args, ValueEnum};
use wirestep::trace::filter::{Glob, Wanted};
use wirestep::trace::palette::{self, Palette};
use wirestep::trace::record::ConnectionId;
use wirestep::trace::signs::Signs;
use wirestep::wire::flow::Flow;
use wirestep::wire::language::Language;

/// Which records are shown, and how.
#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// Show only the connection with this number.
    #[arg(long, value_name = "N", help_heading = "Trace")]
    connection: Option<u64>,

    /// Show only what was sent in this direction.
    #[arg(long, value_name = "DIRECTION", help_heading = "Trace")]
    only: Option<Direction>,

    /// Show only messages whose request has such a path; * stands for any characters.
    #[arg(long, value_name = "GLOB", help_heading = "Trace")]
    path: Option<String>,

    /// Colours for the background of the terminal.
    #[arg(long, value_name = "THEME", default_value = "auto", help_heading = "Trace")]
    theme: Theme,

    /// How line ends are written.
    #[arg(long, value_name = "SIGNS", default_value = "auto", help_heading = "Trace")]
    crlf: Crlf,
}

/// A direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// From the client to the server.
    Requests,
    /// From the server to the client.
    Responses,
}

/// Colours for a background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Theme {
    /// Colours that can be read on a dark background.
    Dark,
    /// Colours that can be read on a light background.
    Light,
    /// As the terminal says (COLORFGBG); no colours, but bold and reversed, where it does not.
    Auto,
}

/// How line ends are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Crlf {
    /// As ␍ and ␊.
    Pictures,
    /// As \r and \n, and a backslash as two.
    Escapes,
    /// Pictures in the full form where the locale is UTF-8, escapes elsewhere.
    Auto,
}

impl ViewArgs {
    /// Only what concerns one connection, whatever its direction and its path.
    pub(crate) fn of_connection(&self) -> Wanted {
        Wanted { connection: self.connection.map(ConnectionId::new), ..Wanted::default() }
    }

    /// The records that are shown.
    pub(crate) fn wanted(&self) -> Wanted {
        let flow = self.only.map(|only| match only {
            Direction::Requests => Flow::Requests,
            Direction::Responses => Flow::Responses,
        });
        Wanted { flow, path: self.path.clone().map(Glob::new), ..self.of_connection() }
    }

    /// The colours for a terminal that may have some.
    pub(crate) fn palette(&self) -> &'static Palette {
        let variable = |name| std::env::var(name).unwrap_or_default();
        match self.theme {
            Theme::Dark => &palette::DARK,
            Theme::Light => &palette::LIGHT,
            Theme::Auto if variable("TERM") == "linux" => &palette::CONSOLE,
            // "15;0": the last number is the background, one of the 16 colours.
            Theme::Auto => match variable("COLORFGBG").rsplit(';').next().map(str::parse) {
                Some(Ok(0..=6_u8 | 8)) => &palette::DARK,
                Some(Ok(7 | 9..=15)) => &palette::LIGHT,
                _ => &palette::PLAIN,
            },
        }
    }

    /// How octets are written in the full form, and in the compact one.
    pub(crate) fn signs(&self, language: Language) -> [Signs; 2] {
        let is_utf8 = is_utf8();
        let escapes = Signs { is_ascii: !is_utf8 && language == Language::En, ..Signs::ESCAPES };
        let has_font = std::env::var_os("TERM").is_none_or(|term| term != "linux");
        match self.crlf {
            Crlf::Pictures => [Signs::PICTURES; 2],
            Crlf::Escapes => [escapes; 2],
            Crlf::Auto if is_utf8 && has_font => [Signs::PICTURES, escapes],
            Crlf::Auto => [escapes; 2],
        }
    }
}

/// The encoding of the locale: the first of the three variables that is set and not empty.
fn is_utf8() -> bool {
    let set = |name| std::env::var(name).ok().filter(|locale| !locale.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
