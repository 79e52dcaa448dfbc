//! The history of an object.
//!
//! Heads rise in rank from one operation to the next, so the world's series has them in order. A version that arrived late,
//! or in a less complete shape than was already known, never was a head. The index `version_late` orders those by rank.

use std::ops::{ControlFlow, RangeInclusive};

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use kuberewind_model::{Direction, Lineage, ObjectId, Rank, Result, Seq, SessionRange, Shape, Version, VersionId};

use super::lineages::pieces;
use super::observation_index::{self as index, ObservationRef, SeriesKey};
use super::version_row::{self, VERSION};
use crate::error::Context;
use crate::schema::{op_id, split_op_id};

const CONTEXT: &str = "cannot read the versions";

pub(crate) fn one(db: &Connection, version: VersionId) -> Result<Option<Version>> {
    version_where(db, "WHERE v.id = ?", &[version.0])
}

/// Returns a rank in the signed numbers of the file. Larger numbers do not occur in it.
fn rank_values(rank: Rank) -> (i64, i64) {
    (i64::try_from(rank.number).unwrap_or(i64::MAX), i64::try_from(rank.arrival).unwrap_or(i64::MAX))
}

/// Returns the fullest shape of a version observed up to `moment`.
pub(crate) fn fullest(db: &Connection, lineage: &Lineage, moment: Seq, version: Version) -> Result<Version> {
    if version.shape == Shape::Full {
        return Ok(version);
    }
    let (rank, observed, object) = (version.rank, version.first_observed, version.object);
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
        // Heads of the same state are adjacent, around the operation that observed this shape.
        let mut heads = Vec::new();
        let before = index::up_to(range.session, range.to.min(observed));
        index::back(db, SeriesKey::world(object), before, |observation| {
            heads.extend(head(db, observation)?);
            Ok(go_on_while(heads.last().is_none_or(|head: &Version| head.rank >= rank)))
        })?;
        let after = SessionRange { session: range.session, from: observed.next(), to: range.to };
        index::forth(db, SeriesKey::world(object), after, |observation| {
            heads.extend(head(db, observation)?);
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

/// Returns the version of a head of the world.
fn head(db: &Connection, observation: ObservationRef) -> Result<Option<Version>> {
    observation.version.map_or(Ok(None), |version| one(db, VersionId(version)))
}

fn go_on_while(yes: bool) -> ControlFlow<()> {
    if yes { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// Which versions below a rank count.
#[derive(Debug, Clone, Copy)]
struct Below {
    /// Versions observed up to this moment count.
    moment: Seq,
    /// No head of at least that rank was observed before this operation.
    heads_from: Seq,
    /// `None` for the highest version of all.
    rank: Option<Rank>,
    /// True if deletions count.
    ends: bool,
}

/// Returns the last state (not a deletion) of an object that was observed up to `moment` and ranks below `below`.
pub(crate) fn last_state(
    db: &Connection,
    lineage: &Lineage,
    moment: Seq,
    object: ObjectId,
    below: Option<Rank>,
) -> Result<Option<Version>> {
    highest(db, lineage, object, Below { moment, heads_from: moment, rank: below, ends: false })
}

/// Returns the highest version below a rank, in its fullest shape.
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
        let range = index::up_to(range.session, range.to.min(below.heads_from));
        index::back(db, SeriesKey::world(object), range, |observation| {
            let fits = |head: &Version| below.rank.is_none_or(|rank| head.rank < rank) && (below.ends || !head.gone);
            found = head(db, observation)?.filter(fits);
            Ok(go_on_while(found.is_none()))
        })?;
        let order = |version: &Version| (version.rank, version.shape);
        best = best.into_iter().chain(late).chain(found).max_by_key(order);
    }
    Ok(best)
}

pub(crate) fn previous(db: &Connection, lineage: &Lineage, version: VersionId) -> Result<Option<Version>> {
    let Some(version) = one(db, version)? else { return Ok(None) };
    // Versions that became heads after this version rank above it.
    let within = |range: &SessionRange| range.session == version.session && version.first_observed <= range.to;
    let heads_from = if lineage.ranges().iter().any(within) { version.first_observed } else { Seq::MAX };
    let below = Below { moment: Seq::MAX, heads_from, rank: Some(version.rank), ends: true };
    highest(db, lineage, version.object, below)
}

/// Returns the versions first observed within a range, by rank, each in its fullest shape of that range. Reads no more ranks
/// than `limit` from each session.
pub(crate) fn within(
    db: &Connection,
    lineage: &Lineage,
    object: ObjectId,
    range: &RangeInclusive<Seq>,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Version>> {
    let forward = direction == Direction::Forward;
    let order = if forward { "" } else { "DESC" };
    // The plus makes SQLite use the index of ranks, which has the requested order.
    let late = format!(
        "{VERSION} WHERE v.object = ? AND v.head = 0 AND +v.op BETWEEN ? AND ?
         ORDER BY v.rank_number {order}, v.rank_arrival {order}, v.shape DESC, v.id"
    );
    let mut late = db.prepare_cached(&late).context(CONTEXT)?;
    let mut all: Vec<Version> = Vec::new();
    for (session, from, to) in pieces(lineage, range) {
        let mut heads = Ranks::up_to(limit);
        let range = SessionRange { session, from: split_op_id(from).1, to: split_op_id(to).1 };
        let visit = |observation| Ok(go_on_while(head(db, observation)?.is_none_or(|head| heads.take(head))));
        if forward {
            index::forth(db, SeriesKey::world(object), range, visit)?;
        } else {
            index::back(db, SeriesKey::world(object), range, visit)?;
        }
        let mut others = Ranks::up_to(limit);
        for version in late.query_map([object.0, from, to], version_row::version).context(CONTEXT)? {
            if !others.take(version.context(CONTEXT)?) {
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

/// Versions in the order of their ranks, up to a number of distinct ranks.
struct Ranks {
    taken: Vec<Version>,
    ranks: usize,
    limit: usize,
}

impl Ranks {
    fn up_to(limit: usize) -> Ranks {
        Ranks { taken: Vec::new(), ranks: 0, limit }
    }

    /// Adds a version. Returns false if the limit is reached.
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

fn version_where(db: &Connection, condition: &str, values: &[i64]) -> Result<Option<Version>> {
    db.prepare_cached(&format!("{VERSION} {condition}"))
        .and_then(|mut query| query.query_row(params_from_iter(values), version_row::version).optional())
        .context("cannot read a version")
}
