//! Sessions.

use rusqlite::{Connection, Row};

use kuberewind_model::{ClockKind, Origin, Result, Seq, Session, SessionNo, SessionState, Timestamp};

use crate::columns::{seq, word};
use crate::error::Context;

pub(super) fn all(db: &Connection, writer_lives: bool) -> Result<Vec<Session>> {
    let context = "cannot read the sessions";
    let mut query = db
        .prepare_cached(
            "SELECT no, session_id, parent, parent_seq, origin, cluster, clock, state, start_at, end_at, first, last, operations, spans,
             gaps, log_lines, errors FROM session ORDER BY no",
        )
        .context(context)?;
    let rows = query.query_map([], |row| session(row, writer_lives)).context(context)?;
    rows.collect::<rusqlite::Result<_>>().context(context)
}

fn session(row: &Row<'_>, writer_lives: bool) -> rusqlite::Result<Session> {
    let parent: Option<i64> = row.get(2)?;
    let parent_seq = if parent.is_some() { seq(row, 3)? } else { Seq::START };
    let state = match word(row, 7, SessionState::from_code)? {
        SessionState::Open if !writer_lives => SessionState::Crashed,
        state => state,
    };
    Ok(Session {
        no: SessionNo(row.get(0)?),
        session_id: row.get(1)?,
        parent: parent.map(|parent| (SessionNo(parent), parent_seq)),
        origin: word(row, 4, Origin::from_code)?,
        cluster: row.get(5)?,
        clock: word(row, 6, ClockKind::from_code)?,
        state,
        start: Timestamp(row.get(8)?),
        end: Timestamp(row.get(9)?),
        first: seq(row, 10)?,
        last: seq(row, 11)?,
        operations: row.get(12)?,
        spans: row.get(13)?,
        gaps: row.get(14)?,
        log_lines: row.get(15)?,
        errors: row.get(16)?,
    })
}
