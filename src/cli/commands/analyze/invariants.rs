//! `kuberewind analyze --invariant`

use crate::cli::progress::Progress;
use crate::session::OpenRecording;
use kuberewind_analysis::queries::invariant::{Invariant, InvariantReport, invariant};
use kuberewind_model::Result;

/// Checks each over all time; `None` where ctrl-c came first.
pub fn check(recording: &OpenRecording, invariants: &[Invariant]) -> Result<Option<Vec<InvariantReport>>> {
    let mut checked = Vec::new();
    for asked in invariants {
        let mut progress = Progress::of("checking the invariant")?;
        let found = invariant(recording.source(), recording.lineage(), asked, &mut |at| {
            progress.tell(u64::try_from(at.done).unwrap_or(u64::MAX), u64::try_from(at.total).unwrap_or(u64::MAX))
        });
        let Some(found) = progress.unless_stopped(found)? else { return Ok(None) };
        checked.push(found);
    }
    Ok(Some(checked))
}
