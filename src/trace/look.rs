//! How the rows of a terminal look: what both forms need to know of it.
//!
//! ```text
//! 80 columns, English, colours for a dark background, line ends as escapes
//! ```

use super::palette::Palette;
use super::signs::Signs;
use crate::wire::language::Language;

/// How rows are to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Columns of the terminal or file; rows are folded to them.
    pub(super) width: usize,
    /// Of sentences and notes.
    pub(super) language: Language,
    /// The colours, chosen for the terminal's background.
    pub(super) palette: &'static Palette,
    /// How octets are written.
    pub(super) signs: Signs,
}
