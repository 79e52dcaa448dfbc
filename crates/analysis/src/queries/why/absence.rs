//! Why an object is gone: the write that removed it, and the missing owner for which a garbage collector deleted it.

use super::super::context::QueryContext;
use super::super::transition::observes;
use super::chain::Basis;
use kuberewind_model::{Certainty, Direction, Operation, Outcome, Result, Seq, Verb, Version};
use kuberewind_query::cel::Needs;

/// Operations on an object that are searched for its deletion.
const MAX_SEARCHED: usize = 64;
/// Operations before a delete that are searched for the lookup of the owner.
const LOOK_BACK: usize = 512;

/// The write that removed the object: of a `gone` version, the one that returned it, else the last delete before it.
pub(super) fn deletion_of(context: &QueryContext<'_>, version: &Version) -> Result<Option<(Operation, Basis)>> {
    if !version.gone {
        return Ok(None);
    }
    let (mut at, mut deletes) = (version.first_observed.next(), Vec::new());
    for _ in 0..MAX_SEARCHED {
        let Some(next) = context.nearest_on(version.object, at, Direction::Backward)? else { break };
        at = next;
        let Some(operation) = context.operation(at)? else { continue };
        if !operation.verb.is_write() || !matches!(operation.outcome, Outcome::Done | Outcome::MaybeApplied) {
            continue;
        }
        if operation.outcome == Outcome::Done && observes(context, &operation, version)? {
            return Ok(Some((operation, (Certainty::Exact, "its response shows that the object is gone".to_owned()))));
        }
        if operation.verb == Verb::Delete {
            deletes.push(operation);
        }
    }
    // The response of a delete may arrive after the event.
    let late = response_after(context, version)?;
    if let Some(operation) = late {
        return Ok(Some((operation, (Certainty::Likely, "the only delete of the object at that time".to_owned()))));
    }
    let only = deletes.len() == 1;
    Ok(deletes.into_iter().next().map(|operation| {
        let certainty = if only { Certainty::Likely } else { Certainty::Guess };
        (operation, (certainty, "the last delete of the object before it was gone".to_owned()))
    }))
}

/// A delete that began before the object was gone, and whose response arrived after that.
fn response_after(context: &QueryContext<'_>, version: &Version) -> Result<Option<Operation>> {
    let (mut at, mut found) = (version.first_observed, Vec::new());
    for _ in 0..MAX_SEARCHED {
        let Some(next) = context.nearest_on(version.object, at, Direction::Forward)? else { break };
        at = next;
        let Some(operation) = context.operation(at)? else { continue };
        if operation.verb == Verb::Delete
            && operation.outcome == Outcome::Done
            && operation.started_after < version.first_observed
        {
            found.push(operation);
        }
    }
    Ok(<[Operation; 1]>::try_from(found).ok().map(|[only]| only))
}

/// The version that a 404 is about: the object's deletion, if that is known.
pub(super) fn absence(context: &QueryContext<'_>, operation: &Operation) -> Result<Option<Version>> {
    let (Some(object), false, 404) = (operation.object, operation.verb.is_watch_event(), operation.status) else {
        return Ok(None);
    };
    let upto = Seq(1)..=operation.seq;
    let versions = context.history.versions(context.lineage, object, upto, Direction::Backward, 1)?;
    Ok(versions.into_iter().next().filter(|version| version.gone))
}

/// An owner that an object names.
#[derive(serde::Deserialize)]
struct Owner {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
}

/// For a delete: the lookup by the same actor in which the object's owner was missing.
pub(super) fn missing_owner(context: &QueryContext<'_>, operation: &Operation) -> Result<Option<(Operation, Basis)>> {
    let (Verb::Delete, Some(object)) = (operation.verb, operation.object) else { return Ok(None) };
    let owners = owners(context, object, operation.started_after)?;
    if owners.is_empty() {
        return Ok(None);
    }
    let namespace = context.object(object)?.key.namespace;
    let from = Seq(operation.started_after.0.saturating_sub(LOOK_BACK as u64 - 1).max(1));
    let earlier = context.history.operations(context.lineage, from..=operation.started_after, LOOK_BACK)?;
    for lookup in earlier.into_iter().rev() {
        let is_missing = lookup.actor == operation.actor && lookup.verb == Verb::Get && lookup.status == 404;
        if !is_missing || !(lookup.namespace.is_empty() || lookup.namespace == namespace) {
            continue;
        }
        let kind = lookup.kind.map(|kind| context.kind_name(kind)).transpose()?.unwrap_or_default();
        let named = |owner: &&Owner| *owner.name == *lookup.name && owner.kind.eq_ignore_ascii_case(&kind);
        if let Some(owner) = owners.iter().find(named) {
            let evidence = format!("it names {}/{} as its owner, which {} did not find", owner.kind, owner.name, lookup.seq);
            return Ok(Some((lookup, (Certainty::Likely, evidence))));
        }
    }
    Ok(None)
}

/// The owners of an object, by the newest version with content up to a moment.
fn owners(context: &QueryContext<'_>, object: kuberewind_model::ObjectId, upto: Seq) -> Result<Vec<Owner>> {
    let needs = Needs::of_pointers(&["/metadata/ownerReferences"]);
    let versions = context.history.versions(context.lineage, object, Seq(1)..=upto, Direction::Backward, MAX_SEARCHED)?;
    for version in versions {
        let Some(text) = context.text(&version)? else { continue };
        let Some(state) = needs.prune(&text).ok() else { continue };
        let list = state.pointer("/metadata/ownerReferences").cloned();
        return Ok(list.and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default());
    }
    Ok(Vec::new())
}
