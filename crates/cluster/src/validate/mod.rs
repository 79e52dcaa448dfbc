//! Validation of built-in kinds, with a real server's messages.

mod enums;
mod immutable;
mod pods;
mod services;
mod workloads;

use serde_json::Value;

use crate::call::Call;
use crate::defaults::pod_spec;
use crate::options::Fidelity;
use crate::world::World;
use kuberewind_model::k8s::status::{Cause, Status};

/// The most causes of a refusal.
const CAUSES: usize = 64;

/// Invalid fields in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Causes(Vec<Cause>);

impl Causes {
    fn add(&mut self, reason: &'static str, field: &str, message: String) {
        self.0.push(Cause { reason, message, field: field.to_owned() });
    }

    fn required(&mut self, field: &str) {
        self.add("FieldValueRequired", field, "Required value".to_owned());
    }

    fn invalid(&mut self, field: &str, value: &Value, why: &str) {
        self.add("FieldValueInvalid", field, format!("Invalid value: {value}: {why}"));
    }

    fn duplicate(&mut self, field: &str, value: &Value) {
        self.add("FieldValueDuplicate", field, format!("Duplicate value: {value}"));
    }

    fn forbidden(&mut self, field: &str, why: &str) {
        self.add("FieldValueForbidden", field, format!("Forbidden: {why}"));
    }

    fn unsupported(&mut self, field: &str, value: &Value, supported: &[&str]) {
        let list: Vec<_> = supported.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", list.join(", "));
        self.add("FieldValueNotSupported", field, message);
    }

    fn refuse(mut self, call: &Call) -> Result<(), Status> {
        self.0.truncate(CAUSES);
        if self.0.is_empty() { Ok(()) } else { Err(Status::invalid(call.resource.kind_subject(&call.name.name), &self.0)) }
    }
}

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
