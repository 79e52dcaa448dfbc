//! The objects as of a moment: the whole tree after a jump, by differences after a step.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::session::Ordinals;
use kuberewind_model::{
    Direction, Object, ObjectId, ObjectQuery, Operation, Perspective, Presence, Result, Seq, SessionNo, Timestamp, Version,
    ViewerId,
};

use super::{Order, Worker};

/// The most objects in a tree; what is beyond is said to be left out.
const MAX_OBJECTS: usize = 200_000;
/// A step over more operations than this is a jump.
const MAX_STEP: u64 = 1_024;
/// Of a list that shows more objects than this the tree is made anew.
const MAX_ITEMS: usize = 2_000;
/// Of so many objects that are not present, it is asked whether they are gone or not yet known.
const MAX_ABSENT: usize = 2_000;
/// Larger trees are shown in the order of names only: what else they would go by is looked up object by object.
pub const MAX_WEIGHED: usize = 5_000;
/// The most versions that are counted of one object.
const MAX_VERSIONS: usize = 10_000;
/// Versions of the selected object that are listed before and after the cursor.
const NEAR: usize = 24;

/// An object in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which incarnation.
    pub id: ObjectId,
    /// Namespace, '' at cluster scope.
    pub namespace: Arc<str>,
    /// `Deployment`.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Counts the incarnations of its key.
    pub incarnation: u32,
    /// Present or absent; what is unknown is in no tree.
    pub presence: Presence,
}

/// What changes with every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// How many versions there were by then.
    pub versions: usize,
    /// The operation that first showed the newest of them.
    pub since: Option<Seq>,
    /// How many of them the actor of the operation had not been shown, where it had been shown one.
    pub behind: usize,
}

/// A version of the selected object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The operation that first showed it.
    pub at: Seq,
    /// When.
    pub time: Timestamp,
    /// Its resourceVersion.
    pub resource_version: Arc<str>,
    /// Its generation, where it has one.
    pub generation: Option<i64>,
    /// Whether it says that the object is gone.
    pub gone: bool,
}

/// The tree with what was asked about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// The moment.
    pub at: Seq,
    /// The objects by namespace, kind, name and incarnation.
    pub entries: Arc<[Entry]>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// What was asked about.
    pub facts: HashMap<ObjectId, Facts>,
    /// Versions of the selected object, oldest first.
    pub versions: Vec<VersionRow>,
    /// Whose view is compared with the world.
    pub actor: Arc<str>,
}

/// What is asked about a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeWish {
    /// The moment.
    pub at: Seq,
    /// The objects on the screen.
    pub visible: Vec<ObjectId>,
    /// The one whose versions are listed.
    pub selected: Option<ObjectId>,
    /// The order of the objects.
    pub order: Order,
}

/// What sorts the tree.
type Place = (Arc<str>, Arc<str>, Arc<str>, u32);

/// The tree as it was last, and names that come again.
#[derive(Default)]
pub(super) struct Grove {
    session: Option<SessionNo>,
    at: Seq,
    names: HashMap<ObjectId, Object>,
    entries: BTreeMap<Place, Entry>,
    shared: Option<Arc<[Entry]>>,
    more: bool,
    counts: HashMap<ObjectId, (Seq, usize)>,
    /// The order in which they are shared, and what it goes by.
    order: Order,
    weights: HashMap<ObjectId, u64>,
}

fn place(object: &Object) -> Place {
    (object.key.namespace.clone(), object.kind_name.clone(), object.key.name.clone(), object.incarnation)
}

impl Worker {
    pub(super) fn forest(&mut self, wish: &TreeWish) -> Result<Forest> {
        self.grow_to(wish.at)?;
        let operation = self.operation(wish.at)?;
        let viewer = operation.as_ref().map(|operation| operation.viewer);
        let mut facts = HashMap::with_capacity(wish.visible.len());
        for object in &wish.visible {
            facts.insert(*object, self.facts(*object, wish.at, viewer)?);
        }
        let versions = wish.selected.map_or(Ok(Vec::new()), |object| self.near_versions(object, wish.at))?;
        let actor = match &operation {
            Some(operation) => self.names.actor(self.recording.source(), operation.actor)?,
            None => Arc::from(""),
        };
        self.weigh(wish.order)?;
        let grove = &mut self.grove;
        let shared = grove.shared.get_or_insert_with(|| super::weights::ordered(grove.entries.values(), &grove.weights)).clone();
        Ok(Forest { at: wish.at, entries: shared, more: grove.more, facts, versions, actor })
    }

    /// Brings the tree to a moment.
    fn grow_to(&mut self, at: Seq) -> Result<()> {
        let session = self.recording.session().no;
        if self.grove.session != Some(session) {
            self.grove = Grove { session: Some(session), ..Grove::default() };
            return self.grow_anew(at);
        }
        if self.grove.at == at {
            return Ok(());
        }
        let touched = self.touched_between(self.grove.at, at)?;
        let Some(touched) = touched else { return self.grow_anew(at) };
        for object in touched {
            let object_at = self.recording.source().object_at(self.recording.lineage(), at, Perspective::World, object)?;
            let Some(known) = object_at.object else { continue };
            self.grove.put(&known, object_at.presence);
            // It may stand elsewhere now.
            if self.grove.weights.remove(&object).is_some() {
                self.grove.shared = None;
            }
        }
        self.grove.at = at;
        Ok(())
    }

    /// The objects that the operations between two moments may have changed; `None` where they are too many.
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

    fn grow_anew(&mut self, at: Seq) -> Result<()> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let present = source.objects_at(lineage, at, Perspective::World, None, MAX_OBJECTS)?;
        self.grove.more = present.len() >= MAX_OBJECTS;
        let present: BTreeSet<ObjectId> = present.into_iter().map(|(object, _)| object).collect();
        if self.grove.names.is_empty() || present.iter().any(|object| !self.grove.names.contains_key(object)) {
            let all = source.find_objects(&ObjectQuery::default(), MAX_OBJECTS)?;
            self.grove.names = all.into_iter().map(|object| (object.id, object)).collect();
        }
        let mut entries = BTreeMap::new();
        let mut asked = 0;
        let mut ids: Vec<ObjectId> = self.grove.names.keys().copied().collect();
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
            if let Some(object) = self.grove.names.get(&id).filter(|_| presence != Presence::Unknown) {
                entries.insert(place(object), entry(object, presence));
            }
        }
        self.grove.entries = entries;
        self.grove.weights.clear();
        self.grove.shared = None;
        self.grove.at = at;
        Ok(())
    }

    /// What the objects are put in order by: of those that a step touched, anew. Of a tree that is too large nothing, so
    /// that it stays in the order of names.
    fn weigh(&mut self, order: Order) -> Result<()> {
        if self.grove.order != order {
            self.grove.order = order;
            self.grove.weights.clear();
            self.grove.shared = None;
        }
        if order == Order::Name || self.grove.entries.len() > MAX_WEIGHED {
            return Ok(());
        }
        let at = self.grove.at;
        let ids: Vec<ObjectId> = self.grove.entries.values().map(|entry| entry.id).collect();
        for object in ids {
            if self.grove.weights.contains_key(&object) {
                continue;
            }
            let weight = match order {
                Order::Versions => u64::try_from(self.count(object, at)?).unwrap_or(u64::MAX),
                _ => {
                    let world = self.recording.source().object_at(self.recording.lineage(), at, Perspective::World, object)?;
                    world.version.map(|version| version.first_observed).or(world.observed_at).map_or(0, |shown| shown.0)
                }
            };
            self.grove.weights.insert(object, weight);
            self.grove.shared = None;
        }
        Ok(())
    }

    fn facts(&mut self, object: ObjectId, at: Seq, viewer: Option<ViewerId>) -> Result<Facts> {
        let versions = self.count(object, at)?;
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let world = source.object_at(lineage, at, Perspective::World, object)?;
        let mut behind = 0;
        if let (Some(viewer), Some(newest)) = (viewer, &world.version) {
            let seen = source.object_at(lineage, at, Perspective::View(viewer), object)?;
            if let Some(mine) = seen.version.filter(|mine| seen.presence == Presence::Present && mine.rank < newest.rank) {
                let later =
                    source.versions(lineage, object, mine.first_observed.next()..=at, Direction::Forward, MAX_VERSIONS)?;
                behind = later.iter().filter(|version| version.rank > mine.rank).count();
            }
        }
        Ok(Facts { versions, since: world.version.map(|version| version.first_observed).or(world.observed_at), behind })
    }

    /// How many versions there were by a moment: counted on, or back, from the last count.
    fn count(&mut self, object: ObjectId, at: Seq) -> Result<usize> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let between = |from: Seq, to: Seq| -> Result<usize> {
            Ok(source.versions(lineage, object, from.next()..=to, Direction::Forward, MAX_VERSIONS)?.len())
        };
        let count = match self.grove.counts.get(&object).copied() {
            Some((then, count)) if then <= at => count + between(then, at)?,
            Some((then, count)) => count.saturating_sub(between(at, then)?),
            None => between(Seq::START, at)?,
        };
        if self.grove.counts.len() >= MAX_OBJECTS {
            self.grove.counts.clear();
        }
        self.grove.counts.insert(object, (at, count));
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

fn entry(object: &Object, presence: Presence) -> Entry {
    Entry {
        id: object.id,
        namespace: object.key.namespace.clone(),
        kind: object.kind_name.clone(),
        name: object.key.name.clone(),
        incarnation: object.incarnation,
        presence,
    }
}

impl Grove {
    fn put(&mut self, object: &Object, presence: Presence) {
        let place = place(object);
        let same = self.entries.get(&place).map(|entry| entry.presence);
        if same == Some(presence) || (same.is_none() && presence == Presence::Unknown) {
            return;
        }
        self.shared = None;
        self.names.insert(object.id, object.clone());
        if presence == Presence::Unknown {
            self.entries.remove(&place);
        } else {
            self.entries.insert(place, entry(object, presence));
        }
    }
}
