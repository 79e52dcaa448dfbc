//! `kuberewind stale`

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::{AtArgs, find_moment};
use crate::cli::target::RecordingArgs;
use crate::cli::{output, session};
use kuberewind_analysis::queries::stale::stale;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_report::{json_of, stale_text};

#[derive(Debug, Args)]
pub struct StaleArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    moment: AtArgs,
    /// Print only this actor [default: all]
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(candidates::actors))]
    actor: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &StaleArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let moment = target.moment.clone().unwrap_or_else(|| args.moment.at.clone());
    let mut recording = session::open_only(&target, Some(&moment))?;
    let at = find_moment(&mut recording, &moment)?;
    let mut actors = recording.source().actors()?;
    if let Some(name) = &args.actor {
        actors.retain(|actor| &*actor.name == name);
        if actors.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, format!("the recording has no actor {name:?}")));
        }
    }
    // A process is an actor too, but only an actor that makes calls has a view.
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
