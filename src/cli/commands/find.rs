//! `kuberewind find`

use crate::cli::args::{FindArgs, Format};
use crate::cli::progress::{INTERRUPTED, Progress};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{find_text, json_of};
use kuberewind_analysis::queries::find::find;
use kuberewind_model::{Direction, ObjectId, Result};
use kuberewind_query::cel::Expression;

/// Finds when an expression becomes true. Nowhere gives 1.
pub fn run(args: &FindArgs) -> Result<Exit> {
    let expression = Expression::compile(&args.expression)?;
    let target = Target::database(args.object.database.as_deref(), args.object.session.as_deref())?;
    let (direction, default) = if args.backward { (Direction::Backward, "end") } else { (Direction::Forward, "start") };
    let moment = args.from.as_deref().unwrap_or(default);
    let mut recording = opening::one_session(&target, Some(moment))?;
    let from = object::find_moment(&mut recording, moment)?;
    let objects: Vec<ObjectId> =
        object::find_incarnations(recording.source(), &args.object)?.iter().map(|object| object.id).collect();
    let mut progress = Progress::of("searching")?;
    let found = find(recording.source(), recording.lineage(), &objects, &expression, (from, direction), &mut |at| {
        progress.tell(u64::try_from(at.done).unwrap_or(u64::MAX), u64::try_from(at.total).unwrap_or(u64::MAX))
    });
    let Some(found) = progress.unless_stopped(found)? else { return Ok(INTERRUPTED) };
    match args.format.format {
        Format::Text => output::print(&find_text(&found))?,
        Format::Json => output::print(&json_of(&found)?)?,
    }
    Ok(if found.at.is_some() { Exit::Done } else { Exit::Negative })
}
