//! Which reconcile a call belongs to, by what it is about.
//!
//! A call on an object is evidence for the reconcile of that object or of its owner, depending on which of the two kinds the actor
//! reconciles. Where both are possible, or the kinds are unknown, the call proves nothing.

use super::known_objects::{Candidate, KnownObjects};
use super::owners::Owner;
use super::reconciled_kinds::ReconciledKinds;
use kuberewind_model::{NewOperation, ObjectKey, Verb};

/// The reconciles that a call may belong to.
#[derive(Debug)]
pub(super) enum Relation {
    /// The reconcile of this object.
    Proven(Candidate),
    /// The reconcile of this object, if it was triggered. A reconcile of another object may use it as well.
    Own {
        candidate: Candidate,
        /// True if the actor reconciles no other kind.
        only: bool,
    },
    /// Perhaps the reconcile of this object: nothing is known about the actor.
    Possible(Candidate),
    /// Any reconcile.
    None,
}

/// Relates a call on `target` to a reconcile of `controller` ('' for a process without named controllers).
pub(super) fn relate(
    call: &NewOperation,
    target: &ObjectKey,
    owners: &[Owner],
    controller: &str,
    (kinds, objects): (&ReconciledKinds, &KnownObjects),
) -> Relation {
    let Some(kind) = &call.target.kind else { return Relation::None };
    let owner = owners.iter().find(|owner| owner.controls).map(|owner| objects.owner(owner, target));
    if target.name.is_empty() {
        return in_namespace(target, kinds, controller, objects);
    }
    let own = objects.target(target, kind);
    let knows = |candidate: &Candidate| {
        kinds.contains(&candidate.kind) || (kinds.is_empty() && ReconciledKinds::is_named_by(controller, &candidate.kind))
    };
    // What a call creates did not exist when the reconcile began.
    if is_create(call) {
        return match owner {
            Some(owner) if kinds.complete && !knows(&owner) => Relation::Possible(owner),
            Some(owner) => Relation::Proven(owner),
            None => Relation::None,
        };
    }
    if is_status(call) && (!kinds.complete || knows(&own)) {
        return Relation::Proven(own);
    }
    let only = kinds.is_only(&own.kind) || (kinds.is_empty() && knows(&own));
    match owner {
        Some(owner) => match (knows(&own), knows(&owner)) {
            (false, true) => Relation::Proven(owner),
            (true, false) => Relation::Own { candidate: own, only },
            (true, true) => Relation::None,
            (false, false) if kinds.is_empty() && !kinds.creates(&own.kind) => Relation::Possible(own),
            (false, false) => Relation::None,
        },
        None if knows(&own) => Relation::Own { candidate: own, only },
        None if kinds.is_empty() && !kinds.creates(&own.kind) => Relation::Possible(own),
        None => Relation::None,
    }
}

/// True for a call that made its target. A server-side apply may.
pub(super) fn is_create(call: &NewOperation) -> bool {
    let made = call.verb == Verb::Create || (call.verb == Verb::Patch && call.status == 201);
    made && call.target.subresource.is_empty()
}

/// True for a write of the status: only the controller of an object writes it.
fn is_status(call: &NewOperation) -> bool {
    call.verb.is_write() && matches!(&*call.target.subresource, "status" | "finalize")
}

/// Relates a call on a collection: a controller that reconciles namespaces only works on the one of the collection.
fn in_namespace(target: &ObjectKey, kinds: &ReconciledKinds, controller: &str, objects: &KnownObjects) -> Relation {
    let namespace =
        ObjectKey { group: "".into(), resource: "namespaces".into(), namespace: "".into(), name: target.namespace.clone() };
    let kind = objects.kind_of(&namespace);
    let only = kinds.is_only(&kind) || (kinds.is_empty() && ReconciledKinds::is_named_by(controller, &kind));
    if target.namespace.is_empty() || !only {
        return Relation::None;
    }
    let uid = objects.uid_of(&namespace);
    Relation::Proven(Candidate { object: namespace, uid, version: "v1".into(), kind })
}

/// The kind that a call proves to be reconciled by its actor: the owner of a created object, and what has its status written.
pub(super) fn reconciled_kind(
    call: &NewOperation,
    target: &ObjectKey,
    owners: &[Owner],
    objects: &KnownObjects,
) -> Option<Candidate> {
    let kind = call.target.kind.as_ref()?;
    if is_create(call) {
        return owners.iter().find(|owner| owner.controls).map(|owner| objects.owner(owner, target));
    }
    (is_status(call) && !target.name.is_empty()).then(|| objects.target(target, kind))
}
