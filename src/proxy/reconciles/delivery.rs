//! Deliveries: watch events and list items that an actor received.

use std::sync::Arc;

use super::owners::owners;
use kuberewind_model::{KindRef, ObjectKey, Observation, Seq, Timestamp};

#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
    pub(super) kind: KindRef,
    pub(super) kind_name: Arc<str>,
    pub(super) object: ObjectKey,
    pub(super) uid: Arc<str>,
    pub(super) resource_version: Arc<str>,
    pub(super) owners: Vec<Arc<str>>,
    /// True if it may have triggered another reconcile whose program is unknown.
    pub(super) ambiguous: bool,
}

impl Delivery {
    pub(super) fn of(seq: Seq, at: Timestamp, observation: &Observation) -> Delivery {
        Delivery {
            seq,
            at,
            kind: observation.kind.clone(),
            kind_name: observation.kind_name.clone(),
            object: object_of(observation),
            uid: observation.uid.clone(),
            resource_version: observation.resource_version.clone(),
            owners: owners(observation),
            ambiguous: false,
        }
    }

    /// True if the delivery is about the object, or about one that it owns.
    pub(super) fn concerns(&self, object: &ObjectKey, uid: &Arc<str>) -> bool {
        self.object == *object || (!uid.is_empty() && self.owners.contains(uid))
    }
}

fn object_of(observation: &Observation) -> ObjectKey {
    ObjectKey {
        group: observation.kind.group.clone(),
        resource: observation.kind.resource.clone(),
        namespace: observation.namespace.clone(),
        name: observation.name.clone(),
    }
}
