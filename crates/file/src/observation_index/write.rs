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
    entries.sort_by_key(|entry| (entry.of, entry.showing.op));
    entries.dedup_by(|later, earlier| {
        let same = later.of == earlier.of && later.showing.op == earlier.showing.op && later.of.viewer != WORLD;
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
pub(crate) fn write(db: &Connection, place: RunTable, entries: &[IndexEntry]) -> rusqlite::Result<()> {
    let sql = match place {
        RunTable::Recent => "INSERT OR REPLACE INTO trail_recent VALUES (?, ?, ?, ?)",
        RunTable::Long => "INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?)",
    };
    let mut insert = db.prepare_cached(sql)?;
    let mut run = Vec::with_capacity(RUN);
    for of_one in entries.chunk_by(|a, b| a.of == b.of && a.showing.op >> SEQ_BITS == b.showing.op >> SEQ_BITS) {
        let mut rest = of_one;
        while let Some(first) = rest.first() {
            // Observations of one operation stay in one run: a run is found by its first operation.
            let mut length = rest.len().min(RUN);
            while rest.get(length).is_some_and(|next| next.showing.op == rest[length - 1].showing.op) {
                length += 1;
            }
            run.clear();
            run.extend(rest[..length].iter().map(|entry| entry.showing));
            insert.execute(params![first.of.object, first.of.viewer, first.showing.op, encode(&run)])?;
            rest = &rest[length..];
        }
    }
    Ok(())
}
