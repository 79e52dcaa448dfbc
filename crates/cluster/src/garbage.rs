//! The garbage collector: deletes the dependents of deleted owners and the content of deleted namespaces and definitions.
//!
//! It writes like any other client; its field manager is `kube-controller-manager`. Changes queue the objects that it has to examine,
//! each at most once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::call::Call;
use crate::meta;
use crate::owners::ObjectKey;
use crate::resource_type::TableKey;
use crate::storage::Name;
use crate::version::Version;
use crate::world::World;
use crate::write::delete::{DeleteOptions, Propagation, delete};
use crate::write::kinds::DEFINITION_FINALIZER;
use crate::write::update::commit;

/// Runs until the queue is empty and returns the number of writes.
///
/// It ends, because each step either takes an entry from the queue or makes a write that can happen to an object only once: a deletion,
/// or the removal of a reference or a finalizer.
pub(crate) fn collect(world: &mut World) -> u64 {
    let before = world.storage.revision();
    while let Some((table, name)) = world.owners.next() {
        let Some(object) = world.storage.get(&table, &name).cloned() else { continue };
        let Some(resource) = world.registry.preferred(&table).cloned() else { continue };
        let call = Call::of_controller(resource, name, world.now());
        if meta::is_terminating(&object) {
            finish(world, &call, &object);
        } else {
            judge(world, &call, &object);
        }
    }
    world.storage.revision().saturating_sub(before)
}

/// Examines an object that is not terminating: deletes it if no owner is left.
fn judge(world: &mut World, call: &Call, object: &Arc<Version>) {
    let references = meta::field(object, "ownerReferences").and_then(Value::as_array).cloned().unwrap_or_default();
    if references.is_empty() {
        return;
    }
    let (mut solid, mut waiting) = (Vec::new(), false);
    for reference in &references {
        let uid = reference["uid"].as_str().unwrap_or_default();
        let owner = world.owners.owner(uid, &call.name.namespace).and_then(|(table, name)| world.storage.get(table, name));
        match owner {
            Some(owner) if meta::finalizers(owner).contains(&"foregroundDeletion") && meta::is_terminating(owner) => {
                waiting = true;
            }
            Some(_) => solid.push(reference.clone()),
            None => {}
        }
    }
    if solid.len() == references.len() {
        return;
    }
    if solid.is_empty() {
        let blocked = waiting && world.owners.dependents.contains_key(meta::text(object, "uid"));
        let propagation = if blocked { Propagation::Foreground } else { Propagation::Background };
        let options = DeleteOptions {
            propagation: Some(propagation),
            uid: Some(meta::text(object, "uid").to_owned()),
            resource_version: Some(meta::text(object, "resourceVersion").to_owned()),
            dry_run: false,
        };
        settle(delete(world, call, &options));
    } else {
        let mut next = (**object).clone();
        meta::set(&mut next, "ownerReferences", solid);
        settle(commit(world, call, object, next));
    }
}

/// Examines a terminating object: removes the finalizers whose work is done.
fn finish(world: &mut World, call: &Call, object: &Arc<Version>) {
    let uid = meta::text(object, "uid").to_owned();
    let dependents: Vec<ObjectKey> = world.owners.dependents.get(&*uid).into_iter().flatten().cloned().collect();
    let finalizers = meta::finalizers(object);
    if finalizers.contains(&"orphan") {
        for (table, name) in dependents {
            orphan(world, call, &table, name, &uid);
        }
        release(world, call, "orphan");
    } else if finalizers.contains(&"foregroundDeletion") {
        let blocking = dependents.iter().any(|place| blocks(world, place, &uid));
        world.owners.queue.extend(
            dependents
                .into_iter()
                .filter(|(table, name)| world.storage.get(table, name).is_some_and(|dependent| !meta::is_terminating(dependent))),
        );
        if !blocking {
            release(world, call, "foregroundDeletion");
        }
    } else if call.resource.table == TableKey::namespaces() {
        empty_namespace(world, call, object);
    } else if call.resource.table == TableKey::definitions() && finalizers.contains(&DEFINITION_FINALIZER) {
        let spec = &object["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let table = TableKey { group: text(&spec["group"]).into(), plural: text(&spec["names"]["plural"]).into() };
        if delete_all(world, call, |one, _| *one == table) {
            release(world, call, DEFINITION_FINALIZER);
        }
    }
}

/// Removes an owner from the references of a dependent.
fn orphan(world: &mut World, call: &Call, table: &TableKey, name: Name, uid: &str) {
    let Some(object) = world.storage.get(table, &name).cloned() else { return };
    let Some(resource) = world.registry.preferred(table).cloned() else { return };
    let mut next = (*object).clone();
    if let Some(list) = next.pointer_mut("/metadata/ownerReferences").and_then(Value::as_array_mut) {
        list.retain(|owner| owner["uid"] != json!(uid));
    }
    settle(commit(world, &call.about(&resource, name), &object, next));
}

/// True if a dependent blocks the foreground deletion of its owner.
fn blocks(world: &World, (table, name): &ObjectKey, uid: &str) -> bool {
    let references = world.storage.get(table, name).and_then(|object| meta::field(object, "ownerReferences")?.as_array());
    references.is_some_and(|list| list.iter().any(|one| one["uid"] == json!(uid) && one["blockOwnerDeletion"] == json!(true)))
}

/// Removes one finalizer.
fn release(world: &mut World, call: &Call, finalizer: &str) {
    let Some(object) = world.storage.get(&call.resource.table, &call.name).cloned() else { return };
    let mut next = (*object).clone();
    let rest: Vec<_> = meta::finalizers(&object).into_iter().filter(|one| *one != finalizer).map(str::to_owned).collect();
    meta::set(&mut next, "finalizers", rest);
    settle(commit(world, call, &object, next));
}

/// Deletes the content of a namespace, and releases the namespace once it is empty.
fn empty_namespace(world: &mut World, call: &Call, namespace: &Arc<Version>) {
    let name = call.name.name.clone();
    if delete_all(world, call, |_, one| one.namespace == name) {
        let mut next = (**namespace).clone();
        next["spec"] = json!({});
        let call = Call { subresource: crate::call::Subresource::Finalize, ..call.clone() };
        settle(commit(world, &call, namespace, next));
    }
}

/// Deletes the chosen objects and returns true if none is left.
fn delete_all(world: &mut World, call: &Call, chosen: impl Fn(&TableKey, &Name) -> bool) -> bool {
    let mut places = Vec::new();
    for (table, objects) in world.storage.tables() {
        places.extend(objects.keys().filter(|name| chosen(table, name)).map(|name| (table.clone(), name.clone())));
    }
    for (table, name) in &places {
        let Some(resource) = world.registry.preferred(table).cloned() else { continue };
        settle(delete(world, &call.about(&resource, name.clone()), &DeleteOptions::default()));
    }
    places.iter().all(|(table, name)| world.storage.get(table, name).is_none())
}

/// Logs a refusal. It means that another write was faster or that the object is gone; that change has queued the object again.
fn settle<T>(result: Result<T, kuberewind_model::k8s::status::Status>) {
    if let Err(refused) = result {
        tracing::debug!(reason = refused.reason, message = %refused.message, "the garbage collector was refused");
    }
}
