//! Reconciles, watches, log lines, gaps.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use kuberewind_model::{
    ActorId, Certainty, Duration, Gap, GapReason, KindId, Lineage, LogLine, LogStream, ObjectKey, Result, Scope, Seq, SessionNo,
    Span, SpanId, SpanResult, Timestamp, Trigger, ViewerId, Watch, WatchId, WatchOutcome,
};

use super::super::blocks::read_block_before;
use super::super::maps::Map;
use super::super::schema::{Step, split_op_id};
use super::super::varint::decode_ids;
use super::operations::row_id;
use super::ranges::{Known, runs};
use super::rows::{seq, text, word};

const STEP: &str = "cannot read the reconciles";
/// Triggers of one span that are read, the first ones.
const MAX_TRIGGERS: i64 = 1024;

const SPAN: &str =
    "SELECT p.id, p.label, p.session, p.actor, p.grp, p.resource, p.kind_name, p.namespace, p.name, p.start_at, p.duration,
  p.started_after, p.ended_after, p.result, p.error, p.requeue_after, p.attempt, p.inferred FROM span p ";

fn span_row(db: &Connection, known: &mut Known, row: &Row<'_>) -> rusqlite::Result<Span> {
    let resource = known.word(row, 5)?;
    let kind_name = known.word(row, 6)?;
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
            group: known.word(row, 4)?,
            resource,
            namespace: known.text(db, row.get(7)?)?,
            name: known.text(db, row.get(8)?)?,
        },
        start: Timestamp(row.get(9)?),
        duration: row.get::<_, Option<u64>>(10)?.map(Duration),
        started_after: seq(row, 11)?,
        ended_after: row.get::<_, Option<u64>>(12)?.map(Seq),
        result: word(row, 13, SpanResult::from_code)?,
        error: known.word(row, 14)?,
        requeue_after: row.get::<_, Option<u64>>(15)?.map(Duration),
        attempt: row.get(16)?,
        inferred,
        triggers: Vec::new(),
    })
}

fn trigger_row(db: &Connection, known: &mut Known, row: &Row<'_>) -> rusqlite::Result<Trigger> {
    Ok(Trigger {
        operation: row.get::<_, Option<i64>>(0)?.map(|id| split_op_id(id).1),
        uid: known.word(row, 1)?,
        resource_version: row.get(2)?,
        reason: known.text(db, row.get(3)?)?,
        certainty: word(row, 4, Certainty::from_code)?,
    })
}

/// Reads what triggered these spans, neighbours in one go.
fn with_triggers(db: &Connection, known: &mut Known, spans: &mut [Span]) -> Result<()> {
    let mut place: Map<i64, usize> = Map::default();
    place.extend(spans.iter().enumerate().map(|(at, span)| (span.id.0, at)));
    let mut ids: Vec<i64> = place.keys().copied().collect();
    ids.sort_unstable();
    let mut read = || -> rusqlite::Result<()> {
        let mut query = db.prepare_cached(
            "SELECT op, uid, resource_version, reason, certainty, span FROM span_trigger
             WHERE span BETWEEN ? AND ? AND no < ? ORDER BY span, no",
        )?;
        for run in runs(&ids) {
            let mut rows = query.query([run[0], run[run.len() - 1], MAX_TRIGGERS])?;
            while let Some(row) = rows.next()? {
                let span = place.get(&row.get(5)?).and_then(|at| spans.get_mut(*at));
                if let Some(span) = span {
                    span.triggers.push(trigger_row(db, known, row)?);
                }
            }
        }
        Ok(())
    };
    read().step(STEP)
}

pub(super) fn one(db: &Connection, known: &mut Known, span: SpanId) -> Result<Option<Span>> {
    let mut found: Vec<Span> = bare(db, known, span)?.into_iter().collect();
    with_triggers(db, known, &mut found)?;
    Ok(found.pop())
}

/// A span without its triggers.
fn bare(db: &Connection, known: &mut Known, span: SpanId) -> Result<Option<Span>> {
    db.prepare_cached(&format!("{SPAN} WHERE p.id = ?"))
        .and_then(|mut query| query.query_row([span.0], |row| span_row(db, known, row)).optional())
        .step(STEP)
}

/// The spans that ran within a range: those that ran when its first block began, and those that began since.
pub(super) fn within(
    db: &Connection,
    known: &mut Known,
    lineage: &Lineage,
    range: &RangeInclusive<Seq>,
    limit: usize,
) -> Result<Vec<Span>> {
    let mut since = db
        .prepare_cached(&format!("{SPAN} WHERE p.session = ? AND p.started_after BETWEEN ? AND ? ORDER BY p.started_after, p.id"))
        .step(STEP)?;
    let mut found: Vec<Span> = Vec::new();
    for part in lineage.ranges() {
        // A span begins between two operations, so one may have begun before the range's first.
        let (low, high) = (part.from.prev().max(*range.start()), part.to.min(*range.end()));
        if low > high {
            continue;
        }
        let ran = |span: &Span| span.started_after <= high && span.ended_after.is_none_or(|end| end >= low);
        let block = read_block_before(db, part.session, low)?;
        let begun = match &block {
            Some((first, running)) => {
                for id in decode_ids(running, 1 << 13) {
                    found.extend(bare(db, known, SpanId(id))?.filter(|span| span.started_after.0 < *first && ran(span)));
                }
                *first
            }
            None => 0,
        };
        let mut rows = since.query(params![part.session.0, begun, high.0]).step(STEP)?;
        while found.len() < limit
            && let Some(row) = rows.next().step(STEP)?
        {
            found.extend(Some(span_row(db, known, row).step(STEP)?).filter(ran));
        }
    }
    found.sort_by_key(|span| (span.started_after, span.id));
    found.dedup_by_key(|span| span.id);
    found.truncate(limit);
    with_triggers(db, known, &mut found)?;
    Ok(found)
}

pub(super) fn triggered_by(db: &Connection, known: &mut Known, lineage: &Lineage, at: Seq) -> Result<Vec<Span>> {
    let Some(id) = row_id(lineage, at) else { return Ok(Vec::new()) };
    let mut query = db.prepare_cached("SELECT DISTINCT span FROM span_trigger WHERE op = ? ORDER BY span").step(STEP)?;
    let ids = query.query_map([id], |row| row.get(0)).step(STEP)?.collect::<rusqlite::Result<Vec<i64>>>().step(STEP)?;
    let mut spans = Vec::new();
    for id in ids {
        let within = |span: &Span| lineage.ranges().iter().any(|s| s.session == span.session && span.started_after <= s.to);
        spans.extend(one(db, known, SpanId(id))?.filter(within));
    }
    Ok(spans)
}

pub(super) fn watch(db: &Connection, watch: WatchId) -> Result<Option<Watch>> {
    db.prepare_cached(
        "SELECT w.id, w.session, w.viewer, w.kind, ns.value, s.value, w.from_rv, w.opened, w.progress, w.events, w.closed, w.outcome
         FROM watch w CROSS JOIN text ns ON ns.id = w.namespace LEFT JOIN text s ON s.id = w.selector WHERE w.id = ?",
    )
    .and_then(|mut query| {
        query
            .query_row([watch.0], |row| {
                Ok(Watch {
                    id: WatchId(row.get(0)?),
                    session: SessionNo(row.get(1)?),
                    viewer: ViewerId(row.get(2)?),
                    scope: Scope { kind: Some(KindId(row.get(3)?)), namespace: row.get(4)?, selector: text(row, 5)? },
                    from_resource_version: row.get(6)?,
                    opened: seq(row, 7)?,
                    progress: row.get(8)?,
                    events: row.get(9)?,
                    closed: row.get::<_, Option<u64>>(10)?.map(Seq),
                    outcome: word(row, 11, WatchOutcome::from_code)?,
                })
            })
            .optional()
    })
    .step("cannot read a watch")
}

pub(super) fn log_lines(db: &Connection, lineage: &Lineage, range: &RangeInclusive<Seq>, limit: usize) -> Result<Vec<LogLine>> {
    let step = "cannot read the log lines";
    let mut query = db
        .prepare_cached(
            "SELECT l.id, l.session, l.after, l.at, l.stream, t.value, l.span, l.text FROM log l CROSS JOIN text t ON t.id = l.level
             WHERE l.session = ? AND l.after BETWEEN ? AND ? ORDER BY l.after, l.id LIMIT ?",
        )
        .step(step)?;
    let mut lines = Vec::new();
    for part in lineage.ranges() {
        let (low, high) = (part.from.prev().max(*range.start()), part.to.min(*range.end()));
        let left = i64::try_from(limit - lines.len()).unwrap_or(i64::MAX);
        let rows = query
            .query_map(params![part.session.0, low.0, high.0, left], |row| {
                Ok(LogLine {
                    id: row.get(0)?,
                    session: SessionNo(row.get(1)?),
                    after: seq(row, 2)?,
                    at: Timestamp(row.get(3)?),
                    stream: word(row, 4, LogStream::from_code)?,
                    level: row.get(5)?,
                    span: row.get::<_, Option<i64>>(6)?.map(SpanId),
                    text: row.get(7)?,
                })
            })
            .step(step)?;
        for line in rows {
            lines.push(line.step(step)?);
        }
    }
    Ok(lines)
}

pub(super) fn gaps(db: &Connection, lineage: &Lineage, limit: usize) -> Result<Vec<Gap>> {
    let step = "cannot read the gaps";
    let mut query = db
        .prepare_cached(
            "SELECT g.session, g.actor, g.kind, ns.value, g.first, g.last, g.count, g.bytes, g.reason
             FROM gap g CROSS JOIN text ns ON ns.id = g.namespace WHERE g.session = ? AND g.first <= ? ORDER BY g.first, g.id LIMIT ?",
        )
        .step(step)?;
    let mut gaps = Vec::new();
    // A session without any operation may consist of a gap alone, but then no lineage names it.
    for range in lineage.ranges() {
        let left = i64::try_from(limit - gaps.len()).unwrap_or(i64::MAX);
        let rows = query
            .query_map(params![range.session.0, range.to.0, left], |row| {
                Ok(Gap {
                    session: SessionNo(row.get(0)?),
                    actor: row.get::<_, Option<i64>>(1)?.map(ActorId),
                    scope: Scope {
                        kind: row.get::<_, Option<i64>>(2)?.map(KindId),
                        namespace: row.get(3)?,
                        selector: Arc::default(),
                    },
                    first: seq(row, 4)?,
                    last: seq(row, 5)?,
                    count: row.get(6)?,
                    bytes: row.get(7)?,
                    reason: word(row, 8, GapReason::from_code)?,
                })
            })
            .step(step)?;
        for gap in rows {
            gaps.push(gap.step(step)?);
        }
    }
    Ok(gaps)
}
