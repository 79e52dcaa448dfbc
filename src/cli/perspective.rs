//! `--as-seen-by`

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use kuberewind_model::{Error, ErrorKind, Moment, Perspective, Result, Viewer};
use kuberewind_session::OpenRecording;

/// The most names in an error message.
const MAX_NAMES: usize = 50;
/// Objects that are counted to compare two views.
const MAX_COMPARED: usize = 4_096;

#[derive(Debug, Clone, Args)]
pub struct PerspectiveArgs {
    /// Use the versions that this actor last observed, not the newest ones
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(candidates::actors))]
    pub as_seen_by: Option<String>,
}

impl PerspectiveArgs {
    /// Returns the view of the actor's incarnation or of its process at that moment; without an actor, the world.
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
        let source = recording.source();
        let started = |viewer: &Viewer| viewer.since < at || viewer.since == Moment::START;
        let mut newest: Option<(usize, Perspective)> = None;
        // The watches of a process serve its controllers: of the two views, the one with more objects is the cache.
        for actor in [Some(actor.id), actor.parent].into_iter().flatten() {
            let viewers = source.viewers(recording.lineage(), actor)?;
            let Some(viewer) = viewers.iter().rev().find(|viewer| started(viewer)) else { continue };
            let view = Perspective::View(viewer.id);
            let objects = source.objects_at(recording.lineage(), at, view, None, MAX_COMPARED)?.len();
            if newest.as_ref().is_none_or(|(most, _)| objects > *most) {
                newest = Some((objects, view));
            }
        }
        let missing = || Error::new(ErrorKind::NotFound, format!("the actor {name} had not started at {at}"));
        newest.map(|(_, view)| view).ok_or_else(missing)
    }
}
