//! `kuberewind stale`

use crate::cli::args::{Format, StaleArgs};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{json_of, stale_text};
use kuberewind_analysis::queries::stale::stale;
use kuberewind_model::{Error, ErrorKind, Result};

/// Tells what actors had not been shown.
pub fn run(args: &StaleArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let moment = target.moment.clone().unwrap_or_else(|| args.at.clone());
    let mut recording = opening::one_session(&target, Some(&moment))?;
    let at = object::find_moment(&mut recording, &moment)?;
    let mut actors = recording.source().actors()?;
    if let Some(name) = &args.actor {
        actors.retain(|actor| &*actor.name == name);
        if actors.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no actor {name:?} in the recording")));
        }
    }
    // Processes are actors too, but only what makes calls is shown anything.
    let mut found = Vec::new();
    for actor in &actors {
        if !recording.source().viewers(recording.lineage(), actor.id)?.is_empty() {
            found.push(stale(recording.source(), recording.lineage(), actor.id, at)?);
        }
    }
    match args.format.format {
        Format::Text => output::print(&found.iter().map(stale_text).collect::<String>())?,
        Format::Json => output::print(&json_of(&found)?)?,
    }
    Ok(Exit::Done)
}
