//! The languages in which sentences are made.
//!
//! ```text
//! LC_ALL, LC_MESSAGES, LANG    the first one that is set and not empty counts (POSIX, XBD 8.2)
//! ko_KR.UTF-8                  Korean
//! en_US.UTF-8, C, POSIX        English
//! ```
//!
//! Only a sink holds a language: records, labels, codes and section numbers are the same in all of them.

/// A language.
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
