//! The fields that a write changed, and their owners after it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::entry::{Entry, read_entries, write_entries};
use super::extract::places;
use super::path::PathSet;
use crate::call::{Call, Subresource};
use crate::meta;
use crate::typing::Type;

/// The difference between two states, as paths.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Fields that are new or have another value.
    pub(crate) set: PathSet,
    /// Fields that were removed.
    pub(crate) removed: PathSet,
}

impl Changes {
    /// Compares two states of an object.
    pub(crate) fn between(old: &Value, new: &Value, root: Type<'_>) -> Changes {
        let (before, after) = (places(old, root), places(new, root));
        let mut changes = Changes::default();
        // Fields that the old state has although its JSON omits them. A parent sorts before its members.
        let mut implied: BTreeSet<&[String]> = BTreeSet::new();
        for (path, place) in &after {
            let changed = match (before.get(path), place.leaf) {
                (None, Some(_)) => true,
                (None, None) => {
                    let parent = path.split_last().map_or(&[][..], |(_, parent)| parent);
                    let exists = parent.is_empty() || before.contains_key(parent) || implied.contains(parent);
                    if place.implied && exists {
                        implied.insert(path);
                    }
                    !(place.implied && exists)
                }
                (Some(old), leaf) => old.leaf != leaf,
            };
            if changed {
                changes.set.insert(path.clone());
            }
        }
        changes.removed = before.into_keys().filter(|path| !after.contains_key(path)).collect();
        changes
    }
}

/// Updates the managed fields for an `Update`: the writer owns the changed fields, everyone else loses them.
pub(crate) fn record_update(call: &Call, live: &Value, next: &mut Value) {
    let reset = meta::field(next, "managedFields").is_some_and(|list| *list == json!([]) || *list == json!([{}]));
    let mut entries = if reset { Vec::new() } else { read_entries(live) };
    let changes = Changes::between(live, next, Type::root(&call.resource));
    let (subresource, version) = (call.subresource.as_str(), call.resource.api_version());
    let mine = |entry: &Entry| entry.belongs_to(&call.manager, "Update", subresource) && entry.api_version == version;
    if !entries.iter().any(mine) {
        let (manager, operation) = (call.manager.clone(), "Update".to_owned());
        let (time, subresource, paths) = (String::new(), subresource.to_owned(), PathSet::new());
        entries.push(Entry { manager, operation, api_version: version.clone(), time, subresource, paths });
    }
    for entry in &mut entries {
        let before = entry.paths.len();
        entry.paths.retain(|path| !changes.removed.contains(path));
        if mine(entry) {
            entry.paths.extend(changes.set.iter().cloned());
            // A real server omits the time for a write to the scale subresource.
            let changed = !changes.set.is_empty() || entry.paths.len() != before;
            if changed && call.subresource != Subresource::Scale {
                entry.time.clone_from(&call.now);
            }
        } else {
            entry.paths.retain(|path| !changes.set.contains(path));
        }
    }
    write_entries(next, entries);
}
