//! What a reader does with the view while it runs: pause it, choose a connection, change the form.
//!
//! ```text
//! Space       rows are kept, and the last line of the screen says how many:  PAUSED  12 new rows
//! Space       the rows that were kept
//! # 2 Enter   rows of connection 2 only
//! ```
//!
//! Only the view waits, never the server. What is kept is bounded, and what is beyond the bound is
//! counted and told of in its place. The line at the bottom is taken away before any row is
//! written, so that nothing of it stays in the scrollback.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::state::Kept;
use super::{Form, Terminal};
use crate::trace::record::{ConnectionId, Record, Sink};
use crate::wire::explain::brief::{Brief, LEVELS};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Pause, or go on.
    Pause,
    /// The other form.
    Form,
    /// A number is being typed.
    Typing(Option<u64>),
    /// The number is not wanted any more.
    NoNumber,
    /// Only this connection, or all of them.
    Only(Option<ConnectionId>),
    /// Captions once more.
    Explain,
    /// A mark at this time, counted as that of records.
    Mark(Duration),
    /// What the keys do.
    Help,
}

/// A terminal that a reader has keys for: the sink, and the hand of the reader.
#[derive(Clone)]
pub struct Screen(Arc<Mutex<Terminal>>);

/// The reader's hand; it keeps no terminal open that the trace has let go.
pub struct Hand(Weak<Mutex<Terminal>>);

impl Screen {
    /// Gives a terminal to the trace and to a reader.
    pub fn new(terminal: Terminal) -> Screen {
        Screen(Arc::new(Mutex::new(terminal)))
    }

    /// The reader's part of it.
    pub fn hand(&self) -> Hand {
        Hand(Arc::downgrade(&self.0))
    }

    fn lock(&self) -> MutexGuard<'_, Terminal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hand {
    /// Does what the key asks for.
    ///
    /// # Errors
    /// The terminal cannot be written, or the trace has ended.
    pub fn act(&self, key: Key) -> io::Result<()> {
        let terminal = self.0.upgrade().ok_or(io::ErrorKind::BrokenPipe)?;
        terminal.lock().unwrap_or_else(PoisonError::into_inner).act(key)
    }
}

impl Sink for Screen {
    fn name(&self) -> &str {
        "the trace"
    }

    fn wants_spans(&self) -> bool {
        self.lock().wants_spans()
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.lock().record(record)
    }
}

impl Terminal {
    fn act(&mut self, key: Key) -> io::Result<()> {
        self.text.clear();
        match key {
            Key::Pause if self.view.kept.is_some() => return self.go_on(),
            Key::Pause => self.view.kept = Some(Kept::default()),
            Key::Form => self.form = if self.form == Form::Full { Form::Compact } else { Form::Full },
            Key::Typing(number) => self.view.typed = Some(number),
            Key::NoNumber => self.view.typed = None,
            Key::Only(only) => {
                self.view.typed = None;
                self.view.only = only;
                match only {
                    Some(only) => self.tell(&Brief::OnlyOne(only.number())),
                    None => {
                        let hidden = std::mem::take(&mut self.view.hidden);
                        self.tell(&Brief::AllAgain(hidden));
                    }
                }
            }
            Key::Explain => self.compact.explain_again(),
            Key::Mark(at) => self.tell(&Brief::Mark(at)),
            Key::Help => self.tell(&Brief::Keys),
        }
        // What a key asks for is seen at once, whatever waits.
        self.write_rows()
    }

    /// A row of the view itself.
    fn tell(&mut self, brief: &Brief<'_>) {
        brief.write(self.look.language, 0, &mut self.text);
        self.text.push('\n');
    }

    /// Writes the rows of a record, or keeps them.
    pub(super) fn emit(&mut self, at: Duration) -> io::Result<()> {
        let Some(kept) = &mut self.view.kept else {
            return if self.text.is_empty() { Ok(()) } else { self.write_rows() };
        };
        if kept.text.len() + self.text.len() > MOST || kept.lost > 0 {
            kept.lost += 1;
        } else {
            kept.rows += self.text.bytes().filter(|octet| *octet == b'\n').count() as u64;
            kept.text.push_str(&self.text);
        }
        self.text.clear();
        if at >= self.view.line_at {
            self.view.line_at = at + LINE_PAUSE;
            return self.write_rows();
        }
        Ok(())
    }

    /// Writes `self.text`, and the line below it anew.
    fn write_rows(&mut self) -> io::Result<()> {
        if self.view.has_line {
            self.text.insert_str(0, ERASE);
        }
        self.view.has_line = false;
        let brief = match (self.view.typed, &self.view.kept) {
            (Some(number), _) => Some(Brief::Typing(number)),
            (None, Some(kept)) => Some(Brief::Paused(kept.rows)),
            (None, None) => None,
        };
        if let Some(brief) = brief {
            self.put_line(&brief);
            self.view.has_line = true;
        }
        self.out.write_all(self.text.as_bytes())?;
        self.out.flush()
    }

    /// The longest form of the line that leaves the last column free: the cursor stands there.
    fn put_line(&mut self, brief: &Brief<'_>) {
        let mut line = String::new();
        for level in 0..LEVELS {
            line.clear();
            brief.write(self.look.language, level, &mut line);
            if unicode_width::UnicodeWidthStr::width(line.as_str()) + 3 <= self.look.width {
                break;
            }
        }
        self.text.push_str("\x1b[7m ");
        self.text.push_str(&line);
        self.text.push_str(" \x1b[0m");
    }

    /// The rows that were kept, and how many are missing.
    fn go_on(&mut self) -> io::Result<()> {
        if let Some(kept) = self.view.kept.take() {
            self.text = kept.text;
            if kept.lost > 0 {
                self.tell(&Brief::PausedTooLong(kept.lost));
            }
        }
        self.write_rows()
    }
}

impl Drop for Terminal {
    /// What was kept is not lost with the end of the server.
    fn drop(&mut self) {
        self.view.typed = None;
        if self.view.has_line {
            self.text.clear();
            // There is no one to tell of an error.
            drop(self.go_on());
        }
    }
}

/// Octets of the rows that are kept while the view is paused.
const MOST: usize = 4 * 1024 * 1024;
/// How often the line says anew how many rows have come.
const LINE_PAUSE: Duration = Duration::from_millis(100);
/// To the first column, and everything from there on away.
const ERASE: &str = "\r\x1b[K";
