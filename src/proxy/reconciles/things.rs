//! What the traffic is about: objects as calls and events name them, and news of them.

use std::sync::Arc;

use kuberewind_model::{KindRef, NewOperation, Observation, Observations, Seq, Timestamp};

/// An object as far as calls and events name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) group: Arc<str>,
    pub(super) resource: Arc<str>,
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
}

/// News of an object that an actor was shown.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
    pub(super) kind: KindRef,
    pub(super) kind_name: Arc<str>,
    pub(super) thing: Thing,
    pub(super) uid: Arc<str>,
    pub(super) resource_version: Arc<str>,
    pub(super) owners: Vec<Arc<str>>,
    /// Whether it may have made another reconcile run, of which nothing has shown who runs it.
    pub(super) doubtful: bool,
}

impl Delivery {
    pub(super) fn of(seq: Seq, at: Timestamp, sight: &Observation) -> Delivery {
        Delivery {
            seq,
            at,
            kind: sight.kind.clone(),
            kind_name: sight.kind_name.clone(),
            thing: thing_of(sight),
            uid: sight.uid.clone(),
            resource_version: sight.resource_version.clone(),
            owners: owners(sight),
            doubtful: false,
        }
    }

    /// Whether it is news of the object, or of one that it owns.
    pub(super) fn concerns(&self, thing: &Thing, uid: &Arc<str>) -> bool {
        self.thing == *thing || (!uid.is_empty() && self.owners.contains(uid))
    }
}

/// The object that was seen.
fn thing_of(sight: &Observation) -> Thing {
    Thing {
        group: sight.kind.group.clone(),
        resource: sight.kind.resource.clone(),
        namespace: sight.namespace.clone(),
        name: sight.name.clone(),
    }
}

/// What a call is about.
pub(super) fn target_of(call: &NewOperation) -> Option<Thing> {
    let kind = call.target.kind.as_ref()?;
    let name = match &call.observations {
        Observations::Object(sight) if call.target.name.is_empty() => sight.name.clone(),
        _ => call.target.name.clone(),
    };
    Some(Thing { group: kind.group.clone(), resource: kind.resource.clone(), namespace: call.target.namespace.clone(), name })
}

/// Calls that every controller makes beside its reconciles: leader election, and the events it tells of.
pub(super) fn is_noise(thing: &Thing) -> bool {
    matches!(&*thing.resource, "leases" | "events")
}

/// A body longer than this is not looked into for owners.
const LOOKED_INTO: usize = 256 * 1024;

/// The uids of an object's owners.
pub(super) fn owners(sight: &Observation) -> Vec<Arc<str>> {
    #[derive(serde::Deserialize)]
    struct Outline {
        metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        #[serde(default)]
        owner_references: Vec<Owner>,
    }
    #[derive(serde::Deserialize)]
    struct Owner {
        uid: String,
    }
    let Some(body) = &sight.body else { return Vec::new() };
    if body.cut || body.bytes.len() > LOOKED_INTO || memchr::memmem::find(&body.bytes, b"\"ownerReferences\"").is_none() {
        return Vec::new();
    }
    // What cannot be read names no owners.
    serde_json::from_slice::<Outline>(&body.bytes)
        .map(|outline| outline.metadata.owner_references.into_iter().take(16).map(|owner| owner.uid.into()).collect())
        .unwrap_or_default()
}
