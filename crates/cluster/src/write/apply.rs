//! Server-side apply.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::create::{check_type, create_with};
use super::update::{Restates, commit_with};
use crate::call::{Call, Subresource};
use crate::managed_fields::{Changes, Entry, Managers, PathSet, applied_paths, element_of, in_words, remove_at};
use crate::options::Fidelity;
use crate::typing::{ListKind, Type};
use crate::version::Version;
use crate::world::World;
use crate::{convert, fields, meta};
use kuberewind_model::k8s::status::{Cause, Status, Subject};

/// Applies a configuration. Returns the status code and the new object.
pub(crate) fn apply(world: &mut World, call: &Call, mut config: Value, force: bool) -> Result<(u16, Arc<Version>), Status> {
    check_options(call, &config)?;
    fields::check_applied(call, &mut config)?;
    let mut config = convert::to_storage(call, config);
    check_type(call, &mut config)?;
    let root = Type::root(&call.resource);
    let mine = settable(call, &applied_paths(&config, root));
    let Some(live) = world.storage.get(&call.resource.table, &call.name).cloned() else {
        if call.subresource != Subresource::Main {
            return Err(Status::not_found(call.resource.subject(&call.name.name)));
        }
        meta::set(&mut config, "name", &*call.name.name);
        let own = |call: &Call, _: &Value| Managers::of([Arc::new(entry(call, mine))]);
        return create_with(world, call, config, own).map(|made| (201, made));
    };
    let mut entries = live.managers().entries().to_vec();
    let mut next = (*live).clone();
    merge(&mut next, &config, root);
    let changed = settable(call, &Changes::between(&live, &next, root).set);
    let conflicts = conflicts(call, &entries, &changed);
    if !conflicts.is_empty() && !force {
        return Err(refusal(&entries, &conflicts));
    }
    for (at, paths) in &conflicts {
        entries[*at] = entries[*at].with_paths(entries[*at].paths.without(paths));
    }
    prune(call, &mut next, &entries, &mine);
    meta::carry(&config, &mut next, "resourceVersion");
    let restates = restates(&config);
    let own = |call: &Call, changes: &Changes| {
        let is_mine = |entry: &Arc<Entry>| entry.belongs_to(&call.manager, "Apply", call.subresource.as_str());
        let old = entries.iter().position(is_mine).map(|at| entries.remove(at));
        let mut new = entry(call, mine);
        // An apply that changes nothing updates nothing, not even its time.
        let changes_nothing = changes.is_empty() && restates == Restates::Nothing;
        if let Some(old) = old.filter(|old| changes_nothing && old.paths == new.paths && old.api_version == new.api_version) {
            new.time.clone_from(&old.time);
        }
        let others = entries.iter().map(|entry| entry.with_paths(entry.paths.without(&changes.removed)));
        (Managers::of(others.chain([Arc::new(new)])), restates)
    };
    commit_with(world, call, &live, next, own).map(|next| (200, next))
}

fn check_options(call: &Call, config: &Value) -> Result<(), Status> {
    if call.manager.is_empty() {
        let message = "Required value: is required for apply patch".to_owned();
        let cause = Cause { reason: "FieldValueRequired", message, field: "fieldManager".to_owned() };
        return Err(Status::invalid(Subject { resource: "PatchOptions", group: "meta.k8s.io", name: "" }, &[cause]));
    }
    if call.fidelity == Fidelity::Real && config["kind"].as_str().is_none_or(str::is_empty) {
        let version = config["apiVersion"].as_str().unwrap_or_default();
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        return Err(Status::bad_request(format!("invalid object type: {group}/{version}, Kind=")));
    }
    if meta::field(config, "managedFields").is_some_and(|fields| fields.as_array().is_some_and(|list| !list.is_empty())) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    if call.subresource == Subresource::Scale {
        return Err(Status::unsupported_media_type(&["application/json-patch+json", "application/merge-patch+json"]));
    }
    Ok(())
}

fn entry(call: &Call, paths: PathSet) -> Entry {
    Entry {
        manager: call.manager.clone(),
        operation: "Apply",
        api_version: call.resource.api_version(),
        time: call.now.clone(),
        subresource: call.subresource.as_str().to_owned(),
        paths,
    }
}

/// Go programs and kube's types omit unset fields, but write a list that is set to empty.
fn restates(config: &Value) -> Restates {
    let empty = |name| meta::field(config, name).and_then(Value::as_array).is_some_and(Vec::is_empty);
    if empty("finalizers") || empty("ownerReferences") { Restates::EmptyList } else { Restates::Nothing }
}

/// The paths that a subresource may set.
fn settable(call: &Call, paths: &PathSet) -> PathSet {
    match call.subresource {
        Subresource::Status => paths.below(|first| first == "f:status"),
        _ if call.resource.has_status => paths.below(|first| first != "f:status"),
        _ => paths.clone(),
    }
}

/// Merges a configuration into an object.
fn merge(object: &mut Value, config: &Value, root: Type<'_>) {
    let mut stack = vec![(object, config, root)];
    while let Some((target, config, typ)) = stack.pop() {
        match config {
            Value::Object(wanted) if !typ.is_atomic_map() => {
                if !target.is_object() {
                    *target = Value::Object(Map::new());
                }
                let Value::Object(map) = target else { continue };
                for (name, _) in wanted.iter().filter(|(_, value)| !value.is_null()) {
                    map.entry(name.clone()).or_insert(Value::Null);
                }
                for (name, value) in map.iter_mut() {
                    if let Some(config) = wanted.get(name).filter(|config| !config.is_null()) {
                        stack.push((value, config, typ.member(name)));
                    }
                }
            }
            Value::Array(wanted) if typ.list() != ListKind::Atomic && !wanted.is_empty() => {
                if !target.is_array() {
                    *target = Value::Array(Vec::new());
                }
                let Value::Array(list) = target else { continue };
                merge_items(list, wanted, typ, &mut stack);
            }
            whole => *target = whole.clone(),
        }
    }
}

fn merge_items<'a>(
    list: &'a mut Vec<Value>,
    wanted: &'a [Value],
    typ: Type<'a>,
    stack: &mut Vec<(&'a mut Value, &'a Value, Type<'a>)>,
) {
    let kind = typ.list();
    let element = |item: &Value| element_of(typ, &kind, item);
    for item in wanted {
        if !list.iter().any(|one| element(one) == element(item)) {
            list.push(item.clone());
        }
    }
    if kind == ListKind::Set {
        return;
    }
    for item in list {
        if let Some(config) = wanted.iter().find(|config| element(config) == element(item)) {
            if typ.has_atomic_items() {
                *item = config.clone();
            } else {
                stack.push((item, config, typ.item()));
            }
        }
    }
}

/// The changed fields that another manager owns: the number of its entry and the paths.
fn conflicts(call: &Call, entries: &[Arc<Entry>], changed: &PathSet) -> Vec<(usize, PathSet)> {
    let others = entries.iter().enumerate();
    let others = others.filter(|(_, entry)| !entry.belongs_to(&call.manager, "Apply", call.subresource.as_str()));
    let contested = others.map(|(at, entry)| (at, entry.paths.intersection(changed)));
    contested.filter(|(_, paths)| !paths.is_empty()).collect()
}

/// Removes the fields that this manager applied before and omits now, unless another manager owns them.
fn prune(call: &Call, next: &mut Value, entries: &[Arc<Entry>], mine: &PathSet) {
    let old = entries.iter().find(|entry| entry.belongs_to(&call.manager, "Apply", call.subresource.as_str()));
    let Some(old) = old else { return };
    let others: Vec<_> = entries.iter().filter(|entry| !Arc::ptr_eq(entry, old)).collect();
    let left_out = old.paths.without(mine);
    let mut removed: Option<Vec<String>> = None;
    let mut paths = left_out.paths();
    while let Some(path) = paths.next() {
        // A path sorts before the paths below it, so fields removed with their parent follow it directly.
        let gone = removed
            .as_ref()
            .is_some_and(|removed| path.len() >= removed.len() && removed.iter().zip(path).all(|(one, two)| one == two));
        if !gone && !mine.reaches(path) && !others.iter().any(|entry| entry.paths.reaches(path)) {
            remove_at(next, path);
            removed = Some(path.iter().map(|&element| element.to_owned()).collect());
        }
    }
}

/// The 409 of a real server: one cause for each field, the message grouped by manager.
fn refusal(entries: &[Arc<Entry>], conflicts: &[(usize, PathSet)]) -> Status {
    let groups: Vec<(String, Vec<String>)> =
        conflicts.iter().map(|(at, paths)| (manager_in_words(&entries[*at]), fields_in_words(paths))).collect();
    let cause = |manager: &String, field: &String| Cause {
        reason: "FieldManagerConflict",
        message: format!("conflict with {manager}"),
        field: field.clone(),
    };
    let causes: Vec<Cause> =
        groups.iter().flat_map(|(manager, fields)| fields.iter().map(move |field| cause(manager, field))).collect();
    let mut message = match causes.len() {
        1 => "Apply failed with 1 conflict: ".to_owned(),
        count => format!("Apply failed with {count} conflicts: "),
    };
    if let [cause] = causes.as_slice() {
        message.push_str(&format!("{}: {}", cause.message, cause.field));
    } else {
        let lines = groups.iter().map(|(manager, fields)| {
            let word = if fields.len() == 1 { "conflict" } else { "conflicts" };
            let list: String = fields.iter().map(|field| format!("\n- {field}")).collect();
            format!("{word} with {manager}:{list}")
        });
        message.push_str(&lines.collect::<Vec<_>>().join("\n"));
    }
    Status::new(409, "Conflict", message).with_causes(&causes)
}

fn fields_in_words(paths: &PathSet) -> Vec<String> {
    let mut paths = paths.paths();
    std::iter::from_fn(|| paths.next().map(in_words)).collect()
}

fn manager_in_words(entry: &Entry) -> String {
    let mut words = format!("{:?}", entry.manager);
    if !entry.subresource.is_empty() {
        words.push_str(&format!(" with subresource {:?}", entry.subresource));
    }
    if entry.operation == "Update" {
        words.push_str(&format!(" using {}", entry.api_version));
    }
    words
}
