//! `wirestep lessons` and `wirestep check`: lessons in the terminal, without a server.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wirestep::lesson::library::{Library, read};
use wirestep::lesson::{Lesson, show_all};

/// Lists all lessons: number or name, title, question.
pub(crate) fn list(folder: Option<PathBuf>) -> io::Result<ExitCode> {
    let text = Library::new(folder).list_as_text();
    show(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the script of one lesson.
pub(crate) fn print(name: &str, folder: Option<PathBuf>) -> io::Result<ExitCode> {
    match Library::new(folder).find(name) {
        Some(Ok(lesson)) => {
            show(lesson.text())?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Err(problems)) => Err(io::Error::other(format!("the lesson {name} is broken\n{problems}"))),
        None => Err(io::Error::other(format!("there is no lesson {name:?}; wirestep lessons lists them"))),
    }
}

/// Says what is wrong with scripts. Fails if one of them cannot be read or played.
pub(crate) fn check(files: &[PathBuf]) -> io::Result<ExitCode> {
    let mut is_right = true;
    for file in files {
        is_right &= check_one(file)?;
    }
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_one(file: &Path) -> io::Result<bool> {
    let shown = file.display().to_string();
    let text = match read(file) {
        Ok(text) => text,
        Err(error) => {
            log::error!("{shown} cannot be read: {error}");
            return Ok(false);
        }
    };
    match Lesson::compile(&shown, &text) {
        Ok(lesson) if lesson.warnings().is_empty() => show(&format!("{shown}: right\n"))?,
        Ok(lesson) => {
            let warnings = lesson.warnings();
            show(&format!(
                "{}\n{shown}: can be played, warnings: {}\n",
                show_all(warnings, &shown, &text),
                warnings.len()
            ))?;
        }
        Err(problems) => {
            show(&format!(
                "{}\n{shown}: cannot be played, problems: {}\n",
                show_all(&problems, &shown, &text),
                problems.len()
            ))?;
            return Ok(false);
        }
    }
    Ok(true)
}

// A reader that has seen enough (head, less) is no failure.
fn show(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
