//! The live page: its model under Node, and the whole of it in Chromium.
//!
//! The tests themselves are ES modules in `tests/page`, run by Node's own test runner. They start the server that was built
//! for this test. What they need, `scripts/test` installs: Node, Chromium, chromedriver, and two packages of npm.

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_model_makes_of_every_lesson_what_passed_the_wire() {
    run("model.test.mjs");
}

#[test]
fn the_page_shows_plays_explains_and_can_be_used_with_keys_alone() {
    run("page.test.mjs");
}

#[track_caller]
fn run(file: &str) {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page");
    let installed = folder.join("node_modules/axe-core");
    assert!(installed.exists(), "{} is not there: scripts/test installs it", installed.display());
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(folder.join(file))
        .env("WIRESTEP", env!("CARGO_BIN_EXE_wirestep"))
        .output()
        .expect("node is installed by scripts/test");
    let (told, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{file}\n{told}\n{complaints}");
}
