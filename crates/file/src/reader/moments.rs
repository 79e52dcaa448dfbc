//! Targets of steps, and the moments of times and resourceVersions.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{
    ActorId, Direction, Duration, Lineage, Moment, ObjectId, Result, Seq, SessionNo, SessionRange, StepTarget, Timestamp, Verb,
};

use crate::blocks::{LEVEL_BITS, MARK_ERROR, MARK_PRESENT, MARK_RECONCILE, block_id};
use crate::error::Context;
use crate::observation_index::{self as index, ObservationRef, SeriesKey};
use crate::schema::{SEQ_BITS, op_id, split_op_id};
use crate::varint::decode_ids;

const CONTEXT: &str = "cannot look for the next operation";

pub(super) fn step(
    db: &Connection,
    lineage: &Lineage,
    from: Seq,
    direction: Direction,
    step_target: &StepTarget,
) -> Result<Option<Seq>> {
    for search in searches(db, lineage, from, direction) {
        let found = match step_target {
            StepTarget::Operation => search.row("SELECT id FROM op WHERE id BETWEEN ?1 AND ?2", &[])?,
            StepTarget::Object(object) => search.object(*object, 1)?.pop(),
            StepTarget::Gap => search.gap()?,
            StepTarget::Write => {
                search.marked(|mark| Verb::from_code(i64::from(mark & 15)).is_some_and(Verb::is_write), "writes > 0")?
            }
            StepTarget::Error => search.marked(|mark| mark & MARK_ERROR != 0, "errors > 0")?,
            StepTarget::Reconcile => search.marked(|mark| mark & MARK_RECONCILE != 0, "reconciles > 0")?,
            StepTarget::Actor(actor) => search.actor(*actor)?,
            StepTarget::Idle(at_least) => search.idle(*at_least)?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The nearest operations on an object strictly after (before) `from`, nearest first; at most `limit`.
pub(super) fn operations_on(
    db: &Connection,
    lineage: &Lineage,
    object: ObjectId,
    (from, direction): (Seq, Direction),
    limit: usize,
) -> Result<Vec<Seq>> {
    let mut found = Vec::new();
    for search in searches(db, lineage, from, direction) {
        if found.len() >= limit {
            break;
        }
        found.extend(search.object(object, limit - found.len())?);
    }
    Ok(found)
}

/// The searches in the sessions of a lineage strictly after (before) `from`, nearest first.
fn searches<'a>(
    db: &'a Connection,
    lineage: &Lineage,
    from: Seq,
    direction: Direction,
) -> impl Iterator<Item = SessionSearch<'a>> + use<'a> {
    let forward = direction == Direction::Forward;
    let mut ranges: Vec<_> = lineage.ranges().to_vec();
    if !forward {
        ranges.reverse();
    }
    ranges.into_iter().filter_map(move |range| {
        let (low, high) = if forward { (range.from.max(from.next()), range.to) } else { (range.from, range.to.min(from.prev())) };
        let is_empty = low > high || (forward && low <= from) || (!forward && from == Seq::START);
        (!is_empty).then_some(SessionSearch { db, session: range.session, low, high, forward })
    })
}

/// The search for the target of a step in one session.
struct SessionSearch<'a> {
    db: &'a Connection,
    session: SessionNo,
    low: Seq,
    high: Seq,
    forward: bool,
}

impl SessionSearch<'_> {
    fn order(&self) -> &'static str {
        if self.forward { "" } else { "DESC" }
    }

    /// Returns the nearest row id of a query between ?1 and ?2.
    fn row(&self, sql: &str, more: &[i64]) -> Result<Option<Seq>> {
        self.row_within(sql, more, self.low, self.high)
    }

    fn row_within(&self, sql: &str, more: &[i64], low: Seq, high: Seq) -> Result<Option<Seq>> {
        let mut values = vec![op_id(self.session, low), op_id(self.session, high)];
        values.extend(more);
        let sql = format!("{sql} ORDER BY 1 {} LIMIT 1", self.order());
        let found: Option<i64> = self
            .db
            .prepare_cached(&sql)
            .and_then(|mut query| query.query_row(rusqlite::params_from_iter(values), |row| row.get(0)).optional())
            .context(CONTEXT)?;
        Ok(found.map(|id| split_op_id(id).1))
    }

    /// The nearest operations on an object, nearest first; at most `limit`.
    fn object(&self, object: ObjectId, limit: usize) -> Result<Vec<Seq>> {
        // One seek for each viewer: the index is ordered by object and viewer.
        let mut nearest = Vec::new();
        let mut viewers = self.db.prepare_cached("SELECT id FROM viewer WHERE session = ?").context(CONTEXT)?;
        let viewers = viewers
            .query_map([self.session.0], |row| row.get(0))
            .context(CONTEXT)?
            .collect::<rusqlite::Result<Vec<i64>>>()
            .context(CONTEXT)?;
        for viewer in viewers {
            let mut left = limit;
            let visit = |observation: ObservationRef| {
                if !observation.inferred {
                    nearest.push(split_op_id(observation.op).1);
                    left -= 1;
                }
                Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            };
            let (key, range) =
                (SeriesKey { object: object.0, viewer }, SessionRange { session: self.session, from: self.low, to: self.high });
            if self.forward {
                index::forth(self.db, key, range, visit)?;
            } else {
                index::back(self.db, key, range, visit)?;
            }
        }
        nearest.sort_unstable();
        nearest.dedup();
        if !self.forward {
            nearest.reverse();
        }
        nearest.truncate(limit);
        Ok(nearest)
    }

    /// Finds the first operation after a gap, or the last one before it.
    fn gap(&self) -> Result<Option<Seq>> {
        let sql = format!(
            "SELECT edge FROM (SELECT first AS edge FROM gap WHERE session = ?1 UNION SELECT last + 1 FROM gap WHERE session = ?1)
             WHERE edge BETWEEN ?2 AND ?3 ORDER BY edge {} LIMIT 1",
            self.order()
        );
        let found: Option<u64> = self
            .db
            .prepare_cached(&sql)
            .and_then(|mut query| query.query_row(params![self.session.0, self.low.0, self.high.0], |row| row.get(0)).optional())
            .context(CONTEXT)?;
        Ok(found.map(Seq))
    }

    /// Finds the nearest operation with a wanted mark. Skips blocks that cannot have one.
    fn marked(&self, wanted: impl Fn(u8) -> bool, block_has: &str) -> Result<Option<Seq>> {
        let mut marks = self.db.prepare_cached("SELECT marks FROM block_ops WHERE id = ?").context(CONTEXT)?;
        self.blocks(block_has, &[], |no, low, high| {
            let marks: Vec<u8> = marks
                .query_row([(self.session.0 << SEQ_BITS) | no], |row| row.get(0))
                .optional()
                .context(CONTEXT)?
                .unwrap_or_default();
            let base = u64::try_from(no).unwrap_or(0) << LEVEL_BITS[0];
            let hit = |(at, mark): (usize, &u8)| {
                let seq = Seq(base + at as u64);
                (mark & MARK_PRESENT != 0 && wanted(*mark) && low <= seq && seq <= high).then_some(seq)
            };
            let mut places = marks.iter().enumerate();
            Ok(if self.forward { places.find_map(hit) } else { places.rev().find_map(hit) })
        })
    }

    fn actor(&self, actor: ActorId) -> Result<Option<Seq>> {
        self.blocks_of("actors", actor.0, |_, low, high| {
            self.row_within(
                "SELECT id FROM op WHERE id BETWEEN ?1 AND ?2 AND viewer IN (SELECT id FROM viewer WHERE actor = ?3)",
                &[actor.0],
                low,
                high,
            )
        })
    }

    fn idle(&self, at_least: Duration) -> Result<Option<Seq>> {
        let length = i64::try_from(at_least.0).unwrap_or(i64::MAX);
        let sql = "SELECT id FROM op o WHERE id BETWEEN ?1 AND ?2
                   AND at - (SELECT at FROM op b WHERE b.id < o.id AND b.id > o.id - (o.id & 1099511627775) ORDER BY b.id DESC LIMIT 1) >= ?3";
        self.blocks("idle >= ?4", &[length], |_, low, high| self.row_within(sql, &[length], low, high))
    }

    /// Looks into the blocks that match a condition, nearest first, until `look` returns a result. A coarse block that does
    /// not match saves reading its 64 fine ones.
    fn blocks(&self, has: &str, more: &[i64], mut look: impl FnMut(i64, Seq, Seq) -> Result<Option<Seq>>) -> Result<Option<Seq>> {
        self.walk(has, more, |_| true, &mut look)
    }

    fn blocks_of(
        &self,
        set: &str,
        member: i64,
        mut look: impl FnMut(i64, Seq, Seq) -> Result<Option<Seq>>,
    ) -> Result<Option<Seq>> {
        let column = if set == "actors" { "length(actors) > 0" } else { "length(kinds) > 0" };
        let contains = |ids: &[u8]| decode_ids(ids, 1 << 16).contains(&member);
        self.walk(column, &[], contains, &mut look)
    }

    fn walk(
        &self,
        has: &str,
        more: &[i64],
        admits: impl Fn(&[u8]) -> bool,
        look: &mut dyn FnMut(i64, Seq, Seq) -> Result<Option<Seq>>,
    ) -> Result<Option<Seq>> {
        let sql = format!(
            "SELECT id, actors FROM block WHERE level = ?1 AND id BETWEEN ?2 AND ?3 AND {has} ORDER BY id {}",
            self.order()
        );
        let mut query = self.db.prepare_cached(&sql).context(CONTEXT)?;
        let mut fine = self.db.prepare_cached(&sql).context(CONTEXT)?;
        let values = |level: i64, low: i64, high: i64| [level, low, high].into_iter().chain(more.iter().copied());
        let (low, high) = (block_id(1, self.session, self.low), block_id(1, self.session, self.high));
        let mut coarse = query.query(rusqlite::params_from_iter(values(1, low, high))).context(CONTEXT)?;
        while let Some(row) = coarse.next().context(CONTEXT)? {
            if !admits(row.get_ref(1).and_then(|ids| Ok(ids.as_blob()?)).context(CONTEXT)?) {
                continue;
            }
            let no = row.get::<_, i64>(0).context(CONTEXT)? & ((1 << SEQ_BITS) - 1);
            let per = LEVEL_BITS[1] - LEVEL_BITS[0];
            let first = block_id(0, self.session, self.low).max((self.session.0 << SEQ_BITS) | (no << per));
            let last = block_id(0, self.session, self.high).min((self.session.0 << SEQ_BITS) | ((no << per) + (1 << per) - 1));
            let mut rows = fine.query(rusqlite::params_from_iter(values(0, first, last))).context(CONTEXT)?;
            while let Some(row) = rows.next().context(CONTEXT)? {
                if !admits(row.get_ref(1).and_then(|ids| Ok(ids.as_blob()?)).context(CONTEXT)?) {
                    continue;
                }
                let no = row.get::<_, i64>(0).context(CONTEXT)? & ((1 << SEQ_BITS) - 1);
                let base = u64::try_from(no).unwrap_or(0) << LEVEL_BITS[0];
                let (low, high) = (self.low.max(Seq(base)), self.high.min(Seq(base + (1 << LEVEL_BITS[0]) - 1)));
                if let Some(found) = look(no, low, high)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }
}

/// Finds the last operation at or before a time by binary search: times never decrease within a session.
pub(super) fn at_time(db: &Connection, lineage: &Lineage, at: Timestamp) -> Result<Moment> {
    let mut query =
        db.prepare_cached("SELECT id, at FROM op WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1").context(CONTEXT)?;
    let mut before = |session: SessionNo, low: u64, high: u64| -> Result<Option<(u64, i64)>> {
        query
            .query_row([op_id(session, Seq(low)), op_id(session, Seq(high))], |row| {
                Ok((split_op_id(row.get(0)?).1.0, row.get(1)?))
            })
            .optional()
            .context(CONTEXT)
    };
    for range in lineage.ranges().iter().rev() {
        // The result lies below `high`; operations from `high` on are later.
        let (mut low, mut high) = (range.from.0, range.to.0.saturating_add(1));
        let mut found = None;
        while low < high {
            let middle = low + (high - low) / 2;
            match before(range.session, low, middle)? {
                Some((seq, time)) if time <= at.0 => {
                    found = Some(Seq(seq));
                    low = middle + 1;
                }
                Some((seq, _)) => high = seq,
                None => low = middle + 1,
            }
        }
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Ok(Seq::START)
}

/// Finds the first moment at which a resourceVersion was observed.
pub(super) fn at_resource_version(db: &Connection, lineage: &Lineage, resource_version: &str) -> Result<Option<Moment>> {
    let context = "cannot look for the resourceVersion";
    let number: i64 = resource_version.parse().ok().filter(|number| *number >= 0).unwrap_or(-1);
    for range in lineage.ranges() {
        let limits = params![number, resource_version, op_id(range.session, range.from), op_id(range.session, range.to)];
        // resourceVersions that are not numbers have a separate index.
        let found: Option<i64> = db
            .prepare_cached(
                "SELECT min(op) FROM (
                   SELECT op FROM version INDEXED BY version_by_number WHERE rank_number = ?1 AND rank_arrival = 0 AND op BETWEEN ?3 AND ?4
                   UNION ALL SELECT op FROM version WHERE rv = ?2 AND op BETWEEN ?3 AND ?4)",
            )
            .and_then(|mut query| query.query_row(limits, |row| row.get(0)))
            .context(context)?;
        if let Some(id) = found {
            return Ok(Some(split_op_id(id).1));
        }
    }
    Ok(None)
}
