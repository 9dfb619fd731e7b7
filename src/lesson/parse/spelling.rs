//! A known word that is nearly the unknown one: `did you mean chunk?`
//!
//! The distance of two words is the number of letters to change, insert or delete (Levenshtein).

use super::super::limits::LONGEST_WORD;

/// The end of a hint: the nearest of the `known` words, if it is at most two letters away.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (distance(word, known), known)).min();
    match near {
        Some((distance, known)) if distance <= 2 && word.len() > 2 => format!("; did you mean {known}?"),
        Some(_) | None => String::new(),
    }
}

/// The number of letters to change, insert or delete.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(LONGEST_WORD).collect(), other.chars().collect());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut before = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, b) in other.iter().enumerate() {
            let change = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(before + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
