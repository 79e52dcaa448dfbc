//! The tree of objects in another order than that of names: in each kind the heaviest object first, and so the kinds in
//! a namespace and the namespaces, by their heaviest object.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use kuberewind_model::ObjectId;

use crate::tui::protocol::ObjectEntry;

/// The entries, which come by name, the heaviest first; without weights as they come.
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
        // Of equal weights the names decide, or groups would be torn apart.
        (Reverse(space), entry.namespace.clone(), Reverse(kind), entry.kind.clone(), Reverse(weight(entry)), entry.name.clone())
    });
    Arc::from(all)
}
