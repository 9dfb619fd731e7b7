//! What a verdict says, in Korean (개조식).

use std::fmt::{self, Formatter};

use crate::wire::ending::Ending;
use crate::wire::finding::{
    Cut, Delimited, Dialect, Ender, EventCount, Finding, HeldKind, Hops, Http10, MissingFields, Product, Seconds,
    WholeEnd,
};
use crate::wire::gap::Gap;

pub(super) fn say(finding: Finding, hops: Option<Hops<'_>>, f: &mut Formatter<'_>) -> fmt::Result {
    let Hops { edge, app } = hops.unwrap_or(Hops { edge: "", app: "" });
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
        Finding::Framing { .. } => f.write_str("프레이밍 오류: 그 자리에 올 수 없는 바이트. 그 뒤는 읽을 수 없음"),
        Finding::Contradiction { remark } => {
            write!(f, "헤더가 서로 모순됨({}): 받는 쪽마다 다르게 읽을 수 있음", remark.code())
        }
        Finding::Gateway { status, waited } => {
            write!(f, "프록시의 {status}: 요청 {} 뒤. 그 앞의 서버가 응답하지 않음", time(waited))
        }
        Finding::LateHead { late, with_body } => {
            let with = if with_body { " 본문의 첫 바이트와 함께" } else { "" };
            write!(f, "헤더가 요청 {} 뒤에{with} 도착: 그때까지 EventSource는 열리지 않음", time(late))
        }
        Finding::OnePiece { events, late } => write!(
            f,
            "이벤트 {events}개가 요청 {} 뒤에 한꺼번에 도착. 그렇게 보냈는지 중간에서 붙잡았는지 여기서는 알 수 없음",
            time(late)
        ),
        Finding::Groups { events, pieces, every } => {
            write!(f, "이벤트가 묶음으로 도착: {events}개가 {pieces}번에")?;
            every.map_or(Ok(()), |every| write!(f, ", 간격 {}", time(every)))
        }
        Finding::Undispatched => f.write_str("마지막 이벤트 유실: 뒤에 빈 줄이 없어 어떤 클라이언트도 전달하지 않음"),
        Finding::Coded { is_read } => {
            f.write_str("압축된 이벤트 스트림: flush하지 않는 압축기는 이벤트를 붙잡음")?;
            f.write_str(if is_read { "" } else { ". 여기서는 이벤트를 읽을 수 없음" })
        }
        Finding::Silence { longest } => {
            write!(f, "{} 동안 아무 바이트도 없었음(주석도 없음): 프록시는 30~60초 뒤에 연결을 끊음", time(longest))
        }
        Finding::IdleLimit { idle } => {
            write!(f, "{} 동안 아무 바이트도 없다가 끝남: 시간 제한으로 끊길 때의 모습", time(idle))
        }
        Finding::NoIds => f.write_str("id가 있는 이벤트가 없음: 재연결하는 동안 보낸 이벤트는 유실됨"),
        Finding::IdIgnored => f.write_str("id에 NUL이 있어 클라이언트가 무시함"),
        Finding::RetryZero => f.write_str("재연결 시간이 0: 클라이언트가 쉬지 않고 재연결함"),
        Finding::Resumed => f.write_str("이어짐: Last-Event-ID를 보냈고, 스트림이 다른 이벤트로 이어짐"),
        Finding::ResumeRepeats => f.write_str("Last-Event-ID가 무시됨: 스트림이 전과 같은 이벤트로 다시 시작함"),
        Finding::Stopped => f.write_str("멈춤: 204를 받은 EventSource는 재연결하지 않음"),
        Finding::ReconnectLoop { times, every } => {
            write!(f, "재연결 반복: 같은 이벤트가 연달아 {times}번, 간격 {}", time(every))
        }
        Finding::ClosesConnection => f.write_str("클라이언트는 연결을 유지하려 하지만 서버가 닫음(Connection: close)"),
        Finding::NoDone { dialect } => {
            let mark = match dialect {
                Dialect::ChatCompletions => "[DONE]",
                Dialect::Messages => "message_stop",
            };
            write!(f, "답변이 잘림: 토큰 스트림이 {mark} 없이 정상적으로 끝남")
        }
        Finding::StreamError => f.write_str("스트림 안의 오류: 200 뒤에 모델의 스트림이 오류를 담고 있음"),
        Finding::SplitCharacters { times } => write!(f, "문자 {times}개가 두 청크에 걸쳐 있음"),
        Finding::EventInChunks { events, chunks } => {
            write!(f, "이벤트 {events}개가 최대 {chunks}개의 청크에 나뉘어 있음")
        }
        Finding::MissingFields(MissingFields { no_cache, no_transform, charset }) => {
            let missing = [
                (no_cache, "Cache-Control: no-cache"),
                (no_transform, "Cache-Control: no-transform"),
                (charset, "charset=utf-8"),
            ];
            let missing: Vec<&str> = missing.into_iter().filter(|(is_missing, _)| *is_missing).map(|it| it.1).collect();
            write!(f, "이벤트 스트림의 헤더에 없는 것: {}", missing.join(", "))
        }
        Finding::Http10 { message: Http10::Request } => {
            f.write_str("HTTP/1.0 요청이라 서버가 청크를 보낼 수 없음: 길이를 모르는 응답은 FIN으로 끝남")
        }
        Finding::Http10 { message: Http10::Response } => {
            f.write_str("HTTP/1.0 응답이라 청크가 없음: 길이를 모르는 응답은 FIN으로 끝남")
        }
        Finding::ClientDoesNotRead { octets } => write!(f, "느린 클라이언트: 최대 {octets}바이트가 기다림"),
        Finding::Held { kind, events, late, over, pieces, .. } => {
            write!(f, "{edge}와 {app} 사이에서 붙잡힘: ")?;
            let (late, over) = (time(late), time(over));
            match kind {
                HeldKind::UntilTheEnd => {
                    write!(f, "{over} 동안 보낸 이벤트 {events}개가 한꺼번에 도착, 최대 {late} 늦음")
                }
                HeldKind::Buffer(size) => {
                    write!(f, "{size}바이트가 모일 때마다 통과. 이벤트 {events}개가 {pieces}번에, 최대 {late} 늦음")
                }
                HeldKind::Timer(every) => {
                    let every = time(every);
                    write!(f, "{every}마다 묶어서 통과. 이벤트 {events}개가 {pieces}번에, 최대 {late} 늦음")
                }
                HeldKind::OneBehind => write!(f, "이벤트마다 다음 이벤트를 기다림. {events}개, 최대 {late} 늦음"),
                HeldKind::Late => write!(f, "이벤트 {events}개가 {pieces}번에, 최대 {late} 늦음"),
            }
        }
        Finding::HeldHead { late, .. } => write!(
            f,
            "{edge}와 {app} 사이에서 헤더가 붙잡힘: 애플리케이션이 보내고 {} 뒤에 통과. 그때까지 EventSource는 열리지 않음",
            time(late)
        ),
        Finding::Passed { events, late, median } => {
            let (late, median) = (time(late), time(median));
            write!(
                f,
                "{edge}와 {app} 사이에서 붙잡힌 것 없음: 이벤트 {events}개, 절반은 {median} 안에, 모두 {late} 안에"
            )
        }
        Finding::NotMatched { sent, passed } => {
            write!(f, "{app}의 이벤트 {sent}개와 {edge}의 {passed}개가 서로 달라 지연은 판정하지 않음")
        }
        Finding::MaskedEnd { events } => write!(
            f,
            "가려진 끝: 애플리케이션은 이벤트 {events} 뒤에 끊겼지만 {edge}와 {app} 사이에서 응답을 정상적으로 끝냄. \
             클라이언트는 완료된 것으로 앎"
        ),
        Finding::ProxyTimeout { idle, finished } => {
            let idle = time(idle);
            write!(f, "{edge}와 {app} 사이의 시간 제한: {idle} 동안 아무 바이트도 없자 프록시가 끊음")?;
            f.write_str(if finished { ". 클라이언트의 응답은 정상적으로 끝냄" } else { "" })?;
            f.write_str(". 애플리케이션은 살아 있었음")
        }
        Finding::Hang { since } => {
            write!(
                f,
                "{edge}와 {app} 사이에서 멈춤: 애플리케이션은 {} 전에 끝났지만 클라이언트에 알리지 않음",
                time(since)
            )
        }
        Finding::Lost { sent, passed } => {
            write!(f, "{edge}와 {app} 사이에서 유실: 보낸 이벤트 {sent}개, 통과한 이벤트 {passed}개")
        }
        Finding::ProxyError { status, app: Some(own) } => {
            write!(f, "{edge}와 {app} 사이 프록시의 {status}: 애플리케이션은 {own}을 보냄")
        }
        Finding::ProxyError { status, app: None } => {
            write!(f, "{edge}와 {app} 사이 프록시의 {status}: 애플리케이션의 응답은 없었음")
        }
        Finding::LeftRunning { since } => {
            write!(f, "{edge}와 {app} 사이에 남은 연결: 클라이언트가 떠나고 {} 뒤에도 애플리케이션이 보냄", time(since))
        }
        Finding::Recoded { from, to, coded } => {
            write!(f, "본문의 끝: {app}에서는 {}, {edge}에서는 {}", delimited(from), delimited(to))?;
            f.write_str(if coded { ". 압축됨" } else { "" })
        }
        Finding::CommentsDropped { sent, .. } => {
            write!(f, "{edge}와 {app} 사이에서 주석(하트비트) {sent}개가 통과하지 못함")
        }
        Finding::FieldsChanged { added, removed } => {
            write!(f, "{app}와 {edge} 사이에서 바뀐 헤더:")?;
            removed.iter().try_for_each(|name| write!(f, " -{}", name.name()))?;
            added.iter().try_for_each(|name| write!(f, " +{}", name.name()))
        }
        Finding::EndedFirst { side: Ender::App } => write!(f, "애플리케이션이 끊음. {edge}와 {app} 사이가 아님"),
        Finding::EndedFirst { side: Ender::Proxy } => {
            write!(f, "{edge}와 {app} 사이에서 끊음. 애플리케이션은 끊지 않았음")
        }
    }
}

fn delimited(delimited: Delimited) -> &'static str {
    match delimited {
        Delimited::Chunked => "청크",
        Delimited::ContentLength => "Content-Length",
        Delimited::Fin => "FIN",
    }
}

fn held_remedy(coded: bool, product: Option<Product>) -> &'static str {
    match (product, coded) {
        (Some(Product::Nginx), _) => {
            "nginx: 이 location에 proxy_buffering off; 또는 애플리케이션이 X-Accel-Buffering: no"
        }
        (Some(Product::Caddy), _) => "Caddy: 이 경로를 제외하는 encode matcher",
        (Some(Product::Varnish), _) => "Varnish: do_stream과 do_gzip을 text/event-stream이 아닌 타입에만",
        (Some(Product::Lighttpd), _) => "lighttpd: server.stream-response-body = 1",
        (Some(Product::Express), _) => {
            "Express: compression({ filter })에서 text/event-stream 제외, 또는 이벤트마다 res.flush()"
        }
        (Some(Product::Apache | Product::Squid) | None, true) => {
            "text/event-stream은 프록시의 압축에서 제외. haproxy와 Express는 Cache-Control: no-transform을 따름"
        }
        (Some(Product::Apache | Product::Squid) | None, false) => {
            "nginx: proxy_buffering off;  haproxy: option http-no-delay  lighttpd: server.stream-response-body = 1"
        }
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
        Finding::Held { coded, product, .. } => held_remedy(coded, product),
        Finding::HeldHead { product: Some(Product::Nginx), .. } => {
            "nginx: proxy_buffering off; 또는 애플리케이션이 X-Accel-Buffering: no"
        }
        Finding::HeldHead { .. } => "애플리케이션이 헤더와 함께 주석(: hello)을 보내거나, 프록시가 헤더를 flush",
        Finding::Framing { .. } => "길이와 청크는 손으로 쓰지 말고 서버 라이브러리에 맡김",
        Finding::Contradiction { .. } => "둘 중 하나를 뺌",
        Finding::Gateway { .. } => "프록시의 시간 제한과 비교. 서버가 떠 있는지, 작업 전에 헤더를 보내는지 확인",
        Finding::LateHead { .. } => "헤더를 바로 보냄: flushHeaders()(Node), flushBuffer()(서블릿), : hello",
        Finding::OnePiece { .. } | Finding::Groups { .. } => {
            "wirestep tap edge=LISTEN,PROXY app=LISTEN,SERVER로 사이의 프록시가 붙잡는지 확인"
        }
        Finding::Undispatched => "이벤트마다 빈 줄을 씀. 마지막 이벤트에도",
        Finding::Coded { .. } => "text/event-stream은 압축에서 제외하거나, 이벤트마다 압축기를 flush",
        Finding::Silence { .. } | Finding::IdleLimit { .. } => {
            "15초마다 주석(: ping)을 보냄. 그다음 제한을 늘림: proxy_read_timeout(nginx), timeout server(haproxy)"
        }
        Finding::NoIds => "이벤트에 id를 주고, Last-Event-ID에는 그 다음 이벤트부터 응답",
        Finding::IdIgnored => "id는 숫자와 영문자로",
        Finding::RetryZero => "retry: 1000 이상",
        Finding::ResumeRepeats => "최근 이벤트를 보관하고 Last-Event-ID 다음부터 보냄",
        Finding::ReconnectLoop { .. } => "더 없으면 204로 응답하거나, 페이지가 close()를 부를 마지막 이벤트를 보냄",
        Finding::NoDone { .. } => "finish_reason과 종료 표시만 답변의 끝으로 보고, 나머지는 오류로 처리",
        Finding::SplitCharacters { .. } => "청크 사이에서 상태를 유지하는 디코더로 디코딩",
        Finding::MissingFields(_) => {
            "Cache-Control: no-cache, no-transform과 Content-Type: text/event-stream; charset=utf-8"
        }
        Finding::Http10 { .. } => "nginx: proxy_http_version 1.1; 그리고 proxy_set_header Connection \"\";",
        Finding::MaskedEnd { .. } => "nginx: proxy_http_version 1.1;. 그리고 스트림 안의 종료 표시(예: [DONE])",
        Finding::ProxyTimeout { .. } => {
            "애플리케이션이 15초마다 주석(: ping)을 보냄. proxy_read_timeout, timeout server, ProxyTimeout"
        }
        Finding::Hang { .. } => "http-proxy: proxyRes의 close에서 complete가 아니면 응답을 destroy",
        Finding::Lost { .. } => "text/event-stream은 프록시의 압축과 버퍼링에서 제외",
        Finding::ProxyError { .. } => "프록시의 로그를 확인: 연결 거부, RST, 시간 제한",
        Finding::LeftRunning { .. } => "haproxy: option abortonclose. Node: 응답의 close에서 요청을 destroy",
        Finding::CommentsDropped { .. } => "하트비트를 페이지가 무시하는 타입의 이벤트로 보냄",
        Finding::NoOrigin => "오리진을 시작하거나 주소를 고침",
        Finding::Complete { .. }
        | Finding::ClientLeft { .. }
        | Finding::StillOpen { .. }
        | Finding::NotJudged { .. }
        | Finding::Passed { .. }
        | Finding::NotMatched { .. }
        | Finding::Recoded { .. }
        | Finding::FieldsChanged { .. }
        | Finding::EndedFirst { .. }
        | Finding::Resumed
        | Finding::Stopped
        | Finding::ClosesConnection
        | Finding::StreamError
        | Finding::EventInChunks { .. }
        | Finding::ClientDoesNotRead { .. } => "",
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
        0..10 => format!("{:.1}ms", time.as_secs_f64() * 1e3),
        10..1_000 => format!("{}ms", time.as_millis()),
        1_000..100_000 => format!("{:.2}초", time.as_secs_f64()),
        _ => format!("{:.0}초", time.as_secs_f64()),
    }
}
