//! An object's versions in the order in which the world changed. Searches and steps walk over them.

use std::ops::ControlFlow;

use serde_json::Value;

use super::context::{MAX_VERSIONS, QueryContext};
use kuberewind_model::{Direction, Error, ErrorKind, ObjectId, Result, Seq, Shape, Version};
use kuberewind_query::cel::Needs;

/// The progress of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchProgress {
    pub done: usize,
    pub total: usize,
}

/// Called regularly during a search. Breaks to cancel.
pub type ProgressCallback<'a> = &'a mut dyn FnMut(SearchProgress) -> ControlFlow<()>;

/// Versions between two calls.
const REPORT_EVERY: usize = 64;

/// Calls the callback. Returns an error if it cancels.
pub(super) fn report_progress(callback: &mut ProgressCallback<'_>, progress: SearchProgress) -> Result<()> {
    if progress.done.is_multiple_of(REPORT_EVERY) && callback(progress).is_break() {
        return Err(Error::new(ErrorKind::Interrupted, "the search was cancelled"));
    }
    Ok(())
}

/// The versions of these objects (the incarnations of one key) in the order of their first observation, without those that
/// arrived after a newer one.
pub(super) fn world_versions(context: &QueryContext<'_>, objects: &[ObjectId]) -> Result<Vec<Version>> {
    let mut all = Vec::new();
    for object in objects {
        context.object(*object)?;
        let range = Seq(1)..=Seq::MAX;
        let mut versions = context.history.versions(context.lineage, *object, range, Direction::Forward, MAX_VERSIONS)?;
        versions.sort_by_key(|version| (version.first_observed, version.rank));
        let mut highest = None;
        versions.retain(|version| {
            let rises = highest.is_none_or(|highest| version.rank > highest);
            highest = highest.max(Some(version.rank));
            rises
        });
        all.extend(versions);
    }
    all.sort_by_key(|version| (version.first_observed, version.rank));
    Ok(all)
}

/// The fields of a version that a query needs. `None` if it is gone or not known well enough.
pub(super) fn read_fields(context: &QueryContext<'_>, version: &Version, needs: &Needs) -> Result<Option<Value>> {
    if version.gone || version.shape < Shape::Reconstructed {
        return Ok(None);
    }
    let text = context.text(version)?;
    Ok(text.and_then(|text| needs.prune(&text).ok()))
}
