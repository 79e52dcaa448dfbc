//! Validation of built-in kinds, with a real server's messages.

mod causes;
mod config;
mod containers;
mod enums;
mod formats;
mod immutable;
mod jobs;
mod metadata;
mod networking;
mod paths;
mod pods;
mod policy;
mod probes;
mod quantity;
mod resources;
mod rules;
mod services;
mod volumes;
mod workloads;

use serde_json::Value;

use self::causes::Causes;
use crate::call::Call;
use crate::defaults::pod_spec;
use crate::meta;
use crate::options::Fidelity;
use crate::world::World;
use kuberewind_model::k8s::status::Status;

pub(crate) use self::formats::{SUBDOMAIN, subdomain};

/// Checks a new object.
pub(crate) fn check_new(world: &World, call: &Call, object: &Value) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real {
        return Ok(());
    }
    let mut causes = Causes::default();
    content(call, object, None, &mut causes);
    causes.refuse(call)
}

/// Checks the next state of an object. Writes of the server itself may change any field. With `keeps_pods`, the spec of its pods is that of
/// `live`, which was checked before.
pub(crate) fn check_update(world: &World, call: &Call, live: &Value, next: &Value, keeps_pods: bool) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real {
        return Ok(());
    }
    let mut causes = Causes::default();
    if call.fidelity == Fidelity::Real {
        immutable::check(call, live, next, keeps_pods, &mut causes);
    }
    let spec = pod_spec(&call.resource.table.group, &call.resource.table.plural).filter(|_| keeps_pods);
    content(call, next, spec.and_then(|spec| meta::at(next, spec)), &mut causes);
    causes.refuse(call)
}

/// Checks the status that a client writes.
pub(crate) fn check_status(call: &Call, object: &Value) -> Result<(), Status> {
    if call.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return Ok(());
    }
    let mut causes = Causes::default();
    if call.resource.is("apps", "deployments") {
        workloads::status(object, &mut causes);
    }
    causes.refuse(call)
}

/// Checks an object, but not again what is `known`: the spec of its pods, if it was checked before.
fn content(call: &Call, object: &Value, known: Option<&Value>, causes: &mut Causes) {
    let builtin = call.resource.custom.is_none() && &*call.resource.table.group != "apiextensions.k8s.io";
    metadata::check(object, builtin, causes);
    let Some(kind) = call.resource.builtin() else { return };
    let (group, plural) = (&*call.resource.table.group, &*call.resource.table.plural);
    rules::check(group, plural, object, causes);
    special(call, group, plural, object, causes);
    if let Some(spec) = pod_spec(group, plural) {
        let found = meta::at(object, spec).unwrap_or(&Value::Null);
        if !known.is_some_and(|known| std::ptr::eq(known, found)) {
            pods::check(found, &spec.replace('/', "."), causes);
        }
    }
    if plural == "jobs" {
        jobs::job(object, causes);
    }
    enums::check(kind.message(), object, known, causes);
}

/// Checks that the table of rules cannot express.
fn special(call: &Call, group: &str, plural: &str, object: &Value, causes: &mut Causes) {
    match (group, plural) {
        ("", "services") => services::check(object, causes),
        ("", "events") if &*call.shown.table.group == "events.k8s.io" => policy::event(object, causes),
        ("", "replicationcontrollers") | ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => {
            workloads::check(plural, object, causes);
        }
        ("", _) => config::check(plural, object, causes),
        ("batch", "cronjobs") => jobs::cron_job(object, causes),
        ("networking.k8s.io", "ingresses") => networking::ingress(object, causes),
        ("networking.k8s.io", "ingressclasses") => networking::ingress_class(object, causes),
        ("networking.k8s.io", "networkpolicies") => networking::network_policy(object, causes),
        ("discovery.k8s.io", _) => networking::endpoint_slice(object, causes),
        ("autoscaling", _) => policy::autoscaler(object, causes),
        ("policy", _) => policy::budget(object, causes),
        ("scheduling.k8s.io", "priorityclasses") => policy::priority_class(object, causes),
        ("rbac.authorization.k8s.io", "roles" | "clusterroles") => policy::role(object, plural == "roles", causes),
        ("rbac.authorization.k8s.io", _) => policy::binding(object, plural == "rolebindings", causes),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations" | "mutatingwebhookconfigurations") => {
            policy::webhooks(object, causes);
        }
        ("admissionregistration.k8s.io", "validatingadmissionpolicies") => policy::admission_policy(object, causes),
        ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations") => policy::priority_level(object, causes),
        ("storage.k8s.io", "volumeattachments") => policy::attachment(object, causes),
        _ => {}
    }
}
