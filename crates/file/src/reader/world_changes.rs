//! The objects that differ between two moments.
//!
//! A short range is read version by version: each version that the world took over names an object, and two look-ups in the index of
//! observations tell the object's state at both ends. For a long range, the heads of both ends are compared.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Lineage, Moment, ObjectId, Result, Seq, VersionId, WorldChange};

use super::objects::world_head;
use crate::error::Context;
use crate::heads;
use crate::lineages::pieces;
use crate::observation_index::{self as index, SeriesKey};
use crate::schema::split_op_id;
use crate::version_ids;

const CONTEXT: &str = "cannot read the changes of the world";

/// A range is short if it has at most this part of the number of objects as versions, within these limits. A look-up of one object
/// costs about as much as four objects of a comparison of heads.
const PART_OF_WORLD: i64 = 4;
const FEW: i64 = 8;
const MANY: i64 = 2_048;

pub(super) fn between(db: &Connection, lineage: &Lineage, a: Moment, b: Moment, limit: usize) -> Result<Vec<WorldChange>> {
    let (first, last) = (a.min(b), a.max(b));
    let spans = version_spans(db, lineage, first, last)?;
    let versions = spans.iter().map(|span| span.end.saturating_sub(span.start)).fold(0, i64::saturating_add);
    let few = (heads::size_of_world(db, lineage, first)? / PART_OF_WORLD).clamp(FEW, MANY);
    let mut changes = match versions {
        0 => Vec::new(),
        versions if versions <= few => read_versions(db, lineage, first, &spans)?,
        _ => compare_heads(db, lineage, first, last)?,
    };
    changes.sort_by_key(|change| (change.last, change.object));
    if b < a {
        changes.reverse();
        for change in &mut changes {
            std::mem::swap(&mut change.before, &mut change.after);
        }
    }
    changes.truncate(limit);
    Ok(changes)
}

/// Versions with ids from `start` to before `end`, of operations of one session from `from` to `to`.
struct VersionSpan {
    start: i64,
    end: i64,
    from: i64,
    to: i64,
}

/// The versions that were first observed after `first` and up to `last`.
fn version_spans(db: &Connection, lineage: &Lineage, first: Seq, last: Seq) -> Result<Vec<VersionSpan>> {
    let mut spans = Vec::new();
    for (_, from, to) in pieces(lineage, &(first.next()..=last)) {
        let (start, end) = (version_ids::first_after(db, from.saturating_sub(1))?, version_ids::first_after(db, to)?);
        spans.push(VersionSpan { start, end, from, to });
    }
    Ok(spans)
}

fn read_versions(db: &Connection, lineage: &Lineage, first: Seq, spans: &[VersionSpan]) -> Result<Vec<WorldChange>> {
    let mut query = db
        .prepare_cached(
            "SELECT object, id, gone, op FROM version NOT INDEXED WHERE id >= ? AND id < ? AND op BETWEEN ? AND ? AND head = 1 ORDER BY id",
        )
        .context(CONTEXT)?;
    let mut tracks: BTreeMap<i64, Track> = BTreeMap::new();
    for span in spans {
        let mut rows = query.query(params![span.start, span.end, span.from, span.to]).context(CONTEXT)?;
        while let Some(row) = rows.next().context(CONTEXT)? {
            let (object, id, gone, op): (i64, i64, bool, i64) = row.try_into().context(CONTEXT)?;
            let version = (!gone).then_some(VersionId(id));
            tracks.entry(object).or_default().take(version, split_op_id(op).1);
        }
    }
    let mut changes = Vec::new();
    for (object, Track { now: State { version: after, since: last }, .. }) in tracks {
        let head = world_head(db, lineage, first, ObjectId(object))?.and_then(|head| head.version);
        let before = match head {
            Some(version) if !is_gone(db, version)? => Some(version),
            _ => None,
        };
        if before != after {
            changes.push(WorldChange { object: ObjectId(object), before, after, last });
        }
    }
    Ok(changes)
}

/// The state of an object after an operation.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// `None` if the object is not present.
    version: Option<VersionId>,
    /// The operation that changed it to this state.
    since: Seq,
}

/// The states of an object in a range, version by version. An operation may observe several versions; the last one counts.
#[derive(Debug, Default)]
struct Track {
    /// The state before the newest operation; `None` before the first one of the range.
    before: Option<State>,
    now: State,
    /// The newest operation.
    newest: Seq,
}

impl Track {
    fn take(&mut self, version: Option<VersionId>, by: Seq) {
        if self.newest != by {
            self.before = (self.newest != Seq::START).then_some(self.now);
            self.newest = by;
        }
        self.now = match self.before {
            // A deletion that is observed again changes nothing.
            Some(before) if before.version.is_none() && version.is_none() => before,
            _ => State { version, since: by },
        };
    }
}

fn is_gone(db: &Connection, version: VersionId) -> Result<bool> {
    let gone = db
        .prepare_cached("SELECT gone FROM version WHERE id = ?")
        .and_then(|mut query| query.query_row([version.0], |row| row.get(0)).optional())
        .context(CONTEXT)?;
    Ok(gone.unwrap_or(true))
}

fn compare_heads(db: &Connection, lineage: &Lineage, first: Seq, last: Seq) -> Result<Vec<WorldChange>> {
    let (old, new) = (heads::world(db, lineage, first)?, heads::world(db, lineage, last)?);
    let mut observed_by = db.prepare_cached("SELECT op FROM version WHERE id = ?").context(CONTEXT)?;
    let mut changes = Vec::new();
    for (object, version) in &new {
        let before = old.get(object);
        if before == Some(version) {
            continue;
        }
        let op: i64 = observed_by.query_row([version], |row| row.get(0)).context(CONTEXT)?;
        let (before, after) = (before.copied().map(VersionId), Some(VersionId(*version)));
        changes.push(WorldChange { object: ObjectId(*object), before, after, last: split_op_id(op).1 });
    }
    for (object, version) in old.iter().filter(|(object, _)| !new.contains_key(object)) {
        let ended = end_of(db, lineage, last, *object)?.unwrap_or(last);
        changes.push(WorldChange { object: ObjectId(*object), before: Some(VersionId(*version)), after: None, last: ended });
    }
    Ok(changes)
}

/// Returns the operation that ended an object which is gone at `last`: the first deletion after its last state.
fn end_of(db: &Connection, lineage: &Lineage, last: Seq, object: i64) -> Result<Option<Seq>> {
    let (mut ended, mut newest) = (None, None);
    for range in lineage.back_from(last) {
        let mut present = false;
        index::back(db, SeriesKey::world(ObjectId(object)), index::up_to(range.session, range.to), |observation| {
            // Of the versions that an operation observed, the last one counts.
            if newest.replace(observation.op) == Some(observation.op) {
                return Ok(ControlFlow::Continue(()));
            }
            present = match observation.version {
                Some(version) => !is_gone(db, VersionId(version))?,
                None => false,
            };
            if present {
                return Ok(ControlFlow::Break(()));
            }
            ended = Some(split_op_id(observation.op).1);
            Ok(ControlFlow::Continue(()))
        })?;
        if present {
            break;
        }
    }
    Ok(ended)
}

/// The highest numeric resourceVersion.
pub(super) fn highest_resource_version(db: &Connection) -> Result<u64> {
    db.prepare_cached("SELECT coalesce(max(rank_number), 0) FROM version INDEXED BY version_by_number WHERE rank_arrival = 0")
        .and_then(|mut query| query.query_row([], |row| row.get(0)))
        .context(CONTEXT)
}
