//! Hash maps for the hot paths. Each operation is looked up a dozen times, so the hash is faster than the standard one. It is
//! seeded in each process, because names and resourceVersions come from outside.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

pub(crate) type Set<T> = HashSet<T, RandomState>;
