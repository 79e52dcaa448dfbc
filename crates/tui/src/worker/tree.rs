//! The tree of objects: rebuilt after a jump, updated after a step.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::order::Order;
use crate::protocol::{MAX_SORTED, ObjectFacts, ObjectTree, TreeRequest, VersionRow};
use kuberewind_analysis::queries::view;
use kuberewind_model::{
    Direction, ObjectId, ObjectQuery, Operation, Perspective, Presence, Result, Seq, Timestamp, Version, Viewer,
};
use kuberewind_session::Ordinals;

use super::Worker;
use super::tree_cache::{TreeCache, entry, sort_key};

/// The most objects in a tree.
const MAX_OBJECTS: usize = 200_000;
/// A move over more operations rebuilds the tree.
const MAX_STEP: u64 = 1_024;
/// A list with more objects rebuilds the tree.
const MAX_ITEMS: usize = 2_000;
/// The most objects that are checked for being absent.
const MAX_ABSENT: usize = 2_000;
/// The most versions that are counted for one object.
const MAX_VERSIONS: usize = 10_000;
/// The versions of the selected object that are listed before and after the cursor.
const NEAR: usize = 24;

impl Worker {
    pub(super) fn object_tree(&mut self, request: &TreeRequest) -> Result<ObjectTree> {
        self.move_tree_to(request.at)?;
        let operation = self.operation(request.at)?;
        let viewers = match &operation {
            Some(operation) => view::viewers(self.recording.source(), self.recording.lineage(), operation.actor, request.at)?,
            None => Vec::new(),
        };
        let mut facts = HashMap::with_capacity(request.visible.len());
        for object in &request.visible {
            facts.insert(*object, self.facts(*object, request.at, &viewers)?);
        }
        let versions = request.selected.map_or(Ok(Vec::new()), |object| self.near_versions(object, request.at))?;
        let actor = match &operation {
            Some(operation) => self.names.actor(self.recording.source(), operation.actor)?,
            None => Arc::from(""),
        };
        self.compute_weights(request.order)?;
        let tree = &mut self.tree;
        let shared = tree.shared.get_or_insert_with(|| super::weights::sorted(tree.entries.values(), &tree.weights)).clone();
        Ok(ObjectTree { at: request.at, entries: shared, more: tree.more, facts, versions, actor })
    }

    /// Updates the tree to a moment.
    fn move_tree_to(&mut self, at: Seq) -> Result<()> {
        let session = self.recording.session().no;
        if self.tree.session != Some(session) {
            self.tree = TreeCache { session: Some(session), ..TreeCache::default() };
            return self.rebuild_tree(at);
        }
        if self.tree.at == at {
            return Ok(());
        }
        let touched = self.touched_between(self.tree.at, at)?;
        let Some(touched) = touched else { return self.rebuild_tree(at) };
        for object in touched {
            let object_at = self.recording.source().object_at(self.recording.lineage(), at, Perspective::World, object)?;
            let Some(known) = object_at.object else { continue };
            self.tree.put(&known, object_at.presence);
            // Its position in the order may have changed.
            if self.tree.weights.remove(&object).is_some() {
                self.tree.shared = None;
            }
        }
        self.tree.at = at;
        Ok(())
    }

    /// The objects that operations between two moments may have changed; `None` if there are too many.
    fn touched_between(&self, one: Seq, other: Seq) -> Result<Option<BTreeSet<ObjectId>>> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let (low, high) = (one.min(other), one.max(other));
        if lineage.ordinal(high).abs_diff(lineage.ordinal(low)) > MAX_STEP {
            return Ok(None);
        }
        let mut touched = BTreeSet::new();
        let limit = usize::try_from(MAX_STEP).unwrap_or(usize::MAX) + 1;
        for operation in source.operations(lineage, low.next()..=high, limit)? {
            touched.extend(operation.object);
            if operation.list.is_some() || operation.verb == kuberewind_model::Verb::DeleteCollection {
                let items = source.list_items(lineage, operation.seq, 0, MAX_ITEMS)?;
                if items.len() >= MAX_ITEMS {
                    return Ok(None);
                }
                touched.extend(items.into_iter().map(|(object, _)| object));
            }
        }
        Ok(Some(touched))
    }

    fn rebuild_tree(&mut self, at: Seq) -> Result<()> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let present = source.objects_at(lineage, at, Perspective::World, None, MAX_OBJECTS)?;
        self.tree.more = present.len() >= MAX_OBJECTS;
        let present: BTreeSet<ObjectId> = present.into_iter().map(|(object, _)| object).collect();
        if self.tree.names.is_empty() || present.iter().any(|object| !self.tree.names.contains_key(object)) {
            let all = source.find_objects(&ObjectQuery::default(), MAX_OBJECTS)?;
            self.tree.names = all.into_iter().map(|object| (object.id, object)).collect();
        }
        let mut entries = BTreeMap::new();
        let mut asked = 0;
        let mut ids: Vec<ObjectId> = self.tree.names.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            let presence = if present.contains(&id) {
                Presence::Present
            } else if asked < MAX_ABSENT {
                asked += 1;
                let object_at = source.object_at(lineage, at, Perspective::World, id)?;
                if object_at.observed_at.is_some() { object_at.presence } else { Presence::Unknown }
            } else {
                Presence::Unknown
            };
            if let Some(object) = self.tree.names.get(&id).filter(|_| presence != Presence::Unknown) {
                entries.insert(sort_key(object), entry(object, presence));
            }
        }
        self.tree.entries = entries;
        self.tree.weights.clear();
        self.tree.shared = None;
        self.tree.at = at;
        Ok(())
    }

    /// Computes the missing sort weights. A tree with more than [`MAX_SORTED`] objects has none and stays sorted by name.
    fn compute_weights(&mut self, order: Order) -> Result<()> {
        if self.tree.order != order {
            self.tree.order = order;
            self.tree.weights.clear();
            self.tree.shared = None;
        }
        if order == Order::Name || self.tree.entries.len() > MAX_SORTED {
            return Ok(());
        }
        let at = self.tree.at;
        let ids: Vec<ObjectId> = self.tree.entries.values().map(|entry| entry.id).collect();
        for object in ids {
            if self.tree.weights.contains_key(&object) {
                continue;
            }
            let weight = match order {
                Order::Versions => u64::try_from(self.count(object, at)?).unwrap_or(u64::MAX),
                _ => {
                    let world = self.recording.source().object_at(self.recording.lineage(), at, Perspective::World, object)?;
                    world.version.map(|version| version.first_observed).or(world.observed_at).map_or(0, |shown| shown.0)
                }
            };
            self.tree.weights.insert(object, weight);
            self.tree.shared = None;
        }
        Ok(())
    }

    fn facts(&mut self, object: ObjectId, at: Seq, viewers: &[Viewer]) -> Result<ObjectFacts> {
        let versions = self.count(object, at)?;
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let world = source.object_at(lineage, at, Perspective::World, object)?;
        let mut behind = 0;
        let seen = view::seen(source, lineage, viewers, at, object)?;
        if let (Some(seen), Some(newest)) = (seen, &world.version)
            && let Some(mine) = seen.version.filter(|mine| seen.presence == Presence::Present && mine.rank < newest.rank)
        {
            let later = source.versions(lineage, object, mine.first_observed.next()..=at, Direction::Forward, MAX_VERSIONS)?;
            behind = later.iter().filter(|version| version.rank > mine.rank).count();
        }
        Ok(ObjectFacts { versions, since: world.version.map(|version| version.first_observed).or(world.observed_at), behind })
    }

    /// The number of versions up to a moment, computed from the last count.
    fn count(&mut self, object: ObjectId, at: Seq) -> Result<usize> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let between = |from: Seq, to: Seq| -> Result<usize> {
            Ok(source.versions(lineage, object, from.next()..=to, Direction::Forward, MAX_VERSIONS)?.len())
        };
        let count = match self.tree.counts.get(&object).copied() {
            Some((then, count)) if then <= at => count + between(then, at)?,
            Some((then, count)) => count.saturating_sub(between(at, then)?),
            None => between(Seq::START, at)?,
        };
        if self.tree.counts.len() >= MAX_OBJECTS {
            self.tree.counts.clear();
        }
        self.tree.counts.insert(object, (at, count));
        Ok(count)
    }

    fn near_versions(&self, object: ObjectId, at: Seq) -> Result<Vec<VersionRow>> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let mut versions = source.versions(lineage, object, Seq::START..=at, Direction::Backward, NEAR)?;
        versions.reverse();
        versions.extend(source.versions(lineage, object, at.next()..=lineage.last(), Direction::Forward, NEAR)?);
        versions.iter().map(|version| self.version_row(version)).collect()
    }

    fn version_row(&self, version: &Version) -> Result<VersionRow> {
        let shown: Option<Operation> = self.operation(version.first_observed)?;
        Ok(VersionRow {
            at: version.first_observed,
            time: shown.map_or(Timestamp(0), |operation| operation.at),
            resource_version: version.resource_version.clone(),
            generation: version.generation,
            gone: version.gone,
        })
    }
}
