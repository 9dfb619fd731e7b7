//! The help and the errors of the command line in Korean.
//!
//! ```text
//! --lang ko, WIRESTEP_LANG=ko, LC_ALL=ko_KR.UTF-8    wirestep --help is Korean
//! ```
//!
//! The language must be known before the command line is parsed, because its help and its errors
//! are made by the parser. Each sentence is looked up by its English ([`ko::HELP`]), so a sentence
//! that is changed in English is missing in Korean until both are changed; the tests here walk
//! every command, option and value. What clap says in English only (`[default: ]`, `Usage:`) is
//! written here, and hidden there.

use std::error::Error as _;
use std::ffi::OsString;

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use wirestep::wire::language::Language;

use super::ko;

/// The language of help and errors: the last `--lang` of the command line, else `WIRESTEP_LANG`,
/// else the locale. A language that there is not counts as none.
pub(crate) fn asked_for(words: impl Iterator<Item = OsString>, from_environment: Option<String>) -> Language {
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let after = words.windows(2).filter(|pair| pair[0] == "--lang").map(|pair| pair[1].as_str());
    let joined = words.iter().filter_map(|word| word.strip_prefix("--lang="));
    let typed = after.chain(joined).last();
    let asked = [typed, from_environment.as_deref()].into_iter().flatten();
    let known = |tag: &str| Language::ALL.into_iter().find(|language| language.tag() == tag);
    asked.filter_map(known).next().unwrap_or_else(super::sinks::locale)
}

/// The command with its help in Korean.
pub(crate) fn help(command: Command) -> Command {
    translated(command, &mut |text| ko::of(text).unwrap_or(text).to_owned())
}

type Translate<'t> = &'t mut dyn FnMut(&str) -> String;

// The two flags and the command that clap adds have fixed English texts; they are made here.
fn translated(command: Command, of: Translate<'_>) -> Command {
    let mut command = with_korean_texts(command, of).mut_subcommands(|command| with_korean_texts(command, of));
    command.build();
    command.mut_subcommand("help", |command| command.about("이 도움말, 또는 명령의 도움말을 출력"))
}

fn with_korean_texts(command: Command, of: Translate<'_>) -> Command {
    let about = command.get_about().map(|text| paragraphs(&text.to_string(), of));
    let long_about = command.get_long_about().map(|text| paragraphs(&text.to_string(), of));
    let after = command.get_after_help().map(|text| lines(&text.to_string(), of));
    let mut command = command
        .help_template("{about-with-newline}\n사용법: {usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("명령")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .mut_args(|arg| with_korean_text(arg, of))
        .arg(flag("help", 'h', ArgAction::Help, "도움말 출력"));
    if command.get_version().is_some() {
        command = command.arg(flag("version", 'V', ArgAction::Version, "버전 출력"));
    }
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(long_about) = long_about {
        command = command.long_about(long_about);
    }
    match after {
        Some(after) => command.after_help(after),
        None => command,
    }
}

fn flag(name: &'static str, short: char, action: ArgAction, help: &'static str) -> Arg {
    Arg::new(name).short(short).long(name).action(action).help(help).help_heading(OPTIONS)
}

fn with_korean_text(arg: Arg, of: Translate<'_>) -> Arg {
    let heading = match (arg.get_help_heading(), arg.is_positional()) {
        (Some(heading), _) => of(heading),
        (None, true) => "인자".to_owned(),
        (None, false) => OPTIONS.to_owned(),
    };
    let default = default_of(&arg).map(|value| format!("[기본값: {value}]"));
    let values = arg.get_possible_values();
    let long = arg.get_long_help().map(|text| paragraphs(&text.to_string(), of));
    let help = arg.get_help().map(|text| paragraphs(&text.to_string(), of)).unwrap_or_default();
    let is_flag = !arg.get_action().takes_values();
    let arg = arg.help_heading(heading);
    if is_flag {
        return arg.help(help);
    }
    let arg = arg.hide_default_value(true).hide_possible_values(true);
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    let one_line = (!names.is_empty()).then(|| format!("[값: {}]", names.join(", ")));
    let short = joined(&[Some(help.clone()), default.clone(), one_line], " ");
    let list = list_of(&values, of);
    if long.is_none() && list.is_none() {
        return arg.help(short);
    }
    arg.help(short).long_help(joined(&[Some(long.unwrap_or(help)), list, default], "\n\n"))
}

/// What clap would print as the default.
fn default_of(arg: &Arg) -> Option<String> {
    let is_shown = !arg.is_hide_default_value_set();
    let values: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    (is_shown && !values.is_empty()).then(|| values.join(" "))
}

fn list_of(values: &[PossibleValue], of: Translate<'_>) -> Option<String> {
    let one = |value: &PossibleValue, of: Translate<'_>| {
        let help = value.get_help()?.to_string();
        Some(format!("- {}: {}", value.get_name(), paragraphs(&help, of)))
    };
    let list: Vec<String> = values.iter().filter_map(|value| one(value, of)).collect();
    (!list.is_empty()).then(|| format!("값:\n{}", list.join("\n")))
}

fn joined(parts: &[Option<String>], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    parts.join(between)
}

// The same sentence has its full stop in the long help and none in the short one.
fn paragraphs(text: &str, of: Translate<'_>) -> String {
    let paragraphs: Vec<String> = text.split("\n\n").map(|text| of(text.strip_suffix('.').unwrap_or(text))).collect();
    paragraphs.join("\n\n")
}

/// Lines that begin with two spaces are commands to type; the others are sentences.
fn lines(text: &str, of: Translate<'_>) -> String {
    let line = |line: &str, of: Translate<'_>| match line {
        "" => String::new(),
        _ => match line.trim_start().split_once("  ") {
            // A status and its meaning.
            Some((number, why)) if number.parse::<u8>().is_ok() => format!("  {number}  {}", of(why)),
            // A command and a remark.
            Some((command, remark)) => format!("  {command}     {}", of(remark.trim_start())),
            None if line.starts_with("  ") => line.to_owned(),
            None => of(line.strip_suffix('.').unwrap_or(line)),
        },
    };
    text.lines().map(|text| line(text, of)).collect::<Vec<_>>().join("\n")
}

/// What is wrong with the command line, in Korean: the message, a hint, the usage, and where to
/// read on.
pub(crate) fn error(error: &clap::Error) -> String {
    let mut parts = vec![format!("오류: {}", message(error))];
    for (kind, what) in [
        (ContextKind::SuggestedSubcommand, "명령"),
        (ContextKind::SuggestedArg, "옵션"),
        (ContextKind::SuggestedValue, "값"),
    ] {
        if let Some(names) = context(error, kind) {
            parts.push(format!("  도움: 비슷한 {what}: {names}"));
        }
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        parts.push(usage.to_string().replacen("Usage:", "사용법:", 1));
    }
    parts.push("자세한 설명은 '--help'로 볼 수 있습니다.\n".to_owned());
    parts.join("\n\n")
}

fn message(error: &clap::Error) -> String {
    let arg = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    let known = match (error.kind(), arg, value) {
        (ErrorKind::InvalidValue, Some(arg), Some(value)) if value == "''" => Some(format!("{arg}에 값이 필요합니다")),
        (ErrorKind::InvalidValue, Some(arg), Some(value)) => {
            let valid =
                context(error, ContextKind::ValidValue).map(|valid| format!("\n  [값: {}]", valid.replace('\'', "")));
            Some(format!("{arg}의 값으로 {value}을(를) 쓸 수 없습니다{}", valid.unwrap_or_default()))
        }
        (ErrorKind::ValueValidation, Some(arg), Some(value)) => {
            let why = error.source().map(|source| format!(": {}", clauses(&source.to_string())));
            Some(format!("{arg}의 값으로 {value}을(를) 쓸 수 없습니다{}", why.unwrap_or_default()))
        }
        (ErrorKind::UnknownArgument, Some(arg), _) => Some(format!("{arg}: 모르는 옵션이거나 남는 인자입니다")),
        (ErrorKind::InvalidSubcommand, ..) => {
            context(error, ContextKind::InvalidSubcommand).map(|name| format!("{name}: 그런 명령은 없습니다"))
        }
        (ErrorKind::MissingRequiredArgument, Some(arg), _) => Some(format!("빠진 인자가 있습니다: {arg}")),
        (ErrorKind::ArgumentConflict, Some(arg), _) => Some(match context(error, ContextKind::PriorArg) {
            Some(prior) if prior != arg => format!("{arg}: {prior}와(과) 함께 쓸 수 없습니다"),
            Some(_) | None => format!("{arg}: 한 번만 쓸 수 있습니다"),
        }),
        (ErrorKind::TooManyValues, Some(arg), Some(value)) => Some(format!("{arg}의 값이 너무 많습니다: {value}")),
        _ => None,
    };
    known.unwrap_or_else(|| clauses(&own_message(error)))
}

// A message of wirestep is not in the context, only in the text.
fn own_message(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    text.split("\n\n").next().unwrap_or(text).trim_end().to_owned()
}

/// The clauses of a message, those in Korean that are in the table.
fn clauses(text: &str) -> String {
    if let Some(korean) = ko::of(text) {
        return korean.to_owned();
    }
    if let Some(korean) = ko::of_pattern(text) {
        return korean;
    }
    text.split("; ").map(|clause| ko::of(clause).unwrap_or(clause)).collect::<Vec<_>>().join("; ")
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(format!("'{text}'")),
        ContextValue::Strings(texts) if !texts.is_empty() => {
            Some(texts.iter().map(|text| format!("'{text}'")).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}

const OPTIONS: &str = "옵션";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::{Cli, statuses};

    // Every text of every command, option, value, heading and status, as it is looked up.
    fn looked_up() -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        let command = statuses::told_in_help(Cli::command());
        translated(command, &mut |text| {
            texts.insert(text.to_owned());
            text.to_owned()
        });
        texts
    }

    #[test]
    fn every_sentence_of_the_help_is_there_in_korean() {
        let missing: Vec<String> = looked_up().into_iter().filter(|text| ko::of(text).is_none()).collect();
        assert!(missing.is_empty(), "add to src/cli/ko.rs, or change it there:\n{}", missing.join("\n"));
    }

    #[test]
    fn no_sentence_of_the_table_is_left_over() {
        let texts = looked_up();
        let left: Vec<&str> = ko::HELP.iter().map(|(en, _)| *en).filter(|en| !texts.contains(*en)).collect();
        assert!(left.is_empty(), "not in the help; remove from src/cli/ko.rs:\n{}", left.join("\n"));
    }

    /// What follows `Err("` or `wrong("` in the source of the command line, `{error}` of the system
    /// left out.
    #[test]
    fn every_error_of_the_command_line_is_there_in_korean() {
        let source = concat!(
            include_str!("../cli.rs"),
            include_str!("sinks.rs"),
            include_str!("tap.rs"),
            include_str!("values.rs"),
            include_str!("view.rs"),
        );
        let literals = ["Err(\"", "Err(format!(\"", "wrong(\"", "wrong(format!(\""].into_iter().flat_map(|start| {
            source.split(start).skip(1).filter_map(|rest| rest.split_once('"')).map(|(text, _)| text.to_owned())
        });
        let texts: Vec<String> = literals.map(|text| text.trim_start_matches("{error}; ").to_owned()).collect();
        let is_korean = |text: &str| text.chars().any(|it| ('가'..='힣').contains(&it));
        let missing: Vec<&String> = texts.iter().filter(|text| !clauses(text).split("; ").all(is_korean)).collect();
        assert!(missing.is_empty() && texts.len() > 10, "add to ERRORS in src/cli/ko.rs: {missing:#?}");
    }

    #[test]
    fn what_is_typed_goes_before_the_variable() {
        let asked = |words: &[&str], variable: Option<&str>| {
            asked_for(words.iter().map(OsString::from), variable.map(str::to_owned))
        };
        assert_eq!(asked(&["--lang", "ko"], Some("en")), Language::Ko);
        assert_eq!(asked(&["tap", "--lang=en", "--help"], Some("ko")), Language::En);
        assert_eq!(asked(&["--lang", "kr", "--help"], Some("ko")), Language::Ko);
    }
}
