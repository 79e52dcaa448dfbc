//! Stored findings: those of the recording, if it has any, and those in the state folder (see `results`).
//!
//! There is one row for each session and settings. Its key contains the end of the analysed operations and the version of the
//! detectors. An outdated result is therefore never found, and the next result replaces it.

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Derived, FindingsCache, FindingsKey, Result};

use super::derived;
use super::recording::Recording;
use crate::error::Context;
use crate::id_runs::runs;
use crate::maps::Set;

const CONTEXT: &str = "cannot read the stored findings";
const KEEP_CONTEXT: &str = "cannot store values derived from versions";
/// Larger results are not stored, and not read: a file may claim anything.
const MAX_BYTES: usize = 16 << 20;
/// The most settings of one session whose results are stored. The newest stay.
const MAX_SETTINGS: i64 = 16;

impl FindingsCache for Recording {
    fn findings(&self, key: &FindingsKey) -> Result<Option<String>> {
        if let Some(found) = read(&self.db, key)? {
            return Ok(Some(found));
        }
        match self.open_results(false)? {
            Some(results) => read(&results, key),
            None => Ok(None),
        }
    }

    fn keep_findings(&self, key: &FindingsKey, json: &str) -> Result<()> {
        if json.len() > MAX_BYTES {
            return Ok(());
        }
        self.write_results("cannot store the findings", |db, _| keep(db, key, json))
    }

    fn keep_derived(&self, rows: &[Derived]) -> Result<()> {
        // In a ring buffer, a version may have been dropped since it was read.
        let rows = self.still_there(rows).context(KEEP_CONTEXT)?;
        if rows.is_empty() { Ok(()) } else { derived::keep(self, &rows) }
    }
}

impl Recording {
    /// Keeps the rows whose versions still exist. One query looks up neighbouring ids.
    fn still_there(&self, rows: &[Derived]) -> rusqlite::Result<Vec<Derived>> {
        let mut ids: Vec<i64> = rows.iter().map(|row| row.version.0).collect();
        ids.sort_unstable();
        let mut there: Set<i64> = Set::default();
        let mut query = self.db.prepare_cached("SELECT id FROM version WHERE id BETWEEN ? AND ?")?;
        for run in runs(&ids) {
            let mut found = query.query([run[0], run[run.len() - 1]])?;
            while let Some(row) = found.next()? {
                there.insert(row.get(0)?);
            }
        }
        Ok(rows.iter().filter(|row| there.contains(&row.version.0)).cloned().collect())
    }
}

/// The part of the key that results of the same session and settings share.
fn subject(key: &FindingsKey) -> String {
    format!("session={} {} ", key.session.0, key.settings)
}

fn text(key: &FindingsKey) -> String {
    format!("{}detectors={} end={}", subject(key), key.detectors_version, key.end.0)
}

fn read(db: &Connection, key: &FindingsKey) -> Result<Option<String>> {
    let limit = i64::try_from(MAX_BYTES).unwrap_or(i64::MAX);
    db.prepare_cached("SELECT content FROM finding WHERE cache_key = ? AND length(content) <= ? ORDER BY id DESC LIMIT 1")
        .and_then(|mut query| query.query_row(params![text(key), limit], |row| row.get(0)).optional())
        .context(CONTEXT)
}

fn keep(db: &Connection, key: &FindingsKey, json: &str) -> rusqlite::Result<usize> {
    let change = db.unchecked_transaction()?;
    let (subject, session) = (subject(key), format!("session={} ", key.session.0));
    let starts = "substr(cache_key, 1, length(?1)) = ?1";
    change.execute(&format!("DELETE FROM finding WHERE {starts}"), [&subject])?;
    change.execute("INSERT INTO finding (cache_key, content) VALUES (?, ?)", params![text(key), json])?;
    let old = format!(
        "DELETE FROM finding WHERE {starts} AND id NOT IN (SELECT id FROM finding WHERE {starts} ORDER BY id DESC LIMIT {MAX_SETTINGS})"
    );
    change.execute(&old, [&session])?;
    change.commit()?;
    Ok(1)
}
