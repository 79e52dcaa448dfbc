//! `kuberewind completions`

use crate::cli::args::CompletionsArgs;
use crate::cli::called::Called;
use crate::cli::{Exit, complete, output};
use kuberewind_model::Result;

/// Prints the script that completes command lines in a shell.
pub fn run(args: &CompletionsArgs, called: Called) -> Result<Exit> {
    output::print(&complete::script(args.shell, called)?)?;
    Ok(Exit::Done)
}
