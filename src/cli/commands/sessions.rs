//! `kuberewind sessions`

use crate::cli::args::{Format, SessionsArgs};
use crate::cli::{Exit, Target, opening, output};
use crate::report;
use kuberewind_model::Result;

/// Lists the sessions.
pub fn run(args: &SessionsArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let source = opening::source(&target.path)?;
    match args.format.format {
        Format::Text => output::print(&report::sessions_text(&*source)?)?,
        Format::Json => output::print(&report::json_text(&report::sessions_json(&*source)?))?,
    }
    Ok(Exit::Done)
}
