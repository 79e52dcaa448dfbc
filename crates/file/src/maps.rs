//! The maps that are asked for every operation that is written or read, a dozen times each: with a hash that is quicker than the standard one
//! and seeded anew in each process, since names and resourceVersions come from outside.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// A map of the ways in and out.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

/// A set of them.
pub(crate) type Set<T> = HashSet<T, RandomState>;
