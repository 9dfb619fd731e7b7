//! What a verdict says, in Korean (개조식).

use std::fmt::{self, Formatter};

use crate::wire::ending::Ending;
use crate::wire::finding::{Cut, EventCount, Finding, Seconds, WholeEnd};
use crate::wire::gap::Gap;

pub(super) fn say(finding: Finding, f: &mut Formatter<'_>) -> fmt::Result {
    match finding {
        Finding::Complete { end, count } => {
            f.write_str(match end {
                WholeEnd::LastChunk => "완료: 마지막 청크",
                WholeEnd::ContentLength => "완료: Content-Length만큼 모두 도착",
                WholeEnd::NoBody => "완료: 헤더까지. 본문이 없는 응답",
            })?;
            events(count, f)
        }
        Finding::EndUnknown { count } => {
            f.write_str("끝을 알 수 없음: FIN으로 끝나는 응답. 완료된 것과 잘린 것이 똑같이 보임")?;
            events(count, f)
        }
        Finding::Incomplete { cut, ending, count, idle } => {
            write!(f, "미완료: {} 서버의 {}", place(ending), name(cut))?;
            missing(ending, f)?;
            events(count, f)?;
            write!(f, "; 그 전 {} 동안 아무 바이트도 없었음", time(idle))
        }
        Finding::ClientLeft { cut, count, idle } => {
            f.write_str(match cut {
                Cut::Fin => "클라이언트가 먼저 닫음(떠났거나 half-close). 응답은 끝나지 않았음",
                Cut::Rst => "클라이언트가 떠남. 응답은 끝나지 않았음",
            })?;
            events(count, f)?;
            write!(f, "; 그 전 {} 동안 아무 바이트도 없었음", time(idle))
        }
        Finding::Unanswered { cut, waited } => {
            write!(f, "응답 없음: 요청 {} 뒤, 응답의 첫 바이트 전에 {}", time(waited), name(cut))
        }
        Finding::NoOrigin => f.write_str("응답 없음: 오리진에 연결할 수 없음"),
        Finding::StillOpen { count, idle } => {
            f.write_str("아직 열려 있음: 트레이스가 끝날 때 응답이 끝나지 않았음")?;
            events(count, f)?;
            write!(f, "; 그 전 {} 동안 아무 바이트도 없었음", time(idle))
        }
        Finding::NotJudged { gap } => f.write_str(match gap {
            Gap::MidStream => "판정하지 않음: 메시지의 시작을 보지 못함",
            Gap::Missing => "판정하지 않음: 메시지의 바이트가 빠져 있음",
            Gap::TooMuch => "판정하지 않음: 한 턴에 바이트가 너무 많아 라벨을 붙이지 않음",
            Gap::MethodNotKnown => "판정하지 않음: 요청의 메서드를 보관하지 않음",
        }),
    }
}

pub(super) fn remedy(finding: Finding, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match finding {
        Finding::EndUnknown { .. } => {
            "HTTP/1.1과 Transfer-Encoding: chunked, 또는 Content-Length. 스트림 안의 종료 표시(예: [DONE])"
        }
        Finding::Incomplete { .. } => {
            "서버 쪽의 비정상 종료, 배포, 시간 제한을 확인. 클라이언트에는 종료 표시나 id가 필요"
        }
        Finding::Unanswered { .. } => {
            "서버는 클라이언트나 프록시가 재사용하는 시간보다 오래 유휴 연결을 유지해야 함. 비정상 종료도 확인"
        }
        Finding::NoOrigin => "오리진을 시작하거나 주소를 고침",
        Finding::Complete { .. }
        | Finding::ClientLeft { .. }
        | Finding::StillOpen { .. }
        | Finding::NotJudged { .. } => "",
    })
}

fn name(cut: Cut) -> &'static str {
    match cut {
        Cut::Fin => "FIN",
        Cut::Rst => "RST",
    }
}

fn place(ending: Ending) -> &'static str {
    match ending {
        Ending::InsideHead => "헤더 도중에",
        Ending::InsideBody { .. } => "Content-Length를 채우기 전에",
        Ending::InsideChunked { .. } => "마지막 청크 전에",
        Ending::BodyTorn => "FIN이 본문을 끝낼 자리에",
        Ending::FramingLost(_) => "프레이밍을 놓친 뒤에",
        Ending::BetweenMessages
        | Ending::Unanswered { .. }
        | Ending::BodyComplete { .. }
        | Ending::TunnelClosed
        | Ending::TunnelTorn
        | Ending::NotKnown(_) => "응답이 끝나기 전에",
    }
}

fn missing(ending: Ending, f: &mut Formatter<'_>) -> fmt::Result {
    match ending {
        Ending::InsideBody { missing } => write!(f, "; 본문이 {missing}바이트 모자람"),
        Ending::InsideChunked { missing } if missing > 0 => write!(f, "; 청크가 {missing}바이트 모자람"),
        _ => Ok(()),
    }
}

fn events(count: Option<EventCount>, f: &mut Formatter<'_>) -> fmt::Result {
    let Some(EventCount { events, every }) = count else { return Ok(()) };
    match events {
        0 => f.write_str("; 이벤트 없음")?,
        _ => write!(f, "; 이벤트 {events}개")?,
    }
    every.map_or(Ok(()), |every| write!(f, ", 간격 {}", time(every)))
}

fn time(Seconds(time): Seconds) -> String {
    match time.as_millis() {
        0..2_000 => format!("{}ms", time.as_millis()),
        2_000..100_000 => format!("{:.2}초", time.as_secs_f64()),
        _ => format!("{:.0}초", time.as_secs_f64()),
    }
}
