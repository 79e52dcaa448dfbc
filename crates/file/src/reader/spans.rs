//! Reconciles.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Row, params};

use kuberewind_model::{
    ActorId, Certainty, Duration, Lineage, ObjectKey, Result, Seq, SessionNo, Span, SpanId, SpanResult, Timestamp, Trigger,
};

use super::bulk::NameCache;
use crate::blocks::read_block_before;
use crate::columns::{cut_name, seq, word};
use crate::error::Context;
use crate::id_runs::runs;
use crate::lineages::row_id;
use crate::maps::Map;
use crate::schema::split_op_id;
use crate::varint::decode_ids;

const CONTEXT: &str = "cannot read the reconciles";
/// The most triggers that are read for one reconcile.
const MAX_TRIGGERS: i64 = 1024;

const SPAN: &str =
    "SELECT p.id, p.label, p.session, p.actor, p.grp, p.resource, p.kind_name, p.namespace, p.name, p.start_at, p.duration,
  p.started_after, p.ended_after, p.result, p.error, p.requeue_after, p.attempt, p.inferred FROM span p ";

fn span_row(db: &Connection, names: &mut NameCache, row: &Row<'_>) -> rusqlite::Result<Span> {
    let resource = names.word(row, 5)?;
    let kind_name = names.word(row, 6)?;
    let inferred = match row.get::<_, Option<i64>>(17)? {
        Some(_) => Some(word(row, 17, Certainty::from_code)?),
        None => None,
    };
    Ok(Span {
        id: SpanId(row.get(0)?),
        label: row.get(1)?,
        session: SessionNo(row.get(2)?),
        actor: ActorId(row.get(3)?),
        kind_name: if kind_name.is_empty() { resource.clone() } else { kind_name },
        object: ObjectKey {
            group: names.word(row, 4)?,
            resource,
            namespace: cut_name(names.text(db, row.get(7)?)?),
            name: cut_name(names.text(db, row.get(8)?)?),
        },
        start: Timestamp(row.get(9)?),
        duration: row.get::<_, Option<u64>>(10)?.map(Duration),
        started_after: seq(row, 11)?,
        ended_after: row.get::<_, Option<u64>>(12)?.map(Seq),
        result: word(row, 13, SpanResult::from_code)?,
        error: names.word(row, 14)?,
        requeue_after: row.get::<_, Option<u64>>(15)?.map(Duration),
        attempt: row.get(16)?,
        inferred,
        triggers: Vec::new(),
    })
}

fn trigger_row(db: &Connection, names: &mut NameCache, row: &Row<'_>) -> rusqlite::Result<Trigger> {
    Ok(Trigger {
        operation: row.get::<_, Option<i64>>(0)?.map(|id| split_op_id(id).1),
        uid: names.word(row, 1)?,
        resource_version: row.get(2)?,
        reason: names.text(db, row.get(3)?)?,
        certainty: word(row, 4, Certainty::from_code)?,
    })
}

/// Reads the triggers of these reconciles. One query reads neighbouring ids.
fn with_triggers(db: &Connection, names: &mut NameCache, spans: &mut [Span]) -> Result<()> {
    let mut positions: Map<i64, usize> = Map::default();
    positions.extend(spans.iter().enumerate().map(|(at, span)| (span.id.0, at)));
    let mut ids: Vec<i64> = positions.keys().copied().collect();
    ids.sort_unstable();
    let mut read = || -> rusqlite::Result<()> {
        let mut query = db.prepare_cached(
            "SELECT op, uid, resource_version, reason, certainty, span FROM span_trigger
             WHERE span BETWEEN ? AND ? AND no < ? ORDER BY span, no",
        )?;
        for run in runs(&ids) {
            let mut rows = query.query([run[0], run[run.len() - 1], MAX_TRIGGERS])?;
            while let Some(row) = rows.next()? {
                let span = positions.get(&row.get(5)?).and_then(|at| spans.get_mut(*at));
                if let Some(span) = span {
                    span.triggers.push(trigger_row(db, names, row)?);
                }
            }
        }
        Ok(())
    };
    read().context(CONTEXT)
}

pub(super) fn one(db: &Connection, names: &mut NameCache, span: SpanId) -> Result<Option<Span>> {
    let mut found: Vec<Span> = bare(db, names, span)?.into_iter().collect();
    with_triggers(db, names, &mut found)?;
    Ok(found.pop())
}

/// Reads a reconcile without its triggers.
fn bare(db: &Connection, names: &mut NameCache, span: SpanId) -> Result<Option<Span>> {
    db.prepare_cached(&format!("{SPAN} WHERE p.id = ?"))
        .and_then(|mut query| query.query_row([span.0], |row| span_row(db, names, row)).optional())
        .context(CONTEXT)
}

/// Returns the reconciles that ran within a range: those running when its first block began, and those that began since.
pub(super) fn within(
    db: &Connection,
    names: &mut NameCache,
    lineage: &Lineage,
    range: &RangeInclusive<Seq>,
    limit: usize,
) -> Result<Vec<Span>> {
    let mut since = db
        .prepare_cached(&format!("{SPAN} WHERE p.session = ? AND p.started_after BETWEEN ? AND ? ORDER BY p.started_after, p.id"))
        .context(CONTEXT)?;
    let mut found: Vec<Span> = Vec::new();
    let newest = lineage.ranges().last().map(|part| part.session);
    for part in lineage.ranges() {
        // A reconcile begins between two operations, so it may begin before the range's first operation. One of a parent that began
        // after the last inherited operation belongs to the parent's future.
        let to = if Some(part.session) == newest { part.to } else { part.to.prev() };
        let (low, high) = (part.from.prev().max(*range.start()), to.min(*range.end()));
        if low > high {
            continue;
        }
        let ran = |span: &Span| span.started_after <= high && span.ended_after.is_none_or(|end| end >= low);
        let block = read_block_before(db, part.session, low)?;
        let begun = match &block {
            Some((first, running)) => {
                for id in decode_ids(running, 1 << 13) {
                    found.extend(bare(db, names, SpanId(id))?.filter(|span| span.started_after.0 < *first && ran(span)));
                }
                *first
            }
            None => 0,
        };
        let mut rows = since.query(params![part.session.0, begun, high.0]).context(CONTEXT)?;
        while found.len() < limit
            && let Some(row) = rows.next().context(CONTEXT)?
        {
            found.extend(Some(span_row(db, names, row).context(CONTEXT)?).filter(ran));
        }
    }
    found.sort_by_key(|span| (span.started_after, span.id));
    found.dedup_by_key(|span| span.id);
    found.truncate(limit);
    with_triggers(db, names, &mut found)?;
    Ok(found)
}

pub(super) fn triggered_by(db: &Connection, names: &mut NameCache, lineage: &Lineage, at: Seq) -> Result<Vec<Span>> {
    let Some(id) = row_id(lineage, at) else { return Ok(Vec::new()) };
    let mut query = db.prepare_cached("SELECT DISTINCT span FROM span_trigger WHERE op = ? ORDER BY span").context(CONTEXT)?;
    let ids =
        query.query_map([id], |row| row.get(0)).context(CONTEXT)?.collect::<rusqlite::Result<Vec<i64>>>().context(CONTEXT)?;
    let mut spans = Vec::new();
    for id in ids {
        let within = |span: &Span| lineage.ranges().iter().any(|s| s.session == span.session && span.started_after <= s.to);
        spans.extend(one(db, names, SpanId(id))?.filter(within));
    }
    Ok(spans)
}
