//! What a cluster is made with.

use std::sync::Arc;
use std::time::Duration;

use kuberewind_model::Clock;

/// When dependents of a deleted owner are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GarbageCollection {
    /// Right after the write that made them garbage, before the next request: deterministic and at hand.
    #[default]
    AfterEachWrite,
    /// Only by [`super::Cluster::collect_garbage`]: for those who choose the order of everything.
    Manual,
}

/// Which namespaces a create may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownNamespaces {
    /// 404, as a real server.
    #[default]
    Refuse,
    /// The namespace is created first.
    Create,
}

/// What a cluster is made with. Time and seed are passed in, so that two runs give the same uids and names.
#[derive(Clone)]
pub struct ClusterOptions {
    /// Tells `creationTimestamp` and all other times in objects.
    pub clock: Arc<dyn Clock>,
    /// Where uids and `generateName` suffixes come from.
    pub seed: u64,
    /// How many changes are kept for watches and for pages of lists; asking for older ones is answered with 410.
    pub event_window: usize,
    /// How often a quiet watch that allows bookmarks gets one.
    pub bookmark_every: Duration,
    /// When dependents of a deleted owner go.
    pub garbage_collection: GarbageCollection,
    /// Whether a create may name an unknown namespace.
    pub unknown_namespaces: UnknownNamespaces,
}

impl ClusterOptions {
    /// The given clock and seed; a window of 10,000 changes; a bookmark a minute; everything else as a real server has it.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, seed: u64) -> ClusterOptions {
        ClusterOptions {
            clock,
            seed,
            event_window: 10_000,
            bookmark_every: Duration::from_secs(60),
            garbage_collection: GarbageCollection::default(),
            unknown_namespaces: UnknownNamespaces::default(),
        }
    }
}
