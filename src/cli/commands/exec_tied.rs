//! `kuberewind exec-tied`: becomes a program that ends when its recorder ends.

use std::ffi::OsString;

use clap::Args;

use crate::cli::exit::Exit;
use kuberewind_model::Result;
use kuberewind_proxy::child::tie;

#[derive(Debug, Args)]
pub struct ExecTiedArgs {
    /// Process id of the recorder
    recorder: u32,
    /// Program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

pub fn run(args: &ExecTiedArgs) -> Result<Exit> {
    Ok(Exit::Code(tie::exec_tied(args.recorder, &args.command)))
}
