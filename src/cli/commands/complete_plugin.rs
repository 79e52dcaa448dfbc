//! `kuberewind complete-plugin`: completes a line of the plugin for the script of `kuberewind completions kubectl`.

use std::ffi::OsString;

use clap::{Args, Command};

use crate::cli::completion::kubectl;
use crate::cli::exit::Exit;
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct CompletePluginArgs {
    /// Words of the line; complete the last one
    #[arg(last = true)]
    words: Vec<OsString>,
}

/// `command` is the table of commands.
pub fn run(args: CompletePluginArgs, command: Command) -> Result<Exit> {
    kubectl::complete(command, args.words)
}
