//! The last tree of objects, so that a step of the cursor updates only the objects that it touches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::order::Order;
use crate::protocol::ObjectEntry;
use kuberewind_model::{Object, ObjectId, Presence, Seq, SessionNo};

/// The order by name.
type SortKey = (Arc<str>, Arc<str>, Arc<str>, u32);

#[derive(Default)]
pub(super) struct TreeCache {
    pub(super) session: Option<SessionNo>,
    pub(super) at: Seq,
    pub(super) names: HashMap<ObjectId, Object>,
    pub(super) entries: BTreeMap<SortKey, ObjectEntry>,
    pub(super) shared: Option<Arc<[ObjectEntry]>>,
    pub(super) more: bool,
    pub(super) counts: HashMap<ObjectId, (Seq, usize)>,
    /// The order of `shared`, and the weights for it.
    pub(super) order: Order,
    pub(super) weights: HashMap<ObjectId, u64>,
}

pub(super) fn sort_key(object: &Object) -> SortKey {
    (object.key.namespace.clone(), object.kind_name.clone(), object.key.name.clone(), object.incarnation)
}

pub(super) fn entry(object: &Object, presence: Presence) -> ObjectEntry {
    ObjectEntry {
        id: object.id,
        namespace: object.key.namespace.clone(),
        kind: object.kind_name.clone(),
        name: object.key.name.clone(),
        incarnation: object.incarnation,
        presence,
    }
}

impl TreeCache {
    pub(super) fn put(&mut self, object: &Object, presence: Presence) {
        let key = sort_key(object);
        let same = self.entries.get(&key).map(|entry| entry.presence);
        if same == Some(presence) || (same.is_none() && presence == Presence::Unknown) {
            return;
        }
        self.shared = None;
        self.names.insert(object.id, object.clone());
        if presence == Presence::Unknown {
            self.entries.remove(&key);
        } else {
            self.entries.insert(key, entry(object, presence));
        }
    }
}
