//! What the exit status of each command says.

use clap::Command;

/// A status and its meaning.
pub(crate) type Status = (u8, &'static str);

/// The statuses of the command with this name, as `wirestep` has it.
pub(crate) fn of(command: &str) -> Vec<Status> {
    let own: &[Status] = match command {
        "read" => &[
            (0, "every response that was begun and has ended is complete"),
            (1, "the capture cannot be read to its end"),
            (3, "a response is cut or broken"),
        ],
        "check" => &[(0, "all scripts can be played"), (1, "a script has an error or cannot be read")],
        "lessons" => &[(0, "printed"), (1, "there is no such lesson, or its script has an error")],
        "completions" | "man" => &[(0, "printed"), (1, "there is no such page, or it cannot be written")],
        // The server and the relay.
        _ => &[
            (0, "a signal has ended it: Ctrl-C, SIGTERM or SIGHUP"),
            (1, "it cannot start or cannot go on: an address is in use, a file cannot be written"),
        ],
    };
    let mut statuses = own.to_vec();
    statuses.push((2, "the command line is wrong"));
    statuses.sort_unstable();
    statuses
}

/// The command with its statuses at the end of its help, and so for each of its commands.
pub(crate) fn told_in_help(command: Command) -> Command {
    with_statuses(command).mut_subcommands(with_statuses)
}

fn with_statuses(command: Command) -> Command {
    let statuses: Vec<String> =
        of(command.get_name()).iter().map(|(number, why)| format!("  {number}  {why}")).collect();
    let statuses = format!("Exit status:\n{}", statuses.join("\n"));
    let text = match command.get_after_help() {
        Some(text) => format!("{text}\n\n{statuses}"),
        None => statuses,
    };
    command.after_help(text)
}
