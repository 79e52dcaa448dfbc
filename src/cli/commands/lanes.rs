//! `kuberewind lanes`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::FromToArgs;
use crate::cli::operations::range::OperationRange;
use crate::cli::target::RecordingArgs;
use crate::cli::{output, session};
use kuberewind_model::{Result, Timestamp};
use kuberewind_report::{Lanes, Names, json_text};
use kuberewind_session::OpenRecording;

#[derive(Debug, Args)]
pub struct LanesArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    bounds: FromToArgs,
    /// Divide the time into N columns
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    width: u16,
    /// Print one lane for each object instead of each actor
    #[arg(long)]
    objects: bool,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &LanesArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let mut recording = session::open_only(&target, Some(&args.bounds.from))?;
    let range = OperationRange::find(&mut recording, &args.bounds, target.moment.as_deref())?;
    let names = Names::read(recording.source())?;
    let (start, end) = times(&recording, range)?;
    let mut lanes = Lanes::new(start, end, args.width, args.objects);
    for operation in range.operations(&recording) {
        lanes.add(&names, &operation?);
    }
    output::print(&match args.format.format {
        Format::Text => lanes.text(),
        Format::Json => json_text(&lanes.json()),
    })?;
    Ok(Exit::Done)
}

/// Returns the times of the first and the last operation of a range.
fn times(recording: &OpenRecording, range: OperationRange) -> Result<(Timestamp, Timestamp)> {
    let at = |seq| -> Result<Option<Timestamp>> {
        Ok(recording.source().operation(recording.lineage(), seq)?.map(|operation| operation.at))
    };
    let (start, end) = (at(range.from.next())?, at(range.to)?);
    let session = recording.session();
    Ok((start.unwrap_or(session.start), end.unwrap_or(session.end)))
}
