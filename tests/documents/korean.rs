//! The Korean pages use the words that Korean developers use: one word for one thing, and none that only a translation has.

use std::fs;

use wirestep::lesson::library::BUILT_IN;

use crate::page::{all_pages, root};

/// Words that were translated instead of written, and what is written instead.
const RETIRED: &[(&str, &str)] = &[
    ("옥텟", "바이트"),
    ("대답", "응답"),
    ("거절", "거부"),
    ("독자", "파서, 클라이언트"),
    ("돌아오", "재연결하다"),
    ("돌아온", "재연결하다"),
    ("돌아올", "재연결하다"),
    ("경주", "경합"),
    ("코딩", "전송 인코딩, 청크 인코딩"),
    ("온전", "완료된, 잘리지 않은"),
    ("하프 클로즈", "half-close"),
    ("반쪽 닫", "half-close"),
    ("와이어", "실제로 전송되는 바이트"),
    ("글자", "문자"),
    ("빈칸", "공백"),
    ("요청 줄", "요청 라인"),
    ("상태 줄", "상태 라인"),
    ("필드 줄", "헤더 라인"),
    ("헤더부", "헤더, 헤더 섹션"),
    ("트레일러 부분", "트레일러 섹션"),
    ("필드 라인", "헤더 라인"),
    ("Host 필드", "Host 헤더"),
    ("하프클로즈", "half-close"),
    ("반쪽 이벤트", "중간에 끊긴 이벤트"),
    ("들고 오", "보내다"),
    ("들고 요청", "보내며 요청하다"),
    ("돌려보내", "보내다"),
    ("쓰기가 실패", "write()가 실패"),
    ("쓰기 실패", "write() 실패"),
    ("쓰기 한 번", "write() 한 번"),
    ("읽기 한 번", "read() 한 번"),
    ("시계가 돌", "타이머가 돌다"),
    ("여섯 개 제한", "동시 연결 6개 제한"),
    ("레이블", "라벨"),
    ("상대의 FIN", "서버의 FIN, 클라이언트의 FIN"),
    ("상대 FIN", "서버의 FIN, 클라이언트의 FIN"),
    (" 링", "링 버퍼"),
    ("우리 커널", "서버 커널"),
    ("우리의 FIN", "서버의 FIN"),
    ("우리 FIN", "서버의 FIN"),
    ("톰캣", "Tomcat"),
    ("스프링", "Spring"),
    ("자바스크립트", "JavaScript"),
    ("와이어샤크", "Wireshark"),
];

/// Where such a word is quoted or is part of another one.
const ALLOWED: &[&str] =
    &["옥텟(octet)", "와이어(wire)", "인코딩", "디코딩", "구독자", "독자적", " 링크", " 링커", " 링 버퍼"];

#[test]
fn the_korean_pages_use_no_retired_word() {
    let mut found = Vec::new();
    for page in all_pages().into_iter().filter(|page| page.name.starts_with("docs/ko/")) {
        for line in page.prose() {
            found.extend(retired(line).map(|(word, instead)| format!("{}: {word} -> {instead}: {line}", page.name)));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_korean_of_the_scripts_uses_no_retired_word() {
    let mut found = Vec::new();
    for (file, text) in BUILT_IN {
        for line in text.lines() {
            found.extend(retired(line).map(|(word, instead)| format!("{file}: {word} -> {instead}: {line}")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The trace, the comments of captures, refusals, the help, the page.
#[test]
fn the_korean_of_the_source_uses_no_retired_word() {
    let mut files = vec![root().join("src")];
    let (mut found, mut looked_at) = (Vec::new(), 0);
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files
                .extend(fs::read_dir(&path).expect("it can be listed").map(|entry| entry.expect("it is there").path()));
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for line in text.lines().filter(|line| line.chars().any(|it| ('가'..='힣').contains(&it))) {
            looked_at += 1;
            found.extend(
                retired(line).map(|(word, instead)| format!("{}: {word} -> {instead}: {line}", path.display())),
            );
        }
    }
    assert!(looked_at > 700, "{looked_at} lines");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_check_sees_a_retired_word_and_lets_a_quoted_one_pass() {
    let words = |line| retired(line).map(|(word, _)| word).collect::<Vec<_>>();
    assert_eq!(words("서버의 대답은 32옥텟입니다."), ["옥텟", "대답"]);
    assert_eq!(words("RFC는 옥텟(octet)이라고 쓰고, 청크 인코딩은 바이트 단위입니다."), [""; 0]);
    assert_eq!(words("전송 코딩을 디코딩합니다."), ["코딩"]);
}

fn retired(line: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rest = ALLOWED.iter().fold(line.to_owned(), |rest, allowed| rest.replace(allowed, ""));
    RETIRED.iter().copied().filter(move |(word, _)| rest.contains(word))
}
