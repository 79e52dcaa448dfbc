//! `kuberewind show`

use crate::cli::args::{Format, ShowArgs};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report;
use kuberewind_model::{Presence, Result};

/// Prints an object as it was. What is absent or unknown is said on stdout, and gives 1.
pub fn run(args: &ShowArgs) -> Result<Exit> {
    let target = Target::database(args.object.database.as_deref(), args.object.session.as_deref())?;
    let mut recording = opening::one_session(&target, Some(&args.at))?;
    let at = object::find_moment(&mut recording, &args.at)?;
    let key = object::find_key(recording.source(), &args.object)?;
    let from = object::perspective(&recording, args.as_seen_by.as_deref(), at)?;
    let object_at = recording.source().key_at(recording.lineage(), at, from, &key)?;
    let name =
        object_at.object.as_ref().map_or_else(|| format!("{}/{}/{}", key.resource, key.namespace, key.name), ToString::to_string);
    match args.format.format {
        Format::Text => output::print(&report::object_text(recording.source(), &object_at, &name, at)?)?,
        Format::Json => output::print(&report::json_text(&report::object_json(recording.source(), &object_at, &name, at)?))?,
    }
    Ok(if object_at.presence == Presence::Present { Exit::Done } else { Exit::Negative })
}
