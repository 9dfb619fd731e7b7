//! The habits of a command-line tool: defaults from the environment, colours, width, exit statuses, completions, manual,
//! version.

#![allow(missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{Client, Server, run};

// ---- addresses ------------------------------------------------------------------------------------------------------

#[test]
fn a_port_is_a_short_form_of_an_address_of_this_machine() {
    for words in [&["--port", "0"][..], &["serve", "--port", "0"], &["tap", "--port", "0", "127.0.0.1:9"]] {
        let server = Server::spawn(wirestep(words));
        assert!(server.addr.ip().is_loopback() && server.addr.port() > 0, "{words:?}: {}", server.addr);
    }
    let server = Server::spawn(wirestep(&["--port", "0", "--port", "0", "--listen", "127.0.0.2:0"]));
    let lines = server.wait_for_log("three addresses", |lines| lines.len() == 3);
    let hosts: Vec<&str> = lines.iter().filter_map(|line| line.split("//").nth(1)?.split(':').next()).collect();
    assert_eq!(hosts, ["127.0.0.2", "127.0.0.1", "127.0.0.1"]);
}

// ---- defaults from the environment ----------------------------------------------------------------------------------

#[test]
fn an_option_that_is_not_typed_has_its_default_from_the_environment() {
    let server = Server::spawn(with(&[("WIRESTEP_LISTEN", "127.0.0.3:0"), ("WIRESTEP_LANG", "ko")], &[]));
    assert_eq!(server.addr.ip().to_string(), "127.0.0.3");
    drop(server.connect());
    let korean = |lines: &[String]| lines.iter().any(|line| line.contains("양쪽 모두 FIN을 보냄"));
    server.wait_for_trace("a row in Korean", korean);
}

#[test]
fn what_is_typed_goes_before_the_environment() {
    let listen = [("WIRESTEP_LISTEN", "127.0.0.3:0")];
    for words in [
        &["--port", "0"][..],
        &["--listen", "127.0.0.1:0"],
        &["serve", "--port", "0"],
        &["tap", "--port", "0", "127.0.0.1:9"],
        &["tap", "hop=127.0.0.1:0,127.0.0.1:9"],
    ] {
        let server = Server::spawn(with(&listen, words));
        assert_eq!(server.addr.ip().to_string(), "127.0.0.1", "{words:?}");
        assert_eq!(server.log_lines().len(), 1, "one address: {:?}", server.log_lines());
    }
}

#[test]
fn a_default_conflicts_with_nothing_and_an_option_without_a_value_takes_true() {
    let variables = [("WIRESTEP_STEP", "true"), ("WIRESTEP_PUBLISH_STDIN_FORMAT", "sse"), ("WIRESTEP_LANG", "")];
    let server = Server::spawn(with(&variables, &["--port", "0"]));
    server.wait_for_log("that steps are held", |lines| lines.iter().any(|line| line.contains("each step is held")));
}

#[test]
fn a_default_that_is_wrong_is_named_with_its_variable() {
    let finished = run(&mut with(&[("WIRESTEP_LANG", "kr")], &[]), TIME);
    let said = String::from_utf8_lossy(&finished.stderr);
    assert_eq!(finished.status.code(), Some(2), "{finished}");
    assert!(said.contains("invalid value 'kr' for '--lang <LANG>'"), "{said}");
    assert!(said.ends_with("\nthe environment has WIRESTEP_LANG=kr\n"), "{said}");
    let finished = run(&mut with(&[("WIRESTEP_LANG", "ko")], &["--lang", "kr"]), TIME);
    assert!(!String::from_utf8_lossy(&finished.stderr).contains("environment"), "{finished}");
}

// ---- colours and width ----------------------------------------------------------------------------------------------

#[test]
fn colours_are_for_terminals_unless_a_variable_says_otherwise() {
    let escapes = |variables: &[(&str, &str)], is_terminal: bool| {
        let mut command = if is_terminal {
            let mut command = Command::new("script");
            let line = format!("{} --port 0", env!("CARGO_BIN_EXE_wirestep"));
            command.args(["--quiet", "--flush", "--command", &line, "/dev/null"]).env("TERM", "xterm-256color");
            command
        } else {
            wirestep(&["--port", "0"])
        };
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(variables.iter().copied());
        // Both of its streams, as a terminal has them.
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$0\" \"$@\" 2>&1"]).arg(command.get_program()).args(command.get_args());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(variables.iter().copied());
        let server = Client::start(&mut shell);
        let text = server.wait_for("its address", |text| text.contains('\n') && text.contains("http://"));
        let address = text.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        drop(TcpStream::connect(address).expect("it listens"));
        server.wait_for("the row of a close", |text| text.contains("closed")).contains('\u{1b}')
    };
    assert!(escapes(&[], true), "a terminal");
    assert!(!escapes(&[("NO_COLOR", "1")], true), "a terminal, NO_COLOR");
    assert!(escapes(&[("NO_COLOR", "")], true), "a terminal, NO_COLOR that is empty");
    assert!(!escapes(&[], false), "a pipe");
    assert!(escapes(&[("CLICOLOR_FORCE", "1")], false), "a pipe, CLICOLOR_FORCE");
}

#[test]
fn a_trace_in_a_pipe_is_as_wide_as_columns_says() {
    let widest = |columns: &str| {
        let mut command = wirestep(&["--port", "0"]);
        command.env("COLUMNS", columns);
        let server = Server::spawn(command);
        let curl = run(Command::new("curl").args(["-s", &server.url("/plain")]), TIME);
        assert_eq!(curl.text(), "Hello, wire!\n");
        let lines = server.wait_for_trace("a close", |lines| lines.iter().any(|line| line.contains("closed")));
        lines.iter().map(|line| line.chars().count()).max().unwrap_or_default()
    };
    let (narrow, wide) = (widest("80"), widest("160"));
    assert!(narrow <= 80 && (100..=160).contains(&wide), "{narrow}, {wide}");
}

// ---- exit statuses --------------------------------------------------------------------------------------------------

#[test]
fn the_exit_status_says_how_it_ended() {
    let mut server = Server::start(&[]);
    let taken = server.addr.to_string();
    for (words, expected) in [
        (&["--listen", &taken][..], 1),
        (&["tap", "--listen", &taken, "127.0.0.1:9"], 1),
        (&["--nonsense"], 2),
        (&["read", "no-such-file"], 1),
        (&["check", "docs/lessons/05-chunk.lesson"], 0),
        (&["check", "no-such-file"], 1),
        (&["lessons", "5"], 0),
        (&["lessons", "no-such-lesson"], 1),
        (&["man", "tap"], 0),
        (&["man", "no-such-command"], 1),
        (&["completions", "no-such-shell"], 2),
        (&["--help"], 0),
    ] {
        let finished = run(&mut wirestep(words), TIME);
        assert_eq!(finished.status.code(), Some(expected), "{words:?}: {finished}");
    }
    assert!(server.stop().success(), "after SIGINT");
}

#[test]
fn the_help_of_each_command_ends_with_its_exit_statuses() {
    for command in commands() {
        let help = run(&mut wirestep(&[&command, "--help"]), TIME).success().text();
        let statuses = help.split("\nExit status:\n").nth(1).unwrap_or_else(|| panic!("{command}: {help}"));
        let numbers: Vec<&str> = statuses.lines().filter_map(|line| line.split_whitespace().next()).collect();
        let expected = if command == "read" { "0 1 2 3" } else { "0 1 2" };
        assert_eq!(numbers.join(" "), expected, "{command}");
    }
}

// ---- Korean ---------------------------------------------------------------------------------------------------------

#[test]
fn the_help_of_every_command_is_korean_when_it_is_asked_for() {
    for words in [&["--lang", "ko", "--help"][..], &["--help", "--lang=ko"]] {
        let help = run(&mut wirestep(words), TIME).success().text();
        assert!(help.starts_with("HTTP/1.1 서버."), "{words:?}: {help}");
    }
    let in_locale = run(Command::new("env").args(["LC_ALL=ko_KR.UTF-8", WIRESTEP, "--help"]), TIME).success().text();
    assert!(in_locale.starts_with("HTTP/1.1 서버."), "{in_locale}");
    for command in commands() {
        for flag in ["--help", "-h"] {
            let help = run(&mut with(&KOREAN, &[&command, flag]), TIME).success().text();
            let english: Vec<&str> = help.lines().filter(|line| has_english_sentence(line)).collect();
            assert!(english.is_empty() && help.contains("\n사용법: "), "{command} {flag}: {english:?}");
        }
    }
}

#[test]
fn an_error_in_the_command_line_is_korean_too() {
    let cases: [(&[&str], &str); 9] = [
        (&["--lang", "kr"], "오류: '--lang <LANG>'의 값으로 'kr'을(를) 쓸 수 없습니다\n  [값: en, ko]\n"),
        (&["--lang"], "오류: '--lang <LANG>'에 값이 필요합니다\n"),
        (&["--foo"], "오류: '--foo': 모르는 옵션이거나 남는 인자입니다\n"),
        (&["raed"], "오류: 'raed': 그런 명령은 없습니다\n\n  도움: 비슷한 명령: 'read'\n"),
        (&["tap"], "오류: 빠진 인자가 있습니다: '<ORIGIN>...'\n"),
        (
            &["--heartbeat", "0s"],
            "오류: '--heartbeat <TIME>'의 값으로 '0s'을(를) 쓸 수 없습니다: 0보다 크고 하루를 넘지 않는 시간으로 지정\n",
        ),
        (&["--step", "--publish-stdin", "x"], "오류: '--step': '--publish-stdin <TOPIC>'와(과) 함께 쓸 수 없습니다\n"),
        (&["tap", "127.0.0.1:1", "127.0.0.1:2"], "오류: 오리진이 여럿이면 이름이 필요함: 각각 NAME=LISTEN,ORIGIN\n"),
        (
            &["--pcapng", "-", "--trace", "json"],
            "오류: --pcapng -도 --trace도 표준 출력에 씀. --trace-file이나 --trace off를 사용\n",
        ),
    ];
    for (words, expected) in cases {
        let finished = run(&mut with(&KOREAN, words), TIME);
        let said = String::from_utf8_lossy(&finished.stderr);
        assert!(said.starts_with(expected) && finished.status.code() == Some(2), "{words:?}: {said}");
        assert!(said.ends_with("\n\n자세한 설명은 '--help'로 볼 수 있습니다.\n"), "{words:?}: {said}");
    }
}

/// Whether four words of lower-case letters follow each other, in what is no command to type.
fn has_english_sentence(line: &str) -> bool {
    let is_command = ["  wirestep", "  curl", "  tcpdump"].iter().any(|start| line.starts_with(start));
    let sentence = line.split("[값: ").next().unwrap_or(line);
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let is_word = |word: &&str| {
        let word = word.trim_end_matches([',', ';', '.', ':']);
        !word.is_empty() && word.bytes().all(|octet| octet.is_ascii_lowercase())
    };
    !is_command && words.windows(4).any(|four| four.iter().all(is_word))
}

// ---- completions and the manual -------------------------------------------------------------------------------------

#[test]
fn the_completions_of_each_shell_know_every_option_and_command() {
    let words: BTreeSet<String> = commands().into_iter().chain(options("")).collect();
    assert!(words.contains("tap") && words.contains("listen"), "{words:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&mut wirestep(&["completions", shell]), TIME).success().text();
        let missing: Vec<&String> = words.iter().filter(|word| !script.contains(word.as_str())).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
    }
}

#[test]
fn bash_completes_an_option_and_its_values() {
    let script = run(&mut wirestep(&["completions", "bash"]), TIME).success().text();
    let complete = |words: &[&str]| {
        let line = format!(
            "{script}\nCOMP_WORDS=({}); COMP_CWORD={}; _wirestep wirestep '{}' '{}'; echo \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        run(Command::new("bash").args(["--norc", "-c", &line]), TIME).success().text()
    };
    assert_eq!(complete(&["wirestep", "--keep"]), "--keep-alive\n");
    assert_eq!(complete(&["wirestep", "--lang", "k"]), "ko\n");
    assert_eq!(complete(&["wirestep", "ta"]), "tap\n");
}

#[test]
fn each_page_of_the_manual_has_every_option_and_is_set_without_a_warning() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for command in [String::new()].into_iter().chain(commands()) {
        let words: Vec<&str> = ["man", &command].into_iter().filter(|word| !word.is_empty()).collect();
        let page = run(&mut wirestep(&words), TIME).success().text();
        let file = folder.path().join("page");
        fs::write(&file, &page).expect("there is room for a page");
        let mut groff = Command::new("groff");
        let set = run(groff.args(["-man", "-ww", "-Tutf8", "-Kutf8", "-P-cbou"]).arg(&file), TIME).success();
        assert_eq!(String::from_utf8_lossy(&set.stderr), "", "{words:?}");
        let text = set.text();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for option in options(&command) {
            assert!(text.contains(&format!("--{option}")), "{words:?}: --{option} is not in {text}");
        }
        let name = if command.is_empty() { "wirestep".to_owned() } else { format!("wirestep-{command}") };
        assert!(text.contains(&format!("NAME {name} - ")), "{text}");
        for part in ["EXIT STATUS 0 ", "ENVIRONMENT WIRESTEP_OPTION ", " NO_COLOR "] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}

// ---- the version ----------------------------------------------------------------------------------------------------

#[test]
fn the_version_of_a_release_names_its_commit_from_git_or_from_the_package() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = |name: &str| folder.path().join(name);
    let mut rustc = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()));
    rustc.args(["--edition", "2024", "-o"]).arg(path("build")).arg(root().join("build.rs"));
    run(rustc.env("CARGO_PKG_VERSION", "9.9.9"), TIME).success();
    let version = |profile: &str| {
        let mut build = Command::new(path("build"));
        build.current_dir(folder.path()).env("PROFILE", profile).env("CARGO_CFG_UNIX", "");
        let said = run(&mut build, TIME).success().text();
        let version = said.lines().find_map(|line| line.strip_prefix("cargo:rustc-env=WIRESTEP_VERSION="));
        version.expect("it says the version").to_owned()
    };
    assert_eq!(version("release"), "9.9.9", "neither git nor a package");
    let windows = run(Command::new(path("build")).current_dir(folder.path()).env_remove("CARGO_CFG_UNIX"), TIME);
    assert_eq!(
        windows.text(),
        "cargo::error=wirestep runs on Unix; on Windows build and run it in WSL 2 (docs/install.md)\n"
    );
    let info =
        "{\n  \"git\": {\n    \"sha1\": \"4322603a1b2c3d4e5f60718293a4b5c6d7e8f901\"\n  },\n  \"path_in_vcs\": \"\"\n}";
    fs::write(path(".cargo_vcs_info.json"), info).expect("there is room for a file");
    assert_eq!(version("release"), "9.9.9 (4322603a1)", "a package");
    assert_eq!(version("debug"), "9.9.9", "a development build");
    fs::create_dir(path("src")).expect("there is room for a folder");
    fs::write(path("src/main.rs"), "one").expect("there is room for a file");
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(words);
        run(&mut git, TIME).success().text().trim().to_owned()
    };
    git(&["init", "--quiet"]);
    git(&["add", "src"]);
    git(&["commit", "--quiet", "-m", "one"]);
    let commit = git(&["rev-parse", "HEAD"])[..9].to_owned();
    assert_eq!(version("release"), format!("9.9.9 ({commit})"));
    fs::write(path("src/main.rs"), "two").expect("there is room for a file");
    assert_eq!(version("release"), format!("9.9.9 ({commit}, changed)"));
}

// ---- how ------------------------------------------------------------------------------------------------------------

/// The commands, as `--help` lists them.
fn commands() -> Vec<String> {
    let help = run(&mut wirestep(&["--help"]), TIME).success().text();
    let list = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = names.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    names.into_iter().filter(|name| name != "help").collect()
}

/// The options of a command, as its `--help` lists them.
fn options(command: &str) -> Vec<String> {
    let words: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
    let help = run(&mut wirestep(&words), TIME).success().text();
    let names = help.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
    names.map(|rest| rest.split([' ', ',']).next().unwrap_or_default().to_owned()).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn wirestep(words: &[&str]) -> Command {
    with(&[], words)
}

fn with(variables: &[(&str, &str)], words: &[&str]) -> Command {
    let mut command = Command::new(WIRESTEP);
    command.args(words).envs(variables.iter().copied());
    command
}

const WIRESTEP: &str = env!("CARGO_BIN_EXE_wirestep");
const KOREAN: [(&str, &str); 1] = [("WIRESTEP_LANG", "ko")];
const TIME: Duration = Duration::from_secs(20);

#[test]
fn the_help_of_scripts_test_is_text_alone_and_an_unknown_option_installs_nothing() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test");
    // Whatever is not in these folders could be installed: it must not even be looked for.
    let run = |option: &str| {
        let mut command = Command::new(script);
        command.arg(option).env_clear().env("PATH", "/usr/bin:/bin").output().expect("there is a bash")
    };
    let help = run("--help");
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.status.success() && text.contains("scripts/test NAME...") && !text.contains("ok  "), "{text}");
    assert_eq!(String::from_utf8_lossy(&help.stderr), "");
    let unknown = run("--list");
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&unknown.stdout), "");
}
