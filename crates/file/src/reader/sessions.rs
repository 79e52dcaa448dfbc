//! Sessions and lineages.

use rusqlite::{Connection, OptionalExtension, Row};

use kuberewind_model::{ClockKind, Lineage, Origin, Result, Seq, Session, SessionNo, SessionRange, SessionState, Timestamp};

use super::super::schema::{Step, damaged};
use super::rows::{seq, word};

/// A session has at most this many ancestors.
const MAX_DEPTH: usize = 10_000;

pub(super) fn all(db: &Connection, writer_lives: bool) -> Result<Vec<Session>> {
    let step = "cannot read the sessions";
    let mut query = db
        .prepare_cached(
            "SELECT no, session_id, parent, parent_seq, origin, cluster, clock, state, start_at, end_at, first, last, operations, spans,
             gaps, log_lines, errors FROM session ORDER BY no",
        )
        .step(step)?;
    let rows = query.query_map([], |row| session(row, writer_lives)).step(step)?;
    rows.collect::<rusqlite::Result<_>>().step(step)
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

/// The lineage that ends with a session.
pub(crate) fn lineage_of(db: &Connection, session: SessionNo) -> Result<Lineage> {
    lineage_to(db, session, Seq::MAX)
}

/// The lineage that ends with operation `at` of a session.
pub(crate) fn lineage_to(db: &Connection, session: SessionNo, at: Seq) -> Result<Lineage> {
    let step = "cannot read the sessions";
    let mut query = db.prepare_cached("SELECT parent, parent_seq, first, last FROM session WHERE no = ?").step(step)?;
    let mut ranges = Vec::new();
    let (mut next, mut to) = (Some(session), at);
    while let Some(session) = next.take() {
        let found = query
            .query_row([session.0], |row| {
                let parent: Option<i64> = row.get(0)?;
                let branch = if parent.is_some() { seq(row, 1)? } else { Seq::START };
                Ok((parent, branch, seq(row, 2)?, seq(row, 3)?))
            })
            .optional()
            .step(step)?;
        let Some((parent, branch, first, last)) = found else { break };
        ranges.push(SessionRange { session, from: first, to: last.min(to) });
        // A parent began before its child: anything else would go round for ever.
        if let Some(parent) = parent {
            if parent >= session.0 || ranges.len() > MAX_DEPTH {
                return Err(damaged(format!("session {} says that it branched off session {parent}", session.0)));
            }
            (next, to) = (Some(SessionNo(parent)), branch.min(first.prev()).min(to));
        }
    }
    ranges.reverse();
    Ok(Lineage::new(ranges))
}
