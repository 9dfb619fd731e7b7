//! Keys on a real pseudo-terminal: pause, one connection, the other form, Ctrl-S, another width, and what is left behind.

mod common;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Server, run, wait_until};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// A server whose standard input and output are a terminal that this test holds the other end of.
struct Play {
    server: Server,
    master: File,
    /// Kept open, so that its modes can be asked for when the server has ended.
    slave: File,
    screen: Arc<Mutex<Vec<u8>>>,
}

impl Play {
    fn new(columns: u16, arguments: &[&str]) -> Play {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
        grantpt(&master).expect("it is granted");
        unlockpt(&master).expect("it is unlocked");
        let name = ptsname(&master, Vec::new()).expect("it has a name").into_string().expect("ASCII");
        let slave = || OpenOptions::new().read(true).write(true).open(&name).expect("it can be opened");
        let master = File::from(master);
        resize(&master, columns);
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        command.args(["--listen", "127.0.0.1:0"]).args(arguments).env("NO_COLOR", "1").env("TERM", "xterm");
        command.stdin(Stdio::from(slave())).stdout(Stdio::from(slave()));
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, octets) = (master.try_clone().expect("another descriptor"), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                octets.lock().expect("no panic").extend_from_slice(&buffer[..count]);
            }
        });
        let slave = slave();
        let server = Server::spawn_at_terminal(command);
        let play = Play { server, master, slave, screen };
        if !arguments.contains(&"--step") {
            play.server.wait_for_log("its keys", |lines| lines.iter().any(|line| line.contains("keys: Space")));
        }
        play
    }

    fn press(&self, keys: &str) {
        (&self.master).write_all(keys.as_bytes()).expect("it is typed");
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().expect("no panic")).replace('\r', "")
    }

    fn wait_for(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        wait_until(what, || holds(&self.text()));
        self.text()
    }

    fn get(&self, path: &str) -> String {
        run(Command::new("curl").args(["-s", &self.server.url(path)]), Duration::from_secs(20)).success().text()
    }
}

fn resize(terminal: &File, columns: u16) {
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).expect("it has a size");
}

/// The rows without the lines at the bottom, which are taken away again.
fn rows(text: &str) -> Vec<String> {
    let shown = text.lines().map(|line| line.rsplit("\x1b[K").next().unwrap_or_default().to_owned());
    shown.filter(|line| !line.is_empty() && !line.starts_with('\x1b')).collect()
}

#[test]
fn pause_holds_the_view_and_never_the_server() {
    let play = Play::new(80, &["--form", "compact"]);
    assert_eq!(play.get("/plain"), "Hello, wire!\n");
    play.wait_for("the first close", |text| text.contains("closed"));
    play.press(" ");
    play.wait_for("the pause", |text| text.contains("PAUSED  0 new rows"));
    let before = rows(&play.text()).len();
    for _ in 0..3 {
        assert_eq!(play.get("/plain"), "Hello, wire!\n", "the server goes on");
    }
    play.wait_for("a count", |text| text.contains("PAUSED") && !text.ends_with("PAUSED  0 new rows"));
    assert!(!play.text().contains("#3 "), "{}", play.text());
    play.press(" ");
    let text =
        play.wait_for("the rows that were kept", |text| text.matches("closed: both sides have sent FIN").count() == 4);
    let rows = rows(&text);
    assert!(rows.len() > before && rows.iter().all(|row| !row.contains("PAUSED")), "{rows:#?}");
    let firsts: Vec<usize> =
        [2, 3, 4].iter().filter_map(|id| rows.iter().position(|row| row.contains(&format!("#{id} ")))).collect();
    assert!(firsts.len() == 3 && firsts.is_sorted(), "{rows:#?}");
}

#[test]
fn what_was_kept_is_shown_at_the_end_of_the_server() {
    let mut play = Play::new(80, &["--form", "compact"]);
    play.press(" ");
    play.wait_for("the pause", |text| text.contains("PAUSED"));
    assert_eq!(play.get("/plain"), "Hello, wire!\n");
    assert!(play.server.stop().success());
    play.wait_for("the rows", |text| text.contains("all 13 octets: response complete"));
}

#[test]
fn one_connection_is_chosen_by_its_number_and_hidden_records_are_counted() {
    let play = Play::new(80, &["--form", "compact"]);
    play.press("#2\n");
    play.wait_for("the choice", |text| text.contains("only connection 2;"));
    play.get("/plain");
    play.get("/plain");
    let text = play.wait_for("connection 2", |text| text.contains("#2 ") && text.contains("closed"));
    assert!(!text.contains("#1 "), "{text}");
    play.press("#\n");
    play.wait_for("all", |text| text.contains("all connections;") && text.contains("records were hidden"));
    play.get("/plain");
    play.wait_for("connection 3", |text| text.contains("#3 "));
}

#[test]
fn tab_changes_the_form_and_an_equals_sign_makes_a_mark() {
    let play = Play::new(120, &["--form", "compact"]);
    play.get("/plain");
    play.wait_for("a close", |text| text.contains("closed"));
    assert!(!play.text().contains("field-line"));
    play.press("=\t");
    play.wait_for("the mark", |text| text.contains("--- mark at "));
    play.get("/plain");
    play.wait_for("the full form", |text| text.contains("field-line   Host: "));
    play.press("?");
    play.wait_for("the keys", |text| text.contains("Tab    the full form, the compact form"));
}

#[test]
fn a_screen_that_ctrl_s_has_stopped_stops_no_client() {
    let play = Play::new(80, &["--form", "compact"]);
    play.press("\x13");
    for _ in 0..20 {
        assert_eq!(play.get("/plain"), "Hello, wire!\n");
    }
    play.press("\x11");
    play.wait_for("every row", |text| text.matches("closed: both sides have sent FIN").count() == 20);
}

#[test]
fn rows_follow_the_width_of_the_window_in_korean_as_well() {
    for form in ["full", "compact"] {
        let play = Play::new(60, &["--form", form, "--lang", "ko"]);
        let width = |row: &String| unicode_width::UnicodeWidthStr::width(row.as_str());
        play.get("/plain");
        play.wait_for("a row", |text| text.contains("FIN"));
        for (columns, at_least) in [(240, 100), (40, 0), (80, 0)] {
            resize(&play.master, columns);
            let from = play.text().len();
            // The window is asked once a second at most.
            wait_until("rows of the new width", || {
                let before = play.text().len().max(from);
                play.get("/plain");
                play.wait_for("its rows", |text| text[before..].matches("FIN").count() >= 2);
                let widest = rows(&play.text()[before..]).iter().map(width).max().unwrap_or_default();
                (at_least..=usize::from(columns)).contains(&widest)
            });
        }
    }
}

#[test]
fn the_terminal_is_as_it_was_when_the_server_has_ended() {
    let lines = LocalModes::ICANON | LocalModes::ECHO;
    let mut play = Play::new(80, &[]);
    let modes = |play: &Play| tcgetattr(&play.slave).expect("it is a terminal").local_modes;
    assert!(!modes(&play).intersects(lines), "keys are read one by one");
    assert!(modes(&play).contains(LocalModes::ISIG), "Ctrl-C is still a signal");
    assert!(play.server.stop().success());
    assert!(modes(&play).contains(lines));
}

#[test]
fn where_steps_are_typed_keys_are_not_read() {
    let play = Play::new(80, &["--step"]);
    let modes = tcgetattr(&play.slave).expect("it is a terminal").local_modes;
    assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO));
}
