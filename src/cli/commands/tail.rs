//! `kuberewind tail`

use clap::Args;

use super::open::{self, OpenArgs};
use crate::cli::exit::Exit;
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct TailArgs {
    #[command(flatten)]
    open: OpenArgs,
}

/// Opens the debugger as with `--follow`.
pub fn run(args: TailArgs) -> Result<Exit> {
    open::run(&OpenArgs { follow: true, ..args.open })
}
