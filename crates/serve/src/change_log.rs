//! The changes that moves of the cursor and writes made, for watches and for pages of lists.

use std::collections::VecDeque;

use kuberewind_cluster::{Name, TableKey};

use super::state::{State, Table};

/// The most changes that are kept. Watches and lists that need older ones get 410.
const MAX_CHANGES: usize = 10_000;

/// A change of an object.
#[derive(Debug, Clone)]
pub(crate) struct LoggedChange {
    pub(crate) revision: u64,
    pub(crate) table: TableKey,
    pub(crate) name: Name,
    pub(crate) before: Option<State>,
    pub(crate) after: Option<State>,
}

/// The last changes, oldest first. Each has the next revision.
#[derive(Debug)]
pub(crate) struct ChangeLog {
    revision: u64,
    /// No change up to this revision is in the log.
    compacted: u64,
    changes: VecDeque<LoggedChange>,
}

impl ChangeLog {
    /// A log that continues after a revision.
    pub(crate) fn starting_at(revision: u64) -> ChangeLog {
        // A client may list and watch at any recorded resourceVersion before the first move: nothing has changed since.
        ChangeLog { revision, compacted: 0, changes: VecDeque::new() }
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Adds a change under a revision that is not below the newest one.
    pub(crate) fn add_at(&mut self, revision: u64, table: &TableKey, name: Name, before: Option<State>, after: Option<State>) {
        self.revision = self.revision.max(revision);
        self.changes.push_back(LoggedChange { revision: self.revision, table: table.clone(), name, before, after });
        while self.changes.len() > MAX_CHANGES {
            if let Some(oldest) = self.changes.pop_front() {
                self.compacted = oldest.revision;
            }
        }
    }

    /// The next revision, for the change that is added next.
    pub(crate) fn next_revision(&self) -> u64 {
        self.revision.saturating_add(1)
    }

    /// The changes after a revision, oldest first, or `None` if the log no longer has all of them.
    pub(crate) fn after(&self, revision: u64) -> Option<impl DoubleEndedIterator<Item = &LoggedChange>> {
        if revision < self.compacted {
            return None;
        }
        let from = self.changes.partition_point(|change| change.revision <= revision);
        Some(self.changes.range(from..))
    }

    /// The objects of a kind at a revision, made from those of today. `None` if the log does not reach back to it.
    pub(crate) fn table_at(&self, key: &TableKey, today: &Table, revision: u64) -> Option<Table> {
        let mut table = today.clone();
        for change in self.after(revision)?.rev().filter(|change| change.table == *key) {
            match &change.before {
                Some(before) => table.insert(change.name.clone(), before.clone()),
                None => table.remove(&change.name),
            };
        }
        Some(table)
    }
}

#[cfg(test)]
mod tests {
    use kuberewind_model::{ObjectId, VersionId};

    use super::*;
    use crate::state::Recorded;

    fn state(version: i64, revision: u64) -> State {
        State::Recorded(Recorded { object: ObjectId(1), version: Some(VersionId(version)), revision: Some(revision) })
    }

    #[test]
    fn the_past_is_today_undone_and_old_changes_are_dropped() {
        let (key, name) = (TableKey::new("", "pods"), Name::new("a", "x"));
        let (mut log, mut table) = (ChangeLog::starting_at(700), Table::new());
        for version in 0..10_001 {
            let revision = log.next_revision();
            let before = table.insert(name.clone(), state(version, revision));
            log.add_at(revision, &key, name.clone(), before, Some(state(version, revision)));
        }
        assert_eq!((log.revision(), log.compacted()), (10_701, 701));
        assert!(log.table_at(&key, &table, 700).is_none());
        assert_eq!(log.table_at(&key, &table, 701).unwrap()[&name], state(0, 701));
        assert_eq!(log.table_at(&key, &table, 10_700).unwrap()[&name], state(9_999, 10_700));
        assert_eq!(log.table_at(&TableKey::new("", "nodes"), &Table::new(), 701), Some(Table::new()));
        assert_eq!(log.after(10_699).unwrap().count(), 2);
    }
}
