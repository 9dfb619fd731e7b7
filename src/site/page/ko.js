// The words of the page in Korean; the same members as `en.js`.

const digits = new Intl.NumberFormat("ko-KR");
const number = (count) => (count < 1_000 ? String(count) : digits.format(count));

export const ko = {
  lang: "ko",
  number,
  lanes: { client: "클라이언트", events: "이벤트", octets: "바이트", http: "HTTP", write: "write()", read: "read()", tcp: "TCP", clock: "시계" },
  framingLane: { chunked: "청크", length: "길이", close: "FIN까지", none: "구분" },
  head: {
    partial: "일부", fields: (count) => `헤더 ${count}개`, fieldsShort: "헤더", chunked: "chunked", chunkedShort: "청크",
    length: (count) => `길이 ${count}`, noBody: "본문 없음", untilFin: "길이 없음: FIN까지", untilFinShort: "FIN까지",
  },
  octets: {
    missing: (count) => [`${number(count)}바이트 부족`, number(count)],
    promised: (count) => [`${number(count)}바이트 예고`, number(count)],
    lost: (count) => [`${number(count)}개 유실`, number(count)],
    omitted: (count) => [`${number(count)}바이트 생략`, number(count)],
  },
  client: {
    read: (count) => `read() ${count}`,
    state: ({ name, id }) => ({
      connecting: id ? [`0 CONNECTING · Last-Event-ID ${id}`, `0 CONNECTING · id ${id}`, "0 CONNECTING", "0"] : ["0 CONNECTING", "0"],
      open: ["1 OPEN", "1"], closed: ["2 CLOSED", "2"], fetching: ["fetch()"], reading: ["read()"], done: ["완료"],
    })[name],
    pin: ({ what }) => ({ error: ["error", "!"], end: ["스트림의 끝 ■", "■"], fail: ["TypeError", "!"] })[what],
  },
  events: {
    dispatched: (count, data) => (data === "" ? [`이벤트 ${count}`, String(count)] : [`이벤트 ${count} · ${data}`, `이벤트 ${count}`, String(count)]),
    open: ["이벤트 …", "…"],
    empty: ["data 없음: 발생하지 않음", "data 없음", "∅"],
    never: ["발생하지 않음", "미발생", "✗"],
  },
  framing: {
    chunk: ({ number: count, digits, size, last }) => (last ? ["0 · 마지막 청크", "0 · 마지막", "0"]
      : [`청크 ${count} · 0x${digits} = ${size}`, `청크 ${count}`, String(count)]),
    body: ({ framing, length }) => (framing === "length" ? [`Content-Length ${number(length)}`, `길이 ${number(length)}`, number(length)]
      : ["길이 없음: FIN까지", "FIN까지", "FIN"]),
  },
  http: {
    request: ({ order: count }, state) => (state === "incomplete" ? [`요청 ${count} · 미완료 ✗`, `요청 ${count} ✗`, "→ ✗", "✗"]
      : [`요청 ${count}`, "→"]),
    response: ({ order: count, interim, status, unseen }, state) => {
      const name = interim ? `중간 응답 ${status}` : unseen ? "트레이스 전에 시작된 응답" : `응답 ${count}`;
      const rest = {
        complete: ["완료 ✓", "✓"], incomplete: ["미완료 ✗", "✗"], unknown: ["끝을 보지 못함", "?"], open: ["아직 끝이 없음", "…"],
      }[state];
      if (interim) return [`${name} · ${rest[0]}`, name, `1xx ${rest[1]}`, "1xx"];
      return [`${name} · ${rest[0]}`, rest[0], rest[1]];
    },
    end: (cut) => (cut ? ["◂ 끊김: 끝이 없음", "◂ 끊김"] : ["◂ 응답의 끝"]),
  },
  // A relay reads both directions.
  write: ({ flow, order, start, end, connection }) => {
    const name = flow === 1 && connection.hop === null ? "write" : "read";
    return [`${name} ${order} · ${number(end - start)}`, `${name} ${order}`, String(order)];
  },
  held: {
    bar: ({ bytes, step }) => (bytes.length > 0 ? [`보류 · ${number(bytes.length)}`, "보류"] : [`보류 · ${step}`, step, "보류"]),
    title: (step) => `보류: ${step}`,
    octets: (count) => `${number(count)}바이트`,
    bet: {
      messages: "이 바이트로 메시지가 몇 개 발생할까요? 0–9를 누른 뒤 스페이스를 누르세요.",
      complete: "보낸 뒤 응답이 완료될까요? Y 또는 N을 누른 뒤 스페이스를 누르세요.",
      ending: "완료일까요, 끊김일까요? 완료이면 Y, 끊김이면 N을 누른 뒤 스페이스를 누르세요.",
      reconnects: "이 뒤에 EventSource가 다시 연결할까요? Y 또는 N을 누른 뒤 스페이스를 누르세요.",
    },
    chosen: (answer) => `예측: ${answer}.`,
    yes: "예",
    no: "아니요",
    right: (answer) => `✓ 맞았습니다: ${answer}`,
    wrong: (answer, truth) => `✗ 예측 ${answer}, 실제 ${truth}`,
    tally: (right, all) => `${all}번 중 ${right}번 정답`,
    space: "스페이스를 누르면 보냅니다.",
  },
  tcp: { rail: (connection, flow) => {
    const way = flow === 1 ? "서버 → 클라이언트" : "클라이언트 → 서버";
    const hop = connection.hop ? ` ${connection.hop}` : "";
    return [`#${connection.id}${hop}  ${way}`, `#${connection.id}  ${flow === 1 ? "→" : "←"}`, `#${connection.id}`];
  } },
  headline: {
    nothing: "아직 오간 바이트가 없습니다",
    atLeast: "적어도 ",
    list: (parts) => parts.join(", "),
    events: (count) => `이벤트 ${number(count)}개`,
    chunks: (count) => `청크 ${number(count)}개`,
    reads: (count) => `read ${number(count)}번`,
    writes: (count) => `write ${number(count)}번`,
    responses: (count, connections) => `연결 ${number(connections)}개에 응답 ${number(count)}개`,
    alsoEvents: (count) => `, 이벤트 ${number(count)}개`,
    last: (status) => `. 마지막: ${status}, `,
    end: { complete: "응답 완료", incomplete: "응답 미완료", unknown: "끝을 보지 못함" },
    lastEnd: { complete: "완료", incomplete: "미완료", unknown: "끝을 보지 못함", open: "아직 완료 아님" },
    alike: "여기서는 하나씩이지만, 규칙은 아닙니다",
    lost: (count) => `기록 ${number(count)}개 유실`,
    join: ". ",
  },
  panel: {
    write: (order) => `write ${order}`,
    read: (order) => `read ${order}`,
    chip: { event: (count) => `이벤트 ${count}`, chunk: (count) => `청크 ${count}`, request: (count) => `요청 ${count}`,
      response: (count) => `응답 ${count}`, write: (count) => `write ${count}`, read: (count) => `read ${count}` },
    lastChunk: "마지막 청크",
    fin: ["클라이언트가 보낸 FIN", "서버가 보낸 FIN"],
    rst: ["클라이언트가 보낸 RST", "서버가 보낸 RST"],
    opened: "연결 수락",
    openedText: (connection) => `연결 #${connection.id}: ${connection.peer || "클라이언트"}에서 ${connection.local || "서버"}로 연결됨.`,
    closed: "소켓 닫힘",
    blocked: "write()가 막힘",
    blockedText: (count) => `클라이언트가 읽지 않아 ${number(count)}바이트가 대기 중.`,
    lost: "기록 유실",
    lostText: (count) => `페이지가 느려 기록 ${number(count)}개를 놓쳤습니다. 그때 열려 있던 것은 완료 여부를 알 수 없습니다.`,
    omitted: "생략된 바이트",
    omittedText: (count) => `${number(count)}바이트: 실시간 트레이스에 싣기에는 너무 긴 기록.`,
    missing: (count) => `${number(count)}바이트 부족`,
    missingText: "청크 크기나 Content-Length가 예고했지만 연결이 먼저 끝났습니다.",
    silence: (time) => `${time} 동안 아무것도 없음`,
    state: { 0: "error → readyState 0", 2: "error → readyState 2" },
    errorText: "응답이 끝났습니다. EventSource는 완료 여부를 따지지 않고 재연결 시간 뒤에 다시 연결합니다. (몇 초가 걸리면 이 페이지가 먼저 닫습니다.)",
    endText: "완전히 닫혔습니다. EventSource는 다시 연결하지 않습니다. 스트림의 끝입니다.",
    failText: "본문이 끝나기 전에 끊겼습니다. fetch는 네트워크 오류를 알립니다.",
    message: (count) => `메시지 ${count}`,
    messageText: (event, full) => (full ? "이 페이지의 EventSource에서 발생했습니다." : "빈 줄에서 추론한 것입니다. 클라이언트가 실제로 무엇을 보여 주는지는 여기서 알 수 없습니다.")
      + (event.id !== null ? ` 마지막 이벤트 ID: ${event.id}` : ""),
    event: (count, state) => `이벤트 ${count}: ${{ open: "아직 빈 줄이 없음", dispatched: "발생", empty: "발생하지 않음", cut: "발생하지 않음", unknown: "끝을 보지 못함" }[state]}`,
    eventText: { open: "뒤따르는 빈 줄에서 발생합니다.", dispatched: "빈 줄에서 발생했습니다.",
      empty: "빈 줄이 왔지만 그 앞에 data가 없습니다.", cut: "빈 줄이 오기 전에 스트림이 끝나 클라이언트가 버립니다.",
      unknown: "기록이 빠졌습니다." },
    chunk: ({ number: count, last, digits }) => (last ? "마지막 청크" : `청크 ${count}: 0x${digits}`),
    chunkText: ({ size, last }) => (last ? "크기 0: 데이터가 없습니다. 트레일러 섹션 뒤의 빈 줄에서 응답이 끝납니다."
      : `크기 줄과 CRLF 사이의 데이터 ${number(size)}바이트.`),
    request: (message) => `요청 ${message.order}: ${message.method} ${message.target}`,
    response: (message) => `응답 ${message.order}: ${message.status || ""} ${message.reason}`,
    messageState: { open: "아직 끝이 없습니다.", complete: "완료되었습니다.", incomplete: "미완료입니다.", unknown: "끝을 보지 못했습니다." },
    framedBy: { chunked: "본문의 끝은 청크가 정합니다.", length: "본문의 끝은 Content-Length가 정합니다.", close: "본문의 끝은 FIN이 정합니다.", none: "본문이 없습니다." },
    rail: (connection) => `연결 #${connection.id}`,
    octet: (hex, decimal) => `0x${hex} = ${decimal}`,
    held: "보류",
    severity: { broken: "✗ 고장", warning: "⚠ 경고", note: "참고", ok: "✓" },
    why: "이유",
    since: (time) => `+${time}`,
  },
  ui: {
    title: "wirestep: 실시간으로 보는 HTTP 연결",
    lessons: "레슨", demo: "데모 스트림", connections: "연결", language: "한/EN", help: "키", theme: "밝게/어둡게",
    live: "실시간", paused: "멈춤", recorded: "녹화", offline: "트레이스 끊김", connecting: "연결 중",
    score: "연결의 악보", table: "표", why: "이유", again: "다시 실행",
    play: "실행", hold: "단계마다 보류", withClient: "클라이언트", copy: "curl 명령 복사", copied: "복사했습니다", predict: "예측.", close: "닫기",
    raw: "클라이언트가 무엇을 보내는지 다루는 레슨입니다. 아래 명령을 터미널에서 실행하고 여기서 지켜보세요.",
    empty: "레슨을 열거나(L) 데모 스트림을 실행하세요(D). 터미널에서 curl을 실행해도 여기에 나타납니다.",
    refused: "트레이스는 이 컴퓨터의 주소나 이름으로 접속했을 때만 볼 수 있습니다.",
    openConnections: (count) => `열린 연결: ${count}개`,
    connectionColumns: ["연결", "대상", "수신", "송신", "기록"],
    tableColumns: ["시각", "연결", "방향", "이름", "바이트", "하는 일", "절"],
    toClient: "→ 클라이언트", toServer: "← 클라이언트",
    recordedFile: "녹화 파일 열기",
    save: "저장", open: "열기",
    singleKeys: "단일 키를 바로 사용",
    announce: "5초마다 상황을 읽어 주기",
    foreign: (connection, target) => `N: #${connection} ${target}`,
  },
  hint: {
    live: [["←→↑↓", "둘러보기"], ["스페이스", "멈춤"], ["L", "레슨"], ["C", "연결"], ["+ −", "확대"], ["?", "키"]],
    held: [["스페이스", "보류된 단계 보내기"], ["0–9", "먼저 예측"], ["R", "끝까지"]],
    scrub: [[", .", "앞뒤로 이동"], ["esc", "실시간"]],
    stage: [["enter", "실행"], ["tab", "매개변수"], ["H", "보류"], ["esc", "뒤로"]],
    selected: [["← →", "옆으로"], ["↑ ↓", "다른 층으로"], ["home end", "처음, 끝"], ["esc", "선택 해제"]],
  },
  keys: [
    ["L", "레슨. 15를 누르면 레슨 15로 이동"], ["D", "데모 스트림"], ["C", "연결"], ["스페이스", "보류된 단계를 보내기, 또는 멈춤"],
    ["0–9, Y, N", "단계가 보류된 동안의 예측"], ["R", "보류된 단계를 모두 보내기"], ["A", "다시 실행"],
    ["← →", "같은 층의 다음 것"], ["↑ ↓", "다음 층의 같은 자리"], ["home, end", "층의 처음과 끝"],
    [", .", "재생 위치를 옮기기. 모든 것이 그때의 상태로 보입니다"], ["esc", "뒤로: 대화 상자, 선택, 재생 위치, 실시간"],
    ["+ − 0", "확대, 자동 확대"], ["F", "전체 보기"], ["B", "구분 바이트 숨기기: 읽는 쪽이 보는 본문"],
    ["W", "이유: 레슨의 설명"], ["Y", "표로 보기"], ["X", "16진수로 보기"], ["N", "방금 들어온 연결"],
    ["G", "한국어/English"], ["T", "밝게/어둡게"], ["S, O", "녹화 저장, 열기"], ["?", "이 목록"],
  ],
};
