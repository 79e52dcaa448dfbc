//! Moves of the cursor: the difference of two worlds becomes changes of the tables.

use kuberewind_cluster::{Name, TableKey};
use kuberewind_model::{Moment, ObjectId, Perspective, Result, Seq, VersionId};

use super::kinds::key_of;
use super::moved::Moved;
use super::past::{Past, time_of};
use super::state::State;
use super::unknown::name_of;

/// An object that a move changes.
struct ObjectChange {
    table: TableKey,
    name: Name,
    object: ObjectId,
    after: After,
}

/// The state of an object after a move.
#[derive(Clone, Copy)]
enum After {
    Absent,
    Present(VersionId),
    /// Only its name is known.
    Unknown,
}

impl Past {
    /// Reads what was recorded since. Returns true if there is anything new.
    pub(crate) fn refresh(&mut self) -> Result<bool> {
        let grown = self.recording.refresh()?;
        if grown && self.recording.source().kinds()? != self.kinds {
            self.read_registry()?;
        }
        Ok(grown)
    }

    /// Moves the cursor.
    pub(crate) fn move_to(&mut self, at: Moment) -> Result<Moved> {
        let from = (self.options.viewpoint)(&self.recording, at)?;
        let time = time_of(&self.recording, at)?;
        let is_plain = (self.from, from) == (Perspective::World, Perspective::World) && !self.options.list_unknown;
        let changes = if is_plain { self.world_changes(at)? } else { self.table_changes(at, from)? };
        let defines = changes.iter().any(|change| change.table == TableKey::definitions());
        let mut moved = Moved { at, time, added: 0, modified: 0, deleted: 0 };
        for change in changes {
            self.apply(change, &mut moved);
        }
        (self.at, self.from, self.time) = (at, from, time);
        if defines {
            self.read_registry()?;
        }
        Ok(moved)
    }

    /// The changes of the world, in the order of their last operations.
    fn world_changes(&mut self, at: Moment) -> Result<Vec<ObjectChange>> {
        let found = self.recording.source().changed_between(self.recording.lineage(), self.at, at, usize::MAX)?;
        let mut changes = Vec::new();
        for change in found {
            let Some(object) = self.recording.source().object(change.object)? else { continue };
            let table = TableKey { group: object.key.group.clone(), plural: object.key.resource.clone() };
            // The table as it is before the move.
            self.table(&table)?;
            let after = change.after.map_or(After::Absent, After::Present);
            changes.push(ObjectChange { table, name: name_of(&object), object: change.object, after });
        }
        Ok(changes)
    }

    /// The changes of all tables, in the order of the observations that made them.
    fn table_changes(&mut self, at: Moment, from: Perspective) -> Result<Vec<ObjectChange>> {
        let mut keys: Vec<TableKey> = self.kinds.iter().map(key_of).collect();
        let namespaces = TableKey::new("", "namespaces");
        if self.options.list_unknown && !keys.contains(&namespaces) {
            keys.push(namespaces);
        }
        let is_back = at < self.at;
        let mut changes: Vec<(Seq, ObjectChange)> = Vec::new();
        for key in keys {
            let new = self.table_at(&key, at, from)?;
            let old = self.table(&key)?.clone();
            let mut changed: Vec<(Name, ObjectId, After)> = Vec::new();
            for (name, state) in old.iter().filter(|(name, state)| new.get(name).is_none_or(|new| new.object != state.object)) {
                changed.push((name.clone(), state.object, After::Absent));
            }
            for (name, state) in new.iter().filter(|(name, state)| old.get(name).is_none_or(|old| !old.is_same(state))) {
                changed.push((name.clone(), state.object, state.version.map_or(After::Unknown, After::Present)));
            }
            for (name, object, after) in changed {
                let (moment, view) = if is_back { (self.at, self.from) } else { (at, from) };
                let last = self.recording.source().object_at(self.recording.lineage(), moment, view, object)?.observed_at;
                let table = key.clone();
                changes.push((last.unwrap_or_default(), ObjectChange { table, name, object, after }));
            }
        }
        changes.sort_by_key(|(last, _)| *last);
        if is_back {
            changes.reverse();
        }
        Ok(changes.into_iter().map(|(_, change)| change).collect())
    }

    /// Changes an object in its table and logs it.
    fn apply(&mut self, change: ObjectChange, moved: &mut Moved) {
        let ObjectChange { table: key, name, object, after } = change;
        let table = self.tables.entry(key.clone()).or_default();
        let mut before = table.get(&name).copied();
        if let Some(other) = before.filter(|other| other.object != object) {
            if let After::Absent = after {
                // It ended when the other object of this name began.
                return;
            }
            self.log.next_revision();
            table.remove(&name);
            self.log.add(&key, name.clone(), Some(other), None);
            moved.deleted = moved.deleted.saturating_add(1);
            before = None;
        }
        let version = match after {
            After::Absent if before.is_none() => return,
            After::Present(version) if before.is_some_and(|before| before.version == Some(version)) => return,
            After::Absent => None,
            After::Present(version) => Some(Some(version)),
            After::Unknown => Some(None),
        };
        let revision = self.log.next_revision();
        let after = version.map(|version| State { object, version, revision: Some(revision) });
        match after {
            Some(state) => table.insert(name.clone(), state),
            None => table.remove(&name),
        };
        self.log.add(&key, name, before, after);
        let count = match (before, after) {
            (None, _) => &mut moved.added,
            (Some(_), Some(_)) => &mut moved.modified,
            (Some(_), None) => &mut moved.deleted,
        };
        *count = count.saturating_add(1);
    }
}
