//! Objects in memory: the incarnations of each key, and the world's head of each.

use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Lineage, ObservationKind, Rank, Result, Seq, SessionNo, Shape};

use crate::codec::Hash;
use crate::error::Context;
use crate::heads::{Heads, WORLD};
use crate::maps::{Map, Set};
use crate::observation_index::{self as index, SeriesKey};
use crate::schema::{KeyRows, op_id, split_op_id};

/// The world's version of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) version: i64,
    pub(super) rank: Rank,
    pub(super) shape: Shape,
    pub(super) gone: bool,
    /// Of a deletion: true if it was observed, false if it was inferred.
    pub(super) reported: bool,
    pub(super) first_observed: Seq,
    pub(super) hash: Option<Hash>,
}

/// An incarnation in this lineage.
#[derive(Debug, Clone)]
pub(super) struct ObjectState {
    pub(super) key: KeyRows,
    pub(super) uid: Arc<str>,
    pub(super) head: Option<Head>,
    /// True if it was ever present.
    pub(super) existed: bool,
    /// True if its deletion was observed. Then no later observation makes it present.
    pub(super) deleted: bool,
    /// The highest resourceVersion of its versions.
    pub(super) top: u64,
}

impl ObjectState {
    fn new(key: KeyRows, uid: Arc<str>) -> ObjectState {
        ObjectState { key, uid, head: None, existed: false, deleted: false, top: 0 }
    }

    pub(super) fn is_present(&self) -> bool {
        self.head.is_some_and(|head| !head.gone)
    }
}

/// The incarnation that an observation refers to.
pub(super) struct Resolved {
    pub(super) object: i64,
    /// The previous incarnation, if this one has just begun.
    pub(super) replaces: Option<i64>,
}

/// The most incarnations of a present object's key in memory.
const INCARNATIONS: usize = 64;

/// Objects that are present or were deleted recently. Others are read from the file.
pub(super) struct Objects {
    session: SessionNo,
    lineage: Lineage,
    next: i64,
    known: Map<i64, ObjectState>,
    by_key: Map<KeyRows, Vec<i64>>,
    by_kind: Map<i64, Set<i64>>,
}

impl Objects {
    /// Loads the objects of the inherited heads.
    pub(super) fn load(db: &Connection, session: SessionNo, lineage: Lineage, heads: &Heads) -> Result<Objects> {
        let next = db
            .query_row("SELECT coalesce(max(id), 0) + 1 FROM object", [], |row| row.get(0))
            .context("cannot read the objects")?;
        let mut objects =
            Objects { session, lineage, next, known: Map::default(), by_key: Map::default(), by_kind: Map::default() };
        for object in heads.keys() {
            let key = db
                .prepare_cached("SELECT kind, namespace, name FROM object WHERE id = ?")
                .and_then(|mut query| query.query_row([object], |row| row.try_into()))
                .context("cannot read an object")?;
            objects.remember(db, key)?;
        }
        Ok(objects)
    }

    pub(super) fn get(&self, object: i64) -> Option<&ObjectState> {
        self.known.get(&object)
    }

    pub(super) fn get_mut(&mut self, object: i64) -> Option<&mut ObjectState> {
        self.known.get_mut(&object)
    }

    /// Returns the objects of a kind that are present in the world.
    pub(super) fn present_of_kind(&self, kind: i64) -> impl Iterator<Item = (i64, &ObjectState)> {
        let ids = self.by_kind.get(&kind).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.known.get(id)?))).filter(|(_, known)| known.is_present())
    }

    /// Returns the world's heads of present objects.
    pub(super) fn present(&self) -> Heads {
        self.heads(|head| !head.gone)
    }

    /// Returns the world's heads of objects deleted since `since`.
    pub(super) fn gone_since(&self, since: Seq) -> Heads {
        self.heads(|head| head.gone && head.first_observed >= since)
    }

    fn heads(&self, wanted: impl Fn(&Head) -> bool) -> Heads {
        self.known.iter().filter_map(|(id, known)| known.head.filter(&wanted).map(|head| (*id, head.version))).collect()
    }

    /// Drops objects that were deleted before `before` and that no view contains; they can be read from the file. Either all
    /// incarnations of a key stay in memory or none, because they are compared with each other. Only the oldest of very many
    /// are dropped.
    pub(super) fn forget_gone(&mut self, before: Seq, held: &Set<i64>) {
        let known = &self.known;
        let may_go = |id: &i64| {
            let went = |head: Head| head.gone && head.first_observed < before;
            !held.contains(id) && known.get(id).is_none_or(|known| known.head.is_none_or(went))
        };
        let mut forgotten = Vec::new();
        self.by_key.retain(|_, ids| {
            if ids.iter().all(may_go) {
                forgotten.append(ids);
            } else if ids.len() > INCARNATIONS {
                let oldest: Vec<i64> = ids.drain(..ids.len() - INCARNATIONS).collect();
                let (go, stay): (Vec<i64>, Vec<i64>) = oldest.into_iter().partition(may_go);
                forgotten.extend(go);
                ids.splice(..0, stay);
            }
            !ids.is_empty()
        });
        for object in forgotten {
            let Some(known) = self.known.remove(&object) else { continue };
            if let Some(ids) = self.by_kind.get_mut(&known.key.0) {
                ids.remove(&object);
            }
        }
    }

    /// Returns the current incarnation of a key, if this lineage has one.
    pub(super) fn current(&mut self, db: &Connection, key: KeyRows) -> Result<Option<i64>> {
        self.remember(db, key)?;
        Ok(self.latest(self.incarnations(key)))
    }

    /// Returns the other incarnations of an object's key.
    pub(super) fn others(&self, object: i64) -> Vec<i64> {
        let ids = self.known.get(&object).and_then(|known| self.by_key.get(&known.key));
        ids.map_or_else(Vec::new, |ids| ids.iter().copied().filter(|id| *id != object).collect())
    }

    /// Returns the incarnation whose head ranks highest.
    fn latest(&self, ids: &[i64]) -> Option<i64> {
        ids.iter().copied().max_by_key(|id| (self.known.get(id).and_then(|known| known.head).map(|head| head.rank), *id))
    }

    /// Finds or begins the incarnation that an observation refers to.
    pub(super) fn resolve(
        &mut self,
        db: &Connection,
        key: KeyRows,
        uid: &Arc<str>,
        created: bool,
        kind: ObservationKind,
    ) -> Result<Resolved> {
        self.remember(db, key)?;
        let ids = self.incarnations(key);
        let of_uid = |id: &&i64| !uid.is_empty() && self.known.get(id).is_some_and(|known| known.uid == *uid);
        if let Some(object) = ids.iter().find(of_uid) {
            return Ok(Resolved { object: *object, replaces: None });
        }
        let Some(current) = self.latest(ids) else {
            return Ok(Resolved { object: self.begin(db, key, uid)?, replaces: None });
        };
        let Some(known) = self.known.get_mut(&current) else {
            return Ok(Resolved { object: self.begin(db, key, uid)?, replaces: None });
        };
        let was_there_and_went = known.existed && known.head.is_some_and(|head| head.gone);
        let new = match (known.uid.is_empty(), uid.is_empty()) {
            (false, false) => true,
            (true, false) => was_there_and_went && kind == ObservationKind::State,
            (_, true) => was_there_and_went && created,
        };
        if new {
            return Ok(Resolved { object: self.begin(db, key, uid)?, replaces: Some(current) });
        }
        if known.uid.is_empty() && !uid.is_empty() {
            known.uid = uid.clone();
            db.prepare_cached("UPDATE object SET uid = ? WHERE id = ?")
                .and_then(|mut update| update.execute(params![uid, current]))
                .context("cannot write an object")?;
        }
        Ok(Resolved { object: current, replaces: None })
    }

    /// Returns the incarnations of a key in memory, oldest first.
    fn incarnations(&self, key: KeyRows) -> &[i64] {
        self.by_key.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Loads the incarnations of a key in this lineage.
    fn remember(&mut self, db: &Connection, key: KeyRows) -> Result<()> {
        if self.by_key.contains_key(&key) {
            return Ok(());
        }
        let context = "cannot read the objects";
        let rows: Vec<(i64, Arc<str>)> = {
            let mut query = db
                .prepare_cached("SELECT id, uid FROM object WHERE kind = ? AND namespace = ? AND name = ? ORDER BY incarnation")
                .context(context)?;
            let rows = query.query_map(params![key.0, key.1, key.2], |row| Ok((row.get(0)?, row.get(1)?))).context(context)?;
            rows.collect::<rusqlite::Result<_>>().context(context)?
        };
        let mut ids = Vec::new();
        for (id, uid) in rows {
            let known = self.load_known(db, key, id, uid)?;
            if known.head.is_some() {
                self.by_kind.entry(key.0).or_default().insert(id);
                self.known.insert(id, known);
                ids.push(id);
            }
        }
        if !ids.is_empty() {
            self.by_key.insert(key, ids);
        }
        Ok(())
    }

    /// Reads the state of an incarnation from the file.
    fn load_known(&self, db: &Connection, key: KeyRows, object: i64, uid: Arc<str>) -> Result<ObjectState> {
        let mut known = ObjectState::new(key, uid);
        known.head = load_head(db, &self.lineage, object)?;
        if let Some(head) = known.head {
            known.top = head.rank.number;
            known.existed = head.reported || has_existed(db, &self.lineage, object)?;
            known.deleted = head.reported;
        }
        Ok(known)
    }

    /// Begins an incarnation. An incarnation with the same uid in another session is the same one.
    fn begin(&mut self, db: &Connection, key: KeyRows, uid: &Arc<str>) -> Result<i64> {
        let context = "cannot write an object";
        let same: Option<i64> = match uid.is_empty() {
            true => None,
            false => db
                .prepare_cached("SELECT id FROM object WHERE kind = ? AND namespace = ? AND name = ? AND uid = ?")
                .and_then(|mut query| query.query_row(params![key.0, key.1, key.2, uid], |row| row.get(0)).optional())
                .context(context)?,
        };
        let object = match same {
            Some(object) => object,
            None => {
                let object = self.next;
                self.next += 1;
                db.prepare_cached(
                    "INSERT INTO object (id, kind, namespace, name, incarnation, uid, session) SELECT ?1, ?2, ?3, ?4,
                     coalesce(max(incarnation), 0) + 1, ?5, ?6 FROM object WHERE kind = ?2 AND namespace = ?3 AND name = ?4",
                )
                .and_then(|mut insert| insert.execute(params![object, key.0, key.1, key.2, uid, self.session.0]))
                .context(context)?;
                object
            }
        };
        let known = match same {
            Some(object) => self.load_known(db, key, object, uid.clone())?,
            None => ObjectState::new(key, uid.clone()),
        };
        self.known.insert(object, known);
        self.by_key.entry(key).or_default().push(object);
        self.by_kind.entry(key.0).or_default().insert(object);
        Ok(object)
    }
}

/// Returns the head of an object at the end of a lineage.
fn load_head(db: &Connection, lineage: &Lineage, object: i64) -> Result<Option<Head>> {
    for range in lineage.back_from(Seq::MAX) {
        let range = index::up_to(range.session, range.to);
        let Some(version) =
            index::last(db, SeriesKey { object, viewer: WORLD }, range)?.and_then(|observation| observation.version)
        else {
            continue;
        };
        return db
            .prepare_cached(
                "SELECT v.id, rank_number, rank_arrival, shape, gone, op, hash FROM version v LEFT JOIN body b ON b.id = v.body
                 WHERE v.id = ?",
            )
            .and_then(|mut query| {
                query
                    .query_row([version], |row| {
                        Ok(Head {
                            version: row.get(0)?,
                            rank: Rank { number: row.get(1)?, arrival: row.get(2)? },
                            shape: Shape::from_code(row.get(3)?).unwrap_or(Shape::Unknown),
                            gone: row.get(4)?,
                            reported: row.get::<_, i64>(4)? == 2,
                            first_observed: split_op_id(row.get(5)?).1,
                            hash: row.get(6)?,
                        })
                    })
                    .optional()
            })
            .context("cannot read a head");
    }
    Ok(None)
}

/// Returns true if an object was ever present in a lineage, in a head or in a late version.
fn has_existed(db: &Connection, lineage: &Lineage, object: i64) -> Result<bool> {
    let context = "cannot read an object";
    let mut gone = db.prepare_cached("SELECT gone FROM version WHERE id = ?").context(context)?;
    let mut late = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM version INDEXED BY version_late WHERE object = ? AND head = 0 AND op BETWEEN ? AND ? AND gone = 0)",
        )
        .context(context)?;
    for range in lineage.ranges() {
        let mut existed = false;
        index::back(db, SeriesKey { object, viewer: WORLD }, index::up_to(range.session, range.to), |observation| {
            let was_there =
                gone.query_row([observation.version], |row| row.get::<_, i64>(0)).optional().context(context)? == Some(0);
            existed |= was_there;
            Ok(if was_there { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let limits = params![object, op_id(range.session, range.from), op_id(range.session, range.to)];
        if existed || late.query_row(limits, |row| row.get(0)).context(context)? {
            return Ok(true);
        }
    }
    Ok(false)
}
