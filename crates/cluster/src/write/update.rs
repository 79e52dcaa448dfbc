//! Replaces the state of an object, for a replace, a patch, an apply or a controller.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::create::{check_type, settle_namespace, wrong_name};
use super::kinds;
use crate::call::{Call, Subresource};
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
pub(crate) fn live(world: &World, call: &Call) -> Result<Arc<Value>, Status> {
    let found = world.storage.get(&call.resource.table, &call.name).cloned();
    found.ok_or_else(|| Status::not_found(call.resource.subject(&call.name.name)))
}

/// PUT: replaces the whole object.
pub(crate) fn replace(world: &mut World, call: &Call, mut object: Value) -> Result<Arc<Value>, Status> {
    check_type(call, &mut object)?;
    let live = live(world, call)?;
    if meta::text(&object, "resourceVersion").is_empty() && !call.resource.allows_unconditional_update() {
        let message = "Invalid value: 0x0: must be specified for an update".to_owned();
        let cause = Cause { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion".to_owned() };
        return Err(Status::invalid(call.resource.kind_subject(&call.name.name), &[cause]));
    }
    commit(world, call, &live, object)
}

/// Makes `proposed` the next state of `live`, with an `Update` in its managed fields.
pub(crate) fn commit(world: &mut World, call: &Call, live: &Arc<Value>, proposed: Value) -> Result<Arc<Value>, Status> {
    commit_with(world, call, live, proposed, |call, live, next| {
        managed_fields::record_update(call, live, next);
        Restates::Nothing
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

/// Makes `proposed` the next state of `live`. `own` gets both states and writes the managed fields.
///
/// A state without changes is not written: it keeps its resourceVersion, and no watch gets an event.
pub(super) fn commit_with(
    world: &mut World,
    call: &Call,
    live: &Arc<Value>,
    mut proposed: Value,
    own: impl FnOnce(&Call, &Value, &mut Value) -> Restates,
) -> Result<Arc<Value>, Status> {
    check_type(call, &mut proposed)?;
    check_identity(call, live, &mut proposed)?;
    let mut next = through_door(call, live, proposed);
    for name in SERVER_OWNED {
        meta::carry(live, &mut next, name);
    }
    check_finalizers(call, live, &next)?;
    if call.subresource == Subresource::Main {
        kinds::check(call, &next)?;
        kinds::prepare(call, &mut next);
        defaults::carry(world, call, live, &mut next);
        defaults::fill(world, call, &mut next)?;
        validate::check_update(world, call, live, &next)?;
    }
    schema::admit(call, &mut next)?;
    if call.resource.has_generation() && spec_differs(call, live, &next) {
        let generation = meta::field(live, "generation").and_then(Value::as_u64).unwrap_or(0);
        meta::set(&mut next, "generation", generation.saturating_add(1));
    }
    meta::carry(live, &mut next, "resourceVersion");
    let restates = own(call, live, &mut next);
    let next = meta::in_order(next);
    let same = match restates {
        Restates::Nothing => same_content(live, &next),
        Restates::EmptyList => **live == next,
    };
    if same {
        return Ok(live.clone());
    }
    let table = &call.resource.table;
    if call.dry_run {
        return Ok(Arc::new(next));
    }
    if meta::is_terminating(&next) && !is_held(call, &next) {
        world.remove(table, &call.name);
        return Ok(Arc::new(next));
    }
    Ok(world.put(table, call.name.clone(), next))
}

/// True if a finalizer still holds a terminating object.
pub(super) fn is_held(call: &Call, object: &Value) -> bool {
    let own = call.resource.is("", "namespaces") && object["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    own || !meta::finalizers(object).is_empty()
}

fn check_identity(call: &Call, live: &Value, proposed: &mut Value) -> Result<(), Status> {
    let name = &*call.name.name;
    let told = meta::text(proposed, "name");
    if !told.is_empty() && told != name {
        return Err(wrong_name(told, name));
    }
    settle_namespace(call, proposed)?;
    let uid = meta::text(proposed, "uid");
    if !uid.is_empty() && uid != meta::text(live, "uid") {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", meta::text(live, "uid"));
        return Err(Status::conflict(call.resource.subject(name), &why));
    }
    let version = meta::text(proposed, "resourceVersion");
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
        Subresource::Status | Subresource::Approval => part_of(live, &proposed, "status"),
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

/// The old state with one part, and its managed fields, taken from the new state.
fn part_of(live: &Value, proposed: &Value, part: &str) -> Value {
    let mut next = live.clone();
    meta::carry_top(proposed, &mut next, part);
    meta::carry(proposed, &mut next, "managedFields");
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
    Err(Status::invalid(call.resource.kind_subject(&call.name.name), &[cause]))
}

/// True if the change increments the generation: for built-in kinds a change of the spec, for custom kinds any change outside of
/// metadata (and status, if that is a subresource).
fn spec_differs(call: &Call, live: &Value, next: &Value) -> bool {
    if call.resource.custom.is_none() && (live.get("spec").is_some() || next.get("spec").is_some()) {
        return live.get("spec") != next.get("spec");
    }
    let counted = |object: &Value| -> Map<String, Value> {
        let skipped = |name: &str| name == "metadata" || name == "apiVersion" || (name == "status" && call.resource.has_status);
        let map = object.as_object().into_iter().flatten();
        map.filter(|(name, _)| !skipped(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    counted(live) != counted(next)
}

/// True if two states differ only in the times of managed fields.
fn same_content(live: &Value, next: &Value) -> bool {
    if live == next {
        return true;
    }
    let without_times = |object: &Value| {
        let mut object = object.clone();
        if let Some(entries) = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
            for entry in entries.iter_mut() {
                entry["time"] = json!(null);
            }
        }
        object
    };
    without_times(live) == without_times(next)
}
