//! The sentences of the help in Korean, by their English as it is in `src/cli.rs`: a doc comment's
//! lines joined, without its last full stop; each paragraph, heading and status by itself.

/// The Korean for an English text of the help, or of an error in the command line.
pub(crate) fn of(english: &str) -> Option<&'static str> {
    let known = HELP.iter().chain(ERRORS).find(|(en, _)| *en == english);
    known.map(|(_, ko)| *ko)
}

/// The Korean for an error with a name or an address in it.
pub(crate) fn of_pattern(english: &str) -> Option<String> {
    ERRORS_WITH.iter().find_map(|(en, ko)| {
        let (before, after) = en.split_once("{}")?;
        let name = english.strip_prefix(before)?.strip_suffix(after)?;
        Some(ko.replace("{}", name))
    })
}

pub(crate) const HELP: &[(&str, &str)] = &[
    // commands
    (
        "An HTTP/1.1 server that shows every step it takes on the wire",
        "HTTP/1.1 서버. 실제로 주고받는 바이트를 단계마다 보여 줌",
    ),
    (
        "It streams Server-Sent Events over raw TCP and shows every octet that passes its sockets: where a chunk begins and ends, what ends a response, which side keeps the connection, and when FIN is sent",
        "TCP 위에서 Server-Sent Events를 보내면서 소켓을 지나는 모든 바이트를 보여 줌. 청크의 시작과 끝, 응답을 끝내는 것, 연결을 유지하는 쪽, FIN을 보내는 시점까지",
    ),
    (
        "Serve until Ctrl-C. This is also what wirestep does without a command",
        "Ctrl-C를 누를 때까지 서버로 실행. 명령이 없을 때의 동작과 같음",
    ),
    (
        "Show the HTTP/1.x conversations of a capture (pcap or pcapng), with the times of the capture",
        "캡처 파일(pcap, pcapng)에 담긴 HTTP/1.x 통신을 캡처된 시각과 함께 출력",
    ),
    (
        "Which conversations are HTTP/1.x is found from their octets, not from their ports; what speaks TLS, HTTP/2 or anything else is said in one line",
        "HTTP/1.x인지는 포트가 아니라 바이트를 보고 판단. TLS, HTTP/2 등 나머지 연결은 한 줄로 알림",
    ),
    (
        "Relay connections to an HTTP server of yours, octet for octet, and show them",
        "내 HTTP 서버로 가는 연결을 바이트 그대로 중계하면서 출력",
    ),
    (
        "What one side sends reaches the other unchanged and at once, FIN as FIN and RST as RST; what is not HTTP/1.x passes all the same. An origin that cannot be connected to: the client is reset",
        "한쪽이 보낸 바이트를 고치지 않고 곧바로 다른 쪽에 전달. FIN은 FIN으로, RST는 RST로 전달하며 HTTP/1.x가 아니어도 그대로 통과. 오리진에 연결할 수 없으면 클라이언트 연결을 RST로 끊음",
    ),
    ("List the lessons, or print the script of one lesson", "레슨 목록, 또는 레슨 하나의 스크립트를 출력"),
    (
        "Check the scripts of lessons: print errors and warnings with line, column and what is expected",
        "레슨 스크립트 검사. 오류와 경고를 줄·열 번호, 기대한 내용과 함께 출력",
    ),
    ("Print the completions of commands and options for a shell", "셸의 명령·옵션 자동 완성 스크립트를 출력"),
    ("Print a page of the manual, for man(1)", "man(1)용 매뉴얼 페이지를 출력"),
    // headings
    ("Trace", "트레이스"),
    ("Access", "접근 허용"),
    ("Limits", "제한"),
    ("Event streams", "이벤트 스트림"),
    ("Exit status:", "종료 코드:"),
    ("Try it:", "실행 예:"),
    // arguments
    ("Name or number of the lesson to print", "출력할 레슨의 이름이나 번호"),
    ("Scripts to check", "검사할 스크립트"),
    ("The shell", "셸"),
    ("The command that the page is about [default: wirestep itself]", "페이지를 볼 명령 [기본값: wirestep 자체]"),
    (
        "The capture: a file, a named pipe, or - for standard input",
        "캡처: 파일, 이름 있는 파이프, 또는 표준 입력을 뜻하는 -",
    ),
    (
        "The origin: http://HOST:PORT, https://HOST:PORT, HOST:PORT or unix:PATH. Of several hops each: NAME=LISTEN,ORIGIN",
        "오리진: http://HOST:PORT, https://HOST:PORT, HOST:PORT 또는 unix:PATH. 구간이 여럿이면 각각 NAME=LISTEN,ORIGIN",
    ),
    (
        "Value of Host that the origin gets in place of what the client sends [default: that of an https origin; otherwise the field passes as it is]",
        "클라이언트가 보낸 Host 값 대신 오리진이 받을 값 [기본값: https 오리진이면 그 이름, 아니면 받은 그대로]",
    ),
    ("Also trust the authorities whose certificates are in FILE (PEM)", "FILE(PEM)에 인증서가 있는 인증 기관도 신뢰"),
    ("Accept every certificate of an https origin", "https 오리진의 인증서를 확인하지 않고 받아들임"),
    // options
    (
        "Address to listen on; may be given more than once. Port 0 is a free port, [::] is also IPv4 [default: 127.0.0.1:8080]",
        "접속을 받을 주소. 여러 번 지정 가능. 포트 0은 비어 있는 포트, [::]은 IPv4도 포함 [기본값: 127.0.0.1:8080]",
    ),
    (
        "Address to listen on for the origin [default: 127.0.0.1:8080]",
        "오리진 대신 접속을 받을 주소 [기본값: 127.0.0.1:8080]",
    ),
    ("Short form of --listen 127.0.0.1:N", "--listen 127.0.0.1:N의 줄임"),
    (
        "Let further processes of wirestep listen on the same addresses, if each has this option: Linux gives each new connection to one of them (docs/scale-out.md)",
        "이 옵션을 준 wirestep 프로세스끼리 같은 주소를 함께 사용. Linux가 새 연결을 그중 하나에 배정(docs/scale-out.md)",
    ),
    (
        "Format of the trace on standard output [default: terminal, or off with --pcapng -]",
        "표준 출력에 쓸 트레이스의 형식 [기본값: terminal, --pcapng -이면 off]",
    ),
    ("Form of the terminal's rows [default: full]", "터미널 트레이스의 형식 [기본값: full]"),
    (
        "A row for each line of the protocol, with what it does and where that is written",
        "프로토콜의 줄마다 한 줄. 역할과 근거 조항을 함께 표시",
    ),
    ("One row for each head, chunk and FIN", "헤더, 청크, FIN마다 한 줄"),
    ("Also write the trace to FILE, as JSON lines", "트레이스를 FILE에도 JSON Lines로 기록"),
    (
        "Write a capture for Wireshark to FILE; - is standard output. Its TCP and IP headers are synthetic",
        "Wireshark용 캡처를 FILE에 기록. -는 표준 출력. TCP·IP 헤더는 만들어 넣은 것",
    ),
    (
        "Language of the trace's sentences [default: from LC_ALL, LC_MESSAGES or LANG]",
        "트레이스 설명의 언어 [기본값: LC_ALL, LC_MESSAGES, LANG에 따름]",
    ),
    (
        "Language of the sentences [default: from LC_ALL, LC_MESSAGES or LANG]",
        "설명의 언어 [기본값: LC_ALL, LC_MESSAGES, LANG에 따름]",
    ),
    (
        "Show credentials in the trace instead of asterisks: Authorization, cookies, API keys",
        "트레이스에 인증 정보(Authorization, 쿠키, API 키)를 별표로 가리지 않고 표시",
    ),
    (
        "Show credentials instead of asterisks: Authorization, cookies, API keys",
        "인증 정보(Authorization, 쿠키, API 키)를 별표로 가리지 않고 표시",
    ),
    (
        "Hold each step and show it, until Enter or POST /step releases it; 5 releases five, run all",
        "스텝마다 멈추고 내용을 표시. Enter나 POST /step으로 진행, 5는 다섯 스텝, run은 전부",
    ),
    (
        "Say at the end of each response whether it is complete, and what is wrong with it",
        "응답이 끝날 때마다 완료되었는지, 무엇이 잘못되었는지 표시",
    ),
    (
        "Host name under which clients may publish, besides addresses and localhost; may be given more than once",
        "클라이언트가 이벤트를 발행(publish)할 때 쓸 수 있는 호스트 이름. IP 주소와 localhost는 항상 허용. 여러 번 지정 가능",
    ),
    (
        "Origin whose pages may read the streams, such as http://localhost:5173; * is every origin",
        "스트림을 읽어도 되는 페이지의 출처(origin). 예: http://localhost:5173, *는 모든 출처",
    ),
    (
        "Clients that may see the trace, and hold and release steps",
        "트레이스를 보고 스텝을 멈추거나 진행할 수 있는 클라이언트",
    ),
    (
        "Folder with your own lessons, NAME.lesson. An edited lesson is used at the next request",
        "직접 쓴 레슨(NAME.lesson)이 있는 폴더. 고친 레슨은 다음 요청부터 적용",
    ),
    ("Folder with your own lessons, NAME.lesson", "직접 쓴 레슨(NAME.lesson)이 있는 폴더"),
    (
        "Send a comment on an event stream that has been idle for this long",
        "이벤트 스트림이 이 시간 동안 조용하면 하트비트 주석을 전송",
    ),
    (
        "Number of events that a topic keeps for clients that reconnect: 1 KiB for each, at least 1 MiB for all",
        "재연결하는 클라이언트를 위해 토픽이 보관하는 이벤트 수. 이벤트마다 1 KiB, 합해서 적어도 1 MiB",
    ),
    (
        "Time limit for an idle connection to send its next request; sent to clients as Keep-Alive: timeout=",
        "유휴 연결에서 다음 요청을 기다리는 시간. 클라이언트에 Keep-Alive: timeout=으로 알림",
    ),
    (
        "Maximum number of open connections, 20,000 by default; further ones wait in the listen queue",
        "동시에 열어 두는 연결 수의 상한. 기본값 20,000. 넘치는 연결은 listen 큐에서 대기",
    ),
    (
        "Maximum number of open connections; further ones wait in the listen queue",
        "동시에 열어 두는 연결 수의 상한. 넘치는 연결은 listen 큐에서 대기",
    ),
    (
        "Publish each line of standard input as an event of this topic. The server continues after its end",
        "표준 입력의 각 줄을 이 토픽의 이벤트로 발행. 입력이 끝나도 서버는 계속 실행",
    ),
    ("Format of the events on standard input", "표준 입력 이벤트의 형식"),
    (
        "Time limit for receiving a complete request head, from its first octet; then 408",
        "요청 라인과 헤더를 모두 받을 때까지의 시간. 첫 바이트부터 재며, 지나면 408",
    ),
    (
        "Time limit for receiving the next octets of a request body; then 408",
        "요청 본문의 다음 바이트를 기다리는 시간. 지나면 408",
    ),
    ("Maximum number of octets in a request body; more is 413", "요청 본문의 최대 크기(바이트). 넘으면 413"),
    (
        "Time limit for a client to receive octets that wait for it; then the connection is reset",
        "대기 중인 바이트를 클라이언트가 받아 갈 때까지의 시간. 지나면 RST로 끊음",
    ),
    (
        "Time limit for connections to end after Ctrl-C; then the server closes them",
        "Ctrl-C 뒤에 연결이 끝나기를 기다리는 시간. 지나면 서버가 끊음",
    ),
    (
        "Time limit for connections to end after Ctrl-C; then both sides are reset",
        "Ctrl-C 뒤에 연결이 끝나기를 기다리는 시간. 지나면 양쪽 모두 RST로 끊음",
    ),
    (
        "Time limit for an address of the origin to accept a connection; then the client is reset",
        "오리진의 주소 하나가 연결을 받아 줄 때까지의 시간. 지나면 클라이언트 연결을 RST로 끊음",
    ),
    ("Only conversations from or to this port", "이 포트를 쓰는 통신만"),
    ("What is shown of them", "출력 형식"),
    ("Show only the connection with this number", "이 번호의 연결만 표시"),
    ("Show only what was sent in this direction", "이 방향으로 보낸 것만 표시"),
    (
        "Show only messages whose request has such a path; * stands for any characters",
        "요청의 경로가 이 패턴에 맞는 메시지만 표시. *는 임의의 문자열",
    ),
    ("Colours for the background of the terminal", "터미널 배경에 맞는 색"),
    ("How line ends are written", "줄 끝을 적는 방법"),
    ("Colours that can be read on a dark background", "어두운 배경에서 읽을 수 있는 색"),
    ("Colours that can be read on a light background", "밝은 배경에서 읽을 수 있는 색"),
    (
        "As the terminal says (COLORFGBG); no colours, but bold and reversed, where it does not",
        "터미널이 알려 주는 대로(COLORFGBG). 알 수 없으면 색 없이 굵은 글씨와 반전",
    ),
    ("As ␍ and ␊", "␍와 ␊로"),
    ("As \\r and \\n, and a backslash as two", "\\r과 \\n으로, 백슬래시는 두 개로"),
    (
        "Pictures in the full form where the locale is UTF-8, escapes elsewhere",
        "UTF-8 로캘의 full 형식에서는 그림, 그 밖에는 이스케이프",
    ),
    // values
    ("Rows for people: labels, octets, explanations", "사람이 읽는 표: 이름, 바이트, 설명"),
    ("One JSON object in each line (docs/trace.md)", "한 줄에 JSON 객체 하나(docs/trace.md)"),
    ("One object of JSON a line (docs/trace.md)", "한 줄에 JSON 객체 하나씩(docs/trace.md)"),
    ("No trace", "트레이스 없음"),
    ("Labelled and explained lines, as of a server's own trace", "서버의 트레이스처럼 이름과 설명이 붙은 줄"),
    ("From the client to the server", "클라이언트에서 서버로"),
    ("From the server to the client", "서버에서 클라이언트로"),
    ("Clients on this machine: their address is a loopback address", "이 컴퓨터의 클라이언트(루프백 주소)"),
    ("Any client", "모든 클라이언트"),
    ("English", "영어"),
    ("Korean", "한국어"),
    ("One event in each line; the server assigns the ids", "한 줄이 이벤트 하나. id는 서버가 부여"),
    ("An event stream; its ids and types are kept", "이벤트 스트림 형식. id와 타입을 그대로 사용"),
    // after the options
    (
        "Times are written as 500ms, 15s or 2m. RUST_LOG=wirestep=debug logs each step before it is taken. NO_COLOR turns colours off",
        "시간은 500ms, 15s, 2m처럼 지정. RUST_LOG=wirestep=debug는 스텝마다 실행 전에 로그를 남김. NO_COLOR는 색을 끔",
    ),
    (
        "A default for an option stands in a variable with its name: WIRESTEP_LANG=ko is --lang ko. wirestep man | man -l - has all",
        "옵션의 기본값은 같은 이름의 환경 변수로 지정: WIRESTEP_LANG=ko는 --lang ko와 같음. 전체 설명은 wirestep man | man -l -",
    ),
    ("in another terminal", "다른 터미널에서"),
    ("while it runs", "실행 중인 통신을 바로 보기"),
    ("TLS to the origin, plain text to the client", "오리진까지는 TLS, 클라이언트까지는 평문"),
    ("then: curl -N http://127.0.0.1:8080/", "그다음: curl -N http://127.0.0.1:8080/"),
    // exit statuses
    ("every response that was begun and has ended is complete", "시작되어 끝난 응답은 모두 완료"),
    ("the capture cannot be read to its end", "캡처를 끝까지 읽을 수 없음"),
    ("a response is cut or broken", "잘리거나 깨진 응답이 있음"),
    ("all scripts can be played", "모든 스크립트를 재생할 수 있음"),
    ("a script has an error or cannot be read", "스크립트에 오류가 있거나 읽을 수 없음"),
    ("printed", "출력함"),
    ("there is no such lesson, or its script has an error", "그런 레슨이 없거나 스크립트에 오류가 있음"),
    ("there is no such page, or it cannot be written", "그런 페이지가 없거나 출력할 수 없음"),
    ("a signal has ended it: Ctrl-C, SIGTERM or SIGHUP", "신호로 종료: Ctrl-C, SIGTERM, SIGHUP"),
    (
        "it cannot start or cannot go on: an address is in use, a file cannot be written",
        "시작하거나 계속할 수 없음: 사용 중인 주소, 쓸 수 없는 파일 등",
    ),
    ("the command line is wrong", "명령줄이 잘못됨"),
];

/// Errors in which `{}` is a name or an address.
const ERRORS_WITH: &[(&str, &str)] = &[
    ("two hops have the name {}", "구간 이름이 겹침: {}"),
    (
        "{} is listened on: its origin would be the relay itself",
        "{}은(는) 중계가 접속을 받는 주소임: 오리진이 중계 자신이 됨",
    ),
];

/// What a value or a combination of options is refused with, clause by clause.
const ERRORS: &[(&str, &str)] = &[
    (
        "a topic name has 1 to 64 letters, digits, '.', '_' and '-', and is not \".\" or \"..\"",
        "토픽 이름은 영문자, 숫자, '.', '_', '-' 1~64자. \".\"과 \"..\"은 쓸 수 없음",
    ),
    ("the name has no address", "이 이름에 해당하는 주소가 없음"),
    ("expected HOST:PORT, such as 127.0.0.1:8080 or [::]:8080", "HOST:PORT로 지정(예: 127.0.0.1:8080, [::]:8080)"),
    ("expected a number above zero", "0보다 큰 수로 지정"),
    (
        "the name of a hop has letters, digits, '-', '_' and '.' only",
        "구간 이름에는 영문자, 숫자, '-', '_', '.'만 쓸 수 있음",
    ),
    (
        "expected NAME=LISTEN,ORIGIN, such as app=127.0.0.1:8002,127.0.0.1:3000",
        "NAME=LISTEN,ORIGIN으로 지정(예: app=127.0.0.1:8002,127.0.0.1:3000)",
    ),
    ("--ca and --insecure are for an origin with https://", "--ca와 --insecure는 https:// 오리진에만 씀"),
    (
        "expected a name and perhaps a port, such as shop.example or shop.example:8080",
        "이름을 지정하고, 필요하면 포트를 붙임(예: shop.example, shop.example:8080)",
    ),
    (
        "a relay has no path: the client asks for it; expected http://HOST:PORT",
        "경로는 클라이언트가 요청하는 것이므로 중계에는 지정하지 않음. http://HOST:PORT로 지정",
    ),
    ("expected a folder that can be read", "읽을 수 있는 폴더로 지정"),
    ("expected a name alone, such as classroom.example", "이름만 지정(예: classroom.example)"),
    (
        "expected an origin, such as http://localhost:5173, or * for all",
        "출처로 지정(예: http://localhost:5173), 모든 출처는 *",
    ),
    ("expected a time above zero and of at most a day", "0보다 크고 하루를 넘지 않는 시간으로 지정"),
    ("expected a time such as 500ms, 15s or 2m", "500ms, 15s, 2m 같은 시간으로 지정"),
    (
        "several origins need names: NAME=LISTEN,ORIGIN for each",
        "오리진이 여럿이면 이름이 필요함: 각각 NAME=LISTEN,ORIGIN",
    ),
    (
        "--listen and --port are for one origin; a hop names its own address",
        "--listen과 --port는 오리진이 하나일 때만 씀. 구간마다 주소를 따로 지정",
    ),
    (
        "--pcapng - writes to standard output, and so does --trace; use --trace-file, or --trace off",
        "--pcapng -도 --trace도 표준 출력에 씀. --trace-file이나 --trace off를 사용",
    ),
];
