//! Validation of built-in kinds, with a real server's messages.

mod causes;
mod enums;
mod immutable;
mod pods;
mod services;
mod workloads;

use serde_json::Value;

use self::causes::Causes;
use crate::call::Call;
use crate::defaults::pod_spec;
use crate::options::Fidelity;
use crate::world::World;
use kuberewind_model::k8s::status::Status;

/// Checks a new object.
pub(crate) fn check_new(world: &World, call: &Call, object: &Value) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return Ok(());
    }
    let mut causes = Causes::default();
    content(call, object, &mut causes);
    causes.refuse(call)
}

/// Checks the next state of an object.
pub(crate) fn check_update(world: &World, call: &Call, live: &Value, next: &Value) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real || call.resource.custom.is_some() {
        return Ok(());
    }
    let mut causes = Causes::default();
    content(call, next, &mut causes);
    immutable::check(call, live, next, &mut causes);
    causes.refuse(call)
}

fn content(call: &Call, object: &Value, causes: &mut Causes) {
    let (group, plural) = (&*call.resource.table.group, &*call.resource.table.plural);
    workloads::check(group, plural, object, causes);
    if let Some(spec) = pod_spec(group, plural) {
        let found = object.pointer(&format!("/{spec}")).unwrap_or(&Value::Null);
        pods::check(found, &spec.replace('/', "."), causes);
    }
    if (group, plural) == ("", "services") {
        services::check(object, causes);
    }
    if let Some(kind) = call.resource.builtin() {
        enums::check(kind.message(), object, causes);
    }
}
