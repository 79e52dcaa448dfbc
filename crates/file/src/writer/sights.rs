//! From a sight to a version: which incarnation, which state, and whether the world moved.

use std::sync::Arc;

use kuberewind_model::{Observation, ObservationKind, Rank, Result, Seq, Shape};

use super::super::heads;
use super::super::maps::{Map, Set};
use super::super::schema::{Step, op_id};
use super::super::trail::Showing;
use super::SessionWriter;
use super::bodies::Stored;
use super::objects::{Head, Key, Known};
use super::rows::VersionRow;
use super::views::Scope;

/// What tells the versions of a segment apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VersionKey {
    object: i64,
    rv: Rv,
    shape: Shape,
    api_version: i64,
}

/// A resourceVersion: a number, or the row of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rv {
    Number(u64),
    Text(i64),
}

/// The versions to which this segment may refer: its own, and the heads with which it began.
#[derive(Debug, Default)]
pub(super) struct Versions {
    pub(super) next: i64,
    by_key: Map<VersionKey, i64>,
    /// The first one of this segment, and the older ones that its checkpoint has.
    first: i64,
    heads: Set<i64>,
    /// Of resourceVersions that are no numbers: where they stand.
    ranks: Map<(i64, i64), Rank>,
}

impl Versions {
    /// None known; `next` is the first free row.
    pub(super) fn starting_at(next: i64) -> Versions {
        Versions { next, first: next, ..Versions::default() }
    }

    /// A new segment: only what stands at its start is known.
    pub(super) fn keep_only(&mut self, heads: Set<i64>) {
        self.by_key.retain(|_, version| heads.contains(version));
        (self.first, self.heads) = (self.next, heads);
        self.ranks.clear();
    }

    /// Whether this segment may refer to it.
    fn may_name(&self, version: i64) -> bool {
        version >= self.first || self.heads.contains(&version)
    }

    /// How many it remembers.
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }
}

/// What a sight comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Showed {
    pub(super) object: i64,
    /// `None`: the view lost the object, or was told that it is not there though the world knows better.
    pub(super) version: Option<i64>,
    pub(super) gone: bool,
    pub(super) changed_world: bool,
}

/// A version about to be written.
struct NewVersion {
    object: i64,
    rank: Rank,
    rv: Option<Arc<str>>,
    gone: bool,
    /// Of a gone one: whether that was said, and not only concluded.
    said: bool,
    shape: Shape,
    api_version: Option<i64>,
    generation: Option<i64>,
    body: Option<Stored>,
}

/// A resourceVersion as a number that the file can hold.
pub(super) fn number_of(resource_version: &str) -> Option<u64> {
    let digits = !resource_version.is_empty() && resource_version.bytes().all(|byte| byte.is_ascii_digit());
    resource_version.parse().ok().filter(|number| digits && *number <= i64::MAX.unsigned_abs())
}

impl SessionWriter {
    /// The rows that name an object.
    pub(super) fn key_of(&mut self, sight: &Observation) -> Result<Key> {
        let kind = self.names.kind_name(&self.db, &sight.kind, &sight.kind_name)?;
        let step = "cannot write a name";
        Ok((kind, self.names.text(&self.db, &sight.namespace).step(step)?, self.names.text(&self.db, &sight.name).step(step)?))
    }

    /// Whether this very state is known already, so that its body need not be looked at.
    pub(super) fn is_known(&mut self, key: Key, sight: &Observation) -> Result<bool> {
        if sight.observation_kind != ObservationKind::State {
            return Ok(false);
        }
        let Some(object) = self.objects.current(&self.db, key)? else { return Ok(false) };
        let of_uid = self.objects.get(object).is_some_and(|known| known.uid == sight.uid);
        let version = self.version_key(object, sight)?;
        Ok(of_uid && version.is_some_and(|key| self.versions.by_key.contains_key(&key)))
    }

    fn version_key(&mut self, object: i64, sight: &Observation) -> Result<Option<VersionKey>> {
        if sight.resource_version.is_empty() {
            return Ok(None);
        }
        let step = "cannot write a name";
        let rv = match number_of(&sight.resource_version) {
            Some(number) => Rv::Number(number),
            None => Rv::Text(self.names.text(&self.db, &sight.resource_version).step(step)?),
        };
        let api_version = self.names.some_text(&self.db, &sight.api_version).step(step)?.unwrap_or(0);
        Ok(Some(VersionKey { object, rv, shape: sight.shape, api_version }))
    }

    /// Takes a sight by operation `seq`; `body` is its content where that is stored already. `began` is the last number
    /// known when the call began.
    pub(super) fn see(&mut self, seq: Seq, began: Seq, sight: &Observation, body: Option<Stored>) -> Result<Option<Showed>> {
        let key = self.key_of(sight)?;
        if sight.observation_kind == ObservationKind::LeftView {
            // Under a selector the event says nothing of the world.
            let object = self.objects.resolve(&self.db, key, &sight.uid, false, sight.observation_kind)?.object;
            return Ok(Some(Showed { object, version: None, gone: true, changed_world: false }));
        }
        let resolved = self.objects.resolve(&self.db, key, &sight.uid, sight.created, sight.observation_kind)?;
        if let (Some(older), None) = (resolved.replaces, number_of(&sight.resource_version)) {
            // Without a number of its own the new incarnation stands after everything known of the old one.
            let top = self.objects.get(older).map_or(0, |known| known.top);
            if let Some(known) = self.objects.get_mut(resolved.object) {
                known.top = top;
            }
        }
        let version_key = self.version_key(resolved.object, sight)?;
        let known = version_key
            .and_then(|key| self.versions.by_key.get(&key))
            .filter(|_| sight.observation_kind == ObservationKind::State);
        if let Some(version) = known.copied() {
            return Ok(Some(Showed { object: resolved.object, version: Some(version), gone: false, changed_world: false }));
        }
        let body = match (body, &sight.body) {
            (None, Some(text)) => Some(self.bodies.put_state(&mut self.rows, key, &text.bytes)),
            (stored, _) => stored,
        };
        let mut showed = match sight.observation_kind {
            ObservationKind::Gone => self.see_gone(resolved.object, seq, sight, body)?,
            ObservationKind::NotFound => self.see_nothing(resolved.object, seq, began),
            ObservationKind::State | ObservationKind::LeftView => {
                self.see_state(resolved.object, seq, sight, body, version_key)?
            }
        };
        if showed.changed_world {
            // An incarnation that is shown to be there, or to have ended, ended the ones before it.
            let others = self.objects.others(resolved.object);
            for other in &others {
                self.settle_incarnations(seq, *other, resolved.object);
            }
            let is_there = |object: &i64| self.objects.get(*object).is_some_and(Known::is_present);
            showed.changed_world = if showed.gone { !others.iter().any(is_there) } else { is_there(&resolved.object) };
        }
        Ok(Some(showed))
    }

    /// A state that is not known yet.
    fn see_state(
        &mut self,
        object: i64,
        seq: Seq,
        sight: &Observation,
        body: Option<Stored>,
        key: Option<VersionKey>,
    ) -> Result<Showed> {
        let shows = |version, changed_world| Showed { object, version: Some(version), gone: false, changed_world };
        let head = self.objects.get(object).and_then(|known| known.head);
        let top = self.objects.get(object).map_or(0, |known| known.top);
        let arrival = Rank { number: top, arrival: seq.0 };
        let (rank, rv) = match key.map(|key| key.rv) {
            Some(Rv::Number(number)) => (Rank { number, arrival: 0 }, None),
            Some(Rv::Text(text)) => {
                (*self.versions.ranks.entry((object, text)).or_insert(arrival), Some(sight.resource_version.clone()))
            }
            None => {
                // Without a resourceVersion a sight is a new state only where it looks different.
                let same = |head: &Head| !head.gone && head.shape == sight.shape && head.hash == body.map(|body| body.hash);
                if let Some(head) = head.filter(same) {
                    return Ok(shows(head.version, false));
                }
                (arrival, None)
            }
        };
        let step = "cannot write a name";
        let api_version = self.names.some_text(&self.db, &sight.api_version).step(step)?;
        let generation = sight.generation;
        let new = NewVersion { object, rank, rv, gone: false, said: false, shape: sight.shape, api_version, generation, body };
        let was_there = self.objects.get(object).is_some_and(Known::is_present);
        let (version, advances) = self.add_version(seq, new);
        if let Some(key) = key {
            self.versions.by_key.insert(key, version);
        }
        let past = advances && !was_there && self.settle_against_lists(object, seq);
        Ok(shows(version, advances && !past))
    }

    fn see_gone(&mut self, object: i64, seq: Seq, sight: &Observation, body: Option<Stored>) -> Result<Showed> {
        let Some(known) = self.objects.get_mut(object) else {
            return Ok(Showed { object, version: None, gone: true, changed_world: false });
        };
        // It is said to have been there, so it lived.
        let was_dead = known.dead;
        (known.lived, known.dead) = (true, true);
        let known = known.clone();
        let number = number_of(&sight.resource_version);
        if let Some(head) =
            known.head.filter(|head| head.gone && was_dead && number.is_none_or(|number| number <= head.rank.number))
            && self.versions.may_name(head.version)
        {
            return Ok(Showed { object, version: Some(head.version), gone: true, changed_world: false });
        }
        let same_uid = !sight.uid.is_empty() && sight.uid == known.uid;
        let rank = match (number, known.head) {
            (Some(number), None) => Rank { number, arrival: 0 },
            (Some(number), Some(head)) if number > head.rank.number => Rank { number, arrival: 0 },
            // A delete is answered with the state before it, whose number is taken: its end comes after all of them.
            (Some(number), Some(head)) if number == head.rank.number || same_uid => after(&known, seq),
            (Some(number), Some(_)) => Rank { number, arrival: seq.0 },
            (None, _) => after(&known, seq),
        };
        let rv = (rank.arrival != 0 && !sight.resource_version.is_empty()).then(|| sight.resource_version.clone());
        let api_version = self.names.some_text(&self.db, &sight.api_version).step("cannot write a name")?;
        let (shape, generation) = (sight.shape, sight.generation);
        let new = NewVersion { object, rank, rv, gone: true, said: true, shape, api_version, generation, body };
        let was_there = !known.head.is_some_and(|head| head.gone);
        let (version, advances) = self.add_version(seq, new);
        Ok(Showed { object, version: Some(version), gone: true, changed_world: advances && was_there })
    }

    /// A 404. Where the world was shown the object since the call began, it tells the view only.
    fn see_nothing(&mut self, object: i64, seq: Seq, began: Seq) -> Showed {
        let head = self.objects.get(object).and_then(|known| known.head);
        if let Some(head) = head {
            if head.gone && self.versions.may_name(head.version) {
                return Showed { object, version: Some(head.version), gone: true, changed_world: false };
            }
            if !head.gone && head.first_observed > began {
                return Showed { object, version: None, gone: true, changed_world: false };
            }
        }
        let (version, changed_world) = self.add_absence(object, seq, None);
        Showed { object, version: Some(version), gone: true, changed_world }
    }

    /// The version that says that an object is gone, where this segment may name it.
    pub(super) fn end_of(&self, object: i64) -> Option<i64> {
        let head = self.objects.get(object).and_then(|known| known.head)?;
        (head.gone && self.versions.may_name(head.version)).then_some(head.version)
    }

    /// Writes that an object is no longer there, as of a collection's resourceVersion where that is known.
    pub(super) fn add_absence(&mut self, object: i64, seq: Seq, as_of: Option<u64>) -> (i64, bool) {
        let (top, said) = self.objects.get(object).map_or((0, false), |known| (known.top, known.dead));
        let rank = Rank { number: as_of.unwrap_or(top).max(top), arrival: seq.0 };
        let shape = Shape::Unknown;
        self.add_version(
            seq,
            NewVersion { object, rank, rv: None, gone: true, said, shape, api_version: None, generation: None, body: None },
        )
    }

    /// Of two incarnations only the later one can be there.
    fn settle_incarnations(&mut self, seq: Seq, older: i64, newer: i64) {
        let rank = |known: Option<&Known>| known.and_then(|known| known.head).map(|head| head.rank);
        // What was taken for the new one may have come late.
        let past = if rank(self.objects.get(newer)) >= rank(self.objects.get(older)) { older } else { newer };
        if self.objects.get(past).is_some_and(Known::is_present) {
            self.add_absence(past, seq, None);
        }
    }

    /// A complete list as of a later resourceVersion may have lacked what comes to light only now: then it is in the past.
    /// (Not so what was there already: each list of its scope as of its state or later had it, or it would not be there any
    /// more. That such a list showed an older state than it should does not make the object absent.)
    fn settle_against_lists(&mut self, object: i64, seq: Seq) -> bool {
        let Some(known) = self.objects.get(object) else { return false };
        let (key, head) = (known.key, known.head);
        let Some(head) = head.filter(|head| !head.gone && head.rank.arrival == 0) else { return false };
        let covered = self.covered.get(&(key.0, key.1)).max(self.covered.get(&(key.0, self.no_text))).copied();
        match covered.filter(|covered| *covered >= head.rank.number) {
            Some(covered) => {
                // An incarnation that another one followed ended before that one began.
                let others = self.objects.others(object);
                let mut heads = others.iter().filter_map(|other| self.objects.get(*other)?.head);
                let as_of = if heads.any(|other| other.rank > head.rank) { None } else { Some(covered) };
                self.add_absence(object, seq, as_of);
                true
            }
            None => false,
        }
    }

    /// A view was shown an incarnation (`None`: that it is not there): whatever it had of the key before has left it. Says
    /// whether the view changed.
    pub(super) fn show_in_view(&mut self, viewer: i64, seq: Seq, object: i64, version: Option<i64>, scope: Scope) -> bool {
        for other in self.objects.others(object) {
            if self.views.remove(viewer, other) {
                self.write_showing(other, viewer, seq, self.end_of(other), super::lists::BY_PRODUCT);
            }
        }
        match version {
            Some(version) => self.views.show(viewer, object, version, scope),
            None => self.views.remove(viewer, object),
        }
    }

    fn add_version(&mut self, seq: Seq, new: NewVersion) -> (i64, bool) {
        let id = self.versions.next;
        let Some(known) = self.objects.get_mut(new.object) else { return (id, false) };
        let (advances, fuller) = match known.head {
            None => (true, false),
            Some(head) if head.gone && known.dead && !new.gone => (false, false),
            Some(head) => (new.rank > head.rank, new.rank == head.rank && new.gone == head.gone && new.shape > head.shape),
        };
        let is_head = advances || fuller;
        known.top = known.top.max(new.rank.number);
        known.lived |= !new.gone;
        if is_head {
            let first_observed = if fuller { known.head.map_or(seq, |head| head.first_observed) } else { seq };
            let hash = new.body.map(|body| body.hash);
            known.head = Some(Head {
                version: id,
                rank: new.rank,
                shape: new.shape,
                gone: new.gone,
                said: new.said,
                first_observed,
                hash,
            });
        }
        let op = op_id(self.session, seq);
        self.rows.version(VersionRow {
            id,
            object: new.object,
            op,
            rank_number: new.rank.number,
            rank_arrival: new.rank.arrival,
            rv: new.rv,
            gone: i64::from(new.gone) + i64::from(new.said),
            shape: new.shape.code(),
            head: is_head,
            api_version: new.api_version,
            generation: new.generation,
            body: new.body.map(|body| body.id),
        });
        if is_head {
            self.trails.add(new.object, heads::WORLD, Showing { op, version: Some(id), concluded: false });
        }
        self.versions.next += 1;
        (id, advances)
    }
}

/// Directly after everything known of an object.
fn after(known: &Known, seq: Seq) -> Rank {
    Rank { number: known.top, arrival: seq.0 }
}
