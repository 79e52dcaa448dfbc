//! The objects, the revision counter and a bounded change log.
//!
//! As in etcd, one counter serves all kinds: each change takes the next revision, which becomes the object's resourceVersion. A past
//! state is the present with the log's changes undone, newest first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::meta;
use super::resource_type::TableKey;

/// Namespace ('' at cluster scope) and name. Sorts as etcd does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
}

impl Name {
    pub(super) fn new(namespace: &str, name: &str) -> Name {
        Name { namespace: namespace.into(), name: name.into() }
    }
}

/// One change, with the object before and after it.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) revision: u64,
    pub(super) table: TableKey,
    pub(super) name: Name,
    pub(super) before: Option<Arc<Value>>,
    pub(super) after: Option<Arc<Value>>,
}

/// The objects of one kind.
pub(super) type Table = BTreeMap<Name, Arc<Value>>;

#[derive(Debug)]
pub(super) struct Storage {
    revision: u64,
    /// No change up to this revision is in the log any more.
    compacted: u64,
    window: usize,
    tables: BTreeMap<TableKey, Table>,
    log: VecDeque<Change>,
}

impl Storage {
    /// An empty storage at revision 1, like a fresh etcd.
    pub(super) fn new(window: usize) -> Storage {
        Storage { revision: 1, compacted: 0, window: window.max(1), tables: BTreeMap::new(), log: VecDeque::new() }
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The last revision that is no longer in the log.
    pub(super) fn compacted(&self) -> u64 {
        self.compacted
    }

    pub(super) fn get(&self, table: &TableKey, name: &Name) -> Option<&Arc<Value>> {
        self.tables.get(table)?.get(name)
    }

    /// The objects of one kind, or `None` if there never were any.
    pub(super) fn table(&self, table: &TableKey) -> Option<&Table> {
        self.tables.get(table)
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = (&TableKey, &Table)> {
        self.tables.iter()
    }

    /// Stores an object under the next revision and sets its resourceVersion.
    pub(super) fn put(&mut self, table: &TableKey, name: Name, mut object: Value) -> Arc<Value> {
        self.revision = self.revision.saturating_add(1);
        meta::set(&mut object, "resourceVersion", self.revision.to_string());
        let after = Arc::new(object);
        let before = self.tables.entry(table.clone()).or_default().insert(name.clone(), after.clone());
        self.log(Change { revision: self.revision, table: table.clone(), name, before, after: Some(after.clone()) });
        after
    }

    /// Removes an object. The removal takes a revision too.
    pub(super) fn remove(&mut self, table: &TableKey, name: &Name) -> Option<Arc<Value>> {
        let before = self.tables.get_mut(table)?.remove(name)?;
        self.revision = self.revision.saturating_add(1);
        let (table, name) = (table.clone(), name.clone());
        self.log(Change { revision: self.revision, table, name, before: Some(before.clone()), after: None });
        Some(before)
    }

    fn log(&mut self, change: Change) {
        self.log.push_back(change);
        while self.log.len() > self.window {
            if let Some(oldest) = self.log.pop_front() {
                self.compacted = oldest.revision;
            }
        }
    }

    /// Discards the log, as a compaction does. Every older resourceVersion is then too old.
    pub(super) fn compact(&mut self) {
        self.log.clear();
        self.compacted = self.revision;
    }

    /// The changes after a revision, oldest first, or `None` if the log no longer has all of them.
    pub(super) fn changes_after(&self, revision: u64) -> Option<impl Iterator<Item = &Change>> {
        if revision < self.compacted {
            return None;
        }
        let from = self.log.partition_point(|change| change.revision <= revision);
        Some(self.log.range(from..))
    }

    /// The objects of one kind at a revision, or `None` if the log does not reach back to it.
    pub(super) fn table_at(&self, table: &TableKey, revision: u64) -> Option<Table> {
        let changes: Vec<_> = self.changes_after(revision)?.filter(|change| change.table == *table).collect();
        let mut objects = self.tables.get(table).cloned().unwrap_or_default();
        for change in changes.into_iter().rev() {
            match &change.before {
                Some(before) => objects.insert(change.name.clone(), before.clone()),
                None => objects.remove(&change.name),
            };
        }
        Some(objects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_past_is_the_present_undone() {
        let table = TableKey { group: "".into(), plural: "configmaps".into() };
        let mut storage = Storage::new(3);
        storage.put(&table, Name::new("a", "x"), json!({"data": 1}));
        storage.put(&table, Name::new("a", "x"), json!({"data": 2}));
        storage.remove(&table, &Name::new("a", "x"));
        assert_eq!(storage.revision(), 4);
        assert_eq!(storage.table_at(&table, 2).unwrap()[&Name::new("a", "x")]["data"], 1);
        assert_eq!(storage.table_at(&table, 3).unwrap()[&Name::new("a", "x")]["data"], 2);
        assert!(storage.table_at(&table, 4).unwrap().is_empty());
        storage.put(&table, Name::new("a", "y"), json!({}));
        assert_eq!((storage.compacted(), storage.table_at(&table, 1).is_none()), (2, true));
    }
}
