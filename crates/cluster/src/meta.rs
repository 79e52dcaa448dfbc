//! Reads and writes the metadata of objects.

use serde_json::{Map, Value, json};

use super::same::same;

/// A string of `metadata`, '' if absent.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get("metadata").and_then(|meta| meta.get(field)).and_then(Value::as_str).unwrap_or("")
}

/// A field of `metadata`.
pub(super) fn field<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get("metadata").and_then(|meta| meta.get(field))
}

/// The value at a path of members with `/` between their names.
pub(super) fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(object, |value, name| value.get(name))
}

/// Sets a field of `metadata` and creates `metadata` if it is missing. Values that are not objects stay unchanged.
pub(super) fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    let Some(map) = object.as_object_mut() else { return };
    if let Some(meta) = map.entry("metadata").or_insert_with(|| json!({})).as_object_mut() {
        put(meta, field, value.into());
    }
}

/// Sets a member.
pub(super) fn put(map: &mut Map<String, Value>, name: &str, value: Value) {
    match map.get_mut(name) {
        Some(place) => *place = value,
        None => {
            map.insert(name.to_owned(), value);
        }
    }
}

/// Removes a field of `metadata`.
pub(super) fn unset(object: &mut Value, field: &str) {
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.shift_remove(field);
    }
}

/// Copies a field of `metadata` from another object, or removes it if that object lacks it.
pub(super) fn carry(from: &Value, to: &mut Value, name: &str) {
    carry_all(from, to, &[name]);
}

/// Copies fields of `metadata` from another object, and removes those that it lacks.
pub(super) fn carry_all(from: &Value, to: &mut Value, names: &[&str]) {
    let Some(map) = to.as_object_mut() else { return };
    let Some(to) = map.entry("metadata").or_insert_with(|| json!({})).as_object_mut() else { return };
    let from = from.get("metadata").and_then(Value::as_object);
    for name in names {
        match (from.and_then(|from| from.get(*name)), to.get_mut(*name)) {
            (Some(value), Some(place)) if same(value, place) => {}
            (Some(value), Some(place)) => place.clone_from(value),
            (Some(value), None) => {
                to.insert((*name).to_owned(), value.clone());
            }
            (None, Some(_)) => {
                to.shift_remove(*name);
            }
            (None, None) => {}
        }
    }
}

/// Copies a top-level field from another object, or removes it if that object lacks it.
pub(super) fn carry_top(from: &Value, to: &mut Value, name: &str) {
    let Some(map) = to.as_object_mut() else { return };
    match (from.get(name), map.get(name)) {
        (Some(value), Some(present)) if same(value, present) => {}
        (Some(value), _) => put(map, name, value.clone()),
        (None, Some(_)) => {
            map.shift_remove(name);
        }
        (None, None) => {}
    }
}

pub(super) fn finalizers(object: &Value) -> Vec<&str> {
    let list = field(object, "finalizers").and_then(Value::as_array);
    list.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// True once the object has a deletionTimestamp.
pub(super) fn is_terminating(object: &Value) -> bool {
    field(object, "deletionTimestamp").is_some_and(|at| !at.is_null())
}

/// Orders `apiVersion`, `kind` and `metadata` first and drops nulls of the metadata, as a server writes them.
pub(super) fn in_order(object: Value) -> Value {
    const FIRST: [&str; 3] = ["apiVersion", "kind", "metadata"];
    let Value::Object(mut map) = object else { return object };
    let mut ordered = Map::new();
    if map.keys().take(FIRST.len()).eq(FIRST) {
        std::mem::swap(&mut ordered, &mut map);
    }
    for name in FIRST {
        if let Some(value) = map.shift_remove(name) {
            ordered.insert(name.to_owned(), value);
        }
    }
    ordered.extend(map);
    if let Some(Value::Object(meta)) = ordered.get_mut("metadata") {
        meta.retain(|name, value| !value.is_null() && !is_empty_default(name, value));
    }
    Value::Object(ordered)
}

/// Values that Go's `omitempty` omits.
fn is_empty_default(name: &str, value: &Value) -> bool {
    match name {
        "labels" | "annotations" => value.as_object().is_some_and(Map::is_empty),
        "finalizers" | "ownerReferences" | "managedFields" => value.as_array().is_some_and(Vec::is_empty),
        _ => false,
    }
}
