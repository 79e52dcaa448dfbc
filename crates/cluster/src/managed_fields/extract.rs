//! Flattens the fields of an object.

use std::collections::BTreeMap;

use serde_json::Value;

use super::path::{Path, PathSet, element_of};
use crate::typing::Type;

/// One field of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The value, if the field is a leaf.
    pub(super) leaf: Option<&'a Value>,
    /// True if a field that is no leaf exists whenever its parent does: a struct inside a Go struct.
    pub(super) implied: bool,
    /// True if an apply owns the existence of a field that is no leaf.
    pub(super) applied: bool,
}

/// Fields that belong to the server.
const IGNORED: &[&str] = &[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// All fields of an object except those that belong to the server. Nulls count as absent.
pub(super) fn places<'a>(object: &'a Value, root: Type<'a>) -> BTreeMap<Path, Place<'a>> {
    let mut found = BTreeMap::new();
    let mut stack: Vec<(Path, &Value, Type<'_>)> = vec![(Vec::new(), object, root)];
    while let Some((path, value, typ)) = stack.pop() {
        let mut note = |element: String, value: &'a Value, kind: Type<'a>, whole: bool, implied: bool, applied: bool| {
            let mut below = path.clone();
            below.push(element);
            let leaf = (whole || is_leaf(value, kind)).then_some(value);
            if leaf.is_none() {
                stack.push((below.clone(), value, kind));
            }
            found.insert(below, Place { leaf, implied, applied });
        };
        match value {
            Value::Object(map) => {
                for (name, value) in map.iter().filter(|(name, value)| !value.is_null() && !is_ignored(&path, name)) {
                    note(format!("f:{name}"), value, typ.member(name), false, typ.is_always_there(name), typ.is_entry(name));
                }
            }
            Value::Array(list) => {
                let kind = typ.list();
                for item in list {
                    let Some(element) = element_of(typ, &kind, item) else { continue };
                    note(element, item, typ.item(), typ.has_atomic_items(), false, true);
                }
            }
            _ => {}
        }
    }
    found
}

fn is_ignored(path: &Path, name: &str) -> bool {
    match path.as_slice() {
        [] => name == "apiVersion" || name == "kind",
        [only] => only == "f:metadata" && IGNORED.contains(&name),
        _ => false,
    }
}

/// True for leaves: scalars, atomic and empty values, and lists with an item that has no key.
fn is_leaf(value: &Value, typ: Type<'_>) -> bool {
    match value {
        Value::Object(map) => map.is_empty() || typ.is_atomic_map(),
        Value::Array(list) => {
            let kind = typ.list();
            list.is_empty() || list.iter().any(|item| element_of(typ, &kind, item).is_none())
        }
        _ => true,
    }
}

/// The fields that a manager who applies this configuration owns.
pub(crate) fn applied_paths(config: &Value, root: Type<'_>) -> PathSet {
    let owned = places(config, root).into_iter();
    let owned = owned.filter(|(path, place)| *path != ["f:metadata"] && (place.leaf.is_some() || place.applied));
    owned.map(|(path, _)| path).collect()
}
