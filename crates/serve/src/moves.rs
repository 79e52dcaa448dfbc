//! Moves of the cursor: the difference of two worlds becomes changes of the tables. Written objects come last: see `rebase.rs`.

use std::sync::Arc;

use kuberewind_cluster::{Name, TableKey, Text, Version};
use kuberewind_model::{Moment, ObjectId, Perspective, Result, Seq, VersionId};
use serde_json::Value;

use super::kinds::key_of;
use super::moved::{Moved, MovedWrites};
use super::options::WritePolicy;
use super::past::{Past, time_of};
use super::state::{Recorded, RecordedTable, State};
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
    /// Reads new operations. Returns true if there are any.
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
        let definitions = TableKey::definitions();
        let defines = changes.iter().any(|change| change.table == definitions)
            || self.writes.objects.keys().any(|(table, _)| *table == definitions);
        (self.at, self.from, self.time) = (at, from, time);
        let mut moved = Moved::to(at, time);
        let changes = self.split_off_written(changes);
        if self.options.writes == WritePolicy::DropOnMove {
            self.drop_writes(&mut moved)?;
        }
        for change in changes {
            self.apply(change, &mut moved)?;
        }
        self.keep_writes(&mut moved)?;
        // The next write makes a cluster for the new moment.
        self.writes.overlay = None;
        if defines {
            self.read_registry()?;
        }
        if moved.writes != MovedWrites::None {
            (self.options.report)(&moved);
        }
        Ok(moved)
    }

    /// Takes the changes of written objects out, and remembers what is recorded of these objects now.
    fn split_off_written(&mut self, changes: Vec<ObjectChange>) -> Vec<ObjectChange> {
        let mut others = Vec::new();
        for change in changes {
            let Some(written) = self.writes.objects.get_mut(&(change.table.clone(), change.name.clone())) else {
                others.push(change);
                continue;
            };
            let recorded = |version| Some(Recorded { object: change.object, version, revision: None });
            written.here = match change.after {
                // It ended when another object of this name began.
                After::Absent if written.here.is_some_and(|here| here.object != change.object) => written.here,
                After::Absent => None,
                After::Present(version) => recorded(Some(version)),
                After::Unknown => recorded(None),
            };
        }
        others
    }

    /// The recorded objects of a kind at the cursor, whatever clients wrote.
    fn recorded_table(&mut self, key: &TableKey) -> Result<RecordedTable> {
        let table = self.table(key)?;
        let mut recorded: RecordedTable =
            table.iter().filter_map(|(name, state)| Some((name.clone(), state.recorded()?))).collect();
        for ((table, name), object) in &self.writes.objects {
            if let Some(here) = object.here.filter(|_| table == key) {
                recorded.insert(name.clone(), here);
            }
        }
        Ok(recorded)
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
            let old = self.recorded_table(&key)?;
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

    /// Makes a change of an object that no client wrote.
    fn apply(&mut self, change: ObjectChange, moved: &mut Moved) -> Result<()> {
        let ObjectChange { table, name, object, after } = change;
        let before = self.tables.get(&table).and_then(|objects| objects.get(&name)?.recorded());
        let recorded = |version| Some(State::Recorded(Recorded { object, version, revision: None }));
        let after = match after {
            // It ended when the other object of this name began.
            After::Absent if before.is_some_and(|before| before.object != object) => return Ok(()),
            After::Absent => None,
            After::Present(version) => recorded(Some(version)),
            After::Unknown => recorded(None),
        };
        self.put(&table, &name, after, moved)
    }

    /// Gives an object a state, under the next revision. Another object of the same name ends first.
    pub(crate) fn put(&mut self, key: &TableKey, name: &Name, after: Option<State>, moved: &mut Moved) -> Result<()> {
        let before = self.tables.get(key).and_then(|table| table.get(name)).cloned();
        if let (Some(before), Some(after)) = (&before, &after) {
            if is_same(before, after) {
                return Ok(());
            }
            if self.uid(before)? != self.uid(after)? {
                self.step(key, name, None, moved);
            }
        }
        self.step(key, name, after, moved);
        Ok(())
    }

    /// Changes an object in its table, logs the change and counts it.
    fn step(&mut self, key: &TableKey, name: &Name, after: Option<State>, moved: &mut Moved) {
        let table = self.tables.entry(key.clone()).or_default();
        if after.is_none() && !table.contains_key(name) {
            return;
        }
        let revision = self.log.next_revision();
        let after = after.map(|state| at_revision(state, revision));
        let before = match &after {
            Some(state) => table.insert(name.clone(), state.clone()),
            None => table.remove(name),
        };
        let count = match (&before, &after) {
            (None, _) => &mut moved.added,
            (Some(_), Some(_)) => &mut moved.modified,
            (Some(_), None) => &mut moved.deleted,
        };
        *count = count.saturating_add(1);
        self.log.add_at(revision, key, name.clone(), before, after);
    }

    /// Identifies an object among those of the same name.
    fn uid(&self, state: &State) -> Result<Arc<str>> {
        Ok(match state {
            State::Recorded(recorded) => {
                self.recording.source().object(recorded.object)?.map_or_else(|| "".into(), |object| object.uid)
            }
            State::Written(version) => version["metadata"]["uid"].as_str().unwrap_or_default().into(),
        })
    }
}

/// True for the same content, whichever move brought it.
fn is_same(one: &State, other: &State) -> bool {
    match (one, other) {
        (State::Recorded(one), State::Recorded(other)) => one.is_same(other),
        (State::Written(one), State::Written(other)) => {
            let content = |version: &Version| {
                let mut object = version.to_value();
                object["metadata"]["resourceVersion"] = Value::Null;
                object
            };
            content(one) == content(other)
        }
        _ => false,
    }
}

/// The state with the resourceVersion of this revision.
fn at_revision(state: State, revision: u64) -> State {
    match state {
        State::Recorded(recorded) => State::Recorded(Recorded { revision: Some(revision), ..recorded }),
        State::Written(version) => {
            let text = Text::read(version.json()).map(|text| text.at_revision(revision));
            State::Written(text.map_or(version, |text| Arc::new(Version::of_text(text))))
        }
    }
}
