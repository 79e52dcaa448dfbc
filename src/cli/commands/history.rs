//! `kuberewind history`

use crate::cli::args::{AtArgs, Format};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{history_text, json_of};
use kuberewind_analysis::queries::history::{HistoryLimits, history};
use kuberewind_model::Result;

/// Lists the versions of an object.
pub fn run(args: &AtArgs) -> Result<Exit> {
    let target = Target::database(args.object.database.as_deref(), args.object.session.as_deref())?;
    let mut recording = opening::one_session(&target, Some(&args.at))?;
    let at = object::find_moment(&mut recording, &args.at)?;
    let id = object::find_object(&recording, &args.object, at)?;
    let found = history(recording.source(), recording.lineage(), id, at, HistoryLimits::default())?;
    match args.format.format {
        Format::Text => output::print(&history_text(&found))?,
        Format::Json => output::print(&json_of(&found)?)?,
    }
    Ok(Exit::Done)
}
