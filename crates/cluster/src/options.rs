//! The options of a cluster.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use kuberewind_model::Clock;

/// The time at which dependents of a deleted owner are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GarbageCollection {
    /// Right after the write that made them garbage, before the next request.
    #[default]
    AfterEachWrite,
    /// Only by [`super::Cluster::collect_garbage`], for callers that control the order of all writes.
    Manual,
}

/// The handling of a create in an unknown namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownNamespaces {
    /// Respond with 404, as a real server.
    #[default]
    Refuse,
    /// Create the namespace first.
    Create,
    /// Create the object without the namespace: whether that exists is not known.
    Ignore,
}

/// How strictly objects of built-in kinds are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fidelity {
    /// Store them as sent. Requests with `fieldValidation` get that validation.
    #[default]
    AsSent,
    /// Treat them as a real server does: reject wrong types and invalid values, drop unknown fields with a warning, fill in defaults,
    /// refuse changes to immutable fields.
    Real,
}

/// Where uids, the suffixes of generated names and allocated addresses come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Identity {
    /// From the seed, one after the other: the order of creates decides.
    #[default]
    Seeded,
    /// From what the object is, so that the order of unrelated writes does not matter. The uid comes from kind, namespace, name and
    /// incarnation, which is the number of earlier objects of that name. The suffix of a generated name comes from kind, namespace, the
    /// prefix and the number of earlier names with it. A service asks first for an address and ports that its name gives. Worlds reached
    /// by the same writes in different orders then differ in resourceVersions only.
    Derived,
}

/// The options of a cluster. With the same clock and seed, two runs give the same uids and names.
#[derive(Clone)]
pub struct ClusterOptions {
    /// The source of `creationTimestamp` and all other times in objects.
    pub clock: Arc<dyn Clock>,
    /// The seed of uids and `generateName` suffixes, with [`Identity::Seeded`].
    pub seed: u64,
    /// The number of changes kept for watches and list pages. Older ones get 410.
    pub event_window: usize,
    /// The interval of bookmarks on a quiet watch that allows them.
    pub bookmark_every: Duration,
    /// When dependents of a deleted owner are deleted.
    pub garbage_collection: GarbageCollection,
    /// How a create in an unknown namespace is handled.
    pub unknown_namespaces: UnknownNamespaces,
    /// How strictly objects of built-in kinds are treated.
    pub fidelity: Fidelity,
    /// The number of requests that each second admits, by the clock of the cluster. Further ones get 429 with `Retry-After: 1`. `None`: no
    /// limit.
    pub requests_per_second: Option<NonZeroU32>,
    /// Where uids and generated names come from.
    pub identity: Identity,
}

impl ClusterOptions {
    /// Options with the given clock and seed, a window of 10,000 changes and a bookmark every minute.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, seed: u64) -> ClusterOptions {
        ClusterOptions {
            clock,
            seed,
            event_window: 10_000,
            bookmark_every: Duration::from_secs(60),
            garbage_collection: GarbageCollection::default(),
            unknown_namespaces: UnknownNamespaces::default(),
            fidelity: Fidelity::default(),
            requests_per_second: None,
            identity: Identity::default(),
        }
    }
}
