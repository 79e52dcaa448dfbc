use std::sync::Arc;

use serde_json::{Value, json};

use super::kinds;
use crate::call::Call;
use crate::options::UnknownNamespaces;
use crate::resource_type::TableKey;
use crate::storage::Name;
use crate::world::World;
use crate::{defaults, managed_fields, meta, schema, validate};
use kuberewind_model::k8s::status::{Cause, Status};

/// The number of attempts at a generated name, as in a real server.
const NAME_ATTEMPTS: u32 = 8;

/// Creates an object from a client's request.
pub(crate) fn create(world: &mut World, call: &Call, object: Value) -> Result<Arc<Value>, Status> {
    create_with(world, call, object, |call, object| managed_fields::record_update(call, &json!({}), object))
}

/// Creates an object; `own` writes its managed fields.
pub(crate) fn create_with(
    world: &mut World,
    call: &Call,
    mut object: Value,
    own: impl FnOnce(&Call, &mut Value),
) -> Result<Arc<Value>, Status> {
    check_type(call, &mut object)?;
    let call = &named(world, call, &mut object)?;
    if !meta::text(&object, "resourceVersion").is_empty() {
        return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
    }
    check_namespace(world, call)?;
    for name in ["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields"]
    {
        meta::unset(&mut object, name);
    }
    if call.resource.has_status
        && let Some(map) = object.as_object_mut()
    {
        map.shift_remove("status");
    }
    kinds::check(call, &object)?;
    kinds::prepare_new(call, &mut object);
    defaults::fill(world, call, &mut object)?;
    validate::check_new(world, call, &object)?;
    schema::admit(call, &mut object)?;
    if world.storage.get(&call.resource.table, &call.name).is_some() {
        return Err(Status::already_exists(call.resource.subject(&call.name.name)));
    }
    meta::set(&mut object, "uid", world.random.uid());
    meta::set(&mut object, "creationTimestamp", call.now.clone());
    defaults::after_uid(world, call, &mut object);
    if call.resource.has_generation() {
        meta::set(&mut object, "generation", 1);
    }
    own(call, &mut object);
    defaults::initial_status(world, call, &mut object);
    let object = meta::in_order(object);
    if call.dry_run { Ok(Arc::new(object)) } else { Ok(world.put(&call.resource.table, call.name.clone(), object)) }
}

/// Checks that the body has the kind of the URL and fills in omitted fields.
pub(super) fn check_type(call: &Call, object: &mut Value) -> Result<(), Status> {
    let expected = call.resource.api_version();
    let Some(map) = object.as_object_mut() else {
        return Err(Status::bad_request("the object provided is unrecognized (must be of type object)"));
    };
    if !map.get("metadata").is_none_or(|meta| meta.is_object() || meta.is_null()) {
        return Err(Status::bad_request("metadata must be an object"));
    }
    if !map.get("metadata").is_some_and(Value::is_object) {
        map.insert("metadata".to_owned(), json!({}));
    }
    match map.get("apiVersion").and_then(Value::as_str) {
        Some(version) if !version.is_empty() && version != expected => {
            return Err(Status::bad_request(format!(
                "the API version in the data ({version}) does not match the expected API version ({expected})"
            )));
        }
        _ => map.insert("apiVersion".to_owned(), json!(expected)),
    };
    match map.get("kind").and_then(Value::as_str) {
        Some(kind) if !kind.is_empty() && kind != call.resource.kind => {
            let (kind, wanted) = (kind, &call.resource.kind);
            return Err(Status::bad_request(format!(
                "the kind in the data ({kind}) does not match the expected kind ({wanted})"
            )));
        }
        _ => map.insert("kind".to_owned(), json!(call.resource.kind)),
    };
    Ok(())
}

/// Fills in namespace and name. Generates the name from `generateName`.
fn named(world: &mut World, call: &Call, object: &mut Value) -> Result<Call, Status> {
    settle_namespace(call, object)?;
    let (mut name, prefix) = (meta::text(object, "name").to_owned(), meta::text(object, "generateName").to_owned());
    if name.is_empty() && prefix.is_empty() {
        let message = "Required value: name or generateName is required".to_owned();
        let cause = Cause { reason: "FieldValueRequired", message, field: "metadata.name".to_owned() };
        return Err(Status::invalid(call.resource.kind_subject(""), &[cause]));
    }
    if !call.name.name.is_empty() && !name.is_empty() && *name != *call.name.name {
        return Err(wrong_name(&name, &call.name.name));
    }
    if name.is_empty() {
        for _ in 0..NAME_ATTEMPTS {
            name = format!("{prefix}{}", world.random.suffix());
            if world.storage.get(&call.resource.table, &Name::new(&call.name.namespace, &name)).is_none() {
                break;
            }
        }
        meta::set(object, "name", name.clone());
    }
    check_name(call, &name)?;
    Ok(Call { name: Name::new(&call.name.namespace, &name), ..call.clone() })
}

/// Checks a name. RBAC kinds allow any path segment; all others need a lower-case DNS subdomain, although most real kinds are
/// stricter.
fn check_name(call: &Call, name: &str) -> Result<(), Status> {
    let segment = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '%']);
    let inner = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '.';
    let ends = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let dns = name.len() <= 253 && name.chars().all(inner) && name.starts_with(ends) && name.ends_with(ends);
    if segment && (dns || &*call.resource.table.group == "rbac.authorization.k8s.io") {
        return Ok(());
    }
    let message = format!(
        "Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
         and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    );
    let cause = Cause { reason: "FieldValueInvalid", message, field: "metadata.name".to_owned() };
    Err(Status::invalid(call.resource.kind_subject(name), &[cause]))
}

/// Checks that the body and the URL have the same namespace.
pub(super) fn settle_namespace(call: &Call, object: &mut Value) -> Result<(), Status> {
    let told = meta::text(object, "namespace");
    if !told.is_empty() && *told != *call.name.namespace {
        return Err(Status::bad_request("the namespace of the provided object does not match the namespace sent on the request"));
    }
    if call.name.namespace.is_empty() {
        meta::unset(object, "namespace");
    } else {
        meta::set(object, "namespace", call.name.namespace.to_string());
    }
    Ok(())
}

pub(super) fn wrong_name(body: &str, url: &str) -> Status {
    Status::bad_request(format!("the name of the object ({body}) does not match the name on the URL ({url})"))
}

/// Refuses a create in a namespace that is absent or terminating.
fn check_namespace(world: &mut World, call: &Call) -> Result<(), Status> {
    let namespace = call.name.namespace.clone();
    if !call.resource.namespaced || namespace.is_empty() {
        return Ok(());
    }
    if world.is_namespace_terminating(&namespace) {
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let message = format!("namespace {namespace} is being terminated");
        let cause = Cause { reason: "NamespaceTerminating", message, field: "metadata.namespace".to_owned() };
        return Err(Status::forbidden(call.resource.subject(&call.name.name), &why).with_causes(&[cause]));
    }
    if world.namespace(&namespace).is_some() {
        return Ok(());
    }
    match world.options.unknown_namespaces {
        UnknownNamespaces::Create if !call.dry_run => add_namespace(world, call, &namespace),
        UnknownNamespaces::Create => Ok(()),
        UnknownNamespaces::Refuse => {
            let subject = kuberewind_model::k8s::status::Subject { resource: "namespaces", group: "", name: &namespace };
            Err(Status::not_found(subject))
        }
    }
}

/// Creates a namespace as the server itself. A namespace has no namespace, so this does not recurse further.
fn add_namespace(world: &mut World, call: &Call, name: &str) -> Result<(), Status> {
    let resource = world.registry.find("", "v1", "namespaces")?;
    let call = call.about(&resource, Name::new("", name));
    let mut object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    kinds::prepare_new(&call, &mut object);
    meta::set(&mut object, "uid", world.random.uid());
    meta::set(&mut object, "creationTimestamp", call.now.clone());
    world.put(&TableKey::namespaces(), call.name.clone(), object);
    Ok(())
}

/// Creates a namespace if it does not exist.
pub(crate) fn ensure_namespace(world: &mut World, call: &Call, name: &str) -> Result<(), Status> {
    if world.namespace(name).is_some() { Ok(()) } else { add_namespace(world, call, name) }
}
