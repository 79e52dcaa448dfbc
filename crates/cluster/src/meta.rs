//! Reads and writes the metadata of objects.

use serde_json::{Map, Value, json};

/// A string of `metadata`, '' if absent.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get("metadata").and_then(|meta| meta.get(field)).and_then(Value::as_str).unwrap_or("")
}

/// A field of `metadata`.
pub(super) fn field<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get("metadata").and_then(|meta| meta.get(field))
}

/// Sets a field of `metadata` and creates `metadata` if it is missing. Values that are not objects stay unchanged.
pub(super) fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    let Some(map) = object.as_object_mut() else { return };
    if let Some(meta) = map.entry("metadata").or_insert_with(|| json!({})).as_object_mut() {
        meta.insert(field.to_owned(), value.into());
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
    match field(from, name) {
        Some(value) => set(to, name, value.clone()),
        None => unset(to, name),
    }
}

/// Copies a top-level field from another object, or removes it if that object lacks it.
pub(super) fn carry_top(from: &Value, to: &mut Value, name: &str) {
    let Some(map) = to.as_object_mut() else { return };
    match from.get(name) {
        Some(value) => {
            map.insert(name.to_owned(), value.clone());
        }
        None => {
            map.shift_remove(name);
        }
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
    let Value::Object(mut map) = object else { return object };
    let mut ordered = Map::new();
    for name in ["apiVersion", "kind", "metadata"] {
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
