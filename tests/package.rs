//! What a package holds, and what the page about installing says.

#![allow(missing_docs)]

mod common;
#[allow(dead_code)]
#[path = "documents/page.rs"]
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::run;
use page::{Page, root};

#[test]
fn a_package_holds_what_it_needs_to_be_built_read_and_tested() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--list", "--allow-dirty", "--offline", "--locked"]).current_dir(root());
    let finished = run(&mut cargo, TIME).success();
    let (list, said) = (finished.text(), String::from_utf8_lossy(&finished.stderr).into_owned());
    let files: BTreeSet<&str> = list.lines().collect();
    let single = ["Cargo.lock", "LICENSE", "LICENSE-APACHE", "README.md", "CHANGELOG.md", "build.rs", "scripts/test"];
    let needed = single.map(str::to_owned).into_iter();
    let needed = needed.chain(sources("src", "")).chain(sources("docs", "lesson")).chain(sources("docs", "md"));
    let missing: Vec<String> = needed.filter(|name| !files.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    // The project has no address of its own to name.
    let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!(
        warnings.iter().all(|line| line.ends_with("manifest has no documentation, homepage or repository")),
        "{said}"
    );
}

/// All files in a folder of the project, with this ending if one is named.
fn sources(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("it is a folder") {
            let path = folder.join(entry.expect("it can be listed").file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if ending.is_empty() || path.extension().is_some_and(|extension| extension == ending) {
                found.push(path.display().to_string());
            }
        }
    }
    assert!(found.len() > 10, "{folder}");
    found
}

#[test]
fn the_debian_package_has_each_page_of_the_manual_and_the_completions_of_three_shells() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for (name, to) in [("scripts/package", "scripts/package"), ("Cargo.toml", "Cargo.toml")] {
        let to = folder.path().join(to);
        fs::create_dir_all(to.parent().expect("it has a folder")).expect("there is room for a folder");
        fs::copy(root().join(name), to).expect("there is room for a copy");
    }
    let mut package = Command::new("bash");
    run(
        package
            .arg(folder.path().join("scripts/package"))
            .arg("--share")
            .env("WIRESTEP", env!("CARGO_BIN_EXE_wirestep")),
        TIME,
    )
    .success();
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned()).collect()
    };
    let share = folder.path().join("target/share");
    let pages: Vec<String> = names(&share.join("man/man1")).into_iter().collect();
    let help = run(Command::new(env!("CARGO_BIN_EXE_wirestep")).arg("--help"), TIME).success().text();
    let list = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    let commands =
        list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|it| !it.is_empty()));
    let mut expected: Vec<String> =
        commands.filter(|name| *name != "help").map(|name| format!("wirestep-{name}.1")).collect();
    expected.push("wirestep.1".to_owned());
    expected.sort();
    assert_eq!(pages, expected, "scripts/package names each command");
    // What Cargo.toml names is there; the binary is for those who build it.
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("it is text");
    let assets = manifest.split("\nassets = [\n").nth(1).and_then(|rest| rest.split("\n]").next()).expect("a list");
    for asset in
        assets.lines().filter_map(|line| line.split('"').nth(1)).filter(|name| *name != "target/release/wirestep")
    {
        let place = if asset.starts_with("target/share") { folder.path().join(asset) } else { root().join(asset) };
        let (directory, name) =
            (place.parent().expect("a folder"), place.file_name().expect("a name").to_string_lossy());
        let ending = name.trim_start_matches('*').to_owned();
        assert!(names(directory).iter().any(|name| name.ends_with(&ending)), "{asset}");
    }
}

#[test]
fn the_page_about_installing_says_the_same_in_both_languages_and_its_commands_work() {
    let [english, korean] = ["docs/install.md", "docs/ko/install.md"].map(Page::read);
    assert_eq!(english.outline(), korean.outline());
    assert_eq!(
        english.blocks().iter().map(|block| &block.lines).collect::<Vec<_>>(),
        korean.blocks().iter().map(|block| &block.lines).collect::<Vec<_>>()
    );
    let home = tempfile::tempdir().expect("there is room for a folder");
    let binary = Path::new(env!("CARGO_BIN_EXE_wirestep")).parent().expect("it is in a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").expect("there is one"));
    for line in english.blocks().into_iter().filter(|block| block.info == "console setup").flat_map(|block| block.lines)
    {
        match line.strip_prefix("$ ").expect("a command") {
            // Each takes minutes or the network; the tests above look at what they are made of.
            "cargo install --path ."
            | "cargo install cargo-deb --locked"
            | "rustup target add x86_64-unknown-linux-musl" => {}
            "cargo build --release --target x86_64-unknown-linux-musl" => {}
            "apt-get install ./target/debian/wirestep_0.1.0-1_amd64.deb" => {
                assert_eq!(env!("CARGO_PKG_VERSION"), "0.1.0")
            }
            command if command.starts_with("scripts/") => {
                let script = command.split(' ').next().unwrap_or_default();
                assert!(root().join(script).exists(), "{script}");
            }
            command => {
                let mut shell = Command::new("sh");
                run(shell.args(["-c", command]).env("PATH", &path).env("HOME", home.path()), TIME).success();
            }
        }
    }
    assert!(home.path().join(".local/share/man/man1/wirestep-tap.1").exists());
}

const TIME: Duration = Duration::from_secs(60);
