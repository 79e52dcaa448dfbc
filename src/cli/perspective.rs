//! `--as-seen-by`

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::session::OpenRecording;
use kuberewind_model::{Error, ErrorKind, Moment, Perspective, Result};

/// The most names in an error message.
const MAX_NAMES: usize = 50;

#[derive(Debug, Clone, Args)]
pub struct PerspectiveArgs {
    /// Use the versions that this actor last observed, not the newest ones
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(candidates::actors))]
    pub as_seen_by: Option<String>,
}

impl PerspectiveArgs {
    /// Returns the view of the actor's incarnation at that moment; without an actor, the world.
    ///
    /// Fails if the actor does not exist or had not started.
    pub fn find(&self, recording: &OpenRecording, at: Moment) -> Result<Perspective> {
        let Some(name) = self.as_seen_by.as_deref() else { return Ok(Perspective::World) };
        let actors = recording.source().actors()?;
        let Some(actor) = actors.iter().find(|actor| &*actor.name == name) else {
            let names: Vec<&str> = actors.iter().map(|actor| &*actor.name).take(MAX_NAMES).collect();
            return Err(Error::new(ErrorKind::NotFound, format!("the recording has no actor {name:?}"))
                .hint(format!("name one of {}", names.join(", "))));
        };
        let viewers = recording.source().viewers(recording.lineage(), actor.id)?;
        match viewers.iter().rev().find(|viewer| viewer.since < at || viewer.since == Moment::START) {
            Some(viewer) => Ok(Perspective::View(viewer.id)),
            None => Err(Error::new(ErrorKind::NotFound, format!("the actor {name} had not started at {at}"))),
        }
    }
}
