//! The rooms of the house know only the rooms before them, and the world outside has one door.

use std::fs;
use std::path::{Path, PathBuf};

/// In reading order.
const ROOMS: [&str; 7] = ["wire", "trace", "topic", "lesson", "exchange", "site", "net"];

#[test]
fn a_file_names_only_its_own_room_and_earlier_ones() {
    for (path, room, code) in sources() {
        let Some(own) = ROOMS.iter().position(|name| *name == room) else { continue };
        assert!(!code.contains("crate::{"), "{}: one use for each room, so that it can be checked", path.display());
        for later in &ROOMS[own + 1..] {
            let names_it = ["crate", "super"].iter().any(|root| code.contains(&format!("{root}::{later}")));
            assert!(!names_it, "{} is of the room {room} and names {later}", path.display());
        }
    }
}

#[test]
fn only_net_knows_sockets_and_only_net_and_main_read_a_clock() {
    for (path, room, code) in sources() {
        for outside in ["mio::", "socket2::", "signal_hook_mio::", "TcpStream", "TcpListener"] {
            let names_it = code.contains(outside);
            assert!(room == "net" || !names_it, "{} names {outside}, which is for net alone", path.display());
        }
        for clock in ["Instant::now", "SystemTime::now", ".elapsed()"] {
            let reads_it = code.contains(clock);
            assert!(matches!(room.as_str(), "net" | "main") || !reads_it, "{} reads a clock: {clock}", path.display());
        }
    }
}

/// Each source file: its path, its room (the first part of its path below `src`), and its code without comments and without
/// the unit tests at its end.
fn sources() -> Vec<(PathBuf, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("source files are text");
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let code =
                    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
                let below = path.strip_prefix(&src).expect("it was found there");
                let first = below.iter().next().unwrap_or_default().to_string_lossy();
                sources.push((below.to_owned(), first.trim_end_matches(".rs").to_owned(), code));
            }
        }
    }
    assert!(sources.len() > ROOMS.len(), "there are more files than rooms");
    sources
}
