//! `kuberewind sessions`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::target::RecordingArgs;
use crate::cli::{output, source};
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct SessionsArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &SessionsArgs) -> Result<Exit> {
    let source = source::open(&args.recording.target()?.path)?;
    match args.format.format {
        Format::Text => output::print(&kuberewind_report::sessions_text(&*source)?)?,
        Format::Json => output::print(&kuberewind_report::json_text(&kuberewind_report::sessions_json(&*source)?))?,
    }
    Ok(Exit::Done)
}
