//! The objects, the revision counter and a bounded change log.
//!
//! As in etcd, one counter serves all kinds: each change takes the next revision, which becomes the object's resourceVersion. A past
//! state is the present with the log's changes undone, newest first.

use std::sync::Arc;

use imbl::{OrdMap, Vector};
use serde_json::Value;

use super::change::Change;
use super::managed_fields::Managers;
use super::meta;
pub(super) use super::name::Name;
use super::resource_type::TableKey;
use super::version::Version;

/// The objects of one kind.
pub(super) type Table = OrdMap<Name, Arc<Version>>;

/// Its maps are persistent: a clone shares all nodes, a write copies those on its way.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    revision: u64,
    /// No change up to this revision is in the log any more.
    compacted: u64,
    window: usize,
    tables: OrdMap<TableKey, Table>,
    log: Vector<Arc<Change>>,
}

impl Storage {
    /// An empty storage at revision 1, like a fresh etcd.
    pub(super) fn new(window: usize) -> Storage {
        Storage { revision: 1, compacted: 0, window: window.max(1), tables: OrdMap::new(), log: Vector::new() }
    }

    /// An empty storage that continues after a revision.
    pub(super) fn starting_at(revision: u64, window: usize) -> Storage {
        Storage { revision, compacted: revision, ..Storage::new(window) }
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Lets the next change take a revision above this one. The log begins anew.
    pub(super) fn continue_after(&mut self, revision: u64) {
        self.revision = self.revision.max(revision);
        self.compact();
    }

    /// The last revision that is no longer in the log.
    pub(super) fn compacted(&self) -> u64 {
        self.compacted
    }

    pub(super) fn get(&self, table: &TableKey, name: &Name) -> Option<&Arc<Version>> {
        self.tables.get(table)?.get(name)
    }

    /// The objects of one kind, or `None` if there never were any.
    pub(super) fn table(&self, table: &TableKey) -> Option<&Table> {
        self.tables.get(table)
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = (&TableKey, &Table)> {
        self.tables.iter()
    }

    /// Takes in a whole table as it is. That is no change: it takes no revision and is not in the log.
    pub(super) fn take_in(&mut self, table: &TableKey, objects: Table) {
        self.tables.insert(table.clone(), objects);
    }

    /// Stores an object under the next revision and sets its resourceVersion.
    pub(super) fn put(&mut self, table: &TableKey, name: Name, mut object: Value, managers: Managers) -> Arc<Version> {
        self.revision = self.revision.saturating_add(1);
        meta::set(&mut object, "resourceVersion", self.revision.to_string());
        let after = Arc::new(Version::new(object, managers));
        let before = self.tables.entry(table.clone()).or_default().insert(name.clone(), after.clone());
        self.log(Change { revision: self.revision, table: table.clone(), name, before, after: Some(after.clone()) });
        after
    }

    /// Removes an object. The removal takes a revision too.
    pub(super) fn remove(&mut self, table: &TableKey, name: &Name) -> Option<Arc<Version>> {
        let before = self.tables.get_mut(table)?.remove(name)?;
        self.revision = self.revision.saturating_add(1);
        let (table, name) = (table.clone(), name.clone());
        self.log(Change { revision: self.revision, table, name, before: Some(before.clone()), after: None });
        Some(before)
    }

    fn log(&mut self, change: Change) {
        self.log.push_back(Arc::new(change));
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
    pub(super) fn changes_after(&self, revision: u64) -> Option<impl DoubleEndedIterator<Item = &Arc<Change>>> {
        if revision < self.compacted {
            return None;
        }
        // Each change takes one revision, so the place of a change follows from its own.
        let known = self.log.len();
        let since = usize::try_from(self.revision.saturating_sub(revision)).unwrap_or(usize::MAX);
        let from = known.saturating_sub(since);
        Some((from..known).filter_map(|at| self.log.get(at)))
    }

    /// The objects of one kind at a revision, or `None` if the log does not reach back to it.
    pub(super) fn table_at(&self, table: &TableKey, revision: u64) -> Option<Table> {
        let changes = self.changes_after(revision)?;
        let mut objects = self.tables.get(table).cloned().unwrap_or_default();
        for change in changes.rev().filter(|change| change.table == *table) {
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
        storage.put(&table, Name::new("a", "x"), json!({"data": 1}), Managers::default());
        storage.put(&table, Name::new("a", "x"), json!({"data": 2}), Managers::default());
        storage.remove(&table, &Name::new("a", "x"));
        assert_eq!(storage.revision(), 4);
        assert_eq!(storage.table_at(&table, 2).unwrap()[&Name::new("a", "x")]["data"], 1);
        assert_eq!(storage.table_at(&table, 3).unwrap()[&Name::new("a", "x")]["data"], 2);
        assert!(storage.table_at(&table, 4).unwrap().is_empty());
        storage.put(&table, Name::new("a", "y"), json!({}), Managers::default());
        assert_eq!((storage.compacted(), storage.table_at(&table, 1).is_none()), (2, true));
    }
}
