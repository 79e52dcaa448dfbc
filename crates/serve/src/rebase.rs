//! Writes of clients after a move of the cursor: dropped, or merged into the new world.

use std::collections::BTreeMap;
use std::sync::Arc;

use kuberewind_cluster::{Name, TableKey, Text, Version};
use kuberewind_model::Result;
use serde_json::Value;

use super::conflict::Conflict;
use super::merge::merge;
use super::moved::{Moved, MovedWrites};
use super::past::Past;
use super::state::{Recorded, State};
use super::written::WrittenObject;

/// The place of an object and its state after the move.
type Target = ((TableKey, Name), Option<State>);

impl Past {
    /// Gives all written objects their recorded states again, the last write first.
    pub(crate) fn drop_writes(&mut self, moved: &mut Moved) -> Result<()> {
        let mut objects: Vec<_> = std::mem::take(&mut self.writes.objects).into_iter().collect();
        if objects.is_empty() {
            return Ok(());
        }
        objects.sort_by_key(|(_, object)| std::cmp::Reverse(object.revision));
        moved.writes = MovedWrites::Dropped(objects.len());
        for ((table, name), object) in objects {
            self.put(&table, &name, object.here.map(State::Recorded), moved)?;
        }
        Ok(())
    }

    /// Merges all written objects into the new world, the first write first.
    pub(crate) fn keep_writes(&mut self, moved: &mut Moved) -> Result<()> {
        let objects = std::mem::take(&mut self.writes.objects);
        if objects.is_empty() {
            return Ok(());
        }
        let merged = self.merged(&objects);
        let count = objects.len();
        self.writes.objects = objects;
        let (targets, conflicts) = merged?;
        for ((table, name), target) in targets {
            self.put(&table, &name, target, moved)?;
        }
        moved.writes = MovedWrites::Kept { objects: count, conflicts };
        Ok(())
    }

    fn merged(&mut self, objects: &BTreeMap<(TableKey, Name), WrittenObject>) -> Result<(Vec<Target>, Vec<Conflict>)> {
        let mut in_order: Vec<_> = objects.iter().collect();
        in_order.sort_by_key(|(_, object)| object.revision);
        let (mut targets, mut conflicts) = (Vec::new(), Vec::new());
        for ((table, name), object) in in_order {
            let base = self.content(table, name, object.base)?;
            let recorded = self.content(table, name, object.here)?;
            let written = object.written.as_ref().map(|version| version.to_value());
            let merged = merge(base.as_ref(), written.as_ref(), recorded.as_ref());
            let kind = [&written, &recorded, &base].into_iter().flatten().find_map(|object| object["kind"].as_str());
            let label = label(kind.unwrap_or(&table.plural), name);
            conflicts.extend(merged.clashes.into_iter().map(|clash| Conflict {
                object: label.clone(),
                path: clash.path,
                written: clash.written,
                recorded: clash.recorded,
            }));
            let target = match merged.object {
                Some(object_now) if Some(&object_now) == recorded.as_ref() => object.here.map(State::Recorded),
                Some(object_now) => Some(State::Written(Arc::new(Version::of_text(Text::of_value(&object_now))))),
                None => None,
            };
            targets.push(((table.clone(), name.clone()), target));
        }
        Ok((targets, conflicts))
    }

    /// The content of a recorded state. `None` if there is no object, or only its name is known.
    fn content(&mut self, table: &TableKey, name: &Name, state: Option<Recorded>) -> Result<Option<Value>> {
        let Some(state) = state.filter(|state| state.version.is_some()) else { return Ok(None) };
        let found = self.versions(table, &[(name.clone(), State::Recorded(state))])?;
        Ok(found.first().map(|version| version.to_value()))
    }
}

/// `Deployment/shop/checkout`
fn label(kind: &str, name: &Name) -> String {
    let parts = [kind, &name.namespace, &name.name];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
