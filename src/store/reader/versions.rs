//! The history of an object.

use std::ops::RangeInclusive;

use rusqlite::Connection;

use crate::model::{Direction, Lineage, ObjectId, Rank, Result, Seq, Shape, Version, VersionId};

use super::super::schema::{Step, op_id};
use super::objects::version_where;
use super::operations::pieces;
use super::rows::{self, VERSION};

const STEP: &str = "cannot read the versions";

pub(super) fn one(db: &Connection, version: VersionId) -> Result<Option<Version>> {
    version_where(db, "WHERE v.id = ?", &[version.0])
}

/// Ranks are stored as the file's signed numbers; what does not fit does not occur in it.
fn rank_values(rank: Rank) -> (i64, i64) {
    (i64::try_from(rank.number).unwrap_or(i64::MAX), i64::try_from(rank.arrival).unwrap_or(i64::MAX))
}

/// The fullest shape of a version that was shown by then.
pub(super) fn fullest(db: &Connection, lineage: &Lineage, moment: Seq, version: Version) -> Result<Version> {
    if version.shape == Shape::Full {
        return Ok(version);
    }
    let (number, arrival) = rank_values(version.rank);
    let mut best = version;
    for stretch in lineage.back_from(moment) {
        let (from, to) = (op_id(stretch.session, Seq::START), op_id(stretch.session, stretch.to));
        let fuller = version_where(
            db,
            "WHERE v.object = ? AND v.rank_number = ? AND v.rank_arrival = ? AND v.gone = 0 AND v.op BETWEEN ? AND ? ORDER BY v.shape DESC, v.id LIMIT 1",
            &[best.object.0, number, arrival, from, to],
        )?;
        best = fuller.filter(|fuller| fuller.shape > best.shape).unwrap_or(best);
    }
    Ok(best)
}

/// The last state (not *gone*) of an object that was shown by then and ranks below `below`.
pub(super) fn last_state(
    db: &Connection,
    lineage: &Lineage,
    moment: Seq,
    object: ObjectId,
    below: Option<Rank>,
) -> Result<Option<Version>> {
    let below = below.map_or((i64::MAX, i64::MAX), rank_values);
    highest(db, lineage, moment, "AND v.gone = 0", object, below)
}

/// Of the versions that rank below another one the highest, in its fullest shape.
fn highest(
    db: &Connection,
    lineage: &Lineage,
    moment: Seq,
    condition: &str,
    object: ObjectId,
    below: (i64, i64),
) -> Result<Option<Version>> {
    let condition = format!(
        "WHERE v.object = ?1 AND v.rank_number <= ?2 AND (v.rank_number < ?2 OR v.rank_arrival < ?3) AND +v.op BETWEEN ?4 AND ?5 {condition}
         ORDER BY v.rank_number DESC, v.rank_arrival DESC, v.shape DESC LIMIT 1"
    );
    let mut best: Option<Version> = None;
    for stretch in lineage.back_from(moment) {
        let (from, to) = (op_id(stretch.session, Seq::START), op_id(stretch.session, stretch.to));
        let found = version_where(db, &condition, &[object.0, below.0, below.1, from, to])?;
        let place = |version: &Version| (version.rank, version.shape);
        best = best.into_iter().chain(found).max_by_key(place);
    }
    Ok(best)
}

pub(super) fn previous(db: &Connection, lineage: &Lineage, version: VersionId) -> Result<Option<Version>> {
    let Some(version) = one(db, version)? else { return Ok(None) };
    highest(db, lineage, Seq::MAX, "", version.object, rank_values(version.rank))
}

/// The versions first shown within a range, by rank, each in its fullest shape of that range. Of each stretch no more
/// ranks are read than are asked for.
pub(super) fn within(
    db: &Connection,
    lineage: &Lineage,
    object: ObjectId,
    range: &RangeInclusive<Seq>,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Version>> {
    let order = if direction == Direction::Forward { "" } else { "DESC" };
    // The plus makes SQLite walk the index of ranks, which is in the order that is asked for.
    let sql = format!(
        "{VERSION} WHERE v.object = ? AND +v.op BETWEEN ? AND ? ORDER BY v.rank_number {order}, v.rank_arrival {order}, v.shape DESC, v.id"
    );
    let mut query = db.prepare_cached(&sql).step(STEP)?;
    let mut all: Vec<Version> = Vec::new();
    for (_, from, to) in pieces(lineage, range) {
        let (mut ranks, mut last) = (0, None);
        for version in query.query_map([object.0, from, to], rows::version).step(STEP)? {
            let version = version.step(STEP)?;
            if last.replace(version.rank) != Some(version.rank) {
                ranks += 1;
                if ranks > limit {
                    break;
                }
                all.push(version);
            }
        }
    }
    all.sort_by_key(|version| (version.rank, std::cmp::Reverse(version.shape), version.id));
    all.dedup_by_key(|version| version.rank);
    if direction == Direction::Backward {
        all.reverse();
    }
    all.truncate(limit);
    Ok(all)
}
