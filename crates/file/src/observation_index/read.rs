//! Reading the index, from its runs and from the operations that are in no run yet.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension};

use kuberewind_model::{Result, Seq, SessionNo, SessionRange};

use super::entry::{IndexEntry, ObservationRef, SeriesKey};
use super::run::decode;
use crate::error::Context;
use crate::heads::WORLD;
use crate::schema::op_id;

const CONTEXT: &str = "cannot read the index of observations";

/// Returns the range of a session up to an operation.
pub(crate) fn up_to(session: SessionNo, to: Seq) -> SessionRange {
    SessionRange { session, from: Seq::START, to }
}

/// Returns the last observation in a range.
pub(crate) fn last(db: &Connection, key: SeriesKey, range: SessionRange) -> Result<Option<ObservationRef>> {
    let mut found = None;
    back(db, key, range, |observation| {
        found = Some(observation);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// Visits the observations of a range, newest first, until `visit` breaks.
pub(crate) fn back(
    db: &Connection,
    key: SeriesKey,
    range: SessionRange,
    mut visit: impl FnMut(ObservationRef) -> Result<ControlFlow<()>>,
) -> Result<()> {
    // The tail is read first. Observations that move into runs meanwhile are then visited twice, never missed.
    let (after, tail) = tail(db, key, range)?;
    for observation in tail.into_iter().rev() {
        if visit(observation)?.is_break() {
            return Ok(());
        }
    }
    let (start, low, high) = (op_id(range.session, Seq::START), op_id(range.session, range.from), op_id(range.session, range.to));
    let high = high.min(after);
    let mut query = db
        .prepare_cached(
            "SELECT first, showings FROM trail WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4 UNION ALL
             SELECT first, showings FROM trail_recent WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4 ORDER BY first DESC",
        )
        .context(CONTEXT)?;
    let mut rows = query.query([key.object, key.viewer, start, high]).context(CONTEXT)?;
    let mut run = Vec::new();
    while let Some(row) = rows.next().context(CONTEXT)? {
        let first: i64 = row.get(0).context(CONTEXT)?;
        decode(first, row.get_ref(1).and_then(|bytes| Ok(bytes.as_blob()?)).context(CONTEXT)?, &mut run)?;
        for observation in run.iter().rev().filter(|observation| observation.op <= high) {
            if observation.op < low || visit(*observation)?.is_break() {
                return Ok(());
            }
        }
        if first <= low {
            return Ok(());
        }
    }
    Ok(())
}

/// Visits the observations of a range, oldest first, until `visit` breaks.
pub(crate) fn forth(
    db: &Connection,
    key: SeriesKey,
    range: SessionRange,
    mut visit: impl FnMut(ObservationRef) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let (after, tail) = tail(db, key, range)?;
    let (start, low, high) = (op_id(range.session, Seq::START), op_id(range.session, range.from), op_id(range.session, range.to));
    let high = high.min(after);
    // The run that contains the start of the range, and the runs after it.
    let mut query = db
        .prepare_cached(
            "SELECT first, showings FROM trail WHERE object = ?1 AND viewer = ?2 AND first <= ?5 AND first >= coalesce(
               (SELECT max(first) FROM trail WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4), ?4) UNION ALL
             SELECT first, showings FROM trail_recent WHERE object = ?1 AND viewer = ?2 AND first <= ?5 AND first >= coalesce(
               (SELECT max(first) FROM trail_recent WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4), ?4) ORDER BY first",
        )
        .context(CONTEXT)?;
    let mut rows = query.query([key.object, key.viewer, start, low, high]).context(CONTEXT)?;
    let mut run = Vec::new();
    while let Some(row) = rows.next().context(CONTEXT)? {
        decode(row.get(0).context(CONTEXT)?, row.get_ref(1).and_then(|bytes| Ok(bytes.as_blob()?)).context(CONTEXT)?, &mut run)?;
        for observation in run.iter().filter(|observation| observation.op >= low) {
            if observation.op > high {
                break;
            }
            if visit(*observation)?.is_break() {
                return Ok(());
            }
        }
    }
    for observation in tail {
        if visit(observation)?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// The end of a session's runs, and the end of the session.
#[derive(Debug, Clone, Copy)]
struct Trailed {
    op: i64,
    version: i64,
    last: i64,
}

fn trailed(db: &Connection, session: SessionNo) -> Result<Trailed> {
    let found = db
        .prepare_cached("SELECT trailed, trailed_version, last FROM session WHERE no = ?")
        .and_then(|mut query| query.query_row([session.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional())
        .context(CONTEXT)?;
    let (seq, version, last): (u64, i64, u64) = found.unwrap_or((0, 0, 0));
    Ok(Trailed { op: op_id(session, Seq(seq)), version, last: op_id(session, Seq(last)) })
}

/// Returns the observations of a range that are in no run yet, in order, and the operation after which they begin.
fn tail(db: &Connection, key: SeriesKey, range: SessionRange) -> Result<(i64, Vec<ObservationRef>)> {
    let Trailed { op: after, version, last } = trailed(db, range.session)?;
    // Limited to the session's end: else SQLite reads the versions of all later sessions.
    let (low, high) = (op_id(range.session, range.from).max(after.saturating_add(1)), op_id(range.session, range.to).min(last));
    if low > high {
        return Ok((after, Vec::new()));
    }
    let mut found = Vec::new();
    if key.viewer == WORLD {
        let mut query = db
            .prepare_cached(
                "SELECT op, id, 0 FROM version NOT INDEXED WHERE id > ?4 AND object = ?1 AND op BETWEEN ?2 AND ?3 AND head = 1 ORDER BY id",
            )
            .context(CONTEXT)?;
        let rows = query.query_map([key.object, low, high, version], observation).context(CONTEXT)?;
        for row in rows {
            found.push(row.context(CONTEXT)?);
        }
    } else {
        let mut query = db
            .prepare_cached(
                "SELECT id, version, 0 FROM op WHERE id BETWEEN ?3 AND ?4 AND object = ?1 AND viewer = ?2 AND version IS NOT NULL UNION ALL
                 SELECT op, version, item = 0 FROM showing WHERE op BETWEEN ?3 AND ?4 AND object = ?1 AND viewer = ?2 ORDER BY 1",
            )
            .context(CONTEXT)?;
        let rows = query.query_map([key.object, key.viewer, low, high], observation).context(CONTEXT)?;
        for row in rows {
            found.push(row.context(CONTEXT)?);
        }
    }
    Ok((after, found))
}

fn observation(row: &rusqlite::Row<'_>) -> rusqlite::Result<ObservationRef> {
    Ok(ObservationRef { op: row.get(0)?, version: row.get(1)?, inferred: row.get(2)? })
}

/// Returns all entries of the short runs.
pub(crate) fn read_recent(db: &Connection) -> Result<Vec<IndexEntry>> {
    let mut query = db.prepare_cached("SELECT object, viewer, first, showings FROM trail_recent").context(CONTEXT)?;
    let mut rows = query.query([]).context(CONTEXT)?;
    let (mut entries, mut run) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next().context(CONTEXT)? {
        let key = SeriesKey { object: row.get(0).context(CONTEXT)?, viewer: row.get(1).context(CONTEXT)? };
        decode(row.get(2).context(CONTEXT)?, row.get_ref(3).and_then(|bytes| Ok(bytes.as_blob()?)).context(CONTEXT)?, &mut run)?;
        entries.extend(run.iter().map(|observation| IndexEntry { key, observation: *observation }));
    }
    Ok(entries)
}

/// Returns all entries of a session that are in no run yet.
pub(crate) fn read_tail(db: &Connection, session: SessionNo) -> Result<Vec<IndexEntry>> {
    let Trailed { op: after, version, last: until } = trailed(db, session)?;
    let mut entries = Vec::new();
    let tail = [
        "SELECT object, viewer, id, version, 0 FROM op WHERE id > ?1 AND id <= ?2 AND version IS NOT NULL AND ?3 = ?3",
        "SELECT object, viewer, op, version, item = 0 FROM showing WHERE op > ?1 AND op <= ?2 AND ?3 = ?3",
        "SELECT object, 0, op, id, 0 FROM version NOT INDEXED WHERE id > ?3 AND op > ?1 AND op <= ?2 AND head = 1 ORDER BY id",
    ];
    for sql in tail {
        let mut query = db.prepare(sql).context(CONTEXT)?;
        let rows = query.query_map([after, until, version], |row| {
            let key = SeriesKey { object: row.get(0)?, viewer: row.get(1)? };
            Ok(IndexEntry { key, observation: ObservationRef { op: row.get(2)?, version: row.get(3)?, inferred: row.get(4)? } })
        });
        for row in rows.context(CONTEXT)? {
            entries.push(row.context(CONTEXT)?);
        }
    }
    Ok(entries)
}
