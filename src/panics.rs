//! What a panic says: that it is a fault of wirestep, and what to report.
//!
//! The release build aborts after it (`panic = "abort"`), so every stream ends without its last
//! chunk. The line of the source alone would not tell the operator that it was no client's act.

use std::io::{self, Write};

/// Adds to the message of each panic what it means, and what to report.
pub(crate) fn tell() {
    let standard = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        standard(panic);
        // Standard error may be closed: a second panic would hide the first.
        let _ = io::stderr().write_all(REPORT.as_bytes());
    }));
}

const REPORT: &str = concat!(
    "wirestep: error: this is a fault of wirestep, not of a client: it ends here, and every open stream with it\n",
    "wirestep: please report the lines above, the output of wirestep --version, the options in use, and, if\n",
    "wirestep: --pcapng or --trace-file was on, what the file holds of the last connection\n",
);

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_panic_says_on_standard_error_what_to_report() {
        const CHILD: &str = "WIRESTEP_TEST_PANICS";
        if std::env::var_os(CHILD).is_some() {
            tell();
            panic!("the reason");
        }
        let name = "panics::tests::a_panic_says_on_standard_error_what_to_report";
        let mut command = Command::new(std::env::current_exe().expect("it runs"));
        let output = command.args(["--exact", "--nocapture", name]).env(CHILD, "").output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("the reason") && said.contains(REPORT), "{said}");
    }
}
