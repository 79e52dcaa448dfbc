//! Writing runs.

use rusqlite::{Connection, params};

use super::entry::IndexEntry;
use super::run::encode;
use crate::heads::WORLD;
use crate::schema::SEQ_BITS;

/// The most observations in one run, so that decoding one stays fast.
const RUN: usize = 256;

/// Sorts entries into the order of the runs. If one operation gave a viewer several observations of an object, the last one
/// counts. All heads of the world count, because each is a state in the object's history.
pub(crate) fn sort(entries: &mut Vec<IndexEntry>) {
    // Entries arrive in the order of their events; the stable sort keeps it.
    entries.sort_by_key(|entry| (entry.key, entry.observation.op));
    entries.dedup_by(|later, earlier| {
        let same = later.key == earlier.key && later.observation.op == earlier.observation.op && later.key.viewer != WORLD;
        if same {
            *earlier = *later;
        }
        same
    });
}

/// A table of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunTable {
    /// `trail_recent`.
    Recent,
    /// `trail`.
    Long,
}

/// Writes sorted entries as runs. No run crosses sessions.
pub(crate) fn write(db: &Connection, table: RunTable, entries: &[IndexEntry]) -> rusqlite::Result<()> {
    let sql = match table {
        RunTable::Recent => "INSERT OR REPLACE INTO trail_recent VALUES (?, ?, ?, ?)",
        RunTable::Long => "INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?)",
    };
    let mut insert = db.prepare_cached(sql)?;
    let mut run = Vec::with_capacity(RUN);
    for series in entries.chunk_by(|a, b| a.key == b.key && a.observation.op >> SEQ_BITS == b.observation.op >> SEQ_BITS) {
        let mut rest = series;
        while let Some(first) = rest.first() {
            // Observations of one operation stay in one run: a run is found by its first operation.
            let mut length = rest.len().min(RUN);
            while rest.get(length).is_some_and(|next| next.observation.op == rest[length - 1].observation.op) {
                length += 1;
            }
            run.clear();
            run.extend(rest[..length].iter().map(|entry| entry.observation));
            insert.execute(params![first.key.object, first.key.viewer, first.observation.op, encode(&run)])?;
            rest = &rest[length..];
        }
    }
    Ok(())
}
