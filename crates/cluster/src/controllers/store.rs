//! The contact of the controllers with the cluster's store: what changed, what exists, and writes as requests.

use std::sync::{Arc, MutexGuard};

use http::{Request, header};
use serde_json::Value;

use super::kind::{FOLLOWED, Kind};
use super::objects::Objects;
use crate::answer;
use crate::cluster_handle::Cluster;
use crate::meta;
use crate::resource_type::TableKey;
use crate::storage::Name;
use crate::version::Version;
use crate::world::World;
use kuberewind_model::Timestamp;

/// A change of an object: its state after it, or before it if the object is gone.
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) object: Arc<Value>,
    /// The state before, which may have belonged to another owner.
    pub(super) before: Option<Arc<Value>>,
    pub(super) gone: bool,
}

/// The cluster, as the controllers see it.
pub(super) struct Store(Cluster);

impl Store {
    pub(super) fn new(cluster: &Cluster) -> Store {
        Store(cluster.clone())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.shared.lock().clock_now()
    }

    pub(super) fn revision(&self) -> u64 {
        self.0.shared.lock().storage.revision()
    }

    /// Waits until the revision differs from `seen`. Ends only with a change.
    pub(super) async fn changed(&self, seen: u64) {
        let mut revisions = self.0.shared.revision.subscribe();
        // The sender lives as long as this handle, so the wait cannot fail.
        let waited = revisions.wait_for(|revision| *revision != seen).await.map(|revision| *revision);
        if let Err(error) = waited {
            tracing::debug!(%error, "the cluster is gone");
        }
    }

    /// The changes of followed kinds after a revision, oldest first, with the revision reached. Everything that exists, if the log
    /// no longer reaches back.
    pub(super) fn changes_after(&self, revision: Option<u64>) -> (u64, Vec<Change>) {
        let world = self.0.shared.lock();
        let storage = &world.storage;
        let now = storage.revision();
        let Some(changes) = revision.and_then(|revision| storage.changes_after(revision)) else {
            return (now, everything(&world));
        };
        let seen = changes.filter_map(|change| {
            let kind = followed(&change.table)?;
            let content = |version: &Arc<Version>| version.content().clone();
            let object = change.after.as_ref().or(change.before.as_ref()).map(content)?;
            Some(Change { kind, object, before: change.before.as_ref().map(content), gone: change.after.is_none() })
        });
        (now, seen.collect())
    }

    /// The objects of this moment. The cluster is locked as long as they are borrowed.
    pub(super) fn objects(&self) -> Locked<'_> {
        Locked(self.0.shared.lock())
    }

    /// Sends a request. Returns the response's object, or the server's message.
    pub(super) fn send(&self, request: http::Result<Request<Vec<u8>>>, agent: &str) -> Result<Value, String> {
        let mut request = request.map_err(|error| error.to_string())?;
        let agent = header::HeaderValue::from_str(agent).map_err(|error| error.to_string())?;
        request.headers_mut().insert(header::USER_AGENT, agent);
        let (parts, body) = request.into_parts();
        let response = answer::answer(&self.0, &parts, &body);
        let bytes = response.body().bytes().cloned().unwrap_or_default();
        let object: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        if response.status().is_success() {
            return Ok(object);
        }
        Err(object["message"].as_str().unwrap_or("the server refused the write").to_owned())
    }
}

fn table_of(kind: Kind) -> TableKey {
    TableKey::new(kind.group, kind.plural)
}

fn followed(table: &TableKey) -> Option<Kind> {
    FOLLOWED.iter().copied().find(|kind| *kind.group == *table.group && *kind.plural == *table.plural)
}

fn everything(world: &World) -> Vec<Change> {
    let mut changes = Vec::new();
    for kind in FOLLOWED {
        let objects = world.storage.table(&table_of(*kind)).into_iter().flatten();
        changes.extend(objects.map(|(_, object)| Change {
            kind: *kind,
            object: object.content().clone(),
            before: None,
            gone: false,
        }));
    }
    changes
}

/// The objects of a locked cluster.
pub(super) struct Locked<'a>(MutexGuard<'a, World>);

impl Objects for Locked<'_> {
    fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.0.storage.get(&table_of(kind), &Name::new(namespace, name)).map(|version| version.content().clone())
    }

    fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<Value>> {
        let Some(table) = self.0.storage.table(&table_of(kind)) else { return Vec::new() };
        if namespace.is_empty() {
            return table.values().map(|version| version.content().clone()).collect();
        }
        let from = table.range(Name::new(namespace, "")..);
        from.take_while(|(name, _)| *name.namespace == *namespace).map(|(_, version)| version.content().clone()).collect()
    }

    fn controlled(&self, kind: Kind, owner: &Value) -> Vec<Arc<Value>> {
        let (uid, table) = (meta::text(owner, "uid"), table_of(kind));
        let dependents = self.0.owners.dependents.get(uid).into_iter().flatten().filter(|(one, _)| *one == table);
        let objects =
            dependents.filter_map(|(table, name)| self.0.storage.get(table, name).map(|version| version.content().clone()));
        objects.filter(|object| super::owner::of(object).is_some_and(|one| one["uid"] == uid)).collect()
    }
}
