//! Spring's own `SseEmitter` sends what the pages say: `scripts/spring` runs, and its octets are compared.
//!
//! ```text
//! ```console spring       each line after "$ " is given to sh; 127.0.0.1:8081 is Spring
//! ```text strace spring   what Spring has written to its sockets meanwhile: an excerpt
//! ```
//!
//! `WIRESTEP_REWRITE=1 cargo test --test spring` writes what is seen into the pages. What these say of newer generations of
//! Spring is not repeated here: Debian has none of them.

mod common;
#[path = "documents/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "documents/transcript.rs"]
#[allow(dead_code)]
mod transcript;

use std::process::Command;
use std::thread;
use std::time::Duration;

use common::{Client, run};
use page::{Block, Page, root};

/// An emitter without a timeout of its own is ended by Tomcat after 30 s, which looks once a second.
const CLIENT_TIME: Duration = Duration::from_secs(45);

/// The pages that show Spring; the Korean pages show the same (`tests/article.rs`).
const PAGES: [&str; 2] = ["docs/article.md", "docs/spring.md"];

/// What a block is called whose commands are for Spring.
const CONSOLE: &str = "console spring";

/// What the commands of a block have printed, in lines.
type Prints = Vec<Vec<String>>;

/// The port of Spring in the pages.
const PORT: &str = "8081";

#[test]
fn spring_sends_what_the_pages_show() {
    let calls = tempfile::NamedTempFile::new().expect("there is room for a file");
    let spring = Spring::start(calls.path());
    let mut pages = PAGES.map(Page::read);
    let happened = spring.play(&pages);
    // Each client has seen the end of what it asked for, so all of it has been written.
    let calls = written(calls.path());
    let mut problems = Vec::new();
    for (page, happened) in pages.iter_mut().zip(&happened) {
        problems.extend(compare(page, happened));
        problems.extend(compare_calls(page, &calls));
        if rewrite() {
            page.save();
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_page_starts_spring_as_this_test_does() {
    let commands: Vec<String> = blocks(&Page::read("docs/spring.md"), "console setup")
        .iter()
        .flat_map(transcript::command_lines)
        .filter(|line| !line.starts_with("apt-get install "))
        .collect();
    assert_eq!(commands, ["scripts/spring"]);
}

/// The server under strace, which tells how many octets go out with each call.
struct Spring {
    port: String,
    #[expect(dead_code, reason = "it ends, and all of its process group, when this is dropped")]
    running: Client,
}

impl Spring {
    fn start(calls: &std::path::Path) -> Spring {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "--seccomp-bpf", "-s", "200", "-e", "trace=write,shutdown", "-o"]);
        command.arg(calls).arg(root().join("scripts/spring")).arg("0");
        let running = Client::start(&mut command);
        let said = running.wait_for("the port of Spring", |said| port(said).is_some());
        let port = port(&said).expect("the wait has ended with it");
        Spring { port, running }
    }

    /// What every block of the pages prints, all of them at once: some take half a minute.
    fn play(&self, pages: &[Page]) -> Vec<Vec<Prints>> {
        thread::scope(|scope| {
            let ask = |block: Block| {
                let commands = transcript::command_lines(&block);
                scope.spawn(move || commands.iter().map(|command| self.ask(command)).collect())
            };
            let clients: Vec<Vec<_>> =
                pages.iter().map(|page| blocks(page, CONSOLE).into_iter().map(ask).collect()).collect();
            let joined = |clients: Vec<thread::ScopedJoinHandle<'_, Prints>>| {
                clients.into_iter().map(|client| client.join().expect("a client comes to its end")).collect()
            };
            clients.into_iter().map(joined).collect()
        })
    }

    /// What a command of a page prints, with the port that is free here.
    fn ask(&self, command: &str) -> Vec<String> {
        let command = command.replace(&format!("127.0.0.1:{PORT}"), &format!("127.0.0.1:{}", self.port));
        let finished = run(Command::new("sh").args(["-c", &command]).current_dir(root()), CLIENT_TIME);
        finished.text().replace('\r', "").lines().map(str::to_owned).collect()
    }
}

fn port(said: &str) -> Option<String> {
    let (port, _) = said.split_once("listening on http://127.0.0.1:")?.1.split_once('/')?;
    Some(port.to_owned())
}

/// Says what differs, or rewrites it; from the last block to the first, since one that grows moves those after it.
fn compare(page: &mut Page, happened: &[Prints]) -> Vec<String> {
    let mut problems = Vec::new();
    for (block, prints) in blocks(page, CONSOLE).iter().zip(happened).rev() {
        match told(block, prints) {
            Ok(lines) => page.replace(block, lines),
            Err(problem) => problems.push(format!("{}:{}: {problem}", page.name, block.at)),
        }
    }
    problems
}

fn told(block: &Block, prints: &Prints) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for (command, prints) in transcript::commands(block).iter().zip(prints) {
        lines.extend(format!("$ {}", command.line).lines().map(str::to_owned));
        lines.extend(transcript::agreed(&command.prints, prints, rewrite())?);
    }
    Ok(lines)
}

/// Each excerpt stands somewhere among the calls, whole; which connection it was does not matter.
fn compare_calls(page: &mut Page, calls: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for block in blocks(page, "text strace spring") {
        let wanted: Vec<String> = block.lines.iter().map(|line| without_descriptor(line)).collect();
        let is_there = calls.windows(wanted.len()).any(|window| window == wanted);
        if !is_there {
            problems.push(format!("{}:{}: not among the calls of Spring:\n{}", page.name, block.at, calls.join("\n")));
        }
    }
    problems
}

/// The calls on sockets, one connection after the other, in order.
fn written(calls: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(calls).expect("strace has written");
    let calls = text.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim_start()));
    let calls: Vec<&str> = calls.filter(|call| descriptor(call).is_some_and(|number| number > 2)).collect();
    let mut descriptors: Vec<u32> = calls.iter().filter_map(|call| descriptor(call)).collect();
    descriptors.sort_unstable();
    descriptors.dedup();
    let of = |number: u32| calls.iter().filter(move |call| descriptor(call) == Some(number));
    descriptors.into_iter().flat_map(of).map(|call| without_descriptor(call)).collect()
}

fn descriptor(call: &str) -> Option<u32> {
    let (_, rest) = call.split_once('(')?;
    rest.split([',', ')']).next()?.parse().ok()
}

/// `write(21, "2\r\n\n\n\r\n", 7)     = 7` as `write(N, "2\r\n\n\n\r\n", 7)`, the date of a head left out. A call that another
/// thread has interrupted in the record has its result on a line of its own.
fn without_descriptor(call: &str) -> String {
    let call = call.rsplit_once(" = ").map_or(call, |(call, _)| call).trim_end();
    let call = call.strip_suffix(" <unfinished ...>").map_or(call.to_owned(), |call| format!("{call})"));
    let (name, rest) = call.split_once('(').unwrap_or((&call, ""));
    let rest = rest.trim_start_matches(|next: char| next.is_ascii_digit());
    let rest = transcript::forget_after(rest, "Date: ", |rest| rest.find("GMT").unwrap_or(rest.len()));
    format!("{name}(N{rest}")
}

fn blocks(page: &Page, info: &str) -> Vec<Block> {
    page.blocks().into_iter().filter(|block| block.info == info).collect()
}

fn rewrite() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}
