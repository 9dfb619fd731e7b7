//! Every note in Korean.
//!
//! For the next editor: nominal style without particles where it stays clear; a syllable takes two
//! columns. The side that acts is named: 클라이언트, 서버.

use std::fmt::{self, Write};

use super::{Brief, Caption, Content, Events, Part, Sum, if_level};
use crate::wire::body_rule::{Bodiless, BodyRule};
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::explain::Saying;
use crate::wire::flow::Flow;
use crate::wire::language::Language;
use crate::wire::traffic::{Grouped, Traffic};

pub(super) fn say(brief: &Brief<'_>, level: usize, out: &mut String) -> fmt::Result {
    match *brief {
        Brief::Opened(peer) => write!(out, "연결 열림: {peer}"),
        Brief::Head { flow, number, rule } => head(flow, number, rule, level, out),
        Brief::HeadPiece(true) => out.write_str("헤더 시작"),
        Brief::HeadPiece(false) => out.write_str("헤더 계속"),
        Brief::MoreFields(count) => write!(out, "+헤더 {count}개"),
        Brief::Chunk { number, size, part, content } => chunk(number, size, part, content, level, out),
        Brief::Content(it) => content(it, level, out),
        Brief::LastChunk { is_complete: false, .. } => out.write_str("마지막 청크. 트레일러 섹션이 뒤따름"),
        Brief::LastChunk { flow, is_complete: true, sum } => {
            if_level(level, 3, || out.write_str("마지막 청크: "))?;
            complete(flow, level, out)?;
            summed(", ", &sum, level, out)
        }
        Brief::BodyPiece { so_far, all, content: it } => {
            write!(out, "본문: {}/{}바이트", Grouped(so_far), Grouped(all))?;
            if_level(level, 1, || after(", ", it, level, out))
        }
        Brief::BodyEnds { flow, sum } => {
            if_level(level, 1, || write!(out, "{}바이트 전부: ", Grouped(sum.octets)))?;
            complete(flow, level, out)
        }
        Brief::UntilFin { so_far, content: it } => {
            if it == Content::Opaque || level == 0 {
                write!(out, "본문: {}바이트", Grouped(so_far))?;
                after(", ", it, level, out)?;
            } else {
                content(it, level, out)?;
            }
            if_level(level, 2, || out.write_str(", FIN까지"))
        }
        Brief::Tunnel(octets) => {
            if_level(level, 1, || out.write_str("다른 프로토콜 "))?;
            write!(out, "{}바이트", Grouped(octets as u64))
        }
        Brief::FirstFin(flow, cause) => first_fin(flow, cause, level, out),
        Brief::LastFin => out.write_str(if level < 2 { "닫힘: 양쪽 모두 FIN을 보냄" } else { "닫힘" }),
        Brief::FinEnds { undispatched: true, .. } => out.write_str(match level {
            0 => "FIN이 본문의 끝. 마지막 이벤트는 빈 줄이 없어 전달되지 않음",
            1 | 2 => "FIN이 본문의 끝. 마지막 이벤트는 전달되지 않음",
            _ => "마지막 이벤트 전달 안 됨",
        }),
        Brief::FinEnds { undispatched: false, sum } => {
            complete(Flow::Responses, level, out)?;
            if_level(level, 1, || out.write_str(": FIN이 본문의 끝"))?;
            summed(", ", &sum, level, out)
        }
        Brief::Incomplete { by, of, ending, sum } => incomplete(by, of, ending, &sum, level, out),
        Brief::Torn(it) => {
            out.write_str("양방향이 한꺼번에 끊김")?;
            if_level(level, 0, || write!(out, ": {}", Saying::Cause(it).in_language(Language::Ko)))
        }
        Brief::Stays(wait) => {
            out.write_str("연결 유지: 다음 요청을 ")?;
            if wait.subsec_millis() == 0 {
                write!(out, "{}초", wait.as_secs())?;
            } else {
                write!(out, "{}ms", wait.as_millis())?;
            }
            out.write_str(" 기다림")
        }
        Brief::Blocked(flow, pending) => {
            out.write_str(if level < 3 { "write()가 블록될 상황: " } else { "블록: " })?;
            write!(out, "{}바이트 대기", Grouped(pending as u64))?;
            let reader = if flow == Flow::Requests { "오리진" } else { "클라이언트" };
            if_level(level, 1, || write!(out, "({reader}가 읽을 때까지)"))
        }
        Brief::Closed(it) => write!(out, "닫힘: {}", Saying::Cause(it).in_language(Language::Ko)),
        Brief::Crowd(traffic) => crowd(traffic, level, out),
        Brief::Fault(saying) => write!(out, "오류: {}", saying.in_language(Language::Ko)),
        Brief::Held => out.write_str("보류"),
        Brief::Paused(rows) => {
            write!(out, "멈춤  새 줄 {}개", Grouped(rows))?;
            if_level(level, 1, || out.write_str("   Space 계속"))?;
            if_level(level, 0, || out.write_str("   # 연결 하나만   ? 키"))
        }
        Brief::PausedTooLong(records) => write!(out, "너무 오래 멈춰 레코드 {}개를 생략함", Grouped(records)),
        Brief::Typing(number) => {
            out.write_str("연결 #")?;
            number.map_or(Ok(()), |number| write!(out, "{number}"))?;
            if_level(level, 0, || out.write_str("   Enter로 이 연결만, 번호 없이 Enter면 모두"))
        }
        Brief::OnlyOne(number) => write!(out, "연결 {number}만 표시. #과 Enter로 다시 모두 표시"),
        Brief::AllAgain(hidden) => write!(out, "모든 연결 표시. 그동안 숨긴 레코드 {}개", Grouped(hidden)),
        Brief::Mark(at) => write!(out, "--- 표시 {}.{:03} ---", at.as_secs(), at.subsec_millis()),
        Brief::Keys => out.write_str(KEYS),
    }
}

const KEYS: &str = "\
Space  보기를 멈춤. 서버는 계속하고, 그동안의 줄은 보관
Tab    full 형식과 compact 형식을 전환
#      연결 하나만: 번호와 Enter. Enter만 누르면 모두
+      compact 형식의 설명을 다시 표시
=      표시를 남김
Ctrl-C 서버 종료";

fn head(flow: Flow, number: u32, rule: BodyRule, level: usize, out: &mut String) -> fmt::Result {
    match flow {
        _ if number == 0 => return body(rule, out),
        Flow::Requests => write!(out, "요청 {number}")?,
        Flow::Responses => write!(out, "요청 {number}의 응답")?,
    }
    match level {
        0 => out.write_str(": ")?,
        _ => return Ok(()),
    }
    body(rule, out)
}

fn body(rule: BodyRule, out: &mut String) -> fmt::Result {
    out.write_str(match rule {
        BodyRule::NoBody(Bodiless::Interim) => "중간 응답: 최종 응답이 뒤따름",
        BodyRule::NoBody(Bodiless::Head | Bodiless::NoContent | Bodiless::NotModified) => "본문 없음",
        BodyRule::NoLength | BodyRule::Length(0) => "본문 없음",
        BodyRule::Tunnel => "터널 시작",
        BodyRule::Upgrade | BodyRule::Preface => "다른 프로토콜 시작",
        BodyRule::Chunked => "본문: 청크",
        BodyRule::CodingUntilFin | BodyRule::UntilFin => "본문: FIN까지",
        BodyRule::CodingWithoutEnd | BodyRule::InvalidLength => "본문: 끝을 알 수 없음",
        BodyRule::Length(octets) => return write!(out, "본문: {}바이트", Grouped(octets)),
        BodyRule::MethodNotKnown => "본문: 알 수 없음",
    })
}

fn chunk(number: u32, size: u64, part: Part, it: Content, level: usize, out: &mut String) -> fmt::Result {
    // A comment is told of by what it is not: an event.
    if matches!(it, Content::Heartbeat | Content::Comment) && level > 0 {
        return content(it, level, out);
    }
    write!(out, "청크 {number}")?;
    match (part, level) {
        (Part::Whole, 0) if size > 9 => write!(out, ": 0x{size:x} = {}바이트", Grouped(size))?,
        (Part::Whole, 0 | 1) => write!(out, ": {}바이트", Grouped(size))?,
        (Part::Whole, _) => return after(if level == 2 { ": " } else { " " }, it, level, out),
        (Part::SizeOnly, 0..=2) => return write!(out, ": 뒤에 {}바이트", Grouped(size)),
        (Part::SizeOnly, _) => return Ok(()),
        (Part::UpTo(so_far), _) => write!(out, ": {}/{}바이트", Grouped(so_far), Grouped(size))?,
        (Part::End, _) => out.write_str(" 끝")?,
    }
    if_level(level, 1, || after(", ", it, level, out))
}

fn after(separator: &str, it: Content, level: usize, out: &mut String) -> fmt::Result {
    if it == Content::Opaque {
        return Ok(());
    }
    out.write_str(separator)?;
    content(it, level, out)
}

fn content(it: Content, level: usize, out: &mut String) -> fmt::Result {
    match it {
        Content::Opaque => Ok(()),
        Content::CutsCharacter => out.write_str("문자 중간에서 잘림"),
        Content::Heartbeat => out.write_str(if level < 4 { "하트비트: 이벤트 없음" } else { "하트비트" }),
        Content::Comment => out.write_str(if level < 4 { "주석: 이벤트 없음" } else { "주석" }),
        Content::NoEvent => out.write_str("이벤트 없음"),
        Content::Events(it) => events(it, level, out),
    }
}

fn events(it: Events, level: usize, out: &mut String) -> fmt::Result {
    let Events { first, last, is_continued, is_unfinished } = it;
    if level >= 4 {
        let (before, behind) = (if is_continued { ".." } else { "" }, if is_unfinished { ".." } else { "" });
        return match first == last {
            true => write!(out, "ev {before}{first}{behind}"),
            false => write!(out, "ev {before}{first}-{last}{behind}"),
        };
    }
    match (first == last, is_continued, is_unfinished) {
        (true, false, false) => write!(out, "이벤트 {first}"),
        (true, true, false) => write!(out, "이벤트 {first} 끝"),
        (true, false, true) => write!(out, "이벤트 {first} 시작"),
        (true, true, true) => write!(out, "이벤트 {first} 계속"),
        (false, true, true) if last == first + 1 => write!(out, "이벤트 {first} 끝, {last} 시작"),
        (false, false, false) => write!(out, "이벤트 {first}~{last}"),
        (false, true, false) => write!(out, "이벤트 {first}(끝)~{last}"),
        (false, false, true) => write!(out, "이벤트 {first}~{last}(시작)"),
        (false, true, true) => write!(out, "이벤트 {first}(끝)~{last}(시작)"),
    }
}

fn complete(flow: Flow, level: usize, out: &mut String) -> fmt::Result {
    out.write_str(match flow {
        _ if level >= 4 => "완료",
        Flow::Requests => "요청 완료",
        Flow::Responses => "응답 완료",
    })
}

/// `이벤트 3개, 청크 3개, 96바이트, 0.30초`, as far as the level has room for.
fn summed(separator: &str, sum: &Sum, level: usize, out: &mut String) -> fmt::Result {
    let mut separator = separator;
    for (number, unit) in [(sum.events, "이벤트"), (sum.chunks, "청크")] {
        if number > 0 && level <= 2 {
            write!(out, "{separator}{unit} {}개", Grouped(u64::from(number)))?;
            separator = ", ";
        }
    }
    if sum.octets > 0 && level <= 1 {
        write!(out, "{separator}{}바이트", Grouped(sum.octets))?;
        separator = ", ";
    }
    let has_time = !sum.took.is_zero() && level == 0;
    if has_time { write!(out, "{separator}{:.2}초", sum.took.as_secs_f64()) } else { Ok(()) }
}

fn first_fin(flow: Flow, cause: Cause, level: usize, out: &mut String) -> fmt::Result {
    match (flow, cause) {
        (Flow::Requests, _) => out.write_str(match level {
            0 => "클라이언트가 더 보내지 않음. 서버는 더 보낼 수 있음(half-close)",
            1 => "클라이언트가 더 보내지 않음(half-close)",
            _ => "클라이언트가 더 보내지 않음",
        }),
        (Flow::Responses, Cause::FinSegment(_) | Cause::OriginFin) => out.write_str(match level {
            0 => "서버가 더 보내지 않음. 클라이언트는 더 보낼 수 있음(half-close)",
            1 => "서버가 더 보내지 않음(half-close)",
            _ => "서버가 더 보내지 않음",
        }),
        (Flow::Responses, cause) => {
            out.write_str("서버가 더 보내지 않음")?;
            if_level(level, 1, || write!(out, ": {}", Saying::Cause(cause).in_language(Language::Ko)))?;
            match level {
                0 | 2 => out.write_str(". 읽기는 계속함"),
                _ => Ok(()),
            }
        }
    }
}

fn incomplete(by: Flow, of: Flow, ending: Ending, sum: &Sum, level: usize, out: &mut String) -> fmt::Result {
    if by == Flow::Requests && of == Flow::Responses && level < 2 {
        out.write_str("클라이언트가 떠남: ")?;
    }
    match of {
        Flow::Requests if level < 3 => out.write_str("요청 ")?,
        Flow::Responses if level < 3 => out.write_str("응답 ")?,
        Flow::Requests | Flow::Responses => {}
    }
    out.write_str("미완료")?;
    if level >= 4 {
        return Ok(());
    }
    out.write_str(": ")?;
    match ending {
        Ending::InsideHead => return out.write_str("헤더 중간에서 끊김"),
        Ending::InsideBody { missing } => {
            let all = sum.octets.saturating_add(missing);
            return write!(out, "{}/{}바이트", Grouped(sum.octets), Grouped(all));
        }
        Ending::InsideChunked { missing: 0 } => out.write_str("마지막 청크 없음")?,
        Ending::InsideChunked { missing } => write!(out, "청크의 {}바이트가 없음", Grouped(missing))?,
        Ending::BodyTorn => out.write_str("RST는 본문의 끝이 아님")?,
        Ending::TunnelTorn => return out.write_str("터널이 끊김"),
        Ending::FramingLost(_) => out.write_str("프레이밍을 잃음")?,
        Ending::Unanswered { .. } | Ending::NotKnown(_) => return not_known(ending, out),
        Ending::BetweenMessages | Ending::BodyComplete { .. } | Ending::TunnelClosed => return not_known(ending, out),
    }
    if sum.chunks > 0 || sum.events > 0 {
        summed(", 그때까지 ", sum, level.max(2), out)?;
    }
    Ok(())
}

fn not_known(ending: Ending, out: &mut String) -> fmt::Result {
    write!(out, "{}", Saying::Ending(ending, None).in_language(Language::Ko))
}

fn crowd(traffic: &Traffic, level: usize, out: &mut String) -> fmt::Result {
    let [open, came, left, reset, blocked] =
        [traffic.open, traffic.opened, traffic.closed, traffic.reset, traffic.blocked].map(Grouped);
    write!(out, "열린 연결 {open}개. {:.1}초 동안 {came}개 열림, {left}개 닫힘", traffic.since.as_secs_f64())?;
    if traffic.reset > 0 {
        write!(out, "(RST {reset}개)")?;
    }
    if_level(level, 3, || {
        write!(out, "; {}바이트 읽음, {}바이트 씀", Grouped(traffic.read), Grouped(traffic.written))
    })?;
    if_level(level, 1, || if traffic.blocked > 0 { write!(out, ", 블록 {blocked}번") } else { Ok(()) })
}

pub(super) fn caption(caption: Caption, out: &mut String) -> fmt::Result {
    out.write_str(match caption {
        Caption::Status(100..=199) => "중간 응답",
        Caption::Status(200..=299) => "성공",
        Caption::Status(300..=399) => "리다이렉트",
        Caption::Status(400..=499) => "클라이언트 오류",
        Caption::Status(500..=599) => "서버 오류",
        Caption::Status(_) => "상태",
        Caption::BodyEnd(BodyRule::Chunked) => "본문의 끝: 마지막 청크",
        Caption::BodyEnd(BodyRule::Length(_)) => "본문의 끝: 이 바이트 수",
        Caption::BodyEnd(_) => "본문이 끝나는 법",
        Caption::ThenFin => "그다음 FIN",
        Caption::ReadAsEvents => "이벤트로 읽음",
        Caption::MediaType => "미디어 타입",
        Caption::Size(size) => return write!(out, "크기 {size}"),
        Caption::Octets => "데이터",
        Caption::EventId => "ID",
        Caption::EventType => "타입",
        Caption::EventData => "데이터",
        Caption::EventRetry => "재연결 ms",
        Caption::EventComment => "콜론으로 시작: 무시되는 줄",
        Caption::EventEnds => "이벤트 끝",
        Caption::ChunkEnds => "청크 끝",
        Caption::LastSize => "마지막",
        Caption::Trailer => "트레일러 필드",
        Caption::BodyEnds => "빈 줄: 본문 끝",
    })
}
