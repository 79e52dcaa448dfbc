//! From an observation to a version: the incarnation, the state, and the change of the world.

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

/// The effect of an observation.
#[derive(Debug, Clone, Copy)]
pub(super) struct ObservationEffect {
    pub(super) object: i64,
    /// `None` if the object left the view, or if the view misses it although the world has it.
    pub(super) version: Option<i64>,
    pub(super) gone: bool,
    pub(super) changed_world: bool,
}

/// A version to be written.
struct NewVersion {
    object: i64,
    rank: Rank,
    rv: Option<Arc<str>>,
    gone: bool,
    /// Of a deletion: true if it was observed, false if it was inferred.
    reported: bool,
    shape: Shape,
    api_version: Option<i64>,
    generation: Option<i64>,
    body: Option<StoredBody>,
}

impl SessionWriter {
    /// Returns the rows of the kind, namespace and name of an object.
    pub(super) fn key_of(&mut self, observation: &Observation) -> Result<KeyRows> {
        let kind = self.names.kind_name(&self.db, &observation.kind, &observation.kind_name)?;
        let context = "cannot write a name";
        Ok((
            kind,
            self.names.text(&self.db, &observation.namespace).context(context)?,
            self.names.text(&self.db, &observation.name).context(context)?,
        ))
    }

    /// Returns true if this state is already stored, so that its body can be skipped.
    pub(super) fn is_known(&mut self, key: KeyRows, observation: &Observation) -> Result<bool> {
        if observation.observation_kind != ObservationKind::State {
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

    /// Applies an observation by operation `seq`. `body` is the body if it is already stored. `began` is the last number
    /// known when the call began.
    pub(super) fn observe(
        &mut self,
        seq: Seq,
        began: Seq,
        observation: &Observation,
        body: Option<StoredBody>,
    ) -> Result<Option<ObservationEffect>> {
        let key = self.key_of(observation)?;
        if observation.observation_kind == ObservationKind::LeftView {
            // Under a selector, the event does not change the world.
            let object = self.objects.resolve(&self.db, key, &observation.uid, false, observation.observation_kind)?.object;
            return Ok(Some(ObservationEffect { object, version: None, gone: true, changed_world: false }));
        }
        let resolved =
            self.objects.resolve(&self.db, key, &observation.uid, observation.created, observation.observation_kind)?;
        if let (Some(older), None) = (resolved.replaces, number_of(&observation.resource_version)) {
            // Without a numeric resourceVersion, the new incarnation ranks after all versions of the old one.
            let top = self.objects.get(older).map_or(0, |known| known.top);
            if let Some(known) = self.objects.get_mut(resolved.object) {
                known.top = top;
            }
        }
        let version_key = self.version_key(resolved.object, observation)?;
        let known = version_key
            .and_then(|key| self.versions.by_key.get(&key))
            .filter(|_| observation.observation_kind == ObservationKind::State);
        if let Some(version) = known.copied() {
            return Ok(Some(ObservationEffect {
                object: resolved.object,
                version: Some(version),
                gone: false,
                changed_world: false,
            }));
        }
        let body = match (body, &observation.body) {
            (None, Some(text)) => Some(self.bodies.put_state(&self.db, &mut self.rows, key, &text.bytes)?),
            (stored, _) => stored,
        };
        let mut effect = match observation.observation_kind {
            ObservationKind::Gone => self.observe_gone(resolved.object, seq, observation, body)?,
            ObservationKind::NotFound => self.observe_not_found(resolved.object, seq, began),
            ObservationKind::State | ObservationKind::LeftView => {
                self.observe_state(resolved.object, seq, observation, body, version_key)?
            }
        };
        if effect.changed_world {
            // An incarnation that is present, or was deleted, ended the earlier ones.
            let others = self.objects.others(resolved.object);
            for other in &others {
                self.end_older_incarnation(seq, *other, resolved.object);
            }
            let is_there = |object: &i64| self.objects.get(*object).is_some_and(ObjectState::is_present);
            effect.changed_world = if effect.gone { !others.iter().any(is_there) } else { is_there(&resolved.object) };
        }
        Ok(Some(effect))
    }

    /// Applies a state that is not stored yet.
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
                // Without a resourceVersion, only a different body makes a new state.
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
        // A deleted object existed.
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
            // The response to a delete contains the previous state, with its resourceVersion. The deletion ranks after it.
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

    /// Applies a 404. If the world observed the object since the call began, the 404 changes only the view.
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

    /// Returns the version of an object's deletion, if this segment may refer to it.
    pub(super) fn end_of(&self, object: i64) -> Option<i64> {
        let head = self.objects.get(object).and_then(|known| known.head)?;
        (head.gone && self.versions.may_name(head.version)).then_some(head.version)
    }

    /// Writes the absence of an object, as of a collection's resourceVersion if that is known.
    pub(super) fn add_absence(&mut self, object: i64, seq: Seq, as_of: Option<u64>) -> (i64, bool) {
        let (top, reported) = self.objects.get(object).map_or((0, false), |known| (known.top, known.deleted));
        let rank = Rank { number: as_of.unwrap_or(top).max(top), arrival: seq.0 };
        let shape = Shape::Unknown;
        self.add_version(
            seq,
            NewVersion { object, rank, rv: None, gone: true, reported, shape, api_version: None, generation: None, body: None },
        )
    }

    /// Ends the earlier of two incarnations: only one can be present.
    fn end_older_incarnation(&mut self, seq: Seq, older: i64, newer: i64) {
        let rank = |known: Option<&ObjectState>| known.and_then(|known| known.head).map(|head| head.rank);
        // The incarnation that seemed new may have arrived late.
        let past = if rank(self.objects.get(newer)) >= rank(self.objects.get(older)) { older } else { newer };
        if self.objects.get(past).is_some_and(ObjectState::is_present) {
            self.add_absence(past, seq, None);
        }
    }

    /// Ends an object that only now becomes known, if a complete list as of a later resourceVersion lacked it. An object that
    /// was already present is not ended: each list of its scope since its state contained it, even if it showed an older
    /// state.
    fn end_if_lists_lack(&mut self, object: i64, seq: Seq) -> bool {
        let Some(known) = self.objects.get(object) else { return false };
        let (key, head) = (known.key, known.head);
        let Some(head) = head.filter(|head| !head.gone && head.rank.arrival == 0) else { return false };
        let covered = self.covered.get(&(key.0, key.1)).max(self.covered.get(&(key.0, self.no_text))).copied();
        match covered.filter(|covered| *covered >= head.rank.number) {
            Some(covered) => {
                // An incarnation ended before its successor began.
                let others = self.objects.others(object);
                let mut heads = others.iter().filter_map(|other| self.objects.get(*other)?.head);
                let as_of = if heads.any(|other| other.rank > head.rank) { None } else { Some(covered) };
                self.add_absence(object, seq, as_of);
                true
            }
            None => false,
        }
    }

    /// Updates a view with an incarnation, or with its absence (`None`). Other incarnations of the key leave the view.
    /// Returns true if the view changed.
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

/// Returns the rank directly after all versions of an object.
fn after(known: &ObjectState, seq: Seq) -> Rank {
    Rank { number: known.top, arrival: seq.0 }
}
