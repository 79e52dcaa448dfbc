//! Objects at a moment, as the world or a view has them.

use rusqlite::{Connection, OptionalExtension, params, params_from_iter, types::Value};

use kuberewind_model::{
    Lineage, Object, ObjectAt, ObjectId, ObjectKey, ObjectQuery, Perspective, Presence, Result, Seq, SessionRange, VersionId,
    ViewerId,
};

use super::actors;
use super::rows::{self, OBJECT};
use crate::error::Context;
use crate::heads;
use crate::observation_index::{self as index, ObservationRef, SeriesKey};
use crate::schema::KeyRows;
use crate::schema::{op_id, split_op_id};
use crate::{kinds, versions};

const CONTEXT: &str = "cannot read an object";
// A ring buffer keeps the versions of its heads although they lie before the range's first number. Searches therefore go back
// to the session's start.

pub(super) fn one(db: &Connection, object: ObjectId) -> Result<Option<Object>> {
    db.prepare_cached(&format!("{OBJECT} WHERE j.id = ?"))
        .and_then(|mut query| query.query_row([object.0], rows::object).optional())
        .context(CONTEXT)
}

fn key_rows(db: &Connection, object: ObjectId) -> Result<Option<KeyRows>> {
    db.prepare_cached("SELECT kind, namespace, name FROM object WHERE id = ?")
        .and_then(|mut query| query.query_row([object.0], |row| row.try_into()).optional())
        .context(CONTEXT)
}

pub(super) fn find(db: &Connection, query: &ObjectQuery, limit: usize) -> Result<Vec<Object>> {
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut values: Vec<Value> = Vec::new();
    if !query.kind.is_empty() {
        let ids: Vec<String> = kinds_named(db, &query.kind)?.iter().map(ToString::to_string).collect();
        conditions.push(format!("j.kind IN ({})", ids.join(",")));
    }
    for (column, asked) in [("j.namespace", &query.namespace), ("j.name", &query.name)] {
        if let Some(text) = asked {
            conditions.push(format!("{column} = (SELECT id FROM text WHERE value = ?)"));
            values.push(Value::from(text.clone()));
        }
    }
    values.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
    let sql = format!(
        "{OBJECT} WHERE {} ORDER BY k.grp, k.resource, ns.value, nm.value, j.incarnation LIMIT ?",
        conditions.join(" AND ")
    );
    let mut query = db.prepare(&sql).context(CONTEXT)?;
    let rows = query.query_map(params_from_iter(values), rows::object).context(CONTEXT)?;
    rows.collect::<rusqlite::Result<_>>().context(CONTEXT)
}

/// Finds kinds by kind, plural, short name or `plural.group`, ignoring case.
fn kinds_named(db: &Connection, asked: &str) -> Result<Vec<i64>> {
    let (plain, group) = asked.split_once('.').map_or((asked, None), |(plain, group)| (plain, Some(group)));
    let named = |kind: &kuberewind_model::Kind| {
        let same = |text: &str| text.eq_ignore_ascii_case(plain);
        (same(&kind.kind) || same(&kind.resource) || kind.short_names.iter().any(|short| same(short)))
            && group.is_none_or(|group| group.eq_ignore_ascii_case(&kind.group))
    };
    Ok(kinds::kinds(db)?.iter().filter(|kind| named(kind)).filter_map(|kind| kind.id.map(|id| id.0)).collect())
}

pub(super) fn at(db: &Connection, lineage: &Lineage, moment: Seq, from: Perspective, object: ObjectId) -> Result<ObjectAt> {
    let Some(known) = one(db, object)? else { return Ok(ObjectAt::unknown()) };
    let Some(key) = key_rows(db, object)? else { return Ok(ObjectAt::unknown()) };
    let last = match from {
        Perspective::World => world_head(db, lineage, moment, object)?,
        Perspective::View(viewer) => match view_range(db, lineage, moment, viewer)? {
            None => return Ok(ObjectAt { object: Some(known), ..ObjectAt::unknown() }),
            Some(range) => last_observation(db, range, viewer, object)?,
        },
    };
    // A gap after the observation may have hidden any change.
    let lost_until = match (from, &last) {
        (Perspective::World, _) => Seq::START,
        (Perspective::View(viewer), last) => {
            let since = last.as_ref().map_or(Seq::START, |last| last.at);
            lost_since(db, lineage, moment, viewer, key, since)?
        }
    };
    match last.filter(|last| lost_until == Seq::START || last.at > lost_until) {
        Some(last) => object_at(db, lineage, moment, known, &last),
        None if is_covered(db, lineage, moment, from, key, lost_until)? => {
            Ok(ObjectAt { presence: Presence::Absent, object: Some(known), ..ObjectAt::unknown() })
        }
        None => Ok(ObjectAt { object: Some(known), ..ObjectAt::unknown() }),
    }
}

/// The last observation of an object, and its version if the object is in the view.
pub(super) struct LastObservation {
    pub(super) at: Seq,
    pub(super) version: Option<VersionId>,
}

impl From<ObservationRef> for LastObservation {
    fn from(observation: ObservationRef) -> LastObservation {
        LastObservation { at: split_op_id(observation.op).1, version: observation.version.map(VersionId) }
    }
}

/// The version that the world or a view has of an object, as the heads have it; it may be a deletion.
pub(super) fn head_at(
    db: &Connection,
    lineage: &Lineage,
    moment: Seq,
    from: Perspective,
    object: ObjectId,
) -> Result<Option<VersionId>> {
    let last = match from {
        Perspective::World => world_head(db, lineage, moment, object)?,
        Perspective::View(viewer) => match view_range(db, lineage, moment, viewer)? {
            None => None,
            Some(range) => last_observation(db, range, viewer, object)?,
        },
    };
    Ok(last.and_then(|last| last.version))
}

/// The last change of the world's state of an object.
pub(super) fn world_head(db: &Connection, lineage: &Lineage, moment: Seq, object: ObjectId) -> Result<Option<LastObservation>> {
    for range in lineage.back_from(moment) {
        let found = index::last(db, SeriesKey::world(object), index::up_to(range.session, range.to))?;
        if found.is_some() {
            return Ok(found.map(LastObservation::from));
        }
    }
    Ok(None)
}

/// Returns the range of a lineage in which a viewer observed anything, up to a moment. Returns `None` if its view is empty
/// then.
fn view_range(db: &Connection, lineage: &Lineage, moment: Seq, viewer: ViewerId) -> Result<Option<SessionRange>> {
    let Some(viewer) = actors::viewer(db, viewer)? else { return Ok(None) };
    let Some(range) = lineage.back_from(moment).find(|range| range.session == viewer.session) else { return Ok(None) };
    let restarted: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM viewer WHERE actor = ? AND session = ? AND incarnation > ? AND since < ?)")
        .and_then(|mut query| {
            query.query_row(params![viewer.actor.0, viewer.session.0, viewer.incarnation, moment.0], |row| row.get(0))
        })
        .context(CONTEXT)?;
    Ok((!restarted).then_some(range))
}

/// Returns the last observation by a viewer.
fn last_observation(db: &Connection, range: SessionRange, viewer: ViewerId, object: ObjectId) -> Result<Option<LastObservation>> {
    let last = index::last(db, SeriesKey::view(object, viewer), index::up_to(range.session, range.to))?;
    Ok(last.map(LastObservation::from))
}

/// Returns the end of the last gap after `since` that may hide changes of a key from a viewer. Returns [`Seq::START`] if
/// there is none.
fn lost_since(db: &Connection, lineage: &Lineage, moment: Seq, viewer: ViewerId, key: KeyRows, since: Seq) -> Result<Seq> {
    let Some(viewer) = actors::viewer(db, viewer)? else { return Ok(Seq::START) };
    db.prepare_cached(
        "SELECT coalesce(max(last), 0) FROM gap WHERE session = ? AND first < ? AND last >= ? AND (actor IS NULL OR actor = ?)
         AND (kind IS NULL OR kind = ?) AND (namespace = ? OR namespace = (SELECT id FROM text WHERE value = ''))",
    )
    .and_then(|mut query| {
        let places = (viewer.session.0, moment.min(lineage.last().next()).0, since.0);
        query.query_row(params![places.0, places.1, places.2, viewer.actor.0, key.0, key.1], |row| row.get::<_, u64>(0))
    })
    .map(Seq)
    .context("cannot read the gaps")
}

/// Returns true if a complete list of the key's scope between `since` and `moment` lacks the key.
fn is_covered(db: &Connection, lineage: &Lineage, moment: Seq, from: Perspective, key: KeyRows, since: Seq) -> Result<bool> {
    let context = "cannot read the lists";
    let no_text: Option<i64> = db
        .prepare_cached("SELECT id FROM text WHERE value = ''")
        .and_then(|mut query| query.query_row([], |row| row.get(0)).optional())
        .context(context)?;
    for range in lineage.back_from(moment) {
        let (from_op, to_op) = (op_id(range.session, since.next()), op_id(range.session, range.to));
        for namespace in [Some(key.1), no_text].into_iter().flatten() {
            let found = match from {
                Perspective::World => db
                    .prepare_cached("SELECT 1 FROM list INDEXED BY list_by_scope WHERE covers = 1 AND kind = ? AND namespace = ? AND op BETWEEN ? AND ? LIMIT 1")
                    .and_then(|mut query| query.query_row([key.0, namespace, from_op, to_op], |_| Ok(())).optional()),
                Perspective::View(viewer) => db
                    .prepare_cached("SELECT 1 FROM list INDEXED BY list_by_viewer WHERE covers = 1 AND kind = ? AND namespace = ? AND viewer = ? AND op BETWEEN ? AND ? LIMIT 1")
                    .and_then(|mut query| query.query_row([key.0, namespace, viewer.0, from_op, to_op], |_| Ok(())).optional()),
            };
            if found.context(context)?.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn object_at(db: &Connection, lineage: &Lineage, moment: Seq, object: Object, last: &LastObservation) -> Result<ObjectAt> {
    let observed_at = Some(last.at);
    let version = match last.version {
        Some(id) => versions::one(db, id)?,
        None => {
            let before = versions::last_state(db, lineage, moment, object.id, None)?;
            return Ok(ObjectAt { presence: Presence::Absent, object: Some(object), version: None, before, observed_at });
        }
    };
    let Some(version) = version else { return Ok(ObjectAt { object: Some(object), ..ObjectAt::unknown() }) };
    if version.gone {
        let before = versions::last_state(db, lineage, moment, object.id, Some(version.rank))?;
        return Ok(ObjectAt { presence: Presence::Absent, object: Some(object), version: Some(version), before, observed_at });
    }
    let version = versions::fullest(db, lineage, moment, version)?;
    Ok(ObjectAt { presence: Presence::Present, object: Some(object), version: Some(version), before: None, observed_at })
}

pub(super) fn key_at(db: &Connection, lineage: &Lineage, moment: Seq, from: Perspective, key: &ObjectKey) -> Result<ObjectAt> {
    let mut query = db
        .prepare_cached(
            "SELECT j.id FROM kind k CROSS JOIN text ns CROSS JOIN text nm CROSS JOIN object j
             ON j.kind = k.id AND j.namespace = ns.id AND j.name = nm.id
             WHERE k.grp = ? AND k.resource = ? AND ns.value = ? AND nm.value = ? ORDER BY j.incarnation",
        )
        .context(CONTEXT)?;
    let rows = query.query_map([&key.group, &key.resource, &key.namespace, &key.name], |row| row.get(0)).context(CONTEXT)?;
    let ids: Vec<i64> = rows.collect::<rusqlite::Result<_>>().context(CONTEXT)?;
    let mut best: Option<ObjectAt> = None;
    for id in ids {
        let next = at(db, lineage, moment, from, ObjectId(id))?;
        // The world compares ranks, a view compares the time of the observation. In both, an observed incarnation ranks above
        // an unobserved one.
        let order = |object_at: &ObjectAt| match from {
            Perspective::World => (object_at.version.as_ref().map(|version| version.rank), object_at.observed_at, false),
            Perspective::View(_) => (None, object_at.observed_at, object_at.presence == Presence::Present),
        };
        let knows = |object_at: &ObjectAt| object_at.presence != Presence::Unknown && object_at.observed_at.is_some();
        let better = best.as_ref().is_none_or(|best| (knows(&next), order(&next)) >= (knows(best), order(best)));
        if better {
            best = Some(next);
        }
    }
    match best {
        // Without an observation, only a list can prove absence.
        Some(best) if best.observed_at.is_some() => Ok(best),
        Some(best) => Ok(ObjectAt { object: None, ..best }),
        None => unnamed_at(db, lineage, moment, from, key),
    }
}

/// Returns the state of a key that no operation names.
fn unnamed_at(db: &Connection, lineage: &Lineage, moment: Seq, from: Perspective, key: &ObjectKey) -> Result<ObjectAt> {
    let Some((kind, _)) = kinds::kind_by_name(db, &key.group, &key.resource)? else { return Ok(ObjectAt::unknown()) };
    let namespace: Option<i64> = db
        .prepare_cached("SELECT id FROM text WHERE value = ?")
        .and_then(|mut query| query.query_row([&key.namespace], |row| row.get(0)).optional())
        .context(CONTEXT)?;
    let rows = (kind, namespace.unwrap_or(-1), -1);
    let lost_until = match from {
        Perspective::World => Seq::START,
        Perspective::View(viewer) => match view_range(db, lineage, moment, viewer)? {
            None => return Ok(ObjectAt::unknown()),
            Some(_) => lost_since(db, lineage, moment, viewer, rows, Seq::START)?,
        },
    };
    let covered = is_covered(db, lineage, moment, from, rows, lost_until)?;
    Ok(ObjectAt { presence: if covered { Presence::Absent } else { Presence::Unknown }, ..ObjectAt::unknown() })
}

pub(super) fn all_at(
    db: &Connection,
    lineage: &Lineage,
    moment: Seq,
    from: Perspective,
    after: Option<ObjectId>,
    limit: usize,
) -> Result<Vec<(ObjectId, VersionId)>> {
    let mut present = Vec::new();
    select_at(
        db,
        lineage,
        moment,
        from,
        after,
        limit,
        |object| Ok(Some(object)),
        |object, version| {
            present.push((object, version));
        },
    )?;
    Ok(present)
}

/// Visits the objects present at a moment for which `wanted` returns a value: ordered by id, after `after`, at most `limit`.
#[allow(clippy::too_many_arguments)] // what selects, and two callbacks
pub(super) fn select_at<T>(
    db: &Connection,
    lineage: &Lineage,
    moment: Seq,
    from: Perspective,
    after: Option<ObjectId>,
    limit: usize,
    mut wanted: impl FnMut(ObjectId) -> Result<Option<T>>,
    mut visit: impl FnMut(T, VersionId),
) -> Result<()> {
    let heads = match from {
        Perspective::World => heads::world(db, lineage, moment)?,
        Perspective::View(viewer) => match view_range(db, lineage, moment, viewer)? {
            Some(range) => heads::view(db, range, viewer.0)?,
            None => heads::Heads::new(),
        },
    };
    let mut left = limit;
    for (object, version) in heads.range(after.map_or(i64::MIN, |after| after.0.saturating_add(1))..) {
        if left == 0 {
            break;
        }
        let Some(value) = wanted(ObjectId(*object))? else { continue };
        // In a view, objects that a gap may have changed are unknown.
        let known = match from {
            Perspective::World => true,
            Perspective::View(_) => at(db, lineage, moment, from, ObjectId(*object))?.presence == Presence::Present,
        };
        if known {
            visit(value, VersionId(*version));
            left -= 1;
        }
    }
    Ok(())
}
