//! The field lines of a head, put together from labelled pieces.
//!
//! ```text
//! FieldName "Cache-Con"   FieldName "trol"   FieldColon   FieldValue " no-cache"   FieldCrlf
//! -> ("cache-control", "no-cache")
//! ```
//!
//! A name or value that is longer than what is kept is cut: no field that the judge knows is.

use crate::wire::label::Label;
use crate::wire::span::Span;

/// The field line that passes.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldLine {
    name: Vec<u8>,
    value: Vec<u8>,
}

impl FieldLine {
    /// Takes a piece; true if it ends a line, which [`FieldLine::name`] and [`FieldLine::value`]
    /// then give.
    pub(super) fn span(&mut self, span: &Span, octets: &[u8]) -> bool {
        match span.label {
            Label::FieldName => {
                if span.starts {
                    self.name.clear();
                    self.value.clear();
                }
                keep(&mut self.name, octets, LONGEST_NAME);
            }
            Label::FieldValue => keep(&mut self.value, octets, LONGEST_VALUE),
            Label::FieldCrlf => return octets.ends_with(b"\n"),
            _ => {}
        }
        false
    }

    /// The field name in lower case.
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(&self.name).to_ascii_lowercase()
    }

    /// The field value without white space around it, in lower case.
    pub(super) fn value(&self) -> String {
        String::from_utf8_lossy(self.value.trim_ascii()).to_ascii_lowercase()
    }
}

fn keep(kept: &mut Vec<u8>, octets: &[u8], most: usize) {
    let room = most.saturating_sub(kept.len()).min(octets.len());
    kept.extend_from_slice(&octets[..room]);
}

const LONGEST_NAME: usize = 40;
const LONGEST_VALUE: usize = 256;
