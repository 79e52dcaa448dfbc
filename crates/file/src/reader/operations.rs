//! Operations, their rarer facts, and what lists showed.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Detail, Lineage, ObjectId, Operation, OperationDetail, Result, Seq, SessionNo, SpanId, VersionId};

use super::super::schema::{Step, op_id};
use super::ranges::Known;
use super::rows::{self, OPERATION};

const STEP: &str = "cannot read the operations";

/// The parts of a lineage that lie within a range, as row ids.
pub(super) fn pieces(lineage: &Lineage, range: &RangeInclusive<Seq>) -> Vec<(SessionNo, i64, i64)> {
    let cut = |part: &kuberewind_model::SessionRange| {
        let (from, to) = (part.from.max(*range.start()), part.to.min(*range.end()));
        (from <= to).then(|| (part.session, op_id(part.session, from), op_id(part.session, to)))
    };
    lineage.ranges().iter().filter_map(cut).collect()
}

/// The row id of a number of a lineage.
pub(super) fn row_id(lineage: &Lineage, seq: Seq) -> Option<i64> {
    lineage.session_of(seq).map(|session| op_id(session, seq))
}

pub(super) fn one(db: &Connection, lineage: &Lineage, seq: Seq) -> Result<Option<Operation>> {
    let Some(id) = row_id(lineage, seq) else { return Ok(None) };
    db.prepare_cached(&format!("{OPERATION} WHERE o.id = ?"))
        .and_then(|mut query| query.query_row([id], rows::operation).optional())
        .step(STEP)
}

pub(super) fn window(
    db: &Connection,
    known: &mut Known,
    lineage: &Lineage,
    range: &RangeInclusive<Seq>,
    limit: usize,
) -> Result<Vec<Operation>> {
    let mut found = Vec::new();
    for (_, from, to) in pieces(lineage, range) {
        found.extend(known.operations(db, (from, to), limit - found.len())?);
    }
    Ok(found)
}

pub(super) fn of_span(db: &Connection, lineage: &Lineage, span: SpanId, limit: usize) -> Result<Vec<Operation>> {
    let mut query = db
        // The plus keeps SQLite from walking the numbers instead of the span's index.
        .prepare_cached(&format!("{OPERATION} WHERE o.span = ? AND +o.id BETWEEN ? AND ? ORDER BY o.id LIMIT ?"))
        .step(STEP)?;
    let mut found = Vec::new();
    for (_, from, to) in pieces(lineage, &(Seq::START..=Seq::MAX)) {
        let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
        for operation in query.query_map([span.0, from, to, left], rows::operation).step(STEP)? {
            found.push(operation.step(STEP)?);
        }
    }
    Ok(found)
}

pub(super) fn detail(db: &Connection, lineage: &Lineage, seq: Seq) -> Result<Option<OperationDetail>> {
    let Some(id) = row_id(lineage, seq) else { return Ok(None) };
    let exists = db
        .prepare_cached("SELECT 1 FROM op WHERE id = ?")
        .and_then(|mut query| query.query_row([id], |_| Ok(())).optional())
        .step(STEP)?;
    if exists.is_none() {
        return Ok(None);
    }
    let detail = db
        .prepare_cached(
            "SELECT d.uri, ua.value, fm.value, mt.value, d.precondition, d.audit_id, d.traceparent, r.value, d.request_bytes, d.response_bytes
             FROM detail d LEFT JOIN text ua ON ua.id = d.user_agent LEFT JOIN text fm ON fm.id = d.field_manager
             LEFT JOIN text mt ON mt.id = d.media_type LEFT JOIN text r ON r.id = d.reason WHERE d.id = ?",
        )
        .and_then(|mut query| {
            query
                .query_row([id], |row| {
                    Ok(Detail {
                        uri: row.get(0)?,
                        user_agent: rows::text(row, 1)?,
                        field_manager: rows::text(row, 2)?,
                        media_type: rows::text(row, 3)?,
                        precondition: row.get(4)?,
                        audit_id: row.get(5)?,
                        traceparent: row.get(6)?,
                        reason: rows::text(row, 7)?,
                        request_bytes: row.get(8)?,
                        response_bytes: row.get(9)?,
                    })
                })
                .optional()
        })
        .step(STEP)?;
    Ok(Some(OperationDetail { seq, detail: detail.unwrap_or_default() }))
}

pub(super) fn list_items(
    db: &Connection,
    lineage: &Lineage,
    seq: Seq,
    skip: usize,
    limit: usize,
) -> Result<Vec<(ObjectId, Option<VersionId>)>> {
    let Some(id) = row_id(lineage, seq) else { return Ok(Vec::new()) };
    let mut query = db
        .prepare_cached("SELECT object, version FROM showing WHERE op = ? AND item = 1 ORDER BY object LIMIT ? OFFSET ?")
        .step(STEP)?;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let rows = query
        .query_map(params![id, count(limit), count(skip)], |row| {
            Ok((ObjectId(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(VersionId)))
        })
        .step(STEP)?;
    rows.collect::<rusqlite::Result<_>>().step(STEP)
}
