//! Puts the commit into `wirestep --version`, without a network.
//!
//! ```text
//! a clone      asks git; "changed" if the source differs   0.1.0 (4322603a1, changed)
//! a package    .cargo_vcs_info.json of cargo package       0.1.0 (4322603a1)
//! neither      the version alone                           0.1.0
//! ```
//!
//! A development build has the version alone: a new version compiles everything anew, and the tests
//! would wait for that after each commit. On a system that is no Unix the build ends here, with a
//! sentence.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the binary is made of.
const SOURCE: [&str; 5] = ["src", "docs/lessons", "Cargo.toml", "Cargo.lock", "build.rs"];

fn main() {
    if std::env::var_os("CARGO_CFG_UNIX").is_none() {
        println!("cargo::error=wirestep runs on Unix; on Windows build and run it in WSL 2 (docs/install.md)");
        return;
    }
    let version = env!("CARGO_PKG_VERSION");
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let version = match commit().filter(|_| is_release) {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    };
    println!("cargo:rustc-env=WIRESTEP_VERSION={version}");
    println!("cargo:rerun-if-changed=build.rs");
    if is_release {
        watch();
    }
}

/// The first digits of the commit's name, and whether the source differs from it.
fn commit() -> Option<String> {
    // A folder without its own .git may lie in the clone of another project.
    if Path::new(".git").exists() {
        let name = git(&["rev-parse", "HEAD"])?;
        let changes = git(&[&["status", "--porcelain", "--"][..], &SOURCE].concat())?;
        let changed = if changes.is_empty() { "" } else { ", changed" };
        return Some(format!("{}{changed}", short(&name)?));
    }
    let info = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, name) = info.split_once("\"sha1\": \"")?;
    short(name)
}

fn short(name: &str) -> Option<String> {
    name.get(..9).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())).map(str::to_owned)
}

fn git(arguments: &[&str]) -> Option<String> {
    let finished = Command::new("git").args(arguments).output().ok()?;
    finished.status.success().then(|| String::from_utf8_lossy(&finished.stdout).trim().to_owned())
}

// A commit adds a line to the log of HEAD. A file that is missing would make cargo run this script
// at each build.
fn watch() {
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).unwrap_or_default();
    for path in SOURCE.into_iter().chain([log.as_str()]) {
        if !path.is_empty() && Path::new(path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}
