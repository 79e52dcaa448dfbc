//! Ids of versions by operation.
//!
//! A file has one writer at a time, and it numbers versions as it writes their operations. So the ids of versions rise with the row
//! ids of the operations that observed them first, within a session and from one session to the next.

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::Result;

use crate::error::Context;

const CONTEXT: &str = "cannot read the versions";

/// Returns the id of the first version that was first observed after an operation (a row id). Greater than all ids if there is none.
///
/// It looks at the segments, then searches one of them in logarithmic time.
pub(crate) fn first_after(db: &Connection, op: i64) -> Result<i64> {
    let segment = |sql: &str| -> Result<Option<i64>> {
        let found = db.prepare_cached(sql).and_then(|mut query| query.query_row([op], |row| row.get(0)).optional());
        found.context(CONTEXT)
    };
    let start =
        segment("SELECT first_version FROM segment WHERE first_op <= ? ORDER BY first_op DESC LIMIT 1")?.unwrap_or(0).max(0);
    let end = segment("SELECT first_version FROM segment WHERE first_op > ? ORDER BY first_op LIMIT 1")?;
    let end = match end {
        Some(end) => end,
        None => last(db)?.saturating_add(1),
    };
    // The versions before `low` belong to operations up to `op`, those from `high` on to later ones.
    let (mut low, mut high) = (start, end.max(start));
    while low < high {
        let middle = low + (high - low) / 2;
        match next(db, middle, high)? {
            Some((id, of)) if of <= op => low = id.saturating_add(1),
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The last id of a version.
fn last(db: &Connection) -> Result<i64> {
    db.prepare_cached("SELECT coalesce(max(id), 0) FROM version")
        .and_then(|mut query| query.query_row([], |row| row.get(0)))
        .context(CONTEXT)
}

/// The first version from an id on and below another one, and its operation. Ids may be missing: a ring buffer drops versions.
fn next(db: &Connection, from: i64, below: i64) -> Result<Option<(i64, i64)>> {
    db.prepare_cached("SELECT id, op FROM version WHERE id >= ? AND id < ? ORDER BY id LIMIT 1")
        .and_then(|mut query| query.query_row(params![from, below], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .context(CONTEXT)
}
