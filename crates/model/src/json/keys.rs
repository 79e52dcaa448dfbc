//! What names the items of a list, so that they can be followed from one state of it to the next.

use std::collections::HashMap;

use serde_json::Value;

/// Fields by which Kubernetes' own lists are keyed, in the order in which they are tried.
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

/// For every item of `after`, the index of its counterpart in `before`: by the first merge key that names every item of
/// both lists once. `None` where no key does.
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

/// The items by name, if each has one and no two are the same.
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
