//! `kuberewind operation`

use crate::cli::args::{Format, OperationArgs};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{Names, json_text, operation_facts, operation_text};
use kuberewind_model::Result;

/// Prints one operation, whole. Where there is none at the moment, that is said, and gives 1.
pub fn run(args: &OperationArgs) -> Result<Exit> {
    let target = Target::database(args.place.database.as_deref(), args.place.session.as_deref())?;
    let mut recording = opening::one_session(&target, Some(&args.at))?;
    let at = object::find_moment(&mut recording, &args.at)?;
    let Some(operation) = recording.source().operation(recording.lineage(), at)? else {
        output::note(&format!("there is no operation at {at}"));
        return Ok(Exit::Negative);
    };
    let names = Names::read(recording.source())?;
    let facts = operation_facts(recording.source(), recording.lineage(), &names, &operation)?;
    output::print(&match args.format.format {
        Format::Text => operation_text(&facts),
        Format::Json => json_text(&facts),
    })?;
    Ok(Exit::Done)
}
