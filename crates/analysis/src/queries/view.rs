//! The last observed state of an object for an actor, with the caches of its process.

use super::context::QueryContext;
use kuberewind_model::{ActorId, History, Lineage, Moment, ObjectAt, ObjectId, Result, Viewer};

/// The incarnations of an actor and of its process at a moment.
///
/// # Errors
/// The recording cannot be read.
pub fn viewers(history: &dyn History, lineage: &Lineage, actor: ActorId, at: Moment) -> Result<Vec<Viewer>> {
    QueryContext::new(history, lineage).viewers_at(actor, at)
}

/// The newest version of an object that these viewers had observed at a moment. `None` without a viewer.
///
/// # Errors
/// The recording cannot be read.
pub fn seen(
    history: &dyn History,
    lineage: &Lineage,
    viewers: &[Viewer],
    at: Moment,
    object: ObjectId,
) -> Result<Option<ObjectAt>> {
    QueryContext::new(history, lineage).seen(viewers, at, object)
}
