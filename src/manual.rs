//! What a shell and man(1) are told about the command line.
//!
//! ```text
//! wirestep completions bash > ~/.local/share/bash-completion/completions/wirestep
//! wirestep man > wirestep.1              wirestep man tap > wirestep-tap.1
//! ```
//!
//! Both are made from the command line itself, so neither can lag behind it.

use std::io;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::{Cli, VERSION, statuses};
use crate::lessons::show;

/// Prints the completions of options and commands for a shell.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn completions(shell: Shell) -> io::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    show(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a page of the manual: of `wirestep` itself, or of one of its commands.
///
/// # Errors
/// There is no command with this name, or standard output cannot be written.
pub(crate) fn man(name: Option<&str>) -> io::Result<ExitCode> {
    // The statuses have a section of their own here.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let command = match name {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(found) => found.clone().version(VERSION),
            None => return Err(io::Error::other(format!("there is no command {name:?}; wirestep --help lists them"))),
        },
    };
    show(&page(command)?)?;
    Ok(ExitCode::SUCCESS)
}

fn page(command: clap::Command) -> io::Result<String> {
    let statuses = statuses::of(command.get_name());
    let examples = command.get_after_help().map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let man = Man::new(command).manual("wirestep");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    let mut page = String::from_utf8_lossy(&page).into_owned();
    page.push_str(".SH ENVIRONMENT\n");
    ENVIRONMENT.iter().for_each(|(name, meaning)| page.push_str(&entry(name, meaning)));
    page.push_str(".SH \"EXIT STATUS\"\n");
    statuses.iter().for_each(|(number, meaning)| page.push_str(&entry(&number.to_string(), meaning)));
    if let Some(examples) = examples {
        page.push_str(&format!(".SH NOTES\n.nf\n{}\n.fi\n", escaped(&examples)));
    }
    Ok(page)
}

fn entry(name: &str, meaning: &str) -> String {
    format!(".TP\n\\fB{}\\fR\n{}\n", escaped(name), escaped(meaning))
}

// A backslash begins a request of roff, so does a full stop or an apostrophe at the beginning of a
// line; a hyphen that is typed is not one that divides a word.
fn escaped(text: &str) -> String {
    let line = |line: &str| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

const NAME: &str = "wirestep";

/// Variables that change what wirestep does.
const ENVIRONMENT: [(&str, &str); 6] = [
    (
        "WIRESTEP_OPTION",
        "A default for an option, OPTION being its name in capitals: WIRESTEP_LANG=ko is --lang ko, \
         WIRESTEP_MAX_BODY=65536 is --max-body 65536; an option without a value takes true or false. The command \
         line goes before it.",
    ),
    ("NO_COLOR", "If it is set and not empty: no colours."),
    ("CLICOLOR_FORCE", "If it is set and not empty: colours in a file or a pipe too."),
    ("COLUMNS", "The width of the trace where standard output is no terminal."),
    ("LC_ALL, LC_MESSAGES, LANG", "The language of the trace without --lang: English, or Korean for ko."),
    ("RUST_LOG", "What is logged on standard error; wirestep=debug shows each step before it is taken."),
];
