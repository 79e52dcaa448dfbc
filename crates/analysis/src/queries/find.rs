//! Finds the nearest moment at which an expression over an object becomes true: it holds, and did not hold just before.
//!
//! Of each version only the fields that the expression reads are parsed. Versions equal in these fields are not evaluated, and
//! versions whose stored changed paths do not affect them are not read.

use super::change_index::ChangeIndex;
use super::context::QueryContext;
use super::evaluator::Evaluator;
use super::world_versions::{report_progress, world_versions};
use kuberewind_model::{Direction, History, Lineage, Moment, ObjectId, Result};
use kuberewind_query::cel::Expression;

pub use super::evaluator::FindResult;
pub use super::world_versions::{ProgressCallback, SearchProgress};

/// The nearest moment strictly after (before) `from` at which the expression becomes true over an object, given by all its
/// incarnations. It is false while the object is gone or unknown.
///
/// # Errors
/// The moment is outside the lineage, an object is unknown, the search is cancelled, or the recording cannot be read.
pub fn find(
    history: &dyn History,
    lineage: &Lineage,
    objects: &[ObjectId],
    expression: &Expression,
    (from, direction): (Moment, Direction),
    mut callback: ProgressCallback<'_>,
) -> Result<FindResult> {
    let context = QueryContext::new(history, lineage);
    context.check(from)?;
    let versions = world_versions(&context, objects)?;
    let mut found = None;
    let mut evaluator;
    match direction {
        Direction::Forward => {
            let start = versions.partition_point(|version| version.first_observed <= from);
            let before = start.saturating_sub(1);
            evaluator = Evaluator::new(&context, expression, ChangeIndex::for_walk(&versions[before..]));
            let mut held = false;
            for (done, version) in versions.iter().enumerate().skip(before) {
                report_progress(&mut callback, SearchProgress { done: done - before, total: versions.len() - before })?;
                let holds = evaluator.holds(version, done.checked_sub(1).and_then(|at| versions.get(at)))?;
                if holds && !held && version.first_observed > from {
                    found = Some(version);
                    break;
                }
                held = holds;
            }
        }
        Direction::Backward => {
            let end = versions.partition_point(|version| version.first_observed < from);
            evaluator = Evaluator::new(&context, expression, ChangeIndex::for_walk(versions[..end].iter().rev()));
            let mut candidate = None;
            for (done, at) in (0..end).rev().enumerate() {
                report_progress(&mut callback, SearchProgress { done, total: end })?;
                if evaluator.holds(&versions[at], at.checked_sub(1).and_then(|before| versions.get(before)))? {
                    candidate = Some(&versions[at]);
                } else if candidate.is_some() {
                    break;
                }
            }
            found = candidate;
        }
    }
    Ok(evaluator.result(found))
}
