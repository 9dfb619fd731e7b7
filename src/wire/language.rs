//! The languages in which sentences are made.
//!
//! ```text
//! LC_ALL, LC_MESSAGES, LANG    the first one that is set and not empty counts (POSIX, XBD 8.2)
//! ko_KR.UTF-8                  Korean
//! en_US.UTF-8, C, POSIX        English
//! ```
//!
//! Only a sink holds a language: records, labels, codes and section numbers are the same in all of
//! them.

/// A language that the trace's sentences are made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Language {
    /// All of them, for tables and tests.
    pub const ALL: [Language; 2] = [Language::En, Language::Ko];

    /// The language of a locale such as `ko_KR.UTF-8`; English for one that is not known.
    ///
    /// ```
    /// use wirestep::wire::language::Language;
    ///
    /// assert_eq!(Language::of_locale("ko_KR.UTF-8"), Language::Ko);
    /// assert_eq!(Language::of_locale("C"), Language::En);
    /// ```
    pub fn of_locale(locale: &str) -> Language {
        let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ko") { Language::Ko } else { Language::En }
    }

    /// The tag of the language (BCP 47): `en` or `ko`.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ko => "ko",
        }
    }
}

/// What an author says about a step, in one language or in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    en: String,
    ko: String,
}

impl Note {
    /// Adds a sentence in `language` to those that are already there.
    pub fn push(&mut self, language: Language, sentence: &str) {
        let text = match language {
            Language::En => &mut self.en,
            Language::Ko => &mut self.ko,
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(sentence);
    }

    /// The note in `language`, or in the other one if it is not written in this one.
    ///
    /// ```
    /// use wirestep::wire::language::{Language, Note};
    ///
    /// let mut note = Note::default();
    /// note.push(Language::En, "The last chunk.");
    /// assert_eq!(note.in_language(Language::Ko), "The last chunk.");
    /// note.push(Language::Ko, "마지막 청크.");
    /// assert_eq!(note.in_language(Language::Ko), "마지막 청크.");
    /// ```
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::En if !self.en.is_empty() => &self.en,
            Language::Ko if self.ko.is_empty() => &self.en,
            Language::En | Language::Ko => &self.ko,
        }
    }

    /// Whether nothing has been said.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.ko.is_empty()
    }
}

impl From<&str> for Note {
    /// A note in English.
    fn from(sentence: &str) -> Note {
        Note { en: sentence.to_owned(), ko: String::new() }
    }
}
