//! `kuberewind diff`

use crate::cli::args::{DiffArgs, Format};
use crate::cli::{Exit, Target, object, opening, output};
use crate::json::diff::Noise;
use crate::model::{Moment, ObjectKey, Result, Sighting};
use crate::report;
use crate::session::OpenRecording;

/// Prints what changed in an object between two moments. A difference gives 1.
pub fn run(args: &DiffArgs) -> Result<Exit> {
    let target = Target::database(args.object.database.as_deref(), args.object.session.as_deref())?;
    let mut recording = opening::one_session(&target, Some(&args.to))?;
    let key = object::find_key(recording.source(), &args.object)?;
    let (before, from) = sighting(&mut recording, args, &args.from, &key)?;
    let (after, to) = sighting(&mut recording, args, &args.to, &key)?;
    let noise = if args.all { Noise::Shown } else { Noise::Counted };
    let source = recording.source();
    let name = after.object.as_ref().or(before.object.as_ref()).map_or_else(|| key.name.to_string(), ToString::to_string);
    let different = match args.format.format {
        Format::Json => {
            let changes = report::diff_json(source, &before, &after, noise)?;
            output::print(&report::json_text(&changes))?;
            changes.as_array().is_some_and(|changes| !changes.is_empty())
        }
        Format::Text => {
            let text = report::diff_text(source, &before, &after, noise)?;
            for (sighting, at) in [(&before, from), (&after, to)] {
                if let Some(why) = report::absence(sighting, &name, at) {
                    output::print(&format!("# {}\n", crate::text::printable(&why)))?;
                }
            }
            output::print(&text)?;
            !text.is_empty()
        }
    };
    Ok(if different { Exit::Negative } else { Exit::Done })
}

fn sighting(recording: &mut OpenRecording, args: &DiffArgs, moment: &str, key: &ObjectKey) -> Result<(Sighting, Moment)> {
    let at = object::find_moment(recording, moment)?;
    let from = object::standpoint(recording, args.as_seen_by.as_deref(), at)?;
    Ok((recording.source().key_at(recording.lineage(), at, from, key)?, at))
}
