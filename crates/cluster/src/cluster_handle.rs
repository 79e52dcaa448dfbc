//! The handle to a cluster.

use std::sync::Arc;

use serde_json::Value;

use super::call::{Call, Subresource};
use super::change::Change;
use super::options::{ClusterOptions, GarbageCollection};
use super::resource_type::{ResourceType, TableKey};
use super::shared::Shared;
use super::storage::Name;
use super::version::Version;
use super::world::World;
use super::write::{create, front, update};
use super::{convert, garbage, meta};
use kuberewind_model::k8s::status::Status;
use kuberewind_model::{Clock, Error, ErrorKind, Result};

/// A Kubernetes API server in memory. Clones are handles to the same cluster.
#[derive(Clone)]
pub struct Cluster {
    pub(super) shared: Arc<Shared>,
    /// The number of changes by which the watch cache of this API server lags.
    behind: u64,
}

/// The namespaces that every cluster has.
const NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

impl Cluster {
    /// Creates a cluster with the built-in kinds and the system namespaces.
    #[must_use]
    pub fn new(options: ClusterOptions) -> Cluster {
        let world = World::new(options);
        let cluster = Cluster::of_world(world);
        cluster.write(|world| {
            let Ok(resource) = world.registry.find("", "v1", "namespaces") else { return };
            let call =
                Call { manager: "kube-apiserver".to_owned(), ..Call::of_controller(resource, Name::new("", ""), world.now()) };
            for name in NAMESPACES {
                if let Err(refused) = create::ensure_namespace(world, &call, name) {
                    tracing::error!(message = %refused.message, "a namespace of the system could not be made");
                }
            }
            if let Err(refused) = front::open(world, &call) {
                tracing::error!(message = %refused.message, "the service of the API server could not be made");
            }
        });
        cluster
    }

    /// A cluster with exactly this state.
    pub(super) fn of_world(world: World) -> Cluster {
        Cluster { shared: Arc::new(Shared::new(world)), behind: 0 }
    }

    /// Returns a handle through another API server of the same cluster, whose watch cache lags by `changes` changes. It answers
    /// lists with `resourceVersion=0` from that cache.
    #[must_use]
    pub fn behind(&self, changes: u64) -> Cluster {
        Cluster { shared: self.shared.clone(), behind: changes }
    }

    /// Returns an independent cluster in the same state, at the same revision. Neither sees what is written to the other from then on. It
    /// takes about a microsecond, however many objects there are: both share them, and a write copies what it changes.
    ///
    /// A fork also takes over:
    /// - **The options**, with the clock itself: advancing it advances both. See [`Cluster::fork_with_clock`].
    /// - **The change log**: a watch or a list of the fork can start at any revision that the log of the parent reaches.
    /// - **The source of uids and generated names**: the same writes to both give the same names. With [`Identity::Seeded`](super::Identity::Seeded), what a fork
    ///   writes does not change the names that its parent gives.
    /// - **The lag** of [`Cluster::behind`], and what the garbage collector still has to do with [`GarbageCollection::Manual`].
    ///
    /// Watches stay with the parent: those that are open get no events of the fork. Faults are layers around
    /// [`Cluster::service`], so the fork has none until the caller wraps its service.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kuberewind_cluster::{Cluster, ClusterOptions};
    /// # use kuberewind_model::SystemClock;
    /// # use serde_json::json;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cluster = Cluster::new(ClusterOptions::new(Arc::new(SystemClock::start()), 1));
    /// let fork = cluster.fork();
    /// fork.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}))?;
    /// assert!(fork.get("", "configmaps", "default", "settings").is_some());
    /// assert!(cluster.get("", "configmaps", "default", "settings").is_none());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn fork(&self) -> Cluster {
        let world = self.shared.lock().clone();
        Cluster { shared: Arc::new(Shared::new(world)), behind: self.behind }
    }

    /// Returns a fork with a clock of its own, for callers that advance the time of each world apart.
    #[must_use]
    pub fn fork_with_clock(&self, clock: Arc<dyn Clock>) -> Cluster {
        let mut world = self.shared.lock().clone();
        world.options.clock = clock;
        Cluster { shared: Arc::new(Shared::new(world)), behind: self.behind }
    }

    /// Returns the changes after a revision, oldest first, for callers that deliver the events themselves. `None` if the log no longer
    /// has all of them: see [`ClusterOptions::event_window`].
    #[must_use]
    pub fn changes_after(&self, revision: u64) -> Option<Vec<Arc<Change>>> {
        let world = self.shared.lock();
        world.storage.changes_after(revision).map(|changes| changes.cloned().collect())
    }

    /// The revision that the watch cache of this API server has reached.
    pub(super) fn cached(&self, world: &World) -> u64 {
        world.storage.revision().saturating_sub(self.behind).max(world.storage.compacted())
    }

    /// Creates an object, or replaces its main part and its status, to seed a cluster. A namespaced object without a namespace goes to
    /// `default`; an unknown namespace is created. Returns the stored object.
    ///
    /// # Errors
    /// If the kind is not served, or the API refuses the object.
    pub fn put(&self, object: Value) -> Result<Value> {
        let what = format!("{} {}", object["kind"].as_str().unwrap_or("object"), meta::text(&object, "name"));
        let stored = self.write(|world| put(world, object));
        stored.map(|object| object.to_value()).map_err(|refused| {
            Error::new(ErrorKind::Invalid, format!("{what} could not be put into the cluster")).because(refused.message)
        })
    }

    /// Returns the stored object; `plural` as in URLs.
    #[must_use]
    pub fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let table = TableKey::new(convert::stored_as(group, "v1", plural).map_or(group, |(group, _)| group), plural);
        self.shared.lock().storage.get(&table, &Name::new(namespace, name)).map(|object| object.to_value())
    }

    /// The last revision, which is the resourceVersion of the newest change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.shared.lock().storage.revision()
    }

    /// Discards the change log, as etcd's compaction does. Watches that lag behind get 410.
    pub fn compact(&self) {
        self.shared.lock().storage.compact();
    }

    /// Runs the garbage collector until nothing is left to do and returns the number of its writes. Needed only with
    /// [`super::GarbageCollection::Manual`].
    #[must_use]
    pub fn collect_garbage(&self) -> u64 {
        let mut world = self.shared.lock();
        let changes = garbage::collect(&mut world);
        self.announce(&world);
        changes
    }

    /// Runs a write, then the garbage collector, then wakes the watches.
    pub(super) fn write<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.shared.lock();
        let result = act(&mut world);
        if world.options.garbage_collection == GarbageCollection::AfterEachWrite {
            garbage::collect(&mut world);
        }
        self.announce(&world);
        result
    }

    pub(super) fn announce(&self, world: &World) {
        let now = world.storage.revision();
        self.shared.revision.send_if_modified(|revision| std::mem::replace(revision, now) != now);
    }
}

/// Creates or replaces an object.
fn put(world: &mut World, object: Value) -> Result<Arc<Version>, Status> {
    let (version, kind) = (object["apiVersion"].as_str().unwrap_or_default(), object["kind"].as_str().unwrap_or_default());
    let resource: Arc<ResourceType> = world
        .registry
        .find_kind(version, kind)
        .ok_or_else(|| Status::bad_request(format!("no matches for kind \"{kind}\" in version \"{version}\"")))?;
    let namespace = match meta::text(&object, "namespace") {
        _ if !resource.namespaced => String::new(),
        "" => "default".to_owned(),
        given => given.to_owned(),
    };
    let name = Name::new(&namespace, meta::text(&object, "name"));
    let now = world.now();
    let stored = world.registry.storage_of(&resource);
    let call = Call { manager: "kuberewind".to_owned(), shown: resource, ..Call::of_controller(stored, name, now) };
    let mut object = convert::to_storage(&call, object);
    if !namespace.is_empty() {
        let namespaces = world.registry.find("", "v1", "namespaces")?;
        create::ensure_namespace(world, &call.about(&namespaces, Name::new("", &namespace)), &namespace)?;
    }
    meta::unset(&mut object, "resourceVersion");
    let status = object.get("status").cloned();
    let stored = match world.storage.get(&call.resource.table, &call.name).cloned() {
        Some(live) => update::commit(world, &call, &live, object)?,
        None => create::create(world, &call, object)?,
    };
    match status {
        Some(status) if call.resource.has_status => {
            let call =
                Call { subresource: Subresource::Status, name: Name::new(&namespace, meta::text(&stored, "name")), ..call };
            let mut next = (*stored).clone();
            next["status"] = status;
            update::commit(world, &call, &stored, next)
        }
        _ => Ok(stored),
    }
}
