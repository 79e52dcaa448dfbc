//! Reads and writes the entries of `managedFields`.

use serde_json::{Map, Value, json};

use super::path::PathSet;
use crate::meta;

/// The fields that one manager set with one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) manager: String,
    /// `Apply` or `Update`.
    pub(crate) operation: String,
    pub(crate) api_version: String,
    /// The time of its last change, '' if absent.
    pub(crate) time: String,
    pub(crate) subresource: String,
    pub(crate) paths: PathSet,
}

impl Entry {
    /// True if the entry belongs to this manager, operation and subresource.
    pub(crate) fn belongs_to(&self, manager: &str, operation: &str, subresource: &str) -> bool {
        self.manager == manager && self.operation == operation && self.subresource == subresource
    }
}

/// Reads the entries of an object.
pub(crate) fn read_entries(object: &Value) -> Vec<Entry> {
    let list = meta::field(object, "managedFields").and_then(Value::as_array);
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entry = |entry: &Value| Entry {
        manager: text(entry, "manager"),
        operation: text(entry, "operation"),
        api_version: text(entry, "apiVersion"),
        time: text(entry, "time"),
        subresource: text(entry, "subresource"),
        paths: read_paths(&entry["fieldsV1"]),
    };
    list.into_iter().flatten().map(entry).collect()
}

/// Writes entries into an object without empty ones, applies first, then by time.
pub(crate) fn write_entries(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.paths.is_empty());
    entries.sort_by(|one, other| {
        let key = |entry: &Entry| (entry.operation.clone(), entry.time.clone(), entry.manager.clone(), entry.subresource.clone());
        key(one).cmp(&key(other))
    });
    if entries.is_empty() {
        meta::unset(object, "managedFields");
        return;
    }
    let list: Vec<Value> = entries.iter().map(write_entry).collect();
    meta::set(object, "managedFields", list);
}

fn write_entry(entry: &Entry) -> Value {
    let mut value = json!({"manager": entry.manager, "operation": entry.operation, "apiVersion": entry.api_version});
    if !entry.time.is_empty() {
        value["time"] = json!(entry.time);
    }
    value["fieldsType"] = json!("FieldsV1");
    value["fieldsV1"] = write_paths(&entry.paths);
    if !entry.subresource.is_empty() {
        value["subresource"] = json!(entry.subresource);
    }
    value
}

/// Nests paths as FieldsV1. A member that has members below it is marked by `.`.
fn write_paths(paths: &PathSet) -> Value {
    let mut root = Value::Object(Map::new());
    for path in paths {
        let mut at = &mut root;
        for element in path {
            at = &mut at[element.as_str()];
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
        }
    }
    for path in paths {
        let mut at = Some(&mut root);
        for element in path {
            at = at.and_then(|value| value.get_mut(element.as_str()));
        }
        if let Some(map) = at.and_then(Value::as_object_mut).filter(|map| !map.is_empty()) {
            map.shift_insert(0, ".".to_owned(), json!({}));
        }
    }
    root
}

/// The members of a FieldsV1 set.
fn read_paths(fields: &Value) -> PathSet {
    let mut paths = PathSet::new();
    let mut stack = vec![(Vec::new(), fields)];
    while let Some((path, value)) = stack.pop() {
        let Value::Object(map) = value else { continue };
        if !path.is_empty() && (map.is_empty() || map.contains_key(".")) {
            paths.insert(path.clone());
        }
        for (name, below) in map.iter().filter(|(name, _)| *name != ".") {
            let mut path: Vec<String> = path.clone();
            path.push(name.clone());
            stack.push((path, below));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_read_as_they_were_written() {
        let fields = json!({"f:data": {".": {}, "f:key": {}}, "f:spec": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}}}});
        assert_eq!(write_paths(&read_paths(&fields)), fields);
        assert_eq!(read_paths(&fields).len(), 4);
    }
}
