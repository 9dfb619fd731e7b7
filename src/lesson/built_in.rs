//! The lessons of the course, which are built into the program.
//!
//! ```text
//! docs/lessons/05-chunk.lesson     /lessons/chunk, /lessons/05-chunk, /lessons/5
//! ```

use crate::wire::fields::is_decimal;

/// A part of the course: several lessons about one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CoursePart {
    /// 1 for the first part.
    pub(super) number: usize,
    pub(super) en: &'static str,
    pub(super) ko: &'static str,
}

/// The file of the lesson with this name, with or without its number, or with this number: `chunk`,
/// `05-chunk`, `5`.
pub(super) fn file_of(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().map(|(file, _)| *file).find(|file| {
        let number = file.split('-').next().unwrap_or_default().trim_start_matches('0');
        *file == name || short_name(file) == name || number == name
    })
}

/// The number of a lesson, as its file has it: `05`.
pub(super) fn number_of(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(file, _)| short_name(file) == name)?.0.split('-').next()
}

/// The name without its number: `chunk`.
pub(super) fn short_name(file: &str) -> &str {
    match file.split_once('-') {
        Some((number, name)) if is_decimal(number.as_bytes()) => name,
        Some(_) | None => file,
    }
}

/// The part that the lesson with this number belongs to.
pub(super) fn part_of(lesson: usize) -> Option<CoursePart> {
    let index = PARTS.iter().rposition(|(first, _, _)| lesson >= *first)?;
    let (_, en, ko) = *PARTS.get(index)?;
    Some(CoursePart { number: index + 1, en, ko })
}

/// The parts of the course: the number of the first lesson, and the heading in English and in
/// Korean.
const PARTS: &[(usize, &str, &str)] = &[
    (1, "Where a message ends", "메시지는 어디서 끝나는가"),
    (10, "The connection around it", "메시지를 둘러싼 연결"),
    (14, "Events in the body", "본문 속의 이벤트"),
    (20, "The world between and around", "클라이언트와 서버 사이"),
];

macro_rules! built_in {
    ($($file:literal)*) => {
        /// The scripts of `docs/lessons`, in the order in which they are taught.
        pub const BUILT_IN: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../docs/lessons/", $file, ".lesson"))),)*];
    };
}

built_in! {
    "01-by-hand" "02-length" "03-no-body" "04-close" "05-chunk" "06-endings" "07-five-readers" "08-trailers"
    "09-wireshark" "10-keep-alive" "11-idle-race" "12-pipelining" "13-fin-and-rst" "14-first-events" "15-boundaries"
    "16-grammar" "17-three-ends" "18-coming-back" "19-stop" "20-heartbeats" "21-who-holds" "22-slow-reader"
    "23-tokens" "24-smuggling"
}
