//! Operations, their details, and the items of lists.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Detail, Lineage, ObjectId, Operation, OperationDetail, Result, Seq, SpanId, VersionId};

use super::bulk::NameCache;
use super::rows::{self, OPERATION};
use crate::columns::text;
use crate::error::Context;
use crate::lineages::{pieces, row_id};
use crate::remarks;

const CONTEXT: &str = "cannot read the operations";

pub(super) fn one(db: &Connection, lineage: &Lineage, seq: Seq) -> Result<Option<Operation>> {
    let Some(id) = row_id(lineage, seq) else { return Ok(None) };
    db.prepare_cached(&format!("{OPERATION} WHERE o.id = ?"))
        .and_then(|mut query| query.query_row([id], rows::operation).optional())
        .context(CONTEXT)
}

pub(super) fn window(
    db: &Connection,
    names: &mut NameCache,
    lineage: &Lineage,
    range: &RangeInclusive<Seq>,
    limit: usize,
) -> Result<Vec<Operation>> {
    let mut found = Vec::new();
    for (_, from, to) in pieces(lineage, range) {
        found.extend(names.operations(db, (from, to), limit - found.len())?);
    }
    Ok(found)
}

pub(super) fn of_span(db: &Connection, lineage: &Lineage, span: SpanId, limit: usize) -> Result<Vec<Operation>> {
    let mut query = db
        // The plus makes SQLite use the index of spans instead of the row ids.
        .prepare_cached(&format!("{OPERATION} WHERE o.span = ? AND +o.id BETWEEN ? AND ? ORDER BY o.id LIMIT ?"))
        .context(CONTEXT)?;
    let mut found = Vec::new();
    for (_, from, to) in pieces(lineage, &(Seq::START..=Seq::MAX)) {
        let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
        for operation in query.query_map([span.0, from, to, left], rows::operation).context(CONTEXT)? {
            found.push(operation.context(CONTEXT)?);
        }
    }
    Ok(found)
}

pub(super) fn detail(db: &Connection, lineage: &Lineage, seq: Seq) -> Result<Option<OperationDetail>> {
    let Some(id) = row_id(lineage, seq) else { return Ok(None) };
    let exists = db
        .prepare_cached("SELECT 1 FROM op WHERE id = ?")
        .and_then(|mut query| query.query_row([id], |_| Ok(())).optional())
        .context(CONTEXT)?;
    if exists.is_none() {
        return Ok(None);
    }
    let columns = remarks::columns(db).context(CONTEXT)?;
    let user = columns.split_once(',').map_or(columns, |(user, _)| user);
    let detail = db
        .prepare_cached(&format!(
            "SELECT d.uri, ua.value, fm.value, mt.value, d.precondition, d.audit_id, d.traceparent, r.value, d.request_bytes, d.response_bytes,
             {columns}, (SELECT value FROM text WHERE id = {user}) FROM detail d LEFT JOIN text ua ON ua.id = d.user_agent LEFT JOIN text fm ON fm.id = d.field_manager
             LEFT JOIN text mt ON mt.id = d.media_type LEFT JOIN text r ON r.id = d.reason WHERE d.id = ?",
        ))
        .and_then(|mut query| {
            query
                .query_row([id], |row| {
                    Ok(Detail {
                        uri: row.get(0)?,
                        user_agent: text(row, 1)?,
                        field_manager: text(row, 2)?,
                        media_type: text(row, 3)?,
                        precondition: row.get(4)?,
                        audit_id: row.get(5)?,
                        traceparent: row.get(6)?,
                        reason: text(row, 7)?,
                        request_bytes: row.get(8)?,
                        response_bytes: row.get(9)?,
                        remarks: remarks::decode(row, 11)?,
                        user: text(row, 12)?,
                    })
                })
                .optional()
        })
        .context(CONTEXT)?;
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
        .context(CONTEXT)?;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let rows = query
        .query_map(params![id, count(limit), count(skip)], |row| {
            Ok((ObjectId(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(VersionId)))
        })
        .context(CONTEXT)?;
    rows.collect::<rusqlite::Result<_>>().context(CONTEXT)
}
