//! The index of owners and dependents, and the queue of the garbage collector.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::meta;
use crate::resource_type::TableKey;
use crate::storage::Name;

/// The table and the name of an object.
pub(crate) type ObjectKey = (TableKey, Name);

/// The index of owners and dependents, and the collector's queue.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    pub(crate) queue: BTreeSet<ObjectKey>,
    by_uid: BTreeMap<String, ObjectKey>,
    pub(crate) dependents: BTreeMap<String, BTreeSet<ObjectKey>>,
}

impl Owners {
    /// Updates the index after a change and queues the objects that it affects.
    pub(crate) fn changed(&mut self, table: &TableKey, name: &Name, before: Option<&Value>, after: Option<&Value>) {
        let place = (table.clone(), name.clone());
        for uid in before.map(owner_uids).unwrap_or_default() {
            if let Some(places) = self.dependents.get_mut(uid) {
                places.remove(&place);
                if places.is_empty() {
                    self.dependents.remove(uid);
                }
            }
            self.queue.extend(self.by_uid.get(uid).cloned());
        }
        for uid in after.map(owner_uids).unwrap_or_default() {
            self.dependents.entry(uid.to_owned()).or_default().insert(place.clone());
            self.queue.insert(place.clone());
        }
        match (before, after) {
            (_, Some(object)) => {
                self.by_uid.insert(meta::text(object, "uid").to_owned(), place.clone());
                if meta::is_terminating(object) {
                    self.queue.insert(place);
                }
            }
            (Some(object), None) => self.removed(table, name, meta::text(object, "uid")),
            (None, None) => {}
        }
    }

    fn removed(&mut self, table: &TableKey, name: &Name, uid: &str) {
        self.by_uid.remove(uid);
        self.queue.extend(self.dependents.get(uid).into_iter().flatten().cloned());
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

/// The uids in `ownerReferences`.
fn owner_uids(object: &Value) -> Vec<&str> {
    let list = meta::field(object, "ownerReferences").and_then(Value::as_array);
    list.map(|list| list.iter().filter_map(|owner| owner["uid"].as_str()).collect()).unwrap_or_default()
}
