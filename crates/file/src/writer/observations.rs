//! From a observation to a version: which incarnation, which state, and whether the world moved.

use std::sync::Arc;

use kuberewind_model::{Observation, ObservationKind, Rank, Result, Seq, Shape};

use super::body_writer::StoredBody;
use super::objects::{Head, ObjectState};
use super::rows::{INFERRED, VersionRow};
use super::session_writer::SessionWriter;
use super::versions::{Rv, VersionKey, number_of};
use super::views::Scope;
use crate::error::Context;
use crate::heads;
use crate::observation_index::ObservationRef;
use crate::schema::{KeyRows, op_id};

/// What a observation comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct ObservationEffect {
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
    /// Of a gone one: whether that was reported, and not only inferred.
    reported: bool,
    shape: Shape,
    api_version: Option<i64>,
    generation: Option<i64>,
    body: Option<StoredBody>,
}

impl SessionWriter {
    /// The rows that name an object.
    pub(super) fn key_of(&mut self, observation: &Observation) -> Result<KeyRows> {
        let kind = self.names.kind_name(&self.db, &observation.kind, &observation.kind_name)?;
        let context = "cannot write a name";
        Ok((
            kind,
            self.names.text(&self.db, &observation.namespace).context(context)?,
            self.names.text(&self.db, &observation.name).context(context)?,
        ))
    }

    /// Whether this very state is known already, so that its body need not be looked at.
    pub(super) fn is_known(&mut self, key: KeyRows, observation: &Observation) -> Result<bool> {
        if observation.says != ObservationKind::State {
            return Ok(false);
        }
        let Some(object) = self.objects.current(&self.db, key)? else { return Ok(false) };
        let of_uid = self.objects.get(object).is_some_and(|known| known.uid == observation.uid);
        let version = self.version_key(object, observation)?;
        Ok(of_uid && version.is_some_and(|key| self.versions.by_key.contains_key(&key)))
    }

    fn version_key(&mut self, object: i64, observation: &Observation) -> Result<Option<VersionKey>> {
        if observation.resource_version.is_empty() {
            return Ok(None);
        }
        let context = "cannot write a name";
        let rv = match number_of(&observation.resource_version) {
            Some(number) => Rv::Number(number),
            None => Rv::Text(self.names.text(&self.db, &observation.resource_version).context(context)?),
        };
        let api_version = self.names.some_text(&self.db, &observation.api_version).context(context)?.unwrap_or(0);
        Ok(Some(VersionKey { object, rv, shape: observation.shape, api_version }))
    }

    /// Takes a observation by operation `seq`; `body` is its content where that is stored already. `began` is the last number
    /// known when the call began.
    pub(super) fn observe(
        &mut self,
        seq: Seq,
        began: Seq,
        observation: &Observation,
        body: Option<StoredBody>,
    ) -> Result<Option<ObservationEffect>> {
        let key = self.key_of(observation)?;
        if observation.says == ObservationKind::LeftView {
            // Under a selector the event says nothing of the world.
            let object = self.objects.resolve(&self.db, key, &observation.uid, false, observation.says)?.object;
            return Ok(Some(ObservationEffect { object, version: None, gone: true, changed_world: false }));
        }
        let resolved = self.objects.resolve(&self.db, key, &observation.uid, observation.created, observation.says)?;
        if let (Some(older), None) = (resolved.replaces, number_of(&observation.resource_version)) {
            // Without a number of its own the new incarnation stands after everything known of the old one.
            let top = self.objects.get(older).map_or(0, |known| known.top);
            if let Some(known) = self.objects.get_mut(resolved.object) {
                known.top = top;
            }
        }
        let version_key = self.version_key(resolved.object, observation)?;
        let known =
            version_key.and_then(|key| self.versions.by_key.get(&key)).filter(|_| observation.says == ObservationKind::State);
        if let Some(version) = known.copied() {
            return Ok(Some(ObservationEffect {
                object: resolved.object,
                version: Some(version),
                gone: false,
                changed_world: false,
            }));
        }
        let body = match (body, &observation.body) {
            (None, Some(text)) => Some(self.bodies.put_state(&mut self.rows, key, &text.bytes)),
            (stored, _) => stored,
        };
        let mut showed = match observation.says {
            ObservationKind::Gone => self.observe_gone(resolved.object, seq, observation, body)?,
            ObservationKind::NotFound => self.observe_not_found(resolved.object, seq, began),
            ObservationKind::State | ObservationKind::LeftView => {
                self.observe_state(resolved.object, seq, observation, body, version_key)?
            }
        };
        if showed.changed_world {
            // An incarnation that is shown to be there, or to have ended, ended the ones before it.
            let others = self.objects.others(resolved.object);
            for other in &others {
                self.end_older_incarnation(seq, *other, resolved.object);
            }
            let is_there = |object: &i64| self.objects.get(*object).is_some_and(ObjectState::is_present);
            showed.changed_world = if showed.gone { !others.iter().any(is_there) } else { is_there(&resolved.object) };
        }
        Ok(Some(showed))
    }

    /// A state that is not known yet.
    fn observe_state(
        &mut self,
        object: i64,
        seq: Seq,
        observation: &Observation,
        body: Option<StoredBody>,
        key: Option<VersionKey>,
    ) -> Result<ObservationEffect> {
        let shows = |version, changed_world| ObservationEffect { object, version: Some(version), gone: false, changed_world };
        let head = self.objects.get(object).and_then(|known| known.head);
        let top = self.objects.get(object).map_or(0, |known| known.top);
        let arrival = Rank { number: top, arrival: seq.0 };
        let (rank, rv) = match key.map(|key| key.rv) {
            Some(Rv::Number(number)) => (Rank { number, arrival: 0 }, None),
            Some(Rv::Text(text)) => {
                (*self.versions.ranks.entry((object, text)).or_insert(arrival), Some(observation.resource_version.clone()))
            }
            None => {
                // Without a resourceVersion a observation is a new state only where it looks different.
                let same = |head: &Head| !head.gone && head.shape == observation.shape && head.hash == body.map(|body| body.hash);
                if let Some(head) = head.filter(same) {
                    return Ok(shows(head.version, false));
                }
                (arrival, None)
            }
        };
        let context = "cannot write a name";
        let api_version = self.names.some_text(&self.db, &observation.api_version).context(context)?;
        let generation = observation.generation;
        let new = NewVersion {
            object,
            rank,
            rv,
            gone: false,
            reported: false,
            shape: observation.shape,
            api_version,
            generation,
            body,
        };
        let was_there = self.objects.get(object).is_some_and(ObjectState::is_present);
        let (version, advances) = self.add_version(seq, new);
        if let Some(key) = key {
            self.versions.by_key.insert(key, version);
        }
        let past = advances && !was_there && self.end_if_lists_lack(object, seq);
        Ok(shows(version, advances && !past))
    }

    fn observe_gone(
        &mut self,
        object: i64,
        seq: Seq,
        observation: &Observation,
        body: Option<StoredBody>,
    ) -> Result<ObservationEffect> {
        let Some(known) = self.objects.get_mut(object) else {
            return Ok(ObservationEffect { object, version: None, gone: true, changed_world: false });
        };
        // It is reported to have been there, so it existed.
        let was_deleted = known.deleted;
        (known.existed, known.deleted) = (true, true);
        let known = known.clone();
        let number = number_of(&observation.resource_version);
        if let Some(head) =
            known.head.filter(|head| head.gone && was_deleted && number.is_none_or(|number| number <= head.rank.number))
            && self.versions.may_name(head.version)
        {
            return Ok(ObservationEffect { object, version: Some(head.version), gone: true, changed_world: false });
        }
        let same_uid = !observation.uid.is_empty() && observation.uid == known.uid;
        let rank = match (number, known.head) {
            (Some(number), None) => Rank { number, arrival: 0 },
            (Some(number), Some(head)) if number > head.rank.number => Rank { number, arrival: 0 },
            // A delete is answered with the state before it, whose number is taken: its end comes after all of them.
            (Some(number), Some(head)) if number == head.rank.number || same_uid => after(&known, seq),
            (Some(number), Some(_)) => Rank { number, arrival: seq.0 },
            (None, _) => after(&known, seq),
        };
        let rv = (rank.arrival != 0 && !observation.resource_version.is_empty()).then(|| observation.resource_version.clone());
        let api_version = self.names.some_text(&self.db, &observation.api_version).context("cannot write a name")?;
        let (shape, generation) = (observation.shape, observation.generation);
        let new = NewVersion { object, rank, rv, gone: true, reported: true, shape, api_version, generation, body };
        let was_there = !known.head.is_some_and(|head| head.gone);
        let (version, advances) = self.add_version(seq, new);
        Ok(ObservationEffect { object, version: Some(version), gone: true, changed_world: advances && was_there })
    }

    /// A 404. Where the world was shown the object since the call began, it tells the view only.
    fn observe_not_found(&mut self, object: i64, seq: Seq, began: Seq) -> ObservationEffect {
        let head = self.objects.get(object).and_then(|known| known.head);
        if let Some(head) = head {
            if head.gone && self.versions.may_name(head.version) {
                return ObservationEffect { object, version: Some(head.version), gone: true, changed_world: false };
            }
            if !head.gone && head.first_observed > began {
                return ObservationEffect { object, version: None, gone: true, changed_world: false };
            }
        }
        let (version, changed_world) = self.add_absence(object, seq, None);
        ObservationEffect { object, version: Some(version), gone: true, changed_world }
    }

    /// The version that says that an object is gone, where this segment may name it.
    pub(super) fn end_of(&self, object: i64) -> Option<i64> {
        let head = self.objects.get(object).and_then(|known| known.head)?;
        (head.gone && self.versions.may_name(head.version)).then_some(head.version)
    }

    /// Writes that an object is no longer there, as of a collection's resourceVersion where that is known.
    pub(super) fn add_absence(&mut self, object: i64, seq: Seq, as_of: Option<u64>) -> (i64, bool) {
        let (top, reported) = self.objects.get(object).map_or((0, false), |known| (known.top, known.deleted));
        let rank = Rank { number: as_of.unwrap_or(top).max(top), arrival: seq.0 };
        let shape = Shape::Unknown;
        self.add_version(
            seq,
            NewVersion { object, rank, rv: None, gone: true, reported, shape, api_version: None, generation: None, body: None },
        )
    }

    /// Of two incarnations only the later one can be there.
    fn end_older_incarnation(&mut self, seq: Seq, older: i64, newer: i64) {
        let rank = |known: Option<&ObjectState>| known.and_then(|known| known.head).map(|head| head.rank);
        // What was taken for the new one may have come late.
        let past = if rank(self.objects.get(newer)) >= rank(self.objects.get(older)) { older } else { newer };
        if self.objects.get(past).is_some_and(ObjectState::is_present) {
            self.add_absence(past, seq, None);
        }
    }

    /// A complete list as of a later resourceVersion may have lacked what comes to light only now: then it is in the past.
    /// (Not so what was there already: each list of its scope as of its state or later had it, or it would not be there any
    /// more. That such a list showed an older state than it should does not make the object absent.)
    fn end_if_lists_lack(&mut self, object: i64, seq: Seq) -> bool {
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
    pub(super) fn update_view(&mut self, viewer: i64, seq: Seq, object: i64, version: Option<i64>, scope: Scope) -> bool {
        for other in self.objects.others(object) {
            if self.views.remove(viewer, other) {
                self.write_view_change(other, viewer, seq, self.end_of(other), INFERRED);
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
            Some(head) if head.gone && known.deleted && !new.gone => (false, false),
            Some(head) => (new.rank > head.rank, new.rank == head.rank && new.gone == head.gone && new.shape > head.shape),
        };
        let is_head = advances || fuller;
        known.top = known.top.max(new.rank.number);
        known.existed |= !new.gone;
        if is_head {
            let first_observed = if fuller { known.head.map_or(seq, |head| head.first_observed) } else { seq };
            let hash = new.body.map(|body| body.hash);
            known.head = Some(Head {
                version: id,
                rank: new.rank,
                shape: new.shape,
                gone: new.gone,
                reported: new.reported,
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
            gone: i64::from(new.gone) + i64::from(new.reported),
            shape: new.shape.code(),
            head: is_head,
            api_version: new.api_version,
            generation: new.generation,
            body: new.body.map(|body| body.id),
        });
        if is_head {
            self.observations.add(new.object, heads::WORLD, ObservationRef { op, version: Some(id), inferred: false });
        }
        self.versions.next += 1;
        (id, advances)
    }
}

/// Directly after everything known of an object.
fn after(known: &ObjectState, seq: Seq) -> Rank {
    Rank { number: known.top, arrival: seq.0 }
}
