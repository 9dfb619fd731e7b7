//! Transcripts: what a page says a command prints, held against what it prints.
//!
//! ```text
//! ```console             each line after "$ " is given to sh, the rest is what it prints; a server of its own
//! ```console interrupt   the same, and the server gets one SIGINT when it has sent the first event
//! ```console setup       shown only: what starts the server, and what runs this test
//! ```text trace          what the server of the console block before it has printed: an excerpt
//! ```text trace of 2     the same for the second console block of the page
//! ```text log            what that server has said on standard error: an excerpt
//! ```text strace         the system calls of another server to which the same happens: an excerpt
//! ```
//!
//! On a Korean page the traces are Korean; all else is as on the English one.
//!
//! A line `...` stands for any number of lines. Excerpts that follow one another go on where the one before ended.
//! What differs from run to run is forgotten before comparing: times, dates, the ports of clients, the version of curl, how
//! many octets a request has. The port 8080 of the page is replaced by the one that is free, and back again, the count of
//! octets included.

use std::io::Write;
use std::process::Command;

use crate::common::{Server, run};
use crate::page::{Block, Page};

/// Columns of a trace in a document.
const COLUMNS: &str = "112";
/// Where the Korean pages are.
const KOREAN: &str = "docs/ko/";
/// The port in the documents.
pub(crate) const PORT: &str = "8080";
/// The version of curl in the documents.
pub(crate) const CURL: &str = "curl/7.88.1";

/// One command of a console block, and what it prints.
pub(crate) struct Told {
    pub(crate) line: String,
    pub(crate) prints: Vec<String>,
}

/// What really happened in a console block.
struct Happened {
    prints: Vec<Vec<String>>,
    trace: Excerpts,
    log: Excerpts,
}

/// Lines of which excerpts are taken in order.
#[derive(Default)]
struct Excerpts {
    lines: Vec<String>,
    at: usize,
}

/// Which clients a page has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clients {
    /// Those of this machine.
    These,
    /// Other versions of them. They may have printed something else; what the server does must be the same.
    Others,
}

/// Runs every console block of the page and compares; what differs, as text for people, or rewritten.
pub(crate) fn play(page: &mut Page, rewrite: bool, seen: Clients) -> Vec<String> {
    let mut problems = Vec::new();
    let mut happened: Vec<Happened> = Vec::new();
    let mut system_calls: Option<Excerpts> = None;
    let mut console: Option<Block> = None;
    let language = if page.name.starts_with(KOREAN) { "ko" } else { "en" };
    for index in 0..page.blocks().len() {
        let block = page.blocks().swap_remove(index);
        let now = match block.info.as_str() {
            "console" | "console interrupt" => {
                let new = act(&block, language, false);
                let lines = match told(&commands(&block), &new.prints, rewrite) {
                    Err(difference) if seen == Clients::Others => {
                        let note = format!("{}:{}: another version of a client", page.name, block.at);
                        // Past the test harness, which shows what a test prints only if it fails.
                        let _ = writeln!(std::io::stderr(), "{note}: {difference}");
                        Ok(block.lines.clone())
                    }
                    lines => lines,
                };
                happened.push(new);
                (system_calls, console) = (None, Some(block.clone()));
                lines
            }
            "text log" => happened.last_mut().expect("a console block comes first").log.excerpt(&block.lines, rewrite),
            // Not everywhere may a process be traced; the trace is compared all the same.
            "text strace" => {
                let console = console.as_ref().expect("a console block comes first");
                system_calls.get_or_insert_with(|| act(console, language, true).trace).excerpt(&block.lines, rewrite)
            }
            info => match trace_of(info, happened.len()) {
                Some(number) => happened[number - 1].trace.excerpt(&block.lines, rewrite),
                None => continue,
            },
        };
        match now {
            Ok(lines) if lines == block.lines => {}
            Ok(lines) => page.replace(&block, lines),
            Err(problem) => problems.push(format!("{}:{}: {problem}", page.name, block.at)),
        }
    }
    problems
}

/// What the Korean page shows becomes what the English one shows; played again, its traces become Korean.
pub(crate) fn copy(english: &Page, korean: &mut Page) {
    for (index, block) in english.blocks().into_iter().enumerate() {
        let old = korean.blocks().swap_remove(index);
        korean.replace(&old, block.lines);
    }
}

/// Both pages show the same commands and what these print, and of each trace the same rows.
#[track_caller]
pub(crate) fn assert_same(english: &Page, korean: &Page) {
    let shown = |page: &Page| -> Vec<(String, Vec<String>)> {
        let blocks = page.blocks().into_iter();
        let rows = |block: Block| match block.info.starts_with("text trace") {
            true => (block.info, block.lines.iter().filter_map(|line| key(line)).collect()),
            false => (block.info, block.lines),
        };
        blocks.map(rows).collect()
    };
    assert_eq!(shown(english), shown(korean), "{} and {}", english.name, korean.name);
}

/// Which of the `count` console blocks so far the trace belongs to, counted from 1; `None` if the block is no trace.
fn trace_of(info: &str, count: usize) -> Option<usize> {
    let number = match info.strip_prefix("text trace")? {
        "" => count,
        of => of.strip_prefix(" of ")?.parse().ok()?,
    };
    assert!((1..=count).contains(&number), "{info}: that console block comes first");
    Some(number)
}

/// What a console block gives to sh.
pub(crate) fn command_lines(block: &Block) -> Vec<String> {
    commands(block).into_iter().map(|command| command.line).collect()
}

/// The commands of a console block.
pub(crate) fn commands(block: &Block) -> Vec<Told> {
    let mut commands: Vec<Told> = Vec::new();
    for line in &block.lines {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push(Told { line: command.to_owned(), prints: Vec::new() }),
            (None, Some(command)) if command.line.ends_with('\\') => {
                command.line.push('\n');
                command.line.push_str(line);
            }
            (None, Some(command)) => command.prints.push(line.clone()),
            (None, None) => panic!("line {}: a console block begins with a command", block.at),
        }
    }
    commands
}

// ---- acting -------------------------------------------------------------------------------------------------

/// Does what the block says. With `under_strace` the "trace" is that of the system calls.
fn act(block: &Block, language: &str, under_strace: bool) -> Happened {
    let calls = tempfile::NamedTempFile::new().expect("there is room for a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
    if under_strace {
        command = Command::new("strace");
        command.args(["-e", "trace=network,read,write,close,epoll_wait,epoll_ctl,shutdown", "-o"]);
        command.arg(calls.path()).arg(env!("CARGO_BIN_EXE_wirestep"));
    }
    // By the locale: --lang ko would give refusals a second line, which only Korean pages would show.
    let locale = if language == "ko" { "ko_KR.UTF-8" } else { "C.UTF-8" };
    command.args(["--listen", "127.0.0.1:0"]).env("LC_ALL", locale).env("COLUMNS", COLUMNS).env("NO_COLOR", "1");
    let mut server = Server::spawn(command);
    let port = server.addr.port().to_string();
    let interrupts = block.info == "console interrupt";
    let prints = commands(block).iter().map(|command| client(&server, &command.line, &port, interrupts)).collect();
    if interrupts {
        server.wait();
    } else {
        server.wait_for_trace("the end of every connection", |lines| {
            let count = |word: &str| {
                lines.iter().filter(|line| line.contains(" #") && key(line).as_deref() == Some(word)).count()
            };
            count("opened") > 0 && count("opened") == count("closed")
        });
    }
    let mut lines = server.trace_lines();
    let log = server.log_lines();
    if under_strace {
        // strace passes no signal on: what it watches is ended, and then it ends itself.
        end_child_of(server.pid());
        server.wait();
        lines = settle_calls(&std::fs::read_to_string(calls.path()).expect("strace has written"), &port);
    } else {
        lines = settle(&lines, &port);
    }
    Happened { prints, trace: Excerpts { lines, at: 0 }, log: Excerpts { lines: settle(&log, &port), at: 0 } }
}

fn client(server: &Server, line: &str, port: &str, interrupts: bool) -> Vec<String> {
    let line = line.replace(&format!("127.0.0.1:{PORT}"), &format!("127.0.0.1:{port}"));
    let line = line.replace(&format!("127.0.0.1 {PORT}"), &format!("127.0.0.1 {port}"));
    let finished = std::thread::scope(|scope| {
        let client = scope.spawn(|| run(Command::new("sh").args(["-c", &line]), crate::CLIENT_TIME));
        if interrupts {
            server.wait_for_trace("the first event", |lines| lines.iter().any(|line| line.contains("data:event1")));
            server.signal("INT");
        }
        client.join().expect("the client comes to its end")
    });
    // A line that curl prints without a line end is a line all the same.
    settle(&finished.text().replace('\r', "").lines().map(str::to_owned).collect::<Vec<_>>(), port)
}

fn end_child_of(pid: u32) {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("strace has a child");
    let status = Command::new("kill").args(["-s", "INT"]).args(children.split_whitespace()).status();
    assert!(status.expect("there is a kill(1)").success());
}

// ---- comparing ----------------------------------------------------------------------------------------------

fn told(commands: &[Told], prints: &[Vec<String>], rewrite: bool) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for (command, prints) in commands.iter().zip(prints) {
        lines.extend(format!("$ {}", command.line).lines().map(str::to_owned));
        lines.extend(agreed(&command.prints, prints, rewrite)?);
    }
    Ok(lines)
}

/// The lines as they are to stand in the page; an error if something else has happened and they may not be rewritten.
pub(crate) fn agreed(told: &[String], happened: &[String], rewrite: bool) -> Result<Vec<String>, String> {
    let segments = segments(told);
    if holds(&segments, happened) {
        Ok(told.to_vec())
    } else if rewrite && segments.len() == 1 {
        Ok(happened.to_vec())
    } else {
        Err(difference(told, happened))
    }
}

/// Everything that is printed is told, except where `...` stands.
pub(crate) fn holds(segments: &[&[String]], prints: &[String]) -> bool {
    let mut excerpts = Excerpts { lines: prints.to_vec(), at: 0 };
    let Some((last, others)) = segments.split_last() else { return prints.is_empty() };
    let is_anchored =
        |segment: &[String], at: usize| prints.get(at..at + segment.len()).is_some_and(|lines| same(lines, segment));
    if others.is_empty() {
        return prints.len() == last.len() && is_anchored(last, 0);
    }
    let begins = is_anchored(others[0], 0);
    let ends = prints.len() >= last.len() && is_anchored(last, prints.len() - last.len());
    begins && ends && segments.iter().all(|segment| excerpts.find(segment).is_some())
}

/// What stands between the lines `...`.
pub(crate) fn segments(lines: &[String]) -> Vec<&[String]> {
    lines.split(|line| line.trim() == "...").collect()
}

fn same(some: &[String], others: &[String]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(one, other)| forget(one) == forget(other))
}

impl Excerpts {
    /// The excerpt as it is to stand in the page; an error if it is not there and may not be rewritten.
    fn excerpt(&mut self, told: &[String], rewrite: bool) -> Result<Vec<String>, String> {
        let before = self.at;
        if !told.is_empty() && segments(told).iter().all(|segment| self.find(segment).is_some()) {
            return Ok(told.to_vec());
        }
        self.at = before;
        if !rewrite {
            return Err(difference(told, &self.lines[before..]));
        }
        if told.is_empty() {
            return Ok(self.lines[before..].to_vec());
        }
        let mut lines: Vec<String> = Vec::new();
        for (index, segment) in segments(told).iter().enumerate() {
            if index > 0 {
                lines.push(told.iter().find(|line| line.trim() == "...").expect("it divides segments").clone());
            }
            lines.extend(self.recognise(segment)?);
        }
        Ok(lines)
    }

    /// Goes on behind the lines that are the same as `segment`.
    fn find(&mut self, segment: &[String]) -> Option<()> {
        let rest = &self.lines[self.at..];
        let found =
            (0..=rest.len().checked_sub(segment.len())?).find(|at| same(&rest[*at..at + segment.len()], segment))?;
        self.at += found + segment.len();
        Some(())
    }

    /// The rows that say the same as `segment` in other words: its first and its last one are looked for. Between them there may
    /// be more rows than there were; where the last one is gone, there are as many.
    fn recognise(&mut self, segment: &[String]) -> Result<Vec<String>, String> {
        let keys: Vec<String> = segment.iter().filter_map(|line| key(line)).collect();
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok(Vec::new()) };
        let rows: Vec<(usize, String)> =
            (self.at..self.lines.len()).filter_map(|at| Some((at, key(&self.lines[at])?))).collect();
        let begin = rows.iter().position(|(_, key)| key == first);
        let begin = begin.ok_or_else(|| format!("there is no row {first:?} any more"))?;
        let as_many = begin + keys.len() - 1;
        let more = rows.iter().enumerate().skip(as_many).take(keys.len()).find(|(_, (_, key))| key == last);
        let end = more.map_or(as_many, |(row, _)| row) + 1;
        let line = |row: usize| rows.get(row).map_or(self.lines.len(), |(at, _)| *at);
        let (from, to) = (line(begin), line(end));
        self.at = to;
        Ok(self.lines[from..to].to_vec())
    }
}

fn difference(told: &[String], happened: &[String]) -> String {
    let (told, happened) = (told.join("\n"), happened.join("\n"));
    format!(
        "the page does not say what happens (WIRESTEP_REWRITE=1 rewrites it). It says:\n{told}\n--- What happened:\n{happened}\n"
    )
}

/// What a row is about, without the words that explain it; `None` for a line that goes on explaining.
fn key(line: &str) -> Option<String> {
    let indent = line.len() - line.trim_start().len();
    if indent > 30 {
        return None;
    }
    let (act, rest) = parts(line);
    let octets = rest.rfind(['␍', '␊']).map(|last| &rest[..last + '␊'.len_utf8()]);
    let is_call = rest.split_once('(').is_some_and(|(name, _)| !name.is_empty() && !name.contains(' '));
    let about = match octets {
        _ if is_call && indent == 0 => rest.split(',').next().unwrap_or_default().to_owned(),
        _ if act.ends_with("FIN") || act.ends_with("RST") => act.to_owned(),
        Some(octets) => octets.split_whitespace().collect::<Vec<_>>().join(" "),
        None if line.contains(" #") || indent > 0 => rest.split(' ').next().unwrap_or_default().to_owned(),
        None => rest.to_owned(),
    };
    Some(forget(&about))
}

/// The act of a row (`->`, `<- FIN`, or nothing), and what follows the margin.
fn parts(line: &str) -> (&str, &str) {
    let mut rest = line.trim_start();
    if let Some((_, after)) = rest.split_once(" #").filter(|(time, _)| is_time(time)) {
        rest = after.trim_start_matches(|next: char| next.is_ascii_digit()).trim_start();
    }
    if !rest.starts_with("->") && !rest.starts_with("<-") {
        return ("", rest);
    }
    let end = if rest[3..].starts_with(|next: char| next.is_ascii_digit()) { 3 + digits(&rest[3..]) } else { 6 };
    let (act, rest) = rest.split_at(end.min(rest.len()));
    (if end == 6 && act.len() == 6 { act } else { &act[..2] }, rest.trim_start())
}

// ---- forgetting and settling --------------------------------------------------------------------------------

/// The line without what differs from run to run.
fn forget(line: &str) -> String {
    let line = forget_after(line, "Date: ", |rest| rest.find("GMT").or(rest.find('"')).unwrap_or(rest.len()));
    let line = forget_after(&line, "127.0.0.1:", |rest| if rest.starts_with(PORT) { 0 } else { digits(rest) });
    let line = forget_after(&line, "htons(", |rest| if rest.starts_with(PORT) { 0 } else { digits(rest) });
    let line = forget_after(&line, "], 1024, ", digits);
    let line = forget_after(&line, "would block: ", digits);
    let line = forget_count_of_request(&line);
    let start = line.len() - line.trim_start().len();
    let time = line[start..].split(' ').next().unwrap_or_default();
    if is_time(time) { format!("0.000{}", &line[start + time.len()..]) } else { line }
}

/// `<- 92   request-line` becomes `<- request-line`: each version of a client has fields of its own.
fn forget_count_of_request(line: &str) -> String {
    match line.split_once("<- ") {
        Some((before, rest)) if rest[digits(rest)..].trim_start().starts_with("request-line ") => {
            format!("{before}<- {}", rest[digits(rest)..].trim_start())
        }
        Some(_) | None => line.to_owned(),
    }
}

/// `10.504`
fn is_time(word: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && digits(text) == text.len();
    word.split_once('.').is_some_and(|(seconds, part)| is_number(seconds) && is_number(part) && part.len() == 3)
}

pub(crate) fn forget_after(line: &str, before: &str, length: impl Fn(&str) -> usize) -> String {
    let Some((start, rest)) = line.split_once(before) else { return line.to_owned() };
    format!("{start}{before}{}", forget_after(&rest[length(rest)..], before, length))
}

pub(crate) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// As if the port were that of the documents, and curl too: so many octets fewer or more have been received.
fn settle(lines: &[String], port: &str) -> Vec<String> {
    let mut settled: Vec<String> = Vec::new();
    let mut record = 0;
    for line in lines {
        if line.contains(" #") {
            record = settled.len();
        }
        let mut line = line.clone();
        let fewer = substitute(&mut line, &format!("127.0.0.1:{port}"), &format!("127.0.0.1:{PORT}"));
        let curl = line.split_once("curl/").map(|(_, rest)| {
            format!(
                "curl/{}",
                &rest[..rest.bytes().take_while(|octet| octet.is_ascii_digit() || *octet == b'.').count()]
            )
        });
        let fewer = fewer + curl.map_or(0, |curl| substitute(&mut line, &curl, CURL));
        settled.push(line);
        if fewer != 0 {
            recount(&mut settled[record], fewer);
        }
    }
    settled
}

/// How many octets fewer there are, once each `from` is `to`. What stands beside it stays in its column.
fn substitute(line: &mut String, from: &str, to: &str) -> isize {
    let Some(at) = line.find(from) else { return 0 };
    let fewer = from.len().cast_signed() - to.len().cast_signed();
    line.replace_range(at..at + from.len(), to);
    if let Some(gap) = line[at..].find("  ") {
        if fewer > 0 {
            line.insert_str(at + gap, &" ".repeat(fewer.unsigned_abs()));
        } else {
            line.replace_range(at + gap..at + gap + fewer.unsigned_abs(), "");
        }
    }
    fewer
}

/// `<- 101  ` becomes `<- 100  `.
fn recount(line: &mut String, fewer: isize) {
    let Some(at) = line.find("<- ").map(|at| at + 3) else { return };
    let length = digits(&line[at..]);
    let Ok(count) = line[at..at + length].parse::<isize>() else { return };
    let count = (count - fewer).to_string();
    line.replace_range(at..at + length, &format!("{count:<length$}"));
}

/// System calls of the loop, which is the first thread, without those that write the log.
fn settle_calls(text: &str, port: &str) -> Vec<String> {
    let calls = text.lines().map(str::trim_start);
    let calls = calls.filter(|call| !call.starts_with("write(1,") && !call.starts_with("write(2,"));
    let settled = calls.map(|call| {
        let call = call.replace(&format!("htons({port})"), &format!("htons({PORT})"));
        let (call, result) =
            call.rsplit_once(" = ").map_or((call.as_str(), ""), |(call, result)| (call.trim_end(), result));
        let host = if call.contains("\"GET ") { port.len() - PORT.len() } else { 0 };
        match result.parse::<usize>() {
            Ok(count) => format!("{call} = {}", count - host),
            Err(_) if result.is_empty() => call.to_owned(),
            Err(_) => format!("{call} = {result}"),
        }
    });
    settled.collect()
}
