//! Defaults for options from the environment: a teacher sets them once, in a shell's profile.
//!
//! ```text
//! --lang ko          WIRESTEP_LANG=ko
//! --max-body 65536   WIRESTEP_MAX_BODY=65536
//! --step             WIRESTEP_STEP=true
//! ```
//!
//! One rule for all options of all commands, but for `--port`, which is a short form to be typed.
//! It is a default in every sense: what is typed goes before it, and it conflicts with nothing.

use std::io::{self, Write};

use clap::{Arg, Command};
use wirestep::wire::language::Language;

use super::{help_language, korean};

/// The command with the defaults that the environment has for its options, and for those of its
/// commands.
pub(crate) fn from_environment(command: Command) -> Command {
    command.mut_args(with_default).mut_subcommands(|command| command.mut_args(with_default))
}

fn with_default(arg: Arg) -> Arg {
    match variable(&arg).and_then(std::env::var_os) {
        Some(value) if !value.is_empty() => arg.default_value(value),
        Some(_) | None => arg,
    }
}

/// The name of the variable for an option; none for what is no option.
fn variable(arg: &Arg) -> Option<String> {
    let option = arg.get_long().filter(|option| !NOT_FROM_ENVIRONMENT.contains(option))?;
    Some(format!("{PREFIX}{}", option.to_ascii_uppercase().replace('-', "_")))
}

/// Ends the program with the error, and with the variables that may be its cause.
pub(crate) fn exit(error: &clap::Error) -> ! {
    // Nothing can be told when standard error is closed.
    let _ = match (help_language(), error.use_stderr()) {
        (Language::Ko, true) => write!(io::stderr(), "{}", korean::error(error)),
        (Language::En, _) | (Language::Ko, false) => error.print(),
    };
    let text = error.to_string();
    for (name, value) in std::env::vars().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty()) {
        if error.use_stderr() && text.contains(&format!("'{value}'")) {
            let _ = writeln!(io::stderr(), "\n{} {name}={value}", found_in_environment());
        }
    }
    std::process::exit(error.exit_code())
}

fn found_in_environment() -> &'static str {
    match help_language() {
        Language::En => "the environment has",
        Language::Ko => "환경 변수:",
    }
}

const PREFIX: &str = "WIRESTEP_";
/// They are for one call.
const NOT_FROM_ENVIRONMENT: [&str; 3] = ["help", "version", "port"];
