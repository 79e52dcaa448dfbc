//! Lineages, and the row ids of their operations.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension};

use kuberewind_model::{Lineage, Result, Seq, SessionNo, SessionRange};

use super::columns::seq;
use super::schema::op_id;
use crate::error::{Context, damaged};

/// The most ancestors of a session.
const MAX_DEPTH: usize = 10_000;

/// Returns the row ids of the parts of a lineage that lie within a range.
pub(crate) fn pieces(lineage: &Lineage, range: &RangeInclusive<Seq>) -> Vec<(SessionNo, i64, i64)> {
    let cut = |part: &SessionRange| {
        let (from, to) = (part.from.max(*range.start()), part.to.min(*range.end()));
        (from <= to).then(|| (part.session, op_id(part.session, from), op_id(part.session, to)))
    };
    lineage.ranges().iter().filter_map(cut).collect()
}

/// Returns the row id of an operation of a lineage.
pub(crate) fn row_id(lineage: &Lineage, seq: Seq) -> Option<i64> {
    lineage.session_of(seq).map(|session| op_id(session, seq))
}

/// Returns the lineage that ends with a session.
pub(crate) fn lineage_of(db: &Connection, session: SessionNo) -> Result<Lineage> {
    lineage_to(db, session, Seq::MAX)
}

/// Returns the lineage that ends with operation `at` of a session.
pub(crate) fn lineage_to(db: &Connection, session: SessionNo, at: Seq) -> Result<Lineage> {
    let context = "cannot read the sessions";
    let mut query = db.prepare_cached("SELECT parent, parent_seq, first, last FROM session WHERE no = ?").context(context)?;
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
            .context(context)?;
        let Some((parent, branch, first, last)) = found else { break };
        ranges.push(SessionRange { session, from: first, to: last.min(to) });
        // A parent is older than its child. Anything else is an endless loop.
        if let Some(parent) = parent {
            if parent >= session.0 || ranges.len() > MAX_DEPTH {
                return Err(damaged(format!("session {} claims to branch off session {parent}", session.0)));
            }
            (next, to) = (Some(SessionNo(parent)), branch.min(first.prev()).min(to));
        }
    }
    ranges.reverse();
    Ok(Lineage::new(ranges))
}
