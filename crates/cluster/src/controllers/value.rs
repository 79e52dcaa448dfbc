//! Fields of objects as numbers, texts and times.

use serde_json::{Map, Value};

use kuberewind_model::Timestamp;

/// The number at a JSON pointer.
pub(super) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// The number at a JSON pointer, 0 if absent.
pub(super) fn count(object: &Value, pointer: &str) -> i64 {
    number(object, pointer).unwrap_or(0)
}

/// The text at a JSON pointer, '' if absent.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// True if the value at a JSON pointer is `true`.
pub(super) fn flag(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The items at a JSON pointer.
pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The time at a JSON pointer.
pub(super) fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer).parse().ok().map(Timestamp::from_jiff)
}

/// A number of objects.
pub(super) fn len<T>(objects: &[T]) -> i64 {
    i64::try_from(objects.len()).unwrap_or(i64::MAX)
}

/// The index of a number, 0 for negative ones.
pub(super) fn index(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// Drops fields that Go's `omitempty` omits: 0, '', null and empty lists, except those in `kept`.
pub(super) fn without_empty(object: &mut Value, kept: &[&str]) {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) => false,
    };
    if let Some(map) = object.as_object_mut() {
        map.retain(|name, value| kept.contains(&name.as_str()) || !empty(value));
    }
}

/// The map at a field, which is created if it is missing.
fn map_at<'a>(object: &'a mut Value, field: &str) -> Option<&'a mut Map<String, Value>> {
    let map = object.as_object_mut()?;
    let inner = map.entry(field).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    inner.as_object_mut()
}

/// The annotation of an object, '' if absent.
pub(super) fn annotation<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get("metadata").and_then(|meta| meta.get("annotations")?.get(name)?.as_str()).unwrap_or("")
}

/// The map at a field of `metadata`, which is created if it is missing.
fn meta_map<'a>(object: &'a mut Value, field: &str) -> Option<&'a mut Map<String, Value>> {
    let meta = object.as_object_mut()?.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    map_at(meta, field)
}

/// Sets an annotation.
pub(super) fn annotate(object: &mut Value, name: &str, value: &str) {
    if let Some(annotations) = meta_map(object, "annotations") {
        annotations.insert(name.to_owned(), value.into());
    }
}

/// Sets a label.
pub(super) fn label(object: &mut Value, name: &str, value: &str) {
    if let Some(labels) = meta_map(object, "labels") {
        labels.insert(name.to_owned(), value.into());
    }
}
