//! The index of owners and dependents, and the queue of the garbage collector.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use serde_json::Value;

use crate::meta;
use crate::ownership::Ownership;
use crate::resource_type::TableKey;
use crate::storage::Name;

/// The table and the name of an object.
pub(crate) type ObjectKey = (TableKey, Name);

/// The index of owners and dependents, and the collector's queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owners {
    pub(crate) queue: OrdSet<ObjectKey>,
    by_uid: OrdMap<Arc<str>, ObjectKey>,
    pub(crate) dependents: OrdMap<Arc<str>, OrdSet<ObjectKey>>,
}

impl Owners {
    /// Updates the index after a change and queues the objects that it affects.
    pub(crate) fn changed(&mut self, table: &TableKey, name: &Name, before: Option<&Value>, after: Option<&Value>) {
        let place = || (table.clone(), name.clone());
        if references(before) != references(after) {
            self.owners_changed(&place(), before, after);
        }
        match (before, after) {
            (before, Some(object)) => {
                let uid = meta::text(object, "uid");
                if before.is_none_or(|before| meta::text(before, "uid") != uid) {
                    self.by_uid.insert(uid.into(), place());
                }
                if meta::is_terminating(object) {
                    self.queue.insert(place());
                }
            }
            (Some(object), None) => self.removed(table, name, meta::text(object, "uid")),
            (None, None) => {}
        }
    }

    /// Enters an object that was there before. Nothing has changed, so the collector has nothing to examine.
    pub(crate) fn known(&mut self, table: &TableKey, name: &Name, known: &Ownership) {
        let place = (table.clone(), name.clone());
        if !known.uid.is_empty() {
            self.by_uid.insert(known.uid.as_str().into(), place.clone());
        }
        for owner in known.owners() {
            self.dependents.entry(owner.into()).or_default().insert(place.clone());
        }
    }

    /// Queues the dependents of a removed object that were entered after its removal.
    pub(crate) fn queue_dependents(&mut self, uid: &str) {
        self.queue.extend(self.dependents.get(uid).into_iter().flatten().cloned());
    }

    /// Updates the index of dependents after a change of an object's owners.
    fn owners_changed(&mut self, place: &ObjectKey, before: Option<&Value>, after: Option<&Value>) {
        for uid in before.map(owner_uids).unwrap_or_default() {
            if let Some(places) = self.dependents.get_mut(uid) {
                places.remove(place);
                if places.is_empty() {
                    self.dependents.remove(uid);
                }
            }
            self.queue.extend(self.by_uid.get(uid).cloned());
        }
        for uid in after.map(owner_uids).unwrap_or_default() {
            self.dependents.entry(uid.into()).or_default().insert(place.clone());
            self.queue.insert(place.clone());
        }
    }

    /// Takes an object that the collector has to examine.
    pub(crate) fn next(&mut self) -> Option<ObjectKey> {
        let first = self.queue.get_min().cloned()?;
        self.queue.remove(&first);
        Some(first)
    }

    fn removed(&mut self, table: &TableKey, name: &Name, uid: &str) {
        self.by_uid.remove(uid);
        self.queue_dependents(uid);
        if !name.namespace.is_empty() {
            self.queue.insert((TableKey::namespaces(), Name::new("", &name.namespace)));
        }
        let definition = Name::new("", &format!("{}.{}", table.plural, table.group));
        self.queue.insert((TableKey::definitions(), definition));
    }

    /// The owner with this uid, if it may own an object in this namespace.
    pub(crate) fn owner(&self, uid: &str, namespace: &str) -> Option<&ObjectKey> {
        let place = self.by_uid.get(uid)?;
        (place.1.namespace.is_empty() || *place.1.namespace == *namespace).then_some(place)
    }
}

fn references(object: Option<&Value>) -> Option<&Value> {
    meta::field(object?, "ownerReferences")
}

/// The uids in `ownerReferences`.
fn owner_uids(object: &Value) -> Vec<&str> {
    let list = meta::field(object, "ownerReferences").and_then(Value::as_array);
    list.map(|list| list.iter().filter_map(|owner| owner["uid"].as_str()).collect()).unwrap_or_default()
}
