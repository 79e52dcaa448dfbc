//! The fields that a write changed, and their owners after it.

use serde_json::Value;

use super::entry::Entry;
use super::managers::Managers;
use super::set::{Builder, PathSet};
use super::walk::{Element, Step, Walk};
use crate::call::{Call, Subresource};
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
        let (mut set, mut removed) = (Builder::default(), Builder::default());
        let mut walk = Walk::new(old, new, root);
        while let Some(step) = walk.next() {
            set.truncate(step.depth);
            removed.truncate(step.depth);
            match step.new {
                None => removed.add(&walk.path),
                Some(_) if is_set(&step) => set.add(&walk.path),
                Some(_) => {}
            }
        }
        Changes { set: set.build(), removed: removed.build() }
    }

    /// True if no field differs.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }
}

/// True if a field of the new state is new or has another value.
fn is_set(step: &Step<'_>) -> bool {
    let leaf = step.new.is_some_and(|place| place.leaf);
    match step.old {
        // The old state may have the field although its JSON omits it.
        None => leaf || !(step.implied && step.parent_existed),
        // Equal leaves are no steps.
        Some(old) => leaf || old.leaf,
    }
}

/// The fields that a manager who applies this configuration owns.
pub(crate) fn applied_paths(config: &Value, root: Type<'_>) -> PathSet {
    let mut owned = Builder::default();
    let mut walk = Walk::new(&Value::Null, config, root);
    while let Some(step) = walk.next() {
        owned.truncate(step.depth);
        let leaf = step.new.is_some_and(|place| place.leaf);
        let metadata = step.depth == 0 && walk.path.last() == Some(&Element::Field("metadata"));
        if (leaf || step.applied) && !metadata {
            owned.add(&walk.path);
        }
    }
    owned.build()
}

/// The field managers after an `Update`: the writer owns the changed fields, everyone else loses them.
pub(crate) fn after_update(call: &Call, before: &Managers, changes: &Changes) -> Managers {
    let (subresource, version) = (call.subresource.as_str(), call.resource.api_version());
    let is_mine = |entry: &Entry| entry.belongs_to(&call.manager, "Update", subresource) && entry.api_version == version;
    let mut found = false;
    let mut after = before.map(|entry| {
        let left = entry.paths.without(&changes.removed);
        if !is_mine(entry) {
            return entry.with_paths(left.without(&changes.set));
        }
        found = true;
        let lost = left != entry.paths;
        let mut mine = entry.with_paths(left.union(&changes.set));
        // A real server omits the time for a write to the scale subresource.
        if (lost || !changes.set.is_empty()) && call.subresource != Subresource::Scale {
            mine = mine.at(&call.now);
        }
        mine
    });
    if !found {
        let timed = !changes.set.is_empty() && call.subresource != Subresource::Scale;
        let entry = Entry {
            manager: call.manager.clone(),
            operation: "Update",
            api_version: version,
            time: if timed { call.now.clone() } else { String::new() },
            subresource: subresource.to_owned(),
            paths: changes.set.clone(),
        };
        after.add(entry);
    }
    after
}
