//! `kuberewind history`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::{AtArgs, find_moment};
use crate::cli::object::ObjectArgs;
use crate::cli::{output, session};
use kuberewind_analysis::queries::history::{HistoryLimits, history};
use kuberewind_model::Result;
use kuberewind_report::{history_text, json_of};

#[derive(Debug, Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    object: ObjectArgs,
    #[command(flatten)]
    moment: AtArgs,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &HistoryArgs) -> Result<Exit> {
    let target = args.object.target()?;
    let mut recording = session::open_only(&target, Some(&args.moment.at))?;
    let at = find_moment(&mut recording, &args.moment.at)?;
    let id = args.object.find_object(&recording, at)?;
    let found = history(recording.source(), recording.lineage(), id, at, HistoryLimits::default())?;
    match args.format.format {
        Format::Text => output::print(&history_text(&found))?,
        Format::Json => output::print(&json_of(&found)?)?,
    }
    Ok(Exit::Done)
}
