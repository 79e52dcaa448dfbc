//! `kuberewind show`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::{AtArgs, find_moment};
use crate::cli::object::ObjectArgs;
use crate::cli::perspective::PerspectiveArgs;
use crate::cli::{output, session};
use kuberewind_model::{Presence, Result};

#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    object: ObjectArgs,
    #[command(flatten)]
    moment: AtArgs,
    #[command(flatten)]
    perspective: PerspectiveArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if the object is absent or unknown.
pub fn run(args: &ShowArgs) -> Result<Exit> {
    let target = args.object.target()?;
    let mut recording = session::open_only(&target, Some(&args.moment.at))?;
    let at = find_moment(&mut recording, &args.moment.at)?;
    let key = args.object.find_key(recording.source())?;
    let from = args.perspective.find(&recording, at)?;
    let object_at = recording.source().key_at(recording.lineage(), at, from, &key)?;
    let name =
        object_at.object.as_ref().map_or_else(|| format!("{}/{}/{}", key.resource, key.namespace, key.name), ToString::to_string);
    match args.format.format {
        Format::Text => output::print(&kuberewind_report::object_text(recording.source(), &object_at, &name, at)?)?,
        Format::Json => output::print(&kuberewind_report::json_text(&kuberewind_report::object_json(
            recording.source(),
            &object_at,
            &name,
            at,
        )?))?,
    }
    Ok(if object_at.presence == Presence::Present { Exit::Done } else { Exit::Negative })
}
