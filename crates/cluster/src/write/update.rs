//! Replaces the state of an object, for a replace, a patch, an apply or a controller.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::create::{check_type, settle_namespace, wrong_name};
use super::{definitions, kinds};
use crate::call::{Call, Subresource};
use crate::managed_fields::{Changes, Managers};
use crate::options::Fidelity;
use crate::same::same;
use crate::typing::Type;
use crate::version::Version;
use crate::world::World;
use crate::{defaults, managed_fields, meta, schema, validate};
use kuberewind_model::k8s::status::{Cause, Status};

/// The message of a conflict.
const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

/// Metadata that clients cannot change.
const SERVER_OWNED: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
];

/// The stored object, or 404.
pub(crate) fn live(world: &World, call: &Call) -> Result<Arc<Version>, Status> {
    let found = world.storage.get(&call.resource.table, &call.name).cloned();
    found.ok_or_else(|| Status::not_found(call.resource.subject(&call.name.name)))
}

/// PUT: replaces the whole object.
pub(crate) fn replace(world: &mut World, call: &Call, mut object: Value) -> Result<Arc<Version>, Status> {
    check_type(call, &mut object)?;
    if meta::text(&object, "name").is_empty() {
        let name = &call.name.name;
        let message = format!("the name of the object ({name} based on URL) was undeterminable: name must be provided");
        return Err(Status::bad_request(message));
    }
    let live = live(world, call)?;
    if meta::text(&object, "resourceVersion").is_empty() && !call.resource.allows_unconditional_update() {
        let message = "Invalid value: 0: must be specified for an update".to_owned();
        let cause = Cause { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion".to_owned() };
        return Err(Status::invalid(call.resource.subject(&call.name.name), &[cause]));
    }
    commit(world, call, &live, object)
}

/// Makes `proposed` the next state of `live`, with an `Update` in its managed fields.
pub(crate) fn commit(world: &mut World, call: &Call, live: &Arc<Version>, proposed: Value) -> Result<Arc<Version>, Status> {
    let sent = meta::field(&proposed, "managedFields").filter(|_| call.subresource == Subresource::Main);
    let before = Managers::sent(sent, live.managers());
    commit_with(world, call, live, proposed, |call, changes| {
        (managed_fields::after_update(call, &before, changes), Restates::Nothing)
    })
}

/// How a write represents a list that the stored state omits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restates {
    Nothing,
    /// As an empty list. It is compared before it is omitted, so such a write counts as a change once a second, when only the time
    /// differs.
    EmptyList,
}

/// Makes `proposed` the next state of `live`. `own` gets what differs and returns the field managers.
///
/// A state without changes is not written: it keeps its resourceVersion, and no watch gets an event.
pub(super) fn commit_with(
    world: &mut World,
    call: &Call,
    live: &Arc<Version>,
    mut proposed: Value,
    own: impl FnOnce(&Call, &Changes) -> (Managers, Restates),
) -> Result<Arc<Version>, Status> {
    meta::unset(&mut proposed, "managedFields");
    check_type(call, &mut proposed)?;
    check_identity(call, live, &mut proposed)?;
    let mut next = through_door(call, live, proposed);
    meta::carry_all(live, &mut next, SERVER_OWNED);
    check_finalizers(call, live, &next)?;
    if call.subresource == Subresource::Main {
        definitions::check(call, &next)?;
        kinds::prepare(call, &mut next);
        defaults::carry(world, call, live, &mut next);
        let keeps_pods = defaults::keeps_pods(world, call, live, &next);
        defaults::fill(world, call, &mut next, keeps_pods)?;
        validate::check_update(world, call, live, &next, keeps_pods)?;
    } else if matches!(call.subresource, Subresource::EphemeralContainers | Subresource::Resize) {
        defaults::fill(world, call, &mut next, false)?;
        check_quality(call, live, &next)?;
        validate::check_new(world, call, &next)?;
    } else {
        defaults::settle(world, call, &mut next);
        validate::check_status(call, &next)?;
    }
    schema::admit(call, &mut next)?;
    if call.resource.has_generation() && spec_differs(call, live, &next) {
        let generation = meta::field(live, "generation").and_then(Value::as_u64).unwrap_or(0);
        meta::set(&mut next, "generation", generation.saturating_add(1));
    }
    meta::carry(live, &mut next, "resourceVersion");
    let next = meta::in_order(next);
    let changes = Changes::between(live, &next, Type::root(&call.resource));
    let (managers, restates) = own(call, &changes);
    // A write that differs only in the times of the managed fields is none.
    let owned_alike = match restates {
        Restates::Nothing => managers.is_same_but_times(live.managers()),
        Restates::EmptyList => managers == *live.managers(),
    };
    if changes.is_empty() && owned_alike && same(live, &next) {
        return Ok(live.clone());
    }
    let table = &call.resource.table;
    if call.dry_run {
        return Ok(Arc::new(Version::new(next, managers)));
    }
    if meta::is_terminating(&next) && !is_held(call, &next) {
        world.remove(table, &call.name);
        return Ok(Arc::new(Version::new(next, managers)));
    }
    Ok(world.put(table, call.name.clone(), next, managers))
}

/// True if a finalizer still holds a terminating object.
pub(super) fn is_held(call: &Call, object: &Value) -> bool {
    let own = call.resource.is("", "namespaces") && object["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    own || !meta::finalizers(object).is_empty()
}

fn check_identity(call: &Call, live: &Value, proposed: &mut Value) -> Result<(), Status> {
    let name = &*call.name.name;
    let given = meta::text(proposed, "name");
    if !given.is_empty() && given != name {
        return Err(wrong_name(given, name));
    }
    settle_namespace(call, proposed)?;
    let uid = meta::text(proposed, "uid");
    if !uid.is_empty() && uid != meta::text(live, "uid") {
        let (namespace, plural, found) = (&call.name.namespace, &call.resource.table.plural, meta::text(live, "uid"));
        let key = format!("/registry/{plural}/{namespace}/{name}").replace("//", "/");
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in \
             precondition: {uid}, UID in object meta: {found}"
        );
        return Err(Status::conflict(call.resource.subject(name), &why));
    }
    let version = meta::text(proposed, "resourceVersion");
    if !version.is_empty() && version.parse::<u64>().is_err() {
        return Err(Status::new(500, "", format!("strconv.ParseUint: parsing {version:?}: invalid syntax")));
    }
    if !version.is_empty() && version != meta::text(live, "resourceVersion") {
        return Err(Status::conflict(call.resource.subject(name), MODIFIED));
    }
    Ok(())
}

/// Lets only the part of the subresource through.
fn through_door(call: &Call, live: &Value, proposed: Value) -> Value {
    match call.subresource {
        Subresource::Main => {
            let mut next = proposed;
            if call.resource.has_status {
                meta::carry_top(live, &mut next, "status");
            }
            if call.resource.is("", "namespaces") {
                meta::carry_top(live, &mut next, "spec");
            }
            next
        }
        Subresource::Status | Subresource::Approval => {
            let mut next = part_of(live, &proposed, "status");
            // A real server lets a write of a Deployment's status through to its annotations: its controller keeps the revision there.
            if call.resource.is("apps", "deployments") {
                meta::carry(&proposed, &mut next, "annotations");
            }
            next
        }
        Subresource::Finalize => part_of(live, &proposed, "spec"),
        Subresource::EphemeralContainers => {
            let mut next = live.clone();
            if let Some(spec) = next.get_mut("spec").and_then(Value::as_object_mut) {
                spec.insert("ephemeralContainers".to_owned(), proposed["spec"]["ephemeralContainers"].clone());
                spec.retain(|_, value| !value.is_null());
            }
            next
        }
        Subresource::Resize => resized(live, &proposed),
        _ => proposed,
    }
}

/// Refuses a resize that changes the quality-of-service class of a pod.
fn check_quality(call: &Call, live: &Value, next: &Value) -> Result<(), Status> {
    let class = defaults::quality(live);
    if call.fidelity != Fidelity::Real || class == defaults::quality(next) {
        return Ok(());
    }
    let message = format!("Invalid value: {class:?}: Pod QOS Class may not change as a result of resizing");
    let cause = Cause { reason: "FieldValueInvalid", message, field: "spec".to_owned() };
    Err(Status::invalid(call.resource.kind_subject(&call.name.name), &[cause]))
}

/// The old state of a pod with the resources of the new state's containers.
fn resized(live: &Value, proposed: &Value) -> Value {
    let mut next = live.clone();
    for list in ["containers", "initContainers"] {
        let containers = next.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter(|container| container.is_object()) {
            let mut wanted = proposed["spec"][list].as_array().into_iter().flatten();
            let wanted = wanted.find(|one| one["name"] == container["name"]);
            for field in ["resources", "resizePolicy"] {
                if let Some(value) = wanted.and_then(|wanted| wanted.get(field)) {
                    container[field] = value.clone();
                }
            }
        }
    }
    next
}

/// The old state with one part taken from the new state.
fn part_of(live: &Value, proposed: &Value, part: &str) -> Value {
    let mut next = live.clone();
    meta::carry_top(proposed, &mut next, part);
    next
}

fn check_finalizers(call: &Call, live: &Value, next: &Value) -> Result<(), Status> {
    if !meta::is_terminating(live) {
        return Ok(());
    }
    let old = meta::finalizers(live);
    let added: Vec<_> = meta::finalizers(next).into_iter().filter(|one| !old.contains(one)).collect();
    if added.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        added.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>().join(", ")
    );
    let cause = Cause { reason: "FieldValueForbidden", message, field: "metadata.finalizers".to_owned() };
    Err(invalid_twice(call, &cause))
}

/// The refusal of a real server that finds the same in two ways.
fn invalid_twice(call: &Call, cause: &Cause) -> Status {
    Status::invalid(call.resource.kind_subject(&call.name.name), &[cause.clone(), cause.clone()])
}

/// Refuses a patch that changes the uid. A replace with another uid is a conflict.
pub(crate) fn check_patched_uid(call: &Call, live: &Value, next: &Value) -> Result<(), Status> {
    let (uid, found) = (meta::text(next, "uid"), meta::text(live, "uid"));
    if uid.is_empty() || uid == found || call.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return Ok(());
    }
    let message = format!("Invalid value: {uid:?}: field is immutable");
    Err(invalid_twice(call, &Cause { reason: "FieldValueInvalid", message, field: "metadata.uid".to_owned() }))
}

/// True if the change increments the generation: for built-in kinds a change of the spec, for custom kinds any change outside of
/// metadata (and status, if that is a subresource).
fn spec_differs(call: &Call, live: &Value, next: &Value) -> bool {
    if call.resource.is("discovery.k8s.io", "endpointslices") && meta::field(live, "labels") != meta::field(next, "labels") {
        return true;
    }
    if call.resource.custom.is_none() && (live.get("spec").is_some() || next.get("spec").is_some()) {
        return match (live.get("spec"), next.get("spec")) {
            (Some(live), Some(next)) => !same(live, next),
            _ => true,
        };
    }
    let counted = |object: &Value| -> Map<String, Value> {
        let skipped = |name: &str| name == "metadata" || name == "apiVersion" || (name == "status" && call.resource.has_status);
        let map = object.as_object().into_iter().flatten();
        map.filter(|(name, _)| !skipped(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    counted(live) != counted(next)
}
