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

use self::apply::apply;
use self::canonical::canonical;
pub(crate) use self::rules::pod_spec;
use crate::call::Call;
use crate::options::Fidelity;
use crate::world::World;
use kuberewind_model::k8s::status::Status;

/// Fills in the fields that a real server fills in, on every write of the object itself.
pub(crate) fn fill(world: &World, call: &Call, object: &mut Value) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return Ok(());
    }
    let (group, plural) = (&*call.resource.table.group, &*call.resource.table.plural);
    shape(call, object);
    for (path, rules) in rules::of(group, plural) {
        apply(object, path, rules);
    }
    if let Some(spec) = pod_spec(group, plural) {
        for (path, rules) in rules::PODS {
            apply(object, &format!("{spec}/{path}"), rules);
        }
        pods::pull_policies(object, spec);
        pods::volumes_and_ports(object, spec);
    }
    match (group, plural) {
        ("", "pods") => pods::fill(object),
        ("", "services") => services::fill(world, call, object)?,
        ("batch", "jobs") => jobs::fill(object),
        _ => {}
    }
    others::fill(group, plural, object);
    Ok(())
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
