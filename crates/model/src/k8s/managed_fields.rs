//! Field ownership from `metadata.managedFields`.
//!
//! The keys of an entry's `fieldsV1` tree are `f:NAME` (a field), `k:{"name":"app"}` (the list item with these keys),
//! `v:VALUE` (an item of a set), `i:INDEX`, and `.` (the node itself). See the API documentation of server-side apply.

use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    pub manager: &'a str,
    /// `Apply` or `Update`.
    pub operation: &'a str,
    /// '' for none.
    pub subresource: &'a str,
    /// RFC 3339, '' if unknown.
    pub time: &'a str,
    fields: Option<&'a Map<String, Value>>,
}

/// The well-formed entries of an object, in order.
pub fn entries(object: &Value) -> impl Iterator<Item = Entry<'_>> {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(|entry| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        Some(Entry {
            manager: text("manager")?,
            operation: text("operation").unwrap_or_default(),
            subresource: text("subresource").unwrap_or_default(),
            time: text("time").unwrap_or_default(),
            fields: entry.get("fieldsV1").and_then(Value::as_object),
        })
    })
}

impl Entry<'_> {
    /// True if this entry owns the field at `pointer` of `object`, the object with the entry.
    #[must_use]
    pub fn owns(&self, object: &Value, pointer: &str) -> bool {
        let Some(mut node) = self.fields else { return false };
        let mut value = object;
        for step in pointer.split('/').skip(1) {
            let key = step.replace("~1", "/").replace("~0", "~");
            let (next, owned) = match value {
                Value::Array(items) => {
                    let Some((at, item)) = key.parse().ok().and_then(|at: usize| Some((at, items.get(at)?))) else {
                        return false;
                    };
                    (item, item_node(node, item, at))
                }
                _ => (value.get(&key).unwrap_or(&Value::Null), node.get(&format!("f:{key}"))),
            };
            let Some(owned) = owned.and_then(Value::as_object) else { return false };
            // An empty node owns the field and everything below it.
            if owned.is_empty() {
                return true;
            }
            (node, value) = (owned, next);
        }
        node.contains_key(".")
    }
}

/// The node of a list item, by keys, value or index.
fn item_node<'a>(node: &'a Map<String, Value>, item: &Value, at: usize) -> Option<&'a Value> {
    node.iter().find_map(|(name, below)| {
        let same = match name.split_once(':')? {
            ("k", keys) => {
                let keys: Map<String, Value> = serde_json::from_str(keys).ok()?;
                keys.iter().all(|(key, value)| item.get(key) == Some(value))
            }
            ("v", value) => serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item),
            ("i", index) => index.parse() == Ok(at),
            _ => false,
        };
        same.then_some(below)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::entries;

    #[test]
    fn finds_owners_of_fields_items_and_sets() {
        let object = json!({
            "metadata": {"finalizers": ["a/b"], "managedFields": [
                {"manager": "hpa", "operation": "Update", "time": "2026-02-04T10:13:21Z", "subresource": "scale",
                 "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "checkout", "operation": "Apply", "fieldsV1": {
                    "f:metadata": {"f:finalizers": {".": {}, "v:\"a/b\"": {}}},
                    "f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:image": {}}}, "f:selector": {}}}},
                {"operation": "nobody"}, 7,
            ]},
            "spec": {"replicas": 5, "containers": [{"name": "log"}, {"name": "app", "image": "a:1"}], "selector": {"a": {"b": 1}}},
        });
        let owners = |pointer: &str| -> Vec<_> {
            entries(&object).filter(|entry| entry.owns(&object, pointer)).map(|entry| entry.manager).collect()
        };
        assert_eq!(owners("/spec/replicas"), ["hpa"]);
        assert_eq!(owners("/spec/containers/1/image"), ["checkout"]);
        assert_eq!(owners("/spec/containers/1"), ["checkout"]);
        assert_eq!(owners("/metadata/finalizers/0"), ["checkout"]);
        assert_eq!(owners("/spec/selector/a/b"), ["checkout"]);
        for unowned in ["/spec/containers/0/name", "/spec/containers/9", "/spec", "/status", "/spec/containers/x"] {
            assert!(owners(unowned).is_empty(), "{unowned}");
        }
        assert_eq!(entries(&json!({"metadata": {"managedFields": "?"}})).count(), 0);
    }
}
