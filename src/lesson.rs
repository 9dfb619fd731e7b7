//! Room 4, lesson: text files that say, step by step, what goes on the wire.
//!
//! ```text
//! title: Anatomy of a chunk
//! param pause = 500ms (0s..10s)
//!
//! head 200 OK
//!   Transfer-Encoding: chunked
//! chunk "Hello, "
//! wait {pause}
//! chunk "world\n"
//! last-chunk                # the response is over; the connection is not
//! ```
//!
//! The server sends what the script says and nothing else: a head has the field lines below it and
//! no others, and a script may be wrong on purpose. A script must not hang, flood or crash the
//! server: [`Lesson::compile`] refuses such a script before it is played, and says where and why.
//!
//! ```text
//! text --parse--> script --bounds--> errors --lint--> warnings --compile--> Lesson
//! Lesson --play--> Step, Step, Step
//! ```
//!
//! Read in this order:
//!
//! - `limits`: what a script may cost.
//! - `diagnostic`: an error or a warning, shown with line, column and caret.
//! - `parameter`: what a query may set.
//! - `script`: the instructions; `case`: a program, and the requests that it is played for.
//! - `cursor`, `parse`: text to instructions.
//! - `bounds`: the cost of a script at most, computed before it is played.
//! - `reflection`: what a query fills in must not run in a browser.
//! - [`play`]: the steps of a case, one at a time.
//! - `lint`: what a client will make of these steps, according to the dissector.
//! - [`compile`]: all of this, in order.
//! - [`library`]: the lessons of this server; `built_in`, `list`: those of the course, and how all
//!   of them are listed.
//!
//! The language is described in `docs/lessons.md`. For the next editor: a file of this room imports
//! from files above it in this list only, and never from this one.

mod bounds;
mod built_in;
mod case;
pub mod compile;
mod cursor;
pub mod diagnostic;
pub mod library;
mod limits;
mod lint;
mod list;
pub mod parameter;
mod parse;
pub mod play;
mod reflection;
mod script;

pub use self::compile::Lesson;
pub use self::diagnostic::{Diagnostic, Severity, show_all};
pub use self::play::Play;
