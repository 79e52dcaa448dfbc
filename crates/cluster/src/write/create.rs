use std::sync::Arc;

use serde_json::{Value, json};

use super::{definitions, kinds};
use crate::call::Call;
use crate::identity::Generated;
use crate::managed_fields::{Changes, Managers};
use crate::options::UnknownNamespaces;
use crate::resource_type::TableKey;
use crate::storage::Name;
use crate::typing::Type;
use crate::version::Version;
use crate::world::World;
use crate::{defaults, managed_fields, meta, schema, validate};
use kuberewind_model::k8s::status::{Cause, Status};

/// The number of attempts at a generated name, as in a real server.
const NAME_ATTEMPTS: u64 = 8;

/// Creates an object from a client's request.
pub(crate) fn create(world: &mut World, call: &Call, object: Value) -> Result<Arc<Version>, Status> {
    create_with(world, call, object, |call, object| {
        let changes = Changes::between(&Value::Null, object, Type::root(&call.resource));
        managed_fields::after_update(call, &Managers::default(), &changes)
    })
}

/// Creates an object; `own` returns its field managers.
pub(crate) fn create_with(
    world: &mut World,
    call: &Call,
    mut object: Value,
    own: impl FnOnce(&Call, &Value) -> Managers,
) -> Result<Arc<Version>, Status> {
    check_type(call, &mut object)?;
    let (call, generated) = &named(world, call, &mut object)?;
    if !meta::text(&object, "resourceVersion").is_empty() {
        return Err(Status::new(500, "", "resourceVersion should not be set on objects to be created"));
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
    definitions::check(call, &object)?;
    kinds::prepare_new(call, &mut object);
    defaults::fill(world, call, &mut object, false)?;
    defaults::admit(world, call, &mut object);
    validate::check_new(world, call, &object)?;
    schema::admit(call, &mut object)?;
    if world.storage.get(&call.resource.table, &call.name).is_some() {
        return Err(Status::already_exists(call.resource.subject(&call.name.name)));
    }
    meta::set(&mut object, "uid", world.identities.uid(&call.resource.table, &call.name));
    meta::set(&mut object, "creationTimestamp", call.now.clone());
    defaults::after_uid(world, call, &mut object);
    if call.resource.has_generation() {
        meta::set(&mut object, "generation", 1);
    }
    let managers = own(call, &object);
    defaults::initial_status(world, call, &mut object);
    defaults::settle(world, call, &mut object);
    let object = meta::in_order(object);
    if call.dry_run {
        return Ok(Arc::new(Version::new(object, managers)));
    }
    if let Some(generated) = generated {
        world.identities.generated(&call.resource.table, generated);
    }
    let made = world.put(&call.resource.table, call.name.clone(), object, managers);
    if call.resource.is("", "namespaces") {
        kinds::furnish(world, call, &call.name.name)?;
    }
    Ok(made)
}

/// Checks that the body has the kind of the URL and fills in omitted fields.
pub(super) fn check_type(call: &Call, object: &mut Value) -> Result<(), Status> {
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
        Some(version) if call.resource.is_api_version(version) => {}
        Some(version) if !version.is_empty() => {
            return Err(wrong_type(call, version, map.get("kind").and_then(Value::as_str).unwrap_or_default()));
        }
        _ => meta::put(map, "apiVersion", json!(call.resource.api_version())),
    }
    match map.get("kind").and_then(Value::as_str) {
        Some(kind) if kind == call.resource.kind => {}
        Some(kind) if !kind.is_empty() => return Err(wrong_type(call, &call.resource.api_version(), kind)),
        _ => meta::put(map, "kind", json!(call.resource.kind)),
    }
    Ok(())
}

/// The refusal of a body with another type than its URL.
fn wrong_type(call: &Call, api_version: &str, kind: &str) -> Status {
    let (resource, expected) = (&call.resource, call.resource.api_version());
    let version = api_version.rsplit('/').next().unwrap_or_default();
    if resource.custom.is_some() {
        return Status::bad_request(if api_version == expected {
            format!("the kind in the data ({kind}) does not match the expected kind ({})", resource.kind)
        } else {
            format!("the API version in the data ({api_version}) does not match the expected API version ({expected})")
        });
    }
    let wanted = &resource.kind;
    let why = if api_version == expected {
        let group = resource.table.group.split('.').next().filter(|group| !group.is_empty()).unwrap_or("core");
        format!("converting (v1.{kind}) to ({group}.{wanted}): unknown conversion")
    } else {
        format!("no kind \"{kind}\" is registered for version \"{api_version}\" in scheme \"pkg/runtime/scheme.go:111\"")
    };
    Status::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {wanted}: {why}"))
}

/// Fills in namespace and name. Generates the name from `generateName`.
fn named(world: &mut World, call: &Call, object: &mut Value) -> Result<(Call, Option<Generated>), Status> {
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
    let mut generated = None;
    if name.is_empty() {
        let (table, namespace) = (&call.resource.table, &call.name.namespace);
        for attempt in 0..NAME_ATTEMPTS {
            let (next, count) = world.identities.generate(table, namespace, &prefix, attempt);
            (name, generated) = (next, Some(count));
            if world.storage.get(table, &Name::new(namespace, &name)).is_none() {
                break;
            }
        }
        meta::set(object, "name", name.clone());
    }
    check_name(call, &name)?;
    Ok((Call { name: Name::new(&call.name.namespace, &name), ..call.clone() }, generated))
}

/// Checks a name. RBAC kinds allow any path segment, all others need a lower-case DNS subdomain. Kinds that are stricter are checked with
/// the rest of the object.
fn check_name(call: &Call, name: &str) -> Result<(), Status> {
    let segment = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '%']);
    if segment && (validate::subdomain(name).is_empty() || &*call.resource.table.group == "rbac.authorization.k8s.io") {
        return Ok(());
    }
    let message = format!("Invalid value: \"{name}\": {}", validate::SUBDOMAIN);
    let cause = Cause { reason: "FieldValueInvalid", message, field: "metadata.name".to_owned() };
    Err(Status::invalid(call.resource.kind_subject(name), &[cause]))
}

/// Checks that the body and the URL have the same namespace.
pub(super) fn settle_namespace(call: &Call, object: &mut Value) -> Result<(), Status> {
    let given = meta::text(object, "namespace");
    if *given == *call.name.namespace && !given.is_empty() {
        return Ok(());
    }
    if !given.is_empty() && *given != *call.name.namespace {
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
        UnknownNamespaces::Create | UnknownNamespaces::Ignore => Ok(()),
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
    meta::set(&mut object, "uid", world.identities.uid(&TableKey::namespaces(), &call.name));
    meta::set(&mut object, "creationTimestamp", call.now.clone());
    world.put(&TableKey::namespaces(), call.name.clone(), object, Managers::default());
    kinds::furnish(world, &call, name)
}

/// Creates a namespace if it does not exist.
pub(crate) fn ensure_namespace(world: &mut World, call: &Call, name: &str) -> Result<(), Status> {
    if world.namespace(name).is_some() { Ok(()) } else { add_namespace(world, call, name) }
}
