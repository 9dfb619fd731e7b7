//! Every sentence in Korean.
//!
//! For the next editor: a label is no speech, so a sentence ends with a noun or in -음 (개조식). Names
//! of grammar rules, FIN, RST, CRLF, calls and field names stay in English; an octet is a 바이트.
//! Sides are 서버 and 클라이언트.

use std::fmt::{self, Formatter};
use std::io;
use std::time::Duration;

use super::meaning::{FieldMeaning, MethodMeaning, StatusMeaning};
use super::{Began, Explanation, Saying, finding_ko, is_broken_pipe};
use crate::wire::body_rule::{Bodiless, BodyRule, Remark};
use crate::wire::cause::{Call, Cause, Loss, StateChange};
use crate::wire::chunked::ChunkError;
use crate::wire::ending::Ending;
use crate::wire::fault::Fault;
use crate::wire::flow::Flow;
use crate::wire::gap::Gap;
use crate::wire::head_error::HeadError;
use crate::wire::label::Label;
use crate::wire::persistence::{CloseReason, Persistence};
use crate::wire::protocol::Protocol;
use crate::wire::sse::EventLine;
use crate::wire::step::StepKind;
use crate::wire::tls_fault::TlsFault;
use crate::wire::traffic::{Grouped, SummaryKind, Traffic};

pub(super) fn say(saying: Saying<'_>, f: &mut Formatter<'_>) -> fmt::Result {
    match saying {
        Saying::Explanation(explanation) => explain(explanation, f),
        Saying::Label(it) => f.write_str(label(it)),
        Saying::Remark(it) => remark(it, f),
        Saying::Fault(it) => f.write_str(fault(it)),
        Saying::Ending(it, of) => {
            f.write_str(match of {
                None => "",
                Some(Flow::Requests) => "요청: ",
                Some(Flow::Responses) => "응답: ",
            })?;
            ending(it, f)
        }
        Saying::Cause(it) => cause(it, f),
        Saying::CloseReason(reason) => f.write_str(close_reason(reason)),
        Saying::State(change) => state(change, f),
        Saying::Question(step) => f.write_str(question(step)),
        Saying::HeadError(error) => f.write_str(head_error(error)),
        Saying::ChunkError(error) => f.write_str(chunk_error(error)),
        Saying::Opened { peer, local } => write!(f, "{peer}에서 {local}로 연결됨"),
        Saying::Blocked { flow, pending } => blocked(flow, pending, f),
        Saying::Summary(kind, traffic) => summary(kind, traffic, f),
        Saying::Missing { count, loss } => missing(count, loss, f),
        Saying::Protocol(it) => f.write_str(protocol(it)),
        Saying::Finding(it, hops) => finding_ko::say(it, hops, f),
        Saying::Remedy(it) => finding_ko::remedy(it, f),
        Saying::Rest { octets, tokens } => rest(octets, tokens, f),
    }
}

fn explain(explanation: Explanation<'_>, f: &mut Formatter<'_>) -> fmt::Result {
    match explanation {
        Explanation::Label(it) => f.write_str(label(it)),
        Explanation::Continues(it) => write!(f, "이어짐: {}", label(it)),
        Explanation::ContinuesFault => f.write_str("이어짐: 다음 메시지의 시작을 알 수 없음"),
        Explanation::Method(token, meaning) => write!(f, "{}: {}", String::from_utf8_lossy(token), method(meaning)),
        Explanation::Status(code, meaning) => write!(f, "{code:03}: {}", status(meaning)),
        Explanation::Field(meaning) => f.write_str(field(meaning)),
        Explanation::EndOfHead(rule) => end_of_head(rule, f),
        Explanation::ChunkSize { digits, size, has_extension } => {
            chunk_size(&String::from_utf8_lossy(digits), size, f)?;
            extension(has_extension, f)
        }
        Explanation::LastChunk { has_extension } => {
            f.write_str("0 = 마지막 청크. 뒤에 트레일러 섹션이 옴")?;
            extension(has_extension, f)
        }
        Explanation::EndOfBody(flow) => f.write_str(end_of_body(flow)),
        Explanation::Data { by_content_length, first, last, all } => data(by_content_length, first, last, all, f),
        Explanation::EventLine { line, is_heeded, began } => {
            f.write_str(if is_heeded { event_line(line) } else { ignored_line(line) })?;
            f.write_str(line_began(began))
        }
        Explanation::EventUnfinished(began) => f.write_str(unfinished(began)),
        Explanation::Fault(it) => f.write_str(fault(it)),
        Explanation::Gap(it) => f.write_str(gap(it)),
    }
}

fn end_of_head(rule: BodyRule, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match rule {
        BodyRule::NoBody(Bodiless::Head) => "헤더 끝. 본문 없음: HEAD 요청의 응답(규칙 1)",
        BodyRule::NoBody(Bodiless::Interim) => "헤더 끝. 본문 없음: 중간 응답, 최종 응답은 뒤에(규칙 1)",
        BodyRule::NoBody(Bodiless::NoContent) => "헤더 끝. 본문 없음: 204에는 본문이 없음(규칙 1)",
        BodyRule::NoBody(Bodiless::NotModified) => "헤더 끝. 본문 없음: 304에는 본문이 없음(규칙 1)",
        BodyRule::Tunnel => "헤더 끝. 본문 없음: 여기부터 터널(규칙 2)",
        BodyRule::Upgrade => "헤더 끝. 본문 없음: 여기부터 다른 프로토콜",
        BodyRule::Preface => "헤더 끝. 여기부터 HTTP/2: 프레임에는 줄이 없어 라벨을 붙이지 않음",
        BodyRule::Chunked => "헤더 끝. 본문은 청크로, 크기 0인 청크까지(규칙 4)",
        BodyRule::CodingUntilFin => "헤더 끝. 본문은 FIN까지: 마지막 인코딩이 chunked가 아님(규칙 4)",
        BodyRule::CodingWithoutEnd => "헤더 끝. 본문의 끝을 알 수 없으므로 거부 대상(규칙 4)",
        BodyRule::InvalidLength => "헤더 끝. 본문의 끝을 알 수 없으므로 거부 대상(규칙 5)",
        BodyRule::Length(0) => "헤더 끝. 본문 없음: 길이 0(규칙 6)",
        BodyRule::Length(length) => return write!(f, "헤더 끝. 본문 {length}바이트(규칙 6)"),
        BodyRule::NoLength => "헤더 끝. 본문 없음: 길이도 인코딩도 없는 요청(규칙 7)",
        BodyRule::UntilFin => "헤더 끝. 본문은 FIN까지: 길이도 청크도 없음(규칙 8)",
        BodyRule::MethodNotKnown => "헤더 끝. 본문 유무를 알 수 없음: 요청의 기록이 없음",
    })
}

fn chunk_size(digits: &str, size: u64, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "0x{digits} = 뒤에 데이터 {size}바이트")
}

fn extension(has_extension: bool, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(if has_extension { ". 모르는 확장은 무시됨" } else { "" })
}

fn end_of_body(flow: Flow) -> &'static str {
    match flow {
        Flow::Requests => "빈 줄: 트레일러 섹션의 끝. 요청 완료",
        Flow::Responses => "빈 줄: 트레일러 섹션의 끝. 응답 완료. 연결은 그대로",
    }
}

fn data(by_content_length: bool, first: u64, last: u64, all: u64, f: &mut Formatter<'_>) -> fmt::Result {
    let by = if by_content_length { "Content-Length가" } else { "chunk-size가" };
    match (first, last) {
        (1, last) if last == all => write!(f, "{by} 알린 {all}바이트 전부"),
        (first, last) if first == last => write!(f, "{by} 알린 {all}바이트 중 {last}번째"),
        (first, last) => write!(f, "{by} 알린 {all}바이트 중 {first}~{last}번째"),
    }
}

fn event_line(line: EventLine) -> &'static str {
    match line {
        EventLine::Comment => label(Label::EventComment),
        EventLine::Type => label(Label::EventType),
        EventLine::Data => label(Label::EventData),
        EventLine::Id { is_empty: false } => label(Label::EventId),
        EventLine::Id { is_empty: true } => "마지막 이벤트 ID를 지움. 재연결 때 보내지 않음",
        EventLine::Retry => label(Label::EventRetry),
        EventLine::Unknown | EventLine::Blank => label(Label::EventUnknown),
    }
}

fn ignored_line(line: EventLine) -> &'static str {
    match line {
        EventLine::Id { .. } => "NUL이 든 id는 무시됨",
        EventLine::Retry => "숫자가 아닌 것이 든 retry는 무시됨",
        EventLine::Comment => label(Label::EventComment),
        EventLine::Type | EventLine::Data | EventLine::Unknown | EventLine::Blank => "표준에 없는 필드는 무시됨",
    }
}

fn line_began(began: Began) -> &'static str {
    match began {
        Began::Here => "",
        Began::EarlierPiece => ". 앞 조각에서 시작된 줄",
        Began::EarlierChunk => ". 앞 청크에서 시작된 줄",
    }
}

fn unfinished(began: Began) -> &'static str {
    match began {
        Began::Here => "이벤트 스트림의 줄이 아직 안 끝남",
        Began::EarlierPiece => "앞 조각에서 시작된 줄의 일부. 아직 안 끝남",
        Began::EarlierChunk => "앞 청크에서 시작된 줄의 일부. 아직 안 끝남",
    }
}

fn gap(gap: Gap) -> &'static str {
    match gap {
        Gap::MidStream => "이 메시지의 시작을 보지 못해 라벨을 붙이지 않음",
        Gap::Missing => "앞의 바이트가 빠져 있어 메시지의 어디인지 알 수 없음",
        Gap::TooMuch => "한 턴에 바이트가 너무 많음: 이 메시지에는 더 이상 라벨을 붙이지 않음",
        Gap::MethodNotKnown => "요청의 메서드를 보관하지 않아 이 응답의 끝을 알 수 없음",
    }
}

fn rest(octets: usize, tokens: usize, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "이 레코드의 나머지 {octets}바이트(토큰 {tokens}개)는 읽었지만 표시하지 않음")
}

fn summary(kind: SummaryKind, traffic: &Traffic, f: &mut Formatter<'_>) -> fmt::Result {
    let open = Grouped(traffic.open);
    match kind {
        SummaryKind::Begins => return write!(f, "연결 {open}개가 열림: 하나씩 보이기에는 많아 1초에 한 줄로 요약"),
        SummaryKind::Ends => write!(f, "연결 {open}개가 남음: 다시 하나씩 표시; ")?,
        SummaryKind::GoesOn => write!(f, "연결 {open}개; ")?,
    }
    let [opened, closed, reset, blocked] =
        [traffic.opened, traffic.closed, traffic.reset, traffic.blocked].map(Grouped);
    write!(f, "{:.1}초 동안 열림 {opened}, 닫힘 {closed}, RST {reset}", traffic.since.as_secs_f64())?;
    if let Some(why) = traffic.why {
        f.write_str(" (")?;
        cause(why, f)?;
        f.write_str(")")?;
    }
    let [read, reads, written, writes] = [traffic.read, traffic.reads, traffic.written, traffic.writes].map(Grouped);
    write!(f, "; read() {reads}번 {read}바이트, write() {writes}번 {written}바이트, 막힘 {blocked}번")
}

fn blocked(flow: Flow, pending: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let reader = match flow {
        Flow::Requests => "오리진이",
        Flow::Responses => "클라이언트가",
    };
    write!(f, "write()가 막힘: {reader} 읽을 때까지 {pending}바이트 대기")
}

fn remark(remark: Remark, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match remark {
        Remark::LengthBesideCoding => "Content-Length와 Transfer-Encoding을 함께 보내면 안 됨: 수신자마다 해석이 다름",
        Remark::ChunkedTwice => "chunked는 한 번만 적용해야 함",
        Remark::CodingInHttp10 => "HTTP/1.0에는 Transfer-Encoding이 없음: 잘못된 프레이밍",
        Remark::CodingToHttp10 => "HTTP/1.0 요청에 Transfer-Encoding으로 응답하면 안 됨",
        Remark::CodingWithoutBody => "본문이 있을 수 없는 응답에는 Transfer-Encoding 금지",
        Remark::LengthWithoutBody => "본문이 있을 수 없는 응답에는 Content-Length 금지",
        Remark::RepeatedLength => "Content-Length에 같은 값이 여러 번 있음. 수신자는 거부할 수 있음",
        Remark::NoHost => "HTTP/1.1 요청에는 Host 헤더가 있어야 함: 서버는 400으로 응답",
        Remark::SeveralHosts => "Host 헤더는 하나만 있어야 함: 서버는 400으로 응답",
        Remark::NoReasonPhrase => "reason phrase 없음: 허용됨",
        Remark::EventOverChunks(chunks) => {
            return write!(f, "청크 {chunks}개에 나뉘어 온 이벤트: 허용됨. 청크는 의미 단위가 아님");
        }
        Remark::Masked => "트레이스에서는 가려짐. --show-credentials로 표시",
    })
}

fn ending(ending: Ending, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match ending {
        Ending::BetweenMessages => "메시지와 메시지 사이: 잘린 것 없음",
        Ending::Unanswered { requests } => return write!(f, "아직 응답이 없는 요청 {requests}개"),
        Ending::BodyComplete { undispatched: false } => "길이를 알리지 않은 본문: 이 FIN이 본문의 끝, 완료",
        Ending::BodyComplete { undispatched: true } => "이 FIN이 본문의 끝. 마지막 이벤트는 빈 줄이 없어 전달되지 않음",
        Ending::BodyTorn => "길이를 알리지 않은 본문: RST는 끝이 아니라 오류, 메시지 미완료",
        Ending::InsideHead => "헤더 도중에 끝남: 메시지 미완료",
        Ending::InsideBody { missing } => return write!(f, "본문이 {missing}바이트 모자람: 메시지 미완료"),
        Ending::InsideChunked { missing: 0 } => "마지막 청크 전에 끝남: 메시지 미완료",
        Ending::InsideChunked { missing } => return write!(f, "청크가 {missing}바이트 모자람: 메시지 미완료"),
        Ending::TunnelClosed => "터널의 한 방향이 닫힘",
        Ending::TunnelTorn => "터널이 끊김",
        Ending::FramingLost(_) => "메시지의 어디인지 알 수 없음: 프레이밍을 놓침",
        Ending::NotKnown(_) => "메시지의 어디인지 알 수 없음",
    })
}

fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::NoStartLine => "이렇게 시작하는 메시지는 없고, 끝나지 않은 메시지도 없음",
        Fault::StartLine => "시작 라인이 문법에 맞지 않음",
        Fault::LooksLike(Protocol::Tls) => "TLS로 보임: 암호화된 레코드이며 HTTP/1.x 메시지가 아님",
        Fault::LooksLike(Protocol::Http2) => "TLS 없는 HTTP/2로 보임: 프레임이며 HTTP/1.x 메시지가 아님",
        Fault::LooksLike(Protocol::Ssh) => "SSH로 보임: HTTP/1.x 메시지가 아님",
        Fault::LooksLike(Protocol::Socks) => "SOCKS로 보임: 클라이언트가 서버를 프록시로 여김",
        Fault::LooksLike(Protocol::ProxyHeader) => {
            "PROXY 프로토콜로 보임: 로드 밸런서가 클라이언트의 바이트보다 먼저 보냄"
        }
        Fault::LooksLike(Protocol::Http1 | Protocol::Other) => {
            "이렇게 시작하는 메시지는 없고, 끝나지 않은 메시지도 없음"
        }
        Fault::TargetNotAscii => "request-target에서 ASCII가 아닌 바이트는 퍼센트 인코딩해야 함",
        Fault::BareLf => "CR 없는 LF: 헤더의 줄은 이렇게 끝나지 않음",
        Fault::BareCr => "LF 없는 CR: 줄은 이렇게 끝나지 않음",
        Fault::SpaceBeforeColon => "콜론 앞에 공백을 둘 수 없음",
        Fault::Folded => "헤더 라인은 공백으로 시작할 수 없음: 줄 접기는 폐기됨",
        Fault::FieldName => "헤더 이름은 token 문자로 이루어지고 콜론이 뒤따라야 함",
        Fault::FieldValue => "헤더 값에 제어 문자가 있으면 안 됨",
        Fault::BadLength => "Content-Length가 십진수 하나가 아님: 본문의 끝을 알 수 없음",
        Fault::NotChunkedLast => "마지막 전송 인코딩이 chunked가 아님: 요청의 끝을 알 수 없음",
        Fault::CodingBeforeHttp11 => "HTTP/1.1 이전에는 Transfer-Encoding이 없음: 잘못된 프레이밍",
        Fault::Chunk(error) => chunk_error(error),
    }
}

fn chunk_error(error: ChunkError) -> &'static str {
    match error {
        ChunkError::BadSize => "chunk-size는 16진 숫자여야 함",
        ChunkError::SizeTooLarge => "chunk-size가 64비트를 넘음",
        ChunkError::BadExtension => "청크 확장이 문법에 맞지 않음",
        ChunkError::BareLf => "청크 인코딩의 줄이 CRLF가 아니라 LF만으로 끝남",
        ChunkError::BareCr => "청크 인코딩에 LF 없는 CR이 있음",
        ChunkError::NoCrlfAfterData => "chunk-data 뒤에 CRLF가 없음: 크기가 맞지 않음",
        ChunkError::BadTrailer => "트레일러 필드가 문법에 맞지 않음",
        ChunkError::TooLong => "청크 확장과 트레일러 필드가 너무 긺",
        ChunkError::AfterTheEnd => "청크 본문은 이미 끝났음",
    }
}

fn head_error(error: HeadError) -> &'static str {
    match error {
        HeadError::BareLf => "헤더의 줄이 LF만으로 끝남. CRLF가 필요함",
        HeadError::BareCr => "헤더에 LF가 뒤따르지 않는 CR이 있음",
        HeadError::ControlCharacter => "헤더에 제어 문자가 있음",
        HeadError::TargetTooLong => "요청 라인이 서버가 받는 길이보다 긺",
        HeadError::HeadTooLarge => "헤더가 서버가 받는 크기보다 큼",
        HeadError::TooManyFields => "헤더 라인이 100개를 넘음",
        HeadError::BadRequestLine => "요청 라인은 method SP request-target SP HTTP-version이어야 함",
        HeadError::BadVersion => "요청 라인은 HTTP/1.1이나 HTTP/1.0으로 끝나야 함",
        HeadError::UnsupportedVersion => "이 서버는 HTTP/1.x만 지원함",
        HeadError::LooksLikeTls => "TLS로 보임. wirestep은 평문 HTTP만 지원함: https:// 대신 http://를 쓸 것",
        HeadError::LooksLikeHttp2 => "TLS 없는 HTTP/2로 보임. wirestep은 HTTP/1.1과 HTTP/1.0만 지원함",
        HeadError::LooksLikeSsh => "SSH로 보임. wirestep은 평문 HTTP만 지원함",
        HeadError::LooksLikeSocks => "SOCKS로 보임. wirestep은 평문 HTTP만 지원하며 프록시가 아님",
        HeadError::LooksLikeProxyHeader => {
            "PROXY 프로토콜로 보임. wirestep은 평문 HTTP만 지원함: 로드 밸런서에서 끌 것"
        }
        HeadError::TargetNotAscii => "request-target에 ASCII가 아닌 바이트가 있음: 퍼센트 인코딩해야 함",
        HeadError::TargetCharacter => "request-target에 퍼센트 인코딩해야 하는 문자가 있음",
        HeadError::BadTarget => "request-target이 네 가지 형식 중 어느 것도 아님",
        HeadError::Misdirected => "암호화되지 않은 연결에서 https 대상을 요청함",
        HeadError::ConnectNotImplemented => "CONNECT는 프록시용. 이 서버는 원 서버임",
        HeadError::BadFieldName => "헤더 라인은 이름과 콜론으로 시작해야 하고, 그 앞에 공백이 있으면 안 됨",
        HeadError::BadFieldValue => "헤더 값에 허용되지 않는 바이트가 있음",
        HeadError::NoHost => "HTTP/1.1 요청에는 Host 헤더가 있어야 함",
        HeadError::SeveralHosts => "Host 헤더가 둘 이상임",
        HeadError::BadHost => "Host 값이 호스트와 선택적 포트의 형식이 아님",
        HeadError::BothLengthAndCoding => {
            "Content-Length와 Transfer-Encoding이 함께 있음: 요청을 두 가지로 읽을 수 있음"
        }
        HeadError::SeveralLengths => "Content-Length가 둘 이상임",
        HeadError::BadLength => "Content-Length는 십진 숫자로만 이루어져야 함",
        HeadError::LengthTooLarge => "Content-Length가 64비트를 넘음",
        HeadError::ChunkedNotLast => "chunked는 마지막 전송 인코딩이어야 하고 한 번만 쓸 수 있음",
        HeadError::CodingOnHttp10 => "HTTP/1.0에는 Transfer-Encoding이 없음",
        HeadError::UnknownCoding => "이 서버가 아는 전송 인코딩은 chunked뿐임",
        HeadError::UnknownExpectation => "충족할 수 있는 기대는 100-continue뿐임",
    }
}

fn cause(cause: Cause, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match cause {
        Cause::ReadZero => "read() = 0: 클라이언트가 더 보내지 않음",
        Cause::Ends(reason) => close_reason(reason),
        Cause::Script => "레슨 스크립트의 스텝",
        Cause::PeerReset { call, errno } => {
            f.write_str(match call {
                Call::Write | Call::Shutdown => {
                    "클라이언트가 이미 떠남: 서버가 보낸 바이트에 클라이언트의 커널이 RST로 응답; "
                }
                Call::GetSocketOption if is_broken_pipe(errno) => "클라이언트가 이미 떠남: FIN에 이어 RST가 옴; ",
                Call::Read | Call::SetSocketOption | Call::GetSocketOption => "클라이언트가 RST로 연결을 끊음; ",
            })?;
            return failed(call, errno, f);
        }
        Cause::BothFin => "양쪽 모두 FIN을 보냄",
        Cause::FinTimeout => "제한 시간 안에 클라이언트의 FIN이 오지 않음",
        Cause::AfterReset => "RST는 양방향을 한꺼번에 끝냄",
        Cause::Unacknowledged => "서버가 보낸 데이터의 ACK가 너무 오래 오지 않음",
        Cause::CallFailed { call, errno } => return failed(call, errno, f),
        Cause::FinSegment(Flow::Requests) => "클라이언트가 더 보내지 않음",
        Cause::FinSegment(Flow::Responses) => "서버가 더 보내지 않음",
        Cause::RstSegment(Flow::Requests) => "클라이언트가 연결을 끊음",
        Cause::RstSegment(Flow::Responses) => "서버가 연결을 끊음",
        Cause::PortReused => "같은 두 포트 사이에서 다른 연결이 시작됨",
        Cause::Forgotten => "열린 연결이 너무 많고, 그중 가장 오래 유휴 상태였음",
        Cause::CaptureEnds => "캡처가 끝났고 연결은 열려 있음",
        Cause::OriginFin => "read() = 0: 오리진이 더 보내지 않음",
        Cause::OriginReset { call, errno } => {
            f.write_str(match call {
                Call::Write | Call::Shutdown => {
                    "오리진이 이미 떠남: 클라이언트가 보낸 바이트에 오리진의 커널이 RST로 응답; "
                }
                Call::Read | Call::SetSocketOption | Call::GetSocketOption => "오리진이 RST로 연결을 끊음; ",
            })?;
            return failed(call, errno, f);
        }
        Cause::OriginRefused => "오리진이 연결을 거부함: 그 주소에서 리슨하는 프로그램이 없어 커널이 RST를 보냄",
        Cause::OriginTimedOut => "제한 시간 안에 오리진이 SYN에 응답하지 않음",
        Cause::OriginUnreachable { errno: Some(errno) } => {
            return write!(f, "오리진에 연결할 수 없음: {}", io::Error::from_raw_os_error(errno));
        }
        Cause::OriginUnreachable { errno: None } => "오리진에 연결할 수 없음",
        Cause::OriginUnacknowledged => "오리진에 보낸 데이터의 ACK가 너무 오래 오지 않음",
        Cause::OriginCloseNotify => "close_notify: 오리진이 더 보내지 않음. 빠진 바이트도 없음",
        Cause::OriginFinAlone => "close_notify 없이 오리진의 FIN이 옴: 끝이 잘렸는지 TLS로는 알 수 없음",
        Cause::OriginTls(fault) => return tls_fault(fault, f),
        Cause::RelayStops => "릴레이 종료: 열려 있는 연결을 끊음",
    })
}

fn tls_fault(fault: TlsFault, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match fault {
        TlsFault::Expired => "오리진의 인증서가 만료됨",
        TlsFault::NotYetValid => "오리진의 인증서가 아직 유효하지 않음",
        TlsFault::WrongName => "오리진의 인증서가 다른 이름의 것임",
        TlsFault::UnknownIssuer => "오리진의 인증서에 서명한 인증 기관을 신뢰하지 않음. --ca 참고",
        TlsFault::BadCertificate => "오리진의 인증서를 받아들일 수 없음. 이유는 로그에 있음",
        TlsFault::NotTls => "오리진이 TLS로 응답하지 않음. http:// 주소가 아닌지 확인",
        TlsFault::NoHttp1 => "오리진이 TLS에서 HTTP/1.1을 제공하지 않음(ALPN). HTTP/2만 지원하는 듯함",
        TlsFault::Closed => "TLS 연결이 맺어지기 전에 오리진이 연결을 닫음",
        TlsFault::Alert(number) => return write!(f, "오리진이 alert {number}번으로 TLS를 끝냄"),
        TlsFault::TimedOut => "오리진이 연결은 받았으나 제한 시간 안에 TLS 핸드셰이크를 마치지 않음",
        TlsFault::Broken => "오리진이 TLS 규칙을 어김. 자세한 내용은 로그에 있음",
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

fn state(change: StateChange, f: &mut Formatter<'_>) -> fmt::Result {
    match change {
        StateChange::Watching => f.write_str("트레이스를 보는 연결. 이 연결 자체는 기록하지 않음"),
        StateChange::OriginConnected => f.write_str("오리진에 연결됨: 이제부터 바이트가 지나감"),
        StateChange::OriginEncrypted { version, is_checked } => {
            let certificate = if is_checked { "유효함" } else { "확인하지 않음(--insecure)" };
            let name = version.name();
            write!(f, "오리진과의 통신은 {name}, 인증서는 {certificate}. 복호화한 바이트를 보여 줌")
        }
        StateChange::HostReplaced { by } => write!(f, "이 요청에서 오리진이 받는 필드는 Host: {by} (--host)"),
        StateChange::Joined => f.write_str("캡처를 시작하기 전에 열린 연결"),
        StateChange::WindowClosed(Flow::Requests) => {
            f.write_str("서버가 읽지 않음: 서버의 수신 윈도우가 0이라 클라이언트가 기다림")
        }
        StateChange::WindowClosed(Flow::Responses) => {
            f.write_str("클라이언트가 읽지 않음: 클라이언트의 수신 윈도우가 0이라 서버가 기다림")
        }
        StateChange::WindowOpen(Flow::Requests) => f.write_str("서버가 다시 읽음: 서버의 수신 윈도우가 열림"),
        StateChange::WindowOpen(Flow::Responses) => {
            f.write_str("클라이언트가 다시 읽음: 클라이언트의 수신 윈도우가 열림")
        }
        StateChange::Repeated { segments } => write!(f, "재전송된 세그먼트 {segments}개. 그 바이트는 한 번만 보임"),
        StateChange::ParametersIgnored { count } => write!(f, "이 주소가 모르는 쿼리 매개변수 {count}개: 무시함"),
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

fn missing(count: u64, loss: Loss, f: &mut Formatter<'_>) -> fmt::Result {
    match loss {
        Loss::NotCaptured => write!(f, "{count}바이트가 캡처에 없음"),
        Loss::Cut => write!(f, "보낸 {count}바이트를 캡처가 저장하지 않음(snap length)"),
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http1 => "HTTP/1.x",
        Protocol::Http2 => "HTTP/2: 줄이 아니라 프레임이므로 여기서는 읽지 않음",
        Protocol::Tls => "TLS: 내용이 암호화됨. Wireshark는 키 로그(SSLKEYLOGFILE)가 있으면 읽음",
        Protocol::Ssh => "SSH: 내용이 암호화됨",
        Protocol::Socks => "SOCKS: 클라이언트가 프록시에 연결을 요청함. 뒤의 내용은 여기서 읽지 않음",
        Protocol::ProxyHeader => "PROXY 프로토콜: 로드 밸런서가 먼저 보냄. 뒤의 내용은 여기서 읽지 않음",
        Protocol::Other => "HTTP/1.x가 아님: HTTP/1.x 메시지의 시작이 없음",
    }
}

fn time(time: Duration, f: &mut Formatter<'_>) -> fmt::Result {
    if time.subsec_millis() == 0 { write!(f, "{}초", time.as_secs()) } else { write!(f, "{}ms", time.as_millis()) }
}

/// What to think about before a held step is released.
fn question(step: StepKind) -> &'static str {
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

fn method(meaning: MethodMeaning) -> &'static str {
    match meaning {
        MethodMeaning::Get => "조회 요청(안전한 메서드)",
        MethodMeaning::Head => "GET과 같지만 응답에 본문이 없음",
        MethodMeaning::Post => "대상에 처리할 데이터를 보냄",
        MethodMeaning::Put => "본문으로 대상의 상태를 바꿈",
        MethodMeaning::Delete => "대상을 삭제함",
        MethodMeaning::Connect => "프록시에 터널을 요청함",
        MethodMeaning::Options => "대상이 지원하는 것을 조회함. 브라우저의 preflight에도 쓰임",
        MethodMeaning::Trace => "도착한 요청을 그대로 돌려 달라고 함",
        MethodMeaning::Patch => "본문에 적힌 대로 대상의 일부를 바꿈",
        MethodMeaning::Query => "질의를 본문에 담는 안전한 요청",
        MethodMeaning::Pri => "HTTP/2의 시작. HTTP/1.1 요청이 아님",
        MethodMeaning::Propfind => "WebDAV: 속성을 조회함",
        MethodMeaning::Proppatch => "WebDAV: 속성을 바꿈",
        MethodMeaning::Mkcol => "WebDAV: 컬렉션을 만듦",
        MethodMeaning::Copy => "WebDAV: 대상을 복사함",
        MethodMeaning::Move => "WebDAV: 대상을 옮김",
        MethodMeaning::Lock => "WebDAV: 대상을 잠금",
        MethodMeaning::Unlock => "WebDAV: 대상의 잠금을 풂",
        MethodMeaning::Search => "WebDAV: 대상 아래를 검색함",
        MethodMeaning::Acl => "WebDAV: 접근 권한을 바꿈",
        MethodMeaning::Orderpatch => "WebDAV: 컬렉션의 순서를 바꿈",
        MethodMeaning::Mkcalendar => "CalDAV: 캘린더를 만듦",
        MethodMeaning::Versioning => "WebDAV: 버전 관리 메서드",
        MethodMeaning::Binding => "WebDAV: 컬렉션의 바인딩을 바꿈",
        MethodMeaning::Redirecting => "WebDAV: 리다이렉트 참조를 만들거나 바꿈",
        MethodMeaning::Linking => "자원 사이의 링크를 만들거나 지움",
        MethodMeaning::Unregistered => "등록되지 않은 메서드. 모르는 서버는 501로 응답",
    }
}

fn status(meaning: StatusMeaning) -> &'static str {
    match meaning {
        StatusMeaning::Continue => "중간 응답: 본문을 보내도 됨. 최종 응답은 나중에 옴",
        StatusMeaning::SwitchingProtocols => "이 헤더 뒤로 연결의 프로토콜이 바뀜",
        StatusMeaning::Processing => "중간 응답: 서버가 아직 처리 중",
        StatusMeaning::EarlyHints => "중간 응답: 클라이언트가 미리 로드할 수 있는 링크",
        StatusMeaning::Ok => "성공",
        StatusMeaning::Created => "성공: 새로 만들어짐. 주소는 Location",
        StatusMeaning::Accepted => "접수됨. 아직 처리되지 않음",
        StatusMeaning::NonAuthoritativeInformation => "성공. 단, 프록시가 응답을 바꿈",
        StatusMeaning::NoContent => "성공. 본문은 절대 없음",
        StatusMeaning::ResetContent => "성공: 클라이언트는 폼을 초기화해야 함",
        StatusMeaning::PartialContent => "Range로 요청한 본문의 일부",
        StatusMeaning::MultiStatus => "WebDAV: 여러 결과가 본문에 있음",
        StatusMeaning::AlreadyReported => "WebDAV: 이미 나열됨",
        StatusMeaning::ImUsed => "클라이언트가 가진 버전과의 차이",
        StatusMeaning::MultipleChoices => "여러 표현이 있음: 클라이언트가 고름",
        StatusMeaning::MovedPermanently => "영구 이동: 이제 주소는 Location",
        StatusMeaning::Found => "임시로 Location에 있음. 많은 클라이언트가 POST를 GET으로 바꿈",
        StatusMeaning::SeeOther => "결과는 Location에 있음. GET으로 가져감",
        StatusMeaning::NotModified => "클라이언트가 가진 것이 아직 유효함. 본문은 절대 없음",
        StatusMeaning::TemporaryRedirect => "임시로 Location에 있음. 같은 메서드로 요청",
        StatusMeaning::PermanentRedirect => "Location으로 영구 이동. 같은 메서드로 요청",
        StatusMeaning::BadRequest => "서버가 요청을 이해할 수 없음",
        StatusMeaning::Unauthorized => "인증 정보가 없거나 받아들여지지 않음",
        StatusMeaning::PaymentRequired => "예약됨: 결제 필요",
        StatusMeaning::Forbidden => "서버가 요청을 이해했지만 거부함",
        StatusMeaning::NotFound => "이 대상에 아무것도 없음",
        StatusMeaning::MethodNotAllowed => "이 대상이 지원하지 않는 메서드. 지원하는 것은 Allow에 있음",
        StatusMeaning::NotAcceptable => "Accept 헤더에 맞는 것이 없음",
        StatusMeaning::ProxyAuthenticationRequired => "프록시가 인증 정보를 요구함",
        StatusMeaning::RequestTimeout => "요청이 다 오는 데 너무 오래 걸림",
        StatusMeaning::Conflict => "요청이 대상의 현재 상태와 맞지 않음",
        StatusMeaning::Gone => "영구히 사라짐",
        StatusMeaning::LengthRequired => "서버가 Content-Length를 요구함",
        StatusMeaning::PreconditionFailed => "If- 조건이 성립하지 않음",
        StatusMeaning::ContentTooLarge => "본문이 서버가 받는 크기보다 큼",
        StatusMeaning::UriTooLong => "request-target이 서버가 받는 길이보다 긺",
        StatusMeaning::UnsupportedMediaType => "서버가 받지 않는 미디어 타입이나 인코딩",
        StatusMeaning::RangeNotSatisfiable => "본문에 그런 범위가 없음",
        StatusMeaning::ExpectationFailed => "서버가 Expect의 기대를 충족할 수 없음",
        StatusMeaning::MisdirectedRequest => "그 호스트나 스킴을 담당하지 않는 서버",
        StatusMeaning::UnprocessableContent => "본문 형식은 맞지만 내용을 처리할 수 없음",
        StatusMeaning::Locked => "WebDAV: 대상이 잠겨 있음",
        StatusMeaning::FailedDependency => "WebDAV: 이 요청이 의존하는 작업이 실패함",
        StatusMeaning::TooEarly => "서버가 TLS early data의 재전송 위험을 피함",
        StatusMeaning::UpgradeRequired => "서버가 Upgrade에 적힌 다른 프로토콜을 요구함",
        StatusMeaning::PreconditionRequired => "서버가 조건부 요청을 요구함",
        StatusMeaning::TooManyRequests => "요청이 너무 많음. 기다릴 시간은 Retry-After",
        StatusMeaning::RequestHeaderFieldsTooLarge => "헤더 섹션이 서버가 받는 크기보다 큼",
        StatusMeaning::UnavailableForLegalReasons => "법적인 이유로 제공할 수 없음",
        StatusMeaning::ClientClosedRequest => "nginx 고유: 클라이언트가 먼저 연결을 닫음. 로그에만 남음",
        StatusMeaning::InternalServerError => "서버 내부의 예기치 않은 오류",
        StatusMeaning::NotImplemented => "서버가 어떤 대상에도 지원하지 않는 메서드",
        StatusMeaning::BadGateway => "프록시가 뒤쪽 서버에서 올바른 응답을 받지 못함",
        StatusMeaning::ServiceUnavailable => "서버가 지금은 응답할 수 없음. 시점은 Retry-After",
        StatusMeaning::GatewayTimeout => "프록시가 뒤쪽 서버에서 제시간에 응답을 받지 못함",
        StatusMeaning::HttpVersionNotSupported => "서버가 이 HTTP 메이저 버전을 지원하지 않음",
        StatusMeaning::VariantAlsoNegotiates => "서버의 콘텐츠 협상 설정 오류",
        StatusMeaning::InsufficientStorage => "WebDAV: 서버의 저장 공간이 부족함",
        StatusMeaning::LoopDetected => "WebDAV: 서버가 무한 반복을 발견함",
        StatusMeaning::NotExtended => "서버가 원하는 확장이 요청에 없음",
        StatusMeaning::NetworkAuthenticationRequired => "클라이언트가 먼저 이 네트워크에 로그인해야 함",
        StatusMeaning::Informational => "중간 응답: 최종 응답은 나중에 옴",
        StatusMeaning::Successful => "성공",
        StatusMeaning::Redirection => "추가 동작 필요. 흔히 다른 주소로 요청",
        StatusMeaning::ClientError => "요청의 오류",
        StatusMeaning::ServerError => "서버가 올바른 요청을 처리하지 못함",
        StatusMeaning::NoClass => "정의되지 않은 종류. 클라이언트는 5xx로 처리",
    }
}

fn label(label: Label) -> &'static str {
    match label {
        Label::EmptyLine => "요청 라인 앞의 빈 줄. 서버는 무시함",
        Label::Method => "요청하는 동작. 대소문자를 구별함",
        Label::StartLineSpace => "시작 라인의 각 부분은 공백 하나로 구분",
        Label::RequestTarget => "메서드를 적용할 대상",
        Label::HttpVersion => "보내는 쪽이 이 메이저 버전에서 지원하는 가장 높은 마이너 버전",
        Label::StatusCode => "세 자리 숫자. 첫 자리가 종류를 나타냄",
        Label::ReasonPhrase => "사람을 위한 문구. 클라이언트는 무시함",
        Label::StartLineCrlf => "시작 라인의 끝",
        Label::FieldName => "대소문자 구별 없음. 콜론 앞에 공백을 둘 수 없음",
        Label::FieldColon => "헤더 이름의 끝. 뒤에 공백이 올 수 있음",
        Label::FieldValue => "헤더 값. 앞뒤 공백은 값이 아님",
        Label::FieldCrlf => "헤더 라인의 끝",
        Label::EndOfHead => "빈 줄: 헤더 섹션의 끝. 본문이 있다면 여기부터",
        Label::BodyData => "Content-Length로 세는 바이트",
        Label::CloseDelimitedData => "길이도 청크도 없음: FIN까지가 본문",
        Label::ChunkSize => "16진수: 뒤에 올 chunk-data의 바이트 수",
        Label::ChunkExt => "확장. 모르는 수신자는 무시함",
        Label::ChunkSizeCrlf => "chunk-size 라인의 끝",
        Label::ChunkData => "chunk-size가 알린 바이트",
        Label::ChunkDataCrlf => "청크의 끝. chunk-data에는 포함되지 않음",
        Label::LastChunkCrlf => "크기가 0: 마지막 청크. 뒤에 트레일러 섹션이 옴",
        Label::TrailerName => "본문 뒤에 오는 필드",
        Label::TrailerColon => "트레일러 필드 이름의 끝",
        Label::TrailerValue => "트레일러 필드의 값. 정의가 허용할 때만 헤더와 합침",
        Label::TrailerCrlf => "트레일러 필드의 끝",
        Label::EndOfBody => "빈 줄: 트레일러 섹션과 메시지의 끝",
        Label::Tunnel => "CONNECT나 업그레이드 뒤: 더는 HTTP/1.1이 아님",
        Label::Unexpected => "HTTP/1.1 메시지의 이 자리에 올 수 없는 바이트",
        Label::NotLabelled => "메시지의 어디에 속하는지 알 수 없는 바이트",
        Label::EventBom => "바이트 순서 표시(BOM). 맨 앞에서만 무시됨",
        Label::EventComment => "콜론으로 시작하는 주석: 무시됨. 중간 장비의 유휴 타임아웃 방지",
        Label::EventFieldName => "event, data, id, retry. 그 밖의 이름은 무시됨",
        Label::EventColon => "이름의 끝. 뒤의 공백 하나는 제거됨",
        Label::EventType => "이벤트 타입. 없으면 message",
        Label::EventData => "데이터 한 줄. 여러 줄이면 LF로 이어 붙임",
        Label::EventId => "마지막 이벤트 ID. 재연결 때 Last-Event-ID로 보냄",
        Label::EventRetry => "재연결 대기 시간(ms)",
        Label::EventUnknown => "무시되는 필드의 값",
        Label::EventLineEnd => "LF, CR, CRLF 중 하나가 줄의 끝",
        Label::EventIgnored => "아무것도 바꾸지 않는 줄의 끝: 모르는 필드, NUL이 든 id, 숫자가 아닌 retry",
        Label::EventDispatch => "빈 줄: 이벤트가 완성되어 전달됨(dispatch)",
        Label::EventBlank => "앞에 data가 없는 빈 줄: 전달되는 이벤트 없음",
    }
}

fn field(meaning: FieldMeaning) -> &'static str {
    match meaning {
        FieldMeaning::Host => "클라이언트가 찾는 호스트와 포트",
        FieldMeaning::ConnectionCloseRequest => "클라이언트의 마지막 요청: 서버는 응답한 뒤 연결을 닫음",
        FieldMeaning::ConnectionCloseResponse => "서버는 이 응답 뒤에 연결을 닫음",
        FieldMeaning::ConnectionKeepAlive => "연결을 유지함. HTTP/1.1에서는 이 헤더가 없어도 같음",
        FieldMeaning::ConnectionKeepAliveHttp10 => "HTTP/1.0 연결을 유지함. 양쪽이 모두 보내야 함",
        FieldMeaning::ConnectionUpgrade => "Upgrade는 이 홉에만 해당. 프록시는 전달하지 않음",
        FieldMeaning::ConnectionOptions => "이 홉에만 해당하는 헤더 이름. 프록시는 그 헤더를 지움",
        FieldMeaning::KeepAlive => "힌트: 유휴 연결을 열어 두려는 시간",
        FieldMeaning::ProxyConnection => "표준이 아닌 헤더. 프록시용 Connection을 잘못 만든 것으로, 무시됨",
        FieldMeaning::ContentLength => "본문 길이(바이트). 받는 쪽이 세어서 끝을 앎",
        FieldMeaning::ContentLengthZero => "본문이 없음을 받는 쪽이 바로 앎",
        FieldMeaning::ContentLengthNotSent => "GET이었다면 본문 길이. 여기에는 본문이 없음",
        FieldMeaning::ContentLengthForbidden => "본문이 있을 수 없는 메시지에는 금지. 무시됨",
        FieldMeaning::ContentLengthOverridden => "Transfer-Encoding이 우선함. 두 헤더를 함께 보내면 안 됨",
        FieldMeaning::ContentLengthInvalid => "십진수 하나가 아님: 본문의 끝을 알 수 없음",
        FieldMeaning::ContentLengthRepeated => "길이를 되풀이함. 받는 쪽은 받아들이거나 거부할 수 있음",
        FieldMeaning::TransferEncodingChunked => "본문을 청크로 나누어 보냄",
        FieldMeaning::TransferEncodingThenChunked => "본문을 먼저 변환하고, 그 결과를 청크로 나누어 보냄",
        FieldMeaning::TransferEncodingNotLastRequest => "마지막 전송 인코딩이 chunked가 아님: 요청의 끝을 알 수 없음",
        FieldMeaning::TransferEncodingNotLastResponse => "마지막 전송 인코딩이 chunked가 아님: FIN이 본문의 끝",
        FieldMeaning::TransferEncodingHttp10 => "HTTP/1.0에는 Transfer-Encoding이 없음: 잘못된 프레이밍",
        FieldMeaning::TransferEncodingNotSent => "GET이었다면 본문을 보낼 방식. 여기에는 본문이 없음",
        FieldMeaning::TransferEncodingForbidden => "본문이 있을 수 없는 메시지에는 금지. 무시됨",
        FieldMeaning::Te => "클라이언트가 chunked 말고도 받을 수 있는 전송 인코딩",
        FieldMeaning::TeTrailers => "클라이언트가 트레일러 섹션을 버리지 않음",
        FieldMeaning::Trailer => "본문 뒤 트레일러 섹션에 올 헤더 이름",
        FieldMeaning::Upgrade => "이 연결에서 다른 프로토콜을 제안. 서버는 무시할 수 있음",
        FieldMeaning::UpgradeWebSocket => "클라이언트가 이 연결에서 WebSocket을 쓰려 함",
        FieldMeaning::UpgradeResponse => "서버가 바꾸는, 또는 받아들일 프로토콜",
        FieldMeaning::Http2Settings => "평문 TCP 위의 HTTP/2용 설정. RFC 9113에서 폐지됨",
        FieldMeaning::ExpectContinue => "클라이언트가 100을 받은 뒤에 본문을 보냄",
        FieldMeaning::ExpectHttp10 => "HTTP/1.0 클라이언트는 100을 기다릴 수 없음: 서버는 무시",
        FieldMeaning::ExpectUnknown => "정의되지 않은 기대. 서버는 417로 응답할 수 있음",
        FieldMeaning::ContentTypeEventStream => "본문은 이벤트 스트림(SSE): EventSource가 오는 대로 읽음",
        FieldMeaning::ContentTypeJson => "본문은 JSON",
        FieldMeaning::ContentTypeForm => "본문은 HTML 폼의 필드",
        FieldMeaning::ContentTypeMultipart => "본문은 boundary로 나뉜 여러 부분",
        FieldMeaning::ContentTypeHtml => "본문은 HTML 페이지",
        FieldMeaning::ContentTypeText => "본문은 일반 텍스트",
        FieldMeaning::ContentType => "본문의 미디어 타입",
        FieldMeaning::ContentTypeNotSent => "GET이었다면 본문의 미디어 타입",
        FieldMeaning::ContentEncoding => "본문이 종단 간 압축됨. 클라이언트가 먼저 풀어야 함",
        FieldMeaning::ContentEncodingNone => "콘텐츠 인코딩이 아님: 브라우저는 본문을 그대로 읽음",
        FieldMeaning::ContentLanguage => "본문이 대상으로 하는 사용자의 언어",
        FieldMeaning::ContentLocation => "바로 이 표현의 주소",
        FieldMeaning::ContentDisposition => "브라우저가 본문을 표시할지 저장할지, 어떤 이름으로 할지",
        FieldMeaning::ContentRange => "본문이 전체의 어느 부분인지",
        FieldMeaning::ContentDigest => "본문을 확인하는 다이제스트",
        FieldMeaning::Accept => "클라이언트가 원하는 미디어 타입",
        FieldMeaning::AcceptEventStream => "클라이언트가 이벤트 스트림을 원함. EventSource는 항상 보냄",
        FieldMeaning::AcceptEncoding => "클라이언트가 풀 수 있는 콘텐츠 인코딩",
        FieldMeaning::AcceptEncodingIdentity => "클라이언트가 압축하지 않은 본문을 원함",
        FieldMeaning::AcceptLanguage => "사용자가 선호하는 언어와 가중치",
        FieldMeaning::AcceptCharset => "폐기 예정: 클라이언트가 선호하는 문자 인코딩",
        FieldMeaning::AcceptRanges => "서버가 Range 요청을 받는지 여부",
        FieldMeaning::AcceptPatch => "대상이 받는 패치 형식",
        FieldMeaning::AcceptCh => "서버가 다음 요청부터 받고 싶은 클라이언트 힌트",
        FieldMeaning::CacheNoCacheRequest => "캐시는 원 서버에 확인하지 않고 응답하면 안 됨",
        FieldMeaning::CacheNoStoreRequest => "캐시는 이 요청과 응답을 저장하면 안 됨",
        FieldMeaning::CacheMaxAgeRequest => "클라이언트가 이보다 오래된 저장 응답을 원하지 않음",
        FieldMeaning::CacheRequest => "경로상의 캐시에 대한 클라이언트의 요구",
        FieldMeaning::CacheNoCacheNoTransform => "캐시는 재사용 전에 서버에 확인하고, 프록시는 압축하면 안 됨",
        FieldMeaning::CacheNoTransform => "프록시는 본문을 바꾸면 안 됨(예: 압축)",
        FieldMeaning::CacheNoCache => "캐시는 재사용하기 전에 서버에 확인(재검증)",
        FieldMeaning::CacheNoStore => "캐시는 이 응답을 저장하면 안 됨",
        FieldMeaning::CachePrivate => "한 사용자용: 공유 캐시는 저장하면 안 됨",
        FieldMeaning::CacheMaxAge => "캐시가 확인 없이 재사용할 수 있는 시간(초)",
        FieldMeaning::CacheControl => "경로상의 모든 캐시에 주는 지시",
        FieldMeaning::PragmaNoCache => "HTTP/1.0의 no-cache. Cache-Control이 대신함",
        FieldMeaning::Pragma => "HTTP/1.0의 지시자. 폐기 예정",
        FieldMeaning::Expires => "응답이 오래된 것이 되는 시각. max-age가 우선함",
        FieldMeaning::Age => "원 서버가 만들거나 확인한 뒤 지난 초. 캐시의 응답",
        FieldMeaning::Vary => "응답을 좌우하는 요청 헤더. 캐시가 비교함",
        FieldMeaning::Warning => "폐지됨: 응답에 대한 캐시의 경고",
        FieldMeaning::Etag => "이 표현의 버전. 이후 조건부 요청에 쓰임",
        FieldMeaning::LastModified => "표현이 마지막으로 바뀐 시각",
        FieldMeaning::IfNoneMatch => "버전이 바뀌었을 때만. 아니면 본문 없는 304",
        FieldMeaning::IfModifiedSince => "그 뒤에 바뀌었을 때만. 아니면 본문 없는 304",
        FieldMeaning::IfMatch => "버전이 그대로일 때만. 아니면 412",
        FieldMeaning::IfUnmodifiedSince => "그 뒤에 바뀌지 않았을 때만. 아니면 412",
        FieldMeaning::IfRange => "버전이 그대로면 일부만, 아니면 전체",
        FieldMeaning::Range => "클라이언트가 본문의 이 부분만 원함",
        FieldMeaning::Date => "메시지를 만든 시각",
        FieldMeaning::Server => "서버의 소프트웨어",
        FieldMeaning::UserAgent => "클라이언트의 소프트웨어",
        FieldMeaning::Allow => "대상이 지원하는 메서드",
        FieldMeaning::Location => "이동할 주소, 또는 새로 만든 것의 주소",
        FieldMeaning::RetryAfter => "다음 요청까지 기다릴 시간",
        FieldMeaning::MaxForwards => "앞으로 전달할 수 있는 프록시 수",
        FieldMeaning::Authorization => "이 서버에 대한 클라이언트의 인증 정보",
        FieldMeaning::ProxyAuthorization => "다음 프록시에 대한 클라이언트의 인증 정보",
        FieldMeaning::WwwAuthenticate => "클라이언트가 여기서 인증하는 방법",
        FieldMeaning::ProxyAuthenticate => "클라이언트가 이 프록시에 인증하는 방법",
        FieldMeaning::AuthenticationInfo => "성공한 인증의 결과",
        FieldMeaning::Cookie => "서버가 준 값을 다시 보냄: 흔히 로그인 상태",
        FieldMeaning::SetCookie => "클라이언트가 다음 요청부터 다시 보낼 값",
        FieldMeaning::ApiKey => "클라이언트를 식별하고 인가하는 키",
        FieldMeaning::Referer => "요청이 나온 페이지. 철자가 틀린 이름이 표준이 됨",
        FieldMeaning::Origin => "요청을 만든 페이지의 출처(스킴, 호스트, 포트)",
        FieldMeaning::From => "클라이언트를 운영하는 사람의 이메일 주소",
        FieldMeaning::Via => "메시지가 거쳐 온 프록시",
        FieldMeaning::Forwarded => "프록시가 아는 클라이언트 정보: 주소, 호스트, 스킴",
        FieldMeaning::XForwardedFor => "프록시가 본 클라이언트 주소. 누구나 써넣을 수 있음",
        FieldMeaning::XForwarded => "클라이언트가 프록시에 요청한 스킴, 호스트, 포트 또는 대상",
        FieldMeaning::RequestId => "로그에서 이 요청을 찾는 번호",
        FieldMeaning::Traceparent => "이 요청을 분산 추적에 연결",
        FieldMeaning::TraceState => "추적 시스템이 분산 추적에 더하는 정보",
        FieldMeaning::Baggage => "분산 추적과 함께 전달되는 값",
        FieldMeaning::AltSvc => "같은 서버의 다른 접속 방법. 흔히 HTTP/3",
        FieldMeaning::AltUsed => "클라이언트가 Alt-Svc의 대안을 사용 중",
        FieldMeaning::Priority => "응답의 긴급도와 점진적 사용 가능 여부",
        FieldMeaning::EarlyData => "TLS early data로 온 요청. 재전송 공격일 수 있음",
        FieldMeaning::Dnt => "사용자가 추적 거부를 요청. 중단된 표준",
        FieldMeaning::SecGpc => "사용자가 데이터 판매와 공유를 원하지 않음",
        FieldMeaning::SaveData => "사용자가 데이터 절약을 원함",
        FieldMeaning::SecFetchSite => "페이지 출처와 이 서버의 관계. 브라우저가 보증함",
        FieldMeaning::SecFetchMode => "요청의 종류(navigate, cors 등)",
        FieldMeaning::SecFetchDest => "응답의 용도: document, script 등. fetch와 EventSource는 empty",
        FieldMeaning::SecFetchUser => "사용자가 시작한 이동",
        FieldMeaning::SecChUa => "브라우저의 브랜드, 플랫폼, 기기",
        FieldMeaning::SecPurpose => "브라우저의 사전 로드",
        FieldMeaning::UpgradeInsecureRequests => "브라우저가 https로 이동하기를 선호",
        FieldMeaning::XRequestedWith => "링크나 폼이 아니라 스크립트의 요청",
        FieldMeaning::SecWebSocket => "WebSocket 핸드셰이크의 일부",
        FieldMeaning::AccessControlRequest => "preflight의 질문: 실제 요청에서 페이지가 보내려는 것",
        FieldMeaning::AccessControlAllowOrigin => "브라우저가 이 응답을 읽도록 허용할 출처",
        FieldMeaning::AccessControlAllowCredentials => "쿠키를 보낸 경우에도 페이지가 읽을 수 있음",
        FieldMeaning::AccessControlAllow => "다른 출처의 페이지가 보낼 수 있는 것",
        FieldMeaning::AccessControlExpose => "다른 출처의 페이지가 읽을 수 있는 응답 헤더",
        FieldMeaning::AccessControlMaxAge => "브라우저가 preflight 결과를 기억하는 시간(초)",
        FieldMeaning::CrossOriginPolicy => "페이지나 자원을 다른 출처에서 격리",
        FieldMeaning::TimingAllowOrigin => "소요 시간을 볼 수 있는 출처",
        FieldMeaning::LastEventId => "클라이언트가 받은 마지막 이벤트의 id: 서버는 그 다음부터 보냄",
        FieldMeaning::XAccelBufferingNo => "nginx가 이 응답을 버퍼링하지 않게 함",
        FieldMeaning::XAccelBuffering => "nginx가 이 응답을 버퍼링하게 함",
        FieldMeaning::XAccel => "nginx가 이 응답을 전달하는 방법",
        FieldMeaning::StrictTransportSecurity => "브라우저는 이제부터 이 호스트에 https만 사용",
        FieldMeaning::ContentSecurityPolicy => "브라우저가 이 페이지에서 로드하고 실행할 수 있는 것",
        FieldMeaning::XContentTypeOptions => "브라우저는 미디어 타입을 추측하면 안 됨",
        FieldMeaning::XFrameOptions => "페이지를 프레임에 넣을 수 있는지 여부",
        FieldMeaning::XXssProtection => "옛 브라우저의 필터. Content-Security-Policy가 대신함",
        FieldMeaning::ReferrerPolicy => "요청에 이 페이지의 주소를 얼마나 알릴지",
        FieldMeaning::PermissionsPolicy => "페이지가 쓸 수 있는 브라우저 기능",
        FieldMeaning::Reporting => "브라우저가 오류 보고를 보낼 곳",
        FieldMeaning::ClearSiteData => "브라우저는 이 출처에 대해 저장한 것을 지워야 함",
        FieldMeaning::ServerTiming => "서버 작업의 부분별 소요 시간",
        FieldMeaning::Link => "관련 주소. 예: 미리 로드할 것",
        FieldMeaning::Refresh => "브라우저가 이 시간 뒤에 다시 로드",
        FieldMeaning::XPoweredBy => "서버의 프레임워크",
        FieldMeaning::XCache => "경로상의 캐시가 응답했는지 여부",
        FieldMeaning::UpstreamTime => "뒤쪽 서버가 쓴 시간(ms)",
        FieldMeaning::ProxyOwn => "프록시나 CDN이 자체 용도로 쓰는 헤더",
        FieldMeaning::XRobotsTag => "검색 엔진이 이 페이지로 할 수 있는 것",
        FieldMeaning::RateLimit => "남은 요청 수나 토큰 수와 그 기한",
        FieldMeaning::IdempotencyKey => "서버는 이 키의 요청이 반복되어도 한 번만 처리",
        FieldMeaning::SdkTelemetry => "SDK의 버전, 언어, 플랫폼",
        FieldMeaning::ApiVersion => "클라이언트가 쓰는 API 버전",
        FieldMeaning::ApiAccount => "과금되는 조직이나 프로젝트",
        FieldMeaning::ProcessingTime => "모델 처리 시간(ms)",
        FieldMeaning::Grpc => "gRPC의 일부. HTTP/2가 필요함",
        FieldMeaning::ClientHint => "클라이언트 힌트: 기기나 네트워크의 성능",
        FieldMeaning::ServiceWorker => "서비스 워커를 가져오거나 서비스 워커를 위해 미리 보낸 요청",
        FieldMeaning::ServiceWorkerAllowed => "이 주소의 서비스 워커가 맡을 수 있는 경로",
        FieldMeaning::Dictionary => "압축용 공유 사전에 관한 정보",
        FieldMeaning::BrowserOwn => "브라우저가 직접 덧붙임. 스크립트로는 쓸 수 없음",
        FieldMeaning::CsrfToken => "같은 사이트의 페이지가 보낸 요청임을 증명",
        FieldMeaning::MethodOverride => "서버가 대신 쓸 다른 메서드",
        FieldMeaning::Mcp => "Model Context Protocol의 세션이나 버전",
        FieldMeaning::Prefer => "클라이언트가 바라는 처리 방식",
        FieldMeaning::PreferenceApplied => "Prefer 중 서버가 따른 것",
        FieldMeaning::CdnLoop => "요청이 지나온 CDN. 순환을 찾는 데 씀",
        FieldMeaning::RequestStart => "프록시가 요청을 받은 시각. 대기 시간을 알 수 있음",
        FieldMeaning::ProxyStatus => "경로상의 프록시가 한 일과 오류",
        FieldMeaning::CdnCache => "CDN의 캐시에만 해당하는 지시",
        FieldMeaning::CacheTag => "CDN이 캐시에서 응답을 지울 때 쓰는 이름",
        FieldMeaning::RetryHint => "SDK가 다시 시도할지, 언제 할지",
        FieldMeaning::Negotiation => "서버가 표현을 고른 결과",
        FieldMeaning::OldBrowsers => "옛 브라우저용. 오늘날의 브라우저는 무시함",
        FieldMeaning::CrossDomainPolicies => "플러그인이 다른 사이트에서 읽어도 되는지 여부",
        FieldMeaning::DnsPrefetch => "브라우저가 링크의 이름을 미리 조회해도 되는지 여부",
        FieldMeaning::SourceMap => "스크립트의 소스 맵 주소",
        FieldMeaning::Prerendering => "브라우저가 미리 불러오는 페이지에 관한 규칙",
        FieldMeaning::OriginTrial => "브라우저의 시험 기능을 켜는 토큰",
        FieldMeaning::DocumentPolicy => "페이지가 끄는 브라우저 기능",
        FieldMeaning::Deprecation => "이 주소를 언제부터, 언제까지 쓰는지",
        FieldMeaning::Dav => "대상이 지원하는 WebDAV 등급",
        FieldMeaning::AcceptPost => "대상이 POST로 받는 미디어 타입",
        FieldMeaning::Topics => "브라우저가 짐작한 광고 주제",
        FieldMeaning::Unknown => "여기서 모르는 필드. 받는 쪽은 모르는 필드를 무시함",
    }
}
