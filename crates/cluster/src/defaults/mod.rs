//! Defaults of built-in kinds.

mod admission;
mod apply;
mod canonical;
mod jobs;
mod others;
mod pods;
mod rules;
mod services;

use serde_json::{Value, json};

use self::apply::{apply, at};
use self::canonical::canonical;
pub(crate) use self::pods::quality;
pub(crate) use self::rules::pod_spec;
use crate::call::Call;
use crate::meta;
use crate::options::Fidelity;
use crate::same::same;
use crate::world::World;
use kuberewind_model::k8s::status::Status;

/// True if a write leaves the spec of the pods as it is stored. Then it has its defaults and is valid, and neither is examined again.
pub(crate) fn keeps_pods(world: &World, call: &Call, live: &Value, next: &Value) -> bool {
    if world.options.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return false;
    }
    let Some(spec) = pod_spec(&call.resource.table.group, &call.resource.table.plural) else { return false };
    meta::at(live, spec).zip(meta::at(next, spec)).is_some_and(|(live, next)| live.is_object() && same(live, next))
}

/// Fills in the fields that a real server fills in, on every write of the object itself. With `keeps_pods`, the spec of its pods has them.
pub(crate) fn fill(world: &World, call: &Call, object: &mut Value, keeps_pods: bool) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return Ok(());
    }
    let (group, plural) = (&*call.resource.table.group, &*call.resource.table.plural);
    let spec = pod_spec(group, plural);
    let mut kept = spec.filter(|_| keeps_pods).and_then(|spec| swap(object, spec, json!({})));
    shape(call, object);
    for (path, rules) in rules::of(group, plural) {
        apply(object, path, rules);
    }
    if let Some((spec, kept)) = spec.zip(kept.take()) {
        swap(object, spec, kept);
    } else if let Some(spec) = spec {
        at(object, spec).into_iter().for_each(pod_defaults);
    }
    match (group, plural) {
        ("", "pods") if !keeps_pods => pods::fill(object),
        ("", "services") => services::fill(world, call, object)?,
        ("batch", "jobs") => jobs::fill(object),
        _ => {}
    }
    others::fill(group, plural, object);
    Ok(())
}

/// Fills in the defaults of a pod's spec.
fn pod_defaults(pod: &mut Value) {
    for (path, rules) in rules::PODS {
        apply(pod, path, rules);
    }
    pods::pull_policies(pod);
    pods::volumes_and_ports(pod);
}

/// Replaces the value at a path of members and returns the former one, if there is one.
fn swap(object: &mut Value, path: &str, value: Value) -> Option<Value> {
    at(object, path).pop().map(|place| std::mem::replace(place, value))
}

/// Brings an object into the form in which a real server stores and prints it, after a write of any part.
pub(crate) fn settle(world: &World, call: &Call, object: &mut Value) {
    if world.options.fidelity == Fidelity::Real {
        shape(call, object);
    }
}

fn shape(call: &Call, object: &mut Value) {
    if let Some(kind) = call.resource.builtin() {
        canonical(kind.message(), object);
    }
    if call.resource.is("", "pods") {
        pods::addresses(object);
    } else if call.resource.is("", "services") {
        services::ingress_modes(object);
    }
}

/// Fills in what the admission plugins of a real server write into a new object.
pub(crate) fn admit(world: &World, call: &Call, object: &mut Value) {
    if world.options.fidelity == Fidelity::Real && call.resource.custom.is_none() {
        admission::complete(world, call, object);
    }
}

/// Fills in the status with which a real server creates an object.
pub(crate) fn initial_status(world: &World, call: &Call, object: &mut Value) {
    if world.options.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return;
    }
    let status = match (&*call.resource.table.group, &*call.resource.table.plural) {
        ("", "pods") => json!({"phase": "Pending", "qosClass": pods::quality(object)}),
        ("", "persistentvolumeclaims") => json!({"phase": "Pending"}),
        ("", "persistentvolumes") => json!({"phase": "Pending", "lastPhaseTransitionTime": call.now}),
        ("", "services") => json!({"loadBalancer": {}}),
        _ => return,
    };
    object["status"] = status;
}

/// Copies what the server allocated before into a replace that omits it.
pub(crate) fn carry(world: &World, call: &Call, live: &Value, next: &mut Value) {
    if world.options.fidelity == Fidelity::Real && call.resource.is("", "services") {
        services::carry(live, next);
    }
}

/// Fills in what depends on the uid of a new object.
pub(crate) fn after_uid(world: &World, call: &Call, object: &mut Value) {
    if world.options.fidelity == Fidelity::Real && call.resource.is("batch", "jobs") {
        jobs::select_by_uid(object);
    }
}
