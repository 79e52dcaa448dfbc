//! Log lines and gaps.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rusqlite::{Connection, params};

use kuberewind_model::{
    ActorId, Gap, GapReason, KindId, Lineage, LogLine, LogStream, Result, Scope, Seq, SessionNo, SpanId, Timestamp,
};

use crate::columns::{seq, word};
use crate::error::Context;

pub(super) fn log_lines(db: &Connection, lineage: &Lineage, range: &RangeInclusive<Seq>, limit: usize) -> Result<Vec<LogLine>> {
    let context = "cannot read the log lines";
    let mut query = db
        .prepare_cached(
            "SELECT l.id, l.session, l.after, l.at, l.stream, t.value, l.span, l.text FROM log l CROSS JOIN text t ON t.id = l.level
             WHERE l.session = ? AND l.after BETWEEN ? AND ? ORDER BY l.after, l.id LIMIT ?",
        )
        .context(context)?;
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
            .context(context)?;
        for line in rows {
            lines.push(line.context(context)?);
        }
    }
    Ok(lines)
}

pub(super) fn gaps(db: &Connection, lineage: &Lineage, limit: usize) -> Result<Vec<Gap>> {
    let context = "cannot read the gaps";
    let mut query = db
        .prepare_cached(
            "SELECT g.session, g.actor, g.kind, ns.value, g.first, g.last, g.count, g.bytes, g.reason
             FROM gap g CROSS JOIN text ns ON ns.id = g.namespace WHERE g.session = ? AND g.first <= ? ORDER BY g.first, g.id LIMIT ?",
        )
        .context(context)?;
    let mut gaps = Vec::new();
    // A session without operations may have a gap, but no lineage contains it.
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
            .context(context)?;
        for gap in rows {
            gaps.push(gap.context(context)?);
        }
    }
    Ok(gaps)
}
