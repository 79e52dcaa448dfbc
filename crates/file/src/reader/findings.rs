//! Findings that are kept: in the recording where it can be written and nobody records, else in the notes beside it.
//!
//! One row per session and settings; its key says how far the analysis went and which detectors made it, so that a
//! result that no longer fits is simply not found, and is replaced by the next one.

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Derived, FindingsCache, FindingsKey, Result};

use super::derived;
use super::recording::Recording;
use crate::error::Context;
use crate::id_runs::runs;
use crate::maps::Set;

const CONTEXT: &str = "cannot read the findings that were kept";
const KEEP_CONTEXT: &str = "cannot keep what was made of versions";
/// More than this is made anew each time. A file may claim anything: no more than this is read.
const MAX_BYTES: usize = 16 << 20;
/// Settings of one session whose results are kept, the newest ones.
const MAX_SETTINGS: i64 = 16;

impl FindingsCache for Recording {
    fn findings(&self, key: &FindingsKey) -> Result<Option<String>> {
        if let Some(found) = read(&self.db, key)? {
            return Ok(Some(found));
        }
        match self.open_notes(false)? {
            Some(notes) => read(&notes, key),
            None => Ok(None),
        }
    }

    fn keep_findings(&self, key: &FindingsKey, json: &str) -> Result<()> {
        if json.len() > MAX_BYTES {
            return Ok(());
        }
        self.write("cannot keep the findings", |db, _| keep(db, key, json)).map(|_| ())
    }

    fn keep_derived(&self, rows: &[Derived]) -> Result<()> {
        // Of a recording that keeps its end only, a version may have gone since it was read.
        let rows = self.still_there(rows).context(KEEP_CONTEXT)?;
        if rows.is_empty() { Ok(()) } else { derived::keep(self, &rows) }
    }
}

impl Recording {
    /// Those whose versions are in the recording; neighbours are looked up in one go.
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

/// What comes before how far the analysis went, and who made it: equal for results that replace each other.
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
