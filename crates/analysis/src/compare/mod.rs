//! Compares two sessions: the same operator before and after a change, or two runs of one test.
//!
//! Writes are aligned per actor and object by the longest common subsequence of their normalised changes, not by time. The result holds
//! operation numbers, versions and paths; names, values and causes are read where they are shown.

mod align;
mod bookkeeping;
mod change;
mod contents;
mod lcs;
mod names;
mod result;
mod side;
mod troubles;
mod worlds;
mod writes;

use std::ops::ControlFlow;

pub use change::{ChangedPath, NormalisedChange, changed_paths};
pub use names::ComparedName;
pub use result::{Comparison, Counts, Divergence, ObjectDifference, Step, StepKind, Trouble, Troubles, WorldDifference};
pub use side::Side;

use super::queries::one_read::in_one_read;
use super::run::Progress;
use align::aligned;
use kuberewind_model::{Lineage, Result, Seq};
use worlds::world_difference;
use writes::Writes;

/// Compares two sessions. `progress` is called while the findings of a side are computed, and may cancel.
///
/// # Errors
/// A recording cannot be read, or `progress` cancelled.
pub fn compare(old: &Side<'_>, new: &Side<'_>, progress: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Comparison> {
    let old_writes = in_one_read(old.history, || Writes::read(old))?;
    let new_writes = in_one_read(new.history, || Writes::read(new))?;
    let steps = aligned(&old_writes, &new_writes);
    let first_divergence = match steps.iter().find(|step| step.kind != StepKind::Same) {
        Some(step) => Some(Divergence { step: *step, fields: fields_of(step, (old, &old_writes), (new, &new_writes))? }),
        None => None,
    };
    Ok(Comparison {
        after: (old.after, new.after),
        steps,
        first_divergence,
        end: world_difference(old, new)?,
        findings: troubles::of(old, new, progress)?,
    })
}

/// The last operation that two lineages of one recording share.
#[must_use]
pub fn common_past(one: &Lineage, other: &Lineage) -> Seq {
    let shared = one.ranges().iter().zip(other.ranges()).take_while(|(a, b)| a.session == b.session && a.from == b.from);
    shared.map(|(a, b)| a.to.min(b.to)).last().unwrap_or(Seq::START)
}

/// The paths that the writes of a step changed.
fn fields_of(step: &Step, old: (&Side<'_>, &Writes), new: (&Side<'_>, &Writes)) -> Result<Vec<String>> {
    let mut fields = Vec::new();
    for (seq, (side, writes)) in [(step.old, old), (step.new, new)] {
        for path in seq.map(|seq| writes.paths(side.history, seq)).transpose()?.unwrap_or_default() {
            if !fields.contains(&path) {
                fields.push(path);
            }
        }
    }
    fields.sort_unstable();
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::common_past;
    use kuberewind_model::{Lineage, Seq, SessionNo, SessionRange};

    fn lineage(ranges: &[(i64, u64, u64)]) -> Lineage {
        Lineage::new(ranges.iter().map(|(no, from, to)| SessionRange { session: SessionNo(*no), from: Seq(*from), to: Seq(*to) }))
    }

    #[test]
    fn branches_share_their_past() {
        assert_eq!(common_past(&lineage(&[(0, 1, 90)]), &lineage(&[(0, 1, 40), (1, 41, 60)])), Seq(40));
        assert_eq!(common_past(&lineage(&[(0, 1, 40), (2, 41, 50)]), &lineage(&[(0, 1, 40), (1, 41, 60)])), Seq(40));
        assert_eq!(common_past(&lineage(&[(0, 1, 90)]), &lineage(&[(1, 1, 90)])), Seq::START);
    }
}
