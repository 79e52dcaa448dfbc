//! `kuberewind timeline`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::FormatArgs;
use crate::cli::operations::print::{PrintOptions, print};
use crate::cli::operations::range::{OperationRange, RangeArgs};
use crate::cli::session;
use crate::cli::target::RecordingArgs;
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct TimelineArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    /// Print only operations that match: 'actor=hpa and code >= 400'. Same language as in the debugger, see `:help`
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
    /// Print log lines between the operations
    #[arg(long)]
    logs: bool,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if no operation matches the filter.
pub fn run(args: &TimelineArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let mut recording = session::open_only(&target, Some(&args.range.bounds.from))?;
    let range = OperationRange::find(&mut recording, &args.range.bounds, target.moment.as_deref())?;
    let options =
        PrintOptions { filter: args.filter.as_deref(), logs: args.logs, format: args.format.format, limit: args.range.limit };
    print(&recording, range, options)
}
