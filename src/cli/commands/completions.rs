//! `kuberewind completions`

use clap::Args;

use crate::cli::completion::shell::{Shell, script};
use crate::cli::exit::Exit;
use crate::cli::invocation::Invocation;
use crate::cli::output;
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell to print the script for
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, invocation: Invocation) -> Result<Exit> {
    output::print(&script(args.shell, invocation)?)?;
    Ok(Exit::Done)
}
