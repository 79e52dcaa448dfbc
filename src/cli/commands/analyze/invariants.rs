//! `kuberewind analyze --invariant EXPR`

use crate::cli::progress::Progress;
use kuberewind_analysis::queries::invariant::{Invariant, InvariantReport, invariant};
use kuberewind_model::Result;
use kuberewind_session::OpenRecording;

/// Checks each invariant over the whole session. Returns `None` after ctrl-c.
pub fn check(recording: &OpenRecording, invariants: &[Invariant]) -> Result<Option<Vec<InvariantReport>>> {
    let mut checked = Vec::new();
    for expression in invariants {
        let mut progress = Progress::start("checking the invariant")?;
        let found = invariant(recording.source(), recording.lineage(), expression, &mut |at| {
            progress.update(u64::try_from(at.done).unwrap_or(u64::MAX), u64::try_from(at.total).unwrap_or(u64::MAX))
        });
        let Some(found) = progress.unless_interrupted(found)? else { return Ok(None) };
        checked.push(found);
    }
    Ok(Some(checked))
}
