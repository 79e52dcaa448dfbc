//! The scale subresource: the replicas of an object as `autoscaling/v1` `Scale`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::update::{commit, live};
use crate::call::Call;
use crate::managed_fields::Managers;
use crate::meta;
use crate::resource_type::Scale;
use crate::selector_text::selector_text;
use crate::version::Version;
use crate::world::World;
use kuberewind_model::k8s::status::{Cause, Status};

/// Reads the scale of an object.
pub(crate) fn read(world: &World, call: &Call) -> Result<Arc<Version>, Status> {
    let object = live(world, call)?;
    Ok(Arc::new(Version::new(view(&object, paths(call)?), Managers::default())))
}

/// Writes a scale back into its object.
pub(crate) fn replace(world: &mut World, call: &Call, scale: &Value) -> Result<Arc<Version>, Status> {
    let object = live(world, call)?;
    let paths = paths(call)?;
    let mut next = (*object).clone();
    for name in ["resourceVersion", "uid"] {
        if !meta::text(scale, name).is_empty() {
            meta::carry(scale, &mut next, name);
        }
    }
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or(0);
    if replicas < 0 {
        let message = format!("Invalid value: {replicas}: must be greater than or equal to 0");
        let cause = Cause { reason: "FieldValueInvalid", message, field: "spec.replicas".to_owned() };
        let subject = kuberewind_model::k8s::status::Subject { resource: "Scale", group: "autoscaling", name: &call.name.name };
        return Err(Status::invalid(subject, &[cause]));
    }
    set(&mut next, &paths.replicas, json!(replicas));
    let stored = commit(world, call, &object, next)?;
    Ok(Arc::new(Version::new(view(&stored, paths), Managers::default())))
}

fn paths(call: &Call) -> Result<&Scale, Status> {
    call.resource.scale.as_ref().ok_or_else(Status::no_such_resource)
}

/// An object as its scale.
pub(crate) fn view(object: &Value, paths: &Scale) -> Value {
    let mut meta = json!({});
    for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = meta::field(object, name) {
            meta[name] = value.clone();
        }
    }
    let number = |path: &str| find(object, path).and_then(Value::as_i64);
    let selector = match &paths.selector {
        Some(path) => find(object, path).and_then(Value::as_str).map(str::to_owned),
        None => selector_text(&object["spec"]["selector"]),
    };
    let mut status = json!({"replicas": number(&paths.status_replicas).unwrap_or(0)});
    if let Some(selector) = selector {
        status["selector"] = json!(selector);
    }
    // The default of a real server: one replica for a built-in kind.
    let missing = i64::from(paths.selector.is_none() && paths.replicas == ".spec.replicas");
    let spec = json!({"replicas": number(&paths.replicas).unwrap_or(missing)});
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": status})
}

/// The value at a dotted path, `.spec.replicas`.
fn find<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(object, |at, part| at.get(part))
}

/// Sets the value at a dotted path and creates missing parents.
fn set(object: &mut Value, path: &str, value: Value) {
    let mut at = object;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[part];
    }
    *at = value;
}
