//! Sorts the tree by weight: the heaviest object first in each kind, and kinds and namespaces by their heaviest
//! object.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use kuberewind_model::ObjectId;

use crate::protocol::ObjectEntry;

/// Sorts entries, which arrive sorted by name, by descending weight. Without weights, the order stays.
pub(super) fn sorted<'a>(entries: impl Iterator<Item = &'a ObjectEntry>, weights: &HashMap<ObjectId, u64>) -> Arc<[ObjectEntry]> {
    let mut all: Vec<ObjectEntry> = entries.cloned().collect();
    if weights.is_empty() {
        return Arc::from(all);
    }
    let weight = |entry: &ObjectEntry| weights.get(&entry.id).copied().unwrap_or(0);
    let (mut spaces, mut kinds) = (HashMap::new(), HashMap::new());
    for entry in &all {
        let space: &mut u64 = spaces.entry(entry.namespace.clone()).or_default();
        *space = weight(entry).max(*space);
        let kind: &mut u64 = kinds.entry((entry.namespace.clone(), entry.kind.clone())).or_default();
        *kind = weight(entry).max(*kind);
    }
    all.sort_by_cached_key(|entry| {
        let space = spaces.get(&entry.namespace).copied().unwrap_or(0);
        let kind = kinds.get(&(entry.namespace.clone(), entry.kind.clone())).copied().unwrap_or(0);
        // Names break ties, so that groups stay together.
        (Reverse(space), entry.namespace.clone(), Reverse(kind), entry.kind.clone(), Reverse(weight(entry)), entry.name.clone())
    });
    Arc::from(all)
}
