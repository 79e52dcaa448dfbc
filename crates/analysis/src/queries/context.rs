//! A lineage of a history, with lookups that queries share.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use serde_json::Value;

use super::object_operations::ObjectOperations;
use kuberewind_model::{
    Actor, ActorId, Direction, Error, ErrorKind, Gap, History, KindId, Lineage, Moment, Object, ObjectAt, ObjectId, Operation,
    Perspective, Result, Seq, Timestamp, Version, VersionId, Viewer,
};

/// The most versions of one object that a query reads.
pub const MAX_VERSIONS: usize = 20_000;
/// The most gaps that are read.
const MAX_GAPS: usize = 10_000;
/// The most actor names kept. A hostile recording may have many.
const MAX_ACTORS: usize = 100_000;

/// Levels of a controller's name. Names have two.
const MAX_DEPTH: usize = 16;
/// The most objects and kinds kept.
const MAX_CACHED: usize = 50_000;
/// The most operations and versions kept.
const MAX_ROWS: usize = 4_096;

/// A lineage of a history. Caches names, gaps, and the operations and versions around the place that a query reads.
pub(super) struct QueryContext<'a> {
    pub(super) history: &'a dyn History,
    pub(super) lineage: &'a Lineage,
    actors: RefCell<Option<HashMap<ActorId, Actor>>>,
    objects: RefCell<HashMap<ObjectId, Object>>,
    kinds: RefCell<HashMap<KindId, Arc<str>>>,
    gaps: RefCell<Option<Arc<[Gap]>>>,
    operations: RefCell<HashMap<Seq, Option<Operation>>>,
    versions: RefCell<HashMap<VersionId, Option<Version>>>,
    object_operations: RefCell<ObjectOperations>,
}

impl<'a> QueryContext<'a> {
    pub(super) fn new(history: &'a dyn History, lineage: &'a Lineage) -> QueryContext<'a> {
        QueryContext {
            history,
            lineage,
            actors: RefCell::new(None),
            objects: RefCell::default(),
            kinds: RefCell::default(),
            gaps: RefCell::new(None),
            operations: RefCell::default(),
            versions: RefCell::default(),
            object_operations: RefCell::new(ObjectOperations::new()),
        }
    }

    /// Returns the moment if it is within the lineage or its start.
    pub(super) fn check(&self, at: Moment) -> Result<Moment> {
        let (first, last) = (self.lineage.first(), self.lineage.last());
        if at == Seq::START || (first.prev() <= at && at <= last) {
            return Ok(at);
        }
        Err(Error::new(ErrorKind::NotFound, format!("the session has no moment {at}"))
            .hint(format!("the session goes from {first} to {last}")))
    }

    pub(super) fn object(&self, object: ObjectId) -> Result<Object> {
        if let Some(known) = self.objects.borrow().get(&object) {
            return Ok(known.clone());
        }
        let found = self.history.object(object)?;
        let found = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the recording has no such object"))?;
        keep(&mut self.objects.borrow_mut(), MAX_CACHED, object, found.clone());
        Ok(found)
    }

    /// The display name of a kind, '' if unknown.
    pub(super) fn kind_name(&self, kind: KindId) -> Result<Arc<str>> {
        if let Some(known) = self.kinds.borrow().get(&kind) {
            return Ok(Arc::clone(known));
        }
        let found = self.history.kind(kind)?;
        let name: Arc<str> = found.as_ref().map_or("", |found| found.display_name()).into();
        keep(&mut self.kinds.borrow_mut(), MAX_CACHED, kind, Arc::clone(&name));
        Ok(name)
    }

    pub(super) fn operation(&self, seq: Seq) -> Result<Option<Operation>> {
        if let Some(known) = self.operations.borrow().get(&seq) {
            return Ok(known.clone());
        }
        let found = self.history.operation(self.lineage, seq)?;
        keep(&mut self.operations.borrow_mut(), MAX_ROWS, seq, found.clone());
        Ok(found)
    }

    pub(super) fn version(&self, version: VersionId) -> Result<Option<Version>> {
        if let Some(known) = self.versions.borrow().get(&version) {
            return Ok(known.clone());
        }
        let found = self.history.version(version)?;
        keep(&mut self.versions.borrow_mut(), MAX_ROWS, version, found.clone());
        Ok(found)
    }

    /// The nearest operation on an object strictly after (before) `from`.
    pub(super) fn nearest_on(&self, object: ObjectId, from: Seq, direction: Direction) -> Result<Option<Seq>> {
        self.object_operations.borrow_mut().nearest(self.history, self.lineage, object, from, direction)
    }

    pub(super) fn time(&self, seq: Seq) -> Result<Option<Timestamp>> {
        Ok(self.operation(seq)?.map(|operation| operation.at))
    }

    pub(super) fn actor_name(&self, actor: ActorId) -> Result<Arc<str>> {
        let known = self.actor(actor)?.map(|actor| actor.name);
        Ok(known.unwrap_or_else(|| Arc::from(format!("actor {}", actor.0))))
    }

    fn actor(&self, actor: ActorId) -> Result<Option<Actor>> {
        let mut actors = self.actors.borrow_mut();
        if actors.is_none() {
            let all = self.history.actors()?;
            *actors = Some(all.into_iter().take(MAX_ACTORS).map(|actor| (actor.id, actor)).collect());
        }
        Ok(actors.as_ref().and_then(|actors| actors.get(&actor)).cloned())
    }

    /// The process that a controller runs in; the actor itself for a process.
    pub(super) fn process(&self, actor: ActorId) -> Result<ActorId> {
        let mut process = actor;
        for _ in 0..MAX_DEPTH {
            match self.actor(process)?.and_then(|actor| actor.parent) {
                Some(parent) => process = parent,
                None => break,
            }
        }
        Ok(process)
    }

    /// The incarnations at a moment of a controller and of its process, whose caches it reads. The own one comes first.
    pub(super) fn viewers_at(&self, actor: ActorId, at: Moment) -> Result<Vec<Viewer>> {
        let process = self.process(actor)?;
        let mut viewers = Vec::new();
        for actor in [Some(actor), (process != actor).then_some(process)].into_iter().flatten() {
            let all = self.history.viewers(self.lineage, actor)?;
            viewers.extend(all.into_iter().rfind(|viewer| viewer.since <= at));
        }
        Ok(viewers)
    }

    /// The last state of an object that an actor or its process observed, by the newer version.
    pub(super) fn seen(&self, viewers: &[Viewer], at: Moment, object: ObjectId) -> Result<Option<ObjectAt>> {
        let mut newest: Option<ObjectAt> = None;
        for viewer in viewers {
            let seen = self.history.object_at(self.lineage, at, Perspective::View(viewer.id), object)?;
            let rank = |seen: &ObjectAt| seen.version.as_ref().map(|version| version.rank);
            if newest.as_ref().is_none_or(|newest| rank(&seen) > rank(newest)) {
                newest = Some(seen);
            }
        }
        Ok(newest)
    }

    pub(super) fn gaps(&self) -> Result<Arc<[Gap]>> {
        let mut gaps = self.gaps.borrow_mut();
        if let Some(known) = gaps.as_ref() {
            return Ok(Arc::clone(known));
        }
        let found: Arc<[Gap]> = self.history.gaps(self.lineage, MAX_GAPS)?.into();
        *gaps = Some(Arc::clone(&found));
        Ok(found)
    }

    /// True if events about this object may be missing between two operations.
    pub(super) fn gap_between(&self, object: ObjectId, from: Seq, to: Seq) -> Result<bool> {
        let gaps = self.gaps()?;
        if gaps.is_empty() {
            return Ok(false);
        }
        let object = self.object(object)?;
        Ok(gaps.iter().any(|gap| {
            let kind = gap.scope.kind.is_none_or(|kind| kind == object.kind);
            let namespace = gap.scope.namespace.is_empty() || gap.scope.namespace == object.key.namespace;
            kind && namespace && gap.first <= to && gap.last >= from
        }))
    }

    /// The versions of an object first observed up to a moment, newest first.
    pub(super) fn versions_until(&self, object: ObjectId, at: Moment) -> Result<Vec<Version>> {
        self.history.versions(self.lineage, object, Seq(1)..=at, Direction::Backward, MAX_VERSIONS)
    }

    pub(super) fn text(&self, version: &Version) -> Result<Option<Arc<str>>> {
        match version.body {
            Some(body) => self.history.body(body),
            None => Ok(None),
        }
    }

    /// The parsed content of a version, if it is stored and is JSON.
    pub(super) fn content(&self, version: &Version) -> Result<Option<Value>> {
        let text = self.text(version)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

/// Keeps a value. At `most` values, the cache begins anew.
fn keep<K: Eq + Hash, V>(cache: &mut HashMap<K, V>, most: usize, key: K, value: V) {
    if cache.len() >= most {
        cache.clear();
    }
    cache.insert(key, value);
}
