//! Facts about objects that any traffic shows: kinds, uids and owners.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::owners::{Owner, owners};
use kuberewind_model::k8s::kinds;
use kuberewind_model::{KindRef, NewOperation, ObjectKey, Observation, Observations};

/// Remembered objects, and remembered kinds.
const MAX_OBJECTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(65_535);

/// A kind by its group and name, for example `apps` and `Deployment`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GroupKind {
    pub(super) group: Arc<str>,
    pub(super) kind: Arc<str>,
}

#[derive(Debug, Clone)]
pub(super) struct KnownObject {
    pub(super) uid: Arc<str>,
    pub(super) owners: Vec<Owner>,
}

/// An object that a controller may reconcile.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) object: ObjectKey,
    pub(super) uid: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) kind: GroupKind,
}

type GroupResource = (Arc<str>, Arc<str>);
type NameAndVersion = (Arc<str>, Arc<str>);

#[derive(Debug)]
pub(super) struct KnownObjects {
    objects: LruCache<ObjectKey, KnownObject>,
    by_uid: LruCache<Arc<str>, ObjectKey>,
    kinds: LruCache<GroupResource, NameAndVersion>,
}

impl Default for KnownObjects {
    fn default() -> KnownObjects {
        let (objects, by_uid) = (LruCache::new(MAX_OBJECTS), LruCache::new(MAX_OBJECTS));
        KnownObjects { objects, by_uid, kinds: LruCache::new(MAX_OBJECTS) }
    }
}

impl KnownObjects {
    /// Learns from an object that an actor received. Returns its owners.
    pub(super) fn learn(&mut self, observation: &Observation) -> Vec<Owner> {
        let key = object_of(observation);
        if !observation.kind_name.is_empty() {
            let kind = (observation.kind.group.clone(), observation.kind.resource.clone());
            self.kinds.put(kind, (observation.kind_name.clone(), observation.kind.version.clone()));
        }
        let body = observation.body.as_ref().filter(|body| !body.cut);
        let found = match (body, self.objects.get(&key)) {
            // Without a body, the owners of the same object stay.
            (None, Some(known)) if known.uid == observation.uid || observation.uid.is_empty() => known.owners.clone(),
            (body, _) => body.map(|body| owners(&body.bytes)).unwrap_or_default(),
        };
        if !observation.uid.is_empty() {
            self.by_uid.put(observation.uid.clone(), key.clone());
            self.objects.put(key, KnownObject { uid: observation.uid.clone(), owners: found.clone() });
        }
        found
    }

    /// Learns from the response of a call, and returns the owners of its target: from the response, the request or earlier traffic.
    pub(super) fn owners_of(&mut self, call: &NewOperation, target: &ObjectKey) -> Vec<Owner> {
        let answered = match &call.observations {
            Observations::Object(observation) => self.learn(observation),
            _ => Vec::new(),
        };
        if !answered.is_empty() {
            return answered;
        }
        let sent = call.request.as_ref().filter(|sent| !sent.cut).map(|sent| owners(&sent.bytes)).unwrap_or_default();
        if !sent.is_empty() {
            return sent;
        }
        self.objects.get(target).map(|known| known.owners.clone()).unwrap_or_default()
    }

    pub(super) fn uid_of(&self, object: &ObjectKey) -> Arc<str> {
        self.objects.peek(object).map(|known| known.uid.clone()).unwrap_or_default()
    }

    /// The kind of an object.
    pub(super) fn kind_of(&self, object: &ObjectKey) -> GroupKind {
        let known = self.kinds.peek(&(object.group.clone(), object.resource.clone())).map(|(name, _)| name.clone());
        let builtin = || kinds::by_resource(&object.group, &object.resource).map(|row| Arc::from(row.kind));
        let kind = known.or_else(builtin).unwrap_or_else(|| object.resource.clone());
        GroupKind { group: object.group.clone(), kind }
    }

    /// The target of a call as a candidate.
    pub(super) fn target(&self, target: &ObjectKey, kind: &KindRef) -> Candidate {
        Candidate { object: target.clone(), uid: self.uid_of(target), version: kind.version.clone(), kind: self.kind_of(target) }
    }

    /// An object that an actor received as a candidate.
    pub(super) fn known(&self, object: &ObjectKey) -> Candidate {
        let kind = self.kinds.peek(&(object.group.clone(), object.resource.clone()));
        let version = kind.map(|(_, version)| version.clone()).unwrap_or_default();
        Candidate { object: object.clone(), uid: self.uid_of(object), version, kind: self.kind_of(object) }
    }

    /// The owner of an object as a candidate. An owner that was never received has the namespace of its object.
    pub(super) fn owner(&self, owner: &Owner, owned: &ObjectKey) -> Candidate {
        let kind = GroupKind { group: owner.group.clone(), kind: owner.kind.clone() };
        let (uid, version) = (owner.uid.clone(), owner.version.clone());
        if let Some(object) = self.by_uid.peek(&owner.uid).filter(|object| object.name == owner.name) {
            return Candidate { object: object.clone(), uid, version, kind };
        }
        let row = kinds::by_group_and_kind(&owner.group, &owner.kind);
        let resource = row.map_or_else(|| kinds::guess_plural(&owner.kind), |row| row.resource.to_owned());
        let in_cluster = row.is_some_and(|row| !row.namespaced);
        let namespace = if in_cluster { Arc::from("") } else { owned.namespace.clone() };
        let object = ObjectKey { group: owner.group.clone(), resource: resource.into(), namespace, name: owner.name.clone() };
        Candidate { object, uid, version, kind }
    }
}

pub(super) fn object_of(observation: &Observation) -> ObjectKey {
    ObjectKey {
        group: observation.kind.group.clone(),
        resource: observation.kind.resource.clone(),
        namespace: observation.namespace.clone(),
        name: observation.name.clone(),
    }
}
