//! The lag of an actor's view at a moment: for each object in its view, or in the scope of its watches and lists, how many
//! versions and how long the world was ahead. The caches of a process serve all its controllers, so the view of a controller
//! includes the one of its process.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::context::{MAX_VERSIONS, QueryContext};
use super::one_read::in_one_read;
use super::serialize;
use kuberewind_model::{
    ActorId, Direction, Duration, Error, ErrorKind, History, KindId, Lineage, Moment, Object, ObjectAt, ObjectId, Perspective,
    Presence, Result, Scope, Seq, Timestamp, Verb, Version, Viewer,
};

/// Objects per read.
const PAGE: usize = 1_024;
/// The most objects compared, in the view and in the world.
const MAX_OBJECTS: usize = 200_000;

/// How an actor's view of an object lags behind the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lag {
    /// It observed an older version.
    Older,
    /// The object is deleted, which it has not observed.
    Deleted,
    /// It has not observed the object, although it is in the scope of its watches or lists.
    Never,
}

/// An object whose view lags behind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stale {
    pub object: String,
    pub lag: Lag,
    /// The resourceVersion that the actor observed, '' for none.
    pub seen: String,
    /// The operation in which it observed that version.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub seen_at: Option<Seq>,
    /// The resourceVersion in the world, '' for none.
    pub world: String,
    /// Versions that the world was ahead.
    pub versions_behind: usize,
    /// The first observation, by any actor, of a version that this actor had not observed.
    #[serde(serialize_with = "serialize::seq")]
    pub since: Seq,
    /// The time since then.
    #[serde(serialize_with = "serialize::milliseconds", rename = "behind_ms")]
    pub behind_for: Duration,
    /// The first later operation in which the actor observed the world's version or a newer one. `None` if it never did.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub caught_up_at: Option<Seq>,
    /// `exact`; `unknown` across a gap that affects this actor; `likely` if the scope is inferred.
    pub certainty: &'static str,
}

/// The lag of an actor's view.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Staleness {
    pub actor: String,
    #[serde(serialize_with = "serialize::seq")]
    pub at: Seq,
    /// Counts from 1; 0 if the actor has not started yet.
    pub incarnation: u32,
    /// Objects in its view.
    pub objects: usize,
    /// The objects that lag, the longest lag first.
    pub stale: Vec<Stale>,
    /// True if the limit of objects was reached.
    pub more: bool,
}

/// Compares the view of `actor` at `at` with the world.
///
/// # Errors
/// The moment is outside the lineage, the actor is unknown, or the recording cannot be read.
pub fn stale(history: &dyn History, lineage: &Lineage, actor: ActorId, at: Moment) -> Result<Staleness> {
    in_one_read(history, || stale_of(&QueryContext::new(history, lineage), actor, at))
}

fn stale_of(context: &QueryContext<'_>, actor: ActorId, at: Moment) -> Result<Staleness> {
    context.check(at)?;
    if !context.history.actors()?.iter().any(|known| known.id == actor) {
        return Err(Error::new(ErrorKind::NotFound, "the recording has no such actor"));
    }
    let name = context.actor_name(actor)?.to_string();
    let mut staleness = Staleness { actor: name, at, incarnation: 0, objects: 0, stale: Vec::new(), more: false };
    let viewers = context.viewers_at(actor, at)?;
    let Some(first) = viewers.first() else { return Ok(staleness) };
    staleness.incarnation = first.incarnation;
    let mut comparison = Comparison { context, viewers, at, now: context.time(at)?.unwrap_or_default(), scopes: HashSet::new() };
    let seen = comparison.compare_view(&mut staleness)?;
    comparison.never_shown(&seen, &mut staleness)?;
    staleness.stale.sort_by(|one, other| (other.behind_for, &one.object).cmp(&(one.behind_for, &other.object)));
    Ok(staleness)
}

/// Pages through the objects present at a moment.
pub(super) fn objects_at(
    context: &QueryContext<'_>,
    at: Moment,
    from: Perspective,
    max: usize,
    mut each: impl FnMut(ObjectId) -> Result<()>,
) -> Result<bool> {
    let (mut after, mut count) = (None, 0);
    loop {
        let page = context.history.objects_at(context.lineage, at, from, after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(false) };
        after = Some(*last);
        for (object, _) in &page {
            count += 1;
            if count > max {
                return Ok(true);
            }
            each(*object)?;
        }
    }
}

struct Comparison<'a> {
    context: &'a QueryContext<'a>,
    /// The actor and its process.
    viewers: Vec<Viewer>,
    at: Moment,
    now: Timestamp,
    scopes: HashSet<Scope>,
}

impl Comparison<'_> {
    /// Compares every object of the view with the world, and collects the scopes in which they were observed.
    fn compare_view(&mut self, staleness: &mut Staleness) -> Result<HashSet<ObjectId>> {
        let mut ids = BTreeSet::new();
        for viewer in &self.viewers {
            staleness.more |= objects_at(self.context, self.at, Perspective::View(viewer.id), MAX_OBJECTS, |object| {
                ids.insert(object);
                Ok(())
            })?;
        }
        let mut known = HashSet::new();
        for object in ids {
            let Some(seen) = self.context.seen(&self.viewers, self.at, object)? else { continue };
            if seen.presence != Presence::Present {
                continue;
            }
            known.insert(object);
            self.note_scope(&seen)?;
            staleness.stale.extend(self.compare(object, &seen)?);
        }
        staleness.objects = known.len();
        Ok(known)
    }

    fn note_scope(&mut self, seen: &ObjectAt) -> Result<()> {
        let Some(operation) = seen.observed_at.map(|at| self.context.operation(at)).transpose()?.flatten() else { return Ok(()) };
        let scope = match (operation.watch, &operation.list) {
            (Some(watch), _) => self.context.history.watch(watch)?.map(|watch| watch.scope),
            (None, Some(list)) if operation.verb == Verb::List => {
                Some(Scope { kind: operation.kind, namespace: operation.namespace.clone(), selector: list.selector.clone() })
            }
            _ => None,
        };
        self.scopes.extend(scope.filter(|scope| scope.selector.is_empty() && scope.kind.is_some()));
        Ok(())
    }

    fn compare(&self, object: ObjectId, seen: &ObjectAt) -> Result<Option<Stale>> {
        let world = self.context.history.object_at(self.context.lineage, self.at, Perspective::World, object)?;
        let (Some(mine), Some(theirs)) = (&seen.version, &world.version) else { return Ok(None) };
        if seen.presence != Presence::Present || theirs.rank <= mine.rank {
            return Ok(None);
        }
        let lag = if world.presence == Presence::Absent { Lag::Deleted } else { Lag::Older };
        self.row(object, lag, Some((mine, seen.observed_at)), theirs).map(Some)
    }

    /// Adds objects in the scope of the actor's watches and lists that it has not observed.
    fn never_shown(&self, seen: &HashSet<ObjectId>, staleness: &mut Staleness) -> Result<()> {
        if self.scopes.is_empty() {
            return Ok(());
        }
        let mut by_kind: BTreeMap<KindId, Vec<&Scope>> = BTreeMap::new();
        for scope in &self.scopes {
            if let Some(kind) = scope.kind {
                by_kind.entry(kind).or_default().push(scope);
            }
        }
        let mut missing = Vec::new();
        staleness.more |= objects_at(self.context, self.at, Perspective::World, MAX_OBJECTS, |object| {
            if !seen.contains(&object) {
                missing.push(object);
            }
            Ok(())
        })?;
        for id in missing {
            let object = self.context.object(id)?;
            let covers = |scope: &&Scope| scope.namespace.is_empty() || scope.namespace == object.key.namespace;
            if !by_kind.get(&object.kind).is_some_and(|scopes| scopes.iter().any(covers)) {
                continue;
            }
            let world = self.context.history.object_at(self.context.lineage, self.at, Perspective::World, id)?;
            if let Some(version) = &world.version {
                staleness.stale.push(self.row(id, Lag::Never, None, version)?);
            }
        }
        Ok(())
    }

    fn row(&self, id: ObjectId, lag: Lag, seen: Option<(&Version, Option<Seq>)>, world: &Version) -> Result<Stale> {
        let object: Object = self.context.object(id)?;
        let versions =
            self.context.history.versions(self.context.lineage, id, Seq(1)..=self.at, Direction::Backward, MAX_VERSIONS)?;
        let ahead: Vec<_> = versions.iter().take_while(|version| seen.is_none_or(|(mine, _)| version.rank > mine.rank)).collect();
        let since = ahead.iter().map(|version| version.first_observed).min().unwrap_or(world.first_observed);
        let behind_for = self.context.time(since)?.map_or(Duration::default(), |time| self.now.since(time));
        Ok(Stale {
            object: object.to_string(),
            lag,
            seen: seen.map(|(version, _)| version.resource_version.to_string()).unwrap_or_default(),
            seen_at: seen.and_then(|(_, at)| at),
            world: world.resource_version.to_string(),
            versions_behind: ahead.len(),
            since,
            behind_for,
            caught_up_at: self.caught_up(&object, world)?,
            certainty: self.certainty(&object, lag, since)?,
        })
    }

    /// Gaps of other actors do not matter: their events were not delivered to this actor.
    fn certainty(&self, object: &Object, lag: Lag, since: Seq) -> Result<&'static str> {
        let gaps = self.context.gaps()?;
        let lost = gaps.iter().any(|gap| {
            gap.actor.is_none_or(|actor| self.viewers.iter().any(|viewer| viewer.actor == actor))
                && gap.scope.kind.is_none_or(|kind| kind == object.kind)
                && gap.first <= self.at
                && gap.last >= since
        });
        Ok(if lost {
            "unknown"
        } else if lag == Lag::Never {
            "likely"
        } else {
            "exact"
        })
    }

    fn caught_up(&self, object: &Object, world: &Version) -> Result<Option<Seq>> {
        let end = self.context.lineage.last();
        let reached = |at: Seq| -> Result<bool> {
            let seen = self.context.seen(&self.viewers, at, object.id)?;
            Ok(seen.and_then(|seen| seen.version).is_some_and(|version| version.rank >= world.rank))
        };
        // A view seldom goes back in time, and even then a binary search finds a moment at which it catches up.
        if !reached(end)? {
            return Ok(None);
        }
        let (mut low, mut high) = (self.at, end);
        while high.0.saturating_sub(low.0) > 1 {
            let middle = Seq(low.0 + (high.0 - low.0) / 2);
            if reached(middle)? { high = middle } else { low = middle }
        }
        Ok(Some(high))
    }
}
