//! The maps that are asked for every operation, a dozen times each: with a hash that is quicker than the standard one
//! and seeded anew in each process, since names and resourceVersions come from outside.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// A map of the ingest path.
pub(super) type Map<K, V> = HashMap<K, V, RandomState>;

/// A set of the ingest path.
pub(super) type Set<T> = HashSet<T, RandomState>;
