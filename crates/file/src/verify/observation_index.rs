//! Checks that the index of observations matches the operations, and is in order.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use rusqlite::Connection;

use kuberewind_model::{Result, Session};

use super::report::VerifyReport;
use crate::error::Context;
use crate::observation_index as index;
use crate::schema::op_id;

const CONTEXT: &str = "cannot read the observations";

/// A checksum of a set of observations, independent of their order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    /// The sum of the hashes of all observations.
    hashes: u64,
}

impl Sum {
    fn add(&mut self, observation: [i64; 4]) {
        self.count += 1;
        self.hashes = self.hashes.wrapping_add(FixedState::default().hash_one(observation));
    }
}

/// Compares the index of a session with its operations. Entries that a ring buffer kept from before its first number are not
/// checked.
pub(super) fn check(db: &Connection, session: &Session, report: &mut VerifyReport) -> Result<()> {
    let (trailed, version): (u64, i64) = db
        .query_row("SELECT trailed, trailed_version FROM session WHERE no = ?", [session.no.0], |row| row.try_into())
        .context(CONTEXT)?;
    let range = [op_id(session.no, session.first), op_id(session.no, kuberewind_model::Seq(trailed))];
    let (indexed, in_order) = sum_of_index(db, range)?;
    if !in_order {
        report.add("trails", format!("session {}: the index of observations is not in order", session.session_id));
    }
    let expected = sum_of_operations(db, range, version)?;
    if indexed != expected {
        let counts = (indexed.count, expected.count);
        report.add(
            "trails",
            format!(
                "session {}: the index of observations does not match the operations ({} observations, {} expected)",
                session.session_id, counts.0, counts.1
            ),
        );
    }
    Ok(())
}

/// Returns the checksum of all runs between two operations, and true if the entries are in order.
fn sum_of_index(db: &Connection, [from, to]: [i64; 2]) -> Result<(Sum, bool)> {
    let (mut sum, mut in_order, mut run) = (Sum::default(), true, Vec::new());
    let mut query = db
        .prepare(
            "SELECT object, viewer, first, showings FROM trail UNION ALL SELECT object, viewer, first, showings FROM trail_recent
             ORDER BY object, viewer, first",
        )
        .context(CONTEXT)?;
    let mut rows = query.query([]).context(CONTEXT)?;
    let mut before = (0, 0, i64::MIN);
    while let Some(row) = rows.next().context(CONTEXT)? {
        let (object, viewer, first): (i64, i64, i64) =
            (row.get(0).context(CONTEXT)?, row.get(1).context(CONTEXT)?, row.get(2).context(CONTEXT)?);
        index::decode(first, row.get_ref(3).and_then(|bytes| Ok(bytes.as_blob()?)).context(CONTEXT)?, &mut run)?;
        for observation in &run {
            let next = (object, viewer, observation.op);
            in_order &= before <= next;
            before = next;
            if (from..=to).contains(&observation.op) {
                let mark = observation.version.unwrap_or(-1) * 2 + i64::from(observation.inferred);
                sum.add([object, viewer, observation.op, mark]);
            }
        }
    }
    Ok((sum, in_order))
}

/// Returns the checksum of the observations between two operations, from the operations themselves.
fn sum_of_operations(db: &Connection, [from, to]: [i64; 2], version: i64) -> Result<Sum> {
    let mut sum = Sum::default();
    let queries = [
        "SELECT object, viewer, id, version * 2 FROM op WHERE id BETWEEN ?1 AND ?2 AND version IS NOT NULL AND ?3 = ?3",
        "SELECT object, viewer, op, coalesce(version, -1) * 2 + (item = 0) FROM showing WHERE op BETWEEN ?1 AND ?2 AND ?3 = ?3",
        "SELECT object, 0, op, id * 2 FROM version WHERE op BETWEEN ?1 AND ?2 AND head = 1 AND id <= ?3",
    ];
    for sql in queries {
        let mut query = db.prepare(sql).context(CONTEXT)?;
        let rows = query.query_map([from, to, version], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]));
        for row in rows.context(CONTEXT)? {
            sum.add(row.context(CONTEXT)?);
        }
    }
    Ok(sum)
}
