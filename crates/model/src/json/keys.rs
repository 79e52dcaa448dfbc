//! Merge keys: the fields that identify items of a list across versions.

use std::collections::HashMap;

use serde_json::Value;

/// The merge keys of Kubernetes' lists, in the order in which they are tried.
pub const MERGE_KEYS: &[&[&str]] = &[
    &["name"],
    &["type"],
    &["key"],
    &["uid"],
    &["containerPort", "protocol"],
    &["containerPort"],
    &["port", "protocol"],
    &["port"],
    &["mountPath"],
    &["devicePath"],
    &["topologyKey"],
    &["ip"],
    &["manager", "operation", "subresource"],
    &["id"],
];

/// For each item of `after`, the index of its counterpart in `before`. Uses the first merge key that is present and unique in
/// both lists, `None` if there is no such key.
#[must_use]
pub fn counterparts(before: &[Value], after: &[Value]) -> Option<Vec<Option<usize>>> {
    MERGE_KEYS.iter().find_map(|keys| {
        let (was, is) = (named(before, keys)?, named(after, keys)?);
        let mut found = vec![None; after.len()];
        for (name, at) in is {
            found[at] = was.get(&name).copied();
        }
        Some(found)
    })
}

/// The index of each item by its key. `None` if an item lacks the key or two items share it.
fn named(items: &[Value], keys: &[&str]) -> Option<HashMap<String, usize>> {
    let mut names = HashMap::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let fields = item.as_object()?;
        let mut name = fields.get(*keys.first()?)?.to_string();
        for key in keys.iter().skip(1) {
            name.push('/');
            name.push_str(&fields.get(*key).map(Value::to_string).unwrap_or_default());
        }
        if names.insert(name, at).is_some() {
            return None;
        }
    }
    Some(names)
}
