//! The version that a write was made on.

use super::super::context::QueryContext;
use super::refused_write::WriteBase;
use kuberewind_model::{Certainty, Detail, Operation, Result, Verb, Version};

/// The base of a write, with its version if that is recorded: the one of its precondition, else the last one that its actor had
/// observed. `known` are the versions of the object up to the write. A create has none.
pub(super) fn base_of(
    context: &QueryContext<'_>,
    operation: &Operation,
    detail: &Detail,
    known: &[Version],
) -> Result<Option<(WriteBase, Option<Version>)>> {
    if operation.verb == Verb::Create {
        return Ok(None);
    }
    if !detail.precondition.is_empty() {
        let version = known.iter().find(|version| version.resource_version == detail.precondition).cloned();
        let base = WriteBase {
            resource_version: detail.precondition.to_string(),
            operation: version.as_ref().map(|version| version.first_observed),
            certainty: Certainty::Exact,
            evidence: "its precondition names this resourceVersion".to_owned(),
        };
        return Ok(Some((base, version)));
    }
    let Some(object) = operation.object else { return Ok(None) };
    let at = operation.started_after.min(operation.seq.prev());
    let viewers = context.viewers_at(operation.actor, at)?;
    let Some(seen) = context.seen(&viewers, at, object)? else { return Ok(None) };
    Ok(seen.version.map(|version| {
        let base = WriteBase {
            resource_version: version.resource_version.to_string(),
            operation: Some(version.first_observed),
            certainty: Certainty::Likely,
            evidence: "the last version that its actor had observed; it has no precondition".to_owned(),
        };
        (base, Some(version))
    }))
}
