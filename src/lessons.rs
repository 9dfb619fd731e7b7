//! `wirestep lessons` and `wirestep check`: lessons in the terminal, without a server.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wirestep::lesson::library::{Library, read};
use wirestep::lesson::{Diagnostic, Lesson, Severity, show_all};
use wirestep::wire::visible::in_place;

/// Lists all lessons: number or name, title, question.
pub(crate) fn list(folder: Option<PathBuf>) -> io::Result<ExitCode> {
    let text = Library::new(folder).list_as_text(USUAL_HOST);
    show(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the script of one lesson.
pub(crate) fn print(name: &str, folder: Option<PathBuf>) -> io::Result<ExitCode> {
    match Library::new(folder).find(name) {
        Some(Ok(lesson)) => {
            show(&printable(lesson.text()))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Err(errors)) => Err(io::Error::other(format!("the lesson {name} cannot be played\n{errors}"))),
        None => Err(io::Error::other(format!("there is no lesson {name:?}; wirestep lessons lists them"))),
    }
}

/// Prints the errors and warnings of scripts. Fails if one of them cannot be read or played.
pub(crate) fn check(files: &[PathBuf]) -> io::Result<ExitCode> {
    let mut is_right = true;
    for file in files {
        is_right &= check_one(file)?;
    }
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_one(file: &Path) -> io::Result<bool> {
    let shown = in_place(&file.display().to_string());
    let text = match read(file) {
        Ok(text) => text,
        Err(error) => {
            log::error!("{shown} cannot be read: {error}");
            return Ok(false);
        }
    };
    let (diagnostics, is_right) = match Lesson::compile(&shown, &text) {
        Ok(lesson) => (lesson.warnings().to_vec(), true),
        Err(errors) => (errors, false),
    };
    if !diagnostics.is_empty() {
        show(&format!("{}\n", show_all(&diagnostics, &shown, &text)))?;
    }
    show(&format!("{shown}: {}\n", summary(&diagnostics)))?;
    Ok(is_right)
}

/// `ok`, `1 warning`, `2 errors, 1 warning`.
fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    let counted = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let parts = [counted(errors, "error"), counted(diagnostics.len() - errors, "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "ok".to_owned() } else { parts.join(", ") }
}

/// The text as a terminal may show it. A file or a pipe gets it unchanged, so that it can be
/// edited.
fn printable(text: &str) -> String {
    if !io::stdout().is_terminal() {
        return text.to_owned();
    }
    text.lines().map(|line| in_place(line) + "\n").collect()
}

/// Where `wirestep` listens without options.
const USUAL_HOST: &str = "127.0.0.1:8080";

/// Prints to standard output. A reader that has seen enough, such as head(1), closes the pipe; that
/// is no failure.
pub(crate) fn show(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
