//! `kuberewind diff`

use crate::cli::args::{DiffArgs, Format};
use crate::cli::{Exit, Target, object, opening, output};
use crate::render::diff::Noise;
use crate::report;
use crate::session::OpenRecording;
use kuberewind_model::{Moment, ObjectAt, ObjectKey, Result};

/// Prints what changed in an object between two moments. A difference gives 1.
pub fn run(args: &DiffArgs) -> Result<Exit> {
    let target = Target::database(args.object.database.as_deref(), args.object.session.as_deref())?;
    let mut recording = opening::one_session(&target, Some(&args.to))?;
    let key = object::find_key(recording.source(), &args.object)?;
    let (before, from) = object_at(&mut recording, args, &args.from, &key)?;
    let (after, to) = object_at(&mut recording, args, &args.to, &key)?;
    let noise = if args.all { Noise::Shown } else { Noise::Hidden };
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
            for (object_at, at) in [(&before, from), (&after, to)] {
                if let Some(why) = report::absence(object_at, &name, at) {
                    output::print(&format!("# {}\n", crate::text::printable(&why)))?;
                }
            }
            output::print(&text)?;
            !text.is_empty()
        }
    };
    Ok(if different { Exit::Negative } else { Exit::Done })
}

fn object_at(recording: &mut OpenRecording, args: &DiffArgs, moment: &str, key: &ObjectKey) -> Result<(ObjectAt, Moment)> {
    let at = object::find_moment(recording, moment)?;
    let from = object::perspective(recording, args.as_seen_by.as_deref(), at)?;
    Ok((recording.source().key_at(recording.lineage(), at, from, key)?, at))
}
