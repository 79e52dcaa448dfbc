//! The command line. [`run`] is all of `main`: it parses the arguments, runs a command and chooses the exit code.

mod commands;
mod compared_session;
mod completion;
mod debugger;
mod exit;
mod follow;
mod format;
mod interrupt;
mod invocation;
mod kubeconfig_file;
mod moment;
mod moment_servers;
mod object;
mod operations;
mod output;
mod paths;
mod perspective;
mod progress;
mod random;
mod recent;
mod server;
mod session;
mod settings;
mod signals;
mod source;
mod storage;
mod target;

use std::env;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use commands::Cli;
use completion::{kubectl, shell};
use invocation::Invocation;

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    let invocation = Invocation::from_name(env::args_os().next().as_deref());
    if invocation == Invocation::PluginCompletion {
        return exit::finish(kubectl::complete(command_tree(invocation), completion::arguments()));
    }
    if let Some(result) = shell::answer(|| command_tree(invocation)) {
        return exit::finish(result);
    }
    match command_tree(invocation).try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => exit::finish(commands::run(cli, invocation, command_tree)),
        // clap exits with 0 for --help and 2 for an error.
        Err(error) => error.exit(),
    }
}

/// The table of commands. Its usage lines name the program as the user called it.
fn command_tree(invocation: Invocation) -> clap::Command {
    match invocation {
        Invocation::Program => Cli::command(),
        Invocation::Plugin | Invocation::PluginCompletion => Cli::command().bin_name("kubectl rewind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_valid() {
        command_tree(Invocation::Program).debug_assert();
    }

    #[test]
    fn the_plugin_shows_its_own_name() {
        let usage = command_tree(Invocation::Plugin).render_usage().to_string();
        assert!(usage.contains("kubectl rewind"), "{usage}");
    }
}
