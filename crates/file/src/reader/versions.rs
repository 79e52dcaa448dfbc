//! The history of an object.
//!
//! Heads rise in rank from one operation to the next, so the world's trail has them in order. What came late, or in a
//! lesser shape than was known already, never was a head; the index `version_late` has that by rank.

use std::ops::{ControlFlow, RangeInclusive};

use rusqlite::Connection;

use kuberewind_model::{Direction, Lineage, ObjectId, Rank, Result, Seq, SessionRange, Shape, Version, VersionId};

use super::super::schema::{Step, op_id, split_op_id};
use super::super::trail::{self, Of, Part};
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
    let (rank, shown, object) = (version.rank, version.first_observed, version.object);
    let (number, arrival) = rank_values(rank);
    let mut best = version;
    for range in lineage.back_from(moment) {
        let (from, to) = (op_id(range.session, Seq::START), op_id(range.session, range.to));
        let late = version_where(
            db,
            "WHERE v.object = ? AND v.head = 0 AND v.rank_number = ? AND v.rank_arrival = ? AND v.gone = 0 AND +v.op BETWEEN ? AND ?
             ORDER BY v.shape DESC, v.id LIMIT 1",
            &[object.0, number, arrival, from, to],
        )?;
        // The heads of one state follow each other, around the operation that showed this shape of it.
        let mut heads = Vec::new();
        let before = Part::up_to(range.session, range.to.min(shown));
        trail::back(db, Of::world(object), before, |showing| {
            heads.extend(head(db, showing)?);
            Ok(go_on_while(heads.last().is_none_or(|head: &Version| head.rank >= rank)))
        })?;
        let after = Part { session: range.session, low: shown.next(), high: range.to };
        trail::forth(db, Of::world(object), after, |showing| {
            heads.extend(head(db, showing)?);
            Ok(go_on_while(heads.last().is_none_or(|head| head.rank <= rank)))
        })?;
        let same = heads.into_iter().filter(|head| head.rank == rank && !head.gone);
        for fuller in same.chain(late) {
            if fuller.shape > best.shape {
                best = fuller;
            }
        }
    }
    Ok(best)
}

/// The version that a showing of the world's trail names.
fn head(db: &Connection, showing: trail::Showing) -> Result<Option<Version>> {
    showing.version.map_or(Ok(None), |version| one(db, VersionId(version)))
}

fn go_on_while(yes: bool) -> ControlFlow<()> {
    if yes { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// What is looked for below a rank.
#[derive(Debug, Clone, Copy)]
struct Below {
    /// What was shown by then counts.
    moment: Seq,
    /// The heads of that rank and above it begin here at the earliest.
    heads_from: Seq,
    /// `None`: the highest of all.
    rank: Option<Rank>,
    /// Whether an end of the object counts.
    ends: bool,
}

/// The last state (not *gone*) of an object that was shown by then and ranks below `below`.
pub(crate) fn last_state(
    db: &Connection,
    lineage: &Lineage,
    moment: Seq,
    object: ObjectId,
    below: Option<Rank>,
) -> Result<Option<Version>> {
    highest(db, lineage, object, Below { moment, heads_from: moment, rank: below, ends: false })
}

/// Of the versions that rank below another one the highest, in its fullest shape.
fn highest(db: &Connection, lineage: &Lineage, object: ObjectId, below: Below) -> Result<Option<Version>> {
    let (number, arrival) = below.rank.map_or((i64::MAX, i64::MAX), rank_values);
    let condition = if below.ends { "" } else { "AND v.gone = 0" };
    let late = format!(
        "WHERE v.object = ?1 AND v.head = 0 AND v.rank_number <= ?2 AND (v.rank_number < ?2 OR v.rank_arrival < ?3)
           AND +v.op BETWEEN ?4 AND ?5 {condition} ORDER BY v.rank_number DESC, v.rank_arrival DESC, v.shape DESC LIMIT 1"
    );
    let mut best: Option<Version> = None;
    for range in lineage.back_from(below.moment) {
        let (from, to) = (op_id(range.session, Seq::START), op_id(range.session, range.to));
        let late = version_where(db, &late, &[object.0, number, arrival, from, to])?;
        let mut found = None;
        let part = Part::up_to(range.session, range.to.min(below.heads_from));
        trail::back(db, Of::world(object), part, |showing| {
            let fits = |head: &Version| below.rank.is_none_or(|rank| head.rank < rank) && (below.ends || !head.gone);
            found = head(db, showing)?.filter(fits);
            Ok(go_on_while(found.is_none()))
        })?;
        let place = |version: &Version| (version.rank, version.shape);
        best = best.into_iter().chain(late).chain(found).max_by_key(place);
    }
    Ok(best)
}

pub(super) fn previous(db: &Connection, lineage: &Lineage, version: VersionId) -> Result<Option<Version>> {
    let Some(version) = one(db, version)? else { return Ok(None) };
    // What became a head after this version was shown ranks above it.
    let within = |range: &SessionRange| range.session == version.session && version.first_observed <= range.to;
    let heads_from = if lineage.ranges().iter().any(within) { version.first_observed } else { Seq::MAX };
    let below = Below { moment: Seq::MAX, heads_from, rank: Some(version.rank), ends: true };
    highest(db, lineage, version.object, below)
}

/// The versions first shown within a range, by rank, each in its fullest shape of that range. Of each range no more
/// ranks are read than are asked for.
pub(super) fn within(
    db: &Connection,
    lineage: &Lineage,
    object: ObjectId,
    range: &RangeInclusive<Seq>,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Version>> {
    let forward = direction == Direction::Forward;
    let order = if forward { "" } else { "DESC" };
    // The plus makes SQLite walk the index of ranks, which is in the order that is asked for.
    let late = format!(
        "{VERSION} WHERE v.object = ? AND v.head = 0 AND +v.op BETWEEN ? AND ?
         ORDER BY v.rank_number {order}, v.rank_arrival {order}, v.shape DESC, v.id"
    );
    let mut late = db.prepare_cached(&late).step(STEP)?;
    let mut all: Vec<Version> = Vec::new();
    for (session, from, to) in pieces(lineage, range) {
        let mut heads = Ranks::up_to(limit);
        let part = Part { session, low: split_op_id(from).1, high: split_op_id(to).1 };
        let visit = |showing| Ok(go_on_while(head(db, showing)?.is_none_or(|head| heads.take(head))));
        if forward {
            trail::forth(db, Of::world(object), part, visit)?;
        } else {
            trail::back(db, Of::world(object), part, visit)?;
        }
        let mut others = Ranks::up_to(limit);
        for version in late.query_map([object.0, from, to], rows::version).step(STEP)? {
            if !others.take(version.step(STEP)?) {
                break;
            }
        }
        all.append(&mut heads.taken);
        all.append(&mut others.taken);
    }
    all.sort_by_key(|version| (version.rank, std::cmp::Reverse(version.shape), version.id));
    all.dedup_by_key(|version| version.rank);
    if !forward {
        all.reverse();
    }
    all.truncate(limit);
    Ok(all)
}

/// Versions in the order of their ranks, until enough different ones have come.
struct Ranks {
    taken: Vec<Version>,
    ranks: usize,
    limit: usize,
}

impl Ranks {
    fn up_to(limit: usize) -> Ranks {
        Ranks { taken: Vec::new(), ranks: 0, limit }
    }

    /// Takes one more; says whether it was wanted.
    fn take(&mut self, version: Version) -> bool {
        if self.taken.last().is_none_or(|last| last.rank != version.rank) {
            self.ranks += 1;
        }
        if self.ranks > self.limit {
            return false;
        }
        self.taken.push(version);
        true
    }
}
