//! `kuberewind diff`

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::find_moment;
use crate::cli::object::ObjectArgs;
use crate::cli::perspective::PerspectiveArgs;
use crate::cli::{output, session};
use kuberewind_model::{Moment, ObjectAt, ObjectKey, Result};
use kuberewind_render::diff::Noise;
use kuberewind_session::OpenRecording;

#[derive(Debug, Args)]
pub struct DiffArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// Compare the object at this moment
    #[arg(long, value_name = "MOMENT", default_value = "start", add = ArgValueCompleter::new(candidates::moments))]
    from: String,
    /// Compare with the object at this moment
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(candidates::moments))]
    to: String,
    #[command(flatten)]
    perspective: PerspectiveArgs,
    /// Include managedFields, resourceVersion and other fields that the server maintains
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if there is a difference.
pub fn run(args: &DiffArgs) -> Result<Exit> {
    let target = args.object.target()?;
    let mut recording = session::open_only(&target, Some(&args.to))?;
    let key = args.object.find_key(recording.source())?;
    let (before, from) = object_at(&mut recording, args, &args.from, &key)?;
    let (after, to) = object_at(&mut recording, args, &args.to, &key)?;
    let noise = if args.all { Noise::Shown } else { Noise::Hidden };
    let source = recording.source();
    let name = after.object.as_ref().or(before.object.as_ref()).map_or_else(|| key.name.to_string(), ToString::to_string);
    let is_different = match args.format.format {
        Format::Json => {
            let changes = kuberewind_report::diff_json(source, &before, &after, noise)?;
            output::print(&kuberewind_report::json_text(&changes))?;
            changes.as_array().is_some_and(|changes| !changes.is_empty())
        }
        Format::Text => {
            let text = kuberewind_report::diff_text(source, &before, &after, noise)?;
            for (object_at, at) in [(&before, from), (&after, to)] {
                if let Some(reason) = kuberewind_report::absence(object_at, &name, at) {
                    output::print(&format!("# {}\n", kuberewind_text::printable(&reason)))?;
                }
            }
            output::print(&text)?;
            !text.is_empty()
        }
    };
    Ok(if is_different { Exit::Negative } else { Exit::Done })
}

fn object_at(recording: &mut OpenRecording, args: &DiffArgs, moment: &str, key: &ObjectKey) -> Result<(ObjectAt, Moment)> {
    let at = find_moment(recording, moment)?;
    let from = args.perspective.find(recording, at)?;
    Ok((recording.source().key_at(recording.lineage(), at, from, key)?, at))
}
