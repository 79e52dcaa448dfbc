//! `kuberewind FILE`, `open` and `tail`

use crate::cli::args::OpenArgs;
use crate::cli::{Exit, Target};
use crate::model::Result;

pub fn run(args: &OpenArgs, _follow: bool) -> Result<Exit> {
    debugger(&Target::resolve(&args.recording)?)
}
pub fn debugger(_: &Target) -> Result<Exit> { Ok(Exit::Done) }
