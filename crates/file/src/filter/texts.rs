//! The search in bodies and log lines that precedes a scan. Each distinct body is searched once.

use std::cell::RefCell;

use rusqlite::{Connection, params};

use super::plan::Plan;
use super::port::SearchProgress;
use kuberewind_model::{Lineage, Result, Seq, SessionNo};

use crate::body_reader::BodyReader;
use crate::error::Context;

const CONTEXT: &str = "cannot search the texts";
/// Bytes of text in one step, which takes a few milliseconds.
const AT_ONCE: usize = 1 << 20;
/// Rows in one step.
const ROWS: usize = 2_000;

pub(super) fn search(
    db: &Connection,
    bodies: &RefCell<BodyReader>,
    lineage: &Lineage,
    plan: &mut Plan,
    mut at: SearchProgress,
) -> Result<SearchProgress> {
    let (wants_bodies, wants_lines) = plan.searches();
    let last = |table: &str| -> Result<i64> {
        db.query_row(&format!("SELECT coalesce(max(id), 0) FROM {table}"), [], |row| row.get(0)).context(CONTEXT)
    };
    let last_body = if wants_bodies { last("body")? } else { 0 };
    let last_line = if wants_lines { last("log")? } else { 0 };
    if wants_bodies && at.body < last_body {
        at.body = some_bodies(db, bodies, plan, at.body, last_body)?;
    } else if wants_lines && at.line < last_line {
        at.line = some_lines(db, lineage, plan, at.line, last_line)?;
    }
    at.done = at.body >= last_body && at.line >= last_line;
    let share = |done: i64, of: i64| u128::try_from(done.min(of)).unwrap_or(0);
    let (done, of) =
        (share(at.body, last_body) + share(at.line, last_line), share(last_body, last_body) + share(last_line, last_line));
    at.percent = u8::try_from(done * 100 / of.max(1)).unwrap_or(100);
    Ok(at)
}

/// Searches the bodies after one, in the order in which they were written: differences closely follow their keyframe.
fn some_bodies(db: &Connection, bodies: &RefCell<BodyReader>, plan: &mut Plan, after: i64, last: i64) -> Result<i64> {
    let mut query = db.prepare_cached("SELECT id FROM body WHERE id > ? ORDER BY id LIMIT ?").context(CONTEXT)?;
    let ids: Vec<i64> = query.query_map(params![after, ROWS], |row| row.get(0)).and_then(Iterator::collect).context(CONTEXT)?;
    let mut bytes = 0;
    for id in &ids {
        if let Some(text) = bodies.borrow_mut().text(db, *id)? {
            plan.search_body(*id, text.as_bytes());
            bytes += text.len();
        }
        if bytes >= AT_ONCE {
            return Ok(*id);
        }
    }
    Ok(if ids.len() < ROWS { last } else { ids.last().copied().unwrap_or(last) })
}

fn some_lines(db: &Connection, lineage: &Lineage, plan: &mut Plan, after: i64, last: i64) -> Result<i64> {
    let mut query =
        db.prepare_cached("SELECT id, session, after, text FROM log WHERE id > ? ORDER BY id LIMIT ?").context(CONTEXT)?;
    let mut rows = query.query(params![after, ROWS]).context(CONTEXT)?;
    let (mut at, mut count) = (after, 0);
    while let Some(row) = rows.next().context(CONTEXT)? {
        let (session, after_op) = (SessionNo(row.get(1).context(CONTEXT)?), Seq(row.get(2).context(CONTEXT)?));
        if lineage.session_of(after_op) == Some(session) {
            plan.search_line(after_op, row.get_ref(3).and_then(|text| Ok(text.as_str()?)).context(CONTEXT)?);
        }
        at = row.get(0).context(CONTEXT)?;
        count += 1;
    }
    Ok(if count < ROWS { last } else { at })
}
