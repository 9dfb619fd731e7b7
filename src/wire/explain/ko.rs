//! Every sentence in Korean.
//!
//! For the next editor: a label is no speech, so a sentence ends with a noun or in -음 (개조식). Names of grammar rules,
//! FIN, RST, CRLF, calls and field names stay in English; an octet is a 바이트. Sides are 서버 and 클라이언트.

use std::fmt::{self, Formatter};
use std::io;
use std::time::Duration;

use crate::wire::cause::{Call, Cause, StateChange};
use crate::wire::persistence::{CloseReason, Persistence};
use crate::wire::step::StepKind;

pub(super) fn cause(cause: Cause, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match cause {
        Cause::ReadZero => "read() = 0: 클라이언트가 더 보내지 않음",
        Cause::Ends(reason) => close_reason(reason),
        Cause::Script => "레슨 스크립트의 스텝",
        Cause::PeerReset { call, errno } => {
            f.write_str(match call {
                Call::Write | Call::Shutdown => {
                    "클라이언트가 이미 떠남: 서버가 보낸 바이트에 클라이언트의 커널이 RST로 응답; "
                }
                Call::Read | Call::SetSocketOption => "클라이언트가 RST로 연결을 끊음; ",
            })?;
            return failed(call, errno, f);
        }
        Cause::BothFin => "양쪽 모두 FIN을 보냄",
        Cause::FinTimeout => "제한 시간 안에 클라이언트의 FIN이 오지 않음",
        Cause::AfterReset => "RST는 양방향을 한꺼번에 끝냄",
        Cause::Unacknowledged => "서버가 보낸 데이터의 ACK가 너무 오래 오지 않음",
        Cause::CallFailed { call, errno } => return failed(call, errno, f),
    })
}

fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::ClientSaidClose => "클라이언트가 Connection: close를 보냄",
        CloseReason::Http10 => "keep-alive 없는 HTTP/1.0: 연결마다 응답 하나",
        CloseReason::CloseDelimited => "본문에 길이도 청크도 없음: FIN이 본문의 끝",
        CloseReason::Refused => "요청을 거부함. 이 연결에서 다음 요청은 읽지 않음",
        CloseReason::ClientFin => "클라이언트의 FIN이 왔고, 그 전의 요청에는 모두 응답함",
        CloseReason::Idle => "제한 시간 안에 요청이 없음(유휴 타임아웃)",
        CloseReason::WriteStall => "클라이언트가 너무 오래 데이터를 받지 않음",
        CloseReason::Draining => "서버 종료 중",
    }
}

fn failed(call: Call, errno: Option<i32>, f: &mut Formatter<'_>) -> fmt::Result {
    match errno {
        Some(errno) => write!(f, "{}() 실패: {}", call.name(), io::Error::from_raw_os_error(errno)),
        None => write!(f, "{}() 실패", call.name()),
    }
}

pub(super) fn state(change: StateChange, f: &mut Formatter<'_>) -> fmt::Result {
    match change {
        StateChange::Watching => f.write_str("트레이스를 보는 연결. 이 연결 자체는 기록하지 않음"),
        StateChange::Persistent { persistence, wait } => {
            match persistence {
                Persistence::Http11 => f.write_str("HTTP/1.1이고 close가 없음: ")?,
                Persistence::Http10KeepAlive => f.write_str("HTTP/1.0이고 클라이언트가 keep-alive를 요청함: ")?,
                Persistence::Ends(reason) => write!(f, "{}: ", close_reason(reason))?,
            }
            f.write_str("다음 요청을 ")?;
            time(wait, f)?;
            f.write_str(" 기다림")
        }
    }
}

fn time(time: Duration, f: &mut Formatter<'_>) -> fmt::Result {
    if time.subsec_millis() == 0 { write!(f, "{}초", time.as_secs()) } else { write!(f, "{}ms", time.as_millis()) }
}

/// What to think about before a held step is released.
pub(super) fn question(step: StepKind) -> &'static str {
    match step {
        StepKind::Head => "클라이언트는 이 헤더의 어디를 보고 본문의 끝을 알까?",
        StepKind::Chunk | StepKind::Deliver => "이 바이트를 받으면 클라이언트는 무엇을 할까?",
        StepKind::LastChunk => "이 바이트로 끝나는 것은 무엇이고, 끝나지 않는 것은 무엇일까?",
        StepKind::Data => "클라이언트는 이 본문의 끝을 어떻게 알까?",
        StepKind::Wait | StepKind::SendBuffer => "다음에 무슨 일이 일어날까?",
        StepKind::Hold => "스크립트가 기다리는 중. 다음에 무엇을 할까?",
        StepKind::Fin => "이 뒤에도 보낼 수 있는 것은 무엇이고, 어느 쪽이 보낼 수 있을까?",
        StepKind::Rst => "아직 가는 중인 바이트는 어떻게 될까?",
    }
}
