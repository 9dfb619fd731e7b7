//! The page and the scripts: each command of docs/wireshark.md is run, each filter counted, each
//! table compared.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::CLIENT_TIME;
use crate::capture::{all_fields, kit};
use crate::common::{Client, Finished, run, wait_until};
use crate::page::{Page, root};
use crate::transcript::{commands, holds, segments};

const PAGE: &str = "docs/wireshark.md";

/// An empty folder with a home in it, in which the commands of the page find the scripts and the
/// server.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().expect("there is a place for files");
        fs::create_dir(folder.path().join("home")).expect("it is empty");
        symlink(root().join("scripts"), folder.path().join("scripts")).expect("it is empty");
        Place(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `sh` with this line; `under` is a command that starts it.
    fn shell(&self, under: &[&str], line: &str) -> Command {
        let words = [under, &["sh", "-c", line]].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(&self.0);
        command.env("HOME", self.path("home")).env("WIRESTEP", env!("CARGO_BIN_EXE_wirestep"));
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(name);
        }
        command
    }

    #[track_caller]
    fn run(&self, line: &str) -> Finished {
        run(&mut self.shell(&[], line), CLIENT_TIME)
    }

    /// All files of the home, with what they hold.
    fn home(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.path("home")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("it can be listed") {
                let path = entry.expect("it can be listed").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.clone(), fs::read(path).expect("it is ours")));
                }
            }
        }
        files.sort();
        files
    }

    /// How many packets of the capture each filter finds, by one run of tshark.
    fn counts(&self, capture: &str, filters: &[String]) -> Vec<u64> {
        assert!(filters.iter().all(|filter| !filter.contains(',')), "a comma divides filters here");
        let mut tshark = self.shell(&[], "exec tshark -q -r \"$0\" -z \"$1\"");
        tshark.arg(capture).arg(format!("io,stat,0,{}", filters.join(",")));
        let text = run(&mut tshark, CLIENT_TIME).success().text();
        let row = text.lines().find(|line| line.contains(" <> ")).unwrap_or_else(|| panic!("{text}"));
        let numbers: Vec<u64> = row.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
        let frames: Vec<u64> = numbers.chunks(2).map(|pair| pair[0]).collect();
        assert_eq!(frames.len(), filters.len(), "{text}");
        frames
    }
}

fn rewrite() -> bool {
    std::env::var_os("WIRESTEP_REWRITE").is_some()
}

#[test]
fn the_commands_and_filters_of_the_page_do_what_it_says() {
    let place = Place::new();
    let mut page = Page::read(PAGE);
    let mut problems = Vec::new();
    for index in 0..page.blocks().len() {
        let block = page.blocks().swap_remove(index);
        if block.info != "console" {
            continue;
        }
        let mut lines = Vec::new();
        for told in commands(&block) {
            let finished = place.run(&told.line).success();
            let prints: Vec<String> = finished.text().lines().map(|line| line.trim_end().to_owned()).collect();
            lines.extend(format!("$ {}", told.line).lines().map(str::to_owned));
            let (expected, found) = (settled(&told.prints), settled(&prints));
            if holds(&segments(&expected), &found) {
                lines.extend(told.prints);
            } else {
                lines.extend(prints.clone());
                problems.push(format!(
                    "{PAGE}:{}: $ {}\n{}\n--- {finished}",
                    block.at,
                    told.line,
                    told.prints.join("\n")
                ));
            }
        }
        page.replace(&block, lines);
    }
    if rewrite() {
        page.save();
    } else {
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
    the_tables_are_true(&place);
    every_rule_colours_a_packet(&place);
    the_columns_are_there(&place);
}

/// Without what differs from run to run: times, ports, numbers of frames, and the octets in which
/// they stand.
fn settled(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| settle(line)).collect()
}

fn settle(line: &str) -> String {
    let is_time = |word: &str| word.split_once('.').is_some_and(|(whole, part)| is_number(whole) && is_number(part));
    let words: Vec<&str> = line.split_whitespace().collect();
    if let [frame, time, stream, flow, octets, ..] = words[..]
        && is_number(frame)
        && is_time(time)
        && ["->", "<-"].contains(&flow)
    {
        let octets = if flow == "<-" && octets != "0" { "N" } else { octets };
        return format!("{stream} {flow} {octets} {}", words[5..].join(" "));
    }
    let Some((before, after)) = line.split_once("127.0.0.1:") else { return line.to_owned() };
    format!("{before}127.0.0.1:{}", settle(after.trim_start_matches(|it: char| it.is_ascii_digit())))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|octet| octet.is_ascii_digit())
}

// ---- the tables ---------------------------------------------------------------------------------

fn the_tables_are_true(place: &Place) {
    let text = fs::read_to_string(root().join(PAGE)).expect("it was read before");
    let mut new = counted(place, &text, "| filter | finds | packets |");
    new = with_rows(&new, "| colour | filter |", &colours());
    new = with_rows(&new, "| button | filter | packets |", &buttons());
    new = counted(place, &new, "| button | filter | packets |");
    if rewrite() {
        fs::write(root().join(PAGE), &new).expect("it can be written");
    }
    let differs = text.lines().zip(new.lines()).find(|(is, should_be)| is != should_be);
    assert!(rewrite() || text == new, "{PAGE} is old (WIRESTEP_REWRITE=1 writes it anew): {differs:#?}");
    let fields: Vec<String> = cells(&new, "| field | type | tells |").into_iter().map(|row| code(&row[0])).collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(fields), sorted(all_fields()), "the table of fields has each field once");
    assert_eq!(sorted(types(&new)), sorted(types_of_tshark(place)));
}

/// The rows of the table, each with the number of packets that its filter finds in its last cell.
fn counted(place: &Place, text: &str, header: &str) -> String {
    let rows = cells(text, header);
    let filters: Vec<String> =
        rows.iter().map(|row| code(row.iter().find(|cell| cell.starts_with('`')).expect("a filter"))).collect();
    let counts = place.counts("run.pcapng", &filters);
    let row = |(row, count): (&Vec<String>, u64)| {
        assert!(count > 0, "{header} has a filter that finds nothing: {row:?}");
        format!("| {} | {count} |", row[..row.len() - 1].join(" | "))
    };
    with_rows(text, header, &rows.iter().zip(counts).map(row).collect::<Vec<_>>())
}

fn colours() -> Vec<String> {
    let rules =
        fs::read_to_string(root().join("scripts/wireshark/profile/wirestep/colorfilters")).expect("it is there");
    let rule = |line: &str| {
        let mut parts = line.split('@').skip(1);
        let mut next = || parts.next().expect("name, filter, colours").to_owned();
        let name = next().trim_start_matches("wirestep: ").to_owned();
        format!("| {name} | {} |", in_code(&next()))
    };
    rules.lines().filter(|line| line.starts_with('@')).map(rule).collect()
}

fn buttons() -> Vec<String> {
    let buttons =
        fs::read_to_string(root().join("scripts/wireshark/profile/wirestep/dfilter_buttons")).expect("it is there");
    let button = |line: &str| {
        let parts: Vec<&str> = line.trim_matches('"').split("\",\"").collect();
        format!("| {} | {} | 0 |", parts[1], in_code(parts[2]))
    };
    buttons.lines().map(button).collect()
}

/// A bar would end the cell.
fn in_code(filter: &str) -> String {
    format!("`{}`", filter.replace('|', "\\|"))
}

fn code(cell: &str) -> String {
    cell.trim_matches('`').replace("\\|", "|")
}

fn cells(text: &str, header: &str) -> Vec<Vec<String>> {
    let rows = text.lines().skip_while(|line| *line != header).skip(2).take_while(|line| line.starts_with("| "));
    let cells = |line: &str| line.trim_matches(['|', ' ']).split(" | ").map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(rewrite() || !rows.is_empty(), "there is no table {header}");
    rows
}

fn with_rows(text: &str, header: &str, rows: &[String]) -> String {
    let (before, rest) =
        text.split_once(&format!("{header}\n")).unwrap_or_else(|| panic!("there is no table {header}"));
    let (rule, rest) = rest.split_once('\n').expect("a line below the header");
    let after = rest.lines().skip_while(|line| line.starts_with("| ")).collect::<Vec<_>>().join("\n");
    format!("{before}{header}\n{rule}\n{}\n{after}\n", rows.join("\n"))
}

/// Each field with its type, as the page has it.
fn types(text: &str) -> Vec<String> {
    cells(text, "| field | type | tells |").iter().map(|row| format!("{} {}", code(&row[0]), row[1])).collect()
}

fn types_of_tshark(place: &Place) -> Vec<String> {
    let text = place.run("tshark -G fields").success().text();
    let field = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let name = cells.get(2).filter(|name| cells[0] == "F" && name.starts_with("wirestep."))?;
        let kind = match cells[3] {
            "FT_STRING" => "text",
            "FT_BOOLEAN" => "flag",
            "FT_UINT32" | "FT_UINT64" => "number",
            // The experts have no value.
            _ => return None,
        };
        Some(format!("{name} {kind}"))
    };
    text.lines().filter_map(field).collect()
}

// ---- the profile --------------------------------------------------------------------------------

fn every_rule_colours_a_packet(place: &Place) {
    let text =
        place.run("tshark --color -C wirestep -r run.pcapng -T fields -e frame.coloring_rule.name").success().text();
    let found: BTreeSet<&str> = text.lines().collect();
    let rules =
        fs::read_to_string(root().join("scripts/wireshark/profile/wirestep/colorfilters")).expect("it is there");
    let rules = rules.lines().filter(|line| line.starts_with('@')).filter_map(|line| line.split('@').nth(1));
    for rule in rules {
        assert!(found.contains(rule), "nothing is coloured by {rule:?}: {found:?}");
    }
}

fn the_columns_are_there(place: &Place) {
    let text = place.run("tshark -C wirestep -r cut.pcapng -Y 'wirestep.chunk.number == 1'").success().text();
    for words in [" 20 ", "chunk 1: 15 octets, event 1 (message)", "chunk 2, or the last chunk"] {
        assert!(text.contains(words), "{text}");
    }
    assert!(!text.contains("[chunk 1"), "what the column says is not in Info too: {text}");
}

#[test]
fn the_pictures_are_small() {
    for link in Page::read(PAGE).targets().iter().filter(|link| link.ends_with(".png")) {
        let picture = fs::read(root().join("docs").join(link)).expect("it is there");
        assert!(picture.starts_with(b"\x89PNG") && picture.len() < 200_000, "{link}: {} octets", picture.len());
    }
}

// ---- the scripts --------------------------------------------------------------------------------

#[test]
fn what_is_installed_twice_is_installed_once_and_what_is_yours_stays() {
    let place = Place::new();
    let profiles = place.path("home/.config/wireshark/profiles");
    let (yours, other) = (profiles.join("wirestep/preferences"), profiles.join("mine/preferences"));
    for path in [&yours, &other] {
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is empty");
        fs::write(path, "yours").expect("there is room for a file");
    }
    place.run("scripts/wireshark/install").success();
    let once = place.home();
    let kept = |files: &[(PathBuf, Vec<u8>)]| files.iter().filter(|(_, text)| text == b"yours").count();
    assert_eq!(kept(&once), 2, "what was there is there still: {once:?}");
    place.run("scripts/wireshark/install").success();
    assert_eq!(place.home(), once);
    // Wireshark writes this one anew.
    fs::write(profiles.join("wirestep/recent"), "wider").expect("it is ours");
    place.run("scripts/wireshark/install").success();
    assert_eq!(fs::read(profiles.join("wirestep/recent")).expect("it is ours"), b"wider");
    place.run("scripts/wireshark/install --uninstall").success();
    let left = place.home();
    assert!(
        kept(&left) == 2 && left.iter().all(|(path, text)| text == b"yours" || path.ends_with("recent")),
        "{left:?}"
    );
    // Where nothing of yours was, nothing is left.
    let place = Place::new();
    place.run("scripts/wireshark/install && scripts/wireshark/install --uninstall").success();
    assert_eq!(place.home(), []);
    assert!(!place.run("scripts/wireshark/install --force").status.success());
}

/// A command that takes the right to capture from the one after it. Only root has it in the tests.
fn without_rights() -> &'static [&'static str] {
    let is_root = fs::metadata("/proc/self").expect("there is /proc").uid() == 0;
    if is_root { &["setpriv", "--bounding-set=-all", "--inh-caps=-all"] } else { &[] }
}

#[test]
fn who_may_not_capture_gets_the_capture_of_the_server_and_is_told() {
    let place = Place::new();
    let line = "scripts/capture --write own.pcapng curl -sN 'http://HOST/api/sse/events?count=2'";
    let finished = run(&mut place.shell(without_rights(), line), CLIENT_TIME).success();
    let said = String::from_utf8_lossy(&finished.stderr).into_owned();
    assert!(said.contains("every IP and TCP header is synthetic"), "{said}");
    assert!(
        finished.text().contains("chunk 2: 32 octets, event 2 (message) [chunk 3, or the last chunk]"),
        "{finished}"
    );
    let comments = place.run("tshark -r own.pcapng -T fields -e frame.comment").success().text();
    assert!(comments.contains("chunk 2 of this response"), "{comments}");
}

#[test]
fn what_a_capture_cannot_do_is_said_before_anything_is_started() {
    let place = Place::new();
    // Whether Wireshark's window is installed or not.
    fs::create_dir(place.path("bin")).expect("it is empty");
    symlink("/bin/true", place.path("bin/wireshark")).expect("it is empty");
    for (line, words) in [
        ("scripts/capture --open", "there is no display"),
        ("PATH=$PWD/bin:$PATH scripts/capture --open", "there is no display"),
        ("scripts/capture --seconds soon", "--seconds needs a number"),
        ("scripts/capture --write", "--write needs a file"),
        ("scripts/capture --what", "no such option: --what"),
        ("scripts/capture no-such-client", "no-such-client is not there"),
    ] {
        let finished = place.run(line);
        let said = String::from_utf8_lossy(&finished.stderr).into_owned();
        // A line of its own, and nothing of a server or a client.
        assert!(!finished.status.success() && said.contains(words) && said.lines().count() == 1, "{line}: {finished}");
    }
    assert!(place.run("scripts/capture --help").success().text().contains("--synthetic"));
}

#[test]
fn the_servers_capture_is_followed_while_the_stream_runs_without_the_right_to_capture() {
    let page = Page::read(PAGE);
    let block = page.blocks().into_iter().find(|block| block.info == "text live").expect("the page shows it");
    for line in block.lines.iter().filter(|line| line.contains("tshark")) {
        let place = Place::new();
        place.run("scripts/wireshark/install").success();
        let line = line.replacen("wirestep --pcapng -", "\"$WIRESTEP\" --listen 127.0.0.1:0 --pcapng - 2>log", 1);
        let reader = Client::start(&mut place.shell(without_rights(), &line));
        let log = place.path("log");
        let address = || Some(read(&log).split_once("listening on http://")?.1.split('/').next()?.to_owned());
        wait_until("the server listens", || address().is_some());
        let address = address().expect("it was there");
        // It runs on for hours: what is shown is shown before its end.
        let stream = format!("curl -sN 'http://{address}/api/sse/events?interval=50ms&count=100000'");
        let client = Client::start(&mut place.shell(&[], &stream));
        reader.wait_for("the third chunk", |text| {
            text.contains("chunk 3: 32 octets, event 3 (message)\tchunk 4, or the last chunk")
        });
        drop(client);
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_dissector_may_be_installed_and_given_as_well() {
    let place = Place::new();
    place.run("scripts/wireshark/install").success();
    let capture = "scripts/capture --synthetic --write own.pcapng curl -s http://HOST/plain >/dev/null 2>&1";
    place.run(capture).success();
    let line =
        format!("tshark -X lua_script:{} -r own.pcapng -Y wirestep.body -T fields -e wirestep.body", kit().display());
    let finished = place.run(&line).success();
    // Once, and without a word about a protocol that is there already.
    assert_eq!(finished.text(), "Hello, wire!␊\n");
    assert!(!String::from_utf8_lossy(&finished.stderr).to_lowercase().contains("lua"), "{finished}");
}
